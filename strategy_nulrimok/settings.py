"""What a Nulrimok process is told, and how its files become the rules it decides by."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from config.load import DIRECTORY
from strategy_nulrimok.decision.dse_rules import DseRules, DseSection
from strategy_nulrimok.decision.rules import Numbers, Rules, Switches
from strategy_nulrimok.nulrimok import Nulrimok, selection_hash
from strategy_nulrimok.selection import SelectionSettings
from strategy_runtime.settings import StrategySettings, fault_of, load_both, sectors_of


class NulrimokSettings(StrategySettings):
    """nulrimok.yaml over fleet.yaml."""

    rules: Numbers
    switches: Switches
    dse: DseSection
    selection: SelectionSettings


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings, and the strategy that they make."""

    settings: NulrimokSettings
    nulrimok: Nulrimok


def load_nulrimok(directory: Path = DIRECTORY) -> Loaded:
    """Return what the files say.

    CONSERVATIVE_MODE=true puts the strict switches in force; they are read either way, because
    what they would have stopped is counted. Raises ConfigError.
    """
    settings, strict = load_both(NulrimokSettings, "nulrimok", directory)
    sectors = sectors_of(settings, directory)
    try:
        dse = DseRules(**dict(settings.dse), strict=strict.dse.switches)
        rules = Rules(
            **dict(settings.rules),
            switches=settings.switches,
            strict=strict.switches,
            config_hash=selection_hash(dse, sectors),
        )
    except ValidationError as error:
        raise fault_of("nulrimok", error) from None
    return Loaded(settings, Nulrimok(settings.strategy_id, rules, sectors, dse))
