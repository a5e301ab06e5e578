"""Which streams are asked for in which group, and over which line. Pure and deterministic.

Kiwoom takes 100 items a group and keeps quiet about the rest, so a group of more cannot be made. A
group holds one type of one venue. Groups are numbered from 1000, as the screens of the old control
were. The same symbols in the same order give the same groups.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import batched

import msgspec

from collector.sources.kiwoom.events import NXT_SUFFIX, item_of, parse_item
from collector.sources.kiwoom.fids import MARKET_TIME, TYPES
from kis_core.errors import FrameError
from kis_core.market.events import Venue

ITEMS_MAX = 100
FIRST_SCREEN, LAST_SCREEN = 1000, 9999  # grp_no has four characters
EVERYTHING = ""  # the item of a type that is not of one issue

_encode = msgspec.json.Encoder().encode


class GroupError(ValueError):
    """A group that Kiwoom would not take, or would take in part without a word."""


@dataclass(frozen=True, slots=True)
class Group:
    """What one REG asks for: the items of one type."""

    screen: str  # grp_no
    type: str
    items: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.screen or len(self.screen) > 4:
            raise GroupError(f"group {self.screen!r}: expected a number of 1 to 4 characters")
        if not 1 <= len(self.items) <= ITEMS_MAX:
            raise GroupError(
                f"group {self.screen}: {len(self.items)} items, expected 1 to {ITEMS_MAX}"
            )
        if self.type not in TYPES:
            raise GroupError(f"group {self.screen}: type {self.type!r} is not one of {[*TYPES]}")
        if len(set(self.items)) != len(self.items):
            twice = sorted({item for item in self.items if self.items.count(item) > 1})
            raise GroupError(f"group {self.screen}: asked for twice: {', '.join(twice)}")
        for item in self.items:
            self._check(item)

    def _check(self, item: str) -> None:
        if (item == EVERYTHING) != (self.type == MARKET_TIME):
            raise GroupError(f"group {self.screen}: item {item!r} does not go with {self.type}")
        if item != EVERYTHING:
            try:
                parse_item(item)
            except FrameError as error:
                raise GroupError(f"group {self.screen}: {error}") from None

    @property
    def venue(self) -> str:
        """Whose trading it tells; "" where it is of no issue."""
        return parse_item(self.items[0])[1] if self.items[0] else ""

    def registration(self) -> str:
        """Return the text that asks for it, leaving other groups as they are."""
        return self._text("REG", {"refresh": "1"})

    def removal(self) -> str:
        """Return the text that gives it up."""
        return self._text("REMOVE", {})

    def _text(self, trnm: str, more: dict[str, str]) -> str:
        data = [{"item": list(self.items), "type": [self.type]}]
        return _encode({"trnm": trnm, "grp_no": self.screen} | more | {"data": data}).decode()


def plan(
    symbols: Sequence[str],
    on_nxt: Callable[[str], bool],
    types: Sequence[str],
    *,
    venues: Sequence[Venue] = ("KRX", "NXT"),
    items_max: int = ITEMS_MAX,
) -> tuple[Group, ...]:
    """Return the groups for these symbols: type by type, venue by venue, in the given order.

    `on_nxt` says which symbols are asked for on NXT, too. Raises GroupError.
    """
    if not 1 <= items_max <= ITEMS_MAX:
        raise GroupError(f"{items_max} items a group, expected 1 to {ITEMS_MAX}")
    wanted: list[tuple[str, tuple[str, ...]]] = []
    for code in types:
        if code == MARKET_TIME:
            wanted.append((code, (EVERYTHING,)))
            continue
        for venue in venues:
            items = [
                item_of(symbol, venue) for symbol in symbols if venue == "KRX" or on_nxt(symbol)
            ]
            wanted.extend((code, part) for part in batched(items, items_max))
    if len(wanted) > LAST_SCREEN - FIRST_SCREEN + 1:
        raise GroupError(f"{len(wanted)} groups, and grp_no has four characters")
    return tuple(
        Group(str(FIRST_SCREEN + number), code, items)
        for number, (code, items) in enumerate(wanted)
    )


def spread(groups: Sequence[Group], per_line: int | None) -> tuple[tuple[Group, ...], ...]:
    """Return the groups of each line, at most `per_line` each; None: all of them on one line.

    The two venues of a symbol may land on different lines: then the loss of one line leaves the
    other venue to be heard.
    """
    if not groups:
        return ()
    if per_line is None:
        return (tuple(groups),)
    if per_line < 1:
        raise GroupError(f"{per_line} groups a line, expected at least 1")
    return tuple(tuple(part) for part in batched(groups, per_line))


def sibling(item: str) -> str | None:
    """Return the same symbol's item on the other venue; None where there is none."""
    if item == EVERYTHING:
        return None
    symbol, venue = parse_item(item)
    if venue == "UN":
        return None
    return symbol if venue == "NXT" else symbol + NXT_SUFFIX


def streams(groups: Iterable[Group]) -> int:
    """Return how many streams the groups ask for."""
    return sum(len(group.items) for group in groups)
