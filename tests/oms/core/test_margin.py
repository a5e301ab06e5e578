"""What a margin account may open: the broker's room, the margin, the number of contracts."""

from typing import Any, ClassVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from kis_core.wire.account import BuyingPower
from oms.core import records as r
from oms.core.limits import Budget
from tests.oms.core.test_terms import CALL, FUTURE, POINT, asked, contract_limits
from tests.oms.stories import SAMSUNG, Story, of, one

PRICE = 560 * POINT
UNIT = PRICE // 10 + 4_200  # margin and commission of one future
EQUITY = 100_000_000


def power(shares: int, krw: int = EQUITY) -> BuyingPower:
    return BuyingPower(krw, krw, shares)


def answer(outputs: list[r.AnyOutput]) -> tuple[str, int | None, set[str]]:
    decided = one(outputs, r.IntentDecided)
    return decided.status, decided.approved_shares, {v.control for v in decided.trace}


@pytest.mark.parametrize(
    ("wished", "limits", "told", "status", "shares", "control"),
    [
        (3, {}, {}, "APPROVED", 3, None),
        (9, {}, {}, "APPROVED", 7, "cash"),
        (9, {"margin_pct_max": 0.5}, {}, "APPROVED", 3, "margin"),
        (9, {"contracts_max": 2}, {}, "APPROVED", 2, "contracts"),
        (9, {}, {"power": power(4)}, "APPROVED", 4, "openable"),
        (1, {}, {"power": power(0)}, "REFUSED", None, "openable"),
        (1, {"margin_pct_max": 0.1}, {}, "REFUSED", None, "margin"),
    ],
    ids=[
        "room for all",
        "the cash",
        "half of the equity",
        "two of a symbol",
        "the broker's room",
        "the broker has none",
        "less than one",
    ],
)
def test_a_future_takes_its_margin(
    wished: int,
    limits: dict[str, Any],
    told: dict[str, Any],
    status: str,
    shares: int | None,
    control: str | None,
) -> None:
    for short in (False, True):
        story = Story(contract_limits(**limits)).ready()
        found = answer(asked(story, FUTURE, PRICE, short=short, shares=wished, **told))
        assert found[:2] == (status, shares), found
        assert control is None or control in found[2]
        assert story.book.cash_krw == EQUITY - (shares or 0) * UNIT


def test_a_bought_option_takes_its_whole_premium() -> None:
    story = Story(contract_limits(margin_pct_max=0.05)).ready()
    told = {"lower_krw": 2_500, "upper_krw": 10**7}
    outputs = asked(story, CALL, 4 * POINT, shares=9, quote=told, power=power(90))
    assert answer(outputs)[:2] == ("APPROVED", 4)
    assert story.book.cash_krw == EQUITY - 4 * (4 * POINT + 1_400)


@pytest.mark.parametrize(
    ("room", "status", "shares", "control"),
    [
        (None, "DEFERRED", None, "cash"),
        (power(0), "REFUSED", None, "openable"),
        (power(40), "APPROVED", 2, "strategy_budget_risk"),  # 2.5 million each of 5 at risk
        (power(1), "REFUSED", None, "strategy_budget_risk"),
    ],
    ids=["no answer", "no room", "by the margin it takes", "one takes all"],
)
def test_a_sold_option_is_sized_by_what_backs_it_not_by_its_stop(
    room: BuyingPower | None, status: str, shares: int | None, control: str
) -> None:
    story = Story(contract_limits()).ready()
    told = {"lower_krw": 2_500, "upper_krw": 10**7}
    outputs = asked(story, CALL, 4 * POINT, short=True, shares=9, quote=told, power=room)
    found = answer(outputs)
    assert found[:2] == (status, shares), found
    assert control in found[2]
    assert story.book.cash_krw == EQUITY - (shares or 0) * 2_500_000


@pytest.mark.parametrize(
    ("missing_krw", "status"),
    [(0, "APPROVED"), (1, "REFUSED"), (None, "DEFERRED")],
    ids=["none", "a won", "not said"],
)
def test_missing_margin_stops_entries_and_no_exit(missing_krw: int | None, status: str) -> None:
    story = Story(contract_limits()).ready()
    order = one(asked(story, FUTURE, PRICE), r.OrderPlanned)
    story.notice(story.answer(order.order_id), 1, PRICE, symbol=FUTURE)
    story.wait(10).balance(EQUITY, {FUTURE: 1}, margin_call_krw=missing_krw)
    told = {"lower_krw": 2_500, "upper_krw": 10**7}
    assert answer(asked(story, CALL, 4 * POINT, quote=told))[0] == status
    assert one(story.ask("EXIT", symbol=FUTURE), r.OrderPlanned).side == "SELL"


