"""What is heard and asked of futures and options is told in KRW per contract."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.clock import kst
from kis_core.market.derivative_events import FuturesTrade
from kis_core.market.derivative_terms import terms_of
from kis_core.market.instants import midnight_ns
from kis_core.wire.derivatives.derivative_quotes import DerivativeBook, DerivativePrice, Level
from kis_core.wire.stream.derivatives import futures_trades
from oms.contract_quotes import as_book, as_price, as_trade
from oms.quotes import Standing

ARRIVED_NS = 1_784_700_000_000_000_000


def frames(kst_data: Path) -> list[str]:
    lines = (kst_data / "broker_samples" / "kis_ws_frames.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [row["frame"] for row in rows if row.get("tr_id") == "H0IFCNT0"]


def heard(kst_data: Path) -> list[FuturesTrade]:
    day_ns = midnight_ns(kst(ARRIVED_NS).date())
    return [t for text in frames(kst_data) for t in futures_trades(text, ARRIVED_NS, day_ns)]


def test_a_real_print_of_a_mini_future_is_a_trade_in_krw(kst_data: Path) -> None:
    told = heard(kst_data)
    assert {trade.symbol for trade in told} == {"A05608"}
    for print_, trade in zip(told, [as_trade(each) for each in told], strict=True):
        assert trade is not None
        assert trade.price_krw == 54_015_000
        assert (trade.at_ns, trade.arrived_ns) == (print_.at_ns, ARRIVED_NS)
        assert trade.cum_volume == print_.cum_contracts > 100_000
        assert (trade.halted, trade.in_auction, trade.aggressor) == (False, False, 0)
        assert print_.ask is not None
        assert print_.bid is not None
        assert (trade.ask_krw, trade.bid_krw) == (print_.ask * 50_000, print_.bid * 50_000)


@pytest.mark.parametrize(
    "changed",
    [
        {"symbol": "A11610"},
        {"symbol": "D0560809"},
        {"symbol": "005930"},
        {"price": Decimal(0)},
        {"price": Decimal("1080.000001")},
    ],
    ids=["a stock's", "a spread", "a stock", "no price", "no price of a contract"],
)
def test_what_cannot_be_priced_is_no_trade(kst_data: Path, changed: dict[str, Any]) -> None:
    trade = msgspec.structs.replace(heard(kst_data)[0], **changed)
    assert as_trade(trade) is None


def test_an_unknown_side_stays_unknown(kst_data: Path) -> None:
    trade = as_trade(msgspec.structs.replace(heard(kst_data)[0], ask=None, bid=Decimal(0)))
    assert trade is not None
    assert (trade.ask_krw, trade.bid_krw) == (None, None)


ASKED = DerivativePrice(
    code="B01610745",
    name="C 202610   745.0",
    at_ns=ARRIVED_NS,
    price=Decimal("10.05"),
    previous_close=Decimal("9.99"),
    base=Decimal("9.99"),
    upper=Decimal("22.5"),
    lower=Decimal("0.01"),
    open=None,
    high=None,
    low=None,
    volume=7,
    value_krw=17_500_000,
    open_interest=3,
    open_interest_change=0,
    theoretical=None,
    basis=None,
    last_trading_date=None,
    days_left=None,
    strike=Decimal(745),
    greeks=None,
    implied_pct=None,
    historical_pct=None,
    underlying=None,
    kospi200=None,
)


def test_an_asked_price_has_its_base_and_the_brokers_limits() -> None:
    price = as_price(ASKED)
    assert price is not None
    assert (price.price_krw, price.base_krw, price.cum_volume) == (2_512_500, 2_497_500, 7)
    assert (price.lower_krw, price.upper_krw, price.tick_krw) == (2_500, 5_625_000, 12_500)
    standing = Standing("2026-08-27", price)
    assert (standing.market, standing.states) == (None, ())
    assert (standing.lower_krw, standing.upper_krw) == (2_500, 5_625_000)


@pytest.mark.parametrize(
    "changed",
    [{"price": None}, {"base": None}, {"upper": None}, {"lower": None}, {"code": "B06601001"}],
    ids=["before the first print", "no base", "no upper limit", "no lower limit", "no terms"],
)
def test_what_is_not_told_whole_is_no_price(changed: dict[str, Any]) -> None:
    assert as_price(msgspec.structs.replace(ASKED, **changed)) is None


def test_a_book_is_told_in_krw() -> None:
    asks, bids = (Level(Decimal("10.10"), 4, 2),), (Level(Decimal("9.99"), 5, 3),)
    told = DerivativeBook("B01610745", ARRIVED_NS, ARRIVED_NS, asks, bids, 4, 5)
    book = as_book(told)
    assert (book.asks, book.bids) == (((2_525_000, 4),), ((2_497_500, 5),))


@given(st.sampled_from(["B01610745", "CAFBRW962", "B05610745"]), st.integers(1, 10_000))
def test_every_step_is_a_price(code: str, at: int) -> None:
    terms = terms_of(code)
    assert terms is not None
    price_krw = terms.round_up(at * terms.bands[0][1])
    asked = msgspec.structs.replace(ASKED, code=code, price=terms.price_pt(price_krw))
    price = as_price(asked)
    assert price is not None
    assert price.price_krw == price_krw
