"""Where a stock stands at an instant, in numbers, and in KIS's words for them. Pure.

Rankings, lists and channels tell the same figures under the same names: they are put into KIS's
words here, and each call takes the names it documents. Source: kis_api.md §0.1, §6.1.
"""

from dataclasses import dataclass

from broker_sim.exchange.day import Instrument
from broker_sim.exchange.quote import Quote
from broker_sim.kis.numbers import change_percent, percent, sign
from broker_sim.kis.replies import Fields
from kis_core.market.events import BookLevel

HUNDRED_MILLION_KRW = 100_000_000
MILLION_KRW = 1_000_000
_EMPTY: BookLevel = (0, 0)


@dataclass(frozen=True, slots=True)
class Standing:
    """One stock now. `yesterday_volume` is 0 when nothing is known of the session before."""

    instrument: Instrument
    quote: Quote
    buy_volume: int  # shares with the buyer as aggressor
    sell_volume: int
    yesterday_volume: int

    @property
    def symbol(self) -> str:
        """Return the stock's code."""
        return self.instrument.symbol

    @property
    def change_krw(self) -> int:
        """Return the change from the base price."""
        return self.quote.last_krw - self.quote.base_krw

    @property
    def change_ratio(self) -> float:
        """Return the change as a share of the base price."""
        return self.change_krw / self.quote.base_krw

    @property
    def strength(self) -> float:
        """Return the trade strength (체결강도), %: bought by aggressors over sold by them."""
        return self.buy_volume / self.sell_volume * 100 if self.sell_volume else 0.0

    @property
    def turnover_ratio(self) -> float:
        """Return the day's volume as a share of what is listed; 0 when that is unknown."""
        shares = self.instrument.listed_shares
        return self.quote.cum_volume / shares if shares else 0.0

    @property
    def worth_krw(self) -> int:
        """Return what all listed shares are worth; 0 when their number is unknown."""
        return (self.instrument.listed_shares or 0) * self.quote.last_krw

    @property
    def asked(self) -> int:
        """Return the shares on the ten ask levels."""
        return sum([shares for _, shares in self.quote.book.asks])

    @property
    def bid(self) -> int:
        """Return the shares on the ten bid levels."""
        return sum([shares for _, shares in self.quote.book.bids])


def filled(names: tuple[str, ...], *known: Fields) -> Fields:
    """Return a record with the documented names, blank where nothing is known."""
    fields = dict.fromkeys(names, "")
    for part in known:
        fields.update((name, part[name]) for name in part.keys() & fields.keys())
    return fields


def price_words(price_krw: int, base_krw: int, instrument: Instrument) -> Fields:
    """Return a price and its change from a base."""
    return {
        "stck_prpr": str(price_krw),
        "prdy_vrss": str(price_krw - base_krw),
        "prdy_vrss_sign": sign(price_krw, base_krw, instrument.lower_krw, instrument.upper_krw),
        "prdy_ctrt": change_percent(price_krw, base_krw),
    }


def issue_words(instrument: Instrument) -> Fields:
    """Return what a stock is."""
    return {
        "hts_kor_isnm": instrument.name,
        "mksc_shrn_iscd": instrument.symbol,
        "stck_shrn_iscd": instrument.symbol,
        "rprs_mrkt_kor_name": instrument.market,
        "bstp_kor_isnm": instrument.sector,
        "lstn_stcn": str(instrument.listed_shares or 0),
        "stck_sdpr": str(instrument.base_krw),
        "stck_prdy_clpr": str(instrument.base_krw),
        "stck_mxpr": str(instrument.upper_krw),
        "stck_llam": str(instrument.lower_krw),
    }


def words(standing: Standing) -> Fields:
    """Return all that is said of a stock, by KIS's names."""
    quote, instrument = standing.quote, standing.instrument
    ask_krw, ask_shares = quote.book.asks[0] if quote.book.asks else _EMPTY
    bid_krw, bid_shares = quote.book.bids[0] if quote.book.bids else _EMPTY
    average = quote.cum_value_krw / quote.cum_volume if quote.cum_volume else 0.0
    return {
        **issue_words(instrument),
        **price_words(quote.last_krw, quote.base_krw, instrument),
        **_day_words(quote),
        "acml_vol": str(quote.cum_volume),
        "acml_tr_pbmn": str(quote.cum_value_krw),
        "prdy_vol": str(standing.yesterday_volume),
        "prdy_vrss_vol_rate": percent(quote.cum_volume, standing.yesterday_volume),
        "vol_tnrt": f"{standing.turnover_ratio * 100:.2f}",
        "wghn_avrg_stck_prc": f"{average:.2f}",
        "askp": str(ask_krw),
        "bidp": str(bid_krw),
        "askp_rsqn1": str(ask_shares),
        "bidp_rsqn1": str(bid_shares),
        "seln_rsqn": str(ask_shares),
        "shnu_rsqn": str(bid_shares),
        "total_askp_rsqn": str(standing.asked),
        "total_bidp_rsqn": str(standing.bid),
        "tday_rltv": f"{standing.strength:.2f}",
        "seln_cnqn_smtn": str(standing.sell_volume),
        "shnu_cnqn_smtn": str(standing.buy_volume),
        "hts_avls": str(standing.worth_krw // HUNDRED_MILLION_KRW),
        "stck_avls": str(standing.worth_krw // HUNDRED_MILLION_KRW),
    }


def _day_words(quote: Quote) -> Fields:
    """Return open, high and low, and how the price stands to each of them."""
    last, base = quote.last_krw, quote.base_krw
    fields: Fields = {}
    for word, price_krw in (
        ("oprc", quote.open_krw),
        ("hgpr", quote.high_krw),
        ("lwpr", quote.low_krw),
    ):
        fields[f"stck_{word}"] = str(price_krw or 0)
        fields[f"{word}_vrss_prpr"] = str(last - price_krw) if price_krw else "0"
        fields[f"{word}_vrss_prpr_sign"] = sign(last, price_krw) if price_krw else "3"
        fields[f"{word}_vrss_prpr_rate"] = change_percent(last, price_krw or last)
        fields[f"prdy_clpr_vrss_{word}_rate"] = change_percent(price_krw or base, base)
    return fields
