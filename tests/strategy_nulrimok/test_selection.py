"""Who answers for the day's artifact, on a real database."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from kis_core.clock import TapeClock, ns
from kis_core.environment import Environment
from kis_core.errors import NotOffered, Unreachable
from strategy_nulrimok.decision.artifact import Artifact, of_text
from strategy_nulrimok.decision.research import Research
from strategy_nulrimok.nulrimok import Nulrimok, selection_hash
from strategy_nulrimok.research.store import Artifact as Stored
from strategy_nulrimok.research.store import ResearchStore
from strategy_nulrimok.selection import Selected, Selection, SelectionSettings
from tests.strategy_nulrimok.research.told import CALENDAR, HYNIX, SAMSUNG, SECTORS, Told, at

pytestmark = pytest.mark.anyio
DAY = "2025-09-03"
SETTINGS = SelectionSettings(history_days=420, refresh_s_max=30, missing_max=0.1)


class Log:
    """A log that keeps what was said."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def info(self, event: str, **facts: Any) -> None:
        self.lines.append(event)

    def warning(self, event: str, **facts: Any) -> None:
        self.lines.append(f"{event} {facts}")

    error = warning

    def count(self, phrase: str) -> int:
        return sum(phrase in line for line in self.lines)


Make = Callable[..., Selection]


@pytest.fixture
def of(nulrimok: Nulrimok) -> Selected:
    return Selected("NULRIMOK", nulrimok.dse, selection_hash(nulrimok.dse, SECTORS), SECTORS)


@pytest.fixture
def url(database: str) -> str:
    return f"{database}{'&' if '?' in database else '?'}role=trading_writer"


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[ResearchStore]:
    async with ResearchStore.open(url, Environment.PAPER, CALENDAR) as store:
        yield store


def selection(of: Selected, url: str, told: Told, log: Log, clock: str = "07:58") -> Selection:
    return Selection(
        of, SETTINGS, lambda: opened(url), told, TapeClock(ns(at(f"{DAY} {clock}"))), CALENDAR,
        log,  # type: ignore[arg-type]
    )  # fmt: skip


def read(text: str, of: Selected) -> Artifact:
    return of_text(text, DAY, of.config_hash)


async def test_it_is_made_once_and_loaded_from_then_on(of: Selected, url: str) -> None:
    told, log = Told(DAY), Log()
    text = await selection(of, url, told, log).answer("artifact", DAY)
    made = read(text, of)
    assert made.data_as_of == "2025-09-02"
    assert set(made.flow_reversal) == {SAMSUNG, HYNIX}
    assert log.count("DSE: Starting") == 1
    assert log.count("LRS populated") == 2
    asked = sum(told.asked.values())
    later = Log()
    again = await selection(of, url, told, later, "11:00").answer("artifact", DAY)
    assert again == text
    assert later.lines == ["DSE: Artifact loaded"]
    assert sum(told.asked.values()) == asked


async def test_a_restart_before_the_open_selects_the_same(of: Selected, url: str) -> None:
    """Another configuration's artifact is not ours; ours is the same bytes whenever it is made."""
    other = replace(of, config_hash="other")
    told, log = Told(DAY), Log()
    await selection(other, url, told, log).answer("artifact", DAY)
    text = await selection(of, url, told, log, "09:40").answer("artifact", DAY)
    assert read(text, of).config_hash == of.config_hash
    assert log.count("DSE: Starting") == 2


@pytest.mark.parametrize(
    ("bend", "why"),
    [
        (lambda text: text.replace('"score":', '"score":1'), "damaged"),
        (lambda text: text.replace('"schema_version":1', '"schema_version":7'), "schema version 7"),
        (lambda text: '{"schema_version":1}', "not readable"),
    ],
    ids=["damaged", "another version", "torn"],
)
async def test_what_must_not_be_traded_on_is_refused_and_made_anew(
    bend: Callable[[str], str], why: str, of: Selected, url: str
) -> None:
    told, log = Told(DAY), Log()
    text = await selection(of, url, told, log).answer("artifact", DAY)
    async with opened(url) as store:
        made_at = datetime.fromisoformat(f"{DAY} 08:30").replace(tzinfo=at(f"{DAY} 08:30").tzinfo)
        row = Stored(
            of.strategy_id, date.fromisoformat(DAY), 1, of.config_hash, date(2025, 9, 2),
            made_at, bend(text),
        )  # fmt: skip
        await store.write_artifact(row)
    again = await selection(of, url, told, log, "11:00").answer("artifact", DAY)
    assert again == text
    assert any("DSE: Artifact refused" in line and why in line for line in log.lines)


async def test_research_that_ends_too_early_is_no_artifact_yet(of: Selected, url: str) -> None:
    """The collector tells nothing of the last session yet: wait for it."""
    told, log = Told("2025-09-01"), Log()
    with pytest.raises(Unreachable, match="2 of 2 names have no bars of 2025-09-02"):
        await selection(of, url, told, log).answer("artifact", DAY)
    told.today = date(2025, 9, 3)
    text = await selection(of, url, told, log, "08:05").answer("artifact", DAY)
    assert read(text, of).data_as_of == "2025-09-02"


@pytest.mark.parametrize("what", ["bars", "flows"])
async def test_a_selection_among_the_few_that_answered_is_no_artifact_yet(
    what: str, of: Selected, url: str
) -> None:
    """The index and half of the names are up to date: the other half may come yet."""
    told, log = Told(DAY), Log()
    ask = {"bars": "daily_bars", "flows": "flows"}[what]
    real = getattr(told, ask)

    async def half(symbol: str, *more: Any) -> Any:
        if symbol == HYNIX:
            raise Unreachable("nobody there")
        return await real(symbol, *more)

    setattr(told, ask, half)
    with pytest.raises(Unreachable, match=f"1 of 2 names have no {what} of 2025-09-02"):
        await selection(of, url, told, log).answer("artifact", DAY)
    setattr(told, ask, real)
    assert read(await selection(of, url, told, log).answer("artifact", DAY), of)


async def test_a_collector_that_is_away_is_no_artifact_yet(of: Selected, url: str) -> None:
    told, log = Told(DAY), Log()

    def away() -> None:
        raise Unreachable("nobody there")

    told.before_answer = away
    with pytest.raises(Unreachable, match="research of 2025-09-03"):
        await selection(of, url, told, log).answer("artifact", DAY)


async def test_a_lost_database_is_no_artifact_yet(of: Selected) -> None:
    lost = "postgresql://nobody@127.0.0.1:1/none"
    with pytest.raises(Unreachable, match="research store"):
        await selection(of, lost, Told(DAY), Log()).answer("artifact", DAY)


async def test_nothing_else_is_answered(of: Selected, url: str) -> None:
    with pytest.raises(NotOffered, match="'weather'"):
        await selection(of, url, Told(DAY), Log()).answer("weather", DAY)


async def test_figures_that_nobody_foresaw_cost_entries_and_not_the_process(
    of: Selected, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A KOSPI close that is no number at all, as a numeric column may hold it."""
    real = ResearchStore.read

    async def damaged(self: ResearchStore, *args: Any) -> Research:
        known = await real(self, *args)
        first, *rest = known.kospi
        nan = msgspec.structs.replace(first, close_pt=Decimal("NaN"))
        return replace(known, kospi=(nan, *rest))

    monkeypatch.setattr(ResearchStore, "read", damaged)
    log = Log()
    with pytest.raises(Unreachable, match="InvalidOperation"):
        await selection(of, url, Told(DAY), log).answer("artifact", DAY)
    assert log.count("DSE: Failed") == 1
