"""The risk gateway: each control's yes and no, and caps that no interleaving exceeds."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kis_core.clock import SECOND_NS
from oms.core import records as r
from oms.core import risk
from oms.core.gate import Wish, prepared
from oms.core.limits import Budget
from tests.oms.stories import HYNIX, NAVER, SAMSUNG, Story, at, of, one, some_limits


def decided(outputs: list[r.AnyOutput]) -> r.IntentDecided:
    answer: r.IntentDecided = one(outputs, r.IntentDecided)
    return answer


def told_by(outputs: list[r.AnyOutput]) -> dict[str, str]:
    return {v.control: v.verdict for v in decided(outputs).trace}


@pytest.mark.parametrize(
    ("asked", "control", "status", "says"),
    [
        ({"limit_krw": 70_050}, "tick", "REFUSED", "nearest below 70,000"),
        ({"limit_krw": 73_000}, "collar", "REFUSED", "at most 72,100"),
        ({"stop_krw": 70_000}, "stop", "REFUSED", "not below"),
        ({"shares": 200_001}, "order_size", "REFUSED", "200,000 an order"),
        ({"symbol": "999999"}, "unknown_sector", "REFUSED", "no known sector"),
        ({"strategy": "GHOST"}, "budget", "REFUSED", "No budget"),
        ({"quote": None}, "price", "DEFERRED", "Price unavailable"),
        ({"max_spread_bp": 5.0}, "spread", "DEFERRED", "Spread 14 bp exceeds 5"),
    ],
)
def test_an_entry_is_turned_away_with_its_reason(
    story: Story, asked: dict[str, Any], control: str, status: str, says: str
) -> None:
    strategy = asked.pop("strategy", "KMP")
    outputs = story.enter(strategy=strategy, **asked)
    assert decided(outputs).status == status
    assert says in decided(outputs).message
    assert control in told_by(outputs)
    assert of(outputs, r.OrderPlanned) == []


@pytest.mark.parametrize(
    ("quote", "control"),
    [
        ({"arrived_ns": at("09:29:00")}, "price"),
        ({"halted": True}, "halt"),
        ({"base_krw": None}, "price_limit"),
    ],
    ids=["stale", "halted", "no base price"],
)
def test_without_a_usable_live_price_an_entry_waits(
    story: Story, quote: dict[str, Any], control: str
) -> None:
    outputs = story.enter(quote=story.quote(**quote))
    assert decided(outputs).status == "DEFERRED"
    assert told_by(outputs)[control] == "defer"


def test_a_limit_outside_the_days_band_is_refused(story_of: Callable[..., Story]) -> None:
    story = story_of(collar_bp=9_000)
    outputs = story.enter(limit_krw=95_000, quote=story.quote(price_krw=90_000, base_krw=70_000))
    assert told_by(outputs)["price_limit"] == "refuse"


def test_before_the_first_balance_an_entry_is_deferred(blank: Callable[..., Story]) -> None:
    story = blank()
    story.start()
    assert decided(story.enter()).status == "DEFERRED"
    assert decided(story.enter()).message == "Equity not yet loaded"


def test_an_old_balance_stops_entries(story: Story) -> None:
    assert told_by(story.wait(181).enter())["balance_age"] == "defer"


def test_cash_that_is_not_known_stops_entries(blank: Callable[..., Story]) -> None:
    story = blank()
    story.start()
    story.balance()
    assert told_by(story.enter())["cash"] == "defer"


@pytest.mark.parametrize(
    ("when", "status"),
    [("08:45", "DEFERRED"), ("09:30", "APPROVED"), ("15:19:30", "REFUSED"), ("16:30", "REFUSED")],
)
def test_entries_are_taken_in_continuous_trading_only(
    story_of: Callable[..., Story], when: str, status: str
) -> None:
    assert decided(story_of(start=when).enter()).status == status


def test_before_the_open_the_answer_says_when_to_ask_again(story_of: Callable[..., Story]) -> None:
    assert decided(story_of(start="08:45").enter()).retry_at_ns == at("09:00")


@pytest.mark.parametrize(
    ("changes", "asked", "allowed", "control"),
    [
        ({"position_pct_max": 0.01}, {"shares": 20}, 14, "per_symbol"),
        ({"budgets": {"KMP": Budget(8, 0.0001, 0.5, 90)}}, {}, 5, "strategy_budget_risk"),
        (
            {"budgets": {"KMP": Budget(8, 0.025, 0.005, 90)}},
            {},
            7,
            "strategy_budget_capital",
        ),
    ],
)
def test_an_entry_is_shrunk_to_what_is_allowed(
    story_of: Callable[..., Story],
    changes: dict[str, Any],
    asked: dict[str, Any],
    allowed: int,
    control: str,
) -> None:
    outputs = story_of(**changes).enter(**asked)
    assert decided(outputs).status == "APPROVED"
    assert decided(outputs).approved_shares == allowed
    assert one(outputs, r.OrderPlanned).shares == allowed
    assert told_by(outputs) == {control: "shrink"}


def test_an_entry_is_shrunk_to_the_cash_with_its_fee(story: Story) -> None:
    story.wait(1).cash(700_000)
    outputs = story.enter(10)
    assert decided(outputs).approved_shares == 9  # ten cost 700,098


def test_cash_is_spoken_for_until_the_buy_is_over(story: Story) -> None:
    story.wait(1).cash(1_000_000)
    order_id = one(story.enter(10), r.OrderPlanned).order_id
    assert story.book.cash_krw == 1_000_000 - 700_098
    story.declined(order_id)
    assert story.book.cash_krw == 1_000_000


def test_orderable_cash_read_while_a_buy_is_on_its_way_does_not_count_it_as_free(
    story: Story,
) -> None:
    order_id = one(story.enter(10), r.OrderPlanned).order_id
    story.wait(1).cash(1_000_000)  # asked before the broker took the order
    assert story.book.cash_krw == 1_000_000 - 700_098
    story.answer(order_id)
    story.wait(1).cash(299_902)  # the broker has taken it off itself by now
    assert story.book.cash_krw == 299_902


@pytest.mark.parametrize(
    ("changes", "control"),
    [
        ({"gross_pct_max": 0.007}, "gross_exposure"),
        ({"regime_caps": {"NORMAL": 0.007}}, "regime_cap"),
        ({"regime_caps": {"STRONG": 1.0}}, "regime_cap"),
        ({"sector_pct_max": 0.007}, "sector_cap"),
        ({"positions_max": 1}, "max_positions"),
        ({"order_value_krw_max": 699_999}, "order_value"),
    ],
)
def test_a_cap_refuses_what_would_exceed_it(
    story_of: Callable[..., Story], changes: dict[str, Any], control: str
) -> None:
    story = story_of(**changes)
    story.enter(
        5,
        symbol=HYNIX,
        limit_krw=1_000,
        stop_krw=900,
        quote=story.quote(HYNIX, 1_000, base_krw=1_000),
    )
    assert told_by(story.enter(10))[control] == "refuse"


def test_a_full_sector_says_how_much_of_it_is_taken_and_by_whom(
    story_of: Callable[..., Story],
) -> None:
    story = story_of(sector_pct_max=0.03)
    story.hold(25, "KPR")
    story.hold(12, "KMP", symbol=HYNIX)
    refused = decided(story.enter(6, "KPR", symbol=HYNIX))
    assert refused.message == (
        "Sector Semiconductors has 2,590,000 of 3,000,000 KRW taken: 420,000 more do not fit "
        "(held: KPR 1,750,000, KMP 840,000)"
    )
    assert [v.reason for v in refused.trace] == [refused.message]


def test_an_unknown_sector_passes_where_it_is_allowed(story_of: Callable[..., Story]) -> None:
    assert decided(story_of(unknown_sector="allow").enter(symbol="999999")).status == "APPROVED"


def test_adding_to_a_symbol_the_account_holds_is_no_new_position(
    story_of: Callable[..., Story],
) -> None:
    story = story_of(positions_max=1)
    story.hold(10, "KMP")
    story.wait(91)
    assert decided(story.enter(5, "KPR")).status == "APPROVED"
    assert decided(story.enter(5, "KPR", symbol=HYNIX)).status == "REFUSED"


def test_another_strategy_waits_for_the_entry_lock_and_the_owner_may_retry(story: Story) -> None:
    first = one(story.enter(10, "KMP"), r.OrderPlanned).order_id
    story.answer(first)
    outputs = story.wait(10).enter(10, "KPR")
    assert decided(outputs).retry_at_ns == at("09:31:30")
    assert "Entry locked by KMP until 09:31:30 (80s)" in decided(outputs).message
    story.wait(81)
    assert decided(story.enter(10, "KPR")).status == "APPROVED"


def test_the_lock_ends_with_the_entry(story: Story) -> None:
    story.declined(one(story.enter(10, "KMP"), r.OrderPlanned).order_id)
    assert decided(story.enter(10, "KPR")).status == "APPROVED"


def test_a_vi_keeps_entries_out_for_a_while(story: Story) -> None:
    story.trade(70_000, in_auction=True)
    outputs = story.wait(1).enter()
    assert told_by(outputs)["vi_cooldown"] == "defer"
    assert decided(story.wait(600).balance() and story.enter()).status == "APPROVED"


def test_a_daily_loss_is_measured_from_the_days_own_baseline(
    story_of: Callable[..., Story],
) -> None:
    story = story_of(start="08:40")  # whatever was lost before today is not today's loss
    story.at("09:30").balance(98_000_000)
    assert story.book.daily_pnl_krw == -2_000_000
    assert decided(story.enter()).status == "APPROVED"
    story.wait(1).balance(97_000_000)
    assert told_by(story.enter(symbol=HYNIX))["daily_loss"] == "refuse"
    assert not story.book.halt_entries
    story.wait(1).balance(95_000_000)
    assert story.book.halt_entries
    story.wait(1).balance(99_000_000)
    assert told_by(story.enter(symbol=NAVER))["halted"] == "refuse"  # for the rest of the day


def test_prices_count_into_the_daily_loss_between_two_balances(story: Story) -> None:
    story.hold(100)
    story.wait(20).balance(100_000_000, {SAMSUNG: 100})
    story.wait(1)
    story.tell(r.MarksTaken(at_ns=story.now_ns, marks=(r.Mark(SAMSUNG, 69_000, story.now_ns),)))
    assert story.book.daily_pnl_krw == -100_000


def test_every_control_that_does_not_approve_is_in_the_trace(story: Story) -> None:
    story.operator("safe_mode", enabled=True)
    story.operator("pause_strategy", strategy_id="KMP")
    outputs = story.enter(limit_krw=70_050)
    assert set(told_by(outputs)) == {"safe_mode", "paused", "tick"}
    assert decided(outputs).status == "REFUSED"  # a refusal outweighs a deferral


def test_11_07_set_target_buys_pass_the_same_gate(story: Story) -> None:
    story.operator("pause_strategy", strategy_id="KMP")
    outputs = story.ask("SET_TARGET", shares=10, limit_krw=70_000, stop_krw=68_000)
    assert decided(outputs).status == "REFUSED"


def test_the_short_way_and_the_full_account_agree(story: Story) -> None:
    wish = Wish("KMP", SAMSUNG, 10, 70_000, 68_000)
    entry = prepared(story.book, wish, story.quote(), story.now_ns)
    assert risk.evaluate(entry) == risk.explained(entry) == ()
    everything = risk.STATE + risk.SHRINKING + risk.CAPS
    assert len(set(everything)) == len(everything)


Step = tuple[str, Any]
_STEPS = st.one_of(
    st.tuples(
        st.just("enter"),
        st.tuples(
            st.sampled_from(["KMP", "KPR"]),
            st.sampled_from([SAMSUNG, HYNIX, NAVER]),
            st.integers(1, 400),
        ),
    ),
    st.tuples(st.just("answer"), st.integers(0, 5)),
    st.tuples(st.just("decline"), st.integers(0, 5)),
    st.tuples(st.just("fill"), st.tuples(st.integers(0, 5), st.integers(1, 400))),
    st.tuples(st.just("cancel"), st.integers(0, 5)),
    st.tuples(st.just("exit"), st.tuples(st.sampled_from(["KMP", "KPR"]), st.integers(0, 2))),
    st.tuples(st.just("wait"), st.integers(1, 200)),
    st.tuples(st.just("restart"), st.none()),
)


@settings(max_examples=120, deadline=None)
@given(st.lists(_STEPS, max_size=30))
def test_no_interleaving_of_entries_and_fills_exceeds_a_cap(steps: list[Step]) -> None:
    limits = some_limits(
        gross_pct_max=0.4, position_pct_max=0.2, sector_pct_max=0.25, balance_age_s_max=10**6
    )
    story = Story(limits).ready()
    for number, (what, with_) in enumerate(steps):
        _play(story, number, what, with_)
        _sums_hold(story)


def _play(story: Story, number: int, what: str, with_: Any) -> None:
    book = story.book
    open_orders = list(book.open_orders.values())
    if what == "enter":
        strategy, symbol, shares = with_
        story.enter(shares, strategy, symbol=symbol)
    elif what == "exit":
        story.ask("EXIT", with_[0], symbol=[SAMSUNG, HYNIX, NAVER][with_[1]])
    elif what == "wait":
        story.wait(with_).timer()
    elif what == "restart":
        story.restart()
    elif open_orders:
        index = with_[0] if isinstance(with_, tuple) else with_
        order = open_orders[index % len(open_orders)]
        if what == "answer" and order.broker_id is None:
            story.answer(order.order_id)
        elif what == "decline" and order.broker_id is None:
            story.declined(order.order_id)
        elif what == "fill" and order.broker_id is not None:
            shares = min(with_[1], order.remaining)
            text = f"{number:06d}"
            story.notice(order.broker_id, shares, 70_000, order.side, order.symbol, at_text=text)
        elif what == "cancel" and order.broker_id is not None:
            row = story.row(order.order_id, cancelled=order.remaining, remaining=0)
            story.history(row)


def _sums_hold(story: Story) -> None:
    """Caps hold, and every sum kept by difference equals the sum taken anew."""
    book = story.book
    equity = 100_000_000
    assert book.gross_krw <= equity * 0.4
    assert all(i.exposure_krw <= equity * 0.2 for i in book.listings.values())
    assert all(krw <= equity * 0.25 for krw in book.sector_krw.values())
    assert all(
        sum(part for _, part in book.holders(sector)) == krw
        for sector, krw in book.sector_krw.items()
    )
    assert all(s.exposure_krw <= equity * 0.5 for s in book.strategies.values())
    anew = sum(
        a.shares * (book.listing(a.symbol).mark_krw or 0)
        + sum(o.remaining * o.unit_krw for o in book.open_orders.values() if _of(o, a))
        for a in book.allocations()
    )
    assert book.gross_krw == anew == sum(i.exposure_krw for i in book.listings.values())
    assert book.occupied == sum(
        any(a.shares or a.buying for a in i.allocations.values()) for i in book.listings.values()
    )
    for a in book.allocations():
        assert 0 <= a.selling <= a.shares
    for name in ("KMP", "KPR"):
        names = sum(
            1 for a in book.allocations() if a.strategy_id == name and (a.shares or a.buying)
        )
        assert book.strategy(name).names == names


def _of(order: Any, allocation: Any) -> bool:
    return (order.strategy_id, order.symbol) == (allocation.strategy_id, allocation.symbol)


def test_eight_parallel_entries_of_fourteen_percent_stop_at_the_cap(
    story_of: Callable[..., Story],
) -> None:
    symbols = [f"{n:06d}" for n in range(8)]
    story = story_of(
        gross_pct_max=0.8, unknown_sector="allow", budgets={"KMP": Budget(20, 0.1, 1.0, 90)}
    )
    answers = [decided(story.enter(200, symbol=s)).status for s in symbols]
    assert answers.count("APPROVED") == 5  # 14 % each, of 80 %
    assert story.book.gross_krw == 70_000_000
    assert story.now_ns + SECOND_NS > 0
