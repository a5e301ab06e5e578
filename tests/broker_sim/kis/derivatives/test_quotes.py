"""What the quote calls say of futures and options, over HTTP."""

from typing import Any

import pytest

from kis_core.wire.tr_table import CALLS
from tests.broker_sim.kis.derivatives.conftest import CALL, FRONT, PUT

FUT, OPT = {"FID_COND_MRKT_DIV_CODE": "F"}, {"FID_COND_MRKT_DIV_CODE": "O"}


def names(call: str, output: str) -> set[str]:
    return set(CALLS[f"domestic_futureoption.{call}"].outputs[output].names)


@pytest.mark.anyio
async def test_a_future_is_quoted_with_its_index_and_every_documented_field(futures: Any) -> None:
    async with futures() as broker:
        body = await broker.ask("inquire_price", **FUT, FID_INPUT_ISCD=FRONT)
        price = body["output1"]
        assert set(price) == names("inquire_price", "output1")
        assert "" not in price.values()
        assert (price["hts_kor_isnm"], price["futs_last_tr_date"]) == ("F 202509", "20250911")
        assert price["futs_prdy_clpr"] == "428.35"
        change = float(price["futs_prpr"]) - float(price["futs_prdy_clpr"])
        assert float(price["futs_prdy_vrss"]) == pytest.approx(change, abs=1e-9)
        index = float(body["output2"]["bstp_nmix_prpr"])
        assert float(price["mrkt_basis"]) == pytest.approx(
            float(price["futs_prpr"]) - index, abs=0.006
        )
        assert float(price["basis"]) == pytest.approx(float(price["hts_thpr"]) - index, abs=0.011)
        assert body["output3"] == body["output2"]
        assert int(price["acml_tr_pbmn"]) == pytest.approx(
            int(price["acml_vol"]) * float(price["futs_prpr"]) * 250, rel=0.02
        )


@pytest.mark.anyio
async def test_an_option_is_quoted_with_its_greeks(futures: Any) -> None:
    async with futures() as broker:
        call = (await broker.ask("inquire_price", **OPT, FID_INPUT_ISCD=CALL))["output1"]
        put = (await broker.ask("inquire_price", **OPT, FID_INPUT_ISCD=PUT))["output1"]
        assert "" not in call.values()
        assert call["acpr"] == put["acpr"] == "430.00"
        assert call["hts_ints_vltl"] == put["hts_ints_vltl"] != "0.0000"
        assert float(call["delta_val"]) - float(put["delta_val"]) == pytest.approx(1, abs=0.01)
        assert (call["gama"], call["vega"]) == (put["gama"], put["vega"])
        assert float(call["theta"]) < 0 < float(call["rho"])


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("market", "code"),
    [
        ("F", "101S03"),
        ("F", CALL),
        ("O", FRONT),
        ("JF", "A11610"),
        ("JO", "B11610"),
        ("CF", "175W09"),
    ],
)
async def test_what_is_not_listed_there_is_answered_with_success_and_nothing(
    futures: Any, market: str, code: str
) -> None:
    async with futures() as broker:
        said = {"FID_COND_MRKT_DIV_CODE": market, "FID_INPUT_ISCD": code}
        body = await broker.ask("inquire_price", **said)
        assert (body["rt_cd"], body["output1"], body["output3"]) == ("0", {}, {})
        body = await broker.ask("inquire_asking_price", **said)
        assert (body["rt_cd"], body["output1"], body["output2"]) == ("0", {}, {})
        chart = {**said, "FID_HOUR_CLS_CODE": "60"}
        body = await broker.ask("inquire_time_fuopchartprice", **chart)
        assert (body["rt_cd"], body["output1"], body["output2"]) == ("0", {}, [])


@pytest.mark.anyio
async def test_a_market_that_does_not_exist_is_refused(futures: Any) -> None:
    async with futures() as broker:
        said = {"FID_COND_MRKT_DIV_CODE": "X", "FID_INPUT_ISCD": FRONT}
        body = await broker.ask("inquire_price", **said)
        assert (body["rt_cd"], body["msg_cd"]) == ("2", "OPSQ2001")


