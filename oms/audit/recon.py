"""What the broker said of the account, and where it disagreed. Pure."""

from kis_core.postgres import to_kst_naive
from oms.audit.day import revalue
from oms.audit.history import ReconRow
from oms.audit.known import Standings
from oms.audit.trades import mark_symbol, rescale_marks
from oms.core import records as r


def balance_taken(rows: Standings, out: r.BalanceTaken) -> None:
    """The broker's own view of the account."""
    oms, day = rows.oms(), rows.day()
    at = to_kst_naive(out.asked_ns)
    oms.equity_krw, oms.balance_at = out.equity_krw, at
    day.equity_krw, day.deposit_krw = out.equity_krw, out.deposit_krw
    day.settled_d2_krw = out.settled_d2_krw
    held = {line.symbol for line in out.holdings}
    for line in out.holdings:
        position = rows.position(line.symbol)
        position.broker_shares, position.broker_cost_krw = line.shares, line.cost_krw
        position.balance_at = at
        if line.price_krw:
            mark_symbol(rows, line.symbol, line.price_krw, at)
    for symbol, position in rows.known.positions.items():
        if symbol not in held and position.broker_shares != 0:
            rows.change(position).broker_shares = 0
            position.broker_cost_krw, position.balance_at = 0, at
    revalue(rows)


def baseline_set(rows: Standings, out: r.BaselineSet) -> None:
    """What today's P&L is measured from."""
    rows.day().baseline_krw = out.equity_krw


def buying_power_taken(rows: Standings, out: r.BuyingPowerTaken) -> None:
    """Cash the broker lets us order with."""
    rows.oms().orderable_krw = rows.day().orderable_krw = out.amount_krw


def history_taken(rows: Standings, out: r.HistoryTaken) -> None:
    """The order history was read whole."""
    rows.oms().history_at = to_kst_naive(out.asked_ns)


def query_counted(rows: Standings, out: r.QueryCounted) -> None:
    """A question to the broker failed."""
    oms = rows.oms()
    oms.query_failures += 1
    oms.last_error, oms.last_error_at = f"{out.query}: {out.error}", rows.at
    note(rows, "QUERY_FAILED", details=f"{out.query}: {out.error}: {out.text}")


def notices_set(rows: Standings, out: r.NoticesSet) -> None:
    """Order notices are being heard, or no longer."""
    oms = rows.oms()
    oms.notices_live, oms.notices_at = out.live, rows.at
    note(rows, "NOTICES_LIVE" if out.live else "NOTICES_DOWN")


def drift_suspected(rows: Standings, out: r.DriftSuspected) -> None:
    """One balance disagrees with the allocations."""
    note(rows, "DRIFT_SUSPECTED", out.symbol, drift=out.drift)


def drift_seen(rows: Standings, out: r.DriftSeen) -> None:
    """Two balances disagree with the allocations, or no longer do."""
    rows.position(out.symbol).drift = out.drift
    rows.oms().drift_symbols = sum(p.drift != 0 for p in rows.known.positions.values())
    kind = "DRIFT" if out.drift else "DRIFT_RESOLVED"
    note(rows, kind, out.symbol, drift=out.drift, shares=(out.broker_shares, out.allocated))


def day_reconciled(rows: Standings, out: r.DayReconciled) -> None:
    """A day that is over was compared with the broker's."""
    said = "; ".join(difference_said(each) for each in out.differences)
    note(rows, "DAY_DIFFERS" if said else "DAY_AGREES", details=f"{out.date}: {said or 'agrees'}")


def difference_said(each: r.Difference) -> str:
    """Return a difference as a sentence of a log: what of whom, ours and theirs."""
    whose = " ".join(name for name in (each.order_id, each.symbol) if name)
    theirs = "nothing" if each.theirs is None else f"{each.theirs:,}"
    return f"{each.what} {whose} {each.ours or 0:,} here, {theirs} there".replace("  ", " ")


def split_applied(rows: Standings, out: r.SplitApplied) -> None:
    """An operator said what became of a symbol's shares; open trades keep one scale."""
    details = f"{out.numerator}:{out.denominator} {out.scale} by {out.actor}: {out.reason}"
    note(rows, "SPLIT", out.symbol, details=details)
    if out.scale != "shares" and out.mark_krw:
        rescale_marks(rows, out.symbol, out.numerator, out.denominator, out.mark_krw)
        mark_symbol(rows, out.symbol, out.mark_krw, rows.at)


def external_seen(rows: Standings, out: r.ExternalSeen) -> None:
    """An order of the account that is not ours."""
    row = out.row
    details = f"{row.side} {row.shares} under {row.broker_id}"
    note(rows, "EXTERNAL_ORDER", row.symbol, details=details)


def contradiction_seen(rows: Standings, out: r.ContradictionSeen) -> None:
    """A report that cannot be true."""
    oms = rows.oms()
    oms.contradictions += 1
    oms.last_error, oms.last_error_at = out.what, rows.at
    note(rows, "CONTRADICTION", out.symbol, order_id=out.order_id, details=out.what)


def note(
    rows: Standings,
    recon_type: str,
    symbol: str | None = None,
    strategy_id: str | None = None,
    *,
    order_id: str | None = None,
    drift: int | None = None,
    shares: tuple[int, int] | None = None,
    details: str | None = None,
) -> None:
    """Write a line of the reconciliation log."""
    rows.record(
        ReconRow(
            seq=rows.seq,
            at=rows.at,
            recon_type=recon_type,
            symbol=symbol,
            strategy_id=strategy_id,
            order_id=order_id,
            broker_shares=shares[0] if shares else None,
            allocated=shares[1] if shares else None,
            drift=drift,
            details=details,
            payload=rows.payload,
        )
    )
