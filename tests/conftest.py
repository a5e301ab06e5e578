"""What all tests share: the event loop, and where the real market data is."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples on every run, and no clock in the judgement: the machine may be busy.
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")

pytest_plugins = ["tests.postgres", "tests.play.fixtures"]

REPO = Path(__file__).resolve().parent.parent


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def kst_data() -> Path:
    """The folder of real KRX data; CI fails without it, elsewhere the test is left out."""
    folder = Path(os.environ.get("KST_DATA") or REPO.parent / "shared" / "data")
    if not folder.is_dir():
        why = f"no real market data in {folder}; set KST_DATA"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)
    return folder
