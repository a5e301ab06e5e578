"""The current price and the order book of a stock. Pure. Source: kis_api.md §6.1, §6.3."""

from broker_sim.exchange.day import Instrument
from broker_sim.exchange.exchange import Phase
from broker_sim.exchange.quote import Quote
from broker_sim.exchange.venue import Trading
from broker_sim.kis.desk import Asked
from broker_sim.kis.numbers import change_percent, hhmmss, percent, sign
from broker_sim.kis.replies import QUOTED, Fields, Reply, answered
from broker_sim.kis.screens import Screens
from broker_sim.kis.standings import filled
from kis_core.market.events import Book
from kis_core.market.ticks import tick_krw

HUNDRED_MILLION_KRW = 100_000_000
LEVELS = 10
FACE_KRW = 5000  # not known of any issue; a common one


class Quotes:
    """Answers about one stock now."""

    def __init__(self, screens: Screens) -> None:
        self._screens = screens

    def inquire_price(self, asked: Asked) -> Reply:
        """Answer the current price, its limits, its day and its standing."""
        symbol = asked["FID_INPUT_ISCD"].upper()
        instrument, quote = self._screens.instruments[symbol], self._screens.quote(symbol)
        names = asked.call.outputs["output"].names
        known = filled(
            names,
            _price_fields(instrument, quote),
            _share_fields(instrument, quote),
            self._screens.yearly.price_fields(symbol, quote),
            {"pgtr_ntby_qty": str(self._screens.program_net(symbol, asked.now_ns))},
            self._now(symbol),
        )
        return answered(QUOTED, {"output": known})

    def _now(self, symbol: str) -> Fields:
        """Return what holds the issue back at the moment."""
        halted = self._screens.is_halted(symbol)
        return {
            "iscd_stat_cls_code": "58" if halted else "55",
            "temp_stop_yn": "Y" if halted else "N",
            "vi_cls_code": "Y" if self._screens.in_vi(symbol) else "N",
        }

    def inquire_asking_price_exp_ccn(self, asked: Asked) -> Reply:
        """Answer the ten best levels of each side, and the expected price in an auction."""
        symbol = asked["FID_INPUT_ISCD"].upper()
        instrument, quote = self._screens.instruments[symbol], self._screens.quote(symbol)
        phase = self._screens.exchange.phase()
        output1 = dict.fromkeys(asked.call.blank("output1"), "0")
        output2 = dict.fromkeys(asked.call.blank("output2"), "0")
        output1.update(_book_fields(quote.book, asked.now_ns))
        output1["new_mkop_cls_code"] = self._operation(symbol)
        output2.update(_expected_fields(instrument, quote, phase))
        output2["vi_cls_code"] = "Y" if self._screens.in_vi(symbol) else "N"
        return answered(QUOTED, {"output1": output1, "output2": output2})

    def _operation(self, symbol: str) -> str:
        """Return NEW_MKOP_CLS_CODE of the feed; NXT has no auction but that of its evening."""
        exchange = self._screens.exchange
        if self._screens.feed != "NXT":
            return market_operation(exchange.phase())
        return {Trading.CONTINUOUS: "20", Trading.AUCTION: "10"}.get(
            exchange.trading(symbol, "NXT"), "31"
        )


def market_operation(phase: Phase) -> str:
    """Return NEW_MKOP_CLS_CODE: 1 pre-open, 2 regular, 3 closed; then 0 normal, 1 closing."""
    match phase:
        case Phase.BEFORE | Phase.OPENING_AUCTION:
            return "10"
        case Phase.CONTINUOUS:
            return "20"
        case Phase.CLOSING_AUCTION:
            return "21"
        case _:
            return "31"


