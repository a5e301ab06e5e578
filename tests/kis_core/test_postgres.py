"""Instants and addresses, as the database wants them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.load import ConfigError
from kis_core.clock import KST, kst
from kis_core.postgres import (
    asyncpg_url,
    from_kst_naive,
    to_kst_naive,
    without_password,
)

NINE = datetime(2025, 3, 14, 9)  # noqa: DTZ001 - what the database holds


@pytest.mark.parametrize(
    "at",
    [
        datetime(2025, 3, 14, 9, tzinfo=KST),
        datetime(2025, 3, 14, tzinfo=UTC),
        datetime(2025, 3, 13, 19, tzinfo=timezone(timedelta(hours=-5))),
        1_741_910_400_000_000_000,
    ],
    ids=["Seoul", "UTC", "New York", "nanoseconds"],
)
def test_an_instant_is_stored_as_the_clock_on_the_wall_in_seoul(at: datetime | int) -> None:
    assert to_kst_naive(at) == NINE


@given(st.integers(0, 4_000_000_000_000_000_000))
def test_what_is_stored_reads_back_to_the_microsecond(at_ns: int) -> None:
    assert from_kst_naive(to_kst_naive(at_ns)) == kst(at_ns)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        to_kst_naive(NINE)


def test_an_instant_with_a_zone_never_came_from_a_kst_column() -> None:
    with pytest.raises(ValueError, match="carries a zone"):
        from_kst_naive(datetime(2025, 3, 14, tzinfo=UTC))


@pytest.mark.parametrize(
    "url", ["postgresql://u:p@h/d", "postgresql+asyncpg://u:p@h/d", "postgres://u:p@h/d"]
)
def test_a_url_suits_the_driver_whichever_it_names(url: str) -> None:
    assert asyncpg_url(url) == "postgresql://u:p@h/d"


@pytest.mark.parametrize("url", ["mysql://u:p@h/d", "trading", ""])
def test_another_database_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="expected postgresql://"):
        asyncpg_url(url)


def test_a_url_is_shown_without_its_password() -> None:
    assert (
        without_password("postgresql://u:secret@h:5432/d?ssl=require") == "postgresql://u@h:5432/d"
    )
