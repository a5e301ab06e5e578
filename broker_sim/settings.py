"""What the simulator is told: which day, whose keys, how fast, which host it plays."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from config.load import ConfigError, Settings
from kis_core.clock import KST, ns
from kis_core.environment import Dialect
from kis_core.settings import ServiceSettings

Port = Annotated[int, Field(ge=0, le=65_535)]  # 0: any that is free


class CallLimits(Settings):
    """REST calls a second for one app key, as each host allows them."""

    real: Annotated[int, Field(ge=1, le=1000)]
    paper: Annotated[int, Field(ge=1, le=1000)]


class KiwoomRates(Settings):
    """REST calls a second of Kiwoom's app key, all TRs together, as each host allows them."""

    real: Annotated[int, Field(ge=1, le=1000)]
    paper: Annotated[int, Field(ge=1, le=1000)]


class KiwoomSettings(Settings):
    """The simulator's second face: Kiwoom's REST and WebSocket. Seconds of the world, but for
    rates and tokens, which live by the day's clock."""

    port: Port | None  # REST; null: Kiwoom is not served
    ws_port: Port
    calls_per_second: KiwoomRates
    tr_per_second: Annotated[float, Field(gt=0, le=1000)]  # of one TR
    tr_burst: Annotated[int, Field(ge=1, le=1000)]
    token_life_s: Annotated[int, Field(ge=1, le=7 * 86_400)]
    issue_every_s: Annotated[float, Field(ge=0, le=3600)]  # a token sooner than this is refused
    sessions_max: Annotated[int, Field(ge=1, le=100)]  # of one token
    session_items_max: Annotated[int, Field(ge=1)] | None  # (item, type); null: no limit known
    ping_s: Annotated[float, Field(gt=0, le=3600)]
    reconnect_s: Annotated[float, Field(ge=0, le=3600)]  # a LOGIN sooner is closed unanswered
    list_rows: Annotated[int, Field(ge=1, le=10_000)]  # of a page of ka10099
    capture: Path | None  # Parquet, played instead of the market; null: the market
    start_when_registered: Annotated[int, Field(ge=1)] | None  # streams; null: all of the capture


class SimSettings(ServiceSettings):
    """The keys of sim.yaml, over those of fleet.yaml."""

    host: str
    rest_port: Port
    ws_port: Port
    dialect: Dialect
    date: dt.date | None  # the day played; null: the last one of the bars, or the generated one
    bars: Path | None  # folder of real 1-minute bars; null: a generated day
    seed: int
    speed: Annotated[float, Field(gt=0, le=1000)]  # seconds of the day per second of the world
    start: dt.time  # KST, where the day's clock begins
    cash_krw: Annotated[int, Field(ge=0, le=10**13)]
    margin_cash_krw: Annotated[int, Field(ge=0, le=10**13)] | None  # null: as much as cash_krw
    commission_ppm: Annotated[int, Field(ge=0, le=10_000)]
    latency_ms: Annotated[float, Field(gt=0, le=10_000)]  # from an answer to the exchange's own
    calls_per_second: CallLimits
    ws_layout: Literal["auto", "legacy", "mid", "current"]
    pump_ms: Annotated[int, Field(ge=1, le=1000)]  # of the world, between two looks at the clock
    unread_bytes_max: Annotated[int, Field(ge=65_536, le=2**30)]  # then a session is dropped
    faults: Path | None  # script of what goes wrong (docs/faults.md); null: nothing
    kiwoom: KiwoomSettings

    @model_validator(mode="after")
    def _one_dialect(self) -> "SimSettings":
        if self.simulator is not None and self.simulator.dialect != self.dialect:
            raise ValueError(f"dialect {self.dialect} is not what simulator.dialect promises")
        return self

    def start_ns(self) -> int:
        """Return where the day's clock begins. The date must have been written down."""
        if self.date is None:
            raise ConfigError("sim.yaml: date is needed to say when the day's clock begins")
        return ns(dt.datetime.combine(self.date, self.start, KST))

    def changed(self, values: Mapping[str, Any]) -> "SimSettings":
        """Return these settings with some replaced, validated again. Raises ConfigError."""
        try:
            return SimSettings.model_validate({**self.model_dump(), **values})
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"]) or "settings"
            raise ConfigError(f"{place}: {first['msg']}") from None
