"""What is shown of what is known: words, figures, and how loudly they are said."""

from typing import Any

import msgspec
import pytest

from collector.panel.facts import (
    AskedBy,
    Beside,
    Done,
    Facts,
    FileRow,
    Finding,
    LogLine,
    Part,
    Past,
    PhaseNow,
    Quality,
    Rate,
    ReaderRow,
    Slot,
    Status,
    Sweeps,
)
from collector.panel.parts import (
    Act,
    Answer,
    Counter,
    Figure,
    Group,
    NotConfigured,
    Session,
    Silent,
    SourceShown,
    Text,
    same,
)
from collector.panel.view import ROWS_MAX, Cell, Page, Table, Tile, Tone, card, page, tiles
from kis_core.market.events import Gap
from kis_core.market.sessions import Phase

S = 1_000_000_000
NOW_NS = 1_756_857_900 * S  # 2025-09-03 09:05:00
STATUS = Status(
    date="2025-09-03", records=10, frames=12, quarantined=0, universe=103, candles=2_265,
    confirmed=0, repaired=0, surplus=0, doubts=0, sweeps=Sweeps(139, 0, 0), past=Past(0, 0, 0),
    complete=False, session=True,
)  # fmt: skip
UP = Session("kis", True, NOW_NS - 60 * S, 41, 41)
DOWN = Session("kis-2", False, None, 0, 41)
TRADES = Group("H0STCNT0", "H0STCNT0", 41, 41, 41)


