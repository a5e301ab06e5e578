"""Quotes by REST: ka10001 one issue, ka10004 its book, ka10095 many at once. Pure.

Field names: the published sample of ka10004, and what clients of the other two read. What no day
holds (financials, foreign holdings) is blank, as Kiwoom leaves it where it has nothing.
"""

from broker_sim.exchange.day import Instrument
from broker_sim.exchange.exchange import Exchange
from broker_sim.exchange.happenings import Printed
from broker_sim.exchange.quote import Quote
from broker_sim.kis.numbers import hhmmss, percent, sign
from broker_sim.kis.yearly import Yearly
from broker_sim.kiwoom.calls import Asked
from broker_sim.kiwoom.items import Code, code_of
from broker_sim.kiwoom.lists import UNKNOWN_SYMBOL
from broker_sim.kiwoom.numbers import signed, signed_percent, signed_price
from broker_sim.kiwoom.replies import INPUT, Refusal, Reply, answered, refused

LEVELS = 10
CODES_MAX = 100
MILLION, HUNDRED_MILLION = 10**6, 10**8
NOT_THERE = Refusal("1903", "종목과 거래소가 일치하지 않습니다", INPUT)
_BLANK_WORDS = (
    "setl_mm fav cap crd_rt for_exh_rt repl_pric per eps roe pbr ev bps sale_amt bus_pro cup_nga "
    "mac_wght fav_unit dstr_stk dstr_rt"
)
_ROW_WORDS = (
    "stk_cd stk_nm cur_prc base_pric pred_pre pred_pre_sig flu_rt trde_qty trde_prica cntr_qty "
    "cntr_str pred_trde_qty_pre sel_bid buy_bid sel_1th_bid sel_2th_bid sel_3th_bid sel_4th_bid "
    "sel_5th_bid buy_1th_bid buy_2th_bid buy_3th_bid buy_4th_bid buy_5th_bid upl_pric lst_pric "
    "open_pric high_pric low_pric close_pric cntr_tm exp_cntr_pric exp_cntr_qty cap fav mac "
    "stkcnt bid_tm dt pri_sel_req pri_buy_req pri_sel_cnt pri_buy_cnt tot_sel_req tot_buy_req "
    "tot_sel_cnt tot_buy_cnt"
)
_OFF_HOURS = ("ovt_sel_req_pre", "ovt_sel_req", "ovt_buy_req", "ovt_buy_req_pre")

Fields = dict[str, str]


