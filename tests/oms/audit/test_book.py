"""The tables say what the OMS's own book says, whatever is told to it."""

from typing import Any, get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from kis_core.postgres import to_kst_naive
from kis_core.wire.account import NoticeKind
from oms.audit.projection import TAKEN
from oms.core import records as r
from oms.core.book import Book
from oms.core.limits import Budget, Limits
from oms.core.order import Order
from oms.journal import Row
from tests.oms.audit.tables import Tables
from tests.oms.core.test_terms import contract_limits
from tests.oms.stories import HYNIX, KOSDAQ150, SAMSUNG, Story, one, some_limits

STEPS = st.sampled_from(
    ("enter",) * 5
    + ("fill", "fill part", "accept") * 4
    + ("exit", "reduce", "marks", "expire") * 2
    + ("stop", "lose", "decline", "cancel", "history", "trade", "balance", "timer")
    + ("amend", "amend", "modified", "modify taken", "modify refused", "moved away")
    + ("halt", "resume", "resume")
    + ("slices", "slices", "turn", "turn")
)
WALKS = st.lists(
    st.tuples(
        STEPS,
        st.sampled_from([SAMSUNG, HYNIX]),
        st.sampled_from(["KMP", "KPR"]),
        st.integers(1, 12),
        st.integers(-30, 30),
    ),
    min_size=5,
    max_size=60,
)


