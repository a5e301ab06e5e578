"""The order machine beside a naive exchange that knows the truth.

Orders, modifies and cancels leave, arrive or not; answers come, late or never; notices come twice,
late or never; the exchange refuses what it had taken; somebody else modifies; the process starts
again from its journal. Whatever the order of things, the book must come to the truth.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from kis_core.clock import SECOND_NS, kst
from kis_core.wire.account import NoticeKind, OrderNotice, OrderRow
from oms.core import amendment, fills, reconcile
from oms.core import records as r
from oms.core.book import Book
from oms.core.order import Modify, Order
from oms_client.contract import OrderState
from tests.oms.stories import DAY, HYNIX, SAMSUNG, Story, some_limits

SYMBOLS = (SAMSUNG, HYNIX)
LIMITS = (69_700, 69_800, 69_900, 70_000)
PICK = st.integers(0, 40)
FATES = ("taken", "taken", "taken", "taken, answer lost", "lost", "declined")
OVER = {OrderState.FILLED, OrderState.CANCELLED, OrderState.REJECTED, OrderState.EXPIRED}


@dataclass
class There:
    """One order number at the exchange. One that is `pending` was taken and not yet acted on."""

    number: int
    order_id: str
    original: int | None
    change: str
    symbol: str
    side: str
    shares: int
    limit_krw: int
    at_ns: int
    pending: bool = False
    filled: int = 0
    value_krw: int = 0
    cancelled: int = 0
    rejected: int = 0
    leaving: int = 0

    @property
    def remaining(self) -> int:
        return self.shares - self.filled - self.cancelled - self.rejected

    @property
    def works(self) -> bool:
        return self.change != "cancel" and not self.pending and self.remaining > 0

    def row(self) -> OrderRow:
        return OrderRow(
            date=DAY.isoformat(),
            broker_id=f"{self.number:010d}",
            original_id=None if self.original is None else f"{self.original:010d}",
            symbol=self.symbol,
            side=self.side,  # type: ignore[arg-type]
            shares=self.shares,
            limit_krw=self.limit_krw,
            order_type="00",
            ordered_at=f"{kst(self.at_ns):%H%M%S}",
            filled=self.filled,
            filled_value_krw=self.value_krw,
            cancelled=self.cancelled,
            rejected=self.rejected,
            remaining=self.remaining,
            is_cancel=self.change == "cancel" or (self.cancelled > 0 and self.remaining == 0),
            branch="06010",
        )


@dataclass
class Exchange:
    """The truth: every number, what it filled, and the notices it has sent."""

    rows: dict[int, There] = field(default_factory=dict)
    notices: list[OrderNotice] = field(default_factory=list)
    fills: int = 0

    def take(self, order_id: str, now_ns: int, **terms: Any) -> There:
        number = 1001 + len(self.rows)
        self.rows[number] = There(number, order_id, at_ns=now_ns, **terms)
        return self.rows[number]

    def change(self, change: str, number: int, limit_krw: int | None, now_ns: int) -> There | None:
        """Take a modify or cancel of all that is left; None where nothing is."""
        of_ = self.rows[number]
        free = of_.remaining - of_.leaving
        if free <= 0 or of_.pending:
            return None
        of_.leaving += free
        return self.take(
            of_.order_id,
            now_ns,
            original=number,
            change=change,
            symbol=of_.symbol,
            side=of_.side,
            shares=free,
            limit_krw=of_.limit_krw if limit_krw is None else limit_krw,
            pending=True,
        )

    def act(self, one: There, refuses: bool = False) -> None:
        """Let the exchange answer a change that was taken: it holds, or is refused after all."""
        of_ = self.rows[one.original or 0]
        of_.leaving -= one.shares
        one.pending = False
        if refuses or of_.remaining == 0:
            one.rejected = one.shares
            self.tell(one, NoticeKind.REJECTED, one.shares, one.limit_krw)
            return
        one.shares = min(one.shares, of_.remaining)
        of_.cancelled += one.shares
        if one.change == "cancel":
            one.cancelled = one.shares
            self.tell(one, NoticeKind.CANCELLED, one.shares, one.limit_krw)
        else:
            self.tell(one, NoticeKind.ACCEPTED, one.shares, one.limit_krw)

    def fill(self, one: There, shares: int) -> None:
        shares = min(shares, one.remaining)
        one.filled += shares
        one.value_krw += shares * one.limit_krw
        self.fills += 1
        self.tell(one, NoticeKind.FILLED, shares, one.limit_krw)

    def tell(self, one: There, kind: NoticeKind, shares: int, price_krw: int) -> None:
        self.notices.append(
            OrderNotice(
                kind=kind,
                account="1234567801",
                broker_id=f"{one.number:010d}",
                original_id=None if one.original is None else f"{one.original:010d}",
                symbol=one.symbol,
                side=one.side,  # type: ignore[arg-type]
                shares=shares,
                price_krw=price_krw,
                order_shares=one.shares,
                change="new" if kind is NoticeKind.FILLED else one.change,  # type: ignore[arg-type]
                at=f"{self.fills:06d}",
            )
        )


class Orders(RuleBasedStateMachine):
    """Whatever happens in whatever order, the book comes to what the exchange holds."""

    def __init__(self) -> None:
        super().__init__()
        self.exchange = Exchange()
        self.story = Story(some_limits(balance_age_s_max=10**6, messages_per_s_max=None)).ready()
        self.leaving: list[r.OrderSent | r.ModifyPlanned | r.CancelPlanned] = []
        self.answers: list[r.AnyInput] = []
        self.old: tuple[int, tuple[OrderRow, ...]] | None = None
        self.sends: Counter[str] = Counter()
        self.modifies: Counter[tuple[str, int]] = Counter()
        self.asked: dict[str, str] = {}  # what is under way, by the number it is asked of
        self.states: dict[str, OrderState] = {}

    # telling the book, and watching what it decides

    def watch(self, outputs: list[r.AnyOutput]) -> list[r.AnyOutput]:
        late: set[str] = set()
        for out in outputs:
            match out:
                case r.OrderSent():
                    self.sends[out.order_id] += 1
                    self.leaving.append(out)
                case r.ModifyPlanned():
                    self.modifies[out.order_id, out.modify] += 1
                    self.ask_of(out.broker_id, "modify")
                    self.leaving.append(out)
                case r.CancelPlanned():
                    self.ask_of(self.number_of(out), "cancel")
                    self.leaving.append(out)
                case (
                    r.ModifySettled(answer="declined" | "absent")
                    | r.CancelSettled(answer="declined")
                ):
                    self.asked_no_more(out.order_id)
                case r.CancelCleared() | r.OrderRenumbered():
                    self.asked_no_more(out.order_id)
            if isinstance(out, r.OrderAnswered | r.OrderFilled | r.OrderRenumbered):
                late.add(out.order_id)
        for order_id, order in self.book.orders.items():
            before = self.states.get(order_id)
            if before in OVER and order.state is not before:
                assert order_id in late, f"{order_id} was {before}, is {order.state}"
                assert before is not OrderState.FILLED
            self.states[order_id] = order.state
        return outputs

    @property
    def book(self) -> Book:
        return self.story.book

    def number_of(self, cancel: r.CancelPlanned) -> str:
        numbers = self.book.orders[cancel.order_id].numbers
        return cancel.broker_id or next(iter(numbers.values())).broker_id

    def ask_of(self, broker_id: str, what: str) -> None:
        assert broker_id not in self.asked, f"{what} of {broker_id} beside {self.asked[broker_id]}"
        self.asked[broker_id] = what

    def asked_no_more(self, order_id: str) -> None:
        for one in self.book.orders[order_id].numbers.values():
            self.asked.pop(one.broker_id, None)

    def picked(self, pick: int, side: str | None = None) -> Order | None:
        found = [o for o in self.book.open_orders.values() if side in (None, o.side)]
        return found[pick % len(found)] if found else None

    # what we do

    @initialize(shares=st.integers(2, 9))
    def one_works_already(self, shares: int) -> None:
        self.enter(0, shares, LIMITS[1])
        self.deliver(0, "taken")
        self.hear_an_answer(0)

    @rule(pick=PICK, shares=st.integers(1, 9), limit_krw=st.sampled_from(LIMITS))
    def enter(self, pick: int, shares: int, limit_krw: int) -> None:
        symbol = SYMBOLS[pick % len(SYMBOLS)]
        strategy = ("KMP", "KPR")[pick % 2]
        self.watch(self.story.enter(shares, strategy, symbol=symbol, limit_krw=limit_krw))

    @rule(pick=PICK, limit_krw=st.sampled_from(LIMITS))
    def sell(self, pick: int, limit_krw: int) -> None:
        held = [a for a in self.book.allocations() if a.sellable]
        if held:
            one = held[pick % len(held)]
            self.watch(
                self.story.ask(
                    "REDUCE",
                    one.strategy_id,
                    symbol=one.symbol,
                    shares=max(1, one.sellable // 2),
                    limit_krw=limit_krw,
                )
            )

    @rule(pick=PICK, limit_krw=st.sampled_from(LIMITS))
    def amend(self, pick: int, limit_krw: int) -> None:
        free = [
            order
            for order in self.book.open_orders.values()
            if amendment.may_leave(order) and order.limit_krw != limit_krw
        ]
        order = free[pick % len(free)] if free else self.picked(pick)
        if order is not None:
            self.watch(
                self.story.operator("amend_order", order_id=order.order_id, limit_krw=limit_krw)
            )

    @rule(pick=PICK)
    def amend_and_let_it_be_taken(self, pick: int) -> None:
        """The usual way: it is taken and its answer comes; the exchange's word may come late."""
        for limit_krw in LIMITS[pick % len(LIMITS) :]:
            self.amend(pick, limit_krw)
            if any(isinstance(one, r.ModifyPlanned) for one in self.leaving):
                self.leaving.sort(key=lambda one: not isinstance(one, r.ModifyPlanned))
                self.deliver(0, "taken" if pick % 2 else "taken, answer lost")
                self.hear_an_answer(len(self.answers) - 1)
                return

    @rule(pick=PICK)
    def cancel(self, pick: int) -> None:
        amending = [o for o in self.book.open_orders.values() if o.amending]
        order = amending[pick % len(amending)] if amending else self.picked(pick)
        if order is not None:
            self.watch(self.story.operator("cancel_order", order_id=order.order_id))

    # what becomes of it on the way

    @rule(pick=PICK, fate=st.sampled_from(FATES))
    def deliver(self, pick: int, fate: str) -> None:
        if not self.leaving:
            return
        sent = self.leaving.pop(pick % len(self.leaving))
        one = self.taken(sent) if fate.startswith("taken") else None
        answer, number = "unknown", None
        if fate == "taken" and one is not None:
            answer, number = "accepted", f"{one.number:010d}"
        elif fate in ("taken", "declined"):
            answer = "declined"
        values: dict[str, Any] = {
            "at_ns": 0,
            "order_id": sent.order_id,
            "answer": answer,
            "broker_id": number,
        }
        match sent:
            case r.OrderSent():
                self.answers.append(r.BrokerAnswered(**values, branch="06010"))
            case r.ModifyPlanned():
                self.answers.append(r.ModifyAnswered(**values, branch="06010", modify=sent.modify))
            case r.CancelPlanned():
                self.answers.append(r.CancelAnswered(**values))

    def taken(self, sent: r.OrderSent | r.ModifyPlanned | r.CancelPlanned) -> There | None:
        now_ns = self.story.now_ns
        match sent:
            case r.OrderSent():
                order = self.book.orders[sent.order_id]
                return self.exchange.take(
                    order.order_id,
                    now_ns,
                    original=None,
                    change="new",
                    symbol=order.symbol,
                    side=order.side,
                    shares=order.shares,
                    limit_krw=order.limit_krw or 0,
                )
            case r.ModifyPlanned():
                return self.exchange.change("modify", int(sent.broker_id), sent.limit_krw, now_ns)
            case r.CancelPlanned():
                return self.exchange.change("cancel", int(self.number_of(sent)), None, now_ns)

    @rule(pick=PICK)
    def hear_an_answer(self, pick: int) -> None:
        if self.answers:
            heard = self.answers.pop(pick % len(self.answers))
            self.watch(self.story.tell(_at(heard, self.story.now_ns)))

    # what happens at the exchange

    @rule(pick=PICK, refuses=st.booleans())
    def exchange_acts(self, pick: int, refuses: bool) -> None:
        waiting = [one for one in self.exchange.rows.values() if one.pending]
        if waiting:
            self.exchange.act(waiting[pick % len(waiting)], refuses)

    @rule(pick=PICK, shares=st.integers(1, 9))
    def fill(self, pick: int, shares: int) -> None:
        working = [one for one in self.exchange.rows.values() if one.works]
        if working:
            self.exchange.fill(working[pick % len(working)], shares)

    @rule(pick=PICK, limit_krw=st.sampled_from(LIMITS))
    def somebody_else_modifies(self, pick: int, limit_krw: int) -> None:
        working = [one for one in self.exchange.rows.values() if one.works and not one.leaving]
        if working:
            number = working[pick % len(working)].number
            one = self.exchange.change("modify", number, limit_krw, self.story.now_ns)
            assert one is not None
            self.exchange.act(one)

    # what we hear of it

    @rule(pick=PICK, again=st.booleans())
    def hear_a_notice(self, pick: int, again: bool) -> None:
        notices = self.exchange.notices
        if notices:
            place = pick % len(notices)
            notice = notices[place] if again else notices.pop(place)
            now_ns = self.story.now_ns
            self.watch(
                self.story.tell(r.NoticeHeard(at_ns=now_ns, arrived_ns=now_ns, notice=notice))
            )

    @rule(pick=PICK)
    def a_notice_is_lost(self, pick: int) -> None:
        if self.exchange.notices:
            self.exchange.notices.pop(pick % len(self.exchange.notices))

    @rule()
    def a_history_is_asked(self) -> None:
        """Its answer takes a while: what happens meanwhile it does not know."""
        self.old = (self.story.now_ns, tuple(o.row() for o in self.exchange.rows.values()))

    @rule()
    def its_answer_comes(self) -> None:
        if self.old is not None:
            asked_ns, rows = self.old
            self.old = None
            ago_s = (self.story.now_ns - asked_ns) / SECOND_NS
            self.watch(self.story.history(*rows, ago_s=ago_s))

    @rule()
    def history(self) -> None:
        self.watch(self.story.history(*(one.row() for one in self.exchange.rows.values())))

    @rule(seconds=st.integers(1, 6))
    def wait(self, seconds: int) -> None:
        self.watch(self.story.wait(seconds).timer())

    @rule()
    def restart(self) -> None:
        """The process is gone: what had not left never will, no answer comes, and nothing else."""
        self.leaving, self.answers, self.old = [], [], None
        live = self.book
        outputs = self.story.restart()
        folded = Book()
        for _, told in self.story.told[:-1]:
            for output in told:
                folded.apply(output)
        for name in ("orders", "open_orders", "by_broker", "cash_krw", "gross_krw"):
            assert getattr(live, name) == getattr(folded, name), name
        self.watch(outputs)

    # what always holds

    @invariant()
    def nothing_is_sent_twice(self) -> None:
        assert max(self.sends.values(), default=1) == 1
        assert max(self.modifies.values(), default=1) == 1

    @invariant()
    def no_share_is_counted_that_was_not_filled(self) -> None:
        for order_id, order in self.book.orders.items():
            there = sum(o.filled for o in self.exchange.rows.values() if o.order_id == order_id)
            assert order.filled <= there, order

    @invariant()
    def what_works_at_the_exchange_is_open_in_the_book_and_reserved(self) -> None:
        may_cost: Counter[tuple[str, str]] = Counter()
        for one in self.exchange.rows.values():
            if one.works:
                order = self.book.orders[one.order_id]
                assert order.is_open, (order, one)
                if order.side == "BUY":
                    may_cost[order.strategy_id, one.symbol] += one.remaining * one.limit_krw
        for (strategy, symbol), krw in may_cost.items():
            assert self.book.allocation(strategy, symbol).reserved_krw >= krw

    @invariant()
    def a_buy_never_leaves_above_what_was_approved(self) -> None:
        for sent in self.leaving:
            if isinstance(sent, r.ModifyPlanned):
                order = self.book.orders[sent.order_id]
                assert order.side == "SELL" or sent.limit_krw <= (order.worst_krw or 0)

    def teardown(self) -> None:
        self.settle()

    def settle(self) -> None:
        """Let everything arrive, and ask as often as the rounds do: then the two must agree."""
        while self.leaving or self.answers or any(o.pending for o in self.exchange.rows.values()):
            self.deliver(0, "taken")
            self.hear_an_answer(0)
            self.exchange_acts(0, False)
        for _ in range(8):
            self.wait(6)
            while self.leaving or self.answers:
                self.deliver(0, "taken")
                self.hear_an_answer(0)
                self.exchange_acts(0, False)
            self.history()
        for order_id, order in self.book.orders.items():
            rows = [o for o in self.exchange.rows.values() if o.order_id == order_id]
            there = (sum(o.filled for o in rows), sum(o.value_krw for o in rows))
            assert (order.filled, order.filled_value_krw) == there, (order, rows)
            working = [o for o in rows if o.works]
            assert order.is_open == bool(working) or order.state is OrderState.PLANNED, order
            assert not order.is_open or order.modify is Modify.NONE, order
            due = order.cancel_at_ns is not None and order.cancel_at_ns + 30 * SECOND_NS
            assert not order.is_open or not due or self.story.now_ns < due, order
            for one in working:
                assert (order.broker_id, order.limit_krw) == (one.row().broker_id, one.limit_krw)
        assert self.book.contradictions == 0


