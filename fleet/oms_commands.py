"""`kst oms`: what an operator asks of an OMS and its books."""

import asyncio
import json
import re
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fleet import oms_day, oms_operator

if TYPE_CHECKING:
    from oms.audit.compare import Compared, Difference

oms_app = typer.Typer(
    help="OMS 운영 · an OMS and its books, for its operator.", no_args_is_help=True
)

OmsId = Annotated[
    str | None, typer.Option("--oms-id", help="Which OMS (default: the configured one).")
]
ConfigDir = Annotated[
    Path | None, typer.Option("--config", help="Folder of YAML files (default: the house's own).")
]

WHOLE, DIFFERENT, UNCHECKED = 0, 1, 2
_ROOT = Path(__file__).resolve().parent.parent
_OMS_ID = re.compile(r"[a-z0-9_]{1,20}")
_PLACES = {
    "journal": ("저널", "the journal"),
    "database": ("PostgreSQL", "PostgreSQL"),
    "either": ("저널 또는 PostgreSQL", "the journal or PostgreSQL"),
}
_WHYS = {
    "changed": ("변경됨", "changed"),
    "missing": ("누락됨", "missing"),
    "extra": ("추가됨", "put in"),
    "order": ("순서가 바뀜", "out of order"),
}
_NEXT = {
    "journal": (
        "OMS를 멈추고 저널 파일을 다른 곳에 보관한 뒤 kst oms restore로 복원하십시오.",
        "Stop the OMS, move the journal's files away as evidence, and run kst oms restore "
        "(docs/runbook.md).",
    ),
    "database": (
        "저널이 원본입니다. 거래는 계속해도 됩니다. 누가 바꾸었는지 확인하고 데이터베이스를 "
        "백업에서 되돌리거나 새 데이터베이스로 다시 보내십시오.",
        "The journal is the truth and trading may go on. Find out who wrote there, then bring the "
        "database back from a backup, or ship anew into a fresh one (docs/runbook.md).",
    ),
    "table": (
        "저널과 그 사본은 온전합니다. 거래는 계속해도 됩니다. 누가 바꾸었는지 확인하고 "
        "새 데이터베이스로 다시 보내십시오. OMS를 새 버전으로 바꾼 뒤라면 이전 버전이 만든 "
        "행일 수 있습니다.",
        "The journal and its copy are whole and trading may go on. Find out who wrote there, then "
        "ship anew into a fresh database; after an upgrade it may be a row that an older version "
        "made (docs/runbook.md).",
    ),
    "either": (
        "어느 쪽이 원본인지 알 수 없습니다. 둘 다 보관하고 백업 및 증권사 체결 내역과 "
        "비교하십시오.",
        "Which one is true cannot be told from here: keep both, and compare them with a backup and "
        "the broker's executions (docs/runbook.md).",
    ),
}


@oms_app.command("verify")
def verify(
    oms_id: OmsId = None,
    config: ConfigDir = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object as the last line.")
    ] = False,
) -> None:
    """Compare an OMS's journal with its copy in PostgreSQL, row by row and hash by hash.

    Exit 0: whole. 1: the first difference is named. 2: it could not be checked.

    Example: kst oms verify --json
    """
    from oms.audit.compare import as_dict, compare

    found = asyncio.run(_with_books(oms_id, config, compare))
    if isinstance(found, str):
        if as_json:
            typer.echo(json.dumps({"whole": None, "problem": found}, ensure_ascii=False))
        sys.stderr.write(f"kst: 확인하지 못했습니다 · not checked: {found}\n")
        raise typer.Exit(UNCHECKED)
    if as_json:
        said: dict[str, Any] = as_dict(found)
        if found.difference:
            wrong = found.difference
            next_ = wrong.where if wrong.table == "oms_events" else "table"
            said["difference"]["next"] = " ".join(_NEXT[next_])
        typer.echo(json.dumps(said, ensure_ascii=False))
    else:
        for line in _lines(found):
            typer.echo(line)
    raise typer.Exit(DIFFERENT if found.difference else WHOLE)


