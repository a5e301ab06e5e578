"""The simulator as a process: its first line, its flags, its end, and what stops its start."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from broker_sim.__main__ import main
from broker_sim.settings import SimSettings
from config.load import DIRECTORY, ConfigError, load
from kis_core.clock import kst

REPO = Path(__file__).resolve().parents[2]
DATE = "2025-09-03"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration like the house's, writing where the test looks."""
    for file in DIRECTORY.glob("*.yaml"):
        (tmp_path / file.name).write_text(file.read_text())
    over(
        tmp_path, "fleet", data_dir=str(tmp_path / "data"), log={"level": "info", "directory": None}
    )
    return tmp_path


def over(folder: Path, name: str, **values: Any) -> None:
    file = folder / f"{name}.yaml"
    file.write_text(yaml.safe_dump(yaml.safe_load(file.read_text()) | values))


@pytest.fixture
def process(folder: Path) -> Iterator[subprocess.Popen[str]]:
    argv = ("--port", "0", "--ws-port", "0", "--date", DATE, "--at", "09:10", "--speed", "60")
    keys = ("--app-key", "KEY", "--account", "50009999-01", "--hts-id", "me")
    bare = {k: v for k, v in os.environ.items() if not k.startswith("SIM_")}
    running = subprocess.Popen(
        (sys.executable, "-m", "broker_sim", "--config", str(folder), *argv, *keys),
        cwd=REPO,
        env=bare,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with running:
        yield running
        running.kill()


def test_the_first_line_is_all_a_client_needs_and_a_signal_ends_it(
    process: subprocess.Popen[str],
) -> None:
    assert process.stdout is not None
    offer = json.loads(process.stdout.readline())
    assert (offer["app_key"], offer["account"], offer["hts_id"]) == ("KEY", "50009999-01", "me")
    assert (offer["env"], offer["date"]) == ("real", DATE)
    assert Path(offer["clock_file"]).is_file()
    body = {
        "grant_type": "client_credentials",
        "appkey": offer["app_key"],
        "appsecret": offer["app_secret"],
    }
    with httpx.Client(base_url=offer["rest_url"]) as http:
        assert http.post("/oauth2/tokenP", json=body).status_code == 200
        state = http.get("/sim/state").json()
    assert state["now"].startswith(f"{DATE}T09:1")
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=10)
    assert process.returncode == 0
    assert out == ""
    assert json.loads(err.splitlines()[-1])["event"] == "sim down"


def test_kiwoom_is_in_the_first_line_where_it_is_asked_for(folder: Path, kst_data: Path) -> None:
    file = kst_data / "dual_venue/kiwoom_best_quotes_20250909_1134_1144.parquet"
    argv = ("--port", "0", "--ws-port", "0", "--kiwoom-port", "0", "--capture", str(file))
    command = (sys.executable, "-m", "broker_sim", "--config", str(folder), *argv, "--speed", "20")
    bare = {k: v for k, v in os.environ.items() if not k.startswith("SIM_")}
    with subprocess.Popen(
        command, cwd=REPO, env=bare, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        offer = json.loads(running.stdout.readline())
        try:
            kiwoom = offer["kiwoom"]
            body = {"grant_type": "client_credentials", "appkey": kiwoom["app_key"]}
            with httpx.Client(base_url=kiwoom["rest_url"]) as http:
                issued = http.post(
                    "/oauth2/token", json={**body, "secretkey": kiwoom["secret_key"]}
                )
                capture = http.get("/sim/capture").json()
        finally:
            running.send_signal(signal.SIGTERM)
            _, err = running.communicate(timeout=20)
    assert offer["date"] == "2025-09-09"
    assert kiwoom["ws_url"].endswith("/api/dostk/websocket")
    assert issued.json()["return_code"] == 0
    assert (capture["stage"], capture["rows"], capture["streams"]) == ("waiting", 78_858, 788)
    assert running.returncode == 0, err


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (("--kiwoom-port", "-1"), "'-1' is no port"),
        (("--start-when-registered", "0"), "'0' is no count"),
        (("--kiwoom-port", "0", "--capture", "nowhere.parquet"), "nowhere.parquet: cannot be read"),
        (("--capture", "{real}"), "--capture: played through Kiwoom's face"),
        (
            ("--kiwoom-port", "0", "--capture", "{real}", "--date", "2025-09-08"),
            "--date 2025-09-08: the capture is of 2025-09-09",
        ),
    ],
)
def test_a_capture_that_cannot_be_played_stops_the_start(
    folder: Path,
    kst_data: Path,
    capsys: pytest.CaptureFixture[str],
    argv: tuple[str, ...],
    sentence: str,
) -> None:
    real = str(kst_data / "dual_venue/kiwoom_best_quotes_20250909_1134_1144.parquet")
    assert main(("--config", str(folder), *(word.format(real=real) for word in argv))) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (("--speed", "0"), "speed"),
        (("--date", "tomorrow"), "argument --date: 'tomorrow' is no day: expected YYYY-MM-DD"),
        (("--date", "2025-02-30"), "argument --date: '2025-02-30' is no day"),
        (("--at", "25:00"), "argument --at: '25:00' is no time of day: expected HH:MM"),
        (("--port", "70000"), "argument --port: '70000' is no port: expected 0 to 65535"),
        (("--ws-port", "http"), "argument --ws-port: 'http' is no port"),
        (("--env", "both"), "argument --env: invalid choice: 'both'"),
        (("--ws-layout", "wide"), "argument --ws-layout: invalid choice: 'wide'"),
        (("--frobnicate",), "unrecognized arguments: --frobnicate; see kst sim --help"),
        (("--bars", "/nowhere"), "/nowhere"),
        (("--account", "12"), "account"),
        (("--config", "/nowhere"), "fleet.yaml does not exist"),
    ],
)
def test_what_cannot_start_says_why_in_one_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str], argv: tuple[str, ...], sentence: str
) -> None:
    assert main(("--config", str(folder), *argv)) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1


