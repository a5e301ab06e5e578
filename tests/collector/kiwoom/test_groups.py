"""Groups: nothing is left out, nothing twice, and never one item too many."""

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.sources.kiwoom.groups import (
    ITEMS_MAX,
    Group,
    GroupError,
    plan,
    sibling,
    spread,
    streams,
)

SYMBOLS = tuple(f"{number:06d}" for number in range(1, 714))


def everything(_: str) -> bool:
    return True


def test_713_symbols_on_two_venues_are_1426_streams_on_screens_from_1000() -> None:
    groups = plan(SYMBOLS, everything, ["0D"])
    assert streams(groups) == 1_426
    assert [group.screen for group in groups] == [str(1000 + n) for n in range(16)]
    assert [len(group.items) for group in groups] == [*([100] * 7), 13, *([100] * 7), 13]
    assert {group.venue for group in groups[:8]} == {"KRX"}
    assert {group.venue for group in groups[8:]} == {"NXT"}


def test_part4_09_101_items_in_one_group_are_refused_before_anything_is_sent() -> None:
    items = tuple(f"{number:06d}" for number in range(1, ITEMS_MAX + 2))
    with pytest.raises(GroupError, match="group 1000: 101 items, expected 1 to 100"):
        Group("1000", "0B", items)
    assert len(Group("1000", "0B", items[:ITEMS_MAX]).items) == ITEMS_MAX
    with pytest.raises(GroupError, match="101 items a group, expected 1 to 100"):
        plan(SYMBOLS, everything, ["0B"], items_max=101)


@pytest.mark.parametrize(
    ("screen", "kind", "items", "says"),
    [
        ("1000", "0B", (), "0 items"),
        ("10000", "0B", ("005930",), "1 to 4 characters"),
        ("", "0B", ("005930",), "1 to 4 characters"),
        ("1000", "0b", ("005930",), "type '0b'"),
        ("1000", "0B", ("005930", "000660", "005930"), "asked for twice: 005930"),
        ("1000", "0B", ("5930",), "expected a symbol"),
        ("1000", "0B", ("",), "item '' does not go with 0B"),
        ("1000", "0s", ("005930",), "item '005930' does not go with 0s"),
    ],
)
def test_a_group_kiwoom_would_not_take_cannot_be_made(
    screen: str, kind: str, items: tuple[str, ...], says: str
) -> None:
    with pytest.raises(GroupError, match=says):
        Group(screen, kind, items)


def test_what_is_sent_for_a_group() -> None:
    group = Group("1000", "0D", ("005930_NX", "0004G0_NX"))
    assert json.loads(group.registration()) == {
        "trnm": "REG",
        "grp_no": "1000",
        "refresh": "1",
        "data": [{"item": ["005930_NX", "0004G0_NX"], "type": ["0D"]}],
    }
    assert json.loads(group.removal()) == {
        "trnm": "REMOVE",
        "grp_no": "1000",
        "data": [{"item": ["005930_NX", "0004G0_NX"], "type": ["0D"]}],
    }


symbols = st.lists(
    st.from_regex(r"[0-9][0-9A-Z]{5}", fullmatch=True), min_size=1, max_size=350, unique=True
)
kinds = st.lists(st.sampled_from(["0B", "0C", "0D", "0s", "1h"]), min_size=1, unique=True)


@given(symbols, st.sets(st.integers(0, 349)), kinds, st.integers(1, ITEMS_MAX))
def test_every_stream_stands_in_exactly_one_group(
    codes: list[str], chosen: set[int], types: list[str], items_max: int
) -> None:
    on_nxt = {codes[number] for number in chosen if number < len(codes)}
    groups = plan(codes, on_nxt.__contains__, types, items_max=items_max)
    assert groups == plan(codes, on_nxt.__contains__, types, items_max=items_max)
    asked = Counter((group.type, item) for group in groups for item in group.items)
    wanted: Counter[tuple[str, str]] = Counter()
    for kind in types:
        if kind == "0s":
            wanted[kind, ""] = 1
            continue
        for code in codes:
            wanted[kind, code] = 1
            if code in on_nxt:
                wanted[kind, code + "_NX"] = 1
    assert asked == wanted
    assert all(len(group.items) <= items_max for group in groups)
    assert len({group.screen for group in groups}) == len(groups)
    for group in groups:
        assert len({item.endswith("_NX") for item in group.items}) == 1


@given(symbols, st.integers(1, 20), st.integers(1, ITEMS_MAX))
def test_lines_share_the_groups_and_none_holds_too_many(
    codes: list[str], per_line: int, items_max: int
) -> None:
    groups = plan(codes, everything, ["0B"], items_max=items_max)
    shares = spread(groups, per_line)
    assert tuple(group for share in shares for group in share) == groups
    assert all(1 <= len(share) <= per_line for share in shares)
    assert spread(groups, None) == (groups,)
    assert spread((), None) == ()


def test_siblings() -> None:
    assert sibling("005930") == "005930_NX"
    assert sibling("005930_NX") == "005930"
    assert sibling("005930_AL") is None
    assert sibling("") is None
