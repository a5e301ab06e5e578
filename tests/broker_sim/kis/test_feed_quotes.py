"""Quotes of NXT and of both venues over REST: what their own real-time prints say."""

from typing import Any

import pytest

from kis_core.wire.tr_table import STREAMS
from tests.broker_sim.kis import official
from tests.broker_sim.kis.conftest import ECOPRO, SAMSUNG

TRADES = {"J": "H0STCNT0", "NX": "H0NXCNT0", "UN": "H0UNCNT0"}
PRICE = "domestic_stock.inquire_price"


async def price_of(broker: Any, feed: str, symbol: str = SAMSUNG) -> dict[str, str]:
    asked = {"FID_COND_MRKT_DIV_CODE": feed, "FID_INPUT_ISCD": symbol}
    found: dict[str, str] = (await official.ask(broker, PRICE, **asked)).body.output
    return found


@pytest.mark.anyio
@pytest.mark.parametrize(("feed", "tr_id"), TRADES.items())
async def test_a_feeds_price_is_that_of_its_newest_print(opens: Any, feed: str, tr_id: str) -> None:
    async with opens("07:59:00") as broker, broker.socket() as line:
        await line.register(tr_id, SAMSUNG)
        await broker.move("10:00:30")
        columns = STREAMS[tr_id].columns(46)
        newest: dict[str, str] = {}
        quote = await price_of(broker, feed)
        while newest.get("ACML_VOL") != quote["acml_vol"]:
            _, _, _, payload = await line.frame()
            newest = dict(zip(columns, payload.split("^")[-46:], strict=True))
        for name in ("stck_prpr", "stck_oprc", "stck_hgpr", "stck_lwpr", "acml_tr_pbmn"):
            assert quote[name] == newest[name.upper()], name


@pytest.mark.anyio
async def test_both_venues_together_trade_what_each_of_them_trades(opens: Any) -> None:
    async with opens("10:00:30") as broker:
        volumes = {feed: int((await price_of(broker, feed))["acml_vol"]) for feed in TRADES}
    assert volumes["J"] == 3660
    assert 0 < volumes["NX"] == volumes["UN"] - volumes["J"]


@pytest.mark.anyio
async def test_each_feed_has_a_book_and_prints_of_its_own(opens: Any) -> None:
    async with opens("10:00:30") as broker:
        for feed in TRADES:
            asked = {"FID_COND_MRKT_DIV_CODE": feed}
            quote = await price_of(broker, feed)
            book = await official.ask(
                broker, "domestic_stock.inquire_asking_price_exp_ccn", **asked
            )
            assert 0 < int(book.body.output1["bidp1"]) < int(book.body.output1["askp1"])
            ticks = await official.ask(broker, "domestic_stock.inquire_ccnl", **asked)
            assert ticks.body.output[0]["stck_prpr"] == quote["stck_prpr"]
            minutes = await official.ask(
                broker, "domestic_stock.inquire_time_itemchartprice", **asked
            )
            assert minutes.body.output2[0]["stck_prpr"] == quote["stck_prpr"]


@pytest.mark.anyio
async def test_of_the_past_of_nxt_nothing_is_known(opens: Any) -> None:
    chart = "domestic_stock.inquire_daily_itemchartprice"
    async with opens("10:00:30") as broker:
        days = {
            feed: (await official.ask(broker, chart, FID_COND_MRKT_DIV_CODE=feed)).body.output2
            for feed in TRADES
        }
    assert [row["stck_bsop_date"] for row in days["NX"]] == ["20250903"]
    assert days["J"][1:] == days["UN"][1:] != []


@pytest.mark.anyio
async def test_what_nxt_does_not_trade_has_no_price_there(opens: Any) -> None:
    async with opens("10:00:30") as broker:
        assert (await price_of(broker, "NX", ECOPRO))["stck_prpr"] == "0"
        assert (await price_of(broker, "UN", ECOPRO))["stck_prpr"] == "101500"