@oms_app.command("restore")
def restore(oms_id: OmsId = None, config: ConfigDir = None) -> None:
    """Write a lost journal anew from PostgreSQL, its chain checked. The OMS must not be running.

    Never writes over a file: move what is left of the old journal away first.

    Example: kst oms restore --oms-id primary
    """
    from oms.audit.restore import restore as write

    found = asyncio.run(_with_books(oms_id, config, write))
    if isinstance(found, str):
        sys.stderr.write(f"kst: 복원하지 못했습니다 · not restored: {found}\n")
        raise typer.Exit(UNCHECKED)
    typer.echo(f"저널 {found:,}행 복원 · {found:,} rows restored; the chain is whole")


async def _with_books[T](
    oms_id: str | None, config: Path | None, work: Callable[[str, str, Path], Awaitable[T]]
) -> T | str:
    """Return what came of work on (database, oms_id, journal), or why it could not be done."""
    import asyncpg

    from config.load import DIRECTORY, ConfigError, load_env_file, secret
    from oms.audit.compare import Uncheckable
    from oms.journal import JournalError
    from oms.settings import load_settings

    load_env_file(_ROOT / ".env")
    try:
        settings, _ = load_settings(config or DIRECTORY)
        name = oms_id or settings.oms_id
        if not _OMS_ID.fullmatch(name):
            return f"{name!r} is no oms_id: a-z, 0-9 and _, 20 at most"
        path = settings.journal_path.with_name(f"{name}.db")
        return await work(secret("DATABASE_URL"), name, path)
    except (ConfigError, JournalError, Uncheckable, ValueError) as error:
        return str(error)
    except asyncpg.UndefinedColumnError:
        return "the database has no chain yet: python -m infra.postgres.migrate brings it up"
    except sqlite3.Error as error:
        return f"the journal cannot be read: {error}"
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return f"PostgreSQL cannot be read: {type(error).__name__}: {error}"


def _lines(found: "Compared") -> list[str]:
    lines = []
    for name, copy in (("journal", found.journal), ("database", found.database)):
        korean, english = _PLACES[name]
        place = korean if korean == english else f"{korean} · {english}"
        begins = f"chain from row {copy.begins}" if copy.begins else "no chain yet"
        lines.append(f"{place}: {copy.rows:,} rows fit, {begins}")
        if copy.begins and copy.begins > 1:
            lines.append(
                f"  1–{copy.begins - 1}행은 해시 이전 기록 · rows before {copy.begins} are older "
                "than the chain and were compared by content"
            )
    if found.difference:
        return lines + _difference(found.difference)
    if found.refused:
        lines.append(
            f"데이터베이스가 거부한 행 {found.refused:,} · the database refused to make tables of "
            f"{found.refused:,} rows (audit_faults); they are in oms_events whole"
        )
    if found.waiting:
        lines.append(f"아직 보내지 않은 행 {found.waiting:,} · {found.waiting:,} not shipped yet")
    return [*lines, f"{found.oms_id}: 온전함 · whole"]


def _difference(wrong: "Difference") -> list[str]:
    (place_ko, place_en), (why_ko, why_en) = _PLACES[wrong.where], _WHYS[wrong.why]
    todo_ko, todo_en = _NEXT[wrong.where]
    if wrong.table != "oms_events":
        todo_ko, todo_en = _NEXT["table"]
        row = f"{wrong.table} ({wrong.key})"
        column = f" {wrong.column}" if wrong.column else ""
        return [
            f"{place_ko} {row}{column} {why_ko} · {row}{column} of {place_en} is {why_en}:",
            f"  {wrong.said}",
            f"조치: {todo_ko}",
            f"next: {todo_en}",
        ]
    return [
        f"{place_ko} {wrong.seq}행 {why_ko} · row {wrong.seq} of {place_en} is {why_en}:",
        f"  {wrong.said}",
        f"조치: {todo_ko}",
        f"next: {todo_en}",
    ]


oms_operator.register(oms_app)
oms_day.register(oms_app)
