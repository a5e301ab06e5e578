"""One fault as it is written down: what, when, on what, how. Values in, faults or one error out.

What is written, by its key (docs/faults.md has the kinds):

    kind      one of fault_kinds
    at        "09:05:00" KST; not before (sessions and the market: at that instant)
    until     not from then on
    after     lets so many pass first
    times     how often it bites; else once, or always where a chance or a span is given
    lasting   seconds of the day from its first bite on, instead of times
    chance    of each that matches, by the seed
    call      order_cash, orders, questions, tokens, or a path; so tr_id, symbol, side, page, news
    seconds   a number or [least, most]; code, form, field … as the kind wants them

Nothing here raises anything but FaultError.
"""

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, cast

from broker_sim.exchange.fault_kinds import (
    CODES,
    FORMS,
    MARKETS,
    NEWS,
    RULES,
    SELECTORS,
    TRIGGERS,
    VENUES,
    Kind,
    Place,
    Rule,
)
from kis_core.market.instants import SECOND_NS

SECONDS_MAX = 86_400.0


class FaultError(Exception):
    """A fault that cannot be read. The message names the place, the key and what was expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault. Times are ns since midnight KST; None and blank mean any."""

    kind: Kind
    at_ns: int | None = None
    until_ns: int | None = None
    after: int = 0
    times: int | None = 1  # None: always
    lasting_s: float | None = None
    chance: float = 1.0
    call: str = ""
    tr_id: str = ""
    symbol: str = ""
    side: Literal["", "BUY", "SELL"] = ""
    page: int | None = None
    news: str = ""
    seconds: tuple[float, float] | None = None
    code: str = ""
    form: str = ""
    field: str = ""
    status: int = 500
    shares: int | None = None  # None: half of what is left
    trigger: Literal["static", "dynamic"] = "static"  # of a VI
    venue: Literal["KRX", "NXT"] = "KRX"
    market: Literal["", "KOSPI", "KOSDAQ"] = ""  # blank: both
    stage: Literal[1, 2, 3] = 1  # of a circuit breaker

    @property
    def rule(self) -> Rule:
        """Return what its kind is made of."""
        return RULES[self.kind]

    @property
    def by_frame(self) -> bool:
        """Whether a session's fault waits for a frame, and not for an instant alone."""
        return bool(self.tr_id or self.symbol or self.after or self.chance < 1.0)

    def told(self) -> dict[str, Any]:
        """Return it as it could have been written, without what is default."""
        said: dict[str, Any] = {"kind": self.kind.value}
        for name in (f.name for f in fields(self) if f.name != "kind"):
            value = getattr(self, name)
            if value is not None and value != _DEFAULTS[name]:
                said[name.removesuffix("_ns").removesuffix("_s")] = _written(name, value)
        return said


_DEFAULTS = {f.name: f.default for f in fields(Fault)}


def read_faults(content: object, where: str, calls: Collection[str]) -> tuple[Fault, ...]:
    """Read a list of faults. `where` names it in errors; `calls` are the calls there are.

    Raises FaultError.
    """
    if not isinstance(content, list):
        raise FaultError(f"{where}: expected a list of faults, got {_said(content)}")
    return tuple(_fault(entry, f"{where}[{i}]", calls) for i, entry in enumerate(content))


def _fault(entry: object, where: str, calls: Collection[str]) -> Fault:
    if not isinstance(entry, Mapping):
        raise FaultError(f"{where}: expected a mapping with a kind, got {_said(entry)}")
    kind = _kind(entry.get("kind"), where)
    rule = RULES[kind]
    known = {"kind", *_WHEN_OF.get(rule.place, _WHEN), *SELECTORS[rule.place], *rule.params}
    for key in entry:
        if key not in known:
            there_are = ", ".join(sorted(known))
            raise FaultError(f"{where}.{key}: not a key of {kind.value}; there are {there_are}")
    for key in sorted(rule.needs - set(entry)):
        raise FaultError(f"{where}.{key}: missing; {kind.value} needs it")
    given: dict[str, Any] = dict(rule.params)
    for key, value in entry.items():
        if key != "kind":
            try:
                given[_NAMES.get(str(key), str(key))] = _READERS[str(key)](value)
            except ValueError as expected:
                raise FaultError(f"{where}.{key}: {_said(value)}, expected {expected}") from None
    given.setdefault("page", rule.page)
    given.setdefault("times", _times(rule, given))
    fault = Fault(kind=kind, **given)
    _require_sense(fault, where, calls)
    return fault


def _kind(text: object, where: str) -> Kind:
    try:
        return Kind(cast(str, text))
    except ValueError:
        there_are = ", ".join(sorted(Kind))
        raise FaultError(f"{where}.kind: {_said(text)}, expected one of {there_are}") from None


