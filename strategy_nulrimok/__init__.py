"""Nulrimok, the swing into the institutional cost basis. Nobody imports it; replay and verify find
it by name.
"""

from collections.abc import Mapping
from typing import Any

from strategy_runtime.contract import Strategy


def strategy(rules: Mapping[str, Any]) -> Strategy[Any]:
    """Return the strategy that wrote these rules at the head of a journal."""
    from strategy_nulrimok.nulrimok import Nulrimok

    return Nulrimok.of(rules)
