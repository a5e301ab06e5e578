"""A made-up day for KPR, told minute by minute: one stock falls below its VWAP, others stand still.

Every symbol trades 10,000 shares a minute. The line grants what is asked for, unless a test says
otherwise; histories tell what is over; the OMS is the plays' own, and a test may answer in its
place. The market is as friendly as can be: flows are STRONG, programs buy, the index stands still.
"""

from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from typing import Any

from kis_core.clock import kst
from kis_core.market.calendar import krx_calendar
from kis_core.market.events import DailyBar, Gap, IndexLevel, SlotsGranted, Timer, Trade
from kis_core.market.instants import MINUTE_NS, SECOND_NS, instant_ns, minute_of_day
from kis_core.market.ticks import tick_krw
from kis_core.wire.quotes.flow_replies import Flow, InvestorDay, InvestorEstimate
from kis_core.wire.quotes.program_replies import ProgramFlow, StockProgram
from oms_client.contract import Enter, Intent
from strategy_kpr.decision.phases import Phase
from strategy_kpr.decision.rules import Rules
from strategy_kpr.decision.shown import phase_name
from strategy_kpr.decision.state import Name, State
from strategy_kpr.kpr import PAST_SESSIONS, Kpr
from strategy_runtime.contract import (
    RESTARTED,
    Ask,
    AskDaily,
    AskEstimates,
    AskFailed,
    AskFlows,
    AskIndex,
    AskMinutes,
    AskProgram,
    AskQuote,
    BooksRead,
    DailyRead,
    EstimatesRead,
    FlowsRead,
    IndexRead,
    MinuteDay,
    MinutesRead,
    Missed,
    OmsLine,
    ProgramRead,
    QuoteRead,
    Said,
    Step,
    StrategyEvent,
)
from strategy_runtime.timetable import trading_day
from tests.play.day import quote
from tests.play.paper_oms import PaperOms

DAY = "2025-09-03"
ON = date.fromisoformat(DAY)
TODAY = trading_day(ON, krx_calendar(), PAST_SESSIONS)
BEFORE = trading_day(ON, krx_calendar(), 30).past  # of daily bars
SYMBOL = "005930"
OTHERS = ("000660", "035420")
BASE = 10_000
HIGH = 10_050  # the day's high, at 09:20
LOW = 9_690  # of the panic of 09:28
RECLAIM, STOP = 9_720, 9_670
VOLUME = 10_000
SECONDS = (0, 1, 2, 3, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55)
PRINTS = (6, 18, 36, 54)
Row = tuple[int, int, int, int, int, int]


def ns(at: str) -> int:
    return instant_ns(ON, time.fromisoformat(at))


def level(now_ns: int, points: str) -> IndexLevel:
    known = Decimal("3200.00")
    return IndexLevel("0001", now_ns, now_ns, Decimal(points), known, known, Decimal(points), known)


