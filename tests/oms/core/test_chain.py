"""The chain alone: whatever is done to a row, the walk stops there and says what was done."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oms.core.chain import AHEAD, GENESIS, Link, Misfit, Walk, digest

OLD, LAST = 3, 12  # rows without a hash, rows in all


def chained(rows: Sequence[tuple[str, bytes]], old: int = 0, first: int = 1) -> list[Link]:
    """Rows as a journal writes them, the first `old` of them before there was a chain."""
    links: list[Link] = []
    for place, (kind, payload) in enumerate(rows):
        seq = first + place
        said = (seq, place // 2 + 1, 1_000 + seq, "in" if place % 2 == 0 else "out", kind, payload)
        if place < old:
            links.append(Link(*said, None, None))
            continue
        prev = (links[-1].hash if links else None) or GENESIS
        links.append(Link(*said, prev, digest(prev, *said)))
    return links


def twelve(old: int = 0) -> list[Link]:
    return chained([(f"kind_{n}", b'{"shares":%d}' % n) for n in range(LAST)], old)


def renumbered(links: Sequence[Link]) -> list[Link]:
    """The rows in this order, under numbers without a gap: what a careful hand leaves behind."""
    return [link._replace(seq=seq) for seq, link in enumerate(links, 1)]


def forged(link: Link, prev: bytes, **changes: object) -> Link:
    """A row with other content and a hash that fits it."""
    changed = link._replace(prev=prev, **changes)
    return changed._replace(hash=digest(prev, *changed[:6]))


def walked(links: Sequence[Link]) -> tuple[Walk, Misfit | None]:
    walk = Walk()
    for place, link in enumerate(links):
        if not walk.step(link):
            return walk, walk.misfit(link, links[place + 1 :][:AHEAD])
    return walk, None


@pytest.mark.parametrize(
    ("old", "begins"), [(0, 1), (OLD, OLD + 1), (LAST, None)], ids=["new", "grown", "old"]
)
def test_a_chain_that_nobody_touched_fits_and_says_where_it_begins(
    old: int, begins: int | None
) -> None:
    walk, misfit = walked(twelve(old))
    assert misfit is None
    assert (walk.rows, walk.last_seq, walk.begins) == (LAST, LAST, begins)


def _row5(**changes: object) -> Callable[[list[Link]], list[Link]]:
    return lambda r: [*r[:4], r[4]._replace(**changes), *r[5:]]


TAMPERED: list[tuple[str, Callable[[list[Link]], list[Link]], int, str]] = [
    ("its payload", _row5(payload=b'{"shares":5}'), 5, "changed"),
    ("its payload emptied", _row5(payload=b""), 5, "changed"),
    ("its kind", _row5(kind="other"), 5, "changed"),
    ("its direction", _row5(direction="out"), 5, "changed"),
    ("its instant", _row5(at_ns=1), 5, "changed"),
    ("its turn", _row5(turn=9), 5, "changed"),
    ("its hash", _row5(hash=b"x" * 32), 5, "changed"),
    ("its hash torn", _row5(hash=b"x"), 5, "changed"),
    ("its hash taken away", _row5(hash=None), 5, "changed"),
    ("both hashes taken away", _row5(hash=None, prev=None), 5, "changed"),
    ("the hash before it", _row5(prev=b"x" * 32), 5, "changed"),
    ("a character moved from payload to kind", _row5(kind="kind_4{", payload=b'"shares":4}'),
     5, "changed"),
    ("exchanged with its hash",
     lambda r: [*r[:4], forged(r[4], r[3].hash or b"", payload=b"{}"), *r[5:]], 5, "changed"),
    ("exchanged with its hash and the one before",
     lambda r: [*r[:4], forged(r[4], b"y" * 32, payload=b"{}"), *r[5:]], 5, "changed"),
    ("the last one changed", lambda r: [*r[:-1], r[-1]._replace(payload=b"{}")], LAST, "changed"),
    ("hashes taken from the beginning",
     lambda r: [*(x._replace(prev=None, hash=None) for x in r[:6]), *r[6:]], 6, "changed"),
    ("taken away", lambda r: [*r[:4], *r[5:]], 5, "missing"),
    ("three taken away", lambda r: [*r[:4], *r[7:]], 5, "missing"),
    ("the first taken away", lambda r: r[1:], 1, "missing"),
    ("taken away and closed up", lambda r: renumbered([*r[:4], *r[5:]]), 5, "missing"),
    ("three taken away and closed up", lambda r: renumbered([*r[:4], *r[7:]]), 5, "missing"),
    ("the first taken away and closed up", lambda r: renumbered(r[1:]), 1, "missing"),
    ("put in", lambda r: renumbered([*r[:4], r[0]._replace(payload=b"{}"), *r[4:]]), 5, "extra"),
    ("put in again", lambda r: renumbered([*r[:4], r[2], *r[4:]]), 5, "extra"),
    ("put in with a hash that fits", lambda r: renumbered(
        [*r[:4], forged(r[4], r[3].hash or b"", payload=b"{}"), *r[4:]]), 5, "extra"),
    ("appended again", lambda r: renumbered([*r, r[-1]]), LAST + 1, "extra"),
    ("two exchanged", lambda r: renumbered([*r[:4], r[5], r[4], *r[6:]]), 5, "order"),
    ("one moved back", lambda r: renumbered([*r[:4], *r[5:9], r[4], *r[9:]]), 5, "order"),
    ("all turned round", lambda r: renumbered(r[::-1]), 1, "order"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("tamper", "seq", "why"), [row[1:] for row in TAMPERED], ids=[row[0] for row in TAMPERED]
)
def test_the_first_row_that_does_not_fit_is_named_with_its_reason(
    tamper: Callable[[list[Link]], list[Link]], seq: int, why: str
) -> None:
    walk, misfit = walked(tamper(twelve()))
    assert misfit is not None
    assert (misfit.seq, misfit.why) == (seq, why), misfit.said
    assert walk.last_seq <= misfit.seq


@pytest.mark.parametrize("place", [OLD, OLD + 1])
def test_the_first_hashed_row_is_held_as_firmly_as_the_others(place: int) -> None:
    rows = twelve(OLD)
    rows[place] = rows[place]._replace(payload=b"{}")
    assert walked(rows)[1] == Misfit(
        place + 1, "changed", f"row {place + 1} is not what its hash was taken of"
    )


ROWS = st.lists(
    st.tuples(st.text(min_size=1, max_size=12), st.binary(max_size=60)), min_size=1, max_size=12
)


@given(ROWS, st.data())
def test_any_single_byte_of_any_payload_that_changes_is_noticed_there(
    rows: list[tuple[str, bytes]], data: st.DataObject
) -> None:
    links = chained(rows)
    payloads = [place for place, link in enumerate(links) if link.payload]
    if not payloads:
        assert walked(links)[1] is None
        return
    place = data.draw(st.sampled_from(payloads))
    payload = bytearray(links[place].payload)
    payload[data.draw(st.integers(0, len(payload) - 1))] ^= data.draw(st.integers(1, 255))
    links[place] = links[place]._replace(payload=bytes(payload))
    misfit = walked(links)[1]
    assert misfit is not None
    assert (misfit.seq, misfit.why) == (place + 1, "changed")


@given(ROWS, st.permutations(range(12)))
def test_any_other_order_or_choice_of_rows_is_noticed(
    rows: list[tuple[str, bytes]], chosen: list[int]
) -> None:
    links = chained(rows)
    others = renumbered([links[n] for n in chosen[: len(links)] if n < len(links)])
    fit, misfit = walked(others)
    prefix = others == links[: len(others)]
    assert (misfit is None) == prefix
    assert others[: fit.rows] == links[: fit.rows]
