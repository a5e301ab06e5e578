"""The simulated market as REAL frames: what happened since it was asked last, for whom it concerns.

Prints of an item share a frame, up to ten. Books and best quotes follow a print, a stop, and a
registration, once a look: the market between two looks is conflated, as Kiwoom conflates it.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from broker_sim.exchange.day import Feed
from broker_sim.exchange.exchange import Exchange
from broker_sim.exchange.happenings import Printed
from broker_sim.exchange.quote import Quote
from broker_sim.exchange.venue import Trading
from broker_sim.kis.tapes import Tapes
from broker_sim.kis.yearly import Yearly
from broker_sim.kiwoom.elements import Elements, Values, element, frame
from broker_sim.kiwoom.items import Key, code_of
from broker_sim.kiwoom.sockets import Sockets
from broker_sim.kiwoom.states import states
from kis_core.market.events import Venue

ELEMENTS_MAX = 10
ON_BOOKS = ("0C", "0D", "0H")
FEEDS: tuple[Feed, ...] = ("KRX", "NXT", "UN")


class Market:
    """Carries the exchange to the sockets."""

    def __init__(self, exchange: Exchange, sockets: Sockets) -> None:
        self._exchange = exchange
        self._sockets = sockets
        tapes, yearly = Tapes(exchange.day), Yearly(exchange.day)
        self._elements = {feed: Elements(exchange, tapes, yearly, feed) for feed in FEEDS}
        self._told_ns = exchange.now_ns
        self._states: dict[str, tuple[Trading, Trading]] = {}
        self._best: dict[str, Values] = {}
        self._announced = states(exchange)
        self._told_vis = {key for key, _ in self._vi_changes(exchange.now_ns)}

    def tell(self, now_ns: int) -> None:
        """Post what happened up to now, which the exchange has been played to."""
        after_ns, self._told_ns = self._told_ns, now_ns
        fresh, self._sockets.fresh = self._sockets.fresh, set()
        listeners = self._sockets.listeners
        for item in {item for item, kind in listeners if kind in ("0B", *ON_BOOKS)}:
            self._tell_item(item, after_ns, now_ns, fresh)
        if after_ns < now_ns:
            self._announce(after_ns, now_ns)
        self._tell_interruptions(now_ns)

    def skip(self, now_ns: int) -> None:
        """Tell nobody of what happened up to now."""
        self._told_ns = now_ns

    def _tell_item(self, item: str, after_ns: int, now_ns: int, fresh: set[Key]) -> None:
        code, exchange = code_of(item), self._exchange
        instrument = exchange.day.instruments.get(code.symbol)
        if instrument is None or (code.feed == "NXT" and not instrument.nxt):
            return  # nothing is ever heard of it
        prints = exchange.printed(code.symbol, code.feed, after_ns, now_ns)
        if prints and (item, "0B") in self._sockets.listeners:
            self._tell_trades(item, code.feed, prints)
        state = exchange.trading(code.symbol, "KRX"), exchange.trading(code.symbol, "NXT")
        moved = bool(prints) or self._states.get(item) != state
        self._states[item] = state
        quote: Quote | None = None
        for kind in ON_BOOKS:
            key = (item, kind)
            if key not in self._sockets.listeners or not (moved or key in fresh):
                continue
            quote = quote or exchange.quote(code.symbol, code.feed)
            values = self._on_book(item, kind, code.feed, quote, now_ns)
            if values is not None and (key in fresh or self._is_news(item, kind, values)):
                self._sockets.post(key, frame([element(kind, item, values)]))

    def _on_book(
        self, item: str, kind: str, feed: Feed, quote: Quote, now_ns: int
    ) -> Values | None:
        elements = self._elements[feed]
        match kind:
            case "0C":
                return elements.best(quote)
            case "0D":
                return elements.book(quote, now_ns)
        in_auction = quote.book.in_auction and quote.book.expected_krw
        return elements.expected(quote, now_ns) if in_auction else None

    def _is_news(self, item: str, kind: str, values: Values) -> bool:
        """Whether a best quote differs from the last one told."""
        if kind != "0C":
            return True
        before, self._best[item] = self._best.get(item), values
        return values != before

    def _tell_trades(self, item: str, feed: Feed, prints: Sequence[Printed]) -> None:
        elements = self._elements[feed]
        told = [
            element("0B", item, elements.trade(p, venue))
            for p, venue in self._with_venues(feed, prints)
        ]
        for first in range(0, len(told), ELEMENTS_MAX):
            self._sockets.post((item, "0B"), frame(told[first : first + ELEMENTS_MAX]))

    def _with_venues(
        self, feed: Feed, prints: Sequence[Printed]
    ) -> Iterator[tuple[Printed, Venue]]:
        """Yield prints and where each happened."""
        if feed != "UN":
            venue: Venue = "NXT" if feed == "NXT" else "KRX"
            yield from ((p, venue) for p in prints)
            return
        span = (prints[0].at_ns - 1, prints[-1].at_ns)
        of_krx = Counter(
            (p.at_ns, p.price_krw, p.volume)
            for p in self._exchange.printed(prints[0].symbol, "KRX", *span)
        )
        for p in prints:
            same = (p.at_ns, p.price_krw, p.volume)
            on_krx = of_krx[same] > 0
            of_krx[same] -= on_krx
            yield p, "KRX" if on_krx else "NXT"

    def _announce(self, after_ns: int, now_ns: int) -> None:
        items = [item for item, kind in self._sockets.listeners if kind == "0s"]
        if not items:
            return
        for state in self._announced:
            if after_ns < state.at_ns <= now_ns:
                for item in items:
                    self._sockets.post((item, "0s"), frame([element("0s", "", state.values())]))

    def _tell_interruptions(self, now_ns: int) -> None:
        """Tell what interruptions began or ended: each once, whatever instant it is dated."""
        for key, values in self._vi_changes(now_ns):
            if key not in self._told_vis:
                self._told_vis.add(key)
                item = key[0]
                self._sockets.post((item, "1h"), frame([element("1h", item, values)]))

    def _vi_changes(self, now_ns: int) -> Iterator[tuple[tuple[str, int, bool], Values]]:
        """Yield (item, start, whether it is the end) and the values of each so far."""
        if not len(self._exchange.interruptions):
            return
        venues: tuple[tuple[Venue, str], ...] = (("KRX", ""), ("NXT", "_NX"))
        for venue, suffix in venues:
            counts: Counter[str] = Counter()
            for row in self._exchange.vis(now_ns, venue):
                counts[row.symbol] += 1
                for released in (False, True) if row.end_ns is not None else (False,):
                    values = self._elements[venue].interruption(
                        row, counts[row.symbol], released=released
                    )
                    yield (row.symbol + suffix, row.start_ns, released), values
