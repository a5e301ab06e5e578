"""Toy strategies: they ask for what the story says, and ask again when nobody answers."""

import asyncio
import contextlib
import random
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from fleet.chaos.scene import Scene, token_of
from fleet.chaos.story import Act, Amend
from kis_core.market import ticks
from oms.core.order import REJECTED
from oms_client import contract as c
from oms_client import execution as e
from oms_client.client import OmsClient, OmsError, OmsRefused, Unanswered
from oms_client.operating import AmendOrder
from oms_client.operator import OmsOperator

BP = 10_000
_WORDS = "chaos"


@dataclass
class Asked:
    """What strategies asked, and the first answer they got to it."""

    intents: dict[tuple[str, str], c.Intent] = field(default_factory=dict)
    answers: dict[tuple[str, str], c.IntentResult] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)  # answers that were not the same again
    kinds: Counter[str] = field(default_factory=Counter)
    hows: Counter[str] = field(default_factory=Counter)


async def act_out(scene: Scene, asked: Asked) -> None:
    """Ask for everything in the story at its time."""
    async with asyncio.TaskGroup() as acting:
        for act in scene.story.acts:
            acting.create_task(_act(scene, act, asked))
        for amend in scene.story.amends:
            acting.create_task(_amend(scene, amend))


async def _act(scene: Scene, act: Act, asked: Asked) -> None:
    await scene.clock.sleep(act.at_s)
    intent = _intent(scene, act)
    await _insist(scene, act, act.strategy_id, intent, asked)
    if act.again_s is not None and isinstance(intent, c.Enter):
        await scene.clock.sleep(act.again_s)
        again = intent.model_copy(update={"intent_id": f"{act.intent_id}-again"})
        if _came_to_nothing(scene, (act.strategy_id, act.intent_id)):
            await _insist(scene, act, act.again_id, again, asked)


async def _amend(scene: Scene, amend: Amend) -> None:
    """Move an order that works, once; that it was refused or went unanswered is all the same."""
    await scene.clock.sleep(amend.at_s)
    book = scene.book()
    if book is None:
        return
    working = [order for order in book.open_orders.values() if order.limit_krw is not None]
    if not working:
        return
    order = working[amend.order % len(working)]
    move = ticks.ticks_above if amend.ticks > 0 else ticks.ticks_below
    limit_krw = move(order.limit_krw or 0, abs(amend.ticks))
    body = AmendOrder(reason=_WORDS, limit_krw=limit_krw)
    owner = order.strategy_id
    async with OmsOperator.connect(scene.url, token_of(owner), owner, scene.door) as line:
        with contextlib.suppress(OmsError):
            await line.amend(order.order_id, body)


def _came_to_nothing(scene: Scene, key: tuple[str, str]) -> bool:
    """Whether an entry was not taken up, or its order was refused or never seen again."""
    if (book := scene.book()) is None:
        return False
    decided = book.results.get(key)
    orders = [book.orders[each] for each in decided.order_ids] if decided else []
    return all(order.state is REJECTED for order in orders)


async def _insist(scene: Scene, act: Act, strategy_id: str, intent: c.Intent, asked: Asked) -> None:
    """Ask until there is an answer, or the strategy has had enough."""
    key = (strategy_id, intent.intent_id)
    asked.intents[key] = intent
    asked.kinds[act.kind] += 1
    if act.how is not None:
        asked.hows[act.how] += 1
    dice = random.Random(f"act {scene.story.seed} {intent.intent_id}")
    for _ in range(act.tries):
        await ask(scene, strategy_id, intent, asked)
        if key in asked.answers and dice.random() < 0.8:
            return  # some ask again what was answered
        await scene.clock.sleep(dice.uniform(0.2, 4.0))


async def ask(scene: Scene, strategy_id: str, intent: c.Intent, asked: Asked) -> None:
    """Submit an intent, and keep its answer; the same one must come every time."""
    line = (scene.url, token_of(strategy_id), strategy_id, scene.door)
    async with OmsClient.connect(*line) as client:
        try:
            answer = await client.submit(intent)
        except OmsRefused as refused:
            asked.changed.append(f"{strategy_id} {intent.intent_id} turned away: {refused}")
            return
    if isinstance(answer, Unanswered):
        return
    answer = answer.model_copy(update={"repeated": False})
    before = asked.answers.setdefault((strategy_id, intent.intent_id), answer)
    if before != answer:
        asked.changed.append(f"{strategy_id} {intent.intent_id}: {before} and then {answer}")


