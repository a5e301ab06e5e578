"""From records to rows, without a database."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oms.audit.known import Unprojectable
from oms.audit.projection import mentioned
from oms.core import records as r
from tests.oms.audit.story import (
    BOUGHT_KRW,
    BUYING_COST_KRW,
    PROFIT_KRW,
    SELLING_COST_KRW,
    SOLD_KRW,
    Story,
)
from tests.oms.audit.tables import Tables


def told(story: Story) -> Tables:
    return Tables().take(story.write().rows(limit=100_000))


def test_a_round_trip_is_one_trade_with_its_costs(story: Story) -> None:
    story.whole_day()
    [trade] = told(story)["trades"]
    assert (trade.status, trade.setup, trade.exit_reason) == ("CLOSED", "breakout", "target")
    assert (trade.entry_shares, trade.entry_value_krw, trade.entry_cost_krw) == (
        100,
        BOUGHT_KRW,
        BUYING_COST_KRW,
    )
    assert (trade.exit_shares, trade.exit_value_krw, trade.exit_cost_krw) == (
        100,
        SOLD_KRW,
        SELLING_COST_KRW,
    )
    assert trade.realised_pnl_krw == PROFIT_KRW
    assert trade.risk_krw == BOUGHT_KRW - 69_000 * 100
    assert trade.realised_r == pytest.approx(PROFIT_KRW / trade.risk_krw)
    assert trade.open_shares == trade.open_cost_krw == 0
    assert trade.entry_order_id == "20250314-0001"
    assert trade.exit_order_id == "20250314-0002"


def test_marks_tell_how_far_a_trade_went(story: Story) -> None:
    story.whole_day()
    [marks] = told(story)["trade_marks"]
    assert (marks.high_krw, marks.low_krw) == (71_000, 69_500)
    assert marks.mfe_krw == 71_000 * 100 - BOUGHT_KRW
    assert marks.mae_krw == 69_500 * 100 - BOUGHT_KRW
    assert marks.capture_ratio == pytest.approx(PROFIT_KRW / marks.mfe_krw)
    assert marks.duration_s == 5 * 3600 + 9 * 60 + 1


def test_prices_before_and_after_a_trade_are_not_its_own(story: Story) -> None:
    story.start()
    story.open_day()
    story.marks("09:00:00", s005930=90_000)
    story.round_trip()
    story.marks("15:00:00", s005930=10_000)
    [marks] = told(story)["trade_marks"]
    assert (marks.high_krw, marks.low_krw) == (71_000, 69_500)


def test_scaling_out_is_one_trade_and_coming_back_another(story: Story) -> None:
    story.start()
    story.open_day()
    buy = story.intend("09:21:00", "ENTER", "005930", 100, 70_000, stop_krw=69_000)
    story.fill("09:21:01", buy, 100, 70_000)
    for time, shares in (("10:00:00", 40), ("11:00:00", 60)):
        sell = story.intend(time, "REDUCE", "005930", shares, 71_000)
        story.fill(time + ".5", sell, shares, 71_000)
    again = story.intend("13:00:00", "ENTER", "005930", 10, 70_000, stop_krw=69_500)
    story.fill("13:00:01", again, 10, 70_000)
    first, second = told(story)["trades"]
    assert (first.status, first.entry_shares, first.exit_shares) == ("CLOSED", 100, 100)
    assert (second.status, second.entry_shares, second.open_shares) == ("OPEN", 10, 10)
    assert first.trade_id != second.trade_id


def test_two_strategies_in_one_symbol_have_a_trade_each(story: Story) -> None:
    story.start()
    story.open_day()
    for strategy, shares in (("KMP", 10), ("PCIM", 20)):
        buy = story.intend("09:21:00", "ENTER", "005930", shares, 70_000, strategy=strategy)
        story.fill("09:21:01", buy, shares, 70_000)
    story.marks("10:00:00", s005930=71_000)
    tables = told(story)
    assert {(t.strategy_id, t.open_shares) for t in tables["trades"]} == {("KMP", 10), ("PCIM", 20)}
    assert {(d.strategy_id, d.gross_krw) for d in tables["risk_daily_strategy"]} == {
        ("KMP", 710_000),
        ("PCIM", 1_420_000),
    }
    [day] = tables["risk_daily_portfolio"]
    assert (day.gross_krw, day.positions_count, day.fills_count) == (2_130_000, 1, 2)


def test_the_days_profit_is_realised_and_unrealised(story: Story) -> None:
    story.whole_day()
    buy = story.intend("14:40:00", "ENTER", "000660", 10, 200_000, stop_krw=190_000)
    story.fill("14:40:01", buy, 10, 200_000)
    story.marks("14:41:00", s000660=199_000)
    tables = told(story)
    [day] = tables["risk_daily_portfolio"]
    assert day.realised_pnl_krw == PROFIT_KRW
    assert day.unrealised_pnl_krw == -10_000 - 2_000_000 * 140 // 1_000_000
    [strategy] = tables["risk_daily_strategy"]
    assert (strategy.trades_opened, strategy.trades_closed) == (2, 1)
    assert (strategy.wins, strategy.losses) == (1, 0)


def test_a_new_day_begins_at_zero_and_keeps_what_is_held(story: Story) -> None:
    story.start()
    story.open_day()
    buy = story.intend("09:21:00", "ENTER", "005930", 10, 70_000)
    story.fill("09:21:01", buy, 10, 70_000)
    story.on = "2025-03-17"
    story.open_day()
    first, second = told(story)["risk_daily_portfolio"]
    assert (first.fills_count, second.fills_count) == (1, 0)
    assert first.gross_krw == second.gross_krw > 0
    assert str(second.trade_date) == "2025-03-17"


def test_the_hour_before_nine_belongs_to_its_day_in_seoul(story: Story) -> None:
    story.start("00:10:00")
    story.balance("00:10:01", 1_000_000)
    [day] = told(story)["risk_daily_portfolio"]
    assert str(day.trade_date) == "2025-03-14"


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        (("accepted",), "WORKING"),
        (("unknown",), "UNKNOWN"),
        (("unknown", "accepted"), "WORKING"),
        (("accepted", "part"), "PARTIAL"),
        (("part", "accepted"), "PARTIAL"),
        (("accepted", "part", "cancelled"), "CANCELLED"),
        (("accepted", "cancelled", "part"), "CANCELLED"),
        (("accepted", "cancelled", "whole"), "FILLED"),
        (("unknown", "rejected", "accepted"), "WORKING"),
    ],
    ids=lambda steps: " then ".join(steps) if isinstance(steps, tuple) else steps,
)
def test_an_order_stands_where_its_steps_led(
    story: Story, steps: tuple[str, ...], state: str
) -> None:
    story.start()
    story.open_day()
    order = story.intend("09:21:00", "ENTER", "005930", 10, 70_000)
    for second, step in enumerate(steps, 1):
        time = f"09:21:{second:02}"
        match step:
            case "accepted":
                story.accept(time, order, "0000000001")
            case "part":
                story.fill(time, order, 4, 70_000)
            case "whole":
                story.fill(time, order, 10, 70_000)
            case "unknown":
                story.lose(time, order)
            case "cancelled":
                story.close(time, order, "CANCELLED", "timeout")
            case "rejected":
                story.close(time, order, "REJECTED", "absent")
    tables = told(story)
    [row] = tables["orders"]
    assert row.state == state
    assert (row.closed_at is None) == (state in ("WORKING", "PARTIAL", "UNKNOWN"))
    assert [event.state for event in tables["order_events"]][-1] == state


def test_shares_without_an_order_are_noted_and_have_a_trade(story: Story) -> None:
    story.start()
    story.open_day()
    at_ns = story.at("09:30:00")
    change = {"at_ns": at_ns, "strategy_id": "KMP", "symbol": "005930", "why": "adopted"}
    story.tell(
        "09:30:00",
        r.AllocationChanged(**change, shares=5, cost_krw=350_000, stop_krw=None, realised_krw=0),
    )
    tables = told(story)
    [trade] = tables["trades"]
    assert (trade.setup, trade.entry_shares, trade.entry_value_krw) == ("adopted", 5, 350_000)
    assert [row.recon_type for row in tables["recon_log"]] == ["ALLOCATION_SET"]


def test_switches_tell_who_turned_them_and_fall_with_the_day(story: Story) -> None:
    story.start()
    story.open_day()
    flag = {"at_ns": story.at("10:00:00"), "on": True, "actor": "risk", "reason": "daily loss"}
    story.tell(
        "10:00:00",
        r.FlagChanged(**flag, flag="halt_entries"),
        r.FlagChanged(**flag, flag="paused", subject="KMP"),
        r.FlagChanged(**flag, flag="frozen", subject="005930"),
        r.FlagChanged(**flag, flag="regime", value="WEAK"),
        r.FlagChanged(**flag, flag="killed"),
        r.FlagChanged(**flag, flag="peak"),
    )
    story.on = "2025-03-17"
    story.open_day()
    tables = told(story)
    assert [(c.flag, c.actor) for c in tables["flag_changes"]] == [
        (flag, "risk") for flag in ("halt_entries", "paused", "frozen", "regime", "killed", "peak")
    ]
    before, after = tables["risk_daily_portfolio"]
    assert (before.halted, before.halt_reason, after.halted) == (True, "daily loss", False)
    [oms] = tables["oms_state"]
    assert (oms.halt_entries, oms.regime) == (False, "WEAK")
    assert tables["positions"][0].frozen
    assert tables["strategy_state"][0].paused


def test_an_operators_halt_and_word_on_drift_are_kept_with_who_and_why(story: Story) -> None:
    story.start()
    story.open_day()
    at_ns = story.at("10:00:00")
    flag = {"at_ns": at_ns, "on": True, "actor": "operator:kim", "reason": "by hand"}
    act = r.OperatorActed(
        at_ns=at_ns,
        actor="operator:kim",
        action="acknowledge_drift",
        reason="by hand",
        symbol="005930",
    )
    story.tell(
        "10:00:00",
        r.FlagChanged(**flag, flag="acknowledged", subject="005930", value="5"),
        r.FlagChanged(**flag, flag="halted", subject="005930"),
        heard=act,
    )
    tables = told(story)
    assert [(c.flag, c.value, c.actor) for c in tables["flag_changes"]] == [
        ("acknowledged", "5", "operator:kim"),
        ("halted", None, "operator:kim"),
    ]
    [done] = tables["operator_actions"]
    assert (done.actor, done.action, done.reason) == (
        "operator:kim",
        "acknowledge_drift",
        "by hand",
    )
    assert done.subject == "005930"


def test_a_symbol_gone_from_the_balance_is_held_no_more(story: Story) -> None:
    story.start()
    story.open_day()
    story.balance("09:30:00", 1_000_000, r.HeldLine("005930", 5, 5, 350_000, 70_000))
    story.balance("09:31:00", 1_000_000)
    [position] = told(story)["positions"]
    assert (position.broker_shares, position.price_krw) == (0, 70_000)


def test_a_step_of_an_order_nobody_planned_is_refused(story: Story) -> None:
    story.start()
    story.tell("09:10:00", r.OrderSent(at_ns=story.at("09:10:00"), order_id="20250314-0099"))
    with pytest.raises(Unprojectable, match="20250314-0099 was never planned"):
        told(story)


def test_orders_mentioned_are_those_planned_elsewhere(story: Story) -> None:
    story.start()
    story.open_day()
    order = story.intend("09:21:00", "ENTER", "005930", 10, 70_000)
    rows = story.write().rows()
    assert mentioned(rows) == set()
    story.accept("09:21:01", order, "0000000001")
    assert mentioned(story.write().rows(after=rows[-1].seq)) == {order}


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    trips=st.lists(
        st.tuples(
            st.integers(1, 500),
            st.integers(1, 499),
            st.integers(1_000, 200_000),
            st.integers(1_000, 200_000),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_trades_add_up_to_the_won_however_orders_were_split(
    tmp_path_factory: pytest.TempPathFactory, trips: list[tuple[int, int, int, int]]
) -> None:
    story = Story(tmp_path_factory.mktemp("any") / "any.db")
    story.start()
    story.open_day()
    for shares, part, bought, sold in trips:
        part = min(part, shares)
        for kind, krw in (("ENTER", bought), ("EXIT", sold)):
            order = story.intend("10:00:00", kind, "005930", shares, krw, stop_krw=None)
            story.fill("10:00:01", order, part, krw)
            if part < shares:
                story.fill("10:00:02", order, shares - part, krw + 1)
    tables = told(story)
    assert len(tables["trades"]) == len(trips)
    for trade in tables["trades"]:
        assert trade.realised_pnl_krw == (
            trade.exit_value_krw
            - trade.exit_cost_krw
            - trade.entry_value_krw
            - trade.entry_cost_krw
        )
    [day] = tables["risk_daily_portfolio"]
    assert day.realised_pnl_krw == sum(trade.realised_pnl_krw for trade in tables["trades"])
    assert day.cost_krw == sum(t.entry_cost_krw + t.exit_cost_krw for t in tables["trades"])
