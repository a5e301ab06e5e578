"""The real board of 2025-06-05: its conventions, our figures beside its own."""

from datetime import date, time
from decimal import Decimal
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
import numpy as np
import pytest

from collector.derivatives import black76
from collector.derivatives.board import (
    ChainRow,
    Model,
    chain_rows,
    forward_of,
    underlying_of,
    years_left,
)
from kis_core.market.calendar import krx_calendar
from kis_core.market.instants import instant_ns, minute_start_ns
from kis_core.wire.derivatives.derivative_quote_replies import option_board
from kis_core.wire.derivatives.derivative_quotes import OptionBoard
from tests.collector.derivatives import real_board
from tests.collector.derivatives.real_board import MONTHS, board, captured_ns, key

CALENDAR = krx_calendar()
BROKERS = Model(rate=0.0254, parity="theoretical")
MARKETS = Model(rate=0.0254, parity="traded")
HISTORICAL = 0.236987  # hist_vltl of every row
CLOSE = Decimal("376.54")  # of KOSPI200 that day


def rows_of(data: Path, month: str, model: Model = BROKERS) -> list[ChainRow]:
    return chain_rows(key(month), board(data, month), captured_ns(data), model, CALENDAR)


def is_liquid(row: ChainRow) -> bool:
    """A hundred contracts that day, and a quote on both sides no wider than a tenth of itself."""
    if row.volume < 100 or row.bid is None or row.ask is None:
        return False
    return row.ask - row.bid <= max(Decimal("0.05"), (row.bid + row.ask) / 20)


@pytest.mark.parametrize("month", MONTHS)
def test_a_board_says_where_its_underlying_stands(kst_data: Path, month: str) -> None:
    assert underlying_of(board(kst_data, month)) == CLOSE


@pytest.mark.parametrize("month", MONTHS)
def test_the_brokers_greeks_are_ours_at_its_historical_volatility(
    kst_data: Path, month: str
) -> None:
    chain = board(kst_data, month)
    options = [*chain.calls, *chain.puts]
    years = years_left(key(month).last_day, captured_ns(kst_data), CALENDAR)
    ahead = forward_of(chain, CLOSE, years, BROKERS)
    assert ahead is not None
    sign = np.array([1.0] * len(chain.calls) + [-1.0] * len(chain.puts))
    strike = np.array([float(option.strike) for option in options])
    ours = black76.greeks(sign, ahead, strike, years, HISTORICAL, BROKERS.rate)
    theirs = np.array(
        [[float(figure) for figure in msgspec.to_builtins(option.greeks)] for option in options]
    ).T
    for name, said in zip(("delta", "gamma", "vega", "theta", "rho"), theirs, strict=True):
        off = np.abs(getattr(ours, name) - said).max()
        assert off < 3e-4, f"{name} is off by {off}"  # four decimals are shown
    worth = black76.price(sign, ahead, strike, years, HISTORICAL, BROKERS.rate)
    said = np.array([float(option.theoretical or 0) for option in options])
    assert np.abs(worth - said).max() < 0.015  # two decimals


def test_our_volatility_is_the_brokers_on_liquid_strikes(kst_data: Path) -> None:
    off: list[float] = []
    unknown = 0
    for month in MONTHS:
        for row in filter(is_liquid, rows_of(kst_data, month)):
            assert (row.own_iv is None) == (row.iv is None), row
            if row.own_iv is None or row.iv is None:
                unknown += 1
            else:
                off.append(abs(row.own_iv - row.iv))
    assert (len(off), unknown) == (105, 7)
    assert max(off) < 0.1  # of a volatility point; half a point is asked for
    assert median(off) < 0.005


