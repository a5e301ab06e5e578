"""The masters of 2026-03-09 beside the exchange's own listing of 2026-03-20 (issue 3, row 6).

The listing has no prices and is eleven days younger, so what must agree is: names, ISINs, listing
dates, markets and preferred shares without exception but one; the number of shares but for the
companies that issued, cancelled, merged or split shares in between, all of whom are named below;
and the market cap, which is the listing's shares times the master's base price to the last 100
million KRW wherever the number of shares agrees, but for four names.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from kis_core.market.instruments import Instruments, Listed
from kis_core.market.symbols import is_preferred
from kis_core.wire.masters.files import MasterFile
from kis_core.wire.masters.stocks import KosdaqRow, KospiRow
from kis_core.wire.masters.table import Masters, instruments_of

EOK_KRW = 100_000_000
Common = Mapping[str, tuple[Listed, Mapping[str, Any]]]


def listed_below(text: str) -> list[str]:
    return text.split()


NEW_SHARES = listed_below("""
001210 002320 007810 010170 011000 011300 011330 012340 012510 015260 018000 019570 024850 024880
032500 032820 033160 034230 035720 039560 048410 052900 064260 065170 066970 067170 074610 082270
082800 085810 091440 099190 102940 105760 115180 115530 119830 126340 126730 138080 140860 171090
178320 193250 196170 205500 216080 222080 222420 234100 237690 238090 246720 247540 255220 258830
278280 278470 278650 287840 289930 290650 290660 298380 300120 306620 307750 317770 320000 322780
323410 347890 348080 352820 354200 357880 363250 372320 373200 376900 377030 377300 388610 389020
389030 424870 439090 441270 446840 451760 452200 455900 456070 459510 460870 461030 464500 474610
488280 900100 900110
""")
CANCELLED_SHARES = listed_below("""
002790 006120 006125 006260 006800 00680K 021240 029460 029480 029530 033780 036120 036830 036930
048470 048530 051360 052420 060980 061250 097780 100120 138040 142210 155650 170900 192410 204610
206640 214150 275630 403870 453340
""")
CONSOLIDATED = ["008600", "195990", "900270"]
SPLIT = ["060230"]

OTHER_CAP = {
    "001080": "a split: the base price is a tenth of the close that the cap was reckoned by",
    "0011A0": "its first day: there is no previous close, so no cap",
    "163280": "a bonus issue: the base price is half the close that the cap was reckoned by",
    "467930": "a SPAC whose cap is 1.1 % below its base price; the file does not say why",
}


@pytest.fixture(scope="module")
def table(kospi: MasterFile[KospiRow], kosdaq: MasterFile[KosdaqRow]) -> Instruments:
    return instruments_of(Masters(kospi=kospi, kosdaq=kosdaq), date(2026, 3, 9))


@pytest.fixture(scope="module")
def listing(kst_data: Path) -> Mapping[str, Mapping[str, Any]]:
    rows = pq.read_table(kst_data / "masters" / "krx_listing_20260320.parquet").to_pylist()
    return {row["symbol"]: row for row in rows}


@pytest.fixture(scope="module")
def common(table: Instruments, listing: Mapping[str, Mapping[str, Any]]) -> Common:
    return {s: (one, listing[s]) for s, one in table.listed().items() if s in listing}


def test_all_lines_of_both_files_are_in_the_table(table: Instruments) -> None:
    markets = [each.market for each in table.listed().values()]
    assert (markets.count("KOSPI"), markets.count("KOSDAQ")) == (2493, 1822)
    assert len(table) == 4315


def test_what_only_one_of_the_two_knows_was_listed_or_delisted_in_between(
    table: Instruments, listing: Mapping[str, Mapping[str, Any]], kst_data: Path
) -> None:
    stocks = {
        symbol
        for symbol, each in table.listed().items()
        if each.kind not in ("ETF", "ETN", "FUND_UNIT", "LISTED_FUND", "WARRANT")
        and each.kind != "SUBSCRIPTION_RIGHT"
    }
    rows = pq.read_table(kst_data / "masters" / "krx_delistings_2015_2026.parquet").to_pylist()
    gone = {row["symbol"] for row in rows if row["delisting_date"] >= date(2026, 3, 4)}
    left = {"036180", "204630", "222810", "450940", "455910", "457940"}
    assert stocks - set(listing) == left <= gone
    came = {symbol for symbol, row in listing.items() if row["market"] != "KONEX"} - stocks
    assert came == {"0082N0", "493280"}
    assert all(listing[symbol]["listing_date"] > date(2026, 3, 9) for symbol in came)


def test_names_markets_isins_and_listing_dates_agree(common: Common) -> None:
    assert len(common) == 2767
    assert [s for s, (one, row) in common.items() if one.isin != row["isin"]] == []
    assert [s for s, (one, row) in common.items() if one.market != row["market"].split()[0]] == []
    renamed = {s: (one.name, row["name"]) for s, (one, row) in common.items()}
    assert {s: pair for s, pair in renamed.items() if pair[0] != pair[1]} == {
        "182400": ("엔케이맥스", "엔케이젠바이오텍코리아")
    }
    dated = {s: pair for s, pair in common.items() if pair[1]["listing_date"] is not None}
    assert len(dated) == 2654
    assert [s for s, (one, row) in dated.items() if one.listed_on != row["listing_date"]] == []
    assert all(one.preferred for s, (one, _) in common.items() if s not in dated)


def test_preferred_shares_are_those_whose_code_says_so(common: Common) -> None:
    preferred = {s for s, (one, _) in common.items() if one.preferred}
    assert len(preferred) == 113
    assert preferred == {s for s in common if is_preferred(s)}


def test_the_number_of_shares_agrees_but_for_those_who_changed_it_in_between(
    common: Common,
) -> None:
    other = {
        s: row["shares"] / 1000 / (one.listed_kshares or 0)
        for s, (one, row) in common.items()
        if one.listed_kshares != row["shares"] // 1000
    }
    assert len(common) - len(other) == 2629  # 95.0 %
    assert [s for s, ratio in other.items() if 1 < ratio < 2] == ordered(NEW_SHARES, other)
    assert [s for s, ratio in other.items() if 0.5 < ratio < 1] == ordered(CANCELLED_SHARES, other)
    assert [s for s, ratio in other.items() if ratio <= 0.5] == ordered(CONSOLIDATED, other)
    assert [s for s, ratio in other.items() if ratio >= 2] == SPLIT


def test_the_market_cap_is_shares_times_base_price_to_the_last_eok(common: Common) -> None:
    unlike = [
        s
        for s, (one, row) in common.items()
        if one.listed_kshares == row["shares"] // 1000
        and one.market_cap_krw != row["shares"] * (one.base_krw or 0) // EOK_KRW * EOK_KRW
    ]
    assert sorted(unlike) == sorted(OTHER_CAP)


def test_where_the_shares_changed_the_cap_is_that_of_the_masters_own_shares(
    common: Common,
) -> None:
    for symbol in (*NEW_SHARES, *CANCELLED_SHARES, *CONSOLIDATED, *SPLIT):
        one, _ = common[symbol]
        assert one.listed_kshares
        assert one.base_krw
        assert one.market_cap_krw
        low = one.listed_kshares * 1000 * one.base_krw // EOK_KRW * EOK_KRW
        high = (one.listed_kshares * 1000 + 999) * one.base_krw
        assert low <= one.market_cap_krw <= high, symbol


def test_flags_agree_with_the_departments_of_kosdaq(common: Common) -> None:
    """The listing names one department a company: a SPAC that is administrative is only that."""
    kosdaq = {s: pair for s, pair in common.items() if pair[0].market == "KOSDAQ"}

    def department(name: str) -> set[str]:
        return {s for s, (_, row) in kosdaq.items() if (row["dept"] or "").startswith(name)}

    spacs = {s for s, (one, _) in kosdaq.items() if one.spac}
    assert department("SPAC") <= spacs
    assert spacs - department("SPAC") == {"444920", "452670", "455310", "457630", "458610"}
    assert spacs - department("SPAC") <= department("관리종목")
    administrative = {s for s, (one, _) in kosdaq.items() if one.administrative}
    assert department("관리종목") - administrative == {"188260", "377030"}  # named since then
    attention = {s for s, (one, _) in kosdaq.items() if one.attention}
    both = department("관리종목") | department("투자주의환기")
    # Eleven days of March lie between, when the exchange looks through the year's accounts.
    assert (len(attention & both), len(attention - both)) == (64, 10)
    assert len(department("투자주의환기") - attention) == 11


def test_the_flags_of_the_day_are_counted(table: Instruments) -> None:
    def count(fact: str, value: object = True) -> int:
        return sum(getattr(each, fact) == value for each in table.listed().values())

    assert {
        fact: count(fact)
        for fact in ("halted", "administrative", "liquidation", "unfaithful", "spac", "attention")
    } == {
        "halted": 94,
        "administrative": 98,
        "liquidation": 6,
        "unfaithful": 5,
        "spac": 80,
        "attention": 77,
    }
    assert [count("warning", level) for level in ("CAUTION", "WARNING", "RISK")] == [15, 16, 2]
    assert [count("overheated", state) for state in ("NOTICE", "DESIGNATED", "EXTENDED")] == [
        31,
        2,
        10,
    ]
    assert count("nxt", None) == len(table)  # the lists of NXT are not there


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        ("STOCK", 2735),
        ("ETF", 1073),
        ("ETN", 391),
        ("FUND_UNIT", 65),
        ("REIT", 25),
        ("DEPOSITARY_RECEIPT", 9),
        ("WARRANT", 9),
        ("LISTED_FUND", 2),
        ("INFRASTRUCTURE_FUND", 2),
        ("INVESTMENT_COMPANY", 2),
        ("SUBSCRIPTION_RIGHT", 2),
        (None, 0),
    ],
)
def test_every_line_is_of_a_kind_that_is_known(
    table: Instruments, kind: str | None, count: int
) -> None:
    assert sum(each.kind == kind for each in table.listed().values()) == count


def test_what_has_no_price_or_no_cap_is_unknown_and_not_zero(table: Instruments) -> None:
    listed = table.listed().values()
    assert sum(each.base_krw is None for each in listed) == 10
    assert [
        each.symbol for each in listed if each.market_cap_krw is None and each.kind == "STOCK"
    ] == [
        "0011A0",
        "450940",
        "455910",
    ]


def test_sectors_are_those_the_exchange_gives(common: Common) -> None:
    """The exchange's list is of 2026-08 and puts finance, securities and insurance together."""
    finance = {"0021", "0024", "0025"}
    unlike = []
    asked = 0
    for symbol, (one, row) in common.items():
        if row["krx_sector_code"] is None or one.sectors is None:
            continue
        asked += 1
        ours = one.sectors.narrowest or ""
        if f"0{row['krx_sector_code'][1:]}" not in ({"0021"} if ours in finance else {ours}):
            unlike.append(symbol)
    assert (asked, len(unlike)) == (764, 7)


def ordered(symbols: list[str], like: Mapping[str, float]) -> list[str]:
    assert set(symbols) <= set(like)
    return [symbol for symbol in like if symbol in set(symbols)]
