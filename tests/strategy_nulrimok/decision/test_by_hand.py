"""Scenario 12: a market of seven names whose every figure was worked out on paper.

Closes rise by a fixed step a day, so a mean over n days is the close (n - 1) / 2 steps ago; the
value traded is 10 billion KRW a day throughout; volumes are equal, so an AVWAP is a plain mean.
"""

from dataclasses import replace

import msgspec
import pytest

from kis_core.market.events import DailyBar
from strategy_nulrimok.decision.artifact import Artifact, of_text, to_text
from strategy_nulrimok.decision.research import NameResearch, Research
from strategy_nulrimok.decision.select import select
from tests.strategy_nulrimok.decision.worlds import (
    bars_of,
    flows_of,
    kospi_of,
    rules,
    sessions,
)

DATES = sessions(60)
TRADE_DATE = "2025-07-01"
B = 1_000_000_000  # KRW


def name(symbol: str, sector: str, step_krw: int, smart_krw: list[int]) -> NameResearch:
    """A name that starts at 10,000 KRW; `smart_krw` are its last sessions, nothing before."""
    closes = [10_000 + step_krw * day for day in range(60)]
    bars = tuple(
        msgspec.structs.replace(bar, value_krw=10 * B)
        for bar in bars_of(symbol, closes, 1_000_000, DATES)
    )
    flows = flows_of([0] * (60 - len(smart_krw)) + smart_krw, DATES)
    return NameResearch(symbol, sector, bars, flows, 10**12, frozenset())


def market() -> Research:
    """Five names of Alpha (A1-A5), two of Beta; the KOSPI rises by a point a day."""
    names = (
        name("000001", "Alpha", 10, [9 * B, -B, -B, -B, -B] + [B] * 5),  # sold on 4 of 10 days
        name("000002", "Alpha", 20, [2 * B] * 10),
        name("000003", "Alpha", 30, [-B, 4 * B, 4 * B, 4 * B, 4 * B] + [3 * B] * 5),
        name("000004", "Alpha", 40, [4 * B] * 10),
        name("000005", "Alpha", 35, [5 * B] * 10),
        name("000011", "Beta", 25, [B] * 10),
        name("000012", "Beta", -10, [B] * 5 + [-B] * 5),
    )
    return Research(
        TRADE_DATE,
        DATES[-1],
        kospi_of(range(2000, 2060), DATES),
        {one.symbol: one for one in names},
        None,
        DATES,
    )


@pytest.fixture
def artifact() -> Artifact:
    return select(market(), rules(), "cfg")


def test_scenario_12_the_regime(artifact: Artifact) -> None:
    found = {one.name: (one.passed, one.weight, one.value) for one in artifact.regime.components}
    assert found == {
        # 2059 > 2059 - 24.5; 6 of 7 names rise; returns shrink, so no volatility is lower; no FX:
        # .25, .30 and .25 of .80 are what remains.
        "price": (True, 0.3125, 2059.0),
        "breadth": (True, 0.375, 0.857142857),
        "volatility": (True, 0.3125, 0.0),
        "fx": (None, 0.0, None),
    }
    assert artifact.regime.unavailable == ("fx",)
    assert (artifact.regime.tier, artifact.regime.score, artifact.regime.risk_mult) == ("A", 1, 1)


def test_scenario_12_the_sectors(artifact: Artifact) -> None:
    alpha, beta = artifact.sectors
    # Net bought over 20 days: 150 billion in all, 50 billion traded a day; 10 of 20.
    assert (alpha.flow_trend, alpha.breadth, alpha.participation) == (3.0, 1.0, 1.0)
    assert (beta.flow_trend, beta.breadth, beta.participation) == (0.5, 0.5, 0.5)
    # Of two values one lies a deviation above their mean, the other below: .45 + .30 + .25.
    assert (alpha.score, alpha.weight) == (1.0, 1.0)
    assert (beta.score, beta.weight) == (-1.0, 0.8)


