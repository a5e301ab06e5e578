"""The WebSocket side: sessions, who listens to what, and what waits to be written to whom.

A frame is made ready for the wire once and shared by all who listen; what waits for a session
goes to its transport in one write and is never waited for. A client that leaves more than a fixed
number of bytes unread is cut off. Source: kiwoom_rest.md §4.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

import structlog
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request as Handshake
from websockets.http11 import Response

from broker_sim.kis.fault_lines import Line, reset
from broker_sim.kiwoom.dialogue import Dialogue, Heard, House, system
from broker_sim.kiwoom.items import Key
from broker_sim.kiwoom.mishaps import Mishap, Mishaps
from broker_sim.kiwoom.tokens import TokenDesk
from kis_core.clock import Clock
from kis_core.environment import Dialect

PATH = "/api/dostk/websocket"
NORMAL = 1000
_TEXT = b"\x81"
_SHORT, _LONG = 125, 65_535


def framed(payload: bytes) -> bytes:
    """Return a text as one unmasked WebSocket frame, as servers send it."""
    return head(len(payload)) + payload


def head(size: int) -> bytes:
    """Return what stands before a payload of that many bytes."""
    if size <= _SHORT:
        return _TEXT + size.to_bytes(1)
    if size <= _LONG:
        return _TEXT + b"\x7e" + size.to_bytes(2)
    return _TEXT + b"\x7f" + size.to_bytes(8)


@dataclass(frozen=True, slots=True)
class Manners:
    """How sessions are treated. Seconds of the world."""

    dialect: Dialect
    ping_s: float = 10.0  # between two PINGs; who has not echoed one when the next is due is closed
    reconnect_s: float = 1.0  # a LOGIN sooner than this after a session's end is closed unanswered
    sessions_max: int = 2  # of one token; one more ends the oldest
    unread_bytes_max: int = 4 * 2**20
    session_items_max: int | None = None  # (item, type) a session may hold; None: no such limit


@dataclass(slots=True, eq=False)
class Session:
    """One connected client."""

    number: int
    connection: Line
    dialogue: Dialogue
    waiting: list[bytes] = field(default_factory=list)
    frames: int = 0  # REAL frames handed to it


class Sockets:
    """All sessions of one simulator."""

    def __init__(
        self,
        tokens: TokenDesk,
        clock: Clock,
        manners: Manners,
        mishaps: Mishaps,
        log: structlog.typing.FilteringBoundLogger,
    ) -> None:
        self._tokens = tokens
        self._clock = clock
        self.manners = manners
        self.unread_bytes_max = manners.unread_bytes_max
        self.mishaps = mishaps
        self._log = log
        self._opened = 0
        self._ended: dict[str, float] = {}  # when the last session of a token ended
        self.sessions: list[Session] = []
        self.listeners: dict[Key, list[Session]] = {}
        self.fresh: set[Key] = set()  # registered since somebody last looked
        self.sent: dict[Key, int] = {}  # REAL frames posted, each key once whoever listens
        self.dropped = 0
        self.generation = 0  # counts the changes of `listeners`
        self.changed = asyncio.Event()  # set at each of them

    @staticmethod
    def greet(connection: ServerConnection, handshake: Handshake) -> Response | None:
        """Let a handshake go on (None) where it knows the path."""
        if handshake.path.partition("?")[0].rstrip("/") == PATH:
            return None
        return connection.respond(HTTPStatus.NOT_FOUND, f"{PATH} is where to knock\n")

    async def serve(self, connection: ServerConnection) -> None:
        """Live through one connection."""
        assert isinstance(connection, Line), "serve() makes Lines"
        self._opened += 1
        session = Session(self._opened, connection, Dialogue(self._house(connection)))
        self.sessions.append(session)
        self._log.info("kiwoom session open", session=session.number, sessions=len(self.sessions))
        try:
            async for message in connection:
                text = message if isinstance(message, str) else message.decode("utf-8", "replace")
                await self._hear(session, text)
        except ConnectionClosed as closed:
            self._log.info("kiwoom session lost", session=session.number, why=str(closed))
        finally:
            self.sessions.remove(session)
            for key in session.dialogue.keys:
                self._unlisten(session, key)
            if session.dialogue.token is not None:
                self._ended[session.dialogue.token] = asyncio.get_running_loop().time()
            self.changed.set()
            self._log.info("kiwoom session closed", session=session.number)

    def post(self, key: Key, payload: bytes) -> None:
        """Queue a REAL frame for everybody who registered a key."""
        listeners = self.listeners.get(key)
        if not listeners:
            return
        self.sent[key] = self.sent.get(key, 0) + 1
        frame = framed(payload)
        if self.mishaps.touch_frames:
            frame = self._spoiled(key[0], payload, frame)
        for session in listeners:
            session.waiting.append(frame)
            session.frames += 1

    def write_out(self) -> None:
        """Hand what waits to the transports, one write a session."""
        for session in self.sessions:
            if session.waiting:
                self._write(session)

    async def keep_alive(self) -> None:
        """Send PING to everybody who is logged in, and close who did not echo the last one."""
        while True:
            await asyncio.sleep(self.manners.ping_s)
            for session in list(self.sessions):
                if session.dialogue.token is None:
                    continue
                ping = session.dialogue.ping()
                if ping is None:
                    self._log.info("kiwoom session without echo, closed", session=session.number)
                    self._close(session)
                    continue
                session.waiting.append(framed(ping))
                self._write(session)

    def strike(self, mishap: Mishap) -> None:
        """Do to every session what a fault does to them."""
        for session in list(self.sessions):
            line = session.connection
            if mishap.kind == "line_silent":
                assert mishap.seconds is not None, "it was asked for"
                line.muted = True
                asyncio.get_running_loop().call_later(mishap.seconds, _unmute, line)
            elif mishap.code == "rst":
                reset(line.transport)
            elif mishap.code == "1006":
                line.transport.close()
            else:
                self._close(session, int(mishap.code))
        self.mishaps.count(mishap.kind)

    def _house(self, connection: Line) -> House:
        host = connection.remote_address[0]
        loop = asyncio.get_running_loop()

        def too_quick(token: str) -> bool:
            ended = self._ended.get(token)
            return ended is not None and loop.time() - ended < self.manners.reconnect_s

        return House(
            self.manners.dialect,
            lambda token: self._tokens.check(token, host, self._clock.now_ns()),
            too_quick,
            lambda group: self.mishaps.bite("group_refused", group=group) is not None,
            self.manners.session_items_max,
        )

    async def _hear(self, session: Session, text: str) -> None:
        logged_in = session.dialogue.token is not None
        heard = session.dialogue.hear(text)
        for key in heard.removed:
            self._unlisten(session, key)
        for key in heard.added:
            self.listeners.setdefault(key, []).append(session)
        self.generation += bool(heard.added)
        self.fresh |= heard.added
        if not logged_in and session.dialogue.token is not None:
            self._make_room(session)
        late = self.mishaps.bite("reg_late") if heard.added else None
        if late is not None:
            await asyncio.sleep(late.seconds or 0.0)
        self._answer(session, heard)
        self.changed.set()

    def _answer(self, session: Session, heard: Heard) -> None:
        if heard.reply is not None:
            session.waiting.append(framed(heard.reply))
            self._write(session)
        if heard.close:
            self._close(session)

    def _make_room(self, newest: Session) -> None:
        """End the oldest sessions of a token that has one too many."""
        token = newest.dialogue.token
        theirs = [s for s in self.sessions if s.dialogue.token == token]
        for session in theirs[: -self.manners.sessions_max]:
            told = system("R10001", "동일한 토큰으로 다른 접속이 있어 기존 접속을 종료합니다")
            session.waiting.append(framed(told))
            self._write(session)
            session.dialogue.token = None  # its end is no reason to keep the newcomer out
            self._close(session)

    def _unlisten(self, session: Session, key: Key) -> None:
        sessions = self.listeners[key]
        sessions.remove(session)
        self.generation += 1
        if not sessions:
            del self.listeners[key]

    def _spoiled(self, item: str, payload: bytes, frame: bytes) -> bytes:
        """Return the bytes that go out for a frame: none where it is lost."""
        bite: Callable[..., Mishap | None] = self.mishaps.bite
        if bite("item_silent", item=item) or bite("frame_lost", item=item):
            return b""
        if bite("frame_garbled", item=item):
            return framed(payload[: len(payload) // 2].decode("utf-8", "ignore").encode())
        return frame + frame if bite("frame_doubled", item=item) else frame

    def _write(self, session: Session) -> None:
        waiting, session.waiting = session.waiting, []
        connection = session.connection
        if not connection.is_writable:
            return
        transport = connection.transport
        if transport.get_write_buffer_size() > self.unread_bytes_max:
            self.dropped += 1
            self._log.warning("kiwoom session too slow, dropped", session=session.number)
            transport.abort()
            return
        # The library makes a frame of each text at ten times the cost. A text frame of a server is
        # a head and the text, and no state of the protocol depends on it.
        transport.write(b"".join(waiting))

    def _close(self, session: Session, code: int = NORMAL) -> None:
        line = session.connection
        if line.is_writable:
            line.protocol.send_close(code, "")
            line.send_data()


def _unmute(line: Line) -> None:
    line.muted = False
