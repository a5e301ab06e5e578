"""The chain over a journal: each row carries the hash of the row before it and its own. Pure.

A row's hash is taken over the hash before it and everything the row says, so that a row which was
changed, taken away, put in or moved no longer fits. Rows older than the chain carry no hash; the
first one that does begins the chain with `GENESIS` before it.

What one copy cannot tell is a chain that somebody wrote anew from a row to its very end: for that
there are two copies, the journal and PostgreSQL, and `oms/audit/compare.py` holds them together.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Literal, NamedTuple

Why = Literal["changed", "missing", "extra", "order"]

GENESIS = bytes(32)
AHEAD = 64  # rows looked at before and behind a row that does not fit, to say why


class Link(NamedTuple):
    """One row as a copy keeps it. `payload` is the stored bytes, whatever they are."""

    seq: int
    turn: int
    at_ns: int
    direction: str
    kind: str
    payload: bytes
    prev: bytes | None  # None with `hash`: older than the chain
    hash: bytes | None


class Misfit(NamedTuple):
    """The first row that does not fit, and why: a word for programs, a sentence for people."""

    seq: int
    why: Why
    said: str


def digest(
    prev: bytes, seq: int, turn: int, at_ns: int, direction: str, kind: str, payload: bytes
) -> bytes:
    """Return the 32 bytes of a row's hash.

    PostgreSQL says the same: `sha256(prev_hash || convert_to(concat_ws('|', seq, turn, at_ns,
    direction, octet_length(payload_text), kind, payload_text), 'UTF8'))`. The length keeps a kind
    and a payload from trading characters.
    """
    return digest_of_bytes(prev, seq, turn, at_ns, _bytes(direction), _bytes(kind), payload)


def digest_of_bytes(
    prev: bytes, seq: int, turn: int, at_ns: int, direction: bytes, kind: bytes, payload: bytes
) -> bytes:
    """Return the same of a row whose words are bytes still: a start reads a million of them."""
    words = (prev, seq, turn, at_ns, direction, len(payload), kind, payload)
    # %a: a number as it is, and whatever somebody put in the place of one.
    return sha256(b"%b%a|%a|%a|%b|%a|%b|%b" % words).digest()


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogateescape")


class Walk:
    """How far a chain has been followed. `step` each row in order; all before it fit."""

    def __init__(self) -> None:
        self.last: Link | None = None
        self.begins: int | None = None  # the first row with a hash; None: there is none yet
        self.rows = 0
        self._known: OrderedDict[int, bytes | None] = OrderedDict()  # the last hashes, by seq

    @property
    def last_seq(self) -> int:
        """Return the seq of the last row that fits; 0 before the first."""
        return self.last.seq if self.last else 0

    def step(self, link: Link) -> bool:
        """Take the next row if it fits; False leaves the walk where it was."""
        if link.seq != self.last_seq + 1 or not self._linked(link):
            return False
        if link.hash is not None and self.begins is None:
            self.begins = link.seq
        self.last = link
        self.rows += 1
        self._known[link.seq] = link.hash
        if len(self._known) > AHEAD:
            self._known.popitem(last=False)
        return True

    def _linked(self, link: Link) -> bool:
        if link.hash is None:
            return self.begins is None and link.prev is None
        return link.prev == self._before() and _says(link, link.seq)

    def _before(self) -> bytes:
        return (self.last.hash if self.last else None) or GENESIS

    def misfit(self, link: Link, ahead: Sequence[Link]) -> Misfit:
        """Say why a row does not fit; `ahead` are the rows after it, up to AHEAD of them."""
        expected = self.last_seq + 1
        if link.seq != expected:
            return _gone(expected, link.seq)
        if link.hash is None or link.prev is None:
            return Misfit(link.seq, "changed", f"row {link.seq} has lost its hash")
        if _says(link, link.seq):
            return self._unlinked(link, ahead)
        return self._unlike(link, ahead)

    def _unlinked(self, link: Link, ahead: Sequence[Link]) -> Misfit:
        """A row that is whole by itself and was written after another than the one before it."""
        before = self.last
        if before is None or (ahead and ahead[0].prev != link.hash):
            return Misfit(link.seq, "changed", f"row {link.seq} was exchanged with its hash")
        if before.hash is None:
            said = f"row {before.seq} has lost its hash: row {link.seq} was written after one"
        else:
            said = f"row {before.seq} was exchanged with its hash: row {link.seq} followed another"
        return Misfit(before.seq, "changed", said)

    def _unlike(self, link: Link, ahead: Sequence[Link]) -> Misfit:
        """A row whose hash is not that of what it says: changed, or once another's number."""
        seq, was = link.seq, _written_as(link)
        if was is None:
            if ahead and _written_as(ahead[0]) == seq:
                return Misfit(seq, "extra", f"row {seq} was put in: row {seq + 1} was {seq} once")
            return Misfit(seq, "changed", f"row {seq} is not what its hash was taken of")
        if was > seq:
            for other in ahead:
                if _written_as(other) == seq:
                    said = f"row {was} stands at {seq}, and row {seq} at {other.seq}"
                    return Misfit(seq, "order", said)
            return _gone(seq, was, ", and the numbers closed up over them")
        if self._known.get(was, link.hash) != link.hash:
            return Misfit(was, "extra", f"row {was} was put in: the true one stands at {seq}")
        return Misfit(seq, "extra", f"row {seq} is row {was} once more")


def follow(
    walk: Walk, links: Sequence[Link], more: Callable[[int, int], Sequence[Link]]
) -> Misfit | None:
    """Walk over rows; return the first that does not fit. `more(seq, limit)` are those behind."""
    for place, link in enumerate(links):
        if not walk.step(link):
            ahead = links[place + 1 :] or more(link.seq, AHEAD)
            return walk.misfit(link, ahead[:AHEAD])
    return None


def _gone(first: int, behind: int, more: str = "") -> Misfit:
    last = behind - 1
    rows = f"row {first} is" if first == last else f"rows {first} to {last} are"
    return Misfit(first, "missing", f"{rows} not there{more}")


def _says(link: Link, seq: int) -> bool:
    """Whether the row, under this number, is what its hash was taken of."""
    if not isinstance(link.prev, bytes):
        return False
    return link.hash == digest(link.prev, seq, *link[1:6])


def _written_as(link: Link) -> int | None:
    """Return the number under which the row was written, if it is near and the row whole."""
    for distance in range(AHEAD + 1):
        for seq in (link.seq - distance, link.seq + distance):
            if _says(link, seq):
                return seq
    return None
