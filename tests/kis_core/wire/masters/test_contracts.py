"""Futures and options: the real index file of 2025-06-07, and the files we have no example of."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from kis_core.market.instruments import Contract, InstrumentError, Instruments
from kis_core.wire.masters import contracts
from kis_core.wire.masters.files import read_master
from kis_core.wire.masters.table import Masters, instruments_of
from tests.kis_core.wire.masters import specs
from tests.kis_core.wire.masters.made import line_of, zipped

DAY = date(2025, 6, 7)


@pytest.fixture(scope="module")
def rows(kst_data: Path) -> list[dict[str, Any]]:
    return pq.read_table(kst_data / "masters" / "index_fo_master_20250607.parquet").to_pylist()


@pytest.fixture(scope="module")
def table(rows: list[dict[str, Any]]) -> Instruments:
    blob = zipped("".join(rendered(row) for row in rows).encode("cp949"))
    file = read_master(contracts.INDEX_CONTRACTS, blob)
    assert file.bad == ()
    return instruments_of(Masters(index_contracts=file), DAY)


def rendered(row: Mapping[str, Any]) -> str:
    """Return a row of the parquet as KIS writes it: blanks and zeros were lost on the way."""
    fields = (
        row["product_type"], row["short_code"], row["isin"], row["name_ko"],
        row["atm_class"] or " ", f"{row['strike']:08.2f}", row["month_class"] or " ",
        row["underlying_code"].zfill(4), row["underlying_name"],
    )  # fmt: skip
    return "|".join(fields) + "\n"


def test_all_instruments_load_and_say_what_the_file_said(
    table: Instruments, rows: list[dict[str, Any]]
) -> None:
    assert len(table) == len(rows) == 2900
    for row in rows:
        contract = table.contract(row["short_code"])
        assert contract is not None
        assert contract.strike == (Decimal(str(row["strike"])) or None)
        assert (contract.isin, contract.name) == (row["isin"], row["name_ko"])
        assert contract.underlying == row["underlying_code"].zfill(4)
        assert contract.month_class == (int(row["month_class"]) if row["month_class"] else None)
        assert contract.expiry is not None
        assert contract.night is None


def test_call_and_put_are_told_by_the_code_and_agree_with_the_type_and_the_name(
    table: Instruments,
) -> None:
    kinds = Counter((each.kind, each.family) for each in table.contracts().values())
    assert kinds == {
        ("FUTURE", "1"): 7, ("SPREAD", "2"): 6, ("FUTURE", "3"): 7, ("SPREAD", "4"): 6,
        ("CALL", "5"): 763, ("PUT", "6"): 763, ("FUTURE", "7"): 6, ("SPREAD", "8"): 5,
        ("FUTURE", "9"): 68, ("SPREAD", "A"): 51, ("FUTURE", "B"): 6, ("SPREAD", "C"): 5,
        ("CALL", "D"): 372, ("PUT", "E"): 372, ("FUTURE", "F"): 8, ("SPREAD", "G"): 2,
        ("FUTURE", "H"): 4, ("SPREAD", "I"): 3, ("CALL", "J"): 152, ("PUT", "K"): 152,
        ("CALL", "L"): 34, ("PUT", "M"): 34, ("CALL", "N"): 37, ("PUT", "O"): 37,
    }  # fmt: skip
    for each in table.contracts().values():
        if each.kind in ("CALL", "PUT"):
            label, strike = each.name.rsplit(maxsplit=2)[0], each.name.split()[-1]
            assert label.endswith("C" if each.kind == "CALL" else "P")
            assert Decimal(strike.replace(",", "")) == each.strike
        else:
            assert each.strike is None


@pytest.mark.parametrize(
    ("product", "code", "months"),
    [("01", "101W06", 7), ("05", "105W06", 6), ("06", "106W06", 7), ("04", "104W06", 6)],
    ids=["KOSPI200", "mini", "KOSDAQ150", "VKOSPI"],
)
def test_the_front_future_is_the_nearest_month_of_its_product(
    table: Instruments, product: str, code: str, months: int
) -> None:
    front = table.front_future(product)
    assert front is not None
    assert (front.code, front.expiry) == (code, "202506")
    futures = table.futures(product)
    assert [each.month_class for each in futures] == list(range(1, months + 1))
    assert [each.expiry for each in futures] == sorted(str(each.expiry) for each in futures)


def test_without_another_word_the_front_future_is_of_kospi200(table: Instruments) -> None:
    front = table.front_future()
    assert front is not None
    assert (front.code, front.underlying_name) == ("101W06", "KOSPI200")
    assert table.front_future("ZZ") is None


def test_an_option_chain_has_a_call_and_a_put_at_every_strike_ascending(
    table: Instruments,
) -> None:
    assert table.expiries("01") == (
        "202506", "202507", "202508", "202509", "202510", "202511", "202512",
        "202603", "202606", "202612", "202712",
    )  # fmt: skip
    chain = table.option_chain("01", "202506")
    assert (len(chain), chain[0].strike, chain[-1].strike) == (133, Decimal(190), Decimal(520))
    assert [rung.strike for rung in chain] == [
        Decimal(190) + Decimal("2.5") * n for n in range(133)
    ]
    for rung in chain:
        assert rung.call is not None
        assert rung.put is not None
        assert (rung.call.kind, rung.put.kind) == ("CALL", "PUT")
        assert rung.call.code[1:] == rung.put.code[1:]
    moneyness = [rung.call.moneyness for rung in chain if rung.call]
    assert moneyness.count("AT") == 1
    assert moneyness == ["IN"] * moneyness.index("AT") + ["AT"] + ["OUT"] * moneyness.count("OUT")


@pytest.mark.parametrize(
    ("product", "expiry", "strikes"),
    [("09", "2505W4", 34), ("AF", "2505W3", 37), ("01", "202799", 0), ("01", "2505W4", 0)],
    ids=["weekly Thursday", "weekly Monday", "no such month", "a week of another product"],
)
def test_weekly_chains_are_found_by_their_week(
    table: Instruments, product: str, expiry: str, strikes: int
) -> None:
    assert len(table.option_chain(product, expiry)) == strikes


def made(*lines: str) -> dict[str, Contract]:
    file = read_master(contracts.STOCK_CONTRACTS, "\n".join((*lines, "")).encode("cp949"))
    return dict(instruments_of(Masters(stock_contracts=file), DAY).contracts())


def test_contracts_on_stocks_name_the_stock_and_strike_in_krw() -> None:
    found = made(
        "1|A11610|KR4A11610008|삼성전자   F 202610 (  10)| |00000.00|1|005930|삼성전자",
        "5|B11610001|KR4B11610016|삼성전자   C 202610  58,000(  10)|3|58000.00| |005930|삼성전자",
        "6|X11610001|KR4C11610014|삼성전자   P 202610  58,000(  10)|2|58000.00| |005930|삼성전자",
    )
    future, call, odd = found.values()
    assert (future.kind, future.underlying, future.expiry) == ("FUTURE", "005930", "202610")
    assert (call.kind, call.strike, call.moneyness) == ("CALL", Decimal(58000), "OUT")
    assert odd.kind is None  # a first letter nobody knows; its type says put, which is not asked


def night_line(code: bytes, name: str) -> bytes:
    line = line_of(
        specs.CONTRACTS,
        info_type=b"5",
        shrn_iscd=code,
        kor_name=name.encode("cp949"),
        acpr=b"00745.00",
        unas_shrn_iscd=b"2001",
        unas_kor_name=b"KOSPI200",
    )
    return line + b"\n"


def test_what_trades_at_night_is_told_by_the_nights_files_and_unknown_without_them() -> None:
    day = read_master(
        contracts.INDEX_CONTRACTS,
        b"5|B01610745|KR4B01610742|C 202610   745.0|3|00745.00| |2001|KOSPI200\n"
        b"1|A01612|KR4A016C0004|F 202612| |00000.00|1|2001|KOSPI200\n",
    )
    options = read_master(
        contracts.NIGHT_OPTIONS,
        night_line(b"B01610745", "C 202610   745.0") + night_line(b"B01610747", "C 202610   747.5"),
    )
    futures = read_master(contracts.NIGHT_FUTURES, night_line(b"A05609", "미니F 202609"))
    half = instruments_of(Masters(index_contracts=day, night_options=options), DAY)
    assert {each.code: each.night for each in half.contracts().values()} == {
        "B01610745": True, "A01612": None, "B01610747": True,
    }  # fmt: skip
    whole = instruments_of(
        Masters(index_contracts=day, night_options=options, night_futures=futures), DAY
    )
    assert {each.code: each.night for each in whole.contracts().values()} == {
        "B01610745": True, "A01612": False, "A05609": True, "B01610747": True,
    }  # fmt: skip


def test_a_commodity_says_its_class_before_its_type() -> None:
    line = line_of(
        specs.COMMODITIES, com_type=b"2", info_type=b"1", shrn_iscd=b"A75605",
        kor_name="미국달러 F 202605".encode("cp949"), acpr=b"00000.00", mmsc_cls_code=b"1",
        prod_no=b"USD", prod_name="미국달러".encode("cp949"),
    )  # fmt: skip
    file = read_master(contracts.COMMODITY_CONTRACTS, line + b"\n")
    table = instruments_of(Masters(commodity_contracts=file), DAY)
    dollar = table.front_future("75")
    assert dollar is not None
    assert (dollar.family, dollar.underlying, dollar.expiry) == ("21", "USD", "202605")
    assert dollar.night is None


def test_one_code_in_two_files_is_refused() -> None:
    one = b"1|A01612|KR4A016C0004|F 202612| |00000.00|1|2001|KOSPI200\n"
    index = read_master(contracts.INDEX_CONTRACTS, one)
    stock = read_master(contracts.STOCK_CONTRACTS, one)
    with pytest.raises(InstrumentError, match="contract A01612 stands in the masters twice"):
        instruments_of(Masters(index_contracts=index, stock_contracts=stock), DAY)
