"""Who is admitted, who is not and why: on hand-made names, on any names, and on January 2026."""

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.market.calendar import CalendarError, krx_calendar
from kis_core.market.events import DailyBar
from kis_core.market.instruments import Instruments, Listed
from kis_core.market.universe import (
    ADTV_SESSIONS,
    Flag,
    Reason,
    Universe,
    UniverseRules,
    adtv_krw,
    universe,
)
from kis_core.wire.masters.files import read_master
from kis_core.wire.masters.stocks import KOSDAQ, KOSPI
from kis_core.wire.masters.table import Masters, instruments_of

DAY = date(2026, 2, 2)
CALENDAR = krx_calendar()
SESSIONS = CALENDAR.sessions_between(date(2026, 1, 5), date(2026, 1, 30))
EOK_KRW = 100_000_000
ALL_FLAGS: frozenset[Flag] = frozenset(get_args(Flag))

SAMSUNG = Listed(
    symbol="005930",
    isin="KR7005930003",
    name="삼성전자",
    market="KOSPI",
    kind="STOCK",
    preferred=False,
    spac=False,
    halted=False,
    administrative=False,
    liquidation=False,
    warning="NONE",
    warning_notice=False,
    unfaithful=False,
    overheated="NONE",
    short_sale_overheated=False,
    abnormal_rise=False,
    attention=False,
    low_liquidity=False,
    nxt=True,
    base_krw=70_000,
    market_cap_krw=1_000 * EOK_KRW,
    listed_kshares=1_000,
    listed_on=date(1975, 6, 11),
    lot=1,
    margin_pct=40,
    sectors=None,
)
MAY_BE_UNKNOWN = {f.name for f in fields(Listed) if type(None) in get_args(f.type)}
RULES = UniverseRules(
    markets=frozenset({"KOSPI", "KOSDAQ"}),
    kinds=frozenset({"STOCK"}),
    exclude=ALL_FLAGS,
    market_cap_min_krw=500 * EOK_KRW,
    adtv_min_krw=30 * EOK_KRW,
    price_min_krw=1_000,
    listed_sessions_min=60,
    nxt_only=True,
    masters_age_sessions_max=0,
)


def bar(day: date, value_krw: int | None = 50 * EOK_KRW, volume: int = 1_000) -> DailyBar:
    return DailyBar("005930", day.isoformat(), 70_000, 70_000, 70_000, 70_000, volume, value_krw)


FULL = tuple(bar(day) for day in SESSIONS)


def judged(
    one: Listed = SAMSUNG,
    bars: Sequence[DailyBar] = FULL,
    rules: UniverseRules = RULES,
    as_of: date | None = DAY,
) -> tuple[Reason, ...]:
    table = Instruments([one], [], as_of)
    told = universe(None, table, {one.symbol: bars}, DAY, rules, CALENDAR)
    assert (not told.excluded) == (told.admitted == (one.symbol,))
    return told.excluded.get(one.symbol, ())


def test_twenty_sessions_stand_before_the_day_in_the_test() -> None:
    assert len(SESSIONS) == ADTV_SESSIONS
    assert CALENDAR.previous(DAY) == SESSIONS[-1]


def test_who_is_all_that_is_asked_is_admitted() -> None:
    assert judged() == ()


@pytest.mark.parametrize(
    ("change", "check", "says"),
    [
        ({"market": "KONEX"}, "MARKET", "listed on KONEX"),
        ({"kind": "ETF"}, "KIND", "is of kind ETF"),
        ({"kind": None}, "KIND", "unknown kind of security"),
        ({"market_cap_krw": 499 * EOK_KRW}, "MARKET_CAP",
         "market cap 49,900,000,000 KRW < 50,000,000,000 KRW"),
        ({"market_cap_krw": None}, "MARKET_CAP", "unknown market cap"),
        ({"base_krw": 999}, "PRICE", "price 999 KRW < 1,000 KRW"),
        ({"base_krw": None}, "PRICE", "unknown price"),
        ({"listed_on": None}, "LISTING_AGE", "unknown listing date"),
        ({"listed_on": DAY}, "LISTING_AGE", "listed 0 sessions < 60"),
        ({"listed_on": date(2026, 3, 2)}, "LISTING_AGE", "listed 0 sessions < 60"),
        ({"listed_on": SESSIONS[-1]}, "LISTING_AGE", "listed 1 sessions < 60"),
        ({"nxt": False}, "NXT", "not traded on NXT"),
        ({"nxt": None}, "NXT", "unknown whether NXT trades it"),
    ],
)  # fmt: skip
def test_each_rule_keeps_out_what_it_is_for_and_what_nobody_knows(
    change: dict[str, Any], check: str, says: str
) -> None:
    unknown = says.startswith("unknown")
    assert judged(replace(SAMSUNG, **change)) == (Reason(check, says, unknown),)


