"""One WebSocket session's registrations: text in, text out. No socket, no clock, no randomness.

Laws: a session holds at most 41 registrations over all TRs; every registration brings its own iv
and key, encrypted TR or not; an error brings none; a PINGPONG that comes back is ignored. Source:
kis_api.md §13.1–§13.7, §18.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import msgspec

from broker_sim.exchange.fault_kinds import Kind
from broker_sim.exchange.faults import Bite
from kis_core.environment import Dialect
from kis_core.wire.tr_table import STREAMS

MAX_REGISTRATIONS = 41
_CODES = {
    "stock_code": re.compile(r"[0-9A-Z]{6,9}"),
    "index_code_4": re.compile(r"[0-9]{4}"),
    "derivative_short_code": re.compile(r"[0-9A-Z]{6,9}"),
}
OVERSEAS_NOTICES: dict[Dialect, str] = {"real": "H0GSCNI0", "paper": "H0GSCNI9"}
"""Taken from clients that ask for them, and silent: nothing is traded overseas here."""

REFUSALS = {
    "OPSP0007": "SUBSCRIBE INTERNAL ERROR",
    "OPSP0008": "MAX SUBSCRIBE OVER",
    "OPSP0010": "SUBSCRIBE WARNING : invalid appkey",
    "OPSP0011": "invalid approval(appkey) : NOT FOUND",
    "OPSP8996": "ALREADY IN USE appkey",
}
"""What goes with the code of a refusal that nothing here gives reason for (kis_api.md §13.2)."""

Key = tuple[str, str]
"""(tr_id, tr_key)"""


@dataclass(frozen=True, slots=True)
class Keychain:
    """What seals the notices of one registration: 16 and 32 characters."""

    iv: str
    key: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What a message came to: an answer, if any, and whether a key came or went."""

    reply: str | None = None
    registered: Key | None = None
    unregistered: Key | None = None


class Fault(Exception):
    """A message that cannot be served. `tr_id` and `tr_key` are what the reply's header says."""

    def __init__(self, code: str, text: str, rt_cd: str, tr_id: str = "", tr_key: str = "") -> None:
        super().__init__(code)
        self.code, self.text, self.rt_cd = code, text, rt_cd
        self.tr_id, self.tr_key = tr_id, tr_key


