"""The defects known of Nulrimok's forerunner, each by its number, and what is there in its place.

Those of the daily selection (N6, N7, N12, N13, N15, N17) are tested with it.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec
import pytest

from kis_core.clock import kst
from kis_core.market.calendar import krx_calendar
from oms_client.contract import AllocationView, Exit, OrderState
from strategy_nulrimok.decision.artifact import to_text
from strategy_nulrimok.decision.gates import exposure_krw, headroom_krw
from strategy_nulrimok.decision.setups import Armed, PendingFill
from strategy_nulrimok.decision.times import sessions_held
from strategy_nulrimok.nulrimok import Nulrimok
from strategy_runtime.contract import AskOwn, OwnRead
from strategy_runtime.timetable import trading_day
from tests.strategy_nulrimok.tales import (
    ATR,
    AVWAP,
    OTHER,
    SYMBOL,
    USUAL,
    YESTERDAY,
    Tale,
    artifact,
    candidate,
)

Tell = Callable[..., Tale]


def held_by_the_oms(told: Tale, symbol: str = SYMBOL, **changes: Any) -> None:
    """Let the OMS's books hold shares that nobody of us explains."""
    known: dict[str, Any] = {
        "strategy_id": "NULRIMOK", "symbol": symbol, "shares": 100, "cost_krw": 1_000_000,
        "average_krw": 10_000.0, "selling": 0, "stop_krw": 9_800,
        "entered_at": kst(told.now_ns), "realised_today_krw": 0,
    }  # fmt: skip
    allocation = AllocationView(**(known | changes))
    told.tell(told.oms.books(told.now_ns).model_copy(update={"allocations": (allocation,)}))


def test_n1_without_an_artifact_there_are_no_entries_and_all_exits(nulrimok: Nulrimok) -> None:
    eve = Tale(nulrimok, artifact(nulrimok, candidate(atr30m_est_krw=120.0))).start().bought()
    eve.quiet("15:00", 10_100).until("15:41:00", 60)
    told = eve.tomorrow("2025-09-04", None).start()
    told.bar("09:30", 10_010, 10_010, 10_000, 10_000)
    assert told.state.artifact is None
    told.bar("10:00", 9_990, 9_990, 9_900, 9_920, 2 * USUAL)
    assert told.reasons == ["avwap_breakdown"]
    assert "no artifact" in told.nulrimok.funnel(told.state)["health"]["problems"]


def test_n1_the_artifact_is_asked_for_until_it_is_there(nulrimok: Nulrimok) -> None:
    told = Tale(nulrimok, None).start().until("09:31:00", 30)
    asked = len(told.asked_for(AskOwn))
    assert 80 <= asked <= 95, "once a minute, all morning"
    assert len(told.says("no artifact to trade on")) == 1
    told.chosen = artifact(nulrimok, candidate())
    told.until("09:33:00", 30)
    assert told.state.artifact is not None
    told.bar("10:00", 10_120, 10_120, 9_960, 9_980, USUAL // 2)
    assert told.entries == []
    asked = len(told.asked_for(AskOwn))
    told.until("12:00:00", 60)
    assert len(told.asked_for(AskOwn)) == asked


@pytest.mark.parametrize(
    ("bend", "why"),
    [
        (lambda text: text[:-20], "not readable"),
        (lambda text: text.replace("2025-09-03", "2025-09-02"), "damaged"),
        (lambda text: text.replace('"tradable":true', '"tradable":false', 1), "damaged"),
        (lambda text: text.replace('"schema_version":1', '"schema_version":9'), "schema version 9"),
    ],
    ids=["torn", "another date written in", "a candidate changed", "another version"],
)
def test_n1_a_damaged_artifact_is_refused_and_named(
    bend: Callable[[str], str], why: str, nulrimok: Nulrimok
) -> None:
    told = Tale(nulrimok, bend(to_text(artifact(nulrimok, candidate())))).start()
    assert told.state.artifact is None
    assert why in told.nulrimok.funnel(told.state)["health"]["artifact_why"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"day": "2025-09-02"}, "wanted 2025-09-03"), ({"config_hash": "other"}, "configuration")],
    ids=["stale", "of another configuration"],
)
def test_n1_an_artifact_of_another_day_or_configuration_is_refused(
    changes: dict[str, str], why: str, nulrimok: Nulrimok
) -> None:
    told = Tale(nulrimok, artifact(nulrimok, candidate(), **changes)).start()
    assert told.state.artifact is None
    assert why in told.state.health.artifact_why


