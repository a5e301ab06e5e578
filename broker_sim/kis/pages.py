"""Lists that come in pages: the cursor in the body, the flag in the header. Pure.

Source: kis_api.md §2.5. The cursor that KIS returns is opaque to clients, who send it back trimmed
or not; ours carries the number of the next row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

CURSOR_WIDTH = 100
MORE, LAST = "M", "D"
FIRST_OF_MORE = "F"


@dataclass(frozen=True, slots=True)
class Page[Row]:
    """One page of rows, and what tells the client whether to go on."""

    rows: Sequence[Row]
    tr_cont: str
    conditions: str  # ctx_area_fk100
    position: str  # ctx_area_nk100, blank on the last page

    def cursor(self) -> dict[str, str]:
        """Return the two cursor fields, padded as KIS pads them."""
        return {
            "ctx_area_fk100": self.conditions.ljust(CURSOR_WIDTH),
            "ctx_area_nk100": self.position.ljust(CURSOR_WIDTH),
        }


def page_of[Row](
    rows: Sequence[Row],
    size: int,
    asked: Mapping[str, str],
    tr_cont: str,
    conditions: Sequence[str],
) -> Page[Row]:
    """Return the page that is asked for: the first, or with `tr_cont` N the one at the cursor.

    The cursor holds how many rows came before. A cursor that is not ours starts over.
    """
    position = asked.get("CTX_AREA_NK100", "").strip()
    first = int(position) if tr_cont == "N" and position.isdecimal() else 0
    end = first + size
    more = end < len(rows)
    flag = (FIRST_OF_MORE if first == 0 else MORE) if more else LAST
    text = "^".join(conditions) + "^"
    return Page(rows[first:end], flag, text, str(end) if more else "")
