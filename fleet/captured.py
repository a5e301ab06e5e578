"""`kst capture`: a capture through Kiwoom's side of the simulator and a collector, then compared.

What runs: PostgreSQL, the broker simulator playing the capture, and the real collector, each a
process of its own. When the last row has been heard, the collector's own upkeep makes the day file;
it is then read beside the capture: the same rows, stream by stream, duplicates and holes found, and
the same spreads between the venues.
"""

import asyncio
import datetime as dt
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import polars as pl
from rich.console import Console

from broker_sim.days import open_day
from broker_sim.exchange.day import DaySource
from broker_sim.kiwoom.captures import Capture, CaptureError, read_capture
from broker_sim.kiwoom.tokens import draw_keys
from collector.dayfile import day_path, load
from collector.quality_report import UNEXPLAINED, report_of_file
from collector.reports import report_path
from collector.spread import spreads_of_file
from fleet.demo import DemoOptions, database, prepare_run
from fleet.overlay import Places, overlay
from fleet.rundir import Run, free_ports, write_config
from fleet.supervisor import ChildSpec, FleetError, Supervisor
from kis_core.clock import SECOND_NS, kst, write_anchor
from kis_core.market.instants import KST_OFFSET_NS
from kis_core.postgres import asyncpg_url, to_kst_naive

SOURCE = "kiwoom"
SPEED = 20.0
SEED = 1
COLUMNS = ("symbol", "venue", "raw_code", "fid_13", "fid_41", "fid_51", "fid_61", "fid_71")
"""What has to come out as it went in; of a capture that lacks one, the others."""
HEARD_MAX_S = 60  # of the world, beyond the capture's own time
_UNREAD_BYTES_MAX = 256 << 20
_LEAD_S = 5  # of the world, until the first row: the streams are registered meanwhile
_POLL_S = 0.25
_NAMED = 20  # differences that are named one by one


_GAP_S = 10  # of the market without a row: from there on it is a hole
Hole = tuple[float, float]
"""Since when (seconds since the epoch), and for how many seconds."""


@dataclass(frozen=True)
class CaptureOptions:
    """What the command line said."""

    file: Path
    speed: float | None
    out: Path | None


@dataclass(frozen=True)
class Captured:
    """What came of a capture."""

    file: str
    date: str
    speed: float
    seconds: float
    symbols: int
    streams: int
    rows_in: int
    rows_out: int
    streams_different: int
    named: tuple[str, ...]
    unread: int  # texts in the quarantine beside the day file
    damaged: int
    arrived_backwards: int  # rows that arrived before the one above
    lag_ms: dict[str, float]  # arrival less the capture's own time, of the market
    doubles_in: int  # rows with the content and the time of the row before in their stream
    doubles_out: int  # ... with its content, within what counts as a resend
    holes_in: tuple[Hole, ...]
    holes_out: tuple[Hole, ...]  # of the daily report
    silent_in: int  # streams of the capture's symbols that say nothing in it
    silent_out: int  # ... that were registered and never heard
    silent_differ: int
    findings: dict[str, int]  # in the database, by kind
    reported: dict[str, int]  # in the daily report
    live: dict[str, int]  # in the collector's status, before the end
    gaps: tuple[dict[str, Any], ...]  # of the line, once the capture had begun
    spread_in: dict[str, Any]
    spread_out: dict[str, Any]  # of the day file with the capture's own times
    spread_heard: dict[str, Any]  # of the day file as it is

    @property
    def wrong(self) -> tuple[str, ...]:
        """What is not as it should be, in words."""
        said = []
        if self.rows_in != self.rows_out or self.streams_different:
            said.append(f"rows: {self.rows_in} in, {self.rows_out} out, "
                        f"{self.streams_different} streams differ")  # fmt: skip
        if self.unread or self.damaged or self.arrived_backwards:
            said.append(f"day file: {self.unread} unread, {self.damaged} damaged, "
                        f"{self.arrived_backwards} out of order")  # fmt: skip
        if self.silent_differ:
            said.append(f"silent: {self.silent_in} in, {self.silent_out} out")
        if self.gaps:
            said.append(f"{len(self.gaps)} gaps of the line")
        for name, found in (("findings", self.findings), ("report", self.reported)):
            doubles = found.get("duplicate", 0) + found.get("repeated", 0)
            if doubles < self.doubles_in:
                said.append(f"{name}: {doubles} doubles of {self.doubles_in}")
            if found.get("gap", 0) < len(self.holes_in):
                said.append(f"{name}: {found.get('gap', 0)} holes of {len(self.holes_in)}")
        said += self._wrong_holes()
        if self.spread_in != self.spread_out:
            said.append("spreads: other figures out than in")
        return tuple(said)

    def _wrong_holes(self) -> list[str]:
        """Say which holes are not those of the capture.

        Times are those of arrival: on a machine that is busy a hole begins and ends later than it
        did, and where rows waited for `lag_ms` there is one that the capture lacks.
        """
        lag_s = self.lag_ms["max"] / 1000
        said, left = [], list(self.holes_out)
        for began, seconds in self.holes_in:
            near = [
                hole for hole in left
                if abs(hole[0] - began) <= 1 + lag_s and abs(hole[1] - seconds) <= 1 + lag_s
            ]  # fmt: skip
            if near:
                left.remove(max(near, key=lambda hole: hole[1]))
            else:
                said.append(f"hole of {seconds} s: not reported")
        said += [f"hole of {s} s: not in the capture" for _, s in left if s > _GAP_S + lag_s]
        return said

    @property
    def holds(self) -> bool:
        """Whether everything came out as it went in, and what is wrong with it was found."""
        return not self.wrong

    def summary(self) -> dict[str, Any]:
        """Return everything for a program to read."""
        return asdict(self) | {"wrong": list(self.wrong), "holds": self.holds}

    def print(self, console: Console) -> None:
        """Print it for a person."""
        for name, value in self.summary().items():
            console.print(f"{name:>18}  {value}")