def _price_fields(instrument: Instrument, quote: Quote) -> Fields:
    last, base = quote.last_krw, quote.base_krw
    average = quote.cum_value_krw / quote.cum_volume if quote.cum_volume else 0.0
    pivot = ((quote.high_krw or base) + (quote.low_krw or base) + last) // 3
    spread = (quote.high_krw or base) - (quote.low_krw or base)
    return {
        "marg_rate": "40.00",
        "rprs_mrkt_kor_name": instrument.market,
        "bstp_kor_isnm": instrument.sector,
        "oprc_rang_cont_yn": "N",
        "clpr_rang_cont_yn": "N",
        "crdt_able_yn": "Y",
        "grmn_rate_cls_code": "40",
        "elw_pblc_yn": "N",
        "stck_prpr": str(last),
        "prdy_vrss": str(last - base),
        "prdy_vrss_sign": sign(last, base, quote.lower_krw, quote.upper_krw),
        "prdy_ctrt": change_percent(last, base),
        "acml_tr_pbmn": str(quote.cum_value_krw),
        "acml_vol": str(quote.cum_volume),
        "stck_oprc": str(quote.open_krw or 0),
        "stck_hgpr": str(quote.high_krw or 0),
        "stck_lwpr": str(quote.low_krw or 0),
        "stck_mxpr": str(quote.upper_krw),
        "stck_llam": str(quote.lower_krw),
        "stck_sdpr": str(base),
        "wghn_avrg_stck_prc": f"{average:.2f}",
        "hts_frgn_ehrt": "0.00",
        "frgn_ntby_qty": "0",
        "pvt_scnd_dmrs_prc": str(pivot + spread),
        "pvt_frst_dmrs_prc": str(pivot + spread // 2),
        "pvt_pont_val": str(pivot),
        "pvt_frst_dmsp_prc": str(pivot - spread // 2),
        "pvt_scnd_dmsp_prc": str(pivot - spread),
        "dmrs_val": str(pivot),
        "dmsp_val": str(pivot),
        "rstc_wdth_prc": str(quote.upper_krw - base),
        "stck_sspr": str(base * 7 // 10),
        "aspr_unit": str(tick_krw(last)),
        "hts_deal_qty_unit_val": "1",
        "whol_loan_rmnd_rate": "0.00",
        "ssts_yn": "Y",
        "stck_shrn_iscd": instrument.symbol,
        "apprch_rate": "0.00",
        "frgn_hldn_qty": "0",
        "ovtm_vi_cls_code": "N",
        "last_ssts_cntg_qty": "0",
        "invt_caful_yn": "N",
        "mrkt_warn_cls_code": "00",
        "short_over_yn": "N",
        "sltr_yn": "N",
        "mang_issu_cls_code": "N",
    }


def _share_fields(instrument: Instrument, quote: Quote) -> Fields:
    """Return what hangs on the number of shares; nothing is known of earnings and books."""
    shares = instrument.listed_shares or 0
    capital = shares * FACE_KRW // HUNDRED_MILLION_KRW
    return {
        "lstn_stcn": str(shares),
        "hts_avls": str(shares * quote.last_krw // HUNDRED_MILLION_KRW),
        "vol_tnrt": percent(quote.cum_volume, shares),
        "cpfn": str(capital),
        "cpfn_cnnm": f"{capital:,} 억",
        "stck_fcam": str(FACE_KRW),
        "fcam_cnnm": f"{FACE_KRW:,}",
        "per": "0.00",
        "pbr": "0.00",
        "eps": "0.00",
        "bps": "0.00",
        "stac_month": "12",
    }


def _book_fields(book: Book, now_ns: int) -> Fields:
    fields = {"aspr_acpt_hour": hhmmss(book.at_ns or now_ns)}
    for number, (price_krw, shares) in enumerate(book.asks[:LEVELS], 1):
        fields[f"askp{number}"] = str(price_krw)
        fields[f"askp_rsqn{number}"] = str(shares)
    for number, (price_krw, shares) in enumerate(book.bids[:LEVELS], 1):
        fields[f"bidp{number}"] = str(price_krw)
        fields[f"bidp_rsqn{number}"] = str(shares)
    asked = sum(shares for _, shares in book.asks)
    bid = sum(shares for _, shares in book.bids)
    fields.update(
        total_askp_rsqn=str(asked), total_bidp_rsqn=str(bid), ntby_aspr_rsqn=str(bid - asked)
    )
    return fields


def _expected_fields(instrument: Instrument, quote: Quote, phase: Phase) -> Fields:
    base = quote.base_krw
    expected_krw = quote.book.expected_krw or 0
    opening = phase in (Phase.BEFORE, Phase.OPENING_AUCTION)
    return {
        "antc_mkop_cls_code": "112" if opening else "121",
        "stck_prpr": str(quote.last_krw),
        "stck_oprc": str(quote.open_krw or 0),
        "stck_hgpr": str(quote.high_krw or 0),
        "stck_lwpr": str(quote.low_krw or 0),
        "stck_sdpr": str(base),
        "antc_cnpr": str(expected_krw),
        "antc_cntg_vrss_sign": sign(expected_krw, base, quote.lower_krw, quote.upper_krw),
        "antc_cntg_vrss": str(expected_krw - base),
        "antc_cntg_prdy_ctrt": change_percent(expected_krw, base),
        "antc_vol": str(quote.book.expected_volume or 0),
        "stck_shrn_iscd": instrument.symbol,
    }
