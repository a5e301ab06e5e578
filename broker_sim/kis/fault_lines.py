"""How a connection is broken: closed, reset, or silent."""

import socket
import struct
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.protocol import State

from broker_sim.exchange.fault_kinds import Kind
from broker_sim.exchange.faults import Bite

ABNORMAL = "1006"  # no close frame at all: it cannot be sent, only seen
_NO_LINGER = struct.pack("ii", 1, 0)  # closed so, a TCP connection ends in RST


class Line(ServerConnection):
    """A WebSocket connection that can fall silent: it hears, and says nothing, not even pong."""

    muted = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)

    def send_data(self) -> None:
        """Send what the protocol wants sent, or lose it."""
        if self.muted:
            self.protocol.data_to_send()
        else:
            super().send_data()

    @property
    def is_writable(self) -> bool:
        """Whether what is written now may arrive."""
        return self.state is State.OPEN and not self.muted and not self.transport.is_closing()


def reset(transport: Any) -> None:
    """Tear a connection down so that its other end sees a reset."""
    sock = transport.get_extra_info("socket")
    if sock is not None and sock.fileno() != -1:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()


def strike(line: Line, bite: Bite) -> None:
    """Do to a session what a fault does to it."""
    if line.state is not State.OPEN:
        return
    match bite.kind:
        case Kind.SOCKET_RESET:
            reset(line.transport)
        case Kind.SOCKET_SILENT:
            line.muted = True
        case Kind.SOCKET_CLOSED if bite.fault.code == ABNORMAL:
            line.transport.close()
        case Kind.SOCKET_CLOSED:
            line.protocol.send_close(int(bite.fault.code), "")
            line.send_data()
