"""What belongs to no source on the panel: work that the collector does on the whole day."""

from collections.abc import Awaitable, Callable, Mapping

from collector.panel.parts import Act, ActName, Answer, Counter, Preview, SourceShown, Text

Work = Callable[[str], Awaitable[Answer]]
"""Does it, for whom, and answers in words."""
_TITLE = Text("수집기", "Collector")
_CONFIRM: Mapping[ActName, Text] = {
    "compact": Text(
        "오늘까지의 테이프를 Parquet 로 정리합니다. 몇 분 걸릴 수 있습니다. 원본은 남습니다.",
        "The tape so far is compacted to Parquet. It may take minutes; what was heard stays.",
    )
}


class House:
    """The collector's own work, as far as this collector has it."""

    name = "collector"

    def __init__(self, works: Mapping[ActName, Work]) -> None:
        self._works = works

    def shown(self) -> SourceShown:
        return SourceShown(self.name, _TITLE)

    def counters(self) -> tuple[Counter, ...]:
        return ()

    def acts(self) -> tuple[Act, ...]:
        return tuple(Act(name, confirm=_CONFIRM.get(name)) for name in self._works)

    async def preview(self) -> Preview | None:
        return None

    async def perform(self, act: ActName, by: str) -> Answer:
        """Do a work."""
        return await self._works[act](by)
