"""KIS's published account replies read as values; a partial answer is never one."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.errors import ReplyError
from kis_core.wire.account import (
    Accepted,
    Balance,
    BuyingPower,
    Holding,
    OpenOrder,
    OrderRow,
    Sellable,
)
from kis_core.wire.accounts import account_replies, reservations, statement_replies
from tests.kis_core.wire.bodies import damaged

Sample = Callable[[str], dict[str, Any]]


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/order-cash", Accepted("0001569157", "06010", "155211")),
        ("/order-rvsecncl", Accepted("0001569139", "06010", "131438")),
    ],
)
def test_an_accepted_order_has_its_number(reply_of: Sample, path: str, answer: Accepted) -> None:
    assert account_replies.accepted(reply_of(path)) == answer


@pytest.mark.parametrize(
    ("said", "number"), [("7", "0000000007"), ("  1569157", "0001569157"), ("0000000007",) * 2]
)
def test_a_number_is_padded_to_ten_digits(said: str, number: str) -> None:
    output = {"ODNO": said, "KRX_FWDG_ORD_ORGNO": "00950", "ORD_TMD": "100000"}
    assert account_replies.accepted({"output": output}).broker_id == number


@pytest.mark.parametrize("said", ["", "0", "0000000000", None, "x", "12345678901", "-7", "7.0"])
def test_an_answer_without_a_number_is_an_error(said: str | None) -> None:
    with pytest.raises(ReplyError):
        account_replies.accepted({"output": {"ODNO": said}})


def test_the_brokers_history_has_the_values_it_says(reply_of: Sample) -> None:
    rows = account_replies.order_rows([reply_of("/trading/inquire-daily-ccld")])
    assert [row.broker_id for row in rows] == ["0001568197", "0001568196"]
    assert rows[0] == OrderRow(
        date="2022-01-03",
        broker_id="0001568197",
        original_id=None,
        symbol="009150",
        side="BUY",
        shares=10,
        limit_krw=150_000,
        order_type="00",
        ordered_at="170100",
        filled=0,
        filled_value_krw=0,
        cancelled=0,
        rejected=10,
        remaining=0,
        is_cancel=False,
        branch="06010",
    )


def test_an_order_that_slid_onto_the_next_page_is_taken_once(reply_of: Sample) -> None:
    page = reply_of("/trading/inquire-daily-ccld")
    filled = {**page["output1"][1], "tot_ccld_qty": "4", "tot_ccld_amt": "600000"}
    rows = account_replies.order_rows([page, {**page, "output1": [filled]}])
    assert [(row.broker_id, row.filled) for row in rows] == [("0001568197", 0), ("0001568196", 4)]


def test_a_day_without_orders_may_leave_the_rows_out() -> None:
    assert account_replies.order_rows([{"rt_cd": "7", "msg_cd": "KIOK0560"}]) == []
    with pytest.raises(ReplyError):
        account_replies.order_rows([{"rt_cd": "0", "msg_cd": "KIOK0510"}])


@pytest.mark.parametrize(
    "changed",
    [
        {"tot_ccld_qty": ""},
        {"odno": ""},
        {"sll_buy_dvsn_cd": "00"},
        {"ord_dt": "2022"},
        {"tot_ccld_qty": "x"},
        {"cncl_cfrm_qty": None},
        {"pdno": " "},
    ],
    ids=str,
)
def test_an_order_that_cannot_be_read_fails_the_whole_history(
    reply_of: Sample, changed: dict[str, str | None]
) -> None:
    page = reply_of("/trading/inquire-daily-ccld")
    page["output1"] = [page["output1"][0], page["output1"][1] | changed]
    with pytest.raises(ReplyError):
        account_replies.order_rows([page])


def test_the_brokers_balance_has_the_values_it_says(reply_of: Sample) -> None:
    balance = account_replies.balance([reply_of("/v1/trading/inquire-balance")])
    assert balance == Balance(
        holdings=(
            Holding(
                symbol="009150",
                name="삼성전기",
                shares=1_657,
                sellable=1_611,
                average_krw=135_440.2517,
                cost_krw=224_424_497,
                price_krw=0,
                bought_today=1_686,
                sold_today=41,
            ),
            Holding("009150", "삼성전기", 3, 3, 123_000.0, 369_000, 0, 0, 0, "2021-12-23"),
        ),
        deposit_krw=346_455,
        settled_d2_krw=346_455,
        total_krw=2_106_055,
        net_asset_krw=2_106_055,
        costs_today_krw=0,
    )


def test_all_pages_make_one_balance(reply_of: Sample) -> None:
    page = reply_of("/v1/trading/inquire-balance")
    last = {**page, "output2": [page["output2"][0] | {"dnca_tot_amt": "-5"}]}
    balance = account_replies.balance([page, last])
    assert len(balance.holdings) == 4
    assert balance.deposit_krw == -5


@pytest.mark.parametrize("totals", [[], None, [{"dnca_tot_amt": "1"}], [{"a": "1"}, {"a": "1"}]])
def test_a_balance_without_its_totals_is_an_error(reply_of: Sample, totals: object) -> None:
    with pytest.raises(ReplyError):
        account_replies.balance([reply_of("/v1/trading/inquire-balance") | {"output2": totals}])


def test_the_brokers_buying_power_is_the_one_without_receivables(reply_of: Sample) -> None:
    power = account_replies.buying_power(reply_of("/v1/trading/inquire-psbl-order"))
    assert power == BuyingPower(cash_krw=741_191_178, amount_krw=107_177_377, shares=1_531)


def test_the_venue_and_the_stop_of_an_order_are_read_where_kis_says_them(
    reply_of: Sample,
) -> None:
    page = reply_of("/trading/inquire-daily-ccld")
    said = {"excg_id_dvsn_Cd": "NXT", "stpm_cndt_pric": "149000"}  # the mixed case is KIS's
    (row,) = account_replies.order_rows([{**page, "output1": [page["output1"][0] | said]}])
    assert (row.venue, row.condition_krw) == ("NXT", 149_000)


def test_the_brokers_open_orders_have_the_values_they_say(reply_of: Sample) -> None:
    orders = account_replies.open_orders([reply_of("/trading/inquire-psbl-rvsecncl")])
    assert orders == [
        OpenOrder(
            broker_id="0001569139",
            original_id="0001569136",
            symbol="009150",
            side="BUY",
            shares=1,
            limit_krw=140_000,
            order_type="00",
            ordered_at="131438",
            filled=0,
            filled_value_krw=0,
            changeable=1,
            branch="06010",
        ),
        OpenOrder(
            "0001569138", None, "009150", "BUY", 1, 200_000, "00", "131421", 0, 0, 1, "06010"
        ),
    ]


def test_an_open_order_says_its_venue_and_slides_between_pages_once(reply_of: Sample) -> None:
    page = reply_of("/trading/inquire-psbl-rvsecncl")
    said = {"excg_id_dvsn_cd": "SOR", "stpm_cndt_pric": "0", "tot_ccld_qty": "1", "psbl_qty": "0"}
    last = {**page, "output": [page["output"][1] | said]}
    first, second = account_replies.open_orders([page, last])
    assert (first.venue, first.changeable) == ("", 1)
    assert (second.venue, second.filled, second.changeable) == ("SOR", 1, 0)
    assert second.condition_krw is None


def test_without_open_orders_the_rows_may_be_left_out() -> None:
    assert account_replies.open_orders([{"rt_cd": "0", "msg_cd": "KIOK0560"}]) == []
    with pytest.raises(ReplyError):
        account_replies.open_orders([{"rt_cd": "0", "msg_cd": "KIOK0510"}])


def test_the_history_has_the_open_orders_too(reply_of: Sample) -> None:
    page = reply_of("/trading/inquire-daily-ccld")
    row = page["output1"][0] | {"rjct_qty": "0"}
    rows = [
        row | {"odno": "1", "rmn_qty": "10"},
        row | {"odno": "2", "rmn_qty": "0", "tot_ccld_qty": "10"},
        row | {"odno": "3", "rmn_qty": "4", "cncl_yn": "Y", "cncl_cfrm_qty": "6"},
        row | {"odno": "4", "orgn_odno": "1", "rmn_qty": "10", "cncl_yn": "Y"},
        row | {"odno": "5", "orgn_odno": "2", "rmn_qty": "3", "cncl_yn": "N"},
    ]
    told = account_replies.order_rows([{**page, "output1": rows}])
    found = account_replies.open_of_history(told)
    assert [(int(order.broker_id), order.changeable) for order in found] == [
        (1, 10),
        (3, 4),
        (5, 3),
    ]
    assert found[0] == OpenOrder(
        "0000000001", None, "009150", "BUY", 10, 150_000, "00", "170100", 0, 0, 10, "06010"
    )


def test_the_broker_says_what_can_be_sold(reply_of: Sample) -> None:
    told = account_replies.sellable(reply_of("/trading/inquire-psbl-sell"), "005930")
    assert told == Sellable("005930", "삼성전자", 1_744, 1_744, 54_388.4874)


def test_of_what_is_not_held_nothing_can_be_sold(reply_of: Sample) -> None:
    none = {"rt_cd": "0", "msg_cd": "KIOK0560", "msg1": "", "output": None}
    assert account_replies.sellable(none, "000660") == Sellable("000660", "", 0, 0, None)
    with pytest.raises(ReplyError):
        account_replies.sellable({"rt_cd": "0", "msg_cd": "KIOK0420"}, "000660")
    told = account_replies.balance([reply_of("/v1/trading/inquire-balance")])
    assert account_replies.sellable_of_balance(told, "000660") == Sellable("000660", "", 0, 0, None)


def test_the_balance_says_it_without_what_was_bought_on_credit(reply_of: Sample) -> None:
    told = account_replies.balance([reply_of("/v1/trading/inquire-balance")])
    assert account_replies.sellable_of_balance(told, "009150") == Sellable(
        "009150", "삼성전기", 1_657, 1_611, pytest.approx(135_440.2517)
    )


names = st.sampled_from(["ODNO", "odno", "ord_dt", "pdno", "hldg_qty", "nrcvb_buy_amt"])
rows = st.dictionaries(names, st.none() | st.text(max_size=5) | st.integers(), max_size=5)
bodies = st.dictionaries(
    st.sampled_from(["output", "output1", "output2", "msg_cd"]),
    st.one_of(st.none(), st.text(max_size=5), rows, st.lists(rows, max_size=3)),
)


@given(bodies)
def test_whatever_comes_nothing_else_is_raised(body: dict[str, Any]) -> None:
    readers: list[Callable[[], object]] = [
        lambda: account_replies.accepted(body),
        lambda: account_replies.order_rows([body]),
        lambda: account_replies.balance([body]),
        lambda: account_replies.buying_power(body),
        lambda: account_replies.open_orders([body]),
        lambda: account_replies.sellable(body, "005930"),
    ]
    for reader in readers:
        with suppress(ReplyError):
            reader()


PUBLISHED: list[tuple[str, Callable[[dict[str, Any]], object]]] = [
    ("/order-cash", account_replies.accepted),
    ("/order-resv", reservations.reserved),
    ("/order-resv-rvsecncl", reservations.was_changed),
    ("/trading/inquire-daily-ccld", lambda b: account_replies.order_rows([b, b])),
    ("/trading/inquire-psbl-rvsecncl", lambda b: account_replies.open_orders([b])),
    ("/v1/trading/inquire-balance", lambda b: account_replies.balance([b, b])),
    ("/v1/trading/inquire-psbl-order", account_replies.buying_power),
    ("/trading/inquire-psbl-sell", lambda b: account_replies.sellable(b, "005930")),
    ("/trading/inquire-period-profit", lambda b: statement_replies.daily_profit([b])),
    ("/trading/period-rights", lambda b: statement_replies.rights([b, b])),
]


@pytest.mark.parametrize(("path", "read"), PUBLISHED, ids=[path for path, _ in PUBLISHED])
def test_an_answer_damaged_on_its_way_is_read_or_refused(
    reply_of: Sample, path: str, read: Callable[[dict[str, Any]], object]
) -> None:
    body = reply_of(path)
    read(body)

    @given(damaged(body))
    def holds(told: dict[str, Any]) -> None:
        with suppress(ReplyError):
            read(told)

    holds()
