"""Investors and programs over REST: when they are told, and that they agree with each other."""

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from broker_sim.days import read_day
from broker_sim.exchange.account import AccountRules
from broker_sim.exchange.exchange import Exchange
from broker_sim.kis.program_words import program_words
from broker_sim.kis.screens import Screens
from broker_sim.kis.tapes import Tapes
from broker_sim.kis.yearly import Yearly
from kis_core.market.instants import instant_ns
from kis_core.wire.tr_table import CALLS, STREAMS
from tests.broker_sim.kis import official

DATE = dt.date(2025, 9, 3)


async def rows(broker: Any, name: str, output: str = "output", **over: str) -> list[dict[str, str]]:
    answer = await official.ask(broker, f"domestic_stock.{name}", **over)
    assert answer.ok, answer.body
    found: list[dict[str, str]] = answer.rows(output)
    return found


@pytest.mark.anyio
async def test_who_traded_today_is_blank_until_after_the_close(opens: Any) -> None:
    async with opens("15:35:00") as broker:
        before = await rows(broker, "inquire_investor")
        assert len(before) == 30
        assert (before[0]["stck_bsop_date"], before[0]["frgn_ntby_qty"]) == ("20250903", "")
        await broker.move("15:40:00")
        today = (await rows(broker, "inquire_investor"))[0]
        nets = [int(today[f"{group}_ntby_qty"]) for group in ("prsn", "frgn", "orgn")]
        assert sum(nets) == 0
        assert sum(int(today[f"{g}_shnu_vol"]) for g in ("prsn", "frgn", "orgn")) == 5660
        assert before[1:] == (await rows(broker, "inquire_investor"))[1:]


@pytest.mark.anyio
async def test_today_by_group_is_refused_before_1540(opens: Any) -> None:
    async with opens("15:39:59") as broker:
        name, today = "domestic_stock.investor_trade_by_stock_daily", "20250903"
        refused = await official.ask(broker, name, FID_INPUT_DATE_1=today)
        assert (refused.body.rt_cd, refused.body.msg_cd) == ("2", "OPSQ2001")
        assert refused.body.msg1 == "TIME LIMIT 00:00 ~ 15:40"
        await broker.move("15:40:00")
        found = await official.ask(broker, name, FID_INPUT_DATE_1=today)
        row = found.rows("output2")[0]
        kinds = ("scrt", "ivtr", "bank", "insu", "mrbn", "fund")
        inside = sum(int(row[f"{kind}_ntby_qty"]) for kind in kinds)
        assert inside + int(row["pe_fund_ntby_vol"]) == int(row["orgn_ntby_qty"])
        registered = int(row["frgn_reg_ntby_qty"]) + int(row["frgn_nreg_ntby_qty"])
        assert registered == int(row["frgn_ntby_qty"])


@pytest.mark.anyio
async def test_estimates_appear_five_times_a_day(opens: Any) -> None:
    async with opens("09:29:59") as broker:
        assert await rows(broker, "investor_trend_estimate", "output2") == []
        for at, count in (("09:30:00", 1), ("10:00:00", 2), ("11:20:00", 3), ("14:30:00", 5)):
            await broker.move(at)
            found = await rows(broker, "investor_trend_estimate", "output2")
            assert [row["bsop_hour_gb"] for row in found] == [str(n) for n in range(count, 0, -1)]
        both = [int(found[0][f"{g}_fake_ntby_qty"]) for g in ("frgn", "orgn")]
        assert int(found[0]["sum_fake_ntby_qty"]) == sum(both)


@pytest.mark.anyio
async def test_a_stocks_programs_are_the_same_in_every_call(broker: Any) -> None:
    await broker.move("10:00:30")
    newest = (await rows(broker, "program_trade_by_stock"))[0]
    today = (await rows(broker, "program_trade_by_stock_daily"))[0]
    assert today["stck_bsop_date"] == "20250903"
    sums = [name for name in newest if name.startswith("whol_smtn")]
    assert {name: newest[name] for name in sums} == {name: today[name] for name in sums}
    (price,) = await rows(broker, "inquire_price")
    assert price["pgtr_ntby_qty"] == newest["whol_smtn_ntby_qty"]
    sold, bought = int(newest["whol_smtn_seln_vol"]), int(newest["whol_smtn_shnu_vol"])
    assert sold + bought <= int(newest["acml_vol"])
    assert int(newest["whol_smtn_ntby_qty"]) == bought - sold


