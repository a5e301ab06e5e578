"""What the collector is told. Values in config/collector.yaml."""

from datetime import time
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from collector.derivatives.settings import DerivativeSettings
from collector.faults import MILLISECOND_NS, Thresholds
from collector.sources.kiwoom.settings import KiwoomSettings
from config.load import Settings
from kis_core.market.instants import SECOND_NS
from kis_core.settings import ServiceSettings

KeyName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,19}$")]
Symbol = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{6}$")]


class TapeSettings(Settings):
    """The raw tape."""

    fsync_s: Annotated[float, Field(gt=0, le=10)]  # of this machine; what a power cut may cost
    segment_mb: Annotated[int, Field(ge=1, le=1024)]
    segment_min: Annotated[int, Field(ge=1, le=1440)]  # market minutes; a new one begins then
    compact_at: time  # KST: days become Parquet, are copied, and what is old goes
    keep_segments_days: Annotated[int, Field(ge=1)]  # of what a day file holds, checked
    keep_segments_days_max: Annotated[int, Field(ge=1)]  # of what none holds: the hard limit
    keep_days: Annotated[int, Field(ge=1)]  # of day files
    free_gb_min: Annotated[int, Field(ge=0)]  # below, the oldest that may go goes earlier
    second_dir: Path | None  # where day files are copied or linked to; null: nowhere

    @model_validator(mode="after")
    def _hard_limit_is_later(self) -> "TapeSettings":
        if self.keep_segments_days_max < self.keep_segments_days:
            raise ValueError("keep_segments_days_max is below keep_segments_days")
        return self


class SweepSettings(Settings):
    """How minutes that the line did not tell are asked for over REST. Minutes of the market."""

    every_min: Annotated[int, Field(ge=1, le=28)]  # a reply holds 30 rows
    repair_min: Annotated[int, Field(ge=1, le=28)]  # a hole behind a symbol that is heard
    at_once: Annotated[int, Field(ge=1, le=8)]  # questions under way, of each app key


class QualitySettings(Settings):
    """From where on market data is found wrong (docs/data_quality.md). Seconds of the market."""

    line_gap_s: Annotated[float, Field(gt=0)]  # without any message, while a venue is open
    stall_s: Annotated[float, Field(gt=0)]  # a stream's silence ...
    sibling_events: Annotated[int, Field(ge=1)]  # ... in which its other venue told so much
    stall_alone_s: Annotated[float, Field(gt=0)]  # a stream's silence, whatever the other told
    repeat_ms: Annotated[int, Field(ge=0)]  # the same quote again
    late_s: Annotated[float, Field(gt=0)]

    @model_validator(mode="after")
    def _silence_alone_is_longer(self) -> "QualitySettings":
        if self.stall_alone_s < self.stall_s:
            raise ValueError("stall_alone_s is below stall_s")
        return self

    def thresholds(self) -> Thresholds:
        """Return them in nanoseconds."""
        return Thresholds(
            line_gap_ns=int(self.line_gap_s * SECOND_NS),
            stall_ns=int(self.stall_s * SECOND_NS),
            sibling_events=self.sibling_events,
            stall_alone_ns=int(self.stall_alone_s * SECOND_NS),
            repeat_ns=self.repeat_ms * MILLISECOND_NS,
            late_ns=int(self.late_s * SECOND_NS),
        )


class RelaySettings(Settings):
    """How events reach readers on other machines; those on this one have the collector's door."""

    transport: Literal["websocket", "nats"]
    url: (
        Annotated[str, StringConstraints(pattern=r"^(nats|tls)://[^/\s]+(/[A-Za-z0-9_]+)?$")] | None
    )

    @model_validator(mode="after")
    def _url_where_needed(self) -> "RelaySettings":
        if (self.transport == "nats") != (self.url is not None):
            raise ValueError("relay.url goes with relay.transport nats, and with nothing else")
        return self


class CollectorSettings(ServiceSettings):
    """The port is that of `relay_url`."""

    host: str  # where the relay listens
    keys: tuple[KeyName, ...]  # further app keys, each with a session and a REST budget of its own
    symbols: Annotated[tuple[Symbol, ...], Field(min_length=1)]  # whose candles are kept
    nxt_symbols: tuple[Symbol, ...]  # of these, whose prints on NXT make candles, too
    registrations_max: Annotated[int, Field(ge=1, le=41)]  # of one session
    lost_after_s: Annotated[float, Field(ge=1)]  # of the market: then others take what they can
    backfill_days: Annotated[int, Field(ge=0, le=60)]  # sessions before today that are made whole
    silent_s: Annotated[
        float, Field(ge=10)
    ]  # of this machine; then the line must answer or is opened anew
    index_poll_s: Annotated[float, Field(ge=1)]
    linger_s: Annotated[float, Field(ge=0)]  # the wants of a reader that left count so much longer
    reader_events_max: Annotated[int, Field(ge=1000)]  # that wait for one reader
    histories_max: Annotated[int, Field(ge=0)]  # answers about the past that are remembered
    relay: RelaySettings
    tape: TapeSettings
    sweep: SweepSettings
    quality: QualitySettings
    derivatives: DerivativeSettings
    kiwoom: KiwoomSettings | None = None  # absent: not enabled

    @model_validator(mode="after")
    def _each_key_once(self) -> "CollectorSettings":
        if "default" in self.keys or len(set(self.keys)) != len(self.keys):
            raise ValueError("keys: each name once, and none of them default")
        return self

    @model_validator(mode="after")
    def _nxt_of_the_universe(self) -> "CollectorSettings":
        if unknown := sorted(set(self.nxt_symbols) - set(self.symbols)):
            raise ValueError(f"nxt_symbols not among symbols: {', '.join(unknown)}")
        return self

    @model_validator(mode="after")
    def _each_symbol_once(self) -> "CollectorSettings":
        if len(set(self.symbols)) != len(self.symbols):
            twice = sorted({s for s in self.symbols if self.symbols.count(s) > 1})
            raise ValueError(f"symbols listed twice: {', '.join(twice)}")
        return self
