"""The second venue beside a real day, and beside ten minutes of both venues as they were."""

import datetime as dt
from bisect import bisect_right
from collections import defaultdict
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from broker_sim.days import read_day
from broker_sim.exchange.account import AccountRules
from broker_sim.exchange.bars_day import BarsDay
from broker_sim.exchange.exchange import Exchange
from broker_sim.exchange.interruptions import CircuitBreaker, Vi
from kis_core.market.instants import SECOND_NS, instant_ns
from kis_core.market.ticks import tick_krw

DATE = dt.date(2025, 9, 9)
CAPTURE = "dual_venue/kiwoom_best_quotes_20250909_1134_1144.parquet"
TICKS = np.arange(4)


@pytest.fixture(scope="module")
def real_day(kst_data: Path) -> BarsDay:
    return read_day(kst_data / "bars_1m", DATE, 1)


def captured(path: Path) -> np.ndarray:
    """Share of NXT's quotes whose best ask was 0, 1, 2, 3 ticks at most from KRX's then."""
    quotes: dict[tuple[str, str], list[tuple[dt.datetime, int, int]]] = defaultdict(list)
    columns = ["timestamp", "symbol", "venue", "fid_41", "fid_51"]
    for row in pq.read_table(path, columns=columns).to_pylist():
        ask, bid = abs(int(row["fid_41"] or 0)), abs(int(row["fid_51"] or 0))
        if ask and bid:
            quotes[row["symbol"], row["venue"]].append((row["timestamp"], ask, bid))
    near, count = np.zeros(len(TICKS)), 0
    for (symbol, venue), rows in quotes.items():
        krx = sorted(quotes.get((symbol, "KRX"), ()))
        times = [at for at, _, _ in krx]
        for at, ask, _ in rows if venue == "NXT" else ():
            last = bisect_right(times, at) - 1
            if last >= 0:
                near += abs(ask - krx[last][1]) / tick_krw(krx[last][2]) <= TICKS
                count += 1
    assert count > 20_000
    return near / count


def test_both_venues_quote_as_near_to_each_other_as_in_life(
    real_day: BarsDay, kst_data: Path
) -> None:
    exchange = Exchange(real_day, AccountRules(10**9, 140), 1)
    start_ns = instant_ns(DATE, dt.time(11, 34, 19))
    near, count = np.zeros(len(TICKS)), 0
    for second in range(0, 580, 10):
        exchange.advance(start_ns + second * SECOND_NS)
        for symbol, instrument in real_day.instruments.items():
            asks, krx = exchange.book(symbol, "NXT").asks, exchange.book(symbol)
            if instrument.nxt and asks and krx.asks and krx.bids:
                near += abs(asks[0][0] - krx.asks[0][0]) / tick_krw(krx.bids[0][0]) <= TICKS
                count += 1
    real, played = captured(kst_data / CAPTURE), near / count
    assert abs(real[1] - played[1]) < 0.05
    assert min(real[2], played[2]) > 0.97


def test_nxt_beside_a_real_day_stays_in_its_limits_and_share(real_day: BarsDay) -> None:
    exchange = Exchange(real_day, AccountRules(10**9, 140), 1)
    shares = []
    for symbol, instrument in real_day.instruments.items():
        tape, krx = exchange.tape(symbol, "NXT"), exchange.tape(symbol)
        if not instrument.nxt or not len(krx):
            assert len(tape) == 0
            continue
        assert instrument.lower_krw <= tape.price_krw.min()
        assert tape.price_krw.max() <= instrument.upper_krw
        shares.append(tape.volume.sum() / krx.volume.sum())
    assert len(shares) > 70
    assert 0.3 < np.median(shares) < 0.5


def test_interruptions_of_a_real_day_keep_its_volume(real_day: BarsDay) -> None:
    ten = instant_ns(DATE, dt.time(10))
    script = [(ten, CircuitBreaker()), (instant_ns(DATE, dt.time(13)), Vi("005930"))]
    exchange = Exchange(real_day, AccountRules(10**9, 140), 1, script)
    for symbol in real_day.instruments:
        tape = exchange.tape(symbol)
        assert int(tape.volume.sum()) == int(real_day.prints(symbol).volume.sum())
        assert not np.any((tape.at_ns >= ten) & (tape.at_ns < ten + 1_800 * SECOND_NS))
        bars = exchange.day.minute_bars(symbol, DATE)
        assert sum(bar.volume for bar in bars) == int(tape.volume.sum())
