"""Channels of indices, programs, members, operation and auctions: told when, and to the column."""

from typing import Any

import pytest

from kis_core.wire.tr_table import STREAMS
from tests.broker_sim.kis import official
from tests.broker_sim.kis.conftest import Line

WIDTHS = {  # kis_api.md §13.8
    "H0UPCNT0": 30,
    "H0UPANC0": 30,
    "H0UPPGM0": 88,
    "H0STPGM0": 11,
    "H0NXPGM0": 11,
    "H0STMBC0": 78,
    "H0NXMBC0": 78,
    "H0STMKO0": 11,
    "H0STANC0": 45,
    "H0STOUP0": 43,
    "H0STOAC0": 43,
    "H0STOAA0": 54,
}


def read(tr_id: str, payload: str) -> dict[str, str]:
    """Return a record by its columns; it is as wide as documented."""
    values = payload.split("^")
    assert len(values) == WIDTHS[tr_id]
    return dict(zip(STREAMS[tr_id].columns(len(values)), values, strict=True))


async def next_of(line: Line, tr_id: str) -> dict[str, str]:
    flag, told, count, payload = await line.frame()
    assert (flag, told, count) == ("0", tr_id, 1)
    return read(tr_id, payload)


@pytest.mark.anyio
async def test_an_index_is_told_every_ten_seconds_while_it_moves(broker: Any) -> None:
    async with broker.socket() as line:
        await line.register("H0UPCNT0", "0001")
        await broker.move("09:00:10")
        first = await next_of(line, "H0UPCNT0")
        assert (first["BSOP_HOUR"], first["PRPR_NMIX"]) == ("090010", "3130.50")
        assert (first["PRDY_VRSS_SIGN"], first["BSTP_NMIX_PRDY_VRSS"]) == ("2", "10.50")
        assert (first["ACML_VOL"], first["ACML_TR_PBMN"]) == ("1", "70")
        for at in ("09:00:15", "09:00:45", "09:01:05", "09:01:10"):
            await broker.move(at)
        later = [await next_of(line, "H0UPCNT0") for _ in range(2)]
        assert [row["BSOP_HOUR"] for row in later] == ["090040", "090110"]
        assert [row["PCAS_TR_PBMN"] for row in later] == ["4", "70"]


@pytest.mark.anyio
async def test_a_program_trade_is_told_with_the_sums_rest_has(opens: Any) -> None:
    async with opens("08:59:00") as broker, broker.socket() as line:
        await line.register("H0STPGM0", "005930")
        await broker.move("09:00:06")
        row = await next_of(line, "H0STPGM0")
        answer = await official.ask(broker, "domestic_stock.program_trade_by_stock")
        newest = answer.rows("output")[0]
        assert row["STCK_CNTG_HOUR"] == newest["bsop_hour"] == "090000"
        for column, name in (
            ("SELN_CNQN", "whol_smtn_seln_vol"),
            ("SHNU_CNQN", "whol_smtn_shnu_vol"),
            ("NTBY_TR_PBMN", "whol_smtn_ntby_tr_pbmn"),
        ):
            assert row[column] == newest[name]


@pytest.mark.anyio
async def test_a_feed_without_trades_is_told_once_with_zeros(broker: Any) -> None:
    async with broker.socket() as line:
        await line.register("H0NXPGM0", "247540")
        await broker.move("09:00:45")
        row = await next_of(line, "H0NXPGM0")
        assert {value for name, value in row.items() if "_" in name} >= {"0"}
        await line.register("H0NXMBC0", "247540")
        await broker.move("09:01:05")
        member = await next_of(line, "H0NXMBC0")
        assert (member["SELN2_MBCR_NAME1"], member["TOTAL_SELN_QTY1"]) == ("", "0")


@pytest.mark.anyio
async def test_a_markets_programs_are_told_with_eighty_eight_columns(opens: Any) -> None:
    async with opens("08:59:00") as broker, broker.socket() as line:
        await line.register("H0UPPGM0", "0001")
        await broker.move("09:03:05")
        row = await next_of(line, "H0UPPGM0")
        assert (row["BSTP_CLS_CODE"], row["BSOP_HOUR"]) == ("0001", "090300")
        assert int(row["TOTAL_SELN_QTY"]) + int(row["SHNU_CNTG_SMTN"]) <= int(row["ACML_VOL"])


