"""What the simulator tells about itself, beside KIS's paths. No part of KIS.

`/livez`, `/readyz` and `/metrics` to anybody; `/sim/state`, `/sim/fills`, `/sim/bars` and
`/sim/faults` to this machine only. A demo compares its own books with the latter: they are read
from the exchange, not from any reply a client has seen.
"""

import datetime as dt
import ipaddress
from collections.abc import Callable, Mapping
from typing import Any

from broker_sim.exchange.exchange import Exchange
from broker_sim.exchange.orders import OrderRow
from broker_sim.kis.fault_page import FaultPage
from broker_sim.kis.replies import Reply, plain

Client = tuple[str, int] | None
METRICS_TYPE = "text/plain; version=0.0.4"
KST = dt.timezone(dt.timedelta(hours=9))


class Control:
    """Answers about the exchange and the account, and the faults one may steer."""

    def __init__(
        self,
        exchange: Exchange,
        figures: Callable[[], Mapping[str, float]],
        faults: FaultPage | None = None,
    ) -> None:
        """`figures` gives what `/metrics` counts, by name."""
        self._exchange = exchange
        self._faults = faults
        self._figures = figures

    def answer(
        self, method: str, path: str, client: Client, now_ns: int, body: bytes = b""
    ) -> Reply | None:
        """Answer one request, or None when the path is not the simulator's own."""
        match path:
            case "/livez" | "/readyz":
                return plain({"status": "ok", "now": _text(now_ns)})
            case "/metrics":
                lines = (
                    f"broker_sim_{name} {value:g}\n" for name, value in self._figures().items()
                )
                return Reply(200, "".join(lines).encode(), content_type=METRICS_TYPE)
        return self._sim(method, path, client, now_ns, body) if path.startswith("/sim/") else None

    def _sim(self, method: str, path: str, client: Client, now_ns: int, body: bytes) -> Reply:
        if client is None or not ipaddress.ip_address(client[0]).is_loopback:
            return plain({"error": "the simulator's own pages answer this machine only"}, 403)
        if self._faults is not None and path.rstrip("/") == "/sim/faults":
            return self._faults.answer(method, body)
        if method != "GET":
            return plain({"error": "only GET"}, 405)
        match path.rstrip("/"):
            case "/sim/state":
                return plain(self._state(now_ns))
            case "/sim/fills":
                return plain({"fills": self._exchange.fills()})
            case "/sim/bars":
                return plain(self._bars(now_ns))
            case _:
                return plain(
                    {"error": f"no page {path}; there are state, fills, bars and faults"}, 404
                )

    def _state(self, now_ns: int) -> dict[str, Any]:
        cash = self._exchange.cash()
        holdings = self._exchange.holdings()
        instruments = self._exchange.day.instruments
        started_krw = cash.deposit_krw + sum(
            line.opening_shares * instruments[line.symbol].base_krw for line in holdings
        )
        worth_krw = cash.settled_krw + sum(line.shares * line.last_krw for line in holdings)
        fills = self._exchange.fills()
        return {
            "date": self._exchange.day.date.isoformat(),
            "now": _text(now_ns),
            "now_ns": now_ns,
            "phase": self._exchange.phase().value,
            "holdings": {line.symbol: line.shares for line in holdings if line.shares},
            "cash_krw": cash.settled_krw,
            "start_cash_krw": cash.deposit_krw,
            "costs_krw": cash.costs_krw,
            "reserved_krw": cash.reserved_krw,
            "pnl_krw": worth_krw - started_krw,
            "orders": [_order(row) for row in self._exchange.orders()],
            "fills_count": len(fills),
            "filled_krw": sum(fill.shares * fill.price_krw for fill in fills),
        }

    def _bars(self, now_ns: int) -> dict[str, Any]:
        """Count the candles that are over by now, which a collector should have by then."""
        day = self._exchange.day
        counts = {
            symbol: len(day.minute_bars(symbol, day.date, now_ns)) for symbol in day.instruments
        }
        return {"now": _text(now_ns), "bars": counts, "total": sum(counts.values())}


def _text(at_ns: int) -> str:
    return dt.datetime.fromtimestamp(at_ns / 1e9, KST).isoformat(timespec="milliseconds")


def _order(row: OrderRow) -> dict[str, Any]:
    return {
        "odno": row.odno,
        "original": row.original,
        "change": row.change,
        "symbol": row.symbol,
        "side": row.side,
        "order_type": row.order_type.value,
        "limit_krw": row.limit_krw,
        "shares": row.shares,
        "filled": row.filled,
        "filled_value_krw": row.filled_value_krw,
        "cancelled": row.cancelled,
        "rejected": row.rejected,
        "remaining": row.remaining,
        "state": row.state.value,
        "placed_ns": row.placed_ns,
        "cost_krw": row.cost_krw,
    }
