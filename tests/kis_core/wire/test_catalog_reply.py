"""The reply of every call of KIS's catalog comes out as typed values, or as one clear error."""

from collections.abc import Mapping
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.errors import ReplyError
from kis_core.wire.catalog_reply import CatalogReply, Row, Value, joined, read_reply
from kis_core.wire.envelope import read_envelope
from kis_core.wire.tr_table import CALLS
from kis_core.wire.vocabulary import Kind, kind_of

ENVELOPE = {"rt_cd": "0", "msg_cd": "MCA00000", "msg1": "정상처리 되었습니다!"}
TYPES: dict[Kind, tuple[type, ...]] = {
    Kind.TEXT: (str,),
    Kind.DATE: (date,),
    Kind.TIME: (timedelta,),
    Kind.WHOLE: (int,),
    Kind.PRICE: (int,),
    Kind.NUMBER: (Decimal,),
}


def text_of(field: Mapping[str, Any], seed: int) -> tuple[str, Value]:
    """Return what KIS might say in a field of this length and decimals, and what it means."""
    decimals = field.get("decimals") or 0
    length = int(field.get("len") or 10)
    width = max(1, min(length // 10 ** len(str(decimals)) if decimals else length, 18))
    number = 10 ** (min(width, 6) - 1) + seed % 9
    match kind_of(field["name"], decimals):
        case Kind.TEXT:
            text = f"{seed}X"[: max(1, min(length, 4))]
            return text.ljust(length % 20), text
        case Kind.DATE:
            day = date(2026, 1 + seed % 12, 1 + seed % 28)
            return f"{day:%Y/%m/%d}" if length == 10 else f"{day:%Y%m%d}", day
        case Kind.TIME:
            return f"{9 + seed % 7:02d}3000", timedelta(hours=9 + seed % 7, minutes=30)
        case Kind.NUMBER:
            value = Decimal(-number).scaleb(-decimals)
            return f"{value:f}", value
        case _:
            return f"{number:018d}" if seed % 2 else f" -{number}", number if seed % 2 else -number


# The sheet's spelling; the published example, and so our table, has the other one beside it.
MISSPELT = {"cnc_cfrm_qty"}


def synthesised(call: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    """Return a body with two rows in each array, and the values it holds."""
    body: dict[str, Any] = dict(ENVELOPE)
    values: dict[str, list[dict[str, Any]]] = {}
    seed = 0
    for output, shape in call["output_fields"].items():
        rows, meant = [], []
        for _ in range(2):
            seed += 1
            pairs = {
                field["name"]: text_of(field, seed + number)
                for number, field in enumerate(shape["fields"])
                if field["name"] not in MISSPELT
            }
            rows.append({name: text for name, (text, _) in pairs.items()})
            meant.append({name: value for name, (_, value) in pairs.items()})
        body[output] = rows
        values[output] = meant
    return body, values


def test_every_documented_field_of_every_call_is_read(catalog: dict[str, Any]) -> None:
    fields = 0
    for name, documented in catalog.items():
        if name.startswith("auth."):
            continue
        call = CALLS[name]
        body, values = synthesised(documented)
        for output, shape in call.outputs.items():
            if shape.kind == "object":
                body[output] = body[output][0]
        reply = read_reply(call, body)
        assert reply.objects.keys() | reply.arrays.keys() == documented["output_fields"].keys()
        for output, meant in values.items():
            if call.outputs[output].kind == "object":
                read: tuple[Row, ...] = (reply.objects[output],)
                meant = meant[:1]
            else:
                read = reply.arrays[output]
            assert list(read) == meant, name
            for field in call.outputs[output].fields:
                types = TYPES[kind_of(field.name, field.decimals)]
                assert all(type(row[field.name]) in types for row in read), (name, field.name)
                fields += 1
    assert fields > 3_000


def test_a_blank_or_absent_field_is_none_in_every_call() -> None:
    for name, call in CALLS.items():
        if name.startswith("auth."):
            continue
        blank = {
            output: dict.fromkeys(shape.names, "  ") if shape.kind == "object" else []
            for output, shape in call.outputs.items()
        }
        reply = read_reply(call, ENVELOPE | blank)
        for output, row in reply.objects.items():
            assert row == dict.fromkeys(call.outputs[output].names), name
        assert all(rows == () for rows in reply.arrays.values())


PRICE = CALLS["domestic_stock.inquire_price"]
DAYS = CALLS["domestic_stock.inquire_investor"]
HOLIDAYS = CALLS["domestic_stock.chk_holiday"]


def price(**fields: Any) -> Row:
    return read_reply(PRICE, ENVELOPE | {"output": fields}).row


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("stck_prpr", "128500", 128_500),
        ("stck_prpr", " 0000128500 ", 128_500),
        ("stck_prpr", "128500.00", 128_500),
        ("stck_prpr", "2534.34", Decimal("2534.34")),
        ("prdy_vrss", "-500", -500),
        ("prdy_vrss", "+500", 500),
        ("prdy_vrss", "-0000500", -500),
        ("acml_vol", "0", 0),
        ("acml_vol", 17, 17),
        ("prdy_ctrt", "-0.87", Decimal("-0.87")),
        ("prdy_ctrt", ".87", Decimal("0.87")),
        ("eps", "6532.00", Decimal(6532)),
        ("prdy_vrss_sign", "2", "2"),
        ("stck_shrn_iscd", "000660", "000660"),
        ("cpfn_cnnm", "36,576 억", "36,576 억"),
        ("w52_hgpr_date", "20210225", date(2021, 2, 25)),
        ("w52_hgpr_date", "00000000", None),
        ("w52_hgpr_date", "", None),
        ("stck_prpr", "   ", None),
        ("stck_prpr", None, None),
    ],
    ids=repr,
)
def test_a_fields_text_is_read(field: str, text: object, value: Value) -> None:
    read = price(**{field: text})[field]
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("field", "text", "expected"),
    [
        ("acml_vol", "1.5", "a whole number"),
        ("acml_vol", "12a", "a whole number"),
        ("acml_vol", "1e5", "a whole number"),
        ("acml_vol", "1_000", "a whole number"),
        ("acml_vol", "٣", "a whole number"),
        ("acml_vol", "9" * 19, "a whole number"),
        ("acml_vol", True, "a whole number"),
        ("acml_vol", [], "a whole number"),
        ("prdy_ctrt", "NaN", "a number"),
        ("prdy_ctrt", "--1", "a number"),
        ("stck_prpr", "-", "a price"),
        ("w52_hgpr_date", "20211301", "a date"),
        ("w52_hgpr_date", "2021022", "a date"),
        ("stck_shrn_iscd", {}, "text"),
    ],
    ids=repr,
)
def test_rubbish_is_named_with_its_place(field: str, text: object, expected: str) -> None:
    with pytest.raises(ReplyError) as wrong:
        price(**{field: text})
    assert wrong.value.what.startswith("domestic_stock.inquire_price output: " + field)
    assert wrong.value.what.endswith(f"expected {expected}")


