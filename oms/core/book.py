"""The book: everything the OMS knows of its account, as the fold of its journal's outputs.

`apply` is the one place where it changes, one method per kind of output, named as its tag. Whoever
decides only reads; see `oms.core.decide`. Its orders are its `Orders`; what is held and
reserved, and the sums over it, are its `Exposure`.
"""

from collections.abc import Callable
from typing import Any, get_args

from kis_core.environment import Dialect
from oms.core import records as r
from oms.core import terms
from oms.core.holdings import Caps, PastDay
from oms.core.limits import Limits
from oms.core.order import (
    UNSETTLED,
    Order,
)
from oms.core.orders import Orders
from oms.core.pace import SECOND_NS

__all__ = ["SECOND_NS", "Book"]


class Book(Orders):
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
        self.opened_ns = 0  # when the date began here
        self.intake_ns: int | None = None
        self.open_ns: int | None = None
        self.auction_ns: int | None = None
        self.close_ns: int | None = None
        self.baseline_krw: int | None = None
        self.peak_krw: int | None = None  # the highest baseline of a day
        self.realised_today_krw = 0
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
        self.margin_krw: int | None = None  # what backs the positions
        self.margin_call_krw: int | None = None  # what is missing to it
        self.cash_ns: int | None = None
        self.history_ns: int | None = None
        self.history_after_close = False
        self.opening_cash_krw: int | None = None  # of D+2, before the day's first order
        self.held_gain_krw: int | None = None  # of what is held, at the last balance's prices
        self.gone_before: tuple[int, int] | None = None  # realised, gain at the baseline
        self.reconciled: r.DayReconciled | None = None  # the last comparison of a whole day
        self.failures: dict[str, int] = {}  # in a row, per query
        self.notices_live = False
        self.caps: Caps | None = None
        self.contradictions = 0
        self._apply: dict[type, Callable[[Any], None]] = {
            kind: getattr(self, f"_{kind.__struct_config__.tag}") for kind in get_args(r.AnyOutput)
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

    def close_of(self, symbol: str) -> int | None:
        """Return when trading in a symbol ends today; None: not known, or it trades no more."""
        if self.close_ns is None or self.date is None or not self.on_margin:
            return self.close_ns
        return terms.closes_ns(symbol, self.date, self.close_ns)

    def has_ended(self, symbol: str, at_ns: int) -> bool | None:
        """Whether a symbol trades no more, not even another day; None: not known."""
        if self.date is None or not self.on_margin:
            return False
        return terms.has_ended(symbol, self.date, self.close_ns, at_ns)

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
        if self.limits is not None and self.limits.day_end_s is not None:
            self._keep_past()
            self._forget()
        self.opened_ns = out.at_ns
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
        self.opening_cash_krw = None
        self.gone_before = None
        self.orders = dict(self.open_orders)
        self.by_broker = {}
        self.unclaimed = {}
        self.externals = {}
        for listing in self.listings.values():
            listing.base_krw = None
            held = listing.occupied or listing.broker_shares
            listing.close_krw = listing.mark_krw if held else None
            listing.takers.clear()
            listing.lock_owner = None
            listing.cooldown_until_ns = 0
            listing.bought_today = 0
            for allocation in listing.allocations.values():
                allocation.realised_today_krw = 0
                allocation.entries_ns.clear()
        for strategy in self.strategies.values():
            strategy.realised_today_krw = 0
            strategy.gain_at_open_krw = strategy.gain_krw
            strategy.flattened_ns = None
        self._recap()

    def _keep_past(self) -> None:
        """Keep the day's orders until the broker has confirmed them: fills may not be known yet."""
        told = self.reconciled
        if told is not None and told.date == self.date and not told.differences:
            return
        sent = {i: order for i, order in self.orders.items() if order.sent_ns is not None}
        if sent and self.date is not None:
            self.past = PastDay(self.date, sent, self.realised_today_krw)

    def _forget(self) -> None:
        """Let go of what no decision of a later day looks at.

        Answers to intents are kept for a day more; older ones are in the journal, where the shell
        looks before it asks.
        """
        for symbol, listing in list(self.listings.items()):
            if listing.is_blank:
                del self.listings[symbol]
        kept = {k: told for k, told in self.results.items() if told.at_ns >= self.opened_ns}
        self.forgets = self.forgets or len(kept) < len(self.results)
        self.results = kept

    def _strategy_flattened(self, out: r.StrategyFlattened) -> None:
        self._strategy(out.strategy_id).flattened_ns = out.at_ns

    def _day_reconciled(self, out: r.DayReconciled) -> None:
        self.failures.pop("day_end", None)
        self.reconciled = out
        if self.past is not None and self.past.date == out.date:
            self.past.tried_ns = out.at_ns
            if not out.differences:
                self.past = None

    def _baseline_set(self, out: r.BaselineSet) -> None:
        self.baseline_krw = out.equity_krw
        self.peak_krw = max(self.peak_krw or 0, out.equity_krw)
        self.gone_before = (
            None if self.held_gain_krw is None else (self.realised_today_krw, self.held_gain_krw)
        )
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

    # allocations

    def _allocation_changed(self, out: r.AllocationChanged) -> None:
        listing, allocation = self._hold(out.symbol, out.strategy_id)
        if allocation.shares == 0 and out.shares:
            allocation.entered_ns = out.at_ns
            order = self.sent_order(out.order_id) if out.order_id else None
            allocation.time_horizon = order.time_horizon if order else None
        allocation.shares = out.shares
        allocation.cost_krw = out.cost_krw
        allocation.stop_krw = out.stop_krw
        allocation.direction = out.direction
        allocation.realised_today_krw += out.realised_krw
        self.realised_today_krw += out.realised_krw
        self._strategy(out.strategy_id).realised_today_krw += out.realised_krw
        if out.shares == 0:
            allocation.entered_ns = allocation.stop_fired_ns = allocation.time_horizon = None
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
        if out.taken_from is not None and out.owner is not None:
            listing.takers.add(out.owner)

    def _cooldown_set(self, out: r.CooldownSet) -> None:
        self._list(out.symbol).cooldown_until_ns = out.until_ns

    # what the broker said

    def _balance_taken(self, out: r.BalanceTaken) -> None:
        self.equity_krw = out.equity_krw
        if not self.orders_today:
            self.opening_cash_krw = out.settled_d2_krw
        self.balance_ns = out.asked_ns
        self.margin_krw, self.margin_call_krw = out.margin_krw, out.margin_call_krw
        self.failures.pop("balance", None)
        self.revalued_krw = 0
        held = {line.symbol: line for line in out.holdings}
        for line in out.holdings:
            listing = self._list(line.symbol)
            listing.broker_shares, listing.broker_sellable = line.shares, line.sellable
            if line.price_krw and out.asked_ns > listing.mark_ns:
                self._mark(listing, line.price_krw, out.asked_ns)
            if line.price_krw and self.has_ended(line.symbol, out.asked_ns):
                listing.final_krw = line.price_krw
        for listing in self.listings.values():
            if listing.symbol not in held:
                listing.broker_shares, listing.broker_sellable = 0, 0
        self.held_gain_krw = self._gain_at({line.symbol: line.price_krw for line in out.holdings})
        self.revalued_krw = 0
        self._recap()

    def _gain_at(self, prices: dict[str, int]) -> int | None:
        """Return what the shares held gain at these prices; None where one has no price."""
        gain = 0
        for allocation in self.allocations():
            if allocation.shares:
                price = prices.get(allocation.symbol)
                if not price:
                    return None
                value = allocation.shares * price
                is_short = allocation.direction == "SHORT"
                gain += allocation.cost_krw - value if is_short else value - allocation.cost_krw
        return gain

    def _buying_power_taken(self, out: r.BuyingPowerTaken) -> None:
        self.failures.pop("buying_power", None)
        self.cash_ns = out.asked_ns
        self.cash_krw = out.amount_krw
        for order in self.orders.values():
            if not order.opens:
                continue
            if (order.accepted_ns or out.at_ns + 1) <= out.asked_ns:
                # The broker has taken it off already, but for a raise it may not have seen yet.
                if order.is_open and (order.amending or order.settled_ns > out.asked_ns):
                    self.cash_krw -= self._with_fee_krw(order.remaining * order.raised_krw)
                continue
            krw = self._taken_krw(order, order.filled, order.filled_value_krw) + (
                order.remaining * order.cash_unit_krw if order.is_open else 0
            )
            self.cash_krw -= self._with_fee_krw(krw)
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

    def _base_price_set(self, out: r.BasePriceSet) -> None:
        self._list(out.symbol).base_krw = out.base_krw

    def _split_applied(self, out: r.SplitApplied) -> None:
        listing = self._list(out.symbol)
        listing.acknowledged = out.acknowledged
        listing.close_krw = None  # what a base price is compared with: settled for today
        if out.mark_krw is not None:
            listing.mark_krw = out.mark_krw
            self._revalue(listing)

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
            case "rescaled":
                self._list(out.subject or "").rescaled = out.on
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
