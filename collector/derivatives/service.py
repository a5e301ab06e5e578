"""Futures and options, kept: boards by the minute, minutes of both sessions, front months.

Three tasks beside one another: boards are polled, minutes are asked for, and what came of it is
written (`chains`). Replies go to a tape of their own before anybody reads them.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from functools import partial

from structlog.typing import FilteringBoundLogger

from collector.derivatives.board import near_money, underlying_of
from collector.derivatives.boards import BoardPolls, Capture
from collector.derivatives.chains import ChainWriter
from collector.derivatives.coverage import Coverage
from collector.derivatives.database import Away, Database
from collector.derivatives.expiries import KINDS, BoardKey, board_named, nearest
from collector.derivatives.ledger import ContractLedger
from collector.derivatives.minutes import MinuteRounds
from collector.derivatives.rest_tape import RestTape, put_away
from collector.derivatives.rolls import PRODUCT_CODES, roll_on
from collector.derivatives.settings import DerivativeSettings
from collector.derivatives.store import DerivativeStore
from collector.ledger import ANSWER_DELAY_NS
from collector.settings import CollectorSettings
from kis_core.clock import Clock
from kis_core.environment import Credentials
from kis_core.market.calendar import TradingCalendar
from kis_core.market.derivative_sessions import DerivativeSession, day_session
from kis_core.market.derivative_terms import terms_of
from kis_core.market.events import Gap
from kis_core.market.instants import DAY_NS, MINUTE_NS, date_of, midnight_ns, minute_start_ns
from kis_core.net.budget import RateBudget
from kis_core.net.derivatives import KisDerivatives
from kis_core.net.rest import KisRest
from kis_core.net.tokens import TokenCache
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
        self._near: dict[date, dict[str, None]] = {}  # options whose minutes are kept, by date
        self._recalled: set[date] = set()
        self._ledgers: dict[tuple[str, str, date], ContractLedger] = {}
        self.chains = ChainWriter(settings.model, clock, calendar, database, tape, log)
        self.polls = BoardPolls(source, clock, self._take, self._lost, log)
        self.rounds = MinuteRounds(source, clock, database, log)

    async def run(self) -> None:
        """Keep on for as long as the process lives."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._poll_boards())
            group.create_task(self._ask_minutes())
            group.create_task(self.chains.run())
            group.create_task(self._sync())

    async def _sync(self) -> None:
        while True:
            await asyncio.sleep(self._fsync_s)
            await asyncio.to_thread(self._tape.sync)

    async def _poll_boards(self) -> None:
        today: date | None = None
        coverage: Coverage | None = None
        boards: list[BoardKey] = []
        while True:
            minute_ns = minute_start_ns(self._clock.now_ns())
            if date_of(minute_ns) != today:
                today = date_of(minute_ns)
                await asyncio.to_thread(
                    put_away, self._tape.directory, today, self._settings.keep_days
                )
                boards = boards_on(self._settings, today, self._calendar)
                coverage = await self._coverage(today, boards)
            if coverage is not None and coverage.expected(minute_ns):
                await self.polls.minute(boards, coverage)
            elif coverage is not None and minute_ns > coverage.last_ns and boards:
                self.chains.lost(coverage.ended([board.name for board in boards]))
                coverage = None
            await self._clock.sleep_until(minute_ns + MINUTE_NS)

    async def _coverage(self, day: date, boards: list[BoardKey]) -> Coverage | None:
        """Return what is captured of a day; an earlier run's is on the tape."""
        session = day_session(day, self._calendar)
        if session is None:
            return None
        coverage = Coverage(session.opens_ns, session.closes_ns + MINUTE_NS)
        known = await self.chains.captured_on(day)
        now_ns = self._clock.now_ns()
        for board in boards:
            captured = known.get(board.name, set())
            self.chains.lost(coverage.resume(board.name, captured, now_ns, "restart"))
        return coverage

    def _take(self, capture: Capture) -> None:
        self._note_near(capture)
        self.chains.take(capture)

    def _lost(self, gap: Gap) -> None:
        self.chains.lost([gap])

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

    async def _ask_minutes(self) -> None:
        today: date | None = None
        while True:
            now_ns = self._clock.now_ns()
            if date_of(now_ns) != today:
                today = date_of(now_ns)
                self._begin_day(today, now_ns)
            try:
                await self._recall_near(today)
                await self._open_ledgers(now_ns)
                await self.rounds.round(list(self._ledgers.values()))
            except Away as error:
                self._log.debug("MINUTES_WAIT", why=str(error))
            next_ns = minute_start_ns(self._clock.now_ns()) + MINUTE_NS + ANSWER_DELAY_NS
            await self._clock.sleep_until(next_ns)

    def _begin_day(self, day: date, now_ns: int) -> None:
        if self._calendar.is_session(day):
            self.chains.rolled(roll_on(name, day, self._calendar) for name in PRODUCT_CODES)
        for key, ledger in list(self._ledgers.items()):
            if ledger.session.closes_ns + _FORGET_NS < now_ns:
                if not ledger.verified:
                    self._log.warning("SESSION_UNVERIFIED", contract=key[0], session=key[1])
                self.rounds.forget(self._ledgers.pop(key))
        for earlier in [d for d in self._near if d < day - timedelta(days=1)]:
            del self._near[earlier]
            self._recalled.discard(earlier)

    async def _recall_near(self, today: date) -> None:
        """Follow on with the options that an earlier run followed. Raises Away."""
        for day in (today - timedelta(days=1), today):
            if day not in self._recalled:
                first_ns = midnight_ns(day)
                asked = partial(
                    DerivativeStore.options_between, first_ns=first_ns, last_ns=first_ns + DAY_NS
                )
                codes = await self._database.do(asked)
                self._near.setdefault(day, {}).update(dict.fromkeys(codes))
                self._recalled.add(day)

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

    @property
    def database_connected(self) -> bool:
        """Whether the database takes what is kept."""
        return self._database.connected

    def status(self) -> dict[str, object]:
        """Return how it goes."""
        ledgers = self._ledgers.values()
        return {
            "boards": {
                "asked": self.polls.asked,
                "captured": self.polls.captured,
                "failed": self.polls.failed,
                "written": self.chains.written,
                "waiting": self.chains.waiting,
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
            "database": self.database_connected,
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
    directory, size = settings.data_dir / "rest", settings.tape.segment_mb << 20
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
