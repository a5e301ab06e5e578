"""What can be said of one contract at one instant, as text: the figures that REST and frames share.

Named by the stems of KIS's own names. Premium figures (기초가, 이론가, 괴리) follow the live frames
and the board of 2025-06-05: `esdg` is price less theoretical price, `dprt` the same in percent of
it, bases are against the published index. Sources: kis_api.md §11, §13.8.
"""

from decimal import Decimal

from broker_sim.exchange.derivatives.books import Book
from broker_sim.exchange.derivatives.market import Market, Quote
from broker_sim.kis.derivative_points import direction, percent, points
from broker_sim.kis.numbers import sign_of
from kis_core.market.events import IndexLevel

THOUSAND = 1_000
_DPRT_MAX = 9999.99
_WORTHLESS_PT = 0.005
NAMES = {"2001": "KOSPI200", "3003": "KSQ150"}


def figures(market: Market, quote: Quote, at_ns: int) -> dict[str, str]:
    """Return the figures of a quote, with the index as published at an instant.

    A day's quote is told as of its close for ever after. An option's bases are those of the
    nearest future.
    """
    contract, limits = quote.contract, quote.limits
    if not quote.night:
        at_ns = min(at_ns, market.hours.day.close_ns)
    last_h, base_h = quote.last_h, limits.base_h
    theory = market.prices.theoretical(contract, at_ns)
    index = market.prices.index_pt(contract.product.underlying, at_ns)
    last = last_h / 100.0
    off = last - theory
    inside, future_last, future_theory = 0.0, last, theory
    if contract.is_option:
        inside = max(contract.sign * (index - contract.strike_h / 100.0), 0.0)
        front = market.front(contract.product.underlying)
        future_last = market.quote(front.code, at_ns, quote.night).last_h / 100.0
        future_theory = market.prices.theoretical(front, at_ns)
    traded = quote.buy_quantity + quote.sell_quantity
    return {
        "prpr": points(last_h),
        "vrss": points(last_h - base_h),
        "sign": direction(last_h, limits),
        "ctrt": percent(last_h - base_h, base_h),
        "sdpr": points(base_h),
        "oprc": points(quote.open_h),
        "hgpr": points(quote.high_h),
        "lwpr": points(quote.low_h),
        "mxpr": points(limits.upper_h),
        "llam": points(limits.lower_h),
        "askp": points(quote.ask_h),
        "bidp": points(quote.bid_h),
        "cnqn": str(quote.last_quantity),
        "vol": str(quote.quantity),
        "pbmn": str(quote.value_krw // THOUSAND),
        "prdy_vol": str(quote.previous_quantity),
        "vol_rate": percent(quote.quantity, quote.previous_quantity),
        "otst": str(quote.open_interest),
        "otst_icdc": str(quote.open_interest_change),
        "rgbf": str(quote.open_interest_step),
        "thpr": f"{theory:.2f}",
        "esdg": f"{off:.2f}",
        "dprt": f"{_capped(off, theory):.2f}",
        "thpr_basis": f"{future_theory - index:.2f}",
        "mrkt_basis": f"{future_last - index:.2f}",
        "invl": f"{inside:.2f}",
        "tmvl": f"{max(last - inside, 0.0):.2f}",
        "acpr": points(contract.strike_h),
        "shnu_rate": f"{quote.buy_quantity / traded:.2f}" if traded else "0.00",
        "cttr": percent(quote.buy_quantity, quote.sell_quantity),
        "rmnn": str((contract.expiry - market.date).days),
    } | _greeks(market, quote, at_ns, theory)


def book_figures(book: Book) -> dict[str, str]:
    """Return the five levels a side, by KIS's stems; an empty level is zeros."""
    found: dict[str, str] = {}
    for side, levels in (("askp", book.asks), ("bidp", book.bids)):
        for at in range(5):
            level = levels[at] if at < len(levels) else None
            found[f"{side}{at + 1}"] = points(level.price_h) if level else "0.00"
            found[f"{side}_rsqn{at + 1}"] = str(level.quantity) if level else "0"
            found[f"{side}_csnu{at + 1}"] = str(level.orders) if level else "0"
        found[f"total_{side}_rsqn"] = str(sum(level.quantity for level in levels))
        found[f"total_{side}_csnu"] = str(sum(level.orders for level in levels))
    return found


def index_figures(market: Market, underlying: str, at_ns: int) -> dict[str, str]:
    """Return an index as inquire-price tells it; nothing of an index the day does not know."""
    level = market.prices.index(underlying, at_ns)
    if level is None:
        return {}
    change = level.level_pt - level.previous_close_pt
    return {
        "bstp_cls_code": underlying,
        "hts_kor_isnm": NAMES[underlying],
        "bstp_nmix_prpr": f"{level.level_pt:.2f}",
        "prdy_vrss_sign": sign_of(change),
        "bstp_nmix_prdy_vrss": f"{change:.2f}",
        "bstp_nmix_prdy_ctrt": rate_of(level),
    }


def rate_of(level: IndexLevel) -> str:
    """Return an index's change from the previous close in percent."""
    change = level.level_pt - level.previous_close_pt
    rate: Decimal = change / level.previous_close_pt * 100
    return f"{rate:.2f}"


def expected_figures(quote: Quote, expected_h: int) -> dict[str, str]:
    """Return the expected price of an auction by KIS's names; zeros outside one."""
    if not expected_h:
        return {
            "futs_antc_cnpr": "0.00",
            "futs_antc_cntg_vrss": "0.00",
            "antc_cntg_vrss_sign": "3",
            "antc_cntg_prdy_ctrt": "0.00",
        }
    base_h = quote.limits.base_h
    return {
        "futs_antc_cnpr": points(expected_h),
        "futs_antc_cntg_vrss": points(expected_h - base_h),
        "antc_cntg_vrss_sign": direction(expected_h, quote.limits),
        "antc_cntg_prdy_ctrt": percent(expected_h - base_h, base_h),
    }


def _greeks(market: Market, quote: Quote, at_ns: int, theory: float) -> dict[str, str]:
    contract = quote.contract
    if not contract.is_option:
        zeros = dict.fromkeys(("delta", "gama", "theta", "vega", "rho", "ints"), "0.0000")
        return zeros | {"hist": f"{market.prices.historical(contract) * 100:.4f}"}
    greeks = market.prices.greeks(contract, at_ns)
    # A price below half a tick implies no volatility that anybody could read from it.
    implied = market.prices.sigma(contract) * 100 if theory >= _WORTHLESS_PT else 0.0
    return {
        "delta": f"{greeks.delta:.4f}",
        "gama": f"{greeks.gamma:.4f}",
        "theta": f"{greeks.theta:.4f}",
        "vega": f"{greeks.vega:.4f}",
        "rho": f"{greeks.rho:.4f}",
        "ints": f"{implied:.4f}",
        "hist": f"{market.prices.historical(contract) * 100:.4f}",
    }


def _capped(off: float, theory: float) -> float:
    """Return the deviation in percent, as wide as the field is."""
    if theory < _WORTHLESS_PT:
        return _DPRT_MAX if off > 0 else 0.0
    return min(off / theory * 100, _DPRT_MAX)
