"""What the collector is told. Values in config/collector.yaml."""

from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from config.load import Settings
from kis_core.settings import ServiceSettings

KeyName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,19}$")]
Symbol = Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{6}$")]


class TapeSettings(Settings):
    """The raw tape."""

    fsync_s: Annotated[float, Field(gt=0, le=10)]  # of this machine; what a power cut may cost
    segment_mb: Annotated[int, Field(ge=1, le=1024)]


class SweepSettings(Settings):
    """How minutes that the line did not tell are asked for over REST. Minutes of the market."""

    every_min: Annotated[int, Field(ge=1, le=28)]  # a reply holds 30 rows
    repair_min: Annotated[int, Field(ge=1, le=28)]  # a hole behind a symbol that is heard
    at_once: Annotated[int, Field(ge=1, le=8)]  # questions under way, of each app key


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
    tape: TapeSettings
    sweep: SweepSettings

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
