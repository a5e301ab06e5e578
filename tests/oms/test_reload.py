"""Limits changed while the OMS runs: whole or not at all, journaled, and told when they are bad."""

import shutil
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog
import yaml

from config.load import DIRECTORY
from oms.core import records as r
from oms.reload import LimitsFile
from oms.running import running
from oms.settings import limits_hash, load_settings
from oms.verify import verify
from tests.oms.core.test_risk import decided, told_by
from tests.oms.stories import HYNIX, SAMSUNG, House, Story, at, of, some_limits
from tests.oms.test_verify import written
from tests.oms.waiting import until

pytestmark = pytest.mark.anyio


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "config"
    made.mkdir()
    for name in ("fleet.yaml", "oms.yaml", "sectors.yaml"):
        shutil.copy(DIRECTORY / name, made / name)
    return made


class Watched:
    """A limits file that is looked at when the test says so."""

    def __init__(self, folder: Path) -> None:
        self.heard: list[r.LimitsRead] = []
        log = structlog.get_logger(wrapper_class=structlog.make_filtering_bound_logger(50))
        self.file = LimitsFile(folder, self.heard.append, Still(), log)

    async def look(self) -> list[r.LimitsRead]:
        self.heard.clear()
        await self.file.look()
        return list(self.heard)


class Still:
    """A clock that stands at 09:30."""

    def now_ns(self) -> int:
        return at("09:30")

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} is not asked for")


def rewrite(folder: Path, **risk: Any) -> None:
    file = folder / "oms.yaml"
    values = yaml.safe_load(file.read_text())
    values["risk"].update(risk)
    file.write_text(yaml.safe_dump(values))


async def test_a_changed_file_is_handed_over_once_with_its_hash(folder: Path) -> None:
    watched = Watched(folder)
    assert len(await watched.look()) == 1  # as it was at the start: the book knows it already
    assert await watched.look() == []
    rewrite(folder, gross_pct_max=0.5)
    [read] = await watched.look()
    assert read.limits.gross_pct_max == 0.5
    assert read.limits_hash == limits_hash(load_settings(folder)[1])
    assert await watched.look() == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("risk: {gross_pct_max: 0.5}", "is missing; write it down"),
        ("risk: [", "not valid YAML"),
        ("", "is missing"),
        ("- 1", "expected a mapping"),
    ],
)
async def test_a_bad_file_changes_nothing_and_is_told_until_it_is_mended(
    folder: Path, text: str, says: str
) -> None:
    watched = Watched(folder)
    await watched.look()
    good = (folder / "oms.yaml").read_text()
    (folder / "oms.yaml").write_text(text)
    assert await watched.look() == []
    assert says in (watched.file.problem or "")
    (folder / "oms.yaml").write_text(good)
    assert len(await watched.look()) == 1
    assert watched.file.problem is None


async def test_a_file_that_is_gone_or_has_one_impossible_number_is_bad_as_a_whole(
    folder: Path,
) -> None:
    watched = Watched(folder)
    await watched.look()
    rewrite(folder, gross_pct_max=0.5, positions_max=-1)
    assert await watched.look() == []
    assert "positions_max" in (watched.file.problem or "")
    (folder / "oms.yaml").unlink()
    assert await watched.look() == []
    assert "does not exist" in (watched.file.problem or "")


async def test_a_running_oms_decides_under_the_new_limits_and_its_journal_verifies(
    house: House, folder: Path
) -> None:
    house.limits = load_settings(folder)[1]
    async with AsyncExitStack() as stack:
        desk = await stack.enter_async_context(running(replace(house.parts(), folder=folder)))
        await until(lambda: desk.health.serving)
        book, before = desk.inbox.book, desk.inbox.book.limits_hash
        (folder / "oms.yaml").write_text("risk: 1")
        await until(lambda: any("limits not changed" in p for p in desk.health.view().problems))
        assert book.limits_hash == before
        shutil.copy(DIRECTORY / "oms.yaml", folder / "oms.yaml")
        rewrite(folder, positions_max=3)
        await until(lambda: book.limits_hash != before)
        assert book.limits is not None
        assert book.limits.positions_max == 3
        assert not any("limits" in p for p in desk.health.view().problems)
        kinds = [row.kind for row in desk.inbox.journal.rows(limit=10_000)]
        assert kinds.count("limits_read") == 1
        asked = r.Asked("ENTER", "kmp-1", "test", SAMSUNG, 10, 70_000, 68_000)
        heard = r.IntentReceived(
            at_ns=house.clock.now_ns(), strategy_id="KMP", asked=asked, quote=None
        )
        await desk.inbox.ask(heard)
        assert book.results["KMP", "kmp-1"].limits_hash == book.limits_hash
    assert verify(house.folder / "primary.db").differences == ()


def test_limits_are_swapped_between_two_intents_and_verify_replays_the_change(
    tmp_path: Path,
) -> None:
    story = Story(some_limits()).ready()
    first = decided(story.enter(1))
    limits = some_limits(gross_pct_max=0.0001)
    name = limits_hash(limits)
    swapped = story.tell(r.LimitsRead(at_ns=story.now_ns, limits=limits, limits_hash=name))
    assert [o.reloaded for o in of(swapped, r.LimitsSet)] == [True]
    second = story.enter(1, symbol=HYNIX)
    assert told_by(second) == {"gross_exposure": "refuse"}
    assert first.limits_hash != decided(second).limits_hash == name
    assert story.tell(r.LimitsRead(at_ns=story.now_ns, limits=limits, limits_hash=name)) == []
    story.limits = limits
    story.restart()
    assert story.book.limits_hash == name
    assert verify(written(tmp_path, story)).differences == ()


def test_a_new_sector_map_moves_what_is_held(tmp_path: Path) -> None:
    story = Story(some_limits()).ready()
    story.hold(10)
    limits = some_limits(sectors={SAMSUNG: "Phones"})
    story.tell(r.LimitsRead(at_ns=story.now_ns, limits=limits, limits_hash=limits_hash(limits)))
    assert story.book.sector_krw == {"Semiconductors": 0, "Phones": 700_000}
    assert verify(written(tmp_path, story)).differences == ()


async def test_what_the_account_trades_does_not_change_while_it_runs(folder: Path) -> None:
    watched = Watched(folder)
    assert await watched.look()
    file = folder / "oms.yaml"
    values = yaml.safe_load(file.read_text())
    margin = yaml.safe_load((DIRECTORY / "oms_derivatives.yaml").read_text())["margin"]
    file.write_text(yaml.safe_dump(values | {"instruments": "derivatives", "margin": margin}))
    assert await watched.look() == []
    assert "does not change while it runs" in (watched.file.problem or "")
