"""What a strategy has asked of histories, and whether it may ask again.

A question is of a kind about a symbol (or of none). It is open until it is answered or has failed;
one that failed is asked again after a pause, under a new name, a bounded number of times. Names are
made from inputs alone, so that after a restart they are the same.
"""

from dataclasses import dataclass, field

from kis_core.market.instants import SECOND_NS
from strategy_runtime.decision.shape import AskRules

MARKET = "market"
"""The subject of a question about no symbol."""


@dataclass(slots=True)
class Question:
    """One thing asked, for one subject."""

    open: str | None = None  # the ask's id while it is unanswered
    asked: int = 0  # times in all; names are made of it, so none is used twice
    tries: int = 0  # since it last rested
    again_ns: int = 0
    why: str = ""  # it is not known, after the last try


@dataclass(slots=True)
class Questions:
    """All that was asked today. Advanced in place by the fold that owns it."""

    date: str  # YYYY-MM-DD
    asked: dict[tuple[str, str], Question] = field(default_factory=dict)  # (kind, subject)
    open: dict[str, tuple[str, str]] = field(default_factory=dict)  # ask id → (kind, subject)
    failed: dict[str, str] = field(default_factory=dict)  # "kind subject" → why

    def may(self, kind: str, subject: str, now_ns: int, rules: AskRules) -> bool:
        """Whether a question may be asked now: not open, not resting, not given up."""
        known = self.asked.get((kind, subject))
        return known is None or (
            known.open is None and known.tries < rules.tries_max and now_ns >= known.again_ns
        )

    def ask(self, kind: str, subject: str) -> str:
        """Note that a question is asked; return the name to ask it under."""
        question = self.asked.setdefault((kind, subject), Question())
        question.asked += 1
        question.tries += 1
        question.open = f"{kind}-{subject}-{self.date}-{question.asked}"
        self.open[question.open] = (kind, subject)
        return question.open

    def answered(self, ask_id: str | None) -> tuple[str, str] | None:
        """Return what an answer is about, (kind, subject); None where nobody waits for it."""
        about = self.open.pop(ask_id or "", None)
        if about is not None:
            self.asked[about].open = None
            self.asked[about].why = ""
            self.failed.pop(" ".join(about), None)
        return about

    def fail(
        self,
        kind: str,
        subject: str,
        why: str,
        now_ns: int,
        rules: AskRules,
        *,
        final: bool = False,
    ) -> None:
        """Note that there is no answer; `final`: asking again would not change that."""
        question = self.asked.setdefault((kind, subject), Question())
        question.why = why or "unknown"
        if final:
            question.tries = rules.tries_max
        question.again_ns = now_ns + rules.again_s * SECOND_NS
        self.failed[f"{kind} {subject}"] = why[:200]

    def rest(self, kind: str, subject: str, until_ns: int) -> None:
        """Let a question that is asked again and again rest until then, its tries forgotten."""
        question = self.asked.setdefault((kind, subject), Question())
        question.again_ns, question.tries = until_ns, 0

    def given_up(self, kind: str, subject: str, rules: AskRules) -> bool:
        """Whether a question has failed for good."""
        known = self.asked.get((kind, subject))
        return bool(known and known.why and known.open is None and known.tries >= rules.tries_max)

    def tried(self, kind: str, subject: str) -> bool:
        """Whether a question has been answered, or has failed once: nobody waits for its retry."""
        known = self.asked.get((kind, subject))
        return known is not None and (known.open is None or bool(known.why))
