"""Any frame of any TR: `read_any` reads it, `rows` makes plausible ones, `told` says what they say.

`told` is the other way round from the readers, written from the column table alone: which field of
an event comes from which column, and what a text in it means. KIS writes every value as text;
blank and `(null)` are unknown, a price of 0 is none.
"""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from kis_core.wire.account import NoticeKind
from kis_core.wire.stream.cipher import Keyring
from kis_core.wire.stream.frames import Ack, Heartbeat, parse_control
from kis_core.wire.stream.rows import Event, Report, events_of
from kis_core.wire.tr_table import STREAMS

DAY_NS = 1_686_495_600_000_000_000  # 2023-06-12 00:00 KST
ARRIVED_NS = DAY_NS + 34_434_250_000_000
_UNKNOWN = ("", "(null)")
Row = dict[str, str]


def read_any(
    text: str,
    keyring: Keyring | None = None,
    day_start_ns: int = DAY_NS,
    arrived_ns: int = ARRIVED_NS,
) -> Sequence[Event | Report | Ack | Heartbeat]:
    """Return the typed events of any frame, or what a control message says; or raise FrameError.

    `keyring` has learned the answer to the registration, where the frame is sealed.
    """
    if text.startswith("{"):
        return [parse_control(text)]
    return events_of(text, arrived_ns, day_start_ns, keyring)


def frame(tr_id: str, records: Sequence[Row], extra: int = 0) -> str:
    """Return the frame of these records, each with some columns that nobody knows yet."""
    texts = ["^".join((*row.values(), *["new"] * extra)) for row in records]
    return f"0|{tr_id}|{len(records):03d}|" + "^".join(texts)


# --- plausible texts

_codes = st.sampled_from(["005930", "0001A0", "Q500001", "A01612", "B01610A51", "D0160301"])
_stock_codes = st.sampled_from(["005930", "0001A0", "247540", "Q500001"])
_untold = st.sampled_from(_UNKNOWN)
_counts = st.integers(0, 10**12).map(str) | st.integers(0, 10**6).map("{:010d}".format)
_points = st.decimals(0, 10**6, places=2).map(str) | st.sampled_from(["0", "0.00", ".50"])
_signed = st.decimals(-(10**6), 10**6, places=2).map(str)
_whole = st.integers(-(10**9), 10**9).map(str)
_hours = st.times().map(lambda at: f"{at:%H%M%S}")
_krw = st.sampled_from(["0", "71900", "071900", "3702", "323750"]) | _untold

_STOCK = ("H0ST", "H0NX", "H0UN")
_KINDS: tuple[tuple[str, st.SearchStrategy[str]], ...] = (
    ("BSTP_CLS_CODE", st.sampled_from(["0001", "1001", "2001"])),
    (".+_HOUR", _hours),
    (".+_SIGN", st.sampled_from("12345")),
    ("HOUR_CLS_CODE", st.sampled_from(["0", "A", "B", "C", "D", "X", ""])),
    ("CCLD_DVSN|CNTG_CLS_CODE", st.sampled_from(["1", "5", "3", "9", ""])),
    (r"TRHT_YN|.+_GLOB_YN_\d", st.sampled_from(["Y", "N", ""])),
    (
        r".+(CLS_CODE|DVSN|CNTT|LIMT_YN|_NO\d|NAME\d)",
        st.sampled_from(["2", "311", "모간", "(null)", ""]),
    ),
    (r".*(ICDC\d?|NTBY_.+|PCAS_.+)", _whole | _untold),
    (
        r".*(VRSS|CTRT|RATE|BASIS|DPRT|ESDG|CTTR|VAL|GAMA|DELTA|VEGA|THETA|RHO|RLIM\d?)",
        _signed | _untold,
    ),
    ("SPEAD_PRC", _signed | _untold),
    (
        r".*((ASKP|BIDP)\d+|PRPR|OPRC|HGPR|LWPR|PRC|CNPR|MXPR|LLAM|THPR|HPRC|LPRC|VLTL)",
        _points | _untold,
    ),
    (".*NAV|.*_NMIX|NMIX_.+|OPRC_NAV|HPRC_NAV|LPRC_NAV", _points | _untold),
    (".*", _counts),
)


