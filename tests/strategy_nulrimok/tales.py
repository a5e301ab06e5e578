"""A made-up day for Nulrimok: its bars are written down, the OMS is the plays', time is told.

The symbol's AVWAP is 10,000 with a band of 9,950 to 10,050; half an hour usually trades 30,000
shares; yesterday closed at 10,150. A bar written with `bar` is there from its end on, as the
histories tell it: its open, its two extremes and its close, in minutes of their own.
"""

from collections.abc import Callable, Mapping
from datetime import date, time
from typing import Any

from kis_core.market.calendar import krx_calendar
from kis_core.market.events import SlotsGranted, Timer, Trade
from kis_core.market.instants import MINUTE_NS, SECOND_NS, instant_ns, minute_of_day
from oms_client.contract import Enter, Exit, Intent, IntentStatus, Reduce
from strategy_nulrimok.decision.artifact import (
    SCHEMA_VERSION,
    Artifact,
    Candidate,
    Regime,
    Rejects,
    Tier,
    WouldBlock,
    sealed,
    to_text,
)
from strategy_nulrimok.decision.setups import Setup
from strategy_nulrimok.decision.state import Name, State
from strategy_nulrimok.nulrimok import PAST_SESSIONS, Nulrimok
from strategy_runtime.contract import (
    Answer,
    Ask,
    AskFailed,
    AskMinutes,
    AskOwn,
    AskQuote,
    BooksRead,
    Entered,
    Lenient,
    MinuteDay,
    MinutesRead,
    Missed,
    OwnRead,
    QuoteRead,
    RoundTrip,
    Said,
    Step,
    StrategyEvent,
)
from strategy_runtime.timetable import trading_day
from strategy_runtime.turns import output_of
from tests.play.day import quote
from tests.play.paper_oms import PaperOms, answered

DAY = "2025-09-03"
SYMBOL, OTHER = "005930", "000660"
AVWAP, LOWER, UPPER = 10_000, 9_950, 10_050
ATR = 50.0
USUAL = 30_000
YESTERDAY = 10_150
TICK = 10
Row = tuple[int, int, int, int, int, int]


def candidate(symbol: str = SYMBOL, **changes: Any) -> Candidate:
    """Return a tradable candidate."""
    known: dict[str, Any] = {
        "symbol": symbol, "sector": "Semiconductors", "regime_tier": "A", "regime_score": 0.8,
        "risk_multiplier": 1.0, "sector_rank_weight": 1.0, "flow_score": 0.8,
        "flow_persistence": 0.7, "flow_pass": True, "rs_percentile": 80.0, "leader_pass": True,
        "trend_pass": True, "close_krw": YESTERDAY, "sma50_krw": 9_500.0,
        "adv_krw": 5_000_000_000, "setup_type": "FLOW_RUN", "anchor_date": "2025-08-18",
        "avwap_ref_krw": float(AVWAP), "band_lower_krw": float(LOWER),
        "band_upper_krw": float(UPPER), "acceptance_pass": True, "avwap_proximity": 0.985,
        "daily_rank": 0.9, "tradable": True, "base_risk": 0.005, "recommended_risk": 0.005,
        "atr30m_est_krw": ATR,
    }  # fmt: skip
    return Candidate(**(known | changes))


def artifact(
    nulrimok: Nulrimok,
    *candidates: Candidate,
    day: str = DAY,
    tier: Tier = "A",
    mult: float = 1.0,
    reversal: Mapping[str, bool | None] | None = None,
    active: int = 30,
    rejects: tuple[Rejects, ...] = (),
    would_block: tuple[WouldBlock, ...] = (),
    config_hash: str | None = None,
) -> Artifact:
    """Return a sealed artifact of these candidates, best first."""
    symbols = tuple(one.symbol for one in candidates)
    return sealed(
        Artifact(
            SCHEMA_VERSION,
            config_hash or nulrimok.numbers.config_hash,
            day,
            "2025-09-02",
            Regime(tier, 0.8, mult, ()),
            (),
            candidates,
            tuple(one.symbol for one in candidates if one.tradable),
            symbols[:active],
            symbols[active:],
            dict(reversal or dict.fromkeys(symbols, False)),
            rejects,
            would_block,
        )
    )


