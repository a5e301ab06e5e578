"""What the collector says of itself: status, slots, gaps, readiness, metrics."""

from collections.abc import Iterator
from itertools import count

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector as Registered

from collector.findings import metric
from collector.routes import Insight
from collector.service import Collector
from collector.slots import MARKET_TRS, explain
from kis_core.clock import SECOND_NS, Clock, kst
from kis_core.market.events import Gap

_GAPS_SHOWN = 1_000


def make_insight(collector: Collector, clock: Clock) -> Insight:
    """Return the views of a running collector."""
    registry = CollectorRegistry()
    registry.register(_Measures(collector, clock))
    return Insight(
        slots=lambda: slots(collector),
        gaps=lambda: gaps(collector),
        status=lambda: status(collector, clock),
        not_ready=lambda: not_ready(collector),
        metrics=registry,
    )


def status(collector: Collector, clock: Clock) -> dict[str, object]:
    """Return figures of today, as plain values."""
    day, hearing, ledger = collector.day, collector.hearing, collector.day.ledger
    heard_ns = hearing.heard_ns
    unsent = day.outbox.unsent_bytes
    return {
        "date": day.date.isoformat(),
        "session": day.window is not None,
        "line": "up" if hearing.up else "down",
        "lines": {each.line: "up" if each.up else "down" for each in hearing.lines},
        "last_arrival": kst(heard_ns).isoformat() if heard_ns else None,
        "silent_s": (clock.now_ns() - heard_ns) / SECOND_NS if heard_ns else None,
        "frames": collector.frames,
        "records": collector.trades + collector.books + collector.notices,
        "trades": collector.trades,
        "books": collector.books,
        "notices": collector.notices,
        "signals": collector.signals,
        "quarantined": day.quarantine.count,
        "rates": {"frames_per_s": round(collector.rates.frames_per_s, 1)},
        "universe": len(collector.settings.symbols),
        "live": len(hearing.live),
        "readers": [reader.name for reader in collector.relay.readers],
        "candles": ledger.candles if ledger else 0,
        "confirmed": ledger.finished if ledger else 0,
        "repaired": ledger.repaired if ledger else 0,
        "open_gaps": sum(gap.to_ns is None for gap in day.gaps.values()),
        "unfilled_gaps": sum(each.unfilled for each in day.ledgers),
        "surplus": ledger.surplus if ledger else 0,
        "doubts": ledger.doubts if ledger else 0,
        "sweeps": {
            "asked": collector.sweep.asked,
            "failed": collector.sweep.failed,
            "waiting": collector.sweep.waiting,
            "outcomes": dict(collector.sweep.outcomes),
        },
        "past": {
            "days_left": collector.past.days_left,
            "waiting": collector.past.waiting,
            "gaps_filled": collector.past.filled,
        },
        "verified": day.verified.complete if day.verified else None,
        "database": "up" if collector.shipper.connected else "down",
        "findings": collector.findings.status(clock.now_ns()),
        "unsent_bytes": unsent,
        "tape_bytes": day.tape.written_bytes,
        # Every minute of every symbol confirmed by KIS after the close, and in the database.
        "complete": bool(ledger and ledger.complete and not unsent),
        "kiwoom": collector.kiwoom.status() if collector.kiwoom else None,
    }


def slots(collector: Collector) -> dict[str, object]:
    """Return who got which registration, why, and which of them are live."""
    decision = collector.decision
    live = sorted(collector.hearing.live)
    wanted = {each.session: each.keys for each in collector.placed}
    return {
        "limit": collector.settings.registrations_max,
        "sessions": [
            {
                "session": each.line,
                "up": each.up,
                "live": len(each.live),
                "wanted": len(wanted.get(each.line, ())),
            }
            for each in collector.hearing.lines
        ],
        "live": [symbol for tr_id, symbol in live if tr_id in MARKET_TRS],
        "slots": explain(decision, collector.placed, collector.hearing.denied) if decision else [],
        "readers": [
            {
                "reader": reader.name,
                "granted": list(told.granted),
                "refused": [{"symbol": symbol, "why": why} for symbol, why in told.reasons],
            }
            for reader in collector.relay.readers
            if (told := reader.told) is not None
        ],
    }


