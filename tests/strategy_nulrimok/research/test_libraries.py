"""The two optional libraries, played by modules that answer with tables shaped as theirs."""

import sys
from datetime import date
from decimal import Decimal
from types import ModuleType
from typing import Any

import pandas as pd
import pytest

from kis_core.clock import TapeClock, ns
from strategy_nulrimok.research.backfill import SourceError
from strategy_nulrimok.research.rows import FlowRow, FxRow, IndexRow, Span
from strategy_nulrimok.research.sources.fdr import FdrSource
from strategy_nulrimok.research.sources.pykrx import PykrxSource
from tests.strategy_nulrimok.research.told import SAMSUNG, at

pytestmark = pytest.mark.anyio

DAYS = pd.DatetimeIndex(["2025-09-01", "2025-09-02"], name="날짜")
FIRST, LAST = date(2025, 9, 1), date(2025, 9, 2)


def table(**columns: list[Any]) -> pd.DataFrame:
    return pd.DataFrame(columns, index=DAYS)


@pytest.fixture
def stock(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """pykrx.stock as of 1.0 and 1.2: Korean columns, days as the index."""
    module = ModuleType("pykrx.stock")
    asked: list[tuple[Any, ...]] = []

    def answering(name: str, answer: pd.DataFrame) -> None:
        def call(*words: Any, **more: Any) -> pd.DataFrame:
            asked.append((name, *words, more))
            return answer

        setattr(module, name, call)

    prices = {"시가": [100, 0], "고가": [110, 0], "저가": [90, 0], "종가": [105, 105]}
    levels = {"시가": [3150.251, 3100.0], "고가": [3160.0, 3110.0], "저가": [3140.0, 3090.0]}
    shares = {"기관합계": [-3, -4], "개인": [1, 1], "외국인합계": [2, 3], "전체": [0, 0]}
    worth = {who: [one * 100 for one in net] for who, net in shares.items()}
    cap = {"시가총액": [10**12, 10**12], "거래량": [7, 0], "거래대금": [735, 0]}
    answering("get_market_ohlcv", table(**prices, 거래량=[7, 0], 등락률=[0.1, 0.0]))
    answering("get_market_cap", table(**cap, 상장주식수=[10, 10]))
    answering("get_index_ohlcv", table(**levels, 종가=[3155.5, 3105.0]))
    answering("get_market_trading_value_by_date", table(**worth))
    answering("get_market_trading_volume_by_date", table(**shares))
    module.asked = asked  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pykrx", ModuleType("pykrx"))
    monkeypatch.setitem(sys.modules, "pykrx.stock", module)
    return module


async def test_pykrx_tells_bars_flows_in_krw_and_caps(stock: Any) -> None:
    source = PykrxSource()
    (bar,) = (await source.fetch(Span("pykrx", "daily", SAMSUNG, FIRST, LAST))).daily
    assert (bar.as_of, bar.close_krw, bar.volume, bar.value_krw) == (FIRST, 105, 7, 735)
    assert ("get_market_ohlcv", "20250901", "20250902", SAMSUNG, {"adjusted": True}) in stock.asked
    flows = (await source.fetch(Span("pykrx", "flow", SAMSUNG, FIRST, LAST))).flows
    assert flows == (
        FlowRow(SAMSUNG, FIRST, 2, -3, 200, -300), FlowRow(SAMSUNG, LAST, 3, -4, 300, -400),
    )  # fmt: skip
    index = (await source.fetch(Span("pykrx", "index", "0001", FIRST, LAST))).index
    assert index[0] == IndexRow(
        "0001", FIRST, Decimal("3150.25"), Decimal("3160.00"), Decimal("3140.00"),
        Decimal("3155.50"),
    )  # fmt: skip
    listing = (await source.fetch(Span("pykrx", "listing", SAMSUNG, FIRST, LAST))).listing
    assert [(row.market_cap_krw, row.halted) for row in listing] == [
        (10**12, False),
        (10**12, True),
    ]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (pd.DataFrame(), "set KRX_ID and KRX_PW"),
        (table(Close=[1, 2]), "expected column 시가"),
        (KeyError("지수명"), "KeyError: '지수명'"),
    ],
    ids=["without an account", "other columns", "a page that is not what it was"],
)
async def test_pykrx_that_answers_otherwise_is_one_clear_error(
    stock: Any, answer: Any, why: str
) -> None:
    def call(*_: Any, **__: Any) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    stock.get_index_ohlcv = call
    with pytest.raises(SourceError, match=why):
        await PykrxSource().fetch(Span("pykrx", "index", "0001", FIRST, LAST))


@pytest.fixture
def fdr(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module: Any = ModuleType("FinanceDataReader")
    prices = {"Open": [1.0, 2.0], "High": [3.0, 3.0], "Low": [1.0, 1.0], "Close": [2.5, 2.25]}

    def reader(name: str, first: str, last: str) -> pd.DataFrame:
        assert (first, last) == ("2025-09-01", "2025-09-02")
        if name == "USD/KRW":
            return table(Close=[1390.5, float("nan")])
        return table(**prices, Volume=[5, 0])

    def listing(market: str) -> pd.DataFrame:
        assert market == "KRX"
        return pd.DataFrame(
            {
                "Code": [SAMSUNG, "000020"], "Name": ["삼성전자", "동화약품"],
                "Market": ["KOSPI"] * 2, "Marcap": [10**14, 10**11], "Dept": ["", ""],
            }
        )  # fmt: skip

    module.DataReader, module.StockListing = reader, listing
    monkeypatch.setitem(sys.modules, "FinanceDataReader", module)
    return module  # type: ignore[no-any-return]


async def test_fdr_tells_bars_indices_currency_and_listing(fdr: ModuleType) -> None:
    assert fdr
    source = FdrSource(TapeClock(ns(at("2025-09-03 07:00"))))
    spans = list(source.spans([SAMSUNG], FIRST, LAST))
    assert [span.dataset for span in spans] == ["index", "index", "fx", "listing", "daily"]
    fx = (await source.fetch(spans[2])).fx
    assert fx == (FxRow("USD/KRW", FIRST, 1390.5),)
    (listed,) = (await source.fetch(spans[3])).listing
    assert (listed.symbol, listed.name, listed.as_of) == (SAMSUNG, "삼성전자", date(2025, 9, 3))
    assert listed.fetched_at == at("2025-09-03 07:00").replace(tzinfo=None)
    assert len((await source.fetch(spans[0])).index) == 2
    assert len((await source.fetch(spans[4])).daily) == 1


@pytest.mark.parametrize(
    ("make", "package"),
    [
        (PykrxSource, "pip install pykrx"),
        (lambda: FdrSource(TapeClock(0)), "pip install finance-datareader"),
    ],
)
def test_a_library_that_is_not_there_is_told_how_to_install(
    monkeypatch: pytest.MonkeyPatch, make: Any, package: str
) -> None:
    monkeypatch.setitem(sys.modules, "pykrx.stock", None)
    monkeypatch.setitem(sys.modules, "FinanceDataReader", None)
    with pytest.raises(SourceError, match=package):
        make()
