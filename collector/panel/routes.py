"""The panel's pages under /panel: server-rendered, refreshed part by part once a second.

Nobody sees or does anything without a visit, opened by the panel's token. What acts is a POST with
the visitor's own form key, from this very site; a GET never acts.
"""

import secrets
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter, Request, Response
from structlog.typing import FilteringBoundLogger

from collector.panel.desk import Desk
from collector.panel.pages import Pages
from collector.panel.parts import ActName, Language, Source, Text
from collector.panel.visit import NAME_MAX, VISIT_S, Attempts, Doorkeeper, Visit, name_of
from collector.panel.words import ACTS
from kis_core.clock import SECOND_NS, Clock

COOKIE, LANGUAGE_COOKIE = "collector_panel", "collector_panel_lang"
FORM_BYTES_MAX = 4_096
_STATIC = Path(__file__).parent / "static"
_TYPES = {
    "panel.css": "text/css; charset=utf-8",
    "panel.js": "text/javascript; charset=utf-8",
    "htmx.min.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # without a referrer, browsers hide the origin of a form
    "Cache-Control": "no-store",
}
SWITCHED_OFF = Text(
    "패널이 꺼져 있습니다. COLLECTOR_PANEL_TOKEN 을 .env 또는 /run/secrets 에 16자 이상으로 넣고 "
    "수집기를 다시 시작하세요.",
    "The panel is switched off. Put COLLECTOR_PANEL_TOKEN, 16 characters or more, into .env or "
    "/run/secrets and start the collector again.",
)
_WRONG_TOKEN = Text(
    "토큰이 다릅니다. COLLECTOR_PANEL_TOKEN 의 값을 그대로 넣으세요.",
    "That is not the token. Enter the value of COLLECTOR_PANEL_TOKEN as it stands.",
)
_WRONG_NAME = Text(
    f"이름은 글자, 숫자, 빈칸, . @ - _ 로 {NAME_MAX}자까지입니다.",
    f"A name has up to {NAME_MAX} letters, digits, spaces, or . @ - _.",
)
_TOO_OFTEN = Text(
    "틀린 토큰이 너무 많았습니다. {0}초 뒤에 다시 하세요.",
    "Too many wrong tokens. Try again in {0} s.",
)
_OLD_FORM = Text(
    "이 양식은 지금 방문의 것이 아닙니다. 패널을 새로 고치고 다시 누르세요.",
    "This form is not of this visit. Reload the panel and press again.",
)
_UNKNOWN = Text("그런 소스나 동작이 없습니다.", "There is no such source or act.")


class _Refused(Exception):
    """A request that goes no further."""

    def __init__(self, status: int, why: Text) -> None:
        super().__init__(why.en)
        self.status = status
        self.why = why


def make_panel(
    desk: Desk | None, token: str | None, world: Clock, log: FilteringBoundLogger
) -> APIRouter:
    """Return the routes. Without a token, or a desk, they say how to switch the panel on.

    `world` is the world's clock, whatever the market's is: visits end by it.
    """
    router = APIRouter(prefix="/panel", include_in_schema=False)
    pages = Pages()
    _static_routes(router)
    if desk is None or token is None:

        @router.get("/")
        @router.get("")
        async def switched_off(request: Request) -> Response:
            language = _language(request)
            return _html(pages.plain(language, SWITCHED_OFF.to(language)), 503)

        return router
    door = _Door(Doorkeeper(token), pages, world, log)
    _visit_routes(router, door)
    _page_routes(router, door, desk)
    _act_routes(router, door, desk)
    return router


class _Door:
    """Lets visitors in, and tells whose request it is."""

    def __init__(
        self, keeper: Doorkeeper, pages: Pages, world: Clock, log: FilteringBoundLogger
    ) -> None:
        self.keeper = keeper
        self.pages = pages
        self.attempts = Attempts()
        self.log = log
        self._world = world

    def now_s(self) -> int:
        return self._world.now_ns() // SECOND_NS

    def visit(self, request: Request) -> Visit | None:
        return self.keeper.visit(request.cookies.get(COOKIE), self.now_s())

    def login_page(self, request: Request, status: int, why: Text | None = None) -> Response:
        language = _language(request)
        return _html(self.pages.login(language, why.to(language) if why else ""), status)

    def refusal(self, request: Request, refused: _Refused) -> Response:
        language = _language(request)
        return _html(self.pages.plain(language, refused.why.to(language)), refused.status)

    async def form(self, request: Request, visit: Visit) -> dict[str, str]:
        """Return the fields of a visitor's form. Raises _Refused where it is not his."""
        fields = await _fields(request)
        if not _is_ours(request) or not self.keeper.is_form_of(visit, fields.get("key", "")):
            raise _Refused(403, _OLD_FORM)
        return fields


def _static_routes(router: APIRouter) -> None:
    contents = {name: (_STATIC / name).read_bytes() for name in _TYPES}

    @router.get("/static/{name}")
    async def static(name: str) -> Response:
        if name not in contents:
            return Response(status_code=404)
        headers = {**HEADERS, "Cache-Control": "no-cache"}
        return Response(contents[name], media_type=_TYPES[name], headers=headers)


