"""What happens in one run, drawn from its seed and from nothing else. Pure."""

import random
from dataclasses import dataclass, replace
from typing import Literal, get_args

from broker_sim.exchange.fault_kinds import Kind as Fault
from kis_core.environment import Dialect

STRATEGIES = ("KMP", "KPR", "NULRIMOK")
SYMBOLS_MAX = 4
OPEN_S, LAST_S = 9 * 3600, 15 * 3600  # seconds since midnight, of a run's first moment
CLOSING_S = 15 * 3600 + 16 * 60  # some runs go over the closing auction

Kind = Literal["enter", "reduce", "exit", "flatten", "target", "cancel", "stop"]
_KINDS: tuple[tuple[Kind, int], ...] = (
    ("enter", 9),
    ("reduce", 3),
    ("exit", 4),
    ("flatten", 1),
    ("target", 2),
    ("cancel", 2),
    ("stop", 3),
)

KINDS: tuple[Kind, ...] = get_args(Kind)

How = Literal[
    "ioc", "fok", "marketable", "best", "top", "mid", "chase", "cross", "twap", "vwap",
    "stop limit", "closing", "sor", "nxt",
]  # fmt: skip
HOWS: tuple[How, ...] = get_args(How)
"""Ways to the market that an intent may name: docs/execution.md."""
_TAKES_HOW = ("enter", "reduce", "exit", "target")
_HOW_SHARE = 0.45

Point = Literal["step", "after a send", "while recovering", "before a commit", "torn", "committed"]
POINTS: tuple[Point, ...] = get_args(Point)

Duty = Literal[
    "halt", "resume", "pause", "unpause", "halt symbol", "resume symbol", "safe mode",
    "safe mode off", "kill", "kill off", "flatten", "resume entries", "reset peak", "cancel",
    "amend stop", "acknowledge", "reassign",
]  # fmt: skip
DUTIES: tuple[Duty, ...] = get_args(Duty)
_UNDONE: dict[Duty, Duty] = {
    "halt": "resume",
    "pause": "unpause",
    "halt symbol": "resume symbol",
    "safe mode": "safe mode off",
    "kill": "kill off",
    "flatten": "resume entries",
}

Trade = Literal["buy", "sell", "alike", "cancel", "cancel ours"]
TRADES: tuple[Trade, ...] = get_args(Trade)

Cut = Literal["asked", "answered", "committed", "killed", "away"]
CUTS: tuple[Cut, ...] = get_args(Cut)
DATABASE_EVERY = 10  # of the seeds
CERTAIN = 3  # faults of a run that bite more often than they would in life


@dataclass(frozen=True, slots=True)
class Act:
    """Something a strategy asks for, `at_s` seconds after the beginning."""

    at_s: float
    strategy_id: str
    intent_id: str
    kind: Kind
    symbol: int  # which of the day's
    krw: int  # what to buy for
    limit_bp: int  # of the last price, from it
    stop_bp: int  # below it
    part: float  # of what is held, for a reduction
    tries: int  # how often it is asked before the strategy gives up
    again_s: float | None  # an entry that came to nothing is wanted again, on the same terms
    again_id: str  # by which strategy
    how: How | None = None  # None: it names none


@dataclass(frozen=True, slots=True)
class Amend:
    """A strategy moves a working order of its own to another limit, `at_s` seconds in."""

    at_s: float
    order: int  # which of those that work
    ticks: int  # from where it stands


@dataclass(frozen=True, slots=True)
class Death:
    """A kill -9: at the `number`-th thing of its kind in a life, and how long nobody is there."""

    point: Point
    number: int
    away_s: float


@dataclass(frozen=True, slots=True)
class Deed:
    """Something the operator does, `at_s` seconds after the beginning."""

    at_s: float
    duty: Duty
    pick: int  # which one of those there are to do it to
    bp: int  # below the last price, for a stop


@dataclass(frozen=True, slots=True)
class Foreign:
    """Something another client of the account does, `at_s` seconds after the beginning."""

    at_s: float
    trade: Trade
    symbol: int
    krw: int
    limit_bp: int  # of the last price, from it
    pick: int  # which one of those there are to cancel
    after_s: float  # how long after an order of ours an order like it follows


