"""The shared clock of a simulated day, for fleets whose processes live in containers.

    python -m fleet.day prepare --config DIR   migrate the database, hold the clock at the start
    python -m fleet.day start --config DIR     let it run

Between the two, every service comes up while the clock stands still, so that no part of the day
passes before all of them listen.
"""

import sys
from argparse import ArgumentParser
from pathlib import Path

from broker_sim.settings import SimSettings
from config.load import DIRECTORY, ConfigError, load, secret
from kis_core.clock import ScaledClock, write_anchor


def main(argv: list[str]) -> int:
    """Run one of the two verbs; return an exit code."""
    parser = ArgumentParser(prog="fleet.day", description=__doc__)
    parser.add_argument("verb", choices=("prepare", "start"))
    parser.add_argument("--config", type=Path, default=DIRECTORY)
    words = parser.parse_args(argv)
    try:
        settings = load(SimSettings, "sim", words.config)
        file = settings.clock.file
        if file is None:
            raise ConfigError("fleet.yaml: clock.kind must be scaled for a simulated day")
        if words.verb == "prepare":
            from infra.postgres.migrate import upgrade

            upgrade(secret("DATABASE_URL"))
            write_anchor(file, settings.start_ns(), settings.speed, running=False)
        else:
            clock = ScaledClock(file)
            write_anchor(file, clock.now_ns(), clock.speed, running=True)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
