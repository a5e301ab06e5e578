"""What arrives is read, put aside line by line, or refused whole; nothing else comes of it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.errors import MasterError
from kis_core.wire.masters import codes, contracts, stocks
from kis_core.wire.masters.files import Layout, MasterFile, read_master
from kis_core.wire.masters.stocks import KosdaqRow, KospiRow
from tests.kis_core.wire.masters import specs
from tests.kis_core.wire.masters.made import line_of, zipped

LAYOUTS: list[Layout[Any]] = [
    stocks.KOSPI,
    stocks.KOSDAQ,
    stocks.KONEX,
    contracts.INDEX_CONTRACTS,
    contracts.NIGHT_OPTIONS,
    contracts.COMMODITY_CONTRACTS,
    codes.INDICES,
    codes.THEMES,
    codes.MEMBERS,
]
LINES = [line_of(specs.KOSPI, mksc_shrn_iscd=b"%06d" % number) for number in range(300)]
PIPE = b"1|A01603|KR4A01630008|F 202603| |00000.00|1|2001|KOSPI200"


def file_of(*lines: bytes) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def test_the_real_files_load_whole(
    kospi: MasterFile[KospiRow], kosdaq: MasterFile[KosdaqRow]
) -> None:
    assert (len(kospi.rows), kospi.bad) == (2493, ())
    assert (len(kosdaq.rows), kosdaq.bad) == (1822, ())


def test_a_real_line_says_what_the_broker_said(kospi: MasterFile[KospiRow]) -> None:
    samsung = next(row for row in kospi.rows if row.mksc_shrn_iscd == "005930")
    assert (samsung.hts_kor_isnm, samsung.stnd_iscd) == ("삼성전자", "KR7005930003")
    assert (samsung.stck_sdpr, samsung.lstn_stcn, samsung.prdy_avls_scal) == (
        188_200,
        5_919_637,
        11_140_758,
    )
    assert (samsung.bstp_larg_div_code, samsung.bstp_medm_div_code) == ("0027", "0013")
    assert str(samsung.roe) == "10.85"
    assert (samsung.kospi50_issu_yn, samsung.krx_car_yn, samsung.ssts_hot_yn) == (True, False, None)


def test_a_volume_above_two_billion_has_wrapped_into_the_negative(
    kospi: MasterFile[KospiRow],
) -> None:
    wrapped = [(row.mksc_shrn_iscd, row.prdy_vol) for row in kospi.rows if (row.prdy_vol or 0) < 0]
    assert wrapped == [("252670", -470_686_208)]  # of the 200 futures inverse ETF, 3.8 billion


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (LINES[7][:-1], "line 8: expected 288 bytes, got 287"),
        (LINES[7] + b" ", "line 8: expected 288 bytes, got 289"),
        (b"", "line 8: expected 288 bytes, got 0"),
        (
            line_of(specs.KOSPI, stck_sdpr=b"00000X820"),
            "line 8, stck_sdpr: expected a whole number or blank, got b'00000X820'",
        ),
        (
            line_of(specs.KOSPI, stck_sdpr=b"--0000820"),
            "line 8, stck_sdpr: expected a whole number or blank, got b'--0000820'",
        ),
        (line_of(specs.KOSPI, roe=b"0000.10.8"), "line 8, roe: expected a number or blank"),
        (line_of(specs.KOSPI, trht_yn=b"?"), "line 8, trht_yn: expected Y, N or blank, got b'?'"),
        (
            line_of(specs.KOSPI, stck_lstn_date=b"20260231"),
            "line 8, stck_lstn_date: expected YYYYMMDD or blank, got b'20260231'",
        ),
        (
            line_of(specs.KOSPI, hts_kor_isnm=b"\xc1\xa6\xff\xff"),
            "line 8, hts_kor_isnm: expected text in cp949",
        ),
        (
            line_of(specs.KOSPI, hts_kor_isnm=b"nul\x00"),
            "line 8, hts_kor_isnm: expected text in cp949",
        ),
        (
            line_of(specs.KOSPI, mksc_shrn_iscd=b"00 30"),
            "line 8, mksc_shrn_iscd: expected a code of digits and capitals",
        ),
        (line_of(specs.KOSPI, stnd_iscd=b"KR700593000"), "line 8, stnd_iscd: expected an ISIN"),
        (LINES[3], "line 8, mksc_shrn_iscd: expected a line of its own, got ('000003',) once more"),
    ],
)
def test_a_bad_line_is_put_aside_with_its_place_and_its_bytes(line: bytes, says: str) -> None:
    file = read_master(stocks.KOSPI, file_of(*LINES[:7], line, *LINES[8:]))
    assert [row.mksc_shrn_iscd for row in file.rows] == [
        f"{number:06d}" for number in range(300) if number != 7
    ]
    (bad,) = file.bad
    assert str(bad).startswith(f"kospi_code.mst {says}")
    assert bad.raw == line


def test_a_field_too_few_is_an_error_and_one_too_many_is_not() -> None:
    few = PIPE.rsplit(b"|", 1)[0].replace(b"A01603", b"A01606")
    more = PIPE.replace(b"A01603", b"A01609") + b"|new"
    file = read_master(contracts.INDEX_CONTRACTS, file_of(PIPE, few, more))
    assert [row.shrn_iscd for row in file.rows] == ["A01603", "A01609"]
    assert [str(bad) for bad in file.bad] == [
        "fo_idx_code_mts.mst line 2: expected 9 fields, got 8"
    ]


@pytest.mark.parametrize(
    ("bad", "taken"), [(0, True), (1, True), (3, True), (4, False), (300, False)]
)
def test_a_file_with_more_than_one_bad_line_in_a_hundred_is_refused_whole(
    bad: int, taken: bool
) -> None:
    content = file_of(*(line[:-1] for line in LINES[:bad]), *LINES[bad:])
    if taken:
        assert len(read_master(stocks.KOSPI, content).bad) == bad
    else:
        with pytest.raises(
            MasterError, match=rf"kospi_code.mst: {bad} of 300 lines are bad, first"
        ):
            read_master(stocks.KOSPI, content)


def test_one_bad_line_never_takes_a_short_list_with_it_unless_it_is_all_there_is() -> None:
    theme = line_of(specs.THEMES, theme_code=b"001")
    assert len(read_master(codes.THEMES, file_of(theme, b"torn")).rows) == 1
    with pytest.raises(MasterError, match="1 of 1 lines are bad"):
        read_master(codes.THEMES, file_of(b"torn"))


@pytest.mark.parametrize(
    ("layout", "whole", "torn"),
    [
        (stocks.KOSPI, LINES[0], LINES[1][:200]),
        (contracts.INDEX_CONTRACTS, PIPE, PIPE.replace(b"A01603", b"A01606")[:-3]),
        (codes.MEMBERS, "00001교보증권0".encode("cp949"), "00002신한투자증0".encode("cp949")),
    ],
    ids=["fixed width", "separated", "as long as it likes"],
)
def test_the_torn_end_of_a_file_is_a_bad_line(
    layout: Layout[Any], whole: bytes, torn: bytes
) -> None:
    file = read_master(layout, whole + b"\n" + torn)
    assert (len(file.rows), [bad.raw for bad in file.bad]) == (1, [torn])


def test_line_ends_of_dos_are_line_ends() -> None:
    assert len(read_master(stocks.KOSPI, b"\r\n".join(LINES) + b"\r\n").rows) == 300


@pytest.mark.parametrize(
    ("blob", "says"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (zipped(b""), "empty"),
        (zipped(file_of(*LINES), "a.mst", "b.mst"), "expected one file in the zip, got 2"),
        (zipped(file_of(*LINES))[:-30], "the zip cannot be read"),
        (b"PK\x03\x04", "the zip cannot be read"),
        (b"<html>404</html>", "lines are bad"),
    ],
)
def test_what_is_no_master_file_is_refused_in_one_sentence(blob: bytes, says: str) -> None:
    with pytest.raises(MasterError, match=says) as refused:
        read_master(stocks.KOSPI, blob)
    assert "\n" not in str(refused.value)


def test_a_zip_that_swells_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kis_core.wire.masters.files.BYTES_MAX", 10_000)
    with pytest.raises(MasterError, match="more than 10,000 bytes"):
        read_master(stocks.KOSPI, zipped(b" " * 1_000_000))


def test_a_damaged_zip_is_noticed_by_its_checksum(kospi_zip: bytes) -> None:
    damaged = bytearray(kospi_zip)
    damaged[len(damaged) // 2] ^= 0xFF
    with pytest.raises(MasterError, match="the zip cannot be read"):
        read_master(stocks.KOSPI, bytes(damaged))


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.file)
@given(blob=st.binary(max_size=2_000))
def test_arbitrary_bytes_raise_nothing_but_the_modules_own_error(
    layout: Layout[Any], blob: bytes
) -> None:
    read_or_refused(layout, blob)
    read_or_refused(layout, b"PK\x03\x04" + blob)
    read_or_refused(layout, zipped(blob))


@given(
    number=st.integers(1, 49),  # the first line says whether the file is a zip
    at=st.integers(0, 287),
    piece=st.binary(min_size=1, max_size=24),
)
def test_a_line_with_anything_written_over_it_costs_at_most_itself(
    number: int, at: int, piece: bytes
) -> None:
    line = LINES[number]
    piece = piece.replace(b"\n", b"?")  # a line end makes lines, which other tests count
    over = (line[:at] + piece + line[at + len(piece) :])[: len(line)]
    file = read_master(stocks.KOSPI, file_of(*LINES[:number], over, *LINES[number + 1 :]))
    untouched = {row.mksc_shrn_iscd for row in file.rows} | {f"{number:06d}"}
    assert untouched >= {f"{n:06d}" for n in range(300)}
    assert len(file.rows) + len(file.bad) == 300


@given(at=st.integers(0, 20_000), piece=st.binary(min_size=1, max_size=40), cut=st.booleans())
def test_a_zip_with_anything_written_over_it_is_read_or_refused(
    at: int, piece: bytes, cut: bool
) -> None:
    blob = ZIP[: at % len(ZIP)] + piece + (b"" if cut else ZIP[at % len(ZIP) + len(piece) :])
    read_or_refused(stocks.KOSPI, blob)


ZIP = zipped(file_of(*LINES))


def read_or_refused(layout: Layout[Any], blob: bytes) -> None:
    try:
        file = read_master(layout, blob)
    except MasterError:
        return
    assert file.rows
