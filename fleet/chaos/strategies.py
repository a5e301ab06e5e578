"""Toy strategies: they ask for what the story says, and ask again when nobody answers."""

import asyncio
import contextlib
import random
from dataclasses import dataclass, field, replace

from fleet.chaos.house import House
from fleet.chaos.story import Act, Amend
from kis_core.market import ticks
from oms.core.order import REJECTED
from oms_client import contract as c
from oms_client.client import OmsClient, OmsError, OmsRefused, Unanswered
from oms_client.operating import AmendOrder
from oms_client.operator import OmsOperator

BP = 10_000
URL = "http://oms"
_WORDS = "chaos"


@dataclass
class Asked:
    """What strategies asked, and the first answer they got to it."""

    intents: dict[tuple[str, str], c.Intent] = field(default_factory=dict)
    answers: dict[tuple[str, str], c.IntentResult] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)  # answers that were not the same again


async def act_out(house: House, asked: Asked) -> None:
    """Ask for everything in the story at its time."""
    async with asyncio.TaskGroup() as acting:
        for act in house.story.acts:
            acting.create_task(_act(house, act, asked))
        for amend in house.story.amends:
            acting.create_task(_amend(house, amend))


async def _act(house: House, act: Act, asked: Asked) -> None:
    await house.clock.sleep(act.at_s)
    intent = _intent(house, act)
    await _insist(house, act, act.strategy_id, intent, asked)
    if act.again_s is not None and isinstance(intent, c.Enter):
        await house.clock.sleep(act.again_s)
        again = intent.model_copy(update={"intent_id": f"{act.intent_id}-again"})
        if _came_to_nothing(house, (act.strategy_id, act.intent_id)):
            await _insist(house, act, act.again_id, again, asked)


async def _amend(house: House, amend: Amend) -> None:
    """Move an order that works, once; that it was refused or went unanswered is all the same."""
    await house.clock.sleep(amend.at_s)
    desk = house.door.desk
    if desk is None:
        return
    working = [o for o in desk.inbox.book.open_orders.values() if o.limit_krw is not None]
    if not working:
        return
    order = working[amend.order % len(working)]
    move = ticks.ticks_above if amend.ticks > 0 else ticks.ticks_below
    limit_krw = move(order.limit_krw or 0, abs(amend.ticks))
    body = AmendOrder(reason=_WORDS, limit_krw=limit_krw)
    owner = order.strategy_id
    async with OmsOperator.connect(URL, f"token of {owner}", owner, house.door) as line:
        with contextlib.suppress(OmsError):
            await line.amend(order.order_id, body)


def _came_to_nothing(house: House, key: tuple[str, str]) -> bool:
    """Whether an entry was not taken up, or its order was refused or never seen again."""
    if house.door.desk is None:
        return False
    book = house.door.desk.inbox.book
    decided = book.results.get(key)
    orders = [book.orders[each] for each in decided.order_ids] if decided else []
    return all(order.state is REJECTED for order in orders)


async def _insist(house: House, act: Act, strategy_id: str, intent: c.Intent, asked: Asked) -> None:
    """Ask until there is an answer, or the strategy has had enough."""
    key = (strategy_id, intent.intent_id)
    asked.intents[key] = intent
    dice = random.Random(f"act {house.story.seed} {intent.intent_id}")
    for _ in range(act.tries):
        await ask(house, strategy_id, intent, asked)
        if key in asked.answers and dice.random() < 0.8:
            return  # some ask again what was answered
        await house.clock.sleep(dice.uniform(0.2, 4.0))


async def ask(house: House, strategy_id: str, intent: c.Intent, asked: Asked) -> None:
    """Submit an intent, and keep its answer; the same one must come every time."""
    token = f"token of {strategy_id}"
    async with OmsClient.connect(URL, token, strategy_id, house.door) as client:
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


def _symbol(house: House, act: Act) -> str | None:
    """Return the symbol that the strategy does this to: one it has to do with, if it must."""
    if act.kind == "enter" or house.door.desk is None:
        return house.symbols[act.symbol]
    book = house.door.desk.inbox.book
    own = [
        a.symbol
        for a in book.allocations()
        if a.strategy_id == act.strategy_id and (a.shares or a.open_orders)
    ]
    return sorted(own)[act.symbol % len(own)] if own else None


def _intent(house: House, act: Act) -> c.Intent:
    symbol = _symbol(house, act)
    if symbol is None:
        return _intent(house, replace(act, kind="enter"))
    last_krw = house.exchange.last_krw(symbol)
    limit_krw = max(1, ticks.round_down(last_krw * (BP + act.limit_bp) // BP))
    stop_krw = ticks.round_down(min(limit_krw, last_krw) * (BP - act.stop_bp) // BP)
    shares = max(1, act.krw // last_krw)
    desk = house.door.desk
    held = desk.inbox.book.allocation(act.strategy_id, symbol).shares if desk else 0
    part = max(1, int(held * act.part))
    name = act.intent_id
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
            )
        case "reduce":
            limit = limit_krw if act.limit_bp < 0 else None
            return c.Reduce(
                intent_id=name, symbol=symbol, shares=part, limit_krw=limit, reason=_WORDS
            )
        case "exit":
            limit = limit_krw if act.limit_bp > 50 else None
            return c.Exit(intent_id=name, symbol=symbol, limit_krw=limit, reason=_WORDS)
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
            )
        case "cancel":
            return c.CancelOrders(intent_id=name, symbol=symbol, reason=_WORDS)
        case "stop":
            return c.ModifyRisk(intent_id=name, symbol=symbol, stop_krw=stop_krw, reason=_WORDS)
