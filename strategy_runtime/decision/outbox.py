"""What one turn asks for, gathered while it is decided."""

from kis_core.market.instants import SECOND_NS
from oms_client.contract import Intent
from strategy_runtime.contract import Ask, Fact, Listen, Note, Said, Step


class Outbox:
    """Lives for one turn only."""

    __slots__ = ("asks", "intents", "listen", "notes")

    def __init__(self) -> None:
        self.intents: list[Intent] = []
        self.asks: list[Ask] = []
        self.notes: list[Note] = []
        self.listen: Listen | None = None

    def submit(self, intent: Intent) -> None:
        """Ask the OMS."""
        self.intents.append(intent)

    def ask(self, ask: Ask) -> None:
        """Ask a history."""
        self.asks.append(ask)

    def say(self, text: str, symbol: str | None = None, **facts: Fact) -> None:
        """Write a log line; `text` holds the phrase that is grepped for."""
        self.notes.append(Said(text, symbol, tuple(facts.items())))

    def warn(self, text: str, symbol: str | None = None, **facts: Fact) -> None:
        """Write a log line that somebody should look at."""
        self.notes.append(Said(text, symbol, tuple(facts.items()), "warning"))

    def note(self, note: Note) -> None:
        """Record an entry, a part sold, a round trip, a missed signal or a leniency."""
        self.notes.append(note)

    def step[S](self, state: S) -> Step[S]:
        """Return the turn's step."""
        return Step(state, tuple(self.intents), tuple(self.asks), self.listen, tuple(self.notes))


def seconds(ns: int) -> float:
    """Return a span in seconds, to the millisecond, for log lines."""
    return round(ns / SECOND_NS, 3)
