"""Records of frames as typed events (being filled in; signatures are settled)."""

from kis_core.market.events import Book, Trade
from kis_core.wire.account import OrderNotice


def trades(text: str, arrived_ns: int, day_start_ns: int) -> list[Trade]:
    """Read a whole H0STCNT0 frame. `day_start_ns` is KST midnight. Raises FrameError."""
    raise NotImplementedError


def books(text: str, arrived_ns: int, day_start_ns: int) -> list[Book]:
    """Read a whole H0STASP0 frame. Raises FrameError."""
    raise NotImplementedError


def notices(payload: str, count: int = 1) -> list[OrderNotice]:
    """Read the opened payload of an H0STCNI0 / H0STCNI9 frame. Raises FrameError."""
    raise NotImplementedError
