"""Access tokens and approval keys: one issue per app key, shared by all of its processes.

KIS sends the customer a message at every issue and allows one a minute, so a token is kept in a
file (0600) and asked for again only when it nears its end or KIS refuses it. Whoever issues holds
the file's lock; the others wait for it and then read what it brought.
"""

import hashlib
from datetime import datetime
from pathlib import Path

import httpx
import msgspec

from kis_core.clock import KST, SECOND_NS, Clock, ns
from kis_core.environment import Credentials, Endpoints, require_same
from kis_core.errors import RateLimited, Refused, ReplyError, Unreachable
from kis_core.net.certificates import trusted
from kis_core.net.kept import KeptFile
from kis_core.wire import auth_requests
from kis_core.wire.envelope import TOKEN_ISSUE_LIMIT, may_pass, read_envelope
from kis_core.wire.request import Request

_RENEW_EARLY_NS = 30 * 60 * SECOND_NS  # far below the 6 h within which KIS repeats the old token
_ISSUE_PAUSE_NS = 61 * SECOND_NS  # of KIS's time: one issue a minute
_ISSUE_TRIES = 4
_TIMEOUT_S = 10.0
_APPROVAL_HOURS = 24


class _Kept(msgspec.Struct, frozen=True):
    """What the file holds. Empty text: nothing yet."""

    token: str = ""
    token_ends_ns: int = 0
    approval: str = ""
    approval_ends_ns: int = 0
    issue_after_ns: int = 0  # no token is asked for before; kept, so that no one hammers


class TokenCache:
    """The token and the approval key of one app key, kept in `directory`."""

    def __init__(
        self, endpoints: Endpoints, credentials: Credentials, clock: Clock, directory: Path
    ) -> None:
        environment = require_same(endpoints, credentials)
        self._endpoints = endpoints
        self._credentials = credentials
        self._clock = clock
        name = f"{environment}-{key_name(endpoints, credentials)}"
        self._file = KeptFile(directory, name, _Kept())
        self._kept = _Kept()

    async def token(self, refused: str | None = None) -> str:
        """Return the access token; a new one where `refused` is the one KIS would not take."""
        if not self._serves(self._kept.token, self._kept.token_ends_ns, refused):
            async with self._file.locked():
                self._kept = self._file.read()
                if not self._serves(self._kept.token, self._kept.token_ends_ns, refused):
                    token, ends_ns = await self._issue_token()
                    self._keep(
                        msgspec.structs.replace(self._kept, token=token, token_ends_ns=ends_ns)
                    )
        return self._kept.token

    async def approval_key(self, refused: str | None = None) -> str:
        """Return the WebSocket key, likewise. Pass this method to KisStream."""
        if not self._serves(self._kept.approval, self._kept.approval_ends_ns, refused):
            async with self._file.locked():
                self._kept = self._file.read()
                if not self._serves(self._kept.approval, self._kept.approval_ends_ns, refused):
                    key = await self._issue_approval()
                    ends_ns = self._clock.now_ns() + _APPROVAL_HOURS * 3600 * SECOND_NS
                    self._keep(
                        msgspec.structs.replace(self._kept, approval=key, approval_ends_ns=ends_ns)
                    )
        return self._kept.approval

    async def revoke(self) -> None:
        """Give the token back: it is of no use to anyone afterwards."""
        async with self._file.locked():
            self._kept = self._file.read()
            if self._kept.token:
                await self._post(auth_requests.revocation(self._credentials, self._kept.token))
                self._keep(msgspec.structs.replace(self._kept, token="", token_ends_ns=0))

    def _serves(self, text: str, ends_ns: int, refused: str | None) -> bool:
        return bool(text) and text != refused and self._clock.now_ns() < ends_ns - _RENEW_EARLY_NS

    async def _issue_token(self) -> tuple[str, int]:
        """Ask for a token, at most once a minute, however often we are cancelled or restarted."""
        for _ in range(_ISSUE_TRIES):
            now_ns = self._clock.now_ns()
            if now_ns < self._kept.issue_after_ns <= now_ns + _ISSUE_PAUSE_NS:
                await self._clock.sleep_until(self._kept.issue_after_ns)
            issue_after_ns = self._clock.now_ns() + _ISSUE_PAUSE_NS
            self._keep(msgspec.structs.replace(self._kept, issue_after_ns=issue_after_ns))
            try:
                return _token(await self._post(auth_requests.token(self._credentials)))
            except RateLimited as error:
                limited = error
        raise limited

    async def _issue_approval(self) -> str:
        asked = auth_requests.approval(self._credentials)
        key = (await self._post(asked)).get("approval_key")
        if not isinstance(key, str) or not key:
            raise ReplyError("no approval_key", "")
        return key

    async def _post(self, asked: Request) -> dict[str, object]:
        """Ask the token office once. Raises Unreachable, Refused, RateLimited, ReplyError."""
        status, text = await self._post_once(asked)
        if status != 200:
            envelope = read_envelope(status, _masked(text, asked))
            if envelope.code == TOKEN_ISSUE_LIMIT:
                raise RateLimited(envelope.code, envelope.text, _ISSUE_PAUSE_NS / SECOND_NS)
            if may_pass(envelope):
                raise Unreachable(f"token office: {envelope.code}: {envelope.text}")
            raise Refused(envelope.code, envelope.text)
        said = _object(text)
        if said is None:
            raise ReplyError(f"{asked.call.name}: not a JSON object", _masked(text, asked))
        return said

    async def _post_once(self, asked: Request) -> tuple[int, str]:
        url = self._endpoints.rest_url + asked.call.path
        try:
            async with httpx.AsyncClient(
                timeout=_TIMEOUT_S, trust_env=False, verify=trusted()
            ) as client:
                reply = await client.post(url, json=dict(asked.fields))
        except httpx.HTTPError as error:
            raise Unreachable(f"{asked.call.name}: {type(error).__name__}: {error}") from None
        return reply.status_code, reply.text

    def _keep(self, kept: _Kept) -> None:
        self._file.write(kept)
        self._kept = kept


def key_name(endpoints: Endpoints, credentials: Credentials) -> str:
    """Return a name for files about one app key at one host; the key cannot be read from it."""
    text = f"{endpoints.rest_url} {credentials.app_key}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _token(said: dict[str, object]) -> tuple[str, int]:
    """Return the token and when it ends."""
    token, ends = said.get("access_token"), said.get("access_token_token_expired")
    if not isinstance(token, str) or not token:
        raise ReplyError("no access_token", "")
    try:
        until = datetime.strptime(str(ends), "%Y-%m-%d %H:%M:%S").replace(tzinfo=KST)
    except ValueError:
        raise ReplyError(f"access_token_token_expired {str(ends)[:40]!r}", "") from None
    return token, ns(until)


def _object(text: str) -> dict[str, object] | None:
    try:
        said = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return None
    return said if isinstance(said, dict) else None


def _masked(text: str, asked: Request) -> str:
    for name in ("appkey", "appsecret", "secretkey", "token"):
        if secret := asked.fields.get(name):
            text = text.replace(secret, "****")
    return text
