"""A captured option board as rows of `option_chains`: what the broker said, our figures beside it.

Pure. The broker's figures go in as they came; ours are made of prices, strikes, what is inside
(which is how a board says where its underlying stands) and, where the model says so, the broker's
theoretical prices, whose parity holds its forward. KIS's `unch_prpr` is not the underlying: it is
the strike, told as a level of the KOSPI. The implied volatility is that of the last price, as the
broker's is; our greeks are at our own volatility, KIS's at the historical one.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import exp, isnan
from statistics import median
from typing import Literal, NamedTuple

import numpy as np

from collector.derivatives import black76
from collector.derivatives.black76 import YEAR_DAYS
from collector.derivatives.expiries import BoardKey
from kis_core.market.calendar import TradingCalendar
from kis_core.market.derivatives import Kind
from kis_core.market.instants import DAY_NS, date_of, instant_ns, minute_start_ns, shifted
from kis_core.wire.derivatives.derivative_quotes import OptionBoard, OptionQuote

PAIRS = 8  # strikes next to the underlying whose parity says the forward
_TIGHT_PT, _TIGHT_SHARE = Decimal("0.05"), Decimal("0.1")
_LAST_EARLIER_MIN = -10  # of stocks' close: when contracts end on their last day

Parity = Literal["theoretical", "traded"]
"""Whose puts and calls say the forward: the broker's theoretical prices, or the market's."""


@dataclass(frozen=True, slots=True)
class Model:
    """How our own figures are made."""

    rate: float  # of interest, a year
    parity: Parity


class ChainRow(NamedTuple):
    """One option of one capture, in the order of `option_chains`. Volatilities are percent."""

    board: str
    minute_ns: int
    symbol: str
    cp: str
    strike: Decimal
    underlying: Decimal | None
    price: Decimal | None
    bid: Decimal | None
    ask: Decimal | None
    volume: int
    open_interest: int
    iv: float | None
    delta: float
    gamma: float
    theta: float
    vega: float
    rho: float
    theoretical: float | None
    atm_class: str | None
    own_iv: float | None
    own_delta: float | None
    own_gamma: float | None
    own_theta: float | None
    own_vega: float | None
    received_ns: int


class _Own(NamedTuple):
    """Our figures of one option; the volatility in percent."""

    iv: float | None = None
    delta: float | None = None
    gamma: float | None = None
    theta: float | None = None
    vega: float | None = None


def chain_rows(
    key: BoardKey,
    board: OptionBoard,
    received_ns: int,
    model: Model,
    calendar: TradingCalendar,
) -> list[ChainRow]:
    """Return the rows of a board that arrived at `received_ns`, calls first, lowest strike first.

    Our own figures are None where the board says neither its underlying nor a forward.
    """
    options = [*board.calls, *board.puts]
    at = underlying_of(board)
    years = years_left(key.last_day, received_ns, calendar)
    ahead = forward_of(board, at, years, model)
    own = _own(options, ahead, years, model.rate)
    return [
        ChainRow(
            key.name,
            minute_start_ns(received_ns),
            option.code,
            "C" if option.kind is Kind.CALL else "P",
            option.strike,
            at,
            option.price,
            option.bid,
            option.ask,
            option.volume,
            option.open_interest,
            _float(option.implied_pct),
            float(option.greeks.delta),
            float(option.greeks.gamma),
            float(option.greeks.theta),
            float(option.greeks.vega),
            float(option.greeks.rho),
            _float(option.theoretical),
            option.label or None,
            figures.iv,
            figures.delta,
            figures.gamma,
            figures.theta,
            figures.vega,
            received_ns,
        )
        for option, figures in zip(options, own, strict=True)
    ]


def underlying_of(board: OptionBoard) -> Decimal | None:
    """Return the underlying that the board was made with; None where no option has an inside."""
    said = Counter(
        option.strike + (option.intrinsic if option.kind is Kind.CALL else -option.intrinsic)
        for option in (*board.calls, *board.puts)
        if option.intrinsic
    )
    return said.most_common(1)[0][0] if said else None


def near_money(board: OptionBoard, underlying: Decimal, steps: int) -> list[str]:
    """Return the codes of the strikes at most so many steps from the one at the money."""
    options = [*board.calls, *board.puts]
    strikes = sorted({option.strike for option in options})
    if not strikes:
        return []
    at = min(range(len(strikes)), key=lambda i: (abs(strikes[i] - underlying), strikes[i]))
    near = set(strikes[max(0, at - steps) : at + steps + 1])
    return [option.code for option in options if option.strike in near]


def years_left(last_day: date, at_ns: int, calendar: TradingCalendar) -> float:
    """Return the broker's years until the end: whole calendar days from date to date, of 365.

    On the last day itself, which has none left, what is left until it ends; 0 after that.
    """
    days = (last_day - date_of(at_ns)).days
    if days > 0:
        return days / YEAR_DAYS
    if days < 0 or not calendar.is_session(last_day):
        return 0.0
    ends_ns = instant_ns(last_day, shifted(calendar.hours(last_day).closes, _LAST_EARLIER_MIN))
    return max(0, ends_ns - at_ns) / DAY_NS / YEAR_DAYS


def forward_of(
    board: OptionBoard, underlying: Decimal | None, years: float, model: Model
) -> float | None:
    """Return the forward by put-call parity: the median over the strikes next to the underlying.

    Where too little is priced: the traded ones fall back on the theoretical ones, and those on the
    underlying with interest, which leaves its dividends out.
    """
    grown = exp(model.rate * years)
    ways = [_theoretical] if model.parity == "theoretical" else [_traded, _theoretical]
    for priced in ways:
        pairs = _pairs(board, priced)
        if not pairs:
            continue
        centre = underlying or min(pairs, key=lambda pair: abs(pair[1] - pair[2]))[0]
        near = sorted(pairs, key=lambda pair: abs(pair[0] - centre))[:PAIRS]
        return median(float(strike) + float(call - put) * grown for strike, call, put in near)
    return None if underlying is None else float(underlying) * grown


def _pairs(
    board: OptionBoard, priced: Callable[[OptionQuote], Decimal | None]
) -> list[tuple[Decimal, Decimal, Decimal]]:
    puts = {option.strike: price for option in board.puts if (price := priced(option))}
    return [
        (option.strike, price, puts[option.strike])
        for option in board.calls
        if (price := priced(option)) and option.strike in puts
    ]


def _theoretical(option: OptionQuote) -> Decimal | None:
    return option.theoretical


def _traded(option: OptionQuote) -> Decimal | None:
    """Return the middle of a tight quote, else what was paid last today."""
    if option.bid and option.ask:
        middle = (option.bid + option.ask) / 2
        if option.ask - option.bid <= max(_TIGHT_PT, middle * _TIGHT_SHARE):
            return middle
    return option.price if option.volume else None


def _own(
    options: Sequence[OptionQuote], ahead: float | None, years: float, rate: float
) -> list[_Own]:
    """Return our figures of each, None where unknown."""
    if ahead is None or not options:
        return [_Own()] * len(options)
    sign = np.array([1.0 if option.kind is Kind.CALL else -1.0 for option in options])
    strike = np.array([float(option.strike) for option in options])
    paid = np.array([np.nan if option.price is None else float(option.price) for option in options])
    sigma = black76.implied(sign, ahead, strike, years, paid, rate)
    greeks = black76.greeks(sign, ahead, strike, years, sigma, rate)
    columns = (sigma * 100.0, greeks.delta, greeks.gamma, greeks.theta, greeks.vega)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return [_Own(*(None if isnan(figure) else figure for figure in row)) for row in rows]


def _float(figure: Decimal | None) -> float | None:
    return None if figure is None else float(figure)
