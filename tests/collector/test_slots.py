"""Who gets one of the 41 registrations."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.slots import NOTICES, Decision, Key, Placed, decide, explain, spread
from kis_core.feed import Priority, Want, Wants

NOTICES_KEY = ("H0STCNI9", "me")
HOLD, ACTIVE, CANDIDATE, WATCH = Priority


def trade(symbol: str) -> Key:
    return ("H0STCNT0", symbol)


def book(symbol: str) -> Key:
    return ("H0STASP0", symbol)


def wants(*asked: tuple[str, Priority], notices: bool = False) -> Wants:
    return Wants(tuple(Want(symbol, priority) for symbol, priority in asked), notices=notices)


@pytest.mark.parametrize(
    ("asked", "held", "limit", "expected"),
    [
        ({}, [], 3, []),
        ({"kmp": wants(("A", WATCH))}, [], 3, [trade("A")]),
        ({"kmp": wants(("B", WATCH), ("A", HOLD))}, [], 1, [trade("A")]),
        (
            {"oms": wants(("H", HOLD), notices=True), "kmp": wants(("A", ACTIVE))},
            [],
            2,
            [NOTICES_KEY, trade("H")],
        ),
        (
            {"kmp": wants(("A", WATCH)), "oms": wants(("A", HOLD)), "k": wants(("B", ACTIVE))},
            [],
            1,
            [trade("A")],
        ),
        ({"kmp": wants(("A", WATCH), ("B", WATCH))}, [trade("B")], 1, [trade("B")]),
        ({"kmp": wants(("A", ACTIVE), ("B", WATCH))}, [trade("B")], 1, [trade("A")]),
        ({"kmp": wants(("A", WATCH))}, [trade("B")], 3, [trade("A")]),
        (
            {"kmp": Wants((Want("A", WATCH, ("trade", "book")), Want("B", WATCH)))},
            [],
            2,
            [trade("A"), trade("B")],
        ),
        ({"kmp": Wants((Want("A", WATCH, rank=2), Want("B", WATCH, rank=1)))}, [], 1, [trade("B")]),
    ],
    ids=[
        "nobody wants anything",
        "one want",
        "a holding before a watch",
        "notices before holdings before active",
        "the best priority among the readers counts",
        "among equals the registered one stays",
        "a better priority takes the place",
        "what nobody wants is given up",
        "prints before books",
        "rank decides among the new",
    ],
)
def test_registrations_go_to_who_needs_them_most(
    asked: dict[str, Wants], held: list[Key], limit: int, expected: list[Key]
) -> None:
    assert list(decide(asked, held, NOTICES_KEY, limit).keys) == expected


symbols = st.sampled_from("ABCDEFGH")
kinds = st.sampled_from([("trade",), ("book",), ("trade", "book")])
asks = st.builds(Want, symbols, st.sampled_from(list(Priority)), kinds, st.integers(0, 3))
readers = st.dictionaries(
    st.sampled_from(["kmp", "oms", "kpr"]),
    st.builds(Wants, st.lists(asks, max_size=8).map(tuple), notices=st.booleans()),
)
keys = st.tuples(st.sampled_from(["H0STCNT0", "H0STASP0"]), symbols)


@given(readers, st.sets(keys), st.integers(1, 12))
def test_no_want_is_passed_over_for_a_worse_one(
    asked: dict[str, Wants], held: set[Key], limit: int
) -> None:
    decision = decide(asked, held, NOTICES_KEY, limit)
    assert len(decision.slots) <= limit
    assert len(set(decision.keys)) == len(decision.keys)
    if decision.left_out:
        assert len(decision.slots) == limit
        assert max(c.priority for c in decision.slots) <= min(c.priority for c in decision.left_out)
    if any(wants.notices for wants in asked.values()):
        assert decision.keys[0] == NOTICES_KEY
        assert decision.slots[0].priority == NOTICES
    assert list(decision.slots) == sorted(decision.slots, key=lambda c: c.priority)


@given(readers, st.sets(keys), st.integers(1, 12))
def test_a_registration_is_taken_away_only_for_a_better_one(
    asked: dict[str, Wants], held: set[Key], limit: int
) -> None:
    decision = decide(asked, held, NOTICES_KEY, limit)
    added = [c.priority for c in decision.slots if c.key in decision.added]
    gone = {key for key, _ in decision.removed}
    for claim in decision.left_out:
        if claim.key in gone:
            assert added
            assert all(priority < claim.priority for priority in added)
    again = decide(asked, decision.keys, NOTICES_KEY, limit)
    assert again.keys == decision.keys
    assert not again.added
    assert not again.removed


def test_the_journal_says_who_got_what_and_why_but_not_the_account() -> None:
    asked = {"oms": wants(("A", HOLD), notices=True), "kmp": wants(("B", WATCH))}
    rows = explain(decide(asked, [trade("C"), NOTICES_KEY], NOTICES_KEY, 2))
    assert [(r["tr_key"], r["given"], r["why"]) for r in rows] == [
        ("(notices)", True, "kept"),
        ("A", True, "new"),
        (
            "B",
            False,
            "2 of 2 places taken by better wants: HOLDING rank 0 was the last served, "
            "this is WATCH rank 0",
        ),
        ("C", False, "taken away: nobody wants it"),
    ]
    assert rows[1]["readers"] == ["oms"]


def test_the_journal_says_how_much_each_reader_wants_and_what_kis_did_not_take() -> None:
    asked = {
        "kmp": Wants((Want("A", ACTIVE, rank=3), Want("A", WATCH, rank=1))),
        "kpr": Wants((Want("A", CANDIDATE, rank=0), Want("B", WATCH, rank=2))),
    }
    said = {trade("A"): "KIS refused its registration: OPSP0008 MAX SUBSCRIBE OVER"}
    first, second = explain(decide(asked, [], NOTICES_KEY, 1), denied=said)
    assert first["by"] == [
        {"reader": "kmp", "priority": "ACTIVE", "rank": 3},
        {"reader": "kpr", "priority": "CANDIDATE", "rank": 0},
    ]
    assert (first["priority"], first["rank"]) == ("ACTIVE", 3)
    assert (first["given"], first["denied"], first["why"]) == (True, True, said[trade("A")])
    assert (second["given"], second["denied"]) == (False, False)


@pytest.mark.parametrize(
    ("symbol", "tr_id"),
    [
        ("005930", "H0STCNT0"),
        ("101010", "H0STCNT0"),
        ("105560", "H0STCNT0"),
        ("0001A0", "H0STCNT0"),
        ("A01612", "H0IFCNT0"),
        ("101W12", "H0IFCNT0"),
        ("B01610745", "H0IOCNT0"),
        ("CAFBRW962", "H0IOCNT0"),
        ("A11610", "H0STCNT0"),
    ],
    ids=[
        "a stock",
        "a stock like an old future",
        "another one",
        "a stock with a letter",
        "a future",
        "a future of before 2026",
        "an option",
        "a weekly option",
        "a stock's future: not heard",
    ],
)
def test_a_print_is_registered_where_its_symbol_trades(symbol: str, tr_id: str) -> None:
    asked = {"oms": Wants((Want(symbol, HOLD),))}
    decision = decide(asked, [], NOTICES_KEY)
    assert decision.keys == ((tr_id, symbol),)
    assert explain(decision)[0]["tr_key"] == symbol


def test_each_oms_has_the_notices_of_its_own_account() -> None:
    asked = {"oms": Wants((), notices=True), "futures": Wants((), notices=True, contracts=True)}
    decision = decide(asked, [], NOTICES_KEY)
    assert set(decision.keys) == {NOTICES_KEY, ("H0IFCNI9", "me")}
    assert {row["tr_key"] for row in explain(decision)} == {"(notices)"}


LIMIT = 3
SESSIONS = ("default", "second", "third")
holdings = st.dictionaries(keys, st.sampled_from(SESSIONS))


def held_by(home: dict[Key, str]) -> dict[str, list[Key]]:
    """Whatever each session holds, no more than it can."""
    return {
        name: sorted(key for key, where in home.items() if where == name)[:LIMIT]
        for name in SESSIONS
    }


def shared(
    asked: dict[str, Wants], held: dict[str, list[Key]], lost: set[str]
) -> tuple[Decision, tuple[Placed, ...]]:
    everything = [key for held_keys in held.values() for key in held_keys]
    decision = decide(asked, everything, NOTICES_KEY, LIMIT * len(held))
    return decision, spread(decision, held, lost, LIMIT)


@given(readers, holdings, st.sets(st.sampled_from(SESSIONS)))
def test_sessions_hold_what_was_decided_none_too_much_and_nothing_twice(
    asked: dict[str, Wants], home: dict[Key, str], lost: set[str]
) -> None:
    decision, placed = shared(asked, held_by(home), lost)
    assert [each.session for each in placed] == list(SESSIONS)
    assert all(len(each.claims) <= LIMIT for each in placed)
    everything = [key for each in placed for key in each.keys]
    assert sorted(everything) == sorted(decision.keys)
    for each in placed:  # in the order in which they are to be registered
        assert [c.priority for c in each.claims] == sorted(c.priority for c in each.claims)
        assert NOTICES_KEY not in each.keys or each.session == "default"


@given(readers, holdings, st.sets(st.sampled_from(SESSIONS)))
def test_a_registration_changes_its_session_only_for_the_notices_or_a_lost_line(
    asked: dict[str, Wants], home: dict[Key, str], lost: set[str]
) -> None:
    held = held_by(home)
    _, placed = shared(asked, held, lost)
    before = {key: name for name, held_keys in held.items() for key in held_keys}
    for each in placed:
        for key in each.keys:
            stays = before.get(key, each.session) == each.session
            pushed = before.get(key) == "default" and NOTICES_KEY in placed[0].keys
            assert stays or pushed or before[key] in lost
            assert stays == (key not in each.moved)
            if before.get(key) in lost and not stays and not pushed:
                assert each.session not in lost
    after = {each.session: list(each.keys) for each in placed}
    _, again = shared(asked, after, lost)
    assert [each.keys for each in again] == [each.keys for each in placed]
    assert not any(each.moved for each in again)


def test_a_lost_session_gives_its_most_important_ones_to_whoever_has_room() -> None:
    asked = {"kmp": wants(("A", HOLD), ("B", ACTIVE), ("C", WATCH), ("D", WATCH), ("E", WATCH))}
    held = {
        "default": [trade("A"), trade("B"), trade("C")],
        "second": [trade("D"), trade("E")],
    }
    decision = decide(asked, [*held["default"], *held["second"]], NOTICES_KEY, 2 * LIMIT)
    default, second = spread(decision, held, {"default"}, LIMIT)
    assert default.keys == (trade("B"), trade("C"))  # there is one place, and nobody is put out
    assert second.keys == (trade("A"), trade("D"), trade("E"))
    rows = {row["tr_key"]: row for row in explain(decision, (default, second))}
    assert rows["A"]["session"] == "second"
    assert rows["A"]["moved"] == "default has been down for long"
    assert rows["B"]["session"] == "default"
    assert "moved" not in rows["B"]


def test_what_is_new_goes_to_the_session_with_most_room() -> None:
    asked = {"kmp": wants(("A", WATCH), ("B", WATCH), ("C", WATCH), ("D", WATCH))}
    held = {"default": [trade("A")], "second": []}
    decision = decide(asked, [trade("A")], NOTICES_KEY, 2 * LIMIT)
    default, second = spread(decision, held, (), LIMIT)
    assert default.keys == (trade("A"), trade("C"))
    assert second.keys == (trade("B"), trade("D"))


def test_what_the_collector_wants_itself_takes_no_place_from_a_reader() -> None:
    asked = {"kmp": wants(("A", WATCH), ("B", WATCH))}
    own = [("H0NXCNT0", "A"), ("H0NXCNT0", "B")]
    decision = decide(asked, [own[0]], NOTICES_KEY, 3, own)
    assert decision.keys == (trade("A"), trade("B"), own[0])
    rows = explain(decision)
    assert [(row["tr_key"], row["priority"], row["given"]) for row in rows[2:]] == [
        ("A", "OWN", True),
        ("B", "OWN", False),
    ]
