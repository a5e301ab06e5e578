"""The real board of 2025-06-05 as KIS would send it, and as values."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from collector.derivatives.expiries import BoardKey, board_key
from kis_core.clock import ns
from kis_core.market.calendar import krx_calendar
from kis_core.wire.derivatives.derivative_quote_replies import option_board
from kis_core.wire.derivatives.derivative_quotes import OptionBoard

DAY = date(2025, 6, 5)
MONTHS = ("202506", "202507", "202508", "202509")
WHOLE = {
    "acml_vol", "seln_rsqn", "shnu_rsqn", "acml_tr_pbmn", "hts_otst_stpl_qty", "otst_stpl_qty_icdc",
    "prdy_vrss_sign", "antc_cntg_vrss_sign", "total_askp_rsqn", "total_bidp_rsqn",
}  # fmt: skip


@cache
def table(data: Path) -> pl.DataFrame:
    """Return the capture as the file has it."""
    return pl.read_parquet(data / "derivatives" / "kospi200_option_board_20250605.parquet")


def reply(data: Path, month: str) -> dict[str, Any]:
    """Return a month's board as the body of KIS's reply: text fields, highest strike first."""
    outputs: dict[str, Any] = {"rt_cd": "0", "msg_cd": "MCA00000", "msg1": "정상"}
    of_month = table(data).filter(pl.col("expiry").cast(pl.String) == month)
    for output, cp in (("output1", "C"), ("output2", "P")):
        side = of_month.filter(pl.col("cp").cast(pl.String) == cp).sort("strike", descending=True)
        outputs[output] = [_said(row) for row in side.to_dicts()]
    return outputs


def _said(row: dict[str, Any]) -> dict[str, str]:
    fields = {"acpr": f"{row['strike']:.2f}", "atm_cls_name": str(row["atm_cls_name"])}
    for name, value in row.items():
        if name in WHOLE:
            fields[name] = str(int(value))
        elif isinstance(value, float):
            fields[name] = repr(value)
        elif name == "optn_shrn_iscd":
            fields[name] = str(value)
    return fields


def board(data: Path, month: str) -> OptionBoard:
    """Return a month's board as values."""
    return option_board(reply(data, month), month)


def key(month: str) -> BoardKey:
    """Return a month's board's key."""
    return board_key("", month, krx_calendar())


def captured_ns(data: Path) -> int:
    """Return when it was captured."""
    at = table(data)["captured_at"].max()
    return ns(at)  # type: ignore[arg-type]
