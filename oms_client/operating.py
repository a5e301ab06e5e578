"""What operators may ask of the OMS, and what it shows them: the rest of `oms_client.contract`."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from oms_client.contract import OperatorAction, Shares
from oms_client.wire import Krw, Wire


class Halt(OperatorAction):
    """Stop the entries of the whole account, of one strategy or into one symbol; or resume them.

    Holds through midnight and restarts, until it is resumed. Exits go on.
    """

    scope: Literal["portfolio", "strategy", "symbol"]
    subject: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9][A-Z0-9_]{0,19}$")] | None = None

    @model_validator(mode="after")
    def _names_its_subject(self) -> "Halt":
        if (self.scope == "portfolio") == (self.subject is not None):
            raise ValueError("subject names the strategy or the symbol; a portfolio has none")
        if self.scope == "symbol" and len(self.subject or "") != 6:
            raise ValueError("subject must be a symbol of six characters")
        return self


class AmendStop(OperatorAction):
    """Move the protective stop of a strategy's position."""

    stop_krw: Krw


class AmendOrder(OperatorAction):
    """Move what is left of a working order to another limit."""

    limit_krw: Krw


class ReassignDrift(OperatorAction):
    """Give shares that nobody owns to a strategy, or take those that are missing from one."""

    strategy_id: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,19}$")]
    shares: Shares
    price_krw: Krw | None = None  # what a share cost; None: the last price known
    stop_krw: Krw | None = None  # needed where the strategy has no stop in the symbol yet


class Split(OperatorAction):
    """Say that every `denominator` shares of a symbol became `numerator`; stops and prices follow.

    A split of one share into five is 5 for 1, a merge of ten into one 1 for 10. `scale` says what
    changed: prices at an ex-date, shares once they are delivered, or both. 1 for 1 says that there
    was none: held stops hold again. Refused while orders of the symbol work, and where it makes
    other shares than the broker has, unless forced.
    """

    numerator: Annotated[int, Field(ge=1, le=10_000)]
    denominator: Annotated[int, Field(ge=1, le=10_000)] = 1
    scale: Literal["both", "shares", "prices"] = "both"
    force: bool = False


class HaltView(Wire):
    """One thing that stops entries, and who did it and why."""

    scope: Literal["portfolio", "strategy", "symbol"]
    subject: str | None
    flag: str  # safe_mode, halt_entries, flattening, killed, paused, halted, frozen, rescaled
    actor: str
    reason: str
    since: AwareDatetime


class DriftLine(Wire):
    """A symbol where the broker's shares and the strategies' differ, as two balances agreed.

    Also one that waits for more: frozen with a drift of 0, or with its stops held.
    """

    symbol: str
    drift: int  # broker's less allocated: more than 0 has no owner, less is missing
    broker_shares: int | None
    allocations: dict[str, int]  # shares by strategy
    frozen: bool
    acknowledged: bool
    stops_held: bool = False  # its base price is on another scale: an operator must say
    evidence: tuple[str, ...] = ()  # what may explain it; never acted upon


class ExternalOrder(Wire):
    """An order of the account that is not the OMS's: shown, never adopted."""

    broker_id: str
    symbol: str
    side: Literal["BUY", "SELL"]
    shares: int
    limit_krw: int
    filled: int
    remaining: int
    ordered_at: str  # HHMMSS


class DriftView(Wire):
    """What the account has that no strategy explains."""

    drift: tuple[DriftLine, ...]
    external_orders: tuple[ExternalOrder, ...]


class DutyView(Wire):
    """One thing of the trading day: when it is due, and whether it is done.

    `missed`: it fell due while the OMS was away, and doing it later would have meant nothing.
    """

    what: str  # intake, open, baseline, flatten, closing_cancel, close, reconcile, roll
    at: AwareDatetime
    state: Literal["ahead", "due", "done", "missed"]
    strategy_id: str | None  # whose day ends
    done_at: AwareDatetime | None  # where the OMS knows


class DayDifference(Wire):
    """One thing of a day in which the OMS and the broker do not agree. Shares or KRW."""

    what: Literal["missing", "open", "shares", "value", "holding", "costs", "cash", "pnl"]
    ours: int | None
    theirs: int | None
    order_id: str | None
    symbol: str | None


class ReconciledView(Wire):
    """A day that is over, compared with the broker. None: the broker did not say, or others'
    orders moved it too."""

    date: str
    at: AwareDatetime
    agrees: bool
    orders: int
    shares: int
    bought_krw: int
    sold_krw: int
    cost_krw: int
    realised_krw: int
    external_orders: int
    broker_cost_krw: int | None
    cash_krw: int | None
    broker_cash_krw: int | None
    pnl_krw: int | None
    broker_pnl_krw: int | None
    differences: tuple[DayDifference, ...]


class DayView(Wire):
    """Today's timetable, and how the last day that is over compared with the broker's."""

    date: str | None
    session: bool  # whether the exchange opens, as far as the calendar knows
    baseline_krw: int | None
    duties: tuple[DutyView, ...]
    reconciled: ReconciledView | None
    unconfirmed: str | None  # an earlier day that the broker has not confirmed yet
