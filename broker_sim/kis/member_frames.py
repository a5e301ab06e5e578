"""H0STMBC0, H0NXMBC0 and H0UNMBC0: the busiest exchange members of a stock. Pure.

Told once a minute while they move; a feed that the day does not have is told once, with zeros.
English names are not sent, as in the published frame. Source: kis_api.md §13.8.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from broker_sim.exchange.happenings import Happening
from broker_sim.kis.channels import Told
from broker_sim.kis.member_quotes import SHOWN, members_now
from broker_sim.kis.records import columns, record
from broker_sim.kis.screens import Screens
from broker_sim.kis.tapes import MINUTE_NS

OF_FEEDS = {"H0STMBC0": "J", "H0NXMBC0": "NX", "H0UNMBC0": "UN"}
_NAMES = {"seln_mbcr_name": "seln2_mbcr_name", "shnu_mbcr_name": "byov_mbcr_name"}


class MemberFrames:
    """The channel of exchange members. `feeds`: the screens behind a market code."""

    tr_ids: Collection[str] = tuple(OF_FEEDS)

    def __init__(self, feeds: Mapping[str, Screens]) -> None:
        self._feeds = feeds
        self._told: dict[tuple[str, str], str] = {}
        self._minutes: dict[tuple[str, str], int] = {}

    def tell(
        self, now_ns: int, happenings: Sequence[Happening], heard: Mapping[str, Collection[str]]
    ) -> Iterable[Told]:
        """Return what changed since the minute before."""
        told: list[Told] = []
        minute = now_ns // MINUTE_NS
        for tr_id, feed in OF_FEEDS.items():
            for symbol in sorted(heard[tr_id]):
                key = (tr_id, symbol)
                if self._minutes.get(key) == minute:
                    continue
                self._minutes[key] = minute
                payload = self._payload(tr_id, self._feeds.get(feed), symbol, minute * MINUTE_NS)
                if self._told.get(key) != payload:
                    self._told[key] = payload
                    told.append(Told(tr_id, symbol, payload))
        return told

    def _payload(self, tr_id: str, screens: Screens | None, symbol: str, at_ns: int) -> str:
        names = [column.lower() for column in columns(tr_id)]
        values: dict[str, object] = {
            column: "" if "name" in column or "mbcr_no" in column else "0" for column in names
        }
        values |= {column: "N" for column in names if "glob_yn" in column}
        values["mksc_shrn_iscd"] = symbol
        if screens is not None and symbol in screens.instruments:
            known = members_now(screens, symbol, at_ns)
            for word, column in _NAMES.items():
                for number in range(1, SHOWN + 1):
                    known[f"{column}{number}"] = known[f"{word}{number}"]
            values |= {name: text for name, text in known.items() if name in values}
        return record(tr_id, values)
