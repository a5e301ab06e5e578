"""What must hold each morning and each evening. Sentences; none: it holds.

The simulator's own books are the truth: nothing here trusts a sum of the OMS's where they say the
same thing.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from broker_sim.exchange.exchange import Exchange
from fleet.chaos.house import CASH_KRW
from kis_core.wire.account import NewOrder
from oms.core import records as r
from oms.core.book import Book
from oms.journal import JournalReader

Stops = dict[tuple[str, str], tuple[int, int | None]]
"""(strategy, symbol) to (shares, stop in KRW)."""
Switches = tuple[tuple[str, str | None], ...]
"""The flags that are up, with their subjects."""
DAILY = ("halt_entries", "flattening")


@dataclass(frozen=True)
class Figures:
    """How large the process and its book are, a fresh life just recovered. MB, counts, seconds."""

    day: int
    rss_mb: float
    objects: int
    results: int
    orders: int
    listings: int
    journal_rows: int
    started_s: float  # of the world, from opening the journal until the book stood


@dataclass
class Tally:
    """What the journal came to so far, read on from where it was."""

    seq: int = 0
    realised_krw: int = 0
    sent: Counter[str] = field(default_factory=Counter)  # by order id
    decided: Counter[tuple[str, str]] = field(default_factory=Counter)
    ended: Counter[tuple[str, str]] = field(default_factory=Counter)  # (date, strategy)
    opened: Counter[str] = field(default_factory=Counter)  # by date
    baselines: dict[str, int] = field(default_factory=dict)
    reconciled: dict[str, r.DayReconciled] = field(default_factory=dict)
    halts: int = 0
    stops_fired: int = 0

    def read(self, path: Path) -> None:
        """Take in what was journaled since the last time."""
        reader = JournalReader(path)
        try:
            while rows := reader.rows(after=self.seq):
                for row in rows:
                    if row.direction == "out":
                        self._take(row.output)
                self.seq = rows[-1].seq
        finally:
            reader.close()

    def _take(self, out: r.AnyOutput) -> None:
        match out:
            case r.AllocationChanged():
                self.realised_krw += out.realised_krw
            case r.OrderSent():
                self.sent[out.order_id] += 1
            case r.IntentDecided():
                self.decided[out.strategy_id, out.intent_id] += 1
            case r.StrategyFlattened():
                self.ended[out.date, out.strategy_id] += 1
            case r.DayOpened():
                self.opened[out.date] += 1
            case r.BaselineSet():
                self.baselines[out.date] = out.equity_krw
            case r.DayReconciled():
                self.reconciled[out.date] = out
            case r.FlagChanged(flag="halt_entries", on=True):
                self.halts += 1
            case r.StopFired():
                self.stops_fired += 1
            case _:
                pass


def stops_of(book: Book) -> Stops:
    """Return every position with its stop."""
    return {
        (a.strategy_id, a.symbol): (a.shares, a.stop_krw) for a in book.allocations() if a.shares
    }


def switches_of(book: Book) -> Switches:
    """Return the flags that are up."""
    return tuple(sorted(book.flags, key=str))


@dataclass(frozen=True)
class Evening:
    """What a day left behind."""

    date: str
    stops: Stops
    switches: Switches
    equity_krw: int
    confirmed: bool  # the process lived long enough after the close to compare the day


def morning_wrong(
    book: Book, date: str, equity_krw: int, before: Evening | None, exchange: Exchange
) -> Iterator[str]:
    """The day begins as it must: measured from the broker's equity, and all that stood stands."""
    if book.date != date:
        yield f"the book's day is {book.date}"
    if book.baseline_krw != equity_krw:
        yield f"baseline {book.baseline_krw}, the broker's equity is {equity_krw}"
    for flag in DAILY:
        if getattr(book, flag):
            yield f"{flag} is still up"
    if before is None:
        return
    kept = tuple(up for up in before.switches if up[0] not in DAILY)
    if switches_of(book) != kept:
        yield f"switches {switches_of(book)}, in the evening {before.switches}"
    if book.past is not None:
        yield f"{book.past.date} is not confirmed"
    told = book.reconciled
    if told is None or told.date != before.date or told.differences:
        yield f"the last day compared is {told}"
    if book.realised_today_krw and before.confirmed:
        yield f"{book.realised_today_krw:+,} KRW realised before the opening"
    yield from _holdings_wrong(book, exchange)
    if before.confirmed and stops_of(book) != before.stops:
        yield f"positions and stops {stops_of(book)}, in the evening {before.stops}"


