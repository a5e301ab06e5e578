"""Every question of the catalog, asked of the simulator by the house's own client."""

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kis_core.environment import Dialect
from kis_core.errors import NotOffered, Refused
from kis_core.net.calls import KisCalls
from kis_core.net.flows import KisFlows
from kis_core.net.indices import KisIndices
from kis_core.net.market import KisMarket
from kis_core.wire.tr_table import CALLS, Call
from tests.broker_sim.kis.test_house_client import SAMSUNG, house

pytestmark = pytest.mark.anyio

WHAT_IS_ASKED = {
    "CANO": "50001234",
    "ACNT_PRDT_CD": "01",
    "PDNO": SAMSUNG,
    "FID_COND_MRKT_DIV_CODE": "J",
    "FID_INPUT_ISCD": SAMSUNG,
    "FID_INPUT_ISCD_1": SAMSUNG,
    "FID_INPUT_HOUR_1": "093000",
    "FID_INPUT_DATE_1": "20250901",
    "FID_INPUT_DATE_2": "20250902",
    "FID_PERIOD_DIV_CODE": "D",
    "FID_ORG_ADJ_PRC": "0",
    "FID_PW_DATA_INCU_YN": "N",
    "MKSC_SHRN_ISCD": SAMSUNG,
    "BASS_DT": "20250901",
    "INQR_STRT_DT": "20250901",
    "INQR_END_DT": "20250903",
    "fid_cond_mrkt_div_code": "J",
    "fid_input_iscd": "0000",
}

OF_AN_INDEX = {
    "FID_COND_MRKT_DIV_CODE": "U",
    "FID_INPUT_ISCD": "0001",
    "FID_INPUT_ISCD_1": "KSP",
    "FID_INPUT_HOUR_1": "60",
    "fid_cond_mrkt_div_code": "U",
    "fid_input_iscd": "0001",
}
# Accounts the tiny day has not: of derivatives, of pensions. Searches its user never saved.
MAY_BE_REFUSED = (
    "domestic_futureoption.",
    "domestic_stock.pension_",
    "domestic_stock.psearch_",
)


def what_is_asked(call: Call) -> dict[str, str]:
    """Return values for the keys of a call, where a blank would be no question."""
    of_index = "index" in call.name or call.name.endswith("daily_by_market")
    asked = WHAT_IS_ASKED | (OF_AN_INDEX if of_index else {})
    return {key: asked[key] for key in call.params if key in asked and key not in call.fixed}


@pytest.mark.parametrize("dialect", ["real", "paper"])
async def test_every_question_is_answered_in_its_own_types_or_refused(
    opens: Any, tmp_path: Path, dialect: Dialect
) -> None:
    outcomes: Counter[str] = Counter()
    refused: list[str] = []
    async with house(opens, tmp_path, "10:00:00", dialect, speed=3_000.0) as ours:
        calls = KisCalls(ours.rest)
        for name, call in CALLS.items():
            if call.method != "GET":
                continue
            ids = call.tr_real if dialect == "real" else call.tr_paper
            try:
                reply = await calls.ask(name, next(iter(ids), ""), **what_is_asked(call))
            except NotOffered:
                outcomes["not offered"] += 1
                assert not ids
            except Refused:
                refused.append(name)
            else:
                outcomes["answered"] += 1
                assert reply.objects.keys() | reply.arrays.keys() == call.outputs.keys()
    questions = sum(call.method == "GET" for call in CALLS.values())
    assert outcomes.total() + len(refused) == questions
    assert outcomes["not offered"] == (0 if dialect == "real" else 153)
    assert [name for name in refused if not name.startswith(MAY_BE_REFUSED)] == []


async def test_a_price_asked_either_way_is_the_same(opens: Any, tmp_path: Path) -> None:
    async with house(opens, tmp_path, "15:40:00") as ours:
        quote = await ours.quotes.price(SAMSUNG)
        asked = {"FID_COND_MRKT_DIV_CODE": "J", "FID_INPUT_ISCD": SAMSUNG}
        row = (await KisCalls(ours.rest).ask("domestic_stock.inquire_price", **asked)).row
        assert (row["stck_prpr"], row["acml_vol"]) == (quote.price_krw, quote.cum_volume)
        assert row["stck_sdpr"] == quote.base_krw


async def test_on_paper_the_substitutes_answer_by_themselves(opens: Any, tmp_path: Path) -> None:
    async with house(opens, tmp_path, "15:40:00", "paper") as ours:
        market, indices = KisMarket(ours.rest), KisIndices(ours.rest)
        found = await market.snapshots([SAMSUNG, "247540", "999999"])
        assert {symbol: row.price_krw for symbol, row in found.items()} == {
            SAMSUNG: 69_800,
            "247540": 101_500,
        }
        standing = await ours.quotes.standing(SAMSUNG)
        assert (standing.halted, standing.warning_code) == (False, "00")
        days = await market.market_days(date(2025, 9, 1), date(2025, 9, 7))
        assert [day.opens for day in days] == [True] * 5 + [False] * 2
        sessions = await indices.sessions("0001", date(2025, 9, 2))
        assert [s.date for s in sessions] == ["2025-08-29", "2025-09-01", "2025-09-02"]
        today = await ours.quotes.minute_bars_on(SAMSUNG, date(2025, 9, 3), "090000", "153000")
        assert [bar.volume for bar in today] == [
            bar.volume for bar in await ours.quotes.minute_bars_today(SAMSUNG)
        ]
        with pytest.raises(NotOffered):
            await KisFlows(ours.rest).programs(SAMSUNG)
