"""Write `kis_core/wire/tr_data.py` from KIS's two catalogs.

    python scripts/make_tr_table.py ../shared/reference

To bring a call or a real-time TR into the table, add its catalog key to NAMES or STREAMS and run
this again: the table is data, nothing else has to change.
"""

import json
import sys
import textwrap
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parent.parent / "kis_core" / "wire" / "tr_data.py"

NAMES = (
    "auth.auth_token",
    "auth.auth_ws_token",
    "auth.revoke_token",
    "domestic_stock.inquire_asking_price_exp_ccn",
    "domestic_stock.inquire_balance",
    "domestic_stock.inquire_daily_ccld",
    "domestic_stock.inquire_daily_indexchartprice",
    "domestic_stock.inquire_daily_itemchartprice",
    "domestic_stock.inquire_index_price",
    "domestic_stock.inquire_price",
    "domestic_stock.inquire_psbl_order",
    "domestic_stock.inquire_time_dailychartprice",
    "domestic_stock.inquire_time_itemchartprice",
    "domestic_stock.order_cash",
    "domestic_stock.order_rvsecncl",
)

STREAMS = ("H0STASP0", "H0STCNI0", "H0STCNI9", "H0STCNT0")

# Names that the sheets spell otherwise than the replies do (published example of the call).
SPELLING = {("domestic_stock.inquire_daily_ccld", "cnc_cfrm_qty"): "cncl_cfrm_qty"}

HEADER = '''\
"""What KIS's catalogs say of the calls and real-time TRs used here: names only.

Written by `scripts/make_tr_table.py`; do not edit. Read it through `tr_table`.
"""

from typing import TypedDict


class RestRow(TypedDict):
    """One REST call. TR ids by variant; a call with a single TR id has the variant ""."""

    title: str
    method: str
    path: str
    tr_real: dict[str, str]
    tr_paper: dict[str, str]  # empty: paper does not offer it
    tr_old: dict[str, str]  # ids of before EXCG_ID_DVSN_CD, still sent by some clients
    params: tuple[str, ...]
    optional: tuple[str, ...]
    cursor: str | None  # pages by CTX_AREA_FK<cursor> and CTX_AREA_NK<cursor>; None: no pages
    outputs: dict[str, tuple[str, tuple[str, ...]]]  # name: (object | array, fields)


class StreamRow(TypedDict):
    """One real-time TR. `layouts` are the column lists seen, shortest first."""

    title: str
    encrypted: bool
    paper: bool
    tr_key: str
    layouts: tuple[tuple[str, ...], ...]


def names(text: str) -> tuple[str, ...]:
    """Return the names in a text."""
    return tuple(text.split())


'''


def by_variant(ids: Any) -> dict[str, str]:
    """Return TR ids by variant; the catalog writes one id, several by name, or none."""
    if not ids:
        return {}
    return {"": ids} if isinstance(ids, str) else dict(sorted(ids.items()))


def rest_row(name: str, call: dict[str, Any]) -> dict[str, Any]:
    """Return the row of one REST call."""
    page = call.get("pagination") or {}
    cursor = page["request"][0].removeprefix("CTX_AREA_")[2:] if page.get("request") else None
    outputs = {
        output: (
            shape["kind"],
            tuple(SPELLING.get((name, f["name"]), f["name"]) for f in shape["fields"]),
        )
        for output, shape in call["output_fields"].items()
    }
    if call.get("top_level_fields"):
        outputs[""] = ("object", tuple(f["name"] for f in call["top_level_fields"]))
    sheet = [p for p in call["params"] if "required" in p]
    return {
        "title": call["title_ko"],
        "method": call["method"],
        "path": call["path"],
        "tr_real": by_variant(call["tr_real"]),
        "tr_paper": by_variant(call["tr_paper"]),
        "tr_old": by_variant(call.get("tr_old")),
        "params": tuple(p["name"] for p in sheet),
        "optional": tuple(p["name"] for p in sheet if not p["required"]),
        "cursor": cursor,
        "outputs": outputs,
    }


def stream_row(row: dict[str, Any]) -> dict[str, Any]:
    """Return the row of one real-time TR, with every column list that was seen."""
    documented = tuple(row["columns"])
    layouts = {documented}
    observed = row.get("observed", {})
    if "columns" in observed:
        layouts.add(tuple(observed["columns"]))
    if "extra_columns" in observed:
        layouts.add((*documented, *observed["extra_columns"]))
    return {
        "title": row["name_ko"],
        "encrypted": row["encrypted"],
        "paper": row["paper_supported"],
        "tr_key": row["tr_key"],
        "layouts": tuple(sorted(layouts, key=len)),
    }


def tables(reference: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the rows of both tables, read from the catalogs in `reference`."""
    calls = json.loads((reference / "kis_rest_catalog.json").read_text(encoding="utf-8"))
    streams = json.loads((reference / "kis_ws_columns.json").read_text(encoding="utf-8"))
    # The real-account notice was published 23 wide as well, so both share their layouts.
    notices = streams["H0STCNI0"]
    notices.setdefault("observed", streams["H0STCNI9"]["observed"])
    return (
        {name: rest_row(name, calls[name]) for name in NAMES},
        {tr_id: stream_row(streams[tr_id]) for tr_id in STREAMS},
    )


def written(value: Any, indent: int) -> str:
    """Return a value as Python text; names are packed into lines."""
    margin = " " * (indent + 4)
    if isinstance(value, dict) and any(isinstance(v, dict | tuple) for v in value.values()):
        rows = "".join(f"{margin}{k!r}: {written(v, indent + 4)},\n" for k, v in value.items())
        return f"{{\n{rows}{margin[4:]}}}"
    if isinstance(value, tuple) and value and all(isinstance(item, str) for item in value):
        if len(value) < 8 and len(repr(value)) < 60:
            return repr(value)
        lines = textwrap.wrap(" ".join(value), 96 - len(margin))
        return f'names("""\n{margin}' + f"\n{margin}".join(lines) + f'\n{margin[4:]}""")'
    if isinstance(value, tuple) and value:
        rows = "".join(f"{margin}{written(item, indent + 4)},\n" for item in value)
        return f"(\n{rows}{margin[4:]})"
    return repr(value)


def main() -> None:
    """Write the module."""
    rest, streams = tables(Path(sys.argv[1]))
    text = f"{HEADER}# fmt: off\nREST: dict[str, RestRow] = {written(rest, 0)}\n\n"
    text += f"STREAM: dict[str, StreamRow] = {written(streams, 0)}\n"
    TARGET.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
