"""Two of our own orders never trade with each other, and no exit waits for ever."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from kis_core.clock import SECOND_NS, kst
from kis_core.wire.account import NoticeKind, OrderRow
from oms.core import records as r
from oms.core.arbitration import meets
from oms.core.day import next_due_ns
from oms.core.limits import Budget
from oms.core.order import Cancel
from oms.core.words import Style
from oms_client.contract import OrderState
from tests.oms.stories import KOSDAQ150, SAMSUNG, Story, of, one, some_limits

WAIT_S = 10
BUDGETS = {name: Budget(8, 1.0, 1.0, 0) for name in ("KMP", "KPR", "PCIM")}


@pytest.fixture
def apart(story_of: Callable[..., Story]) -> Story:
    """KMP holds ten, and own orders are held apart."""
    story = story_of(crossing_wait_s=WAIT_S, budgets=BUDGETS)
    story.hold(10, "KMP")
    return story.wait(1)


def buying(story: Story, limit_krw: int = 70_000) -> tuple[str, str]:
    """KPR's buy works; return its id and its number."""
    order_id = str(one(story.enter(5, "KPR", limit_krw=limit_krw), r.OrderPlanned).order_id)
    return order_id, story.answer(order_id)


def gone(story: Story, number: str) -> list[r.AnyOutput]:
    """The exchange says that a cancel happened."""
    return story.notice(
        "0000009001", 5, kind=NoticeKind.CANCELLED, original_id=number, change="cancel"
    )


@pytest.mark.parametrize(
    ("sell_krw", "buy_krw", "waits"),
    [
        (None, 70_000, True),
        (70_000, 70_000, True),
        (69_900, 70_000, True),
        (70_100, 70_000, False),
    ],
    ids=["at the market", "at the same price", "below the buy", "above the buy"],
)
def test_a_sell_waits_for_the_cancel_of_the_buys_it_would_meet(
    apart: Story, sell_krw: int | None, buy_krw: int, waits: bool
) -> None:
    order_id, number = buying(apart, buy_krw)
    outputs = apart.ask("EXIT", limit_krw=sell_krw)
    assert one(outputs, r.IntentDecided).status == "APPROVED"
    sell = one(outputs, r.OrderPlanned).order_id
    assert [c.order_id for c in of(outputs, r.CancelPlanned)] == ([order_id] if waits else [])
    assert bool(of(outputs, r.OrderSent)) is not waits
    if waits:
        assert one(gone(apart, number), r.OrderSent).order_id == sell


@pytest.mark.parametrize("style", ["BEST", "TOP", "MID"])
def test_an_entry_without_a_price_waits_for_every_sell_of_ours(apart: Story, style: Style) -> None:
    sell = one(apart.ask("EXIT", limit_krw=71_000), r.OrderPlanned).order_id
    apart.answer(sell)
    quote = apart.quote(nxt=True)
    limited = apart.enter(5, "KPR", limit_krw=70_000, quote=quote)
    assert one(limited, r.IntentDecided).status == "APPROVED"
    execution = r.Execution(style)
    answer = one(
        apart.enter(5, "PCIM", limit_krw=70_000, quote=quote, execution=execution), r.IntentDecided
    )
    assert answer.status == "DEFERRED"
    assert "crossing" in {verdict.control for verdict in answer.trace}


def test_a_stop_clears_its_way_too(apart: Story) -> None:
    _, number = buying(apart)
    outputs = apart.trade(68_000)
    assert of(outputs, r.StopFired)
    assert of(outputs, r.OrderSent) == []
    assert one(gone(apart, number), r.OrderSent)


def test_a_buy_that_filled_instead_lets_the_sell_go(apart: Story) -> None:
    _, number = buying(apart)
    apart.ask("EXIT")
    assert one(apart.notice(number, 5), r.OrderSent)
    assert apart.allocation("KPR").shares == 5


def test_an_exit_waits_no_longer_than_the_patience_whatever_the_broker_says(apart: Story) -> None:
    buying(apart)
    sell = one(apart.ask("EXIT"), r.OrderPlanned).order_id
    assert next_due_ns(apart.book, apart.now_ns) == apart.now_ns + WAIT_S * SECOND_NS
    assert of(apart.wait(WAIT_S - 1).timer(), r.OrderSent) == []
    assert one(apart.wait(1).timer(), r.OrderSent).order_id == sell


