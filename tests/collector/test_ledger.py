"""Which minutes are settled, and what is asked for next."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from collector.candles import MINUTE_NS, Window
from collector.journal import Doubt, FromRest, FromTicks, GapFilled, GapNoted
from collector.ledger import ANSWER_DELAY_NS, MinuteLedger, Pace, Work
from kis_core.clock import SECOND_NS
from kis_core.market.events import Bar, Gap

OPEN = 1_748_822_400 * SECOND_NS
WINDOW = Window(OPEN, OPEN + 60 * MINUTE_NS)
PACE = Pace(sweep_min=25, repair_min=2)


def at(minute: int, second: int = 0) -> int:
    return OPEN + minute * MINUTE_NS + second * SECOND_NS


def bar(symbol: str, minute: int, close: int = 100) -> Bar:
    return Bar(symbol, "KRX", at(minute), 100, 110, 90, close, 10)


def ledger(*symbols: str) -> MinuteLedger:
    return MinuteLedger(WINDOW, symbols or ("A",), PACE)


def swept(book: MinuteLedger, symbol: str, now_ns: int, *bars: Bar, final: bool = False) -> None:
    found = book.compare(Work(symbol, OPEN, final), bars, now_ns)
    assert found is not None
    book.apply(found)


def test_a_symbol_nobody_hears_is_asked_for_before_a_page_runs_over() -> None:
    book = ledger("A")
    assert book.work(at(24, 59), set()) == []
    assert book.work(at(25), set()) == [Work("A", OPEN, False)]
    swept(book, "A", at(25), bar("A", 0))
    assert book.work(at(25, 10), set()) == []
    assert book.work(at(24 + 25), set()) == [Work("A", at(24), False)]


def test_first_sweeps_are_spread_so_that_they_do_not_crowd_the_strategies_out() -> None:
    symbols = [f"S{n}" for n in range(25)]
    book = ledger(*symbols)
    due = [len(book.work(at(minute), set())) for minute in range(1, 26)]
    assert due == sorted(due)
    assert due[-1] == 25
    assert all(b - a <= 2 for a, b in pairwise(due))


def test_a_hole_behind_a_symbol_that_is_heard_is_repaired_soon() -> None:
    book = ledger("A")
    book.apply(FromTicks(at(2), at(1), (bar("A", 1),), ()))
    assert book.work(at(1, 59), {"A"}) == []
    assert book.work(at(2, 6), {"A"}) == [Work("A", OPEN, False)]
    swept(book, "A", at(2, 6), bar("A", 0))
    book.apply(FromTicks(at(3), at(2), (), ("A",)))
    assert book.work(at(3, 30), {"A"}) == []


def test_only_minutes_that_were_over_when_the_question_left_are_settled() -> None:
    book = ledger("A")
    swept(book, "A", at(3) + ANSWER_DELAY_NS - 1, bar("A", 0), bar("A", 1), bar("A", 2))
    assert book.candles == 2
    assert book.compare(Work("A", at(3), False), (), at(4)) is None


def test_what_failed_stays_on_the_list_oldest_first() -> None:
    book = ledger("A", "B", "C")
    swept(book, "B", at(10))
    work = book.work(at(50), set())
    assert [(item.symbol, item.from_ns) for item in work] == [
        ("A", OPEN),
        ("C", OPEN),
        ("B", at(9)),
    ]


def test_after_the_close_the_whole_day_is_asked_for_once_more_and_differences_repaired() -> None:
    book = ledger("A", "B")
    for minute in range(60):
        book.apply(FromTicks(at(minute), at(minute), (bar("A", minute),), ("B",)))
    late = at(60) + ANSWER_DELAY_NS
    assert book.work(late - 1, {"A", "B"}) == []
    assert book.work(late, set()) == [Work("A", OPEN, True), Work("B", OPEN, True)]
    answer = [bar("A", minute, close=105 if minute == 7 else 100) for minute in range(59)]
    found = book.compare(Work("A", OPEN, True), answer, late)
    assert found is not None
    assert (found.bars, found.repaired, found.surplus) == ((bar("A", 7, 105),), 1, 1)
    book.apply(found)
    assert book.work(late, set()) == [Work("B", OPEN, True)]
    swept(book, "B", late, final=True)
    assert book.complete
    assert (book.repaired, book.surplus, book.candles) == (1, 1, 60)


def test_a_doubt_puts_minutes_back_on_the_list() -> None:
    book = ledger("A")
    for minute in range(5):
        book.apply(FromTicks(at(minute), at(minute), (bar("A", minute),), ()))
    book.work(at(5, 30), {"A"})
    book.apply(Doubt(at(5), "A", at(2), at(3), "a jump"))
    assert book.work(at(6), {"A"}) == [Work("A", at(2), False)]
    found = book.compare(Work("A", at(2), False), [bar("A", 2, 101), bar("A", 3)], at(6))
    assert found is not None
    assert (found.bars, found.repaired) == ((bar("A", 2, 101),), 0)


def test_an_answer_about_another_day_settles_nothing() -> None:
    book = ledger("A")
    yesterday = OPEN - 24 * 60 * MINUTE_NS
    book.apply(FromRest(0, "A", yesterday, yesterday + 5 * MINUTE_NS, (), 0, 0, False))
    book.apply(Doubt(0, "A", yesterday, yesterday, "late"))
    assert book.work(at(3), {"A"}) == [Work("A", OPEN, False)]
    assert book.doubts == 0


def test_a_gap_is_filled_when_every_minute_it_touches_is_settled() -> None:
    book = ledger("A", "B")
    gap = Gap(None, at(2, 30), at(4, 10), "line lost")
    book.apply(GapNoted(at(2, 30), Gap(None, at(2, 30), None, "line lost")))
    book.apply(GapNoted(at(4, 10), gap))
    swept(book, "A", at(6), bar("A", 2), bar("A", 3), bar("A", 5))
    assert book.filled(at(6)) == []
    swept(book, "B", at(6), bar("B", 4))
    (filled,) = book.filled(at(6))
    assert filled == GapFilled(at(6), gap, 3)
    book.apply(filled)
    assert book.filled(at(6)) == []


steps = st.lists(
    st.one_of(
        st.tuples(st.just("ticks"), st.integers(0, 59), st.booleans()),
        st.tuples(st.just("rest"), st.integers(1, 60), st.booleans()),
        st.tuples(st.just("doubt"), st.integers(0, 59), st.booleans()),
    ),
    max_size=30,
)


@given(steps, st.integers(0, 59))
def test_work_begins_at_the_oldest_minute_that_is_not_settled(
    moves: list[tuple[str, int, bool]], now: int
) -> None:
    book = ledger("A")
    plain = [False] * 60
    for kind, minute, traded in moves:
        if kind == "ticks":
            bars = (bar("A", minute),) if traded else ()
            book.apply(FromTicks(0, at(minute), bars, () if traded else ("A",)))
            plain[minute] = True
        elif kind == "rest":
            last = at(minute - 1)
            book.apply(FromRest(0, "A", OPEN, last, (), 0, 0, False))
            plain[:minute] = [True] * minute
        else:
            book.apply(Doubt(0, "A", at(minute), at(minute), ""))
            plain[minute] = False
    work = book.work(at(now, 30), {"A"})
    oldest = plain.index(False) if False in plain else 60
    over = oldest < now
    due = over and (now - oldest) * 60 + 30 >= PACE.repair_min * 60
    assert work == ([Work("A", at(oldest), False)] if due else [])
