"""Who may use the panel."""

import base64

import pytest

from collector.panel.visit import Attempts, Doorkeeper, Visit, name_of

TOKEN = "sixteen letters!"
KEEPER = Doorkeeper(TOKEN)
VISIT = Visit("0123456789abcdef", "김 철수", 1_000)


def test_a_cookie_is_a_visit_until_it_is_over() -> None:
    cookie = KEEPER.cookie(VISIT)
    assert KEEPER.visit(cookie, 999) == VISIT
    assert KEEPER.visit(cookie, 1_000) is None


def test_another_token_knows_nothing_of_it() -> None:
    assert Doorkeeper(TOKEN + "!").visit(KEEPER.cookie(VISIT), 0) is None


def _altered(place: int, text: str) -> str:
    parts = KEEPER.cookie(VISIT).split(".")
    parts[place] = text
    return ".".join(parts)


@pytest.mark.parametrize(
    "cookie",
    [
        None,
        "",
        ".",
        "a.b.c.d",
        "키움",
        _altered(0, "9999999999"),
        _altered(1, "fedcba9876543210"),
        _altered(2, base64.urlsafe_b64encode(b"root").decode()),
        _altered(3, "0" * 64),
        KEEPER.cookie(VISIT)[:-1],
        KEEPER.form_key(VISIT),
    ],
    ids=[
        "none", "blank", "dots", "not signed", "not ASCII", "longer", "another number",
        "another name", "another signature", "cut", "a form's key",
    ],
)  # fmt: skip
def test_what_we_did_not_sign_is_no_visit(cookie: str | None) -> None:
    assert KEEPER.visit(cookie, 0) is None


def test_a_form_belongs_to_one_visit() -> None:
    key = KEEPER.form_key(VISIT)
    assert KEEPER.is_form_of(VISIT, key)
    assert not KEEPER.is_form_of(Visit("another", VISIT.name, VISIT.until_s), key)
    assert not KEEPER.is_form_of(VISIT, "")
    assert not KEEPER.is_form_of(VISIT, "열쇠")


@pytest.mark.parametrize("said", ["", "sixteen letters", "sixteen letters!!", "토큰"])
def test_only_the_token_itself_is_known(said: str) -> None:
    assert KEEPER.knows(TOKEN)
    assert not KEEPER.knows(said)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("kim", "kim"),
        ("  김 철수 ", "김 철수"),
        ("a.b-c_d@e", "a.b-c_d@e"),
        ("", None),
        ("<b>", None),
        ("a\nb", None),
        ("x" * 25, None),
    ],
)
def test_a_name_is_letters(text: str, name: str | None) -> None:
    assert name_of(text) == name


def test_after_ten_wrong_tokens_nobody_is_heard_for_the_rest_of_the_minute() -> None:
    attempts = Attempts()
    for second in range(10):
        assert attempts.wait_s(100.0 + second) == 0
        attempts.failed(100.0 + second)
    assert attempts.wait_s(110.0) == 50.0
    assert attempts.wait_s(160.0) == 0
