"""What a simulated fleet's configuration lays over the house's own, wherever its processes live."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from broker_sim.exchange.day import DayError, DaySource
from config.load import DIRECTORY, read_yaml
from fleet.roster import STRATEGIES
from kis_core.clock import SECOND_NS, kst
from kis_core.market.sessions import Phase, session_plan
from kis_core.settings import load_sectors

MINUTELY_SPEED_MAX = 20  # beyond, a hundred charts a minute would be all this machine does
LEAD_S = 40 * 60  # the clock starts this long before the open


@dataclass(frozen=True)
class Places:
    """Where the processes of a fleet find each other: host names and ports."""

    sim: str
    sim_port: int
    sim_ws_port: int
    collector: str
    relay_port: int
    oms: str
    oms_port: int
    bind: str  # what they listen on
    data_dir: Path
    clock_file: Path
    logs: Path


def begin_and_close_ns(day: dt.date) -> tuple[int, int]:
    """Return where a simulated day's clock begins, and the closing auction's price."""
    plan = session_plan(day, "KRX")
    trading, closing = plan.span(Phase.CONTINUOUS), plan.span(Phase.CLOSING_AUCTION)
    if trading is None or closing is None:
        raise DayError(f"{day} has no regular session on KRX; choose a trading day")
    return trading.start_ns - LEAD_S * SECOND_NS, closing.end_ns


def overlay(
    places: Places, day: DaySource, begins_ns: int, speed: float, bars: Path | None
) -> dict[str, Mapping[str, Any]]:
    """Return the keys to lay over each YAML, by the file's stem."""
    symbols = sorted(day.instruments)
    begins: dt.time = kst(begins_ns).time()
    return {
        "fleet": {
            "broker": "sim",
            "simulator": {
                "rest_url": f"http://{places.sim}:{places.sim_port}",
                "ws_url": f"ws://{places.sim}:{places.sim_ws_port}",
                "dialect": "real",
            },
            "clock": {"kind": "scaled", "file": str(places.clock_file)},
            "log": {"level": "info", "directory": str(places.logs)},
            "data_dir": str(places.data_dir),
            "relay_url": f"http://{places.collector}:{places.relay_port}",
            "oms_url": f"http://{places.oms}:{places.oms_port}",
        },
        "collector": {"host": places.bind, "symbols": symbols, "backfill_days": 0, **_sweep(speed)},
        "oms": {"host": places.bind},
        **_universes(symbols),
        "sectors": _sectors(day),
        "sim": {
            "host": places.bind,
            "rest_port": places.sim_port,
            "ws_port": places.sim_ws_port,
            "speed": speed,
            "date": day.date.isoformat(),
            "bars": None if bars is None else str(bars.resolve()),
            "seed": day.seed,
            "start": f"{begins:%H:%M}",
        },
    }


def _universes(symbols: Sequence[str]) -> dict[str, Any]:
    """Return what each strategy looks at: what of its own universe trades that day, else all."""
    traded = set(symbols)
    found: dict[str, Any] = {}
    for name in STRATEGIES:
        own = [s for s in read_yaml(DIRECTORY / f"{name}.yaml")["universe"] if s in traded]
        found[name] = {"universe": own or list(symbols)}
    return found


def _sweep(speed: float) -> dict[str, Any]:
    """Return how minutes are asked for: on the minute, where this machine's minutes are long."""
    return {"sweep": {"every_min": 25}} if speed > MINUTELY_SPEED_MAX else {}


def _sectors(day: DaySource) -> dict[str, Any]:
    """Return the sectors of stocks that sectors.yaml does not know; nothing where it knows all."""
    known = load_sectors()
    unknown = {
        symbol: each.sector or "Unknown"
        for symbol, each in day.instruments.items()
        if symbol not in known.sectors
    }
    labels = sorted({*known.labels, *unknown.values()})
    return {"labels": labels, "sectors": unknown} if unknown else {}
