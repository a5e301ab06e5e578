"""The book as the API shows it: the core's values become the contract's records, and back."""

from typing import Literal

import msgspec

from kis_core.clock import kst, ns
from oms.core import records as r
from oms.core.book import Book
from oms.core.drift import evidence
from oms.core.holdings import Allocation, Listing
from oms.core.order import Cancel, Order
from oms.core.parent import Parent
from oms.core.timetable import timetable
from oms.core.triggers import is_held
from oms_client import contract as c
from oms_client import execution as e
from oms_client import operating as o


def asked(intent: c.Intent) -> r.Asked:
    """Return an intent as plain values."""
    fields = intent.model_dump(exclude={"expires_at", "urgency", "execution"}, exclude_none=True)
    if isinstance(intent, c.Enter) and intent.expires_at is not None:
        fields["expires_ns"] = ns(intent.expires_at)
    if isinstance(intent, c.Enter | c.Exit | c.Reduce):
        fields["urgency"] = intent.urgency.value
    if isinstance(intent, c.Enter | c.Exit | c.Reduce | c.SetTarget):
        fields["execution"] = _execution(intent.execution)
    return r.Asked(**fields)


def _execution(asked_for: e.Execution | None) -> r.Execution | None:
    match asked_for:
        case None:
            return None
        case e.Chase():
            chase = r.Chase(
                asked_for.every_s, asked_for.steps, asked_for.step_ticks, asked_for.then
            )
            return r.Execution("CHASE", chase=chase)
        case _:
            return r.Execution(**asked_for.model_dump(exclude_none=True))


def result(decided: r.IntentDecided, *, repeated: bool = False) -> c.IntentResult:
    """Return the answer to an intent."""
    return c.IntentResult(
        intent_id=decided.intent_id,
        status=c.IntentStatus(decided.status),
        message=decided.message,
        approved_shares=decided.approved_shares,
        order_ids=decided.order_ids,
        retry_at=None if decided.retry_at_ns is None else kst(decided.retry_at_ns),
        trace=tuple(
            c.RiskMark(control=v.control, verdict=v.verdict, reason=v.reason, shares=v.shares)
            for v in decided.trace
        ),
        received_at=kst(decided.at_ns),
        limits_hash=decided.limits_hash,
        repeated=repeated,
        parent_id=decided.parent_id,
        order_type=decided.order_type,
        venue=decided.venue,
        time_in_force=decided.time_in_force,
    )


def order(one: Order) -> c.OrderView:
    """Return one order."""
    return c.OrderView(
        order_id=one.order_id,
        intent_id=one.intent_id,
        strategy_id=one.strategy_id,
        symbol=one.symbol,
        side=one.side,
        order_type=one.order_type,
        shares=one.shares,
        limit_krw=one.limit_krw,
        state=one.state,
        filled=one.filled,
        filled_value_krw=one.filled_value_krw,
        broker_id=one.broker_id,
        created_at=kst(one.created_ns),
        cancel_at=None if one.cancel_at_ns is None else kst(one.cancel_at_ns),
        cancelling=one.cancel in (Cancel.SENT, Cancel.ACCEPTED, Cancel.DONE),
        reason=one.reason,
        refusal_code=one.refusal_code,
        refusal_text=one.refusal_text,
        broker_ids=tuple(number.broker_id for number in one.numbers.values()),
        amending=one.amending,
        changed_externally=one.changed_externally,
        chase_steps=one.chased,
        venue=one.venue,
        time_in_force=one.time_in_force,
        trigger_krw=one.trigger_krw,
        held=is_held(one),
        auction=one.auction,
        parent_id=one.parent_id,
    )


def parent(one: Parent) -> c.ParentView:
    """Return one intent that leaves in slices."""
    execution = one.asked.execution
    return c.ParentView(
        parent_id=one.parent_id,
        intent_id=one.asked.intent_id,
        strategy_id=one.strategy_id,
        symbol=one.symbol,
        side=one.side,
        style=execution.style if execution else "",
        shares=one.shares,
        filled=one.filled,
        working=sum(child.remaining for child in one.children if child.is_open),
        left=one.left,
        limit_krw=one.asked.limit_krw,
        slices=len(one.slices),
        taken=one.next,
        created_at=kst(one.created_ns),
        next_at=None if one.due_ns is None else kst(one.due_ns),
        ends_at=kst(one.ends_ns),
    )


