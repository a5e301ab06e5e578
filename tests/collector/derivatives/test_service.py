"""Boards of the real evening, polled by the minute, while the database comes and goes."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from collector.derivatives.database import Away, Database, Unfit
from collector.derivatives.rest_tape import Reply, RestTape, replies
from collector.derivatives.service import Contracts, boards_on, contracts_on
from collector.derivatives.settings import DerivativeSettings
from collector.settings import CollectorSettings
from config.load import ConfigError, load
from fleet.rundir import write_config
from kis_core.clock import ScaledClock, write_anchor
from kis_core.environment import Environment
from kis_core.market.calendar import krx_calendar
from kis_core.market.instants import MINUTE_NS, instant_ns, minute_start_ns
from kis_core.wire import tape as records
from kis_core.wire.derivatives.derivative_quote_replies import option_board
from kis_core.wire.derivatives.derivative_quote_requests import Board
from kis_core.wire.derivatives.derivative_quote_requests import option_board as board_request
from kis_core.wire.derivatives.derivative_quotes import DerivativeBar, OptionBoard
from tests.collector.derivatives import real_board

pytestmark = pytest.mark.anyio
DAY = real_board.DAY
NAMES = ["202506_kospi200", "202507_kospi200"]
CALENDAR = krx_calendar()
BOARD_KINDS = ("kospi200", "kospi200mini", "kospi200mon", "kospi200thu", "kosdaq150")


def settings(**changed: object) -> DerivativeSettings:
    shipped = load(CollectorSettings, "collector").derivatives.model_dump()
    few = {"boards": {"kospi200": 2}, "futures": (), "option_strikes": 0}
    return DerivativeSettings.model_validate(shipped | few | changed)


class Evening:
    """A KIS that answers with the boards of 2025-06-05, and writes down what it says first."""

    def __init__(self, data: Path, clock: ScaledClock, tape: RestTape) -> None:
        self.texts = {m: json.dumps(real_board.reply(data, m)) for m in real_board.MONTHS}
        self.clock, self.tape = clock, tape

    async def option_board(self, maturity: str, board: Board = "") -> OptionBoard:
        text = self.texts[maturity]
        self.tape.write(self.clock.now_ns(), board_request("real", maturity, board), text)
        return option_board(json.loads(text), maturity)

    async def minute_bars(self, *_: object, **__: object) -> list[DerivativeBar]:
        return []


class Street:
    """The way to the database, which can be closed."""

    def __init__(self, url: str) -> None:
        self._to = urlsplit(url)
        self._server: asyncio.Server | None = None
        self._lines: list[asyncio.StreamWriter] = []
        self.port = 0

    @property
    def url(self) -> str:
        user = self._to.netloc.rpartition("@")[0]
        return f"postgresql://{user}@127.0.0.1:{self.port}{self._to.path}"

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        for line in self._lines:
            line.transport.abort()
        self._lines.clear()
        await self._server.wait_closed()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self._to.hostname, self._to.port)
        self._lines += [writer, back]
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_pour(reader, back))
                group.create_task(_pour(there, writer))
        except* OSError:
            pass


async def _pour(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while some := await source.read(65_536):
        sink.write(some)
        await sink.drain()
    sink.close()


@asynccontextmanager
async def keeping(url: str, data: Path, folder: Path, log: Any) -> AsyncIterator[Contracts]:
    """Keep contracts for a while, on the clock of the folder."""
    clock = ScaledClock(folder / "clock.json")
    tape = RestTape(folder / "tape", DAY, 1 << 26)
    source: Any = Evening(data, clock, tape)
    async with Database(url, Environment.SIM) as database:
        contracts = Contracts(settings(), clock, CALENDAR, source, database, tape, 0.2, log)
        task = asyncio.create_task(contracts.run())
        try:
            yield contracts
        finally:
            task.cancel()
            await asyncio.wait([task])
            tape.close()
    assert task.cancelled(), task.exception()


async def stored(url: str) -> list[tuple[str, int]]:
    """Return (board, rows) of each capture stored, in order."""
    connection = await asyncpg.connect(url)
    try:
        asked = "SELECT board, ts, count(*) AS n FROM option_chains GROUP BY 1, 2 ORDER BY 2, 1"
        return [(row["board"], row["n"]) for row in await connection.fetch(asked)]
    finally:
        await connection.close()


def heard(folder: Path) -> set[tuple[str, int]]:
    """Return (maturity, minute) of every reply on the tape."""
    return {
        (reply.asked["FID_MTRT_CNT"], minute_start_ns(reply.at_ns))
        for reply in replies(folder / "tape", DAY)
        if isinstance(reply, Reply)
    }


async def within(seconds: float, happened: Callable[[], bool]) -> None:
    async with asyncio.timeout(seconds):
        while not happened():  # noqa: ASYNC110 - whatever it is, it has no event
            await asyncio.sleep(0.02)


async def test_what_a_lost_database_missed_is_read_again_from_the_tape(
    database: str, kst_data: Path, tmp_path: Path, log: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.derivatives.chains._LOOK_S", 0.2)
    write_anchor(tmp_path / "clock.json", instant_ns(DAY, time(8, 44, 50)), 40.0, running=True)
    street = Street(database)
    await street.open()
    async with keeping(street.url, kst_data, tmp_path, log) as contracts:
        await within(60, lambda: contracts.chains.written >= 4)
        await street.close()
        before = contracts.polls.captured
        await within(60, lambda: contracts.polls.captured >= before + 4)
        assert contracts.status()["database"] is False
        await street.open()
        await within(60, lambda: "DATABASE_BACK" in [event for event, _ in log.lines])
    await street.close()
    events = [event for event, _ in log.lines]
    lost = events.index("DATABASE_LOST")
    assert "BOARDS_CAUGHT_UP" in events[lost : events.index("DATABASE_BACK")]
    # A new life finds on the tape what the last one had not written yet.
    await street.open()
    known = heard(tmp_path)
    async with keeping(street.url, kst_data, tmp_path, log) as contracts:
        await within(60, lambda: contracts.polls.captured >= 2)
        await within(60, lambda: contracts.chains.waiting == 0)
    await street.close()
    rows = await stored(database)
    assert len(rows) >= len(known)
    assert {name for name, _ in rows} == set(NAMES)
    assert {count for _, count in rows} == {200}  # whole boards
    assert "BOARD_REFUSED" not in events


async def test_rows_the_database_refuses_are_told_from_a_database_that_is_away(
    database: str,
) -> None:
    async with Database(database, Environment.SIM) as door:
        with pytest.raises(Unfit, match="board"):
            await door.do(lambda store: store._connection.execute(
                "INSERT INTO option_chains (board) VALUES ('202506_kospi200')"
            ))  # fmt: skip
        assert door.connected
        assert await door.do(lambda store: store.captures(0, 1)) == set()
    async with Database("postgresql://nobody:nothing@127.0.0.1:9/x", Environment.SIM) as nowhere:
        with pytest.raises(Away):
            await nowhere.do(lambda store: store.captures(0, 1))
        assert not nowhere.connected


def test_a_tape_of_replies_gives_back_what_was_said(tmp_path: Path) -> None:
    at_ns = instant_ns(DAY, time(9))
    tape = RestTape(tmp_path, DAY, 1 << 20)
    request = board_request("real", "202506", "WKM")
    text = '{"rt_cd":"0",\n "msg1":"정상\t처리"}'
    tape.write(at_ns, request, text)
    tape.write(at_ns + 86_400_000_000_000, request, "next day")
    tape.close()
    (reply,) = replies(tmp_path, DAY)
    assert reply == Reply(at_ns, request.call.name, dict(request.fields), text)
    (segment,) = (tmp_path / "2025-06-05").glob("*.tape")
    segment.write_bytes(segment.read_bytes() + records.encode(at_ns, "kis_rest", "rubbish") + b"17")
    (again, rubbish, torn) = replies(tmp_path, DAY)
    assert again == reply
    assert isinstance(rubbish, records.Damaged)
    assert isinstance(torn, records.Damaged)
    assert torn.torn
    (tomorrow,) = replies(tmp_path, date(2025, 6, 6))
    assert isinstance(tomorrow, Reply)
    assert tomorrow.text == "next day"


def test_what_is_kept_of_a_day_is_what_the_settings_say() -> None:
    asked = settings(
        boards={"kospi200": 2, "kospi200mon": 1, "kospi200thu": 1},
        more_boards=["202512_kospi200", "202505_kospi200", "202507_kospi200"],
        futures=("kospi200", "kosdaq150"),
    )
    assert [key.name for key in boards_on(asked, DAY, CALENDAR)] == [
        "202506_kospi200", "202507_kospi200", "2506w2_kospi200mon", "2506w1_kospi200thu",
        "202512_kospi200",
    ]  # fmt: skip
    assert contracts_on(asked, DAY, CALENDAR) == ["101W06", "101W09", "106W06", "106W09"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"boards": dict.fromkeys(BOARD_KINDS, 9)}, "45 boards"),
        ({"boards": {"kospi": 1}}, "kospi"),
        ({"more_boards": ["202513_kospi200"]}, "202513"),
        ({"parity": "own"}, "parity"),
        ({"options_every_min": 103}, "options_every_min"),
        ({"environments": ["paper"]}, "environments"),
    ],
    ids=["too many", "no board", "no maturity", "no parity", "a page runs over", "paper"],
)  # fmt: skip
def test_a_wrong_value_stops_the_start(
    tmp_path: Path, change: dict[str, object], says: str
) -> None:
    write_config(tmp_path, {"collector": {"derivatives": change}})
    with pytest.raises(ConfigError, match=says):
        load(CollectorSettings, "collector", tmp_path)


class Night:
    """A KIS whose future trades once a minute, all night."""

    def __init__(self, clock: ScaledClock) -> None:
        self.clock = clock

    async def minute_bars(
        self, code: str, day: date, session: str, since_ns: int = 0
    ) -> list[DerivativeBar]:
        first_ns = max(instant_ns(day, time(18)), since_ns)
        over_ns = minute_start_ns(self.clock.now_ns())
        if (session, day) != ("night", date(2025, 9, 3)):
            return []
        price = Decimal("430.05")
        starts = range(first_ns, over_ns, MINUTE_NS)
        return [DerivativeBar(code, at, price, price, price, price, 1, None) for at in starts]


async def test_a_nights_minutes_are_stored_across_midnight(
    database: str, tmp_path: Path, log: Any
) -> None:
    night = date(2025, 9, 3)
    write_anchor(tmp_path / "clock.json", instant_ns(night, time(23, 57)), 40.0, running=True)
    clock = ScaledClock(tmp_path / "clock.json")
    tape = RestTape(tmp_path / "tape", night, 1 << 20)
    source: Any = Night(clock)
    kept = settings(futures=("kospi200",), boards=dict.fromkeys(BOARD_KINDS, 0))
    after = instant_ns(night, time(23)) + 63 * MINUTE_NS  # 00:03
    async with Database(database, Environment.SIM) as door:
        contracts = Contracts(kept, clock, CALENDAR, source, door, tape, 1.0, log)
        task = asyncio.create_task(contracts.run())
        try:
            await within(60, lambda: clock.now_ns() > after)
            expected = 2 * (6 * 60 + 2)  # two contracts, 18:00 to 00:01 at least
            await within(60, lambda: contracts.rounds.candles >= expected)
        finally:
            task.cancel()
            await asyncio.wait([task])
            tape.close()
        for code in ("101W09", "101W12"):
            first = instant_ns(night, time(18))
            known = await door.do(lambda s, c=code, f=first: s.candles(c, "night", f, after))  # type: ignore[misc]
            starts = [bar.start_ns for bar in known]
            assert starts == list(range(first, starts[-1] + 1, MINUTE_NS))
            assert starts[-1] >= instant_ns(date(2025, 9, 4), time(0, 1))
