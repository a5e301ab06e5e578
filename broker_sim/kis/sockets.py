"""The WebSocket side: sessions, who listens to what, and what waits to be written to whom.

A session never holds the market up: what is written goes to the transport at once and is never
waited for; a client that leaves more than a fixed number of bytes unread is cut off, as KIS cuts
it off. PINGPONG is sent and its answer never needed. Source: kis_api.md §13.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

import structlog
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from broker_sim.kis.fault_lines import Line
from broker_sim.kis.fault_sockets import SocketFaults
from broker_sim.kis.registrations import Key, Registrations
from broker_sim.kis.tokens import TokenDesk
from kis_core.clock import Clock
from kis_core.environment import Dialect

PINGPONG_S = 10.0  # of the world


@dataclass(slots=True, eq=False)
class Session:
    """One connected client."""

    number: int
    connection: Line
    registrations: Registrations
    waiting: list[bytes] = field(default_factory=list)


class Sockets:
    """All sessions of one simulator."""

    def __init__(
        self,
        tokens: TokenDesk,
        dialect: Dialect,
        clock: Clock,
        seed: int,
        unread_bytes_max: int,
        faults: SocketFaults,
        log: structlog.typing.FilteringBoundLogger,
    ) -> None:
        self._tokens = tokens
        self._dialect: Dialect = dialect
        self._clock = clock
        self._seed = seed
        self._unread_bytes_max = unread_bytes_max
        self._faults = faults
        self._log = log
        self._opened = 0
        self._sessions: list[Session] = []
        self._listeners: dict[str, dict[str, list[Session]]] = {}
        self._fresh: set[Key] = set()
        self.frames_sent = 0
        self.dropped = 0

    @property
    def count(self) -> int:
        """Return how many sessions are open."""
        return len(self._sessions)

    @property
    def lines(self) -> list[Line]:
        """Return the sessions' connections, oldest first."""
        return [session.connection for session in self._sessions]

    def listeners(self, tr_id: str) -> dict[str, list[Session]]:
        """Return the sessions that registered each key of a TR. It stays the same object."""
        return self._listeners.setdefault(tr_id, {})

    def take_fresh(self, tr_id: str) -> set[str]:
        """Return the keys of a TR that were registered since this was asked last."""
        taken = {key for key in self._fresh if key[0] == tr_id}
        self._fresh -= taken
        return {tr_key for _, tr_key in taken}

    async def serve(self, connection: ServerConnection) -> None:
        """Live through one connection."""
        assert isinstance(connection, Line), "serve() makes Lines"
        self._opened += 1
        session = Session(self._opened, connection, self._registrations(self._opened))
        self._sessions.append(session)
        self._log.info("ws session open", session=session.number, sessions=self.count)
        try:
            async for message in connection:
                text = message if isinstance(message, str) else message.decode("utf-8", "replace")
                self._hear(session, text)
        except ConnectionClosed as closed:
            self._log.info("ws session lost", session=session.number, why=str(closed))
        finally:
            self._sessions.remove(session)
            for key in list(session.registrations.keys):
                self._unlisten(session, key)
            if session.registrations.claimed:
                self._faults.dropped()
            self._log.info("ws session closed", session=session.number, sessions=self.count)

    def write_out(self) -> None:
        """Hand what waits to the transports, one write a session."""
        for session in self._sessions:
            if session.waiting:
                self._write(session, session.waiting)
                session.waiting = []

    async def keep_alive(self) -> None:
        """Send PINGPONG to everybody, for ever. It has no body, or official clients fall over."""
        while True:
            await asyncio.sleep(PINGPONG_S)
            now = f"{self._clock.now():%Y%m%d%H%M%S}"
            text = f'{{"header":{{"tr_id":"PINGPONG","datetime":"{now}"}}}}'.encode()
            for session in list(self._sessions):
                self._write(session, (text,))

    def _registrations(self, number: int) -> Registrations:
        def in_use() -> bool:
            others = (s for s in self._sessions if s.number != number)
            return self._faults.lingers() or any(s.registrations.claimed for s in others)

        salt = f"{self._seed} {number}"
        hts_id = self._tokens.keys.hts_id
        struck = self._faults.registration
        return Registrations(self._dialect, hts_id, self._tokens.approved, in_use, salt, struck)

    def _hear(self, session: Session, text: str) -> None:
        heard = session.registrations.hear(text)
        # What was waiting goes first, and nothing of a TR follows the answer to its end.
        if heard.unregistered:
            self._unlisten(session, heard.unregistered)
        if heard.reply:
            self._write(session, (*session.waiting, heard.reply.encode()))
            session.waiting = []
        if heard.registered:
            tr_id, tr_key = heard.registered
            self.listeners(tr_id).setdefault(tr_key, []).append(session)
            self._fresh.add(heard.registered)

    def _unlisten(self, session: Session, key: Key) -> None:
        tr_id, tr_key = key
        sessions = self.listeners(tr_id)[tr_key]
        sessions.remove(session)
        if not sessions:
            del self.listeners(tr_id)[tr_key]

    def _write(self, session: Session, texts: Iterable[bytes]) -> None:
        connection = session.connection
        if not connection.is_writable:
            return
        if connection.transport.get_write_buffer_size() > self._unread_bytes_max:
            self.dropped += 1
            self._log.warning("ws session too slow, dropped", session=session.number)
            connection.transport.abort()
            return
        protocol = connection.protocol
        for text in texts:
            protocol.send_text(text)
            self.frames_sent += 1
        connection.transport.write(b"".join(protocol.data_to_send()))
