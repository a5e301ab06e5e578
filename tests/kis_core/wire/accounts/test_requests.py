"""Requests carry every key KIS wants to see, numbers as text, and are never made in vain."""

from datetime import date

import pytest

from kis_core.environment import Account, Dialect, Environment
from kis_core.errors import NotOffered
from kis_core.wire.account import NewOrder, OrderChange, OrderType, SaleType
from kis_core.wire.accounts import account_requests
from kis_core.wire.quotes import quote_requests
from kis_core.wire.request import Lane, Request, next_page, old_style

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
    [(None, "02", "0", "00"), (70_000, "01", "70000", "11"), (0, "01", "0", "03")],
    ids=["cancel", "modify", "to a type without a price"],
)
def test_a_change_is_of_all_that_is_left(
    limit_krw: int | None, kind: str, price: str, order_type: str
) -> None:
    kept = OrderType.LIMIT_IOC if limit_krw else OrderType.BEST_LIMIT
    change = OrderChange("0000000007", "06010", kept, limit_krw)
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


@pytest.mark.parametrize("limit_krw", [None, 70_000], ids=["cancel", "modify"])
def test_a_change_may_be_of_some_of_it(limit_krw: int | None) -> None:
    change = OrderChange("7", "06010", OrderType.LIMIT, limit_krw, "NXT", shares=3)
    fields = account_requests.order_change("real", ACCOUNT, change).fields
    assert (fields["QTY_ALL_ORD_YN"], fields["ORD_QTY"]) == ("N", "3")
    assert fields["EXCG_ID_DVSN_CD"] == "NXT"


def test_a_stop_limit_carries_the_price_that_wakes_it() -> None:
    stop = NewOrder("005930", "SELL", 5, OrderType.STOP_LIMIT, 69_900, "NXT", 70_000)
    assert account_requests.order("real", ACCOUNT, stop).fields == {
        "CANO": "12345678",
        "ACNT_PRDT_CD": "01",
        "PDNO": "005930",
        "ORD_DVSN": "22",
        "ORD_QTY": "5",
        "ORD_UNPR": "69900",
        "EXCG_ID_DVSN_CD": "NXT",
        "SLL_TYPE": "01",
        "CNDT_PRIC": "70000",
    }
    moved = OrderChange("7", "06010", OrderType.STOP_LIMIT, 69_800, condition_krw=69_900)
    fields = account_requests.order_change("real", ACCOUNT, moved).fields
    assert (fields["ORD_DVSN"], fields["CNDT_PRIC"]) == ("22", "69900")


def test_a_sale_may_be_of_another_kind() -> None:
    order = NewOrder("005930", "SELL", 1, OrderType.MARKET, None, sale_type=SaleType.DISCRETIONARY)
    assert account_requests.order("real", ACCOUNT, order).fields["SLL_TYPE"] == "02"


@pytest.mark.parametrize(
    ("dialect", "order", "tr_id"),
    [
        ("real", NewOrder("005930", "BUY", 1, OrderType.MARKET, None), "TTTC0802U"),
        ("real", NewOrder("005930", "SELL", 1, OrderType.MARKET, None), "TTTC0801U"),
        ("paper", NewOrder("005930", "BUY", 1, OrderType.MARKET, None), "VTTC0802U"),
        ("paper", NewOrder("005930", "SELL", 1, OrderType.MARKET, None), "VTTC0801U"),
    ],
)
def test_an_old_host_hears_the_old_tr_id_and_no_venue(
    dialect: Dialect, order: NewOrder, tr_id: str
) -> None:
    new = account_requests.order(dialect, ACCOUNT, order)
    old = old_style(dialect, new)
    assert old.tr_id == tr_id
    assert set(new.fields) - set(old.fields) == {"EXCG_ID_DVSN_CD", "CNDT_PRIC"}
    assert old.lane == new.lane


def test_the_old_tr_ids_of_the_rest() -> None:
    change = OrderChange("7", "06010", OrderType.LIMIT)
    today = date(2025, 11, 12)
    asked: list[tuple[Dialect, Request, str]] = [
        ("real", account_requests.order_change("real", ACCOUNT, change), "TTTC0803U"),
        ("paper", account_requests.order_change("paper", ACCOUNT, change), "VTTC0803U"),
        ("real", account_requests.order_history("real", ACCOUNT, DAY, today), "TTTC8001R"),
        ("paper", account_requests.order_history("paper", ACCOUNT, DAY, today), "VTTC8001R"),
        (
            "paper",
            account_requests.order_history("paper", ACCOUNT, date(2025, 1, 2), today),
            "VTSC9115R",
        ),
        ("real", account_requests.open_orders("real", ACCOUNT), "TTTC8036R"),
        ("real", account_requests.balance("real", ACCOUNT), "TTTC8434R"),
    ]
    for dialect, request, tr_id in asked:
        assert old_style(dialect, request).tr_id == tr_id


def test_an_old_host_knows_no_other_venue() -> None:
    order = NewOrder("005930", "BUY", 1, OrderType.LIMIT, 100, venue="NXT")
    with pytest.raises(NotOffered, match="TTTC0802U knows no venue NXT"):
        old_style("real", account_requests.order("real", ACCOUNT, order))


def test_open_orders_and_what_can_be_sold_are_asked_of_real_accounts() -> None:
    request = account_requests.open_orders("real", ACCOUNT)
    assert (request.call.method, request.tr_id) == ("GET", "TTTC0084R")
    assert request.call.path == "/uapi/domestic-stock/v1/trading/inquire-psbl-rvsecncl"
    assert request.fields == {
        "CANO": "12345678",
        "ACNT_PRDT_CD": "01",
        "INQR_DVSN_1": "0",
        "INQR_DVSN_2": "0",
        "CTX_AREA_FK100": "",
        "CTX_AREA_NK100": "",
    }
    sellable = account_requests.sellable("real", ACCOUNT, "005930")
    assert sellable.tr_id == "TTTC8408R"
    assert sellable.fields == {"CANO": "12345678", "ACNT_PRDT_CD": "01", "PDNO": "005930"}
    with pytest.raises(NotOffered, match=r"KisBroker\.open_orders"):
        account_requests.open_orders("paper", ACCOUNT)
    with pytest.raises(NotOffered, match=r"KisBroker\.sellable"):
        account_requests.sellable("paper", ACCOUNT, "005930")


@pytest.mark.parametrize(
    ("first", "last", "spans"),
    [
        ("2025-11-01", "2025-11-30", [("TTTC0081R", "20251101", "20251130")]),
        ("2025-06-01", "2025-07-31", [("CTSC9215R", "20250601", "20250731")]),
        (
            "2025-06-01",
            "2025-11-30",
            [("CTSC9215R", "20250601", "20250829"), ("TTTC0081R", "20250830", "20251130")],
        ),
    ],
)
def test_a_span_over_three_months_is_asked_in_two(
    first: str, last: str, spans: list[tuple[str, str, str]]
) -> None:
    asked = account_requests.order_histories(
        "real",
        ACCOUNT,
        date.fromisoformat(first),
        date.fromisoformat(last),
        date(2025, 11, 30),
        "005930",
    )
    told = [(r.tr_id, r.fields["INQR_STRT_DT"], r.fields["INQR_END_DT"]) for r in asked]
    assert told == spans
    assert {request.fields["PDNO"] for request in asked} == {"005930"}


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
