"""Every kind of event and output survives the journal's bytes."""

from decimal import Decimal
from typing import Any

import pytest

from kis_core.market.events import (
    Bar,
    Book,
    DailyBar,
    Gap,
    IndexLevel,
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
    AskDaily,
    AskFailed,
    AskIndex,
    AskMinutes,
    AskQuote,
    DailyRead,
    Hear,
    IndexRead,
    IntentAnswered,
    IntentUnanswered,
    Listen,
    MinuteDay,
    MinutesRead,
    OmsLine,
    ProgramNet,
    RoundTrip,
    Said,
    Step,
)
from strategy_runtime.turns import (
    Turn,
    event_of,
    intents_of,
    output_of,
    packed,
    turn_of,
    unpacked,
)
from tests.strategy_runtime.toys import AT, approved, trade

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
    IntentAnswered(at=AT, symbol=None, result=approved("i")),
    IntentUnanswered(at=AT, intent_id="i", symbol="005930", why="away", final=False),
    OmsLine(at=AT, up=False, why="away"),
]
TRIP = RoundTrip(
    "t", "005930", "Semiconductors", "s", 1, 2, 10, 1.5, None, 1, "in", "out", 3, -4, 5, None, 1.0,
    -1.0, 0.5, None, (("quality", 80.0), ("bound_by", "risk"), ("n", 3), ("none", None)),
)  # fmt: skip
STEP = Step(
    None,
    intents=(Exit(intent_id="i", symbol="005930", reason="r"),),
    asks=(
        AskDaily("a", "005930", "2025-01-01", "2025-09-02"),
        AskMinutes("b", "005930", (("2025-09-02", "09:00", "10:59"),)),
        AskQuote("c", "005930"),
        AskIndex("d", "0001"),
    ),
    listen=Listen((Hear("005930", 0, 1),), ("0001",)),
    notes=(Said("x", None, (("names", ("a", "b")), ("n", 1.5), ("yes", True))), TRIP),
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


def test_a_step_that_asks_for_nothing_has_no_output() -> None:
    assert output_of(Step("state")) is None
    assert output_of(Step("state", listen=Listen((), ()))) is not None
