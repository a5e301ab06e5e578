"""Kiwoom on the panel: its lines, its screens, and what the old logger's buttons did.

Starting opens the lines and registers every screen; stopping closes them, and the gap says who.
"""

import asyncio
from pathlib import Path

from collector.panel.parts import (
    Act,
    ActName,
    Answer,
    Counter,
    Group,
    Preview,
    Session,
    Silent,
    SourceShown,
    Text,
    same,
)
from collector.sources.kiwoom.events import parse_item
from collector.sources.kiwoom.groups import GroupError, plan, streams
from collector.sources.kiwoom.registry import Stream
from collector.sources.kiwoom.source import KiwoomSource as Source
from collector.sources.kiwoom.universe import Universe, UniverseError, read_sheet
from kis_core.errors import KisError

FIRST_SHOWN = 12
_TITLE = Text("키움", "Kiwoom")
_BY_START = Text(
    "'로깅 시작'이 연결과 등록까지 합니다.", "'Start logging' connects and registers as well."
)
_ON = Text("이미 기록하고 있습니다.", "It is writing already.")
_OFF = Text("기록하고 있지 않습니다.", "It is not writing.")
_COST = Text(
    "키움 시세가 멈추고, 다시 시작할 때까지 공백으로 남습니다. 이 시간의 시세는 나중에 채울 수 "
    "없습니다.",
    "Kiwoom's data stops, and until it is started again it is a gap. What was quoted meanwhile "
    "cannot be had afterwards.",
)


class KiwoomPart:
    """The collector's Kiwoom part."""

    name = "kiwoom"

    def __init__(self, source: Source) -> None:
        self._source = source

    def shown(self) -> SourceShown:
        source = self._source
        tape, hearing = source.day.tape, source.hearing
        of_line = dict.fromkeys(hearing.up_since_ns, 0)
        groups: dict[tuple[str, str], list[Stream]] = {}
        silent: list[Silent] = []
        for stream in hearing.registry.streams():  # thousands: walked once
            groups.setdefault((stream.screen, stream.type), []).append(stream)
            if stream.standing and stream.line in of_line:
                of_line[stream.line] += 1
            if stream.alarmed:
                silent.append(_silent(stream))
        return SourceShown(
            name=self.name,
            title=_TITLE,
            heard_ns=hearing.heard_ns,
            sessions=tuple(
                Session(name, since_ns is not None, since_ns, of_line[name], None)
                for name, since_ns in hearing.up_since_ns.items()
            ),
            groups=tuple(_group(*key, members) for key, members in sorted(groups.items())),
            silent=tuple(silent),
            trouble=source.trouble,
            logging=source.logging,
            buffered=tape.written_bytes - tape.synced_bytes,
            written=tape.written_bytes,
            gaps=tuple(source.day.gaps.values()),
            database=source.database,
            unsent=source.day.outbox.unsent_bytes,
            universe=_told(source.universe),
        )

    def counters(self) -> tuple[Counter, ...]:
        return tuple(
            Counter(venue or "–", kind, records)
            for (venue, kind), records in sorted(self._source.hearing.records.items())
        )

    def acts(self) -> tuple[Act, ...]:
        on = self._source.logging
        return (
            Act("connect", why_not=_BY_START),
            Act("register"),
            Act("start", why_not=_ON if on else None),
            Act("stop", why_not=None if on else _OFF, confirm=_COST),
        )

    async def preview(self) -> Preview | None:
        source = self._source
        if source.universe_file is None:
            return _preview_of_listing(source)
        return await asyncio.to_thread(_preview_of_file, source, source.universe_file)

    async def perform(self, act: ActName, by: str) -> Answer:
        """Load, start or stop."""
        source = self._source
        try:
            match act:
                case "register":
                    universe = await source.load()
                    return _loaded(source, universe)
                case "start":
                    await source.start()
                    return _started(source)
                case "stop":
                    await source.stop()
                    return Answer(
                        True,
                        Text("키움 기록을 멈췄습니다.", "Kiwoom is no longer written down."),
                        Text(
                            "다시 기록하려면 '로깅 시작'을 누르세요.",
                            "Press 'Start logging' to write again.",
                        ),
                    )
        except (UniverseError, GroupError, KisError) as error:
            return Answer(
                False,
                Text(f"키움이 시작되지 않았습니다: {error}", f"Kiwoom did not start: {error}"),
                Text(
                    "심볼 파일과 앱키를 확인하고 다시 누르세요.",
                    "Check the file of symbols and the app key, and press again.",
                ),
            )
        raise AssertionError(f"{act} is not offered")


