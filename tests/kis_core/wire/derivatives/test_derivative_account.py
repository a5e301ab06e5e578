"""A futures and options account: orders asked exactly, answers read with the values they say."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.environment import Account, Dialect, Environment
from kis_core.errors import NotOffered, Refused, ReplyError
from kis_core.market.derivative_sessions import SessionName
from kis_core.wire.account import Accepted
from kis_core.wire.derivatives import derivative_account_replies as replies
from kis_core.wire.derivatives import derivative_account_requests as requests
from kis_core.wire.derivatives.derivative_account import (
    DerivativeBalance,
    DerivativeChange,
    DerivativeDeposit,
    DerivativeOrderRow,
    DerivativeOrderType,
    DerivativePosition,
    NewDerivativeOrder,
    Orderable,
)
from kis_core.wire.request import Lane, Request, next_page, old_style
from tests.kis_core.wire.bodies import damaged, filled, names_of

FUOP = "domestic_futureoption"
ACCOUNT = Account(Environment.SIM, "12345678", "03")
WHO = {"CANO": "12345678", "ACNT_PRDT_CD": "03"}
PAGE = {"CTX_AREA_FK200": "", "CTX_AREA_NK200": ""}
DAY = date(2026, 9, 30)
LIMIT, MARKET = DerivativeOrderType.LIMIT, DerivativeOrderType.MARKET
BUY = NewDerivativeOrder("A01612", "BUY", 2, LIMIT, Decimal("1098.05"))


@pytest.mark.parametrize(
    ("dialect", "session", "tr_id"),
    [
        ("real", "day", "TTTO1101U"),
        ("real", "night", "STTN1101U"),
        ("paper", "day", "VTTO1101U"),
    ],
)
def test_an_order_says_its_direction_in_the_body(
    dialect: Dialect, session: SessionName, tr_id: str
) -> None:
    new = NewDerivativeOrder("A01612", "BUY", 2, LIMIT, Decimal("1098.05"), session)
    request = requests.order(dialect, ACCOUNT, new)
    assert (request.call.method, request.tr_id) == ("POST", tr_id)
    assert (request.lane, request.is_order) == (Lane.ORDER, True)
    assert request.call.path == "/uapi/domestic-futureoption/v1/trading/order"
    assert request.fields == {
        **WHO,
        "ORD_PRCS_DVSN_CD": "02",
        "SLL_BUY_DVSN_CD": "02",
        "SHTN_PDNO": "A01612",
        "ORD_QTY": "2",
        "UNIT_PRICE": "1098.05",
        "NMPR_TYPE_CD": "01",
        "KRX_NMPR_CNDT_CD": "0",
        "ORD_DVSN_CD": "01",
        "CTAC_TLNO": "",
        "FUOP_ITEM_DVSN_CD": "",
    }


@pytest.mark.parametrize(
    ("order_type", "code", "price", "condition", "has_limit"),
    [
        (DerivativeOrderType.LIMIT, "01", "01", "0", True),
        (DerivativeOrderType.MARKET, "02", "02", "0", False),
        (DerivativeOrderType.CONDITIONAL_LIMIT, "03", "03", "0", True),
        (DerivativeOrderType.BEST_LIMIT, "04", "04", "0", False),
        (DerivativeOrderType.LIMIT_IOC, "10", "01", "3", True),
        (DerivativeOrderType.LIMIT_FOK, "11", "01", "4", True),
        (DerivativeOrderType.MARKET_IOC, "12", "02", "3", False),
        (DerivativeOrderType.MARKET_FOK, "13", "02", "4", False),
        (DerivativeOrderType.BEST_IOC, "14", "04", "3", False),
        (DerivativeOrderType.BEST_FOK, "15", "04", "4", False),
    ],
)
def test_an_order_type_is_said_three_times(
    order_type: DerivativeOrderType, code: str, price: str, condition: str, has_limit: bool
) -> None:
    new = NewDerivativeOrder("B01610745", "SELL", 1, order_type, Decimal("3.10"))
    fields = requests.order("real", ACCOUNT, new).fields
    said = (fields["ORD_DVSN_CD"], fields["NMPR_TYPE_CD"], fields["KRX_NMPR_CNDT_CD"])
    assert said == (code, price, condition)
    assert fields["UNIT_PRICE"] == ("3.10" if has_limit else "0")
    assert fields["SLL_BUY_DVSN_CD"] == "01"
    if condition == "0":
        assert requests.order("paper", ACCOUNT, new).fields == fields
    else:
        with pytest.raises(NotOffered, match="cancelled if unfilled"):
            requests.order("paper", ACCOUNT, new)
    if has_limit:
        without = NewDerivativeOrder("B01610745", "SELL", 1, order_type, None)
        with pytest.raises(Refused, match="needs a limit price") as refused:
            requests.order("real", ACCOUNT, without)
        assert refused.value.code == "APMP0001"


def test_a_price_is_never_said_with_an_exponent() -> None:
    for limit, text in (
        (Decimal("1E+3"), "1000"),
        (Decimal("0.00"), "0.00"),
        (Decimal("-0.05"),) * 2,
    ):
        new = NewDerivativeOrder("D0160301", "BUY", 1, LIMIT, limit)
        assert requests.order("real", ACCOUNT, new).fields["UNIT_PRICE"] == f"{text}"


CANCEL = {"UNIT_PRICE": "0", "NMPR_TYPE_CD": "01", "KRX_NMPR_CNDT_CD": "0", "ORD_DVSN_CD": "01"}
REPRICE = {**CANCEL, "UNIT_PRICE": "1099.00"}


@pytest.mark.parametrize(
    ("dialect", "change", "tr_id", "fields"),
    [
        (
            "real",
            DerivativeChange("0000000007", "A01612", MARKET),
            "TTTO1103U",
            {**CANCEL, "RVSE_CNCL_DVSN_CD": "02", "ORD_QTY": "0", "RMN_QTY_YN": "Y"},
        ),
        (
            "real",
            DerivativeChange("0000000007", "A01612", LIMIT, 1, Decimal("1099.00"), in_part=True),
            "TTTO1103U",
            {**REPRICE, "RVSE_CNCL_DVSN_CD": "01", "ORD_QTY": "1", "RMN_QTY_YN": "N"},
        ),
        (
            "real",
            DerivativeChange("0000000007", "A01612", MARKET, None, Decimal(0)),
            "TTTO1103U",
            {
                "UNIT_PRICE": "0",
                "NMPR_TYPE_CD": "02",
                "KRX_NMPR_CNDT_CD": "0",
                "ORD_DVSN_CD": "02",
                "RVSE_CNCL_DVSN_CD": "01",
                "ORD_QTY": "0",
                "RMN_QTY_YN": "Y",
            },
        ),
        (
            "paper",
            DerivativeChange("0000000007", "A01612", LIMIT, 2),
            "VTTO1103U",
            {**CANCEL, "RVSE_CNCL_DVSN_CD": "02", "ORD_QTY": "2", "RMN_QTY_YN": "Y"},
        ),
        (
            "real",
            DerivativeChange("0000000007", "C01610745", LIMIT, 2, session="night"),
            "STTN1103U",
            {
                **CANCEL,
                "RVSE_CNCL_DVSN_CD": "02",
                "ORD_QTY": "2",
                "RMN_QTY_YN": "Y",
                "FUOP_ITEM_DVSN_CD": "03",
            },
        ),
    ],
    ids=["cancel all", "re-price a part", "make it a market order", "on paper", "at night"],
)
def test_a_change_says_what_is_left_of_what(
    dialect: Dialect, change: DerivativeChange, tr_id: str, fields: dict[str, str]
) -> None:
    request = requests.order_change(dialect, ACCOUNT, change)
    assert (request.call.method, request.tr_id, request.lane) == ("POST", tr_id, Lane.CANCEL)
    assert request.call.path == "/uapi/domestic-futureoption/v1/trading/order-rvsecncl"
    always = {"ORD_PRCS_DVSN_CD": "02", "ORGN_ODNO": "0000000007", "FUOP_ITEM_DVSN_CD": ""}
    assert request.fields == WHO | always | fields


@pytest.mark.parametrize(
    ("code", "item"),
    [("A01612", "01"), ("B01610745", "02"), ("CAFBRW962", "03"), ("D0160301", "04")],
)
def test_a_change_at_night_says_what_the_contract_is(code: str, item: str) -> None:
    change = DerivativeChange("7", code, LIMIT, 1, session="night")
    fields = requests.order_change("real", ACCOUNT, change).fields
    assert fields["FUOP_ITEM_DVSN_CD"] == item


@pytest.mark.parametrize(
    ("dialect", "change", "says"),
    [
        ("paper", DerivativeChange("7", "A01612", LIMIT), "on paper says how many"),
        ("real", DerivativeChange("7", "A01612", LIMIT, session="night"), "at night says how many"),
        ("real", DerivativeChange("7", "A01612", LIMIT, in_part=True), "in part says how many"),
        ("real", DerivativeChange("7", "?", LIMIT, 1, session="night"), "derivative code"),
    ],
)
def test_a_change_that_leaves_open_what_it_is_of_is_not_sent(
    dialect: Dialect, change: DerivativeChange, says: str
) -> None:
    with pytest.raises(Refused, match=says) as refused:
        requests.order_change(dialect, ACCOUNT, change)
    assert refused.value.code == "APMP0001"


def at_night(dialect: Dialect) -> list[Callable[[], Request]]:
    new = NewDerivativeOrder("A01612", "BUY", 1, MARKET, None, "night")
    change = DerivativeChange("7", "A01612", LIMIT, 1, session="night")
    return [
        lambda: requests.order(dialect, ACCOUNT, new),
        lambda: requests.order_change(dialect, ACCOUNT, change),
        lambda: requests.order_history(dialect, ACCOUNT, DAY, "night"),
        lambda: requests.balance(dialect, ACCOUNT, "night"),
        lambda: requests.orderable(dialect, ACCOUNT, new),
    ]


def test_paper_has_no_night() -> None:
    for ask in at_night("paper"):
        with pytest.raises(NotOffered, match="no night session"):
            ask()


def test_the_night_had_other_tr_ids_before() -> None:
    old = [old_style("real", ask()).tr_id for ask in at_night("real")]
    assert old == ["JTCE1001U", "JTCE1002U", "JTCE5005R", "JTCE6001R", "JTCE1004R"]
    day = requests.order("paper", ACCOUNT, BUY)
    assert old_style("paper", day) == day


@pytest.mark.parametrize(
    ("path", "ask", "tr_ids", "fields"),
    [
        (
            "inquire-ccnl",
            lambda d: requests.order_history(d, ACCOUNT, DAY),
            ("TTTO5201R", "VTTO5201R"),
            PAGE
            | {
                "STRT_ORD_DT": "20260930",
                "END_ORD_DT": "20260930",
                "SLL_BUY_DVSN_CD": "00",
                "CCLD_NCCS_DVSN": "00",
                "SORT_SQN": "AS",
                "PDNO": "",
                "STRT_ODNO": "",
                "MKET_ID_CD": "",
            },
        ),
        (
            "inquire-ngt-ccnl",
            lambda d: requests.order_history(d, ACCOUNT, DAY, "night"),
            ("STTN5201R", None),
            PAGE
            | {
                "STRT_ORD_DT": "20260930",
                "END_ORD_DT": "20261001",
                "SLL_BUY_DVSN_CD": "00",
                "CCLD_NCCS_DVSN": "00",
                "SORT_SQN": "AS",
                "STRT_ODNO": "",
                "PDNO": "",
                "MKET_ID_CD": "",
                "FUOP_DVSN_CD": "",
                "SCRN_DVSN": "02",
            },
        ),
        (
            "inquire-balance",
            lambda d: requests.balance(d, ACCOUNT),
            ("CTFO6118R", "VTFO6118R"),
            PAGE | {"MGNA_DVSN": "01", "EXCC_STAT_CD": "1"},
        ),
        (
            "inquire-ngt-balance",
            lambda d: requests.balance(d, ACCOUNT, "night", "2"),
            ("CTFN6118R", None),
            PAGE | {"MGNA_DVSN": "01", "EXCC_STAT_CD": "2", "ACNT_PWD": ""},
        ),
        (
            "inquire-psbl-order",
            lambda d: requests.orderable(d, ACCOUNT, BUY),
            ("TTTO5105R", "VTTO5105R"),
            {
                "PDNO": "A01612",
                "SLL_BUY_DVSN_CD": "02",
                "UNIT_PRICE": "1098.05",
                "ORD_DVSN_CD": "01",
            },
        ),
        (
            "inquire-psbl-ngt-order",
            lambda d: requests.orderable(
                d, ACCOUNT, NewDerivativeOrder("A01612", "SELL", 1, MARKET, None, "night")
            ),
            ("STTN5105R", None),
            {
                "PDNO": "A01612",
                "PRDT_TYPE_CD": "301",
                "SLL_BUY_DVSN_CD": "01",
                "UNIT_PRICE": "0",
                "ORD_DVSN_CD": "02",
            },
        ),
        ("inquire-deposit", lambda d: requests.deposit(d, ACCOUNT), ("CTRP6550R", None), {}),
    ],
)
def test_each_question_is_asked_exactly(
    path: str,
    ask: Callable[[Dialect], Request],
    tr_ids: tuple[str, str | None],
    fields: dict[str, str],
) -> None:
    request = ask("real")
    assert (request.call.method, request.tr_id, request.is_order) == ("GET", tr_ids[0], False)
    assert request.call.path == f"/uapi/domestic-futureoption/v1/trading/{path}"
    assert request.fields == WHO | fields
    if tr_ids[1] is None:
        with pytest.raises(NotOffered, match="not offered on paper"):
            ask("paper")
    else:
        assert (ask("paper").tr_id, ask("paper").fields) == (tr_ids[1], request.fields)
    if "CTX_AREA_NK200" in fields:
        assert next_page(request, "a", "b").fields["CTX_AREA_NK200"] == "b"


@pytest.mark.parametrize("number", ["7", "0000000007", "         7"])
def test_an_accepted_order_has_its_number(number: str) -> None:
    output = filled(f"{FUOP}.order", "output", ODNO=number, ORD_GNO_BRNO="00950", ORD_TMD="100501")
    accepted = Accepted("0000000007", "00950", "100501")
    assert replies.accepted({"output": output}) == accepted
    assert replies.accepted({"output": [output]}) == accepted  # as the sheet has it


def test_an_answer_without_a_number_is_an_error() -> None:
    for number in ("", "0", "x", "12345678901"):
        with pytest.raises(ReplyError):
            replies.accepted({"output": {"ODNO": number}})


ORDER = filled(
    f"{FUOP}.inquire_ccnl",
    "output1",
    ord_gno_brno="06010",
    cano="12345678",
    acnt_prdt_cd="03",
    ord_dt="20260930",
    odno="         7",
    orgn_odno="         0",
    sll_buy_dvsn_cd="02",
    trad_dvsn_name="매수",
    nmpr_type_cd="01",
    nmpr_type_name="지정가",
    pdno="A01612",
    prdt_name="F 202612",
    prdt_type_cd="301",
    ord_qty="5",
    ord_idx="1098.05000000",
    qty="3",
    ord_tmd="100501",
    tot_ccld_qty="2",
    avg_idx="1098.00000000",
    tot_ccld_amt="549000000",
    rjct_qty="0",
    ingr_trad_rjct_rson_cd="00000",
    ingr_trad_rjct_rson_name="정상",
    sprd_item_yn="N",
)
READ = DerivativeOrderRow(
    date="2026-09-30",
    broker_id="0000000007",
    original_id=None,
    code="A01612",
    name="F 202612",
    side="BUY",
    contracts=5,
    limit=Decimal("1098.05000000"),
    type_name="지정가",
    ordered_at="100501",
    filled=2,
    average=Decimal("1098.00000000"),
    filled_value_krw=549_000_000,
    remaining=3,
    rejected=0,
    why_rejected="",
    is_spread=False,
    branch="06010",
)


def test_the_history_has_the_values_it_says() -> None:
    blank = dict.fromkeys(ORDER, "")
    assert replies.order_rows([{"output1": [ORDER, blank]}]) == [READ]
    assert READ.is_open


def test_the_night_says_the_price_under_another_name() -> None:
    night = {k: v for k, v in ORDER.items() if k not in ("ord_idx", "nmpr_type_cd")}
    said = night | {"ord_idx4": "1098.05000000"}
    assert set(said) == set(filled(f"{FUOP}.inquire_ngt_ccnl", "output1"))
    assert replies.order_rows([{"output1": [said]}]) == [READ]


def test_a_rejected_order_says_why_and_a_change_says_of_what() -> None:
    rejected = ORDER | {
        "rjct_qty": "5",
        "qty": "0",
        "tot_ccld_qty": "0",
        "avg_idx": "0.00000000",
        "ingr_trad_rjct_rson_cd": "00804",
        "ingr_trad_rjct_rson_name": "호가제한",
        "orgn_odno": "0000000003",
    }
    (row,) = replies.order_rows([{"output1": [rejected]}])
    assert not row.is_cancel
    cancel = ORDER | {"trad_dvsn_name": "매수취소", "orgn_odno": "0000000003"}
    assert replies.order_rows([{"output1": [cancel]}])[0].is_cancel
    assert (row.rejected, row.why_rejected, row.is_open) == (5, "호가제한", False)
    assert (row.original_id, row.average) == ("0000000003", None)


def test_an_order_that_slid_onto_the_next_page_is_taken_once() -> None:
    other = ORDER | {"odno": "0000000009"}
    later = ORDER | {"odno": "0000000007", "tot_ccld_qty": "5", "qty": "0"}
    rows = replies.order_rows([{"output1": [ORDER, other]}, {"output1": [later]}])
    assert [(int(row.broker_id), row.filled) for row in rows] == [(7, 5), (9, 2)]


def test_a_session_without_orders_may_leave_the_rows_out() -> None:
    assert replies.order_rows([{"rt_cd": "7", "msg_cd": "KIOK0560"}]) == []
    with pytest.raises(ReplyError):
        replies.order_rows([{"rt_cd": "0", "msg_cd": "KIOK0510"}])


POSITION = filled(
    f"{FUOP}.inquire_balance",
    "output1",
    cano="12345678",
    acnt_prdt_cd="03",
    pdno="KR4A016C0004",
    prdt_type_cd="301",
    shtn_pdno="A01612",
    prdt_name="F 202612",
    sll_buy_dvsn_name="BUY",
    cblc_qty="2",
    excc_unpr="1090.00",
    ccld_avg_unpr1="1098.0000",
    idx_clpr="1098.05",
    pchs_amt="549000000",
    evlu_amt="549025000",
    evlu_pfls_amt="25000",
    trad_pfls_amt="-12500",
    lqd_psbl_qty="1",
)
CLOSED = POSITION | {
    "shtn_pdno": "B01610745",
    "sll_buy_dvsn_name": "",
    "cblc_qty": "0",
    "lqd_psbl_qty": "0",
    "trad_pfls_amt": "100000",
}
TOTALS = filled(
    f"{FUOP}.inquire_balance",
    "output2",
    dnca_cash="100000000",
    tot_dncl_amt="100000000",
    cash_mgna="66700000",
    mgna_tota="66700000",
    ord_psbl_cash="33300000",
    ord_psbl_tota="33300000",
    wdrw_psbl_tot_amt="30000000",
    prsm_dpast="100112500",
    trad_pfls_amt_smtl="87500",
    evlu_pfls_amt_smtl="25000",
    fee="3200",
    nxdy_dnca="100084300",
)
HELD = DerivativePosition(
    code="A01612",
    isin="KR4A016C0004",
    name="F 202612",
    side="BUY",
    contracts=2,
    closable=1,
    average=Decimal("1098.0000"),
    settlement=Decimal("1090.00"),
    price=Decimal("1098.05"),
    cost_krw=549_000_000,
    value_krw=549_025_000,
    unrealized_krw=25_000,
    realized_krw=-12_500,
)


def test_a_balance_has_the_values_it_says() -> None:
    told = replies.balance([{"output1": [POSITION, CLOSED], "output2": TOTALS}])
    assert told.positions[0] == HELD
    closed = told.positions[1]
    assert (closed.code, closed.side, closed.contracts, closed.realized_krw) == (
        "B01610745",
        None,
        0,
        100_000,
    )
    assert told == DerivativeBalance(
        positions=told.positions,
        deposit_krw=100_000_000,
        cash_krw=100_000_000,
        margin_krw=66_700_000,
        cash_margin_krw=66_700_000,
        margin_call_krw=0,
        orderable_krw=33_300_000,
        orderable_cash_krw=33_300_000,
        withdrawable_krw=30_000_000,
        net_asset_krw=100_112_500,
        realized_krw=87_500,
        unrealized_krw=25_000,
        fee_krw=3_200,
        next_day_krw=100_084_300,
    )


@pytest.mark.parametrize(
    ("said", "side"),
    [("BUY", "BUY"), ("매수", "BUY"), ("SLL", "SELL"), ("매도", "SELL")],
)
def test_a_positions_side_is_said_in_two_languages(said: str, side: str) -> None:
    row = POSITION | {"sll_buy_dvsn_name": said}
    (position,) = replies.balance([{"output1": [row], "output2": TOTALS}]).positions
    assert position.side == side


def test_a_position_at_night_says_its_side_by_code_too() -> None:
    row = POSITION | {"sll_buy_dvsn_name": "", "sll_buy_dvsn_cd": "01", "trad_dvsn_name": ""}
    assert set(row) == set(filled(f"{FUOP}.inquire_ngt_balance", "output1"))
    totals = filled(f"{FUOP}.inquire_ngt_balance", "output2")
    (position,) = replies.balance([{"output1": [row], "output2": totals}]).positions
    assert position.side == "SELL"


def test_a_balance_may_be_told_column_by_column() -> None:
    rows = [POSITION, CLOSED]
    columns = {name: [row[name] for row in rows] for name in POSITION}
    by_column = replies.balance([{"output1": columns, "output2": [TOTALS]}])
    assert by_column == replies.balance([{"output1": rows, "output2": TOTALS}])
    nothing = {name: [] for name in POSITION}
    assert replies.balance([{"output1": nothing, "output2": TOTALS}]).positions == ()


@pytest.mark.parametrize(
    "columns",
    [{"pdno": ["a", "b"], "shtn_pdno": ["a"]}, {"pdno": ["a"], "shtn_pdno": "a"}],
    ids=["one too few", "one is none"],
)
def test_columns_that_do_not_fit_are_an_error(columns: dict[str, Any]) -> None:
    with pytest.raises(ReplyError):
        replies.balance([{"output1": columns, "output2": TOTALS}])


def test_all_pages_make_one_balance() -> None:
    first = {"output1": [POSITION], "output2": TOTALS}
    last = {"output1": [CLOSED], "output2": TOTALS | {"fee": "3300"}}
    told = replies.balance([first, last])
    assert ([p.code for p in told.positions], told.fee_krw) == (["A01612", "B01610745"], 3_300)


@pytest.mark.parametrize(
    "changed",
    [{"sll_buy_dvsn_name": ""}, {"cblc_qty": ""}, {"shtn_pdno": ""}, {"ccld_avg_unpr1": "x"}],
    ids=str,
)
def test_a_position_that_cannot_be_read_fails_the_balance(changed: dict[str, str]) -> None:
    with pytest.raises(ReplyError):
        replies.balance([{"output1": [POSITION | changed], "output2": TOTALS}])


def test_what_may_be_ordered_is_spelt_differently_at_night() -> None:
    day = filled(
        f"{FUOP}.inquire_psbl_order",
        "output",
        tot_psbl_qty="5",
        lqd_psbl_qty1="2",
        ord_psbl_qty="3",
        bass_idx="1090.00",
    )
    night = filled(
        f"{FUOP}.inquire_psbl_ngt_order",
        "output",
        max_ord_psbl_qty="5",
        tot_psbl_qty="5",
        lqd_psbl_qty="2",
        lqd_psbl_qty_1="2",
        ord_psbl_qty="3",
        bass_idx="1090.00",
    )
    told = Orderable(total=5, closable=2, opening=3, base=Decimal("1090.00"))
    assert replies.orderable({"output": day}) == told
    assert replies.orderable({"output": night}) == told
    assert replies.orderable({"output": night | {"lqd_psbl_qty_1": ""}}) == told
    with pytest.raises(ReplyError, match="lqd_psbl_qty1"):
        replies.orderable({"output": {"tot_psbl_qty": "5", "ord_psbl_qty": "3"}})


def test_the_deposit_has_the_values_it_says() -> None:
    output = filled(
        f"{FUOP}.inquire_deposit",
        "output",
        dnca_tota="100000000",
        brkg_mgna_cash="66700000",
        ord_psbl_tota="33300000",
        ord_psbl_cash="33300000",
        wdrw_psbl_tot_amt="30000000",
        trad_pfls_smtl="87500",
        evlu_pfls_smtl="-25000",
        brkg_fee="3200",
        prsm_dpast_amt="100112500",
        mtnc_rt="150.09000000",
    )
    assert replies.deposit({"output": output}) == DerivativeDeposit(
        deposit_krw=100_000_000,
        margin_cash_krw=66_700_000,
        margin_call_krw=0,
        receivable_krw=0,
        orderable_krw=33_300_000,
        orderable_cash_krw=33_300_000,
        withdrawable_krw=30_000_000,
        realized_krw=87_500,
        unrealized_krw=-25_000,
        fee_krw=3_200,
        net_asset_krw=100_112_500,
        maintenance_pct=Decimal("150.09000000"),
    )


NAMES = names_of(
    *(f"{FUOP}.{name}" for name in ("order", "inquire_ccnl", "inquire_balance")),
    *(f"{FUOP}.{name}" for name in ("inquire_psbl_ngt_order", "inquire_deposit")),
)
texts = st.none() | st.integers() | st.text(max_size=9) | st.lists(st.text(max_size=3), max_size=2)
rows = st.dictionaries(st.sampled_from(NAMES), texts, max_size=9)
full = st.builds(lambda changed: {**ORDER, **POSITION, **TOTALS, **changed}, rows)
outputs = st.none() | st.text(max_size=3) | rows | full | st.lists(rows | full, max_size=3)


@given(outputs, outputs)
def test_whatever_comes_nothing_else_is_raised(first: object, second: object) -> None:
    body = {"output": first, "output1": first, "output2": second}
    readers: list[Callable[[], object]] = [
        lambda: replies.accepted(body),
        lambda: replies.order_rows([body, body]),
        lambda: replies.balance([body, body]),
        lambda: replies.orderable(body),
        lambda: replies.deposit(body),
    ]
    for reader in readers:
        with suppress(ReplyError):
            reader()


@given(damaged({"output": TOTALS, "output1": [ORDER | POSITION], "output2": TOTALS}))
def test_an_answer_damaged_on_its_way_is_read_or_refused(body: dict[str, Any]) -> None:
    for reader in (replies.order_rows, replies.balance):
        with suppress(ReplyError):
            reader([body, body])
