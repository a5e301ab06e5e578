"""Journals for tests: days of one OMS, written as what happened, in the OMS's own records."""

from datetime import datetime
from pathlib import Path

import structlog

from kis_core.clock import KST, TapeClock, ns
from kis_core.environment import Environment
from oms.audit import AuditTrail
from oms.core import records as r
from oms.core.holdings import Allocation, closed, opened
from oms.core.limits import Budget, Limits
from oms.journal import Journal, Turn

ACCOUNT = "1234567801"
COMMISSION_PPM, TAX_PPM = 140, 1500
LIMITS = Limits(
    daily_loss_warn_pct=0.02,
    daily_loss_halt_pct=0.03,
    gross_pct_max=0.8,
    position_pct_max=0.15,
    positions_max=10,
    sector_pct_max=0.3,
    unknown_sector="block",
    regime_caps={"NORMAL": 0.8},
    regime_at_start="NORMAL",
    spread_bp_max=None,
    vi_cooldown_s=600,
    collar_bp=300,
    quote_age_s_max=5.0,
    balance_age_s_max=60.0,
    order_value_krw_max=100_000_000,
    order_shares_max=100_000,
    commission_ppm=COMMISSION_PPM,
    entry_life_s={"LOW": 120, "NORMAL": 120, "HIGH": 30},
    high_urgency_bp=20,
    unknown_settle_s=10,
    fill_settle_s=5,
    exit_retry_s=2,
    exit_retry_s_max=30,
    closing_cancel_s=60,
    budgets={"KMP": Budget(4, 0.015, 0.5, 90)},
    sectors={"005930": "IT"},
)


