"""What is wrong with market data, counted: one fold over events in the order they arrived.

Pure. It runs on every message at the busiest minute of the day: per event a few slots are compared
and nothing is allocated; text is made for the first of a kind alone. Memory is bounded by the
number of streams. `collector.quality_frame` finds the same in a whole day's Parquet.
"""

from collections.abc import Callable, Iterable

import msgspec

from collector.faults import (
    EVERYTHING,
    Finding,
    Kind,
    Known,
    Skew,
    Span,
    audible_ns,
    fell_text,
    gap_text,
    grid_text,
    inside,
    is_stall,
    limits_text,
    order_text,
    print_text,
    quote_text,
    skew_of,
    skew_text,
    stall_text,
    volume_fault,
    volume_text,
)
from kis_core.market.events import Book, BookLevel, Market, MarketStatus, Trade
from kis_core.market.instants import DAY_NS, MINUTE_NS, minute_start_ns
from kis_core.market.ticks import Grid, Limits, is_on_tick, may_print

STREAMS_MAX = 20_000  # of one line; the events of more are counted as unfollowed
HOLES_MAX = 1_000  # the newest are remembered
_MINUTES_MAX = DAY_NS // MINUTE_NS
_FAR_NS = 1 << 62


class Quote(msgspec.Struct, frozen=True, tag="quote", array_like=True, gc=False):
    """The best bid and ask of one venue; None where a side is empty or the feed does not say."""

    symbol: str
    venue: Market
    at_ns: int | None
    arrived_ns: int
    ask_krw: int | None
    ask_volume: int | None
    bid_krw: int | None
    bid_volume: int | None
    cum_volume: int | None = None
    in_auction: bool | None = None


class Stream:
    """What is remembered of one symbol on one venue."""

    __slots__ = (
        "asks", "bids", "events", "first_ns", "grid", "heard_ns", "limits", "q_at_max_ns",
        "q_at_ns", "q_cum", "q_cum_max", "q_heard_ns", "sibling", "sibling_mark", "symbol",
        "t_at_max_ns", "t_at_ns", "t_cum", "t_cum_max", "t_price", "t_volume", "venue", "vi",
    )  # fmt: skip

    def __init__(self, venue: str, symbol: str, at_ns: int, grid: Grid) -> None:
        self.venue, self.symbol, self.grid = venue, symbol, grid
        self.limits: Limits | None = None
        self.first_ns = self.heard_ns = at_ns
        self.events = self.sibling_mark = 0
        self.sibling: Stream = self
        self.vi = False
        self.t_at_ns = self.t_at_max_ns = -1
        self.t_price = self.t_volume = self.t_cum = self.t_cum_max = -1
        self.q_at_ns: int | None = None
        self.q_at_max_ns = self.q_cum_max = -1
        self.q_heard_ns = -_FAR_NS
        self.q_cum: int | None = None
        self.asks: object = None
        self.bids: object = None


