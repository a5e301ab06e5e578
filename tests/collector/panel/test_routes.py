"""The panel's doors: who sees, who acts, and what a text may not do."""

import re
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from collector.panel.parts import Language
from collector.panel.root import panel_token
from collector.panel.routes import make_panel, preferred
from collector.panel.visit import VISIT_S
from config.load import ConfigError
from kis_core.clock import SECOND_NS, SystemClock
from kis_core.feed import Priority, Want, Wants
from tests.collector.panel.conftest import NASTY, TOKEN, Panel, Visiting

pytestmark = pytest.mark.anyio
STOP = "/panel/act/kiwoom/stop"


async def form_key(http: httpx.AsyncClient) -> str:
    page = (await http.get("/panel/")).text
    found = re.search(r'name="key" value="([0-9a-f]+)"', page)
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/panel/"),
        ("GET", "/panel/?done=1"),
        ("GET", "/panel/live"),
        ("GET", "/panel/preview/kiwoom"),
        ("POST", STOP),
    ],
)
async def test_without_a_visit_there_is_nothing_but_the_form_of_the_token(
    visiting: Visiting, panel: Panel, method: str, path: str
) -> None:
    async with visiting(name=None) as http:
        answer = await http.request(method, path, data={"key": "x"} if method == "POST" else None)
    assert answer.status_code == 401
    assert "Kiwoom" not in answer.text
    assert ('name="token"' in answer.text) == (path != "/panel/live")
    assert panel.source.performed == []


async def test_a_page_that_refreshes_itself_is_sent_back_to_the_form(visiting: Visiting) -> None:
    async with visiting(name=None) as http:
        assert (await http.get("/panel/live")).headers["HX-Refresh"] == "true"


@pytest.mark.parametrize("said", ["", "wrong", TOKEN[:-1], TOKEN + "x", "토큰"])
async def test_a_wrong_token_opens_nothing_and_is_written_down(
    visiting: Visiting, panel: Panel, said: str
) -> None:
    async with visiting(name=None) as http:
        answer = await http.post("/panel/login", data={"token": said})
        assert (answer.status_code, answer.headers.get("set-cookie")) == (403, None)
        assert "That is not the token." in answer.text
        assert (await http.get("/panel/")).status_code == 401
    assert [event for event, _ in panel.log.lines] == ["PANEL_LOGIN_REFUSED"]
    assert said == "" or said not in repr(panel.log.lines)


async def test_after_many_wrong_tokens_even_the_right_one_waits(
    visiting: Visiting, panel: Panel
) -> None:
    async with visiting(name=None) as http:
        for _ in range(10):
            await http.post("/panel/login", data={"token": "wrong"})
        answer = await http.post("/panel/login", data={"token": TOKEN})
        assert answer.status_code == 429
        assert "Try again in 61 s." in answer.text
        await panel.world.move_to(panel.world.now_ns() + 61 * SECOND_NS)
        assert (await http.post("/panel/login", data={"token": TOKEN})).status_code == 303


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"token": TOKEN, "name": NASTY}, 422),
        ({"token": TOKEN, "name": "x" * 25}, 422),
        ({"token": TOKEN, "name": "x" * 9_000}, 413),
    ],
)
async def test_a_name_that_is_none_is_one_sentence(
    visiting: Visiting, form: dict[str, str], status: int
) -> None:
    async with visiting(name=None) as http:
        answer = await http.post("/panel/login", data=form)
    assert (answer.status_code, "set-cookie" in answer.headers) == (status, False)
    assert NASTY not in answer.text


async def test_the_cookie_is_hidden_from_scripts_and_other_sites_and_holds_no_token(
    visiting: Visiting, panel: Panel
) -> None:
    async with visiting(name=None) as http:
        answer = await http.post("/panel/login", data={"token": TOKEN, "name": "kim"})
    cookie = answer.headers["set-cookie"]
    assert re.search(r"; HttpOnly; .*Path=/panel; SameSite=strict", cookie)
    assert TOKEN not in cookie
    assert ("PANEL_LOGIN", {"by": "kim", "address": "127.0.0.1"}) in panel.log.lines


