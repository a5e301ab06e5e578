"""Master files from a host on loopback: what is taken, what is refused, and what is kept."""

import hashlib
import json
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest

from kis_core.clock import SECOND_NS, ScaledClock, write_anchor
from kis_core.errors import KisError, MasterError, Refused, Unreachable
from kis_core.net.masters import Fetched, MasterStore, fetch_instruments
from kis_core.wire.masters import codes, contracts, stocks
from kis_core.wire.masters.codes import ThemeRow
from tests.kis_core.net.conftest import MORNING_NS
from tests.kis_core.net.shelf import Page, Shelf
from tests.kis_core.wire.masters import specs
from tests.kis_core.wire.masters.made import line_of, zipped

pytestmark = pytest.mark.anyio

NAME = "theme_code.mst.zip"
LAYOUT = codes.THEMES


def themes(count: int, word: bytes = b"theme") -> bytes:
    lines = [
        line_of(specs.THEMES, theme_code=b"%03d" % number, theme_name=word)
        for number in range(count)
    ]
    return zipped(b"\n".join(lines) + b"\n")


TEN, ELEVEN, SIX, FOUR = themes(10), themes(11), themes(6), themes(4)
MONDAY = ("Last-Modified", "Mon, 10 Nov 2025 22:00:00 GMT")  # Tuesday, 07:00 in Seoul
DATED = Page(TEN, headers=(("ETag", '"ten"'), MONDAY))
ERRORS = Page(b"<html>sorry</html>")


@pytest.fixture
async def store(shelf: Shelf, clock: ScaledClock, tmp_path: Path) -> AsyncIterator[MasterStore]:
    url = f"{shelf.url}/common/master"
    async with MasterStore(
        url, tmp_path / "masters", clock, timeout_s=0.5, backoff_s=0.001
    ) as opened:
        yield opened


def on_disk(tmp_path: Path) -> set[str]:
    return {file.name for file in (tmp_path / "masters").iterdir()}


def named(content: bytes) -> str:
    return f"{NAME}.{hashlib.sha256(content).hexdigest()[:16]}"


def rows(fetched: Fetched[ThemeRow]) -> int:
    return len(fetched.file.rows)


async def test_a_file_is_fetched_written_down_and_found_again(
    store: MasterStore, shelf: Shelf, tmp_path: Path
) -> None:
    shelf.put(NAME, DATED)
    assert store.kept(LAYOUT) is None
    fetched = await store.fetch(LAYOUT)
    assert (rows(fetched), fetched.trouble) == (10, None)
    assert on_disk(tmp_path) == {f"{NAME}.json", named(TEN)}
    assert (tmp_path / "masters" / named(TEN)).read_bytes() == TEN
    assert store.kept(LAYOUT) == fetched
    assert fetched.fetched_ns >= MORNING_NS


async def test_a_file_that_has_not_changed_is_not_sent_again(
    store: MasterStore, shelf: Shelf
) -> None:
    shelf.put(NAME, DATED, Page(status=304))
    first = await store.fetch(LAYOUT)
    second = await store.fetch(LAYOUT)
    assert [headers.get("if-none-match") for _, headers in shelf.asked] == [None, '"ten"']
    assert shelf.asked[1][1]["if-modified-since"] == MONDAY[1]
    assert (rows(second), second.trouble, second.fetched_ns) == (10, None, first.fetched_ns)
    assert second.checked_ns > first.checked_ns
    assert store.kept(LAYOUT) == second


async def test_a_newer_file_takes_the_place_of_the_old_one(
    store: MasterStore, shelf: Shelf, tmp_path: Path
) -> None:
    shelf.put(NAME, DATED, Page(ELEVEN, headers=(("ETag", '"eleven"'),)))
    await store.fetch(LAYOUT)
    assert rows(await store.fetch(LAYOUT)) == 11
    assert on_disk(tmp_path) == {f"{NAME}.json", named(ELEVEN)}