async def play(options: CaptureOptions) -> Captured:
    """Play the capture and return what came of it. Raises FleetError, ConfigError, DayError."""
    console = Console(stderr=True)
    began = time.monotonic()
    speed = options.speed or SPEED
    try:
        capture = await asyncio.to_thread(read_capture, options.file)
    except CaptureError as error:
        raise FleetError(str(error)) from None
    day = await asyncio.to_thread(open_day, None, capture.date, SEED)
    run = prepare_run(DemoOptions(None, None, speed, SEED, options.out), day)
    told = _Told(run.home)
    async with AsyncExitStack() as stack:
        url = await database(run.home, stack)
        ports = free_ports(6)
        _configure(run, day, capture, options.file, ports, speed)
        supervisor = Supervisor(run.home, lambda text: console.print(f"[yellow]{text}[/]"))
        stack.push_async_callback(supervisor.stop)
        await _start(supervisor, run, ports, url)
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=60.0))
        lead_ns = int(_LEAD_S * speed * SECOND_NS)
        write_anchor(run.clock_file, capture.at_ns[0] - lead_ns, speed, running=True)
        live = await _heard(http, run, ports, capture, speed)
        await _until(told.day_file(capture.date).exists, _upkeep_s(capture, speed), "a day file")
        await supervisor.stop()
        findings, gaps = await _stored(url, capture)
        await told.write_report(capture.date)
    found = await asyncio.to_thread(_compared, options.file, told, capture)
    return Captured(
        file=options.file.name,
        date=capture.date.isoformat(),
        speed=speed,
        seconds=round(time.monotonic() - began, 1),
        symbols=len(_symbols(capture)),
        streams=len(capture.streams()),
        findings=findings,
        live=live["findings"]["kinds"],
        gaps=gaps,
        **found,
    )


def _symbols(capture: Capture) -> list[str]:
    return sorted({item.partition("_")[0] for item, _ in capture.streams()})


def _compact_at(capture: Capture) -> dt.datetime:
    """Return when the tape is put away: the second minute after the last row."""
    last = kst(capture.at_ns[-1]).replace(second=0, microsecond=0)
    return last + dt.timedelta(minutes=2)


def _upkeep_s(capture: Capture, speed: float) -> float:
    """Return how many seconds of the world the day file may take, and some."""
    return 120 / speed + HEARD_MAX_S


