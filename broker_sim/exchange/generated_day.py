"""A day nobody traded: made from a seed, with a past, in the form of a real one.

For machines without market data, and for tests. Two dates of one seed belong to one market: the
earlier day is in the later one's past, bar by bar.
"""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from broker_sim.exchange.bars_day import BarsDay
from broker_sim.exchange.day import INDEX_OF_MARKET, DayError
from broker_sim.exchange.generated_days import Ints, Sessions, grid, walk_days
from broker_sim.exchange.generated_minutes import minutes_of
from broker_sim.exchange.path import BarColumns
from broker_sim.exchange.roster import ROSTER, Member
from broker_sim.exchange.tables import DailyTable, Listing, MinuteTable, Tables
from kis_core.market.calendar import CalendarError, krx_calendar
from kis_core.market.events import IndexDay
from kis_core.market.sessions import minutes

FIRST_SESSION = dt.date(2024, 1, 2)
PAST_SESSIONS_MIN = 120  # before the earliest date that can be played
MINUTE_SESSIONS = 26  # past sessions with minute bars
_KOSPI, _KOSPI200 = "0001", "2001"
_INDEX_START_PT = {"0001": 2_650.0, "1001": 860.0, "2001": 357.0}
_INDEX_REACH = 0.4  # how far the stocks' highs, which never come together, lift the index's


class GeneratedDay(BarsDay):
    """A generated session of `n_symbols` stocks. Fits `DaySource`. Raises DayError."""

    def __init__(self, date: dt.date, seed: int, n_symbols: int = len(ROSTER)) -> None:
        if not 1 <= n_symbols <= len(ROSTER):
            raise DayError(f"{n_symbols} generated symbols asked; 1 to {len(ROSTER)} can be made")
        members = ROSTER[:n_symbols]
        sessions = walk_days(seed, members, _sessions_until(date))
        tables = Tables(
            _minute_table(seed, members, sessions),
            {member.symbol: _daily(sessions, at) for at, member in enumerate(members)},
            {code: _index_days(code, members, sessions) for code in _codes(members)},
            {
                member.symbol: Listing(
                    f"{member.name}(모의)",
                    member.market,
                    member.sector,
                    member.listed_thousands * 1_000,
                )
                for member in members
            },
        )
        super().__init__(date, seed, tables, f"the generated market of seed {seed}")


def _sessions_until(date: dt.date) -> Sequence[dt.date]:
    try:
        calendar = krx_calendar()
        if not calendar.is_session(date):
            raise DayError(f"{date} cannot be generated: KRX is closed that day")
        dates = calendar.sessions_between(FIRST_SESSION, date)
    except CalendarError as error:
        raise DayError(f"{date} cannot be generated: {error}") from error
    if len(dates) <= PAST_SESSIONS_MIN:
        earliest = calendar.offset(FIRST_SESSION, PAST_SESSIONS_MIN)
        raise DayError(f"{date} cannot be generated: the generated market begins on {earliest}")
    return dates


def _minute_table(seed: int, members: Sequence[Member], sessions: Sessions) -> MinuteTable:
    prices = grid()
    parts: list[BarColumns] = []
    codes: list[Ints] = []
    last = len(sessions.dates)
    for row in range(last - 1 - MINUTE_SESSIONS, last):
        starts = minutes(sessions.dates[row])
        parts.append(minutes_of(seed, sessions, row, starts, prices))
        codes.append(np.repeat(np.arange(len(members)), len(starts)))
    bars = BarColumns(
        np.concatenate([part.start_ns for part in parts]),
        *(
            np.concatenate([getattr(part, name) for part in parts]).astype(np.int32)
            for name in ("open_krw", "high_krw", "low_krw", "close_krw", "volume")
        ),
    )
    symbols = [member.symbol for member in members]
    return MinuteTable(symbols, np.concatenate(codes), bars, "the generated market")


def _daily(sessions: Sessions, at: int) -> DailyTable:
    return DailyTable(
        np.array([date.toordinal() for date in sessions.dates], dtype=np.int64),
        sessions.open_krw[:, at],
        sessions.high_krw[:, at],
        sessions.low_krw[:, at],
        sessions.close_krw[:, at],
        sessions.volume[:, at],
        sessions.foreign_shares[:, at],
        sessions.institution_shares[:, at],
    )


def _codes(members: Sequence[Member]) -> list[str]:
    markets = {INDEX_OF_MARKET[member.market] for member in members}
    return sorted(markets | ({_KOSPI200} if _KOSPI in markets else set()))


def _index_days(code: str, members: Sequence[Member], sessions: Sessions) -> list[IndexDay]:
    """The index of a market: its stocks by what they are worth. KOSPI200 is all of KOSPI's."""
    market = _KOSPI if code == _KOSPI200 else code
    inside = [at for at, member in enumerate(members) if INDEX_OF_MARKET[member.market] == market]
    shares = np.array([members[at].listed_thousands for at in inside], dtype=np.float64)
    worth = [
        (column[:, inside] * shares).sum(axis=1)
        for column in (
            sessions.open_krw,
            sessions.high_krw,
            sessions.low_krw,
            sessions.close_krw,
        )
    ]
    unit = _INDEX_START_PT[code] / float(worth[3][0])
    opened, tops, bottoms, closed = (column * unit for column in worth)
    body_high, body_low = np.maximum(opened, closed), np.minimum(opened, closed)
    high = body_high + _INDEX_REACH * (tops - body_high)
    low = body_low + _INDEX_REACH * (bottoms - body_low)
    return [
        IndexDay(code, date.isoformat(), *(Decimal(f"{level:.2f}") for level in levels))
        for date, *levels in zip(
            sessions.dates,
            opened.tolist(),
            high.tolist(),
            low.tolist(),
            closed.tolist(),
            strict=True,
        )
    ]
