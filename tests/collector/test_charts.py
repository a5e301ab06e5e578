"""Today's minutes over REST: no more pages than needed, never the minute that is being made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

import pytest

from collector.charts import Charts
from collector.minute import Minutes
from kis_core.clock import TapeClock, kst
from kis_core.environment import PAPER, REAL, Endpoints
from kis_core.errors import NotOffered
from kis_core.market.instants import MINUTE_NS, instant_ns
from kis_core.wire.request import Request

pytestmark = pytest.mark.anyio
DAY = date(2025, 6, 2)
OPEN, CLOSE = instant_ns(DAY, time(9)), instant_ns(DAY, time(15, 36))


@dataclass
class ScriptedRest:
    """Minute charts of one stock that trades every minute from 09:00 on, as KIS pages them."""

    clock: TapeClock
    endpoints: Endpoints = REAL
    asked: list[tuple[str, str]] = field(default_factory=list)

    async def ask(self, request: Request) -> Mapping[str, Any]:
        until = request.fields["FID_INPUT_HOUR_1"]
        self.asked.append((request.call.name.rpartition(".")[2], until))
        past = "dailychart" in request.call.name
        if past and self.endpoints is PAPER:
            raise NotOffered("EGW02006", "not on paper")
        newest_ns = self.clock.now_ns() // MINUTE_NS * MINUTE_NS
        rows = [
            _row(start_ns)
            for start_ns in range(OPEN, newest_ns + 1, MINUTE_NS)
            if f"{kst(start_ns):%H%M%S}" <= until
        ]
        return {"output1": {}, "output2": rows[::-1][: 120 if past else 30]}


def _row(start_ns: int) -> dict[str, str]:
    minute = (start_ns - OPEN) // MINUTE_NS
    return {
        "stck_bsop_date": f"{DAY:%Y%m%d}",
        "stck_cntg_hour": f"{kst(start_ns):%H%M%S}",
        "stck_prpr": "100",
        "stck_oprc": "100",
        "stck_hgpr": "100",
        "stck_lwpr": "100",
        "cntg_vol": "10",
        "acml_tr_pbmn": str(1000 * (minute + 1)),
    }


def minutes(found: Minutes) -> list[int]:
    return [(bar.start_ns - OPEN) // MINUTE_NS for bar in found.bars]


@pytest.mark.parametrize(
    ("now", "since", "pages"),
    [
        (time(9, 26, 10), 0, 1),
        (time(9, 30, 0), 0, 1),
        (time(10, 15, 40), 50, 1),
        (time(10, 15, 40), 40, 2),
        (time(9, 0, 30), 0, 0),
    ],
    ids=["a sweep", "a page just long enough", "the tail", "a longer tail", "nothing is over yet"],
)
async def test_a_sweep_asks_only_the_pages_it_needs(now: time, since: int, pages: int) -> None:
    rest = ScriptedRest(TapeClock(instant_ns(DAY, now)))
    charts = Charts([rest])  # type: ignore[list-item]
    found = await charts.minutes("005930", OPEN + since * MINUTE_NS, CLOSE)
    over = (rest.clock.now_ns() - OPEN) // MINUTE_NS
    assert minutes(found) == list(range(since, over))
    assert len(rest.asked) == pages


async def test_a_whole_day_comes_from_the_wide_chart() -> None:
    rest = ScriptedRest(TapeClock(instant_ns(DAY, time(15, 36))))
    charts = Charts([rest])  # type: ignore[list-item]
    found = await charts.minutes("005930", OPEN, CLOSE)
    assert minutes(found) == list(range(396))
    assert {name for name, _ in rest.asked} == {"inquire_time_dailychartprice"}
    assert len(rest.asked) <= 5


async def test_where_the_wide_chart_is_not_offered_it_is_asked_for_once() -> None:
    rest = ScriptedRest(TapeClock(instant_ns(DAY, time(12))), PAPER)
    charts = Charts([rest])  # type: ignore[list-item]
    for _ in range(2):
        assert minutes(await charts.minutes("005930", OPEN, CLOSE)) == list(range(180))
    assert sum(name == "inquire_time_dailychartprice" for name, _ in rest.asked) <= 1
