"""The TR table is what KIS's catalogs say, and both dialects are told apart in one place."""

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

from kis_core.errors import NotOffered
from kis_core.wire.substitutes import SUBSTITUTES
from kis_core.wire.tr_data import REST, STREAM
from kis_core.wire.tr_table import BOOKS, CALLS, NOTICES, STREAMS, TRADES

REPO = Path(__file__).resolve().parents[3]


def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("maker", REPO / "scripts" / "make_tr_table.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_table_is_what_the_catalogs_say(reference: Path) -> None:
    rest, streams = maker().tables(reference)
    assert rest == REST
    assert streams == STREAM


def test_the_table_takes_every_call_of_the_catalog_as_it_is(reference: Path) -> None:
    make = maker()
    calls = json.loads((reference / "kis_rest_catalog.json").read_text("utf-8"))
    streams = json.loads((reference / "kis_ws_columns.json").read_text("utf-8"))
    rows = {name: make.rest_row(name, call) for name, call in calls.items()}
    assert len(rows) == len(calls) >= 186
    assert all(make.stream_row(tr_id, row, streams)["layouts"] for tr_id, row in streams.items())


@pytest.mark.parametrize(
    ("name", "variant", "real", "paper"),
    [
        ("order_cash", "buy", "TTTC0012U", "VTTC0012U"),
        ("order_cash", "sell", "TTTC0011U", "VTTC0011U"),
        ("order_rvsecncl", "", "TTTC0013U", "VTTC0013U"),
        ("inquire_daily_ccld", "within_3_months", "TTTC0081R", "VTTC0081R"),
        ("inquire_psbl_order", "", "TTTC8908R", "VTTC8908R"),
        ("inquire_balance", "", "TTTC8434R", "VTTC8434R"),
        ("inquire_price", "", "FHKST01010100", "FHKST01010100"),
        ("inquire_daily_indexchartprice", "", "FHKUP03500100", "FHKUP03500100"),
    ],
)
def test_each_dialect_has_its_tr_id(name: str, variant: str, real: str, paper: str) -> None:
    call = CALLS[f"domestic_stock.{name}"]
    assert call.tr_id("real", variant) == real
    assert call.tr_id("paper", variant) == paper


@pytest.mark.parametrize("name", ["inquire_time_dailychartprice", "inquire_index_price"])
def test_what_paper_lacks_is_refused_with_its_substitute_named(name: str) -> None:
    call = CALLS[f"domestic_stock.{name}"]
    assert call.tr_id("real")
    with pytest.raises(NotOffered, match="not offered on paper") as refused:
        call.tr_id("paper")
    assert refused.value.code == "EGW02006"
    assert SUBSTITUTES[call.name] in refused.value.text


def test_whatever_paper_lacks_has_a_substitute_or_says_that_there_is_none() -> None:
    lacking = {name for name, call in CALLS.items() if call.tr_real and not call.tr_paper}
    assert set(SUBSTITUTES) == lacking
    assert all(SUBSTITUTES.values())


def test_a_substitute_that_is_a_call_is_offered_on_paper() -> None:
    named = re.compile(
        r"\b(?:domestic_stock|domestic_futureoption|etfetn|elw)\.[a-z0-9_.]*[a-z0-9]"
    )
    calls = {name for text in SUBSTITUTES.values() for name in named.findall(text)}
    assert len(calls) > 10
    assert [name for name in calls if not CALLS[name].tr_paper] == []


def test_the_token_office_has_no_tr_ids() -> None:
    assert CALLS["auth.auth_token"].tr_id("real") == CALLS["auth.auth_token"].tr_id("paper") == ""


def test_pages_are_told_by_the_cursor() -> None:
    paged = {name.split(".")[1] for name, call in CALLS.items() if call.cursor == "100"}
    assert {"inquire_balance", "inquire_daily_ccld", "inquire_psbl_rvsecncl"} < paged
    assert CALLS["domestic_futureoption.inquire_ccnl"].cursor == "200"
    assert CALLS["domestic_stock.chk_holiday"].cursor == ""
    assert CALLS["domestic_stock.inquire_price"].cursor is None


@pytest.mark.parametrize(
    ("tr_id", "width", "last"),
    [
        (TRADES, 46, "VI_STND_PRC"),
        (TRADES, 47, "MARKET_CLS_CODE"),
        (BOOKS, 59, "STCK_DEAL_CLS_CODE"),
        (BOOKS, 61, "STCK_DEAL_CLS_CODE"),
        (BOOKS, 62, "KMID_CLS_CODE"),
        (BOOKS, 63, "MARKET_CLS_CODE"),
        (BOOKS, 70, "MARKET_CLS_CODE"),
        ("H0STOAA0", 58, "OVTM_TOTAL_BIDP_ICDC"),
        (NOTICES["paper"], 23, "ODER_PRC"),
        (NOTICES["real"], 26, "ODER_PRC"),
    ],
)
def test_a_records_width_says_which_columns_it_has(tr_id: str, width: int, last: str) -> None:
    assert STREAMS[tr_id].columns(width)[-1] == last


def test_a_record_too_narrow_for_any_layout_has_no_columns() -> None:
    assert STREAMS[TRADES].columns(45) == ()
