"""Real KRX minute bars as columns, and trades made by hand."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kis_core.market.events import Bar, Trade
from kis_core.market.instants import DAY_NS, KST_OFFSET_NS, date_of

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Month:
    """The bars of 103 stocks in one month, sorted by symbol and time."""

    codes: Ints  # index into `symbols`
    symbols: list[str]
    start_ns: Ints
    open: Ints
    high: Ints
    low: Ints
    close: Ints
    volume: Ints

    def days(self) -> dict[date, Ints]:
        """Return each day's distinct bar starts, all symbols together."""
        starts = np.unique(self.start_ns)
        numbers = (starts + KST_OFFSET_NS) // DAY_NS
        return {date_of(int(starts[numbers == n][0])): starts[numbers == n] for n in set(numbers)}

    def stock_days(self) -> Iterator[tuple[str, date, slice]]:
        """Return each symbol's each day and the rows of its bars."""
        keys = self.codes * 100_000 + (self.start_ns + KST_OFFSET_NS) // DAY_NS
        edges = np.flatnonzero(np.diff(keys)) + 1
        for rows in zip([0, *edges], [*edges, len(keys)], strict=True):
            first = rows[0]
            yield self.symbols[self.codes[first]], date_of(int(self.start_ns[first])), slice(*rows)

    def bars(self, rows: slice) -> list[Bar]:
        """Return some rows as events."""
        symbol = self.symbols[self.codes[rows.start]]
        columns = (self.start_ns, self.open, self.high, self.low, self.close, self.volume)
        return [
            Bar(symbol, "KRX", *row)
            for row in zip(*(column[rows].tolist() for column in columns), strict=True)
        ]


@pytest.fixture(scope="session")
def month_of(kst_data: Path) -> Callable[[str], Month]:
    """Read a month (YYYY-MM) of bars, once."""
    read: dict[str, Month] = {}

    def month(name: str) -> Month:
        if name not in read:
            read[name] = _read(kst_data / "bars_1m" / f"krx_1m_{name}.parquet")
        return read[name]

    return month


def _read(path: Path) -> Month:
    table = pq.read_table(path).combine_chunks()
    symbols = table["symbol"].chunk(0)
    start_ns = table["ts"].cast(pa.timestamp("ns", "Asia/Seoul")).cast("int64").to_numpy()
    prices = (table[name].to_numpy().astype(np.int64) for name in ("open", "high", "low", "close"))
    volume = table["volume"].to_numpy().astype(np.int64)
    codes = symbols.indices.to_numpy().astype(np.int64)
    return Month(codes, symbols.dictionary.to_pylist(), start_ns, *prices, volume)


class Tape:
    """Trades of one symbol with the exchange's running sums."""

    def __init__(self, symbol: str = "005930") -> None:
        self.symbol = symbol
        self.shares = 0
        self.value_krw = 0

    def trade(
        self, at_ns: int, price_krw: int, volume: int, aggressor: Literal[1, -1, 0] = 1
    ) -> Trade:
        """The next trade, as the exchange would count it."""
        self.shares += volume
        self.value_krw += price_krw * volume
        return Trade(
            symbol=self.symbol,
            venue="KRX",
            at_ns=at_ns,
            arrived_ns=at_ns,
            price_krw=price_krw,
            volume=volume,
            cum_volume=self.shares,
            cum_value_krw=self.value_krw,
            aggressor=aggressor,
            ask_krw=None,
            bid_krw=None,
            in_auction=False,
            halted=False,
            vi_reference_krw=None,
        )


@pytest.fixture
def tape() -> Tape:
    return Tape()


@pytest.fixture(scope="session")
def new_tape() -> type[Tape]:
    return Tape