@pytest.mark.anyio
async def test_the_book_has_five_levels_and_their_sums(futures: Any) -> None:
    async with futures() as broker:
        body = await broker.ask("inquire_asking_price", **OPT, FID_INPUT_ISCD=CALL)
        book = body["output2"]
        assert set(book) == names("inquire_asking_price", "output2")
        assert "" not in book.values()
        asks = [float(book[f"futs_askp{at}"]) for at in range(1, 6)]
        bids = [float(book[f"futs_bidp{at}"]) for at in range(1, 6)]
        assert asks == sorted(asks)
        assert bids == sorted(bids, reverse=True)
        assert asks[0] > bids[0]
        for side in ("askp", "bidp"):
            for kind in ("rsqn", "csnu"):
                each = sum(int(book[f"{side}_{kind}{at}"]) for at in range(1, 6))
                assert int(book[f"total_{side}_{kind}"]) == each
        price = (await broker.ask("inquire_price", **OPT, FID_INPUT_ISCD=CALL))["output1"]
        assert body["output1"]["futs_prpr"] == price["futs_prpr"]


@pytest.mark.anyio
async def test_the_board_is_a_chain_from_the_highest_strike_down(futures: Any) -> None:
    async with futures() as broker:
        months = (await broker.ask("display_board_option_list"))["output"]
        assert months[0] == {"mtrt_yymm_code": "0W09", "mtrt_yymm": "202509"}
        assert months[-1] == {"mtrt_yymm_code": "0602", "mtrt_yymm": "202602"}
        board = await broker.ask(
            "display_board_callput",
            FID_MTRT_CNT="202509",
            FID_MRKT_CLS_CODE="CO",
            FID_MRKT_CLS_CODE1="PO",
        )
        calls, puts = board["output1"], board["output2"]
        assert 40 < len(calls) == len(puts) <= 100
        assert set(calls[0]) == names("display_board_callput", "output1")
        strikes = [float(row["acpr"]) for row in calls]
        assert strikes == sorted(strikes, reverse=True) == [float(row["acpr"]) for row in puts]
        index = float(
            (await broker.ask("inquire_price", **FUT, FID_INPUT_ISCD=FRONT))["output2"][
                "bstp_nmix_prpr"
            ]
        )
        [atm] = [row["acpr"] for row in calls if row["atm_cls_name"] == "ATM"]
        assert abs(float(atm) - index) <= 1.25
        labels = [row["atm_cls_name"] for row in calls]
        assert labels == ["OTM"] * labels.count("OTM") + ["ATM"] + ["ITM"] * labels.count("ITM")
        for row in (*calls, *puts):
            invl, tmvl, last = (float(row[name]) for name in ("invl_val", "tmvl_val", "optn_prpr"))
            assert tmvl == pytest.approx(max(last - invl, 0), abs=0.011)
            assert float(row["esdg"]) == pytest.approx(last - float(row["hts_thpr"]), abs=0.011)
            assert row["unch_prpr"] != ""
        assert calls[0]["hts_ints_vltl"] == "0.0000"
        quoted = (await broker.ask("inquire_price", **OPT, FID_INPUT_ISCD=CALL))["output1"]
        row = next(row for row in calls if row["optn_shrn_iscd"] == CALL)
        for field in (
            "delta_val",
            "gama",
            "vega",
            "theta",
            "rho",
            "hts_thpr",
            "hts_ints_vltl",
            "acml_vol",
        ):
            assert row[field] == quoted[field]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("market", "month", "code"),
    [
        ("MKI", "202509", "205W09430"),
        ("WKI", "250901", "209E7W430"),
        ("WKM", "250902", "2AFABW430"),
    ],
)
async def test_mini_and_weekly_options_have_boards_of_their_own(
    futures: Any, market: str, month: str, code: str
) -> None:
    async with futures() as broker:
        listed = (await broker.ask("display_board_option_list", FID_COND_MRKT_CLS_CODE=market))[
            "output"
        ]
        assert listed[0]["mtrt_yymm"] == month
        said = {"FID_COND_MRKT_CLS_CODE": market, "FID_MTRT_CNT": month}
        board = await broker.ask("display_board_callput", **said)
        assert code[:3] in {row["optn_shrn_iscd"][:3] for row in board["output1"]}
        assert {len(row["optn_shrn_iscd"]) for row in board["output2"]} == {9}
        nothing = await broker.ask("display_board_callput", **(said | {"FID_MTRT_CNT": "202412"}))
        assert (nothing["rt_cd"], nothing["output1"], nothing["output2"]) == ("0", [], [])


