"""What the daily selection is given: the market as it was known before a trade date.

Values only. Whoever fills it takes rows that were available before the session of `trade_date`
opens; the selection cuts whatever is dated on or after it once more. Dates are YYYY-MM-DD, every
series ascends, an unknown is None.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from kis_core.market.events import DailyBar, IndexDay


@dataclass(frozen=True, slots=True)
class FlowDay:
    """Net buying of a symbol on a day, in KRW; None where it was not told."""

    date: str
    foreign_krw: int | None
    institution_krw: int | None


@dataclass(frozen=True, slots=True)
class FxDay:
    """The close of USD/KRW on a day, in KRW for a dollar."""

    date: str
    close: float


@dataclass(frozen=True, slots=True)
class NameResearch:
    """One symbol. `flags` are those of the trade date's morning.

    Flags: HALTED, ADMINISTRATIVE, WARNING, RISK, LIQUIDATION, SPAC, ETF, PREFERRED.
    """

    symbol: str
    sector: str
    bars: tuple[DailyBar, ...]  # completed days only
    flows: tuple[FlowDay, ...]
    market_cap_krw: int | None
    flags: frozenset[str]


@dataclass(frozen=True, slots=True)
class Research:
    """The market before `trade_date`."""

    trade_date: str
    data_as_of: str  # the newest date in it
    kospi: tuple[IndexDay, ...]
    names: Mapping[str, NameResearch]  # by symbol
    fx: tuple[FxDay, ...] | None  # None: there is no real series
    calendar: tuple[str, ...]  # the last sessions before trade_date
