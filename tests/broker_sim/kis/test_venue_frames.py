"""Frames of NXT and of both venues: widths, sessions, and agreement with the prints."""

import datetime as dt
from typing import Any

import pytest

from broker_sim.exchange.account import AccountRules
from broker_sim.exchange.day import Feed
from broker_sim.exchange.exchange import Exchange
from broker_sim.exchange.generated_day import GeneratedDay
from broker_sim.exchange.happenings import Printed
from broker_sim.exchange.interruptions import Halt, Vi
from broker_sim.kis.book_frames import BookFrames
from broker_sim.kis.channels import Channel, Told
from broker_sim.kis.layouts import Layout, MarketClasses
from broker_sim.kis.market_status import MarketStatus
from broker_sim.kis.minute_rows import MinuteRows
from broker_sim.kis.numbers import hhmmss
from broker_sim.kis.tapes import Tapes
from broker_sim.kis.trade_frames import TradeFrames
from broker_sim.kis.venue_channels import VenueBooks, VenueExpected, VenueTrades
from broker_sim.kis.yearly import Yearly
from kis_core.market.events import Book, ExpectedTrade, Trade
from kis_core.market.events import MarketStatus as StatusEvent
from kis_core.market.instants import MINUTE_NS, instant_ns
from kis_core.wire.stream.rows import events_of
from kis_core.wire.tr_table import STREAMS

SYMBOL, KRX_ONLY = "000270", "000720"
OLD, REFORMED = dt.date(2025, 9, 3), dt.date(2026, 9, 15)


@pytest.fixture(scope="module")
def days() -> dict[dt.date, GeneratedDay]:
    return {date: GeneratedDay(date, 7, 6) for date in (OLD, REFORMED)}


def opened(day: GeneratedDay, *interruptions: Any) -> Exchange:
    return Exchange(day, AccountRules(10**9, 140), 1, interruptions)


def at(date: dt.date, text: str) -> int:
    return instant_ns(date, dt.time.fromisoformat(text))


def walk(
    exchange: Exchange, channel: Channel, heard: dict[str, Any], first: str, last: str, step_s: int
) -> list[Told]:
    """What a channel tells while the day goes from one time to another."""
    date = exchange.day.date
    exchange.advance(at(date, first))
    list(channel.tell(at(date, first), (), {}))
    told: list[Told] = []
    now_ns = at(date, first)
    while now_ns < at(date, last):
        now_ns = min(now_ns + step_s * 10**9, at(date, last))
        exchange.advance(now_ns)
        told += channel.tell(now_ns, (), heard)
    return told


def records(told: Told) -> list[dict[str, str]]:
    values = told.payload.split("^")
    width, rest = divmod(len(values), told.records)
    assert rest == 0
    columns = STREAMS[told.tr_id].columns(width)
    assert len(columns) == width
    rows = (values[n : n + width] for n in range(0, len(values), width))
    return [dict(zip(columns, row, strict=True)) for row in rows]


def trades(exchange: Exchange, layout: Layout) -> VenueTrades:
    return VenueTrades(exchange, Tapes(exchange.day), Yearly(exchange.day), layout)


@pytest.mark.parametrize("tr_id", ["H0NXCNT0", "H0UNCNT0"])
@pytest.mark.parametrize(
    ("date", "layout", "width", "most"),
    [
        (OLD, Layout.LEGACY, 46, 1),
        (OLD, Layout.MID, 46, 20),
        (REFORMED, Layout.CURRENT, 47, 20),
    ],
)
def test_trade_frames_hold_every_print_of_their_feed(
    days: dict[dt.date, GeneratedDay],
    tr_id: str,
    date: dt.date,
    layout: Layout,
    width: int,
    most: int,
) -> None:
    exchange = opened(days[date])
    feed = "NXT" if tr_id == "H0NXCNT0" else "UN"
    heard = {tr_id: [SYMBOL, KRX_ONLY, "999999"]}
    told = walk(exchange, trades(exchange, layout), heard, "07:59", "20:10", 631)
    own = [one for one in told if one.tr_key == SYMBOL]
    assert max(one.records for one in own) == most
    rows = [row for one in own for row in records(one)]
    tape = exchange.tape(SYMBOL, feed)
    assert [int(row["STCK_PRPR"]) for row in rows] == tape.price_krw.tolist()
    assert [int(row["CNTG_VOL"]) for row in rows] == tape.volume.tolist()
    assert [row["STCK_CNTG_HOUR"] for row in rows] == list(map(hhmmss, tape.at_ns.tolist()))
    assert int(rows[-1]["ACML_VOL"]) == int(tape.volume.sum())
    assert all(len(row) == width for row in rows)
    highs = [int(row["STCK_HGPR"]) for row in rows]
    assert highs == sorted(highs)
    assert rows[-1]["HGPR_HOUR"] == hhmmss(int(tape.at_ns[tape.price_krw.argmax()]))
    others = {one.tr_key for one in told} - {SYMBOL}
    assert others == (set() if feed == "NXT" else {KRX_ONLY})