@pytest.mark.anyio
async def test_the_futures_board_names_the_front_month_first(futures: Any) -> None:
    async with futures() as broker:
        board = (await broker.ask("display_board_futures", FID_COND_MRKT_DIV_CODE="F"))["output"]
        assert [row["hts_kor_isnm"] for row in board[:2]] == ["F 202509", "F 202512"]
        assert len(board) == 7
        assert "" not in board[0].values()
        prices = [float(row["futs_prpr"]) for row in board]
        assert prices == sorted(prices)
        top = await broker.ask(
            "display_board_top", FID_COND_MRKT_DIV_CODE="F", FID_INPUT_ISCD=FRONT
        )
        assert top["output1"]["futs_prpr"] == board[0]["futs_prpr"]
        assert top["output2"] == [{"hts_rmnn_dynu": "8"}]
        kosdaq = await broker.ask("display_board_futures", FID_COND_MRKT_CLS_CODE="KQI")
        assert kosdaq["output"][0]["futs_shrn_iscd"] == "106W09"
        rates = (await broker.ask("margin_rate", BASS_DT="20250903"))["output"]
        assert [row["brkg_mgna_rt"] for row in rates] == ["8.10"] * 3


@pytest.mark.anyio
async def test_minutes_come_newest_first_and_page_backwards(futures: Any) -> None:
    async with futures("12:00:45") as broker:
        said = {"FID_INPUT_ISCD": FRONT, "FID_HOUR_CLS_CODE": "60", "FID_INPUT_DATE_1": "20250903"}
        seen: list[str] = []
        hour = ""
        while len(seen) < 196:
            body = await broker.ask(
                "inquire_time_fuopchartprice", **FUT, **said, FID_INPUT_HOUR_1=hour
            )
            rows = body["output2"]
            assert 0 < len(rows) <= 102
            assert "" not in rows[0].values()
            hours = [row["stck_cntg_hour"] for row in rows]
            assert hours == sorted(hours, reverse=True)
            seen += [at for at in hours if at not in seen]
            hour = hours[-1]
        assert (seen[0], seen[-1], len(seen)) == ("120000", "084500", 196)
        snapshot = body["output1"]
        assert set(snapshot) == names("inquire_time_fuopchartprice", "output1")
        assert "" not in snapshot.values()
        half = await broker.ask(
            "inquire_time_fuopchartprice", **FUT, **(said | {"FID_HOUR_CLS_CODE": "30"})
        )
        assert half["output2"][0]["stck_cntg_hour"] == "120030"
        hourly = await broker.ask(
            "inquire_time_fuopchartprice", **FUT, **(said | {"FID_HOUR_CLS_CODE": "3600"})
        )
        assert [row["stck_cntg_hour"] for row in hourly["output2"]] == [
            "120000", "110000", "100000", "090000", "080000",
        ]  # fmt: skip
        volume = sum(int(row["cntg_vol"]) for row in hourly["output2"])
        assert str(volume) == snapshot["acml_vol"]


