"""Every kind of event and output survives the journal's bytes."""

from decimal import Decimal
from typing import Any, get_args

import msgspec
import pytest

from kis_core.market.events import (
    Bar,
    Book,
    DailyBar,
    Gap,
    IndexDay,
    IndexLevel,
    MarketEvent,
    SlotsGranted,
    Timer,
)
from oms_client.contract import (
    AllocationChanged,
    Exit,
    IntentDecided,
    OrderAccepted,
    OrderClosed,
    OrderFilled,
    OrderState,
    StopFired,
)
from strategy_runtime.contract import (
    Ask,
    AskDaily,
    AskEstimates,
    AskFailed,
    AskFlows,
    AskIndex,
    AskIndexDays,
    AskMarketProgram,
    AskMinutes,
    AskOwn,
    AskProgram,
    AskQuote,
    BooksRead,
    DailyRead,
    Entered,
    EstimatesRead,
    Factor,
    Filter,
    FlowsRead,
    Hear,
    IndexDaysRead,
    IndexRead,
    IntentAnswered,
    IntentUnanswered,
    Lenient,
    Listen,
    MinuteDay,
    MinutesRead,
    Missed,
    Note,
    OmsLine,
    OwnRead,
    ProgramNet,
    ProgramRead,
    QuoteRead,
    Reduced,
    RoundTrip,
    Said,
    Step,
    Told,
)
from strategy_runtime.turns import (
    FORMAT,
    Head,
    Turn,
    event_of,
    intents_of,
    output_of,
    packed,
    turn_of,
    unpacked,
)
from tests.strategy_runtime.toys import (
    AT,
    DAY,
    ESTIMATE,
    FLOW_DAY,
    PROGRAM,
    PT,
    account,
    approved,
    quote,
    trade,
)

