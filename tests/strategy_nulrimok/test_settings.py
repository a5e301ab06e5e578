"""Configuration that starts Nulrimok, and configuration that must not."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.load import DIRECTORY, ConfigError, merge, read_yaml
from strategy_nulrimok import strategy
from strategy_nulrimok.nulrimok import Nulrimok
from strategy_nulrimok.settings import load_nulrimok

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
    loaded = load_nulrimok()
    assert len(loaded.settings.universe) == 103
    assert set(loaded.nulrimok.sectors) == set(loaded.settings.universe)


@pytest.mark.parametrize(
    ("key", "permissive", "conservative"),
    [
        ("confirm_bars", 3, 2),
        ("allow_tier_c_reduced", True, False),
        ("leader_tier_a_pct", 50, 60),
        ("leader_tier_b_pct", 60, 70),
        ("flow_persistence_min", 0.55, 0.60),
    ],
)
def test_scenario_23_every_switch_becomes_strict(
    key: str, permissive: float, conservative: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    def in_force(nulrimok: Nulrimok) -> Any:
        both = (nulrimok.numbers.switches, nulrimok.dse.switches)
        return next(getattr(one, key) for one in both if hasattr(one, key))

    loose = load_nulrimok().nulrimok
    assert in_force(loose) == permissive
    monkeypatch.setenv("CONSERVATIVE_MODE", "true")
    strict = load_nulrimok().nulrimok
    assert in_force(strict) == conservative
    assert strict.numbers.switches == strict.numbers.strict
    assert strict.dse.switches == strict.dse.strict


def test_an_artifact_of_the_other_mode_is_of_another_configuration(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loose = load_nulrimok().nulrimok.numbers.config_hash
    monkeypatch.setenv("CONSERVATIVE_MODE", "true")
    assert load_nulrimok().nulrimok.numbers.config_hash != loose


@pytest.mark.parametrize(
    ("name", "over", "words"),
    [
        ("nulrimok", {"switches": {"confirm_bar": 2}}, "switches.confirm_bar is not a known key"),
        ("nulrimok", {"rules": {"entry": {"risk_max": 5}}}, "rules.entry.risk_max"),
        ("nulrimok", {"rules": {"entry": {"until": "15:12"}}}, "entry.since < entry.until"),
        ("nulrimok", {"rules": {"entry": {"very_dry": 0.7}}}, "very_dry must lie under"),
        ("nulrimok", {"rules": {"bars": {"profile_days": 3}}}, "profile_days_min must not exceed"),
        ("nulrimok", {"rules": {"watch": {"near_print": 0.02}}}, "near_print must not exceed"),
        ("nulrimok", {"rules": {"reversal": {"until_open_s": 5}}}, "reversal.after_open_s"),
        ("nulrimok", {"rules": {"exposure": {"regime_caps": {"WEAK": 1.5}}}}, "regime_caps.WEAK"),
        ("nulrimok", {"rules": {"exits": {"partial_share": 1.0}}}, "rules.exits.partial_share"),
        ("nulrimok", {"selection": {"history_days": 0}}, "selection.history_days"),
        ("nulrimok", {"dse": {"typo": 1}}, "dse.typo is not a known key"),
        ("nulrimok", {"universe": ["5930"]}, "symbol '5930'"),
        ("nulrimok", {"universe": ["005930", "005930"]}, "twice"),
        ("nulrimok", {"universe": ["900110"]}, "no sector for 900110"),
        ("conservative", {"nulrimok": {"switches": {"typo": 1}}}, "switches.typo"),
        ("conservative", {"nulrimok": {"dse": {"switches": {"typo": 1}}}}, "dse.switches.typo"),
    ],
)
def test_what_must_not_start_says_why_in_one_sentence(
    name: str, over: dict[str, Any], words: str, edited: Edit
) -> None:
    with pytest.raises(ConfigError, match=words) as refusal:
        load_nulrimok(edited(name, over))
    assert "\n" not in str(refusal.value)


def test_no_number_has_a_default(edited: Edit) -> None:
    folder = edited("nulrimok", {"universe": ["005930"]})  # it is read for every number
    whole = read_yaml(folder / "nulrimok.yaml")
    for section, numbers in whole["rules"].items():
        for key in numbers:
            left = {**whole, "rules": {**whole["rules"], section: {**numbers}}}
            del left["rules"][section][key]
            (folder / "nulrimok.yaml").write_text(yaml.safe_dump(left), encoding="utf-8")
            with pytest.raises(ConfigError, match=rf"rules\.{section}\.{key} is missing"):
                load_nulrimok(folder)


def test_the_rules_at_a_journal_s_head_make_the_same_strategy() -> None:
    nulrimok = load_nulrimok().nulrimok
    assert Nulrimok.of(nulrimok.rules).rules == nulrimok.rules
    assert strategy(nulrimok.rules).rules == nulrimok.rules
