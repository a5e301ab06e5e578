"""The broker simulator as a process: a day, its exchange, and KIS's two doors; Kiwoom's, if asked.

    python -m broker_sim [--config DIR] [--bars DIR] [--date D] [--speed N] [--env paper] …

The first line on the standard output is JSON with URLs, keys and the account, so that any KIS
client can be pointed at it. Everything after it is log, on the standard error.
"""

import asyncio
import contextlib
import datetime as dt
import json
import math
import os
import signal
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import structlog

from broker_sim.days import implied_sigma, open_day
from broker_sim.doors import PortTaken
from broker_sim.exchange.account import AccountRules
from broker_sim.exchange.day import DayError
from broker_sim.exchange.exchange import Exchange
from broker_sim.exchange.fault_entries import FaultError
from broker_sim.exchange.faults import FaultPlan
from broker_sim.kis.fault_script import open_script
from broker_sim.kis.layouts import Layout
from broker_sim.kis.serve import Options, Served, serve
from broker_sim.kis.tokens import Keys, draw_keys
from broker_sim.kiwoom.captures import Capture, CaptureError, read_capture
from broker_sim.kiwoom.limits import Rates
from broker_sim.kiwoom.serve import Options as KiwoomOptions
from broker_sim.kiwoom.serve import Served as KiwoomServed
from broker_sim.kiwoom.serve import serve as serve_kiwoom
from broker_sim.kiwoom.sockets import Manners
from broker_sim.kiwoom.tokens import draw_keys as draw_kiwoom_keys
from broker_sim.settings import SimSettings
from config.load import DIRECTORY, ConfigError, load, secret_or_none
from kis_core.clock import SECOND_NS, ScaledClock, kst, write_anchor
from kis_core.environment import Account, Environment
from kis_core.log import open_log
from kis_core.market.instants import midnight_ns

MS_NS = 1_000_000
LEAD_S = 20.0  # of the world, before the first row of a capture
JITTER_S = 0.05  # of the world: what a loopback request may spend on its way


def main(argv: Sequence[str]) -> int:
    """Run the simulator until it is told to stop; return an exit code."""
    try:
        words = _words(argv)
        written = load(SimSettings, "sim", words.config)
        settings = written.changed(_given(words, written))
        file = settings.kiwoom.capture
        capture = None if file is None else read_capture(file)
        if capture is not None:
            settings = _at_capture(settings, words, capture)
        asyncio.run(run(settings, _keys(settings, words), capture))
    except (CaptureError, ConfigError, DayError, FaultError, PortTaken) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt:
        return 0
    return 0


