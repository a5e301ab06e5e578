"""The simulated day of a fleet whose processes live in containers.

    python -m fleet.day prepare --config DIR …   migrate the database, write the configuration,
                                                 hold the clock at the start
    python -m fleet.day start --clock FILE       let it run

Between the two, every service comes up while the clock stands still, so that no part of the day
passes before all of them listen.
"""

import asyncio
import datetime as dt
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from broker_sim.days import open_day
from broker_sim.exchange.day import DayError
from config.load import ConfigError, secret
from fleet.overlay import Places, begin_and_close_ns, overlay
from fleet.rundir import write_config
from infra.postgres.migrate import upgrade
from kis_core.clock import ScaledClock, write_anchor


def main(argv: list[str]) -> int:
    """Run one of the two verbs; return an exit code."""
    parser = ArgumentParser(prog="fleet.day", description=__doc__)
    parser.add_argument("verb", choices=("prepare", "start"))
    parser.add_argument("--config", type=Path, default=Path("/run-config"))
    parser.add_argument("--clock", type=Path, default=Path("/clock/clock.json"))
    parser.add_argument("--data", type=Path, default=Path("/data"))
    parser.add_argument("--bars", type=Path)
    parser.add_argument("--date", type=dt.date.fromisoformat)
    parser.add_argument("--speed", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    words = parser.parse_args(argv)
    try:
        if words.verb == "prepare":
            asyncio.run(prepare(words))
        else:
            clock = ScaledClock(words.clock)
            write_anchor(words.clock, clock.now_ns(), clock.speed, running=True)
    except (ConfigError, DayError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


async def prepare(words: Namespace) -> None:
    """Migrate, write the configuration of the containers, hold the clock."""
    await upgrade(secret("DATABASE_URL"))
    day = open_day(words.bars, words.date, words.seed)
    begins_ns, _ = begin_and_close_ns(day.date)
    places = Places(
        "sim", 8030, 8031, "collector", 8020, "oms", 8010, "0.0.0.0",
        words.data, words.clock, words.data / "logs",
    )  # fmt: skip
    write_config(words.config, overlay(places, day, begins_ns, words.speed, words.bars))
    write_anchor(words.clock, begins_ns, words.speed, running=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
