"""What must hold for every market: no look-ahead, no order of names, no unit."""

from dataclasses import replace
from random import Random

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from kis_core.market.events import DailyBar
from strategy_nulrimok.decision.artifact import Artifact, to_text
from strategy_nulrimok.decision.research import FlowDay, FxDay, NameResearch, Research
from strategy_nulrimok.decision.select import select
from tests.strategy_nulrimok.decision.worlds import bars_of, kospi_of, rules, sessions

DATES = sessions(70)
LATER = ("2025-07-01", "2025-07-02", "2025-07-03")
RULES = rules({"switches": {"leader_tier_a_pct": 20, "leader_tier_b_pct": 20}})


def market(seed: int) -> Research:
    """Eighteen names of four sectors that wander; their history is whole."""
    dice = Random(seed)
    names = {}
    for i in range(18):
        symbol = f"{i * 10:06d}"
        closes, close = [], dice.randrange(5_000, 300_000)
        for _ in DATES:
            close = max(1_000, close + dice.randrange(-close // 50, close // 35))
            closes.append(close)
        shares = [dice.randrange(500_000, 4_000_000) for _ in DATES]
        bars = tuple(
            msgspec.structs.replace(bar, value_krw=(bar.value_krw or 0) * 20)
            for bar in bars_of(symbol, closes, shares, DATES)
        )
        flows = tuple(
            FlowDay(day, dice.randrange(-(10**9), 2 * 10**9), dice.randrange(-(10**9), 10**9))
            for day in DATES
        )
        sector = dice.choice(("Alpha", "Beta", "Gamma", "Delta"))
        names[symbol] = NameResearch(symbol, sector, bars, flows, 10**12, frozenset())
    levels = [2_000 + dice.random() * 100 + day for day in range(len(DATES))]
    fx = tuple(FxDay(day, 1_300 + dice.random() * 50) for day in DATES)
    return Research("2025-07-01", DATES[-1], kospi_of(levels, DATES), names, fx, DATES)


def order(artifact: Artifact) -> tuple[object, ...]:
    """What trading goes by, without the prices themselves."""
    ranks = [(one.symbol, one.tradable, one.recommended_risk) for one in artifact.candidates]
    return ranks, artifact.tradable, artifact.rejects, artifact.regime


seeds = st.integers(0, 2**32)


@settings(max_examples=25, deadline=None)
@given(seeds, st.integers(1, 10**7), st.sampled_from(LATER))
def test_scenario_13_nothing_dated_on_or_after_the_trade_date_matters(
    seed: int, price: int, day: str
) -> None:
    research = market(seed)
    names = {
        symbol: replace(
            name,
            bars=(*name.bars, DailyBar(symbol, day, price, price, price, price, 10**9, 10**15)),
            flows=(*name.flows, FlowDay(day, -(10**13), None)),
        )
        for symbol, name in research.names.items()
    }
    assert research.fx is not None
    tainted = replace(
        research,
        data_as_of=day,
        kospi=(*research.kospi, *kospi_of([price], [day])),
        names=names,
        fx=(*research.fx, FxDay(day, float(price))),
        calendar=(*research.calendar, *(later for later in LATER if later <= day)),
    )
    assert to_text(select(tainted, RULES, "cfg")) == to_text(select(research, RULES, "cfg"))


@settings(max_examples=25, deadline=None)
@given(seeds, st.randoms(use_true_random=False))
def test_the_order_of_names_changes_nothing(seed: int, dice: Random) -> None:
    research = market(seed)
    symbols = list(research.names)
    dice.shuffle(symbols)
    shuffled = replace(research, names={symbol: research.names[symbol] for symbol in symbols})
    assert to_text(select(shuffled, RULES, "cfg")) == to_text(select(research, RULES, "cfg"))


@settings(max_examples=25, deadline=None)
@given(seeds, st.integers(2, 1000))
def test_flows_and_values_traded_have_no_unit(seed: int, k: int) -> None:
    research = market(seed)
    names = {
        symbol: replace(
            name,
            bars=tuple(
                msgspec.structs.replace(bar, value_krw=(bar.value_krw or 0) * k)
                for bar in name.bars
            ),
            flows=tuple(
                FlowDay(day.date, (day.foreign_krw or 0) * k, (day.institution_krw or 0) * k)
                for day in name.flows
            ),
        )
        for symbol, name in research.names.items()
    }
    scaled = select(replace(research, names=names), RULES, "cfg")
    assert order(scaled) == order(select(research, RULES, "cfg"))


@settings(max_examples=25, deadline=None)
@given(seeds, st.integers(2, 50))
def test_prices_have_no_unit(seed: int, k: int) -> None:
    research = market(seed)
    names = {
        symbol: replace(
            name,
            bars=tuple(
                DailyBar(symbol, bar.date, bar.open_krw * k, bar.high_krw * k, bar.low_krw * k,
                         bar.close_krw * k, bar.volume, bar.value_krw)
                for bar in name.bars
            ),
        )
        for symbol, name in research.names.items()
    }  # fmt: skip
    plain, scaled = (
        select(research, RULES, "cfg"),
        select(replace(research, names=names), RULES, ""),
    )
    assert order(scaled) == order(plain)
    for one, other in zip(plain.candidates, scaled.candidates, strict=True):
        assert one.daily_rank == other.daily_rank
        assert other.close_krw == one.close_krw * k


def test_these_markets_have_candidates_to_be_wrong_about() -> None:
    counts = [len(select(market(seed), RULES, "cfg").candidates) for seed in range(20)]
    assert min(counts) >= 1
    assert max(counts) >= 5
