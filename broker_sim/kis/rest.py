"""The REST side as an ASGI application, with the header names KIS's clients rely on.

The official client copies into a `namedtuple` every response header whose name is all lower case:
`tr_id`, `tr_cont` and `gt_uid` must be lower case, and every standard header must not be. h11
writes names as they are given, so they are given here, Date and Server included. Source:
kis_api.md §2.2.
"""

from collections.abc import Callable
from email.utils import formatdate
from urllib.parse import parse_qsl

from broker_sim.doors import ClientGone, Receive, Scope, Send, body_of
from broker_sim.kis.control import Control
from broker_sim.kis.fault_calls import CallFaults
from broker_sim.kis.fault_lines import reset
from broker_sim.kis.gateway import Gateway, Request
from broker_sim.kis.replies import Reply, refused

BODY_BYTES_MAX = 64_000  # far above any order
SECOND_NS = 1_000_000_000


class RestApp:
    """One ASGI application: KIS's paths, and beside them the simulator's own `/sim/`."""

    def __init__(
        self,
        gateway: Gateway,
        control: Control,
        catch_up: Callable[[], int],
        world_ns: Callable[[], int],
        faults: CallFaults,
    ) -> None:
        """`catch_up` plays the exchange up to now and returns that instant.

        `world_ns` is the time where the clients live.
        """
        self._gateway = gateway
        self._control = control
        self._catch_up = catch_up
        self._world_ns = world_ns
        self._faults = faults
        self._served = 0
        self._date = (0, b"")

    @property
    def served(self) -> int:
        """Return how many requests were answered."""
        return self._served

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http", "lifespan is off, and WebSockets have a port of their own"
        try:
            body = await body_of(receive, BODY_BYTES_MAX)
        except ClientGone:
            return
        now_ns = self._catch_up()
        self._served += 1
        if body is None:
            reply = refused("EGW00101", "유효하지 않은 요청입니다.", status=413)
        else:
            asked = (scope["method"], scope["path"], scope["client"], now_ns)
            own = self._control.answer(*asked, body)
            request = _request(scope, body, self._world_ns())
            if own is None and not self._faults.idle:
                await self._answer_faulted(scope, request, now_ns, receive, send)
                return
            reply = own or self._gateway.answer(request, now_ns)
        await self._write(scope, reply, now_ns, send)

    async def _answer_faulted(
        self, scope: Scope, request: Request, now_ns: int, receive: Receive, send: Send
    ) -> None:
        """Answer a call as the faults have it: late, cut, or with a reset."""
        spoiled = await self._faults.answer(request, now_ns)
        if spoiled.reply is None:
            reset(scope["state"]["transport"])
        elif spoiled.cut is None:
            await self._write(scope, spoiled.reply, spoiled.date_ns, send)
            return
        else:
            await self._write(scope, spoiled.reply, spoiled.date_ns, send, spoiled.cut)
            scope["state"]["transport"].close()
        await receive()  # the end of the connection, without which the answer were not whole

    async def _write(
        self, scope: Scope, reply: Reply, now_ns: int, send: Send, cut: int | None = None
    ) -> None:
        headers = [
            (b"Content-Type", reply.content_type.encode()),
            (b"Content-Length", b"%d" % len(reply.body)),
            (b"Date", self._http_date(now_ns)),
            (b"Server", b"KIS"),
            (b"tr_id", next((v for n, v in scope["headers"] if n == b"tr_id"), b"")),
            (b"tr_cont", reply.tr_cont.encode()),
            (b"gt_uid", b"%032d" % self._served),
        ]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        part = {"body": reply.body[:cut], "more_body": cut is not None}
        await send({"type": "http.response.body", **part})

    def _http_date(self, now_ns: int) -> bytes:
        second = now_ns // SECOND_NS
        if second != self._date[0]:
            self._date = (second, formatdate(second, usegmt=True).encode())
        return self._date[1]


def _request(scope: Scope, body: bytes, world_ns: int) -> Request:
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return Request(
        method=scope["method"],
        path=scope["path"],
        headers={n.decode("latin-1"): v.decode("latin-1") for n, v in scope["headers"]},
        query={key.upper(): value for key, value in query},
        body=body,
        world_ns=world_ns,
    )
