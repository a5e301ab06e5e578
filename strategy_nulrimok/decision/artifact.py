"""The daily selection's result for one trade date, and its text: what trading reads all day.

The text is canonical JSON (keys in the order below, mappings sorted, no spaces), so the same
research and rules give the same bytes and the same content hash. Floats are rounded where the
selection makes them. Ratios are plain (0.0075 is 0.75 %), prices KRW, dates YYYY-MM-DD.
"""

from hashlib import sha256
from typing import Literal

import msgspec

SCHEMA_VERSION = 1

Tier = Literal["A", "B", "C"]
Anchor = Literal["FLOW_RUN", "IMPULSE"]
Stage = Literal["UNIVERSE", "FLOW", "LEADER", "TREND"]
UNTOLD = frozenset(
    (
        "SECTOR_UNKNOWN", "MARKET_CAP_UNKNOWN", "BAR_MISSING", "BARS_DAMAGED", "ADTV_UNKNOWN",
        "FLOW_UNKNOWN", "RS_UNKNOWN", "TREND_UNKNOWN",
    )
)  # fmt: skip
"""Reasons that say nothing of a symbol, only that it could not be judged."""
Trouble = Literal["UNREADABLE", "SCHEMA", "DAMAGED", "STALE", "CONFIG"]


class ArtifactError(ValueError):
    """An artifact that must not be traded on. `trouble` says which kind of wrong it is."""

    def __init__(self, trouble: Trouble, says: str) -> None:
        super().__init__(f"artifact: {says}")
        self.trouble = trouble


class Component(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One component of the regime. `passed` None: unavailable, and `says` why; weight 0 then."""

    name: str  # price, breadth, volatility, fx
    passed: bool | None
    weight: float  # of the score; the weights of those available add up to 1
    value: float | None
    threshold: float | None
    says: str = ""


class Regime(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The market's tier. `risk_mult` scales the open-risk budget and the size of every trade."""

    tier: Tier
    score: float
    risk_mult: float  # 0: no entries today
    components: tuple[Component, ...]

    @property
    def unavailable(self) -> tuple[str, ...]:
        """Names of the components that could not be judged."""
        return tuple(one.name for one in self.components if one.passed is None)


class Candidate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A symbol that passed every stage. Without an anchor its AVWAP and band are None.

    `recommended_risk` is what one trade may lose, as a ratio of equity: `base_risk` (by rank)
    times the regime's multiplier. It is scaled already; scale only the open-risk budget with
    the regime's `risk_mult`.
    """

    symbol: str
    sector: str
    regime_tier: Tier
    regime_score: float
    risk_multiplier: float
    sector_rank_weight: float
    flow_score: float  # 0 to 1
    flow_persistence: float  # share of the last days with net buying
    flow_pass: bool
    rs_percentile: float  # 0 to 100
    leader_pass: bool
    trend_pass: bool
    close_krw: int  # of the session before the trade date
    sma50_krw: float
    adv_krw: int  # mean value traded a session
    setup_type: Anchor | None  # what the anchor is
    anchor_date: str | None
    avwap_ref_krw: float | None  # anchor to the session before the trade date
    band_lower_krw: float | None
    band_upper_krw: float | None
    acceptance_pass: bool  # GREEN, otherwise YELLOW
    avwap_proximity: float | None  # 1 - |close - avwap| / avwap
    daily_rank: float  # higher is better
    tradable: bool
    base_risk: float
    recommended_risk: float
    atr30m_est_krw: float | None


class Rejects(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who fell at one gate, in ascending order. A symbol falls once, at the first it fails."""

    stage: Stage
    reason: str
    count: int
    symbols: tuple[str, ...]


class WouldBlock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A candidate that the strict value of a switch would have stopped."""

    symbol: str
    reason: Literal["TIER_C_REDUCED", "RS_PERCENTILE", "FLOW_PERSISTENCE"]
    actual: float
    strict: float


class SectorRank(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sector's weight and what it came from. None: a component is not known, so unranked."""

    sector: str
    members: int  # in its basket
    flow_trend: float | None  # days of its own value traded that were net bought
    breadth: float | None
    participation: float | None
    score: float | None
    weight: float


class Artifact(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything of one trade date. `content_hash` is the SHA-256 of the text without it."""

    schema_version: int
    config_hash: str
    trade_date: str
    data_as_of: str  # the newest row of the market that was used
    regime: Regime
    sectors: tuple[SectorRank, ...]  # by name
    candidates: tuple[Candidate, ...]  # best first
    tradable: tuple[str, ...]  # best first
    active_set: tuple[str, ...]  # best first
    overflow: tuple[str, ...]  # best first
    flow_reversal: dict[str, bool | None]
    """Of every symbol known: smart money sold on both sessions before. None: not known."""
    rejects: tuple[Rejects, ...]
    would_block: tuple[WouldBlock, ...]
    content_hash: str = ""

    def candidate(self, symbol: str) -> Candidate | None:
        """Return a symbol's candidate; None where it is none."""
        return next((one for one in self.candidates if one.symbol == symbol), None)

    @property
    def untold(self) -> frozenset[str]:
        """Return the symbols that fell because something of them is not known."""
        return frozenset(s for one in self.rejects if one.reason in UNTOLD for s in one.symbols)

    @property
    def reject_counts(self) -> dict[str, int]:
        """How many fell at each stage."""
        counts: dict[str, int] = {}
        for one in self.rejects:
            counts[one.stage] = counts.get(one.stage, 0) + one.count
        return counts


def sealed(artifact: Artifact) -> Artifact:
    """Return the artifact with its content hash."""
    return msgspec.structs.replace(artifact, content_hash=_hash(artifact))


def to_text(artifact: Artifact) -> str:
    """Return the canonical JSON of a sealed artifact."""
    return _encoded(artifact).decode()


def of_text(text: str, trade_date: str, config_hash: str) -> Artifact:
    """Read an artifact for the session of `trade_date` under the rules of `config_hash`.

    Raises ArtifactError: not readable, of another schema version, damaged, of another date, or
    made under other rules; in this order.
    """
    try:
        version = msgspec.json.decode(text, type=_Versioned).schema_version
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise ArtifactError("UNREADABLE", f"not readable: {error}") from None
    if version != SCHEMA_VERSION:
        says = f"schema version {version}, this program reads {SCHEMA_VERSION}"
        raise ArtifactError("SCHEMA", says)
    try:
        artifact = msgspec.json.decode(text, type=Artifact)
    except msgspec.DecodeError as error:
        raise ArtifactError("UNREADABLE", f"not readable: {error}") from None
    if artifact.content_hash != _hash(artifact):
        says = f"of {artifact.trade_date} is damaged: its content is not what its hash says"
        raise ArtifactError("DAMAGED", says)
    if artifact.trade_date != trade_date:
        raise ArtifactError("STALE", f"of {artifact.trade_date}, wanted {trade_date}")
    if artifact.config_hash != config_hash:
        says = f"made under configuration {artifact.config_hash}, in force is {config_hash}"
        raise ArtifactError("CONFIG", says)
    return artifact


class _Versioned(msgspec.Struct):
    schema_version: int


def _hash(artifact: Artifact) -> str:
    return sha256(_encoded(msgspec.structs.replace(artifact, content_hash=""))).hexdigest()


def _encoded(artifact: Artifact) -> bytes:
    return msgspec.json.encode(artifact, order="deterministic")
