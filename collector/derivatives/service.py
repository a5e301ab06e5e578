"""Futures and options, kept: boards by the minute, minutes of both sessions, front months.

Replies go to their own tape before anybody reads them (`_heard`). Captures go from there to the
database through a short queue; what does not fit, or finds the database away, is read again from
the tape once it is back, and so is what an earlier run left: starting and recovering are one path.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

import msgspec
from structlog.typing import FilteringBoundLogger

from collector.derivatives.board import chain_rows, near_money, underlying_of
from collector.derivatives.boards import BoardPolls, Capture
from collector.derivatives.coverage import Coverage
from collector.derivatives.database import Away, Database, Unfit
from collector.derivatives.expiries import KINDS, BoardKey, board_key, board_named, nearest
from collector.derivatives.ledger import ContractLedger
from collector.derivatives.minutes import MinuteRounds
from collector.derivatives.rest_tape import Reply, RestTape, replies
from collector.derivatives.rolls import PRODUCT_CODES, Roll, roll_on
from collector.derivatives.settings import DerivativeSettings
from collector.ledger import ANSWER_DELAY_NS
from collector.settings import CollectorSettings
from collector.store import GapRow
from kis_core.clock import Clock
from kis_core.environment import Credentials
from kis_core.errors import KisError
from kis_core.market.calendar import TradingCalendar
from kis_core.market.derivative_sessions import DerivativeSession, day_session
from kis_core.market.derivative_terms import terms_of
from kis_core.market.events import Gap
from kis_core.market.instants import DAY_NS, MINUTE_NS, date_of, minute_start_ns
from kis_core.net.budget import RateBudget
from kis_core.net.derivatives import KisDerivatives
from kis_core.net.rest import KisRest
from kis_core.net.tokens import TokenCache
from kis_core.wire.derivatives.derivative_quote_replies import option_board
from kis_core.wire.derivatives.derivative_quotes import OptionBoard
from kis_core.wire.envelope import read_envelope
from kis_core.wire.request import Request

BOARD_CALL = "domestic_futureoption.display_board_callput"
WAITING_MAX = 60  # captures on their way to the database; the rest is on the tape
GAPS_MAX = 10_000
_LOOK_S = 5.0  # of this machine: between two looks whether the database is back
_BATCH = 4  # replies read of the tape at a time
_FORGET_NS = DAY_NS // 2  # after its end a session is asked about no more
_KINDS = {words: kind for kind, words in KINDS.items()}


class Contracts:
    """Everything that is kept of futures and options."""

    def __init__(
        self,
        settings: DerivativeSettings,
        clock: Clock,
        calendar: TradingCalendar,
        source: KisDerivatives,
        database: Database,
        tape: RestTape,
        fsync_s: float,
        log: FilteringBoundLogger,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._calendar = calendar
        self._database = database
        self._tape = tape
        self._fsync_s = fsync_s
        self._log = log
        self._waiting: asyncio.Queue[Capture] = asyncio.Queue(WAITING_MAX)
        self._gaps: deque[Gap] = deque(maxlen=GAPS_MAX)
        self._behind = True  # the tape may hold captures that the database lacks
        self._rolls: list[Roll] = []  # to be written
        self._near: dict[date, dict[str, None]] = {}  # options whose minutes are kept, by date
        self._ledgers: dict[tuple[str, str, date], ContractLedger] = {}
        self.polls = BoardPolls(source, clock, self._take, self._gaps.append, log)
        self.rounds = MinuteRounds(source, clock, database, log)
        self.written = 0  # captures

    async def run(self) -> None:
        """Keep on for as long as the process lives."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._poll_boards())
            group.create_task(self._ask_minutes())
            group.create_task(self._write())
            group.create_task(self._sync())

    async def _sync(self) -> None:
        while True:
            await asyncio.sleep(self._fsync_s)
            await asyncio.to_thread(self._tape.sync)

    # Boards.

    async def _poll_boards(self) -> None:
        today: date | None = None
        coverage: Coverage | None = None
        boards: list[BoardKey] = []
        while True:
            minute_ns = minute_start_ns(self._clock.now_ns())
            if date_of(minute_ns) != today:
                today = date_of(minute_ns)
                boards = boards_on(self._settings, today, self._calendar)
                coverage = await self._coverage(today, boards)
            if coverage is not None and coverage.expected(minute_ns):
                await self.polls.minute(boards, coverage)
            elif coverage is not None and minute_ns > coverage.last_ns and boards:
                self._gaps.extend(coverage.ended([board.name for board in boards]))
                coverage = None
            await self._clock.sleep_until(minute_ns + MINUTE_NS)

    async def _coverage(self, day: date, boards: list[BoardKey]) -> Coverage | None:
        """Return what is captured of a day; an earlier run's is on the tape."""
        session = day_session(day, self._calendar)
        if session is None:
            return None
        coverage = Coverage(session.opens_ns, session.closes_ns + MINUTE_NS)
        known: dict[str, set[int]] = {}
        for reply in await asyncio.to_thread(_board_times, self._tape.directory, day):
            key = self._key(reply)
            if key is not None:
                known.setdefault(key.name, set()).add(minute_start_ns(reply.at_ns))
        now_ns = self._clock.now_ns()
        for board in boards:
            captured = known.get(board.name, set())
            self._gaps.extend(coverage.resume(board.name, captured, now_ns, "restart"))
        return coverage

    def _take(self, capture: Capture) -> None:
        self._note_near(capture)
        try:
            self._waiting.put_nowait(capture)
        except asyncio.QueueFull:
            self._behind = True

    def _note_near(self, capture: Capture) -> None:
        """Keep the minutes of the options that are near the money of the nearest monthly."""
        day, steps = date_of(capture.received_ns), self._settings.option_strikes
        at = underlying_of(capture.board)
        if at is None or not steps:
            return
        (front,) = nearest("", 1, day, self._calendar)
        if capture.key == front:
            near = self._near.setdefault(day, {})
            near.update(dict.fromkeys(near_money(capture.board, at, steps)))

    def _key(self, reply: Reply) -> BoardKey | None:
        kind = reply.asked.get("FID_COND_MRKT_CLS_CODE", "")
        if kind not in KINDS:
            return None
        try:
            return board_key(kind, reply.asked.get("FID_MTRT_CNT", ""), self._calendar)
        except ValueError:
            return None

    # The database.

    async def _write(self) -> None:
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
            self._settings.model,
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
            del self._rolls[: len(rolls)]
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
            while batch := await asyncio.to_thread(lambda: list(islice(found, _BATCH))):  # noqa: B023
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

    # Minutes.

    async def _ask_minutes(self) -> None:
        today: date | None = None
        while True:
            now_ns = self._clock.now_ns()
            if date_of(now_ns) != today:
                today = date_of(now_ns)
                self._begin_day(today, now_ns)
            try:
                await self._open_ledgers(now_ns)
                await self.rounds.round(list(self._ledgers.values()))
            except Away as error:
                self._log.debug("MINUTES_WAIT", why=str(error))
            next_ns = minute_start_ns(self._clock.now_ns()) + MINUTE_NS + ANSWER_DELAY_NS
            await self._clock.sleep_until(next_ns)

    def _begin_day(self, day: date, now_ns: int) -> None:
        if self._calendar.is_session(day):
            self._rolls.extend(roll_on(name, day, self._calendar) for name in PRODUCT_CODES)
        for key, ledger in list(self._ledgers.items()):
            if ledger.session.closes_ns + _FORGET_NS < now_ns:
                if not ledger.verified:
                    self._log.warning("SESSION_UNVERIFIED", contract=key[0], session=key[1])
                self.rounds.forget(self._ledgers.pop(key))
        for earlier in [d for d in self._near if d < day - timedelta(days=1)]:
            del self._near[earlier]

    async def _open_ledgers(self, now_ns: int) -> None:
        """Open a ledger for each contract and session that has begun, and is not long over."""
        today = date_of(now_ns)
        for day in (today - timedelta(days=1), today):
            for code, session in self._sessions(day):
                key = (code, session.name, session.starts_on)
                over = session.closes_ns + _FORGET_NS < now_ns
                if key in self._ledgers or over or now_ns < session.opens_ns + MINUTE_NS:
                    continue
                self._ledgers[key] = await self._ledger(code, session)

    def _sessions(self, day: date) -> Iterator[tuple[str, DerivativeSession]]:
        if not self._calendar.is_session(day):
            return
        codes = contracts_on(self._settings, day, self._calendar)
        for code in (*codes, *self._near.get(day, {})):
            terms = terms_of(code)
            for session in terms.sessions(day, self._calendar) if terms else ():
                yield code, session

    async def _ledger(self, code: str, session: DerivativeSession) -> ContractLedger:
        terms = terms_of(code)
        assert terms is not None
        is_option = terms.contract.is_option
        every = self._settings.options_every_min if is_option else self._settings.futures_every_min
        known = await self._database.do(
            lambda store: store.candles(code, session.name, session.opens_ns, session.closes_ns)
        )
        ledger = ContractLedger(code, session, every, known)
        # An option is followed from when it comes near the money; that is nobody's delay.
        await self.rounds.begin(ledger, "not followed before" if is_option else "started late")
        return ledger

    def status(self) -> dict[str, object]:
        """Return how it goes."""
        ledgers = self._ledgers.values()
        return {
            "boards": {
                "asked": self.polls.asked,
                "captured": self.polls.captured,
                "failed": self.polls.failed,
                "written": self.written,
                "waiting": self._waiting.qsize(),
            },
            "minutes": {
                "asked": self.rounds.asked,
                "failed": self.rounds.failed,
                "candles": self.rounds.candles,
                "contracts": len(self._ledgers),
                "verified": sum(ledger.verified for ledger in ledgers),
                "repaired": sum(ledger.repaired for ledger in ledgers),
                "surplus": sum(ledger.surplus for ledger in ledgers),
            },
            "database": self._database.connected,
        }


