"""Every number KMP decides by. Values live in config/kmp.yaml; nothing here has a default.

Names carry their unit last: `_s` seconds, `_min` minutes, `_days` trading days, `_ppm` millionths;
ratios and multiples are plain. Times are wall-clock times of a normal day (09:00 to 15:30, KST); on
days that open or close at another hour they move along.
"""

from datetime import time
from typing import Annotated, Literal

from pydantic import Field, model_validator

from strategy_runtime.decision.shape import (
    AskRules,
    Days,
    ListingRules,
    Multiple,
    PriceRules,
    Ratio,
    Seconds,
    Shape,
    TradeRules,
    ViRules,
)


class Switches(Shape):
    """What conservative.yaml makes strict, all of it."""

    require_held_support: bool
    quality_min_threshold: Annotated[float, Field(ge=0, le=100)]  # points of 100
    or_range_max: Ratio  # (high - low) / mid of the opening range
    min_surge_base: Multiple
    min_surge_slope: Annotated[float, Field(ge=0)]  # per minute since entries opened
    enable_rvol_hard_gate: bool
    regime_breadth_min: Annotated[int, Field(ge=0)]  # symbols
    entry_cutoff: time
    regime_blocks_progression: bool


class HistoryRules(Shape):
    """The trend anchor and what is usual at this hour."""

    daily_closes_min: Annotated[int, Field(ge=60)]
    daily_span_days: Annotated[int, Field(gt=0, le=365)]  # calendar days asked for
    sma_fast_days: Days
    sma_slow_days: Days
    value_days: Days  # median of the opening window's value
    volume_days: Days  # median volume of each minute of the day
    days_min: Days  # fewer good days than this are no baseline
    profile_min: Annotated[int, Field(gt=0, le=360)]  # minutes from the open that are profiled


class ScanRules(Shape):
    """The scan when the opening range is over."""

    at: time
    opening_min: Annotated[int, Field(gt=0, le=60)]  # length of the opening range
    delay_s: Annotated[int, Field(ge=0)]  # for the broker to finish the last minute
    patience_s: Seconds  # who has not answered by then is late
    late_start_s: Seconds  # patience of a process that starts in the middle of the day
    gap_skip: Ratio  # |open - previous close| / previous close
    candidates_max: Annotated[int, Field(gt=0, le=40)]
    or_range_min: Ratio


class SlotRules(Shape):
    """How many symbols are asked for on the one line there is."""

    symbols_max: Annotated[int, Field(gt=0, le=40)]


class MarketRules(Shape):
    """Gates of the whole market, sampled on a fixed clock."""

    index: str  # KIS's code of the index: 0001 is KOSPI
    sample_s: Seconds
    log_every_s: Seconds
    leader_rvol_min: Multiple
    chop_range_max: Ratio  # (high - low) / open of the index
    chop_breadth_multiple: Multiple  # of regime_breadth_min
    chop_readings: Annotated[int, Field(gt=0)]
    risk_off_drop: Ratio  # below the previous close
    index_stale_s: Seconds
    index_unknown: Literal["stop_entries", "allow_entries"]


class ProgramRules(Shape):
    """The program-trading overlay: size and trail only, never a gate."""

    poll_s: Seconds
    refused_again_s: Seconds  # a broker that does not tell it is asked again after so long
    ewma_weight: Ratio
    inflow_mult: Multiple
    outflow_mult: Multiple


class GateRules(Shape):
    """What an entry must pass on its symbol."""

    entry_from: time
    decay_min_max: Annotated[int, Field(gt=0)]  # minutes after which surge decay and size stand
    rvol_min: Multiple
    spread_max: Ratio  # (ask - bid) / mid
    vi_wall: Annotated[float, Field(gt=1)]  # of the static reference
    vi_wall_ticks: Annotated[int, Field(ge=0)]
    max_per_sector: Annotated[int, Field(gt=0)]


class EntryRules(Shape):
    """From the break to the order."""

    break_ticks: Annotated[int, Field(ge=0)]
    accept_timeout_s: Seconds
    held_support: Ratio  # of min(vwap, opening high)
    retest_depth_max: Ratio  # (opening high - retest low) / opening high
    structure_stop: Ratio  # of the retest low
    hard_stop_atr: Multiple  # one-minute ATRs below the trigger
    atr_minutes: Annotated[int, Field(gt=0)]
    atr_fallback: Ratio  # of the price, where there are not enough minutes
    limit_ticks: Annotated[int, Field(ge=0)]
    limit_spreads: Annotated[float, Field(ge=0)]
    order_life_s: Seconds
    misses_max: Annotated[int, Field(gt=0, le=20)]  # unfilled entries per symbol and day


class SizeRules(Shape):
    """How much."""

    base_risk: Ratio  # of equity, lost at the stop
    liquidity_cap: Ratio  # of the last five minutes' value
    equity_cap: Ratio  # of equity in one position
    time_decay: Annotated[float, Field(ge=0)]  # per minute since entries opened
    time_floor: Ratio
    half_below: Annotated[float, Field(gt=0)]  # quality points
    full_below: Annotated[float, Field(gt=0)]
    half_mult: Multiple
    full_mult: Multiple
    best_mult: Multiple
    imbalance_window_s: Seconds


class ExitRules(Shape):
    """When it is over."""

    acceptance_min: Annotated[int, Field(gt=0)]
    stall_min: Annotated[int, Field(gt=0)]
    stall_r: Annotated[float, Field(ge=0)]  # multiples of the planned loss, after costs
    trail_share: Ratio  # of the best move
    trail_from_min: Annotated[int, Field(gt=0)]
    trail_per_min: Annotated[float, Field(ge=0)]
    trail_share_max: Ratio
    trail_share_pressed: Ratio  # where program trading or the prints sell
    flatten_at: time


class Numbers(Shape):
    """What is the same in both modes."""

    trade: TradeRules
    listing: ListingRules
    asks: AskRules
    prices: PriceRules
    vi: ViRules
    history: HistoryRules
    scan: ScanRules
    slots: SlotRules
    market: MarketRules
    program: ProgramRules
    gates: GateRules
    entry: EntryRules
    size: SizeRules
    exits: ExitRules


class Rules(Numbers):
    """All of it: the numbers, the switches in force, and their strict values."""

    switches: Switches
    strict: Switches  # for the would-block account

    @model_validator(mode="after")
    def _hangs_together(self) -> "Rules":
        cutoffs = (self.switches.entry_cutoff, self.strict.entry_cutoff)
        if not self.scan.at < self.gates.entry_from < min(cutoffs):
            raise ValueError("scan.at < gates.entry_from < entry_cutoff must hold")
        if not max(cutoffs) < self.exits.flatten_at:
            raise ValueError("entry_cutoff must come before exits.flatten_at")
        if not self.size.half_below < self.size.full_below:
            raise ValueError("size.half_below must lie under size.full_below")
        if self.scan.or_range_min >= min(self.switches.or_range_max, self.strict.or_range_max):
            raise ValueError("scan.or_range_min must lie under or_range_max")
        return self
