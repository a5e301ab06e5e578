"""One process inside this one, and how it dies.

Everything that a life starts is a task of its own kind: it counts its steps, and from the moment of
death on takes none. No `finally` of it reaches the broker or the disk: its sockets are reset first,
and what comes after it goes on from a copy of its folder as the death left it.
"""

import asyncio
import contextlib
import random
from collections.abc import Callable, Coroutine, Generator, Sequence
from contextvars import ContextVar, copy_context
from pathlib import Path
from typing import Any

from fleet.chaos.story import Death
from fleet.chaos.tape_loop import TapeLoop
from oms.core.records import OrderSent
from oms.journal import Journal, Turn

_LIFE: ContextVar["Life | None"] = ContextVar("life", default=None)


class Killed(BaseException):
    """Unwinds the one task in which the process dies."""


class Life:
    """The tasks, sockets and journal of one process."""

    def __init__(self, loop: asyncio.AbstractEventLoop, death: Death | None) -> None:
        self._loop = loop
        self._death = death
        self.dead = False
        self.cut_off = False  # died at the database, whatever its story says
        self.died: asyncio.Future[None] = loop.create_future()
        self.steps = 0
        self.serving = False
        self._left: int | None = None  # steps until death; None: not counting
        self._commits = 0
        self._coroutines: dict[int, Any] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self.transports: list[asyncio.Transport] = []
        self.at_death: list[Callable[[], None]] = []
        if death is not None and death.point in ("step", "while recovering"):
            self._left = death.number

    @property
    def commits(self) -> int:
        """How often the journal was written."""
        return self._commits

    def start[T](self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        """Start a task that belongs to this life."""
        context = copy_context()
        context.run(_LIFE.set, self)
        return self._loop.create_task(work, context=context)

    def born(self, coroutine: Any, task: "asyncio.Task[Any]") -> None:
        """Take a new task in."""
        self._coroutines[id(coroutine)] = coroutine
        self._tasks.add(task)

    def ended(self, coroutine: Any) -> None:
        """Let go of a task that came to its end."""
        self._coroutines.pop(id(coroutine), None)

    def step(self) -> None:
        """Count a step, and die at the last."""
        self.steps += 1
        if self._left is not None and not self.dead:
            self._left -= 1
            if self._left < 0:
                self.kill()

    def dies_in(self, steps: int) -> None:
        """Die after so many steps more."""
        self._left = steps

    def committing(self, turns: Sequence[Turn], journal: "MortalJournal") -> Callable[[], None]:
        """Die before a commit, or return what to do after it."""
        death = self._death
        self._commits += 1
        if death is None:
            return lambda: None
        due = self._commits == death.number
        if death.point == "before a commit" and due:
            self.kill()
            raise Killed
        if death.point in ("torn", "committed") and due:
            size = journal.wal_size()

            def die() -> None:
                torn = (size, journal.wal_size()) if death.point == "torn" else None
                self.kill(torn, journal)
                raise Killed

            return die
        sends = any(isinstance(out, OrderSent) for turn in turns for out in turn.outputs)
        if death.point == "after a send" and sends and self._left is None:
            self._left = death.number
        return lambda: None

    def kill(
        self, torn: tuple[int, int] | None = None, journal: "MortalJournal | None" = None
    ) -> None:
        """End this life here and now."""
        if torn is not None and journal is not None:
            journal.tear = torn
        self.end()

    def cut(self) -> None:
        """End this life at a request to the database."""
        self.cut_off = not self.dead
        self.end()

    def end(self) -> None:
        """Take what the process has left from it: it is gone."""
        if self.dead:
            return
        self.dead = True
        for transport in self.transports:
            transport.abort()
        for act in self.at_death:
            act()
        self._loop.call_soon(self._bury)

    def _bury(self) -> None:
        for task in list(self._tasks):
            if not task.done():
                task.cancel()
        if not self.died.done():
            self.died.set_result(None)

    def forget(self) -> None:
        """Let go of what the dead left unfinished, when nobody can be hurt by it any more."""
        for coroutine in list(self._coroutines.values()):
            with contextlib.suppress(BaseException):
                coroutine.close()
        self._coroutines.clear()
        self._tasks.clear()
        self.transports.clear()


class _Mortal(Coroutine[Any, Any, Any]):
    """A coroutine of a life."""

    def __init__(self, inner: Coroutine[Any, Any, Any], life: Life) -> None:
        self._inner = inner
        self._life = life

    def send(self, value: Any) -> Any:
        self._life.step()
        return self._go(self._inner.send, value)

    def throw(self, *error: Any) -> Any:
        return self._go(self._inner.throw, *error)

    def close(self) -> None:
        self._inner.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._inner.__await__()

    def __getattr__(self, name: str) -> Any:  # cr_frame, cr_running … for whoever looks at tasks
        return getattr(self._inner, name)

    def _go(self, way: Callable[..., Any], *values: Any) -> Any:
        if self._life.dead:
            raise asyncio.CancelledError
        try:
            waits = way(*values)
        except BaseException:
            self._life.ended(self._inner)
            if self._life.dead:
                raise asyncio.CancelledError from None
            raise
        if self._life.dead:  # somebody else's task died of it in the middle of ours
            raise asyncio.CancelledError
        return waits


def make_mortal(loop: TapeLoop) -> None:
    """Have the loop's tasks and sockets belong to the life that makes them."""

    def task_of(
        loop: asyncio.AbstractEventLoop, work: Any, context: Any = None, **options: Any
    ) -> "asyncio.Task[Any]":
        life = context.get(_LIFE) if context is not None else _LIFE.get()
        if life is None:
            return asyncio.Task(work, loop=loop, context=context, **options)
        task: asyncio.Task[Any] = asyncio.Task(
            _Mortal(work, life), loop=loop, context=context, **options
        )
        life.born(work, task)
        return task

    def transport_of(transport: Any) -> None:
        if (life := _LIFE.get()) is not None:
            life.transports.append(transport)
            if life.dead:
                transport.abort()

    loop.set_task_factory(task_of)
    loop.transports = transport_of


class MortalJournal(Journal):
    """A journal whose process may die before, in and after a commit."""

    life: Life
    tear: tuple[int, int] | None = None  # a size of the log within which the last commit is cut

    def append(self, turns: Sequence[Turn]) -> list[int]:
        if self.life.dead:
            raise Killed
        after = self.life.committing(turns, self)
        firsts = super().append(turns)
        after()
        return firsts

    def wal_size(self) -> int:
        """Return the bytes of the write-ahead log."""
        wal = _wal(self.path)
        return wal.stat().st_size if wal.exists() else 0

    def tear_off(self, path: Path, dice: random.Random) -> None:
        """Cut the last commit short in a copy at `path`, if the process died within it."""
        wal = _wal(path)
        if self.tear is not None and self.tear[0] < self.tear[1] and wal.exists():
            with wal.open("r+b") as log:
                log.truncate(dice.randrange(*self.tear))


def _wal(path: Path) -> Path:
    return path.with_name(path.name + "-wal")
