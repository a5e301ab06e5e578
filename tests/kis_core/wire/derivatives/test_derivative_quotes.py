"""Futures and options are asked for exactly, and read with the values KIS says."""

import math
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.clock import kst
from kis_core.environment import Dialect
from kis_core.errors import NotOffered, ReplyError, UnknownSymbol
from kis_core.market.derivatives import Kind
from kis_core.market.instants import midnight_ns
from kis_core.wire.derivatives import derivative_quote_replies as replies
from kis_core.wire.derivatives import derivative_quote_requests as requests
from kis_core.wire.derivatives.derivative_quotes import (
    BoardTop,
    DerivativeBar,
    DerivativeDay,
    DerivativePrice,
    ExpectedPrice,
    FutureQuote,
    Greeks,
    Level,
    MarginRate,
    Maturity,
    Underlying,
)
from kis_core.wire.request import Lane, Request
from tests.kis_core.wire.bodies import damaged, filled, names_of

DAY = date(2026, 9, 21)
OF = {"FID_COND_MRKT_DIV_CODE": "F", "FID_INPUT_ISCD": "A01612"}
FUOP = "domestic_futureoption"

ASKED: list[tuple[str, Callable[[Dialect], Request], str, dict[str, str]]] = [
    ("inquire-price", lambda d: requests.price(d, "A01612", "F"), "FHMIF10000000", OF),
    ("inquire-asking-price", lambda d: requests.book(d, "A01612", "F"), "FHMIF10010000", OF),
    (
        "inquire-daily-fuopchartprice",
        lambda d: requests.days(d, "A01612", "F", date(2026, 9, 1), DAY),
        "FHKIF03020100",
        OF
        | {
            "FID_INPUT_DATE_1": "20260901",
            "FID_INPUT_DATE_2": "20260921",
            "FID_PERIOD_DIV_CODE": "D",
        },
    ),
    (
        "inquire-time-fuopchartprice",
        lambda d: requests.minutes(d, "A01612", "CM", DAY, "253000"),
        "FHKIF03020200",
        OF
        | {
            "FID_COND_MRKT_DIV_CODE": "CM",
            "FID_HOUR_CLS_CODE": "60",
            "FID_PW_DATA_INCU_YN": "Y",
            "FID_FAKE_TICK_INCU_YN": "N",
            "FID_INPUT_DATE_1": "20260921",
            "FID_INPUT_HOUR_1": "253000",
        },
    ),
    (
        "display-board-callput",
        lambda d: requests.option_board(d, "260904", "WKI"),
        "FHPIF05030100",
        {
            "FID_COND_MRKT_DIV_CODE": "O",
            "FID_COND_SCR_DIV_CODE": "20503",
            "FID_MRKT_CLS_CODE": "CO",
            "FID_MTRT_CNT": "260904",
            "FID_MRKT_CLS_CODE1": "PO",
            "FID_COND_MRKT_CLS_CODE": "WKI",
        },
    ),
    (
        "display-board-futures",
        lambda d: requests.futures_board(d, "MKI"),
        "FHPIF05030200",
        {
            "FID_COND_MRKT_DIV_CODE": "F",
            "FID_COND_SCR_DIV_CODE": "20503",
            "FID_COND_MRKT_CLS_CODE": "MKI",
        },
    ),
    (
        "display-board-option-list",
        requests.maturities,
        "FHPIO056104C0",
        {
            "FID_COND_SCR_DIV_CODE": "509",
            "FID_COND_MRKT_DIV_CODE": "",
            "FID_COND_MRKT_CLS_CODE": "",
        },
    ),
    (
        "display-board-top",
        lambda d: requests.board_top(d, "A01612"),
        "FHPIF05030000",
        OF
        | {
            "FID_COND_MRKT_DIV_CODE1": "",
            "FID_COND_SCR_DIV_CODE": "",
            "FID_MTRT_CNT": "",
            "FID_COND_MRKT_CLS_CODE": "",
        },
    ),
    (
        "exp-price-trend",
        lambda d: requests.expected_prices(d, "A01612", "F"),
        "FHPIF05110100",
        OF,
    ),
    (
        "margin-rate",
        lambda d: requests.margin_rates(d, DAY),
        "TTTO6032R",
        {"BASS_DT": "20260921", "BAST_ID": "", "CTX_AREA_NK200": ""},
    ),
]


