"""Faults from a file, from a request, from a seed: read, told, and refused in one sentence."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from broker_sim.__main__ import main
from broker_sim.exchange.fault_entries import FaultError
from broker_sim.exchange.fault_kinds import Kind
from broker_sim.exchange.fault_rates import draw_faults
from broker_sim.kis.fault_script import open_script, read_script
from config.load import DIRECTORY

REPO = Path(__file__).resolve().parents[3]
SCRIPTS = sorted((DIRECTORY / "faults").glob("*.yaml"))
WORDS = """
seed: 7
faults:
  - {kind: reply_lost, call: order_cash, after: 1}
  - kind: socket_reset
    at: "09:05"
"""


@pytest.mark.parametrize("as_json", [False, True], ids=["YAML", "JSON"])
def test_a_script_is_a_seed_and_faults(as_json: bool) -> None:
    faults = [
        {"kind": "reply_lost", "call": "order_cash", "after": 1},
        {"kind": "socket_reset", "at": "09:05"},
    ]
    text = json.dumps({"seed": 7, "faults": faults}) if as_json else WORDS
    script = read_script(text, "script")
    assert script.seed == 7
    assert [fault.kind for fault in script.faults] == [Kind.REPLY_LOST, Kind.SOCKET_RESET]
    assert script.plan(1).state()["seed"] == 7


def test_a_drawn_day_can_be_told_as_a_script_and_read_again() -> None:
    drawn = draw_faults(7, 0.5, ["005930"])
    text = json.dumps({"faults": [fault.told() for fault in drawn]})
    assert "e-06" in text  # a number that YAML reads as text
    assert read_script(text, "script").faults == drawn


def test_a_script_may_draw_a_bad_day_beside_its_faults() -> None:
    script = read_script("intensity: 2\nfaults: [{kind: body_cut}]", "script")
    plan = script.plan(5, ["005930"])
    assert plan.faults[0].kind is Kind.BODY_CUT
    assert plan.faults[1:] == script.plan(5, ["005930"]).faults[1:]
    assert len(plan.faults) > 20


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "f.yaml: expected a mapping with faults, got nothing"),
        ("- a", "f.yaml: expected a mapping with faults, got list"),
        ("faults: {a", "f.yaml, line 1: neither YAML nor JSON"),
        ("faulst: []", "f.yaml: faulst is not a key; there are seed, intensity, faults"),
        ("seed: x", "f.yaml: seed: 'x', expected a whole number"),
        ("intensity: -1", "f.yaml: intensity: -1, expected 0 to 1000"),
        ("faults: 3", "f.yaml: faults: expected a list of faults, got 3"),
        ("faults: [{kind: gremlins}]", "f.yaml: faults[0].kind: 'gremlins', expected one of"),
        (
            "faults: [{kind: body_cut}, {kind: body_cut, page: x}]",
            "f.yaml: faults[1].page: 'x', expected a whole number",
        ),
        ("!!python/object:os.system {}", "f.yaml, line 1: neither YAML nor JSON"),
    ],
)
def test_a_script_that_cannot_be_read_says_so_in_one_sentence(
    tmp_path: Path, text: str, sentence: str
) -> None:
    file = tmp_path / "f.yaml"
    file.write_text(text)
    with pytest.raises(FaultError) as error:
        open_script(file)
    assert str(error.value).startswith(sentence)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"], ids=["absent", "not text"])
def test_a_file_that_is_none_stops_the_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None
) -> None:
    file = tmp_path / "faults.yaml"
    if content is not None:
        file.write_bytes(content)
    assert main(("--faults", str(file))) == 2
    said = capsys.readouterr().err
    assert "faults.yaml" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize("file", SCRIPTS, ids=lambda file: file.stem)
def test_the_houses_own_scripts_can_be_read(file: Path) -> None:
    assert open_script(file).plan(1).faults


def test_the_house_has_the_paper_hosts_habits_and_a_worst_day() -> None:
    assert {file.stem for file in SCRIPTS} == {"paper", "worst_day"}


# The page


@pytest.mark.anyio
async def test_faults_are_added_told_and_forgotten_at_their_page(opens: Any) -> None:
    async with opens() as broker:
        assert (await broker.http.get("/sim/faults")).json()["faults"] == []
        script = "faults: [{kind: throttled, call: questions}, {kind: page_failed, times: 2}]"
        added = await broker.http.post("/sim/faults", content=script)
        assert added.status_code == 200
        assert [f["kind"] for f in added.json()["faults"]] == ["throttled", "page_failed"]
        assert (await broker.balance()).json()["msg_cd"] == "EGW00201"
        assert (await broker.balance()).json()["rt_cd"] == "0"
        told = (await broker.http.get("/sim/faults")).json()
        assert [(f["matched"], f["bit"]) for f in told["faults"]] == [(1, 1), (0, 0)]
        (bite,) = told["bites"]
        assert bite == {
            "number": 1,
            "kind": "throttled",
            "at": "2025-09-03T09:00:05.000+09:00",
            "on": "/uapi/domestic-stock/v1/trading/inquire-balance TTTC8434R",
        }
        cleared = (await broker.http.delete("/sim/faults")).json()
        assert (cleared["faults"], len(cleared["bites"])) == ([], 1)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("method", "body", "status", "sentence"),
    [
        ("POST", "faults: [{kind: x}]", 400, "script: faults[0].kind: 'x', expected one of"),
        ("POST", "faults: [", 400, "script, line 1: neither YAML nor JSON"),
        ("POST", "seed: 1", 400, "script: seed and intensity are for the start"),
        ("PUT", "", 405, "GET, POST a script, or DELETE"),
    ],
)
async def test_what_the_page_does_not_take_changes_nothing(
    opens: Any, method: str, body: str, status: int, sentence: str
) -> None:
    async with opens() as broker:
        reply = await broker.http.request(method, "/sim/faults", content=body)
        assert reply.status_code == status
        assert reply.json()["error"].startswith(sentence)
        assert (await broker.http.get("/sim/faults")).json()["faults"] == []


@pytest.mark.anyio
async def test_the_page_itself_is_never_late_nor_lost(opens: Any) -> None:
    async with opens() as broker:
        await broker.http.post("/sim/faults", content="faults: [{kind: reply_lost, times: 9}]")
        assert (await broker.http.get("/sim/state")).status_code == 200
        assert (await broker.http.get("/sim/faults")).json()["bites"] == []


# The document


def test_the_document_has_a_row_for_each_kind_and_names_its_test() -> None:
    text = (REPO / "docs" / "faults.md").read_text("utf-8")
    rows = re.findall(r"^\| `([a-z_]+)` \|([^|]*\|[^|]*\|[^|]*)\|$", text, re.MULTILINE)
    assert sorted({kind for kind, _ in rows}) == sorted(Kind)
    tests = "\n".join(
        file.read_text("utf-8") for file in Path(__file__).parent.glob("test_faults*")
    )
    for kind, row in rows:
        named = re.findall(r"`(test_[a-z_]+)`", row)
        assert named, f"{kind}: no test is named"
        assert all(f"def {name}(" in tests for name in named), f"{kind}: {named}"


def test_the_documents_script_can_be_read() -> None:
    text = (REPO / "docs" / "faults.md").read_text("utf-8")
    scripts = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert scripts
    for script in scripts:
        assert read_script(script, "docs/faults.md").faults
