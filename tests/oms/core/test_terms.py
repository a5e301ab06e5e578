"""An entry keeps to the terms of its own instrument: steps, the day's limits, costs, cash."""

from datetime import date
from typing import Any

import msgspec
import pytest

from oms.core import amendment, chase, terms
from oms.core import records as r
from oms.core.limits import Budget, Limits
from oms.core.words import Quote
from tests.oms.stories import SAMSUNG, Story, of, one, some_limits

FUTURE, CALL, VKOSPI = "101W12", "201W12350", "104W12"
POINT = 250_000


def contract_limits(**changes: Any) -> Limits:
    """Return limits of a futures account that let an ordinary entry through."""
    values: dict[str, Any] = {
        "instruments": "derivatives",
        "margin_pct": 0.1,
        "commission_ppm": 30,
        "options_commission_ppm": 1_400,
        "gross_pct_max": 20.0,
        "position_pct_max": 20.0,
        "regime_caps": {"NORMAL": 20.0},
        "unknown_sector": "allow",
        "order_value_krw_max": 10**9,
        "budgets": {"KMP": Budget(8, 0.05, 20.0, 90)},
    }
    return some_limits(**(values | changes))


def quote(story: Story, symbol: str, price_krw: int, **fields: Any) -> Quote:
    values = {"base_krw": price_krw, "market": None, "bid_krw": price_krw}
    return story.quote(symbol, price_krw, **(values | fields))


def asked(
    story: Story, symbol: str, limit_krw: int, *, short: bool = False, **fields: Any
) -> list[r.AnyOutput]:
    """Ask for one contract whose last trade was at 560 points, or 4 of an option."""
    price_krw = 4 * POINT if symbol == CALL else 560 * POINT
    told = quote(story, symbol, price_krw, **fields.pop("quote", {}))
    stop_krw = fields.pop("stop_krw", limit_krw + 100_000 if short else limit_krw - 100_000)
    return story.ask(
        "ENTER",
        symbol=symbol,
        shares=fields.pop("shares", 1),
        limit_krw=limit_krw,
        stop_krw=stop_krw,
        direction="SHORT" if short else "LONG",
        quote=told,
        **fields,
    )


@pytest.mark.parametrize(
    ("symbol", "limit_krw", "told", "answer"),
    [
        (FUTURE, 560 * POINT + 12_500, {}, "approved"),
        (FUTURE, 560 * POINT + 500, {}, "Limit 140,000,500 is off the tick: step 12500"),
        (CALL, 4 * POINT + 2_500, {"lower_krw": 2_500, "upper_krw": 10**7}, "approved"),
        (CALL, 4 * POINT + 500, {"lower_krw": 2_500, "upper_krw": 10**7}, "off the tick"),
        (CALL, 4 * POINT, {}, "price limits are not known yet"),
        (CALL, 4 * POINT, {"lower_krw": 2_500, "upper_krw": 10**6 - 2_500}, "outside the day's"),
        (FUTURE, 560 * POINT, {"base_krw": 512 * POINT}, "outside the day's"),
        (FUTURE, 560 * POINT, {"base_krw": None}, "price limits are not known yet"),
        (VKOSPI, 560 * POINT, {}, "The price steps of 104W12 are not established"),
        (SAMSUNG, 560 * POINT, {}, "The price steps of 005930 are not established"),
    ],
    ids=[
        "on a future's step",
        "on a stock's step",
        "on an option's step",
        "off an option's step",
        "an option's limits follow from no base",
        "an option beyond the broker's limits",
        "a future beyond 8 percent",
        "no base",
        "no terms",
        "a stock",
    ],
)
def test_an_entry_keeps_to_the_terms_of_its_contract(
    symbol: str, limit_krw: int, told: dict[str, Any], answer: str
) -> None:
    story = Story(contract_limits()).ready()
    decided = one(asked(story, symbol, limit_krw, quote=told), r.IntentDecided)
    reasons = [decided.message] + [v.reason for v in decided.trace]
    assert any(answer in reason for reason in reasons), reasons
    assert (decided.status == "APPROVED") == (answer == "approved")


@pytest.mark.parametrize(
    ("short", "limit_krw", "carried_krw"),
    [
        (False, 562 * POINT, 560 * POINT + 287_500),  # 20 bp above the ask, up to the step
        (True, 558 * POINT, 560 * POINT - 287_500),
    ],
    ids=["a buy", "a sale"],
)
def test_an_urgent_entry_carries_a_price_on_the_contracts_step(
    short: bool, limit_krw: int, carried_krw: int
) -> None:
    story = Story(contract_limits()).ready()
    outputs = asked(story, FUTURE, limit_krw, short=short, urgency="HIGH")
    assert one(outputs, r.OrderPlanned).limit_krw == carried_krw


