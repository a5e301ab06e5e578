"""The off-hours single price: price, book, prints and days. Pure.

On days that have no such session (since 2026-09-14), and before its first auction, prices are
zero and lists are empty. Source: kis_api.md §6.4; krx_market.md §1.2.
"""

from dataclasses import dataclass

from broker_sim.exchange.day import Instrument
from broker_sim.exchange.off_hours import auctions_ns, band_krw
from broker_sim.kis.daily_rows import bars_back, day_words
from broker_sim.kis.desk import Asked
from broker_sim.kis.numbers import change_percent, hhmmss, sign
from broker_sim.kis.replies import QUOTED, Fields, Output, Reply, answered
from broker_sim.kis.screens import Screens
from broker_sim.kis.standings import Standing, filled, price_words, words
from broker_sim.kis.tapes import Sums

BOOK_LEVELS = 3  # shown in an auction
ROWS = 30


@dataclass(frozen=True, slots=True)
class OffHours:
    """A stock in its off-hours session. Prices 0 before the first auction that found one."""

    instrument: Instrument
    close_krw: int
    lowest_krw: int
    highest_krw: int
    sums: Sums
    printed: int
    open_krw: int = 0
    high_krw: int = 0
    low_krw: int = 0
    last_krw: int = 0
    volume: int = 0
    value_krw: int = 0


def off_hours(screens: Screens, symbol: str, now_ns: int) -> OffHours | None:
    """Return a stock's session so far; None before the session or on a day without one."""
    times = auctions_ns(screens.day.date)
    if not times or now_ns < screens.exchange.venue.expiry_ns:
        return None
    instrument, close_krw = screens.instruments[symbol], screens.exchange.last_krw(symbol)
    sums = screens.off_hours(symbol)
    printed = sums.count_at(now_ns)
    band = band_krw(instrument, close_krw)
    if not printed:
        return OffHours(instrument, close_krw, *band, sums, 0)
    prices = sums.tape.price_krw[:printed]
    return OffHours(
        instrument,
        close_krw,
        *band,
        sums,
        printed,
        int(prices[0]),
        int(prices.max()),
        int(prices.min()),
        int(prices[-1]),
        int(sums.cum_volume[printed - 1]),
        int(sums.cum_value_krw[printed - 1]),
    )


def session_words(session: OffHours | None) -> Fields:
    """Return the session in KIS's words; zeros where there is none."""
    if session is None or not session.printed:
        words = dict.fromkeys(
            (f"ovtm_untp_{word}" for word in ("prpr", "vol", "tr_pbmn", "oprc", "hgpr", "lwpr")),
            "0",
        )
        words |= {"ovtm_untp_prdy_vrss": "0", "ovtm_untp_prdy_vrss_sign": "3"}
        words |= {"ovtm_untp_prdy_ctrt": "0.00"}
    else:
        last, base = session.last_krw, session.instrument.base_krw
        change = price_words(last, base, session.instrument)
        words = {
            "ovtm_untp_prpr": str(last),
            "ovtm_untp_prdy_vrss": change["prdy_vrss"],
            "ovtm_untp_prdy_vrss_sign": change["prdy_vrss_sign"],
            "ovtm_untp_prdy_ctrt": change["prdy_ctrt"],
            "ovtm_untp_vol": str(session.volume),
            "ovtm_untp_tr_pbmn": str(session.value_krw),
            "ovtm_untp_oprc": str(session.open_krw),
            "ovtm_untp_hgpr": str(session.high_krw),
            "ovtm_untp_lwpr": str(session.low_krw),
        }
    return words | _expected_words(session)


def _expected_words(session: OffHours | None) -> Fields:
    """Return what the next auction is expected to bring: the last price, as far as is known."""
    expected_krw = (session.last_krw or session.close_krw) if session else 0
    base_krw = session.instrument.base_krw if session else 0
    return {
        "ovtm_untp_mxpr": str(session.highest_krw if session else 0),
        "ovtm_untp_llam": str(session.lowest_krw if session else 0),
        "ovtm_untp_antc_cnpr": str(expected_krw),
        "ovtm_untp_antc_cntg_vrss": str(expected_krw - base_krw),
        "ovtm_untp_antc_cntg_vrss_sign": sign(expected_krw, base_krw),
        "ovtm_untp_antc_cntg_ctrt": change_percent(expected_krw, base_krw),
        "ovtm_untp_antc_cnqn": "0",
        "ovtm_untp_antc_vol": "0",
        "ovtm_untp_sdpr": str(session.close_krw if session else 0),
        "uplm_sign": "1",
        "lslm_sign": "4",
    }


