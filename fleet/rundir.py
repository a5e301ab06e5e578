"""One run of the fleet on one machine: its folder, its configuration, its ports and secrets.

The folder holds everything the run writes: config/, clock.json, tape/, oms/, strategies/, logs/,
supervisor.json and the report. A run's configuration is the house's own config/ with the run's
values laid over it, so each process is started in just the way a container would be.
"""

import secrets
import shutil
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from config.load import DIRECTORY, merge, read_yaml


@dataclass(frozen=True)
class Run:
    """Where a run lives and what its processes share."""

    home: Path
    config: Path
    secrets: dict[str, str] = field(repr=False)

    @property
    def clock_file(self) -> Path:
        """Return the anchor of the run's scaled clock."""
        return self.home / "clock.json"

    def argv(self, python: str, package: str) -> tuple[str, ...]:
        """Return the command that starts a package's process on this run's configuration."""
        return (python, "-m", package, "--config", str(self.config))


def write_config(folder: Path, values: Mapping[str, Mapping[str, Any]]) -> None:
    """Copy the house's configuration to `folder` with `values` (service → keys) laid over it."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in sorted(DIRECTORY.glob("*.yaml")):
        over = values.get(file.stem)
        if over is None:
            shutil.copyfile(file, folder / file.name)
            continue
        merged = merge(read_yaml(file), over)
        text = yaml.safe_dump(merged, allow_unicode=True, sort_keys=False)
        (folder / file.name).write_text(text, encoding="utf-8")


TOKENS = (
    "OMS_TOKEN_KMP",
    "OMS_TOKEN_KPR",
    "OMS_TOKEN_NULRIMOK",
    "OMS_TOKEN_OPERATOR",
    "OMS_TOKEN_VIEWER",
    "RELAY_TOKEN",
    "RELAY_TOKEN_OMS",
)
OPTIONAL_TOKENS = ("COLLECTOR_PANEL_TOKEN",)
"""What is switched off without its token."""


def draw_tokens() -> dict[str, str]:
    """Return fresh tokens for the fleet's own doors."""
    return {name: secrets.token_urlsafe(24) for name in (*TOKENS, *OPTIONAL_TOKENS)}


def draw_secrets() -> dict[str, str]:
    """Return fresh tokens and simulator credentials for one run on this machine."""
    return draw_tokens() | {
        "SIM_APP_KEY": "PS" + secrets.token_hex(17),
        "SIM_APP_SECRET": secrets.token_hex(90),
        "SIM_ACCOUNT_NO": "50" + f"{secrets.randbelow(10**6):06d}" + "-01",
        "SIM_HTS_ID": "kstsim",
    }


def free_ports(count: int) -> list[int]:
    """Return ports that nothing on the loopback listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
    finally:
        for each in sockets:
            each.close()