def _texts(tr_id: str, column: str) -> st.SearchStrategy[str]:
    stock = tr_id.startswith(_STOCK) and tr_id != "H0STNAV0"
    if column.endswith("SHRN_ISCD"):
        return _stock_codes if stock else _codes
    if stock and re.fullmatch(
        r"(ASKP|BIDP)\d+|STCK_PRPR|ANTC_CNPR|VI_STND_PRC|[KN]MID_PRC", column
    ):
        return _krw
    return next(texts for named, texts in _KINDS if re.fullmatch(named, column))


NEEDED: dict[str, str] = {  # a trade without a price is none
    **dict.fromkeys(("H0STCNT0", "H0NXCNT0", "H0UNCNT0", "H0STOUP0", "H0ZFCNT0"), "STCK_PRPR"),
    **dict.fromkeys(("H0IFCNT0", "H0CFCNT0", "H0MFCNT0"), "FUTS_PRPR"),
    **dict.fromkeys(("H0IOCNT0", "H0ZOCNT0", "H0EUCNT0"), "OPTN_PRPR"),
    "H0UPCNT0": "PRPR_NMIX",
    "H0STNAV0": "NAV",
}
_FLOWS = ("NTBY_CNQN", "NTBY_TR_PBMN")


def rows(tr_id: str, width: int) -> st.SearchStrategy[Row]:
    """Return plausible records of a TR, by column, in one of its layouts."""
    texts = {column: _texts(tr_id, column) for column in STREAMS[tr_id].columns(width)}
    if tr_id in NEEDED:
        texts[NEEDED[tr_id]] = st.sampled_from(["71900", "1080"])
    texts |= {column: _whole for column in _FLOWS if column in texts}
    if STREAMS[tr_id].encrypted:
        layout = {column: kind for column, kind in _NOTICE.items() if column in texts}
        texts |= layout | {"STCK_SHRN_ISCD": _stock_codes if "ST" in tr_id else _codes}
    return st.fixed_dictionaries(texts).map(lambda row: _in_order(row, tuple(texts)))


def _in_order(row: Row, columns: tuple[str, ...]) -> Row:
    """Return a record with its columns where KIS has them. A fill is not refused."""
    filled = {"RFUS_YN": "0"} if row.get("CNTG_YN") == "2" else {}
    return {column: (row | filled)[column] for column in columns}


_numbers = st.integers(1, 9_999_999_999).map("{:010d}".format)
_NOTICE: dict[str, st.SearchStrategy[str]] = {
    "ACNT_NO": st.sampled_from(["1234567801", "12345678-03"]),
    "ODER_NO": _numbers | st.just("2891"),
    "OODER_NO": _numbers | st.sampled_from(["", "0", "0" * 10]),
    "SELN_BYOV_CLS": st.sampled_from(["01", "02"]),
    "RCTF_CLS": st.sampled_from(["0", "1", "2"]),
    "RFUS_YN": st.sampled_from(["0", "1"]),
    "CNTG_YN": st.sampled_from(["1", "2"]),
    "ACPT_YN": st.sampled_from(["1", "2", "3"]),
    "CNTG_QTY": st.integers(0, 10**6).map("{:010d}".format),
    "ODER_QTY": st.integers(0, 10**6).map(str),
    "ORD_EXG_GB": st.sampled_from(["1", "2", "3", "4", ""]),
}


# --- what they say


def unknown(text: str) -> bool:
    return text in _UNKNOWN


def count(text: str) -> int | None:
    return None if unknown(text) else int(text)


def krw(text: str) -> int | None:
    return None if unknown(text) else int(text) or None


def number(text: str) -> Decimal | None:
    return None if unknown(text) else Decimal(text)


def price(text: str) -> Decimal | None:
    return None if unknown(text) else Decimal(text) or None


def said(text: str) -> str | None:
    return None if unknown(text) else text


def yes(text: str) -> bool | None:
    return {"Y": True, "N": False}.get(text)


