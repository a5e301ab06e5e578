"""The ledger: a stream stands when it has been heard, and silence beside a sibling is an alarm."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.sources.kiwoom.groups import Group
from collector.sources.kiwoom.registry import Registry, Silent
from kis_core.clock import SECOND_NS
from kis_core.postgres import to_kst_naive

BOTH = ("KRX", "NXT")
MINUTE = 60 * SECOND_NS
KRX = Group("1000", "0B", ("005930", "000660"))
NXT = Group("1001", "0B", ("005930_NX",))


@pytest.fixture
def registry() -> Registry:
    ledger = Registry()
    for group in (KRX, NXT):
        ledger.request("kiwoom-1", group, 1)
        ledger.answer("kiwoom-1", group.screen, 2, None)
    return ledger


def hear(ledger: Registry, item: str, at_ns: int, times: int = 1) -> None:
    for _ in range(times):
        ledger.hear("0B", item, at_ns)


def test_requested_acknowledged_heard(registry: Registry) -> None:
    hear(registry, "005930", 10, 3)
    assert registry.counts() == {
        "requested": 3, "acknowledged": 3, "heard": 1, "refused": 0, "silent": 0, "unasked": 0,
    }  # fmt: skip
    first = registry.rows()[0]
    assert (first.line, first.grp, first.type, first.item) == ("kiwoom-1", "1000", "0B", "005930")
    assert first.requested_at == to_kst_naive(1)
    assert first.first_message_at == to_kst_naive(10)
    assert first.messages == 3
    assert registry.rows()[1].first_message_at is None
    assert registry.unheard() == ["0B 000660", "0B 005930_NX"]


def test_a_refused_group_stands_nowhere_until_it_is_taken(registry: Registry) -> None:
    registry.request("kiwoom-1", NXT, 5)
    registry.answer("kiwoom-1", "1001", 6, "1: full")
    assert registry.counts()["refused"] == 1
    assert registry.counts()["acknowledged"] == 2
    assert registry.screens()[1]["refused"] == "1: full"
    registry.request("kiwoom-1", NXT, 7)
    registry.answer("kiwoom-1", "1001", 8, None)
    assert registry.counts()["acknowledged"] == 3


def test_nothing_stands_on_a_lost_line_and_its_counts_go_on(registry: Registry) -> None:
    hear(registry, "005930", 10)
    registry.lost("kiwoom-1")
    assert registry.counts()["acknowledged"] == 0
    registry.request("kiwoom-1", KRX, 20)
    registry.answer("kiwoom-1", "1000", 21, None)
    hear(registry, "005930", 22)
    assert registry.rows()[0].messages == 2
    assert registry.rows()[0].first_message_at == to_kst_naive(10)


def test_what_nobody_asked_for_is_counted(registry: Registry) -> None:
    hear(registry, "035720", 10)
    registry.hear("0D", "005930", 10)
    assert registry.counts()["unasked"] == 2


def test_silence_beside_a_trading_sibling_is_an_alarm_told_once_and_its_end_too(
    registry: Registry,
) -> None:
    look = registry.look
    hear(registry, "005930_NX", 3)
    assert look(MINUTE, BOTH, 3 * MINUTE, 20) == []
    said: list[Silent] = []
    for minute in range(2, 8):
        hear(registry, "005930", minute * MINUTE, 10)
        said += look(minute * MINUTE, BOTH, 3 * MINUTE, 20)
    assert [(each.item, each.over) for each in said] == [("005930_NX", False)]
    assert said[0].since_ns == 3
    assert said[0].sibling_messages >= 20
    assert registry.silent() == ["0B 005930_NX"]
    hear(registry, "005930_NX", 8 * MINUTE)
    (over,) = look(8 * MINUTE, BOTH, 3 * MINUTE, 20)
    assert (over.item, over.over) == ("005930_NX", True)
    assert registry.silent() == []


@dataclass(frozen=True)
class Quiet:
    """A reason why silence is no alarm."""

    sibling_messages: int = 10
    trading: tuple[str, ...] = BOTH
    acknowledged: bool = True


@pytest.mark.parametrize(
    "why",
    [Quiet(sibling_messages=0), Quiet(trading=("KRX",)), Quiet(acknowledged=False)],
    ids=["the sibling is quiet, too", "NXT does not trade now", "it was never acknowledged"],
)
def test_other_silences_are_no_alarm(registry: Registry, why: Quiet) -> None:
    if not why.acknowledged:
        registry.answer("kiwoom-1", "1001", 2, "1: no")
    for minute in range(1, 30):
        hear(registry, "005930", minute * MINUTE, why.sibling_messages)
        assert registry.look(minute * MINUTE, why.trading, 3 * MINUTE, 20) == []  # type: ignore[arg-type]


def test_a_new_day_counts_anew_and_what_stands_goes_on_standing(registry: Registry) -> None:
    hear(registry, "005930", 10)
    registry.begin_day()
    assert registry.counts()["heard"] == 0
    assert registry.counts()["acknowledged"] == 3
    hear(registry, "005930", 20)
    assert registry.rows()[0].first_message_at == to_kst_naive(20)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("request"), st.sampled_from((KRX, NXT))),
        st.tuples(st.just("yes"), st.sampled_from((KRX, NXT))),
        st.tuples(st.just("no"), st.sampled_from((KRX, NXT))),
        st.tuples(st.just("lost"), st.just(KRX)),
        st.tuples(st.just("hear"), st.sampled_from((KRX, NXT))),
        st.tuples(st.just("look"), st.just(KRX)),
        st.tuples(st.just("drop"), st.sampled_from((KRX, NXT))),
    ),
    max_size=60,
)


@given(steps)
def test_whatever_happens_the_ledger_adds_up(happened: list[tuple[str, Group]]) -> None:
    ledger = Registry()
    heard = 0
    for number, (what, group) in enumerate(happened, 1):
        at_ns = number * MINUTE
        match what:
            case "request":
                ledger.request("kiwoom-1", group, at_ns)
            case "yes":
                ledger.answer("kiwoom-1", group.screen, at_ns, None)
            case "no":
                ledger.answer("kiwoom-1", group.screen, at_ns, "no")
            case "lost":
                ledger.lost("kiwoom-1")
            case "hear":
                for item in group.items:
                    ledger.hear(group.type, item, at_ns)
                heard += len(group.items)
            case "look":
                ledger.look(at_ns, BOTH, MINUTE, 1)
            case "drop":
                ledger.drop("kiwoom-1", group.screen)
        counts = ledger.counts()
        assert counts["acknowledged"] + counts["refused"] <= counts["requested"] <= 3
        for row in ledger.rows():
            assert (row.first_message_at is None) == (row.messages == 0)
            assert row.refused is None or row.acknowledged_at is None
    kept = sum(row.messages for row in ledger.rows())
    assert kept + ledger.unasked <= heard
    if not any(what == "drop" for what, _ in happened):
        assert kept + ledger.unasked == heard
