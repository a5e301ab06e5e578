"""The panel in a real browser, over a real collector that listens to our simulator."""

import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import BrowserContext, Page, async_playwright, expect

from tests.collector.panel.living import BAD_ROW, KIWOOM_SYMBOLS, PANEL_TOKEN, Living, living

pytestmark = [pytest.mark.anyio, pytest.mark.story]
CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
DESK, PHONE = (1360, 900), (390, 844)
SOON_MS = 60_000  # a busy machine, and a line that is opened again with growing pauses


@pytest.fixture
def chromium() -> Path:
    """Debian's Chromium; CI fails without it, elsewhere the test is left out."""
    if not CHROMIUM.exists():
        if os.environ.get("CI"):
            pytest.fail(f"{CHROMIUM} is not installed, and CI tries the panel in it")
        pytest.skip(f"{CHROMIUM} is not installed")
    return CHROMIUM


@asynccontextmanager
async def browsing(chromium: Path, folder: Path, language: str) -> AsyncIterator[BrowserContext]:
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            folder,
            executable_path=chromium,
            args=ARGUMENTS,
            locale=language,
            viewport={"width": DESK[0], "height": DESK[1]},
        )
        try:
            yield context
        finally:
            await context.close()


class Watched:
    """What a page asked for, and what it complained of."""

    def __init__(self, page: Page) -> None:
        self.hosts: set[str] = set()
        self.complaints: list[str] = []
        page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self._hear(said.type, said.text))

    def _hear(self, kind: str, text: str) -> None:
        # The browser itself names each answer that is not 200: the login form's among them.
        if kind == "error" and "Failed to load resource" not in text:
            self.complaints.append(text)


async def number_in(page: Page, tile: str) -> int:
    text = await page.locator(f"#tile-{tile} strong").inner_text()
    return int(re.sub(r"\D", "", text))


async def log_in(page: Page, lives: Living) -> None:
    await page.goto(f"{lives.collector_url}/panel")
    await page.fill("input[name=token]", "not the token at all")
    await page.click("button.main")
    await expect(page.get_by_role("alert")).to_contain_text("토큰이 다릅니다")
    await page.fill("input[name=token]", PANEL_TOKEN)
    await page.fill("input[name=name]", "김 철수")
    await page.click("button.main")
    await expect(page.locator("#tile-connection")).to_have_class(re.compile("good"))


async def counters_rise(page: Page) -> None:
    await expect(page.locator("#tile-registered strong")).to_have_text("41", timeout=SOON_MS)
    before = await number_in(page, "records")
    await page.wait_for_function(
        "least => Number(document.querySelector('#tile-records strong')"
        ".textContent.replace(/\\D/g, '')) > least + 100",
        arg=before,
        timeout=SOON_MS,
    )
    await expect(page.locator("#spark polyline")).to_have_attribute(
        "points", re.compile(r"\d,\d"), timeout=SOON_MS
    )
    await expect(page.locator("#counters td.n").first).to_have_text(re.compile(r"^[\d,]{3,}$"))


async def buttons_say_why_they_cannot_be_pressed(page: Page) -> None:
    await expect(page.locator("#kis-connect")).to_be_disabled()
    await page.locator(".off", has=page.locator("#kis-register")).hover()
    await expect(page.locator("#why-kis-register")).to_be_visible()
    await expect(page.locator("#kiwoom-stop")).to_be_disabled()


async def kiwoom_is_loaded_started_and_stopped(page: Page) -> None:
    await page.click("#kiwoom-register")
    await expect(page.locator("#preview-symbols")).to_have_text(str(KIWOOM_SYMBOLS))
    await expect(page.locator("li")).to_contain_text(f"row {KIWOOM_SYMBOLS + 2}: '{BAD_ROW}'")
    await page.get_by_role("button", name="이 심볼로 등록").click()
    await expect(page.locator("#answer")).to_contain_text("쓸 수 없는 행 1개")
    await page.click("#kiwoom-start")
    await expect(page.locator("#answer")).to_contain_text("키움 기록을 시작했습니다")
    await expect(page.locator("#head-kiwoom")).to_contain_text("기록 중")
    trades = page.locator("#body-kiwoom tbody tr", has_text="KRX 체결")
    await expect(trades.first.locator("td.n").nth(2)).to_have_text("10", timeout=SOON_MS)
    await expect(page.locator("#tile-connection strong")).to_have_text("2 / 2")
    await expect(page.locator("#counters tbody tr", has_text="NXT").first).to_contain_text("키움")
    await page.click("#kiwoom-stop")
    await page.click("#sure-kiwoom-stop")
    await expect(page.locator("#answer")).to_contain_text("키움 기록을 멈췄습니다")
    await expect(page.locator("#head-kiwoom")).to_contain_text("멈춤")
    await expect(page.locator("#gaps tbody tr").first).to_contain_text("키움")
    await page.click("#kiwoom-start")
    await expect(page.locator("#tile-gaps")).to_have_class(re.compile("good"), timeout=SOON_MS)


