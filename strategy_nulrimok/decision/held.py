"""What Nulrimok knows of a position beyond what every strategy knows: what kind it turned out to
be, its closes since entry, and whether it has broken down. Bars are completed 30-minute bars.
"""

from typing import Literal

import msgspec

from kis_core.market.events import Bar
from strategy_nulrimok.decision.rules import ExitRules

Kind = Literal["UNKNOWN", "MOMENTUM", "MEAN_REVERSION", "FLOW_GRIND"]


class Breakdown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A close below the AVWAP by more than its tolerance, until it is reclaimed for good."""

    bars: int  # since and with the one that broke
    low_krw: int  # the lowest of them
    under: int  # in a row without a close above the AVWAP
    above: int  # in a row with one
    lower_low: bool  # the newest bar made one


class Held(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One position's history, kept over days. KRW; an unknown AVWAP or ATR is None."""

    anchor_date: str | None
    avwap_krw: float | None  # the cost basis it was bought at
    atr_krw: float | None  # of 30 minutes, estimated
    best_date: str  # of the highest close so far
    kind: Kind = "UNKNOWN"
    bars: int = 0  # since entry
    closes: tuple[int, ...] = ()  # of the newest of them
    best_close_krw: int | None = None
    under: int = 0  # closes in a row below the AVWAP
    breakdown: Breakdown | None = None
    partial: bool = False  # the part has been sold
    part_left: int | None = None  # what the part's sale is to leave
    leaving: str = ""  # why all of it is to be sold, once that is decided
    scale: float = 1.0  # the position's, that prices here are on


def at_scale(held: Held, scale: float) -> Held:
    """Return the history on the scale of its position, which a split has changed."""
    if held.scale == scale:
        return held
    by, best, low, left = scale / held.scale, held.best_close_krw, held.breakdown, held.part_left
    return msgspec.structs.replace(
        held,
        avwap_krw=None if held.avwap_krw is None else held.avwap_krw / by,
        atr_krw=None if held.atr_krw is None else held.atr_krw / by,
        closes=tuple(round(close / by) for close in held.closes),
        best_close_krw=None if best is None else round(best / by),
        breakdown=None
        if low is None
        else msgspec.structs.replace(low, low_krw=round(low.low_krw / by)),
        part_left=None if left is None else round(left * by),
        scale=scale,
    )


def after_bar(held: Held, bar: Bar, entry_krw: float, date: str, rules: ExitRules) -> Held:
    """Return the history after one more bar, and what kind of position it shows."""
    best = held.best_close_krw
    higher = best is None or bar.close_krw > best
    bars = held.bars + 1
    under = held.avwap_krw is not None and bar.close_krw < held.avwap_krw
    kind = held.kind
    if kind == "UNKNOWN" and bars >= rules.classify_bars:
        kind = classified(bar, max(entry_krw, best or 0), entry_krw, rules)
    return msgspec.structs.replace(
        held,
        kind=kind,
        bars=bars,
        closes=(*held.closes, bar.close_krw)[-rules.momentum_sma_bars :],
        best_close_krw=bar.close_krw if higher else best,
        best_date=date if higher else held.best_date,
        under=held.under + 1 if under else 0,
        breakdown=_breakdown(held, bar, rules),
    )


def classified(bar: Bar, best_krw: float, entry_krw: float, rules: ExitRules) -> Kind:
    """Return what kind of position it is. `best_krw`: the highest close before, or the entry."""
    if bar.high_krw > best_krw * rules.momentum_high:
        return "MOMENTUM"
    over_entry = bar.close_krw > entry_krw * rules.grind_gain
    if over_entry and bar.close_krw <= best_krw * rules.grind_below:
        return "FLOW_GRIND"
    return "MEAN_REVERSION"


def _breakdown(held: Held, bar: Bar, rules: ExitRules) -> Breakdown | None:
    avwap, known = held.avwap_krw, held.breakdown
    if avwap is None:
        return None
    if known is None:
        broke = bar.close_krw < avwap * rules.breakdown
        return Breakdown(1, bar.low_krw, 0, 0, False) if broke else None
    above = bar.close_krw > avwap
    if above and known.above + 1 >= rules.reclaim_bars:
        return None
    return Breakdown(
        bars=known.bars + 1,
        low_krw=min(known.low_krw, bar.low_krw),
        under=0 if above else known.under + 1,
        above=known.above + 1 if above else 0,
        lower_low=bar.low_krw < known.low_krw,
    )
