"""Frames are cut at the width they have, and nothing but FrameError comes out of a bad one."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.errors import FrameError
from kis_core.wire.stream.frames import Ack, Heartbeat, Records, Sealed, parse_frame

ROW = "^".join(str(n) for n in range(46))
ACK = (
    '{"header":{"tr_id":"H0STCNT0","tr_key":"005930","encrypt":"N"},"body":{"rt_cd":"0",'
    '"msg_cd":"OPSP0000","msg1":"SUBSCRIBE SUCCESS","output":{"iv":"i","key":"k"}}}'
)


@pytest.mark.parametrize("count", [1, 2, 20])
@pytest.mark.parametrize("extra", [0, 1, 3], ids=["as documented", "one more", "three more"])
def test_11_12_records_are_as_wide_as_the_frame_says(count: int, extra: int) -> None:
    row = ROW + "^x" * extra
    frame = parse_frame(f"0|H0STCNT0|{count:03d}|" + "^".join([row] * count))
    assert frame == Records("H0STCNT0", (tuple(row.split("^")),) * count)


def test_an_encrypted_frame_is_told_by_its_flag() -> None:
    assert parse_frame("1|H0STCNI0|001|QUJD|=") == Sealed("H0STCNI0", 1, "QUJD|=")


def test_pingpong_is_a_heartbeat() -> None:
    text = '{"header":{"tr_id":"PINGPONG","datetime":"20251112100000"}}'
    assert parse_frame(text) == Heartbeat(text)


@pytest.mark.parametrize(
    ("text", "ack"),
    [
        (ACK, Ack("H0STCNT0", "005930", True, "OPSP0000", "SUBSCRIBE SUCCESS", "N", "i", "k")),
        (
            ACK.replace("OPSP0000", "OPSP0001").replace("SUBSCRIBE", "UNSUBSCRIBE"),
            Ack("H0STCNT0", "005930", True, "OPSP0001", "UNSUBSCRIBE SUCCESS", "N", "i", "k"),
        ),
        (
            '{"header":{"tr_id":"(null)","tr_key":"","encrypt":"N"},'
            '"body":{"rt_cd":"9","msg_cd":"OPSP9999","msg1":"invalid json format"}}',
            Ack("", "", False, "OPSP9999", "invalid json format", "N", None, None),
        ),
        (
            '{"header":{},"body":{"rt_cd":9,"output":[]}}',
            Ack("", "", False, "", "", "", None, None),
        ),
    ],
    ids=["registered", "ended", "an error without a TR", "bare"],
)
def test_an_answer_says_what_it_is_about(text: str, ack: Ack) -> None:
    assert parse_frame(text) == ack
    assert ack.ends == (ack.code == "OPSP0001")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "0|H0STCNT0|001",
        "0|H0XXXXX0|001|" + ROW,
        "2|H0STCNT0|001|" + ROW,
        "0|H0STCNT0|000|" + ROW,
        "0|H0STCNT0|-01|" + ROW,
        "0|H0STCNT0|٣|" + ROW,
        "0|H0STCNT0|1001|" + ROW,
        "0|H0STCNT0|" + "9" * 5000 + "|" + ROW,
        "0|H0STCNT0|002|" + ROW,
        "0|H0STCNT0|001|" + ROW.rpartition("^")[0],
        ("0|H0STCNT0|001|" + ROW) * 2,
        "{",
        "{}",
        "[]",
        '{"header":"x","body":{}}',
        '{"header":{"tr_id":"H0STCNT0"}}',
        '{"header":{"tr_id":"H0STCNT0"},"body":"x"}',
        "{" + '"a":{' * 5000,
    ],
)
def test_what_is_not_a_frame_is_an_error(text: str) -> None:
    with pytest.raises(FrameError):
        parse_frame(text)


def test_the_error_keeps_the_text_and_says_what_was_expected() -> None:
    with pytest.raises(FrameError) as error:
        parse_frame("0|H0STCNT0|001|a^b")
    assert error.value.what == "2 fields for 1 records, expected 46 or more each"
    assert error.value.text == "a^b"


@pytest.mark.parametrize("tr_id", ["H0STCNT0", "H0STASP0"])
def test_the_brokers_samples_are_frames(frame_of: Callable[..., str], tr_id: str) -> None:
    frame = parse_frame(frame_of(tr_id))
    assert isinstance(frame, Records)
    assert frame.rows[0][0] == "005930"


pieces = st.sampled_from(["0", "1", "|", "^", "{", "}", "H0STCNT0", "H0STASP0", "001", ROW, ACK])


@given(st.one_of(st.text(), st.lists(pieces).map("".join)))
def test_arbitrary_text_raises_nothing_else(text: str) -> None:
    with suppress(FrameError):
        parse_frame(text)


@given(st.integers(0, len(ACK)), st.booleans())
def test_a_cut_or_doubled_answer_raises_nothing_else(cut: int, doubled: bool) -> None:
    text = ACK[:cut] * (2 if doubled else 1)
    try:
        assert parse_frame(text) or cut == len(ACK)
    except FrameError:
        assert cut < len(ACK) or doubled
