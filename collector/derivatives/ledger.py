"""Which minutes of one contract's session are settled, and what is to be asked for next.

Pure. Laws: a minute is settled by KIS's own answer given after it was over, once that answer is in
the database, and by nothing else; minutes are settled from the opening on without holes, so the
oldest that is not is all there is to remember; after the close the whole session is asked for once
more. A minute that KIS leaves out had no trade.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from collector.ledger import ANSWER_DELAY_NS
from kis_core.market.derivative_sessions import DerivativeSession
from kis_core.market.instants import MINUTE_NS
from kis_core.wire.derivatives.derivative_quotes import DerivativeBar


def slots(session: DerivativeSession) -> list[int]:
    """Return the minutes of a session that may have a candle, by their starts.

    Continuous trading, and the closing auction's one price: 411 on a usual day; other days open
    later, and a last trading day ends earlier and without an auction.
    """
    found = list(range(session.opens_ns, session.closing_auction_ns, MINUTE_NS))
    if session.closing_auction_ns < session.closes_ns:
        found.append(session.closes_ns)
    return found


def end_ns(session: DerivativeSession) -> int:
    """Return when the last minute of a session that may have a candle is over."""
    return slots(session)[-1] + MINUTE_NS


@dataclass(frozen=True, slots=True)
class Work:
    """Ask for a contract's minutes from `from_ns` up to now. `final`: the session is over."""

    from_ns: int
    final: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What KIS's answer settles: the minutes from `first_ns` to before `end_ns`."""

    first_ns: int
    end_ns: int
    news: tuple[DerivativeBar, ...]  # new, or other than what was known
    repaired: int  # of them: settled before, with other figures
    surplus: int  # known, and not in the answer; they were traded, and are kept
    final: bool


class ContractLedger:
    """One contract in one session. `known` are the candles the database has."""

    def __init__(
        self,
        code: str,
        session: DerivativeSession,
        every_min: int,
        known: Iterable[DerivativeBar] = (),
    ) -> None:
        self.code = code
        self.session = session
        self.settled_ns = session.opens_ns  # minutes that begin before it are settled
        self.verified = False
        self.repaired = 0
        self.surplus = 0
        self._every_ns = every_min * MINUTE_NS
        self._end_ns = end_ns(session)
        self._bars = {bar.start_ns: bar for bar in known}

    @property
    def candles(self) -> int:
        """How many candles are known."""
        return len(self._bars)

    @property
    def last_ns(self) -> int | None:
        """Return the newest minute known."""
        return max(self._bars, default=None)

    def count(self, from_ns: int, to_ns: int) -> int:
        """Return how many candles are known of the minutes from `from_ns` to before `to_ns`."""
        return sum(from_ns <= at_ns < to_ns for at_ns in self._bars)

    def due(self, now_ns: int) -> Work | None:
        """Return what is to be asked for now; None while nothing is."""
        if self.verified:
            return None
        over_ns = (now_ns - ANSWER_DELAY_NS) // MINUTE_NS * MINUTE_NS
        if over_ns >= self._end_ns:
            return Work(self.session.opens_ns, True)
        if over_ns - self.settled_ns < self._every_ns:
            return None
        if self.settled_ns >= self.session.closing_auction_ns and over_ns <= self.session.closes_ns:
            return None  # the auction has no minutes
        return Work(self.settled_ns, False)

    def compare(self, work: Work, bars: Iterable[DerivativeBar], asked_ns: int) -> Answer | None:
        """Return what KIS's answer to `work`, asked at `asked_ns`, settles; None: nothing.

        An answer without a single minute does not unsay those that are known.
        """
        over_ns = (asked_ns - ANSWER_DELAY_NS) // MINUTE_NS * MINUTE_NS
        until_ns = min(over_ns, self._end_ns)
        shown = {bar.start_ns: bar for bar in bars if work.from_ns <= bar.start_ns < until_ns}
        held = {at_ns for at_ns in self._bars if work.from_ns <= at_ns < until_ns}
        if until_ns <= work.from_ns or (held and not shown):
            return None
        news = [bar for at_ns, bar in sorted(shown.items()) if self._is_news(at_ns, bar)]
        return Answer(
            first_ns=work.from_ns,
            end_ns=until_ns,
            news=tuple(news),
            repaired=sum(self._was_settled(bar.start_ns) for bar in news),
            surplus=len(held - shown.keys()),
            final=work.final,
        )

    def _was_settled(self, at_ns: int) -> bool:
        return at_ns < self.settled_ns or at_ns in self._bars

    def _is_news(self, at_ns: int, bar: DerivativeBar) -> bool:
        known = self._bars.get(at_ns)
        return known is None or _figures(known) != _figures(bar)

    def stored(self, answer: Answer) -> None:
        """The database has an answer's news."""
        self._bars.update((bar.start_ns, bar) for bar in answer.news)
        self.settled_ns = max(self.settled_ns, answer.end_ns)
        self.repaired += answer.repaired
        self.surplus += answer.surplus
        self.verified = self.verified or answer.final


def _figures(bar: DerivativeBar) -> tuple[Decimal | int, ...]:
    """What must agree. The value is left out: what precedes a page decides whether it is known."""
    return (bar.open, bar.high, bar.low, bar.close, bar.volume)
