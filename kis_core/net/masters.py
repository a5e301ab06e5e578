"""Master files over HTTP, and the last good one of each on disk.

The host is public and asks for no key; KIS writes the files anew each day. A file is taken only
when it reads well and has not shrunk: a page of errors, half a file or another market's file
leaves the last good one in force, with the reason beside it. What was refused is kept as it came,
under `.bad`. On disk a small JSON points to the bytes by their hash, so that a write that was cut
short changes nothing. Time-outs and pauses are in the world's seconds. Source: kis_api.md §16.
"""

import asyncio
import hashlib
import os
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import msgspec

from kis_core.clock import KST, Clock, kst
from kis_core.errors import KisError, MasterError, Refused, Unreachable
from kis_core.market.instruments import Instruments
from kis_core.wire.masters.files import BYTES_MAX, BadLine, Layout, MasterFile, read_master
from kis_core.wire.masters.table import LAYOUTS, Masters, instruments_of

TRIES = 3
SHRINK_SHARE_MAX = 0.5  # a file that lost more rows than this since the last one was cut short
_PASSING = frozenset({429, 500, 502, 503, 504})
_UNCHANGED = 304
_STOCK_FILES = ("kospi", "kosdaq", "konex", "nxt_kospi", "nxt_kosdaq")


class _Pointer(msgspec.Struct, frozen=True):
    """What the JSON beside a file says of it."""

    sha256: str
    etag: str
    modified: str  # the host's Last-Modified, "" where it gave none
    fetched_ns: int
    checked_ns: int


@dataclass(frozen=True, slots=True)
class Fetched[R: msgspec.Struct]:
    """A good file. `trouble` says why it may not be the host's newest; None where it is."""

    file: MasterFile[R]
    fetched_ns: int  # when its bytes came
    checked_ns: int  # when the host last said that it has nothing newer
    modified: str
    trouble: str | None = None

    @property
    def as_of(self) -> date:
        """Return the day the file is of, KST: the host's date of it, or else of our fetching."""
        try:
            said = parsedate_to_datetime(self.modified)
            return said.astimezone(KST).date()
        except (ValueError, TypeError, OverflowError, IndexError):
            return kst(self.fetched_ns).date()

    def age_s(self, now_ns: int) -> float:
        """Return the seconds since the host last said that this is its newest."""
        return (now_ns - self.checked_ns) / 1e9


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the host sent: the bytes, None where it has nothing newer."""

    body: bytes | None
    etag: str
    modified: str


class MasterStore:
    """The master files of one host, kept in `directory`. Use as an async context manager."""

    def __init__(
        self,
        url: str,
        directory: Path,
        clock: Clock,
        *,
        timeout_s: float = 30.0,
        backoff_s: float = 0.5,
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._clock = clock
        self._timeout_s = timeout_s
        self._backoff_s = backoff_s
        self._writing = asyncio.Lock()
        self._client = httpx.AsyncClient(
            base_url=url, timeout=httpx.Timeout(timeout_s, connect=5.0), trust_env=False
        )

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def fetch[R: msgspec.Struct](self, layout: Layout[R]) -> Fetched[R]:
        """Return the host's newest file, or the last good one with the trouble there was.

        With no good file at all: raises Unreachable, Refused or MasterError.
        """
        kept = await asyncio.to_thread(self._read, layout)
        try:
            answer = await self._ask(layout, kept[0] if kept else None)
            async with self._writing:
                return await asyncio.to_thread(self._take, layout, answer, kept)
        except KisError as error:
            if kept is None:
                raise
            return replace(kept[1], trouble=str(error))

    def kept[R: msgspec.Struct](self, layout: Layout[R]) -> Fetched[R] | None:
        """Return the last good file without asking anybody; None where there is none."""
        found = self._read(layout)
        return None if found is None else found[1]

    def _take[R: msgspec.Struct](
        self, layout: Layout[R], answer: _Answer, kept: tuple[_Pointer, Fetched[R]] | None
    ) -> Fetched[R]:
        """Return the file of an answer after writing it down, or raise MasterError."""
        now_ns = self._clock.now_ns()
        if answer.body is None:
            assert kept is not None, "nothing newer than nothing: only a kept file is asked about"
            pointer = msgspec.structs.replace(kept[0], checked_ns=now_ns)
            self._point(layout, pointer)
            return replace(kept[1], checked_ns=now_ns)
        try:
            file = read_master(layout, answer.body)
            least = len(kept[1].file.rows) * SHRINK_SHARE_MAX if kept else 0
            if kept and len(file.rows) < least:
                was = len(kept[1].file.rows)
                raise MasterError(layout.file, f"{len(file.rows)} rows, where there were {was}")
        except MasterError:
            _write(self._directory / f"{layout.remote_name}.bad", answer.body)
            raise
        digest = hashlib.sha256(answer.body).hexdigest()
        pointer = _Pointer(digest, answer.etag, answer.modified, now_ns, now_ns)
        _write(self._data(layout, pointer), answer.body)
        self._point(layout, pointer)
        if kept and kept[0].sha256 != digest:
            self._data(layout, kept[0]).unlink(missing_ok=True)
        return Fetched(file, now_ns, now_ns, answer.modified)

    def _read[R: msgspec.Struct](self, layout: Layout[R]) -> tuple[_Pointer, Fetched[R]] | None:
        """Return what is on disk, None where it is not whole: then it is fetched anew."""
        try:
            text = (self._directory / f"{layout.remote_name}.json").read_bytes()
            pointer = msgspec.json.decode(text, type=_Pointer)
            body = self._data(layout, pointer).read_bytes()
            if hashlib.sha256(body).hexdigest() != pointer.sha256:
                return None
            file = read_master(layout, body)
        except (OSError, msgspec.MsgspecError, MasterError):
            return None
        return pointer, Fetched(file, pointer.fetched_ns, pointer.checked_ns, pointer.modified)

    def _data(self, layout: Layout[Any], pointer: _Pointer) -> Path:
        return self._directory / f"{layout.remote_name}.{pointer.sha256[:16]}"

    def _point(self, layout: Layout[Any], pointer: _Pointer) -> None:
        _write(self._directory / f"{layout.remote_name}.json", msgspec.json.encode(pointer))

    async def _ask(self, layout: Layout[Any], kept: _Pointer | None) -> _Answer:
        """Return the host's answer. Raises Unreachable after the last try, Refused, MasterError."""
        headers = {}
        if kept is not None and kept.etag:
            headers["if-none-match"] = kept.etag
        if kept is not None and kept.modified:
            headers["if-modified-since"] = kept.modified
        trouble = ""
        for tried in range(TRIES):
            if tried:
                pause_s = self._backoff_s * 2 ** (tried - 1) * random.uniform(0.5, 1.0)
                await asyncio.sleep(pause_s)
            try:
                async with self._get(layout, headers) as reply:
                    if reply.status_code == httpx.codes.OK or (
                        reply.status_code == _UNCHANGED and headers
                    ):
                        return await _answer(layout, reply)
                    trouble = f"HTTP {reply.status_code}"
                    if reply.status_code not in _PASSING:
                        raise Refused(trouble, f"{layout.remote_name} was not given")
            except TimeoutError:
                trouble = f"not whole after {self._timeout_s:g} s"
            except httpx.HTTPError as error:
                trouble = f"{type(error).__name__}: {error}"
        raise Unreachable(f"{layout.remote_name}: {trouble}")

    @asynccontextmanager
    async def _get(
        self, layout: Layout[Any], headers: dict[str, str]
    ) -> AsyncIterator[httpx.Response]:
        async with (
            asyncio.timeout(self._timeout_s),
            self._client.stream("GET", f"/{layout.remote_name}", headers=headers) as reply,
        ):
            yield reply


