"""Who holds which registration of the one session, and who goes first. Pure; no clock.

Laws:
- A registration is leased as long as somebody holds it. Several may, each with a rank of his own;
  the registration has the best of theirs.
- At most `limit` leases have a place. A new one is refused here, and KIS is never asked; unless its
  rank is strictly better than the worst that has a place: then it takes that one's, and the answer
  says whose it was.
- A lease that loses its place, to a better rank or because KIS gives fewer (OPSP0008), is named.
  It stands, and waits until a place is free or a new line has more.
- The order is notices, holdings, candidates, the rest, and among equals who came first. In this
  order everything is registered, again after every loss (`Subscriptions.want(leases.keys)`).
"""

from dataclasses import dataclass, field
from enum import IntEnum

import msgspec

from kis_core.wire.stream.subscriptions import LIMIT, Key


class Rank(IntEnum):
    """Who goes first. Lower is better."""

    NOTICES = 0  # of the account's own orders
    HOLDING = 1  # the account holds it, or an order works in it
    CANDIDATE = 2
    REST = 3


class Displaced(msgspec.Struct, frozen=True):
    """A lease that lost its place and waits, whose it is, and to whom; `by` None: KIS has fewer."""

    key: Key
    rank: Rank
    holders: tuple[str, ...]
    by: Key | None


@dataclass(frozen=True, slots=True)
class Granted:
    """The lease stands. Whether KIS agrees is told by the answer to the registration."""

    key: Key
    rank: Rank  # of the registration: the best of its holders
    placed: bool  # False for one that waits already, or that gave its own place away
    displaced: Displaced | None = None


@dataclass(frozen=True, slots=True)
class NoPlace:
    """Every place is held by a rank as good or better. There is no lease; KIS was not asked."""

    key: Key
    rank: Rank
    limit: int


@dataclass(slots=True)
class _Lease:
    turn: int  # who came first
    holders: dict[str, Rank] = field(default_factory=dict)

    @property
    def rank(self) -> Rank:
        return min(self.holders.values())


class Leases:
    """The leases of one session. What they come to is `keys`, in order."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._most = limit
        self._limit = limit
        self._leases: dict[Key, _Lease] = {}
        self._turns = 0

    @property
    def keys(self) -> tuple[Key, ...]:
        """Return what is to be registered, first things first."""
        return self._order()[: self._limit]

    @property
    def waiting(self) -> tuple[Key, ...]:
        """Return what is leased and has no place, first things first."""
        return self._order()[self._limit :]

    def holders(self, key: Key) -> dict[str, Rank]:
        """Return who holds a registration, and with which rank."""
        lease = self._leases.get(key)
        return dict(lease.holders) if lease else {}

    def take(self, key: Key, holder: str, rank: Rank) -> Granted | NoPlace:
        """Hold a registration; taken again, the rank changes, up or down."""
        before = self.keys
        if key not in self._leases:
            if len(before) >= self._limit and (not before or self._leases[before[-1]].rank <= rank):
                return NoPlace(key, rank, self._limit)
            self._turns += 1
            self._leases[key] = _Lease(self._turns)
        lease = self._leases[key]
        lease.holders[holder] = rank
        after = self.keys
        fallen = [other for other in before if other not in after and other != key]
        displaced = self._named(fallen[0], key) if fallen else None
        return Granted(key, lease.rank, key in after, displaced)

    def end(self, key: Key, holder: str) -> None:
        """Give up a lease. The place is free when nobody else holds the registration."""
        lease = self._leases.get(key)
        if lease and lease.holders.pop(holder, None) is not None and not lease.holders:
            del self._leases[key]

    def end_all(self, holder: str) -> None:
        """Give up every lease of a holder: it is gone."""
        for key in tuple(self._leases):
            self.end(key, holder)

    def limit_to(self, places: int) -> tuple[Displaced, ...]:
        """Take note that KIS gives only so many places; return who waits now, worst first."""
        before = self.keys
        self._limit = min(places, self._most)
        return tuple(self._named(key, None) for key in before[self._limit :][::-1])

    def unlimited(self) -> None:
        """Forget what KIS gave: a new line may have more."""
        self._limit = self._most

    def _named(self, key: Key, by: Key | None) -> Displaced:
        lease = self._leases[key]
        return Displaced(key, lease.rank, tuple(sorted(lease.holders)), by)

    def _order(self) -> tuple[Key, ...]:
        return tuple(sorted(self._leases, key=self._place))

    def _place(self, key: Key) -> tuple[Rank, int]:
        lease = self._leases[key]
        return lease.rank, lease.turn
