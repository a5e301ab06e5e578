"""The REST side as an ASGI application: Kiwoom's paths, and beside them the simulator's own."""

from collections.abc import Callable

from broker_sim.doors import ClientGone, Receive, Scope, Send, body_of
from broker_sim.kiwoom.control import Control
from broker_sim.kiwoom.gateway import Gateway, Request
from broker_sim.kiwoom.replies import Reply, page

BODY_BYTES_MAX = 64_000  # far above a hundred codes


class RestApp:
    """One ASGI application."""

    def __init__(
        self,
        gateway: Gateway,
        control: Control,
        catch_up: Callable[[], int],
        world_ns: Callable[[], int],
    ) -> None:
        """`catch_up` plays the exchange up to now and returns that instant."""
        self._gateway = gateway
        self._control = control
        self._catch_up = catch_up
        self._world_ns = world_ns
        self.served = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http", "lifespan is off, and WebSockets have a port of their own"
        try:
            body = await body_of(receive, BODY_BYTES_MAX)
        except ClientGone:
            return
        now_ns = self._catch_up()
        self.served += 1
        headers = {n.decode("latin-1"): v.decode("latin-1") for n, v in scope["headers"]}
        if body is None:
            reply: Reply | None = page({"return_code": 1, "return_msg": "[1513] body"}, 413)
        else:
            asked = (scope["method"], scope["path"], scope["client"], now_ns, body)
            reply = await self._control.answer(*asked)
        if reply is None:
            assert body is not None, "a body that is too long was answered"
            host = scope["client"][0] if scope["client"] else ""
            request = Request(scope["method"], scope["path"], headers, body, host, self._world_ns())
            reply = self._gateway.answer(request, now_ns)
        await _write(reply, headers.get("api-id", ""), send)


async def _write(reply: Reply, api_id: str, send: Send) -> None:
    headers = [
        (b"Content-Type", b"application/json;charset=UTF-8"),
        (b"Content-Length", b"%d" % len(reply.body)),
        (b"api-id", api_id.encode("latin-1", "replace")),
        (b"cont-yn", b"Y" if reply.next_key else b"N"),
        (b"next-key", reply.next_key.encode()),
    ]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
