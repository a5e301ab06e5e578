"""The REST calls this broker answers, and under which TR ids. Pure.

Names and fields come from `kis_core.wire.tr_table`, the table the client is built on, so that both
sides share one list of facts. Sources: kis_api.md §2.1 (paper's letter), §5, §6, §17.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from broker_sim.kis import overseas
from kis_core.environment import Dialect
from kis_core.wire import tr_table
from kis_core.wire.tr_table import Output

# Clients written before there were several venues leave it out, and are answered for KRX.
NEVER_REQUIRED = "EXCG_ID_DVSN_CD"
# Keys of GET calls that samples leave out: one date, and the pairs that hold no further stock.
MAY_BE_MISSING = {
    "domestic_stock.volume_rank": ("FID_INPUT_DATE_1",),
    "domestic_stock.intstock_multprice": tuple(
        key
        for number in range(2, 31)
        for key in (f"FID_COND_MRKT_DIV_CODE_{number}", f"FID_INPUT_ISCD_{number}")
    ),
}
# TR ids that official samples send and no sheet knows (kis_api.md §19).
SAMPLES = {"domestic_futureoption.order_rvsecncl": {"TTTN1103U": "night"}}


@dataclass(frozen=True, slots=True)
class Call:
    """One call as one dialect offers it."""

    name: str  # domestic_stock.inquire_price …
    method: str
    path: str
    variants: Mapping[str, str]  # TR id → variant: buy, sell, within_3_months … or ""
    elsewhere: frozenset[str]  # TR ids of the same call in the other dialect
    required: tuple[str, ...]  # keys that must be present, even if blank; upper case
    cursor: str | None  # 100, 200 or nothing after CTX_AREA_FK and CTX_AREA_NK; None: no pages
    outputs: Mapping[str, Output]

    def blank(self, output: str) -> dict[str, str]:
        """Return a record of an output with every documented field, blank."""
        return dict.fromkeys(self.outputs[output].names, "")

    def zeros(self, output: str) -> dict[str, str]:
        """Return a record of an output with every documented field, zero."""
        return dict.fromkeys(self.outputs[output].names, "0")


def calls(dialect: Dialect) -> dict[str, Call]:
    """Return every call by its path. One that the dialect lacks is there without variants."""
    domestic = (row for row in tr_table.CALLS.values() if row.tr_real)
    offered = (*domestic, *overseas.CALLS)
    return {row.path: _call(row, dialect) for row in offered}


def _call(row: tr_table.Call, dialect: Dialect) -> Call:
    real = {tr: variant for ids in (row.tr_real, row.tr_old) for variant, tr in ids.items()}
    real |= SAMPLES.get(row.name, {})
    paper: dict[str, str] = {}
    if row.tr_paper:
        old = {"V" + tr[1:]: v for v, tr in row.tr_old.items() if v in row.tr_paper}
        paper = {tr: variant for variant, tr in row.tr_paper.items()} | old
    # The official client writes V for the first letter of whatever it asks of the paper host.
    spoken = {*real, *("V" + tr[1:] for tr in real if tr[0] in "TJC")}
    here, there = (real, paper) if dialect == "real" else (paper, spoken)
    optional = row.optional if row.method == "POST" else MAY_BE_MISSING.get(row.name, ())
    return Call(
        name=row.name,
        method=row.method,
        path=row.path,
        variants=here,
        elsewhere=frozenset(there) - frozenset(here),
        required=tuple(k.upper() for k in row.params if k not in (*optional, NEVER_REQUIRED)),
        cursor=row.cursor,
        outputs=row.outputs,
    )