def _visit_routes(router: APIRouter, door: _Door) -> None:
    @router.post("/login")
    async def login(request: Request) -> Response:
        wait_s = door.attempts.wait_s(door.now_s())
        if wait_s > 0:
            why = Text(*(each.format(int(wait_s) + 1) for each in (_TOO_OFTEN.ko, _TOO_OFTEN.en)))
            return door.login_page(request, 429, why)
        try:
            fields = await _fields(request)
        except _Refused as refused:
            return door.refusal(request, refused)
        address = _address(request)
        if not _is_ours(request) or not door.keeper.knows(fields.get("token", "").strip()):
            door.attempts.failed(door.now_s())
            door.log.warning("PANEL_LOGIN_REFUSED", address=address)
            return door.login_page(request, 403, _WRONG_TOKEN)
        name = name_of(fields.get("name") or "operator")
        if name is None:
            return door.login_page(request, 422, _WRONG_NAME)
        visit = Visit(secrets.token_hex(8), name, door.now_s() + VISIT_S)
        door.log.info("PANEL_LOGIN", by=name, address=address)
        response = _to("/panel/")
        response.set_cookie(
            COOKIE,
            door.keeper.cookie(visit),
            max_age=VISIT_S,
            path="/panel",
            httponly=True,
            samesite="strict",
        )
        return response

    @router.post("/logout")
    async def logout(request: Request) -> Response:
        response = _to("/panel/")
        response.delete_cookie(COOKIE, path="/panel", httponly=True, samesite="strict")
        return response


def _page_routes(router: APIRouter, door: _Door, desk: Desk) -> None:
    @router.get("")
    async def bare() -> Response:
        return _to("/panel/")

    @router.get("/")
    async def page(request: Request, done: int = 0) -> Response:
        chosen = request.query_params.get("lang")
        if chosen in ("ko", "en"):
            response = _to("/panel/")
            year_s = 365 * 24 * 3600
            response.set_cookie(
                LANGUAGE_COOKIE, chosen, max_age=year_s, path="/panel", samesite="strict"
            )
            return response
        visit = door.visit(request)
        if visit is None:
            return door.login_page(request, 401)
        language, key = _language(request), door.keeper.form_key(visit)
        told = desk.done(done)
        mine = told if told and told.by == visit.name else None
        return _html(door.pages.whole(desk.facts(), language, key, visit.name, mine))

    @router.get("/live")
    async def live(request: Request, seen: str = "") -> Response:
        visit = door.visit(request)
        if visit is None:  # the page loads itself anew, and finds the form of the token
            return Response(status_code=401, headers={**HEADERS, "HX-Refresh": "true"})
        language, key = _language(request), door.keeper.form_key(visit)
        return _html(door.pages.changed(desk.facts(), language, key, seen))

    @router.get("/preview/{name}")
    async def preview(request: Request, name: str) -> Response:
        visit = door.visit(request)
        if visit is None:
            return door.login_page(request, 401)
        source = desk.find(name)
        loaded = await source.preview() if source else None
        if source is None or loaded is None:
            return door.refusal(request, _Refused(404, _UNKNOWN))
        language, key = _language(request), door.keeper.form_key(visit)
        return _html(door.pages.preview(source.shown().title, name, loaded, language, key))


def _act_routes(router: APIRouter, door: _Door, desk: Desk) -> None:
    @router.post("/act/{name}/{act}")
    async def perform(request: Request, name: str, act: str) -> Response:
        visit = door.visit(request)
        if visit is None:
            return door.login_page(request, 401)
        try:
            await door.form(request, visit)
            source, wanted = _found(desk.find(name), act)
        except _Refused as refused:
            return door.refusal(request, refused)
        done = await desk.perform(source, wanted, visit.name, _address(request))
        return _to(f"/panel/?done={done.number}")


def _found(source: Source | None, act: str) -> tuple[Source, ActName]:
    known: Mapping[str, ActName] = {name: name for name in ACTS}
    if source is None or act not in known:
        raise _Refused(404, _UNKNOWN)
    return source, known[act]


async def _fields(request: Request) -> dict[str, str]:
    """Return a form's fields, the first of each name."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_BYTES_MAX:
            raise _Refused(413, _OLD_FORM)
    read = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[0] for name, values in read.items()}


def _is_ours(request: Request) -> bool:
    """Whether a form was sent by a page of this site; a program that says no origin passes."""
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def _language(request: Request) -> Language:
    """Return the language chosen before, or else what the browser prefers."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen is None:
        return preferred(request.headers.get("accept-language", ""))
    return "en" if chosen == "en" else "ko"


def preferred(accept: str) -> Language:
    """Return which of our languages an Accept-Language header prefers; Korean where it does not."""
    best: tuple[float, Language] = (0.0, "ko")
    for part in accept.split(","):
        tag, _, weight = part.partition(";q=")
        language: Language | None = (
            "ko" if tag.strip().lower().startswith("ko") else
            "en" if tag.strip().lower().startswith("en") else None
        )  # fmt: skip
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            continue
        if language and quality > best[0]:
            best = (quality, language)
    return best[1]


def _address(request: Request) -> str:
    return request.client.host if request.client else "?"


def _html(text: str, status: int = 200) -> Response:
    return Response(text, status, HEADERS, "text/html; charset=utf-8")


def _to(path: str) -> Response:
    return Response(status_code=HTTPStatus.SEE_OTHER, headers={**HEADERS, "Location": path})
