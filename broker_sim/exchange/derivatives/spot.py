"""The level that futures and options trade around, second by second, through day and night.

By day it is the index as published, which moves once a minute: the derivatives' level runs after
each publication within seconds and never before it, so that nothing of the future shows, and a
small mean-reverting noise lies over it. By night it walks on from where the day ended. Everything
is a pure function of the day and the seed.
"""

from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from broker_sim.exchange.derivatives.hours import Timetable
from kis_core.market.events import IndexLevel
from kis_core.market.instants import MINUTE_NS, SECOND_NS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_CATCH_UP_S = 8.0
_NOISE = 2.5e-4  # of the level, one standard deviation
_NOISE_S = 240.0  # in which it forgets itself
_NIGHT_SHARE = 0.5  # of a day's standard deviation


class Spot:
    """One index. `scale` makes another index of it: KOSDAQ150 of KOSDAQ."""

    def __init__(
        self,
        published: Callable[[int], IndexLevel | None],
        hours: Timetable,
        seed: tuple[int, int],
        daily_sigma: float,
        scale: float = 1.0,
    ) -> None:
        self._published = published
        self._hours = hours
        self._seed = seed
        self._daily_sigma = daily_sigma
        self._scale = scale

    @property
    def start_ns(self) -> int:
        """Return the instant of the first second known."""
        return self._hours.day.intake_ns

    @cached_property
    def previous(self) -> float:
        """Return the previous close."""
        level = self._published(self._hours.day.intake_ns)
        assert level is not None, "an index without levels has no derivatives"
        return float(level.previous_close_pt) * self._scale

    def published(self, at_ns: int) -> IndexLevel | None:
        """Return the index as published at an instant."""
        return self._published(at_ns)

    def level(self, at_ns: int) -> float:
        """Return the published level in points, scaled."""
        level = self._published(at_ns)
        return self.previous if level is None else float(level.level_pt) * self._scale

    def around(self, at_ns: Ints) -> Floats:
        """Return the levels traded around at instants, those of the seconds they are in."""
        second = (at_ns - self.start_ns) // SECOND_NS
        return self._by_second[np.clip(second, 0, len(self._by_second) - 1)]

    @cached_property
    def _by_second(self) -> Floats:
        day = self._hours.day
        end_ns = day.close_ns
        seconds = np.arange(0, (end_ns - self.start_ns) // SECOND_NS + 1)
        by_day = self._followed(self.start_ns + seconds * SECOND_NS) * (1.0 + self._noise(seconds))
        night = self._hours.night
        if night is None:
            return by_day
        between = (night.open_ns - end_ns) // SECOND_NS
        awake = (night.close_ns - night.open_ns) // SECOND_NS
        steps = self._draws(2).standard_normal(awake)
        walk = np.cumsum(steps) * (self._daily_sigma * _NIGHT_SHARE / np.sqrt(awake))
        held = np.full(between, by_day[-1])
        return np.concatenate([by_day, held, by_day[-1] * np.exp(walk)])

    def _followed(self, at_ns: Ints) -> Floats:
        """Return the published level, run after."""
        published_ns, levels = self._publications
        before = np.concatenate([[self.previous], levels])
        index = np.searchsorted(published_ns, at_ns, side="right")
        since_s = (at_ns - published_ns[np.maximum(index - 1, 0)]) / SECOND_NS
        left = np.where(index > 0, np.exp(-np.maximum(since_s, 0.0) / _CATCH_UP_S), 0.0)
        now, earlier = before[index], before[np.maximum(index - 1, 0)]
        followed: Floats = now - (now - earlier) * left
        return followed

    @cached_property
    def _publications(self) -> tuple[Ints, Floats]:
        found: dict[int, float] = {}
        day = self._hours.day
        for at_ns in range(day.intake_ns, day.close_ns + 1, MINUTE_NS):
            level = self._published(at_ns)
            if level is not None and at_ns >= day.open_ns:
                found[level.at_ns] = float(level.level_pt) * self._scale
        return np.array(sorted(found), np.int64), np.array([found[at] for at in sorted(found)])

    def _noise(self, seconds: Ints) -> Floats:
        keep = float(np.exp(-1.0 / _NOISE_S))
        steps = self._draws(1).standard_normal(len(seconds)) * _NOISE
        steps[1:] *= np.sqrt(1.0 - keep * keep)
        noise, value = np.empty(len(steps)), 0.0
        for at, step in enumerate(steps.tolist()):
            value = value * keep + step
            noise[at] = value
        return noise

    def _draws(self, use: int) -> np.random.Generator:
        return np.random.default_rng([*self._seed, use])
