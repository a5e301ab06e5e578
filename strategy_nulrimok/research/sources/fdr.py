"""History through the library FinanceDataReader (optional): bars, indices, USD/KRW, listing.

Prices are adjusted (Naver). It does not tell who bought: flows need another source. The listing is
the one of this moment, so it counts from the moment it was fetched.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from kis_core.clock import Clock
from kis_core.market.symbols import is_preferred
from kis_core.postgres import to_kst_naive
from strategy_nulrimok.research.backfill import SourceError
from strategy_nulrimok.research.rows import (
    KOSDAQ,
    KOSPI,
    USD_KRW,
    FxRow,
    ListingRow,
    Rows,
    Span,
)
from strategy_nulrimok.research.sources.frames import asked, imported, points, rows, traded

NAME = "fdr"
_INDICES = {KOSPI: "KS11", KOSDAQ: "KQ11"}
_PRICES = ("Open", "High", "Low", "Close")
_LISTED = ("Code", "Name", "Market", "Marcap", "Dept")


class FdrSource:
    """Asks one question at a time."""

    name = NAME
    at_once = 1

    def __init__(self, clock: Clock) -> None:
        self._fdr = imported("FinanceDataReader", "finance-datareader")
        self._clock = clock
        self._symbols: Sequence[str] = ()

    def spans(self, symbols: Sequence[str], first: date, last: date) -> Iterator[Span]:
        """Yield what there is to ask of some symbols."""
        self._symbols = tuple(symbols)
        for code in _INDICES:
            yield Span(NAME, "index", code, first, last)
        yield Span(NAME, "fx", USD_KRW, first, last)
        yield Span(NAME, "listing", "*", last, last)
        for symbol in symbols:
            yield Span(NAME, "daily", symbol, first, last)

    async def fetch(self, span: Span) -> Rows:
        """Return the rows of a span. Raises SourceError."""
        match span.dataset:
            case "index":
                what, table = await self._table(_INDICES[span.subject], span)
                return Rows(NAME, index=points(span.subject, rows(what, table, *_PRICES)))
            case "fx":
                what, table = await self._table(span.subject, span)
                closes = rows(what, table, "Close")
                return Rows(
                    NAME,
                    fx=tuple(
                        FxRow(span.subject, day, float(close))
                        for day, (close,) in closes
                        if close is not None
                    ),
                )
            case "listing":
                return Rows(NAME, listing=await self._listing())
            case _:
                what, table = await self._table(span.subject, span)
                bars = rows(what, table, *_PRICES, "Volume")
                return Rows(NAME, daily=traded(span.subject, bars, {}))

    async def _listing(self) -> tuple[ListingRow, ...]:
        what = "FinanceDataReader StockListing KRX"
        table = await asked(what, lambda: self._fdr.StockListing("KRX"))
        absent = [name for name in _LISTED if name not in table.columns]
        if absent:
            raise SourceError(f"{what}: expected column {', '.join(absent)}")
        at = to_kst_naive(self._clock.now())
        found = []
        for code, name, market, cap, dept in table[list(_LISTED)].itertuples(index=False):
            if code in self._symbols:
                found.append(
                    ListingRow(
                        code, at.date(), market, name, int(cap) if cap and cap == cap else None,
                        administrative=str(dept).startswith("관리종목"),
                        spac="스팩" in name or "SPAC" in str(dept), etf=False,
                        preferred=is_preferred(code), fetched_at=at,
                    )
                )  # fmt: skip
        return tuple(found)

    async def _table(self, name: str, span: Span) -> tuple[str, Any]:
        what = f"FinanceDataReader {name} {span.first} to {span.last}"
        first, last = span.first.isoformat(), span.last.isoformat()
        table = await asked(what, lambda: self._fdr.DataReader(name, first, last))
        if table is None or table.empty:
            raise SourceError(f"{what}: an empty table")
        return what, table