@pytest.mark.anyio
async def test_members_are_told_once_a_minute_as_rest_has_them(opens: Any) -> None:
    async with opens("09:00:06") as broker, broker.socket() as line:
        await line.register("H0STMBC0", "005930")
        assert (await next_of(line, "H0STMBC0"))["TOTAL_SELN_QTY1"] != "0"
        await broker.move("09:00:50")
        await broker.move("09:01:30")
        row = await next_of(line, "H0STMBC0")
        answer = await official.ask(broker, "domestic_stock.inquire_member")
        told = answer.rows("output")[0]
        for column, name in (
            ("SELN2_MBCR_NAME1", "seln_mbcr_name1"),
            ("BYOV_MBCR_NAME5", "shnu_mbcr_name5"),
            ("TOTAL_SHNU_QTY2", "total_shnu_qty2"),
            ("SELN_MBCR_RLIM1", "seln_mbcr_rlim1"),
            ("GLOB_NTBY_QTY", "glob_ntby_qty"),
        ):
            assert row[column] == told[name]
        assert row["SELN2_MBCR_ENG_NAME1"] == ""


@pytest.mark.anyio
async def test_sessions_that_begin_and_end_are_told_by_their_codes(opens: Any) -> None:
    async with opens("08:29:00") as broker, broker.socket() as line:
        await line.register("H0STMKO0", "005930")
        codes: list[str] = []
        for at, told in (
            ("08:31:00", 2),
            ("08:45:00", 1),
            ("09:00:00", 1),
            ("15:20:00", 1),
            ("15:30:01", 2),
            ("16:00:00", 3),
        ):
            await broker.move(at)
            rows = [await next_of(line, "H0STMKO0") for _ in range(told)]
            codes += [row["MKOP_CLS_CODE"] for row in rows]
            assert {row["TRHT_YN"] for row in rows} == {"N"}
        assert codes == ["110", "130", "139", "112", "121", "129", "140", "146", "149", "150"]


@pytest.mark.anyio
async def test_an_auction_is_told_every_ten_seconds_and_nothing_between_auctions(
    opens: Any,
) -> None:
    async with opens("08:45:00") as broker, broker.socket() as line:
        await line.register("H0STANC0", "005930")
        for at in ("08:49:59", "08:50:00", "08:50:05", "08:50:10", "09:00:05", "15:20:00"):
            await broker.move(at)
        opening = [await next_of(line, "H0STANC0") for _ in range(2)]
        assert [row["STCK_CNTG_HOUR"] for row in opening] == ["085000", "085010"]
        assert {(row["STCK_PRPR"], row["HOUR_CLS_CODE"]) for row in opening} == {("70000", "B")}
        assert [int(row["CNTG_VOL"]) > 0 for row in opening] == [True, False]
        closing = await next_of(line, "H0STANC0")
        assert (closing["STCK_PRPR"], closing["HOUR_CLS_CODE"]) == ("69500", "A")
        assert closing["NEW_MKOP_CLS_CODE"] == "21"


@pytest.mark.anyio
async def test_an_expected_index_is_told_in_an_auction(opens: Any) -> None:
    async with opens("08:45:00") as broker, broker.socket() as line:
        await line.register("H0UPANC0", "0001")
        await broker.move("08:55:00")
        row = await next_of(line, "H0UPANC0")
        assert (row["BSTP_CLS_CODE"], row["BSOP_HOUR"]) == ("0001", "085500")


@pytest.mark.anyio
async def test_off_hours_prints_add_up_and_stay_within_their_session(opens: Any) -> None:
    async with opens("15:50:00") as broker, broker.socket() as line:
        for tr_id in ("H0STOUP0", "H0STOAC0", "H0STOAA0"):
            await line.register(tr_id, "247540")
        await broker.move("16:00:30")
        expected = await next_of(line, "H0STOAC0")
        book = await next_of(line, "H0STOAA0")
        assert (expected["STCK_PRPR"], expected["ACML_VOL"]) == ("101500", "0")
        assert (book["ANTC_CNPR"], book["ASKP4"]) == ("101500", "0")
        for tr_id in ("H0STOAC0", "H0STOAA0"):
            await line.register(tr_id, "247540", "2")
        await broker.move("18:00:00")
        answer = await official.ask(
            broker,
            "domestic_stock.inquire_time_overtimeconclusion",
            FID_INPUT_ISCD="247540",
        )
        auctions = answer.rows("output2")[::-1]
        told = [await next_of(line, "H0STOUP0") for _ in auctions]
        assert [row["STCK_CNTG_HOUR"] for row in told] == [a["stck_cntg_hour"] for a in auctions]
        assert [row["ACML_VOL"] for row in told] == [a["acml_vol"] for a in auctions]
        assert sum(int(row["CNTG_VOL"]) for row in told) == int(told[-1]["ACML_VOL"])


@pytest.mark.anyio
async def test_paper_offers_none_of_these(opens: Any) -> None:
    async with opens(dialect="paper") as broker, broker.socket() as line:
        for tr_id in ("H0UPCNT0", "H0STPGM0", "H0STMBC0", "H0STMKO0", "H0STANC0"):
            reply = await line.register(tr_id, "005930")
            assert reply["body"]["msg_cd"] == "OPSP8991"
