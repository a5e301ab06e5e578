"""Real-time TRs beside a stock's own trades, books and notices: what a channel is. Pure.

A channel is asked after each step of the day which frames it has for the keys somebody listens
to. It builds nothing for anybody else, and remembers by itself what it told last.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from broker_sim.exchange.happenings import Happening


@dataclass(frozen=True, slots=True)
class Told:
    """What goes to everybody who registered `tr_key` of a TR.

    `payload` is the records, fields joined by ^. A sealed one is encrypted for each session with
    the key of its own registration.
    """

    tr_id: str
    tr_key: str
    payload: str
    records: int = 1
    sealed: bool = False

    @property
    def text(self) -> str:
        """Return the frame, where it is plain."""
        return f"0|{self.tr_id}|{self.records:03d}|{self.payload}"


class Channel(Protocol):
    """Who builds the frames of some TRs."""

    @property
    def tr_ids(self) -> Collection[str]:
        """Return the TRs it builds."""
        ...

    def tell(
        self, now_ns: int, happenings: Sequence[Happening], heard: Mapping[str, Collection[str]]
    ) -> Iterable[Told]:
        """Return what there is to tell at `now_ns`, in order.

        `happenings` are those of KRX's stocks since the last call; `heard` holds, per TR of this
        channel, the keys that somebody registered.
        """
        ...