class Tale:
    """One day. Times are "09:30:05", prices KRW."""

    def __init__(
        self,
        nulrimok: Nulrimok,
        chosen: Artifact | str | None,
        *,
        day: str = DAY,
        carried: str | None = None,
        oms: PaperOms | None = None,
    ) -> None:
        self.nulrimok = nulrimok
        self.date = day
        self.day = trading_day(date.fromisoformat(day), krx_calendar(), PAST_SESSIONS)
        self.oms = oms or PaperOms(nulrimok.strategy_id)
        self.oms.new_day()
        self.carried = carried
        self.state: State = nulrimok.open(self.day, carried)
        self.chosen = chosen
        self.rows: dict[str, list[Row]] = {}  # today's, by symbol
        self.past_volume = USUAL
        self.past_close = YESTERDAY
        self.failing: Callable[[Ask], str | None] = lambda ask: None
        self.standing: dict[str, Any] = {}  # what quotes say besides the price
        self.prices: dict[str, int | None] = {}  # over REST; None: no answer
        self.answers: IntentStatus | None = None  # to entries, instead of doing them
        self.intents: list[Intent] = []
        self.asks: list[tuple[int, Ask]] = []
        self.notes: list[Any] = []
        self.told: list[StrategyEvent] = []
        self.outputs: list[Any] = []
        self.now_ns = self.ns("07:59:00")
        self._sums: dict[str, list[int]] = {}

    # -- telling

    def ns(self, at: str) -> int:
        return instant_ns(date.fromisoformat(self.date), time.fromisoformat(at))

    def tell(self, event: StrategyEvent) -> Step[State]:
        """Tell one event, and everything that follows from it at once."""
        self.told.append(event)
        step = self.nulrimok.decide(self.state, event)
        self.outputs.append(output_of(step))
        self.state = step.state
        self.notes += step.notes
        for ask in step.asks:
            self.asks.append((self.now_ns, ask))
            answer = self.answer(ask)
            if answer is not None:
                self.tell(answer)
        for intent in step.intents:
            self.intents.append(intent)
            self._submit(intent)
        if step.listen is not None:
            self.tell(
                SlotsGranted(self.now_ns, tuple(hear.symbol for hear in step.listen.symbols), ())
            )
        return step

    def _submit(self, intent: Intent) -> None:
        if isinstance(intent, Enter) and self.answers is not None:
            self.tell(answered(intent, self.now_ns, self.answers, message="said so"))
            return
        for told in self.oms.submit(intent, self.now_ns):
            self.tell(told)

    def start(self, *, regime: str = "NORMAL", **account: Any) -> "Tale":
        """Read the OMS's books and come to 08:01."""
        books = self.oms.books(self.now_ns)
        view = self.oms.account(regime=regime, **account)
        self.tell(BooksRead(at=books.at, account=view, allocations=books.allocations,
                            orders=books.orders))  # fmt: skip
        return self.until("08:01:00")

    def until(self, at: str, step_s: int = 5) -> "Tale":
        """Let time pass up to an instant, on the marks of a step and at its end."""
        end_ns, step_ns = self.ns(at), step_s * SECOND_NS
        while self.now_ns < end_ns:
            self.now_ns = min(self.now_ns // step_ns * step_ns + step_ns, end_ns)
            self.tell(Timer(self.now_ns))
            for told in self.oms.on_time(self.now_ns):
                self.tell(told)
        return self

    def print(self, at: str, price: int, symbol: str = SYMBOL, **more: Any) -> "Tale":
        """Let time pass up to a trade that the line brings."""
        self.until(at)
        sums = self._sums.setdefault(symbol, [0, 0])
        sums[0] += 10
        sums[1] += 10 * price
        known: dict[str, Any] = {"in_auction": False, "halted": False} | more
        trade = Trade(
            symbol, "KRX", self.now_ns, self.now_ns, price, 10, sums[0], sums[1], 1,
            price + TICK, price, known["in_auction"], known["halted"], None,
        )  # fmt: skip
        self.prices[symbol] = price
        self.tell(trade)
        for told in self.oms.on_trade(trade):
            self.tell(told)
        return self

    def bar(
        self,
        end: str,
        o: int,
        high: int,
        low: int,
        close: int,
        volume: int = USUAL,
        symbol: str = SYMBOL,
        *,
        step_s: int = 5,
    ) -> "Tale":
        """Write the bar that ends then ("10:00"), and let time pass until it has been seen."""
        self.write(end, o, high, low, close, volume, symbol)
        return self.until(f"{end}:06", step_s)

    def write(
        self, end: str, o: int, high: int, low: int, close: int, volume: int = USUAL,
        symbol: str = SYMBOL,
    ) -> "Tale":  # fmt: skip
        """Write a bar down, as it will be told once it is over. Most of its minutes are without."""
        first = minute_of_day(self.ns(f"{end}:00")) - 30
        parts = ((0, o), (9, high), (17, low), (29, close))
        share = volume // 4
        rows = [(first + m, p, p, p, p, share) for m, p in parts]
        rows[-1] = (*rows[-1][:5], volume - 3 * share)
        self.rows.setdefault(symbol, []).extend(rows)
        self.prices.setdefault(symbol, close)
        return self

    def quiet(self, until: str, price: int, symbol: str = SYMBOL) -> "Tale":
        """Write usual bars at a price and let them pass, up to and with the one that ends then."""
        end_ns = self.ns(f"{until}:00")
        for bar_end in self.state.times.ends:
            if bar_end > end_ns:
                break
            minute = minute_of_day(bar_end)
            if bar_end > self.now_ns:
                self.prices[symbol] = price
                self.bar(f"{minute // 60:02d}:{minute % 60:02d}", price, price, price, price,
                         symbol=symbol)  # fmt: skip
        return self

    def trading(self, price: int, *symbols: str) -> "Tale":
        """Write a whole day of minutes at one price for others."""
        for symbol in symbols:
            self.rows[symbol] = [(m, price, price, price, price, 1_000) for m in range(540, 920)]
            self.prices[symbol] = price
        return self

    # -- histories

    def answer(self, ask: Ask) -> Answer | None:
        symbol = getattr(ask, "symbol", None)
        if (why := self.failing(ask)) is not None:
            return None if why == "never" else AskFailed(ask.ask_id, self.now_ns, symbol, why)
        match ask:
            case AskOwn():
                if self.chosen is None:
                    return AskFailed(ask.ask_id, self.now_ns, None, "no research")
                text = self.chosen if isinstance(self.chosen, str) else to_text(self.chosen)
                return OwnRead(ask.ask_id, self.now_ns, ask.subject, text)
            case AskQuote():
                price = self.prices.get(ask.symbol, self.past_close)
                if price is None:
                    return AskFailed(ask.ask_id, self.now_ns, symbol, "no answer")
                base = {
                    "base_krw": YESTERDAY,
                    "upper_krw": 13_190,
                    "lower_krw": 7_110,
                } | self.standing
                return QuoteRead(
                    ask.ask_id, self.now_ns, quote(ask.symbol, price, self.now_ns, **base)
                )
            case AskMinutes():
                days = tuple(MinuteDay(d, self._minutes(ask.symbol, d, a, b))
                             for d, a, b in ask.spans)  # fmt: skip
                return MinutesRead(ask.ask_id, self.now_ns, ask.symbol, days)
            case _:
                raise AssertionError(f"Nulrimok never asks {ask}")

    def _minutes(self, symbol: str, day: str, first: str, last: str) -> tuple[Row, ...]:
        begin, end = (int(text[:2]) * 60 + int(text[3:]) for text in (first, last))
        if day != self.date:
            price, share = self.past_close, self.past_volume // 30
            rows = [(m, price, price, price, price, share) for m in range(begin, 920)]
            return tuple(rows)
        over = (self.now_ns - self.ns("00:00:00")) // MINUTE_NS  # the forming minute is not told
        return tuple(row for row in sorted(self.rows.get(symbol, ()))
                     if begin <= row[0] <= min(end, over - 1))  # fmt: skip

    # -- the usual beginnings

    def armed(self) -> "Tale":
        """Come to 10:00: dipped into the band on half the usual volume."""
        self.bar("09:30", 10_150, 10_160, 10_100, 10_120)
        return self.bar("10:00", 10_120, 10_120, 9_960, 9_980, USUAL // 2)

    def asked(self) -> Enter:
        """Come to 10:30: the AVWAP is regained, and the entry rests."""
        self.armed().bar("10:30", 9_980, 10_060, 9_970, 10_050)
        return self.entry

    def bought(self) -> "Tale":
        """Come to 10:35: the entry is filled at 10,000."""
        self.asked()
        return self.print("10:35:00", AVWAP)

    # -- looking

    @property
    def name(self) -> Name:
        return self.state.names[SYMBOL]

    @property
    def setup(self) -> Setup:
        return self.name.setup

    @property
    def entries(self) -> list[Enter]:
        return [one for one in self.intents if isinstance(one, Enter)]

    @property
    def entry(self) -> Enter:
        return self.entries[-1]

    @property
    def exits(self) -> list[Exit | Reduce]:
        return [one for one in self.intents if isinstance(one, Exit | Reduce)]

    @property
    def reasons(self) -> list[str]:
        return [one.reason for one in self.exits]

    @property
    def trips(self) -> tuple[RoundTrip, ...]:
        return self.nulrimok.trips(self.state)

    def says(self, text: str) -> list[Said]:
        return [one for one in self.notes if isinstance(one, Said) and text in one.text]

    def noted[N: (Missed, Lenient, Entered)](self, kind: type[N]) -> list[N]:
        return [one for one in self.notes if isinstance(one, kind)]

    def stopped(self, gate: str, symbol: str = SYMBOL) -> bool:
        return any(symbol in found for found in self.state.funnel.stopped.get(gate, {}).values())

    def asked_for(self, kind: type[Ask], symbol: str | None = None) -> list[tuple[int, Any]]:
        return [
            (at, ask) for at, ask in self.asks
            if isinstance(ask, kind) and symbol in (None, getattr(ask, "symbol", None))
        ]  # fmt: skip

    def tomorrow(self, day: str, chosen: Artifact | str | None) -> "Tale":
        """Return the tale of a later day, with what this one leaves."""
        left = self.nulrimok.carried(self.state)
        return Tale(self.nulrimok, chosen, day=day, carried=left, oms=self.oms)
