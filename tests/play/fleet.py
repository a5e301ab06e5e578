"""The three strategies as they are configured, ready to be played."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
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


def cast(name: str) -> Cast:
    """Return a strategy by its name."""
    match name:
        case "kmp":
            kmp_settings, kmp_rules, sectors = load_kmp()
            return Cast(
                kmp.Kmp(kmp_settings.strategy_id, kmp_rules, sectors), sectors, kmp.PAST_SESSIONS
            )
        case "kpr":
            kpr_settings, kpr_rules, sectors = load_kpr()
            return Cast(
                kpr.Kpr(kpr_settings.strategy_id, kpr_rules, sectors), sectors, kpr.PAST_SESSIONS
            )
        case _:
            found = load_nulrimok().nulrimok
            return Cast(found, found.sectors, nulrimok.PAST_SESSIONS, lambda m: _selected(found, m))


def _selected(of: nulrimok.Nulrimok, market: Market) -> Own:
    def own(subject: str, text: str, now_ns: int) -> str | None:
        research = research_of(market, text, of.sectors)
        return to_text(select(research, of.dse, of.numbers.config_hash))

    return own