class Quality:
    """The fold of one line's day."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.found: dict[tuple[Kind, str, str], Finding] = {}
        self.changed: set[tuple[Kind, str, str]] = set()  # since somebody last emptied it
        self.holes: list[Span] = []
        self.unfollowed = 0
        t = known.thresholds
        self._gap_ns, self._stall_ns, self._repeat_ns = t.line_gap_ns, t.stall_ns, t.repeat_ns
        self._resolution_ns, self._ahead_ns = t.resolution_ns, t.ahead_ns
        self._late_ns = t.resolution_ns + t.late_ns
        self._venues: dict[str, dict[str, Stream]] = {"KRX": {}, "NXT": {}, "UN": {}}
        self._limits = dict(known.limits)
        self._nobody = Stream(EVERYTHING, EVERYTHING, 0, "STOCK")
        self._everything = Stream(EVERYTHING, EVERYTHING, 0, "STOCK")
        self._heard_ns = _FAR_NS
        self._orderable: dict[Grid, set[int]] = {"STOCK": set(), "ETF": set()}
        self._printable: dict[Grid, set[int]] = {"STOCK": set(), "ETF": set()}
        self._lags: list[tuple[int, int]] = []
        self._minute_ends_ns = 0
        self._lag_ns = _FAR_NS

    @property
    def findings(self) -> list[Finding]:
        """Everything found so far, most frequent first."""
        return sorted(self.found.values(), key=lambda f: (-f.count, f.key))

    @property
    def streams(self) -> list[Stream]:
        """Every stream heard so far."""
        return [stream for venue in self._venues.values() for stream in venue.values()]

    @property
    def skew(self) -> Skew | None:
        """How far arrivals lie behind event times; None before any event told its time."""
        open_minute = [(self._minute_ends_ns - MINUTE_NS, self._lag_ns)]
        return skew_of(self._lags + (open_minute if self._lag_ns < _FAR_NS else []))

    def limit(self, symbol: str, limits: Limits) -> None:
        """Learn the day's limits of a symbol."""
        self._limits[symbol] = limits
        for venue in self._venues.values():
            if symbol in venue:
                venue[symbol].limits = limits

    def expect(self, symbol: str, venue: Market, from_ns: int) -> None:
        """Learn of a stream that was asked for: it may stall without ever having been heard."""
        if symbol not in self._venues[venue]:
            self._met(venue, symbol, from_ns)

    def interrupt(self, symbol: str, venue: Market, *, lasts: bool) -> None:
        """Learn that a volatility interruption began or ended: its auction may cross the book."""
        if symbol in self._venues[venue]:
            self._venues[venue][symbol].vi = lasts

    def take(self, events: Iterable[object]) -> None:
        """Take what arrived, in order; what is neither print, quote nor status is passed over."""
        for event in events:
            match event:
                case Trade():
                    self.trade(event)
                case Book():
                    self.book(event)
                case Quote():
                    self.quote(event)
                case MarketStatus(symbol=str(symbol), venue=venue, vi=str(vi)):
                    self.interrupt(symbol, venue, lasts=vi == "Y")

    def trade(self, t: Trade) -> None:
        """Take one print."""
        at_ns, arrived_ns, price, volume = t.at_ns, t.arrived_ns, t.price_krw, t.volume
        cum = t.cum_volume
        s = self._venues[t.venue].get(t.symbol) or self._met(t.venue, t.symbol, arrived_ns)
        if s is None:
            return
        self._hear(s, arrived_ns)
        self._time(s, at_ns, arrived_ns)
        before = s.t_cum_max
        if cum != before + volume and before >= 0:
            if cum == s.t_cum and (at_ns, price, volume) == (s.t_at_ns, s.t_price, s.t_volume):
                self._find("duplicate", s, arrived_ns, print_text, price, volume, cum)
            else:
                kind = volume_fault(cum, before, volume)
                self._find(kind, s, arrived_ns, volume_text, cum, before, volume)
        if cum > before:
            s.t_cum_max = cum
        if at_ns >= s.t_at_max_ns:
            s.t_at_max_ns = at_ns
        elif s.t_at_max_ns - at_ns >= self._resolution_ns:
            self._find("out_of_order", s, arrived_ns, order_text, at_ns, s.t_at_max_ns)
        s.t_at_ns, s.t_price, s.t_volume, s.t_cum = at_ns, price, volume, cum
        if volume <= 0 or cum < 0:
            self._find("bad_size", s, arrived_ns, print_text, price, volume, cum)
        if price not in self._printable[s.grid] and not self._prints(price, s.grid):
            self._find("off_grid", s, arrived_ns, grid_text, price, "print")
        if s.limits and not s.limits[0] <= price <= s.limits[1]:
            self._find("outside_limits", s, arrived_ns, limits_text, price, *s.limits)

    def book(self, b: Book, cum_volume: int | None = None) -> None:
        """Take a book of up to ten levels a side, and the day's volume where it tells that too."""
        at_ns, arrived_ns, asks, bids = b.at_ns, b.arrived_ns, b.asks, b.bids
        s = self._venues[b.venue].get(b.symbol) or self._met(b.venue, b.symbol, arrived_ns)
        if s is None:
            return
        self._hear(s, arrived_ns)
        self._time(s, at_ns, arrived_ns)
        if at_ns >= s.q_at_max_ns:
            s.q_at_max_ns = at_ns
        elif s.q_at_max_ns - at_ns >= self._resolution_ns:
            self._find("out_of_order", s, arrived_ns, order_text, at_ns, s.q_at_max_ns)
        ask, ask_size = asks[0] if asks else (None, None)
        bid, bid_size = bids[0] if bids else (None, None)
        best = (ask, ask_size, bid, bid_size)
        soon_ns = arrived_ns - s.q_heard_ns
        if (
            soon_ns <= self._repeat_ns
            and (asks, bids, at_ns) == (s.asks, s.bids, s.q_at_ns)
            and cum_volume == s.q_cum
        ):
            self._find("repeated" if soon_ns else "duplicate", s, arrived_ns, quote_text, *best)
        s.asks, s.bids, s.q_at_ns, s.q_heard_ns = asks, bids, at_ns, arrived_ns
        s.q_cum = cum_volume
        if cum_volume is not None:
            self._told(s, arrived_ns, cum_volume)
        orderable = self._orderable[s.grid]
        for side in (asks, bids):
            for price, size in side:
                if size <= 0 or price not in orderable:
                    self._inspect(s, arrived_ns, (*asks, *bids), best)
                    break
            else:
                continue
            break
        if ask is not None and bid is not None and bid >= ask:
            self._crosses(s, arrived_ns, b.in_auction, best)
        if s.limits:
            ends = (*asks[:1], *asks[-1:], *bids[:1], *bids[-1:])
            self._bounded(s, arrived_ns, [price for price, _ in ends], s.limits)

    def quote(self, q: Quote) -> None:
        """Take a best bid and ask."""
        at_ns, arrived_ns, cum = q.at_ns, q.arrived_ns, q.cum_volume
        ask, ask_size, bid, bid_size = q.ask_krw, q.ask_volume, q.bid_krw, q.bid_volume
        best = (ask, ask_size, bid, bid_size)
        s = self._venues[q.venue].get(q.symbol) or self._met(q.venue, q.symbol, arrived_ns)
        if s is None:
            return
        self._hear(s, arrived_ns)
        if at_ns is not None:
            self._time(s, at_ns, arrived_ns)
            if at_ns >= s.q_at_max_ns:
                s.q_at_max_ns = at_ns
            elif s.q_at_max_ns - at_ns >= self._resolution_ns:
                self._find("out_of_order", s, arrived_ns, order_text, at_ns, s.q_at_max_ns)
        soon_ns = arrived_ns - s.q_heard_ns
        if soon_ns <= self._repeat_ns and (best, cum, at_ns) == (s.asks, s.q_cum, s.q_at_ns):
            self._find("repeated" if soon_ns else "duplicate", s, arrived_ns, quote_text, *best)
        s.asks, s.q_cum, s.q_at_ns, s.q_heard_ns = best, cum, at_ns, arrived_ns
        if cum is not None:
            self._told(s, arrived_ns, cum)
        orderable = self._orderable[s.grid]
        for price in (ask, bid):
            if price is None or price in orderable or self._orders(price, s.grid):
                continue
            self._find("off_grid", s, arrived_ns, grid_text, price, "quote")
            break
        if (ask_size is not None and ask_size <= 0) or (bid_size is not None and bid_size <= 0):
            self._find("bad_size", s, arrived_ns, quote_text, *best)
        if ask is not None and bid is not None and bid >= ask:
            self._crosses(s, arrived_ns, q.in_auction, best)
        if s.limits:
            self._bounded(s, arrived_ns, [p for p in (ask, bid) if p is not None], s.limits)

    def finish(self, end_ns: int) -> None:
        """Count the silences that last until `end_ns`, the end of what is looked at."""
        if self._heard_ns < end_ns - self._gap_ns:
            self._hole(end_ns)
        for stream in self.streams:
            if end_ns - stream.heard_ns > self._stall_ns:
                self._silence(stream, end_ns)

    def silent(self, now_ns: int) -> list[Stream]:
        """Return the streams that are stalled at this moment, longest silence first."""
        holes = list(self.holes)
        if self._heard_ns < now_ns - self._gap_ns:
            holes.append((self._heard_ns, now_ns))
        found = [
            stream
            for stream in self.streams
            if now_ns - stream.heard_ns > self._stall_ns
            and is_stall(self.known, *self._silent_for(stream, now_ns, holes))
        ]
        return sorted(found, key=lambda stream: stream.heard_ns)

    def _hear(self, s: Stream, arrived_ns: int) -> None:
        if arrived_ns - self._heard_ns > self._gap_ns:
            self._hole(arrived_ns)
        self._heard_ns = arrived_ns
        if arrived_ns - s.heard_ns > self._stall_ns:
            self._silence(s, arrived_ns)
        s.heard_ns = arrived_ns
        s.events += 1
        s.sibling_mark = s.sibling.events

    def _time(self, s: Stream, at_ns: int, arrived_ns: int) -> None:
        lag_ns = arrived_ns - at_ns
        if arrived_ns >= self._minute_ends_ns:
            if self._lag_ns < _FAR_NS and len(self._lags) < _MINUTES_MAX:
                self._lags.append((self._minute_ends_ns - MINUTE_NS, self._lag_ns))
            self._minute_ends_ns = minute_start_ns(arrived_ns) + MINUTE_NS
            self._lag_ns = lag_ns
        elif lag_ns < self._lag_ns:
            self._lag_ns = lag_ns
        if lag_ns > self._late_ns:
            self._find("late", s, arrived_ns, skew_text, lag_ns)
        elif -lag_ns > self._ahead_ns:
            self._find("ahead", s, arrived_ns, skew_text, lag_ns)

    def _met(self, venue: str, symbol: str, at_ns: int) -> Stream | None:
        if sum(len(streams) for streams in self._venues.values()) >= STREAMS_MAX:
            self.unfollowed += 1
            return None
        stream = Stream(venue, symbol, at_ns, self.known.grids.get(symbol, "STOCK"))
        stream.limits = self._limits.get(symbol)
        stream.sibling = self._nobody
        other = {"KRX": "NXT", "NXT": "KRX"}.get(venue)
        if other and symbol in self._venues[other]:
            stream.sibling = self._venues[other][symbol]
            stream.sibling.sibling = stream
        self._venues[venue][symbol] = stream
        return stream

    def _orders(self, price: int, grid: Grid) -> bool:
        if price > 0 and is_on_tick(price, grid):
            self._orderable[grid].add(price)
            return True
        return False

    def _prints(self, price: int, grid: Grid) -> bool:
        if may_print(price, grid):
            self._printable[grid].add(price)
            return True
        return False

    def _told(self, s: Stream, arrived_ns: int, cum_volume: int) -> None:
        if cum_volume < s.q_cum_max:
            self._find("volume_fell", s, arrived_ns, fell_text, cum_volume, s.q_cum_max)
        else:
            s.q_cum_max = cum_volume

    def _inspect(
        self,
        s: Stream,
        arrived_ns: int,
        levels: tuple[BookLevel, ...],
        best: tuple[int | None, int | None, int | None, int | None],
    ) -> None:
        """Look closer at a book with a price not met before, or an odd size."""
        wrong = [p for p, _ in levels if not self._orders(p, s.grid)]
        if wrong:
            self._find("off_grid", s, arrived_ns, grid_text, wrong[0], "quote")
        if any(size <= 0 for _, size in levels):
            self._find("bad_size", s, arrived_ns, quote_text, *best)

    def _crosses(
        self, s: Stream, arrived_ns: int, in_auction: bool | None, best: tuple[int | None, ...]
    ) -> None:
        if in_auction or s.vi or s.venue == "UN":  # bids and asks of two venues may cross
            return
        tail_ns = self.known.thresholds.auction_tail_ns
        if inside(self.known.sessions.of(s.venue), arrived_ns, tail_ns):
            self._find("crossed", s, arrived_ns, quote_text, *best)

    def _bounded(self, s: Stream, arrived_ns: int, prices: list[int], limits: Limits) -> None:
        for price in prices:
            if not limits.lower_krw <= price <= limits.upper_krw:
                self._find("outside_limits", s, arrived_ns, limits_text, price, *limits)
                return

    def _hole(self, to_ns: int) -> None:
        from_ns = self._heard_ns
        if audible_ns(self.known.sessions.either, (), from_ns, to_ns) <= self._gap_ns:
            return
        self.holes.append((from_ns, to_ns))
        del self.holes[:-HOLES_MAX]
        self._find("gap", self._everything, to_ns, gap_text, from_ns, to_ns, from_ns=from_ns)

    def _silence(self, s: Stream, to_ns: int) -> None:
        silent_ns, told = self._silent_for(s, to_ns, self.holes)
        if is_stall(self.known, silent_ns, told):
            from_ns = s.heard_ns
            self._find("stalled", s, to_ns, stall_text, from_ns, to_ns, told, from_ns=from_ns)

    def _silent_for(self, s: Stream, to_ns: int, holes: list[Span]) -> tuple[int, int]:
        spans = self.known.sessions.of(s.venue)
        silent_ns = audible_ns(spans, holes, s.heard_ns, to_ns)
        return silent_ns, s.sibling.events - s.sibling_mark

    def _find(
        self,
        kind: Kind,
        s: Stream,
        at_ns: int,
        say: Callable[..., str],
        *facts: object,
        from_ns: int | None = None,
    ) -> None:
        key = (kind, s.venue, s.symbol)
        self.changed.add(key)
        finding = self.found.get(key)
        if finding is None:
            first_ns = at_ns if from_ns is None else from_ns
            self.found[key] = Finding(kind, s.venue, s.symbol, 1, first_ns, at_ns, say(*facts))
        else:
            finding.count += 1
            finding.last_ns = max(finding.last_ns, at_ns)
