"""The relay's way to other machines: everything any reader there hears, through one stream.

See `kis_core.feed_nats` for what readers do. The relay publishes without waiting; one task brings
what waits to the server, in order, market events as batches for all readers together and what is
one reader's alone sealed with its token. While the server is away market events are left out:
every reader begins anew when it is back.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import Hashable, Sequence
from contextlib import suppress

import msgspec
import nats.errors
import nats.js.errors
from cryptography.fernet import Fernet, InvalidToken
from nats.aio.msg import Msg
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from structlog.typing import FilteringBoundLogger

from collector.mailbox import BATCH_EVENTS_MAX, Encoded, newest_of_each
from collector.relay import NOTHING, Relay
from collector.routes import GATHER_S, Tokens
from kis_core.feed import Wants
from kis_core.feed_nats import LOST_S, Begin, Hello, Welcome, seal_of
from kis_core.market.events import SlotsGranted
from kis_core.nats_line import Names, NatsLine

KEPT_S = 600.0  # how long a reader that lost its line finds what it missed
KEPT_BYTES = 1 << 30
_LOOK_S = 1.0
_BYTES_MAX = 512 << 10  # of a message; the server's own limit is 1 MB

_encode = msgspec.msgpack.Encoder().encode
_hello = msgspec.msgpack.Decoder(Hello).decode


class NatsReader:
    """One reader on another machine; see `collector.relay.Reader`."""

    def __init__(self, outlet: "Outlet", hello: Hello, seal: Fernet, oms: bool) -> None:
        self.name = hello.name[:40]
        self.session = hello.session
        self.seal = seal
        self.may_hear_notices = oms
        self.wants: Wants = NOTHING
        self.asked: Wants = NOTHING
        self.told: SlotsGranted | None = None
        self.heard_s = 0.0
        self._outlet = outlet

    @property
    def waiting(self) -> int:
        """How many events wait for the server, this reader's among them."""
        return self._outlet.waiting

    @property
    def left_out(self) -> int:
        """How many events no reader of the stream got: the server was too slow."""
        return self._outlet.left_out

    def hear(self, event: msgspec.Raw, about: Hashable) -> None:
        """Let an event wait: for all readers where it is the market's, else for this one."""
        self._outlet.post(None if about is not None else self, event, about)

    def begin(self, event: msgspec.Raw, about: Hashable) -> None:
        """Let the newest of something wait for this reader alone."""
        self._outlet.post(self, event, None)


class Outlet:
    """What waits for the server, in order."""

    def __init__(self, bound: int) -> None:
        self.open = False
        self.left_out = 0
        self.stirred = asyncio.Event()
        self._bound = bound
        self._waiting: deque[tuple[tuple[NatsReader | None, msgspec.Raw], Hashable]] = deque()
        self._last: msgspec.Raw | None = None
        self._conflated = 0

    @property
    def waiting(self) -> int:
        """How many events wait."""
        return len(self._waiting)

    def post(self, reader: NatsReader | None, event: msgspec.Raw, about: Hashable) -> None:
        """Let an event wait for one reader, or once for all: the relay names it for each."""
        if event is self._last or not self.open:
            return
        self._last = event
        self._waiting.append(((reader, event), about))
        if len(self._waiting) > self._bound:
            kept = newest_of_each(self._waiting)
            self._conflated += len(self._waiting) - len(kept)
            self.left_out += len(self._waiting) - len(kept)
            self._waiting = kept
        self.stirred.set()

    def clear(self) -> None:
        """Forget what waits: everybody begins anew."""
        self._waiting.clear()
        self._conflated = 0

    def take(self) -> tuple[NatsReader | None, Sequence[msgspec.Raw], int] | None:
        """Return what is next: for whom, the events, and how many were left out before."""
        if not self._waiting:
            return None
        reader = self._waiting[0][0][0]
        events: list[msgspec.Raw] = []
        size = 0
        while self._waiting and len(events) < BATCH_EVENTS_MAX and size < _BYTES_MAX:
            (whose, event), _ = self._waiting[0]
            if whose is not reader:
                break
            self._waiting.popleft()
            events.append(event)
            size += len(memoryview(event))
        conflated = 0
        if reader is None:
            conflated, self._conflated = self._conflated, 0
        return reader, events, conflated


