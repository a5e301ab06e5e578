"""What is heard and asked of futures and options becomes a quote in KRW per contract."""

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
from oms.contract_quotes import of_price, of_trade
from oms.core.words import Quote

ARRIVED_NS = 1_784_700_000_000_000_000


def frames(kst_data: Path) -> list[str]:
    lines = (kst_data / "broker_samples" / "kis_ws_frames.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return [row["frame"] for row in rows if row.get("tr_id") == "H0IFCNT0"]


def heard(kst_data: Path) -> list[FuturesTrade]:
    day_ns = midnight_ns(kst(ARRIVED_NS).date())
    return [t for text in frames(kst_data) for t in futures_trades(text, ARRIVED_NS, day_ns)]


def test_a_real_print_of_a_mini_future_is_a_quote(kst_data: Path) -> None:
    trades = heard(kst_data)
    assert {trade.symbol for trade in trades} == {"A05608"}
    standing = Quote("A05608", 1, 1, 1, base_krw=54_000_000, lower_krw=5, upper_krw=6)
    quotes = [of_trade(trade, standing) for trade in trades]
    for trade, quote in zip(trades, quotes, strict=True):
        assert quote is not None
        assert (quote.price_krw, quote.base_krw) == (54_015_000, 54_000_000)
        assert (quote.lower_krw, quote.upper_krw) == (5, 6)
        assert (quote.at_ns, quote.arrived_ns) == (trade.at_ns, ARRIVED_NS)
        assert quote.volume == trade.cum_contracts > 100_000
        assert (quote.halted, quote.in_auction, quote.market, quote.states) == (
            False,
            False,
            None,
            (),
        )
        assert trade.ask is not None
        assert trade.bid is not None
        assert (quote.ask_krw, quote.bid_krw) == (trade.ask * 50_000, trade.bid * 50_000)


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
def test_what_cannot_be_priced_is_no_quote(kst_data: Path, changed: dict[str, Any]) -> None:
    trade = msgspec.structs.replace(heard(kst_data)[0], **changed)
    assert of_trade(trade) is None


def test_an_unknown_side_stays_unknown(kst_data: Path) -> None:
    trade = msgspec.structs.replace(heard(kst_data)[0], ask=None, bid=Decimal(0))
    quote = of_trade(trade)
    assert quote is not None
    assert (quote.ask_krw, quote.bid_krw, quote.base_krw) == (None, None, None)


ASKED = DerivativePrice(
    code="B01610745",
    name="C 202610   745.0",
    at_ns=ARRIVED_NS,
    price=Decimal("10.05"),
    previous_close=Decimal("9.99"),
    base=Decimal("9.99"),
    upper=None,
    lower=None,
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


def test_an_asked_price_has_its_base_and_the_best_of_its_book() -> None:
    asks, bids = (Level(Decimal("10.10"), 4, 2),), (Level(Decimal("9.99"), 5, 3),)
    book = DerivativeBook("B01610745", ARRIVED_NS, ARRIVED_NS, asks, bids, 4, 5)
    quote = of_price(ASKED, book)
    assert quote is not None
    assert (quote.price_krw, quote.base_krw, quote.volume) == (2_512_500, 2_497_500, 7)
    assert (quote.ask_krw, quote.bid_krw) == (2_525_000, 2_497_500)
    alone = of_price(ASKED)
    assert alone is not None
    assert (alone.ask_krw, alone.bid_krw) == (None, None)
    assert of_price(msgspec.structs.replace(ASKED, price=None)) is None
    assert of_price(msgspec.structs.replace(ASKED, code="B06601001")) is None


@given(st.sampled_from(["B01610745", "CAFBRW962", "B05610745"]), st.integers(1, 10_000))
def test_every_step_is_a_price(code: str, at: int) -> None:
    terms = terms_of(code)
    assert terms is not None
    price_krw = terms.round_up(at * terms.bands[0][1])
    asked = msgspec.structs.replace(ASKED, code=code, price=terms.price_pt(price_krw))
    quote = of_price(asked)
    assert quote is not None
    assert quote.price_krw == price_krw