def test_scenario_12_the_sieve(artifact: Artifact) -> None:
    # Alpha's intensities are .5, 1, 1.5, 2, 2.5 (5 days over the day's value) and its accelerations
    # .5, 1, 1.5, 2, 2.5 billion: z-scores -√2, -√½, 0, √½, √2 both, so a score is
    # .4 × persistence + .6 × (z / 3 + .5):
    #   .4 × .6 + .0171573 = .2571573;  .4 + .1585786 = .5585786;  .36 + .3 = .66;
    #   .4 + .4414214 = .8414214;  .4 + .5828427 = .9828427
    # Beta has too few peers: z = 0, .4 + .3 = .7, and the market's median .66 to exceed.
    assert [(one.stage, one.reason, one.symbols) for one in artifact.rejects] == [
        ("FLOW", "FLOW_PERSISTENCE", ("000012",)),
        ("FLOW", "SECTOR_MEDIAN", ("000001", "000002", "000003")),
    ]
    assert artifact.reject_counts == {"FLOW": 4}
    flow = {one.symbol: one.flow_score for one in artifact.candidates}
    assert flow == pytest.approx(
        {"000004": 0.8414213562, "000005": 0.9828427125, "000011": 0.7}, abs=1e-9
    )


def test_scenario_12_relative_strength(artifact: Artifact) -> None:
    # Returns: .059 .118 .177 .236 .2065 | .1475 -.059. Alpha has 4 of the 8 peers that count in
    # full, Beta 1: 4 beats all (100); 5 beats 3 of 4 and 5 of 6: (75 + 83.33) / 2; Beta's first
    # beats its one peer and 3 of 6: 100 / 8 + 50 × 7 / 8.
    rs = {one.symbol: one.rs_percentile for one in artifact.candidates}
    assert rs == pytest.approx(
        {"000004": 100.0, "000005": 79.1666666667, "000011": 56.25}, abs=1e-8
    )


@pytest.mark.parametrize(
    ("symbol", "close", "sma50", "avwap", "near", "atr30m"),
    [
        # close = 10,000 + 59 steps, SMA50 34.5 steps, AVWAP of the last ten days 54.5 steps.
        # A day's range is twice a hundredth of the close cut to whole: 2 × 1688, 2 × 1650 and
        # 2 × 1578 in 14 days; over 14 and √13 = 3.605551275.
        ("000004", 12_360, 11_380, 12_180, 0.985221675, 66.880995),
        ("000005", 12_065, 11_207.5, 11_907.5, 0.986773042, 65.375380),
        ("000011", 11_475, 10_862.5, 11_362.5, 0.990099010, 62.522636),
    ],
)
def test_scenario_12_trend_anchor_and_ranges(
    symbol: str,
    close: int,
    sma50: float,
    avwap: float,
    near: float,
    atr30m: float,
    artifact: Artifact,
) -> None:
    one = artifact.candidate(symbol)
    assert one is not None
    assert (one.close_krw, one.sma50_krw, one.avwap_ref_krw) == (close, sma50, avwap)
    assert (one.setup_type, one.anchor_date) == ("FLOW_RUN", DATES[50])
    assert (one.band_lower_krw, one.band_upper_krw) == pytest.approx((avwap * 0.995, avwap * 1.005))
    assert one.acceptance_pass
    assert one.avwap_proximity == pytest.approx(near, abs=1e-9)
    assert one.atr30m_est_krw == pytest.approx(atr30m, abs=1e-6)


def test_scenario_12_the_ranks(artifact: Artifact) -> None:
    # 000005: .4 × 1 + .2 × (22.916667 / 43.75) + .2 × 1.0 + .2 × (.001551367 / .004877335)
    # 000004: .4 × .5 + .2 × 1 + .2 × 1.0 + 0;   000011: 0 + 0 + .2 × .8 + .2 × 1
    ranks = [(one.symbol, round(one.daily_rank, 6)) for one in artifact.candidates]
    assert ranks == [("000005", 0.768377), ("000004", 0.6), ("000011", 0.36)]
    assert [one.recommended_risk for one in artifact.candidates] == [0.0075, 0.005, 0.0035]
    assert artifact.tradable == ("000005",)  # 30 % of three is none: at least one
    assert artifact.active_set == ("000005", "000004", "000011")
    assert artifact.overflow == ()


def test_what_positions_look_up_and_what_strict_switches_would_stop(artifact: Artifact) -> None:
    assert artifact.flow_reversal == {
        "000001": False, "000002": False, "000003": False, "000004": False, "000005": False,
        "000011": False, "000012": True,
    }  # fmt: skip
    assert [msgspec.structs.astuple(one) for one in artifact.would_block] == [
        ("000011", "RS_PERCENTILE", 56.25, 60.0)
    ]


