"""Why there were as many trades as there were: from the universe to the last sale."""

import json
from collections.abc import Callable

import pytest

from kis_core.clock import kst
from strategy_nulrimok.decision.artifact import Rejects, Stage, WouldBlock
from strategy_nulrimok.nulrimok import Nulrimok
from strategy_runtime.contract import Lenient, OmsLine
from tests.strategy_nulrimok.tales import OTHER, SYMBOL, Tale, artifact, candidate

Tell = Callable[..., Tale]
REJECTS = (
    Rejects("UNIVERSE", "ADTV", 1, ("000100",)),
    Rejects("FLOW", "FLOW_PERSISTENCE", 2, ("000270", "000720")),
    Rejects("TREND", "BELOW_SMA", 1, ("000810",)),
)


def told_of(nulrimok: Nulrimok) -> Tale:
    chosen = artifact(
        nulrimok, candidate(), candidate(OTHER, tradable=False), rejects=REJECTS,
        would_block=(WouldBlock(SYMBOL, "RS_PERCENTILE", 55.0, 60.0),),
    )  # fmt: skip
    return Tale(nulrimok, chosen).start()


def test_the_funnel_goes_from_the_universe_through_the_selection_to_the_end(
    nulrimok: Nulrimok,
) -> None:
    told = told_of(nulrimok).bought().print("10:36:00", 9_930).print("10:36:05", 9_930)
    shown = nulrimok.funnel(told.state)
    passed = {gate["gate"]: gate["passed"] for gate in shown["gates"]}
    assert passed == {
        "universe": 103, "admitted": 5, "flow": 3, "leader": 3, "trend": 2, "tradable": 1,
        "active": 1, "history": 1, "armed": 1, "confirmed": 1, "gates": 1, "intent": 1,
        "approved": 1, "accepted": 1, "filled": 1, "closed": 1,
    }  # fmt: skip
    assert shown["ended_at"]["dse FLOW_PERSISTENCE"] == ["000270", "000720"]
    assert shown["ended_at"]["dse rank"] == [OTHER]
    assert shown["artifact"]["rejects"] == {"UNIVERSE": 1, "FLOW": 2, "TREND": 1}
    assert shown["round_trips"] == 1
    assert json.loads(json.dumps(shown)) == shown


def test_what_strict_would_have_stopped_is_told_once(nulrimok: Nulrimok) -> None:
    told = told_of(nulrimok).until("15:41:00", 60)
    [note] = told.noted(Lenient)
    assert (note.symbol, note.reason, note.actual, note.strict) == (
        SYMBOL, "RS_PERCENTILE", 55.0, 60.0,
    )  # fmt: skip
    assert told.says("WOULD_BLOCK_RS_PERCENTILE (actual=55.0, strict=60.0)")
    assert told.says("WOULD_BLOCK_RS_PERCENTILE today")
    assert nulrimok.funnel(told.state)["would_block"] == {"RS_PERCENTILE": 1}


def test_what_is_wrong_with_the_data_is_named(nulrimok: Nulrimok) -> None:
    told = told_of(nulrimok)
    told.tell(OmsLine(at=kst(told.now_ns), up=False, why="gone"))
    told.failing = lambda ask: "busy"
    told.until("09:31:00")
    assert nulrimok.funnel(told.state)["health"]["problems"] == ["OMS away", "no bars"]


@pytest.mark.parametrize(
    ("standing", "account", "gate"),
    [({"halted": True}, {}, "listing"), ({}, {"equity_krw": None}, "equity_unknown")],
)
def test_a_gate_that_shuts_the_day_is_told_though_nothing_dips(
    standing: dict[str, bool], account: dict[str, None], gate: str, nulrimok: Nulrimok
) -> None:
    told = Tale(nulrimok, artifact(nulrimok, candidate()))
    told.standing = standing
    told.start(**account).bar("09:30", 10_150, 10_160, 10_140, 10_150)
    assert nulrimok.funnel(told.state)["ended_at"] == {gate: [SYMBOL]}


@pytest.mark.parametrize(
    ("stage", "reason", "passed"),
    [("UNIVERSE", "MARKET_CAP_UNKNOWN", set()), ("FLOW", "FLOW_UNKNOWN", {"admitted"}),
     ("LEADER", "RS_PERCENTILE", {"admitted", "flow"}),
     ("TREND", "BELOW_SMA", {"admitted", "flow", "leader"})],
)  # fmt: skip
def test_a_selection_that_all_fall_out_of_at_one_stage_explains_the_day(
    stage: Stage, reason: str, passed: set[str], nulrimok: Nulrimok
) -> None:
    symbols = tuple(sorted(nulrimok.sectors))
    rejects = (Rejects(stage, reason, len(symbols), symbols),)
    told = Tale(nulrimok, artifact(nulrimok, rejects=rejects)).start().until("15:41:00", 60)
    shown = nulrimok.funnel(told.state)
    reached = {gate["gate"] for gate in shown["gates"] if gate["passed"]}
    assert reached == {"universe"} | passed
    assert shown["ended_at"] == {f"dse {reason}": list(symbols)}
    assert shown["artifact"]["rejects"] == {stage: len(symbols)}


def test_the_pulse_says_how_it_is(tale: Tell) -> None:
    told = tale()
    assert told.nulrimok.pulse(told.state).mode == "WAITING"
    told.bought()
    pulse = told.nulrimok.pulse(told.state)
    assert (pulse.mode, pulse.hot, pulse.positions) == ("RUNNING", 1, 1)
    assert not told.nulrimok.over(told.state)
    told.until("15:41:00", 60)
    assert told.nulrimok.pulse(told.state).mode == "DONE"
    assert told.nulrimok.over(told.state)