@dataclass(frozen=True, slots=True)
class Break:
    """Where the line to PostgreSQL breaks: at the `number`-th request, or commit, of a run."""

    cut: Cut
    number: int  # for `away`: seconds after the beginning
    lasting_s: float = 0.0  # for `away`


@dataclass(frozen=True, slots=True)
class Story:
    """One run."""

    seed: int
    day_seed: int
    symbols: int
    start_s: int  # since midnight
    lasting_s: int
    intensity: float  # of the faults
    acts: tuple[Act, ...]
    deaths: tuple[Death, ...]  # one a life, in order; the last life is never killed
    stops_cleanly: bool  # one restart more, in order, before everything settles
    deeds: tuple[Deed, ...] = ()
    foreign: tuple[Foreign, ...] = ()
    breaks: tuple[Break, ...] | None = None  # None: no PostgreSQL in this run
    certain: tuple[Fault, ...] = ()
    host: Dialect = "real"
    amends: tuple[Amend, ...] = ()


def draw_story(seed: int, *, postgres: bool = False) -> Story:
    """Return the run of a seed; with `postgres`, the audit is shipped in it whatever the seed."""
    dice = random.Random(f"chaos {seed}")
    closing = dice.random() < 0.08
    start_s = CLOSING_S - 240 if closing else dice.randrange(OPEN_S - 120, LAST_S)
    lasting_s = dice.randrange(180, 420)
    symbols = dice.randint(1, SYMBOLS_MAX)
    faults = tuple(Fault)
    certain = tuple(faults[(seed * CERTAIN + each) % len(faults)] for each in range(CERTAIN))
    # Only the paper host's lists are short enough to have a second page.
    host: Dialect = "paper" if Fault.PAGE_EMPTY in certain and not closing else "real"
    return Story(
        seed=seed,
        day_seed=dice.randrange(4),
        symbols=symbols,
        start_s=start_s,
        lasting_s=lasting_s,
        intensity=dice.choice((0.0, 1.0, 3.0, 6.0, 10.0, 15.0)),
        acts=_with_hows(seed, _acts(dice, symbols, lasting_s)),
        deaths=tuple(_death(dice) for _ in range(dice.choice((0, 1, 2, 2, 3, 4, 6)))),
        stops_cleanly=dice.random() < 0.2,
        deeds=_deeds(seed, lasting_s),
        foreign=() if closing else _foreign(seed, symbols, lasting_s, busy=host == "paper"),
        breaks=_breaks(seed, lasting_s) if with_database(seed, postgres) else None,
        certain=certain,
        host=host,
        amends=_amends(random.Random(f"amends {seed}"), lasting_s),
    )


def _amends(dice: random.Random, lasting_s: int) -> tuple[Amend, ...]:
    """Draw with dice of their own, so that everything else of a seed's story stays as it was."""
    times = sorted(dice.uniform(5, lasting_s - 10) for _ in range(dice.randint(0, 24)))
    return tuple(
        Amend(at_s, dice.randrange(8), dice.choice((-8, -3, -1, 1, 2, 5))) for at_s in times
    )


def _with_hows(seed: int, acts: list[Act]) -> tuple[Act, ...]:
    """Draw for some acts how they reach the market, with dice of their own."""
    dice = random.Random(f"how {seed}")
    drawn = []
    for act in acts:
        how, named = dice.choice(HOWS), dice.random() < _HOW_SHARE
        if act.kind in _TAKES_HOW and named:
            act = replace(act, how=how)
        drawn.append(act)
    return tuple(drawn)


def with_database(seed: int, postgres: bool) -> bool:
    """Return whether the run of a seed ships its audit; with `postgres` every run does."""
    return postgres or seed % DATABASE_EVERY == 0


