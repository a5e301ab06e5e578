"""KIS as the panel shows it, from a collector that has heard a little."""

from collections.abc import Callable

import pytest

from collector.hearing import LineUp, Text, Wanted
from collector.panel.kis import KisSource
from collector.panel.parts import Group, Silent
from collector.panel.works import backfill
from collector.slots import decide
from kis_core.clock import SECOND_NS
from kis_core.feed import Priority, Want, Wants
from kis_core.market.events import Trade
from tests.collector.panel.conftest import Panel

pytestmark = pytest.mark.anyio
SYMBOLS = ("000660", "005930", "035720")
NOTICES = ("H0STCNI0", "me")


def trade(at_ns: int, symbol: str) -> Trade:
    flags = (1, None, None, False, False, None)
    return Trade(symbol, "KRX", at_ns, at_ns, 70_000, 1, 1, 70_000, *flags)


@pytest.fixture
def source(panel: Panel, ack_text: Callable[..., str]) -> KisSource:
    """Three symbols are wanted, two acknowledged, one heard."""
    collector, now_ns = panel.collector, panel.clock.now_ns()
    reader = panel.relay.join("kmp", False)
    panel.relay.want(reader, Wants(tuple(Want(s, Priority.WATCH) for s in SYMBOLS)))
    collector.decision = decide(panel.relay.wants(), (), NOTICES)
    keys = collector.decision.keys
    for mark in (LineUp(now_ns), Wanted(now_ns, keys)):
        collector.hearing.take(mark)
    for key in keys[:2]:
        collector.hearing.take(Text(now_ns, ack_text(key)))
    panel.relay.trade(trade(now_ns, "000660"))
    return KisSource(collector, {}, panel.clock)


def test_requested_acknowledged_and_heard_are_three_figures(source: KisSource) -> None:
    assert source.shown().groups == (Group("H0STCNT0", "H0STCNT0", 3, 2, 1, "KRX"),)


async def test_after_a_minute_of_trading_what_says_nothing_is_silent(
    source: KisSource, panel: Panel
) -> None:
    heard_ns = panel.clock.now_ns()
    assert source.shown().silent == (Silent("005930", "KRX", "H0STCNT0", None),)
    await panel.clock.move_to(heard_ns + 61 * SECOND_NS)
    assert source.shown().silent == (
        Silent("000660", "KRX", "H0STCNT0", heard_ns),
        Silent("005930", "KRX", "H0STCNT0", None),
    )


async def test_nobody_is_silent_while_the_market_is_closed(source: KisSource, panel: Panel) -> None:
    await panel.clock.move_to(panel.clock.now_ns() + 8 * 3600 * SECOND_NS)
    assert source.shown().silent == ()


async def test_a_day_without_a_session_has_nothing_to_fill(panel: Panel) -> None:
    panel.collector.day.ledgers = ()
    answer = await backfill(panel.collector)
    assert (answer.done, answer.said.en) == (False, "No session today: no minute to fill.")
