"""A day's tape becomes Parquet: the same rows, typed, and nothing lost on the way."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import polars as pl
import pytest

from collector import dayfile, tape
from collector.day_schema import SEED
from collector.dayfile import DayFileError
from collector.tape import Tape
from kis_core.market.events import Trade
from kis_core.market.instants import midnight_ns
from kis_core.wire.tape import Heard, decode

DAY = date(2025, 9, 9)
MIDNIGHT = midnight_ns(DAY)
_encode = msgspec.json.Encoder().encode


def frame(kind: str, item: str, name: str = "주식호가잔량", **fids: str) -> str:
    values = {key[1:]: value for key, value in fids.items()}
    element = {"type": kind, "name": name, "item": item, "values": values}
    return _encode({"trnm": "REAL", "data": [element]}).decode()


def taped(
    directory: Path, texts: Sequence[tuple[int, str]], source: str = "kiwoom", size: int = 1 << 20
) -> None:
    one = Tape(directory, DAY, size, source)
    for at_ns, text in texts:
        one.text(at_ns, text)
    one.close()


def rows(*paths: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for piece in dayfile.read(paths):
        found.extend(piece.to_pylist())
    return found


def put_away(directory: Path, source: str = "kiwoom") -> dayfile.DayFile:
    made = dayfile.compact(directory / "tape", directory / "days", source, DAY)
    assert made is not None
    return made


def test_part4_08_a_price_is_a_number_and_its_sign_is_kept_aside(tmp_path: Path) -> None:
    book = frame("0D", "005930_NX", _21="113419", _41="+60300", _51="-60200", _61="12", _71="0")
    taped(tmp_path / "tape", [(MIDNIGHT + 5_123, book)])
    (row,) = rows(put_away(tmp_path).path)
    told = {name: value for name, value in row.items() if value is not None}
    assert told == {
        "arrived_ns": MIDNIGHT + 5_123,
        "event_ns": MIDNIGHT + (11 * 3_600 + 34 * 60 + 19) * 10**9,
        "kind": "book",
        "type": "0D",
        "symbol": "005930",
        "venue": "NXT",
        "ask_sign": 1,
        "bid_sign": -1,
        "ask_krw_1": 60_300,
        "ask_shares_1": 12,
        "bid_krw_1": 60_200,
        "bid_shares_1": 0,
        "timestamp": datetime(2025, 9, 9, 0, 0, 0, 5),  # noqa: DTZ001 - KST, as the seed had it
        "real_type": "주식호가잔량",
        "fid_41": "+60300",
        "fid_51": "-60200",
        "fid_61": "12",
        "fid_71": "0",
        "raw_code": "005930_NX",
    }


def test_trades_and_quotes_say_what_they_say_and_no_more(tmp_path: Path) -> None:
    trade = frame(
        "0B", "005930_AL", "주식체결", _20="115618", _10="-257750", _11="-11250", _12="-4.18",
        _27="-258000", _28="-257500", _15="-19", _13="7198927", _14="1860588", _290="2",
        _9081="KRX",
    )  # fmt: skip
    quote = frame("0C", "0001A0", "주식우선호가", _27="+100", _28="0")
    taped(tmp_path / "tape", [(MIDNIGHT, trade), (MIDNIGHT + 1, quote)])
    first, second = rows(put_away(tmp_path).path)
    said = ("kind", "venue", "price_krw", "price_sign", "volume", "aggressor", "cum_volume",
            "cum_value_krw", "ask_krw_1", "bid_krw_1", "session_code", "exchange")  # fmt: skip
    assert [first[name] for name in said] == [
        "trade", "UN", 257_750, -1, 19, -1, 7_198_927,
        1_860_588_000_000, 258_000, 257_500, "2", "KRX",
    ]  # fmt: skip
    assert [second[name] for name in ("kind", "symbol", "price_krw", "ask_krw_1", "bid_krw_1")] == [
        "quote", "0001A0", None, 100, None,
    ]  # fmt: skip


def test_the_dual_venue_capture_comes_back_row_by_row(tmp_path: Path, kst_data: Path) -> None:
    captured = pl.read_parquet(kst_data / "dual_venue" / "*.parquet")
    texts = []
    for row in captured.iter_rows(named=True):
        fids = {
            f"_{name[4:]}": str(value)
            for name, value in row.items()
            if name.startswith("fid_") and value is not None
        }
        at = row["timestamp"].replace(tzinfo=UTC)
        at_ns = round(at.timestamp() * 1_000_000) * 1_000 - 9 * 3_600 * 10**9
        texts.append((at_ns, frame("0D", row["raw_code"], row["real_type"], **fids)))
    taped(tmp_path / "tape", texts, size=1 << 22)
    made = put_away(tmp_path)
    back = pl.read_parquet(made.path)
    assert made.summary.rows == len(captured) == 78_858
    assert len(made.summary.segments) > 2
    assert back.select(SEED).equals(captured.select(SEED).cast(dict(back.select(SEED).schema)))
    assert back["ask_krw_1"].to_list() == [abs(int(said)) for said in captured["fid_41"]]
    assert dayfile.check(made, tmp_path / "tape") == []


def test_what_cannot_be_read_is_kept_counted_and_the_rest_goes_on(tmp_path: Path) -> None:
    texts = [
        frame("0D", "005930", _41="+60300"),
        "{not json",
        frame("0D", "005930", _41="sixty thousand"),
        '{"trnm":"PING"}',
        '{"trnm":"REG","return_code":0,"data":[{"item":["005930"],"type":["0D"]}]}',
        frame("00", "", "주문체결", _9203="1"),
        frame("0H", "005930", "주식예상체결", _10="+60000"),
        frame("0D", "005930", _41="+60400"),
    ]
    taped(tmp_path / "tape", list(enumerate(texts)))
    (path,) = tape.segments(tmp_path / "tape", DAY, "kiwoom")
    path.write_bytes(path.read_bytes() + b"no record\n17\tkiwoom\tto")
    made = put_away(tmp_path)
    assert [row["ask_krw_1"] for row in rows(made.path)] == [60_300, None, 60_400]
    assert rows(made.path)[1]["text"] == texts[6]
    summary = made.summary
    assert (summary.rows, summary.unread, summary.damaged) == (3, 2, 2)
    assert summary.left_out == {"control": 2, "account": 1}
    kept = [r.text for r in decode(made.path.with_suffix(".quarantine").read_bytes())
            if isinstance(r, Heard)]  # fmt: skip
    assert len(kept) == 4
    assert any("FID 41 is 'sixty thousand', expected a number" in text for text in kept)
    assert any(text.endswith("\t{not json") for text in kept)


def test_kis_trades_and_books_are_typed_and_keys_stay_out(
    tmp_path: Path, trade_text: object, ack_text: object
) -> None:
    at_ns = MIDNIGHT + 10 * 3_600 * 10**9
    trade = Trade("005930", "KRX", at_ns, 7, 70_050, 3, 900, 63_000_000, 1, None, None,
                  False, False, None)  # fmt: skip
    texts = [
        ack_text(("H0STCNI0", "trader")),  # type: ignore[operator]
        trade_text(trade),  # type: ignore[operator]
        "1|H0STCNI0|001|c2VhbGVk",
        "0|H0STCNT0|001|torn",
    ]
    taped(tmp_path / "tape", list(enumerate(texts)), source="kis")
    made = put_away(tmp_path, "kis")
    (row,) = rows(made.path)
    said = ("event_ns", "kind", "type", "symbol", "venue", "price_krw", "volume", "cum_volume")
    assert [row[name] for name in said] == [
        at_ns, "trade", "H0STCNT0", "005930", "KRX", 70_050, 3, 900,
    ]  # fmt: skip
    assert (made.summary.left_out, made.summary.unread) == ({"control": 1, "account": 1}, 1)
    assert b"k" * 32 not in made.path.read_bytes()


def test_real_kis_frames_have_their_levels(tmp_path: Path, kst_data: Path) -> None:
    samples = (kst_data / "broker_samples" / "kis_ws_frames.jsonl").read_text().splitlines()
    frames = [msgspec.json.decode(line) for line in samples]
    texts = [said["frame"] for said in frames if "H0STASP0" in said.get("frame", "")]
    assert texts
    taped(tmp_path / "tape", list(enumerate(texts)), source="kis")
    found = rows(put_away(tmp_path, "kis").path)
    assert len(found) == len(texts)
    for row in found:
        asks = [row[f"ask_krw_{n}"] for n in range(1, 11)]
        assert row["kind"] == "book"
        assert asks == sorted(asks)  # type: ignore[type-var]
        assert row["ask_krw_1"] > row["bid_krw_1"]  # type: ignore[operator]


def test_a_file_is_never_written_again(tmp_path: Path) -> None:
    taped(tmp_path / "tape", [(1, frame("0D", "005930", _41="1"))])
    first = put_away(tmp_path)
    before = first.path.read_bytes()
    assert dayfile.compact(tmp_path / "tape", tmp_path / "days", "kiwoom", DAY) is None
    taped(tmp_path / "tape", [(2, frame("0D", "005930", _41="2"))])
    second = put_away(tmp_path)
    assert second.path.name == "market_data_20250909.2.parquet"
    assert first.path.read_bytes() == before
    both = dayfile.parts(tmp_path / "days", "kiwoom", DAY)
    assert [row["ask_krw_1"] for row in rows(*both)] == [1, 2]
    assert dayfile.day_paths(tmp_path / "days") == both


def test_what_is_still_being_written_waits_for_the_next_time(tmp_path: Path) -> None:
    one = Tape(tmp_path / "tape", DAY, 1 << 20, "kiwoom")
    one.text(1, frame("0D", "005930", _41="1"))
    one.turn()
    one.text(2, frame("0D", "005930", _41="2"))
    one.sync()
    assert put_away(tmp_path).summary.rows == 1
    one.close()
    assert put_away(tmp_path).summary.rows == 1


def test_a_damaged_file_or_segment_is_told(tmp_path: Path) -> None:
    taped(tmp_path / "tape", [(n, frame("0D", "005930", _41=str(n))) for n in range(1, 2_000)])
    made = put_away(tmp_path)
    (segment,) = tape.segments(tmp_path / "tape", DAY, "kiwoom")
    segment.write_bytes(segment.read_bytes().replace(b"1999", b"1998"))
    assert any("kiwoom-0001.tape" in said for said in dayfile.check(made, tmp_path / "tape"))
    content = bytearray(made.path.read_bytes())
    content[100:110] = b"overwritten"[:10]
    made.path.write_bytes(content)
    assert any("market_data" in said for said in dayfile.check(made, tmp_path / "tape"))
    made.path.write_bytes(b"PAR1")
    with pytest.raises(DayFileError, match="not a day file"):
        dayfile.load(made.path)


def test_rows_are_read_by_symbol_and_column(tmp_path: Path) -> None:
    texts = [(n, frame("0D", f"00000{n % 3}", _41=str(n + 1))) for n in range(9)]
    taped(tmp_path / "tape", texts)
    path = put_away(tmp_path).path
    (piece,) = dayfile.read([path], ["ask_krw_1"], ["000001"])
    assert piece.to_pydict() == {"ask_krw_1": [2, 5, 8]}
    with pytest.raises(DayFileError, match="no column price"):
        next(dayfile.read([path], ["price"]))
    with pytest.raises(DayFileError, match="expected one of kis, kiwoom"):
        dayfile.compact(tmp_path / "tape", tmp_path / "days", "kiwom", DAY)


COMPACTOR = """
import sys
from datetime import date
from pathlib import Path
from collector import dayfile
dayfile.ROW_GROUP = 4096
def told(done):
    print(done, flush=True)
