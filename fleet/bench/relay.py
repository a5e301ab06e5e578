"""`kst bench relay`: from a frame at KIS's socket to the event in a strategy's hands.

Four processes, as on a trading day: a load server that speaks KIS's WebSocket, the collector as it
is shipped (`python -m collector`: tape, candles, PostgreSQL), a reader with the strategies' own
`Feed`, and PostgreSQL. The frames of one app key's 41 registrations, prints and books by turns,
are counted where they are written, on the tape, and where they are read. The yardstick is an echo
of one frame's size over the loopback, by two more processes, while the load runs.
"""

import multiprocessing
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from datetime import time as time_of_day
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

import numpy as np

from collector import tape
from collector.hearing import Text
from fleet.bench.database import bench_server
from fleet.bench.relay_load import FIRST, REGISTRATIONS, Sent, keys_in_order, serve_load
from fleet.bench.relay_reader import Told, read
from fleet.rundir import draw_secrets, free_ports, write_config
from kis_core.clock import SECOND_NS, ScaledClock, write_anchor
from kis_core.market.instants import instant_ns
from kis_core.wire.tr_table import STREAMS, TRADES

RATE, SECONDS = 35_000, 60
DAY = date(2025, 11, 20)  # a Thursday, with a session
P99_MS_MAX = 20.0
CORES_MAX = 1.0
MEMORY_MB_MAX = 200.0
_BEGIN_NS = instant_ns(DAY, time_of_day(9, 0, 30))
_START_S = 60.0
_SAMPLE_S = 0.25
_ECHO_BYTES = 350
_ECHO_S = 0.01
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Watched:
    """What the collector used while the load ran, and the echo's times beside it."""

    cpu_s: float = 0.0
    wall_s: float = 0.0
    memory_mb: list[float] = field(default_factory=list)
    echo_ms: list[float] = field(default_factory=list)


def run(rate: int = RATE, seconds: int = SECONDS) -> dict[str, Any]:
    """Measure and return the rows."""
    folder = Path("data")
    folder.mkdir(exist_ok=True)
    home = Path(tempfile.mkdtemp(prefix="bench-relay-", dir=folder)).resolve()
    try:
        with bench_server() as database, ExitStack() as stack:
            sent, told, watched = _played(home, database.new(), stack, rate, seconds)
        taped = _taped(home / "tape")
        return {"bench": "relay", "rows": rows_of(rate, sent, told, watched, taped)}
    finally:
        shutil.rmtree(home)


def _played(
    home: Path, database: str, stack: ExitStack, rate: int, seconds: int
) -> tuple[Sent, Told, Watched]:
    anchor = home / "clock.json"
    write_anchor(anchor, _BEGIN_NS, 1.0, running=True)
    load = stack.enter_context(_process(serve_load, ScaledClock(anchor)))
    office, door = load.recv()
    (port,) = free_ports(1)
    secrets = draw_secrets() | {"DATABASE_URL": database}
    _configure(home, anchor, office, door, port)
    collector = stack.enter_context(_collector(home, port, secrets))
    reader_args = (f"http://127.0.0.1:{port}", secrets["RELAY_TOKEN"], anchor)
    reader = stack.enter_context(_process(read, *reader_args))
    echo = stack.enter_context(_process(_echo))
    if not reader.poll(_START_S):
        raise RuntimeError(f"the collector granted nothing: see {home / 'collector.log'}")
    reader.recv()
    watched, done = Watched(), threading.Event()
    watching = threading.Thread(target=_watch, args=(collector.pid, echo, watched, done))
    load.send((rate, seconds))
    watching.start()
    sent: Sent = load.recv()
    reader.send(sent.rounds * REGISTRATIONS)
    told: Told = reader.recv()
    done.set()
    watching.join()
    load.send(None)
    return sent, told, watched