@asynccontextmanager
async def contracts_kept(
    settings: CollectorSettings,
    clock: Clock,
    calendar: TradingCalendar,
    keys: Credentials,
    tokens: TokenCache,
    budget: RateBudget,
    database_url: str,
    log: FilteringBoundLogger,
) -> AsyncIterator[Contracts | None]:
    """Keep futures and options for as long as the context lasts, where that is asked for."""
    wanted, doors = settings.derivatives, settings.endpoints()
    if doors.environment.value not in wanted.environments:
        yield None
        return
    directory, size = settings.data_dir / "tape", settings.tape.segment_mb << 20
    tape = RestTape(directory, clock.now().date(), size)

    def heard(request: Request, text: str) -> None:
        tape.write(clock.now_ns(), request, text)

    try:
        async with (
            KisRest(doors, keys, clock, tokens, budget, heard=heard) as rest,
            Database(database_url, doors.environment) as database,
            asyncio.TaskGroup() as group,
        ):
            source, fsync_s = KisDerivatives(rest), settings.tape.fsync_s
            contracts = Contracts(wanted, clock, calendar, source, database, tape, fsync_s, log)
            task = group.create_task(contracts.run())
            try:
                yield contracts
            finally:
                task.cancel()
    finally:
        tape.close()


def boards_on(settings: DerivativeSettings, day: date, calendar: TradingCalendar) -> list[BoardKey]:
    """Return the boards to be captured on a day, each once."""
    found: dict[str, BoardKey] = {}
    for words, count in settings.boards.items():
        for key in nearest(_KINDS[words], count, day, calendar):
            found[key.name] = key
    for name in settings.more_boards:
        key = board_named(name, calendar)
        if key.last_day >= day:
            found[name] = key
    return list(found.values())


def contracts_on(settings: DerivativeSettings, day: date, calendar: TradingCalendar) -> list[str]:
    """Return the futures whose minutes are kept on a day: front and next month of each product."""
    rolls = [roll_on(product, day, calendar) for product in settings.futures]
    return [code for roll in rolls for code in (roll.front, roll.next) if code is not None]


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
