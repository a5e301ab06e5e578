"""What every service of the fleet is told: which broker, which clock, where its neighbours are."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import PositiveFloat, StringConstraints, model_validator

from config.load import DIRECTORY, ConfigError, Settings, flag, read_located, secret
from kis_core.clock import Clock, ScaledClock, SystemClock
from kis_core.environment import (
    PAPER,
    REAL,
    Account,
    Credentials,
    Dialect,
    Endpoints,
    Environment,
    Secret,
)
from kis_core.market.sectors import SectorError, SectorMap, sector_map

SECTORS = "sectors.yaml"


class SimulatorAddress(Settings):
    """Where the broker simulator listens, and which host it plays."""

    rest_url: str
    ws_url: str
    dialect: Dialect


class ClockSettings(Settings):
    """`system`: the world's time. `scaled`: the simulated day of the anchor file."""

    kind: Literal["system", "scaled"]
    file: Path | None

    @model_validator(mode="after")
    def _file_where_needed(self) -> "ClockSettings":
        if (self.kind == "scaled") != (self.file is not None):
            raise ValueError("clock.file goes with clock.kind scaled, and with nothing else")
        return self


class LogSettings(Settings):
    """Where log lines go besides the standard error."""

    level: Literal["debug", "info", "warning", "error"]
    directory: Path | None


class ServiceSettings(Settings):
    """The keys of fleet.yaml. A service's own settings extend this class."""

    broker: Literal["kis", "sim"]  # kis: real or paper, as KIS_IS_PAPER says
    simulator: SimulatorAddress | None
    clock: ClockSettings
    log: LogSettings
    data_dir: Path
    strategies: tuple[str, ...]  # that this fleet runs
    relay_url: str  # http://host:port of the collector
    oms_url: str  # http://host:port of the OMS

    @model_validator(mode="after")
    def _simulator_where_needed(self) -> "ServiceSettings":
        if (self.broker == "sim") != (self.simulator is not None):
            raise ValueError("simulator goes with broker: sim, and with nothing else")
        if self.broker == "kis" and self.clock.kind != "system":
            raise ValueError("a scaled clock never meets the real broker")
        return self

    def make_clock(self) -> Clock:
        """Return the clock of this fleet."""
        return ScaledClock(self.clock.file) if self.clock.file else SystemClock()

    def endpoints(self) -> Endpoints:
        """Return the two doors of the environment this fleet trades in."""
        if self.simulator:
            sim = self.simulator
            return Endpoints(Environment.SIM, sim.rest_url, sim.ws_url, sim.dialect)
        return PAPER if flag("KIS_IS_PAPER") else REAL

    def credentials(self, name: str | None = None) -> Credentials:
        """Return the app key of that environment, from the secrets.

        A further app key has a `name`: KIS_APP_KEY_SECOND and KIS_APP_SECRET_SECOND of `second`.
        """
        environment = self.endpoints().environment
        prefix = {"sim": "SIM_", "paper": "KIS_PAPER_", "real": "KIS_"}[environment]
        suffix = "" if name is None else f"_{name.upper()}"
        hts = "SIM_HTS_ID" if environment is Environment.SIM else "KIS_HTS_ID"
        return Credentials(
            environment,
            secret(f"{prefix}APP_KEY{suffix}"),
            Secret(secret(f"{prefix}APP_SECRET{suffix}")),
            secret(hts),
        )

    def account(self) -> Account:
        """Return the account of that environment, from the secrets."""
        environment = self.endpoints().environment
        name = {"sim": "SIM_ACCOUNT_NO", "paper": "KIS_PAPER_ACCOUNT_NO", "real": "KIS_ACCOUNT_NO"}
        try:
            return Account.parse(environment, secret(name[environment]))
        except ValueError as error:
            raise ConfigError(f"{name[environment]}: {error}") from None


class MastersSettings(ServiceSettings):
    """masters.yaml over fleet.yaml: where master files come from. They are kept in `data_dir`."""

    url: Annotated[str, StringConstraints(pattern=r"^https?://[^/\s]+(/[^\s]*)?$")]
    timeout_s: PositiveFloat

    @property
    def directory(self) -> Path:
        """Where the last good files are."""
        return self.data_dir / "masters"


def load_sectors(directory: Path = DIRECTORY) -> SectorMap:
    """Return the map in sectors.yaml, or raise ConfigError with its place and its first fault."""
    located = read_located(directory / SECTORS)
    try:
        return sector_map(located.content, located.line)
    except SectorError as error:
        place = SECTORS if error.line is None else f"{SECTORS}, line {error.line}"
        raise ConfigError(f"{place}: {error.what}") from None
