"""How each symbol that a reader wants stands: heard, on its way, or not to be had, and then why.

Pure. What cannot be had are registrations that found no place and those that KIS did not take;
whoever is told of a refusal is told its reason.
"""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Literal

from collector.slots import Key, key_of
from kis_core.feed import Want, Wants

Standing = Literal["granted", "pending", "refused"]
_WORSE: tuple[Standing, ...] = ("granted", "pending", "refused")
NOT_SHARED_YET = "asked for just now: the places are being shared out"


def standing(
    wants: Wants,
    live: Collection[Key],
    chosen: Collection[Key],
    refused: Mapping[Key, str] = MappingProxyType({}),
) -> dict[str, Standing]:
    """Return how each wanted symbol stands: all kinds live, some on its way, one not to be had.

    A symbol wanted of several venues stands as the worst of them.
    """
    stands: dict[str, Standing] = {}
    for want in wants.wants:
        each = [_stand(key, live, chosen, refused) for key in keys_of(want)]
        each.append(stands.get(want.symbol, "granted"))
        stands[want.symbol] = max(each, key=_WORSE.index)
    return stands


def reasons(
    wants: Wants,
    live: Collection[Key],
    chosen: Collection[Key],
    refused: Mapping[Key, str] = MappingProxyType({}),
) -> tuple[tuple[str, str], ...]:
    """Return (symbol, why) of each symbol that stands as refused, in the order they are wanted.

    Where several feeds of a symbol are wanted, the reason names those that cannot be had.
    """
    asked: dict[str, dict[Key, str]] = {}
    for want in wants.wants:
        feeds = asked.setdefault(want.symbol, {})
        feeds |= {
            key: f"{want.venue} {kind}" for kind, key in zip(want.kinds, keys_of(want), strict=True)
        }
    found = []
    for symbol, feeds in asked.items():
        why = {
            name: refused.get(key, NOT_SHARED_YET)
            for key, name in feeds.items()
            if _stand(key, live, chosen, refused) == "refused"
        }
        if why:
            one = len(feeds) == 1
            found.append(
                (symbol, "; ".join(say if one else f"{name}: {say}" for name, say in why.items()))
            )
    return tuple(found)


def keys_of(want: Want) -> list[Key]:
    """Return the registrations of a want, in the order of its kinds."""
    return [key_of(kind, want.symbol, want.venue) for kind in want.kinds]


def _stand(
    key: Key, live: Collection[Key], chosen: Collection[Key], refused: Mapping[Key, str]
) -> Standing:
    if key in live:
        return "granted"
    return "pending" if key in chosen and key not in refused else "refused"
