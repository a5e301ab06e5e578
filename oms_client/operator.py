"""How an operator asks the OMS. Acts are sent once: one that got no answer may have been done.

Reads are repeated as a strategy's are. `OmsUnreachable` after an act means that nobody knows; look
at what is in force before asking again.
"""

from typing import Literal
from urllib.parse import quote

from pydantic import BaseModel, TypeAdapter

from oms_client.client import READ_S, OmsClient, read
from oms_client.contract import (
    AccountView,
    AllocationView,
    FillView,
    KillSwitch,
    LimitsView,
    OperatorAction,
    OrderView,
    ParentView,
    TradeView,
)
from oms_client.operating import (
    AmendOrder,
    AmendStop,
    DayView,
    DriftView,
    Halt,
    HaltView,
    ReassignDrift,
    Split,
)

_ACCOUNT = TypeAdapter(AccountView)
_ALLOCATION = TypeAdapter(AllocationView)
_DAY = TypeAdapter(DayView)
_DRIFT = TypeAdapter(DriftView)
_FILLS = TypeAdapter(list[FillView])
_HALTS = TypeAdapter(list[HaltView])
_LIMITS = TypeAdapter(LimitsView)
_ORDER = TypeAdapter(OrderView)
_ORDERS = TypeAdapter(list[OrderView])
_PARENT: TypeAdapter[ParentView] = TypeAdapter(ParentView)
_PARENTS: TypeAdapter[list[ParentView]] = TypeAdapter(list[ParentView])
_TRADES = TypeAdapter(list[TradeView])


class OmsOperator(OmsClient):
    """A person's line to an OMS, with the operator's token."""

    async def halts(self) -> list[HaltView]:
        """Return what stops entries now."""
        return read(_HALTS, await self._get("/api/v1/halts"), "halts")

    async def halt(self, halt: Halt, act: Literal["halt", "resume"]) -> list[HaltView]:
        """Stop entries or let them again; return what stops them then."""
        path = "/api/v1/halts" if act == "halt" else "/api/v1/halts/resume"
        return read(_HALTS, await self._act(path, halt), "halts")

    async def flatten(self, action: OperatorAction) -> AccountView:
        """Cancel every buy, sell everything, and halt entries for the day."""
        return read(_ACCOUNT, await self._act("/api/v1/admin/flatten-all", action), "account")

    async def kill(self, switch: KillSwitch) -> AccountView:
        """Cancel every working buy and refuse entries until it is taken off again."""
        return read(_ACCOUNT, await self._act("/api/v1/admin/kill-switch", switch), "account")

    async def reset_peak(self, action: OperatorAction) -> AccountView:
        """Count the drawdown from today's equity."""
        return read(_ACCOUNT, await self._act("/api/v1/admin/reset-peak", action), "account")

    async def limits(self) -> LimitsView:
        """Return the limits in force."""
        return read(_LIMITS, await self._get("/api/v1/limits"), "limits")

    async def day(self) -> DayView:
        """Return today's timetable and how the last day compared with the broker's."""
        return read(_DAY, await self._get("/api/v1/day"), "day")

    async def drift(self) -> DriftView:
        """Return what no strategy explains."""
        return read(_DRIFT, await self._get("/api/v1/drift"), "drift")

    async def acknowledge(self, symbol: str, action: OperatorAction) -> DriftView:
        """Take shares that nobody owns as one's own; return what is left unexplained."""
        path = f"/api/v1/drift/{quote(symbol, safe='')}/acknowledge"
        return read(_DRIFT, await self._act(path, action), "drift")

    async def reassign(self, symbol: str, body: ReassignDrift) -> DriftView:
        """Give shares to a strategy or take them from one; return what is left unexplained."""
        path = f"/api/v1/drift/{quote(symbol, safe='')}/reassign"
        return read(_DRIFT, await self._act(path, body), "drift")

    async def split(self, symbol: str, body: Split) -> DriftView:
        """Scale what is held of a symbol, its stops and prices; return what is left unexplained."""
        path = f"/api/v1/drift/{quote(symbol, safe='')}/split"
        return read(_DRIFT, await self._act(path, body), "drift")

    async def orders_of(
        self, strategy_id: str | None, symbol: str | None, *, working: bool
    ) -> list[OrderView]:
        """Return the day's orders, of all or of one strategy or symbol."""
        query = _query(strategy_id, symbol) | ({"working": "true"} if working else {})
        return read(_ORDERS, await self._get("/api/v1/orders", **query), "orders")

    async def cancel(self, order_id: str, action: OperatorAction) -> OrderView:
        """Ask for one order's cancel; return the order as it is."""
        path = f"/api/v1/orders/{quote(order_id, safe='')}/cancel"
        return read(_ORDER, await self._act(path, action), "order")

    async def amend(self, order_id: str, body: AmendOrder) -> OrderView:
        """Ask for another limit of one order; return the order as it is."""
        path = f"/api/v1/orders/{quote(order_id, safe='')}/amend"
        return read(_ORDER, await self._act(path, body), "order")

    async def parents(self, strategy_id: str | None, symbol: str | None) -> list[ParentView]:
        """Return the intents that are leaving in slices."""
        text = await self._get("/api/v1/parents", **_query(strategy_id, symbol))
        return read(_PARENTS, text, "parents")

    async def cancel_parent(self, parent_id: str, action: OperatorAction) -> ParentView:
        """End an intent that leaves in slices; return it as it is."""
        path = f"/api/v1/parents/{quote(parent_id, safe='')}/cancel"
        return read(_PARENT, await self._act(path, action), "parent")

    async def amend_stop(self, strategy_id: str, symbol: str, body: AmendStop) -> AllocationView:
        """Move the stop of a position; return the position."""
        names = f"{quote(strategy_id, safe='')}/{quote(symbol, safe='')}"
        text = await self._act(f"/api/v1/allocations/{names}/stop", body)
        return read(_ALLOCATION, text, "allocation")

    async def fills(self, strategy_id: str | None, symbol: str | None) -> list[FillView]:
        """Return the day's fills."""
        query = _query(strategy_id, symbol)
        return read(_FILLS, await self._get("/api/v1/fills", **query), "fills")

    async def trades(self, strategy_id: str | None, symbol: str | None) -> list[TradeView]:
        """Return the round trips closed today and those still open."""
        query = _query(strategy_id, symbol)
        return read(_TRADES, await self._get("/api/v1/trades", **query), "trades")

    async def _act(self, path: str, body: BaseModel) -> bytes:
        return await self._ask("POST", path, READ_S, 1, body=body.model_dump_json())


def _query(strategy_id: str | None, symbol: str | None) -> dict[str, str]:
    told = {"strategy_id": strategy_id, "symbol": symbol}
    return {name: value for name, value in told.items() if value is not None}
