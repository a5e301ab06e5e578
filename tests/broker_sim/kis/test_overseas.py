"""What clients of whole accounts ask beside domestic stocks: nothing abroad, and no bonds."""

from typing import Any

import pytest

from broker_sim.kis import overseas
from tests.broker_sim.kis import official

CALLS = {call.name: call for call in overseas.CALLS}


@pytest.mark.anyio
@pytest.mark.parametrize("dialect", ["real", "paper"])
async def test_there_is_nothing_abroad_and_no_bond(opens: Any, dialect: str) -> None:
    async with opens(dialect=dialect) as broker:
        for name, call in CALLS.items():
            ids = call.tr_real if dialect == "real" else call.tr_paper or call.tr_real
            query = {"CANO": "50001234", "ACNT_PRDT_CD": "01", "CTX_AREA_FK200": ""}
            reply = await broker.http.get(call.path, params=query, headers=broker.headers(ids[""]))
            answer = official.read(reply)
            if dialect == "paper" and not call.tr_paper:
                assert (answer.status, answer.body.msg_cd) == (500, "EGW02006"), name
                continue
            assert answer.ok, name
            for output, known in call.outputs.items():
                found = getattr(answer.body, output)
                if known.kind == "array":
                    assert (found, answer.tr_cont) == ([], "D"), name
                else:
                    assert found == dict.fromkeys(known.names, "0"), name


def test_bonds_are_among_them() -> None:
    assert CALLS["domestic_bond.inquire_balance"].tr_real == {"": "CTSC8407R"}
