"""python -m strategy_runtime.alive --strategy KMP: exit 0 while the OMS hears that strategy.

A container's health check: a strategy has no door of its own, its heartbeat at the OMS says that
it lives. Seconds are of market time.
"""

import argparse
import asyncio
import sys
from pathlib import Path

from config.load import DIRECTORY, ConfigError, load, secret
from kis_core.settings import ServiceSettings
from oms_client.client import OmsClient, OmsError

SILENT_S_MAX = 300.0


async def age_s(settings: ServiceSettings, strategy: str) -> float | None:
    """Return the seconds since the strategy's last heartbeat; None when there was none."""
    token = secret(f"OMS_TOKEN_{strategy}")
    async with OmsClient.connect(settings.oms_url, token, strategy) as oms:
        return (await oms.health()).strategies.get(strategy)


def main() -> int:
    """Read the arguments, ask, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m strategy_runtime.alive", description=__doc__)
    parser.add_argument("--config", type=Path, default=DIRECTORY, help="folder of YAML files")
    parser.add_argument("--strategy", required=True, help="its id at the OMS")
    arguments = parser.parse_args()
    try:
        settings = load(ServiceSettings, "fleet", arguments.config)
        silent_s = asyncio.run(age_s(settings, arguments.strategy))
    except (ConfigError, OmsError) as error:
        sys.stderr.write(f"alive: {error}\n")
        return 1
    if silent_s is None or silent_s > SILENT_S_MAX:
        sys.stderr.write(f"alive: {arguments.strategy} was last heard {silent_s} s ago\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
