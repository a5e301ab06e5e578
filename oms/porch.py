"""What every request passes before a route sees it: whose token it is, and how large it is.

Without a known token there is nothing here to find out: not whether a path exists, not its
methods. Two paths answer anybody, because a supervisor must be able to ask whether we live.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.exceptions import HTTPException

from oms import problems
from oms.access import Caller, Tokens

OPEN_PATHS = frozenset({"/livez", "/readyz"})
BODY_BYTES_MAX = 1 << 20
UNKNOWN = "no token, or one this OMS does not know"
TOO_LARGE = f"a request may have {BODY_BYTES_MAX:,} bytes"

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


def bearer(tokens: Tokens, header: str | None) -> Caller | None:
    """Return whose an Authorization header is, None where it is nobody's."""
    kind, _, token = (header or "").partition(" ")
    return tokens.caller(token.strip()) if kind.lower() == "bearer" else None


class Porch:
    """Lets in who is known. Plain ASGI: it costs a microsecond or two of each request."""

    def __init__(self, app: App, tokens: Tokens) -> None:
        self._app = app
        self._tokens = tokens

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http" or scope["path"] in OPEN_PATHS:
            await self._app(scope, receive, send)  # the stream looks at its token itself
            return
        header = length = None
        for name, value in scope["headers"]:
            if name == b"authorization":
                header = value.decode("latin-1")
            elif name == b"content-length":
                length = value
        caller = bearer(self._tokens, header)
        if caller is None:
            await problems.answer(401, UNKNOWN, scope["path"])(scope, receive, send)
            return
        scope["caller"] = caller
        if length is None:
            await self._app(scope, _counted(receive), send)
        elif not length.isdigit() or len(length) > 9 or int(length) > BODY_BYTES_MAX:
            await problems.answer(413, TOO_LARGE, scope["path"])(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _counted(receive: Receive) -> Receive:
    """Return the body of a request that did not say how long it is, as far as it may be."""
    taken = 0

    async def measured() -> MutableMapping[str, Any]:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > BODY_BYTES_MAX:
            raise HTTPException(413, TOO_LARGE)
        return message

    return measured
