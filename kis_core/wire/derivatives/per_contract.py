"""A futures and options account in the words of `kis_core.wire.account`. Pure.

A share is a contract and a price is KRW per contract (`derivative_terms`), so whoever speaks of
orders, holdings and cash need not know of points. Contracts whose terms are not established are
told as far as they can be: their rows have no limit, and no order for one is made.
"""

from collections.abc import Mapping
from decimal import Decimal

from kis_core.errors import NotOffered, Refused, ReplyError
from kis_core.market.derivative_sessions import SessionName
from kis_core.market.derivative_terms import PriceError, Terms, terms_of
from kis_core.market.derivatives import CodeError
from kis_core.wire.account import (
    Balance,
    DerivativeNotice,
    Holding,
    NewOrder,
    NoticeKind,
    OrderChange,
    OrderNotice,
    OrderRow,
    OrderType,
    SaleType,
)
from kis_core.wire.accounts.order_types import INPUT_MISSING
from kis_core.wire.derivatives.derivative_account import (
    DerivativeBalance,
    DerivativeChange,
    DerivativeOrderRow,
    DerivativeOrderType,
    DerivativePosition,
    NewDerivativeOrder,
)
from kis_core.wire.tr_table import NOT_OFFERED

_TYPES: Mapping[OrderType, DerivativeOrderType] = {
    OrderType.LIMIT: DerivativeOrderType.LIMIT,
    OrderType.MARKET: DerivativeOrderType.MARKET,
    OrderType.CONDITIONAL_LIMIT: DerivativeOrderType.CONDITIONAL_LIMIT,
    OrderType.BEST_LIMIT: DerivativeOrderType.BEST_LIMIT,
    OrderType.LIMIT_IOC: DerivativeOrderType.LIMIT_IOC,
    OrderType.LIMIT_FOK: DerivativeOrderType.LIMIT_FOK,
    OrderType.MARKET_IOC: DerivativeOrderType.MARKET_IOC,
    OrderType.MARKET_FOK: DerivativeOrderType.MARKET_FOK,
    OrderType.BEST_IOC: DerivativeOrderType.BEST_IOC,
    OrderType.BEST_FOK: DerivativeOrderType.BEST_FOK,
}
_NAMES: Mapping[str, OrderType] = {  # nmpr_type_name
    "지정가": OrderType.LIMIT,
    "시장가": OrderType.MARKET,
    "조건부지정가": OrderType.CONDITIONAL_LIMIT,
    "최유리지정가": OrderType.BEST_LIMIT,
    "지정가(IOC)": OrderType.LIMIT_IOC,
    "지정가(FOK)": OrderType.LIMIT_FOK,
    "시장가(IOC)": OrderType.MARKET_IOC,
    "시장가(FOK)": OrderType.MARKET_FOK,
    "최유리(IOC)": OrderType.BEST_IOC,
    "최유리(FOK)": OrderType.BEST_FOK,
}
_AVERAGE_ERROR_PT = Decimal("0.01")
"""How far an average may be from what was paid: KIS cuts its decimals."""


def new_order(new: NewOrder, session: SessionName) -> NewDerivativeOrder:
    """Return the order in points. Raises Refused for what would be refused, NotOffered."""
    terms = _terms(new.symbol)
    if new.venue != "KRX":
        raise NotOffered(NOT_OFFERED, f"{new.venue} trades no futures and options: use KRX")
    if new.condition_krw is not None or new.sale_type is not SaleType.NORMAL:
        raise NotOffered(NOT_OFFERED, "futures and options know no condition price, no sale type")
    if new.shares < 1:
        raise Refused(INPUT_MISSING, f"{new.shares} contracts are no order")
    limit = None if new.limit_krw is None else _limit_pt(terms, new.limit_krw)
    order_type = _order_type(new.order_type)
    return NewDerivativeOrder(new.symbol, new.side, new.shares, order_type, limit, session)


def change(wanted: OrderChange, session: SessionName) -> DerivativeChange:
    """Return the cancel or the new price in points. Raises Refused, NotOffered.

    A part says how many contracts it is of; of all, `remaining` does, where the sender knows it.
    """
    terms = _terms(wanted.symbol)
    in_part = wanted.shares is not None
    if wanted.limit_krw is None:
        limit = None
    else:
        limit = _limit_pt(terms, wanted.limit_krw) if wanted.limit_krw else Decimal(0)
    return DerivativeChange(
        broker_id=wanted.broker_id,
        code=wanted.symbol,
        order_type=_order_type(wanted.order_type),
        contracts=wanted.shares if in_part else wanted.remaining,
        limit=limit,
        session=session,
        in_part=in_part,
    )


