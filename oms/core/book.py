"""The book: everything the OMS knows of its account, as the fold of its journal's outputs.

`apply` is the one place where it changes, one method per kind of output. Whoever decides only
reads; see `oms.core.decide`. What is held and reserved, and the sums over it, are its `Exposure`.
"""

from collections.abc import Callable
from typing import Any, Final

from kis_core.environment import Dialect
from kis_core.wire.account import OrderNotice, OrderRow
from oms.core import records as r
from oms.core.exposure import Exposure
from oms.core.holdings import Caps, with_fee_krw
from oms.core.limits import Limits
from oms.core.order import UNSETTLED, Cancel, Order, Refused, Report, after
from oms.core.pace import MINUTE_NS, Pace
from oms.core.parent import Parent
from oms_client.contract import OrderState

SECOND_NS: Final = 1_000_000_000


class Book(Exposure):
    """State of one account. Fresh, it knows nothing: no equity, no session, no limits."""

    def __init__(self) -> None:
        super().__init__()
        self.oms_id = ""
        self.environment = ""
        self.version = ""
        self.limits_hash = ""
        self.dialect: Dialect | None = None
        self.at_ns = 0  # of the last record
        self.taken_over_ns = 0  # when a process last took over
        # the day
        self.date: str | None = None
        self.intake_ns: int | None = None
        self.open_ns: int | None = None
        self.auction_ns: int | None = None
        self.close_ns: int | None = None
        self.baseline_krw: int | None = None
        self.peak_krw: int | None = None  # the highest baseline of a day
        self.realised_today_krw = 0
        self.orders_today = 0
        self.paced = Pace(MINUTE_NS)  # orders
        self.messages = Pace(SECOND_NS)  # orders and cancels sent
        # switches
        self.regime: str | None = None
        self.safe_mode = False
        self.halt_entries = False
        self.flattening = False
        self.flags: dict[tuple[r.Flag, str | None], r.FlagChanged] = {}  # that are up, and why
        self.killed = False
        # what the broker said
        self.equity_krw: int | None = None
        self.balance_ns: int | None = None
        self.cash_krw: int | None = None  # orderable, less what we planned since it was read
        self.cash_ns: int | None = None
        self.history_ns: int | None = None
        self.history_after_close = False
        self.failures: dict[str, int] = {}  # in a row, per query
        self.notices_live = False
        # what is held and ordered
        self.orders: dict[str, Order] = {}  # of the day, and older ones still open
        self.open_orders: dict[str, Order] = {}
        self.parents: dict[str, Parent] = {}  # that have not ended
        self.parents_today = 0
        self.by_broker: dict[int, Order] = {}  # order numbers of the day
        self.cancel_numbers: set[int] = set()  # numbers that our cancels were given
        self.unclaimed: dict[int, list[OrderNotice]] = {}
        self.externals: dict[int, OrderRow] = {}
        self.caps: Caps | None = None
        self.results: dict[tuple[str, str], r.IntentDecided] = {}
        self.contradictions = 0
        self._apply: dict[type, Callable[[Any], None]] = {
            r.LimitsSet: self._limits_set,
            r.DayOpened: self._day_opened,
            r.BaselineSet: self._baseline_set,
            r.IntentDecided: self._intent_decided,
            r.OrderPlanned: self._order_planned,
            r.OrderSent: self._order_sent,
            r.ParentPlanned: self._parent_planned,
            r.SliceTaken: self._slice_taken,
            r.ParentClosed: self._parent_closed,
            r.OrderAnswered: self._order_answered,
            r.NoticeKept: self._notice_kept,
            r.NoticeCounted: self._notice_counted,
            r.OrderFilled: self._order_filled,
            r.OrderClosed: self._order_closed,
            r.OrderMissed: self._order_missed,
            r.CancelPlanned: self._cancel_planned,
            r.CancelWanted: self._cancel_wanted,
            r.CancelSettled: self._cancel_settled,
            r.CancelCleared: self._cancel_cleared,
            r.AllocationChanged: self._allocation_changed,
            r.StopSet: self._stop_set,
            r.StopFired: self._stop_fired,
            r.ExitWanted: self._exit_wanted,
            r.LockChanged: self._lock_changed,
            r.CooldownSet: self._cooldown_set,
            r.BalanceTaken: self._balance_taken,
            r.BuyingPowerTaken: self._buying_power_taken,
            r.HistoryTaken: self._history_taken,
            r.QueryCounted: self._query_counted,
            r.MarksSet: self._marks_set,
            r.DriftSuspected: self._drift_suspected,
            r.DriftSeen: self._drift_seen,
            r.ExternalSeen: self._external_seen,
            r.FlagChanged: self._flag_changed,
            r.NoticesSet: self._notices_set,
            r.HeartbeatTaken: self._heartbeat_taken,
            r.ContradictionSeen: self._contradiction_seen,
        }

    def apply(self, output: r.AnyOutput) -> None:
        """Take one output in. The only thing that changes a book."""
        self.at_ns = output.at_ns
        self._apply[type(output)](output)

    # what decisions look up

    def unsettled(self, symbol: str, side: str) -> Order | None:
        """Return an order of that symbol and side that left and has no certain answer yet."""
        listing = self.listings.get(symbol)
        if listing is None:
            return None
        for allocation in listing.allocations.values():
            for order in allocation.open_orders.values():
                if order.state in UNSETTLED and order.side == side:
                    return order
        return None

    @property
    def daily_pnl_krw(self) -> int | None:
        """Today's profit against the day's baseline; None while either side is unknown."""
        if self.equity_krw is None or self.baseline_krw is None:
            return None
        if self.equity_krw <= 0 < self.baseline_krw:
            return None  # no loss, but an answer without a total
        return self.equity_krw + self.revalued_krw - self.baseline_krw

    # limits and day

    def _limits_set(self, out: r.LimitsSet) -> None:
        self.oms_id = out.oms_id
        self.environment = out.environment
        self.version = out.version
        self.dialect = out.dialect
        self.limits = out.limits
        self.limits_hash = out.limits_hash
        if not out.reloaded:
            self.taken_over_ns = out.at_ns
        if self.regime is None:
            self.regime = out.limits.regime_at_start
        for listing in self.listings.values():
            old, listing.sector = listing.sector, self._sector(listing.symbol)
            if old != listing.sector:
                self._move_sector(old, -listing.exposure_krw)
                self._move_sector(listing.sector, listing.exposure_krw)
        self._recap()

    def _day_opened(self, out: r.DayOpened) -> None:
        self.date = out.date
        self.intake_ns, self.open_ns = out.intake_ns, out.open_ns
        self.auction_ns, self.close_ns = out.auction_ns, out.close_ns
        self.baseline_krw = None
        self.realised_today_krw = 0
        self.orders_today = 0
        self.parents_today = 0
        self.halt_entries = False
        self.flattening = False
        self.flags.pop(("halt_entries", None), None)
        self.flags.pop(("flattening", None), None)
        self.history_after_close = False
        self.orders = dict(self.open_orders)
        self.by_broker = {}
        self.cancel_numbers = set()
        self.unclaimed = {}
        self.externals = {}
        for listing in self.listings.values():
            listing.base_krw = None
            listing.lock_owner = None
            listing.cooldown_until_ns = 0
            listing.bought_today = 0
            for allocation in listing.allocations.values():
                allocation.realised_today_krw = 0
                allocation.entries_ns.clear()
        for strategy in self.strategies.values():
            strategy.realised_today_krw = 0
            strategy.gain_at_open_krw = strategy.gain_krw
        self._recap()

    def _baseline_set(self, out: r.BaselineSet) -> None:
        self.baseline_krw = out.equity_krw
        self.peak_krw = max(self.peak_krw or 0, out.equity_krw)
        self._recap()

    def _recap(self) -> None:
        limits, equity = self.limits, self.equity_krw
        if limits is None or equity is None:
            self.caps = None
            return
        regime_cap = limits.regime_caps.get(self.regime or "")
        baseline = self.baseline_krw if self.baseline_krw is not None else equity
        self.caps = Caps(
            gross_krw=int(equity * limits.gross_pct_max),
            regime_krw=None if regime_cap is None else int(equity * regime_cap),
            position_krw=int(equity * limits.position_pct_max),
            sector_krw=int(equity * limits.sector_pct_max),
            warn_krw=-int(baseline * limits.daily_loss_warn_pct),
            halt_krw=-int(baseline * limits.daily_loss_halt_pct),
            net_krw=None if limits.net_pct_max is None else int(equity * limits.net_pct_max),
            drawdown_krw=_drawdown_krw(limits, self.peak_krw or equity, equity),
        )

    # orders

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
        ppm = self.limits.commission_ppm if self.limits else 0
        krw = with_fee_krw(parent.left * parent.unit_krw, ppm)
        if self.cash_krw is not None:
            self.cash_krw += parent.cash_krw - krw
        parent.cash_krw = krw

    # orders on their way

    def _order_sent(self, out: r.OrderSent) -> None:
        order = self.orders[out.order_id]
        self._advance(order, Report.RELEASED)
        order.sent_ns = out.at_ns
        self.messages.note(out.at_ns)

    def _order_answered(self, out: r.OrderAnswered) -> None:
        order = self.orders[out.order_id]
        if out.answer == "unknown":
            self._advance(order, Report.LOST)
            order.refusal_text = out.text
            return
        assert out.broker_id is not None, f"{out.order_id} accepted without an order number"
        order.broker_id = out.broker_id
        order.branch = out.branch
        order.accepted_ns = out.at_ns
        order.refusal_text = None
        number = int(out.broker_id)
        self.by_broker[number] = order
        self.externals.pop(number, None)
        self.unclaimed.pop(number, None)
        was_open = order.is_open
        self._advance(order, Report.ACCEPTED)
        if order.is_open and not was_open:
            self._reopen(order)

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
        order.told.add(out.told)
        order.noticed += out.shares
        order.noticed_value_krw += out.value_krw

    def _order_filled(self, out: r.OrderFilled) -> None:
        order = self.orders[out.order_id]
        assert out.filled == order.filled + out.shares <= order.shares, f"{out} after {order}"
        order.filled = out.filled
        order.filled_value_krw = out.filled_value_krw
        order.cost_krw = out.order_cost_krw
        whole = order.filled == order.shares
        was_open = order.is_open
        self._advance(order, Report.WHOLE_FILLED if whole else Report.PART_FILLED)
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
                self.cash_krw -= self._taken_krw(order, out.shares, out.value_krw) + out.cost_krw
        if order.is_open and not was_open:
            self._reopen(order)
        self._of_parent(order)
        self._recount(listing, allocation)

    def _of_parent(self, order: Order) -> None:
        parent = self.parents.get(order.parent_id or "")
        if parent is not None:
            self._hold_back(parent)

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
            self.cash_krw += max(0, with_fee_krw(unused, self.limits.commission_ppm))
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
        order.cancel_why = out.why
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

    def _advance(self, order: Order, report: Report) -> None:
        state = after(order.state, report)
        assert not isinstance(state, Refused), f"{order.order_id} is {order.state}: {report}"
        order.state = state

    def _committed_krw(self, order: Order) -> int:
        """Return the cash an order may still take."""
        ppm = self.limits.commission_ppm if self.limits else 0
        return with_fee_krw(order.remaining * order.cash_unit_krw, ppm)

    def _taken_krw(self, order: Order, shares: int, value_krw: int) -> int:
        """Return the cash that filled shares took: their price, or their margin."""
        return shares * order.cash_unit_krw if self.on_margin else value_krw

    # allocations

    def _allocation_changed(self, out: r.AllocationChanged) -> None:
        listing, allocation = self._hold(out.symbol, out.strategy_id)
        if allocation.shares == 0 and out.shares:
            allocation.entered_ns = out.at_ns
        allocation.shares = out.shares
        allocation.cost_krw = out.cost_krw
        allocation.stop_krw = out.stop_krw
        allocation.direction = out.direction
        allocation.realised_today_krw += out.realised_krw
        self.realised_today_krw += out.realised_krw
        self._strategy(out.strategy_id).realised_today_krw += out.realised_krw
        if out.shares == 0:
            allocation.entered_ns = allocation.stop_fired_ns = None
        self._recount(listing, allocation)

    def _stop_set(self, out: r.StopSet) -> None:
        allocation = self._hold(out.symbol, out.strategy_id)[1]
        allocation.stop_krw = out.stop_krw
        allocation.stop_fired_ns = None

    def _stop_fired(self, out: r.StopFired) -> None:
        self._hold(out.symbol, out.strategy_id)[1].stop_fired_ns = out.at_ns

    def _exit_wanted(self, out: r.ExitWanted) -> None:
        allocation = self._hold(out.symbol, out.strategy_id)[1]
        allocation.exit_why = out.why
        allocation.exit_tries = out.tries
        allocation.exit_next_ns = out.next_ns

    def _lock_changed(self, out: r.LockChanged) -> None:
        listing = self._list(out.symbol)
        listing.lock_owner, listing.lock_until_ns = out.owner, out.until_ns

    def _cooldown_set(self, out: r.CooldownSet) -> None:
        self._list(out.symbol).cooldown_until_ns = out.until_ns

    # what the broker said

    def _balance_taken(self, out: r.BalanceTaken) -> None:
        self.equity_krw = out.equity_krw
        self.balance_ns = out.asked_ns
        self.failures.pop("balance", None)
        self.revalued_krw = 0
        held = {line.symbol: line for line in out.holdings}
        for line in out.holdings:
            listing = self._list(line.symbol)
            listing.broker_shares, listing.broker_sellable = line.shares, line.sellable
            if line.price_krw and out.asked_ns > listing.mark_ns:
                self._mark(listing, line.price_krw, out.asked_ns)
        for listing in self.listings.values():
            if listing.symbol not in held:
                listing.broker_shares, listing.broker_sellable = 0, 0
        self.revalued_krw = 0
        self._recap()

    def _buying_power_taken(self, out: r.BuyingPowerTaken) -> None:
        self.failures.pop("buying_power", None)
        self.cash_ns = out.asked_ns
        self.cash_krw = out.amount_krw
        ppm = self.limits.commission_ppm if self.limits else 0
        for order in self.orders.values():
            if not order.opens or (order.accepted_ns or out.at_ns + 1) <= out.asked_ns:
                continue  # the broker has taken it off already
            krw = self._taken_krw(order, order.filled, order.filled_value_krw) + (
                order.remaining * order.cash_unit_krw if order.is_open else 0
            )
            self.cash_krw -= with_fee_krw(krw, ppm)
        self.cash_krw -= sum(parent.cash_krw for parent in self.parents.values())

    def _history_taken(self, out: r.HistoryTaken) -> None:
        self.failures.pop("history", None)
        self.history_ns = out.asked_ns
        if self.close_ns is not None and out.asked_ns > self.close_ns:
            self.history_after_close = True

    def _query_counted(self, out: r.QueryCounted) -> None:
        self.failures[out.query] = self.failures.get(out.query, 0) + 1

    def _marks_set(self, out: r.MarksSet) -> None:
        for mark in out.marks:
            listing = self.listings.get(mark.symbol)
            if listing is not None and mark.at_ns > listing.mark_ns:
                self._mark(listing, mark.price_krw, mark.at_ns)

    def _drift_suspected(self, out: r.DriftSuspected) -> None:
        self._list(out.symbol).suspected = out.drift

    def _drift_seen(self, out: r.DriftSeen) -> None:
        listing = self._list(out.symbol)
        listing.drift = out.drift
        listing.suspected = out.drift
        listing.unallocated = out.drift if self.on_margin else max(0, out.drift)
        self._revalue(listing)

    def _external_seen(self, out: r.ExternalSeen) -> None:
        self.externals[int(out.row.broker_id)] = out.row

    def _notices_set(self, out: r.NoticesSet) -> None:
        self.notices_live = out.live

    def _contradiction_seen(self, out: r.ContradictionSeen) -> None:
        self.contradictions += 1

    # switches and life signs

    def _flag_changed(self, out: r.FlagChanged) -> None:
        if out.on and out.flag != "peak":
            self.flags[out.flag, out.subject] = out
        else:
            self.flags.pop((out.flag, out.subject), None)
        match out.flag:
            case "safe_mode":
                self.safe_mode = out.on
            case "halt_entries":
                self.halt_entries = out.on
            case "flattening":
                self.flattening = out.on
            case "killed":
                self.killed = out.on
            case "peak":
                self.peak_krw = self.equity_krw
                self._recap()
            case "regime":
                self.regime = out.value
                self._recap()
            case "paused":
                self._strategy(out.subject or "").paused = out.on
            case "frozen":
                self._list(out.subject or "").frozen = out.on
            case "halted":
                self._list(out.subject or "").halted = out.on
            case "acknowledged":
                self._list(out.subject or "").acknowledged = int(out.value or 0)

    def _heartbeat_taken(self, out: r.HeartbeatTaken) -> None:
        strategy = self._strategy(out.strategy_id)
        strategy.last_beat_ns = out.at_ns
        strategy.mode, strategy.last_error = out.mode, out.last_error


def _drawdown_krw(limits: Limits, peak_krw: int, equity_krw: int) -> int | None:
    """Return what may be held that far below the peak; None while no tier is reached."""
    reached = [
        tier
        for tier in limits.drawdown_tiers
        if equity_krw <= peak_krw - int(peak_krw * tier.drawdown_pct)
    ]
    if not reached:
        return None
    return int(equity_krw * min(tier.exposure_pct_max for tier in reached))
