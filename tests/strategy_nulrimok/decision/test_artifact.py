"""The artifact's text: written, read back, and refused."""

import json
from typing import Any

import msgspec
import pytest

from strategy_nulrimok.decision.artifact import (
    Artifact,
    ArtifactError,
    Regime,
    Rejects,
    of_text,
    sealed,
    to_text,
)


@pytest.fixture
def artifact() -> Artifact:
    return sealed(
        Artifact(
            1, "cfg", "2025-07-01", "2025-06-30", Regime("A", 1.0, 1.0, ()), (), (), (), (), (),
            {"000020": None, "000010": True}, (Rejects("FLOW", "X", 1, ("000030",)),), (),
        )
    )  # fmt: skip


def edited(artifact: Artifact, **over: Any) -> str:
    return json.dumps(json.loads(to_text(artifact)) | over)


def test_what_is_written_is_read(artifact: Artifact) -> None:
    text = to_text(artifact)
    assert of_text(text, "2025-07-01", "cfg") == artifact
    assert text.index('"000010"') < text.index('"000020"')
    assert len(artifact.content_hash) == 64


@pytest.mark.parametrize(
    ("over", "day", "config", "trouble", "words"),
    [
        ({"schema_version": 2}, "2025-07-01", "cfg", "SCHEMA", "version 2, this program reads 1"),
        ({"data_as_of": "2025-06-29"}, "2025-07-01", "cfg", "DAMAGED", "2025-07-01 is damaged"),
        ({"content_hash": ""}, "2025-07-01", "cfg", "DAMAGED", "damaged"),
        ({"flow_reversal": {}}, "2025-07-01", "cfg", "DAMAGED", "damaged"),
        ({}, "2025-07-02", "cfg", "STALE", "of 2025-07-01, wanted 2025-07-02"),
        ({}, "2025-07-01", "new", "CONFIG", "under configuration cfg, in force is new"),
        ({"regime": None}, "2025-07-01", "cfg", "UNREADABLE", r"\$\.regime"),
        ({"more": 1}, "2025-07-01", "cfg", "UNREADABLE", "unknown field `more`"),
        ({"schema_version": "1"}, "2025-07-01", "cfg", "UNREADABLE", "not readable"),
    ],
)  # fmt: skip
def test_what_must_not_be_traded_on(
    over: dict[str, Any], day: str, config: str, trouble: str, words: str, artifact: Artifact
) -> None:
    with pytest.raises(ArtifactError, match=words) as refusal:
        of_text(edited(artifact, **over), day, config)
    assert refusal.value.trouble == trouble


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "{}", '{"schema_version":1}', "\ud800"])
def test_a_torn_text_is_not_readable(text: str) -> None:
    with pytest.raises(ArtifactError, match="not readable") as refusal:
        of_text(text, "2025-07-01", "cfg")
    assert refusal.value.trouble == "UNREADABLE"


def test_a_text_cut_anywhere_is_refused(artifact: Artifact) -> None:
    text = to_text(artifact)
    for length in range(0, len(text), 7):
        with pytest.raises(ArtifactError):
            of_text(text[:length], "2025-07-01", "cfg")


OTHER: dict[str, Any] = {
    "config_hash": "x",
    "trade_date": "x",
    "data_as_of": "x",
    "regime": Regime("B", 0.5, 0.5, ()),
    "sectors": ("x",),
    "candidates": ("x",),
    "tradable": ("x",),
    "active_set": ("x",),
    "overflow": ("x",),
    "flow_reversal": {},
    "rejects": (),
    "would_block": ("x",),
}


def test_every_field_is_under_the_hash(artifact: Artifact) -> None:
    fields = {field.name for field in msgspec.structs.fields(Artifact)}
    assert fields - set(OTHER) == {"schema_version", "content_hash"}
    hashes = {
        sealed(msgspec.structs.replace(artifact, **{name: value})).content_hash
        for name, value in OTHER.items()
    }
    assert len(hashes | {artifact.content_hash}) == len(OTHER) + 1
