"""Findings on their way: journal, database, metrics, and the daily report in its three forms."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import polars as pl
import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.registry import Collector as Registered
from rich.console import Console
from typer.testing import CliRunner

from collector.faults import Finding, Thresholds
from collector.findings import Findings, Stream, metric, newest
from collector.journal import FindingsCounted, GapNoted, StreamsExpected
from collector.outbox import Outbox
from collector.quality_page import quality_page
from collector.quality_report import (
    UNEXPLAINED,
    NoData,
    QualityReport,
    report_of_day,
    report_of_file,
)
from collector.reports import Reports, report_path, unreported
from collector.settings import CollectorSettings, QualitySettings
from collector.shipper import Shipper
from collector.store import CandleStore
from config.load import load
from fleet.__main__ import app
from kis_core.clock import KST, TapeClock, ns
from kis_core.environment import Environment
from kis_core.market.calendar import TradingCalendar
from kis_core.market.events import Gap, Trade
from kis_core.market.instants import SECOND_NS

DAY = date(2025, 6, 2)
TEN = 1_748_822_400 * SECOND_NS + 3_600 * SECOND_NS  # 10:00 KST
CAPTURE = "dual_venue/kiwoom_best_quotes_20250909_1134_1144.parquet"


def trade(second: int, cum_volume: int, symbol: str = "005930") -> Trade:
    at = TEN + second * SECOND_NS
    return Trade(
        symbol, "KRX", at, at, 70_000, 10, cum_volume, 0, 1, None, None, False, False, None
    )


def told(*prints: tuple[int, int], calendar: TradingCalendar) -> Findings:
    """Findings of a day with these prints of 005930: (second after ten, cumulative volume)."""
    findings = Findings("kis", calendar, Thresholds())
    findings.begin(DAY, [])
    findings.take([trade(*one) for one in prints])
    return findings


async def stored(url: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [
            tuple(row)
            for row in await connection.fetch(
                "SELECT environment::text, source, trade_date, venue, symbol, kind, count,"
                " first_at, last_at, example FROM market_findings ORDER BY kind"
            )
        ]
    finally:
        await connection.close()


def test_only_what_has_changed_is_journaled(calendar: TradingCalendar) -> None:
    findings = told((0, 100), (1, 150), calendar=calendar)
    [entry] = findings.due(TEN)
    assert isinstance(entry, FindingsCounted)
    assert [(f.kind, f.count) for f in entry.findings] == [("volume_jump", 1)]
    assert findings.due(TEN) == []
    findings.take([trade(2, 160), trade(3, 300)])
    [later] = findings.due(TEN)
    assert isinstance(later, FindingsCounted)
    assert [(f.kind, f.count) for f in later.findings] == [("volume_jump", 2)]
    assert [f.count for f in entry.findings] == [1]  # what was journaled does not change


def test_a_restart_goes_on_from_the_journal(calendar: TradingCalendar, tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, DAY)
    first = told((0, 100), (1, 150), (2, 200), calendar=calendar)
    outbox.append(first.due(TEN))
    second = Findings("kis", calendar, Thresholds())
    second.begin(DAY, outbox.entries())
    assert [(f.kind, f.count) for f in second.totals()] == [("volume_jump", 2)]
    second.take([trade(10, 900), trade(11, 990)])
    outbox.append(second.due(TEN + 20 * SECOND_NS))
    [total] = newest(outbox.entries())["kis"].values()
    outbox.close()
    assert total == Finding(
        "volume_jump", "KRX", "005930", 3, TEN + SECOND_NS, TEN + 11 * SECOND_NS,
        "cumulative 150 after 100, print 10",
    )  # fmt: skip


def test_another_day_begins_from_nothing(calendar: TradingCalendar) -> None:
    findings = told((0, 100), (1, 150), calendar=calendar)
    findings.begin(date(2025, 6, 3), [])
    assert (findings.totals(), findings.due(TEN)) == ([], [])


def test_the_end_of_a_day_counts_the_silence_it_ends_in(calendar: TradingCalendar) -> None:
    findings = told((0, 100), calendar=calendar)
    [entry] = findings.finish(TEN + 1_000 * SECOND_NS)
    assert isinstance(entry, FindingsCounted)
    assert [f.kind for f in entry.findings] == ["gap"]


@pytest.mark.anyio
async def test_totals_reach_the_database_and_never_fall(
    database: str, calendar: TradingCalendar
) -> None:
    findings = told((0, 100), (1, 150), (2, 200), calendar=calendar)
    entries = [e for e in findings.due(TEN) if isinstance(e, FindingsCounted)]
    older = FindingsCounted(
        TEN, "kis", (Finding("volume_jump", "KRX", "005930", 1, TEN, TEN, "x"),)
    )
    async with CandleStore.open(database, Environment.PAPER, ("005930",)) as store:
        for _ in range(2):
            await store.write_findings(DAY, entries)
        await store.write_findings(DAY, [older])
    one, two = (datetime(2025, 6, 2, 10, 0, s) for s in (1, 2))  # noqa: DTZ001 - as stored
    assert await stored(database) == [
        ("real", "kis", DAY, "KRX", "005930", "volume_jump", 2, one, two,
         "cumulative 150 after 100, print 10")
    ]  # fmt: skip


@pytest.mark.anyio
async def test_a_database_that_was_away_gets_every_finding(
    database: str, calendar: TradingCalendar, tmp_path: Path, log: Any
) -> None:
    findings = told((0, 100), (1, 150), calendar=calendar)
    outbox = Outbox(tmp_path, DAY)
    outbox.append(findings.due(TEN))
    stopping = asyncio.Event()
    stopping.set()
    away = Shipper("postgresql://nobody@127.0.0.1:1/x", Environment.SIM, ["005930"], tmp_path, log)
    await away.run(lambda: outbox, stopping)
    assert outbox.unsent_bytes > 0
    findings.take([trade(2, 400)])
    outbox.append(findings.due(TEN))
    back = Shipper(database, Environment.SIM, ["005930"], tmp_path, log)
    await back.run(lambda: outbox, stopping)
    assert outbox.unsent_bytes == 0
    outbox.close()
    assert [(row[5], row[6]) for row in await stored(database)] == [("volume_jump", 2)]


def test_what_is_asked_is_told(calendar: TradingCalendar) -> None:
    findings = told((0, 100), (1, 150), (2, 150), calendar=calendar)
    status = findings.status(TEN + 3 * SECOND_NS)
    assert json.dumps(status)
    assert status["kinds"] == {"volume_jump": 1, "volume_short": 1}
    assert status["findings"][0]["ko"] == "체결 누락"
    assert (status["streams"], status["silent_count"]) == (1, 0)

    class Measures(Registered):
        def collect(self) -> Any:
            yield metric([findings])

    registry = CollectorRegistry()
    registry.register(Measures())
    line = 'collector_findings_total{kind="volume_jump",source="kis",venue="KRX"} 1.0'
    assert line in generate_latest(registry).decode()


def test_the_house_s_thresholds_are_those_of_the_page_about_them() -> None:
    settings = load(CollectorSettings, "collector")
    assert settings.quality.thresholds() == Thresholds()
    upside_down = settings.quality.model_dump() | {"stall_alone_s": 60}
    with pytest.raises(ValueError, match="stall_alone_s is below stall_s"):
        QualitySettings.model_validate(upside_down)


def test_the_collector_carries_neither_polars_nor_plotly() -> None:
    heavy = "[m for m in ('polars', 'plotly') if m in sys.modules]"
    asked = f"import sys, collector.__main__; print({heavy})"
    ran = subprocess.run((sys.executable, "-c", asked), capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


@pytest.fixture(scope="module")
def capture(kst_data: Path) -> QualityReport:
    """The report of the real capture."""
    return report_of_file(kst_data / CAPTURE)


def test_the_report_of_the_real_capture(capture: QualityReport) -> None:
    said = capture.as_dict()
    assert json.loads(json.dumps(said, ensure_ascii=False)) == said
    [source] = said["sources"]
    assert (said["date"], source["rows"]) == ("2025-09-09", 78_858)
    assert source["counts"] == {
        "*": {"gap": 1},
        "KRX": {"duplicate": 32, "repeated": 249},
        "NXT": {"duplicate": 150, "repeated": 242},
    }
    [hole] = source["holes"]
    assert hole == {
        "from": "2025-09-09T11:34:23.812433+09:00",
        "to": "2025-09-09T11:38:40.240578+09:00",
        "seconds": 256.428,
        "symbol": None,
        "reason": UNEXPLAINED,
    }
    assert [(s["venue"], s["symbol"]) for s in source["silent"]] == [
        ("NXT", "000640"), ("NXT", "002840"), ("NXT", "032300"), ("NXT", "035080"),
        ("NXT", "035150"), ("KRX", "058430"), ("NXT", "069260"), ("NXT", "453340"),
    ]  # fmt: skip
    assert source["covered"]["KRX"]["seen"] == 397
    assert len(source["coverage"]) == 2 * 398
    assert sum(row["messages"] for row in source["coverage"]) == 78_858
    # Eleven minutes were touched; four of them lie in the hole, and nothing was heard in those.
    busy = next(r for r in source["coverage"] if (r["symbol"], r["venue"]) == ("005930", "KRX"))
    assert (busy["minutes"], busy["minutes_open"]) == (7, 10)
    assert source["worst"][0] == {
        "symbol": "030530", "count": 68, "kinds": "duplicate 12, repeated 56"
    }  # fmt: skip


def test_some_symbols_at_a_time_give_the_same_as_all_at_once(
    capture: QualityReport, kst_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.quality_report.ROWS_AT_ONCE", 9_000)
    assert report_of_file(kst_data / CAPTURE).as_dict() == capture.as_dict()


def test_rows_without_a_symbol_are_told_of(tmp_path: Path, calendar: TradingCalendar) -> None:
    path = day_file(tmp_path)
    rows = pl.read_parquet(path).with_row_index()
    nobody = pl.when(pl.col("index") == 7).then(None).otherwise("symbol").alias("symbol")
    rows.with_columns(nobody).drop("index").write_parquet(path)
    [part] = report_of_day(tmp_path, DAY, (), calendar).parts
    assert (part.rows, part.notes) == (239, ("1 rows left out: no symbol",))


def test_the_page_of_the_real_capture_stands_alone(capture: QualityReport) -> None:
    html = quality_page(capture)
    for text in ("시세 품질 보고서", "수신 공백 · Holes", "256.4", "완전 중복", "030530", "Plotly"):
        assert text in html
    assert "<script src" not in html
    assert "<link" not in html


def test_the_table_of_the_real_capture(capture: QualityReport) -> None:
    console = Console(width=100, record=True, file=open_nothing())
    capture.print(console)
    text = console.export_text()
    for word in ("duplicate", "재전송", "256.428", "silent all day", "56.6%"):
        assert word in text


def open_nothing() -> Any:
    import io

    return io.StringIO()


def day_file(folder: Path, source: str = "kiwoom", ending: str = "") -> Path:
    """A small day file: two streams, a quote each second, ten minutes' silence in between."""
    seconds = [*range(60), *range(660, 720)]
    rows = [
        (TEN + s * SECOND_NS + n, "book", symbol, "KRX", 70_100, 5 + s, 70_000, 7)
        for s in seconds
        for n, symbol in enumerate(("005930", "000660"))
    ]
    path = folder / "days" / source / f"market_data_20250602{ending}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    names = ("arrived_ns", "kind", "symbol", "venue", "ask_krw_1", "ask_shares_1", "bid_krw_1")
    pl.DataFrame(rows, schema=[*names, "bid_shares_1"], orient="row").write_parquet(path)
    return path


