"""What the WebSocket tells of futures and options: every column, and the same as REST."""

import asyncio
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from kis_core.wire.stream.cipher import unseal
from kis_core.wire.tr_table import STREAMS
from tests.broker_sim.kis.derivatives.conftest import CALL, FRONT, PUT

WIDTHS = {
    "H0IFCNT0": 50, "H0IFASP0": 38, "H0IOCNT0": 58, "H0IOASP0": 38, "H0MFCNT0": 49,
    "H0MFASP0": 38, "H0EUCNT0": 56, "H0EUASP0": 38, "H0EUANC0": 8, "H0IFCNI0": 22,
    "H0IFCNI9": 22, "H0MFCNI0": 19, "H0EUCNI0": 19,
}  # fmt: skip
DAY = [("H0IFCNT0", FRONT, "F"), ("H0IOCNT0", CALL, "O")]
NIGHT = [("H0MFCNT0", FRONT, "CM"), ("H0EUCNT0", PUT, "EU")]


def record(tr_id: str, payload: str) -> dict[str, str]:
    """Return a record by column; it must be as wide as documented, and full."""
    columns = STREAMS[tr_id].layouts[-1]
    values = payload.split("^")
    assert len(values) == len(columns) == WIDTHS[tr_id]
    assert "" not in values, [c for c, v in zip(columns, values, strict=True) if v == ""]
    return dict(zip(columns, values, strict=True))


async def frames(line: Any, quiet_s: float = 0.1) -> list[tuple[str, str, int, str]]:
    """Return all frames until nothing comes for a while."""
    found = []
    while True:
        try:
            found.append(await asyncio.wait_for(line.frame(), quiet_s))
        except TimeoutError:
            return found


def agree(tr_id: str, told: dict[str, str], price: dict[str, str]) -> None:
    """A trade's record and inquire-price of the same instant."""
    kind = "FUTS" if tr_id in ("H0IFCNT0", "H0MFCNT0") else "OPTN"
    pairs = {
        f"{kind}_PRPR": "futs_prpr",
        f"{kind}_PRDY_VRSS": "futs_prdy_vrss",
        "PRDY_VRSS_SIGN": "prdy_vrss_sign",
        f"{kind}_OPRC": "futs_oprc",
        f"{kind}_HGPR": "futs_hgpr",
        f"{kind}_LWPR": "futs_lwpr",
        "ACML_VOL": "acml_vol",
        "ACML_TR_PBMN": "acml_tr_pbmn",
        "HTS_OTST_STPL_QTY": "hts_otst_stpl_qty",
        "OTST_STPL_QTY_ICDC": "otst_stpl_qty_icdc",
    }
    if kind == "OPTN":
        pairs |= {"HTS_INTS_VLTL": "hts_ints_vltl", "UNAS_HIST_VLTL": "hist_vltl"}
    assert {column: told[column] for column in pairs} == {
        column: price[field] for column, field in pairs.items()
    }


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("start", "until", "cases"),
    [("10:00:00", "10:02:00", DAY), ("18:05:00", "18:20:00", NIGHT)],
    ids=["day", "night"],
)
async def test_the_last_trade_s_record_is_full_and_agrees_with_rest(
    futures: Any, start: str, until: str, cases: list[tuple[str, str, str]]
) -> None:
    async with futures(start) as broker, broker.socket() as line:
        for tr_id, code, _ in cases:
            assert (await line.register(tr_id, code))["body"]["msg_cd"] == "OPSP0000"
        await broker.move(until)
        heard = await frames(line)
        for tr_id, code, market in cases:
            mine = [
                payload for _, heard_tr, count, payload in heard if heard_tr == tr_id and count == 1
            ]
            assert len(mine) > 3
            told = [record(tr_id, payload) for payload in mine]
            kind = "FUTS" if market in ("F", "CM") else "OPTN"
            assert {row[f"{kind}_SHRN_ISCD"] for row in told} == {code}
            volumes = [int(row["ACML_VOL"]) for row in told]
            steps = [b - a for a, b in pairwise(volumes)]
            assert steps == [int(row["LAST_CNQN"]) for row in told[1:]]
            said = {"FID_COND_MRKT_DIV_CODE": market, "FID_INPUT_ISCD": code}
            agree(tr_id, told[-1], (await broker.ask("inquire_price", **said))["output1"])
            low, high = float(told[-1]["DYNM_LLAM"]), float(told[-1]["DYNM_MXPR"])
            assert low <= float(told[-1][f"{kind}_PRPR"]) <= high
            assert told[-1]["DYNM_PRC_LIMT_YN"] == "2"