class Walk:
    """One random walk through a trading day."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.story = Story(limits or some_limits()).ready()

    def step(self, name: str, symbol: str, strategy: str, shares: int, ticks: int) -> None:
        story = self.story.wait(1.5)
        price_krw = 70_000 + ticks * 100
        short = {"direction": "SHORT", "stop_krw": 72_000}
        order = self._order(symbol)
        at_ns = story.now_ns
        match name:
            case "enter":
                sold = story.book.on_margin and ticks < 0
                story.enter(shares, strategy, symbol=symbol, **(short if sold else {}))
            case "slices":
                how = r.Execution("TWAP", over_s=60, slices=4, unfilled="DROP")
                story.enter(shares * 4, strategy, symbol=symbol, execution=how)
            case "turn":
                for parent_id in list(story.book.parents):
                    quote = story.quote(story.book.parents[parent_id].symbol, price_krw)
                    story.tell(r.SliceDue(at_ns=at_ns, parent_id=parent_id, quote=quote))
            case "exit":
                story.ask("EXIT", strategy, symbol=symbol)
            case "reduce":
                story.ask("REDUCE", strategy, symbol=symbol, shares=shares)
            case "stop":
                story.ask("MODIFY_RISK", strategy, symbol=symbol, stop_krw=60_000 + ticks * 100)
            case "cancel":
                story.ask("CANCEL_ORDERS", strategy, symbol=symbol)
            case "trade":
                story.trade(price_krw, symbol)
            case "marks":
                marks = (r.Mark(symbol, price_krw, at_ns),)
                story.tell(r.MarksTaken(at_ns=at_ns, marks=marks))
            case "balance":
                story.balance(90_000_000 + ticks * 1_000_000)
            case "halt":
                story.operator("pause_strategy", strategy_id=strategy)
            case "resume":
                story.operator("resume_strategy", strategy_id=strategy)
            case "timer":
                story.wait(shares * 20).timer()
            case _ if order is not None:
                self._of_order(name, order, min(shares, order.remaining), price_krw)

    def _of_order(self, name: str, order: Order, shares: int, price_krw: int) -> None:
        story = self.story
        if name.startswith("fill") and order.state == "SENT":
            story.answer(order.order_id)
        match name:
            case "accept" if order.state in ("SENT", "UNKNOWN"):
                story.answer(order.order_id)
            case "lose" if order.state == "SENT":
                story.unknown(order.order_id)
            case "decline" if order.state == "SENT":
                story.declined(order.order_id)
            case "fill" | "fill part" if order.broker_id is not None and order.remaining:
                story.notice(
                    order.broker_id,
                    order.remaining if name == "fill" else shares,
                    price_krw,
                    order.side,
                    order.symbol,
                    at_text=f"{story.now_ns % 10**6:06}",
                    order_shares=order.shares,
                )
            case "expire" if order.broker_id is not None:
                story.notice(
                    order.broker_id,
                    order.remaining,
                    price_krw,
                    order.side,
                    order.symbol,
                    NoticeKind.CANCELLED,
                    order_shares=order.shares,
                )
            case "amend":
                limit_krw = min(price_krw, 70_000)
                story.operator("amend_order", order_id=order.order_id, limit_krw=limit_krw)
            case "modify taken" if order.amending:
                self._answered(order)
            case "modified" | "modify refused" if order.amending:
                limit_krw = order.modify_limit_krw or 0
                self._changed(order, self._number(order), limit_krw, refused="refused" in name)
            case "moved away" if order.broker_id is not None and order.limit_krw is not None:
                self._changed(order, f"{5_000 + len(story.told):010d}", price_krw, refused=False)
            case "history" if order.broker_id is not None:
                story.history(story.row(order.order_id, filled=order.filled))

    def _number(self, order: Order) -> str:
        return order.modify_id or f"{9_000 + len(self.story.told):010d}"

    def _answered(self, order: Order) -> None:
        self.story.tell(
            r.ModifyAnswered(
                at_ns=self.story.now_ns,
                order_id=order.order_id,
                modify=order.modifies,
                answer="accepted",
                broker_id=self._number(order),
                branch="06010",
            )
        )

    def _changed(self, order: Order, number: str, limit_krw: int, *, refused: bool) -> None:
        """The exchange tells of a modify: that it holds, or that it was refused."""
        self.story.notice(
            number,
            order.remaining,
            limit_krw,
            order.side,
            order.symbol,
            NoticeKind.REJECTED if refused else NoticeKind.ACCEPTED,
            original_id=order.broker_id,
            change="modify",
        )

    def _order(self, symbol: str) -> Order | None:
        orders = [o for o in self.story.book.open_orders.values() if o.symbol == symbol]
        return orders[-1] if orders else None


def journal_of(story: Story) -> list[Row]:
    rows: list[Row] = []
    for turn, (heard, outputs) in enumerate(story.told, 1):
        for direction, record in (("in", heard), *(("out", output) for output in outputs)):
            payload = r.encode(record).decode()
            kind = r.kind_of(record)
            rows.append(Row(len(rows) + 1, turn, record.at_ns, direction, kind, payload))
    return rows


@settings(max_examples=100, deadline=None)
@given(WALKS)
def test_the_tables_agree_with_the_book(walk: list[tuple[str, str, str, int, int]]) -> None:
    walker = Walk()
    for step in walk:
        walker.step(*step)
    tables = Tables().take(journal_of(walker.story))
    agree(tables, walker.story.book)


@settings(max_examples=60, deadline=None)
@given(WALKS)
def test_the_tables_agree_with_the_book_of_contracts_held_either_way(
    walk: list[tuple[str, str, str, int, int]],
) -> None:
    walker = Walk(contract_limits(budgets={n: Budget(8, 0.05, 20.0, 0) for n in ("KMP", "KPR")}))
    code = {SAMSUNG: KOSDAQ150, HYNIX: "A06603"}
    for name, symbol, *rest in walk:
        walker.step(name, code[symbol], *rest)
    agree(Tables().take(journal_of(walker.story)), walker.story.book)


def agree(tables: Tables, book: Book) -> None:
    assert {row.order_id: order_row(row) for row in tables["orders"]} == {
        order.order_id: order_row(order) for order in book.orders.values()
    }
    assert {
        row.parent_id: (row.shares, row.taken, row.dropped)
        for row in tables["order_parents"]
        if row.closed_at is None
    } == {
        parent.parent_id: (parent.shares, parent.next, parent.dropped)
        for parent in book.parents.values()
    }
    held = {(a.strategy_id, a.symbol): allocation_row(a) for a in book.allocations() if a.shares}
    rows = [row for row in tables["allocations"] if row.shares]
    assert {(row.strategy_id, row.symbol): allocation_row(row) for row in rows} == held
    entered = {(a.strategy_id, a.symbol): a.entered_ns for a in book.allocations() if a.shares}
    for row in rows:
        assert row.entered_at == to_kst_naive(entered[row.strategy_id, row.symbol] or 0)
    [day] = tables["risk_daily_portfolio"]
    assert day.realised_pnl_krw == book.realised_today_krw
    assert day.unrealised_pnl_krw == book.unrealised_krw
    assert day.equity_krw == book.equity_krw
    open_trades = {(t.strategy_id, t.symbol) for t in tables["trades"] if t.status == "OPEN"}
    assert open_trades == set(held)
    assert sum(t.realised_pnl_krw for t in tables["trades"]) == book.realised_today_krw
    [oms] = tables["oms_state"]
    assert (oms.safe_mode, oms.halt_entries) == (book.safe_mode, book.halt_entries)
    assert {row.strategy_id for row in tables["strategy_state"] if row.paused} == {
        strategy.strategy_id for strategy in book.strategies.values() if strategy.paused
    }


def order_row(order: Any) -> tuple[Any, ...]:
    filled = (order.filled, order.filled_value_krw, order.cost_krw)
    terms = (order.limit_krw, order.order_type, order.broker_id, order.branch, order.shares)
    where = (order.venue, order.time_in_force, order.trigger_krw, order.parent_id)
    return (str(order.state), *terms, *filled, *where)


def allocation_row(allocation: Any) -> tuple[Any, ...]:
    return (allocation.shares, allocation.cost_krw, allocation.stop_krw, allocation.direction)


def test_a_short_trades_risk_and_marks_are_signed_its_way() -> None:
    story = Story(contract_limits(), symbol=KOSDAQ150).ready()
    order = one(story.enter(2, direction="SHORT", stop_krw=72_000), r.OrderPlanned)
    story.notice(story.answer(order.order_id), 2, side="SELL")
    for price_krw in (69_000, 71_000):
        story.wait(1).tell(
            r.MarksTaken(at_ns=story.now_ns, marks=(r.Mark(KOSDAQ150, price_krw, story.now_ns),))
        )
    tables = Tables().take(journal_of(story))
    [day] = tables["risk_daily_portfolio"]
    assert day.unrealised_pnl_krw == -2_000 - 4  # a point against it, and the commission
    [trade], [marks] = tables["trades"], tables["trade_marks"]
    assert (trade.direction, trade.risk_krw) == ("SHORT", 4_000)
    assert (marks.mfe_krw, marks.mae_krw) == (2_000, -2_000)
    order = one(story.ask("EXIT"), r.OrderPlanned)
    story.notice(story.answer(order.order_id), 2, 69_000)
    [trade] = Tables().take(journal_of(story))["trades"]
    assert (trade.status, trade.realised_pnl_krw) == ("CLOSED", 2_000 - 4 - 4)


def test_every_output_has_a_table_or_is_known_to_need_none() -> None:
    without = {r.NoticeKept, r.NoticeCounted, r.ExitWanted, r.BasePriceSet}
    assert set(get_args(r.AnyOutput)) - TAKEN.keys() == without