def journal(folder: Path, *entries: Any) -> None:
    outbox = Outbox(folder, DAY)
    outbox.append(entries)
    outbox.close()


def test_what_a_source_was_promised_is_what_the_report_expects(
    tmp_path: Path, calendar: TradingCalendar
) -> None:
    day_file(tmp_path)
    streams: tuple[Stream, ...] = (("KRX", "005930"), ("NXT", "005930"))
    journal(tmp_path / "collector" / "kiwoom", StreamsExpected(TEN, "kiwoom", streams))
    report = report_of_day(tmp_path, DAY, [("KRX", "035720")], calendar)
    [part] = report.parts
    assert part.silent() == [("NXT", "005930")]


def test_a_file_that_holds_nothing_costs_no_other_source_its_report(
    tmp_path: Path, calendar: TradingCalendar
) -> None:
    day_file(tmp_path)
    empty = day_file(tmp_path, "kis")
    pl.read_parquet(empty).clear().write_parquet(empty)
    report = report_of_day(tmp_path, DAY, (), calendar)
    assert [(part.source, part.rows) for part in report.parts] == [("kis", None), ("kiwoom", 240)]
    assert "holds no trades and no quotes" in report.parts[0].notes[0]


def test_a_hole_has_the_reason_that_the_journal_knows(
    tmp_path: Path, calendar: TradingCalendar
) -> None:
    day_file(tmp_path)
    lost = Gap(None, TEN + 59 * SECOND_NS, None, "line lost: reset by peer")
    back = Gap(None, lost.from_ns, TEN + 660 * SECOND_NS, lost.reason)
    refused = Gap("035720", TEN, None, "registration refused")
    apart = tmp_path / "collector" / "kiwoom"
    journal(apart, *(GapNoted(TEN, gap) for gap in (lost, back, refused)))
    journal(tmp_path / "collector", GapNoted(TEN, Gap(None, TEN, None, "of another line")))
    expected = [("KRX", "005930"), ("KRX", "000660"), ("KRX", "035720")]
    report = report_of_day(tmp_path, DAY, expected, calendar)
    [part] = report.parts
    assert [(h.symbol, h.reason) for h in part.holes] == [
        ("035720", "registration refused"), (None, "line lost: reset by peer")
    ]  # fmt: skip
    assert part.silent() == [("KRX", "035720")]
    assert part.covered()["KRX"] == {
        "expected": 3, "seen": 2, "seen_of_expected": 2, "messages": 240,
        "minutes_share": round(4 / 36, 4),
    }  # fmt: skip
    for name in ("035720", "registration refused", "계속 open"):
        assert name in quality_page(report)


