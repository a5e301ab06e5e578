"""How each symbol of a reader stands, and why those stand so that cannot be had."""

import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.slots import Key, decide, key_of, why_left_out
from collector.standing import NOT_SHARED_YET, reasons, standing
from kis_core.feed import Kind, Priority, Want, Wants
from kis_core.market.events import Market, SlotsGranted

NOTICES = ("H0STCNI9", "me")
HOLD, ACTIVE, CANDIDATE, WATCH = Priority
BOTH: tuple[Kind, ...] = ("trade", "book")
DENIED = "KIS refused its registration: OPSP0008 MAX SUBSCRIBE OVER"
_SAID = re.compile(
    r"(?P<places>\d+) of (?P=places) places taken by better wants: (?P<last>[A-Z]+) "
    r"rank (?P<last_rank>\d+) was the last served, this is (?P<mine>[A-Z]+) rank (?P<rank>\d+)"
    r"(?: \((?P<tie>.*)\))?"
)


def trade(symbol: str) -> Key:
    return key_of("trade", symbol)


def book(symbol: str) -> Key:
    return key_of("book", symbol)


def test_a_reader_learns_how_each_symbol_stands() -> None:
    asked = Wants((Want("A", HOLD, BOTH), Want("B", ACTIVE), Want("C", WATCH), Want("D", WATCH)))
    live = {trade("A"), book("A"), trade("B")}
    chosen = live | {trade("C")}
    assert standing(asked, live, chosen) == {
        "A": "granted",
        "B": "granted",
        "C": "pending",
        "D": "refused",
    }
    assert reasons(asked, live, chosen) == (("D", NOT_SHARED_YET),)


def test_what_kis_does_not_take_is_refused_in_its_words_until_it_does() -> None:
    asked, denied = Wants((Want("A", WATCH),)), {trade("A"): DENIED}
    assert standing(asked, (), {trade("A")}, denied) == {"A": "refused"}
    assert reasons(asked, (), {trade("A")}, denied) == (("A", DENIED),)
    assert reasons(asked, {trade("A")}, {trade("A")}, denied) == ()  # another source tells it


def test_of_several_feeds_those_that_cannot_be_had_are_named() -> None:
    asked = Wants((Want("A", WATCH, BOTH), Want("A", WATCH, venue="NXT")))
    why = {book("A"): "full", key_of("trade", "A", "NXT"): DENIED}
    told = reasons(asked, {trade("A")}, {trade("A")}, why)
    assert told == (("A", f"KRX book: full; NXT trade: {DENIED}"),)


@pytest.mark.parametrize(
    ("mine", "theirs", "held", "says"),
    [
        (
            Want("A", WATCH, rank=7),
            Want("B", CANDIDATE, rank=5),
            [],
            "1 of 1 places taken by better wants: CANDIDATE rank 5 was the last served, "
            "this is WATCH rank 7",
        ),
        (
            Want("A", WATCH, rank=7),
            Want("B", WATCH, rank=5),
            [],
            "1 of 1 places taken by better wants: WATCH rank 5 was the last served, "
            "this is WATCH rank 7",
        ),
        (
            Want("A", WATCH, rank=1),
            Want("B", WATCH, rank=5),
            [trade("B")],
            "1 of 1 places taken by better wants: WATCH rank 5 was the last served, "
            "this is WATCH rank 1 (what is registered stays)",
        ),
        (
            Want("A", WATCH, ("book",), rank=1),
            Want("B", WATCH, rank=5),
            [],
            "1 of 1 places taken by better wants: WATCH rank 5 was the last served, "
            "this is WATCH rank 1 (prints before books)",
        ),
        (
            Want("B", WATCH, rank=1),
            Want("A", WATCH, rank=1),
            [],
            "1 of 1 places taken by better wants: WATCH rank 1 was the last served, "
            "this is WATCH rank 1 (by code)",
        ),
    ],
    ids=["priority", "rank", "registered", "book", "code"],
)
def test_who_is_left_out_learns_what_was_better(
    mine: Want, theirs: Want, held: list[Key], says: str
) -> None:
    asked = {"mine": Wants((mine,)), "theirs": Wants((theirs,))}
    decision = decide(asked, held, NOTICES, 1)
    told = reasons(asked["mine"], (), decision.keys, why_left_out(decision))
    assert told == ((mine.symbol, says),)
    assert reasons(asked["theirs"], (), decision.keys, why_left_out(decision)) == ()