def _times(rule: Rule, given: Mapping[str, object]) -> int | None:
    """Return how often a fault bites that does not say so."""
    if rule.place is Place.STANDING or given.keys() & {"chance", "lasting_s", "until_ns"}:
        return None
    return 1


def _require_sense(fault: Fault, where: str, calls: Collection[str]) -> None:
    place = fault.rule.place
    codes = CODES.get(fault.kind)
    if codes and fault.code not in codes:
        raise FaultError(f"{where}.code: {fault.code!r}, expected one of {sorted(codes)}")
    if fault.call and fault.call not in calls:
        raise FaultError(
            f"{where}.call: {fault.call!r}, expected orders, questions, tokens, or a call of KIS's "
            "catalog by its name or path"
        )
    if None not in (fault.at_ns, fault.until_ns) and cast(int, fault.until_ns) <= cast(
        int, fault.at_ns
    ):
        raise FaultError(f"{where}.until: not after at")
    once = place is Place.MARKET or (place is Place.LINE and not fault.by_frame)
    if once and fault.times != 1:
        raise FaultError(f"{where}: {fault.kind.value} happens once, at its time; write it again")
    low = fault.seconds[0] if fault.seconds else 0.0
    if low < 0 and fault.kind is not Kind.CLOCK_SKEW:
        raise FaultError(f"{where}.seconds: {low:g}, expected 0 or more")


# Readers of single values: they return the value, or raise ValueError saying what was expected.


def _seconds(value: object) -> tuple[float, float]:
    pair = value if isinstance(value, list) else [value, value]
    numbers = [float(n) for n in pair if isinstance(n, int | float) and not isinstance(n, bool)]
    if len(numbers) != 2 or len(pair) != 2 or not -SECONDS_MAX <= numbers[0] <= numbers[1]:
        raise ValueError("seconds, or [least, most]")
    if numbers[1] > SECONDS_MAX:
        raise ValueError("no more than a day of seconds")
    return numbers[0], numbers[1]


def _span(value: object) -> float:
    low, high = _seconds(value)
    if low != high or low <= 0:
        raise ValueError("seconds, more than 0")
    return low


def _time_of_day(value: object) -> int:
    # YAML reads an unquoted 09:05 as a number of base sixty, and says so nowhere.
    try:
        at = dt.time.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError('a time of day in quotes, "HH:MM" or "HH:MM:SS"') from None
    seconds = (at.hour * 60 + at.minute) * 60 + at.second
    return seconds * SECOND_NS + at.microsecond * 1000


def _number(least: int, most: int = 1_000_000_000) -> Callable[[object], int]:
    def read(value: object) -> int:
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole or not least <= cast(int, value) <= most:
            raise ValueError(f"a whole number from {least} to {most}")
        return cast(int, value)

    return read


def _chance(value: object) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 < cast(float, value) <= 1:
        raise ValueError("a chance, more than 0 and up to 1")
    return float(cast(float, value))


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("text; numbers in quotes")
    return value.strip()


def _code(value: object) -> str:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else _text(value)


def _one_of(words: Collection[str]) -> Callable[[object], str]:
    def read(value: object) -> str:
        if value not in words:
            raise ValueError(f"one of {', '.join(sorted(words))}")
        return cast(str, value)

    return read


_WHEN = ("at", "until", "after", "times", "lasting", "chance")
_WHEN_OF: Mapping[Place, tuple[str, ...]] = {
    Place.STANDING: ("at", "until", "lasting"),
    Place.MARKET: ("at",),
}
_NAMES = {"at": "at_ns", "until": "until_ns", "lasting": "lasting_s"}
_READERS: Mapping[str, Callable[[object], object]] = {
    "at": _time_of_day,
    "until": _time_of_day,
    "after": _number(0),
    "times": _number(1),
    "lasting": _span,
    "chance": _chance,
    "call": _text,
    "tr_id": _text,
    "symbol": _text,
    "side": _one_of(("BUY", "SELL")),
    "page": _number(1, 10_000),
    "news": _one_of(NEWS),
    "seconds": _seconds,
    "code": _code,
    "form": _one_of(FORMS),
    "field": _text,
    "status": _number(400, 599),
    "shares": _number(1),
    "trigger": _one_of(TRIGGERS),
    "venue": _one_of(VENUES),
    "market": _one_of(MARKETS),
    "stage": _number(1, 3),
}


def _written(name: str, value: Any) -> Any:
    if name.endswith("_ns"):
        seconds = value / SECOND_NS
        hours, rest = divmod(seconds, 3600)
        minutes, rest = divmod(rest, 60)
        return f"{hours:02.0f}:{minutes:02.0f}:{rest:09.6f}".removesuffix(".000000")
    if name == "seconds":
        return value[0] if value[0] == value[1] else list(value)
    return value


def _said(value: object) -> str:
    return repr(value)[:60]
