"""What the ancestor's gateway let through or held back wrongly, row by row of oms.md §10.3."""

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from kis_core.clock import SECOND_NS
from oms.core import records as r
from oms.core.limits import Budget
from oms.settings import load_settings
from oms_client.contract import Enter, SetTarget
from tests.oms.core.test_controls import beat
from tests.oms.core.test_risk import decided, told_by
from tests.oms.stories import HYNIX, NAVER, SAMSUNG, Story, at, of, one

StoryOf = Callable[..., Story]
WIDE = {"KMP": Budget(20, 0.5, 1.0, 0), "KPR": Budget(20, 0.5, 1.0, 0)}
NEXT_DAY_NS = 86_400 * SECOND_NS


def halt(story: Story) -> None:
    story.wait(1).balance(94_000_000)


def pause(story: Story) -> None:
    story.operator("pause_strategy", strategy_id="KMP")


def freeze(story: Story) -> None:
    story.hold(10, "KPR")
    for _ in range(2):
        story.wait(6).balance(holdings={SAMSUNG: 17})


@pytest.mark.parametrize(
    ("trouble", "changes", "control"),
    [
        (halt, {}, "halted"),
        (pause, {}, "paused"),
        (freeze, {}, "frozen"),
        (None, {"gross_pct_max": 0.0001}, "gross_exposure"),
        (None, {"sector_pct_max": 0.0001}, "sector_cap"),
        (None, {"budgets": {}}, "budget"),
    ],
    ids=["halt", "pause", "freeze", "exposure", "sector", "budget"],
)
def test_10_3_01_a_set_target_buys_through_the_gate_like_any_entry(
    story_of: StoryOf, trouble: Callable[[Story], None] | None, changes: Any, control: str
) -> None:
    story = story_of(**changes)
    if trouble:
        trouble(story)
    outputs = story.ask("SET_TARGET", shares=10, limit_krw=70_000, stop_krw=68_000)
    assert control in told_by(outputs)
    assert of(outputs, r.OrderPlanned) == []


@pytest.mark.parametrize("limit_krw", [49_000, 60_000, 70_000])
def test_10_3_02_sizes_are_judged_at_the_live_price_not_at_the_callers(
    story_of: StoryOf, limit_krw: int
) -> None:
    """A limit far below the market does not make ten times the equity look small."""
    story = story_of(budgets=WIDE, position_pct_max=0.1)
    outputs = story.enter(14_285, limit_krw=limit_krw, stop_krw=40_000)
    assert decided(outputs).approved_shares == 142
    assert story.book.gross_krw == 142 * 70_000


def test_10_3_02_a_limit_of_one_won_is_outside_the_day(story_of: StoryOf) -> None:
    outputs = story_of(budgets=WIDE).enter(14_285, limit_krw=1, stop_krw=1)
    assert {"price_limit", "stop", "per_symbol"} <= set(told_by(outputs))
    assert decided(outputs).status == "REFUSED"


@pytest.mark.parametrize("shares", [0, -1, -200_000, 200_001, 10**15])
def test_10_3_03_sizes_that_are_no_order_are_refused(story: Story, shares: int) -> None:
    outputs = story.enter(shares)
    assert told_by(outputs)["order_size"] == "refuse"
    assert of(outputs, r.OrderPlanned) == []


def test_10_3_03_unknown_symbols_and_unregistered_strategies_are_refused(story: Story) -> None:
    asked = r.Asked("ENTER", "i1", "x", "999999", 1, 70_000, 68_000)
    heard = r.IntentReceived(
        at_ns=story.now_ns, strategy_id="KMP", asked=asked, quote=None, unknown_symbol=True
    )
    assert decided(story.tell(heard)).status == "REFUSED"
    assert told_by(story.enter(strategy="GHOST"))["budget"] == "refuse"


