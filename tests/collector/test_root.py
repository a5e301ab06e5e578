"""The values the collector is shipped with, and a start that must not happen."""

import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from collector.settings import CollectorSettings
from config.load import DIRECTORY, ConfigError, load
from fleet.rundir import write_config

REPO = DIRECTORY.parent


def test_the_universe_is_the_one_whose_bars_we_have(kst_data: Path) -> None:
    table = pq.read_table(kst_data / "bars_1m" / "coverage.parquet", columns=["symbol"])
    known = set(table["symbol"].cast("string").to_pylist())
    assert set(load(CollectorSettings, "collector").symbols) == known


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"symbols": ["005930", "005930"]}, "listed twice: 005930"),
        ({"symbols": [5930]}, "symbols.0"),
        ({"registrations_max": 42}, "registrations_max"),
        ({"sweep": {"every_min": 30}}, "sweep.every_min"),
        ({"keys": ["second", "second"]}, "each name once"),
        ({"keys": ["default"]}, "none of them default"),
        ({"keys": ["Second Key"]}, "keys.0"),
        ({"fsync": 1}, "fsync is not a known key"),
    ],
    ids=[
        "twice",
        "a number",
        "too many",
        "a page runs over",
        "a key twice",
        "the name of the key that has none",
        "no name",
        "unknown",
    ],
)
def test_a_wrong_value_stops_the_start(
    tmp_path: Path, change: dict[str, object], says: str
) -> None:
    write_config(tmp_path, {"collector": change})
    with pytest.raises(ConfigError, match=says):
        load(CollectorSettings, "collector", tmp_path)


def test_a_wrong_configuration_is_one_sentence_and_exit_code_2(tmp_path: Path) -> None:
    write_config(tmp_path, {})
    content = yaml.safe_load((tmp_path / "collector.yaml").read_text())
    del content["index_poll_s"]
    (tmp_path / "collector.yaml").write_text(yaml.safe_dump(content))
    words = [sys.executable, "-m", "collector", "--config", str(tmp_path)]
    ended = subprocess.run(
        words, cwd=REPO, env=os.environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 2
    assert "index_poll_s is missing" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_further_app_key_has_secrets_of_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load(CollectorSettings, "collector")
    assert settings.broker == "kis"
    for name, value in {
        "KIS_IS_PAPER": "false",
        "KIS_HTS_ID": "me",
        "KIS_APP_KEY": "first",
        "KIS_APP_SECRET": "s1",
        "KIS_APP_KEY_SECOND": "other",
        "KIS_APP_SECRET_SECOND": "s2",
    }.items():
        monkeypatch.setenv(name, value)
    assert settings.credentials().app_key == "first"
    second = settings.credentials("second")
    assert (second.app_key, second.app_secret.reveal()) == ("other", "s2")
    with pytest.raises(ConfigError, match="KIS_APP_KEY_THIRD is not set"):
        settings.credentials("third")
