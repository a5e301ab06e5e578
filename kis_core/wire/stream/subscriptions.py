"""Which real-time registrations a session holds, asks for and gives back. Pure; no clock.

Laws:
- One session holds at most `limit` registrations, notices included; a registration counts from
  the moment it is asked for until its end is confirmed.
- Wanted registrations are served in their order; what does not fit waits for a place.
- A lost line holds nothing: after it everything wanted is asked for again, in order.
- Nothing is asked for twice: not while its answer is out, not after a refusal that will not
  change. A refusal that may pass is asked again, a few times.

States of a registration (tr_id, tr_key):

    wanted ──ask──▶ asked ──ok──▶ live ──no longer wanted──▶ leaving ──ended──▶ gone
                      └──refused──▶ refused (kept while wanted, so that it is not asked again)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from kis_core.wire.stream.frames import Ack

LIMIT = 41  # registrations per session, all TRs together (kis_api.md §13.6)
_TRIES = 3

ALREADY_IN = "OPSP0002"
NOT_FOUND = "OPSP0003"
FULL = "OPSP0008"
IN_USE = "OPSP8996"  # another session holds this app key
_PASSING = frozenset({"OPSP0007", "OPSP0009", "OPSP8999", "OPSP9995"})
KEY_REFUSED = frozenset({"OPSP0010", "OPSP0011", "OPSP8995", "OPSP9994"})

Key = tuple[str, str]
"""(tr_id, tr_key)"""


class State(StrEnum):
    """Where a registration is."""

    ASKED = "asked"
    LIVE = "live"
    REFUSED = "refused"
    LEAVING = "leaving"


@dataclass(frozen=True, slots=True)
class Ask:
    """A message to send: register, or end the registration."""

    key: Key
    register: bool


class Subscriptions:
    """The registrations of one session. Ask `next()` what to send; tell it what was answered."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._room = limit  # what the server lets us have, found out by OPSP0008
        self._wanted: tuple[Key, ...] = ()
        self._states: dict[Key, State] = {}
        self._tries: dict[Key, int] = {}

    @property
    def live(self) -> tuple[Key, ...]:
        """Return what is being heard, in the order it was wanted."""
        return tuple(key for key in self._wanted if self._states.get(key) is State.LIVE)

    @property
    def room(self) -> int:
        """Return how many registrations KIS gives us, as far as it has told."""
        return self._room

    @property
    def refused(self) -> tuple[Key, ...]:
        """Return what is wanted and not heard for want of a place, or because KIS said no."""
        fitting = set(self._targets())
        return tuple(
            key
            for key in self._wanted
            if key not in fitting or self._states.get(key) is State.REFUSED
        )

    def want(self, wanted: Sequence[Key]) -> None:
        """Replace what is wanted, most important first."""
        self._wanted = tuple(dict.fromkeys(wanted))
        for key in [key for key, state in self._states.items() if state is State.REFUSED]:
            if key not in self._wanted:
                del self._states[key]
        self._tries.clear()

    def next(self) -> Ask | None:
        """Return the next message to send, or None while there is none."""
        targets = self._targets()
        for key, state in self._states.items():
            if state is State.LIVE and key not in targets:
                self._states[key] = State.LEAVING
                return Ask(key, register=False)
        if self._held() >= self._room:
            return None
        for key in targets:
            if key not in self._states:
                self._states[key] = State.ASKED
                return Ask(key, register=True)
        return None

    def heard(self, ack: Ack) -> None:
        """Take the answer to a registration or to its end."""
        key = (ack.tr_id, ack.tr_key)
        state = self._states.get(key)
        if ack.ends:
            if state is State.LEAVING:
                del self._states[key]
                self._room = self._limit
        elif state is State.ASKED:
            if ack.ok or ack.code == ALREADY_IN:
                self._states[key] = State.LIVE
            else:
                self._refuse(key, ack.code)

    def _refuse(self, key: Key, code: str) -> None:
        if code == FULL:
            del self._states[key]
            self._room = self._held()  # until a place is given back
            return
        tries = self._tries.get(key, 0) + 1
        self._tries[key] = tries
        if code in _PASSING and tries < _TRIES:
            del self._states[key]
        else:
            self._states[key] = State.REFUSED

    def unanswered(self) -> tuple[Key, ...]:
        """Return what was asked and not answered yet."""
        out = (State.ASKED, State.LEAVING)
        return tuple(key for key, state in self._states.items() if state in out)

    def lost(self) -> None:
        """Take note that the line is gone, and every registration with it."""
        self._states.clear()
        self._tries.clear()
        self._room = self._limit

    def _held(self) -> int:
        return sum(state is not State.REFUSED for state in self._states.values())

    def _targets(self) -> tuple[Key, ...]:
        hopeless = {key for key, state in self._states.items() if state is State.REFUSED}
        fitting = [key for key in self._wanted if key not in hopeless][: self._room]
        return tuple(fitting)
