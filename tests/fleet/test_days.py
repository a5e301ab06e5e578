"""Days in a row: they hold, they play the same every time, and what breaks a law is found."""

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from fleet.__main__ import app
from fleet.days.plan import DayPlan, draw_days
from fleet.days.run import live_through
from kis_core.market.calendar import krx_calendar
from oms.core import day_end
from oms.core.book import Book

EXAM = dt.date(2025, 11, 13)
"""The university entrance exam, a Thursday: opens and closes an hour late."""


def test_four_days_over_a_weekend_hold_to_the_won(kst_data: Path) -> None:
    given = ["--days", "4", "--seed", "2", "--from", EXAM.isoformat(), "--data", str(kst_data)]
    done = CliRunner().invoke(app, ["days", *given, "--json"])
    came = json.loads(done.stdout.splitlines()[-1])
    assert (came["violations"], done.exit_code) == ([], 0)
    assert came["dates"] == ["2025-11-13", "2025-11-14", "2025-11-17", "2025-11-18"]
    assert came["orders"] > 20
    assert came["kills"] >= 2
    assert came["restarts"] > 8
    assert came["ended"] == 4  # KMP's day, once a day
    assert came["reconciled"] == 4
    assert came["late"] == 1  # one day ended unseen: it died in the closing auction


def test_days_are_drawn_from_their_seed_and_hold_all_that_they_should() -> None:
    days = draw_days(1, 24)
    assert days == draw_days(1, 24) != draw_days(2, 24)
    calendar, dates = krx_calendar(), [day.date for day in days]
    assert dates == list(calendar.sessions_between(dates[0], dates[-1]))
    for closed in (dt.date(2025, 12, 25), dt.date(2025, 12, 31), dt.date(2026, 1, 1)):
        assert dates[0] < closed < dates[-1]
        assert closed not in dates
    assert dt.date(2026, 1, 2) in dates  # opens late
    opens = {day.date: calendar.hours(day.date).opens for day in days}

    def minutes(day: DayPlan) -> list[int]:
        return [r.at_s // 60 for r in day.restarts] + [day.ends_s // 60]

    ends = [minute for day in days for minute in minutes(day)]
    before = [r for day in days for r in day.restarts if r.at_s < opens[day.date].hour * 3600]
    assert before  # before the opening
    assert any(15 * 60 + 20 <= minute < 15 * 60 + 30 for minute in ends)  # in the auction
    assert any(15 * 60 + 30 <= minute < 24 * 60 for minute in ends)  # after the close
    assert any(minute > 24 * 60 for minute in ends)  # over midnight


def _counts_a_won_too_much(patch: pytest.MonkeyPatch) -> None:
    right = Book._allocation_changed

    def wrong(book: Book, out: Any) -> None:
        right(book, out)
        if out.delta > 0:
            book._hold(out.symbol, out.strategy_id)[1].cost_krw += 1

    patch.setattr(Book, "_allocation_changed", wrong)


def _halts_the_second_day(patch: pytest.MonkeyPatch) -> None:
    right = Book._day_opened

    def wrong(book: Book, out: Any) -> None:
        right(book, out)
        book.halt_entries = out.date > EXAM.isoformat()

    patch.setattr(Book, "_day_opened", wrong)


def _loses_the_stops_overnight(patch: pytest.MonkeyPatch) -> None:
    right = Book._day_opened

    def wrong(book: Book, out: Any) -> None:
        right(book, out)
        for allocation in book.allocations():
            allocation.stop_krw = None

    patch.setattr(Book, "_day_opened", wrong)


def _never_asks_for_the_day_before(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(day_end, "read", lambda *_: iter(()))


BROKEN: tuple[tuple[Callable[[pytest.MonkeyPatch], None], str], ...] = (
    (_counts_a_won_too_much, "the account is worth"),
    (_halts_the_second_day, "halt_entries is still up"),
    (_loses_the_stops_overnight, "positions and stops"),
    (_never_asks_for_the_day_before, "is not confirmed"),
)


def test_whatever_breaks_a_law_is_found(kst_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for breaks, _ in BROKEN:
        breaks(monkeypatch)
    came = live_through(2, 2, kst_data, EXAM)
    for _, told in BROKEN:
        assert any(told in violation for violation in came.violations), (told, came.violations)


def test_the_command_says_in_one_sentence_what_cannot_be_played(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["days", "--days", "1", "--from", "2030-01-05", "--json"])
    assert done.exit_code == 2
    assert len(done.stderr.splitlines()) == 1