def test_n2_the_stop_is_given_to_the_oms_and_watched_here_too(tale: Tell) -> None:
    told = tale().bought()
    assert told.oms.held[SYMBOL].stop_krw == told.entry.stop_krw == 9_940
    told.print("10:36:00", 9_950)
    assert told.exits == []
    told.print("10:36:05", 9_940)
    assert told.reasons == ["risk_stop"]


def test_n2_a_position_without_a_stop_is_given_one(nulrimok: Nulrimok) -> None:
    told = Tale(nulrimok, None).start()
    held_by_the_oms(told, stop_krw=None)
    assert told.name.trading.position is not None
    assert told.name.trading.position.guard_krw == 9_000
    assert told.intents[-1].model_dump()["stop_krw"] == 9_000


def test_n3_a_name_outside_the_active_set_is_managed(nulrimok: Nulrimok) -> None:
    """Held, and today's selection has only the other one: its stop and bars are followed."""
    eve = Tale(nulrimok, artifact(nulrimok, candidate(atr30m_est_krw=120.0))).start().bought()
    eve.quiet("15:00", 10_100).until("15:41:00", 60)
    other = artifact(nulrimok, candidate(OTHER), day="2025-09-04")
    told = eve.tomorrow("2025-09-04", other).start()
    told.bar("09:30", 9_990, 9_990, 9_900, 9_920, 2 * USUAL)
    assert told.reasons == ["avwap_breakdown"]
    assert told.state.is_orphan(SYMBOL)


def test_n3_a_name_outside_the_universe_is_managed(nulrimok: Nulrimok) -> None:
    told = Tale(nulrimok, None).start()
    held_by_the_oms(told, "900110")
    told.prices["900110"] = 9_790
    told.until("09:00:20")
    [exit_] = told.exits
    assert (exit_.symbol, exit_.reason) == ("900110", "risk_stop")


def test_n4_time_stops_are_reached_after_classification(tale: Tell) -> None:
    told = tale(atr30m_est_krw=120.0).bought()
    for end in ("11:00", "11:30", "12:00"):
        told.bar(end, 10_010, 10_010, 10_010, 10_010)
    assert told.name.held is not None
    assert told.name.held.kind != "UNKNOWN"
    told.quiet("15:00", 10_010)
    told.prices[SYMBOL] = 10_010
    told.until("15:11:00")
    assert told.reasons == ["time_stop_intraday"]


def test_n5_a_bar_is_completed_minutes_and_not_the_newest_bucket(tale: Tell) -> None:
    told = tale()
    told.write("09:30", 10_150, 10_160, 10_100, 10_120, 4_000)
    told.write("10:00", 9_000, 9_000, 9_000, 9_000, 10**6)
    told.until("09:31:00")
    assert told.name.half is not None
    assert told.name.half.bar.volume == 4_000


def test_n8_volume_is_compared_with_the_same_half_hour_of_other_days(tale: Tell) -> None:
    """A volume of 15,000 is dry where 30,000 is usual and none too few where 10,000 is."""
    busy = tale().armed()
    assert isinstance(busy.setup, Armed)
    calm = tale()
    assert calm.name.usual is not None
    calm.name.usual = type(calm.name.usual)({0: 50_000.0, 1: 10_000.0}, calm.name.usual.closes, 10)
    calm.armed()
    assert not isinstance(calm.setup, Armed)
    assert calm.stopped("vol_high")


def test_n8_the_profile_is_a_median_and_leaves_the_bar_itself_out(tale: Tell) -> None:
    told = tale()
    usual = told.name.usual
    assert usual is not None
    assert usual.days == told.nulrimok.numbers.bars.profile_days
    assert usual.volumes[1] == USUAL
    told.bar("09:30", 10_150, 10_160, 10_100, 10_120, 10 * USUAL)
    assert told.name.half is not None
    assert told.name.half.dryness == 10


def test_n8_without_enough_days_nothing_is_entered(tale: Tell, nulrimok: Nulrimok) -> None:
    told = Tale(nulrimok, artifact(nulrimok, candidate()))
    told.failing = lambda ask: "busy" if ask.ask_id.startswith("profile") else None
    told.start().armed()
    assert told.entries == []
    assert "vol_unknown" in told.says("Entry conditions not met")[-1].text


