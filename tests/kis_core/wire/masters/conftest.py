"""The real master files of 2026-03-09."""

from pathlib import Path

import pytest

from kis_core.wire.masters.files import MasterFile, read_master
from kis_core.wire.masters.stocks import KOSDAQ, KOSPI, KosdaqRow, KospiRow


@pytest.fixture(scope="session")
def kospi_zip(kst_data: Path) -> bytes:
    return (kst_data / "masters" / "kospi_code.mst.zip").read_bytes()


@pytest.fixture(scope="session")
def kosdaq_zip(kst_data: Path) -> bytes:
    return (kst_data / "masters" / "kosdaq_code.mst.zip").read_bytes()


@pytest.fixture(scope="session")
def kospi(kospi_zip: bytes) -> MasterFile[KospiRow]:
    return read_master(KOSPI, kospi_zip)


@pytest.fixture(scope="session")
def kosdaq(kosdaq_zip: bytes) -> MasterFile[KosdaqRow]:
    return read_master(KOSDAQ, kosdaq_zip)
