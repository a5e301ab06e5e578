"""Expected execution: what an auction that is on is expected to bring. Pure.

What it will bring is the future's: until then the last price stands (the base before the first
print), as in the book. Of an auction that is over the print itself is told. Source: kis_api.md
§6.7, §8 (exp-trans-updown).
"""

from broker_sim.exchange.exchange import Phase
from broker_sim.kis.desk import Asked
from broker_sim.kis.numbers import hhmmss
from broker_sim.kis.rank_filters import wanted, whole
from broker_sim.kis.replies import QUOTED, Fields, Reply, answered
from broker_sim.kis.screens import Screens
from broker_sim.kis.standings import Standing, filled, price_words, words
from kis_core.market.instants import MINUTE_NS, SECOND_NS

ROWS = 30
STEP_NS = 10 * SECOND_NS
AUCTIONS = (Phase.OPENING_AUCTION, Phase.CLOSING_AUCTION)
SHOWN_NS = 10 * MINUTE_NS  # expected prices are shown for the last ten minutes of an auction


def auction_instants(screens: Screens, now_ns: int, step_ns: int) -> list[int]:
    """Return instants of the auction that is on, up to now, newest first; none outside one."""
    venue = screens.exchange.venue
    match screens.exchange.phase(now_ns):
        case Phase.OPENING_AUCTION:
            first_ns = venue.open_ns - SHOWN_NS
        case Phase.CLOSING_AUCTION:
            first_ns = venue.closing_ns
        case _:
            return []
    return list(range(first_ns, now_ns + 1, step_ns))[::-1]


def expected_words(standing: Standing) -> Fields:
    """Return what an auction is expected to bring a stock; zeros outside one."""
    quote, instrument = standing.quote, standing.instrument
    expected_krw, shares = quote.book.expected_krw or 0, quote.book.expected_volume or 0
    change = price_words(expected_krw or quote.base_krw, quote.base_krw, instrument)
    return {
        "antc_cnpr": str(expected_krw),
        "antc_cntg_vrss": change["prdy_vrss"],
        "antc_cntg_vrss_sign": change["prdy_vrss_sign"],
        "antc_cntg_prdy_ctrt": change["prdy_ctrt"],
        "antc_vol": str(shares),
        "antc_tr_pbmn": str(expected_krw * shares),
    }


class Expected:
    """Answers about auctions."""

    def __init__(self, screens: Screens) -> None:
        self._screens = screens

    def exp_price_trend(self, asked: Asked) -> Reply:
        """Answer the expected price through the auction that is on, else what auctions brought."""
        symbol = asked["FID_INPUT_ISCD"].upper()
        standing = self._screens.standing(symbol)
        names = asked.call.outputs["output2"].names
        expected_krw = standing.quote.book.expected_krw
        instants = auction_instants(self._screens, asked.now_ns, STEP_NS)
        if expected_krw is not None and instants:
            shares = standing.quote.book.expected_volume or 0
            rows = [self._row(standing, at_ns, expected_krw, shares) for at_ns in instants[:ROWS]]
        else:
            rows = self._brought(standing)
        output1 = filled(
            asked.call.outputs["output1"].names, words(standing), expected_words(standing)
        )
        output2 = [filled(names, row) for row in rows]
        return answered(QUOTED, {"output1": output1, "output2": output2})

    def exp_closing_price(self, asked: Asked) -> Reply:
        """List stocks in the closing auction; nothing outside it."""
        rows: list[Fields] = []
        if self._screens.exchange.phase() is Phase.CLOSING_AUCTION:
            sort = asked["FID_RANK_SORT_CLS_CODE"]
            fits = wanted(asked)
            ranked = self._screens.ranked(
                lambda s: fits(s) and s.quote.book.expected_krw is not None and _closes(s, sort),
                lambda s: -s.change_ratio if sort in ("2", "4") else s.change_ratio,
            )
            names = asked.call.outputs["output"].names
            for standing in ranked[:ROWS]:
                # The expected price is the last one, so it moved nothing yet.
                own = {"sdpr_vrss_prpr": "0", "sdpr_vrss_prpr_rate": "0.00"}
                own["cntg_vol"] = str(standing.quote.book.expected_volume or 0)
                rows.append(filled(names, words(standing), own))
        return answered(QUOTED, {"output": rows})

    def exp_trans_updown(self, asked: Asked) -> Reply:
        """Rank by expected change, volume or value while the auction asked about is on."""
        closing = asked["FID_MKOP_CLS_CODE"] == "1"
        asked_phase = Phase.CLOSING_AUCTION if closing else Phase.OPENING_AUCTION
        rows: list[Fields] = []
        if self._screens.exchange.phase() is asked_phase:
            sort = asked["FID_RANK_SORT_CLS_CODE"]
            least_krw = whole(asked["FID_PBMN"]) * 1_000
            fits = wanted(asked)
            ranked = self._screens.ranked(
                lambda s: fits(s) and _expected_krw(s) >= least_krw and _moves(s, sort),
                lambda s: _expected_key(s, sort),
            )
            names = asked.call.outputs["output"].names
            for standing in ranked[:ROWS]:
                shares = standing.quote.book.expected_volume or 0
                own = {"cntg_vol": str(shares), "antc_tr_pbmn": str(_expected_krw(standing))}
                rows.append(filled(names, words(standing), own))
        return answered(QUOTED, {"output": rows})

    def _row(self, standing: Standing, at_ns: int, price_krw: int, shares: int) -> Fields:
        instrument = standing.instrument
        return price_words(price_krw, instrument.base_krw, instrument) | {
            "stck_bsop_date": self._screens.today,
            "stck_cntg_hour": hhmmss(at_ns),
            "acml_vol": str(shares),
        }

    def _brought(self, standing: Standing) -> list[Fields]:
        """Return what the day's auctions brought so far, newest first."""
        tape = self._screens.tapes.sums(standing.symbol).tape
        printed = standing.quote.prints
        return [
            self._row(standing, int(tape.at_ns[at]), int(tape.price_krw[at]), int(tape.volume[at]))
            for at in range(printed - 1, -1, -1)
            if tape.auction[at]
        ]


def _closes(standing: Standing, sort: str) -> bool:
    quote = standing.quote
    match sort:
        case "1":
            return quote.last_krw == quote.upper_krw
        case "2":
            return quote.last_krw == quote.lower_krw
        case _:
            return True


def _expected_krw(standing: Standing) -> int:
    book = standing.quote.book
    return (book.expected_krw or 0) * (book.expected_volume or 0)


def _moves(standing: Standing, sort: str) -> bool:
    if standing.quote.book.expected_krw is None:
        return False
    return standing.change_krw == 0 if sort == "2" else True


def _expected_key(standing: Standing, sort: str) -> float:
    match sort:
        case "1":
            return standing.change_krw
        case "3":
            return -standing.change_ratio
        case "4":
            return -standing.change_krw
        case "5":
            return standing.quote.book.expected_volume or 0
        case "6":
            return _expected_krw(standing)
        case _:
            return standing.change_ratio
