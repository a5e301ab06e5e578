"""A futures account as the OMS sees it, over HTTP: long, short, changed, cancelled, told."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from broker_sim.exchange.account import OpeningContracts
from broker_sim.exchange.fault_entries import read_faults
from broker_sim.kis.fault_script import KNOWN_CALLS
from kis_core.environment import Dialect
from kis_core.errors import KisError, Refused
from kis_core.wire.account import (
    Accepted,
    Declined,
    DerivativeNotice,
    NewOrder,
    NoticeKind,
    OrderChange,
    OrderNotice,
    Unknown,
)
from kis_core.wire.derivatives import per_contract
from kis_core.wire.stream.cipher import unseal
from kis_core.wire.stream.rows import reports
from tests.broker_sim.kis.conftest import DATE, KEYS
from tests.broker_sim.kis.derivatives.conftest import CALL, FRONT, PUT
from tests.broker_sim.kis.derivatives.margined import (
    CASH,
    LIMIT,
    MARKET,
    Margined,
    account,
    known,
)

pytestmark = pytest.mark.anyio


async def test_a_long_is_opened_partly_closed_and_turned_into_a_short(
    futures: Any, tmp_path: Path
) -> None:
    async with account(futures, tmp_path) as ours:
        signed = []
        for at, side, contracts in (
            ("10:00:01", "BUY", 2), ("10:05:00", "SELL", 1),
            ("10:10:00", "SELL", 2), ("10:20:00", "BUY", 1),
        ):  # fmt: skip
            await ours.order(side, contracts)  # type: ignore[arg-type]
            await ours.sim.move(at)
            held = await ours.held()
            signed.append((held.shares, held.sellable))
            balance = await ours.broker.balance()
            assert (held.cost_krw > 0) == (held.shares > 0)
            assert (balance.margin_krw or 0) > 0 or held.shares == 0
        assert signed == [(2, 2), (1, 1), (-1, 1), (0, 0)]
        rows = await ours.rows()
        assert [(r.side, r.shares, r.filled, r.remaining) for r in rows] == [
            ("BUY", 2, 2, 0), ("SELL", 1, 1, 0), ("SELL", 2, 2, 0), ("BUY", 1, 1, 0),
        ]  # fmt: skip
        made = sum(r.filled_value_krw * (1 if r.side == "SELL" else -1) for r in rows)
        balance = await ours.broker.balance()
        assert balance.total_krw == CASH + made - balance.costs_today_krw
        assert balance.settled_d2_krw == balance.total_krw
        assert (balance.deposit_krw, balance.margin_krw) == (CASH, 0)
        assert balance.orderable_krw == balance.total_krw
        value = sum(r.filled_value_krw * 30 // 1_000_000 for r in rows)
        assert balance.costs_today_krw == value


async def test_what_was_held_overnight_is_settled_apart_from_the_day(
    futures: Any, tmp_path: Path
) -> None:
    settled_h = 42_800
    carried = (OpeningContracts(FRONT, -2, -2 * settled_h),)
    async with account(futures, tmp_path, contracts=carried) as ours:
        held = await ours.held()
        assert (held.shares, held.cost_krw) == (-2, -2 * settled_h * 2_500)
        await ours.order("BUY", 3)
        await ours.sim.move("10:00:01")
        after = await ours.held()
        assert after.shares == 1
        (row,) = await ours.rows()
        renewed = -2 * (after.price_krw - settled_h * 2_500)
        today = 3 * after.price_krw - row.filled_value_krw
        told = (await ours.sim.ask("inquire_balance", MGNA_DVSN="01", EXCC_STAT_CD="1"))["output2"]
        assert (int(told["rnwl_dfpa"]), int(told["thdt_dfpa"])) == (renewed, today)
        balance = await ours.broker.balance()
        assert balance.total_krw == CASH + renewed + today - balance.costs_today_krw
        body = await ours.sim.ask("inquire_balance_settlement_pl", INQR_DT=f"{DATE:%Y%m%d}")
        assert [(r["bfdy_cblc_qty"], r["cblc_qty"]) for r in body["output1"]] == [("2", "1")]
        assert body["output2"]["rnwl_dfpa"] == told["rnwl_dfpa"]


async def test_an_options_premium_is_paid_and_a_sold_one_is_backed(
    futures: Any, tmp_path: Path
) -> None:
    async with account(futures, tmp_path) as ours:
        await ours.order("BUY", 2, code=CALL)
        await ours.sim.move("10:00:01")
        bought = await ours.broker.balance()
        (row,) = await ours.rows()
        assert row.filled_value_krw % known(CALL).bands[0][1] == 0
        assert bought.settled_d2_krw == CASH - row.filled_value_krw - bought.costs_today_krw
        assert bought.margin_krw == 0
        held = await ours.held(CALL)
        assert held.cost_krw == row.filled_value_krw
        assert bought.total_krw == bought.settled_d2_krw + held.shares * held.price_krw
        await ours.order("SELL", 1, code=PUT)
        await ours.sim.move("10:00:02")
        sold = await ours.broker.balance()
        assert sold.settled_d2_krw > bought.settled_d2_krw
        assert (sold.margin_krw or 0) > 0
        assert (await ours.held(PUT)).shares == -1


@pytest.mark.parametrize("dialect", ["real", "paper"])
async def test_a_resting_order_is_moved_and_cancelled(
    futures: Any, tmp_path: Path, dialect: Dialect
) -> None:
    async with account(futures, tmp_path, dialect=dialect) as ours:
        bid, _ = await ours.best()
        low = known(FRONT).ticks_below(bid, 100)
        first = await ours.order("BUY", 3, low)
        await ours.sim.move("10:00:01")
        lower = known(FRONT).ticks_below(low, 5)
        moving = OrderChange(first.broker_id, first.branch, LIMIT, lower, symbol=FRONT, remaining=3)
        moved = await ours.broker.change(moving)
        assert isinstance(moved, Accepted)
        await ours.sim.move("10:00:02")
        cancel = OrderChange(moved.broker_id, moved.branch, LIMIT, symbol=FRONT)
        if dialect == "paper":
            unsaid = await ours.broker.change(cancel)
            assert isinstance(unsaid, Declined)
            assert (unsaid.code, "how many contracts" in unsaid.text) == ("APMP0001", True)
        part = OrderChange(moved.broker_id, moved.branch, LIMIT, symbol=FRONT, shares=1)
        assert isinstance(await ours.broker.change(part), Accepted)
        await ours.sim.move("10:00:03")
        told = OrderChange(moved.broker_id, moved.branch, LIMIT, symbol=FRONT, remaining=2)
        assert isinstance(await ours.broker.change(told), Accepted)
        await ours.sim.move("10:00:04")
        assert isinstance(await ours.broker.change(told), Declined)
        rows = await ours.rows()
        shown = [(r.limit_krw, r.remaining, r.cancelled, r.is_cancel) for r in rows[:2]]
        assert shown == [(low, 0, 3, False), (lower, 0, 3, False)]
        assert [r.is_cancel for r in rows[2:]] == [True, True]
        first_no, moved_no = int(first.broker_id), int(moved.broker_id)
        originals = [r.original_id and int(r.original_id) for r in rows]
        assert originals == [None, first_no, moved_no, moved_no]
        assert {r.order_type for r in rows} == {LIMIT.value}
        assert (await ours.broker.balance()).orderable_krw == CASH


async def test_a_day_of_many_orders_comes_in_pages(futures: Any, tmp_path: Path) -> None:
    async with account(futures, tmp_path, dialect="paper") as ours:
        bid, _ = await ours.best(CALL)
        limits = [known(CALL).ticks_below(bid, ticks) for ticks in range(20, 37)]
        for limit in limits:
            await ours.order("BUY", 1, limit, CALL)
        assert [row.limit_krw for row in await ours.rows()] == limits


async def test_what_is_off_the_step_or_not_covered_never_becomes_an_order(
    futures: Any, tmp_path: Path
) -> None:
    async with account(futures, tmp_path) as ours:
        _, ask = await ours.best()
        off = await ours.broker.place(NewOrder(FRONT, "BUY", 1, LIMIT, ask + 1))
        stock = await ours.broker.place(NewOrder("005930", "BUY", 1, LIMIT, 70_000))
        assert [type(o) for o in (off, stock)] == [Declined, Declined]
        asked = ours.sim.served.app.served
        assert await ours.rows() == []
        assert ours.sim.served.app.served == asked + 1  # only the history was asked
        dear = await ours.broker.place(NewOrder(FRONT, "SELL", 50, LIMIT, ask))
        assert isinstance(dear, Declined)
        assert dear.code == "APBK0952"
        with pytest.raises(Refused, match="off the step"):
            await ours.broker.buying_power(FRONT, ask + 1, LIMIT)


async def test_the_room_is_what_margin_is_left_for(futures: Any, tmp_path: Path) -> None:
    async with account(futures, tmp_path) as ours:
        amounts = await ours.broker.buying_power()
        assert (amounts.cash_krw, amounts.amount_krw, amounts.shares) == (CASH, CASH, 0)
        await ours.order("SELL", 2)
        await ours.sim.move("10:00:01")
        power = await ours.broker.buying_power(FRONT)
        balance = await ours.broker.balance()
        assert balance.margin_krw is not None
        assert power.amount_krw == balance.settled_d2_krw - balance.margin_krw < CASH
        _, ask = await ours.best()
        room = (await ours.broker.buying_power(FRONT, ask, LIMIT)).shares
        too_many = await ours.broker.place(NewOrder(FRONT, "BUY", room + 3, LIMIT, ask))
        assert isinstance(too_many, Declined)
        await ours.order("BUY", room + 2, ask)  # two of them close the short and need no margin


async def test_notices_and_history_tell_the_same(futures: Any, tmp_path: Path) -> None:
    for dialect, tr_id in (("real", "H0IFCNI0"), ("paper", "H0IFCNI9")):
        folder = tmp_path / dialect
        folder.mkdir()
        async with (
            account(futures, folder, dialect=dialect) as ours,  # type: ignore[arg-type]
            ours.sim.socket() as line,
        ):
            chain = (await line.register(tr_id, KEYS.hts_id))["body"]["output"]
            bought = await ours.order("BUY", 2)
            _, ask = await ours.best()
            rests = await ours.order("SELL", 1, known(FRONT).ticks_above(ask, 50))
            await ours.sim.move("10:00:01")
            cancel = OrderChange(rests.broker_id, rests.branch, LIMIT, symbol=FRONT, remaining=1)
            gone = await ours.broker.change(cancel)
            assert isinstance(gone, Accepted)
            await ours.sim.move("10:00:02")
            told: list[OrderNotice] = []
            async with asyncio.timeout(5):
                while not told or told[-1].kind is not NoticeKind.CANCELLED:
                    _, heard, count, payload = await line.frame()
                    opened = unseal(payload, chain["key"], chain["iv"])
                    for report in reports(heard, opened, count):
                        assert isinstance(report, DerivativeNotice)
                        notice = per_contract.order_notice(report)
                        assert notice is not None
                        told.append(notice)
            assert [(n.kind, int(n.broker_id), n.change) for n in told] == [
                (NoticeKind.ACCEPTED, int(bought.broker_id), "new"),
                (NoticeKind.FILLED, int(bought.broker_id), "new"),
                (NoticeKind.ACCEPTED, int(rests.broker_id), "new"),
                (NoticeKind.ACCEPTED, int(gone.broker_id), "cancel"),
                (NoticeKind.CANCELLED, int(gone.broker_id), "cancel"),
            ]
            assert {(n.account, n.session, n.symbol) for n in told} == {
                (f"{KEYS.account_no}03", "day", FRONT)
            }
            row, resting, _ = await ours.rows()
            fill = told[1]
            assert (row.filled, row.filled_value_krw) == (fill.shares, fill.shares * fill.price_krw)
            assert told[2].price_krw == resting.limit_krw


def go_wrong(ours: Margined, **fault: Any) -> None:
    ours.sim.served.faults.add(read_faults([fault], "test", KNOWN_CALLS))


@pytest.mark.parametrize(
    ("fault", "said", "taken"),
    [
        ({"kind": "reply_lost"}, Unknown, True),
        ({"kind": "request_lost"}, Unknown, False),
        ({"kind": "reply_error"}, Unknown, True),
        ({"kind": "server_error"}, Unknown, False),
        ({"kind": "html_page"}, Unknown, True),
        ({"kind": "json_cut"}, Unknown, True),
        ({"kind": "body_cut"}, Unknown, True),
        ({"kind": "field_blank", "field": "ODNO"}, Unknown, True),
        ({"kind": "throttled", "times": 2}, Accepted, True),
        ({"kind": "throttled", "times": 99}, Declined, False),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
async def test_an_order_leaves_once_and_the_history_has_what_became_of_it(
    futures: Any, tmp_path: Path, fault: dict[str, Any], said: type[object], taken: bool
) -> None:
    async with account(futures, tmp_path, timeout_s=0.5) as ours:
        bid, _ = await ours.best()
        go_wrong(ours, call="domestic_futureoption.order", **fault)
        new = NewOrder(FRONT, "BUY", 2, LIMIT, known(FRONT).ticks_below(bid, 40))
        assert isinstance(await ours.broker.place(new), said)
        await ours.sim.move("10:00:01")
        rows = await ours.rows()
        assert len(rows) == taken
        for row in rows:
            assert (row.symbol, row.side, row.shares, row.limit_krw, row.order_type) == (
                new.symbol,
                new.side,
                new.shares,
                new.limit_krw,
                new.order_type.value,
            )


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "page_failed", "times": 9},
        {"kind": "page_empty", "times": 9},
        {"kind": "page_repeated", "times": 9},
        {"kind": "field_blank", "field": "odno", "times": 9},
        {"kind": "json_cut", "times": 9},
        {"kind": "html_page", "times": 9},
    ],
    ids=lambda fault: fault["kind"],
)
async def test_a_history_is_whole_or_none(
    futures: Any, tmp_path: Path, fault: dict[str, Any]
) -> None:
    async with account(futures, tmp_path, dialect="paper") as ours:
        bid, _ = await ours.best(CALL)
        for ticks in range(20, 36):
            await ours.order("BUY", 1, known(CALL).ticks_below(bid, ticks), CALL)
        assert len(await ours.rows()) == 16
        go_wrong(ours, call="inquire_ccnl", **fault)
        with pytest.raises(KisError):
            await ours.rows()


async def test_the_market_wins_the_race_against_a_cancel(futures: Any, tmp_path: Path) -> None:
    async with account(futures, tmp_path) as ours:
        bid, _ = await ours.best()
        rests = await ours.order("BUY", 4, known(FRONT).ticks_below(bid, 40))
        await ours.sim.move("10:00:01")
        go_wrong(ours, kind="change_raced", call="order_rvsecncl", shares=1)
        cancel = OrderChange(rests.broker_id, rests.branch, LIMIT, symbol=FRONT, remaining=4)
        assert isinstance(await ours.broker.change(cancel), Accepted)
        await ours.sim.move("10:00:02")
        row, _ = await ours.rows()
        assert (row.filled, row.cancelled, row.remaining) == (1, 3, 0)
        assert row.filled_value_krw == row.limit_krw
        assert (await ours.held()).shares == 1


async def test_the_night_has_orders_and_lists_of_its_own(futures: Any, tmp_path: Path) -> None:
    async with account(futures, tmp_path, "18:30:00") as ours:
        bought = await ours.night.place(NewOrder(FRONT, "SELL", 1, MARKET, None))
        assert isinstance(bought, Accepted)
        bid, _ = await ours.best(session="night")
        low = known(FRONT).ticks_below(bid, 50)
        rests = await ours.night.place(NewOrder(FRONT, "BUY", 2, LIMIT, low))
        assert isinstance(rests, Accepted)
        await ours.sim.move("18:30:01")
        cancel = OrderChange(rests.broker_id, rests.branch, LIMIT, symbol=FRONT)
        assert isinstance(await ours.night.change(cancel), Declined)  # it must say how many
        told = OrderChange(rests.broker_id, rests.branch, LIMIT, symbol=FRONT, remaining=2)
        assert isinstance(await ours.night.change(told), Accepted)
        await ours.sim.move("18:30:02")
        rows = await ours.night.history(DATE.isoformat())
        assert [(r.filled, r.cancelled, r.is_cancel) for r in rows[:2]] == [
            (1, 0, False),
            (0, 2, False),
        ]
        assert await ours.rows() == []
        (held,) = (await ours.night.balance()).holdings
        assert held.shares == -1
        assert (await ours.night.buying_power(FRONT)).shares > 0
