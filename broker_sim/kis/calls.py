"""The REST calls this broker answers, and under which TR ids. Pure.

Names and fields come from `kis_core.wire.tr_table`, the table the client is built on, so that both
sides share one list of facts. The open-orders query is not among the client's calls; its row is
here. Sources: kis_api.md §2.1 (paper's letter), §5, §6, §17.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from kis_core.environment import Dialect
from kis_core.wire import tr_table

OPEN_ORDERS = tr_table.Call(
    name="domestic_stock.inquire_psbl_rvsecncl",
    title="주식정정취소가능주문조회",
    method="GET",
    path="/uapi/domestic-stock/v1/trading/inquire-psbl-rvsecncl",
    tr_real={"": "TTTC0084R"},
    tr_paper={},
    tr_old={"": "TTTC8036R"},
    params=(
        "CANO",
        "ACNT_PRDT_CD",
        "CTX_AREA_FK100",
        "CTX_AREA_NK100",
        "INQR_DVSN_1",
        "INQR_DVSN_2",
    ),
    optional=(),
    cursor="100",
    outputs={
        "output": (
            "array",
            (
                "ord_gno_brno",
                "odno",
                "orgn_odno",
                "ord_dvsn_name",
                "pdno",
                "prdt_name",
                "rvse_cncl_dvsn_name",
                "ord_qty",
                "ord_unpr",
                "ord_tmd",
                "tot_ccld_qty",
                "tot_ccld_amt",
                "psbl_qty",
                "sll_buy_dvsn_cd",
                "ord_dvsn_cd",
                "mgco_aptm_odno",
                "excg_dvsn_cd",
                "excg_id_dvsn_cd",
                "excg_id_dvsn_name",
                "stpm_cndt_pric",
                "stpm_efct_occr_yn",
            ),
        )
    },
)
# Clients written before there were several venues leave it out, and are answered for KRX.
NEVER_REQUIRED = "EXCG_ID_DVSN_CD"


@dataclass(frozen=True, slots=True)
class Call:
    """One call as one dialect offers it."""

    name: str  # inquire_price, order_cash …
    method: str
    path: str
    variants: Mapping[str, str]  # TR id → variant: buy, sell, within_3_months … or ""
    elsewhere: frozenset[str]  # TR ids of the same call in the other dialect
    required: tuple[str, ...]  # keys that must be present, even if blank
    fields: Mapping[str, tuple[str, ...]]  # per output

    def blank(self, output: str) -> dict[str, str]:
        """Return a record of an output with every documented field, blank."""
        return dict.fromkeys(self.fields[output], "")


def calls(dialect: Dialect) -> dict[str, Call]:
    """Return every call by its path. One that the dialect lacks is there without variants."""
    offered = (*tr_table.CALLS.values(), OPEN_ORDERS)
    return {row.path: _call(row, dialect) for row in offered if row.path.startswith("/uapi/")}


def _call(row: tr_table.Call, dialect: Dialect) -> Call:
    real = {tr: variant for ids in (row.tr_real, row.tr_old) for variant, tr in ids.items()}
    paper: dict[str, str] = {}
    if row.tr_paper:
        old = {"V" + tr[1:]: variant for variant, tr in row.tr_old.items()}
        paper = {tr: variant for variant, tr in row.tr_paper.items()} | old
    here, there = (real, paper) if dialect == "real" else (paper, real)
    optional = row.optional if row.method == "POST" else ()
    return Call(
        name=row.name.rpartition(".")[2],
        method=row.method,
        path=row.path,
        variants=here,
        elsewhere=frozenset(there) - frozenset(here),
        required=tuple(k for k in row.params if k not in (*optional, NEVER_REQUIRED)),
        fields={output: fields for output, (_, fields) in row.outputs.items()},
    )