class NatsRelay:
    """Joins readers on other machines to the relay. `run` ends when it is cancelled."""

    def __init__(
        self,
        url: str,
        relay: Relay,
        tokens: Tokens,
        door_url: str,
        bound: int,
        log: FilteringBoundLogger,
    ) -> None:
        self._names = Names(url)
        self._relay = relay
        self._seals = {True: seal_of(tokens.oms), False: seal_of(tokens.reader)}
        self._door_url = door_url
        self._log = log
        self._run = ""  # of this process, while the server holds
        self._outlet = Outlet(bound)
        self._readers: dict[str, NatsReader] = {}
        self._seq = 0

    async def run(self) -> None:
        """Serve readers through the server, for as long as it is there and whenever it is back."""
        self._line = line = NatsLine(self._names.server, self._back)
        try:
            while not line.up:
                self._log.warning("NATS_AWAY", server=self._names.server, why=str(line.trouble))
                with suppress(TimeoutError):
                    await asyncio.wait_for(line.connected(), 5.0)
            await self._back()
            await line.client.subscribe(self._names.hello, cb=self._greet)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._publish())
                group.create_task(self._look())
        finally:
            await line.close()

    async def _back(self) -> None:
        """Make the stream sure, and let every reader begin anew: some events went by unheard."""
        config = StreamConfig(
            name=self._names.stream,
            subjects=[self._names.all],
            retention=RetentionPolicy.LIMITS,
            discard=DiscardPolicy.OLD,
            storage=StorageType.FILE,
            max_age=KEPT_S,
            max_bytes=KEPT_BYTES,
        )
        try:
            await self._line.client.jetstream().add_stream(config)
        except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as error:
            self._log.error("NATS_WITHOUT_STREAM", stream=self._names.stream, why=str(error))
            return  # `_look` tries again
        self._log.info("NATS_UP", server=self._names.server)
        self._outlet.clear()
        self._outlet.open = True
        self._run = secrets.token_hex(8)
        for session in tuple(self._readers):
            self._leave(session)

    def _leave(self, session: str) -> None:
        self._relay.leave(self._readers.pop(session))

    async def _greet(self, message: Msg) -> None:
        """Take a reader's sign of life, and its wants where they are new."""
        oms, hello = self._opened(message.data)
        if hello is None:
            await message.respond(_encode(Welcome(False, self._run, "")))
            return
        if not self._outlet.open:
            return  # no answer: the reader waits
        reader = self._readers.get(hello.session)
        if reader is None:
            reader = NatsReader(self._outlet, hello, self._seals[oms], oms)
            self._readers[hello.session] = reader
            self._relay.take_in(reader)
        reader.heard_s = asyncio.get_running_loop().time()
        if reader.asked != hello.wants:
            reader.asked = hello.wants
            self._outlet.post(reader, msgspec.Raw(_encode(Begin(hello.wants))), None)
            self._relay.want(reader, hello.wants)
        await message.respond(_encode(Welcome(True, self._run, self._door_url)))

    def _opened(self, sealed: bytes) -> tuple[bool, Hello | None]:
        for oms, seal in self._seals.items():
            with suppress(InvalidToken, msgspec.DecodeError):
                return oms, _hello(seal.decrypt(sealed))
        return False, None

    async def _look(self) -> None:
        """Forget readers that say nothing any more; notice that the server is away."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_LOOK_S)
            if not self._line.up:
                if self._outlet.open:
                    self._log.warning("NATS_AWAY", why=str(self._line.trouble))
                self._outlet.open = False
            elif not self._outlet.open:
                await self._back()
            for session, reader in tuple(self._readers.items()):
                if loop.time() - reader.heard_s > LOST_S:
                    self._leave(session)

    async def _publish(self) -> None:
        client = self._line.client
        while True:
            await self._outlet.stirred.wait()
            self._outlet.stirred.clear()
            while (taken := self._outlet.take()) is not None:
                reader, events, conflated = taken
                with suppress(nats.errors.Error):  # away: `_look` sees it, and all begin anew
                    batch = _encode(Encoded(self._seq, tuple(events), conflated))
                    if reader is None:
                        self._seq += len(events)
                        await client.publish(self._names.market, batch)
                    else:
                        own = self._names.to(reader.session)
                        await client.publish(own, reader.seal.encrypt(batch))
            await asyncio.sleep(GATHER_S)