def test_a_closing_limit_is_never_worse_than_asked() -> None:
    story = Story(contract_limits()).ready()
    order = one(asked(story, FUTURE, 560 * POINT), r.OrderPlanned)
    story.notice(story.answer(order.order_id), 1, 560 * POINT, symbol=FUTURE)
    outputs = story.ask("EXIT", symbol=FUTURE, limit_krw=560 * POINT + 1)
    assert one(outputs, r.OrderPlanned).limit_krw == 560 * POINT + 12_500


@pytest.mark.parametrize(
    ("symbol", "side", "unit_krw", "taken_krw"),
    [
        (FUTURE, "BUY", 140_000_000, 14_000_000 + 4_200),
        (FUTURE, "SELL", 140_000_000, 14_000_000 + 4_200),
        (CALL, "BUY", 1_000_000, 1_000_000 + 1_400),
        (CALL, "SELL", 1_000_000, None),
    ],
    ids=["a future", "a future short", "a bought option", "a sold option"],
)
def test_what_opening_takes_of_the_cash(
    symbol: str, side: Any, unit_krw: int, taken_krw: int | None
) -> None:
    assert terms.cash_unit_krw(contract_limits(), symbol, side, unit_krw) == taken_krw


def test_an_option_costs_its_own_commission_and_no_tax() -> None:
    limits, day = contract_limits(), date(2025, 11, 20)
    assert terms.cost_krw(limits, CALL, "SELL", 1_000_000, None, day) == 1_400
    assert terms.cost_krw(limits, FUTURE, "SELL", 140_000_000, None, day) == 4_200
    alike = msgspec.structs.replace(limits, options_commission_ppm=None)
    assert terms.cost_krw(alike, CALL, "SELL", 1_000_000, None, day) == 30
    stocks = some_limits()
    assert terms.cost_krw(stocks, SAMSUNG, "SELL", 1_000_000, "KOSDAQ", day) == 140 + 1_500


def test_the_cash_is_what_was_not_taken_for_margins_and_fees() -> None:
    story = Story(contract_limits()).ready()
    order = one(asked(story, FUTURE, 560 * POINT, shares=2), r.OrderPlanned)
    assert order.shares == 2
    assert story.book.cash_krw == 100_000_000 - 2 * 14_004_200
    number = story.answer(order.order_id)
    filled = of(story.notice(number, 1, 560 * POINT, symbol=FUTURE), r.OrderFilled)
    assert [f.cost_krw for f in filled] == [4_200]
    assert story.book.cash_krw == 100_000_000 - 2 * 14_004_200
    story.history(story.row(order.order_id, number, filled=1, cancelled=1))
    assert story.book.cash_krw == 100_000_000 - 14_004_200


def test_a_new_limit_keeps_to_the_contracts_step_and_limits() -> None:
    story = Story(contract_limits()).ready()
    order = one(asked(story, FUTURE, 560 * POINT + 25_000), r.OrderPlanned)
    story.answer(order.order_id)
    working = story.book.orders[order.order_id]
    assert working.worst_krw == 560 * POINT + 25_000
    told = [quote(story, FUTURE, 560 * POINT)]
    for limit_krw, why in (
        (560 * POINT + 500, "between two ticks"),
        (560 * POINT + 12_500, None),
        (500 * POINT, "outside the day's limits"),
    ):
        said = amendment.refusal(story.book, working, limit_krw, told, story.now_ns)
        assert (said is None) if why is None else (why in (said or ""))


def test_a_chase_of_a_contract_goes_by_its_steps() -> None:
    story = Story(contract_limits()).ready()
    order = one(asked(story, FUTURE, 560 * POINT), r.OrderPlanned)
    story.answer(order.order_id)
    working = story.book.orders[order.order_id]
    working.chase, working.worst_krw = r.Chase(5, 3, 1, "CROSS"), 561 * POINT
    seen = quote(story, FUTURE, 560 * POINT + 500, ask_krw=562 * POINT)
    known = terms.of_contract(FUTURE)
    assert known is not None
    assert chase.step_krw(working, seen, known) == 560 * POINT + 12_500
