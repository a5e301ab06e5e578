"""The derivatives market of the day played: its contracts, their quotes, books and candles.

Pure: every answer is a function of the day, the seed, the code and the instant asked about, and
nothing after that instant shows in it. `night` asks about the session that begins in the evening;
after the end of a session it shows how it ended.
"""

import datetime as dt
import zlib
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from broker_sim.exchange.day import DaySource
from broker_sim.exchange.derivatives import prints, surface
from broker_sim.exchange.derivatives.activity import Activity, activity_of
from broker_sim.exchange.derivatives.black import Greeks
from broker_sim.exchange.derivatives.books import Book, Levels
from broker_sim.exchange.derivatives.contracts import KOSDAQ150, KOSPI200, Contract
from broker_sim.exchange.derivatives.hours import AUCTIONS, Phase, Session, Timetable, timetable
from broker_sim.exchange.derivatives.listing import listed
from broker_sim.exchange.derivatives.prints import Limits, Tape
from broker_sim.exchange.derivatives.quote import Quote as Quote
from broker_sim.exchange.derivatives.spot import Spot
from broker_sim.exchange.derivatives.surface import Surface, surface_of
from kis_core.market.calendar import krx_calendar
from kis_core.market.events import IndexDay, IndexLevel
from kis_core.market.instants import SECOND_NS, instant_ns

Ints = NDArray[np.int64]
KOSDAQ = "1001"
KOSDAQ150_SCALE = 1.68  # of KOSDAQ, as it was in 2025
STAGE_1 = 0.08  # how far a price may go
_HISTORY_DAYS = 150  # calendar days that hold enough sessions
_DAY_SIGMA_SHARE = surface.TRADING_DAYS**-0.5
_EXPIRY_CLOSE = dt.time(15, 20)
_CLOSE = dt.time(15, 45)


