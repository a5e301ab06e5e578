"""Black-76 on columns: against the error function of the C library, parity, and itself."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.derivatives import black76


def test_the_normal_distribution_is_that_of_the_error_function() -> None:
    x = np.concatenate([np.linspace(-9.0, 9.0, 20_001), [0.0, 0.46875 * 2**0.5, -4 * 2**0.5]])
    exact = np.array([0.5 * math.erfc(-each / math.sqrt(2.0)) for each in x])
    assert np.abs(black76.normal_cdf(x) - exact).max() < 1e-15
    assert np.abs(black76.normal_cdf(x) / exact - 1.0).max() < 1e-12  # far out, too
    ends = black76.normal_cdf(np.array([-np.inf, np.inf, np.nan, -60.0, 60.0]))
    assert ends[[0, 1, 3, 4]].tolist() == [0.0, 1.0, 0.0, 1.0]
    assert math.isnan(ends[2])


@given(
    forward=st.floats(50, 2_000),
    away=st.floats(-3.0, 3.0),
    days=st.floats(0.02, 1_000),
    sigma=st.floats(0.03, 3.0),
    rate=st.floats(-0.01, 0.1),
    sign=st.sampled_from([1.0, -1.0]),
)
def test_a_price_implies_the_volatility_it_was_made_with(
    forward: float, away: float, days: float, sigma: float, rate: float, sign: float
) -> None:
    years = days / 365
    strike = forward * math.exp(away * sigma * math.sqrt(years))
    paid = black76.price(sign, forward, strike, years, sigma, rate)
    found = black76.implied(sign, forward, strike, years, paid, rate)
    vega = black76.greeks(sign, forward, strike, years, sigma, rate).vega[0] * 100
    # A price is a double: what it says of sigma is as fine as its last digit over vega.
    assert abs(found[0] - sigma) <= 1e-10 * sigma + 64 * np.spacing(forward + strike) / vega
    other = black76.price(-sign, forward, strike, years, sigma, rate)
    parity = sign * math.exp(-rate * years) * (forward - strike)
    assert paid[0] - other[0] == pytest.approx(parity, abs=1e-9)


@pytest.mark.parametrize(
    ("sign", "forward", "strike", "years", "paid"),
    [
        (1, 376.0, 375.0, 0.1, 0.0),
        (1, 376.0, 375.0, 0.1, float("nan")),
        (1, 376.0, 320.0, 0.1, 54.95),
        (1, 376.0, 320.0, 0.1, math.exp(-0.0025) * 56.0),
        (-1, 376.0, 375.0, 0.1, 376.0),
        (1, 376.0, 375.0, 0.0, 4.0),
        (1, 376.0, 375.0, -0.1, 4.0),
        (1, float("nan"), 375.0, 0.1, 4.0),
    ],
    ids=[
        "no price", "unknown price", "below what is inside", "just what is inside",
        "more than it can pay", "no time", "past its end", "unknown forward",
    ],
)  # fmt: skip
def test_nothing_is_made_up_where_no_volatility_is_implied(
    sign: float, forward: float, strike: float, years: float, paid: float
) -> None:
    column = black76.implied(
        [sign, 1], [forward, 376.0], [strike, 375.0], [years, 0.1], [paid, 9.0], 0.025
    )
    assert math.isnan(column[0])
    assert column[1] > 0.1  # its neighbour is none the worse


def test_greeks_are_the_slopes_of_the_price_in_the_units_said() -> None:
    sign = np.array([1.0, -1.0, 1.0, -1.0])
    strike = np.array([350.0, 370.0, 390.0, 400.0])
    sigma, years, rate, spot = np.array([0.22, 0.2, 0.19, 0.18]), 35 / 365, 0.0254, 375.4

    def worth(spot: float = spot, sigma: object = sigma, years: float = years, rate: float = rate):  # type: ignore[no-untyped-def]
        return black76.price(sign, spot * math.exp(rate * years), strike, years, sigma, rate)

    found = black76.greeks(sign, spot * math.exp(rate * years), strike, years, sigma, rate)
    step = 1e-3
    delta = (worth(spot=spot + step) - worth(spot=spot - step)) / (2 * step)
    gamma = (worth(spot=spot + 0.1) - 2 * worth() + worth(spot=spot - 0.1)) / 0.01
    day = 1e-4 / 365
    theta = (worth(years=years - day) - worth(years=years + day)) / 2e-4
    vega = (worth(sigma=sigma + 1e-5) - worth(sigma=sigma - 1e-5)) / 2e-5 / 100
    rho = (worth(rate=rate + 1e-5) - worth(rate=rate - 1e-5)) / 2e-5 / 100
    for name, slope in zip(found._fields, (delta, gamma, theta, vega, rho), strict=True):
        assert np.allclose(getattr(found, name), slope, rtol=2e-5, atol=1e-7), name