@pytest.mark.anyio
@pytest.mark.parametrize(("span", "rows"), [("D", 40), ("W", 8), ("M", 2)])
async def test_days_come_newest_first_under_their_first_session(
    futures: Any, span: str, rows: int
) -> None:
    async with futures() as broker:
        said = {"FID_INPUT_DATE_1": "20250630", "FID_INPUT_DATE_2": "20250903"}
        body = await broker.ask(
            "inquire_daily_fuopchartprice",
            **FUT,
            **said,
            FID_INPUT_ISCD=FRONT,
            FID_PERIOD_DIV_CODE=span,
        )
        dates = [row["stck_bsop_date"] for row in body["output2"]]
        assert dates == sorted(dates, reverse=True)
        assert rows <= len(dates) <= 100
        assert body["output2"][0]["futs_prpr"] == body["output1"]["futs_prpr"]
        assert "" not in body["output1"].values()


@pytest.mark.anyio
async def test_the_auction_s_expected_price_is_told_as_it_was(futures: Any) -> None:
    async with futures("08:40:00") as broker:
        body = await broker.ask("exp_price_trend", **FUT, FID_INPUT_ISCD=FRONT)
        assert body["output2"][0]["stck_cntg_hour"] == "084000"
        assert body["output2"][0]["futs_antc_cnpr"] == body["output1"]["futs_antc_cnpr"] != "0.00"
        price = (await broker.ask("inquire_price", **FUT, FID_INPUT_ISCD=FRONT))["output1"]
        assert (price["acml_vol"], price["futs_prpr"]) == ("0", "428.35")


@pytest.mark.anyio
async def test_the_night_is_quoted_under_its_own_market_and_counts_hours_on(futures: Any) -> None:
    async with futures("15:50:00") as broker:
        await broker.move("23:59:30")
        said = {"FID_COND_MRKT_DIV_CODE": "CM", "FID_INPUT_ISCD": FRONT}
        night = (await broker.ask("inquire_price", **said))["output1"]
        day = (await broker.ask("inquire_price", **FUT, FID_INPUT_ISCD=FRONT))["output1"]
        assert night["futs_sdpr"] == day["futs_prpr"]
        assert int(night["acml_vol"]) > 0
        option = await broker.ask("inquire_price", FID_COND_MRKT_DIV_CODE="EU", FID_INPUT_ISCD=CALL)
        assert "" not in option["output1"].values()
        await broker.after_midnight("01:30:30")
        chart = {"FID_HOUR_CLS_CODE": "60", "FID_INPUT_DATE_1": "20250903"}
        body = await broker.ask(
            "inquire_time_fuopchartprice", **said, **chart, FID_INPUT_HOUR_1="253000"
        )
        assert body["output2"][0]["stck_cntg_hour"] == "253000"
        assert {row["stck_bsop_date"] for row in body["output2"]} == {"20250903"}
        assert body["output2"][0]["futs_prpr"] == body["output1"]["futs_prpr"]


@pytest.mark.anyio
async def test_paper_offers_price_book_and_days_and_nothing_else(futures: Any) -> None:
    async with futures(dialect="paper") as broker:
        offered = {"inquire_price", "inquire_asking_price", "inquire_daily_fuopchartprice"}
        offered |= {
            "order",
            "order_rvsecncl",
            "inquire_ccnl",
            "inquire_balance",
            "inquire_psbl_order",
        }
        for name in CALLS:
            folder, _, call = name.partition(".")
            if folder != "domestic_futureoption":
                continue
            body = await broker.ask(call)
            assert (body["msg_cd"] == "EGW02006") == (call not in offered), call


@pytest.mark.anyio
async def test_a_day_without_derivatives_says_nothing_of_them(opens: Any) -> None:
    async with opens() as broker:
        path = "/uapi/domestic-futureoption/v1/quotations/inquire-price"
        query = {"FID_COND_MRKT_DIV_CODE": "F", "FID_INPUT_ISCD": FRONT}
        reply = await broker.http.get(path, params=query, headers=broker.headers("FHMIF10000000"))
        assert reply.json()["rt_cd"] == "0"
        assert set(reply.json()["output1"].values()) == {""}
