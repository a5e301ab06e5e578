"""What a strategy asks of the OMS, and what that makes of a symbol's standing.

Intents are named from their inputs alone: after a restart they are the same, and the OMS decides
each once.
"""

from dataclasses import replace
from typing import Literal

from kis_core.market.instants import SECOND_NS
from oms_client.contract import CancelOrders, Enter, Exit, Flatten, ModifyRisk, Reduce, Urgency
from strategy_runtime.decision.desk import Desk
from strategy_runtime.decision.moments import kst_of
from strategy_runtime.decision.outbox import Outbox, seconds
from strategy_runtime.decision.trading import (
    Entering,
    Flat,
    InPosition,
    PendingExit,
    Signal,
    StopMove,
    Trading,
)


def enter(
    desk: Desk,
    trading: Trading,
    signal: Signal,
    now_ns: int,
    out: Outbox,
    *,
    limit_krw: int,
    expires_ns: int | None,
    urgency: Urgency,
    horizon: Literal["INTRADAY", "SWING"] = "INTRADAY",
    trigger_krw: int | None = None,
    confidence: Literal["GREEN", "YELLOW", "RED"] = "GREEN",
    max_spread_bp: float | None = None,
    signal_hash: str | None = None,
    what: str = "entry",
) -> str:
    """Ask for an entry; return its intent's name. Nothing of an earlier one may be open."""
    assert isinstance(trading.standing, Flat), f"{trading.symbol} is {trading.standing}"
    assert not trading.entries_open, f"{trading.symbol}: {tuple(trading.entries_open)} still open"
    trading.attempts += 1
    intent_id = desk.intent_id(trading.symbol, what, trading.attempts)
    out.submit(
        Enter(
            intent_id=intent_id,
            symbol=trading.symbol,
            shares=signal.shares,
            limit_krw=limit_krw,
            stop_krw=signal.stop_krw,
            trigger_krw=trigger_krw,
            urgency=urgency,
            time_horizon=horizon,
            expires_at=None if expires_ns is None else kst_of(expires_ns),
            confidence=confidence,
            max_spread_bp=max_spread_bp,
            reason=signal.reason,
            signal_hash=signal_hash,
        )
    )
    trading.standing = Entering(intent_id, signal, now_ns)
    trading.entries_open[intent_id] = None
    trading.signal, trading.signal_id = signal, intent_id
    trading.answered_ns = trading.accepted_ns = None
    return intent_id


def cancel_entry(desk: Desk, trading: Trading, why: str, out: Outbox) -> None:
    """Ask for the symbol's working buys to be cancelled; what became of them is told."""
    trading.cancels += 1
    intent_id = desk.intent_id(trading.symbol, "cancel", trading.cancels)
    out.submit(CancelOrders(intent_id=intent_id, symbol=trading.symbol, side="BUY", reason=why))
    if isinstance(trading.standing, Entering):
        trading.standing = replace(trading.standing, cancelling=True)


def give_up_entry(trading: Trading) -> None:
    """Wait for an entry no longer: its end is still to come, and a fill of it is a position."""
    if isinstance(trading.standing, Entering):
        trading.standing = Flat()
        trading.missed += 1


def leave(
    desk: Desk,
    trading: Trading,
    reason: str,
    now_ns: int,
    out: Outbox,
    *,
    flatten: bool = False,
    urgency: Urgency = Urgency.HIGH,
    price_krw: int | None = None,
    limit_krw: int | None = None,
) -> None:
    """Ask the OMS to sell all that is held, working buys cancelled first.

    `price_krw` is what it was decided at, for the log alone. `flatten`: the day's end wants it.
    `limit_krw`: for no less than that; None is at the market.
    """
    standing = trading.standing
    assert isinstance(standing, InPosition), f"{trading.symbol} is {standing}"
    trading.exits += 1
    intent_id = desk.intent_id(trading.symbol, "flatten" if flatten else "exit", trading.exits)
    if flatten:
        out.submit(Flatten(intent_id=intent_id, symbol=trading.symbol, reason=reason))
    else:
        if trading.entries_open:
            cancel_entry(desk, trading, reason, out)
        out.submit(
            Exit(
                intent_id=intent_id,
                symbol=trading.symbol,
                limit_krw=limit_krw,
                urgency=urgency,
                reason=reason,
            )
        )
    position = replace(standing.position, exit_reason=reason)
    trading.standing = PendingExit(position, intent_id, None, now_ns, now_ns)
    r = None if price_krw is None else position.r_net(price_krw)
    out.say(
        f"Exit triggered - {reason}",
        trading.symbol,
        price=price_krw,
        r=None if r is None else round(r, 2),
        intent_id=intent_id,
    )


