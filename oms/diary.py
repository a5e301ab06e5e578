"""What the OMS says aloud: one log line for each thing an operator would look for.

The journal is complete and this is not; the words are those the runbook greps for.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from kis_core.clock import kst
from oms.core import records as r
from oms.inbox import Committed

_CANCELS = {"expired": "Timeout cancel", "closing": "EOD cancel"}


class Diary:
    """Writes a log line for what was decided."""

    def __init__(self, log: Any) -> None:
        self._log = log

    def committed(self, news: Sequence[Committed]) -> None:
        """Tell of what has become durable."""
        for item in news:
            self._tell(item.output)

    def _tell(self, out: r.AnyOutput) -> None:
        log = self._log
        match out:
            case r.IntentDecided():
                log.info(
                    f"Intent {out.status}",
                    strategy=out.strategy_id,
                    intent=out.intent_id,
                    type=out.intent_type,
                    symbol=out.symbol,
                    why=out.message,
                    trace=[v.control for v in out.trace],
                )
            case r.OrderFilled():
                log.info(
                    "Fill applied",
                    order=out.order_id,
                    strategy=out.strategy_id,
                    symbol=out.symbol,
                    side=out.side,
                    shares=out.shares,
                    value_krw=out.value_krw,
                    filled=out.filled,
                    source=out.source,
                )
            case r.OrderClosed():
                log.info(
                    f"Order {out.state}",
                    order=out.order_id,
                    symbol=out.symbol,
                    filled=out.filled,
                    why=out.why,
                    code=out.code,
                )
            case r.CancelPlanned():
                words = _CANCELS.get(out.why, "Cancel")
                log.info(words, order=out.order_id, why=out.why, actor=out.actor)
            case r.ModifyPlanned():
                log.info(
                    "Modify",
                    order=out.order_id,
                    limit_krw=out.limit_krw,
                    why=out.why,
                    actor=out.actor,
                )
            case r.OrderRenumbered(external=True):
                log.warning(
                    "Order modified externally",
                    order=out.order_id,
                    number=out.broker_id,
                    limit_krw=out.limit_krw,
                )
            case r.StopFired():
                log.warning(
                    "Stop fired",
                    strategy=out.strategy_id,
                    symbol=out.symbol,
                    stop_krw=out.stop_krw,
                    price_krw=out.price_krw,
                    order=out.order_id,
                )
            case _:
                self._tell_of_account(out)

    def _tell_of_account(self, out: r.AnyOutput) -> None:
        log = self._log
        match out:
            case r.DriftSeen(drift=drift) if drift:
                log.error(
                    "ALLOCATION DRIFT" if drift > 0 else "NEGATIVE DRIFT",
                    symbol=out.symbol,
                    drift=drift,
                    broker_shares=out.broker_shares,
                    allocated=out.allocated,
                )
            case r.SplitApplied():
                log.warning(
                    "Split applied",
                    symbol=out.symbol,
                    numerator=out.numerator,
                    denominator=out.denominator,
                    scale=out.scale,
                    by=out.actor,
                    why=out.reason,
                )
            case r.FlagChanged():
                log.warning(
                    _flag_words(out), by=out.actor, why=out.reason, on=out.on, value=out.value
                )
            case r.ExternalSeen(row=row):
                log.warning(
                    "External order",
                    number=row.broker_id,
                    symbol=row.symbol,
                    side=row.side,
                    shares=row.shares,
                )
            case r.DayOpened():
                log.info("Day opened", date=out.date, session=out.open_ns is not None)
            case r.LimitsSet(reloaded=True):
                log.warning("Limits changed", limits_hash=out.limits_hash)
            case r.StrategyFlattened():
                log.warning("Day ended", strategy=out.strategy_id, due=kst(out.due_ns).isoformat())
            case r.DayReconciled(differences=()):
                log.info("Day agrees with the broker", date=out.date, orders=out.orders)
            case r.DayReconciled():
                log.error(
                    "DAY DIFFERS FROM THE BROKER",
                    date=out.date,
                    differences=[msgspec.to_builtins(each) for each in out.differences[:10]],
                )
            case r.BaselineSet():
                log.info("Baseline set", equity_krw=out.equity_krw)


def _flag_words(out: r.FlagChanged) -> str:
    match out.flag:
        case "safe_mode":
            return "entering safe mode" if out.on else "leaving safe mode"
        case "halt_entries":
            return "New entries halted" if out.on else "New entries resumed"
        case "flattening":
            return "Flatten in progress" if out.on else "Flatten complete"
        case "frozen":
            return f"Froze {out.subject}" if out.on else f"Unfroze {out.subject}"
        case "paused":
            return f"Strategy {out.subject} {'paused' if out.on else 'resumed'}"
        case "halted":
            return f"{out.subject} halted" if out.on else f"{out.subject} resumed"
        case "acknowledged":
            return f"Drift of {out.subject} acknowledged"
        case "killed":
            return "KILL SWITCH on" if out.on else "Kill switch off"
        case "rescaled":
            return (
                f"STOPS HELD of {out.subject}" if out.on else f"Stops of {out.subject} hold again"
            )
        case "peak":
            return "Drawdown counts from here"
        case "regime":
            return f"Regime {out.value}"
