"""The strategy's side of a benchmark: reads a Feed, and checks every event it yields.

Every print and every book says which round it is of (`fleet.bench.relay_load`); per registration
the rounds must follow one another without a hole and without a repetition.
"""

import asyncio
import time
from array import array
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

import uvloop

from fleet.bench.relay_load import FIRST, keys_in_order
from kis_core.clock import ScaledClock
from kis_core.feed import Batch, Feed, Priority, Want, Wants
from kis_core.market.events import Book, Gap, SlotsGranted, Trade
from kis_core.wire.tr_table import BOOKS, TRADES

_QUIET_S = 10.0  # after which nothing more is expected


@dataclass
class Told:
    """What a reader was told. A round's number stands for each event, in order."""

    rounds: array[int] = field(default_factory=lambda: array("i"))
    sizes: array[int] = field(default_factory=lambda: array("i"))  # events of each batch
    at_ns: array[int] = field(default_factory=lambda: array("q"))  # when it came, monotonic
    out_of_place: int = 0  # events that did not follow the one before of their registration
    conflated: int = 0
    gaps: list[str] = field(default_factory=list)
    cpu_s: float = 0.0


def wants() -> Wants:
    """Return the wants that come to exactly the registrations of the load."""
    books = {symbol for tr_id, symbol in keys_in_order if tr_id == BOOKS}
    prints = [symbol for tr_id, symbol in keys_in_order if tr_id == TRADES]
    return Wants(
        tuple(
            Want(symbol, Priority.ACTIVE, ("trade", "book") if symbol in books else ("trade",))
            for symbol in prints
        )
    )


def read(pipe: Connection, url: str, token: str, anchor: Path) -> None:
    """Say `ready` when everything is granted, `Told` when as many events as asked have come."""
    uvloop.run(_read(pipe, url, token, anchor))


async def _read(pipe: Connection, url: str, token: str, anchor: Path) -> None:
    told = Told()
    last_prints = {symbol: FIRST - 1 for tr_id, symbol in keys_in_order if tr_id == TRADES}
    last_books = {symbol: FIRST - 1 for tr_id, symbol in keys_in_order if tr_id == BOOKS}
    expected: int | None = None
    granted = 0
    async with Feed.open(url, token, "bench", ScaledClock(anchor)) as feed:
        await feed.want(wants())
        while granted < len(last_prints):
            for event in (await anext(feed)).events:
                if isinstance(event, SlotsGranted):
                    granted = len(event.granted)
        pipe.send("ready")
        began_s = time.process_time()
        while expected is None or len(told.rounds) < expected:
            try:
                batch = await asyncio.wait_for(anext(feed), _QUIET_S)
            except TimeoutError:
                break
            _take(told, batch, time.monotonic_ns(), last_prints, last_books)
            if expected is None and pipe.poll():
                expected = pipe.recv()
    told.cpu_s = time.process_time() - began_s
    pipe.send(told)


def _take(
    told: Told, batch: Batch, now_ns: int, prints: dict[str, int], books: dict[str, int]
) -> None:
    before = len(told.rounds)
    note = told.rounds.append
    for event in batch.events:
        if type(event) is Trade:
            n, last = event.cum_volume, prints
        elif type(event) is Book:
            n, last = event.asks[0][1], books
        else:
            if isinstance(event, Gap) and event.to_ns is None:
                told.gaps.append(event.reason)
            continue
        if n != last[event.symbol] + 1:
            told.out_of_place += 1
        last[event.symbol] = n
        note(n - FIRST)
    if len(told.rounds) > before:
        told.sizes.append(len(told.rounds) - before)
        told.at_ns.append(now_ns)
    told.conflated += batch.conflated
