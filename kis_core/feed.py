"""What processes hear from the collector, and how they ask for it.

One WebSocket to the collector's relay, MessagePack both ways (`wss` across machines). The reader
sends its whole set of wants whenever it changes; the relay answers with batches of market events
in order, a snapshot of what is newest first. Histories are asked for over HTTP on the same port.
This file holds the messages; `Feed`, at its end, is the reader's side.
"""

from enum import IntEnum
from typing import Literal

import msgspec

from kis_core.market.events import (
    Bar,
    Book,
    Gap,
    IndexLevel,
    SlotsGranted,
    Trade,
)
from kis_core.wire.account import OrderNotice

Kind = Literal["trade", "book"]


class Priority(IntEnum):
    """Who gets a registration when there are not enough. Lower is served first."""

    HOLDING = 0  # the account holds it, or an order works in it
    ACTIVE = 1  # a strategy is about to act on it
    CANDIDATE = 2
    WATCH = 3


class Want(msgspec.Struct, frozen=True, array_like=True):
    """One symbol a reader wants to hear."""

    symbol: str
    priority: Priority
    kinds: tuple[Kind, ...] = ("trade",)
    rank: int = 0  # among equals, lower first


class Wants(msgspec.Struct, frozen=True, tag="wants"):
    """The reader's whole set, replacing the one before. `notices` needs the OMS's token."""

    wants: tuple[Want, ...]
    indices: tuple[str, ...] = ()
    notices: bool = False


class Heard(msgspec.Struct, frozen=True, tag="heard", array_like=True):
    """An order notice, as relayed to the OMS."""

    arrived_ns: int
    notice: OrderNotice


class NoticesState(msgspec.Struct, frozen=True, tag="notices", array_like=True):
    """Whether order notices are being heard. `live` False: trust the order history alone."""

    at_ns: int
    live: bool


RelayEvent = Trade | Book | Bar | IndexLevel | Gap | SlotsGranted | Heard | NoticesState


class Batch(msgspec.Struct, frozen=True, tag="batch"):
    """Events in order. `first_seq` counts this reader's events since it connected, from 0.

    `conflated` > 0 says that the reader was too slow and that many trades or books were left out
    (the newest of each symbol is always there).
    """

    first_seq: int
    events: tuple[RelayEvent, ...]
    conflated: int = 0
