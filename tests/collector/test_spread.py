"""KRX beside NXT: both ways, runs, fees, and the real capture."""

from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.market_frame import MarketFileError, MarketFrame, read_market_file
from collector.spread import DIRECTIONS, Spreads, Terms, kst_times, spreads, spreads_of_file
from collector.spread_page import spread_page
from kis_core.market.costs import order_cost_krw
from kis_core.market.instants import KST_OFFSET_NS, SECOND_NS

DAY = date(2025, 9, 9)
NOON = 1_757_386_800 * SECOND_NS  # 2025-09-09 12:00 KST
MS = 1_000_000
CAPTURE = "dual_venue/kiwoom_best_quotes_20250909_1134_1144.parquet"
Quote = tuple[int, str, str, int | None, int | None, int | None, int | None]
SCHEMA = {
    "arrived_ns": pl.Int64, "symbol": pl.String, "venue": pl.String, "ask": pl.Int64,
    "ask_size": pl.Int64, "bid": pl.Int64, "bid_size": pl.Int64,
}  # fmt: skip


def frame(*quotes: Quote) -> MarketFrame:
    """(ms after noon, venue, symbol, ask, size, bid, size) as a day's file gives them."""
    rows = [(NOON + q[0] * MS, q[2], q[1], *q[3:]) for q in quotes]
    made = pl.DataFrame(rows, schema=SCHEMA, orient="row").with_columns(kind=pl.lit("quote"))
    return MarketFrame(Path("made.parquet"), DAY, made.sort("arrived_ns", maintain_order=True), ())


def krx(ms: int, bid: int | None, ask: int | None, size: int = 10, symbol: str = "A") -> Quote:
    return (ms, "KRX", symbol, ask, size, bid, size)


def nxt(ms: int, bid: int | None, ask: int | None, size: int = 10, symbol: str = "A") -> Quote:
    return (ms, "NXT", symbol, ask, size, bid, size)