@pytest.mark.anyio
async def test_the_price_is_at_5_in_futures_and_at_2_in_options(futures: Any) -> None:
    async with futures() as broker, broker.socket() as line:
        for tr_id, code, _ in DAY:
            await line.register(tr_id, code)
        await broker.move("10:02:00")
        last = {tr_id: payload.split("^") for _, tr_id, _, payload in await frames(line)}
        for tr_id, code, market in DAY:
            said = {"FID_COND_MRKT_DIV_CODE": market, "FID_INPUT_ISCD": code}
            price = (await broker.ask("inquire_price", **said))["output1"]["futs_prpr"]
            assert last[tr_id][5 if market == "F" else 2] == price


@pytest.mark.anyio
async def test_the_night_option_s_last_three_are_top_flag_bottom(futures: Any) -> None:
    async with futures("18:05:00") as broker, broker.socket() as line:
        await line.register("H0EUCNT0", PUT)
        await broker.move("18:30:00")
        values = (await frames(line))[-1][3].split("^")
        assert values[54] == "2"
        assert float(values[53]) > float(values[2]) > float(values[55])


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("start", "until", "tr_id", "code", "market"),
    [
        ("10:00:00", "10:00:05", "H0IFASP0", FRONT, "F"),
        ("10:00:00", "10:00:05", "H0IOASP0", CALL, "O"),
        ("18:05:00", "18:05:05", "H0MFASP0", FRONT, "CM"),
        ("18:05:00", "18:05:05", "H0EUASP0", PUT, "EU"),
    ],
)
async def test_a_book_is_full_and_agrees_with_rest(
    futures: Any, start: str, until: str, tr_id: str, code: str, market: str
) -> None:
    async with futures(start) as broker, broker.socket() as line:
        await line.register(tr_id, code)
        await broker.move(until)
        told = record(tr_id, (await frames(line))[-1][3])
        said = {"FID_COND_MRKT_DIV_CODE": market, "FID_INPUT_ISCD": code}
        book = (await broker.ask("inquire_asking_price", **said))["output2"]
        kind = "FUTS" if market in ("F", "CM") else "OPTN"
        for at in range(1, 6):
            assert told[f"{kind}_ASKP{at}"] == book[f"futs_askp{at}"]
            assert told[f"{kind}_BIDP{at}"] == book[f"futs_bidp{at}"]
            for name in (f"ASKP_RSQN{at}", f"BIDP_RSQN{at}", f"ASKP_CSNU{at}", f"BIDP_CSNU{at}"):
                assert told[name] == book[name.lower()]
        for name in ("TOTAL_ASKP_RSQN", "TOTAL_BIDP_RSQN", "TOTAL_ASKP_CSNU", "TOTAL_BIDP_CSNU"):
            assert told[name] == book[name.lower()]


@pytest.mark.anyio
async def test_a_night_option_s_expected_price_is_told_in_its_auction(futures: Any) -> None:
    async with futures("17:49:00") as broker, broker.socket() as line:
        await line.register("H0EUANC0", CALL)
        await broker.move("17:55:00")
        told = record("H0EUANC0", (await frames(line))[-1][3])
        assert (told["BSOP_HOUR"], told["ANTC_MKOP_CLS_CODE"]) == ("175500", "311")
        assert float(told["ANTC_CNPR"]) > 0
        await broker.move("18:01:00")
        assert await frames(line) == []