def test_a_symbol_that_loses_its_place_to_a_better_one_learns_the_same() -> None:
    asked = {"kmp": Wants((Want("B", ACTIVE, rank=2),)), "kpr": Wants((Want("A", WATCH),))}
    decision = decide(asked, [trade("A")], NOTICES, 1)
    assert why_left_out(decision)[trade("A")].endswith(
        "ACTIVE rank 2 was the last served, this is WATCH rank 0"
    )


symbols = st.sampled_from("ABCDEFGH")
venues = st.sampled_from(list[Market](("KRX", "NXT")))
kinds = st.sampled_from([("trade",), ("book",), BOTH])
asks = st.builds(Want, symbols, st.sampled_from(list(Priority)), kinds, st.integers(0, 3), venues)
readers = st.dictionaries(
    st.sampled_from(["kmp", "oms", "kpr"]),
    st.builds(Wants, st.lists(asks, max_size=8).map(tuple), notices=st.booleans()),
)
keys = st.tuples(st.sampled_from(["H0STCNT0", "H0STASP0", "H0NXCNT0"]), symbols)


@given(readers, st.sets(keys), st.sets(keys), st.integers(1, 12), st.data())
def test_each_refused_symbol_has_one_reason_no_other_has_any_and_its_figures_are_true(
    asked: dict[str, Wants], held: set[Key], live: set[Key], limit: int, data: st.DataObject
) -> None:
    decision = decide(asked, held, NOTICES, limit)
    denied = dict.fromkeys(
        data.draw(st.sets(st.sampled_from(decision.keys))) if decision.keys else (), DENIED
    )
    why = why_left_out(decision)
    refused = {**denied, **why}
    for wants in asked.values():
        stands = standing(wants, live, decision.keys, refused)
        told = reasons(wants, live, decision.keys, refused)
        assert [symbol for symbol, _ in told] == [
            s for s, how in stands.items() if how == "refused"
        ]
        assert all(NOT_SHARED_YET not in said for _, said in told)
    by_rank = {(c.priority, c.rank) for c in decision.slots}
    assert why.keys() == {claim.key for claim in decision.left_out}
    for claim in decision.left_out:
        said = _SAID.fullmatch(why[claim.key])
        assert said is not None
        assert int(said["places"]) == len(decision.slots) == limit
        assert (said["mine"], int(said["rank"])) == (Priority(claim.priority).name, claim.rank)
        served = NOTICES_RANK if said["last"] == "NOTICES" else Priority[said["last"]]
        last = served, int(said["last_rank"])
        assert last in by_rank
        assert max(priority for priority, _ in by_rank) == served <= claim.priority
        worse = last > (claim.priority, claim.rank)
        assert not worse or said["tie"] in ("what is registered stays", "prints before books")
        if said["tie"] == "what is registered stays":
            assert claim.key not in held


NOTICES_RANK = -1


def test_a_journal_from_before_the_reasons_still_reads_and_they_go_through_the_relay() -> None:
    encode = msgspec.msgpack.encode
    before = encode(["slots", 7, ["005930"], ["000660"]])
    assert msgspec.msgpack.decode(before, type=SlotsGranted) == SlotsGranted(
        7, ("005930",), ("000660",)
    )
    told = SlotsGranted(7, (), ("000660",), (("000660", DENIED),))
    assert msgspec.msgpack.decode(encode(told), type=SlotsGranted) == told
