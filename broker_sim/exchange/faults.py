"""Which faults bite, on what and when: decided here and nowhere else. Pure.

A plan is asked about each thing that happens, and answers with the faults that bite on it, in the
order in which they do. It counts what matched and writes down what bit. Chances are drawn from
the seed, the fault's place in the plan and how often it matched: the same seed and the same
things, asked in the same order, give the same faults. What a bite does is for those who ask.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from broker_sim.exchange.fault_entries import Fault
from broker_sim.exchange.fault_kinds import OF_TOKENS, TOKENS, Kind, Place
from broker_sim.exchange.fault_rates import draw_faults
from kis_core.market.instants import DAY_NS, KST_OFFSET_NS, SECOND_NS

BITES_MAX = 20_000  # the log forgets the oldest beyond

_ORDER = {kind: number for number, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Subject:
    """What a fault may bite on, by the words that select it. Blank where it has none.

    `calls` are all the names a call goes by.
    """

    calls: frozenset[str] = frozenset()
    tr_id: str = ""
    symbol: str = ""
    side: str = ""
    page: int = 1
    news: str = ""

    def told(self) -> str:
        """Return it in a few words, for the log."""
        path = next((name for name in sorted(self.calls) if name.startswith("/")), "")
        page = f"page {self.page}" if self.page > 1 else ""
        words = (path, self.tr_id, self.symbol, self.side, page, self.news)
        return " ".join(word for word in words if word)


ANYTHING = Subject()


@dataclass(frozen=True, slots=True)
class Bite:
    """A fault that bites now. `seconds` has been drawn from the fault's range."""

    number: int  # of the fault in its plan, from 1
    fault: Fault
    at_ns: int
    on: str
    seconds: float

    @property
    def kind(self) -> Kind:
        """Return the fault's kind."""
        return self.fault.kind

    @property
    def late_ns(self) -> int:
        """Return the seconds in nanoseconds."""
        return int(self.seconds * SECOND_NS)


@dataclass(slots=True)
class Armed:
    """A fault that waits, and what it has seen so far."""

    number: int
    fault: Fault
    matched: int = 0
    bitten: int = 0
    first_ns: int | None = None

    def fits(self, subject: Subject) -> bool:
        """Whether it is about such a thing at all."""
        fault = self.fault
        return (
            (not fault.call or fault.call in subject.calls)
            and not (fault.kind in OF_TOKENS and TOKENS in subject.calls)
            and fault.tr_id in ("", subject.tr_id)
            and fault.symbol in ("", subject.symbol)
            and fault.side in ("", subject.side)
            and fault.news in ("", subject.news)
            and fault.page in (None, subject.page)
        )

    def is_open(self, now_ns: int) -> bool:
        """Whether this is its time, and it has not bitten as often as it may."""
        fault = self.fault
        time_ns = (now_ns + KST_OFFSET_NS) % DAY_NS
        if fault.at_ns is not None and time_ns < fault.at_ns:
            return False
        if fault.until_ns is not None and time_ns >= fault.until_ns:
            return False
        if fault.lasting_s is not None and self.first_ns is not None:
            return now_ns < self.first_ns + fault.lasting_s * SECOND_NS
        return fault.times is None or self.bitten < fault.times


