"""The real market of past days, as histories know it: minutes, days, flows, indices.

`RealMarket` reads the data that tests are given; `Bent` is the same market with everything after an
instant changed, which is how a test shows that nobody looks ahead.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kis_core.market.events import DailyBar, IndexDay
from kis_core.market.instants import MINUTE_NS, midnight_ns
from kis_core.wire.quotes.flow_replies import Flow, InvestorDay

Row = tuple[int, int, int, int, int, int]
"""Minute of the day, open, high, low, close in KRW, shares."""
Month = tuple[tuple[Any, ...], dict[tuple[str, str], tuple[int, int]]]
"""The columns of a Row for a month, and where in them a symbol's day lies."""
INDICES = {"0001": "KOSPI", "1001": "KOSDAQ"}


class Market(Protocol):
    """What a day is played from."""

    @property
    def days(self) -> list[str]:
        """All trading days, YYYY-MM-DD, ascending."""
        ...

    def minutes(self, symbol: str, day: str) -> list[Row]:
        """Return the minutes of a day, ascending; those without a trade have no row."""
        ...

    def daily(self, symbol: str) -> list[DailyBar]:
        """Return all days of a symbol, ascending."""
        ...

    def flows(self, symbol: str) -> list[InvestorDay]:
        """Return who bought a symbol, all days, ascending."""
        ...

    def index(self, code: str) -> list[IndexDay]:
        """Return all days of an index, ascending."""
        ...


def read_month(file: Path) -> Month:
    """Read one month of bars; they are sorted by symbol and time."""
    table = pq.read_table(file).unify_dictionaries().combine_chunks()
    codes = table["symbol"].chunk(0)
    local_min = pc.cast(table["ts"], "int64").to_numpy() // 60_000 + 9 * 60
    days, minutes = np.divmod(local_min, 1_440)
    symbols = codes.indices.to_numpy()
    change = np.flatnonzero((np.diff(symbols) != 0) | (np.diff(days) != 0)) + 1
    firsts = [0, *change.tolist()]
    ends = [*change.tolist(), len(days)]
    names = codes.dictionary.to_pylist()
    places = {
        (names[symbols[at]], (date(1970, 1, 1) + timedelta(days=int(days[at]))).isoformat()): (
            at,
            end,
        )
        for at, end in zip(firsts, ends, strict=True)
    }
    prices = (table[name].to_numpy() for name in ("open", "high", "low", "close", "volume"))
    return (minutes, *prices), places


