"""Who answers which call, and that what nobody answers is written down."""

import re
from pathlib import Path

from broker_sim.exchange.account import AccountRules
from broker_sim.exchange.derivatives.exchange import derivatives_of
from broker_sim.exchange.exchange import Exchange
from broker_sim.kis.answers import answers
from broker_sim.kis.desk import Desk
from broker_sim.kis.screens import feeds_of
from broker_sim.kis.tapes import Tapes
from broker_sim.kis.yearly import Yearly
from kis_core.wire.tr_table import CALLS
from tests.broker_sim.indexed_day import IndexedDay
from tests.broker_sim.kis.conftest import KEYS

PAGE = Path(__file__).resolve().parents[3] / "docs" / "simulator.md"


def test_what_is_answered_and_empty_stands_on_the_page() -> None:
    exchange = Exchange(IndexedDay(), AccountRules(1_000_000, 140), 1)
    derivatives = derivatives_of(exchange.day, exchange.rules, 1, 1_000_000, None)
    desk = Desk(exchange, KEYS, "real", derivatives)
    known = answers(desk, feeds_of(exchange, Tapes(exchange.day), Yearly(exchange.day)))
    empty = {name for name, call in CALLS.items() if call.tr_real and name not in known}
    section = PAGE.read_text("utf-8").partition("### Answered, and empty")[2].partition("##")[0]
    told = set(re.findall(r"`(\w+)`", section))
    assert {name.split(".")[-1] for name in empty if not name.startswith("elw.")} == told - {"elw"}
    assert known.keys() <= CALLS.keys()
