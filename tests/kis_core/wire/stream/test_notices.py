"""Order notices are told in one way, whatever their layout, and never by a broken one."""

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.environment import Account, Environment
from kis_core.errors import FrameError
from kis_core.wire.account import NoticeKind, OrderNotice
from kis_core.wire.stream.notices import is_for, notices
from kis_core.wire.tr_table import STREAMS

FILL = (
    "HTSID^1234567801^0000002891^^02^0^00^0^136480^0000000001^000003190^094941^0^2^2^06010"
    "^000000001^name^item^10^^item^000000000"
)


def notice(**changed: str) -> str:
    columns = STREAMS["H0STCNI9"].layouts[0]
    return "^".join((dict(zip(columns, FILL.split("^"), strict=True)) | changed).values())


def test_the_brokers_notice_is_a_fill(frame_of: Callable[..., str]) -> None:
    (told,) = notices(frame_of("H0STCNI0"))
    assert told == OrderNotice(
        kind=NoticeKind.FILLED,
        account="1234567801",
        broker_id="0000002891",
        original_id=None,
        symbol="136480",
        side="BUY",
        shares=1,
        price_krw=3_190,
        order_shares=1,
        change="new",
        at="094941",
    )


@pytest.mark.parametrize(
    ("exchange", "venue"),
    [("1", "KRX"), ("2", "NXT"), ("3", "KRX"), ("4", "NXT"), ("", None), ("9", None)],
)
def test_the_26_column_layout_tells_the_same_and_where(exchange: str, venue: str | None) -> None:
    narrow = FILL.split("^")
    wide = [*narrow[:18], "0", exchange, "N", "", *narrow[19:23]]
    assert len(wide) == 26
    (told,) = notices(FILL)
    for _ in range(2):  # once with care, once from memory
        assert notices("^".join(wide)) == [msgspec.structs.replace(told, venue=venue)]


def test_11_12_a_frame_may_bring_several_notices() -> None:
    assert [n.shares for n in notices(f"{FILL}^{notice(CNTG_QTY='0000000004')}", 2)] == [1, 4]


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"CNTG_YN": "1", "ACPT_YN": "1"}, NoticeKind.ACCEPTED),
        ({"CNTG_YN": "1", "ACPT_YN": "2"}, NoticeKind.ACCEPTED),
        ({"CNTG_YN": "1", "ACPT_YN": "1", "RCTF_CLS": "2"}, NoticeKind.ACCEPTED),
        ({"CNTG_YN": "1", "ACPT_YN": "2", "RCTF_CLS": "2"}, NoticeKind.CANCELLED),
        ({"CNTG_YN": "1", "ACPT_YN": "2", "RCTF_CLS": "1"}, NoticeKind.ACCEPTED),
        ({"CNTG_YN": "1", "ACPT_YN": "3"}, NoticeKind.CANCELLED),
        ({"CNTG_YN": "1", "RFUS_YN": "1", "ACPT_YN": "1"}, NoticeKind.REJECTED),
        ({"CNTG_YN": "2"}, NoticeKind.FILLED),
    ],
    ids=str,
)
def test_three_flags_say_what_is_told(changed: dict[str, str], kind: NoticeKind) -> None:
    assert notices(notice(**changed))[0].kind is kind


@pytest.mark.parametrize(
    ("number", "original_id"),
    [("", None), ("0", None), ("0" * 10, None), ("2891", "0000002891"), ("(null)", None)],
)
def test_an_order_that_changes_none_has_no_original(number: str, original_id: str | None) -> None:
    for _ in range(2):
        assert notices(notice(OODER_NO=number))[0].original_id == original_id


def test_order_numbers_are_compared_as_numbers() -> None:
    (told,) = notices(notice(ODER_NO="2892", OODER_NO="2891", RCTF_CLS="2", SELN_BYOV_CLS="01"))
    assert (told.broker_id, told.original_id) == ("0000002892", "0000002891")
    assert (told.side, told.change) == ("SELL", "cancel")


@pytest.mark.parametrize(
    ("number", "product", "ours"),
    [("12345678", "01", True), ("12345678", "03", False), ("87654321", "01", False)],
)
def test_a_notice_belongs_to_one_account(number: str, product: str, ours: bool) -> None:
    account = Account(Environment.SIM, number, product)
    assert is_for(notices(FILL)[0], account) is ours


@pytest.mark.parametrize(
    "payload",
    [
        "",
        FILL.rpartition("^")[0],
        notice(ACNT_NO="123"),
        notice(ODER_NO=""),
        notice(ODER_NO="0000000000"),
        notice(ODER_NO="12345678901"),
        notice(SELN_BYOV_CLS="03"),
        notice(RCTF_CLS="7"),
        notice(CNTG_YN="3"),
        notice(CNTG_QTY="-1"),
        notice(STCK_CNTG_HOUR="noon"),
        notice(STCK_SHRN_ISCD=""),
    ],
)
def test_a_notice_that_cannot_be_read_is_an_error(payload: str) -> None:
    with pytest.raises(FrameError):
        notices(payload)


@given(
    st.one_of(
        st.text(),
        st.tuples(st.sampled_from(STREAMS["H0STCNI9"].layouts[0]), st.text(max_size=6)).map(
            lambda change: notice(**{change[0]: change[1]})
        ),
        st.integers(0, len(FILL)).map(lambda cut: FILL[:cut] * 2),
    ),
    st.integers(-1, 3),
)
def test_mangled_notices_raise_nothing_else_and_read_the_same_twice(
    payload: str, count: int
) -> None:
    notices(FILL)
    outcomes: list[object] = []
    for _ in range(2):
        try:
            outcomes.append(notices(payload, count))
        except FrameError as error:
            outcomes.append(error.what)
    assert outcomes[0] == outcomes[1]


def test_a_notice_is_written_down_as_it_always_was_unless_it_says_where() -> None:
    (told,) = notices(FILL)
    written = msgspec.json.encode(told)
    assert b"venue" not in written
    assert msgspec.json.decode(written, type=OrderNotice) == told
    at_nxt = msgspec.structs.replace(told, venue="NXT")
    assert msgspec.json.decode(msgspec.json.encode(at_nxt), type=OrderNotice) == at_nxt
