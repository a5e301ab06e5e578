"""What an account earned, is worth and is owed: asked exactly, read with the values it says."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.environment import Account, Environment
from kis_core.errors import NotOffered, ReplyError
from kis_core.wire.accounts import statement_replies, statement_requests
from kis_core.wire.accounts.statements import (
    AssetLine,
    Margin,
    ProfitDay,
    ProfitTotals,
    Right,
    SymbolProfit,
)
from kis_core.wire.request import Request
from tests.kis_core.wire.bodies import filled, names_of

Sample = Callable[[str], dict[str, Any]]

ACCOUNT = Account(Environment.SIM, "12345678", "01")
WHO = {"CANO": "12345678", "ACNT_PRDT_CD": "01"}
PAGE = {"CTX_AREA_FK100": "", "CTX_AREA_NK100": ""}
FIRST, LAST = date(2025, 11, 1), date(2025, 11, 12)
PERIOD = {"INQR_STRT_DT": "20251101", "INQR_END_DT": "20251112"}
SORTED = {"SORT_DVSN": "01", "CBLC_DVSN": "00"}

ASKED: list[tuple[Callable[..., Request], tuple[Any, ...], str, str, dict[str, str]]] = [
    (
        statement_requests.realized_balance,
        (),
        "inquire-balance-rlz-pl",
        "TTTC8494R",
        PAGE
        | {
            "AFHR_FLPR_YN": "N",
            "OFL_YN": "",
            "INQR_DVSN": "00",
            "UNPR_DVSN": "01",
            "FUND_STTL_ICLD_YN": "N",
            "FNCG_AMT_AUTO_RDPT_YN": "N",
            "PRCS_DVSN": "00",
            "COST_ICLD_YN": "Y",
        },
    ),
    (
        statement_requests.daily_profit,
        (FIRST, LAST),
        "inquire-period-profit",
        "TTTC8708R",
        PERIOD | SORTED | PAGE | {"INQR_DVSN": "00", "PDNO": ""},
    ),
    (
        statement_requests.trade_profit,
        (FIRST, LAST, "005930"),
        "inquire-period-trade-profit",
        "TTTC8715R",
        PERIOD | SORTED | PAGE | {"PDNO": "005930"},
    ),
    (
        statement_requests.assets,
        (),
        "inquire-account-balance",
        "CTRP6548R",
        {"INQR_DVSN_1": "", "BSPR_BF_DT_APLY_YN": ""},
    ),
    (
        statement_requests.margin,
        (),
        "intgr-margin",
        "TTTC0869R",
        {
            "CMA_EVLU_AMT_ICLD_YN": "N",
            "WCRC_FRCR_DVSN_CD": "02",
            "FWEX_CTRT_FRCR_DVSN_CD": "02",
        },
    ),
    (
        statement_requests.rights,
        (FIRST, LAST),
        "period-rights",
        "CTRGA011R",
        PERIOD
        | PAGE
        | {
            "INQR_DVSN": "03",
            "CUST_RNCNO25": "",
            "HMID": "",
            "RGHT_TYPE_CD": "",
            "PDNO": "",
            "PRDT_TYPE_CD": "",
        },
    ),
]


@pytest.mark.parametrize(("ask", "about", "path", "tr_id", "fields"), ASKED)
def test_each_statement_is_asked_exactly(
    ask: Callable[..., Request],
    about: tuple[Any, ...],
    path: str,
    tr_id: str,
    fields: dict[str, str],
) -> None:
    request = ask("real", ACCOUNT, *about)
    assert (request.call.method, request.tr_id, request.is_order) == ("GET", tr_id, False)
    assert request.call.path == f"/uapi/domestic-stock/v1/trading/{path}"
    assert request.fields == WHO | fields
    with pytest.raises(NotOffered, match="not offered on paper"):
        ask("paper", ACCOUNT, *about)


def test_a_period_by_day_has_the_values_the_broker_says(reply_of: Sample) -> None:
    told = statement_replies.daily_profit([reply_of("/trading/inquire-period-profit")])
    assert told.days == (
        ProfitDay(
            date="2024-02-20",
            bought=2_003,
            bought_krw=116_697_331,
            sold=8,
            sold_krw=96_455,
            realized_krw=22_991,
            fee_krw=0,
            tax_krw=0,
            loan_interest_krw=0,
            profit_pct=Decimal("31.29560057"),
        ),
    )
    assert told.totals == ProfitTotals(2_003, 116_697_331, 8, 96_455, 22_991, 0, 0)


def test_a_period_by_symbol_spells_its_sum_another_way() -> None:
    row = filled(
        "domestic_stock.inquire_period_trade_profit",
        "output1",
        trad_dt="20251112",
        pdno="005930",
        prdt_name="삼성전자",
        buy_qty="3",
        buy_amt="210000",
        pchs_unpr="70000.0000",
        sll_pric="71000",
        sll_qty="2",
        sll_amt="142000",
        rlzt_pfls="1700",
        tl_tax="284",
        fee="16",
        pfls_rt="1.21000000",
    )
    total = filled(
        "domestic_stock.inquire_period_trade_profit",
        "output2",
        buyqty_smtl="3",
        buy_tr_amt_smtl="210000",
        sll_qty_smtl="2",
        sll_tr_amt_smtl="142000",
        tot_rlzt_pfls="1700",
        tot_fee="16",
        tot_tltx="284",
    )
    page = {"output1": [row, dict.fromkeys(row, "")], "output2": total}
    told = statement_replies.trade_profit([page, page])
    assert (
        told.rows
        == (
            SymbolProfit(
                date="2025-11-12",
                symbol="005930",
                name="삼성전자",
                held=0,
                cost_krw=Decimal("70000.0000"),
                bought=3,
                bought_krw=210_000,
                sold=2,
                sold_at_krw=Decimal(71_000),
                sold_krw=142_000,
                realized_krw=1_700,
                fee_krw=16,
                tax_krw=284,
                loan_interest_krw=0,
                profit_pct=Decimal("1.21000000"),
            ),
        )
        * 2
    )
    assert told.totals == ProfitTotals(3, 210_000, 2, 142_000, 1_700, 16, 284)
    with pytest.raises(ReplyError, match="buy_qty_smtl"):
        statement_replies.daily_profit([{"output1": [], "output2": total}])


def test_a_period_without_trades_may_leave_everything_out() -> None:
    none = {"rt_cd": "0", "msg_cd": "KIOK0560"}
    assert statement_replies.daily_profit([none]).totals == ProfitTotals(0, 0, 0, 0, 0, 0, 0)
    assert statement_replies.trade_profit([none]).rows == ()
    assert statement_replies.rights([none]) == []


def test_what_was_realised_stands_beside_the_balance(reply_of: Sample) -> None:
    page = reply_of("/v1/trading/inquire-balance")
    profit = {
        "rlzt_pfls": "-1200",
        "rlzt_erng_rt": "-0.12000000",
        "real_evlu_pfls": "5000",
        "real_evlu_pfls_erng_rt": "",
    }
    body = {**page, "output2": [page["output2"][0] | profit]}
    told = statement_replies.realized_balance([body])
    assert (told.realized_krw, told.realized_pct) == (-1_200, Decimal("-0.12000000"))
    assert (told.unrealized_krw, told.unrealized_pct) == (5_000, None)
    assert told.balance.total_krw == 2_106_055
    with pytest.raises(ReplyError, match="rlzt_pfls"):
        statement_replies.realized_balance([page])


def test_a_line_of_assets_is_what_its_place_says() -> None:
    blank = dict.fromkeys(filled("domestic_stock.inquire_account_balance", "output1"), "")
    stocks = filled(
        "domestic_stock.inquire_account_balance",
        "output1",
        pchs_amt="1000",
        evlu_amt="1200",
        evlu_pfls_amt="200",
        real_nass_amt="1200",
        whol_weit_rt="60.00000000",
    )
    total = filled(
        "domestic_stock.inquire_account_balance",
        "output2",
        tot_asst_amt="2000",
        nass_tot_amt="2000",
        dncl_amt="800",
        tot_dncl_amt="800",
    )
    told = statement_replies.assets({"output1": [stocks, blank, stocks], "output2": total})
    assert told.lines[0] == AssetLine(1, 1_000, 1_200, 200, 0, 1_200, Decimal("60.00000000"))
    assert [line.place for line in told.lines] == [1, 3]
    assert (told.total_krw, told.net_krw, told.deposit_krw) == (2_000, 2_000, 800)
    assert (told.total_deposit_krw, told.loan_krw) == (800, 0)


def test_what_orders_may_use_is_cut_to_whole_won() -> None:
    said = {
        "stck_cash_objt_amt": "1000000.0000",
        "stck_cash_use_amt": "250000.0000",
        "stck_cash_ord_psbl_amt": "750000.9000",
        "stck_cash20_max_ord_psbl_amt": "3750004.5000",
        "stck_cash100_max_ord_psbl_amt": "750000.9000",
    }
    told = statement_replies.margin(
        {"output": filled("domestic_stock.intgr_margin", "output", **said)}
    )
    rates = {20: 3_750_004, 30: 0, 40: 0, 50: 0, 60: 0, 100: 750_000}
    assert told == Margin(1_000_000, 250_000, 750_000, rates, 0)


def test_a_right_has_the_values_the_broker_says(reply_of: Sample) -> None:
    assert statement_replies.rights([reply_of("/trading/period-rights")]) == [
        Right(
            symbol="357880",
            name="비트나인",
            kind="01",
            base_date="2024-09-19",
            held=1_000,
            allotted=1_050,
            allotted_krw=0,
            price_krw=Decimal("1865.0000"),
            subscribe_until="2024-10-11",
            requested=1_000,
            requested_krw=1_865_000,
            refunded_krw=0,
            tax_krw=0,
            listed_on=None,
            paid_on=None,
        )
    ]


NAMES = names_of(
    "domestic_stock.inquire_period_profit",
    "domestic_stock.inquire_account_balance",
    "domestic_stock.period_rights",
)
rows = st.dictionaries(st.sampled_from(NAMES), st.none() | st.text(max_size=9), max_size=8)
outputs = st.none() | st.text(max_size=3) | rows | st.lists(rows | st.none(), max_size=3)


@given(outputs, outputs)
def test_whatever_comes_nothing_else_is_raised(first: object, second: object) -> None:
    body = {"output": first, "output1": first, "output2": second, "msg_cd": "KIOK0560"}
    readers: list[Callable[[], object]] = [
        lambda: statement_replies.realized_balance([body]),
        lambda: statement_replies.daily_profit([body]),
        lambda: statement_replies.trade_profit([body, body]),
        lambda: statement_replies.assets(body),
        lambda: statement_replies.margin(body),
        lambda: statement_replies.rights([body]),
    ]
    for reader in readers:
        with suppress(ReplyError):
            reader()