def allocation(one: Allocation) -> c.AllocationView:
    """Return what one strategy holds of one symbol."""
    return c.AllocationView(
        strategy_id=one.strategy_id,
        symbol=one.symbol,
        shares=one.shares,
        cost_krw=one.cost_krw,
        average_krw=one.cost_krw / one.shares if one.shares else 0.0,
        selling=one.selling,
        stop_krw=one.stop_krw,
        entered_at=None if one.entered_ns is None else kst(one.entered_ns),
        realised_today_krw=one.realised_today_krw,
        direction=one.direction,
    )


def position(one: Listing, now_ns: int, strategy_id: str | None = None) -> c.PositionView:
    """Return one symbol of the account; to a strategy, with its own allocation alone."""
    locked = one.lock_owner is not None and one.lock_until_ns > now_ns
    return c.PositionView(
        symbol=one.symbol,
        broker_shares=one.broker_shares,
        allocations=tuple(
            allocation(a)
            for a in one.allocations.values()
            if a.strategy_id != r.UNALLOCATED
            and strategy_id in (None, a.strategy_id)
            and (a.shares or a.open_orders)
        ),
        drift=None if one.broker_shares is None else one.drift,
        frozen=one.frozen,
        lock_owner=one.lock_owner if locked else None,
        lock_until=kst(one.lock_until_ns) if locked else None,
        last_price_krw=one.mark_krw,
        last_price_at=kst(one.mark_ns) if one.mark_krw is not None else None,
    )


def is_shown(one: Listing) -> bool:
    """Whether a symbol belongs into a list of positions: held, ordered, or not explained."""
    return bool(one.occupied or one.broker_shares or one.drift or one.frozen)


def halts(book: Book) -> list[o.HaltView]:
    """Return every flag that keeps entries out, oldest first."""
    return [
        o.HaltView(
            scope=_HALTING[up.flag],
            subject=up.subject,
            flag=up.flag,
            actor=up.actor,
            reason=up.reason,
            since=kst(up.at_ns),
        )
        for up in sorted(book.flags.values(), key=lambda up: up.at_ns)
        if up.flag in _HALTING
    ]


_HALTING: dict[str, Literal["portfolio", "strategy", "symbol"]] = {
    "safe_mode": "portfolio",
    "halt_entries": "portfolio",
    "flattening": "portfolio",
    "killed": "portfolio",
    "paused": "strategy",
    "frozen": "symbol",
    "halted": "symbol",
    "rescaled": "symbol",
}


def drift(book: Book) -> o.DriftView:
    """Return what the account has that no strategy explains."""
    lines = tuple(
        o.DriftLine(
            symbol=symbol,
            drift=one.drift,
            broker_shares=one.broker_shares,
            allocations={a.strategy_id: a.signed for a in one.allocations.values() if a.shares},
            frozen=one.frozen,
            acknowledged=one.drift == one.acknowledged,
            stops_held=one.rescaled,
            evidence=evidence(book, one),
        )
        for symbol, one in sorted(book.listings.items())
        if one.drift or one.frozen or one.rescaled
    )
    others = tuple(
        o.ExternalOrder(
            broker_id=row.broker_id,
            symbol=row.symbol,
            side=row.side,
            shares=row.shares,
            limit_krw=row.limit_krw,
            filled=row.filled,
            remaining=row.remaining,
            ordered_at=row.ordered_at,
        )
        for row in book.externals.values()
    )
    return o.DriftView(drift=lines, external_orders=others)


def day(book: Book, now_ns: int) -> o.DayView:
    """Return today's timetable, and how the last day compared with the broker's."""
    told = book.reconciled
    return o.DayView(
        date=book.date,
        session=book.open_ns is not None,
        baseline_krw=book.baseline_krw,
        duties=tuple(
            o.DutyView(
                what=duty.what,
                at=kst(duty.at_ns),
                state=duty.state,
                strategy_id=duty.strategy_id,
                done_at=None if duty.done_ns is None else kst(duty.done_ns),
            )
            for duty in timetable(book, now_ns)
        ),
        reconciled=None if told is None else _reconciled(told),
        unconfirmed=None if book.past is None else book.past.date,
    )


def _reconciled(told: r.DayReconciled) -> o.ReconciledView:
    fields = msgspec.structs.asdict(told)
    at_ns, found = fields.pop("at_ns"), fields.pop("differences")
    differences = tuple(o.DayDifference(**msgspec.structs.asdict(each)) for each in found)
    return o.ReconciledView(
        at=kst(at_ns), agrees=not differences, differences=differences, **fields
    )


