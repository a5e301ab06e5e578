"""The quality of a day's market data, as a report: values first, then table, JSON and page.

Sources are the day's files (`data_dir/days/<source>/market_data_YYYYMMDD*.parquet`), looked through
anew, and the collector's journal, which knows why the line was silent. A source without a file is
told from the journal alone. `python -m collector.quality_report DATA_DIR DATE` writes both forms
into `data_dir/reports`.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
from rich.console import Console
from rich.table import Table

from collector.faults import WORDS, Finding, Known, Skew, Span, sessions_of
from collector.findings import expected as promised
from collector.findings import newest, shown
from collector.journal import Entry, GapNoted
from collector.market_frame import (
    VENUES,
    MarketFileError,
    Overview,
    overview,
    read_market_files,
)
from collector.outbox import read_journal
from collector.quality_frame import find, holes_of, together
from collector.reports import report_path
from collector.store import SOURCE as KIS
from kis_core.clock import SECOND_NS, kst
from kis_core.market.calendar import TradingCalendar
from kis_core.market.events import Gap
from kis_core.market.instants import MINUTE_NS

WORST = 20
NOTES_MAX = 50
ROWS_AT_ONCE = 200_000  # some 600 B each, with what is computed beside them
UNEXPLAINED = "no reason recorded · 사유 기록 없음"


class NoData(ValueError):
    """There is nothing to report on."""


@dataclass(frozen=True, slots=True)
class Hole:
    """From..to nothing was heard (ns; to None: still), of one symbol or of anything (None)."""

    from_ns: int
    to_ns: int | None
    symbol: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Part:
    """What one source told that day. Without a file, `rows` and `coverage` are None."""

    source: str
    findings: tuple[Finding, ...]
    holes: tuple[Hole, ...]
    skew: Skew | None
    rows: int | None
    coverage: pl.DataFrame | None
    """A row a stream: venue, symbol, events, trades, quotes, first_ns, last_ns, silence_ns,
    minutes (with a message), minutes_open (that this source was there for), expected."""
    minutes: pl.DataFrame | None
    """Messages a minute: minute_ns, venue, messages."""
    notes: tuple[str, ...]

    def counts(self) -> dict[str, dict[str, int]]:
        """Return counts by venue and kind."""
        found: dict[str, dict[str, int]] = {}
        for f in self.findings:
            venue = found.setdefault(f.venue, {})
            venue[f.kind] = venue.get(f.kind, 0) + f.count
        return {venue: dict(sorted(kinds.items())) for venue, kinds in sorted(found.items())}

    def worst(self) -> list[tuple[str, int, str]]:
        """Return the symbols with the most findings: symbol, count, its kinds."""
        kinds: dict[str, dict[str, int]] = {}
        for f in self.findings:
            if f.symbol != "*":
                own = kinds.setdefault(f.symbol, {})
                own[f.kind] = own.get(f.kind, 0) + f.count
        ranked = sorted(kinds.items(), key=lambda each: (-sum(each[1].values()), each[0]))
        return [
            (symbol, sum(own.values()), ", ".join(f"{k} {n:,}" for k, n in sorted(own.items())))
            for symbol, own in ranked[:WORST]
        ]

    def silent(self) -> list[tuple[str, str]]:
        """Return the expected streams that said nothing all day: venue, symbol."""
        if self.coverage is None:
            return []
        quiet = self.coverage.filter(pl.col("expected") & (pl.col("events") == 0))
        return list(quiet.select("venue", "symbol").iter_rows())

    def covered(self) -> dict[str, dict[str, Any]]:
        """Return per venue: streams expected and seen, and the share of open minutes seen."""
        if self.coverage is None:
            return {}
        found = {}
        for (venue,), own in self.coverage.group_by("venue", maintain_order=True):
            seen, possible = int(own["minutes"].sum()), int(own["minutes_open"].sum())
            found[str(venue)] = {
                "expected": int(own["expected"].sum()),
                "seen": int((own["events"] > 0).sum()),
                "seen_of_expected": int((own["expected"] & (own["events"] > 0)).sum()),
                "messages": int(own["events"].sum()),
                "minutes_share": round(seen / possible, 4) if possible else None,
            }
        return found


@dataclass(frozen=True, slots=True)
class QualityReport:
    """The quality of one day, source by source."""

    day: date
    parts: tuple[Part, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {"date": self.day.isoformat(), "sources": [_plain(part) for part in self.parts]}

    def print(self, console: Console) -> None:
        """Show it as tables."""
        for part in self.parts:
            rows = "" if part.rows is None else f", {part.rows:,} rows"
            console.print(f"[bold]{self.day} {part.source}[/bold]{rows}")
            for note in part.notes:
                console.print(f"[yellow]{note}[/yellow]")
            _print_table(console, ("venue", "finding", "", "count"), [
                (venue, kind, WORDS[kind][0], f"{n:,}")  # type: ignore[index]
                for venue, kinds in part.counts().items() for kind, n in kinds.items()
            ])  # fmt: skip
            _print_table(console, ("venue", "expected", "seen", "messages", "minutes seen"), [
                (venue, str(c["expected"]), str(c["seen"]), f"{c['messages']:,}",
                 "?" if c["minutes_share"] is None else f"{c['minutes_share']:.1%}")
                for venue, c in part.covered().items()
            ])  # fmt: skip
            _print_table(console, ("hole from", "to", "seconds", "symbol", "reason"), [
                (h["from"][11:23], (h["to"] or "open")[11:23] or "open", str(h["seconds"] or ""),
                 h["symbol"] or "*", h["reason"]) for h in map(_hole, part.holes)
            ])  # fmt: skip
            _print_table(console, ("worst symbol", "findings", "kinds"), [
                (symbol, f"{n:,}", kinds) for symbol, n, kinds in part.worst()[:10]
            ])  # fmt: skip
            silent = part.silent()
            if silent:
                names = ", ".join(f"{symbol} {venue}" for venue, symbol in silent[:WORST])
                console.print(f"silent all day · 종일 무수신 ({len(silent)}): {names}")
            if part.skew:
                console.print(f"arrival less event time · 시계 차이: {_skew(part.skew)}")


def report_of_day(
    data_dir: Path,
    day: date,
    expected: Sequence[tuple[str, str]] = (),
    calendar: TradingCalendar | None = None,
) -> QualityReport:
    """Return the report of a day of the collector; raises NoData where it left nothing, and
    MarketFileError where it left nothing that can be read.

    `expected` are (venue, symbol) that should have been heard; of a source whose journal says what
    it was promised, these.
    """
    journals = _journals(data_dir / "collector", day)
    files: dict[str, list[Path]] = {}
    for path in sorted((data_dir / "days").glob(f"*/market_data_{day:%Y%m%d}*.parquet")):
        files.setdefault(path.parent.name, []).append(path)
    parts: list[Part] = []
    failed: list[MarketFileError] = []
    for source in sorted(files.keys() | journals.keys()):
        journal = journals.get(source, [])
        gaps, told = _gaps(journal), newest(journal).get(source, {})
        note = "no day file: as counted when it was heard"
        if source in files:
            paths, wanted = files[source], promised(journal, source) or expected
            try:
                parts.append(part_of_files(source, paths, overview(paths), wanted, gaps, calendar))
                continue
            except MarketFileError as error:  # the other sources have their report
                failed.append(error)
                note = f"{error}; as counted when it was heard"
        if told or source in files:
            counted = tuple(sorted(told.values(), key=lambda f: (-f.count, f.key)))
            parts.append(Part(source, counted, _holes((), gaps), None, None, None, None, (note,)))
    if failed and len(failed) == len(parts):
        raise failed[0]
    if not parts:
        raise NoData(
            f"{day}: neither a day file in {data_dir / 'days'} nor findings in "
            f"{data_dir / 'collector'}"
        )
    return QualityReport(day, tuple(parts))


def _journals(folder: Path, day: date) -> dict[str, list[Entry]]:
    """Return the journals of a day by source: KIS's, and those in folders of their own."""
    name = f"{day.isoformat()}.jsonl"
    paths = {path.parent.name: path for path in folder.glob(f"*/{name}")} | {KIS: folder / name}
    return {source: read_journal(path) for source, path in paths.items()}