def gaps(collector: Collector) -> list[dict[str, object]]:
    """Return today's gaps, newest first."""
    found = sorted(collector.day.gaps.values(), key=lambda gap: -gap.from_ns)
    return [_shown(gap) for gap in found[:_GAPS_SHOWN]]


def _shown(gap: Gap) -> dict[str, object]:
    return {
        "symbol": gap.symbol,
        "from": kst(gap.from_ns).isoformat(),
        "to": kst(gap.to_ns).isoformat() if gap.to_ns is not None else None,
        "reason": gap.reason,
    }


def not_ready(collector: Collector) -> str | None:
    """Return why nobody should rely on the collector now, or None."""
    if collector.decision and collector.decision.slots and not collector.hearing.up:
        return "the line to KIS is down"
    if not collector.running:
        return "starting"
    return None


class _Measures(Registered):
    """Reads the figures when somebody asks, so that counting costs nothing in between."""

    def __init__(self, collector: Collector, clock: Clock) -> None:
        self._collector = collector
        self._clock = clock

    def describe(self) -> Iterator[Metric]:
        return iter(())

    def collect(self) -> Iterator[Metric]:
        c = self._collector
        ledger = c.day.ledger
        totals = {
            "frames": (c.frames, "Texts that arrived from KIS"),
            "trades": (c.trades, "Prints heard"),
            "books": (c.books, "Order books heard"),
            "notices": (c.notices, "Order notices heard"),
            "signals": (c.signals, "Signals that strategies told"),
            "quarantined": (c.day.quarantine.count, "Texts that could not be read today"),
            "candles_shipped": (c.shipper.candles, "Candles written to the database"),
            "database_failures": (c.shipper.failures, "Times the database was lost"),
            "sweep_questions": (c.sweep.asked, "Minute charts asked for"),
            "sweep_failures": (c.sweep.failed, "Minute charts that did not come"),
            "candles_repaired": (ledger.repaired if ledger else 0, "Candles KIS corrected today"),
        }
        for name, (value, what) in totals.items():
            yield CounterMetricFamily(f"collector_{name}", what, value=value)
        state = {
            "line_up": (c.hearing.up, "Whether the line to KIS is open"),
            "registrations_live": (len(c.hearing.live), "Registrations KIS acknowledged"),
            "readers": (len(c.relay.readers), "Readers connected"),
            "candles_today": (ledger.candles if ledger else 0, "Candles of today"),
            "sweep_waiting": (c.sweep.waiting, "Symbols whose minutes are due"),
            "unsent_bytes": (c.day.outbox.unsent_bytes, "Journal the database lacks"),
            "tape_unsynced_bytes": (
                c.day.tape.written_bytes - c.day.tape.synced_bytes,
                "Tape not on the disk yet",
            ),
            "open_gaps": (
                sum(gap.to_ns is None for gap in c.day.gaps.values()),
                "Gaps that are open",
            ),
        }
        for name, (value, what) in state.items():
            yield GaugeMetricFamily(f"collector_{name}", what, value=float(value))
        yield metric([c.findings, *([c.kiwoom.findings] if c.kiwoom else [])])
        waiting = GaugeMetricFamily(
            "collector_reader_waiting", "Events that wait for a reader", labels=["reader"]
        )
        left_out = CounterMetricFamily(
            "collector_reader_left_out", "Events a slow reader did not get", labels=["reader"]
        )
        numbers = count()
        for reader in c.relay.readers:
            label = f"{reader.name}-{next(numbers)}"
            waiting.add_metric([label], reader.waiting)
            left_out.add_metric([label], reader.left_out)
        yield waiting
        yield left_out
