"""What is wrong on this machine, and what to do about it. Looks; changes nothing."""

import shutil
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from rich.console import Console

from config.load import DIRECTORY, ConfigError, load_env_file, secret_or_none
from fleet.rundir import TOKENS
from kis_core.settings import ServiceSettings

ROOT = Path(__file__).resolve().parent.parent
DISK_FREE_MIN_GB = 5

Level = Literal["fine", "watch", "wrong"]


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `ko` and `en` say how it is; `mend` says what to do, if anything."""

    name: str
    level: Level
    ko: str
    en: str
    mend: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return the finding for a program to read."""
        return {
            "name": self.name,
            "level": self.level,
            "ko": self.ko,
            "en": self.en,
            "mend": self.mend,
        }


def _python() -> Finding:
    version = ".".join(str(n) for n in sys.version_info[:3])
    return Finding("python", "fine", f"파이썬 {version}", f"Python {version}")


def _disk(folder: Path) -> Finding:
    there = next(p for p in (folder, *folder.parents) if p.exists())
    free = shutil.disk_usage(there).free // 10**9
    if free < DISK_FREE_MIN_GB:
        return Finding(
            "disk", "wrong", f"여유 공간 {free}GB", f"{free} GB free",
            f"Free at least {DISK_FREE_MIN_GB} GB in {there}; a day's tape takes about 1 GB.",
        )  # fmt: skip
    return Finding("disk", "fine", f"여유 공간 {free}GB", f"{free} GB free in {there}")


def _writable(folder: Path) -> Finding:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".doctor"
        probe.write_text("")
        probe.unlink()
    except OSError as error:
        return Finding(
            "data folder", "wrong", f"쓸 수 없음: {folder}", f"cannot write to {folder}: {error}",
            f"Give this user write access to {folder}, or set data_dir in fleet.yaml.",
        )  # fmt: skip
    return Finding("data folder", "fine", f"쓸 수 있음: {folder}", f"{folder} is writable")


def _port(name: str, url: str) -> Finding:
    parts = urlsplit(url)
    host, port = parts.hostname or "127.0.0.1", parts.port or 80
    with socket.socket() as probe:
        probe.settimeout(1.0)
        taken = probe.connect_ex((host, port)) == 0
    if taken:
        return Finding(
            name, "watch", f"{port} 포트 사용 중", f"something listens on {host}:{port}",
            "Fine if the fleet is up (kst status); otherwise stop it or change the port in config.",
        )  # fmt: skip
    return Finding(name, "fine", f"{port} 포트 비어 있음", f"{host}:{port} is free")


def _secrets(settings: ServiceSettings) -> list[Finding]:
    found = []
    for what, read in (("broker keys", settings.credentials), ("account", settings.account)):
        try:
            environment = read().environment
            found.append(Finding(what, "fine", f"{environment}", f"{environment}, present"))
        except ConfigError as error:
            found.append(
                Finding(
                    what,
                    "wrong",
                    "설정되지 않음",
                    str(error),
                    "Copy .env.example to .env and fill it in.",
                )
            )
    for name in TOKENS:
        if secret_or_none(name) is None:
            found.append(
                Finding(
                    name,
                    "wrong",
                    "설정되지 않음",
                    "not set",
                    "Run: kst secrets make >> .env",
                )
            )
    return found


def _settings(directory: Path) -> list[Finding]:
    from config.load import load
    from fleet.roster import SERVICES

    found = []
    for service in SERVICES:
        try:
            load(service.shape(), service.config_name, directory)
            found.append(
                Finding(f"{service.config_name}.yaml", "fine", "설정 정상", "valid configuration")
            )
        except ConfigError as error:
            found.append(
                Finding(
                    f"{service.config_name}.yaml",
                    "wrong",
                    "설정 오류",
                    str(error),
                    f"Correct {directory / (service.config_name + '.yaml')}.",
                )
            )
    return found


async def _database() -> Finding:
    import asyncpg

    from kis_core.postgres import asyncpg_url

    url = secret_or_none("DATABASE_URL")
    if url is None:
        return Finding(
            "database", "fine", "내장 PostgreSQL 사용", "embedded PostgreSQL will be used"
        )
    try:
        connection = await asyncpg.connect(asyncpg_url(url), timeout=5)
        version = await connection.fetchval("show server_version")
        await connection.close()
    except (ConfigError, OSError, TimeoutError, asyncpg.PostgresError) as error:
        return Finding(
            "database", "wrong", "연결 실패", f"cannot connect: {type(error).__name__}: {error}",
            "Check DATABASE_URL and the server; meanwhile trading goes on, the audit waits.",
        )  # fmt: skip
    return Finding("database", "fine", f"PostgreSQL {version}", f"PostgreSQL {version}")


async def examine(config: Path | None) -> list[Finding]:
    """Return everything looked at, the harmless included."""
    from config.load import load

    load_env_file(ROOT / ".env")
    directory = config or DIRECTORY
    findings = [_python(), *_settings(directory), await _database()]
    try:
        settings = load(ServiceSettings, "fleet", directory)
    except ConfigError:
        return findings
    findings += [
        _disk(settings.data_dir),
        _writable(settings.data_dir),
        _port("OMS port", settings.oms_url),
        _port("relay port", settings.relay_url),
        *_secrets(settings),
    ]
    return findings


def show(findings: list[Finding]) -> None:
    """Print findings for a person, worst last."""
    console = Console()
    marks = {
        "fine": "[green]정상 fine [/]",
        "watch": "[yellow]주의 watch[/]",
        "wrong": "[red]오류 wrong[/]",
    }
    for finding in sorted(findings, key=lambda f: ("fine", "watch", "wrong").index(f.level)):
        console.print(f"{marks[finding.level]}  {finding.name}: {finding.ko} · {finding.en}")
        if finding.mend:
            console.print(f"       → {finding.mend}")
