"""What the OMS tells, in the orders in which it goes wrong: one story to a fault."""

from dataclasses import replace
from typing import Any

import pytest

from kis_core.clock import kst
from kis_core.market.instants import SECOND_NS
from oms_client.contract import (
    AccountChanged,
    AccountView,
    CancelOrders,
    Enter,
    Exit,
    Flatten,
    Intent,
    IntentStatus,
    ModifyRisk,
    OrderState,
    Reduce,
    Urgency,
)
from strategy_runtime.contract import Entered, IntentUnanswered, OmsLine, Reduced, RoundTrip, Said
from strategy_runtime.decision import asking
from strategy_runtime.decision.desk import Desk
from strategy_runtime.decision.hearing import hear
from strategy_runtime.decision.outbox import Outbox
from strategy_runtime.decision.position import Position
from strategy_runtime.decision.shape import TradeRules
from strategy_runtime.decision.trading import (
    Closed,
    Entering,
    EntryApproved,
    EntryDeferred,
    EntryMissed,
    EntryRefused,
    ExitFailed,
    Flat,
    InPosition,
    Opened,
    PartSold,
    PendingExit,
    Rescaled,
    Resumed,
    Signal,
    Trading,
)
from tests.strategy_runtime.decision.naive import (
    BEGAN_NS,
    STRATEGY,
    SYMBOL,
    NaiveOms,
    account,
    result,
)

RULES = TradeRules(
    commission_ppm=140, entry_retry_s=5, exit_retry_s=2, exit_alert_s=60, unprotected_stop=0.012
)
CARRIED = Position(
    trip_id="TOY:005930:2025-09-02:1", shares=10, bought=10, entry_krw=10_000.0, stop_krw=9_800,
    cost_ratio=0.0018, entered_ns=BEGAN_NS - 86_400 * SECOND_NS, entry_reason="toy", setup="toy",
    best_krw=10_100.0, worst_krw=9_950.0, trail_krw=9_800.0, guard_krw=9_850, costs_krw=14,
    exit_reason="yesterday's",
)  # fmt: skip


class Day:
    """A desk, an OMS, and what came of it."""

    def __init__(self, held: Position | None = None) -> None:
        self.oms = NaiveOms()
        self.trading = Trading(SYMBOL, "Semiconductors")
        carried = {} if held is None else {SYMBOL: held}
        self.desk = Desk(STRATEGY, "2025-09-03", RULES, {SYMBOL: self.trading}, carried)
        self.now_ns = BEGAN_NS
        self.news: list[Any] = []
        self.notes: list[Any] = []
        self.intents: list[Intent] = []

    def turn(self, out: Outbox) -> None:
        self.notes += out.notes
        self.intents += out.intents
        self.oms.asked += out.intents

    def hear(self, *events: Any) -> "Day":
        for event in events:
            out = Outbox()
            self.news += [news for _, news in hear(self.desk, event, self.now_ns, out)]
            self.turn(out)
        return self

    def books(self) -> "Day":
        return self.hear(self.oms.books())

    def stream(self) -> "Day":
        while self.oms.stream:
            self.hear(self.oms.stream.pop(0))
        return self

    def enter(self, shares: int = 10) -> "Day":
        out = Outbox()
        signal = Signal("toy", "toy", self.now_ns, 10_000, 9_900, shares)
        asking.enter(
            self.desk, self.trading, signal, self.now_ns, out, limit_krw=10_100,
            expires_ns=None, urgency=Urgency.HIGH,
        )  # fmt: skip
        self.turn(out)
        return self

    def held(self, shares: int = 10) -> "Day":
        self.books().enter(shares)
        self.oms.decide(IntentStatus.APPROVED, None)
        self.oms.fill(self.oms.orders[0], shares, 10_000)
        return self.stream()

    def leave(self) -> "Day":
        out = Outbox()
        asking.leave(self.desk, self.trading, "toy_exit", self.now_ns, out)
        self.turn(out)
        return self

    def part(self, shares: int) -> "Day":
        out = Outbox()
        asking.sell_part(self.desk, self.trading, shares, "toy_part", self.now_ns, out)
        self.turn(out)
        return self

    def decided(
        self, status: IntentStatus = IntentStatus.APPROVED, scaled: int | None = None
    ) -> "Day":
        self.oms.decide(status, scaled)
        return self

    def unanswered(self, *, final: bool) -> "Day":
        intent_id = self.oms.drop() if final else self.oms.asked[0].intent_id
        return self.hear(
            IntentUnanswered(
                at=kst(self.now_ns), intent_id=intent_id, symbol=SYMBOL, why="away", final=final
            )
        )

    @property
    def standing(self) -> Any:
        return self.trading.standing

    @property
    def last(self) -> Any:
        return self.news[-1]

    def noted(self, shape: type) -> list[Any]:
        return [note for note in self.notes if isinstance(note, shape)]

    def says(self, text: str) -> bool:
        return any(isinstance(note, Said) and text in note.text for note in self.notes)


