"""Leases have places in the order of their ranks, nobody loses one unnamed, nothing is asked twice.

The last test plays holders, client and server against each other: KIS with fewer places than it
says, answers that come late, lines that are lost in between.
"""

from collections import deque

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kis_core.wire.stream.frames import Ack
from kis_core.wire.stream.leases import Displaced, Granted, Leases, NoPlace, Rank
from kis_core.wire.stream.subscriptions import FULL, LIMIT, Key, Subscriptions

NOTICES: Key = ("H0STCNI0", "trader")


def trade(n: int) -> Key:
    return ("H0STCNT0", f"{n:06d}")


def placed(key: Key, rank: Rank, displaced: Displaced | None = None) -> Granted:
    return Granted(key, rank, placed=True, displaced=displaced)


def test_the_order_is_notices_holdings_candidates_the_rest_and_who_came_first() -> None:
    leases = Leases()
    leases.take(trade(1), "kmp", Rank.REST)
    leases.take(trade(2), "kmp", Rank.CANDIDATE)
    leases.take(trade(3), "kpr", Rank.HOLDING)
    leases.take(trade(4), "kpr", Rank.CANDIDATE)
    leases.take(NOTICES, "oms", Rank.NOTICES)
    assert leases.keys == (NOTICES, trade(3), trade(2), trade(4), trade(1))


def test_a_registration_has_the_best_rank_of_its_holders_and_stands_while_there_is_one() -> None:
    leases = Leases()
    assert leases.take(trade(1), "kmp", Rank.REST) == placed(trade(1), Rank.REST)
    assert leases.take(trade(1), "kpr", Rank.HOLDING) == placed(trade(1), Rank.HOLDING)
    leases.end(trade(1), "kpr")
    assert leases.holders(trade(1)) == {"kmp": Rank.REST}
    leases.end(trade(1), "kpr")  # ended already
    leases.end_all("kmp")
    assert (leases.keys, leases.holders(trade(1))) == ((), {})


def test_the_42nd_is_refused_and_leases_nothing() -> None:
    leases = Leases()
    for n in range(LIMIT):
        assert isinstance(leases.take(trade(n), "kmp", Rank.CANDIDATE), Granted)
    for rank in (Rank.CANDIDATE, Rank.REST):
        assert leases.take(trade(99), "kpr", rank) == NoPlace(trade(99), rank, 41)
    assert (len(leases.keys), leases.holders(trade(99)), leases.waiting) == (41, {}, ())


def test_a_better_rank_takes_the_place_of_the_worst_and_the_answer_says_whose() -> None:
    leases = Leases(limit=3)
    leases.take(trade(1), "kmp", Rank.REST)
    leases.take(trade(2), "kmp", Rank.REST)
    leases.take(trade(2), "kpr", Rank.REST)
    leases.take(trade(3), "kmp", Rank.CANDIDATE)
    lost = Displaced(trade(2), Rank.REST, ("kmp", "kpr"), by=trade(4))
    assert leases.take(trade(4), "kpr", Rank.HOLDING) == placed(trade(4), Rank.HOLDING, lost)
    assert (leases.keys, leases.waiting) == ((trade(4), trade(3), trade(1)), (trade(2),))
    leases.end(trade(3), "kmp")  # a place is free: who waited has it
    assert (leases.keys, leases.waiting) == ((trade(4), trade(1), trade(2)), ())


def test_a_change_of_rank_may_win_a_place_or_lose_ones_own() -> None:
    leases = Leases(limit=2)
    leases.take(trade(1), "kmp", Rank.CANDIDATE)
    leases.take(trade(2), "kmp", Rank.REST)
    leases.take(trade(3), "kmp", Rank.CANDIDATE)
    assert leases.waiting == (trade(2),)
    lost = Displaced(trade(3), Rank.CANDIDATE, ("kmp",), by=trade(2))
    assert leases.take(trade(2), "kmp", Rank.HOLDING) == placed(trade(2), Rank.HOLDING, lost)
    assert leases.take(trade(1), "kmp", Rank.REST) == Granted(trade(1), Rank.REST, placed=False)
    assert leases.keys == (trade(2), trade(3))


def test_a_server_with_three_places_keeps_the_best_and_the_others_wait_for_a_new_line() -> None:
    leases = Leases()
    ranks = (Rank.REST, Rank.CANDIDATE, Rank.HOLDING, Rank.CANDIDATE, Rank.NOTICES)
    for n, rank in enumerate(ranks):
        leases.take(trade(n), "kmp", rank)
    assert [(d.key, d.by) for d in leases.limit_to(3)] == [(trade(0), None), (trade(3), None)]
    assert leases.keys == (trade(4), trade(2), trade(1))
    assert leases.limit_to(3) == ()
    assert leases.take(trade(9), "kmp", Rank.CANDIDATE) == NoPlace(trade(9), Rank.CANDIDATE, 3)
    leases.unlimited()
    assert leases.keys == (trade(4), trade(2), trade(1), trade(3), trade(0))