def _acts(dice: random.Random, symbols: int, lasting_s: int) -> list[Act]:
    count = dice.randint(8, 24)
    times = sorted(dice.uniform(3, lasting_s - 20) for _ in range(count))
    strategies = STRATEGIES[: dice.randint(1, len(STRATEGIES))]
    kinds = [kind for kind, weight in _KINDS for _ in range(weight)]
    acts = []
    for number, at_s in enumerate(times):
        if number and dice.random() < 0.25:
            at_s = times[number - 1]  # two at once
        acts.append(
            Act(
                at_s=at_s,
                strategy_id=dice.choice(strategies),
                intent_id=f"i{number}",
                kind="enter" if number < 2 else dice.choice(kinds),
                symbol=dice.randrange(symbols),
                krw=dice.choice((300_000, 1_000_000, 4_000_000)),
                limit_bp=dice.choice((-60, -10, 0, 20, 40, 60, 100, 150)),
                stop_bp=dice.choice((15, 50, 150, 400)),
                part=dice.choice((0.2, 0.5, 1.0)),
                tries=dice.choice((1, 4, 10)),
                again_s=dice.choice((None, 14.0, 18.0, 25.0, 40.0)),
                again_id=dice.choice(strategies),
            )
        )
    return sorted(acts, key=lambda act: act.at_s)


def _death(dice: random.Random) -> Death:
    point = dice.choice(POINTS)
    number = {
        "step": lambda: int(10 ** dice.uniform(0, 4.2)),
        "after a send": lambda: dice.randint(0, 60),
        "while recovering": lambda: dice.randint(1, 150),
        "before a commit": lambda: int(10 ** dice.uniform(0, 2)),
        "torn": lambda: int(10 ** dice.uniform(0, 2)),
        "committed": lambda: int(10 ** dice.uniform(0, 2)),
    }[point]()
    return Death(point, number, dice.choice((0.0, 0.3, 2.0, 8.0, 25.0)))


def _deeds(seed: int, lasting_s: int) -> tuple[Deed, ...]:
    """Draw what the operator does: what he stops he lets go on again after a while."""
    dice = random.Random(f"operator {seed}")
    deeds: list[Deed] = []
    for _ in range(dice.choice((0, 0, 1, 2, 3, 5))):
        at_s, duty = dice.uniform(5, lasting_s), dice.choice(DUTIES)
        pick, bp = dice.randrange(64), dice.choice((-20, 30, 200))
        deeds.append(Deed(at_s, duty, pick, bp))
        if duty in _UNDONE:
            deeds.append(Deed(at_s + dice.uniform(3, 60), _UNDONE[duty], pick, bp))
    return tuple(sorted(deeds, key=lambda deed: deed.at_s))


def _foreign(seed: int, symbols: int, lasting_s: int, *, busy: bool) -> tuple[Foreign, ...]:
    """Draw what another client of the account does; a busy one fills the day's list."""
    dice = random.Random(f"foreign {seed}")
    count = dice.choice((0, 0, 0, 1, 2, 4, 6))
    times = sorted(dice.uniform(3, lasting_s) for _ in range(count))
    if busy:
        times = [1.0 + 0.1 * number for number in range(18)] + times
    return tuple(
        Foreign(
            at_s=at_s,
            trade="buy" if busy and number < 18 else dice.choice(TRADES),
            symbol=dice.randrange(symbols),
            krw=dice.choice((200_000, 1_000_000, 3_000_000)),
            limit_bp=-300 if busy and number < 18 else dice.choice((-100, -20, 0, 40, 150)),
            pick=dice.randrange(64),
            after_s=dice.choice((0.0, 0.05, 0.5, 1.0, 3.0, 75.0)),
        )
        for number, at_s in enumerate(times)
    )


def _breaks(seed: int, lasting_s: int) -> tuple[Break, ...]:
    dice = random.Random(f"database {seed}")
    breaks = []
    for _ in range(dice.randint(1, 6)):
        cut = dice.choice(CUTS)
        number = int(10 ** dice.uniform(0, 1.5 if cut == "committed" else 2.5))
        if cut == "away":
            number = dice.randrange(lasting_s)
        breaks.append(Break(cut, number, dice.choice((2.0, 20.0, 120.0))))
    return tuple(breaks)
