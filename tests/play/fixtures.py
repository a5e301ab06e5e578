"""What all who play a real day share: the market, read once."""

from pathlib import Path

import pytest

from tests.play.market import RealMarket


@pytest.fixture(scope="session")
def market(kst_data: Path) -> RealMarket:
    """The real market."""
    return RealMarket(kst_data)
