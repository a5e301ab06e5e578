"""Bodies that follow KIS's catalog field by field, for calls without a published answer."""

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
