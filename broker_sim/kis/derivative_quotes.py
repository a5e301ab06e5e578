"""Quotes of futures and options: price, book, expected price, margin rates. Pure.

A code that is not listed, or belongs to another market than the one named, is answered with
success and nothing, as KIS does. Source: kis_api.md §10.2, §11.
"""

from collections.abc import Iterator

from broker_sim.exchange.derivatives.candles import day_candles
from broker_sim.exchange.derivatives.contracts import FUTURES, KOSPI200, Contract
from broker_sim.exchange.derivatives.exchange import DerivativesExchange
from broker_sim.exchange.derivatives.hours import AUCTIONS, Session
from broker_sim.exchange.derivatives.margin import (
    INITIAL_PPM,
    MAINTENANCE_PPM,
    Marked,
    unit_margin_krw,
)
from broker_sim.exchange.derivatives.market import Quote
from broker_sim.kis.derivative_figures import (
    NAMES,
    book_figures,
    expected_figures,
    figures,
    index_figures,
)
from broker_sim.kis.derivative_points import points
from broker_sim.kis.desk import Asked
from broker_sim.kis.numbers import hhmmss
from broker_sim.kis.replies import QUOTED, Fields, Output, Reply, answered, refused
from kis_core.market.instants import SECOND_NS

MARKETS = {"F": (False, False), "O": (True, False), "CM": (False, True), "EU": (True, True)}
"""FID_COND_MRKT_DIV_CODE → options, night."""
ELSEWHERE = frozenset({"JF", "JO", "CF"})  # markets that this simulator does not play
TREND_EVERY_S = 10
TREND_ROWS = 100


class DerivativeQuotes:
    """Answers about one contract."""

    def __init__(self, exchange: DerivativesExchange) -> None:
        self._exchange = exchange
        self._market = exchange.market
        self._life: dict[str, tuple[int, int]] = {}

    def inquire_price(self, asked: Asked) -> Reply:
        """Answer the price with greeks, the underlying index and the KOSPI200."""
        found = found_contract(self._exchange, asked)
        if isinstance(found, Reply):
            return found
        contract, night = found
        if contract is None:
            return answered(QUOTED, {"output1": {}, "output2": {}, "output3": {}})
        quote = self._exchange.quote(contract.code, night)
        told = figures(self._market, quote, asked.now_ns)
        output1 = asked.call.blank("output1") | _price_fields(told)
        high_h, low_h = self._lifetime(contract, quote, asked.now_ns)
        output1 |= {
            "hts_kor_isnm": contract.name,
            "futs_last_tr_date": f"{contract.expiry:%Y%m%d}",
            "futs_lstn_medm_hgpr": points(high_h),
            "futs_lstn_medm_lwpr": points(low_h),
        }
        under = index_figures(self._market, contract.product.underlying, asked.now_ns)
        outputs: dict[str, Output] = {
            "output1": output1,
            "output2": asked.call.blank("output2") | under,
            "output3": asked.call.blank("output3")
            | index_figures(self._market, KOSPI200, asked.now_ns),
        }
        return answered(QUOTED, outputs)

    def inquire_asking_price(self, asked: Asked) -> Reply:
        """Answer the five levels a side."""
        found = found_contract(self._exchange, asked)
        if isinstance(found, Reply):
            return found
        contract, night = found
        if contract is None:
            return answered(QUOTED, {"output1": {}, "output2": {}})
        quote = self._exchange.quote(contract.code, night)
        told = figures(self._market, quote, asked.now_ns)
        levels = book_figures(self._exchange.book(contract.code, night))
        output2 = asked.call.blank("output2")
        for name in output2:
            stem = name.removeprefix("futs_")
            output2[name] = levels.get(stem, output2[name])
        output2["aspr_acpt_hour"] = hhmmss(asked.now_ns)
        output1 = asked.call.blank("output1") | {
            "hts_kor_isnm": contract.name,
            "futs_prpr": told["prpr"],
            "prdy_vrss_sign": told["sign"],
            "futs_prdy_vrss": told["vrss"],
            "futs_prdy_ctrt": told["ctrt"],
            "acml_vol": told["vol"],
            "futs_prdy_clpr": told["sdpr"],
            "futs_shrn_iscd": contract.code,
        }
        return answered(QUOTED, {"output1": output1, "output2": output2})

    def exp_price_trend(self, asked: Asked) -> Reply:
        """Answer the prices the day's auctions would have found so far, newest first."""
        found = found_contract(self._exchange, asked)
        if isinstance(found, Reply):
            return found
        contract, night = found
        session = self._market.session(contract, night) if contract else None
        if contract is None or session is None:
            return answered(QUOTED, {"output1": {}, "output2": []})
        quote = self._exchange.quote(contract.code, night)
        now_h = self._exchange.book(contract.code, night).expected_h
        output1 = asked.call.blank("output1") | expected_figures(quote, now_h)
        output1 |= {"hts_kor_isnm": contract.name, "futs_sdpr": points(quote.limits.base_h)}
        rows = []
        for at_ns in _auction_instants(session, asked.now_ns):
            expected_h = self._market.book(contract.code, at_ns, night).expected_h
            row = expected_figures(quote, expected_h)
            rows.append({"stck_cntg_hour": hhmmss(at_ns), **row})
        newest: list[Fields] = rows[-TREND_ROWS:][::-1]
        return answered(QUOTED, {"output1": output1, "output2": newest})

    def margin_rate(self, asked: Asked) -> Reply:
        """Answer what futures must be backed with, by product."""
        rows = []
        for product in FUTURES:
            fronts = (c for c in self._market.contracts.values() if c.product is product)
            contract = next(fronts, None)
            if contract is None:
                continue
            index_h = round(self._market.prices.index_pt(product.underlying, asked.now_ns) * 100)
            mark = Marked(self._exchange.quote(contract.code).last_h, index_h, 1.0)
            rows.append(
                {
                    "bast_id": product.underlying,
                    "bast_name": f"{NAMES[product.underlying]} {product.names[0]}",
                    "brkg_mgna_rt": f"{INITIAL_PPM / 10_000:.2f}",
                    "tr_mgna_rt": f"{MAINTENANCE_PPM / 10_000:.2f}",
                    "bast_pric": points(index_h),
                    "tr_mtpl_idx": str(product.multiplier_krw),
                    "ctrt_per_futr_mgna": str(unit_margin_krw(contract, mark)),
                }
            )
        return answered(QUOTED, {"output": rows}, "D")

    def _lifetime(self, contract: Contract, quote: Quote, at_ns: int) -> tuple[int, int]:
        """Return the highest and the lowest price since the contract was listed."""
        if contract.code not in self._life:
            first = contract.expiry.replace(year=contract.expiry.year - 4, day=1)
            last = self._market.date.fromordinal(self._market.date.toordinal() - 1)
            days = day_candles(self._market, contract, first, last, at_ns)
            highs = [day.high_h for day in days] or [quote.limits.base_h]
            lows = [day.low_h for day in days] or [quote.limits.base_h]
            self._life[contract.code] = max(highs), min(lows)
        high_h, low_h = self._life[contract.code]
        if not quote.prints:
            return high_h, low_h
        return max(high_h, quote.high_h), min(low_h, quote.low_h)


