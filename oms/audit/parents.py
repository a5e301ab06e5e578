"""Parents: intents that leave as many orders. Pure."""

from oms.audit.known import Standings, Unprojectable, time_of
from oms.audit.standing import OrderParent
from oms.core import records as r


def parent_planned(rows: Standings, out: r.ParentPlanned) -> None:
    """A parent exists."""
    execution = out.asked.execution
    parent = OrderParent(
        parent_id=out.parent_id,
        seq=rows.seq,
        account=rows.account,
        trade_date=rows.today,
        intent_id=out.asked.intent_id,
        strategy_id=out.strategy_id,
        symbol=out.asked.symbol or "",
        side=out.side,
        style=execution.style if execution else "TWAP",
        unfilled=execution.unfilled if execution else "CARRY",
        shares=out.shares,
        limit_krw=out.asked.limit_krw,
        slices=len(out.slices),
        reason=out.asked.reason,
        created_at=rows.at,
        ends_at=time_of(out.ends_ns) or rows.at,
        updated_at=rows.at,
        updated_seq=rows.seq,
    )
    rows.known.parents[out.parent_id] = parent
    rows.change(parent)


def slice_taken(rows: Standings, out: r.SliceTaken) -> None:
    """A slice had its turn."""
    parent = _parent(rows, out.parent_id)
    parent.taken, parent.dropped = out.index + 1, parent.dropped + out.dropped
    parent.ordered += out.shares
    if out.order_id is None:
        parent.missed += 1
        parent.why = out.why


def parent_closed(rows: Standings, out: r.ParentClosed) -> None:
    """Nothing more of a parent leaves."""
    parent = _parent(rows, out.parent_id)
    parent.filled, parent.why, parent.closed_at = out.filled, out.why, rows.at
    rows.known.parents.pop(out.parent_id)


def _parent(rows: Standings, parent_id: str) -> OrderParent:
    parent = rows.known.parents.get(parent_id)
    if parent is None:
        raise Unprojectable(f"parent {parent_id} was never planned")
    return rows.change(parent)