def _configure(
    run: Run, day: DaySource, capture: Capture, file: Path, ports: list[int], speed: float
) -> None:
    here, (sim, sim_ws, relay, oms, kiwoom, kiwoom_ws) = "127.0.0.1", ports
    places = Places(
        here, sim, sim_ws, here, relay, here, oms, here,
        run.home, run.clock_file, run.home / "logs",
    )  # fmt: skip
    begins_ns = capture.at_ns[0] - int(_LEAD_S * speed * SECOND_NS)
    write_anchor(run.clock_file, begins_ns, speed, running=False)
    values: dict[str, Mapping[str, Any]] = overlay(places, day, begins_ns, speed, None)
    sheet = run.home / "symbols.csv"
    sheet.write_text("\n".join(["Symbol", *_symbols(capture)]) + "\n")
    source = {
        "enabled": True,
        "universe": str(sheet),
        "listing": "none",
        "nxt": "all",
        "types": sorted({kind for _, kind in capture.streams()}),
        "simulator": {
            "rest_url": f"http://{here}:{kiwoom}",
            "ws_url": f"ws://{here}:{kiwoom_ws}",
        },
        "ledger_s": 5.0,
    }
    values["collector"] = {
        **values["collector"],
        "symbols": sorted(day.instruments)[:1],
        "sweep": {"every_min": 25},
        "tape": {"compact_at": f"{_compact_at(capture):%H:%M}"},
        "kiwoom": source,
    }
    played = {"port": kiwoom, "ws_port": kiwoom_ws, "capture": str(file.resolve())}
    # A machine that is busy is late, which is told; it is not cut off for that.
    patient = {"unread_bytes_max": _UNREAD_BYTES_MAX, "kiwoom": played | {"ping_s": 60.0}}
    values["sim"] = {**values["sim"], **patient}
    write_config(run.config, values)


async def _start(supervisor: Supervisor, run: Run, ports: list[int], url: str) -> None:
    keys = draw_keys(SEED, "real")
    env = {
        **run.secrets, "DATABASE_URL": url,
        "SIM_KIWOOM_APP_KEY": keys.app_key, "SIM_KIWOOM_SECRET_KEY": keys.secret_key,
    }  # fmt: skip
    for name, package, port in (("sim", "broker_sim", ports[0]), ("collector",) * 2 + (ports[2],)):
        argv = run.argv(sys.executable, package)
        await supervisor.start(ChildSpec(name, argv, f"http://127.0.0.1:{port}/livez", env))


async def _heard(
    http: httpx.AsyncClient, run: Run, ports: list[int], capture: Capture, speed: float
) -> dict[str, Any]:
    """Return the source's figures once every row has been heard, or nothing comes any more."""
    head = {"Authorization": f"Bearer {run.secrets['RELAY_TOKEN']}"}
    status: dict[str, Any] = {}

    async def look() -> bool:
        nonlocal status
        reply = await http.get(f"http://127.0.0.1:{ports[2]}/api/v1/status", headers=head)
        status = reply.json()["kiwoom"]
        return bool(status["records_total"] >= len(capture))

    lasts_s = (capture.at_ns[-1] - capture.at_ns[0]) / SECOND_NS / speed
    deadline = time.monotonic() + _LEAD_S + lasts_s + HEARD_MAX_S
    while not await look():
        if time.monotonic() > deadline:
            break  # what is missing then is told row by row
        await asyncio.sleep(_POLL_S)
    if not status["records_total"]:
        raise FleetError(f"nothing was heard: {status['streams']}, see {run.home / 'logs'}")
    return status


