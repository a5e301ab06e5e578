"""The relay across machines: the same events in the same order, through NATS JetStream.

One stream holds everything the collector relays, in order. Market events that anybody wants are
batches on one subject; what concerns one reader (its snapshot, gaps, slots, order notices) is on
the reader's own, sealed with its token, for the stream is readable by whoever may use the server.
A reader says what it wants by a request that it repeats every `HELLO_S`; the collector answers
with `Begin` in the stream, then the newest of everything wanted, and from there on the reader
takes its topics out of the market's batches: nothing is missed between the two and nothing told
twice. Readers pull, so a slow one holds up nobody: when too much waits for it, it is read at once
and conflated, and said so. A lost line goes on from the stream's next sequence; where the stream
no longer has that, the reader begins anew behind a gap.
"""

import asyncio
import base64
import hashlib
import json
import secrets
from collections import deque
from collections.abc import AsyncIterator, Hashable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

import httpx
import msgspec
import nats.errors
import nats.js.errors
from cryptography.fernet import Fernet, InvalidToken
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from kis_core.clock import Clock
from kis_core.errors import Refused, Unreachable
from kis_core.feed import Batch, Feed, RelayEvent, Wants, histories_client, reply_of
from kis_core.market.derivative_events import FuturesTrade, OptionTrade
from kis_core.market.events import Book, IndexLevel, Trade
from kis_core.nats_line import Names, NatsLine

HELLO_S = 2.0  # of this machine, between two signs of life
LOST_S = 3 * HELLO_S
LAG_MESSAGES_MAX = 200  # that wait in the stream for a reader; beyond, it is conflated
_PULL = 256  # messages asked for at once; the most that wait on this side
_PULL_S = 30
_CATCH_UP_MAX = 10_000  # messages read in one go, to be conflated
_CONNECT_S = 5.0  # before the first gap
_ANSWER_S = 0.5  # while nobody is known to be there
_AGAIN_S = 0.2  # between two hellos that nobody answers
_LOOK_S = 0.05


class Hello(msgspec.Struct, frozen=True):
    """A reader's sign of life, sealed with its token. `session` is new for each fresh start."""

    session: str
    name: str
    wants: Wants


class Welcome(msgspec.Struct, frozen=True):
    """The answer. `run` is the collector's own session; histories are asked for at `url`."""

    known: bool  # whether the token is
    run: str
    url: str


class Begin(msgspec.Struct, frozen=True, tag="begin", array_like=True):
    """From here on in the stream these wants count; their newest comes next."""

    wants: Wants


class OwnBatch(msgspec.Struct, frozen=True, tag="batch"):
    """What is one reader's alone, in order."""

    events: tuple[Begin | RelayEvent, ...]


def seal_of(token: str) -> Fernet:
    """Return what seals messages between the collector and whoever knows a token."""
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()))


def about(event: RelayEvent) -> Hashable:
    """Return what an event is about, where a newer one may take its place; None where not."""
    match event:
        case Trade(symbol=symbol, venue=venue):
            return ("trade", venue, symbol)
        case Book(symbol=symbol, venue=venue):
            return ("book", venue, symbol)
        case FuturesTrade(symbol=symbol) | OptionTrade(symbol=symbol):
            return ("trade", "KRX", symbol)
        case IndexLevel(index=index):
            return ("level", index)
        case _:
            return None


def _topics(wants: Wants) -> frozenset[Hashable]:
    levels = {("level", index) for index in wants.indices}
    market = {(kind, want.venue, want.symbol) for want in wants.wants for kind in want.kinds}
    return frozenset((*levels, *market))


_encode = msgspec.msgpack.Encoder().encode
_batch = msgspec.msgpack.Decoder(Batch).decode
_own = msgspec.msgpack.Decoder(OwnBatch).decode
_welcome = msgspec.msgpack.Decoder(Welcome).decode


