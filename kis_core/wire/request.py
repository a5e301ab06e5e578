"""What is asked of KIS, as a value: TR id, keys and lane, ready to be sent by any shell.

Every key of a call is present, blank where nothing is said: a missing key is KIS's commonest
refusal (OPSQ2001). Numbers travel as text. A request that an environment does not offer is never
made: `request` raises NotOffered instead, naming what to use.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import IntEnum

from kis_core.environment import Account, Dialect
from kis_core.errors import NotOffered
from kis_core.wire.tr_table import CALLS, NOT_OFFERED, Call


class Lane(IntEnum):
    """Who may use the calls per second first. Lower is served first."""

    ORDER = 0
    CANCEL = 1
    ACCOUNT = 2
    QUOTE = 3


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """One call. `fields` is the query of a GET, the JSON body of a POST.

    They hold account numbers, and those of the token office secrets: they are not printed.
    """

    call: Call
    tr_id: str
    fields: Mapping[str, str]
    lane: Lane
    next_page: bool = False  # tr_cont: N

    def __repr__(self) -> str:
        return f"Request({self.call.name} {self.tr_id})"

    @property
    def is_order(self) -> bool:
        """Whether it changes the account, so that it is sent once and never again."""
        return self.lane in (Lane.ORDER, Lane.CANCEL)


def request(dialect: Dialect, name: str, lane: Lane, variant: str = "", **said: str) -> Request:
    """Return the request of a call named as in the catalog, or raise NotOffered.

    `said` are values by KIS's own keys; what is not said is blank, or what KIS always wants there.
    A name or key that the catalog does not know is a ValueError that says what it does know.
    """
    call = call_named(name)
    for key in said.keys() - set(call.params):
        raise ValueError(f"{name} has no key {key!r}, expected {_known(key, call.params)}")
    fields = {key: said.get(key, call.fixed.get(key, "")) for key in call.params}
    return Request(call, call.tr_id(dialect, variant), fields, lane)


def call_named(name: str) -> Call:
    """Return a call of the catalog, or raise ValueError."""
    if name not in CALLS:
        raise ValueError(f"no call {name!r} in the catalog, expected {_known(name, CALLS)}")
    return CALLS[name]


def _known(word: str, words: Iterable[str]) -> str:
    """Return what may have been meant; all there is when nothing comes near."""
    known = list(words)
    near = get_close_matches(word.upper(), [w.upper() for w in known], n=3, cutoff=0.75)
    meant = [w for w in known if w.upper() in near]
    return " or ".join(meant or known[:40]) or "no keys"


def next_page(request: Request, fk: str, nk: str) -> Request:
    """Return the request for the page after, given the cursor of the page before."""
    cursor = request.call.cursor
    assert cursor is not None, f"{request.call.name} has no pages"
    turned = {f"CTX_AREA_FK{cursor}": fk, f"CTX_AREA_NK{cursor}": nk}
    return replace(request, fields={**request.fields, **turned}, next_page=True)


def of_account(account: Account) -> dict[str, str]:
    """Return the keys that name an account."""
    return {"CANO": account.number, "ACNT_PRDT_CD": account.product}


_SINCE_VENUES = frozenset({"EXCG_ID_DVSN_CD", "CNDT_PRIC"})  # keys the old TRs do not know


def old_style(dialect: Dialect, request: Request) -> Request:
    """Return the request under the TR id it had before there were venues, if it had one.

    For hosts that know only those. They mean KRX: another venue raises NotOffered.
    """
    call = request.call
    ids = call.tr_real if dialect == "real" else call.tr_paper
    variant = next(variant for variant, tr_id in ids.items() if tr_id == request.tr_id)
    old = call.tr_old.get(variant)
    if old is None:
        return request
    venue = request.fields.get("EXCG_ID_DVSN_CD", "")
    if venue not in ("", "KRX", "ALL"):
        raise NotOffered(NOT_OFFERED, f"{old} knows no venue {venue}: use KRX, or the new TR ids")
    fields = {key: text for key, text in request.fields.items() if key not in _SINCE_VENUES}
    tr_id = old if dialect == "real" else f"V{old[1:]}"
    return replace(request, tr_id=tr_id, fields=fields)