def test_a_rows_number_is_in_the_error() -> None:
    rows = [{"stck_bsop_date": "20260105"}, {"stck_bsop_date": "20260104", "prsn_ntby_qty": "x"}]
    with pytest.raises(ReplyError, match=r"inquire_investor output row 2: prsn_ntby_qty 'x'"):
        read_reply(DAYS, ENVELOPE | {"output": rows})


@pytest.mark.parametrize(
    ("text", "since_midnight"),
    [("155955", (15, 59, 55)), ("253000", (25, 30, 0)), ("91500", (9, 15, 0)), ("0", (0, 0, 0))],
)
def test_a_time_is_since_midnight_of_its_rows_date(
    text: str, since_midnight: tuple[int, int, int]
) -> None:
    call = CALLS["domestic_stock.inquire_ccnl"]
    (row,) = read_reply(call, ENVELOPE | {"output": [{"stck_cntg_hour": text}]}).rows
    hours, minutes, seconds = since_midnight
    assert row["stck_cntg_hour"] == timedelta(hours=hours, minutes=minutes, seconds=seconds)


@pytest.mark.parametrize("text", ["096000", "310000", "0915001", "9:15", "x"])
def test_a_time_that_cannot_be_is_an_error(text: str) -> None:
    call = CALLS["domestic_stock.inquire_ccnl"]
    with pytest.raises(ReplyError, match="expected a time"):
        read_reply(call, ENVELOPE | {"output": [{"stck_cntg_hour": text}]})


def test_fields_that_kis_appends_are_kept_as_text() -> None:
    row = price(stck_prpr="1", brand_new_qty=" 17 ", another=" ")
    assert (row["brand_new_qty"], row["another"]) == ("17", None)


@pytest.mark.parametrize(
    ("call", "outputs"),
    [
        (DAYS, {}),
        (DAYS, {"output": None}),
        (DAYS, {"output": "text"}),
        (DAYS, {"output": ["text"]}),
        (DAYS, {"output": [{"nothing": "known"}]}),
        (PRICE, {}),
        (PRICE, {"output": "text"}),
        (PRICE, {"output": [{}, {}]}),
        (PRICE, {"output": {"nothing": "known"}}),
    ],
    ids=repr,
)
def test_an_output_that_is_not_what_is_documented_is_an_error(
    call: Any, outputs: dict[str, Any]
) -> None:
    with pytest.raises(ReplyError, match=call.name):
        read_reply(call, ENVELOPE | outputs)