async def test_a_visit_ends_after_a_day_and_when_it_is_ended(
    visiting: Visiting, panel: Panel
) -> None:
    async with visiting() as http:
        assert (await http.get("/panel/")).status_code == 200
        await panel.world.move_to(panel.world.now_ns() + VISIT_S * SECOND_NS)
        assert (await http.get("/panel/")).status_code == 401
    async with visiting() as http:
        await http.post("/panel/logout")
        assert (await http.get("/panel/")).status_code == 401


@pytest.mark.parametrize("act", ["register", "start", "stop", "connect"])
async def test_no_get_ever_acts(visiting: Visiting, panel: Panel, act: str) -> None:
    async with visiting() as http:
        key = await form_key(http)
        answer = await http.get(f"/panel/act/kiwoom/{act}", params={"key": key})
    assert answer.status_code == 405
    assert panel.source.performed == []


@pytest.mark.parametrize(
    ("key", "headers", "status"),
    [
        (None, {}, 403),
        ("", {}, 403),
        ("0" * 64, {}, 403),
        ("right", {"Origin": "http://evil.example"}, 403),
        ("right", {"Origin": "null"}, 403),
        ("right", {"Origin": "http://panel"}, 303),
        ("right", {}, 303),
    ],
    ids=["no key", "blank", "wrong", "another site", "hidden", "our site", "a program"],
)
async def test_only_our_own_form_acts(
    visiting: Visiting, panel: Panel, key: str | None, headers: dict[str, str], status: int
) -> None:
    async with visiting() as http:
        form = {} if key is None else {"key": await form_key(http) if key == "right" else key}
        answer = await http.post(STOP, data=form, headers=headers)
    assert answer.status_code == status
    assert panel.source.performed == ([("stop", "kim")] if status == 303 else [])


async def test_a_form_of_one_visit_does_not_act_in_another(
    visiting: Visiting, panel: Panel
) -> None:
    async with visiting("kim") as kim, visiting("lee") as lee:
        answer = await lee.post(STOP, data={"key": await form_key(kim)})
    assert answer.status_code == 403
    assert panel.source.performed == []


async def test_an_act_says_what_happened_and_what_is_next_and_is_written_down(
    visiting: Visiting, panel: Panel
) -> None:
    async with visiting() as http:
        answer = await http.post(STOP, data={"key": await form_key(http)})
        assert answer.headers["location"] == "/panel/?done=1"
        page = (await http.get("/panel/?done=1")).text
    assert "stop is done." in page
    assert "Look at it." in page
    event, facts = panel.log.lines[-1]
    assert event == "PANEL_ACT"
    assert facts == {
        "act": "stop", "source": "kiwoom", "by": "kim", "address": "127.0.0.1", "done": True,
        "said": "stop is done.",
    }  # fmt: skip


async def test_another_visitor_sees_the_act_in_the_list_and_not_as_his_answer(
    visiting: Visiting,
) -> None:
    async with visiting("kim") as kim, visiting("lee") as lee:
        await kim.post(STOP, data={"key": await form_key(kim)})
        page = (await lee.get("/panel/?done=1")).text
    assert 'id="answer"' not in page
    assert "<td>kim</td>" in page


async def test_what_is_not_offered_is_not_done_and_says_why(
    visiting: Visiting, panel: Panel
) -> None:
    async with visiting() as http:
        key = await form_key(http)
        for act, why in (("start", "It is writing already."), ("connect", "not offered here")):
            answer = await http.post(f"/panel/act/kiwoom/{act}", data={"key": key})
            assert why in (await http.get(answer.headers["location"])).text
    assert panel.source.performed == []


@pytest.mark.parametrize("path", ["/panel/act/kiwoom/format", "/panel/act/nobody/stop"])
async def test_an_unknown_act_or_source_is_one_sentence(visiting: Visiting, path: str) -> None:
    async with visiting() as http:
        answer = await http.post(path, data={"key": await form_key(http)})
    assert answer.status_code == 404
    assert "There is no such source or act." in answer.text


async def test_texts_from_outside_are_shown_and_never_run(visiting: Visiting, panel: Panel) -> None:
    reader = panel.relay.join("<script>alert(2)</script>", False)
    panel.relay.want(reader, Wants((Want("</td><b>", Priority.WATCH),)))
    panel.ring(None, "info", {"event": "<i>E</i>", "why": "'\"><script>"})
    async with visiting() as http:
        pages = [(await http.get(path)).text for path in ("/panel/", "/panel/preview/kiwoom")]
        pages.append((await http.get("/panel/live")).text)
    for page in pages:
        assert NASTY not in page
        assert "&lt;img src=x onerror=alert(1)&gt;" in page
        assert "<script>alert" not in page
        assert "<i>E</i>" not in page
    assert "&lt;script&gt;alert(2)&lt;/script&gt;" in pages[0]


