"""What a line of a stock master means, code by code; what it does not say is unknown."""

from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.errors import MasterError
from kis_core.market.instruments import InstrumentError, Instruments, Listed, Sectors
from kis_core.wire.masters import codes, contracts, stocks
from kis_core.wire.masters.files import Layout, MasterFile, read_master
from kis_core.wire.masters.table import Masters, instruments_of
from tests.kis_core.wire.masters import specs
from tests.kis_core.wire.masters.made import line_of

DAY = date(2026, 3, 9)


def kospi(**said: bytes) -> Listed:
    file = read_master(stocks.KOSPI, line_of(specs.KOSPI, **said) + b"\n")
    (one,) = instruments_of(Masters(kospi=file), DAY).listed().values()
    return one


@pytest.mark.parametrize(
    ("column", "meanings", "fact"),
    [
        ("trht_yn", {b"Y": True, b"N": False, b" ": None}, "halted"),
        ("sltr_yn", {b"Y": True, b"N": False, b" ": None}, "liquidation"),
        ("mang_issu_yn", {b"Y": True, b"N": False, b" ": None}, "administrative"),
        ("mrkt_alrm_risk_adnt_yn", {b"Y": True, b"N": False, b" ": None}, "warning_notice"),
        ("insn_pbnt_yn", {b"Y": True, b"N": False, b" ": None}, "unfaithful"),
        ("etpr_undt_objt_co_yn", {b"Y": True, b"N": False, b" ": None}, "spac"),
        ("low_current_yn", {b"Y": True, b"N": False, b" ": None}, "low_liquidity"),
        ("stange_runup_yn", {b"Y": True, b"N": False, b" ": None}, "abnormal_rise"),
        ("ssts_hot_yn", {b"Y": True, b"N": False, b" ": False}, "short_sale_overheated"),
        (
            "mrkt_alrm_cls_code",
            {b"00": "NONE", b"01": "CAUTION", b"02": "WARNING", b"03": "RISK", b"04": None},
            "warning",
        ),
        (
            "short_over_cls_code",
            {b"0": "NONE", b"1": "NOTICE", b"2": "DESIGNATED", b"3": "EXTENDED", b" ": None},
            "overheated",
        ),
        (
            "prst_cls_code",
            {b"0": False, b"1": True, b"2": True, b"9": True, b" ": None, b"7": None},
            "preferred",
        ),
        (
            "scrt_grp_cls_code",
            {
                b"ST": "STOCK", b"FS": "STOCK", b"DR": "DEPOSITARY_RECEIPT", b"RT": "REIT",
                b"IF": "INFRASTRUCTURE_FUND", b"SC": "SHIP_FUND", b"MF": "INVESTMENT_COMPANY",
                b"PF": "LISTED_FUND", b"BC": "FUND_UNIT", b"EF": "ETF", b"FE": "ETF",
                b"EN": "ETN", b"EW": "ELW", b"SW": "WARRANT", b"SR": "SUBSCRIPTION_RIGHT",
                b"XX": None, b"": None,
            },
            "kind",
        ),
        ("stck_sdpr", {b"000188200": 188_200, b"000000000": None, b"": None}, "base_krw"),
        (
            "prdy_avls_scal",
            {b"011140758": 1_114_075_800_000_000, b"000000000": None, b"-00000001": None},
            "market_cap_krw",
        ),
        ("lstn_stcn", {b"000000005919637": 5_919_637, b"": None}, "listed_kshares"),
        ("stck_lstn_date", {b"19750611": date(1975, 6, 11), b"00000000": None}, "listed_on"),
        ("frml_mrkt_deal_qty_unit", {b"00010": 10, b"00000": None}, "lot"),
        ("marg_rate", {b"060": 60, b"   ": None}, "margin_pct"),
    ],
)  # fmt: skip
def test_each_code_has_its_meaning_and_an_unknown_one_is_none(
    column: str, meanings: dict[bytes, object], fact: str
) -> None:
    assert {said: getattr(kospi(**{column: said}), fact) for said in meanings} == meanings