def test_n9_the_mean_begins_with_yesterday_s_half_hours(tale: Tell) -> None:
    told = tale().bar("09:30", 10_150, 10_160, 10_100, 10_120)
    assert told.name.half is not None
    assert told.name.half.sma_krw == (4 * YESTERDAY + 10_120) / 5


@pytest.mark.parametrize(("mult", "ratio"), [(1.0, 1.0), (0.5, 0.5), (0.25, 0.25)])
def test_n10_the_regime_scales_size_and_budget(
    mult: float, ratio: float, nulrimok: Nulrimok
) -> None:
    one = candidate(
        risk_multiplier=mult, base_risk=0.002, recommended_risk=0.002 * mult, regime_tier="C"
    )
    told = Tale(nulrimok, artifact(nulrimok, one, tier="C", mult=mult)).start()
    told.asked()
    assert told.name.trading.signal is not None
    sizing = dict(told.name.trading.signal.sizing)
    assert sizing["raw_shares"] == int(100_000_000 * 0.002 * ratio / 110)
    assert sizing["room_risk_krw"] == round(100_000_000 * 0.04 * mult)


def test_n11_sessions_are_trading_days() -> None:
    """From the eve of Chuseok: the next session is the first, eight days later."""
    calendar = krx_calendar()
    entered = date(2025, 10, 2)
    held = {
        day: sessions_held(entered, trading_day(date.fromisoformat(day), calendar, 40))
        for day in ("2025-10-02", "2025-10-10", "2025-10-13", "2025-10-14")
    }
    assert held == {"2025-10-02": 0, "2025-10-10": 1, "2025-10-13": 2, "2025-10-14": 3}


FAR = {"avwap_ref_krw": 5_000.0, "band_lower_krw": 4_975.0, "band_upper_krw": 5_025.0}


def test_n14_a_pending_fill_is_not_rotated_out(nulrimok: Nulrimok) -> None:
    """Two looked at, one waits behind them: the one with a resting order stays."""
    names = (candidate("035420", **FAR), candidate(), candidate("000270", **FAR))
    told = Tale(nulrimok, artifact(nulrimok, *names, active=2)).start()
    told.trading(YESTERDAY, "035420", "000270").asked()
    assert told.state.watch.active == [SYMBOL, "000270"]
    told.write("11:00", 10_200, 10_200, 10_200, 10_200).until("11:00:50")
    assert isinstance(told.setup, PendingFill)
    assert not told.name.near
    assert told.state.watch.rotations == 2
    assert told.state.watch.active == [SYMBOL, "035420"]


@pytest.mark.parametrize("what", ["idle", "armed", "near", "held"])
def test_n14_who_may_be_exchanged(what: str, nulrimok: Nulrimok) -> None:
    names = (candidate(**(FAR if what == "idle" else {})), candidate("000270", **FAR))
    told = Tale(nulrimok, artifact(nulrimok, *names, active=1)).start().trading(10_150, "000270")
    match what:
        case "idle":
            told.quiet("10:30", 10_150)
        case "near":
            told.quiet("10:30", 10_060)
        case "armed":
            told.armed().bar("10:30", 9_980, 9_980, 9_950, 9_950)
        case _:
            told.bought()
    assert (SYMBOL in told.state.watch.active) is (what != "idle")


def test_n14_at_most_one_an_hour_is_exchanged(nulrimok: Nulrimok) -> None:
    symbols = ("005930", "000660", "035420", "000270")
    told = Tale(
        nulrimok, artifact(nulrimok, *(candidate(one, **FAR) for one in symbols), active=2)
    ).start()
    told.until("09:59:00", 30)
    assert told.state.watch.rotations == 0
    told.until("10:02:00", 5)
    assert told.state.watch.rotations == 1
    assert told.state.watch.active == ["005930", "035420"]
    assert told.state.watch.overflow == ["000270", "000660"]
    told.until("11:02:00", 5)
    assert told.state.watch.active == ["005930", "000270"]


def test_n16_exposures_are_of_the_strategy_s_own_equity(tale: Tell) -> None:
    """A fifth of its own equity is held; the account, with others in it, says a tenth."""
    told = tale(account={"equity_krw": 50_000_000, "gross_exposure_pct": 0.1})
    held_by_the_oms(told, OTHER, shares=1_000, cost_krw=10_000_000)
    told.tell(
        told.oms.books(told.now_ns).model_copy(
            update={
                "account": told.oms.account(equity_krw=50_000_000, gross_exposure_pct=0.1),
                "allocations": None,
            }
        )
    )
    rules = told.nulrimok.numbers
    assert exposure_krw(told.state) == 10_000_000
    assert headroom_krw(told.state, rules) == 0.80 * 50_000_000 - 10_000_000


