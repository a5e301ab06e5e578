"""The shape of an OMS's YAML file, and the limits it becomes. Nothing here has a default."""

import hashlib
from datetime import time
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from pydantic import (
    Field,
    PositiveFloat,
    PositiveInt,
    StringConstraints,
    field_validator,
    model_validator,
)

from config.load import DIRECTORY, ConfigError, Settings, load
from kis_core.settings import SECTORS, ServiceSettings, load_sectors
from oms.core.arbitration import DAY_S
from oms.core.limits import Budget, Instruments, Limits, Tier

Fraction = Annotated[float, Field(gt=0, le=1)]
Exposure = Annotated[float, Field(gt=0, le=20)]
"""Of equity. Contracts are held for a part of their price; stocks are kept to 1 or 2, see below."""
StrategyId = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,19}$")]
RegimeName = Literal["CRISIS", "WEAK", "NORMAL", "STRONG"]
State = Literal["administrative", "liquidation", "caution", "warning", "risk", "overheated"]
CLOSE = time(15, 30)
"""KRX's usual close: what times of a day in the file are reckoned from."""
CONTRACTS_LATER_S = 15 * 60
"""How long after it the day of contracts closes."""
URGENCIES = frozenset({"LOW", "NORMAL", "HIGH"})


class PrioritySettings(Settings):
    """When a strategy goes before others of a lower rank; without one its rank is 0."""

    rank: PositiveInt
    since: time  # KST
    until: time

    @model_validator(mode="after")
    def _has_hours(self) -> "PrioritySettings":
        if self.since >= self.until:
            raise ValueError("since is not before until: the priority would never hold")
        return self


class BudgetSettings(Settings):
    """What one strategy may use."""

    positions_max: PositiveInt
    risk_pct_max: Fraction
    capital_pct: Exposure
    lock_s: Annotated[int, Field(ge=0)]
    daily_loss_pct_max: Fraction
    orders_per_min_max: PositiveInt
    heartbeat_s_max: PositiveInt
    on_silence: Literal["hold", "flatten"]
    priority: PrioritySettings | None
    flatten_at: time | None  # of a day that closes at 15:30; other days by the distance to theirs

    @field_validator("flatten_at")
    @classmethod
    def _within_continuous_trading(cls, at: time | None) -> time | None:
        if at is not None and (at.tzinfo or not time(9) < at < time(15, 20)):
            raise ValueError('flatten_at must lie between "09:00" and "15:20", in quotes')
        return at

    @property
    def flatten_s(self) -> int | None:
        """How long before the close the strategy's day ends."""
        if self.flatten_at is None:
            return None
        usual, at = (t.hour * 3600 + t.minute * 60 + t.second for t in (CLOSE, self.flatten_at))
        return usual - at


class DailyLoss(Settings):
    """Fractions of the day's baseline."""

    warn_pct: Fraction
    halt_pct: Fraction

    @model_validator(mode="after")
    def _warn_first(self) -> "DailyLoss":
        if self.warn_pct > self.halt_pct:
            raise ValueError("warn_pct is above halt_pct: the halt would come without a warning")
        return self


class TierSettings(Settings):
    """How much may be held once equity is so far below its highest start of a day."""

    drawdown_pct: Fraction
    exposure_pct_max: Annotated[float, Field(ge=0, le=20)]


class Repeats(Settings):
    """How often a strategy may enter the same symbol within some seconds."""

    most: PositiveInt
    within_s: PositiveInt


class RiskSettings(Settings):
    """The controls' numbers."""

    daily_loss: DailyLoss
    gross_pct_max: Exposure
    position_pct_max: Exposure
    positions_max: PositiveInt
    sector_pct_max: Exposure
    unknown_sector: Literal["block", "allow"]
    regime_caps: dict[RegimeName, Exposure]
    regime_at_start: RegimeName
    spread_bp_max: PositiveFloat | None
    vi_cooldown_s: Annotated[int, Field(ge=0)]
    collar_bp: PositiveInt
    quote_age_s_max: PositiveFloat
    balance_age_s_max: PositiveFloat
    order_value_krw_max: PositiveInt
    order_shares_max: PositiveInt
    net_pct_max: Exposure
    drawdown_tiers: tuple[TierSettings, ...]
    participation_pct_max: Fraction
    orders_per_min_max: PositiveInt
    messages_per_s_max: PositiveInt
    repeats: Repeats
    blocked_states: tuple[State, ...]
    history_age_s_max: PositiveFloat
    base_jump_pct_max: Fraction

    @model_validator(mode="after")
    def _deeper_is_less(self) -> "RiskSettings":
        for shallow, deep in pairwise(self.drawdown_tiers):
            deeper = deep.drawdown_pct > shallow.drawdown_pct
            if deeper and deep.exposure_pct_max < shallow.exposure_pct_max:
                continue
            raise ValueError("drawdown_tiers must go deeper and allow less, one after the other")
        return self

    @model_validator(mode="after")
    def _regime_has_a_cap(self) -> "RiskSettings":
        if self.regime_at_start not in self.regime_caps:
            raise ValueError(f"regime_at_start {self.regime_at_start} has no cap in regime_caps")
        return self


