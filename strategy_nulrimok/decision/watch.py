"""Whom Nulrimok looks at: the day's selection, who is exchanged for whom, and who is heard."""

import msgspec

from kis_core.market.instants import MINUTE_NS
from strategy_nulrimok.decision.artifact import (
    Artifact,
    ArtifactError,
    Candidate,
    of_text,
)
from strategy_nulrimok.decision.halves import Usual, profile_spans, usual
from strategy_nulrimok.decision.held import Held
from strategy_nulrimok.decision.rules import Rules
from strategy_nulrimok.decision.setups import Armed, PendingFill, Triggered
from strategy_nulrimok.decision.state import Name, State
from strategy_runtime.contract import (
    AskMinutes,
    AskOwn,
    AskQuote,
    Hear,
    Listen,
    MinutesRead,
    OwnRead,
    QuoteRead,
)
from strategy_runtime.decision.listing import market_of, rejection
from strategy_runtime.decision.outbox import Outbox
from strategy_runtime.decision.questions import MARKET

ARTIFACT = "artifact"
PROFILE = "profile"
STANDING = "standing"
_STAGES = {"UNIVERSE": "admitted", "FLOW": "flow", "LEADER": "leader", "TREND": "trend"}


def ask_artifact(state: State, out: Outbox, rules: Rules) -> None:
    """Ask for the day's selection from its hour on, until it is there."""
    times, now_ns = state.times, state.now_ns
    if state.artifact is not None or not times.artifact_ns <= now_ns < times.close_ns:
        return
    if state.questions.may(ARTIFACT, MARKET, now_ns, rules.artifact):
        out.ask(AskOwn(state.questions.ask(ARTIFACT, MARKET), ARTIFACT, state.day.date))
        state.health.artifact_why = state.health.artifact_why or "asked for, not there yet"


def on_artifact(state: State, read: OwnRead, out: Outbox, rules: Rules) -> None:
    """Take the day's selection; one that must not be traded on is refused and asked for again."""
    if state.artifact is not None:
        return
    try:
        artifact = of_text(read.text, state.day.date, rules.config_hash)
    except ArtifactError as error:
        refused(state, str(error), out, rules)
        return
    state.artifact = artifact
    state.health.artifact_at_ns, state.health.artifact_why = state.now_ns, ""
    regime = artifact.regime
    out.say(
        f"DSE: Regime tier={regime.tier}, score={regime.score:.2f}",
        risk_mult=regime.risk_mult,
        unavailable=regime.unavailable,
    )
    out.say(
        f"DSE: Complete. Tradable={len(artifact.tradable)}, Active={len(artifact.active_set)}",
        overflow=len(artifact.overflow),
        data_as_of=artifact.data_as_of,
        content_hash=artifact.content_hash,
    )
    watch = state.watch
    watch.active, watch.overflow = list(artifact.active_set), list(artifact.overflow)
    watch.tradable = frozenset(artifact.tradable)
    for candidate in artifact.candidates:
        name = state.name(candidate.symbol)
        name.candidate = candidate
        name.trading.sector = state.sectors.get(candidate.symbol, candidate.sector)
        _judge_standing(name, rules)
    _count(state, artifact, out)
    for name in state.held:
        learn(state, name)
    state.listen_stale = True


def refused(state: State, why: str, out: Outbox, rules: Rules) -> None:
    """Note that there is no selection to trade on now."""
    if state.health.artifact_why != why:
        out.warn("DSE: no artifact to trade on, exits go on without it", why=why)
    state.health.artifact_why = why
    state.questions.fail(ARTIFACT, MARKET, why, state.now_ns, rules.artifact)


def learn(state: State, name: Name) -> None:
    """Let a position whose cost basis is not known learn it from the day's selection.

    One that is known moves with each day as long as it counts from the same anchor.
    """
    held, candidate = name.held, name.candidate
    if held is None or candidate is None or candidate.avwap_ref_krw is None:
        return
    if held.avwap_krw is None or held.anchor_date == candidate.anchor_date:
        name.held = basis(candidate, held)


def basis(candidate: Candidate, held: Held) -> Held:
    """Return a history with the candidate's cost basis of today."""
    return msgspec.structs.replace(
        held,
        anchor_date=candidate.anchor_date,
        avwap_krw=candidate.avwap_ref_krw,
        atr_krw=candidate.atr30m_est_krw if held.atr_krw is None else held.atr_krw,
    )


def _count(state: State, artifact: Artifact, out: Outbox) -> None:
    funnel, now_ns = state.funnel, state.now_ns
    passed = list(_STAGES.values())
    for reject in artifact.rejects:
        through = passed[: list(_STAGES).index(reject.stage)]
        for symbol in reject.symbols:
            for stage in through:
                funnel.reach(stage, symbol, now_ns)
            funnel.stop(f"dse {reject.reason}", symbol, now_ns)
    for candidate in artifact.candidates:
        for stage in passed:
            funnel.reach(stage, candidate.symbol, now_ns)
        if candidate.tradable:
            funnel.reach("tradable", candidate.symbol, now_ns)
        else:
            funnel.stop("dse rank", candidate.symbol, now_ns)
    for symbol in artifact.active_set:
        if symbol in state.watch.tradable:
            funnel.reach("active", symbol, now_ns)
    for one in artifact.would_block:
        state.would_block.note(one.reason, one.symbol, one.actual, one.strict, now_ns, out)


