"""Intents on their way to the OMS. They never hold up the queue: answers come back as events.

One lane per symbol keeps an order of intents that belong together (cancel, then exit), while
symbols do not wait for one another. An intent that nobody answers is asked again under its own id
until somebody does: the OMS decides it once. An intent that is over by its own `expires_at` is
asked once more all the same, since what became of it must be known.
"""

import asyncio
from collections import deque
from typing import Protocol

from kis_core.clock import Clock
from oms_client.client import OmsRefused, Unanswered
from oms_client.contract import Intent, IntentResult
from strategy_runtime.contract import IntentAnswered, IntentUnanswered
from strategy_runtime.inbox import Inbox

LANE_MAX = 64  # intents waiting in one symbol's lane: more is a strategy gone wild
PAUSE_FIRST_S = 0.2  # world seconds: they guard the line to the OMS
PAUSE_MAX_S = 5.0


class Submitter(Protocol):
    """The part of OmsClient that submits."""

    async def submit(self, intent: Intent) -> IntentResult | Unanswered:
        """Return the decision, or that there was none."""
        ...


class Submissions:
    """Sends intents, each symbol's in order, and puts the answers into the inbox."""

    def __init__(self, oms: Submitter, inbox: Inbox, clock: Clock) -> None:
        self._oms = oms
        self._inbox = inbox
        self._clock = clock
        self._tasks: asyncio.TaskGroup | None = None
        self._lanes: dict[str | None, deque[Intent]] = {}

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Say in which group the lanes run."""
        self._tasks = tasks

    def send(self, intent: Intent) -> None:
        """Put an intent into its symbol's lane and return at once."""
        lane = self._lanes.get(intent.symbol)
        assert self._tasks is not None, "not started"
        if lane is None:
            lane = self._lanes[intent.symbol] = deque()
            self._tasks.create_task(self._drive(intent.symbol, lane))
        assert len(lane) < LANE_MAX, f"{intent.symbol}: {LANE_MAX} intents wait for an answer"
        lane.append(intent)

    async def _drive(self, symbol: str | None, lane: deque[Intent]) -> None:
        while lane:
            await self._settle(lane[0])
            lane.popleft()
        del self._lanes[symbol]

    async def _settle(self, intent: Intent) -> None:
        pause_s = PAUSE_FIRST_S
        told = False
        while True:
            try:
                answer = await self._oms.submit(intent)
            except OmsRefused as refusal:
                self._tell(intent, str(refusal), final=True)
                return
            if isinstance(answer, IntentResult):
                self._inbox.push(
                    IntentAnswered(at=self._clock.now(), symbol=intent.symbol, result=answer)
                )
                return
            if not told:
                self._tell(intent, answer.why, final=False)
                told = True
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, PAUSE_MAX_S)

    def _tell(self, intent: Intent, why: str, *, final: bool) -> None:
        self._inbox.push(
            IntentUnanswered(
                at=self._clock.now(),
                intent_id=intent.intent_id,
                symbol=intent.symbol,
                why=why[:300],
                final=final,
            )
        )