@pytest.mark.parametrize(("path", "ask", "tr_id", "fields"), ASKED)
def test_each_question_is_asked_exactly(
    path: str, ask: Callable[[Dialect], Request], tr_id: str, fields: dict[str, str]
) -> None:
    request = ask("real")
    assert (request.call.method, request.tr_id, request.lane) == ("GET", tr_id, Lane.QUOTE)
    assert request.call.path == f"/uapi/domestic-futureoption/v1/quotations/{path}"
    assert request.fields == fields
    if path in ("inquire-price", "inquire-asking-price", "inquire-daily-fuopchartprice"):
        assert ask("paper") == request
    else:
        with pytest.raises(NotOffered, match="not offered on paper"):
            ask("paper")


@pytest.mark.parametrize(
    ("code", "day", "night"),
    [
        ("A01612", "F", "CM"),
        ("101W09", "F", "CM"),
        ("D0160301", "F", "CM"),
        ("B01610745", "O", "EU"),
        ("CAFBRW962", "O", "EU"),
        ("301W06272", "O", "EU"),
    ],
)
def test_an_index_products_code_says_its_market(code: str, day: str, night: str) -> None:
    assert (requests.market_of(code), requests.market_of(code, "night")) == (day, night)


@pytest.mark.parametrize("code", ["A11610", "165W09", "175W09", "10100000", "005930"])
def test_a_code_that_may_be_anything_does_not(code: str) -> None:
    with pytest.raises(ValueError, match=r"say its market|derivative code"):
        requests.market_of(code)


@pytest.mark.parametrize("maturity", ["0610", "20261", "2026-1", ""])
def test_a_board_is_asked_for_by_six_digits(maturity: str) -> None:
    with pytest.raises(ValueError, match=r"Maturity\.month"):
        requests.option_board("real", maturity, "")


@pytest.mark.parametrize(
    ("period", "since"),
    [("D", "2026-09-17"), ("W", "2026-09-14"), ("M", "2026-08-31"), ("Y", "2025-12-31")],
)
def test_a_week_a_month_and_a_year_are_asked_for_from_before_they_begin(
    period: requests.Period, since: str
) -> None:
    first = date(2026, 9, 17)
    assert requests.bucket_start(first, period) == date.fromisoformat(since)


FUTURE = filled(
    f"{FUOP}.inquire_price",
    "output1",
    hts_kor_isnm="F 202612",
    futs_prpr="1098.05",
    futs_prdy_clpr="1090.00",
    futs_sdpr="1090.00",
    futs_mxpr="1177.20",
    futs_llam="1002.80",
    futs_oprc="1092.00",
    futs_hgpr="1099.90",
    futs_lwpr="1089.95",
    acml_vol="123456",
    acml_tr_pbmn="33889564",
    hts_otst_stpl_qty="301234",
    otst_stpl_qty_icdc="-1200",
    hts_thpr="1099.11",
    mrkt_basis="-0.95",
    futs_last_tr_date="20261210",
    hts_rmnn_dynu="81",
)
INDEX = filled(
    f"{FUOP}.inquire_price",
    "output3",
    bstp_cls_code="2001",
    hts_kor_isnm="KOSPI200",
    bstp_nmix_prpr="1099.00",
    prdy_vrss_sign="5",
    bstp_nmix_prdy_vrss="3.20",
    bstp_nmix_prdy_ctrt="-0.29",
)


def test_a_futures_price_is_points_contracts_and_krw() -> None:
    body = {"output1": FUTURE, "output2": INDEX, "output3": {}}
    assert replies.price(body, "A01612", 7) == DerivativePrice(
        code="A01612",
        name="F 202612",
        at_ns=7,
        price=Decimal("1098.05"),
        previous_close=Decimal("1090.00"),
        base=Decimal("1090.00"),
        upper=Decimal("1177.20"),
        lower=Decimal("1002.80"),
        open=Decimal("1092.00"),
        high=Decimal("1099.90"),
        low=Decimal("1089.95"),
        volume=123_456,
        value_krw=33_889_564_000,
        open_interest=301_234,
        open_interest_change=-1_200,
        theoretical=Decimal("1099.11"),
        basis=Decimal("-0.95"),
        last_trading_date="2026-12-10",
        days_left=81,
        strike=None,
        greeks=None,
        implied_pct=None,
        historical_pct=None,
        underlying=Underlying(
            "2001", "KOSPI200", Decimal("1099.00"), Decimal("-3.20"), Decimal("-0.29")
        ),
        kospi200=None,
    )


