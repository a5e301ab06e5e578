"""KIS's replies about investors: who bought and sold, in shares and KRW. Pure.

KIS tells amounts in millions of KRW, and a whole market's volume in thousands of shares
(kis_api.md §7); here all are KRW and shares, so no finer than what was told. What is not told yet
(today's row before the close is blank) is None, never 0. Raises nothing but ReplyError.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

import msgspec

from kis_core.wire.fields import (
    MILLION,
    THOUSAND,
    Body,
    change_krw,
    decimal,
    iso_date,
    missing,
    price,
    rows_of,
    said,
    scaled_or_none,
    whole,
    whole_or_none,
)

Group = Literal[
    "individual",
    "foreign",
    "foreign_registered",
    "foreign_unregistered",
    "institution",
    "securities",
    "investment_trust",
    "private_fund",
    "bank",
    "insurance",
    "merchant_bank",
    "pension",
    "other",
    "other_corporation",
    "other_organisation",
]
"""A kind of investor. `institution` is all of securities … pension together."""


class Flow(msgspec.Struct, frozen=True):
    """What one kind of investor bought and sold. What KIS does not tell in this place is None."""

    net: int | None  # shares (contracts of derivatives); bought less sold
    net_krw: int | None
    bought: int | None = None
    sold: int | None = None
    bought_krw: int | None = None
    sold_krw: int | None = None


class InvestorDay(msgspec.Struct, frozen=True):
    """Three kinds of investors in a symbol on a day (YYYY-MM-DD). None: not told yet."""

    symbol: str
    date: str
    close_krw: int
    change_krw: int
    individual: Flow | None
    foreign: Flow | None
    institution: Flow | None


class InvestorDayByGroup(msgspec.Struct, frozen=True):
    """All kinds of investors in a symbol on a day. A kind that is not told is left out."""

    symbol: str
    date: str
    open_krw: int
    high_krw: int
    low_krw: int
    close_krw: int
    volume: int
    value_krw: int | None  # to the million
    flows: Mapping[Group, Flow]


class InvestorEstimate(msgspec.Struct, frozen=True):
    """The staff's estimate of a symbol's net buying since the opening; ten minutes either way."""

    symbol: str
    time: str  # HH:MM KST, the time of the estimate
    foreign: int | None  # shares
    institution: int | None
    total: int | None


class NetBuyer(msgspec.Struct, frozen=True):
    """A symbol foreigners or institutions trade much of, as estimated so far today."""

    rank: int
    symbol: str
    name: str
    price_krw: int | None
    cum_volume: int | None
    net: int | None  # shares, of those asked for
    flows: Mapping[Group, Flow]


class SegmentFlows(msgspec.Struct, frozen=True):
    """All kinds of investors in a part of the market, today so far."""

    segment: str
    at_ns: int  # when the reply arrived
    flows: Mapping[Group, Flow]


class BoardDay(msgspec.Struct, frozen=True):
    """All kinds of investors in a market on a day, beside its index."""

    board: str
    date: str
    close_pt: Decimal
    flows: Mapping[Group, Flow]


# KIS's tokens of each group. The registered and unregistered foreigners are spelt otherwise.
_TOKENS: Mapping[Group, str] = {
    "individual": "prsn",
    "foreign": "frgn",
    "institution": "orgn",
    "securities": "scrt",
    "investment_trust": "ivtr",
    "private_fund": "pe_fund",
    "bank": "bank",
    "insurance": "insu",
    "merchant_bank": "mrbn",
    "pension": "fund",
    "other": "etc",
    "other_corporation": "etc_corp",
    "other_organisation": "etc_orgt",
}
_NET_IN_VOL = frozenset({"private_fund", "other_corporation", "other_organisation"})
_FOREIGN: Mapping[Group, str] = {
    "foreign_registered": "frgn_reg",
    "foreign_unregistered": "frgn_nreg",
}
_ESTIMATE_TIMES = {"1": "09:30", "2": "10:00", "3": "11:20", "4": "13:20", "5": "14:30"}
ESTIMATE_TIMES = tuple(_ESTIMATE_TIMES.values())
"""When estimates are made, HH:MM KST, ten minutes either way (kis_api.md §7)."""


def investor_days(body: Body, symbol: str) -> list[InvestorDay]:
    """Read three groups' days, newest first."""
    return [
        InvestorDay(
            symbol=symbol,
            date=iso_date(row, "stck_bsop_date"),
            close_krw=whole(row, "stck_clpr"),
            change_krw=change_krw(row),
            individual=_flow(row, "individual"),
            foreign=_flow(row, "foreign"),
            institution=_flow(row, "institution"),
        )
        for row in rows_of(body, "output")
    ]


