"""H0UPCNT0 and H0UPANC0: indices as they move, and as expected in an auction. Pure.

A level is told every ten seconds of the day while it or its volume moves. Volume is in thousand
shares, value in million won. Source: kis_api.md §13.8.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from broker_sim.exchange.exchange import Phase
from broker_sim.exchange.happenings import Happening
from broker_sim.kis.channels import Told
from broker_sim.kis.expected import AUCTIONS
from broker_sim.kis.index_words import points, points_percent
from broker_sim.kis.indices import MILLION_KRW, Indices
from broker_sim.kis.numbers import hhmmss, sign_of
from broker_sim.kis.records import record
from broker_sim.kis.screens import Screens
from kis_core.market.events import IndexLevel
from kis_core.market.instants import SECOND_NS

LEVELS, EXPECTED = "H0UPCNT0", "H0UPANC0"
EVERY_NS = 10 * SECOND_NS


@dataclass(frozen=True, slots=True)
class _Last:
    """What was told of an index last."""

    level_pt: Decimal
    volume: int
    value: int


class IndexFrames:
    """The channel of indices."""

    tr_ids: Collection[str] = (LEVELS, EXPECTED)

    def __init__(self, screens: Screens) -> None:
        self._screens = screens
        self._indices = Indices(screens)
        self._told: dict[tuple[str, str], _Last] = {}
        self._step = -1

    def tell(
        self, now_ns: int, happenings: Sequence[Happening], heard: Mapping[str, Collection[str]]
    ) -> Iterable[Told]:
        """Return each heard index that moved, at the first look of every ten seconds."""
        step = now_ns // EVERY_NS
        if step == self._step:
            return []
        self._step = step
        phase = self._screens.exchange.phase()
        tr_id = EXPECTED if phase in AUCTIONS else LEVELS
        if phase is Phase.BEFORE:
            return []
        told = (self._told_of(tr_id, code, step * EVERY_NS) for code in sorted(heard[tr_id]))
        return [one for one in told if one is not None]

    def _told_of(self, tr_id: str, code: str, at_ns: int) -> Told | None:
        level = self._screens.day.index_level(code, at_ns)
        if level is None:
            return None
        shares, krw = self._screens.turnover.at(code, at_ns)
        now = _Last(level.level_pt, shares // 1000, krw // MILLION_KRW)
        before = self._told.get((tr_id, code))
        if now == before:
            return None
        self._told[tr_id, code] = now
        values = _level_values(level, now, before) | self._breadth(code)
        values |= {"bstp_cls_code": code, "bsop_hour": hhmmss(at_ns)}
        return Told(tr_id, code, record(tr_id, values))

    def _breadth(self, code: str) -> dict[str, str]:
        return self._indices.breadth(code) | {"qtqt_ascn_issu_cnt": "0", "qtqt_down_issu_cnt": "0"}


def _level_values(level: IndexLevel, now: _Last, before: _Last | None) -> dict[str, str]:
    base, last = level.previous_close_pt, level.level_pt
    known = before or _Last(last, now.volume, now.value)
    values = {
        "prpr_nmix": points(last),
        "prdy_vrss_sign": sign_of(last - base),
        "bstp_nmix_prdy_vrss": points(last - base),
        "acml_vol": str(now.volume),
        "acml_tr_pbmn": str(now.value),
        "pcas_vol": str(now.volume - known.volume),
        "pcas_tr_pbmn": str(now.value - known.value),
        "prdy_ctrt": points_percent(last - base, base),
        "oprc_nmix": points(level.open_pt),
        "nmix_hgpr": points(level.high_pt),
        "nmix_lwpr": points(level.low_pt),
        "tick_vrss": points(last - known.level_pt),
    }
    for word, price in (
        ("oprc", level.open_pt),
        ("hgpr", level.high_pt),
        ("lwpr", level.low_pt),
    ):
        values[f"{word}_vrss_nmix_prpr"] = points(last - price)
        values[f"{word}_vrss_nmix_sign"] = sign_of(last - price)
        values[f"prdy_clpr_vrss_{word}_rate"] = points_percent(price - base, base)
    return values
