"""Questions, the line, silent prices, positions: what each knows, as tables."""

import random
from dataclasses import replace
from typing import Any

import pytest

from kis_core.market.events import Gap, SlotsGranted, Trade
from kis_core.market.heard import Heard
from kis_core.market.imbalance import Imbalance
from kis_core.market.instants import MINUTE_NS, SECOND_NS
from kis_core.wire.quotes.replies import PriceQuote
from strategy_runtime.contract import RESTARTED, AskQuote, Said
from strategy_runtime.decision.holding import drawdown_tier
from strategy_runtime.decision.line import Line
from strategy_runtime.decision.listing import market_of, rejection
from strategy_runtime.decision.moments import kst_of, ns_of
from strategy_runtime.decision.outbox import Outbox
from strategy_runtime.decision.position import Position, round_trip, seen, trailed
from strategy_runtime.decision.prices import Silences
from strategy_runtime.decision.questions import MARKET, Questions
from strategy_runtime.decision.shape import AskRules, ListingRules, PriceRules

ASKS = AskRules(again_s=30, tries_max=3)
PRICES = PriceRules(stale_s=20, quote_after_s=20, quote_every_s=5)
LISTING = ListingRules(market_cap_min_krw=100, turnover_min_krw=100, turnover_days=20)
NOW = 1_756_857_600_000_000_000
SYMBOL = "005930"


def said(out: Outbox) -> list[str]:
    return [note.text for note in out.notes if isinstance(note, Said)]


# -- questions -------------------------------------------------------------------------------------


def test_a_question_is_asked_once_at_a_time_and_again_after_a_pause_until_given_up() -> None:
    questions, now, names = Questions("2025-09-03"), NOW, []
    for _ in range(3):
        assert questions.may("daily", SYMBOL, now, ASKS)
        name = questions.ask("daily", SYMBOL)
        names.append(name)
        assert not questions.may("daily", SYMBOL, now + 3600 * SECOND_NS, ASKS)
        assert questions.may("quote", SYMBOL, now, ASKS)
        assert questions.answered(name) == ("daily", SYMBOL)
        questions.fail("daily", SYMBOL, "away", now, ASKS)
        assert not questions.may("daily", SYMBOL, now + 29 * SECOND_NS, ASKS)
        now += 30 * SECOND_NS
    assert names == [f"daily-005930-2025-09-03-{n}" for n in (1, 2, 3)]
    assert not questions.may("daily", SYMBOL, now, ASKS)
    assert questions.given_up("daily", SYMBOL, ASKS)
    assert questions.failed == {"daily 005930": "away"}


@pytest.mark.parametrize("answer", ["another", None, ""])
def test_an_answer_that_nobody_waits_for_is_about_nothing(answer: str | None) -> None:
    questions = Questions("2025-09-03")
    name = questions.ask("index", MARKET)
    assert questions.answered(answer) is None
    assert questions.answered(name) == ("index", MARKET)
    assert questions.answered(name) is None


def test_what_asking_again_would_not_change_is_given_up_at_once() -> None:
    questions = Questions("2025-09-03")
    questions.answered(questions.ask("daily", SYMBOL))
    questions.fail("daily", SYMBOL, "", NOW, ASKS, final=True)
    assert questions.given_up("daily", SYMBOL, ASKS)
    assert questions.tried("daily", SYMBOL)


def test_nobody_waits_for_the_second_try() -> None:
    questions = Questions("2025-09-03")
    assert not questions.tried("daily", SYMBOL)
    name = questions.ask("daily", SYMBOL)
    assert not questions.tried("daily", SYMBOL)
    questions.answered(name)
    questions.fail("daily", SYMBOL, "away", NOW, ASKS)
    name = questions.ask("daily", SYMBOL)
    assert questions.tried("daily", SYMBOL)
    assert questions.answered(name) == ("daily", SYMBOL)
    assert questions.failed == {}
    assert not questions.given_up("daily", SYMBOL, ASKS)


def test_a_question_that_rests_never_tires_and_never_repeats_its_name() -> None:
    questions, now, names = Questions("2025-09-03"), NOW, set()
    for _ in range(20):
        assert questions.may("hole", SYMBOL, now, ASKS)
        questions.rest("hole", SYMBOL, now + 60 * SECOND_NS)
        name = questions.ask("hole", SYMBOL)
        names.add(name)
        assert not questions.may("hole", SYMBOL, now + 61 * SECOND_NS, ASKS)
        questions.answered(name)
        assert not questions.may("hole", SYMBOL, now + 59 * SECOND_NS, ASKS)
        now += 60 * SECOND_NS
    assert len(names) == 20


