"""From rows of the journal to rows of the tables. Pure; the same journal makes the same rows.

Outputs are facts and become rows. Of the inputs, three are kept for what only they say: who asked
what, what a person did, and when a process took over.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, Protocol

import msgspec

from kis_core.postgres import to_kst_naive
from oms.audit import conduct, holdings, orders, parents, recon
from oms.audit.known import Known, Standings
from oms.audit.tables import Json, Row
from oms.core import records as r


class Entry(Protocol):
    """A row of the journal."""

    @property
    def seq(self) -> int: ...
    @property
    def turn(self) -> int: ...
    @property
    def at_ns(self) -> int: ...
    @property
    def direction(self) -> str: ...  # in, out
    @property
    def kind(self) -> str: ...
    @property
    def payload(self) -> str: ...  # JSON
    @property
    def prev(self) -> bytes | None: ...
    @property
    def hash(self) -> bytes | None: ...


TAKEN: Final[dict[type, Callable[[Standings, Any], None]]] = {
    r.Started: conduct.started,
    r.IntentReceived: conduct.intent_received,
    r.OperatorActed: conduct.operator_acted,
    r.LimitsSet: conduct.limits_set,
    r.DayOpened: conduct.day_opened,
    r.IntentDecided: conduct.intent_decided,
    r.FlagChanged: conduct.flag_changed,
    r.HeartbeatTaken: conduct.heartbeat_taken,
    r.StrategyFlattened: conduct.strategy_flattened,
    r.OrderPlanned: orders.order_planned,
    r.OrderSent: orders.order_sent,
    r.OrderAnswered: orders.order_answered,
    r.OrderFilled: orders.order_filled,
    r.OrderClosed: orders.order_closed,
    r.OrderMissed: orders.order_missed,
    r.CancelPlanned: orders.cancel_planned,
    r.CancelWanted: orders.cancel_wanted,
    r.CancelSettled: orders.cancel_settled,
    r.CancelCleared: orders.cancel_cleared,
    r.ModifyPlanned: orders.modify_planned,
    r.ModifySettled: orders.modify_settled,
    r.ModifyMissed: orders.modify_missed,
    r.OrderRenumbered: orders.order_renumbered,
    r.ChaseStepped: orders.chase_stepped,
    r.ParentPlanned: parents.parent_planned,
    r.SliceTaken: parents.slice_taken,
    r.ParentClosed: parents.parent_closed,
    r.AllocationChanged: holdings.allocation_changed,
    r.StopSet: holdings.stop_set,
    r.StopFired: holdings.stop_fired,
    r.LockChanged: holdings.lock_changed,
    r.CooldownSet: holdings.cooldown_set,
    r.MarksSet: holdings.marks_set,
    r.BalanceTaken: recon.balance_taken,
    r.BaselineSet: recon.baseline_set,
    r.BuyingPowerTaken: recon.buying_power_taken,
    r.HistoryTaken: recon.history_taken,
    r.QueryCounted: recon.query_counted,
    r.NoticesSet: recon.notices_set,
    r.DriftSuspected: recon.drift_suspected,
    r.DriftSeen: recon.drift_seen,
    r.SplitApplied: recon.split_applied,
    r.ExternalSeen: recon.external_seen,
    r.DayReconciled: recon.day_reconciled,
    r.ContradictionSeen: recon.contradiction_seen,
}
"""Who takes what. Records not named here have no table but oms_events."""


class Projection:
    """Turns journal rows into table rows, in order, from what the tables hold already."""

    def __init__(self, account: str, known: Known) -> None:
        self._rows = Standings(account, known)

    def take(self, entry: Entry) -> None:
        """Take the next row of the journal.

        Raises Unprojectable for a record that fits nothing before it, msgspec.ValidationError for
        one that is none.
        """
        rows = self._rows
        rows.at, rows.seq = to_kst_naive(entry.at_ns), entry.seq
        rows.payload = Json(entry.payload)
        if entry.direction == "in":
            rows.asked, rows.fills = None, {}
        decode = r.decode_input if entry.direction == "in" else r.decode_output
        record = decode(entry.payload)
        take = TAKEN.get(type(record))
        if take is not None:
            take(rows, record)
        rows.oms()

    def drain(self) -> Iterator[Row]:
        """Return the rows to write since the last time."""
        return self._rows.drain()


class _OfOrder(msgspec.Struct):
    order_id: str


_ORDER_OF = msgspec.json.Decoder(_OfOrder)
_OF_ORDERS = ("order_", "cancel_", "modify_", "chase_")


def mentioned(entries: Iterable[Entry]) -> set[str]:
    """Return the orders that these rows tell of without having planned them."""
    orders: set[str] = set()
    planned: set[str] = set()
    for entry in entries:
        if entry.direction == "out" and entry.kind.startswith(_OF_ORDERS):
            try:
                order_id = _ORDER_OF.decode(entry.payload).order_id
            except msgspec.MsgspecError:
                continue  # `take` will say so
            (planned if entry.kind == "order_planned" else orders).add(order_id)
    return orders - planned
