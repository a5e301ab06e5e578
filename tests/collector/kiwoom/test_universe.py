"""The symbols: sheets the way people make them, listings, and the day's snapshot."""

import io
import json
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from collector.sources.kiwoom import replies
from collector.sources.kiwoom.day import newest_snapshot, read_snapshot
from collector.sources.kiwoom.universe import (
    Issue,
    UniverseError,
    combined,
    from_snapshot,
    of_masters,
    read_sheet,
    to_snapshot,
)
from kis_core.clock import KST, kst
from kis_core.errors import ReplyError
from kis_core.market.instruments import Instruments

DAY = date(2026, 9, 14)


def xlsx(*rows: tuple[object, ...]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.mark.parametrize("column", ["Symbol", "symbol", "SYMBOL", "종목코드", "코드"])
def test_the_column_is_found_by_its_name_wherever_it_stands(column: str) -> None:
    content = f"name,{column},x\n삼성전자,005930,1\n노타,0004G0,2\n".encode()
    assert read_sheet("u.csv", content).symbols == ("005930", "0004G0")
    sheet = read_sheet("u.xlsx", xlsx(("name", column), ("삼성전자", 5930), ("노타", "0004G0")))
    assert (sheet.symbols, sheet.faults) == (("005930", "0004G0"), ())


@pytest.mark.parametrize(
    "content",
    [b"005930\n000660\n", b"code of the issue,x\n005930,1\n000660,2\n", b"\n005930\n\n000660\n"],
    ids=["no head", "another head", "blank lines"],
)
def test_without_a_name_it_is_the_first_column(content: bytes) -> None:
    assert read_sheet("u.csv", content).symbols == ("005930", "000660")


def test_a_number_of_a_spreadsheet_gets_its_zeros_back_and_a_text_does_not() -> None:
    sheet = read_sheet(
        "u.xlsx", xlsx(("Symbol",), (5930,), (660.0,), ("5930",), (True,), (-1,), (1234567,))
    )
    assert sheet.symbols == ("005930", "000660")
    assert [(fault.row, fault.text) for fault in sheet.faults] == [
        (4, "5930"), (5, "True"), (6, "-1"), (7, "1234567"),
    ]  # fmt: skip


def test_what_is_twice_or_malformed_is_reported_with_its_row_and_the_rest_stands() -> None:
    sheet = read_sheet(
        "u.csv", b"Symbol,name\n005930,a\nabc,b\n005930,c\nA000660,d\n,e\nq500001,f\n"
    )
    assert sheet.symbols == ("005930", "000660", "Q500001")
    assert [str(fault) for fault in sheet.faults] == [
        "row 3: 'abc': expected six characters, a digit first, or Q and six digits",
        "row 4: '005930': stands in row 2 already",
        "row 6: '': empty",
    ]


def test_korean_excel_writes_its_csv_in_cp949() -> None:
    assert read_sheet("u.csv", "종목코드,종목명\n005930,삼성전자\n".encode("cp949")).symbols == (
        "005930",
    )


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("u.txt", b"005930", r"u.txt: expected a name that ends in .xlsx or .csv"),
        ("u.csv", b"", "u.csv: no rows"),
        ("u.csv", b"Symbol\n", "u.csv: not one symbol in 0 rows"),
        ("u.csv", b"Symbol\nx\ny\n", "u.csv: not one symbol in 2 rows"),
        ("u.csv", b"\xff\xfe\x00", "u.csv: neither UTF-8 nor CP949"),
        ("u.csv", b'Symbol\n"005930\n', "u.csv: not a CSV file"),
        ("u.xlsx", b"PK nonsense", "u.xlsx: not a spreadsheet"),
    ],
)
def test_a_file_without_symbols_is_one_clear_error(name: str, content: bytes, says: str) -> None:
    with pytest.raises(UniverseError, match=says):
        read_sheet(name, content)


# -- listings ------------------------------------------------------------


def row(code: str, **more: str) -> dict[str, str]:
    return {
        "code": code, "name": "n", "auditInfo": "정상", "marketName": "거래소",
        "orderWarning": "0", "nxtEnable": "Y",
    } | more  # fmt: skip


