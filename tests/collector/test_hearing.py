"""What the line says: registrations, gaps, notices, and what cannot be read."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from collector.candles import Window
from collector.hearing import (
    DayBegun,
    Hearing,
    LineDown,
    LineUp,
    LiveChanged,
    NoticesLive,
    Quarantined,
    Said,
    Text,
    Ticked,
    Wanted,
    entries,
)
from collector.journal import FromTicks
from collector.ledger import MinuteLedger, Pace
from collector.shipper import rows
from kis_core.clock import SECOND_NS
from kis_core.feed import Heard
from kis_core.market.derivative_events import FuturesTrade
from kis_core.market.events import Gap, Trade
from kis_core.wire.stream.cipher import seal
from kis_core.wire.tr_table import STREAMS

OPEN = 1_748_822_400 * SECOND_NS
A, B, NOTICES = ("H0STCNT0", "005930"), ("H0STCNT0", "000660"), ("H0STCNI0", "me")
KEY, IV = "k" * 32, "i" * 16


def at(seconds: float) -> int:
    return OPEN + int(seconds * SECOND_NS)


def ack(seconds: float, key: tuple[str, str], code: str = "OPSP0000", said: str = "SUB") -> Text:
    ok = code in ("OPSP0000", "OPSP0001")
    message = {
        "header": {"tr_id": key[0], "tr_key": key[1], "encrypt": "N"},
        "body": {"rt_cd": "0" if ok else "1", "msg_cd": code, "msg1": said},
    }
    if code == "OPSP0000":
        message["body"]["output"] = {"iv": IV, "key": KEY}  # type: ignore[assignment]
    return Text(at(seconds), json.dumps(message))


def frame(seconds: float, symbol: str = "005930", total: int = 10) -> Text:
    stream = STREAMS["H0STCNT0"]
    fields = ["0"] * stream.width_min
    for column, value in {
        "MKSC_SHRN_ISCD": symbol,
        "STCK_CNTG_HOUR": "090001",
        "STCK_PRPR": "70000",
        "CNTG_VOL": "10",
        "ACML_VOL": str(total),
        "ACML_TR_PBMN": "700000",
        "CCLD_DVSN": "1",
        "TRHT_YN": "N",
    }.items():
        fields[stream.index(column)] = value
    return Text(at(seconds), "0|H0STCNT0|001|" + "^".join(fields))


def heard_until_live(*keys: tuple[str, str]) -> Hearing:
    hearing = Hearing()
    window = (OPEN, OPEN + 30 * 60 * SECOND_NS)
    hearing.take(DayBegun(at(-60), window, ("005930", "000660")))
    hearing.take(LineUp(at(-50)))
    hearing.take(Wanted(at(-50), keys))
    for key in keys:
        hearing.take(ack(-40, key))
    assert hearing.live == set(keys)
    return hearing


def gaps(said: Sequence[Said]) -> list[Gap]:
    return [what for what in said if isinstance(what, Gap)]


def test_a_registration_is_live_once_kis_says_so() -> None:
    hearing = Hearing()
    hearing.take(DayBegun(at(0), None, ()))
    assert hearing.take(LineUp(at(1))) == []
    hearing.take(Wanted(at(1), (A, B)))
    assert hearing.live == set()
    assert hearing.take(ack(2, A)) == [LiveChanged()]
    assert hearing.take(ack(3, B, "OPSP0002", "ALREADY IN SUBSCRIBE")) == [LiveChanged()]
    assert hearing.live == {A, B}


def test_a_lost_line_is_one_gap_from_the_newest_text_to_the_last_answer() -> None:
    hearing = heard_until_live(A, B)
    hearing.take(frame(1))
    (gap,) = gaps(hearing.take(LineDown(at(5), "closed: 1006")))
    assert gap == Gap(None, at(1), None, "line lost: closed: 1006")
    assert hearing.live == set()
    assert gaps(hearing.take(LineDown(at(6), "cannot open"))) == []
    assert gaps(hearing.take(LineUp(at(7)))) == []
    assert gaps(hearing.take(ack(8, A))) == []
    (closed,) = gaps(hearing.take(ack(9, B)))
    assert closed == Gap(None, at(1), at(9), "line lost: closed: 1006")


def test_a_line_gap_closes_also_when_what_was_missing_is_no_longer_wanted() -> None:
    hearing = heard_until_live(A, B)
    hearing.take(LineDown(at(5), "closed"))
    hearing.take(LineUp(at(6)))
    hearing.take(ack(7, A))
    (closed,) = gaps(hearing.take(Wanted(at(8), (A,))))
    assert closed.to_ns == at(8)


def test_a_refused_registration_is_a_gap_of_its_symbol_until_it_stands() -> None:
    hearing = heard_until_live(A)
    hearing.take(Wanted(at(1), (A, B)))
    (gap,) = gaps(hearing.take(ack(2, B, "OPSP0008", "MAX SUBSCRIBE OVER")))
    assert (gap.symbol, gap.to_ns) == ("000660", None)
    assert "OPSP0008" in gap.reason
    assert gaps(hearing.take(ack(3, B, "OPSP0008", "MAX SUBSCRIBE OVER"))) == []
    (closed,) = gaps(hearing.take(ack(4, B)))
    assert (closed.from_ns, closed.to_ns) == (at(2), at(4))


def test_a_refusal_ends_with_the_want() -> None:
    hearing = heard_until_live(A)
    hearing.take(Wanted(at(1), (A, B)))
    hearing.take(ack(2, B, "OPSP8992", "invalid tr_key"))
    (closed,) = gaps(hearing.take(Wanted(at(3), (A,))))
    assert (closed.symbol, closed.to_ns) == ("000660", at(3))


def test_what_is_wanted_again_before_its_end_was_asked_for_still_stands() -> None:
    hearing = heard_until_live(A)
    hearing.take(Wanted(at(1), ()))
    assert hearing.live == set()
    hearing.take(Wanted(at(2), (A,)))
    assert hearing.live == {A}  # KIS was never told, and nobody will answer


def test_an_end_that_overtakes_a_new_want_is_followed_by_a_new_registration() -> None:
    hearing = heard_until_live(A)
    hearing.take(Wanted(at(1), ()))
    hearing.take(Wanted(at(2), (A,)))
    hearing.take(ack(3, A, "OPSP0001", "UNSUBSCRIBE SUCCESS"))
    assert hearing.live == set()
    hearing.take(ack(4, A))
    assert hearing.live == {A}


def notice_payload() -> str:
    stream = STREAMS["H0STCNI0"]
    fields = ["0"] * stream.width_min
    for column, value in {
        "ACNT_NO": "5012345601",
        "ODER_NO": "0000012345",
        "OODER_NO": "",
        "SELN_BYOV_CLS": "02",
        "RCTF_CLS": "0",
        "STCK_SHRN_ISCD": "005930",
        "CNTG_QTY": "3",
        "CNTG_UNPR": "70000",
        "STCK_CNTG_HOUR": "090103",
        "RFUS_YN": "0",
        "CNTG_YN": "2",
        "ACPT_YN": "2",
        "ODER_QTY": "10",
    }.items():
        fields[stream.index(column)] = value
    return "^".join(fields)


def test_notices_are_opened_with_the_key_of_their_registration() -> None:
    hearing = Hearing()
    hearing.take(DayBegun(at(0), None, ()))
    hearing.take(LineUp(at(0)))
    hearing.take(Wanted(at(0), (NOTICES,)))
    sealed = Text(at(2), f"1|H0STCNI0|001|{seal(notice_payload(), KEY, IV)}")
    (closed,) = hearing.take(sealed)
    assert isinstance(closed, Quarantined)
    assert hearing.take(ack(1, NOTICES)) == [LiveChanged(), NoticesLive(True)]
    (heard,) = hearing.take(sealed)
    assert isinstance(heard, Heard)
    assert (heard.notice.symbol, heard.notice.shares) == ("005930", 3)
    said = hearing.take(LineDown(at(3), "closed"))
    assert NoticesLive(False) in said


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "0|H0STCNT0|001|005930^090001",
        "0|H0XXXXX0|001|1^2",
        "0|H0STCNT0|999|x",
        '{"header":{"tr_id":"","tr_key":""},"body":{"rt_cd":"9","msg_cd":"OPSP9999"}}',
        '{"broken',
    ],
    ids=["nothing", "words", "torn", "unknown TR", "torn count", "an error of KIS", "torn JSON"],
)
def test_what_cannot_be_read_is_kept_with_its_reason_and_nothing_else_is_lost(text: str) -> None:
    hearing = heard_until_live(A)
    (quarantined,) = hearing.take(Text(at(1), text))
    assert isinstance(quarantined, Quarantined)
    assert quarantined.why
    (trade, *_) = hearing.take(frame(2))
    assert isinstance(trade, Trade)
    assert hearing.live == {A}


def test_a_restart_is_a_gap_since_what_the_run_before_heard_last() -> None:
    hearing = Hearing()
    gap = Gap(None, at(10), None, "restart")
    window = (OPEN, OPEN + 30 * 60 * SECOND_NS)
    assert hearing.take(DayBegun(at(100), window, ("005930",), gap=gap)) == [gap]
    hearing.take(Wanted(at(100), (A,)))
    assert gaps(hearing.take(LineUp(at(101)))) == []
    (closed,) = gaps(hearing.take(ack(102, A)))
    assert (closed.from_ns, closed.to_ns, closed.reason) == (at(10), at(102), "restart")


def test_a_new_day_goes_on_with_the_line_as_it_is() -> None:
    hearing = heard_until_live(A)
    tomorrow = OPEN + 86_400 * SECOND_NS
    window = (tomorrow, tomorrow + 60 * 60 * SECOND_NS)
    begins = DayBegun(tomorrow - SECOND_NS, window, ("005930",), True, (A,))
    assert hearing.take(begins) == []
    (settled,) = hearing.take(Ticked(tomorrow + 100 * SECOND_NS))
    assert getattr(settled, "quiet", None) == ("005930",)


def test_real_prints_of_a_future_are_told_as_they_are(kst_data: Path) -> None:
    lines = (kst_data / "broker_samples" / "kis_ws_frames.jsonl").read_text("utf-8").splitlines()
    frames = [row["frame"] for row in map(json.loads, lines) if row.get("tr_id") == "H0IFCNT0"]
    hearing = Hearing()
    told = [said for text in frames for said in hearing.take(Text(at(0), text))]
    assert told
    assert all(isinstance(said, FuturesTrade) and said.symbol == "A05608" for said in told)


def test_notices_of_contracts_are_told_apart_from_those_of_stocks() -> None:
    hearing, futures = Hearing(), ("H0IFCNI0", "me")
    hearing.take(LineUp(at(0)))
    hearing.take(Wanted(at(0), (NOTICES, futures)))
    assert NoticesLive(True) in hearing.take(ack(1, NOTICES))
    assert NoticesLive(True, contracts=True) in hearing.take(ack(2, futures))
    lost = hearing.take(LineDown(at(3), "gone"))
    assert [said for said in lost if isinstance(said, NoticesLive)] == [
        NoticesLive(False, contracts=True),
        NoticesLive(False),
    ]


def two_lines() -> Hearing:
    """A line with A and one with B, both whole."""
    hearing = Hearing()
    window = (OPEN, OPEN + 30 * 60 * SECOND_NS)
    hearing.take(DayBegun(at(-60), window, ("005930", "000660")))
    for line, key in (("default", A), ("second", B)):
        hearing.take(LineUp(at(-50), line))
        hearing.take(Wanted(at(-50), (key,), line))
        hearing.take(on(line, ack(-40, key)))
    assert hearing.live == {A, B}
    return hearing


def on(line: str, text: Text) -> Text:
    return Text(text.at_ns, text.text, line)


def test_a_gap_of_one_line_concerns_its_own_symbols_alone() -> None:
    hearing = two_lines()
    hearing.take(frame(1))
    hearing.take(on("second", frame(2, "000660")))
    (gap,) = gaps(hearing.take(LineDown(at(5), "closed", "second")))
    assert gap == Gap("000660", at(2), None, "line second lost: closed")
    assert hearing.live == {A}
    assert hearing.up
    assert hearing.line_gap is None
    assert gaps(hearing.take(LineDown(at(6), "cannot open", "second"))) == []
    assert gaps(hearing.take(LineUp(at(7), "second"))) == []
    (closed,) = gaps(hearing.take(on("second", ack(8, B))))
    assert closed == Gap("000660", at(2), at(8), "line second lost: closed")


def test_a_symbol_of_a_lost_line_is_heard_again_on_another() -> None:
    hearing = two_lines()
    hearing.take(LineDown(at(5), "closed", "second"))
    hearing.take(Wanted(at(6), (A, B)))
    assert gaps(hearing.take(Wanted(at(6), (), "second"))) == []
    (closed,) = gaps(hearing.take(ack(7, B)))
    assert (closed.symbol, closed.to_ns) == ("000660", at(7))
    assert hearing.live == {A, B}


def test_with_no_line_left_nothing_at_all_is_heard_until_one_is_whole() -> None:
    hearing = two_lines()
    hearing.take(on("second", frame(2, "000660")))
    hearing.take(LineDown(at(5), "closed"))
    (every,) = gaps(hearing.take(LineDown(at(6), "closed", "second")))
    assert every == Gap(None, at(2), None, "line lost: closed")
    hearing.take(LineUp(at(7)))
    said = gaps(hearing.take(ack(8, A)))
    assert [(gap.symbol, gap.from_ns, gap.to_ns) for gap in said] == [
        ("005930", at(-40), at(8)),  # silent since its own line was lost
        (None, at(2), at(8)),
        ("000660", at(2), None),  # what the other line carried is still not heard
    ]
    hearing.take(LineUp(at(9), "second"))
    (closed,) = gaps(hearing.take(on("second", ack(10, B))))
    assert (closed.symbol, closed.to_ns) == ("000660", at(10))


def test_a_registration_that_stands_on_two_lines_for_a_moment_is_not_cut() -> None:
    hearing = two_lines()
    hearing.take(Wanted(at(1), (A, B)))
    hearing.take(ack(2, B))
    assert hearing.take(Wanted(at(3), (), "second")) == []
    assert hearing.take(on("second", ack(4, B, "OPSP0001", "UNSUBSCRIBE SUCCESS"))) == []
    assert hearing.live == {A, B}


def test_a_day_that_follows_knows_what_each_line_was_like() -> None:
    hearing = two_lines()
    hearing.take(LineDown(at(5), "closed", "second"))
    first, *others = hearing.lines
    state = (first.up, first.live, None, tuple(others), hearing.silent)
    again = Hearing()
    again.take(DayBegun(at(10), None, (), *state))
    for line, keys in (("default", (A,)), ("second", (B,))):
        again.take(Wanted(at(10), keys, line))
    assert (again.live, again.lines, again.silent) == (
        hearing.live,
        hearing.lines,
        hearing.silent,
    )
    (closed,) = gaps([*again.take(LineUp(at(11), "second")), *again.take(on("second", ack(12, B)))])
    assert (closed.symbol, closed.to_ns) == ("000660", at(12))


def frame_of(count: int, width: int, first_volume: int = 10) -> str:
    stream = STREAMS["H0STCNT0"]
    records = []
    for number in range(count):
        fields = ["0"] * max(width, stream.width_min)
        for column, value in {
            "MKSC_SHRN_ISCD": "005930",
            "STCK_CNTG_HOUR": f"0900{number:02d}",
            "STCK_PRPR": str(70_000 + number),
            "CNTG_VOL": "10",
            "ACML_VOL": str(first_volume + 10 * number),
            "ACML_TR_PBMN": "700000",
            "CCLD_DVSN": "1",
            "TRHT_YN": "N",
        }.items():
            fields[stream.index(column)] = value
        records.append("^".join(fields[:width]))
    return f"0|H0STCNT0|{count:03d}|" + "^".join(records)


@pytest.mark.parametrize("width", [46, 47])
def test_part4_07_every_record_of_a_frame_is_read_whether_46_or_47_wide(width: int) -> None:
    hearing = heard_until_live(A)
    said = hearing.take(Text(at(1), frame_of(5, width)))
    prints = [what for what in said if isinstance(what, Trade)]
    assert [trade.price_krw for trade in prints] == [70_000 + number for number in range(5)]
    assert [trade.cum_volume for trade in prints] == [10, 20, 30, 40, 50]


@pytest.mark.parametrize(
    "text",
    [
        frame_of(1, 45),
        frame_of(3, 45),
        frame_of(2, 46) + "^0",
        frame_of(2, 46).replace("|002|", "|003|"),
        frame_of(1, 46) + frame_of(1, 46),
    ],
    ids=["too narrow", "three too narrow", "one field more", "one record fewer", "run together"],
)
def test_part4_07_frames_of_another_width_are_quarantined(text: str) -> None:
    hearing = heard_until_live(A)
    (what,) = hearing.take(Text(at(1), text))
    assert isinstance(what, Quarantined)
    assert what.text == text


def test_prints_of_nxt_make_candles_of_their_own() -> None:
    hearing = Hearing()
    nxt = ("H0NXCNT0", "005930")
    early = OPEN - 60 * 60 * SECOND_NS
    window, wide = (OPEN, OPEN + 30 * 60 * SECOND_NS), (early, OPEN + 600 * 60 * SECOND_NS)
    hearing.take(DayBegun(at(-60), window, ("005930",), nxt_window=wide))
    hearing.take(LineUp(at(-50)))
    hearing.take(Wanted(at(-50), (A, nxt)))
    for key in (A, nxt):
        hearing.take(ack(-40, key))
    hearing.take(Text(at(1), frame_of(2, 46)))
    hearing.take(Text(at(1), frame_of(3, 46).replace("H0STCNT0", "H0NXCNT0")))
    settled = entries(hearing.take(Ticked(at(91))), at(91))
    made = {e.venue: e.bars for e in settled if isinstance(e, FromTicks)}
    assert [(bar.venue, bar.volume) for bar in made["KRX"]] == [("KRX", 20)]
    assert [(bar.venue, bar.volume) for bar in made["NXT"]] == [("NXT", 30)]
    book = MinuteLedger(Window(*window), ("005930",), Pace(1, 2))
    for entry in settled:
        book.apply(entry)
    (bar,) = rows(settled)[0][:1]
    assert bar.bar.venue == "KRX"
    assert book.candles == 1  # the regular day is KRX's alone
