"""Prices and sensitivities by formula, against themselves and against a real board."""

import datetime as dt
import math
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker_sim.exchange.derivatives import black
from broker_sim.exchange.derivatives.surface import CARRY, RATE

SPOT = 376.54


def worth(sign: int, spot: float, strike: float, years: float, sigma: float, rate: float) -> float:
    carry = CARRY - RATE + rate  # the dividend yield stays
    forward = np.array([spot * math.exp(carry * years)])
    return float(black.price(sign, forward, strike, np.array([years]), sigma, rate)[0])


@given(
    strike=st.floats(250, 550),
    years=st.floats(0.002, 1.5),
    sigma=st.floats(0.08, 0.7),
)
def test_a_call_less_a_put_is_the_discounted_forward_less_the_strike(
    strike: float, years: float, sigma: float
) -> None:
    call, put = (worth(sign, SPOT, strike, years, sigma, RATE) for sign in (1, -1))
    forward = SPOT * math.exp(CARRY * years)
    assert call - put == pytest.approx(math.exp(-RATE * years) * (forward - strike), abs=1e-8)
    assert call >= 0
    assert put >= 0


@given(
    sign=st.sampled_from([1, -1]),
    strike=st.floats(340, 420),
    years=st.floats(0.02, 1.0),
    sigma=st.floats(0.12, 0.5),
)
def test_sensitivities_are_the_slopes_of_the_price(
    sign: int, strike: float, years: float, sigma: float
) -> None:
    greeks = black.greeks(sign, SPOT, strike, years, sigma, RATE, CARRY)

    def at(
        spot: float = SPOT, left: float = years, vol: float = sigma, rate: float = RATE
    ) -> float:
        return worth(sign, spot, strike, left, vol, rate)

    bump = 0.05
    up, down = at(SPOT + bump), at(SPOT - bump)
    assert greeks.delta == pytest.approx((up - down) / (2 * bump), abs=1e-4)
    assert greeks.gamma == pytest.approx((up - 2 * at() + down) / bump**2, abs=1e-4)
    assert greeks.vega == pytest.approx(
        (at(vol=sigma + 1e-4) - at(vol=sigma - 1e-4)) / 0.02, abs=1e-4
    )
    assert greeks.rho == pytest.approx(
        (at(rate=RATE + 1e-5) - at(rate=RATE - 1e-5)) / 2e-3, abs=1e-4
    )
    hour = 1.0 / 24 / 365
    slope = (at(left=years - hour) - at(left=years + hour)) / 2 * 24
    assert greeks.theta == pytest.approx(slope, abs=2e-3)


def test_at_the_end_an_option_is_worth_what_it_pays() -> None:
    assert worth(1, 400.0, 390.0, 0.0, 0.2, RATE) == pytest.approx(10.0)
    assert worth(-1, 400.0, 390.0, 0.0, 0.2, RATE) == pytest.approx(0.0)


def test_the_real_board_reprices_with_its_own_volatilities(kst_data: Path) -> None:
    """The board of 2025-06-05 after the close: the KOSPI200 stood at 376.54."""
    board = pq.read_table(kst_data / "derivatives" / "kospi200_option_board_20250605.parquet")
    ends = {"202506": dt.date(2025, 6, 12), "202507": dt.date(2025, 7, 10)}
    off, deltas, vegas = [], [], []
    for row in board.to_pylist():
        implied = row["hts_ints_vltl"] / 100
        if row["expiry"] not in ends or implied == 0 or row["acml_vol"] < 20:
            continue
        if row["optn_prpr"] < 0.3:
            continue
        sign = 1 if row["cp"] == "C" else -1
        years = (ends[row["expiry"]] - dt.date(2025, 6, 5)).days / 365
        # The board's own convention: the index without carry.
        price = black.price(sign, np.array([SPOT]), row["strike"], np.array([years]), implied, RATE)
        off.append(abs(float(price[0]) / row["optn_prpr"] - 1))
        shown = black.greeks(sign, SPOT, row["strike"], years, row["hist_vltl"] / 100, 0.0, 0.0)
        deltas.append(abs(shown.delta - row["delta_val"]))
        vegas.append(abs(shown.vega - row["vega"]))
    assert len(off) > 80
    assert float(np.median(off)) < 0.05
    assert float(np.quantile(deltas, 0.9)) < 0.025
    assert float(np.quantile(vegas, 0.9)) < 0.03
