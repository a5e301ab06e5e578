"""Real-time records of futures and options: trades, books, expected prices. Pure.

A record is made by column name and laid out in the table's order, so that every trap of order is
the table's (price at 5 in futures and at 2 in options, the night option's last three). Figures are
those REST tells at the same instant. Source: kis_api.md §13.8.
"""

from collections.abc import Mapping

import numpy as np

from broker_sim.exchange.derivatives.contracts import Contract
from broker_sim.exchange.derivatives.exchange import DerivativesExchange
from broker_sim.exchange.derivatives.market import Market, Quote
from broker_sim.kis.derivative_figures import book_figures, figures
from broker_sim.kis.derivative_points import direction, percent, points
from broker_sim.kis.numbers import hhmmss, sign
from kis_core.wire.tr_table import STREAMS

TRADES = {
    (False, False): "H0IFCNT0",
    (True, False): "H0IOCNT0",
    (False, True): "H0MFCNT0",
    (True, True): "H0EUCNT0",
}
BOOKS = {
    (False, False): "H0IFASP0",
    (True, False): "H0IOASP0",
    (False, True): "H0MFASP0",
    (True, True): "H0EUASP0",
}
"""Whether it is an option, whether it is night → TR."""
EXPECTED = "H0EUANC0"  # of night options alone
_DYNAMIC = 0.01  # of the index, how far the next print may be from the last
_LIMITED = "2"  # DYNM_PRC_LIMT_YN, as captured


def record(tr_id: str, values: Mapping[str, str]) -> str:
    """Return a record in the order of a TR's columns; a column without a value is a KeyError."""
    return "^".join([values[column] for column in STREAMS[tr_id].layouts[-1]])