async def run(settings: SimSettings, keys: Keys, capture: Capture | None = None) -> None:
    """Play the day until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    script = open_script(settings.faults) if settings.faults else None
    day = await asyncio.to_thread(open_day, settings.bars, settings.date, settings.seed)
    settings = settings.changed({"date": day.date})
    rules = AccountRules(
        settings.cash_krw,
        settings.commission_ppm,
        settings.dialect,
        latency_ns=int(settings.latency_ms * MS_NS),
    )
    exchange = await asyncio.to_thread(Exchange, day, rules, settings.seed)
    clock = _clock(settings)
    log = open_log("sim", clock, settings.log.level, settings.log.directory)
    plan = script.plan(settings.seed, sorted(day.instruments)) if script else None
    options = _options(settings, keys, clock.speed, plan)
    async with contextlib.AsyncExitStack() as stack:
        served = await stack.enter_async_context(serve(exchange, clock, options, log))
        offer = _offer(settings, keys, served)
        if settings.kiwoom.port is not None:
            face = _kiwoom_options(settings, clock.speed, capture)
            kiwoom = await stack.enter_async_context(
                serve_kiwoom(exchange, clock, face, log, served.pump.catch_up)
            )
            offer["kiwoom"] = _kiwoom_offer(face, kiwoom)
        sys.stdout.write(json.dumps(offer) + "\n")
        sys.stdout.flush()
        log.info("sim up", date=str(day.date), speed=clock.speed, stocks=len(day.instruments))
        await stop.wait()
        _say_goodbye(log, served)
    if not settings.rest_port and settings.clock.file is None:
        _clock_file(settings).unlink(missing_ok=True)  # no other start will take this name over


class _Parser(ArgumentParser):
    """Says what is wrong with a command line in one sentence."""

    def error(self, message: str) -> NoReturn:
        raise ConfigError(f"{message}; see kst sim --help")


def _words(argv: Sequence[str]) -> Namespace:
    """Return what the command line says; what it leaves out, sim.yaml says."""
    parser = _Parser(
        prog="kst sim",
        description="A KIS on this machine: play a day for any KIS client.",
        epilog="example: kst sim --bars ../shared/data/bars_1m --date 2025-09-03 --speed 10",
    )
    parser.add_argument("--config", type=Path, default=DIRECTORY, help="folder of YAML files")
    parser.add_argument("--port", type=_port, dest="rest_port", help="REST port; 0: any free one")
    parser.add_argument("--ws-port", type=_port, help="WebSocket port; 0: any free one")
    parser.add_argument("--bars", type=Path, help="folder of real 1-minute bars")
    parser.add_argument("--date", type=_day, help="the day to play, YYYY-MM-DD")
    parser.add_argument("--speed", type=float, help="times the world's speed")
    start = "where the clock begins, KST"
    parser.add_argument("--at", dest="start", type=_time, metavar="HH:MM", help=start)
    parser.add_argument("--seed", type=int, help="same seed, same day")
    parser.add_argument("--env", dest="dialect", choices=("real", "paper"), help="host to play")
    parser.add_argument("--cash", type=int, dest="cash_krw", help="KRW the account begins with")
    parser.add_argument("--faults", type=Path, metavar="FILE", help="what goes wrong, and when")
    parser.add_argument("--margin-cash", type=int, dest="margin_cash_krw", help="of account -03")
    parser.add_argument(
        "--ws-layout", choices=("auto", "legacy", "mid", "current"), help="columns of frames"
    )
    kiwoom = parser.add_argument_group("Kiwoom's REST and WebSocket beside KIS's")
    kiwoom.add_argument("--kiwoom-port", type=_port, help="REST port; 0: any free one")
    kiwoom.add_argument("--kiwoom-ws-port", type=_port, help="WebSocket port; 0: any free one")
    played = "Parquet of captured frames, played at --speed instead of the market"
    kiwoom.add_argument("--capture", type=Path, metavar="FILE", help=played)
    streams = "begin the capture once N of its streams are registered; else all of them"
    kiwoom.add_argument("--start-when-registered", type=_count, metavar="N", help=streams)
    for flag in ("--app-key", "--app-secret", "--account", "--hts-id"):
        parser.add_argument(flag, help="else from SIM_* secrets, else drawn from the seed")
    return parser.parse_args(argv)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65_535:
        raise ArgumentTypeError(f"{text!r} is no port: expected 0 to 65535")
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text!r} is no count: expected 1 or more")
    return int(text)


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no day: expected YYYY-MM-DD") from None


def _time(text: str) -> dt.time:
    try:
        return dt.time.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no time of day: expected HH:MM") from None


_KIWOOM_WORDS = {
    "kiwoom_port": "port",
    "kiwoom_ws_port": "ws_port",
    "capture": "capture",
    "start_when_registered": "start_when_registered",
}


def _given(words: Namespace, written: SimSettings) -> dict[str, Any]:
    apart = {"config", "app_key", "app_secret", "account", "hts_id", *_KIWOOM_WORDS}
    given = {k: v for k, v in vars(words).items() if v is not None and k not in apart}
    if given.keys() & {"dialect", "rest_port", "ws_port"}:
        given["simulator"], given["broker"] = None, "kis"  # the fleet's address is another's
        given["clock"] = {"kind": "system", "file": None}
    face = {to: getattr(words, of) for of, to in _KIWOOM_WORDS.items() if getattr(words, of)}
    if words.kiwoom_port is not None:
        face["port"] = words.kiwoom_port
    if face:
        given["kiwoom"] = written.kiwoom.model_dump() | face
    return given


def _at_capture(settings: SimSettings, words: Namespace, capture: Capture) -> SimSettings:
    """Return the settings on the capture's day, with time to register before its first row."""
    if settings.kiwoom.port is None:
        raise ConfigError("--capture: played through Kiwoom's face; give --kiwoom-port, too")
    if words.date not in (None, capture.date):
        raise ConfigError(f"--date {words.date}: the capture is of {capture.date}")
    over: dict[str, Any] = {"date": capture.date}
    if words.start is None:
        lead_ns = int(LEAD_S * settings.speed * SECOND_NS)
        start_ns = max(midnight_ns(capture.date), capture.at_ns[0] - lead_ns)
        over["start"] = kst(start_ns).time().replace(microsecond=0)
    return settings.changed(over)


