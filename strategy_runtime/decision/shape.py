"""The shapes that every strategy's rules are made of. Nothing in rules has a default.

Names carry their unit last: `_s` seconds, `_min` minutes, `_days` trading days, `_ppm` millionths,
`_krw` KRW; ratios and multiples are plain.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Ratio = Annotated[float, Field(gt=0, lt=1)]
Multiple = Annotated[float, Field(gt=0)]
Seconds = Annotated[int, Field(gt=0)]
Days = Annotated[int, Field(gt=0, le=250)]
Count = Annotated[int, Field(ge=0)]


class Shape(BaseModel):
    """Frozen, nothing unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TradeRules(Shape):
    """How a strategy deals with the OMS."""

    commission_ppm: Annotated[int, Field(ge=0, le=10_000)]  # each side
    entry_retry_s: Seconds  # after a deferred entry without a time of its own
    exit_retry_s: Seconds  # after an exit that was refused or ended unfilled; doubles each time
    exit_alert_s: Seconds  # an exit that takes longer is shouted about; the longest pause too
    unprotected_stop: Ratio  # below the entry: the stop of a position that has none


class ListingRules(Shape):
    """Who is looked at at all."""

    market_cap_min_krw: Count
    turnover_min_krw: Count  # mean daily value
    turnover_days: Days


class AskRules(Shape):
    """How often a history that could not be read is asked for."""

    again_s: Seconds
    tries_max: Annotated[int, Field(gt=0, le=500)]


class PriceRules(Shape):
    """When a price is too old, and what is done about it."""

    stale_s: Seconds  # a price made longer ago than this starts nothing
    quote_after_s: Seconds  # a position's price older than this is asked for over REST
    quote_every_s: Seconds


class ViRules(Shape):
    """How long a volatility interruption keeps entries away."""

    auction_s: Seconds  # its auction
    cooldown_s: Count  # afterwards
