"""Whether a day is whole: its candles against the slots that this very day has.

Pure. The slots come from the calendar of that date (the university entrance exam and the first
session of a year begin later), never from a number. A slot without a candle is whole when KIS
answered that nothing was traded in it; a symbol without any is halted while others trade. What
cannot be told from candles alone is whether a stretch without trades was a halt or a want of
interest: `quiet_run` says how long it was.
"""

from collections.abc import Sequence
from typing import Literal

from collector.journal import DayVerified, SymbolDay
from collector.ledger import MinuteLedger
from kis_core.market.instants import MINUTE_NS


def verified(ledger: MinuteLedger, slots: Sequence[int], at_ns: int) -> DayVerified:
    """Return what the day of a ledger is like against its slots (starts, ns, ascending)."""
    known = {symbol: ledger.starts(symbol) for symbol in ledger.symbols}
    traded = frozenset().union(*(candles for candles, _ in known.values()))
    unconfirmed = set(ledger.unconfirmed)
    rows = tuple(
        _symbol_day(symbol, slots, *known[symbol], symbol not in unconfirmed, bool(traded))
        for symbol in ledger.symbols
    )
    silent = sum(slot not in traded for slot in slots)
    return DayVerified(at_ns, slots[0], slots[-1], silent, rows)


def _symbol_day(
    symbol: str,
    slots: Sequence[int],
    candles: frozenset[int],
    unsettled: frozenset[int],
    confirmed: bool,
    market_traded: bool,
) -> SymbolDay:
    own = [slot in candles for slot in slots]
    open_slots = sum(slot in unsettled for slot in slots)
    state: Literal["complete", "halted", "closed", "incomplete"] = "complete"
    if open_slots or not confirmed:
        state = "incomplete"
    elif not candles:
        state = "halted" if market_traded else "closed"
    return SymbolDay(
        symbol,
        slots=len(slots),
        candles=sum(own),
        quiet=len(slots) - sum(own) - open_slots,
        unsettled=open_slots,
        outside=len(candles.difference(slots)),
        quiet_run=_longest_run(slots, own),
        state=state,
    )


def _longest_run(slots: Sequence[int], own: Sequence[bool]) -> int:
    """Return the longest stretch of neighbouring slots without a candle."""
    longest = run = 0
    before = None
    for slot, has in zip(slots, own, strict=True):
        neighbours = before is not None and slot - before == MINUTE_NS
        run = 0 if has else run + 1 if neighbours else 1
        longest = max(longest, run)
        before = slot
    return longest