async def test_every_answer_forbids_what_is_not_ours(visiting: Visiting) -> None:
    async with visiting() as http:
        for path in ("/panel/", "/panel/live", "/panel/static/panel.js", "/panel/preview/kiwoom"):
            headers = (await http.get(path)).headers
            policy = headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert headers["x-content-type-options"] == "nosniff"
        page = (await http.get("/panel/")).text
    assert re.findall(r"https?://[^\s\"'<]+", page) == []
    assert re.findall(r"<[^>]*\s(?:on[a-z]+|style)=|javascript:", page) == []


async def test_only_what_has_changed_is_sent_again(visiting: Visiting, panel: Panel) -> None:
    async with visiting() as http:
        first = (await http.get("/panel/")).text
        found = re.search(r'id="seen" name="seen" value="([0-9a-f.]+)"', first)
        assert found is not None
        same = (await http.get("/panel/live", params={"seen": found[1]})).text
        assert re.findall(r'id="([\w-]+)"', same) == ["seen"]
        panel.source.logging = False
        news = (await http.get("/panel/live", params={"seen": found[1]})).text
        everything = (await http.get("/panel/live")).text
    assert {"head-kiwoom", "acts-kiwoom", "seen"} <= set(re.findall(r'\bid="([\w-]+)"', news))
    assert 'id="slots"' not in news
    assert {"clock", "tiles", "spark", "gaps", "log"} <= set(
        re.findall(r'\bid="([\w-]+)"', everything)
    )


@pytest.mark.parametrize("path", ["/panel/static/../routes.py", "/panel/static/nothing"])
async def test_only_the_files_of_the_page_are_given(visiting: Visiting, path: str) -> None:
    async with visiting() as http:
        assert (await http.get(path)).status_code == 404


async def test_the_language_is_the_browsers_until_one_is_chosen(visiting: Visiting) -> None:
    async with visiting(language="en-GB,en;q=0.9") as http:
        assert '<html lang="en">' in (await http.get("/panel/")).text
        assert (await http.get("/panel/?lang=ko")).status_code == 303
        page = (await http.get("/panel/")).text
        assert '<html lang="ko">' in page
        assert "수집기" in page
        assert (await http.get("/panel/?lang=xx")).status_code == 200


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("", "ko"),
        ("fr", "ko"),
        ("en", "en"),
        ("ko-KR,ko;q=0.9,en;q=0.8", "ko"),
        ("en-US,en;q=0.9,ko;q=0.8", "en"),
        ("ko;q=0.2,en;q=0.7", "en"),
        ("en;q=nonsense,ko", "ko"),
        ("en;q=0", "ko"),
    ],
)
def test_what_a_browser_prefers(accept: str, language: Language) -> None:
    assert preferred(accept) == language


async def test_without_a_token_the_panel_says_how_to_switch_it_on(log: Any) -> None:
    app = FastAPI()
    app.include_router(make_panel(None, None, SystemClock(), log))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://panel"
    ) as http:
        answer = await http.get("/panel/", headers={"Accept-Language": "en"})
        assert answer.status_code == 503
        assert "COLLECTOR_PANEL_TOKEN" in answer.text
        assert (await http.post("/panel/login", data={"token": ""})).status_code == 404


@pytest.mark.parametrize(("value", "token"), [(None, None), ("  ", None), ("x" * 16, "x" * 16)])
def test_the_token_comes_from_the_secrets(
    monkeypatch: pytest.MonkeyPatch, value: str | None, token: str | None
) -> None:
    monkeypatch.delenv("COLLECTOR_PANEL_TOKEN", raising=False)
    if value is not None:
        monkeypatch.setenv("COLLECTOR_PANEL_TOKEN", value)
    assert panel_token() == token


def test_a_weak_token_stops_the_start_and_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLLECTOR_PANEL_TOKEN", "hunter2")
    with pytest.raises(ConfigError, match="7 characters, expected at least 16") as caught:
        panel_token()
    assert "hunter2" not in str(caught.value)
