"""KIS's replies about trades that were made, and about the session after the close. Pure.

Raises nothing but ReplyError. Source: kis_api.md §6.4.
"""

from decimal import Decimal

import msgspec

from kis_core.market.events import Book, BookLevel
from kis_core.wire.fields import (
    Body,
    change_krw,
    hour_ns,
    iso_date,
    missing,
    number_or_none,
    object_of,
    price,
    rows_of,
    said,
    whole,
    whole_or_none,
)

_LEVELS = 10


class MarketPrint(msgspec.Struct, frozen=True):
    """One trade as REST tells it. What its call does not tell is None."""

    symbol: str
    at_ns: int
    price_krw: int
    change_krw: int  # from the previous close
    volume: int  # shares of this print
    cum_volume: int | None  # shares today, this print included
    ask_krw: int | None
    bid_krw: int | None
    strength_pct: Decimal | None  # bought at the ask, of sold at the bid; 100 is even


class OvertimePrice(msgspec.Struct, frozen=True):
    """The single-price session after the close, 16:00–18:00. Before its first trade: None."""

    symbol: str
    at_ns: int  # when the reply arrived
    price_krw: int | None
    change_krw: int | None  # from today's close
    upper_krw: int | None
    lower_krw: int | None
    open_krw: int | None
    high_krw: int | None
    low_krw: int | None
    volume: int  # shares
    value_krw: int
    expected_krw: int | None
    expected_volume: int | None


class OvertimeDay(msgspec.Struct, frozen=True):
    """One day's session after the close, beside its regular one. `date` is YYYY-MM-DD."""

    symbol: str
    date: str
    price_krw: int | None  # the session's last; None where nothing was traded
    volume: int | None  # shares
    value_krw: int | None
    close_krw: int  # the regular session's
    day_volume: int


def prints(body: Body, symbol: str, midnight_ns: int) -> list[MarketPrint]:
    """Read the latest trades, newest first. `midnight_ns` begins the day they were asked on."""
    return [
        MarketPrint(
            symbol=symbol,
            at_ns=midnight_ns + hour_ns(row, "stck_cntg_hour"),
            price_krw=price(row, "stck_prpr") or missing("stck_prpr", row),
            change_krw=change_krw(row),
            volume=whole(row, "cntg_vol"),
            cum_volume=None,
            ask_krw=None,
            bid_krw=None,
            strength_pct=number_or_none(row, "tday_rltv"),
        )
        for row in rows_of(body, "output")
    ]


def prints_of_the_day(body: Body, symbol: str, midnight_ns: int) -> list[MarketPrint]:
    """Read one page of a day's trades, newest first."""
    return [
        _print(row, symbol, midnight_ns, price_name="stck_pbpr", volume_name="cnqn")
        for row in rows_of(body, "output2")
    ]


def overtime_prints(body: Body, symbol: str, midnight_ns: int) -> list[MarketPrint]:
    """Read the trades of the session after the close, newest first."""
    return [
        _print(row, symbol, midnight_ns, price_name="stck_prpr", volume_name="cntg_vol")
        for row in rows_of(body, "output2")
    ]


def _print(
    row: Body, symbol: str, midnight_ns: int, *, price_name: str, volume_name: str
) -> MarketPrint:
    return MarketPrint(
        symbol=symbol,
        at_ns=midnight_ns + hour_ns(row, "stck_cntg_hour"),
        price_krw=price(row, price_name) or missing(price_name, row),
        change_krw=change_krw(row),
        volume=whole(row, volume_name),
        cum_volume=whole(row, "acml_vol"),
        ask_krw=price(row, "askp"),
        bid_krw=price(row, "bidp"),
        strength_pct=number_or_none(row, "tday_rltv"),
    )


def overtime_price(body: Body, symbol: str, at_ns: int) -> OvertimePrice:
    """Read the price after the close, from its own call."""
    output = object_of(body, "output")
    expected = whole_or_none(output, "ovtm_untp_antc_cnqn")
    return _overtime_price(output, symbol, at_ns, expected)


def overtime_price_of_prints(body: Body, symbol: str, at_ns: int) -> OvertimePrice:
    """Read the same from the head of that session's trades: what paper offers."""
    output = object_of(body, "output1")
    expected = whole_or_none(output, "ovtm_untp_antc_vol")
    return _overtime_price(output, symbol, at_ns, expected)


def _overtime_price(
    output: Body, symbol: str, at_ns: int, expected_volume: int | None
) -> OvertimePrice:
    price_krw = price(output, "ovtm_untp_prpr")
    moved = price_krw is not None and bool(said(output, "ovtm_untp_prdy_vrss"))
    expected_krw = price(output, "ovtm_untp_antc_cnpr")
    return OvertimePrice(
        symbol=symbol,
        at_ns=at_ns,
        price_krw=price_krw,
        change_krw=(
            change_krw(output, "ovtm_untp_prdy_vrss", "ovtm_untp_prdy_vrss_sign") if moved else None
        ),
        upper_krw=price(output, "ovtm_untp_mxpr"),
        lower_krw=price(output, "ovtm_untp_llam"),
        open_krw=price(output, "ovtm_untp_oprc"),
        high_krw=price(output, "ovtm_untp_hgpr"),
        low_krw=price(output, "ovtm_untp_lwpr"),
        volume=whole(output, "ovtm_untp_vol"),
        value_krw=whole(output, "ovtm_untp_tr_pbmn"),
        expected_krw=expected_krw,
        expected_volume=None if expected_krw is None else expected_volume,
    )


def overtime_book(body: Body, symbol: str, midnight_ns: int, arrived_ns: int) -> Book:
    """Read the book of the session after the close: one long auction. Hour: its last change."""
    levels = object_of(body, "output")
    return Book(
        symbol=symbol,
        venue="KRX",
        at_ns=midnight_ns + hour_ns(levels, "ovtm_untp_last_hour"),
        arrived_ns=arrived_ns,
        asks=_side(levels, "ask"),
        bids=_side(levels, "bid"),
        expected_krw=None,
        expected_volume=None,
        in_auction=True,
    )


def _side(levels: Body, side: str) -> tuple[BookLevel, ...]:
    return tuple(
        (price_krw, shares)
        for n in range(1, _LEVELS + 1)
        if (price_krw := price(levels, f"ovtm_untp_{side}p{n}")) is not None
        and (shares := whole(levels, f"ovtm_untp_{side}p_rsqn{n}")) > 0
    )


def overtime_days(body: Body, symbol: str) -> list[OvertimeDay]:
    """Read the last days' sessions after the close, newest first."""
    return [
        OvertimeDay(
            symbol=symbol,
            date=iso_date(row, "stck_bsop_date"),
            price_krw=price(row, "ovtm_untp_prpr"),
            volume=whole_or_none(row, "ovtm_untp_vol"),
            value_krw=whole_or_none(row, "ovtm_untp_tr_pbmn"),
            close_krw=whole(row, "stck_clpr"),
            day_volume=whole(row, "acml_vol"),
        )
        for row in rows_of(body, "output2")
    ]
