"""Who asked, who decided, who switched what, who is alive. Pure."""

from datetime import date

from kis_core.postgres import to_kst_naive
from oms.audit.day import revalue
from oms.audit.history import FlagChange, Intent, LimitsInForce, OperatorAction
from oms.audit.known import Standings, Unprojectable, text_of, time_of
from oms.audit.recon import note
from oms.core import records as r


def started(rows: Standings, record: r.Started) -> None:
    """A process took over the journal."""
    oms = rows.oms()
    oms.version, oms.started_at = record.version, rows.at
    oms.limits_hash = record.limits_hash


def limits_set(rows: Standings, out: r.LimitsSet) -> None:
    """From here on these limits hold."""
    oms = rows.oms()
    oms.version, oms.limits_hash = out.version, out.limits_hash
    oms.regime = oms.regime or out.limits.regime_at_start
    limits = text_of(out.limits)
    rows.record(
        LimitsInForce(
            seq=rows.seq,
            at=rows.at,
            limits_hash=out.limits_hash,
            limits=limits,
            version=out.version,
        )
    )


def intent_received(rows: Standings, record: r.IntentReceived) -> None:
    """A strategy asks; what it asked is kept until it is answered."""
    rows.asked = record


def intent_decided(rows: Standings, out: r.IntentDecided) -> None:
    """A strategy got its answer."""
    rows.strategy(out.strategy_id).last_intent_at = rows.at
    intent = Intent(
        seq=rows.seq,
        intent_id=out.intent_id,
        strategy_id=out.strategy_id,
        intent_type=out.intent_type,
        symbol=out.symbol,
        status=out.status,
        message=out.message,
        approved_shares=out.approved_shares,
        order_ids=text_of(out.order_ids),
        retry_at=time_of(out.retry_at_ns),
        trace=text_of(out.trace),
        limits_hash=out.limits_hash,
        received_at=rows.at,
        decided_at=rows.at,
    )
    received = rows.asked
    if received is not None and received.asked.intent_id == out.intent_id:
        asked, quote = received.asked, received.quote
        intent.shares, intent.side = asked.shares, asked.side
        intent.limit_krw, intent.stop_krw = asked.limit_krw, asked.stop_krw
        intent.trigger_krw, intent.reason = asked.trigger_krw, asked.reason
        intent.urgency, intent.time_horizon = asked.urgency, asked.time_horizon
        intent.confidence, intent.signal_hash = asked.confidence, asked.signal_hash
        intent.expires_at = time_of(asked.expires_ns)
        intent.max_spread_bp = asked.max_spread_bp
        intent.received_at = to_kst_naive(received.at_ns)
        if quote is not None:
            intent.quote_krw, intent.quote_at = quote.price_krw, to_kst_naive(quote.at_ns)
    rows.record(intent)


def operator_acted(rows: Standings, record: r.OperatorActed) -> None:
    """A person acted."""
    rows.record(
        OperatorAction(
            seq=rows.seq,
            at=rows.at,
            actor=record.actor,
            action=record.action,
            reason=record.reason,
            subject=record.strategy_id or record.order_id or record.regime or record.symbol,
            payload=rows.payload,
        )
    )


def day_opened(rows: Standings, out: r.DayOpened) -> None:
    """A new date: sums are zero, daily flags are down."""
    oms = rows.oms()
    oms.halt_entries = oms.flattening = False
    oms.halt_reason = None
    oms.query_failures = oms.contradictions = 0
    oms.session_open_at, oms.session_close_at = time_of(out.open_ns), time_of(out.close_ns)
    rows.open_day(date.fromisoformat(out.date))
    for position in rows.known.positions.values():
        if position.lock_owner is not None or position.cooldown_until is not None:
            rows.change(position).lock_owner = None
            position.lock_until = position.cooldown_until = None
    revalue(rows)


def flag_changed(rows: Standings, out: r.FlagChanged) -> None:
    """A switch was turned."""
    oms, day = rows.oms(), rows.day()
    rows.record(
        FlagChange(
            seq=rows.seq,
            at=rows.at,
            flag=out.flag,
            subject=out.subject,
            is_on=out.on,
            value=out.value,
            actor=out.actor,
            reason=out.reason,
        )
    )
    match out.flag:
        case "safe_mode":
            oms.safe_mode = day.safe_mode = out.on
        case "halt_entries":
            oms.halt_entries = day.halted = out.on
            oms.halt_reason = day.halt_reason = out.reason if out.on else None
            day.halted_at = rows.at if out.on else None
        case "flattening":
            oms.flattening = out.on
            day.flatten_triggered = day.flatten_triggered or out.on
        case "regime":
            oms.regime = day.regime = out.value
            day.regime_set_at = rows.at
        case "paused" if out.subject:
            strategy, today = rows.strategy(out.subject), rows.strategy_day(out.subject)
            strategy.paused = today.halted = out.on
            strategy.pause_reason = today.halt_reason = out.reason if out.on else None
            today.halted_at = rows.at if out.on else None
        case "frozen" if out.subject:
            rows.position(out.subject).frozen = out.on
        case "halted" | "acknowledged" if out.subject:
            pass  # who and why stand in flag_changes
        case "killed" | "peak":
            pass  # told by the row above; no column shows them
        case _:
            raise Unprojectable(f"flag {out.flag} without a subject")


def heartbeat_taken(rows: Standings, out: r.HeartbeatTaken) -> None:
    """A strategy said that it lives."""
    strategy = rows.strategy(out.strategy_id)
    strategy.mode, strategy.version = out.mode, out.version
    strategy.last_heartbeat_at = rows.at
    strategy.symbols_hot, strategy.symbols_warm = out.symbols_hot, out.symbols_warm
    strategy.symbols_cold, strategy.positions = out.symbols_cold, out.positions
    if out.last_error is not None and out.last_error != strategy.last_error:
        strategy.last_error, strategy.last_error_at = out.last_error, rows.at


def strategy_flattened(rows: Standings, out: r.StrategyFlattened) -> None:
    """A strategy's day was ended; what it still held of the day is being sold."""
    note(rows, "DAY_ENDED", strategy_id=out.strategy_id, details=out.date)
