"""Small days made by hand, and one generated market shared by the module's tests."""

import datetime as dt
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from broker_sim.exchange.account import AccountRules
from broker_sim.exchange.bars_day import BarsDay
from broker_sim.exchange.day import Instrument, PrintTape
from broker_sim.exchange.exchange import Exchange
from broker_sim.exchange.generated_day import GeneratedDay
from broker_sim.exchange.interruptions import Interruption
from broker_sim.exchange.path import BarColumns
from broker_sim.exchange.tables import DailyTable, Listing, MinuteTable, Tables
from kis_core.market.instants import MINUTE_NS, SECOND_NS, instant_ns

DATE = dt.date(2025, 9, 3)
REFORMED = dt.date(2026, 9, 15)
Print = tuple[float, int, int, int]
"""(seconds since 09:00, price KRW, shares, aggressor: 0 is an auction)"""


@pytest.fixture
def at() -> Callable[[str], int]:
    """Return a time of the day (HH:MM:SS.mmm) in ns."""
    return lambda text: instant_ns(DATE, dt.time.fromisoformat(text))


class PrintedDay(BarsDay):
    """A day whose prints are given one by one. One stock, 005930, at a base of 10,000 KRW."""

    def __init__(self, prints: Sequence[Print], name: str = "삼성전자") -> None:
        open_ns = instant_ns(DATE, dt.time(9))
        bars = BarColumns(
            np.array([open_ns - 24 * 60 * MINUTE_NS, open_ns]),
            *(np.array([10_000, 10_000]) for _ in range(4)),
            np.array([2_000_000, 1]),
        )
        minutes = MinuteTable(["005930"], np.array([0, 0]), bars, "a test")
        past = DailyTable(
            np.array([DATE.toordinal() - 1]),
            *(np.array([10_000]) for _ in range(4)),
            np.array([2_000_000]),
        )
        listing = {"005930": Listing(name, "KOSPI", "Semiconductors", 1_000)}
        super().__init__(DATE, 1, Tables(minutes, {"005930": past}, {}, listing), "a test")
        self._tape = PrintTape(
            "005930",
            np.array([open_ns + round(p[0] * SECOND_NS) for p in prints], dtype=np.int64),
            np.array([p[1] for p in prints], dtype=np.int32),
            np.array([p[2] for p in prints], dtype=np.int32),
            np.array([p[3] for p in prints], dtype=np.int8),
            np.array([p[3] == 0 for p in prints], dtype=np.bool_),
        )

    def prints(self, symbol: str) -> PrintTape:
        if symbol != "005930":
            raise KeyError(symbol)
        return self._tape

    @property
    def only(self) -> Instrument:
        return self.instruments["005930"]


@pytest.fixture
def printed_day() -> Callable[[Sequence[Print]], PrintedDay]:
    return PrintedDay


@pytest.fixture
def play() -> Callable[..., Exchange]:
    """An exchange on a day of the given prints; an opening auction at 10,000 by default."""

    def made(
        *prints: Print,
        interruptions: Sequence[tuple[int, Interruption]] = (),
        name: str = "삼성전자",
        **rules: object,
    ) -> Exchange:
        tape = prints or ((0.5, 10_000, 5_000, 0), (60, 10_000, 400, -1))
        known = {"cash_krw": 100_000_000, "commission_ppm": 140, **rules}
        day = PrintedDay(tape, name)
        return Exchange(day, AccountRules(**known), 1, interruptions)

    return made


@pytest.fixture(scope="session")
def generated() -> GeneratedDay:
    """Six stocks of a generated market on 2025-09-03."""
    return GeneratedDay(DATE, 7, 6)


@pytest.fixture(scope="session")
def reformed() -> GeneratedDay:
    """Six stocks of the same market on 2026-09-15, with KRX's after-market."""
    return GeneratedDay(REFORMED, 7, 6)
