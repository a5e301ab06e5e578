"""Chains and contracts' candles in a real PostgreSQL, and matrices from them."""

from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import asyncpg
import polars as pl
import pytest

from collector.derivatives.board import Model, chain_rows
from collector.derivatives.matrix import METRICS, columns, matrices, moneyness
from collector.derivatives.rolls import roll_on
from collector.derivatives.store import ContractCandle, DerivativeStore
from collector.store import Candle, CandleStore, GapRow
from kis_core.environment import Environment
from kis_core.market.calendar import krx_calendar
from kis_core.market.derivatives import CodeError
from kis_core.market.events import Bar, Gap
from kis_core.market.instants import MINUTE_NS, instant_ns
from kis_core.wire.derivatives.derivative_quote_replies import option_board
from kis_core.wire.derivatives.derivative_quotes import DerivativeBar
from tests.collector.derivatives import real_board
from tests.collector.derivatives.real_board import MONTHS, board, captured_ns, key

pytestmark = pytest.mark.anyio
CALENDAR = krx_calendar()
MODEL = Model(rate=0.0254, parity="theoretical")
TWENTY_PAST = datetime(2025, 6, 5, 20, 26)  # noqa: DTZ001 - the database keeps KST without a zone
OPEN = instant_ns(date(2026, 9, 21), time(8, 45))


async def fetched(url: str, question: str) -> list[dict[str, Any]]:
    connection = await asyncpg.connect(url)
    try:
        return [dict(row) for row in await connection.fetch(question)]
    finally:
        await connection.close()


async def stored(url: str, data: Path) -> None:
    """Write the real board's four months, twice."""
    at_ns = captured_ns(data)
    async with DerivativeStore.open(url, Environment.REAL) as store:
        for month in (*MONTHS, MONTHS[0]):
            await store.write_chain(
                chain_rows(key(month), board(data, month), at_ns, MODEL, CALENDAR)
            )


async def test_part4_06_the_matrix_of_the_real_board_has_each_strike_in_its_place(
    database: str, kst_data: Path
) -> None:
    await stored(database, kst_data)
    iv = "SELECT * FROM option_matrices_202506_kospi200 WHERE metric = 'iv'"
    (row,) = await fetched(database, iv)
    assert (row["ts"], row["underlying"], row["atm_strike"]) == (
        TWENTY_PAST,
        Decimal("376.54"),
        377.5,
    )
    assert (row["strike_call_atm"], row["strike_put_atm"]) == (377.5, 377.5)
    assert (row["strike_call_otm1"], row["strike_put_otm1"]) == (380, 375)
    assert (row["strike_call_itm1"], row["strike_put_itm1"]) == (375, 380)
    for step in range(1, 11):
        assert row[f"strike_call_otm{step}"] == Decimal("377.5") + step * Decimal("2.5")
        assert row[f"strike_put_otm{step}"] == Decimal("377.5") - step * Decimal("2.5")
    said = real_board.table(kst_data).filter(pl.col("expiry").cast(pl.String) == "202506")
    figures = {
        (cp, strike): iv
        for cp, strike, iv in said.select("cp", "strike", "hts_ints_vltl").iter_rows()
    }
    assert row["call_otm1"] == figures["C", 380.0]
    assert row["put_otm1"] == figures["P", 375.0]
    (count,) = await fetched(database, "SELECT count(*) AS n FROM option_chains")
    assert count["n"] == 724  # every row of the file, once


async def test_the_frames_matrix_is_the_views(database: str, kst_data: Path) -> None:
    await stored(database, kst_data)
    views = pl.DataFrame(
        await fetched(database, "SELECT * FROM option_matrices"), infer_schema_length=None
    )
    chains = pl.DataFrame(
        await fetched(database, "SELECT * FROM option_chains"), infer_schema_length=None
    )
    keys = ["board", "environment", "ts", "metric"]
    numbers = ["underlying", "atm_strike", *columns(), *columns("strike_")]
    ours = matrices(chains)
    theirs = views.sort(keys).select(*keys, pl.col(numbers).cast(pl.Float64))
    assert ours.columns == theirs.columns == views.columns
    assert ours.height == 4 * len(METRICS)
    assert ours.equals(theirs, null_equal=True)
    placed = pl.DataFrame(
        await fetched(database, "SELECT * FROM option_moneyness"), infer_schema_length=None
    )
    both = moneyness(chains).join(placed, on=["board", "ts", "symbol"], suffix="_view")
    assert both.height == chains.height
    assert both.filter(pl.col("moneyness") != pl.col("moneyness_view")).is_empty()
    assert both.filter(pl.col("steps_out") != pl.col("steps_out_view")).is_empty()