def test_the_issue_list_says_what_trades_on_nxt_and_what_is_wrong_with_an_issue() -> None:
    found = replies.issues(
        [
            {"list": [row("005930"), row("000660", nxtEnable="N", orderWarning="5")]},
            {"list": [row("035720", auditInfo="거래정지", nxtEnable=""), row("57JB12")]},
            {"list": [row("005930", name="told twice"), row("K0001")]},
        ]
    )
    assert found["005930"] == Issue("005930", "n", "거래소", True, False, None)
    assert found["000660"] == Issue("000660", "n", "거래소", False, False, "investment warning")
    assert (found["035720"].nxt, found["035720"].halted) == (None, True)
    assert "57JB12" in found
    assert "K0001" not in found
    with pytest.raises(ReplyError, match="without code"):
        replies.issues([{"list": [{"name": "x"}]}])
    with pytest.raises(ReplyError, match="no rows 'list'"):
        replies.issues([{"return_code": 0}])


def test_a_sheet_takes_its_facts_from_the_listing_and_says_what_is_not_listed() -> None:
    sheet = read_sheet("u.csv", b"Symbol\n000660\n005930\n999999\nx\n")
    listing = replies.issues([{"list": [row("005930"), row("000660", nxtEnable="N")]}])
    universe = combined(DAY, "u.csv + ka10099", sheet, listing)
    assert universe.symbols == ("000660", "005930", "999999")
    assert universe.on_nxt == {"005930"}
    assert universe.unlisted == ("999999",)
    assert len(universe.faults) == 1
    assert combined(DAY, "ka10099", None, listing).symbols == ("005930", "000660")
    assert combined(DAY, "u.csv", sheet, {}).unlisted == ()  # nobody could say so


def test_no_masters_no_issues() -> None:
    assert of_masters(Instruments((), (), DAY)) == {}


def test_the_snapshot_of_a_day_comes_back(tmp_path: Path) -> None:
    sheet = read_sheet("u.csv", b"Symbol\n005930\n0004G0\nx\n")
    universe = combined(DAY, "u.csv", sheet, {"005930": Issue("005930", "삼성전자", nxt=True)})
    assert from_snapshot("s", to_snapshot(universe)) == universe
    folder = tmp_path / "collector" / "kiwoom"
    folder.mkdir(parents=True)
    (folder / "2026-09-14.universe").write_bytes(to_snapshot(universe))
    (folder / "2026-09-15.universe").write_bytes(b"torn")
    assert read_snapshot(folder / "2026-09-15.universe") is None
    assert newest_snapshot(tmp_path, date(2026, 9, 16)) == universe
    assert newest_snapshot(tmp_path, DAY) is None


# -- other replies ------------------------------------------------------------


def test_the_captured_book_of_ka10004(kst_data: Path) -> None:
    text = (kst_data / "broker_samples" / "kiwoom_rest_ka10004.json").read_text("utf-8")
    body = json.loads(text)["body"]
    book = replies.book(body, "005930", "KRX", date(2026, 9, 18), 7)
    assert book.asks[0] == (259_000, 26_105)
    assert book.asks[9] == (263_500, 58_186)
    assert book.bids[0] == (258_500, 48_397)
    assert book.bids[9] == (254_000, 27_465)
    assert sum(size for _, size in book.asks) == int(body["tot_sel_req"])
    assert sum(size for _, size in book.bids) == int(body["tot_buy_req"])
    assert kst(book.at_ns) == datetime(2026, 9, 18, 11, 20, 46, tzinfo=KST)


def test_minutes_of_ka10080() -> None:
    rows = [
        {"cntr_tm": "20260914100200", "open_pric": "-60200", "high_pric": "+60400",
         "low_pric": "-60100", "cur_prc": "+60300", "trde_qty": "12"},
        {"cntr_tm": "20260914100100", "open_pric": "-60000", "high_pric": "60000",
         "low_pric": "60000", "cur_prc": "-60000", "trde_qty": "0000003"},
    ]  # fmt: skip
    first, second = replies.minutes({"stk_min_pole_chart_qry": rows}, "005930")
    assert (first.open_krw, first.volume, first.value_krw) == (60_000, 3, None)
    assert (second.high_krw, second.low_krw, second.close_krw) == (60_400, 60_100, 60_300)
    assert second.start_ns - first.start_ns == 60_000_000_000
    with pytest.raises(ReplyError, match=r"cntr_tm '1002', expected YYYYMMDDHHMMSS"):
        replies.minutes({"stk_min_pole_chart_qry": [rows[0] | {"cntr_tm": "1002"}]}, "005930")
    with pytest.raises(ReplyError, match="cur_prc '', expected a price"):
        replies.minutes({"stk_min_pole_chart_qry": [rows[0] | {"cur_prc": ""}]}, "005930")
