"""Where faults bite on the WebSocket: frames, notices, registrations, sessions.

The pump asks before it hands a frame or a notice to the sessions; the sockets ask when somebody
knocks, registers or leaves. What a fault holds back is told when its time has come.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from heapq import heappop, heappush
from http import HTTPStatus

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request as Handshake
from websockets.http11 import Response

from broker_sim.exchange.fault_kinds import Kind, Place
from broker_sim.exchange.faults import ANYTHING, Bite, FaultPlan, Subject
from broker_sim.exchange.happenings import Happening, Printed
from broker_sim.kis.channels import Told
from broker_sim.kis.fault_frames import (
    frame_subject,
    notice_subject,
    skewed_frame,
    skewed_payload,
    spoiled_frame,
)
from broker_sim.kis.fault_lines import Line, strike
from broker_sim.kis.fault_past import Past
from kis_core.clock import Clock

_SPOIL = (Place.FRAME, Place.NOTICE, Place.LINE, Place.STANDING)


class SocketFaults:
    """What goes wrong between the exchange and those who listen."""

    def __init__(self, plan: FaultPlan, pasts: Sequence[Past], clock: Clock) -> None:
        self._plan = plan
        self._pasts = pasts
        self._clock = clock
        self._late: list[tuple[int, int, Told]] = []  # (when, which, what)
        self._overtaken: list[tuple[int, Told]] = []  # (when at last, what)
        self._muted: list[tuple[int, Line]] = []  # (until when, who)
        self._strikes: list[tuple[Bite, tuple[Line, ...]]] = []
        self._held = 0
        self._lingers_ns = 0

    @property
    def idle(self) -> bool:
        """Whether there is nothing to spoil and nothing held back."""
        if self._plan.any(*_SPOIL):
            return False
        return not (self._late or self._overtaken or self._muted)

    def frame(self, text: str, lines: Sequence[Line], now_ns: int) -> bytes | None:
        """Return the bytes that go out for a frame, None where it is lost."""
        subject = frame_subject(text)
        for bite in self._plan.on(Place.LINE, subject, now_ns):
            self._strikes.append((bite, tuple(lines)))
        if skew := self._plan.standing(Kind.CLOCK_SKEW, now_ns):
            text = skewed_frame(text, skew.seconds)
        for bite in self._plan.on(Place.FRAME, subject, now_ns):
            return spoiled_frame(text, bite.kind, bite.number)
        return text.encode()

    def notices(self, told: Told, now_ns: int) -> list[Told]:
        """Return the notices that go out now where `told` was to go out."""
        subject = notice_subject(told.tr_id, told.payload)
        if skew := self._plan.standing(Kind.CLOCK_SKEW, now_ns):
            payload = skewed_payload(told.tr_id, told.payload, told.records, skew.seconds)
            told = replace(told, payload=payload)
        going = [told]
        for bite in self._plan.on(Place.NOTICE, subject, now_ns):
            match bite.kind:
                case Kind.NOTICE_DOUBLED:
                    going = [told, told]
                case Kind.NOTICE_LATE:
                    self._held += 1
                    heappush(self._late, (now_ns + bite.late_ns, self._held, told))
                    going = []
                case Kind.NOTICE_OVERTAKEN:
                    self._overtaken.append((now_ns + bite.late_ns, told))
                    going = []
                case _:
                    going = []
        if going:
            going += [held for _, held in self._overtaken]
            self._overtaken.clear()
        return going

    def due(self, now_ns: int, happenings: Iterable[Happening]) -> list[Told]:
        """Return the notices whose time has come, and look at whose else it has."""
        if self._plan.any(Place.STANDING):
            # The stocks' exchange says when something happened to our orders.
            news = any(not isinstance(happening, Printed) for happening in happenings)
            for past in self._pasts if news else self._pasts[1:]:
                past.note(now_ns)
        going = []
        while self._late and self._late[0][0] <= now_ns:
            going.append(heappop(self._late)[2])
        going += [held for until_ns, held in self._overtaken if until_ns <= now_ns]
        self._overtaken = [held for held in self._overtaken if held[0] > now_ns]
        for _, line in (muted for muted in self._muted if muted[0] <= now_ns):
            line.muted = False
        self._muted = [muted for muted in self._muted if muted[0] > now_ns]
        return going

    def strike(self, lines: Sequence[Line], now_ns: int) -> None:
        """Break the sessions whose time has come."""
        struck = [(bite, tuple(lines)) for bite in self._plan.due(now_ns)]
        for bite, whom in (*self._strikes, *struck):
            for line in whom:
                strike(line, bite)
                if bite.kind is Kind.SOCKET_SILENT and bite.fault.seconds is not None:
                    self._muted.append((now_ns + bite.late_ns, line))
        self._strikes.clear()

    def registration(self, tr_id: str, tr_key: str) -> Sequence[Bite]:
        """Return the faults that bite on a registration."""
        if not self._plan.any(Place.REGISTRATION):
            return ()
        subject = Subject(tr_id=tr_id, symbol=tr_key)
        return self._plan.on(Place.REGISTRATION, subject, self._clock.now_ns())

    def dropped(self) -> None:
        """Take note that a session with an app key is gone."""
        now_ns = self._clock.now_ns()
        for bite in self._plan.on(Place.DROP, ANYTHING, now_ns):
            self._lingers_ns = now_ns + bite.late_ns

    def lingers(self) -> bool:
        """Whether a session that is gone still counts."""
        return self._clock.now_ns() < self._lingers_ns


class Porter:
    """Lets WebSocket clients in, unless a fault is at the door."""

    def __init__(
        self, plan: FaultPlan, clock: Clock, sleep_until: Callable[[int], Awaitable[bool]]
    ) -> None:
        self._plan = plan
        self._clock = clock
        self._sleep_until = sleep_until

    async def greet(self, connection: ServerConnection, _: Handshake) -> Response | None:
        """Let a handshake go on (None), or answer it otherwise, or not for a long while."""
        now_ns = self._clock.now_ns()
        for bite in self._plan.on(Place.HANDSHAKE, ANYTHING, now_ns):
            if bite.kind is Kind.HANDSHAKE_HUNG:
                await self._sleep_until(now_ns + bite.late_ns)
            else:
                return connection.respond(HTTPStatus(bite.fault.status), "not now\n")
        return None