async def _until(happened: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            raise FleetError(f"no {what} within {seconds:.0f} s")
        await asyncio.sleep(_POLL_S)


async def _stored(url: str, capture: Capture) -> tuple[dict[str, int], tuple[dict[str, Any], ...]]:
    """Return the findings by kind and the gaps of the source, as the database has them."""
    connection = await asyncpg.connect(asyncpg_url(url), timeout=10)
    try:
        kinds = await connection.fetch(
            "SELECT kind, sum(count)::bigint AS count FROM market_findings"
            " WHERE source = $1 GROUP BY kind ORDER BY kind",
            SOURCE,
        )
        gaps = await connection.fetch(
            "SELECT symbol, from_at, to_at, reason FROM market_gaps"
            " WHERE source = $1 AND (to_at IS NULL OR to_at > $2)",
            SOURCE,
            to_kst_naive(capture.at_ns[0]),
        )
    finally:
        await connection.close()
    return (
        {row["kind"]: row["count"] for row in kinds},
        tuple({name: str(value) for name, value in row.items()} for row in gaps),
    )


@dataclass(frozen=True)
class _Told:
    """What a run's collector left in its folder."""

    home: Path

    def day_file(self, day: dt.date) -> Path:
        return day_path(self.home / "days", SOURCE, day)

    async def write_report(self, day: dt.date) -> None:
        """Write the daily report as the collector does after the last market of the day."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "collector.quality_report", str(self.home), day.isoformat(),
            env=os.environ, stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        _, wrong = await process.communicate()
        if process.returncode:
            raise FleetError(f"no quality report: {wrong.decode().strip().rpartition(chr(10))[2]}")

    def report(self, day: dt.date) -> dict[str, Any]:
        sources = json.loads(report_path(self.home, day, "json").read_text())["sources"]
        found: dict[str, Any] = next(each for each in sources if each["source"] == SOURCE)
        return found


def _compared(file: Path, told: _Told, capture: Capture) -> dict[str, Any]:
    """Return how what came out differs from what went in, as Captured names it."""
    path = told.day_file(capture.date)
    rows_in, rows_out = pl.read_parquet(file), pl.read_parquet(path)
    different, named = _different(rows_in, rows_out)
    report = told.report(capture.date)
    whole = report_of_file(file).as_dict()["sources"][0]
    heard = spreads_of_file(path).summary()
    with tempfile.TemporaryDirectory() as place:
        retimed = _with_times_of(rows_in, rows_out, Path(place))
        spread_out = spreads_of_file(retimed).summary() if retimed else heard
    arrived = rows_out["timestamp"]
    ms = pl.Series([0.0])
    if retimed:
        ms = (arrived - rows_in["timestamp"]).dt.total_microseconds() / 1000
    in_kinds, out_kinds = _kinds(whole), _kinds(report)
    summary = load(path).summary
    return {
        "rows_in": rows_in.height,
        "rows_out": rows_out.height,
        "streams_different": different,
        "named": named,
        "unread": summary.unread,
        "damaged": summary.damaged,
        "arrived_backwards": int((arrived.diff() < dt.timedelta()).sum()),
        "lag_ms": {
            name: round(ms.quantile(share) or 0.0, 1)
            for name, share in (("median", 0.5), ("p99", 0.99), ("max", 1.0))
        },
        "doubles_in": in_kinds.get("duplicate", 0),
        "doubles_out": out_kinds.get("duplicate", 0) + out_kinds.get("repeated", 0),
        "holes_in": _holes(whole),
        "holes_out": _holes(report),
        "reported": out_kinds,
        "silent_in": len(_silent(whole)),
        "silent_out": len(_silent(report)),
        "silent_differ": len(_silent(whole) ^ _silent(report)),
        "spread_in": spreads_of_file(file).summary(),
        "spread_out": spread_out,
        "spread_heard": heard,
    }  # fmt: skip


def _kinds(source: Mapping[str, Any]) -> dict[str, int]:
    """Return a report's counts by kind, of all venues together."""
    found: Counter[str] = Counter()
    for kinds in source["counts"].values():
        found.update(kinds)
    return dict(found)


def _holes(source: Mapping[str, Any]) -> tuple[Hole, ...]:
    """Return the holes of a report for which nobody gave a reason: those of the file itself."""
    return tuple(
        (round(dt.datetime.fromisoformat(hole["from"]).timestamp(), 3), round(hole["seconds"], 1))
        for hole in source["holes"]
        if hole["reason"] == UNEXPLAINED
    )


def _silent(source: Mapping[str, Any]) -> set[tuple[str, str]]:
    return {(each["venue"], each["symbol"]) for each in source["silent"]}


def _different(rows_in: pl.DataFrame, rows_out: pl.DataFrame) -> tuple[int, tuple[str, ...]]:
    """Return how many streams differ, row by row in their order, and the first such rows."""
    names = [name for name in COLUMNS if name in rows_in.columns]
    sides = [
        rows.select(pl.col(names).cast(pl.String)).with_columns(
            n=pl.int_range(pl.len()).over("raw_code"), here=pl.lit(value=True)
        )
        for rows in (rows_in, rows_out)
    ]
    both = sides[0].join(sides[1], on=["raw_code", "n"], how="full", coalesce=True, suffix="_out")
    others = [name for name in (*names, "here") if name != "raw_code"]
    same = pl.all_horizontal(pl.col(name).eq_missing(pl.col(f"{name}_out")) for name in others)
    wrong = both.filter(~same).sort("raw_code", "n")
    named = tuple(
        f"{row['raw_code']} row {row['n']}: in {[row[name] for name in others]}, "
        f"out {[row[f'{name}_out'] for name in others]}"
        for row in wrong.head(_NAMED).iter_rows(named=True)
    )
    return wrong["raw_code"].n_unique(), named


def _with_times_of(rows_in: pl.DataFrame, rows_out: pl.DataFrame, place: Path) -> Path | None:
    """Write the day file's rows under the capture's own times; None where they do not fit.

    Rows go through one line, so theirs is one order, too.
    """
    if rows_in["raw_code"].to_list() != rows_out["raw_code"].to_list():
        return None
    at = rows_in["timestamp"]
    path = place / "retimed.parquet"
    rows_out.with_columns(
        at.cast(pl.Datetime("us")).alias("timestamp"),
        (at.cast(pl.Datetime("ns")).cast(pl.Int64) - KST_OFFSET_NS).alias("arrived_ns"),
    ).write_parquet(path)
    return path
