"""Every TR of the table is read field by field, and no text whatever raises but FrameError."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kis_core.errors import FrameError
from kis_core.wire.stream.cipher import Keyring, seal
from kis_core.wire.stream.frames import Ack
from kis_core.wire.stream.rows import READERS, named_payload, named_rows
from kis_core.wire.tr_table import STREAMS
from tests.kis_core.wire.every_tr import frame, read_any, rows, told

LAYOUTS = [(tr_id, len(layout)) for tr_id, s in STREAMS.items() for layout in s.layouts]
KEY, IV = "k" * 32, "i" * 16


def ring(tr_id: str, key: str = KEY) -> Keyring:
    keyring = Keyring()
    keyring.learn(Ack(tr_id, "hts", True, "OPSP0000", "SUBSCRIBE SUCCESS", "N", IV, key))
    return keyring


def sealed(text: str) -> str:
    """Return a plain frame as KIS seals it."""
    _, tr_id, count, payload = text.split("|", 3)
    return f"1|{tr_id}|{count}|{seal(payload, KEY, IV)}"


def plain(value: Any) -> Any:
    """Return a value with its structs as tuples."""
    if isinstance(value, msgspec.Struct):
        return tuple(plain(getattr(value, name)) for name in value.__struct_fields__)
    return tuple(map(plain, value)) if isinstance(value, tuple) else value


def fields(event: Any) -> Mapping[str, Any]:
    return {name: plain(getattr(event, name)) for name in event.__struct_fields__}


@pytest.mark.parametrize(("tr_id", "width"), LAYOUTS, ids=str)
@settings(max_examples=20)
@given(data=st.data(), extra=st.sampled_from([0, 0, 1]))
def test_every_field_of_an_event_is_what_its_column_says(
    tr_id: str, width: int, data: st.DataObject, extra: int
) -> None:
    records = data.draw(st.lists(rows(tr_id, width), min_size=1, max_size=3))
    if width < len(STREAMS[tr_id].layouts[-1]) and not STREAMS[tr_id].encrypted:
        extra = 0  # so wide it may be another layout
    text = frame(tr_id, records, extra)
    keyring = ring(tr_id) if STREAMS[tr_id].encrypted else None
    for _ in range(2):  # once with care, once from memory
        events = read_any(sealed(text) if keyring else text, keyring)
        assert [fields(event) for event in events] == [told(tr_id, row) for row in records]
    assert named_rows(text) == records
    payload = text.split("|", 3)[3]
    assert named_payload(tr_id, payload, len(records)) == records


def test_every_tr_that_is_not_sealed_has_its_reader() -> None:
    assert set(READERS) == {tr_id for tr_id, stream in STREAMS.items() if not stream.encrypted}


@pytest.mark.parametrize("tr_id", STREAMS)
@given(data=st.data())
@settings(max_examples=5)
def test_a_record_that_lacks_its_last_column_is_an_error(tr_id: str, data: st.DataObject) -> None:
    width = STREAMS[tr_id].width_min
    row = data.draw(rows(tr_id, width))
    row.popitem()
    text = frame(tr_id, [row])
    keyring = ring(tr_id) if STREAMS[tr_id].encrypted else None
    with pytest.raises(FrameError, match=f"{width - 1} fields for 1 records"):
        read_any(sealed(text) if keyring else text, keyring)


def test_what_decides_is_the_flag_of_the_frame_not_what_the_answer_said() -> None:
    payload = (
        "HTSID^1234567801^0000002891^^02^0^00^0^136480^0000000001^000003190^094941^0^2^2^06010"
        "^000000001^name^item^10^^item^000000000"
    )
    in_the_open = f"0|H0STCNI9|001|{payload}"
    assert read_any(in_the_open) == read_any(sealed(in_the_open), ring("H0STCNI9"))
    with pytest.raises(FrameError, match="no key is at hand"):
        read_any(sealed(in_the_open))
    with pytest.raises(FrameError):
        read_any(sealed(in_the_open), ring("H0STCNI9", key="x" * 32))
    with pytest.raises(FrameError, match="no key came"):
        read_any(sealed(in_the_open), ring("H0STCNI0"))


@pytest.mark.parametrize(
    ("hour", "of_the_next_day"),
    [("180000", False), ("235959", False), ("000000", True), ("011442", True), ("055959", True)],
)
@pytest.mark.parametrize("tr_id", ["H0MFCNT0", "H0MFASP0", "H0EUCNT0", "H0EUASP0", "H0EUANC0"])
def test_a_night_goes_on_after_midnight(tr_id: str, hour: str, of_the_next_day: bool) -> None:
    day_ns = 1_763_564_400_000_000_000  # 2025-11-20 00:00 KST, on whose evening it began
    columns = STREAMS[tr_id].layouts[0]
    row = dict.fromkeys(columns, "1") | {columns[0]: "A01612", "BSOP_HOUR": hour}
    (event,) = read_any(frame(tr_id, [row]), day_start_ns=day_ns)
    seconds = (int(hour[:2]) * 60 + int(hour[2:4])) * 60 + int(hour[4:])
    seconds += 86_400 if of_the_next_day else 0
    assert event.at_ns == day_ns + seconds * 1_000_000_000  # type: ignore[union-attr]


def test_the_price_of_a_future_is_its_sixth_column_that_of_an_option_its_third() -> None:
    for tr_id, place in (("H0IFCNT0", 5), ("H0MFCNT0", 5), ("H0ZFCNT0", 2), ("H0IOCNT0", 2)):
        columns = STREAMS[tr_id].layouts[0]
        row = dict.fromkeys(columns, "1") | {columns[0]: "A01612", "BSOP_HOUR": "100000"}
        row[columns[place]] = "1080.30"
        (event,) = read_any(frame(tr_id, [row]))
        assert str(event.price) == "1080.30"  # type: ignore[union-attr]


def test_the_night_option_has_its_flag_before_its_lower_limit() -> None:
    columns = STREAMS["H0EUCNT0"].layouts[0]
    row = dict.fromkeys(columns, "1") | {columns[0]: "B01612745", "BSOP_HOUR": "200000"}
    texts = [*[*row.values()][:53], "12.50", "2", "3.05"]
    (event,) = read_any("0|H0EUCNT0|001|" + "^".join(texts))
    limits = (event.upper, event.limited, event.lower)  # type: ignore[union-attr]
    assert tuple(map(str, limits)) == ("12.50", "2", "3.05")


def test_the_unified_status_is_read_with_a_symbol_where_it_has_one() -> None:
    documented = "0|H0UNMKO0|001|N^^112^^^^00^N^N^1"
    with_symbol = "0|H0UNMKO0|001|005930^N^^112^^^^00^N^N^1"
    without_exchange = "0|H0UNMKO0|001|005930^N^^112^^^^00^N^N"
    read = [read_any(text)[0] for text in (documented, with_symbol, without_exchange)]
    assert [(e.symbol, e.halted, e.phase, e.exchange) for e in read] == [  # type: ignore[union-attr]
        (None, False, "112", "1"),
        ("005930", False, "112", "1"),
        ("005930", False, "112", None),
    ]


# --- whatever the text

PIECES = st.sampled_from(["0", "1", "|", "^", "{", "}", "001", "002", "", "-1", "(null)", *STREAMS])


@pytest.mark.parametrize("tr_id", STREAMS)
@settings(max_examples=20)
@given(data=st.data())
def test_no_text_raises_anything_but_frame_error(tr_id: str, data: st.DataObject) -> None:
    row = data.draw(rows(tr_id, data.draw(st.sampled_from(STREAMS[tr_id].layouts).map(len))))
    column = data.draw(st.sampled_from(list(row)))
    strange = data.draw(st.one_of(st.text(max_size=12), PIECES, st.just("9" * 5000)))
    good = frame(tr_id, [row])
    cut = data.draw(st.integers(0, len(good)))
    other = data.draw(st.integers(0, len(good)))
    texts = [
        frame(tr_id, [row | {column: strange}]),
        frame(tr_id, [row, row | {column: strange}]),
        good[:cut],
        good[:cut] + good[other:],
        good[:cut] * 2,
        good * 2,
        f"0|{tr_id}|{strange}|{good.split('|', 3)[3]}",
        f"0|{tr_id}|001|{strange}",
        f"1|{tr_id}|001|{strange}",
        f"1|{tr_id}|{strange}|{seal(good[:cut], KEY, IV)}",
    ]
    for text in texts:
        for keyring in (None, ring(tr_id)):
            for _ in range(2):
                with suppress(FrameError):
                    read_any(text, keyring)
        with suppress(FrameError):
            named_rows(text)


@given(st.one_of(st.text(), st.lists(PIECES).map("".join)), st.sampled_from([*STREAMS]))
def test_arbitrary_text_raises_nothing_else(text: str, tr_id: str) -> None:
    for made in (text, f"0|{tr_id}|{text}", f"0|{tr_id}|001|{text}", f"1|{tr_id}|001|{text}"):
        with suppress(FrameError):
            read_any(made, ring(tr_id))
        with suppress(FrameError):
            named_payload(tr_id, text, len(text) - 2)


@given(st.text(max_size=80), st.integers(0, 200))
def test_a_sealed_text_that_is_no_record_raises_nothing_else(payload: str, cut: int) -> None:
    keyring = ring("H0STCNI0")
    ciphertext = seal(payload, KEY, IV)
    for text in (ciphertext, ciphertext[:cut], ciphertext[:cut] * 2):
        with suppress(FrameError):
            read_any(f"1|H0STCNI0|001|{text}", keyring)
    good = seal("HTSID", KEY, IV)  # what came before leaves nothing behind in the cipher
    with pytest.raises(FrameError, match="1 fields for 1 records"):
        read_any(f"1|H0STCNI0|001|{good}", keyring)
