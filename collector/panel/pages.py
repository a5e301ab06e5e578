"""The panel as HTML. Every text goes through Jinja's escaping; a page is parts with names, and a
refresh sends the parts that are other than those the browser has.
"""

import hashlib
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from collector.panel.facts import Done, Facts
from collector.panel.parts import Language, Preview, Text
from collector.panel.view import Page, page
from collector.panel.words import WORDS

_DIGEST_CHARACTERS = 12


class Pages:
    """The templates, loaded once."""

    def __init__(self) -> None:
        environment = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._whole = environment.get_template("panel.html.j2")
        self._parts = environment.get_template("parts.html.j2")
        self._login = environment.get_template("login.html.j2")
        self._plain = environment.get_template("plain.html.j2")
        self._preview = environment.get_template("preview.html.j2")

    def whole(
        self, facts: Facts, language: Language, key: str, visitor: str, done: Done | None
    ) -> str:
        """Return the whole page, with the answer to what was asked last."""
        parts = self._rendered(page(facts, language), language, key)
        said = None
        if done is not None:
            then = done.answer.then
            said = {
                "done": done.answer.done,
                "said": done.answer.said.to(language),
                "then": then.to(language) if then else "",
            }
        return self._whole.render(
            **_common(language), parts=parts, seen=_seen(parts), key=key, visitor=visitor,
            said=said, house=bool(facts.house.acts),
            sources=[part.shown.name for part in facts.sources],
        )  # fmt: skip

    def changed(self, facts: Facts, language: Language, key: str, seen: str) -> str:
        """Return the parts that differ from what `seen` stands for, and the new `seen`."""
        parts = self._rendered(page(facts, language), language, key)
        known = set(seen.split("."))
        news = [html for name, html in parts.items() if _digest(html) not in known]
        mark = Markup('<input type="hidden" id="seen" name="seen" value="{}" hx-swap-oob="true">')
        return "\n".join([*news, mark.format(_seen(parts))])

    def _rendered(self, shown: Page, language: Language, key: str) -> dict[str, Markup]:
        macros: Any = self._parts.make_module({**_common(language), "key": key})
        found = {
            "clock": macros.clock(shown),
            "tiles": macros.tiles(shown.tiles),
            "spark": macros.spark(shown),
        }
        for card in shown.cards:
            found[f"head-{card.name}"] = macros.card_head(card)
            found[f"acts-{card.name}"] = macros.acts(card.name, card.buttons)
            found[f"body-{card.name}"] = macros.card_body(card)
        found["acts-collector"] = macros.acts("collector", shown.house)
        for table in shown.tables:
            found[table.key] = macros.table_card(table)
        found["log"] = macros.log(shown.log)
        return found

    def login(self, language: Language, why: str) -> str:
        """Return the form that asks for the token."""
        return self._login.render(**_common(language), why=why)

    def plain(self, language: Language, said: str) -> str:
        """Return a page with one sentence."""
        return self._plain.render(**_common(language), said=said)

    def preview(self, title: Text, name: str, loaded: Preview, language: Language, key: str) -> str:
        """Return what loading the file of symbols would do, with the button that does it."""
        trouble = loaded.trouble.to(language) if loaded.trouble else ""
        return self._preview.render(
            **_common(language), source=title.to(language), name=name, p=loaded, trouble=trouble,
            key=key,
        )  # fmt: skip


def _common(language: Language) -> dict[str, Any]:
    return {"lang": language, "w": {name: text.to(language) for name, text in WORDS.items()}}


def _digest(html: str) -> str:
    return hashlib.blake2b(html.encode(), digest_size=_DIGEST_CHARACTERS // 2).hexdigest()


def _seen(parts: dict[str, Markup]) -> str:
    return ".".join(_digest(html) for html in parts.values())
