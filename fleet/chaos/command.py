"""`kst chaos`: run after run of the whole OMS under faults and kills, and what came of it."""

import asyncio
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from fleet.chaos.runs import Run


def chaos(
    runs: Annotated[int, typer.Option(min=1, help="How many, each with a seed of its own.")] = 20,
    seed: Annotated[int, typer.Option(help="Of the first run; the next ones count on.")] = 1,
    workers: Annotated[int, typer.Option(min=1, help="Runs side by side.")] = os.cpu_count() or 1,
    postgres: Annotated[
        bool, typer.Option("--postgres", help="Ship to PostgreSQL in every run, not in every 10th.")
    ] = False,
    processes: Annotated[
        bool,
        typer.Option("--processes", help="The OMS a process of its own, killed by SIGKILL."),
    ] = False,
    every_kind: Annotated[
        bool, typer.Option("--every-kind", help="Fail if a kind of anything was never met.")
    ] = False,
    log: Annotated[bool, typer.Option("--log", help="Print what the OMS said.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object as the last line.")
    ] = False,
) -> None:
    """Play the whole OMS on the simulator, with faults and kill -9, and check what must hold.

    Example: kst chaos --runs 200 --seed 1 --json
    """
    from fleet.chaos.processes import play_processes
    from fleet.chaos.runs import play, play_all, summary
    from fleet.chaos.story import with_database

    def tell(run: "Run") -> None:
        for found in run.violations:
            sys.stderr.write(f"{found.reproduce}: {found.invariant}: {found.what}\n")
        if log:
            sys.stderr.write("\n".join(run.log) + "\n")
        elif sys.stderr.isatty():
            sys.stderr.write(f"\r{run.seed - seed + 1} of {runs} ")

    seeds = range(seed, seed + runs)
    wanted = processes or any(with_database(each, postgres) for each in seeds)
    with database(wanted) as url:
        if processes and url is not None:
            played = []
            for each in seeds:
                played.append(play_processes(each, url))
                tell(played[-1])
        elif runs == 1:
            played = [play(seed, log, url, postgres)]
            tell(played[0])
        else:
            played = play_all(seeds, min(workers, runs), log, tell, url, postgres)
    told = summary(played)
    _print(told, as_json)
    raise typer.Exit(1 if told["violations"] or (every_kind and told["dead"]) else 0)


@contextmanager
def database(wanted: bool) -> Iterator[str | None]:
    """Yield the URL of a migrated database of a server that all runs share; None: not wanted."""
    from fleet import postgres
    from infra.postgres.migrate import upgrade

    if not wanted:
        yield None
        return
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
    place = Path(tempfile.mkdtemp(prefix="kst-chaos-postgres-", dir=memory))
    try:
        # Its rows are not missed when the machine fails; it is stopped in order only.
        with postgres.start(place, durable=False) as server:
            asyncio.run(upgrade(server.url))
            yield server.url
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _print(told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    for name, kinds in told["kinds"].items():
        typer.echo(f"{name}: " + ", ".join(f"{kind} {times:,}" for kind, times in kinds.items()))
    if told["dead"]:
        typer.echo(f"never met: {', '.join(told['dead'])}")
    figures = ", ".join(f"{told[name]:,} {name}" for name in ("runs", "faults", "kills", "orders"))
    typer.echo(f"{figures}: {len(told['violations'])} violations")
