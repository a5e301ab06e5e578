"""Real days: everything beside the bars is used when it is there; what is wrong is said."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from broker_sim.days import dates_in, open_day, read_day
from broker_sim.exchange.account import AccountRules
from broker_sim.exchange.day import DayError
from broker_sim.exchange.exchange import Exchange
from broker_sim.exchange.generated_day import GeneratedDay
from kis_core.market.instants import MINUTE_NS
from kis_core.market.ticks import limits

KST = dt.timezone(dt.timedelta(hours=9))
DATE = dt.date(2025, 9, 3)


def bars_table(*dates: dt.date, minutes: int = 3) -> pa.Table:
    """Bars of 005930 and 000660, a few minutes a day; each minute ends 10 KRW higher."""
    rows = []
    for symbol in ("005930", "000660"):
        for nth, date in enumerate(dates):
            for minute in range(minutes):
                at = dt.datetime.combine(date, dt.time(9, minute), KST)
                price = 10_000 + 100 * nth + 10 * minute
                rows.append((symbol, at, price, price + 10, price - 10, price + 10, 100 + minute))
    columns = list(zip(*rows, strict=True))
    return pa.table(
        {
            "symbol": pa.array(columns[0]).dictionary_encode(),
            "ts": pa.array(columns[1], pa.timestamp("ms", tz="Asia/Seoul")),
            **{
                name: pa.array(columns[at], pa.int32())
                for at, name in enumerate(("open", "high", "low", "close", "volume"), 2)
            },
        }
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder `bars_1m` with one file of two days."""
    bars = tmp_path / "bars_1m"
    bars.mkdir()
    pq.write_table(bars_table(dt.date(2025, 9, 2), DATE), bars / "krx_1m_2025-09.parquet")
    return bars


def test_bars_alone_make_a_day(folder: Path) -> None:
    day = open_day(folder, DATE, 1)
    stock = day.instruments["005930"]
    assert (stock.name, stock.market, stock.sector, stock.listed_shares) == (
        "005930",
        "KOSPI",
        "",
        None,
    )
    assert stock.base_krw == 10_030
    assert (stock.lower_krw, stock.upper_krw) == limits(10_030)
    (before,) = day.daily_bars("005930", dt.date.min, DATE)
    assert (before.open_krw, before.high_krw, before.low_krw, before.close_krw, before.volume) == (
        10_000,
        10_030,
        9_990,
        10_030,
        303,
    )
    assert [bar.open_krw for bar in day.minute_bars("005930", DATE)] == [10_100, 10_110, 10_120]
    level = day.index_level("0001", day.minute_bars("005930", DATE)[0].start_ns + MINUTE_NS)
    assert level is not None
    assert level.level_pt == Decimal(f"{1000 * 10_110 / 10_030:.2f}")


def test_without_a_date_the_last_is_played(folder: Path) -> None:
    assert open_day(folder, None, 1).date == DATE
    assert open_day(folder / "krx_1m_2025-09.parquet", None, 1).date == DATE
    assert dates_in(folder) == [dt.date(2025, 9, 2), DATE]


def test_without_a_folder_the_day_is_generated() -> None:
    day = open_day(None, None, 1)
    assert isinstance(day, GeneratedDay)
    assert len(day.instruments) == 103


def test_a_symbol_that_does_not_trade_that_day_is_halted(tmp_path: Path) -> None:
    both = bars_table(dt.date(2025, 9, 2))
    one = bars_table(DATE).slice(0, 3)
    pq.write_table(
        pa.concat_tables([both, one], promote_options="permissive"), tmp_path / "x.parquet"
    )
    day = open_day(tmp_path, DATE, 1)
    assert {s: i.halted for s, i in day.instruments.items()} == {"000660": True, "005930": False}
    assert len(day.prints("000660")) == 0


def test_rows_may_come_in_any_order(folder: Path, tmp_path: Path) -> None:
    sorted_day = open_day(folder, DATE, 1)
    table = pq.read_table(folder / "krx_1m_2025-09.parquet").sort_by([("ts", "descending")])
    pq.write_table(table, tmp_path / "shuffled.parquet")
    day = open_day(tmp_path / "shuffled.parquet", DATE, 1)
    assert day.minute_bars("000660", DATE) == sorted_day.minute_bars("000660", DATE)


def test_bars_of_later_days_are_never_read(folder: Path) -> None:
    day = open_day(folder, dt.date(2025, 9, 2), 1)
    assert day.minute_bars("005930", DATE) == []


Change = Callable[[pa.Table], pa.Table]


