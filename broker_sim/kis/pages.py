"""Lists that come in pages: the cursor in the body, the flag in the header. Pure.

Source: kis_api.md §2.5. The cursor that KIS returns is opaque to clients, who send it back trimmed
or not; ours carries the number of the next row.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTHS = {"100": 100, "200": 200, "": 20}
MORE, LAST = "M", "D"
FIRST_OF_MORE = "F"


@dataclass(frozen=True, slots=True)
class Page[Row]:
    """One page of rows, and what tells the client whether to go on."""

    rows: Sequence[Row]
    tr_cont: str
    conditions: str  # ctx_area_fk…
    position: str  # ctx_area_nk…, blank on the last page
    style: str = "100"  # 100, 200 or nothing, after the cursor's names

    def cursor(self) -> dict[str, str]:
        """Return the two cursor fields, padded as KIS pads them."""
        width = WIDTHS[self.style]
        return {
            f"ctx_area_fk{self.style}": self.conditions[:width].ljust(width),
            f"ctx_area_nk{self.style}": self.position.ljust(width),
        }


def page_of[Row](
    rows: Sequence[Row],
    size: int,
    asked: Mapping[str, str],
    tr_cont: str,
    conditions: Sequence[str],
    style: str = "100",
) -> Page[Row]:
    """Return the page that is asked for: the first, or with `tr_cont` N the one at the cursor.

    The cursor holds how many rows came before. A cursor that is not ours starts over.
    """
    position = asked.get(f"CTX_AREA_NK{style}", "").strip()
    first = int(position) if tr_cont == "N" and position.isdecimal() else 0
    end = first + size
    more = end < len(rows)
    flag = (FIRST_OF_MORE if first == 0 else MORE) if more else LAST
    text = "^".join(conditions) + "^"
    return Page(rows[first:end], flag, text, str(end) if more else "", style)
