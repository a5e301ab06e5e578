"""Kiwoom's texts as events: real ones to the last figure, made ones the awkward way."""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector import faults
from collector.quality import Quality
from collector.sources.kiwoom import fids
from collector.sources.kiwoom.events import (
    BestQuote,
    Depth,
    Interruption,
    MarketTime,
    Print,
    Reader,
    Untold,
    item_of,
    parse_item,
)
from collector.sources.kiwoom.fids import FIDS, TYPES, FidError
from collector.sources.kiwoom.frames import (
    Answer,
    Element,
    Known,
    Ping,
    Real,
    System,
    Unknown,
    parse,
    unknown_fids,
)
from kis_core.errors import FrameError
from kis_core.market.calendar import TradingCalendar
from kis_core.market.instants import instant_ns
from kis_core.market.sessions import bar_session

CAPTURED = date(2026, 9, 11)
REFORMED = date(2026, 9, 14)
ARRIVED = instant_ns(CAPTURED, time(11, 56, 24))
Make = Callable[..., str]


def events(text: str, reader: Reader, at_ns: int) -> list[Any]:
    """Return what a text tells."""
    frame = parse(text)
    assert isinstance(frame, Real)
    return [reader.read(element, at_ns) for element in frame.data]


@pytest.fixture
def reader(calendar: TradingCalendar) -> Reader:
    return Reader(CAPTURED, calendar)


# -- the captured day ------------------------------------------------------------


def test_the_captured_trades_come_out_to_the_last_figure(
    samples: list[str], reader: Reader
) -> None:
    told = [event for text in samples for event in events(text, reader, ARRIVED)]
    prints = [event for event in told if isinstance(event, Print)]
    assert len(prints) == 21
    first = prints[0]
    assert first.trade.symbol == "005930"
    assert first.trade.venue == "KRX"
    assert first.trade.at_ns == instant_ns(CAPTURED, time(11, 56, 18))
    assert first.trade.arrived_ns == ARRIVED
    assert (first.trade.price_krw, first.price_sign) == (257_750, -1)
    assert (first.trade.volume, first.trade.aggressor) == (19, -1)
    assert first.trade.cum_volume == 7_198_927
    assert first.trade.cum_value_krw == 1_860_588_000_000
    assert (first.trade.ask_krw, first.trade.bid_krw) == (258_000, 257_500)
    assert (first.session, first.session_said, first.exchange_said) == ("regular", "2", "KRX")
    assert not first.trade.in_auction
    assert prints[-1].trade.cum_volume == 7_199_437


def test_the_captured_volumes_add_up_and_agree_with_the_session(
    samples: list[str], reader: Reader
) -> None:
    quality = Quality(faults.Known(faults.Sessions()))
    prints = 0
    for text in samples:
        for event in events(text, reader, ARRIVED):
            if isinstance(event, Print):
                prints += 1
                quality.trade(event.trade)
                assert reader.disagrees(event) is None
    assert prints > 10
    assert {kind for kind, _, _ in quality.found if kind.startswith("volume")} == set()


def test_order_notices_are_told_apart_and_kept_out(samples: list[str], reader: Reader) -> None:
    told = [event for text in samples for event in events(text, reader, ARRIVED)]
    assert [event for event in told if isinstance(event, Untold)] == [Untold("00", "005930")] * 4


def test_every_captured_trade_takes_the_fast_path_and_both_paths_agree(
    samples: list[str], reader: Reader
) -> None:
    """A FID nobody knows sends an element down the careful path: the same must come out."""
    compared = 0
    parse(samples[0])  # the first of a type teaches the order of its FIDs
    for text in samples:
        frame = parse(text)
        assert isinstance(frame, Real)
        if frame.data[0].type != "0B":
            continue
        assert all(isinstance(element, Known) for element in frame.data)
        said = json.loads(text)
        for each in said["data"]:
            each["values"]["99999"] = "new"
        slow = parse(json.dumps(said))
        assert isinstance(slow, Real)
        for fast_element, slow_element in zip(frame.data, slow.data, strict=True):
            assert isinstance(slow_element, Element)
            assert unknown_fids(slow_element) == ("99999",)
            assert reader.read(fast_element, ARRIVED) == reader.read(slow_element, ARRIVED)
            compared += 1
    assert compared == 21


