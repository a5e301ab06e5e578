"""A database with a trail into it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import structlog

from kis_core.clock import TapeClock
from kis_core.environment import Environment
from oms.audit import AuditTrail, Tail
from tests.oms.audit.story import ACCOUNT, Story

MakeTrail = Callable[..., AuditTrail]
Ask = Callable[..., Awaitable[list[dict[str, Any]]]]


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    told = Story(tmp_path / "vps1.db")
    yield told
    told.journal.close()


@pytest.fixture
async def trail(database: str, story: Story) -> AsyncIterator[MakeTrail]:
    """Make trails; all of them are closed after the test."""
    made: list[AuditTrail] = []

    def make(tail: Tail | None = None, **changes: Any) -> AuditTrail:
        settings: dict[str, Any] = {
            "url": database,
            "oms_id": "vps1",
            "environment": Environment.SIM,
            "account": ACCOUNT,
            "clock": TapeClock(story.at("15:40:00")),
            "log": structlog.get_logger(),
        }
        settings |= changes
        made.append(AuditTrail(tail=tail or story.journal, **settings))
        return made[-1]

    yield make
    for one in made:
        await one.close()


@pytest.fixture
async def ask(database: str) -> AsyncIterator[Ask]:
    """Ask the database: `await ask("SELECT …", values)` gives rows as dicts."""
    connection = await asyncpg.connect(database)

    async def asked(question: str, *values: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in await connection.fetch(question, *values)]

    yield asked
    await connection.close()
