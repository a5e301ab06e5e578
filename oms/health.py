"""How the OMS is, and whether it can protect what is held."""

from collections.abc import Callable
from typing import Literal, Protocol

from kis_core.clock import SECOND_NS, Clock
from oms.core.book import Book
from oms.core.holdings import Allocation
from oms.core.order import UNKNOWN
from oms.inbox import Inbox
from oms.quotes import Quotes
from oms_client.contract import HealthView

BEAT_NS = 300 * SECOND_NS
"""A strategy whose last heartbeat is older than this is said to be silent."""
FAILURES_MAX = 5
LINE_SILENT_NS = 60 * SECOND_NS

Rank = Literal["ok", "warn", "degraded", "error"]


class Shipping(Protocol):
    """How the copy in PostgreSQL comes along, as the audit trail tells it."""

    @property
    def shipped_seq(self) -> int | None:
        """The last journal row known to be there; None before the first contact."""
        ...

    @property
    def problem(self) -> str | None:
        """Why nothing can be shipped just now; None while the database answers."""
        ...

    @property
    def refused(self) -> bool:
        """Whether what is there belongs to another journal: nobody but a person mends that."""
        ...


class Health:
    """Looks at the book, the line and the audit trail when asked."""

    def __init__(
        self,
        inbox: Inbox,
        quotes: Quotes,
        clock: Clock,
        trail: Shipping | None,
        misread: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._inbox = inbox
        self._quotes = quotes
        self._clock = clock
        self._trail = trail
        self._misread = misread  # why the file of limits as it is now does not hold
        self._started_ns = clock.now_ns()
        self.serving = False  # the broker has answered and the book stands

    def unready(self) -> str | None:
        """Return why positions cannot be protected now, None when they can."""
        if not self.serving:
            return "recovering: the broker has not been heard yet"
        return self._blind()

    def _blind(self) -> str | None:
        """A stop can only be kept by one who hears prices and can reach the broker."""
        book = self._inbox.book
        held = sorted(s for s, i in book.listings.items() if i.rescaled and i.allocated)
        if held:
            return f"stops of {', '.join(held[:5])} are held: split or not, an operator must say"
        bare = [f"{a.strategy_id} {a.symbol}" for a in book.allocations() if is_bare(a)]
        if bare:
            return f"{len(bare)} positions have no stop: {', '.join(bare[:5])}"
        stops = [a for a in book.allocations() if a.shares and a.stop_krw is not None]
        if not stops:
            return None
        unwatched = self._quotes.unwatched(LINE_SILENT_NS)
        if unwatched:
            return f"{len(unwatched)} stops are unwatched: no price of {', '.join(unwatched[:5])}"
        if min(book.failures.get("balance", 0), book.failures.get("history", 0)) >= FAILURES_MAX:
            return f"{len(stops)} positions are unprotected: the broker does not answer"
        return None

    @property
    def audit_seq(self) -> int | None:
        """The last journal row known to be in PostgreSQL; None before the first contact."""
        return None if self._trail is None else self._trail.shipped_seq

    @property
    def audit_lag(self) -> int | None:
        """Journal rows that PostgreSQL has not; None before the first contact."""
        shipped = self.audit_seq
        return None if shipped is None else max(0, self._inbox.journal.last_seq - shipped)

    @property
    def audit_away(self) -> bool | None:
        """Whether nothing can be shipped just now; None when no database is configured."""
        return None if self._trail is None else self._trail.problem is not None

    def view(self) -> HealthView:
        """Return the whole picture."""
        book, now_ns = self._inbox.book, self._clock.now_ns()
        warnings = self._warnings(book, now_ns)
        degraded = [f"{q} failed {n} times" for q, n in book.failures.items() if n >= FAILURES_MAX]
        if book.limits and book.balance_ns is not None:
            age_ns = now_ns - book.balance_ns
            if age_ns > book.limits.balance_age_s_max * SECOND_NS:
                degraded.append("balance is old: entries wait")
        oldest_s = book.limits.history_age_s_max if book.limits else None
        if oldest_s is not None and now_ns - (book.history_ns or 0) > oldest_s * SECOND_NS:
            degraded.append("order history is old: entries wait")
        if book.unpriced:
            degraded.append(f"{book.unpriced} symbols without a price: entries wait")
        error = self.unready()
        if self._trail is not None and self._trail.refused:
            degraded.append(f"audit trail refused: {self._trail.problem}")
        rank: Rank = "error" if error else "degraded" if degraded else "warn" if warnings else "ok"
        return HealthView(
            status=rank,
            problems=tuple(([error] if error else []) + degraded + warnings),
            uptime_s=(now_ns - self._started_ns) / SECOND_NS,
            journal_seq=self._inbox.journal.last_seq,
            audit_seq=self.audit_seq,
            audit_lag=self.audit_lag,
            notices="live" if book.notices_live else "down" if self._quotes.heard_ns else "silent",
            balance_age_s=_age_s(book.balance_ns, now_ns),
            history_age_s=_age_s(book.history_ns, now_ns),
            strategies={
                s.strategy_id: (now_ns - s.last_beat_ns) / SECOND_NS
                for s in book.strategies.values()
                if s.last_beat_ns is not None
            },
        )

    def _warnings(self, book: Book, now_ns: int) -> list[str]:
        found = [f"{s} is frozen: drift {i.drift:+d}" for s, i in book.listings.items() if i.frozen]
        unknown = sum(order.state is UNKNOWN for order in book.open_orders.values())
        if unknown:
            found.append(f"{unknown} orders are being looked up")
        if book.contradictions:
            found.append(f"{book.contradictions} contradictory reports")
        told = book.reconciled
        if told is not None and told.differences:
            found.append(
                f"{told.date} does not agree with the broker: {len(told.differences)} differences"
            )
        if (misread := self._misread()) is not None:
            found.append(misread)
        if self._trail is not None and self._trail.problem and not self._trail.refused:
            behind = "" if self.audit_lag is None else f" by {self.audit_lag} rows"
            found.append(f"audit trail delayed{behind}: {self._trail.problem}; trading goes on")
        if not book.notices_live:
            found.append("order notices are not heard: fills come from the history alone")
        for s in book.strategies.values():
            silent = s.last_beat_ns is not None and now_ns - s.last_beat_ns > BEAT_NS
            if silent and s.mode == "RUNNING":
                found.append(f"{s.strategy_id} is silent")
        return found


def is_bare(one: Allocation) -> bool:
    """Whether a strategy holds shares that no stop protects and that are not being sold whole."""
    return bool(one.shares) and one.stop_krw is None and one.exit_why is None


def _age_s(at_ns: int | None, now_ns: int) -> float | None:
    return None if at_ns is None else (now_ns - at_ns) / SECOND_NS