@pytest.mark.parametrize(
    ("feed", "text", "code"),
    [
        ("KRX", "08:40", "1"),
        ("KRX", "09:00", "2"),
        ("KRX", "15:30", "2"),
        ("KRX", "15:45", "5"),
        ("KRX", "16:00", "3"),
        ("KRX", "20:00", "5"),
        ("NXT", "08:10", "1"),
        ("NXT", "08:55", "5"),
        ("NXT", "09:00:30", "2"),
        ("NXT", "15:25", "5"),
        ("NXT", "15:35", "3"),
        ("NXT", "20:00", "5"),
        ("UN", "08:10", "1"),
        ("UN", "09:00", "2"),
        ("UN", "15:30", "2"),
        ("UN", "15:40", "3"),
        ("UN", "20:01", "5"),
    ],
)
def test_the_class_of_the_market_follows_the_session(
    days: dict[dt.date, GeneratedDay], feed: Any, text: str, code: str
) -> None:
    exchange = opened(days[REFORMED])
    assert MarketClasses(exchange, feed).at(at(REFORMED, text)) == code


def test_krx_prints_of_the_evening_come_on_the_regular_channel(
    days: dict[dt.date, GeneratedDay],
) -> None:
    exchange = opened(days[REFORMED])
    frames = TradeFrames(exchange, Tapes(exchange.day), Yearly(exchange.day), Layout.CURRENT)
    exchange.advance(at(REFORMED, "15:45"))
    heard = [h for h in exchange.advance(at(REFORMED, "20:00")) if isinstance(h, Printed)]
    own = [h for h in heard if h.symbol == SYMBOL]
    assert own
    columns = STREAMS["H0STCNT0"].columns(47)
    for printed in own:
        text = frames.record(printed, exchange.book(SYMBOL))
        row = dict(zip(columns, text.split("^"), strict=True))
        assert (row["MARKET_CLS_CODE"], row["NEW_MKOP_CLS_CODE"]) == ("3", "30")
        assert int(row["STCK_LWPR"]) <= int(row["STCK_PRPR"]) <= int(row["STCK_HGPR"])


@pytest.mark.parametrize(
    ("date", "layout", "widths"),
    [
        (OLD, Layout.MID, {"H0NXASP0": 65, "H0UNASP0": 65}),
        (REFORMED, Layout.CURRENT, {"H0NXASP0": 65, "H0UNASP0": 66}),
    ],
)
def test_book_frames_show_their_feed_and_both_middles(
    days: dict[dt.date, GeneratedDay], date: dt.date, layout: Layout, widths: dict[str, int]
) -> None:
    exchange = opened(days[date])
    heard = {tr_id: [SYMBOL] for tr_id in widths}
    told = walk(exchange, VenueBooks(exchange, layout), heard, "10:00", "10:05", 30)
    for tr_id, width in widths.items():
        last = [one for one in told if one.tr_id == tr_id][-1]
        (row,) = records(last)
        assert len(row) == width
        feed: Feed = "NXT" if tr_id == "H0NXASP0" else "UN"
        book = exchange.book(SYMBOL, feed)
        assert (int(row["ASKP1"]), int(row["ASKP_RSQN1"])) == book.asks[0]
        assert (int(row["BIDP1"]), int(row["BIDP_RSQN1"])) == book.bids[0]
        assert int(row["KMID_PRC"]) == exchange.middle(SYMBOL, "KRX")[0] > 0
        assert int(row["NMID_PRC"]) == exchange.middle(SYMBOL, "NXT")[0] > 0
        assert int(row["ACML_VOL"]) == exchange.quote(SYMBOL, feed).cum_volume


def test_a_book_is_told_when_its_venue_opens_and_closes(
    days: dict[dt.date, GeneratedDay],
) -> None:
    exchange = opened(days[OLD])
    heard = {"H0NXASP0": [SYMBOL]}
    told = walk(exchange, VenueBooks(exchange, Layout.MID), heard, "15:25", "15:39", 20)
    hours = [records(one)[0]["BSOP_HOUR"] for one in told]
    assert hours == ["152520", "153000"]
    assert [records(one)[0]["HOUR_CLS_CODE"] for one in told] == ["0", "A"]