# -- entries ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "news"),
    [
        (IntentStatus.DEFERRED, EntryDeferred),
        (IntentStatus.REFUSED, EntryRefused),
        (IntentStatus.DONE, EntryRefused),
    ],
)
def test_a_decision_told_twice_is_one(status: IntentStatus, news: type) -> None:
    day = Day().books().enter().decided(status).stream()
    assert [type(each) for each in day.news] == [news]
    day.hear(*day.oms.answers)
    assert len(day.news) == 1
    assert day.standing == Flat()
    assert day.trading.signal is None
    day.enter()
    assert day.intents[-1].intent_id == "toy-005930-20250903-entry-2"


def test_a_deferred_entry_rests_as_long_as_the_oms_says() -> None:
    day = Day().books().enter()
    told = result(day.intents[0].intent_id, IntentStatus.DEFERRED, day.now_ns)
    day.decided(IntentStatus.DEFERRED)
    later = told.model_copy(update={"retry_at": kst(day.now_ns + 90 * SECOND_NS)})
    day.hear(day.oms.answers[0].model_copy(update={"result": later}))
    assert day.last.retry_ns == day.now_ns + 90 * SECOND_NS


def test_an_approval_told_twice_is_news_once_and_may_be_of_fewer_shares() -> None:
    day = Day().books().enter().decided(scaled=4).stream()
    day.hear(*day.oms.answers)
    assert day.news == [EntryApproved(day.trading.signal, 4)]
    assert day.says("Entry scaled by the OMS")


def test_a_fill_before_its_answer_is_a_position_all_the_same() -> None:
    day = Day().books().enter().decided()
    answer = day.oms.answers[0]
    day.oms.stream.clear()  # the decision is told by the answer alone, and late
    day.oms.fill(day.oms.orders[0], 10, 10_000)
    day.stream().hear(answer)
    assert [type(each) for each in day.news] == [Opened]
    assert isinstance(day.standing, InPosition)
    (entered,) = day.noted(Entered)
    assert dict(entered.latency_ms)["answered"] is None


@pytest.mark.parametrize("state", [OrderState.CANCELLED, OrderState.EXPIRED])
def test_an_order_that_ends_unfilled_is_a_missed_entry(state: OrderState) -> None:
    day = Day().books().enter().decided()
    day.oms.close(day.oms.orders[0], state)
    day.stream()
    assert isinstance(day.last, EntryMissed)
    assert (day.standing, day.trading.missed, day.trading.signal) == (Flat(), 1, None)


def test_an_order_the_broker_rejects_is_a_refusal() -> None:
    day = Day().books().enter().decided()
    day.oms.close(day.oms.orders[0], OrderState.REJECTED)
    assert isinstance(day.stream().last, EntryRefused)


def given_up(day: Day) -> Day:
    out = Outbox()
    asking.cancel_entry(day.desk, day.trading, "expired", out)
    asking.give_up_entry(day.trading)
    day.turn(out)
    return day


def test_a_fill_after_an_entry_was_given_up_is_its_position() -> None:
    day = given_up(Day().books().enter().decided())
    assert day.desk.sector_count("Semiconductors") == 0  # its place is free
    assert day.trading.engaged  # and it is not over
    day.oms.fill(day.oms.orders[0], 4, 10_010)
    day.stream()
    assert not day.last.adopted
    assert day.last.position.entry_reason == "toy"
    day.decided().stream()  # the cancel gets the rest
    assert not day.trading.entries_open
    assert isinstance(day.standing, InPosition)


def test_a_late_fill_told_before_its_shares_is_still_explained_by_its_entry() -> None:
    day = given_up(Day().books().enter().decided().stream())
    day.oms.fill(day.oms.orders[0], 10, 10_000)
    filled, allocated, closed = day.oms.stream
    day.hear(filled, closed, allocated)
    assert not day.last.adopted


