"""Reserved orders: asked exactly, answered by a sequence number, listed whole."""

from collections.abc import Callable
from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.environment import Account, Environment
from kis_core.errors import NotOffered, Refused, ReplyError
from kis_core.wire.account import OrderType
from kis_core.wire.accounts import reservations
from kis_core.wire.accounts.reservations import NewReservation, Reservation, Reserved
from kis_core.wire.request import Lane, next_page

Sample = Callable[[str], dict[str, Any]]

ACCOUNT = Account(Environment.SIM, "12345678", "01")
WHO = {"CANO": "12345678", "ACNT_PRDT_CD": "01"}
NEW = NewReservation("005930", "BUY", 3, OrderType.LIMIT, 70_000, date(2025, 11, 20))
TOLD = Reservation(
    sequence="39607",
    ordered_on="2025-11-13",
    taken_on="2025-11-12",
    symbol="005930",
    name="삼성전자",
    side="SELL",
    shares=3,
    limit_krw=70_000,
    order_type="00",
    broker_id=None,
    filled=0,
    filled_value_krw=0,
    cancelled_on=None,
    last_day=None,
    result="미처리",
    why_refused="",
)
TERMS = {
    "PDNO": "005930",
    "ORD_QTY": "3",
    "ORD_UNPR": "70000",
    "SLL_BUY_DVSN_CD": "02",
    "ORD_DVSN_CD": "00",
    "ORD_OBJT_CBLC_DVSN_CD": "10",
    "LOAN_DT": "",
    "RSVN_ORD_END_DT": "20251120",
}


def test_a_reservation_says_its_direction_in_the_body() -> None:
    request = reservations.place("real", ACCOUNT, NEW)
    assert (request.tr_id, request.lane, request.is_order) == ("CTSC0008U", Lane.ORDER, True)
    assert request.call.path == "/uapi/domestic-stock/v1/trading/order-resv"
    assert request.fields == {**WHO, **TERMS, "LDNG_DT": ""}


def test_a_reservation_is_modified_or_cancelled_by_its_sequence() -> None:
    which = {
        "RSVN_ORD_SEQ": "39607",
        "RSVN_ORD_ORGNO": "",
        "RSVN_ORD_ORD_DT": "20251113",
        "CTAL_TLNO": "",
    }
    modify = reservations.modify("real", ACCOUNT, TOLD, NEW)
    assert (modify.tr_id, modify.lane) == ("CTSC0013U", Lane.CANCEL)
    assert modify.fields == {**WHO, **TERMS, **which}
    cancel = reservations.cancel("real", ACCOUNT, TOLD)
    assert (cancel.tr_id, cancel.lane) == ("CTSC0009U", Lane.CANCEL)
    again = {"SLL_BUY_DVSN_CD": "01", "RSVN_ORD_END_DT": ""}
    assert cancel.fields == {**WHO, **TERMS, **which, **again}


def test_the_list_has_pages_of_its_own_width() -> None:
    request = reservations.listing("real", ACCOUNT, date(2025, 11, 1), date(2025, 11, 12))
    assert (request.tr_id, request.call.cursor) == ("CTSC0004R", "200")
    assert request.fields == {
        **WHO,
        "RSVN_ORD_ORD_DT": "20251101",
        "RSVN_ORD_END_DT": "20251112",
        "TMNL_MDIA_KIND_CD": "00",
        "PRCS_DVSN_CD": "0",
        "CNCL_YN": "Y",
        "RSVN_ORD_SEQ": "",
        "PDNO": "",
        "SLL_BUY_DVSN_CD": "",
        "CTX_AREA_FK200": "",
        "CTX_AREA_NK200": "",
    }
    assert next_page(request, "a", "b").fields["CTX_AREA_NK200"] == "b"