def test_an_options_price_has_its_greeks() -> None:
    said = {
        "acpr": "1100.00",
        "delta_val": "0.4912",
        "gama": "0.0051",
        "vega": "1.2034",
        "theta": "-0.3310",
        "rho": "0.1240",
        "hts_ints_vltl": "21.3344",
        "hist_vltl": "18.2000",
    }
    told = replies.price({"output1": FUTURE | said}, "B01610A41", 7)
    assert told.strike == Decimal("1100.00")
    assert told.greeks == Greeks(
        delta=Decimal("0.4912"),
        gamma=Decimal("0.0051"),
        vega=Decimal("1.2034"),
        theta=Decimal("-0.3310"),
        rho=Decimal("0.1240"),
    )
    assert (told.implied_pct, told.historical_pct) == (Decimal("21.3344"), Decimal("18.2000"))
    without = replies.price({"output1": FUTURE | said | {"hts_ints_vltl": "0.0000"}}, "B", 7)
    assert without.implied_pct is None


def test_the_documented_answer_for_a_future_leaves_an_options_fields_out() -> None:
    option = ("delta_val", "gama", "theta", "vega", "rho", "hist_vltl", "hts_ints_vltl", "acpr")
    short = {name: text for name, text in FUTURE.items() if name not in option}
    told = replies.price({"output1": short}, "A01612", 7)
    assert (told.price, told.greeks, told.strike) == (Decimal("1098.05"), None, None)


def test_before_the_first_trade_there_is_no_price() -> None:
    quiet = FUTURE | {"futs_prpr": "0.00", "futs_oprc": "", "acml_vol": "0"}
    told = replies.price({"output1": quiet}, "A01712", 7)
    assert (told.price, told.open, told.base) == (None, None, Decimal("1090.00"))


NOTHING = [{}, dict.fromkeys(FUTURE, ""), dict.fromkeys(FUTURE, "0.00") | {"hts_kor_isnm": " "}]


@pytest.mark.parametrize("output", NOTHING, ids=["no field", "blanks", "zeros"])
def test_an_expired_code_is_answered_with_nothing(output: dict[str, str]) -> None:
    body = {"rt_cd": "0", "output1": output, "output2": {}, "output3": {}}
    for reader in (
        lambda: replies.price(body, "101W09", 7),
        lambda: replies.book(body, "101W09", 0, 7),
        lambda: replies.minute_rows({**body, "output2": []}, "101W09"),
        lambda: replies.days({**body, "output2": []}, "101W09"),
        lambda: replies.board_top({**body, "output2": []}, "101W09"),
        lambda: replies.expected_prices({**body, "output2": []}, "101W09"),
    ):
        with pytest.raises(UnknownSymbol, match="101W09"):
            reader()


@pytest.mark.parametrize(
    "changed",
    [{"acml_vol": ""}, {"acml_vol": "1.5"}, {"futs_prpr": "x"}, {"futs_last_tr_date": "2026"}],
    ids=str,
)
def test_a_price_that_cannot_be_read_is_an_error(changed: dict[str, str]) -> None:
    with pytest.raises(ReplyError):
        replies.price({"output1": FUTURE | changed}, "A01612", 7)


def book_of(hour: str = "101502") -> dict[str, Any]:
    levels = filled(
        f"{FUOP}.inquire_asking_price",
        "output2",
        aspr_acpt_hour=hour,
        futs_askp1="1098.10",
        futs_askp2="1098.15",
        futs_bidp1="1098.05",
        askp_rsqn1="12",
        askp_rsqn2="30",
        bidp_rsqn1="7",
        askp_csnu1="4",
        askp_csnu2="9",
        bidp_csnu1="2",
        total_askp_rsqn="1042",
        total_bidp_rsqn="977",
    )
    head = filled(
        f"{FUOP}.inquire_asking_price", "output1", hts_kor_isnm="F 202612", futs_prpr="1098.05"
    )
    return {"output1": head, "output2": levels}