@pytest.mark.parametrize("final", [True, False])
def test_an_entry_given_up_and_never_arrived_frees_the_way_for_the_next(final: bool) -> None:
    day = Day().books().enter()
    given_up(day)
    if final:
        day.unanswered(final=True)
    else:
        day.unanswered(final=False)
        assert day.trading.entries_open
        day.decided(IntentStatus.REFUSED).stream()
    assert not day.trading.entries_open
    assert not day.news
    day.enter()


def test_an_answer_that_is_late_is_no_refusal() -> None:
    day = Day().books().enter().unanswered(final=False)
    assert isinstance(day.standing, Entering)
    assert not day.news


def test_what_comes_yet_of_an_entry_after_its_position_ended_is_another_position() -> None:
    day = Day().books().enter().decided()
    day.oms.fill(day.oms.orders[0], 4, 10_000)
    day.stream()
    day.oms.correct(0, 0)
    day.stream()
    day.oms.fill(day.oms.orders[0], 6, 10_000)
    day.stream()
    names = [note.trip_id for note in day.noted(Entered)]
    assert names == [f"TOY:005930:2025-09-03:{n}" for n in (1, 2)]
    assert [note.adopted for note in day.noted(Entered)] == [False, False]
    assert day.trading.position is not None
    assert (day.trading.position.bought, day.trading.position.entry_krw) == (6, 10_000)


@pytest.mark.parametrize("asked", [True, False], ids=["of ours", "of nobody"])
def test_shares_without_a_stop_are_given_one(asked: bool) -> None:
    day = Day().books()
    if asked:
        day.enter().decided().stream()
    day.oms.correct(10, 10_000)
    day.stream()
    moved = day.intents[-1]
    assert isinstance(moved, ModifyRisk)
    assert moved.stop_krw == (9_900 if asked else 9_880)
    assert day.trading.position is not None
    assert day.trading.position.guard_krw == day.trading.position.stop_krw == moved.stop_krw


def test_later_fills_make_the_average_and_the_costs() -> None:
    day = Day().books().enter().decided()
    order = day.oms.orders[0]
    for price in (10_000, 10_100):
        day.oms.fill(order, 5, price)
    day.stream().leave().decided()
    day.oms.fill(day.oms.orders[0], 10, 10_200)
    day.stream()
    (trip,) = day.noted(RoundTrip)
    assert (trip.shares, trip.entry_krw, trip.exit_krw) == (10, 10_050, 10_200)
    assert trip.costs_krw == 7 + 7 + 14 + 153
    assert trip.realised_krw == 10 * 150 - trip.costs_krw
    assert trip.r_net == round(trip.realised_krw / 1_500, 3)
    assert day.desk.trips == [trip]
    assert isinstance(day.last, Closed)


# -- exits -----------------------------------------------------------------------------------------


