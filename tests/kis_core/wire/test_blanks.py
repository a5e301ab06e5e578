"""What KIS leaves blank or fills with zeros is None, and rubbish is still an error."""

from decimal import Decimal

import pytest

from kis_core.errors import ReplyError
from kis_core.wire.blanks import date_or_none, number_or_none, price_or_none


@pytest.mark.parametrize(
    ("said", "number", "price"),
    [
        (None, None, None),
        ("", None, None),
        ("   ", None, None),
        ("0", Decimal(0), None),
        ("0.0000", Decimal("0.0000"), None),
        (" -1.50", Decimal("-1.50"), Decimal("-1.50")),
    ],
)
def test_a_number_may_be_zero_and_a_price_may_not(
    said: str | None, number: Decimal | None, price: Decimal | None
) -> None:
    assert number_or_none({"n": said}, "n") == number
    assert price_or_none({"n": said}, "n") == price


@pytest.mark.parametrize(
    ("said", "date"), [(None, None), ("", None), ("00000000", None), ("20261210", "2026-12-10")]
)
def test_a_date_of_zeros_is_none(said: str | None, date: str | None) -> None:
    assert date_or_none({"d": said}, "d") == date


def test_rubbish_is_not_a_blank() -> None:
    for read in (number_or_none, price_or_none, date_or_none):
        with pytest.raises(ReplyError):
            read({"x": "2026-12"}, "x")
