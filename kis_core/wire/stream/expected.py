"""What stock auctions would print, and what state a market is in, as typed events. Pure.

Expected prices: H0STANC0, H0NXANC0, H0UNANC0 and, after hours, H0STOAC0. KIS puts them in the
columns of a trade: the price is what would be printed, and of the sizes ACML_VOL is what would
meet (its value is that times the price in KIS's own frames); CNTG_VOL is only what came newly.
"""

from kis_core.market.events import ExpectedTrade, Market, MarketStatus
from kis_core.wire.stream.cells import Record, one_of, places, records_of, rows_of

EXPECTED: dict[str, Market] = {
    "H0STANC0": "KRX",
    "H0NXANC0": "NXT",
    "H0UNANC0": "UN",
    "H0STOAC0": "KRX",
}
AFTER_HOURS = "H0STOAC0"
STATUS: dict[str, Market] = {"H0STMKO0": "KRX", "H0NXMKO0": "NXT", "H0UNMKO0": "UN"}
_WITH_CODE = "H0STMKO0"


def expected_trades(text: str, arrived_ns: int, day_start_ns: int) -> list[ExpectedTrade]:
    """Read a whole frame of expected executions. `day_start_ns` is KST midnight of its day."""
    tr_id = one_of(text, EXPECTED)
    return [_expected(said, tr_id, arrived_ns, day_start_ns) for said in records_of(text, tr_id)]


def _expected(said: Record, tr_id: str, arrived_ns: int, day_start_ns: int) -> ExpectedTrade:
    price_krw = said.krw("STCK_PRPR")
    volume, value_krw = said.count_or_none("ACML_VOL"), said.count_or_none("ACML_TR_PBMN")
    after_hours = tr_id == AFTER_HOURS
    return ExpectedTrade(
        symbol=said.symbol("MKSC_SHRN_ISCD"),
        venue=EXPECTED[tr_id],
        at_ns=said.at_ns("STCK_CNTG_HOUR", day_start_ns),
        arrived_ns=arrived_ns,
        price_krw=price_krw,
        volume=None if price_krw is None else volume,
        value_krw=None if price_krw is None else value_krw,
        ask_krw=said.krw("ASKP1"),
        bid_krw=said.krw("BIDP1"),
        ask_volume=said.count_or_none("ASKP_RSQN1"),
        bid_volume=said.count_or_none("BIDP_RSQN1"),
        halted=said.yes_or_no("TRHT_YN"),
        after_hours=after_hours,
        vi_reference_krw=None if tr_id in ("H0STANC0", AFTER_HOURS) else said.krw("VI_STND_PRC"),
    )


def statuses(text: str, arrived_ns: int, day_start_ns: int) -> list[MarketStatus]:
    """Read a whole H0STMKO0, H0NXMKO0 or H0UNMKO0 frame. It carries no time of its own.

    The unified feed is documented without a symbol, possibly by a slip (kis_api.md §13.8): where
    its first column is no Y or N, it is read as KRX's.
    """
    tr_id = one_of(text, STATUS)
    return [_status(row, tr_id, arrived_ns) for row in rows_of(text, tr_id)]


def _status(row: tuple[str, ...], tr_id: str, arrived_ns: int) -> MarketStatus:
    without_code = tr_id == "H0UNMKO0" and row[0].strip() in ("Y", "N", "", "(null)")
    layout = tr_id if without_code or tr_id != "H0UNMKO0" else _WITH_CODE
    said = Record(places(layout, len(row)), row)
    return MarketStatus(
        symbol=None if without_code else said.symbol("MKSC_SHRN_ISCD"),
        venue=STATUS[tr_id],
        arrived_ns=arrived_ns,
        halted=said.yes_or_no("TRHT_YN"),
        halt_reason=said.text("TR_SUSP_REAS_CNTT"),
        phase=said.text("MKOP_CLS_CODE"),
        expected_phase=said.text("ANTC_MKOP_CLS_CODE"),
        random_end=said.text("MRKT_TRTM_CLS_CODE"),
        allotment=said.text("DIVI_APP_CLS_CODE"),
        symbol_state=said.text("ISCD_STAT_CLS_CODE"),
        vi=said.text("VI_CLS_CODE"),
        after_hours_vi=said.text("OVTM_VI_CLS_CODE"),
        exchange=said.text("EXCH_CLS_CODE"),
    )
