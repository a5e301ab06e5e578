"""Fields that KIS leaves blank, or fills with zeros, where it has nothing to say: None here.

Raises nothing but ReplyError.
"""

from decimal import Decimal

from kis_core.wire.fields import Body, decimal, iso_date, said


def number_or_none(row: Body, name: str) -> Decimal | None:
    """Return a number, None where the field is blank."""
    return decimal(row, name) if said(row, name) else None


def price_or_none(row: Body, name: str) -> Decimal | None:
    """Return a price that need not be whole, None where there is none: KIS says 0 or blank."""
    return number_or_none(row, name) or None


def date_or_none(row: Body, name: str) -> str | None:
    """Return a YYYYMMDD date as YYYY-MM-DD, None where it is blank or all zeros."""
    return iso_date(row, name) if said(row, name).strip("0") else None
