"""One session holds so many registrations, serves them in order, and forgets them with the line."""

from hypothesis import given
from hypothesis import strategies as st

from kis_core.wire.stream.frames import Ack
from kis_core.wire.stream.subscriptions import Ask, Key, Subscriptions


def trade(n: int) -> Key:
    return ("H0STCNT0", f"{n:06d}")


def answer(key: Key, code: str = "OPSP0000") -> Ack:
    ok = code in ("OPSP0000", "OPSP0001")
    return Ack(*key, ok, code, "", "N", None, None)


def asked(subscriptions: Subscriptions) -> list[Ask]:
    out = []
    while (ask := subscriptions.next()) is not None:
        out.append(ask)
    return out


def settled(subscriptions: Subscriptions) -> list[Key]:
    """Answer everything with success until nothing more is asked; return what was registered."""
    registered = []
    while batch := asked(subscriptions):
        for ask in batch:
            subscriptions.heard(answer(ask.key, "OPSP0000" if ask.register else "OPSP0001"))
            if ask.register:
                registered.append(ask.key)
    return registered


def test_what_is_wanted_is_asked_for_once_in_order() -> None:
    subscriptions = Subscriptions()
    subscriptions.want([trade(2), trade(1), trade(2)])
    assert asked(subscriptions) == [Ask(trade(2), True), Ask(trade(1), True)]
    assert subscriptions.unanswered() == (trade(2), trade(1))
    assert subscriptions.live == ()
    subscriptions.heard(answer(trade(1)))
    subscriptions.heard(answer(trade(2), "OPSP0002"))  # already in: as good as done
    assert subscriptions.live == (trade(2), trade(1))
    assert asked(subscriptions) == []


def test_no_more_than_41_are_registered_and_the_rest_is_refused() -> None:
    subscriptions = Subscriptions()
    subscriptions.want([trade(n) for n in range(43)])
    assert settled(subscriptions) == [trade(n) for n in range(41)]
    assert subscriptions.refused == (trade(41), trade(42))


def test_a_place_is_given_back_before_another_is_asked_for() -> None:
    subscriptions = Subscriptions(limit=2)
    subscriptions.want([trade(1), trade(2)])
    settled(subscriptions)
    subscriptions.want([trade(3), trade(1)])
    assert asked(subscriptions) == [Ask(trade(2), False)]
    subscriptions.heard(answer(trade(2), "OPSP0001"))
    assert asked(subscriptions) == [Ask(trade(3), True)]


def test_what_is_wanted_again_while_leaving_is_registered_after_it_left() -> None:
    subscriptions = Subscriptions()
    subscriptions.want([trade(1)])
    settled(subscriptions)
    subscriptions.want([])
    assert asked(subscriptions) == [Ask(trade(1), False)]
    subscriptions.want([trade(1)])
    assert asked(subscriptions) == []
    subscriptions.heard(answer(trade(1), "OPSP0003"))  # not found: gone as well
    assert asked(subscriptions) == [Ask(trade(1), True)]


def test_a_server_with_fewer_places_is_believed_and_tried_again_when_one_is_free() -> None:
    subscriptions = Subscriptions()
    subscriptions.want([trade(n) for n in range(5)])
    for ask in asked(subscriptions):
        full = ask.key in (trade(3), trade(4))
        subscriptions.heard(answer(ask.key, "OPSP0008" if full else "OPSP0000"))
    assert asked(subscriptions) == []
    assert subscriptions.live == (trade(0), trade(1), trade(2))
    assert subscriptions.refused == (trade(3), trade(4))
    subscriptions.want([trade(4), trade(0), trade(1)])
    assert settled(subscriptions) == [trade(4)]
    assert subscriptions.live == (trade(4), trade(0), trade(1))


def test_a_lasting_refusal_is_not_asked_again_and_leaves_its_place_to_others() -> None:
    subscriptions = Subscriptions(limit=1)
    subscriptions.want([trade(1), trade(2)])
    assert asked(subscriptions) == [Ask(trade(1), True)]
    subscriptions.heard(answer(trade(1), "OPSP8992"))
    assert asked(subscriptions) == [Ask(trade(2), True)]
    subscriptions.heard(answer(trade(2)))
    assert (subscriptions.live, subscriptions.refused) == ((trade(2),), (trade(1),))


def test_a_passing_refusal_is_asked_again_a_few_times() -> None:
    subscriptions = Subscriptions()
    subscriptions.want([trade(1)])
    times = 0
    while asked(subscriptions):
        times += 1
        subscriptions.heard(answer(trade(1), "OPSP0009"))
    assert times == 3
    assert subscriptions.refused == (trade(1),)


def test_a_lost_line_holds_nothing_and_everything_is_asked_for_again() -> None:
    subscriptions = Subscriptions()
    subscriptions.want([trade(1), trade(2)])
    settled(subscriptions)
    subscriptions.lost()
    assert subscriptions.live == ()
    subscriptions.heard(answer(trade(1)))  # of the old line: nobody asked on this one
    assert subscriptions.live == ()
    assert settled(subscriptions) == [trade(1), trade(2)]


def test_answers_about_nothing_are_left_alone() -> None:
    subscriptions = Subscriptions()
    for code in ("OPSP0000", "OPSP0001", "OPSP8993", "OPSP9999"):
        subscriptions.heard(answer(("", ""), code))
    assert subscriptions.next() is None


keys = st.integers(0, 6).map(trade)
codes = st.sampled_from(["OPSP0000", "OPSP0001", "OPSP0002", "OPSP0003", "OPSP0008", "OPSP0009"])
steps = st.lists(
    st.one_of(
        st.lists(keys, max_size=6).map(lambda wanted: ("want", wanted)),
        st.tuples(keys, codes).map(lambda said: ("heard", said)),
        st.just(("next", None)),
        st.just(("lost", None)),
    ),
    max_size=60,
)


@given(steps)
def test_whatever_is_answered_the_limit_holds_and_the_end_is_what_is_wanted(
    story: list[tuple[str, object]],
) -> None:
    subscriptions = Subscriptions(limit=3)
    held: set[Key] = set()  # as a server would count them that answers what it is told to
    for what, value in story:
        match what, value:
            case "want", list(wanted):
                subscriptions.want(wanted)
            case "heard", (key, code):
                subscriptions.heard(answer(key, code))
            case "next", _:
                subscriptions.next()
            case _:
                subscriptions.lost()
        held = set(subscriptions.live) | set(subscriptions.unanswered())
        assert len(held) <= 3
    subscriptions.lost()
    subscriptions.want([trade(1), trade(2), trade(3), trade(4)])
    settled(subscriptions)
    assert subscriptions.live == (trade(1), trade(2), trade(3))