def test_a_book_has_five_levels_less_the_empty_ones() -> None:
    midnight = midnight_ns(DAY)
    now_ns = midnight + 36_903_000_000_000
    for body in (book_of(), {**book_of(), "output2": [book_of()["output2"]]}):
        told = replies.book(body, "A01612", midnight, now_ns)
        assert told.asks == (
            Level(Decimal("1098.10"), 12, 4),
            Level(Decimal("1098.15"), 30, 9),
        )
        assert told.bids == (Level(Decimal("1098.05"), 7, 2),)
        assert (told.total_ask, told.total_bid) == (1_042, 977)
        assert f"{kst(told.at_ns):%Y-%m-%d %H:%M:%S}" == "2026-09-21 10:15:02"


@pytest.mark.parametrize(
    ("said", "now", "at"),
    [
        ("235959", "000001", "2026-09-20 23:59:59"),
        ("000000", "000001", "2026-09-21 00:00:00"),
        ("253000", "013001", "2026-09-21 01:30:00"),
        ("013000", "013001", "2026-09-21 01:30:00"),
    ],
)
def test_a_books_hour_is_the_one_just_before_it_arrived(said: str, now: str, at: str) -> None:
    midnight = midnight_ns(DAY)
    now_ns = midnight + replies.clock_ns({"now": now}, "now")
    told = replies.book(book_of(said), "A01612", midnight, now_ns)
    assert f"{kst(told.at_ns):%Y-%m-%d %H:%M:%S}" == at


def minute(day: str, hhmmss: str, volume: str = "10", value: str = "0") -> dict[str, str]:
    return filled(
        f"{FUOP}.inquire_time_fuopchartprice",
        "output2",
        stck_bsop_date=day,
        stck_cntg_hour=hhmmss,
        futs_prpr="1000.10",
        futs_oprc="1000.00",
        futs_hgpr="1000.20",
        futs_lwpr="999.90",
        cntg_vol=volume,
        acml_tr_pbmn=value,
    )


HEAD = filled(f"{FUOP}.inquire_time_fuopchartprice", "output1", hts_kor_isnm="F 202612")


@pytest.mark.parametrize(
    ("hhmmss", "at"),
    [
        ("084500", "2026-09-21 08:45"),
        ("235900", "2026-09-21 23:59"),
        ("240000", "2026-09-22 00:00"),
        ("253000", "2026-09-22 01:30"),
        ("300000", "2026-09-22 06:00"),
    ],
)
def test_a_nights_hours_go_on_past_midnight(hhmmss: str, at: str) -> None:
    body = {"output1": HEAD, "output2": [minute("20260921", hhmmss)]}
    (row,) = replies.minute_rows(body, "A01612")
    assert f"{kst(row.start_ns):%Y-%m-%d %H:%M}" == at
    assert row.date == "20260921"


@pytest.mark.parametrize("hhmmss", ["310000", "306000", "2530", "25300x", "", "-10000"])
def test_a_time_that_is_none_is_an_error(hhmmss: str) -> None:
    body = {"output1": HEAD, "output2": [minute("20260921", hhmmss)]}
    with pytest.raises(ReplyError):
        replies.minute_rows(body, "A01612")


def test_a_minutes_value_is_the_difference_where_it_can_be() -> None:
    # 10 contracts at about 1,000 points are 2.5 billion KRW
    rows = [
        minute("20260921", "084500", value="2500100"),
        minute("20260921", "084600", volume="0", value="2500100"),
        minute("20260921", "084700", value="5000300"),
        minute("20260921", "084900", value="9999999"),  # 08:48 is missing
        minute("20260921", "085000", value="12500000"),
        minute("20260921", "085100", value=""),
        minute("20260921", "085200", value="17500000"),
    ]
    read = replies.minute_rows({"output1": HEAD, "output2": rows}, "A01612")
    bars = replies.bars("A01612", read)
    assert [bar.value_krw for bar in bars] == [
        2_500_100_000,
        2_500_200_000,
        None,
        2_500_001_000,
        None,
        None,
    ]
    assert bars[0] == DerivativeBar(
        "A01612",
        read[0].start_ns,
        Decimal("1000.00"),
        Decimal("1000.20"),
        Decimal("999.90"),
        Decimal("1000.10"),
        10,
        2_500_100_000,
    )


def test_without_a_multiplier_the_first_minutes_value_is_unknown() -> None:
    rows = [
        minute("20260921", "084500", value="7"),
        minute("20260921", "084600", value="9"),
        minute("20260921", "084700", value="8"),
    ]
    read = replies.minute_rows({"output1": HEAD, "output2": rows}, "A11610")
    assert [bar.value_krw for bar in replies.bars("A11610", read)] == [None, 2_000, None]


