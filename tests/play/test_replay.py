"""A day as it was journaled, through the same decisions again: `kst verify` in small."""

from importlib import import_module
from pathlib import Path

import pytest

from strategy_runtime.journal import Journal
from strategy_runtime.turns import Turn
from strategy_runtime.verify import verify
from tests.play.fleet import DATES, thin
from tests.play.market import RealMarket

DIES_AT = (9 * 60 + 41, 11 * 60 + 7)


@pytest.mark.parametrize("name", DATES)
def test_scenario_25_a_recorded_day_decides_the_same_again(
    name: str, market: RealMarket, tmp_path: Path
) -> None:
    played = thin(name).play(market, DATES[name]).run(restarts=DIES_AT)
    assert played.intents
    journal = Journal.open(tmp_path / f"{DATES[name]}.journal")
    for record in played.records:
        journal.append(record)
    journal.close()
    found = verify(journal.path, import_module(f"strategy_{name}"))
    assert found.differences == 0, found.first
    assert found.starts == 1 + len(DIES_AT)
    assert found.events == sum(isinstance(record, Turn) for record in played.records)
    assert found.decisions > len(played.intents)
