"""What a futures and options account settled, paid and filled: asked exactly, read whole."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.environment import Account, Dialect, Environment
from kis_core.errors import NotOffered, ReplyError
from kis_core.wire.derivatives import derivative_account_replies
from kis_core.wire.derivatives import derivative_statement_replies as replies
from kis_core.wire.derivatives import derivative_statement_requests as requests
from kis_core.wire.derivatives.derivative_statements import (
    DerivativeFill,
    FeeDay,
    NightMargin,
    SettledPosition,
)
from kis_core.wire.request import Request, old_style
from tests.kis_core.wire.bodies import filled, names_of

FUOP = "domestic_futureoption"
ACCOUNT = Account(Environment.SIM, "12345678", "03")
WHO = {"CANO": "12345678", "ACNT_PRDT_CD": "03"}
PAGE = {"CTX_AREA_FK200": "", "CTX_AREA_NK200": ""}
DAY = date(2026, 9, 30)

ASKED: list[tuple[str, Callable[[Dialect], Request], str, dict[str, str]]] = [
    (
        "inquire-balance-settlement-pl",
        lambda d: requests.settlement(d, ACCOUNT, DAY),
        "CTFO6117R",
        PAGE | {"INQR_DT": "20260930"},
    ),
    (
        "inquire-balance-valuation-pl",
        lambda d: requests.valuation(d, ACCOUNT, "2"),
        "CTFO6159R",
        PAGE | {"MGNA_DVSN": "01", "EXCC_STAT_CD": "2"},
    ),
    (
        "inquire-daily-amount-fee",
        lambda d: requests.fees(d, ACCOUNT, date(2026, 9, 1), DAY),
        "CTFO6119R",
        PAGE | {"INQR_STRT_DAY": "20260901", "INQR_END_DAY": "20260930"},
    ),
    (
        "inquire-ccnl-bstime",
        lambda d: requests.fills(d, ACCOUNT, DAY, "090000", "100000"),
        "CTFO5139R",
        PAGE | {"ORD_DT": "20260930", "FUOP_TR_STRT_TMD": "090000", "FUOP_TR_END_TMD": "100000"},
    ),
    (
        "ngt-margin-detail",
        lambda d: requests.night_margin(d, ACCOUNT),
        "CTFN7107R",
        {"MGNA_DVSN_CD": "01"},
    ),
]


@pytest.mark.parametrize(("path", "ask", "tr_id", "fields"), ASKED)
def test_each_statement_is_asked_exactly(
    path: str, ask: Callable[[Dialect], Request], tr_id: str, fields: dict[str, str]
) -> None:
    request = ask("real")
    assert (request.call.method, request.tr_id, request.is_order) == ("GET", tr_id, False)
    assert request.call.path == f"/uapi/domestic-futureoption/v1/trading/{path}"
    assert request.fields == WHO | fields
    with pytest.raises(NotOffered, match="not offered on paper"):
        ask("paper")


def test_the_nights_margin_had_another_tr_id_before() -> None:
    assert old_style("real", requests.night_margin("real", ACCOUNT)).tr_id == "JTCE6003R"


SETTLED = filled(
    f"{FUOP}.inquire_balance_settlement_pl",
    "output1",
    pdno="A01612",
    prdt_name="F 202612",
    trad_dvsn_name="매도",
    bfdy_cblc_qty="1",
    new_qty="2",
    mnpl_rpch_qty="1",
    cblc_qty="2",
    cblc_amt="549000000",
    trad_pfls_amt="-12500",
    evlu_amt="549025000",
    evlu_pfls_amt="-25000",
)
SUMS = filled(
    f"{FUOP}.inquire_balance_settlement_pl",
    "output2",
    dnca_cash="100000000",
    nxdy_dnca="99959300",
    brkg_mgna_tota="66700000",
    mmga_tota="44500000",
    thdt_dfpa="-25000",
    rnwl_dfpa="-12500",
    fee="3200",
)


def test_a_days_settlement_has_the_values_it_says() -> None:
    told = replies.settlement([{"output1": [SETTLED], "output2": SUMS}])
    assert told.positions == (
        SettledPosition(
            code="A01612",
            name="F 202612",
            side="SELL",
            held_before=1,
            opened=2,
            closed=1,
            held=2,
            held_krw=549_000_000,
            value_krw=549_025_000,
            realized_krw=-12_500,
            unrealized_krw=-25_000,
        ),
    )
    assert (told.cash_krw, told.next_day_krw, told.fee_krw) == (100_000_000, 99_959_300, 3_200)
    assert (told.margin_krw, told.maintenance_krw) == (66_700_000, 44_500_000)
    assert (told.variation_today_krw, told.variation_held_krw) == (-25_000, -12_500)
    assert (told.options_bought_krw, told.options_sold_krw) == (0, 0)


def test_a_settled_position_needs_its_side_while_it_is_held() -> None:
    closed = SETTLED | {"cblc_qty": "0", "trad_dvsn_name": ""}
    (position,) = replies.settlement([{"output1": [closed], "output2": SUMS}]).positions
    assert (position.side, position.held) == (None, 0)
    with pytest.raises(ReplyError, match="trad_dvsn_name"):
        replies.settlement([{"output1": [SETTLED | {"trad_dvsn_name": "?"}], "output2": SUMS}])


def test_the_balance_as_valued_spells_its_contracts_another_way() -> None:
    row = filled(
        f"{FUOP}.inquire_balance_valuation_pl",
        "output1",
        shtn_pdno="A01612",
        sll_buy_dvsn_name="SLL",
        cblc_qty1="2",
    )
    totals = filled(f"{FUOP}.inquire_balance_valuation_pl", "output2", prsm_dpast="7")
    told = derivative_account_replies.balance([{"output1": [row], "output2": totals}])
    assert [(p.code, p.side, p.contracts) for p in told.positions] == [("A01612", "SELL", 2)]
    assert told.net_asset_krw == 7


def test_what_a_period_cost_has_the_values_it_says() -> None:
    row = filled(
        f"{FUOP}.inquire_daily_amount_fee",
        "output1",
        ord_dt="20260930",
        pdno="A01612",
        item_name="F 202612",
        sll_agrm_amt="274500000",
        sll_fee="1600",
        buy_agrm_amt="549000000",
        buy_fee="3200",
        tot_fee_smtl="4800",
        trad_pfls="-12500",
    )
    total = filled(
        f"{FUOP}.inquire_daily_amount_fee",
        "output2",
        agrm_amt_smtl="823500000",
        fee_smtl="4800",
        trad_pfls_smtl="-12500",
    )
    told = replies.fees([{"output1": [row], "output2": total}])
    assert told.days == (
        FeeDay(
            date="2026-09-30",
            code="A01612",
            name="F 202612",
            sold_krw=274_500_000,
            sold_fee_krw=1_600,
            bought_krw=549_000_000,
            bought_fee_krw=3_200,
            fee_krw=4_800,
            realized_krw=-12_500,
        ),
    )
    assert (told.traded_krw, told.fee_krw, told.realized_krw) == (823_500_000, 4_800, -12_500)
    none = replies.fees([{"rt_cd": "7", "msg_cd": "KIOK0560"}])
    assert (none.days, none.fee_krw) == ((), 0)


def test_two_fills_alike_are_two() -> None:
    row = filled(
        f"{FUOP}.inquire_ccnl_bstime",
        "output1",
        pdno="A01612",
        prdt_name="F 202612",
        odno="         7",
        tr_type_name="신규매수",
        last_sttldt="20261210",
        ccld_idx="1098.05",
        ccld_qty="1",
        trad_amt="274512500",
        fee="1600",
        ccld_btwn="100502",
    )
    fill = DerivativeFill(
        code="A01612",
        name="F 202612",
        broker_id="0000000007",
        kind="신규매수",
        price=Decimal("1098.05"),
        contracts=1,
        value_krw=274_512_500,
        fee_krw=1_600,
        filled_at="100502",
    )
    assert replies.fills([{"output1": [row, row]}, {"output1": []}]) == [fill, fill]


def test_what_may_be_used_at_night_has_the_values_it_says() -> None:
    total = filled(
        f"{FUOP}.ngt_margin_detail",
        "output3",
        dnca_tota="100000000",
        ord_psbl_tot_amt="33300000",
        ord_psbl_cash_amt="33300000",
        wdrw_psbl_tot_amt="30000000",
        brkg_mgna_tot_amt="66700000",
        brkg_mgna_cash_amt="66700000",
        fee_amt="3200",
        prsm_dpast_amt="100112500",
    )
    assert replies.night_margin({"output1": [], "output2": [], "output3": total}) == NightMargin(
        deposit_krw=100_000_000,
        orderable_krw=33_300_000,
        orderable_cash_krw=33_300_000,
        withdrawable_krw=30_000_000,
        margin_krw=66_700_000,
        margin_cash_krw=66_700_000,
        margin_call_krw=0,
        fee_krw=3_200,
        net_asset_krw=100_112_500,
    )


NAMES = names_of(
    *(f"{FUOP}.{name}" for name in ("inquire_balance_settlement_pl", "inquire_ccnl_bstime")),
    *(f"{FUOP}.{name}" for name in ("inquire_daily_amount_fee", "ngt_margin_detail")),
)
rows = st.dictionaries(st.sampled_from(NAMES), st.none() | st.text(max_size=9), max_size=9)
full = st.builds(lambda changed: {**SETTLED, **SUMS, **changed}, rows)
outputs = st.none() | st.text(max_size=3) | rows | full | st.lists(rows | full, max_size=3)


@given(outputs, outputs)
def test_whatever_comes_nothing_else_is_raised(first: object, second: object) -> None:
    body = {"output1": first, "output2": second, "output3": second, "msg_cd": "KIOK0560"}
    readers: list[Callable[[], object]] = [
        lambda: replies.settlement([body, body]),
        lambda: replies.fees([body]),
        lambda: replies.fills([body]),
        lambda: replies.night_margin(body),
    ]
    for reader in readers:
        with suppress(ReplyError):
            reader()
