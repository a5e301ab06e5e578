"""One WebSocket to Kiwoom: logged in, its groups registered one after another, kept up.

What arrives is handed on word for word; a PING is sent back before anything else is done. A lost
line is an item, not an exception: it is opened again after 1, 2, 4 … 60 seconds with jitter, and
everything is registered again, for nothing survives at Kiwoom. A server that closes (1000) instead
of answering LOGIN has been asked too soon, and is left alone longer. Waits are the world's seconds.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress

import msgspec
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from collector.sources.kiwoom.envelope import TOKEN_REFUSED, code_in
from collector.sources.kiwoom.environment import KiwoomEndpoints
from collector.sources.kiwoom.frames import Answer, Ping, parse
from collector.sources.kiwoom.groups import Group
from collector.sources.kiwoom.hearing import Answered, Asked, LineDown, LineUp
from kis_core.clock import Clock
from kis_core.errors import FrameError, KisError
from kis_core.net.certificates import trusted
from kis_core.net.texts import TextConnection, Texts, open_texts

_CONNECT_S = 10.0
_STEADY_S = 30.0  # a line that lived so long was a good one: the next pause is short again
_BACKOFF_MAX_S = 60.0
_TOO_SOON = 2  # how many failures a close without an answer to LOGIN counts for, at least
_CONTROL_CHARS_MAX = 4096  # longer texts are market data


class Burst(msgspec.Struct, frozen=True):
    """Texts that arrived together, as they came: every one, control messages too."""

    at_ns: int
    texts: list[str]


Item = Burst | LineUp | LineDown | Asked | Answered


class _Lost(Exception):
    """The line is to be given up, and why."""

    def __init__(self, why: str, failures_min: int = 0) -> None:
        super().__init__(why)
        self.failures_min = failures_min


class KiwoomSession:
    """One line; reconnects and registers again by itself."""

    def __init__(
        self,
        name: str,
        endpoints: KiwoomEndpoints,
        clock: Clock,
        token: Callable[[str | None], Awaitable[str]],
        *,
        silent_s: float = 90.0,
        answer_s: float = 10.0,
        retry_s: float = 60.0,
        backoff_s: float = 1.0,
    ) -> None:
        self.name = name
        self.reconnects = 0
        self._url = endpoints.socket_url
        self._clock = clock
        self._token = token
        self._silent_s = silent_s
        self._answer_s = answer_s
        self._retry_s = retry_s  # a group that was refused is asked for again after so long
        self._backoff_s = backoff_s
        self._wanted: dict[str, Group] = {}
        self._held: dict[str, Group] = {}
        self._refused: dict[str, float] = {}  # screen: when to ask again, of the loop's time
        self._awaited: tuple[str, Group, float] | None = None  # REG or REMOVE, group, since when
        self._stirred = asyncio.Event()
        self._news: list[Item] = []
        self._refused_token: str | None = None
        self._why_lost: str | None = None
        self._heard_at = 0.0
        self._logged_in = False

    def want(self, groups: Sequence[Group]) -> None:
        """Hold these groups, in this order, and no others."""
        self._wanted = {group.screen: group for group in groups}
        self._refused.clear()
        self._stirred.set()

    async def items(self) -> AsyncIterator[Item]:
        """Yield what arrives and what is done, for as long as it is iterated over.

        Wrap it in `contextlib.aclosing`, so that leaving the loop closes the socket at once.
        """
        loop = asyncio.get_running_loop()
        failures = 0
        while True:
            up_at: float | None = None
            try:
                async with self._line() as (line, token):
                    login = msgspec.json.encode({"trnm": "LOGIN", "token": token}).decode()
                    await self._send(line, login)
                    while True:
                        at_ns, texts = await self._received(line)
                        self._heard_at = loop.time()
                        controls = await self._controls(line, texts)
                        while self._news:
                            yield self._news.pop(0)
                        yield Burst(at_ns, texts)
                        for control in controls:
                            if control.trnm == "LOGIN":
                                self._log_in(control, token)
                                up_at = loop.time()
                                yield LineUp(at_ns, self.name)
                                self._stirred.set()
                            elif (answered := self._answered(control, at_ns)) is not None:
                                yield answered
            except _Lost as lost:
                self._news.clear()
                yield LineDown(self._clock.now_ns(), self.name, str(lost))
                if up_at is not None and loop.time() - up_at > _STEADY_S:
                    failures = 0
                failures = max(failures, lost.failures_min)
            ceiling_s = min(_BACKOFF_MAX_S, self._backoff_s * 2 ** min(failures, 10))
            failures += 1
            self.reconnects += 1
            await asyncio.sleep(ceiling_s * random.uniform(0.5, 1.0))

    @asynccontextmanager
    async def _line(self) -> AsyncIterator[tuple[TextConnection, str]]:
        """Open the socket with its tasks, and close it whatever happens. Raises _Lost."""
        try:
            token = await self._token(self._refused_token)
            line = await open_texts(
                self._url,
                self._clock.now_ns,
                ssl=trusted() if self._url.startswith("wss:") else None,
                ping_interval=None,  # Kiwoom has its own PING
                open_timeout=_CONNECT_S,
                close_timeout=1.0,
                compression=None,
                proxy=None,
            )
        except (KisError, OSError, TimeoutError, InvalidHandshake, InvalidURI) as error:
            raise _Lost(f"cannot open: {type(error).__name__}: {error}") from None
        self._refused_token = None
        self._why_lost = None
        self._held.clear()
        self._refused.clear()
        self._awaited = None
        self._stirred.clear()
        self._logged_in = False
        self._heard_at = asyncio.get_running_loop().time()
        tasks = [
            asyncio.create_task(self._register(line)),
            asyncio.create_task(self._watch(line)),
        ]
        try:
            yield line, token
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await line.close()

    async def _received(self, line: TextConnection) -> Texts:
        try:
            return await line.texts()
        except ConnectionClosed as closed:
            if self._why_lost:
                raise _Lost(self._why_lost) from None
            if not self._logged_in:
                why = f"closed without an answer to LOGIN: {closed}"
                raise _Lost(why, failures_min=_TOO_SOON) from None
            raise _Lost(f"closed: {closed}") from None
        except UnicodeDecodeError as error:
            raise _Lost(f"not a text: {error}") from None

    async def _send(self, line: TextConnection, text: str) -> None:
        with suppress(ConnectionClosed):  # the next to receive says so
            await line.send(text)

    async def _controls(self, line: TextConnection, texts: Sequence[str]) -> list[Answer]:
        """Echo each PING; return the answers."""
        answers: list[Answer] = []
        for text in texts:
            if len(text) > _CONTROL_CHARS_MAX or '"REAL"' in text:
                continue
            try:
                frame = parse(text)
            except FrameError:
                continue  # whoever reads the burst sees it too, and keeps it
            if isinstance(frame, Ping):
                await self._send(line, frame.text)
            elif isinstance(frame, Answer):
                answers.append(frame)
        return answers

    def _log_in(self, answer: Answer, token: str) -> None:
        if answer.ok:
            self._logged_in = True
            return
        code = code_in(answer.text) or str(answer.code)
        if code in TOKEN_REFUSED:
            self._refused_token = token
        raise _Lost(f"LOGIN refused: {code}: {answer.text}")

    def _answered(self, answer: Answer, at_ns: int) -> Answered | None:
        """Take the answer to what was asked last: it need not say which group it is for."""
        if self._awaited is None or self._awaited[0] != answer.trnm:
            return None
        asked, group, _ = self._awaited
        if answer.group and answer.group != group.screen:
            return None
        self._awaited = None
        self._stirred.set()
        if asked == "REMOVE":
            self._held.pop(group.screen, None)
            return None
        if answer.ok:
            self._held[group.screen] = group
            return Answered(at_ns, self.name, group.screen, None)
        self._refused[group.screen] = asyncio.get_running_loop().time() + self._retry_s
        why = f"{answer.code}: {answer.text}"
        return Answered(at_ns, self.name, group.screen, why)

    def _next(self) -> tuple[str, Group] | None:
        """Return what is to be asked next."""
        for screen, group in self._held.items():
            wanted = self._wanted.get(screen)
            if wanted is None or not wanted.extends(group):
                return "REMOVE", group
        now = asyncio.get_running_loop().time()
        for screen, group in self._wanted.items():
            if self._held.get(screen) != group and self._refused.get(screen, now) <= now:
                return "REG", group
        return None

    async def _register(self, line: TextConnection) -> None:
        """Ask for one group after another, each when the one before has been answered."""
        loop = asyncio.get_running_loop()
        while True:
            await self._stirred.wait()
            self._stirred.clear()
            if not self._logged_in or self._awaited is not None or (ask := self._next()) is None:
                continue
            trnm, group = ask
            self._awaited = (trnm, group, loop.time())
            if trnm == "REG":
                self._refused.pop(group.screen, None)
                self._news.append(Asked(self._clock.now_ns(), self.name, group.screen))
                await self._send(line, group.registration())
            else:
                await self._send(line, group.removal())

    async def _watch(self, line: TextConnection) -> None:
        """Give the line up when it is silent or leaves a question open; stir what is to be retried.

        A late answer could be taken for that of the next group, so none is waited for twice.
        """
        loop = asyncio.get_running_loop()
        opened = loop.time()
        while True:
            await asyncio.sleep(min(self._silent_s, self._answer_s, self._retry_s) / 4)
            now = loop.time()
            if now - self._heard_at > self._silent_s:
                return await self._give_up(line, f"silent for {self._silent_s:g} s")
            if self._awaited and now - self._awaited[2] > self._answer_s:
                trnm, group, _ = self._awaited
                why = f"{trnm} of group {group.screen} not answered in {self._answer_s:g} s"
                return await self._give_up(line, why)
            if not self._logged_in and now - opened > self._answer_s:
                return await self._give_up(line, f"LOGIN not answered in {self._answer_s:g} s")
            if any(at <= now for at in self._refused.values()):
                self._stirred.set()

    async def _give_up(self, line: TextConnection, why: str) -> None:
        self._why_lost = why
        await line.close()