class RealMarket:
    """The data that tests are given."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._months: dict[str, Month] = {}
        self._daily: dict[str, list[DailyBar]] = {}
        self._flows: dict[str, list[InvestorDay]] = {}
        flow = pq.read_table(folder / "daily/krx_daily_flow_103.parquet").sort_by("date")
        for row in flow.to_pylist():
            symbol, day = row["symbol"], row["date"].isoformat()
            bars = self._daily.setdefault(symbol, [])
            before = bars[-1].close_krw if bars else row["close"]
            bars.append(
                _daily_bar(
                    symbol, day, row["open"], row["high"], row["low"], row["close"], row["volume"]
                )
            )
            nets = (row["foreign_net_shares"], row["inst_net_shares"])
            foreign, institution = (Flow(net, net * row["close"]) for net in nets)
            person = Flow(-sum(nets), -sum(nets) * row["close"])
            change = row["close"] - before
            self._flows.setdefault(symbol, []).append(
                InvestorDay(symbol, day, row["close"], change, person, foreign, institution)
            )
        self._index = {code: self._index_days(code, name) for code, name in INDICES.items()}
        days = pq.read_table(folder / "masters/krx_trading_days.parquet").column(0).to_pylist()
        self._days = sorted(day.isoformat()[:10] for day in days)

    def _index_days(self, code: str, name: str) -> list[IndexDay]:
        table = pq.read_table(self._folder / "daily/index_daily.parquet")
        rows = table.filter(pc.equal(table["index"], name)).sort_by("date").to_pylist()
        return [
            IndexDay(
                code,
                row["date"].isoformat()[:10],
                *(Decimal(f"{row[key]:.2f}") for key in ("open", "high", "low", "close")),
            )
            for row in rows
        ]

    @property
    def days(self) -> list[str]:
        return self._days

    def minutes(self, symbol: str, day: str) -> list[Row]:
        columns, places = self._month(day[:7])
        first, end = places.get((symbol, day), (0, 0))
        return list(zip(*(column[first:end].tolist() for column in columns), strict=True))

    def _month(self, month: str) -> Month:
        if month not in self._months:
            file = self._folder / f"bars_1m/krx_1m_{month}.parquet"
            self._months[month] = read_month(file) if file.exists() else ((), {})
        return self._months[month]

    def daily(self, symbol: str) -> list[DailyBar]:
        return self._daily.get(symbol, [])

    def flows(self, symbol: str) -> list[InvestorDay]:
        return self._flows.get(symbol, [])

    def index(self, code: str) -> list[IndexDay]:
        return self._index.get(code, [])


@dataclass(frozen=True)
class Bent:
    """A market of which everything that is known after an instant is another one.

    Prices are multiplied by `price`, shares by `shares`, flows by `flow`; what a minute tells is
    known at its end, what a day tells at the end of that day.
    """

    market: Market
    after_ns: int
    price: float
    shares: float = 1.0
    flow: float = 1.0

    @property
    def days(self) -> list[str]:
        return self.market.days

    def _later(self, day: str) -> bool:
        return midnight_ns(date.fromisoformat(day)) + 1_440 * MINUTE_NS > self.after_ns

    def minutes(self, symbol: str, day: str) -> list[Row]:
        midnight = midnight_ns(date.fromisoformat(day))
        return [
            row if midnight + (row[0] + 1) * MINUTE_NS <= self.after_ns else self._bent(row)
            for row in self.market.minutes(symbol, day)
        ]

    def _bent(self, row: Row) -> Row:
        o, h, low, c = (max(1, round(price * self.price)) for price in row[1:5])
        return (row[0], o, h, low, c, max(1, round(row[5] * self.shares)))

    def daily(self, symbol: str) -> list[DailyBar]:
        return [
            _daily_bar(
                bar.symbol,
                bar.date,
                *self._bent(
                    (0, bar.open_krw, bar.high_krw, bar.low_krw, bar.close_krw, bar.volume)
                )[1:],
            )
            if self._later(bar.date)
            else bar
            for bar in self.market.daily(symbol)
        ]

    def flows(self, symbol: str) -> list[InvestorDay]:
        return [
            InvestorDay(
                row.symbol,
                row.date,
                max(1, round(row.close_krw * self.price)),
                row.change_krw,
                *(self._flow(flow) for flow in (row.individual, row.foreign, row.institution)),
            )
            if self._later(row.date)
            else row
            for row in self.market.flows(symbol)
        ]

    def _flow(self, flow: Flow | None) -> Flow | None:
        if flow is None or flow.net is None or flow.net_krw is None:
            return flow
        return Flow(round(flow.net * self.flow), round(flow.net_krw * self.flow * self.price))

    def index(self, code: str) -> list[IndexDay]:
        factor = Decimal(str(self.price))
        return [
            IndexDay(
                row.index,
                row.date,
                *(
                    (level * factor).quantize(Decimal("0.01"))
                    for level in (row.open_pt, row.high_pt, row.low_pt, row.close_pt)
                ),
            )
            if self._later(row.date)
            else row
            for row in self.market.index(code)
        ]


def _daily_bar(symbol: str, day: str, o: int, h: int, low: int, c: int, volume: int) -> DailyBar:
    """Return a day whose value traded is its close times its shares: the data have none."""
    return DailyBar(symbol, day, o, h, low, c, volume, c * volume)


def closes_before(market: Market, symbols: Mapping[str, Any], day: str) -> dict[str, int]:
    """Return each symbol's close before a day; symbols without one are left out."""
    found = {}
    for symbol in symbols:
        known = [bar for bar in market.daily(symbol) if bar.date < day and bar.volume > 0]
        if known:
            found[symbol] = known[-1].close_krw
    return found