def test_parts_of_a_day_are_read_as_one(tmp_path: Path, calendar: TradingCalendar) -> None:
    day_file(tmp_path)
    whole = pl.read_parquet(day_file(tmp_path))
    late = tmp_path / "days" / "kiwoom" / "market_data_20250602.2.parquet"
    whole.tail(40).write_parquet(late)
    whole.head(200).write_parquet(tmp_path / "days" / "kiwoom" / "market_data_20250602.parquet")
    [part] = report_of_day(tmp_path, DAY, (), calendar).parts
    assert (part.rows, part.counts()) == (240, {"*": {"gap": 1}})


def test_without_a_file_the_journal_tells(tmp_path: Path, calendar: TradingCalendar) -> None:
    findings = told((0, 100), (1, 150), calendar=calendar)
    journal(
        tmp_path / "collector",
        *findings.due(TEN),
        GapNoted(TEN, Gap(None, TEN, None, "started late")),
    )
    report = report_of_day(tmp_path, DAY, (), calendar)
    [part] = report.parts
    assert (part.source, part.rows, part.counts()) == ("kis", None, {"KRX": {"volume_jump": 1}})
    assert [hole.reason for hole in part.holes] == ["started late"]
    assert "as counted when it was heard" in quality_page(report)
    assert json.dumps(report.as_dict())


