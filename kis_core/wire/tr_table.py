"""KIS's calls and real-time TRs by name, as both sides of the wire read them.

The rows are data (`tr_data`, made from KIS's catalogs); this file gives them a shape and answers
what a dialect offers. What paper lacks has a row in SUBSTITUTES: what to do instead.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from kis_core.environment import Dialect
from kis_core.errors import NotOffered
from kis_core.wire.substitutes import SUBSTITUTES as SUBSTITUTES
from kis_core.wire.tr_data import REST, STREAM, RestRow

NOT_OFFERED = "EGW02006"  # what the paper host itself would answer


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a reply. `decimals` is what the sheet says of a number; 0 says nothing."""

    name: str
    decimals: int = 0


@dataclass(frozen=True, slots=True)
class Output:
    """One output of a reply: an object, or an array of rows."""

    kind: Literal["object", "array"]
    fields: tuple[Field, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Return the fields' names."""
        return tuple(field.name for field in self.fields)


@dataclass(frozen=True, slots=True)
class Call:
    """One REST call."""

    name: str  # its key in the catalog
    title: str
    method: str  # GET or POST
    path: str
    tr_real: Mapping[str, str]  # by variant; "" where there is only one
    tr_paper: Mapping[str, str]
    tr_old: Mapping[str, str]
    params: tuple[str, ...]  # every key KIS wants to see, blank or not, in its own case
    optional: tuple[str, ...]
    fixed: Mapping[str, str]  # the value of a key that always has the same, a screen number mostly
    cursor: str | None  # pages by CTX_AREA_FK<cursor>, CTX_AREA_NK<cursor>; None: no pages
    outputs: Mapping[str, Output]  # "" holds what stands beside the envelope

    def tr_id(self, dialect: Dialect, variant: str = "") -> str:
        """Return the TR id of a dialect, or raise NotOffered naming the substitute.

        The token office's calls have none: "".
        """
        if not self.tr_real:
            return ""
        ids = self.tr_real if dialect == "real" else self.tr_paper
        if variant not in ids:
            instead = SUBSTITUTES.get(self.name, "no substitute is known")
            raise NotOffered(NOT_OFFERED, f"{self.name} is not offered on {dialect}: {instead}")
        return ids[variant]


@dataclass(frozen=True, slots=True)
class Stream:
    """One real-time TR. Column lists grow at their end, or differ: the width tells which it is."""

    tr_id: str
    title: str
    encrypted: bool
    paper: bool
    tr_key: str  # stock_code, hts_id …
    layouts: tuple[tuple[str, ...], ...]  # shortest first

    @property
    def width_min(self) -> int:
        """Return the fewest fields a record may have."""
        return len(self.layouts[0])

    def columns(self, width: int) -> tuple[str, ...]:
        """Return the names of a record's first columns; what KIS appended has no name yet."""
        fitting = [layout for layout in self.layouts if len(layout) <= width]
        return fitting[-1] if fitting else ()

    def index(self, column: str) -> int:
        """Return where a column is, for a column that has the same place in every layout."""
        places = {layout.index(column) for layout in self.layouts}
        assert len(places) == 1, f"{self.tr_id} {column} moves between layouts: {places}"
        return places.pop()


def _call(name: str, row: RestRow) -> Call:
    said = [param.partition("=") for param in row["params"]]
    return Call(
        name=name,
        title=row["title"],
        method=row["method"],
        path=row["path"],
        tr_real=row["tr_real"],
        tr_paper=row["tr_paper"],
        tr_old=row["tr_old"],
        params=tuple(key for key, _, _ in said),
        optional=row["optional"],
        fixed={key: value for key, is_fixed, value in said if is_fixed},
        cursor=row["cursor"],
        outputs={
            output: Output("array" if kind == "array" else "object", tuple(map(_field, fields)))
            for output, (kind, fields) in row["outputs"].items()
        },
    )


def _field(text: str) -> Field:
    name, _, decimals = text.partition(".")
    return Field(name, int(decimals or 0))


CALLS: Mapping[str, Call] = {name: _call(name, row) for name, row in REST.items()}
STREAMS: Mapping[str, Stream] = {tr_id: Stream(tr_id, **row) for tr_id, row in STREAM.items()}

TRADES = "H0STCNT0"
BOOKS = "H0STASP0"
NOTICES: Mapping[Dialect, str] = {"real": "H0STCNI0", "paper": "H0STCNI9"}

# ORD_DVSN that the paper server takes (kis_api.md §4.1), and the only venue it knows.
PAPER_ORDER_TYPES = frozenset({"00", "01", "02", "03", "04", "06"})
PAPER_VENUES = frozenset({"KRX"})