# -- histories -----------------------------------------------------------------------------------


def watched(state: State) -> list[Name]:
    """Return whose bars are followed: what is held first, then the tradable, best first."""
    held = state.held
    rest = (state.names[s] for s in state.watch.active if s in state.watch.tradable)
    return [*held, *(name for name in rest if not name.trading.holds)]


def prepare(state: State, out: Outbox, rules: Rules) -> None:
    """Ask for the standing and the usual volumes of those whose bars are followed."""
    questions, now_ns = state.questions, state.now_ns
    for name in watched(state):
        if name.quote is None and questions.may(STANDING, name.symbol, now_ns, rules.ask):
            out.ask(AskQuote(questions.ask(STANDING, name.symbol), name.symbol))
        if name.usual is None and questions.may(PROFILE, name.symbol, now_ns, rules.ask):
            spans = profile_spans(state.day.past, rules.bars)
            out.ask(AskMinutes(questions.ask(PROFILE, name.symbol), name.symbol, spans))


def on_profile(state: State, read: MinutesRead, rules: Rules) -> None:
    """Take past minutes: the usual volumes, and yesterday's closes."""
    name = state.names[read.symbol]
    found = usual(read.symbol, read.days, state.day.past, rules.bars)
    if isinstance(found, Usual):
        # Minutes of before a split compare with none of after it.
        name.usual = Usual({}, (), found.days) if name.split else found
        if name.candidate is not None and name.symbol in state.watch.tradable:
            state.funnel.reach("history", name.symbol, state.now_ns)
    else:
        # A source that could not be read may be read later; days that are not there stay away.
        final = not read.missing
        state.questions.fail(PROFILE, read.symbol, found, state.now_ns, rules.ask, final=final)


def on_standing(state: State, read: QuoteRead, rules: Rules) -> None:
    """Take a symbol's standing."""
    name = state.names[read.quote.symbol]
    name.quote = read.quote
    name.trading.market = market_of(read.quote)
    _judge_standing(name, rules)


def _judge_standing(name: Name, rules: Rules) -> None:
    if name.quote is not None and name.candidate is not None:
        turnover = float(name.candidate.adv_krw)
        name.rejected = rejection(name.symbol, name.quote, turnover, rules.listing)


# -- rotation and listening ----------------------------------------------------------------------


def rotate(state: State, out: Outbox, rules: Rules) -> None:
    """Exchange the last member that nothing depends on for the head of the overflow."""
    watch, every = state.watch, rules.watch.rotate_min * MINUTE_NS
    since = watch.rotated_ns or state.times.open_ns
    if not watch.overflow or state.now_ns - since < every:
        return
    free = [symbol for symbol in watch.active if not protected(state, symbol)]
    watch.rotated_ns = state.now_ns - (state.now_ns - since) % every
    if not free:
        return
    demoted, promoted = free[-1], watch.overflow.pop(0)
    watch.active.remove(demoted)
    watch.active.append(promoted)
    watch.overflow.append(demoted)
    watch.rotations += 1
    state.name(promoted)
    if promoted in watch.tradable:
        state.funnel.reach("active", promoted, state.now_ns)
    state.listen_stale = True
    out.say("Active set rotated", demoted=demoted, promoted=promoted)


def protected(state: State, symbol: str) -> bool:
    """Whether a member of the active set must stay: it is about to act, near its band or held."""
    name = state.names[symbol]
    busy = isinstance(name.setup, Armed | PendingFill | Triggered) or name.trading.engaged
    return busy or name.near


def listen(state: State, out: Outbox, rules: Rules) -> None:
    """Say whom to hear, where that has changed: what is held first, then as near as it is."""
    state.listen_stale = False
    wanted: list[Hear] = []
    ranks = {symbol: rank for rank, symbol in enumerate(state.watch.active)}
    names = {name.symbol: name for name in state.names.values() if name.trading.engaged}
    names |= {symbol: state.names[symbol] for symbol in ranks}
    waiting = {symbol: state.name(symbol) for symbol in state.desk.carried}
    for symbol, name in (names | waiting).items():
        rank = ranks.get(symbol, len(ranks))
        if name.trading.engaged or symbol in waiting:
            wanted.append(Hear(symbol, 0, rank))
        elif isinstance(name.setup, Armed):
            wanted.append(Hear(symbol, 1, rank))
        else:
            wanted.append(Hear(symbol, 2 if name.near else 3, rank))
    wanted.sort(key=lambda hear: (hear.priority, hear.rank, hear.symbol))
    held = sum(hear.priority == 0 for hear in wanted)
    told = Listen(tuple(wanted[: max(held, rules.watch.symbols_max)]), ())
    if told != state.listen:
        state.listen = out.listen = told
