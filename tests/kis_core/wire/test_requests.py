"""Requests carry every key KIS wants to see, numbers as text, and are never made in vain."""

from datetime import date

import pytest

from kis_core.environment import Account, Dialect, Environment
from kis_core.errors import NotOffered
from kis_core.wire import account_requests, quote_requests
from kis_core.wire.account import NewOrder, OrderChange, OrderType
from kis_core.wire.request import Lane, Request, next_page

ACCOUNT = Account(Environment.SIM, "12345678", "01")
DAY = date(2025, 11, 12)


def every(dialect: Dialect) -> list[Request]:
    order = NewOrder("005930", "BUY", 10, OrderType.LIMIT, 71_900)
    change = OrderChange("0000000007", "06010", OrderType.LIMIT)
    return [
        account_requests.order(dialect, ACCOUNT, order),
        account_requests.order_change(dialect, ACCOUNT, change),
        account_requests.order_history(dialect, ACCOUNT, DAY, DAY),
        account_requests.balance(dialect, ACCOUNT),
        account_requests.buying_power(dialect, ACCOUNT, None, None, OrderType.MARKET),
        quote_requests.price(dialect, "005930"),
        quote_requests.book(dialect, "005930"),
        quote_requests.minutes_today(dialect, "005930", "100000"),
        quote_requests.days(dialect, "005930", DAY, DAY),
        quote_requests.index_days(dialect, "0001", DAY, DAY),
    ]


@pytest.mark.parametrize("dialect", ["real", "paper"])
def test_every_key_is_there_and_every_value_is_text(dialect: Dialect) -> None:
    for request in every(dialect):
        assert tuple(request.fields) == request.call.params
        assert all(isinstance(value, str) for value in request.fields.values())


def test_a_buy_says_its_direction_in_the_tr_id_alone() -> None:
    order = NewOrder("005930", "BUY", 10, OrderType.LIMIT, 71_900, venue="SOR")
    request = account_requests.order("real", ACCOUNT, order)
    assert (request.tr_id, request.lane) == ("TTTC0012U", Lane.ORDER)
    assert request.fields == {
        "CANO": "12345678",
        "ACNT_PRDT_CD": "01",
        "PDNO": "005930",
        "ORD_DVSN": "00",
        "ORD_QTY": "10",
        "ORD_UNPR": "71900",
        "EXCG_ID_DVSN_CD": "SOR",
        "SLL_TYPE": "",
        "CNDT_PRIC": "",
    }


def test_a_market_sell_has_no_price() -> None:
    order = NewOrder("005930", "SELL", 3, OrderType.MARKET, None)
    request = account_requests.order("paper", ACCOUNT, order)
    assert request.tr_id == "VTTC0011U"
    assert (request.fields["ORD_DVSN"], request.fields["ORD_UNPR"]) == ("01", "0")
    assert request.fields["SLL_TYPE"] == "01"
    assert request.fields["EXCG_ID_DVSN_CD"] == "KRX"


@pytest.mark.parametrize(
    ("limit_krw", "kind", "price", "order_type"),
    [(None, "02", "0", "00"), (70_000, "01", "70000", "03")],
    ids=["cancel", "modify"],
)
def test_a_change_is_of_all_that_is_left(
    limit_krw: int | None, kind: str, price: str, order_type: str
) -> None:
    change = OrderChange("0000000007", "06010", OrderType.BEST_LIMIT, limit_krw)
    request = account_requests.order_change("real", ACCOUNT, change)
    assert (request.tr_id, request.lane) == ("TTTC0013U", Lane.CANCEL)
    fields = request.fields
    assert (fields["ORGN_ODNO"], fields["KRX_FWDG_ORD_ORGNO"]) == ("0000000007", "06010")
    assert (fields["RVSE_CNCL_DVSN_CD"], fields["ORD_UNPR"], fields["ORD_DVSN"]) == (
        kind,
        price,
        order_type,
    )
    assert (fields["QTY_ALL_ORD_YN"], fields["ORD_QTY"]) == ("Y", "0")


@pytest.mark.parametrize(
    ("order", "says"),
    [
        (NewOrder("005930", "BUY", 1, OrderType.LIMIT_IOC, 100), "LIMIT_IOC is not offered"),
        (NewOrder("005930", "BUY", 1, OrderType.LIMIT, 100, venue="NXT"), "use KRX"),
        (NewOrder("005930", "SELL", 1, OrderType.STOP_LIMIT, 100), "the OMS keeps stops"),
    ],
)
def test_what_paper_cannot_do_is_not_asked(order: NewOrder, says: str) -> None:
    with pytest.raises(NotOffered, match=says):
        account_requests.order("paper", ACCOUNT, order)


@pytest.mark.parametrize(
    ("day", "tr_id"),
    [
        (date(2025, 11, 30), "TTTC0081R"),
        (date(2025, 8, 30), "TTTC0081R"),
        (date(2025, 8, 29), "CTSC9215R"),
        (date(2025, 7, 31), "CTSC9215R"),
        (date(2024, 11, 30), "CTSC9215R"),
    ],
)
def test_orders_of_more_than_three_months_ago_have_their_own_tr(day: date, tr_id: str) -> None:
    request = account_requests.order_history("real", ACCOUNT, day, date(2025, 11, 30))
    assert request.tr_id == tr_id
    assert request.fields["INQR_STRT_DT"] == request.fields["INQR_END_DT"] == f"{day:%Y%m%d}"
    assert request.fields["EXCG_ID_DVSN_CD"] == "ALL"


def test_paper_knows_one_venue() -> None:
    assert (
        account_requests.order_history("paper", ACCOUNT, DAY, DAY).fields["EXCG_ID_DVSN_CD"]
        == "KRX"
    )


def test_past_minutes_are_not_offered_on_paper() -> None:
    assert quote_requests.minutes_past("real", "005930", DAY, "153000").tr_id == "FHKST03010230"
    with pytest.raises(NotOffered, match="inquire_time_itemchartprice"):
        quote_requests.minutes_past("paper", "005930", DAY, "153000")


def test_the_next_page_carries_the_cursor_as_it_came() -> None:
    first = account_requests.balance("real", ACCOUNT)
    assert (first.fields["CTX_AREA_FK100"], first.next_page) == ("", False)
    second = next_page(first, "12345678^01 ", "42 ")
    assert second.fields["CTX_AREA_FK100"] == "12345678^01 "
    assert second.fields["CTX_AREA_NK100"] == "42 "
    assert second.next_page


def test_only_what_changes_the_account_is_an_order() -> None:
    kinds = {request.call.name: request.is_order for request in every("real")}
    assert {name for name, is_order in kinds.items() if is_order} == {
        "domestic_stock.order_cash",
        "domestic_stock.order_rvsecncl",
    }