# -- books, quotes, the rest ---------------------------------------------------------------------


def test_part4_08_a_signed_41_is_an_ask_price_and_its_sign_is_kept_aside(
    book: Make, reader: Reader
) -> None:
    (depth,) = events(book("005930", f41="+60300"), reader, ARRIVED)
    assert isinstance(depth, Depth)
    assert depth.book.asks[0] == (60_300, 10)
    assert depth.ask_signs == (1,) * 10
    assert depth.bid_signs == (-1,) * 10
    assert depth.book.bids[0] == (60_200, 20)
    assert len(depth.book.asks) == len(depth.book.bids) == 10
    assert depth.cum_volume == 123_456
    assert depth.book.at_ns == instant_ns(CAPTURED, time(11, 34, 19))


@pytest.mark.parametrize(
    ("changes", "asks", "bids"),
    [
        ({"f42": "", "f62": "", "f43": "0", "f63": "0"}, 8, 10),
        ({f"f{fid}": "0" for fid in range(41, 51)}, 0, 10),
        ({"f61": "0000000010"}, 10, 10),
        ({"f41": " +60300", "f51": "0000060200"}, 10, 10),
    ],
    ids=["levels missing in the middle", "a side that is empty", "padded sizes", "padded prices"],
)
def test_a_book_is_read_whatever_way_it_is_padded(
    book: Make, reader: Reader, changes: dict[str, str], asks: int, bids: int
) -> None:
    (depth,) = events(book("005930_NX", **changes), reader, ARRIVED)
    assert isinstance(depth, Depth)
    assert (depth.book.venue, len(depth.book.asks), len(depth.book.bids)) == ("NXT", asks, bids)
    assert all(price for price, _ in depth.book.asks + depth.book.bids)
    assert depth.book.bids[0] == (60_200, 20)


def test_a_price_without_a_size_is_an_error_and_not_a_level_of_none(
    book: Make, reader: Reader
) -> None:
    with pytest.raises(FidError, match=r"FID 63 .*005930"):
        events(book("005930", f63=""), reader, ARRIVED)


def test_an_expected_price_counts_in_an_auction_alone(book: Make, reader: Reader) -> None:
    closing = instant_ns(CAPTURED, time(15, 25))
    (by_day,) = events(book("005930", "113419", f23="+60300", f24="7"), reader, ARRIVED)
    (auction,) = events(book("005930", "152500", f23="+60300", f24="7"), reader, closing)
    assert (by_day.book.expected_krw, by_day.book.in_auction) == (None, False)
    assert (auction.book.expected_krw, auction.book.expected_volume) == (60_300, 7)
    assert auction.book.in_auction
    assert auction.session == "closing_auction"


def test_quotes_times_and_interruptions(
    text: Callable[..., str], real: Callable[..., dict[str, Any]], reader: Reader
) -> None:
    quote, market, vi = events(
        text(
            real("0C", "005930_NX", f27="-60400", f28=""),
            real("0s", "", f215="3", f20="090000", f214="000000"),
            real("1h", "005930", f1221="+66300", f1223="113400", f1224="113600", f1225="동적",
                 f9068="1", f9069="1"),
        ),
        reader,
        ARRIVED,
    )  # fmt: skip
    assert quote == BestQuote("005930", "NXT", ARRIVED, "005930_NX", 60_400, None, -1, 0)
    assert market == MarketTime(instant_ns(CAPTURED, time(9)), ARRIVED, "3", "000000")
    assert isinstance(vi, Interruption)
    assert (vi.trigger_krw, vi.kind) == (66_300, "동적")
    assert vi.released_ns == instant_ns(CAPTURED, time(11, 36))