@pytest.mark.parametrize(
    ("pages", "trouble"),
    [
        ([ERRORS], "theme_code.mst: 1 of 1 lines are bad, first"),
        ([Page(TEN[:-40])], "theme_code.mst: the zip cannot be read"),
        ([Page(b"")], "theme_code.mst: expected lines, got an empty file"),
        ([Page(FOUR)], "theme_code.mst: 4 rows, where there were 10"),
        ([Page(b"gone", 404)], "HTTP 404: theme_code.mst.zip was not given"),
        ([Page(b"", 301)], "HTTP 301: theme_code.mst.zip was not given"),
        ([Page(b"busy", 503)] * 3, "theme_code.mst.zip: HTTP 503"),
        ([Page(ELEVEN, cut=50)] * 3, "theme_code.mst.zip: RemoteProtocolError"),
        ([Page(hang=True)] * 3, "theme_code.mst.zip: "),
    ],
    ids=[
        "a page of errors", "half a zip", "nothing", "shrunk", "gone", "moved", "busy", "cut short",
        "silent",
    ],
)  # fmt: skip
async def test_whatever_is_wrong_the_last_good_file_stays_in_force(
    store: MasterStore, shelf: Shelf, tmp_path: Path, pages: list[Page], trouble: str
) -> None:
    shelf.put(NAME, DATED)
    good = await store.fetch(LAYOUT)
    shelf.put(NAME, *pages)
    fetched = await store.fetch(LAYOUT)
    assert fetched.trouble is not None
    assert fetched.trouble.startswith(trouble)
    assert (fetched.file, fetched.fetched_ns, fetched.checked_ns) == (
        good.file, good.fetched_ns, good.checked_ns,
    )  # fmt: skip
    assert store.kept(LAYOUT) == good
    assert len(shelf.asked) == 1 + len(pages)
    refused = tmp_path / "masters" / f"{NAME}.bad"
    assert refused.exists() == trouble.startswith("theme_code.mst: ")
    if refused.exists():
        assert refused.read_bytes() == pages[-1].body


@pytest.mark.parametrize(
    ("page", "error"),
    [
        (ERRORS, MasterError),
        (Page(b"gone", 404), Refused),
        (Page(b"busy", 503), Unreachable),
        (Page(ELEVEN, cut=50), Unreachable),
        (Page(status=304), Refused),
    ],
)
async def test_with_no_good_file_at_all_the_trouble_is_raised(
    store: MasterStore, shelf: Shelf, page: Page, error: type[KisError]
) -> None:
    shelf.put(NAME, page)
    with pytest.raises(error):
        await store.fetch(LAYOUT)
    assert store.kept(LAYOUT) is None


async def test_what_passes_is_waited_out(store: MasterStore, shelf: Shelf) -> None:
    shelf.put(NAME, Page(b"busy", 503), Page(TEN, cut=30), DATED)
    assert rows(await store.fetch(LAYOUT)) == 10
    assert shelf.names() == [NAME] * 3


async def test_a_file_may_lose_rows_but_not_half_of_them(store: MasterStore, shelf: Shelf) -> None:
    shelf.put(NAME, DATED, Page(SIX), Page(FOUR), Page(themes(1)))
    assert [rows(await store.fetch(LAYOUT)) for _ in range(4)] == [10, 6, 4, 4]


