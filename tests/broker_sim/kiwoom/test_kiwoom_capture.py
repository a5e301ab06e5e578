"""A capture played: the same rows in the same order, at their pace, with their silences."""

import asyncio
import contextlib
import datetime as dt
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from broker_sim.kiwoom.captures import Capture, CaptureError, read_capture
from kis_core.clock import SECOND_NS, ScaledClock, TapeClock, kst, write_anchor
from tests.broker_sim.kiwoom.conftest import Broker, Line, Opens

pytestmark = pytest.mark.anyio

FIRST = dt.datetime(2025, 9, 9, 11, 34, 19, 618299)  # noqa: DTZ001 - as the file has it
Row = tuple[str, str, dict[str, str]]


@pytest.fixture
def real(kst_data: Path) -> pa.Table:
    """The captured ten minutes of KRX and NXT."""
    name = "kiwoom_best_quotes_20250909_1134_1144.parquet"
    return pq.read_table(kst_data / "dual_venue" / name)


def cut(table: pa.Table, folder: Path, until: str) -> tuple[pa.Table, Capture]:
    """Return the rows before a time of that day, and the capture they make."""
    end = dt.datetime.combine(FIRST.date(), dt.time.fromisoformat(until))
    rows = table.filter(pc.less(table["timestamp"], pa.scalar(end, table["timestamp"].type)))
    pq.write_table(rows, folder / "cut.parquet")
    return rows, read_capture(folder / "cut.parquet")


def rows_of(table: pa.Table) -> list[Row]:
    """Return a capture's rows as they must be told: item, type, FIDs."""
    fids = ("13", "41", "51", "61", "71")
    columns = [[str(v) for v in table[f"fid_{fid}"].to_pylist()] for fid in fids]
    return [
        (item, "0D", {"21": f"{at:%H%M%S}", **dict(zip(fids, values, strict=True))})
        for at, item, *values in zip(
            table["timestamp"].to_pylist(), table["raw_code"].to_pylist(), *columns, strict=True
        )
    ]


def told(elements: Sequence[dict[str, Any]]) -> list[Row]:
    return [(e["item"], e["type"], e["values"]) for e in elements]


