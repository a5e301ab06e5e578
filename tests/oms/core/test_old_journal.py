"""A journal of before the newer limits: it still folds, and still decides as it did then."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from oms.core import records as r
from oms.core.book import Book
from oms.journal import Journal, Turn
from oms.verify import verify

OLD = Path(__file__).parent / "journals" / "issue_2.jsonl"


def turns() -> Iterator[Turn]:
    for line in OLD.read_text().splitlines():
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