def found_contract(
    exchange: DerivativesExchange, asked: Asked
) -> tuple[Contract | None, bool] | Reply:
    """Return the contract a query names and whether its night is meant, None when unknown here.

    A market code that KIS does not know is refused.
    """
    code = asked["FID_COND_MRKT_DIV_CODE"].upper()
    if code in ELSEWHERE:
        return None, False
    if code not in MARKETS:
        return refused("OPSQ2001", "ERROR : INPUT INVALID_CHECK_MRKT_DIV_CODE", "2")
    options, night = MARKETS[code]
    contract = exchange.market.contracts.get(asked["FID_INPUT_ISCD"].upper())
    if contract is None or contract.is_option != options:
        return None, night
    return contract, night


def _price_fields(told: Fields) -> Fields:
    return {
        "futs_prpr": told["prpr"],
        "futs_prdy_vrss": told["vrss"],
        "prdy_vrss_sign": told["sign"],
        "futs_prdy_clpr": told["sdpr"],
        "futs_prdy_ctrt": told["ctrt"],
        "acml_vol": told["vol"],
        "acml_tr_pbmn": told["pbmn"],
        "hts_otst_stpl_qty": told["otst"],
        "otst_stpl_qty_icdc": told["otst_icdc"],
        "futs_oprc": told["oprc"],
        "futs_hgpr": told["hgpr"],
        "futs_lwpr": told["lwpr"],
        "futs_mxpr": told["mxpr"],
        "futs_llam": told["llam"],
        "basis": told["thpr_basis"],
        "futs_sdpr": told["sdpr"],
        "hts_thpr": told["thpr"],
        "dprt": told["dprt"],
        "crbr_aply_mxpr": told["mxpr"],
        "crbr_aply_llam": told["llam"],
        "hts_rmnn_dynu": told["rmnn"],
        "delta_val": told["delta"],
        "gama": told["gama"],
        "theta": told["theta"],
        "vega": told["vega"],
        "rho": told["rho"],
        "hist_vltl": told["hist"],
        "hts_ints_vltl": told["ints"],
        "mrkt_basis": told["mrkt_basis"],
        "acpr": told["acpr"],
    }


def _auction_instants(session: Session, now_ns: int) -> Iterator[int]:
    """Return every tenth second of a session's auctions up to now."""
    step = TREND_EVERY_S * SECOND_NS
    for begin, end in (
        (session.intake_ns, session.open_ns),
        (session.closing_ns, session.close_ns),
    ):
        for at_ns in range(begin, min(end, now_ns + 1), step):
            if session.phase(at_ns) in AUCTIONS:
                yield at_ns
