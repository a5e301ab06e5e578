"""oms.yaml: what is written down holds, what is not written down stops the start."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec.structs import asdict, astuple, replace

from config.load import DIRECTORY, ConfigError
from oms.access import Caller, Scope, tokens_from_secrets
from oms.settings import MarginSettings, limits_hash, load_settings

OF_MARGIN = set(MarginSettings.model_fields) - {"margin_pct"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("fleet.yaml", "oms.yaml", "sectors.yaml"):
        shutil.copy(DIRECTORY / name, tmp_path / name)
    return tmp_path


def changed(folder: Path, change: Callable[[Any], None]) -> Path:
    file = folder / "oms.yaml"
    values = yaml.safe_load(file.read_text())
    change(values)
    file.write_text(yaml.safe_dump(values))
    return folder


def test_the_committed_values_of_a_futures_account_load_and_say_every_number() -> None:
    settings, limits = load_settings(name="oms_derivatives")
    stocks, _ = load_settings()
    assert settings.port != stocks.port
    assert settings.journal_path != stocks.journal_path
    assert limits.instruments == "derivatives"
    assert all(value is not None for value in astuple(limits))
    assert limits.margin_pct == 0.15


def test_a_strategys_day_in_contracts_ends_at_the_time_that_is_written_down(folder: Path) -> None:
    margin = yaml.safe_load((DIRECTORY / "oms_derivatives.yaml").read_text())["margin"]
    told = {"instruments": "derivatives", "margin": margin}
    _, limits = load_settings(changed(folder, lambda v: v.update(told)))
    assert limits.budgets["KMP"].flatten_s == 74 * 60  # 14:31 of a day that closes at 15:45
    assert limits.budgets["PCIM"].flatten_s is None


def test_the_committed_values_load_and_become_limits() -> None:
    settings, limits = load_settings()
    assert settings.port == 8010
    assert limits.gross_pct_max == 0.90
    assert limits.budgets["KMP"].lock_s == 90
    assert limits.budgets["KMP"].capital_pct == 0.50
    kmp = limits.budgets["KMP"]
    assert (kmp.priority, kmp.priority_since_s, kmp.priority_until_s) == (1, 33_000, 36_000)
    assert limits.budgets["KPR"].priority == 0
    said = {field: value for field, value in asdict(limits).items() if field not in OF_MARGIN}
    assert all(value is not None for value in said.values())
    for budget in limits.budgets.values():
        assert all(value is not None for value in astuple(replace(budget, flatten_s=0)))
    ends = {name: budget.flatten_s for name, budget in limits.budgets.items()}
    assert ends == {"KMP": 59 * 60, "KPR": 15 * 60, "NULRIMOK": None, "PCIM": None}
    assert limits.regime_caps == {"CRISIS": 0.2, "WEAK": 0.5, "NORMAL": 0.8, "STRONG": 1.0}
    assert limits.sectors["005930"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda v: v["risk"].pop("gross_pct_max"), "risk.gross_pct_max is missing"),
        (lambda v: v["risk"].update(max_gross=1), "risk.max_gross is not a known key"),
        (lambda v: v["risk"].update(position_pct_max=1.5), "risk.position_pct_max"),
        (lambda v: v["risk"]["regime_caps"].pop("NORMAL"), "NORMAL has no cap"),
        (lambda v: v["risk"]["daily_loss"].update(warn_pct=0.2), "warn_pct is above halt_pct"),
        (lambda v: v["orders"]["entry_life_s"].pop("LOW"), "entry_life_s needs exactly"),
        (lambda v: v.pop("instruments"), "instruments is missing"),
        (lambda v: v.pop("margin"), "margin is missing"),
        (lambda v: v.update(instruments="derivatives"), "margin goes with instruments"),
        (lambda v: v["risk"].update(gross_pct_max=2.5), "risk.gross_pct_max is above 2"),
        (lambda v: v["budgets"]["KMP"].update(capital_pct=1.1), "budgets.KMP.capital_pct"),
        (lambda v: v["risk"].pop("messages_per_s_max"), "risk.messages_per_s_max is missing"),
        (lambda v: v["risk"]["repeats"].pop("within_s"), "risk.repeats.within_s is missing"),
        (lambda v: v["risk"].update(blocked_states=["hot"]), "risk.blocked_states"),
        (lambda v: v["risk"]["drawdown_tiers"].reverse(), "go deeper and allow less"),
        (lambda v: v["risk"]["drawdown_tiers"][1].update(exposure_pct_max=0.9), "allow less"),
        (lambda v: v["budgets"]["KMP"].pop("heartbeat_s_max"), "heartbeat_s_max is missing"),
        (lambda v: v["budgets"]["KMP"].update(on_silence="sell"), "budgets.KMP.on_silence"),
        (lambda v: v["budgets"]["KMP"].pop("priority"), "budgets.KMP.priority is missing"),
        (lambda v: v["budgets"]["KMP"]["priority"].update(until="09:00"), "since is not before"),
        (lambda v: v["orders"].pop("crossing_wait_s"), "orders.crossing_wait_s is missing"),
        (lambda v: v["risk"].pop("base_jump_pct_max"), "risk.base_jump_pct_max is missing"),
        (lambda v: v["budgets"].update(kmp=v["budgets"]["KMP"]), "budgets.kmp"),
        (lambda v: v["budgets"]["KPR"].pop("flatten_at"), "budgets.KPR.flatten_at is missing"),
        (lambda v: v["budgets"]["KMP"].update(flatten_at=870), "KMP.flatten_at"),  # 14:30 unquoted
        (lambda v: v["budgets"]["KMP"].update(flatten_at="15:25"), "KMP.flatten_at"),
        (lambda v: v["orders"].pop("day_end_s"), "orders.day_end_s is missing"),
        (lambda v: v.update(oms_id="Erste OMS"), "oms_id"),
        (lambda v: v.update(regime_by=["GHOST"]), "regime_by names GHOST, which has no budget"),
    ],
)
def test_11_09_a_missing_unknown_or_impossible_value_stops_the_start_with_its_name(
    folder: Path, change: Callable[[Any], None], says: str
) -> None:
    with pytest.raises(ConfigError, match=says):
        load_settings(changed(folder, change))


def test_without_a_sector_map_the_map_is_empty_and_unknown_sectors_block(folder: Path) -> None:
    (folder / "sectors.yaml").unlink()
    _, limits = load_settings(folder)
    assert (limits.sectors, limits.unknown_sector) == ({}, "block")


def test_a_sector_map_of_the_wrong_shape_stops_the_start(folder: Path) -> None:
    (folder / "sectors.yaml").write_text("sectors: {000660: Semiconductors}")
    with pytest.raises(ConfigError, match="quoted symbols"):
        load_settings(folder)


def test_the_hash_changes_with_any_limit_and_with_nothing_else(folder: Path) -> None:
    _, one = load_settings(folder)
    _, same = load_settings(folder)
    _, other = load_settings(changed(folder, lambda v: v["risk"].update(vi_cooldown_s=601)))
    assert limits_hash(one) == limits_hash(same) != limits_hash(other)


def test_11_13_each_caller_has_a_token_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMS_TOKEN_OPERATOR", "one")
    monkeypatch.setenv("OMS_TOKEN_KMP", "one")
    with pytest.raises(ConfigError, match="share one OMS token"):
        tokens_from_secrets(["KMP"])
    monkeypatch.setenv("OMS_TOKEN_KMP", "two")
    tokens = tokens_from_secrets(["KMP", "KPR"], regime_by=["KPR"])
    assert tokens.caller("two") == Caller("KMP", Scope.STRATEGY, sets_regime=False)
    monkeypatch.setenv("OMS_TOKEN_KPR", "four")
    tokens = tokens_from_secrets(["KMP", "KPR"], regime_by=["KPR"])
    assert tokens.caller("four") == Caller("KPR", Scope.STRATEGY, sets_regime=True)
    assert tokens.caller("three") is None


def test_without_an_operators_token_the_oms_does_not_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("OMS_TOKEN_OPERATOR", raising=False)
    with pytest.raises(ConfigError, match="OMS_TOKEN_OPERATOR is not set"):
        tokens_from_secrets(["KMP"])
