"""What stops or bends the market in the middle of a day, and what is stopped at an instant.

`Interruption` is what a script or a seed asks for; `Interrupted` is it with its instants;
`Interruptions` is the day's list, and answers for any issue, venue and instant. Nothing here
touches an order: the exchange asks how an issue trades, and the prints are bent in `bent`.
Rules: krx_market.md §5.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from broker_sim.exchange.day import Instrument, Market
from broker_sim.exchange.path import generator
from broker_sim.exchange.venue import Timetable, Trading
from kis_core.market.events import Venue
from kis_core.market.instants import DAY_NS, SECOND_NS, midnight_ns
from kis_core.wire.account import Side

VI_S, VI_RANDOM_S = 120, 30
BREAK_S, BREAK_AUCTION_S = 20 * 60, 10 * 60
SIDECAR_S = 5 * 60
RESUMING_S = 10 * 60


@dataclass(frozen=True, slots=True)
class Vi:
    """A volatility interruption: two minutes and up to thirty seconds of call auction."""

    symbol: str
    kind: Literal["static", "dynamic"] = "static"
    venue: Venue = "KRX"  # it does not stop the other one


@dataclass(frozen=True, slots=True)
class Halt:
    """One issue stops on both venues: nothing but cancels. Then an auction, if it resumes."""

    symbol: str
    lasts_s: int | None = None  # None: for the rest of the day
    auction_s: int = RESUMING_S
    reason: str = "매매거래정지"


@dataclass(frozen=True, slots=True)
class CircuitBreaker:
    """A whole market stops on both venues: twenty minutes, then ten of auction.

    Stage 3 closes it for the day, cancels and all.
    """

    market: Market | None = None  # None: both
    stage: Literal[1, 2, 3] = 1


@dataclass(frozen=True, slots=True)
class LimitLock:
    """One issue sticks to its price limit: one side empty, the other a queue that never moves."""

    symbol: str
    side: Literal["upper", "lower"]
    lasts_s: int | None = None  # None: for the rest of the day


@dataclass(frozen=True, slots=True)
class Delisting:
    """An issue ceases to exist."""

    symbol: str


@dataclass(frozen=True, slots=True)
class Sidecar:
    """Program orders of a side are frozen for five minutes. Told, and nothing more."""

    side: Side
    market: Market = "KOSPI"


Interruption = Vi | Halt | CircuitBreaker | LimitLock | Delisting | Sidecar


@dataclass(frozen=True, slots=True)
class Interrupted:
    """An interruption in its time: halted, then an auction, then its price and on."""

    what: Interruption
    start_ns: int
    auction_ns: int  # orders gather from here on; `end_ns` where there is no auction
    end_ns: int  # the auction's price is made, trading goes on

    @property
    def symbol(self) -> str | None:
        """Return the issue; None where a whole market is concerned."""
        match self.what:
            case CircuitBreaker() | Sidecar():
                return None
            case _:
                return self.what.symbol

    @property
    def market(self) -> Market | None:
        """Return the market that is concerned as a whole; None: one issue, or both markets."""
        return self.what.market if isinstance(self.what, CircuitBreaker | Sidecar) else None

    def concerns(self, instrument: Instrument, venue: Venue) -> bool:
        """Whether it has to do with an issue on a venue."""
        if isinstance(self.what, Vi) and self.what.venue != venue:
            return False
        if self.symbol is not None:
            return self.symbol == instrument.symbol
        return self.market in (None, instrument.market)

    def is_on(self, at_ns: int) -> bool:
        """Whether an instant lies in it."""
        return self.start_ns <= at_ns < self.end_ns


class Interruptions:
    """The day's interruptions, in the order they begin."""

    def __init__(
        self,
        instruments: Mapping[str, Instrument],
        date: dt.date,
        seed: int,
        hours: Mapping[Venue, Timetable],
    ) -> None:
        self._instruments = instruments
        self._date = date
        self._seed = seed
        self._hours = hours
        self._all: list[Interrupted] = []

    def __iter__(self) -> Iterator[Interrupted]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def add(self, at_ns: int, what: Interruption) -> Interrupted:
        """Let one begin; return it with its instants. KeyError for an unknown symbol."""
        timed = self._timed(at_ns, what)
        if timed.symbol is not None:
            self._instruments[timed.symbol]
        self._all.append(timed)
        self._all.sort(key=lambda one: one.start_ns)
        return timed

    def of(self, symbol: str, venue: Venue = "KRX") -> Sequence[Interrupted]:
        """Return those that concern an issue, ascending; none for an unknown one."""
        instrument = self._instruments.get(symbol)
        if not self._all or instrument is None:
            return ()
        return [one for one in self._all if one.concerns(instrument, venue)]

    def trading(self, symbol: str, venue: Venue, at_ns: int) -> Trading | None:
        """Return how an interruption makes an issue trade; None where it does not interfere."""
        found: Trading | None = None
        for one in self.of(symbol, venue):
            if not one.is_on(at_ns):
                continue
            match one.what:
                case Delisting() | CircuitBreaker(stage=3):
                    return Trading.CLOSED
                case Halt() | CircuitBreaker() | Vi():
                    stopped = at_ns < one.auction_ns
                    if found is not Trading.HALTED:
                        found = Trading.HALTED if stopped else Trading.AUCTION
                case _:
                    pass
        return found

    def vi(self, symbol: str, at_ns: int, venue: Venue = "KRX") -> Interrupted | None:
        """Return the volatility interruption an issue is in, None when it is in none."""
        on = (o for o in self.of(symbol, venue) if isinstance(o.what, Vi) and o.is_on(at_ns))
        return next(on, None)

    def vis(self, until_ns: int, venue: Venue = "KRX") -> list[Interrupted]:
        """Return the day's volatility interruptions begun by then, ascending."""
        return [
            one
            for one in self._all
            if isinstance(one.what, Vi) and one.what.venue == venue and one.start_ns <= until_ns
        ]

    def halt(self, symbol: str, at_ns: int, venue: Venue = "KRX") -> Interrupted | None:
        """Return what halts an issue (TRHT_YN), its own halt or its market's; None: nothing."""
        for one in self.of(symbol, venue):
            if isinstance(one.what, Halt | CircuitBreaker) and one.start_ns <= at_ns:
                stage_3 = isinstance(one.what, CircuitBreaker) and one.what.stage == 3
                if at_ns < one.auction_ns or (stage_3 and at_ns < one.end_ns):
                    return one
        return None

    def locked(self, symbol: str, at_ns: int) -> Literal["upper", "lower"] | None:
        """Return the limit an issue sticks to by an interruption, None when it moves freely."""
        for one in self.of(symbol):
            if isinstance(one.what, LimitLock) and one.is_on(at_ns):
                return one.what.side
        return None

    def is_listed(self, symbol: str, at_ns: int) -> bool:
        """Whether an issue exists, and still exists."""
        if symbol not in self._instruments:
            return False
        return not any(
            isinstance(one.what, Delisting) and one.start_ns <= at_ns for one in self.of(symbol)
        )

    def _timed(self, at_ns: int, what: Interruption) -> Interrupted:
        """Give an interruption its instants."""
        day_end_ns = midnight_ns(self._date) + DAY_NS
        match what:
            case Vi():
                planned_ns = self._hours[what.venue].auction_end(at_ns)
                if planned_ns is not None:  # inside an auction it puts its price off
                    return Interrupted(what, at_ns, at_ns, planned_ns + VI_S * SECOND_NS)
                name = f"{what.symbol} VI {at_ns}"
                more_ms = int(generator(self._seed, self._date, name).integers(VI_RANDOM_S * 1_000))
                lasts_ns = VI_S * SECOND_NS + more_ms * 1_000_000
                return Interrupted(what, at_ns, at_ns, at_ns + lasts_ns)
            case Halt(lasts_s=None) | LimitLock(lasts_s=None) | Delisting():
                return Interrupted(what, at_ns, day_end_ns, day_end_ns)
            case Halt(lasts_s=int(lasts_s)):
                resumes_ns = at_ns + lasts_s * SECOND_NS
                return Interrupted(what, at_ns, resumes_ns, resumes_ns + what.auction_s * SECOND_NS)
            case CircuitBreaker(stage=3):
                return Interrupted(what, at_ns, day_end_ns, day_end_ns)
            case CircuitBreaker():
                auction_ns = at_ns + BREAK_S * SECOND_NS
                end_ns = auction_ns + BREAK_AUCTION_S * SECOND_NS
                return Interrupted(what, at_ns, auction_ns, end_ns)
            case LimitLock(lasts_s=int(lasts_s)):
                end_ns = at_ns + lasts_s * SECOND_NS
                return Interrupted(what, at_ns, end_ns, end_ns)
            case Sidecar():
                end_ns = at_ns + SIDECAR_S * SECOND_NS
                return Interrupted(what, at_ns, end_ns, end_ns)
            case _:
                raise AssertionError(what)
