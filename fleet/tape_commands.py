"""`kst tape`: what the collector wrote down, as files and as rows."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from pyarrow import RecordBatch

    from collector.dayfile import DayFile

tape_app = typer.Typer(
    help="테이프 · what the collector heard: raw segments, and day files in Parquet.",
    no_args_is_help=True,
)

DataDir = Annotated[
    Path | None,
    typer.Option("--data", help="데이터 폴더 · folder of the data (default: the configured one)."),
]
ConfigDir = Annotated[
    Path | None, typer.Option("--config", help="Folder of YAML files (default: the house's own).")
]
Source = Annotated[
    str | None, typer.Option("--source", help="출처 · kis or kiwoom (default: every one).")
]
Day = Annotated[str | None, typer.Option("--date", help="거래일 · trading date, YYYY-MM-DD.")]
Symbols = Annotated[
    list[str] | None, typer.Option("--symbol", help="종목코드 · only these; may be given again.")
]
Columns = Annotated[
    str | None, typer.Option("--columns", help="컬럼 · names, comma between (default: all).")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")]


@tape_app.command("list")
def list_(
    data: DataDir = None, config: ConfigDir = None, day: Day = None, as_json: Json = False
) -> None:
    """테이프와 일자 파일 목록 · list days: segments, their bytes, and the day files made of them.

    Example: kst tape list --json
    """
    from collector import dayfile, tape

    tapes, folder = _places(data, config)
    on = _date(day)
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for each in tape.days(tapes):
        for source in tape.sources(tapes, each):
            paths = tape.segments(tapes, each, source)
            found[each.isoformat(), source] = _listed(each.isoformat(), source) | {
                "segments": len(paths),
                "open": sum(path.suffix == tape.OPEN for path in paths),
                "segment_bytes": sum(path.stat().st_size for path in paths),
            }
    for path in dayfile.day_paths(folder):
        with _told():
            one = dayfile.load(path)
        key = (one.summary.date, one.summary.source)
        row = found.setdefault(key, _listed(*key))
        row["files"].append(path.name)
        for name in ("rows", "unread", "damaged"):
            row[name] += getattr(one.summary, name)
    rows = [found[key] for key in sorted(found) if on is None or key[0] == on.isoformat()]
    if as_json:
        typer.echo(json.dumps({"days": rows}, ensure_ascii=False))
        return
    for row in rows:
        typer.echo(
            f"{row['date']} {row['source']:<8} 세그먼트 segments {row['segments']} "
            f"({row['segment_bytes'] / 1e6:,.1f} MB, open {row['open']})  "
            f"행 rows {row['rows']:,} 격리 unread {row['unread']} 손상 damaged {row['damaged']}  "
            f"{', '.join(row['files']) or '-'}"
        )
    if not rows:
        typer.echo(f"테이프가 없습니다 · no tape in {tapes}")


@tape_app.command("compact")
def compact(
    day: Day = None,
    source: Source = None,
    data: DataDir = None,
    config: ConfigDir = None,
    as_json: Json = False,
) -> None:
    """세그먼트를 Parquet 일자 파일로 · put finished segments away as day files.

    A file that is there is never written again: what is new becomes a part of its own.

    Example: kst tape compact --date 2025-09-09 --source kiwoom
    """
    from collector import dayfile, tape

    tapes, folder = _places(data, config)
    on = _date(day)
    made: list[DayFile] = []
    for each in [on] if on else tape.days(tapes):
        sources = [source] if source else tape.sources(tapes, each)
        for name in sources:
            waiting = sum(path.stat().st_size for path in tape.segments(tapes, each, name))
            with _told(), _bar(f"{each} {name}", waiting) as told:
                one = dayfile.compact(tapes, folder, name, each, told)
            if one:
                made.append(one)
    if as_json:
        typer.echo(json.dumps({"made": [_facts(one) for one in made]}, ensure_ascii=False))
        return
    for one in made:
        typer.echo(
            f"{one.path}: 행 rows {one.summary.rows:,}, 격리 unread {one.summary.unread}, "
            f"손상 damaged {one.summary.damaged}"
        )
    if not made:
        typer.echo("새로 저장할 것이 없습니다 · nothing new to put away")


@tape_app.command("check")
def check(
    day: Day = None,
    source: Source = None,
    data: DataDir = None,
    config: ConfigDir = None,
    as_json: Json = False,
) -> None:
    """일자 파일 검사 · read day files whole and hold them to their segments.

    Exit 0: all sound. 1: what is wrong is named.

    Example: kst tape check --date 2025-09-09 --json
    """
    from collector import dayfile

    tapes, folder = _places(data, config)
    paths = _paths(folder, source, _date(day))
    problems: list[str] = []
    with _bar("검사 check", len(paths)) as told:
        for number, path in enumerate(paths, 1):
            try:
                problems += dayfile.check(dayfile.load(path), tapes)
            except dayfile.DayFileError as error:
                problems.append(str(error))
            told(number)
    if as_json:
        said = {"files": len(paths), "sound": not problems, "problems": problems}
        typer.echo(json.dumps(said, ensure_ascii=False))
    else:
        for problem in problems:
            typer.echo(problem)
        typer.echo(f"파일 files {len(paths)}, 문제 problems {len(problems)}")
    raise typer.Exit(1 if problems else 0)


@tape_app.command("read")
def read(
    day: Annotated[str, typer.Option("--date", help="거래일 · trading date, YYYY-MM-DD.")],
    source: Source = None,
    symbol: Symbols = None,
    columns: Columns = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="행 수 · at most so many rows; what is left is said.")
    ] = None,
    data: DataDir = None,
    config: ConfigDir = None,
) -> None:
    """일자 파일의 행을 JSON 줄로 · print the rows of a day as JSON, one a line.

    Example: kst tape read --date 2025-09-09 --symbol 005930 --columns arrived_ns,ask_krw_1
    """
    _, folder = _places(data, config)
    on = _date(day)
    assert on is not None
    shown = left = 0
    with _told():
        for row in _rows(_found(folder, source, on), _names(columns), symbol or ()):
            if limit is not None and shown == limit:
                left += 1
                continue
            typer.echo(json.dumps(row, ensure_ascii=False, default=str))
            shown += 1
    if left:
        sys.stderr.write(f"kst: {left:,}행을 더 보려면 --limit을 늘리십시오 · {left:,} rows more\n")


@tape_app.command("export")
def export(
    out: Annotated[Path, typer.Argument(help="파일 · .csv, .parquet or .jsonl, new.")],
    day: Annotated[str, typer.Option("--date", help="거래일 · trading date, YYYY-MM-DD.")],
    source: Source = None,
    symbol: Symbols = None,
    columns: Columns = None,
    data: DataDir = None,
    config: ConfigDir = None,
    as_json: Json = False,
) -> None:
    """일자 파일의 행을 다른 파일로 · write the rows of a day, or some of them, to another file.

    Example: kst tape export samsung.csv --date 2025-09-09 --symbol 005930
    """
    from collector import dayfile

    if out.suffix not in _WRITERS:
        raise _fail(f"{out.name}: expected a name that ends in {', '.join(_WRITERS)}")
    if out.exists():
        raise _fail(f"{out} is there already; it is not written over")
    _, folder = _places(data, config)
    on = _date(day)
    assert on is not None
    paths = _found(folder, source, on)
    rows, draft = 0, out.with_suffix(out.suffix + ".draft")
    with _told(), _bar("내보내기 export", len(paths)) as told:
        with _WRITERS[out.suffix](draft) as write:
            for number, path in enumerate(paths, 1):
                for batch in dayfile.read([path], _names(columns), symbol or ()):
                    write(batch)
                    rows += len(batch)
                told(number)
        draft.rename(out)
    if as_json:
        typer.echo(json.dumps({"path": str(out), "rows": rows}, ensure_ascii=False))
    else:
        typer.echo(f"{out}: 행 rows {rows:,}")


@contextmanager
def _parquet(path: Path) -> Iterator[Callable[["RecordBatch"], None]]:
    import pyarrow.parquet as pq

    writers: list[Any] = []

    def write(batch: "RecordBatch") -> None:
        if not writers:
            writers.append(pq.ParquetWriter(path, batch.schema, compression="zstd"))
        if len(batch):
            writers[0].write_batch(batch)

    try:
        yield write
    finally:
        for writer in writers:
            writer.close()


@contextmanager
def _csv(path: Path) -> Iterator[Callable[["RecordBatch"], None]]:
    import pyarrow.csv as csv

    with path.open("wb") as file:

        def write(batch: "RecordBatch") -> None:
            header = file.tell() == 0
            csv.write_csv(batch, file, csv.WriteOptions(include_header=header))

        yield write


@contextmanager
def _jsonl(path: Path) -> Iterator[Callable[["RecordBatch"], None]]:
    with path.open("w", encoding="utf-8") as file:

        def write(batch: "RecordBatch") -> None:
            for row in batch.to_pylist():
                file.write(json.dumps(row, ensure_ascii=False, default=str) + "\n")

        yield write


_WRITERS: dict[str, Callable[[Path], Any]] = {
    ".csv": _csv,
    ".parquet": _parquet,
    ".jsonl": _jsonl,
}


def _rows(
    paths: Iterable[Path], columns: Sequence[str] | None, symbols: Sequence[str]
) -> Iterator[dict[str, Any]]:
    from collector import dayfile

    for batch in dayfile.read(paths, columns, symbols):
        yield from batch.to_pylist()


def _places(data: Path | None, config: Path | None) -> tuple[Path, Path]:
    """Return where segments and day files are."""
    if data is None:
        from collector.settings import CollectorSettings
        from config.load import DIRECTORY, ConfigError, load

        try:
            data = load(CollectorSettings, "collector", config or DIRECTORY).data_dir
        except ConfigError as error:
            raise _fail(str(error)) from None
    return data / "tape", data / "days"


def _paths(folder: Path, source: str | None, on: date | None) -> list[Path]:
    from collector import dayfile

    paths = dayfile.day_paths(folder, source or "*")
    return [path for path in paths if on is None or dayfile.day_of(path) == on]


def _found(folder: Path, source: str | None, on: date) -> list[Path]:
    paths = _paths(folder, source, on)
    if not paths:
        raise _fail(
            f"{on}의 일자 파일이 없습니다 · no day file of {on} in {folder}; kst tape compact"
        )
    return paths


def _date(day: str | None) -> date | None:
    try:
        return None if day is None else date.fromisoformat(day)
    except ValueError:
        raise _fail(f"--date {day!r}: expected YYYY-MM-DD") from None


def _names(columns: str | None) -> list[str] | None:
    return None if columns is None else [name.strip() for name in columns.split(",")]


def _listed(day: str, source: str) -> dict[str, Any]:
    return {
        "date": day, "source": source, "segments": 0, "open": 0, "segment_bytes": 0,
        "files": [], "rows": 0, "unread": 0, "damaged": 0,
    }  # fmt: skip


def _facts(one: "DayFile") -> dict[str, Any]:
    summary = one.summary
    return {
        "path": str(one.path), "date": summary.date, "source": summary.source,
        "part": summary.part, "rows": summary.rows, "unread": summary.unread,
        "damaged": summary.damaged, "left_out": summary.left_out,
        "first_ns": summary.first_ns, "last_ns": summary.last_ns,
        "segments": [segment.name for segment in summary.segments],
    }  # fmt: skip


@contextmanager
def _told() -> Iterator[None]:
    """End in one sentence where a file is not what it should be."""
    from collector.dayfile import DayFileError

    try:
        yield
    except (DayFileError, OSError) as error:
        raise _fail(str(error), 1) from None


@contextmanager
def _bar(what: str, total: int) -> Iterator[Any]:
    """Show progress on the terminal's error side, so that what is printed can be read on."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=total)
        yield lambda done: progress.update(task, completed=done)


def _fail(sentence: str, code: int = 2) -> typer.Exit:
    sys.stderr.write(f"kst: {sentence}\n")
    return typer.Exit(code)
