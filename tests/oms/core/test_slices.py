"""TWAP and VWAP: the timetable, what a slice meets, and that no interleaving orders too much."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from kis_core.clock import SECOND_NS, kst
from kis_core.market.volume_profile import SHARES, weight
from oms.core import records as r
from oms.core.limits import Budget
from oms.core.order import NEVER_ARRIVED
from oms.core.records import Execution
from oms.core.slices import cumulated
from tests.oms.stories import SAMSUNG, Story, at, of, one, some_limits

WIDE = {
    "budgets": {"KMP": Budget(8, 0.5, 1.0, 0), "KPR": Budget(8, 0.5, 1.0, 0)},
    "default_venue": "KRX",
    "position_pct_max": 0.5,
}


def twap(**fields: Any) -> Execution:
    return Execution(**({"style": "TWAP", "over_s": 100, "slices": 10} | fields))


def some_story(**changes: Any) -> Story:
    return Story(some_limits(**(WIDE | changes)), "10:00").ready()


def due(story: Story, **fields: Any) -> list[r.AnyOutput]:
    """Give the one parent its turn."""
    (parent_id,) = story.book.parents
    quote = story.quote(**fields)
    return story.tell(r.SliceDue(at_ns=story.now_ns, parent_id=parent_id, quote=quote))


def children(story: Story) -> list[Any]:
    return [order for order in story.book.orders.values() if order.parent_id is not None]


# the timetable


@given(
    shares=st.integers(1, 1_000_000),
    weights=st.lists(st.floats(0, 1e9), min_size=1, max_size=200),
)
def test_a_timetable_never_falls_and_ends_with_all_of_it(shares: int, weights: list[float]) -> None:
    totals = cumulated(shares, weights)
    assert len(totals) == len(weights)
    assert totals == sorted(totals)
    assert (totals[0] >= 0, totals[-1]) == (True, shares)


@pytest.mark.parametrize(
    ("weights", "totals"),
    [
        ([1, 1, 1], [33, 66, 100]),
        ([0, 0, 0], [33, 66, 100]),  # weights that say nothing
        ([3, 0, 1], [75, 75, 100]),
        ([1], [100]),
    ],
)
def test_shares_follow_the_weights(weights: list[float], totals: list[int]) -> None:
    assert cumulated(100, weights) == totals


def test_the_usual_day_is_a_u_and_has_no_volume_outside_itself() -> None:
    assert len(SHARES) * 300 == 380 * 60
    assert abs(sum(SHARES) - 10_000) < 50
    assert weight(0, 600) > weight(600, 1_200) > weight(10_800, 11_400) < weight(22_200, 22_800)
    assert weight(-600, 0) == weight(22_800, 30_000) == 0
    assert weight(0, 150) == SHARES[0] / 2


def planned(story: Story, shares: int = 100, **fields: Any) -> r.ParentPlanned:
    fields = {"execution": twap(), "stop_krw": 60_000, "limit_krw": 70_500} | fields
    told: r.ParentPlanned = one(story.enter(shares, **fields), r.ParentPlanned)
    return told


def test_a_vwap_follows_the_intents_curve_or_the_usual_day() -> None:
    curve = (1.0, 3.0)  # two minutes
    own = Execution("VWAP", over_s=120, slices=4, curve=curve)
    totals = [s.total for s in planned(some_story(), execution=own).slices]
    assert totals == [12, 25, 62, 100]
    usual = Execution("VWAP", over_s=23_400 // 6 * 5, slices=10)
    early = Story(some_limits(**WIDE), "09:00").ready()
    totals = [s.total for s in planned(early, execution=usual).slices]
    steps = [b - a for a, b in zip([0, *totals], totals, strict=False)]
    assert steps[0] > 2 * steps[4]


# a parent


def test_a_parent_reserves_all_of_it_and_its_first_slice_leaves_at_once() -> None:
    story = some_story()
    outputs = story.enter(100, execution=twap(), stop_krw=60_000, limit_krw=70_500)
    answer = one(outputs, r.IntentDecided)
    assert (answer.status, answer.approved_shares, answer.order_ids) == ("APPROVED", 100, ())
    child = one(outputs, r.OrderPlanned)
    assert answer.parent_id == child.parent_id == one(outputs, r.ParentPlanned).parent_id
    assert (child.shares, child.limit_krw, child.cancel_at_ns) == (10, 70_100, at("10:00:10"))
    assert of(outputs, r.OrderSent)
    assert story.book.gross_krw == 100 * 70_500
    assert story.allocation().buying == 100
    assert "duplicate" in {v.control for v in one(story.enter(1), r.IntentDecided).trace}


def test_nobody_takes_the_room_of_what_a_parent_has_left() -> None:
    story = some_story(gross_pct_max=0.15)
    planned(story, 200)  # 14,100,000
    trace = one(story.enter(20, "KPR"), r.IntentDecided).trace
    assert "gross_exposure" in {v.control for v in trace}


def test_a_slice_catches_up_with_what_was_missed() -> None:
    story = some_story()
    planned(story)
    story.answer(children(story)[0].order_id)
    story.notice("0000000101", 10)
    story.operator("safe_mode", enabled=True)
    for _ in range(2):
        missed = one(due(story.wait(10)), r.SliceTaken)
        assert (missed.order_id, missed.why) == (None, "OMS in safe mode")
    story.operator("safe_mode", enabled=False)
    assert one(due(story.wait(10)), r.OrderPlanned).shares == 30  # 40 are due, 10 are filled


def test_a_parent_that_drops_gives_up_what_was_missed() -> None:
    story = some_story()
    planned(story, execution=twap(unfilled="DROP"))
    story.answer(children(story)[0].order_id)
    story.notice("0000000101", 10)
    story.operator("safe_mode", enabled=True)
    assert one(due(story.wait(10)), r.SliceTaken).dropped == 10
    story.operator("safe_mode", enabled=False)
    assert one(due(story.wait(30)), r.OrderPlanned).shares == 10  # the fifth; two more are gone
    (parent,) = story.book.parents.values()
    assert (parent.dropped, parent.left) == (30, 50)


def test_what_a_cancelled_slice_left_is_carried() -> None:
    story = some_story()
    planned(story)
    first = children(story)[0]
    story.answer(first.order_id)
    story.notice("0000000101", 4)
    assert of(story.wait(10).timer(), r.CancelPlanned)
    assert one(due(story), r.OrderPlanned).shares == 10  # its cancel is not confirmed yet
    story.answer(children(story)[1].order_id)
    story.wait(1).history(story.row(first.order_id, cancelled=6, remaining=0))
    assert one(due(story.wait(9)), r.OrderPlanned).shares == 16


def test_a_slice_that_may_still_turn_up_is_not_ordered_again() -> None:
    story = some_story()
    planned(story)
    lost = children(story)[0]
    story.unknown(lost.order_id)
    for _ in range(2):
        story.wait(11).history()
    assert lost.refusal_code == NEVER_ARRIVED
    assert one(due(story), r.OrderPlanned).shares == 20  # of the 30 that are due
    (parent,) = story.book.parents.values()
    assert parent.left == 70


def test_a_slice_takes_its_part_of_the_volume_and_no_more() -> None:
    story = some_story(participation_pct_max=0.1, sector_pct_max=0.9)
    outputs = story.enter(
        1_000,
        execution=twap(),
        stop_krw=69_000,
        limit_krw=70_000,
        quote=story.quote(volume=500),
    )
    total = one(outputs, r.ParentPlanned).shares
    assert total > 50  # the parent is not shrunk to the volume of the moment
    first = one(outputs, r.OrderPlanned)
    assert first.shares == 50
    story.answer(first.order_id)
    story.notice("0000000101", 50)
    assert one(due(story.wait(10), volume=600), r.OrderPlanned).shares == 10
    story.answer(children(story)[1].order_id)
    story.notice("0000000102", 10)
    assert one(due(story.wait(10), volume=600), r.SliceTaken).shares == 0


@pytest.mark.parametrize("trouble", ["cooldown", "old price", "unsettled", "volatility"])
def test_a_slice_that_may_not_leave_now_is_missed(trouble: str) -> None:
    story = some_story()
    planned(story)
    fields: dict[str, Any] = {}
    if trouble != "unsettled":
        story.answer(children(story)[0].order_id)
    match trouble:
        case "cooldown":
            story.trade(70_000, halted=True)
        case "old price":
            fields = {"arrived_ns": story.now_ns - 60 * SECOND_NS}
        case "volatility":
            fields = {"in_auction": True}
    outputs = due(story.wait(10), **fields)
    assert one(outputs, r.SliceTaken).shares == 0
    assert of(outputs, r.OrderPlanned) == []


@pytest.mark.parametrize(
    "act", ["kill", "flatten_all", "cancel_order", "EXIT", "FLATTEN", "CANCEL_ORDERS", "stop"]
)
def test_what_ends_orders_ends_a_parent_and_frees_its_room(act: str) -> None:
    story = some_story()
    parent_id = planned(story).parent_id
    child = children(story)[0]
    story.answer(child.order_id)
    story.notice("0000000101", 4)
    match act:
        case "kill":
            outputs = story.operator("kill", enabled=True)
        case "flatten_all":
            outputs = story.operator("flatten_all")
        case "cancel_order":
            outputs = story.operator("cancel_order", order_id=parent_id)
        case "stop":
            outputs = story.trade(60_000)
        case intent:
            outputs = story.ask(intent)  # type: ignore[arg-type]
    closed = one(outputs, r.ParentClosed)
    assert (closed.parent_id, closed.shares, closed.filled) == (parent_id, 100, 4)
    assert one(outputs, r.CancelPlanned).order_id == child.order_id
    assert story.allocation().buying == 6
    assert story.book.parents == {}


def test_a_refusal_of_the_gate_ends_a_parent() -> None:
    story = some_story()
    planned(story)
    story.answer(children(story)[0].order_id)
    story.operator("pause_strategy", strategy_id="KMP")
    assert "paused" in one(due(story.wait(10)), r.ParentClosed).why


def test_a_parent_survives_a_restart_and_is_over_when_its_time_is() -> None:
    story = some_story()
    planned(story)
    first = children(story)[0]
    story.answer(first.order_id)
    story.notice("0000000101", 10)
    story.restart()
    story.balance()
    assert one(due(story.wait(35)), r.OrderPlanned).shares == 30
    story.answer(children(story)[1].order_id)
    story.notice("0000000102", 30)
    assert one(due(story.wait(70)), r.ParentClosed).filled == 40
    assert story.allocation().buying == 0


def test_a_sale_in_slices_keeps_its_shares_and_an_exit_takes_over() -> None:
    story = some_story()
    story.hold(100)
    outputs = story.wait(1).ask("REDUCE", shares=80, execution=twap())
    child = one(outputs, r.OrderPlanned)
    assert (child.side, child.shares, child.limit_krw) == ("SELL", 8, 69_300)
    assert story.allocation().sellable == 20
    story.answer(child.order_id)
    outputs = story.wait(1).ask("EXIT")
    assert one(outputs, r.ParentClosed).side == "SELL"
    assert one(outputs, r.OrderPlanned).shares == 92
    assert story.allocation().sellable == 0


def test_an_exit_in_slices_of_a_closed_day_waits() -> None:
    story = some_story()
    story.hold(100)
    answer = one(story.at("15:31").ask("EXIT", execution=twap()), r.IntentDecided)
    assert answer.status == "DEFERRED"


def test_the_day_ends_a_parent() -> None:
    story = some_story()
    planned(story)
    story.now_ns += 86_400 * SECOND_NS
    assert one(story.timer(), r.ParentClosed).filled == 0
    assert story.book.gross_krw == 0


# any interleaving


class Slices(RuleBasedStateMachine):
    """A broker that tells the truth, late or never, and everything that may happen to a parent."""

    def __init__(self) -> None:
        super().__init__()
        self.story = some_story(
            participation_pct_max=None, balance_age_s_max=10**6, orders_per_min_max=None
        )
        self.approved: dict[str, int] = {}
        self.reached: dict[str, bool] = {}
        self.numbers: dict[str, str] = {}
        self.filled: dict[str, int] = {}
        self.gone: set[str] = set()
        self._texts = 0

    def orders(self, state: str | None = None) -> list[Any]:
        return [o for o in children(self.story) if state in (None, o.state)]

    @rule(
        shares=st.integers(1, 300),
        slices=st.integers(1, 6),
        unfilled=st.sampled_from(["CARRY", "DROP"]),
    )
    def ask(self, shares: int, slices: int, unfilled: str) -> None:
        how = twap(over_s=10 * slices, slices=slices, unfilled=unfilled)
        outputs = self.story.enter(shares, execution=how, stop_krw=60_000, limit_krw=70_500)
        for out in of(outputs, r.ParentPlanned):
            self.approved[out.parent_id] = out.shares

    @rule(seconds=st.integers(0, 15), price=st.sampled_from([69_900, 70_000, 70_100]))
    def turn(self, seconds: int, price: int) -> None:
        self.story.wait(seconds).timer()
        for parent_id in list(self.story.book.parents):
            quote = self.story.quote(price_krw=price)
            self.story.tell(r.SliceDue(at_ns=self.story.now_ns, parent_id=parent_id, quote=quote))

    @rule(answer=st.sampled_from(["accepted", "declined", "lost", "never"]))
    def answer(self, answer: str) -> None:
        for order in self.orders("SENT")[:1]:
            match answer:
                case "accepted":
                    self.numbers[order.order_id] = self.story.answer(order.order_id)
                case "declined":
                    self.story.declined(order.order_id)
                case _:
                    self.reached[order.order_id] = answer == "lost"
                    self.story.unknown(order.order_id)

    @rule(part=st.floats(0.1, 1), by_notice=st.booleans())
    def fill(self, part: float, by_notice: bool) -> None:
        for order in self.orders():
            number = self.numbers.get(order.order_id)
            before = self.filled.get(order.order_id, 0)
            room = order.shares - before
            if number is None or order.order_id in self.gone or room == 0:
                continue
            shares = max(1, int(room * part))
            self.filled[order.order_id] = before + shares
            self._texts += 1
            if by_notice:
                self.story.notice(number, shares, at_text=f"{self._texts:06d}")
            return

    @rule(cancel=st.booleans())
    def history(self, cancel: bool) -> None:
        """All the broker knows; it has done the cancels that were asked for, or not yet."""
        rows = []
        for order in self.orders():
            if order.broker_id is None and order.state == "UNKNOWN":
                if not self.reached.get(order.order_id):
                    continue
                self._texts += 1
                self.numbers.setdefault(order.order_id, f"{90_000 + self._texts:010d}")
            number = self.numbers.get(order.order_id)
            if number is None:
                continue
            if cancel and order.cancel.name != "NONE":
                self.gone.add(order.order_id)
            filled = self.filled.get(order.order_id, 0)
            cancelled = order.shares - filled if order.order_id in self.gone else 0
            ordered_at = f"{kst(order.sent_ns or 0):%H%M%S}"
            rows.append(
                self.story.row(
                    order.order_id,
                    number,
                    filled=filled,
                    cancelled=cancelled,
                    remaining=order.shares - filled - cancelled,
                    ordered_at=ordered_at,
                )
            )
        self.story.wait(11).history(*rows)

    @rule(act=st.sampled_from(["CANCEL_ORDERS", "FLATTEN", "EXIT"]))
    def withdraw(self, act: Any) -> None:
        self.story.ask(act)

    @rule()
    def restart(self) -> None:
        self.story.restart()

    @invariant()
    def no_parent_orders_more_than_was_approved(self) -> None:
        for parent_id, approved in self.approved.items():
            own = [o for o in self.orders() if o.parent_id == parent_id]
            parent = self.story.book.parents.get(parent_id)
            left = parent.left if parent else 0
            taken = sum(
                o.shares if o.is_open or o.refusal_code == NEVER_ARRIVED else o.filled for o in own
            )
            assert taken + left <= approved
            assert sum(self.filled.get(o.order_id, 0) for o in own) <= approved

    @invariant()
    def no_child_pays_more_than_the_limit(self) -> None:
        assert all(o.limit_krw <= 70_500 for o in self.orders() if o.side == "BUY")

    @invariant()
    def what_is_reserved_is_what_is_open_and_left(self) -> None:
        book, allocation = self.story.book, self.story.allocation()
        left = sum(p.left for p in book.parents.values())
        open_buys = [o for o in book.open_orders.values() if o.side == "BUY"]
        assert allocation.buying == left + sum(o.remaining for o in open_buys)
        reserved = left * 70_500 + sum(o.remaining * o.unit_krw for o in open_buys)
        mark = book.listing(SAMSUNG).mark_krw or 0
        assert book.gross_krw == allocation.shares * mark + reserved

    @invariant()
    def cash_held_back_returns(self) -> None:
        book = self.story.book
        if book.parents or book.open_orders:
            return
        bought = sum(o.filled_value_krw + o.cost_krw for o in self.orders())
        sold = sum(
            o.filled_value_krw - o.cost_krw for o in book.orders.values() if o.side == "SELL"
        )
        assert book.cash_krw is not None
        assert abs(100_000_000 - bought + sold - book.cash_krw) <= 100  # won of rounded fees


TestNoInterleavingOrdersTooMuch = Slices.TestCase
TestNoInterleavingOrdersTooMuch.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
