"""Any real-time frame as typed events: one table of which TR is read by what. Pure.

A frame says its own width: narrower than the narrowest layout known is a FrameError, wider is
read by the names it has and the rest is left alone. Nothing else than FrameError is raised,
whatever the text.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from kis_core.errors import FrameError
from kis_core.market.derivative_events import (
    DerivativeBook,
    ExpectedContract,
    FuturesTrade,
    OptionTrade,
)
from kis_core.market.events import (
    AfterHoursBook,
    AfterHoursTrade,
    Book,
    ExpectedIndex,
    ExpectedTrade,
    IndexMove,
    MarketStatus,
    Trade,
)
from kis_core.market.flows import EtfNav, IndexProgram, MemberFlow, ProgramFlow
from kis_core.wire.account import DerivativeNotice, OrderNotice
from kis_core.wire.stream import derivatives, expected, flows, indices
from kis_core.wire.stream.books import AFTER_HOURS as AFTER_HOURS_BOOKS
from kis_core.wire.stream.books import MARKETS as BOOKS
from kis_core.wire.stream.books import after_hours_books, books
from kis_core.wire.stream.cipher import Keyring
from kis_core.wire.stream.frames import (
    RECORDS_MAX,
    Records,
    Sealed,
    parse_frame,
    record_count,
    records,
)
from kis_core.wire.stream.notices import DERIVATIVES, STOCKS, derivative_notices, notices
from kis_core.wire.stream.trades import AFTER_HOURS as AFTER_HOURS_TRADES
from kis_core.wire.stream.trades import MARKETS as TRADES
from kis_core.wire.stream.trades import after_hours_trades, trades
from kis_core.wire.tr_table import STREAMS


class NamedRow(msgspec.Struct, frozen=True, tag="row", array_like=True):
    """A record of a TR without an event of its own (ELW): its texts by their columns' names."""

    tr_id: str
    arrived_ns: int
    columns: dict[str, str]


Event = (
    Trade
    | Book
    | ExpectedTrade
    | AfterHoursTrade
    | AfterHoursBook
    | MarketStatus
    | MemberFlow
    | ProgramFlow
    | EtfNav
    | IndexMove
    | ExpectedIndex
    | IndexProgram
    | FuturesTrade
    | OptionTrade
    | DerivativeBook
    | ExpectedContract
    | NamedRow
)
Report = OrderNotice | DerivativeNotice
Reader = Callable[[str, int, int], Sequence[Event]]


def _elw_rows(text: str, arrived_ns: int, day_start_ns: int) -> list[NamedRow]:
    tr_id = text[2:10]
    return [NamedRow(tr_id, arrived_ns, row) for row in named_rows(text)]


READERS: Mapping[str, Reader] = {
    **dict.fromkeys(TRADES, trades),
    **dict.fromkeys(BOOKS, books),
    **dict.fromkeys(expected.EXPECTED, expected.expected_trades),
    **dict.fromkeys(expected.STATUS, expected.statuses),
    **dict.fromkeys(flows.MEMBERS, flows.member_flows),
    **dict.fromkeys(flows.PROGRAM, flows.program_flows),
    AFTER_HOURS_TRADES: after_hours_trades,
    AFTER_HOURS_BOOKS: after_hours_books,
    flows.NAV: flows.navs,
    flows.INDEX_PROGRAM: flows.index_programs,
    indices.LEVELS: indices.index_moves,
    indices.EXPECTED: indices.expected_indices,
    **dict.fromkeys(derivatives.FUTURES, derivatives.futures_trades),
    **dict.fromkeys(derivatives.OPTIONS, derivatives.option_trades),
    **dict.fromkeys(derivatives.BOOKS, derivatives.derivative_books),
    **dict.fromkeys(derivatives.EXPECTED, derivatives.expected_contracts),
    **dict.fromkeys(("H0EWCNT0", "H0EWASP0", "H0EWANC0"), _elw_rows),
}
assert {*READERS, *STOCKS, *DERIVATIVES} == set(STREAMS)


def events_of(
    text: str, arrived_ns: int, day_start_ns: int, keyring: Keyring | None = None
) -> Sequence[Event | Report]:
    """Read a whole data frame of any TR, or raise FrameError.

    `day_start_ns` is KST midnight of the day the session began on, for a night session too. Order
    notices need the keyring that learned the answer to their registration: what decides is the
    frame's own flag, whatever that answer said of encryption.
    """
    tr_id = text[2:10]
    if keyring is not None and text.startswith("1|") and tr_id in STREAMS and text[10:11] == "|":
        said, _, ciphertext = text[11:].partition("|")
        count = 1 if said == "001" else record_count(said, text)
        return reports(tr_id, keyring.unsealed(tr_id, ciphertext), count)
    if text.startswith("0|") and (reader := READERS.get(tr_id)) is not None:
        return reader(text, arrived_ns, day_start_ns)
    match parse_frame(text):
        case Sealed(tr_id):
            raise FrameError(f"{tr_id} is sealed, and no key is at hand", text)
        case Records(tr_id, rows):  # a notice in the open
            return reports(tr_id, "^".join("^".join(row) for row in rows), len(rows))
        case _:
            raise FrameError("a control message, not data", text)


def reports(tr_id: str, payload: str, count: int = 1) -> Sequence[Report]:
    """Read the opened payload of an order notice of any TR."""
    if tr_id in STOCKS:
        return notices(payload, count)
    return derivative_notices(tr_id, payload, count)


def named_rows(text: str) -> list[dict[str, str]]:
    """Return the records of a plain frame of any TR by their columns' names."""
    match parse_frame(text):
        case Records(tr_id, rows):
            return [named(tr_id, row) for row in rows]
        case _:
            raise FrameError("not a plain frame", text)


def named_payload(tr_id: str, payload: str, count: int = 1) -> list[dict[str, str]]:
    """Return the records of an opened payload by their columns' names."""
    if tr_id not in STREAMS or not 0 < count <= RECORDS_MAX:
        raise FrameError(f"{count} records of {tr_id[:20]!r}", payload)
    return [named(tr_id, row) for row in records(payload, count, STREAMS[tr_id].width_min)]


def named(tr_id: str, row: tuple[str, ...]) -> dict[str, str]:
    """Return a record by its columns' names. What KIS appended since has no name yet."""
    return dict(zip(STREAMS[tr_id].columns(len(row)), row, strict=False))
