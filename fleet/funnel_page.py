"""Funnels of a day as a page: the strategies' gates beside each other, and what stopped whom."""

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from collector.page import Section, laid_out, page
from fleet.funnel_commands import health, when
from fleet.funnel_days import FunnelDay


def funnel_page(found: Sequence[FunnelDay]) -> str:
    """Return the HTML of one day's funnels. Nothing in it is loaded from elsewhere."""
    on = found[0].on
    sections = []
    if len(found) > 1:
        sections.append(Section("전략 비교 · Strategies side by side", (), [_beside(found)]))
    sections += [_section(each) for each in found]
    return page(f"{on} 관문 깔때기", f"Gate funnel, {on}", sections)


def _section(each: FunnelDay) -> Section:
    shares = [
        (g.gate, f"{g.reached:,}", f"{g.passed:,}", f"{g.stopped:,}",
         "-" if g.left_pct is None else f"{g.left_pct:.1f}") for g in each.gates
    ]  # fmt: skip
    stops = [(s.gate, f"{s.symbols:,}", when(s.by_time)) for s in each.stopped]
    blocks = [(reason, f"{symbols:,}") for reason, symbols in each.would_block.items()]
    mode = f"{each.mode or '-'} · rules {each.rules_hash} · {each.as_of:%H:%M:%S}"
    return Section(
        f"{each.strategy} ({each.environment})",
        (mode, health(each)),
        [_drawn(each)],
        [
            (("관문 gate", "도달 reached", "통과 passed", "탈락 stopped", "남음 left %"), shares),
            (("탈락 사유 stopped by", "종목 symbols", "시간대 when"), stops),
            (("엄격했다면 would block", "종목 symbols"), blocks),
        ],
    )


def _drawn(each: FunnelDay) -> Any:
    figure = go.Figure(_trace(each))
    title = f"{each.strategy}: 관문 통과 종목 · symbols that passed each gate"
    return laid_out(figure, title, 80 + 28 * len(each.gates))


def _beside(found: Sequence[FunnelDay]) -> Any:
    figure = go.Figure([_trace(each) for each in found])
    return laid_out(
        figure, "통과 종목 · symbols passed", 80 + 28 * max(len(e.gates) for e in found)
    )


def _trace(each: FunnelDay) -> Any:
    return go.Funnel(
        name=each.strategy,
        y=[gate.gate for gate in each.gates],
        x=[gate.passed for gate in each.gates],
        textinfo="value",
    )
