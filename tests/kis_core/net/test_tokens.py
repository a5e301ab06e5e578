"""A token is issued once for all processes, kept to its owner, and renewed before it ends."""

import asyncio
import json
import stat
from typing import Any

import pytest

from kis_core.clock import SECOND_NS
from kis_core.environment import Credentials, Environment, Secret
from kis_core.errors import RateLimited, Refused, ReplyError, Unreachable, WrongEnvironment
from kis_core.net.tokens import TokenCache
from tests.kis_core.net.desk import Desk, House

pytestmark = pytest.mark.anyio


async def test_a_token_is_asked_for_with_key_and_secret(desk: Desk, house: House) -> None:
    assert await house.tokens().token() == "token-1"
    (asked,) = desk.calls("tokenP")
    assert asked.body == {
        "grant_type": "client_credentials",
        "appkey": "an-app-key",
        "appsecret": "a-secret-of-many-characters",
    }


async def test_11_11_many_tasks_and_many_caches_share_one_issue(desk: Desk, house: House) -> None:
    caches = [house.tokens() for _ in range(4)]
    asks = [cache.token() for cache in caches for _ in range(5)]
    assert set(await asyncio.gather(*asks)) == {"token-1"}
    assert desk.tokens_issued == 1
    assert await house.tokens().token() == "token-1"  # a process started later
    assert desk.tokens_issued == 1


async def test_the_file_is_its_owners_alone(house: House) -> None:
    await house.tokens().token()
    files = [file for file in (house.directory / "tokens").iterdir() if file.suffix == ".json"]
    (file,) = files
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text())["token"] == "token-1"
    assert "an-app-key" not in file.name


async def test_a_token_near_its_end_is_renewed(desk: Desk, house: House) -> None:
    desk.token_ends = "2025-11-12 10:20:00"  # less than half an hour from now
    tokens = house.tokens()
    assert await tokens.token() == "token-1"
    desk.token_ends = "2025-11-13 10:20:00"
    assert await tokens.token() == "token-2"
    assert await tokens.token() == "token-2"


async def test_a_refused_token_is_replaced_once_for_everybody(desk: Desk, house: House) -> None:
    caches = [house.tokens() for _ in range(3)]
    assert {await cache.token() for cache in caches} == {"token-1"}
    asks = [cache.token(refused="token-1") for cache in caches]
    assert set(await asyncio.gather(*asks)) == {"token-2"}
    assert desk.tokens_issued == 2


async def test_one_issue_a_minute_is_waited_out(desk: Desk, house: House) -> None:
    limit = desk.said({"error_code": "EGW00133", "error_description": "1분당 1회"}, 403)
    ends = {"access_token": "late", "access_token_token_expired": desk.token_ends}
    desk.says("tokenP", limit, ends)
    began_ns = house.clock.now_ns()
    assert await house.tokens().token() == "late"
    assert house.clock.now_ns() - began_ns >= 61 * SECOND_NS


async def test_nobody_hammers_the_token_office_however_often_he_gives_up(
    desk: Desk, house: House
) -> None:
    desk.says("tokenP", desk.said({"error_code": "EGW00133", "error_description": ""}, 403))
    first = asyncio.create_task(house.tokens().token())
    for _ in range(5_000):
        if desk.calls("tokenP"):
            break
        await asyncio.sleep(0.001)
    first.cancel()
    for _ in range(4):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(house.tokens().token(), 0.02)
    assert len(desk.calls("tokenP")) == 1
    with pytest.raises(RateLimited) as limited:
        await house.tokens().token()
    assert limited.value.retry_after_s == 61.0


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({"error_code": "EGW00103", "error_description": "유효하지 않은 AppKey"}, 403, Refused),
        ({"error_code": "EGW00002", "error_description": "서버 에러"}, 500, Unreachable),
        ("<html>", 502, ReplyError),
        ("<html>", 200, ReplyError),
        ({"access_token": ""}, 200, ReplyError),
        ({"access_token": "x", "access_token_token_expired": "tomorrow"}, 200, ReplyError),
    ],
)
async def test_an_answer_that_is_no_token_is_an_error(
    desk: Desk, house: House, body: Any, status: int, error: type[Exception]
) -> None:
    desk.says("tokenP", desk.said(body, status))
    with pytest.raises(error):
        await house.tokens().token()


async def test_secrets_do_not_reach_the_error(desk: Desk, house: House) -> None:
    desk.says("tokenP", desk.said("bad a-secret-of-many-characters of an-app-key", 200))
    with pytest.raises(ReplyError) as error:
        await house.tokens().token()
    assert error.value.text == "bad **** of ****"


async def test_a_desk_that_is_not_there_is_unreachable(desk: Desk, house: House) -> None:
    desk.says("tokenP", desk.said({}, cut=10))
    with pytest.raises(Unreachable):
        await house.tokens().token()


async def test_a_torn_file_is_as_good_as_none(desk: Desk, house: House) -> None:
    await house.tokens().token()
    (file,) = (house.directory / "tokens").glob("*.json")
    file.write_bytes(file.read_bytes()[:20])
    assert await house.tokens().token() == "token-2"


async def test_an_approval_key_is_shared_likewise(desk: Desk, house: House) -> None:
    desk.says("Approval", {"approval_key": "first"}, {"approval_key": "second"})
    assert {await house.tokens().approval_key() for _ in range(3)} == {"first"}
    assert await house.tokens().approval_key(refused="first") == "second"
    assert await house.tokens().approval_key() == "second"
    assert desk.calls("Approval")[0].body == {
        "grant_type": "client_credentials",
        "appkey": "an-app-key",
        "secretkey": "a-secret-of-many-characters",
    }


async def test_a_token_given_back_is_of_no_use(desk: Desk, house: House) -> None:
    tokens = house.tokens()
    await tokens.token()
    desk.says("revokeP", {"code": 200, "message": "OK"})
    await tokens.revoke()
    assert desk.calls("revokeP")[0].body["token"] == "token-1"
    assert await tokens.token() == "token-2"


async def test_a_key_of_another_environment_is_refused(house: House) -> None:
    paper = Credentials(Environment.PAPER, "key", Secret("s"), "hts")
    with pytest.raises(WrongEnvironment):
        TokenCache(house.endpoints, paper, house.clock, house.directory)
