"""From the band to the order, and what becomes of a resting one."""

from collections.abc import Callable
from typing import Any

import pytest

from kis_core.clock import kst
from kis_core.market.events import Gap, Trade
from oms_client.contract import (
    AllocationView,
    CancelOrders,
    IntentStatus,
    Urgency,
)
from strategy_nulrimok.decision.setups import Armed, Idle, PendingFill, Shut, Triggered
from strategy_runtime.contract import Entered, Lenient, Missed, OmsLine
from tests.strategy_nulrimok.tales import (
    AVWAP,
    LOWER,
    OTHER,
    SYMBOL,
    USUAL,
    Tale,
    artifact,
    candidate,
)

Tell = Callable[..., Tale]
DRY = USUAL // 2


def test_a_dip_into_the_band_on_dry_volume_arms(tale: Tell) -> None:
    told = tale().armed()
    assert isinstance(told.setup, Armed)
    assert told.setup.low_krw == 9_960
    assert told.says("Armed for entry")


@pytest.mark.parametrize(
    ("bar", "why"),
    [
        ((10_120, 10_140, 10_060, 10_080, DRY), "not_in_band"),
        ((10_040, 10_170, 10_030, 10_160, DRY), "no_dip"),
        ((10_120, 10_120, 9_960, 9_980, USUAL * 6 // 10), "vol_high"),
    ],
    ids=["above the band", "above its mean", "volume exactly at the limit"],
)
def test_what_does_not_arm_says_why(bar: tuple[int, ...], why: str, tale: Tell) -> None:
    told = tale().bar("09:30", 10_150, 10_160, 10_100, 10_120)
    told.bar("10:00", *bar)
    assert isinstance(told.setup, Idle)
    assert told.says("Entry conditions not met")[-1].text.count("(") == 1
    assert why in told.says("Entry conditions not met")[-1].text
    assert told.stopped(why)


def test_the_avwap_regained_is_a_confirmation(tale: Tell) -> None:
    told = tale()
    entry = told.asked()
    assert entry.reason == "avwap_reclaim"
    assert entry.urgency is Urgency.LOW
    assert entry.time_horizon == "SWING"
    assert entry.limit_krw == AVWAP
    assert entry.stop_krw == 9_940  # AVWAP less 1.2 ATRs; the band's 0.993 lies lower
    assert entry.expires_at == kst(told.ns("15:10:00"))
    assert entry.confidence == "GREEN"
    assert entry.signal_hash is not None
    assert entry.signal_hash.startswith("2025-08-18:RECLAIM:")


def test_a_higher_low_within_the_band_is_a_confirmation(tale: Tell) -> None:
    told = tale().armed().bar("10:30", 9_980, 9_990, 9_970, 9_990)
    assert told.entry.reason == "avwap_higher_low"


@pytest.mark.parametrize(
    ("low", "close", "confirms"),
    [
        (9_970, 9_990, True),
        (9_960, 9_990, False),
        (9_970, round(0.998 * LOWER) + 1, True),
        (9_940, round(0.998 * LOWER) + 1, False),
    ],
    ids=["higher", "as low", "at the band's edge", "lower"],
)
def test_a_higher_low_is_higher(low: int, close: int, confirms: bool, tale: Tell) -> None:
    told = tale().armed().bar("10:30", 9_980, 9_990, min(low, close), close)
    wants = confirms and low <= close
    assert bool(told.entries) is wants


def test_an_unaccepted_anchor_is_yellow(tale: Tell) -> None:
    assert tale(acceptance_pass=False).asked().confidence == "YELLOW"


def test_a_close_below_the_band_ends_the_setup(tale: Tell) -> None:
    told = tale().armed().bar("10:30", 9_970, 9_970, 9_900, 9_920)
    assert isinstance(told.setup, Idle)
    assert told.says("Entry invalidated")


@pytest.mark.parametrize(("strict", "bars"), [(False, 3), (True, 2)], ids=["permissive", "strict"])
def test_a_confirmation_is_waited_for_so_many_bars(strict: bool, bars: int, tale: Tell) -> None:
    told = tale(strict=strict).armed()
    for number, end in enumerate(("10:30", "11:00", "11:30")[:bars]):
        assert isinstance(told.setup, Armed)
        assert told.setup.used == number
        told.bar(end, 9_980, 9_980, 9_950, 9_950)
    assert isinstance(told.setup, Idle)
    assert told.says("Confirmation window expired")


def test_a_confirmation_that_strict_would_not_have_waited_for_is_told(tale: Tell) -> None:
    told = tale().armed()
    told.bar("10:30", 9_980, 9_980, 9_950, 9_950).bar("11:00", 9_980, 9_980, 9_950, 9_950)
    told.bar("11:30", 9_980, 10_060, 9_960, 10_050)
    [note] = told.noted(Lenient)
    assert (note.reason, note.actual, note.strict) == ("CONFIRM_BARS", 3, 2)
    assert told.entries


# -- how much


@pytest.mark.parametrize(
    ("volume", "equity", "changes", "shares", "bound_by"),
    [
        (DRY, 10_000_000, {"recommended_risk": 0.001}, 90, "risk"),
        (USUAL * 39 // 100, 10_000_000, {"recommended_risk": 0.001}, 100, "risk"),
        (DRY, 10_000_000, {"recommended_risk": 0.0075}, 298, "sector"),
    ],
    ids=["risk over the distance to the stop", "a tenth more where it is very dry", "the sector"],
)
def test_the_size(
    volume: int,
    equity: int,
    changes: dict[str, Any],
    shares: int,
    bound_by: str,
    tale: Tell,
) -> None:
    """RECLAIM closes at 10,050, the stop is at 9,940: 110 a share."""
    told = tale(account={"equity_krw": equity}, **changes).armed()
    told.bar("10:30", 9_980, 10_060, 9_970, 10_050, volume)
    assert told.entry.shares == shares
    assert told.name.bound_by == bound_by


def test_the_risk_of_one_trade_is_bounded(tale: Tell) -> None:
    told = tale(recommended_risk=0.02, atr30m_est_krw=400.0, account={"equity_krw": 10_000_000})
    told.armed().bar("10:30", 9_980, 10_060, 9_970, 10_050, DRY)
    stop = 9_890  # 0.993 of the band's lower edge, 9,880.35, up to the tick
    assert told.entry.stop_krw == stop
    assert told.name.trading.signal is not None
    sizing = dict(told.name.trading.signal.sizing)
    assert sizing["risk"] == 0.00825
    assert sizing["raw_shares"] == int(10_000_000 * 0.00825 / (10_050 - stop))


def test_what_explains_the_position_goes_with_it(tale: Tell) -> None:
    told = tale().bought()
    [note] = told.noted(Entered)
    assert {one.name for one in note.factors} >= {"flow_score", "rs_percentile", "dryness"}
    assert all(one.passed for one in note.filters)
    sizing = dict(note.sizing)
    assert sizing["regime_mult"] == 1.0
    assert sizing["bound_by"] == "sector"
    assert sizing["shares"] == note.shares
    assert note.signal_id == told.entry.intent_id


# -- what stands in the way


@pytest.mark.parametrize(
    ("account", "gate", "phrase"),
    [
        ({"equity_krw": None}, "equity_unknown", "blocked by equity_unknown"),
        ({"gross_exposure_pct": 0.796}, "headroom", "exposure headroom exhausted"),
        ({"gross_exposure_pct": None}, "exposure_unknown", "exposure unknown"),
        ({"regime": "UNKNOWN"}, "exposure_unknown", "exposure unknown"),
        ({"halt_entries": True}, "oms_halted", "blocked by oms_halted"),
        ({"paused_strategies": ("NULRIMOK",)}, "oms_paused", "blocked by oms_paused"),
    ],
    ids=lambda value: str(value)[:30] if isinstance(value, dict) else "",
)
def test_a_gate_keeps_a_confirmed_entry_waiting_and_no_bar_is_used(
    account: dict[str, Any], gate: str, phrase: str, tale: Tell
) -> None:
    told = tale().armed()
    told.tell(
        told.oms.books(told.now_ns).model_copy(update={"account": told.oms.account(**account)})
    )
    told.bar("10:30", 9_980, 10_060, 9_970, 10_050)
    assert told.entries == []
    assert isinstance(told.setup, Armed)
    assert told.setup.used == 0
    assert told.stopped(gate)
    assert told.says(phrase)
    [note] = {one.blocked_by: one for one in told.noted(Missed)}.values()
    assert (note.blocked_by, note.maturity) == (gate, "late")
    told.until("10:39:00")
    gates = [one.blocked_by for one in told.noted(Missed)]
    assert gates.count(gate) == 1, "once, however often it is tried again"
    told.tell(told.oms.books(told.now_ns))
    told.until("10:40:00")
    assert told.entries, "what stood in the way has gone, and the bar still holds"


def test_a_silent_oms_keeps_it_waiting(tale: Tell) -> None:
    told = tale().armed()
    told.tell(OmsLine(at=kst(told.now_ns), up=False, why="gone"))
    told.bar("10:30", 9_980, 10_060, 9_970, 10_050)
    assert told.entries == []
    told.tell(OmsLine(at=kst(told.now_ns), up=True, why="back"))
    told.until("10:31:00")
    assert told.entries


def test_a_line_that_is_down_keeps_it_waiting(tale: Tell) -> None:
    told = tale().armed()
    told.tell(Gap(None, told.now_ns, None, "lost"))
    told.bar("10:30", 9_980, 10_060, 9_970, 10_050)
    assert told.stopped("feed_gap")
    told.tell(Gap(None, told.now_ns, told.now_ns, "back"))
    told.until("10:31:00")
    assert told.entries


def test_a_vi_keeps_it_waiting_through_its_cool_down(tale: Tell) -> None:
    told = tale().armed().print("10:20:00", 9_990, in_auction=True)
    told.bar("10:30", 9_980, 10_060, 9_970, 10_050)
    assert told.stopped("vi")
    told.until("10:31:30")
    assert told.entries == []
    told.until("10:34:00")
    assert told.entries


def test_a_halted_symbol_is_not_entered(tale: Tell) -> None:
    told = tale().armed().print("10:29:00", 9_990, halted=True)
    told.bar("10:30", 9_980, 10_060, 9_970, 10_050)
    assert told.stopped("halted")
    assert told.entries == []


def test_an_old_price_is_asked_for_and_then_entered_on(tale: Tell) -> None:
    """The bar's last trade is ten minutes old: nothing is known of the price since."""
    told = tale().armed()
    told.rows[SYMBOL] += [(600, 9_980, 10_060, 9_970, 10_050, 4_000)]
    told.prices[SYMBOL] = None
    told.until("10:31:00")
    assert told.stopped("price_stale")
    assert told.entries == []
    told.prices[SYMBOL] = 10_050
    told.until("10:33:00")
    assert told.entries


def test_the_portfolio_s_risk_is_bounded_and_says_who_uses_it(tale: Tell) -> None:
    """Somebody held with all of the budget open: the next dip is not taken."""
    held = AllocationView(
        strategy_id="NULRIMOK", symbol=OTHER, shares=1_000, cost_krw=10_000_000,
        average_krw=10_000.0, selling=0, stop_krw=5_000, entered_at=None, realised_today_krw=0,
    )  # fmt: skip
    told = tale()
    told.tell(told.oms.books(told.now_ns).model_copy(update={"allocations": (held,)}))
    told.armed()
    assert isinstance(told.setup, Idle)
    assert told.says("daily risk budget exhausted")
    [note] = told.noted(Missed)
    assert (note.maturity, note.blocking) == ("early", (OTHER,))


def test_no_entries_where_the_regime_allows_none(tale: Tell, nulrimok: Any) -> None:
    chosen = artifact(nulrimok, candidate(), tier="C", mult=0.0)
    told = tale(chosen=chosen).armed()
    told.bar("10:30", 9_980, 10_060, 9_970, 10_050)
    assert told.entries == []
    assert told.stopped("regime_tier")


@pytest.mark.parametrize(
    ("standing", "gate"),
    [
        ({"halted": True}, "listing"),
        ({"administrative": True}, "listing"),
        ({"warning_code": "02"}, "listing"),
        ({"upper_krw": 9_990}, "price_limit"),
    ],
    ids=["halted", "administrative", "warned", "the limit lies above the day's band"],
)
def test_a_symbol_that_must_not_be_bought_is_not(
    standing: dict[str, Any], gate: str, nulrimok: Any
) -> None:
    told = Tale(nulrimok, artifact(nulrimok, candidate()))
    told.standing = standing
    told.start().armed().bar("10:30", 9_980, 10_060, 9_970, 10_050)
    assert told.entries == []
    assert told.stopped(gate)


# -- the order's life


def test_a_resting_order_is_taken_back_when_the_band_breaks(tale: Tell) -> None:
    told = tale()
    told.asked()
    told.bar("11:00", 10_000, 10_010, 9_900, 9_920)
    cancel = told.intents[-1]
    assert isinstance(cancel, CancelOrders)
    assert (cancel.side, cancel.reason) == ("BUY", "band_broken")
    assert isinstance(told.setup, Idle)
    assert told.stopped("missed_fill")
    assert told.noted(Missed)[-1].blocked_by == "unfilled"


def test_a_resting_order_waits_four_bars_and_no_longer(tale: Tell) -> None:
    told = tale()
    told.asked()
    for end in ("11:00", "11:30", "12:00"):
        told.bar(end, 10_050, 10_060, 10_040, 10_050)
    assert isinstance(told.setup, PendingFill)
    told.bar("12:30", 10_050, 10_060, 10_040, 10_050)
    assert told.says("Fill timeout, resetting")
    assert isinstance(told.setup, Idle)


def test_an_order_ends_with_the_session_s_entries(tale: Tell) -> None:
    told = tale().bar("14:00", 10_150, 10_150, 10_100, 10_120)
    told.bar("14:30", 10_120, 10_120, 9_960, 9_980, DRY)
    told.bar("15:00", 9_980, 10_060, 9_970, 10_050)
    assert isinstance(told.setup, PendingFill)
    told.until("15:10:05")
    assert isinstance(told.setup, Idle)
    assert SYMBOL not in told.oms.buys


def test_a_part_filled_in_a_broken_band_stays_and_the_rest_is_taken_back(tale: Tell) -> None:
    told = tale()
    entry = told.asked()
    value = 10 * AVWAP
    told.tell(told.oms._filled(entry, SYMBOL, "BUY", 10, value, 14, told.now_ns))
    told.oms._bought(entry.model_copy(update={"shares": 10}), _trade(told))
    told.oms.buys[SYMBOL] = entry
    told.tell(told.oms._allocated(SYMBOL, 0, told.now_ns))
    assert isinstance(told.setup, Triggered)
    told.bar("11:00", 10_000, 10_010, 9_990, 9_925)
    assert any(isinstance(one, CancelOrders) for one in told.intents)
    assert told.name.resting is None
    assert told.name.trading.holds


def _trade(told: Tale) -> Trade:
    return Trade(
        SYMBOL, "KRX", told.now_ns, told.now_ns, AVWAP, 10, 10, 10 * AVWAP, 1, AVWAP + 10, AVWAP,
        False, False, None,
    )  # fmt: skip


# -- the OMS's no


def test_a_deferred_entry_stays_armed_and_is_asked_for_again(tale: Tell) -> None:
    told = tale().armed()
    told.answers = IntentStatus.DEFERRED
    told.bar("10:30", 9_980, 10_060, 9_970, 10_050)
    assert isinstance(told.setup, Armed)
    assert told.setup.used == 0
    told.answers = None
    told.until("10:33:00")
    assert isinstance(told.setup, PendingFill)
    assert len({one.intent_id for one in told.entries}) == len(told.entries) == 2


def test_refused_entries_stay_armed_until_there_were_too_many(tale: Tell) -> None:
    told = tale().armed()
    told.answers = IntentStatus.REFUSED
    for number, end in enumerate(("10:30", "11:00", "11:30")):
        told.bar(end, 9_980, 10_060, 9_970, 10_050)
        assert len(told.entries) == number + 1
        if number < 2:
            assert isinstance(told.setup, Armed)
            assert told.setup.used == 0
    assert isinstance(told.setup, Shut)
    told.bar("12:00", 9_980, 10_060, 9_970, 10_050)
    assert len(told.entries) == 3
    words = told.says("OMS returned")[0].text
    assert "[qty=" in words
    assert "entry_px=10050" in words


def test_the_best_ranked_takes_the_room_first(tale: Tell, nulrimok: Any) -> None:
    """Both confirm in the same half hour; the answers come worst first, the room is for one."""
    chosen = artifact(nulrimok, candidate(), candidate(OTHER, daily_rank=0.5))
    told = tale(chosen=chosen)
    for symbol in (SYMBOL, OTHER):
        told.write("09:30", 10_150, 10_160, 10_100, 10_120, symbol=symbol)
        told.write("10:00", 10_120, 10_120, 9_960, 9_980, DRY, symbol)
        told.write("10:30", 9_980, 10_060, 9_970, 10_050, symbol=symbol)
    told.until("10:29:00")
    held: list[Any] = []
    told.failing = lambda ask: (held.append(ask) or "never") if _of(ask, SYMBOL) else None
    told.until("10:30:10")
    assert told.entries == []
    told.failing = lambda ask: None
    answer = told.answer(held[0])
    assert answer is not None
    told.tell(answer)
    assert [one.symbol for one in told.entries] == [SYMBOL]
    assert told.stopped("sector", OTHER)


def _of(ask: Any, symbol: str) -> bool:
    return getattr(ask, "symbol", None) == symbol and ask.ask_id.startswith("bars")