def investor_days_by_group(body: Body, symbol: str) -> list[InvestorDayByGroup]:
    """Read one page of all groups' days, newest first."""
    return [
        InvestorDayByGroup(
            symbol=symbol,
            date=iso_date(row, "stck_bsop_date"),
            open_krw=whole(row, "stck_oprc"),
            high_krw=whole(row, "stck_hgpr"),
            low_krw=whole(row, "stck_lwpr"),
            close_krw=whole(row, "stck_clpr"),
            volume=whole(row, "acml_vol"),
            value_krw=scaled_or_none(row, "acml_tr_pbmn", MILLION),
            flows=_flows(row),
        )
        for row in rows_of(body, "output2")
    ]


def investor_estimates(body: Body, symbol: str) -> list[InvestorEstimate]:
    """Read the estimates made so far today, in the order of their times."""
    read = []
    for row in rows_of(body, "output2"):
        slot = said(row, "bsop_hour_gb")
        read.append(
            InvestorEstimate(
                symbol=symbol,
                time=_ESTIMATE_TIMES.get(slot) or missing("bsop_hour_gb", row),
                foreign=whole_or_none(row, "frgn_fake_ntby_qty"),
                institution=whole_or_none(row, "orgn_fake_ntby_qty"),
                total=whole_or_none(row, "sum_fake_ntby_qty"),
            )
        )
    return sorted(read, key=lambda estimate: estimate.time)


def net_buyers(body: Body) -> list[NetBuyer]:
    """Read the symbols bought or sold most, first rank first."""
    return [
        NetBuyer(
            rank=number,
            symbol=said(row, "mksc_shrn_iscd") or missing("mksc_shrn_iscd", row),
            name=said(row, "hts_kor_isnm"),
            price_krw=price(row, "stck_prpr"),
            cum_volume=whole_or_none(row, "acml_vol"),
            net=whole_or_none(row, "ntby_qty"),
            flows=_flows(row),
        )
        for number, row in enumerate(rows_of(body, "output"), 1)
    ]


def segment_flows(body: Body, segment: str, at_ns: int, *, in_shares: bool) -> SegmentFlows:
    """Read a part of the market. Shares come in thousands, contracts one by one."""
    rows = rows_of(body, "output")
    flows = _flows(rows[0], THOUSAND if in_shares else 1) if rows else {}
    return SegmentFlows(segment, at_ns, flows)


def board_days(body: Body, board: str) -> list[BoardDay]:
    """Read a market's days, newest first. Shares in thousands **(guess: as during the day)**."""
    return [
        BoardDay(
            board=board,
            date=iso_date(row, "stck_bsop_date"),
            close_pt=decimal(row, "bstp_nmix_prpr"),
            flows=_flows(row, THOUSAND),
        )
        for row in rows_of(body, "output")
    ]


def _flows(row: Body, unit: int = 1) -> dict[Group, Flow]:
    """Return the flows of all groups that a row tells something of."""
    found: dict[Group, Flow] = {}
    for group in _TOKENS:
        if flow := _flow(row, group, unit):
            found[group] = flow
    for group, token in _FOREIGN.items():
        flow = Flow(
            net=scaled_or_none(row, f"{token}_ntby_qty", unit),
            net_krw=scaled_or_none(row, f"{token}_ntby_pbmn", MILLION),
            bought=scaled_or_none(row, f"{token}_bidp_qty", unit),
            sold=scaled_or_none(row, f"{token}_askp_qty", unit),
            bought_krw=scaled_or_none(row, f"{token}_bidp_pbmn", MILLION),
            sold_krw=scaled_or_none(row, f"{token}_askp_pbmn", MILLION),
        )
        if flow != Flow(None, None):
            found[group] = flow
    return found


def _flow(row: Body, group: Group, unit: int = 1) -> Flow | None:
    """Return one group's flow, None where the row is blank about it."""
    token = _TOKENS[group]
    net = "ntby_vol" if group in _NET_IN_VOL else "ntby_qty"
    flow = Flow(
        net=scaled_or_none(row, f"{token}_{net}", unit),
        net_krw=scaled_or_none(row, f"{token}_ntby_tr_pbmn", MILLION),
        bought=scaled_or_none(row, f"{token}_shnu_vol", unit),
        sold=scaled_or_none(row, f"{token}_seln_vol", unit),
        bought_krw=scaled_or_none(row, f"{token}_shnu_tr_pbmn", MILLION),
        sold_krw=scaled_or_none(row, f"{token}_seln_tr_pbmn", MILLION),
    )
    return None if flow == Flow(None, None) else flow
