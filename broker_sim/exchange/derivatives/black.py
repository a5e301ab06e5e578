"""Black-76: what an option on a forward is worth, and how that moves. Columns in, columns out.

Conventions are those of KIS's board, measured on the one of 2025-06-05: theta for a calendar day,
vega and rho for one percentage point; delta, gamma and theta are of the index, not the forward.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
YEAR_DAYS = 365.0
_SQRT_2, _SQRT_2PI = math.sqrt(2.0), math.sqrt(2.0 * math.pi)
_ERF = np.frompyfunc(math.erf, 1, 1)
_LEAST = 1e-12


@dataclass(frozen=True, slots=True)
class Greeks:
    """Of one contract for one point of the index."""

    delta: float
    gamma: float
    theta: float  # points a calendar day
    vega: float  # points for one percentage point of volatility
    rho: float  # points for one percentage point of interest


def normal(x: Floats) -> Floats:
    """Return the standard normal distribution function."""
    cumulated: Floats = 0.5 * (1.0 + np.asarray(_ERF(x / _SQRT_2), np.float64))
    return cumulated


def price(
    sign: int, forward: Floats, strike: float, years: Floats, sigma: float, rate: float
) -> Floats:
    """Return the value of calls (`sign` 1) or puts (-1), in points."""
    spread = sigma * np.sqrt(np.maximum(years, _LEAST))
    d1 = np.log(forward / strike) / spread + spread / 2.0
    d2 = d1 - spread
    worth = sign * (forward * normal(sign * d1) - strike * normal(sign * d2))
    discounted: Floats = np.exp(-rate * np.maximum(years, 0.0)) * np.maximum(worth, 0.0)
    return discounted


def greeks(
    sign: int, spot: float, strike: float, years: float, sigma: float, rate: float, carry: float
) -> Greeks:
    """Return the sensitivities at a level of the index; `carry` is what its forward grows by."""
    years = max(years, _LEAST)
    forward = spot * math.exp(carry * years)
    spread = sigma * math.sqrt(years)
    d1 = math.log(forward / strike) / spread + spread / 2.0
    d2 = d1 - spread
    density = math.exp(-d1 * d1 / 2.0) / _SQRT_2PI
    discount, grown = math.exp(-rate * years), math.exp((carry - rate) * years)
    below1 = 0.5 * (1.0 + math.erf(sign * d1 / _SQRT_2))
    below2 = 0.5 * (1.0 + math.erf(sign * d2 / _SQRT_2))
    decay = -spot * grown * density * sigma / (2.0 * math.sqrt(years))
    decay -= sign * (carry - rate) * spot * grown * below1
    decay -= sign * rate * strike * discount * below2
    return Greeks(
        delta=sign * grown * below1,
        gamma=grown * density / (spot * spread),
        theta=decay / YEAR_DAYS,
        vega=spot * grown * density * math.sqrt(years) / 100.0,
        # The dividend yield stays: a change of interest moves the forward, too.
        rho=sign * strike * years * discount * below2 / 100.0,
    )
