"""The day's orders in the book: what each output does to them, their numbers and their cash.

A part of the book, whose `apply` alone calls these methods; each is named as its output's tag.
"""

from kis_core.wire.account import OrderNotice, OrderRow
from oms.core import records as r
from oms.core.exposure import Exposure
from oms.core.holdings import PastDay, with_fee_krw
from oms.core.order import (
    EXPIRED,
    IN_FLIGHT,
    WORKING,
    Cancel,
    ModifyReport,
    Numbered,
    Order,
    Refused,
    Report,
    after,
    after_modify,
    worst_krw,
)
from oms.core.pace import MINUTE_NS, SECOND_NS, Pace
from oms.core.parent import Parent
from oms_client.contract import OrderState


class Orders(Exposure):
    """Orders by our id and by the broker's number, what their fills did, the cash they keep."""

    def __init__(self) -> None:
        super().__init__()
        self.date: str | None = None
        self.orders_today = 0
        self.paced = Pace(MINUTE_NS)  # orders
        self.messages = Pace(SECOND_NS)  # orders, modifies and cancels sent
        self.cash_krw: int | None = None  # orderable, less what we planned since it was read
        self.orders: dict[str, Order] = {}  # of the day, and older ones still open
        self.open_orders: dict[str, Order] = {}
        self.parents: dict[str, Parent] = {}  # that have not ended
        self.parents_today = 0
        self.by_broker: dict[int, Order] = {}  # order numbers of the day, those of modifies too
        self.unclaimed: dict[int, list[OrderNotice]] = {}
        self.externals: dict[int, OrderRow] = {}
        self.past: PastDay | None = None
        self.results: dict[tuple[str, str], r.IntentDecided] = {}  # of today and the day before
        self.forgets = False  # there are older ones, which are in the journal alone

    def _intent_decided(self, out: r.IntentDecided) -> None:
        self.results[out.strategy_id, out.intent_id] = out

    def _order_planned(self, out: r.OrderPlanned) -> None:
        assert out.order_id not in self.orders, f"{out.order_id} is planned twice"
        order = Order(
            order_id=out.order_id,
            intent_id=out.intent_id,
            strategy_id=out.strategy_id,
            symbol=out.symbol,
            side=out.side,
            shares=out.shares,
            order_type=out.order_type,
            limit_krw=out.limit_krw,
            unit_krw=out.unit_krw,
            cancel_at_ns=out.cancel_at_ns,
            stop_krw=out.stop_krw,
            market=out.market,
            reason=out.reason,
            created_ns=out.at_ns,
            date=self.date or "",
            opens=out.side == "BUY" if out.effect is None else out.effect == "OPEN",
            cash_unit_krw=out.unit_krw if out.cash_unit_krw is None else out.cash_unit_krw,
            time_horizon=out.time_horizon,
            worst_krw=worst_krw(out),
            chase=out.chase,
            venue=out.venue,
            time_in_force=out.time_in_force,
            trigger_krw=out.trigger_krw,
            held=out.held,
            auction=out.auction,
            until_ns=out.until_ns,
            parent_id=out.parent_id,
        )
        self.orders_today += 1
        self.orders[order.order_id] = order
        self.open_orders[order.order_id] = order
        listing, allocation = self._hold(out.symbol, out.strategy_id)
        allocation.open_orders[order.order_id] = order
        if order.opens and not allocation.shares:
            allocation.direction = order.direction
        if out.market is not None:
            listing.market = out.market
        if out.price_krw is not None and out.at_ns > listing.mark_ns:
            self._mark(listing, out.price_krw, out.at_ns)
        if order.opens and self.cash_krw is not None:
            self.cash_krw -= self._committed_krw(order)
        if (parent := self.parents.get(out.parent_id or "")) is not None:
            parent.children.append(order)
            self._hold_back(parent)
        self._recount(listing, allocation)
        self.paced.note(out.at_ns)
        self._strategy(out.strategy_id).orders.note(out.at_ns)
        if order.opens and order.parent_id is None:
            allocation.entries_ns.append(out.at_ns)

    # parents

    def _parent_planned(self, out: r.ParentPlanned) -> None:
        parent = Parent(
            parent_id=out.parent_id,
            strategy_id=out.strategy_id,
            asked=out.asked,
            side=out.side,
            shares=out.shares,
            unit_krw=out.unit_krw,
            market=out.market,
            slices=out.slices,
            ends_ns=out.ends_ns,
            created_ns=out.at_ns,
        )
        self.parents_today += 1
        self.parents[parent.parent_id] = parent
        listing, allocation = self._hold(parent.symbol, parent.strategy_id)
        allocation.parents[parent.parent_id] = parent
        self._hold_back(parent)
        self._recount(listing, allocation)
        if parent.side == "BUY":
            allocation.entries_ns.append(out.at_ns)

    def _slice_taken(self, out: r.SliceTaken) -> None:
        parent = self.parents[out.parent_id]
        parent.next = out.index + 1
        parent.dropped += out.dropped
        self._hold_back(parent)
        self._recount(*self._hold(parent.symbol, parent.strategy_id))

    def _parent_closed(self, out: r.ParentClosed) -> None:
        parent = self.parents.pop(out.parent_id)
        if self.cash_krw is not None:
            self.cash_krw += parent.cash_krw
        listing, allocation = self._hold(parent.symbol, parent.strategy_id)
        allocation.parents.pop(out.parent_id)
        self._recount(listing, allocation)

    def _hold_back(self, parent: Parent) -> None:
        """Keep the cash back that what is left of a parent may cost."""
        krw = self._with_fee_krw(parent.left * parent.unit_krw)
        if self.cash_krw is not None:
            self.cash_krw += parent.cash_krw - krw
        parent.cash_krw = krw

    def _of_parent(self, order: Order) -> None:
        parent = self.parents.get(order.parent_id or "")
        if parent is not None:
            self._hold_back(parent)

    # orders on their way

    def _order_sent(self, out: r.OrderSent) -> None:
        order = self.orders[out.order_id]
        self._advance(order, Report.RELEASED)
        order.sent_ns = out.at_ns
        self.messages.note(out.at_ns)

    def sent_order(self, order_id: str) -> Order:
        """Return an order of today, or of the day before that is not confirmed yet."""
        if self.past is not None and order_id in self.past.orders:
            return self.past.orders[order_id]
        return self.orders[order_id]

    def _order_answered(self, out: r.OrderAnswered) -> None:
        order = self.sent_order(out.order_id)
        if order.order_id not in self.orders:
            order.broker_id, order.branch = out.broker_id, out.branch
            if out.broker_id is not None:
                order.numbers[int(out.broker_id)] = _numbered(order)
            return  # its day is over: the number only says which row of the history it is
        if out.answer == "unknown":
            self._advance(order, Report.LOST)
            order.refusal_text = out.text
            return
        assert out.broker_id is not None, f"{out.order_id} accepted without an order number"
        order.broker_id = out.broker_id
        order.branch = out.branch
        order.accepted_ns = out.at_ns
        order.refusal_text = None
        number = self._claim(order, out.broker_id)
        order.numbers[number] = _numbered(order)
        was_open = order.is_open
        self._advance(order, Report.ACCEPTED)
        if order.is_open and not was_open:
            self._reopen(order)

    def _claim(self, order: Order, broker_id: str) -> int:
        """Take a number as one of ours: what is told under it is told of this order."""
        number = int(broker_id)
        self.by_broker[number] = order
        self.externals.pop(number, None)
        self.unclaimed.pop(number, None)
        return number

    def _reopen(self, order: Order) -> None:
        self.open_orders[order.order_id] = order
        listing, allocation = self._hold(order.symbol, order.strategy_id)
        allocation.open_orders[order.order_id] = order
        if order.opens and self.cash_krw is not None:
            self.cash_krw -= self._committed_krw(order)
        self._recount(listing, allocation)

    def _notice_kept(self, out: r.NoticeKept) -> None:
        kept = self.unclaimed.setdefault(int(out.notice.broker_id), [])
        kept.append(out.notice)

    def _notice_counted(self, out: r.NoticeCounted) -> None:
        order = self.orders[out.order_id]
        one = order.under(out.broker_id)
        one.told.add(out.told)
        one.noticed += out.shares
        one.noticed_value_krw += out.value_krw

    def _order_filled(self, out: r.OrderFilled) -> None:
        order = self.sent_order(out.order_id)
        assert out.filled == order.filled + out.shares <= order.shares, f"{out} after {order}"
        order.filled = out.filled
        order.filled_value_krw = out.filled_value_krw
        order.cost_krw = out.order_cost_krw
        one = order.under(out.broker_id)
        one.filled += out.shares
        one.filled_value_krw += out.value_krw
        one.cost_krw += out.cost_krw
        whole = order.filled == order.shares
        was_open = order.is_open
        self._advance(order, Report.WHOLE_FILLED if whole else Report.PART_FILLED)
        if order.is_open and order.order_id not in self.orders:
            order.state = EXPIRED  # its day is over
        listing, allocation = self._hold(order.symbol, order.strategy_id)
        listing.last_fill_ns = out.at_ns
        if order.opens:
            listing.bought_today += out.shares
        if listing.mark_krw is None:
            self._mark(listing, out.value_krw // out.shares, out.at_ns)
        if self.cash_krw is not None:
            if not order.opens:
                self.cash_krw += 0 if self.on_margin else out.value_krw - out.cost_krw
            elif not was_open:
                fee = 0 if self.on_margin else out.cost_krw
                self.cash_krw -= self._taken_krw(order, out.shares, out.value_krw) + fee
        if order.is_open and not was_open:
            self._reopen(order)
        self._of_parent(order)
        self._recount(listing, allocation)

    def _order_closed(self, out: r.OrderClosed) -> None:
        order = self.orders[out.order_id]
        was_counted = out.order_id in self.open_orders
        order.state = OrderState(out.state)
        if out.code is not None:
            order.refusal_code, order.refusal_text = out.code, out.text
        self.open_orders.pop(out.order_id, None)
        listing, allocation = self._hold(order.symbol, order.strategy_id)
        allocation.open_orders.pop(out.order_id, None)
        if was_counted and order.opens and self.cash_krw is not None and self.limits:
            taken = self._taken_krw(order, order.filled, order.filled_value_krw)
            unused = order.shares * order.cash_unit_krw - taken
            self.cash_krw += max(0, with_fee_krw(unused, self.cash_fee_ppm))
        if order.date != self.date:
            self.orders.pop(out.order_id, None)
        self._of_parent(order)
        self._recount(listing, allocation)

    def _order_missed(self, out: r.OrderMissed) -> None:
        order = self.orders[out.order_id]
        order.missed = out.times
        order.missed_ns = out.at_ns

    def _cancel_planned(self, out: r.CancelPlanned) -> None:
        order = self.orders[out.order_id]
        order.cancel, order.cancel_ns = Cancel.SENT, out.at_ns
        order.cancels += 1
        order.cancel_why = out.why
        order.cancel_id = order.under(out.broker_id).broker_id
        self.messages.note(out.at_ns)

    def _cancel_wanted(self, out: r.CancelWanted) -> None:
        order = self.orders[out.order_id]
        order.cancel_at_ns, order.cancel_why = out.at_ns, out.why

    def _cancel_settled(self, out: r.CancelSettled) -> None:
        order = self.orders.get(out.order_id)
        if order:
            order.cancel = Cancel[out.answer.upper()]
            order.cancel_ns = out.at_ns

    def _cancel_cleared(self, out: r.CancelCleared) -> None:
        self.orders[out.order_id].cancel = Cancel.NONE

    def _modify_planned(self, out: r.ModifyPlanned) -> None:
        order = self.orders[out.order_id]
        self._amend(order, ModifyReport.RELEASED)
        order.modifies, order.modify_ns = out.modify, out.at_ns
        order.modify_limit_krw, order.modify_id = out.limit_krw, None
        order.modify_missed = 0
        order.raised_krw = 0
        if order.opens and order.limit_krw is not None:
            dearer_krw = max(0, out.limit_krw - order.limit_krw)
            order.raised_krw = dearer_krw * order.cash_unit_krw // order.unit_krw
        if order.raised_krw and self.cash_krw is not None:
            self.cash_krw -= self._with_fee_krw(order.remaining * order.raised_krw)
        if out.step:
            order.chased, order.chased_ns = out.step, out.at_ns
        else:
            order.chase = None  # somebody says where it stands
        self.messages.note(out.at_ns)

    def _modify_settled(self, out: r.ModifySettled) -> None:
        order = self.orders.get(out.order_id)
        if order is None:
            return
        if out.broker_id is not None:
            number = self._claim(order, out.broker_id)
            if out.answer == "declined":
                order.refused_numbers.add(number)
                order.numbers.pop(number, None)
        if out.modify != order.modifies:
            return
        if out.broker_id is not None:
            order.modify_id = out.broker_id
        report = ModifyReport(out.answer)
        self._amend(order, report)
        if report is not ModifyReport.ACCEPTED:
            order.modify_missed = 0
        if order.modify not in IN_FLIGHT:
            order.settled_ns = out.at_ns

    def _modify_missed(self, out: r.ModifyMissed) -> None:
        self.orders[out.order_id].modify_missed = out.times

    def _order_renumbered(self, out: r.OrderRenumbered) -> None:
        order = self.sent_order(out.order_id)
        number = int(out.broker_id)
        if order.order_id in self.orders:
            self._claim(order, out.broker_id)
        one = order.numbers.get(number)
        if one is None:
            one = order.numbers[number] = Numbered(out.broker_id, out.branch, None, "")
            if not out.external:
                self._amend(order, ModifyReport.DONE)
        one.limit_krw, one.order_type = out.limit_krw, out.order_type
        if out.external:
            order.changed_externally, order.chase = True, None
        order.settled_ns = out.at_ns
        was_open = order.is_open
        self._advance(order, Report.RENUMBERED)
        if order.state is WORKING and order.filled:
            self._advance(order, Report.PART_FILLED)
        self._work_under(order, one)
        if order.is_open and not was_open:
            self._reopen(order)

    def _work_under(self, order: Order, one: Numbered) -> None:
        """Let an order stand as one of its numbers says, and reserve what that may cost."""
        order.broker_id, order.branch = one.broker_id, one.branch
        order.limit_krw, order.order_type = one.limit_krw, one.order_type
        listing, allocation = self._hold(order.symbol, order.strategy_id)
        dearest_krw = one.limit_krw or listing.mark_krw or 0
        if order.opens and dearest_krw > order.unit_krw:  # somebody else raised it
            before_krw = order.cash_unit_krw
            order.cash_unit_krw = -(-before_krw * dearest_krw // order.unit_krw)
            order.unit_krw = dearest_krw
            if self.cash_krw is not None:
                raised_krw = order.shares * (order.cash_unit_krw - before_krw)
                self.cash_krw -= self._with_fee_krw(raised_krw)
            self._recount(listing, allocation)

    def _chase_stepped(self, out: r.ChaseStepped) -> None:
        order = self.orders[out.order_id]
        order.chased, order.chased_ns = out.step, out.at_ns

    def _amend(self, order: Order, report: ModifyReport) -> None:
        state = after_modify(order.modify, report)
        assert not isinstance(state, Refused), f"{order.order_id}, {order.modify}: {report}"
        order.modify = state

    def _advance(self, order: Order, report: Report) -> None:
        state = after(order.state, report)
        assert not isinstance(state, Refused), f"{order.order_id} is {order.state}: {report}"
        order.state = state

    def _committed_krw(self, order: Order) -> int:
        """Return the cash an order may still take."""
        return self._with_fee_krw(order.remaining * order.cash_unit_krw)

    def _with_fee_krw(self, value_krw: int) -> int:
        return with_fee_krw(value_krw, self.cash_fee_ppm)

    def _taken_krw(self, order: Order, shares: int, value_krw: int) -> int:
        """Return the cash that filled shares took: their price, or their margin."""
        return shares * order.cash_unit_krw if self.on_margin else value_krw


def _numbered(order: Order) -> Numbered:
    return Numbered(order.broker_id or "", order.branch or "", order.limit_krw, order.order_type)
