"""What strategies hold, and the stops that protect it. Pure."""

from kis_core.postgres import to_kst_naive
from oms.audit.day import revalue
from oms.audit.history import StopEvent
from oms.audit.known import Fill, Standings, time_of
from oms.audit.recon import note
from oms.audit.trades import mark_symbol, mark_trade, move_trade, sign
from oms.core import records as r


def allocation_changed(rows: Standings, out: r.AllocationChanged) -> None:
    """A strategy holds more or less than before."""
    allocation = rows.allocation(out.strategy_id, out.symbol)
    order = rows.known.orders.get(out.order_id) if out.order_id else None
    fill = rows.fills.pop(out.order_id, None) if out.order_id else None
    if fill is None:  # shares that came or went without an order of ours
        fill = Fill(abs(out.cost_krw - allocation.cost_krw))
        if out.shares < allocation.shares:
            fill.value_krw += sign(out.direction) * out.realised_krw
        note(rows, "ALLOCATION_SET", out.symbol, out.strategy_id, details=out.why)
    move_trade(rows, allocation, out, order, fill)
    if allocation.shares == 0 and out.shares:
        allocation.entered_at = rows.at
    if out.shares == 0:
        allocation.entered_at = allocation.trade_id = None
    allocation.shares, allocation.cost_krw = out.shares, out.cost_krw
    allocation.stop_krw, allocation.direction = out.stop_krw, out.direction
    rows.day().realised_pnl_krw += out.realised_krw
    rows.strategy_day(out.strategy_id).realised_pnl_krw += out.realised_krw
    revalue(rows)


def stop_set(rows: Standings, out: r.StopSet) -> None:
    """A protective stop was set, moved or taken away."""
    rows.allocation(out.strategy_id, out.symbol).stop_krw = out.stop_krw
    rows.record(
        StopEvent(
            seq=rows.seq,
            at=rows.at,
            strategy_id=out.strategy_id,
            symbol=out.symbol,
            event_type="CLEARED" if out.stop_krw is None else "SET",
            stop_krw=out.stop_krw,
            why=out.why,
        )
    )


def stop_fired(rows: Standings, out: r.StopFired) -> None:
    """A live trade reached a stop."""
    trade = rows.known.trades.get((out.strategy_id, out.symbol))
    if trade is not None:
        mark_trade(rows, trade, out.price_krw, rows.at)
    rows.record(
        StopEvent(
            seq=rows.seq,
            at=rows.at,
            strategy_id=out.strategy_id,
            symbol=out.symbol,
            event_type="FIRED",
            stop_krw=out.stop_krw,
            price_krw=out.price_krw,
            order_id=out.order_id,
        )
    )


def lock_changed(rows: Standings, out: r.LockChanged) -> None:
    """Who may enter a symbol."""
    position = rows.position(out.symbol)
    position.lock_owner = out.owner
    position.lock_until = time_of(out.until_ns) if out.owner else None


def cooldown_set(rows: Standings, out: r.CooldownSet) -> None:
    """Entries into a symbol wait."""
    rows.position(out.symbol).cooldown_until = time_of(out.until_ns)


def marks_set(rows: Standings, out: r.MarksSet) -> None:
    """Last prices."""
    for mark in out.marks:
        mark_symbol(rows, mark.symbol, mark.price_krw, to_kst_naive(mark.at_ns))
    revalue(rows)
