"""H0STMKO0, H0NXMKO0 and H0UNMKO0: what a venue announces. Pure.

A frame tells of a change when it happens: a session that opens or closes, a halt, a circuit
breaker, a sidecar, a volatility interruption. The united TR tells both venues' and has no column
for the issue. Source: kis_api.md §13.8.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from broker_sim.exchange.exchange import Exchange
from broker_sim.exchange.happenings import Happening
from broker_sim.exchange.operations import Operation
from broker_sim.kis.channels import Told
from kis_core.market.events import Venue

VENUES: dict[str, tuple[Venue, ...]] = {
    "H0STMKO0": ("KRX",),
    "H0NXMKO0": ("NXT",),
    "H0UNMKO0": ("KRX", "NXT"),
}
EXCHANGES: dict[Venue, str] = {"KRX": "1", "NXT": "2"}  # EXCH_CLS_CODE
EXPECTED = {"110": "311", "112": "112", "121": "121", "129": "129"}  # ANTC_MKOP_CLS_CODE
HALTED, ORDINARY = "58", "55"  # ISCD_STAT_CLS_CODE


class MarketStatus:
    """Tells the changes of operation, to whoever registered an issue."""

    tr_ids: Collection[str] = tuple(VENUES)

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._told_ns = exchange.now_ns

    def tell(
        self, now_ns: int, happenings: Sequence[Happening], heard: Mapping[str, Collection[str]]
    ) -> Iterable[Told]:
        """Return the changes since the last call, in their order."""
        after_ns, self._told_ns = self._told_ns, now_ns
        if not any(heard.values()) or not self._exchange.has_operations(after_ns, now_ns):
            return []
        told: list[Told] = []
        for tr_id in self.tr_ids:
            for symbol in heard.get(tr_id, ()):
                if symbol not in self._exchange.day.instruments:
                    continue
                changes = [
                    change
                    for venue in VENUES[tr_id]
                    for change in self._exchange.operations(symbol, venue, after_ns, now_ns)
                ]
                changes.sort(key=lambda change: change.at_ns)
                told += (Told(tr_id, symbol, status_record(tr_id, one)) for one in changes)
        return told


def status_record(tr_id: str, change: Operation) -> str:
    """Return the record of one change."""
    issue = () if tr_id == "H0UNMKO0" else (change.symbol,)
    return "^".join(
        (
            *issue,
            "Y" if change.halted else "N",
            change.reason or "(null)",
            change.code,
            EXPECTED.get(change.code, ""),
            "",  # MRKT_TRTM_CLS_CODE
            "",  # DIVI_APP_CLS_CODE
            HALTED if change.halted else ORDINARY,
            "Y" if change.in_vi else "N",
            "N",  # OVTM_VI_CLS_CODE
            EXCHANGES[change.venue],
        )
    )
