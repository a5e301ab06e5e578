"""How fast the tape is written, put away as Parquet, and read again.

Append: `collector.tape.Tape` with an fsync a second from another thread, as the collector does it;
yardstick, in turns: the same lines formatted and written to a plain file by hand, with the same
fsync. Compaction: from segments of Kiwoom's texts to a day file, checked and on the disk;
yardstick: pyarrow writing the same rows with the same settings, from the rows as Python has them,
and, as a second line without a claim, from a finished Arrow table: the writing alone. Replay: a
day file's columns as Arrow batches. The texts are those of the real dual-venue capture where the
folder of real data is found.
"""

import json
import os
import shutil
import statistics
import tempfile
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from collector import dayfile, tape
from collector.day_schema import SCHEMA, SEED
from collector.dayfile import DICTIONARY
from collector.tape import Tape
from fleet.bench.beside import row
from kis_core.market.instants import KST_OFFSET_NS, midnight_ns

_DAY = date(2025, 9, 9)
_ROUNDS = 5
_TEXTS = 80_000
_TYPED = [name for name in SCHEMA.names if name not in SEED or name in ("symbol", "venue")]
_BEST = [
    "arrived_ns", "event_ns", "kind", "symbol", "venue", "price_krw", "volume", "aggressor",
    "cum_volume", "ask_krw_1", "ask_shares_1", "bid_krw_1", "bid_shares_1",
]  # fmt: skip
_ROOT = Path(__file__).resolve().parents[2]
_Texts = list[tuple[int, str]]


def run() -> dict[str, Any]:
    """Measure, and return the result in the shape all benchmarks share."""
    folder = Path("data")
    folder.mkdir(exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix="bench-tape-", dir=folder)).resolve()
    try:
        texts = _texts()
        append = _append(place, texts)
        compaction, writing, made = _compaction(place, texts)
        rows = [append, compaction, writing, _segment_read(place)]
        rows.append(_replay("trades and best quotes", made, _BEST))
        rows.append(_replay("every typed column", made, _TYPED))
        return {"bench": "tape", "rows": rows}
    finally:
        shutil.rmtree(place)


def _append(place: Path, texts: _Texts) -> dict[str, Any]:
    ours, theirs = [], []
    for number in range(_ROUNDS):
        with (place / f"plain-{number}").open("wb", buffering=1 << 20) as file:

            def sync(file: Any = file) -> None:
                file.flush()
                os.fdatasync(file.fileno())

            def by_hand(at_ns: int, text: str, file: Any = file) -> None:
                file.write(f"{at_ns}\tkiwoom\t{text}\n".encode())

            theirs.append(_written(texts, by_hand, sync))
        one = Tape(place / f"append-{number}", _DAY, 64 << 20, "kiwoom")
        ours.append(_written(texts, one.text, one.sync))
        one.close()
    return row("append, fsync every second", ours, theirs, "by hand", 0.3)


def _written(texts: _Texts, write: Callable[[int, str], None], sync: Callable[[], None]) -> float:
    done = threading.Event()

    def every_second() -> None:
        while not done.wait(1.0):
            sync()

    thread = threading.Thread(target=every_second)
    thread.start()
    began = perf_counter()
    for at_ns, text in texts:
        write(at_ns, text)
    sync()
    took = perf_counter() - began
    done.set()
    thread.join()
    return len(texts) / took