async def test_part4_05_figures_too_large_or_too_fine_for_the_old_tables_are_stored(
    database: str, kst_data: Path
) -> None:
    body = real_board.reply(kst_data, "202506")
    body["output1"][40].update(hts_otst_stpl_qty="250000", acml_vol="1234567", gama="0.00000123")
    code = body["output1"][40]["optn_shrn_iscd"]
    changed = option_board(body, "202506")
    async with DerivativeStore.open(database, Environment.REAL) as store:
        rows = chain_rows(key("202506"), changed, captured_ns(kst_data), MODEL, CALENDAR)
        await store.write_chain(rows)
    asked = (
        f"SELECT open_interest, volume, gamma, own_gamma FROM option_chains WHERE symbol = '{code}'"
    )
    ours = next(row for row in rows if row.symbol == code)
    assert await fetched(database, asked) == [
        {
            "open_interest": 250_000,
            "volume": 1_234_567,
            "gamma": 1.23e-6,
            "own_gamma": ours.own_gamma,
        }
    ]
    assert ours.own_gamma is not None
    assert len(repr(ours.own_gamma)) > 15  # a double, not four decimals


def bar(code: str, minute: int = 0, close: str = "1098.05", volume: int = 4) -> DerivativeBar:
    price = Decimal(close)
    return DerivativeBar(code, OPEN + minute * MINUTE_NS, price, price, price, price, volume, None)


async def test_contracts_and_stocks_go_to_tables_of_their_own(database: str) -> None:
    async with DerivativeStore.open(database, Environment.SIM) as store:
        candles = [
            ContractCandle(bar("A01612"), "day", "rest", OPEN),
            ContractCandle(bar("A01612", 600), "night", "rest", OPEN),
            ContractCandle(bar("101W09"), "day", "rest", OPEN),
            ContractCandle(bar("B01610745", close="0.01"), "day", "rest", OPEN),
        ]
        await store.write_candles(candles)
        with pytest.raises(CodeError, match="105560"):
            await store.write_candles([ContractCandle(bar("105560"), "day", "rest", OPEN)])
    async with CandleStore.open(database, Environment.SIM, ["105560"]) as stocks:
        await stocks.write([Candle(Bar("105560", "KRX", OPEN, 1, 1, 1, 1, 1, 1), "rest", OPEN)], [])
    counts = {
        name: (await fetched(database, f"SELECT count(*) AS n FROM {name}"))[0]["n"]
        for name in ("futures_a01", "futures_101", "options_b01", "stock_candles_105560")
    }
    assert counts == {
        "futures_a01": 2,
        "futures_101": 1,
        "options_b01": 1,
        "stock_candles_105560": 1,
    }
    (front,) = await fetched(database, "SELECT * FROM futures_a01 WHERE session = 'day'")
    assert (front["ts"], front["close"]) == (datetime(2026, 9, 21, 8, 45), Decimal("1098.05"))  # noqa: DTZ001


async def test_the_same_minute_delivered_twice_is_one_row(database: str) -> None:
    async with DerivativeStore.open(database, Environment.SIM) as store:
        for close, value in (("1098.05", 7), ("1098.10", None)):
            told = replace(
                ContractCandle(bar("A01612", close=close), "day", "rest", OPEN),
                bar=DerivativeBar("A01612", OPEN, *[Decimal(close)] * 4, 4, value),
            )
            await store.write_candles([told, told])
        (known,) = await store.candles("A01612", "day", OPEN, OPEN)
        assert (known.close, known.value_krw) == (Decimal("1098.10"), 7)
        assert await store.candles("A01612", "night", OPEN, OPEN) == []


async def test_front_months_and_gaps_are_rows(database: str) -> None:
    roll = roll_on("kospi200", date(2025, 12, 12), CALENDAR)
    gap = Gap("202512_kospi200", OPEN, OPEN + MINUTE_NS, "Unreachable: no route")
    async with DerivativeStore.open(database, Environment.SIM) as store:
        for _ in range(2):
            await store.write_rolls([roll])
            await store.write_gaps([GapRow(gap)])
    rolls = await fetched(database, "SELECT product, front, next, last_day FROM contract_rolls")
    assert rolls == [
        {"product": "kospi200", "front": "A01603", "next": "A01606", "last_day": date(2026, 3, 12)}
    ]
    gaps = await fetched(database, "SELECT source, symbol, reason FROM market_gaps")
    assert gaps == [
        {
            "source": "kis_derivatives",
            "symbol": "202512_kospi200",
            "reason": "Unreachable: no route",
        }
    ]
