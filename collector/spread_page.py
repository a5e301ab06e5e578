"""The spreads between two venues as a page: when they crossed, for how long, for how much."""

from typing import Any

import plotly.graph_objects as go
import polars as pl

from collector.page import DOWN, UP, Section, laid_out, page
from collector.spread import DIRECTIONS, Spreads, kst_times
from kis_core.market.instants import SECOND_NS

_COLOURS = {"KRX>NXT": UP, "NXT>KRX": DOWN}
_NAMES = {"KRX>NXT": "KRX 매도, NXT 매수 · sell KRX, buy NXT",
          "NXT>KRX": "NXT 매도, KRX 매수 · sell NXT, buy KRX"}  # fmt: skip
_TABLE_MAX = 500


def spread_page(found: Spreads) -> str:
    """Return the HTML."""
    summary = found.summary()
    terms = found.terms
    figures = [
        (_NAMES[d], *(f"{one[key]:,}" for key in ("pairs", "crossings", "crossings_after_fees")),
         one["opportunities"], one["seconds"], one["best_bp"], one["best_net_bp"])
        for d, one in summary["directions"].items()
    ]  # fmt: skip
    overview = Section(
        "요약 · Summary",
        (
            f"기준 threshold {terms.threshold_bp} bp ({'순 net' if terms.net else '총 gross'}), "
            f"허용 시차 tolerance {terms.tolerance_s} s, 수수료 commission "
            f"{terms.commission_ppm} ppm a leg, 세금 포함 tax included",
        ),
        [opportunities_chart(found), seconds_chart(found)],
        [(("", "비교 pairs", "역전 crossings", "비용 후 after fees", "기회 opportunities",
           "초 seconds", "최고 best bp", "비용 후 net bp"), figures)],
    )  # fmt: skip
    best = kst_times(found.opportunities.sort("best_bp", descending=True).head(_TABLE_MAX))
    rows = [
        (r["symbol"], r["direction"], f"{r['start']:%H:%M:%S.%f}"[:12], f"{r['duration_s']:.3f}",
         r["updates"], f"{r['bid']:,}", f"{r['ask']:,}", f"{r['size']:,}", f"{r['best_bp']:.2f}",
         f"{r['mean_bp']:.2f}", "" if r["best_net_bp"] is None else f"{r['best_net_bp']:.2f}",
         f"{r['net_krw']:,}")
        for r in best.iter_rows(named=True)
    ]  # fmt: skip
    table = Section(
        "기회 · Opportunities",
        (),
        [symbol_chart(found, best["symbol"][0])] if rows else [],
        [(("종목 symbol", "방향 direction", "시작 start", "지속 s", "갱신 updates", "매도 bid",
           "매수 ask", "수량 size", "최고 bp", "평균 mean bp", "비용 후 net bp",
           "순익 net KRW"), rows)],
    )  # fmt: skip
    title = f"{found.day} KRX · NXT 스프레드"
    return page(title, f"KRX beside NXT, {found.rows:,} quotes", [overview, table])


def opportunities_chart(found: Spreads) -> Any:
    """Draw each opportunity where it began, as high as its best and as wide as its size."""
    figure = go.Figure()
    for direction in DIRECTIONS:
        own = kst_times(found.opportunities.filter(pl.col("direction") == direction))
        figure.add_scatter(
            x=own["start"].dt.cast_time_unit("us").to_list(), y=own["best_bp"].to_list(),
            mode="markers", name=_NAMES[direction],
            marker={"color": _COLOURS[direction],
                    "size": (own["duration_s"].clip(0, 20) * 1.5 + 5).to_list()},
            text=own["symbol"].to_list(), customdata=own["duration_s"].to_list(),
            hovertemplate="%{text} %{y:.1f} bp, %{customdata:.2f} s<extra></extra>",
        )  # fmt: skip
    figure.add_hline(y=found.terms.threshold_bp, line_dash="dot", line_color="#888")
    return laid_out(figure, "기회: 최고 bp, 크기는 지속 시간 · best bp, size is duration", 420)


def seconds_chart(found: Spreads) -> Any:
    """Draw updates and standing opportunities second by second."""
    seconds = found.seconds["second_ns"]
    whole = pl.DataFrame(
        {"second_ns": range(seconds.min(), seconds.max() + 1, SECOND_NS)}  # type: ignore[operator,arg-type]
    )
    # A second of which nothing is known stays empty: a line drawn through it would tell of quotes.
    own = kst_times(whole.join(found.seconds, on="second_ns", how="left", maintain_order="left"))
    x = own["second"].dt.cast_time_unit("us").to_list()
    figure = go.Figure()
    for column, colour in (("krx", UP), ("nxt", DOWN)):
        figure.add_scatter(
            x=x, y=own[column].to_list(), name=column.upper(), mode="lines", line={"color": colour}
        )
    figure.add_scatter(
        x=x, y=own["alive"].to_list(), name="기회 alive", yaxis="y2", mode="lines",
        line={"color": "#111", "shape": "hv"},
    )  # fmt: skip
    figure.update_layout(
        yaxis2={"overlaying": "y", "side": "right", "rangemode": "tozero", "showgrid": False}
    )
    return laid_out(figure, "초당 갱신과 동시 기회 · updates a second, opportunities alive")


def symbol_chart(found: Spreads, symbol: str) -> Any:
    """Draw one symbol's bid and ask that would have been traded, both ways."""
    figure = go.Figure()
    for direction in DIRECTIONS:
        mine = (pl.col("symbol") == symbol) & (pl.col("direction") == direction)
        own = kst_times(found.pairs.filter(mine))
        sold, bought = direction.split(">")
        x = own["arrived"].dt.cast_time_unit("us").to_list()
        for column, name, dash in (
            ("bid", f"{sold} bid", "solid"),
            ("ask", f"{bought} ask", "dot"),
        ):
            figure.add_scatter(
                x=x, y=own[column].to_list(), name=name, mode="lines",
                line={"color": _COLOURS[direction], "shape": "hv", "dash": dash},
            )  # fmt: skip
    return laid_out(figure, f"{symbol}: 매도 호가와 매수 호가 · bids and asks, KRW", 420)
