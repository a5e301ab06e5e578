"""KIS's replies about many symbols at once, about halts and about days. Pure.

Raises nothing but ReplyError. Source: kis_api.md §6.6, §8, §9.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

import msgspec

from kis_core.wire.fields import (
    Body,
    change_krw,
    date_or_none,
    day_ns,
    flag,
    hour_ns,
    iso_date,
    missing,
    number_or_none,
    object_of,
    price,
    rows_of,
    said,
    scaled_or_none,
    time_of_day,
    whole,
    whole_or_none,
)
from kis_core.wire.quotes.ranking_sheets import RANKINGS, Measure, Ranking
from kis_core.wire.quotes.replies import PriceQuote

ViKind = Literal["static", "dynamic", "both"]

_VI_KINDS: Mapping[str, ViKind] = {"1": "static", "2": "dynamic", "3": "both"}


class Snapshot(msgspec.Struct, frozen=True):
    """One symbol of many asked for at once. What paper does not tell is None."""

    symbol: str
    at_ns: int  # when the reply arrived
    name: str | None
    price_krw: int
    base_krw: int
    upper_krw: int
    lower_krw: int
    open_krw: int | None
    high_krw: int | None
    low_krw: int | None
    cum_volume: int
    cum_value_krw: int
    ask_krw: int | None
    bid_krw: int | None
    asked_shares: int | None  # all that is asked, on all levels
    bid_shares: int | None


class Ranked(msgspec.Struct, frozen=True):
    """One row of a ranking. `measures` are what it ranks by, named with their units."""

    rank: int
    symbol: str
    name: str | None
    price_krw: int | None
    change_krw: int | None  # from the previous close
    change_pct: Decimal | None
    cum_volume: int | None
    measures: Mapping[str, int | Decimal | None]


class ViEvent(msgspec.Struct, frozen=True):
    """One volatility interruption of a symbol. Times are of its day, HH:MM:SS KST."""

    symbol: str
    name: str
    date: str  # YYYY-MM-DD
    at_ns: int
    active: bool
    released: str | None  # None while it lasts
    kind: ViKind | None
    price_krw: int  # that set it off
    static_reference_krw: int | None
    static_deviation_pct: Decimal | None
    dynamic_reference_krw: int | None
    dynamic_deviation_pct: Decimal | None
    count: int | None  # of the symbol's today


class MarketDay(msgspec.Struct, frozen=True):
    """One calendar day. What our own calendar does not know is None."""

    date: str  # YYYY-MM-DD
    opens: bool  # whether the exchange trades
    business: bool | None  # banks' day
    trading: bool | None  # securities firms' day
    settles: bool | None


class MarketHours(msgspec.Struct, frozen=True):
    """The business days around today and the derivatives' hours, HH:MM:SS KST."""

    today: str  # YYYY-MM-DD
    time: str
    business_days: tuple[str, ...]  # two before, the current one, two after
    opens: str
    closes: str


def snapshots(body: Body, at_ns: int) -> list[Snapshot]:
    """Read many symbols' prices; a symbol KIS does not know comes without a price: left out."""
    return [
        _snapshot(row, at_ns)
        for row in rows_of(body, "output")
        if price(row, "inter2_prpr") is not None
    ]


def _snapshot(row: Body, at_ns: int) -> Snapshot:
    return Snapshot(
        symbol=said(row, "inter_shrn_iscd") or missing("inter_shrn_iscd", row),
        at_ns=at_ns,
        name=said(row, "inter_kor_isnm") or None,
        price_krw=whole(row, "inter2_prpr"),
        base_krw=price(row, "inter2_sdpr") or missing("inter2_sdpr", row),
        upper_krw=price(row, "inter2_mxpr") or missing("inter2_mxpr", row),
        lower_krw=price(row, "inter2_llam") or missing("inter2_llam", row),
        open_krw=price(row, "inter2_oprc"),
        high_krw=price(row, "inter2_hgpr"),
        low_krw=price(row, "inter2_lwpr"),
        cum_volume=whole(row, "acml_vol"),
        cum_value_krw=whole(row, "acml_tr_pbmn"),
        ask_krw=price(row, "inter2_askp"),
        bid_krw=price(row, "inter2_bidp"),
        asked_shares=whole_or_none(row, "total_askp_rsqn"),
        bid_shares=whole_or_none(row, "total_bidp_rsqn"),
    )


