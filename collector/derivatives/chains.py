"""Captured boards on their way to the database, and what else waits for it: gaps, front months.

Captures come through a short queue. What does not fit, or finds the database away, is read again
from the tape once it is back, and so is what an earlier run left: starting and recovering are one
path.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

import msgspec
from structlog.typing import FilteringBoundLogger

from collector.derivatives.board import Model, chain_rows
from collector.derivatives.boards import Capture
from collector.derivatives.database import Away, Database, Unfit
from collector.derivatives.expiries import KINDS, BoardKey, board_key
from collector.derivatives.rest_tape import Reply, RestTape, replies
from collector.derivatives.rolls import Roll
from collector.store import GapRow
from kis_core.clock import Clock
from kis_core.errors import KisError
from kis_core.market.calendar import TradingCalendar
from kis_core.market.events import Gap
from kis_core.market.instants import DAY_NS, date_of, minute_start_ns
from kis_core.wire.derivatives.derivative_quote_replies import option_board
from kis_core.wire.derivatives.derivative_quotes import OptionBoard
from kis_core.wire.envelope import read_envelope

BOARD_CALL = "domestic_futureoption.display_board_callput"
WAITING_MAX = 60  # captures on their way to the database; the rest is on the tape
GAPS_MAX = 10_000
_LOOK_S = 5.0  # of this machine: between two looks whether the database is back
_BATCH = 4  # replies read of the tape at a time


class ChainWriter:
    """Writes captures, gaps and front months, in the order they come."""

    def __init__(
        self,
        model: Model,
        clock: Clock,
        calendar: TradingCalendar,
        database: Database,
        tape: RestTape,
        log: FilteringBoundLogger,
    ) -> None:
        self._model = model
        self._clock = clock
        self._calendar = calendar
        self._database = database
        self._tape = tape
        self._log = log
        self._waiting: asyncio.Queue[Capture] = asyncio.Queue(WAITING_MAX)
        self._gaps: deque[Gap] = deque(maxlen=GAPS_MAX)
        self._rolls: deque[Roll] = deque(maxlen=GAPS_MAX)
        self._behind = True  # the tape may hold captures that the database lacks
        self.written = 0  # captures

    @property
    def waiting(self) -> int:
        """How many captures wait to be written."""
        return self._waiting.qsize()

    def take(self, capture: Capture) -> None:
        """Write a capture down, soon."""
        try:
            self._waiting.put_nowait(capture)
        except asyncio.QueueFull:
            self._behind = True

    def lost(self, gaps: Iterable[Gap]) -> None:
        """Write gaps down, soon."""
        self._gaps.extend(gaps)

    def rolled(self, rolls: Iterable[Roll]) -> None:
        """Write front months down, soon."""
        self._rolls.extend(rolls)

    async def captured_on(self, day: date) -> dict[str, set[int]]:
        """Return the minutes in which each board was captured on a day, by the tape."""
        known: dict[str, set[int]] = {}
        for reply in await asyncio.to_thread(_board_times, self._tape.directory, day):
            key = self._key(reply)
            if key is not None:
                known.setdefault(key.name, set()).add(minute_start_ns(reply.at_ns))
        return known

    async def run(self) -> None:
        """Write for as long as the process lives."""
        away = False
        while True:
            try:
                capture = await asyncio.wait_for(self._waiting.get(), _LOOK_S)
            except TimeoutError:
                capture = None
            try:
                if capture is not None:
                    await self._write_capture(capture)
                await self._write_rest()
                if self._behind:
                    await self._catch_up()
            except Away as error:
                self._behind = True
                if not away:
                    self._log.warning("DATABASE_LOST", why=str(error))
                away = True
                await asyncio.sleep(_LOOK_S)
                continue
            if away:
                self._log.info("DATABASE_BACK")
            away = False

    async def _write_capture(self, capture: Capture) -> None:
        rows = chain_rows(
            capture.key,
            capture.board,
            capture.received_ns,
            self._model,
            self._calendar,
        )
        try:
            await self._database.do(lambda store: store.write_chain(rows))
        except Unfit as error:  # its text is on the tape
            self._log.error("BOARD_REFUSED", board=capture.key.name, why=str(error))
            return
        self.written += 1

    async def _write_rest(self) -> None:
        rolls, gaps = list(self._rolls), [GapRow(gap) for gap in self._gaps]
        if rolls:
            await self._database.do(lambda store: store.write_rolls(rolls))
            for _ in rolls:
                self._rolls.popleft()
        if gaps:
            await self._database.do(lambda store: store.write_gaps(gaps))
            for _ in gaps:
                self._gaps.popleft()

    async def _catch_up(self) -> None:
        """Write what the tapes of today and yesterday hold and the database does not."""
        self._behind = False  # what is lost from here on says so again
        now_ns = self._clock.now_ns()
        known = await self._database.do(
            lambda store: store.captures(now_ns - 2 * DAY_NS, now_ns + DAY_NS)
        )
        caught = 0
        for day in (date_of(now_ns) - timedelta(days=1), date_of(now_ns)):
            found = _board_replies(self._tape.directory, day)
            while batch := await asyncio.to_thread(_batch, found):
                for reply in batch:
                    key, minute_ns = self._key(reply), minute_start_ns(reply.at_ns)
                    if key is None or (key.name, minute_ns) in known:
                        continue
                    board = _board(reply, key)
                    if board is not None:
                        known.add((key.name, minute_ns))
                        await self._write_capture(Capture(key, reply.at_ns, board))
                        caught += 1
        if caught:
            self._log.info("BOARDS_CAUGHT_UP", captures=caught)

    def _key(self, reply: Reply) -> BoardKey | None:
        kind = reply.asked.get("FID_COND_MRKT_CLS_CODE", "")
        if kind not in KINDS:
            return None
        try:
            return board_key(kind, reply.asked.get("FID_MTRT_CNT", ""), self._calendar)
        except ValueError:
            return None


def _batch(found: Iterator[Reply]) -> list[Reply]:
    return list(islice(found, _BATCH))


def _board_replies(directory: Path, day: date) -> Iterator[Reply]:
    for reply in replies(directory, day):
        if isinstance(reply, Reply) and reply.call == BOARD_CALL:
            yield reply


def _board(reply: Reply, key: BoardKey) -> OptionBoard | None:
    """Return the board of a reply, None where it held none: that was said when it came."""
    try:
        envelope = read_envelope(200, reply.text)
        if not envelope.ok:
            return None
        board = option_board(envelope.body, key.maturity)
    except KisError:
        return None
    return board if board.calls or board.puts else None


class _Rows(msgspec.Struct):
    """As much of a board's reply as says whether it holds anything."""

    rt_cd: str = ""
    output1: list[msgspec.Raw] = []
    output2: list[msgspec.Raw] = []


def _board_times(directory: Path, day: date) -> list[Reply]:
    """Return the replies of a day that held a board, without their texts."""
    found = []
    for reply in _board_replies(directory, day):
        try:
            rows = msgspec.json.decode(reply.text, type=_Rows)
        except msgspec.MsgspecError:
            continue
        if rows.rt_cd == "0" and (rows.output1 or rows.output2):
            found.append(Reply(reply.at_ns, reply.call, reply.asked, ""))
    return found