class OrderSettings(Settings):
    """How orders are made and how long they live."""

    commission_ppm: Annotated[int, Field(ge=0, le=10_000)]
    entry_life_s: dict[Literal["LOW", "NORMAL", "HIGH"], PositiveInt]
    high_urgency_bp: Annotated[int, Field(ge=0)]
    unknown_settle_s: PositiveInt
    fill_settle_s: PositiveInt
    exit_retry_s: PositiveInt
    exit_retry_s_max: PositiveInt
    closing_cancel_s: Annotated[int, Field(ge=0)]
    day_end_s: Annotated[int, Field(ge=60, le=7200)]
    crossing_wait_s: PositiveInt
    default_venue: Literal["KRX", "NXT", "SOR", "BEST"]
    stops_on_nxt: bool
    exit_reach_bp: Annotated[int, Field(ge=0, le=3_000)]
    auction_settle_s: PositiveInt

    @model_validator(mode="after")
    def _every_urgency(self) -> "OrderSettings":
        if set(self.entry_life_s) != URGENCIES:
            raise ValueError(f"entry_life_s needs exactly {', '.join(sorted(URGENCIES))}")
        return self


class MarginSettings(Settings):
    """What a futures and options account may use."""

    margin_pct: Fraction  # of a future's price that opening it takes of the cash
    margin_pct_max: Fraction
    contracts_max: PositiveInt
    options_commission_ppm: Annotated[int, Field(ge=0, le=10_000)]
    expiry_flatten_s: PositiveInt | None


class RoundSettings(Settings):
    """How often the broker is asked, in seconds of market time."""

    history_s: PositiveFloat  # while orders work and notices are silent
    history_live_s: PositiveFloat  # while orders work and notices are heard
    history_unknown_s: PositiveFloat  # while an order's fate is unknown
    history_idle_s: PositiveFloat
    balance_s: PositiveFloat
    marks_s: PositiveFloat
    pause_s: PositiveFloat  # seconds of the world between two questions, whatever the clock's speed


class AllowanceSettings(Settings):
    """How often one token may ask; exits, cancels, stops and operators' acts are not counted."""

    per_s: PositiveFloat
    burst: PositiveInt


class OmsSettings(ServiceSettings):
    """config/oms.yaml over config/fleet.yaml."""

    oms_id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,20}$")]
    host: str
    instruments: Instruments
    margin: MarginSettings | None
    risk: RiskSettings
    orders: OrderSettings
    budgets: dict[StrategyId, BudgetSettings]
    rounds: RoundSettings
    allowance: AllowanceSettings
    regime_by: tuple[StrategyId, ...]  # strategies that may set the regime, beside the operator

    @model_validator(mode="after")
    def _regime_by_strategies(self) -> "OmsSettings":
        for strategy_id in self.regime_by:
            if strategy_id not in self.budgets:
                raise ValueError(f"regime_by names {strategy_id}, which has no budget")
        return self

    @model_validator(mode="after")
    def _margin_where_needed(self) -> "OmsSettings":
        if (self.instruments == "derivatives") != (self.margin is not None):
            raise ValueError("margin goes with instruments: derivatives, and with nothing else")
        return self

    @model_validator(mode="after")
    def _stocks_are_paid_for(self) -> "OmsSettings":
        if self.instruments == "derivatives":
            return self
        risk = self.risk
        most: dict[str, tuple[float, float]] = {
            "risk.gross_pct_max": (risk.gross_pct_max, 2),
            "risk.net_pct_max": (risk.net_pct_max, 2),
            "risk.position_pct_max": (risk.position_pct_max, 1),
            "risk.sector_pct_max": (risk.sector_pct_max, 1),
        }
        most |= {f"risk.regime_caps.{name}": (cap, 1) for name, cap in risk.regime_caps.items()}
        for name, budget in self.budgets.items():
            most[f"budgets.{name}.capital_pct"] = (budget.capital_pct, 1)
        for tier in risk.drawdown_tiers:
            most[f"risk.drawdown_tiers {tier.drawdown_pct}"] = (tier.exposure_pct_max, 2)
        beyond = [f"{key} is above {cap}" for key, (said, cap) in most.items() if said > cap]
        if beyond:
            raise ValueError("; ".join(beyond) + ": more than an account of stocks can hold")
        return self

    @property
    def port(self) -> int:
        """The port of `oms_url`, which is where everybody looks for us."""
        port = urlsplit(self.oms_url).port
        if port is None:
            raise ConfigError(f"oms_url {self.oms_url!r} names no port")
        return port

    @property
    def journal_path(self) -> Path:
        """Where the journal of this account is kept."""
        return self.data_dir / "oms" / f"{self.oms_id}.db"


