"""Numbers as Kiwoom writes them: text, with a sign that tells a direction or a side. Pure."""

from broker_sim.kis.numbers import change_percent

PADDED_COUNT = 16  # listCount of the issue list
PADDED_PRICE = 8  # lastPrice of the issue list


def signed_price(price_krw: int | None, base_krw: int) -> str:
    """Return a price whose sign says how it stands to the base price; "0" where there is none."""
    if not price_krw:
        return "0"
    if price_krw == base_krw:
        return str(price_krw)
    return f"+{price_krw}" if price_krw > base_krw else f"-{price_krw}"


def signed(count: float, digits: int = 0) -> str:
    """Return a number with its sign; zero has none."""
    text = f"{count:.{digits}f}"
    return f"+{text}" if count > 0 else text


def signed_percent(price: float, base: float) -> str:
    """Return a change in percent, two digits, with its sign; zero has none."""
    text = change_percent(price, base)
    return text if text.startswith("-") or price <= base else f"+{text}"
