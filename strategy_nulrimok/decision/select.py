"""The daily selection: research of a trade date in, an artifact out. Pure, and blind to the date
itself: whatever is dated on or after it is cut before anything else is done.

Stages, and a symbol falls at the first it fails: admission, flow, leader, trend. What is left are
the candidates; they are anchored and ranked.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import pairwise

import msgspec

from strategy_nulrimok.decision import flows as flow_stage
from strategy_nulrimok.decision import leaders
from strategy_nulrimok.decision.admission import admitted
from strategy_nulrimok.decision.anchor import anchored, atr30m_krw, proximity
from strategy_nulrimok.decision.artifact import (
    SCHEMA_VERSION,
    Artifact,
    Candidate,
    Regime,
    Rejects,
    SectorRank,
    Stage,
    WouldBlock,
    sealed,
)
from strategy_nulrimok.decision.dse_rules import DseRules
from strategy_nulrimok.decision.panel import Floats, Panel, panel, rounded
from strategy_nulrimok.decision.ranking import Standing, ranked
from strategy_nulrimok.decision.regime import regime
from strategy_nulrimok.decision.research import NameResearch, Research
from strategy_nulrimok.decision.sector_weights import sector_ranks
from strategy_nulrimok.decision.trend import Trend, sma_krw, trends


class ResearchError(ValueError):
    """Research that nothing can be selected from."""


def select(research: Research, rules: DseRules, config_hash: str) -> Artifact:
    """Return the artifact of the research's trade date under rules known as `config_hash`.

    Raises ResearchError where the calendar does not reach back far enough; whatever else is
    missing or damaged costs the symbol, the component or the day's entries, and is said.
    """
    known = before(research, rules)
    names = tuple(known.names[symbol] for symbol in sorted(known.names))
    adv_krw, refused = admitted(names, known.calendar, rules.admission)
    rows = [name for name in names if name.symbol in adv_krw]
    side = panel(rows, [adv_krw[name.symbol] for name in rows], known.calendar, rules.bars_wanted)
    today = regime(known.kospi, side, known.fx, rules.regime, rules.switches.allow_tier_c_reduced)
    found = flow_stage.flows(side, rules.flow)
    sectors = sector_ranks(
        side, found.persistence, rules.switches.flow_persistence_min, rules.sector
    )
    percentiles = leaders.rs_percentiles(side, rules.leader)
    passed, rejects = _sifted(side, found, percentiles, today, rules)
    candidates = _candidates(passed, side, found, percentiles, sectors, today, rules)
    symbols = tuple(one.symbol for one in candidates)
    last_two = (known.calendar[-2], known.calendar[-1])
    return sealed(
        Artifact(
            SCHEMA_VERSION,
            config_hash,
            known.trade_date,
            known.data_as_of,
            today,
            sectors,
            candidates,
            tuple(one.symbol for one in candidates if one.tradable),
            symbols[: rules.ranking.active_max],
            symbols[rules.ranking.active_max :],
            {name.symbol: flow_stage.reversal(name, last_two) for name in names},
            (*_rejects("UNIVERSE", refused), *rejects),
            _would_block(candidates, today, rules),
        )
    )


def before(research: Research, rules: DseRules) -> Research:
    """Return the research without whatever is dated on or after its trade date."""
    day = research.trade_date
    calendar = tuple(session for session in research.calendar if session < day)
    needed = rules.sessions_needed
    if len(calendar) < needed:
        says = f"calendar: {len(calendar)} sessions before {day}, {needed} needed"
        raise ResearchError(f"research of {day}: {says}")
    if any(late <= early for early, late in pairwise(calendar)):
        raise ResearchError(f"research of {day}: the calendar does not ascend")
    names = {symbol: _name_before(name, day) for symbol, name in research.names.items()}
    kospi = tuple(row for row in research.kospi if row.date < day)
    fx = None if research.fx is None else tuple(row for row in research.fx if row.date < day)
    # Dollars are traded on days on which shares are not: they date nothing.
    newest = max(
        (
            *(row.date for row in kospi[-1:]),
            *(name.bars[-1].date for name in names.values() if name.bars),
            *(name.flows[-1].date for name in names.values() if name.flows),
        ),
        default="",
    )
    return replace(
        research,
        data_as_of=newest,
        kospi=kospi,
        names=names,
        fx=fx,
        calendar=calendar[-needed:],
    )


def _name_before(name: NameResearch, day: str) -> NameResearch:
    return replace(
        name,
        bars=tuple(bar for bar in name.bars if bar.date < day),
        flows=tuple(flow for flow in name.flows if flow.date < day),
    )


def _sifted(
    side: Panel,
    found: flow_stage.Flows,
    percentiles: Floats,
    today: Regime,
    rules: DseRules,
) -> tuple[list[int], list[Rejects]]:
    """Return the rows that pass flow, leader and trend, and who fell where."""
    threshold = leaders.threshold_pct(today.tier, rules.switches)
    trend = trends(side, rules.trend)
    fell: dict[Stage, dict[str, str]] = {"FLOW": {}, "LEADER": {}, "TREND": {}}
    passed = []
    for row, symbol in enumerate(side.symbols):
        flow = flow_stage.verdict(found, row, rules.switches.flow_persistence_min)
        leader = leaders.verdict(float(percentiles[row]), threshold)
        if flow is not None:
            fell["FLOW"][symbol] = flow
        elif leader is not None:
            fell["LEADER"][symbol] = leader
        elif trend[row] is not Trend.PASSES:
            fell["TREND"][symbol] = trend[row].value
        else:
            passed.append(row)
    return passed, [one for stage, reasons in fell.items() for one in _rejects(stage, reasons)]


def _candidates(
    passed: Iterable[int],
    side: Panel,
    found: flow_stage.Flows,
    percentiles: Floats,
    sectors: Iterable[SectorRank],
    today: Regime,
    rules: DseRules,
) -> tuple[Candidate, ...]:
    """Return the candidates, anchored and ranked, best first."""
    weights = {one.sector: one.weight for one in sectors}
    ones = {
        side.symbols[row]: _candidate(row, side, found, percentiles, weights, today, rules)
        for row in passed
    }
    standings = [
        Standing(
            one.symbol,
            one.flow_score,
            one.rs_percentile,
            one.sector_rank_weight,
            one.avwap_proximity,
        )
        for one in ones.values()
    ]
    return tuple(
        msgspec.structs.replace(
            ones[place.symbol],
            daily_rank=place.daily_rank,
            base_risk=place.base_risk,
            recommended_risk=rounded(place.base_risk * today.risk_mult),
            tradable=place.tradable and today.risk_mult > 0,
        )
        for place in ranked(standings, today.tier, rules.ranking)
    )


def _candidate(
    row: int,
    side: Panel,
    found: flow_stage.Flows,
    percentiles: Floats,
    weights: Mapping[str, float],
    today: Regime,
    rules: DseRules,
) -> Candidate:
    """Return a candidate as it stands before it is ranked."""
    name = side.names[row]
    close = int(side.closes_krw[row, -1])
    anchor = anchored(name.bars, side.smart_krw[row].tolist(), side.sessions, rules.anchor)
    avwap = None if anchor is None else anchor.avwap_krw
    atr = atr30m_krw(name.bars, rules.anchor)
    return Candidate(
        symbol=name.symbol,
        sector=name.sector,
        regime_tier=today.tier,
        regime_score=today.score,
        risk_multiplier=today.risk_mult,
        sector_rank_weight=weights[name.sector],
        flow_score=rounded(found.score[row]),
        flow_persistence=rounded(found.persistence[row]),
        flow_pass=True,
        rs_percentile=rounded(percentiles[row]),
        leader_pass=True,
        trend_pass=True,
        close_krw=close,
        sma50_krw=rounded(sma_krw(side, row, rules.trend.sma_days)),
        adv_krw=int(side.adv_krw[row]),
        setup_type=None if anchor is None else anchor.kind,
        anchor_date=None if anchor is None else anchor.date,
        avwap_ref_krw=None if avwap is None else rounded(avwap),
        band_lower_krw=None if avwap is None else rounded(avwap * (1 - rules.anchor.band)),
        band_upper_krw=None if avwap is None else rounded(avwap * (1 + rules.anchor.band)),
        acceptance_pass=anchor is not None and anchor.accepted,
        avwap_proximity=None if avwap is None else rounded(proximity(close, avwap)),
        daily_rank=0.0,
        tradable=False,
        base_risk=0.0,
        recommended_risk=0.0,
        atr30m_est_krw=None if atr is None else rounded(atr),
    )


def _would_block(
    candidates: Iterable[Candidate], today: Regime, rules: DseRules
) -> tuple[WouldBlock, ...]:
    """Return what the strict switches would have stopped: symbols in rank order, by reason."""
    strict = rules.strict
    threshold = leaders.threshold_pct(today.tier, strict)
    reduced = today.tier == "C" and today.risk_mult > 0 and not strict.allow_tier_c_reduced
    found = []
    for one in candidates:
        if reduced and one.tradable:
            found.append(WouldBlock(one.symbol, "TIER_C_REDUCED", today.risk_mult, 0.0))
        if one.rs_percentile < threshold:
            found.append(WouldBlock(one.symbol, "RS_PERCENTILE", one.rs_percentile, threshold))
        if one.flow_persistence < strict.flow_persistence_min:
            found.append(
                WouldBlock(
                    one.symbol,
                    "FLOW_PERSISTENCE",
                    one.flow_persistence,
                    strict.flow_persistence_min,
                )
            )
    return tuple(found)


def _rejects(stage: Stage, reasons: Mapping[str, str]) -> tuple[Rejects, ...]:
    by_reason: dict[str, list[str]] = {}
    for symbol in sorted(reasons):
        by_reason.setdefault(reasons[symbol], []).append(symbol)
    return tuple(
        Rejects(stage, reason, len(by_reason[reason]), tuple(by_reason[reason]))
        for reason in sorted(by_reason)
    )
