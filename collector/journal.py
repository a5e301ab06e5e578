"""What the collector derived, in the order it did: the day's journal, as values.

Pure. One JSON object a line in `data_dir/collector/<date>.jsonl`. The journal is what a restart
remembers the day by, what waits for the database, and what `collector.verify` compares with the
tape.
"""

import msgspec

from collector.faults import Finding
from kis_core.market.events import Bar, Gap


class FromTicks(msgspec.Struct, frozen=True, tag="ticks"):
    """One minute, heard whole for all these symbols; `quiet` ones did not trade."""

    at_ns: int
    start_ns: int
    bars: tuple[Bar, ...]
    quiet: tuple[str, ...]


class Doubt(msgspec.Struct, frozen=True, tag="doubt"):
    """Minutes first..last (both starts included) that were settled no longer are."""

    at_ns: int
    symbol: str
    first_ns: int
    last_ns: int
    why: str


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
    """A gap opened or, with `gap.to_ns` set, closed."""

    at_ns: int
    gap: Gap


class GapFilled(msgspec.Struct, frozen=True, tag="filled"):
    """Every minute a gap touches is settled; it holds `candles` candles."""

    at_ns: int
    gap: Gap
    candles: int


class FindingsCounted(msgspec.Struct, frozen=True, tag="findings"):
    """What was found wrong so far today, the day's totals: of each kind the newest entry counts."""

    at_ns: int
    source: str
    findings: tuple[Finding, ...]


Entry = FromTicks | Doubt | FromRest | GapNoted | GapFilled | FindingsCounted
encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder(Entry).decode