async def test_a_host_that_sends_without_end_is_refused(
    store: MasterStore, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kis_core.net.masters.BYTES_MAX", 1_000)
    shelf.put(NAME, Page(b"x" * 2_000))
    with pytest.raises(MasterError, match="more than 1,000 bytes"):
        await store.fetch(LAYOUT)


@pytest.mark.parametrize("what", ["bytes", "pointer", "draft"])
async def test_what_a_crash_left_half_written_is_fetched_anew_and_never_read(
    store: MasterStore, shelf: Shelf, tmp_path: Path, what: str
) -> None:
    shelf.put(NAME, DATED)
    good = await store.fetch(LAYOUT)
    folder = tmp_path / "masters"
    if what == "bytes":
        (folder / named(TEN)).write_bytes(TEN[:100])
    elif what == "pointer":
        (folder / f"{NAME}.json").write_text('{"sha256": "')
    else:
        (folder / f"{NAME}.json.99.tmp").write_text("{")
    assert store.kept(LAYOUT) == (good if what == "draft" else None)
    again = await store.fetch(LAYOUT)
    assert (rows(again), again.trouble) == (10, None)
    asked_before = "if-none-match" in shelf.asked[-1][1]
    assert asked_before == (what == "draft")
    assert store.kept(LAYOUT) == again


async def test_the_day_a_file_is_of_is_the_hosts_or_else_that_of_the_fetching(
    store: MasterStore, shelf: Shelf
) -> None:
    shelf.put(NAME, DATED, Page(ELEVEN), Page(TEN, headers=(("Last-Modified", "yesterday"),)))
    days = [(await store.fetch(LAYOUT)).as_of for _ in range(3)]
    assert days == [date(2025, 11, 11), date(2025, 11, 12), date(2025, 11, 12)]


async def test_the_age_counts_from_the_hosts_last_word(store: MasterStore, shelf: Shelf) -> None:
    shelf.put(NAME, DATED)
    fetched = await store.fetch(LAYOUT)
    assert fetched.age_s(fetched.checked_ns + 90 * SECOND_NS) == 90.0


async def test_a_second_process_finds_what_the_first_one_wrote(
    store: MasterStore, shelf: Shelf, tmp_path: Path
) -> None:
    shelf.put(NAME, DATED, Page(status=304))
    first = await store.fetch(LAYOUT)
    write_anchor(tmp_path / "later.json", MORNING_NS + 86_400 * SECOND_NS, 1.0, running=True)
    later = ScaledClock(tmp_path / "later.json")
    async with MasterStore(shelf.url, tmp_path / "masters", later, backoff_s=0.001) as second:
        assert second.kept(LAYOUT) == first
        assert (await second.fetch(LAYOUT)).fetched_ns == first.fetched_ns
    pointer = json.loads((tmp_path / "masters" / f"{NAME}.json").read_text())
    assert pointer["checked_ns"] >= MORNING_NS + 86_400 * SECOND_NS


async def test_all_files_together_make_a_table_and_what_is_missing_is_told(
    store: MasterStore, shelf: Shelf
) -> None:
    def page(spec: str, *lines: dict[str, bytes], day: int) -> Page:
        body = b"".join(line_of(spec, **said) + b"\n" for said in lines)
        modified = f"Wed, {day} Nov 2025 00:00:00 GMT"
        return Page(zipped(body), headers=(("Last-Modified", modified),))

    shelf.put(
        stocks.KOSPI.remote_name,
        page(specs.KOSPI, {"mksc_shrn_iscd": b"005930"}, {"trht_yn": b"?"}, day=12),
    )
    shelf.put(stocks.KOSDAQ.remote_name, page(specs.KOSDAQ, {"mksc_shrn_iscd": b"247540"}, day=11))
    shelf.put(
        stocks.NXT_KOSPI.remote_name, page(specs.KOSPI, {"mksc_shrn_iscd": b"005930"}, day=12)
    )
    shelf.put(
        contracts.INDEX_CONTRACTS.remote_name,
        Page(b"1|A01603|KR4A01630008|F 202603| |00000.00|1|2001|KOSPI200\n"),
    )
    table = await fetch_instruments(store)
    assert set(table.instruments.listed()) == {"005930", "247540"}
    assert table.instruments.listed()["005930"].nxt is True
    assert table.instruments.listed()["247540"].nxt is None
    assert table.instruments.as_of == date(2025, 11, 11)
    front = table.instruments.front_future()
    assert front is not None
    assert front.code == "A01603"
    assert [str(bad) for bad in table.bad] == [
        "kospi_code.mst line 2, trht_yn: expected Y, N or blank, got b'?'"
    ]
    assert set(table.troubles) == {
        "konex_code.mst", "nxt_kosdaq_code.mst", "fo_stk_code_mts.mst", "fo_com_code.mst",
        "fo_cme_code.mst", "fo_eurex_code.mst", "idxcode.mst",
    }  # fmt: skip
    assert table.troubles["idxcode.mst"] == "HTTP 404: idxcode.mst.zip was not given"


async def test_the_real_files_come_through_whole(
    store: MasterStore, shelf: Shelf, kst_data: Path
) -> None:
    for layout in (stocks.KOSPI, stocks.KOSDAQ):
        file = kst_data / "masters" / layout.remote_name
        shelf.put(layout.remote_name, Page(file.read_bytes()))
    table = await fetch_instruments(store)
    assert len(table.instruments.listed()) == 4315
    assert table.bad == ()
