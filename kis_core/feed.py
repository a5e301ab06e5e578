"""What processes hear from the collector, and how they ask for it.

One WebSocket to the collector's relay, MessagePack both ways (`wss` across machines). The reader
sends its whole set of wants whenever it changes; the relay answers with batches of market events
in order, a snapshot of what is newest first. Histories are asked for over HTTP on the same port.
This file holds the messages; `Feed`, at its end, is the reader's side. Across machines the same
goes through NATS (`kis_core.feed_nats`), which the URL of the relay says.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, time
from enum import IntEnum
from typing import Annotated, Literal
from urllib.parse import quote, urlsplit, urlunsplit

import httpx
import msgspec
from msgspec import Meta
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from kis_core.clock import Clock
from kis_core.errors import NotOffered, RateLimited, Refused, ReplyError, Unreachable
from kis_core.market.derivative_events import FuturesTrade, OptionTrade
from kis_core.market.events import (
    Bar,
    Book,
    DailyBar,
    Gap,
    IndexDay,
    IndexLevel,
    Market,
    SlotsGranted,
    Trade,
)
from kis_core.wire.account import OrderNotice
from kis_core.wire.quotes.flow_replies import InvestorDay, InvestorEstimate
from kis_core.wire.quotes.program_replies import BoardProgram, StockProgram
from kis_core.wire.quotes.replies import PriceQuote

Kind = Literal["trade", "book"]


class Priority(IntEnum):
    """Who gets a registration when there are not enough. Lower is served first."""

    HOLDING = 0  # the account holds it, or an order works in it
    ACTIVE = 1  # a strategy is about to act on it
    CANDIDATE = 2
    WATCH = 3


class Want(msgspec.Struct, frozen=True, array_like=True):
    """One symbol a reader wants to hear."""

    symbol: str
    priority: Priority
    kinds: tuple[Kind, ...] = ("trade",)
    rank: int = 0  # among equals, lower first
    venue: Market = "KRX"  # one venue's own trading, or both as one (UN)


class Wants(msgspec.Struct, frozen=True, tag="wants"):
    """The reader's whole set, replacing the one before. `notices` needs the OMS's token."""

    wants: tuple[Want, ...]
    indices: tuple[str, ...] = ()
    notices: bool = False
    contracts: bool = False  # the notices are those of orders for futures and options


class Heard(msgspec.Struct, frozen=True, tag="heard", array_like=True):
    """An order notice, as relayed to the OMS."""

    arrived_ns: int
    notice: OrderNotice
    contracts: bool = False  # of an order for a future or an option


class NoticesState(msgspec.Struct, frozen=True, tag="notices", array_like=True):
    """Whether order notices are being heard. `live` False: trust the order history alone."""

    at_ns: int
    live: bool


RelayEvent = (
    Trade
    | FuturesTrade
    | OptionTrade
    | Book
    | Bar
    | IndexLevel
    | Gap
    | SlotsGranted
    | Heard
    | NoticesState
)


class Batch(msgspec.Struct, frozen=True, tag="batch"):
    """Events in order. `first_seq` counts this reader's events since it connected, from 0.

    `conflated` > 0 says that the reader was too slow and that many trades or books were left out
    (the newest of each symbol is always there).
    """

    first_seq: int
    events: tuple[RelayEvent, ...]
    conflated: int = 0


class Signal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a strategy's rule says of a symbol, and the figures it says so from.

    Kept by (strategy_id, symbol, name, at_ns): told again, the last word counts. A figure's name
    is a column when signals are read. An unknown `value` or figure is None.
    """

    strategy_id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]{1,40}\Z")]
    symbol: Annotated[str, Meta(pattern=r"^[0-9A-Z]{4,12}\Z")]
    at_ns: Annotated[int, Meta(ge=946_684_800 * 10**9, lt=4_102_444_800 * 10**9)]
    """End of the bar it was computed of, not when it was: ns since the epoch, 2000 to 2099."""
    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}\Z")]  # of the rule: noise_band
    value: Annotated[int, Meta(ge=-1, le=1)] | None  # 1 long, -1 short, 0 neither
    values: Annotated[
        Mapping[Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}\Z")], float | None],
        Meta(max_length=32),
    ]
    reason: Annotated[str, Meta(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*\Z")] = ""


class Kept(msgspec.Struct, frozen=True):
    """The answer to signals: how many are written down."""

    kept: int


SIGNALS_MAX = 200  # in one message


class Trouble(msgspec.Struct, frozen=True):
    """Why the collector has no answer: the body of every answer that is not 200."""

    error: Literal["unreachable", "refused", "rate_limited", "not_offered", "reply", "request"]
    code: str
    text: str
    retry_after_s: float | None = None


MSGPACK = "application/msgpack"
RELAY_LOST = "relay lost"
_DELAY_FIRST_S = 0.1  # these guard this machine: world seconds
_DELAY_MAX_S = 5.0
_CONNECT_S = 5.0
_ANSWER_S = 60.0  # a history of many pages waits for its turn in the REST budget
_MESSAGE_BYTES_MAX = 16 << 20
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Batch).decode


class Feed:
    """The reader's side of the relay: batches of events in order, and histories on request.

    A lost line is a batch like any other: it holds `Gap(None, from, None, "relay lost")`, and for
    whoever wants order notices `NoticesState(live=False)`. The feed then connects again on its
    own, repeats its wants, and closes the gap. Only a refused token ends it (`Refused`).
    """

    def __init__(self, url: str, token: str, name: str, clock: Clock, http: httpx.AsyncClient):
        self._url = _line_url(url, name)
        self._headers = {"Authorization": f"Bearer {token}"}
        self._clock = clock
        self._http = http
        self._line: ClientConnection | None = None
        self._wants: Wants | None = None
        self._heard_ns = clock.now_ns()
        self._gap_from_ns: int | None = None
        self._delay_s = 0.0
        self._seq = 0

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, token: str, name: str, clock: Clock) -> "AsyncIterator[Feed]":
        """Return a feed from the relay at `url`. It connects when first read.

        http and https are the collector's own door; nats and tls a NATS server, across machines.
        """
        if urlsplit(url).scheme in ("nats", "tls"):
            from kis_core.feed_nats import NatsFeed  # most fleets need no NATS client

            async with NatsFeed.open_nats(url, token, name, clock) as across:
                yield across
            return
        async with histories_client(url, token) as http:
            feed = cls(url, token, name, clock, http)
            try:
                yield feed
            finally:
                if feed._line:
                    await feed._line.close()

    async def want(self, wants: Wants) -> None:
        """Ask for this set from now on; after every reconnection too."""
        self._wants = wants
        if self._line:
            await self._send(self._line)

    def __aiter__(self) -> "Feed":
        return self

    async def __anext__(self) -> Batch:
        """Return the next batch. Raises Refused where the relay does not know the token."""
        while True:
            if self._line is None:
                await asyncio.sleep(self._delay_s * random.uniform(0.5, 1.0))
                if not await self._connected():
                    if self._gap_from_ns is None:
                        return self._open_gap()
                    continue
                if self._gap_from_ns is not None:
                    return self._close_gap()
            assert self._line is not None
            try:
                message = await self._line.recv(decode=False)
            except ConnectionClosed:
                self._lose()
                return self._open_gap()
            batch = _decode(message)
            if batch.first_seq != self._seq:  # something was lost between two processes: start over
                await self._line.close()
                self._lose()
                return self._open_gap()
            self._seq += len(batch.events)
            self._heard_ns = self._clock.now_ns()
            self._delay_s = 0.0
            return batch

    async def _connected(self) -> bool:
        try:
            line = await connect(
                self._url,
                additional_headers=self._headers,
                open_timeout=_CONNECT_S,
                max_size=_MESSAGE_BYTES_MAX,
                compression=None,
                proxy=None,
            )
        except InvalidStatus as refusal:
            status = refusal.response.status_code
            if status in (401, 403):
                raise Refused(str(status), "the relay does not know this token") from None
            self._wait_longer()
            return False
        except (OSError, TimeoutError, InvalidHandshake):
            self._wait_longer()
            return False
        self._line = line
        self._seq = 0
        if self._wants:
            await self._send(line)
        # Until a batch has come the line has proved nothing: a relay that takes us and closes
        # again must not be asked a thousand times a second.
        self._wait_longer()
        return True

    async def _send(self, line: ClientConnection) -> None:
        try:
            await line.send(_encode(self._wants))
        except ConnectionClosed:
            return  # the reading side notices, and asks again on the next line

    def _lose(self) -> None:
        self._line = None
        self._wait_longer()

    def _wait_longer(self) -> None:
        self._delay_s = min(max(self._delay_s * 2, _DELAY_FIRST_S), _DELAY_MAX_S)

    def _open_gap(self) -> Batch:
        if self._gap_from_ns is None:
            self._gap_from_ns = self._heard_ns
        events: list[RelayEvent] = [Gap(None, self._gap_from_ns, None, RELAY_LOST)]
        if self._wants and self._wants.notices:
            events.append(NoticesState(self._clock.now_ns(), False))
        return Batch(0, tuple(events))

    def _close_gap(self) -> Batch:
        assert self._gap_from_ns is not None
        now_ns = self._clock.now_ns()
        gap = Gap(None, self._gap_from_ns, now_ns, RELAY_LOST)
        self._gap_from_ns = None
        self._heard_ns = now_ns
        return Batch(0, (gap,))

    async def daily_bars(self, symbol: str, first: date, last: date) -> list[DailyBar]:
        """Return the completed days from `first` to `last`, ascending."""
        span = {"first": first.isoformat(), "last": last.isoformat()}
        return await self._ask(f"/api/v1/bars/daily/{quote(symbol, safe='')}", span, list[DailyBar])

    async def minute_bars(self, symbol: str, day: date, first: time, last: time) -> list[Bar]:
        """Return the completed minutes of `day` that start between `first` and `last`, ascending.

        Both ends count; minutes without a trade have no bar.
        """
        span = {"date": day.isoformat(), "first": f"{first:%H:%M}", "last": f"{last:%H:%M}"}
        return await self._ask(f"/api/v1/bars/minute/{quote(symbol, safe='')}", span, list[Bar])

    async def quote(self, symbol: str) -> PriceQuote:
        """Return the current price, limits and state of a symbol."""
        return await self._ask(f"/api/v1/quote/{quote(symbol, safe='')}", {}, PriceQuote)

    async def index_level(self, index: str) -> IndexLevel:
        """Return the newest level of an index, in points."""
        return await self._ask(f"/api/v1/index/{quote(index, safe='')}", {}, IndexLevel)

    async def index_days(self, index: str, first: date, last: date) -> list[IndexDay]:
        """Return the index's days from `first` to `last`, ascending."""
        span = {"first": first.isoformat(), "last": last.isoformat()}
        return await self._ask(f"/api/v1/index/{quote(index, safe='')}/days", span, list[IndexDay])

    async def flows(self, symbol: str) -> list[InvestorDay]:
        """Return who bought a symbol on the last 30 days, ascending; today's is not told yet."""
        return await self._ask(f"/api/v1/flows/{quote(symbol, safe='')}", {}, list[InvestorDay])

    async def estimates(self, symbol: str) -> list[InvestorEstimate]:
        """Return the estimates of today's net buying made so far, ascending."""
        path = f"/api/v1/flows/{quote(symbol, safe='')}/estimates"
        return await self._ask(path, {}, list[InvestorEstimate])

    async def program(self, symbol: str) -> StockProgram | None:
        """Return program trading of a symbol today so far; None: there was none."""
        path = f"/api/v1/programs/{quote(symbol, safe='')}"
        rows = await self._ask(path, {}, list[StockProgram])
        return rows[-1] if rows else None

    async def market_program(self, market: str) -> BoardProgram | None:
        """Return program trading of KOSPI or KOSDAQ today so far; None: there was none."""
        path = f"/api/v1/programs/markets/{quote(market, safe='')}"
        rows = await self._ask(path, {}, list[BoardProgram])
        return rows[-1] if rows else None

    async def signal(self, signals: Sequence[Signal]) -> None:
        """Tell the collector at most SIGNALS_MAX signals; once this returns they are kept.

        Told twice is kept once, so whoever is not sure (Unreachable) tells again. Raises Refused
        where some are not understood: it names each, and has kept the others.
        """
        await self._ask("/api/v1/signals", {}, Kept, _encode(signals))

    async def _ask[T](
        self, path: str, query: Mapping[str, str], shape: type[T], told: bytes | None = None
    ) -> T:
        return await reply_of(self._http, path, query, shape, told)


