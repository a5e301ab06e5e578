"""A short code says its class, its product and its month; the rest is the master's."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.clock import kst
from kis_core.market.calendar import CalendarError
from kis_core.market.derivatives import (
    PRODUCTS,
    CodeError,
    Contract,
    Kind,
    contract_of,
    front_future,
    future_code,
    is_on_tick,
    last_trading_day,
    last_trading_ns,
    nearest,
    tick_pt,
    value_krw,
)


@pytest.mark.parametrize(
    ("code", "contract"),
    [
        ("A01612", Contract("A01612", Kind.FUTURE, "01", 2026, 12, None, "")),
        ("A05608", Contract("A05608", Kind.FUTURE, "05", 2026, 8, None, "")),
        ("A11610", Contract("A11610", Kind.FUTURE, "11", 2026, 10, None, "")),
        ("AA0703", Contract("AA0703", Kind.FUTURE, "A0", 2027, 3, None, "")),
        ("D0160301", Contract("D0160301", Kind.SPREAD, "01", 2026, 3, None, "01")),
        ("B01610745", Contract("B01610745", Kind.CALL, "01", 2026, 10, None, "745")),
        ("C01610745", Contract("C01610745", Kind.PUT, "01", 2026, 10, None, "745")),
        ("B01610A51", Contract("B01610A51", Kind.CALL, "01", 2026, 10, None, "A51")),
        ("B06601001", Contract("B06601001", Kind.CALL, "06", 2026, 1, None, "001")),
        ("B09EKW545", Contract("B09EKW545", Kind.CALL, "09", None, None, "EK", "545")),
        ("BAFBRW962", Contract("BAFBRW962", Kind.CALL, "AF", None, None, "BR", "962")),
        ("101W09", Contract("101W09", Kind.FUTURE, "01", 2025, 9, None, "")),
        ("101S03", Contract("101S03", Kind.FUTURE, "01", 2022, 3, None, "")),
        ("301V05370", Contract("301V05370", Kind.PUT, "01", 2024, 5, None, "370")),
        ("401W0601", Contract("401W0601", Kind.SPREAD, "01", 2025, 6, None, "01")),
        ("209DVW310", Contract("209DVW310", Kind.CALL, "09", None, None, "DV", "310")),
        ("2AF94W302", Contract("2AF94W302", Kind.CALL, "AF", None, None, "94", "302")),
    ],
)
def test_a_code_says_its_class_its_product_and_its_month(code: str, contract: Contract) -> None:
    assert contract_of(code) == contract


@pytest.mark.parametrize(
    "code",
    ["", "005930", "A01613", "A01600", "A016C000", "101W9000", "1A01609", "E01612", "B01610",
     "A01612745", "D01603", "AO1I12", "a01612", "A01612 ", "10100000", "B01610!45"],
)  # fmt: skip
def test_what_is_no_short_code_is_refused(code: str) -> None:
    with pytest.raises(CodeError, match="derivative code"):
        contract_of(code)


def master(kst_data: Path) -> list[dict[str, Any]]:
    rows = pq.read_table(kst_data / "masters" / "index_fo_master_20250607.parquet").to_pylist()
    return [dict(row) for row in rows]


KINDS = {
    **dict.fromkeys("137F9BH", Kind.FUTURE),
    **dict.fromkeys("248GACI", Kind.SPREAD),
    **dict.fromkeys("5DJLN", Kind.CALL),
    **dict.fromkeys("6EKMO", Kind.PUT),
}


def test_every_code_of_the_brokers_master_is_read_as_its_row_says(kst_data: Path) -> None:
    rows = master(kst_data)
    assert len(rows) == 2_900
    for row in rows:
        contract = contract_of(row["short_code"])
        assert contract.kind is KINDS[row["product_type"]], row
        assert contract.product is not None, row
        name = row["name_ko"].split()
        if contract.series is not None:
            assert contract.product.weekly
            assert "W" in name[-2]
        elif contract.kind is Kind.SPREAD:
            assert name[-1].startswith(f"{contract.year}{contract.month:02d}"[2:]), row
        else:
            assert f"{contract.year}{contract.month:02d}" in name, row


def test_contracts_from_2026_on_have_a_letter_for_their_class(kst_data: Path) -> None:
    for row in master(kst_data):
        contract = contract_of(row["short_code"])
        if contract.year is not None:
            assert row["short_code"][0].isalpha() == (contract.year >= 2026)


def test_the_first_row_of_a_masters_futures_is_the_front_month(kst_data: Path) -> None:
    rows = master(kst_data)
    day = date(2025, 6, 7)
    for product in ("01", "05", "06", "04", "08"):
        listed = [
            contract_of(row["short_code"])
            for row in rows
            if row["short_code"][:3] in (f"1{product}", f"A{product}")
        ]
        front = next(c for c in listed if c.month == 6 and c.year == 2025)
        assert nearest(listed, day) == front
        assert front_future(product, day) == front.code


@given(st.text(alphabet="ABCD1234W0569FR", min_size=6, max_size=9))
def test_a_code_is_read_or_refused_and_never_anything_else(code: str) -> None:
    try:
        contract = contract_of(code)
    except CodeError:
        return
    assert contract.code == code
    assert (contract.year is None) == (contract.series is not None)


@given(
    st.sampled_from(sorted(PRODUCTS)), st.integers(1996, 2055), st.integers(1, 12)
)  # thirty years of digits, thirty of letters
def test_a_futures_code_is_read_back(product: str, year: int, month: int) -> None:
    contract = contract_of(future_code(product, year, month))
    assert (contract.kind, contract.product_code) == (Kind.FUTURE, product)
    assert (contract.year, contract.month) == (year, month)


def test_a_year_without_a_code_is_refused() -> None:
    for year, month in ((1995, 12), (2056, 1), (2026, 13), (2026, 0)):
        with pytest.raises(ValueError, match="no code"):
            future_code("01", year, month)


@pytest.mark.parametrize(
    ("code", "price", "tick"),
    [
        ("A01612", "1098.05", "0.05"),
        ("A05608", "1098.02", "0.02"),
        ("A06603", "1500.1", "0.1"),
        ("B01610745", "9.99", "0.01"),
        ("B01610745", "10", "0.05"),
        ("C09EKW545", "0.01", "0.01"),
        ("CAFBRW962", "10.05", "0.05"),
        ("B05610745", "2.99", "0.01"),
        ("B05610745", "3", "0.02"),
        ("B05610745", "10", "0.05"),
    ],
)
def test_a_price_moves_in_the_products_steps(code: str, price: str, tick: str) -> None:
    contract = contract_of(code)
    assert tick_pt(contract, Decimal(price)) == Decimal(tick)
    assert is_on_tick(contract, Decimal(price))
    assert not is_on_tick(contract, Decimal(price) + Decimal(tick) / 2)


@pytest.mark.parametrize("code", ["B06601001", "A04612", "A11610", "D0160301", "AA0703"])
def test_a_step_that_is_not_established_is_not_guessed(code: str) -> None:
    assert tick_pt(contract_of(code), Decimal(10)) is None
    assert is_on_tick(contract_of(code), Decimal(10)) is None


@pytest.mark.parametrize(
    ("code", "value"),
    [("A01612", 275_000_000), ("A05608", 55_000_000), ("A06603", 11_000_000), ("A11610", None)],
)
def test_a_contract_is_worth_its_price_times_the_multiplier(code: str, value: int | None) -> None:
    assert value_krw(contract_of(code), Decimal(1_100), 1) == value


@pytest.mark.parametrize(
    ("month", "day"),
    [
        ((2025, 6), "2025-06-12"),
        ((2025, 10), "2025-10-02"),  # the 9th is Hangul Day, 3rd and 6th to 8th are closed too
        ((2025, 11), "2025-11-13"),  # the entrance exam
        ((2026, 2), "2026-02-12"),
        ((2026, 5), "2026-05-14"),
        ((2026, 12), "2026-12-10"),
    ],
)
def test_a_contract_ends_on_the_second_thursday(month: tuple[int, int], day: str) -> None:
    assert last_trading_day(*month) == date.fromisoformat(day)


def test_what_the_calendar_does_not_cover_is_not_answered() -> None:
    with pytest.raises(CalendarError):
        last_trading_day(2027, 3)


@pytest.mark.parametrize(
    ("code", "until"),
    [("A01612", "2026-12-10 15:20"), ("101W11", "2025-11-13 16:20")],
    ids=["a usual day", "an hour later on the day of the exam"],
)
def test_the_last_day_ends_ten_minutes_before_the_stock_market(code: str, until: str) -> None:
    until_ns = last_trading_ns(contract_of(code))
    assert until_ns is not None
    assert f"{kst(until_ns):%Y-%m-%d %H:%M}" == until


def test_a_weekly_options_last_day_is_the_masters_to_say() -> None:
    assert last_trading_ns(contract_of("B09EKW545")) is None


@pytest.mark.parametrize(
    ("product", "day", "code"),
    [
        ("01", "2025-06-12", "101W06"),
        ("01", "2025-06-13", "101W09"),
        ("01", "2025-12-11", "101W12"),
        ("01", "2025-12-12", "A01603"),
        ("05", "2026-08-14", "A05609"),
        ("05", "2026-08-13", "A05608"),
        ("06", "2026-09-10", "A06609"),
        ("06", "2026-09-11", "A06612"),
    ],
)
def test_the_front_future_rolls_the_day_after_its_last(product: str, day: str, code: str) -> None:
    assert front_future(product, date.fromisoformat(day)) == code


def test_a_weekly_product_has_no_future() -> None:
    with pytest.raises(KeyError):
        front_future("09", date(2026, 8, 13))
