"""A tape gives back what it was given; damage is told where it is and costs nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.wire.tape import Damaged, Heard, decode, encode, encode_all

texts = st.text(st.characters(exclude_categories=()), max_size=80) | st.sampled_from(
    ["\\n", "\\\n", "\\\\n", "\t", "a\\", "0|H0STCNT0|001|005930^1"]
)
heard = st.builds(Heard, st.integers(0, 2**63 - 1), st.sampled_from(["kis", "kiwoom"]), texts)


def taped(records: list[Heard]) -> bytes:
    return b"".join(encode(r.arrived_ns, r.source, r.text) for r in records)


@given(st.lists(heard, max_size=8))
def test_what_is_written_is_read(records: list[Heard]) -> None:
    assert list(decode(taped(records))) == records


@given(st.integers(0, 2**62), st.lists(st.text(max_size=40), max_size=8))
def test_texts_written_together_are_written_as_one_by_one(at_ns: int, texts: list[str]) -> None:
    assert encode_all(at_ns, "kis", texts) == b"".join(encode(at_ns, "kis", t) for t in texts)


def test_a_record_is_one_line_that_can_be_searched() -> None:
    assert encode(17, "kis", "0|H0STCNT0|001|a\n\tb") == b"17\tkis\t0|H0STCNT0|001|a\\n\\tb\n"


@given(st.lists(heard, min_size=1, max_size=4), st.data())
def test_a_torn_end_is_reported_and_everything_before_it_is_read(
    records: list[Heard], data: st.DataObject
) -> None:
    whole = taped(records)
    cut = data.draw(st.integers(0, len(whole)))
    read = list(decode(whole[:cut]))
    complete = whole[:cut].count(b"\n")
    assert read[:complete] == records[:complete]
    rest = whole[:cut].rpartition(b"\n")[2]
    torn = [Damaged(cut - len(rest), rest, torn=True)] if rest else []
    assert read[complete:] == torn


@given(st.binary(max_size=60).filter(lambda line: b"\n" not in line))
def test_damage_in_the_middle_costs_one_line(line: bytes) -> None:
    before, after = encode(1, "kis", "one"), encode(2, "kis", "two")
    first, damaged, last = decode(before + line + b"\n" + after)
    assert (first, last) == (Heard(1, "kis", "one"), Heard(2, "kis", "two"))
    assert isinstance(damaged, Heard) or damaged == Damaged(len(before), line, torn=False)


@pytest.mark.parametrize("source", ["", "k s", "kis\t", "1"])
def test_a_source_is_a_plain_name(source: str) -> None:
    with pytest.raises(ValueError, match="plain name"):
        encode(1, source, "text")
