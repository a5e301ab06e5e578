"""What contracts are worth: their indices, the level traded around, volatilities, fair prices.

Pure functions of the day, the seed and the instant; nothing after that instant shows.
"""

import datetime as dt
import zlib
from decimal import Decimal
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from broker_sim.exchange.day import DaySource
from broker_sim.exchange.derivatives import surface
from broker_sim.exchange.derivatives.black import Greeks
from broker_sim.exchange.derivatives.contracts import KOSDAQ150, KOSPI200, Contract
from broker_sim.exchange.derivatives.hours import Timetable
from broker_sim.exchange.derivatives.spot import Spot
from broker_sim.exchange.derivatives.surface import Surface, surface_of
from kis_core.market.calendar import krx_calendar
from kis_core.market.events import IndexDay, IndexLevel
from kis_core.market.instants import SECOND_NS, instant_ns

Ints = NDArray[np.int64]
KOSDAQ = "1001"
KOSDAQ150_SCALE = 1.68  # of KOSDAQ, as it was in 2025
_HISTORY_DAYS = 150  # calendar days that hold enough sessions
_DAY_SIGMA_SHARE = surface.TRADING_DAYS**-0.5
_EXPIRY_CLOSE = dt.time(15, 20)
_CLOSE = dt.time(15, 45)


