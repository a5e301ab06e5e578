"""Who answers AskOwn("artifact"): the day's selection, from the database or made anew.

Today's artifact is loaded where it is there and sound; one that is stale, damaged or of another
configuration is refused. Otherwise the research is brought up to date, the selection made and
kept. The decision is told its text alone, so that is what the journal has.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date
from typing import Annotated

import asyncpg
import structlog
from pydantic import Field, PositiveInt

from config.load import Settings
from kis_core.clock import Clock
from kis_core.errors import NotOffered, Unreachable
from kis_core.market.calendar import CalendarError, TradingCalendar
from strategy_nulrimok.decision.artifact import Artifact, ArtifactError, of_text, to_text
from strategy_nulrimok.decision.dse_rules import DseRules
from strategy_nulrimok.decision.research import Research
from strategy_nulrimok.decision.select import ResearchError, select
from strategy_nulrimok.decision.watch import ARTIFACT
from strategy_nulrimok.research.refresh import Histories, refresh
from strategy_nulrimok.research.rows import KOSPI
from strategy_nulrimok.research.store import Artifact as Stored
from strategy_nulrimok.research.store import ResearchMissing, ResearchStore

OpenStore = Callable[[], AbstractAsyncContextManager[ResearchStore]]
_STORE_FAULTS = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError)


class SelectionSettings(Settings):
    """How much research is read, and how long bringing it up to date may take."""

    history_days: PositiveInt  # calendar days
    refresh_s_max: PositiveInt  # seconds
    missing_max: Annotated[float, Field(ge=0, lt=1)]  # share of names without the last session


@dataclass(frozen=True, slots=True)
class Selected:
    """Whose selection it is: what the artifact's row and hash are made of."""

    strategy_id: str
    dse: DseRules
    config_hash: str
    sectors: Mapping[str, str]


class Selection:
    """Nulrimok's own research, as the shell asks it. One question at a time."""

    def __init__(
        self,
        of: Selected,
        settings: SelectionSettings,
        open_store: OpenStore,
        histories: Histories,
        clock: Clock,
        calendar: TradingCalendar,
        log: structlog.typing.FilteringBoundLogger,
    ) -> None:
        self._of = of
        self._settings = settings
        self._open_store = open_store
        self._histories = histories
        self._clock = clock
        self._calendar = calendar
        self._log = log
        self._turn = asyncio.Lock()

    async def answer(self, subject: str, text: str) -> str:
        """Return the artifact of the trade date `text` (YYYY-MM-DD), as its canonical JSON.

        Raises NotOffered for anything else, Unreachable where there is none yet: ask again.
        """
        if subject != ARTIFACT:
            raise NotOffered("own", f"nobody answers {subject!r} here, {ARTIFACT!r} was expected")
        async with self._turn:
            try:
                async with self._open_store() as store:
                    return await self._artifact(store, date.fromisoformat(text))
            except _STORE_FAULTS as error:
                raise Unreachable(f"research store: {error or type(error).__name__}") from error
            except (ResearchMissing, ResearchError, CalendarError) as error:
                raise Unreachable(f"research of {text}: {error}") from error
            except (ArithmeticError, LookupError, ValueError) as error:
                # Figures nobody foresaw cost the day's entries. They must not end the process:
                # the exits are in it.
                why = f"{type(error).__name__} {error}"
                self._log.error("DSE: Failed", trade_date=text, why=why)
                raise Unreachable(f"research of {text}: {why}") from error

    async def _artifact(self, store: ResearchStore, trade_date: date) -> str:
        kept = await self._kept(store, trade_date)
        if kept is not None:
            return kept
        self._log.info("DSE: Starting", trade_date=trade_date.isoformat())
        await self._refresh(store)
        artifact = await self._selected(store, trade_date)
        text = to_text(artifact)
        await store.write_artifact(
            Stored(
                self._of.strategy_id,
                trade_date,
                artifact.schema_version,
                artifact.config_hash,
                date.fromisoformat(artifact.data_as_of),
                self._clock.now(),
                text,
            )
        )
        self._log.info("DSE: Artifact kept", content_hash=artifact.content_hash)
        return text

    async def _kept(self, store: ResearchStore, trade_date: date) -> str | None:
        """Return today's artifact of the database; None where there is none to trade on."""
        of = self._of
        row = await store.artifact(of.strategy_id, trade_date, of.config_hash)
        if row is None:
            return None
        try:
            found = of_text(row.content, trade_date.isoformat(), of.config_hash)
            self._require_fresh(found, trade_date)
        except (ArtifactError, Unreachable) as error:
            self._log.error("DSE: Artifact refused, selecting anew", why=str(error))
            return None
        self._log.info("DSE: Artifact loaded", content_hash=found.content_hash)
        return row.content

    async def _refresh(self, store: ResearchStore) -> None:
        """Bring the research up to date: the index far back, each symbol as far as is looked at."""
        dse, log = self._of.dse, self._log
        of_index = dse.regime.vol_history_days + dse.regime.vol_days + 1
        of_names = max(dse.bars_wanted, dse.sessions_needed)
        for symbols, sessions, indices in (
            ((), of_index, (KOSPI,)),
            (tuple(self._of.sectors), of_names, ()),
        ):
            await refresh(
                store, self._histories, self._clock, self._calendar, symbols,
                sessions=sessions, deadline_s=float(self._settings.refresh_s_max), log=log,
                indices=indices, listing=bool(symbols),
            )  # fmt: skip

    async def _selected(self, store: ResearchStore, trade_date: date) -> Artifact:
        of = self._of
        research = await store.read(trade_date, self._settings.history_days, of.sectors)
        self._require_whole(research, trade_date)
        artifact = await asyncio.to_thread(select, research, of.dse, of.config_hash)
        self._require_fresh(artifact, trade_date)
        return artifact

    def _require_fresh(self, artifact: Artifact, trade_date: date) -> None:
        last = self._calendar.previous(trade_date).isoformat()
        if artifact.data_as_of != last:
            raise Unreachable(
                f"its research ends on {artifact.data_as_of}, the last session was {last}"
            )

    def _require_whole(self, research: Research, trade_date: date) -> None:
        """Refuse to select among the few of whom something is known: the rest may come yet."""
        last = self._calendar.previous(trade_date).isoformat()
        names = research.names.values()
        told = {
            "bars": sum(any(row.date == last for row in name.bars) for name in names),
            "flows": sum(any(row.date == last for row in name.flows) for name in names),
        }
        for what, there in told.items():
            without = len(names) - there
            if without > self._settings.missing_max * len(names):
                raise Unreachable(f"{without} of {len(names)} names have no {what} of {last}")