def test_exits_that_fail_are_asked_for_again_at_ever_longer_pauses() -> None:
    day, pauses = Day().held(), []
    for _ in range(7):
        day.leave().decided(IntentStatus.REFUSED).stream()
        assert isinstance(day.last, ExitFailed)
        pauses.append((day.standing.retry_ns - day.now_ns) // SECOND_NS)
        day.now_ns = day.standing.retry_ns
    assert pauses == [2, 4, 8, 16, 32, 60, 60]
    names = [intent.intent_id for intent in day.intents if isinstance(intent, Exit)]
    assert len(set(names)) == 7


def test_an_exit_that_never_arrived_is_asked_for_again() -> None:
    day = Day().held().leave().unanswered(final=False)
    assert isinstance(day.standing, PendingExit)
    day.unanswered(final=True)
    assert isinstance(day.last, ExitFailed)


def test_the_end_of_an_earlier_exit_s_order_says_nothing_of_this_one() -> None:
    day = Day().held().leave().decided()
    first = day.oms.orders[0]
    day.oms.stream.clear()
    day.hear(
        IntentUnanswered(
            at=kst(day.now_ns), intent_id=first.intent_id or "", symbol=SYMBOL, why="x", final=True
        )
    )
    day.now_ns = day.standing.retry_ns
    day.leave()
    working = day.standing
    day.oms.close(first, OrderState.CANCELLED)
    assert day.stream().standing == working


def test_working_buys_are_cancelled_before_an_exit_and_a_flatten_does_it_itself() -> None:
    for flatten, kinds in ((False, [CancelOrders, Exit]), (True, [Flatten])):
        day = Day().books().enter().decided()
        day.oms.fill(day.oms.orders[0], 4, 10_000)
        day.stream()
        out = Outbox()
        asking.leave(day.desk, day.trading, "why", day.now_ns, out, flatten=flatten)
        assert [type(intent) for intent in out.intents] == kinds


def test_the_oms_s_stop_takes_over_from_an_exit() -> None:
    day = Day().held().part(4).decided().stream()
    part = day.oms.orders[0]
    day.oms.fire(9_880)
    day.stream()
    assert isinstance(day.standing, PendingExit)
    assert (day.standing.intent_id, day.standing.left) == (None, 0)
    day.oms.close(part, OrderState.CANCELLED)
    assert isinstance(day.stream().standing, PendingExit)  # the stop goes on
    day.oms.fill(day.oms.orders[0], 6, 9_880)
    day.oms.pursue()
    day.oms.fill(day.oms.orders[0], 4, 9_880)
    day.stream()
    (trip,) = day.noted(RoundTrip)
    assert trip.exit_reason == "oms_stop"


def test_a_long_exit_is_shouted_about_by_and_by() -> None:
    day = Day().held().leave()
    for _ in range(180):
        day.now_ns += SECOND_NS
        out = Outbox()
        asking.mind_exit(day.desk, day.trading, day.now_ns, out)
        day.turn(out)
    assert sum(isinstance(n, Said) and "outlives" in n.text for n in day.notes) == 3


def test_a_stop_is_only_ever_raised() -> None:
    day = Day().held()
    for stop in (9_900, 9_890, 9_950, 9_950, 9_940):
        out = Outbox()
        asking.move_stop(day.desk, day.trading, stop, "trail", out)
        day.turn(out)
    assert [i.stop_krw for i in day.intents if isinstance(i, ModifyRisk)] == [9_950]
    assert day.trading.position is not None
    assert day.trading.position.stop_krw == 9_900  # what R is measured by


# -- parts -----------------------------------------------------------------------------------------


def test_a_part_sold_in_pieces_is_told_once_and_whole() -> None:
    day = Day().held().part(5).decided()
    for shares in (2, 3):
        day.oms.fill(day.oms.orders[0], shares, 10_100)
    day.stream()
    assert (type(day.last), day.last.shares) == (PartSold, 5)
    (note,) = day.noted(Reduced)
    assert (note.shares, note.left, note.reason) == (5, 5, "toy_part")
    assert isinstance(day.standing, InPosition)


@pytest.mark.parametrize("late", [False, True], ids=["answered first", "filled first"])
def test_a_part_that_the_oms_scales_does_not_wait_for_the_rest(late: bool) -> None:
    day = Day().held().part(5).decided(scaled=3)
    decided = day.oms.stream.pop(0)
    day.oms.fill(day.oms.orders[0], 3, 10_100)
    if late:
        day.stream().hear(decided)
    else:
        day.hear(decided).stream()
    assert (type(day.last), day.last.shares) == (PartSold, 3)
    assert isinstance(day.standing, InPosition)


def test_a_scaled_part_whose_end_is_told_before_its_shares_is_over_too() -> None:
    day = Day().held().part(5).decided(scaled=3).stream()
    day.oms.fill(day.oms.orders[0], 3, 10_100)
    filled, allocated, closed = day.oms.stream
    day.hear(filled, closed, allocated)
    assert (type(day.last), day.last.shares) == (PartSold, 3)
    assert isinstance(day.standing, InPosition)


def test_a_part_is_over_with_its_order_though_more_was_bought_meanwhile() -> None:
    day = Day().books().enter(20).decided()
    buy = day.oms.orders[0]
    day.oms.fill(buy, 10, 10_000)
    day.stream().part(5).decided()
    sell = day.oms.orders[1]
    day.oms.fill(sell, 2, 10_100)
    day.oms.fill(buy, 1, 10_000)
    day.oms.fill(sell, 3, 10_100)
    day.stream()
    assert (type(day.last), day.last.shares) == (PartSold, 5)
    assert (day.trading.position and day.trading.position.shares) == 6


def test_shares_an_operator_adds_count_into_the_risk() -> None:
    day = Day().held()
    day.oms.correct(15, 10_000)
    day.stream()
    assert (day.trading.position and day.trading.position.bought) == 15


def test_a_part_that_ends_short_says_what_was_sold() -> None:
    day = Day().held().part(5).decided()
    day.oms.fill(day.oms.orders[0], 2, 10_100)
    day.oms.close(day.oms.orders[0], OrderState.CANCELLED)
    day.stream()
    assert isinstance(day.last, ExitFailed)
    assert [(note.shares, note.left) for note in day.noted(Reduced)] == [(2, 8)]


def test_a_part_is_less_than_all() -> None:
    with pytest.raises(AssertionError, match="10 of 10 shares"):
        Day().held().part(10)
    with pytest.raises(AssertionError, match="Flat"):
        Day().books().part(1)
    assert not any(isinstance(intent, Reduce) for intent in Day().held().intents)


# -- the account, and coming back ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, None),
        ({"equity_krw": None}, "equity_unknown"),
        ({"equity_krw": 0}, "equity_unknown"),
        ({"killed": True}, "oms_halted"),
        ({"safe_mode": True}, "oms_halted"),
        ({"halt_entries": True}, "oms_halted"),
        ({"flattening": True}, "oms_halted"),
        ({"paused_strategies": ("TOY",)}, "oms_paused"),
        ({"paused_strategies": ("OTHER",)}, None),
    ],
)
def test_what_keeps_entries_back(changes: dict[str, Any], why: str | None) -> None:
    day = Day()
    assert day.desk.stops_entries() == "oms_away"
    day.books()
    view: AccountView = account(**changes)
    day.hear(
        AccountChanged(seq=1, at=kst(day.now_ns), strategy_id=STRATEGY, symbol="", account=view)
    )
    assert day.desk.stops_entries() == why
    day.hear(OmsLine(at=kst(day.now_ns), up=False, why="x"))
    assert day.desk.stops_entries() == "oms_away"
    day.hear(OmsLine(at=kst(day.now_ns), up=True, why="x"))
    assert (day.desk.stops_entries(), day.desk.away_times) == (why, 1)
    day.desk.restarted()
    assert day.desk.stops_entries() == "oms_away"


