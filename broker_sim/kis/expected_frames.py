"""H0STANC0: what a call auction is expected to bring a stock. Pure.

Told every ten seconds of an auction, of the opening one in its last ten minutes. Source:
kis_api.md §13.8; krx_market.md §1.1.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from broker_sim.exchange.exchange import Phase
from broker_sim.exchange.happenings import Happening
from broker_sim.kis.channels import Told
from broker_sim.kis.expected import STEP_NS, auction_instants
from broker_sim.kis.numbers import hhmmss
from broker_sim.kis.records import record
from broker_sim.kis.screens import Screens
from broker_sim.kis.standings import Standing, price_words, words

TR_ID = "H0STANC0"
UNTOLD = {
    "seln_cntg_csnu": "0",
    "shnu_cntg_csnu": "0",
    "ntby_cntg_csnu": "0",
    "cttr": "0.00",
    "seln_cntg_smtn": "0",
    "shnu_cntg_smtn": "0",
    "shnu_rate": "0.00",
    "prdy_vol_vrss_acml_vol_rate": "0.00",
    "prdy_smns_hour_acml_vol": "0",
    "prdy_smns_hour_acml_vol_rate": "0.00",
    "vol_tnrt": "0.00",
    "mrkt_trtm_cls_code": "",
}


class ExpectedFrames:
    """The channel of auctions."""

    tr_ids: Collection[str] = (TR_ID,)

    def __init__(self, screens: Screens) -> None:
        self._screens = screens
        self._step = -1
        self._told: dict[str, int] = {}  # the expected volume told last

    def tell(
        self, now_ns: int, happenings: Sequence[Happening], heard: Mapping[str, Collection[str]]
    ) -> Iterable[Told]:
        """Return what is expected of each heard stock, at the first look of every ten seconds."""
        step = now_ns // STEP_NS
        if step == self._step or not heard[TR_ID]:
            return []
        self._step = step
        if not auction_instants(self._screens, now_ns, STEP_NS):
            self._told.clear()
            return []
        return [
            Told(TR_ID, symbol, self._payload(self._screens.standing(symbol), now_ns))
            for symbol in sorted(heard[TR_ID])
            if symbol in self._screens.instruments
        ]

    def _payload(self, standing: Standing, now_ns: int) -> str:
        instrument, book = standing.instrument, standing.quote.book
        expected_krw, shares = book.expected_krw or 0, book.expected_volume or 0
        closing = self._screens.exchange.phase() is Phase.CLOSING_AUCTION
        before = self._told.get(standing.symbol, 0)
        self._told[standing.symbol] = shares
        known = words(standing)
        values: dict[str, str] = (
            UNTOLD
            | known
            | day_times(standing, "000000")
            | price_words(expected_krw, instrument.base_krw, instrument)
            | {
                "stck_cntg_hour": hhmmss(now_ns),
                "askp1": known["askp"],
                "bidp1": known["bidp"],
                "cntg_vol": str(shares - before),
                "acml_vol": str(shares),
                "acml_tr_pbmn": str(shares * expected_krw),
                "wghn_avrg_stck_prc": "0.00",
                "cntg_cls_code": "1",
                "bsop_date": self._screens.today,
                "new_mkop_cls_code": "21" if closing else "00",
                "trht_yn": "Y" if instrument.halted else "N",
                "hour_cls_code": "A" if closing else "B",
            }
        )
        return record(TR_ID, values)


def day_times(standing: Standing, at: str) -> dict[str, str]:
    """Return open, high and low against the price, where their hours are not told."""
    known = words(standing)
    fields: dict[str, str] = {}
    for word in ("oprc", "hgpr", "lwpr"):
        fields[f"{word}_hour"] = at
        fields[f"{word}_vrss_prpr_sign"] = known[f"{word}_vrss_prpr_sign"]
        fields[f"{word}_vrss_prpr"] = known[f"{word}_vrss_prpr"]
    return fields