@pytest.mark.parametrize("stop", [None, 0, -1])
@pytest.mark.parametrize("shape", [Enter, SetTarget])
def test_10_3_04_no_stop_no_entry(shape: type[Any], stop: int | None) -> None:
    whole = {"intent_id": "i", "symbol": SAMSUNG, "limit_krw": 70_000, "reason": "x"}
    whole |= {"shares": 1} if shape is Enter else {"target_shares": 1}
    with pytest.raises(ValidationError, match="stop_krw"):
        shape(**whole, **({} if stop is None else {"stop_krw": stop}))


@pytest.mark.parametrize("stop_krw", [0, -5, 70_000, 70_100])
def test_10_3_04_a_stop_that_protects_nothing_is_refused(story: Story, stop_krw: int) -> None:
    assert told_by(story.enter(stop_krw=stop_krw))["stop"] == "refuse"


def test_10_3_05_eight_entries_at_once_share_one_cap(story_of: StoryOf) -> None:
    """Nothing is answered between them: reservations alone hold the 80 %."""
    story = story_of(gross_pct_max=0.8, unknown_sector="allow", budgets=WIDE)
    answers = [decided(story.enter(200, symbol=f"{n:06d}")).status for n in range(8)]
    assert answers.count("APPROVED") == 5
    assert story.book.gross_krw == 70_000_000


def test_10_3_05_a_reservation_ends_with_the_order_not_before(story_of: StoryOf) -> None:
    story = story_of(gross_pct_max=0.15, unknown_sector="allow", budgets=WIDE)
    order_id = one(story.enter(200), r.OrderPlanned).order_id
    story.unknown(order_id)
    assert told_by(story.enter(200, symbol=NAVER)) == {"gross_exposure": "refuse"}
    for _ in range(2):
        story.wait(11).history()
    assert decided(story.enter(200, symbol=NAVER)).status == "APPROVED"


@pytest.mark.parametrize("how", ["safe mode", "VI"])
def test_10_3_06_neither_safe_mode_nor_a_vi_keeps_anybody_in(story: Story, how: str) -> None:
    story.hold(10)
    if how == "safe mode":
        story.operator("safe_mode", enabled=True)
    else:
        story.trade(70_000, in_auction=True)
    assert one(story.ask("EXIT"), r.OrderPlanned).shares == 10


def test_10_3_07_flatten_all_cancels_buys_sells_everybodys_shares_and_may_be_repeated(
    story: Story,
) -> None:
    story.hold(10)
    buying = story.answer(one(story.enter(5, symbol=NAVER), r.OrderPlanned).order_id)
    for _ in range(2):
        story.wait(6).balance(holdings={SAMSUNG: 10, HYNIX: 7})
    outputs = story.operator("flatten_all")
    sales = {(o.strategy_id, o.symbol, o.shares) for o in of(outputs, r.OrderPlanned)}
    assert sales == {("KMP", SAMSUNG, 10), (r.UNALLOCATED, HYNIX, 7)}
    assert len(of(outputs, r.CancelPlanned)) == 1
    story.notice(buying, 5, symbol=NAVER)  # it filled before the cancel arrived
    assert story.allocation(symbol=NAVER).selling == 5
    first = next(iter(of(outputs, r.OrderPlanned)))
    story.declined(first.order_id)
    again = story.wait(6).operator("flatten_all")
    assert [o.symbol for o in of(again, r.OrderPlanned)] == [first.symbol]


def test_10_3_08_the_committed_limits_know_sectors_and_block_what_they_do_not_know() -> None:
    settings, limits = load_settings()
    assert limits.unknown_sector == "block"
    assert len(limits.sectors) > 50
    assert settings.risk.sector_pct_max == limits.sector_pct_max


@pytest.mark.parametrize("name", ["weak", "PANIC", ""])
def test_10_3_09_an_unknown_regime_caps_everything_and_a_regime_survives_restarts(
    story: Story, name: str
) -> None:
    story.operator("regime", regime=name)
    story.restart()
    assert story.book.regime == name
    assert told_by(story.enter(1)) == {"regime_cap": "refuse"}


