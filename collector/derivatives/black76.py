"""Black-76 on columns: what options on a forward are worth, and what a price implies. Pure.

Every argument is a float or an array of float64; results are arrays. `sign` is 1 for a call and -1
for a put, `years` is until the last day, `sigma` and `rate` are fractions a year, prices points.
Conventions are the broker's, found on its board of 2025-06-05 and held by a test: delta and gamma
are for one point of the *index*, theta for one calendar day, vega and rho for one percentage point.
NaN stands for what nothing implies.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
YEAR_DAYS = 365.0
_SQRT_2, _SQRT_PI, _SQRT_2PI = math.sqrt(2.0), math.sqrt(math.pi), math.sqrt(2.0 * math.pi)
_SIGMA_MAX = 50.0  # 5,000 % a year: above it no price is believed
_ROUNDS_MAX = 100
_CLOSE = 1e-13  # of sigma, relative: two doubles next to each other, nearly

# W. J. Cody, Rational Chebyshev approximation for the error function (1969): numerators and
# denominators by |x|, highest power first, for |x| <= 0.46875, <= 4, and beyond.
_NEAR = (
    (1.85777706184603153e-1, 3.16112374387056560e0, 1.13864154151050156e2, 3.77485237685302021e2,
     3.20937758913846947e3),
    (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3,
     2.84423683343917062e3),
)  # fmt: skip
_MIDDLE = (
    (2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e0, 6.61191906371416295e1,
     2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3,
     1.23033935479799725e3),
    (1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2,
     1.62138957456669019e3, 3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3,
     1.23033935480374942e3),
)  # fmt: skip
_FAR = (
    (1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1,
     1.25781726111229246e-1, 1.60837851487422766e-2, 6.58749161529837803e-4),
    (1.0, 2.56852019228982242e0, 1.87295284992346725e0, 5.27905102951428412e-1,
     6.05183413124413191e-2, 2.33520497626869185e-3),
)  # fmt: skip


class Greeks(NamedTuple):
    """Sensitivities, a column each."""

    delta: Floats  # points for one point of the index
    gamma: Floats  # of delta, for one point of the index
    theta: Floats  # points for one calendar day
    vega: Floats  # points for one percentage point of volatility
    rho: Floats  # points for one percentage point of interest


def normal_cdf(x: ArrayLike) -> Floats:
    """Return the standard normal distribution function, right to 1e-15; its tails keep digits."""
    return 0.5 * _erfc(-np.asarray(x, np.float64) / _SQRT_2)


def _erfc(x: Floats) -> Floats:
    size = np.abs(x)
    near, far = size <= 0.46875, size > 4.0
    middle = ~near & ~far & ~np.isnan(x)
    found = np.full(x.shape, np.nan)
    found[near] = 1.0 - x[near] * _ratio(_NEAR, x[near] * x[near])
    found[middle] = np.exp(-(size[middle] ** 2)) * _ratio(_MIDDLE, size[middle])
    away = np.minimum(size[far], 40.0)  # beyond it is zero in a double
    inverse = 1.0 / (away * away)
    tail = (1.0 / _SQRT_PI - inverse * _ratio(_FAR, inverse)) / away
    found[far] = np.exp(-away * away) * tail
    below = ~near & (x < 0)
    found[below] = 2.0 - found[below]
    return found


def _ratio(parts: tuple[tuple[float, ...], tuple[float, ...]], x: Floats) -> Floats:
    above, below = parts
    ratio: Floats = np.polyval(above, x) / np.polyval(below, x)
    return ratio


def _density(x: Floats) -> Floats:
    density: Floats = np.exp(-x * x / 2.0) / _SQRT_2PI
    return density


def price(
    sign: ArrayLike,
    forward: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    sigma: ArrayLike,
    rate: float,
) -> Floats:
    """Return what options are worth today, points. Without time or volatility: what is inside."""
    call, ahead, struck, left, vol = _columns(sign, forward, strike, years, sigma)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = vol * np.sqrt(left)
        d1 = np.log(ahead / struck) / spread + spread / 2.0
        worth = call * (ahead * normal_cdf(call * d1) - struck * normal_cdf(call * (d1 - spread)))
    worth = np.where(spread > 0.0, worth, np.maximum(call * (ahead - struck), 0.0))
    discounted: Floats = np.exp(-rate * left) * worth
    return discounted


def implied(
    sign: ArrayLike,
    forward: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    paid: ArrayLike,
    rate: float,
) -> Floats:
    """Return the volatilities that prices imply, fractions a year.

    NaN where none does: no price, no time left, at or below what is inside the option, or as much
    as the most it could ever pay.
    """
    call, ahead, struck, left, cost = _columns(sign, forward, strike, years, paid)
    with np.errstate(invalid="ignore"):
        grown = cost * np.exp(rate * left)
        inside = np.maximum(call * (ahead - struck), 0.0)
        # By parity every option has the time value of the one out of the money at its strike,
        # whose price loses no digits to what is inside.
        outside = grown - inside
        least = 1e-14 * np.maximum(ahead, struck)
        solvable = (cost > 0.0) & (left > 0.0) & (ahead > 0.0) & (struck > 0.0)
        solvable &= (outside > least) & (outside < np.minimum(ahead, struck))
    found = np.full(cost.shape, np.nan)
    side = np.where(struck >= ahead, 1.0, -1.0)
    rows = np.flatnonzero(solvable)
    if rows.size:
        root = np.sqrt(left.ravel()[rows])
        spread = _solve(
            side.ravel()[rows], ahead.ravel()[rows], struck.ravel()[rows], outside.ravel()[rows]
        )
        sigma = spread / root
        found.ravel()[rows] = np.where(sigma < _SIGMA_MAX, sigma, np.nan)
    return found


def _solve(side: Floats, ahead: Floats, struck: Floats, worth: Floats) -> Floats:
    """Return sigma times root of years: Newton's steps, halving whatever would leave the bracket.

    Newton works on the logarithm of the price, which is nearly straight where the price is tiny.
    """
    low, high = np.full(worth.shape, 1e-9), np.full(worth.shape, 0.5)
    away = np.log(ahead / struck)
    while np.any(short := _undiscounted(side, ahead, struck, away, high)[0] < worth):
        if high.max() > 1e3:
            break
        high = np.where(short, high * 2.0, high)
    # The inflection of the price in sigma: from there Newton runs straight to the root.
    guess = np.clip(np.sqrt(2.0 * np.abs(away)) + 1e-3, low, high)
    for _ in range(_ROUNDS_MAX):
        value, slope = _undiscounted(side, ahead, struck, away, guess)
        over = value > worth
        high, low = np.where(over, guess, high), np.where(over, low, guess)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            step = np.where(value > 0.0, np.log(worth / value) * value / slope, np.nan)
            following = guess + step
        inside = (following > low) & (following < high)
        following = np.where(inside, following, (low + high) / 2.0)
        settled = np.abs(following - guess) <= _CLOSE * guess
        guess = following
        if settled.all():
            break
    return guess


def _undiscounted(
    side: Floats, ahead: Floats, struck: Floats, away: Floats, spread: Floats
) -> tuple[Floats, Floats]:
    d1 = away / spread + spread / 2.0
    value = side * (ahead * normal_cdf(side * d1) - struck * normal_cdf(side * (d1 - spread)))
    return np.maximum(value, 0.0), ahead * _density(d1)


def greeks(
    sign: ArrayLike,
    forward: ArrayLike,
    strike: ArrayLike,
    years: ArrayLike,
    sigma: ArrayLike,
    rate: float,
) -> Greeks:
    """Return the sensitivities in the broker's units. NaN where there is no time or volatility.

    The index enters as the forward's value today, `forward * exp(-rate * years)`: the index less
    what it pays until then.
    """
    call, ahead, struck, left, vol = _columns(sign, forward, strike, years, sigma)
    with np.errstate(divide="ignore", invalid="ignore"):
        root = np.sqrt(np.where((left > 0.0) & (vol > 0.0), left, np.nan))
        spread = vol * root
        d1 = np.log(ahead / struck) / spread + spread / 2.0
        discount = np.exp(-rate * left)
        spot = ahead * discount
        ends_inside = normal_cdf(call * (d1 - spread))
        dense = _density(d1)
        decay = spot * dense * vol / (2.0 * root) + call * rate * struck * discount * ends_inside
        return Greeks(
            delta=call * normal_cdf(call * d1),
            gamma=dense / (spot * spread),
            theta=-decay / YEAR_DAYS,
            vega=spot * dense * root / 100.0,
            rho=call * struck * left * discount * ends_inside / 100.0,
        )


def _columns(*values: ArrayLike) -> tuple[Floats, ...]:
    return tuple(
        np.array(column, np.float64)
        for column in np.broadcast_arrays(
            *(np.atleast_1d(np.asarray(v, np.float64)) for v in values)
        )
    )
