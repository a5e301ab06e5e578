"""Order notices, opened, as typed reports: stocks, futures and options. Pure.

A record says its own width. Stocks: 23 columns, or 26 with the exchange. Futures and options: 22,
the night session's 19. A notice that was not met in this form before takes the careful path,
which says what is wrong with it; one of a known form is looked up in few steps, for an order's
report is waited for. Raises nothing but FrameError.
"""

from collections.abc import Mapping
from itertools import product
from typing import Literal

from kis_core.environment import Account
from kis_core.errors import FrameError
from kis_core.wire.account import DerivativeNotice, NoticeKind, OrderNotice, Side
from kis_core.wire.stream.cells import Record, hour_ns, hours, is_digits, places, wrong
from kis_core.wire.stream.cells import remember as remembered
from kis_core.wire.stream.cells import symbol as symbol_of
from kis_core.wire.stream.derivatives import session_of
from kis_core.wire.stream.frames import RECORDS_MAX, records
from kis_core.wire.tr_table import NOTICES, STREAMS

STOCKS = tuple(NOTICES.values())
DERIVATIVES = ("H0IFCNI0", "H0IFCNI9", "H0MFCNI0", "H0EUCNI0")

_Change = Literal["new", "modify", "cancel"]
_SIDES: dict[str, Side] = {"01": "SELL", "1": "SELL", "02": "BUY", "2": "BUY"}
_CHANGES: dict[str, _Change] = {"0": "new", "": "new", "1": "modify", "2": "cancel"}
# ORD_EXG_GB: 3 and 4 are orders that KIS's router sent on (kis_api.md §13.8).
_VENUES: Mapping[str, Literal["KRX", "NXT"]] = {"1": "KRX", "2": "NXT", "3": "KRX", "4": "NXT"}
_NO_ORDER = "0" * 10
_DIGITS_MAX = 18

_NARROW, _WIDE = 23, 26
_WIDTHS = (_WIDE, _NARROW)
_VENUE_AT = 19  # in the wide layout
_accounts: dict[str, str] = {}
_codes: dict[str, str] = {}  # as the notice writes it → as everybody else does

# The places the fast path counts on, the same in both layouts.
for _tr_id in STOCKS:
    _at = STREAMS[_tr_id].index
    assert {len(layout) for layout in STREAMS[_tr_id].layouts} == {_NARROW, _WIDE}
    assert STREAMS[_tr_id].columns(_WIDE).index("ORD_EXG_GB") == _VENUE_AT
    assert (_at("ACNT_NO"), _at("ODER_NO"), _at("OODER_NO")) == (1, 2, 3)
    assert (_at("SELN_BYOV_CLS"), _at("RCTF_CLS"), _at("STCK_SHRN_ISCD")) == (4, 5, 8)
    assert (_at("CNTG_QTY"), _at("CNTG_UNPR"), _at("STCK_CNTG_HOUR")) == (9, 10, 11)
    assert (_at("RFUS_YN"), _at("CNTG_YN"), _at("ACPT_YN"), _at("ODER_QTY")) == (12, 13, 14, 16)


def is_for(notice: OrderNotice | DerivativeNotice, account: Account) -> bool:
    """Whether a notice is of this account: one HTS id hears all of its accounts."""
    return notice.account == account.number + account.product


def notices(payload: str, count: int = 1) -> list[OrderNotice]:
    """Read the opened payload of an H0STCNI0 or H0STCNI9 frame (`Keyring.open`)."""
    f = payload.split("^")
    width = len(f)
    if count == 1 and width in _WIDTHS and f[11] in hours:
        try:
            broker_id, original_id, shares, price, of = f[2], f[3], f[9], f[10], f[16]
            numbers = f"{broker_id}{original_id}{shares}{price}{of}"
            if (
                numbers.isdecimal()
                and numbers.isascii()
                and len(broker_id) == 10
                and broker_id != _NO_ORDER
                and len(original_id) in (0, 10)
                and len(shares) <= _DIGITS_MAX
                and len(price) <= _DIGITS_MAX
                and len(of) <= _DIGITS_MAX
            ):
                return [
                    OrderNotice(
                        _KINDS[f[13], f[12], f[14], f[5]],
                        _accounts[f[1]],
                        broker_id,
                        original_id if original_id and original_id != _NO_ORDER else None,
                        _codes[f[8]],
                        _SIDES[f[4]],
                        int(shares),
                        int(price),
                        int(of),
                        _CHANGES[f[5]],
                        f[11],
                        _VENUES.get(f[_VENUE_AT]) if width == _WIDE else None,
                    )
                ]
        except (KeyError, ValueError):  # not met in this form before
            return [_notice(row) for row in _rows(payload, count, _NARROW)]
    return [_notice(row) for row in _rows(payload, count, _NARROW)]


