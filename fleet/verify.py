"""`kst verify`: every journal of a run through the same decisions again."""

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fleet.supervisor import FleetError
from strategy_runtime.verify import verify as verify_strategy

LAST = Path("data/demo/last")


@dataclass(frozen=True)
class Verified:
    """What was run again, by process. `first` names the first difference of each with its cause."""

    processes: tuple[
        tuple[str, int, int, int, str | None, str | None], ...
    ]  # name, events, decisions, diffs, first, note

    @property
    def events(self) -> int:
        """Return how many inputs were run again."""
        return sum(process[1] for process in self.processes)

    @property
    def decisions(self) -> int:
        """Return how many outputs were compared."""
        return sum(process[2] for process in self.processes)

    @property
    def differences(self) -> int:
        """Return how many outputs differ."""
        return sum(process[3] for process in self.processes)

    def as_dict(self) -> dict[str, Any]:
        """Return the result for a program to read."""
        keys = ("process", "events", "decisions", "differences", "first", "note")
        return {
            "events": self.events,
            "decisions": self.decisions,
            "differences": self.differences,
            "processes": [dict(zip(keys, process, strict=True)) for process in self.processes],
        }

    def lines(self) -> list[str]:
        """Return the result for a person."""
        lines = []
        for name, events, decisions, differences, first, note in self.processes:
            verdict = "no difference" if not differences else f"{differences} differences"
            lines.append(f"{name}: {events:,} events, {decisions:,} decisions, {verdict}")
            if first:
                lines.append(f"  first: {first}")
            if note:
                lines.append(f"  {note}")
        total = (
            "차이 없음 · no difference" if not self.differences else "차이 발견 · differences found"
        )
        return [*lines, total]


async def verify_run(run: Path | None, date: str | None) -> Verified:
    """Verify the journals below a run's folder. Raises FleetError when there are none."""
    home = run or LAST
    if not home.is_dir():
        raise FleetError(f"no run in {home}: play one with kst demo, or name its folder with --run")
    processes = []
    for file in sorted(home.glob("oms/*.db")):
        processes.append(
            _row(f"oms {file.stem}", importlib.import_module("oms.verify").verify(file))
        )
    pattern = f"{date or '*'}.journal"
    for file in sorted(home.glob(f"strategies/*/{pattern}")):
        name = file.parent.name
        # Nobody imports a strategy: it is found by its name when somebody asks for it.
        package = importlib.import_module(f"strategy_{name}")
        try:
            found = verify_strategy(file, package)
        except ValueError as error:
            raise FleetError(
                f"{file}: written by another version of {name}, whose rules do not fit this one "
                f"({str(error).splitlines()[0]}); verify it with that version"
            ) from None
        processes.append(_row(f"strategy {name} {file.stem}", found))
    for folder in sorted(home.glob(f"tape/{date or '*'}")):
        if folder.is_dir():
            checked = importlib.import_module("collector.verify").verify(home, folder.name)
            processes.append(_row(f"collector {folder.name}", checked))
    if not processes:
        raise FleetError(f"no journals in {home}")
    return Verified(tuple(processes))


def _row(name: str, found: Any) -> tuple[str, int, int, int, str | None, str | None]:
    """Return what a verification found; it counts its differences or lists them, and may have a
    note on what another version of the rules decided."""
    differences = (
        found.differences if isinstance(found.differences, int) else len(found.differences)
    )
    first = (
        found.first if isinstance(found.differences, int) else next(iter(found.differences), None)
    )
    told = None if first is None else str(first)
    return (name, found.events, found.decisions, differences, told, getattr(found, "note", None))
