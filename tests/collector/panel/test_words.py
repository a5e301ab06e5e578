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
        (
            "41 of 41 places taken by better wants: CANDIDATE rank 5 was the last served, "
            "this is WATCH rank 7",
            "더 급한 요청이 41자리를 모두 차지: 마지막은 CANDIDATE 5순위, 이것은 WATCH 7순위",
        ),
        (
            "2 of 2 places taken by better wants: WATCH rank 5 was the last served, "
            "this is WATCH rank 1 (what is registered stays)",
            "더 급한 요청이 2자리를 모두 차지: 마지막은 WATCH 5순위, 이것은 WATCH 1순위"
            " (등록된 것은 그대로 둠)",
        ),
        (
            "KIS refused its registration: OPSP0008 MAX SUBSCRIBE OVER",
            "KIS가 등록을 거절: OPSP0008 MAX SUBSCRIBE OVER",
        ),
        ("new things of the broker", "new things of the broker"),
        ("<b>", "<b>"),
        ("", ""),
    ],
)
def test_our_own_reasons_are_told_in_korean_and_others_as_they_came(text: str, korean: str) -> None:
    assert words.reason(text) == Text(korean, text)