def _compaction(place: Path, texts: _Texts) -> tuple[dict[str, Any], dict[str, Any], list[Path]]:
    one = Tape(place / "tape", _DAY, 8 << 20, "kiwoom")
    for at_ns, text in texts:
        one.text(at_ns, text)
    one.close()
    made: list[Path] = []
    ours: list[float] = []
    from_rows: list[float] = []
    from_table: list[float] = []
    rows: list[dict[str, Any]] = []
    for number in range(_ROUNDS):
        began = perf_counter()
        finished = dayfile.compact(place / "tape", place / f"days-{number}", "kiwoom", _DAY)
        ours.append(len(texts) / (perf_counter() - began))
        assert finished is not None
        assert finished.summary.rows == len(texts)
        made.append(finished.path)
        table = pq.read_table(finished.path)
        rows = rows or table.to_pylist()
        for rates, source in ((from_rows, rows), (from_table, table)):
            began = perf_counter()
            ready = source if isinstance(source, pa.Table) else pa.Table.from_pylist(source, SCHEMA)
            with (place / "yardstick.parquet").open("wb") as file:
                pq.write_table(
                    ready, file, compression="zstd", use_dictionary=DICTIONARY,
                    row_group_size=dayfile.ROW_GROUP, write_page_checksum=True,
                )  # fmt: skip
                os.fsync(file.fileno())
            rates.append(len(texts) / (perf_counter() - began))
    alone = row("compaction, beside the writing alone", ours, from_table, "pyarrow, table", 0.0)
    alone |= {"must": "no claim", "holds": True}
    return row("compaction to Parquet", ours, from_rows, "pyarrow, rows", 0.5), alone, made


def _segment_read(place: Path) -> dict[str, Any]:
    ours, theirs = [], []
    for _ in range(_ROUNDS):
        paths = tape.segments(place / "tape", _DAY, "kiwoom")
        began = perf_counter()
        count = sum(len(path.read_bytes().decode().split("\n")) - 1 for path in paths)
        theirs.append(count / (perf_counter() - began))
        began = perf_counter()
        found = sum(1 for path in paths for _ in tape.heard(path))
        ours.append(found / (perf_counter() - began))
        assert found == count
    told = row("segments as records", ours, theirs, "split into lines", 0.0)
    return told | {"must": "no claim", "holds": True}


def _replay(name: str, made: list[Path], columns: list[str]) -> dict[str, Any]:
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(_ROUNDS + 1):
        began = perf_counter()
        count = sum(len(batch) for batch in dayfile.read(made, columns))
        ours.append(count / (perf_counter() - began))
        began = perf_counter()
        for path in made:
            pq.read_table(path, columns=columns)
        theirs.append(count / (perf_counter() - began))
    told = row(f"replay read, {name}", ours[1:], theirs[1:], "pyarrow read_table", 0.0)
    fast = statistics.median(ours[1:])
    return told | {"unit": "rows/s", "must": "≥ 2,000,000/s", "holds": fast >= 2_000_000}


def _texts() -> _Texts:
    folder = Path(os.environ.get("KST_DATA") or _ROOT.parent / "shared" / "data") / "dual_venue"
    return _real(folder) if folder.is_dir() else _generated()


def _real(folder: Path) -> _Texts:
    import polars as pl

    captured = pl.read_parquet(folder / "*.parquet").head(_TEXTS)
    at_us = captured["timestamp"].dt.epoch("us").to_list()
    return [
        (us * 1_000 - KST_OFFSET_NS, _frame(said))
        for us, said in zip(at_us, captured.iter_rows(named=True), strict=True)
    ]


def _frame(said: dict[str, Any]) -> str:
    fids = {
        name[4:]: str(value)
        for name, value in said.items()
        if name.startswith("fid_") and value is not None
    }
    element = {
        "type": "0D", "name": said["real_type"], "item": said["raw_code"], "values": fids
    }  # fmt: skip
    return json.dumps({"trnm": "REAL", "data": [element]}, ensure_ascii=False)


def _generated() -> _Texts:
    nine_ns = midnight_ns(_DAY) + 9 * 3_600 * 10**9
    made = []
    for number in range(_TEXTS):
        symbol, step = f"{number % 400 * 10:06d}", number % 97 * 100
        said = {
            "real_type": "주식호가잔량", "raw_code": symbol + ("_NX" if number % 3 == 0 else ""),
            "fid_13": number, "fid_41": f"+{60_100 + step}", "fid_51": f"-{60_000 + step}",
            "fid_61": number % 9_973, "fid_71": number % 7_919,
        }  # fmt: skip
        made.append((nine_ns + number * 2_000_000, _frame(said)))
    return made