def order_row(row: DerivativeOrderRow) -> OrderRow:
    """Return a row of the history. Raises ReplyError where its sums do not fit each other."""
    terms = _known(row.code)
    if terms is not None and row.average is not None:
        _check_value(terms, row)
    left = row.contracts - row.filled - row.rejected - row.remaining
    if left < 0:
        raise ReplyError(f"order {row.broker_id}: more than {row.contracts} contracts", str(row))
    order_type = _NAMES.get(row.type_name)
    return OrderRow(
        date=row.date,
        broker_id=row.broker_id,
        original_id=row.original_id,
        symbol=row.code,
        side=row.side,
        shares=row.contracts,
        limit_krw=0 if terms is None else _price_krw(terms, row.limit, row),
        order_type=row.type_name if order_type is None else order_type.value,
        ordered_at=row.ordered_at,
        filled=row.filled,
        filled_value_krw=row.filled_value_krw,
        cancelled=left,
        rejected=row.rejected,
        remaining=row.remaining,
        is_cancel=row.is_cancel,
        branch=row.branch,
        venue="KRX",
    )


def balance(told: DerivativeBalance) -> Balance:
    """Return a balance: short positions have a negative number of shares, and of cost."""
    return Balance(
        holdings=tuple(_holding(position) for position in told.positions),
        deposit_krw=told.deposit_krw,
        settled_d2_krw=told.next_day_krw,
        total_krw=told.net_asset_krw,
        net_asset_krw=told.net_asset_krw,
        costs_today_krw=told.fee_krw,
        margin_krw=told.margin_krw,
        margin_call_krw=told.margin_call_krw,
        orderable_krw=told.orderable_krw,
    )


def order_notice(told: DerivativeNotice) -> OrderNotice | None:
    """Return a notice, None where its contract's terms are not established.

    None too for a fill whose price no such contract can have: the history tells it.
    """
    terms = _known(told.symbol)
    if terms is None:
        return None
    try:
        price_krw = 0 if told.price is None else terms.price_krw(told.price)
    except PriceError:
        return None
    if told.kind is NoticeKind.FILLED and price_krw == 0:
        return None
    return OrderNotice(
        kind=told.kind,
        account=told.account,
        broker_id=told.broker_id,
        original_id=told.original_id,
        symbol=told.symbol,
        side=told.side,
        shares=told.contracts,
        price_krw=price_krw,
        order_shares=told.order_contracts,
        change=told.change,
        at=told.at,
        venue="KRX",
        session=told.session,
    )


def _terms(code: str) -> Terms:
    try:
        terms = terms_of(code)
    except CodeError as error:
        raise Refused(INPUT_MISSING, str(error)) from None
    if terms is None:
        raise NotOffered(NOT_OFFERED, f"{code}: its multiplier or price step is not established")
    return terms


def _known(code: str) -> Terms | None:
    """Return the terms of what KIS speaks of, None where they are not established."""
    try:
        return terms_of(code)
    except CodeError:
        return None


def _order_type(order_type: OrderType) -> DerivativeOrderType:
    found = _TYPES.get(order_type)
    if found is None:
        raise NotOffered(NOT_OFFERED, f"{order_type.name} is no type of futures and options")
    return found


def _limit_pt(terms: Terms, limit_krw: int) -> Decimal:
    if not terms.is_on_tick(limit_krw):
        code = terms.contract.code
        why = f"{code} at {limit_krw:,} KRW is off the step of {terms.tick_krw(abs(limit_krw)):,}"
        raise Refused(INPUT_MISSING, why)
    return terms.price_pt(limit_krw)


def _price_krw(terms: Terms, price_pt: Decimal, row: object) -> int:
    try:
        return terms.price_krw(price_pt)
    except PriceError as error:
        raise ReplyError(str(error), str(row)) from None


def _check_value(terms: Terms, row: DerivativeOrderRow) -> None:
    """Raise ReplyError unless what was filled is worth its average times the multiplier.

    Accounting takes the sum. Were it told in another unit, every cost and every profit would be
    wrong with nothing else to show it.
    """
    assert row.average is not None
    unit = row.filled * terms.multiplier_krw
    if abs(row.average * unit - row.filled_value_krw) > _AVERAGE_ERROR_PT * unit:
        what = f"{row.filled} filled at {row.average} points for {row.filled_value_krw:,} KRW"
        raise ReplyError(f"order {row.broker_id}: {what}", str(row))


def _holding(position: DerivativePosition) -> Holding:
    terms = _known(position.code)
    sign = -1 if position.side == "SELL" else 1
    held = position.contracts
    if terms is not None:
        price_krw = _price_krw(terms, position.price, position)
    else:
        price_krw = position.value_krw // held if held else 0
    return Holding(
        symbol=position.code,
        name=position.name,
        shares=sign * held,
        sellable=position.closable,
        average_krw=position.cost_krw / held if held else 0.0,
        cost_krw=sign * position.cost_krw,
        price_krw=price_krw,
        bought_today=None,
        sold_today=None,
    )