class Prices:
    """Fair prices of one day's contracts."""

    def __init__(self, day: DaySource, hours: Timetable, seed: int, implied: float | None) -> None:
        """The day must know the KOSPI200; without a KOSDAQ there is no KOSDAQ150."""
        self.previous_session = krx_calendar().previous(day.date)
        self._day = day
        self._hours = hours
        self._seed = seed
        self._surfaces: dict[str, Surface] = {}
        self._spots: dict[str, Spot] = {}
        self._sigmas: dict[str, float] = {}
        self._open_spot(day, KOSPI200, KOSPI200, 1.0, implied)
        if day.index_level(KOSDAQ, hours.day.intake_ns) is not None:
            self._open_spot(day, KOSDAQ150, KOSDAQ, KOSDAQ150_SCALE, None)

    def previous(self, underlying: str) -> float | None:
        """Return an index's previous close in points; None for one the day does not know."""
        spot = self._spots.get(underlying)
        return None if spot is None else spot.previous

    def previous_of(self, contract: Contract) -> float:
        """Return the previous close of a contract's index."""
        return self._spots[contract.product.underlying].previous

    def index(self, underlying: str, at_ns: int) -> IndexLevel | None:
        """Return the index a contract is on, as published; KOSDAQ150 is told by KOSDAQ's level."""
        level = self._spots[underlying].published(at_ns)
        if level is None or underlying == KOSPI200:
            return level
        return _scaled(level, underlying)

    def index_pt(self, underlying: str, at_ns: int) -> float:
        """Return the published level in points."""
        return self._spots[underlying].level(at_ns)

    def historical(self, contract: Contract) -> float:
        """Return the index's volatility over the last sessions, a year."""
        return self._surfaces[contract.product.underlying].historical

    def sigma(self, contract: Contract) -> float:
        """Return an option's volatility, a year; 0.0 for a future."""
        if not contract.is_option:
            return 0.0
        known = self._sigmas.get(contract.code)
        if known is None:
            close_ns = instant_ns(self.previous_session, _CLOSE)
            left = surface.years(self.end_ns(contract), np.array([close_ns]))
            of_index = self._surfaces[contract.product.underlying]
            known = self._sigmas[contract.code] = of_index.sigma(contract, float(left[0]))
        return known

    def end_ns(self, contract: Contract) -> int:
        """Return the instant of a contract's last trade."""
        if contract.expiry == self._day.date:
            return self._hours.last_day.close_ns
        return instant_ns(contract.expiry, _EXPIRY_CLOSE)

    def theoretical(self, contract: Contract, at_ns: int) -> float:
        """Return the price by formula in points: at the published index, by night at the level
        traded around, since no index is published then."""
        level = self._known_pt(contract, at_ns)
        left = surface.years(self.end_ns(contract), np.array([at_ns]))
        return float(surface.fair(contract, np.array([level]), left, self.sigma(contract))[0])

    def settlement_h(self, contract: Contract, at_ns: int) -> int | None:
        """Return what an expired contract is settled at; None before the index has closed."""
        if contract.expiry > self._day.date or at_ns < self._hours.day.closing_ns:
            return None
        index_h = round(self.index_pt(contract.product.underlying, at_ns) * 100)
        if not contract.is_option:
            return index_h
        return max(contract.sign * (index_h - contract.strike_h), 0)

    def greeks(self, contract: Contract, at_ns: int) -> Greeks:
        """Return the sensitivities at the level that `theoretical` is of."""
        left = float(surface.years(self.end_ns(contract), np.array([at_ns]))[0])
        level = self._known_pt(contract, at_ns)
        return surface.greeks_of(contract, level, left, self.sigma(contract))

    def fair(self, contract: Contract, at_ns: Ints) -> NDArray[np.float64]:
        """Return the prices that quotes lie around, in points, by instants."""
        spot = self._spots[contract.product.underlying].around(at_ns)
        left = surface.years(self.end_ns(contract), at_ns // SECOND_NS * SECOND_NS)
        return surface.fair(contract, spot, left, self.sigma(contract))

    def fair_on(
        self, contract: Contract, day: dt.date, levels_pt: tuple[float, ...]
    ) -> tuple[int, ...]:
        """Return what a contract was worth at the close of a day at levels of its index."""
        at = np.full(len(levels_pt), instant_ns(day, _CLOSE))
        left = surface.years(self.end_ns(contract), at)
        spot = np.array(levels_pt)
        worth = surface.fair(contract, spot, left, self.sigma(contract))
        return tuple(max(on_tick(price, contract), 1) for price in worth.tolist())

    def index_days(self, underlying: str, first: dt.date, last: dt.date) -> list[IndexDay]:
        """Return the days of the index behind an underlying, before the day played."""
        return self._day.index_days(_source_of(underlying), first, last)

    def scale(self, underlying: str) -> float:
        """Return what an underlying is of the index behind it."""
        return KOSDAQ150_SCALE if underlying == KOSDAQ150 else 1.0

    def _open_spot(
        self, day: DaySource, underlying: str, source: str, scale: float, implied: float | None
    ) -> None:
        key = zlib.crc32(underlying.encode())
        first = day.date - dt.timedelta(days=_HISTORY_DAYS)
        days = day.index_days(source, first, self.previous_session)
        level = day.index_level(source, self._hours.day.intake_ns)
        assert level is not None, f"the day knows no index {source}"
        draw = float(np.random.default_rng([self._seed, key, 3]).random())
        previous = float(level.previous_close_pt) * scale
        closes = [float(row.close_pt) * scale for row in days]
        known = self._surfaces[underlying] = surface_of(closes, previous, draw, implied)
        self._spots[underlying] = Spot(
            lambda at_ns: day.index_level(source, at_ns),
            self._hours,
            (self._seed, key),
            known.base * _DAY_SIGMA_SHARE,
            scale,
        )

    def _known_pt(self, contract: Contract, at_ns: int) -> float:
        night = self._hours.night
        spot = self._spots[contract.product.underlying]
        if night is not None and at_ns >= night.open_ns:
            return float(spot.around(np.array([at_ns]))[0])
        return spot.level(at_ns)


def _source_of(underlying: str) -> str:
    return KOSDAQ if underlying == KOSDAQ150 else underlying


@lru_cache(maxsize=4096)
def _scaled(level: IndexLevel, code: str) -> IndexLevel:
    figures = (level.level_pt, level.open_pt, level.high_pt, level.low_pt, level.previous_close_pt)
    scaled = (Decimal(f"{float(figure) * KOSDAQ150_SCALE:.2f}") for figure in figures)
    return IndexLevel(code, level.at_ns, level.arrived_ns, *scaled)


def on_tick(price_pt: float, contract: Contract) -> int:
    """Return a price of points in hundredths, on the nearest tick."""
    tick = contract.product.tick_h(max(int(price_pt * 100), 0))
    return round(price_pt * 100 / tick) * tick
