"""Journals of older versions: they still fold, and what other rules decided is told as such."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from oms.core import records as r
from oms.core.book import Book
from oms.core.decide import RULES
from oms.journal import Journal, Turn
from oms.verify import DIFFERENCES_MAX, verify

JOURNALS = Path(__file__).parent / "journals"
OLD = JOURNALS / "issue_2.jsonl"
CANCEL_NOTICE = JOURNALS / "cancel_notice.jsonl"  # version 1: a cancel notice ends an order


def turns(file: Path = OLD) -> Iterator[Turn]:
    for line in file.read_text().splitlines():
        heard, *outputs = msgspec.json.decode(line, type=list[msgspec.Raw])
        yield Turn(
            r.decode_input(bytes(heard)), [r.decode_output(bytes(output)) for output in outputs]
        )


def test_a_journal_without_the_newer_limits_folds_and_nothing_is_limited_by_them() -> None:
    book = Book()
    for _, outputs in turns():
        for output in outputs:
            book.apply(output)
    limits = book.limits
    assert limits is not None
    assert (limits.net_pct_max, limits.orders_per_min_max, limits.drawdown_tiers) == (
        None,
        None,
        (),
    )
    assert limits.budgets["KMP"].heartbeat_s_max is None
    assert sum(a.shares for a in book.allocations()) > 0
    assert book.taken_over_ns > 0


def test_kst_verify_decides_an_old_journal_as_it_was_decided(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    journal = Journal.open(path)
    journal.append(list(turns()))
    journal.close()
    verified = verify(path)
    assert verified.differences == ()
    assert verified.events == len(OLD.read_text().splitlines())


def journaled(folder: Path, told: list[Turn]) -> Path:
    path = folder / "old.db"
    journal = Journal.open(path)
    journal.append(told)
    journal.close()
    return path


def test_what_other_rules_decided_is_folded_and_told_as_no_difference(tmp_path: Path) -> None:
    told = list(turns(CANCEL_NOTICE))
    found = verify(journaled(tmp_path, told))
    assert found.differences == ()
    assert found.events == len(told)
    assert found.older == 1
    assert found.note is not None
    assert f"rules changed in version {RULES}" in found.note
    assert "1 of version 1" in found.note
    assert "turn 10 (notice_heard)" in found.note


def test_the_same_turns_under_todays_version_are_a_difference(tmp_path: Path) -> None:
    first, *rest = turns(CANCEL_NOTICE)
    assert isinstance(first.heard, r.Started)
    heard = msgspec.structs.replace(first.heard, version=RULES)
    outputs = [
        msgspec.structs.replace(out, version=RULES) if isinstance(out, r.LimitsSet) else out
        for out in first.outputs
    ]
    found = verify(journaled(tmp_path, [Turn(heard, outputs), *rest]))
    assert [(d.number, d.kind) for d in found.differences] == [(10, "notice_heard")]
    assert (found.older, found.note) == (0, None)


def test_many_turns_of_other_rules_are_folded_without_being_decided_again(tmp_path: Path) -> None:
    first, *rest = turns(CANCEL_NOTICE)
    assert isinstance(first.heard, r.Started)
    later = DIFFERENCES_MAX + 5
    counted = r.QueryFailed(at_ns=first.heard.at_ns, query="balance", error="Odd", text="")
    odd = [Turn(counted, ())] * later  # today a failed question is counted
    found = verify(journaled(tmp_path, [first, *odd, *rest]))
    assert found.differences == ()
    assert found.older == later + len(rest)


def test_the_book_of_other_rules_is_what_its_journal_says() -> None:
    book = Book()
    for _, outputs in turns(CANCEL_NOTICE):
        for output in outputs:
            book.apply(output)
    order = next(iter(book.orders.values()))
    assert (order.state, order.filled) == ("CANCELLED", 4)
    assert book.allocation("KMP", "005930").shares == 0