class DerivativeFrames:
    """Builds records; remembers each book's last totals, whose changes a frame tells."""

    def __init__(self, exchange: DerivativesExchange) -> None:
        self._exchange = exchange
        self._market: Market = exchange.market
        self._totals: dict[tuple[str, bool], tuple[int, int]] = {}

    def trade(self, contract: Contract, night: bool, at: int) -> str:
        """Return the record of print number `at`."""
        quote = self._market.quote_after(contract.code, night, at)
        tape = self._market.tape(contract, night)
        told = figures(self._market, quote, quote.at_ns)
        book = self._market.book(contract.code, quote.at_ns, night)
        kind = "OPTN" if contract.is_option else "FUTS"
        prices = tape.price_h[: at + 1]
        high_at, low_at = int(np.argmax(prices)), int(np.argmin(prices))
        values = _shared(quote, told, kind) | {
            "OPRC_HOUR": hhmmss(int(tape.at_ns[0])),
            "HGPR_HOUR": hhmmss(int(tape.at_ns[high_at])),
            "LWPR_HOUR": hhmmss(int(tape.at_ns[low_at])),
            "ASKP_RSQN1": str(book.asks[0].quantity if book.asks else 0),
            "BIDP_RSQN1": str(book.bids[0].quantity if book.bids else 0),
            "TOTAL_ASKP_RSQN": str(sum(level.quantity for level in book.asks)),
            "TOTAL_BIDP_RSQN": str(sum(level.quantity for level in book.bids)),
        }
        values |= self._dynamic(quote)
        values |= _option_columns(told) if contract.is_option else self._future_columns(quote)
        return record(TRADES[contract.is_option, night], values)

    def book(self, contract: Contract, night: bool, at_ns: int) -> str:
        """Return the record of the book as it stands."""
        told = book_figures(self._exchange.book(contract.code, night))
        kind = "OPTN" if contract.is_option else "FUTS"
        asked, bid = int(told["total_askp_rsqn"]), int(told["total_bidp_rsqn"])
        key = (contract.code, night)
        asked_before, bid_before = self._totals.get(key, (asked, bid))
        self._totals[key] = (asked, bid)
        values = {name.upper(): value for name, value in told.items()}
        for at in range(1, 6):
            values[f"{kind}_ASKP{at}"] = told[f"askp{at}"]
            values[f"{kind}_BIDP{at}"] = told[f"bidp{at}"]
        values |= {
            f"{kind}_SHRN_ISCD": contract.code,
            "BSOP_HOUR": hhmmss(at_ns),
            "TOTAL_ASKP_RSQN_ICDC": str(asked - asked_before),
            "TOTAL_BIDP_RSQN_ICDC": str(bid - bid_before),
        }
        return record(BOOKS[contract.is_option, night], values)

    def expected(self, contract: Contract, at_ns: int, expected_h: int) -> str:
        """Return the record of a night option's expected price. 0 contracts: nobody can know."""
        limits = self._market.limits(contract, True)
        session = self._market.session(contract, True)
        opening = session is not None and at_ns < session.open_ns
        change_h = expected_h - limits.base_h
        values = {
            "OPTN_SHRN_ISCD": contract.code,
            "BSOP_HOUR": hhmmss(at_ns),
            "ANTC_CNPR": points(expected_h),
            "ANTC_CNTG_VRSS": points(change_h),
            "ANTC_CNTG_VRSS_SIGN": direction(expected_h, limits),
            "ANTC_CNTG_PRDY_CTRT": percent(change_h, limits.base_h),
            "ANTC_MKOP_CLS_CODE": "311" if opening else "121",
            "ANTC_CNQN": "0",
        }
        return record(EXPECTED, values)

    def _future_columns(self, quote: Quote) -> dict[str, str]:
        further = self._next(quote.contract)
        spread_h = 0
        if further is not None:
            other = self._market.quote(further.code, quote.at_ns, quote.night)
            spread_h = other.last_h - quote.last_h
        return {
            "NMSC_FCTN_STPL_PRC": "0.00",
            "FMSC_FCTN_STPL_PRC": "0.00",
            "SPEAD_PRC": points(spread_h),
            "DSCS_BLTR_ACML_QTY": "0",
        }

    def _dynamic(self, quote: Quote) -> dict[str, str]:
        """Return the band of the next print: one percent of the index, as it moves this price."""
        contract, limits = quote.contract, quote.limits
        reach_h = quote.last_h * _DYNAMIC
        if contract.is_option:
            index = self._market.prices.index_pt(contract.product.underlying, quote.at_ns)
            delta = abs(self._market.prices.greeks(contract, quote.at_ns).delta)
            reach_h = max(index * 100.0 * _DYNAMIC * delta, contract.product.tick_h(quote.last_h))
        tick_h = contract.product.tick_h(quote.last_h)
        steps_h = int(reach_h // tick_h) * tick_h
        top_h = min(quote.last_h + steps_h, limits.upper_h)
        bottom_h = max(quote.last_h - steps_h, limits.lower_h)
        return {
            "DYNM_MXPR": points(top_h),
            "DYNM_LLAM": points(bottom_h),
            "DYNM_PRC_LIMT_YN": _LIMITED,
        }

    def _next(self, contract: Contract) -> Contract | None:
        family, rank = contract.product, contract.rank + 1
        return next(
            (c for c in self._market.contracts.values() if c.product is family and c.rank == rank),
            None,
        )


def _shared(quote: Quote, told: Mapping[str, str], kind: str) -> dict[str, str]:
    """Return the columns that futures and options have in common."""
    columns = {
        f"{kind}_SHRN_ISCD": quote.contract.code,
        "BSOP_HOUR": hhmmss(quote.at_ns),
        f"{kind}_PRPR": told["prpr"],
        "PRDY_VRSS_SIGN": told["sign"],
        f"{kind}_PRDY_VRSS": told["vrss"],
        f"{kind}_OPRC": told["oprc"],
        f"{kind}_HGPR": told["hgpr"],
        f"{kind}_LWPR": told["lwpr"],
        "LAST_CNQN": told["cnqn"],
        "ACML_VOL": told["vol"],
        "ACML_TR_PBMN": told["pbmn"],
        "HTS_THPR": told["thpr"],
        "MRKT_BASIS": told["mrkt_basis"],
        "DPRT": told["dprt"],
        "HTS_OTST_STPL_QTY": told["otst"],
        "OTST_STPL_QTY_ICDC": told["otst_icdc"],
        "SHNU_RATE": told["shnu_rate"],
        "CTTR": told["cttr"],
        "ESDG": told["esdg"],
        "OTST_STPL_RGBF_QTY_ICDC": told["rgbf"],
        "THPR_BASIS": told["thpr_basis"],
        f"{kind}_ASKP1": told["askp"],
        f"{kind}_BIDP1": told["bidp"],
        "SELN_CNTG_CSNU": str(quote.sell_count),
        "SHNU_CNTG_CSNU": str(quote.buy_count),
        "NTBY_CNTG_CSNU": str(quote.buy_count - quote.sell_count),
        "SELN_CNTG_SMTN": str(quote.sell_quantity),
        "SHNU_CNTG_SMTN": str(quote.buy_quantity),
        "PRDY_VOL_VRSS_ACML_VOL_RATE": told["vol_rate"],
        "PRDY_CTRT" if kind == "OPTN" else "FUTS_PRDY_CTRT": told["ctrt"],
    }
    for name, price_h in (("OPRC", quote.open_h), ("HGPR", quote.high_h), ("LWPR", quote.low_h)):
        columns[f"{name}_VRSS_PRPR_SIGN"] = sign(quote.last_h, price_h)
        columns[f"{name}_VRSS_NMIX_PRPR"] = points(quote.last_h - price_h)
    return columns


def _option_columns(told: Mapping[str, str]) -> dict[str, str]:
    return {
        "PRMM_VAL": told["prpr"],
        "INVL_VAL": told["invl"],
        "TMVL_VAL": told["tmvl"],
        "DELTA": told["delta"],
        "GAMA": told["gama"],
        "VEGA": told["vega"],
        "THETA": told["theta"],
        "RHO": told["rho"],
        "HTS_INTS_VLTL": told["ints"],
        "UNAS_HIST_VLTL": told["hist"],
        "AVRG_VLTL": told["ints"],
        "DSCS_LRQN_VOL": "0",
    }
