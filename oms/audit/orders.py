"""Orders, their steps and their fills. Pure."""

from oms.audit.day import revalue
from oms.audit.history import Execution, OrderEvent
from oms.audit.known import Fill, Standings, Unprojectable, time_of
from oms.audit.standing import Order
from oms.audit.trades import mark_symbol
from oms.core import records as r
from oms.core.order import Refused, Report, after
from oms_client.contract import OrderState


def order_planned(rows: Standings, out: r.OrderPlanned) -> None:
    """An order exists."""
    order = Order(
        order_id=out.order_id,
        seq=rows.seq,
        account=rows.account,
        trade_date=rows.today,
        intent_id=out.intent_id,
        strategy_id=out.strategy_id,
        symbol=out.symbol,
        market=out.market,
        side=out.side,
        order_type=out.order_type,
        shares=out.shares,
        limit_krw=out.limit_krw,
        stop_krw=out.stop_krw,
        price_krw=out.price_krw,
        time_horizon=out.time_horizon,
        confidence=out.confidence,
        reason=out.reason,
        state=OrderState.PLANNED.value,
        created_at=rows.at,
        cancel_at=time_of(out.cancel_at_ns),
        venue=out.venue,
        time_in_force=out.time_in_force,
        trigger_krw=out.trigger_krw,
        held=out.held,
        auction=out.auction,
        parent_id=out.parent_id,
        updated_at=rows.at,
        updated_seq=rows.seq,
    )
    rows.known.orders[out.order_id] = order
    _step(rows, rows.change(order), "PLANNED")
    if out.price_krw is not None:
        mark_symbol(rows, out.symbol, out.price_krw, rows.at)
        revalue(rows)


def order_sent(rows: Standings, out: r.OrderSent) -> None:
    """An order left."""
    order = _moved(rows, out.order_id, Report.RELEASED)
    order.sent_at = rows.at
    rows.day().orders_sent += 1
    _step(rows, order, "SENT")


def order_answered(rows: Standings, out: r.OrderAnswered) -> None:
    """A sent order was accepted, or its answer was lost."""
    if out.answer == "unknown":
        order = _moved(rows, out.order_id, Report.LOST)
        order.refusal_text = out.text
        _step(rows, order, "UNKNOWN")
        return
    order = _moved(rows, out.order_id, Report.ACCEPTED)
    order.broker_id, order.branch = out.broker_id, out.branch
    order.accepted_at, order.refusal_text = rows.at, None
    if order.state == OrderState.WORKING:
        order.closed_at = None  # one that was taken for lost
    _step(rows, order, "ACCEPTED")


