"""What Nulrimok knows of the market at 08:00 of a trade date, as one record.

Nothing in it became known later than that. `strategy_nulrimok.research.store` reads it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from kis_core.market.events import DailyBar, IndexDay


@dataclass(frozen=True, slots=True)
class FlowDay:
    """Net buying of a symbol on a day (YYYY-MM-DD), KRW. None: not told."""

    date: str
    foreign_krw: int | None
    institution_krw: int | None


@dataclass(frozen=True, slots=True)
class FxDay:
    """A day's close of a currency pair, KRW per unit."""

    date: str
    close: float


@dataclass(frozen=True, slots=True)
class NameResearch:
    """One symbol. Bars and flows ascend and hold completed days only.

    `flags`: HALTED, ADMINISTRATIVE, WARNING, RISK, LIQUIDATION, SPAC, ETF, PREFERRED.
    """

    symbol: str
    sector: str
    bars: tuple[DailyBar, ...]
    flows: tuple[FlowDay, ...]
    market_cap_krw: int | None
    flags: frozenset[str]


@dataclass(frozen=True, slots=True)
class Research:
    """Everything the research of one trade date is made from."""

    trade_date: str
    data_as_of: str  # the newest date in it
    kospi: tuple[IndexDay, ...]  # ascending
    names: Mapping[str, NameResearch]
    fx: tuple[FxDay, ...] | None  # None: there is no real series
    calendar: tuple[str, ...]  # the last sessions before trade_date, ascending
