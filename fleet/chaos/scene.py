"""What those who act in a run can see and reach, whether the OMS is in this process or not."""

from typing import Protocol

import httpx

from fleet.chaos.story import Story
from kis_core.clock import Clock
from oms.core.book import Book


class Scene(Protocol):
    """The market, the front door of the OMS, and a look at its book."""

    @property
    def story(self) -> Story:
        """Return what is played."""
        ...

    @property
    def clock(self) -> Clock:
        """Return the market's time."""
        ...

    @property
    def url(self) -> str:
        """Return where the OMS is asked."""
        ...

    @property
    def door(self) -> httpx.AsyncBaseTransport | None:
        """Return the way there; None: the network's own."""
        ...

    @property
    def symbols(self) -> list[str]:
        """Return the day's symbols."""
        ...

    def last_krw(self, symbol: str) -> int:
        """Return the last price, in KRW."""
        ...

    def book(self) -> Book | None:
        """Return the OMS's book, to be read only; None while nobody can tell."""
        ...


def token_of(name: str) -> str:
    """Return the token of a strategy or of the operator in all runs."""
    return f"token of {name}"