def account(book: Book, strategy_id: str | None = None) -> c.AccountView:
    """Return the account; to a strategy, with the equity it may size on."""
    equity = book.equity_krw
    budget = book.limits.budgets.get(strategy_id) if book.limits and strategy_id else None
    if budget is not None and equity is not None:
        equity = int(equity * budget.capital_pct)
    pnl, baseline = book.daily_pnl_krw, book.baseline_krw
    gross = book.gross_krw / book.equity_krw if book.equity_krw else None
    return c.AccountView(
        oms_id=book.oms_id,
        environment=book.environment,  # type: ignore[arg-type]  # Started carries one of the three
        as_of=None if book.balance_ns is None else kst(book.balance_ns),
        equity_krw=equity,
        orderable_cash_krw=book.cash_krw,
        realised_today_krw=book.realised_today_krw,
        unrealised_krw=None if book.balance_ns is None else book.unrealised_krw,
        daily_pnl_krw=pnl,
        daily_pnl_pct=None if pnl is None or not baseline else pnl / baseline,
        gross_exposure_pct=None if gross is None else round(gross, 4),
        regime=book.regime or "UNKNOWN",
        safe_mode=book.safe_mode,
        halt_entries=book.halt_entries,
        flattening=book.flattening,
        paused_strategies=tuple(
            sorted(s.strategy_id for s in book.strategies.values() if s.paused)
        ),
        killed=book.killed,
    )


def event(
    seq: int, output: r.AnyOutput, book: Book, strategy_id: str | None = None
) -> c.StreamEvent | None:
    """Return what the stream tells of an output; None for what it keeps to itself.

    The account is always as it is now: an old event of it would only mislead. `strategy_id` is
    whose equity is shown.
    """
    at = kst(output.at_ns)
    match output:
        case r.IntentDecided():
            return c.IntentDecided(
                seq=seq,
                at=at,
                strategy_id=output.strategy_id,
                symbol=output.symbol or "",
                result=result(output),
            )
        case r.OrderAnswered() | r.OrderFilled() | r.OrderClosed() | r.ParentClosed():
            return _order_event(seq, output)
        case r.AllocationChanged():
            return c.AllocationChanged(
                seq=seq,
                at=at,
                strategy_id=output.strategy_id,
                symbol=output.symbol,
                shares=output.shares,
                cost_krw=output.cost_krw,
                stop_krw=output.stop_krw,
                realised_krw=output.realised_krw,
                why=output.why,
                direction=output.direction,
            )
        case r.StopFired():
            return c.StopFired(
                seq=seq,
                at=at,
                strategy_id=output.strategy_id,
                symbol=output.symbol,
                order_id=output.order_id or "",
                stop_krw=output.stop_krw,
                price_krw=output.price_krw,
            )
        case r.FlagChanged() | r.BaselineSet() | r.DayOpened():
            return c.AccountChanged(
                seq=seq, at=at, strategy_id="", symbol="", account=account(book, strategy_id)
            )
        case _:
            return None


def _order_event(
    seq: int, output: r.OrderAnswered | r.OrderFilled | r.OrderClosed | r.ParentClosed
) -> c.StreamEvent | None:
    at = kst(output.at_ns)
    match output:
        case r.OrderAnswered(answer="accepted", broker_id=str(broker_id)):
            return c.OrderAccepted(
                seq=seq,
                at=at,
                strategy_id=output.strategy_id,
                symbol=output.symbol,
                order_id=output.order_id,
                intent_id=output.intent_id,
                broker_id=broker_id,
            )
        case r.OrderFilled():
            return c.OrderFilled(
                seq=seq,
                at=at,
                strategy_id=output.strategy_id,
                symbol=output.symbol,
                order_id=output.order_id,
                intent_id=output.intent_id,
                side=output.side,
                shares=output.shares,
                value_krw=output.value_krw,
                filled=output.filled,
                filled_value_krw=output.filled_value_krw,
                cost_krw=output.cost_krw,
            )
        case r.OrderClosed():
            return c.OrderClosed(
                seq=seq,
                at=at,
                strategy_id=output.strategy_id,
                symbol=output.symbol,
                order_id=output.order_id,
                intent_id=output.intent_id,
                side=output.side,
                state=c.OrderState(output.state),
                filled=output.filled,
                filled_value_krw=output.filled_value_krw,
                why=output.why,
                refusal_code=output.code,
            )
        case r.ParentClosed():
            return c.ParentClosed(
                seq=seq,
                at=at,
                strategy_id=output.strategy_id,
                symbol=output.symbol,
                parent_id=output.parent_id,
                intent_id=output.intent_id,
                side=output.side,
                shares=output.shares,
                filled=output.filled,
                why=output.why,
            )
        case _:
            return None
