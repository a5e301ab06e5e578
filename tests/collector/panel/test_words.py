"""Words in both languages."""

import re
from pathlib import Path

import pytest

from collector.panel import words
from collector.panel.parts import Text
from kis_core.market.sessions import Phase

HANGUL = re.compile("[가-힣]")
PANEL = Path(words.__file__).parent


def test_every_phase_and_act_has_its_words() -> None:
    assert set(words.PHASES) == set(Phase)
    assert all(text.ko and text.en for text in words.ACTS.values())


@pytest.mark.parametrize("key", sorted(words.WORDS))
def test_korean_is_korean_english_is_not_and_both_take_the_same_values(key: str) -> None:
    text = words.WORDS[key]
    assert HANGUL.search(text.ko)
    assert not HANGUL.search(text.en)
    assert sorted(re.findall(r"\{\d\}", text.ko)) == sorted(re.findall(r"\{\d\}", text.en))


def test_no_word_is_there_for_nobody() -> None:
    used = "".join(
        path.read_text("utf-8") for path in PANEL.rglob("*") if path.suffix in (".py", ".j2")
    )
    unused = [
        key
        for key in words.WORDS
        if not re.search(rf"\bw\.{key}\b|[\"']{key}[\"'](?!: Text)", used)
    ]
    assert unused == []


@pytest.mark.parametrize(
    ("text", "korean"),
    [
        ("restart", "재시작"),
        ("started late", "장중에 시작함"),
        ("line lost: closed: no close frame", "회선 끊김: 닫힘: no close frame"),
        ("line lost: disconnected on the panel by kim", "회선 끊김: 패널에서 끊음: kim"),
        ("new", "새로"),
        ("new things of the broker", "new things of the broker"),
        ("<b>", "<b>"),
        ("", ""),
    ],
)
def test_our_own_reasons_are_told_in_korean_and_others_as_they_came(text: str, korean: str) -> None:
    assert words.reason(text) == Text(korean, text)
