"""Everything answers and channels about stocks are read from, worked out once and shared. Pure.

What is asked at one instant many times (rankings above all) is reckoned once an instant; what is
drawn from the day (programs, investors, members) once a stock.
"""

from collections.abc import Callable, Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from broker_sim.exchange.day import DaySource, Feed, Instrument
from broker_sim.exchange.exchange import Exchange
from broker_sim.exchange.investors import InvestorPath, investor_path
from broker_sim.exchange.members import SPAN_NS, SPANS, MemberSplit
from broker_sim.exchange.off_hours import off_hours_tape
from broker_sim.exchange.programs import BUY, SELL, SHAPE, ProgramPath, program_path
from broker_sim.exchange.quote import Quote
from broker_sim.kis.feed_days import FeedDay
from broker_sim.kis.standings import Standing
from broker_sim.kis.tapes import MINUTE_NS, Sums, Tapes, sums_of
from broker_sim.kis.turnover import Turnover
from broker_sim.kis.yearly import Yearly
from kis_core.market.instants import midnight_ns

Ints = NDArray[np.int64]


def screens_of(exchange: Exchange, krx: "Screens") -> dict[str, "Screens"]:
    """Return the screens of every feed by the code that is asked for: J, NX and UN."""
    nxt, both = FeedDay(exchange, "NXT"), FeedDay(exchange, "UN")
    return {
        "J": krx,
        "NX": Screens(exchange, Tapes(nxt), Yearly(nxt), nxt, "NXT"),
        "UN": Screens(exchange, Tapes(both), krx.yearly, both, "UN"),
    }


class Screens:
    """One feed of the market, as the screens of the trading floor show it."""

    def __init__(
        self,
        exchange: Exchange,
        tapes: Tapes,
        yearly: Yearly,
        day: DaySource | None = None,
        feed: Feed = "KRX",
    ) -> None:
        """`day`: the day as the feed has it; None: as KRX has it, the day itself."""
        self.exchange = exchange
        self.tapes = tapes
        self.yearly = yearly
        self._day: DaySource = day or exchange.day
        self._feed = feed
        self.turnover = Turnover(self._day, tapes)
        self._standings: tuple[int, list[Standing]] = (-1, [])
        self._programs: dict[str, ProgramPath] = {}
        self._investors: dict[str, InvestorPath] = {}
        self._members: dict[str, MemberSplit] = {}
        self._member_shares: dict[str, tuple[int, Ints | None]] = {}
        self._program_sums: dict[str, tuple[bytes, tuple[Ints, Ints]]] = {}
        self._off_hours: dict[str, Sums] = {}

    @property
    def day(self) -> DaySource:
        """Return the day played, as the feed has it."""
        return self._day

    @cached_property
    def instruments(self) -> Mapping[str, Instrument]:
        """Return the feed's stocks by symbol."""
        return self._day.instruments

    @cached_property
    def today(self) -> str:
        """Return the day as YYYYMMDD."""
        return f"{self.day.date:%Y%m%d}"

    def quote(self, symbol: str) -> Quote:
        """Return a stock's day on this feed as of now; KeyError if unknown."""
        return self.exchange.quote(symbol, self._feed)

    def standing(self, symbol: str) -> Standing:
        """Return where a stock stands now; KeyError if unknown."""
        quote = self.quote(symbol)
        sums = self.tapes.sums(symbol)
        last = quote.prints - 1
        return Standing(
            self.instruments[symbol],
            quote,
            int(sums.cum_buy_volume[last]) if quote.prints else 0,
            int(sums.cum_sell_volume[last]) if quote.prints else 0,
            self.yearly.yesterday_volume(symbol),
        )

    def standings(self) -> list[Standing]:
        """Return where every stock stands now, by symbol."""
        now_ns = self.exchange.now_ns
        if self._standings[0] != now_ns:
            self._standings = (now_ns, [self.standing(symbol) for symbol in self.instruments])
        return self._standings[1]

    def programs(self, symbol: str) -> ProgramPath:
        """Return a stock's program trades of the whole day: to be asked at instants passed."""
        known = self._programs.get(symbol)
        if known is None:
            tape, market = self.tapes.sums(symbol).tape, self.instruments[symbol].market
            known = program_path(tape, market, self.day.seed, self.day.date)
            self._programs[symbol] = known
        return known

    def programs_of(self, code: str, instants_ns: Ints) -> tuple[Ints, Ints]:
        """Return shares and KRW of all program trades in an index by each instant."""
        asked = instants_ns.tobytes()
        kept = self._program_sums.get(code)
        if kept is not None and kept[0] == asked:
            return kept[1]
        volume = np.zeros((len(instants_ns), *SHAPE), dtype=np.int64)
        value = np.zeros_like(volume)
        for instrument in self.turnover.issues(code):
            shares, krw = self.programs(instrument.symbol).at(instants_ns)
            volume += shares
            value += krw
        self._program_sums[code] = (asked, (volume, value))
        return volume, value

    def program_net(self, symbol: str, at_ns: int) -> int:
        """Return the shares programs bought more than they sold by an instant."""
        shares, _ = self.programs(symbol).at(np.array([at_ns]))
        return int((shares[0, :, :, BUY] - shares[0, :, :, SELL]).sum())

    def investors(self, symbol: str) -> InvestorPath:
        """Return who traded a stock through the whole day: to be asked at instants passed."""
        known = self._investors.get(symbol)
        if known is None:
            tape, flow = self.tapes.sums(symbol).tape, self.day.day_flow(symbol)
            known = investor_path(tape, flow, self.day.seed, self.day.date)
            self._investors[symbol] = known
        return known

    def members(self, symbol: str, at_ns: int) -> Ints:
        """Return what each exchange member sold and bought by the last whole minute."""
        until_ns = at_ns - at_ns % MINUTE_NS
        kept_ns, known = self._member_shares.get(symbol, (0, None))
        if known is not None and kept_ns == until_ns:
            return known
        split = self._members.get(symbol)
        if split is None:
            split = self._members[symbol] = MemberSplit(symbol, self.day.seed, self.day.date)
        sums = self.tapes.sums(symbol)
        ends_ns = np.minimum(midnight_ns(self.day.date) + SPAN_NS * np.arange(SPANS + 1), until_ns)
        printed = np.searchsorted(sums.tape.at_ns, ends_ns, side="right")
        upto = np.concatenate(([0], sums.cum_volume))[printed]
        shares = split.shares(np.diff(upto))
        self._member_shares[symbol] = (until_ns, shares)
        return shares

    def off_hours(self, symbol: str) -> Sums:
        """Return the off-hours auctions of a stock: to be asked at instants passed.

        Drawn around the day's close, so not to be asked for before it.
        """
        known = self._off_hours.get(symbol)
        if known is None:
            sums = self.tapes.sums(symbol)
            instrument = self.instruments[symbol]
            volume = int(sums.cum_volume[-1]) if len(sums.tape) else 0
            close_krw = int(sums.tape.price_krw[-1]) if len(sums.tape) else instrument.base_krw
            known = self._off_hours[symbol] = sums_of(
                off_hours_tape(instrument, close_krw, volume, self.day.seed, self.day.date)
            )
        return known

    def ranked(
        self, wanted: Callable[[Standing], bool], key: Callable[[Standing], float]
    ) -> list[Standing]:
        """Return the wanted stocks, highest key first; equal ones by symbol."""
        return sorted((s for s in self.standings() if wanted(s)), key=key, reverse=True)
