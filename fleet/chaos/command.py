"""`kst chaos`: run after run of the whole OMS under faults and kills, and what came of it."""

import json
import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from fleet.chaos.runs import Run


def chaos(
    runs: Annotated[int, typer.Option(min=1, help="How many, each with a seed of its own.")] = 20,
    seed: Annotated[int, typer.Option(help="Of the first run; the next ones count on.")] = 1,
    workers: Annotated[int, typer.Option(min=1, help="Runs side by side.")] = os.cpu_count() or 1,
    log: Annotated[bool, typer.Option("--log", help="Print what the OMS said.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object as the last line.")
    ] = False,
) -> None:
    """Play the whole OMS on the simulator, with faults and kill -9, and check what must hold.

    Example: kst chaos --runs 200 --seed 1 --json
    """
    from fleet.chaos.runs import play, play_all, summary

    def tell(run: "Run") -> None:
        for found in run.violations:
            sys.stderr.write(f"{found.reproduce}: {found.invariant}: {found.what}\n")
        if log:
            sys.stderr.write("\n".join(run.log) + "\n")
        elif sys.stderr.isatty():
            sys.stderr.write(f"\r{run.seed - seed + 1} of {runs} ")

    if runs == 1:
        played = [play(seed, log)]
        tell(played[0])
    else:
        played = play_all(range(seed, seed + runs), min(workers, runs), log, tell)
    told = summary(played)
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        figures = ", ".join(
            f"{told[name]:,} {name}" for name in ("runs", "faults", "kills", "orders")
        )
        typer.echo(f"{figures}: {len(told['violations'])} violations")
    raise typer.Exit(1 if told["violations"] else 0)