def replaced(name: str, column: pa.Array) -> Change:
    return lambda table: table.set_column(table.schema.get_field_index(name), name, column(table))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda t: t.drop_columns(["close"]),
            r"krx_1m_2025-09.parquet lacks the column 'close' \(an integer\)",
        ),
        (lambda t: t.drop_columns(["ts"]), "lacks the column 'ts'"),
        (
            replaced("open", lambda t: t.column("open").cast(pa.float64())),
            "column 'open' is double; expected an integer",
        ),
        (
            replaced("ts", lambda t: t.column("ts").cast(pa.string())),
            "column 'ts' is string; expected a timestamp with time zone Asia/Seoul",
        ),
        (
            replaced("ts", lambda t: t.column("ts").cast(pa.timestamp("ms"))),
            "expected a timestamp with time zone",
        ),
        (
            replaced("symbol", lambda t: pa.array(range(len(t)))),
            "column 'symbol' is int64; expected text",
        ),
        (
            replaced(
                "low", lambda t: pa.array([None, *t.column("low").to_pylist()[1:]], pa.int32())
            ),
            "column 'low' has empty cells",
        ),
        (
            replaced("high", lambda t: pa.array([1] * len(t), pa.int32())),
            "a high below open or close: 000660 at 2025-09-02 09:00:00",
        ),
        (
            replaced("volume", lambda t: pa.array([2**31] * len(t), pa.int64())),
            "column 'volume' holds more than",
        ),
        (
            replaced("volume", lambda t: pa.array([-1] * len(t), pa.int32())),
            "a negative volume: 000660 at 2025-09-02 09:00:00",
        ),
        (
            lambda t: pa.concat_tables([t, t.slice(0, 1)]),
            "twice the same minute: 005930 at 2025-09-02",
        ),
    ],
    ids=[
        "a price column missing",
        "no time",
        "prices as floats",
        "time as text",
        "time without a zone",
        "symbols as numbers",
        "empty cells",
        "a high that is none",
        "volume beyond all measure",
        "negative volume",
        "a minute twice",
    ],
)
def test_a_file_that_is_not_bars_is_one_sentence(folder: Path, change: Change, said: str) -> None:
    path = folder / "krx_1m_2025-09.parquet"
    pq.write_table(change(pq.read_table(path)), path)
    with pytest.raises(DayError, match=said) as caught:
        open_day(folder, DATE, 1)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("date", "said"),
    [
        (dt.date(2025, 8, 1), r"no bars of 2025-08-01: it covers 2025-09-02 to 2025-09-03"),
        (dt.date(2025, 9, 10), r"no bars of 2025-09-10: it covers 2025-09-02 to 2025-09-03"),
    ],
)
def test_a_date_without_bars_is_said(folder: Path, date: dt.date, said: str) -> None:
    with pytest.raises(DayError, match=said):
        open_day(folder, date, 1)


def test_a_hole_between_two_days_is_said(tmp_path: Path) -> None:
    pq.write_table(bars_table(dt.date(2025, 9, 1), DATE), tmp_path / "x.parquet")
    with pytest.raises(DayError, match=r"no bars of 2025-09-02; it has 1 days, 2025-09-01"):
        open_day(tmp_path, dt.date(2025, 9, 2), 1)


def test_a_day_the_exchange_was_closed_is_said(tmp_path: Path) -> None:
    pq.write_table(bars_table(dt.date(2025, 9, 6)), tmp_path / "x.parquet")
    with pytest.raises(DayError, match="KRX is closed that day"):
        open_day(tmp_path, dt.date(2025, 9, 6), 1)


def test_folders_that_hold_no_bars_are_said(tmp_path: Path) -> None:
    with pytest.raises(DayError, match="has no Parquet file"):
        open_day(tmp_path, DATE, 1)
    with pytest.raises(DayError, match="neither a folder nor a file"):
        open_day(tmp_path / "nowhere", DATE, 1)
    (tmp_path / "krx_1m_2025-09.parquet").write_text("symbol,ts\n")
    with pytest.raises(DayError, match=r"krx_1m_2025-09.parquet is not a Parquet file"):
        open_day(tmp_path, DATE, 1)


def test_a_broken_neighbour_is_said(folder: Path) -> None:
    daily = folder.parent / "daily"
    daily.mkdir()
    pq.write_table(pa.table({"symbol": ["005930"]}), daily / "krx_daily_flow_103.parquet")
    with pytest.raises(DayError, match=r"krx_daily_flow_103.parquet lacks the column 'date'"):
        open_day(folder, DATE, 1)


def test_a_real_day_is_complete(kst_data: Path) -> None:
    day = read_day(kst_data / "bars_1m", DATE, 1)
    samsung = day.instruments["005930"]
    assert (samsung.name, samsung.market, samsung.base_krw) == ("삼성전자", "KOSPI", 69_100)
    assert (samsung.lower_krw, samsung.upper_krw) == (48_400, 89_800)
    assert len(day.instruments) == 103
    assert sum(i.market == "KOSDAQ" for i in day.instruments.values()) == 16
    assert len(day.past_dates()) >= 20
    assert len(day.daily_bars("005930", dt.date.min, DATE)) >= 250
    assert len(day.flows("005930", DATE - dt.timedelta(days=10), DATE)) >= 5
    close_ns = Exchange(day, AccountRules(0, 140), 1).venue.close_ns
    for code, figures in (
        ("0001", ("3177.75", "3187.48", "3167.23", "3184.42", "3172.35")),
        ("1001", ("793.28", "796.92", "789.27", "796.81", "794.00")),
    ):
        level = day.index_level(code, close_ns)
        assert level is not None
        shown = (
            level.open_pt,
            level.high_pt,
            level.low_pt,
            level.level_pt,
            level.previous_close_pt,
        )
        assert shown == tuple(Decimal(figure) for figure in figures)


@pytest.mark.parametrize(
    ("date", "halted"),
    [
        (dt.date(2025, 5, 12), set()),
        (dt.date(2025, 11, 13), {"207940"}),
        (dt.date(2026, 1, 2), set()),
    ],
    ids=["the first of the data", "the exam day", "the first session of the year"],
)
def test_unusual_real_days_can_be_played(kst_data: Path, date: dt.date, halted: set[str]) -> None:
    day = read_day(kst_data / "bars_1m", date, 1)
    assert {s for s, i in day.instruments.items() if i.halted} == halted
    exchange = Exchange(day, AccountRules(10**8, 140), 1)
    heard = exchange.advance(exchange.venue.expiry_ns)
    assert len(heard) == sum(len(day.prints(symbol)) for symbol in day.instruments)
    for symbol, instrument in day.instruments.items():
        quote = exchange.quote(symbol)
        assert instrument.lower_krw <= quote.last_krw <= instrument.upper_krw
