"""Every GET call about stocks, asked as documented and read as KIS's own client does."""

import json
from typing import Any

import pytest

from kis_core.wire.tr_table import CALLS, Call
from tests.broker_sim.kis import official

REFUSED = {
    "domestic_stock.psearch_title": "MCA05762",
    "domestic_stock.psearch_result": "MCA05918",
    **{name: "OPSQ2000" for name in CALLS if name.startswith("domestic_stock.pension_")},
}
# What a played day has nothing of: earnings, dividends, short sales, credit, news, groups, funds'
# values, corporate actions, sessions off hours, watch lists, interruptions of its own.
EMPTY = frozenset(
    """
    after_hour_balance comp_interest credit_balance credit_by_company daily_credit_balance
    daily_loan_trans daily_short_sale dividend_rate estimate_perform exp_closing_price
    exp_index_trend exp_total_index exp_trans_updown finance_balance_sheet
    finance_financial_ratio finance_growth_ratio finance_income_statement
    finance_other_major_ratios finance_profit_ratio finance_ratio finance_stability_ratio
    inquire_component_stock_price inquire_vi_status intstock_grouplist
    intstock_stocklist_by_group invest_opbysec invest_opinion ksdinfo_bonus_issue
    ksdinfo_cap_dcrs ksdinfo_dividend ksdinfo_forfeit ksdinfo_list_info ksdinfo_mand_deposit
    ksdinfo_merger_split ksdinfo_paidin_capin ksdinfo_pub_offer ksdinfo_purreq
    ksdinfo_rev_split ksdinfo_sharehld_meet lendable_by_company market_value mktfunds
    nav_comparison_daily_trend nav_comparison_time_trend news_title overtime_exp_trans_fluct
    overtime_fluctuation overtime_volume period_rights prefer_disparate_ratio
    profit_asset_index short_sale top_interest_stock inquire_time_overtimeconclusion
    capture_uplowprice order_resv_ccnl bulk_trans_num
    """.split()  # noqa: SIM905 - a list of names reads as words
)


def wrong(call: Call, answer: official.Answer) -> list[str]:
    """Return what is not as documented: kinds, names, and values that are no text."""
    faults: list[str] = []
    body = answer.body._asdict()
    for name, output in call.outputs.items():
        if name not in body:
            faults.append(f"{name} is missing")
            continue
        found = body[name]
        if isinstance(found, list) != (output.kind == "array"):
            faults.append(f"{name} is no {output.kind}")
            continue
        for row in answer.rows(name):
            missing = [field for field in output.names if field not in row]
            odd = [field for field, value in row.items() if not isinstance(value, str)]
            if missing or odd:
                faults.append(f"{name} lacks {missing}, has no text in {odd}")
                break
    return faults


@pytest.mark.anyio
async def test_every_call_answers_as_documented_on_the_real_host(broker: Any) -> None:
    await broker.order("BUY", 10)
    await broker.move("10:00:30")
    faults: dict[str, Any] = {}
    for name in official.of_stocks():
        answer = await official.ask(broker, name)
        if name in REFUSED:
            assert (answer.ok, answer.body.msg_cd) == (False, REFUSED[name]), name
            continue
        found = [] if answer.ok and answer.status == 200 else [f"refused: {answer.body.msg1}"]
        found = found or wrong(CALLS[name], answer)
        lists = any(output.kind == "array" for output in CALLS[name].outputs.values())
        if answer.tr_cont not in (("F", "M", "D") if lists else ("", "D")):
            found.append(f"tr_cont is {answer.tr_cont!r}")
        if found:
            faults[name] = found
    assert faults == {}


@pytest.mark.anyio
async def test_every_call_that_paper_offers_answers_as_documented(opens: Any) -> None:
    async with opens("10:00:30", dialect="paper") as broker:
        for name in official.of_stocks():
            call = CALLS[name]
            if call.tr_paper:
                answer = await official.ask(broker, name)
                assert answer.ok, (name, answer.body)
                assert wrong(call, answer) == [], name
                continue
            tr_id = next(iter(call.tr_real.values()))
            reply = await broker.http.get(
                call.path, params=official.params(call), headers=broker.headers(tr_id)
            )
            answer = official.read(reply)
            assert (answer.status, answer.body.msg_cd) == (500, "EGW02006"), name


@pytest.mark.anyio
async def test_the_calls_a_day_can_answer_have_rows(broker: Any) -> None:
    await broker.order("BUY", 10)
    await broker.move("09:03:30")
    await broker.order("SELL", 4)
    await broker.order("BUY", 1, 60_000)
    await broker.move("10:00:30")
    blank: list[str] = []
    for name in official.of_stocks():
        if name in REFUSED or name.rpartition(".")[2] in EMPTY or "elw" in name:
            continue
        answer = await official.ask(broker, name)
        for output, known in CALLS[name].outputs.items():
            if known.kind == "array" and not getattr(answer.body, output):
                blank.append(f"{name} {output}")
    assert blank == []


@pytest.mark.anyio
async def test_a_code_of_no_issue_breaks_nothing(broker: Any) -> None:
    for name in official.of_stocks():
        answer = await official.ask(broker, name, FID_INPUT_ISCD="999999", PDNO="999999")
        call = CALLS[name]
        if answer.ok:
            assert wrong(call, answer) == [], name
        else:
            assert answer.status == 200, name


@pytest.mark.anyio
async def test_paging_ends_and_gives_every_row_once(opens: Any) -> None:
    async with opens(cash_krw=10**12) as broker:
        for price in range(23):
            await broker.order("BUY", 1, 60_000 + 100 * price)
        await broker.move("09:00:06")
        for name in ("inquire_daily_ccld", "inquire_psbl_rvsecncl", "chk_holiday"):
            call = f"domestic_stock.{name}"
            output = next(iter(CALLS[call].outputs))
            seen = [
                json.dumps(row)
                async for answer in official.pages(broker, call, INQR_DVSN_2="0")
                for row in answer.rows(output)
            ]
            assert len(seen) == len(set(seen)) > 20, name


@pytest.mark.anyio
async def test_pages_say_whether_more_follow(opens: Any) -> None:
    async with opens() as broker:
        flags = [
            answer.tr_cont async for answer in official.pages(broker, "domestic_stock.chk_holiday")
        ]
        assert flags == ["F", "M", "M", "D"]
