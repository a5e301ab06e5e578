"""What every strategy's process is told, and how switches become strict.

A strategy's YAML lies over fleet.yaml. CONSERVATIVE_MODE=true lays conservative.yaml's section over
the switches; the strict values are read either way: what they would have stopped is counted.
"""

from datetime import time
from pathlib import Path

from pydantic import Field, ValidationError, model_validator

from config.load import DIRECTORY, ConfigError, flag, load, secret_or_none
from kis_core.market.sectors import SectorError
from kis_core.market.symbols import SymbolError, symbol_of
from kis_core.settings import SECTORS, ServiceSettings, load_sectors

CONSERVATIVE = "conservative"


class StrategySettings(ServiceSettings):
    """The part of a strategy's YAML that all of them have."""

    strategy_id: str = Field(pattern=r"^[A-Z0-9_]{1,20}$")
    prepare_at: time
    universe: tuple[str, ...] = Field(min_length=1, max_length=500)

    @model_validator(mode="after")
    def _real_symbols_once(self) -> "StrategySettings":
        for symbol in self.universe:
            try:
                symbol_of(symbol)
            except SymbolError as error:
                raise ValueError(f"universe: {error}") from None
        if len(set(self.universe)) != len(self.universe):
            raise ValueError("universe: a symbol stands in it twice")
        return self


def load_both[S: StrategySettings](shape: type[S], name: str, directory: Path) -> tuple[S, S]:
    """Return the settings in force and the strict ones. Raises ConfigError."""
    conservative = secret_or_none("CONSERVATIVE_MODE") is not None and flag("CONSERVATIVE_MODE")
    strict = load(shape, name, directory, (CONSERVATIVE,))
    return (strict if conservative else load(shape, name, directory)), strict


def sectors_of(settings: StrategySettings, directory: Path = DIRECTORY) -> dict[str, str]:
    """Return the sector of each symbol of the universe. Raises ConfigError."""
    try:
        return load_sectors(directory).covering(settings.universe)
    except SectorError as error:
        raise ConfigError(f"{SECTORS}: {error}") from None


def fault_of(name: str, error: ValidationError) -> ConfigError:
    """Return the first fault of rules that do not hang together, with its file and place."""
    fault = error.errors()[0]
    place = ".".join(str(part) for part in fault["loc"])
    what = f"{place}: {fault['msg']}" if place else str(fault["msg"])
    return ConfigError(f"{name}.yaml: {what}")
