"""Frames by the thousand for benchmarks: trades and books of the registered items, made cheaply.

Each stream's frame is made once, with room for its time and its cumulative volume, which rises by
one from frame to frame: whoever counts at the other end sees what is missing.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from broker_sim.kis.numbers import hhmmss
from broker_sim.kiwoom.elements import LEVELS, Values, element, frame
from broker_sim.kiwoom.items import Key, code_of
from broker_sim.kiwoom.sockets import Session, Sockets, head
from kis_core.clock import Clock

TICK_S = 0.004
FIRST_VOLUME = 10_000_001  # eight digits, and eight they stay: a frame keeps its length
RATE_MAX = 1_000_000
_TIME, _VOLUME = "~time~", "~volume~"
TYPES = ("0B", "0D")


class LoadError(Exception):
    """A load that cannot be made. The message says what was expected."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for."""

    rate: float  # frames a second of the world, over all streams
    seconds: float
    types: Sequence[str] = TYPES
    elements: int = 1  # data elements of a frame; the volume rises by one with each
    unread_bytes_max: int | None = None  # of a session, while the load lasts


@dataclass(slots=True)
class _Stream:
    """One stream: its frame with holes, how far its volume is, and who hears it."""

    template: bytes
    elements: int
    sessions: Sequence[Session]
    volume: int = FIRST_VOLUME - 1

    def next_frame(self, now: bytes) -> bytes:
        """Return the next frame."""
        if self.elements == 1:
            self.volume += 1
            return self.template % (now, self.volume)
        first = self.volume + 1
        self.volume += self.elements
        holes: list[bytes | int] = []
        for volume in range(first, self.volume + 1):
            holes += (now, volume)
        return self.template % tuple(holes)


class Load:
    """Makes one load at a time."""

    def __init__(
        self, sockets: Sockets, clock: Clock, log: structlog.typing.FilteringBoundLogger
    ) -> None:
        self._sockets = sockets
        self._clock = clock
        self._log = log
        self._task: asyncio.Task[None] | None = None
        self._order: Order | None = None
        self._streams: dict[Key, _Stream] = {}
        self._frames = 0
        self._spent_s = 0.0

    @property
    def running(self) -> bool:
        """Whether a load is being made."""
        return self._task is not None and not self._task.done()

    def begin(self, order: Order) -> None:
        """Begin a load over what is registered now. Raises LoadError."""
        if self.running:
            raise LoadError("a load is running; DELETE it first")
        listeners = self._sockets.listeners
        keys = sorted(key for key in listeners if key[1] in order.types)
        if not keys:
            raise LoadError(f"nobody has registered any of {', '.join(order.types)}")
        self._streams = {
            key: _Stream(_template(key, order.elements), order.elements, tuple(listeners[key]))
            for key in keys
        }
        self._order, self._frames, self._spent_s = order, 0, 0.0
        self._task = asyncio.get_running_loop().create_task(self._run(order))

    async def stop(self) -> None:
        """End the load, if there is one."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def state(self) -> dict[str, Any]:
        """Return what the page shows: per stream, the first and last cumulative volume sent."""
        return {
            "running": self.running,
            "rate": None if self._order is None else self._order.rate,
            "frames": self._frames,
            "seconds": round(self._spent_s, 3),
            "streams": len(self._streams),
            "elements": 0 if self._order is None else self._frames * self._order.elements,
            "sessions_dropped": self._sockets.dropped,
            "by_item": {
                f"{item} {kind}": [FIRST_VOLUME, stream.volume]
                for (item, kind), stream in self._streams.items()
                if stream.volume >= FIRST_VOLUME
            },
        }

    async def _run(self, order: Order) -> None:
        loop, sockets = asyncio.get_running_loop(), self._sockets
        ring = list(self._streams.values())
        size, whole = len(ring), round(order.rate * order.seconds)
        usual, sockets.unread_bytes_max = (
            sockets.unread_bytes_max,
            order.unread_bytes_max or sockets.unread_bytes_max,
        )
        begun_s, generation = loop.time(), sockets.generation
        try:
            while self._frames < whole:
                due = min(whole, int((loop.time() - begun_s) * order.rate) + 1)
                now = hhmmss(self._clock.now_ns()).encode()
                if sockets.generation != generation:  # somebody came or left
                    generation = sockets.generation
                    for key, stream in self._streams.items():
                        stream.sessions = tuple(sockets.listeners.get(key, ()))
                for number in range(self._frames, due):
                    stream = ring[number % size]
                    made = stream.next_frame(now)
                    for session in stream.sessions:
                        session.waiting.append(made)
                        session.frames += 1
                self._frames = due
                sockets.write_out()
                self._spent_s = loop.time() - begun_s
                await asyncio.sleep(TICK_S)
        finally:
            sockets.unread_bytes_max = usual
            self._log.info("load done", frames=self._frames, seconds=round(self._spent_s, 3))


def _template(key: Key, elements: int) -> bytes:
    """Return a stream's frame, head and all, with `%` holes for times and volumes."""
    item, kind = key
    values = _book(item) if kind == "0D" else _trade(item)
    text = frame([element(kind, item, values)] * elements)
    hole_free = text.replace(b"%", b"%%")
    # What is put in is as long as six and eight digits, so the length is known before.
    size = len(text) + elements * (6 - len(_TIME) + 8 - len(_VOLUME))
    opening = head(size).replace(b"%", b"%%")
    return opening + hole_free.replace(_TIME.encode(), b"%b").replace(_VOLUME.encode(), b"%d")


