"""H0STOUP0, H0STOAC0 and H0STOAA0: the off-hours single price, until 2026-09-11. Pure.

Each auction's print is told when it is made, what the next is expected to bring and its book once
a minute. Source: kis_api.md §13.8.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from broker_sim.exchange.happenings import Happening
from broker_sim.exchange.off_hours import EVERY_NS, auctions_ns
from broker_sim.kis.channels import Told
from broker_sim.kis.numbers import change_percent, hhmmss, sign
from broker_sim.kis.off_hours_quotes import BOOK_LEVELS, OffHours, off_hours
from broker_sim.kis.records import record
from broker_sim.kis.screens import Screens
from broker_sim.kis.standings import Standing, price_words, words
from broker_sim.kis.tapes import MINUTE_NS

PRINTS, EXPECTED, BOOKS = "H0STOUP0", "H0STOAC0", "H0STOAA0"
LEVELS = 9
_UNTOLD = {
    "seln_cntg_csnu": "0",
    "shnu_cntg_csnu": "0",
    "ntby_cntg_csnu": "0",
    "cttr": "0.00",
    "seln_cntg_smtn": "0",
    "shnu_cntg_smtn": "0",
    "shnu_rate": "0.00",
    "prdy_vol_vrss_acml_vol_rate": "0.00",
    "prdy_smns_hour_acml_vol": "0",
    "prdy_smns_hour_acml_vol_rate": "0.00",
    "vol_tnrt": "0.00",
}


class OffHoursFrames:
    """The channel of the off-hours session."""

    tr_ids: Collection[str] = (PRINTS, EXPECTED, BOOKS)

    def __init__(self, screens: Screens) -> None:
        self._screens = screens
        times = auctions_ns(screens.day.date)
        self._span_ns = (times[0] - EVERY_NS, times[-1]) if times else (0, -1)
        self._until_ns = 0
        self._minute = -1
        self._totals: dict[str, tuple[int, int]] = {}

    def tell(
        self, now_ns: int, happenings: Sequence[Happening], heard: Mapping[str, Collection[str]]
    ) -> Iterable[Told]:
        """Return prints since the last look, and once a minute what is expected."""
        after_ns, self._until_ns = self._until_ns, now_ns
        if not self._span_ns[0] <= now_ns or after_ns > self._span_ns[1]:
            return []
        told = list(self._prints(heard[PRINTS], after_ns, now_ns))
        minute = now_ns // MINUTE_NS
        if minute != self._minute and now_ns < self._span_ns[1]:
            self._minute = minute
            for tr_id, payload in ((EXPECTED, self._expected), (BOOKS, self._book)):
                for symbol in sorted(heard[tr_id]):
                    session = self._session(symbol, now_ns)
                    if session is not None:
                        standing = self._screens.standing(symbol)
                        told.append(Told(tr_id, symbol, payload(standing, session, now_ns)))
        return told

    def _session(self, symbol: str, at_ns: int) -> OffHours | None:
        if symbol not in self._screens.instruments:
            return None
        return off_hours(self._screens, symbol, at_ns)

    def _prints(self, symbols: Collection[str], after_ns: int, now_ns: int) -> Iterator[Told]:
        for symbol in sorted(symbols):
            if symbol not in self._screens.instruments:
                continue
            sums = self._screens.off_hours(symbol)
            for index in range(sums.count_at(after_ns), sums.count_at(now_ns)):
                at_ns = int(sums.tape.at_ns[index])
                session = self._session(symbol, at_ns)
                if session is not None:
                    values = self._values(self._screens.standing(symbol), session, at_ns)
                    values |= {"cntg_vol": str(sums.tape.volume[index]), "cntg_cls_code": "3"}
                    yield Told(PRINTS, symbol, record(PRINTS, values))

    def _expected(self, standing: Standing, session: OffHours, now_ns: int) -> str:
        values = self._values(standing, session, now_ns)
        return record(
            EXPECTED,
            values | {"cntg_vol": "0", "cntg_cls_code": "1", "new_mkop_cls_code": "49"},
        )

    def _values(self, standing: Standing, session: OffHours, at_ns: int) -> dict[str, str]:
        instrument, known = standing.instrument, words(standing)
        last_krw = session.last_krw or session.close_krw
        values = _UNTOLD | known | price_words(last_krw, instrument.base_krw, instrument)
        values |= {
            "stck_cntg_hour": hhmmss(at_ns),
            "stck_oprc": str(session.open_krw),
            "stck_hgpr": str(session.high_krw),
            "stck_lwpr": str(session.low_krw),
            "askp1": known["askp"],
            "bidp1": known["bidp"],
            "acml_vol": str(session.volume),
            "acml_tr_pbmn": str(session.value_krw),
            "bsop_date": self._screens.today,
            "new_mkop_cls_code": "40",
            "trht_yn": "N",
        }
        for word, price_krw, hour in _extremes(session):
            values[f"{word}_hour"] = hour
            values[f"{word}_vrss_prpr_sign"] = sign(last_krw, price_krw or last_krw)
            values[f"{word}_vrss_prpr"] = str(last_krw - price_krw if price_krw else 0)
        return values

    def _book(self, standing: Standing, session: OffHours, now_ns: int) -> str:
        """Return the book of the next auction: three levels a side, as many as are shown."""
        values: dict[str, str] = {}
        totals: list[int] = []
        for side, levels in (("ask", standing.quote.book.asks), ("bid", standing.quote.book.bids)):
            shown = [
                level for level in levels if session.lowest_krw <= level[0] <= session.highest_krw
            ][:BOOK_LEVELS]
            for number in range(1, LEVELS + 1):
                price_krw, shares = shown[number - 1] if number <= len(shown) else (0, 0)
                values[f"{side}p{number}"] = str(price_krw)
                values[f"{side}p_rsqn{number}"] = str(shares)
            totals.append(sum(shares for _, shares in shown))
        asked, bid = totals
        before = self._totals.get(standing.symbol, (asked, bid))
        self._totals[standing.symbol] = (asked, bid)
        expected_krw, base_krw = session.last_krw or session.close_krw, standing.quote.base_krw
        values |= {
            "mksc_shrn_iscd": standing.symbol,
            "bsop_hour": hhmmss(now_ns),
            "hour_cls_code": "B",
            "total_askp_rsqn": str(asked),
            "total_bidp_rsqn": str(bid),
            "ovtm_total_askp_rsqn": "0",
            "ovtm_total_bidp_rsqn": "0",
            "antc_cnpr": str(expected_krw),
            "antc_cnqn": "0",
            "antc_vol": "0",
            "antc_cntg_vrss": str(expected_krw - base_krw),
            "antc_cntg_vrss_sign": sign(expected_krw, base_krw),
            "antc_cntg_prdy_ctrt": change_percent(expected_krw, base_krw),
            "acml_vol": str(standing.quote.cum_volume),
            "total_askp_rsqn_icdc": str(asked - before[0]),
            "total_bidp_rsqn_icdc": str(bid - before[1]),
            "ovtm_total_askp_icdc": "0",
            "ovtm_total_bidp_icdc": "0",
        }
        return record(BOOKS, values)


def _extremes(session: OffHours) -> list[tuple[str, int, str]]:
    """Return open, high and low of the session with their hours."""
    if not session.printed:
        return [(word, 0, "000000") for word in ("oprc", "hgpr", "lwpr")]
    tape = session.sums.tape
    prices = tape.price_krw[: session.printed]
    places = (("oprc", 0), ("hgpr", int(prices.argmax())), ("lwpr", int(prices.argmin())))
    return [(word, int(prices[at]), hhmmss(int(tape.at_ns[at]))) for word, at in places]
