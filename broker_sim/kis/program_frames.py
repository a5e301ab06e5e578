"""H0STPGM0, H0NXPGM0, H0UNPGM0 and H0UPPGM0: program trades of stocks and of markets. Pure.

A stock's sums are told when a program traded it, a market's every ten seconds of the day while
they move. A feed that the day does not have is told once, with zeros. Source: kis_api.md §13.8.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

import numpy as np

from broker_sim.exchange.happenings import Happening
from broker_sim.exchange.programs import BUY, SELL
from broker_sim.kis.channels import Told
from broker_sim.kis.numbers import hhmmss
from broker_sim.kis.program_words import program_words
from broker_sim.kis.records import record
from broker_sim.kis.screens import Screens
from kis_core.market.instants import SECOND_NS

OF_FEEDS = {"H0STPGM0": "J", "H0NXPGM0": "NX", "H0UNPGM0": "UN"}
OF_MARKETS = "H0UPPGM0"
EVERY_NS = 10 * SECOND_NS
MARKETS = ("0001", "1001", "2001")


class ProgramFrames:
    """The channel of program trades. `feeds`: the screens behind a market code."""

    tr_ids: Collection[str] = (*OF_FEEDS, OF_MARKETS)

    def __init__(self, feeds: Mapping[str, Screens]) -> None:
        self._feeds = feeds
        self._told: dict[tuple[str, str], int] = {}  # how many program trades were told
        self._step = -1
        self._markets: dict[str, str] = {}

    def tell(
        self, now_ns: int, happenings: Sequence[Happening], heard: Mapping[str, Collection[str]]
    ) -> Iterable[Told]:
        """Return the sums that changed."""
        told: list[Told] = []
        for tr_id, feed in OF_FEEDS.items():
            for symbol in sorted(heard[tr_id]):
                payload = self._of_stock(tr_id, self._feeds.get(feed), symbol, now_ns)
                if payload is not None:
                    told.append(Told(tr_id, symbol, payload))
        step = now_ns // EVERY_NS
        if step != self._step:
            self._step = step
            for code in sorted(heard[OF_MARKETS]):
                payload = self._of_market(code, step * EVERY_NS)
                if payload is not None:
                    told.append(Told(OF_MARKETS, code, payload))
        return told

    def _of_stock(
        self, tr_id: str, screens: Screens | None, symbol: str, now_ns: int
    ) -> str | None:
        known = self._told.get((tr_id, symbol))
        if screens is None or symbol not in screens.instruments:
            self._told[tr_id, symbol] = 0
            zeros = dict.fromkeys(_NAMES, 0) | {
                "mksc_shrn_iscd": symbol,
                "stck_cntg_hour": hhmmss(now_ns),
            }
            return record(tr_id, zeros) if known is None else None
        path = screens.programs(symbol)
        passed = int(np.searchsorted(path.at_ns, now_ns, side="right"))
        if passed == known or not passed:
            return None
        self._told[tr_id, symbol] = passed
        volume = path.volume[passed].sum(axis=(0, 1))
        value = path.value_krw[passed].sum(axis=(0, 1))
        book = screens.quote(symbol).book
        # What programs have waiting in the book is not recorded: it is a part of the best levels.
        asked = book.asks[0][1] // 4 if book.asks else 0
        bid = book.bids[0][1] // 4 if book.bids else 0
        return record(
            tr_id,
            {
                "mksc_shrn_iscd": symbol,
                "stck_cntg_hour": hhmmss(int(path.at_ns[passed - 1])),
                "seln_cnqn": volume[SELL],
                "seln_tr_pbmn": value[SELL],
                "shnu_cnqn": volume[BUY],
                "shnu_tr_pbmn": value[BUY],
                "ntby_cnqn": volume[BUY] - volume[SELL],
                "ntby_tr_pbmn": value[BUY] - value[SELL],
                "seln_rsqn": asked,
                "shnu_rsqn": bid,
                "whol_ntby_qty": bid - asked,
            },
        )

    def _of_market(self, code: str, at_ns: int) -> str | None:
        screens = self._feeds["J"]
        if code not in MARKETS or screens.day.index_level(code, at_ns) is None:
            return None
        volume, value = screens.programs_of(code, np.array([at_ns]))
        words = program_words(volume[0], value[0], screens.turnover.at(code, at_ns))
        payload = record(OF_MARKETS, words | {"bstp_cls_code": code, "bsop_hour": ""})
        if self._markets.get(code) == payload:
            return None
        self._markets[code] = payload
        return record(OF_MARKETS, words | {"bstp_cls_code": code, "bsop_hour": hhmmss(at_ns)})


_NAMES = (
    "seln_cnqn",
    "seln_tr_pbmn",
    "shnu_cnqn",
    "shnu_tr_pbmn",
    "ntby_cnqn",
    "ntby_tr_pbmn",
    "seln_rsqn",
    "shnu_rsqn",
    "whol_ntby_qty",
)