def test_the_way_is_asked_for_again_when_a_cancel_was_declined_and_the_buy_works_on(
    apart: Story,
) -> None:
    order_id, _ = buying(apart)
    apart.ask("EXIT")
    apart.tell(r.CancelAnswered(at_ns=apart.now_ns, order_id=order_id, answer="declined"))
    outputs = apart.wait(3).history(apart.row(order_id))
    assert one(outputs, r.CancelPlanned).order_id == order_id
    assert of(outputs, r.OrderSent) == []


def test_a_cancel_that_is_declined_again_and_again_is_asked_for_later_each_time(
    apart: Story,
) -> None:
    """The broker may list an order as working and never cancel it: its issue was delisted."""
    order_id, _ = buying(apart)
    apart.ask("EXIT")
    begun_ns, asked_s = apart.now_ns, [0]
    for _ in range(300):
        if apart.book.orders[order_id].cancel is Cancel.SENT:
            apart.tell(r.CancelAnswered(at_ns=apart.now_ns, order_id=order_id, answer="declined"))
        if of(apart.wait(0.25).history(apart.row(order_id)), r.CancelPlanned):
            asked_s.append((apart.now_ns - begun_ns) / SECOND_NS)
    waits = [round(later - earlier) for earlier, later in itertools.pairwise(asked_s)]
    assert waits[:6] == [0, 1, 2, 4, 8, 10]
    assert set(waits[6:]) == {10}


def test_a_buy_without_an_answer_is_cancelled_once_it_has_a_number(apart: Story) -> None:
    order_id = one(apart.enter(5, "KPR"), r.OrderPlanned).order_id
    outputs = apart.ask("EXIT")
    assert one(outputs, r.CancelWanted).order_id == order_id
    assert of(outputs, r.OrderSent) == []
    apart.answer(order_id)
    assert of(apart.told[-1][1], r.CancelPlanned)
    assert of(apart.told[-1][1], r.OrderSent) == []


def test_an_entry_waits_while_a_sell_of_ours_works_at_a_price_it_would_meet(apart: Story) -> None:
    sell = one(apart.ask("REDUCE", shares=4, limit_krw=70_000), r.OrderPlanned).order_id
    number = apart.answer(sell)
    decided = one(apart.enter(5, "KPR"), r.IntentDecided)
    assert (decided.status, decided.trace[0].control) == ("DEFERRED", "crossing")
    below = apart.enter(5, "KPR", limit_krw=69_900)
    assert one(below, r.IntentDecided).status == "APPROVED"
    apart.answer(one(below, r.OrderPlanned).order_id)
    apart.notice(number, 4, side="SELL")
    assert one(apart.enter(5, "PCIM"), r.IntentDecided).status == "APPROVED"


def test_a_buy_that_comes_back_from_the_dead_is_withdrawn_while_a_sell_works(apart: Story) -> None:
    lost = one(apart.enter(5, "KPR"), r.OrderPlanned).order_id
    sent_at = f"{kst(apart.now_ns):%H%M%S}"
    apart.unknown(lost)
    for _ in range(3):
        apart.wait(11).history()
    assert apart.book.orders[lost].state is OrderState.REJECTED
    apart.wait(1)
    apart.answer(one(apart.ask("EXIT"), r.OrderPlanned).order_id)
    outputs = apart.history(apart.row(lost, "0000000777", ordered_at=sent_at))
    assert one(outputs, r.CancelPlanned).order_id == lost


def test_journals_from_before_know_no_such_wait(story: Story) -> None:
    story.hold(10)
    story.wait(100).enter(5, "KPR")
    outputs = story.ask("EXIT")
    assert one(outputs, r.OrderSent)
    assert of(outputs, r.CancelPlanned) == []


@dataclass
class Standing:
    """One order as the exchange has it."""

    order_id: str
    side: str
    limit_krw: int | None
    left: int
    patient: bool  # it waited its whole time
    number: str | None = None
    is_answered: bool = False
    cancelling: bool = False