def report_of_file(
    path: Path,
    expected: Sequence[tuple[str, str]] | None = None,
    calendar: TradingCalendar | None = None,
) -> QualityReport:
    """Return the report of one file; raises MarketFileError where it cannot be read.

    Without `expected`, every symbol of the file is expected on each venue that it knows.
    """
    whole = overview([path])
    return QualityReport(
        whole.day, (part_of_files(path.name, [path], whole, expected, (), calendar),)
    )


def part_of_files(
    source: str,
    paths: Sequence[Path],
    whole: Overview,
    expected: Sequence[tuple[str, str]] | None,
    gaps: Sequence[Gap],
    calendar: TradingCalendar | None = None,
) -> Part:
    """Look through one source's day, some symbols at a time: a day may be larger than memory."""
    known = Known(sessions_of(whole.day, calendar))
    first_ns, last_ns = int(whole.arrived_ns[0]), int(whole.arrived_ns[-1])
    holes = holes_of(whole.arrived_ns, known, last_ns)
    found, per_minute, seen = [], [], []
    notes = [f"{whole.nameless} rows left out: no symbol"] if whole.nameless else []
    for symbols in whole.batches(ROWS_AT_ONCE):
        frame = read_market_files(paths, symbols)
        notes += frame.notes
        if frame.rows.is_empty():
            continue
        found.append(find(frame.rows, known, last_ns, holes))
        minute = (pl.col("arrived_ns") // MINUTE_NS * MINUTE_NS).alias("minute_ns")
        per_minute.append(frame.rows.group_by(minute, "venue").agg(messages=pl.len()))
        seen.append(_minutes_seen(frame.rows, known))
    if not found:
        raise MarketFileError(paths[0], "; ".join(notes) or "holds no symbol")
    day = together(found, holes)
    if expected is None:
        venues = day.streams["venue"].unique()
        expected = [(venue, symbol) for venue in venues for symbol in whole.counts]
    minutes = pl.concat(per_minute).group_by("minute_ns", "venue").agg(pl.col("messages").sum())
    return Part(
        source,
        day.findings,
        _holes(holes, gaps),
        day.skew,
        int(day.streams["events"].sum()),
        _coverage(day.streams, pl.concat(seen), known, expected, (first_ns, last_ns)),
        minutes.sort("minute_ns", "venue"),
        tuple(notes[:NOTES_MAX]),
    )


def _minutes_seen(rows: pl.DataFrame, known: Known) -> pl.DataFrame:
    """Return in how many open minutes each stream said something."""
    seen = []
    for venue in VENUES:
        within = pl.any_horizontal(
            pl.lit(value=False),
            *(pl.col("arrived_ns").is_between(a, b, "left") for a, b in known.sessions.of(venue)),
        )
        seen.append(rows.filter((pl.col("venue") == venue) & within))
    minute = pl.col("arrived_ns") // MINUTE_NS
    return pl.concat(seen).group_by("venue", "symbol").agg(minutes=minute.n_unique())


def _coverage(
    streams: pl.DataFrame,
    minutes: pl.DataFrame,
    known: Known,
    expected: Sequence[tuple[str, str]],
    heard: Span,
) -> pl.DataFrame:
    """Join what was seen with what was expected, and with the minutes that could have been."""
    possible = {v: len(_open_minutes(known.sessions.of(v), *heard)) for v in VENUES}
    wanted = pl.DataFrame(
        list(dict.fromkeys(expected)),
        schema={"venue": pl.String, "symbol": pl.String},
        orient="row",
    ).with_columns(expected=pl.lit(value=True))
    return (
        streams.join(wanted, on=["venue", "symbol"], how="full", coalesce=True)
        .join(minutes, on=["venue", "symbol"], how="left")
        .with_columns(
            pl.col("expected").fill_null(value=False),
            pl.col("events", "trades", "quotes", "minutes").fill_null(0),
            minutes_open=pl.col("venue").replace_strict(possible, return_dtype=pl.Int64),
        )
        .sort("symbol", "venue")
    )


def _open_minutes(spans: Sequence[Span], first_ns: int, last_ns: int) -> set[int]:
    found: set[int] = set()
    for start, end in spans:
        start, end = max(start, first_ns), min(end, last_ns + 1)
        if start < end:
            found.update(range(start // MINUTE_NS, (end - 1) // MINUTE_NS + 1))
    return found


def _gaps(journal: Sequence[Entry]) -> list[Gap]:
    """Return the gaps of a journal as they stand at its end."""
    found: dict[tuple[str | None, int], Gap] = {}
    for entry in journal:
        if isinstance(entry, GapNoted):
            found[entry.gap.symbol, entry.gap.from_ns] = entry.gap
    return sorted(found.values(), key=lambda gap: (gap.from_ns, gap.symbol or ""))


def _holes(spans: Sequence[Span], gaps: Sequence[Gap]) -> tuple[Hole, ...]:
    """Give each silence of the line the reason of the gap that it lies in; then the other gaps."""
    whole = [gap for gap in gaps if gap.symbol is None]
    explained: set[int] = set()
    holes = []
    for from_ns, to_ns in spans:
        why = [
            n for n, gap in enumerate(whole)
            if gap.from_ns < to_ns and (gap.to_ns is None or gap.to_ns > from_ns)
        ]  # fmt: skip
        explained.update(why)
        reasons = dict.fromkeys(whole[n].reason for n in why)
        holes.append(Hole(from_ns, to_ns, None, "; ".join(reasons) or UNEXPLAINED))
    rest = [gap for n, gap in enumerate(whole) if n not in explained]
    rest += [gap for gap in gaps if gap.symbol is not None]
    holes += [Hole(gap.from_ns, gap.to_ns, gap.symbol, gap.reason) for gap in rest]
    return tuple(sorted(holes, key=lambda hole: hole.from_ns))


def _plain(part: Part) -> dict[str, Any]:
    coverage = None
    if part.coverage is not None:
        coverage = [
            {
                "venue": row["venue"], "symbol": row["symbol"], "expected": row["expected"],
                "messages": row["events"], "trades": row["trades"], "quotes": row["quotes"],
                "first_at": _at(row["first_ns"]), "last_at": _at(row["last_ns"]),
                "longest_silence_s": _seconds(row["silence_ns"]),
                "minutes": row["minutes"], "minutes_open": row["minutes_open"],
            }
            for row in part.coverage.iter_rows(named=True)
        ]  # fmt: skip
    return {
        "source": part.source,
        "rows": part.rows,
        "counts": part.counts(),
        "findings": [shown(finding) for finding in part.findings],
        "worst": [{"symbol": s, "count": n, "kinds": k} for s, n, k in part.worst()],
        "silent": [{"venue": venue, "symbol": symbol} for venue, symbol in part.silent()],
        "holes": [_hole(hole) for hole in part.holes],
        "skew": msgspec.to_builtins(part.skew) if part.skew else None,
        "covered": part.covered(),
        "coverage": coverage,
        "notes": list(part.notes),
    }


def _hole(hole: Hole) -> dict[str, Any]:
    span = None if hole.to_ns is None else hole.to_ns - hole.from_ns
    return {
        "from": kst(hole.from_ns).isoformat(), "to": _at(hole.to_ns), "seconds": _seconds(span),
        "symbol": hole.symbol, "reason": hole.reason,
    }  # fmt: skip


def _at(at_ns: int | None) -> str | None:
    return None if at_ns is None else kst(at_ns).isoformat()


def _seconds(span_ns: int | None) -> float | None:
    return None if span_ns is None else round(span_ns / SECOND_NS, 3)


def _skew(skew: Skew) -> str:
    drift = skew.drift_ms_per_hour
    return (
        f"{skew.least_ms:.0f} to {skew.most_ms:.0f} ms, median {skew.median_ms:.0f} ms, drift "
        + ("unknown" if drift is None else f"{drift:+.1f} ms/h")
    )


def _print_table(console: Console, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    if not rows:
        return
    table = Table(*head)
    for row in rows:
        table.add_row(*row)
    console.print(table)


def write_report(report: QualityReport, data_dir: Path) -> tuple[Path, Path]:
    """Write JSON and page into `data_dir/reports`; return both paths."""
    from collector.quality_page import quality_page  # Plotly: only where a page is made

    as_json, as_html = (report_path(data_dir, report.day, e) for e in ("json", "html"))
    as_json.parent.mkdir(parents=True, exist_ok=True)
    for path, text in (
        (as_html, quality_page(report)),
        (as_json, json.dumps(report.as_dict(), ensure_ascii=False)),
    ):
        draft = path.with_suffix(path.suffix + ".draft")
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    return as_json, as_html


def main(arguments: Sequence[str]) -> int:
    """Write the report of DATE below DATA_DIR. 0: written, or nothing to report on."""
    data_dir, day = Path(arguments[0]), date.fromisoformat(arguments[1])
    try:
        write_report(report_of_day(data_dir, day), data_dir)
    except NoData as nothing:
        sys.stdout.write(f"{nothing}\n")
    except MarketFileError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
