"""H0STMKO0: what the market does with an issue: sessions that begin and end. Pure.

An issue's registration is told the changes from then on, none of before. Codes: kis_api.md §13.8.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from broker_sim.exchange.happenings import Happening
from broker_sim.kis.channels import Told
from broker_sim.kis.records import record
from broker_sim.kis.screens import Screens
from kis_core.market.sessions import Phase, SessionPlan, session_plan

TR_ID = "H0STMKO0"
KRX = "1"
_CODES: dict[Phase, tuple[str, str]] = {
    # phase: (MKOP_CLS_CODE at its start, at its end)
    Phase.OPENING_AUCTION: ("110", ""),
    Phase.CONTINUOUS: ("112", ""),
    Phase.CLOSING_AUCTION: ("121", "129"),
    Phase.PRE_OPEN: ("130", "139"),
    Phase.POST_CLOSE_INTAKE: ("140", ""),
    Phase.POST_CLOSE: ("146", "149"),
    Phase.OFF_HOURS_SINGLE: ("150", "159"),
}
_EXPECTED = {"110": "311", "112": "112", "121": "121", "129": "129"}


class Change(Protocol):
    """One change that concerns an issue, and how the issue stands after it."""

    @property
    def at_ns(self) -> int:
        """Return when."""
        ...

    @property
    def code(self) -> str:
        """Return MKOP_CLS_CODE, blank for a change without one."""
        ...

    @property
    def halted(self) -> bool:
        """Return whether the issue is halted."""
        ...

    @property
    def reason(self) -> str:
        """Return why it is, blank where it is not."""
        ...

    @property
    def in_vi(self) -> bool:
        """Return whether the issue is in a volatility interruption."""
        ...


@dataclass(frozen=True, slots=True)
class Planned:
    """A change of the day's plan."""

    at_ns: int
    code: str
    halted: bool = False
    reason: str = ""
    in_vi: bool = False


Changes = Callable[[str, int, int], Iterable[Change]]
"""Return an issue's changes after one instant and up to another, ascending."""


def planned(screens: Screens) -> Changes:
    """Return the changes that the plan of the day alone makes."""
    moments = sorted(_moments(session_plan(screens.day.date)))

    def changes(symbol: str, after_ns: int, until_ns: int) -> Iterable[Change]:
        halted = screens.instruments[symbol].halted
        reason = "거래정지" if halted else ""
        return [
            Planned(at_ns, code, halted, reason)
            for at_ns, code in moments
            if after_ns < at_ns <= until_ns
        ]

    return changes


class OperationFrames:
    """The channel of market operation."""

    tr_ids: Collection[str] = (TR_ID,)

    def __init__(self, screens: Screens, changes: Changes) -> None:
        self._screens = screens
        self._changes = changes
        self._until_ns = 0

    def tell(
        self, now_ns: int, happenings: Sequence[Happening], heard: Mapping[str, Collection[str]]
    ) -> Iterable[Told]:
        """Return the changes since the last look."""
        after_ns, self._until_ns = self._until_ns, now_ns
        if not after_ns:  # the first look: what was before concerns nobody
            return []
        return [
            Told(TR_ID, symbol, record(TR_ID, self._values(symbol, change)))
            for symbol in sorted(heard[TR_ID])
            if symbol in self._screens.instruments
            for change in self._changes(symbol, after_ns, now_ns)
        ]

    def _values(self, symbol: str, change: Change) -> dict[str, str]:
        return {
            "mksc_shrn_iscd": symbol,
            "trht_yn": "Y" if change.halted else "N",
            "tr_susp_reas_cntt": change.reason or "(null)",
            "mkop_cls_code": change.code,
            "antc_mkop_cls_code": _EXPECTED.get(change.code, ""),
            "mrkt_trtm_cls_code": "",
            "divi_app_cls_code": "",
            "iscd_stat_cls_code": "58" if change.halted else "55",
            "vi_cls_code": "Y" if change.in_vi else "N",
            "ovtm_vi_cls_code": "N",
            "exch_cls_code": KRX,
        }


def _moments(plan: SessionPlan) -> Iterator[tuple[int, str]]:
    for span in plan.spans:
        begins, ends = _CODES.get(span.phase, ("", ""))
        if begins:
            yield span.start_ns, begins
        if ends:
            yield span.end_ns, ends
