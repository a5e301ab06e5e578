"""Which registrations the KIS sessions hold: the wants of all readers in, ordered lists out.

Pure. First `decide` says who gets one of all the places there are, then `spread` says on which
session. Laws: never more than the limit on one session; no registration on two; order notices come
first, on the first session; a want of a better priority is never left out for one of a worse; a
registration that somebody still wants is taken away only when something of a strictly better
priority needs its place, and changes its session only when the notices need its place or its own
session has been down for long and another has one to spare. KIS blocks keys that churn.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from kis_core.feed import Kind, Priority, Wants
from kis_core.market.derivatives import CodeError, contract_of
from kis_core.market.events import Market

Key = tuple[str, str]
"""(tr_id, tr_key)"""
Topic = tuple[Kind, Market, str]
"""What one registration tells: prints or books, of which market, of which symbol."""

REGISTRATIONS_MAX = 41  # per session, all TRs and the notices together
TRADE_TR = "H0STCNT0"
BOOK_TR = "H0STASP0"
NXT_TRADE_TR = "H0NXCNT0"
FUTURES_TR, OPTION_TR = "H0IFCNT0", "H0IOCNT0"
TR_OF: Mapping[tuple[Kind, Market], str] = {
    ("trade", "KRX"): TRADE_TR,
    ("trade", "NXT"): "H0NXCNT0",
    ("trade", "UN"): "H0UNCNT0",
    ("book", "KRX"): BOOK_TR,
    ("book", "NXT"): "H0NXASP0",
    ("book", "UN"): "H0UNASP0",
}
_TOLD_BY = {tr_id: about for about, tr_id in TR_OF.items()}
_TOLD_BY |= {FUTURES_TR: ("trade", "KRX"), OPTION_TR: ("trade", "KRX")}
BOOK_TRS = tuple(tr_id for tr_id, (kind, _) in _TOLD_BY.items() if kind == "book")
MARKET_TRS = tuple(_TOLD_BY)
CONTRACT_NOTICES: Mapping[str, str] = {"H0STCNI0": "H0IFCNI0", "H0STCNI9": "H0IFCNI9"}
"""The registration of contracts' order notices beside that of the stocks'."""
NOTICES = -1  # stands before every Priority
OWN = max(Priority) + 1  # ... and behind every one: what the collector wants for its candles


@dataclass(frozen=True, slots=True)
class AskedBy:
    """How much one reader wants a registration; where it wants it twice, the better of the two."""

    reader: str
    priority: int  # NOTICES, OWN, or a Priority
    rank: int


@dataclass(frozen=True, slots=True)
class Claim:
    """What all readers together want of one registration."""

    key: Key
    by: tuple[AskedBy, ...]  # by name, one a reader

    @property
    def best(self) -> tuple[int, int]:
        """The best priority among its readers, and the best rank of those that gave it."""
        return min((each.priority, each.rank) for each in self.by)

    @property
    def priority(self) -> int:
        """NOTICES, OWN, or a Priority; the best among its readers."""
        return self.best[0]

    @property
    def rank(self) -> int:
        """The best among the readers that gave this priority."""
        return self.best[1]

    @property
    def readers(self) -> tuple[str, ...]:
        """Who wants it."""
        return tuple(each.reader for each in self.by)


@dataclass(frozen=True, slots=True)
class Decision:
    """Who got what. `slots` is in the order in which they are to be registered."""

    slots: tuple[Claim, ...]
    left_out: tuple[Claim, ...]  # wanted, and no place
    added: tuple[Key, ...]
    removed: tuple[tuple[Key, str], ...]  # with the reason

    @property
    def keys(self) -> tuple[Key, ...]:
        """The registrations to hold, in order."""
        return tuple(claim.key for claim in self.slots)

    @property
    def last(self) -> Claim | None:
        """The one that got the last place; None: nobody got any."""
        return max(self.slots, key=self._standing, default=None)

    def _standing(self, claim: Claim) -> tuple[int, bool, bool, int, Key]:
        return (claim.priority, claim.key in self.added, *_taste(claim))


def decide(
    wants: Mapping[str, Wants],
    held: Collection[Key],
    notices: Key,
    limit: int = REGISTRATIONS_MAX,
    own: Sequence[Key] = (),
) -> Decision:
    """Share `limit` registrations among the readers, given those held now.

    `notices` is the registration of order notices; it is used when a reader wants them. `own` are
    those the collector itself wants, where nobody else wants the place.
    """
    claims = claims_of(wants, notices)
    claims.extend(Claim(key, (AskedBy("collector", OWN, rank),)) for rank, key in enumerate(own))
    holding = frozenset(held)
    # Among equals the one that is registered stays, whatever its rank: rank is a preference, and a
    # preference is not worth a cut in what is being heard.
    ranked = sorted(
        claims, key=lambda claim: (claim.priority, claim.key not in holding, *_taste(claim))
    )
    kept = sorted(ranked[:limit], key=lambda claim: (claim.priority, *_taste(claim)))
    chosen = {claim.key for claim in kept}
    wanted = {claim.key for claim in claims}
    return Decision(
        slots=tuple(kept),
        left_out=tuple(ranked[limit:]),
        added=tuple(claim.key for claim in kept if claim.key not in holding),
        removed=tuple(
            (key, "a better priority needs it" if key in wanted else "nobody wants it")
            for key in sorted(holding - chosen)
        ),
    )


@dataclass(frozen=True, slots=True)
class Placed:
    """What one session is to hold, in the order in which it is to be registered."""

    session: str
    claims: tuple[Claim, ...]
    moved: Mapping[Key, str]  # came from another session, with the reason

    @property
    def keys(self) -> tuple[Key, ...]:
        """The registrations to hold, in order."""
        return tuple(claim.key for claim in self.claims)


def spread(
    decision: Decision,
    held: Mapping[str, Collection[Key]],
    lost: Collection[str] = (),
    limit: int = REGISTRATIONS_MAX,
) -> tuple[Placed, ...]:
    """Share what was decided among the sessions, whose names are the keys of `held`, in order.

    `held` is what each holds now; `lost` are the sessions that have been down for long. The
    decision must have been made for all their places together.
    """
    names = tuple(held)
    assert len(decision.slots) <= limit * len(names), "decided for more places than there are"
    home = {key: name for name in reversed(names) for key in held[name]}
    on: dict[str, list[Claim]] = {name: [] for name in names}
    moved: dict[str, dict[Key, str]] = {name: {} for name in names}
    homeless: list[Claim] = []
    for claim in decision.slots:  # the most important first
        if claim.priority == NOTICES:
            on[names[0]].append(claim)
        elif claim.key in home and len(on[home[claim.key]]) < limit:
            on[home[claim.key]].append(claim)
        else:
            homeless.append(claim)
    for claim in homeless:
        name = _roomiest(names, on, lost, limit)
        on[name].append(claim)
        if claim.key in home:
            moved[name][claim.key] = f"{home[claim.key]} needs its place"
    for name in (name for name in names if name in lost):
        for claim in tuple(on[name]):
            refuge = _roomiest(names, on, lost, limit)
            if refuge in lost or len(on[refuge]) >= limit or claim.priority == NOTICES:
                continue
            on[name].remove(claim)
            on[refuge].append(claim)
            if claim.key in held[name]:
                moved[refuge][claim.key] = f"{name} has been down for long"
    order = {claim.key: place for place, claim in enumerate(decision.slots)}
    return tuple(
        Placed(name, tuple(sorted(on[name], key=lambda c: order[c.key])), moved[name])
        for name in names
    )


def _roomiest(
    names: Sequence[str], on: Mapping[str, list[Claim]], lost: Collection[str], limit: int
) -> str:
    """Return the session with most room: one that is up where any of these has some."""
    return min(names, key=lambda name: (len(on[name]) >= limit, name in lost, len(on[name])))


def claims_of(wants: Mapping[str, Wants], notices: Key) -> list[Claim]:
    """Return one claim per registration wanted by anyone, with all who want it."""
    found: dict[Key, dict[str, tuple[int, int]]] = {}
    for reader in sorted(wants):
        for key, priority, rank in _asked(wants[reader], notices):
            by = found.setdefault(key, {})
            by[reader] = min(by.get(reader, (priority, rank)), (priority, rank))
    return [
        Claim(key, tuple(AskedBy(reader, *how) for reader, how in by.items()))
        for key, by in found.items()
    ]


def key_of(kind: Kind, symbol: str, venue: Market = "KRX") -> Key:
    """Return the registration of a symbol's prints or books; a contract's are of the day session.

    Six digits are a stock's: the codes of contracts that expired before 2025 look like one.
    """
    if kind == "trade" and not symbol.isdecimal():
        try:
            contract = contract_of(symbol)
        except CodeError:
            return TR_OF[kind, venue], symbol
        if contract.product is not None:
            return OPTION_TR if contract.is_option else FUTURES_TR, symbol
    return TR_OF[kind, venue], symbol


def topic_of(key: Key) -> Topic | None:
    """Return what a registration tells; None of one that is no print's and no book's."""
    about = _TOLD_BY.get(key[0])
    return (*about, key[1]) if about else None


def _asked(wants: Wants, notices: Key) -> list[tuple[Key, int, int]]:
    asked: list[tuple[Key, int, int]] = []
    if wants.notices:
        tr_id, hts_id = notices
        key = (CONTRACT_NOTICES[tr_id], hts_id) if wants.contracts else notices
        asked.append((key, NOTICES, 0))
    asked.extend(
        (key_of(kind, want.symbol, want.venue), int(want.priority), want.rank)
        for want in wants.wants
        for kind in want.kinds
    )
    return asked


def _taste(claim: Claim) -> tuple[bool, int, Key]:
    """Among equals: prints before books, then the reader's rank, then by name to be stable."""
    return (_is_book(claim), claim.rank, claim.key)


