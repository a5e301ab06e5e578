"""Futures and options as typed events: index, single stock, commodity; day and night. Pure.

The families name their columns differently, and put the price at different places (5 for index
and commodity futures, 2 for all else); the night option has its flag before its lower limit
(kis_api.md §13.8). All is read by name. Night frames carry the plain clock: hours before noon are
the day after `day_start_ns`, KST midnight of the day the session began on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from kis_core.market.derivative_events import (
    DerivativeBook,
    DerivativeLevel,
    ExpectedContract,
    FuturesTrade,
    OptionTrade,
    Session,
)
from kis_core.wire.stream.cells import Record, one_of, records_of
from kis_core.wire.tr_table import STREAMS


@dataclass(frozen=True, slots=True)
class _Names:
    """What a family calls its columns."""

    code: str
    price: str
    change: str
    change_pct: str
    opened: str
    high: str
    low: str
    ask: str
    bid: str


# fmt: off
_INDEX_FUTURES = _Names("FUTS_SHRN_ISCD", "FUTS_PRPR", "FUTS_PRDY_VRSS", "FUTS_PRDY_CTRT",
                        "FUTS_OPRC", "FUTS_HGPR", "FUTS_LWPR", "FUTS_ASKP1", "FUTS_BIDP1")
_STOCK_FUTURES = _Names("FUTS_SHRN_ISCD", "STCK_PRPR", "PRDY_VRSS", "FUTS_PRDY_CTRT",
                        "STCK_OPRC", "STCK_HGPR", "STCK_LWPR", "ASKP1", "BIDP1")
_OPTIONS = _Names("OPTN_SHRN_ISCD", "OPTN_PRPR", "OPTN_PRDY_VRSS", "PRDY_CTRT",
                  "OPTN_OPRC", "OPTN_HGPR", "OPTN_LWPR", "OPTN_ASKP1", "OPTN_BIDP1")
# fmt: on

FUTURES: Mapping[str, _Names] = {
    "H0IFCNT0": _INDEX_FUTURES,
    "H0CFCNT0": _INDEX_FUTURES,
    "H0MFCNT0": _INDEX_FUTURES,
    "H0ZFCNT0": _STOCK_FUTURES,
}
OPTIONS = ("H0IOCNT0", "H0ZOCNT0", "H0EUCNT0")
BOOKS = (
    *("H0IFASP0", "H0CFASP0", "H0MFASP0", "H0ZFASP0"),
    *("H0IOASP0", "H0ZOASP0", "H0EUASP0"),
)
EXPECTED = ("H0ZFANC0", "H0ZOANC0", "H0EUANC0")
_NIGHT = ("H0MF", "H0EU")
_SPREADS = ("D", "4")  # the first letter of their codes, and that of before 2026


def session_of(tr_id: str) -> Session:
    """Return whether a TR tells of the day session or of the night session."""
    return "night" if tr_id.startswith(_NIGHT) else "day"


def futures_trades(text: str, arrived_ns: int, day_start_ns: int) -> list[FuturesTrade]:
    """Read a whole H0IFCNT0, H0CFCNT0, H0MFCNT0 or H0ZFCNT0 frame."""
    tr_id = one_of(text, FUTURES)
    return [
        FuturesTrade(
            **_contract(said, tr_id, FUTURES[tr_id], arrived_ns, day_start_ns),
            near=said.price("NMSC_FCTN_STPL_PRC"),
            far=said.price("FMSC_FCTN_STPL_PRC"),
            spread=said.number("SPEAD_PRC"),
        )
        for said in records_of(text, tr_id)
    ]


def option_trades(text: str, arrived_ns: int, day_start_ns: int) -> list[OptionTrade]:
    """Read a whole H0IOCNT0, H0ZOCNT0 or H0EUCNT0 frame."""
    tr_id = one_of(text, OPTIONS)
    has_average = "AVRG_VLTL" in STREAMS[tr_id].layouts[-1]
    return [
        OptionTrade(
            **_contract(said, tr_id, _OPTIONS, arrived_ns, day_start_ns),
            premium=said.number("PRMM_VAL"),
            intrinsic=said.number("INVL_VAL"),
            time_value=said.number("TMVL_VAL"),
            delta=said.number("DELTA"),
            gamma=said.number("GAMA"),
            vega=said.number("VEGA"),
            theta=said.number("THETA"),
            rho=said.number("RHO"),
            implied_pct=said.price("HTS_INTS_VLTL"),  # 0 where KIS could not tell
            historical_pct=said.price("UNAS_HIST_VLTL"),
            average_pct=said.price("AVRG_VLTL") if has_average else None,
        )
        for said in records_of(text, tr_id)
    ]


def _contract(
    said: Record, tr_id: str, names: _Names, arrived_ns: int, day_start_ns: int
) -> dict[str, Any]:
    """Return what futures and options have in common. What a TR has no column for is unknown."""
    session = session_of(tr_id)
    code = said.symbol(names.code)
    price = _quoted(said, code)
    columns = STREAMS[tr_id].layouts[-1]
    block = next((c for c in ("DSCS_BLTR_ACML_QTY", "DSCS_LRQN_VOL") if c in columns), None)
    limits = "DYNM_MXPR" in columns
    return {
        "symbol": code,
        "session": session,
        "at_ns": said.at_ns("BSOP_HOUR", day_start_ns, session),
        "arrived_ns": arrived_ns,
        "price": said.needed(price(names.price), names.price),
        "contracts": said.count("LAST_CNQN"),
        "cum_contracts": said.count("ACML_VOL"),
        "cum_value_thousand_krw": said.count_or_none("ACML_TR_PBMN"),
        "change": said.change(names.change, "PRDY_VRSS_SIGN"),
        "change_pct": said.change(names.change_pct, "PRDY_VRSS_SIGN"),
        "open": price(names.opened),
        "high": price(names.high),
        "low": price(names.low),
        "ask": price(names.ask),
        "bid": price(names.bid),
        "ask_contracts": said.count_or_none("ASKP_RSQN1"),
        "bid_contracts": said.count_or_none("BIDP_RSQN1"),
        "total_asks": said.count_or_none("TOTAL_ASKP_RSQN"),
        "total_bids": said.count_or_none("TOTAL_BIDP_RSQN"),
        "open_interest": said.count_or_none("HTS_OTST_STPL_QTY"),
        "open_interest_change": said.whole("OTST_STPL_QTY_ICDC"),
        "theoretical": price("HTS_THPR"),
        "basis": said.number("MRKT_BASIS"),
        "theoretical_basis": said.number("THPR_BASIS"),
        "disparity_pct": said.number("DPRT"),
        "sold": said.count_or_none("SELN_CNTG_SMTN"),
        "bought": said.count_or_none("SHNU_CNTG_SMTN"),
        "strength_pct": said.number("CTTR"),
        "upper": said.price("DYNM_MXPR") if limits else None,
        "lower": said.price("DYNM_LLAM") if limits else None,
        "limited": said.text("DYNM_PRC_LIMT_YN") if limits else None,
        "block_contracts": said.count_or_none(block) if block else None,
    }


def derivative_books(text: str, arrived_ns: int, day_start_ns: int) -> list[DerivativeBook]:
    """Read a whole book frame of futures or options: five levels a side, ten of single stocks."""
    tr_id = one_of(text, BOOKS)
    session = session_of(tr_id)
    column, asks, bids = _levels(tr_id)
    return [
        DerivativeBook(
            symbol=(code := said.symbol(column)),
            session=session,
            at_ns=said.at_ns("BSOP_HOUR", day_start_ns, session),
            arrived_ns=arrived_ns,
            asks=_side(said, code, asks),
            bids=_side(said, code, bids),
            total_asks=said.count_or_none("TOTAL_ASKP_RSQN"),
            total_bids=said.count_or_none("TOTAL_BIDP_RSQN"),
            total_ask_orders=said.count_or_none("TOTAL_ASKP_CSNU"),
            total_bid_orders=said.count_or_none("TOTAL_BIDP_CSNU"),
        )
        for said in records_of(text, tr_id)
    ]


_Level = tuple[str, str, str]
"""Which columns hold a level's price, contracts and orders."""


