"""Codes of Korean stocks, as KIS wants them. Text for ever: leading zeros and letters matter.

Six characters for stocks and ETFs (`005930`, since 2024 also `0004G0`), `Q` and six digits for
ETNs (`Q500001`). Other houses' dressings (Kiwoom's `_NX` and `_AL`, Daishin's leading `A`) are
taken off by whoever speaks with them.
"""

import re

_STOCK = re.compile(r"[0-9][0-9A-Z]{5}")
_ETN = re.compile(r"Q[0-9]{6}")
_PREFERRED_ENDS = frozenset("579KLM")


class SymbolError(ValueError):
    """Not a code of the Korean market."""

    def __init__(self, text: object) -> None:
        super().__init__(
            f"symbol {text!r}: expected six characters, a digit first, then 0-9 or A-Z, "
            "or Q and six digits for an ETN"
        )


def is_symbol(text: str) -> bool:
    """Whether the text has the form of a code. It says nothing about a listing."""
    return bool(_STOCK.fullmatch(text) or _ETN.fullmatch(text))


def symbol_of(text: str) -> str:
    """Return the text if it has the form of a code, or raise SymbolError.

    Nothing is mended: `5930` has lost its zeros on the way, and what it was is a guess.
    """
    if not isinstance(text, str) or not is_symbol(text):
        raise SymbolError(text)
    return text


def is_etn(symbol: str) -> bool:
    """Whether the code is an ETN's. Its orders carry all seven characters."""
    return _ETN.fullmatch(symbol) is not None


def is_preferred(symbol: str) -> bool:
    """Whether a stock's code is a preferred share's: it ends in 5, 7, 9, K, L or M."""
    return not is_etn(symbol) and symbol[-1] in _PREFERRED_ENDS
