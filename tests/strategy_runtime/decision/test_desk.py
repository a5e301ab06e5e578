"""A desk beside an OMS of a few dicts, told in every order that the OMS may tell it."""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kis_core.clock import kst
from kis_core.market.instants import SECOND_NS
from oms_client.contract import (
    AllocationChanged,
    Enter,
    Exit,
    Flatten,
    IntentStatus,
    ModifyRisk,
    OrderFilled,
    OrderState,
    Reduce,
    Urgency,
)
from strategy_runtime.contract import Entered, IntentUnanswered, Reduced, RoundTrip
from strategy_runtime.decision import asking
from strategy_runtime.decision.desk import Desk
from strategy_runtime.decision.hearing import hear
from strategy_runtime.decision.outbox import Outbox
from strategy_runtime.decision.shape import TradeRules
from strategy_runtime.decision.trading import (
    Closed,
    Entering,
    EntryApproved,
    Flat,
    InPosition,
    Opened,
    PendingExit,
    Signal,
    Trading,
)
from tests.strategy_runtime.decision.naive import BEGAN_NS, STRATEGY, SYMBOL, NaiveOms

RULES = TradeRules(
    commission_ppm=140, entry_retry_s=5, exit_retry_s=2, exit_alert_s=60, unprotected_stop=0.012
)
STOP = 9_900
Prices = st.sampled_from([9_880, 9_990, 10_000, 10_010, 10_050, 10_200])
Statuses = st.sampled_from([IntentStatus.APPROVED] * 5 + [*IntentStatus])
Op = tuple[str, Any]


def fresh() -> Desk:
    """Return a desk of one symbol, of which nothing is known."""
    return Desk(STRATEGY, "2025-09-03", RULES, {SYMBOL: Trading(SYMBOL, "Semiconductors")})


def apply(desk: Desk, op: Op, now_ns: int) -> tuple[Outbox, list[Any]]:
    """Do one thing at a desk; return what it asks for and the news."""
    out, trading = Outbox(), desk.symbols[SYMBOL]
    what, about = op
    news: list[Any] = []
    match what:
        case "hear":
            news = [each for _, each in hear(desk, about, now_ns, out)]
        case "restart":
            desk.restarted()
        case "enter":
            signal = Signal("toy", "toy", now_ns, 10_000, STOP, about, facts=(("k", 1),))
            asking.enter(
                desk, trading, signal, now_ns, out,
                limit_krw=10_100, expires_ns=now_ns + 30 * SECOND_NS, urgency=Urgency.HIGH,
            )  # fmt: skip
        case "leave":
            asking.leave(desk, trading, "toy_exit", now_ns, out, price_krw=10_000, flatten=about)
        case "part":
            asking.sell_part(desk, trading, about, "toy_part", now_ns, out)
        case "cancel":
            asking.cancel_entry(desk, trading, "toy", out)
        case "give up":
            asking.cancel_entry(desk, trading, "toy", out)
            asking.give_up_entry(trading)
        case "stop":
            asking.move_stop(desk, trading, about, "toy_trail", out)
        case "mind":
            asking.mind_exit(desk, trading, now_ns, out)
            asking.mind_stop(desk, trading, now_ns, out)
        case _:
            raise AssertionError(op)
    return out, news


@dataclass(slots=True)
class Ledger:
    """What was told of the position that is open, or is about to be, counted by hand."""

    bought: int = 0
    value_krw: int = 0
    costs_krw: int = 0
    realised_krw: int = 0
    sold: int = 0
    sold_value_krw: int = 0
    most: int = 0
    ahead: bool = False  # begun by books, or corrected: not by fills alone
    stops: list[int] = field(default_factory=list)  # asked for


