"""What outlives a day: there and back, and a text that cannot be read costs the text alone."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from strategy_nulrimok.decision.carry import CarriedPosition, of_text, to_text
from strategy_nulrimok.decision.held import Breakdown, Held
from strategy_nulrimok.nulrimok import Nulrimok
from strategy_runtime.decision.position import Position
from tests.strategy_nulrimok.tales import SYMBOL, Tale, artifact, candidate

Tell = Callable[..., Tale]
KRW = st.integers(1, 3_000_000)
AVERAGE = st.floats(1, 3_000_000, allow_nan=False)
FACTS = st.lists(
    st.tuples(
        st.text(max_size=8),
        st.none() | st.booleans() | st.integers(-(2**40), 2**40)
        | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8)
        | st.lists(st.text(max_size=4), max_size=3).map(tuple),
    ),
    max_size=4,
)  # fmt: skip
POSITIONS = st.builds(
    Position,
    trip_id=st.text(min_size=1, max_size=20), shares=st.integers(1, 10**6),
    bought=st.integers(1, 10**6), entry_krw=AVERAGE, stop_krw=KRW,
    cost_ratio=st.floats(0, 0.01), entered_ns=st.integers(0, 2**62),
    entry_reason=st.text(max_size=20), setup=st.text(max_size=20), best_krw=AVERAGE,
    worst_krw=AVERAGE, trail_krw=AVERAGE, guard_krw=KRW, costs_krw=st.integers(0, 10**9),
    realised_krw=st.integers(-(10**9), 10**9), sold=st.integers(0, 10**6),
    sold_value_krw=st.integers(0, 10**12), exit_reason=st.text(max_size=20),
    facts=FACTS.map(tuple),
)  # fmt: skip
BREAKDOWNS = st.builds(
    Breakdown, bars=st.integers(1, 99), low_krw=KRW, under=st.integers(0, 9),
    above=st.integers(0, 9), lower_low=st.booleans(),
)  # fmt: skip
HELD = st.builds(
    Held,
    anchor_date=st.none() | st.just("2025-08-18"), avwap_krw=st.none() | AVERAGE,
    atr_krw=st.none() | AVERAGE, best_date=st.dates().map(lambda day: day.isoformat()),
    kind=st.sampled_from(("UNKNOWN", "MOMENTUM", "MEAN_REVERSION", "FLOW_GRIND")),
    bars=st.integers(0, 999), closes=st.lists(KRW, max_size=10).map(tuple),
    best_close_krw=st.none() | KRW, under=st.integers(0, 9),
    breakdown=st.none() | BREAKDOWNS, partial=st.booleans(),
    part_left=st.none() | st.integers(1, 10**6), leaving=st.text(max_size=20),
)  # fmt: skip
CARRIED = st.builds(
    CarriedPosition, symbol=st.from_regex(r"\A[0-9A-Z]{6}\Z"), sector=st.text(max_size=12),
    market=st.sampled_from(("KOSPI", "KOSDAQ")), position=POSITIONS, held=HELD,
)  # fmt: skip


@given(st.lists(CARRIED, min_size=1, max_size=5, unique_by=lambda one: one.symbol))
def test_there_and_back_is_the_same(positions: list[CarriedPosition]) -> None:
    text = to_text("2025-09-03", positions)
    back = of_text(text)
    assert back.fault is None
    assert back.positions == tuple(sorted(positions, key=lambda one: one.symbol))
    assert to_text("2025-09-03", back.positions) == text


def test_nothing_held_leaves_nothing(tale: Tell) -> None:
    told = tale().until("15:41:00", 60)
    assert told.nulrimok.carried(told.state) is None
    assert of_text(None).positions == ()


def left_by(nulrimok: Nulrimok) -> tuple[Tale, str]:
    eve = Tale(nulrimok, artifact(nulrimok, candidate(atr30m_est_krw=120.0))).start().bought()
    eve.quiet("15:00", 10_100).until("15:41:00", 60)
    text = nulrimok.carried(eve.state)
    assert text is not None
    return eve, text


@pytest.mark.parametrize(
    ("bend", "why"),
    [
        (lambda text: text[: len(text) // 2], "not readable"),
        (
            lambda text: text.replace('"version":1', '"version":2'),
            "version 2, this program reads 1",
        ),
        (lambda text: text.replace('"shares":', '"count":'), "not readable"),
        (lambda text: text.replace('"kind":"', '"kind":"X'), "not readable"),
        (lambda text: "null", "not readable"),
        (lambda text: "\ud800", "not readable"),
    ],
    ids=["torn", "a later version", "a field renamed", "an unknown kind", "no record", "no text"],
)
def test_a_damaged_text_is_one_error_that_names_it_and_the_oms_s_word_is_taken(
    bend: Callable[[str], str], why: str, nulrimok: Nulrimok
) -> None:
    eve, text = left_by(nulrimok)
    chosen = artifact(nulrimok, candidate(), day="2025-09-04")
    told = Tale(nulrimok, chosen, day="2025-09-04", carried=bend(text), oms=eve.oms).start()
    [said] = told.says("Carried positions cannot be read")
    assert why in str(dict(said.facts)["why"])
    assert told.name.trading.position is not None
    assert told.name.trading.position.guard_krw == 9_890
    assert "carried positions unreadable" in nulrimok.funnel(told.state)["health"]["problems"]
    told.print("09:05:00", 9_890)
    assert told.reasons == ["risk_stop"]


def test_what_was_known_in_the_evening_is_known_in_the_morning(nulrimok: Nulrimok) -> None:
    eve, text = left_by(nulrimok)
    chosen = artifact(nulrimok, candidate(), day="2025-09-04")
    told = Tale(nulrimok, chosen, day="2025-09-04", carried=text, oms=eve.oms).start()
    before, after = eve.name.trading.position, told.name.trading.position
    assert before is not None
    assert after is not None
    assert (after.trip_id, after.entry_krw, after.stop_krw, after.entered_ns) == (
        before.trip_id, before.entry_krw, before.stop_krw, before.entered_ns,
    )  # fmt: skip
    assert after.facts == before.facts
    assert told.name.held == eve.name.held
    assert told.says("Recovered position")
    assert told.trips == ()


def test_a_day_that_never_heard_the_oms_carries_on_what_it_was_given(nulrimok: Nulrimok) -> None:
    _, text = left_by(nulrimok)
    told = Tale(nulrimok, None, day="2025-09-04", carried=text)
    told.until("15:41:00", 60)
    kept = nulrimok.carried(told.state)
    assert kept is not None
    assert of_text(kept).positions == of_text(text).positions


def split(told: Tale, factor: int, *, say: bool) -> None:
    """Let an operator split what the OMS holds: the cost stays. `say`: on the stream."""
    held = told.oms.held[SYMBOL]
    held.shares, held.stop_krw = held.shares * factor, held.stop_krw // factor
    if say:
        told.tell(told.oms._allocated(SYMBOL, 0, told.now_ns))


@pytest.mark.parametrize("when", ["before the books are read", "after the open"])
def test_a_split_overnight_sells_nothing_and_everything_follows_the_scale(
    when: str, nulrimok: Nulrimok
) -> None:
    """Five for one: 10,100 at night is 2,020 in the morning, under a stop of 9,890 only in name."""
    eve, text = left_by(nulrimok)
    before, history = eve.name.trading.position, eve.name.held
    assert before is not None
    assert history is not None
    assert history.best_close_krw is not None
    fifth = candidate(
        atr30m_est_krw=24.0, avwap_ref_krw=2_000.0, band_lower_krw=1_990.0, band_upper_krw=2_010.0,
    )  # fmt: skip
    chosen = artifact(nulrimok, fifth, day="2025-09-04")
    told = Tale(nulrimok, chosen, day="2025-09-04", carried=text, oms=eve.oms)
    if when == "before the books are read":
        split(told, 5, say=False)
        told.start()
    else:
        told.start()
        # The OMS holds its stops: it sees the base price, as we see that no day goes so far.
        told.oms.held[SYMBOL].stop_krw, stop = 1, told.oms.held[SYMBOL].stop_krw
        told.print("09:05:00", 2_020)
        assert told.says("Scale in doubt")
        told.bar("09:30", 2_020, 2_020, 2_020, 2_020)
        assert "scale of a position in doubt" in nulrimok.funnel(told.state)["health"]["problems"]
        assert told.name.held is not None
        assert told.name.held.closes == history.closes
        told.oms.held[SYMBOL].stop_krw = stop
        split(told, 5, say=True)
    told.print("09:31:00", 2_020).print("09:32:00", 1_980)
    assert told.exits == []
    position, held = told.name.trading.position, told.name.held
    assert position is not None
    assert held is not None
    assert (position.shares, position.stop_krw, position.guard_krw) == (
        5 * before.shares, 1_978, 1_978,
    )  # fmt: skip
    assert position.entry_krw == pytest.approx(before.entry_krw / 5)
    assert held.closes[0] == round(history.closes[0] / 5)
    assert held.best_close_krw == round(history.best_close_krw / 5)
    assert (held.avwap_krw, held.atr_krw) == (2_000.0, 24.0)
    assert not told.name.in_doubt
    told.print("09:33:00", 1_978).print("09:33:05", 1_978)
    assert told.trips[0].r_net == pytest.approx(-1.2, abs=0.1)


def test_a_stop_that_an_operator_moved_down_overnight_is_followed(nulrimok: Nulrimok) -> None:
    eve, text = left_by(nulrimok)
    eve.oms.held[SYMBOL].stop_krw = 8_000
    told = Tale(nulrimok, None, day="2025-09-04", carried=text, oms=eve.oms).start()
    told.print("09:05:00", 8_500)
    assert told.exits == []