def test_a_port_that_is_taken_stops_the_start(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        argv = ("--config", str(folder), "--port", str(port), "--ws-port", "0", "--date", DATE)
        assert main(argv) == 2
    said = capsys.readouterr().err
    assert f"cannot listen on 127.0.0.1:{port}" in said
    assert said.count("\n") == 1


def test_real_and_paper_play_side_by_side_with_the_same_keys(folder: Path) -> None:
    bare = {k: v for k, v in os.environ.items() if not k.startswith("SIM_")}
    offers: dict[str, dict[str, str]] = {}
    with contextlib.ExitStack() as stack:
        for env, start in (("real", "09:10"), ("paper", "13:00")):
            argv = ("--env", env, "--at", start, "--port", "0", "--ws-port", "0", "--date", DATE)
            running = subprocess.Popen(
                (sys.executable, "-m", "broker_sim", "--config", str(folder), *argv),
                cwd=REPO,
                env=bare,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            stack.callback(running.communicate, timeout=10)
            stack.callback(running.send_signal, signal.SIGINT)
            assert running.stdout is not None
            offers[env] = json.loads(running.stdout.readline())
        real, paper = offers["real"], offers["paper"]
        assert {k for k in real if real[k] == paper[k]} >= {"app_key", "app_secret", "account"}
        for offer, hour in ((real, "T09:1"), (paper, "T13:0")):
            body = {
                "grant_type": "client_credentials",
                "appkey": offer["app_key"],
                "appsecret": offer["app_secret"],
            }
            answer = httpx.post(f"{offer['rest_url']}/oauth2/tokenP", json=body)
            assert answer.status_code == 200
            assert hour in httpx.get(f"{offer['rest_url']}/sim/state").json()["now"]
            anchor = json.loads(Path(offer["clock_file"]).read_text())
            assert hour[1:3] == f"{kst(anchor['day_ns']):%H}"
    assert not any(Path(offer["clock_file"]).exists() for offer in offers.values())


def test_the_houses_own_settings_load_and_need_a_date_to_say_when_they_start() -> None:
    settings = load(SimSettings, "sim")
    with pytest.raises(ConfigError, match="date"):
        settings.start_ns()
    dated = settings.changed({"date": DATE})
    assert dated.start_ns() == 1_756_855_200_000_000_000


def test_the_dialect_must_be_the_one_the_fleet_expects(folder: Path) -> None:
    address = {"rest_url": "http://x:1", "ws_url": "ws://x:2", "dialect": "paper"}
    over(folder, "fleet", broker="sim", simulator=address)
    with pytest.raises(ConfigError, match="dialect real"):
        load(SimSettings, "sim", folder)
