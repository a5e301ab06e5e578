"""The benchmarks say what they measured in the one shape, and measure what they say."""

import pytest

from fleet.bench import notice
from fleet.bench.beside import in_turns, row
from kis_core.errors import FrameError
from kis_core.wire.account import NoticeKind
from kis_core.wire.stream.cipher import Keyring
from kis_core.wire.stream.rows import events_of


def test_a_row_claims_the_median_of_the_rounds_ratios() -> None:
    told = row("ours", [50.0, 90.0, 40.0], [100.0, 100.0, 100.0], "split", 0.5)
    assert (told["median"], told["min"], told["max"], told["ratio"]) == (50.0, 40.0, 90.0, 0.5)
    assert (told["yardstick"], told["must"], told["holds"]) == ("split 100/s", "≥ 0.5 x", True)
    assert row("ours", [49.0], [100.0], "split", 0.5)["holds"] is False


def test_both_sides_take_turns_over_the_same_rounds() -> None:
    turns: list[str] = []
    rounds = [(2, ["a", "b"], [b"a", b"b"])] * 2
    ours, theirs = in_turns(rounds, turns.append, lambda sealed: turns.append(sealed.decode() * 2))
    assert turns == ["aa", "bb", "a", "b"] * 2
    assert len(ours) == len(theirs) == 2


def test_the_notices_measured_are_what_the_row_says() -> None:
    keyring = Keyring()
    keyring.learn(notice.answer())
    told = [events_of(text, 0, 0, keyring)[0] for text in notice.frames(26, 1, fills_only=False)]
    kinds = [n.kind for n in told]  # type: ignore[union-attr]
    assert {kinds.count(kind) for kind in set(kinds)} <= {166, 167}
    assert set(kinds) == {NoticeKind.ACCEPTED, NoticeKind.FILLED, NoticeKind.CANCELLED}
    with pytest.raises(FrameError):
        events_of(notice.frames(23, 1, fills_only=True)[0], 0, 0, Keyring())