class Registrations:
    """What one session has registered.

    `in_use(approval_key)` says whether another session holds the app key of this approval key;
    the real host knows one session an app key. `struck(tr_id, tr_key)` tells the faults that bite
    on a registration.
    """

    def __init__(
        self,
        dialect: Dialect,
        hts_id: str,
        approved: Callable[[str], bool],
        in_use: Callable[[], bool],
        salt: str,
        struck: Callable[[str, str], Sequence[Bite]] = lambda tr_id, tr_key: (),
    ) -> None:
        self._dialect = dialect
        self._hts_id = hts_id
        self._approved = approved
        self._in_use = in_use
        self._salt = salt
        self._struck = struck
        self._drawn = 0
        self.keys: dict[Key, Keychain] = {}
        self.claimed = False  # a good approval key was shown: the app key is this session's

    def hear(self, text: str) -> Heard:
        """Take one text message from the client."""
        try:
            return self._hear(text)
        except Fault as fault:
            return Heard(
                _control(fault.tr_id, fault.tr_key, fault.rt_cd, fault.code, fault.text, "N")
            )

    def _hear(self, text: str) -> Heard:
        try:
            message: Any = msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError):  # the last: nested too deep
            raise Fault(
                "OPSP9999", "JSON PARSING ERROR : invalid json format", "9", "(null)"
            ) from None
        header = _part(message, "header", "OPSP9998", "header not found")
        if header.get("tr_id") == "PINGPONG":
            return Heard()
        approval_key = _text(header, "approval_key", "OPSP9996", "approval_key not found")
        _text(header, "custtype", "OPSP9997", "custtype not found")
        given = _part(message, "body", "OPSP9992", "body not found")
        given = _part(given, "input", "OPSP9991", "input not found")
        tr_id = _text(given, "tr_id", "OPSP8991", "invalid tr_id")
        tr_key = _text(given, "tr_key", "OPSP9990", "tr_key not found", tr_id)
        if not self._approved(approval_key):
            raise Fault("OPSP0011", "invalid approval(appkey) : NOT FOUND", "1", tr_id, tr_key)
        if self._dialect == "real" and not self.claimed and self._in_use():
            raise Fault("OPSP8996", "ALREADY IN USE appkey", "9", tr_id, tr_key)
        self.claimed = True
        match header.get("tr_type"):
            case "1":
                return self._register(tr_id, tr_key)
            case "2":
                return self._unregister(tr_id, tr_key)
            case _:
                raise Fault("OPSP8997", "SUBSCRIBE ERROR : invalid tr_type", "9", tr_id, tr_key)

    def _register(self, tr_id: str, tr_key: str) -> Heard:
        self._require_known(tr_id, tr_key)
        key = (tr_id, tr_key)
        if key in self.keys:
            raise Fault("OPSP0002", "ALREADY IN SUBSCRIBE", "1", tr_id, tr_key)
        if len(self.keys) >= MAX_REGISTRATIONS:
            raise Fault("OPSP0008", "MAX SUBSCRIBE OVER", "1", tr_id, tr_key)
        bites = self._struck(tr_id, tr_key)
        for bite in bites:
            if bite.kind is Kind.REGISTRATION_REFUSED:
                code = bite.fault.code
                raise Fault(code, REFUSALS.get(code, "SUBSCRIBE ERROR"), "1", tr_id, tr_key)
        chain = self.keys[key] = self._draw()
        encrypt = "Y" if self._key_kind(tr_id) == "hts_id" else "N"
        reply = _control(tr_id, tr_key, "0", "OPSP0000", "SUBSCRIBE SUCCESS", encrypt, chain)
        return Heard(None if bites else reply, registered=key)

    def _unregister(self, tr_id: str, tr_key: str) -> Heard:
        key = (tr_id, tr_key)
        if self.keys.pop(key, None) is None:
            raise Fault("OPSP0003", "UNSUBSCRIBE ERROR(not found!)", "1", tr_id, tr_key)
        reply = _control(tr_id, tr_key, "0", "OPSP0001", "UNSUBSCRIBE SUCCESS", "N")
        return Heard(reply, unregistered=key)

    def _require_known(self, tr_id: str, tr_key: str) -> None:
        kind = self._key_kind(tr_id)
        if kind is None:
            raise Fault("OPSP8991", "SUBSCRIBE ERROR : invalid tr_id", "9", tr_id, tr_key)
        # A code of another market than this day's is taken, and nothing comes of it.
        known = tr_key == self._hts_id if kind == "hts_id" else _CODES[kind].fullmatch(tr_key)
        if not known:
            raise Fault("OPSP8992", "SUBSCRIBE ERROR : invalid tr_key", "9", tr_id, tr_key)

    def _key_kind(self, tr_id: str) -> str | None:
        """Return what the key of a TR is, None where this host does not offer the TR."""
        if tr_id == OVERSEAS_NOTICES[self._dialect]:
            return "hts_id"
        stream = STREAMS.get(tr_id)
        if stream is None:
            return None
        on_paper = stream.paper and not tr_id.endswith("CNI0")
        offered = on_paper if self._dialect == "paper" else not tr_id.endswith("CNI9")
        return stream.tr_key if offered else None

    def _draw(self) -> Keychain:
        """Return a fresh iv and key: a registration made again is sealed anew."""
        self._drawn += 1
        digest = sha256(f"{self._salt} {self._drawn}".encode()).hexdigest()
        return Keychain(iv=digest[:16], key=digest[32:64])


def _part(message: Any, name: str, code: str, text: str) -> dict[str, Any]:
    part = message.get(name) if isinstance(message, dict) else None
    if not isinstance(part, dict):
        raise Fault(code, text, "9", "(null)")
    return part


def _text(part: dict[str, Any], name: str, code: str, text: str, tr_id: str = "") -> str:
    value = part.get(name)
    if not isinstance(value, str) or not value:
        raise Fault(code, text, "9", tr_id)
    return value


def _control(
    tr_id: str,
    tr_key: str,
    rt_cd: str,
    code: str,
    text: str,
    encrypt: str,
    chain: Keychain | None = None,
) -> str:
    body: dict[str, Any] = {"rt_cd": rt_cd, "msg_cd": code, "msg1": text}
    if chain:
        body["output"] = {"iv": chain.iv, "key": chain.key}
    header = {"tr_id": tr_id, "tr_key": tr_key, "encrypt": encrypt}
    return msgspec.json.encode({"header": header, "body": body}).decode()
