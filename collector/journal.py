"""What the collector derived, in the order it did: the day's journal, as values.

Pure. One JSON object a line in `data_dir/collector/<date>.jsonl`. The journal is what a restart
remembers the day by, what waits for the database, and what `collector.verify` compares with the
tape.
"""

from typing import Literal

import msgspec

from collector.faults import Finding
from kis_core.feed import Signal
from kis_core.market.events import Bar, Gap, Market, Venue


class FromTicks(msgspec.Struct, frozen=True, tag="ticks"):
    """One minute, heard whole for all these symbols; `quiet` ones did not trade."""

    at_ns: int
    start_ns: int
    bars: tuple[Bar, ...]
    quiet: tuple[str, ...]
    venue: Venue = "KRX"


class Doubt(msgspec.Struct, frozen=True, tag="doubt"):
    """Minutes first..last (both starts included) that were settled no longer are."""

    at_ns: int
    symbol: str
    first_ns: int
    last_ns: int
    why: str
    venue: Venue = "KRX"


class FromRest(msgspec.Struct, frozen=True, tag="rest"):
    """KIS answered for all minutes first..last (both starts included) of a symbol.

    `bars` are those that were new, or other than what was known; `repaired` counts what was
    settled otherwise before, `surplus` the candles that were heard and KIS does not show: these
    are kept, they were traded.
    """

    at_ns: int
    symbol: str
    first_ns: int
    last_ns: int
    bars: tuple[Bar, ...]
    repaired: int
    surplus: int
    final: bool  # asked after the close, for the whole day


class GapNoted(msgspec.Struct, frozen=True, tag="gap"):
    """A gap opened or, with `gap.to_ns` set, closed.

    `afterwards`: found out on a later day, when its lines were no longer there to tell.
    """

    at_ns: int
    gap: Gap
    afterwards: bool = False


class GapFilled(msgspec.Struct, frozen=True, tag="filled"):
    """Every minute a gap touches is settled; it holds `candles` candles."""

    at_ns: int
    gap: Gap
    candles: int


class SymbolDay(msgspec.Struct, frozen=True, array_like=True):
    """How whole a day of one symbol is, against the slots that this very day has."""

    symbol: str
    slots: int  # minutes that may have a candle: the continuous session's, and the closing auction
    candles: int  # slots that have one
    quiet: int  # slots that KIS confirmed to be without a trade
    unsettled: int  # slots nobody has answered for
    outside: int  # candles in no slot: an auction that was put off
    quiet_run: int  # the longest stretch of quiet slots
    state: Literal["complete", "halted", "closed", "incomplete"]


class DayVerified(msgspec.Struct, frozen=True, tag="verified"):
    """A day was held against its calendar: `opens` and `closes` are that day's, ns."""

    at_ns: int
    opens_ns: int
    closes_ns: int
    silent: int  # slots in which no symbol at all traded
    symbols: tuple[SymbolDay, ...]

    @property
    def complete(self) -> bool:
        """Whether every symbol is, those that were halted included."""
        return all(each.state in ("complete", "halted") for each in self.symbols)


class FindingsCounted(msgspec.Struct, frozen=True, tag="findings"):
    """What was found wrong so far today, the day's totals: of each kind the newest entry counts."""

    at_ns: int
    source: str
    findings: tuple[Finding, ...]


class SignalsHeard(msgspec.Struct, frozen=True, tag="signals"):
    """What strategies signalled: of one strategy, symbol, name and instant the last one counts."""

    at_ns: int
    signals: tuple[Signal, ...]


class StreamsExpected(msgspec.Struct, frozen=True, tag="expected"):
    """What a source was promised today: (venue, symbol), all so far; the newest entry counts."""

    at_ns: int
    source: str
    streams: tuple[tuple[Market, str], ...]


Entry = (
    FromTicks
    | Doubt
    | FromRest
    | GapNoted
    | GapFilled
    | DayVerified
    | FindingsCounted
    | StreamsExpected
    | SignalsHeard
)
encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(Entry).decode
