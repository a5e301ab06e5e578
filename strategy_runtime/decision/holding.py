"""How a position begins, goes on and ends, by the OMS's word."""

from dataclasses import replace
from datetime import date
from math import floor

from kis_core.market.costs import round_trip_cost_ratio
from kis_core.market.instants import SECOND_NS
from kis_core.market.ticks import round_down
from oms_client.contract import AllocationView
from strategy_runtime.contract import Entered, Reduced
from strategy_runtime.decision.asking import ask_stop
from strategy_runtime.decision.desk import Desk
from strategy_runtime.decision.moments import ns_of
from strategy_runtime.decision.outbox import Outbox, seconds
from strategy_runtime.decision.position import Position, rescaled, round_trip, split_factor
from strategy_runtime.decision.trading import (
    Bought,
    Closed,
    ExitFailed,
    Flat,
    InPosition,
    Opened,
    PartSold,
    PendingExit,
    Trading,
)

_FAILURES_MAX = (
    16  # of exits or stops in a row; more would only double a pause that is at its longest
)


def adopt(
    desk: Desk, trading: Trading, allocation: AllocationView, now_ns: int, out: Outbox
) -> Opened:
    """Begin a position with shares that the OMS holds and nobody told the beginning of."""
    entered_ns = ns_of(allocation.entered_at) if allocation.entered_at else now_ns
    average = allocation.average_krw or allocation.cost_krw / allocation.shares
    stop = allocation.stop_krw
    news = opened(desk, trading, allocation.shares, average, stop, entered_ns, now_ns, out)
    out.say("Reconciled to IN_POSITION", trading.symbol, shares=allocation.shares, stop=stop)
    return news


def opened(
    desk: Desk,
    trading: Trading,
    shares: int,
    average_krw: float,
    stop_krw: int | None,
    entered_ns: int,
    now_ns: int,
    out: Outbox,
) -> Opened:
    """Begin a position: the first shares are there."""
    bought, signal = trading.bought, trading.signal
    entry = bought.value_krw / bought.shares if bought.shares else average_krw
    # A fill after its order was given up is still that order's: only what nobody asked for today
    # is adopted.
    expected = signal is not None
    stop = stop_krw or (signal.stop_krw if signal else None)
    if stop is None:
        stop = max(1, round_down(floor(entry * (1 - desk.rules.unprotected_stop))))
    if stop_krw is None:
        # A position is not left without a stop: its signal's or the usual one, and the OMS told.
        reason = "unprotected" if expected else "adopted unprotected"
        ask_stop(desk, trading, stop, reason, out)
    facts = signal.facts if signal else ()
    if signal is not None:
        facts = (
            *facts,
            ("bound_by", signal.bound_by or None),
            ("signal_to_fill_s", seconds(entered_ns - signal.at_ns)),
            ("slippage_krw", round(entry - signal.price_krw, 2)),
            ("missed_before", trading.missed),
        )
    setup = signal.setup if signal else "adopted"
    trading.positions += 1
    position = Position(
        trip_id=f"{desk.strategy_id}:{trading.symbol}:{desk.date}:{trading.positions}",
        shares=shares,
        bought=shares,
        entry_krw=entry,
        stop_krw=stop,
        cost_ratio=round_trip_cost_ratio(
            trading.market, date.fromisoformat(desk.date), desk.rules.commission_ppm
        ),
        entered_ns=entered_ns,
        entry_reason=signal.reason if signal else "adopted",
        setup=setup,
        best_krw=entry,
        worst_krw=entry,
        trail_krw=float(stop),
        guard_krw=stop,
        costs_krw=bought.costs_krw,
        facts=facts,
    )
    trading.standing = InPosition(position)
    trading.traded = True
    out.note(_entered(desk, trading, position, now_ns, adopted=not expected))
    out.say(
        f"Fill detected, IN_POSITION @ {entry:.0f} qty={shares}",
        trading.symbol,
        stop=stop,
        adopted=not expected,
    )
    return Opened(position, not expected)


def _entered(
    desk: Desk, trading: Trading, position: Position, now_ns: int, *, adopted: bool
) -> Entered:
    signal, account = trading.signal, desk.account
    since = signal.at_ns if signal else None

    def after_ms(at_ns: int | None) -> float | None:
        return None if at_ns is None or since is None else round((at_ns - since) / 1e6, 3)

    return Entered(
        trip_id=position.trip_id,
        symbol=trading.symbol,
        sector=trading.sector,
        setup=position.setup,
        at_ns=now_ns,
        shares=position.shares,
        entry_krw=round(position.entry_krw, 2),
        stop_krw=position.stop_krw,
        signal_id=trading.signal_id,
        strength=signal.strength if signal else None,
        adopted=adopted,
        factors=signal.factors if signal else (),
        filters=signal.filters if signal else (),
        sizing=signal.sizing if signal else (),
        portfolio=(
            ("equity_krw", account.equity_krw if account else None),
            ("gross_exposure_pct", account.gross_exposure_pct if account else None),
            ("daily_pnl_pct", account.daily_pnl_pct if account else None),
            ("drawdown_tier", drawdown_tier(account.daily_pnl_pct if account else None)),
            ("regime", account.regime if account else None),
            ("positions", len(desk.held)),
        ),
        latency_ms=(
            ("answered", after_ms(trading.answered_ns)),
            ("accepted", after_ms(trading.accepted_ns)),
            ("filled", after_ms(now_ns)),
        ),
    )


