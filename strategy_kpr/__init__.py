"""KPR, the VWAP pullback reversal. Nobody imports it; replay and verify find it by name."""

from collections.abc import Mapping
from typing import Any

from strategy_runtime.contract import Strategy


def strategy(rules: Mapping[str, Any]) -> Strategy[Any]:
    """Return the strategy that wrote these rules at the head of a journal."""
    from strategy_kpr.kpr import Kpr

    return Kpr.of(rules)
