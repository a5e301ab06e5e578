"""KRX beside NXT: what it would have paid to sell on one venue and buy on the other.

The quotes of both venues are joined as of each moment either of them speaks: what one venue said
last stands for `tolerance_s`, then it counts as unknown. Sold is at the bid of one venue, bought at
the ask of the other; both ways are looked at. An opportunity is a run of moments without a break
in which the spread is more than a threshold; it ends when the spread falls, or when one of the two
quotes is too old. Returns polars frames, so that a notebook may go on from there.

A quote here is what a broker conflated (Kiwoom: one each 200 ms), as this machine heard it: that
two prices stood at the same instant, and that both could have been had, it does not prove.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

import polars as pl

from collector.market_frame import MarketFileError, MarketFrame, read_market_file
from kis_core.market.costs import MILLION, Market, sell_taxes_ppm
from kis_core.market.instants import KST_OFFSET_NS, SECOND_NS

Direction = Literal["KRX>NXT", "NXT>KRX"]
"""Sold on the first, bought on the second."""
DIRECTIONS: tuple[Direction, Direction] = ("KRX>NXT", "NXT>KRX")
BP = 10_000


@dataclass(frozen=True, slots=True)
class Terms:
    """What counts as an opportunity, and what it costs."""

    tolerance_s: float = 2.0
    threshold_bp: float = 5.0
    net: bool = False  # the threshold is one of the spread after fees
    commission_ppm: int = 140  # of each leg's value, millionths
    markets: Mapping[str, Market] = field(default_factory=dict)  # KOSPI where a symbol is not in it

    def __post_init__(self) -> None:
        if self.tolerance_s <= 0 or self.commission_ppm < 0:
            raise ValueError(
                f"tolerance {self.tolerance_s} s, commission {self.commission_ppm} ppm: "
                "expected a tolerance above 0 and a commission of 0 or more"
            )


@dataclass(frozen=True, slots=True)
class Spreads:
    """What came of two venues side by side. Times are arrivals in ns, money in KRW."""

    day: date
    terms: Terms
    rows: int
    pairs: pl.DataFrame
    """A row a moment and direction at which both sides are known: `arrived_ns`, `until_ns` (up to
    when it stands), `symbol`, `direction`, `bid`, `ask`, `size`, `gross_krw`, `gross_bp` (a share),
    `net_krw`, `net_bp` (all of `size`, after commissions and tax)."""
    opportunities: pl.DataFrame
    """A row a run: `symbol`, `direction`, `start_ns`, `end_ns`, `duration_s`, `updates`, `best_bp`,
    `mean_bp`, `best_net_bp`, and `size`, `bid`, `ask`, `gross_krw`, `net_krw` at its best."""
    seconds: pl.DataFrame
    """A row a second with an update: `second_ns`, `updates`, `krx`, `nxt`, `alive` (opportunities
    that stood at some time in it)."""
    joins: dict[str, int]
    """As the logger's seed counted: quotes of KRX that met one of NXT at the very instant, or
    within the tolerance before; and how many of the latter cross either way."""

    def summary(self) -> dict[str, Any]:
        """Return the figures as plain values."""
        found = self.opportunities
        both = {d: self.pairs.filter(pl.col("direction") == d) for d in DIRECTIONS}
        return {
            "date": self.day.isoformat(),
            "rows": self.rows,
            "tolerance_s": self.terms.tolerance_s,
            "threshold_bp": self.terms.threshold_bp,
            "threshold_of": "net" if self.terms.net else "gross",
            "joins": self.joins,
            "directions": {d: _figures(both[d], found.filter(pl.col("direction") == d))
                           for d in DIRECTIONS},
            "updates_per_s": _spread_of(self.seconds["updates"]),
            "alive_per_s": _spread_of(self.seconds["alive"]),
        }  # fmt: skip


def spreads_of_file(
    path: Path, terms: Terms | None = None, symbols: Collection[str] | None = None
) -> Spreads:
    """Return the spreads in a day's file, or of some symbols of it.

    Some 700 bytes of memory a quote are needed. Raises MarketFileError where it cannot be read.
    """
    frame = read_market_file(path, symbols)
    if frame.rows.is_empty():
        raise MarketFileError(path, f"holds nothing of {', '.join(sorted(symbols or ()))}")
    return spreads(frame, terms)


def spreads(frame: MarketFrame, terms: Terms | None = None) -> Spreads:
    """Return the spreads between the venues of a day."""
    terms = terms or Terms()
    quotes = (
        frame.quotes()
        .filter(pl.col("venue").is_in(["KRX", "NXT"]))
        .select("arrived_ns", "symbol", "venue", "ask", "ask_size", "bid", "bid_size")
    )
    tolerance_ns = int(terms.tolerance_s * SECOND_NS)
    standing = _standing(quotes, tolerance_ns)
    pairs = pl.concat([_pairs(standing, d, frame.day, terms) for d in DIRECTIONS]).sort(
        "symbol", "direction", "arrived_ns", maintain_order=True
    )
    found = _opportunities(pairs, terms)
    return Spreads(
        frame.day,
        terms,
        quotes.height,
        pairs,
        found,
        _seconds(quotes, found),
        _joins(quotes, tolerance_ns),
    )


def _standing(quotes: pl.DataFrame, tolerance_ns: int) -> pl.DataFrame:
    """Return a row for each quote, with what both venues say from then on, and until when."""
    sides = ("ask", "ask_size", "bid", "bid_size")
    frame = quotes.sort("arrived_ns", maintain_order=True)
    for venue in ("krx", "nxt"):
        # A quote with an empty side replaces the one before: the other venue's price is not
        # filled up with what stood there once. So what is carried on is the place of a quote.
        own = pl.col("venue") == venue.upper()
        frame = frame.with_columns(
            pl.when(own).then(pl.struct("arrived_ns", *sides)).alias(venue)
        ).with_columns(pl.col(venue).forward_fill().over("symbol"))
        frame = frame.with_columns(
            pl.col(venue).struct.field("arrived_ns").alias(f"{venue}_ns"),
            *(pl.col(venue).struct.field(side).alias(f"{venue}_{side}") for side in sides),
        ).drop(venue)
    end = pl.col("arrived_ns").max()
    return frame.with_columns(
        next_ns=pl.col("arrived_ns").shift(-1).over("symbol").fill_null(end),
        stale_ns=pl.min_horizontal("krx_ns", "nxt_ns") + tolerance_ns,
    ).filter(
        pl.col("krx_ns").is_not_null()
        & pl.col("nxt_ns").is_not_null()
        & (pl.col("stale_ns") >= pl.col("arrived_ns"))
    )


def _pairs(standing: pl.DataFrame, direction: Direction, day: date, terms: Terms) -> pl.DataFrame:
    sold, bought = (venue.lower() for venue in direction.split(">"))
    frame = standing.select(
        "arrived_ns",
        pl.min_horizontal("next_ns", "stale_ns").alias("until_ns"),
        (pl.col("next_ns") <= pl.col("stale_ns")).alias("goes_on"),
        "symbol",
        pl.lit(direction).alias("direction"),
        pl.col(f"{sold}_bid").alias("bid"),
        pl.col(f"{bought}_ask").alias("ask"),
        pl.min_horizontal(
            pl.col(f"{sold}_bid_size").fill_null(0), pl.col(f"{bought}_ask_size").fill_null(0)
        ).alias("size"),
    ).filter(pl.col("bid").is_not_null() & pl.col("ask").is_not_null())
    gross = pl.col("bid") - pl.col("ask")
    ask_value = pl.col("ask") * pl.col("size")
    return frame.with_columns(
        gross_krw=gross,
        gross_bp=gross / pl.col("ask") * BP,
        net_krw=gross * pl.col("size") - costs_krw(day, terms),
    ).with_columns(
        net_bp=pl.when(ask_value > 0).then(pl.col("net_krw") / ask_value * BP),
    )


def costs_krw(day: date, terms: Terms) -> pl.Expr:
    """Return what selling `size` at `bid` and buying it at `ask` costs, KRW, as `costs` has it.

    Every part is cut to whole KRW on its own, just as `order_cost_krw` does.
    """
    sold, bought = pl.col("bid") * pl.col("size"), pl.col("ask") * pl.col("size")
    commissions = (sold * terms.commission_ppm // MILLION) + (
        bought * terms.commission_ppm // MILLION
    )
    by_market: dict[Market, list[str]] = {}
    for symbol, market in terms.markets.items():
        by_market.setdefault(market, []).append(symbol)
    tax = _tax_krw(sold, "KOSPI", day)
    for market, symbols in by_market.items():
        own = pl.col("symbol").is_in(symbols)
        tax = pl.when(own).then(_tax_krw(sold, market, day)).otherwise(tax)
    return commissions + tax


def _tax_krw(sold: pl.Expr, market: Market, day: date) -> pl.Expr:
    total = pl.lit(0, pl.Int64)
    for ppm in sell_taxes_ppm(market, day):
        total = total + sold * ppm // MILLION
    return total


def _opportunities(pairs: pl.DataFrame, terms: Terms) -> pl.DataFrame:
    which = ["symbol", "direction"]
    measure = pl.col("net_bp" if terms.net else "gross_bp")
    alive = (measure > terms.threshold_bp).fill_null(value=False)
    # A run begins where the moment before was none, or did not last until this one.
    unbroken = (alive & pl.col("goes_on")).shift(1).over(which).fill_null(value=False)
    same_moment = (pl.col("until_ns").shift(1).over(which) >= pl.col("arrived_ns")).fill_null(
        value=False
    )
    runs = (
        pairs.with_columns(alive=alive, begins=alive & ~(unbroken & same_moment))
        .with_columns(run=pl.col("begins").cum_sum())
        .filter(pl.col("alive"))
    )
    best = pl.col("gross_bp").arg_max()
    return (
        runs.group_by(*which, "run")
        .agg(
            start_ns=pl.col("arrived_ns").first(),
            end_ns=pl.col("until_ns").last(),
            duration_s=(pl.col("until_ns").last() - pl.col("arrived_ns").first()) / SECOND_NS,
            updates=pl.len(),
            best_bp=pl.col("gross_bp").max(),
            mean_bp=pl.col("gross_bp").mean(),
            best_net_bp=pl.col("net_bp").max(),
            size=pl.col("size").get(best),
            bid=pl.col("bid").get(best),
            ask=pl.col("ask").get(best),
            gross_krw=(pl.col("gross_krw") * pl.col("size")).get(best),
            net_krw=pl.col("net_krw").get(best),
        )
        .drop("run")
        .sort("start_ns", "symbol", "direction")
    )


def _seconds(quotes: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    second = (pl.col("arrived_ns") // SECOND_NS * SECOND_NS).alias("second_ns")
    updates = quotes.group_by(second).agg(
        updates=pl.len(),
        krx=(pl.col("venue") == "KRX").sum(),
        nxt=(pl.col("venue") == "NXT").sum(),
    )
    first, last = (pl.col(c) // SECOND_NS for c in ("start_ns", "end_ns"))
    alive = (
        found.select(pl.int_ranges(first, last + 1).alias("second"))
        .explode("second")
        .group_by((pl.col("second") * SECOND_NS).alias("second_ns"))
        .agg(alive=pl.len())
    )
    return (
        updates.join(alive, on="second_ns", how="full", coalesce=True)
        .with_columns(pl.col("updates", "krx", "nxt", "alive").fill_null(0).cast(pl.Int64))
        .sort("second_ns")
    )


def _joins(quotes: pl.DataFrame, tolerance_ns: int) -> dict[str, int]:
    krx, nxt = (
        quotes.filter(pl.col("venue") == venue).drop("venue").sort("arrived_ns")
        for venue in ("KRX", "NXT")
    )
    exact = krx.select("symbol", "arrived_ns").join(
        nxt.select("symbol", "arrived_ns"), on=["symbol", "arrived_ns"]
    )
    joined = krx.join_asof(
        nxt.with_columns(met=True),
        on="arrived_ns",
        by="symbol",
        strategy="backward",
        tolerance=tolerance_ns,
        suffix="_nxt",
        check_sortedness=False,
    ).filter(pl.col("met").is_not_null())
    return {
        "exact": exact.height,
        "as_of": joined.height,
        "krx_bid_above_nxt_ask": int((joined["bid"] > joined["ask_nxt"]).sum()),
        "nxt_bid_above_krx_ask": int((joined["bid_nxt"] > joined["ask"]).sum()),
    }


def _figures(pairs: pl.DataFrame, found: pl.DataFrame) -> dict[str, Any]:
    crossed = pairs.filter(pl.col("gross_krw") > 0)
    return {
        "pairs": pairs.height,
        "crossings": crossed.height,
        "crossings_after_fees": crossed.filter(pl.col("net_krw") > 0).height,
        "opportunities": found.height,
        "symbols": found["symbol"].n_unique(),
        "seconds": round(float(found["duration_s"].sum()), 3),
        "duration_s": _spread_of(found["duration_s"]),
        "best_bp": None if found.is_empty() else round(float(found["best_bp"].max()), 2),  # type: ignore[arg-type]
        "best_net_bp": _rounded(found["best_net_bp"].max()),
        "best_net_krw": found["net_krw"].max(),
    }


def _spread_of(values: pl.Series) -> dict[str, float] | None:
    if values.is_empty():
        return None
    parts = {"mean": values.mean(), "median": values.median(), "p99": values.quantile(0.99)}
    return {name: round(float(v), 3) for name, v in (parts | {"max": values.max()}).items()}  # type: ignore[arg-type]


def _rounded(value: Any) -> float | None:
    return None if value is None else round(float(value), 2)


def kst_times(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with each `*_ns` as a KST time without a zone, as a notebook shows it."""
    names = [c for c in frame.columns if c.endswith("_ns")]
    return frame.with_columns(
        (pl.col(c) + KST_OFFSET_NS).cast(pl.Datetime("ns")).alias(c.removesuffix("_ns"))
        for c in names
    ).drop(names)
