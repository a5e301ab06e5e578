"""Round trips: what a strategy's shares cost, brought, and might have brought.

Pure. A trade opens with the first share a strategy has of a symbol and closes when it holds none,
however many orders and fills lie between. Money is int KRW.
"""

from datetime import datetime

from oms.audit.known import Fill, Standings
from oms.audit.standing import Allocation, Order, Trade, TradeMarks
from oms.core import records as r


def sign(direction: str) -> int:
    """Return what a rising price does to a position: 1 where it gains, -1 where it loses."""
    return -1 if direction == "SHORT" else 1


def move_trade(
    rows: Standings, before: Allocation, out: r.AllocationChanged, order: Order | None, fill: Fill
) -> None:
    """Take a change of an allocation, not yet applied to `before`, into its round trip."""
    key = (out.strategy_id, out.symbol)
    trade = rows.known.trades.get(key)
    delta = out.shares - before.shares
    if trade is None:
        if delta <= 0:
            return
        trade = rows.known.trades[key] = _opened(rows, out, order)
        rows.strategy_day(out.strategy_id).trades_opened += 1
    rows.change(trade)
    if delta > 0:
        trade.entry_shares += delta
        trade.entry_value_krw += fill.value_krw
        trade.entry_cost_krw += fill.cost_krw
        trade.risk_krw = _risk_krw(trade)
        if fill.value_krw:  # shares that a split brought cost nothing
            mark_trade(rows, trade, fill.value_krw // delta, rows.at)
    elif delta < 0:
        trade.exit_shares -= delta
        trade.exit_value_krw += fill.value_krw
        trade.exit_cost_krw += fill.cost_krw
        trade.exit_reason = order.reason if order else out.why
        if order:
            trade.exit_intent_id, trade.exit_order_id = order.intent_id, order.order_id
        if fill.value_krw:
            mark_trade(rows, trade, fill.value_krw // -delta, rows.at)
    trade.realised_pnl_krw += out.realised_krw
    trade.open_shares, trade.open_cost_krw = out.shares, out.cost_krw
    before.trade_id = trade.trade_id
    if out.shares == 0:
        _close(rows, trade)


def mark_symbol(rows: Standings, symbol: str, price_krw: int, at: datetime) -> None:
    """Take a price of a symbol, unless a newer one is known, into whatever trades hold it."""
    position = rows.position(symbol)
    if position.price_at is not None and at <= position.price_at:
        return
    position.price_krw, position.price_at = price_krw, at
    for trade in rows.known.trades.values():
        if trade.symbol == symbol and at >= trade.opened_at:
            mark_trade(rows, trade, price_krw, at)


def rescale_marks(
    rows: Standings, symbol: str, numerator: int, denominator: int, mark_krw: int
) -> None:
    """Bring the best and the worst price of open trades to a split's scale; they may be there."""

    def scaled(price_krw: int) -> int:
        other = max(1, price_krw * denominator // numerator)
        return min((other, price_krw), key=lambda p: max(p / mark_krw, mark_krw / p))

    for trade in rows.known.trades.values():
        marks = rows.known.marks.get(trade.trade_id)
        if trade.symbol == symbol and marks is not None:
            rows.change(marks)
            marks.high_krw, marks.low_krw = scaled(marks.high_krw), scaled(marks.low_krw)


def mark_trade(rows: Standings, trade: Trade, price_krw: int, at: datetime) -> None:
    """Take a price seen while the trade was open."""
    marks = rows.known.marks.get(trade.trade_id)
    if marks is None:
        marks = TradeMarks(
            trade_id=trade.trade_id,
            high_krw=price_krw,
            high_at=at,
            low_krw=price_krw,
            low_at=at,
            updated_at=rows.at,
            updated_seq=rows.seq,
        )
        rows.known.marks[trade.trade_id] = marks
    rows.change(marks)
    marks.marks += 1
    if price_krw > marks.high_krw:
        marks.high_krw, marks.high_at = price_krw, at
    if price_krw < marks.low_krw:
        marks.low_krw, marks.low_at = price_krw, at
    _measure(trade, marks, at)


def _opened(rows: Standings, out: r.AllocationChanged, order: Order | None) -> Trade:
    return Trade(
        # The journal's row number names it: the same journal always names it the same.
        trade_id=f"{out.strategy_id}-{out.symbol}-{rows.seq}",
        seq=rows.seq,
        strategy_id=out.strategy_id,
        symbol=out.symbol,
        setup=order.reason if order else out.why,
        confidence=order.confidence if order else None,
        time_horizon=order.time_horizon if order else None,
        trade_date=rows.today,
        opened_at=rows.at,
        initial_stop_krw=(order.stop_krw if order else None) or out.stop_krw,
        entry_intent_id=order.intent_id if order else None,
        entry_order_id=order.order_id if order else None,
        updated_at=rows.at,
        updated_seq=rows.seq,
        direction=out.direction,
    )


def _close(rows: Standings, trade: Trade) -> None:
    trade.status, trade.closed_at = "CLOSED", rows.at
    paid_krw = trade.entry_value_krw + trade.entry_cost_krw
    if paid_krw:
        trade.return_pct = trade.realised_pnl_krw * 100 / paid_krw
    if trade.risk_krw:
        trade.realised_r = trade.realised_pnl_krw / trade.risk_krw
    marks = rows.known.marks.pop(trade.trade_id, None)
    if marks is not None:
        _measure(trade, rows.change(marks), rows.at)
        if marks.mfe_krw:
            marks.capture_ratio = trade.realised_pnl_krw / marks.mfe_krw
    del rows.known.trades[trade.strategy_id, trade.symbol]
    day = rows.strategy_day(trade.strategy_id)
    day.trades_closed += 1
    day.realised_r += trade.realised_r or 0.0
    if trade.realised_pnl_krw > 0:
        day.wins += 1
    else:
        day.losses += 1


def _risk_krw(trade: Trade) -> int | None:
    if trade.initial_stop_krw is None:
        return None
    stopped_krw = trade.initial_stop_krw * trade.entry_shares
    risk_krw = sign(trade.direction) * (trade.entry_value_krw - stopped_krw)
    return risk_krw if risk_krw > 0 else None


def _measure(trade: Trade, marks: TradeMarks, at: datetime) -> None:
    paid_krw, shares = trade.entry_value_krw, trade.entry_shares
    way = sign(trade.direction)
    best, worst = (marks.high_krw, marks.low_krw)[::way]
    marks.mfe_krw = max(0, way * (best * shares - paid_krw))
    marks.mae_krw = min(0, way * (worst * shares - paid_krw))
    if paid_krw:
        marks.mfe_pct = marks.mfe_krw * 100 / paid_krw
        marks.mae_pct = marks.mae_krw * 100 / paid_krw
    if trade.risk_krw:
        marks.mfe_r = marks.mfe_krw / trade.risk_krw
        marks.mae_r = marks.mae_krw / trade.risk_krw
    marks.duration_s = max(0, int((at - trade.opened_at).total_seconds()))
