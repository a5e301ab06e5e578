"""KIS's market data replies as values. Pure; raises nothing but ReplyError.

All scalars come as text, padded or blank where KIS has nothing to say. A number that is needed
and not there is an error, never 0; a row that is wholly blank is KIS's way of filling an array.
"""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from kis_core.errors import ReplyError, UnknownSymbol
from kis_core.market.events import Bar, Book, BookLevel, DailyBar, IndexDay, IndexLevel, Venue
from kis_core.wire.fields import (
    HUNDRED_MILLION,
    Body,
    change,
    day_ns,
    decimal,
    flag,
    hour_ns,
    iso_date,
    missing,
    object_of,
    price,
    rows_of,
    said,
    whole,
    whole_or_none,
)

ADMINISTRATIVE, HALTED, OVERHEATED = "51", "58", "59"  # iscd_stat_cls_code
_LEVELS = 10


class PriceQuote(msgspec.Struct, frozen=True, tag="quote", array_like=True):
    """The current price of a symbol and its standing. `at_ns` is when the reply arrived.

    A price that has not come to be today (no open before the first print) is None.
    """

    symbol: str
    at_ns: int
    price_krw: int
    base_krw: int  # the day's reference price
    upper_krw: int
    lower_krw: int
    open_krw: int | None
    high_krw: int | None
    low_krw: int | None
    cum_volume: int
    cum_value_krw: int
    tick_krw: int
    market_name: str  # as KIS says it: KOSPI200, KOSDAQ …
    halted: bool
    administrative: bool
    liquidation: bool
    warning_code: str  # mrkt_warn_cls_code: 00 none, 01 caution, 02 warning, 03 risk
    vi_code: str  # vi_cls_code: N none
    market_cap_krw: int | None
    overheated: bool = False  # traded by call auctions for some days


class MinuteRow(msgspec.Struct, frozen=True, array_like=True):
    """One row of a minute chart as KIS sends it; prices mean nothing where `volume` is 0.

    `cum_value_krw` runs from the day's start.
    """

    date: str  # YYYYMMDD
    hhmmss: str
    start_ns: int
    open_krw: int
    high_krw: int
    low_krw: int
    close_krw: int
    volume: int
    cum_value_krw: int | None


def price_quote(body: Body, symbol: str, at_ns: int) -> PriceQuote:
    """Read the current price. An unknown code comes back with blanks: raises UnknownSymbol."""
    output = object_of(body, "output")
    there = {"stck_prpr", "stck_sdpr"} <= output.keys()
    if there and price(output, "stck_prpr") is None and price(output, "stck_sdpr") is None:
        raise UnknownSymbol(symbol)
    status = said(output, "iscd_stat_cls_code")
    market_cap = whole_or_none(output, "hts_avls")
    return PriceQuote(
        symbol=symbol,
        at_ns=at_ns,
        price_krw=price(output, "stck_prpr") or missing("stck_prpr", output),
        base_krw=price(output, "stck_sdpr") or missing("stck_sdpr", output),
        upper_krw=price(output, "stck_mxpr") or missing("stck_mxpr", output),
        lower_krw=price(output, "stck_llam") or missing("stck_llam", output),
        open_krw=price(output, "stck_oprc"),
        high_krw=price(output, "stck_hgpr"),
        low_krw=price(output, "stck_lwpr"),
        cum_volume=whole(output, "acml_vol"),
        cum_value_krw=whole(output, "acml_tr_pbmn"),
        tick_krw=whole(output, "aspr_unit"),
        market_name=said(output, "rprs_mrkt_kor_name"),
        halted=status == HALTED or flag(output, "temp_stop_yn"),
        administrative=status == ADMINISTRATIVE or flag(output, "mang_issu_cls_code"),
        liquidation=flag(output, "sltr_yn"),
        warning_code=said(output, "mrkt_warn_cls_code") or "00",
        vi_code=said(output, "vi_cls_code") or "N",
        market_cap_krw=market_cap * HUNDRED_MILLION if market_cap else None,
        overheated=status == OVERHEATED or flag(output, "short_over_yn"),
    )


def book(body: Body, symbol: str, day_start_ns: int, arrived_ns: int, venue: Venue = "KRX") -> Book:
    """Read the order book. `day_start_ns` is KST midnight of the day it was asked on."""
    levels, expected = object_of(body, "output1"), object_of(body, "output2")
    # 20 is the continuous market, 3x and 4x are after the close, all others call an auction.
    phase = said(levels, "new_mkop_cls_code")
    in_auction = phase != "20" and phase[:1] not in ("3", "4", "")
    expected_krw = price(expected, "antc_cnpr") if in_auction else None
    return Book(
        symbol=symbol,
        venue=venue,
        at_ns=day_start_ns + hour_ns(levels, "aspr_acpt_hour"),
        arrived_ns=arrived_ns,
        asks=_side(levels, "ask"),
        bids=_side(levels, "bid"),
        expected_krw=expected_krw,
        expected_volume=None if expected_krw is None else whole(expected, "antc_vol"),
        in_auction=in_auction,
    )


