"""A WebSocket client's connection that is quick at one thing: many short text messages.

Whole, unmasked text frames, which is all that KIS sends by day, are cut straight from what the
socket brought, and a whole read's worth is handed on at once with one arrival time. All else
(handshake, pings, closing, fragments, whatever breaks the protocol) goes frame by frame to the
websockets library, whose connection this is. At 35,000 frames a second that is the difference
between a third of a core and a twentieth.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn, cast

from websockets.asyncio.client import ClientConnection, connect
from websockets.client import ClientProtocol
from websockets.exceptions import ConnectionClosed
from websockets.frames import DATA_OPCODES, Frame
from websockets.protocol import CLOSING, OPEN, Event

MESSAGE_BYTES_MAX = 1 << 20  # websockets refuses what is longer, and says so to the other side
WAITING_MAX = 4096  # texts for a slow reader; then the socket itself waits
_WHOLE_TEXT = 0x81
_UNMASKED_MAX = 127
_HEAD_END = b"\r\n\r\n"
_HEAD_BYTES_MAX = 1 << 16

Texts = tuple[int, list[str]]
"""(arrival ns, what one read of the socket brought, in order)"""


async def open_texts(url: str, now_ns: Callable[[], int], **options: Any) -> "TextConnection":
    """Connect; arrivals are timed by `now_ns`. Options and errors are those of `connect`."""
    made: Any = partial(TextConnection, now_ns)
    line = await connect(url, max_size=MESSAGE_BYTES_MAX, create_connection=made, **options)
    return cast(TextConnection, line)


class TextConnection(ClientConnection):
    """Read it with `texts`, not with `recv`; all else is as in ClientConnection."""

    def __init__(self, now_ns: Callable[[], int], protocol: ClientProtocol, **options: Any) -> None:
        super().__init__(protocol, **options)
        self._now_ns = now_ns
        self._head: bytes | None = b""  # of the handshake's answer, until it is whole
        self._rest = b""  # the beginning of a frame
        self._pieces: list[bytes] = []  # of a fragmented message
        self._fresh: list[str] = []
        self._arrived: deque[Texts] = deque()
        self._waiting = 0
        self._halted = False
        self._waiter: asyncio.Future[None] | None = None
        self._garbled: UnicodeDecodeError | None = None

    async def texts(self) -> Texts:
        """Return what came next. Raises ConnectionClosed, or UnicodeDecodeError for no text.

        For one reader at a time.
        """
        while not self._arrived:
            if self._garbled or self.connection_lost_waiter.done():
                self._end()
            self._waiter = self.loop.create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        arrived = self._arrived.popleft()
        self._waiting -= len(arrived[1])
        if self._halted and self._waiting <= WAITING_MAX // 4:
            self._halted = False
            self.transport.resume_reading()
        return arrived

    def _end(self) -> NoReturn:
        if self._garbled:
            raise self._garbled
        closed: ConnectionClosed = self.close_exc
        raise closed

    def data_received(self, data: bytes) -> None:
        if self._head is not None:
            data = self._shake_hands(self._head + data)
        at_ns = self._now_ns()
        if self._rest:
            data = self._rest + data
        try:
            self._rest = self._cut(data)
        except UnicodeDecodeError as error:
            self._garbled = error
            self._rest = b""
        if self._fresh:
            self._arrived.append((at_ns, self._fresh))
            self._waiting += len(self._fresh)
            self._fresh = []
            if self._waiting > WAITING_MAX and not self._halted:
                self._halted = True
                self.transport.pause_reading()
        if self._head is None and self.protocol.state is CLOSING and not self.protocol.close_rcvd:
            self.transport.close()  # the protocol was broken: nothing better comes
        self._wake()

    def _shake_hands(self, head: bytes) -> bytes:
        """Give websockets the answer to its handshake; return what came behind it."""
        end = head.find(_HEAD_END)
        if end < 0 and len(head) < _HEAD_BYTES_MAX:
            self._head = head
            return b""
        self._head = None
        end = end + len(_HEAD_END) if end >= 0 else len(head)
        super().data_received(head[:end])
        return head[end:]

    def _cut(self, data: bytes) -> bytes:
        """Take all whole frames from the front of `data`, and return what is left."""
        if self.protocol.state is not OPEN:
            super().data_received(data)  # it knows what to make of it: an error's page, or nothing
            return b""
        size, at = len(data), 0
        while size - at >= 2:
            length, begin = data[at + 1], at + 2
            if length > 125:
                if length > _UNMASKED_MAX:
                    super().data_received(data[at:])  # masked: not for a server to do
                    return b""
                wide = 2 if length == 126 else 8
                begin += wide
                if begin > size:
                    break
                length = int.from_bytes(data[begin - wide : begin])
                if length > MESSAGE_BYTES_MAX:
                    super().data_received(data[at:])
                    return b""
            end = begin + length
            if end > size:
                break
            if data[at] == _WHOLE_TEXT and not self._pieces:
                self._fresh.append(data[begin:end].decode())
            else:
                super().data_received(data[at:end])
                if self.protocol.state is not OPEN:
                    super().data_received(data[end:])
                    return b""
            at = end
        return data[at:]

    def process_event(self, event: Event) -> None:
        """Put fragments together; leave all else to websockets."""
        if not isinstance(event, Frame) or event.opcode not in DATA_OPCODES:
            super().process_event(event)
            return
        self._pieces.append(bytes(event.data))
        if event.fin:
            whole, self._pieces = b"".join(self._pieces), []
            self._fresh.append(whole.decode())

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._wake()

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)