def test_prices_that_contradict_each_other_are_an_error() -> None:
    row = minute("20260921", "084500") | {"futs_hgpr": "999.00"}
    read = replies.minute_rows({"output1": HEAD, "output2": [row]}, "A01612")
    with pytest.raises(ReplyError):
        replies.bars("A01612", read)


def test_a_day_has_its_prices_and_its_value() -> None:
    row = filled(
        f"{FUOP}.inquire_daily_fuopchartprice",
        "output2",
        stck_bsop_date="20260918",
        futs_prpr="1098.05",
        futs_oprc="1092.00",
        futs_hgpr="1099.90",
        futs_lwpr="1089.95",
        acml_vol="123456",
        acml_tr_pbmn="33889564",
        mod_yn="N",
    )
    body = {"output1": {}, "output2": [row, dict.fromkeys(row, "")]}
    assert replies.days(body, "A01612") == [
        DerivativeDay(
            "A01612",
            "2026-09-18",
            Decimal("1092.00"),
            Decimal("1099.90"),
            Decimal("1089.95"),
            Decimal("1098.05"),
            123_456,
            33_889_564_000,
        )
    ]
    assert replies.days({"output1": HEAD, "output2": []}, "A01612") == []


WHOLE = {
    "prdy_vrss_sign", "acml_vol", "seln_rsqn", "shnu_rsqn", "acml_tr_pbmn", "hts_otst_stpl_qty",
    "otst_stpl_qty_icdc", "rgbf_vrss_icdc", "total_askp_rsqn", "total_bidp_rsqn",
    "antc_cntg_vrss_sign",
}  # fmt: skip
FOUR = {"delta_val", "gama", "vega", "theta", "rho", "hts_ints_vltl", "esdg", "hist_vltl"}


def as_told(row: dict[str, Any]) -> dict[str, str]:
    """Render a row of the captured board as KIS's JSON has it."""
    said = {"acpr": f"{row['strike']:.2f}"}
    for name, value in row.items():
        if name in ("captured_at", "expiry", "cp", "strike"):
            continue
        if value is None or (isinstance(value, float) and math.isnan(value)):
            said[name] = ""
        elif isinstance(value, str):
            said[name] = value
        elif name in WHOLE:
            said[name] = f"{value:.0f}"
        else:
            said[name] = f"{value:.4f}" if name in FOUR else f"{value:.2f}"
    return filled(f"{FUOP}.display_board_callput", "output1", **said)


