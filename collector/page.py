"""One self-contained HTML page of tables and charts. Plotly's script is inlined, nothing loaded."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape
from plotly.offline import get_plotlyjs

UP, DOWN = "#c0392b", "#2c6fbb"  # Korean convention: red rises, blue falls
TEMPLATE = "page.html.j2"


@dataclass(frozen=True)
class Section:
    """A heading in both languages, text, charts (Plotly figures) and tables (head, rows)."""

    heading: str
    texts: Sequence[str] = ()
    charts: Sequence[Any] = ()
    tables: Sequence[tuple[Sequence[str], Sequence[Sequence[object]]]] = field(default=())


def page(title: str, under: str, sections: Sequence[Section]) -> str:
    """Return the HTML."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=select_autoescape(default=True)
    )
    drawn = [
        (section, [chart.to_html(full_html=False, include_plotlyjs=False) for chart in s_charts])
        for section, s_charts in ((s, s.charts) for s in sections)
    ]
    return environment.get_template(TEMPLATE).render(
        title=title, under=under, sections=drawn, plotly=get_plotlyjs()
    )


def laid_out(figure: Any, title: str, height: int = 320) -> Any:
    """Give a figure the page's look."""
    figure.update_layout(
        title=title, height=height, template="plotly_white",
        margin={"l": 70, "r": 20, "t": 50, "b": 40},
        legend={"orientation": "h", "y": 1.1, "x": 1, "xanchor": "right"},
    )  # fmt: skip
    return figure
