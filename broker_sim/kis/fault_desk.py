"""Everything that can go wrong with one broker, put together: one plan, and where it bites."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import cast

from broker_sim.exchange.derivatives.exchange import DerivativesExchange
from broker_sim.exchange.exchange import Exchange
from broker_sim.exchange.fault_entries import Fault
from broker_sim.exchange.faults import FaultPlan
from broker_sim.kis.desk import Desk
from broker_sim.kis.fault_calls import CallFaults
from broker_sim.kis.fault_market import interrupt, require_symbols
from broker_sim.kis.fault_page import FaultPage
from broker_sim.kis.fault_past import Past
from broker_sim.kis.fault_sockets import Porter, SocketFaults
from broker_sim.kis.gateway import Gateway
from broker_sim.kis.tokens import TokenDesk
from kis_core.clock import Clock


class FaultDesk:
    """One plan of faults and its parts. Raises FaultError for what this day cannot have."""

    def __init__(self, plan: FaultPlan, desk: Desk, clock: Clock) -> None:
        self.plan = plan
        self._desk = desk
        self._exchange = desk.exchange
        self._clock = clock
        self._pasts = [Past(desk.exchange, "odno", ("holdings", "cash"))]
        if desk.derivatives is not None:
            self._pasts.append(Past(desk.derivatives, "number", ("positions", "money")))
        self.sockets = SocketFaults(plan, self._pasts, clock)
        self.page = FaultPage(self)
        require_symbols(desk.exchange, plan.faults)
        self._begin()

    def add(self, faults: Sequence[Fault]) -> None:
        """Have these faults bite from now on. Raises FaultError."""
        require_symbols(self._exchange, faults)
        self.plan.add(faults)
        self._begin()

    def calls(
        self,
        gateway_of: Callable[[Desk], Gateway],
        tokens: TokenDesk,
        catch_up: Callable[[], int],
    ) -> CallFaults:
        """Return what answers calls while there are faults; `gateway_of` a desk answers them."""
        stocks, *derivatives = self._pasts
        late = replace(
            self._desk,
            exchange=cast(Exchange, stocks),
            derivatives=cast(DerivativesExchange, derivatives[0]) if derivatives else None,
        )
        gateways = (gateway_of(self._desk), gateway_of(late))
        dialect = self._desk.dialect
        return CallFaults(self.plan, gateways, self._pasts, tokens, dialect, self._clock, catch_up)

    def porter(self, calls: CallFaults) -> Porter:
        """Return who stands at the door of the WebSocket."""
        return Porter(self.plan, self._clock, calls.sleep_until)

    def _begin(self) -> None:
        now_ns = self._clock.now_ns()
        for past in self._pasts:
            past.note(now_ns)
        interrupt(self._exchange, self.plan, now_ns)