class Quotes:
    """Answers about prices and books."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._yearly = Yearly(exchange.day)

    def found(self, item: str) -> tuple[Instrument, Code] | Refusal:
        """Return the issue an item names, or why there is none on that venue."""
        code = code_of(item)
        instrument = self._exchange.instrument(code.symbol) if self._knows(code) else None
        if instrument is None:
            return UNKNOWN_SYMBOL
        return NOT_THERE if code.feed == "NXT" and not instrument.nxt else (instrument, code)

    def ka10001(self, asked: Asked) -> Reply:
        """Tell one issue: price, limits, base."""
        found = self.found(asked["stk_cd"])
        if isinstance(found, Refusal):
            return refused(found)
        instrument, code = found
        quote = self._exchange.quote(code.symbol, code.feed)
        shares = instrument.listed_shares
        before = self._yearly.yesterday(code.symbol)
        fields = dict.fromkeys(_BLANK_WORDS.split(), "") | self._prices(quote, instrument)
        fields |= {
            "stk_cd": asked["stk_cd"],
            "stk_nm": instrument.name,
            "flo_stk": str(shares // 1000) if shares else "",
            "mac": str(quote.last_krw * shares // HUNDRED_MILLION) if shares else "",
            "pre_sig": self._sign(quote),
            "trde_pre": signed_percent(quote.cum_volume, before.volume) if before else "",
        }
        return answered(fields)

    def ka10004(self, asked: Asked) -> Reply:
        """Tell the ten-level book."""
        found = self.found(asked["stk_cd"])
        if isinstance(found, Refusal):
            return refused(found)
        _, code = found
        quote = self._exchange.quote(code.symbol, code.feed)
        book, base = quote.book, quote.base_krw
        asks = (*book.asks, *((0, 0),) * (LEVELS - len(book.asks)))
        bids = (*book.bids, *((0, 0),) * (LEVELS - len(book.bids)))
        fields = {"bid_req_base_tm": hhmmss(asked.now_ns)}
        for place in range(LEVELS, 0, -1):
            price, shares = asks[place - 1]
            fields[f"sel_{place}th_pre_req_pre"] = "0"
            fields["sel_fpr_req" if place == 1 else f"sel_{place}th_pre_req"] = str(shares)
            name = "sel_fpr_bid" if place == 1 else f"sel_{place}th_pre_bid"
            fields[name] = signed_price(price, base)
        for place, (price, shares) in enumerate(bids, 1):
            name = "buy_fpr_bid" if place == 1 else f"buy_{place}th_pre_bid"
            fields[name] = signed_price(price, base)
            fields["buy_fpr_req" if place == 1 else f"buy_{place}th_pre_req"] = str(shares)
            fields[f"buy_{place}th_pre_req_pre"] = "0"
        fields |= {
            "tot_sel_req_jub_pre": "0",
            "tot_sel_req": str(sum(shares for _, shares in asks)),
            "tot_buy_req": str(sum(shares for _, shares in bids)),
            "tot_buy_req_jub_pre": "0",
        }
        return answered(fields | dict.fromkeys(_OFF_HOURS, "0"))

    def ka10095(self, asked: Asked) -> Reply:
        """Tell many issues in the order asked; with more than a hundred the list is not there."""
        codes = asked["stk_cd"].split("|")
        if len(codes) > CODES_MAX:
            return answered({})
        return answered({"atn_stk_infr": [self._row(item.strip(), asked.now_ns) for item in codes]})

    def _row(self, item: str, now_ns: int) -> Fields:
        blank = dict.fromkeys(_ROW_WORDS.split(), "")
        found = self.found(item)
        if isinstance(found, Refusal):
            return blank
        instrument, code = found
        quote = self._exchange.quote(code.symbol, code.feed)
        last = self._last(code, quote)
        book, base = quote.book, quote.base_krw
        before = self._yearly.yesterday(code.symbol)
        row = blank | self._prices(quote, instrument)
        for side, levels in (("sel", book.asks), ("buy", book.bids)):
            row[f"{side}_bid"] = signed_price(levels[0][0] if levels else None, base)
            for place, (price, _) in enumerate(levels[:5], 1):
                row[f"{side}_{place}th_bid"] = signed_price(price, base)
            row[f"pri_{side}_req"] = str(levels[0][1]) if levels else "0"
            row[f"tot_{side}_req"] = str(sum(shares for _, shares in levels))
        shares = instrument.listed_shares
        return row | {
            "stk_cd": item,
            "stk_nm": instrument.name,
            "pred_pre_sig": self._sign(quote),
            "trde_prica": str(quote.cum_value_krw // MILLION),
            "cntr_qty": f"{'-' if last.aggressor == -1 else '+'}{last.volume}" if last else "0",
            "cntr_str": percent(last.buy_volume, last.sell_volume) if last else "0.00",
            "pred_trde_qty_pre": percent(quote.cum_volume, before.volume) if before else "",
            "close_pric": row["cur_prc"],
            "cntr_tm": hhmmss(last.at_ns) if last else "",
            "bid_tm": hhmmss(now_ns),
            "dt": f"{self._exchange.day.date:%Y%m%d}",
            "mac": str(quote.last_krw * shares // HUNDRED_MILLION) if shares else "",
            "stkcnt": str(shares // 1000) if shares else "",
        }

    def _prices(self, quote: Quote, instrument: Instrument) -> Fields:
        base, book = quote.base_krw, quote.book
        expected = book.expected_krw if book.in_auction else None
        return {
            "cur_prc": signed_price(quote.last_krw, base),
            "base_pric": str(base),
            "pred_pre": signed(quote.last_krw - base),
            "flu_rt": signed_percent(quote.last_krw, base),
            "trde_qty": str(quote.cum_volume),
            "open_pric": signed_price(quote.open_krw, base),
            "high_pric": signed_price(quote.high_krw, base),
            "low_pric": signed_price(quote.low_krw, base),
            "upl_pric": f"+{instrument.upper_krw}",
            "lst_pric": f"-{instrument.lower_krw}",
            "exp_cntr_pric": signed_price(expected, base),
            "exp_cntr_qty": str((book.expected_volume or 0) if expected else 0),
        }

    @staticmethod
    def _sign(quote: Quote) -> str:
        return sign(quote.last_krw, quote.base_krw, quote.lower_krw, quote.upper_krw)

    def _last(self, code: Code, quote: Quote) -> Printed | None:
        if not quote.prints:
            return None
        return self._exchange.printed(code.symbol, code.feed, quote.at_ns - 1)[-1]

    def _knows(self, code: Code) -> bool:
        return code.symbol in self._exchange.day.instruments