def _at(heard: r.AnyInput, now_ns: int) -> r.AnyInput:
    return type(heard)(
        **{name: getattr(heard, name) for name in heard.__struct_fields__} | {"at_ns": now_ns}
    )


_OFTEN = settings(
    max_examples=80,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestTheBookComesToTheTruth = Orders.TestCase
TestTheBookComesToTheTruth.settings = _OFTEN


def _counts_what_it_hears(patch: pytest.MonkeyPatch) -> None:
    """A notice and a history of the same fill are two fills."""
    patch.setattr(fills, "newly_filled", lambda _, total, krw: (total, krw) if total else None)


def _forgets_earlier_numbers(patch: pytest.MonkeyPatch) -> None:
    """The working number's total is taken for the order's."""
    whole = fills.found

    def found(book: Book, order: Order, told: Any, at_ns: int) -> Any:
        last = int(order.broker_id or 0)
        yield from whole(book, order, {n: row for n, row in told.items() if n == last}, at_ns)

    patch.setattr(fills, "found", found)


def _adopts_nothing(patch: pytest.MonkeyPatch) -> None:
    """A modify in the history is nobody's."""
    patch.setattr(amendment, "shown", lambda *_: iter(()))


def _never_gives_a_modify_up(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(amendment, "settled", lambda *_: iter(()))


def _never_renumbers(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(fills, "renumbered", lambda *_: iter(()))


def _sends_a_modify_again(patch: pytest.MonkeyPatch) -> None:
    """A lost answer is taken for a modify that never left."""
    whole = amendment.answered

    def again(book: Book, answer: r.ModifyAnswered) -> Any:
        yield from whole(book, answer)
        order = book.orders[answer.order_id]
        if answer.answer == "unknown" and order.modify is Modify.UNKNOWN:
            order.modify = Modify.NONE
            yield amendment.planned(order, order.modify_limit_krw or 0, "again", answer.at_ns)

    patch.setattr(amendment, "answered", again)


def _looks_nothing_up(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(reconcile, "_lost", lambda _: [])


@pytest.mark.parametrize(
    "break_it",
    [
        _counts_what_it_hears,
        _forgets_earlier_numbers,
        _adopts_nothing,
        _never_gives_a_modify_up,
        _never_renumbers,
        _sends_a_modify_again,
        _looks_nothing_up,
    ],
)
def test_the_model_can_tell_a_broken_machine(
    break_it: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_it(monkeypatch)
    with pytest.raises((AssertionError, ExceptionGroup)):
        run_state_machine_as_test(
            Orders,
            settings=settings(
                _OFTEN, max_examples=400, phases=[Phase.generate], derandomize=True, database=None
            ),
        )