@pytest.mark.parametrize(
    "outputs",
    [
        {"output": []},
        {"output": [{}, {"stck_bsop_date": "", "stck_clpr": " "}]},
        {"msg_cd": "KIOK0560"},
        {"output": {}},
    ],
    ids=["none", "blank rows", "left out where KIS says no rows", "an empty object"],
)
def test_no_rows_are_no_rows(outputs: dict[str, Any]) -> None:
    assert read_reply(DAYS, ENVELOPE | outputs).rows == ()


def test_one_row_may_come_without_its_array_and_one_object_in_one() -> None:
    row = {"stck_bsop_date": "20260105", "stck_clpr": "1000"}
    assert read_reply(DAYS, ENVELOPE | {"output": row}).rows[0]["stck_clpr"] == 1000
    assert read_reply(PRICE, ENVELOPE | {"output": [{"stck_prpr": "1"}]}).row["stck_prpr"] == 1


def test_the_token_offices_answers_are_read() -> None:
    token = {
        "access_token": "eyJ…",
        "token_type": "Bearer",
        "expires_in": 86400,
        "access_token_token_expired": "2026-01-05 09:00:00",
    }
    assert read_reply(CALLS["auth.auth_token"], token).row == token
    assert read_reply(CALLS["auth.auth_ws_token"], {"approval_key": "k"}).row == {
        "approval_key": "k"
    }
    revoked = read_reply(CALLS["auth.revoke_token"], {"code": 200, "message": "완료"}).row
    assert revoked == {"code": "200", "message": "완료"}
    order = {"BODY": {"CANO": "12345678"}, "HASH": "abc"}
    assert read_reply(CALLS["auth.hashkey"], order).row == order


def test_pages_are_joined_by_their_list_and_the_rest_is_as_of_the_last() -> None:
    call = CALLS["domestic_stock.inquire_balance"]
    pages = [
        read_reply(
            call,
            ENVELOPE | {"output1": [{"pdno": symbol}], "output2": [{"tot_evlu_amt": str(number)}]},
        )
        for number, symbol in enumerate(("005930", "000660"))
    ]
    whole = joined(call, pages)
    assert [row["pdno"] for row in whole.rows] == ["005930", "000660"]
    assert [row["tot_evlu_amt"] for row in whole.arrays["output2"]] == [1]
    objects = CatalogReply({"output": {"a": "1"}}, {})
    assert joined(PRICE, [objects]) is objects


scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
) | st.from_regex(r"[+-]?[0-9]{1,20}(\.[0-9]{0,4})?", fullmatch=True)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@st.composite
def bodies(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """Draw a call, and a body that is partly what it documents."""
    name = draw(st.sampled_from(sorted(CALLS)))
    call = CALLS[name]
    body = draw(st.dictionaries(st.sampled_from(["rt_cd", "msg_cd", "msg1", "output"]), values))
    for output, shape in call.outputs.items():
        known = st.dictionaries(st.sampled_from(shape.names), values, max_size=4)
        held = draw(values | known | st.lists(known | values, max_size=3))
        body |= held if output == "" and isinstance(held, dict) else {output: held}
    return name, body


@given(bodies())
def test_whatever_comes_nothing_but_a_reply_error_is_raised(
    drawn: tuple[str, dict[str, Any]],
) -> None:
    name, body = drawn
    with suppress(ReplyError):
        reply = read_reply(CALLS[name], body)
        assert reply.objects.keys() | reply.arrays.keys() == CALLS[name].outputs.keys()


@given(bodies(), st.data())
def test_a_text_cut_doubled_or_spliced_is_read_or_refused(
    drawn: tuple[str, dict[str, Any]], data: st.DataObject
) -> None:
    name, body = drawn
    text = msgspec.json.encode(ENVELOPE | body).decode()
    at = data.draw(st.integers(0, len(text)))
    for broken in (text, text[:at], text + text, text[at:] + text[:at], text[:at] * 2):
        with suppress(ReplyError):
            read_reply(CALLS[name], read_envelope(200, broken).body)


@given(st.integers(100, 599), st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_an_envelope_is_read_or_refused(status: int, text: str) -> None:
    with suppress(ReplyError):
        read_envelope(status, text)