class Exchange(RuleBasedStateMachine):
    """A market that keeps our orders, fills, cancels and forgets to answer as it likes."""

    def __init__(self) -> None:
        super().__init__()
        limits = some_limits(
            crossing_wait_s=WAIT_S,
            budgets=BUDGETS,
            position_pct_max=1.0,
            sector_pct_max=1.0,
            balance_age_s_max=10**6,
        )
        self.story = Story(limits).ready()
        self.orders: dict[str, Standing] = {}
        self._texts = 0
        for strategy in ("KMP", "KPR"):
            self.story.hold(20, strategy)
        self.held = 40

    def tell(self, outputs: list[r.AnyOutput]) -> None:
        for out in outputs:
            if isinstance(out, r.OrderSent):
                order = self.story.book.orders[out.order_id]
                waited = out.at_ns - order.created_ns >= WAIT_S * SECOND_NS
                self.orders[out.order_id] = Standing(
                    out.order_id, order.side, order.limit_krw, order.shares, waited
                )
            elif isinstance(out, r.CancelPlanned):
                self.orders[out.order_id].cancelling = True

    def pick(self, n: int, **needs: object) -> Standing | None:
        found = [
            o
            for o in self.orders.values()
            if o.left and all(getattr(o, name) == value for name, value in needs.items())
        ]
        return found[n % len(found)] if found else None

    def text(self) -> str:
        self._texts += 1
        return f"{self._texts:06d}"

    @rule(
        strategy=st.sampled_from(sorted(BUDGETS)),
        limit=st.integers(695, 705),
        shares=st.integers(1, 20),
    )
    def enter(self, strategy: str, limit: int, shares: int) -> None:
        self.tell(self.story.enter(shares, strategy, limit_krw=limit * 100, stop_krw=60_000))

    @rule(strategy=st.sampled_from(["KPR", "PCIM"]), limit=st.integers(695, 705))
    def work_a_buy(self, strategy: str, limit: int) -> None:
        self.tell(
            self.story.ask(
                "SET_TARGET", strategy, shares=100, limit_krw=limit * 100, stop_krw=60_000
            )
        )
        self.answer(len(self.orders) - 1)

    @rule(
        strategy=st.sampled_from(sorted(BUDGETS)),
        limit=st.none() | st.integers(695, 705),
        shares=st.integers(1, 20),
    )
    def reduce(self, strategy: str, limit: int | None, shares: int) -> None:
        krw = None if limit is None else limit * 100
        self.tell(self.story.ask("REDUCE", strategy, shares=shares, limit_krw=krw))

    @rule(strategy=st.sampled_from(sorted(BUDGETS)), flatten=st.booleans())
    def leave(self, strategy: str, flatten: bool) -> None:
        self.tell(self.story.ask("FLATTEN" if flatten else "EXIT", strategy))

    @rule()
    def the_stops_are_reached(self) -> None:
        self.tell(self.story.trade(59_000))

    @rule(n=st.integers(0, 40))
    def answer(self, n: int) -> None:
        order = self.pick(n, is_answered=False)
        if order is not None:
            order.is_answered = True
            order.number = self.story.answer(order.order_id)
            self.tell(self.story.told[-1][1])

    @rule(n=st.integers(0, 40))
    def lose_the_answer(self, n: int) -> None:
        order = self.pick(n, is_answered=False)
        if order is not None:
            order.is_answered = True
            self.tell(self.story.unknown(order.order_id))

    @rule(n=st.integers(0, 40), shares=st.integers(1, 20))
    def fill(self, n: int, shares: int) -> None:
        order = self.pick(n)
        if order is None or order.number is None:
            return
        shares = min(shares, order.left)
        order.left -= shares
        self.held += shares if order.side == "BUY" else -shares
        told = self.story.notice(order.number, shares, 70_000, order.side, at_text=self.text())
        self.tell(told)

    @rule(n=st.integers(0, 40), told=st.booleans())
    def cancel(self, n: int, told: bool) -> None:
        order = self.pick(n, cancelling=True)
        if order is None or order.number is None:
            return
        order.left = 0
        if told:
            kind = NoticeKind.CANCELLED
            self.tell(
                self.story.notice(
                    "0000099999", 1, kind=kind, original_id=order.number, change="cancel"
                )
            )

    @rule(n=st.integers(0, 40), answer=st.sampled_from(["accepted", "declined", "unknown"]))
    def answer_a_cancel(self, n: int, answer: r.Answer) -> None:
        order = self.pick(n, cancelling=True)
        if order is not None:
            at_ns = self.story.now_ns
            self.tell(
                self.story.tell(
                    r.CancelAnswered(at_ns=at_ns, order_id=order.order_id, answer=answer)
                )
            )

    @rule()
    def read_the_history(self) -> None:
        rows: list[OrderRow] = []
        book = self.story.wait(1).book
        for order in self.orders.values():
            known = book.orders[order.order_id]
            if order.is_answered and order.number is None:
                order.number = f"{50_000 + int(self.text()):010d}"
            if order.number is None:
                continue
            at_text = f"{kst(known.sent_ns or 0):%H%M%S}"
            over = order.left == 0
            cancelled = known.shares - known.filled if over else 0
            row = self.story.row(
                order.order_id,
                order.number,
                ordered_at=at_text,
                value_krw=known.filled * 70_000,
                cancelled=cancelled,
                remaining=0 if over else order.left,
            )
            rows.append(row)
        self.tell(self.story.history(*rows))

    @rule(seconds=st.integers(1, 12))
    def wait(self, seconds: int) -> None:
        self.tell(self.story.wait(seconds).timer())

    @rule()
    def restart(self) -> None:
        self.tell(self.story.restart())
        for order in self.orders.values():
            order.is_answered = True

    @invariant()
    def no_two_orders_of_ours_could_trade_with_each_other(self) -> None:
        standing = [o for o in self.orders.values() if o.left]
        for sell in standing:
            for buy in standing:
                if (sell.side, buy.side) == ("SELL", "BUY") and not sell.patient:
                    assert not meets(buy.limit_krw, sell.limit_krw), f"{sell} {buy}"

    @invariant()
    def no_more_is_being_sold_than_the_broker_lets_us_sell(self) -> None:
        book = self.story.book
        selling = sum(a.selling for a in book.allocations())
        assert selling <= self.held == book.listing(SAMSUNG).allocated

    @invariant()
    def a_planned_sell_has_a_time_at_which_it_leaves(self) -> None:
        book = self.story.book
        for order in book.open_orders.values():
            if order.state is OrderState.PLANNED and not book.unsettled(SAMSUNG, "SELL"):
                assert next_due_ns(book, self.story.now_ns) <= max(
                    self.story.now_ns, order.created_ns + WAIT_S * SECOND_NS
                )