def runs(found: Spreads) -> list[tuple[str, int, int]]:
    """Each opportunity's direction, start and end in ms after noon."""
    return [
        (direction, (start - NOON) // MS, (end - NOON) // MS)
        for direction, start, end in found.opportunities.select(
            "direction", "start_ns", "end_ns"
        ).iter_rows()
    ]


RUNS: dict[str, tuple[list[Quote], list[tuple[str, int, int]]]] = {
    "none": ([krx(0, 9_990, 10_000), nxt(100, 9_990, 10_000)], []),
    "sell KRX, buy NXT, until the bid falls": (
        [nxt(0, 9_980, 9_990), krx(100, 10_000, 10_010), krx(400, 9_990, 10_000)],
        [("KRX>NXT", 100, 400)],
    ),
    "sell NXT, buy KRX, until the ask rises": (
        [krx(0, 9_980, 9_990), nxt(100, 10_000, 10_010), krx(400, 9_990, 10_000)],
        [("NXT>KRX", 100, 400)],
    ),
    "several moments make one run": (
        [nxt(0, 9_980, 9_990), krx(100, 10_000, 10_010), krx(300, 10_010, 10_020),
         nxt(500, 9_980, 9_990), krx(700, 9_980, 9_990)],
        [("KRX>NXT", 100, 700)],
    ),
    "it ends when a quote is too old": (
        [nxt(0, 9_980, 9_990), krx(100, 10_000, 10_010), krx(5_000, 10_000, 10_010)],
        [("KRX>NXT", 100, 2_000)],
    ),
    "an old quote that speaks again begins another": (
        [nxt(0, 9_980, 9_990), krx(100, 10_000, 10_010), nxt(3_000, 9_980, 9_990),
         krx(3_100, 10_000, 10_010), krx(3_200, 9_980, 9_990)],
        [("KRX>NXT", 100, 2_000), ("KRX>NXT", 3_100, 3_200)],
    ),
    "another symbol does not end it": (
        [nxt(0, 9_980, 9_990), krx(100, 10_000, 10_010), krx(200, 10, 20, symbol="B"),
         krx(900, 9_980, 9_990)],
        [("KRX>NXT", 100, 900)],
    ),
    "a side that empties ends it": (
        [nxt(0, 9_980, 9_990), krx(100, 10_000, 10_010), nxt(300, 9_980, None),
         krx(600, 10_000, 10_010)],
        [("KRX>NXT", 100, 300)],
    ),
    "five basis points are not more than five": (
        [nxt(0, 9_980, 10_000), krx(100, 10_005, 10_010), krx(200, 9_980, 9_990)],
        [],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("quotes", "expected"), RUNS.values(), ids=RUNS.keys())
def test_an_opportunity_is_an_unbroken_run(
    quotes: list[Quote], expected: list[tuple[str, int, int]]
) -> None:
    assert runs(spreads(frame(*quotes))) == expected


def test_what_a_run_says() -> None:
    found = spreads(
        frame(
            nxt(0, 9_980, 9_990, size=40),
            krx(100, 10_000, 10_010, size=30),
            krx(350, 10_020, 10_030, size=7),
            krx(600, 9_990, 10_000),
        )
    )
    [run] = found.opportunities.to_dicts()
    assert run["duration_s"] == pytest.approx(0.5)
    assert (run["updates"], run["size"], run["bid"], run["ask"]) == (2, 7, 10_020, 9_990)
    assert run["best_bp"] == pytest.approx(30 / 9_990 * 10_000)
    assert run["mean_bp"] == pytest.approx((10 + 30) / 2 / 9_990 * 10_000)
    fees = order_cost_krw("SELL", 7 * 10_020, "KOSPI", DAY, 140)
    fees += order_cost_krw("BUY", 7 * 9_990, "KOSPI", DAY, 140)
    assert (run["gross_krw"], run["net_krw"]) == (7 * 30, 7 * 30 - fees)


def test_an_unknown_size_is_no_size() -> None:
    quotes = frame((0, "NXT", "A", 9_990, None, 9_980, 5), krx(100, 10_000, 10_010))
    [run] = spreads(quotes).opportunities.to_dicts()
    assert (run["size"], run["net_krw"], run["best_net_bp"]) == (0, 0, None)


def test_the_threshold_may_be_one_after_fees() -> None:
    quotes = frame(
        nxt(0, 9_970, 9_980, size=1_000),
        krx(100, 10_000, 10_010, size=1_000),
        krx(300, 10_010, 10_020, size=1_000),
        krx(600, 9_980, 9_990, size=1_000),
    )
    # 20 bp gross, then 30; commissions and tax take some 17.8 of them in 2025.
    assert runs(spreads(quotes, Terms(threshold_bp=5, net=True))) == [("KRX>NXT", 300, 600)]
    assert runs(spreads(quotes, Terms(threshold_bp=25))) == [("KRX>NXT", 300, 600)]


MARKETS: list[Any] = ["KOSPI", "KOSDAQ", "ETF"]


@settings(max_examples=40)
@given(
    bid=st.integers(1, 2_000_000),
    ask=st.integers(1, 2_000_000),
    size=st.integers(0, 1_000_000),
    market=st.sampled_from(MARKETS),
    day=st.sampled_from([date(2025, 9, 9), date(2025, 12, 29), date(2026, 9, 15)]),
    ppm=st.integers(0, 500),
)
def test_fees_are_those_of_the_house(
    bid: int, ask: int, size: int, market: Any, day: date, ppm: int
) -> None:
    made = frame(nxt(0, 1, ask, size), krx(100, bid, 10**9, size))
    terms = Terms(markets={"A": market}, commission_ppm=ppm)
    found = spreads(MarketFrame(made.path, day, made.rows, ()), terms)
    [net] = found.pairs.filter(pl.col("direction") == "KRX>NXT")["net_krw"]
    costs = order_cost_krw("SELL", bid * size, market, day, ppm)
    costs += order_cost_krw("BUY", ask * size, market, day, ppm)
    assert net == (bid - ask) * size - costs


def slowly(quotes: list[Quote], tolerance_ms: int) -> dict[str, set[tuple[int, str]]]:
    """The moments that cross, as one would find them by hand: look at each quote in turn."""
    crossed: dict[str, set[tuple[int, str]]] = {d: set() for d in DIRECTIONS}
    last: dict[tuple[str, str], Quote] = {}
    for quote in sorted(quotes, key=lambda q: q[0]):
        last[quote[1], quote[2]] = quote
        both = [last.get((venue, quote[2])) for venue in ("KRX", "NXT")]
        if None in both or any(quote[0] - q[0] > tolerance_ms for q in both if q):
            continue
        for direction in DIRECTIONS:
            sold, bought = (last[venue, quote[2]] for venue in direction.split(">"))
            if sold[5] is not None and bought[3] is not None and sold[5] > bought[3]:
                crossed[direction].add((quote[0], quote[2]))
    return crossed


PRICES = st.none() | st.integers(9_990, 10_010)


@settings(max_examples=50)
@given(
    quotes=st.lists(
        st.tuples(st.integers(0, 9_000), st.sampled_from(["KRX", "NXT"]), st.sampled_from("AB"),
                  PRICES, st.just(5), PRICES, st.just(5)),
        min_size=1, max_size=40, unique_by=lambda q: q[0],
    )
)  # fmt: skip
def test_crossings_are_those_one_finds_by_looking_at_each_quote(quotes: list[Quote]) -> None:
    found = spreads(frame(*quotes), Terms(threshold_bp=0))
    for direction, expected in slowly(quotes, 2_000).items():
        mine = found.pairs.filter((pl.col("direction") == direction) & (pl.col("gross_krw") > 0))
        got = {((at - NOON) // MS, s) for at, s in mine.select("arrived_ns", "symbol").iter_rows()}
        assert got == expected
    # Every crossing lies in exactly one run, and the runs of a symbol do not overlap.
    assert (
        found.opportunities["updates"].sum() == found.pairs.filter(pl.col("gross_krw") > 0).height
    )
    for _, own in found.opportunities.group_by("symbol", "direction", maintain_order=True):
        ordered = own.sort("start_ns")
        assert (ordered["start_ns"].shift(-1) >= ordered["end_ns"]).drop_nulls().all()
    assert (found.opportunities["duration_s"] >= 0).all()


@settings(max_examples=20)
@given(data=st.data())
def test_symbols_do_not_disturb_each_other(data: st.DataObject) -> None:
    one = [nxt(0, 9_980, 9_990), krx(100, 10_000, 10_010), krx(700, 9_980, 9_990)]
    other = [(q[0] + 50, q[1], "B", *q[3:]) for q in one]
    mixed = data.draw(st.permutations([*one, *other]))
    found = spreads(frame(*mixed))
    assert runs(found) == [("KRX>NXT", 100, 700), ("KRX>NXT", 150, 750)]
    assert found.seconds["alive"].to_list() == [2]


def test_seconds_count_updates_and_what_stands() -> None:
    found = spreads(
        frame(nxt(0, 9_980, 9_990), krx(100, 10_000, 10_010), nxt(1_900, 9_980, 9_990),
              krx(2_050, 9_980, 9_990))
    )  # fmt: skip
    assert found.seconds.drop("second_ns").rows() == [(2, 1, 1, 1), (1, 0, 1, 1), (1, 1, 0, 1)]


def test_the_real_capture_crosses_as_the_whole_one_did(kst_data: Path) -> None:
    found = spreads_of_file(kst_data / CAPTURE)
    # The capture of fourteen minutes had 23 exact and 40,214 matches as of, 598 and 145 crossings.
    assert found.joins == {
        "exact": 12,
        "as_of": 29_659,
        "krx_bid_above_nxt_ask": 533,
        "nxt_bid_above_krx_ask": 86,
    }
    summary = found.summary()
    sold_krx, sold_nxt = (summary["directions"][d] for d in DIRECTIONS)
    assert (sold_krx["crossings"], sold_nxt["crossings"]) == (817, 148)
    assert (sold_krx["opportunities"], sold_nxt["opportunities"]) == (123, 55)
    assert (sold_krx["crossings_after_fees"], sold_nxt["crossings_after_fees"]) == (25, 0)
    assert found.seconds["updates"].sum() == 78_858
    hole = found.opportunities.filter(pl.col("duration_s") > 100)
    assert hole.is_empty()  # none stands through the four minutes in which nothing was heard


def test_one_crossing_of_the_capture_by_hand(kst_data: Path) -> None:
    found = spreads_of_file(kst_data / CAPTURE)
    best = found.opportunities.sort("best_bp", descending=True).row(0, named=True)
    assert (best["symbol"], best["direction"]) == ("081180", "KRX>NXT")
    moment = found.pairs.filter(
        (pl.col("symbol") == "081180")
        & (pl.col("direction") == "KRX>NXT")
        & pl.col("arrived_ns").is_between(best["start_ns"], best["end_ns"])
        & (pl.col("gross_bp") == best["best_bp"])
    )["arrived_ns"][0]
    # The file itself, text and signs, as it stood at that moment:
    at = pl.lit(moment + KST_OFFSET_NS).cast(pl.Datetime("ns")).cast(pl.Datetime("us"))
    before = pl.read_parquet(kst_data / CAPTURE).filter(
        (pl.col("symbol") == "081180") & (pl.col("timestamp") <= at)
    )
    sold, bought = (before.filter(pl.col("venue") == v).row(-1, named=True) for v in ("KRX", "NXT"))
    assert abs((sold["timestamp"] - bought["timestamp"]).total_seconds()) <= 2
    assert abs(int(sold["fid_51"])) == best["bid"] == 9_340
    assert abs(int(bought["fid_41"])) == best["ask"] == 9_300
    assert min(int(sold["fid_71"]), int(bought["fid_61"])) == best["size"] == 1
    # 40 won a share; 1 + 1 won commission (0.014 % of 9,340 and 9,300, cut) and 14 won tax.
    assert (best["gross_krw"], best["net_krw"]) == (40, 40 - 1 - 1 - 14)


def test_typed_and_seed_named_columns_read_alike(kst_data: Path, tmp_path: Path) -> None:
    seed = pl.read_parquet(kst_data / CAPTURE).head(20_000)
    price, size = pl.Int64, pl.Int64
    typed = seed.select(
        "symbol", "venue",
        arrived_ns=pl.col("timestamp").cast(pl.Datetime("ns")).to_physical() - KST_OFFSET_NS,
        event_ns=pl.lit(None, pl.Int64),
        kind=pl.lit("book"),
        cum_volume="fid_13",
        ask_krw_1=pl.col("fid_41").str.strip_chars_start("+-").cast(price),
        bid_krw_1=pl.col("fid_51").str.strip_chars_start("+-").cast(price),
        ask_shares_1=pl.col("fid_61").cast(size),
        bid_shares_1=pl.col("fid_71").cast(size),
        fid_41=pl.lit("nonsense"),
    )  # fmt: skip
    named, plain = tmp_path / "seed.parquet", tmp_path / "typed.parquet"
    seed.write_parquet(named)
    typed.write_parquet(plain)
    first, second = read_market_file(named), read_market_file(plain)
    assert first.rows.equals(second.rows.select(first.rows.columns))
    assert spreads(first).summary() == spreads(second).summary()


def changed(seed: pl.DataFrame, how: str) -> pl.DataFrame:
    match how:
        case "no venue":
            return seed.drop("venue")
        case "no time":
            return seed.drop("timestamp")
        case "no prices":
            return seed.drop("fid_41", "fid_27", "fid_10")
        case "prices are lists":
            return seed.with_columns(fid_41=pl.concat_list("fid_41"))
        case "symbols are numbers":
            return seed.with_columns(pl.col("symbol").cast(pl.Int64))
        case "times are dates":
            return seed.with_columns(pl.col("timestamp").cast(pl.Date))
        case "no rows":
            return seed.head(0)
        case "another market":
            return seed.with_columns(venue=pl.lit("NYSE"))
    raise AssertionError(how)


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("no venue", "column venue is missing"),
        ("no time", "column timestamp (or arrived_ns) is missing"),
        ("no prices", "column ask or price"),
        ("prices are lists", "column fid_41 is List(String), whole numbers"),
        ("symbols are numbers", "column symbol is Int64, text is expected"),
        ("times are dates", "column timestamp is Date, a time"),
        ("no rows", "holds no rows"),
        ("another market", "50 rows left out: a venue other than KRX, NXT, UN"),
    ],
)
def test_a_bad_file_is_one_error_that_names_it(
    kst_data: Path, tmp_path: Path, how: str, says: str
) -> None:
    path = tmp_path / "market_data_20250909.parquet"
    changed(pl.read_parquet(kst_data / CAPTURE).head(50), how).write_parquet(path)
    with pytest.raises(MarketFileError) as caught:
        read_market_file(path)
    assert str(path) in str(caught.value)
    assert says in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"timestamp,symbol\n"], ids=["0", "cut", "csv"])
