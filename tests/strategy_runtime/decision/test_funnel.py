"""The funnel counts symbols once; a leniency is told once; both stay small."""

from strategy_runtime.contract import Lenient, Said
from strategy_runtime.decision import funnel as subject
from strategy_runtime.decision.funnel import Funnel, WouldBlock
from strategy_runtime.decision.outbox import Outbox


def lenient(out: Outbox) -> list[Lenient]:
    return [note for note in out.notes if isinstance(note, Lenient)]


def said(out: Outbox) -> list[str]:
    return [note.text for note in out.notes if isinstance(note, Said)]


def test_a_leniency_is_told_once_a_symbol_and_reason() -> None:
    block, out = WouldBlock(), Outbox()
    assert block.note("MIN_SURGE", "005930", 2.6, 3.0, 10, out)
    assert not block.note("MIN_SURGE", "005930", 2.7, 3.0, 20, out)
    assert block.note("MIN_SURGE", "000660", None, 3.0, 30, out)
    assert block.note("LUNCH_BLOCK", "005930", "12:00", "11:20", 40, out)
    assert lenient(out) == [
        Lenient("005930", 10, "MIN_SURGE", 2.6, 3.0),
        Lenient("000660", 30, "MIN_SURGE", None, 3.0),
        Lenient("005930", 40, "LUNCH_BLOCK", "12:00", "11:20"),
    ]
    assert said(out)[0] == "WOULD_BLOCK_MIN_SURGE (actual=2.6, strict=3.0)"
    assert block.totals() == {"MIN_SURGE": 2, "LUNCH_BLOCK": 1}
    end = Outbox()
    block.sum_up(end)
    assert said(end) == ["WOULD_BLOCK_MIN_SURGE today", "WOULD_BLOCK_LUNCH_BLOCK today"]


def test_the_account_is_bounded_and_says_what_went_beyond() -> None:
    block, out = WouldBlock(), Outbox()
    for number in range(subject.BLOCKS_MAX + 3):
        block.note("R", f"{number:06d}", 1, 2, number, out)
    assert not block.note("R", "000000", 1, 2, 9_999, out)  # known: not beyond
    assert (len(lenient(out)), block.beyond) == (subject.BLOCKS_MAX, 3)
    end = Outbox()
    block.sum_up(end)
    assert said(end) == ["WOULD_BLOCK_R today", "WOULD_BLOCK findings beyond the bound"]


def test_stages_are_the_strategy_s_own_and_counted_once_a_symbol() -> None:
    funnel = Funnel(("universe", "setup", "filled"))
    for symbol in ("A", "B", "C"):
        funnel.reach("universe", symbol, 1)
    funnel.reach("setup", "A", 2)
    funnel.reach("setup", "A", 3)
    minute = 60_000_000_000
    assert funnel.stop("spread", "B", minute)
    assert not funnel.stop("spread", "B", minute + 1)
    assert funnel.stop("spread", "B", 2 * minute)
    shown = funnel.shown()
    assert [(g["gate"], g["reached"], g["passed"], g["stopped"]) for g in shown["gates"]] == [
        ("universe", 3, 3, 0),
        ("setup", 3, 1, 2),
        ("filled", 1, 0, 1),
    ]
    assert shown["stopped"]["spread"] == {"symbols": 1, "by_time": {"09:01": 1, "09:02": 1}}
    assert shown["ended_at"] == {"spread": ["B"]}
