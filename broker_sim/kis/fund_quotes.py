"""ETFs and ETNs: their price, and their net asset value where there is one. Pure.

A played day holds no fund: any stock is answered with its price and no net asset value, as KIS
answers a code that is no fund's. Source: kis_rest_catalog.json, etfetn.
"""

from broker_sim.kis.desk import Asked
from broker_sim.kis.replies import QUOTED, Output, Reply, answered
from broker_sim.kis.screens import Screens
from broker_sim.kis.standings import words


class FundQuotes:
    """Answers about funds."""

    def __init__(self, screens: Screens) -> None:
        self._screens = screens

    def priced(self, asked: Asked) -> Reply:
        """Answer the objects of a call with the price, zeros for the rest; no rows."""
        standing = self._screens.standing(asked["FID_INPUT_ISCD"].upper())
        known = words(standing)
        if standing.quote.book.asks or standing.quote.book.bids:
            known |= _book(standing.quote.book.asks, "ask") | _book(standing.quote.book.bids, "bid")
        outputs: dict[str, Output] = {}
        for name, output in asked.call.outputs.items():
            if output.kind == "array":
                outputs[name] = []
                continue
            fields = {
                field.name: known.get(field.name, f"{0:.{field.decimals}f}")
                for field in output.fields
            }
            outputs[name] = fields
        return answered(QUOTED, outputs)


def _book(levels: tuple[tuple[int, int], ...], side: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for number, (price_krw, shares) in enumerate(levels, 1):
        fields[f"{side}p{number}"] = str(price_krw)
        fields[f"{side}p_rsqn{number}"] = str(shares)
    return fields