# -- what is wrong ------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"f10": "6O300"}, r"FID 10 \(price\) of 005930: expected a whole number.*'6O300'"),
        ({"f10": "0"}, r"FID 10 \(price\) of 005930: expected a price"),
        ({"f10": "+-5"}, r"FID 10 \(price\)"),
        ({"f13": ""}, r"FID 13 \(cum_volume\) of 005930: expected a number: ''"),
        ({"f13": "1_000"}, r"FID 13 \(cum_volume\)"),
        ({"f15": "1.5"}, r"FID 15 \(quantity\)"),
        ({"f20": "246000"}, r"FID 20 \(trade_time\) of 005930: expected a time, HHmmss: '246000'"),
        ({"f20": ""}, r"FID 20 \(trade_time\)"),
        ({"f27": "x"}, r"FID 27 \(best_ask\)"),
        ({"f13": "9" * 19}, r"FID 13 \(cum_volume\)"),
    ],
)
def test_a_malformed_value_names_its_fid_its_item_and_its_text(
    trade: Make, reader: Reader, change: dict[str, str], says: str
) -> None:
    with pytest.raises(FidError, match=says) as caught:
        events(trade("005930", "113419", 10, **change), reader, ARRIVED)
    assert caught.value.item == "005930"
    assert f"f{caught.value.fid}" in change


def test_an_absent_quote_is_none_and_not_zero(trade: Make, reader: Reader) -> None:
    (told,) = events(trade("005930", "113419", 10, f27="", f28="0"), reader, ARRIVED)
    assert (told.trade.ask_krw, told.trade.bid_krw) == (None, None)


@pytest.mark.parametrize("item", ["", "5930", "005930_XX", "005930_NX_NX", "abc"])
def test_an_item_that_is_none_is_refused(trade: Make, reader: Reader, item: str) -> None:
    with pytest.raises(FrameError, match="item: expected a symbol"):
        events(trade(item, "113419", 10), reader, ARRIVED)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "not JSON"),
        ("[1]", "not a JSON object"),
        ('{"data":[]}', "no trnm"),
        ('{"trnm":"REAL"}', "no list of data"),
        ('{"trnm":"REG","return_code":"x"}', "return_code 'x'"),
        ('{"trnm":"LOGIN"}', "return_code None"),
        ('{"trnm":"REAL","data":[{"type":"0B","item":"005930","val', "not JSON"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_a_text_that_is_no_frame_is_an_error_that_says_so(text: str, says: str) -> None:
    with pytest.raises(FrameError, match=says):
        parse(text)


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        ('{"trnm":"PING"}', Ping('{"trnm":"PING"}')),
        ('{"trnm":"LOGIN","return_code":0,"return_msg":"","sor_yn":"Y"}', Answer("LOGIN", 0, "")),
        ('{"trnm":"REG","return_code":"1","return_msg":"no"}', Answer("REG", 1, "no")),
        ('{"trnm":"SYSTEM","code":"R10001","message":"bye"}', System("R10001", "bye")),
        ('{"trnm":"CNSRLST","data":[["0","x"]]}', Unknown("CNSRLST", "")),
    ],
)
def test_control_frames(text: str, frame: Any) -> None:
    read = parse(text)
    if isinstance(frame, Unknown):
        assert isinstance(read, Unknown)
        assert (read.trnm, read.text) == (frame.trnm, text)
    else:
        assert read == frame


def test_an_element_without_values_is_kept_aside_and_the_others_are_read(
    trade: Make, reader: Reader
) -> None:
    said = json.loads(trade("005930", "113419", 10))
    said["data"] += [{"type": "0B", "item": "000660"}, "rubbish"]
    frame = parse(json.dumps(said))
    assert isinstance(frame, Real)
    assert len(frame.data) == 1
    assert [json.loads(each) for each in frame.strange] == said["data"][1:]


@given(st.text(max_size=60))
def test_no_text_but_raises_anything_but_a_frame_error(text: str) -> None:
    for each in (text, f'{{"trnm":"REAL","data":{text}', f'{{"trnm":"{text}"}}'):
        with suppress(FrameError):
            parse(each)


@given(st.sampled_from(sorted(FIDS)), st.text(max_size=12))
def test_a_number_is_none_a_magnitude_with_its_sign_or_an_error(fid: str, text: str) -> None:
    plain = text.strip()
    if plain and not re.fullmatch(r"[+-]?[0-9]{1,18}", plain):
        with pytest.raises(FidError, match=rf"FID {fid} .*005930"):
            fids.number(fid, "005930", text)
        return
    read = fids.number(fid, "005930", text)
    sign = {"+": 1, "-": -1}.get(plain[:1], 0)
    assert read == ((abs(int(plain)), sign) if plain else None)


