"""The account's words in contracts and KRW per contract: exact, and nothing wrong leaves."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.errors import NotOffered, Refused, ReplyError
from kis_core.market.derivative_terms import terms_of
from kis_core.wire.account import (
    DerivativeNotice,
    NewOrder,
    NoticeKind,
    OrderChange,
    OrderType,
    SaleType,
)
from kis_core.wire.derivatives import per_contract
from kis_core.wire.derivatives.derivative_account import (
    DerivativeBalance,
    DerivativeChange,
    DerivativeOrderRow,
    DerivativeOrderType,
    DerivativePosition,
    NewDerivativeOrder,
)

LIMIT, MARKET = OrderType.LIMIT, OrderType.MARKET
KNOWN = ("A01612", "A05608", "A06603", "B01610745", "C05610745", "B09EKW545", "CAFBRW962")


@pytest.mark.parametrize(
    ("new", "sent"),
    [
        (
            NewOrder("A01612", "BUY", 2, LIMIT, 274_512_500),
            NewDerivativeOrder(
                "A01612", "BUY", 2, DerivativeOrderType.LIMIT, Decimal("1098.05"), "day"
            ),
        ),
        (
            NewOrder("C05610745", "SELL", 1, OrderType.LIMIT_IOC, 149_500),
            NewDerivativeOrder(
                "C05610745", "SELL", 1, DerivativeOrderType.LIMIT_IOC, Decimal("2.99"), "day"
            ),
        ),
        (
            NewOrder("A05608", "SELL", 3, OrderType.BEST_FOK, None),
            NewDerivativeOrder("A05608", "SELL", 3, DerivativeOrderType.BEST_FOK, None, "day"),
        ),
    ],
)
def test_an_order_goes_out_in_points(new: NewOrder, sent: NewDerivativeOrder) -> None:
    assert per_contract.new_order(new, "day") == sent
    assert per_contract.new_order(new, "night") == replace(sent, session="night")


GOOD = NewOrder("A01612", "BUY", 1, LIMIT, 274_512_500)


@pytest.mark.parametrize(
    ("changed", "error", "says"),
    [
        ({"limit_krw": 274_512_501}, Refused, "off the step of 12,500"),
        ({"limit_krw": 0}, Refused, "off the step"),
        ({"limit_krw": -12_500}, Refused, "off the step"),
        ({"symbol": "B01610745", "limit_krw": 2_502_500}, Refused, "off the step of 12,500"),
        ({"shares": 0}, Refused, "0 contracts"),
        ({"symbol": "005930"}, Refused, "derivative code"),
        ({"symbol": "A11610"}, NotOffered, "not established"),
        ({"symbol": "D0160301"}, NotOffered, "not established"),
        ({"order_type": OrderType.MID}, NotOffered, "MID is no type"),
        ({"order_type": OrderType.STOP_LIMIT}, NotOffered, "STOP_LIMIT is no type"),
        ({"venue": "NXT"}, NotOffered, "use KRX"),
        ({"condition_krw": 12_500}, NotOffered, "no condition price"),
        ({"sale_type": SaleType.BORROWED}, NotOffered, "no sale type"),
    ],
)
def test_what_no_contract_can_have_is_refused_before_it_leaves(
    changed: dict[str, Any], error: type[Refused], says: str
) -> None:
    with pytest.raises(error, match=says):
        per_contract.new_order(replace(GOOD, **changed), "day")


CANCEL = OrderChange("0000000007", "06010", LIMIT, symbol="A01612", remaining=3)


@pytest.mark.parametrize(
    ("wanted", "sent"),
    [
        (CANCEL, (3, None, False)),
        (replace(CANCEL, shares=2), (2, None, True)),
        (replace(CANCEL, limit_krw=275_000_000), (3, Decimal(1_100), False)),
        (replace(CANCEL, remaining=None), (None, None, False)),
        (replace(CANCEL, order_type=MARKET, limit_krw=0), (3, Decimal(0), False)),
    ],
    ids=["all", "a part", "a new price", "all, nobody knows how many", "at the market"],
)
def test_a_change_says_how_many_it_is_of(
    wanted: OrderChange, sent: tuple[int | None, Decimal | None, bool]
) -> None:
    change = per_contract.change(wanted, "day")
    assert (change.contracts, change.limit, change.in_part) == sent
    assert isinstance(change, DerivativeChange)
    assert (change.broker_id, change.code, change.session) == ("0000000007", "A01612", "day")


def test_a_change_needs_its_symbol_and_a_price_on_the_step() -> None:
    for bad in (replace(CANCEL, symbol=""), replace(CANCEL, limit_krw=275_000_001)):
        with pytest.raises(Refused):
            per_contract.change(bad, "day")


ROW = DerivativeOrderRow(
    date="2026-09-30",
    broker_id="0000000007",
    original_id=None,
    code="A01612",
    name="F 202612",
    side="SELL",
    contracts=5,
    limit=Decimal("1098.05000000"),
    type_name="지정가",
    ordered_at="100501",
    filled=2,
    average=Decimal("1098.02500000"),
    filled_value_krw=549_012_500,
    remaining=2,
    rejected=0,
    why_rejected="",
    is_spread=False,
    branch="06010",
)


def test_a_row_has_its_price_in_krw_and_says_what_left_it() -> None:
    row = per_contract.order_row(ROW)
    assert (row.symbol, row.side, row.shares, row.limit_krw) == ("A01612", "SELL", 5, 274_512_500)
    assert (row.filled, row.filled_value_krw, row.remaining) == (2, 549_012_500, 2)
    assert (row.cancelled, row.rejected, row.is_cancel) == (1, 0, False)
    assert (row.order_type, row.venue, row.branch) == (LIMIT.value, "KRX", "06010")
    rejected = replace(ROW, rejected=5, filled=0, remaining=0, average=None, filled_value_krw=0)
    assert per_contract.order_row(rejected).cancelled == 0
    assert per_contract.order_row(replace(ROW, is_cancel=True)).is_cancel


@pytest.mark.parametrize("code", ["A11610", "D0160301", "167W09"])
def test_a_row_of_an_unknown_product_is_told_all_the_same(code: str) -> None:
    row = per_contract.order_row(replace(ROW, code=code, type_name="스프레드"))
    assert (row.symbol, row.limit_krw, row.filled_value_krw) == (code, 0, 549_012_500)
    assert row.order_type == "스프레드"


@pytest.mark.parametrize(
    "wrong",
    [
        {"filled_value_krw": 549_012},  # thousands of KRW
        {"filled_value_krw": 2_196},  # points
        {"limit": Decimal("1098.0000001")},
        {"remaining": 9},
    ],
)
def test_a_row_that_contradicts_itself_is_an_error(wrong: dict[str, Any]) -> None:
    with pytest.raises(ReplyError):
        per_contract.order_row(replace(ROW, **wrong))


FLAT = DerivativePosition(
    code="A01612",
    isin="KR4A016C0004",
    name="F 202612",
    side=None,
    contracts=0,
    closable=0,
    average=Decimal(0),
    settlement=Decimal(0),
    price=Decimal("1098.05"),
    cost_krw=0,
    value_krw=0,
    unrealized_krw=0,
    realized_krw=-12_500,
)
LONG = replace(FLAT, side="BUY", contracts=2, closable=1, cost_krw=549_000_000)
SHORT = replace(LONG, side="SELL", closable=2)
STOCK = replace(LONG, code="A11610", price=Decimal(70_000), value_krw=1_400_000)
BALANCE = DerivativeBalance(
    positions=(LONG, SHORT, FLAT, STOCK),
    deposit_krw=100_000_000,
    cash_krw=99_000_000,
    margin_krw=66_700_000,
    cash_margin_krw=33_000_000,
    margin_call_krw=0,
    orderable_krw=33_300_000,
    orderable_cash_krw=11_300_000,
    withdrawable_krw=10_000_000,
    net_asset_krw=100_112_500,
    realized_krw=87_500,
    unrealized_krw=25_000,
    fee_krw=3_200,
    next_day_krw=100_087_300,
)


def test_what_is_held_short_is_negative() -> None:
    told = per_contract.balance(BALANCE)
    shown = [(h.shares, h.sellable, h.cost_krw, h.average_krw, h.price_krw) for h in told.holdings]
    assert shown == [
        (2, 1, 549_000_000, 274_500_000.0, 274_512_500),
        (-2, 2, -549_000_000, 274_500_000.0, 274_512_500),
        (0, 0, 0, 0.0, 274_512_500),
        (2, 1, 549_000_000, 274_500_000.0, 700_000),
    ]
    gains = [h.shares * h.price_krw - h.cost_krw for h in told.holdings[:2]]
    assert gains == [25_000, -25_000]
    assert (told.deposit_krw, told.settled_d2_krw, told.total_krw) == (
        100_000_000,
        100_087_300,
        100_112_500,
    )
    assert (told.margin_krw, told.margin_call_krw, told.orderable_krw) == (
        66_700_000,
        0,
        33_300_000,
    )
    assert told.costs_today_krw == 3_200


NOTICE = DerivativeNotice(
    kind=NoticeKind.FILLED,
    account="1234567803",
    broker_id="0000000007",
    original_id=None,
    symbol="A05608",
    side="SELL",
    contracts=2,
    price=Decimal("1080.30"),
    order_contracts=3,
    change="new",
    at="152953",
    session="day",
)


def changed(**fields: Any) -> DerivativeNotice:
    whole = {name: getattr(NOTICE, name) for name in NOTICE.__struct_fields__}
    return DerivativeNotice(**(whole | fields))


def test_a_notice_keeps_its_kind_and_its_session() -> None:
    for kind in NoticeKind:
        for session in ("day", "night"):
            told = per_contract.order_notice(changed(kind=kind, session=session))
            assert told is not None
            assert (told.kind, told.session) == (kind, session)
            assert (told.shares, told.order_shares, told.price_krw) == (2, 3, 54_015_000)
            assert (told.symbol, told.side, told.at) == ("A05608", "SELL", "152953")
    market = per_contract.order_notice(changed(kind=NoticeKind.ACCEPTED, price=None))
    assert market is not None
    assert market.price_krw == 0


@pytest.mark.parametrize(
    "fields",
    [{"symbol": "A11610"}, {"price": None}, {"price": Decimal("1080.000001")}, {"symbol": "?"}],
)
def test_a_notice_that_cannot_be_priced_is_left_to_the_history(fields: dict[str, Any]) -> None:
    assert per_contract.order_notice(changed(**fields)) is None


@given(st.sampled_from(KNOWN), st.integers(1, 40_000), st.integers(1, 500), st.data())
def test_a_price_comes_back_as_it_went_out(
    code: str, at: int, contracts: int, data: st.DataObject
) -> None:
    terms = terms_of(code)
    assert terms is not None
    limit_krw = terms.round_up(at * terms.bands[0][1])
    side = data.draw(st.sampled_from(["BUY", "SELL"]))
    sent = per_contract.new_order(NewOrder(code, side, contracts, LIMIT, limit_krw), "day")
    assert sent.limit is not None
    filled = data.draw(st.integers(0, contracts))
    row = per_contract.order_row(
        replace(
            ROW,
            code=code,
            side=side,
            contracts=contracts,
            limit=sent.limit,
            filled=filled,
            remaining=contracts - filled,
            average=sent.limit if filled else None,
            filled_value_krw=filled * limit_krw,
        )
    )
    assert (row.limit_krw, row.side, row.shares) == (limit_krw, side, contracts)
    assert row.filled_value_krw == filled * limit_krw
