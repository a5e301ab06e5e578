"""An event loop whose time passes only when there is nothing left to do.

Sockets are the world's own, on the loopback: what one end writes, the other can read at once. When
nothing can be read and nothing is ready, the loop's clock jumps to the next timer. A run of ten
minutes takes seconds, and the same seed takes the same way: threads, too, are run to their end in
place.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from typing import Any

from kis_core.clock import SECOND_NS, kst

_UNHEARD_S = 5.0  # of the world: nothing ready, no timer, and nobody writes


class Stuck(Exception):
    """Nothing is ready, nothing is due, and nothing arrives."""


class _Selector(selectors.BaseSelector):
    """Looks at the sockets without waiting; what it would have waited is added to the time."""

    def __init__(self) -> None:
        self._inner = selectors.DefaultSelector()
        self.now_s = 0.0

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._inner.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._inner.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        return self._inner.modify(fileobj, events, data)

    def close(self) -> None:
        self._inner.close()

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._inner.get_map()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found = self._inner.select(0)
        if found or timeout == 0:
            return found
        if timeout is None:
            if not (found := self._inner.select(_UNHEARD_S)):
                raise Stuck(f"nothing happens any more after {self.now_s:.3f} s")
            return found
        self.now_s += timeout
        return []


class TapeLoop(asyncio.SelectorEventLoop):
    """An event loop on its own time, from 0 s."""

    def __init__(self) -> None:
        self.waits = _Selector()
        self.transports: Callable[[Any], None] = lambda _: None
        self._world = asyncio.new_event_loop()
        super().__init__(self.waits)

    def close(self) -> None:
        self._world.close()
        super().close()

    def outside[T](self, work: Coroutine[Any, Any, T]) -> T:
        """Run work to its end in the world's time, in which this loop stands still."""
        asyncio._set_running_loop(None)
        try:
            return self._world.run_until_complete(work)
        finally:
            asyncio._set_running_loop(self)

    def time(self) -> float:
        return self.waits.now_s

    def run_in_executor(  # type: ignore[override]
        self, executor: Any, func: Callable[..., Any], *args: Any
    ) -> Any:
        done = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - whoever awaits it hears it
            done.set_exception(error)
        return done

    def _make_socket_transport(self, *args: Any, **options: Any) -> Any:
        transport = super()._make_socket_transport(*args, **options)  # type: ignore[misc]
        self.transports(transport)
        return transport


class LoopClock:
    """A day that passes with the loop's time. Fits `kis_core.clock.Clock`."""

    def __init__(self, loop: asyncio.AbstractEventLoop, start_ns: int) -> None:
        self._loop = loop
        self._start_ns = start_ns

    def now_ns(self) -> int:
        return self._start_ns + round(self._loop.time() * SECOND_NS)

    def now(self) -> datetime:
        return kst(self.now_ns())

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))

    async def sleep_until(self, at_ns: int) -> None:
        while (left_ns := at_ns - self.now_ns()) > 0:  # noqa: ASYNC110 - time itself is waited for
            await asyncio.sleep(left_ns / SECOND_NS)
        await asyncio.sleep(0)