@pytest.mark.parametrize(
    ("flag", "field", "on", "off"),
    [
        ("HALTED", "halted", True, False),
        ("ADMINISTRATIVE", "administrative", True, False),
        ("LIQUIDATION", "liquidation", True, False),
        ("CAUTION", "warning", "CAUTION", "RISK"),
        ("WARNING", "warning", "WARNING", "CAUTION"),
        ("RISK", "warning", "RISK", "NONE"),
        ("WARNING_NOTICE", "warning_notice", True, False),
        ("UNFAITHFUL", "unfaithful", True, False),
        ("OVERHEATED_NOTICE", "overheated", "NOTICE", "DESIGNATED"),
        ("OVERHEATED", "overheated", "DESIGNATED", "NOTICE"),
        ("OVERHEATED", "overheated", "EXTENDED", "NONE"),
        ("SHORT_SALE_OVERHEATED", "short_sale_overheated", True, False),
        ("ABNORMAL_RISE", "abnormal_rise", True, False),
        ("ATTENTION", "attention", True, False),
        ("LOW_LIQUIDITY", "low_liquidity", True, False),
        ("SPAC", "spac", True, False),
        ("PREFERRED", "preferred", True, False),
    ],
)
def test_a_flag_keeps_out_when_set_and_when_unknown_but_only_if_it_is_asked_for(
    flag: Flag, field: str, on: object, off: object
) -> None:
    rules = replace(RULES, exclude=frozenset({flag}))
    others = replace(RULES, exclude=ALL_FLAGS - {flag})

    def with_flag(value: object) -> Listed:
        return replace(SAMSUNG, **{field: value})  # type: ignore[arg-type]

    assert judged(with_flag(on), rules=rules) == (Reason(flag, f"is flagged {flag}"),)
    assert judged(with_flag(None), rules=rules) == (Reason(flag, f"unknown flag {flag}", True),)
    assert judged(with_flag(off), rules=rules) == ()
    assert [reason.check for reason in judged(with_flag(on), rules=others)] == []