TestOurOwnOrdersStayApart = Exchange.TestCase
TestOurOwnOrdersStayApart.settings = settings(
    max_examples=120,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def test_the_machine_sees_a_crossing() -> None:
    """Were the two let out side by side, its first invariant would say so."""
    machine = Exchange()
    machine.work_a_buy("KPR", 700)
    machine.orders["x"] = Standing("x", "SELL", None, 10, False)
    with pytest.raises(AssertionError):
        machine.no_two_orders_of_ours_could_trade_with_each_other()


# Contracts, held either way


@pytest.fixture
def contracts(story_of: Callable[..., Story]) -> Story:
    """KMP is short ten, in an account of contracts."""
    story = story_of(
        symbol=KOSDAQ150,
        crossing_wait_s=WAIT_S,
        budgets=BUDGETS,
        instruments="derivatives",
        margin_pct=0.2,
        unknown_sector="allow",
    )
    asked = story.enter(10, "KMP", direction="SHORT", stop_krw=72_000)
    order = one(asked, r.OrderPlanned)
    assert order.side == "SELL"
    story.notice(story.answer(order.order_id), 10, side="SELL")
    assert story.allocation("KMP").direction == "SHORT"
    return story.wait(1)


def test_buying_back_clears_its_way_of_anothers_short_entry(contracts: Story) -> None:
    other = one(
        contracts.enter(5, "KPR", direction="SHORT", stop_krw=72_000), r.OrderPlanned
    ).order_id
    number = contracts.answer(other)
    outputs = contracts.ask("EXIT")
    assert one(outputs, r.OrderPlanned).side == "BUY"
    assert one(outputs, r.CancelPlanned).order_id == other
    assert of(outputs, r.OrderSent) == []
    assert one(gone(contracts, number), r.OrderSent)


def test_two_entries_on_opposite_sides_do_not_meet(contracts: Story) -> None:
    first = one(contracts.enter(5, "KPR"), r.OrderPlanned).order_id
    contracts.answer(first)
    decided = one(contracts.enter(5, "PCIM", direction="SHORT", stop_krw=72_000), r.IntentDecided)
    assert [v.control for v in decided.trace] == ["crossing"]


def test_an_exit_waits_for_an_exit_on_the_other_side_and_withdraws_it_not(
    contracts: Story,
) -> None:
    contracts.hold(10, "KPR")
    contracts.wait(1)
    first = one(contracts.ask("EXIT", "KMP"), r.OrderSent).order_id
    number = contracts.answer(first)
    outputs = contracts.ask("EXIT", "KPR")
    assert of(outputs, r.CancelPlanned) == []
    assert of(outputs, r.OrderSent) == []
    assert one(contracts.notice(number, 10), r.OrderSent)