def _price(item: str) -> int:
    """Return a price of its own for each item, on every tick grid."""
    return 10_000 + sum(code_of(item).symbol.encode()) % 90 * 1_000


def _trade(item: str) -> Values:
    price = _price(item)
    venue = "NXT" if item.endswith("_NX") else "KRX"
    names = "11 12 14 16 17 18 26 29 30 31 32 228 311 691 851 1030 1031 1032 1071 1072 1313 1314"
    values = {"20": _TIME, "10": f"+{price}", "27": f"+{price + 100}", "28": f"+{price}"}
    values |= {"15": "+1", "13": _VOLUME, "25": "2", "290": "2", "567": "000000", "568": "000000"}
    values |= dict.fromkeys(names.split(), "0") | {"16": f"+{price}", "17": f"+{price}"}
    values |= {"18": f"+{price}", "1315": " 0", "1316": "+1", "9081": venue}
    values |= {"1890": "090000", "1891": "090000", "1892": "090000", "620": str(price)}
    return values | {"1497": "0", "1498": "0", "732": "0", "852": "0"}


def _book(item: str) -> Values:
    price = _price(item)
    values = {"21": _TIME, "13": _VOLUME, "121": "5500", "125": "5500", "128": "0", "215": "2"}
    for level in range(LEVELS):
        values[str(41 + level)] = f"+{price + 100 * (level + 1)}"
        values[str(51 + level)] = f"+{price - 100 * level}"
        for first in (61, 71):
            values[str(first + level)] = str(100 * (level + 1))
        for first in (81, 91):
            values[str(first + level)] = "0"
    return values


def read_order(given: Any) -> Order:
    """Read what is asked for: a JSON object with `rate` and `seconds`. Raises LoadError."""
    if not isinstance(given, dict):
        raise LoadError("expected a JSON object with rate and seconds")
    known = {"rate", "seconds", "types", "elements", "unread_bytes_max"}
    if odd := sorted(given.keys() - known):
        raise LoadError(f"{odd[0]}: no such key; there are {', '.join(sorted(known))}")
    rate = _number(given, "rate", 1, RATE_MAX)
    seconds = _number(given, "seconds", 0.001, 86_400)
    elements = int(_number(given, "elements", 1, 100, 1))
    unread = given.get("unread_bytes_max")
    if unread is not None:
        unread = int(_number(given, "unread_bytes_max", 65_536, 2**32))
    types = given.get("types", list(TYPES))
    if not isinstance(types, list) or not types or not set(types) <= set(TYPES):
        raise LoadError(f"types: {types!r}, expected some of {', '.join(TYPES)}")
    return Order(rate, seconds, tuple(types), elements, unread)


def _number(
    given: dict[str, Any], key: str, least: float, most: float, usual: float | None = None
) -> float:
    value = given.get(key, usual)
    if isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most:
        return float(value)
    raise LoadError(f"{key}: {value!r}, expected {least:g} to {most:g}")