def test_what_is_no_parquet_is_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "market_data_20250909.parquet"
    path.write_bytes(content)
    with pytest.raises(MarketFileError, match="not a Parquet file"):
        read_market_file(path)
    with pytest.raises(MarketFileError, match="no such file"):
        read_market_file(tmp_path / "nothing.parquet")


def test_a_bad_cell_costs_itself_alone(kst_data: Path, tmp_path: Path) -> None:
    seed = pl.read_parquet(kst_data / CAPTURE).head(10).with_row_index()
    third = pl.col("index") == 2
    path = tmp_path / "market_data_20250909.parquet"
    seed.with_columns(
        fid_41=pl.when(third).then(pl.lit("+7o900")).otherwise("fid_41"),
        fid_51=pl.when(third).then(pl.lit("0")).otherwise("fid_51"),
        symbol=pl.when(pl.col("index") == 5).then(None).otherwise("symbol"),
    ).write_parquet(path)
    read = read_market_file(path)
    assert read.rows.height == 9
    assert (read.rows["ask"][2], read.rows["bid"][2], read.rows["bid_size"][2]) == (None,) * 3
    assert read.notes == (
        "column fid_41: 1 cells are no whole number, first '+7o900' in row 3",
        "1 rows left out: no symbol",
    )


def test_the_logger_s_text_of_a_time_reads_too(tmp_path: Path) -> None:
    path = tmp_path / "market_data_20250909.parquet"
    pl.DataFrame({
        "timestamp": ["2025-09-09T12:00:00.250000", "2025-09-09T12:00:01"], "symbol": ["A", "A"],
        "venue": ["KRX", "NXT"], "real_type": ["0B", "0D"], "fid_10": ["-9990", ""],
        "fid_15": ["-3", ""], "fid_13": ["100", "100"], "fid_20": ["120000", None],
        "fid_21": [None, "120001"], "fid_41": ["", "+10000"],
    }).write_parquet(path)  # fmt: skip
    read = read_market_file(path).rows
    assert read["arrived_ns"].to_list() == [NOON + 250 * MS, NOON + SECOND_NS]
    assert read["at_ns"].to_list() == [NOON, NOON + SECOND_NS]
    assert read.select("kind", "price", "volume").row(0) == ("trade", 9_990, 3)