def _side(levels: Body, side: str) -> tuple[BookLevel, ...]:
    return tuple(
        (price_krw, shares)
        for n in range(1, _LEVELS + 1)
        if (price_krw := price(levels, f"{side}p{n}")) is not None
        and (shares := whole(levels, f"{side}p_rsqn{n}")) > 0
    )


def minute_rows(body: Body) -> list[MinuteRow]:
    """Read one page of a minute chart, newest first, as it comes."""
    return [
        MinuteRow(
            date=said(row, "stck_bsop_date"),
            hhmmss=said(row, "stck_cntg_hour"),
            start_ns=day_ns(row, "stck_bsop_date") + hour_ns(row, "stck_cntg_hour"),
            open_krw=whole(row, "stck_oprc"),
            high_krw=whole(row, "stck_hgpr"),
            low_krw=whole(row, "stck_lwpr"),
            close_krw=whole(row, "stck_prpr"),
            volume=whole(row, "cntg_vol"),
            cum_value_krw=whole_or_none(row, "acml_tr_pbmn"),
        )
        for row in rows_of(body, "output2")
    ]


def bars(symbol: str, ascending: Sequence[MinuteRow], venue: Venue = "KRX") -> list[Bar]:
    """Return the bars of one day's rows. Minutes without a trade have none.

    KIS says what was traded since the day's start, so a minute's value is the difference to the
    row before. Where that cannot be (a row is missing between, off-hours trades before the first)
    the value is unknown: it must lie between volume at the low and volume at the high.
    """
    read = []
    before = 0
    for row in ascending:
        value = None if row.cum_value_krw is None else row.cum_value_krw - before
        before = row.cum_value_krw or before
        if value is not None and not row.low_krw <= value / max(row.volume, 1) <= row.high_krw:
            value = None
        if row.volume > 0:
            ohlc = (row.open_krw, row.high_krw, row.low_krw, row.close_krw)
            if not 0 < row.low_krw <= min(ohlc) <= max(ohlc) <= row.high_krw:
                raise ReplyError(f"{symbol} {row.hhmmss}: prices {ohlc}", str(row))
            read.append(Bar(symbol, venue, row.start_ns, *ohlc, row.volume, value))
    return read


def daily_bars(body: Body, symbol: str) -> list[DailyBar]:
    """Read one page of a daily chart, newest first, days without a trade (volume 0) included."""
    return [_daily_bar(row, symbol) for row in rows_of(body, "output2")]


def _daily_bar(row: Body, symbol: str) -> DailyBar:
    bar = DailyBar(
        symbol=symbol,
        date=iso_date(row, "stck_bsop_date"),
        open_krw=whole(row, "stck_oprc"),
        high_krw=whole(row, "stck_hgpr"),
        low_krw=whole(row, "stck_lwpr"),
        close_krw=whole(row, "stck_clpr"),
        volume=whole(row, "acml_vol"),
        value_krw=whole_or_none(row, "acml_tr_pbmn"),
    )
    if bar.volume > 0 and min(bar.open_krw, bar.high_krw, bar.low_krw, bar.close_krw) <= 0:
        raise ReplyError(f"{symbol} {bar.date}: traded without a price", str(row))
    return bar


def index_level(body: Body, code: str, at_ns: int) -> IndexLevel:
    """Read the level of an index (inquire-index-price)."""
    output = object_of(body, "output")
    level = decimal(output, "bstp_nmix_prpr")
    previous_pt = level - change(output, "bstp_nmix_prdy_vrss")
    return _index_level(output, code, at_ns, previous_pt)


def index_level_of_chart(body: Body, code: str, at_ns: int) -> IndexLevel:
    """Read the level of an index from the snapshot of its daily chart: what paper offers."""
    output = object_of(body, "output1")
    return _index_level(output, code, at_ns, decimal(output, "prdy_nmix"))


def _index_level(output: Body, code: str, at_ns: int, previous_close_pt: Decimal) -> IndexLevel:
    return IndexLevel(
        index=code,
        at_ns=at_ns,
        arrived_ns=at_ns,
        level_pt=decimal(output, "bstp_nmix_prpr"),
        open_pt=decimal(output, "bstp_nmix_oprc"),
        high_pt=decimal(output, "bstp_nmix_hgpr"),
        low_pt=decimal(output, "bstp_nmix_lwpr"),
        previous_close_pt=previous_close_pt,
    )


def index_days(body: Body, code: str) -> list[IndexDay]:
    """Read one page of an index's daily chart, newest first."""
    return [
        IndexDay(
            index=code,
            date=iso_date(row, "stck_bsop_date"),
            open_pt=decimal(row, "bstp_nmix_oprc"),
            high_pt=decimal(row, "bstp_nmix_hgpr"),
            low_pt=decimal(row, "bstp_nmix_lwpr"),
            close_pt=decimal(row, "bstp_nmix_prpr"),
        )
        for row in rows_of(body, "output2")
    ]