def change(text: str, sign: str) -> Decimal | None:
    if unknown(text):
        return None
    value = abs(Decimal(text))
    return {"1": value, "2": value, "4": -value, "5": -value}.get(sign, Decimal(text))


def at_ns(hour: str, night: bool = False) -> int:
    seconds = (int(hour[:2]) * 60 + int(hour[2:4])) * 60 + int(hour[4:])
    next_day = 86_400 if night and hour < "120000" else 0
    return DAY_NS + (seconds + next_day) * 1_000_000_000


def market(tr_id: str) -> str:
    return {"ST": "KRX", "NX": "NXT", "UN": "UN"}[tr_id[2:4]]


def _stock(tr_id: str, row: Row, hour: str | None = None) -> dict[str, Any]:
    fields = {"symbol": row["MKSC_SHRN_ISCD"], "arrived_ns": ARRIVED_NS}
    return fields | ({"at_ns": at_ns(row[hour])} if hour else {})


def _trade(tr_id: str, row: Row) -> dict[str, Any]:
    side = row.get("CCLD_DVSN", row.get("CNTG_CLS_CODE", ""))
    fields = _stock(tr_id, row, "STCK_CNTG_HOUR") | {
        "price_krw": krw(row["STCK_PRPR"]),
        "volume": int(row["CNTG_VOL"]),
        "cum_volume": int(row["ACML_VOL"]),
        "cum_value_krw": int(row["ACML_TR_PBMN"]),
        "aggressor": {"1": 1, "5": -1}.get(side, 0),
        "ask_krw": krw(row["ASKP1"]),
        "bid_krw": krw(row["BIDP1"]),
        "halted": yes(row["TRHT_YN"]),
    }
    if tr_id == "H0STOUP0":
        return fields
    return fields | {
        "venue": market(tr_id),
        "in_auction": row["HOUR_CLS_CODE"] not in ("0", ""),
        "halted": row["TRHT_YN"] == "Y",
        "vi_reference_krw": krw(row["VI_STND_PRC"]),
    }


def _expected(tr_id: str, row: Row) -> dict[str, Any]:
    priced = krw(row["STCK_PRPR"]) is not None
    return _stock(tr_id, row, "STCK_CNTG_HOUR") | {
        "venue": market(tr_id),
        "price_krw": krw(row["STCK_PRPR"]),
        "volume": count(row["ACML_VOL"]) if priced else None,
        "value_krw": count(row["ACML_TR_PBMN"]) if priced else None,
        "ask_krw": krw(row["ASKP1"]),
        "bid_krw": krw(row["BIDP1"]),
        "ask_volume": count(row["ASKP_RSQN1"]),
        "bid_volume": count(row["BIDP_RSQN1"]),
        "halted": yes(row["TRHT_YN"]),
        "after_hours": tr_id == "H0STOAC0",
        "vi_reference_krw": krw(row.get("VI_STND_PRC", "")),
    }


def _levels(row: Row, side: str) -> tuple[tuple[int, int], ...]:
    pairs = [
        (krw(row[f"{side}{n}"]), int(row[f"{side}_RSQN{n}"]))
        for n in range(1, 11)
        if f"{side}{n}" in row
    ]
    return tuple((at, shares) for at, shares in pairs if at is not None and shares)


def _book(tr_id: str, row: Row) -> dict[str, Any]:
    expects = tr_id == "H0STOAA0" or row["HOUR_CLS_CODE"] not in ("0", "")
    expected = krw(row["ANTC_CNPR"]) if expects else None
    fields = _stock(tr_id, row, "BSOP_HOUR") | {
        "asks": _levels(row, "ASKP"),
        "bids": _levels(row, "BIDP"),
        "expected_krw": expected,
        "expected_volume": int(row["ANTC_CNQN"]) if expected else None,
    }
    if tr_id == "H0STOAA0":
        return fields
    mids = [
        (venue, krw(row[f"{x}MID_PRC"]), count(row[f"{x}MID_TOTAL_RSQN"]), row[f"{x}MID_CLS_CODE"])
        for venue, x in (("KRX", "K"), ("NXT", "N"))
        if f"{x}MID_PRC" in row
    ]
    return fields | {
        "venue": market(tr_id),
        "in_auction": expects,
        "mids": tuple(mid for mid in mids if mid[1] is not None),
    }


