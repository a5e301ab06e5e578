"""Where faults bite on a REST call: on its way in, at the desk, and on its way out.

Which ones bite the plan says; what is answered instead, `fault_replies`. Here is only what takes
time or tears a connection. Delays are in seconds of the simulator's clock.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec

from broker_sim.exchange.fault_kinds import TOKENS, Kind, Place
from broker_sim.exchange.faults import Bite, FaultPlan, Subject
from broker_sim.kis import fault_replies
from broker_sim.kis.calls import Call, calls
from broker_sim.kis.fault_past import Past
from broker_sim.kis.fault_script import call_names
from broker_sim.kis.gateway import Gateway, Request
from broker_sim.kis.replies import Reply
from broker_sim.kis.tokens import TokenDesk
from kis_core.clock import Clock
from kis_core.environment import Dialect
from kis_core.wire.tr_table import CALLS

_SIDES = {"buy": "BUY", "sell": "SELL", "01": "SELL", "02": "BUY"}
_SYMBOL_KEYS = ("PDNO", "SHTN_PDNO", "FID_INPUT_ISCD")
LAGGING = frozenset(
    {
        "domestic_stock.inquire_daily_ccld",
        "domestic_stock.inquire_psbl_rvsecncl",
        "domestic_stock.inquire_balance",
        "domestic_stock.inquire_psbl_order",
        "domestic_futureoption.inquire_ccnl",
        "domestic_futureoption.inquire_ngt_ccnl",
        "domestic_futureoption.inquire_balance",
        "domestic_futureoption.inquire_ngt_balance",
        "domestic_futureoption.inquire_balance_valuation_pl",
        "domestic_futureoption.inquire_deposit",
    }
)
"""The lists that tell of orders, holdings and money, and may be late in doing so."""


@dataclass(frozen=True, slots=True)
class Spoiled:
    """What is written in answer to a call. No reply: the connection is reset.

    `cut` is how much of the body is sent before the connection closes; None: all of it.
    """

    reply: Reply | None
    cut: int | None = None
    date_ns: int = 0  # what the Date header says


RESET = Spoiled(None)


class CallFaults:
    """Answers calls as long as there are faults that bite on calls."""

    def __init__(
        self,
        plan: FaultPlan,
        gateways: tuple[Gateway, Gateway],
        pasts: Sequence[Past],
        tokens: TokenDesk,
        dialect: Dialect,
        clock: Clock,
        catch_up: Callable[[], int],
    ) -> None:
        """`gateways` answer from the exchanges as they are, and from their pasts; `pasts` begin
        with the stocks'."""
        self._plan = plan
        self.gateway, self._late_gateway = gateways
        self._pasts = pasts
        self._tokens = tokens
        self._clock = clock
        self._catch_up = catch_up
        self._calls = calls(dialect)
        offered = self._calls.values()
        names = {call.path: (call.name, call.method) for call in offered}
        names |= {call.path: (call.name, call.method) for call in CALLS.values()}
        self._names = {path: call_names(*said, path) for path, said in names.items()}
        self._cursors: dict[str, list[str]] = {}  # by TR, of the pages after the first
        self._sleepers: set[asyncio.Task[None]] = set()
        self._closing = False
        self._raced: dict[int, int | None] = {}  # shares by order number, None: half of its rest

    @property
    def idle(self) -> bool:
        """Whether no fault can bite on a call."""
        return not self._plan.any(Place.BEFORE, Place.AFTER, Place.STANDING)

    async def answer(self, request: Request, now_ns: int) -> Spoiled:
        """Answer one call, faults and all. The exchange has been played up to `now_ns`."""
        path = "/" + "/".join(part for part in request.path.split("/") if part)
        call = self._calls.get(path)
        subject = self._subject(path, call, request)
        for bite in self._plan.on(Place.BEFORE, subject, now_ns):
            if bite.kind is Kind.REQUEST_LATE:
                if not await self._pause(bite):
                    return RESET
                now_ns = self._catch_up()
            elif (instead := self._before(bite, request, subject, now_ns)) is not None:
                return instead
        after = self._plan.on(Place.AFTER, subject, now_ns)
        reply = self._take(request, call, after, now_ns)
        cut: int | None = None
        for bite in after:
            match bite.kind:
                case Kind.REPLY_LATE | Kind.NOTICE_FIRST:
                    if not await self._pause(bite):
                        return RESET
                    now_ns = self._catch_up()
                case Kind.REPLY_LOST:
                    return RESET
                case Kind.BODY_CUT:
                    cut = len(reply.body) // 2
                case _:
                    reply = fault_replies.spoiled(reply, bite.fault, call, request)
        return self._skewed(Spoiled(reply, cut, now_ns), now_ns)

    def close(self) -> None:
        """Let nobody wait any longer: their connections are reset."""
        self._closing = True
        for sleeper in self._sleepers:
            sleeper.cancel()

    def _before(
        self, bite: Bite, request: Request, subject: Subject, now_ns: int
    ) -> Spoiled | None:
        """Return what is answered instead of taking the call, or None to take it."""
        token = request.header("authorization").partition(" ")[2].strip()
        match bite.kind:
            case Kind.REQUEST_LOST:
                return RESET
            case Kind.TOKEN_REVOKED:
                self._tokens.revoke(token)
            case Kind.TOKEN_EXPIRED:
                self._tokens.expire(token, now_ns)
            case Kind.THROTTLED:
                reply = fault_replies.throttled(bite.fault.code)
                return self._skewed(Spoiled(reply, None, now_ns), now_ns)
            case Kind.SERVER_ERROR | Kind.PAGE_FAILED:
                reply = fault_replies.error_reply(bite.fault, TOKENS in subject.calls)
                return self._skewed(Spoiled(reply, None, now_ns), now_ns)
        return None

    def _take(self, request: Request, call: Call | None, after: list[Bite], now_ns: int) -> Reply:
        """Have the desk answer; what goes to an exchange may arrive there late, or too late."""
        late_ns = sum(bite.late_ns for bite in after if bite.kind is Kind.EXCHANGE_LATE)
        for bite in after:
            if bite.kind is Kind.CHANGE_RACED:
                self._let_race(request, bite.fault.shares)
        for past in self._pasts:
            past.exchange.latency_ns += late_ns
        try:
            if not self._plan.any(Place.STANDING):
                return self.gateway.answer(request, now_ns)
            return self._take_late(request, call, now_ns)
        finally:
            for past in self._pasts:
                past.exchange.latency_ns -= late_ns

    def _take_late(self, request: Request, call: Call | None, now_ns: int) -> Reply:
        """Have the desk answer, from the past where its lists lag."""
        history = self._plan.standing(Kind.HISTORY_LATE, now_ns)
        balance = self._plan.standing(Kind.BALANCE_STALE, now_ns)
        for past in self._pasts:
            past.orders_late = history.fault.seconds if history else None
            past.balance_late_s = balance.seconds if balance else None
        lists = call is not None and call.name in LAGGING
        reply = (self._late_gateway if lists else self.gateway).answer(request, now_ns)
        for past in self._pasts:
            past.note(now_ns)
        return reply

    def _let_race(self, request: Request, shares: int | None) -> None:
        """Have shares of an order trade at the moment its cancel or modify arrives."""
        number = _fields(request.body).get("ORGN_ODNO", "").strip()
        if number.isdecimal():
            self._raced[int(number)] = shares
            for past in self._pasts:
                past.exchange.race_changes(partial(self._race, past))

    def _race(self, past: Past, row: Any) -> int:
        number = past.number_of(row)
        if number not in self._raced:
            return 0
        shares = self._raced.pop(number)
        remaining: int = row.remaining
        return remaining // 2 if shares is None else shares

    def _skewed(self, spoiled: Spoiled, now_ns: int) -> Spoiled:
        skew = self._plan.standing(Kind.CLOCK_SKEW, now_ns)
        if skew is None or spoiled.reply is None:
            return spoiled
        reply = fault_replies.skewed(spoiled.reply, skew.seconds)
        return Spoiled(reply, spoiled.cut, fault_replies.moved_ns(spoiled.date_ns, skew.seconds))

    def _subject(self, path: str, call: Call | None, request: Request) -> Subject:
        """Return what the call is about, by the words of a script."""
        names = self._names.get(path, frozenset({path}))
        tr_id = request.header("tr_id")
        if call is None:
            return Subject(calls=names, tr_id=tr_id)
        fields = request.query if request.method == "GET" else _fields(request.body)
        symbol = next((fields[key] for key in _SYMBOL_KEYS if fields.get(key)), "")
        said = (call.variants.get(tr_id, ""), fields.get("SLL_BUY_DVSN_CD", ""))
        side = next((_SIDES[word] for word in said if word in _SIDES), "")
        page = self._page(call, tr_id, request)
        return Subject(names, tr_id, symbol.strip(), side, page)

    def _page(self, call: Call, tr_id: str, request: Request) -> int:
        """Return which page is asked for: a cursor met again is a page asked for again."""
        if request.header("tr_cont").upper() != "N":
            self._cursors[tr_id] = []
            return 1
        cursor = request.query.get(f"CTX_AREA_NK{call.cursor}", "").strip()
        cursors = self._cursors.setdefault(tr_id, [])
        if cursor not in cursors:
            cursors.append(cursor)
        return cursors.index(cursor) + 2

    async def _pause(self, bite: Bite) -> bool:
        """Wait for as long as a fault says. Returns whether there is still somebody to answer."""
        return await self.sleep_until(self._clock.now_ns() + bite.late_ns)

    async def sleep_until(self, at_ns: int) -> bool:
        """Sleep, and return whether we are still open for business."""
        if self._closing:
            return False
        sleeper = asyncio.create_task(self._clock.sleep_until(at_ns))
        self._sleepers.add(sleeper)
        try:
            await asyncio.wait({sleeper})
        finally:
            sleeper.cancel()
            self._sleepers.discard(sleeper)
        return not self._closing


def _fields(body: bytes) -> Mapping[str, str]:
    try:
        content = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    if not isinstance(content, dict):
        return {}
    return {key: value for key, value in content.items() if isinstance(value, str)}
