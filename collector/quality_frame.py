"""What is wrong with a whole day's market data: the findings of `collector.quality`, by columns.

The same rows give the same findings either way: kinds, counts, times and examples. Here they are
found by polars over `market_frame`'s columns, millions of rows in seconds.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from collector.faults import (
    EVERYTHING,
    Finding,
    Kind,
    Known,
    Skew,
    Span,
    audible_ns,
    fell_text,
    gap_text,
    grid_text,
    is_stall,
    limits_text,
    order_text,
    print_text,
    quote_text,
    skew_of,
    skew_text,
    stall_text,
    volume_text,
)
from kis_core.market.instants import MINUTE_NS
from kis_core.market.ticks import Grid, is_on_tick, may_print

_STREAM = ("venue", "symbol")
_Row = dict[str, Any]
_Seen = tuple[int, Finding]  # the row it was seen in first


@dataclass(frozen=True, slots=True)
class DayQuality:
    """What a day's frame told."""

    findings: tuple[Finding, ...]  # most frequent first
    holes: tuple[Span, ...]  # of the whole line, oldest first
    lags: tuple[tuple[int, int], ...]  # (start of a minute, smallest lag in it), ns
    streams: pl.DataFrame
    """A row a stream: venue, symbol, events, trades, quotes, first_ns, last_ns, silence_ns."""

    @property
    def skew(self) -> Skew | None:
        """How far arrivals lie behind event times."""
        return skew_of(self.lags)


def find(
    rows: pl.DataFrame,
    known: Known,
    end_ns: int | None = None,
    holes: Sequence[Span] | None = None,
) -> DayQuality:
    """Find everything in a frame sorted by arrival; silences are looked at up to `end_ns`.

    Where the frame holds only some symbols of a day, `end_ns` and `holes` are those of the whole
    line (`holes_of`); the holes are then no findings of this frame, but of `together`.
    """
    rows = rows.with_row_index("row")
    last_ns = int(rows["arrived_ns"][-1])
    end_ns = last_ns if end_ns is None else end_ns
    is_all = holes is None
    own = holes_of(rows["arrived_ns"], known, end_ns) if holes is None else list(holes)
    merged: dict[tuple[Kind, str, str], _Seen] = {}
    for seen in sorted([*_trade_faults(rows, known), *_quote_faults(rows, known)], key=_row_of):
        had = merged.setdefault(seen[1].key, seen)[1]  # prints and quotes may both be late
        if had is not seen[1]:
            had.count += seen[1].count
            had.last_ns = max(had.last_ns, seen[1].last_ns)
    found = [finding for _, finding in merged.values()]
    found += _stalls(rows, known, own, end_ns)
    found += _gap_findings(own) if is_all else []
    return DayQuality(_ranked(found), tuple(own), _lags(rows), _coverage(rows, end_ns))


def together(parts: Sequence[DayQuality], holes: Sequence[Span]) -> DayQuality:
    """Put together what was found in one day's symbols, each of them in one of the parts."""
    found = [finding for part in parts for finding in part.findings]
    least: dict[int, int] = {}
    for minute, lag in (each for part in parts for each in part.lags):
        least[minute] = min(lag, least.get(minute, lag))
    streams = pl.concat([part.streams for part in parts]).sort("symbol", "venue")
    findings = _ranked([*found, *_gap_findings(holes)])
    return DayQuality(findings, tuple(holes), tuple(sorted(least.items())), streams)


