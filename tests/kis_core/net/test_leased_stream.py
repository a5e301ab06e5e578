"""Leases on a real line: asked in order, displaced by name, and back after a loss."""

import asyncio
from contextlib import aclosing

import pytest

from kis_core.clock import ScaledClock
from kis_core.net.stream import Acked, Item
from kis_core.wire.stream.leases import Displaced, Granted, NoPlace, Rank
from tests.kis_core.net.exchange import NOTICE, Exchange, acks, stream_to, until

pytestmark = pytest.mark.anyio


def trade(n: int) -> tuple[str, str]:
    return ("H0STCNT0", f"{n:06d}")


async def test_after_a_loss_holdings_come_before_candidates_before_the_rest(
    exchange: Exchange, clock: ScaledClock
) -> None:
    stream = stream_to(exchange, clock)
    await stream.lease(trade(1), "kmp", Rank.REST)
    await stream.lease(trade(2), "kmp", Rank.CANDIDATE)
    await stream.lease(trade(3), "kpr", Rank.HOLDING)
    await stream.lease(NOTICE, "oms", Rank.NOTICES)
    items: list[Item] = []
    async with asyncio.timeout(10), aclosing(stream.items()) as arriving:
        async for item in arriving:
            items.append(item)
            if isinstance(item, Acked) and len(acks(items)) == 4:
                await stream.lease(trade(1), "kpr", Rank.HOLDING)  # bought meanwhile
                await exchange.drop()
            if len(acks(items)) == 8:
                break
    first, again = acks(items)[:4], acks(items)[4:]
    assert first == [NOTICE, trade(3), trade(2), trade(1)]
    assert again == [NOTICE, trade(1), trade(3), trade(2)]


async def test_the_42nd_is_never_sent(exchange: Exchange, clock: ScaledClock) -> None:
    stream = stream_to(exchange, clock)
    for n in range(41):
        assert isinstance(await stream.lease(trade(n), "kmp", Rank.REST), Granted)
    assert await stream.lease(trade(41), "kmp", Rank.REST) == NoPlace(trade(41), Rank.REST, 41)
    await until(stream, lambda items: len(acks(items)) == 41)
    assert exchange.heard == [("1", *trade(n)) for n in range(41)]


async def test_a_holding_takes_the_place_of_the_worst_which_is_ended_first_and_told(
    exchange: Exchange, clock: ScaledClock
) -> None:
    stream = stream_to(exchange, clock, limit=2)
    await stream.lease(trade(1), "kmp", Rank.CANDIDATE)
    await stream.lease(trade(2), "kmp", Rank.REST)
    lost = Displaced(trade(2), Rank.REST, ("kmp",), by=trade(3))
    items: list[Item] = []
    async with asyncio.timeout(10), aclosing(stream.items()) as arriving:
        async for item in arriving:
            items.append(item)
            if isinstance(item, Acked) and len(acks(items)) == 2:
                answer = await stream.lease(trade(3), "oms", Rank.HOLDING)
                assert answer == Granted(trade(3), Rank.HOLDING, placed=True, displaced=lost)
            if len(acks(items)) == 4:
                break
    assert exchange.heard[2:] == [("2", *trade(2)), ("1", *trade(3))]
    assert lost in items
    assert exchange.held == {trade(1), trade(3)}


async def test_a_lease_that_ends_frees_its_place_when_nobody_else_holds_it(
    exchange: Exchange, clock: ScaledClock
) -> None:
    stream = stream_to(exchange, clock)
    await stream.lease(trade(1), "kmp", Rank.REST)
    await stream.lease(trade(1), "kpr", Rank.REST)
    items: list[Item] = []
    async with asyncio.timeout(10), aclosing(stream.items()) as arriving:
        async for item in arriving:
            items.append(item)
            if isinstance(item, Acked) and item.registered:
                await stream.end_lease(trade(1), "kmp")
                assert stream.live == (trade(1),)
                await stream.end_lease(trade(1), "kpr")
            if isinstance(item, Acked) and not item.registered:
                break
    assert exchange.heard == [("1", *trade(1)), ("2", *trade(1))]
    assert exchange.held == set()


async def test_an_account_with_three_places_keeps_the_best_and_names_who_waits(
    exchange: Exchange, clock: ScaledClock
) -> None:
    exchange.places = 3
    stream = stream_to(exchange, clock)
    ranks = (Rank.REST, Rank.CANDIDATE, Rank.HOLDING, Rank.CANDIDATE, Rank.NOTICES)
    for n, rank in enumerate(ranks):
        await stream.lease(trade(n), "kmp", rank)

    def settled(items: list[Item]) -> bool:
        return len([item for item in items if isinstance(item, Displaced)]) == 2

    items = await until(stream, settled)
    told = [item for item in items if isinstance(item, Displaced)]
    assert {(item.key, item.by) for item in told} == {(trade(0), None), (trade(3), None)}
    assert exchange.held == {trade(4), trade(2), trade(1)}
    late = await stream.lease(trade(9), "kmp", Rank.CANDIDATE)
    assert late == NoPlace(trade(9), Rank.CANDIDATE, 3)


async def test_leases_and_a_list_are_not_mixed(exchange: Exchange, clock: ScaledClock) -> None:
    stream = stream_to(exchange, clock)
    await stream.lease(trade(1), "kmp", Rank.REST)
    with pytest.raises(AssertionError, match="one decides"):
        await stream.set_wanted([trade(2)])
