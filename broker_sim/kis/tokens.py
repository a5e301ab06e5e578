"""Access tokens, approval keys, and who may use them. Pure: time comes with each question.

Source: kis_api.md §3. A token lives 24 h; asking again within six hours gives the same one; asking
twice within a minute is refused. A key of the same seed is the same key, so a recorded run can be
played again.
"""

import base64
import hashlib
from dataclasses import dataclass, replace

SECOND_NS = 1_000_000_000
LIFE_NS = 24 * 3600 * SECOND_NS
SAME_TOKEN_NS = 6 * 3600 * SECOND_NS
ISSUE_EVERY_NS = 60 * SECOND_NS


@dataclass(frozen=True, slots=True)
class Keys:
    """The app key this broker knows, its account and its owner."""

    app_key: str
    app_secret: str
    account_no: str  # CANO, 8 digits
    product: str  # ACNT_PRDT_CD, 2 digits
    hts_id: str
    owner: str = "모의고객"  # ACNT_NAME of order notices


@dataclass(frozen=True, slots=True)
class Issued:
    """An access token and when it ends."""

    token: str
    issued_ns: int
    expires_ns: int


@dataclass(frozen=True, slots=True)
class Denied:
    """Why a token, a key or a call was refused."""

    code: str
    text: str


BAD_APP_KEY = Denied("EGW00103", "유효하지 않은 AppKey입니다.")
BAD_APP_SECRET = Denied("EGW00105", "유효하지 않은 AppSecret입니다.")
TOO_OFTEN = Denied("EGW00133", "접근토큰 발급 잠시 후 다시 시도하세요(1분당 1회)")
NO_BEARER = Denied("EGW00205", "credentials_type이 유효하지 않습니다.(Bearer)")
BAD_TOKEN = Denied("EGW00121", "유효하지 않은 token 입니다.")
EXPIRED = Denied("EGW00123", "기간이 만료된 token 입니다.")


class TokenDesk:
    """Issues tokens and approval keys for one app key, and checks them."""

    def __init__(self, keys: Keys, seed: int, *, for_others: bool = False) -> None:
        """`for_others`: give approval keys to app keys of the other host, too."""
        self.keys = keys
        self._seed = seed
        self._for_others = for_others
        self._issued: list[Issued] = []
        self._revoked: set[str] = set()
        self._asked_ns: int | None = None
        self._approvals = 0

    def denied(self, app_key: str, app_secret: str) -> Denied | None:
        """Return why this pair is not known, or None when it is."""
        if app_key != self.keys.app_key:
            return BAD_APP_KEY
        if app_secret != self.keys.app_secret:
            return BAD_APP_SECRET
        return None

    def issue(self, app_key: str, app_secret: str, now_ns: int) -> Issued | Denied:
        """Return a new token, or the one of the last six hours."""
        if denied := self.denied(app_key, app_secret):
            return denied
        current = self._current(now_ns)
        # Asked again at the very same nanosecond: the clock is held, and no minute will pass.
        if self._asked_ns is not None and 0 < now_ns - self._asked_ns < ISSUE_EVERY_NS:
            return TOO_OFTEN
        self._asked_ns = now_ns
        if current:
            return current
        issued = Issued(self._token(now_ns), now_ns, now_ns + LIFE_NS)
        self._issued.append(issued)
        return issued

    def revoke(self, token: str) -> bool:
        """Take a token back. Returns whether it was one of ours."""
        known = any(issued.token == token for issued in self._issued)
        if known:
            self._revoked.add(token)
        return known

    def expire(self, token: str, now_ns: int) -> None:
        """End a token's life now. The next one asked for is another."""
        for place, issued in enumerate(self._issued):
            if issued.token == token and now_ns < issued.expires_ns:
                self._issued[place] = replace(issued, expires_ns=now_ns)

    def check(self, authorization: str, now_ns: int) -> Denied | None:
        """Return why an Authorization header opens nothing, or None when it does."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            return NO_BEARER
        token = token.strip()
        for issued in self._issued:
            if issued.token == token and token not in self._revoked:
                return EXPIRED if now_ns >= issued.expires_ns else None
        return BAD_TOKEN

    def approve(self, app_key: str, app_secret: str) -> str | Denied:
        """Return a new approval key. Older ones stay valid, as clients have come to rely on.

        KIS's two hosts share this desk: a client of both asks the paper host for the key with
        which it goes to the real one. So a paper host approves of a pair it does not know, and an
        approval key says by itself whose it is.
        """
        known = app_key == self.keys.app_key
        if (known or not self._for_others) and (denied := self.denied(app_key, app_secret)):
            return denied
        self._approvals += 1
        return _approval_key(self._approvals, app_key, app_secret)

    def approved(self, approval_key: str) -> bool:
        """Return whether an approval key was given to this desk's app key."""
        number = approval_key.partition("-")[0]
        if len(number) != 8 or not set(number) <= set("0123456789abcdef"):
            return False
        mine = _approval_key(int(number, 16), self.keys.app_key, self.keys.app_secret)
        return approval_key == mine

    def _current(self, now_ns: int) -> Issued | None:
        if not self._issued:
            return None
        last = self._issued[-1]
        fresh = now_ns < min(last.issued_ns + SAME_TOKEN_NS, last.expires_ns)
        return last if fresh and last.token not in self._revoked else None

    def _token(self, now_ns: int) -> str:
        """Return something that looks like a JWT: three parts of base64, under 350 characters."""
        number = len(self._issued)
        claims = (
            f'{{"sub":"token","aud":"{self._digest(f"aud {number}")[:36]}","iss":"unogw",'
            f'"exp":{(now_ns + LIFE_NS) // SECOND_NS},"iat":{now_ns // SECOND_NS},'
            f'"jti":"{self.keys.app_key}"}}'
        )
        signature = bytes.fromhex(self._digest(f"signature {number}"))
        parts = (b'{"typ":"JWT","alg":"HS512"}', claims.encode(), signature)
        return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)

    def _digest(self, of: str) -> str:
        return hashlib.sha256(f"{self._seed} {self.keys.app_key} {of}".encode()).hexdigest()


def _approval_key(number: int, app_key: str, app_secret: str) -> str:
    digest = hashlib.sha256(f"approval {number} {app_key} {app_secret}".encode()).hexdigest()
    return "-".join((f"{number:08x}", digest[8:12], digest[12:16], digest[16:20], digest[20:32]))


def draw_keys(seed: int) -> Keys:
    """Return made-up keys and an account, always the same for a seed. They open nothing real."""

    def text(of: str, length: int) -> str:
        drawn = ""
        while len(drawn) < length:
            raw = hashlib.sha256(f"{seed} {of} {len(drawn)}".encode()).digest()
            drawn += "".join(c for c in base64.b64encode(raw).decode() if c.isalnum())
        return drawn[:length]

    number = int.from_bytes(hashlib.sha256(f"{seed} account".encode()).digest()[:8])
    return Keys(
        app_key="SIM" + text("app key", 33),
        app_secret=text("app secret", 180),
        account_no=str(50_000_000 + number % 9_999_999),
        product="01",
        hts_id="sim" + text("hts id", 5).lower(),
    )
