"""The boards: option chains, futures, the maturities there are. Pure.

Chains come highest strike first, at most 100 rows a side. ATM is the strike nearest the index.
Source: kis_api.md §11.
"""

from broker_sim.exchange.derivatives.contracts import KOSPI200, Contract, Family
from broker_sim.exchange.derivatives.exchange import DerivativesExchange
from broker_sim.kis.derivative_figures import (
    book_figures,
    expected_figures,
    figures,
    index_figures,
)
from broker_sim.kis.desk import Asked, Desk
from broker_sim.kis.replies import QUOTED, Fields, Reply, answered

ROWS_MAX = 100
KOSPI = "0001"
FAMILIES: dict[str, Family] = {
    "": "KOSPI200",
    "MKI": "MINI",
    "WKI": "THURSDAY",
    "WKM": "MONDAY",
    "KQI": "KOSDAQ150",
}
"""FID_COND_MRKT_CLS_CODE."""


class DerivativeBoards:
    """Answers about many contracts at once."""

    def __init__(self, desk: Desk, exchange: DerivativesExchange) -> None:
        self._desk = desk
        self._exchange = exchange
        self._market = exchange.market

    def display_board_callput(self, asked: Asked) -> Reply:
        """Answer one maturity's calls and puts; the nearest when none is named."""
        chain = self._chain(asked["FID_COND_MRKT_CLS_CODE"].upper(), asked["FID_MTRT_CNT"])
        index_h = round(self._market.prices.index_pt(KOSPI200, asked.now_ns) * 100)
        strikes = {contract.strike_h for contract in chain}
        middle_h = min(strikes, key=lambda strike: (abs(strike - index_h), strike), default=0)
        outputs: dict[str, list[Fields]] = {}
        for output, kind in (("output1", "call"), ("output2", "put")):
            side = sorted(
                (contract for contract in chain if contract.kind == kind),
                key=lambda contract: -contract.strike_h,
            )
            blank = asked.call.blank(output)
            outputs[output] = [
                blank | self._option_row(contract, middle_h, asked.now_ns)
                for contract in side[:ROWS_MAX]
            ]
        return answered(QUOTED, outputs)

    def display_board_futures(self, asked: Asked) -> Reply:
        """Answer the listed futures, nearest first."""
        family = FAMILIES.get(asked["FID_COND_MRKT_CLS_CODE"].upper())
        blank = asked.call.blank("output")
        rows = [
            blank | self._future_row(contract, asked.now_ns)
            for contract in self._market.contracts.values()
            if not contract.is_option and contract.product.family == family
        ]
        return answered(QUOTED, {"output": rows})

    def display_board_option_list(self, asked: Asked) -> Reply:
        """Answer the maturities of options, nearest first. A weekly's short form is not known."""
        family = FAMILIES.get(asked["FID_COND_MRKT_CLS_CODE"].upper())
        options = (c for c in self._market.contracts.values() if c.is_option)
        months = {c.month: c for c in options if c.product.family == family}
        rows = [
            {"mtrt_yymm_code": _month_code(contract), "mtrt_yymm": month}
            for month, contract in months.items()
        ]
        return answered(QUOTED, {"output": rows})

    def display_board_top(self, asked: Asked) -> Reply:
        """Answer a future beside its underlying index."""
        contract = self._market.contracts.get(asked["FID_INPUT_ISCD"].upper())
        if contract is None or contract.is_option:
            return answered(QUOTED, {"output1": {}, "output2": []})
        quote = self._exchange.quote(contract.code)
        told = figures(self._market, quote, asked.now_ns)
        index = index_figures(self._market, contract.product.underlying, asked.now_ns)
        output1 = asked.call.blank("output1") | {
            "unas_prpr": index["bstp_nmix_prpr"],
            "unas_prdy_vrss": index["bstp_nmix_prdy_vrss"],
            "unas_prdy_vrss_sign": index["prdy_vrss_sign"],
            "unas_prdy_ctrt": index["bstp_nmix_prdy_ctrt"],
            "hts_kor_isnm": contract.name,
            "futs_prpr": told["prpr"],
            "futs_prdy_vrss": told["vrss"],
            "prdy_vrss_sign": told["sign"],
            "futs_prdy_ctrt": told["ctrt"],
        }
        return answered(QUOTED, {"output1": output1, "output2": [{"hts_rmnn_dynu": told["rmnn"]}]})

    def _chain(self, cls: str, month: str) -> list[Contract]:
        family = FAMILIES.get(cls)
        options = [
            contract
            for contract in self._market.contracts.values()
            if contract.is_option and contract.product.family == family
        ]
        wanted = month or next((contract.month for contract in options), "")
        return [contract for contract in options if contract.month == wanted]

    def _option_row(self, contract: Contract, middle_h: int, now_ns: int) -> Fields:
        quote = self._exchange.quote(contract.code)
        told = figures(self._market, quote, now_ns)
        book = self._exchange.book(contract.code)
        levels = book_figures(book)
        return expected_figures(quote, book.expected_h) | {
            "acpr": told["acpr"],
            "unch_prpr": self._equivalent(contract, now_ns),
            "optn_shrn_iscd": contract.code,
            "optn_prpr": told["prpr"],
            "optn_prdy_vrss": told["vrss"],
            "prdy_vrss_sign": told["sign"],
            "optn_prdy_ctrt": told["ctrt"],
            "optn_bidp": told["bidp"],
            "optn_askp": told["askp"],
            "tmvl_val": told["tmvl"],
            "nmix_sdpr": told["sdpr"],
            "acml_vol": told["vol"],
            "seln_rsqn": levels["askp_rsqn1"],
            "shnu_rsqn": levels["bidp_rsqn1"],
            "acml_tr_pbmn": told["pbmn"],
            "hts_otst_stpl_qty": told["otst"],
            "otst_stpl_qty_icdc": told["otst_icdc"],
            "delta_val": told["delta"],
            "gama": told["gama"],
            "vega": told["vega"],
            "theta": told["theta"],
            "rho": told["rho"],
            "hts_ints_vltl": told["ints"],
            "invl_val": told["invl"],
            "esdg": told["esdg"],
            "dprt": told["dprt"],
            "hist_vltl": told["hist"],
            "hts_thpr": told["thpr"],
            "optn_oprc": told["oprc"],
            "optn_hgpr": told["hgpr"],
            "optn_lwpr": told["lwpr"],
            "optn_mxpr": told["mxpr"],
            "optn_llam": told["llam"],
            "atm_cls_name": _moneyness(contract, middle_h),
            "rgbf_vrss_icdc": told["rgbf"],
            "total_askp_rsqn": levels["total_askp_rsqn"],
            "total_bidp_rsqn": levels["total_bidp_rsqn"],
        }

    def _future_row(self, contract: Contract, now_ns: int) -> Fields:
        quote = self._exchange.quote(contract.code)
        told = figures(self._market, quote, now_ns)
        book = self._exchange.book(contract.code)
        levels = book_figures(book)
        return expected_figures(quote, book.expected_h) | {
            "futs_shrn_iscd": contract.code,
            "hts_kor_isnm": contract.name,
            "futs_prpr": told["prpr"],
            "futs_prdy_vrss": told["vrss"],
            "prdy_vrss_sign": told["sign"],
            "futs_prdy_ctrt": told["ctrt"],
            "hts_thpr": told["thpr"],
            "acml_vol": told["vol"],
            "futs_askp": told["askp"],
            "futs_bidp": told["bidp"],
            "hts_otst_stpl_qty": told["otst"],
            "futs_hgpr": told["hgpr"],
            "futs_lwpr": told["lwpr"],
            "hts_rmnn_dynu": told["rmnn"],
            "total_askp_rsqn": levels["total_askp_rsqn"],
            "total_bidp_rsqn": levels["total_bidp_rsqn"],
        }

    def _equivalent(self, contract: Contract, now_ns: int) -> str:
        """Return the strike as a level of the KOSPI; blank where that is not known."""
        kospi = self._desk.day.index_level(KOSPI, now_ns)
        kospi200 = self._market.prices.index_pt(KOSPI200, now_ns)
        if kospi is None:
            return ""
        return f"{float(kospi.level_pt) / kospi200 * contract.strike_h / 100.0:.2f}"


def _moneyness(contract: Contract, middle_h: int) -> str:
    away = contract.sign * (middle_h - contract.strike_h)
    return "ATM" if away == 0 else "ITM" if away > 0 else "OTM"


def _month_code(contract: Contract) -> str:
    """Return the four characters of a monthly maturity, as they stand in its codes."""
    if contract.product.family in ("THURSDAY", "MONDAY"):
        return ""
    return f"0{contract.code[3:6]}"
