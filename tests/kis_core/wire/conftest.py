"""KIS's own published frames and replies, read from the shared data."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def reference(kst_data: Path) -> Path:
    """The folder of KIS's catalogs, beside the data."""
    folder = kst_data.parent / "reference"
    assert (folder / "kis_rest_catalog.json").is_file(), f"no catalogs in {folder}"
    return folder


@pytest.fixture(scope="session")
def catalog(reference: Path) -> dict[str, Any]:
    """KIS's catalog of REST calls, as it is."""
    calls: dict[str, Any] = json.loads((reference / "kis_rest_catalog.json").read_text("utf-8"))
    return calls


@pytest.fixture(scope="session")
def samples(kst_data: Path) -> list[dict[str, Any]]:
    """Return the frames KIS published, and those somebody captured, as they are described."""
    lines = (kst_data / "broker_samples" / "kis_ws_frames.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture(scope="session")
def frame_of(samples: list[dict[str, Any]]) -> Callable[..., str]:
    """Return the sample frame of a TR: `frame_of("H0STASP0", fields=62)`."""

    def find(tr_id: str, fields: int | None = None) -> str:
        found = [s for s in samples if s["tr_id"] == tr_id and fields in (None, s["fields"])]
        return str(found[0]["frame"])

    return find


@pytest.fixture(scope="session")
def reply_of(kst_data: Path) -> Callable[[str], dict[str, Any]]:
    """Return the sample body of a call, by the end of its path."""
    lines = (kst_data / "broker_samples" / "kis_rest_examples.jsonl").read_text("utf-8")
    samples = [json.loads(line) for line in lines.splitlines()]

    def find(path: str) -> dict[str, Any]:
        found = [s for s in samples if s["URL"].endswith(path)]
        return dict(found[0]["body"])

    return find
