"""Trades read from frames, whatever their width, and however mangled."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.errors import FrameError
from kis_core.market.events import Trade
from kis_core.wire.stream.trades import trades
from kis_core.wire.tr_table import STREAMS, TRADES

DAY_NS = 1_686_495_600_000_000_000  # 2023-06-12 00:00 KST, the day of the sample
ARRIVED_NS = DAY_NS + 34_434_250_000_000

# KIS's published example, as a mapping of its columns.
PUBLISHED = (
    "005930^093354^71900^5^-100^-0.14^72023.83^72100^72400^71700^71900^71800^1^3052507"
    "^219853241700^5105^6937^1832^84.90^1366314^1159996^1^0.39^20.28^090020^5^-200^090820"
    "^5^-500^092619^2^200^20230612^20^N^65945^216924^1118750^2199206^0.05^2424142^125.92"
    "^0^^72100"
)
TRADE = dict(zip(STREAMS[TRADES].layouts[0], PUBLISHED.split("^"), strict=True))


def row(**changed: str) -> str:
    return "^".join({**TRADE, **changed}.values())


def frame(*rows: str) -> str:
    return f"0|H0STCNT0|{len(rows):03d}|" + "^".join(rows)


def read(text: str) -> list[Trade]:
    return trades(text, ARRIVED_NS, DAY_NS)


def test_the_brokers_trade_has_the_values_it_says(frame_of: Callable[..., str]) -> None:
    assert read(frame_of("H0STCNT0")) == [
        Trade(
            symbol="005930",
            venue="KRX",
            at_ns=DAY_NS + ((9 * 60 + 33) * 60 + 54) * 1_000_000_000,
            arrived_ns=ARRIVED_NS,
            price_krw=71_900,
            volume=1,
            cum_volume=3_052_507,
            cum_value_krw=219_853_241_700,
            aggressor=1,
            ask_krw=71_900,
            bid_krw=71_800,
            in_auction=False,
            halted=False,
            vi_reference_krw=72_100,
        )
    ]


@pytest.mark.parametrize(
    ("changed", "field", "value"),
    [
        ({"CCLD_DVSN": "5"}, "aggressor", -1),
        ({"CCLD_DVSN": "3"}, "aggressor", 0),
        ({"CCLD_DVSN": ""}, "aggressor", 0),
        ({"CCLD_DVSN": "9"}, "aggressor", 0),
        ({"HOUR_CLS_CODE": "C"}, "in_auction", True),
        ({"HOUR_CLS_CODE": "X"}, "in_auction", True),
        ({"HOUR_CLS_CODE": ""}, "in_auction", False),
        ({"TRHT_YN": "Y"}, "halted", True),
        ({"TRHT_YN": ""}, "halted", False),
        ({"ASKP1": "0"}, "ask_krw", None),
        ({"BIDP1": ""}, "bid_krw", None),
        ({"VI_STND_PRC": "(null)"}, "vi_reference_krw", None),
        ({"MRKT_TRTM_CLS_CODE": "(null)"}, "price_krw", 71_900),
        ({"STCK_PRPR": "071900"}, "price_krw", 71_900),
        ({"STCK_PRPR": "3702"}, "price_krw", 3_702),
        ({"STCK_CNTG_HOUR": "000000"}, "at_ns", DAY_NS),
        ({"MKSC_SHRN_ISCD": "0001A0"}, "symbol", "0001A0"),
    ],
    ids=str,
)
def test_each_column_is_read(changed: dict[str, str], field: str, value: object) -> None:
    for _ in range(2):  # once with care, once from memory
        assert getattr(read(frame(row(**changed)))[0], field) == value


@pytest.mark.parametrize(
    "changed",
    [
        {"MKSC_SHRN_ISCD": ""},
        {"MKSC_SHRN_ISCD": "00593"[:4]},
        {"MKSC_SHRN_ISCD": "삼성전자우"},
        {"STCK_CNTG_HOUR": "240000"},
        {"STCK_CNTG_HOUR": "093360"},
        {"STCK_CNTG_HOUR": "93354"},
        {"STCK_CNTG_HOUR": "٠٩٣٣٥٤"},
        {"STCK_PRPR": "0"},
        {"STCK_PRPR": ""},
        {"STCK_PRPR": "(null)"},
        {"STCK_PRPR": "-71900"},
        {"STCK_PRPR": "71900.5"},
        {"CNTG_VOL": "-1"},
        {"CNTG_VOL": ""},
        {"CNTG_VOL": "9" * 5000},
        {"ACML_VOL": "(null)"},
        {"ACML_VOL": "-5"},
        {"ACML_TR_PBMN": "x"},
        {"ASKP1": "7l900"},
        {"TRHT_YN": "65945"},
    ],
    ids=str,
)
def test_a_value_that_cannot_be_is_an_error(changed: dict[str, str]) -> None:
    good = row()
    read(frame(good, good))  # everything around it is remembered by now
    for text in (frame(row(**changed)), frame(good, row(**changed)), frame(row(**changed), good)):
        with pytest.raises(FrameError):
            read(text)


@pytest.mark.parametrize("extra", ["", "^1", "^1^2^3"], ids=["46", "47", "49"])
@pytest.mark.parametrize("count", [1, 2, 11, 20])
def test_appended_columns_change_nothing(extra: str, count: int) -> None:
    rows = [row(CNTG_VOL=str(n), STCK_CNTG_HOUR=f"0933{n:02d}") + extra for n in range(count)]
    plain = [read(frame(row(CNTG_VOL=str(n), STCK_CNTG_HOUR=f"0933{n:02d}"))) for n in range(count)]
    for _ in range(2):
        assert read(frame(*rows)) == [trade for one in plain for trade in one]


@pytest.mark.parametrize("extra", ["", "^1", "^1^2^3"], ids=["46", "47", "49"])
@pytest.mark.parametrize("cut", [0, 5, 30, 80, 150])
def test_a_frame_that_runs_into_the_next_is_an_error(extra: str, cut: int) -> None:
    whole = frame(row() + extra)
    for _ in range(2):
        read(whole)  # remembered, and still looked at
        for text in (whole[: len(whole) - cut] + whole, whole[: len(whole) - cut] + good):
            with pytest.raises(FrameError):
                read(text)


@pytest.mark.parametrize("column", list(TRADE))
def test_a_missing_column_is_an_error(column: str) -> None:
    short = "^".join(value for name, value in TRADE.items() if name != column)
    read(frame(row()))
    for text in (frame(short), frame(short, short), frame(row(), short)):
        with pytest.raises(FrameError):
            read(text)


@pytest.mark.parametrize("count", ["0", "000", "002", "", "1 ", "٠٠١", "-01", "1000000"])
def test_a_count_that_does_not_fit_is_an_error(count: str) -> None:
    with pytest.raises(FrameError):
        read(f"0|H0STCNT0|{count}|{row()}")


@pytest.mark.parametrize("head", ["1|H0STCNT0", "0|H0STASP0", "|", "0|H0STCNT"])
def test_another_frame_is_an_error(head: str) -> None:
    with pytest.raises(FrameError):
        read(f"{head}|001|{row()}")


def test_a_count_of_one_digit_is_read_as_well() -> None:
    for _ in range(2):
        assert len(read(f"0|H0STCNT0|2|{row()}^{row()}")) == 2
        assert len(read(f"0|H0STCNT0|1|{row()}")) == 1


good = frame(row(), row(CNTG_VOL="7"))
mangled = st.one_of(
    st.text(),
    st.tuples(st.integers(0, len(good)), st.integers(0, len(good))).map(
        lambda cut: good[: cut[0]] + good[cut[1] :]
    ),
    st.lists(st.sampled_from([*TRADE.values(), "^", "|", "0|H0STCNT0|001|"])).map("".join),
    st.tuples(st.sampled_from(list(TRADE)), st.text(max_size=8)).map(
        lambda change: frame(row(**{change[0]: change[1]}))
    ),
)


@given(mangled)
def test_mangled_text_raises_nothing_else_and_reads_the_same_twice(text: str) -> None:
    outcomes: list[object] = []
    for _ in range(2):
        try:
            outcomes.append(read(text))
        except FrameError as error:
            outcomes.append(error.what)
    assert outcomes[0] == outcomes[1]
