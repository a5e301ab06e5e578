"""The report of a played day: the fleet's books beside what is true, and whether they agree."""

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from fleet.findings import Findings, read_findings
from fleet.funnel import Funnel, funnel_of
from fleet.lag import trade_lags_ms
from fleet.rundir import Run
from fleet.truth import Truth
from kis_core.postgres import to_kst_naive

NOT_KEPT_UP_MS = 500.0  # of the world: more than that behind the market is not keeping up

HEARD = "trade printed → heard by the collector"
ACCEPTED = "order sent → accepted"


@dataclass(frozen=True)
class Hop:
    """How long one step took, in milliseconds of the world (the day's time over the speed)."""

    name: str
    count: int
    median_ms: float
    p99_ms: float
    worst_ms: float

    @classmethod
    def of(cls, name: str, values_ms: list[float]) -> "Hop":
        """Return the summary of measured values, which must not be empty."""
        ordered = sorted(values_ms)
        p99 = ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
        return cls(name, len(ordered), median(ordered), p99, ordered[-1])


@dataclass(frozen=True)
class Comparison:
    """The fleet's books against the truth. Every mismatch is one line that names the thing."""

    candles_expected: int
    candles_stored: int
    candles_different: int
    orders_sent: int
    orders_at_broker: int
    fills_at_broker: int
    fills_audit: int  # broker's fills that the audit trail accounts for exactly once
    allocation_mismatches: int
    pnl_krw: int
    broker_pnl_krw: int
    mismatches: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """A played day, for people and for programs."""

    home: Path
    truth: Truth
    findings: Findings
    compared: Comparison
    hops: tuple[Hop, ...]
    restarts: tuple[str, ...]
    speed: float
    took_s: float

    @property
    def consistent(self) -> bool:
        """Return whether the fleet's books agree with the truth in everything."""
        return not self.compared.mismatches

    @property
    def kept_up(self) -> bool:
        """Return whether the machine kept up with the speed asked."""
        slow = {hop.name: hop for hop in self.hops}
        heard, accepted = slow.get(HEARD), slow.get(ACCEPTED)
        return (heard is None or heard.p99_ms < NOT_KEPT_UP_MS) and (
            accepted is None or accepted.median_ms < NOT_KEPT_UP_MS
        )

    def summary(self) -> dict[str, Any]:
        """Return the report as one JSON object."""
        found, c = self.findings, self.compared
        closed = [t for t in found.trades if t["status"] == "CLOSED"]
        return {
            "date": self.truth.date,
            "symbols": len(self.truth.bars),
            "consistent": self.consistent,
            "candles_expected": c.candles_expected,
            "candles_stored": c.candles_stored,
            "candles_different": c.candles_different,
            "candle_sources": found.candle_sources,
            "intents": len(found.intents),
            "orders_sent": c.orders_sent,
            "orders_at_broker": c.orders_at_broker,
            "fills_audit": c.fills_audit,
            "fills_at_broker": c.fills_at_broker,
            "allocation_mismatches": c.allocation_mismatches,
            "round_trips": len(closed),
            "pnl_krw": c.pnl_krw,
            "broker_pnl_krw": c.broker_pnl_krw,
            "funnel": found.funnel,
            "intents_by_status": dict(Counter(i["status"] for i in found.intents)),
            "orders_by_state": dict(Counter(o["state"] for o in found.orders)),
            "rejections": rejections(found),
            "latency_ms": {
                hop.name: {
                    "count": hop.count,
                    "median": hop.median_ms,
                    "p99": hop.p99_ms,
                    "worst": hop.worst_ms,
                }
                for hop in self.hops
            },
            "gaps": len(found.gaps),
            "restarts": list(self.restarts),
            "audit_rows": found.audit_rows,
            "audit_faults": found.audit_faults,
            "mismatches": list(c.mismatches),
            "speed": self.speed,
            "kept_up": self.kept_up,
            "took_s": round(self.took_s, 1),
            "folder": str(self.home),
        }

    def print(self, console: Console) -> None:
        """Print the report for a person."""
        found, c = self.findings, self.compared
        console.rule(f"{self.truth.date} · 거래일 보고서 · report of the day")
        if not found.explained:
            console.print("거래 없음 · no round trips; the funnel says why")
        for trip in found.explained:
            console.print(_sentence(trip, self.truth.names))
        grid = Table(title="대사 · the fleet's books beside the truth", show_header=False)
        for label, ours, theirs in (
            ("candles stored / in the input", c.candles_stored, c.candles_expected),
            ("candles that differ", c.candles_different, 0),
            ("orders sent / at the broker", c.orders_sent, c.orders_at_broker),
            ("fills in the audit trail / at the broker", c.fills_audit, c.fills_at_broker),
            ("allocations that differ from holdings", c.allocation_mismatches, 0),
            ("P&L in PostgreSQL / of the account, KRW", c.pnl_krw, c.broker_pnl_krw),
        ):
            mark = "[green]✓[/]" if ours == theirs else "[red]✗[/]"
            grid.add_row(label, f"{ours:,}", f"{theirs:,}", mark)
        console.print(grid)
        for name, content in found.funnel.items():
            _print_funnel(console, funnel_of(name, content))
        states = Counter(o["state"] for o in found.orders)
        console.print("orders by state: " + (_counts(states) or "none"))
        console.print("refused and deferred: " + (_counts(Counter(rejections(found))) or "none"))
        for hop in self.hops:
            console.print(
                f"{hop.name}: median {hop.median_ms:.1f} ms, "
                f"p99 {hop.p99_ms:.1f} ms, worst {hop.worst_ms:.1f} ms ({hop.count:,})"
            )
        console.print(f"gaps in what was heard: {len(found.gaps)}")
        for event in self.restarts:
            console.print(f"[yellow]{event}[/]")
        for line in c.mismatches[:20]:
            console.print(f"[red]✗ {line}[/]")
        if not self.kept_up:
            console.print(
                f"[yellow]this machine did not keep up with ×{self.speed:g}; try a lower --speed[/]"
            )
        verdict = (
            "[green]장부가 모두 일치합니다 · all books agree[/]"
            if self.consistent
            else "[red]불일치가 있습니다 · books disagree[/]"
        )
        console.print(f"{verdict} · {self.took_s:.0f} s · {self.home / 'report.html'}")