def test_some_symbols_may_be_asked_for(kst_data: Path) -> None:
    whole, one = (
        spreads_of_file(kst_data / CAPTURE),
        spreads_of_file(kst_data / CAPTURE, symbols=["081180"]),
    )
    own = whole.opportunities.filter(pl.col("symbol") == "081180")
    assert one.opportunities.equals(own)
    assert own.height > 0
    with pytest.raises(MarketFileError, match="holds nothing of 999999"):
        spreads_of_file(kst_data / CAPTURE, symbols=["999999"])


def test_the_page_stands_alone_and_speaks_both_languages(kst_data: Path) -> None:
    found = spreads_of_file(kst_data / CAPTURE)
    html = spread_page(found)
    for text in ("KRX · NXT 스프레드", "081180", "25.81", "기회 · Opportunities", "Plotly"):
        assert text in html
    assert "<script src" not in html
    assert spread_page(spreads(frame(krx(0, 9_990, 10_000)))).count("없음 · none") == 1


def test_a_notebook_sees_times_of_korea(kst_data: Path) -> None:
    shown = kst_times(spreads_of_file(kst_data / CAPTURE).opportunities)
    assert f"{shown['start'].min():%H:%M}" in ("11:34", "11:38")
    assert not [name for name in shown.columns if name.endswith("_ns")]
