"""Market frames as typed events. Pure; raises nothing but FrameError.

`trades` is the hottest line of the fleet, so it cuts a frame straight from its text. Texts that
come again and again (a header with its symbol, a second of the day, a level) become values once
and are remembered in bounded tables; a text that is new takes the careful path, which checks it.
Prices, sizes and running totals are read each time, four numbers at once.
"""

from collections.abc import Callable
from functools import cache
from operator import itemgetter
from typing import Annotated, Literal, NamedTuple, Never

import msgspec

from kis_core.environment import Account
from kis_core.errors import FrameError
from kis_core.market.events import Book, BookLevel, Trade
from kis_core.wire.account import NoticeKind, OrderNotice, Side
from kis_core.wire.frames import RECORDS_MAX, record_count, records
from kis_core.wire.tr_table import BOOKS, NOTICES, STREAMS, TRADES

_SECOND_NS = 1_000_000_000
_MEMO_MAX = 1 << 16  # a day's prices of some hundred symbols; when full, forgotten, learned again
_BLANK = ("", "0", "(null)")

_symbols: dict[str, str] = {}  # "005930" and "0|H0STCNT0|001|005930" → "005930"
_plans: dict[str, "_Plan"] = {}  # "0|H0STCNT0|012|005930" → how to cut it
_hours: dict[str, int] = {}  # "093354" → ns since midnight
_levels: dict[str, int | None] = dict.fromkeys(_BLANK)  # "71900" → 71900, blank → None
_aggressors: dict[str, Literal[1, -1, 0]] = {"1": 1, "5": -1}  # 3: pre-open; others: unknown
_halts = {"Y": True, "N": False, "": False, "(null)": False}  # blank: a print is no halt
_continuous = ("0", "", "(null)")  # HOUR_CLS_CODE; a code KIS adds one day is none of these

_TRADE_WIDTH = STREAMS[TRADES].width_min
_SINGLE = f"0|{TRADES}|001|"
# Price, size, and the day's totals: JSON numbers, for that reader is the fastest there is.
_Size = Annotated[int, msgspec.Meta(ge=0, le=10**18)]
_Price = Annotated[int, msgspec.Meta(gt=0, le=10**12)]
_numbers = msgspec.json.Decoder(tuple[_Price, _Size, _Size, _Size]).decode
_size = msgspec.json.Decoder(_Size).decode

_PLANNED_MAX = 64  # columns; wider frames are read with care
_TRADE_AT = tuple(
    STREAMS[TRADES].index(column)
    for column in (
        *("MKSC_SHRN_ISCD", "STCK_CNTG_HOUR", "STCK_PRPR", "ASKP1", "BIDP1", "CNTG_VOL"),
        *("ACML_VOL", "ACML_TR_PBMN", "CCLD_DVSN", "TRHT_YN", "HOUR_CLS_CODE", "VI_STND_PRC"),
    )
)
# The places that `trades` counts on.
assert (_TRADE_WIDTH, *_TRADE_AT) == (46, 0, 1, 2, 10, 11, 12, 13, 14, 21, 35, 43, 45)


def trades(text: str, arrived_ns: int, day_start_ns: int) -> list[Trade]:
    """Read a whole H0STCNT0 frame. `day_start_ns` is KST midnight of its day."""
    f = text.split("^")
    symbol = _symbols.get(f[0])
    if symbol is None or len(f) < 46 or f[35] != "N" or f[43] != "0":
        return _trades_of_many(text, f, arrived_ns, day_start_ns)
    try:
        price_krw, volume, cum_volume, cum_value_krw = _numbers(f"[{f[2]},{f[12]},{f[13]},{f[14]}]")
        return [
            Trade(
                symbol,
                "KRX",
                day_start_ns + _hours[f[1]],
                arrived_ns,
                price_krw,
                volume,
                cum_volume,
                cum_value_krw,
                _aggressors[f[21]],
                _levels[f[10]],
                _levels[f[11]],
                False,
                False,
                _levels[f[45]],
            )
        ]
    except (KeyError, ValueError):  # a text not met before, or not a frame
        return _trades_with_care(text, arrived_ns, day_start_ns)


def _trades_of_many(text: str, f: list[str], arrived_ns: int, day_start_ns: int) -> list[Trade]:
    """Read a frame of several records, or of an unusual one, already cut into its fields."""
    plan = _plans.get(f[0])
    if plan is None or len(f) != plan.fields:
        return _trades_with_care(text, arrived_ns, day_start_ns)
    f[0] = plan.symbol
    try:
        read = []
        for columns_of in plan.records:
            (symbol, hour, price, ask, bid, size, total, value, aggressor, halt, auction, vi) = (
                columns_of(f)
            )
            price_krw, volume, cum_volume, cum_value_krw = _numbers(
                f"[{price},{size},{total},{value}]"
            )
            # fmt: off
            read.append(Trade(
                _symbols[symbol], "KRX", day_start_ns + _hours[hour], arrived_ns,
                price_krw, volume, cum_volume, cum_value_krw,
                _aggressors[aggressor], _levels[ask], _levels[bid],
                auction != "0" and auction not in _continuous,
                halt != "N" and _halts[halt], _levels[vi],
            ))
            # fmt: on
        return read
    except (KeyError, ValueError):  # a text not met before, or not a frame
        return _trades_with_care(text, arrived_ns, day_start_ns)