def derivative_notices(tr_id: str, payload: str, count: int = 1) -> list[DerivativeNotice]:
    """Read the opened payload of an H0IFCNI0, H0IFCNI9, H0MFCNI0 or H0EUCNI0 frame."""
    if tr_id not in DERIVATIVES:
        raise FrameError(f"{tr_id[:20]} is no notice of futures or options", payload)
    rows = _rows(payload, count, STREAMS[tr_id].width_min)
    return [_derivative_notice(tr_id, Record(places(tr_id, len(row)), row)) for row in rows]


def _rows(payload: str, count: int, width_min: int) -> tuple[tuple[str, ...], ...]:
    if not 0 < count <= RECORDS_MAX:
        raise FrameError(f"{count} records", payload)
    return records(payload, count, width_min)


def _notice(row: tuple[str, ...]) -> OrderNotice:
    said = Record(places(STOCKS[0], len(row)), row)
    code = said.text("STCK_SHRN_ISCD") or ""
    symbol = symbol_of(code.removeprefix("A"), row)
    remembered(_codes, row[8], symbol)
    exchange = said.text("ORD_EXG_GB")
    return OrderNotice(
        kind=_kind(said),
        account=_account(said),
        broker_id=said.needed(_order_number(said, "ODER_NO"), "ODER_NO"),
        original_id=_order_number(said, "OODER_NO"),
        symbol=symbol,
        side=_side(said),
        shares=_size(said, "CNTG_QTY"),
        price_krw=_size(said, "CNTG_UNPR"),
        order_shares=_size(said, "ODER_QTY"),
        change=_change(said),
        at=_time(said),
        venue=_VENUES.get(exchange) if exchange else None,
    )


def _derivative_notice(tr_id: str, said: Record) -> DerivativeNotice:
    wide = "ORDER_PRC" in STREAMS[tr_id].layouts[-1]
    return DerivativeNotice(
        kind=_kind(said),
        account=_account(said),
        broker_id=said.needed(_order_number(said, "ODER_NO"), "ODER_NO"),
        original_id=_order_number(said, "OODER_NO"),
        symbol=said.symbol("STCK_SHRN_ISCD"),
        side=_side(said),
        contracts=_size(said, "CNTG_QTY"),
        price=said.number("CNTG_UNPR") or None,
        order_contracts=_size(said, "ODER_QTY"),
        change=_change(said),
        at=_time(said),
        session=session_of(tr_id),
        order_price=(said.number("ORDER_PRC") or None) if wide else None,
    )


def _kind(said: Record) -> NoticeKind:
    told = tuple(said.text(c) or "" for c in ("CNTG_YN", "RFUS_YN", "ACPT_YN", "RCTF_CLS"))
    kind = kind_of(*told)
    if kind is None:
        wrong("CNTG_YN, RFUS_YN, ACPT_YN, RCTF_CLS", " ".join(told), said.fields)
    return kind


def kind_of(executed: str, refused: str, accepted: str, change: str) -> NoticeKind | None:
    """Return what four flags tell together, None for what no notice says."""
    match executed, refused, accepted, change:
        case "2", "0" | "", _, _:
            return NoticeKind.FILLED
        case "1", "1", _, _:
            return NoticeKind.REJECTED
        case ("1", "0" | "", "3", _) | ("1", "0" | "", "2", "2"):
            return NoticeKind.CANCELLED  # what IOC/FOK left over, or a cancel confirmed
        case "1", "0" | "", "1" | "2", _:
            return NoticeKind.ACCEPTED
        case _:
            return None


_KINDS = {
    told: kind
    for told in product(("1", "2"), ("0", "1", ""), ("1", "2", "3", ""), _CHANGES)
    if (kind := kind_of(*told)) is not None
}


def _side(said: Record) -> Side:
    told = said.text("SELN_BYOV_CLS") or ""
    return _SIDES[told] if told in _SIDES else wrong("SELN_BYOV_CLS", told, said.fields)


def _change(said: Record) -> _Change:
    told = said.text("RCTF_CLS") or ""
    return _CHANGES[told] if told in _CHANGES else wrong("RCTF_CLS", told, said.fields)


def _account(said: Record) -> str:
    told = said.text("ACNT_NO") or ""
    account = told.replace("-", "")
    if len(account) != 10 or not is_digits(account):
        wrong("account, expected 10 digits,", account, said.fields)
    remembered(_accounts, told, account)
    return account


def _order_number(said: Record, column: str) -> str | None:
    """Return ODNO as 10 digits; None where there is none. KIS pads it in some places only."""
    text = said.text(column) or ""
    if not text.strip("0"):
        return None
    if len(text) > 10 or not is_digits(text):
        wrong("order number", text, said.fields)
    return text.zfill(10)


def _size(said: Record, column: str) -> int:
    """Return a number that says nothing by being blank: a market order has no price."""
    return said.count_or_none(column) or 0


def _time(said: Record) -> str:
    told = said.text("STCK_CNTG_HOUR") or ""
    hour_ns(told, said.fields)  # it is a time, or this is not a notice
    return told
