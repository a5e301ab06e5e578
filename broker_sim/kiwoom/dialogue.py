"""One WebSocket session as a dialogue: LOGIN, REG, REMOVE, and the echo of a PING. Pure.

Text in; an answer, a close, and the registrations that came or went out. Source: kiwoom_rest.md
§4.1–§4.3. What is not established is decided here:

- a REG is taken whole or not at all; one that would give its group a 101st item is refused
- `refresh` "0" empties the group it names, and no other
- what comes before LOGIN is refused and the session stays; so is what cannot be read
- a code nobody knows is registered, and silent
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from broker_sim.kiwoom.items import NAMES, OF_NO_ITEM, SUFFIXES, Key
from broker_sim.kiwoom.replies import Refusal
from kis_core.environment import Dialect

PING = '{"trnm":"PING"}'
GROUP_CHARS_MAX = 4
GROUP_ITEMS_MAX = 100
ITEM_CHARS_MAX = 100
REFUSED = 1
NOT_LOGGED_IN = Refusal("8005", "로그인 인증이 들어오기 전에 다른 전문이 들어왔습니다")
NOT_IN_MOCK = "[RC9000] 모의투자에서는 해당 서비스가 제공되지 않습니다"

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Heard:
    """What a message leads to. `close`: end the session, after the reply where there is one."""

    reply: bytes | None = None
    close: bool = False
    added: frozenset[Key] = frozenset()
    removed: frozenset[Key] = frozenset()


class Refused(Exception):
    """A REG or REMOVE that is not done. The message is its return_msg."""


@dataclass(frozen=True, slots=True)
class House:
    """What a session asks of the broker behind it."""

    dialect: Dialect
    check: Callable[[str], Refusal | None]
    """Why a token opens nothing."""
    too_quick: Callable[[str], bool]
    """Whether a session of this token ended a moment ago."""
    group_refused: Callable[[str], bool] = lambda _: False
    """Whether a fault refuses a group's registration."""
    items_max: int | None = None
    """How many (item, type) one session may hold; None: as many as it likes."""


