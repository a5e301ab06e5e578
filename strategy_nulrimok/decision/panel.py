"""The admitted names side by side: names × days as arrays, so that no stage scans them again.

Rows are names in ascending order. Prices are int KRW and compared as sums, which are exact; flows
are floats that hold whole KRW, NaN where a day was not told.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kis_core.market.indicators import STD_MIN
from strategy_nulrimok.decision.research import FlowDay, NameResearch

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Panel:
    """Names × days. The newest day stands last; `sessions` are the columns of `smart_krw`."""

    names: tuple[NameResearch, ...]
    sessions: tuple[str, ...]
    closes_krw: Ints  # of each name's own last bars, 0 before its first
    closes: Ints  # how many of them there are
    smart_krw: Floats  # foreign + institution net buying
    adv_krw: Ints

    @cached_property
    def symbols(self) -> tuple[str, ...]:
        """The rows' symbols."""
        return tuple(name.symbol for name in self.names)

    @cached_property
    def sectors(self) -> dict[str, Ints]:
        """Rows of each sector, sectors by name."""
        rows: dict[str, list[int]] = {}
        for row, name in enumerate(self.names):
            rows.setdefault(name.sector, []).append(row)
        return {sector: np.array(rows[sector], dtype=np.int64) for sector in sorted(rows)}


def panel(
    names: Sequence[NameResearch],
    adv_krw: Sequence[int],
    sessions: Sequence[str],
    bars: int,
) -> Panel:
    """Lay names (ascending, nothing dated on or after the trade date) side by side."""
    closes = np.zeros((len(names), bars), dtype=np.int64)
    for row, name in enumerate(names):
        last = [bar.close_krw for bar in name.bars[-bars:]]
        closes[row, bars - len(last) :] = last
    smart = np.array(
        [smart_money_krw(name.flows, sessions) for name in names], dtype=np.float64
    ).reshape(len(names), len(sessions))
    counts = np.array([min(len(name.bars), bars) for name in names], dtype=np.int64)
    return Panel(
        tuple(names),
        tuple(sessions),
        closes,
        counts,
        smart,
        np.array(adv_krw, dtype=np.int64),
    )


def smart_money_krw(flows: Sequence[FlowDay], sessions: Sequence[str]) -> list[float]:
    """Return foreign + institution net buying on each session, in KRW; NaN where not told.

    A session told twice, differently, is not told.
    """
    by_date: dict[str, float] = {}
    for day in flows:
        foreign, institution = day.foreign_krw, day.institution_krw
        smart = np.nan
        if foreign is not None and institution is not None:
            smart = float(foreign + institution)
        by_date[day.date] = smart if by_date.get(day.date, smart) == smart else np.nan
    return [by_date.get(session, np.nan) for session in sessions]


def zscores(values: Floats) -> Floats:
    """Return each value's z-score among them all (population deviation, floored)."""
    if not values.size:
        return values
    floor = STD_MIN * max(1.0, float(np.max(np.abs(values))))
    return (values - values.mean()) / max(float(values.std()), floor)


def rounded(value: float) -> float:
    """Return a ratio or score to nine places: what is decided and written, on every machine."""
    return round(float(value), 9) + 0.0  # no negative zero