@cache
def _levels(tr_id: str) -> tuple[str, tuple[_Level, ...], tuple[_Level, ...]]:
    """Return the column of the code and those of the levels. Options put levels 6 to 10 last."""
    columns = STREAMS[tr_id].layouts[0]
    code = columns[0]
    prefix = next(p for p in ("FUTS_", "OPTN_", "") if f"{p}ASKP1" in columns)
    shown = [n for n in range(1, 11) if f"{prefix}ASKP{n}" in columns]
    asks, bids = (
        tuple((f"{prefix}{side}{n}", f"{side}_RSQN{n}", f"{side}_CSNU{n}") for n in shown)
        for side in ("ASKP", "BIDP")
    )
    return code, asks, bids


def _side(said: Record, code: str, levels: tuple[_Level, ...]) -> tuple[DerivativeLevel, ...]:
    quoted = _quoted(said, code)
    return tuple(
        DerivativeLevel(price, contracts, said.count_or_none(orders))
        for at, size, orders in levels
        if (price := quoted(at)) is not None and (contracts := said.count(size)) > 0
    )


def _quoted(said: Record, code: str) -> Callable[[str], Decimal | None]:
    """Return how prices of a contract are read: a calendar spread may cost nothing, or less."""
    return said.number if code[0] in _SPREADS else said.price


def expected_contracts(text: str, arrived_ns: int, day_start_ns: int) -> list[ExpectedContract]:
    """Read a whole H0ZFANC0, H0ZOANC0 or H0EUANC0 frame."""
    tr_id = one_of(text, EXPECTED)
    session = session_of(tr_id)
    columns = STREAMS[tr_id].layouts[-1]
    return [
        ExpectedContract(
            symbol=said.symbol(columns[0]),
            session=session,
            at_ns=said.at_ns("BSOP_HOUR", day_start_ns, session),
            arrived_ns=arrived_ns,
            price=said.price("ANTC_CNPR"),
            change=said.change("ANTC_CNTG_VRSS", "ANTC_CNTG_VRSS_SIGN"),
            change_pct=said.change("ANTC_CNTG_PRDY_CTRT", "ANTC_CNTG_VRSS_SIGN"),
            phase=said.text("ANTC_MKOP_CLS_CODE"),
            contracts=said.count_or_none("ANTC_CNQN") if "ANTC_CNQN" in columns else None,
        )
        for said in records_of(text, tr_id)
    ]