def rejections(found: Findings) -> dict[str, int]:
    """Return how many intents and orders were turned away, by reason."""
    reasons: Counter[str] = Counter()
    for intent in found.intents:
        if intent["status"] in ("REFUSED", "DEFERRED"):
            trace = intent["trace"]
            marks = json.loads(trace) if isinstance(trace, str) else trace
            first = marks[0]["control"] if marks else intent["message"]
            reasons[f"{intent['status'].lower()}: {first}"] += 1
    for order in found.orders:
        if order["state"] == "REJECTED":
            reasons[f"broker: {order['refusal_code']} {order['refusal_text']}"] += 1
    return dict(reasons)


def compare(truth: Truth, found: Findings) -> Comparison:
    """Put the fleet's books beside the truth."""
    wrong: list[str] = []
    expected, different = _candles(truth, found, wrong)
    sent, fills = _orders(truth, found, wrong)
    mismatched = 0
    for symbol in sorted(truth.holdings.keys() | found.allocations.keys()):
        ours, theirs = found.allocations.get(symbol, 0), truth.holdings.get(symbol, 0)
        if ours != theirs:
            mismatched += 1
            wrong.append(f"{symbol}: {ours} shares allocated, the broker holds {theirs}")
    pnl = sum(trade["realised_pnl_krw"] for trade in found.trades)
    for trade in found.trades:
        if trade["status"] == "OPEN":
            worth = trade["open_shares"] * truth.last_krw[trade["symbol"]]
            pnl += worth - trade["open_cost_krw"]
    if pnl != truth.pnl_krw:
        wrong.append(f"P&L {pnl:,} KRW in PostgreSQL, {truth.pnl_krw:,} KRW at the broker")
    if found.audit_faults:
        wrong.append(f"{found.audit_faults} journal rows could not be turned into audit rows")
    stored = sum(len(series) for series in found.candles.values())
    return Comparison(
        expected,
        stored,
        different,
        sent,
        len(truth.orders),
        truth.fills,
        fills,
        mismatched,
        pnl,
        truth.pnl_krw,
        tuple(wrong),
    )


def _candles(truth: Truth, found: Findings, wrong: list[str]) -> tuple[int, int]:
    expected = different = 0
    for symbol, bars in truth.bars.items():
        expected += len(bars)
        stored = {row[0]: tuple(row[1:]) for row in found.candles.get(symbol, [])}
        bad = 0
        for bar in bars:
            own = stored.pop(to_kst_naive(bar.start_ns), None)
            bad += own != (bar.open_krw, bar.high_krw, bar.low_krw, bar.close_krw, bar.volume)
        bad += len(stored)
        if bad:
            wrong.append(f"{symbol}: {bad} candles missing, different or too many")
        different += bad
    return expected, different


