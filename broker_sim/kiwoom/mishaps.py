"""What goes wrong on Kiwoom's side, and how often. Times are seconds of the world.

    line_cut          code 1000, 1001, 1011 closes; 1006 drops; rst resets      every session, now
    line_silent       seconds     sessions hear and say nothing, not even PING
    item_silent       items, seconds                 their frames are lost
    frame_doubled     items, times                   sent twice
    frame_garbled     items, times                   half a frame, no JSON any more
    frame_lost        items, times
    reg_late          seconds, times                 REG is done, and answered late
    group_refused     groups, times                  return_code 1
    token_killed      REST and LOGIN refuse it (8005); open sessions stay
    throttled         times                          REST answers 1700

`items` and `groups`: none means any. `times`: 1 unless said; null means always.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

NAMES: Mapping[str, frozenset[str]] = {
    "line_cut": frozenset({"code"}),
    "line_silent": frozenset({"seconds"}),
    "item_silent": frozenset({"items", "seconds"}),
    "frame_doubled": frozenset({"items", "times"}),
    "frame_garbled": frozenset({"items", "times"}),
    "frame_lost": frozenset({"items", "times"}),
    "reg_late": frozenset({"seconds", "times"}),
    "group_refused": frozenset({"groups", "times"}),
    "token_killed": frozenset(),
    "throttled": frozenset({"times"}),
}
_NEEDS = {
    "line_silent": ("seconds",),
    "item_silent": ("items", "seconds"),
    "reg_late": ("seconds",),
}
CODES = ("1000", "1001", "1006", "1011", "rst")
ON_FRAMES = frozenset({"item_silent", "frame_doubled", "frame_garbled", "frame_lost"})


class MishapError(Exception):
    """A fault that cannot be read. The message names the key and what was expected."""


@dataclass(slots=True)
class Mishap:
    """One fault while it lasts."""

    kind: str
    items: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    seconds: float | None = None
    code: str = "1000"
    left: int | None = 1
    until_s: float | None = None  # of the monotonic clock
    bites: int = 0

    def told(self) -> dict[str, Any]:
        """Return it as the page shows it."""
        return {
            "kind": self.kind,
            "items": sorted(self.items),
            "groups": sorted(self.groups),
            "seconds": self.seconds,
            "left": self.left,
            "bites": self.bites,
        }


@dataclass(slots=True)
class Mishaps:
    """Every fault there is now, and how often each kind bit."""

    now_s: Callable[[], float] = time.monotonic
    standing: list[Mishap] = field(default_factory=list)
    bites: dict[str, int] = field(default_factory=dict)
    touch_frames: bool = False  # whether any bites on frames: asked for each of them

    def add(self, mishap: Mishap) -> None:
        """Let a fault bite from now on."""
        if mishap.seconds is not None and mishap.kind == "item_silent":
            mishap.until_s, mishap.left = self.now_s() + mishap.seconds, None
        self.standing.append(mishap)
        self._look()

    def clear(self) -> None:
        """Forget every fault. What bit stays counted."""
        self.standing.clear()
        self._look()

    def bite(self, kind: str, *, item: str = "", group: str = "") -> Mishap | None:
        """Return the fault of a kind that bites on this, once counted, or None."""
        for mishap in self.standing:
            if mishap.kind != kind or (mishap.items and item not in mishap.items):
                continue
            if mishap.groups and group not in mishap.groups:
                continue
            if mishap.until_s is not None and self.now_s() >= mishap.until_s:
                self.standing.remove(mishap)
                self._look()
                return self.bite(kind, item=item, group=group)
            self._count(mishap)
            return mishap
        return None

    def count(self, kind: str) -> None:
        """Count a bite of what is done at once."""
        self.bites[kind] = self.bites.get(kind, 0) + 1

    def state(self) -> dict[str, Any]:
        """Return what the page shows."""
        return {"faults": [mishap.told() for mishap in self.standing], "bites": self.bites}

    def _count(self, mishap: Mishap) -> None:
        self.count(mishap.kind)
        mishap.bites += 1
        if mishap.left is not None:
            mishap.left -= 1
            if mishap.left <= 0:
                self.standing.remove(mishap)
                self._look()

    def _look(self) -> None:
        self.touch_frames = any(mishap.kind in ON_FRAMES for mishap in self.standing)


def read_mishap(body: bytes) -> Mishap:
    """Read one fault: a JSON object with `kind`. Raises MishapError."""
    try:
        given: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        raise MishapError("expected one JSON object with a kind") from None
    if not isinstance(given, Mapping):
        raise MishapError("expected one JSON object with a kind")
    kind = given.get("kind")
    if not isinstance(kind, str) or kind not in NAMES:
        raise MishapError(f"kind: {kind!r}, expected one of {', '.join(NAMES)}")
    for key in given:
        if key != "kind" and key not in NAMES[kind]:
            known = ", ".join(sorted(NAMES[kind])) or "no keys"
            raise MishapError(f"{key}: not a key of {kind}; there are {known}")
    for key in _NEEDS.get(kind, ()):
        if key not in given:
            raise MishapError(f"{key}: missing; {kind} needs it")
    seconds, times, code = given.get("seconds"), given.get("times", 1), given.get("code", "1000")
    number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if seconds is not None and not (number and 0 <= seconds <= 86_400):
        raise MishapError(f"seconds: {seconds!r}, expected 0 to 86400")
    whole = isinstance(times, int) and not isinstance(times, bool)
    if times is not None and not (whole and times >= 1):
        raise MishapError(f"times: {times!r}, expected 1 or more, or null")
    if code not in CODES:
        raise MishapError(f"code: {code!r}, expected one of {', '.join(CODES)}")
    items, groups = _texts(given, "items"), _texts(given, "groups")
    return Mishap(kind, items, groups, None if seconds is None else float(seconds), code, times)


def _texts(given: Mapping[str, Any], key: str) -> frozenset[str]:
    values = given.get(key, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise MishapError(f"{key}: expected a list of texts")
    return frozenset(values)