class NatsFeed(Feed):
    """A Feed whose line is a JetStream stream. See `Feed` for what its reader may rely on."""

    def __init__(self, url: str, token: str, name: str, clock: Clock) -> None:
        self._names = Names(url)
        self._token = token
        self._seal = seal_of(token)
        self._name = name
        self._clock = clock
        self._wants: Wants | None = None
        self._heard_ns = clock.now_ns()
        self._gap_from_ns: int | None = None
        self._line: NatsLine | None = None  # type: ignore[assignment]
        self._pulled: Subscription | None = None
        self._consumer = ""
        self._asked = 0
        self._stream_seq = 0  # of the newest message read
        self._session = ""
        self._topics: frozenset[Hashable] = frozenset()
        self._seq = 0
        self._hole = False
        self._refused = False
        self._run = ""
        self._answered_s = 0.0  # of the event loop's time
        self._greeted = asyncio.Event()  # or refused
        self._said = asyncio.Event()  # there is something new to say hello with
        self._keeping: asyncio.Task[None] | None = None
        self._doors: dict[str, httpx.AsyncClient] = {}  # of collectors, by URL
        self._histories_url = ""

    @classmethod
    @asynccontextmanager
    async def open_nats(
        cls, url: str, token: str, name: str, clock: Clock
    ) -> "AsyncIterator[NatsFeed]":
        """Return a feed from the relay at `url` (nats or tls). It connects when first read."""
        feed = cls(url, token, name, clock)
        try:
            yield feed
        finally:
            await feed._close()

    async def _close(self) -> None:
        if self._keeping:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        if self._line:
            await self._line.close()
        for door in self._doors.values():
            await door.aclose()

    async def want(self, wants: Wants) -> None:
        """Ask for this set from now on; after every reconnection too."""
        self._wants = wants
        self._said.set()

    async def __anext__(self) -> Batch:
        """Return the next batch. Raises Refused where the relay does not know the token."""
        while True:
            if self._refused:
                raise Refused("403", "the relay, or its NATS server, does not know us")
            if self._line is None:
                await self._connect()
            if self._hole or not self._alive():
                self._hole = False
                if self._gap_from_ns is None:
                    return self._open_gap()
                if not self._alive():
                    await asyncio.sleep(_LOOK_S)
                    continue
            if self._gap_from_ns is not None:
                return self._close_gap()
            try:
                message = await self._next()
            except (nats.errors.Error, nats.js.errors.Error, TimeoutError):
                continue  # whether the line is lost, `_alive` says
            behind = self._behind(message) > LAG_MESSAGES_MAX if message else False
            batch = self._read([message]) if message else None
            if behind and message:
                batch = await self._caught_up(batch, message)
            if batch is not None:
                self._heard_ns = self._clock.now_ns()
                return batch

    def _alive(self) -> bool:
        """Whether the server is there, and the collector behind it."""
        fresh = asyncio.get_running_loop().time() - self._answered_s < LOST_S
        return bool(self._line and self._line.up and self._run and fresh)

    async def _connect(self) -> None:
        """Connect once; the client comes back by itself. The first time may be in vain."""
        self._session = secrets.token_hex(8)
        self._line = NatsLine(self._names.server, self._line_back)
        self._keeping = asyncio.create_task(self._keep_saying())
        with suppress(TimeoutError):
            await asyncio.wait_for(self._greeted.wait(), _CONNECT_S)

    async def _keep_saying(self) -> None:
        """Say hello every now and then, and at once when the wants have changed."""
        while True:
            self._said.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._line_of_ours().connected(), HELLO_S)
            with suppress(nats.errors.Error, nats.js.errors.Error, TimeoutError, OSError):
                await self._say_hello()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._said.wait(), HELLO_S if self._alive() else _AGAIN_S)

    async def _line_back(self) -> None:
        self._said.set()

    def _line_of_ours(self) -> NatsLine:
        assert self._line is not None, "connected before anything is said or heard"
        return self._line

    async def _say_hello(self) -> None:
        line = self._line_of_ours()
        if line.sign_in_refused:
            self._refuse()
        if not line.up:
            return
        client = line.client
        if self._pulled is None:
            await self._listen_from_here(client)
        hello = Hello(self._session, self._name, self._wants or Wants(()))
        sealed = self._seal.encrypt(_encode(hello))
        patience_s = HELLO_S if self._alive() else _ANSWER_S
        answer = await client.request(self._names.hello, sealed, timeout=patience_s)
        welcome = _welcome(answer.data)
        if not welcome.known:
            self._refuse()
            return
        if self._run and welcome.run != self._run:
            self._begin_anew()  # another collector: it knows nothing of us
        self._run, self._histories_url = welcome.run, welcome.url
        self._answered_s = asyncio.get_running_loop().time()
        self._greeted.set()

    def _refuse(self) -> None:
        self._refused = True
        self._greeted.set()

    async def _listen_from_here(self, client: Client) -> None:
        """Make the consumer at the stream's end, before anything is asked for."""
        stream = client.jetstream()
        info = await stream.stream_info(self._names.stream)
        self._stream_seq = info.state.last_seq
        await self._make_consumer(client)
        self._pulled = await client.subscribe(client.new_inbox())

    async def _make_consumer(self, client: Client) -> None:
        """Make a consumer that goes on behind the newest message read."""
        made = await client.jetstream().add_consumer(
            self._names.stream,
            ConsumerConfig(
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                opt_start_seq=self._stream_seq + 1,
                ack_policy=AckPolicy.NONE,
                inactive_threshold=60.0,
                mem_storage=True,
            ),
        )
        self._consumer, self._asked = made.name, 0

    async def _next(self) -> Msg | None:
        """Return the next message of the stream; None when none came for a while."""
        client, pulled = self._line_of_ours().client, self._pulled
        if pulled is None:
            await asyncio.sleep(_LOOK_S)
            return None
        if self._asked <= 0:
            request = {"batch": _PULL, "expires": _PULL_S * 1_000_000_000}
            subject = f"$JS.API.CONSUMER.MSG.NEXT.{self._names.stream}.{self._consumer}"
            await client.publish(subject, json.dumps(request).encode(), pulled.subject)
            self._asked = _PULL
        try:
            message: Msg = await pulled.next_msg(timeout=HELLO_S)
        except TimeoutError:
            if client.is_connected and self._alive():
                await self._look_after_consumer(client)
            return None
        status = (message.headers or {}).get("Status")
        if status is not None:
            self._asked = 0
            if status not in ("404", "408", "100"):
                await self._make_consumer(client)
            return None
        self._asked -= 1
        return message

    async def _look_after_consumer(self, client: Client) -> None:
        """A server that was away may have forgotten our consumer, or our question to it."""
        stream = client.jetstream()
        try:
            info = await stream.consumer_info(self._names.stream, self._consumer)
            if info.num_waiting == 0:
                self._asked = 0
        except nats.js.errors.NotFoundError:
            state = (await stream.stream_info(self._names.stream)).state
            if state.last_seq < self._stream_seq:  # the stream itself was lost
                self._stream_seq = state.last_seq
                self._begin_anew()
            await self._make_consumer(client)

    def _begin_anew(self) -> None:
        self._session = secrets.token_hex(8)
        self._topics = frozenset()
        self._hole = True
        self._said.set()

    def _read(self, messages: Sequence[Msg]) -> Batch | None:
        """Return what messages hold for this reader, in order; None where they hold nothing."""
        events: list[RelayEvent] = []
        conflated = 0
        for message in messages:
            seq = message.metadata.sequence.stream
            if seq <= self._stream_seq:
                continue  # a consumer made anew may repeat
            if seq != self._stream_seq + 1:
                self._begin_anew()
            self._stream_seq = seq
            if message.subject == self._names.market:
                batch = _batch(message.data)
                conflated += batch.conflated
                events += [each for each in batch.events if about(each) in self._topics]
            elif message.subject == self._names.to(self._session):
                with suppress(InvalidToken, msgspec.DecodeError):
                    for said in _own(self._seal.decrypt(message.data)).events:
                        if isinstance(said, Begin):
                            self._topics = _topics(said.wants)
                        else:
                            events.append(said)
        return self._batch_of(events, conflated) if events else None

    def _batch_of(self, events: Sequence[RelayEvent], conflated: int) -> Batch:
        batch = Batch(self._seq, tuple(events), conflated)
        self._seq += len(events)
        return batch

    def _behind(self, newest: Msg) -> int:
        """Return how many messages wait behind one: in the stream, and here already."""
        here = self._pulled.pending_msgs if self._pulled else 0
        return max(newest.metadata.num_pending, here)

    async def _caught_up(self, first: Batch | None, newest: Msg | None) -> Batch | None:
        """Read all that waits, and leave out what has something newer behind it."""
        messages: list[Msg] = []
        with suppress(nats.errors.Error, nats.js.errors.Error, TimeoutError):
            while newest and self._behind(newest) and len(messages) < _CATCH_UP_MAX:
                newest = await self._next()
                if newest:
                    messages.append(newest)
        self._seq -= len(first.events) if first else 0
        rest = self._read(messages)
        self._seq -= len(rest.events) if rest else 0
        events = (*(first.events if first else ()), *(rest.events if rest else ()))
        told = sum(batch.conflated for batch in (first, rest) if batch)
        seen: set[Hashable] = set()
        kept: deque[RelayEvent] = deque()
        for event in reversed(events):
            key = about(event)
            if key is None or key not in seen:
                kept.appendleft(event)
                seen.add(key)
        return self._batch_of(kept, told + len(events) - len(kept)) if kept else None

    async def _ask[T](
        self, path: str, query: Mapping[str, str], shape: type[T], told: bytes | None = None
    ) -> T:
        if self._line is None:
            await self._connect()
        if self._refused:
            raise Refused("403", "the relay, or its NATS server, does not know us")
        if not self._histories_url:
            raise Unreachable(f"relay: {path}: no collector answers on {self._names.server}")
        url = self._histories_url
        if url not in self._doors:
            self._doors[url] = histories_client(url, self._token)
        return await reply_of(self._doors[url], path, query, shape, told)
