"""What the collector is told. Values in config/collector.yaml."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from config.load import Settings
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
    symbols: Annotated[tuple[Symbol, ...], Field(min_length=1)]  # whose candles are kept
    registrations_max: Annotated[int, Field(ge=1, le=41)]
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

    @model_validator(mode="after")
    def _each_symbol_once(self) -> "CollectorSettings":
        if len(set(self.symbols)) != len(self.symbols):
            twice = sorted({s for s in self.symbols if self.symbols.count(s) > 1})
            raise ValueError(f"symbols listed twice: {', '.join(twice)}")
        return self
