"""A parent: one approved intent that leaves as many orders, one after the other.

It reserves from the start all that it may still order, so that no other entry takes its room. Its
orders are its children; what of it is left follows from them, so a share that is told late, or
twice, cannot be ordered again. Only `Book.apply` changes one.
"""

from dataclasses import dataclass, field

from kis_core.wire.account import Side
from oms.core.order import NEVER_ARRIVED, Order
from oms.core.words import Asked, Slice


@dataclass(slots=True)
class Parent:
    """What was asked, its timetable, and what has come of it. KRW, shares, ns."""

    parent_id: str
    strategy_id: str
    asked: Asked
    side: Side
    shares: int  # approved
    unit_krw: int  # what a share not ordered yet is reserved at; 0 for sales
    market: str | None
    slices: tuple[Slice, ...]
    ends_ns: int
    created_ns: int
    next: int = 0  # the slice whose turn is next
    dropped: int = 0  # shares given up
    cash_krw: int = 0  # held back for what is left
    children: list[Order] = field(default_factory=list)

    @property
    def symbol(self) -> str:
        """The symbol it trades."""
        assert self.asked.symbol is not None
        return self.asked.symbol

    @property
    def opens(self) -> bool:
        """Whether it buys: what leaves in slices are stocks, which are only ever held long."""
        return self.side == "BUY"

    @property
    def carries(self) -> bool:
        """Whether what a slice left unfilled is added to the next ones."""
        return self.asked.execution is not None and self.asked.execution.unfilled == "CARRY"

    @property
    def filled(self) -> int:
        """Shares filled by its children."""
        return sum(child.filled for child in self.children)

    @property
    def left(self) -> int:
        """Shares that it may still order: neither filled, nor working, nor given up.

        A child that is taken for lost may still turn up: its shares are not ordered again.
        """
        taken = self.dropped
        for child in self.children:
            whole = child.is_open or not self.carries or child.refusal_code == NEVER_ARRIVED
            taken += child.shares if whole else child.filled
        return max(0, self.shares - taken)

    @property
    def is_working(self) -> bool:
        """Whether one of its children is open."""
        return any(child.is_open for child in self.children)

    @property
    def due_ns(self) -> int | None:
        """When it has to be looked at next; None: when its last child ends."""
        if self.next < len(self.slices) and self.slices[self.next].at_ns < self.ends_ns:
            return self.slices[self.next].at_ns
        return None if self.is_working else self.ends_ns

    def is_over(self, at_ns: int) -> bool:
        """Whether nothing more comes of it."""
        if self.is_working:
            return False
        return at_ns >= self.ends_ns or (self.next >= len(self.slices)) or self.left == 0