@contextmanager
def _process(target: Any, *args: object) -> Iterator[Connection]:
    """Run a function of ours in a process of its own; yields our end of its pipe."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process: SpawnProcess = context.Process(target=target, args=(theirs, *args), daemon=True)
    process.start()
    theirs.close()
    try:
        yield ours
    finally:
        ours.close()
        process.join(5)
        if process.is_alive():
            process.kill()


def _configure(home: Path, anchor: Path, office: int, door: int, port: int) -> None:
    address = {
        "rest_url": f"http://127.0.0.1:{office}",
        "ws_url": f"ws://127.0.0.1:{door}",
        "dialect": "real",
    }
    fleet = {
        "broker": "sim",
        "simulator": address,
        "clock": {"kind": "scaled", "file": str(anchor)},
        "log": {"level": "info", "directory": str(home / "logs")},
        "data_dir": str(home),
        "relay_url": f"http://127.0.0.1:{port}",
    }
    symbols = sorted({symbol for _, symbol in keys_in_order})
    write_config(home / "config", {"fleet": fleet, "collector": {"symbols": symbols}})


@contextmanager
def _collector(
    home: Path, port: int, secrets: dict[str, str]
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run the collector until the block ends; it is stopped the orderly way."""
    words = [sys.executable, "-m", "collector", "--config", str(home / "config")]
    with (home / "collector.log").open("wb") as out:
        process = subprocess.Popen(words, stdout=out, stderr=out, env=os.environ | secrets)
        try:
            _wait_for(port)
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _wait_for(port: int) -> None:
    until_s = time.monotonic() + _START_S
    while time.monotonic() < until_s:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"nothing listens on port {port}")


def _watch(pid: int, echo: Connection, watched: Watched, done: threading.Event) -> None:
    """Sample the collector's memory and the echo until `done`; then read what it used."""
    before_s, began_s = _cpu_s(pid), time.monotonic()
    port = echo.recv()
    frame = b"x" * _ECHO_BYTES
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        look_at = began_s
        while not done.wait(_ECHO_S):
            sent_ns = time.monotonic_ns()
            line.sendall(frame)
            left = len(frame)
            while left:
                left -= len(line.recv(left))
            watched.echo_ms.append((time.monotonic_ns() - sent_ns) / 1e6)
            if time.monotonic() >= look_at:
                look_at += _SAMPLE_S
                watched.memory_mb.append(_memory_mb(pid))
    watched.cpu_s, watched.wall_s = _cpu_s(pid) - before_s, time.monotonic() - began_s


def _echo(pipe: Connection) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        pipe.send(listener.getsockname()[1])
        line, _ = listener.accept()
        with line:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while data := line.recv(1 << 16):
                line.sendall(data)


def _family(pid: int) -> list[int]:
    """Return a process and all that it started, and they."""
    found = [pid]
    for one in found:
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            found += [int(child) for child in task.read_text().split()]
    return found


def _cpu_s(pid: int) -> float:
    """Return the user and system seconds of a process and all it started."""
    total = 0
    for one in _family(pid):
        fields = Path(f"/proc/{one}/stat").read_text().rpartition(") ")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / _TICKS


def _memory_mb(pid: int) -> float:
    pages = sum(int(Path(f"/proc/{p}/statm").read_text().split()[1]) for p in _family(pid))
    return pages * os.sysconf("SC_PAGESIZE") / 1e6


@dataclass(frozen=True)
class Taped:
    """Frames on the tape, and how many did not follow the one before of their registration."""

    frames: int
    out_of_place: int


def _taped(directory: Path) -> Taped:
    last = dict.fromkeys(keys_in_order, FIRST - 1)
    frames = out_of_place = 0
    volume_at = STREAMS[TRADES].index("ACML_VOL")
    ask_at = 23  # ASKP_RSQN1, in every layout
    for item in tape.read(directory, DAY):
        if not isinstance(item, Text) or not item.text.startswith("0|"):
            continue
        head, _, rest = item.text.partition("^")
        _, tr_id, _, symbol = head.split("|")
        at = (volume_at if tr_id == TRADES else ask_at) - 1
        n = int(rest.split("^", at + 1)[at])
        frames += 1
        out_of_place += n != last[tr_id, symbol] + 1
        last[tr_id, symbol] = n
    return Taped(frames, out_of_place)


