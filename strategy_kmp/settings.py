"""What a KMP process is told, and how its files become the rules it decides by."""

from pathlib import Path

from pydantic import ValidationError

from config.load import DIRECTORY
from strategy_kmp.decision.rules import Numbers, Rules, Switches
from strategy_runtime.settings import StrategySettings, fault_of, load_both, sectors_of


class KmpSettings(StrategySettings):
    """kmp.yaml over fleet.yaml."""

    rules: Numbers
    switches: Switches


def load_kmp(directory: Path = DIRECTORY) -> tuple[KmpSettings, Rules, dict[str, str]]:
    """Return the settings, the rules in force and the sector of each symbol. Raises ConfigError."""
    settings, strict = load_both(KmpSettings, "kmp", directory)
    try:
        rules = Rules(**dict(settings.rules), switches=settings.switches, strict=strict.switches)
    except ValidationError as error:
        raise fault_of("kmp", error) from None
    return settings, rules, sectors_of(settings, directory)
