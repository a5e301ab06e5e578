"""Every REST example KIS publishes is read, and holds the values it says."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kis_core.market.events import DailyBar
from kis_core.wire.accounts import account_replies
from kis_core.wire.catalog_reply import CatalogReply, Value, read_reply
from kis_core.wire.quotes import flow_replies, market_replies, print_replies, replies, stock_replies
from kis_core.wire.quotes.flow_replies import Flow, InvestorDay
from kis_core.wire.quotes.print_replies import MarketPrint, OvertimePrice
from kis_core.wire.quotes.stock_replies import Member, RecentDay
from kis_core.wire.tr_table import CALLS, Call

DAY_NS = 1_762_873_200_000_000_000  # 2025-11-12 00:00 KST
Sample = Callable[[str], dict[str, Any]]

TRADING, QUOTES = "/uapi/domestic-stock/v1/trading/", "/uapi/domestic-stock/v1/quotations/"
# path → what stands where: an output, a row of it (0 for an object), a field, its value
EXPECTED: dict[str, list[tuple[str, int, str, Value]]] = {
    TRADING + "inquire-daily-ccld": [
        ("output1", 0, "ord_dt", date(2022, 1, 3)),
        ("output1", 0, "odno", "0001568197"),
        ("output1", 0, "orgn_odno", None),
        ("output1", 0, "ord_qty", 10),
        ("output1", 1, "ord_tmd", timedelta(hours=17, seconds=38)),
        ("output1", 0, "cncl_cfrm_qty", 0),
        ("output1", 1, "rjct_qty", 10),
        ("output2", 0, "tot_ord_qty", 281),
    ],
    TRADING + "order-cash": [
        ("output", 0, "KRX_FWDG_ORD_ORGNO", "06010"),
        ("output", 0, "ODNO", "0001569157"),
        ("output", 0, "ORD_TMD", timedelta(hours=15, minutes=52, seconds=11)),
    ],
    TRADING + "order-credit": [
        ("output", 0, "ODNO", "0001569138"),
        ("output", 0, "ORD_TMD", timedelta(hours=13, minutes=14, seconds=21)),
    ],
    TRADING + "order-resv-rvsecncl": [("output", 0, "NRML_PRCS_YN", "Y")],
    TRADING + "period-rights": [
        ("output", 0, "shtn_pdno", "357880"),
        ("output", 0, "bass_dt", date(2024, 9, 19)),
        ("output", 0, "lstg_dt", None),
        ("output", 0, "last_alct_qty", 1050),
        ("output", 0, "last_ftsk_qty", Decimal(0)),
        ("output", 0, "rqst_amt", 1_865_000),
        ("output", 0, "sbsc_unpr", Decimal("1865.0000")),
    ],
    TRADING + "order-resv": [("output", 0, "RSVN_ORD_SEQ", "39607")],
    TRADING + "order-rvsecncl": [
        ("output", 0, "ODNO", "0001569139"),
        ("output", 0, "KRX_FWDG_ORD_ORGNO", "06010"),
    ],
    TRADING + "inquire-psbl-rvsecncl": [
        ("output", 0, "orgn_odno", "0001569136"),
        ("output", 0, "ord_unpr", Decimal(140_000)),
        ("output", 0, "psbl_qty", 1),
        ("output", 1, "orgn_odno", None),
        ("output", 1, "ord_dvsn_name", "지정가"),
    ],
    TRADING + "pension/inquire-psbl-order": [
        ("output", 0, "ord_psbl_cash", 11_054_042),
        ("output", 0, "max_buy_qty", 200),
        ("output", 0, "psbl_qty_calc_unpr", Decimal(55_000)),
    ],
    TRADING + "pension/inquire-deposit": [
        ("output", 0, "dnca_tota", 57_622_382),
        ("output", 0, "nx2_day_sttl_amt", 0),
    ],
    TRADING + "pension/inquire-present-balance": [
        ("output1", 0, "pchs_avg_pric", Decimal("35670.0000")),
        ("output1", 1, "evlu_pfls_rt", Decimal("-25.68")),
        ("output1", 1, "evlu_pfls_amt", -64_400),
        ("output2", 0, "pftrt", Decimal("-14.57311300")),
    ],
    TRADING + "pension/inquire-balance": [
        ("output1", 0, "prdt_name", "ACE 미국S&P500"),
        ("output1", 0, "ord_psbl_qty", 5),
        ("output2", 0, "tot_evlu_amt", 100_000),
    ],
    TRADING + "inquire-psbl-sell": [
        ("output", 0, "ord_psbl_qty", 1744),
        ("output", 0, "pchs_avg_pric", Decimal("54388.4874")),
        ("output", 0, "evlu_pfls_amt", 37_341_678),
        ("output", 0, "evlu_pfls_rt", Decimal("39.36")),
    ],
    TRADING + "inquire-balance": [
        ("output1", 0, "hldg_qty", 1657),
        ("output1", 0, "pchs_avg_pric", Decimal("135440.2517")),
        ("output1", 1, "loan_dt", date(2021, 12, 23)),
        ("output1", 0, "fltt_rt", Decimal("-100.00000000")),
        ("output2", 0, "dnca_tot_amt", 346_455),
        ("output2", 0, "fncg_gld_auto_rdpt_yn", None),
        ("output2", 0, "asst_icdc_amt", -36_890),
    ],
    TRADING + "inquire-period-profit": [
        ("output1", 0, "trad_dt", date(2024, 2, 20)),
        ("output1", 0, "pfls_rt", Decimal("31.29560057")),
        ("output2", 0, "tot_rlzt_pfls", 22_991),
    ],
    TRADING + "inquire-psbl-order": [
        ("output", 0, "nrcvb_buy_qty", 1531),
        ("output", 0, "ord_psbl_frcr_amt_wcrc", 1_468_797_045_293),
    ],
    TRADING + "inquire-credit-psamount": [
        ("output", 0, "ord_psbl_cash", 99_965_177_664),
        ("output", 0, "ord_psbl_sbst", 156_772_560),
    ],
    QUOTES + "inquire-price": [
        ("output", 0, "stck_prpr", 128_500),
        ("output", 0, "stck_shrn_iscd", "000660"),
        ("output", 0, "wghn_avrg_stck_prc", Decimal("129097.23")),
        ("output", 0, "hts_avls", 935_483),
        ("output", 0, "d250_hgpr_date", date(2021, 2, 25)),
        ("output", 0, "d250_hgpr_vrss_prpr_rate", Decimal("-14.05")),
        ("output", 0, "cpfn_cnnm", "36,576 억"),
        ("output", 0, "new_hgpr_lwpr_cls_code", None),
    ],
    QUOTES + "inquire-ccnl": [
        ("output", 0, "stck_cntg_hour", timedelta(hours=15, minutes=59, seconds=55)),
        ("output", 1, "cntg_vol", 10),
        ("output", 1, "tday_rltv", Decimal("114.05")),
    ],
    QUOTES + "inquire-daily-price": [
        ("output", 0, "stck_bsop_date", date(2022, 1, 11)),
        ("output", 1, "prdy_vrss", -2500),
        ("output", 1, "frgn_ntby_qty", 293_389),
        ("output", 1, "prdy_ctrt", Decimal("-1.97")),
    ],
    QUOTES + "inquire-member": [
        ("output", 0, "seln_mbcr_no1", "00086"),
        ("output", 0, "seln_mbcr_name3", "키움증권"),
        ("output", 0, "total_seln_qty5", 235_001),
        ("output", 0, "shnu_mbcr_rlim1", Decimal("21.04")),
        ("output", 0, "shnu_mbcr_glob_yn_3", "Y"),
        ("output", 0, "glob_ntby_qty", 1_142_513),
    ],
    QUOTES + "inquire-investor": [
        ("output", 0, "stck_bsop_date", date(2022, 1, 13)),
        ("output", 0, "prsn_ntby_qty", -287_624),
        ("output", 1, "orgn_seln_tr_pbmn", 255_435),
    ],
    QUOTES + "inquire-time-dailychartprice": [
        ("output1", 0, "hts_kor_isnm", "삼성전자"),
        ("output1", 0, "prdy_ctrt", Decimal("-0.87")),
        ("output2", 0, "acml_tr_pbmn", 538_940_180_600),
        ("output2", 2, "stck_cntg_hour", timedelta(hours=12, minutes=1)),
    ],
    QUOTES + "exp-closing-price": [],
    QUOTES + "inquire-price-2": [
        ("output", 0, "stck_prdy_clpr", 73_400),
        ("output", 0, "hgpr_vrss_prpr", -100),
        ("output", 0, "marg_rate", Decimal("20.00")),
        ("output", 0, "new_lstn_cls_name", None),
        ("output", 0, "mrkt_warn_cls_code", "00"),
    ],
    QUOTES + "inquire-overtime-price": [
        ("output", 0, "ovtm_untp_prpr", 83_600),
        ("output", 0, "ovtm_untp_prdy_vrss", -100),
        ("output", 0, "ovtm_untp_tr_pbmn", 292_600_000),
        ("output", 0, "ovtm_untp_antc_cntg_ctrt", Decimal("-0.24")),
    ],
    QUOTES + "inquire-overtime-asking-price": [
        ("output", 0, "ovtm_untp_last_hour", timedelta(hours=16, minutes=18, seconds=47)),
        ("output", 0, "ovtm_untp_askp_rsqn2", 11_671),
        ("output", 0, "ovtm_untp_ntby_bidp_rsqn", -16_730),
        ("output", 0, "ovtm_untp_bidp4", 0),
    ],
    "/uapi/etfetn/v1/quotations/nav-comparison-trend": [
        ("output1", 0, "acml_tr_pbmn", 134_826_697_200),
        ("output2", 0, "nav", Decimal("36127.30")),
        ("output2", 0, "nav_prdy_vrss_sign", "2"),
        ("output2", 0, "oprc_nav", Decimal("36065.99")),
    ],
    "/uapi/domestic-stock/v1/ranking/hts-top-view": [
        ("output1", 0, "mksc_shrn_iscd", "005930"),
        ("output1", 2, "mrkt_div_cls_code", "Q"),
        ("output1", 19, "mksc_shrn_iscd", "255220"),
    ],
}


@pytest.fixture(scope="module")
def examples(kst_data: Path) -> dict[str, CatalogReply]:
    lines = (kst_data / "broker_samples" / "kis_rest_examples.jsonl").read_text("utf-8")
    by_path: dict[str, Call] = {call.path: call for call in CALLS.values()}
    samples = [json.loads(line) for line in lines.splitlines()]
    return {s["URL"]: read_reply(by_path[s["URL"]], s["body"]) for s in samples}


def test_all_of_them_are_read(examples: dict[str, CatalogReply]) -> None:
    assert examples.keys() == EXPECTED.keys()
    assert len(examples) == 29


@pytest.mark.parametrize("path", EXPECTED)
def test_an_example_holds_what_it_says(examples: dict[str, CatalogReply], path: str) -> None:
    reply = examples[path]
    for output, number, field, value in EXPECTED[path]:
        row = reply.objects[output] if output in reply.objects else reply.arrays[output][number]
        assert row[field] == value, field
        assert type(row[field]) is type(value), field
    if not EXPECTED[path]:
        assert reply.rows == ()


def test_the_orders_and_the_account_are_read(reply_of: Sample) -> None:
    order = account_replies.accepted(reply_of("/order-cash"))
    assert (order.broker_id, order.branch, order.accepted_at) == ("0001569157", "06010", "155211")
    assert account_replies.accepted(reply_of("/order-rvsecncl")).broker_id == "0001569139"
    rows = account_replies.order_rows([reply_of("/inquire-daily-ccld")])
    assert [(row.broker_id, row.rejected) for row in rows] == [
        ("0001568197", 10),
        ("0001568196", 10),
    ]
    balance = account_replies.balance([reply_of("/v1/trading/inquire-balance")])
    assert balance.deposit_krw == 346_455


def test_the_latest_prints_are_read(reply_of: Sample) -> None:
    prints = print_replies.prints(reply_of("/inquire-ccnl"), "005930", DAY_NS)
    assert len(prints) == 2
    assert prints[0] == MarketPrint(
        symbol="005930",
        at_ns=DAY_NS + (15 * 3600 + 59 * 60 + 55) * 1_000_000_000,
        price_krw=78_900,
        change_krw=900,
        volume=2,
        cum_volume=None,
        ask_krw=None,
        bid_krw=None,
        strength_pct=Decimal("114.05"),
    )


def test_the_recent_days_are_read(reply_of: Sample) -> None:
    newest, older = stock_replies.recent_days(reply_of("/inquire-daily-price"), "000660")
    assert older == RecentDay(
        symbol="000660",
        date="2022-01-10",
        open_krw=126_500,
        high_krw=127_000,
        low_krw=123_000,
        close_krw=124_500,
        volume=3_449_197,
        change_krw=-2_500,
        foreign_net=293_389,
        foreign_exhaustion_pct=Decimal("49.39"),
        event_code="00",
    )
    assert (newest.date, newest.change_krw) == ("2022-01-11", 3_500)


def test_the_members_are_read(reply_of: Sample) -> None:
    members = stock_replies.members(reply_of("/inquire-member"), "000660", 17)
    assert len(members.sellers) == len(members.buyers) == 5
    assert members.sellers[0] == Member(
        "00086", "BNK증권", 801_848, Decimal("20.52"), 8_000, foreign=False
    )
    assert members.buyers[2] == Member(
        "00033", "JP모간", 378_758, Decimal("9.69"), 20_698, foreign=True
    )
    foreign = (members.foreign_sold, members.foreign_bought, members.foreign_net)
    assert foreign == (38_125, 1_180_638, 1_142_513)


def test_the_investors_are_read_in_shares_and_krw(reply_of: Sample) -> None:
    newest, _ = flow_replies.investor_days(reply_of("/inquire-investor"), "000660")
    assert newest == InvestorDay(
        symbol="000660",
        date="2022-01-13",
        close_krw=129_500,
        change_krw=1_000,
        individual=Flow(
            -287_624, -37_176_000_000, 467_525, 755_149, 60_368_000_000, 97_544_000_000
        ),
        foreign=Flow(797_458, 102_959_000_000, 1_442_791, 645_333, 186_166_000_000, 83_207_000_000),
        institution=Flow(
            -503_653, -64_984_000_000, 2_219_433, 2_723_086, 286_505_000_000, 351_489_000_000
        ),
    )


def test_the_standing_is_read_from_both_prices(reply_of: Sample) -> None:
    standing = stock_replies.standing(reply_of("/inquire-price-2"), "005930", 17)
    assert (standing.halted, standing.liquidation, standing.administrative) == (False,) * 3
    assert (standing.warning_code, standing.vi_code, standing.loans_allowed) == ("00", "N", True)
    assert (standing.sudden_rise, standing.unfaithful, standing.ex_rights) == (False, False, "")
    assert (standing.previous_close_krw, standing.previous_volume) == (73_400, 11_160_062)
    substitute = stock_replies.standing_of_price(reply_of("/inquire-price"), "000660", 17)
    assert (substitute.halted, substitute.loans_allowed) == (False, True)
    assert (substitute.sudden_rise, substitute.previous_close_krw) == (None, None)


def test_the_session_after_the_close_is_read(reply_of: Sample) -> None:
    price = print_replies.overtime_price(reply_of("/inquire-overtime-price"), "009150", 17)
    assert price == OvertimePrice(
        symbol="009150",
        at_ns=17,
        price_krw=83_600,
        change_krw=-100,
        upper_krw=92_000,
        lower_krw=75_400,
        open_krw=83_600,
        high_krw=83_600,
        low_krw=83_600,
        volume=3_500,
        value_krw=292_600_000,
        expected_krw=83_500,
        expected_volume=4_442,
    )
    body = reply_of("/inquire-overtime-asking-price")
    book = print_replies.overtime_book(body, "009150", DAY_NS, 17)
    assert book.asks == ((83_600, 4_498), (83_700, 11_671), (83_800, 9_625))
    assert book.bids == ((83_500, 1_219), (83_400, 2_242), (83_300, 5_603))
    assert book.at_ns == DAY_NS + (16 * 3600 + 18 * 60 + 47) * 1_000_000_000
    assert book.in_auction


def test_what_is_viewed_most_is_read(reply_of: Sample) -> None:
    ranked = market_replies.ranked(reply_of("/hts-top-view"), "viewed")
    assert [(row.rank, row.symbol) for row in ranked[:2]] == [(1, "005930"), (2, "233740")]
    assert (len(ranked), ranked[0].price_krw, ranked[0].name) == (20, None, None)


def test_the_raw_days_of_the_daily_price_are_those_of_a_chart(reply_of: Sample) -> None:
    """The one row both calls could tell: the same day, the same bar."""
    (row, _) = reply_of("/inquire-daily-price")["output"]
    (bar,) = replies.daily_bars({"output2": [row]}, "000660")
    assert bar == DailyBar(
        "000660", "2022-01-11", 125_500, 128_500, 124_500, 128_000, 3_908_418, None
    )