def test_a_late_answer_of_an_earlier_try_is_not_taken() -> None:
    questions = Questions("2025-09-03")
    first = questions.ask("daily", SYMBOL)
    questions.answered(first)
    questions.fail("daily", SYMBOL, "away", NOW, ASKS)
    second = questions.ask("daily", SYMBOL)
    assert questions.answered(first) is None
    assert questions.answered(second) == ("daily", SYMBOL)


# -- the line --------------------------------------------------------------------------------------


def test_a_line_knows_how_long_nothing_was_heard() -> None:
    line, out = Line(), Outbox()
    assert not line.on_gap(Gap(None, NOW, None, "lost"), out)
    assert line.down_ns == NOW
    assert not line.on_gap(Gap(None, NOW, NOW + 1_500_000_000, "lost"), out)
    assert (line.down_ns, line.gaps, line.gap_s) == (None, 1, 1.5)
    assert said(out) == ["Market data line down", "Market data line back"]


def test_a_gap_of_one_symbol_is_not_the_line_s() -> None:
    line, out = Line(), Outbox()
    assert not line.on_gap(Gap(SYMBOL, NOW, None, "dropped"), out)
    assert (line.down_ns, line.gaps, out.notes) == (None, 0, [])


def test_a_process_that_began_anew_is_told_apart() -> None:
    line, out = Line(), Outbox()
    line.on_gap(Gap(None, NOW, None, "lost"), out)
    assert line.on_gap(Gap(None, NOW, NOW + 60 * SECOND_NS, RESTARTED), out)
    assert (line.down_ns, line.gap_s) == (None, 60.0)
    assert said(out)[-1] == "Going on from the journal"


def test_who_has_a_place_is_unknown_until_it_is_said() -> None:
    line = Line()
    assert (line.hears(SYMBOL), line.refused) == (None, ())
    line.on_slots(SlotsGranted(NOW, (SYMBOL,), ("000660",)))
    assert (line.hears(SYMBOL), line.hears("000660"), line.refused) == (True, False, ("000660",))


# -- prices ----------------------------------------------------------------------------------------


def trade(at_ns: int, price: int = 10_000) -> Trade:
    return Trade(
        SYMBOL, "KRX", at_ns, at_ns, price, 1, 1, price, 1, price + 10, price, False, False, None
    )


def test_a_silence_is_said_once_until_a_trade_is_heard_and_its_price_asked_for() -> None:
    silences, heard, out, asked = Silences(), Heard(Imbalance(90)), Outbox(), 0
    window = (NOW, NOW + 3600 * SECOND_NS)
    heard.on_trade(trade(NOW), window, 0)
    prices: list[int | None] = []
    for second in range(61):
        now = NOW + second * SECOND_NS
        prices.append(silences.price_of(SYMBOL, heard, now, out, PRICES))
        if len(out.asks) > asked:
            asked = len(out.asks)
            if second > 30:  # REST answers from then on
                heard.on_quote(9_990, now)
    assert prices[20] == 10_000
    assert prices[21:32] == [None] * 11
    assert prices[32:52] == [9_990] * 20
    assert all(isinstance(ask, AskQuote) for ask in out.asks)
    assert len({ask.ask_id for ask in out.asks}) == len(out.asks) == 4
    assert said(out) == ["Price feed silent, asking over REST"]
    assert silences.count == 1
    heard.on_trade(trade(NOW + 61 * SECOND_NS), window, 0)
    later = NOW + 62 * SECOND_NS
    assert silences.price_of(SYMBOL, heard, later, out, PRICES) == 10_000
    silences.price_of(SYMBOL, heard, later + 60 * SECOND_NS, out, PRICES)
    assert silences.count == 2


def test_a_symbol_never_heard_has_no_price() -> None:
    silences, out = Silences(), Outbox()
    assert silences.price_of(SYMBOL, Heard(Imbalance(90)), NOW, out, PRICES) is None
    assert len(out.asks) == 1


# -- positions -------------------------------------------------------------------------------------


HELD = Position(
    trip_id="t", shares=10, bought=10, entry_krw=10_000.0, stop_krw=9_900, cost_ratio=0.002,
    entered_ns=NOW, entry_reason="e", setup="s", best_krw=10_000.0, worst_krw=10_000.0,
    trail_krw=9_900.0, guard_krw=9_900,
)  # fmt: skip


@pytest.mark.parametrize(
    ("stop", "price", "r"),
    [(9_900, 10_000, -0.2), (9_900, 10_020, 0.0), (9_900, 9_900, -1.2), (10_000, 10_500, None)],
    ids=["costs alone", "even", "at the stop", "no risk, no measure"],
)
def test_r_is_after_costs(stop: int, price: int, r: float | None) -> None:
    found = replace(HELD, stop_krw=stop).r_net(price)
    assert found == (None if r is None else pytest.approx(r))


