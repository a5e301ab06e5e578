"""Every number KPR decides by. Values live in config/kpr.yaml; nothing here has a default.

Names carry their unit last: `_s` seconds, `_min` minutes, `_days` trading days, `_bp` hundredths of
a percent; ratios and multiples are plain. Times are wall-clock times of a normal day (09:00 to
15:30, KST); on days that open or close at another hour they move along.
"""

from datetime import time
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from strategy_runtime.decision.shape import (
    AskRules,
    Count,
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

Minutes = Annotated[int, Field(gt=0, le=360)]
Points = Annotated[float, Field(ge=0)]


class Switches(Shape):
    """What conservative.yaml makes strict, all of it."""

    enable_lunch_block: bool
    conflict_is_red: bool
    vwap_depth_min: Ratio
    vwap_depth_max: Ratio
    tod_late_mult: Ratio
    enable_stale_flow_acceptance_adder: bool
    enable_late_acceptance_adder: bool

    @model_validator(mode="after")
    def _in_order(self) -> "Switches":
        if self.vwap_depth_min >= self.vwap_depth_max:
            raise ValueError("vwap_depth_min must lie under vwap_depth_max")
        return self


class HistoryRules(Shape):
    """What is read before the open."""

    daily_span_days: Annotated[int, Field(gt=0, le=365)]  # calendar days asked for
    atr_days: Days
    flow_days: Annotated[int, Field(gt=0, le=20)]  # T-1 and before


class TierRules(Shape):
    """Who is heard, who is polled often, and who now and then."""

    hot_max: Annotated[int, Field(gt=0, le=41)]
    warm_max: Annotated[int, Field(gt=0, le=100)]
    hot_drop: Ratio  # below the session's open
    warm_drop: Ratio
    band_min: Ratio  # of depth below VWAP
    band_max: Ratio
    expand_multiple: Multiple  # last bar's range over the mean of the bars before
    demote_after_min: Minutes  # so long a lower tier must have been due
    classify_s: Seconds
    warm_s: Seconds  # between polls
    warm_micro_s: Seconds  # in a micro-window
    cold_s: Seconds
    micro_s: Seconds  # length of a micro-window
    settle_s: Annotated[int, Field(ge=0)]  # after a minute's end before its bar is asked for
    absent_s: Seconds  # a minute without a row is without a trade so long after its end
    retry: AskRules  # of a poll that failed


class VwapRules(Shape):
    """How exact VWAP has to be."""

    exact_s: Seconds  # exchange sums older than this are asked for before a setup is believed
    quote_every_s: Seconds  # between two such questions


class SetupRules(Shape):
    """What is a setup, and how long."""

    panic_drop: Ratio  # from the day's high
    panic_age_min: Minutes  # at most
    drift_drop: Ratio
    drift_age_min: Minutes  # at least
    reclaim: Ratio  # above the setup's low
    stop: Ratio  # below it
    lifetime_min: Minutes


class AcceptRules(Shape):
    """How many closes above the reclaim level are an acceptance."""

    base_closes: Annotated[int, Field(gt=0, le=20)]
    not_hot: Count  # more closes, where the symbol is not heard
    program_unavailable: Count
    unfavourable: Count
    stale_flow: Count
    late: Count


class WindowRules(Shape):
    """When setups are found and entered."""

    setups_from: time
    setups_to: time  # what is entered later is late
    entries_to: time  # a setup found in time may still be entered until then
    lunch_from: time
    lunch_to: time


class MarketRules(Shape):
    """Gates of the whole market."""

    index: str  # KIS's code of the index: 0001 is KOSPI
    index_stale_s: Seconds
    index_ask_s: Seconds
    index_unknown: Literal["stop_entries", "allow_entries"]
    risk_off_drop: Ratio  # below the previous close: no entries
    unfavourable_drop: Ratio  # below the previous close: one more close


class FlowRules(Shape):
    """Investors and programs."""

    estimate_times: tuple[time, ...]  # when KIS refreshes its estimates
    estimate_delay_s: Annotated[int, Field(ge=0)]
    estimate_retry: AskRules  # until an estimate that is due has come
    estimate_stale_s: Seconds  # since its publication
    probe_s: Seconds  # a source that has never answered today is tried again after
    program_ttl_s: Seconds
    program_retry: AskRules
    program_lean: Ratio  # net shares over all shares of the day

    @model_validator(mode="after")
    def _in_order(self) -> "FlowRules":
        if any(earlier >= later for earlier, later in pairwise(self.estimate_times)):
            raise ValueError("estimate_times must ascend")
        return self


class PressureRules(Shape):
    """Who presses, in one bar."""

    prints_max: Annotated[int, Field(gt=0, le=1_000)]  # the newest that count
    prints_min: Annotated[int, Field(gt=0)]
    imbalance: Ratio  # shares bought less sold, over both
    surge: Multiple  # bar volume over the mean of the bars before
    lookback: Annotated[int, Field(gt=0, le=200)]  # bars
    strong: Ratio  # place of the close in its bar
    weak: Ratio


class ConfidenceRules(Shape):
    """When two pillars are enough."""

    two_pillars_need_pressure: bool


class GateRules(Shape):
    """What an entry must pass on its symbol."""

    spread_max: Ratio  # (ask - bid) / mid
    spread_max_bp: Annotated[float, Field(gt=0)]  # for the OMS, which looks at the order's time
    bar_stale_s: Seconds  # a bar that ended longer ago starts nothing
    quote_stale_s: Seconds  # the standing of a symbol that is not heard
    limit_room: Ratio  # to leave above the lower price limit
    max_per_sector: Annotated[int, Field(gt=0)]
    refusals_max: Annotated[int, Field(gt=0, le=20)]


class Hour(Shape):
    """A part of the day and what it does to size."""

    begins: time
    ends: time
    mult: Multiple


class SizeRules(Shape):
    """How much."""

    base_risk: Ratio  # of equity, lost at the stop
    green: Multiple
    yellow: Multiple
    stale_flow: Multiple
    hours: tuple[Hour, ...]
    other_hours: Multiple
    liquidity_cap: Ratio  # of the last five minutes' value
    equity_cap: Ratio  # of equity in one position
    order_life_s: Seconds

    @model_validator(mode="after")
    def _in_order(self) -> "SizeRules":
        if any(hour.begins >= hour.ends for hour in self.hours):
            raise ValueError("an hour must begin before it ends")
        if any(earlier.ends > later.begins for earlier, later in pairwise(self.hours)):
            raise ValueError("hours must ascend and not overlap")
        if self.yellow > self.green:
            raise ValueError("yellow must not be larger than green")
        return self


class ExitRules(Shape):
    """When it is over. R is after costs."""

    trail_from_r: Points
    trail_share: Ratio  # of the best move
    trail_share_pressed: Ratio  # where investors or the prints distribute
    partial_r: Points
    wild_atr: Ratio  # daily ATR over entry, from here on
    calm_atr: Ratio  # up to here
    wild_r: Points
    usual_r: Points
    calm_r: Points
    time_stop_min: Minutes
    time_stop_r: Points
    flatten_at: time

    @model_validator(mode="after")
    def _in_order(self) -> "ExitRules":
        if self.calm_atr >= self.wild_atr:
            raise ValueError("calm_atr must lie under wild_atr")
        if not self.partial_r <= self.calm_r <= self.usual_r <= self.wild_r:
            raise ValueError("partial_r <= calm_r <= usual_r <= wild_r must hold")
        return self


class Numbers(Shape):
    """What is the same in both modes."""

    trade: TradeRules
    listing: ListingRules
    ask: AskRules
    price: PriceRules
    vi: ViRules
    history: HistoryRules
    tiers: TierRules
    vwap: VwapRules
    setup: SetupRules
    accept: AcceptRules
    windows: WindowRules
    market: MarketRules
    flow: FlowRules
    pressure: PressureRules
    confidence: ConfidenceRules
    gates: GateRules
    size: SizeRules
    exits: ExitRules


class Rules(Numbers):
    """All of it: the numbers, the switches in force, and their strict values."""

    switches: Switches
    strict: Switches  # for the would-block account

    @model_validator(mode="after")
    def _hangs_together(self) -> "Rules":
        windows, tiers = self.windows, self.tiers
        if not windows.setups_from < windows.lunch_from < windows.lunch_to < windows.setups_to:
            raise ValueError("windows: setups_from < lunch_from < lunch_to < setups_to must hold")
        if not windows.setups_to <= windows.entries_to < self.exits.flatten_at:
            raise ValueError("windows: setups_to <= entries_to < exits.flatten_at must hold")
        if not tiers.band_min < tiers.band_max:
            raise ValueError("tiers.band_min must lie under tiers.band_max")
        if not tiers.warm_drop < tiers.hot_drop:
            raise ValueError("tiers.warm_drop must lie under tiers.hot_drop")
        if not tiers.warm_micro_s <= tiers.warm_s <= tiers.cold_s:
            raise ValueError("tiers: warm_micro_s <= warm_s <= cold_s must hold")
        if self.pressure.weak >= self.pressure.strong:
            raise ValueError("pressure.weak must lie under pressure.strong")
        return self
