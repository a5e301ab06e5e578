"""The benchmarks by name. Each returns `{"bench", "rows": [...]}` as design §7 says."""

import importlib
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.table import Table

_NAMES = ("parse", "notice", "intent", "risk")


def _lazily(name: str) -> Callable[[], dict[str, Any]]:
    def run() -> dict[str, Any]:
        result: dict[str, Any] = importlib.import_module(f"fleet.bench.{name}").run()
        return result

    return run


BENCHES: dict[str, Callable[[], dict[str, Any]]] = {name: _lazily(name) for name in _NAMES}


def table(result: dict[str, Any]) -> None:
    """Print a result for a person."""
    grid = Table(title=f"kst bench {result['bench']}")
    for column in ("row", "median", "min", "max", "unit", "yardstick", "ratio", "must", ""):
        grid.add_column(
            column, justify="right" if column not in ("row", "unit", "must") else "left"
        )
    for row in result["rows"]:
        grid.add_row(
            row["name"],
            *(f"{row[key]:,.4g}" for key in ("median", "min", "max")),
            row["unit"],
            str(row["yardstick"]),
            "" if row["ratio"] is None else f"{row['ratio']:.2f}",
            str(row["must"]),
            "[green]holds[/]" if row["holds"] else "[red]falls short[/]",
        )
    Console().print(grid)
