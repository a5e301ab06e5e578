"""Everything answers and channels about stocks are read from, worked out once and shared. Pure.

What is asked at one instant many times (rankings above all) is reckoned once an instant; what is
drawn from the day (programs, investors, members) once a stock.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from broker_sim.exchange.day import DaySource, Feed, Instrument, PrintTape
from broker_sim.exchange.exchange import Exchange
from broker_sim.exchange.investors import InvestorPath, investor_path, united_investors
from broker_sim.exchange.members import SPAN_NS, SPANS, MemberSplit
from broker_sim.exchange.off_hours import off_hours_tape
from broker_sim.exchange.programs import (
    BUY,
    SELL,
    SHAPE,
    ProgramPath,
    program_path,
    united_programs,
)
from broker_sim.exchange.quote import Quote
from broker_sim.kis.standings import Standing
from broker_sim.kis.tapes import MINUTE_NS, Sums, Tapes, sums_of
from broker_sim.kis.turnover import Turnover
from broker_sim.kis.yearly import Yearly
from kis_core.market.events import DailyBar, Venue
from kis_core.market.instants import midnight_ns

Ints = NDArray[np.int64]


class Screens:
    """One feed of the market, as the screens of the trading floor show it."""

    def __init__(
        self,
        exchange: Exchange,
        tapes: Tapes,
        yearly: Yearly,
        feed: Feed = "KRX",
        parts: Sequence["Screens"] = (),
    ) -> None:
        """`parts` are the screens of each venue where the feed unites them."""
        self.exchange = exchange
        self.feed: Feed = feed
        self._venue: Venue = "NXT" if feed == "NXT" else "KRX"
        self._parts = parts
        self.tapes = tapes
        self.yearly = yearly
        self.turnover = Turnover(exchange.day, tapes)
        self._standings: tuple[int, list[Standing]] = (-1, [])
        # Each with the tape it was drawn from: an interruption makes another of it.
        self._programs: dict[str, tuple[PrintTape, ProgramPath]] = {}
        self._investors: dict[str, tuple[PrintTape, InvestorPath]] = {}
        self._members: dict[str, MemberSplit] = {}
        self._member_shares: dict[str, tuple[int, Ints | None]] = {}
        self._program_sums: dict[str, tuple[bytes, tuple[Ints, Ints]]] = {}  # of passed instants
        self._off_hours: dict[str, tuple[PrintTape, Sums]] = {}

    @property
    def day(self) -> DaySource:
        """Return the day played."""
        return self.exchange.day

    @cached_property
    def instruments(self) -> Mapping[str, Instrument]:
        """Return the stocks that this feed trades, by symbol."""
        known = self.exchange.day.instruments
        if self.feed != "NXT":
            return known
        return {symbol: issue for symbol, issue in known.items() if issue.nxt}

    @cached_property
    def today(self) -> str:
        """Return the day as YYYYMMDD."""
        return f"{self.day.date:%Y%m%d}"

    def quote(self, symbol: str) -> Quote:
        """Return a stock's day on this feed as of now; KeyError if unknown."""
        return self.exchange.quote(symbol, self.feed)

    def daily_bars(self, symbol: str, first: date, last: date) -> list[DailyBar]:
        """Return bars of sessions before the day. Nobody has those of NXT alone."""
        return [] if self.feed == "NXT" else self.day.daily_bars(symbol, first, last)

    def in_vi(self, symbol: str) -> bool:
        """Whether a volatility interruption is on."""
        exchange = self.exchange
        return exchange.interruptions.vi(symbol, exchange.now_ns, self._venue) is not None

    def is_halted(self, symbol: str) -> bool:
        """Whether a stock cannot be traded, the whole day or now."""
        exchange = self.exchange
        halt = exchange.interruptions.halt(symbol, exchange.now_ns, self._venue)
        return halt is not None or self.day.instruments[symbol].halted

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
        tape, kept = self.tapes.sums(symbol).tape, self._programs.get(symbol)
        if kept is not None and kept[0] is tape:
            return kept[1]
        market = self.day.instruments[symbol].market
        if self._parts:
            path = united_programs([part.programs(symbol) for part in self._parts])
        else:
            path = program_path(tape, market, self.day.seed, self.day.date, self._venue)
        self._programs[symbol] = tape, path
        return path

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
        tape, kept = self.tapes.sums(symbol).tape, self._investors.get(symbol)
        if kept is not None and kept[0] is tape:
            return kept[1]
        if self._parts:
            path = united_investors([part.investors(symbol) for part in self._parts])
        else:
            # What the data says of the day is KRX's.
            flow = self.day.day_flow(symbol) if self.feed == "KRX" else None
            path = investor_path(tape, flow, self.day.seed, self.day.date, self._venue)
        self._investors[symbol] = tape, path
        return path

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

        Drawn around the day's close, so not to be asked for before it. What NXT trades has none.
        """
        sums, kept = self.tapes.sums(symbol), self._off_hours.get(symbol)
        if kept is not None and kept[0] is sums.tape:
            return kept[1]
        instrument = self.instruments[symbol]
        beside = instrument.nxt or instrument.fund
        volume = int(sums.cum_volume[-1]) if len(sums.tape) and not beside else 0
        close_krw = int(sums.tape.price_krw[-1]) if len(sums.tape) else instrument.base_krw
        drawn = off_hours_tape(instrument, close_krw, volume, self.day.seed, self.day.date)
        found = sums_of(drawn)
        self._off_hours[symbol] = sums.tape, found
        return found

    def ranked(
        self, wanted: Callable[[Standing], bool], key: Callable[[Standing], float]
    ) -> list[Standing]:
        """Return the wanted stocks, highest key first; equal ones by symbol."""
        return sorted((s for s in self.standings() if wanted(s)), key=key, reverse=True)


def feeds_of(exchange: Exchange, tapes: Tapes, yearly: Yearly) -> Mapping[str, Screens]:
    """Return the screens behind each market code: J KRX, NX NXT, UN both together.

    `tapes` are KRX's. Before NXT opened, its screens show no stock and UN is KRX.
    """
    day = exchange.day
    krx = Screens(exchange, tapes, yearly)
    nxt_tapes = Tapes(day, lambda symbol: exchange.tape(symbol, "NXT"))
    nxt = Screens(exchange, nxt_tapes, yearly, "NXT")
    both = Tapes(day, lambda symbol: exchange.tape(symbol, "UN"))
    return {"J": krx, "NX": nxt, "UN": Screens(exchange, both, yearly, "UN", (krx, nxt))}
