"""Waiting for something that a running OMS will do."""

import asyncio
from collections.abc import Callable
from typing import Any


async def until(holds: Callable[[], Any], within_s: float = 5.0) -> None:
    """Return once it holds."""
    async with asyncio.timeout(within_s):
        while not holds():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.001)


async def while_time_passes(move: Callable[[float], None], holds: Callable[[], Any]) -> None:
    """Return once it holds, a market second passing every few milliseconds."""
    async with asyncio.timeout(5.0):
        while not holds():
            move(1.0)
            await asyncio.sleep(0.003)