def _status(tr_id: str, row: Row) -> dict[str, Any]:
    return {
        "symbol": row.get("MKSC_SHRN_ISCD"),
        "venue": market(tr_id),
        "arrived_ns": ARRIVED_NS,
        "halted": yes(row["TRHT_YN"]),
        "halt_reason": said(row["TR_SUSP_REAS_CNTT"]),
        "phase": said(row["MKOP_CLS_CODE"]),
        "expected_phase": said(row["ANTC_MKOP_CLS_CODE"]),
        "random_end": said(row["MRKT_TRTM_CLS_CODE"]),
        "allotment": said(row["DIVI_APP_CLS_CODE"]),
        "symbol_state": said(row["ISCD_STAT_CLS_CODE"]),
        "vi": said(row["VI_CLS_CODE"]),
        "after_hours_vi": said(row["OVTM_VI_CLS_CODE"]),
        "exchange": said(row.get("EXCH_CLS_CODE", "")),
    }


def _members(tr_id: str, row: Row) -> dict[str, Any]:
    def five(side: str, names: str) -> tuple[tuple[object, ...], ...]:
        return tuple(
            (
                row[f"{names}_MBCR_NAME{n}"],
                said(row[f"{side}_MBCR_NO{n}"]),
                int(row[f"TOTAL_{side}_QTY{n}"]),
                count(row[f"{side}_QTY_ICDC{n}"]),
                number(row[f"{side}_MBCR_RLIM{n}"]),
                yes(row[f"{side}_MBCR_GLOB_YN_{n}"]),
                said(row[f"{names}_MBCR_ENG_NAME{n}"]),
            )
            for n in range(1, 6)
            if not unknown(row[f"{names}_MBCR_NAME{n}"])
        )

    return _stock(tr_id, row) | {
        "venue": market(tr_id),
        "sellers": five("SELN", "SELN2"),
        "buyers": five("SHNU", "BYOV"),
        "foreign_sold": count(row["GLOB_TOTAL_SELN_QTY"]),
        "foreign_bought": count(row["GLOB_TOTAL_SHNU_QTY"]),
        "foreign_sold_change": count(row["GLOB_TOTAL_SELN_QTY_ICDC"]),
        "foreign_bought_change": count(row["GLOB_TOTAL_SHNU_QTY_ICDC"]),
        "foreign_net": count(row["GLOB_NTBY_QTY"]),
        "foreign_sold_pct": number(row["GLOB_SELN_RLIM"]),
        "foreign_bought_pct": number(row["GLOB_SHNU_RLIM"]),
    }


def _program(tr_id: str, row: Row) -> dict[str, Any]:
    return _stock(tr_id, row, "STCK_CNTG_HOUR") | {
        "venue": market(tr_id),
        "sold": int(row["SELN_CNQN"]),
        "sold_krw": int(row["SELN_TR_PBMN"]),
        "bought": int(row["SHNU_CNQN"]),
        "bought_krw": int(row["SHNU_TR_PBMN"]),
        "net": int(row["NTBY_CNQN"]),
        "net_krw": int(row["NTBY_TR_PBMN"]),
        "asking": count(row["SELN_RSQN"]),
        "bidding": count(row["SHNU_RSQN"]),
        "net_resting": count(row["WHOL_NTBY_QTY"]),
    }


def _nav(tr_id: str, row: Row) -> dict[str, Any]:
    sign = row["NAV_PRDY_VRSS_SIGN"]
    return _stock(tr_id, row) | {
        "nav_krw": price(row["NAV"]),
        "change_krw": change(row["NAV_PRDY_VRSS"], sign),
        "change_pct": change(row["NAV_PRDY_CTRT"], sign),
        "open_krw": price(row["OPRC_NAV"]),
        "high_krw": price(row["HPRC_NAV"]),
        "low_krw": price(row["LPRC_NAV"]),
    }