def test_decimals_keep_their_sign() -> None:
    assert fids.decimal("12", "005930", "-4.18") == Decimal("-4.18")
    assert fids.decimal("12", "005930", " ") is None
    with pytest.raises(FidError, match="FID 12"):
        fids.decimal("12", "005930", "1e5")


def test_the_types_and_their_fids_hang_together() -> None:
    for real_type in TYPES.values():
        assert len(set(real_type.fids)) == len(real_type.fids)
        assert set(real_type.fids) <= set(FIDS)
    assert [FIDS[str(fid)].name for fid in (41, 50, 51, 60)] == [
        "ask_price_1", "ask_price_10", "bid_price_1", "bid_price_10",
    ]  # fmt: skip
    assert [FIDS[str(fid)].name for fid in (61, 70, 71, 80)] == [
        "ask_size_1", "ask_size_10", "bid_size_1", "bid_size_10",
    ]  # fmt: skip


@pytest.mark.parametrize("venue", ["KRX", "NXT", "UN"])
def test_items_and_symbols_come_back(venue: Any) -> None:
    assert parse_item(item_of("0004G0", venue)) == ("0004G0", venue)


# -- whose session it is ------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "item", "hour", "session"),
    [
        (REFORMED, "005930", "083500", "pre"),
        (REFORMED, "005930", "090000", "regular"),
        (REFORMED, "005930", "152500", "closing_auction"),
        (REFORMED, "005930", "153010", "closing_auction"),
        (REFORMED, "005930", "154500", "after_close"),
        (REFORMED, "005930", "160000", "after"),
        (REFORMED, "005930", "195959", "after"),
        (CAPTURED, "005930", "161000", "after"),
        (REFORMED, "005930_NX", "080100", "pre"),
        (REFORMED, "005930_NX", "090030", "regular"),
        (REFORMED, "005930_NX", "153500", "after"),
        (date(2025, 11, 13), "005930", "161000", "regular"),  # the exam day closes at 16:30
        (date(2025, 11, 13), "005930", "163001", "closing_auction"),
    ],
)
def test_the_session_is_of_venue_time_and_calendar(
    trade: Make, calendar: TradingCalendar, day: date, item: str, hour: str, session: str
) -> None:
    at_ns = instant_ns(day, time(int(hour[:2]), int(hour[2:4]), int(hour[4:])))
    (told,) = events(trade(item, hour, 10), Reader(day, calendar), at_ns + 10**9)
    assert (told.session, told.trade.at_ns) == (session, at_ns)
    assert bar_session(told.trade.venue, at_ns // 60_000_000_000 * 60_000_000_000) == session


def test_what_kiwoom_says_of_the_session_is_kept_and_a_disagreement_is_told(
    trade: Make, calendar: TradingCalendar
) -> None:
    reader = Reader(REFORMED, calendar)
    evening = instant_ns(REFORMED, time(17))
    (told,) = events(trade("005930", "165959", 10, f290="2"), reader, evening)
    assert (told.session, told.session_said) == ("after", "2")
    assert reader.disagrees(told) == "290 is '2' in session after of KRX"
    (fits,) = events(trade("005930", "165959", 11, f290="3"), reader, evening)
    assert reader.disagrees(fits) is None


def test_an_hour_of_the_evening_before_is_not_of_tomorrow(
    trade: Make, calendar: TradingCalendar
) -> None:
    monday = instant_ns(REFORMED, time(0, 5))
    (told,) = events(trade("005930", "175959", 10), Reader(REFORMED, calendar), monday)
    assert told.trade.at_ns == instant_ns(date(2026, 9, 11), time(17, 59, 59))


def test_on_a_closed_day_the_trading_date_is_the_session_before(
    trade: Make, calendar: TradingCalendar
) -> None:
    sunday = date(2026, 9, 13)
    (told,) = events(
        trade("005930", "113419", 10), Reader(sunday, calendar), instant_ns(sunday, time(12))
    )
    assert told.trade.at_ns == instant_ns(CAPTURED, time(11, 34, 19))
