"""The one reader of configuration files and of the environment.

`load(KmpSettings, "kmp", directory)` reads `fleet.yaml` (what all services share), then `kmp.yaml`,
then the overlays named in it or passed, merges them, and validates the result: an unknown key or a
missing value stops the start with one sentence that names the file, the key and what was
expected. Secrets come from `/run/secrets/NAME` or the environment, never from YAML.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

DIRECTORY = Path(__file__).resolve().parent
SECRETS_DIRECTORY = Path("/run/secrets")


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
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{file} does not exist") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        what = getattr(error, "problem", None) or "is not text"
        raise ConfigError(f"{file.name}{line}: not valid YAML: {what}") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ConfigError(f"{file.name}: expected a mapping of keys, got {type(content).__name__}")
    return content


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
