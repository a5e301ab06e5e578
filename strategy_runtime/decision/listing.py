"""Who is looked at at all: the checks of the start, in order; the first that fails rejects."""

from kis_core.market.costs import Market
from kis_core.market.symbols import is_preferred
from kis_core.wire.quotes.replies import PriceQuote
from strategy_runtime.decision.shape import ListingRules

_EQUITY = ("KOSPI", "KOSDAQ", "KSQ", "코스피", "코스닥")
_KOSDAQ = ("KOSDAQ", "KSQ", "코스닥")
_WARNED = frozenset(("02", "03"))  # 투자경고, 투자위험


def rejection(
    symbol: str, quote: PriceQuote, turnover_krw: float, rules: ListingRules
) -> str | None:
    """Return why a symbol is not looked at, as a code; None where it is."""
    checks = (
        ("PREFERRED_SHARE", is_preferred(symbol)),
        ("NO_PRICE", quote.price_krw <= 0),
        ("NOT_EQUITY", not is_equity(quote.market_name)),
        ("HALTED", quote.halted),
        ("ADMINISTRATIVE", quote.administrative),
        ("LIQUIDATION", quote.liquidation),
        ("WARNED", quote.warning_code in _WARNED),
        # A broker that does not say the market cap has not said that it is low.
        ("LOW_MCAP", (quote.market_cap_krw or rules.market_cap_min_krw) < rules.market_cap_min_krw),
        ("LOW_ADTV", turnover_krw < rules.turnover_min_krw),
    )
    return next((code for code, failed in checks if failed), None)


def is_equity(market_name: str) -> bool:
    """Whether the broker's market name is a stock market's; a blank one passes."""
    return not market_name or market_name.startswith(_EQUITY)


def market_of(quote: PriceQuote | None) -> Market:
    """Return where a symbol is listed: it decides the tax."""
    return "KOSDAQ" if quote and quote.market_name.startswith(_KOSDAQ) else "KOSPI"