def test_books_add_positions_and_never_take_them_away() -> None:
    day = Day().held()
    before = day.standing
    empty = day.oms.books().model_copy(update={"allocations": ()})
    assert day.hear(empty).standing == before
    fresh = Day()
    fresh.oms = day.oms
    assert fresh.books().last.adopted
    assert fresh.says("Reconciled to IN_POSITION")


def test_an_entry_that_only_the_oms_remembers_keeps_the_next_one_back() -> None:
    day = Day().books().enter().decided()
    again = Day()
    again.oms = day.oms
    again.books()
    assert again.trading.entries_open
    with pytest.raises(AssertionError, match="still open"):
        again.enter()


def test_no_name_that_the_oms_has_decided_is_used_again_after_a_lost_journal() -> None:
    day = Day().held().leave().decided()
    again = Day()
    again.oms = day.oms
    again.oms.out = False
    again.books().leave()
    names = [each.intent_id for each in again.intents]
    assert names == ["toy-005930-20250903-exit-2"]
    bought = Day().books().enter().decided()
    later = Day()
    later.oms = bought.oms
    later.books()
    later.oms.close(later.oms.orders[0], OrderState.CANCELLED)
    later.stream().enter()
    assert later.intents[-1].intent_id == "toy-005930-20250903-entry-2"


@pytest.mark.parametrize("by", ["books", "stream"])
def test_a_carried_position_is_resumed_with_what_was_known_of_it(by: str) -> None:
    day = Day(held=CARRIED)
    day.oms.correct(10, 10_000)
    day.oms.stop_krw = 9_860
    if by == "books":
        day.oms.stream.clear()
        day.books()
    else:
        day.oms.stream[0] = day.oms.stream[0].model_copy(update={"stop_krw": 9_860})
        day.stream().books()
    assert [type(each) for each in day.news] == [Resumed]
    assert day.trading.position == replace(CARRIED, guard_krw=9_860, exit_reason="")
    assert not day.noted(Entered)
    assert day.trading.traded
    assert not day.desk.carried


