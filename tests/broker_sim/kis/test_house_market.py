"""What the house's own client reads of the stock side: the same market, whichever way it asks."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kis_core.net.flows import KisFlows
from kis_core.net.indices import KisIndices
from kis_core.net.market import KisMarket
from tests.broker_sim.kis.test_house_client import SAMSUNG, house

pytestmark = pytest.mark.anyio
ECOPRO = "247540"  # not on NXT, whose issues have no such session
FIRST, TODAY = date(2025, 8, 1), date(2025, 9, 3)


async def test_flows_of_a_day_that_is_over_agree_with_each_other(
    opens: Any, tmp_path: Path
) -> None:
    async with house(opens, tmp_path, "15:50:00") as ours:
        flows = KisFlows(ours.rest)
        day = (await flows.investor_days(SAMSUNG))[-1]
        groups = (await flows.investor_days_by_group(SAMSUNG, FIRST, TODAY))[-1]
        assert day.date == groups.date == "2025-09-03"
        assert groups.flows["foreign"] == day.foreign
        assert groups.flows["institution"] == day.institution
        assert groups.value_krw == pytest.approx(395_598_000, abs=1_000_000)
        last = (await flows.programs(SAMSUNG))[-1]
        of_day = (await flows.program_days(SAMSUNG, FIRST, TODAY))[-1]
        assert (of_day.sold, of_day.bought, of_day.net) == (last.sold, last.bought, last.net)
        assert of_day.flow == last.flow
        board = (await flows.board_programs("KOSPI"))[-1]
        assert board.net_krw == pytest.approx(last.flow.net_krw or 0, abs=1_000_000)
        estimates = await flows.investor_estimates(SAMSUNG)
        assert [row.time for row in estimates] == ["09:30", "10:00", "11:20", "13:20", "14:30"]


async def test_an_index_is_the_same_level_and_volume_in_every_list(
    opens: Any, tmp_path: Path
) -> None:
    async with house(opens, tmp_path, "15:50:00") as ours:
        indices, quotes = KisIndices(ours.rest), ours.quotes
        level = await indices.level("0001")
        session = (await indices.sessions("0001", TODAY))[-1]
        (sector,) = await indices.sectors("KOSPI")
        assert level.level_pt == session.close_pt == sector.level_pt
        assert (await indices.days("0001", FIRST, TODAY))[-1].close_pt == level.level_pt
        assert session.volume == sector.volume == 5_000  # 5,660 shares, told in thousands
        assert session.value_krw == sector.value_krw == 395_000_000
        weeks = await indices.sessions("0001", TODAY, "W")
        assert [week.date for week in weeks] == ["2025-08-29", "2025-09-01"]
        assert weeks[-1].volume == 8_000 + 8_000 + 5_000  # two days of two stocks, and today
        quote = await quotes.price(SAMSUNG)
        assert quote.cum_volume == 5_660


async def test_the_evening_session_is_read_auction_by_auction(opens: Any, tmp_path: Path) -> None:
    async with house(opens, tmp_path, "17:55:00") as ours:
        price = await ours.quotes.overtime_price(ECOPRO)
        prints = await ours.quotes.overtime_prints(ECOPRO)
        days = await ours.quotes.overtime_days(ECOPRO)
        assert price.price_krw == prints[0].price_krw == days[-1].price_krw
        assert price.volume == sum(one.volume for one in prints) == days[-1].volume
        assert days[-2].price_krw is None


async def test_a_stock_and_its_members_are_read_in_our_words(opens: Any, tmp_path: Path) -> None:
    async with house(opens, tmp_path, "15:50:00") as ours:
        market = KisMarket(ours.rest)
        info = await market.stock_info(SAMSUNG)
        assert (info.isin, info.market_code, info.close_krw) == ("KR7005930003", "STK", 69_800)
        found = await market.snapshots([SAMSUNG, "247540", "999999"])
        assert {symbol: one.price_krw for symbol, one in found.items()} == {
            SAMSUNG: 69_800,
            "247540": 101_500,
        }
        members = await ours.quotes.members(SAMSUNG)
        assert sum(member.shares or 0 for member in members.sellers) <= 5_660
        prints = await ours.quotes.prints_since(SAMSUNG, 0)
        assert sum(one.volume for one in prints) == 5_660
        assert await market.vi_events() == []
        hours = await market.market_hours()
        assert (hours.opens, hours.closes) == ("08:45:00", "15:45:00")