class _Plan(NamedTuple):
    """How to cut the frames that begin with a known header and symbol."""

    fields: int  # in the whole frame
    symbol: str  # of the first record
    records: tuple[Callable[[list[str]], tuple[str, ...]], ...]


@cache
def _getters(count: int, width: int) -> tuple[Callable[[list[str]], tuple[str, ...]], ...]:
    """Return, for each record of a frame, what takes its columns out of all the fields."""
    starts = range(0, count * width, width)
    return tuple(itemgetter(*(start + at for at in _TRADE_AT)) for start in starts)


def _trades_with_care(text: str, arrived_ns: int, day_start_ns: int) -> list[Trade]:
    """Read any frame, saying what is wrong with it, and remember the texts it brought."""
    rows = _rows(text, TRADES)
    read = [_trade(row, arrived_ns, day_start_ns) for row in rows]
    head = text[: text.index("^")]
    count, width, symbol = len(rows), len(rows[0]), read[0].symbol
    if width <= _PLANNED_MAX:
        _remember(_plans, head, _Plan(count * width, symbol, _getters(count, width)))
    if head == _SINGLE + symbol:
        _remember(_symbols, head, symbol)
    return read


def _rows(text: str, tr_id: str) -> tuple[tuple[str, ...], ...]:
    match text.split("|", 3):
        case ["0", said, count, payload] if said == tr_id:
            return records(payload, record_count(count, text), STREAMS[tr_id].width_min)
        case _:
            raise FrameError(f"not a plain {tr_id} frame", text)


def _trade(row: tuple[str, ...], arrived_ns: int, day_start_ns: int) -> Trade:
    shares, cum_volume, cum_value_krw = (_count(row[i], row) for i in (12, 13, 14))
    price_krw = _level(row[2], row)
    if price_krw is None:
        _wrong("price", row[2], row)
    return Trade(
        _symbol(row[0], row),
        "KRX",
        day_start_ns + _hour_ns(row[1], row),
        arrived_ns,
        price_krw,
        shares,
        cum_volume,
        cum_value_krw,
        _aggressors.get(row[21], 0),
        _level(row[10], row),
        _level(row[11], row),
        row[43] not in _continuous,
        _halts[row[35]] if row[35] in _halts else _wrong("TRHT_YN", row[35], row),
        _level(row[45], row),
    )


_book_at = STREAMS[BOOKS].index
_ASKS, _BIDS = _book_at("ASKP1"), _book_at("BIDP1")
_ASK_SIZES, _BID_SIZES = _book_at("ASKP_RSQN1"), _book_at("BIDP_RSQN1")
_EXPECTED, _EXPECTED_SIZE = _book_at("ANTC_CNPR"), _book_at("ANTC_CNQN")
_LEVELS = 10


def books(text: str, arrived_ns: int, day_start_ns: int) -> list[Book]:
    """Read a whole H0STASP0 frame. `day_start_ns` is KST midnight of its day."""
    return [_book(row, arrived_ns, day_start_ns) for row in _rows(text, BOOKS)]


def _book(row: tuple[str, ...], arrived_ns: int, day_start_ns: int) -> Book:
    in_auction = row[2] not in _continuous
    expected_krw = _level(row[_EXPECTED], row) if in_auction else None
    return Book(
        _symbol(row[0], row),
        "KRX",
        day_start_ns + _hour_ns(row[1], row),
        arrived_ns,
        _side(row, _ASKS, _ASK_SIZES),
        _side(row, _BIDS, _BID_SIZES),
        expected_krw,
        None if expected_krw is None else _count(row[_EXPECTED_SIZE], row),
        in_auction,
    )


def _side(row: tuple[str, ...], price_at: int, size_at: int) -> tuple[BookLevel, ...]:
    prices = row[price_at : price_at + _LEVELS]
    sizes = row[size_at : size_at + _LEVELS]
    return tuple(
        (price_krw, shares)
        for price, size in zip(prices, sizes, strict=True)
        if (price_krw := _level(price, row)) is not None and (shares := _count(size, row)) > 0
    )


_NOTICE_WIDTH = min(STREAMS[tr_id].width_min for tr_id in NOTICES.values())
# Up to ODER_QTY, the last column read here, all layouts (23 and 26) agree on the places.
_NOTICE_AT = {
    column: {STREAMS[tr_id].index(column) for tr_id in NOTICES.values()}.pop()
    for column in (
        *("ACNT_NO", "ODER_NO", "OODER_NO", "SELN_BYOV_CLS", "RCTF_CLS", "STCK_SHRN_ISCD"),
        *("CNTG_QTY", "CNTG_UNPR", "STCK_CNTG_HOUR", "RFUS_YN", "CNTG_YN", "ACPT_YN", "ODER_QTY"),
    )
}
_SIDES: dict[str, Side] = {"01": "SELL", "1": "SELL", "02": "BUY", "2": "BUY"}
_CHANGES: dict[str, Literal["new", "modify", "cancel"]] = {
    "0": "new",
    "": "new",
    "1": "modify",
    "2": "cancel",
}


