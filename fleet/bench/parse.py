"""How fast a trade frame becomes a typed event, beside the cut that any reader has to make.

Yardsticks in the same run, on the same frames: `str.split("^")` alone, which makes nothing of the
texts; and pandas as the broker's own sample uses it. Yardstick and reading take turns every few
hundred frames.
"""

import io
import random
from typing import Any

from fleet.bench.beside import in_turns, row
from kis_core.wire.stream.trades import trades
from kis_core.wire.tr_table import STREAMS, TRADES

_COLUMNS = STREAMS[TRADES].layouts[0]
_PUBLISHED = (
    "005930^093354^71900^5^-100^-0.14^72023.83^72100^72400^71700^71900^71800^1^3052507"
    "^219853241700^5105^6937^1832^84.90^1366314^1159996^1^0.39^20.28^090020^5^-200^090820"
    "^5^-500^092619^2^200^20230612^20^N^65945^216924^1118750^2199206^0.05^2424142^125.92"
    "^0^^72100"
)
_DAY_NS = 1_686_495_600_000_000_000
_ROUND_RECORDS = 500
_ROUNDS = 40
_SYMBOLS = 103
_MUST = 0.5


def run() -> dict[str, Any]:
    """Measure, and return the result in the shape all benchmarks share."""
    rows = [
        _beside_split("one record a frame", 1),
        _beside_split("two records a frame", 2),
        _beside_split("three records a frame", 3),
        _beside_split("ten records a frame", 10),
        _beside_pandas(),
    ]
    return {"bench": "parse", "rows": rows}


def _beside_split(name: str, per_frame: int) -> dict[str, Any]:
    each = _ROUND_RECORDS // per_frame * per_frame
    rounds = [_round(each, per_frame, seed) for seed in range(_ROUNDS)]
    ours, theirs = in_turns(rounds, _read, lambda text: text.split("^"))
    return row(name, ours, theirs, "split", _MUST)


def _beside_pandas() -> dict[str, Any]:
    # Loaded here: it takes longer than all else takes to run. It ships no types.
    import pandas as pd  # type: ignore[import-untyped]

    def sample(text: str) -> object:
        payload = io.StringIO(text.split("|", 3)[3])
        return pd.read_csv(payload, header=None, sep="^", names=_COLUMNS, dtype=object)

    ours, theirs = in_turns([_round(40, 1, seed) for seed in range(5)], _read, sample)
    return row("one record a frame, pandas", ours, theirs, "pandas", 1.0)


def _round(records: int, per_frame: int, seed: int) -> tuple[int, list[str], list[str]]:
    frames = _frames(records, per_frame, seed)
    return records, frames, frames


def _read(text: str) -> object:
    return trades(text, _DAY_NS, _DAY_NS)


def _frames(records: int, per_frame: int, seed: int) -> list[str]:
    """Return frames of a busy minute: many symbols, prices that walk, sums that grow."""
    chance = random.Random(seed)
    template = dict(zip(_COLUMNS, _PUBLISHED.split("^"), strict=True))
    rows = []
    for n in range(records):
        symbol = chance.randrange(_SYMBOLS)
        price = 20_000 + symbol * 700 + chance.randrange(-20, 21) * 100
        size = chance.randrange(1, 3_000)
        changed = {
            "MKSC_SHRN_ISCD": f"{symbol * 10:06d}",
            "STCK_CNTG_HOUR": f"0933{(seed + n // 30) % 60:02d}",
            "STCK_PRPR": str(price),
            "ASKP1": str(price + 100),
            "BIDP1": str(price),
            "CNTG_VOL": str(size),
            "ACML_VOL": str(3_052_507 + n * size),
            "ACML_TR_PBMN": str(219_853_241_700 + n * size * price),
            "CCLD_DVSN": chance.choice("15"),
            "VI_STND_PRC": str(20_000 + symbol * 700),
        }
        rows.append("^".join({**template, **changed}.values()))
    return [
        f"0|{TRADES}|{len(rows[i : i + per_frame]):03d}|" + "^".join(rows[i : i + per_frame])
        for i in range(0, records, per_frame)
    ]
