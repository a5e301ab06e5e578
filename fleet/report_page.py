"""The report as one self-contained HTML file: charts drawn by Plotly, whose script is inlined."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go
from jinja2 import Environment, FileSystemLoader, select_autoescape
from plotly.offline import get_plotlyjs

from fleet.funnel import Funnel, funnel_of

if TYPE_CHECKING:
    from fleet.report import Report

CHARTS_MAX = 12  # symbols drawn; the tables name all of them
TEMPLATE = "report.html.j2"
UP, DOWN = "#c0392b", "#2c6fbb"  # Korean convention: red rises, blue falls


def page(report: "Report") -> str:
    """Return the HTML of a report. Nothing in it is loaded from elsewhere."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=select_autoescape(default=True),
    )
    summary, found, c = report.summary(), report.findings, report.compared
    funnels = [funnel_of(name, content) for name, content in found.funnel.items()]
    traded = list(dict.fromkeys(trip["symbol"] for trip in found.explained))[:CHARTS_MAX]
    return environment.get_template(TEMPLATE).render(
        s=summary,
        plotly=get_plotlyjs(),
        trips=found.explained,
        names=report.truth.names,
        facts=lambda facts: " · ".join(f"{name} {value}" for name, value in facts.items()),
        pnl=_drawn(_pnl(found.explained)) if found.explained else "",
        charts=[_drawn(_chart(report, symbol)) for symbol in traded],
        funnels=[(funnel, _drawn(_funnel(funnel))) for funnel in funnels],
        books=[
            ("candles", c.candles_stored, c.candles_expected),
            ("candles that differ", c.candles_different, 0),
            ("orders", c.orders_sent, c.orders_at_broker),
            ("fills", c.fills_audit, c.fills_at_broker),
            ("allocations that differ from holdings", c.allocation_mismatches, 0),
            ("P&L, KRW", c.pnl_krw, c.broker_pnl_krw),
        ],
        gaps=found.gaps,
    )


def _drawn(figure: Any) -> str:
    html: str = figure.to_html(full_html=False, include_plotlyjs=False)
    return html


def _chart(report: "Report", symbol: str) -> Any:
    candles = report.findings.candles.get(symbol, [])
    at = [row[0] for row in candles]
    figure = go.Figure(
        go.Candlestick(
            x=at,
            open=[row[1] for row in candles],
            high=[row[2] for row in candles],
            low=[row[3] for row in candles],
            close=[row[4] for row in candles],
            increasing_line_color=UP,
            decreasing_line_color=DOWN,
            name="1분봉",
        )
    )
    for trip in report.findings.explained:
        if trip["symbol"] != symbol:
            continue
        entered, exited = (_naive(trip[key]) for key in ("entered_at", "exited_at"))
        figure.add_scatter(
            x=[entered, exited],
            y=[trip["entry_krw"], trip["exit_krw"]],
            mode="lines+markers",
            marker={"size": 11, "symbol": ["triangle-up", "triangle-down"], "color": "#111"},
            line={"color": "#111", "dash": "dot"},
            name=f"{trip['setup']} → {trip['exit_reason']}",
        )
        figure.add_hline(y=trip["stop_krw"], line_dash="dash", line_color=DOWN, opacity=0.5)
    name = report.truth.names.get(symbol, "")
    figure.update_layout(
        title=f"{symbol} {name}",
        xaxis_rangeslider_visible=False,
        height=420,
        template="plotly_white",
        margin={"l": 60, "r": 20, "t": 50, "b": 30},
    )
    return figure


def _pnl(trips: list[dict[str, Any]]) -> Any:
    ordered = sorted(trips, key=lambda trip: str(trip["exited_at"]))
    total, x, y = 0, [], []
    for trip in ordered:
        total += trip["realised_krw"]
        x.append(_naive(trip["exited_at"]))
        y.append(total)
    figure = go.Figure(
        go.Scatter(x=x, y=y, mode="lines+markers", line_shape="hv", line_color="#333")
    )
    figure.update_layout(
        title="누적 실현손익 · realised P&L after costs, KRW",
        height=280,
        template="plotly_white",
        margin={"l": 80, "r": 20, "t": 50, "b": 30},
    )
    return figure


def _funnel(funnel: Funnel) -> Any:
    figure = go.Figure(
        go.Funnel(
            y=[gate for gate, _ in funnel.passed],
            x=[passed for _, passed in funnel.passed],
            textinfo="value",
            marker={"color": "#5b7fa6"},
        )
    )
    figure.update_layout(
        title=f"{funnel.strategy}: symbols that passed each gate",
        height=60 + 28 * len(funnel.passed),
        template="plotly_white",
        margin={"l": 160, "r": 20, "t": 50, "b": 20},
    )
    return figure


def _naive(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=None)