def test_expected_prices_are_told_in_auctions_alone(days: dict[dt.date, GeneratedDay]) -> None:
    exchange = opened(days[OLD])
    heard = {"H0NXANC0": [SYMBOL], "H0UNANC0": [SYMBOL]}
    told = walk(exchange, VenueExpected(exchange), heard, "15:10", "15:45", 20)
    of_nxt = [records(one)[0] for one in told if one.tr_id == "H0NXANC0"]
    of_both = [records(one)[0] for one in told if one.tr_id == "H0UNANC0"]
    assert [row["STCK_CNTG_HOUR"] for row in of_nxt] == ["153000"]
    assert int(of_nxt[0]["STCK_PRPR"]) > 0
    assert {row["HOUR_CLS_CODE"] for row in of_both} == {"A"}
    assert all(len(row) == 46 for row in (*of_nxt, *of_both))
    assert of_both[0]["STCK_CNTG_HOUR"] == "152000"


def test_status_frames_tell_sessions_and_interruptions(
    days: dict[dt.date, GeneratedDay],
) -> None:
    halt = (at(OLD, "10:00"), Halt(SYMBOL, 60, 60, "조회공시요구"))
    vi = (at(OLD, "13:00"), Vi(SYMBOL))
    exchange = opened(days[OLD], halt, vi)
    heard = {tr_id: [SYMBOL] for tr_id in MarketStatus.tr_ids}
    told = walk(exchange, MarketStatus(exchange), heard, "07:00", "20:30", 50)
    of = {tr_id: [records(one)[0] for one in told if one.tr_id == tr_id] for tr_id in heard}
    krx = [row["MKOP_CLS_CODE"] for row in of["H0STMKO0"] if row["MKOP_CLS_CODE"]]
    assert krx == [
        "110",
        "130",
        "139",
        "112",
        "164",
        "121",
        "129",
        "140",
        "146",
        "149",
        "150",
        "159",
    ]
    nxt = [row["MKOP_CLS_CODE"] for row in of["H0NXMKO0"] if row["MKOP_CLS_CODE"]]
    assert nxt == ["112", "129", "112", "164", "129", "110", "112", "129"]
    assert len(of["H0UNMKO0"]) == len(of["H0STMKO0"]) + len(of["H0NXMKO0"])
    halted = [row for row in of["H0STMKO0"] if row["TRHT_YN"] == "Y"]
    assert [row["TR_SUSP_REAS_CNTT"] for row in halted] == ["조회공시요구"]
    assert [row["ISCD_STAT_CLS_CODE"] for row in halted] == ["58"]
    assert [row["VI_CLS_CODE"] for row in of["H0STMKO0"]].count("Y") == 1
    assert {row["VI_CLS_CODE"] for row in of["H0NXMKO0"]} == {"N"}
    assert {row["EXCH_CLS_CODE"] for row in of["H0UNMKO0"]} == {"1", "2"}


def test_a_vi_shows_in_books_and_in_its_one_print(days: dict[dt.date, GeneratedDay]) -> None:
    start_ns = at(OLD, "11:00")
    exchange = opened(days[OLD], (start_ns, Vi(SYMBOL)))
    exchange.advance(start_ns + MINUTE_NS)
    books = BookFrames(exchange, Layout.MID)
    text = books.record(exchange.book(SYMBOL), exchange.now_ns, 1)
    row = dict(zip(STREAMS["H0STASP0"].columns(62), text.split("^"), strict=True))
    assert row["HOUR_CLS_CODE"] == "C"
    assert int(row["ANTC_CNPR"]) > 0
    frames = TradeFrames(exchange, Tapes(exchange.day), Yearly(exchange.day), Layout.MID)
    printed = [
        h
        for h in exchange.advance(start_ns + 10 * MINUTE_NS)
        if isinstance(h, Printed) and h.symbol == SYMBOL
    ]
    columns = STREAMS["H0STCNT0"].columns(46)
    rows = [
        dict(zip(columns, frames.record(p, exchange.book(SYMBOL)).split("^"), strict=True))
        for p in printed
    ]
    assert [row["HOUR_CLS_CODE"] for row in rows] == ["C"] + ["0"] * (len(rows) - 1)
    assert {row["VI_STND_PRC"] for row in rows} == {rows[0]["STCK_PRPR"]}


