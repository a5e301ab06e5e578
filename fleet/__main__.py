"""The `kst` command. Each command imports what it needs when it runs, so that a start is quick."""

import asyncio
import json
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from fleet.chaos.command import chaos
from fleet.days.command import days
from fleet.funnel_commands import funnel
from fleet.oms_commands import oms_app
from fleet.quality_commands import quality, spread
from fleet.tape_commands import tape_app

app = typer.Typer(
    name="kst",
    help="한국투자증권 자동매매 · a trading fleet for KIS accounts: simulate, run, verify.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)

secrets_app = typer.Typer(help="Draw the fleet's own secrets.", no_args_is_help=True)
app.add_typer(secrets_app, name="secrets")
app.command("chaos")(chaos)
app.command("days")(days)
app.command("funnel")(funnel)
app.command("quality")(quality)
app.command("spread")(spread)
app.add_typer(oms_app, name="oms")
app.add_typer(tape_app, name="tape")

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")]
ConfigDir = Annotated[
    Path | None, typer.Option("--config", help="Folder of YAML files (default: the house's own).")
]


def fail(sentence: str, code: int = 1) -> typer.Exit:
    """Print one clear sentence and return the exit to raise."""
    sys.stderr.write(f"kst: {sentence}\n")
    return typer.Exit(code)


def run_async[T](work: Coroutine[Any, Any, T]) -> T:
    """Run a command's coroutine. Ctrl-C and SIGTERM end it in order, children and all; what an
    operator can cause ends in one sentence, not a trace.
    """
    from broker_sim.days import DayError
    from config.load import ConfigError
    from fleet.postgres_programs import PostgresError
    from fleet.supervisor import FleetError

    async def stoppable() -> T:
        task = asyncio.current_task()
        assert task is not None
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        return await work

    try:
        return asyncio.run(stoppable())
    except (ConfigError, FleetError, DayError, PostgresError) as error:
        raise fail(str(error), 2) from None
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise fail("stopped", 130) from None


@app.command()
def demo(
    bars: Annotated[
        Path | None, typer.Option(help="Folder of real 1-minute bars; without it, a generated day.")
    ] = None,
    date: Annotated[str | None, typer.Option(help="The day to play, YYYY-MM-DD.")] = None,
    speed: Annotated[float | None, typer.Option(help="Times the world's speed.")] = None,
    seed: Annotated[int | None, typer.Option(help="Same seed, same day.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the run (default: data/demo/…).")
    ] = None,
    strategy: Annotated[
        list[str] | None, typer.Option(help="Only this strategy; may be given several times.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Play a whole trading day through the whole fleet on this machine.

    Example: kst demo --bars ../shared/data/bars_1m --date 2025-09-03
    """
    from fleet.demo import DemoOptions, play

    report = run_async(play(DemoOptions(bars, date, speed, seed, out, tuple(strategy or ()))))
    if as_json:
        typer.echo(json.dumps(report.summary(), ensure_ascii=False))
    raise typer.Exit(0 if report.consistent else 1)


@app.command()
def collect(
    bars: Annotated[
        Path | None, typer.Option(help="Folder of real 1-minute bars; without it, a generated day.")
    ] = None,
    date: Annotated[str | None, typer.Option(help="The day to play, YYYY-MM-DD.")] = None,
    speed: Annotated[float | None, typer.Option(help="Times the world's speed.")] = None,
    seed: Annotated[int, typer.Option(help="Draws when the collector is killed.")] = 1,
    kills: Annotated[int, typer.Option(min=0, max=8, help="How often it is killed.")] = 5,
    symbols: Annotated[int | None, typer.Option(min=1, help="Only so many stocks.")] = None,
    past: Annotated[
        int, typer.Option(min=0, max=20, help="Sessions before it to be made whole, too.")
    ] = 0,
    minutely: Annotated[
        bool, typer.Option(help="Ask for every minute as it is over, whatever the speed.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the run (default: data/demo/…).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Play a day through the collector alone, kill it, and compare every candle with the input.

    Example: kst collect --bars ../shared/data/bars_1m --date 2025-09-03 --kills 5 --json
    """
    from rich.console import Console

    from fleet.collected_day import CollectOptions
    from fleet.collected_day import collect as play

    came = run_async(
        play(CollectOptions(bars, date, speed, seed, kills, out, symbols, past, minutely))
    )
    if as_json:
        typer.echo(json.dumps(came.summary(), ensure_ascii=False))
    else:
        came.print(Console())
    raise typer.Exit(0 if came.holds else 1)


@app.command()
def capture(
    file: Annotated[Path, typer.Argument(help="Parquet of captured frames of Kiwoom.")],
    speed: Annotated[float | None, typer.Option(min=0.1, max=100, help="Times its own.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the run (default: data/demo/…).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Play a capture through the simulator's Kiwoom and a collector; compare what comes out.

    Example: kst capture ../shared/data/dual_venue/kiwoom_best_quotes_20250909_1134_1144.parquet
    """
    from rich.console import Console

    from fleet.captured import CaptureOptions, play

    came = run_async(play(CaptureOptions(file, speed, out)))
    if as_json:
        typer.echo(json.dumps(came.summary(), ensure_ascii=False))
    else:
        came.print(Console())
    raise typer.Exit(0 if came.holds else 1)


@app.command()
def verify(
    run: Annotated[
        Path | None, typer.Option(help="Folder of a run (default: the last demo).")
    ] = None,
    date: Annotated[str | None, typer.Option(help="Only this trading day, YYYY-MM-DD.")] = None,
    as_json: Json = False,
) -> None:
    """Run each process's journal through its decisions again and look for a difference.

    Example: kst verify --json
    """
    from fleet.verify import verify_run

    result = run_async(verify_run(run, date))
    if as_json:
        typer.echo(json.dumps(result.as_dict(), ensure_ascii=False))
    else:
        for line in result.lines():
            typer.echo(line)
    raise typer.Exit(1 if result.differences else 0)


@app.command("test")
def check(
    paths: Annotated[
        list[str] | None, typer.Argument(help="Only the tests of these paths.")
    ] = None,
    workers: Annotated[int, typer.Option(help="Test processes side by side.")] = 2,
) -> None:
    """Run every check: format, lint, secrets, import contracts, types, tests.

    Example: kst test tests/oms
    """
    from fleet.checks import run_checks

    raise typer.Exit(run_checks(paths or [], workers))


@app.command()
def bench(
    name: Annotated[
        str, typer.Argument(help="parse, notice, relay, intent, risk, ingest or tape.")
    ],
    postgres: Annotated[
        bool, typer.Option(help="intent: also with a real PostgreSQL, up, then shot and back.")
    ] = False,
    rate: Annotated[int | None, typer.Option(help="relay: frames a second.", min=100)] = None,
    seconds: Annotated[int | None, typer.Option(help="relay: how long.", min=2)] = None,
    as_json: Json = False,
) -> None:
    """Measure one thing beside its yardstick, in the same run on this machine.

    Example: kst bench intent --postgres --json
    """
    from fleet.bench import AT_A_RATE, BENCHES, BESIDE_POSTGRES, table

    if name not in BENCHES:
        raise fail(f"no bench {name!r}; there are: {', '.join(sorted(BENCHES))}", 2)
    if postgres and name not in BESIDE_POSTGRES:
        raise fail(f"bench {name} touches no database, so it is the same with one up or down", 2)
    options = {"rate": rate, "seconds": seconds} if rate or seconds else {}
    if options and name not in AT_A_RATE:
        raise fail(f"bench {name} has no rate and no seconds: it runs as fast as it can", 2)
    options |= {"postgres": True} if postgres else {}
    result = BENCHES[name](**{key: said for key, said in options.items() if said is not None})
    if as_json:
        typer.echo(json.dumps(result, ensure_ascii=False))
    else:
        table(result)
    raise typer.Exit(0 if all(row["holds"] for row in result["rows"]) else 1)


@app.command()
def up(
    config: ConfigDir = None,
    foreground: Annotated[
        bool, typer.Option(help="Stay in front; Ctrl-C stops the fleet.")
    ] = False,
) -> None:
    """Run the configured fleet on this machine, without Docker.

    Example: kst up && kst status
    """
    from fleet.service import up as start

    run_async(start(config, foreground))


@app.command()
def down(config: ConfigDir = None) -> None:
    """Stop the fleet that `kst up` started.

    Example: kst down
    """
    from fleet.service import down as stop

    run_async(stop(config))


@app.command()
def status(config: ConfigDir = None, as_json: Json = False) -> None:
    """Say what runs, since when, and how it is.

    Example: kst status --json
    """
    from fleet.service import status as look

    found = run_async(look(config))
    if as_json:
        typer.echo(json.dumps(found.as_dict(), ensure_ascii=False))
    else:
        found.print()
    raise typer.Exit(0 if found.healthy else 1)


@app.command()
def doctor(config: ConfigDir = None, as_json: Json = False) -> None:
    """Say what is wrong on this machine and how to mend it.

    Example: kst doctor
    """
    from fleet.doctor import examine, show

    findings = run_async(examine(config))
    if as_json:
        typer.echo(json.dumps([f.as_dict() for f in findings], ensure_ascii=False))
    else:
        show(findings)
    raise typer.Exit(1 if any(f.level == "wrong" for f in findings) else 0)


@secrets_app.command("make")
def secrets_make() -> None:
    """Print fresh tokens for the fleet's own doors, ready for .env.

    Example: kst secrets make >> .env
    """
    from fleet.rundir import draw_tokens

    for name, value in draw_tokens().items():
        typer.echo(f"{name}={value}")


@app.command()
def db(
    run: Annotated[Path | None, typer.Option(help="Folder of a run (default: last demo).")] = None,
) -> None:
    """Serve the embedded PostgreSQL until Ctrl-C; the first line is the URL of a run's database.

    Example: kst db, then psql "$URL" -c 'SELECT * FROM v_recent_trades'
    """
    from fleet.database import serve

    run_async(serve(run))


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)
def sim(context: typer.Context) -> None:
    """Run the broker simulator alone; its first line is JSON with URLs and keys.

    Example: kst sim --bars ../shared/data/bars_1m --date 2025-09-03 --speed 10
    """
    from broker_sim.__main__ import main as serve

    raise typer.Exit(serve(context.args))


if __name__ == "__main__":
    app()
