"""The quality report as a page: what was found, when nothing came, and how much was heard."""

from datetime import datetime
from typing import Any

import plotly.graph_objects as go
import polars as pl

from collector.faults import WORDS
from collector.page import DOWN, UP, Section, laid_out, page
from collector.quality_report import Part, QualityReport
from kis_core.clock import kst
from kis_core.market.instants import MINUTE_NS

_COLOURS = {"KRX": UP, "NXT": DOWN, "UN": "#6c7a89", "*": "#333"}
_TABLE_MAX = 500


def quality_page(report: QualityReport) -> str:
    """Return the HTML of a report."""
    sections = [section for part in report.parts for section in _sections(part)]
    title = f"{report.day} 시세 품질 보고서"
    return page(title, f"Quality of market data, {report.day}", sections)


def _sections(part: Part) -> list[Section]:
    rows = "" if part.rows is None else f" · {part.rows:,} 행 rows"
    found = Section(
        f"{part.source}: 발견 · Findings{rows}",
        part.notes,
        [_kinds(part)] if part.findings else [],
        [
            (("거래소 venue", "종류 kind", "", "건수 count"), [
                (venue, WORDS[kind][0], WORDS[kind][1], f"{n:,}")  # type: ignore[index]
                for venue, kinds in part.counts().items() for kind, n in kinds.items()
            ]),
            (("최다 종목 worst symbol", "건수 count", "종류 kinds"), part.worst()),
            (("거래소 venue", "종목 symbol", "종류 kind", "건수 count", "처음 first", "끝 last",
              "예 example"), [
                (f.venue, f.symbol, WORDS[f.kind][0], f"{f.count:,}", _clock(f.first_ns),
                 _clock(f.last_ns), f.example) for f in part.findings[:_TABLE_MAX]
            ]),
        ],
    )  # fmt: skip
    holes = Section(
        "수신 공백 · Holes",
        (),
        [_messages(part)] if part.minutes is not None else [],
        [(("부터 from", "까지 to", "초 seconds", "종목 symbol", "사유 reason"), [
            (_clock(h.from_ns), "계속 open" if h.to_ns is None else _clock(h.to_ns),
             "" if h.to_ns is None else f"{(h.to_ns - h.from_ns) / 1e9:.1f}", h.symbol or "*",
             h.reason) for h in part.holes
        ])],
    )  # fmt: skip
    sections = [found, holes]
    if part.skew:
        drift = part.skew.drift_ms_per_hour
        text = (
            f"{part.skew.minutes} 분 minutes: {part.skew.least_ms:.0f} … {part.skew.most_ms:.0f} "
            f"ms, 중앙값 median {part.skew.median_ms:.0f} ms, 드리프트 drift "
            + ("?" if drift is None else f"{drift:+.1f} ms/h")
        )
        sections.append(Section("시계 차이 · Arrival less event time", (text,)))
    if part.coverage is not None:
        sections.append(_coverage(part, part.coverage))
    return sections


def _coverage(part: Part, coverage: pl.DataFrame) -> Section:
    silent = [(venue, symbol) for venue, symbol in part.silent()]
    return Section(
        "종목별 수신율 · Coverage",
        (),
        [_shares(coverage)],
        [
            (("거래소 venue", "기대 expected", "수신 seen", "메시지 messages", "분 minutes"), [
                (venue, c["expected"], c["seen"], f"{c['messages']:,}",
                 "?" if c["minutes_share"] is None else f"{c['minutes_share']:.1%}")
                for venue, c in part.covered().items()
            ]),
            (("종일 무수신 silent all day: 거래소 venue", "종목 symbol"), silent),
            (("종목 symbol", "거래소 venue", "메시지 messages", "분 minutes", "처음 first",
              "끝 last", "최장 공백 longest silence, s"), [
                (r["symbol"], r["venue"], f"{r['events']:,}",
                 f"{r['minutes']} / {r['minutes_open']}", _clock(r["first_ns"]),
                 _clock(r["last_ns"]),
                 "" if r["silence_ns"] is None else f"{r['silence_ns'] / 1e9:.1f}")
                for r in coverage.sort("events").head(_TABLE_MAX).iter_rows(named=True)
            ]),
        ],
    )  # fmt: skip


def _kinds(part: Part) -> Any:
    figure = go.Figure()
    for venue, kinds in part.counts().items():
        figure.add_bar(
            x=[WORDS[kind][0] for kind in kinds],  # type: ignore[index]
            y=list(kinds.values()), name=venue, marker_color=_COLOURS[venue],
        )  # fmt: skip
    figure.update_layout(barmode="stack")
    return laid_out(figure, "종류별 건수 · findings by kind")


def _messages(part: Part) -> Any:
    figure = go.Figure()
    assert part.minutes is not None
    first, last = part.minutes["minute_ns"][0], part.minutes["minute_ns"][-1]
    minutes = range(first, last + 1, MINUTE_NS)
    for (venue,), own in part.minutes.group_by("venue", maintain_order=True):
        told = dict(own.select("minute_ns", "messages").iter_rows())
        figure.add_scatter(
            x=[_naive(at) for at in minutes], y=[told.get(at, 0) for at in minutes],
            name=str(venue), mode="lines+markers", line={"color": _COLOURS[str(venue)]},
        )  # fmt: skip
    for hole in part.holes:
        if hole.symbol is None and hole.to_ns is not None:
            figure.add_vrect(
                x0=_naive(hole.from_ns), x1=_naive(hole.to_ns), fillcolor="#f5b7b1", opacity=0.5,
                line_width=0,
            )  # fmt: skip
    return laid_out(figure, "분당 메시지, 붉은 띠는 공백 · messages a minute, holes shaded")


def _shares(coverage: pl.DataFrame) -> Any:
    figure = go.Figure()
    for (venue,), own in coverage.group_by("venue", maintain_order=True):
        possible = own.filter(pl.col("minutes_open") > 0)
        figure.add_histogram(
            x=(possible["minutes"] / possible["minutes_open"] * 100).to_list(), name=str(venue),
            marker_color=_COLOURS[str(venue)], xbins={"start": 0, "end": 101, "size": 5},
            opacity=0.6,
        )  # fmt: skip
    figure.update_layout(barmode="overlay")
    title = "메시지가 있던 분의 비율(%)별 종목 수 · symbols by share of minutes with a message"
    return laid_out(figure, title)


def _naive(at_ns: int) -> datetime:
    return kst(at_ns).replace(tzinfo=None)


def _clock(at_ns: int | None) -> str:
    return "" if at_ns is None else f"{kst(at_ns):%H:%M:%S.%f}"[:12]
