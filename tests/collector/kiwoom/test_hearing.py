"""What the lines say: gaps, candles by venue and session, and one bad element that costs itself."""

import json
from collections.abc import Callable
from datetime import date, time
from typing import Any

import pytest

from collector.candles import MINUTE_NS, Doubted, Settled
from collector.hearing import Quarantined
from collector.sources.kiwoom.events import Depth, Print
from collector.sources.kiwoom.hearing import (
    Answered,
    Asked,
    DayBegun,
    Hearing,
    LineDown,
    LineUp,
    Planned,
    Said,
    Ticked,
    Unheard,
)
from collector.sources.kiwoom.registry import Silent
from kis_core.clock import SECOND_NS
from kis_core.market.calendar import TradingCalendar
from kis_core.market.events import Bar, Gap
from kis_core.market.instants import instant_ns
from kis_core.market.sessions import bar_session

DAY = date(2026, 9, 14)
Make = Callable[..., str]
PLAN = (("1000", "0B", ("005930", "000660")), ("1001", "0B", ("005930_NX",)))
SYMBOLS = ("005930", "000660")


def at(hour: int, minute: int = 0, second: int = 0) -> int:
    return instant_ns(DAY, time(hour, minute, second))


class Line:
    """A hearing with one line, told step by step."""

    def __init__(self, calendar: TradingCalendar) -> None:
        self.hearing = Hearing(calendar, silent_s=180, sibling_min=5)
        self.said: list[Said] = []

    def begin(self, at_ns: int) -> None:
        self.take(DayBegun(at_ns, DAY.isoformat(), SYMBOLS, SYMBOLS))
        self.take(Planned(at_ns, "kiwoom-1", PLAN))

    def up(self, at_ns: int, refused: dict[str, str] | None = None) -> None:
        self.take(LineUp(at_ns, "kiwoom-1"))
        for screen, _, _ in PLAN:
            self.take(Asked(at_ns, "kiwoom-1", screen))
            why = (refused or {}).get(screen)
            self.take(Answered(at_ns, "kiwoom-1", screen, why))

    def take(self, mark: Any) -> list[Said]:
        said = self.hearing.take(mark)
        self.said += said
        return said

    def text(self, at_ns: int, text: str) -> list[Said]:
        said = self.hearing.text(at_ns, text, "kiwoom-1")
        self.said += said
        return said

    def of[S](self, kind: type[S]) -> list[S]:
        return [each for each in self.said if isinstance(each, kind)]

    def bars(self) -> list[Bar]:
        return [bar for minute in self.of(Settled) for bar in minute.bars]


@pytest.fixture
def line(calendar: TradingCalendar) -> Line:
    return Line(calendar)


def traded(
    line: Line, trade: Make, item: str, hour: int, minute: int, second: int, cum: int, **more: str
) -> list[Said]:
    at_ns = at(hour, minute, second)
    return line.text(at_ns, trade(item, f"{hour:02}{minute:02}{second:02}", cum, **more))


# -- gaps ------------------------------------------------------------


def test_a_gap_goes_from_the_last_text_until_everything_is_registered_again(
    line: Line, trade: Make
) -> None:
    line.begin(at(9))
    line.up(at(9))
    assert line.of(Gap) == []
    traded(line, trade, "005930", 9, 30, 0, 10)
    line.take(LineDown(at(9, 31), "kiwoom-1", "closed"))
    gap = Gap(None, at(9, 30), None, "line lost: closed")
    assert line.of(Gap) == [gap]
    line.take(LineDown(at(9, 32), "kiwoom-1", "cannot open"))  # still the same gap
    line.take(LineUp(at(9, 33), "kiwoom-1"))
    line.take(Answered(at(9, 33, 1), "kiwoom-1", "1000", None))
    assert line.of(Gap) == [gap]
    line.take(Answered(at(9, 33, 2), "kiwoom-1", "1001", None))
    assert line.of(Gap) == [gap, Gap(None, at(9, 30), at(9, 33, 2), gap.reason)]
    assert line.hearing.open_gaps == []


def test_a_run_that_starts_in_the_middle_says_what_it_missed(line: Line) -> None:
    line.begin(at(10))
    line.take(Unheard(at(10), "kiwoom-1", at(9, 50), "restart"))
    line.up(at(10, 0, 5))
    assert line.of(Gap) == [
        Gap(None, at(9, 50), None, "restart"),
        Gap(None, at(9, 50), at(10, 0, 5), "restart"),
    ]


def test_of_several_lines_a_gap_names_its_own(line: Line) -> None:
    line.begin(at(9))
    line.take(Planned(at(9), "kiwoom-2", (("1002", "0D", ("005930",)),)))
    line.up(at(9))
    line.take(LineDown(at(9, 1), "kiwoom-1", "closed"))
    assert [gap.symbol for gap in line.of(Gap)] == ["(kiwoom-1)"]


