"""The whole source: a Kiwoom on the loopback in front, files and a real database behind."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from collector import tape as tapes
from collector.findings import expected
from collector.outbox import read_journal
from collector.relay import Relay
from collector.shipper import Shipper
from collector.slots import Topic
from collector.sources.kiwoom import listing
from collector.sources.kiwoom.day import SOURCE, directory_of
from collector.sources.kiwoom.events import Depth, Print
from collector.sources.kiwoom.groups import streams
from collector.sources.kiwoom.hearing import LineDown
from collector.sources.kiwoom.registry import Row
from collector.sources.kiwoom.root import Offer, Publish
from collector.sources.kiwoom.root import relaying as ears_of
from collector.sources.kiwoom.session import KiwoomSession
from collector.sources.kiwoom.settings import KiwoomSettings
from collector.sources.kiwoom.source import KiwoomSource
from collector.sources.kiwoom.streams_table import write_streams
from collector.sources.kiwoom.universe import Universe, UniverseError
from config.load import DIRECTORY, ConfigError, read_yaml
from kis_core.clock import SECOND_NS, SystemClock, TapeClock
from kis_core.environment import Environment
from kis_core.feed import Feed, Priority, Want, Wants
from kis_core.market.calendar import TradingCalendar
from kis_core.market.events import Gap, SlotsGranted, Trade
from kis_core.market.instants import instant_ns
from kis_core.wire.tape import Heard, decode

pytestmark = pytest.mark.anyio
DAY = date(2026, 9, 14)
_NOBODY: tuple[Publish, Offer] = (lambda _: None, lambda _: None)
SHEET = "Symbol\n005930\n000660\nabc\n"


def at(hour: int, minute: int = 0, second: int = 0) -> int:
    return instant_ns(DAY, time(hour, minute, second))


@dataclass
class Running:
    """A source that runs, with what it published."""

    source: KiwoomSource
    clock: TapeClock
    kiwoom: Any
    data_dir: Path
    told: list[Any] = field(default_factory=list)
    offered: list[frozenset[Topic]] = field(default_factory=list)

    def of[T](self, kind: type[T]) -> list[T]:
        return [each for each in self.told if isinstance(each, kind)]

    async def say(self, at_ns: int, text: str) -> None:
        await self.clock.move_to(at_ns)
        heard = self.source.hearing.frames
        await self.kiwoom.say(text)
        async with asyncio.timeout(10):
            while self.source.hearing.frames == heard:  # noqa: ASYNC110 - it has no event
                await asyncio.sleep(0.001)


def settings(**changes: Any) -> KiwoomSettings:
    shipped = read_yaml(DIRECTORY / "collector.yaml")["kiwoom"]
    return KiwoomSettings.model_validate(
        shipped
        | {"enabled": True, "listing": "none", "nxt": "all", "types": ["0B", "0D"]}
        | {"ledger_s": 1.0, "refused_retry_s": 0.1}
        | changes
    )


@pytest.fixture
def running(
    tmp_path: Path, listening: Any, doors: Any, log: Any, until: Any, calendar: TradingCalendar,
    database: str,
) -> Callable[..., Any]:  # fmt: skip
    @asynccontextmanager
    async def begun(
        at_ns: int,
        *,
        wait: bool = True,
        manners: dict[str, Any] | None = None,
        ears: tuple[Publish, Offer] = _NOBODY,
        **changes: Any,
    ) -> AsyncIterator[Running]:
        sheet = tmp_path / "u.csv"
        if not sheet.exists():
            sheet.write_text(SHEET)
        clock = TapeClock(at_ns)
        told: list[Any] = []
        offered: list[frozenset[Topic]] = []
        async with listening(**(manners or {})) as kiwoom:

            async def token(refused: str | None) -> str:
                return "token-1"

            def make_session(name: str) -> KiwoomSession:
                ends = doors("http://127.0.0.1:1", kiwoom.url)
                return KiwoomSession(
                    name, ends, clock, token, answer_s=5.0, retry_s=0.1, backoff_s=0.01
                )

            async def todays(day: date, file: Path | None) -> Universe:
                return await listing.todays(day, file, None, None)

            async def write(day: date, rows: Sequence[Row]) -> None:
                await write_streams(database, Environment.SIM, SOURCE, day, rows)

            def publish(what: Any) -> None:
                told.append(what)
                ears[0](what)

            def offer(topics: Collection[Topic]) -> None:
                offered.append(frozenset(topics))
                ears[1](topics)

            shipper = Shipper(
                database, Environment.SIM, (), directory_of(tmp_path), log, calendar, SOURCE
            )
            source = KiwoomSource(
                settings(**{"universe": sheet} | changes), tmp_path, clock, calendar,
                make_session, todays, shipper, write,
                publish, offer, log, fsync_s=0.05,
            )  # fmt: skip
            stopping = asyncio.Event()
            task = asyncio.create_task(source.run(stopping))
            try:
                if wait:
                    await until(lambda: _stands(source))
                yield Running(source, clock, kiwoom, tmp_path, told, offered)
            finally:
                stopping.set()
                await task

    return begun


def _stands(source: KiwoomSource) -> bool:
    return 0 < streams(source.groups) == source.hearing.registry.counts()["acknowledged"]


async def fetched(database: str, query: str) -> list[Any]:
    connection = await asyncpg.connect(database)
    try:
        rows: list[Any] = await connection.fetch(query)
        return rows
    finally:
        await connection.close()


async def test_from_a_text_to_candles_gaps_and_the_ledger_in_the_database(
    running: Any, database: str, trade: Any, book: Any, until: Any
) -> None:
    async with running(at(8, 0) - 1) as run:
        assert run.kiwoom.registered() == ["1000", "1001", "1002", "1003"]
        await run.say(at(9, 10, 1), trade("005930", "091001", 10, "+10", "+60300"))
        await run.say(at(9, 10, 2), trade("005930_NX", "091002", 4, "-4", "-60100"))
        await run.say(at(9, 10, 3), book("000660"))
        await run.clock.move_to(at(9, 11, 31))
        await until(lambda: run.source.candles == 2)
        await run.kiwoom.cut()
        await until(lambda: len(run.of(Gap)) == 2)
        await run.say(at(9, 20), "{torn")
        await until(lambda: _stands(run.source))
        figures = run.source.status()
        assert figures["records"] == {"KRX": {"0B": 1, "0D": 1}, "NXT": {"0B": 1}}
        assert figures["streams"]["heard"] == 3
        assert figures["lines"] == {"kiwoom-1": True}
        assert figures["quarantined"] == 1
        assert figures["universe"]["faults"] == [
            "row 4: 'abc': expected six characters, a digit first, or Q and six digits"
        ]
        assert [screen["screen"] for screen in figures["screens"]] == [
            "1000", "1001", "1002", "1003",
        ]  # fmt: skip
        await until(lambda: run.source.day.outbox.unsent_bytes == 0)
    assert [type(each) for each in run.told] == [Print, Print, Depth, Gap, Gap]
    rows = await fetched(database, "SELECT * FROM stock_candles ORDER BY venue")
    assert [
        (r["symbol"], r["venue"], r["session"], f"{r['ts']:%H:%M}", r["close"], r["volume"])
        for r in rows
    ] == [
        ("005930", "KRX", "regular", "09:10", 60_300, 10),
        ("005930", "NXT", "regular", "09:10", 60_100, 4),
    ]
    (gap,) = await fetched(database, "SELECT * FROM market_gaps")
    assert (gap["source"], gap["symbol"], f"{gap['from_at']:%H:%M:%S}") == (
        "kiwoom", "*", "09:10:03",
    )  # fmt: skip
    assert gap["to_at"] is not None
    streams = await fetched(database, "SELECT * FROM stream_registrations ORDER BY grp, item")
    assert [(s["grp"], s["type"], s["item"], s["messages"]) for s in streams] == [
        ("1000", "0B", "000660", 0), ("1000", "0B", "005930", 1),
        ("1001", "0B", "000660_NX", 0), ("1001", "0B", "005930_NX", 1),
        ("1002", "0D", "000660", 1), ("1002", "0D", "005930", 0),
        ("1003", "0D", "000660_NX", 0), ("1003", "0D", "005930_NX", 0),
    ]  # fmt: skip
    assert f"{streams[1]['first_message_at']:%H:%M:%S}" == "09:10:01"


async def test_what_is_wrong_is_counted_stored_and_goes_on_after_a_restart(
    running: Any, database: str, trade: Any, book: Any, until: Any
) -> None:
    query = "SELECT * FROM market_findings ORDER BY kind, symbol"
    async with running(at(9, 10)) as run:
        await run.say(at(9, 10, 1), trade("005930", "091001", 10, "+10"))
        await run.say(at(9, 10, 2), trade("005930", "091002", 30, "+5"))
        await run.say(at(9, 10, 3), book("000660_NX", "091003"))
        await run.say(at(9, 10, 3), book("000660_NX", "091003"))
        await run.say(at(9, 10, 4), book("000660_NX", "091004", f13="9"))
        await run.clock.move_to(at(9, 11, 31))
        await until(lambda: run.source.findings.status(at(9, 12))["kinds"] != {})
        status = run.source.status()["findings"]
        assert status["kinds"] == {"volume_jump": 1, "duplicate": 1, "volume_fell": 1}
        assert status["streams"] == 4  # those that were promised, heard or not
        assert status["findings"][0]["ko"] == "완전 중복"
    rows = await fetched(database, query)
    assert [(r["source"], r["kind"], r["symbol"], r["venue"], r["count"]) for r in rows] == [
        ("kiwoom", "duplicate", "000660", "NXT", 1),
        ("kiwoom", "volume_fell", "000660", "NXT", 1),
        ("kiwoom", "volume_jump", "005930", "KRX", 1),
    ]
    assert f"{rows[2]['first_at']:%H:%M:%S}" == "09:10:02"
    async with running(at(9, 20)) as run:
        await run.say(at(9, 20, 1), trade("005930", "092001", 40, "+10"))
        await run.say(at(9, 20, 2), trade("005930", "092002", 70, "+10"))
        for second in range(9, 960, 9):  # one goes on, the others say nothing for a quarter
            await run.say(at(9, 20, 2) + second * SECOND_NS, trade("005930", "092002", 70, "+10"))
        assert run.source.findings.status(at(9, 36))["silent_count"] == 3
    rows = await fetched(database, query)
    counted = {(r["kind"], r["symbol"], r["venue"]): r["count"] for r in rows}
    assert counted["volume_jump", "005930", "KRX"] == 2
    journal = read_journal(directory_of(run.data_dir) / f"{DAY.isoformat()}.jsonl")
    assert set(expected(journal, SOURCE)) == {
        ("KRX", "005930"), ("KRX", "000660"), ("NXT", "005930"), ("NXT", "000660"),
    }  # fmt: skip


async def test_what_stands_is_offered_and_what_is_lost_is_not(running: Any, until: Any) -> None:
    async with running(at(9, 10)) as run:
        every = run.offered[-1]
        assert every == {
            (kind, venue, symbol)
            for kind in ("trade", "book")
            for venue in ("KRX", "NXT")
            for symbol in ("005930", "000660")
        }
        await run.kiwoom.cut()
        await until(lambda: frozenset() in run.offered)
        await until(lambda: run.offered[-1] == every)
        await run.source.stop()
        assert run.offered[-1] == frozenset()


async def test_a_reader_of_nxt_is_granted_and_hears_it_through_its_feed(
    running: Any, relaying: Any, trade: Any, until: Any
) -> None:
    nxt = Want("005930", Priority.WATCH, ("trade", "book"), venue="NXT")
    async with (
        relaying() as door,
        running(at(9, 10), ears=_relaying(door.relay)) as run,
        Feed.open(door.url, "reader-token", "kmp", SystemClock()) as feed,
    ):
        await feed.want(Wants((nxt,)))
        heard: list[Any] = []
        task = asyncio.create_task(_listen(feed, heard))
        await until(lambda: bool(heard))
        assert [event.granted for event in heard] == [("005930",)]
        await run.say(at(9, 10, 1), trade("005930", "091001", 10))
        await run.say(at(9, 10, 2), trade("005930_NX", "091002", 4))
        await until(lambda: len(heard) == 2)
        assert (heard[1].venue, heard[1].cum_volume) == ("NXT", 4)
        await run.source.stop()
        await until(lambda: len(heard) == 3)
        assert heard[2].refused == ("005930",)
        task.cancel()


async def test_what_kis_takes_over_from_kiwoom_is_heard_once(
    running: Any, relaying: Any, trade: Any, until: Any
) -> None:
    key = ("H0STCNT0", "005930")
    async with (
        relaying() as door,
        running(at(9, 10), ears=_relaying(door.relay)) as run,
        Feed.open(door.url, "reader-token", "kmp", SystemClock()) as feed,
    ):
        await feed.want(Wants((Want("005930", Priority.WATCH),)))
        heard: list[Any] = []
        task = asyncio.create_task(_listen(feed, heard))
        await until(lambda: bool(heard))
        for second in (1, 2, 3):
            await run.say(at(9, 10, second), trade("005930", f"09100{second}", second))
        await until(lambda: len(heard) >= 4)
        told = run.of(Print)
        door.relay.slots((key,), (key,))  # from here on KIS tells it, from a trade before
        for print_ in told[1:]:
            door.relay.trade(print_.trade)
        await run.say(at(9, 10, 4), trade("005930", "091004", 4))
        door.relay.trade(run.told[-1].trade)
        door.relay.slots((), ())  # and back to Kiwoom
        await run.say(at(9, 10, 6), trade("005930", "091006", 5))
        await until(lambda: [e.cum_volume for e in heard if isinstance(e, Trade)][-1:] == [5])
        task.cancel()
    assert [e.cum_volume for e in heard if isinstance(e, Trade)] == [1, 2, 3, 4, 5]
    assert [e.granted for e in heard if isinstance(e, SlotsGranted)] == [("005930",)]


async def test_nothing_is_relayed_where_the_settings_say_no(relaying: Any, trade: Any) -> None:
    async with relaying() as door:
        publish, offer = ears_of(door.relay, settings(relay=False))
        offer([("trade", "KRX", "005930")])
        reader = door.relay.join("kmp", False)
        door.relay.want(reader, Wants((Want("005930", Priority.WATCH),)))
        assert reader.told is not None
        assert reader.told.refused == ("005930",)
        assert ears_of(door.relay, settings())[0] is not publish


def _relaying(relay: Relay) -> tuple[Publish, Offer]:
    return ears_of(relay, settings())


async def _listen(feed: Feed, heard: list[Any]) -> None:
    async for batch in feed:
        heard.extend(batch.events)


async def test_every_text_is_on_the_tape_of_its_own_source(
    running: Any, trade: Any, until: Any
) -> None:
    texts = [trade("005930", f"0910{second:02}", 10 + second) for second in range(20)]
    async with running(at(9, 10)) as run:
        for second, text in enumerate(texts):
            await run.say(at(9, 10, second), text)
        assert run.source.status()["files"][0].startswith("kiwoom-0001.tape")
    folder = run.data_dir / "tape"
    records = [
        record
        for path in tapes.segments(folder, DAY, SOURCE)
        for record in decode(path.read_bytes())
    ]
    assert tapes.sources(folder, DAY) == ["kiwoom"]
    heard = [r for r in records if isinstance(r, Heard) and r.source == SOURCE]
    assert [r.text for r in heard if '"REAL"' in r.text] == texts
    marks = [r.text for r in records if isinstance(r, Heard) and r.source == tapes.MARKS]
    assert any('"kiwoom_answered"' in mark for mark in marks)
    assert not any("token-1" in r.text for r in records if isinstance(r, Heard))


async def test_logging_is_stopped_and_started_by_the_operator_and_the_time_between_is_a_gap(
    running: Any, trade: Any, until: Any
) -> None:
    async with running(at(8, 0) - 1) as run:
        await run.say(at(9, 10), trade("005930", "091000", 10))
        await run.source.stop()
        assert not run.source.logging
        await until(lambda: run.kiwoom.sessions[-1].close_code is not None)
        (gap,) = run.of(Gap)
        assert (gap.from_ns, gap.to_ns) == (at(9, 10), None)
        assert gap.reason == "line lost: stopped by the operator"
        await run.clock.move_to(at(9, 30))
        await run.source.start()
        await until(lambda: len(run.of(Gap)) == 2)
        assert (run.of(Gap)[1].from_ns, run.of(Gap)[1].to_ns) == (at(9, 10), at(9, 30))
        await run.say(at(9, 31), trade("005930", "093100", 30))
        assert len(run.of(Print)) == 2


async def test_without_autostart_nothing_is_asked_for_until_somebody_says_so(
    running: Any, until: Any
) -> None:
    async with running(at(8), wait=False, autostart=False) as run:
        assert run.source.status()["logging"] is False
        await run.source.load()
        assert run.kiwoom.heard == []
        await run.source.start()
        await run.source.start()
        await until(lambda: _stands(run.source))
        assert len(run.kiwoom.sessions) == 1


async def test_symbols_loaded_anew_change_only_what_has_changed(
    running: Any, tmp_path: Path, until: Any
) -> None:
    async with running(at(8), types=["0B"]) as run:
        more = tmp_path / "more.csv"
        more.write_text("Symbol\n005930\n000660\n035720\n")
        await run.source.load(more)
        await until(lambda: run.source.hearing.registry.counts()["acknowledged"] == 6)
        with pytest.raises(UniverseError, match=r"gone\.csv"):
            await run.source.load(tmp_path / "gone.csv")
        assert run.source.hearing.registry.counts()["acknowledged"] == 6
        assert run.source.universe_file == more
    kept = directory_of(tmp_path) / "2026-09-14.universe"
    assert b"035720" in kept.read_bytes()


async def test_a_run_that_was_killed_is_followed_by_one_that_says_what_it_missed(
    running: Any, trade: Any, until: Any
) -> None:
    async with running(at(9)) as run:
        assert [gap.reason for gap in run.of(Gap)] == ["started late", "started late"]
        await run.say(at(9, 10), trade("005930", "091000", 10))
    async with running(at(9, 30)) as run:
        await until(lambda: len(run.of(Gap)) == 2)
        first, closed = run.of(Gap)
        assert (first.reason, first.from_ns) == ("restart", at(9, 10))
        assert closed.to_ns == at(9, 30)


async def test_gaps_that_a_run_left_open_are_taken_up_by_the_next(
    running: Any, database: str, until: Any
) -> None:
    why = {"refuse": {"1001": "[1702] full"}}
    async with running(at(9), wait=False, manners=why, types=["0B"]) as run:
        await until(lambda: run.source.hearing.registry.counts()["refused"] == 2)
        await run.clock.move_to(at(9, 10))
        await run.source.stop()
        assert [gap.to_ns for gap in run.of(Gap)].count(None) == 4
    async with running(at(9, 30), types=["0B"]) as run:
        await until(lambda: len(run.of(Gap)) >= 4)
        await until(lambda: run.source.day.outbox.unsent_bytes == 0)
    rows = await fetched(database, "SELECT * FROM market_gaps ORDER BY symbol, from_at")
    assert all(row["to_at"] is not None for row in rows)
    told = [(row["symbol"], row["reason"].split(":")[0]) for row in rows]
    assert told == [
        ("*", "started late"), ("*", "line lost"),
        ("000660_NX", "registration of 0B refused"), ("005930_NX", "registration of 0B refused"),
    ]  # fmt: skip


async def test_other_symbols_do_not_cost_the_minute_that_is_forming(
    running: Any, tmp_path: Path, trade: Any, until: Any
) -> None:
    async with running(at(8), types=["0B"]) as run:
        await run.say(at(9, 10, 1), trade("005930", "091001", 10, "+10"))
        (tmp_path / "u.csv").write_text("Symbol\n005930\n000660\n035720\n")
        await run.source.load()
        await run.say(at(9, 10, 50), trade("005930", "091050", 15, "+5"))
        await run.clock.move_to(at(9, 11, 31))
        await until(lambda: run.source.candles == 1)


async def test_groups_are_spread_over_lines_and_each_has_its_own_gap(
    running: Any, until: Any
) -> None:
    async with running(at(8, 0) - 1, groups_per_line=2) as run:
        assert run.source.hearing.up == {"kiwoom-1": True, "kiwoom-2": True}
        screens = {(s["line"], s["screen"]) for s in run.source.status()["screens"]}
        assert screens == {
            ("kiwoom-1", "1000"), ("kiwoom-1", "1001"),
            ("kiwoom-2", "1002"), ("kiwoom-2", "1003"),
        }  # fmt: skip
        await run.kiwoom.cut()
        await until(lambda: len(run.of(Gap)) == 2)
        assert {gap.symbol for gap in run.of(Gap)} <= {"(kiwoom-1)", "(kiwoom-2)"}
        assert len({gap.symbol for gap in run.of(Gap)}) == 1


async def test_a_new_day_has_files_of_its_own(running: Any, trade: Any, until: Any) -> None:
    following = date(2026, 9, 15)
    async with running(at(19, 0)) as run:
        await run.clock.move_to(instant_ns(following, time(0, 0, 40)))
        await until(lambda: run.source.day.date == following)
        await run.clock.move_to(instant_ns(following, time(7, 31, 40)))
        await until(lambda: run.source.universe.date == "2026-09-15")
        assert (directory_of(run.data_dir) / "2026-09-15.universe").exists()
        await run.say(instant_ns(following, time(9, 10)), trade("005930", "091000", 10))
        assert run.of(Print)[0].trade.at_ns == instant_ns(following, time(9, 10))
    assert tapes.segments(run.data_dir / "tape", following, SOURCE)
    assert not [gap for gap in run.of(Gap) if gap.reason == "restart"]


async def test_a_source_that_ends_leaves_no_line_open(running: Any, until: Any) -> None:
    async with running(at(8)) as run:
        session = run.kiwoom.sessions[-1]
    assert session.close_code is not None
    assert not run.of(LineDown)


def test_what_must_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match=r"kiwoom\.simulator is needed"):
        settings().endpoints("sim")
    assert settings(host="mock").endpoints("kis").environment is Environment.PAPER
    monkeypatch.delenv("KIWOOM_APP_KEY", raising=False)
    with pytest.raises(ConfigError, match="KIWOOM_APP_KEY is not set"):
        settings().credentials(Environment.REAL)
    for wrong in ({"group_items": 101}, {"types": []}, {"types": ["0B", "0B"]}, {"nxt": "some"}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            settings(**wrong)