def _ranked(found: list[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(found, key=lambda f: (-f.count, f.key)))


def _row_of(seen: _Seen) -> int:
    return seen[0]


def _trade_faults(rows: pl.DataFrame, known: Known) -> list[_Seen]:
    t = known.thresholds
    frame = _bounded(rows.filter(pl.col("kind") == "trade"), known)
    frame = frame.with_columns(
        before=pl.col("cum_volume").cum_max().forward_fill().shift(1).over(_STREAM),
        newest=pl.col("at_ns").cum_max().forward_fill().shift(1).over(_STREAM),
        lag=pl.col("arrived_ns") - pl.col("at_ns"),
        same=pl.all_horizontal(
            pl.col(c).eq_missing(pl.col(c).shift(1).over(_STREAM))
            for c in ("at_ns", "price", "volume", "cum_volume")
        ),
    )
    broken = (pl.col("cum_volume") != pl.col("before") + pl.col("volume")) & (pl.col("before") >= 0)
    fault = broken & ~pl.col("same")
    fell = fault & (pl.col("cum_volume") < pl.col("before"))
    jump = fault & (pl.col("cum_volume") > pl.col("before") + pl.col("volume"))
    prices = _impossible(frame, ["price"], known, may_print)

    def print_of(row: _Row) -> str:
        return print_text(row["price"], row["volume"], row["cum_volume"])

    def volume_of(row: _Row) -> str:
        return volume_text(row["cum_volume"], row["before"], row["volume"])

    return [
        *_timed(frame, known),
        *_grouped(frame, "duplicate", broken & pl.col("same"), print_of),
        *_grouped(frame, "volume_fell", fell, volume_of),
        *_grouped(frame, "volume_jump", jump, volume_of),
        *_grouped(frame, "volume_short", fault & ~fell & ~jump, volume_of),
        *_grouped(
            frame,
            "out_of_order",
            pl.col("newest") - pl.col("at_ns") >= t.resolution_ns,
            lambda row: order_text(row["at_ns"], row["newest"]),
        ),
        *_grouped(
            frame, "bad_size", (pl.col("volume") <= 0) | (pl.col("cum_volume") < 0), print_of
        ),
        *_grouped(frame, "off_grid", prices["price"], lambda r: grid_text(r["price"], "print")),
        *_limited(frame, ["price"]),
    ]


def _quote_faults(rows: pl.DataFrame, known: Known) -> list[_Seen]:
    t = known.thresholds
    frame = _bounded(rows.filter(pl.col("kind") == "quote"), known)
    asks, bids = ([side, *(f"{side}_{n}" for n in range(2, 11))] for side in ("ask", "bid"))
    levels = [c for c in (*asks, *bids) if c in frame.columns]
    sizes = [c for c in frame.columns if "_size" in c]
    content = ["at_ns", *levels, *sizes, "cum_volume"]
    frame = frame.with_columns(
        newest=pl.col("at_ns").cum_max().forward_fill().shift(1).over(_STREAM),
        lag=pl.col("arrived_ns") - pl.col("at_ns"),
        soon=pl.col("arrived_ns") - pl.col("arrived_ns").shift(1).over(_STREAM),
        same=pl.all_horizontal(
            pl.col(c).eq_missing(pl.col(c).shift(1).over(_STREAM)) for c in content
        ),
        before=pl.col("cum_volume").cum_max().forward_fill().shift(1).over(_STREAM),
    )
    again = pl.col("same") & (pl.col("soon") <= t.repeat_ns)
    prices = _impossible(frame, levels, known, is_on_tick)

    def best_of(row: _Row) -> str:
        return quote_text(row["ask"], row["ask_size"], row["bid"], row["bid_size"])

    def wrong_of(row: _Row) -> str:
        for level in levels:
            grid = known.grids.get(row["symbol"], "STOCK")
            if row[level] is not None and not is_on_tick(row[level], grid):
                return grid_text(row[level], "quote")
        raise AssertionError(row)

    crossed = (pl.col("bid") >= pl.col("ask")) & ~pl.col("in_auction").fill_null(value=False)
    return [
        *_timed(frame, known),
        *_grouped(frame, "duplicate", again & (pl.col("soon") == 0), best_of),
        *_grouped(frame, "repeated", again & (pl.col("soon") > 0), best_of),
        *_grouped(
            frame,
            "out_of_order",
            pl.col("newest") - pl.col("at_ns") >= t.resolution_ns,
            lambda row: order_text(row["at_ns"], row["newest"]),
        ),
        *_grouped(
            frame,
            "volume_fell",
            pl.col("cum_volume") < pl.col("before"),
            lambda row: fell_text(row["cum_volume"], row["before"]),
        ),
        *_grouped(frame, "off_grid", pl.any_horizontal(list(prices.values())), wrong_of),
        *_grouped(frame, "bad_size", pl.any_horizontal(pl.col(s) <= 0 for s in sizes), best_of),
        *_grouped(frame, "crossed", crossed & _continuous(known), best_of),
        *_limited(frame, levels),
    ]


def _grouped(
    frame: pl.DataFrame, kind: Kind, fault: pl.Expr, say: Callable[[_Row], str]
) -> list[_Seen]:
    """Return a finding a stream of the rows where `fault` holds."""
    wrong = frame.filter(fault)
    if wrong.is_empty():
        return []
    groups = wrong.group_by(_STREAM, maintain_order=True).agg(
        pl.len().alias("len"), pl.col("arrived_ns").max().alias("last"), pl.col("row").first()
    )
    examples = {
        row["row"]: row
        for row in wrong.filter(pl.col("row").is_in(groups["row"].implode())).to_dicts()
    }
    found = []
    for venue, symbol, count, last_ns, row in groups.iter_rows():
        first = examples[row]
        finding = Finding(kind, venue, symbol, count, first["arrived_ns"], last_ns, say(first))
        found.append((row, finding))
    return found


def _timed(frame: pl.DataFrame, known: Known) -> list[_Seen]:
    t = known.thresholds

    def said(row: _Row) -> str:
        return skew_text(row["lag"])

    return [
        *_grouped(frame, "late", pl.col("lag") > t.resolution_ns + t.late_ns, said),
        *_grouped(frame, "ahead", -pl.col("lag") > t.ahead_ns, said),
    ]


def _bounded(frame: pl.DataFrame, known: Known) -> pl.DataFrame:
    limits = pl.DataFrame(
        [(symbol, *ends) for symbol, ends in known.limits.items()],
        schema={"symbol": pl.String, "lower": pl.Int64, "upper": pl.Int64},
        orient="row",
    )
    return frame.join(limits, on="symbol", how="left", maintain_order="left")


def _limited(frame: pl.DataFrame, prices: list[str]) -> list[_Seen]:
    def beyond(price: str) -> pl.Expr:
        return (pl.col(price) < pl.col("lower")) | (pl.col(price) > pl.col("upper"))

    def said(row: _Row) -> str:
        wrong = next(
            row[p] for p in prices
            if row[p] is not None and not row["lower"] <= row[p] <= row["upper"]
        )  # fmt: skip
        return limits_text(wrong, row["lower"], row["upper"])

    fault = pl.any_horizontal(beyond(price) for price in prices)
    return _grouped(frame, "outside_limits", fault, said)


def _impossible(
    frame: pl.DataFrame, columns: list[str], known: Known, possible: Callable[[int, Grid], bool]
) -> dict[str, pl.Expr]:
    """Return for each column where its price cannot be; each distinct price is looked at once."""
    etfs = [symbol for symbol, grid in known.grids.items() if grid == "ETF"]
    is_etf = pl.col("symbol").is_in(etfs)
    found = {}
    for column in columns:
        seen = frame[column].drop_nulls().unique().to_list()
        wrong: dict[Grid, list[int]] = {
            "STOCK": [p for p in seen if p < 0 or not possible(p, "STOCK")],
            "ETF": [p for p in seen if p < 0 or not possible(p, "ETF")] if etfs else [],
        }
        found[column] = (
            pl.when(is_etf)
            .then(pl.col(column).is_in(wrong["ETF"]))
            .otherwise(pl.col(column).is_in(wrong["STOCK"]))
        )
    return found


def _continuous(known: Known) -> pl.Expr:
    """Where a book must not be crossed: inside a venue's own continuous trading."""
    at, tail = pl.col("arrived_ns"), known.thresholds.auction_tail_ns
    holds = pl.lit(value=False)
    for venue, spans in (("KRX", known.sessions.krx), ("NXT", known.sessions.nxt)):
        for start, end in spans:
            within = (at >= start + tail) & (at < end)
            holds = holds | ((pl.col("venue") == venue) & within)
    return holds


def holes_of(heard: pl.Series, known: Known, end_ns: int) -> list[Span]:
    """Return the holes of a line, from its arrivals in order (ns) up to `end_ns`."""
    wide = pl.select(from_ns=heard.shift(1), to_ns=heard).filter(
        pl.col("to_ns") - pl.col("from_ns") > known.thresholds.line_gap_ns
    )
    spans = [(a, b) for a, b in wide.iter_rows()]
    last = heard[-1]
    if end_ns - last > known.thresholds.line_gap_ns:
        spans.append((last, end_ns))
    either, enough = known.sessions.either, known.thresholds.line_gap_ns
    return [(a, b) for a, b in spans if audible_ns(either, (), a, b) > enough]


def _gap_findings(holes: Sequence[Span]) -> list[Finding]:
    if not holes:
        return []
    first, last = holes[0], holes[-1]
    said = gap_text(*first)
    return [Finding("gap", EVERYTHING, EVERYTHING, len(holes), first[0], last[1], said)]


def _stalls(rows: pl.DataFrame, known: Known, holes: list[Span], end_ns: int) -> list[Finding]:
    """Few silences are long enough to be asked about; those are looked at one by one."""
    enough = known.thresholds.stall_ns
    by_stream = rows.select(*_STREAM, "row", "arrived_ns").with_columns(
        from_ns=pl.col("arrived_ns").shift(1).over(_STREAM),
        from_row=pl.col("row").shift(1).over(_STREAM),
    )
    within = by_stream.filter(pl.col("arrived_ns") - pl.col("from_ns") > enough).select(
        *_STREAM, "from_ns", "from_row", to_ns="arrived_ns", to_row="row"
    )
    ends = by_stream.group_by(_STREAM, maintain_order=True).last()
    at_end = ends.filter(end_ns - pl.col("arrived_ns") > enough).select(
        *_STREAM, from_ns="arrived_ns", from_row="row",
        to_ns=pl.lit(end_ns, pl.Int64), to_row=pl.lit(rows.height, pl.UInt32),
    )  # fmt: skip
    places: dict[tuple[str, str], list[int]] = {}
    found: dict[tuple[str, str], Finding] = {}
    for venue, symbol, from_ns, from_row, to_ns, to_row in (
        pl.concat([within, at_end], how="vertical_relaxed").sort("to_row").iter_rows()
    ):
        sibling = ({"KRX": "NXT", "NXT": "KRX"}.get(venue, ""), symbol)
        if sibling not in places:
            of_it = (pl.col("venue") == sibling[0]) & (pl.col("symbol") == symbol)
            places[sibling] = rows.filter(of_it)["row"].to_list()
        told = bisect_left(places[sibling], to_row) - bisect_left(places[sibling], from_row)
        silent_ns = audible_ns(known.sessions.of(venue), holes, from_ns, to_ns)
        if not is_stall(known, silent_ns, told):
            continue
        had = found.get((venue, symbol))
        if had is None:
            said = stall_text(from_ns, to_ns, told)
            found[venue, symbol] = Finding("stalled", venue, symbol, 1, from_ns, to_ns, said)
        else:
            had.count += 1
            had.last_ns = to_ns
    return list(found.values())


def _lags(rows: pl.DataFrame) -> tuple[tuple[int, int], ...]:
    return tuple(
        rows.filter(pl.col("at_ns").is_not_null())
        .group_by((pl.col("arrived_ns") // MINUTE_NS * MINUTE_NS).alias("minute"))
        .agg((pl.col("arrived_ns") - pl.col("at_ns")).min())
        .sort("minute")
        .iter_rows()
    )


def _coverage(rows: pl.DataFrame, end_ns: int) -> pl.DataFrame:
    return (
        rows.group_by(_STREAM)
        .agg(
            events=pl.len(),
            trades=(pl.col("kind") == "trade").sum(),
            quotes=(pl.col("kind") == "quote").sum(),
            first_ns=pl.col("arrived_ns").min(),
            last_ns=pl.col("arrived_ns").max(),
            silence_ns=pl.max_horizontal(
                pl.col("arrived_ns").diff().max(), end_ns - pl.col("arrived_ns").max()
            ),
        )
        .sort("symbol", "venue")
    )