@contextlib.asynccontextmanager
async def listening(broker: Broker, items: Sequence[str]) -> AsyncIterator[Line]:
    """Open a session that registers items in groups of a hundred."""
    async with broker.socket() as line:
        for first in range(0, len(items), 100):
            answer = await line.register(items[first : first + 100], ["0D"], str(first // 100))
            # The first rows may be told as soon as the last group is in.
            assert answer["return_code"] == 0
        yield line


async def until_stage(broker: Broker, stage: str) -> dict[str, Any]:
    """Return the player's state once it is there."""
    async with asyncio.timeout(60):
        while True:
            state = await broker.steer("capture")
            if state["stage"] == stage:
                return state


async def test_rows_come_out_as_they_went_in_duplicates_and_all(
    real: pa.Table, tmp_path: Path, opens: Opens
) -> None:
    rows, capture = cut(real, tmp_path, "11:39:10")
    assert rows.num_rows > 7_000
    clock = TapeClock(capture.at_ns[0] - 10 * SECOND_NS)
    items = sorted({item for item, _ in capture.keys})
    async with opens(clock=clock, capture=capture) as broker, listening(broker, items) as line:
        await until_stage(broker, "playing")
        await clock.move_to(capture.at_ns[-1])
        got = told(await line.elements(rows.num_rows))
        state = await until_stage(broker, "done")
    assert got == rows_of(rows)
    keys = Counter((item, tuple(values.items())) for item, _, values in got)
    assert max(keys.values()) > 1, "the rows hold duplicates"
    by_item = Counter(item for item, _, _ in got)
    assert state["by_item"] == {f"{item} 0D": count for item, count in by_item.items()}
    assert (state["rows_done"], state["sent"], state["unheard"]) == (len(got), len(got), 0)


async def test_the_hole_is_a_silence_of_its_length(
    real: pa.Table, tmp_path: Path, opens: Opens
) -> None:
    rows, capture = cut(real, tmp_path, "11:38:41")
    clock = TapeClock(capture.at_ns[0] - SECOND_NS)
    items = sorted({item for item, _ in capture.keys})
    async with opens(clock=clock, capture=capture) as broker, listening(broker, items) as line:
        await until_stage(broker, "playing")
        before = 31  # rows before the logger was started again
        hole_ns = capture.at_ns[before] - capture.at_ns[before - 1]
        assert hole_ns == 256_428_145_000
        await clock.move_to(capture.at_ns[before] - 1)
        await line.elements(before)
        state = await broker.steer("capture")
        assert (state["rows_done"], state["stage"]) == (before, "playing")
        await clock.move_to(capture.at_ns[-1])
        await line.elements(rows.num_rows - before)


async def test_at_twenty_times_the_speed_gaps_are_a_twentieth(
    real: pa.Table, tmp_path: Path, opens: Opens
) -> None:
    rows, capture = cut(real.slice(31), tmp_path, "11:39:10")
    anchor = tmp_path / "clock.json"
    write_anchor(anchor, capture.at_ns[0] - SECOND_NS, 20.0, running=True)
    items = sorted({item for item, _ in capture.keys})
    clock = ScaledClock(anchor)
    loop = asyncio.get_running_loop()
    async with opens(clock=clock, capture=capture) as broker, listening(broker, items) as line:
        first = await line.elements(1)
        began_s = loop.time()
        got = told(first + await line.elements(rows.num_rows - 1))
        spent_s = loop.time() - began_s
        state = await until_stage(broker, "done")
    assert got == rows_of(rows)
    span_s = (capture.at_ns[-1] - capture.at_ns[0]) / SECOND_NS / 20
    # Never faster; slower only by what a busy machine costs. `offset_s` says what registering cost.
    assert spent_s >= span_s - 0.1
    assert state["offset_s"] >= 0


async def test_it_waits_for_everything_to_be_registered_or_to_be_told(
    real: pa.Table, tmp_path: Path, opens: Opens
) -> None:
    rows, capture = cut(real, tmp_path, "11:38:41")
    clock = TapeClock(capture.at_ns[-1])
    async with (
        opens(clock=clock, capture=capture) as broker,
        listening(broker, ["005930"]) as line,
    ):
        state = await broker.steer("capture")
        assert (state["stage"], state["registered"]) == ("waiting", 1)
        assert state["starts_at"] == state["streams"] > 100
        assert (await broker.steer("capture", {}))["starts_at"] == state["starts_at"]
        state = await until_stage(broker, "playing")
        # The clock was past the first row: everything is moved by as much, and keeps its pace.
        assert state["offset_s"] == (capture.at_ns[-1] - capture.at_ns[0]) / SECOND_NS
        await clock.move_to(2 * capture.at_ns[-1] - capture.at_ns[0])
        state = await until_stage(broker, "done")
        wanted = [row for row in rows_of(rows) if row[0] == "005930"]
        assert told(await line.elements(len(wanted))) == wanted
        assert (state["sent"], state["unheard"]) == (len(wanted), rows.num_rows - len(wanted))


async def test_it_begins_with_as_many_streams_as_it_is_told(
    real: pa.Table, tmp_path: Path, opens: Opens
) -> None:
    _, capture = cut(real, tmp_path, "11:34:30")
    clock = TapeClock(capture.at_ns[0] - SECOND_NS)
    chosen = {"capture": capture, "start_when_registered": 1}
    async with opens(clock=clock, **chosen) as broker, listening(broker, ["005930_NX"]):
        await until_stage(broker, "playing")


async def test_told_at_once_it_does_not_wait_for_the_first_rows_time(
    real: pa.Table, tmp_path: Path, opens: Opens
) -> None:
    _, capture = cut(real, tmp_path, "11:34:20")
    clock = TapeClock(capture.at_ns[0] - 3600 * SECOND_NS)
    async with (
        opens(clock=clock, capture=capture) as broker,
        listening(broker, ["005930"]) as line,
    ):
        state = await broker.steer("capture", {"at_once": True})
        got = (await line.elements(1))[0]
        assert got["values"]["21"] == "113419"  # its own time, whatever the clock shows
        state = await broker.steer("capture")
        assert state["offset_s"] == -3600


async def test_the_universe_holds_the_captures_items_with_nxt(
    real: pa.Table, tmp_path: Path, opens: Opens
) -> None:
    _, capture = cut(real, tmp_path, "11:39:00")
    symbols = {item.removesuffix("_NX") for item, _ in capture.keys}
    clock = TapeClock(capture.at_ns[0] - SECOND_NS)
    async with opens(clock=clock, capture=capture, list_rows=10_000) as broker:
        reply = await broker.ask("ka10099", "/api/dostk/stkinfo", {"mrkt_tp": "0"})
        listed = {row["code"]: row["nxtEnable"] for row in reply.json()["list"]}
    assert symbols - listed.keys() <= {"247540"}  # that one is KOSDAQ's
    nxt = {item.removesuffix("_NX") for item, _ in capture.keys if item.endswith("_NX")}
    assert all(listed[symbol] == "Y" for symbol in nxt & listed.keys())


def table(**over: Any) -> pa.Table:
    """Return one good row, with some columns replaced; None takes one away."""
    columns: dict[str, Any] = {
        "timestamp": pa.array([FIRST], pa.timestamp("us")),
        "real_type": ["주식체결"],
        "raw_code": ["005930"],
        "fid_10": ["+70000"],
        "fid_13": pa.array([5], pa.int64()),
        "fid_27": pa.array([None], pa.float64()),
    }
    columns |= over
    return pa.table({name: column for name, column in columns.items() if column is not None})


def test_a_row_tells_what_it_has_and_no_more(tmp_path: Path) -> None:
    pq.write_table(table(), tmp_path / "one.parquet")
    capture = read_capture(tmp_path / "one.parquet")
    assert capture.keys == [("005930", "0B")]
    assert capture.values(0) == {"20": "113419", "10": "+70000", "13": "5"}
    assert kst(capture.at_ns[0]).replace(tzinfo=None) == FIRST


@pytest.mark.parametrize(
    ("over", "word"),
    [
        ({"raw_code": None}, "no column raw_code"),
        ({"real_type": ["주식시세표"]}, "row 0, real_type: '주식시세표'"),
        ({"timestamp": ["11:34:19"]}, "timestamp: string"),
        ({"timestamp": pa.array([None], pa.timestamp("us"))}, "none empty"),
    ],
)
def test_what_is_no_capture_is_refused_by_name(
    tmp_path: Path, over: dict[str, Any], word: str
) -> None:
    pq.write_table(table(**over), tmp_path / "bad.parquet")
    with pytest.raises(CaptureError, match=r"bad\.parquet") as error:
        read_capture(tmp_path / "bad.parquet")
    assert word in str(error.value)


def test_a_file_that_is_no_parquet_or_is_empty_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no")
    pq.write_table(table().slice(1), tmp_path / "empty")
    for name, word in (("text", "Parquet"), ("empty", "no rows"), ("missing", "Parquet")):
        with pytest.raises(CaptureError, match=word):
            read_capture(tmp_path / name)
