"""Configuration that starts KPR, and configuration that must not."""

import shutil
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.load import DIRECTORY, ConfigError, merge, read_yaml
from strategy_kpr.kpr import Kpr
from strategy_kpr.settings import load_kpr
from tests.play.market import RealMarket

Edit = Callable[[str, dict[str, Any]], Path]


@pytest.fixture
def edited(tmp_path: Path) -> Edit:
    """Return a way to lay keys over one file of a copy of the house's configuration."""

    def edit(name: str, over: dict[str, Any]) -> Path:
        folder = tmp_path / "config"
        shutil.copytree(DIRECTORY, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
        file = folder / f"{name}.yaml"
        file.write_text(yaml.safe_dump(merge(read_yaml(file), over)), encoding="utf-8")
        return folder

    return edit


def test_the_house_s_own_configuration_starts() -> None:
    settings, rules, sectors = load_kpr()
    assert len(settings.universe) == 58
    assert set(sectors) == set(settings.universe)
    assert rules.switches != rules.strict


def test_histories_are_asked_for_until_entries_are_over() -> None:
    settings, rules, _ = load_kpr()
    begins, ends = settings.prepare_at, rules.windows.entries_to
    minutes = (ends.hour - begins.hour) * 60 + ends.minute - begins.minute
    assert rules.ask.again_s * rules.ask.tries_max >= minutes * 60


def test_the_universe_is_the_most_traded_of_the_summer(market: RealMarket) -> None:
    first, last = date(2025, 5, 1).isoformat(), date(2025, 8, 31).isoformat()
    means = Counter[str]()
    for symbol in read_yaml(DIRECTORY / "kmp.yaml")["universe"]:
        days = [bar for bar in market.daily(symbol) if first <= bar.date <= last]
        means[symbol] = sum(bar.close_krw * bar.volume for bar in days) // len(days)
    assert {symbol for symbol, _ in means.most_common(58)} == set(load_kpr()[0].universe)


@pytest.mark.parametrize(
    ("name", "over", "words"),
    [
        ("kpr", {"switches": {"lunch": True}}, "switches.lunch is not a known key"),
        ("kpr", {"rules": {"size": {"base_risk": 5}}}, "rules.size.base_risk"),
        ("kpr", {"rules": {"exits": {"flatten_at": "14:00"}}}, "exits.flatten_at must hold"),
        ("kpr", {"rules": {"windows": {"setups_from": "11:30"}}}, "setups_from < lunch_from"),
        ("kpr", {"rules": {"tiers": {"warm_drop": 0.02}}}, "warm_drop must lie under"),
        ("kpr", {"rules": {"tiers": {"cold_s": 10}}}, "warm_s <= cold_s"),
        ("kpr", {"rules": {"exits": {"calm_r": 3.0}}}, "calm_r <= usual_r"),
        ("kpr", {"rules": {"pressure": {"weak": 0.7}}}, "weak must lie under"),
        ("kpr", {"switches": {"vwap_depth_max": 0.01}}, "vwap_depth_min must lie under"),
        ("kpr", {"rules": {"flow": {"estimate_times": ["10:00", "09:30"]}}}, "must ascend"),
        ("kpr", {"universe": ["5930"]}, "symbol '5930'"),
        ("kpr", {"universe": ["005930", "005930"]}, "twice"),
        ("kpr", {"universe": ["900110"]}, "no sector for 900110"),
        ("conservative", {"kpr": {"switches": {"typo": 1}}}, "switches.typo"),
    ],
)
def test_what_must_not_start_says_why_in_one_sentence(
    name: str, over: dict[str, Any], words: str, edited: Edit
) -> None:
    with pytest.raises(ConfigError, match=words) as refusal:
        load_kpr(edited(name, over))
    assert "\n" not in str(refusal.value)


def _places(content: dict[str, Any], above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = []
    for key, value in content.items():
        found.append((*above, key))
        if isinstance(value, dict):
            found += _places(value, (*above, key))
    return found


def test_no_number_has_a_default(edited: Edit) -> None:
    folder = edited("kpr", {"universe": ["005930"]})  # it is read a hundred times
    content = read_yaml(folder / "kpr.yaml")
    places = [place for place in _places(content) if place[0] in ("rules", "switches")]
    assert len(places) > 100
    for place in places:
        less = deepcopy(content)
        section = less
        for key in place[:-1]:
            section = section[key]
        del section[place[-1]]
        (folder / "kpr.yaml").write_text(yaml.safe_dump(less), encoding="utf-8")
        if place[0] == "switches" and len(place) > 1:
            # The strict file would fill it in for the strict set alone.
            with pytest.raises(ConfigError):
                load_kpr(folder)
            continue
        with pytest.raises(ConfigError, match=rf"{'.'.join(place)}.* is missing"):
            load_kpr(folder)


def test_the_rules_at_a_journal_s_head_make_the_same_strategy() -> None:
    _, rules, sectors = load_kpr()
    kpr = Kpr("KPR", rules, sectors)
    assert Kpr.of(kpr.rules).rules == kpr.rules