QUOTE, ACCOUNT = quote("005930"), account()
LEVEL = IndexLevel("0001", 1, 2, *(Decimal("3200.12") for _ in range(5)))
FIRST: dict[str, Any] = {"seq": 1, "at": AT, "strategy_id": "KMP", "symbol": "005930"}
ORDER: dict[str, Any] = {**FIRST, "order_id": "o", "intent_id": "i"}
EVENTS: list[Any] = [
    trade(1),
    Book("005930", "KRX", 1, 2, ((10, 1),), (), None, None, False),
    Bar("005930", "KRX", 1, 2, 3, 4, 5, 6),
    LEVEL,
    Gap(None, 1, None, "relay lost"),
    SlotsGranted(1, ("005930",), ()),
    Timer(1),
    DailyRead("a", 1, "005930", (DailyBar("005930", "2025-09-02", 1, 2, 3, 4, 5),)),
    MinutesRead(
        "a", 1, "005930", (MinuteDay("2025-09-02", ((540, 1, 2, 3, 4, 5),)),), (("d", "w"),)
    ),
    IndexRead("a", 1, LEVEL),
    AskFailed("a", 1, None, "away"),
    ProgramNet("KOSPI", 1, -5),
    ProgramNet("KOSDAQ", 1, -5, "a"),
    AskFailed("a", 1, "005930", "not on paper", offered=False),
    QuoteRead("a", 1, QUOTE),
    IndexDaysRead("a", 1, "0001", (IndexDay("0001", "2025-09-02", PT, PT, PT, PT),)),
    FlowsRead("a", 1, "005930", (FLOW_DAY,)),
    EstimatesRead("a", 1, "005930", (ESTIMATE,)),
    EstimatesRead("a", 1, "005930", ()),
    ProgramRead("a", 1, "005930", PROGRAM),
    ProgramRead("a", 1, "005930", None),
    OwnRead("a", 1, "artifact", '{"삼성": 1}'),
    IntentDecided(**FIRST, result=approved("i")),
    OrderAccepted(**ORDER, broker_id="1"),
    OrderFilled(
        **ORDER, side="BUY", shares=1, value_krw=2, filled=1, filled_value_krw=2, cost_krw=0
    ),
    OrderClosed(
        **ORDER, side="SELL", state=OrderState.EXPIRED, filled=0, filled_value_krw=0, why="time"
    ),
    AllocationChanged(**FIRST, shares=1, cost_krw=2, stop_krw=None, realised_krw=0, why="fill"),
    StopFired(**FIRST, order_id="o", stop_krw=1, price_krw=1),
    BooksRead(at=AT, account=ACCOUNT, allocations=(), orders=None),
    IntentAnswered(at=AT, symbol=None, result=approved("i")),
    IntentUnanswered(at=AT, intent_id="i", symbol="005930", why="away", final=False),
    OmsLine(at=AT, up=False, why="away"),
]
TRIP = RoundTrip(
    "t", "005930", "Semiconductors", "s", 1, 2, 10, 1.5, None, 1, "in", "out", 3, -4, 5, None, 1.0,
    -1.0, 0.5, None, (("quality", 80.0), ("bound_by", "risk"), ("n", 3), ("none", None)),
)  # fmt: skip
FILTERS = (Filter("depth", 1.5, 2.0, True, 33.3), Filter("index", None, None, False))
ENTERED = Entered(
    "t", "005930", "Semiconductors", "panic", 1, 10, 1.5, None, "i", None, False,
    (Factor("surge", 3.5, 2.5, 0.4), Factor("leader", True)), FILTERS,
    (("base_risk", 0.005), ("cap", "equity")), (("equity", None), ("held", ("000660",))),
    (("answered", 12.5), ("filled", None)),
)  # fmt: skip
MISSED = Missed(
    "005930", 1, "panic", "spread", "too wide", "late", 0.7, 10_000, None, 10_400, FILTERS,
    ("000660",),
)  # fmt: skip
STEP = Step(
    None,
    intents=(Exit(intent_id="i", symbol="005930", reason="r"),),
    asks=(
        AskDaily("a", "005930", "2025-01-01", "2025-09-02"),
        AskMinutes("b", "005930", (("2025-09-02", "09:00", "10:59"),)),
        AskQuote("c", "005930"),
        AskIndex("d", "0001"),
        AskIndexDays("e", "0001", "2025-01-01", "2025-09-02"),
        AskFlows("f", "005930"),
        AskEstimates("g", "005930"),
        AskProgram("h", "005930"),
        AskMarketProgram("i", "KOSDAQ"),
        AskOwn("j", "artifact", '{"day": "2025-09-03"}'),
    ),
    listen=Listen((Hear("005930", 0, 1),), ("0001",)),
    notes=(
        Said("x", None, (("names", ("a", "b")), ("n", 1.5), ("yes", True))),
        TRIP,
        ENTERED,
        Reduced("t", "005930", 2, 5, 5, "partial"),
        MISSED,
        Lenient("005930", 3, "OR_RANGE_MAX", 0.06, 0.055),
    ),
)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_survives(event: Any) -> None:
    again = unpacked(packed(turn_of(3, event, None)))
    assert isinstance(again, Turn)
    assert event_of(again) == event
    assert again.output is None


def test_an_output_survives() -> None:
    output = output_of(STEP)
    assert output is not None
    again = unpacked(packed(turn_of(3, Timer(1), output)))
    assert isinstance(again, Turn)
    assert again.output == output
    assert intents_of(output) == STEP.intents


def test_every_kind_there_is_is_among_them() -> None:
    told = {type(event) for event in EVENTS}
    assert told >= set(get_args(Told)) - set(get_args(MarketEvent))
    assert {type(ask) for ask in STEP.asks} == set(get_args(Ask))
    assert {type(note) for note in STEP.notes} == set(get_args(Note))


@pytest.mark.parametrize("carried", ['{"held": {"005930": 1}}', "", None])
def test_a_head_survives_with_what_it_carries(carried: str | None) -> None:
    head = Head(FORMAT, "toy", DAY, "{}", 7, carried)
    assert unpacked(packed(head)) == head


def test_a_record_of_before_a_day_carried_anything_is_still_read() -> None:
    head = Head(FORMAT, "toy", DAY, "{}", 7)
    short = msgspec.msgpack.encode(msgspec.msgpack.decode(packed(head))[:-1])
    assert unpacked(short) == head
    net = turn_of(1, ProgramNet("KOSPI", 1, -5), None)
    old: Any = msgspec.msgpack.decode(packed(net))
    old[2] = old[2][:4]  # tag, market, at_ns, net_buy_krw
    again = unpacked(msgspec.msgpack.encode(old))
    assert isinstance(again, Turn)
    assert event_of(again) == ProgramNet("KOSPI", 1, -5)


def test_a_step_that_asks_for_nothing_has_no_output() -> None:
    assert output_of(Step("state")) is None
    assert output_of(Step("state", listen=Listen((), ()))) is not None