@pytest.mark.anyio
@pytest.mark.parametrize(("dialect", "tr_id"), [("real", "H0IFCNI0"), ("paper", "H0IFCNI9")])
async def test_an_order_is_told_sealed_taken_filled_changed_and_cancelled(
    futures: Any, dialect: str, tr_id: str
) -> None:
    async with futures(dialect=dialect) as broker, broker.socket() as line:
        answer = await line.register(tr_id, "trader")
        assert answer["header"]["encrypt"] == "Y"
        chain = answer["body"]["output"]
        bought = (await broker.futures_order("BUY", 2))["output"]["ODNO"]
        rests = (await broker.futures_order("SELL", 3, "450.00"))["output"]["ODNO"]
        await broker.move("10:00:01")
        moved = await broker.futures_change(rests, "01", UNIT_PRICE="451.00", ORD_QTY="3")
        await broker.move("10:00:02")
        moved_to = moved["output"]["ODNO"]
        gone = (await broker.futures_change(moved_to, "02", ORD_QTY="3"))["output"]["ODNO"]
        await broker.move("10:00:03")
        told = []
        for flag, heard, count, payload in await frames(line):
            assert (flag, heard, count) == ("1", tr_id, 1)
            told.append(record(tr_id, unseal(payload, chain["key"], chain["iv"])))
        kinds = [
            (r["ODER_NO"], r["ODER_KIND2"], r["CNTG_YN"], r["RCTF_CLS"], r["ACPT_YN"]) for r in told
        ]
        assert kinds == [
            (bought, "L", "1", "0", "1"),
            (bought, "0", "2", "0", "2"),
            (rests, "L", "1", "0", "1"),
            (moved_to, "L", "1", "1", "2"),
            (gone, "L", "1", "2", "1"),
            (gone, "L", "1", "2", "2"),
        ]
        assert {r["ACNT_NO"] for r in told} == {"5000123403"}
        assert {r["STCK_SHRN_ISCD"] for r in told} == {FRONT}
        [listed, *_] = (await broker.listed())["output1"]
        assert float(told[1]["CNTG_UNPR"]) == pytest.approx(float(listed["avg_idx"]))
        assert (told[1]["CNTG_QTY"], told[2]["ORDER_PRC"], told[3]["OODER_NO"]) == (
            "2",
            "450.00",
            rests,
        )


@pytest.mark.anyio
@pytest.mark.parametrize(("tr_id", "code"), [("H0MFCNI0", FRONT), ("H0EUCNI0", CALL)])
async def test_a_night_s_notice_has_nineteen_columns_and_a_tr_by_kind(
    futures: Any, tr_id: str, code: str
) -> None:
    async with futures("18:30:00", cash_krw=10**9) as broker, broker.socket() as line:
        chain = (await line.register(tr_id, "trader"))["body"]["output"]
        await line.register("H0IFCNI0", "trader")
        await broker.futures_order("BUY", 1, code=code, tr_id="STTN1101U")
        await broker.move("18:30:01")
        heard = await frames(line)
        assert [tr for _, tr, _, _ in heard] == [tr_id, tr_id]
        told = [record(tr_id, unseal(payload, chain["key"], chain["iv"])) for *_, payload in heard]
        assert [row["CNTG_YN"] for row in told] == ["1", "2"]
        assert {row["STCK_SHRN_ISCD"] for row in told} == {code}


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("tr_id", "key"),
    [
        ("H0ZFCNT0", "A11509"), ("H0ZFASP0", "A11509"), ("H0ZFANC0", "A11509"),
        ("H0ZOCNT0", "B11509001"), ("H0ZOASP0", "B11509001"), ("H0ZOANC0", "B11509001"),
        ("H0CFCNT0", "175W09"), ("H0CFASP0", "175W09"), ("H0IFCNT0", "101S03"),
        ("H0IFCNT0", CALL), ("H0MFCNT0", FRONT),
    ],
)  # fmt: skip
async def test_what_is_not_traded_now_is_registered_and_silent(
    futures: Any, tr_id: str, key: str
) -> None:
    async with futures() as broker, broker.socket() as line:
        assert (await line.register(tr_id, key))["body"]["rt_cd"] == "0"
        await broker.move("10:05:00")
        assert await frames(line) == []


