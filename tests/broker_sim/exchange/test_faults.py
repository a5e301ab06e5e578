"""A plan decides which faults bite: by when, on what, how often, and by the seed."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker_sim.exchange.fault_entries import Fault, FaultError, read_faults
from broker_sim.exchange.fault_kinds import RULES, Kind, Place
from broker_sim.exchange.fault_rates import CHANCES, INTENSITY_MAX, PER_HOUR, STANDING
from broker_sim.exchange.faults import ANYTHING, Bite, FaultPlan, Subject
from kis_core.market.instants import SECOND_NS
from tests.broker_sim.kis.conftest import at

CALLS = ("orders", "questions", "tokens", "order_cash")
BUY = Subject(frozenset({"orders", "order_cash", "/order-cash"}), "TTTC0012U", "005930", "BUY")
SELL = Subject(frozenset({"orders", "order_cash", "/order-cash"}), "TTTC0011U", "000660", "SELL")
ASK = Subject(frozenset({"questions", "history"}), "TTTC0081R", page=2)
NINE = at("09:00")


def plan(*entries: Mapping[str, Any], seed: int = 1) -> FaultPlan:
    return FaultPlan(read_faults(list(entries), "test", CALLS), seed)


def bites(of: FaultPlan, *subjects: Subject, place: Place = Place.AFTER) -> list[int]:
    """Return which of the things, one a second from nine, were bitten."""
    return [n for n, subject in enumerate(subjects) if of.on(place, subject, NINE + n * SECOND_NS)]


@pytest.mark.parametrize(
    ("words", "bitten"),
    [
        ({}, [0]),
        ({"after": 2}, [2]),
        ({"times": 3}, [0, 1, 2]),
        ({"after": 1, "times": 2}, [1, 2]),
        ({"at": "09:00:03"}, [3]),
        ({"at": "09:00:01", "until": "09:00:04"}, [1, 2, 3]),
        ({"until": "09:00:02"}, [0, 1]),
        ({"lasting": 3}, [0, 1, 2]),
        ({"after": 2, "lasting": 2}, [2, 3]),
        ({"chance": 1.0}, [0, 1, 2, 3, 4, 5]),
        ({"at": "09:01"}, []),
    ],
    ids=str,
)
def test_a_fault_bites_when_it_says(words: dict[str, Any], bitten: list[int]) -> None:
    of = plan({"kind": "reply_lost", **words})
    assert bites(of, *[BUY] * 6) == bitten
    assert [bite.at_ns for bite in of.bites] == [NINE + n * SECOND_NS for n in bitten]


@pytest.mark.parametrize(
    ("words", "bitten"),
    [
        ({}, [0, 1, 2]),
        ({"call": "orders"}, [0, 1]),
        ({"call": "questions"}, [2]),
        ({"tr_id": "TTTC0011U"}, [1]),
        ({"symbol": "005930"}, [0]),
        ({"side": "SELL"}, [1]),
        ({"page": 2}, [2]),
        ({"call": "orders", "side": "BUY", "symbol": "000660"}, []),
    ],
    ids=str,
)
def test_a_fault_bites_on_what_it_says(words: dict[str, Any], bitten: list[int]) -> None:
    of = plan({"kind": "reply_lost", "times": 9, **words})
    assert bites(of, BUY, SELL, ASK) == bitten


def test_faults_bite_in_the_order_of_their_kinds_up_to_the_final_one() -> None:
    of = plan(
        {"kind": "reply_lost"},
        {"kind": "reply_late", "seconds": 1},
        {"kind": "exchange_late", "seconds": 2},
        {"kind": "body_cut"},
    )
    kinds = [bite.kind for bite in of.on(Place.AFTER, BUY, NINE)]
    assert kinds == [Kind.EXCHANGE_LATE, Kind.REPLY_LATE, Kind.BODY_CUT]
    # What did not bite has not been spent.
    assert [bite.kind for bite in of.on(Place.AFTER, BUY, NINE)] == [Kind.REPLY_LOST]


def test_what_stands_is_true_for_its_time_and_written_down_once() -> None:
    of = plan({"kind": "clock_skew", "seconds": [-5, 5], "at": "09:00:02", "until": "09:00:05"})
    said = [of.standing(Kind.CLOCK_SKEW, NINE + n * SECOND_NS) for n in range(7)]
    assert [bite is not None for bite in said] == [False, False, True, True, True, False, False]
    assert len({bite.seconds for bite in said if bite}) == 1  # one clock, one error
    assert len(of.bites) == 1


def test_a_session_is_struck_at_its_instant_or_by_a_frame() -> None:
    of = plan(
        {"kind": "socket_reset", "at": "09:00:02"},
        {"kind": "socket_closed", "tr_id": "H0STCNT0", "after": 1},
    )
    frame = Subject(tr_id="H0STCNT0", symbol="005930")
    assert [len(of.due(NINE + n * SECOND_NS)) for n in range(5)] == [0, 0, 1, 0, 0]
    assert bites(of, frame, frame, frame, place=Place.LINE) == [1]


def test_cleared_faults_bite_no_more_and_what_bit_stays_told() -> None:
    of = plan({"kind": "reply_lost", "times": 9})
    of.on(Place.AFTER, BUY, NINE)
    of.clear()
    assert not of.any(*Place)
    assert of.on(Place.AFTER, BUY, NINE) == []
    assert [bite.kind for bite in of.bites] == [Kind.REPLY_LOST]
    of.add(read_faults([{"kind": "body_cut"}], "test", CALLS))
    assert [bite.number for bite in of.on(Place.AFTER, BUY, NINE)] == [2]


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_can_be_written_down_told_and_read_again(kind: Kind) -> None:
    values = {"seconds": 2, "symbol": "005930", "field": "ODNO"}
    entry = {"kind": kind.value, **{key: values[key] for key in RULES[kind].needs}}
    (fault,) = read_faults([entry], "test", CALLS)
    told = fault.told()
    if fault.page == RULES[kind].page:
        told.pop("page", None)
    for key in set(told) - {"kind", *entry} - set(RULES[kind].params):
        told.pop(key)  # defaults of the kind that are no words of it
    assert read_faults([told], "test", CALLS) == (fault,)


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        ("reply_lost", "faults[0]: expected a mapping with a kind"),
        ({}, "faults[0].kind: None, expected one of"),
        ({"kind": "gremlins"}, "faults[0].kind: 'gremlins', expected one of"),
        ({"kind": "reply_lost", "wenn": 1}, "faults[0].wenn: not a key of reply_lost"),
        ({"kind": "reply_late"}, "faults[0].seconds: missing"),
        ({"kind": "reply_late", "seconds": "2"}, "faults[0].seconds: '2', expected seconds"),
        ({"kind": "reply_late", "seconds": -1}, "faults[0].seconds: -1, expected 0 or more"),
        ({"kind": "reply_late", "seconds": [3, 1]}, "faults[0].seconds: [3, 1], expected"),
        ({"kind": "reply_late", "seconds": 1e6}, "faults[0].seconds: 1000000.0, expected"),
        ({"kind": "reply_lost", "seconds": 1}, "faults[0].seconds: not a key of reply_lost"),
        ({"kind": "reply_lost", "at": 540}, "faults[0].at: 540, expected a time of day in quotes"),
        ({"kind": "reply_lost", "at": "25:00"}, "faults[0].at: '25:00', expected a time of day"),
        (
            {"kind": "reply_lost", "at": "10:00", "until": "09:00"},
            "faults[0].until: not after at",
        ),
        ({"kind": "reply_lost", "after": -1}, "faults[0].after: -1, expected a whole number"),
        ({"kind": "reply_lost", "times": True}, "faults[0].times: True, expected a whole number"),
        ({"kind": "reply_lost", "chance": 0}, "faults[0].chance: 0, expected a chance"),
        ({"kind": "reply_lost", "call": "ordercash"}, "faults[0].call: 'ordercash', expected"),
        ({"kind": "reply_lost", "symbol": 5930}, "faults[0].symbol: 5930, expected text"),
        ({"kind": "reply_lost", "side": "buy"}, "faults[0].side: 'buy', expected one of BUY, SELL"),
        ({"kind": "throttled", "code": "EGW00123"}, "faults[0].code: 'EGW00123', expected one of"),
        ({"kind": "server_error", "form": "xml"}, "faults[0].form: 'xml', expected one of"),
        ({"kind": "server_error", "status": 200}, "faults[0].status: 200, expected a whole"),
        ({"kind": "socket_reset", "times": 3}, "faults[0]: socket_reset happens once"),
        ({"kind": "frame_cut", "side": "BUY"}, "faults[0].side: not a key of frame_cut"),
        ({"kind": "halt"}, "faults[0].symbol: missing"),
        ({"kind": "notice_lost", "news": "sent"}, "faults[0].news: 'sent', expected one of"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_cannot_be_read_says_where_and_what_was_expected(entry: Any, sentence: str) -> None:
    with pytest.raises(FaultError) as error:
        read_faults([entry], "faults", CALLS)
    assert str(error.value).startswith(sentence)


# Drawn plans

seeds = st.integers(0, 2**32)


def day(of: FaultPlan) -> list[Bite]:
    """Play a morning of calls, frames and notices, and return what bit."""
    for n in range(120):
        now_ns = NINE + n * 100 * SECOND_NS
        for place in (Place.BEFORE, Place.AFTER):
            of.on(place, (BUY, SELL, ASK)[n % 3], now_ns)
        of.on(Place.FRAME, Subject(tr_id="H0STCNT0", symbol="005930"), now_ns)
        of.on(Place.NOTICE, Subject(tr_id="H0STCNI0", news="filled"), now_ns)
        of.due(now_ns)
    return of.bites


@settings(max_examples=30)
@given(seeds, st.sampled_from([0.5, 1, 5, 50]))
def test_the_same_seed_and_the_same_calls_give_the_same_faults(seed: int, bad: float) -> None:
    symbols = ["000660", "005930"]
    one, two = (FaultPlan.drawn(seed, bad, symbols) for _ in range(2))
    assert one.faults == two.faults
    assert day(one) == day(two)


def test_another_seed_gives_other_faults() -> None:
    told = {tuple((b.at_ns, b.kind) for b in day(FaultPlan.drawn(n, 5))) for n in range(5)}
    assert len(told) == 5


def test_no_intensity_is_no_fault_and_more_is_no_more_than_certain() -> None:
    assert FaultPlan.drawn(1, 0).faults == []
    assert max(fault.chance for fault in FaultPlan.drawn(1, INTENSITY_MAX).faults) == 1.0
    for wrong in (-1.0, INTENSITY_MAX + 1, float("nan")):
        with pytest.raises(ValueError, match="intensity"):
            FaultPlan.drawn(1, wrong)


@pytest.mark.parametrize("kind", [Kind.REPLY_LOST, Kind.THROTTLED, Kind.NOTICE_LATE])
@pytest.mark.parametrize("intensity", [1, 10])
def test_chances_are_kept(kind: Kind, intensity: float) -> None:
    asked, chance = 20_000, CHANCES[kind][0][0] * intensity
    place = RULES[kind].place
    drawn = [f for f in FaultPlan.drawn(3, intensity).faults if f.kind is kind][:1]
    of = FaultPlan(drawn, seed=3)
    for _ in range(asked):
        of.on(place, Subject(), NINE)
    spread = 5 * (asked * chance * (1 - chance)) ** 0.5
    assert abs(len(of.bites) - asked * chance) < spread


def test_sessions_and_the_market_are_struck_as_often_as_their_rates_say() -> None:
    days = 40
    found: Counter[Kind] = Counter()
    for seed in range(days):
        found.update(f.kind for f in FaultPlan.drawn(seed, 2, ["005930"]).faults)
    for kind, (per_hour, _) in PER_HOUR.items():
        expected = per_hour * 6.5 * 2 * days
        assert abs(found[kind] - expected) <= 5 * expected**0.5 + 1, kind


def test_every_kind_can_be_drawn() -> None:
    assert {*CHANCES, *STANDING, *PER_HOUR} == set(Kind)


def test_a_drawn_market_needs_symbols() -> None:
    places = {fault.rule.place for fault in FaultPlan.drawn(1, 10).faults}
    assert Place.MARKET not in places
    assert any(isinstance(f, Fault) for f in FaultPlan.drawn(1, 10, ["005930"]).faults)
    assert ANYTHING.told() == ""
