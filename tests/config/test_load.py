"""A configuration is read whole or refused in one sentence that names file, key and wish."""

from pathlib import Path

import pytest
from pydantic import model_validator

from config.load import (
    ConfigError,
    Settings,
    flag,
    load,
    load_env_file,
    merge,
    read_located,
    read_yaml,
    secret,
)


class Shape(Settings):
    limit_krw: int
    name: str
    nested: dict[str, int]

    @model_validator(mode="after")
    def _positive(self) -> "Shape":
        if self.limit_krw <= 0:
            raise ValueError("a limit is positive")
        return self


def written(folder: Path, service: str, fleet: str = "") -> Path:
    (folder / "fleet.yaml").write_text(fleet, encoding="utf-8")
    (folder / "kmp.yaml").write_text(service, encoding="utf-8")
    return folder


def test_a_service_is_laid_over_the_fleet_and_an_overlay_over_both(tmp_path: Path) -> None:
    written(tmp_path, "name: kmp\nnested: {b: 2}\n", "limit_krw: 5\nnested: {a: 1}\n")
    (tmp_path / "strict.yaml").write_text("kmp: {nested: {b: 3}}\nkpr: {limit_krw: 9}\n")
    assert load(Shape, "kmp", tmp_path, ["strict"]) == Shape(
        limit_krw=5, name="kmp", nested={"a": 1, "b": 3}
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("limit_krw: 5\nname: [\n", ("kmp.yaml", "line 3", "YAML")),
        ("limit_krw: 5\nname: kmp\nnested: {}\nlimt: 3\n", ("kmp.yaml", "limt", "not a known key")),
        ("name: kmp\nnested: {}\n", ("kmp.yaml", "limit_krw", "missing")),
        ("limit_krw: lots\nname: kmp\nnested: {}\n", ("kmp.yaml", "limit_krw", "lots")),
        ("limit_krw: -5\nname: kmp\nnested: {}\n", ("kmp.yaml", "a limit is positive")),
        ("- a\n- b\n", ("kmp.yaml", "mapping", "list")),
    ],
    ids=["broken YAML", "unknown key", "missing limit", "wrong type", "a rule", "not a mapping"],
)
def test_a_bad_file_is_refused_with_its_name_and_the_place(
    tmp_path: Path, text: str, words: tuple[str, ...]
) -> None:
    with pytest.raises(ConfigError) as refused:
        load(Shape, "kmp", written(tmp_path, text))
    assert all(word in str(refused.value) for word in words)
    assert "\n" not in str(refused.value)
    assert "{" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "a: 1\nb: 2\na: 3\n",
            "kmp.yaml, line 3: not valid YAML: 'a' stands twice, first on line 1",
        ),
        ("b: {a: 1, a: 2}\n", "line 1: not valid YAML: 'a' stands twice, first on line 1"),
        ("c:\n  - x: 1\n    'x': 2\n", "line 3: not valid YAML: 'x' stands twice, first on line 2"),
        ("0660: 1\n432: 2\n", "line 2: not valid YAML: 432 stands twice, first on line 1"),
        ("[1]: 2\n[1]: 3\n", "line 1: not valid YAML: found unhashable key"),
        ("day: 2026-02-31\n", "kmp.yaml: not valid YAML: day"),
    ],
    ids=["at the top", "on one line", "in a list", "one number twice", "a list", "no such day"],
)
def test_a_key_that_stands_twice_is_an_error_and_not_the_last_one_s_win(
    tmp_path: Path, text: str, words: str
) -> None:
    (tmp_path / "kmp.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        read_yaml(tmp_path / "kmp.yaml")
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_key_laid_over_a_merged_one_does_not_stand_twice(tmp_path: Path) -> None:
    text = "base: &base {a: 1, b: 2}\nover:\n  <<: *base\n  b: 3\nagain: *base\n"
    (tmp_path / "kmp.yaml").write_text(text, encoding="utf-8")
    assert read_yaml(tmp_path / "kmp.yaml")["over"] == {"a": 1, "b": 3}


def test_each_key_and_item_has_its_line(tmp_path: Path) -> None:
    file = tmp_path / "kmp.yaml"
    file.write_text("# why\na: 1\nb:\n  c: [x,\n    y]\n  d:\n    - {e: 1}\n", encoding="utf-8")
    located = read_located(file)
    assert located.content == {"a": 1, "b": {"c": ["x", "y"], "d": [{"e": 1}]}}
    assert located.lines == {
        ("a",): 2, ("b",): 3, ("b", "c"): 4, ("b", "c", 0): 4, ("b", "c", 1): 5, ("b", "d"): 6,
        ("b", "d", 0): 7, ("b", "d", 0, "e"): 7,
    }  # fmt: skip
    assert located.line("b", "d") == 6
    assert located.line("nowhere") is None


def test_a_file_that_holds_itself_still_has_lines(tmp_path: Path) -> None:
    file = tmp_path / "kmp.yaml"
    file.write_text("a: &a\n  b: *a\n", encoding="utf-8")
    assert read_located(file).lines == {("a",): 1, ("a", "b"): 2}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"fleet\.yaml does not exist"):
        load(Shape, "kmp", tmp_path)


@pytest.mark.parametrize("text", ["1", "yes", "TRU", "on", "0", "", "paper"])
def test_a_switch_that_is_neither_true_nor_false_stops_the_start(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("KIS_IS_PAPER", text)
    with pytest.raises(ConfigError, match="KIS_IS_PAPER must be true or false"):
        flag("KIS_IS_PAPER")


@pytest.mark.parametrize(("text", "value"), [("true", True), ("False", False), (" TRUE ", True)])
def test_true_and_false_are_read(monkeypatch: pytest.MonkeyPatch, text: str, value: bool) -> None:
    monkeypatch.setenv("KIS_IS_PAPER", text)
    assert flag("KIS_IS_PAPER") is value


def test_a_missing_secret_says_where_it_was_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMS_TOKEN_KMP", raising=False)
    with pytest.raises(ConfigError, match=r"OMS_TOKEN_KMP is not set: put it in \.env"):
        secret("OMS_TOKEN_KMP")


def test_an_env_file_fills_what_is_not_set_and_names_a_bad_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KST_A", "kept")
    monkeypatch.delenv("KST_B", raising=False)
    file = tmp_path / ".env"
    file.write_text("# comment\n\nKST_A=other\nKST_B=\nKST_B=first\nKST_B='quoted'\n")
    load_env_file(file)
    assert (secret("KST_A"), secret("KST_B")) == ("kept", "quoted")
    file.write_text("KST_B=1\nnonsense\n")
    with pytest.raises(ConfigError, match="line 2"):
        load_env_file(file)


def test_mappings_merge_and_everything_else_is_replaced() -> None:
    assert merge({"a": {"b": 1, "c": [1]}}, {"a": {"c": [2]}}) == {"a": {"b": 1, "c": [2]}}
