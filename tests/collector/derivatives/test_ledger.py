"""Expected minutes of real kinds of days, and how a contract's minutes are settled."""

from datetime import date, time
from decimal import Decimal

import pytest

from collector.derivatives.coverage import Coverage
from collector.derivatives.ledger import ContractLedger, Work, end_ns, slots
from kis_core.clock import kst
from kis_core.market.calendar import krx_calendar
from kis_core.market.derivative_terms import terms_of
from kis_core.market.events import Gap
from kis_core.market.instants import MINUTE_NS, SECOND_NS, instant_ns
from kis_core.wire.derivatives.derivative_quotes import DerivativeBar

CALENDAR = krx_calendar()
DAY = date(2025, 9, 3)


def session_of(code: str, day: date, which: int = 0):  # type: ignore[no-untyped-def]
    terms = terms_of(code)
    assert terms is not None
    return terms.sessions(day, CALENDAR)[which]


@pytest.mark.parametrize(
    ("code", "day", "which", "count", "first", "last"),
    [
        ("101W09", DAY, 0, 411, "08:45", "15:45"),
        ("101W09", date(2025, 9, 11), 0, 395, "08:45", "15:19"),
        ("101W12", date(2025, 9, 11), 0, 411, "08:45", "15:45"),
        ("101W12", date(2025, 11, 13), 0, 411, "09:45", "16:45"),
        ("A01603", date(2026, 1, 2), 0, 351, "09:45", "15:45"),
        ("101W09", DAY, 1, 711, "18:00", "06:00"),
        ("101W12", date(2025, 11, 13), 1, 651, "19:00", "06:00"),
    ],
    ids=[
        "usual", "its last day", "another's last day", "entrance exam", "year's first",
        "night", "night of the exam",
    ],
)  # fmt: skip
def test_a_session_has_the_minutes_of_its_own_hours(
    code: str, day: date, which: int, count: int, first: str, last: str
) -> None:
    found = slots(session_of(code, day, which))
    assert len(found) == len(set(found)) == count
    assert [f"{kst(at):%H:%M}" for at in (found[0], found[-1])] == [first, last]


def at(clock: str, day: date = DAY) -> int:
    hour, minute, second = (int(part) for part in clock.split(":"))
    return instant_ns(day, time(hour, minute, second))


def bar(clock: str, close: str = "430.00", day: date = DAY) -> DerivativeBar:
    price = Decimal(close)
    return DerivativeBar("101W09", at(clock, day), price, price, price, price, 4, None)


def test_a_minute_is_asked_for_once_it_is_over_and_until_it_is_stored() -> None:
    ledger = ContractLedger("101W09", session_of("101W09", DAY), 1)
    assert ledger.due(at("08:46:04")) is None
    work = Work(at("08:45:00"), False)
    assert ledger.due(at("08:46:05")) == work
    answer = ledger.compare(work, [bar("08:45:00"), bar("08:46:00")], at("08:46:05"))
    assert answer is not None
    assert answer.news == (bar("08:45:00"),)  # the other one may be half a minute
    assert ledger.due(at("08:46:05")) == work  # the database does not have it yet
    ledger.stored(answer)
    assert ledger.due(at("08:46:59")) is None
    # A late round asks for everything since.
    assert ledger.due(at("08:59:30")) == Work(at("08:46:00"), False)


def test_after_the_close_the_whole_session_is_compared_once() -> None:
    known = [bar("08:45:00"), bar("08:46:00"), bar("15:45:00")]
    ledger = ContractLedger("101W09", session_of("101W09", DAY), 1, known)
    assert ledger.due(at("15:46:04")) == Work(at("08:45:00"), False)
    work = ledger.due(at("15:46:05"))
    assert work == Work(at("08:45:00"), True)
    assert ledger.compare(work, [], at("15:46:05")) is None  # nothing is unsaid by an empty reply
    told = [bar("08:45:00"), bar("08:46:00", "430.05"), bar("09:00:00")]
    answer = ledger.compare(work, told, at("15:46:05"))
    assert answer is not None
    assert (answer.news, answer.repaired, answer.surplus) == (tuple(told[1:]), 1, 1)
    ledger.stored(answer)
    assert (ledger.verified, ledger.candles) == (True, 4)
    assert ledger.due(at("20:00:00")) is None


def test_the_closing_auction_has_no_minutes_to_ask_for() -> None:
    ledger = ContractLedger("101W09", session_of("101W09", DAY), 1)
    ledger.settled_ns = at("15:35:00")
    assert ledger.due(at("15:44:30")) is None
    assert ledger.due(at("15:46:05")) == Work(at("08:45:00"), True)


def test_a_night_is_settled_across_midnight() -> None:
    ledger = ContractLedger("101W09", session_of("101W09", DAY, 1), 1)
    after = date(2025, 9, 4)
    asked_ns = at("00:01:05", after)
    work = ledger.due(asked_ns)
    assert work == Work(at("18:00:00"), False)
    told = [bar("23:59:00"), bar("00:00:00", day=after)]
    answer = ledger.compare(work, told, asked_ns)
    assert answer is not None
    assert answer.news == tuple(told)
    ledger.stored(answer)
    assert ledger.due(at("00:02:05", after)) == Work(at("00:01:00", after), False)
    assert end_ns(ledger.session) == at("06:01:00", after)


FIRST = at("09:00:00")


def minute(count: int) -> int:
    return FIRST + count * MINUTE_NS


def test_a_minute_without_a_board_is_a_gap_with_its_reason() -> None:
    coverage = Coverage(FIRST, minute(10))
    assert not coverage.done("b", minute(0))
    assert coverage.captured("b", minute(0)) is None
    assert coverage.done("b", minute(0))
    assert coverage.captured("b", minute(0)) is None  # told twice
    coverage.failed("b", "Unreachable: no route")
    assert coverage.captured("b", minute(3)) == Gap(
        "b", minute(1), minute(3), "Unreachable: no route"
    )
    assert coverage.captured("b", minute(4)) is None
    assert list(coverage.ended(["b"])) == [Gap("b", minute(5), minute(11), "not asked in time")]
    assert list(coverage.ended(["b"])) == []
    assert [coverage.expected(minute(n) + SECOND_NS) for n in (-1, 0, 10, 11)] == [
        False, True, True, False,
    ]  # fmt: skip


def test_a_restart_goes_on_where_the_tape_ends() -> None:
    coverage = Coverage(FIRST, minute(10))
    known = {minute(1), minute(2), minute(4)}
    holes = list(coverage.resume("b", known, minute(7), "restart"))
    assert holes == [
        Gap("b", minute(0), minute(1), "restart"),
        Gap("b", minute(3), minute(4), "restart"),
    ]
    assert coverage.captured("b", minute(7)) == Gap("b", minute(5), minute(7), "restart")
    assert list(coverage.resume("c", set(), minute(7), "restart")) == []
    assert coverage.captured("c", minute(7)) == Gap("c", FIRST, minute(7), "started late")
    fresh = Coverage(FIRST, minute(10))
    assert list(fresh.resume("d", set(), minute(-30), "restart")) == []
    assert fresh.captured("d", FIRST) is None
