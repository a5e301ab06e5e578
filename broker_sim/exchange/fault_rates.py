"""Faults drawn from a seed: how often each kind bites at intensity 1, and with what. Pure.

Kinds that bite on a call, a frame or a notice have a chance each time; sessions and the market are
struck at instants drawn over the trading day. Chances grow with the intensity up to certainty.
"""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

from broker_sim.exchange.fault_entries import Fault, read_faults
from broker_sim.exchange.fault_kinds import Kind, Place

INTENSITY_MAX = 1000
FIRST_S, LAST_S = 9 * 3600, 15 * 3600 + 1800  # the trading day, seconds since midnight
HOURS = (LAST_S - FIRST_S) / 3600

CHANCES: Mapping[Kind, tuple[tuple[float, Mapping[str, object]], ...]] = {
    Kind.REQUEST_LATE: ((0.002, {"call": "orders", "seconds": [0.5, 8]}),),
    Kind.REQUEST_LOST: ((0.005, {}),),
    Kind.TOKEN_REVOKED: ((0.0005, {}),),
    Kind.TOKEN_EXPIRED: ((0.0005, {}),),
    Kind.THROTTLED: ((0.01, {}), (0.002, {"code": "EGW00215"})),
    Kind.PAGE_FAILED: ((0.01, {}),),
    Kind.SERVER_ERROR: (
        (0.003, {}),
        (0.001, {"form": "html", "status": 502}),
        (0.001, {"form": "text"}),
    ),
    Kind.EXCHANGE_LATE: ((0.01, {"call": "orders", "seconds": [0.1, 5]}),),
    Kind.CHANGE_RACED: ((0.1, {"call": "order_rvsecncl"}),),
    Kind.PAGE_EMPTY: ((0.003, {}),),
    Kind.PAGE_REPEATED: ((0.003, {}),),
    Kind.FIELD_BLANK: ((0.001, {"call": "orders", "field": "ODNO"}),),
    Kind.JSON_CUT: ((0.001, {}),),
    Kind.HTML_PAGE: ((0.001, {}),),
    Kind.REPLY_ERROR: ((0.003, {}), (0.002, {"code": "EGW00301"})),
    Kind.NOTICE_FIRST: ((0.05, {"call": "orders"}),),
    Kind.REPLY_LATE: ((0.01, {"seconds": [0.2, 5]}),),
    Kind.BODY_CUT: ((0.001, {}),),
    Kind.REPLY_LOST: ((0.005, {}),),
    Kind.FRAME_LOST: ((0.0005, {}),),
    Kind.FRAME_NOT_TEXT: ((0.000005, {}),),
    Kind.FRAME_GARBAGE: ((0.0001, {}),),
    Kind.FRAME_CUT: ((0.0001, {}),),
    Kind.FRAME_DOUBLED: ((0.0001, {}),),
    Kind.FRAME_MISCOUNTED: ((0.0001, {}),),
    Kind.COLUMN_MISSING: ((0.0001, {}),),
    Kind.COLUMN_EXTRA: ((0.0001, {}),),
    Kind.TR_SWAPPED: ((0.0001, {}),),
    Kind.TR_UNKNOWN: ((0.0001, {}),),
    Kind.NOTICE_LOST: ((0.01, {}),),
    Kind.NOTICE_LATE: ((0.02, {"seconds": [0.2, 20]}),),
    Kind.NOTICE_OVERTAKEN: ((0.02, {}),),
    Kind.NOTICE_DOUBLED: ((0.02, {}),),
    Kind.HANDSHAKE_HUNG: ((0.05, {}),),
    Kind.HANDSHAKE_REFUSED: ((0.05, {}),),
    Kind.REGISTRATION_REFUSED: (
        (0.002, {"code": "OPSP0011"}),
        (0.005, {"code": "OPSP0007"}),
    ),
    Kind.REGISTRATION_UNANSWERED: ((0.002, {}),),
    Kind.IN_USE_LINGERS: ((0.3, {"seconds": [1, 30]}),),
}
"""The chance of each thing that matches, at intensity 1, and what goes with it."""

STANDING: Mapping[Kind, Mapping[str, object]] = {
    Kind.HISTORY_LATE: {},
    Kind.BALANCE_STALE: {},
    Kind.CLOCK_SKEW: {"seconds": [-2, 2]},
}
"""What is true all day of a drawn broker: the paper host's habits."""

PER_HOUR: Mapping[Kind, tuple[float, Mapping[str, object]]] = {
    Kind.SOCKET_CLOSED: (0.5, {"code": "1001"}),
    Kind.SOCKET_RESET: (0.5, {}),
    Kind.SOCKET_SILENT: (0.3, {"seconds": [5, 120]}),
    Kind.VI: (2.0, {}),
    Kind.HALT: (0.1, {"seconds": [60, 1800]}),
    Kind.LIMIT_UP: (0.1, {"seconds": [60, 1800]}),
    Kind.LIMIT_DOWN: (0.1, {"seconds": [60, 1800]}),
    Kind.CIRCUIT_BREAKER: (0.02, {}),
    Kind.DELISTED: (0.05, {}),
}
"""How often an hour sessions and the market are struck, at intensity 1."""


def draw_faults(seed: int, intensity: float, symbols: Sequence[str]) -> tuple[Fault, ...]:
    """Return a day's faults. Raises ValueError for an intensity that is none."""
    if not 0 <= intensity <= INTENSITY_MAX:
        raise ValueError(f"intensity {intensity:g}, expected 0 to {INTENSITY_MAX}")
    if intensity == 0:
        return ()
    return read_faults(
        list(_entries(seed, intensity, symbols)), "drawn", ("orders", "order_rvsecncl")
    )


def _entries(seed: int, intensity: float, symbols: Sequence[str]) -> Iterator[Mapping[str, object]]:
    for kind, ways in CHANCES.items():
        for chance, words in ways:
            yield {"kind": kind, "chance": min(1.0, chance * intensity), **words}
    for kind, words in STANDING.items():
        yield {"kind": kind, **words}
    for kind, (per_hour, words) in PER_HOUR.items():
        about = Place.MARKET is _place(kind)
        if about and not symbols:
            continue
        expected = per_hour * HOURS * intensity
        for number in range(int(expected + _drawn(seed, kind, "count"))):
            at_s = FIRST_S + int(_drawn(seed, kind, f"at {number}") * (LAST_S - FIRST_S))
            at = f"{at_s // 3600:02d}:{at_s // 60 % 60:02d}:{at_s % 60:02d}"
            entry = {"kind": kind, "at": at, **words}
            if about and kind is not Kind.CIRCUIT_BREAKER:
                which = int(_drawn(seed, kind, f"symbol {number}") * len(symbols))
                entry["symbol"] = symbols[which]
            yield entry


def _place(kind: Kind) -> Place:
    return Fault(kind=kind).rule.place


def _drawn(seed: int, kind: Kind, what: str) -> float:
    text = f"{seed} {kind.value} {what}"
    return int.from_bytes(sha256(text.encode()).digest()[:8]) / 2**64