@pytest.mark.parametrize("date", [OLD, REFORMED])
def test_our_own_client_reads_back_what_is_told(
    days: dict[dt.date, GeneratedDay], date: dt.date
) -> None:
    exchange = opened(days[date], (at(date, "15:18"), Halt(SYMBOL, 20, 20, "조회공시요구")))
    start_ns, midnight_ns = at(date, "15:15"), at(date, "00:00")
    exchange.advance(start_ns)
    layout = Layout.of(date)
    channels: list[Channel] = [
        trades(exchange, layout),
        VenueBooks(exchange, layout),
        VenueExpected(exchange),
        MarketStatus(exchange),
    ]
    read: dict[type, list[Any]] = {}
    for second in range(0, 1_800, 15):
        now_ns = start_ns + second * 10**9
        exchange.advance(now_ns)
        for channel in channels:
            for told in channel.tell(now_ns, (), {tr: [SYMBOL] for tr in channel.tr_ids}):
                for event in events_of(told.text, now_ns, midnight_ns):
                    read.setdefault(type(event), []).append(event)
    assert {kind.__name__ for kind in read} == {"Trade", "Book", "ExpectedTrade", "MarketStatus"}
    for feed in ("NXT", "UN"):
        prints = exchange.printed(SYMBOL, feed, start_ns)
        own = [trade for trade in read[Trade] if trade.venue == feed]
        assert [(t.price_krw, t.volume, t.cum_volume, t.aggressor) for t in own] == [
            (p.price_krw, p.volume, p.cum_volume, p.aggressor) for p in prints
        ]
        last = [book for book in read[Book] if book.venue == feed][-1]
        book = exchange.book(SYMBOL, feed)
        assert (last.asks, last.bids, last.in_auction) == (book.asks, book.bids, book.in_auction)
        assert {mid.venue for mid in last.mids} == {"KRX", "NXT"}
    assert all(e.value_krw == e.price_krw * e.volume for e in read[ExpectedTrade])
    assert {one.halted for one in read[StatusEvent]} == {True, False}


def test_no_minute_forms_in_the_night(days: dict[dt.date, GeneratedDay]) -> None:
    exchange = opened(days[OLD])
    rows = MinuteRows(exchange.day, Tapes(exchange.day))
    whole = rows.today(SYMBOL, at(OLD, "20:00"))
    assert len(whole.rows) == 381
    assert rows.today(SYMBOL, at(OLD, "23:59") + 120 * MINUTE_NS) == whole


def test_minutes_follow_an_interruption_that_comes_live(
    days: dict[dt.date, GeneratedDay],
) -> None:
    exchange = opened(days[OLD])
    rows = MinuteRows(exchange.day, Tapes(exchange.day))
    now_ns, end_ns = at(OLD, "11:00"), at(OLD, "16:00")
    exchange.advance(now_ns)
    before = rows.today(SYMBOL, now_ns).rows
    exchange.interrupt(now_ns, Halt(SYMBOL, 600, 0))
    assert rows.today(SYMBOL, now_ns).rows == before
    seconds = rows.today(SYMBOL, end_ns).seconds
    assert [s for s in seconds if 11 * 3600 <= s < 11 * 3600 + 600] == []
    assert 11 * 3600 + 600 in seconds


def test_the_evening_has_minutes_of_its_own(days: dict[dt.date, GeneratedDay]) -> None:
    exchange = opened(days[REFORMED])
    rows = MinuteRows(exchange.day, Tapes(exchange.day))
    seconds = rows.today(SYMBOL, at(REFORMED, "20:00")).seconds
    assert len([s for s in seconds if s >= 16 * 3600]) > 50
    assert max(seconds) < 20 * 3600


@pytest.mark.anyio
async def test_nxt_is_heard_over_a_socket_before_krx_opens(opens: Any) -> None:
    async with opens("08:00:00") as broker, broker.socket() as line:
        assert (await line.register("H0NXCNT0", "005930"))["body"]["rt_cd"] == "0"
        assert (await line.register("H0UNASP0", "005930"))["body"]["rt_cd"] == "0"
        await broker.move("08:30:00")
        seen: dict[str, str] = {}
        while len(seen) < 2:
            flag, tr_id, count, payload = await line.frame()
            assert flag == "0"
            assert len(payload.split("^")) == count * (46 if tr_id == "H0NXCNT0" else 65)
            seen.setdefault(tr_id, payload)
        assert seen["H0NXCNT0"].startswith("005930^080")
