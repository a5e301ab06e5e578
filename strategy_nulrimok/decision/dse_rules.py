"""Every number the daily selection decides by: the section `dse` of config/nulrimok.yaml.

Nothing here has a default. `_sessions` count trading days; ratios are plain.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Ratio = Annotated[float, Field(gt=0, lt=1)]
Weight = Annotated[float, Field(ge=0, le=1)]
Multiple = Annotated[float, Field(gt=0)]
Percent = Annotated[float, Field(ge=0, le=100)]
Sessions = Annotated[int, Field(gt=0, le=300)]
Peers = Annotated[int, Field(gt=0, le=100)]
Flag = Literal[
    "HALTED", "ADMINISTRATIVE", "WARNING", "RISK", "LIQUIDATION", "SPAC", "ETF", "PREFERRED"
]


class Shape(BaseModel):
    """Frozen, nothing unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DseSwitches(Shape):
    """What conservative.yaml makes strict in the daily selection."""

    allow_tier_c_reduced: bool
    leader_tier_a_pct: Percent
    leader_tier_b_pct: Percent  # tiers B and C
    flow_persistence_min: Weight  # share of days with net buying


class AdmissionRules(Shape):
    """Who is looked at at all, as of the trade date."""

    exclude: tuple[Flag, ...]
    blacklist: tuple[str, ...]  # symbols
    market_cap_min_krw: Annotated[int, Field(ge=0)]
    adv_sessions: Sessions  # of the mean value traded
    adtv_min_krw: Annotated[int, Field(gt=0)]
    top_by_adv: Annotated[int, Field(gt=0)]  # names


class RegimeRules(Shape):
    """Four components, each passed or not; the score is the weight of those passed."""

    kospi_days_min: Annotated[int, Field(gt=1)]  # fewer: tier C without entries
    sma_days: Sessions
    breadth_sma_days: Sessions
    breadth_min: Ratio
    vol_days: Sessions  # of one realised volatility
    vol_history_days: Sessions  # volatilities that the newest is ranked among
    vol_percentile_max: Percent
    fx_days: Sessions
    fx_rise_max: Ratio
    fx_age_sessions_max: Sessions  # 1: the newest rate is of the session before
    price_weight: Weight
    breadth_weight: Weight
    volatility_weight: Weight
    fx_weight: Weight
    tier_a_above: Ratio  # score
    tier_b_from: Ratio
    mult_a: Weight
    mult_b: Weight
    mult_c_reduced: Weight


class SectorRules(Shape):
    """How sectors are weighed against one another."""

    basket: Annotated[int, Field(gt=0)]  # most liquid members
    flow_days: Sessions
    breadth_sma_days: Sessions
    flow_weight: Weight
    breadth_weight: Weight
    participation_weight: Weight
    rank_weights: tuple[Weight, ...] = Field(min_length=1)  # of the best, the second …
    other_weight: Weight


class FlowRules(Shape):
    """Who is bought by foreigners and institutions, persistently and more than its sector."""

    persistence_days: Sessions
    short_days: Sessions
    long_days: Sessions
    peers_min: Peers  # other members of the sector; with fewer the market stands in
    persistence_weight: Weight
    intensity_weight: Weight
    accel_weight: Weight
    z_span: Multiple  # a z-score of half of it either way spans 0 to 1


class LeaderRules(Shape):
    """Whose return leads its sector."""

    days: Sessions  # closes
    days_min: Sessions
    peers_min: Peers  # other members; with fewer the percentile shrinks to the market's


class TrendRules(Shape):
    """Above a mean that does not fall."""

    sma_days: Sessions
    slope_days: Sessions


class AnchorRules(Shape):
    """Where the anchored VWAP begins."""

    window_sessions: Sessions
    run_days_min: Sessions  # net-bought days in a row
    run_age_sessions_max: Sessions  # 1: the run lasts to the session before
    reversal_days: Sessions  # net-sold days in a row that end a run's life
    impulse_volume: Multiple  # of the mean before
    impulse_mean_days: Sessions
    acceptance: Ratio  # distance from the AVWAP that a bar must come within
    band: Ratio  # half its width
    atr_days: Sessions
    atr_bars_a_day: Multiple  # 30-minute bars


class RankingRules(Shape):
    """The order of the candidates and what each may risk."""

    flow_weight: Weight
    rs_weight: Weight
    sector_weight: Weight
    proximity_weight: Weight
    top_share: Ratio  # of the candidates
    next_share: Ratio
    top_risk: Ratio  # of equity
    next_risk: Ratio
    rest_risk: Ratio
    tradable_a: Ratio  # share of the candidates in tier A
    tradable_other: Ratio
    active_max: Annotated[int, Field(gt=0, le=40)]


class DseSection(Shape):
    """The section `dse`: the numbers and the switches in force."""

    admission: AdmissionRules
    regime: RegimeRules
    sector: SectorRules
    flow: FlowRules
    leader: LeaderRules
    trend: TrendRules
    anchor: AnchorRules
    ranking: RankingRules
    switches: DseSwitches

    @model_validator(mode="after")
    def _hangs_together(self) -> "DseSection":
        regime, sector, flow, rank = self.regime, self.sector, self.flow, self.ranking
        one = {
            "regime": (
                regime.price_weight,
                regime.breadth_weight,
                regime.volatility_weight,
                regime.fx_weight,
            ),
            "sector": (sector.flow_weight, sector.breadth_weight, sector.participation_weight),
            "flow": (flow.persistence_weight, flow.intensity_weight, flow.accel_weight),
            "ranking": (
                rank.flow_weight,
                rank.rs_weight,
                rank.sector_weight,
                rank.proximity_weight,
            ),
        }
        for name, weights in one.items():
            if round(sum(weights), 9) != 1:
                raise ValueError(f"{name}: the weights add up to {sum(weights):g}, expected 1")
        if regime.tier_b_from > regime.tier_a_above:
            raise ValueError("regime.tier_b_from must not lie above regime.tier_a_above")
        needed = max(regime.sma_days, regime.vol_days + 1)
        if regime.kospi_days_min < needed:
            raise ValueError(f"regime.kospi_days_min must be {needed} or more")
        if flow.short_days > flow.long_days or flow.short_days > flow.persistence_days:
            raise ValueError("flow.short_days must not exceed long_days or persistence_days")
        if rank.top_share + rank.next_share > 1:
            raise ValueError("ranking.top_share + ranking.next_share must not exceed 1")
        if self.leader.days_min > self.leader.days:
            raise ValueError("leader.days_min must not exceed leader.days")
        return self

    @property
    def sessions_needed(self) -> int:
        """How many sessions before the trade date the calendar must hold."""
        return max(
            self.admission.adv_sessions,
            self.sector.flow_days,
            self.flow.long_days,
            self.flow.persistence_days,
            self.anchor.window_sessions + 1,
        )

    @property
    def bars_wanted(self) -> int:
        """How many daily bars of a name are looked at, at most."""
        return max(
            self.admission.adv_sessions,
            self.regime.breadth_sma_days,
            self.sector.breadth_sma_days,
            self.leader.days,
            self.trend.sma_days + self.trend.slope_days,
            self.anchor.window_sessions + self.anchor.impulse_mean_days,
            self.anchor.atr_days + 1,
        )


class DseRules(DseSection):
    """The section, and the strict value of each switch for the would-block account."""

    strict: DseSwitches