class Story:
    """Writes turns into a journal. `on` is the day, `at` takes the time of it in Seoul."""

    def __init__(self, path: Path, oms_id: str = "vps1") -> None:
        self.journal = Journal.open(path)
        self.oms_id = oms_id
        self.on = "2025-03-14"
        self._orders = 0
        self._held: dict[tuple[str, str], Allocation] = {}
        self._planned: dict[str, r.OrderPlanned] = {}
        self._filled: dict[str, tuple[int, int, int]] = {}
        self._turns: list[Turn] = []

    def at(self, time: str) -> int:
        """Return an instant of the day in nanoseconds."""
        return ns(datetime.fromisoformat(f"{self.on}T{time}").replace(tzinfo=KST))

    def tell(self, time: str, *outputs: r.AnyOutput, heard: r.AnyInput | None = None) -> None:
        """Add a turn."""
        self._turns.append(Turn(heard or r.TimerFired(at_ns=self.at(time)), outputs))

    def write(self) -> Journal:
        """Put what was told since the last time into the journal."""
        self.journal.append(self._turns)
        self._turns = []
        return self.journal

    # what happens

    def start(self, time: str = "08:20:00", environment: str = "sim") -> None:
        at_ns = self.at(time)
        words = {"oms_id": self.oms_id, "environment": environment, "version": "1"}
        more = {"limits": LIMITS, "limits_hash": "abc"}
        self.tell(
            time,
            r.LimitsSet(at_ns=at_ns, **words, **more),
            heard=r.Started(at_ns=at_ns, **words, **more),
        )

    def open_day(self, time: str = "08:20:01") -> None:
        self._orders = 0
        self.tell(
            time,
            r.DayOpened(
                at_ns=self.at(time),
                date=self.on,
                intake_ns=self.at("08:30:00"),
                open_ns=self.at("09:00:00"),
                auction_ns=self.at("15:20:00"),
                close_ns=self.at("15:30:00"),
            ),
        )

    def balance(self, time: str, equity_krw: int, *lines: r.HeldLine) -> None:
        at_ns = self.at(time)
        self.tell(
            time,
            r.BalanceTaken(
                at_ns=at_ns,
                asked_ns=at_ns,
                equity_krw=equity_krw,
                deposit_krw=equity_krw,
                settled_d2_krw=equity_krw,
                holdings=lines,
            ),
            r.BaselineSet(at_ns=at_ns, date=self.on, equity_krw=equity_krw),
        )

    def intend(
        self,
        time: str,
        kind: r.IntentType,
        symbol: str,
        shares: int,
        limit_krw: int,
        **more: object,
    ) -> str:
        """A strategy asks and is approved; return the order that follows, planned and sent."""
        strategy = str(more.pop("strategy", "KMP"))
        stop_krw = more.pop("stop_krw", None)
        assert stop_krw is None or isinstance(stop_krw, int)
        at_ns = self.at(time)
        self._orders += 1
        order_id = f"{self.on.replace('-', '')}-{self._orders:04}"
        intent_id = f"{strategy.lower()}-{symbol}-{order_id}"
        reason = str(more.pop("reason", "breakout" if kind == "ENTER" else "target"))
        side: r.Side = "BUY" if kind == "ENTER" else "SELL"
        planned = r.OrderPlanned(
            at_ns=at_ns,
            order_id=order_id,
            intent_id=intent_id,
            strategy_id=strategy,
            symbol=symbol,
            side=side,
            shares=shares,
            order_type="00",
            limit_krw=limit_krw,
            unit_krw=limit_krw if side == "BUY" else 0,
            cancel_at_ns=self.at(time) + 30 * 10**9,
            stop_krw=stop_krw,
            market="KOSPI",
            reason=reason,
            price_krw=limit_krw,
        )
        self._planned[order_id], self._filled[order_id] = planned, (0, 0, 0)
        asked = r.Asked(
            kind, intent_id, reason, symbol, shares, limit_krw=limit_krw, stop_krw=stop_krw
        )
        quote = r.Quote(symbol, limit_krw, at_ns, at_ns)
        self.tell(
            time,
            r.IntentDecided(
                at_ns=at_ns,
                intent_id=intent_id,
                strategy_id=strategy,
                intent_type=kind,
                symbol=symbol,
                status="APPROVED",
                message="approved",
                limits_hash="abc",
                approved_shares=shares,
                order_ids=(order_id,),
            ),
            planned,
            r.OrderSent(at_ns=at_ns, order_id=order_id),
            heard=r.IntentReceived(at_ns=at_ns, strategy_id=strategy, asked=asked, quote=quote),
        )
        return order_id

    def accept(self, time: str, order_id: str, broker_id: str) -> None:
        planned = self._planned[order_id]
        self.tell(
            time,
            r.OrderAnswered(
                at_ns=self.at(time),
                order_id=order_id,
                intent_id=planned.intent_id,
                strategy_id=planned.strategy_id,
                symbol=planned.symbol,
                answer="accepted",
                broker_id=broker_id,
                branch="06010",
                source="answer",
            ),
        )

    def lose(self, time: str, order_id: str) -> None:
        """The answer to an order is lost."""
        planned = self._planned[order_id]
        self.tell(
            time,
            r.OrderAnswered(
                at_ns=self.at(time),
                order_id=order_id,
                intent_id=planned.intent_id,
                strategy_id=planned.strategy_id,
                symbol=planned.symbol,
                answer="unknown",
                broker_id=None,
                branch=None,
                source="answer",
                text="read timeout",
            ),
        )

    def fill(self, time: str, order_id: str, shares: int, price_krw: int) -> None:
        """Shares change hands, the allocation follows, and a whole order closes."""
        planned, at_ns = self._planned[order_id], self.at(time)
        filled, value, cost = self._filled[order_id]
        new_value = shares * price_krw
        ppm = COMMISSION_PPM + (TAX_PPM if planned.side == "SELL" else 0)
        order_cost = (value + new_value) * ppm // 1_000_000
        new_cost = order_cost - cost
        filled, value = filled + shares, value + new_value
        self._filled[order_id] = (filled, value, order_cost)
        key = (planned.strategy_id, planned.symbol)
        held = self._held.setdefault(key, Allocation(*key))
        if planned.side == "BUY":
            change = opened(held, "LONG", shares, new_value, new_cost)
        else:
            change = closed(held, shares, new_value, new_cost)
        held.shares, held.cost_krw = change.shares, change.cost_krw
        names = {
            "order_id": order_id,
            "intent_id": planned.intent_id,
            "strategy_id": planned.strategy_id,
            "symbol": planned.symbol,
            "side": planned.side,
        }
        totals = {"filled": filled, "filled_value_krw": value}
        outputs: list[r.AnyOutput] = [
            r.OrderFilled(
                at_ns=at_ns,
                **names,
                **totals,
                shares=shares,
                value_krw=new_value,
                cost_krw=new_cost,
                order_cost_krw=order_cost,
                broker_id=None,
                source="notice",
                filled_at=time.replace(":", "")[:6],
            ),
            r.AllocationChanged(
                at_ns=at_ns,
                strategy_id=planned.strategy_id,
                symbol=planned.symbol,
                shares=held.shares,
                cost_krw=held.cost_krw,
                stop_krw=planned.stop_krw if planned.side == "BUY" else None,
                realised_krw=change.realised_krw,
                why="fill",
                order_id=order_id,
                delta=shares,
            ),
        ]
        if filled == planned.shares:
            outputs.append(
                r.OrderClosed(at_ns=at_ns, **names, **totals, state="FILLED", why="filled")
            )
        self.tell(time, *outputs)

    def beat(self, time: str, strategy: str = "KMP", mode: str = "RUNNING") -> None:
        """A strategy says that it lives."""
        self.tell(
            time,
            r.HeartbeatTaken(
                at_ns=self.at(time),
                strategy_id=strategy,
                mode=mode,
                symbols_hot=1,
                symbols_warm=2,
                symbols_cold=3,
                positions=0,
                last_error=None,
                version="1",
            ),
        )

    def flag(self, time: str, flag: r.Flag, on: bool = True, **more: str) -> None:
        """A switch is turned."""
        at_ns = self.at(time)
        words = {"actor": "operator", "reason": "test"} | more
        self.tell(time, r.FlagChanged(at_ns=at_ns, flag=flag, on=on, **words))

    def close(self, time: str, order_id: str, state: r.ClosedState, why: str) -> None:
        planned = self._planned[order_id]
        filled, value, _ = self._filled[order_id]
        self.tell(
            time,
            r.OrderClosed(
                at_ns=self.at(time),
                order_id=order_id,
                intent_id=planned.intent_id,
                strategy_id=planned.strategy_id,
                symbol=planned.symbol,
                side=planned.side,
                state=state,
                filled=filled,
                filled_value_krw=value,
                why=why,
            ),
        )

    def marks(self, time: str, **prices: int) -> None:
        """Last prices; `s005930=70_000`."""
        at_ns = self.at(time)
        marks = tuple(r.Mark(name[1:], krw, at_ns) for name, krw in prices.items())
        self.tell(
            time, r.MarksSet(at_ns=at_ns, marks=marks), heard=r.MarksTaken(at_ns=at_ns, marks=marks)
        )

    def round_trip(
        self,
        symbol: str = "005930",
        strategy: str = "KMP",
        broker_ids: tuple[str, str] = ("0000000001", "0000000002"),
    ) -> None:
        """Buy 100 in two fills, see 71,000 and 69,500, sell them in two fills."""
        more = {"strategy": strategy, "stop_krw": 69_000}
        buy = self.intend("09:21:00", "ENTER", symbol, 100, 70_000, **more)
        self.accept("09:21:00.200", buy, broker_ids[0])
        self.fill("09:21:01", buy, 60, 69_900)
        self.fill("09:21:02", buy, 40, 70_000)
        self.marks("10:00:00", **{f"s{symbol}": 71_000})
        self.marks("11:00:00", **{f"s{symbol}": 69_500})
        sell = self.intend("14:30:00", "EXIT", symbol, 100, 70_500, strategy=strategy)
        self.accept("14:30:00.200", sell, broker_ids[1])
        self.fill("14:30:01", sell, 30, 70_800)
        self.fill("14:30:02", sell, 70, 70_600)

    def whole_day(self) -> None:
        """A start, an opening, a balance, one round trip."""
        self.start()
        self.open_day()
        self.balance("08:20:02", 100_000_000)
        self.round_trip()


async def ship(database: str, story: Story) -> None:
    """Bring all of a story into a database."""
    trail = AuditTrail(
        database,
        story.write(),
        oms_id=story.oms_id,
        environment=Environment.SIM,
        account=ACCOUNT,
        clock=TapeClock(story.at("15:40:00")),
        log=structlog.get_logger(),
    )
    assert await trail.finish(within_s=10)


BOUGHT_KRW = 60 * 69_900 + 40 * 70_000
SOLD_KRW = 30 * 70_800 + 70 * 70_600
BUYING_COST_KRW = BOUGHT_KRW * COMMISSION_PPM // 1_000_000
SELLING_COST_KRW = SOLD_KRW * (COMMISSION_PPM + TAX_PPM) // 1_000_000
PROFIT_KRW = SOLD_KRW - SELLING_COST_KRW - BOUGHT_KRW - BUYING_COST_KRW
"""What `round_trip` brings."""
