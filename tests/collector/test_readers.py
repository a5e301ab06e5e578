"""Frames of what was collected, from a real PostgreSQL and from day files."""

import asyncio
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import polars as pl
import pytest

from collector import dayfile
from collector.readers import Cut, Market, ReaderError, day_files, in_kst, kst_naive
from collector.tape import Tape
from kis_core.clock import KST
from kis_core.market.instants import midnight_ns

DAY = date(2025, 9, 9)
DOCS = Path(__file__).resolve().parents[2] / "docs" / "readers.md"
BOARD = "202509_kospi200"


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2025, 9, 9, hour, minute)  # noqa: DTZ001 - as the database keeps it


async def fill(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SELECT ensure_candle_partitions(ARRAY['005930', '000660'])")
        await connection.execute("SELECT ensure_contract_partitions(ARRAY['A01612'])")
        await connection.execute("SELECT ensure_option_board($1)", BOARD)
        await connection.executemany(
            "INSERT INTO stock_candles (symbol, environment, venue, ts, open, high, low, close, "
            "volume, source, received_at) VALUES ($1, $2, $3, $4, 1, 1, 1, 1, $5, 'rest', $4)",
            [
                (symbol, environment, venue, at(9) + timedelta(minutes=minute), minute)
                for symbol in ("005930", "000660")
                for environment, venue in (("real", "KRX"), ("real", "NXT"), ("sim", "KRX"))
                for minute in range(390)
            ],
        )
        await connection.executemany(
            "INSERT INTO futures_candles (product, symbol, environment, session, ts, open, high, "
            "low, close, volume, source, received_at) "
            "VALUES ('A01', 'A01612', 'real', $1, $2, 376.55, 376.6, 376.5, 376.55, 9, 'rest', $2)",
            [("day", at(9)), ("night", at(18)), ("night", at(18) + timedelta(hours=8))],
        )
        await connection.executemany(
            "INSERT INTO option_chains (board, environment, ts, symbol, cp, strike, underlying, "
            "price, iv, received_at) VALUES ($1, 'real', $2, $3, $4, $5, 376.5, 1.5, $6, $2)",
            [
                (
                    BOARD,
                    at(10) + timedelta(minutes=minute),
                    f"{cp}{strike}",
                    cp,
                    strike,
                    20 + minute,
                )
                for minute in range(3)
                for cp in "CP"
                for strike in (370, 372.5, 375, 377.5, 380)
            ],
        )
        await connection.execute(
            "INSERT INTO market_gaps (environment, source, from_at, to_at, reason) VALUES "
            "('real', 'kis', '2025-09-09 09:10', '2025-09-09 09:12', 'line lost'), "
            "('real', 'kiwoom', '2025-09-08 23:00', NULL, 'line lost')"
        )
        await connection.execute(
            "INSERT INTO market_findings (environment, source, trade_date, venue, symbol, kind, "
            "count, first_at, last_at, example) VALUES ('real', 'kiwoom', '2025-09-09', 'KRX', "
            "'005930', 'duplicate', 401, '2025-09-09 11:34', '2025-09-09 11:43', '{}')"
        )
        await connection.executemany(
            "INSERT INTO signals VALUES ($1, $2, $3, 'noise_band', $4, $5, $6, $7, $4)",
            [
                ("real", "dolpha1", "A01612", at(9, minute), minute % 3 - 1, figures, "")
                for minute in range(30)
                for figures in ['{"ub": 101.25, "vwap": null}' if minute else '{"lb": 1e300}']
            ]
            + [
                ("real", "kmp", "A01612", at(9, 29), None, "{}", "too few days"),
                ("real", "kmp", "005930", at(9, 30), 1, '{"ub": 7}', "above"),
                ("paper", "kmp", "005930", at(9, 31), -1, "{}", "below"),
            ],
        )
    finally:
        await connection.close()


@pytest.fixture
def market(database: str) -> Iterator[Market]:
    asyncio.run(fill(database))
    with Market.open(database) as opened:
        yield opened


def test_a_range_is_whole_and_ascending(market: Market) -> None:
    found = market.candles("005930", "2025-09-09", "2025-09-09", venue="KRX")
    assert len(found) == 390
    assert found["volume"].to_list() == list(range(390))
    assert found["ts"][0] == datetime(2025, 9, 9, 9, tzinfo=KST)
    assert found.schema["ts"] == found.schema["received_at"] == pl.Datetime("us", "Asia/Seoul")
    assert found.schema["close"] == pl.Int64
    assert found["value"].to_list() == [None] * 390
    hour = market.candles(["005930", "000660"], "2025-09-09 09:00", at(10))
    assert len(hour) == 2 * 2 * 60
    assert market.candles("999999", DAY, DAY).is_empty()


def test_a_limit_leaves_the_newest_and_says_so(market: Market) -> None:
    with pytest.warns(Cut, match="the newest 100 rows; there are more"):
        found = market.candles("005930", DAY, DAY, venue="KRX", limit=100)
    assert found["volume"].to_list() == list(range(290, 390))
    assert len(market.candles("005930", DAY, DAY, venue="KRX", limit=390)) == 390


def test_the_latest_are_the_newest_of_each_symbol(market: Market) -> None:
    found = market.latest_candles(["005930", "000660"], 3, venue="NXT")
    assert found.filter(symbol="000660")["volume"].to_list() == [387, 388, 389]
    assert found["ts"].is_sorted()
    with pytest.raises(ReaderError, match="0 rows"):
        market.latest_candles("005930", 0)


def test_contracts_are_read_by_session(market: Market) -> None:
    night = market.candles("A01612", DAY, date(2025, 9, 10), kind="futures", session="night")
    assert [t.hour for t in night["ts"]] == [18, 2]
    assert night["close"].to_list() == [376.55, 376.55]
    with pytest.raises(ReaderError, match="contracts have one venue"):
        market.candles("A01612", DAY, DAY, kind="futures", venue="KRX")


def test_the_simulators_candles_are_apart(database: str, market: Market) -> None:
    with Market.open(database, "sim", aware=False) as simulated:
        found = simulated.candles("005930", DAY, DAY)
    assert len(found) == 390
    assert found.schema["ts"] == pl.Datetime("us")
    assert found["ts"][0] == at(9)


def test_matrices_are_read_by_metric_and_time(market: Market) -> None:
    found = market.matrices(BOARD, "iv", "2025-09-09 10:01", DAY)
    assert found["call_atm"].to_list() == [21.0, 22.0]
    assert found["strike_call_otm1"].to_list() == [380.0, 380.0]  # ATM is 377.5 at 376.5
    assert found["strike_put_otm1"].to_list() == [375.0, 375.0]
    newest = market.latest_matrices(BOARD, "iv")
    assert newest["call_atm"].to_list() == [22.0]
    assert market.latest_matrices("202512_kospi200", "iv").is_empty()
    assert market.boards()["board"].to_list() == [BOARD]
    with pytest.raises(ReaderError, match="metric 'vol': expected one of iv"):
        market.matrices(BOARD, "vol", DAY, DAY)


def test_chains_gaps_and_findings_are_read(market: Market) -> None:
    chain = market.chains(BOARD, at(10), at(10, 1))
    assert chain["cp"].to_list() == ["C"] * 5 + ["P"] * 5
    assert chain.filter(moneyness="ATM")["strike"].to_list() == [377.5, 377.5]
    assert market.gaps(at(9, 11), at(9, 12))["source"].to_list() == ["kiwoom", "kis"]
    assert market.gaps(at(9, 30), at(9, 31))["to_at"].to_list() == [None]
    assert market.gaps(DAY, DAY, source="kis").height == 1
    assert market.findings(DAY, DAY)["count"].to_list() == [401]
    assert market.findings("2025-09-10", "2025-09-10").is_empty()


def test_signals_are_read_with_their_figures_as_columns(market: Market) -> None:
    found = market.signals("A01612", at(9), at(9, 3))
    assert found.drop("recorded_at", "reason").rows() == [
        ("dolpha1", "A01612", "noise_band", at(9).replace(tzinfo=KST), -1, 1e300, None, None),
        ("dolpha1", "A01612", "noise_band", at(9, 1).replace(tzinfo=KST), 0, None, 101.25, None),
        ("dolpha1", "A01612", "noise_band", at(9, 2).replace(tzinfo=KST), 1, None, 101.25, None),
    ]
    assert found.columns[-3:] == ["lb", "ub", "vwap"]
    assert [found.schema[name] for name in found.columns[-3:]] == [pl.Float64] * 3
    assert market.signals("A01612", DAY, DAY, strategy_id="kmp")["signal"].to_list() == [None]
    assert market.signals(["A01612", "005930"], DAY, DAY).height == 32
    assert market.signals("A01612", DAY, DAY, name="other").is_empty()
    with pytest.warns(Cut, match="the newest 5 rows"):
        assert market.signals("A01612", DAY, DAY, strategy_id="dolpha1", limit=5).height == 5


def test_the_latest_signals_are_the_newest_of_each_symbol(market: Market) -> None:
    newest = market.latest_signals(["005930", "A01612"], 2)
    assert [(s, t.minute) for s, t in newest.select("symbol", "ts").iter_rows()] == [
        ("A01612", 29), ("A01612", 29), ("005930", 30)
    ]  # fmt: skip
    assert market.signal_names().drop("first_ts", "last_ts").rows() == [
        ("dolpha1", "noise_band", "A01612", 30),
        ("kmp", "noise_band", "005930", 1),
        ("kmp", "noise_band", "A01612", 1),
    ]


def test_signals_on_paper_are_apart_and_its_market_is_the_real_one(
    database: str, market: Market
) -> None:
    with Market.open(database, "paper") as paper:
        assert paper.latest_signals("005930", 9)["reason"].to_list() == ["below"]
        assert paper.candles("005930", DAY, DAY, venue="KRX").height == 390
    assert market.latest_signals("005930", 9)["reason"].to_list() == ["above"]


@pytest.mark.parametrize(
    ("asked", "naive"),
    [
        (datetime(2025, 9, 9, 0, 30, tzinfo=UTC), at(9, 30)),
        (datetime(2025, 9, 9, 9, 30, tzinfo=KST), at(9, 30)),
        (at(9, 30), at(9, 30)),
        ("2025-09-09T00:30+00:00", at(9, 30)),
        ("2025-09-09 09:30", at(9, 30)),
        (DAY, at(0)),
        ("2025-09-09", at(0)),
    ],
    ids=["UTC", "KST", "naive is KST", "text, UTC", "text, naive", "a date", "a date as text"],
)
def test_one_place_makes_moments_of_what_is_asked(asked: Any, naive: datetime) -> None:
    assert kst_naive(asked) == naive


def test_what_is_no_moment_is_refused() -> None:
    with pytest.raises(ReaderError, match="expected YYYY-MM-DD"):
        kst_naive("9 September")


def test_a_frame_never_mixes_aware_and_naive() -> None:
    frame = pl.DataFrame({"ts": [at(9)], "n": [1]})
    assert in_kst(frame, aware=True).schema["ts"] == pl.Datetime("us", "Asia/Seoul")
    assert in_kst(frame, aware=False).schema["ts"] == pl.Datetime("us")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Day files of one day: books of two venues, a second apart, and a trade."""
    nine = midnight_ns(DAY) + 9 * 3_600 * 10**9
    one = Tape(tmp_path / "tape", DAY, 1 << 20, "kiwoom")
    for second in range(10):
        for item, bid in (("005930", 100 + second), ("005930_NX", 100)):
            values = {"21": f"09000{second}", "41": f"+{bid + 5}", "51": f"-{bid}"}
            element = {"type": "0D", "name": "주식호가잔량", "item": item, "values": values}
            text = json.dumps({"trnm": "REAL", "data": [element]}, ensure_ascii=False)
            one.text(nine + second * 10**9, text)
    element = {"type": "0B", "item": "005930", "values": {"10": "-100", "15": "+7", "20": "090009"}}
    one.text(nine + 10**10, json.dumps({"trnm": "REAL", "data": [element]}))
    one.close()
    assert dayfile.compact(tmp_path / "tape", tmp_path / "data" / "days", "kiwoom", DAY)
    return tmp_path / "data" / "days"


def test_day_files_are_tables(folder: Path) -> None:
    files = day_files(folder, source="kiwoom")
    asked = "SELECT count(*) AS n, max(bid_krw_1) AS top FROM books WHERE venue = $venue"
    assert files.sql(asked, venue="KRX").row(0) == (10, 109)
    (trade,) = files.sql("SELECT * FROM trades").iter_rows(named=True)
    assert (trade["price_krw"], trade["volume"], trade["aggressor"]) == (100, 7, 1)
    assert (trade["trade_date"], trade["source"]) == (DAY, "kiwoom")
    assert trade["event_at"] == datetime(2025, 9, 9, 9, 0, 9, tzinfo=KST)
    assert trade["timestamp"] == datetime(2025, 9, 9, 9, 0, 10, tzinfo=KST)
    joined = "WITH b AS (SELECT * FROM books) SELECT count(*) FROM b JOIN trades USING (symbol)"
    assert files.sql(joined).item() == 20
    files.close()


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM orders",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "COPY (SELECT 1) TO 'out.csv'",
        "SELECT 1; DROP VIEW trades",
        "DROP VIEW trades",
        "SET enable_external_access = true",
        "SELECT * FROM frame",
        "SELEC",
    ],
)
def test_only_day_files_are_asked_and_only_by_select(folder: Path, query: str) -> None:
    files = day_files(folder)
    frame = pl.DataFrame({"n": [1]})  # which DuckDB would find by its name
    assert len(frame) == 1
    with pytest.raises(ReaderError):
        files.sql(query)
    files.close()


def test_dates_without_day_files_are_said(folder: Path) -> None:
    with pytest.raises(ReaderError, match="no day files of these dates"):
        day_files(folder, "2025-09-10")


def test_the_examples_of_the_documentation_run(
    database: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(fill(database))
    monkeypatch.setenv("DATABASE_URL", database)
    monkeypatch.chdir(folder.parent.parent)
    examples = re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert len(examples) == 5
    found: dict[str, Any] = {}
    for example in examples:
        exec(compile(example, str(DOCS), "exec"), found)
    assert found["day"].height == 390
    assert found["night"].height == 2
    assert found["smile"].height == 3
    assert found["crossed"].height == 4  # KRX bids 106 to 109 above NXT's ask of 105
    assert found["signals"]["ub"].to_list() == [None] + [101.25] * 29
    assert found["signalled"].height == 3
    assert found["count"] == 21


async def _ask(url: str) -> int:
    with Market.open(url) as market:
        return market.latest_candles("005930", 5).height


def test_it_works_inside_a_running_event_loop(database: str) -> None:
    asyncio.run(fill(database))
    assert asyncio.run(_ask(database)) == 5
