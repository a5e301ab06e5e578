"""What operators may ask of the OMS, and what it shows them: the rest of `oms_client.contract`."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, StringConstraints, model_validator

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


class ReassignDrift(OperatorAction):
    """Give shares that nobody owns to a strategy, or take those that are missing from one."""

    strategy_id: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,19}$")]
    shares: Shares
    price_krw: Krw | None = None  # what a share cost; None: the last price known
    stop_krw: Krw | None = None  # needed where the strategy has no stop in the symbol yet


class HaltView(Wire):
    """One thing that stops entries, and who did it and why."""

    scope: Literal["portfolio", "strategy", "symbol"]
    subject: str | None
    flag: str  # safe_mode, halt_entries, flattening, killed, paused, halted, frozen
    actor: str
    reason: str
    since: AwareDatetime


class DriftLine(Wire):
    """A symbol where the broker's shares and the strategies' differ, as two balances agreed."""

    symbol: str
    drift: int  # broker's less allocated: more than 0 has no owner, less is missing
    broker_shares: int | None
    allocations: dict[str, int]  # shares by strategy
    frozen: bool
    acknowledged: bool


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
