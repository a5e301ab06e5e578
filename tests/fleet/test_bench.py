"""The benchmarks say what they measured in the one shape, and measure what they say."""

import json
from array import array
from datetime import date
from pathlib import Path

import asyncpg
import pytest

from collector import dayfile
from collector.store import CandleStore
from collector.tape import Tape
from fleet.bench import ingest, notice, relay
from fleet.bench import tape as tape_bench
from fleet.bench.beside import in_turns, row
from fleet.bench.relay_load import REGISTRATIONS, Sent
from fleet.bench.relay_reader import Told
from kis_core.environment import Environment
from kis_core.errors import FrameError
from kis_core.wire.account import NoticeKind
from kis_core.wire.stream.cipher import Keyring
from kis_core.wire.stream.rows import events_of


def test_a_row_claims_the_median_of_the_rounds_ratios() -> None:
    told = row("ours", [50.0, 90.0, 40.0], [100.0, 100.0, 100.0], "split", 0.5)
    assert (told["median"], told["min"], told["max"], told["ratio"]) == (50.0, 40.0, 90.0, 0.5)
    assert (told["yardstick"], told["must"], told["holds"]) == ("split 100/s", "≥ 0.5 x", True)
    assert row("ours", [49.0], [100.0], "split", 0.5)["holds"] is False


def test_both_sides_take_turns_over_the_same_rounds() -> None:
    turns: list[str] = []
    rounds = [(2, ["a", "b"], [b"a", b"b"])] * 2
    ours, theirs = in_turns(rounds, turns.append, lambda sealed: turns.append(sealed.decode() * 2))
    assert turns == ["aa", "bb", "a", "b"] * 2
    assert len(ours) == len(theirs) == 2


def test_the_notices_measured_are_what_the_row_says() -> None:
    keyring = Keyring()
    keyring.learn(notice.answer())
    told = [events_of(text, 0, 0, keyring)[0] for text in notice.frames(26, 1, fills_only=False)]
    kinds = [n.kind for n in told]  # type: ignore[union-attr]
    assert {kinds.count(kind) for kind in set(kinds)} <= {166, 167}
    assert set(kinds) == {NoticeKind.ACCEPTED, NoticeKind.FILLED, NoticeKind.CANCELLED}
    with pytest.raises(FrameError):
        events_of(notice.frames(23, 1, fills_only=True)[0], 0, 0, Keyring())


@pytest.mark.anyio
async def test_candles_ingested_and_by_hand_are_the_same_rows(database: str) -> None:
    day = ingest._generated(date(2025, 9, 1), 1)[:2_000]
    hand = await asyncpg.connect(database)
    try:
        await hand.execute(ingest._STAGE)
        symbols = {candle.bar.symbol for candle in day}
        async with CandleStore.open(database, Environment.REAL, sorted(symbols)) as store:
            ours, theirs = await ingest._in_turns(store, hand, [day, ingest._corrected(day)])
        names = ingest._NAMES.replace("environment, ", "")
        asked = f"SELECT {names} FROM stock_candles WHERE environment = $1::text::environment"
        written = [set(await hand.fetch(asked, name)) for name in ("real", "sim")]
    finally:
        await hand.close()
    assert len(ours) == len(theirs) == 2
    assert len(written[0]) == 2_000
    assert written[0] == written[1]


def test_the_texts_of_the_tape_bench_are_books_with_two_prices(tmp_path: Path) -> None:
    texts = tape_bench._generated()[:500]
    assert json.loads(texts[0][1])["data"][0]["values"]["41"] == "+60100"
    one = Tape(tmp_path / "tape", tape_bench._DAY, 1 << 20, "kiwoom")
    for at_ns, text in texts:
        one.text(at_ns, text)
    one.close()
    made = dayfile.compact(tmp_path / "tape", tmp_path, "kiwoom", tape_bench._DAY)
    assert made is not None
    assert (made.summary.rows, made.summary.unread) == (500, 0)
    rows = [row for batch in dayfile.read([made.path]) for row in batch.to_pylist()]
    assert all(row["ask_krw_1"] - row["bid_krw_1"] == 100 for row in rows)


def played(rounds: int) -> tuple[Sent, Told, relay.Watched, relay.Taped]:
    """A load that went well: every round written in its millisecond, and read 2 ms later."""
    at_ns = [n * 1_000_000 for n in range(rounds)]
    told = Told()
    for n in range(rounds):
        told.rounds.extend([n] * REGISTRATIONS)
        told.sizes.append(REGISTRATIONS)
        told.at_ns.append(at_ns[n] + 2_000_000)
    watched = relay.Watched(1.0, rounds / 1000, [80.0, 90.0], [0.1] * 100)
    return Sent(rounds, array("q", at_ns)), told, watched, relay.Taped(rounds * REGISTRATIONS, 0)


def fallen(result: list[dict[str, object]]) -> list[object]:
    return [row["name"] for row in result if not row["holds"]]


def test_relay_claims_what_was_written_taped_and_read() -> None:
    rate = 1000 * REGISTRATIONS
    sent, told, watched, taped = played(3000)
    rows = relay.rows_of(rate, sent, told, watched, taped)
    assert not fallen(rows)
    assert {row["name"]: row["median"] for row in rows}["frame to event, p99"] == 2.0
    short = relay.Taped(taped.frames - 1, 0)
    assert fallen(relay.rows_of(rate, sent, told, watched, short)) == ["lost or told twice"]
    twice = relay.Taped(taped.frames, 1)
    assert fallen(relay.rows_of(rate, sent, told, watched, twice)) == ["lost or told twice"]
    told.conflated = 1
    assert fallen(relay.rows_of(rate, sent, told, watched, taped)) == ["conflated"]
    greedy = relay.Watched(3.1, 3.0, [201.0], [0.1])
    told.conflated = 0
    assert fallen(relay.rows_of(rate, sent, told, greedy, taped)) == [
        "collector's CPU",
        "collector's memory, most",
    ]
    assert fallen(relay.rows_of(2 * rate, sent, told, watched, taped)) == [
        "frames written a second"
    ]


def test_a_short_relay_loses_nothing() -> None:
    rows = {row["name"]: row for row in relay.run(rate=2000, seconds=2)["rows"]}
    assert rows["lost or told twice"]["holds"]
    assert rows["conflated"]["holds"]
    assert rows["collector's memory, most"]["holds"]