class Desks(RuleBasedStateMachine):
    """One desk, its OMS, and a count by hand of what was told."""

    def __init__(self) -> None:
        super().__init__()
        self.oms = NaiveOms()
        self.desk = fresh()
        self.log: list[tuple[Op, int]] = []
        self.now_ns = BEGAN_NS
        self.told = 0  # shares
        self.told_stop: int | None = None
        self.ledger = Ledger()
        self.entered: list[Entered] = []
        self.trips: list[RoundTrip] = []
        self.expected: list[tuple[Ledger, RoundTrip]] = []
        self.approved = 0
        self.calm = True
        self.hear(self.oms.books())

    @initialize(calm=st.booleans())
    def weather(self, calm: bool) -> None:
        """A calm day has no restarts and no corrections: all of it can be counted by its fills."""
        self.calm = calm

    # doing

    def do(self, op: Op) -> list[Any]:
        self.now_ns += SECOND_NS
        self.oms.now_ns = self.now_ns
        self.log.append((op, self.now_ns))
        out, news = apply(self.desk, op, self.now_ns)
        for intent in out.intents:
            if isinstance(intent, Exit | Flatten | Reduce):
                assert self.told > 0, "an exit while flat"
            if isinstance(intent, Reduce):
                assert intent.shares < self.told
            if isinstance(intent, ModifyRisk):
                self.ledger.stops.append(intent.stop_krw)
            self.oms.asked.append(intent)
        for note in out.notes:
            match note:
                case Entered():
                    self.entered.append(note)
                case RoundTrip():
                    self.trips.append(note)
                    self.expected.append((self.ledger, note))
                    self.ledger = Ledger()
                case Reduced():
                    assert note.shares > 0
                    assert note.left == self.told
                case _:
                    pass
        assert sum(isinstance(each, Opened) for each in news) <= 1
        self.approved += sum(isinstance(each, EntryApproved) for each in news)
        assert self.approved <= self.trading.attempts
        if any(isinstance(each, Closed) for each in news):
            assert self.told == 0
        return news

    def hear(self, event: Any) -> list[Any]:
        """Let the desk hear something, and count it by hand first."""
        match event:
            case OrderFilled(side="BUY"):
                self.ledger.bought += event.shares
                self.ledger.value_krw += event.value_krw
                self.ledger.costs_krw += event.cost_krw
            case OrderFilled():
                self.ledger.sold += event.shares
                self.ledger.sold_value_krw += event.value_krw
                # One that was sold before its shares were told of is nobody's sale.
                self.ledger.costs_krw += event.cost_krw
                self.ledger.ahead |= self.told == 0
            case AllocationChanged():
                self.ledger.ahead |= event.why != "fill"
                self.ledger.realised_krw += event.realised_krw if self.told or event.shares else 0
                self.told, self.told_stop = event.shares, event.stop_krw
                self.ledger.most = max(self.ledger.most, event.shares)
            case _ if hasattr(event, "allocations") and event.allocations and not self.told:
                held = event.allocations[0]
                self.told, self.told_stop = held.shares, held.stop_krw
                self.ledger.ahead |= held.shares > 0
                self.ledger.most = max(self.ledger.most, held.shares)
            case _:
                pass
        return self.do(("hear", event))

    @property
    def trading(self) -> Trading:
        return self.desk.symbols[SYMBOL]

    # what the strategy does

    @precondition(lambda self: self.may_enter())
    @rule(shares=st.integers(1, 20))
    def enter(self, shares: int) -> None:
        self.do(("enter", shares))

    def may_enter(self) -> bool:
        flat = isinstance(self.trading.standing, Flat) and not self.trading.entries_open
        return flat and self.desk.stops_entries() is None

    @precondition(lambda self: isinstance(self.trading.standing, Entering))
    @rule(what=st.sampled_from(["cancel", "give up"]))
    def think_again(self, what: str) -> None:
        self.do((what, None))

    @precondition(lambda self: self.may_leave())
    @rule(flatten=st.booleans())
    def leave(self, flatten: bool) -> None:
        self.do(("leave", flatten))

    def may_leave(self) -> bool:
        standing = self.trading.standing
        return isinstance(standing, InPosition) and self.now_ns >= standing.retry_ns

    @precondition(lambda self: self.may_leave() and self.told > 1)
    @rule(data=st.data())
    def sell_part(self, data: st.DataObject) -> None:
        self.do(("part", data.draw(st.integers(1, self.told - 1))))

    @precondition(lambda self: self.trading.holds)
    @rule(stop=st.sampled_from([9_890, 9_920, 9_950]))
    def move_stop(self, stop: int) -> None:
        self.do(("stop", stop))

    @rule(minutes=st.integers(0, 2))
    def time_passes(self, minutes: int) -> None:
        self.now_ns += minutes * 60 * SECOND_NS
        self.do(("mind", None))

    # what the OMS does

    @precondition(lambda self: self.oms.asked)
    @rule(status=Statuses, scaled=st.sampled_from([None, None, 1, 5]), accepted=st.booleans())
    def decide(self, status: IntentStatus, scaled: int | None, accepted: bool) -> None:
        before = len(self.oms.orders)
        self.oms.decide(status, scaled)
        if accepted and len(self.oms.orders) > before:
            self.oms.accept(self.oms.orders[-1])

    @precondition(lambda self: self.oms.orders)
    @rule(data=st.data(), whole=st.booleans(), price=Prices)
    def fill(self, data: st.DataObject, whole: bool, price: int) -> None:
        order = data.draw(st.sampled_from(self.oms.orders))
        shares = order.left if whole else data.draw(st.integers(1, order.left))
        self.oms.fill(order, shares, price)

    @rule(
        data=st.data(), kind=st.sampled_from(["end", "stop", "lost", "slow", "correct", "restart"])
    )
    def mishap(self, data: st.DataObject, kind: str) -> None:
        oms = self.oms
        match kind:
            case "end" if oms.orders:
                order = data.draw(st.sampled_from(oms.orders))
                ends = [OrderState.CANCELLED, OrderState.EXPIRED]
                if not order.filled:
                    ends.append(OrderState.REJECTED)
                oms.close(order, data.draw(st.sampled_from(ends)))
            case "stop" if oms.shares and oms.stop_krw and not oms.out:
                oms.fire(9_880)
            case "lost" if oms.asked:
                self.unanswered(oms.drop(), final=True)
            case "slow" if oms.asked:
                self.unanswered(oms.asked[0].intent_id, final=False)
            case "correct" if not (self.calm or oms.orders or oms.asked):
                shares = data.draw(st.integers(0, 5))
                if shares != oms.shares:
                    oms.correct(shares, 10_000)
            case "restart" if not self.calm:
                self.restart()

    def unanswered(self, intent_id: str, *, final: bool) -> None:
        self.hear(
            IntentUnanswered(
                at=kst(self.now_ns), intent_id=intent_id, symbol=SYMBOL, why="away", final=final
            )
        )

    @precondition(lambda self: self.oms.out and self.oms.sellable)
    @rule()
    def pursue(self) -> None:
        self.oms.pursue()

    @rule(data=st.data(), price=Prices)
    def flow(self, data: st.DataObject, price: int) -> None:
        """All goes as it mostly goes: approved, filled to a part or whole, and told."""
        while self.oms.asked:
            self.oms.decide(IntentStatus.APPROVED, None)
        if self.oms.orders:
            self.fill(data, data.draw(st.booleans()), price)
        self.told_all()

    def told_all(self) -> None:
        while self.oms.stream:
            self.hear(self.oms.stream.pop(0))
        while self.oms.answers:
            self.hear(self.oms.answers.pop())

    # what is told

    @precondition(lambda self: self.oms.stream)
    @rule(lines=st.integers(1, 4))
    def stream(self, lines: int) -> None:
        for _ in range(min(lines, len(self.oms.stream))):
            self.hear(self.oms.stream.pop(0))

    @precondition(lambda self: self.oms.answers)
    @rule(data=st.data(), again=st.booleans())
    def answer(self, data: st.DataObject, again: bool) -> None:
        told = self.oms.answers.pop(data.draw(st.integers(0, len(self.oms.answers) - 1)))
        for _ in range(1 + again):
            self.hear(told)

    def restart(self) -> None:
        """Begin again from what was written down, then ask for the books."""
        self.desk = self.folded()
        self.do(("restart", None))
        self.hear(self.oms.books())

    def folded(self) -> Desk:
        desk = fresh()
        for op, now_ns in self.log:
            apply(desk, op, now_ns)
        return desk

    # what holds at all times

    @invariant()
    def never_are_two_entries_out(self) -> None:
        undecided = [intent for intent in self.oms.asked if isinstance(intent, Enter)]
        assert len(undecided) + len(self.oms.open("BUY")) <= 1

    @invariant()
    def what_is_held_is_what_the_oms_said(self) -> None:
        position = self.trading.position
        assert (position.shares if position else 0) == self.told
        assert self.trading.holds is (self.told > 0)

    @invariant()
    def a_position_has_a_stop_at_the_oms_or_asked_for(self) -> None:
        position = self.trading.position
        if position is not None:
            assert position.stop_krw > 0
            assert self.told_stop is not None or self.ledger.stops

    @invariant()
    def a_stop_is_held_or_still_asked_for(self) -> None:
        position, move = self.trading.position, self.trading.stop_move
        if move is not None:
            assert position is not None
            assert position.guard_krw == move.stop_krw

    @invariant()
    def each_position_is_told_once_as_begun_and_once_as_ended(self) -> None:
        assert len(self.entered) == len(self.trips) + self.trading.holds
        names = [note.trip_id for note in self.entered]
        assert len(set(names)) == len(names)
        assert [trip.trip_id for trip in self.trips] == names[: len(self.trips)]

    @invariant()
    def a_trip_is_what_its_fills_were(self) -> None:
        while self.expected:
            ledger, trip = self.expected.pop()
            assert trip.realised_krw == ledger.realised_krw
            if ledger.ahead:
                continue
            assert trip.costs_krw == ledger.costs_krw
            assert trip.shares == ledger.bought
            assert trip.entry_krw == round(ledger.value_krw / ledger.bought, 2)
            assert trip.exit_krw == round(ledger.sold_value_krw / ledger.sold, 2)
            risk = round((ledger.value_krw / ledger.bought - trip.stop_krw) * ledger.bought)
            assert trip.risk_krw == max(0, risk)
            assert trip.r_net == (round(trip.realised_krw / risk, 3) if risk > 0 else None)

    def teardown(self) -> None:
        """Let everything come to its end: nothing may wait for what never comes."""
        assert self.folded() == self.desk
        self.run_dry()
        trading = self.trading
        assert not trading.entries_open
        assert isinstance(trading.standing, Flat | InPosition), trading.standing
        assert self.told == self.oms.shares
        move = trading.stop_move
        assert move is None or move.retry_ns is not None  # nobody waits for it for ever

    def run_dry(self) -> None:
        oms = self.oms
        for _ in range(200):
            while oms.asked:
                oms.decide(IntentStatus.APPROVED, None)
            for order in list(oms.orders):
                if order.side == "SELL" and oms.out:
                    oms.fill(order, order.left, 10_000)
                else:
                    oms.close(order, OrderState.CANCELLED)
            oms.pursue()
            self.told_all()
            if not (oms.asked or oms.orders or oms.stream or oms.answers):
                return
        raise AssertionError("it never ends")


TestADeskKeepsItsLaws = Desks.TestCase
TestADeskKeepsItsLaws.settings = settings(
    max_examples=200,
    stateful_step_count=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def test_the_model_reaches_every_standing() -> None:
    """A machine that never leaves Flat would keep every law."""
    desk, oms, now = fresh(), NaiveOms(), BEGAN_NS
    apply(desk, ("hear", oms.books()), now)
    kinds: list[type] = []

    def follow(op: Op) -> None:
        out, _ = apply(desk, op, now)
        oms.asked += out.intents
        while oms.asked:
            oms.decide(IntentStatus.APPROVED, None)
        while oms.stream:
            apply(desk, ("hear", oms.stream.pop(0)), now)
        kinds.append(type(desk.symbols[SYMBOL].standing))

    follow(("enter", 10))
    oms.fill(oms.orders[0], 10, 10_000)
    follow(("mind", None))
    follow(("part", 4))
    oms.fill(oms.orders[0], 4, 10_100)
    follow(("mind", None))
    follow(("leave", False))
    oms.fill(oms.orders[0], 6, 10_100)
    follow(("mind", None))
    assert kinds == [Entering, InPosition, PendingExit, InPosition, PendingExit, Flat]
