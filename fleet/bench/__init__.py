"""The benchmarks by name. Each returns `{"bench", "rows": [...]}` as design §7 says."""

import importlib
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.table import Table

_NAMES = ("parse", "notice", "relay", "intent", "risk", "ingest", "tape")


BESIDE_POSTGRES = ("intent",)  # the others touch no database, up or down
AT_A_RATE = ("relay",)  # the others run as fast as they can


def _lazily(name: str) -> Callable[..., dict[str, Any]]:
    def run(**options: int) -> dict[str, Any]:
        result: dict[str, Any] = importlib.import_module(f"fleet.bench.{name}").run(**options)
        return result

    return run


BENCHES: dict[str, Callable[..., dict[str, Any]]] = {name: _lazily(name) for name in _NAMES}


def table(result: dict[str, Any]) -> None:
    """Print a result for a person."""
    grid = Table(title=f"kst bench {result['bench']}")
    for column in ("row", "median (smallest to largest)", "yardstick", "ratio", "must", ""):
        grid.add_column(column, justify="right" if column in ("yardstick", "ratio") else "left")
    for row in result["rows"]:
        median, least, most = (_figure(row[key]) for key in ("median", "min", "max"))
        grid.add_row(
            row["name"],
            f"{median} {row['unit']} ({least} to {most})",
            str(row["yardstick"]),
            "" if row["ratio"] is None else f"{row['ratio']:.2f}",
            str(row["must"]),
            "[green]holds[/]" if row["holds"] else "[red]falls short[/]",
        )
    Console().print(grid)


def _figure(value: float) -> str:
    """Return a number with four figures that count."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.4g}"
