"""The verb that fetches master files, as a person types it, against a host on loopback."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.load import DIRECTORY
from kis_core.wire.masters import stocks
from tests.conftest import REPO
from tests.kis_core.net.shelf import Page, Shelf
from tests.kis_core.wire.masters import specs
from tests.kis_core.wire.masters.made import line_of, zipped

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shelf(anyio_backend: str) -> AsyncIterator[Shelf]:
    shelf = Shelf()
    server = await asyncio.start_server(shelf.serve, "127.0.0.1", 0)
    shelf.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield shelf
    server.close()
    await server.wait_closed()


@pytest.fixture
def folder(shelf: Shelf, tmp_path: Path) -> Path:
    fleet = yaml.safe_load((DIRECTORY / "fleet.yaml").read_text(encoding="utf-8"))
    fleet["data_dir"] = str(tmp_path / "data")
    (tmp_path / "fleet.yaml").write_text(yaml.safe_dump(fleet))
    (tmp_path / "masters.yaml").write_text(f"url: {shelf.url}\ntimeout_s: 5\n")
    return tmp_path


async def typed(*words: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(REPO / "scripts" / "fetch_masters.py"), *words,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def test_it_says_what_the_files_hold_and_keeps_them(shelf: Shelf, folder: Path) -> None:
    shelf.put(stocks.KOSPI.remote_name, Page(zipped(line_of(specs.KOSPI) + b"\n")))
    code, out, err = await typed("--config", str(folder), "--json")
    said: dict[str, Any] = json.loads(out)
    assert (code, err) == (0, "")
    assert (said["listed"], said["contracts"], said["front_future"]) == ({"KOSPI": 1}, 0, None)
    assert said["troubles"]["kosdaq_code.mst"] == "HTTP 404: kosdaq_code.mst.zip was not given"
    assert (folder / "data" / "masters" / "kospi_code.mst.zip.json").is_file()


async def test_without_any_stock_master_it_fails(folder: Path) -> None:
    code, out, _ = await typed("--config", str(folder))
    assert code == 1
    assert "listed: {}" in out


async def test_a_bad_configuration_is_one_sentence(folder: Path) -> None:
    (folder / "masters.yaml").write_text("url: ftp://somewhere\ntimeout_s: 5\n")
    code, _, err = await typed("--config", str(folder))
    assert code == 1
    assert err.startswith("masters.yaml: url")
    assert err.count("\n") == 1