@pytest.mark.anyio
async def test_paper_offers_its_notice_alone(futures: Any) -> None:
    async with futures(dialect="paper") as broker, broker.socket() as line:
        for tr_id in ("H0IFCNT0", "H0IOCNT0", "H0MFCNT0", "H0EUCNT0", "H0IFASP0"):
            assert (await line.register(tr_id, FRONT))["body"]["msg_cd"] == "OPSP8991"
        for tr_id in ("H0IFCNI0", "H0MFCNI0", "H0EUCNI0"):
            assert (await line.register(tr_id, "trader"))["body"]["msg_cd"] == "OPSP8991"
        assert (await line.register("H0IFCNI9", "trader"))["body"]["msg_cd"] == "OPSP0000"


def hold_together(told: dict[str, str], multiplier_krw: int) -> None:
    """What the columns of one futures trade must be to each other, found in captured frames."""
    value = {name: float(text) for name, text in told.items() if name != "FUTS_SHRN_ISCD"}
    price, theory = value["FUTS_PRPR"], value["HTS_THPR"]
    cent = 0.011
    assert value["ESDG"] == pytest.approx(price - theory, abs=cent)
    assert value["MRKT_BASIS"] - value["THPR_BASIS"] == pytest.approx(price - theory, abs=2 * cent)
    assert value["DPRT"] == pytest.approx((price / theory - 1) * 100, abs=cent)
    base = price - value["FUTS_PRDY_VRSS"]
    assert value["FUTS_PRDY_CTRT"] == pytest.approx((price / base - 1) * 100, abs=cent)
    assert told["PRDY_VRSS_SIGN"] == ("2" if price > base else "5" if price < base else "3")
    for name in ("OPRC", "HGPR", "LWPR"):
        change = value[f"{name}_VRSS_NMIX_PRPR"]
        assert change == pytest.approx(price - value[f"FUTS_{name}"], abs=cent)
        assert told[f"{name}_VRSS_PRPR_SIGN"] == ("2" if change > 0 else "5" if change < 0 else "3")
    bought, sold = value["SHNU_CNTG_SMTN"], value["SELN_CNTG_SMTN"]
    assert value["CTTR"] == pytest.approx(bought / sold * 100, abs=cent)
    assert value["SHNU_RATE"] == pytest.approx(bought / (bought + sold), abs=cent)
    counted = value["SHNU_CNTG_CSNU"] - value["SELN_CNTG_CSNU"]
    assert value["NTBY_CNTG_CSNU"] == counted
    assert bought + sold <= value["ACML_VOL"]
    per_point = value["ACML_TR_PBMN"] * 1000 / value["ACML_VOL"] / multiplier_krw
    assert value["FUTS_LWPR"] <= per_point <= value["FUTS_HGPR"]
    assert value["DYNM_MXPR"] == pytest.approx(price * 1.01, abs=0.05)
    assert value["DYNM_LLAM"] == pytest.approx(price * 0.99, abs=0.05)
    assert told["DYNM_PRC_LIMT_YN"] == "2"


def test_captured_frames_hold_together(kst_data: Path) -> None:
    """Two frames of A05608 (mini, 50,000 KRW a point), 2026-07-22: the yardstick of the next."""
    text = (kst_data / "broker_samples" / "kis_ws_frames.jsonl").read_text("utf-8")
    captured = [row for row in map(json.loads, text.splitlines()) if row["tr_id"] == "H0IFCNT0"]
    assert len(captured) == 2
    for row in captured:
        hold_together(record("H0IFCNT0", row["frame"].split("|")[3]), 50_000)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("code", "multiplier_krw"), [(FRONT, 250_000), ("105W09", 50_000), ("106W12", 10_000)]
)
async def test_our_frames_hold_together_as_captured_ones_do(
    futures: Any, code: str, multiplier_krw: int
) -> None:
    async with futures("11:00:00") as broker, broker.socket() as line:
        await line.register("H0IFCNT0", code)
        await broker.move("11:05:00")
        heard = await frames(line)
        assert len(heard) >= 5
        for *_, payload in heard:
            hold_together(record("H0IFCNT0", payload), multiplier_krw)