def histories_client(url: str, token: str) -> httpx.AsyncClient:
    """Return a client for the histories of the collector at `url`."""
    headers = {"Authorization": f"Bearer {token}", "Accept": MSGPACK}
    timeout = httpx.Timeout(_ANSWER_S, connect=_CONNECT_S)
    return httpx.AsyncClient(base_url=url, headers=headers, timeout=timeout, trust_env=False)


async def reply_of[T](
    http: httpx.AsyncClient,
    path: str,
    query: Mapping[str, str],
    shape: type[T],
    told: bytes | None = None,
) -> T:
    """Ask the collector something, or tell it (MessagePack). Raises the errors of the house."""
    try:
        if told is None:
            reply = await http.get(path, params=query)
        else:
            kind = {"Content-Type": MSGPACK}
            reply = await http.post(path, params=query, content=told, headers=kind)
    except httpx.TransportError as error:
        raise Unreachable(f"relay: {path}: {type(error).__name__}") from error
    try:
        if reply.status_code == 200:
            return msgspec.msgpack.decode(reply.content, type=shape)
        trouble = msgspec.json.decode(reply.content, type=Trouble)
    except msgspec.DecodeError as error:
        raise ReplyError(f"relay: {path}: {error}", repr(reply.content[:2000])) from None
    match trouble.error:
        case "unreachable":
            raise Unreachable(trouble.text)
        case "rate_limited":
            raise RateLimited(trouble.code, trouble.text, trouble.retry_after_s or 1.0)
        case "not_offered":
            raise NotOffered(trouble.code, trouble.text)
        case "reply":
            raise ReplyError(trouble.code, trouble.text)
        case _:
            raise Refused(trouble.code, trouble.text)


def _line_url(url: str, name: str) -> str:
    parts = urlsplit(url)
    scheme = {"http": "ws", "https": "wss"}[parts.scheme]
    return urlunsplit((scheme, parts.netloc, "/relay", f"name={quote(name)}", ""))