def kis(**changes: Any) -> SourceShown:
    shown = SourceShown("kis", same("KIS"), None, NOW_NS - S // 10, (UP,), (TRADES,), database=True)
    return msgspec.structs.replace(shown, **changes)


def facts(source: SourceShown | None = None, **changes: Any) -> Facts:
    part = Part(source or kis(), (Counter("KRX", "trade", 1_234_567),), ())
    usual = Facts(
        now_ns=NOW_NS, environment="sim", status=STATUS,
        phases=(PhaseNow("KRX", Phase.CONTINUOUS, NOW_NS + 900 * S),), sources=(part,),
        house=Part(SourceShown("collector", same("Collector")), (), ()), slots=(),
        readers=(), mailbox_bound=20_000, files=(), fsync_s=1.0, rates=(), history=(),
        log=(), done=(),
    )  # fmt: skip
    return msgspec.structs.replace(usual, **changes)


def tile(shown: Facts, key: str) -> Tile:
    return next(tile for tile in tiles(shown, "en") if tile.key == key)


def table(shown: Facts, key: str) -> Table:
    return next(table for table in page(shown, "en").tables if table.key == key)


def texts(found: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in found.rows]


@pytest.mark.parametrize(
    ("sessions", "value", "sub", "tone"),
    [
        ((UP,), "1 / 1", "connected · 0.1 s ago", "good"),
        ((UP, DOWN), "1 / 2", "partly connected · 0.1 s ago", "warn"),
        ((DOWN,), "0 / 1", "not connected · 0.1 s ago", "bad"),
        ((), "–", "not configured · 0.1 s ago", "dim"),
    ],
)
def test_the_connection_is_as_loud_as_it_is_bad(
    sessions: tuple[Session, ...], value: str, sub: str, tone: Tone
) -> None:
    shown = tile(facts(kis(sessions=sessions)), "connection")
    assert (shown.value, shown.sub, shown.tone) == (value, sub, tone)


def gap(ended_s: int | None, symbol: str | None = None) -> Gap:
    """A gap that began five minutes before now, and ended so many seconds before it."""
    ended_ns = None if ended_s is None else NOW_NS - ended_s * S
    return Gap(symbol, NOW_NS - 300 * S, ended_ns, "restart")


@pytest.mark.parametrize(
    ("changes", "key", "value", "sub", "tone"),
    [
        ({}, "gaps", "none open", "0 today", "good"),
        ({"source": kis(gaps=(gap(9),))}, "gaps", "none open", "1 today", "good"),
        ({"source": kis(gaps=(gap(None), gap(9)))}, "gaps", "1 open", "2 today", "bad"),
        ({}, "database", "connected", "0 B waiting", "good"),
        ({"source": kis(database=False, unsent=241_000)}, "database", "not connected",
         "241 KB waiting", "bad"),
        ({"source": kis(database=None)}, "database", "–", "0 B waiting", ""),
        ({}, "records", "1,234,567", "0.0 a second", ""),
        ({"history": (10.0, 154.2)}, "records", "1,234,567", "154 a second", ""),
        ({"files": (FileRow("tape/a", 1_500_000), FileRow("b", 500_000))}, "files", "2.0 MB",
         "2 · tape 0 B", ""),
    ],
    ids=["no gap", "a closed one", "an open one", "database", "database lost", "no database",
         "records", "their rate", "files"],
)  # fmt: skip
def test_large_figures(changes: dict[str, Any], key: str, value: str, sub: str, tone: Tone) -> None:
    shown = tile(facts(**changes), key)
    assert (shown.value, shown.sub, shown.tone) == (value, sub, tone)


LEFT_OUT = (
    "41 of 41 places taken by better wants: CANDIDATE rank 5 was the last served, "
    "this is WATCH rank 7"
)


def test_a_registration_without_a_place_or_an_answer_is_seen() -> None:
    by = (AskedBy("kmp", "ACTIVE", 3), AskedBy("oms", "HOLDING", 0))
    denied = "KIS refused its registration: OPSP0008 MAX SUBSCRIBE OVER"
    slots = (
        Slot("H0STCNT0", "005930", True, "kept", "HOLDING", by, "kis", live=True),
        Slot("H0STCNT0", "000270", True, denied, "ACTIVE", by[:1], "kis", denied=True),
        Slot("H0STCNT0", "000660", False, LEFT_OUT, "WATCH", (AskedBy("kpr", "WATCH", 7),)),
        Slot("H0STCNT0", "035720", False, "taken away: nobody wants it"),
    )
    shown = facts(kis(groups=(Group("H0STCNT0", "H0STCNT0", 41, 38, 30),)), slots=slots)
    registered = tile(shown, "registered")
    assert (registered.value, registered.sub) == ("38", "41 requested · 1 left out")
    assert registered.tone == "warn"
    rows = table(shown, "slots").rows
    assert [row[2] for row in rows] == [
        Cell("live", "good"), Cell("refused by KIS", "bad"), Cell("left out", "warn"),
        Cell("left out", "warn"),
    ]  # fmt: skip
    assert [row[4].text for row in rows] == ["kmp ACTIVE 3, oms HOLDING 0", "kmp ACTIVE 3",
                                             "kpr WATCH 7", ""]  # fmt: skip
    assert [row[6].text for row in rows[1:3]] == [denied, LEFT_OUT]
    assert table(shown, "slots").note == "2 / 3"
    groups = card(shown.sources[0], NOW_NS, "en").groups
    assert [cell.text for cell in groups.rows[0]] == ["H0STCNT0 trade", "41", "38", "30"]
    assert [cell.tone for cell in groups.rows[0]] == ["", "", "warn", "warn"]


def test_a_screen_that_the_broker_refused_says_so_in_his_words() -> None:
    screen = Group("1003", "0D", 100, 0, 0, "NXT", "limit of items")
    row = card(facts(kis(groups=(screen,))).sources[0], NOW_NS, "ko").groups.rows[0]
    assert row[0] == Cell("1003 NXT 호가: limit of items", "bad")


def test_a_source_that_is_not_configured_says_what_to_do_and_counts_for_nothing() -> None:
    missing = NotConfigured("kiwoom", Text("키움", "Kiwoom"), Text("적으세요", "write it down"))
    part = Part(missing.shown(), missing.counters(), missing.acts())
    usual = facts()
    shown = msgspec.structs.replace(usual, sources=(*usual.sources, part))
    told = card(part, NOW_NS, "en")
    assert (told.state, told.tone, told.todo) == ("not configured", "dim", "write it down")
    assert (told.buttons, told.sessions.rows) == ((), ())
    assert tile(shown, "connection") == tile(usual, "connection")


@pytest.mark.parametrize(
    ("at_s", "tone"), [(59, ""), (61, "warn")], ids=["a quiet minute", "longer"]
)
def test_a_source_that_falls_silent_is_seen(at_s: int, tone: Tone) -> None:
    part = facts(kis(heard_ns=NOW_NS - at_s * S)).sources[0]
    assert card(part, NOW_NS, "en").sessions.rows[0][3].tone == tone


@pytest.mark.parametrize(("on", "says"), [(True, "writing"), (False, "not writing"), (None, "")])
def test_logging_is_said_where_it_can_be_switched(on: bool | None, says: str) -> None:
    assert card(facts(kis(logging=on)).sources[0], NOW_NS, "en").logging == says


def test_buttons_say_why_they_cannot_be_pressed_and_what_they_stop() -> None:
    acts = (
        Act("connect", why_not=Text("이미", "already")),
        Act("disconnect", confirm=Text("멈춥니다", "it stops")),
        Act("register"),
    )
    buttons = card(Part(kis(), (), acts), NOW_NS, "ko").buttons
    assert [(b.label, b.why_not, b.confirm, b.danger, b.preview) for b in buttons] == [
        ("연결", "이미", "", False, False),
        ("연결 끊기", "", "멈춥니다", True, False),
        ("심볼 로드 & 등록", "", "", False, True),
    ]


def test_open_gaps_stand_first_and_last_until_now() -> None:
    found = table(facts(kis(gaps=(gap(44, "005930"), gap(None)))), "gaps")
    assert texts(found) == [
        ["09:00:00", "open", "5 min 0 s", "KIS", "everything", "restart"],
        ["09:00:00", "09:04:16", "4 min 16 s", "KIS", "005930", "restart"],
    ]
    assert found.rows[0][1].tone == "bad"


def test_silent_symbols_those_never_heard_first() -> None:
    silent = (
        Silent("005930", "KRX", "trade", NOW_NS - 90 * S),
        Silent("000660", "NXT", "0D", None),
    )
    assert [[*map(lambda cell: (cell.text, cell.tone), row)] for row in
            table(facts(kis(silent=silent)), "silent").rows] == [
        [("000660", ""), ("NXT", ""), ("book", "dim"), ("never", "bad")],
        [("005930", ""), ("KRX", ""), ("trade", "dim"), ("1 min 30 s ago", "warn")],
    ]  # fmt: skip


def test_rates_stand_beside_the_records_they_are_of() -> None:
    shown = facts(rates=(Rate("kis", "KRX", "trade", 154.24), Rate("kis", "KRX", "book", 9.0)))
    assert texts(table(shown, "counters")) == [["KIS", "KRX", "trade", "1,234,567", "154"]]
    assert texts(table(facts(), "counters")) == [["KIS", "KRX", "trade", "1,234,567", "–"]]


def test_a_reader_that_is_slow_is_seen() -> None:
    rows = table(facts(readers=(ReaderRow("kmp", 103, 12_000, 7), ReaderRow("oms", 2, 0, 0))),
                 "readers").rows  # fmt: skip
    assert [(cell.text, cell.tone) for cell in rows[0]] == [
        ("kmp", ""), ("103", ""), ("12,000 / 20,000", "warn"), ("7", "warn"),
    ]  # fmt: skip
    assert [cell.tone for cell in rows[1]] == ["", "", "", ""]


def with_findings(quality: Quality | None) -> Facts:
    return facts(status=msgspec.structs.replace(STATUS, findings=quality))


@pytest.mark.parametrize(
    ("quality", "says"),
    [(None, "Quality checks are not running."), (Quality({}, ()), "No finding today.")],
)
def test_nobody_looking_is_not_nothing_found(quality: Quality | None, says: str) -> None:
    found = table(with_findings(quality), "findings")
    assert (found.rows, found.empty) == ((), says)


def finding(kind: str, symbol: str, at: str) -> Finding:
    return Finding(
        kind, "중복", kind.title(), "KRX", symbol, 1, f"2025-09-03T{at}.123+09:00", "two of a kind"
    )


def test_findings_by_kind_most_frequent_first_with_their_newest_case() -> None:
    cases = (
        finding("duplicate", "005930", "09:01:00"),
        finding("duplicate", "000660", "09:02:00"),
    )
    quality = Quality({"crossed": 2, "duplicate": 401}, cases)
    assert texts(table(with_findings(quality), "findings")) == [
        ["Duplicate", "401", "000660 KRX", "09:02:00", "two of a kind"],
        ["crossed", "2", "–", "–", ""],
    ]


def test_findings_of_kiwoom_stand_beside_those_of_kis() -> None:
    kis_told = Quality({"duplicate": 3}, (finding("duplicate", "005930", "09:01:00"),))
    kiwoom = Quality(
        {"duplicate": 2, "stalled": 4},
        (finding("duplicate", "000660", "09:02:00"), finding("stalled", "035720", "09:03:00")),
    )
    status = msgspec.structs.replace(STATUS, findings=kis_told, kiwoom=Beside(kiwoom))
    assert texts(table(facts(status=status), "findings")) == [
        ["Duplicate", "5", "000660 KRX", "09:02:00", "two of a kind"],
        ["Stalled", "4", "035720 KRX", "09:03:00", "two of a kind"],
    ]


def test_a_finding_about_everything_says_so() -> None:
    quality = Quality({"gap": 1}, (finding("gap", "*", "09:02:00"),))
    assert texts(table(with_findings(quality), "findings"))[0][2] == "everything"


@pytest.mark.parametrize(("database", "tone"), [(True, "good"), (False, "bad"), (None, "good")])
def test_a_source_without_a_line_shows_what_it_asked(database: bool | None, tone: Tone) -> None:
    figures = (Figure(same("boards asked / failed"), 1_200, 3),)
    shown = kis(sessions=(), groups=(), figures=figures, database=database)
    told = card(facts(shown).sources[0], NOW_NS, "en")
    assert (told.state, told.tone) == ("asked over REST", tone)
    assert texts(told.groups) == [["boards asked / failed", "1,200 / 3"]]


def test_a_long_table_says_how_much_more_there_is() -> None:
    files = tuple(FileRow(f"{number:03d}", 1) for number in range(ROWS_MAX + 5))
    found = table(facts(files=files), "files")
    assert (len(found.rows), found.more) == (ROWS_MAX, "5 more")
    assert found.rows[0][0].text == f"{ROWS_MAX + 4:03d}"


def test_what_was_done_by_whom_newest_first() -> None:
    said = Answer(True, Text("끊었습니다", "It is disconnected."))
    refused = Answer(False, Text("이미", "It is already."))
    done = (
        Done(1, NOW_NS, "kim", "kis", "disconnect", said),
        Done(2, NOW_NS + S, "lee", "kis", "disconnect", refused),
    )
    found = table(facts(done=done), "acts")
    assert texts(found) == [
        ["09:05:01", "lee", "KIS · Disconnect", "not done", "It is already."],
        ["09:05:00", "kim", "KIS · Disconnect", "done", "It is disconnected."],
    ]


def test_the_market_now_is_told_in_words() -> None:
    phases = (
        PhaseNow("KRX", Phase.CONTINUOUS, NOW_NS + 900 * S),
        PhaseNow("NXT", Phase.CLOSED, None),
    )
    assert page(facts(phases=phases), "ko").phases == (
        Cell("KRX 정규장 · 09:20까지", "good"), Cell("NXT 장 마감", "dim"),
    )  # fmt: skip


def test_the_newest_log_line_stands_first_and_warnings_are_seen() -> None:
    log = (
        LogLine("09:00:00", "info", "LINE_UP", ""),
        LogLine("09:00:01", "warning", "GAP", "reason=x"),
    )
    assert page(facts(log=log), "en").log == (
        ("09:00:01", "warn", "GAP", "reason=x"), ("09:00:00", "", "LINE_UP", ""),
    )  # fmt: skip


def _all_texts(shown: Page) -> str:
    return msgspec.json.encode(shown).decode()


def test_both_languages_show_the_same_figures() -> None:
    shown = facts(kis(gaps=(gap(None),)), history=(1.0, 2.0), readers=(ReaderRow("kmp", 1, 0, 0),))
    korean, english = page(shown, "ko"), page(shown, "en")
    assert [tile.tone for tile in korean.tiles] == [tile.tone for tile in english.tiles]
    assert [len(table.rows) for table in korean.tables] == [
        len(table.rows) for table in english.tables
    ]
    assert not any("가" <= letter <= "힣" for letter in _all_texts(english))
