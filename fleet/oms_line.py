"""The line from the command line to the OMS: who asks, with which token, and how it is told.

What cannot be done ends in one sentence, Korean and English, that says what to do about it.
"""

import asyncio
import getpass
import json
import re
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from pydantic import BaseModel

    from oms_client.operator import OmsOperator

ConfigDir = Annotated[
    Path | None, typer.Option("--config", help="Folder of YAML files (default: the house's own).")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")]
Reason = Annotated[str, typer.Option(help="사유 · why; it is journaled (50 characters).")]
Actor = Annotated[
    str | None, typer.Option(help="담당자 · who acts; it is journaled (default: the login name).")
]
Strategy = Annotated[str | None, typer.Option(help="전략 · only this strategy.")]
Symbol = Annotated[str | None, typer.Option(help="종목 · only this symbol.")]
SymbolName = Annotated[str, typer.Argument(help="종목 · six characters, such as 005930.")]


REFUSED, NOT_ASKED = 1, 2
_ROOT = Path(__file__).resolve().parent.parent


def ask[T](config: Path | None, work: "Callable[[OmsOperator], Awaitable[T]]", *, acts: bool) -> T:
    """Return what the configured OMS answered, or end with one sentence that says what to do."""
    from config.load import DIRECTORY, ConfigError, load, load_env_file, secret, secret_or_none
    from kis_core.settings import ServiceSettings
    from oms_client.client import OmsRefused, OmsUnreachable, OmsUnreadable
    from oms_client.operator import OmsOperator

    async def asked(url: str, token: str) -> T:
        async with OmsOperator.connect(url, token, "operator") as oms:
            return await work(oms)

    try:
        load_env_file(_ROOT / ".env")
        url = load(ServiceSettings, "fleet", config or DIRECTORY).oms_url
        viewer = None if acts else secret_or_none("OMS_TOKEN_VIEWER")
        token = secret_or_none("OMS_TOKEN_OPERATOR") or viewer or secret("OMS_TOKEN_OPERATOR")
        return asyncio.run(asked(url, token))
    except ConfigError as error:
        raise end("설정 오류", f"not configured: {error}", NOT_ASKED) from None
    except OmsRefused as refused:
        following = f"; {refused.next}" if refused.next else ""
        raise end("거절됨", f"refused: {refused.detail}{following}", REFUSED) from None
    except (OmsUnreachable, OmsUnreadable) as error:
        more = "; it may have been done: look (kst oms halts, drift, orders)" if acts else ""
        raise end("응답 없음", f"no answer of the OMS at {url}: {error}{more}", NOT_ASKED) from None


def end(korean: str, english: str, code: int) -> typer.Exit:
    """Print one sentence and return the exit to raise."""
    sys.stderr.write(f"kst: {korean} · {' '.join(english.split())}\n")
    return typer.Exit(code)


def signed[T: "BaseModel"](shape: type[T], reason: str, actor: str | None, **values: Any) -> T:
    """Return a request with who and why, or end with what is wrong with it."""
    from pydantic import ValidationError

    who = actor if actor is not None else _login()
    try:
        return shape.model_validate({"reason": reason, "actor": who} | values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "request"
        raise end("입력 오류", f"not sent: {place}: {first['msg']}", NOT_ASKED) from None


def _login() -> str | None:
    try:
        return re.sub(r"[^\w.@-]", "", getpass.getuser())[:20] or None
    except (OSError, KeyError):
        return None


def say(as_json: bool, name: str, rows: "Sequence[BaseModel]", line: Callable[[Any], str]) -> None:
    """Print rows for a program or for a person."""
    if as_json:
        told = {name: [row.model_dump(mode="json") for row in rows]}
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    for row in rows:
        typer.echo(line(row))
    if not rows:
        typer.echo(f"없음 · no {name}")