def snapshot_of_price(quote: PriceQuote) -> Snapshot:
    """Return what one symbol's price tells of the same: what paper offers."""
    return Snapshot(
        symbol=quote.symbol,
        at_ns=quote.at_ns,
        name=None,
        price_krw=quote.price_krw,
        base_krw=quote.base_krw,
        upper_krw=quote.upper_krw,
        lower_krw=quote.lower_krw,
        open_krw=quote.open_krw,
        high_krw=quote.high_krw,
        low_krw=quote.low_krw,
        cum_volume=quote.cum_volume,
        cum_value_krw=quote.cum_value_krw,
        ask_krw=None,
        bid_krw=None,
        asked_shares=None,
        bid_shares=None,
    )


def ranked(body: Body, kind: Ranking) -> list[Ranked]:
    """Read a ranking, first rank first. KIS numbers the rows of some, and means it in all."""
    sheet = RANKINGS[kind]
    return [
        Ranked(
            rank=whole_or_none(row, "data_rank") or number,
            symbol=_symbol(row),
            name=said(row, "hts_kor_isnm") or None,
            price_krw=price(row, "stck_prpr"),
            change_krw=change_krw(row) if said(row, "prdy_vrss") else None,
            change_pct=number_or_none(row, "prdy_ctrt"),
            cum_volume=whole_or_none(row, "acml_vol"),
            measures={name: _measured(row, measure) for name, measure in sheet.measures.items()},
        )
        for number, row in enumerate(rows_of(body, sheet.output), 1)
    ]


def _symbol(row: Body) -> str:
    symbol = said(row, "mksc_shrn_iscd") or said(row, "stck_shrn_iscd")
    return symbol or missing("mksc_shrn_iscd", row)


def _measured(row: Body, measure: Measure) -> int | Decimal | None:
    if measure.whole:
        return scaled_or_none(row, measure.field, measure.unit)
    return number_or_none(row, measure.field)


def vi_events(body: Body) -> list[ViEvent]:
    """Read the newest volatility interruptions, newest first."""
    return [
        ViEvent(
            symbol=_symbol(row),
            name=said(row, "hts_kor_isnm"),
            date=iso_date(row, "bsop_date"),
            at_ns=day_ns(row, "bsop_date") + hour_ns(row, "cntg_vi_hour"),
            active=flag(row, "vi_cls_code"),
            released=(
                time_of_day(row, "vi_cncl_hour") if said(row, "vi_cncl_hour").strip("0") else None
            ),
            kind=_VI_KINDS.get(said(row, "vi_kind_code")),
            price_krw=price(row, "vi_prc") or missing("vi_prc", row),
            static_reference_krw=price(row, "vi_stnd_prc"),
            static_deviation_pct=number_or_none(row, "vi_dprt"),
            dynamic_reference_krw=price(row, "vi_dmc_stnd_prc"),
            dynamic_deviation_pct=number_or_none(row, "vi_dmc_dprt"),
            count=whole_or_none(row, "vi_count"),
        )
        for row in rows_of(body, "output")
    ]


def market_days(body: Body) -> list[MarketDay]:
    """Read one page of days, ascending."""
    return [
        MarketDay(
            date=iso_date(row, "bass_dt"),
            opens=flag(row, "opnd_yn"),
            business=flag(row, "bzdy_yn"),
            trading=flag(row, "tr_day_yn"),
            settles=flag(row, "sttl_day_yn"),
        )
        for row in rows_of(body, "output")
    ]


def market_hours(body: Body) -> MarketHours:
    """Read the business days around today."""
    output = object_of(body, "output1")
    days = [date_or_none(output, f"date{n}") for n in range(1, 6)]
    return MarketHours(
        today=iso_date(output, "today"),
        time=time_of_day(output, "time"),
        business_days=tuple(day for day in days if day is not None),
        opens=time_of_day(output, "s_time"),
        closes=time_of_day(output, "e_time"),
    )