def test_10_3_10_a_swing_loss_of_yesterday_is_no_loss_of_today(story_of: StoryOf) -> None:
    story = story_of(budgets=WIDE, position_pct_max=0.6, sector_pct_max=0.6)
    story.hold(700)
    story.wait(6).balance(97_000_000, {SAMSUNG: 700})
    story.now_ns = at("08:40") + NEXT_DAY_NS
    story.timer()
    story.balance(97_000_000, {SAMSUNG: 700})
    story.now_ns = at("09:30") + NEXT_DAY_NS
    story.balance(97_000_000, {SAMSUNG: 700})
    story.cash()
    assert story.book.daily_pnl_krw == 0
    assert decided(story.enter(1, symbol=NAVER)).status == "APPROVED"


def test_10_3_10_the_halt_is_sticky_for_the_day_and_the_next_day_starts_without_it(
    story: Story,
) -> None:
    story.wait(1).balance(94_000_000)
    story.wait(1).balance(100_000_000)
    story.restart()
    assert told_by(story.enter(1))["halted"] == "refuse"
    story.now_ns = at("09:30") + NEXT_DAY_NS
    story.timer()
    story.balance(94_000_000)
    story.cash()
    assert decided(story.enter(1)).status == "APPROVED"
    assert story.book.realised_today_krw == 0


@pytest.mark.parametrize("equity_krw", [0, -1000])
def test_10_3_11_a_balance_without_a_total_is_neither_a_loss_nor_a_baseline(
    story_of: StoryOf, equity_krw: int
) -> None:
    story = story_of(start="08:40")
    story.at("09:30").balance(equity_krw)
    outputs = story.enter(1)
    assert not story.book.halt_entries
    assert told_by(outputs)["equity"] == "defer"
    assert story.book.baseline_krw == 100_000_000
    story.wait(1).balance()
    assert decided(story.enter(1)).status == "APPROVED"


@pytest.mark.parametrize("equity_krw", [0, -1000])
def test_10_3_11_the_first_balance_without_a_total_starts_no_day(
    blank: Callable[..., Story], equity_krw: int
) -> None:
    story = blank()
    story.start()
    story.balance(equity_krw)
    assert story.book.baseline_krw is None
    story.wait(1).balance()
    assert story.book.baseline_krw == 100_000_000


def test_10_3_13_without_a_price_an_urgent_entry_waits_and_leaves_no_lock(
    story: Story,
) -> None:
    outputs = story.enter(urgency="HIGH", quote=None)
    assert decided(outputs).status == "DEFERRED"
    assert story.book.listing(SAMSUNG).lock_owner is None
    assert decided(story.enter(1, "KPR")).status == "APPROVED"


def test_10_3_14_the_count_of_positions_does_not_keep_anybody_from_adding(
    story_of: StoryOf,
) -> None:
    story = story_of(positions_max=1, budgets={"KMP": Budget(1, 0.5, 1.0, 0)})
    story.hold(10)
    more = story.ask("SET_TARGET", shares=20, limit_krw=70_000, stop_krw=68_000)
    assert decided(more).approved_shares == 10
    assert decided(story.enter(1, symbol=HYNIX)).status == "REFUSED"


def test_10_3_15_after_the_first_fill_the_stop_stands_and_entries_go_on(story: Story) -> None:
    story.hold(10)
    story.restart()
    assert story.allocation().stop_krw == 68_000
    assert not story.book.halt_entries
    assert decided(story.enter(1, symbol=NAVER)).status == "APPROVED"


def test_10_3_16_a_stop_fires_while_its_strategy_is_silent(story_of: StoryOf) -> None:
    story = story_of(budgets={"KMP": Budget(8, 0.025, 0.5, 0, heartbeat_s_max=180)})
    beat(story)
    story.hold(10)
    story.at("14:00").restart()
    outputs = story.trade(67_900)
    assert one(outputs, r.StopFired).stop_krw == 68_000
    assert one(outputs, r.OrderPlanned).shares == 10