def _group(screen: str, kind: str, of_group: list[Stream]) -> Group:
    return Group(
        name=screen,
        kind=kind,
        requested=len(of_group),
        acknowledged=sum(stream.standing for stream in of_group),
        heard=sum(stream.messages > 0 for stream in of_group),
        venue=_venue(of_group[0].item),
        refused=of_group[0].refused,
    )


def _venue(item: str) -> str:
    return parse_item(item)[1] if item else ""


def _silent(stream: Stream) -> Silent:
    return Silent(stream.item, _venue(stream.item), stream.type, stream.last_ns)


def _told(universe: Universe | None) -> Text | None:
    if universe is None:
        return None
    symbols, on_nxt = len(universe.issues), len(universe.on_nxt)
    known, bad = f"{universe.source} · {universe.date}", len(universe.faults)
    return Text(
        f"{known} · 종목 {symbols:,} · NXT {on_nxt:,} · 제외한 행 {bad:,}",
        f"{known} · {symbols:,} symbols · {on_nxt:,} on NXT · {bad:,} rows left out",
    )


def _preview_of_listing(source: Source) -> Preview:
    universe = source.universe
    if universe is None:
        return Preview(source.settings.listing, None, None, (), ())
    return Preview(
        universe.source, len(universe.issues), streams(source.groups), universe.faults,
        universe.symbols[:FIRST_SHOWN],
    )  # fmt: skip


def _preview_of_file(source: Source, file: Path) -> Preview:
    try:
        sheet = read_sheet(file.name, file.read_bytes())
    except (OSError, UniverseError) as error:
        return Preview(str(file), None, None, (), (), same(str(error)))
    known = source.universe
    asked: int | None = None
    if source.settings.nxt != "eligible" or known is not None:
        on_nxt = known.on_nxt if known else frozenset[str]()
        every = source.settings.nxt == "all"
        groups = plan(
            sheet.symbols, lambda symbol: every or symbol in on_nxt, source.settings.types
        )
        asked = streams(groups)
    bad = tuple(str(fault) for fault in sheet.faults)
    return Preview(str(file), len(sheet.symbols), asked, bad, sheet.symbols[:FIRST_SHOWN])


def _loaded(source: Source, universe: Universe) -> Answer:
    symbols, asked = len(universe.issues), streams(source.groups)
    screens, bad = len(source.groups), len(universe.faults)
    if source.logging:
        then = Text(
            "화면마다 '응답'이 '요청'과 같아지는지 보세요.",
            "See that 'acknowledged' becomes 'requested' on every screen.",
        )
    else:
        then = Text("'로깅 시작'을 누르면 등록합니다.", "Press 'Start logging' to register them.")
    return Answer(
        True,
        Text(
            f"종목 {symbols:,}개, 스트림 {asked:,}개, 화면 {screens}개. 쓸 수 없는 행 {bad}개.",
            f"{symbols:,} symbols, {asked:,} streams on {screens} screens; {bad} rows left out.",
        ),
        then,
    )


def _started(source: Source) -> Answer:
    asked, screens = streams(source.groups), len(source.groups)
    return Answer(
        True,
        Text(
            f"키움 기록을 시작했습니다: 스트림 {asked:,}개, 화면 {screens}개.",
            f"Kiwoom is being written down: {asked:,} streams on {screens} screens.",
        ),
        Text(
            "화면마다 '응답'과 '수신'이 차는지 보세요.",
            "See 'acknowledged' and 'heard' fill on every screen.",
        ),
    )
