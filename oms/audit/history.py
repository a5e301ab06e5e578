"""Rows that are written once: the journal itself, and what happened.

Money is int KRW, sizes are int shares, times are KST without a zone.
"""

from datetime import date, datetime

from oms.audit.tables import Happening, Json, Row


class Event(Happening, kw_only=True):
    """One row of the journal."""

    TABLE = "oms_events"
    turn: int
    at_ns: int
    direction: str
    kind: str
    payload: Json
    payload_text: str | None  # as it was journaled, byte for byte; with `hash`, or not at all
    prev_hash: bytes | None
    hash: bytes | None


class Fault(Happening, kw_only=True):
    """A row of the journal that could not be turned into table rows."""

    TABLE = "audit_faults"
    kind: str
    error: str


class Intent(Row, kw_only=True):
    """What a strategy asked and the one answer it got."""

    TABLE = "intents"
    KEY = ("strategy_id", "intent_id")
    intent_id: str
    seq: int
    strategy_id: str
    intent_type: str
    symbol: str | None
    shares: int | None = None
    side: str | None = None
    limit_krw: int | None = None
    stop_krw: int | None = None
    trigger_krw: int | None = None
    urgency: str | None = None
    time_horizon: str | None = None
    confidence: str | None = None
    expires_at: datetime | None = None
    max_spread_bp: float | None = None
    signal_hash: str | None = None
    reason: str | None = None
    quote_krw: int | None = None
    quote_at: datetime | None = None
    status: str
    message: str
    approved_shares: int | None
    order_ids: Json
    retry_at: datetime | None
    trace: Json
    limits_hash: str
    received_at: datetime
    decided_at: datetime


class OrderEvent(Happening, kw_only=True):
    """One step of an order; `state` is the order's after it."""

    TABLE = "order_events"
    order_id: str
    intent_id: str | None
    strategy_id: str
    symbol: str
    event_type: str
    state: str
    payload: Json


class Execution(Happening, kw_only=True):
    """Shares that changed hands. `filled` is the order's running total."""

    TABLE = "executions"
    KEY = ("order_id", "filled")
    order_id: str
    filled: int
    account: str
    trade_date: date
    broker_id: str | None
    intent_id: str | None
    strategy_id: str
    symbol: str
    side: str
    shares: int
    value_krw: int
    cost_krw: int
    source: str
    exchange_time: str | None


class StopEvent(Happening, kw_only=True):
    """A protective stop was set, cleared or fired."""

    TABLE = "stop_events"
    strategy_id: str
    symbol: str
    event_type: str
    stop_krw: int | None
    price_krw: int | None = None
    order_id: str | None = None
    why: str | None = None


class FlagChange(Happening, kw_only=True):
    """A switch that bears on entries was turned."""

    TABLE = "flag_changes"
    flag: str
    subject: str | None
    is_on: bool
    value: str | None
    actor: str
    reason: str


class OperatorAction(Happening, kw_only=True):
    """A person acted."""

    TABLE = "operator_actions"
    actor: str
    action: str
    reason: str
    subject: str | None
    payload: Json


class LimitsInForce(Happening, kw_only=True):
    """The limits from here on."""

    TABLE = "limits_in_force"
    limits_hash: str
    limits: Json
    version: str


class ReconRow(Happening, kw_only=True):
    """Broker and OMS disagreed, or a question got no answer."""

    TABLE = "recon_log"
    recon_type: str
    symbol: str | None = None
    strategy_id: str | None = None
    order_id: str | None = None
    broker_shares: int | None = None
    allocated: int | None = None
    drift: int | None = None
    details: str | None = None
    payload: Json
