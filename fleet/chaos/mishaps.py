"""The faults of a run: those a bad day would draw, and a few that are sure to be met.

A rare kind would bite in one run of thousands. So each run has some kinds that bite as soon as
what they bite on comes by, another few from seed to seed, and all of them in turn. Pure.
"""

import random
from collections.abc import Iterator, Mapping, Sequence

from broker_sim.exchange.fault_entries import Fault, read_faults
from broker_sim.exchange.fault_kinds import RULES, Kind, Place
from broker_sim.exchange.fault_rates import CHANCES, PER_HOUR, STANDING, draw_faults
from fleet.chaos.story import Story
from kis_core.clock import SECOND_NS

_CHANCE: Mapping[Place, float] = {
    Place.BEFORE: 0.05,
    Place.AFTER: 0.1,
    Place.FRAME: 0.01,
    Place.NOTICE: 0.5,
    Place.HANDSHAKE: 0.6,
    Place.REGISTRATION: 0.5,
    Place.DROP: 0.9,
}
_OF_LINES = (Place.HANDSHAKE, Place.REGISTRATION, Place.DROP)
_ON_THE_FIRST_PAGE = (Kind.PAGE_FAILED, Kind.PAGE_REPEATED)
_SYMBOL = frozenset({"symbol"})


def mishaps(story: Story, symbols: Sequence[str]) -> tuple[Fault, ...]:
    """Return the faults of a run, none where its story has a broker without faults."""
    if story.intensity == 0:
        return ()
    drawn = draw_faults(story.seed, story.intensity, symbols)
    first_ns, last_ns = story.start_s * SECOND_NS, (story.start_s + story.lasting_s) * SECOND_NS
    of_the_day = [each for each in drawn if each.at_ns is None or first_ns <= each.at_ns < last_ns]
    certain = list(_certain(story, symbols))
    return (*of_the_day, *read_faults(certain, "certain", ("orders", "order_rvsecncl")))


def _certain(story: Story, symbols: Sequence[str]) -> Iterator[Mapping[str, object]]:
    dice = random.Random(f"certain {story.seed}")
    for kind in story.certain:
        place = RULES[kind].place
        if place in _OF_LINES:
            for _ in range(2):
                yield {"kind": Kind.SOCKET_RESET, "at": _at(story, dice)}
        if place is Place.STANDING:
            yield {"kind": kind, **STANDING[kind]}
        elif place in (Place.LINE, Place.MARKET):
            words = dict(PER_HOUR[kind][1])
            if RULES[kind].needs & _SYMBOL:
                words["symbol"] = dice.choice(symbols)
            yield {"kind": kind, "at": _at(story, dice), **words}
        else:
            words = dict(CHANCES[kind][0][1])
            if kind in _ON_THE_FIRST_PAGE:
                words["page"] = 1
            yield {"kind": kind, "chance": _CHANCE[place], **words}


def _at(story: Story, dice: random.Random) -> str:
    at_s = story.start_s + dice.randrange(story.lasting_s)
    return f"{at_s // 3600:02d}:{at_s // 60 % 60:02d}:{at_s % 60:02d}"
