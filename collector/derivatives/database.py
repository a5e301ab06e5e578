"""The one connection that contracts are written through, opened when it is needed.

Whoever writes hears what became of it: `Away` leaves the work undone, to be done when the database
is back; `Unfit` means that it answered, and will not take these rows however often they come.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import asyncpg

from collector.derivatives.store import DerivativeStore
from kis_core.environment import Environment


class Away(Exception):
    """The database cannot be reached, or lost the connection."""


class Unfit(Exception):
    """The database refuses these rows."""


class Database:
    """One connection. Use as an async context manager."""

    def __init__(self, url: str, environment: Environment) -> None:
        self._url = url
        self._environment = environment
        self._life = AsyncExitStack()
        self._store: DerivativeStore | None = None
        self._lock = asyncio.Lock()

    @property
    def connected(self) -> bool:
        """Whether it was there when it was last needed."""
        return self._store is not None

    async def __aenter__(self) -> "Database":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._close()

    async def do[T](self, work: Callable[[DerivativeStore], Awaitable[T]]) -> T:
        """Do some work on the connection. Raises Away or Unfit."""
        async with self._lock:
            try:
                if self._store is None:
                    opening = DerivativeStore.open(self._url, self._environment)
                    self._store = await self._life.enter_async_context(opening)
                return await work(self._store)
            except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError) as error:
                raise Unfit(f"{type(error).__name__}: {error}") from None
            except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                await self._close()
                raise Away(f"{type(error).__name__}: {error}") from None

    async def _close(self) -> None:
        self._store = None
        life, self._life = self._life, AsyncExitStack()
        try:
            await life.aclose()
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return  # it was lost already
