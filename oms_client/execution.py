"""How an intent's order shall reach the market: its kind, how long it stands, and where.

Whatever the kind, a buy never pays more than the intent's `limit_krw` where its order carries a
price, and a sell never takes less than the limit it brings. What each kind becomes on which venue
and in which environment: docs/execution.md.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from oms_client.wire import Krw, Wire

TimeInForce = Literal["DAY", "IOC", "FOK"]
"""DAY stands until the intent expires or the session's entries end. IOC: what finds nothing at
once is cancelled. FOK: all at once or nothing."""
Venue = Literal["KRX", "NXT", "SOR", "BEST"]
"""Where an order goes. SOR: KIS picks KRX or NXT. BEST: the OMS picks by session and kind."""
SLICE_S_MIN = 5
SLICES_MAX = 200


class LimitOrder(Wire):
    """At the intent's limit; a sell without one goes at the market."""

    style: Literal["LIMIT"] = "LIMIT"
    time_in_force: TimeInForce = "DAY"


class Marketable(Wire):
    """Reach the other side's best and so much beyond it, the tighter cap, never past the limit."""

    style: Literal["MARKETABLE"] = "MARKETABLE"
    cap_bp: Annotated[int, Field(ge=0, le=1_000)] | None = None
    cap_ticks: Annotated[int, Field(ge=0, le=100)] | None = None
    time_in_force: TimeInForce = "DAY"

    @model_validator(mode="after")
    def _is_capped(self) -> "Marketable":
        if self.cap_bp is None and self.cap_ticks is None:
            raise ValueError("MARKETABLE needs cap_bp, cap_ticks or both")
        return self


class Best(Wire):
    """At the best of the other side, as the venue finds it when the order arrives."""

    style: Literal["BEST"] = "BEST"
    time_in_force: TimeInForce = "DAY"


class Top(Wire):
    """At the best of the order's own side, as the venue finds it when the order arrives."""

    style: Literal["TOP"] = "TOP"


class Mid(Wire):
    """At the middle of the venue's best bid and ask, wherever it moves."""

    style: Literal["MID"] = "MID"
    time_in_force: TimeInForce = "DAY"


class Chase(Wire):
    """Stand at the best of its own side and follow the market by modifies, within the limit."""

    style: Literal["CHASE"] = "CHASE"
    every_s: Annotated[int, Field(ge=1, le=600)]
    steps: Annotated[int, Field(ge=1, le=100)]
    step_ticks: Annotated[int, Field(ge=0, le=20)] = 1  # 0: to the best of its own side
    then: Literal["GIVE_UP", "CROSS"] = "GIVE_UP"


class _Sliced(Wire):
    """One intent that leaves as many orders, one after the other."""

    over_s: Annotated[int, Field(ge=SLICE_S_MIN, le=23_400)]
    slices: Annotated[int, Field(ge=1, le=SLICES_MAX)]
    unfilled: Literal["CARRY", "DROP"] = "CARRY"  # what a slice left open: add it to the next ones

    @model_validator(mode="after")
    def _not_too_fine(self) -> "_Sliced":
        if self.over_s < SLICE_S_MIN * self.slices:
            raise ValueError(f"slices must lie {SLICE_S_MIN} seconds apart or more")
        return self


class Twap(_Sliced):
    """The same shares each slice."""

    style: Literal["TWAP"] = "TWAP"


class Vwap(_Sliced):
    """Each slice in proportion to the volume its stretch of the day usually trades."""

    style: Literal["VWAP"] = "VWAP"
    curve: (
        Annotated[
            tuple[Annotated[float, Field(ge=0, le=1e12)], ...], Field(min_length=1, max_length=390)
        ]
        | None
    ) = None  # weights of the minutes from now on; None: the usual day of KRX

    @model_validator(mode="after")
    def _weighs_something(self) -> "Vwap":
        if self.curve is not None and not sum(self.curve):
            raise ValueError("a curve of zeros says nothing: leave it out")
        return self


class StopLimit(Wire):
    """A limit order that wakes at a trade at the trigger or through it."""

    style: Literal["STOP_LIMIT"] = "STOP_LIMIT"
    trigger_krw: Krw


class Auction(Wire):
    """For one call auction of KRX and no longer; a sell without a limit goes at the market."""

    style: Literal["AUCTION"] = "AUCTION"
    session: Literal["OPENING", "CLOSING"]


class After(Wire):
    """Outside KRX's regular session: its after-market, or its fixed-price markets (CLOSE)."""

    style: Literal["AFTER"] = "AFTER"
    price: Literal["LIMIT", "BEST", "TOP", "CLOSE"] = "LIMIT"
    time_in_force: TimeInForce = "DAY"


EntryExecution = Annotated[
    LimitOrder | Marketable | Best | Top | Mid | Chase | Twap | Vwap | StopLimit | Auction,
    Field(discriminator="style"),
]
Execution = Annotated[
    LimitOrder | Marketable | Best | Top | Mid | Chase | Twap | Vwap | StopLimit | Auction | After,
    Field(discriminator="style"),
]