def _index(row: Row) -> dict[str, Any]:
    return {
        "index": row["BSTP_CLS_CODE"],
        "at_ns": at_ns(row["BSOP_HOUR"]),
        "arrived_ns": ARRIVED_NS,
    }


def _index_level(tr_id: str, row: Row) -> dict[str, Any]:
    sign = row["PRDY_VRSS_SIGN"]
    fields = _index(row) | {
        "level_pt": price(row["PRPR_NMIX"]),
        "change_pt": change(row["BSTP_NMIX_PRDY_VRSS"], sign),
        "change_pct": change(row["PRDY_CTRT"], sign),
        "limit_up": count(row["UPLM_ISSU_CNT"]),
        "up": count(row["ASCN_ISSU_CNT"]),
        "flat": count(row["STNR_ISSU_CNT"]),
        "down": count(row["DOWN_ISSU_CNT"]),
        "limit_down": count(row["LSLM_ISSU_CNT"]),
    }
    volume, value = count(row["ACML_VOL"]), count(row["ACML_TR_PBMN"])
    if tr_id == "H0UPANC0":
        return fields | {"volume_thousand": volume, "value_million_krw": value}
    return fields | {
        "open_pt": price(row["OPRC_NMIX"]),
        "high_pt": price(row["NMIX_HGPR"]),
        "low_pt": price(row["NMIX_LWPR"]),
        "volume_thousand": count(row["PCAS_VOL"]),
        "value_million_krw": count(row["PCAS_TR_PBMN"]),
        "cum_volume_thousand": volume,
        "cum_value_million_krw": value,
    }


def _index_program(tr_id: str, row: Row) -> dict[str, Any]:
    def four(*columns: str) -> tuple[int | None, ...]:
        return tuple(count(row[column]) for column in columns)

    def executed(kind: str, whose: str) -> tuple[int | None, ...]:
        sold, bought = f"{kind}_SELN_{whose}", f"{kind}_SHNU_{whose}"
        return four(f"{sold}_CNQN", f"{sold}_CNTG_AMT", f"{bought}_CNQN", f"{bought}_CNTG_AMT")

    def summed(what: str) -> tuple[int | None, ...]:
        ends = ("SELN_VOL", "SELN_TR_PBMN", "SHNU_VOL", "SHNU_TR_PBMN")
        return four(*(f"{what}_{end}" for end in ends))

    return _index(row) | {
        "arbitrage_customers": executed("ARBT", "ENTM"),
        "arbitrage_own": executed("ARBT", "ONSL"),
        "other_customers": executed("NABT", "ENTM"),
        "other_own": executed("NABT", "ONSL"),
        "arbitrage": summed("ARBT_SMTN"),
        "other": summed("NABT_SMTN"),
        "customers": summed("WHOL_ENTM"),
        "own": summed("WHOL_ONSL"),
        "whole": four(
            "TOTAL_SELN_QTY", "TOTAL_SELN_TR_PBMN", "SHNU_CNTG_SMTN", "TOTAL_SHNU_TR_PBMN"
        ),
        "market_thousand": count(row["ACML_VOL"]),
        "market_million_krw": count(row["ACML_TR_PBMN"]),
    }


def _contract(tr_id: str, row: Row, code: str) -> dict[str, Any]:
    night = tr_id.startswith(("H0MF", "H0EU"))
    return {
        "symbol": row[code],
        "session": "night" if night else "day",
        "at_ns": at_ns(row["BSOP_HOUR"], night),
        "arrived_ns": ARRIVED_NS,
    }


def _quote(symbol: str) -> Callable[[str], Decimal | None]:
    return number if symbol.startswith("D") else price  # a spread may cost nothing