def notices(payload: str, count: int = 1) -> list[OrderNotice]:
    """Read the opened payload of an H0STCNI0 or H0STCNI9 frame (`Keyring.open`)."""
    if not 0 < count <= RECORDS_MAX:
        raise FrameError(f"{count} records", payload)
    return [_notice(row) for row in records(payload, count, _NOTICE_WIDTH)]


def is_for(notice: OrderNotice, account: Account) -> bool:
    """Whether a notice is of this account: one HTS id hears all of its accounts."""
    return notice.account == account.number + account.product


def _notice(row: tuple[str, ...]) -> OrderNotice:
    said = {column: row[place].strip() for column, place in _NOTICE_AT.items()}
    side, change = _SIDES.get(said["SELN_BYOV_CLS"]), _CHANGES.get(said["RCTF_CLS"])
    if side is None or change is None:
        _wrong("side or kind", f"{said['SELN_BYOV_CLS']} {said['RCTF_CLS']}", row)
    account = said["ACNT_NO"].replace("-", "")
    if len(account) != 10 or not _is_digits(account):
        _wrong("account, expected 10 digits,", account, row)
    broker_id = _order_number(said["ODER_NO"], row)
    if broker_id is None:
        _wrong("order number", said["ODER_NO"], row)
    _hour_ns(said["STCK_CNTG_HOUR"], row)  # it is a time, or this is not a notice
    return OrderNotice(
        kind=_notice_kind(said, row),
        account=account,
        broker_id=broker_id,
        original_id=_order_number(said["OODER_NO"], row),
        symbol=_symbol(said["STCK_SHRN_ISCD"].removeprefix("A"), row),
        side=side,
        shares=_count(said["CNTG_QTY"] or "0", row),
        price_krw=_count(said["CNTG_UNPR"] or "0", row),
        order_shares=_count(said["ODER_QTY"] or "0", row),
        change=change,
        at=said["STCK_CNTG_HOUR"],
    )


def _notice_kind(said: dict[str, str], row: tuple[str, ...]) -> NoticeKind:
    match said["CNTG_YN"], said["RFUS_YN"], said["ACPT_YN"], said["RCTF_CLS"]:
        case "2", "0" | "", _, _:
            return NoticeKind.FILLED
        case "1", "1", _, _:
            return NoticeKind.REJECTED
        case ("1", "0" | "", "3", _) | ("1", "0" | "", "2", "2"):
            return NoticeKind.CANCELLED  # what IOC/FOK left over, or a cancel confirmed
        case "1", "0" | "", "1" | "2", _:
            return NoticeKind.ACCEPTED
        case what:
            _wrong("CNTG_YN, RFUS_YN, ACPT_YN, RCTF_CLS", " ".join(what), row)


def _order_number(text: str, row: tuple[str, ...]) -> str | None:
    """Return ODNO as 10 digits; None where there is none. KIS pads it in some places only."""
    if text in _BLANK or not text.strip("0"):
        return None
    if len(text) > 10 or not _is_digits(text):
        _wrong("order number", text, row)
    return text.zfill(10)


def _symbol(text: str, row: tuple[str, ...]) -> str:
    if text not in _symbols:
        if not (5 <= len(text) <= 9 and text.isascii() and text.isalnum()):
            _wrong("symbol", text, row)
        _remember(_symbols, text, text)
    return _symbols[text]


def _hour_ns(text: str, row: tuple[str, ...]) -> int:
    if text not in _hours:
        if len(text) != 6 or not _is_digits(text):
            _wrong("time, expected HHMMSS", text, row)
        hour, minute, second = int(text[:2]), int(text[2:4]), int(text[4:])
        if hour > 23 or minute > 59 or second > 59:
            _wrong("time, expected HHMMSS", text, row)
        _remember(_hours, text, ((hour * 60 + minute) * 60 + second) * _SECOND_NS)
    return _hours[text]


def _level(text: str, row: tuple[str, ...]) -> int | None:
    if text not in _levels:
        if len(text) > 12 or not _is_digits(text):
            _wrong("price", text, row)
        _remember(_levels, text, int(text) or None)
    return _levels[text]


def _count(text: str, row: tuple[str, ...]) -> int:
    try:
        return _size(text)
    except ValueError:  # it may still be padded with zeros
        if len(text) > 18 or not _is_digits(text):
            _wrong("size", text, row)
        return int(text)


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def _wrong(what: str, text: str, row: tuple[str, ...]) -> Never:
    raise FrameError(f"{what} {text[:40]!r}", "^".join(row))


def _remember[V](memo: dict[str, V], text: str, value: V) -> None:
    if len(memo) >= _MEMO_MAX:
        memo.clear()
        if memo is _levels:
            _levels.update(dict.fromkeys(_BLANK))
    memo[text] = value