@pytest.mark.anyio
async def test_a_markets_table_has_a_row_a_minute_and_no_more_than_thirty(broker: Any) -> None:
    await broker.move("09:03:30")
    found = await rows(broker, "comp_program_trade_today")
    assert [row["bsop_hour"] for row in found] == ["090300", "090200", "090100", "090000"]
    await broker.move("15:50:30")
    found = await rows(broker, "comp_program_trade_today")
    assert (len(found), found[0]["bsop_hour"]) == (30, "155000")


@pytest.mark.anyio
async def test_investors_behind_programs_add_up_to_all_of_them(broker: Any) -> None:
    await broker.move("10:00:30")
    found = await rows(broker, "investor_program_trade_today", "output1")
    *groups, whole = found
    assert whole["invr_cls_name"] == "전체"
    for name in ("all_seln_qty", "all_shnu_qty", "nabt_shnu_qty", "arbt_seln_qty"):
        assert sum(int(row[name]) for row in groups) == int(whole[name])


@pytest.mark.parametrize(
    ("names", "apart"),
    [
        (
            CALLS["domestic_stock.comp_program_trade_today"].outputs["output"].names,
            {"bsop_hour", "bstp_nmix_prpr", "bstp_nmix_prdy_vrss", "prdy_vrss_sign"},
        ),
        (
            CALLS["domestic_stock.comp_program_trade_daily"].outputs["output"].names,
            {"stck_bsop_date"},
        ),
        (
            tuple(name.lower() for name in STREAMS["H0UPPGM0"].layouts[-1]),
            {"bstp_cls_code", "bsop_hour"},
        ),
    ],
    ids=["today", "daily", "H0UPPGM0"],
)
def test_every_documented_spelling_of_a_program_figure_is_known(
    names: tuple[str, ...], apart: set[str]
) -> None:
    shares = np.arange(8, dtype=np.int64).reshape(2, 2, 2) * 1_000_000
    known = program_words(shares, shares * 70_000, (10**9, 10**14))
    assert [name for name in names if name not in known and name not in apart] == []
    assert known["whol_smtn_seln_vol"] == str((0 + 2 + 4 + 6) * 1000)
    assert known["arbt_entm_shnu_vol"] == known["arbt_shnu_entm_cnqn"] == "1000"


@pytest.fixture(scope="module")
def real(request: pytest.FixtureRequest) -> Screens:
    """The screens of a whole real day, played to its end."""
    data: Path = request.getfixturevalue("kst_data")
    day = read_day(data / "bars_1m", DATE, 1)
    exchange = Exchange(day, AccountRules(10**9, 140), 1)
    exchange.advance(instant_ns(DATE, dt.time(15, 45)))
    return Screens(exchange, Tapes(day), Yearly(day))


def test_a_markets_programs_are_the_sum_of_its_stocks_on_a_real_day(real: Screens) -> None:
    instants = np.array([instant_ns(DATE, dt.time(h)) for h in (10, 12, 15)])
    volume, value = real.programs_of("1001", instants)
    of_stocks = [
        real.programs(symbol).at(instants)
        for symbol, stock in real.instruments.items()
        if stock.market == "KOSDAQ"
    ]
    assert np.array_equal(volume, sum(shares for shares, _ in of_stocks))
    assert np.array_equal(value, sum(krw for _, krw in of_stocks))
    traded, _ = real.turnover.of("1001", instants.tolist())
    assert (volume.reshape(3, -1).sum(axis=1) < traded).all()
    assert (volume.reshape(3, -1).sum(axis=1) > traded * 0.05).all()


def test_a_markets_turnover_is_the_sum_of_the_quotes_on_a_real_day(real: Screens) -> None:
    volume, value = real.turnover.at("0001", real.exchange.now_ns)
    quotes = [real.quote(s) for s, i in real.instruments.items() if i.market == "KOSPI"]
    assert volume == sum(quote.cum_volume for quote in quotes)
    assert value == sum(quote.cum_value_krw for quote in quotes)
