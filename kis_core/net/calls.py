"""Any question of KIS's catalog, asked by its name and answered with typed values.

What has a function of its own (KisQuotes, KisMarket, KisFlows, KisBroker) is better asked there:
units converted, pages joined by date, substitutes on paper. This is the way to all the rest.
"""

from kis_core.net.rest import KisRest
from kis_core.wire.catalog_reply import CatalogReply, joined, read_reply
from kis_core.wire.request import Lane, Request, call_named, request


class KisCalls:
    """What the catalog knows. It asks; what changes an account is the OMS's alone."""

    def __init__(self, rest: KisRest) -> None:
        self._rest = rest

    async def ask(self, name: str, variant: str = "", **said: str) -> CatalogReply:
        """Return the answer to a call, all of its pages: `ask("domestic_stock.volume_rank", …)`.

        Keys are KIS's own; those left out are blank, or what KIS always wants there. Raises
        ValueError for a name or key that is not in the catalog, NotOffered at once where the
        environment lacks the call, and what KisRest.ask raises.
        """
        asked = question(self._rest, name, variant, **said)
        pages = [read_reply(asked.call, body) for body in await self._rest.ask_all(asked)]
        return joined(asked.call, pages)


def question(rest: KisRest, name: str, variant: str, **said: str) -> Request:
    """Return the request of a question, or raise ValueError for what is no question."""
    call = call_named(name)
    if name.startswith("auth."):
        raise ValueError(f"{name}: tokens and keys are kept by kis_core.net.tokens.TokenCache")
    if call.method != "GET":
        raise ValueError(f"{name} changes an account: orders go through the OMS")
    lane = Lane.ACCOUNT if "/trading/" in call.path else Lane.QUOTE
    return request(rest.endpoints.dialect, name, lane, variant, **said)
