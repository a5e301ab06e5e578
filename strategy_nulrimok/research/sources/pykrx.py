"""History from the exchange's data page, through the library pykrx (optional).

Prices are adjusted (`adjusted=True`), net buying is in KRW as the exchange tells it, value traded
and market cap are those of the day. The exchange asks for an account of its data page: pykrx takes
it from KRX_ID and KRX_PW, and without it returns an empty table.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from kis_core.market.symbols import is_preferred
from strategy_nulrimok.research.backfill import SourceError
from strategy_nulrimok.research.rows import (
    KOSDAQ,
    KOSPI,
    DailyRow,
    FlowRow,
    IndexRow,
    ListingRow,
    Rows,
    Span,
)
from strategy_nulrimok.research.sources.frames import asked, imported, points, rows, traded, whole

NAME = "pykrx"
_INDICES = {KOSPI: "1001", KOSDAQ: "2001"}  # the exchange's own codes
_PRICES = ("시가", "고가", "저가", "종가")
_FOREIGN, _INSTITUTION = "외국인합계", "기관합계"


class PykrxSource:
    """Asks one question at a time: the page shuts out whoever asks faster."""

    name = NAME
    at_once = 1

    def __init__(self) -> None:
        self._stock = imported("pykrx.stock", "pykrx")

    def spans(self, symbols: Sequence[str], first: date, last: date) -> Iterator[Span]:
        """Yield what there is to ask of some symbols."""
        for code in _INDICES:
            yield Span(NAME, "index", code, first, last)
        for symbol in symbols:
            yield Span(NAME, "daily", symbol, first, last)
            yield Span(NAME, "flow", symbol, first, last)
            yield Span(NAME, "listing", symbol, first, last)

    async def fetch(self, span: Span) -> Rows:
        """Return the rows of a span. Raises SourceError."""
        match span.dataset:
            case "index":
                return Rows(NAME, index=await self._index(span))
            case "daily":
                return Rows(NAME, daily=await self._daily(span))
            case "flow":
                return Rows(NAME, flows=await self._flows(span))
            case _:
                return Rows(NAME, listing=await self._listing(span))

    async def _index(self, span: Span) -> tuple[IndexRow, ...]:
        code = _INDICES[span.subject]
        what, table = await self._table("get_index_ohlcv", span, code, name_display=False)
        return points(span.subject, rows(what, table, *_PRICES))

    async def _daily(self, span: Span) -> tuple[DailyRow, ...]:
        what, table = await self._table("get_market_ohlcv", span, span.subject, adjusted=True)
        capped, caps = await self._table("get_market_cap", span, span.subject)
        values = {day: whole(value) for day, (value,) in rows(capped, caps, "거래대금")}
        return traded(span.subject, rows(what, table, *_PRICES, "거래량"), values)

    async def _flows(self, span: Span) -> tuple[FlowRow, ...]:
        what, worth = await self._table("get_market_trading_value_by_date", span, span.subject)
        counted, shares = await self._table("get_market_trading_volume_by_date", span, span.subject)
        net = dict(rows(counted, shares, _FOREIGN, _INSTITUTION))
        found = []
        for day, (foreign_krw, institution_krw) in rows(what, worth, _FOREIGN, _INSTITUTION):
            foreign, institution = net.get(day, (None, None))
            figures = map(whole, (foreign, institution, foreign_krw, institution_krw))
            found.append(FlowRow(span.subject, day, *figures))
        return tuple(found)

    async def _listing(self, span: Span) -> tuple[ListingRow, ...]:
        what, table = await self._table("get_market_cap", span, span.subject)
        symbol = span.subject
        return tuple(
            ListingRow(symbol, day, market_cap_krw=whole(cap) or None, halted=not volume,
                       preferred=is_preferred(symbol))
            for day, (cap, volume) in rows(what, table, "시가총액", "거래량")
        )  # fmt: skip

    async def _table(self, function: str, span: Span, ticker: str, **more: Any) -> tuple[str, Any]:
        """Return what was asked and its table; SourceError where it is empty."""
        what = f"pykrx {function} {ticker} {span.first} to {span.last}"
        call = getattr(self._stock, function)
        first, last = f"{span.first:%Y%m%d}", f"{span.last:%Y%m%d}"
        table = await asked(what, lambda: call(first, last, ticker, **more))
        if table is None or table.empty:
            raise SourceError(
                f"{what}: an empty table; the exchange wants an account of its data page:"
                " set KRX_ID and KRX_PW"
            )
        return what, table
