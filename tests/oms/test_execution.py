"""Kinds of orders at the simulated broker: what leaves, what comes of it, over HTTP."""

from pathlib import Path
from typing import Any

import pytest

from kis_core.clock import SECOND_NS
from kis_core.market.ticks import ticks_above
from tests.oms.at_broker import Oms, at_broker, day, instant, played


def a_rise() -> tuple[str, int]:
    """Return a time of the day, and a price that the market reaches half a minute later."""
    symbol = next(s for s, one in sorted(day().instruments.items()) if one.nxt)
    tape = day().prints(symbol)
    for second in range(3_600, 20_000, 30):
        at_s = (tape.at_ns - instant("09:00")) / SECOND_NS - second
        soon = int(tape.price_krw[(at_s > -60) & (at_s < 25)].max())
        if int(tape.price_krw[(at_s > 25) & (at_s < 60)].max()) > soon:
            hours, rest = divmod(9 * 3_600 + second, 3_600)
            return f"{hours:02d}:{rest // 60:02d}:{rest % 60:02d}", ticks_above(soon, 1)
    raise AssertionError("the day has no rise")


def test_an_ioc_takes_what_is_there_and_its_rest_is_cancelled(tmp_path: Path) -> None:
    async def story() -> None:
        async with at_broker(tmp_path, "10:00") as house, house.oms() as oms:
            await oms.alive()
            price, displayed = oms.ask_krw()
            answer = await oms.enter(
                displayed + 50,
                price,
                execution={"style": "LIMIT", "time_in_force": "IOC"},
            )
            assert (answer["status"], answer["order_type"]) == ("APPROVED", "11")
            (order_id,) = answer["order_ids"]
            order = oms.book.orders[order_id]
            await oms.until(lambda: not order.is_open)
            assert (order.state, order.filled) == ("CANCELLED", displayed)
            assert oms.book.allocation("KMP", house.symbol).shares == displayed
            await house.clock.sleep(20)
            assert len(house.broker_orders()) == 1  # nobody tries an entry again
            (shown,) = await oms.orders()
            assert (shown["time_in_force"], shown["venue"]) == ("IOC", "KRX")

    played(story())


def test_a_fok_that_finds_too_little_is_over_without_a_share(tmp_path: Path) -> None:
    async def story() -> None:
        async with at_broker(tmp_path, "10:00") as house, house.oms() as oms:
            await oms.alive()
            price, displayed = oms.ask_krw()
            answer = await oms.enter(
                displayed + 50,
                price,
                execution={"style": "LIMIT", "time_in_force": "FOK"},
            )
            assert answer["order_type"] == "12"
            order = oms.book.orders[answer["order_ids"][0]]
            await oms.until(lambda: not order.is_open)
            assert (order.state, order.filled) == ("CANCELLED", 0)
            await oms.until(lambda: oms.book.gross_krw == 0)
            again = await oms.enter(
                displayed, price, execution={"style": "LIMIT", "time_in_force": "FOK"}
            )
            order = oms.book.orders[again["order_ids"][0]]
            await oms.until(lambda: not order.is_open)
            assert house.broker_orders()[-1].filled == order.filled

    played(story())


def test_a_fok_is_refused_on_paper_with_the_reason(tmp_path: Path) -> None:
    async def story() -> None:
        async with at_broker(tmp_path, "10:00", "paper") as house, house.oms() as oms:
            await oms.alive()
            price, _ = oms.ask_krw()
            answer = await oms.enter(1, price, execution={"style": "LIMIT", "time_in_force": "FOK"})
            assert answer["status"] == "REFUSED"
            assert "not offered on paper" in answer["message"]
            assert house.broker_orders() == []

    played(story())


@pytest.mark.parametrize("dialect", ["real", "paper"])
def test_a_stop_limit_buys_at_its_trigger_by_the_venue_or_by_the_oms(
    tmp_path: Path, dialect: Any
) -> None:
    async def story() -> None:
        start, trigger = a_rise()
        async with at_broker(tmp_path, start, dialect) as house, house.oms() as oms:
            await oms.alive()
            answer = await oms.enter(
                5,
                ticks_above(trigger, 5),
                execution={"style": "STOP_LIMIT", "trigger_krw": trigger},
            )
            assert answer["status"] == "APPROVED", answer
            order = oms.book.orders[answer["order_ids"][0]]
            await house.clock.sleep(2)
            sent = [row.order_type.value for row in house.broker_orders()]
            assert sent == (["22"] if dialect == "real" else [])
            (shown,) = await oms.orders()
            assert shown["held"] is (dialect == "paper")
            await oms.until(lambda: not order.is_open, 600)
            (row,) = house.broker_orders()
            assert (row.order_type.value, order.filled) == (
                "22" if dialect == "real" else "00",
                5,
            )
            assert order.filled_value_krw <= 5 * ticks_above(trigger, 5)

    played(story())


