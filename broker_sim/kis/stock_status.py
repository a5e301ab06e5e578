"""A stock's standing beside its price: flags, many stocks at once, what an issue is. Pure.

Sources: kis_api.md §6.2, §6.6, §9 (search-info, search-stock-info), §18 (a miss is rt_cd 7).
"""

from broker_sim.exchange.day import Instrument
from broker_sim.kis.calendars import session_text
from broker_sim.kis.desk import Asked
from broker_sim.kis.numbers import change_percent, percent, sign
from broker_sim.kis.replies import QUOTED, Fields, Note, Reply, answered, refused
from broker_sim.kis.screens import Screens
from broker_sim.kis.standings import Standing, filled, words

CODES_MAX = 30
FOUND = Note("KIOK0530", "조회되었습니다", padded=True)
STOCKS, ISSUE_CODE_WIDTH = "300", 12
FACE_KRW = 5000  # not known of any issue; a common one
MARKET_IDS = {"KOSPI": ("STK", "02"), "KOSDAQ": ("KSQ", "03")}


class StockStatus:
    """Answers about what a stock is and what holds it back."""

    def __init__(self, screens: Screens) -> None:
        self._screens = screens

    def inquire_price_2(self, asked: Asked) -> Reply:
        """Answer the price with the flags that a filter asks for."""
        symbol = asked["FID_INPUT_ISCD"].upper()
        standing = self._screens.standing(symbol)
        now = {
            "vi_cls_code": "Y" if self._screens.in_vi(symbol) else "N",
            "trht_yn": "Y" if self._screens.is_halted(symbol) else "N",
        }
        fields = filled(asked.call.outputs["output"].names, _flags(standing), words(standing), now)
        return answered(QUOTED, {"output": fields})

    def intstock_multprice(self, asked: Asked) -> Reply:
        """Answer up to 30 stocks in the order asked; a code of no stock has no row."""
        names = asked.call.outputs["output"].names
        rows: list[Fields] = []
        for number in range(1, CODES_MAX + 1):
            symbol = asked[f"FID_INPUT_ISCD_{number}"].upper()
            if symbol in self._screens.instruments:
                rows.append(filled(names, _multi(self._screens.standing(symbol))))
        return answered(QUOTED, {"output": rows})

    def search_info(self, asked: Asked) -> Reply:
        """Answer the names of an issue; rt_cd 7 when there is no such one."""
        instrument = self._issue(asked)
        if instrument is None:
            return _no_issue()
        names = asked.call.outputs["output"].names
        own = _names(instrument) | {
            "shtn_pdno": instrument.symbol,
            "prdt_sale_stat_cd": "",
            "prdt_clsf_cd": "301100",
            "prdt_clsf_name": "주권",
        }
        return answered(FOUND, {"output": filled(names, own)})

    def search_stock_info(self, asked: Asked) -> Reply:
        """Answer what a stock is; rt_cd 7 when there is no such one."""
        instrument = self._issue(asked)
        if instrument is None:
            return _no_issue()
        names = asked.call.outputs["output"].names
        return answered(FOUND, {"output": filled(names, _names(instrument), self._own(instrument))})

    def _issue(self, asked: Asked) -> Instrument | None:
        if asked["PRDT_TYPE_CD"] not in ("", STOCKS):
            return None
        symbol = asked["PDNO"].upper()
        if len(symbol) == ISSUE_CODE_WIDTH:  # as this very call writes it: 00000A005930
            symbol = symbol[-6:]
        return self._screens.instruments.get(symbol)

    def _own(self, instrument: Instrument) -> Fields:
        market, exchange = MARKET_IDS[instrument.market]
        shares = instrument.listed_shares or 0
        last_krw = self._screens.exchange.last_krw(instrument.symbol)
        return {
            "mket_id_cd": market,
            "scty_grp_id_cd": "ST",
            "excg_dvsn_cd": exchange,
            "setl_mmdd": "1231",
            "lstg_stqt": str(shares),
            "lstg_cptl_amt": str(shares * FACE_KRW),
            "cpta": str(shares * FACE_KRW),
            "papr": str(FACE_KRW),
            "issu_pric": "0",
            "kospi200_item_yn": "N",
            "etf_cu_qty": "0",
            "oilf_fund_yn": "N",
            "stck_kind_cd": "101" if instrument.symbol.endswith("0") else "201",
            "dpsi_aptm_erlm_yn": "Y",
            "sbst_pric": str(instrument.base_krw * 7 // 10),
            "thco_sbst_pric": str(instrument.base_krw * 7 // 10),
            "tr_stop_yn": "Y" if self._screens.is_halted(instrument.symbol) else "N",
            "admn_item_yn": "N",
            "thdt_clpr": str(last_krw),
            "bfdy_clpr": str(instrument.base_krw),
            "clpr_chng_dt": session_text(self._screens.day.date, -1),
            "std_idst_clsf_cd_name": instrument.sector,
            "idx_bztp_scls_cd_name": instrument.sector,
            "crfd_item_yn": "N",
            "elec_scty_yn": "Y",
            "etf_etn_ivst_heed_item_yn": "N",
            "frnr_psnl_lmt_rt": "0.00000000",
            "cptt_trad_tr_psbl_yn": "Y" if instrument.nxt else "N",
            "nxt_tr_stop_yn": "N",
        }


def _no_issue() -> Reply:
    return refused("KIOK0560", "조회할 내용이 없습니다", "7")


def _names(instrument: Instrument) -> Fields:
    return {
        "pdno": f"00000A{instrument.symbol}",
        "prdt_type_cd": STOCKS,
        "prdt_name": instrument.name,
        "prdt_name120": instrument.name,
        "prdt_abrv_name": instrument.name,
        "std_pdno": isin(instrument.symbol),
    }


def isin(symbol: str) -> str:
    """Return the ISIN of a common share; blank for another issue, whose ISIN is not its code."""
    if not (symbol.isdecimal() and symbol.endswith("0")):
        return ""
    body = f"KR7{symbol}00"
    digits = "".join(str(int(letter, 36)) for letter in body)
    doubled = (int(d) * (2 - at % 2) for at, d in enumerate(reversed(digits)))
    return f"{body}{-sum(n // 10 + n % 10 for n in doubled) % 10}"


def _flags(standing: Standing) -> Fields:
    quote = standing.quote
    at_limit = sign(quote.last_krw, quote.base_krw, quote.lower_krw, quote.upper_krw)
    return {
        "mxpr_llam_cls_code": at_limit if at_limit in ("1", "4") else "0",
        "crdt_able_yn": "Y",
        "elw_pblc_yn": "N",
        "crdt_rate": "0.00",
        "marg_rate": "40.00",
        "mang_issu_yn": "N",
        "short_over_yn": "N",
        "mrkt_warn_cls_code": "00",
        "invt_caful_yn": "N",
        "stange_runup_yn": "N",
        "ssts_hot_yn": "N",
        "low_current_yn": "N",
        "short_over_cls_code": "0",
        "insn_pbnt_yn": "N",
        "sltr_yn": "N",
        "oprc_rang_cont_yn": "N",
        "vlnt_fin_cls_code": "N",
    }


def _multi(standing: Standing) -> Fields:
    known, quote = words(standing), standing.quote
    expected_krw = quote.book.expected_krw or 0
    base_krw = quote.base_krw
    opened_krw, high_krw = quote.open_krw or 0, quote.high_krw or 0
    return known | {
        "kospi_kosdaq_cls_name": standing.instrument.market,
        "mrkt_trtm_cls_name": "",
        "hour_cls_code": "0",
        "inter_shrn_iscd": standing.symbol,
        "inter_kor_isnm": standing.instrument.name,
        "inter2_prpr": known["stck_prpr"],
        "inter2_prdy_vrss": known["prdy_vrss"],
        "inter2_oprc": known["stck_oprc"],
        "inter2_hgpr": known["stck_hgpr"],
        "inter2_lwpr": known["stck_lwpr"],
        "inter2_llam": known["stck_llam"],
        "inter2_mxpr": known["stck_mxpr"],
        "inter2_askp": known["askp"],
        "inter2_bidp": known["bidp"],
        "inter2_prdy_clpr": known["stck_prdy_clpr"],
        "inter2_sdpr": known["stck_sdpr"],
        "oprc_vrss_hgpr_rate": percent(high_krw - opened_krw, opened_krw),
        "intr_antc_cntg_vrss": str(expected_krw - base_krw if expected_krw else 0),
        "intr_antc_cntg_vrss_sign": sign(expected_krw, base_krw) if expected_krw else "3",
        "intr_antc_cntg_prdy_ctrt": change_percent(expected_krw or base_krw, base_krw),
        "intr_antc_vol": str(quote.book.expected_volume or 0),
    }