def _orders(truth: Truth, found: Findings, wrong: list[str]) -> tuple[int, int]:
    filled: dict[str, tuple[int, int, int]] = {}
    for row in found.executions:
        shares, value, cost = filled.get(row["order_id"], (0, 0, 0))
        filled[row["order_id"]] = (
            shares + row["shares"],
            value + row["value_krw"],
            cost + row["cost_krw"],
        )
    sent = [o for o in found.orders if o["sent_at"] is not None]
    known: dict[int, str] = {}
    for order in sent:
        if order["broker_id"] is not None:
            known[int(order["broker_id"])] = order["order_id"]
    accounted = 0
    for theirs in truth.orders.values():
        own = next((known[number] for number in theirs.numbers if number in known), None)
        if own is None:
            wrong.append(f"broker order {theirs.odno} {theirs.symbol} is not in the audit trail")
        elif filled.get(own, (0, 0, 0)) != (theirs.filled, theirs.value_krw, theirs.cost_krw):
            wrong.append(
                f"order {own}: {filled.get(own)} (shares, KRW, costs) in the audit trail, "
                f"{(theirs.filled, theirs.value_krw, theirs.cost_krw)} at the broker"
            )
        else:
            accounted += theirs.fills
    if len(truth.orders) > len(sent):
        wrong.append(f"{len(sent)} orders sent, {len(truth.orders)} at the broker")
    return len(sent), accounted


def hops(found: Findings, lags_ms: list[float], speed: float) -> tuple[Hop, ...]:
    """Return the latencies of the order path, in the world's milliseconds."""
    intents = {i["intent_id"]: i for i in found.intents}
    spans: dict[str, list[float]] = {
        HEARD: lags_ms,
        "trade → quote the OMS decided on": [],
        "intent received → decided": [],
        "intent received → order sent": [],
        ACCEPTED: [],
        "order sent → first fill (market orders)": [],
    }

    def add(name: str, start: Any, end: Any) -> None:
        if start is not None and end is not None:
            spans[name].append(max(0.0, (end - start).total_seconds() * 1000 / speed))

    for intent in found.intents:
        add("trade → quote the OMS decided on", intent["quote_at"], intent["received_at"])
        add("intent received → decided", intent["received_at"], intent["decided_at"])
    for order in found.orders:
        if (asked := intents.get(order["intent_id"])) is not None:
            add("intent received → order sent", asked["received_at"], order["sent_at"])
        add(ACCEPTED, order["sent_at"], order["accepted_at"])
        if order["limit_krw"] is None:
            add("order sent → first fill (market orders)", order["sent_at"], order["first_fill_at"])
    return tuple(Hop.of(name, values) for name, values in spans.items() if values)


async def write_report(
    run: Run, url: str, truth: Truth, events: list[dict[str, Any]], speed: float, took_s: float
) -> Report:
    """Compare, then write report.json and report.html into the run's folder."""
    from fleet.report_page import page

    found = await read_findings(url, run.home, truth.date)
    report = Report(
        run.home,
        truth,
        found,
        compare(truth, found),
        hops(found, trade_lags_ms(run.home, truth.date, speed), speed),
        tuple(f"{e['at']} {e['child']}: {e['what']}" for e in events if "died" in str(e["what"])),
        speed,
        took_s,
    )
    text = json.dumps(report.summary(), ensure_ascii=False, indent=1)
    (run.home / "report.json").write_text(text, encoding="utf-8")
    (run.home / "report.html").write_text(page(report), encoding="utf-8")
    return report


def _counts(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {n}" for name, n in counts.most_common())


def _sentence(trip: dict[str, Any], names: dict[str, str]) -> str:
    exit_krw = trip["exit_krw"]
    return (
        f"{trip['symbol']} {names.get(trip['symbol'], '')}: {trip['setup']} "
        f"{trip['entered_at'][11:19]} → {trip['exited_at'][11:19]}, {trip['shares']:,} shares, "
        f"{trip['entry_krw']:,.1f} → {'?' if exit_krw is None else f'{exit_krw:,.1f}'} KRW, "
        f"stop {trip['stop_krw']:,}, out by {trip['exit_reason']}, "
        f"costs {trip['costs_krw']:,}, realised {trip['realised_krw']:+,} KRW"
        + ("" if trip["r_net"] is None else f" ({trip['r_net']:+.2f} R)")
    )


def _print_funnel(console: Console, funnel: Funnel) -> None:
    console.print(f"{funnel.strategy}: 관문 깔때기 · gate funnel")
    console.print("  " + " → ".join(f"{gate} {passed}" for gate, passed in funnel.passed))
    for each in funnel.stopped:
        times = ", ".join(f"{at} {n}" for at, n in list(each.by_time.items())[:8])
        console.print(f"  stopped by {each.gate}: {each.symbols} ({times})")
    for problem in funnel.problems:
        console.print(f"  [yellow]data: {problem}[/]")
