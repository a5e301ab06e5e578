"""The operator of a run: what he does at its times, and how he clears up in the end.

An act is sent once. One that got no answer may have been done; its reason, which no other act has,
tells in the journal.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from fleet.chaos.scene import Scene, token_of
from fleet.chaos.story import Deed, Duty
from kis_core.market import ticks
from oms.core.book import Book
from oms_client.operating import DriftView

ACTOR = "chaos"
BP = 10_000
_WITHIN_S = 10.0
_SWITCHES: Mapping[Duty, tuple[str, dict[str, Any]]] = {
    "halt": ("halts", {"scope": "portfolio"}),
    "resume": ("halts/resume", {"scope": "portfolio"}),
    "safe mode": ("risk/safe-mode", {"enabled": True}),
    "safe mode off": ("risk/safe-mode", {"enabled": False}),
    "kill": ("admin/kill-switch", {"enabled": True}),
    "kill off": ("admin/kill-switch", {"enabled": False}),
    "flatten": ("admin/flatten-all", {}),
    "resume entries": ("admin/resume-entries", {}),
    "reset peak": ("admin/reset-peak", {}),
}


@dataclass
class Done:
    """What the operator sent, by reason, and what he was told."""

    sent: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    duties: Counter[str] = field(default_factory=Counter)  # that were answered


async def do_deeds(scene: Scene, done: Done) -> None:
    """Do everything the story has the operator do, at its time."""
    async with asyncio.TaskGroup() as acting:
        for deed in scene.story.deeds:
            acting.create_task(_do(scene, deed, done))


async def _do(scene: Scene, deed: Deed, done: Done) -> None:
    await scene.clock.sleep(deed.at_s)
    act = _act(scene, deed)
    if act is not None:
        await _send(scene, deed.duty, *act, done)


def _act(scene: Scene, deed: Deed) -> tuple[str, dict[str, Any]] | None:
    """Return the path and body of a deed; None where there is nothing to do it to."""
    if deed.duty in _SWITCHES:
        return _SWITCHES[deed.duty]
    book, pick = scene.book(), deed.pick
    symbol = scene.symbols[pick % len(scene.symbols)]
    if deed.duty in ("halt symbol", "resume symbol"):
        path = "halts" if deed.duty == "halt symbol" else "halts/resume"
        return path, {"scope": "symbol", "subject": symbol}
    if book is None or book.limits is None:
        return None
    budgets = sorted(book.limits.budgets)
    match deed.duty:
        case "pause":
            return f"admin/pause-strategy/{budgets[pick % len(budgets)]}", {}
        case "unpause":
            return f"admin/resume-strategy/{budgets[pick % len(budgets)]}", {}
        case "cancel":
            working = sorted(book.open_orders)
            return (f"orders/{working[pick % len(working)]}/cancel", {}) if working else None
        case "amend stop":
            held = sorted((a.strategy_id, a.symbol) for a in book.allocations() if a.shares)
            if not held:
                return None
            strategy_id, symbol = held[pick % len(held)]
            stop = _stop_krw(scene, symbol, deed.bp)
            return f"allocations/{strategy_id}/{symbol}/stop", {"stop_krw": stop}
        case "acknowledge" | "reassign":
            drifts = sorted(s for s, listing in book.listings.items() if listing.drift)
            if not drifts:
                return None
            symbol = drifts[pick % len(drifts)]
            reassigned = _reassigned(scene, book, symbol, pick)
            if deed.duty == "acknowledge" or reassigned is None:
                return f"drift/{symbol}/acknowledge", {}
            return f"drift/{symbol}/reassign", reassigned
    return None


def _reassigned(scene: Scene, book: Book, symbol: str, pick: int) -> dict[str, Any] | None:
    """Return to whom the shares nobody owns may go, or from whom the missing ones are taken."""
    drift = book.listing(symbol).drift
    if drift < 0:
        holders = sorted(
            (a.strategy_id, a.sellable)
            for a in book.allocations()
            if a.symbol == symbol and a.sellable
        )
        if not holders:
            return None
        strategy_id, most = holders[pick % len(holders)]
        return {"strategy_id": strategy_id, "shares": min(most, -drift)}
    assert book.limits is not None
    budgets = sorted(book.limits.budgets)
    return {
        "strategy_id": budgets[pick % len(budgets)],
        "shares": drift,
        "price_krw": scene.last_krw(symbol),
        "stop_krw": _stop_krw(scene, symbol, 200),
    }


def _stop_krw(scene: Scene, symbol: str, below_bp: int) -> int:
    return ticks.round_down(scene.last_krw(symbol) * (BP - below_bp) // BP)


async def clear_up(scene: Scene, done: Done) -> None:
    """Take down whatever stops entries: the switches, the halts, the flatten flag."""
    for duty in ("kill off", "resume"):
        await _send(scene, duty, *_SWITCHES[duty], done)
    book = scene.book()
    assert book is not None
    for flag, subject in sorted(book.flags, key=str):
        if flag == "halted":
            body = {"scope": "symbol", "subject": subject}
            await _send(scene, "resume symbol", "halts/resume", body, done)
        elif flag == "paused":
            await _send(scene, "unpause", f"admin/resume-strategy/{subject}", {}, done)


async def resolve_drift(scene: Scene, done: Done) -> None:
    """Look at the drift that the OMS shows, and resolve each line of it by one act."""
    text = await _ask(scene, "GET", "drift", None)
    if text is None:
        return
    for line in DriftView.model_validate_json(text).drift:
        if line.acknowledged:
            continue
        pick = scene.story.seed + line.drift
        duty: Duty = "acknowledge" if line.drift > 0 and pick % 3 == 0 else "reassign"
        book = scene.book()
        assert book is not None
        body = None if duty == "acknowledge" else _reassigned(scene, book, line.symbol, pick)
        duty = "acknowledge" if body is None else duty
        await _send(scene, duty, f"drift/{line.symbol}/{duty}", body or {}, done)


async def cancel_all(scene: Scene, symbols: set[str], done: Done) -> None:
    """Ask for the cancel of every working order of these symbols."""
    book = scene.book()
    assert book is not None
    for order in list(book.open_orders.values()):
        if order.symbol in symbols:
            await _send(scene, "cancel", f"orders/{order.order_id}/cancel", {}, done)


async def _send(scene: Scene, duty: Duty, path: str, body: dict[str, Any], done: Done) -> None:
    reason = f"act {len(done.sent)}: {duty}"
    done.sent.append(reason)
    signed = {"reason": reason, "actor": ACTOR, **body}
    answer = await _ask(scene, "POST", path, signed)
    if answer is None:
        done.refused.append(reason)
    else:
        done.answered.append(reason)
        done.duties[duty] += 1


async def _ask(scene: Scene, method: str, path: str, body: Any) -> str | None:
    """Ask once; None where no answer came, or one that says no."""
    headers = {"Authorization": f"Bearer {token_of('operator')}"}
    async with httpx.AsyncClient(
        base_url=scene.url, headers=headers, transport=scene.door, timeout=_WITHIN_S,
        trust_env=False,
    ) as http:  # fmt: skip
        try:
            reply = await http.request(method, f"/api/v1/{path}", json=body)
        except httpx.TransportError:
            return None
    return reply.text if reply.is_success else None
