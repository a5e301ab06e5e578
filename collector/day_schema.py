"""The columns of a day file, the same for every source.

First what was said, typed: instants in ns since the epoch, KRW and shares as integers, signs kept
aside, unknown is null. Then the names that the logger before us gave its columns, as the text that
arrived (`timestamp` is the arrival in KST without a zone). `text` holds what has no columns here.
"""

from collections import Counter
from dataclasses import dataclass, field

import pyarrow as pa

from kis_core.wire.tape import Heard

LEVELS = 10
ASKS = tuple(f"ask_krw_{n}" for n in range(1, LEVELS + 1))
BIDS = tuple(f"bid_krw_{n}" for n in range(1, LEVELS + 1))
ASK_SIZES = tuple(f"ask_shares_{n}" for n in range(1, LEVELS + 1))
BID_SIZES = tuple(f"bid_shares_{n}" for n in range(1, LEVELS + 1))
FIDS = ("10", "11", "12", "13", "27", "28", "41", "51", "61", "71")
SEED = ("timestamp", "symbol", "venue", "real_type", *(f"fid_{fid}" for fid in FIDS), "raw_code")

TRADE, QUOTE, BOOK, OTHER = "trade", "quote", "book", "other"

_TEXTS = pa.string()
SCHEMA = pa.schema(
    [
        ("arrived_ns", pa.int64()),
        ("event_ns", pa.int64()),  # the exchange's own second; null where it says none
        ("kind", _TEXTS),  # trade, quote (best prices alone), book, other
        ("type", _TEXTS),  # the broker's: 0B, 0D, H0STCNT0 …
        ("symbol", _TEXTS),
        ("venue", _TEXTS),  # KRX, NXT, UN (both as one)
        ("price_krw", pa.int64()),
        ("price_sign", pa.int8()),  # +1, -1: above, below the previous close; 0: no sign
        ("volume", pa.int64()),  # shares of this print
        ("aggressor", pa.int8()),  # 1 the buyer, -1 the seller, 0 neither or unknown
        ("cum_volume", pa.int64()),
        ("cum_value_krw", pa.int64()),  # Kiwoom says it in millions
        ("ask_sign", pa.int8()),  # of level 1
        ("bid_sign", pa.int8()),
        *((name, pa.int64()) for name in (*ASKS, *ASK_SIZES, *BIDS, *BID_SIZES)),
        ("expected_krw", pa.int64()),
        ("expected_volume", pa.int64()),
        ("session_code", _TEXTS),  # Kiwoom's 290 as it is
        ("exchange", _TEXTS),  # Kiwoom's 9081 as it is
        ("in_auction", pa.bool_()),  # null where the source does not say
        ("halted", pa.bool_()),
        ("timestamp", pa.timestamp("us")),
        ("real_type", _TEXTS),
        *((f"fid_{fid}", _TEXTS) for fid in FIDS),
        ("raw_code", _TEXTS),
        ("text", _TEXTS),
    ]
)


@dataclass(slots=True)
class Read:
    """What a chunk of texts came to: rows, what could not be read and why, what has no rows."""

    rows: pa.RecordBatch
    unread: list[tuple[Heard, str]] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)  # control, account: texts by kind