@pytest.mark.parametrize("order_type", sorted(OrderType))
def test_four_types_can_be_reserved(order_type: OrderType) -> None:
    new = NewReservation("005930", "BUY", 1, order_type, 70_000)
    if order_type.value in ("00", "01", "02", "05"):
        request = reservations.place("real", ACCOUNT, new)
        priced = order_type.value in ("00", "02")
        assert request.fields["ORD_UNPR"] == ("70000" if priced else "0")
    else:
        with pytest.raises(NotOffered, match="cannot be reserved: use LIMIT, MARKET"):
            reservations.place("real", ACCOUNT, new)


def test_a_reserved_limit_needs_its_price() -> None:
    with pytest.raises(Refused, match="needs a limit price"):
        reservations.place(
            "real", ACCOUNT, NewReservation("005930", "BUY", 1, OrderType.LIMIT, None)
        )


def test_paper_keeps_no_reservations() -> None:
    with pytest.raises(NotOffered, match="place it in the session"):
        reservations.place("paper", ACCOUNT, NEW)
    with pytest.raises(NotOffered):
        reservations.cancel("paper", ACCOUNT, TOLD)
    with pytest.raises(NotOffered):
        reservations.listing("paper", ACCOUNT, date(2025, 11, 1), date(2025, 11, 12))


def test_the_brokers_answers_are_read(reply_of: Sample) -> None:
    assert reservations.reserved(reply_of("/trading/order-resv")) == Reserved("39607")
    assert reservations.was_changed(reply_of("/trading/order-resv-rvsecncl"))
    assert not reservations.was_changed({"output": {"nrml_prcs_yn": "N"}})
    for reader in (reservations.reserved, reservations.was_changed):
        with pytest.raises(ReplyError):
            reader({"output": {"x": ""}})


ROW = {
    "rsvn_ord_seq": "39607",
    "rsvn_ord_ord_dt": "20251113",
    "rsvn_ord_rcit_dt": "20251112",
    "pdno": "005930",
    "ord_dvsn_cd": "00",
    "ord_rsvn_qty": "3",
    "tot_ccld_qty": "0",
    "cncl_ord_dt": "",
    "ord_tmd": "",
    "ctac_tlno": "",
    "rjct_rson2": "",
    "odno": "",
    "rsvn_ord_rcit_tmd": "190102",
    "kor_item_shtn_name": "삼성전자",
    "sll_buy_dvsn_cd": "01",
    "ord_rsvn_unpr": "70000",
    "tot_ccld_amt": "0",
    "loan_dt": "",
    "cncl_rcit_tmd": "",
    "prcs_rslt": "미처리",
    "ord_dvsn_name": "지정가",
    "tmnl_mdia_kind_cd": "31",
    "rsvn_end_dt": "",
}


def test_all_pages_of_the_list_are_read() -> None:
    done = ROW | {
        "odno": "7",
        "tot_ccld_qty": "3",
        "tot_ccld_amt": "210000",
        "cncl_ord_dt": "20251114",
        "rsvn_end_dt": "20251120",
    }
    blank = dict.fromkeys(ROW, "")
    told = reservations.reservations([{"output": [ROW, blank]}, {"output": [done]}])
    assert told[0] == TOLD
    assert (told[1].broker_id, told[1].filled, told[1].filled_value_krw) == (
        "0000000007",
        3,
        210_000,
    )
    assert (told[1].cancelled_on, told[1].last_day) == ("2025-11-14", "2025-11-20")
    assert len(told) == 2


@given(st.dictionaries(st.sampled_from(sorted(ROW)), st.none() | st.text(max_size=9), max_size=23))
def test_whatever_comes_nothing_else_is_raised(changed: dict[str, Any]) -> None:
    for body in ({"output": [ROW | changed]}, {"output": changed}, {"output": [changed] * 2}):
        with suppress(ReplyError):
            reservations.reservations([body])
        with suppress(ReplyError):
            reservations.reserved(body)
        with suppress(ReplyError):
            reservations.was_changed(body)
