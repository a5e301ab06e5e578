"""What a KMP process is told, and how its files become the rules it decides by."""

from datetime import time
from pathlib import Path

from pydantic import Field, ValidationError, model_validator

from config.load import DIRECTORY, ConfigError, flag, load, secret_or_none
from kis_core.market.sectors import SectorError
from kis_core.market.symbols import SymbolError, symbol_of
from kis_core.settings import SECTORS, ServiceSettings, load_sectors
from strategy_kmp.decision.rules import Numbers, Rules, Switches

CONSERVATIVE = "conservative"


class KmpSettings(ServiceSettings):
    """kmp.yaml over fleet.yaml."""

    strategy_id: str = Field(pattern=r"^[A-Z0-9_]{1,20}$")
    prepare_at: time
    rules: Numbers
    switches: Switches
    universe: tuple[str, ...] = Field(min_length=1, max_length=500)

    @model_validator(mode="after")
    def _real_symbols_once(self) -> "KmpSettings":
        for symbol in self.universe:
            try:
                symbol_of(symbol)
            except SymbolError as error:
                raise ValueError(f"universe: {error}") from None
        if len(set(self.universe)) != len(self.universe):
            raise ValueError("universe: a symbol stands in it twice")
        return self


def load_kmp(directory: Path = DIRECTORY) -> tuple[KmpSettings, Rules, dict[str, str]]:
    """Return the settings, the rules in force and the sector of each symbol.

    CONSERVATIVE_MODE=true puts the strict switches in force; they are read either way, because
    what they would have stopped is counted. Raises ConfigError.
    """
    conservative = secret_or_none("CONSERVATIVE_MODE") is not None and flag("CONSERVATIVE_MODE")
    strict = load(KmpSettings, "kmp", directory, (CONSERVATIVE,))
    settings = strict if conservative else load(KmpSettings, "kmp", directory)
    try:
        rules = Rules(**dict(settings.rules), switches=settings.switches, strict=strict.switches)
    except ValidationError as error:
        raise ConfigError(f"kmp.yaml: {_first(error)}") from None
    try:
        sectors = load_sectors(directory).covering(settings.universe)
    except SectorError as error:
        raise ConfigError(f"{SECTORS}: {error}") from None
    return settings, rules, sectors


def _first(error: ValidationError) -> str:
    fault = error.errors()[0]
    place = ".".join(str(part) for part in fault["loc"])
    return f"{place}: {fault['msg']}" if place else str(fault["msg"])