def _derivative_trade(tr_id: str, row: Row) -> dict[str, Any]:
    columns = list(row)
    code, stock = columns[0], tr_id == "H0ZFCNT0"
    name = "OPTN_" if code.startswith("OPTN") else "STCK_" if stock else "FUTS_"
    best = "" if stock else name
    at = 5 if tr_id in ("H0IFCNT0", "H0CFCNT0", "H0MFCNT0") else 2
    assert columns[at].endswith("PRPR")
    pct = "PRDY_CTRT" if name == "OPTN_" else "FUTS_PRDY_CTRT"
    moved = "PRDY_VRSS" if stock else f"{name}PRDY_VRSS"
    quote = _quote(row[code])
    block = [row[c] for c in ("DSCS_BLTR_ACML_QTY", "DSCS_LRQN_VOL") if c in row]
    fields = _contract(tr_id, row, code) | {
        "price": Decimal(row[columns[at]]),
        "contracts": int(row["LAST_CNQN"]),
        "cum_contracts": int(row["ACML_VOL"]),
        "cum_value_thousand_krw": count(row["ACML_TR_PBMN"]),
        "change": change(row[moved], row["PRDY_VRSS_SIGN"]),
        "change_pct": change(row[pct], row["PRDY_VRSS_SIGN"]),
        "open": quote(row[f"{name}OPRC"]),
        "high": quote(row[f"{name}HGPR"]),
        "low": quote(row[f"{name}LWPR"]),
        "ask": quote(row[f"{best}ASKP1"]),
        "bid": quote(row[f"{best}BIDP1"]),
        "ask_contracts": count(row["ASKP_RSQN1"]),
        "bid_contracts": count(row["BIDP_RSQN1"]),
        "total_asks": count(row["TOTAL_ASKP_RSQN"]),
        "total_bids": count(row["TOTAL_BIDP_RSQN"]),
        "open_interest": count(row["HTS_OTST_STPL_QTY"]),
        "open_interest_change": count(row["OTST_STPL_QTY_ICDC"]),
        "theoretical": quote(row["HTS_THPR"]),
        "basis": number(row["MRKT_BASIS"]),
        "theoretical_basis": number(row["THPR_BASIS"]),
        "disparity_pct": number(row["DPRT"]),
        "sold": count(row["SELN_CNTG_SMTN"]),
        "bought": count(row["SHNU_CNTG_SMTN"]),
        "strength_pct": number(row["CTTR"]),
        "upper": price(row.get("DYNM_MXPR", "")),
        "lower": price(row.get("DYNM_LLAM", "")),
        "limited": said(row.get("DYNM_PRC_LIMT_YN", "")),
        "block_contracts": count(block[0]) if block else None,
    }
    if name != "OPTN_":
        return fields | {
            "near": price(row["NMSC_FCTN_STPL_PRC"]),
            "far": price(row["FMSC_FCTN_STPL_PRC"]),
            "spread": number(row["SPEAD_PRC"]),
        }
    return fields | {
        "premium": number(row["PRMM_VAL"]),
        "intrinsic": number(row["INVL_VAL"]),
        "time_value": number(row["TMVL_VAL"]),
        "delta": number(row["DELTA"]),
        "gamma": number(row["GAMA"]),
        "vega": number(row["VEGA"]),
        "theta": number(row["THETA"]),
        "rho": number(row["RHO"]),
        "implied_pct": price(row["HTS_INTS_VLTL"]),
        "historical_pct": price(row["UNAS_HIST_VLTL"]),
        "average_pct": price(row.get("AVRG_VLTL", "")),
    }


def _derivative_book(tr_id: str, row: Row) -> dict[str, Any]:
    code = next(iter(row))
    best = next(p for p in ("FUTS_", "OPTN_", "") if f"{p}ASKP1" in row)
    quote = _quote(row[code])

    def side(name: str) -> tuple[tuple[object, ...], ...]:
        levels = [
            (
                quote(row[f"{best}{name}{n}"]),
                int(row[f"{name}_RSQN{n}"]),
                count(row[f"{name}_CSNU{n}"]),
            )
            for n in range(1, 11)
            if f"{best}{name}{n}" in row
        ]
        return tuple(level for level in levels if level[0] is not None and level[1])

    return _contract(tr_id, row, code) | {
        "asks": side("ASKP"),
        "bids": side("BIDP"),
        "total_asks": count(row["TOTAL_ASKP_RSQN"]),
        "total_bids": count(row["TOTAL_BIDP_RSQN"]),
        "total_ask_orders": count(row["TOTAL_ASKP_CSNU"]),
        "total_bid_orders": count(row["TOTAL_BIDP_CSNU"]),
    }


