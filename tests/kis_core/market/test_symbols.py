import re
import zipfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from kis_core.market.symbols import SymbolError, is_etn, is_preferred, is_symbol, symbol_of


@pytest.mark.parametrize("text", ["005930", "0004G0", "00104K", "900140", "Q500001"])
def test_codes_are_text_and_may_hold_letters(text: str) -> None:
    assert symbol_of(text) == text


NO_SYMBOLS = (
    """5930 0059300 A05930 A005930 005930_NX ００５９３０ 0004g0 Q50001 Q5000011 F70100026"""
)


@pytest.mark.parametrize("text", [*NO_SYMBOLS.split(), "", "005930\n", " 005930", 5930, None])
def test_anything_else_is_refused_with_one_sentence(text: object) -> None:
    said = f"symbol {text!r}: expected six characters"
    with pytest.raises(SymbolError, match=re.escape(said)):
        symbol_of(text)


@pytest.mark.parametrize(
    ("symbol", "preferred"),
    [("005930", False), ("005935", True), ("005387", True), ("00104K", True), ("Q500005", False)],
)
def test_preferred_shares_end_in_5_7_9_k_l_or_m(symbol: str, preferred: bool) -> None:
    assert is_preferred(symbol) is preferred


def test_every_listed_stock_is_a_symbol_and_preferred_ones_are_named_so(kst_data: Path) -> None:
    listing = pq.read_table(kst_data / "masters" / "krx_listing_20260320.parquet")
    names = dict(zip(listing["symbol"].to_pylist(), listing["name"].to_pylist(), strict=True))
    assert all(is_symbol(symbol) for symbol in names)
    preferred = {symbol for symbol in names if is_preferred(symbol)}
    assert len(preferred) == 113
    assert all("우" in names[symbol] for symbol in preferred)


def test_the_brokers_masters_hold_codes_etns_and_funds_which_are_no_symbols(kst_data: Path) -> None:
    codes = []
    for market in ("kospi", "kosdaq"):
        with zipfile.ZipFile(kst_data / "masters" / f"{market}_code.mst.zip") as archive:
            lines = archive.read(archive.namelist()[0]).splitlines()
        codes += [line[:9].decode("ascii").strip() for line in lines]
    unknown = {code[0] for code in codes if not is_symbol(code)}
    assert unknown == {"F", "J"}  # beneficiary certificates and warrants, nine characters
    assert sum(is_etn(code) for code in codes if is_symbol(code)) == 391