def test_a_refused_group_is_a_gap_of_each_item_until_it_is_taken(line: Line) -> None:
    line.begin(at(9))
    line.up(at(9), refused={"1000": "1: full"})
    why = "registration of 0B refused: 1: full"
    opened = [Gap(item, at(9), None, why) for item in ("005930", "000660")]
    assert line.of(Gap) == opened
    line.take(Answered(at(9, 1), "kiwoom-1", "1000", "1: full"))  # told once
    assert line.of(Gap) == opened
    line.take(Answered(at(9, 2), "kiwoom-1", "1000", None))
    assert line.of(Gap)[2:] == [Gap(gap.symbol, at(9), at(9, 2), why) for gap in opened]


def test_a_group_that_is_no_longer_wanted_leaves_no_gap_open(line: Line) -> None:
    line.begin(at(9))
    line.up(at(9), refused={"1000": "1: full"})
    line.take(Planned(at(9, 5), "kiwoom-1", PLAN[1:]))
    assert [gap.to_ns for gap in line.of(Gap)] == [None, None, at(9, 5), at(9, 5)]
    assert line.hearing.registry.counts()["requested"] == 1


def test_items_that_change_their_group_leave_a_gap_and_a_group_that_grows_does_not(
    line: Line,
) -> None:
    line.begin(at(9))
    line.up(at(9))
    grown = ("1000", "0B", ("005930", "000660", "035720"))
    line.take(Planned(at(9, 5), "kiwoom-1", (grown, PLAN[1])))
    assert line.of(Gap) == []
    line.take(Answered(at(9, 5, 1), "kiwoom-1", "1000", None))
    moved = (("1000", "0B", ("005930",)), ("1001", "0B", ("000660",)))
    line.take(Planned(at(9, 6), "kiwoom-1", moved))
    line.take(Asked(at(9, 6), "kiwoom-1", "1000"))
    line.take(Answered(at(9, 6, 1), "kiwoom-1", "1000", None))
    line.take(Asked(at(9, 6), "kiwoom-1", "1001"))
    line.take(Answered(at(9, 6, 2), "kiwoom-1", "1001", None))
    assert [(gap.symbol, gap.reason, gap.to_ns) for gap in line.of(Gap)] == [
        ("005930", "registered anew", None), ("000660", "registered anew", None),
        ("005930", "registered anew", at(9, 6, 1)), ("000660", "registered anew", at(9, 6, 2)),
    ]  # fmt: skip
    assert line.hearing.registry.counts()["acknowledged"] == 2


# -- candles ------------------------------------------------------------


def test_candles_of_both_venues_are_made_apart(line: Line, trade: Make) -> None:
    line.begin(at(8, 59))
    line.up(at(8, 59))
    traded(line, trade, "005930", 9, 10, 1, 10, quantity="+10", price="+60300")
    traded(line, trade, "005930_NX", 9, 10, 2, 5, quantity="+5", price="+60100")
    traded(line, trade, "005930", 9, 10, 50, 14, quantity="-4", price="-60200")
    line.take(Ticked(at(9, 11, 31)))
    bars = line.bars()
    assert [(bar.venue, bar.symbol, bar.volume) for bar in bars] == [
        ("KRX", "005930", 14), ("NXT", "005930", 5),
    ]  # fmt: skip
    assert (bars[0].open_krw, bars[0].high_krw, bars[0].low_krw, bars[0].close_krw) == (
        60_300, 60_300, 60_200, 60_200,
    )  # fmt: skip


def test_a_jump_of_the_volume_puts_its_minutes_in_doubt(line: Line, trade: Make) -> None:
    line.begin(at(8, 59))
    line.up(at(8, 59))
    traded(line, trade, "005930", 9, 10, 1, 10, quantity="+10")
    traded(line, trade, "005930", 9, 10, 5, 30, quantity="+5")
    assert len(line.of(Doubted)) == 1
    line.take(Ticked(at(9, 11, 31)))
    assert line.bars() == []


def test_part4_14_a_trade_after_16_00_is_of_the_after_market_and_leaves_the_close_alone(
    line: Line, trade: Make, calendar: TradingCalendar
) -> None:
    line.begin(at(15))
    line.up(at(15))
    traded(line, trade, "005930", 15, 19, 58, 1_000, price="+60300")
    traded(line, trade, "005930", 15, 30, 2, 1_500, quantity="500", price="+60500")
    traded(line, trade, "005930", 15, 45, 0, 1_510, quantity="+10", price="+60500")
    line.take(Ticked(at(16, 0, 31)))
    of_the_day = line.bars()
    close = of_the_day[-2]
    assert [bar.start_ns for bar in of_the_day] == [at(15, 19), at(15, 30), at(15, 45)]
    assert (close.close_krw, close.volume) == (60_500, 500)
    # The evening: its own prices, and the day's volume begun anew, which must be no fault either.
    (told,) = [e for e in traded(line, trade, "005930", 16, 0, 0, 7, quantity="+7", price="+66000",
                                 f290="3") if isinstance(e, Print)]  # fmt: skip
    assert (told.session, told.trade.price_krw) == ("after", 66_000)
    traded(line, trade, "005930", 16, 0, 30, 10, quantity="-3", price="+65900", f290="3")
    # A print of the close that comes late, and one told twice, change nothing of the evening.
    line.text(at(16, 0, 40), trade("005930", "153002", 1_500, quantity="500", price="+60500"))
    line.take(Ticked(at(16, 2, 31)))
    evening = line.bars()[3:]
    assert [(bar.start_ns, bar.close_krw, bar.volume) for bar in evening] == [(at(16), 65_900, 10)]
    assert line.bars()[:3] == of_the_day
    sessions = [bar_session("KRX", bar.start_ns, calendar) for bar in line.bars()]
    assert sessions == ["regular", "closing_auction", "after_close", "after"]
    of_the_close = [b for b, s in zip(line.bars(), sessions, strict=True)
                    if s in ("opening_auction", "regular", "closing_auction")]  # fmt: skip
    assert of_the_close[-1] == close
    assert not [doubt for doubt in line.of(Doubted) if doubt.first_ns >= at(16)]