def test_a_held_stop_and_a_twap_outlive_the_process(tmp_path: Path) -> None:
    async def story() -> None:
        async with at_broker(tmp_path, "10:00", "paper") as house:
            async with house.oms() as oms:
                await oms.alive()
                price, _ = oms.ask_krw()
                stop = {"style": "STOP_LIMIT", "trigger_krw": ticks_above(price, 15)}
                answer = await oms.enter(5, ticks_above(price, 17), execution=stop)
                assert answer["status"] == "APPROVED", answer
            async with house.oms() as oms:
                (shown,) = await oms.orders()
                assert (shown["state"], shown["held"]) == ("PLANNED", True)
                await oms.ask("CANCEL_ORDERS")
                await oms.until(lambda: not oms.book.open_orders)
                await oms.alive()
                twap = {"style": "TWAP", "over_s": 60, "slices": 6}
                answer = await oms.enter(60, ticks_above(price, 20), execution=twap)
                assert answer["parent_id"], answer
                await house.clock.sleep(15)
            assert house.broker_orders()
            async with house.oms() as oms:
                await oms.alive()
                await oms.until(lambda: not oms.book.parents, 120)
                held = oms.book.allocation("KMP", house.symbol).shares
                assert held == sum(row.filled for row in house.broker_orders())
                assert 40 <= held <= 60

    played(story())


def test_a_kill_ends_a_twap_in_the_middle(tmp_path: Path) -> None:
    async def story() -> None:
        async with at_broker(tmp_path, "10:00") as house, house.oms() as oms:
            await oms.alive()
            price, _ = oms.ask_krw()
            twap = {"style": "TWAP", "over_s": 60, "slices": 6}
            answer = await oms.enter(60, ticks_above(price, 20), execution=twap)
            assert (answer["status"], answer["approved_shares"]) == ("APPROVED", 60)
            await oms.until(lambda: len(house.broker_orders()) == 3)
            shown = await oms.http.get(
                "/api/v1/parents", headers={"Authorization": "Bearer token-kmp"}
            )
            (parent,) = shown.json()
            assert (parent["parent_id"], parent["slices"]) == (answer["parent_id"], 6)
            await oms.act("admin/kill-switch", enabled=True)
            await oms.until(lambda: not oms.book.open_orders)
            await house.clock.sleep(40)
            orders = house.broker_orders()
            assert len(orders) == 3
            assert sum(row.shares for row in orders) <= 40
            held = oms.book.allocation("KMP", house.symbol).shares
            assert held == sum(row.filled for row in orders)
            assert oms.book.allocation("KMP", house.symbol).buying == 0

    played(story())


def test_closing_auction_orders_trade_when_the_auction_uncrosses(tmp_path: Path) -> None:
    async def story() -> None:
        async with at_broker(tmp_path, "15:28") as house, house.oms() as oms:
            await oms.alive()
            price = house.exchange.last_krw(house.symbol)
            late = await oms.enter(5, ticks_above(price, 10))
            assert late["status"] == "REFUSED"  # nothing but the auction's own
            closing = {"style": "AUCTION", "session": "CLOSING"}
            answer = await oms.enter(5, ticks_above(price, 10), execution=closing)
            assert (answer["status"], answer["order_type"]) == ("APPROVED", "00"), answer
            order = oms.book.orders[answer["order_ids"][0]]
            await house.clock.sleep_until(instant("15:29:50"))
            assert (order.state, order.filled) == ("WORKING", 0)
            await oms.until(lambda: not order.is_open)
            assert order.filled == 5

    played(story())


def test_a_market_on_close_exit_waits_for_the_auction_and_sells_in_it(tmp_path: Path) -> None:
    async def story() -> None:
        async with at_broker(tmp_path, "15:18:40", pump_s=1.0) as house, house.oms() as oms:
            await oms.alive()
            price, _ = oms.ask_krw()
            await oms.enter(5, ticks_above(price, 5), urgency="HIGH")
            await oms.until(lambda: holds(oms) == 5, 20)
            closing = {"style": "AUCTION", "session": "CLOSING"}
            early = await oms.ask("EXIT", execution=closing)
            assert (early["status"], early["retry_at"][11:19]) == ("DEFERRED", "15:20:00")
            await house.clock.sleep_until(instant("15:20:01"))
            answer = await oms.ask("EXIT", execution=closing)
            assert (answer["order_type"], answer["venue"]) == ("01", "KRX")
            await house.clock.sleep_until(instant("15:29:50"))
            assert holds(oms) == 5
            await oms.until(lambda: holds(oms) == 0)

    played(story())


