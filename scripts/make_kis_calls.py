"""Write `docs/kis_calls.md`: every call of KIS's catalog and how it is offered here.

    python -m scripts.make_kis_calls

From the TR table, the substitutes, and `docs/kis_calls.toml`, where a person says which function
offers a call, or why none does.
"""

import importlib
import tomllib
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kis_core.wire.tr_table import CALLS, SUBSTITUTES, Call

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGE, OFFERS = DOCS / "kis_calls.md", DOCS / "kis_calls.toml"
ASK = "`KisCalls.ask`"

HEADER = """\
# Calls of KIS · KIS 호출 목록

Written by `python -m scripts.make_kis_calls`; do not edit. Every REST call of KIS's catalog: how it
is asked, and how it is offered here.

- A function with a name of its own returns frozen values, in KRW, shares, points or %, and hides
  pages. `KisCalls.ask("name", KEY="value", …)` (`kis_core/net/calls.py`) reads every other question
  by what the catalog says, in the units KIS counts in.
- *Same*: paper answers the same call. Otherwise it is refused at once, before anything is sent,
  with the words that stand here; where a function uses the substitute by itself, they say so.
- Old ids are those of before orders named a venue; some clients still send them.
"""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why some calls have no function of their own."""

    title: str
    reason: str
    calls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Offers:
    """What `kis_calls.toml` says."""

    modules: dict[str, str]
    offered: dict[str, list[str]]
    left_out: tuple[Reason, ...]


def offers() -> Offers:
    """Return what a person wrote."""
    said = tomllib.loads(OFFERS.read_text(encoding="utf-8"))
    offered = said["offered"]
    reasons = tuple(_reason(row, offered) for row in said["left_out"])
    return Offers(said["modules"], offered, reasons)


def _reason(row: dict[str, Any], offered: Container[str]) -> Reason:
    """Return a reason; a family stands for all calls of its name that are not offered."""
    family = row.get("family")
    of_family = [n for n in CALLS if family and n.startswith(family) and n not in offered]
    return Reason(row["title"], row["reason"], tuple(sorted([*of_family, *row.get("calls", [])])))


def problems(said: Offers) -> Iterator[str]:
    """Yield what is wrong with it: calls in no part or in two, functions that do not exist."""
    left_out = [name for reason in said.left_out for name in reason.calls]
    for name in CALLS:
        times = left_out.count(name) + (name in said.offered)
        if times != 1:
            yield f"{name} is offered or left out {times} times"
    for reason in said.left_out:
        if not reason.calls:
            yield f"{reason.title}: no call is left out for that any more"
    for name in {*said.offered, *left_out} - CALLS.keys():
        yield f"{name} is no call of the catalog"
    for name, functions in said.offered.items():
        for function in functions:
            owner, _, method = function.partition(".")
            module = importlib.import_module(said.modules[owner])
            if not callable(getattr(getattr(module, owner, None), method, None)):
                yield f"{name}: there is no {function}"


def page(said: Offers) -> str:
    """Return the page."""
    families = sorted({name.split(".")[0] for name in CALLS})
    parts = [HEADER]
    for family in families:
        rows = [_row(name, said) for name in sorted(CALLS) if name.split(".")[0] == family]
        head = "| Call | Title | Asked | Real | Paper | Old | Offered as | On paper |"
        parts.append(f"## {family}\n\n{head}\n|{'---|' * 8}\n" + "\n".join(rows) + "\n")
    parts.append("## Left out\n\nWhat has no function of its own, and why.\n")
    for reason in said.left_out:
        names = ", ".join(f"`{name}`" for name in reason.calls)
        parts.append(f"- **{reason.title}.** {reason.reason} ({names})")
    return "\n".join(parts) + "\n"


def _row(name: str, said: Offers) -> str:
    call = CALLS[name]
    functions = ", ".join(f"`{function}`" for function in said.offered.get(name, ()))
    cells = (
        f"`{name.partition('.')[2]}`",
        call.title,
        f"{call.method} `{call.path}`",
        *map(_ids, (call.tr_real, call.tr_paper, call.tr_old)),
        functions or (ASK if call.method == "GET" else "—"),
        _on_paper(call),
    )
    return "| " + " | ".join(cells) + " |"


def _ids(ids: Any) -> str:
    if not ids:
        return "—"
    return "<br>".join(f"{variant} {tr_id}".strip() for variant, tr_id in ids.items())


def _on_paper(call: Call) -> str:
    if not call.tr_real or call.tr_paper:
        return "same"
    instead = SUBSTITUTES[call.name]
    if instead.startswith("none"):
        return "not offered" + instead.removeprefix("none").replace(";", ":", 1)
    return f"substitute: {instead}"


def main() -> None:
    """Write the page, or stop with what is wrong."""
    said = offers()
    if wrong := list(problems(said)):
        raise SystemExit("\n".join(wrong))
    PAGE.write_text(page(said), encoding="utf-8")


if __name__ == "__main__":
    main()