@given(
    at=st.integers(0, 287),
    piece=st.text(st.sampled_from("0123456789 YNAZ-.|²３가"), min_size=1, max_size=12),
)
def test_whatever_reads_as_a_row_can_stand_in_the_table(at: int, piece: str) -> None:
    said = piece.encode("cp949", "replace")
    line = line_of(specs.KOSPI)
    line = (line[:at] + said + line[at + len(said) :])[: len(line)]
    pipe = f"{piece[:1]}|A01603|KR4A01630008|{piece}|{piece[:1]}|1|{piece[-1:]}|{piece}|x"
    kospi = read_or_none(stocks.KOSPI, line)
    pipes = read_or_none(contracts.INDEX_CONTRACTS, pipe.encode("cp949", "replace"))
    table = instruments_of(Masters(kospi=kospi, index_contracts=pipes), DAY)
    assert len(table) == (kospi is not None) + (pipes is not None)


def read_or_none[R: msgspec.Struct](layout: Layout[R], line: bytes) -> MasterFile[R] | None:
    try:
        return read_master(layout, line + b"\n")
    except MasterError:
        return None


def test_sectors_are_codes_and_zeros_are_none() -> None:
    one = kospi(bstp_larg_div_code=b"0027", bstp_medm_div_code=b"0013", bstp_smal_div_code=b"0000")
    assert one.sectors == Sectors("0027", "0013", None)
    assert one.sectors.narrowest == "0013"


def nxt_table(*, loaded: bool) -> Instruments:
    def file(spec: str, *symbols: bytes) -> bytes:
        return b"".join(line_of(spec, mksc_shrn_iscd=symbol) + b"\n" for symbol in symbols)

    return instruments_of(
        Masters(
            kospi=read_master(stocks.KOSPI, file(specs.KOSPI, b"005930", b"000070")),
            kosdaq=read_master(stocks.KOSDAQ, file(specs.KOSDAQ, b"247540")),
            konex=read_master(stocks.KONEX, file(specs.KONEX, b"112190")),
            nxt_kospi=read_master(stocks.NXT_KOSPI, file(specs.KOSPI, b"005930"))
            if loaded
            else None,
        ),
        DAY,
    )


def test_nxt_is_known_where_its_list_was_loaded_and_unknown_where_it_was_not() -> None:
    assert {each.symbol: each.nxt for each in nxt_table(loaded=True).listed().values()} == {
        "005930": True, "000070": False, "247540": None, "112190": False,
    }  # fmt: skip
    assert nxt_table(loaded=False).listed()["005930"].nxt is None


def test_what_konex_has_no_column_for_is_unknown() -> None:
    konex = nxt_table(loaded=True).listed()["112190"]
    assert konex.market == "KONEX"
    assert (konex.spac, konex.overheated, konex.low_liquidity, konex.sectors) == (None,) * 4


def test_attention_is_a_matter_of_kosdaq_alone() -> None:
    table = nxt_table(loaded=True).listed()
    assert (table["005930"].attention, table["247540"].attention) == (False, None)


def test_one_symbol_in_two_markets_is_refused() -> None:
    line = line_of(specs.KOSPI, mksc_shrn_iscd=b"005930") + b"\n"
    other = line_of(specs.KOSDAQ, mksc_shrn_iscd=b"005930") + b"\n"
    masters = Masters(
        kospi=read_master(stocks.KOSPI, line), kosdaq=read_master(stocks.KOSDAQ, other)
    )
    with pytest.raises(InstrumentError, match="symbol 005930 stands in the masters twice"):
        instruments_of(masters, DAY)


def test_the_table_finds_by_symbol_and_says_none_where_there_is_nothing() -> None:
    table = nxt_table(loaded=True)
    found = table.security("005930")
    assert found is not None
    assert found.market == "KOSPI"
    assert (table.security("999999"), table.contract("A01603"), table.front_future()) == (None,) * 3
    assert [each.isin for each in table] == ["KR0000000000"] * 4
    assert table.as_of == DAY


def test_sectors_have_their_names_from_the_list_of_indices() -> None:
    rows = [b"0" + b"0009" + "제약".encode("cp949").ljust(40), b"11028" + b"Pharma".ljust(40)]
    file = read_master(codes.INDICES, b"\n".join(rows) + b"\n")
    assert instruments_of(Masters(indices=file), DAY).index_names == {
        "0009": "제약", "1028": "Pharma",
    }  # fmt: skip
