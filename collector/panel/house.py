"""What belongs to no source on the panel: work that the collector does on a whole day.

A work that takes long goes on by itself; whoever asked is told that it has begun, and the log says
how it ended. Each work runs once at a time.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from structlog.typing import FilteringBoundLogger

from collector.panel.parts import Act, ActName, Answer, Counter, Preview, SourceShown, Text

Work = Callable[[], Awaitable[Answer]]
PATIENCE_S = 3.0  # of this machine: what is done by then is answered at once
_TITLE = Text("수집기", "Collector")
_RUNNING = Text("이미 하고 있습니다. 로그를 보세요.", "It is being done already; see the log.")
_BEGUN = Answer(
    True,
    Text("시작했습니다.", "It has begun."),
    Text("끝나면 로그에 PANEL_WORK 로 나옵니다.", "The log says PANEL_WORK when it is over."),
)


class House:
    """The collector's own work, as far as this collector has it."""

    name = "collector"

    def __init__(
        self,
        works: Mapping[ActName, Work],
        log: FilteringBoundLogger,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._works = works
        self._log = log
        self._patience_s = patience_s
        self._running: dict[ActName, asyncio.Task[Answer]] = {}

    def shown(self) -> SourceShown:
        return SourceShown(self.name, _TITLE)

    def counters(self) -> tuple[Counter, ...]:
        return ()

    def acts(self) -> tuple[Act, ...]:
        return tuple(
            Act(name, why_not=_RUNNING if name in self._running else None) for name in self._works
        )

    async def preview(self) -> Preview | None:
        return None

    async def perform(self, act: ActName, by: str) -> Answer:
        """Do a work; where it takes long, say that it has begun."""
        task = asyncio.ensure_future(self._works[act]())
        self._running[act] = task
        task.add_done_callback(lambda ended: self._ended(act, by, ended))
        await asyncio.wait({task}, timeout=self._patience_s)
        return _answer(task) if task.done() else _BEGUN

    def _ended(self, act: ActName, by: str, task: asyncio.Future[Answer]) -> None:
        self._running.pop(act, None)
        if not task.cancelled():
            answer = _answer(task)
            tell = self._log.info if answer.done else self._log.warning
            tell("PANEL_WORK", act=act, by=by, done=answer.done, said=answer.said.en)

    async def close(self) -> None:
        """Give up what is still running."""
        tasks = tuple(self._running.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _answer(task: asyncio.Future[Answer]) -> Answer:
    error = task.exception()
    if error is None:
        return task.result()
    told = f"{type(error).__name__}: {error}"
    return Answer(
        False,
        Text(f"하지 못했습니다: {told}", f"It could not be done: {told}"),
        Text("로그를 보고 다시 하세요.", "See the log, and try again."),
    )