def load_settings(directory: Path = DIRECTORY, name: str = "oms") -> tuple[OmsSettings, Limits]:
    """Return the settings of `name`.yaml over fleet.yaml, and the limits they mean.

    The sector map is among them. Raises ConfigError.
    """
    settings = load(OmsSettings, name, directory)
    return settings, limits_of(settings, sectors_in(directory))


def sectors_in(directory: Path) -> dict[str, str]:
    """Return the sector of each symbol of sectors.yaml; empty when there is no such file."""
    if not (directory / SECTORS).is_file():
        return {}
    return dict(load_sectors(directory).sectors)


def limits_of(settings: OmsSettings, sectors: dict[str, str]) -> Limits:
    """Return the settings as the core reads them."""
    risk, orders = settings.risk, settings.orders
    limits = Limits(
        daily_loss_warn_pct=risk.daily_loss.warn_pct,
        daily_loss_halt_pct=risk.daily_loss.halt_pct,
        gross_pct_max=risk.gross_pct_max,
        position_pct_max=risk.position_pct_max,
        positions_max=risk.positions_max,
        sector_pct_max=risk.sector_pct_max,
        unknown_sector=risk.unknown_sector,
        regime_caps={str(name): cap for name, cap in risk.regime_caps.items()},
        regime_at_start=risk.regime_at_start,
        spread_bp_max=risk.spread_bp_max,
        vi_cooldown_s=risk.vi_cooldown_s,
        collar_bp=risk.collar_bp,
        quote_age_s_max=risk.quote_age_s_max,
        balance_age_s_max=risk.balance_age_s_max,
        order_value_krw_max=risk.order_value_krw_max,
        order_shares_max=risk.order_shares_max,
        commission_ppm=orders.commission_ppm,
        entry_life_s={str(name): life for name, life in orders.entry_life_s.items()},
        high_urgency_bp=orders.high_urgency_bp,
        unknown_settle_s=orders.unknown_settle_s,
        fill_settle_s=orders.fill_settle_s,
        exit_retry_s=orders.exit_retry_s,
        exit_retry_s_max=orders.exit_retry_s_max,
        closing_cancel_s=orders.closing_cancel_s,
        budgets={name: _budget(each) for name, each in settings.budgets.items()},
        sectors=sectors,
        net_pct_max=risk.net_pct_max,
        drawdown_tiers=tuple(Tier(t.drawdown_pct, t.exposure_pct_max) for t in risk.drawdown_tiers),
        participation_pct_max=risk.participation_pct_max,
        orders_per_min_max=risk.orders_per_min_max,
        messages_per_s_max=risk.messages_per_s_max,
        repeats_max=risk.repeats.most,
        repeats_s=risk.repeats.within_s,
        blocked_states=tuple(str(state) for state in risk.blocked_states),
        day_end_s=orders.day_end_s,
        history_age_s_max=risk.history_age_s_max,
        crossing_wait_s=orders.crossing_wait_s,
        base_jump_pct_max=risk.base_jump_pct_max,
        default_venue=orders.default_venue,
        stops_on_nxt=orders.stops_on_nxt,
        exit_reach_bp=orders.exit_reach_bp,
        auction_settle_s=orders.auction_settle_s,
        instruments=settings.instruments,
    )
    if settings.margin is None:
        return limits
    later = {name: _later(budget) for name, budget in limits.budgets.items()}
    return msgspec.structs.replace(limits, budgets=later, **settings.margin.model_dump())


def _later(budget: Budget) -> Budget:
    """Return a budget of a day that closes at 15:45, as that of contracts does."""
    if budget.flatten_s is None:
        return budget
    return msgspec.structs.replace(budget, flatten_s=budget.flatten_s + CONTRACTS_LATER_S)


def _budget(b: BudgetSettings) -> Budget:
    first = b.priority
    return Budget(
        positions_max=b.positions_max,
        risk_pct_max=b.risk_pct_max,
        capital_pct=b.capital_pct,
        lock_s=b.lock_s,
        daily_loss_pct_max=b.daily_loss_pct_max,
        orders_per_min_max=b.orders_per_min_max,
        heartbeat_s_max=b.heartbeat_s_max,
        on_silence=b.on_silence,
        flatten_s=b.flatten_s,
        priority=first.rank if first else 0,
        priority_since_s=_second(first.since) if first else 0,
        priority_until_s=_second(first.until) if first else DAY_S,
    )


def _second(at: time) -> int:
    return at.hour * 3600 + at.minute * 60 + at.second


def limits_hash(limits: Limits) -> str:
    """Return 12 characters that change when any limit does."""
    text = msgspec.json.encode(limits, order="deterministic")
    return hashlib.sha256(text).hexdigest()[:12]
