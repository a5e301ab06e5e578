"""Every number Nulrimok trades by. Values live in config/nulrimok.yaml; nothing has a default.

The daily selection's numbers are in `dse_rules`. `_bars` count 30-minute bars, `_sessions` trading
days. Times are wall-clock times of a normal day (09:00 to 15:30, KST); on days that open or close
at another hour they move along.
"""

from datetime import time
from typing import Annotated

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

Number = Annotated[int, Field(gt=0)]


class Switches(Shape):
    """What conservative.yaml makes strict while trading; the rest is the selection's."""

    confirm_bars: Annotated[int, Field(gt=0, le=13)]  # bars that a confirmation is waited for


class ArtifactRules(AskRules):
    """When the day's selection is asked for, and how often again."""

    since: time


class BarRules(Shape):
    """The 30-minute bars and what is usual for them."""

    minutes: Annotated[int, Field(ge=5, le=60)]
    delay_s: Seconds  # after a boundary, for the broker to finish the last minute
    patience_s: Seconds  # entries wait so long for the bars of the others, to go by rank
    absent_s: Seconds  # so long after its end a minute without a row had no trade
    retry: AskRules  # of bars that could not be read
    late_s: Seconds  # a bar that is here later than this after its end is recorded as late
    sma_bars: Annotated[int, Field(gt=1, le=26)]
    profile_days: Days
    profile_days_min: Days  # fewer readable days are no profile


class WatchRules(Shape):
    """Who is heard, and who is exchanged for whom."""

    symbols_max: Annotated[int, Field(gt=0, le=41)]
    near_bar: Ratio  # |close - AVWAP| / AVWAP
    near_print: Ratio
    rotate_min: Number


class ExposureRules(Shape):
    """What is at risk together. Ratios are of the equity that the OMS gives the strategy."""

    open_risk_max: Ratio  # times the regime's multiplier
    sector_max: Ratio
    gross_max: Ratio
    headroom_min: Ratio
    regime_caps: dict[str, Ratio | Annotated[float, Field(ge=1, le=1)]]  # by the OMS's regime


class EntryRules(Shape):
    """From the band to the order."""

    since: time
    until: time
    dry: Ratio  # of the usual volume
    very_dry: Ratio
    very_dry_mult: Annotated[float, Field(ge=1)]
    risk_max: Ratio  # of equity in one trade
    disarm: Ratio  # of the band's lower edge
    top: Annotated[float, Field(ge=1)]  # of the band's upper edge, for a higher low
    stop_atr: Multiple  # below the AVWAP
    stop_band: Ratio  # of the band's lower edge
    fill_wait_bars: Number
    refusals_max: Number  # per symbol and day
    retry_s: Seconds  # after a confirmed entry was stopped, until the next bar


class ReversalRules(Shape):
    """Leaving at the open where smart money has turned."""

    after_open_s: Seconds
    until_open_s: Seconds
    limit_below: Ratio  # the last price
    reprice_s: Seconds


class ExitRules(Shape):
    """When it is over."""

    breakdown: Ratio  # of the AVWAP
    breakdown_volume: Multiple  # of the usual
    reclaim_bars: Number
    classify_bars: Number
    momentum_high: Annotated[float, Field(gt=1)]  # of the highest close before
    grind_gain: Annotated[float, Field(gt=1)]  # of the entry
    grind_below: Ratio  # of the highest close
    momentum_sma_bars: Annotated[int, Field(gt=1, le=100)]
    partial_atr: Multiple
    partial_share: Ratio
    trail_atr: Multiple
    grind_bars: Number
    failed_sessions: Number  # without a higher close
    time_sessions: Number
    time_gain: Ratio  # after costs
    close_from: time
    close_until: time
    jump_max: Ratio  # a price further from the last day's close is of another scale


class Numbers(Shape):
    """What is the same in both modes."""

    trade: TradeRules
    ask: AskRules
    price: PriceRules
    vi: ViRules
    listing: ListingRules
    artifact: ArtifactRules
    bars: BarRules
    watch: WatchRules
    exposure: ExposureRules
    entry: EntryRules
    reversal: ReversalRules
    exits: ExitRules

    @model_validator(mode="after")
    def _hangs_together(self) -> "Numbers":
        entry, exits = self.entry, self.exits
        if not entry.since < entry.until <= exits.close_from < exits.close_until:
            raise ValueError(
                "entry.since < entry.until <= exits.close_from < close_until must hold"
            )
        if entry.very_dry >= entry.dry:
            raise ValueError("entry.very_dry must lie under entry.dry")
        if self.bars.profile_days_min > self.bars.profile_days:
            raise ValueError("bars.profile_days_min must not exceed bars.profile_days")
        if self.reversal.after_open_s >= self.reversal.until_open_s:
            raise ValueError("reversal.after_open_s must lie before reversal.until_open_s")
        if self.watch.near_print > self.watch.near_bar:
            raise ValueError("watch.near_print must not exceed watch.near_bar")
        return self


class Rules(Numbers):
    """All of it: the numbers, the switches in force, and their strict values."""

    switches: Switches
    strict: Switches  # for the would-block account
    config_hash: str  # of the daily selection: an artifact of another is not traded on
