"""Index levels, traded and expected, as typed events. Pure. Columns: kis_api.md §13.8."""

from kis_core.market.events import ExpectedIndex, IndexMove
from kis_core.wire.stream.cells import Record, is_digits, records_of, wrong

LEVELS = "H0UPCNT0"
EXPECTED = "H0UPANC0"


def index_code(said: Record, column: str) -> str:
    """Return the four digits of an index: 0001 KOSPI, 1001 KOSDAQ, 2001 KOSPI200."""
    code = said.needed(said.text(column), column)
    return code if len(code) == 4 and is_digits(code) else wrong(column, code, said.fields)


def index_moves(text: str, arrived_ns: int, day_start_ns: int) -> list[IndexMove]:
    """Read a whole H0UPCNT0 frame. `day_start_ns` is KST midnight of its day."""
    return [
        IndexMove(
            index=index_code(said, "BSTP_CLS_CODE"),
            at_ns=said.at_ns("BSOP_HOUR", day_start_ns),
            arrived_ns=arrived_ns,
            level_pt=said.needed(said.price("PRPR_NMIX"), "PRPR_NMIX"),
            change_pt=said.change("BSTP_NMIX_PRDY_VRSS", "PRDY_VRSS_SIGN"),
            change_pct=said.change("PRDY_CTRT", "PRDY_VRSS_SIGN"),
            open_pt=said.price("OPRC_NMIX"),
            high_pt=said.price("NMIX_HGPR"),
            low_pt=said.price("NMIX_LWPR"),
            volume_thousand=said.whole("PCAS_VOL"),
            value_million_krw=said.whole("PCAS_TR_PBMN"),
            cum_volume_thousand=said.count_or_none("ACML_VOL"),
            cum_value_million_krw=said.count_or_none("ACML_TR_PBMN"),
            limit_up=said.count_or_none("UPLM_ISSU_CNT"),
            up=said.count_or_none("ASCN_ISSU_CNT"),
            flat=said.count_or_none("STNR_ISSU_CNT"),
            down=said.count_or_none("DOWN_ISSU_CNT"),
            limit_down=said.count_or_none("LSLM_ISSU_CNT"),
        )
        for said in records_of(text, LEVELS)
    ]


def expected_indices(text: str, arrived_ns: int, day_start_ns: int) -> list[ExpectedIndex]:
    """Read a whole H0UPANC0 frame of 15 or 30 columns."""
    return [
        ExpectedIndex(
            index=index_code(said, "BSTP_CLS_CODE"),
            at_ns=said.at_ns("BSOP_HOUR", day_start_ns),
            arrived_ns=arrived_ns,
            level_pt=said.price("PRPR_NMIX"),
            change_pt=said.change("BSTP_NMIX_PRDY_VRSS", "PRDY_VRSS_SIGN"),
            change_pct=said.change("PRDY_CTRT", "PRDY_VRSS_SIGN"),
            volume_thousand=said.count_or_none("ACML_VOL"),
            value_million_krw=said.count_or_none("ACML_TR_PBMN"),
            limit_up=said.count_or_none("UPLM_ISSU_CNT"),
            up=said.count_or_none("ASCN_ISSU_CNT"),
            flat=said.count_or_none("STNR_ISSU_CNT"),
            down=said.count_or_none("DOWN_ISSU_CNT"),
            limit_down=said.count_or_none("LSLM_ISSU_CNT"),
        )
        for said in records_of(text, EXPECTED)
    ]
