"""The derivatives market of the day played: its contracts, their quotes, books and candles.

Pure: every answer is a function of the day, the seed, the code and the instant asked about, and
nothing after that instant shows in it. `night` asks about the session that begins in the evening;
after the end of a session it shows how it ended.
"""

import zlib
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from broker_sim.exchange.day import DaySource
from broker_sim.exchange.derivatives import prints
from broker_sim.exchange.derivatives.activity import Activity, activity_of
from broker_sim.exchange.derivatives.books import Book, Levels
from broker_sim.exchange.derivatives.contracts import KOSDAQ150, KOSPI200, Contract
from broker_sim.exchange.derivatives.hours import AUCTIONS, Phase, Session, Timetable, timetable
from broker_sim.exchange.derivatives.listing import listed
from broker_sim.exchange.derivatives.prices import Prices, on_tick
from broker_sim.exchange.derivatives.prints import Limits, Tape
from broker_sim.exchange.derivatives.quote import Quote as Quote
from kis_core.market.instants import SECOND_NS

Ints = NDArray[np.int64]
STAGE_1 = 0.08  # how far a price may go: the first of three stages, the only one played


class Market:
    """All contracts of one day."""

    def __init__(self, day: DaySource, seed: int, implied: float | None = None) -> None:
        """The day must know the KOSPI200; see `market_of`."""
        self.date = day.date
        self.hours: Timetable = timetable(day.date)
        self.prices = Prices(day, self.hours, seed, implied)
        self._seed = seed
        kospi200 = self.prices.previous(KOSPI200)
        assert kospi200 is not None, "a day without a KOSPI200 has no derivatives"
        with_kosdaq150 = self.prices.previous(KOSDAQ150) is not None
        self.contracts: Mapping[str, Contract] = listed(
            day.date, round(kospi200 * 100), with_kosdaq150
        )
        self._limits: dict[tuple[str, bool], Limits] = {}
        self._tapes: dict[tuple[str, bool], Tape] = {}
        self._activities: dict[str, Activity] = {}
        self._seen: dict[tuple[str, bool], tuple[int, int, int]] = {}
        self._levels = Levels(seed)

    def session(self, contract: Contract, night: bool) -> Session | None:
        """Return a contract's session; None where it has no night."""
        return self.hours.of(contract.expiry == self.date, night)

    def phase(self, contract: Contract, night: bool, at_ns: int) -> Phase:
        """Return what a contract's market does at an instant."""
        session = self.session(contract, night)
        return Phase.CLOSED if session is None else session.phase(at_ns)

    def limits(self, contract: Contract, night: bool) -> Limits:
        """Return base and limits. The night's base is the day's last price, so before the day is
        over nobody may be told them."""
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
        middle = self.prices.fair(contract, at_ns) * 100.0
        spread = usual.spread_h + usual.spread_share * middle
        return prints.quotes(middle, contract.product, spread, self.limits(contract, night))

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

    def _yesterday(self, contract: Contract, night: bool) -> int:
        usual = self._usual(contract)
        if night:
            return usual.night_quantity
        return usual.quantity_on(contract.code, self.prices.previous_session)

    def _usual(self, contract: Contract) -> Activity:
        known = self._activities.get(contract.code)
        if known is None:
            previous, sigma = self.prices.previous_of(contract), self.prices.sigma(contract)
            known = self._activities[contract.code] = activity_of(contract, previous, sigma)
        return known

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
        second, key = at_ns // SECOND_NS, (contract.code, night)
        seen = self._seen.get(key)
        if seen is None or seen[0] != second:
            bid, ask = self.best(contract, night, np.array([at_ns]))
            seen = self._seen[key] = (second, int(bid[0]), int(ask[0]))
        return seen[1], seen[2]

    def _rounded(self, contract: Contract, at_ns: int, limits: Limits) -> int:
        fair = float(self.prices.fair(contract, np.array([at_ns]))[0])
        return min(max(on_tick(fair, contract), limits.lower_h), limits.upper_h)

    def _drawn_limits(self, contract: Contract, night: bool) -> Limits:
        previous = self.prices.previous_of(contract)
        if night:
            tape = self.tape(contract, night=False)
            base_h = int(tape.price_h[-1])
            level = self.prices.index_pt(contract.product.underlying, self.hours.day.close_ns)
            day = self.date
        else:
            day, level = self.prices.previous_session, previous
            base_h = self.prices.fair_on(contract, day, (level,))[0]
        if not contract.is_option:
            low, high = base_h * (1 - STAGE_1), base_h * (1 + STAGE_1)
        else:
            ends = self.prices.fair_on(
                contract, day, (level * (1 - STAGE_1), level * (1 + STAGE_1))
            )
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
        fair = self.prices.fair(contract, at_ns) * 100.0
        on_tick = prints.floored(fair + contract.product.tick_h(0) / 2, contract.product)
        fair_h = np.clip(on_tick.astype(np.int64), limits.lower_h, limits.upper_h)
        return prints.tape(draws, at_ns, session, bid, ask, fair, fair_h, usual)


def market_of(day: DaySource, seed: int, implied: float | None = None) -> Market | None:
    """Return the derivatives market of a day; None for a day that knows no KOSPI200.

    `implied` is the volatility a year that real KOSPI200 options were quoted at, if known.
    """
    level = day.index_level(KOSPI200, timetable(day.date).day.intake_ns)
    return None if level is None else Market(day, seed, implied)
