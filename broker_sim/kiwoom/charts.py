"""Charts by REST: ka10080 minutes, ka10081 days; newest first, in pages. Pure.

Minutes that are over, of the day played and of the sessions before it. NXT and both venues as one
answer without rows: NXT's history through ka10080 is unproven (kiwoom_rest.md §3.1).
"""

import datetime as dt
from collections.abc import Sequence

from broker_sim.exchange.exchange import Exchange
from broker_sim.kis.numbers import date_of, hhmmss, sign
from broker_sim.kiwoom.calls import Asked
from broker_sim.kiwoom.numbers import signed, signed_price
from broker_sim.kiwoom.quotes import Quotes
from broker_sim.kiwoom.replies import INPUT, Refusal, Reply, answered, refused
from kis_core.market.events import Bar
from kis_core.market.instants import MINUTE_NS
from kis_core.market.instants import date_of as day_of

MINUTE_ROWS, DAY_ROWS = 900, 600
SCOPES = frozenset({"1", "3", "5", "10", "15", "30", "45", "60"})
BAD_SCOPE = Refusal("1514", "tic_scope: 1, 3, 5, 10, 15, 30, 45, 60 중 하나", INPUT)
BAD_DATE = Refusal("1514", "base_dt: YYYYMMDD", INPUT)
HISTORY = dt.timedelta(days=365 * 20)

Row = dict[str, str]


class Charts:
    """Answers about the past and the day so far."""

    def __init__(self, exchange: Exchange, quotes: Quotes) -> None:
        self._exchange = exchange
        self._quotes = quotes

    def ka10080(self, asked: Asked) -> Reply:
        """Tell minutes backwards from now, or from the end of `base_dt` where it is given."""
        scope = asked["tic_scope"]
        if scope not in SCOPES:
            return refused(BAD_SCOPE)
        found = self._quotes.found(asked["stk_cd"])
        if isinstance(found, Refusal):
            return refused(found)
        instrument, code = found
        if code.feed != "KRX":
            return answered({"stk_cd": asked["stk_cd"], "stk_min_pole_chart_qry": []})
        last = self._exchange.day.date
        if given := asked.fields.get("base_dt", "").strip():
            on = date_of(given)
            if on is None:
                return refused(BAD_DATE)
            last = min(last, on)
        bars = self._minutes(code.symbol, last, asked.now_ns, int(scope))
        rows = [_minute_row(bar, instrument.base_krw) for bar in reversed(bars)]
        fields = {"stk_cd": asked["stk_cd"]}
        return _page(fields, "stk_min_pole_chart_qry", rows, "cntr_tm", asked, MINUTE_ROWS)

    def ka10081(self, asked: Asked) -> Reply:
        """Tell days backwards from `base_dt`, the day played among them once it has printed."""
        found = self._quotes.found(asked["stk_cd"])
        if isinstance(found, Refusal):
            return refused(found)
        _, code = found
        last = date_of(asked["base_dt"])
        if last is None:
            return refused(BAD_DATE)
        day = self._exchange.day
        rows: list[Row] = []
        if code.feed == "KRX":
            bars = day.daily_bars(code.symbol, last - HISTORY, last)
            before: int | None = None
            for bar in bars:
                prices = (bar.open_krw, bar.high_krw, bar.low_krw, bar.close_krw)
                rows.append(_day_row(bar.date, prices, bar.volume, bar.value_krw, before))
                before = bar.close_krw
            quote = self._exchange.quote(code.symbol)
            if last >= day.date and quote.open_krw and quote.high_krw and quote.low_krw:
                today = (quote.open_krw, quote.high_krw, quote.low_krw, quote.last_krw)
                volume, value = quote.cum_volume, quote.cum_value_krw
                rows.append(_day_row(day.date.isoformat(), today, volume, value, quote.base_krw))
        rows.reverse()
        fields = {"stk_cd": asked["stk_cd"]}
        return _page(fields, "stk_dt_pole_chart_qry", rows, "dt", asked, DAY_ROWS)

    def _minutes(self, symbol: str, last: dt.date, now_ns: int, scope: int) -> list[Bar]:
        day = self._exchange.day
        bars: list[Bar] = []
        for date in (*day.past_dates(), day.date):
            if date <= last:
                bars += day.minute_bars(symbol, date, now_ns if date == day.date else None)
        return bars if scope == 1 else _joined(bars, scope * MINUTE_NS)


def _joined(bars: Sequence[Bar], span_ns: int) -> list[Bar]:
    """Return bars of several minutes each, from bars of one."""
    joined: list[Bar] = []
    for bar in bars:
        start_ns = bar.start_ns // span_ns * span_ns
        if joined and joined[-1].start_ns == start_ns:
            one = joined[-1]
            high, low = max(one.high_krw, bar.high_krw), min(one.low_krw, bar.low_krw)
            volume = one.volume + bar.volume
            prices = (one.open_krw, high, low, bar.close_krw)
            joined[-1] = Bar(bar.symbol, bar.venue, start_ns, *prices, volume)
        else:
            prices = (bar.open_krw, bar.high_krw, bar.low_krw, bar.close_krw)
            joined.append(Bar(bar.symbol, bar.venue, start_ns, *prices, bar.volume))
    return joined


def _minute_row(bar: Bar, base_krw: int) -> Row:
    change = bar.close_krw - base_krw
    return {
        "cur_prc": signed_price(bar.close_krw, base_krw),
        "trde_qty": str(bar.volume),
        "cntr_tm": f"{day_of(bar.start_ns):%Y%m%d}{hhmmss(bar.start_ns)}",
        "open_pric": signed_price(bar.open_krw, base_krw),
        "high_pric": signed_price(bar.high_krw, base_krw),
        "low_pric": signed_price(bar.low_krw, base_krw),
        "pred_pre": signed(change),
        "pred_pre_sig": sign(bar.close_krw, base_krw),
    }


def _day_row(
    date: str,
    prices: tuple[int, int, int, int],
    volume: int,
    value_krw: int | None,
    before_krw: int | None,
) -> Row:
    """A day's row: prices without a sign, as ka10081 was seen to give them."""
    open_krw, high_krw, low_krw, close_krw = prices
    return {
        "cur_prc": str(close_krw),
        "trde_qty": str(volume),
        "trde_prica": "" if value_krw is None else str(value_krw // 10**6),
        "dt": date.replace("-", ""),
        "open_pric": str(open_krw),
        "high_pric": str(high_krw),
        "low_pric": str(low_krw),
        "pred_pre": signed(close_krw - before_krw) if before_krw is not None else "",
        "pred_pre_sig": sign(close_krw, before_krw) if before_krw is not None else "",
        "trde_tern_rt": "",
    }


def _page(
    fields: Row, name: str, rows: Sequence[Row], key: str, asked: Asked, rows_max: int
) -> Reply:
    """Return the rows older than the one a page's key names."""
    left = [row for row in rows if not asked.next_key or row[key] < asked.next_key]
    told = left[:rows_max]
    more = len(left) > len(told)
    return answered({**fields, name: told}, told[-1][key] if more else "")