@pytest.mark.parametrize(
    ("strict", "blocked"),
    [
        ({"leader_tier_a_pct": 56.25}, []),
        ({"leader_tier_a_pct": 79.17}, ["000005", "000011"]),
        ({"leader_tier_a_pct": 50, "flow_persistence_min": 1.0}, []),
        ({"leader_tier_a_pct": 50, "allow_tier_c_reduced": False}, []),
    ],
    ids=["a strict threshold reached", "two below it", "persistence reached", "tier A is not C"],
)
def test_the_strict_value_itself_does_not_stop(
    strict: dict[str, object], blocked: list[str]
) -> None:
    found = select(market(), rules({"strict": strict}), "cfg")
    assert [one.symbol for one in found.would_block] == blocked


def test_persistence_below_its_strict_value_is_accounted_for() -> None:
    research = market()
    one = research.names["000005"]
    # The same sums, but sold on one of the ten days: .9 where 0.95 would be asked for.
    flows = flows_of([0] * 50 + [-5 * B, 10 * B, 10 * B, 5 * B, 5 * B] + [5 * B] * 5, DATES)
    names = {**research.names, one.symbol: replace(one, flows=flows)}
    over = {"strict": {"leader_tier_a_pct": 50, "flow_persistence_min": 0.95}}
    found = select(replace(research, names=names), rules(over), "cfg")
    assert [msgspec.structs.astuple(one) for one in found.would_block] == [
        ("000005", "FLOW_PERSISTENCE", 0.9, 0.95)
    ]


def test_scenario_12_a_rerun_gives_the_same_bytes_and_hash(artifact: Artifact) -> None:
    again = select(market(), rules(), "cfg")
    assert to_text(again) == to_text(artifact)
    assert of_text(to_text(artifact), TRADE_DATE, "cfg") == artifact
    other = select(market(), rules({"leader": {"peers_min": 9}}), "cfg")
    assert other.content_hash != artifact.content_hash


def test_an_impulse_newer_than_the_run_is_the_anchor() -> None:
    research = market()
    one = research.names["000005"]
    # Three times the volume of the 20 days before, on the third day from the end, closing high.
    bars = list(one.bars)
    day = bars[57]
    bars[57] = DailyBar(one.symbol, day.date, day.open_krw, day.close_krw, day.close_krw - 300,
                        day.close_krw, 3_000_000, day.value_krw)  # fmt: skip
    names = {**research.names, one.symbol: replace(one, bars=tuple(bars))}
    found = select(replace(research, names=names), rules(), "cfg").candidate("000005")
    assert found is not None
    # Typical price of the day (11995 + 11695 + 11995) / 3 = 11895, three times the shares:
    # (3 × 11895 + 12030 + 12065) / 5 = 11956
    assert (found.setup_type, found.anchor_date) == ("IMPULSE", DATES[57])
    assert found.avwap_ref_krw == 11_956


@pytest.mark.parametrize(
    ("allow", "mult", "tradable", "blocked"),
    [(True, 0.25, 1, ["TIER_C_REDUCED"]), (False, 0.0, 0, [])],
    ids=["reduced", "not traded at all"],
)
def test_tier_c_scales_every_size_or_trades_nothing(
    allow: bool, mult: float, tradable: int, blocked: list[str]
) -> None:
    falling = kospi_of(
        [3000 + (day % 2) for day in range(40)] + [2990 - 40 * day for day in range(20)], DATES
    )
    over = {"switches": {"allow_tier_c_reduced": allow}}
    found = select(replace(market(), kospi=falling), rules(over), "cfg")
    assert (found.regime.tier, found.regime.score, found.regime.risk_mult) == ("C", 0.375, mult)
    assert len(found.tradable) == tradable
    assert [one.symbol for one in found.candidates] == ["000005", "000004"]  # 60 is asked for in C
    risks = [one.recommended_risk for one in found.candidates]
    assert risks == pytest.approx([0.0075 * mult, 0.0035 * mult])  # the second of two is the rest
    assert [one.reason for one in found.would_block] == blocked
