"""KIS's replies about indices beyond their level: minutes, days, sectors, breadth. Pure.

KIS counts an index's volume in thousands of shares and its value in millions of KRW; here both
are whole shares and KRW. Raises nothing but ReplyError. Source: kis_api.md §9.
"""

from decimal import Decimal

import msgspec

from kis_core.wire.fields import (
    MILLION,
    THOUSAND,
    Body,
    change,
    day_ns,
    decimal,
    hour_ns,
    iso_date,
    missing,
    number_or_none,
    object_of,
    rows_of,
    said,
    scaled_or_none,
    whole,
)


class IndexBar(msgspec.Struct, frozen=True):
    """One bar of an index's intraday chart, in points."""

    index: str
    start_ns: int
    open_pt: Decimal
    high_pt: Decimal
    low_pt: Decimal
    close_pt: Decimal
    volume: int | None  # shares, to the thousand
    cum_value_krw: int | None  # since the day's start, to the million


class IndexPrint(msgspec.Struct, frozen=True):
    """An index's level at an instant of today."""

    index: str
    at_ns: int
    level_pt: Decimal
    change_pt: Decimal  # from the previous close
    change_pct: Decimal | None
    volume: int | None  # shares since the print before, to the thousand
    cum_volume: int | None  # shares today
    cum_value_krw: int | None  # to the million


class IndexSession(msgspec.Struct, frozen=True):
    """One day, week or month of an index, in points. `date` is YYYY-MM-DD."""

    index: str
    date: str
    open_pt: Decimal
    high_pt: Decimal
    low_pt: Decimal
    close_pt: Decimal
    volume: int | None  # shares, to the thousand
    value_krw: int | None  # to the million
    psychology_pct: Decimal | None  # new psychological line; None on paper
    disparity_20_pct: Decimal | None  # from the 20-day average; None on paper


class Sector(msgspec.Struct, frozen=True):
    """One sector index now, in points."""

    index: str  # its code
    name: str
    level_pt: Decimal
    change_pt: Decimal
    change_pct: Decimal | None
    volume: int | None  # shares, to the thousand
    value_krw: int | None  # to the million
    volume_share_pct: Decimal | None  # of the whole market
    value_share_pct: Decimal | None


class Breadth(msgspec.Struct, frozen=True):
    """How many of an index's issues rise and fall, and what is traded of them."""

    index: str
    at_ns: int  # when the reply arrived
    rising: int  # those at their limits are counted apart
    at_upper_limit: int
    unchanged: int
    falling: int
    at_lower_limit: int
    volume: int | None  # shares, to the thousand
    value_krw: int | None  # to the million


def bars(body: Body, code: str) -> list[IndexBar]:
    """Read an index's intraday chart, newest first."""
    return [
        IndexBar(
            index=code,
            start_ns=day_ns(row, "stck_bsop_date") + hour_ns(row, "stck_cntg_hour"),
            open_pt=decimal(row, "bstp_nmix_oprc"),
            high_pt=decimal(row, "bstp_nmix_hgpr"),
            low_pt=decimal(row, "bstp_nmix_lwpr"),
            close_pt=decimal(row, "bstp_nmix_prpr"),
            volume=scaled_or_none(row, "cntg_vol", THOUSAND),
            cum_value_krw=scaled_or_none(row, "acml_tr_pbmn", MILLION),
        )
        for row in rows_of(body, "output2")
    ]


def steps(body: Body, code: str, midnight_ns: int) -> list[IndexPrint]:
    """Read an index's levels at equal steps, newest first."""
    return _prints(body, code, midnight_ns, "bsop_hour")


def prints(body: Body, code: str, midnight_ns: int) -> list[IndexPrint]:
    """Read an index's latest levels, newest first."""
    return _prints(body, code, midnight_ns, "stck_cntg_hour")


def _prints(body: Body, code: str, midnight_ns: int, hour: str) -> list[IndexPrint]:
    return [
        IndexPrint(
            index=code,
            at_ns=midnight_ns + hour_ns(row, hour),
            level_pt=decimal(row, "bstp_nmix_prpr"),
            change_pt=change(row, "bstp_nmix_prdy_vrss"),
            change_pct=number_or_none(row, "bstp_nmix_prdy_ctrt"),
            volume=scaled_or_none(row, "cntg_vol", THOUSAND),
            cum_volume=scaled_or_none(row, "acml_vol", THOUSAND),
            cum_value_krw=scaled_or_none(row, "acml_tr_pbmn", MILLION),
        )
        for row in rows_of(body, "output")
    ]


def sessions(body: Body, code: str) -> list[IndexSession]:
    """Read an index's days, weeks or months, newest first, from its daily prices or its chart."""
    return [
        IndexSession(
            index=code,
            date=iso_date(row, "stck_bsop_date"),
            open_pt=decimal(row, "bstp_nmix_oprc"),
            high_pt=decimal(row, "bstp_nmix_hgpr"),
            low_pt=decimal(row, "bstp_nmix_lwpr"),
            close_pt=decimal(row, "bstp_nmix_prpr"),
            volume=scaled_or_none(row, "acml_vol", THOUSAND),
            value_krw=scaled_or_none(row, "acml_tr_pbmn", MILLION),
            psychology_pct=number_or_none(row, "invt_new_psdg"),
            disparity_20_pct=number_or_none(row, "d20_dsrt"),
        )
        for row in rows_of(body, "output2")
    ]


def sectors(body: Body) -> list[Sector]:
    """Read every sector index of a market, as KIS orders them."""
    return [
        Sector(
            index=said(row, "bstp_cls_code") or missing("bstp_cls_code", row),
            name=said(row, "hts_kor_isnm"),
            level_pt=decimal(row, "bstp_nmix_prpr"),
            change_pt=change(row, "bstp_nmix_prdy_vrss"),
            change_pct=number_or_none(row, "bstp_nmix_prdy_ctrt"),
            volume=scaled_or_none(row, "acml_vol", THOUSAND),
            value_krw=scaled_or_none(row, "acml_tr_pbmn", MILLION),
            volume_share_pct=number_or_none(row, "acml_vol_rlim"),
            value_share_pct=number_or_none(row, "acml_tr_pbmn_rlim"),
        )
        for row in rows_of(body, "output2")
    ]


def breadth(body: Body, code: str, at_ns: int) -> Breadth:
    """Read how the issues of an index stand (inquire-index-price)."""
    output = object_of(body, "output")
    return Breadth(
        index=code,
        at_ns=at_ns,
        rising=whole(output, "ascn_issu_cnt"),
        at_upper_limit=whole(output, "uplm_issu_cnt"),
        unchanged=whole(output, "stnr_issu_cnt"),
        falling=whole(output, "down_issu_cnt"),
        at_lower_limit=whole(output, "lslm_issu_cnt"),
        volume=scaled_or_none(output, "acml_vol", THOUSAND),
        value_krw=scaled_or_none(output, "acml_tr_pbmn", MILLION),
    )