def test_a_day_of_which_nothing_is_left_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoData, match="2025-06-02: neither a day file in"):
        report_of_day(tmp_path, DAY)


@pytest.mark.anyio
async def test_the_collector_has_reports_written_beside_it(
    tmp_path: Path, log: Any, until: Callable[..., Any]
) -> None:
    day_file(tmp_path)
    journal(tmp_path / "collector", GapNoted(TEN, Gap(None, TEN, TEN + 1, "restart")))
    noon = datetime(2025, 6, 3, 12, tzinfo=KST)
    reports = Reports(tmp_path, TapeClock(ns(noon)), log)
    assert unreported(tmp_path, noon.date()) == [DAY]
    running = asyncio.create_task(reports.run())
    async with asyncio.timeout(60):
        while not reports.written and not reports.failures:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.05)
    running.cancel()
    assert (reports.failures, unreported(tmp_path, noon.date())) == (0, [])
    said = json.loads(report_path(tmp_path, DAY, "json").read_text("utf-8"))
    assert said["sources"][0]["rows"] == 240
    assert "시세 품질 보고서" in report_path(tmp_path, DAY, "html").read_text("utf-8")


@pytest.mark.anyio
async def test_a_report_that_cannot_be_written_ends_nothing(tmp_path: Path, log: Any) -> None:
    day_file(tmp_path).write_bytes(b"torn")
    reports = Reports(tmp_path, TapeClock(TEN), log)
    await reports.write(DAY)
    assert reports.failures == 1
    [(event, facts)] = log.lines
    assert event == "REPORT_FAILED"
    assert "market_data_20250602.parquet: not a Parquet file" in facts["why"]


def test_reports_far_back_are_not_made_up(tmp_path: Path) -> None:
    days = [DAY + timedelta(days=n) for n in range(3)]
    for day in days:
        outbox = Outbox(tmp_path / "collector", day)
        outbox.close()
    report_path(tmp_path, days[0], "json").parent.mkdir()
    report_path(tmp_path, days[0], "json").write_text("{}")
    assert unreported(tmp_path, days[2]) == [days[1]]


def test_the_commands_say_it_in_every_form(kst_data: Path, tmp_path: Path) -> None:
    run = CliRunner().invoke
    page = tmp_path / "page.html"
    for command in (["quality", "--file"], ["spread"]):
        asked = [*command, str(kst_data / CAPTURE)]
        answer = run(app, [*asked, "--json", "--html", str(page)])
        assert answer.exit_code == 0, answer.output
        assert json.loads(answer.stdout.splitlines()[-1])["date"] == "2025-09-09"
        assert page.read_text("utf-8").startswith("<!doctype html>")
        page.unlink()
        shown = run(app, asked)
        assert shown.exit_code == 0, shown.output
        assert "NXT" in shown.stdout


@pytest.mark.parametrize("command", [["quality", "--file"], ["spread"]], ids=["quality", "spread"])
def test_a_bad_file_ends_a_command_in_one_sentence(command: list[str], tmp_path: Path) -> None:
    bad = tmp_path / "market_data_20250602.parquet"
    pl.DataFrame({"timestamp": [1], "symbol": ["A"]}).write_parquet(bad)
    answer = CliRunner().invoke(app, [*command, str(bad)])
    assert answer.exit_code == 1
    assert f"kst: {bad}: column venue is missing" in answer.stderr
