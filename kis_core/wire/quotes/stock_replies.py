"""KIS's replies about a stock's standing, its members, its days and what it is. Pure.

Raises nothing but ReplyError, and UnknownSymbol where KIS answers a question about no such symbol
with blanks. Source: kis_api.md §6.2, §6.5–§6.7, §9.
"""

from decimal import Decimal

import msgspec

from kis_core.errors import UnknownSymbol
from kis_core.wire.fields import (
    Body,
    change_krw,
    date_or_none,
    flag,
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
from kis_core.wire.quotes.replies import ADMINISTRATIVE, HALTED, OVERHEATED

_MEMBERS = 5


class Standing(msgspec.Struct, frozen=True):
    """The flags a symbol stands under. None: the environment does not tell (paper)."""

    symbol: str
    at_ns: int  # when the reply arrived
    halted: bool
    liquidation: bool
    administrative: bool
    warning_code: str  # 00 none, 01 caution, 02 warning, 03 risk
    overheated: bool  # short-term overheating
    caution: bool  # investment caution
    vi_code: str  # N none
    loans_allowed: bool  # margin loans
    sudden_rise: bool | None
    short_sales_overheated: bool | None
    thinly_traded: bool | None
    unfaithful: bool | None  # unfaithful disclosure
    ex_rights: str | None  # as KIS names it; "" none
    newly_listed: str | None  # likewise
    previous_close_krw: int | None
    previous_volume: int | None


class Member(msgspec.Struct, frozen=True):
    """One exchange member's share of the day's trading so far."""

    code: str
    name: str
    shares: int
    share_pct: Decimal | None
    change: int | None  # shares since the answer before
    foreign: bool


class Members(msgspec.Struct, frozen=True):
    """The members that sold and bought most today, largest first, and all foreign ones."""

    symbol: str
    at_ns: int  # when the reply arrived
    sellers: tuple[Member, ...]
    buyers: tuple[Member, ...]
    foreign_sold: int | None  # shares
    foreign_bought: int | None
    foreign_net: int | None


class RecentDay(msgspec.Struct, frozen=True):
    """One of the last 30 days, weeks or months. `date` is YYYY-MM-DD."""

    symbol: str
    date: str
    open_krw: int
    high_krw: int
    low_krw: int
    close_krw: int
    volume: int
    change_krw: int
    foreign_net: int | None  # shares; of today only after the close
    foreign_exhaustion_pct: Decimal | None  # of what foreigners may hold
    event_code: str  # 00 none, 01 rights, 02 dividend, 03 distribution, 04 both …


class ShortSaleDay(msgspec.Struct, frozen=True):
    """One day's short sales. `date` is YYYY-MM-DD."""

    symbol: str
    date: str
    close_krw: int
    volume: int  # all shares traded
    shorted: int  # shares
    shorted_volume_pct: Decimal | None
    shorted_krw: int
    shorted_value_pct: Decimal | None


class StockInfo(msgspec.Struct, frozen=True):
    """What a symbol is (search-stock-info). Dates are YYYY-MM-DD."""

    symbol: str
    isin: str
    name: str
    english_name: str
    market_code: str  # STK KOSPI, KSQ KOSDAQ, KNX KONEX …
    security_code: str  # ST stock, EF ETF, EN ETN …
    kind_code: str  # 101 common, 201 preferred …
    sector: str  # the smallest index sector
    listed_shares: int | None
    face_krw: Decimal | None
    capital_krw: int | None
    listed_on: str | None  # on KOSPI or KOSDAQ
    delisted_on: str | None
    kospi200: bool
    halted: bool
    administrative: bool
    nxt_tradable: bool
    nxt_halted: bool
    close_krw: int | None  # today's so far
    previous_close_krw: int | None


class ProductInfo(msgspec.Struct, frozen=True):
    """What a product of any kind is (search-info): its names and class."""

    symbol: str
    isin: str
    name: str
    english_name: str
    class_name: str  # 주권, 수익증권 …
    type_code: str  # 300 stocks, ETF, ETN, ELW; 301 futures and options; 302 bonds


def standing(body: Body, symbol: str, at_ns: int) -> Standing:
    """Read the flags from the call made for them."""
    output = _known(object_of(body, "output"), symbol)
    return Standing(
        symbol=symbol,
        at_ns=at_ns,
        halted=flag(output, "trht_yn"),
        liquidation=flag(output, "sltr_yn"),
        administrative=flag(output, "mang_issu_yn"),
        warning_code=said(output, "mrkt_warn_cls_code") or "00",
        overheated=flag(output, "short_over_yn"),
        caution=flag(output, "invt_caful_yn"),
        vi_code=said(output, "vi_cls_code") or "N",
        loans_allowed=flag(output, "crdt_able_yn"),
        sudden_rise=flag(output, "stange_runup_yn"),
        short_sales_overheated=flag(output, "ssts_hot_yn"),
        thinly_traded=flag(output, "low_current_yn"),
        unfaithful=flag(output, "insn_pbnt_yn"),
        ex_rights=said(output, "flng_cls_name"),
        newly_listed=said(output, "new_lstn_cls_name"),
        previous_close_krw=price(output, "stck_prdy_clpr"),
        previous_volume=whole_or_none(output, "prdy_vol"),
    )


def standing_of_price(body: Body, symbol: str, at_ns: int) -> Standing:
    """Read what the current price tells of the flags: what paper offers."""
    output = _known(object_of(body, "output"), symbol)
    status = said(output, "iscd_stat_cls_code")
    return Standing(
        symbol=symbol,
        at_ns=at_ns,
        halted=status == HALTED or flag(output, "temp_stop_yn"),
        liquidation=flag(output, "sltr_yn"),
        administrative=status == ADMINISTRATIVE or flag(output, "mang_issu_cls_code"),
        warning_code=said(output, "mrkt_warn_cls_code") or "00",
        overheated=status == OVERHEATED or flag(output, "short_over_yn"),
        caution=flag(output, "invt_caful_yn"),
        vi_code=said(output, "vi_cls_code") or "N",
        loans_allowed=flag(output, "crdt_able_yn"),
        sudden_rise=None,
        short_sales_overheated=None,
        thinly_traded=None,
        unfaithful=None,
        ex_rights=None,
        newly_listed=None,
        previous_close_krw=None,
        previous_volume=None,
    )


def members(body: Body, symbol: str, at_ns: int) -> Members:
    """Read the five largest members of each side; empty places are left out."""
    output = object_of(body, "output")
    return Members(
        symbol=symbol,
        at_ns=at_ns,
        sellers=_members(output, "seln"),
        buyers=_members(output, "shnu"),
        foreign_sold=whole_or_none(output, "glob_total_seln_qty"),
        foreign_bought=whole_or_none(output, "glob_total_shnu_qty"),
        foreign_net=whole_or_none(output, "glob_ntby_qty"),
    )


def _members(output: Body, side: str) -> tuple[Member, ...]:
    return tuple(
        Member(
            code=said(output, f"{side}_mbcr_no{n}"),
            name=said(output, f"{side}_mbcr_name{n}"),
            shares=whole(output, f"total_{side}_qty{n}"),
            share_pct=number_or_none(output, f"{side}_mbcr_rlim{n}"),
            change=whole_or_none(output, f"{side}_qty_icdc{n}"),
            foreign=flag(output, f"{side}_mbcr_glob_yn_{n}"),
        )
        for n in range(1, _MEMBERS + 1)
        if said(output, f"{side}_mbcr_name{n}")
    )


def recent_days(body: Body, symbol: str) -> list[RecentDay]:
    """Read the last days (inquire-daily-price), newest first."""
    return [
        RecentDay(
            symbol=symbol,
            date=iso_date(row, "stck_bsop_date"),
            open_krw=whole(row, "stck_oprc"),
            high_krw=whole(row, "stck_hgpr"),
            low_krw=whole(row, "stck_lwpr"),
            close_krw=whole(row, "stck_clpr"),
            volume=whole(row, "acml_vol"),
            change_krw=change_krw(row),
            foreign_net=whole_or_none(row, "frgn_ntby_qty"),
            foreign_exhaustion_pct=number_or_none(row, "hts_frgn_ehrt"),
            event_code=said(row, "flng_cls_code") or "00",
        )
        for row in rows_of(body, "output")
    ]


def short_sales(body: Body, symbol: str) -> list[ShortSaleDay]:
    """Read one page of short sales by day, newest first."""
    return [
        ShortSaleDay(
            symbol=symbol,
            date=iso_date(row, "stck_bsop_date"),
            close_krw=whole(row, "stck_clpr"),
            volume=whole(row, "acml_vol"),
            shorted=whole(row, "ssts_cntg_qty"),
            shorted_volume_pct=number_or_none(row, "ssts_vol_rlim"),
            shorted_krw=whole(row, "ssts_tr_pbmn"),
            shorted_value_pct=number_or_none(row, "ssts_tr_pbmn_rlim"),
        )
        for row in rows_of(body, "output2")
    ]


def stock_info(body: Body, symbol: str) -> StockInfo:
    """Read what a stock is. Its own number comes with six characters before it."""
    output = object_of(body, "output")
    if not said(output, "prdt_name"):
        raise UnknownSymbol(symbol)
    return StockInfo(
        symbol=symbol,
        isin=said(output, "std_pdno"),
        name=said(output, "prdt_abrv_name") or said(output, "prdt_name"),
        english_name=said(output, "prdt_eng_abrv_name") or said(output, "prdt_eng_name"),
        market_code=said(output, "mket_id_cd"),
        security_code=said(output, "scty_grp_id_cd"),
        kind_code=said(output, "stck_kind_cd"),
        sector=said(output, "idx_bztp_scls_cd_name"),
        listed_shares=whole_or_none(output, "lstg_stqt"),
        face_krw=number_or_none(output, "papr"),
        capital_krw=whole_or_none(output, "cpta"),
        listed_on=(
            date_or_none(output, "scts_mket_lstg_dt") or date_or_none(output, "kosdaq_mket_lstg_dt")
        ),
        delisted_on=date_or_none(output, "lstg_abol_dt"),
        kospi200=flag(output, "kospi200_item_yn"),
        halted=flag(output, "tr_stop_yn"),
        administrative=flag(output, "admn_item_yn"),
        nxt_tradable=flag(output, "cptt_trad_tr_psbl_yn"),
        nxt_halted=flag(output, "nxt_tr_stop_yn"),
        close_krw=price(output, "thdt_clpr"),
        previous_close_krw=price(output, "bfdy_clpr"),
    )


def product_info(body: Body, symbol: str) -> ProductInfo:
    """Read what a product is."""
    output = object_of(body, "output")
    return ProductInfo(
        symbol=said(output, "shtn_pdno") or symbol,
        isin=said(output, "std_pdno"),
        name=said(output, "prdt_abrv_name") or missing("prdt_abrv_name", output),
        english_name=said(output, "prdt_eng_abrv_name"),
        class_name=said(output, "prdt_clsf_name"),
        type_code=said(output, "prdt_type_cd"),
    )


def _known(output: Body, symbol: str) -> Body:
    """Return a price's output, or raise: an unknown code comes back with zeros and blanks."""
    there = {"stck_prpr", "stck_sdpr"} <= output.keys()
    if there and price(output, "stck_prpr") is None and price(output, "stck_sdpr") is None:
        raise UnknownSymbol(symbol)
    return output
