"""What the collector is told. Values in config/collector.yaml."""

from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from collector.faults import MILLISECOND_NS, Thresholds
from config.load import Settings
from kis_core.market.instants import SECOND_NS
from kis_core.settings import ServiceSettings

Symbol = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{6}$")]


class TapeSettings(Settings):
    """The raw tape."""

    fsync_s: Annotated[float, Field(gt=0, le=10)]  # of this machine; what a power cut may cost
    segment_mb: Annotated[int, Field(ge=1, le=1024)]


class SweepSettings(Settings):
    """How minutes that the line did not tell are asked for over REST. Minutes of the market."""

    every_min: Annotated[int, Field(ge=1, le=28)]  # a reply holds 30 rows
    repair_min: Annotated[int, Field(ge=1, le=28)]  # a hole behind a symbol that is heard
    at_once: Annotated[int, Field(ge=1, le=8)]  # questions under way


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


class CollectorSettings(ServiceSettings):
    """The port is that of `relay_url`."""

    host: str  # where the relay listens
    symbols: Annotated[tuple[Symbol, ...], Field(min_length=1)]  # whose candles are kept
    registrations_max: Annotated[int, Field(ge=1, le=41)]
    silent_s: Annotated[
        float, Field(ge=10)
    ]  # of this machine; then the line must answer or is opened anew
    index_poll_s: Annotated[float, Field(ge=1)]
    linger_s: Annotated[float, Field(ge=0)]  # the wants of a reader that left count so much longer
    reader_events_max: Annotated[int, Field(ge=1000)]  # that wait for one reader
    histories_max: Annotated[int, Field(ge=0)]  # answers about the past that are remembered
    tape: TapeSettings
    sweep: SweepSettings
    quality: QualitySettings

    @model_validator(mode="after")
    def _each_symbol_once(self) -> "CollectorSettings":
        if len(set(self.symbols)) != len(self.symbols):
            twice = sorted({s for s in self.symbols if self.symbols.count(s) > 1})
            raise ValueError(f"symbols listed twice: {', '.join(twice)}")
        return self