def _expected_contract(tr_id: str, row: Row) -> dict[str, Any]:
    sign = row["ANTC_CNTG_VRSS_SIGN"]
    return _contract(tr_id, row, next(iter(row))) | {
        "price": price(row["ANTC_CNPR"]),
        "change": change(row["ANTC_CNTG_VRSS"], sign),
        "change_pct": change(row["ANTC_CNTG_PRDY_CTRT"], sign),
        "phase": said(row["ANTC_MKOP_CLS_CODE"]),
        "contracts": count(row.get("ANTC_CNQN", "")),
    }


def _order(row: Row) -> dict[str, Any]:
    original = int(row["OODER_NO"] or 0)
    return {
        "kind": _notice_kind(row),
        "account": row["ACNT_NO"].replace("-", ""),
        "broker_id": f"{int(row['ODER_NO']):010d}",
        "original_id": f"{original:010d}" if original else None,
        "symbol": row["STCK_SHRN_ISCD"],
        "side": {"01": "SELL", "02": "BUY"}[row["SELN_BYOV_CLS"]],
        "change": {"0": "new", "1": "modify", "2": "cancel"}[row["RCTF_CLS"]],
        "at": row["STCK_CNTG_HOUR"],
    }


def _notice_kind(row: Row) -> NoticeKind:
    if row["CNTG_YN"] == "2":
        return NoticeKind.FILLED
    if row["RFUS_YN"] == "1":
        return NoticeKind.REJECTED
    confirmed_cancel = row["RCTF_CLS"] == "2" and row["ACPT_YN"] == "2"
    cancelled = row["ACPT_YN"] == "3" or confirmed_cancel
    return NoticeKind.CANCELLED if cancelled else NoticeKind.ACCEPTED


def _stock_notice(tr_id: str, row: Row) -> dict[str, Any]:
    venues = {"1": "KRX", "2": "NXT", "3": "KRX", "4": "NXT"}
    return _order(row) | {
        "shares": int(row["CNTG_QTY"]),
        "price_krw": int(row["CNTG_UNPR"]),
        "order_shares": int(row["ODER_QTY"]),
        "venue": venues.get(row.get("ORD_EXG_GB", "")),
        "session": None,
    }


def _derivative_notice(tr_id: str, row: Row) -> dict[str, Any]:
    return _order(row) | {
        "contracts": int(row["CNTG_QTY"]),
        "price": price(row["CNTG_UNPR"]),
        "order_contracts": int(row["ODER_QTY"]),
        "session": "day" if tr_id.startswith("H0IF") else "night",
        "order_price": price(row.get("ORDER_PRC", "")),
    }


def _named(tr_id: str, row: Row) -> dict[str, Any]:
    return {"tr_id": tr_id, "arrived_ns": ARRIVED_NS, "columns": row}


_TELLERS: tuple[tuple[str, Callable[[str, Row], dict[str, Any]]], ...] = (
    ("H0EW...0", _named),
    ("H0(ST|NX|UN)CNT0|H0STOUP0", _trade),
    ("H0(ST|NX|UN)ANC0|H0STOAC0", _expected),
    ("H0(ST|NX|UN)ASP0|H0STOAA0", _book),
    ("H0(ST|NX|UN)MKO0", _status),
    ("H0(ST|NX|UN)MBC0", _members),
    ("H0(ST|NX|UN)PGM0", _program),
    ("H0STNAV0", _nav),
    ("H0UP(CNT|ANC)0", _index_level),
    ("H0UPPGM0", _index_program),
    ("H0STCNI.", _stock_notice),
    ("H0(IF|MF|EU)CNI.", _derivative_notice),
    ("H0..CNT0", _derivative_trade),
    ("H0..ASP0", _derivative_book),
    ("H0..ANC0", _expected_contract),
)


def told(tr_id: str, row: Row) -> dict[str, Any]:
    """Return every field of the event that a record is, by the field's name."""
    return next(tell for name, tell in _TELLERS if re.fullmatch(name, tr_id))(tr_id, row)