def test_a_loss_of_the_line_leaves_its_minutes_unsettled(line: Line, trade: Make) -> None:
    line.begin(at(8, 59))
    line.up(at(8, 59))
    traded(line, trade, "005930", 9, 10, 1, 10)
    line.take(LineDown(at(9, 10, 20), "kiwoom-1", "closed"))
    line.up(at(9, 10, 40))
    traded(line, trade, "005930", 9, 10, 50, 900)
    line.take(Ticked(at(9, 11, 31)))
    assert line.bars() == []
    traded(line, trade, "005930", 9, 12, 1, 901)
    line.take(Ticked(at(9, 13, 31)))
    assert [bar.start_ns for bar in line.bars()] == [at(9, 12)]


def test_a_day_turned_at_midnight_keeps_what_stands(line: Line, trade: Make) -> None:
    line.begin(at(20))
    line.up(at(20))
    following = date(2026, 9, 15)
    midnight = instant_ns(following, time(0))
    line.take(DayBegun(midnight, following.isoformat(), SYMBOLS, SYMBOLS))
    nine = instant_ns(following, time(9, 10))
    line.text(nine + SECOND_NS, trade("005930", "091001", 10, quantity="+10"))
    line.take(Ticked(nine + MINUTE_NS + 31 * SECOND_NS))
    assert [(bar.symbol, bar.start_ns) for bar in line.bars()] == [("005930", nine)]


# -- what is wrong ------------------------------------------------------------


def test_one_bad_element_costs_itself_alone(line: Line, trade: Make) -> None:
    line.begin(at(9))
    line.up(at(9))
    said = json.loads(trade("005930", "091000", 10))
    bad = json.loads(trade("005930", "091000", 11, price="x"))["data"][0]
    good = json.loads(trade("000660", "091000", 12))["data"][0]
    said["data"] += [bad, {"type": "0B"}, good]
    heard = line.text(at(9, 10), json.dumps(said))
    assert [e.trade.symbol for e in heard if isinstance(e, Print)] == ["005930", "000660"]
    whys = [e.why for e in heard if isinstance(e, Quarantined)]
    assert len(whys) == 2
    assert "FID 10 (price) of 005930: expected a whole number" in whys[0]
    assert line.hearing.bad == 2
    assert line.hearing.records == {("KRX", "0B"): 2}


def test_what_nobody_knows_is_counted_and_kept(
    line: Line, text: Make, real: Callable[..., Any], book: Make
) -> None:
    line.begin(at(9))
    line.up(at(9))
    assert line.text(at(9, 1), '{"trnm":"CNSRREQ","data":[]}') == []
    (depth,) = line.text(at(9, 1), book("005930", "090100", f7777="1"))
    assert isinstance(depth, Depth)
    line.text(at(9, 1), text(real("0w", "005930", f20="090100")))
    assert line.hearing.unknown_frames == {"CNSRREQ": 1}
    assert line.hearing.unknown_fids == {"0D 7777": 1}
    assert line.hearing.untold == {"0w": 1}


def test_a_stream_silent_beside_its_sibling_is_told(line: Line, trade: Make) -> None:
    line.begin(at(9))
    line.up(at(9))
    for minute in range(1, 8):
        for second in range(0, 50, 10):
            traded(line, trade, "005930", 9, minute, second, minute * 100 + second)
        line.take(Ticked(at(9, minute, 59)))
    silent = line.of(Silent)
    assert [(each.type, each.item, each.over) for each in silent] == [("0B", "005930_NX", False)]
    # In KRX's closing auction NXT is closed: that it says nothing says nothing.
    assert line.hearing.registry.silent() == ["0B 005930_NX"]


def test_the_same_marks_and_texts_say_the_same(
    calendar: TradingCalendar, trade: Make, book: Make
) -> None:
    def played() -> list[Said]:
        line = Line(calendar)
        line.begin(at(9))
        line.up(at(9))
        for minute in range(1, 5):
            traded(line, trade, "005930", 9, minute, 1, minute * 10)
            line.text(at(9, minute, 2), book("005930_NX", f"09{minute:02}02"))
            line.take(Ticked(at(9, minute, 31)))
        line.take(LineDown(at(9, 5), "kiwoom-1", "closed"))
        return line.said

    assert played() == played()
