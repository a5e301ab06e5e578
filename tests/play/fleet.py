"""The three strategies as they are configured, ready to be played."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from strategy_kmp import kmp
from strategy_kmp.settings import load_kmp
from strategy_kpr import kpr
from strategy_kpr.settings import load_kpr
from strategy_nulrimok import nulrimok
from strategy_nulrimok.decision.artifact import to_text
from strategy_nulrimok.decision.select import select
from strategy_nulrimok.settings import load_nulrimok
from strategy_runtime.contract import Strategy
from tests.play.day import Own, Play
from tests.play.market import Market
from tests.play.paper_oms import PaperOms
from tests.play.research import research_of

DATES = {"kmp": "2025-07-01", "kpr": "2025-07-03", "nulrimok": "2025-12-10"}
"""A day on which each trades."""
TRADED = {  # that day; the others of the house's universe are thinned out
    "kmp": ("001040", "003550", "034730"),
    "kpr": ("001040", "006260", "009540", "012450", "041510", "064350", "079550", "267250"),
}


@dataclass(frozen=True)
class Cast:
    """One strategy, whom it looks at, and how far back."""

    strategy: Strategy[Any]
    sectors: Mapping[str, str]
    past: int
    own: Callable[[Market], Own | None] = lambda market: None

    def play(self, market: Market, date: str, **more: Any) -> Play[Any]:
        """Return a day to be played, with an OMS of its own unless one is given."""
        oms = more.pop("oms", None) or PaperOms(str(self.strategy.rules["strategy_id"]))
        more.setdefault("own", self.own(market))
        return Play(market, self.strategy, dict(self.sectors), date, self.past, oms, **more)


@cache
def thin(name: str) -> Cast:
    """Return a strategy that looks at a third of its universe, and at all it trades on its date."""
    whole = cast(name)
    if name not in TRADED:
        return whole
    return cast(name, {*TRADED[name], *sorted(whole.sectors)[::3]})


def cast(name: str, only: Collection[str] | None = None) -> Cast:
    """Return a strategy by its name; with `only`, it looks at nobody else."""
    match name:
        case "kmp":
            kmp_settings, kmp_rules, sectors = load_kmp()
            sectors = _of(sectors, only)
            return Cast(
                kmp.Kmp(kmp_settings.strategy_id, kmp_rules, sectors), sectors, kmp.PAST_SESSIONS
            )
        case "kpr":
            kpr_settings, kpr_rules, sectors = load_kpr()
            sectors = _of(sectors, only)
            return Cast(
                kpr.Kpr(kpr_settings.strategy_id, kpr_rules, sectors), sectors, kpr.PAST_SESSIONS
            )
        case _:
            assert only is None, "Nulrimok's sectors are ranked by all who are in them"
            found = load_nulrimok().nulrimok
            return Cast(found, found.sectors, nulrimok.PAST_SESSIONS, _selected(found))


def _of(sectors: Mapping[str, str], only: Collection[str] | None) -> dict[str, str]:
    return {symbol: sectors[symbol] for symbol in (sectors if only is None else sorted(only))}


def _selected(of: nulrimok.Nulrimok) -> Callable[[Market], Own]:
    @cache
    def artifact(market: Market, date: str) -> str:
        research = research_of(market, date, of.sectors)
        return to_text(select(research, of.dse, of.numbers.config_hash))

    return lambda market: lambda subject, text, now_ns: artifact(market, text)


def days_in_a_row(
    of: Cast, market: Market, dates: Sequence[str], dies: Callable[[], tuple[int, ...]] = tuple
) -> tuple[list[Play[Any]], PaperOms]:
    """Live through days with one account, each with what the one before leaves; `dies` says at
    which minutes of a day the process begins anew."""
    oms = PaperOms(str(of.strategy.rules["strategy_id"]))
    carried: str | None = None
    plays = []
    for date in dates:
        play = of.play(market, date, oms=oms, carried=carried, timer_s=5, last_min=12)
        play.run(restarts=dies())
        carried = of.strategy.carried(play.state)
        plays.append(play)
    return plays, oms
