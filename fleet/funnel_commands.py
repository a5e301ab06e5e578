"""`kst funnel`: why there were as many trades as there were, gate by gate."""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from fleet.funnel_days import FunnelDay


def funnel(
    day: Annotated[
        str | None, typer.Option("--date", help="The day, YYYY-MM-DD (default: the newest).")
    ] = None,
    strategy: Annotated[
        str | None, typer.Option(help="Only this one, KMP (default: all, side by side).")
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write a page with charts there.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object as the last line.")
    ] = False,
) -> None:
    """Show how far each strategy's symbols came on a day, and what stopped them.

    Reads DATABASE_URL; without it, the database of the last kst demo.

    Example: kst funnel --date 2025-09-03 --strategy KMP --html funnel.html
    """
    import asyncpg

    from config.load import ConfigError
    from fleet.funnel_days import NoSuchDay, funnel_days
    from fleet.postgres_programs import PostgresError
    from fleet.supervisor import FleetError

    try:
        on = date.fromisoformat(day) if day else None
    except ValueError:
        raise _fail(f"--date {day}: expected YYYY-MM-DD") from None
    try:
        with ExitStack() as stack:
            url = _url(stack)
            found = asyncio.run(funnel_days(url, on, strategy.upper() if strategy else None))
    except (NoSuchDay, ConfigError, FleetError, PostgresError) as error:
        raise _fail(str(error)) from None
    except asyncpg.UndefinedTableError:
        raise _fail(
            "the database knows no funnels yet: python -m infra.postgres.migrate brings it up"
        ) from None
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise _fail(f"cannot reach PostgreSQL: {error}") from None
    if html:
        from fleet.funnel_page import funnel_page

        try:
            html.write_text(funnel_page(found), encoding="utf-8")
        except OSError as error:
            raise _fail(f"--html {html}: {error.strerror}") from None
    if as_json:
        typer.echo(json.dumps({"days": [each.as_dict() for each in found]}, ensure_ascii=False))
    else:
        _show(found)


def _url(stack: ExitStack) -> str:
    """Return where the funnels are; an embedded server is left when the stack closes."""
    from config.load import secret_or_none
    from fleet import database, postgres
    from fleet.demo import DEMOS, database_name
    from fleet.supervisor import FleetError

    if url := secret_or_none("DATABASE_URL"):
        return url
    if not database.SERVER.is_dir():
        raise FleetError("DATABASE_URL is not set, and no day was played with kst demo")
    server = stack.enter_context(postgres.start(database.SERVER))
    return postgres.database_url(server.url, database_name((DEMOS / "last").resolve()))


def _show(found: Sequence["FunnelDay"]) -> None:
    from rich.box import SIMPLE
    from rich.columns import Columns
    from rich.console import Console, Group
    from rich.table import Table
    from rich.text import Text

    console = Console()
    console.rule(f"{found[0].on} · 관문 깔때기 · gate funnel")
    sides = []
    for each in found:
        parts: list[Table | Text] = [
            Text(f"{each.strategy} ({each.environment})", style="bold"),
            Text(f"{each.mode or '-'} · rules {each.rules_hash} · {each.as_of:%H:%M:%S}"),
        ]
        gates = Table("관문 gate", "도달 reached", "통과 passed", "탈락 stopped", "%", box=SIMPLE)
        for gate in each.gates:
            share = "-" if gate.passed_pct is None else f"{gate.passed_pct:.0f}"
            counts = (f"{n:,}" for n in (gate.reached, gate.passed, gate.stopped))
            gates.add_row(gate.gate, *counts, share)
        parts.append(gates)
        stops = Table("탈락 사유 stopped by", "종목 symbols", "시간대 when", box=SIMPLE)
        for stop in each.stopped:
            stops.add_row(stop.gate, f"{stop.symbols:,}", when(stop.by_time))
        if each.stopped:
            parts.append(stops)
        blocks = Table("엄격했다면 would block", "종목 symbols", box=SIMPLE)
        for reason, symbols in each.would_block.items():
            blocks.add_row(reason, f"{symbols:,}")
        if each.would_block:
            parts.append(blocks)
        parts.append(Text(health(each), style="red" if each.problems else "green"))
        sides.append(Group(*parts))
    console.print(Columns(sides, padding=(0, 4)))


def when(by_time: Mapping[str, int]) -> str:
    """Return the first and last minute of a gate's stops, HH:MM."""
    minutes = sorted(by_time)
    if not minutes:
        return ""
    return minutes[0] if len(minutes) == 1 else f"{minutes[0]}-{minutes[-1]}"


def health(each: "FunnelDay") -> str:
    """Return what was wrong with a day's data, in one line."""
    if not each.problems:
        return "데이터 이상 없음 · data sound"
    return "데이터 문제 · data problems: " + ", ".join(each.problems)


def _fail(sentence: str) -> typer.Exit:
    sys.stderr.write(f"kst: {sentence}\n")
    return typer.Exit(1)
