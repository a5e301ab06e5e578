"""One order book with our orders in it: what an order finds when it comes, and what it waits for.

There are three: KRX's, NXT's and that of KRX's off-hours markets. A board changes no order's
figures but its place in the queue; the exchange books what it returns.
"""

from collections.abc import Callable, Sequence

from broker_sim.exchange.display import Display
from broker_sim.exchange.happenings import Printed
from broker_sim.exchange.live import BoardName, LiveOrder
from broker_sim.exchange.matching import Execution, on_auction, on_print, take
from broker_sim.exchange.order_types import Term
from broker_sim.exchange.track import Track
from kis_core.wire.account import Side


class Board:
    """Our orders of one book. `resting` and `stops` hold no empty lists."""

    def __init__(
        self, name: BoardName, display: Display, track: Callable[[str], Track] | None
    ) -> None:
        """`track` gives a symbol's prints; None where they come to the board by themselves."""
        self.name = name
        self.display = display
        self.resting: dict[str, list[LiveOrder]] = {}
        self.stops: dict[str, list[LiveOrder]] = {}
        self._track = track
        self._heard: dict[str, int] = {}  # of a symbol we waited for: prints handed out so far

    @property
    def is_idle(self) -> bool:
        """Whether no order waits here."""
        return not self.resting and not self.stops

    def meet(self, order: LiveOrder) -> list[Execution]:
        """Return what an incoming order takes, off the display; all or nothing for a FOK."""
        display, symbol = self.display, order.symbol
        if order.at_middle:
            price_krw, hidden = display.middle(symbol)
            shares = min(order.remaining, hidden)
            if not shares or (order.term is Term.FOK and shares < order.remaining):
                return []
            display.take_middle(symbol, shares)
            return [Execution(order, shares, price_krw)]
        crosses = display.crosses(order)
        asks, bids = display.levels(symbol)
        opposite = asks if order.side == "BUY" else bids
        executions = take(order, opposite)
        taken = sum(execution.shares for execution in executions)
        if order.term is Term.FOK and taken < order.remaining:
            return []
        for _, shares, price_krw in executions:
            display.take(symbol, price_krw, shares)
        order.swept = crosses and len(executions) == len(opposite)
        return executions

    def rest(self, order: LiveOrder, seen_ns: int) -> None:
        """Let an order wait, behind what its level displays or for its condition.

        Prints strictly before `seen_ns` are past for it.
        """
        waiting = self.stops if order.waits else self.resting
        if not order.waits and not order.at_middle:
            first_in_line = order.swept or order.filled > 0 or self.name is BoardName.OFF_HOURS
            order.queue_ahead = 0 if first_in_line else self.display.queue_ahead(order)
        waiting.setdefault(order.symbol, []).append(order)
        if self._track is not None:
            # A stop may be set off in the midst of prints that were already handed out.
            seen = self._track(order.symbol).count_before(seen_ns)
            self._heard[order.symbol] = max(self._heard.get(order.symbol, 0), seen)

    def remove(self, order: LiveOrder) -> None:
        """Take an order out, if it waits here."""
        for waiting in (self.resting, self.stops):
            orders = waiting.get(order.symbol)
            if orders is not None and order in orders:
                orders.remove(order)
                if not orders:
                    del waiting[order.symbol]

    def due(self, seen_ns: int) -> list[Printed]:
        """Return the prints we wait for, not yet heard and strictly before `seen_ns`, in order."""
        prints: list[Printed] = []
        if self._track is None:
            return prints
        for symbol in dict.fromkeys((*self.resting, *self.stops)):
            track = self._track(symbol)
            count = track.count_before(seen_ns)
            prints += [track[index] for index in range(self._heard[symbol], count)]
            self._heard[symbol] = count
        prints.sort(key=lambda printed: (printed.at_ns, printed.symbol))
        return prints

    def executions(self, printed: Printed, stuck: Side | None) -> Sequence[Execution]:
        """Return what a print fills of resting orders; `stuck` is the side a limit lock holds."""
        resting = self.resting.get(printed.symbol)
        if not resting:
            return ()
        if stuck is not None:
            resting = [order for order in resting if order.side != stuck]
        # An issue whose first print is no auction's finds its price there all the same.
        found = printed.auction or printed.index == 0
        return (on_auction if found else on_print)(resting, printed)

    def set_off(self, printed: Printed) -> list[LiveOrder]:
        """Return the stops whose condition a print meets, taken out of their wait."""
        waiting = self.stops.get(printed.symbol, ())
        ready = [order for order in waiting if order.is_set_off_by(printed.price_krw)]
        for order in ready:
            self.remove(order)
            order.triggered_ns = printed.at_ns
        return ready
