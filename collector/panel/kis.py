"""KIS on the panel: its sessions, its registrations by channel, and its line's switch.

What KIS is asked for follows from what readers want, and whatever it sends is written down while
its line is open: there is no file of symbols to load here and no writing to stop.
"""

from collections.abc import Mapping

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
from collector.service import Collector
from collector.slots import Key, topic_of
from kis_core.clock import SECOND_NS, Clock
from kis_core.net.stream import KisStream

SILENT_S = 60  # of the market, while it trades
_TITLE = same("KIS")
_DEMAND = Text(
    "KIS 등록은 전략과 OMS의 요청을 따릅니다. 불러올 파일이 없습니다.",
    "KIS registers what strategies and the OMS ask for; there is no file to load.",
)
_ALWAYS = Text(
    "KIS는 연결되어 있는 동안 항상 기록합니다.",
    "KIS is always written down while it is connected.",
)


class KisSource:
    """The collector's KIS part."""

    name = "kis"

    def __init__(self, collector: Collector, lines: Mapping[str, KisStream], clock: Clock) -> None:
        """`lines` by the names of their app keys."""
        self._collector = collector
        self._lines = lines
        self._clock = clock

    def shown(self) -> SourceShown:
        collector = self._collector
        keys = collector.decision.keys if collector.decision else ()
        live = collector.hearing.live
        limit, tape = collector.settings.registrations_max, collector.day.tape
        sessions = tuple(
            Session(
                name=name,
                up=line.up_since_ns is not None,
                since_ns=line.up_since_ns,
                registered=len(line.live),
                limit=limit,
            )
            for name, line in self._lines.items()
        )
        heard = {key: collector.relay.newest_ns(topic) for key in keys if (topic := topic_of(key))}
        groups = tuple(
            Group(
                name=tr_id,
                kind=tr_id,
                requested=sum(key[0] == tr_id for key in keys),
                acknowledged=sum(key[0] == tr_id for key in live),
                heard=sum(at is not None for key, at in heard.items() if key[0] == tr_id),
                venue=_venue(tr_id),
            )
            for tr_id in dict.fromkeys(key[0] for key in keys)
        )
        return SourceShown(
            name=self.name,
            title=_TITLE,
            heard_ns=collector.hearing.heard_ns,
            sessions=sessions,
            groups=groups,
            silent=self._silent(heard),
            buffered=tape.written_bytes - tape.synced_bytes,
            written=tape.written_bytes,
            gaps=tuple(collector.day.gaps.values()),
            database=collector.shipper.connected,
            unsent=collector.day.outbox.unsent_bytes,
        )

    def counters(self) -> tuple[Counter, ...]:
        collector = self._collector
        found = (
            Counter("KRX", "trade", collector.trades - collector.nxt_trades),
            Counter("NXT", "trade", collector.nxt_trades),
            Counter("KRX", "book", collector.books - collector.nxt_books),
            Counter("NXT", "book", collector.nxt_books),
            Counter("KRX", "notice", collector.notices),
        )
        return tuple(each for each in found if each.records or each.venue == "KRX")

    def _silent(self, heard: Mapping[Key, int | None]) -> tuple[Silent, ...]:
        """Return what is live and says nothing while its market trades."""
        now_ns = self._clock.now_ns()
        window = self._collector.day.window
        if window is None or not window.first_ns < now_ns - SILENT_S * SECOND_NS < window.end_ns:
            return ()
        live = self._collector.hearing.live
        opened = [line.up_since_ns for line in self._lines.values() if line.up_since_ns is not None]
        fresh = any(now_ns - at_ns <= SILENT_S * SECOND_NS for at_ns in opened)
        found: list[Silent] = []
        for key, at_ns in heard.items():
            topic = topic_of(key)
            quiet = not fresh if at_ns is None else now_ns - at_ns > SILENT_S * SECOND_NS
            if topic and quiet and key in live:
                found.append(Silent(key[1], topic[1], key[0], at_ns))
        return tuple(found)

    def acts(self) -> tuple[Act, ...]:
        hung_up = any(line.hung_up for line in self._lines.values())
        connected = Text(
            "이미 연결되어 있거나 연결하는 중입니다.", "It is connected, or trying to be."
        )
        apart = Text("이미 끊겨 있습니다.", "It is disconnected already.")
        cost = Text(
            "KIS 시세와 체결통보가 멈추고 공백이 열립니다. 포지션이 있으면 OMS는 체결을 "
            "주문내역 조회로만 알게 됩니다.",
            "KIS quotes and order notices stop, and a gap opens. With positions open, the OMS "
            "learns of fills from the order history alone.",
        )
        return (
            Act("connect", why_not=None if hung_up else connected),
            Act("disconnect", why_not=apart if hung_up else None, confirm=cost),
            Act("register", why_not=_DEMAND),
            Act("stop", why_not=_ALWAYS),
        )

    async def preview(self) -> Preview | None:
        return None

    async def perform(self, act: ActName, by: str) -> Answer:
        """Open or close the lines."""
        if act == "connect":
            for line in self._lines.values():
                line.pick_up()
            return Answer(
                True,
                Text("KIS 연결을 시작했습니다.", "KIS is being connected."),
                Text(
                    "몇 초 안에 '연결됨'이 되고 공백이 닫힙니다. 그렇지 않으면 로그의 LINE_DOWN 을 "
                    "보세요.",
                    "Within seconds it says 'connected' and the gap closes; if not, look for "
                    "LINE_DOWN in the log.",
                ),
            )
        assert act == "disconnect", act
        for line in self._lines.values():
            await line.hang_up(f"disconnected on the panel by {by}")
        return Answer(
            True,
            Text("KIS 연결을 끊었습니다.", "KIS is disconnected."),
            Text(
                "다시 받으려면 '연결'을 누르세요. 그동안은 공백으로 기록됩니다.",
                "Press 'Connect' to hear it again; until then it is a gap.",
            ),
        )


def _venue(tr_id: str) -> str:
    topic = topic_of((tr_id, ""))
    return topic[1] if topic else ""