def order_filled(rows: Standings, out: r.OrderFilled) -> None:
    """Shares changed hands."""
    whole = out.filled >= rows.order(out.order_id).shares
    order = _moved(rows, out.order_id, Report.WHOLE_FILLED if whole else Report.PART_FILLED)
    order.filled, order.filled_value_krw = out.filled, out.filled_value_krw
    order.cost_krw = out.order_cost_krw
    order.first_fill_at = order.first_fill_at or rows.at
    order.last_fill_at = rows.at
    order.broker_id = order.broker_id or out.broker_id
    if order.state == OrderState.PARTIAL:
        order.closed_at = None
    if rows.position(out.symbol).price_krw is None:
        mark_symbol(rows, out.symbol, out.value_krw // out.shares, rows.at)
    rows.record(
        Execution(
            seq=rows.seq,
            at=rows.at,
            order_id=out.order_id,
            filled=out.filled,
            account=rows.account,
            trade_date=order.trade_date,
            broker_id=out.broker_id,
            intent_id=out.intent_id,
            strategy_id=out.strategy_id,
            symbol=out.symbol,
            side=out.side,
            shares=out.shares,
            value_krw=out.value_krw,
            cost_krw=out.cost_krw,
            source=out.source,
            exchange_time=out.filled_at,
        )
    )
    _step(rows, order, "FILL" if whole else "PARTIAL_FILL")
    fill = rows.fills.setdefault(out.order_id, Fill())
    fill.value_krw += out.value_krw
    fill.cost_krw += out.cost_krw
    rows.strategy(out.strategy_id).last_fill_at = rows.at
    for day in (rows.day(), rows.strategy_day(out.strategy_id)):
        day.fills_count += 1
        day.turnover_krw += out.value_krw
        day.cost_krw += out.cost_krw


def order_closed(rows: Standings, out: r.OrderClosed) -> None:
    """An order is over."""
    order = rows.order(out.order_id)
    order.state, order.why, order.closed_at = out.state, out.why, rows.at
    order.cancelling = False
    if out.code is not None:
        order.refusal_code, order.refusal_text = out.code, out.text
    _step(rows, order, out.state)


def order_missed(rows: Standings, out: r.OrderMissed) -> None:
    """The history does not hold an order that was looked up."""
    _step(rows, rows.order(out.order_id), "MISSED")


def cancel_planned(rows: Standings, out: r.CancelPlanned) -> None:
    """A cancel leaves."""
    order = rows.order(out.order_id)
    order.cancelling = True
    _step(rows, order, "CANCEL_SENT")


def cancel_wanted(rows: Standings, out: r.CancelWanted) -> None:
    """The order is to be cancelled once it has a number."""
    _step(rows, rows.order(out.order_id), "CANCEL_WANTED")


def cancel_settled(rows: Standings, out: r.CancelSettled) -> None:
    """What became of the request to cancel."""
    _step(rows, rows.order(out.order_id), f"CANCEL_{out.answer.upper()}")


def cancel_cleared(rows: Standings, out: r.CancelCleared) -> None:
    """The order may be cancelled again."""
    order = rows.order(out.order_id)
    order.cancelling = False
    _step(rows, order, "CANCEL_CLEARED")


def modify_planned(rows: Standings, out: r.ModifyPlanned) -> None:
    """A modify leaves."""
    _step(rows, rows.order(out.order_id), "MODIFY_SENT")


def modify_settled(rows: Standings, out: r.ModifySettled) -> None:
    """What became of the request to modify."""
    _step(rows, rows.order(out.order_id), f"MODIFY_{out.answer.upper()}")


def modify_missed(rows: Standings, out: r.ModifyMissed) -> None:
    """The history does not show a modify that was looked up."""
    _step(rows, rows.order(out.order_id), "MODIFY_MISSED")


def order_renumbered(rows: Standings, out: r.OrderRenumbered) -> None:
    """The order works under another number, at these terms; the steps keep the one before."""
    order = _moved(rows, out.order_id, Report.RENUMBERED)
    if order.state == OrderState.WORKING:
        order.closed_at = None  # one that was taken for cancelled
        if order.filled:
            _moved(rows, out.order_id, Report.PART_FILLED)
    order.broker_id, order.branch = out.broker_id, out.branch
    order.limit_krw, order.order_type = out.limit_krw, out.order_type
    _step(rows, order, "MODIFIED_EXTERNALLY" if out.external else "MODIFIED")


def chase_stepped(rows: Standings, out: r.ChaseStepped) -> None:
    """A step of a chase had nowhere to go."""
    _step(rows, rows.order(out.order_id), "CHASE_STEPPED")


def _moved(rows: Standings, order_id: str, report: Report) -> Order:
    order = rows.order(order_id)
    state = after(OrderState(order.state), report)
    if isinstance(state, Refused):
        raise Unprojectable(f"order {order_id} is {order.state}: {report.name}")
    order.state = state.value
    return order


def _step(rows: Standings, order: Order, event_type: str) -> None:
    rows.record(
        OrderEvent(
            seq=rows.seq,
            at=rows.at,
            order_id=order.order_id,
            intent_id=order.intent_id,
            strategy_id=order.strategy_id,
            symbol=order.symbol,
            event_type=event_type,
            state=order.state,
            payload=rows.payload,
        )
    )