def evening_wrong(
    book: Book, date: str, exchange: Exchange, left: list[NewOrder], tally: Tally, alone: bool
) -> Iterator[str]:
    """The day ends as it must: money to the won, nothing twice, every stop in its place.

    `alone`: nothing may be unknown to the book, for it lived until the market was closed.
    """
    sent = {order_id: times for order_id, times in tally.sent.items() if _of(order_id, date)}
    yield from (f"{order_id} was sent {n} times" for order_id, n in sent.items() if n > 1)
    yield from (f"{key} was decided {n} times" for key, n in tally.decided.items() if n > 1)
    yield from (f"{key} was ended {n} times" for key, n in tally.ended.items() if n > 1)
    yield from (f"{key} was opened {n} times" for key, n in tally.opened.items() if n > 1)
    there = sum(row.change == "new" for row in exchange.orders())
    if not there <= len(left) <= len(sent):
        yield f"{len(sent)} orders journaled as sent, {len(left)} left, {there} at the broker"
    for key, (shares, stop_krw) in stops_of(book).items():
        if stop_krw is None:
            yield f"{key} holds {shares} without a stop"
    if not alone:
        return
    yield from _holdings_wrong(book, exchange)
    yield from _money_wrong(book, exchange, tally)


def _of(order_id: str, date: str) -> bool:
    return order_id.startswith(date.replace("-", ""))


def _holdings_wrong(book: Book, exchange: Exchange) -> Iterator[str]:
    there = {line.symbol: line.shares for line in exchange.holdings() if line.shares}
    here = {s: listing.allocated for s, listing in book.listings.items() if listing.allocated}
    if here != there:
        yield f"allocated {here}, held {there}"


def _money_wrong(book: Book, exchange: Exchange, tally: Tally) -> Iterator[str]:
    """All that was ever realised, less what the held shares cost, is what the cash moved by."""
    moved = exchange.cash().settled_krw - CASH_KRW
    cost = sum(a.cost_krw for a in book.allocations())
    if moved != tally.realised_krw - cost:
        yield f"cash moved by {moved:+,}, {tally.realised_krw:+,} realised less {cost:,} held"
    last = {line.symbol: line.last_krw for line in exchange.holdings()}
    worth = sum(a.shares * last[a.symbol] for a in book.allocations() if a.shares)
    equity = exchange.cash().settled_krw + sum(
        line.shares * line.last_krw for line in exchange.holdings()
    )
    ours = CASH_KRW + tally.realised_krw + worth - cost
    if ours != equity:
        yield f"realised and unrealised make {ours:,}, the account is worth {equity:,}"
    if book.daily_pnl_krw is not None and book.baseline_krw is not None:
        told = book.baseline_krw + book.daily_pnl_krw
        if told != equity:
            yield f"the day's P&L leads to {told:,}, the account is worth {equity:,}"


def grown(figures: list[Figures], first: int, last: int) -> Iterator[str]:
    """What is larger on the last day than on an early one, beyond the chance of a day's trades."""
    by_day = {each.day: each for each in figures}
    early, late = by_day.get(first), by_day.get(last)
    if early is None or late is None or first >= last:
        return
    if late.objects > early.objects * 1.03:
        yield f"{early.objects:,} objects on day {first}, {late.objects:,} on day {last}"
    if late.rss_mb > early.rss_mb * 1.1 + 10:
        yield f"{early.rss_mb:.0f} MB on day {first}, {late.rss_mb:.0f} MB on day {last}"
    for name, most in (("results", 200), ("orders", 100), ("listings", 20)):
        if getattr(late, name) > most:
            yield f"{getattr(late, name)} {name} are kept on day {last}"


def rss_mb() -> float:
    """Return the memory this process has resident now, MB."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * 4096 / 2**20
