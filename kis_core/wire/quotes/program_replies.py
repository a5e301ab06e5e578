"""KIS's replies about programme trading: baskets of fifteen or more stocks at once. Pure.

A stock's amounts come in KRW, a market's in millions of KRW (kis_api.md §7); here all are KRW.
Arbitrage is against the futures. Raises nothing but ReplyError.
"""

from decimal import Decimal

import msgspec

from kis_core.wire.fields import (
    MILLION,
    Body,
    change_krw,
    hour_ns,
    iso_date,
    missing,
    number_or_none,
    price,
    rows_of,
    said,
    scaled_or_none,
    whole,
    whole_or_none,
)


class ProgramFlow(msgspec.Struct, frozen=True):
    """What programmes sold and bought, in KRW."""

    sold_krw: int | None
    bought_krw: int | None
    net_krw: int | None


class StockProgram(msgspec.Struct, frozen=True):
    """Programmes in one stock, since the day's opening up to an instant."""

    symbol: str
    at_ns: int
    price_krw: int
    cum_volume: int  # all shares traded today
    sold: int | None  # shares, by programmes
    bought: int | None
    net: int | None
    flow: ProgramFlow
    net_change: int | None  # shares since the row before


class StockProgramDay(msgspec.Struct, frozen=True):
    """Programmes in one stock on a day (YYYY-MM-DD)."""

    symbol: str
    date: str
    close_krw: int
    change_krw: int
    volume: int
    value_krw: int | None
    sold: int | None
    bought: int | None
    net: int | None
    flow: ProgramFlow


class BoardProgram(msgspec.Struct, frozen=True):
    """Programmes in a market, since the day's opening up to an instant."""

    board: str
    at_ns: int
    arbitrage: ProgramFlow
    other: ProgramFlow
    net_krw: int | None  # of both
    index_pt: Decimal | None


class BoardProgramDay(msgspec.Struct, frozen=True):
    """Programmes in a market on a day. Amounts in millions **(guess: as during the day)**."""

    board: str
    date: str
    arbitrage: ProgramFlow
    other: ProgramFlow
    total: ProgramFlow


class InvestorProgram(msgspec.Struct, frozen=True):
    """One kind of investor's programmes in a market today; millions **(guess: likewise)**."""

    board: str
    investor_code: str
    investor: str  # as KIS names it
    arbitrage: ProgramFlow
    other: ProgramFlow
    total: ProgramFlow


def programs(body: Body, symbol: str, midnight_ns: int) -> list[StockProgram]:
    """Read a stock's programmes of today, newest first."""
    return [
        StockProgram(
            symbol=symbol,
            at_ns=midnight_ns + hour_ns(row, "bsop_hour"),
            price_krw=price(row, "stck_prpr") or missing("stck_prpr", row),
            cum_volume=whole(row, "acml_vol"),
            sold=whole_or_none(row, "whol_smtn_seln_vol"),
            bought=whole_or_none(row, "whol_smtn_shnu_vol"),
            net=whole_or_none(row, "whol_smtn_ntby_qty"),
            flow=_flow(row, "whol_smtn"),
            net_change=whole_or_none(row, "whol_ntby_vol_icdc"),
        )
        for row in rows_of(body, "output")
    ]


def program_days(body: Body, symbol: str) -> list[StockProgramDay]:
    """Read one page of a stock's programmes by day, newest first."""
    return [
        StockProgramDay(
            symbol=symbol,
            date=iso_date(row, "stck_bsop_date"),
            close_krw=whole(row, "stck_clpr"),
            change_krw=change_krw(row),
            volume=whole(row, "acml_vol"),
            value_krw=whole_or_none(row, "acml_tr_pbmn"),
            sold=whole_or_none(row, "whol_smtn_seln_vol"),
            bought=whole_or_none(row, "whol_smtn_shnu_vol"),
            net=whole_or_none(row, "whol_smtn_ntby_qty"),
            flow=_flow(row, "whol_smtn"),
        )
        for row in rows_of(body, "output")
    ]


def board_programs(body: Body, board: str, midnight_ns: int) -> list[BoardProgram]:
    """Read a market's last half hour, newest first."""
    return [
        BoardProgram(
            board=board,
            at_ns=midnight_ns + hour_ns(row, "bsop_hour"),
            arbitrage=_flow(row, "arbt_smtn", MILLION),
            other=_flow(row, "nabt_smtn", MILLION),
            net_krw=scaled_or_none(row, "whol_smtn_ntby_tr_pbmn", MILLION),
            index_pt=number_or_none(row, "bstp_nmix_prpr"),
        )
        for row in rows_of(body, "output")
    ]


def board_program_days(body: Body, board: str) -> list[BoardProgramDay]:
    """Read a market's days, newest first."""
    return [
        BoardProgramDay(
            board=board,
            date=iso_date(row, "stck_bsop_date"),
            arbitrage=_flow(row, "arbt_smtn", MILLION),
            other=_flow(row, "nabt_smtn", MILLION),
            total=_flow(row, "whol_smtn", MILLION),
        )
        for row in rows_of(body, "output")
    ]


def programs_by_investor(body: Body, board: str) -> list[InvestorProgram]:
    """Read a market's programmes by investor, as KIS orders them."""
    return [
        InvestorProgram(
            board=board,
            investor_code=said(row, "invr_cls_code"),
            investor=said(row, "invr_cls_name") or missing("invr_cls_name", row),
            arbitrage=_amounts(row, "arbt"),
            other=_amounts(row, "nabt"),
            total=_amounts(row, "all"),
        )
        for row in rows_of(body, "output1")
    ]


def _flow(row: Body, token: str, unit: int = 1) -> ProgramFlow:
    return ProgramFlow(
        sold_krw=scaled_or_none(row, f"{token}_seln_tr_pbmn", unit),
        bought_krw=scaled_or_none(row, f"{token}_shnu_tr_pbmn", unit),
        net_krw=scaled_or_none(row, f"{token}_ntby_tr_pbmn", unit),
    )


def _amounts(row: Body, token: str) -> ProgramFlow:
    return ProgramFlow(
        sold_krw=scaled_or_none(row, f"{token}_seln_amt", MILLION),
        bought_krw=scaled_or_none(row, f"{token}_shnu_amt", MILLION),
        net_krw=scaled_or_none(row, f"{token}_ntby_amt", MILLION),
    )
