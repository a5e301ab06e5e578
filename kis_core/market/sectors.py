"""Which sector a symbol belongs to: our own map, and the exchange's industries beside it.

Our map (sectors.yaml) puts each symbol under one label, for everyone who limits exposure by
sector. This module owns its shape and its rules; `kis_core.settings.load_sectors` reads the file.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from kis_core.market.instruments import Instruments
from kis_core.market.symbols import SymbolError, symbol_of

Line = Callable[..., int | None]
"""Where a key stands in the file, by the keys that lead to it; None where nobody knows."""

_KEYS = ("labels", "sectors")


class SectorError(ValueError):
    """A sector map that must not be used. `line` is where, None where it is no one line's fault."""

    def __init__(self, what: str, line: int | None = None) -> None:
        super().__init__(what if line is None else f"line {line}: {what}")
        self.what = what
        self.line = line


@dataclass(frozen=True, slots=True)
class SectorMap:
    """One label a symbol, out of a list of labels."""

    labels: tuple[str, ...]
    sectors: Mapping[str, str]

    def covering(self, symbols: Iterable[str]) -> dict[str, str]:
        """Return the labels of some symbols, in their order; SectorError where one has none."""
        wanted = tuple(symbols)
        missing = [symbol for symbol in wanted if symbol not in self.sectors]
        if missing:
            more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
            raise SectorError(f"no sector for {', '.join(missing[:5])}{more}")
        return {symbol: self.sectors[symbol] for symbol in wanted}


def sector_map(content: Mapping[Any, Any], line: Line = lambda *_: None) -> SectorMap:
    """Return the map that a file holds, or raise SectorError with its first fault.

    `content` is what the file says: `labels`, a list, and `sectors`, a label for each quoted
    symbol. `line("sectors", "005930")` says where a key stands.
    """
    for key in content:
        if key not in _KEYS:
            raise SectorError(f"{key!r} is not a known key: expected labels and sectors", line(key))
    sectors = content.get("sectors")
    if not isinstance(sectors, Mapping):
        raise SectorError("sectors must map quoted symbols to labels", line("sectors"))
    for symbol in sectors:
        _require_symbol(symbol, line("sectors", symbol))
    labels = _labels(content.get("labels"), line)
    for symbol, label in sectors.items():
        if label not in labels:
            said = " ".join(str(label).split())  # one line, whatever it holds
            raise SectorError(f"{symbol}: not in labels: {said[:80]}", line("sectors", symbol))
    return SectorMap(labels, dict(sectors))


def _require_symbol(symbol: object, line: int | None) -> None:
    if not isinstance(symbol, str):
        # Unquoted, 000660 is an octal number to YAML, and 432 to whoever reads it.
        raise SectorError(f'{symbol!r} is a number: write quoted symbols, such as "005930"', line)
    try:
        symbol_of(symbol)
    except SymbolError as error:
        raise SectorError(str(error), line) from None


def _labels(labels: object, line: Line) -> tuple[str, ...]:
    if not isinstance(labels, list) or not labels:
        raise SectorError("labels must be a list of the labels in use", line("labels"))
    for number, label in enumerate(labels):
        if not isinstance(label, str) or not label.strip():
            raise SectorError(f"label {label!r} is not a name", line("labels", number))
        if label in labels[:number]:
            raise SectorError(f"label {label} stands twice", line("labels", number))
    return tuple(labels)


@dataclass(frozen=True, slots=True)
class Industry:
    """An industry of the exchange, by its index: 0009 pharma (KOSPI), 1028 (KOSDAQ) …"""

    code: str
    name: str | None  # None where the list of indices was not loaded


def industry_of(symbol: str, instruments: Instruments) -> Industry | None:
    """Return the narrowest industry the exchange puts a symbol in; None where it says none."""
    one = instruments.security(symbol)
    code = one.sectors.narrowest if one is not None and one.sectors is not None else None
    return None if code is None else Industry(code, instruments.index_names.get(code))
