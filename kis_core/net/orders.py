"""An order's three answers: what was sent once was taken, declined, or nobody knows.

Only the account's own modules send (`kis_core.broker`, `kis_core.derivatives_broker`).
"""

from collections.abc import Callable

from kis_core.errors import OutcomeUnknown, Refused, ReplyError, Unreachable
from kis_core.net.rest import KisRest
from kis_core.wire.account import Declined, Unknown
from kis_core.wire.fields import Body
from kis_core.wire.request import Request

NOT_SENT = "UNREACHABLE"
"""The code of an order that provably never left this machine."""


async def send[Taken](
    rest: KisRest, request: Callable[[], Request], taken: Callable[[Body], Taken]
) -> Taken | Declined | Unknown:
    """Make a request and send it once; never raises for what happened on the wire.

    A request that cannot be made, because nobody would take it, is declined without being sent.
    """
    try:
        return taken(await rest.send(request()))
    except Unreachable as error:
        return Declined(NOT_SENT, str(error))
    except Refused as refused:
        return Declined(refused.code, refused.text)
    except (OutcomeUnknown, ReplyError) as error:  # taken, but by which number?
        return Unknown(str(error))