class Story:
    """One made-up day. Times are "09:28"; a minute that has been told has been looked at."""

    def __init__(self, rules: Rules, universe: tuple[str, ...] = (SYMBOL, *OTHERS)) -> None:
        self.rules = rules
        self.kpr = Kpr("KPR", rules, {symbol: f"Sector{symbol}" for symbol in universe})
        self.day = TODAY
        self.state: State = self.kpr.open(self.day)
        self.oms = PaperOms("KPR")
        self.now_ns = ns("08:30:00")
        self.rows: dict[str, list[Row]] = {symbol: [] for symbol in universe}
        self.sums: dict[str, list[int]] = {symbol: [0, 0] for symbol in universe}
        self.last: dict[str, int] = dict.fromkeys(universe, BASE)
        self.daily_range = 0.02  # of the close, of every day: the ATR
        self.nets: dict[str, tuple[int | None, int | None]] = {}  # by symbol, a day's
        self.estimates: dict[str, tuple[int | None, int | None]] = {}  # by time
        self.program: float | None = 0.05  # net over all shares
        self.index: str | None = "3200.00"  # None: silent
        self.failing: Callable[[Ask], bool] = lambda ask: False
        self.quotes: dict[str, dict[str, Any]] = {}  # what a symbol's quote says otherwise
        self.deaf: set[str] = set()  # symbols that the line refuses
        self.spread: int | None = None  # None: one tick
        self.reply: Callable[[Intent], list[Any]] | None = None  # in the OMS's place
        self.in_auction = False
        self.heard: frozenset[str] = frozenset()
        self.asks: list[Ask] = []
        self.intents: list[Intent] = []
        self.notes: list[Any] = []
        self.said: list[Said] = []
        self.told: list[StrategyEvent] = []
        self.steps: list[Step[State]] = []

    # -- telling

    def tell(self, event: StrategyEvent) -> Step[State]:
        """Tell one event; histories, line and OMS answer at once."""
        self.told.append(event)
        step = self.kpr.decide(self.state, event)
        self.steps.append(step)
        self.state = step.state
        for note in step.notes:
            (self.said if isinstance(note, Said) else self.notes).append(note)
        if step.listen is not None:
            wanted = tuple(hear.symbol for hear in step.listen.symbols)
            granted = tuple(symbol for symbol in wanted if symbol not in self.deaf)
            self.heard = frozenset(granted)
            refused = tuple(symbol for symbol in wanted if symbol in self.deaf)
            self.tell(SlotsGranted(self.now_ns, granted, refused))
        for ask in step.asks:
            self.asks.append(ask)
            self.tell(self.answer(ask))
        for intent in step.intents:
            self.intents.append(intent)
            told = self.reply(intent) if self.reply else self.oms.submit(intent, self.now_ns)
            for event_ in told:
                self.tell(event_)
        return step

    def begin(self, **account: Any) -> "Story":
        """Read the books and the histories; a minute later it is 08:31."""
        self.books(**account)
        for second in range(10):
            self.second(ns("08:30:00") + second * SECOND_NS)
        return self

    def books(self, **account: Any) -> None:
        books = self.oms.books(self.now_ns)
        view = self.oms.account(**account)
        self.tell(
            BooksRead(at=books.at, account=view, allocations=books.allocations, orders=books.orders)
        )

    def second(self, at_ns: int) -> None:
        self.now_ns = max(self.now_ns, at_ns)
        self.tell(Timer(self.now_ns))
        for told in self.oms.on_time(self.now_ns):
            self.tell(told)
        if self.index and at_ns % (10 * SECOND_NS) == 0 and at_ns >= ns("09:00:00"):
            self.tell(level(self.now_ns, self.index))

    def minute(
        self, at: str, o: int, h: int, low: int, c: int, volume: int = VOLUME,
        *, up: bool | None = None,
    ) -> "Story":  # fmt: skip
        """Tell a minute of SYMBOL; the others trade at their last price. It is looked at."""
        start = ns(f"{at}:00")
        number = minute_of_day(start)
        for symbol in self.rows:
            price = self.last[symbol]
            mine = symbol == SYMBOL
            row = (number, o, h, low, c, volume) if mine else (number, *[price] * 4, VOLUME)
            self.rows[symbol].append(row)
        prints = sorted(
            (each for symbol in self.rows for each in self._prints(symbol, start, up)),
            key=lambda trade: (trade.at_ns, trade.symbol),
        )
        for second in SECONDS[4:]:
            self.second(start + second * SECOND_NS)
            while prints and prints[0].at_ns < start + (second + 5) * SECOND_NS:
                self.print(prints.pop(0))
        for second in SECONDS[:4]:
            self.second(start + MINUTE_NS + second * SECOND_NS)
        return self

    def print(self, trade: Trade) -> None:
        """Tell a print to who hears it: to the exchange's sums, to the OMS, to KPR."""
        sums = self.sums[trade.symbol]
        sums[0] += trade.volume
        sums[1] += trade.volume * trade.price_krw
        self.last[trade.symbol] = trade.price_krw
        self.now_ns = max(self.now_ns, trade.at_ns)
        if trade.symbol in self.heard:
            known = {name: getattr(trade, name) for name in trade.__struct_fields__}
            self.tell(Trade(**(known | {"cum_volume": sums[0], "cum_value_krw": sums[1]})))
        for told in self.oms.on_trade(trade):
            self.tell(told)

    def _prints(self, symbol: str, start: int, up: bool | None) -> list[Trade]:
        _, o, h, low, c, volume = self.rows[symbol][-1]
        rises = c >= o if up is None else up
        extremes = (low, h) if c >= o else (h, low)
        return [
            self.trade(symbol, start + second * SECOND_NS, price, volume // 4, 1 if rises else -1)
            for second, price in zip(PRINTS, (o, *extremes, c), strict=True)
        ]

    def trade(self, symbol: str, at_ns: int, price: int, volume: int, aggressor: Any = 1) -> Trade:
        tick = self.spread or tick_krw(price)
        return Trade(
            symbol, "KRX", at_ns, at_ns, price, volume, 0, 0, aggressor, price + tick, price,
            self.in_auction and symbol == SYMBOL, False, None,
        )  # fmt: skip

    def flat(self, first: str, until: str, price: int) -> "Story":
        """Let SYMBOL trade at one price from a minute up to, not including, another."""
        start, end = ns(f"{first}:00"), ns(f"{until}:00")
        while start < end:
            at = minute_of_day(start)
            self.minute(f"{at // 60:02d}:{at % 60:02d}", *[price] * 4)
            start += MINUTE_NS
        return self

    # -- what happens in most stories

    def panic(self) -> "Story":
        """Rise to the high at 09:20, sag until it is HOT and heard, flush at 09:28."""
        self.begin().flat("09:00", "09:20", BASE)
        self.minute("09:20", BASE, HIGH, BASE, BASE)
        self.flat("09:21", "09:28", 9_840)
        return self.minute("09:28", 9_840, 9_840, LOW, 9_700)

    def reclaimed(self) -> "Story":
        """And reach the reclaim level at 09:29."""
        return self.panic().minute("09:29", 9_700, 9_750, 9_700, 9_740)

    def accepted(self) -> "Story":
        """And close above it twice: at 09:32:01 the entry is asked for."""
        self.reclaimed().minute("09:30", 9_740, 9_750, 9_730, 9_740)
        return self.minute("09:31", 9_740, 9_750, 9_730, 9_750)

    def held(self) -> "Story":
        """And be filled at 9,750 in 09:32."""
        return self.accepted().minute("09:32", 9_750, 9_750, 9_750, 9_750)

    # -- the OMS and the line

    def away(self) -> None:
        self.tell(OmsLine(at=kst(self.now_ns), up=False, why="connection refused"))

    def back(self) -> None:
        self.tell(OmsLine(at=kst(self.now_ns), up=True, why=""))

    def restart(self, at: str) -> None:
        """Fold everything again in another process, and go on at a later time."""
        again = Kpr.of(self.kpr.rules)
        state = again.open(self.day)
        for event, step in zip(self.told, self.steps, strict=True):
            made = again.decide(state, event)
            assert (made.intents, made.asks, made.listen, made.notes) == (
                step.intents, step.asks, step.listen, step.notes,
            )  # fmt: skip
            state = made.state
        self.kpr, self.state = again, state
        before = self.now_ns
        self.now_ns = ns(f"{at}:00")
        self.tell(Gap(None, before, self.now_ns, RESTARTED))

    # -- histories

    def answer(self, ask: Ask) -> StrategyEvent:
        """Return what histories say; nothing of it lies ahead."""
        now_ns = self.now_ns
        if self.failing(ask):
            return AskFailed(ask.ask_id, now_ns, getattr(ask, "symbol", None), "not offered")
        match ask:
            case AskDaily(ask_id, symbol):
                return DailyRead(ask_id, now_ns, symbol, tuple(self._daily(symbol)))
            case AskQuote(ask_id, symbol):
                return QuoteRead(ask_id, now_ns, self.quote(symbol))
            case AskMinutes(ask_id, symbol, spans):
                ((day, first, last),) = spans
                begin, end = (int(text[:2]) * 60 + int(text[3:]) for text in (first, last))
                end = min(end, minute_of_day(now_ns) - 1)
                rows = tuple(row for row in self.rows[symbol] if begin <= row[0] <= end)
                return MinutesRead(ask_id, now_ns, symbol, (MinuteDay(day, rows),))
            case AskIndex(ask_id):
                if self.index is None:
                    return AskFailed(ask_id, now_ns, None, "silent")
                return IndexRead(ask_id, now_ns, level(now_ns, self.index))
            case AskFlows(ask_id, symbol):
                return FlowsRead(ask_id, now_ns, symbol, self._flows(symbol))
            case AskEstimates(ask_id, symbol):
                told = tuple(
                    InvestorEstimate(symbol, at, *nets, None)
                    for at, nets in sorted(self.estimates.items())
                )
                return EstimatesRead(ask_id, now_ns, symbol, told)
            case AskProgram(ask_id, symbol):
                return ProgramRead(ask_id, now_ns, symbol, self._program(symbol))
            case _:
                raise AssertionError(f"KPR does not ask {ask}")

    def _daily(self, symbol: str) -> list[DailyBar]:
        reach = round(BASE * self.daily_range / 2)
        return [
            DailyBar(symbol, day.date, BASE, BASE + reach, BASE - reach, BASE, 1_000_000)
            for day in BEFORE
        ]

    def _flows(self, symbol: str) -> tuple[InvestorDay, ...]:
        foreign, institution = self.nets.get(symbol, (100, 100))
        days = [
            InvestorDay(
                symbol, day.date, BASE, 0, None,
                None if foreign is None else Flow(foreign, None),
                None if institution is None else Flow(institution, None),
            )
            for day in BEFORE[1:]
        ]  # fmt: skip
        return (*days, InvestorDay(symbol, DAY, BASE, 0, None, None, None))

    def _program(self, symbol: str) -> StockProgram | None:
        if self.program is None:
            return None
        shares = max(1, self.sums[symbol][0])
        net = round(shares * self.program)
        return StockProgram(
            symbol, self.now_ns, BASE, shares, None, None, net, ProgramFlow(None, None, None), None
        )

    def quote(self, symbol: str) -> Any:
        volume, value = self.sums[symbol]
        known: dict[str, Any] = {
            "cum_volume": volume, "cum_value_krw": value, "base_krw": BASE,
            "upper_krw": BASE * 13 // 10, "lower_krw": BASE * 7 // 10,
            "open_krw": BASE if volume else None,
        }  # fmt: skip
        return quote(
            symbol, self.last[symbol], self.now_ns, **(known | self.quotes.get(symbol, {}))
        )

    # -- looking

    @property
    def name(self) -> Name:
        return self.state.names[SYMBOL]

    @property
    def phase(self) -> Phase:
        return self.name.phase

    @property
    def shown(self) -> str:
        """As operators know it."""
        return phase_name(self.name)

    @property
    def entries(self) -> list[Enter]:
        return [intent for intent in self.intents if isinstance(intent, Enter)]

    @property
    def missed(self) -> list[Missed]:
        return [note for note in self.notes if isinstance(note, Missed)]

    @property
    def lenient(self) -> list[str]:
        return [note.reason for note in self.notes if type(note).__name__ == "Lenient"]

    def says(self, text: str) -> list[Said]:
        return [said for said in self.said if text in said.text]

    def vwap(self, symbol: str = SYMBOL) -> float:
        """The exchange's own."""
        volume, value = self.sums[symbol]
        return value / volume


def with_rules(rules: Rules, **sections: dict[str, Any]) -> Rules:
    """Return rules of which some numbers are others."""
    changes = {
        section: getattr(rules, section).model_copy(update=numbers)
        for section, numbers in sections.items()
    }
    return rules.model_copy(update=changes)
