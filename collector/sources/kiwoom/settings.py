"""What the Kiwoom source is told: section `kiwoom` of config/collector.yaml."""

from datetime import time
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from collector.sources.kiwoom.environment import (
    MOCK,
    REAL,
    KiwoomCredentials,
    KiwoomEndpoints,
)
from config.load import ConfigError, Settings, secret
from kis_core.environment import Environment, Secret

Seconds = Annotated[float, Field(gt=0)]
RealTypeCode = Literal["0B", "0C", "0D", "0s", "1h"]


class KiwoomSimulator(Settings):
    """Where our simulator plays Kiwoom."""

    rest_url: str
    ws_url: str


class KiwoomSettings(Settings):
    """Times are this machine's seconds unless they say otherwise."""

    enabled: bool
    host: Literal["real", "mock"]  # where the fleet's broker is not the simulator
    simulator: KiwoomSimulator | None  # where it is
    universe: Path | None  # .xlsx or .csv; null: the whole listing
    listing: Literal["ka10099", "masters", "none"]  # who says what trades on NXT
    types: Annotated[tuple[RealTypeCode, ...], Field(min_length=1)]
    nxt: Literal["eligible", "all", "none"]  # which symbols are asked for on NXT, too
    group_items: Annotated[int, Field(ge=1, le=100)]
    groups_per_line: Annotated[int, Field(ge=1)] | None  # null: one line for all
    autostart: bool  # log from the start; else when the panel says so
    refresh_at: time  # KST; the listing is asked for anew each session
    line_silent_s: Annotated[float, Field(ge=10)]  # without a text, PINGs included
    answer_s: Seconds
    refused_retry_s: Seconds
    item_silent_s: Seconds  # of the market: silent while the other venue tells ...
    sibling_messages: Annotated[int, Field(ge=1)]  # ... so many messages
    ledger_s: Annotated[float, Field(ge=1)]  # between two writes of the ledger to the database
    relay: bool  # let events to the strategies where KIS has no registration of them

    @model_validator(mode="after")
    def _each_type_once(self) -> "KiwoomSettings":
        if len(set(self.types)) != len(self.types):
            raise ValueError(f"types listed twice: {', '.join(self.types)}")
        return self

    def endpoints(self, broker: Literal["kis", "sim"]) -> KiwoomEndpoints:
        """Return the doors of the environment; `broker` is the fleet's."""
        if broker == "sim":
            if self.simulator is None:
                raise ConfigError(
                    "collector.yaml: kiwoom.simulator is needed with broker: sim, or enabled: false"
                )
            sim = self.simulator
            return KiwoomEndpoints(Environment.SIM, sim.rest_url, sim.ws_url)
        return REAL if self.host == "real" else MOCK

    def credentials(self, environment: Environment) -> KiwoomCredentials:
        """Return the app key of an environment, from the secrets."""
        prefix = {"sim": "SIM_KIWOOM_", "paper": "KIWOOM_MOCK_", "real": "KIWOOM_"}[environment]
        return KiwoomCredentials(
            environment, secret(prefix + "APP_KEY"), Secret(secret(prefix + "SECRET_KEY"))
        )