class OffHoursQuotes:
    """Answers about the off-hours session of one stock."""

    def __init__(self, screens: Screens) -> None:
        self._screens = screens

    def inquire_overtime_price(self, asked: Asked) -> Reply:
        """Answer the session's price and its day."""
        standing, session = self._both(asked)
        flags = {
            "marg_rate": "40.00",
            "crdt_able_yn": "Y",
            "sltr_yn": "N",
            "mang_issu_yn": "N",
            "mrkt_warn_cls_code": "00",
            "trht_yn": "Y" if standing.instrument.halted else "N",
            "insn_pbnt_yn": "N",
            "ovtm_vi_cls_code": "N",
        }
        names = asked.call.outputs["output"].names
        fields = filled(names, words(standing), flags, session_words(session))
        return answered(QUOTED, {"output": fields})

    def inquire_overtime_asking_price(self, asked: Asked) -> Reply:
        """Answer the book of the next auction: the three levels around the last price."""
        standing, session = self._both(asked)
        fields = dict.fromkeys(asked.call.outputs["output"].names, "0")
        fields["ovtm_untp_last_hour"] = "000000"
        if session is not None and asked.now_ns < auctions_ns(self._screens.day.date)[-1]:
            book = standing.quote.book
            fields["ovtm_untp_last_hour"] = hhmmss(asked.now_ns)
            for side, levels in (("ask", book.asks), ("bid", book.bids)):
                inside = [
                    (price_krw, shares)
                    for price_krw, shares in levels
                    if session.lowest_krw <= price_krw <= session.highest_krw
                ][:BOOK_LEVELS]
                for number, (price_krw, shares) in enumerate(inside, 1):
                    fields[f"ovtm_untp_{side}p{number}"] = str(price_krw)
                    fields[f"ovtm_untp_{side}p_rsqn{number}"] = str(shares)
                total = str(sum(shares for _, shares in inside))
                fields[f"ovtm_untp_total_{side}p_rsqn"] = total
        return answered(QUOTED, {"output": fields})

    def inquire_time_overtimeconclusion(self, asked: Asked) -> Reply:
        """Answer the auctions so far, newest first."""
        _, session = self._both(asked)
        rows: list[Fields] = []
        names = asked.call.outputs["output2"].names
        if session is not None:
            tape, base_krw = session.sums.tape, session.instrument.base_krw
            for index in range(session.printed - 1, -1, -1):
                price_krw = int(tape.price_krw[index])
                row = price_words(price_krw, base_krw, session.instrument) | {
                    "stck_cntg_hour": hhmmss(int(tape.at_ns[index])),
                    "askp": str(price_krw),
                    "bidp": str(price_krw),
                    "acml_vol": str(session.sums.cum_volume[index]),
                    "cntg_vol": str(tape.volume[index]),
                }
                rows.append(filled(names, row))
        return answered(QUOTED, self._with_session(asked, session, rows))

    def inquire_daily_overtimeprice(self, asked: Asked) -> Reply:
        """Answer the last 30 days; of past days the off-hours part is not known."""
        standing, session = self._both(asked)
        names = asked.call.outputs["output2"].names
        known = session_words(session)
        unknown = session_words(None)
        rows = [
            filled(names, unknown, day_words(bar, before_krw))
            for bar, before_krw in bars_back(self._screens, standing, ROWS)
        ]
        if rows and rows[0]["stck_bsop_date"] == self._screens.today:
            rows[0] = filled(names, rows[0], known)
        return answered(QUOTED, self._with_session(asked, session, rows))

    def _both(self, asked: Asked) -> tuple[Standing, OffHours | None]:
        symbol = asked["FID_INPUT_ISCD"].upper()
        return self._screens.standing(symbol), off_hours(self._screens, symbol, asked.now_ns)

    def _with_session(
        self, asked: Asked, session: OffHours | None, rows: list[Fields]
    ) -> dict[str, Output]:
        names = asked.call.outputs["output1"].names
        return {"output1": filled(names, session_words(session)), "output2": rows}
