"""Pure parts of Kiwoom's side under whatever comes: a session's dialogue, and the rate limits."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker_sim.kiwoom.dialogue import GROUP_ITEMS_MAX, Dialogue, House
from broker_sim.kiwoom.items import Key, code_of
from broker_sim.kiwoom.limits import SECOND_NS, Bucket
from broker_sim.kiwoom.numbers import signed, signed_percent, signed_price
from broker_sim.kiwoom.sockets import framed
from broker_sim.kiwoom.tokens import BAD_TOKEN

ITEMS = [f"{number:06d}" for number in range(130)]
TYPES = ["0B", "0C", "0D"]


def dialogue() -> Dialogue:
    """Return a session of the real host whose token is good."""
    house = House("real", lambda token: None if token == "good" else BAD_TOKEN, lambda _: False)
    return Dialogue(house)


def logged_in() -> Dialogue:
    session = dialogue()
    session.hear('{"trnm":"LOGIN","token":"good"}')
    assert session.token == "good"
    return session


@given(st.text() | st.binary().map(lambda raw: raw.decode("utf-8", "replace")))
def test_no_text_is_more_than_a_dialogue_can_take(text: str) -> None:
    for session in (dialogue(), logged_in()):
        heard = session.hear(text)
        assert heard.reply is None or json.loads(heard.reply)
        assert not heard.added


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(-1e300, 1e300) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=8,
)


@given(
    st.fixed_dictionaries(
        {"trnm": st.sampled_from(["LOGIN", "REG", "REMOVE", "PING", "SYSTEM"])},
        optional={name: JSON for name in ("token", "grp_no", "refresh", "data")},
    )
)
def test_no_message_is_more_than_a_dialogue_can_take(message: dict[str, Any]) -> None:
    for session in (dialogue(), logged_in()):
        heard = session.hear(json.dumps(message))
        if heard.reply is not None:
            assert json.loads(heard.reply)["trnm"] == message["trnm"]


STEP = st.tuples(
    st.sampled_from(["REG", "REMOVE"]),
    st.sampled_from(["1", "2"]),
    st.sampled_from(["0", "1"]),
    st.lists(st.sampled_from(ITEMS), min_size=1, max_size=120, unique=True),
    st.lists(st.sampled_from(TYPES), min_size=1, max_size=3, unique=True),
)


@given(st.lists(STEP, max_size=12))
def test_what_is_registered_is_what_was_asked_for_and_never_too_much(
    steps: list[tuple[str, str, str, list[str], list[str]]],
) -> None:
    session = logged_in()
    groups: dict[str, set[Key]] = {"1": set(), "2": set()}
    for trnm, group, refresh, items, types in steps:
        before = groups["1"] | groups["2"]
        block = {"item": items, "type": types}
        asked = {"trnm": trnm, "grp_no": group, "refresh": refresh, "data": [block]}
        heard = session.hear(json.dumps(asked))
        pairs = {(item, kind) for item in items for kind in types}
        if trnm == "REMOVE":
            wanted = groups[group] - pairs
        else:
            wanted = pairs | (groups[group] if refresh == "1" else set())
        fits = len({item for item, _ in wanted}) <= GROUP_ITEMS_MAX
        assert heard.reply is not None
        assert (json.loads(heard.reply)["return_code"] == 0) == fits
        if fits:
            groups[group] = wanted
        after = groups["1"] | groups["2"]
        assert session.keys == after
        assert (heard.added, heard.removed) == (after - before, before - after)


@given(
    st.lists(st.integers(1, SECOND_NS), min_size=1, max_size=150),
    st.integers(1, 5),
    st.integers(1, 5),
)
def test_no_span_holds_more_calls_than_a_bucket_gives(
    gaps: list[int], per_second: int, burst: int
) -> None:
    bucket = Bucket(per_second, burst)
    now, taken = 0, []
    for gap in gaps:
        now += gap
        if bucket.has_one(now):
            bucket.take(now)
            taken.append(now)
    for first, start in enumerate(taken):
        for last, end in enumerate(taken[first:], first):
            assert last - first + 1 <= burst + (end - start) * per_second / SECOND_NS + 1e-6


def test_a_clock_that_stands_has_no_seconds_to_count_in() -> None:
    bucket = Bucket(1, 2)
    for _ in range(50):
        assert bucket.has_one(7)
        bucket.take(7)
    assert not bucket.has_one(8)


@pytest.mark.parametrize("shape", [(0, 1), (1, 0)])
def test_a_bucket_that_lets_nothing_through_cannot_be_made(shape: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="at least one"):
        Bucket(*shape)


@pytest.mark.parametrize(
    ("price", "base", "text"),
    [
        (70_100, 70_000, "+70100"),
        (69_900, 70_000, "-69900"),
        (70_000, 70_000, "70000"),
        (0, 70_000, "0"),
        (None, 70_000, "0"),
    ],
)
def test_a_price_carries_the_sign_of_its_direction(price: int | None, base: int, text: str) -> None:
    assert signed_price(price, base) == text


def test_zero_has_no_sign() -> None:
    assert [signed(n) for n in (5, 0, -5)] == ["+5", "0", "-5"]
    assert [signed_percent(p, 100) for p in (101, 100, 99)] == ["+1.00", "0.00", "-1.00"]


def test_a_suffix_is_a_feed_and_nothing_else_is() -> None:
    assert [code_of(i).feed for i in ("005930", "005930_NX", "005930_AL")] == ["KRX", "NXT", "UN"]
    assert code_of("0000J0_NX").symbol == "0000J0"
    assert code_of("005930_XX").symbol == "005930_XX"


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
def test_a_frame_says_how_long_it_is(size: int) -> None:
    frame = framed(b"x" * size)
    assert (frame[0], frame[-size:] if size else b"") == (0x81, b"x" * size)
    match frame[1]:
        case 126:
            told, head = int.from_bytes(frame[2:4]), 4
        case 127:
            told, head = int.from_bytes(frame[2:10]), 10
        case told:
            head = 2
    assert (told, len(frame)) == (size, head + size)