@pytest.mark.parametrize("factor", [5, 2, 0.1])
@pytest.mark.parametrize("by", ["books", "stream", "while held"])
def test_a_split_brings_a_position_to_its_scale(by: str, factor: float) -> None:
    """Shares that change while their cost stays: a split. Its stop goes along."""
    day = Day(held=CARRIED) if by != "while held" else Day().held()
    before = CARRIED if by != "while held" else day.trading.position
    assert before is not None
    day.oms.shares, day.oms.cost_krw = int(10 * factor), 100_000
    day.oms.stop_krw = round(before.guard_krw / factor)
    day.oms.allocated(0, "split")
    if by == "books":
        day.oms.stream.clear()
        day.books()
    else:
        day.stream()
    assert type(day.last) is (Rescaled if by == "while held" else Resumed)
    position = day.trading.position
    assert position is not None
    assert (position.shares, position.bought) == (int(10 * factor), int(10 * factor))
    assert position.entry_krw == pytest.approx(before.entry_krw / factor)
    assert position.stop_krw == pytest.approx(before.stop_krw / factor, rel=0.002)
    assert position.guard_krw == day.oms.stop_krw
    assert position.scale == factor
    assert position.risk_per_share_krw is not None


def test_what_is_sold_or_found_is_no_split() -> None:
    day = Day().held()
    day.oms.correct(15, 10_000)
    day.oms.correct(7, 0)
    day.stream()
    assert day.trading.position is not None
    assert (day.trading.position.entry_krw, day.trading.position.scale) == (10_000, 1)


def test_a_stop_below_ours_is_an_operator_s_and_is_followed() -> None:
    day = Day(held=CARRIED)
    day.oms.shares, day.oms.cost_krw, day.oms.stop_krw = 10, 100_000, 8_000
    day.books()
    position = day.trading.position
    assert (position and position.stop_krw, position and position.guard_krw) == (8_000, 8_000)


def test_a_carried_position_of_which_a_part_went_meanwhile_knows_its_result() -> None:
    day = Day(held=CARRIED)
    day.oms.shares, day.oms.cost_krw, day.oms.realised_krw = 6, 60_000, 400
    day.books().leave().decided()
    day.oms.fill(day.oms.orders[0], 6, 10_000)
    day.stream()
    (trip,) = day.noted(RoundTrip)
    assert (trip.shares, trip.trip_id) == (10, CARRIED.trip_id)
    assert trip.realised_krw == 400 - 8 - 90


@pytest.mark.parametrize("by", ["books", "stream"])
def test_a_carried_position_that_is_gone_was_closed_while_away(by: str) -> None:
    day = Day(held=CARRIED)
    if by == "books":
        day.oms.realised_krw = 500
        day.books()
    else:
        day.oms.shares, day.oms.cost_krw = 10, 100_000
        day.oms.correct(0, 0)
        day.oms.stream[0] = day.oms.stream[0].model_copy(update={"realised_krw": 500})
        day.stream().books()
    (trip,) = day.noted(RoundTrip)
    assert isinstance(day.last, Closed)
    assert trip.realised_krw == 500
    assert trip.r_net == round(500 / 2_000, 3)
    assert trip.exit_reason == ("closed_while_away" if by == "books" else "corrected")
    assert day.standing == Flat()


def test_a_carried_symbol_that_nobody_follows_is_shouted_about() -> None:
    day = Day()
    day.desk.carried["000660"] = CARRIED
    day.books()
    assert day.says("Carried position of a symbol that is not followed")


def test_shares_of_a_symbol_that_nobody_follows_are_shouted_about() -> None:
    day = Day()
    day.oms.correct(5, 10_000)
    books = day.oms.books()
    assert books.allocations is not None
    other = books.allocations[0].model_copy(update={"symbol": "000660"})
    day.hear(books.model_copy(update={"allocations": (other,)}))
    assert day.says("Held at the OMS but not followed")
    assert day.news == []


def test_another_strategy_s_symbol_is_nobody_s_news() -> None:
    day = Day().books()
    day.oms.correct(5, 10_000)
    other = day.oms.stream[0].model_copy(update={"symbol": "000660"})
    assert day.hear(other).news == []


def test_an_intent_s_name_says_what_it_is_and_when() -> None:
    day = Day().held().leave()
    names = [intent.intent_id for intent in day.intents]
    assert names == ["toy-005930-20250903-entry-1", "toy-005930-20250903-exit-1"]
    assert isinstance(day.intents[0], Enter)
