"""What the verbs of the research store have in common: how they open it and what they print."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from config.load import load, load_env_file
from kis_core.environment import Environment
from kis_core.settings import MastersSettings, ServiceSettings
from strategy_nulrimok.research.health import Health
from strategy_nulrimok.research.missing import Coverage

ROOT = Path(__file__).resolve().parent.parent
HOLES_SHOWN = 3
GAPS_SHOWN = 20


def settings_of(config: Path) -> ServiceSettings:
    """Return what fleet.yaml says; secrets of .env are put into the environment first."""
    load_env_file(ROOT / ".env")
    return load(MastersSettings, "masters", config)


def environment_of(settings: ServiceSettings, said: str | None) -> Environment:
    """Return whose figures are meant: the market's, or those of a simulated one."""
    return Environment(said or ("sim" if settings.broker == "sim" else "real"))


@contextmanager
def progress_bar() -> "Iterator[Callable[[int, int, str], None]]":
    """A bar on a terminal, and nothing where nobody looks at one."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console

    columns = (
        TextColumn("{task.description:<24}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda through, of, what: bar.update(
            task, completed=through, total=of, description=what
        )


def lines(found: Health) -> Iterator[str]:
    """Yield the state of the store as a person reads it."""
    yield f"sessions {found.first} to {found.last}, for trade date {found.trade_date}"
    yield "rows     " + ", ".join(
        f"{name.removeprefix('research_')} {count:,}" for name, count in found.counts.items()
    )
    yield f"regime   {found.regime}: {_said(found.kospi)}"
    yield f"symbols  {found.current} of {len(found.daily)} current"
    yield f"listing  {found.listed} with a market cap"
    fx = f"{found.fx_days} days" if found.fx_days else "no real series: the component is left out"
    yield f"fx       {fx}"
    gaps = found.gaps
    yield f"gaps     {len(gaps)}" + (":" if gaps else "")
    for dataset, one in gaps[:GAPS_SHOWN]:
        yield f"  {dataset:<6} {_said(one)}"
    if len(gaps) > GAPS_SHOWN:
        yield f"  … and {len(gaps) - GAPS_SHOWN} more; --json lists them all"
    for why in found.why_not:
        yield f"NOT SERVABLE: {why}"
    if not found.why_not:
        yield f"{found.trade_date} can be served"


def _said(one: Coverage) -> str:
    there = f"{one.subject} {one.there} of {one.expected} sessions"
    if one.first is not None:
        there += f", {one.first} to {one.last}"
    holes = [
        f"{first}" if first == last else f"{first}…{last}"
        for first, last in one.holes[:HOLES_SHOWN]
    ]
    more = f" and {len(one.holes) - HOLES_SHOWN} more" if len(one.holes) > HOLES_SHOWN else ""
    return there + (f"; missing {', '.join(holes)}{more}" if holes else "")


class StandardError:
    """A log of one line an event, for whoever types the verb."""

    def info(self, event: str, **facts: Any) -> None:
        """Write what went well."""
        self._write(event, facts)

    def warning(self, event: str, **facts: Any) -> None:
        """Write what did not."""
        self._write(event, facts)

    def _write(self, event: str, facts: Mapping[str, Any]) -> None:
        told = " ".join(f"{name}={value}" for name, value in facts.items())
        sys.stderr.write(f"{event} {told}".rstrip() + "\n")