class FaultPlan:
    """The faults of one simulated broker. Ask it of everything, in the order it happens."""

    def __init__(self, faults: Iterable[Fault] = (), seed: int = 0) -> None:
        self._seed = seed
        self._armed: dict[Place, list[Armed]] = {place: [] for place in Place}
        self._bites: deque[Bite] = deque(maxlen=BITES_MAX)
        self._count = 0
        self._places: frozenset[Place] = frozenset()  # where faults are armed
        self.add(faults)

    @classmethod
    def drawn(cls, seed: int, intensity: float, symbols: Sequence[str] = ()) -> "FaultPlan":
        """Return a plan drawn from a seed: at intensity 1 a bad day, at 10 the worst.

        `symbols` are those whose trading may be interrupted.
        """
        return cls(draw_faults(seed, intensity, symbols), seed)

    @property
    def faults(self) -> list[Fault]:
        """Return every fault, spent ones too, in the order added."""
        armed = [one for waiting in self._armed.values() for one in waiting]
        return [one.fault for one in sorted(armed, key=lambda one: one.number)]

    @property
    def bites(self) -> list[Bite]:
        """Return what bit so far, oldest first."""
        return list(self._bites)

    def any(self, *places: Place) -> bool:
        """Whether there are faults that bite there, so that nobody asks in vain."""
        return not self._places.isdisjoint(places)

    def add(self, faults: Iterable[Fault]) -> None:
        """Add faults to the plan."""
        for fault in faults:
            self._count += 1
            self._armed[fault.rule.place].append(Armed(self._count, fault))
        for waiting in self._armed.values():
            waiting.sort(key=lambda one: (_ORDER[one.fault.kind], one.number))
        self._places = frozenset(place for place, waiting in self._armed.items() if waiting)

    def clear(self) -> None:
        """Forget every fault. What bit stays written down."""
        for waiting in self._armed.values():
            waiting.clear()
        self._places = frozenset()

    def on(self, place: Place, subject: Subject, now_ns: int) -> list[Bite]:
        """Return the faults that bite on one thing there, in their order, to the final one."""
        bites: list[Bite] = []
        for armed in self._armed[place]:
            if not armed.fits(subject) or (place is Place.LINE and not armed.fault.by_frame):
                continue
            if bite := self._bite(armed, subject, now_ns):
                bites.append(bite)
                if armed.fault.rule.final:
                    break
        return bites

    def due(self, now_ns: int) -> list[Bite]:
        """Return the faults of sessions whose instant has come, each once."""
        waiting = [armed for armed in self._armed[Place.LINE] if not armed.fault.by_frame]
        return [bite for one in waiting if (bite := self._bite(one, ANYTHING, now_ns))]

    def standing(self, kind: Kind, now_ns: int) -> Bite | None:
        """Return a fault that is true now, if any. It is written down once."""
        for armed in self._armed[Place.STANDING]:
            if armed.fault.kind is kind and armed.is_open(now_ns):
                bite = self._made(armed, ANYTHING, now_ns)
                if armed.first_ns is None:
                    self._write_down(armed, bite)
                return bite
        return None

    def interruptions(self, midnight_ns: int, now_ns: int) -> list[Bite]:
        """Return what befalls the market and was not asked for yet, once each, at its instant.

        It is written down when it is asked for, for the market keeps its time: an instant that
        is over by `now_ns`, or was never given, is now.
        """
        bites = []
        for armed in self._armed[Place.MARKET]:
            if armed.bitten == 0:
                fault = armed.fault
                at_ns = max(now_ns, midnight_ns + (fault.at_ns or 0))
                bites.append(self._made(armed, Subject(symbol=fault.symbol), at_ns))
                self._write_down(armed, bites[-1])
        return bites

    def state(self) -> dict[str, Any]:
        """Return the plan as plain values: what waits, and how often it matched and bit."""
        armed = [one for waiting in self._armed.values() for one in waiting]
        return {
            "seed": self._seed,
            "faults": [
                {
                    "number": one.number,
                    **one.fault.told(),
                    "matched": one.matched,
                    "bit": one.bitten,
                }
                for one in sorted(armed, key=lambda one: one.number)
            ],
        }

    def _bite(self, armed: Armed, subject: Subject, now_ns: int) -> Bite | None:
        if not armed.is_open(now_ns):
            return None
        armed.matched += 1
        fault = armed.fault
        if armed.matched <= fault.after:
            return None
        if fault.chance < 1.0 and self._draw(armed, "chance") >= fault.chance:
            return None
        bite = self._made(armed, subject, now_ns)
        self._write_down(armed, bite)
        return bite

    def _made(self, armed: Armed, subject: Subject, now_ns: int) -> Bite:
        low, high = armed.fault.seconds or (0.0, 0.0)
        seconds = low if low == high else low + (high - low) * self._draw(armed, "seconds")
        return Bite(armed.number, armed.fault, now_ns, subject.told(), seconds)

    def _write_down(self, armed: Armed, bite: Bite) -> None:
        armed.bitten += 1
        if armed.first_ns is None:
            armed.first_ns = bite.at_ns
        self._bites.append(bite)

    def _draw(self, armed: Armed, what: str) -> float:
        return draw(f"{self._seed} {armed.number} {armed.matched} {what}")


def draw(text: str) -> float:
    """Return a number from 0 up to 1 that depends on the text alone."""
    return int.from_bytes(sha256(text.encode()).digest()[:8]) / 2**64