def captured(kst_data: Path, expiry: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    path = kst_data / "derivatives" / "kospi200_option_board_20250605.parquet"
    rows = [row for row in pq.read_table(path).to_pylist() if row["expiry"] == expiry]
    calls, puts = (
        [as_told(row) for row in rows if row["cp"] == side][::-1] for side in ("C", "P")
    )  # the highest strike comes first
    return rows, {"rt_cd": "0", "output1": calls, "output2": puts}


@pytest.mark.parametrize(
    ("expiry", "strikes", "is_cut"),
    [("202506", 100, True), ("202507", 100, True), ("202508", 100, True), ("202509", 62, False)],
)
def test_a_real_board_is_read_row_by_row(
    kst_data: Path, expiry: str, strikes: int, is_cut: bool
) -> None:
    rows, body = captured(kst_data, expiry)
    board = replies.option_board(body, expiry)
    assert (len(board.calls), len(board.puts), board.is_cut) == (strikes, strikes, is_cut)
    assert [option.strike for option in board.calls] == sorted(o.strike for o in board.calls)
    by_code = {option.code: option for option in (*board.calls, *board.puts)}
    for row in rows:
        option = by_code[row["optn_shrn_iscd"]]
        assert option.kind is (Kind.CALL if row["cp"] == "C" else Kind.PUT)
        assert float(option.strike) == row["strike"]
        assert float(option.price or 0) == pytest.approx(row["optn_prpr"])
        assert float(option.bid or 0) == pytest.approx(row["optn_bidp"])
        assert float(option.ask or 0) == pytest.approx(row["optn_askp"])
        assert float(option.change) == pytest.approx(row["optn_prdy_vrss"])
        assert (option.volume, option.open_interest) == (
            row["acml_vol"],
            row["hts_otst_stpl_qty"],
        )
        assert option.value_krw == row["acml_tr_pbmn"] * 1_000
        assert float(option.greeks.delta) == pytest.approx(row["delta_val"])
        assert float(option.greeks.theta) == pytest.approx(row["theta"])
        assert (option.implied_pct is None) == (row["hts_ints_vltl"] == 0)


def test_a_real_option_has_the_values_of_its_evening(kst_data: Path) -> None:
    _, body = captured(kst_data, "202507")
    board = replies.option_board(body, "202507")
    call = next(option for option in board.calls if option.strike == Decimal("377.5"))
    assert (call.code, call.kind) == ("201W07377", Kind.CALL)
    put = next(option for option in board.puts if option.strike == Decimal("377.5"))
    assert 0 < call.greeks.delta < 1
    assert -1 < put.greeks.delta < 0
    assert call.implied_pct is not None
    assert 5 < call.implied_pct < 60
    # what a call is worth beside the put of its strike: the index less the strike, nearly
    assert call.price is not None
    assert put.price is not None
    assert abs((call.price - put.price) - (Decimal("376.54") - Decimal("377.5"))) < 4
    first = board.calls[0]
    assert (first.implied_pct, first.open) == (None, None)


def test_a_put_among_the_calls_is_an_error(kst_data: Path) -> None:
    _, body = captured(kst_data, "202509")
    wrong = {"output1": body["output2"], "output2": body["output1"]}
    with pytest.raises(ReplyError, match="among the calls"):
        replies.option_board(wrong, "202509")
    rows = [body["output1"][0] | {"optn_shrn_iscd": "?"}]
    with pytest.raises(ReplyError, match="derivative code"):
        replies.option_board({"output1": rows, "output2": []}, "202509")


def test_a_month_nothing_is_listed_for_has_an_empty_board() -> None:
    board = replies.option_board({"output1": [], "output2": []}, "203001")
    assert (board.calls, board.puts, board.is_cut) == ((), (), False)


def test_the_futures_board_lists_what_trades() -> None:
    row = filled(
        f"{FUOP}.display_board_futures",
        "output",
        futs_shrn_iscd="A01612",
        hts_kor_isnm="F 202612",
        futs_prpr="1098.05",
        futs_prdy_vrss="-1.95",
        prdy_vrss_sign="5",
        hts_thpr="1099.11",
        acml_vol="123456",
        futs_askp="1098.10",
        futs_bidp="1098.05",
        hts_otst_stpl_qty="301234",
        futs_hgpr="1099.90",
        futs_lwpr="1089.95",
        hts_rmnn_dynu="81",
        total_askp_rsqn="1042",
        total_bidp_rsqn="977",
    )
    assert replies.futures_board({"output": [row]}) == [
        FutureQuote(
            code="A01612",
            name="F 202612",
            price=Decimal("1098.05"),
            change=Decimal("-1.95"),
            theoretical=Decimal("1099.11"),
            volume=123_456,
            bid=Decimal("1098.05"),
            ask=Decimal("1098.10"),
            high=Decimal("1099.90"),
            low=Decimal("1089.95"),
            open_interest=301_234,
            days_left=81,
            total_ask=1_042,
            total_bid=977,
            expected=None,
        )
    ]


def test_an_expiry_has_two_names() -> None:
    rows = [
        {"mtrt_yymm_code": "0610", "mtrt_yymm": "202610"},
        {"mtrt_yymm_code": "0V05", "mtrt_yymm": "260904"},
        {"mtrt_yymm_code": "", "mtrt_yymm": ""},
    ]
    told = replies.maturities({"output": rows})
    assert told == [Maturity("0610", "202610"), Maturity("0V05", "260904")]
    assert requests.option_board("real", told[1].month, "WKI").fields["FID_MTRT_CNT"] == "260904"


def test_a_future_stands_beside_what_it_is_of() -> None:
    head = filled(
        f"{FUOP}.display_board_top",
        "output1",
        hts_kor_isnm="F 202612",
        futs_prpr="1098.05",
        futs_prdy_vrss="8.05",
        prdy_vrss_sign="2",
        unas_prpr="1099.00",
        unas_prdy_vrss="3.20",
        unas_prdy_vrss_sign="5",
        unas_acml_vol="88123",
    )
    body = {"output1": head, "output2": [{"hts_rmnn_dynu": "18"}, {"hts_rmnn_dynu": "46"}]}
    assert replies.board_top(body, "A01612") == BoardTop(
        name="F 202612",
        price=Decimal("1098.05"),
        change=Decimal("8.05"),
        underlying=Decimal("1099.00"),
        underlying_change=Decimal("-3.20"),
        underlying_volume=88_123,
        days_left=(18, 46),
    )


def test_expected_prices_fall_when_their_sign_says_so() -> None:
    head = filled(f"{FUOP}.exp_price_trend", "output1", hts_kor_isnm="F 202612")
    row = filled(
        f"{FUOP}.exp_price_trend",
        "output2",
        stck_cntg_hour="084459",
        futs_antc_cnpr="1088.00",
        antc_cntg_vrss_sign="5",
        futs_antc_cntg_vrss="2.00",
    )
    told = replies.expected_prices({"output1": head, "output2": [row]}, "A01612")
    assert told == [ExpectedPrice("084459", Decimal("1088.00"), Decimal("-2.00"))]


def test_a_margin_rate_has_its_values() -> None:
    row = filled(
        f"{FUOP}.margin_rate",
        "output",
        bast_id="2001",
        bast_name="KOSPI200",
        brkg_mgna_rt="12.15",
        tr_mgna_rt="8.10",
        bast_pric="1099.00",
        tr_mtpl_idx="250000",
        ctrt_per_futr_mgna="33382125",
    )
    assert replies.margin_rates({"output": [row]}) == [
        MarginRate(
            "2001",
            "KOSPI200",
            Decimal("12.15"),
            Decimal("8.10"),
            Decimal("1099.00"),
            Decimal(250_000),
            33_382_125,
        )
    ]


NAMES = names_of(
    *(f"{FUOP}.{name}" for name in ("inquire_price", "inquire_asking_price", "margin_rate")),
    *(f"{FUOP}.{name}" for name in ("display_board_callput", "display_board_futures")),
    *(f"{FUOP}.{name}" for name in ("inquire_time_fuopchartprice", "exp_price_trend")),
)
texts = st.none() | st.integers() | st.text(max_size=9) | st.sampled_from(["1098.05", "240000"])
rows = st.dictionaries(st.sampled_from(NAMES), texts, max_size=9)
full = st.builds(lambda changed: FUTURE | INDEX | minute("20260921", "253000") | changed, rows)
outputs = st.none() | st.text(max_size=3) | rows | full | st.lists(rows | full, max_size=3)


@given(outputs, outputs)
def test_whatever_comes_nothing_else_is_raised(first: object, second: object) -> None:
    body = {"output": first, "output1": first, "output2": second, "output3": second}
    readers: list[Callable[[], object]] = [
        lambda: replies.price(body, "A01612", 7),
        lambda: replies.book(body, "A01612", 0, 7),
        lambda: replies.bars("A01612", replies.minute_rows(body, "A01612")),
        lambda: replies.bars("?", replies.minute_rows(body, "?")),
        lambda: replies.days(body, "A01612"),
        lambda: replies.option_board(body, "202610"),
        lambda: replies.futures_board(body),
        lambda: replies.maturities(body),
        lambda: replies.board_top(body, "A01612"),
        lambda: replies.expected_prices(body, "A01612"),
        lambda: replies.margin_rates(body),
    ]
    for reader in readers:
        with suppress(ReplyError, UnknownSymbol):
            reader()


@given(damaged({"output1": FUTURE, "output2": INDEX, "output3": INDEX}), damaged(book_of()))
def test_a_quote_damaged_on_its_way_is_read_or_refused(
    price: dict[str, Any], book: dict[str, Any]
) -> None:
    with suppress(ReplyError, UnknownSymbol):
        replies.price(price, "A01612", 7)
    with suppress(ReplyError, UnknownSymbol):
        replies.book(book, "A01612", 0, 7)


def test_a_real_board_damaged_on_its_way_is_read_or_refused(kst_data: Path) -> None:
    _, body = captured(kst_data, "202509")
    few = {**body, "output1": body["output1"][:3], "output2": body["output2"][:3]}

    @given(damaged(few))
    def holds(told: dict[str, Any]) -> None:
        with suppress(ReplyError):
            replies.option_board(told, "202509")

    holds()