def _symbol(scene: Scene, act: Act) -> str | None:
    """Return the symbol that the strategy does this to: one it has to do with, if it must."""
    book = scene.book()
    if act.kind == "enter" or book is None:
        return scene.symbols[act.symbol]
    own = [
        a.symbol
        for a in book.allocations()
        if a.strategy_id == act.strategy_id and (a.shares or a.open_orders)
    ]
    return sorted(own)[act.symbol % len(own)] if own else None


def _way(act: Act, last_krw: int) -> dict[str, Any]:
    """Return how an intent reaches the market, as it names it: some of it will be refused."""
    up = ticks.ticks_above(last_krw, 2)
    down = ticks.ticks_below(last_krw, 2)
    trigger = down if act.kind in ("reduce", "exit") else up
    sliced: dict[str, Any] = {"over_s": 60, "slices": 6, "unfilled": "CARRY"}
    match act.how:
        case None:
            return {}
        case "sor" | "nxt":
            return {"venue": act.how.upper()}
        case "ioc" | "fok":
            return {"execution": e.LimitOrder(time_in_force=act.how.upper())}  # type: ignore[arg-type]
        case "marketable":
            return {"execution": e.Marketable(cap_bp=30, cap_ticks=5)}
        case "best":
            return {"execution": e.Best(time_in_force="IOC")}
        case "top":
            return {"execution": e.Top()}
        case "mid":
            return {"execution": e.Mid(), "venue": "NXT"}
        case "chase" | "cross":
            then: Literal["GIVE_UP", "CROSS"] = "CROSS" if act.how == "cross" else "GIVE_UP"
            return {"execution": e.Chase(every_s=5, steps=4, step_ticks=1, then=then)}
        case "twap":
            return {"execution": e.Twap(**sliced)}
        case "vwap":
            return {"execution": e.Vwap(**sliced | {"unfilled": "DROP"})}
        case "stop limit":
            return {"execution": e.StopLimit(trigger_krw=trigger)}
        case "closing":
            return {"execution": e.Auction(session="CLOSING")}


def _intent(scene: Scene, act: Act) -> c.Intent:
    symbol = _symbol(scene, act)
    if symbol is None:
        return _intent(scene, replace(act, kind="enter"))
    last_krw = scene.last_krw(symbol)
    limit_krw = max(1, ticks.round_down(last_krw * (BP + act.limit_bp) // BP))
    stop_krw = ticks.round_down(min(limit_krw, last_krw) * (BP - act.stop_bp) // BP)
    shares = max(1, act.krw // last_krw)
    book = scene.book()
    held = book.allocation(act.strategy_id, symbol).shares if book else 0
    part = max(1, int(held * act.part))
    name = act.intent_id
    way = _way(act, last_krw)
    match act.kind:
        case "enter":
            urgency = c.Urgency.HIGH if act.limit_bp > 50 else c.Urgency.NORMAL
            return c.Enter(
                intent_id=name,
                symbol=symbol,
                shares=shares,
                limit_krw=limit_krw,
                stop_krw=stop_krw,
                urgency=urgency,
                reason=_WORDS,
                **way,
            )
        case "reduce":
            limit = limit_krw if act.limit_bp < 0 else None
            return c.Reduce(
                intent_id=name, symbol=symbol, shares=part, limit_krw=limit, reason=_WORDS, **way
            )
        case "exit":
            limit = limit_krw if act.limit_bp > 50 else None
            return c.Exit(intent_id=name, symbol=symbol, limit_krw=limit, reason=_WORDS, **way)
        case "flatten":
            return c.Flatten(intent_id=name, symbol=symbol if act.part < 1 else None, reason=_WORDS)
        case "target":
            return c.SetTarget(
                intent_id=name,
                symbol=symbol,
                shares=int(shares * act.part) if act.limit_bp else 0,
                limit_krw=limit_krw,
                stop_krw=stop_krw,
                reason=_WORDS,
                **way,
            )
        case "cancel":
            return c.CancelOrders(intent_id=name, symbol=symbol, reason=_WORDS)
        case "stop":
            return c.ModifyRisk(intent_id=name, symbol=symbol, stop_krw=stop_krw, reason=_WORDS)