def drawdown_tier(daily_pnl: float | None) -> str | None:
    """Return the tier of a day's result (a fraction of equity): context, nothing is made of it."""
    if daily_pnl is None:
        return None
    for floor_, tier in ((-0.01, "full"), (-0.02, "half"), (-0.03, "quarter")):
        if daily_pnl > floor_:
            return tier
    return "halt"


def closed(
    desk: Desk, trading: Trading, position: Position, why: str, now_ns: int, out: Outbox
) -> Closed:
    """End a position: nothing is held any more."""
    trip = round_trip(position, trading.symbol, trading.sector, now_ns, why)
    desk.trips.append(trip)
    out.note(trip)
    trading.bought = Bought()
    trading.stop_move = None
    trading.standing = Flat()
    trading.entry_over("")  # what comes yet of an entry that is still open is explained by it
    out.say(
        "Position closed",
        trading.symbol,
        reason=trip.exit_reason,
        realised=trip.realised_krw,
        r=trip.r_net,
    )
    return Closed(trip)


def part_sold(
    trading: Trading, position: Position, shares: int, now_ns: int, out: Outbox
) -> PartSold:
    """Take it that a part was sold; the rest is held on."""
    trading.standing = InPosition(position)
    trading.exit_failures = 0
    _reduced(trading, position, shares, now_ns, out)
    return PartSold(position, shares)


def _reduced(trading: Trading, position: Position, shares: int, now_ns: int, out: Outbox) -> None:
    note = Reduced(
        position.trip_id, trading.symbol, now_ns, shares, position.shares, position.exit_reason
    )
    out.note(note)
    out.say(
        "Position reduced",
        trading.symbol,
        reason=position.exit_reason,
        sold=shares,
        left=position.shares,
    )


def as_held(position: Position, allocation: AllocationView) -> Position:
    """Return a carried position as the OMS holds it: split or sold in part meanwhile."""
    position = after_split(position, allocation.shares, allocation.cost_krw)
    gone = allocation.shares < position.shares
    return guarded(
        replace(
            position,
            shares=allocation.shares,
            bought=max(position.bought, allocation.shares),
            realised_krw=position.realised_krw + (allocation.realised_today_krw if gone else 0),
            exit_reason="",
        ),
        allocation.stop_krw,
    )


def after_split(position: Position, shares: int, cost_krw: int) -> Position:
    """Return the position on the scale of the shares that the OMS tells of."""
    factor = split_factor(position, shares, cost_krw)
    return position if factor == 1 else rescaled(position, factor)


def guarded(position: Position, stop_krw: int | None) -> Position:
    """Return the position with the stop that the OMS holds (None: it does not say).

    One below ours is an operator's, who knows why: an exit above it would undo what he did.
    """
    guard = stop_krw or position.guard_krw
    return replace(position, guard_krw=guard, stop_krw=min(position.stop_krw, guard))


def exit_over(
    desk: Desk,
    trading: Trading,
    standing: PendingExit,
    why: str,
    now_ns: int,
    out: Outbox,
    *,
    pause_s: int = 0,
) -> ExitFailed:
    """Take it that an exit ended with shares left: hold on and ask again after a pause.

    The pause doubles with each failure in a row, up to where it is shouted about.
    """
    trading.exit_failures = min(trading.exit_failures + 1, _FAILURES_MAX)
    pause_s = max(pause_s, _pause_s(desk, trading.exit_failures))
    trading.standing = InPosition(standing.position, now_ns + pause_s * SECOND_NS)
    if standing.part:
        _reduced(trading, standing.position, standing.part, now_ns, out)
    out.warn("Exit not done, will be asked for again", trading.symbol, why=why)
    return ExitFailed(standing.position, why)


def stop_over(desk: Desk, trading: Trading, why: str, now_ns: int, out: Outbox) -> None:
    """Take it that the OMS has not taken a stop: it is asked for again after a growing pause."""
    move = trading.stop_move
    assert move is not None
    failures = min(move.failures + 1, _FAILURES_MAX)
    retry_ns = now_ns + _pause_s(desk, failures) * SECOND_NS
    trading.stop_move = replace(move, retry_ns=retry_ns, failures=failures)
    out.warn("Stop not moved, will be asked for again", trading.symbol, stop=move.stop_krw, why=why)


def _pause_s(desk: Desk, failures: int) -> int:
    """Return how long nothing is asked for again after so many failures in a row."""
    doubled_s: int = desk.rules.exit_retry_s << (failures - 1)
    return min(doubled_s, desk.rules.exit_alert_s)
