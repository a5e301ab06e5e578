"""Interleavings of entries, answers, fills and cancels beside a model that adds everything up.

The model keeps a list of orders and what is held, and works every sum out anew. It must come to
the very number of shares that the gateway lets through.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from kis_core.clock import SECOND_NS, kst
from kis_core.wire.account import OrderRow
from oms.core import records as r
from oms.core.limits import Budget, Limits, Tier
from oms.settings import limits_hash
from tests.oms.stories import HYNIX, NAVER, SAMSUNG, Story, of, some_limits

PRICE, STOP = 70_000, 68_000
EQUITY = 100_000_000
VOLUME = 1_800  # of every symbol so far
CELLTRION, POSCO = "068270", "005490"
SECTORS = {SAMSUNG: "chips", HYNIX: "chips", NAVER: "net", CELLTRION: "bio", POSCO: "steel"}
STRATEGIES, SYMBOLS = ("KMP", "KPR", "PCIM"), tuple(SECTORS)
WISHES = st.tuples(st.sampled_from(STRATEGIES), st.sampled_from(SYMBOLS), st.integers(1, 400))
PICK = st.integers(0, 40)


def limits_of(gross_pct_max: float = 0.4) -> Limits:
    return some_limits(
        gross_pct_max=gross_pct_max,
        net_pct_max=0.38,
        position_pct_max=0.15,
        sector_pct_max=0.2,
        positions_max=4,
        balance_age_s_max=10**6,
        sectors=SECTORS,
        order_shares_max=350,
        order_value_krw_max=10_500_000,
        participation_pct_max=0.1,
        daily_loss_warn_pct=0.9,
        daily_loss_halt_pct=0.9,
        drawdown_tiers=(Tier(0.1, 0.3), Tier(0.2, 0.2)),
        orders_per_min_max=12,
        repeats_max=3,
        repeats_s=120,
        budgets={
            "KMP": Budget(3, 0.0025, 0.2, 0),
            "KPR": Budget(2, 0.01, 0.12, 0),
            "PCIM": Budget(5, 0.01, 0.3, 0),
        },
    )


@dataclass
class Placed:
    """One order as the model knows it."""

    order_id: str
    strategy: str
    symbol: str
    side: str
    shares: int
    at_ns: int
    filled: int = 0
    is_open: bool = True
    is_settled: bool = False  # the broker's answer is certain
    reached: bool = True  # where the answer was lost: whether the exchange has it
    number: str | None = None

    @property
    def buying(self) -> int:
        return self.shares - self.filled if self.is_open and self.side == "BUY" else 0


class Model:
    """Sums over a list, without a memory of any of them."""

    def __init__(self, drawdown_pct: float | None = None) -> None:
        self.drawdown_pct = drawdown_pct  # of equity, in the drawdown of this run
        self.orders: list[Placed] = []
        self.held: dict[tuple[str, str], int] = {}
        self.limits = limits_of()
        self.regime = "NORMAL"

    def krw(self, strategy: str | None = None, symbols: Any = SYMBOLS) -> int:
        mine = (strategy,) if strategy else STRATEGIES
        shares = sum(n for (s, symbol), n in self.held.items() if s in mine and symbol in symbols)
        shares += sum(o.buying for o in self.orders if o.strategy in mine and o.symbol in symbols)
        return shares * PRICE

    def names(self, strategy: str | None = None) -> set[str]:
        return {s for s in SYMBOLS if self.krw(strategy, (s,))}

    def taken(self, symbol: str) -> int:
        """Return the shares of a symbol that were bought today or are being bought."""
        buys = [o for o in self.orders if o.symbol == symbol and o.side == "BUY"]
        return sum(o.filled + o.buying for o in buys)

    def allowed(self, strategy: str, symbol: str, wished: int, now_ns: int) -> int:
        """Return the shares that no limit speaks against."""
        limits, budget = self.limits, self.limits.budgets[strategy]
        recent = [o for o in self.orders if now_ns - o.at_ns < 60 * SECOND_NS]
        repeats = [
            o
            for o in self.orders
            if (o.strategy, o.symbol, o.side) == (strategy, symbol, "BUY")
            and now_ns - o.at_ns < limits.repeats_s * SECOND_NS
        ]
        open_buys = [o for o in self.orders if o.buying and o.symbol == symbol]
        if (
            wished > limits.order_shares_max
            or len(recent) >= (limits.orders_per_min_max or 0)
            or len(repeats) >= (limits.repeats_max or 0)
            or self.held.get((strategy, symbol))
            or any(o.strategy == strategy or not o.is_settled for o in open_buys)
            or (symbol not in self.names() and len(self.names()) >= limits.positions_max)
            or len(self.names(strategy)) >= budget.positions_max
        ):
            return 0
        shares = min(
            wished,
            (int(EQUITY * limits.position_pct_max) - self.krw(symbols=(symbol,))) // PRICE,
            (int(EQUITY * budget.capital_pct) - self.krw(strategy)) // PRICE,
            int(EQUITY * budget.risk_pct_max) // (PRICE - STOP),
            int(VOLUME * (limits.participation_pct_max or 0)) - self.taken(symbol),
        )
        sector = [s for s in SYMBOLS if SECTORS[s] == SECTORS[symbol]]
        caps = [limits.gross_pct_max, limits.net_pct_max or 0, limits.regime_caps[self.regime]]
        caps += [] if self.drawdown_pct is None else [self.drawdown_pct]
        fits = self.krw() + shares * PRICE <= min(int(EQUITY * cap) for cap in caps)
        fits &= self.krw(symbols=sector) + shares * PRICE <= int(EQUITY * limits.sector_pct_max)
        fits &= shares * PRICE <= limits.order_value_krw_max
        return shares if shares > 0 and fits else 0


class Interleavings(RuleBasedStateMachine):
    """Whatever happens in whatever order, the book's sums are the model's, and so is its answer."""

    cash_krw: ClassVar[int] = EQUITY
    began_krw: ClassVar[int] = EQUITY  # at the start of the day, which is its peak
    drawdown_pct: ClassVar[float | None] = None

    def __init__(self) -> None:
        super().__init__()
        self.model = Model(self.drawdown_pct)
        self.story = Story(self.model.limits).ready(self.began_krw)
        self.story.wait(1).balance(EQUITY)
        self.story.wait(1).cash(self.cash_krw)
        self.spent_krw = 0.0
        self._texts = 0

    def tell(self, outputs: list[r.AnyOutput]) -> list[r.AnyOutput]:
        for out in of(outputs, r.OrderPlanned):
            placed = Placed(
                out.order_id, out.strategy_id, out.symbol, out.side, out.shares, out.at_ns
            )
            self.model.orders.append(placed)
        for out in of(outputs, r.OrderFilled):
            if out.side == "SELL":
                self.spent_krw -= out.value_krw - out.cost_krw
        return outputs

    def picked(self, pick: int, **needs: Any) -> Placed | None:
        found = [
            o
            for o in self.model.orders
            if o.is_open and all(getattr(o, name) == value for name, value in needs.items())
        ]
        return found[pick % len(found)] if found else None

    @rule(wishes=st.lists(WISHES, min_size=1, max_size=8))
    def up_to_eight_entries_at_once(self, wishes: list[tuple[str, str, int]]) -> None:
        for strategy, symbol, wished in wishes:
            expected = self.model.allowed(strategy, symbol, wished, self.story.now_ns)
            quote = self.story.quote(symbol, volume=VOLUME)
            outputs = self.story.enter(wished, strategy, symbol=symbol, quote=quote)
            answer = of(outputs, r.IntentDecided)[0]
            shares = (answer.approved_shares or 0) if answer.status == "APPROVED" else 0
            if self.cash_krw >= EQUITY:
                assert shares == expected, f"{wished} {strategy} {symbol}: {answer}"
            elif shares:  # with cash as well, less may pass; what does must be allowed
                assert self.model.allowed(strategy, symbol, shares, self.story.now_ns) == shares
            assert answer.limits_hash == limits_hash(self.model.limits)
            self.tell(outputs)

    @rule(pick=PICK)
    def accept(self, pick: int) -> None:
        order = self.picked(pick, number=None, is_settled=False)
        if order is None or self.story.book.orders[order.order_id].state != "SENT":
            return
        order.number, order.is_settled = self.story.answer(order.order_id), True

    @rule(pick=PICK)
    def reject(self, pick: int) -> None:
        order = self.picked(pick, number=None, is_settled=False)
        if order is None or self.story.book.orders[order.order_id].state != "SENT":
            return
        order.is_open, order.is_settled = False, True
        self.tell(self.story.declined(order.order_id))

    @rule(pick=PICK, reached=st.booleans())
    def lose_the_answer(self, pick: int, reached: bool) -> None:
        order = self.picked(pick, number=None, is_settled=False)
        if order is None or self.story.book.orders[order.order_id].state != "SENT":
            return
        order.reached = reached
        self.tell(self.story.unknown(order.order_id))

    @rule(pick=PICK, shares=st.integers(1, 300))
    def fill(self, pick: int, shares: int) -> None:
        order = self.picked(pick, is_settled=True)
        if order is None or order.number is None:
            return
        shares = min(shares, order.shares - order.filled)
        self._texts += 1
        order.filled += shares
        order.is_open = order.filled < order.shares
        key = (order.strategy, order.symbol)
        sign = 1 if order.side == "BUY" else -1
        self.model.held[key] = self.model.held.get(key, 0) + sign * shares
        text = f"{self._texts:06d}"
        self.tell(
            self.story.notice(order.number, shares, PRICE, order.side, order.symbol, at_text=text)
        )

    @rule(pick=PICK)
    def cancelled(self, pick: int) -> None:
        order = self.picked(pick, is_settled=True, side="BUY")
        if order is None or order.number is None:
            return
        order.is_open = False
        self.story.wait(1)
        self.read_history(
            self.story.row(order.order_id, cancelled=order.shares - order.filled, remaining=0)
        )

    @rule()
    @precondition(lambda self: any(o.is_open and not o.is_settled for o in self.model.orders))
    def look_up_what_was_lost(self) -> None:
        """The history, late enough and twice: what it lacks never was."""
        for _ in range(3):
            self.story.wait(11)
            self.read_history()

    def read_history(self, *rows: OrderRow) -> None:
        """Tell the whole history of what is open, and take the model to where that leads."""
        book = self.story.book
        told = list(rows)
        for order in self.model.orders:
            known = book.orders[order.order_id]
            if order.is_open and known.state == "UNKNOWN" and order.reached and not order.number:
                self._texts += 1
                order.number = f"{90_000 + self._texts:010d}"
            if order.is_open and order.number:
                at_text = f"{kst(known.sent_ns or 0):%H%M%S}"
                told.append(self.story.row(order.order_id, order.number, ordered_at=at_text))
        self.tell(self.story.history(*told))
        for order in self.model.orders:
            known = book.orders[order.order_id]
            if order.is_open and not order.is_settled and order.number is not None:
                assert known.state in ("WORKING", "PARTIAL")
                order.is_settled = True
            elif order.is_open and not order.reached and not known.is_open:
                order.is_open = False

    @rule(strategy=st.sampled_from(STRATEGIES), symbol=st.sampled_from(SYMBOLS))
    def leave(self, strategy: str, symbol: str) -> None:
        self.tell(self.story.ask("EXIT", strategy, symbol=symbol))

    @rule(seconds=st.integers(1, 50))
    def wait(self, seconds: int) -> None:
        self.tell(self.story.wait(seconds).timer())

    @rule(regime=st.sampled_from(["CRISIS", "WEAK", "NORMAL"]))
    def change_the_regime(self, regime: str) -> None:
        self.model.regime = regime
        self.story.operator("regime", regime=regime)

    @rule(gross=st.sampled_from([0.25, 0.4]))
    def change_the_limits(self, gross: float) -> None:
        limits = self.model.limits = self.story.limits = limits_of(gross)
        at_ns, name = self.story.now_ns, limits_hash(limits)
        self.story.tell(r.LimitsRead(at_ns=at_ns, limits=limits, limits_hash=name))

    @rule()
    def restart(self) -> None:
        self.tell(self.story.restart())

    @invariant()
    def sums_are_what_a_naive_model_adds_up(self) -> None:
        book, model = self.story.book, self.model
        assert book.gross_krw == model.krw()
        assert book.occupied == len(model.names())
        for strategy in STRATEGIES:
            assert book.strategy(strategy).exposure_krw == model.krw(strategy)
            assert book.strategy(strategy).names == len(model.names(strategy))
        for symbol in SYMBOLS:
            assert book.listing(symbol).exposure_krw == model.krw(symbols=(symbol,))

    @invariant()
    def no_cap_is_exceeded(self) -> None:
        model, widest = self.model, limits_of()
        assert model.krw() <= EQUITY * min(0.38, self.drawdown_pct or 1.0)
        assert len(model.names()) <= widest.positions_max
        for symbol in SYMBOLS:
            assert model.krw(symbols=(symbol,)) <= EQUITY * widest.position_pct_max
            same = [s for s in SYMBOLS if SECTORS[s] == SECTORS[symbol]]
            assert model.krw(symbols=same) <= EQUITY * widest.sector_pct_max
            assert model.taken(symbol) <= VOLUME * (widest.participation_pct_max or 0)
        assert all(o.shares * PRICE <= widest.order_value_krw_max for o in model.orders)
        for strategy in STRATEGIES:
            budget = widest.budgets[strategy]
            assert model.krw(strategy) <= EQUITY * budget.capital_pct
            assert len(model.names(strategy)) <= budget.positions_max

    @invariant()
    def no_more_than_the_cash_is_spent_or_promised(self) -> None:
        taken = sum(o.filled + o.buying for o in self.model.orders if o.side == "BUY")
        assert taken * PRICE * 1.000_140 + self.spent_krw <= self.cash_krw

    @invariant()
    def nothing_is_sold_twice_or_short(self) -> None:
        for allocation in self.story.book.allocations():
            key = (allocation.strategy_id, allocation.symbol)
            assert 0 <= allocation.selling <= allocation.shares == self.model.held.get(key, 0)


class InterleavingsShortOfCash(Interleavings):
    """The same with so little cash that it is what shrinks."""

    cash_krw = 18_000_000


class InterleavingsInADrawdown(Interleavings):
    """The same a fifth below the highest start of a day."""

    began_krw = 125_000_000
    drawdown_pct = 0.2


_OFTEN = settings(
    max_examples=50,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
Test11_07NoInterleavingExceedsACap = Interleavings.TestCase
Test11_07NoInterleavingExceedsACap.settings = _OFTEN
Test11_07NoInterleavingExceedsTheCash = InterleavingsShortOfCash.TestCase
Test11_07NoInterleavingExceedsTheCash.settings = _OFTEN
Test11_07NoInterleavingExceedsTheDrawdown = InterleavingsInADrawdown.TestCase
Test11_07NoInterleavingExceedsTheDrawdown.settings = _OFTEN


def test_the_machine_can_tell_a_broken_reservation() -> None:
    """Were a reservation forgotten, the first of its invariants would say so."""
    machine = Interleavings()
    machine.up_to_eight_entries_at_once([("KMP", SAMSUNG, 100)])
    machine.sums_are_what_a_naive_model_adds_up()
    machine.story.book.gross_krw -= 70_000
    with pytest.raises(AssertionError):
        machine.sums_are_what_a_naive_model_adds_up()
