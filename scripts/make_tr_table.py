"""Write `kis_core/wire/tr_data.py` from KIS's two catalogs.

    python scripts/make_tr_table.py ../shared/reference

Every call and every real-time TR of the catalogs is in the table. Run this again when a catalog
changes, and read the difference.
"""

import json
import sys
import textwrap
from pathlib import Path
from typing import Any

TARGET = Path(__file__).resolve().parent.parent / "kis_core" / "wire" / "tr_data.py"

# Names that the sheets spell otherwise than the replies do (published example of the call).
SPELLING = {("domestic_stock.inquire_daily_ccld", "cnc_cfrm_qty"): "cncl_cfrm_qty"}
# Where the replies are known to differ from the sheet (kis_api.md §7, §12, §19).
KINDS = {
    ("domestic_stock.foreign_institution_total", "output"): "array",
    ("domestic_futureoption.order_rvsecncl", "output"): "object",
}
PATHS = {"auth.hashkey": "/uapi/hashkey"}

# Columns that KIS appended on 2026-09-14 (krx_market.md §3.1), the last ones of each.
APPENDED = {
    "H0STCNT0": ("MARKET_CLS_CODE",),
    "H0NXCNT0": ("MARKET_CLS_CODE",),
    "H0UNCNT0": ("MARKET_CLS_CODE",),
    "H0STASP0": ("MARKET_CLS_CODE",),
    "H0UNASP0": ("ANTC_EXCH_CLS_CODE",),
}
# Wider lists that published frames have, by what they are like: the columns of another TR, less
# its last ones. The after-hours book has ten levels a side there, nine in the sheet.
LIKE: dict[str, tuple[str, int]] = {"H0STOAA0": ("H0STASP0", 58)}
# Older and narrower lists that published frames still have (kis_api.md §13.8): how many columns
# they begin with, and what follows.
SHORTER: dict[str, tuple[int, tuple[str, ...]]] = {
    "H0STMKO0": (10, ()),
    "H0UPANC0": (10, tuple(f"{x}_ISSU_CNT" for x in ("UPLM", "ASCN", "STNR", "DOWN", "LSLM"))),
}

HEADER = '''\
"""What KIS's catalogs say of every call and real-time TR: names, and how many decimals.

Written by `scripts/make_tr_table.py`; do not edit. Read it through `tr_table`. A parameter is
written `KEY` or `KEY=value` where KIS takes one value only; a field `name` or `name.N` with N
decimals.
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
            KINDS.get((name, output), shape["kind"]),
            tuple(dict.fromkeys(field(name, f) for f in shape["fields"])),
        )
        for output, shape in sorted(call["output_fields"].items())
    }
    if call.get("top_level_fields"):
        outputs[""] = ("object", tuple(f["name"] for f in call["top_level_fields"]))
    keys = [p for p in call["params"] if not p["name"].startswith("(")]
    return {
        "title": call["title_ko"],
        "method": call["method"],
        "path": PATHS.get(name, call["path"]),
        "tr_real": by_variant(call["tr_real"]),
        "tr_paper": by_variant(call["tr_paper"]),
        "tr_old": by_variant(call.get("tr_old")),
        "params": tuple(param(p) for p in keys),
        "optional": tuple(p["name"] for p in keys if not p.get("required", False)),
        "cursor": cursor,
        "outputs": outputs,
    }


def param(row: dict[str, Any]) -> str:
    """Return a parameter with the value it always has, if it has one."""
    return f"{row['name']}={row['fixed']}" if "fixed" in row else str(row["name"])


def field(call: str, row: dict[str, Any]) -> str:
    """Return a field with its decimals, spelled as the replies spell it."""
    name = SPELLING.get((call, row["name"]), row["name"])
    return f"{name}.{row['decimals']}" if row.get("decimals") else name


def stream_row(tr_id: str, row: dict[str, Any], rows: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the row of one real-time TR of `rows`, with every column list that was seen."""
    documented = tuple(row["columns"])
    layouts = {documented}
    if tr_id in SHORTER:
        begins, follows = SHORTER[tr_id]
        layouts.add((*documented[:begins], *follows))
    if tr_id in LIKE:
        other, width = LIKE[tr_id]
        layouts.add(tuple(rows[other]["columns"][:width]))
    observed = row.get("observed", {})
    if "columns" in observed:
        layouts.add(tuple(observed["columns"]))
    if "extra_columns" in observed:
        layouts.add((*documented, *observed["extra_columns"]))
    if tr_id in APPENDED:
        layouts.add((*max(layouts, key=len), *APPENDED[tr_id]))
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
        {name: rest_row(name, call) for name, call in sorted(calls.items())},
        {tr_id: stream_row(tr_id, row, streams) for tr_id, row in sorted(streams.items())},
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
