"""The controls of market access: rates, repeats, heartbeats, marks, losses, volume, drawdown."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kis_core.clock import SECOND_NS
from oms.core import records as r
from oms.core import risk
from oms.core.gate import Wish, prepared
from oms.core.limits import Budget, Tier
from oms.core.pace import Pace
from tests.oms.core.test_risk import decided, told_by
from tests.oms.stories import HYNIX, NAVER, SAMSUNG, Story, at, of, one, some_limits

StoryOf = Callable[..., Story]


def beat(story: Story, strategy: str = "KMP") -> list[r.AnyOutput]:
    return story.tell(
        r.HeartbeatHeard(
            at_ns=story.now_ns,
            strategy_id=strategy,
            mode="RUNNING",
            symbols_hot=0,
            symbols_warm=0,
            symbols_cold=0,
            positions=0,
            last_error=None,
            version=None,
        )
    )


def budget(**changes: Any) -> dict[str, Budget]:
    values: dict[str, Any] = {
        "positions_max": 8,
        "risk_pct_max": 0.025,
        "capital_pct": 0.5,
        "lock_s": 0,
    }
    return {"KMP": Budget(**(values | changes)), "KPR": Budget(**values)}


@pytest.mark.parametrize(
    ("changes", "control"),
    [
        ({"orders_per_min_max": 2}, "order_rate"),
        ({"budgets": budget(orders_per_min_max=2)}, "strategy_order_rate"),
    ],
)
def test_more_orders_a_minute_than_allowed_wait_until_the_first_is_a_minute_old(
    story_of: StoryOf, changes: dict[str, Any], control: str
) -> None:
    story = story_of(**changes)
    assert decided(story.enter(1)).status == "APPROVED"
    assert decided(story.wait(10).enter(1, symbol=HYNIX)).status == "APPROVED"
    third = story.wait(10).enter(1, symbol=NAVER)
    assert told_by(third) == {control: "defer"}
    assert decided(third).retry_at_ns == at("09:31")
    assert told_by(story.at("09:30:59").enter(1, symbol=NAVER)) == {control: "defer"}
    assert decided(story.at("09:31").enter(1, symbol=NAVER)).status == "APPROVED"


def test_a_strategys_own_rate_leaves_others_alone(story_of: StoryOf) -> None:
    story = story_of(budgets=budget(orders_per_min_max=1))
    story.enter(1)
    assert decided(story.enter(1, symbol=HYNIX)).status == "DEFERRED"
    assert decided(story.enter(1, "KPR", symbol=HYNIX)).status == "APPROVED"


def test_orders_and_cancels_both_count_as_messages_to_the_broker(story_of: StoryOf) -> None:
    story = story_of(messages_per_s_max=2)
    story.answer(one(story.enter(1), r.OrderPlanned).order_id)
    story.ask("CANCEL_ORDERS")
    third = story.enter(1, symbol=HYNIX)
    assert told_by(third) == {"message_rate": "defer"}
    assert decided(third).retry_at_ns == story.now_ns + SECOND_NS
    assert decided(story.wait(1).enter(1, symbol=HYNIX)).status == "APPROVED"


def test_the_same_entry_again_and_again_is_throttled(story_of: StoryOf) -> None:
    """A strategy in a loop: rejected, tries again, rejected, tries again."""
    story = story_of(repeats_max=3, repeats_s=600)
    for _ in range(3):
        story.declined(one(story.wait(1).enter(1), r.OrderPlanned).order_id)
    assert told_by(story.wait(1).enter(1)) == {"repeats": "defer"}
    assert decided(story.enter(1, "KPR")).status == "APPROVED"
    assert decided(story.enter(1, symbol=HYNIX)).status == "APPROVED"


def test_a_strategy_that_never_said_it_lives_or_no_longer_does_gets_no_entries(
    story_of: StoryOf,
) -> None:
    story = story_of(budgets=budget(heartbeat_s_max=180))
    assert told_by(story.enter(1)) == {"heartbeat": "defer"}
    beat(story)
    assert decided(story.enter(1)).status == "APPROVED"
    story.wait(180).balance()
    assert decided(story.enter(1, symbol=HYNIX)).status == "APPROVED"
    late = story.wait(1).enter(1, symbol=NAVER)
    assert told_by(late) == {"heartbeat": "defer"}
    assert "No heartbeat of KMP for 181s" in decided(late).message


@pytest.mark.parametrize(
    ("quote", "control", "verdict"),
    [
        ({"in_auction": True, "at_ns": at("09:29:50")}, "vi", "defer"),
        ({"states": ("administrative",)}, "standing", "refuse"),
        ({"states": ("caution", "overheated")}, "standing", "refuse"),
    ],
)
def test_a_symbol_in_a_vi_or_marked_by_the_exchange_is_not_entered(
    story_of: StoryOf, quote: dict[str, Any], control: str, verdict: str
) -> None:
    story = story_of(blocked_states=("administrative", "overheated"))
    assert told_by(story.enter(quote=story.quote(**quote))) == {control: verdict}


def test_the_print_of_the_opening_auction_is_no_vi_and_a_mark_not_listed_is_let_through(
    story_of: StoryOf,
) -> None:
    story = story_of(start="09:00:05", blocked_states=("risk",))
    quote = story.quote(in_auction=True, at_ns=at("09:00"), states=("caution",))
    assert decided(story.enter(quote=quote)).status == "APPROVED"


def test_an_entry_is_shrunk_to_its_part_of_the_days_volume_what_was_bought_counted(
    story_of: StoryOf,
) -> None:
    story = story_of(participation_pct_max=0.1)
    first = story.enter(80, quote=story.quote(volume=500))
    assert decided(first).approved_shares == 50
    order_id = one(first, r.OrderPlanned).order_id
    story.notice(story.answer(order_id), 50)
    again = {"limit_krw": 70_000, "stop_krw": 68_000}
    more = story.ask("SET_TARGET", shares=80, quote=story.quote(volume=600), **again)
    assert decided(more).approved_shares == 10
    story.declined(one(more, r.OrderPlanned).order_id)
    none = story.ask("SET_TARGET", shares=80, quote=story.quote(volume=500), **again)
    assert told_by(none) == {"participation": "refuse"}


def test_without_a_volume_an_entry_waits_where_participation_is_limited(story_of: StoryOf) -> None:
    assert told_by(story_of(participation_pct_max=0.1).enter()) == {"participation": "defer"}


def test_a_strategy_that_lost_its_share_of_the_day_enters_no_more_and_others_do(
    story_of: StoryOf,
) -> None:
    story = story_of(budgets=budget(daily_loss_pct_max=0.001))  # 100,000 KRW
    story.hold(100)
    story.wait(1)
    story.tell(r.MarksTaken(at_ns=story.now_ns, marks=(r.Mark(SAMSUNG, 69_000, story.now_ns),)))
    assert story.book.strategy("KMP").daily_pnl_krw == -100_980  # the commission of buying, too
    assert told_by(story.enter(1, symbol=HYNIX)) == {"strategy_daily_loss": "refuse"}
    assert decided(story.enter(1, "KPR", symbol=HYNIX)).status == "APPROVED"


def test_a_strategys_loss_of_yesterday_is_not_todays(story_of: StoryOf) -> None:
    story = story_of(budgets=budget(daily_loss_pct_max=0.001))
    story.hold(100)
    story.tell(r.MarksTaken(at_ns=story.now_ns + 1, marks=(r.Mark(SAMSUNG, 60_000, at("15:30")),)))
    assert story.book.strategy("KMP").daily_pnl_krw < -1_000_000
    story.now_ns = at("09:30") + 86_400 * SECOND_NS
    story.timer()
    assert story.book.strategy("KMP").daily_pnl_krw == 0
    story.tell(r.MarksTaken(at_ns=story.now_ns, marks=(r.Mark(SAMSUNG, 59_500, story.now_ns),)))
    assert story.book.strategy("KMP").daily_pnl_krw == -50_000
    assert story.restart()
    assert story.book.strategy("KMP").daily_pnl_krw == -50_000


def test_realised_and_unrealised_count_together_in_a_strategys_day(story: Story) -> None:
    story.hold(10)
    outputs = story.ask("EXIT")
    number = story.answer(one(outputs, r.OrderPlanned).order_id)
    filled = story.notice(number, 10, 69_000, "SELL", at_text="093100")
    realised = one(filled, r.AllocationChanged).realised_krw
    assert story.book.strategy("KMP").daily_pnl_krw == realised < -10_000


@pytest.mark.parametrize(
    ("equity_krw", "cap_krw"),
    [(95_000_001, None), (95_000_000, 57_000_000), (90_000_000, 18_000_000), (80_000_000, 0)],
)
def test_the_deeper_the_drawdown_from_the_highest_start_of_a_day_the_less_may_be_held(
    story_of: StoryOf, equity_krw: int, cap_krw: int | None
) -> None:
    tiers = (Tier(0.05, 0.6), Tier(0.1, 0.2), Tier(0.2, 0.0))
    story = story_of(drawdown_tiers=tiers, daily_loss_warn_pct=0.9, daily_loss_halt_pct=0.9)
    story.wait(1).balance(equity_krw)
    assert story.book.caps is not None
    assert story.book.caps.drawdown_krw == cap_krw
    shares = 10 if cap_krw is None else cap_krw // 70_000 + 1
    answer = story.enter(min(shares, 200))
    assert ("drawdown" in told_by(answer)) == (cap_krw == 0)


def test_a_peak_survives_days_and_restarts_and_an_operator_may_set_it_anew(
    story_of: StoryOf,
) -> None:
    story = story_of(drawdown_tiers=(Tier(0.05, 0.0),))
    story.now_ns = at("08:30") + 86_400 * SECOND_NS
    story.timer()
    story.balance(94_000_000)  # the day starts lower: no loss of the day, but a drawdown
    story.restart()
    story.now_ns = at("09:30") + 86_400 * SECOND_NS
    story.balance(94_000_000)
    story.cash(94_000_000)
    assert told_by(story.enter(1)) == {"drawdown": "refuse"}
    story.operator("reset_peak")
    assert decided(story.enter(1)).status == "APPROVED"


def test_net_exposure_has_a_cap_of_its_own(story_of: StoryOf) -> None:
    assert told_by(story_of(net_pct_max=0.006).enter(10)) == {"net_exposure": "refuse"}


def test_the_kill_switch_withdraws_every_buy_refuses_entries_and_survives_days_and_restarts(
    story: Story,
) -> None:
    story.answer(one(story.enter(10), r.OrderPlanned).order_id)
    unanswered = one(story.enter(10, symbol=NAVER), r.OrderPlanned).order_id
    story.hold(10, "KPR", HYNIX)
    outputs = story.operator("kill", enabled=True)
    assert [o.why for o in of(outputs, r.CancelPlanned)] == ["kill: test"]
    assert [o.order_id for o in of(outputs, r.CancelWanted)] == [unanswered]
    story.restart()
    story.now_ns = at("09:30") + 86_400 * SECOND_NS
    story.timer()
    story.balance(holdings={HYNIX: 10})
    story.cash()
    assert told_by(story.enter(1)) == {"killed": "refuse"}
    assert one(story.ask("EXIT", "KPR", symbol=HYNIX), r.OrderPlanned).side == "SELL"
    story.operator("kill", enabled=False)
    assert decided(story.enter(1)).status == "APPROVED"


@given(st.lists(st.integers(0, 200)), st.integers(1, 8), st.integers(0, 300))
def test_a_pace_says_when_one_more_is_within_the_limit(
    gaps: list[int], most: int, later: int
) -> None:
    pace, times, now = Pace(60), [], 1
    for gap in gaps:
        now += gap
        pace.note(now)
        times.append(now)
    now += later
    lately = [t for t in times if now - 60 < t]
    assert (now >= pace.free_ns(most, 60)) == (len(lately) < most)


_ENTRY = st.fixed_dictionaries(
    {},
    optional={
        "shares": st.sampled_from([0, 1, 10, 10**6]),
        "limit_krw": st.sampled_from([1, 69_900, 70_050, 71_000, 90_000]),
        "stop_krw": st.sampled_from([0, 68_000, 70_000]),
        "killed": st.booleans(),
        "paused": st.booleans(),
        "own_buying": st.sampled_from([0, 5]),
        "at_ns": st.sampled_from([at("08:00"), at("09:30"), at("15:29")]),
        "messages_free_ns": st.sampled_from([0, at("09:31")]),
        "beat_fresh_from_ns": st.sampled_from([0, at("09:31")]),
        "states": st.sampled_from([(), ("risk",), ("caution",)]),
        "blocked_states": st.just(("risk",)),
        "participates": st.booleans(),
        "volume_room": st.sampled_from([None, 0, 5, 100]),
        "drawdown_cap_krw": st.sampled_from([None, 0, 10**9]),
        "net_cap_krw": st.sampled_from([None, 0, 10**9]),
        "strategy_floor_krw": st.sampled_from([None, 0, -1]),
        "equity_krw": st.sampled_from([None, 0, 10**8]),
        "cash_krw": st.sampled_from([None, 0, 350_000, 10**8]),
        "last_krw": st.sampled_from([None, 70_000]),
        "sector": st.sampled_from([None, "chips"]),
    },
)


@given(_ENTRY)
def test_the_short_way_finds_exactly_what_the_full_account_tells(changes: dict[str, Any]) -> None:
    story = Story(some_limits()).ready()
    entries = []
    for _ in range(2):
        entry = prepared(
            story.book, Wish("KMP", SAMSUNG, 10, 70_000, 68_000), story.quote(), story.now_ns
        )
        for name, value in changes.items():
            setattr(entry, name, value)
        entry.switched = entry.killed or entry.paused
        entry.free_ns = entry.messages_free_ns
        entries.append(entry)
    short, full = entries
    assert risk.evaluate(short) == risk.explained(full)
    assert short.shares == full.shares
