"""Tokens: one a minute, the same one for six hours, none after a day."""

from datetime import datetime
from typing import Any

import pytest

from broker_sim.kis.tokens import (
    BAD_APP_KEY,
    BAD_APP_SECRET,
    BAD_TOKEN,
    EXPIRED,
    NO_BEARER,
    TOO_OFTEN,
    Issued,
    Keys,
    TokenDesk,
    draw_keys,
)
from kis_core.clock import KST, TapeClock, ns

SECOND = 1_000_000_000
HOUR = 3600 * SECOND
T0 = 1_756_857_600 * SECOND
KEYS = Keys("k", "s", "50001234", "01", "me")


def issued(desk: TokenDesk, at_ns: int) -> Issued:
    token = desk.issue("k", "s", at_ns)
    assert isinstance(token, Issued)
    return token


@pytest.mark.parametrize(
    ("later_ns", "same"),
    [(61 * SECOND, True), (6 * HOUR - 1, True), (6 * HOUR, False), (25 * HOUR, False)],
)
def test_the_same_token_comes_back_for_six_hours(later_ns: int, same: bool) -> None:
    desk = TokenDesk(KEYS, 1)
    assert (issued(desk, T0) == issued(desk, T0 + later_ns)) == same


@pytest.mark.parametrize(
    ("gap_ns", "refused"), [(1, True), (59 * SECOND, True), (60 * SECOND, False), (0, False)]
)
def test_asking_twice_within_a_minute_is_refused_unless_time_stands_still(
    gap_ns: int, refused: bool
) -> None:
    desk = TokenDesk(KEYS, 1)
    issued(desk, T0)
    assert (desk.issue("k", "s", T0 + gap_ns) == TOO_OFTEN) == refused


def test_a_token_looks_like_one_and_opens_until_it_expires() -> None:
    desk = TokenDesk(KEYS, 1)
    token = issued(desk, T0)
    assert token.token.count(".") == 2
    assert len(token.token) <= 350
    assert desk.check(f"Bearer {token.token}", T0 + 24 * HOUR - 1) is None
    assert desk.check(f"Bearer {token.token}", T0 + 24 * HOUR) == EXPIRED
    assert desk.check(token.token, T0) == NO_BEARER
    assert desk.check("Bearer ", T0) == NO_BEARER
    assert desk.check("Bearer other", T0) == BAD_TOKEN


def test_an_older_token_still_opens_after_a_new_one() -> None:
    desk = TokenDesk(KEYS, 1)
    old, new = issued(desk, T0), issued(desk, T0 + 7 * HOUR)
    assert old != new
    assert desk.check(f"Bearer {old.token}", T0 + 8 * HOUR) is None


def test_a_revoked_token_opens_nothing_and_is_not_given_again() -> None:
    desk = TokenDesk(KEYS, 1)
    token = issued(desk, T0)
    assert desk.revoke(token.token)
    assert not desk.revoke("other")
    assert desk.check(f"Bearer {token.token}", T0) == BAD_TOKEN
    assert issued(desk, T0 + HOUR) != token


@pytest.mark.parametrize(("pair", "why"), [(("x", "s"), BAD_APP_KEY), (("k", "x"), BAD_APP_SECRET)])
def test_a_pair_of_keys_must_be_ours(pair: tuple[str, str], why: object) -> None:
    assert TokenDesk(KEYS, 1).issue(*pair, T0) == why


def test_every_approval_key_stays_valid() -> None:
    desk = TokenDesk(KEYS, 1)
    keys = [desk.approve(KEYS.app_key, KEYS.app_secret) for _ in range(3)]
    assert len(set(keys)) == 3
    assert all(isinstance(key, str) and len(key) == 36 and desk.approved(key) for key in keys)
    assert not desk.approved("00000000-0000-0000-0000-000000000000")
    assert not desk.approved("")


