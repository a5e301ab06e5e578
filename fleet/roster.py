"""Who belongs to a fleet: its services, and the strategies that fleet.yaml names.

Nobody imports a strategy: a service is a package's name, and its settings' shape is looked up when
somebody asks for it.
"""

import importlib
from dataclasses import dataclass

from pydantic import BaseModel

from config.load import ConfigError
from kis_core.settings import ServiceSettings


@dataclass(frozen=True)
class Service:
    """One process of the fleet: its package, its YAML, where its settings' shape is."""

    package: str
    config_name: str
    settings: str  # module:Class

    def shape(self) -> type[BaseModel]:
        """Return the settings class."""
        module, name = self.settings.split(":")
        shape: type[BaseModel] = getattr(importlib.import_module(module), name)
        return shape


COLLECTOR = Service("collector", "collector", "collector.settings:CollectorSettings")
OMS = Service("oms", "oms", "oms.settings:OmsSettings")
STRATEGIES = {
    "kmp": Service("strategy_kmp", "kmp", "strategy_kmp.settings:KmpSettings"),
    "kpr": Service("strategy_kpr", "kpr", "strategy_kpr.settings:KprSettings"),
    "nulrimok": Service(
        "strategy_nulrimok", "nulrimok", "strategy_nulrimok.settings:NulrimokSettings"
    ),
}
SERVICES = (COLLECTOR, OMS, *STRATEGIES.values())
"""All there are, in the order in which they start."""


def chosen(names: tuple[str, ...]) -> tuple[Service, ...]:
    """Return strategies by name, in the house's order. Raises ConfigError."""
    for name in names:
        if name not in STRATEGIES:
            known = ", ".join(STRATEGIES)
            raise ConfigError(f"strategies: {name!r} is not one of {known}")
    return tuple(service for name, service in STRATEGIES.items() if name in names)


def services_of(settings: ServiceSettings) -> tuple[Service, ...]:
    """Return the services that a configured fleet runs, in the order in which they start."""
    return (COLLECTOR, OMS, *chosen(settings.strategies))
