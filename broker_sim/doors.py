"""Doors that clients come in by: listening sockets, and HTTP spoken on one of them."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

KEEP_ALIVE_S = 75
BACKLOG = 256


class PortTaken(Exception):
    """Somebody else listens there. The message says where."""


class ClientGone(Exception):
    """The client hung up before its request was whole. Nobody is left to answer."""


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 is any free one. Raises PortTaken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, or asyncio leaves Nagle's algorithm on and every answer waits 40 ms for an ACK.
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise PortTaken(f"cannot listen on {host}:{port}: {error.strerror or error}") from None
    return sock


def url(scheme: str, sock: socket.socket) -> str:
    """Return the address of a listening socket."""
    host, port = sock.getsockname()[:2]
    return f"{scheme}://{host}:{port}"


@contextlib.asynccontextmanager
async def http(app: App, sock: socket.socket) -> AsyncIterator[None]:
    """Speak HTTP on a socket, by uvicorn's protocol without its server.

    Every answer is made without waiting, but for a fault's sake: when we stop, the faults let
    those calls go first. The process's signals stay with the process.
    """
    config = uvicorn.Config(
        app,
        http="h11",  # writes header names as they are given; httptools would lower them
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
    )
    config.load()
    state = ServerState()

    def speak() -> H11Protocol:
        return _Connection(config=config, server_state=state, app_state={})

    server = await asyncio.get_running_loop().create_server(speak, sock=sock)
    try:
        yield
    finally:
        server.close()
        for connection in list(state.connections):
            connection.shutdown()
        await asyncio.sleep(0)
        if state.tasks:
            await asyncio.wait(state.tasks, timeout=1)


class _Connection(H11Protocol):
    """Lets the application reach the transport: a fault may reset it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state["transport"] = transport


async def body_of(receive: Receive, bytes_max: int) -> bytes | None:
    """Return a request's body, None when it is longer than that. Raises ClientGone."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return body if len(body) <= bytes_max else None
