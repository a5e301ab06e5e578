"""Access tokens and who may use them. Pure: time comes with each question.

Source: kiwoom_rest.md §2. What is not established is played at its worst for a client: asking
again while a token lives ends the former one (8005), and asking again within a second is refused.
"""

import base64
import hashlib
from dataclasses import dataclass, replace

from broker_sim.kiwoom.replies import INPUT, TOO_MANY, Refusal
from kis_core.environment import Dialect

SECOND_NS = 1_000_000_000

NO_KEYS = Refusal("8020", "입력파라미터로 appkey 또는 secretkey가 들어오지 않았습니다", INPUT)
BAD_APP_KEY = Refusal("8001", "App Key와 Secret Key 검증에 실패했습니다")
BAD_SECRET_KEY = Refusal("8002", "App Key와 Secret Key 검증에 실패했습니다. 사유: Secret Key")
NO_TOKEN = Refusal("8003", "Access Token을 조회하는데 실패했습니다")
BAD_TOKEN = Refusal("8005", "Token이 유효하지 않습니다")
OTHER_IP = Refusal("8010", "Token을 발급받은 IP와 서비스를 요청한 IP가 동일하지 않습니다")
NO_GRANT = Refusal("8011", "grant_type이 들어오지 않았습니다", INPUT)
BAD_GRANT = Refusal("8012", "grant_type의 값이 맞지 않습니다", INPUT)
NOT_REVOKED = Refusal("8015", "Access Token을 폐기하는데 실패했습니다")
KEY_OF_OTHER_HOST = Refusal("8030", "투자구분(실전/모의)이 달라서 Appkey를 사용할수가 없습니다")
TOKEN_OF_OTHER_HOST = Refusal("8031", "투자구분(실전/모의)이 달라서 Token을 사용할수가 없습니다")
TOO_OFTEN = Refusal("1700", "허용된 요청 개수를 초과하였습니다. API ID=au10001", TOO_MANY)


@dataclass(frozen=True, slots=True)
class Keys:
    """An app key of one host."""

    app_key: str
    secret_key: str


@dataclass(frozen=True, slots=True)
class Issued:
    """An access token, whose it is and when it ends."""

    token: str
    host: str  # the address it was given to
    expires_ns: int


class TokenDesk:
    """Issues the tokens of one app key, and checks them."""

    def __init__(
        self,
        keys: Keys,
        dialect: Dialect,
        seed: int,
        *,
        life_ns: int,
        issue_every_ns: int,
    ) -> None:
        self.keys = keys
        self._dialect: Dialect = dialect
        self._others = draw_keys(seed, _other(dialect))
        self._seed = seed
        self._life_ns = life_ns
        self._issue_every_ns = issue_every_ns
        self._issued: dict[str, Issued] = {}
        self._asked_ns: int | None = None

    def denied(self, app_key: str, secret_key: str) -> Refusal | None:
        """Return why this pair is not known, or None when it is."""
        if not app_key or not secret_key:
            return NO_KEYS
        if app_key == self._others.app_key:
            return KEY_OF_OTHER_HOST
        if app_key != self.keys.app_key:
            return BAD_APP_KEY
        return BAD_SECRET_KEY if secret_key != self.keys.secret_key else None

    def issue(
        self, grant_type: str, app_key: str, secret_key: str, host: str, now_ns: int
    ) -> Issued | Refusal:
        """Return a new token; the former one is over."""
        if grant_type != "client_credentials":
            return BAD_GRANT if grant_type else NO_GRANT
        if refusal := self.denied(app_key, secret_key):
            return refusal
        # Asked again at the very same nanosecond: the clock is held, and no second will pass.
        if self._asked_ns is not None and 0 < now_ns - self._asked_ns < self._issue_every_ns:
            return TOO_OFTEN
        self._asked_ns = now_ns
        self.kill(now_ns)
        token = _token(self._seed, self._dialect, len(self._issued))
        issued = self._issued[token] = Issued(token, host, now_ns + self._life_ns)
        return issued

    def revoke(self, token: str) -> Refusal | None:
        """Take a token back; return why not, where it is none of ours."""
        return None if self._issued.pop(token, None) else NOT_REVOKED

    def kill(self, now_ns: int) -> None:
        """End every token's life now."""
        for token, issued in self._issued.items():
            self._issued[token] = replace(issued, expires_ns=min(now_ns, issued.expires_ns))

    def check(self, token: str, host: str, now_ns: int) -> Refusal | None:
        """Return why a token opens nothing, or None when it does."""
        if not token:
            return NO_TOKEN
        issued = self._issued.get(token)
        if issued is None:
            theirs = token.startswith(_mark(self._seed, _other(self._dialect)))
            return TOKEN_OF_OTHER_HOST if theirs else BAD_TOKEN
        if now_ns >= issued.expires_ns:
            return BAD_TOKEN
        return OTHER_IP if host != issued.host else None


def _other(dialect: Dialect) -> Dialect:
    return "paper" if dialect == "real" else "real"


def _mark(seed: int, dialect: Dialect) -> str:
    """Return how every token of a host begins."""
    return _drawn(f"{seed} {dialect} token", 12)


def _token(seed: int, dialect: Dialect, number: int) -> str:
    return _mark(seed, dialect) + _drawn(f"{seed} {dialect} token {number}", 74)


def _drawn(of: str, length: int) -> str:
    text = ""
    while len(text) < length:
        raw = hashlib.sha256(f"kiwoom {of} {len(text)}".encode()).digest()
        text += "".join(c for c in base64.b64encode(raw).decode() if c.isalnum())
    return text[:length]


def draw_keys(seed: int, dialect: Dialect) -> Keys:
    """Return made-up keys of a host, always the same for a seed. They open nothing real."""
    return Keys("SIM" + _drawn(f"{seed} {dialect} app", 40), _drawn(f"{seed} {dialect} secret", 43))
