"""Who may be traded on a day: rules over what is listed, and why everybody else may not.

Pure: instruments and daily bars in, admitted symbols and reasons out. It fails closed. What is not
known (a cap, a flag, a bar of one of the newest twenty sessions, the age of the masters) keeps a
symbol out with a reason that says so, and never lets it in by default. All reasons are told, not
the first.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from kis_core.market.calendar import TradingCalendar
from kis_core.market.events import DailyBar
from kis_core.market.instruments import Exchange, Instruments, Kind, Listed

ADTV_SESSIONS = 20  # the newest before the day; never the oldest of what a broker returned

Flag = Literal[
    "HALTED",
    "ADMINISTRATIVE",
    "LIQUIDATION",
    "CAUTION",
    "WARNING",
    "RISK",
    "WARNING_NOTICE",
    "UNFAITHFUL",
    "OVERHEATED_NOTICE",
    "OVERHEATED",
    "SHORT_SALE_OVERHEATED",
    "ABNORMAL_RISE",
    "ATTENTION",
    "LOW_LIQUIDITY",
    "SPAC",
    "PREFERRED",
]


@dataclass(frozen=True, slots=True)
class UniverseRules:
    """What a security must be. None asks nothing; every set says what is wanted or unwanted."""

    markets: frozenset[Exchange]
    kinds: frozenset[Kind]
    exclude: frozenset[Flag]
    market_cap_min_krw: int | None
    adtv_min_krw: int | None  # mean value traded a day over the newest 20 sessions
    price_min_krw: int | None  # of the day's base price
    listed_sessions_min: int | None  # sessions from the first day of trading to the day before
    nxt_only: bool
    masters_age_sessions_max: int  # 0: the masters must be of the day itself


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a symbol is not admitted. `unknown`: because something is not known."""

    check: str  # MARKET_CAP, ADTV, HALTED …
    says: str
    unknown: bool = False

    def __str__(self) -> str:
        return self.says


@dataclass(frozen=True, slots=True)
class Universe:
    """The symbols of a day in ascending order, and for each other one all its reasons."""

    day: date
    admitted: tuple[str, ...]
    excluded: Mapping[str, tuple[Reason, ...]]


def universe(
    candidates: Iterable[str] | None,
    instruments: Instruments,
    bars: Mapping[str, Sequence[DailyBar]],
    day: date,
    rules: UniverseRules,
    calendar: TradingCalendar,
) -> Universe:
    """Return who of the candidates (None: of all that is listed) may be traded on a session.

    `bars` may hold more than is needed, in any order; only those of the newest 20 sessions before
    `day` count. Raises CalendarError where the calendar does not cover them.
    """
    if candidates is None:
        candidates = instruments.listed()
    first = calendar.offset(day, -ADTV_SESSIONS)
    sessions = calendar.sessions_between(first, calendar.previous(day))
    stale = _masters_reason(instruments.as_of, day, rules, calendar)
    reasons: dict[str, tuple[Reason, ...]] = {}
    for symbol in sorted(set(candidates)):
        one = instruments.security(symbol)
        if one is None:
            reasons[symbol] = (Reason("LISTING", "unknown symbol: not in the masters", True),)
            continue
        found = [*stale, *_listing_reasons(one, rules), *_number_reasons(one, rules)]
        found += _age_reasons(one, day, rules, calendar)
        if rules.adtv_min_krw is not None:
            adtv = adtv_krw(bars.get(symbol, ()), sessions)
            found += _least("ADTV", "ADTV", adtv, rules.adtv_min_krw)
        reasons[symbol] = tuple(found)
    return Universe(
        day,
        tuple(symbol for symbol, found in reasons.items() if not found),
        {symbol: found for symbol, found in reasons.items() if found},
    )


def adtv_krw(bars: Iterable[DailyBar], sessions: Sequence[date]) -> int | str:
    """Return the mean value traded a session, in KRW cut to whole, or why it is not known.

    A session on which a security was halted has a bar with no volume, and counts as nothing
    traded. A session without a bar is missing data, whatever the reason may be.
    """
    wanted = {session.isoformat(): session for session in sessions}
    values: dict[str, int] = {}
    of_sessions = [bar for bar in bars if bar.date in wanted]
    # Sorted, so that of two troubles the same one is named however the bars came.
    for bar in sorted(of_sessions, key=lambda b: (b.date, b.volume, b.value_krw or 0)):
        value = 0 if bar.volume == 0 else bar.value_krw
        if value is None:
            return f"the bar of {bar.date} has no value traded"
        if bar.volume < 0 or value < 0:
            return f"the bar of {bar.date} is negative"
        if values.setdefault(bar.date, value) != value:
            return f"{bar.date} has two bars that differ"
    missing = [text for text in wanted if text not in values]
    if missing:
        return (
            f"{len(missing)} of the newest {len(wanted)} sessions have no bar, "
            f"the latest of them {missing[-1]}"
        )
    return sum(values.values()) // len(wanted)