async def minutes_are_filled_now(page: Page) -> None:
    await page.click("#collector-backfill")
    await expect(page.locator("#log")).to_contain_text("PANEL_WORK", timeout=SOON_MS)
    await expect(page.locator("#log")).to_contain_text("candles were filled")


async def the_tape_becomes_parquet_now(page: Page) -> None:
    await page.click("#collector-compact")
    await expect(page.locator("#log")).to_contain_text("The tape is Parquet now", timeout=SOON_MS)
    await expect(page.locator("#files")).to_contain_text(
        "days/kiwoom/market_data_20250903.parquet", timeout=SOON_MS
    )


async def disconnecting_is_asked_about_and_leaves_a_gap(page: Page) -> None:
    await page.click("#kis-disconnect")
    asked = page.locator("#ask-kis-disconnect")
    await expect(asked).to_be_visible()
    await asked.get_by_text("그만두기").click()
    await expect(asked).to_be_hidden()
    await expect(page.locator("#tile-connection")).to_have_class(re.compile("good"))
    await page.click("#kis-disconnect")
    await page.click("#sure-kis-disconnect")
    await expect(page.locator("#answer")).to_contain_text("KIS 연결을 끊었습니다")
    await expect(page.locator("#tile-connection")).to_have_class(re.compile("bad"))
    await expect(page.locator("#gaps tbody tr").first).to_contain_text("패널에서 끊음: 김 철수")
    await expect(page.locator("#gaps tbody tr").first).to_contain_text("열림")
    await expect(page.locator("#acts tbody tr").first).to_contain_text("김 철수")
    await page.click("#kis-connect")
    await expect(page.locator("#answer")).to_contain_text("KIS 연결을 시작했습니다")
    await expect(page.locator("#tile-connection")).to_have_class(
        re.compile("good"), timeout=SOON_MS
    )
    await expect(page.locator("#tile-gaps")).to_have_class(re.compile("good"), timeout=SOON_MS)


async def a_line_that_is_cut_is_a_gap(page: Page, lives: Living) -> None:
    before = await page.locator("#gaps tbody tr").count()
    await lives.cut_the_line()
    await expect(page.locator("#tile-gaps")).to_have_class(re.compile("bad"), timeout=SOON_MS)
    await expect(page.locator("#gaps tbody tr")).to_have_count(before + 1, timeout=SOON_MS)
    await expect(page.locator("#gaps tbody tr").first).to_contain_text("line lost: closed")
    await expect(page.locator("#tile-gaps")).to_have_class(re.compile("good"), timeout=SOON_MS)


async def it_fits_on_a_phone(page: Page) -> None:
    await page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    wide = await page.evaluate("document.scrollingElement.scrollWidth")
    assert wide <= PHONE[0]
    await page.set_viewport_size({"width": DESK[0], "height": DESK[1]})


async def a_collector_that_is_away_is_told_and_found_again(page: Page, lives: Living) -> None:
    await expect(page.locator("#lost")).to_be_hidden()
    await lives.end_collector()
    await expect(page.locator("#lost")).to_be_visible(timeout=SOON_MS)
    await lives.start_collector()
    await expect(page.locator("#lost")).to_be_hidden(timeout=SOON_MS)
    await expect(page.locator("#head-kis")).to_contain_text("connected", timeout=SOON_MS)


async def test_a_trading_morning_with_the_panel(
    tmp_path: Path, database: str, chromium: Path
) -> None:
    async with (
        living(tmp_path, database) as lives,
        browsing(chromium, tmp_path / "browser", "ko-KR") as context,
    ):
        page = context.pages[0]
        watched = Watched(page)
        await log_in(page, lives)
        await counters_rise(page)
        await buttons_say_why_they_cannot_be_pressed(page)
        await disconnecting_is_asked_about_and_leaves_a_gap(page)
        await kiwoom_is_loaded_started_and_stopped(page)
        await minutes_are_filled_now(page)
        await the_tape_becomes_parquet_now(page)
        await page.get_by_role("link", name="English").click()
        await expect(page.locator("h1")).to_have_text("Collector")
        await a_line_that_is_cut_is_a_gap(page, lives)
        await it_fits_on_a_phone(page)
        assert watched.complaints == []  # from here on the page complains, and should
        await a_collector_that_is_away_is_told_and_found_again(page, lives)
        assert watched.hosts == {urlsplit(lives.collector_url).netloc}
        await page.screenshot(path=tmp_path / "panel.png", full_page=True)
        await page.get_by_role("button", name="Log out").click()
        await expect(page.locator("input[name=token]")).to_be_visible()