def _is_book(claim: Claim) -> bool:
    return claim.key[0] in BOOK_TRS


def why_left_out(decision: Decision) -> dict[Key, str]:
    """Return why each claim that has no place has none, in words for whoever wanted it."""
    last, places = decision.last, len(decision.slots)
    if last is None:
        return {claim.key: "there are no places" for claim in decision.left_out}
    were_held = {key for key, _ in decision.removed}
    lead = (
        f"{places} of {places} places taken by better wants: {_how_much(last)} was the last served"
    )
    kept = last.key not in decision.added
    return {
        claim.key: f"{lead}, this is {_how_much(claim)}"
        + _tie(last, claim, kept=kept and claim.key not in were_held)
        for claim in decision.left_out
    }


def _how_much(claim: Claim) -> str:
    return f"{_named(claim.priority)} rank {claim.rank}"


def _tie(last: Claim, claim: Claim, *, kept: bool) -> str:
    """Say what decided between two of one priority, if it was not the rank: see `decide`."""
    if last.priority != claim.priority:
        return ""
    if kept:
        return " (what is registered stays)"
    if _is_book(claim) != _is_book(last):
        return " (prints before books)"
    return " (by code)" if claim.rank == last.rank else ""


def explain(
    decision: Decision,
    placed: Sequence[Placed] = (),
    denied: Mapping[Key, str] = MappingProxyType({}),
) -> list[dict[str, object]]:
    """Return the decision as rows for the journal: who got what, on which session, and why.

    `denied` are the registrations that KIS did not take, with its words.
    """
    where = {claim.key: each for each in placed for claim in each.claims}
    why_not = why_left_out(decision)
    rows: list[dict[str, object]] = [
        {
            "tr_id": claim.key[0],
            "tr_key": _shown(claim.key),
            "priority": _named(claim.priority),
            "rank": claim.rank,
            "readers": list(claim.readers),
            "by": [
                {"reader": each.reader, "priority": _named(each.priority), "rank": each.rank}
                for each in claim.by
            ],
            "given": given,
            "denied": given and claim.key in denied,
            "why": _why(decision, claim, denied) if given else why_not[claim.key],
            **_place(claim.key, where.get(claim.key)),
        }
        for claim, given in (
            *((claim, True) for claim in decision.slots),
            *((claim, False) for claim in decision.left_out),
        )
    ]
    rows.extend(
        {"tr_id": key[0], "tr_key": _shown(key), "given": False, "why": f"taken away: {why}"}
        for key, why in decision.removed
    )
    return rows


def _place(key: Key, placed: Placed | None) -> dict[str, object]:
    if placed is None:
        return {}
    place: dict[str, object] = {"session": placed.session}
    if key in placed.moved:
        place["moved"] = placed.moved[key]
    return place


def _shown(key: Key) -> str:
    """Notices are registered under the account's HTS id, which is nobody else's business."""
    return key[1] if key[0] in MARKET_TRS else "(notices)"


def _named(priority: int) -> str:
    names = {NOTICES: "NOTICES", OWN: "OWN"}
    return names.get(priority) or Priority(priority).name


def _why(decision: Decision, claim: Claim, denied: Mapping[Key, str]) -> str:
    if claim.key in denied:
        return denied[claim.key]
    return "new" if claim.key in decision.added else "kept"
