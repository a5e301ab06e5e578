"""The OMS's own line to the broker: one WebSocket session read as the collector reads it."""

from collections.abc import AsyncIterator
from contextlib import aclosing

from collector.hearing import (
    Hearing,
    LineDown,
    LineUp,
    NoticesLive,
    Said,
    Text,
    Wanted,
)
from collector.slots import Key, claims_of
from kis_core.clock import Clock
from kis_core.feed import Batch, Heard, NoticesState, RelayEvent, Wants
from kis_core.market.derivative_events import FuturesTrade, OptionTrade
from kis_core.market.events import Gap, Trade
from kis_core.net.stream import Down, KisStream, Raw, Up


class Ear:
    """Fits `oms.quotes.Line`."""

    def __init__(self, stream: KisStream, notices: Key, clock: Clock) -> None:
        self._stream = stream
        self._notices = notices
        self._clock = clock
        self._hearing = Hearing()
        self._waiting: list[Said] = []
        self._seq = 0

    async def want(self, wants: Wants) -> None:
        """Register these, order notices first."""
        keys = [claim.key for claim in claims_of({"oms": wants}, self._notices)]
        keys.sort(key=lambda key: key[1] != self._notices[1])
        self._waiting += self._hearing.take(Wanted(self._clock.now_ns(), tuple(keys)))
        await self._stream.set_wanted(keys)

    async def __aiter__(self) -> AsyncIterator[Batch]:
        async with aclosing(self._stream.items()) as items:  # type: ignore[type-var]
            async for item in items:
                said, self._waiting = self._waiting, []
                match item:
                    case Raw(at_ns, text):
                        said += self._hearing.take(Text(at_ns, text))
                    case Up(at_ns):
                        said += self._hearing.take(LineUp(at_ns))
                    case Down(at_ns, why):
                        said += self._hearing.take(LineDown(at_ns, why))
                    case _:
                        pass
                if events := self._events(said):
                    yield Batch(self._seq, events)
                    self._seq += len(events)

    def _events(self, said: list[Said]) -> tuple[RelayEvent, ...]:
        events: list[RelayEvent] = []
        for what in said:
            match what:
                case Trade() | FuturesTrade() | OptionTrade() | Heard() | Gap():
                    events.append(what)
                case NoticesLive(live, _):
                    events.append(NoticesState(self._clock.now_ns(), live))
                case _:
                    pass
        return tuple(events)