def _masters_reason(
    as_of: date | None, day: date, rules: UniverseRules, calendar: TradingCalendar
) -> list[Reason]:
    limit = rules.masters_age_sessions_max
    if as_of is None:
        return [Reason("MASTERS", "unknown age of the masters", True)]
    if as_of > day:
        return [Reason("MASTERS", f"unknown on {day}: the masters are of {as_of}, later", True)]
    age = calendar.session_count(as_of, day) - calendar.is_session(as_of)
    if age > limit:
        return [Reason("MASTERS", f"unknown on {day}: the masters are {age} sessions old", True)]
    return []


def _listing_reasons(one: Listed, rules: UniverseRules) -> Iterator[Reason]:
    if one.market not in rules.markets:
        yield Reason("MARKET", f"listed on {one.market}")
    if one.kind is None:
        yield Reason("KIND", "unknown kind of security", True)
    elif one.kind not in rules.kinds:
        yield Reason("KIND", f"is of kind {one.kind}")
    for flag, read in _FLAGS.items():
        if flag in rules.exclude:
            yield from _unwanted(flag, read(one))
    if rules.nxt_only and not one.nxt:
        unknown = one.nxt is None
        says = "unknown whether NXT trades it" if unknown else "not traded on NXT"
        yield Reason("NXT", says, unknown)


def _unwanted(flag: Flag, is_set: bool | None) -> Iterator[Reason]:
    if is_set is None:
        yield Reason(flag, f"unknown flag {flag}", True)
    elif is_set:
        yield Reason(flag, f"is flagged {flag}")


def _number_reasons(one: Listed, rules: UniverseRules) -> Iterator[Reason]:
    yield from _least("MARKET_CAP", "market cap", one.market_cap_krw, rules.market_cap_min_krw)
    yield from _least("PRICE", "price", one.base_krw, rules.price_min_krw)


def _age_reasons(
    one: Listed, day: date, rules: UniverseRules, calendar: TradingCalendar
) -> Iterator[Reason]:
    if rules.listed_sessions_min is None:
        return
    if one.listed_on is None:
        yield Reason("LISTING_AGE", "unknown listing date", True)
        return
    # Whoever was listed before the calendar begins is at least as old as the calendar.
    first = max(one.listed_on, calendar.covered_from)
    age = calendar.session_count(first, calendar.previous(day)) if first < day else 0
    if age < rules.listed_sessions_min:
        yield Reason("LISTING_AGE", f"listed {age} sessions < {rules.listed_sessions_min}")


def _least(check: str, name: str, value: int | str | None, least: int | None) -> Iterator[Reason]:
    """Return the reason of a number that is too low, or that is not known (then None or why)."""
    if least is None:
        return
    if value is None or isinstance(value, str):
        why = f": {value}" if value else ""
        yield Reason(check, f"unknown {name}{why}", True)
    elif value < least:
        yield Reason(check, f"{name} {value:,} KRW < {least:,} KRW")


def _is(level: str | None, *levels: str) -> bool | None:
    return None if level is None else level in levels


_FLAGS: Mapping[Flag, Callable[[Listed], bool | None]] = {
    "HALTED": lambda one: one.halted,
    "ADMINISTRATIVE": lambda one: one.administrative,
    "LIQUIDATION": lambda one: one.liquidation,
    "CAUTION": lambda one: _is(one.warning, "CAUTION"),
    "WARNING": lambda one: _is(one.warning, "WARNING"),
    "RISK": lambda one: _is(one.warning, "RISK"),
    "WARNING_NOTICE": lambda one: one.warning_notice,
    "UNFAITHFUL": lambda one: one.unfaithful,
    "OVERHEATED_NOTICE": lambda one: _is(one.overheated, "NOTICE"),
    "OVERHEATED": lambda one: _is(one.overheated, "DESIGNATED", "EXTENDED"),
    "SHORT_SALE_OVERHEATED": lambda one: one.short_sale_overheated,
    "ABNORMAL_RISE": lambda one: one.abnormal_rise,
    "ATTENTION": lambda one: one.attention,
    "LOW_LIQUIDITY": lambda one: one.low_liquidity,
    "SPAC": lambda one: one.spac,
    "PREFERRED": lambda one: one.preferred,
}
