"""Bodies that follow KIS's catalog field by field, for calls without a published answer; and
bodies that were damaged on their way.
"""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from kis_core.wire.tr_table import CALLS


def filled(call: str, output: str, **said: str) -> dict[str, str]:
    """Return every field of an output as the catalog lists it, 0 where nothing is said."""
    names = CALLS[call].outputs[output].names
    assert set(said) <= set(names), f"{call} {output} has no {set(said) - set(names)}"
    return dict.fromkeys(names, "0") | said


def names_of(*calls: str) -> list[str]:
    """Return the names of all fields that some calls answer with."""
    outputs = (output for call in calls for output in CALLS[call].outputs.values())
    return sorted({name for output in outputs for name in output.names})


@st.composite
def damaged(draw: st.DrawFn, body: Mapping[str, Any]) -> dict[str, Any]:
    """Cut fields out of a body, double what it holds, or put rubbish in its place."""
    told = dict(body)
    for _ in range(draw(st.integers(1, 3))):
        _damage(draw, told)
    return told


def _damage(draw: st.DrawFn, told: dict[str, Any]) -> None:
    if not told:
        return
    name = draw(st.sampled_from(sorted(told)))
    value = told[name]
    if isinstance(value, dict) and draw(st.booleans()):
        told[name] = dict(value)
        _damage(draw, told[name])
    elif isinstance(value, list) and value and draw(st.booleans()):
        rows = [dict(row) if isinstance(row, dict) else row for row in value]
        row = draw(st.sampled_from(rows))
        if isinstance(row, dict):
            _damage(draw, row)
        told[name] = rows
    else:
        match draw(st.sampled_from(["cut", "double", "half", "rubbish"])):
            case "cut":
                del told[name]
            case "double" if isinstance(value, str | list):
                told[name] = value * 2
            case "half" if isinstance(value, str | list):
                told[name] = value[: len(value) // 2]
            case _:
                told[name] = draw(
                    st.sampled_from([None, "", " ", "x", 7, -1.5, [], {}, [None], "NaN"])
                )