def _keys(settings: SimSettings, words: Namespace) -> Keys:
    """Return keys as given, else from the secrets, else drawn: always the same for a seed."""
    drawn = draw_keys(settings.seed)
    number = words.account or secret_or_none("SIM_ACCOUNT_NO") or drawn.account_no
    try:
        account = Account.parse(Environment.SIM, number)
    except ValueError as error:
        raise ConfigError(f"account: {error}") from None
    return Keys(
        words.app_key or secret_or_none("SIM_APP_KEY") or drawn.app_key,
        words.app_secret or secret_or_none("SIM_APP_SECRET") or drawn.app_secret,
        account.number,
        account.product,
        words.hts_id or secret_or_none("SIM_HTS_ID") or drawn.hts_id,
    )


def _clock_file(settings: SimSettings) -> Path:
    # Where any port will do, simulators side by side must not share one clock.
    name = settings.rest_port or f"any-{os.getpid()}"
    return settings.clock.file or settings.data_dir / f"sim-{name}.clock.json"


def _clock(settings: SimSettings) -> ScaledClock:
    """Return the fleet's clock, or one of our own that starts to run now."""
    file = _clock_file(settings)
    if settings.clock.file is None:
        write_anchor(file, settings.start_ns(), settings.speed, running=True)
    try:
        return ScaledClock(file)
    except (OSError, ValueError, KeyError) as error:
        raise ConfigError(f"{file}: not the anchor of a clock: {error}") from None


def _options(settings: SimSettings, keys: Keys, speed: float, faults: FaultPlan | None) -> Options:
    layout = settings.ws_layout
    assert settings.date is not None, "the day was opened"
    return Options(
        keys=keys,
        dialect=settings.dialect,
        seed=settings.seed,
        layout=Layout.of(settings.date) if layout == "auto" else Layout(layout),
        calls_per_second=getattr(settings.calls_per_second, settings.dialect),
        throttle_window_s=max(1, math.ceil(speed * JITTER_S)),
        host=settings.host,
        rest_port=settings.rest_port,
        ws_port=settings.ws_port,
        pump_s=settings.pump_ms / 1000,
        unread_bytes_max=settings.unread_bytes_max,
        faults=faults,
        implied_sigma=implied_sigma(settings.bars, settings.date),
        margin_cash_krw=settings.margin_cash_krw,
    )


def _kiwoom_options(settings: SimSettings, speed: float, capture: Capture | None) -> KiwoomOptions:
    face = settings.kiwoom
    assert face.port is not None, "Kiwoom is served"
    per_second = getattr(face.calls_per_second, settings.dialect)
    return KiwoomOptions(
        keys=draw_kiwoom_keys(settings.seed, settings.dialect),
        manners=Manners(
            settings.dialect,
            face.ping_s,
            face.reconnect_s,
            face.sessions_max,
            settings.unread_bytes_max,
            face.session_items_max,
        ),
        seed=settings.seed,
        rates=Rates(face.tr_per_second, face.tr_burst, per_second),
        slack_s=math.ceil(speed * JITTER_S),
        token_life_s=face.token_life_s,
        issue_every_s=face.issue_every_s,
        list_rows=face.list_rows,
        host=settings.host,
        rest_port=face.port,
        ws_port=face.ws_port,
        capture=capture,
        start_when_registered=face.start_when_registered,
    )


def _kiwoom_offer(options: KiwoomOptions, served: KiwoomServed) -> dict[str, str]:
    return {
        "rest_url": served.rest_url,
        "ws_url": served.ws_url,
        "app_key": options.keys.app_key,
        "secret_key": options.keys.secret_key,
    }


def _offer(settings: SimSettings, keys: Keys, served: Served) -> dict[str, Any]:
    return {
        "rest_url": served.rest_url,
        "ws_url": served.ws_url,
        "app_key": keys.app_key,
        "app_secret": keys.app_secret,
        "account": f"{keys.account_no}-{keys.product}",
        "hts_id": keys.hts_id,
        "env": settings.dialect,
        "date": str(settings.date),
        "clock_file": str(_clock_file(settings).resolve()),
    }


def _say_goodbye(log: structlog.typing.FilteringBoundLogger, served: Served) -> None:
    log.info(
        "sim down",
        rest_calls=served.app.served,
        ws_messages=served.sockets.frames_sent,
        ws_dropped=served.sockets.dropped,
        prints=served.pump.prints,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
