"""What the Kiwoom source is made of: called once, by the collector's root."""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date
from pathlib import Path

from structlog.typing import FilteringBoundLogger

from collector.relay import Relay
from collector.settings import CollectorSettings
from collector.shipper import Shipper
from collector.slots import Topic
from collector.sources.kiwoom import listing
from collector.sources.kiwoom.day import SOURCE, Segments, directory_of
from collector.sources.kiwoom.events import Depth, Event, Print
from collector.sources.kiwoom.registry import Row
from collector.sources.kiwoom.rest import KiwoomRest
from collector.sources.kiwoom.session import KiwoomSession
from collector.sources.kiwoom.settings import KiwoomSettings
from collector.sources.kiwoom.source import KiwoomSource
from collector.sources.kiwoom.streams_table import write_streams
from collector.sources.kiwoom.tokens import KiwoomTokens
from collector.sources.kiwoom.universe import Universe
from config.load import DIRECTORY, load
from kis_core.clock import Clock
from kis_core.market.calendar import TradingCalendar
from kis_core.market.events import Gap
from kis_core.market.instruments import Instruments
from kis_core.net.masters import MasterStore, fetch_instruments
from kis_core.settings import MastersSettings

Publish = Callable[[Event | Gap], None]
Offer = Callable[[Collection[Topic]], None]


@asynccontextmanager
async def open_source(
    settings: CollectorSettings,
    clock: Clock,
    calendar: TradingCalendar,
    database: str,
    publish: Publish,
    offer: Offer,
    log: FilteringBoundLogger,
    config: Path = DIRECTORY,
) -> AsyncIterator[KiwoomSource | None]:
    """Open the source, to be run; None where it is not enabled."""
    mine = settings.kiwoom
    if mine is None or not mine.enabled:
        yield None
        return
    doors = mine.endpoints(settings.broker)
    keys = mine.credentials(doors.environment)
    tokens = KiwoomTokens(doors, keys, clock, settings.data_dir / "tokens")
    async with AsyncExitStack() as stack:
        rest = None
        if mine.listing == "ka10099":
            rest = await stack.enter_async_context(KiwoomRest(doors, clock, tokens))

        def make_session(name: str) -> KiwoomSession:
            return KiwoomSession(
                name,
                doors,
                clock,
                tokens.token,
                silent_s=mine.line_silent_s,
                answer_s=mine.answer_s,
                retry_s=mine.refused_retry_s,
            )

        async def todays(day: date, file: Path | None) -> Universe:
            instruments = None
            if mine.listing == "masters":
                instruments = await _masters(clock, config)
            return await listing.todays(day, file, rest, instruments)

        async def write(day: date, rows: Sequence[Row]) -> None:
            await write_streams(database, doors.environment, SOURCE, day, rows)

        directory = directory_of(settings.data_dir)
        shipper = Shipper(database, doors.environment, (), directory, log, calendar, SOURCE)
        yield KiwoomSource(
            mine,
            settings.data_dir,
            clock,
            calendar,
            make_session,
            todays,
            shipper,
            write,
            publish,
            offer,
            log,
            krx_candles_elsewhere=settings.symbols,
            fsync_s=settings.tape.fsync_s,
            segments=Segments(settings.tape.segment_mb << 20, settings.tape.segment_min * 60),
            thresholds=settings.quality.thresholds(),
        )


async def _masters(clock: Clock, config: Path) -> Instruments:
    settings = load(MastersSettings, "masters", config)
    async with MasterStore(
        settings.url, settings.directory, clock, timeout_s=settings.timeout_s
    ) as store:
        return (await fetch_instruments(store)).instruments


def relaying(relay: Relay, mine: KiwoomSettings | None) -> tuple[Publish, Offer]:
    """Return who lets Kiwoom's trades and books to the strategies, where told to.

    What is offered is granted to readers; of a symbol that KIS has registered the relay takes
    KIS's word, so that nobody hears a trade twice.
    """

    def publish(what: Event | Gap) -> None:
        match what:
            case Print(trade=trade):
                relay.trade(trade, SOURCE)
            case Depth(book=book):
                relay.book(book, SOURCE)
            case _:
                pass  # a gap of this line is no gap of KIS's: what is offered shrinks instead

    if mine is None or not mine.relay:
        return lambda _: None, lambda _: None
    return publish, lambda topics: relay.offer(SOURCE, topics)
