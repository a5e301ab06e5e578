"""H0STCNI0 and H0STCNI9: what happened to our orders, as records of 26 and 23 columns. Pure.

26 is documented for both hosts. Paper was measured at 23, which is what both sent before there
were several venues: clients of that time read nothing else, so the legacy layout keeps it; those
that read today's frames read 26 alone, so the current layout has it on paper, too.

CNTG_YN 2 is a fill, and columns 9 and 10 are of that fill alone; 1 is everything else, and they
are of the order. A cancel is told twice, taken and confirmed, and carries its own number.
Source: kis_api.md §13.8.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from broker_sim.exchange.day import DaySource
from broker_sim.exchange.happenings import Accepted, Cancelled, Filled, Rejected
from broker_sim.exchange.order_types import KINDS, Term
from broker_sim.kis.desk import Manners
from broker_sim.kis.layouts import Layout
from broker_sim.kis.numbers import hhmmss
from broker_sim.kis.tokens import Keys
from kis_core.environment import Dialect

OrderNews = Accepted | Filled | Cancelled | Rejected
"""What KIS sends a notice of. It sends none when a session ends with an order unfilled."""

CHANGES = {"new": "0", "modify": "1", "cancel": "2"}  # RCTF_CLS
TAKEN, CONFIRMED, LAPSED = "1", "2", "3"  # ACPT_YN
TERMS = {Term.DAY: "0", Term.IOC: "1", Term.FOK: "2"}  # ODER_COND
EXCHANGES = {  # ORD_EXG_GB, by where an order was sent and where it is
    ("KRX", "KRX"): "1",
    ("NXT", "NXT"): "2",
    ("SOR", "KRX"): "3",
    ("SOR", "NXT"): "4",
}


@dataclass(frozen=True, slots=True)
class _Told:
    """What differs from one kind of news to another."""

    change: str  # RCTF_CLS
    shares: int
    price_krw: int
    order_shares: int
    refused: bool
    filled: bool
    state: str  # ACPT_YN
    last_price_krw: int  # the fill price of an order event, the order price of a fill


class Notices:
    """Builds the records; sealing them is for whoever knows the registration's key."""

    def __init__(
        self, day: DaySource, keys: Keys, dialect: Dialect, manners: Manners, layout: Layout
    ) -> None:
        self._instruments = day.instruments
        self._keys = keys
        paper = dialect == "paper"
        self._short = layout is Layout.LEGACY or (paper and layout is not Layout.CURRENT)
        self._branch = manners.branch

    def record(self, news: OrderNews) -> str:
        """Return the decrypted record of one piece of news."""
        told = _told(news)
        name = self._instruments[news.symbol].name
        head: Sequence[str] = (
            self._keys.hts_id,
            self._keys.account_no + self._keys.product,
            news.odno,
            news.original or "",
            "01" if news.side == "SELL" else "02",
            told.change,
            news.order_type.value,
            TERMS[KINDS[news.order_type].term],
            news.symbol,
            f"{told.shares:010d}",
            f"{told.price_krw:09d}",
            hhmmss(news.at_ns),
            "1" if told.refused else "0",
            "2" if told.filled else "1",
            told.state,
            self._branch,
            f"{told.order_shares:09d}",
            self._keys.owner,
        )
        price = f"{told.last_price_krw:09d}"
        if self._short:
            return "^".join((*head, name, "10", "", name, price))
        condition, exchange = f"{news.condition_krw:09d}", EXCHANGES[news.route, news.venue]
        return "^".join((*head, condition, exchange, "Y", "", "10", "", name, price))


def _told(news: OrderNews) -> _Told:
    match news:
        case Accepted():
            state = CONFIRMED if news.change == "modify" else TAKEN
            change = CHANGES[news.change]
            shares, price = news.shares, news.limit_krw
            return _Told(change, shares, price, shares, False, False, state, 0)
        case Filled():
            shares, price = news.shares, news.price_krw
            order, limit = news.order_shares, news.limit_krw
            return _Told("0", shares, price, order, False, True, CONFIRMED, limit)
        case Cancelled():
            # With an original this is a cancel's own number; without, an IOC/FOK ran out.
            change, state = ("2", CONFIRMED) if news.original else ("0", LAPSED)
            order = news.order_shares
            return _Told(change, news.shares, news.limit_krw, order, False, False, state, 0)
        case Rejected():
            change = CHANGES[news.change]
            shares, price = news.shares, news.limit_krw
            return _Told(change, shares, price, shares, True, False, TAKEN, 0)
