"""What a KPR process is told, and how its files become the rules it decides by."""

from pathlib import Path

from pydantic import ValidationError

from config.load import DIRECTORY
from strategy_kpr.decision.rules import Numbers, Rules, Switches
from strategy_runtime.settings import StrategySettings, fault_of, load_both, sectors_of


class KprSettings(StrategySettings):
    """kpr.yaml over fleet.yaml."""

    rules: Numbers
    switches: Switches


def load_kpr(directory: Path = DIRECTORY) -> tuple[KprSettings, Rules, dict[str, str]]:
    """Return the settings, the rules in force and the sector of each symbol.

    CONSERVATIVE_MODE=true puts the strict switches in force. Raises ConfigError.
    """
    settings, strict = load_both(KprSettings, "kpr", directory)
    try:
        rules = Rules(**dict(settings.rules), switches=settings.switches, strict=strict.switches)
    except ValidationError as error:
        raise fault_of("kpr", error) from None
    return settings, rules, sectors_of(settings, directory)