def test_stocks_are_asked_for_no_margin() -> None:
    story = Story(contract_limits(instruments="stocks", contracts_max=1, gross_pct_max=1.0)).ready()
    story.balance(EQUITY, margin_call_krw=1)
    assert one(story.enter(10, symbol=SAMSUNG), r.IntentDecided).status == "APPROVED"


class Interleavings(RuleBasedStateMachine):
    """Whatever is asked, told and read in whatever order, margin and number keep their caps."""

    SYMBOLS: ClassVar[tuple[str, ...]] = (FUTURE, "105W12")
    MOST, CAP = 4, 0.6

    def __init__(self) -> None:
        super().__init__()
        limits = contract_limits(
            contracts_max=self.MOST,
            margin_pct_max=self.CAP,
            balance_age_s_max=10**6,
            quote_age_s_max=10**6,
            budgets={name: Budget(8, 0.5, 20.0, 0) for name in ("KMP", "KPR")},
        )
        self.story = Story(limits).ready()
        self.numbers: dict[str, str] = {}

    def number(self, order_id: str) -> str:
        if order_id not in self.numbers:
            self.numbers[order_id] = self.story.answer(order_id)
        return self.numbers[order_id]

    def taken(self) -> int:
        """Return the contracts held or being opened, of all symbols."""
        return sum(self.of(symbol) for symbol in self.SYMBOLS)

    def of(self, symbol: str) -> int:
        held = self.story.book.listing(symbol).allocations.values()
        opening = [o for o in self.story.book.open_orders.values() if o.opens]
        return sum(a.shares for a in held) + sum(o.remaining for o in opening if o.symbol == symbol)

    @rule(
        strategy=st.sampled_from(("KMP", "KPR")),
        symbol=st.sampled_from(SYMBOLS),
        short=st.booleans(),
        shares=st.integers(1, 6),
        room=st.sampled_from((None, 2, 50)),
    )
    def enter(self, strategy: str, symbol: str, short: bool, shares: int, room: int | None) -> None:
        before, told = self.taken(), None if room is None else power(room)
        outputs = asked(
            self.story, symbol, PRICE, short=short, shares=shares, strategy=strategy, power=told
        )
        for order in of(outputs, r.OrderPlanned):
            assert self.taken() - before == order.shares <= min(shares, room or shares)
            self.number(order.order_id)

    @rule(pick=st.integers(0, 20), shares=st.integers(1, 4))
    def fill(self, pick: int, shares: int) -> None:
        orders = sorted(self.story.book.open_orders.values(), key=lambda o: o.order_id)
        if not orders:
            return
        order = orders[pick % len(orders)]
        filled = min(order.shares, order.filled + shares)
        number = self.number(order.order_id)
        self.story.wait(1).history(
            self.story.row(order.order_id, number, filled=filled, value_krw=filled * PRICE)
        )

    @rule(pick=st.integers(0, 20))
    def cancel(self, pick: int) -> None:
        orders = [o for o in self.story.book.open_orders.values() if o.opens]
        if not orders:
            return
        order = orders[pick % len(orders)]
        left = order.shares - order.filled
        row = self.story.row(order.order_id, self.number(order.order_id), cancelled=left)
        self.story.wait(1).history(row)

    @rule(strategy=st.sampled_from(("KMP", "KPR")), symbol=st.sampled_from(SYMBOLS))
    def leave(self, strategy: str, symbol: str) -> None:
        self.story.ask("EXIT", strategy, symbol=symbol)

    @rule()
    def read(self) -> None:
        """The broker says what is left, the working orders taken off."""
        self.story.wait(2).cash(EQUITY - self.taken() * UNIT)

    @invariant()
    def no_cap_is_exceeded(self) -> None:
        assert all(self.of(symbol) <= self.MOST for symbol in self.SYMBOLS)
        assert self.taken() * UNIT <= int(EQUITY * self.CAP)
        assert (self.story.book.cash_krw or 0) <= EQUITY - self.taken() * UNIT


TestInterleavings = Interleavings.TestCase
TestInterleavings.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
