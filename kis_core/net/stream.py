"""The WebSocket to KIS: one session, kept up, with everything wanted registered on it.

What arrives is handed on word for word before anyone reads it. A lost line is an item, not an
exception; it is opened again with full jitter, never while the one before is still open. There is
no resume at KIS: on a new line everything is registered again, in order. Waits between messages
are in the clock's seconds (they are KIS's rule); silence, time-outs and reconnects in the world's.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, suppress

import msgspec
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from kis_core.clock import Clock
from kis_core.environment import Credentials, Dialect, Endpoints, require_same
from kis_core.errors import FrameError, KisError
from kis_core.net.texts import TextConnection, Texts, open_texts
from kis_core.wire.stream.frames import Ack, Heartbeat, parse_control
from kis_core.wire.stream.leases import Displaced, Granted, Leases, NoPlace, Rank
from kis_core.wire.stream.subscriptions import FULL, IN_USE, KEY_REFUSED, LIMIT, Ask, Subscriptions

PATH = "/tryitout"
SPACING_S: dict[Dialect, float] = {"real": 0.1, "paper": 0.5}  # between messages, KIS's advice

_CONNECT_S = 10.0
_ANSWER_S = 20.0  # within which a registration, or a ping, is answered
_STEADY_S = 30.0  # a line that lived so long was a good one: the next pause is short again
_IN_USE_PAUSE_S, _IN_USE_PAUSE_MAX_S = 5.0, 60.0  # the old session lingers at KIS for a while
_BACKOFF_S, _BACKOFF_MAX_S = 0.5, 30.0


class Raw(msgspec.Struct, frozen=True, gc=False):
    """A text as it came: every one, control messages too, so that it can be written down first."""

    arrived_ns: int
    text: str


class Burst(msgspec.Struct, frozen=True):
    """The texts that one read of the socket brought, in order: as many `Raw` at once."""

    arrived_ns: int
    texts: Sequence[str]


class Up(msgspec.Struct, frozen=True):
    """The line is open; everything wanted is being registered."""

    at_ns: int


class Down(msgspec.Struct, frozen=True):
    """The line is lost since `at_ns`, or could not be opened. It comes back by itself."""

    at_ns: int
    why: str


class Acked(msgspec.Struct, frozen=True):
    """The answer to a registration (or to its end: `registered` False). Comes after its Raw.

    `iv` and `key` open the sealed frames of this TR until it is registered again.
    """

    at_ns: int
    tr_id: str
    tr_key: str
    ok: bool
    code: str
    text: str
    registered: bool
    iv: str | None
    key: str | None


News = Up | Down | Acked | Displaced
Item = Raw | News


class _Lost(Exception):
    """The line is to be given up, and why."""

    def __init__(self, why: str, pause_s: float = 0.0) -> None:
        super().__init__(why)
        self.pause_s = pause_s  # to wait at least


class KisStream:
    """One WebSocket session of one app key; reconnects and registers again by itself."""

    def __init__(
        self,
        endpoints: Endpoints,
        credentials: Credentials,
        clock: Clock,
        approval: Callable[[str | None], Awaitable[str]],
        *,
        silent_s: float = 60.0,
        limit: int = LIMIT,
        backoff_s: float = _BACKOFF_S,
    ) -> None:
        require_same(endpoints, credentials)
        self._url = endpoints.ws_url + PATH
        self._spacing_s = SPACING_S[endpoints.dialect]
        self._clock = clock
        self._approval = approval
        self._silent_s = silent_s
        self._backoff_s = backoff_s
        self._subscriptions = Subscriptions(limit)
        self._leases = Leases(limit)
        self._displaced: list[Displaced] = []  # not told yet
        self._changed = asyncio.Event()
        self._refused_key: str | None = None
        self._iterated = False
        self._heard_at = 0.0  # of the event loop's time
        self._why_lost: _Lost | None = None
        self._in_use = 0  # how often in a row
        self._open: TextConnection | None = None
        self._may_open = asyncio.Event()
        self._may_open.set()
        self.up_since_ns: int | None = None  # None while there is no line

    @property
    def live(self) -> tuple[tuple[str, str], ...]:
        """Return the registrations that are being heard, in the order they were wanted."""
        return self._subscriptions.live

    @property
    def refused(self) -> tuple[tuple[str, str], ...]:
        """Return what is wanted and not heard for want of a place, or because KIS said no."""
        return self._subscriptions.refused

    async def set_wanted(self, wanted: Sequence[tuple[str, str]]) -> None:
        """Register these (tr_id, tr_key), most important first, and nothing else.

        For whoever shares out the places by himself; others lease them one by one.
        """
        assert not self._leases.keys, "either leases or a list: one decides"
        self._want(wanted)

    @property
    def hung_up(self) -> bool:
        """Whether the line is closed because somebody said so, and stays closed until told."""
        return not self._may_open.is_set()

    async def hang_up(self, why: str) -> None:
        """Close the line and keep it closed; it is told as lost, for this reason."""
        self._may_open.clear()
        if self._open is not None:
            await self._give_up(self._open, why)

    def pick_up(self) -> None:
        """Let the line be opened again."""
        self._may_open.set()

    async def lease(self, key: tuple[str, str], holder: str, rank: Rank) -> Granted | NoPlace:
        """Hold a registration until `end_lease`, over every loss of the line.

        Whoever loses his place to a better rank is named in the answer, and among the items.
        """
        answer = self._leases.take(key, holder, rank)
        if isinstance(answer, Granted):
            if answer.displaced:
                self._displaced.append(answer.displaced)
            self._want(self._leases.keys)
        return answer

    async def end_lease(self, key: tuple[str, str], holder: str) -> None:
        """Give up a registration; it ends when nobody else holds it."""
        self._leases.end(key, holder)
        self._want(self._leases.keys)

    def _want(self, wanted: Sequence[tuple[str, str]]) -> None:
        self._subscriptions.want(wanted)
        self._changed.set()

    async def items(self) -> AsyncIterator[Item]:
        """Yield what arrives, for as long as it is iterated over. One iteration at a time.

        Wrap it in `contextlib.aclosing`, so that leaving the loop closes the socket at once.
        """
        async with aclosing(self.bursts()) as arriving:
            async for item in arriving:
                if isinstance(item, Burst):
                    for text in item.texts:
                        yield Raw(item.arrived_ns, text)
                else:
                    yield item

    async def bursts(self) -> AsyncGenerator[Burst | News]:
        """Yield what arrives like `items`, many texts at a time: for whoever reads thousands."""
        assert not self._iterated, "one iteration at a time: there is one socket"
        self._iterated = True
        loop = asyncio.get_running_loop()
        failures = 0
        try:
            while True:
                await self._may_open.wait()
                opened_at = loop.time()
                try:
                    async with self._line() as (line, key):
                        self.up_since_ns = self._clock.now_ns()
                        yield Up(self.up_since_ns)
                        while True:
                            at_ns, texts = await self._received(line)
                            self._heard_at = loop.time()
                            for part in _ending_in_controls(texts):
                                yield Burst(at_ns, part)
                                if ack := await self._answered(line, part[-1]):
                                    yield _acked(ack, at_ns)
                                    self._act_on(ack, key)
                                while self._displaced:
                                    yield self._displaced.pop(0)
                except _Lost as lost:
                    yield Down(self._clock.now_ns(), str(lost))
                    pause_s = lost.pause_s
                steady = loop.time() - opened_at > _STEADY_S
                failures = 0 if steady or self.hung_up else failures + 1
                ceiling_s = min(_BACKOFF_MAX_S, self._backoff_s * 2 ** min(failures, 10))
                await asyncio.sleep(pause_s + random.uniform(0.0, ceiling_s))
        finally:
            self._iterated = False

    @asynccontextmanager
    async def _line(self) -> AsyncIterator[tuple[TextConnection, str]]:
        """Open the socket with its tasks, and close it whatever happens. Raises _Lost."""
        try:
            key = await self._approval(self._refused_key)
            line = await open_texts(
                self._url,
                self._clock.now_ns,
                ping_interval=None,  # KIS has its own PINGPONG
                open_timeout=_CONNECT_S,
                close_timeout=1.0,
                compression=None,
                proxy=None,
            )
        except (KisError, OSError, TimeoutError, InvalidHandshake, InvalidURI) as error:
            raise _Lost(f"cannot open: {type(error).__name__}: {error}") from None
        if self.hung_up:  # said while it was being opened
            await line.close()
            raise _Lost("hung up")
        self._refused_key = None
        self._open = line
        self._subscriptions.lost()
        self._leases.unlimited()
        self._changed.set()
        self._why_lost = None
        self._heard_at = asyncio.get_running_loop().time()
        tasks = [
            asyncio.create_task(self._register(line, key)),
            asyncio.create_task(self._watch(line)),
        ]
        try:
            yield line, key
        finally:
            self._open = self.up_since_ns = None
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await line.close()
            self._subscriptions.lost()

    async def _received(self, line: TextConnection) -> Texts:
        try:
            return await line.texts()
        except (ConnectionClosed, UnicodeDecodeError) as error:
            raise self._why_lost or _Lost(f"closed: {error}") from None

    async def _answered(self, line: TextConnection, text: str) -> Ack | None:
        """Echo a PINGPONG; take the answer to a registration and return it."""
        if not text.startswith("{"):
            return None
        try:
            control = parse_control(text)
        except FrameError:
            return None  # the reader of the Raw sees it too, and counts it
        if isinstance(control, Heartbeat):
            with suppress(ConnectionClosed):  # the next to receive says so
                await line.send(control.text)
            return None
        self._subscriptions.heard(control)
        self._changed.set()
        return control

    def _act_on(self, ack: Ack, key: str) -> None:
        if ack.code == IN_USE:
            raise self._later(ack)
        if ack.ok:
            self._in_use = 0
        if ack.code in KEY_REFUSED:
            self._refused_key = key
            raise _Lost(f"{ack.code}: {ack.text}")
        if ack.code == FULL and self._subscriptions.room == 0:
            # Not one place: those of the session before are not free yet.
            raise self._later(ack)
        if ack.code == FULL and self._leases.keys:
            self._displaced += self._leases.limit_to(self._subscriptions.room)
            self._want(self._leases.keys)

    def _later(self, ack: Ack) -> _Lost:
        """Return the loss of a line that KIS does not give us yet; each time we wait longer."""
        pause_s = min(_IN_USE_PAUSE_MAX_S, _IN_USE_PAUSE_S * 2**self._in_use)
        self._in_use = min(self._in_use + 1, 10)
        return _Lost(f"{ack.code}: {ack.text}", pause_s)

    async def _register(self, line: TextConnection, key: str) -> None:
        """Send what the registrations need, spaced as KIS asks."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            while (ask := self._subscriptions.next()) is not None:
                try:
                    await line.send(_message(ask, key))
                except ConnectionClosed:
                    return  # whoever receives says so
                await self._clock.sleep(self._spacing_s)

    async def _watch(self, line: TextConnection) -> None:
        """Give the line up when it is silent and does not answer, or answers no registration."""
        loop = asyncio.get_running_loop()
        waiting: tuple[tuple[str, str], ...] = ()
        waiting_since = loop.time()
        while True:
            await asyncio.sleep(min(self._silent_s, _ANSWER_S) / 4)
            if (out := self._subscriptions.unanswered()) != waiting:
                waiting, waiting_since = out, loop.time()
            if waiting and loop.time() - waiting_since > _ANSWER_S:
                return await self._give_up(line, f"{waiting[0]} not answered")
            if loop.time() - self._heard_at > self._silent_s and not await self._answers(line):
                return await self._give_up(line, f"silent for {self._silent_s:g} s")

    async def _answers(self, line: TextConnection) -> bool:
        """Whether the other end answers a WebSocket ping."""
        try:
            async with asyncio.timeout(min(self._silent_s, _ANSWER_S)):
                await (await line.ping())
        except (TimeoutError, ConnectionClosed):
            return False
        self._heard_at = asyncio.get_running_loop().time()
        return True

    async def _give_up(self, line: TextConnection, why: str) -> None:
        self._why_lost = _Lost(why)
        await line.close()


def _ending_in_controls(texts: list[str]) -> Iterator[list[str]]:
    """Cut after each control message: what answers it comes before the texts behind it."""
    begin = 0
    for place, text in enumerate(texts, 1):
        if text[:1] == "{":
            yield texts[begin:place]
            begin = place
    if begin < len(texts):
        yield texts[begin:] if begin else texts


def _acked(ack: Ack, at_ns: int) -> Acked:
    registered = not ack.ends
    key = (ack.tr_id, ack.tr_key)
    return Acked(at_ns, *key, ack.ok, ack.code, ack.text, registered, ack.iv, ack.key)


def _message(ask: Ask, key: str) -> str:
    tr_id, tr_key = ask.key
    header = {
        "approval_key": key,
        "custtype": "P",
        "tr_type": "1" if ask.register else "2",
        "content-type": "utf-8",
    }
    body = {"input": {"tr_id": tr_id, "tr_key": tr_key}}
    return msgspec.json.encode({"header": header, "body": body}).decode()
