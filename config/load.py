"""The one reader of configuration files and of the environment.

`load(KmpSettings, "kmp", directory)` reads `fleet.yaml` (what all services share), then `kmp.yaml`,
then the overlays named in it or passed, merges them, and validates the result: an unknown key or a
missing value stops the start with one sentence that names the file, the key and what was
expected. Secrets come from `/run/secrets/NAME` or the environment, never from YAML.
"""

import os
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

DIRECTORY = Path(__file__).resolve().parent
SECRETS_DIRECTORY = Path("/run/secrets")
_MERGE = "tag:yaml.org,2002:merge"  # the key `<<`


class ConfigError(Exception):
    """A configuration that must not start anything. The message is for the operator."""


class Settings(BaseModel):
    """The rules every settings class obeys: frozen, nothing unknown, nothing defaulted silently."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def load[S: BaseModel](
    shape: type[S], name: str, directory: Path = DIRECTORY, overlays: Sequence[str] = ()
) -> S:
    """Return `name`.yaml over fleet.yaml, with overlays on top, as `shape`.

    An overlay (`conservative` → conservative.yaml) holds one section per service; only the section
    called `name` is used. Raises ConfigError.
    """
    merged: dict[str, Any] = {}
    files = [directory / "fleet.yaml", directory / f"{name}.yaml"]
    for file in files:
        merged = merge(merged, read_yaml(file))
    for overlay in overlays:
        file = directory / f"{overlay}.yaml"
        files.append(file)
        merged = merge(merged, read_yaml(file).get(name, {}))
    try:
        return shape.model_validate(merged)
    except ValidationError as error:
        sentences = "; ".join(_sentence(e, files[1]) for e in error.errors())
        raise ConfigError(sentences) from None


def _sentence(error: Any, file: Path) -> str:
    place = ".".join(str(part) for part in error["loc"]) or "(top)"
    match error["type"]:
        case "missing":
            return f"{file.name}: {place} is missing; write it down, there is no default"
        case "extra_forbidden":
            return f"{file.name}: {place} is not a known key; remove it or correct its spelling"
        case "value_error":
            return f"{file.name}: {place}: {error['msg'].removeprefix('Value error, ')}"
        case _:
            return f"{file.name}: {place}: {error['msg']}, got {str(error.get('input'))[:80]!r}"


def read_yaml(file: Path) -> dict[str, Any]:
    """Return the mapping in a YAML file, or raise ConfigError naming file, line and problem."""
    return read_located(file).content


@dataclass(frozen=True, slots=True)
class Located:
    """The mapping in a YAML file, and where its keys stand."""

    content: dict[str, Any]
    lines: Mapping[tuple[Any, ...], int]  # from 1, by the keys that lead there

    def line(self, *path: Any) -> int | None:
        """Return the line of a key or an item; None where there is none."""
        return self.lines.get(path)


def read_located(file: Path) -> Located:
    """Return a YAML file's mapping with its lines, or raise ConfigError likewise."""
    try:
        loader = _StrictLoader(file.read_text(encoding="utf-8"))
        node = loader.get_single_node()
        content = None if node is None else loader.construct_document(node)
        lines = {} if node is None else dict(_lines(loader, node, (), set()))
    except FileNotFoundError:
        raise ConfigError(f"{file} does not exist") from None
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        said = "is not text" if isinstance(error, UnicodeDecodeError) else str(error)
        what = getattr(error, "problem", None) or said
        raise ConfigError(f"{file.name}{line}: not valid YAML: {what}") from None
    if content is None:
        return Located({}, {})
    if not isinstance(content, dict):
        raise ConfigError(f"{file.name}: expected a mapping of keys, got {type(content).__name__}")
    return Located(content, lines)


class _StrictLoader(yaml.SafeLoader):
    """Refuses a key that stands twice, of which YAML would let the last one win, unseen."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        first: dict[Any, int] = {}
        for key_node, _ in node.value:
            if key_node.tag == _MERGE:
                continue
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                continue  # of which the loader itself complains
            if key in first:
                says = f"{key!r} stands twice, first on line {first[key]}"
                raise yaml.constructor.ConstructorError(None, None, says, key_node.start_mark)
            first[key] = key_node.start_mark.line + 1
        return super().construct_mapping(node, deep)


def _lines(
    loader: yaml.SafeLoader, node: yaml.Node, path: tuple[Any, ...], seen: set[int]
) -> Iterator[tuple[tuple[Any, ...], int]]:
    """Return where each key and item stands, by the keys and numbers that lead there."""
    if id(node) in seen:
        return  # an alias: its lines are those of its anchor
    seen.add(id(node))
    steps: list[tuple[Any, yaml.Node, yaml.Node]] = []
    if isinstance(node, yaml.MappingNode):
        keys = [(key, value) for key, value in node.value if key.tag != _MERGE]
        steps = [(loader.construct_object(key, deep=True), key, value) for key, value in keys]
    elif isinstance(node, yaml.SequenceNode):
        steps = [(number, item, item) for number, item in enumerate(node.value)]
    for step, place, value in steps:
        yield (*path, step), place.start_mark.line + 1
        yield from _lines(loader, value, (*path, step), seen)


def merge(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return `under` with `over` on top; mappings merge key by key, anything else is replaced."""
    merged = dict(under)
    for key, value in over.items():
        below = merged.get(key)
        both = isinstance(below, dict) and isinstance(value, dict)
        merged[key] = merge(below, value) if both else value  # type: ignore[arg-type]
    return merged


def secret(name: str) -> str:
    """Return a secret by name, or raise ConfigError saying where it was looked for."""
    value = secret_or_none(name)
    if value is None:
        raise ConfigError(f"{name} is not set: put it in .env or {SECRETS_DIRECTORY}/{name}")
    return value


def secret_or_none(name: str) -> str | None:
    """Return a secret by name, or None where it is absent or blank."""
    file = SECRETS_DIRECTORY / name
    text = file.read_text(encoding="utf-8") if file.is_file() else os.environ.get(name, "")
    return text.strip() or None


def flag(name: str) -> bool:
    """Return a true/false switch from the environment.

    Anything but `true` or `false` stops the start: a typo in KIS_IS_PAPER must never mean live.
    """
    value = secret_or_none(name)
    if value is None or value.lower() not in ("true", "false"):
        raise ConfigError(f"{name} must be true or false, got {value!r}")
    return value.lower() == "true"


def load_env_file(file: Path) -> None:
    """Put the `NAME=value` lines of a .env file into the environment, where not already set.

    A blank value is none; of two values for a name the later one counts.
    """
    if not file.is_file():
        return
    values: dict[str, str] = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.partition("=")
        if not equals or not name.strip().isidentifier():
            raise ConfigError(f"{file.name}, line {number}: expected NAME=value")
        if text := value.strip().strip("'\""):
            values[name.strip()] = text
    for name, text in values.items():
        if not os.environ.get(name):
            os.environ[name] = text
