"""KIS's REST replies as values (being filled in; shapes are settled)."""

import msgspec


class PriceQuote(msgspec.Struct, frozen=True, tag="quote", array_like=True):
    """The current price of a symbol and its standing. `at_ns` is when the reply arrived.

    A price that has not come to be today (no open before the first print) is None.
    """

    symbol: str
    at_ns: int
    price_krw: int
    base_krw: int  # the day's reference price
    upper_krw: int
    lower_krw: int
    open_krw: int | None
    high_krw: int | None
    low_krw: int | None
    cum_volume: int
    cum_value_krw: int
    tick_krw: int
    market_name: str  # as KIS says it: KOSPI200, KOSDAQ …
    halted: bool
    administrative: bool
    liquidation: bool
    warning_code: str  # mrkt_warn_cls_code: 00 none, 01 caution, 02 warning, 03 risk
    vi_code: str  # vi_cls_code: N none
    market_cap_krw: int | None