def test_the_paper_host_gives_approval_keys_for_the_real_one() -> None:
    """A client of both asks the one for the key it shows to the other."""
    paper = TokenDesk(draw_keys(2), 2, for_others=True)
    real = TokenDesk(KEYS, 1)
    key = paper.approve(KEYS.app_key, KEYS.app_secret)
    assert isinstance(key, str)
    assert real.approved(key)
    assert not paper.approved(key)
    other = draw_keys(2)
    assert real.approve(other.app_key, other.app_secret) == BAD_APP_KEY
    assert paper.approve(other.app_key, "wrong") == BAD_APP_SECRET


def test_drawn_keys_have_kis_lengths_and_depend_on_the_seed_alone() -> None:
    keys = draw_keys(7)
    assert keys == draw_keys(7) != draw_keys(8)
    assert (len(keys.app_key), len(keys.app_secret), len(keys.account_no)) == (36, 180, 8)
    assert keys.account_no.isdecimal()


@pytest.mark.anyio
async def test_a_token_is_told_with_its_end_in_kst(broker: Any) -> None:
    await broker.clock.move_to(broker.clock.now_ns() + 61 * SECOND)
    body = {"grant_type": "client_credentials", "appkey": "APPKEY", "appsecret": "APPSECRET"}
    reply = (await broker.http.post("/oauth2/tokenP", json=body)).json()
    assert reply["token_type"] == "Bearer"
    assert reply["expires_in"] == 86_400 - 61
    assert reply["access_token_token_expired"] == "2025-09-04 09:00:05"


@pytest.mark.anyio
async def test_a_client_of_a_later_year_does_not_think_its_token_over(opens: Any) -> None:
    """It would ask again at once, and be refused: one issue a minute."""
    body = {"grant_type": "client_credentials", "appkey": "APPKEY", "appsecret": "APPSECRET"}
    world = TapeClock(ns(datetime(2026, 11, 26, 22, 0, tzinfo=KST)))
    async with opens(world=world, logged_in=False) as broker:
        reply = (await broker.http.post("/oauth2/tokenP", json=body)).json()
    assert reply["expires_in"] == 86_400
    assert reply["access_token_token_expired"] == "2026-11-27 22:00:00"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("over", "code"),
    [
        ({"appkey": "x"}, "EGW00103"),
        ({"appsecret": "x"}, "EGW00105"),
        ({"grant_type": "password"}, "EGW00115"),
        ({}, "EGW00133"),
    ],
)
async def test_the_token_desk_refuses_without_an_envelope(
    broker: Any, over: dict[str, str], code: str
) -> None:
    await broker.clock.move_to(broker.clock.now_ns() + 1)
    body = {"grant_type": "client_credentials", "appkey": "APPKEY", "appsecret": "APPSECRET"}
    reply = await broker.http.post("/oauth2/tokenP", json=body | over)
    assert reply.status_code == 403
    assert reply.json()["error_code"] == code
    assert set(reply.json()) == {"error_code", "error_description"}


@pytest.mark.anyio
async def test_an_expired_token_is_told_so_and_a_revoked_one_is_invalid(broker: Any) -> None:
    price = {"FID_COND_MRKT_DIV_CODE": "J", "FID_INPUT_ISCD": "005930"}
    await broker.clock.move_to(broker.clock.now_ns() + 25 * HOUR)
    reply = await broker.get("inquire-price", "FHKST01010100", **price)
    assert (reply.status_code, reply.json()["msg_cd"]) == (500, "EGW00123")
    await broker.log_in()
    assert (await broker.get("inquire-price", "FHKST01010100", **price)).status_code == 200
    body = {"appkey": "APPKEY", "appsecret": "APPSECRET", "token": broker.token}
    revoked = await broker.http.post("/oauth2/revokeP", json=body)
    assert revoked.json()["code"] == 200
    reply = await broker.get("inquire-price", "FHKST01010100", **price)
    assert reply.json()["msg_cd"] == "EGW00121"


@pytest.mark.anyio
async def test_an_approval_key_wants_the_secret_under_its_other_name(broker: Any) -> None:
    assert len(await broker.approval()) == 36
    body = {"grant_type": "client_credentials", "appkey": "APPKEY", "appsecret": "APPSECRET"}
    reply = await broker.http.post("/oauth2/Approval", json=body)
    assert reply.status_code == 403
