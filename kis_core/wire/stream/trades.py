"""Stock trades as typed events: KRX, NXT, both as one, and the after-hours session. Pure.

`trades` is the hottest line of the fleet, so it cuts a frame straight from its text. Texts that
come again and again (a header with its symbol, a second of the day, a level) are looked up in the
tables of `cells`; a text that is new takes the careful path, which checks it. Prices, sizes and
running totals are read each time, four numbers at once.
"""

from typing import Annotated

import msgspec

from kis_core.market.events import AfterHoursTrade, Market, Trade
from kis_core.wire.stream.cells import (
    CONTINUOUS,
    aggressors,
    count,
    halts,
    hour_ns,
    hours,
    level,
    levels,
    one_of,
    records_of,
    remember,
    rows_of,
    symbol,
    symbols,
    wrong,
)
from kis_core.wire.tr_table import STREAMS, TRADES

MARKETS: dict[str, Market] = {TRADES: "KRX", "H0NXCNT0": "NXT", "H0UNCNT0": "UN"}
AFTER_HOURS = "H0STOUP0"

_singles: dict[str, str] = {}  # "0|H0STCNT0|001|005930" → "005930"
_plans: dict[str, tuple[int, range, Market, str]] = {}
"""How to cut what begins with "0|H0STCNT0|012|005930": how many fields there are, where each
record starts, whose trading it is, and the symbol of the first."""

_SINGLE = f"0|{TRADES}|001|"
_TWO_FRAMES = 2 * 46 - 1  # fields at least, where one frame runs into the next
# Price, size, and the day's totals: JSON numbers, for that reader is the fastest there is.
_Size = Annotated[int, msgspec.Meta(ge=0, le=10**18)]
_Price = Annotated[int, msgspec.Meta(gt=0, le=10**12)]
_numbers = msgspec.json.Decoder(tuple[_Price, _Size, _Size, _Size]).decode

# The places counted on below, the same for all markets; the aggressor has two names.
for _tr_id in MARKETS:
    _at = STREAMS[_tr_id].index
    assert STREAMS[_tr_id].width_min == 46
    assert (_at("MKSC_SHRN_ISCD"), _at("STCK_CNTG_HOUR"), _at("STCK_PRPR")) == (0, 1, 2)
    assert (_at("ASKP1"), _at("BIDP1"), _at("CNTG_VOL")) == (10, 11, 12)
    assert (_at("ACML_VOL"), _at("ACML_TR_PBMN")) == (13, 14)
    assert _at("CCLD_DVSN" if _tr_id == TRADES else "CNTG_CLS_CODE") == 21
    assert (_at("TRHT_YN"), _at("HOUR_CLS_CODE"), _at("VI_STND_PRC")) == (35, 43, 45)


def trades(text: str, arrived_ns: int, day_start_ns: int) -> list[Trade]:
    """Read a whole H0STCNT0, H0NXCNT0 or H0UNCNT0 frame. `day_start_ns` is KST midnight."""
    f = text.split("^")
    try:
        # Two frames run together would pass for one with many new columns: read with care.
        if f[0] in _singles and f[35] == "N" and f[43] == "0" and len(f) < _TWO_FRAMES:
            price_krw, volume, cum_volume, cum_value_krw = _numbers(
                f"[{f[2]},{f[12]},{f[13]},{f[14]}]"
            )
            return [
                Trade(
                    _singles[f[0]],
                    "KRX",
                    day_start_ns + hours[f[1]],
                    arrived_ns,
                    price_krw,
                    volume,
                    cum_volume,
                    cum_value_krw,
                    aggressors[f[21]],
                    levels[f[10]],
                    levels[f[11]],
                    False,
                    False,
                    levels[f[45]],
                )
            ]
        fields, starts, market, f[0] = _plans[f[0]]
        if len(f) != fields:
            return _with_care(text, arrived_ns, day_start_ns)
        read = []
        for i in starts:
            price_krw, volume, cum_volume, cum_value_krw = _numbers(
                f"[{f[i + 2]},{f[i + 12]},{f[i + 13]},{f[i + 14]}]"
            )
            in_auction = halted = False
            if f[i + 43] != "0" or f[i + 35] != "N":
                in_auction, halted = f[i + 43] not in CONTINUOUS, halts[f[i + 35]]
            # fmt: off
            read.append(Trade(
                symbols[f[i]], market, day_start_ns + hours[f[i + 1]], arrived_ns,
                price_krw, volume, cum_volume, cum_value_krw,
                aggressors[f[i + 21]], levels[f[i + 10]], levels[f[i + 11]],
                in_auction, halted, levels[f[i + 45]],
            ))
            # fmt: on
        return read
    except (KeyError, ValueError, IndexError):  # a text not met before, or not a frame
        return _with_care(text, arrived_ns, day_start_ns)


def _with_care(text: str, arrived_ns: int, day_start_ns: int) -> list[Trade]:
    """Read any frame, saying what is wrong with it, and remember the texts it brought."""
    tr_id = one_of(text, MARKETS)
    market = MARKETS[tr_id]
    rows = rows_of(text, tr_id)
    read = [_trade(row, market, arrived_ns, day_start_ns) for row in rows]
    head = text[: text.index("^")]
    width, first = len(rows[0]), read[0].symbol
    fields = len(rows) * width
    remember(_plans, head, (fields, range(0, fields, width), market, first))
    if head == _SINGLE + first:
        remember(_singles, head, first)
    return read


def _trade(row: tuple[str, ...], market: Market, arrived_ns: int, day_start_ns: int) -> Trade:
    shares, cum_volume, cum_value_krw = (count(row[i], row) for i in (12, 13, 14))
    price_krw = level(row[2], row)
    if price_krw is None:
        wrong("price", row[2], row)
    return Trade(
        symbol(row[0], row),
        market,
        day_start_ns + hour_ns(row[1], row),
        arrived_ns,
        price_krw,
        shares,
        cum_volume,
        cum_value_krw,
        aggressors.get(row[21], 0),
        level(row[10], row),
        level(row[11], row),
        row[43] not in CONTINUOUS,
        halts[row[35]] if row[35] in halts else wrong("TRHT_YN", row[35], row),
        level(row[45], row),
    )


def after_hours_trades(text: str, arrived_ns: int, day_start_ns: int) -> list[AfterHoursTrade]:
    """Read a whole H0STOUP0 frame: prints of the after-hours single-price session."""
    return [
        AfterHoursTrade(
            symbol=said.symbol("MKSC_SHRN_ISCD"),
            at_ns=said.at_ns("STCK_CNTG_HOUR", day_start_ns),
            arrived_ns=arrived_ns,
            price_krw=said.needed(said.krw("STCK_PRPR"), "STCK_PRPR"),
            volume=said.count("CNTG_VOL"),
            cum_volume=said.count("ACML_VOL"),
            cum_value_krw=said.count("ACML_TR_PBMN"),
            aggressor=aggressors.get(said.text("CNTG_CLS_CODE") or "", 0),
            ask_krw=said.krw("ASKP1"),
            bid_krw=said.krw("BIDP1"),
            halted=said.yes_or_no("TRHT_YN"),
        )
        for said in records_of(text, AFTER_HOURS)
    ]
