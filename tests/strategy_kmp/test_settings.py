"""Configuration that starts KMP, and configuration that must not."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.load import DIRECTORY, ConfigError, merge, read_yaml
from strategy_kmp.kmp import Kmp
from strategy_kmp.settings import load_kmp

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
    settings, rules, sectors = load_kmp()
    assert len(settings.universe) == 103
    assert set(sectors) == set(settings.universe)
    assert rules.switches != rules.strict


@pytest.mark.parametrize(
    ("name", "over", "words"),
    [
        ("kmp", {"switches": {"min_surge": 2}}, "switches.min_surge is not a known key"),
        ("kmp", {"rules": {"size": {"base_risk": 5}}}, "rules.size.base_risk"),
        ("kmp", {"rules": {"exits": {"flatten_at": "10:15"}}}, "entry_cutoff must come before"),
        ("kmp", {"rules": {"scan": {"at": "09:20"}}}, "scan.at < gates.entry_from"),
        ("kmp", {"universe": ["5930"]}, "symbol '5930'"),
        ("kmp", {"universe": ["005930", "005930"]}, "twice"),
        ("kmp", {"universe": []}, "universe"),
        ("kmp", {"universe": ["900110"]}, "no sector for 900110"),
        ("sectors", {"sectors": {"005930": "Semis"}}, "not in labels: Semis"),
        ("conservative", {"kmp": {"switches": {"typo": 1}}}, "switches.typo"),
    ],
)
def test_what_must_not_start_says_why_in_one_sentence(
    name: str, over: dict[str, Any], words: str, edited: Edit
) -> None:
    with pytest.raises(ConfigError, match=words) as refusal:
        load_kmp(edited(name, over))
    assert "\n" not in str(refusal.value)


def test_a_missing_number_has_no_default(edited: Edit) -> None:
    folder = edited("kmp", {})
    content = read_yaml(folder / "kmp.yaml")
    del content["rules"]["size"]["equity_cap"]
    (folder / "kmp.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"rules\.size\.equity_cap is missing"):
        load_kmp(folder)


def test_conservative_mode_is_true_or_false(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSERVATIVE_MODE", "yes")
    with pytest.raises(ConfigError, match="true or false"):
        load_kmp()


def test_the_rules_at_a_journal_s_head_make_the_same_strategy() -> None:
    _, rules, sectors = load_kmp()
    kmp = Kmp("KMP", rules, sectors)
    assert Kmp.of(kmp.rules).rules == kmp.rules