def test_best_and_worst_are_of_all_prices_in_any_order() -> None:
    prices = [9_950, 10_100, 10_000, 9_980, 10_300]
    for seed in range(5):
        random.Random(seed).shuffle(prices)
        position = HELD
        for price in prices:
            position = seen(position, price)
        assert (position.best_krw, position.worst_krw) == (10_300, 9_950)
    assert seen(HELD, 10_000) is HELD


def test_a_trail_never_falls_and_never_lies_under_the_stop() -> None:
    assert trailed(HELD, 9_000) is HELD
    raised = trailed(HELD, 10_050)
    assert raised.trail_krw == 10_050
    assert trailed(raised, 10_000) is raised


def test_a_trip_without_a_risk_has_no_r_and_one_unsold_no_price() -> None:
    gone = replace(HELD, shares=0, realised_krw=-500, best_krw=10_100, worst_krw=9_800)
    trip = round_trip(gone, SYMBOL, "Semis", NOW + 3 * MINUTE_NS, "corrected")
    assert (trip.exit_krw, trip.exit_reason, trip.r_net) == (None, "corrected", -0.5)
    assert (trip.mfe_krw, trip.mae_krw, trip.mfe_r, trip.mae_r) == (100, -200, 1.0, -2.0)
    assert dict(trip.facts)["held_min"] == 3.0
    bare = round_trip(replace(gone, stop_krw=10_000), SYMBOL, "Semis", NOW, "x")
    assert (bare.risk_krw, bare.r_net, bare.mfe_r) == (0, None, None)


@pytest.mark.parametrize(
    ("pnl", "tier"),
    [(None, None), (0.01, "full"), (-0.0099, "full"), (-0.01, "half"), (-0.02, "quarter"),
     (-0.03, "halt")],
)  # fmt: skip
def test_drawdown_tiers_are_of_fractions(pnl: float | None, tier: str | None) -> None:
    assert drawdown_tier(pnl) == tier


# -- who is looked at ------------------------------------------------------------------------------


def quote(**changes: Any) -> PriceQuote:
    known: dict[str, Any] = {
        "symbol": SYMBOL, "at_ns": NOW, "price_krw": 10_000, "base_krw": 10_000,
        "upper_krw": 13_000, "lower_krw": 7_000, "open_krw": None, "high_krw": None,
        "low_krw": None, "cum_volume": 0, "cum_value_krw": 0, "tick_krw": 10,
        "market_name": "KOSPI200", "halted": False, "administrative": False,
        "liquidation": False, "warning_code": "00", "vi_code": "N", "market_cap_krw": 100,
    }  # fmt: skip
    return PriceQuote(**(known | changes))


@pytest.mark.parametrize(
    ("symbol", "changes", "turnover", "code"),
    [
        (SYMBOL, {}, 100, None),
        ("005935", {}, 100, "PREFERRED_SHARE"),
        ("005935", {"price_krw": 0, "halted": True}, 0, "PREFERRED_SHARE"),
        (SYMBOL, {"price_krw": 0, "halted": True}, 0, "NO_PRICE"),
        (SYMBOL, {"market_name": "ETF"}, 100, "NOT_EQUITY"),
        (SYMBOL, {"market_name": ""}, 100, None),
        (SYMBOL, {"halted": True}, 0, "HALTED"),
        (SYMBOL, {"administrative": True}, 100, "ADMINISTRATIVE"),
        (SYMBOL, {"liquidation": True}, 100, "LIQUIDATION"),
        (SYMBOL, {"warning_code": "01"}, 100, None),
        (SYMBOL, {"warning_code": "03"}, 100, "WARNED"),
        (SYMBOL, {"market_cap_krw": 99}, 99, "LOW_MCAP"),
        (SYMBOL, {"market_cap_krw": None}, 100, None),
        (SYMBOL, {}, 99.9, "LOW_ADTV"),
    ],
)
def test_the_first_check_that_fails_rejects(
    symbol: str, changes: dict[str, Any], turnover: float, code: str | None
) -> None:
    assert rejection(symbol, quote(**changes), turnover, LISTING) == code


@pytest.mark.parametrize(
    ("name", "market"), [("KOSPI200", "KOSPI"), ("KSQ150", "KOSDAQ"), ("코스닥", "KOSDAQ")]
)
def test_the_market_s_name_decides_the_tax(name: str, market: str) -> None:
    assert market_of(quote(market_name=name)) == market
    assert market_of(None) == "KOSPI"


def test_instants_go_to_the_contract_and_back() -> None:
    assert ns_of(kst_of(NOW + 1_234_567_000)) == NOW + 1_234_567_000
    assert kst_of(NOW).isoformat() == "2025-09-03T09:00:00+09:00"