def test_n16_a_full_account_leaves_no_room_whatever_is_ours(tale: Tell) -> None:
    told = tale(account={"gross_exposure_pct": 0.797})
    assert headroom_krw(told.state, told.nulrimok.numbers) == 0


# -- of all strategies


def test_x4_x7_exits_have_a_name_of_their_own_each_time(tale: Tell) -> None:
    told = tale(atr30m_est_krw=120.0).bought()
    told.bar("11:00", 9_990, 9_990, 9_900, 9_920, 2 * USUAL)
    for at in ("11:01:00", "11:02:00"):
        sell = told.oms.sells.pop(SYMBOL)
        told.tell(told.oms._closed(sell, SYMBOL, "SELL", OrderState.CANCELLED, 0, 0, told.now_ns))
        told.until(at)
    assert len({one.intent_id for one in told.exits}) == len(told.exits) == 3


def test_x5_a_silent_position_gets_its_price_over_rest(tale: Tell) -> None:
    told = tale().bought()
    told.prices[SYMBOL] = 9_930
    told.until("10:36:00")
    assert told.reasons == ["risk_stop"]
    assert len(told.says("Price feed silent")) == 1


def test_x8_an_exit_that_takes_long_is_shouted_about_and_left_working(tale: Tell) -> None:
    told = tale(atr30m_est_krw=120.0).bought()
    told.bar("11:00", 9_990, 9_990, 9_900, 9_920, 2 * USUAL)
    told.until("11:03:00")
    assert told.says("Exit outlives its time")
    assert len(told.exits) == 1


def test_x14_without_equity_nothing_is_entered(tale: Tell) -> None:
    told = tale(account={"equity_krw": None}).armed()
    assert told.entries == []
    assert told.stopped("equity_unknown")
    assert "equity unknown" in told.nulrimok.funnel(told.state)["health"]["problems"]


def test_an_answer_that_nobody_waits_for_changes_nothing(tale: Tell) -> None:
    told = tale()
    before = told.state.artifact
    told.tell(OwnRead("artifact-market-2025-09-03-9", told.now_ns, "artifact", "{}"))
    assert told.state.artifact is before


def test_an_adopted_position_learns_its_cost_basis_when_the_selection_comes(
    nulrimok: Nulrimok,
) -> None:
    told = Tale(nulrimok, None).start()
    held_by_the_oms(told)
    assert told.name.held is not None
    assert told.name.held.avwap_krw is None
    told.chosen = artifact(nulrimok, candidate())
    told.until("08:03:00")
    assert told.name.held.avwap_krw == AVWAP
    assert told.name.held.atr_krw == ATR


def test_a_cost_basis_moves_with_its_own_anchor_alone(nulrimok: Nulrimok) -> None:
    eve = Tale(nulrimok, artifact(nulrimok, candidate(atr30m_est_krw=120.0))).start().bought()
    eve.quiet("15:00", 10_100).until("15:41:00", 60)
    for anchor, avwap in (("2025-08-18", 10_020.0), ("2025-08-28", float(AVWAP))):
        one = candidate(anchor_date=anchor, avwap_ref_krw=10_020.0)
        told = eve.tomorrow("2025-09-04", artifact(nulrimok, one, day="2025-09-04")).start()
        assert told.name.held is not None
        assert told.name.held.avwap_krw == avwap
        assert msgspec.json.encode(told.name.held)


def test_what_was_sold_while_nobody_followed_is_closed_with_what_the_oms_says(
    nulrimok: Nulrimok,
) -> None:
    eve = Tale(nulrimok, artifact(nulrimok, candidate(atr30m_est_krw=120.0))).start().bought()
    eve.quiet("15:00", 10_100).until("15:41:00", 60)
    told = eve.tomorrow("2025-09-04", artifact(nulrimok, candidate(), day="2025-09-04"))
    told.oms.held.clear()
    told.start()
    [trip] = told.trips
    assert trip.exit_reason == "closed_while_away"
    assert not told.state.held
    assert not any(isinstance(one, Exit) for one in told.intents)
