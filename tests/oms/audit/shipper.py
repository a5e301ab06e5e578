"""A process that ships a journal in small batches until it is killed: URL and path are its words.

python -m tests.oms.audit.shipper postgresql://… /tmp/vps1.db
"""

import asyncio
import sys
from pathlib import Path

import structlog

from kis_core.clock import SystemClock
from kis_core.environment import Environment
from oms.audit import AuditTrail
from oms.journal import Journal
from tests.oms.audit.story import ACCOUNT


async def main(url: str, path: Path) -> None:
    trail = AuditTrail(
        url,
        Journal.open(path),
        oms_id="vps1",
        environment=Environment.SIM,
        account=ACCOUNT,
        clock=SystemClock(),
        log=structlog.get_logger(),
        batch=5,
    )
    await trail.run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
