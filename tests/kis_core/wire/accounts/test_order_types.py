"""Each venue takes its own order types; what it would refuse is not sent."""

from datetime import date

import pytest

from kis_core.environment import Account, Environment
from kis_core.errors import NotOffered, Refused
from kis_core.wire.account import NewOrder, OrderChange, OrderType, OrderVenue
from kis_core.wire.accounts import account_requests
from kis_core.wire.accounts.order_types import OFFERS, require_offered

ACCOUNT = Account(Environment.SIM, "12345678", "01")
AFTER_REFORM = date(2026, 9, 21)

# kis_api.md §4.1 and krx_market.md §3, row by row: KRX, NXT, SOR.
TABLE = {
    "00": "KNS",
    "01": "K S",
    "02": "K  ",
    "03": "KNS",
    "04": "KNS",
    "05": "K  ",
    "06": "K  ",
    "11": "KNS",
    "12": "KNS",
    "13": "KNS",
    "14": "KNS",
    "15": "KNS",
    "16": "KNS",
    "21": "KN ",
    "22": "KN ",
    "23": "KN ",
    "24": "KN ",
    "27": " N ",
    "28": " N ",
    "29": " N ",
    "41": "K  ",
    "42": "K  ",
    "43": "K  ",
    "44": "K  ",
    "45": "K  ",
    "46": "K  ",
    "47": "K  ",
}
VENUES: tuple[OrderVenue, ...] = ("KRX", "NXT", "SOR")


def order(code: str, venue: OrderVenue = "KRX") -> NewOrder:
    order_type = OrderType(code)
    limit = 70_000 if OFFERS[order_type].price == "needed" else None
    wake = 71_000 if order_type is OrderType.STOP_LIMIT else None
    return NewOrder("005930", "BUY", 1, order_type, limit, venue, wake)


def test_every_code_of_an_order_is_known() -> None:
    assert {order_type.value for order_type in OrderType} == {*TABLE, "07"}
    assert set(OFFERS) == set(OrderType)


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize("code", sorted(TABLE))
def test_a_venue_takes_what_the_table_says(code: str, venue: OrderVenue) -> None:
    new = order(code, venue)
    if venue[0] not in TABLE[code]:
        with pytest.raises(NotOffered, match=f"{new.order_type.name} is not taken on {venue}: use"):
            account_requests.order("real", ACCOUNT, new, AFTER_REFORM)
        return
    request = account_requests.order("real", ACCOUNT, new, AFTER_REFORM)
    assert (request.fields["ORD_DVSN"], request.fields["EXCG_ID_DVSN_CD"]) == (code, venue)
    assert request.fields["ORD_UNPR"] == str(new.limit_krw or 0)


@pytest.mark.parametrize("code", sorted({*TABLE, "07"}))
def test_paper_takes_six_types_on_krx(code: str) -> None:
    new = order(code)
    if code in ("00", "01", "02", "03", "04", "06"):
        assert account_requests.order("paper", ACCOUNT, new).fields["ORD_DVSN"] == code
    else:
        with pytest.raises(NotOffered, match="is not offered on paper: use") as refused:
            account_requests.order("paper", ACCOUNT, new)
        assert refused.value.code == "EGW02006"
    for venue in ("NXT", "SOR"):
        with pytest.raises(NotOffered, match=f"venue {venue} is not offered on paper: use KRX"):
            require_offered("paper", new.order_type, venue)


@pytest.mark.parametrize(
    ("code", "venue", "instead"),
    [
        ("01", "NXT", "use MARKET_IOC"),
        ("41", "NXT", "use LIMIT, which NXT takes until 20:00"),
        ("44", "SOR", "use KRX"),
        ("27", "KRX", "use NXT"),
        ("21", "SOR", "use KRX or NXT"),
    ],
)
def test_the_refusal_names_what_to_use(code: str, venue: OrderVenue, instead: str) -> None:
    with pytest.raises(NotOffered, match=instead):
        account_requests.order("real", ACCOUNT, order(code, venue))


@pytest.mark.parametrize(
    ("code", "venue", "last_before", "first"),
    [
        ("41", "KRX", "2026-09-11", "2026-09-14"),
        ("27", "NXT", "2026-09-11", "2026-09-14"),
        ("21", "KRX", "2025-03-03", "2025-03-04"),
        ("22", "KRX", "2025-03-03", "2025-03-04"),
        ("00", "NXT", "2025-03-03", "2025-03-04"),
        ("00", "SOR", "2025-03-03", "2025-03-04"),
    ],
)
def test_a_type_is_taken_from_its_first_day_on(
    code: str, venue: OrderVenue, last_before: str, first: str
) -> None:
    account_requests.order("real", ACCOUNT, order(code, venue), date.fromisoformat(first))
    with pytest.raises(NotOffered, match="before"):
        account_requests.order("real", ACCOUNT, order(code, venue), date.fromisoformat(last_before))


def test_the_off_hours_single_price_ended() -> None:
    account_requests.order("real", ACCOUNT, order("07"), date(2026, 9, 11))
    with pytest.raises(NotOffered, match="ended on 2026-09-11: use AFTER_LIMIT"):
        account_requests.order("real", ACCOUNT, order("07"), date(2026, 9, 14))


@pytest.mark.parametrize(
    ("new", "says"),
    [
        (NewOrder("005930", "BUY", 1, OrderType.LIMIT, None), "LIMIT needs a limit price"),
        (NewOrder("005930", "BUY", 1, OrderType.AFTER_LIMIT_IOC, 0), "needs a limit price"),
        (NewOrder("005930", "BUY", 1, OrderType.STOP_LIMIT, 100), "needs the price that wakes it"),
        (NewOrder("005930", "BUY", 1, OrderType.LIMIT, 1, "KRX", 2), "no price that wakes it"),
    ],
)
def test_an_order_without_the_price_it_needs_is_not_sent(new: NewOrder, says: str) -> None:
    with pytest.raises(Refused, match=says) as refused:
        account_requests.order("real", ACCOUNT, new)
    assert refused.value.code == "APMP0001"


def test_a_price_that_a_type_does_not_have_is_not_said() -> None:
    new = NewOrder("005930", "BUY", 1, OrderType.MARKET, 70_000)
    assert account_requests.order("real", ACCOUNT, new).fields["ORD_UNPR"] == "0"


def test_a_change_is_held_to_the_same_table() -> None:
    to_market = OrderChange("7", "06010", OrderType.MARKET, 0, "NXT")
    with pytest.raises(NotOffered, match="use MARKET_IOC"):
        account_requests.order_change("real", ACCOUNT, to_market)
    cancel = OrderChange("7", "06010", OrderType.GTP_LIMIT, venue="NXT")
    assert account_requests.order_change("real", ACCOUNT, cancel).fields["ORD_DVSN"] == "00"
