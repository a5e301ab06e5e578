"""What a strategy takes along to the next day: kept beside the journal, or folded from it again."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from kis_core.market.events import Trade
from strategy_runtime.carry import carried_from, keep
from strategy_runtime.contract import Said, Session, Step, StrategyEvent, TradingDay
from strategy_runtime.journal import MAGIC, Journal, JournalError, read
from strategy_runtime.restore import rules_text
from strategy_runtime.turns import FORMAT, Head, Record, Turn
from strategy_runtime.verify import verify
from tests.strategy_runtime.test_run import House
from tests.strategy_runtime.toys import DAY, Counted, Toy, ToyFeed, ToyOms, trade

pytestmark = pytest.mark.anyio
TODAY = DAY.date
TOY = Toy(every=10)


class Folding(Toy):
    """Remembers what each fold of a journal began with."""

    folds: list[str | None]

    def __init__(self) -> None:
        super().__init__(every=10)
        object.__setattr__(self, "folds", [])

    def open(self, day: TradingDay, carried: str | None = None) -> Counted:
        self.folds.append(carried)
        return super().open(day, carried)


def journal_of(folder: Path, date: str, trades: int, carried: str | None = None) -> Path:
    """Write the journal of a day with some trades."""
    path = folder / f"{date}.journal"
    day = TradingDay(Session(date, DAY.session.open_ns, DAY.session.close_ns), ())
    journal = Journal.open(path)
    journal.append(Head(FORMAT, "toy", day, rules_text(TOY), 1, carried))
    for seq in range(trades):
        journal.append(Turn(seq, trade(seq), None, None))
    journal.close()
    return path


def test_the_first_day_of_all_has_nothing(tmp_path: Path) -> None:
    assert carried_from(TOY, tmp_path, TODAY) is None
    journal_of(tmp_path, TODAY, 3)  # its own day is not one before
    journal_of(tmp_path, "2025-09-04", 3)
    assert carried_from(TOY, tmp_path, TODAY) is None


def test_the_newest_day_before_counts(tmp_path: Path) -> None:
    journal_of(tmp_path, "2025-08-29", 9)
    journal_of(tmp_path, "2025-09-02", 4, carried="100")
    assert carried_from(TOY, tmp_path, TODAY) == "104"


@pytest.mark.parametrize("text", ["kept: 삼성", "", None])
def test_what_was_kept_is_used_while_the_journal_is_as_long_as_it_was(
    tmp_path: Path, text: str | None
) -> None:
    keep(journal_of(tmp_path, "2025-09-02", 4), text)
    toy = Folding()
    assert carried_from(toy, tmp_path, TODAY) == text
    assert toy.folds == []


def test_a_journal_that_has_grown_since_is_folded_again(tmp_path: Path) -> None:
    path = journal_of(tmp_path, "2025-09-02", 4)
    keep(path, "4")
    grown = Journal.open(path)
    grown.append(Turn(4, trade(4), None, None))
    grown.close()
    toy = Folding()
    assert carried_from(toy, tmp_path, TODAY) == "5"
    assert toy.folds  # from the journal, with what its head says


def test_a_tail_torn_by_a_crash_changes_nothing(tmp_path: Path) -> None:
    path = journal_of(tmp_path, "2025-09-02", 4)
    keep(path, "kept")
    path.write_bytes(path.read_bytes() + b"\x09\x00\x00\x00")
    assert carried_from(TOY, tmp_path, TODAY) == "kept"
    path.write_bytes(path.read_bytes()[:-7])  # and with it a piece of the last record
    assert carried_from(TOY, tmp_path, TODAY) == "3"


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"7", b"\xff\xfe", b'{"carried": "99"}', b'{"journal_bytes": 1}'],
    ids=["empty", "torn", "a list", "a number", "no text", "no length", "nothing kept"],
)
def test_a_damaged_note_is_as_good_as_none(tmp_path: Path, content: bytes) -> None:
    journal_of(tmp_path, "2025-09-02", 4)
    (tmp_path / "2025-09-02.carried.json").write_bytes(content)
    assert carried_from(TOY, tmp_path, TODAY) == "4"


def test_what_was_kept_is_text_or_nothing(tmp_path: Path) -> None:
    path = journal_of(tmp_path, "2025-09-02", 4)
    keep(path, "99")
    note = tmp_path / "2025-09-02.carried.json"
    note.write_text(json.dumps({**json.loads(note.read_text()), "carried": {"n": 99}}))
    assert carried_from(TOY, tmp_path, TODAY) == "4"


@pytest.mark.parametrize("left", [MAGIC, MAGIC[:3], b""], ids=["empty", "torn", "no byte"])
def test_a_day_killed_before_it_began_hands_on_what_it_was_given(
    tmp_path: Path, left: bytes
) -> None:
    journal_of(tmp_path, "2025-09-01", 4)
    (tmp_path / "2025-09-02.journal").write_bytes(left)
    assert carried_from(TOY, tmp_path, TODAY) == "4"


def test_a_damaged_journal_stops_the_start(tmp_path: Path) -> None:
    path = journal_of(tmp_path, "2025-09-02", 4)
    broken = bytearray(path.read_bytes())
    broken[len(MAGIC) + 12] ^= 0xFF
    path.write_bytes(broken)
    with pytest.raises(JournalError, match=r"2025-09-02\.journal: byte 6"):
        carried_from(TOY, tmp_path, TODAY)


def test_a_journal_without_a_head_stops_the_start(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path / "2025-09-02.journal")
    journal.append(Turn(0, trade(0), None, None))
    journal.close()
    with pytest.raises(JournalError, match="turn 0 stands before any head"):
        carried_from(TOY, tmp_path, TODAY)


# the shell


class Remembering(Toy):
    """Says at every trade what the days before left."""

    @classmethod
    def strategy(cls, rules: Mapping[str, Any]) -> "Remembering":
        return cls(**rules)

    def decide(self, state: Counted, event: StrategyEvent) -> Step[Counted]:
        if isinstance(event, Trade):
            state.trades += 1
            state.now_ns = max(state.now_ns, event.arrived_ns)
            return Step(state, notes=(Said(f"{state.before} before"),))
        return super().decide(state, event)


def heads(path: Path) -> list[Head]:
    return [record for record in read(path) if isinstance(record, Head)]


def shell(folder: Path, *trades: int) -> House:
    return House(folder, ToyFeed([trade(n) for n in trades]), ToyOms(), Remembering())


async def test_the_shell_writes_at_the_head_what_the_day_before_left(tmp_path: Path) -> None:
    here = shell(tmp_path, 1, 2)
    journal_of(here.journal.parent, "2025-09-02", 4)
    state = await here.play(lambda: said(here) == 2)
    assert (state.before, state.trades) == (4, 2)
    assert [head.carried for head in heads(here.journal)] == ["4"]
    kept = here.journal.with_suffix(".carried.json")
    assert json.loads(kept.read_text()) == {
        "journal_bytes": here.journal.stat().st_size,
        "carried": "6",
    }
    toy = Folding()
    assert carried_from(toy, here.journal.parent, "2025-09-04") == "6"
    assert toy.folds == []


async def test_a_restart_keeps_what_the_day_began_with(tmp_path: Path) -> None:
    first = shell(tmp_path, 1, 2)
    yesterday = journal_of(first.journal.parent, "2025-09-02", 4)
    await first.crash(lambda: said(first) == 2)
    yesterday.unlink()  # the journal is whole by itself
    second = shell(tmp_path, 3)
    state = await second.play(lambda: said(second) == 3)
    assert (state.before, state.trades) == (4, 3)
    assert [head.carried for head in heads(second.journal)] == ["4", "4"]
    assert verify(second.journal, Remembering).differences == 0


@pytest.mark.parametrize("left", [MAGIC, MAGIC[:3], b""], ids=["empty", "torn", "no byte"])
async def test_a_day_killed_before_its_head_still_begins_with_the_day_before(
    tmp_path: Path, left: bytes
) -> None:
    here = shell(tmp_path, 1)
    journal_of(here.journal.parent, "2025-09-02", 4)
    here.journal.write_bytes(left)
    state = await here.play(lambda: said(here) == 1)
    assert state.before == 4
    assert [head.carried for head in heads(here.journal)] == ["4"]


async def test_verify_begins_with_what_the_head_says(tmp_path: Path) -> None:
    here = shell(tmp_path, 1, 2)
    journal_of(here.journal.parent, "2025-09-02", 4)
    await here.play(lambda: said(here) == 2)
    assert verify(here.journal, Remembering).differences == 0
    records: list[Record] = list(read(here.journal))
    other = Journal.open(tmp_path / "other.journal")
    for record in records:
        if isinstance(record, Head):
            record = Head(FORMAT, record.strategy, record.day, record.rules, record.at_ns, "5")
        other.append(record)
    other.close()
    found = verify(tmp_path / "other.journal", Remembering)
    assert found.differences == 2
    assert found.first is not None
    assert "5 before" in found.first.decided
    assert "4 before" in found.first.journaled


def said(here: House) -> int:
    """Return how many trades the shell has journaled."""
    if not here.journal.exists():
        return 0
    return sum(isinstance(turn.told, Trade) for turn in here.turns())