def test_a_sale_that_nxt_refuses_goes_to_krx(tmp_path: Path) -> None:
    async def story() -> None:
        async with at_broker(tmp_path, "10:00") as house, house.oms() as oms:
            await oms.alive()
            symbol = next(s for s, one in house.exchange.day.instruments.items() if not one.nxt)
            price = house.exchange.last_krw(symbol)
            await oms.enter(6, ticks_above(price, 5), symbol=symbol, urgency="HIGH")
            await oms.until(lambda: oms.book.allocation("KMP", symbol).shares == 6)
            answer = await oms.ask("REDUCE", symbol=symbol, shares=2, limit_krw=price, venue="NXT")
            assert answer["venue"] == "NXT", answer
            refused = oms.book.orders[answer["order_ids"][0]]
            await oms.until(lambda: refused.state == "REJECTED")
            again = list(oms.book.orders.values())[-1]
            assert (again.venue, again.side, again.shares) == ("KRX", "SELL", 2)
            await oms.ask("EXIT", symbol=symbol, venue="NXT")
            await oms.ask("CANCEL_ORDERS", symbol=symbol, side="SELL")
            await oms.ask("FLATTEN", symbol=symbol)
            await oms.until(lambda: oms.book.allocation("KMP", symbol).shares == 0)
            routes = [row.route for row in house.broker_orders()]
            assert set(routes) == {"KRX"}  # what NXT refused at the door never was an order

    played(story())


def test_an_order_for_nxt_trades_before_krx_opens(tmp_path: Path) -> None:
    async def story() -> None:
        async with at_broker(tmp_path, "08:10") as house, house.oms() as oms:
            await oms.alive()
            house.served.pump.catch_up()
            (ask, _), *_ = house.exchange.book(house.symbol, "NXT").asks
            reach = {"style": "MARKETABLE", "cap_ticks": 2}
            plain = await oms.enter(3, ticks_above(ask, 5), execution=reach)
            assert plain["status"] == "DEFERRED"  # KRX is not open
            answer = await oms.enter(3, ticks_above(ask, 5), execution=reach, venue="BEST")
            assert (answer["status"], answer["venue"]) == ("APPROVED", "NXT"), answer
            order = oms.book.orders[answer["order_ids"][0]]
            await oms.until(lambda: not order.is_open)
            (row,) = house.broker_orders()
            assert (row.venue, row.filled, order.filled) == ("NXT", 3, 3)
            other = next(s for s, one in house.exchange.day.instruments.items() if not one.nxt)
            away = await oms.enter(
                1, ticks_above(ask, 5), symbol=other, execution=reach, venue="NXT"
            )
            assert away["status"] == "DEFERRED"  # NXT does not trade it, KRX is not open

    played(story())


def test_an_order_that_rests_on_nxt_is_cancelled_there(tmp_path: Path) -> None:
    async def story() -> None:
        async with at_broker(tmp_path, "10:00") as house, house.oms() as oms:
            await oms.alive()
            price, _ = oms.ask_krw()
            far = price * 9 // 10 // 1000 * 1000
            answer = await oms.enter(2, far, execution={"style": "LIMIT"}, venue="NXT")
            assert answer["venue"] == "NXT", answer
            order = oms.book.orders[answer["order_ids"][0]]
            await oms.until(lambda: order.broker_id is not None)
            await oms.ask("CANCEL_ORDERS")
            await oms.until(lambda: not order.is_open)
            assert order.state == "CANCELLED"
            (row,) = house.broker_orders()
            assert (row.route, row.cancelled) == ("NXT", 2)

    played(story())


def holds(oms: Oms) -> int:
    return oms.book.allocation("KMP", oms.house.symbol).shares


def test_an_exit_on_paper_with_an_ioc_sells_all_of_it_in_the_end(tmp_path: Path) -> None:
    async def story() -> None:
        async with at_broker(tmp_path, "10:00", "paper") as house, house.oms() as oms:
            await oms.alive()
            price, _ = oms.ask_krw()
            await oms.enter(5, ticks_above(price, 5), execution={"style": "BEST"})
            await oms.until(lambda: holds(oms) == 5)
            how = {"style": "MARKETABLE", "cap_ticks": 0, "time_in_force": "IOC"}
            await oms.ask("EXIT", execution=how)
            await oms.until(lambda: holds(oms) == 0)
            assert {row.order_type.value for row in house.broker_orders()} <= {"03", "00", "01"}

    played(story())
