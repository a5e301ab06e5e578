"""The shape of config/oms.yaml, and the limits it becomes. Nothing here has a default."""

import hashlib
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from pydantic import Field, PositiveFloat, PositiveInt, StringConstraints, model_validator

from config.load import DIRECTORY, ConfigError, Settings, load
from kis_core.settings import SECTORS, ServiceSettings, load_sectors
from oms.core.limits import Budget, Limits, Tier

Fraction = Annotated[float, Field(gt=0, le=1)]
StrategyId = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,19}$")]
RegimeName = Literal["CRISIS", "WEAK", "NORMAL", "STRONG"]
State = Literal["administrative", "liquidation", "caution", "warning", "risk", "overheated"]
URGENCIES = frozenset({"LOW", "NORMAL", "HIGH"})


class BudgetSettings(Settings):
    """What one strategy may use."""

    positions_max: PositiveInt
    risk_pct_max: Fraction
    capital_pct: Fraction
    lock_s: Annotated[int, Field(ge=0)]
    daily_loss_pct_max: Fraction
    orders_per_min_max: PositiveInt
    heartbeat_s_max: PositiveInt
    on_silence: Literal["hold", "flatten"]


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
    exposure_pct_max: Annotated[float, Field(ge=0, le=2)]


class Repeats(Settings):
    """How often a strategy may enter the same symbol within some seconds."""

    most: PositiveInt
    within_s: PositiveInt


class RiskSettings(Settings):
    """The controls' numbers."""

    daily_loss: DailyLoss
    gross_pct_max: Annotated[float, Field(gt=0, le=2)]
    position_pct_max: Fraction
    positions_max: PositiveInt
    sector_pct_max: Fraction
    unknown_sector: Literal["block", "allow"]
    regime_caps: dict[RegimeName, Fraction]
    regime_at_start: RegimeName
    spread_bp_max: PositiveFloat | None
    vi_cooldown_s: Annotated[int, Field(ge=0)]
    collar_bp: PositiveInt
    quote_age_s_max: PositiveFloat
    balance_age_s_max: PositiveFloat
    order_value_krw_max: PositiveInt
    order_shares_max: PositiveInt
    net_pct_max: Annotated[float, Field(gt=0, le=2)]
    drawdown_tiers: tuple[TierSettings, ...]
    participation_pct_max: Fraction
    orders_per_min_max: PositiveInt
    messages_per_s_max: PositiveInt
    repeats: Repeats
    blocked_states: tuple[State, ...]

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
    default_venue: Literal["KRX", "NXT", "SOR", "BEST"]
    stops_on_nxt: bool
    exit_reach_bp: Annotated[int, Field(ge=0, le=3_000)]
    auction_settle_s: PositiveInt

    @model_validator(mode="after")
    def _every_urgency(self) -> "OrderSettings":
        if set(self.entry_life_s) != URGENCIES:
            raise ValueError(f"entry_life_s needs exactly {', '.join(sorted(URGENCIES))}")
        return self


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
    risk: RiskSettings
    orders: OrderSettings
    budgets: dict[StrategyId, BudgetSettings]
    rounds: RoundSettings
    allowance: AllowanceSettings

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


def load_settings(directory: Path = DIRECTORY) -> tuple[OmsSettings, Limits]:
    """Return the settings and the limits they mean, the sector map included. Raises ConfigError."""
    settings = load(OmsSettings, "oms", directory)
    return settings, limits_of(settings, sectors_in(directory))


def sectors_in(directory: Path) -> dict[str, str]:
    """Return the sector of each symbol of sectors.yaml; empty when there is no such file."""
    if not (directory / SECTORS).is_file():
        return {}
    return dict(load_sectors(directory).sectors)


def limits_of(settings: OmsSettings, sectors: dict[str, str]) -> Limits:
    """Return the settings as the core reads them."""
    risk, orders = settings.risk, settings.orders
    return Limits(
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
        budgets={
            name: Budget(
                positions_max=b.positions_max,
                risk_pct_max=b.risk_pct_max,
                capital_pct=b.capital_pct,
                lock_s=b.lock_s,
                daily_loss_pct_max=b.daily_loss_pct_max,
                orders_per_min_max=b.orders_per_min_max,
                heartbeat_s_max=b.heartbeat_s_max,
                on_silence=b.on_silence,
            )
            for name, b in settings.budgets.items()
        },
        sectors=sectors,
        net_pct_max=risk.net_pct_max,
        drawdown_tiers=tuple(Tier(t.drawdown_pct, t.exposure_pct_max) for t in risk.drawdown_tiers),
        participation_pct_max=risk.participation_pct_max,
        orders_per_min_max=risk.orders_per_min_max,
        messages_per_s_max=risk.messages_per_s_max,
        repeats_max=risk.repeats.most,
        repeats_s=risk.repeats.within_s,
        blocked_states=tuple(str(state) for state in risk.blocked_states),
        default_venue=orders.default_venue,
        stops_on_nxt=orders.stops_on_nxt,
        exit_reach_bp=orders.exit_reach_bp,
        auction_settle_s=orders.auction_settle_s,
    )


def limits_hash(limits: Limits) -> str:
    """Return 12 characters that change when any limit does."""
    text = msgspec.json.encode(limits, order="deterministic")
    return hashlib.sha256(text).hexdigest()[:12]