def test_all_reasons_are_told_and_not_the_first() -> None:
    one = replace(SAMSUNG, kind="ETF", halted=True, spac=None, base_krw=5, nxt=False)
    assert [reason.check for reason in judged(one, bars=())] == [
        "KIND", "HALTED", "SPAC", "NXT", "PRICE", "ADTV",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("bars", "adtv"),
    [
        (FULL, 50 * EOK_KRW),
        (FULL[::-1], 50 * EOK_KRW),
        ((*FULL, *FULL), 50 * EOK_KRW),
        ((bar(date(2026, 1, 2), 10**15), *FULL, bar(DAY, 10**15)), 50 * EOK_KRW),
        ((*FULL[:-1], bar(SESSIONS[-1], None, volume=0)), 50 * EOK_KRW * 19 // 20),
        (FULL[1:], "1 of the newest 20 sessions have no bar, the latest of them 2026-01-05"),
        (FULL[:-1], "1 of the newest 20 sessions have no bar, the latest of them 2026-01-30"),
        ((), "20 of the newest 20 sessions have no bar, the latest of them 2026-01-30"),
        ((*FULL[:-1], bar(SESSIONS[-1], None)), "the bar of 2026-01-30 has no value traded"),
        ((*FULL[:-1], bar(SESSIONS[-1], -5)), "the bar of 2026-01-30 is negative"),
        ((*FULL, bar(SESSIONS[3], 7)), "2026-01-08 has two bars that differ"),
    ],
    ids=[
        "whole", "newest first", "told twice", "older and later bars do not count",
        "a halted day counts as nothing", "the oldest day missing", "stale by a day", "none",
        "no value", "negative", "contradiction",
    ],
)  # fmt: skip
def test_the_value_traded_is_the_mean_of_the_newest_twenty_sessions_or_unknown(
    bars: Sequence[DailyBar], adtv: int | str
) -> None:
    assert adtv_krw(bars, SESSIONS) == adtv
    if isinstance(adtv, str):
        assert judged(bars=bars) == (Reason("ADTV", f"unknown ADTV: {adtv}", True),)


def test_a_name_that_was_liquid_long_ago_is_not_liquid() -> None:
    """The ancestor took the oldest twenty rows of a longer answer."""
    longer = CALENDAR.sessions_between(CALENDAR.offset(DAY, -40), SESSIONS[-1])
    fell = [bar(day, 900 * EOK_KRW if day < SESSIONS[0] else EOK_KRW) for day in longer]
    rose = [bar(day, EOK_KRW if day < SESSIONS[0] else 900 * EOK_KRW) for day in longer]
    assert [str(reason) for reason in judged(bars=fell)] == [
        "ADTV 100,000,000 KRW < 3,000,000,000 KRW"
    ]
    assert judged(bars=rose) == ()


@pytest.mark.parametrize(
    ("as_of", "limit", "says"),
    [
        (DAY, 0, None),
        (date(2026, 1, 30), 1, None),
        (date(2026, 1, 31), 1, None),
        (date(2026, 1, 30), 0, "unknown on 2026-02-02: the masters are 1 sessions old"),
        (date(2026, 1, 26), 1, "unknown on 2026-02-02: the masters are 5 sessions old"),
        (date(2026, 2, 3), 9, "unknown on 2026-02-02: the masters are of 2026-02-03, later"),
        (None, 9, "unknown age of the masters"),
    ],
)
def test_masters_that_are_old_or_of_unknown_age_admit_nobody(
    as_of: date | None, limit: int, says: str | None
) -> None:
    found = judged(rules=replace(RULES, masters_age_sessions_max=limit), as_of=as_of)
    assert [str(reason) for reason in found] == ([] if says is None else [says])


def test_a_candidate_that_no_master_lists_is_unknown() -> None:
    told = universe(["900110"], Instruments([SAMSUNG], [], DAY), {}, DAY, RULES, CALENDAR)
    (reason,) = told.excluded["900110"]
    assert (reason.unknown, str(reason)) == (True, "unknown symbol: not in the masters")
    assert set(told.excluded) == {"900110"}


def test_everything_but_the_name_may_be_unknown() -> None:
    known = {f.name for f in fields(Listed)} - MAY_BE_UNKNOWN
    assert known == {"symbol", "isin", "name", "market"}


def test_a_rule_that_asks_nothing_needs_to_know_nothing() -> None:
    easy = replace(
        RULES, exclude=frozenset(), market_cap_min_krw=None, adtv_min_krw=None,
        price_min_krw=None, listed_sessions_min=None, nxt_only=False,
    )  # fmt: skip
    blank = replace(
        SAMSUNG,
        **dict.fromkeys(MAY_BE_UNKNOWN),  # type: ignore[arg-type]
    )
    assert judged(replace(blank, kind="STOCK"), bars=(), rules=easy) == ()


def test_a_day_the_calendar_does_not_cover_is_an_error() -> None:
    with pytest.raises(CalendarError):
        universe(None, Instruments([], [], DAY), {}, date(2031, 1, 2), RULES, CALENDAR)


# -- any names ------------------------------------------------------------------------------------

UNSURE = st.sampled_from([True, False, None])
ANY_LISTED = st.builds(
    replace,
    st.just(SAMSUNG),
    market=st.sampled_from(["KOSPI", "KOSDAQ", "KONEX"]),
    kind=st.sampled_from(["STOCK", "STOCK", "ETF", None]),
    warning=st.sampled_from(["NONE", "NONE", "WARNING", None]),
    overheated=st.sampled_from(["NONE", "NONE", "EXTENDED", None]),
    halted=UNSURE,
    spac=UNSURE,
    nxt=UNSURE,
    market_cap_krw=st.none() | st.integers(1, 1_000).map(lambda eok: eok * EOK_KRW),
    base_krw=st.none() | st.integers(500, 2_000),
    listed_on=st.none() | st.dates(date(2025, 9, 1), DAY),
)
ANY_BARS = st.lists(
    st.builds(
        bar,
        st.sampled_from(CALENDAR.sessions_between(date(2025, 12, 26), DAY)),
        st.none() | st.integers(0, 100).map(lambda eok: eok * EOK_KRW),
        st.sampled_from([0, 1_000]),
    ),
    max_size=30,
)
BARS_OR_FULL = ANY_BARS | st.just(list(FULL))
MATTERS_NOT = {"listed_kshares", "lot", "margin_pct", "sectors"}  # to who is admitted
DOUBTFUL = sorted(MAY_BE_UNKNOWN - MATTERS_NOT)


def named(listed: Sequence[Listed]) -> list[Listed]:
    return [replace(one, symbol=f"{number:06d}") for number, one in enumerate(listed)]


@given(listed=st.lists(st.tuples(ANY_LISTED, BARS_OR_FULL), max_size=6), seed=st.integers(0, 99))
def test_no_order_of_names_or_bars_changes_anything(
    listed: list[tuple[Listed, list[DailyBar]]], seed: int
) -> None:
    ones = named([one for one, _ in listed])
    bars = {one.symbol: theirs for one, (_, theirs) in zip(ones, listed, strict=True)}

    def told(order: random.Random | None) -> Universe:
        names, rows = list(ones), dict(bars)
        if order is not None:
            order.shuffle(names)
            rows = {symbol: order.sample(rows[symbol], len(rows[symbol])) for symbol in rows}
        return universe(
            [one.symbol for one in names], Instruments(names, [], DAY), rows, DAY, RULES, CALENDAR
        )

    straight, mixed = told(None), told(random.Random(seed))
    assert mixed.admitted == straight.admitted == tuple(sorted(straight.admitted))
    assert mixed.excluded == straight.excluded
    assert {*straight.admitted, *straight.excluded} == set(bars)
    assert not set(straight.admitted) & set(straight.excluded)


@given(one=ANY_LISTED, bars=BARS_OR_FULL)
def test_whoever_is_admitted_is_known_in_everything_that_is_asked(
    one: Listed, bars: list[DailyBar]
) -> None:
    reasons = judged(one, bars)
    unknown = {field for field in DOUBTFUL if getattr(one, field) is None}
    adtv = adtv_krw(bars, SESSIONS)
    if not reasons:
        assert not unknown
        assert isinstance(adtv, int)
        assert adtv >= (RULES.adtv_min_krw or 0)
        assert (one.market_cap_krw or 0) >= (RULES.market_cap_min_krw or 0)
        assert (one.kind, one.halted, one.spac, one.nxt) == ("STOCK", False, False, True)
    assert any(reason.unknown for reason in reasons) == bool(unknown or isinstance(adtv, str))
    assert all(reason.unknown == str(reason).startswith("unknown") for reason in reasons)


@given(one=ANY_LISTED, bars=BARS_OR_FULL, field=st.sampled_from(DOUBTFUL), gone=st.integers(0, 19))
def test_knowing_less_never_admits_anybody(
    one: Listed, bars: list[DailyBar], field: str, gone: int
) -> None:
    known = judged(one, bars)
    assert judged(replace(one, **{field: None}), bars)  # type: ignore[arg-type]
    assert judged(one, [each for each in bars if each.date != SESSIONS[gone].isoformat()])
    assert len(judged(one, bars, as_of=None)) > len(known)


@given(
    one=ANY_LISTED,
    bars=BARS_OR_FULL,
    stricter=st.sampled_from(["market_cap_min_krw", "adtv_min_krw", "price_min_krw"]),
    by=st.integers(1, 10**12),
)
def test_asking_for_more_never_admits_anybody(
    one: Listed, bars: list[DailyBar], stricter: str, by: int
) -> None:
    least: int = getattr(RULES, stricter)
    before = {reason.check for reason in judged(one, bars)}
    changed = replace(RULES, **{stricter: least + by})  # type: ignore[arg-type]
    assert before <= {reason.check for reason in judged(one, bars, rules=changed)}


# -- January 2026 ---------------------------------------------------------------------------------

Rows = list[dict[str, Any]]
HOUSE = UniverseRules(
    markets=frozenset({"KOSPI", "KOSDAQ"}),
    kinds=frozenset({"STOCK"}),
    exclude=frozenset(
        {"HALTED", "ADMINISTRATIVE", "LIQUIDATION", "WARNING", "RISK", "SPAC", "PREFERRED",
         "UNFAITHFUL", "ATTENTION", "OVERHEATED"}
    ),
    market_cap_min_krw=3_000 * EOK_KRW,
    adtv_min_krw=30 * EOK_KRW,
    price_min_krw=1_000,
    listed_sessions_min=60,
    nxt_only=False,
    masters_age_sessions_max=0,
)  # fmt: skip


@pytest.fixture(scope="module")
def masters(kst_data: Path) -> Instruments:
    """The masters of 2026-03-09, taken for those of the day: there are no others."""
    folder = kst_data / "masters"
    return instruments_of(
        Masters(
            kospi=read_master(KOSPI, (folder / KOSPI.remote_name).read_bytes()),
            kosdaq=read_master(KOSDAQ, (folder / KOSDAQ.remote_name).read_bytes()),
        ),
        DAY,
    )


@pytest.fixture(scope="module")
def marcap(kst_data: Path) -> Rows:
    rows: Rows = pq.read_table(kst_data / "daily" / "krx_marcap_2026-01.parquet").to_pylist()
    return rows


def bars_of(
    rows: Rows, value: Callable[[dict[str, Any]], int | None]
) -> Mapping[str, Sequence[DailyBar]]:
    bars: dict[str, list[DailyBar]] = {}
    for row in rows:
        bars.setdefault(row["symbol"], []).append(
            DailyBar(
                row["symbol"], row["date"].isoformat(), row["open"], row["high"], row["low"],
                row["close"], row["volume"], value(row),
            )
        )  # fmt: skip
    return bars


def test_the_whole_market_of_january_2026_is_judged_and_counted(
    masters: Instruments, marcap: Rows
) -> None:
    told = universe(
        None, masters, bars_of(marcap, lambda row: int(row["value"])), DAY, HOUSE, CALENDAR
    )
    assert (len(told.admitted), len(told.excluded)) == (525, 3790)
    checks = Counter(
        (reason.check, reason.unknown) for found in told.excluded.values() for reason in found
    )
    assert {check: count for (check, unknown), count in checks.items() if not unknown} == {
        "KIND": 1580, "MARKET_CAP": 3284, "ADTV": 1912, "PRICE": 282, "LISTING_AGE": 141,
        "PREFERRED": 113, "ADMINISTRATIVE": 98, "HALTED": 94, "SPAC": 80, "ATTENTION": 77,
        "WARNING": 16, "OVERHEATED": 12, "LIQUIDATION": 6, "UNFAITHFUL": 5, "RISK": 2,
    }  # fmt: skip
    assert {check: count for (check, unknown), count in checks.items() if unknown} == {
        "ADTV": 1549, "MARKET_CAP": 11, "PRICE": 10,
    }  # fmt: skip
    # Whom nobody has bars of: what the market's own file does not hold (ETF, ETN, funds, rights),
    # and what was not listed on each of the twenty sessions.
    unseen = [
        masters.listed()[symbol].kind
        for symbol, found in told.excluded.items()
        if any(reason.check == "ADTV" and reason.unknown for reason in found)
    ]
    assert (len(unseen), unseen.count("STOCK")) == (1549, 7)


def test_the_value_traded_agrees_with_a_reckoning_of_its_own(
    masters: Instruments, marcap: Rows
) -> None:
    values: dict[str, list[int]] = {}
    for row in sorted(marcap, key=lambda row: row["date"], reverse=True):
        values.setdefault(row["symbol"], []).append(row["value"])
    bars = bars_of(marcap, lambda row: int(row["value"]))
    whole = {symbol: newest[:20] for symbol, newest in values.items() if len(newest) == 21}
    assert len(whole) == 2882
    for symbol, newest in whole.items():
        assert adtv_krw(bars[symbol], SESSIONS) == sum(newest) // 20
    only_adtv = replace(
        HOUSE, exclude=frozenset(), market_cap_min_krw=None, price_min_krw=None,
        listed_sessions_min=None,
    )  # fmt: skip
    told = universe(whole, masters, bars, DAY, only_adtv, CALENDAR)
    stocks = masters.listed()
    assert set(told.admitted) == {
        symbol
        for symbol, newest in whole.items()
        if symbol in stocks and stocks[symbol].kind == "STOCK" and sum(newest) >= 20 * 30 * EOK_KRW
    }


def test_bars_without_a_value_traded_admit_nobody(masters: Instruments, kst_data: Path) -> None:
    """The daily bars of the 103 have volumes, but no value; a guess at it would be ours."""
    rows = pq.read_table(kst_data / "daily" / "krx_daily_flow_103.parquet").to_pylist()
    bars = bars_of(rows, lambda row: None)
    told = universe(bars, masters, bars, DAY, HOUSE, CALENDAR)
    assert (len(told.admitted), len(told.excluded)) == (0, 103)
    assert all(
        Reason("ADTV", f"unknown ADTV: the bar of {date(2026, 1, 5)} has no value traded", True)
        in found
        for found in told.excluded.values()
    )