def withdraw_exit(desk: Desk, trading: Trading, why: str, out: Outbox) -> None:
    """Ask for an exit that rests at a limit to be taken back.

    Its end is told as an exit that failed. Only then may the next be asked for: the OMS takes a
    cancel that overtakes an exit for the end of that exit too.
    """
    trading.cancels += 1
    intent_id = desk.intent_id(trading.symbol, "cancel", trading.cancels)
    out.submit(CancelOrders(intent_id=intent_id, symbol=trading.symbol, side="SELL", reason=why))


def sell_part(
    desk: Desk, trading: Trading, shares: int, reason: str, now_ns: int, out: Outbox
) -> None:
    """Ask the OMS to sell a part of what is held, less than all of it."""
    standing = trading.standing
    assert isinstance(standing, InPosition), f"{trading.symbol} is {standing}"
    held = standing.position.shares
    assert 0 < shares < held, f"{trading.symbol}: {shares} of {held} shares"
    trading.exits += 1
    intent_id = desk.intent_id(trading.symbol, "part", trading.exits)
    out.submit(Reduce(intent_id=intent_id, symbol=trading.symbol, shares=shares, reason=reason))
    position = replace(standing.position, exit_reason=reason)
    trading.standing = PendingExit(
        position, intent_id, None, now_ns, now_ns, held - shares, held, position.sold
    )
    out.say(f"Exit {reason}, qty={shares}", trading.symbol, of=held, intent_id=intent_id)


def move_stop(desk: Desk, trading: Trading, stop_krw: int, reason: str, out: Outbox) -> None:
    """Raise the stop that the OMS holds; one that does not lie higher changes nothing."""
    standing = trading.standing
    assert isinstance(standing, InPosition | PendingExit), f"{trading.symbol} is {standing}"
    if stop_krw <= standing.position.guard_krw:
        return
    ask_stop(desk, trading, stop_krw, reason, out)
    position = replace(standing.position, guard_krw=stop_krw)
    trading.standing = replace(standing, position=position)


def ask_stop(desk: Desk, trading: Trading, stop_krw: int, reason: str, out: Outbox) -> None:
    """Ask the OMS to hold a stop; one that it does not take is asked for again by `mind_stop`."""
    trading.moves += 1
    intent_id = desk.intent_id(trading.symbol, "stop", trading.moves)
    out.submit(
        ModifyRisk(intent_id=intent_id, symbol=trading.symbol, stop_krw=stop_krw, reason=reason)
    )
    trading.stop_move = StopMove(intent_id, stop_krw, reason)


def mind_stop(desk: Desk, trading: Trading, now_ns: int, out: Outbox) -> None:
    """Ask again for a stop that the OMS did not take, while shares are held."""
    move = trading.stop_move
    if move is None or move.retry_ns is None or now_ns < move.retry_ns or not trading.holds:
        return
    ask_stop(desk, trading, move.stop_krw, move.reason, out)
    assert trading.stop_move is not None
    trading.stop_move = replace(trading.stop_move, failures=move.failures)


def mind_exit(desk: Desk, trading: Trading, now_ns: int, out: Outbox) -> None:
    """Shout about an exit that takes too long."""
    standing = trading.standing
    if not isinstance(standing, PendingExit):
        return
    if now_ns - standing.alerted_ns < desk.rules.exit_alert_s * SECOND_NS:
        return
    trading.standing = replace(standing, alerted_ns=now_ns)
    out.warn(
        "Exit outlives its time",
        trading.symbol,
        reason=standing.position.exit_reason,
        waiting_s=seconds(now_ns - standing.since_ns),
    )