def test_calls_and_puts_of_a_strike_agree_once_the_market_says_the_forward(kst_data: Path) -> None:
    def split(model: Model, figure: str) -> float:
        sides: dict[Decimal, list[float]] = {}
        for row in filter(is_liquid, rows_of(kst_data, "202506", model)):
            if row.own_iv is not None and row.iv is not None:
                sides.setdefault(row.strike, []).append(getattr(row, figure))
        return median(abs(a - b) for a, b in (s for s in sides.values() if len(s) == 2))

    # The broker's forward is the index and interest; the future closed 0.6 points below it.
    assert split(BROKERS, "iv") > 4.0
    assert split(MARKETS, "own_iv") < 1.0


def test_raw_figures_are_kept_as_they_came(kst_data: Path) -> None:
    rows = {row.symbol: row for row in rows_of(kst_data, "202506")}
    row = rows["201W06375"]
    assert (row.board, row.cp, row.strike) == ("202506_kospi200", "C", Decimal("375"))
    assert (row.price, row.bid, row.ask) == (Decimal("4.86"), Decimal("4.8"), Decimal("4.86"))
    assert (row.volume, row.open_interest) == (31_531, 12_647)
    assert (row.iv, row.delta, row.gamma) == (18.9788, 0.562, 0.0319)
    assert row.minute_ns == minute_start_ns(captured_ns(kst_data))
    assert row.received_ns == captured_ns(kst_data)
    assert row.atm_class == "OTM"  # the broker's word; 375 is next to 376.54
    assert rows["201W06370"].atm_class == "ATM"
    nothing = rows["201W06272"]  # 97.55 for what has 104.04 inside
    assert (nothing.iv, nothing.own_iv, nothing.own_delta) == (None, None, None)


def test_unknowns_stay_unknown(kst_data: Path) -> None:
    body: dict[str, Any] = real_board.reply(kst_data, "202506")
    for output in ("output1", "output2"):
        for row in body[output]:
            row.update(invl_val="0.00", hts_thpr="", optn_prpr="0.00", hts_ints_vltl="0.0000")
    blank = option_board(body, "202506")
    at_ns = captured_ns(kst_data)
    rows = chain_rows(key("202506"), blank, at_ns, BROKERS, CALENDAR)
    figures = {(r.underlying, r.price, r.iv, r.theoretical, r.own_iv, r.own_vega) for r in rows}
    assert figures == {(None,) * 6}
    empty = OptionBoard("202506", (), (), is_cut=False)
    assert chain_rows(key("202506"), empty, at_ns, BROKERS, CALENDAR) == []


@pytest.mark.parametrize(
    ("last_day", "day", "clock", "days"),
    [
        (date(2025, 6, 12), date(2025, 6, 5), (8, 45), 7.0),
        (date(2025, 6, 12), date(2025, 6, 5), (20, 26), 7.0),
        (date(2025, 6, 12), date(2025, 6, 12), (9, 20), 0.25),
        (date(2025, 6, 12), date(2025, 6, 12), (15, 20), 0.0),
        (date(2025, 6, 12), date(2025, 6, 13), (9, 0), 0.0),
        (date(2025, 11, 13), date(2025, 11, 13), (10, 20), 0.25),
    ],
    ids=["morning", "evening", "last day", "its end", "over", "entrance exam"],
)
def test_time_is_counted_in_whole_days_and_on_the_last_by_the_clock(
    last_day: date, day: date, clock: tuple[int, int], days: float
) -> None:
    at_ns = instant_ns(day, time(*clock))
    assert years_left(last_day, at_ns, CALENDAR) == pytest.approx(days / 365, abs=1e-12)


def test_without_parity_the_forward_is_the_underlying_with_interest(kst_data: Path) -> None:
    chain = board(kst_data, "202506")
    bare = OptionBoard("202506", chain.calls, (), is_cut=True)
    years = 7 / 365
    assert forward_of(bare, CLOSE, years, BROKERS) == pytest.approx(376.54 * np.exp(0.0254 * years))
    assert forward_of(bare, None, years, BROKERS) is None
    assert forward_of(chain, CLOSE, years, MARKETS) == pytest.approx(376.11, abs=0.05)