def rows_of(
    rate: int, sent: Sent, told: Told, watched: Watched, taped: Taped
) -> list[dict[str, Any]]:
    """Return a row for each claim."""
    frames = sent.rounds * REGISTRATIONS
    written_ns = np.frombuffer(sent.at_ns, dtype=np.int64)
    rounds = np.frombuffer(told.rounds, dtype=np.int32)
    came_ns = np.repeat(
        np.frombuffer(told.at_ns, dtype=np.int64), np.frombuffer(told.sizes, dtype=np.int32)
    )
    ms = (came_ns - written_ns[rounds]) / 1e6
    second = (written_ns[rounds] - written_ns[0]) // SECOND_NS
    by_second = [ms[second == n] for n in range(int(second.max()) + 1)] if len(ms) else []
    by_second = [one for one in by_second if len(one) > rate / 2]
    took_s = (written_ns[-1] - written_ns[0]) / 1e9
    per_second = np.bincount((written_ns - written_ns[0]) // SECOND_NS) * REGISTRATIONS
    echo = sorted(watched.echo_ms)
    echo_p50, echo_p99 = statistics.median(echo), echo[int(len(echo) * 0.99)]
    written = round(frames / took_s)
    lost = [frames - taped.frames, frames - len(rounds), taped.out_of_place, told.out_of_place]
    return [
        _row("frames written a second", written, per_second[:-1], "1/s", f">= {rate * 0.99:,.0f}",
             written >= rate * 0.99, f"{frames:,} frames in {took_s:.1f} s"),
        _row("frame to event, p50", *_quantile(ms, by_second, 50), "ms", f"< {P99_MS_MAX:g}",
             _below(ms, 50), f"echo {echo_p50:.2f} ms", echo_p50),
        _row("frame to event, p99", *_quantile(ms, by_second, 99), "ms", f"< {P99_MS_MAX:g}",
             _below(ms, 99), f"echo {echo_p99:.2f} ms", echo_p99),
        _row("lost or told twice", max(map(abs, lost)), lost, "frames", "0", not any(lost),
             f"{frames:,} written, {taped.frames:,} on the tape, {len(rounds):,} read"),
        _row("conflated", told.conflated, [told.conflated], "events", "0",
             told.conflated == 0 and not told.gaps, f"{len(told.gaps)} gaps"),
        _row("collector's CPU", watched.cpu_s / watched.wall_s, [watched.cpu_s / watched.wall_s],
             "cores", f"< {CORES_MAX:g}", watched.cpu_s < CORES_MAX * watched.wall_s,
             f"reader {told.cpu_s / watched.wall_s:.2f} cores"),
        _row("collector's memory, most", max(watched.memory_mb), watched.memory_mb, "MB",
             f"< {MEMORY_MB_MAX:g}", max(watched.memory_mb) < MEMORY_MB_MAX, "resident"),
    ]  # fmt: skip


def _quantile(ms: Any, by_second: list[Any], percent: int) -> tuple[float, list[float]]:
    if not len(ms):
        return float("inf"), [float("inf")]
    return float(np.percentile(ms, percent)), [float(np.percentile(m, percent)) for m in by_second]


def _below(ms: Any, percent: int) -> bool:
    return len(ms) > 0 and bool(np.percentile(ms, percent) < P99_MS_MAX)


def _row(
    name: str,
    median: float,
    spread: Any,
    unit: str,
    must: str,
    holds: bool,
    yardstick: str,
    against: float | None = None,
) -> dict[str, Any]:
    values = [float(value) for value in spread] or [float(median)]
    return {
        "name": name,
        "median": float(median),
        "min": min(values),
        "max": max(values),
        "unit": unit,
        "yardstick": yardstick,
        "ratio": None if against is None else float(median) / against,
        "must": must,
        "holds": bool(holds),
    }
