"""python -m oms: the OMS of one account. Its composition root."""

import argparse
import asyncio
import contextlib
import signal
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import uvloop

from config.load import DIRECTORY, ConfigError, secret, secret_or_none
from kis_core.door import bind, open_door
from kis_core.environment import require_same
from kis_core.errors import Refused
from kis_core.feed import Feed
from kis_core.heap import settle_heap
from kis_core.log import open_log
from kis_core.net.budget import RateBudget
from kis_core.net.rest import KisRest
from kis_core.net.tokens import TokenCache
from oms.access import tokens_from_secrets
from oms.account import account_at_kis, quotes_at_kis, require_instruments
from oms.allowance import Allowance
from oms.audit import AuditTrail, TrailRefused
from oms.core.limits import Limits
from oms.journal import Journal, JournalError
from oms.routes import make_app
from oms.running import Parts, running
from oms.settings import OmsSettings, load_settings

AUDIT_WITHIN_S = 5.0
AGREE_WITHIN_S = 2.0  # a database that does not answer must not keep stops unwatched


async def main(settings: OmsSettings, limits: Limits, folder: Path, name: str) -> None:
    """Open what must be opened, hand it over, and wait for the signal."""
    clock = settings.make_clock()
    log = open_log("oms", clock, settings.log.level, settings.log.directory)
    endpoints, credentials, account = (
        settings.endpoints(),
        settings.credentials(),
        settings.account(),
    )
    environment = require_same(endpoints, credentials, account)
    require_instruments(settings.instruments, account)
    access = tokens_from_secrets(settings.budgets, settings.regime_by)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        listener = bind(settings.host, settings.port)
        stack.callback(listener.close)
        journal = Journal.open(settings.journal_path)
        stack.callback(journal.close)
        tokens = TokenCache(endpoints, credentials, clock, settings.data_dir / "tokens")
        budget = RateBudget(endpoints, credentials, clock, settings.data_dir / "budget")
        rest = await stack.enter_async_context(
            KisRest(endpoints, credentials, clock, tokens, budget)
        )
        relay = secret("RELAY_TOKEN_OMS")
        line = await stack.enter_async_context(Feed.open(settings.relay_url, relay, "oms", clock))
        trail = None
        if url := secret_or_none("DATABASE_URL"):
            trail = AuditTrail(
                url,
                journal,
                oms_id=settings.oms_id,
                environment=environment,
                account=account.number,
                clock=clock,
                log=log,
            )
            await trail.agree(AGREE_WITHIN_S)
            shipping = asyncio.create_task(trail.run())
            stack.push_async_callback(_finish, trail, shipping)
        parts = Parts(
            oms_id=settings.oms_id,
            environment=environment,
            limits=limits,
            rounds=settings.rounds,
            journal=journal,
            broker=account_at_kis(rest, account),
            line=line,
            asked=quotes_at_kis(rest, account),
            tokens=access,
            clock=clock,
            log=log,
            account=account.number + account.product,
            folder=folder,
            settings_name=name,
            trail=trail,
            allowance=Allowance(settings.allowance.per_s, settings.allowance.burst),
            dialect=endpoints.dialect,
        )
        desk = await stack.enter_async_context(running(parts))
        url = await stack.enter_async_context(open_door(make_app(desk), listener))
        settle_heap()
        log.info("OMS serving", url=url, journal=str(journal.path), seq=journal.last_seq)
        await stop.wait()
        log.info("OMS stopping")


async def _finish(trail: AuditTrail, shipping: "asyncio.Task[None]") -> None:
    shipping.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await shipping
    await trail.finish(AUDIT_WITHIN_S)


def _first(told: BaseException) -> BaseException:
    while isinstance(told, BaseExceptionGroup):
        told = told.exceptions[0]
    return told


def run() -> int:
    """Read the arguments, run, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m oms", description=__doc__)
    parser.add_argument("--config", type=Path, default=DIRECTORY, help="folder of YAML files")
    parser.add_argument("--settings", default="oms", metavar="NAME", help="of the OMS's YAML file")
    arguments = parser.parse_args()
    code = 0
    try:
        settings, limits = load_settings(arguments.config, arguments.settings)
        try:
            uvloop.run(main(settings, limits, arguments.config, arguments.settings))
        except* (Refused, JournalError) as told:  # a key nobody knows; a journal not writable
            sys.stderr.write(f"oms: {_first(told)}\n")
            code = 2
    except (ConfigError, JournalError, TrailRefused, OSError, httpx.InvalidURL) as error:
        sys.stderr.write(f"oms: {error}\n")
        code = 2
    return code


if __name__ == "__main__":
    sys.exit(run())