@dataclass(slots=True)
class Dialogue:
    """A session's side of the broker."""

    house: House
    token: str | None = None
    groups: dict[str, set[Key]] = field(default_factory=dict)
    pinged: bool = False  # and no echo yet
    echoes: int = 0

    @property
    def keys(self) -> frozenset[Key]:
        """Return everything that is registered, in whatever group."""
        return frozenset[Key]().union(*self.groups.values())

    def ping(self) -> bytes | None:
        """Return a PING, or None when the one before was not echoed."""
        if self.pinged:
            return None
        self.pinged = True
        return PING.encode()

    def hear(self, text: str) -> Heard:
        """Take a message."""
        if text == PING:
            self.echoes += self.pinged
            self.pinged = False
            return Heard()
        try:
            message: Any = msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError):
            return Heard(system("R10002", "JSON 형식이 올바르지 않습니다"))
        if not isinstance(message, Mapping):
            return Heard(system("R10002", "JSON 형식이 올바르지 않습니다"))
        trnm = message.get("trnm")
        if trnm == "LOGIN":
            return self._log_in(message)
        if trnm == "PING":
            return Heard()  # an echo that was changed on its way is none
        if self.token is None:
            code = NOT_LOGGED_IN
            return Heard(_reply(str(trnm), code.return_code, code.message()))
        try:
            match trnm:
                case "REG":
                    return self._register(message)
                case "REMOVE":
                    return self._remove(message)
        except Refused as refused:
            return Heard(_reply(str(trnm), REFUSED, str(refused)))
        return Heard(_reply(str(trnm)[:40], REFUSED, "[1505] 존재하지 않는 trnm 입니다"))

    def _log_in(self, message: Mapping[str, Any]) -> Heard:
        token = str(message.get("token") or "")
        if self.house.too_quick(token):
            return Heard(close=True)
        if refusal := self.house.check(token):
            code = int(refusal.code) if refusal.code.isdecimal() else REFUSED
            return Heard(_reply("LOGIN", code, refusal.message()))
        self.token = token
        return Heard(_encode({"trnm": "LOGIN", "return_code": 0, "return_msg": "", "sor_yn": "Y"}))

    def _register(self, message: Mapping[str, Any]) -> Heard:
        group = _group(message)
        refresh = message.get("refresh")
        if refresh not in ("0", "1"):
            raise Refused(f"[1511] refresh: {refresh!r}, '0' 또는 '1'")
        pairs = self._pairs(message)
        if self.house.group_refused(group):
            raise Refused(f"[1999] grp_no {group} 등록에 실패했습니다")
        kept = self.groups.get(group, set()) if refresh == "1" else set()
        after = kept | pairs
        items = len({item for item, _ in after})
        if items > GROUP_ITEMS_MAX:
            raise Refused(f"[1513] grp_no {group}: {items}종목, 최대 {GROUP_ITEMS_MAX}종목")
        before = self.keys
        former = self.groups.get(group)
        self.groups[group] = after
        most = self.house.items_max
        if most is not None and len(self.keys) > most:
            if former is None:
                del self.groups[group]
            else:
                self.groups[group] = former
            raise Refused(f"[1702] 실시간 등록은 최대 {most}건입니다")
        return self._changed("REG", before)

    def _remove(self, message: Mapping[str, Any]) -> Heard:
        group = _group(message)
        pairs = self._pairs(message)
        before = self.keys
        left = self.groups.get(group, set()) - pairs
        if left:
            self.groups[group] = left
        else:
            self.groups.pop(group, None)
        return self._changed("REMOVE", before)

    def _changed(self, trnm: str, before: frozenset[Key]) -> Heard:
        after = self.keys
        return Heard(_reply(trnm, 0, ""), added=after - before, removed=before - after)

    def _pairs(self, message: Mapping[str, Any]) -> set[Key]:
        """Return the cross product of each block's items and types. Raises Refused."""
        blocks = message.get("data")
        if not isinstance(blocks, list) or not blocks:
            raise Refused("[1511] data: 필수 입력 값이 없습니다")
        pairs: set[Key] = set()
        for block in blocks:
            if not isinstance(block, Mapping):
                raise Refused("[1512] data: item과 type의 목록이어야 합니다")
            types = _texts(block, "type")
            items = _texts(block, "item") or ([""] if OF_NO_ITEM.issuperset(types) else [])
            if not items or not types:
                raise Refused("[1511] data: item 또는 type 값이 없습니다")
            for kind in types:
                if kind not in NAMES:
                    raise Refused(f"[1514] type: {kind[:40]}, 없는 실시간 항목입니다")
            for item in items:
                self._require_item(item, types)
            pairs |= {(item, kind) for item in items for kind in types}
        return pairs

    def _require_item(self, item: str, types: list[str]) -> None:
        if len(item) > ITEM_CHARS_MAX:
            raise Refused(f"[1513] item: {len(item)}자, 최대 {ITEM_CHARS_MAX}자")
        if not item and not OF_NO_ITEM.issuperset(types):
            raise Refused("[1511] item: 종목코드가 없습니다")
        if self.house.dialect == "paper" and item.endswith(tuple(SUFFIXES)):
            raise Refused(NOT_IN_MOCK)


def _group(message: Mapping[str, Any]) -> str:
    group = message.get("grp_no")
    if not isinstance(group, str) or not 0 < len(group) <= GROUP_CHARS_MAX:
        raise Refused(f"[1511] grp_no: 1자 이상 {GROUP_CHARS_MAX}자 이하")
    return group


def _texts(block: Mapping[str, Any], name: str) -> list[str]:
    values = block.get(name, [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise Refused(f"[1512] {name}: 문자열의 목록이어야 합니다")
    return values


def _reply(trnm: str, code: int, text: str) -> bytes:
    return _encode({"trnm": trnm, "return_code": code, "return_msg": text})


def system(code: str, text: str) -> bytes:
    """Return a SYSTEM frame."""
    return _encode({"trnm": "SYSTEM", "code": code, "message": text})
