"""`kst days`: trading days in a row, restarts at drawn minutes, and whether everything held."""

import json
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer


def days(
    count: Annotated[int, typer.Option("--days", min=1, help="Trading days in a row.")] = 24,
    seed: Annotated[int, typer.Option(help="Of everything that is drawn.")] = 1,
    data: Annotated[
        Path | None,
        typer.Option(help="Folder of real data, its bars in bars_1m/ (without: generated days)."),
    ] = None,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object as the last line.")
    ] = False,
) -> None:
    """Live through trading days on the simulator: P&L to the won, flags in time, memory flat.

    Example: kst days --days 24 --seed 1 --data ../shared/data --json
    """
    from broker_sim.days import DayError
    from fleet.days.plan import FIRST
    from fleet.days.run import live_through
    from kis_core.market.calendar import CalendarError

    begins: date = FIRST if first is None else first.date()

    def tell(line: str) -> None:
        sys.stderr.write(f"{line}\n")

    try:
        came = live_through(seed, count, data, begins, tell)
    except (DayError, CalendarError) as error:
        sys.stderr.write(f"kst: 실행할 수 없습니다 · cannot be played: {error}\n")
        raise typer.Exit(2) from None
    if as_json:
        typer.echo(json.dumps(came.summary(), ensure_ascii=False))
    else:
        typer.echo(
            f"{len(came.dates)} days, {came.restarts} lives ({came.kills} killed), "
            f"{came.orders} orders, {came.reconciled} days to the won "
            f"({came.late} the morning after), P&L {came.pnl_krw:+,} KRW: "
            f"{len(came.violations)} violations"
        )
    raise typer.Exit(1 if came.violations else 0)
