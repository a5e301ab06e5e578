"""Where faults befall the market: as interruptions of the exchange, which keeps their time."""

from collections.abc import Iterable

from broker_sim.exchange.exchange import Exchange
from broker_sim.exchange.fault_entries import Fault, FaultError
from broker_sim.exchange.fault_kinds import Kind, Place
from broker_sim.exchange.faults import FaultPlan
from broker_sim.exchange.interruptions import (
    CircuitBreaker,
    Delisting,
    Halt,
    Interruption,
    LimitLock,
    Vi,
)
from kis_core.market.instants import midnight_ns


def interruption(fault: Fault) -> Interruption:
    """Return what a fault does to the market."""
    lasts_s = None if fault.seconds is None else round(fault.seconds[0])
    match fault.kind:
        case Kind.VI:
            return Vi(fault.symbol, fault.trigger, fault.venue)
        case Kind.HALT:
            return Halt(fault.symbol, lasts_s)
        case Kind.CIRCUIT_BREAKER:
            return CircuitBreaker(fault.market or None, fault.stage)
        case Kind.LIMIT_UP:
            return LimitLock(fault.symbol, "upper", lasts_s)
        case Kind.LIMIT_DOWN:
            return LimitLock(fault.symbol, "lower", lasts_s)
        case Kind.DELISTED:
            return Delisting(fault.symbol)
        case _:
            raise AssertionError(f"{fault.kind} does not befall the market")


def require_symbols(exchange: Exchange, faults: Iterable[Fault]) -> None:
    """Raise FaultError where a fault would befall an issue that this day does not have."""
    for fault in faults:
        of_issue = fault.rule.place is Place.MARKET and fault.symbol
        if of_issue and fault.symbol not in exchange.day.instruments:
            raise FaultError(
                f"{fault.kind.value}.symbol: {fault.symbol!r}, expected an issue of "
                f"{exchange.day.date}"
            )


def interrupt(exchange: Exchange, plan: FaultPlan, now_ns: int) -> None:
    """Let the exchange know of the interruptions it has not heard of: each now, or later today."""
    bites = plan.interruptions(midnight_ns(exchange.day.date), now_ns)
    exchange.interrupt_all([(bite.at_ns, interruption(bite.fault)) for bite in bites])
