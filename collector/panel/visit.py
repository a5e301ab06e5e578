"""Who may use the panel: one token opens a visit, the visit is a signed cookie.

Pure. The cookie holds until when it is good, a number of its own and the name the visitor gave,
signed with the panel's token: a restart of the collector ends nobody's visit, another token ends
them all. The key of forms is derived from the same number, so a form of another page fits nowhere.
"""

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass

TOKEN_CHARACTERS_MIN = 16
VISIT_S = 12 * 3600  # of the world: a trading day
NAME_MAX = 24
_NAME = re.compile(rf"[\w .@-]{{1,{NAME_MAX}}}")


@dataclass(frozen=True, slots=True)
class Visit:
    """One visitor, until `until_s` (seconds since the epoch)."""

    number: str
    name: str
    until_s: int


class Doorkeeper:
    """Knows the token, and tells real cookies from others."""

    def __init__(self, token: str) -> None:
        assert len(token) >= TOKEN_CHARACTERS_MIN
        self._token = token.encode()

    def knows(self, token: str) -> bool:
        """Whether this is the token. Takes as long for a near miss as for a far one."""
        return hmac.compare_digest(token.encode(), self._token)

    def cookie(self, visit: Visit) -> str:
        """Return the signed cookie of a visit."""
        name = base64.urlsafe_b64encode(visit.name.encode()).decode().rstrip("=")
        body = f"{visit.until_s}.{visit.number}.{name}"
        return f"{body}.{self._signed('visit', body)}"

    def visit(self, cookie: str | None, now_s: int) -> Visit | None:
        """Return the visit a cookie stands for; None where it is over or not of our making."""
        body, _, signature = (cookie or "").rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._signed("visit", body).encode()):
            return None
        try:
            until, number, name = body.split(".")
            visit = Visit(number, base64.urlsafe_b64decode(name + "==").decode(), int(until))
        except (ValueError, binascii.Error):  # signed by us, in a form of another time
            return None
        return visit if now_s < visit.until_s else None

    def form_key(self, visit: Visit) -> str:
        """Return what a form of this visitor carries."""
        return self._signed("form", visit.number)

    def is_form_of(self, visit: Visit, key: str) -> bool:
        """Whether a form was given to this visitor."""
        return hmac.compare_digest(key.encode(), self.form_key(visit).encode())

    def _signed(self, purpose: str, text: str) -> str:
        made = hmac.new(self._token, f"{purpose}|{text}".encode(), hashlib.sha256)
        return made.hexdigest()


def name_of(text: str) -> str | None:
    """Return a visitor's name as it goes into the log; None where it is not one."""
    name = text.strip()
    return name if _NAME.fullmatch(name) else None


class Attempts:
    """Wrong tokens of the last minute: after so many nobody is heard for the rest of it."""

    MAX = 10
    SPAN_S = 60.0

    def __init__(self) -> None:
        self._failed: list[float] = []

    def wait_s(self, now_s: float) -> float:
        """Return how long until a token is looked at again, 0 where it is now."""
        self._failed = [at for at in self._failed if now_s - at < self.SPAN_S]
        if len(self._failed) < self.MAX:
            return 0.0
        return self._failed[-self.MAX] + self.SPAN_S - now_s

    def failed(self, now_s: float) -> None:
        """Note a wrong token."""
        self._failed.append(now_s)