place = Path(sys.argv[1])
dayfile.compact(place / "tape", place / "days", "kiwoom", date(2025, 9, 9), told)
"""


def test_part4_10_a_compaction_killed_half_way_costs_nothing(tmp_path: Path) -> None:
    texts = [(n, frame("0D", "005930", _41=str(n + 1))) for n in range(60_000)]
    taped(tmp_path / "tape", texts, size=1 << 19)
    process = subprocess.Popen(
        [sys.executable, "-c", COMPACTOR, str(tmp_path)], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    for _ in range(4):  # some row groups are in the draft
        assert process.stdout.readline()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert list((tmp_path / "days" / "kiwoom").glob("*.draft"))
    assert dayfile.day_paths(tmp_path / "days") == []
    made = put_away(tmp_path)
    assert [row["ask_krw_1"] for row in rows(made.path)] == list(range(1, 60_001))
    assert dayfile.check(made, tmp_path / "tape") == []
    assert not list((tmp_path / "days" / "kiwoom").glob("*.draft"))


def test_memory_is_bounded_whatever_the_day_holds(tmp_path: Path) -> None:
    text = frame("0D", "005930", **{f"_{fid}": "123456" for fid in range(41, 81)})
    taped(tmp_path / "tape", [(n, text) for n in range(40_000)], size=1 << 22)
    grown = """
import resource, sys
from datetime import date
from pathlib import Path
from collector import dayfile
dayfile.ROW_GROUP = 4096
place = Path(sys.argv[1])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
dayfile.compact(place / "tape", place / "days", "kiwoom", date(2025, 9, 9))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)
"""
    done = subprocess.run(
        [sys.executable, "-c", grown, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < 150  # MB; all rows at once, in Python, are above 200