@pytest.mark.parametrize("rank", Rank)
def test_without_any_place_nobody_gets_one(rank: Rank) -> None:
    assert Leases(limit=0).take(trade(1), "kmp", rank) == NoPlace(trade(1), rank, 0)


# --- the whole of it

OURS = 5  # places the client allows itself
KEYS = st.integers(0, 8).map(trade)
HOLDERS = st.sampled_from(["oms", "kmp", "kpr"])


class Session(RuleBasedStateMachine):
    """Holders take and end leases; asks go to a server that answers when it likes."""

    @initialize(theirs=st.integers(1, 7))
    def opens(self, theirs: int) -> None:
        self.theirs = theirs  # places the server has
        self.leases = Leases(OURS)
        self.subscriptions = Subscriptions(OURS)
        self.held: list[Key] = []  # by the server
        self.line: deque[tuple[bool, Key]] = deque()  # asked, and not answered
        self.registered: list[Key] = []  # on this line, in order
        self.holders: dict[Key, dict[str, Rank]] = {}

    def want(self) -> None:
        self.subscriptions.want(self.leases.keys)

    @rule(key=KEYS, holder=HOLDERS, rank=st.sampled_from(Rank))
    def take(self, key: Key, holder: str, rank: Rank) -> None:
        before = self.leases.keys
        answer = self.leases.take(key, holder, rank)
        after = self.leases.keys
        if isinstance(answer, NoPlace):
            assert before == after
            assert all(min(self.leases.holders(k).values()) <= rank for k in after)
        else:
            self.holders.setdefault(key, {})[holder] = rank
            lost = {answer.displaced.key} if answer.displaced else set()
            assert set(before) - set(after) - {key} == lost
            assert answer.placed == (key in after)
        self.want()

    @rule(key=KEYS, holder=HOLDERS)
    def end(self, key: Key, holder: str) -> None:
        before = self.leases.keys
        self.leases.end(key, holder)
        self.holders.get(key, {}).pop(holder, None)
        assert set(before) - set(self.leases.keys) <= {key}  # nobody else loses by it
        self.want()

    @rule()
    def ask(self) -> None:
        ask = self.subscriptions.next()
        if ask is None:
            return
        out = {key for _, key in self.line}
        assert ask.key not in out, "asked while its answer is out"
        if ask.register:
            assert ask.key not in self.held, "asked for what is held"
            self.registered.append(ask.key)
        else:
            assert ask.key in self.held, "ended what is not held"
        self.line.append((ask.register, ask.key))

    @precondition(lambda self: self.line)
    @rule()
    def answered(self) -> None:
        register, key = self.line.popleft()
        code = "OPSP0000" if register else "OPSP0001"
        if register and len(self.held) >= self.theirs:
            code = FULL
        elif register:
            self.held.append(key)
        else:
            self.held.remove(key)
        self.subscriptions.heard(Ack(*key, code != FULL, code, "", "N", None, None))
        if code == FULL:
            before = self.leases.keys
            told = self.leases.limit_to(self.subscriptions.room)
            assert set(before) - set(self.leases.keys) == {one.key for one in told}
            self.want()

    @rule()
    def lost(self) -> None:
        self.held.clear()
        self.line.clear()
        self.registered.clear()
        self.subscriptions.lost()
        self.leases.unlimited()
        self.want()

    @rule()
    def settles_after_a_loss(self) -> None:
        """A new line, everything answered: what is heard is what was leased, in order."""
        self.lost()
        order = self.leases.keys
        for _ in range(100):
            self.ask()
            while self.line:
                self.answered()
        assert tuple(self.registered[: self.theirs]) == order[: self.theirs]
        assert self.subscriptions.live == self.leases.keys == order[: self.theirs]
        assert set(self.held) == set(self.leases.keys)

    @invariant()
    def the_limit_holds_and_every_lease_has_its_holders(self) -> None:
        assert len(self.leases.keys) <= OURS
        assert len(self.held) + sum(register for register, _ in self.line) <= OURS
        leased = {*self.leases.keys, *self.leases.waiting}
        assert leased == {key for key, by in self.holders.items() if by}
        assert all(self.leases.holders(key) == self.holders[key] for key in leased)
        ranks = [min(self.leases.holders(key).values()) for key in self.leases.keys]
        assert ranks == sorted(ranks)


TestSession = Session.TestCase
TestSession.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
