"""What the OMS knows of a symbol when an entry comes: price, volume, and how it is marked."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from kis_core.wire.quotes.replies import PriceQuote
from oms.quotes import Standing
from oms.running import running
from tests.oms.stories import SAMSUNG, FakeAsked, House, trade_of
from tests.oms.waiting import until

pytestmark = pytest.mark.anyio


class Marked(FakeAsked):
    """Says of every symbol that it is at risk, in a VI, and traded 5,000 shares today."""

    async def price(self, symbol: str, venue: str = "KRX") -> PriceQuote:
        told = await super().price(symbol, venue)
        changes = {"warning_code": "03", "cum_volume": 5_000, "vi_code": "Y"}
        return msgspec.structs.replace(told, **changes)


@pytest.mark.parametrize(
    ("fields", "states"),
    [
        ({}, ()),
        ({"administrative": True, "liquidation": True}, ("administrative", "liquidation")),
        ({"overheated": True, "warning_code": "02"}, ("overheated", "warning")),
        ({"warning_code": "07"}, ("warning 07",)),
    ],
)
async def test_the_exchanges_marks_have_names(
    house: House, fields: dict[str, Any], states: tuple[str, ...]
) -> None:
    told = msgspec.structs.replace(await house.asked.price(SAMSUNG), **fields)
    assert Standing("2025-11-20", told).states == states


async def test_a_quote_says_volume_and_marks_whether_asked_for_or_heard(house: House) -> None:
    asked = Marked(house.clock.now_ns)
    async with running(replace(house.parts(), asked=asked)) as desk:
        await until(lambda: desk.health.serving)
        quote = await desk.quotes.quote(SAMSUNG)
        assert quote is not None
        assert (quote.volume, quote.states, quote.in_auction) == (5_000, ("risk",), True)
        now_ns = house.clock.now_ns()
        house.line.bring(trade_of(SAMSUNG, 70_100, now_ns, cum_volume=5_001))
        await until(lambda: desk.quotes.last(SAMSUNG))
        heard = await desk.quotes.quote(SAMSUNG)
        assert heard is not None
        assert (heard.price_krw, heard.volume, heard.states) == (70_100, 5_001, ("risk",))
        assert not heard.in_auction
