"""Kiwoom's access token: asked for by one process at a time, kept in a file, shared by its readers.

What becomes of the old token when a new one is issued is contradicted by those who measured it, so
the worse is assumed: it dies. Hence nobody asks for a new one while the file holds one that serves,
and whoever's token is refused reads the file again first. Whoever asks holds the file's lock.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec

from collector.sources.kiwoom.envelope import read_envelope, trouble
from collector.sources.kiwoom.environment import (
    KiwoomCredentials,
    KiwoomEndpoints,
    require_same,
)
from kis_core.clock import KST, SECOND_NS, Clock, ns
from kis_core.errors import RateLimited, ReplyError, Unreachable
from kis_core.net.certificates import trusted
from kis_core.net.kept import KeptFile

ISSUE_PATH, REVOKE_PATH = "/oauth2/token", "/oauth2/revoke"  # au10001, au10002
RENEW_EARLY_NS = 600 * SECOND_NS
_ISSUE_PAUSE_NS = 5 * SECOND_NS  # of the market's time, between two issues, whoever asks
_ISSUE_TRIES = 4
_TIMEOUT_S = 10.0


class _Kept(msgspec.Struct, frozen=True):
    """What the file holds. Empty text: nothing yet."""

    token: str = ""
    ends_ns: int = 0
    issue_after_ns: int = 0


class KiwoomTokens:
    """The token of one app key, kept in `directory`."""

    def __init__(
        self,
        endpoints: KiwoomEndpoints,
        credentials: KiwoomCredentials,
        clock: Clock,
        directory: Path,
    ) -> None:
        environment = require_same(endpoints, credentials)
        self._endpoints = endpoints
        self._credentials = credentials
        self._clock = clock
        name = hashlib.sha256(f"{endpoints.rest_url} {credentials.app_key}".encode()).hexdigest()
        self._file = KeptFile(directory, f"kiwoom-{environment}-{name[:16]}", _Kept())
        self._kept = _Kept()
        self.issued = 0  # by this process

    async def token(self, refused: str | None = None) -> str:
        """Return the token; one other than `refused`, which Kiwoom would not take.

        Raises Unreachable, Refused, RateLimited, ReplyError.
        """
        if not self._serves(refused):
            async with self._file.locked():
                self._kept = self._file.read()
                if not self._serves(refused):
                    await self._issue()
        return self._kept.token

    async def revoke(self) -> None:
        """Give the token back: it is of no use to anyone afterwards."""
        async with self._file.locked():
            self._kept = self._file.read()
            if self._kept.token:
                fields = self._keys() | {"token": self._kept.token}
                await self._post(REVOKE_PATH, fields)
                self._keep(msgspec.structs.replace(self._kept, token="", ends_ns=0))

    def _serves(self, refused: str | None) -> bool:
        kept = self._kept
        fresh = self._clock.now_ns() < kept.ends_ns - RENEW_EARLY_NS
        return bool(kept.token) and kept.token != refused and fresh

    def _keys(self) -> dict[str, str]:
        keys = self._credentials
        return {"appkey": keys.app_key, "secretkey": keys.secret_key.reveal()}

    async def _issue(self) -> None:
        """Ask for a token, at most once a pause, however often we are cancelled or restarted."""
        limited: RateLimited | None = None
        for _ in range(_ISSUE_TRIES):
            now_ns = self._clock.now_ns()
            if now_ns < self._kept.issue_after_ns <= now_ns + _ISSUE_PAUSE_NS:
                await self._clock.sleep_until(self._kept.issue_after_ns)
            after_ns = self._clock.now_ns() + _ISSUE_PAUSE_NS
            self._keep(msgspec.structs.replace(self._kept, issue_after_ns=after_ns))
            fields = {"grant_type": "client_credentials"} | self._keys()
            try:
                body = await self._post(ISSUE_PATH, fields)
            except RateLimited as error:
                limited = error
                continue
            token, ends_ns = _token(body)
            self.issued += 1
            self._keep(msgspec.structs.replace(self._kept, token=token, ends_ns=ends_ns))
            return
        assert limited is not None, "it was asked at least once"
        raise limited

    async def _post(self, path: str, fields: Mapping[str, str]) -> Mapping[str, Any]:
        try:
            async with httpx.AsyncClient(
                timeout=_TIMEOUT_S, trust_env=False, verify=trusted()
            ) as client:
                reply = await client.post(self._endpoints.rest_url + path, json=dict(fields))
        except httpx.HTTPError as error:
            raise Unreachable(f"{path}: {type(error).__name__}: {error}") from None
        said = read_envelope(reply.status_code, self._masked(reply.text))
        if not said.ok:
            raise trouble(said)
        return read_envelope(reply.status_code, reply.text).body

    def _masked(self, text: str) -> str:
        for secret in self._keys().values():
            text = text.replace(secret, "****")
        return text

    def _keep(self, kept: _Kept) -> None:
        self._file.write(kept)
        self._kept = kept


def _token(body: Mapping[str, Any]) -> tuple[str, int]:
    """Return the token and when it ends."""
    token, ends = body.get("token"), body.get("expires_dt")
    if not isinstance(token, str) or not token:
        raise ReplyError("au10001: no token", "")
    try:
        until = datetime.strptime(str(ends), "%Y%m%d%H%M%S").replace(tzinfo=KST)
    except ValueError:
        why = f"au10001: expires_dt {str(ends)[:40]!r}, expected YYYYMMDDHHMMSS"
        raise ReplyError(why, "") from None
    return token, ns(until)
