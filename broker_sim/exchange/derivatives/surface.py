"""Fair prices of every contract: carry for futures, a smile and a term structure for options.

The level of volatility is that of real options where it is known; else it is what the index did
over the last sessions, half of it over the very last ones, moved a little by the seed. The smile is
fixed at the previous close's forward, so a strike keeps its volatility through the day, puts and
calls share it, and parity holds to the tick.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from broker_sim.exchange.derivatives import black
from broker_sim.exchange.derivatives.black import Greeks
from broker_sim.exchange.derivatives.contracts import Contract

Floats = NDArray[np.float64]
RATE = 0.025  # of interest, a year
CARRY = 0.017  # interest less dividends: what a forward grows by
TRADING_DAYS = 250
HISTORY_SESSIONS, RECENT_SESSIONS = 90, 30
_UNKNOWN_SIGMA = 0.18  # where the index has no history
_SIGMA_MIN, _SIGMA_MAX = 0.10, 0.60
_SKEW, _CURVE = -0.06, 0.012  # of the smile, by standard deviations from the forward
_REACH = 6.0  # beyond so many the smile is flat
_YEAR_S = black.YEAR_DAYS * 86_400.0


@dataclass(frozen=True, slots=True)
class Surface:
    """Volatilities as they stand at the previous close. `historical` and `base` a year."""

    historical: float
    base: float
    previous: float  # the index then

    def sigma(self, contract: Contract, years_then: float) -> float:
        """Return a contract's volatility; `years_then` is how far it was from its end."""
        years = max(years_then, 1.0 / black.YEAR_DAYS)
        level = self.base * (0.97 + 0.06 * min(years, 1.0) ** 0.5)
        forward = self.previous * np.exp(CARRY * years)
        away = np.log(contract.strike_h / 100.0 / forward) / (level * years**0.5)
        away = float(np.clip(away, -_REACH, _REACH))
        return float(level * (1.0 + _SKEW * away + _CURVE * away * away))


def surface_of(
    closes: Sequence[float], previous: float, draw: float, implied: float | None
) -> Surface:
    """Return the surface after so many closes, newest last; `draw` is from 0 to 1.

    `implied` is what options at the money were really quoted at, a year, where that is known.
    """
    historical = _deviation(closes[-HISTORY_SESSIONS - 1 :])
    if implied is not None:
        return Surface(historical, min(max(implied, _SIGMA_MIN), _SIGMA_MAX), previous)
    level = (historical + _deviation(closes[-RECENT_SESSIONS - 1 :])) / 2.0
    base = min(max(level * (0.95 + 0.1 * draw), _SIGMA_MIN), _SIGMA_MAX)
    return Surface(historical, base, previous)


def _deviation(closes: Sequence[float]) -> float:
    """Return the standard deviation of daily moves, a year."""
    moves = np.diff(np.log(np.array(closes, np.float64)))
    return float(np.std(moves, ddof=1)) * TRADING_DAYS**0.5 if len(moves) > 1 else _UNKNOWN_SIGMA


def years(contract_end_ns: int, at_ns: NDArray[np.int64]) -> Floats:
    """Return years from instants to a contract's end, never negative."""
    left: Floats = np.maximum(contract_end_ns - at_ns, 0) / 1e9 / _YEAR_S
    return left


def fair(contract: Contract, spot: Floats, left: Floats, sigma: float) -> Floats:
    """Return fair prices in points at levels of the index, so many years before the end."""
    forward = spot * np.exp(CARRY * left)
    if not contract.is_option:
        return forward
    strike = contract.strike_h / 100.0
    return black.price(contract.sign, forward, strike, left, sigma, RATE)


def greeks_of(contract: Contract, spot: float, left: float, sigma: float) -> Greeks:
    """Return a contract's sensitivities; a future moves with its index."""
    if not contract.is_option:
        return Greeks(1.0, 0.0, 0.0, 0.0, 0.0)
    return black.greeks(contract.sign, spot, contract.strike_h / 100.0, left, sigma, RATE, CARRY)