class Market:
    """All contracts of one day."""

    def __init__(self, day: DaySource, seed: int) -> None:
        """The day must know the KOSPI200; see `market_of`."""
        self.date = day.date
        self.hours: Timetable = timetable(day.date)
        self._day = day
        self._seed = seed
        self._previous_session = krx_calendar().previous(day.date)
        self._surfaces: dict[str, Surface] = {}
        self._spots: dict[str, Spot] = {}
        self._open_spot(day, KOSPI200, KOSPI200, 1.0)
        kosdaq150_h = None
        if day.index_level(KOSDAQ, self.hours.day.intake_ns) is not None:
            self._open_spot(day, KOSDAQ150, KOSDAQ, KOSDAQ150_SCALE)
            kosdaq150_h = round(self._spots[KOSDAQ150].previous * 100)
        index_h = round(self._spots[KOSPI200].previous * 100)
        self.contracts: Mapping[str, Contract] = listed(day.date, index_h, kosdaq150_h)
        self._sigmas: dict[str, float] = {}
        self._limits: dict[tuple[str, bool], Limits] = {}
        self._tapes: dict[tuple[str, bool], Tape] = {}
        self._levels = Levels(seed)

    def session(self, contract: Contract, night: bool) -> Session | None:
        """Return a contract's session; None where it has no night."""
        return self.hours.of(contract.expiry == self.date, night)

    def phase(self, contract: Contract, night: bool, at_ns: int) -> Phase:
        """Return what a contract's market does at an instant."""
        session = self.session(contract, night)
        return Phase.CLOSED if session is None else session.phase(at_ns)

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
            close_ns = instant_ns(self._previous_session, _CLOSE)
            left = surface.years(self.end_ns(contract), np.array([close_ns]))
            of_index = self._surfaces[contract.product.underlying]
            known = self._sigmas[contract.code] = of_index.sigma(contract, float(left[0]))
        return known

    def end_ns(self, contract: Contract) -> int:
        """Return the instant of a contract's last trade."""
        if contract.expiry == self.date:
            return self.hours.last_day.close_ns
        return instant_ns(contract.expiry, _EXPIRY_CLOSE)

    def theoretical(self, contract: Contract, at_ns: int) -> float:
        """Return the price by formula in points: at the published index, by night at the level
        traded around, since no index is published then."""
        level = self._known_pt(contract, at_ns)
        left = surface.years(self.end_ns(contract), np.array([at_ns]))
        return float(surface.fair(contract, np.array([level]), left, self.sigma(contract))[0])

    def settlement_h(self, contract: Contract, at_ns: int) -> int | None:
        """Return what an expired contract is settled at; None before the index has closed."""
        if contract.expiry > self.date or at_ns < self.hours.day.closing_ns:
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
        return tuple(max(_on_tick(price, contract), 1) for price in worth.tolist())

    def limits(self, contract: Contract, night: bool) -> Limits:
        """Return base and limits. The night's base is the day's last price.

        Asked before the day is over, the night's are those of the last close.
        """
        known = self._limits.get((contract.code, night))
        if known is None:
            known = self._limits[contract.code, night] = self._drawn_limits(contract, night)
        return known

    def tape(self, contract: Contract, night: bool) -> Tape:
        """Return all prints of a session, the future ones too: for the market's own use."""
        key = (contract.code, night)
        known = self._tapes.get(key)
        if known is None:
            known = self._tapes[key] = self._drawn_tape(contract, night)
        return known

    def best(self, contract: Contract, night: bool, at_ns: Ints) -> tuple[Ints, Ints]:
        """Return best bids and asks at instants, hundredths; 0 where a side is empty."""
        usual = self._usual(contract)
        fair = self.fair(contract, at_ns)
        return prints.quotes(fair, contract.product, usual.spread_h, self.limits(contract, night))

    def quote(self, code: str, at_ns: int, night: bool = False) -> Quote:
        """Return a contract's session as of an instant; KeyError if unknown."""
        contract = self.contracts[code]
        session = self.session(contract, night)
        printed = 0
        if session is not None and at_ns >= session.open_ns:
            printed = self.tape(contract, night).count_at(at_ns)
        if printed:
            return self._quoted(contract, session, night, at_ns, printed - 1)
        begun = night and session is not None and at_ns >= session.intake_ns
        limits = self.limits(contract, begun)
        bid, ask = self._shown(contract, session, begun, at_ns)
        held = self._held(contract, begun)
        prices = (limits.base_h, 0, 0, 0, 0, 0, 0, bid, ask)
        before = self._yesterday(contract, night)
        return Quote(contract, night, at_ns, limits, *prices, 0, 0, 0, 0, held, 0, 0, before, 0)

    def quote_after(self, code: str, night: bool, at: int) -> Quote:
        """Return a contract's session as it stood after its print number `at`, from 0."""
        contract = self.contracts[code]
        at_ns = int(self.tape(contract, night).at_ns[at])
        return self._quoted(contract, self.session(contract, night), night, at_ns, at)

    def _quoted(
        self, contract: Contract, session: Session | None, night: bool, at_ns: int, at: int
    ) -> Quote:
        tape = self.tape(contract, night)
        bid, ask = self._shown(contract, session, night, at_ns)
        held, moved = self._held(contract, night), int(tape.open_interest[at])
        earlier = int(tape.open_interest[at - 1]) if at else 0
        return Quote(
            contract,
            night,
            int(tape.at_ns[at]),
            self.limits(contract, night),
            int(tape.price_h[at]),
            int(tape.price_h[0]),
            int(tape.high_h[at]),
            int(tape.low_h[at]),
            int(tape.quantity[at]),
            int(tape.cum_quantity[at]),
            contract.product.value_krw(int(tape.cum_value[at]), 1),
            bid,
            ask,
            int(tape.buy_quantity[at]),
            int(tape.sell_quantity[at]),
            int(tape.buy_count[at]),
            int(tape.sell_count[at]),
            max(held + moved, 0),
            max(held + moved, 0) - held,
            moved - earlier,
            self._yesterday(contract, night),
            at + 1,
        )

    def book(self, code: str, at_ns: int, night: bool = False) -> Book:
        """Return five levels a side as of an instant; none outside the session."""
        contract = self.contracts[code]
        session = self.session(contract, night)
        bid, ask = self._shown(contract, session, night, at_ns)
        usual = self._usual(contract)
        limits = self.limits(contract, night)
        expected = 0
        if session is not None and session.phase(at_ns) in AUCTIONS:
            expected = self._rounded(contract, at_ns, limits)
        return self._levels.book(contract, limits, (bid, ask), usual.size, at_ns, expected)

    def front(self, underlying: str) -> Contract:
        """Return the nearest future on an index, the big one where there are two."""
        futures = (c for c in self.contracts.values() if not c.is_option)
        return next(c for c in futures if c.product.underlying == underlying)

    def index_days(self, underlying: str, first: dt.date, last: dt.date) -> list[IndexDay]:
        """Return the days of the index behind an underlying, before the day played."""
        return self._day.index_days(_source_of(underlying), first, last)

    def scale(self, underlying: str) -> float:
        """Return what an underlying is of the index behind it."""
        return KOSDAQ150_SCALE if underlying == KOSDAQ150 else 1.0

    def _open_spot(self, day: DaySource, underlying: str, source: str, scale: float) -> None:
        key = zlib.crc32(underlying.encode())
        first = day.date - dt.timedelta(days=_HISTORY_DAYS)
        days = day.index_days(source, first, self._previous_session)
        level = day.index_level(source, self.hours.day.intake_ns)
        assert level is not None, f"the day knows no index {source}"
        draw = float(np.random.default_rng([self._seed, key, 3]).random())
        previous = float(level.previous_close_pt) * scale
        closes = [float(row.close_pt) * scale for row in days]
        known = self._surfaces[underlying] = surface_of(closes, previous, draw)
        self._spots[underlying] = Spot(
            lambda at_ns: day.index_level(source, at_ns),
            self.hours,
            (self._seed, key),
            known.base * _DAY_SIGMA_SHARE,
            scale,
        )

    def _known_pt(self, contract: Contract, at_ns: int) -> float:
        night = self.hours.night
        spot = self._spots[contract.product.underlying]
        if night is not None and at_ns >= night.open_ns:
            return float(spot.around(np.array([at_ns]))[0])
        return spot.level(at_ns)

    def _previous(self, contract: Contract) -> float:
        return self._spots[contract.product.underlying].previous

    def _yesterday(self, contract: Contract, night: bool) -> int:
        usual = self._usual(contract)
        if night:
            return usual.night_quantity
        return usual.quantity_on(contract.code, self._previous_session)

    def _usual(self, contract: Contract) -> Activity:
        return activity_of(contract, self._previous(contract), self.sigma(contract))

    def _held(self, contract: Contract, night: bool) -> int:
        opening = self._usual(contract).open_interest
        if not night:
            return opening
        tape = self.tape(contract, night=False)
        return max(opening + int(tape.open_interest[-1]), 0)

    def _shown(
        self, contract: Contract, session: Session | None, night: bool, at_ns: int
    ) -> tuple[int, int]:
        """Return best bid and ask while orders are taken, zeros otherwise."""
        if session is None or not session.intake_ns <= at_ns < session.close_ns:
            return 0, 0
        bid, ask = self.best(contract, night, np.array([at_ns]))
        return int(bid[0]), int(ask[0])

    def _rounded(self, contract: Contract, at_ns: int, limits: Limits) -> int:
        fair = float(self.fair(contract, np.array([at_ns]))[0])
        return min(max(_on_tick(fair, contract), limits.lower_h), limits.upper_h)

    def _drawn_limits(self, contract: Contract, night: bool) -> Limits:
        previous = self._previous(contract)
        if night:
            tape = self.tape(contract, night=False)
            base_h = int(tape.price_h[-1])
            level = self.index_pt(contract.product.underlying, self.hours.day.close_ns)
            day = self.date
        else:
            day, level = self._previous_session, previous
            base_h = self.fair_on(contract, day, (level,))[0]
        if not contract.is_option:
            low, high = base_h * (1 - STAGE_1), base_h * (1 + STAGE_1)
        else:
            ends = self.fair_on(contract, day, (level * (1 - STAGE_1), level * (1 + STAGE_1)))
            low, high = float(min(ends)), float(max(*ends, base_h + 1))
        product = contract.product
        lower = int(prints.raised(np.array([low]), product)[0])
        upper = int(prints.floored(np.array([high]), product)[0])
        return Limits(base_h, max(min(lower, base_h), product.tick_h(0)), max(upper, base_h))

    def _drawn_tape(self, contract: Contract, night: bool) -> Tape:
        session = self.session(contract, night)
        assert session is not None, f"{contract.code} has no such session"
        key = zlib.crc32(contract.code.encode())
        draws = np.random.default_rng([self._seed, self.date.toordinal(), key, int(night)])
        usual = self._usual(contract)
        at_ns = prints.times(draws, session, usual.night_prints if night else usual.prints)
        limits = self.limits(contract, night)
        bid, ask = self.best(contract, night, at_ns)
        fair = self.fair(contract, at_ns) * 100.0
        on_tick = prints.floored(fair + contract.product.tick_h(0) / 2, contract.product)
        fair_h = np.clip(on_tick.astype(np.int64), limits.lower_h, limits.upper_h)
        return prints.tape(draws, at_ns, session, bid, ask, fair_h, usual.size)


def market_of(day: DaySource, seed: int) -> Market | None:
    """Return the derivatives market of a day; None for a day that knows no KOSPI200."""
    level = day.index_level(KOSPI200, timetable(day.date).day.intake_ns)
    return None if level is None else Market(day, seed)


def _source_of(underlying: str) -> str:
    return KOSDAQ if underlying == KOSDAQ150 else underlying


@lru_cache(maxsize=4096)
def _scaled(level: IndexLevel, code: str) -> IndexLevel:
    figures = (level.level_pt, level.open_pt, level.high_pt, level.low_pt, level.previous_close_pt)
    scaled = (Decimal(f"{float(figure) * KOSDAQ150_SCALE:.2f}") for figure in figures)
    return IndexLevel(code, level.at_ns, level.arrived_ns, *scaled)


def _on_tick(price_pt: float, contract: Contract) -> int:
    tick = contract.product.tick_h(max(int(price_pt * 100), 0))
    return round(price_pt * 100 / tick) * tick