@dataclass(frozen=True, slots=True)
class FetchedTable:
    """A table of instruments, and by file what was in the way of a newer or fuller one."""

    instruments: Instruments
    troubles: Mapping[str, str]
    bad: tuple[BadLine, ...]  # lines of the files taken that could not be read


async def fetch_instruments(store: MasterStore) -> FetchedTable:
    """Return the table of all files the host gives.

    A file that cannot be had at all is left out: what only it would say is unknown. The table is
    as old as the oldest of its stock files.
    """
    fetched: dict[str, Fetched[Any]] = {}
    troubles: dict[str, str] = {}

    async def fetch(field: str, layout: Layout[Any]) -> None:
        try:
            fetched[field] = await store.fetch(layout)
        except KisError as error:
            troubles[layout.file] = str(error)
        else:
            if (trouble := fetched[field].trouble) is not None:
                troubles[layout.file] = trouble

    async with asyncio.TaskGroup() as group:
        for field, layout in LAYOUTS.items():
            group.create_task(fetch(field, layout))
    masters = Masters(**{field: each.file for field, each in fetched.items()})
    days = [fetched[field].as_of for field in _STOCK_FILES if field in fetched]
    return FetchedTable(
        instruments_of(masters, min(days, default=None)),
        troubles,
        tuple(bad for field in LAYOUTS if field in fetched for bad in fetched[field].file.bad),
    )


async def _answer(layout: Layout[Any], reply: httpx.Response) -> _Answer:
    headers = reply.headers
    told = (headers.get("etag", ""), headers.get("last-modified", ""))
    if reply.status_code == _UNCHANGED:
        return _Answer(None, *told)
    body = bytearray()
    async for piece in reply.aiter_bytes():
        body += piece
        if len(body) > BYTES_MAX:
            raise MasterError(layout.file, f"the host sends more than {BYTES_MAX:,} bytes")
    return _Answer(bytes(body), *told)


def _write(path: Path, content: bytes) -> None:
    """Write a file so that at any moment it is there whole, old or new."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
