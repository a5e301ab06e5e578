"""What can go wrong at a broker: every kind of fault, where it bites, and what it needs to know.

A kind bites on one thing that happens: a call on its way in or out, a frame, a notice, a session,
a registration; or it is true of the broker for a while (its lists lag, its clock is off); or it
befalls the market. Within a place kinds bite in the order written here; a final one ends it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """Every fault there is. The order is the order in which they bite."""

    # A call, before the order desk has it.
    REQUEST_LATE = "request_late"
    REQUEST_LOST = "request_lost"
    TOKEN_REVOKED = "token_revoked"
    TOKEN_EXPIRED = "token_expired"
    THROTTLED = "throttled"
    PAGE_FAILED = "page_failed"
    SERVER_ERROR = "server_error"
    # The same call, after the desk took it.
    EXCHANGE_LATE = "exchange_late"
    CHANGE_RACED = "change_raced"
    PAGE_EMPTY = "page_empty"
    PAGE_REPEATED = "page_repeated"
    FIELD_BLANK = "field_blank"
    JSON_CUT = "json_cut"
    HTML_PAGE = "html_page"
    REPLY_ERROR = "reply_error"
    NOTICE_FIRST = "notice_first"
    REPLY_LATE = "reply_late"
    BODY_CUT = "body_cut"
    REPLY_LOST = "reply_lost"
    # True for as long as it lasts.
    HISTORY_LATE = "history_late"
    BALANCE_STALE = "balance_stale"
    CLOCK_SKEW = "clock_skew"
    # A frame of the WebSocket.
    FRAME_LOST = "frame_lost"
    FRAME_NOT_TEXT = "frame_not_text"
    FRAME_GARBAGE = "frame_garbage"
    FRAME_CUT = "frame_cut"
    FRAME_DOUBLED = "frame_doubled"
    FRAME_MISCOUNTED = "frame_miscounted"
    COLUMN_MISSING = "column_missing"
    COLUMN_EXTRA = "column_extra"
    TR_SWAPPED = "tr_swapped"
    TR_UNKNOWN = "tr_unknown"
    # An order notice.
    NOTICE_LOST = "notice_lost"
    NOTICE_LATE = "notice_late"
    NOTICE_OVERTAKEN = "notice_overtaken"
    NOTICE_DOUBLED = "notice_doubled"
    # The sessions.
    SOCKET_CLOSED = "socket_closed"
    SOCKET_RESET = "socket_reset"
    SOCKET_SILENT = "socket_silent"
    HANDSHAKE_HUNG = "handshake_hung"
    HANDSHAKE_REFUSED = "handshake_refused"
    REGISTRATION_REFUSED = "registration_refused"
    REGISTRATION_UNANSWERED = "registration_unanswered"
    IN_USE_LINGERS = "in_use_lingers"
    # The market.
    VI = "vi"
    HALT = "halt"
    CIRCUIT_BREAKER = "circuit_breaker"
    LIMIT_UP = "limit_up"
    LIMIT_DOWN = "limit_down"
    DELISTED = "delisted"


class Place(StrEnum):
    """Where a kind bites."""

    BEFORE = "call before it is taken"
    AFTER = "call after it was taken"
    STANDING = "for as long as it lasts"
    FRAME = "frame"
    NOTICE = "notice"
    LINE = "session"
    HANDSHAKE = "handshake"
    REGISTRATION = "registration"
    DROP = "end of a session"
    MARKET = "market"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a kind is made of.

    `params` are the parameters it may be given with their defaults; those in `needs` must be
    given. `seconds` is a range, in seconds of the simulator's clock.
    """

    place: Place
    params: Mapping[str, object] = field(default_factory=dict)
    needs: frozenset[str] = frozenset()
    final: bool = False  # nothing after it in its place bites
    page: int | None = None  # the page it bites on unless told otherwise


Seconds = tuple[float, float]

_CALL_KEYS = frozenset({"call", "tr_id", "symbol", "side", "page"})
SELECTORS: Mapping[Place, frozenset[str]] = {
    Place.BEFORE: _CALL_KEYS,
    Place.AFTER: _CALL_KEYS,
    Place.STANDING: frozenset(),
    Place.FRAME: frozenset({"tr_id", "symbol"}),
    Place.NOTICE: frozenset({"tr_id", "symbol", "side", "news"}),
    Place.LINE: frozenset({"tr_id", "symbol"}),
    Place.HANDSHAKE: frozenset(),
    Place.REGISTRATION: frozenset({"tr_id", "symbol"}),
    Place.DROP: frozenset(),
    Place.MARKET: frozenset(),
}
"""Which words of a fault say on what it bites, by place."""

_NEEDS_SECONDS = frozenset({"seconds"})
_NEEDS_SYMBOL = frozenset({"symbol"})
_NO_SECONDS: Seconds | None = None
_ERROR = {"status": 500, "form": "json"}


def _late(place: Place) -> Rule:
    return Rule(place, {"seconds": _NO_SECONDS}, _NEEDS_SECONDS)


RULES: Mapping[Kind, Rule] = {
    Kind.REQUEST_LATE: _late(Place.BEFORE),
    Kind.REQUEST_LOST: Rule(Place.BEFORE, final=True),
    Kind.TOKEN_REVOKED: Rule(Place.BEFORE, final=True),
    Kind.TOKEN_EXPIRED: Rule(Place.BEFORE, final=True),
    Kind.THROTTLED: Rule(Place.BEFORE, {"code": "EGW00201"}, final=True),
    Kind.PAGE_FAILED: Rule(Place.BEFORE, {"code": "EGW00302", **_ERROR}, final=True, page=2),
    Kind.SERVER_ERROR: Rule(Place.BEFORE, {"code": "EGW00001", **_ERROR}, final=True),
    Kind.EXCHANGE_LATE: _late(Place.AFTER),
    Kind.CHANGE_RACED: Rule(Place.AFTER, {"shares": None}),
    Kind.PAGE_EMPTY: Rule(Place.AFTER, page=2),
    Kind.PAGE_REPEATED: Rule(Place.AFTER, page=2),
    Kind.FIELD_BLANK: Rule(Place.AFTER, {"field": ""}, frozenset({"field"})),
    Kind.JSON_CUT: Rule(Place.AFTER),
    Kind.HTML_PAGE: Rule(Place.AFTER),
    Kind.REPLY_ERROR: Rule(Place.AFTER, {"code": "EGW00302", **_ERROR}),
    Kind.NOTICE_FIRST: Rule(Place.AFTER, {"seconds": (0.5, 0.5)}),
    Kind.REPLY_LATE: _late(Place.AFTER),
    Kind.BODY_CUT: Rule(Place.AFTER, final=True),
    Kind.REPLY_LOST: Rule(Place.AFTER, final=True),
    # What was measured on the paper host (kis_api.md §17).
    Kind.HISTORY_LATE: Rule(Place.STANDING, {"seconds": (1.1, 5.3)}),
    Kind.BALANCE_STALE: Rule(Place.STANDING, {"seconds": (3.0, 3.0)}),
    Kind.CLOCK_SKEW: Rule(Place.STANDING, {"seconds": _NO_SECONDS}, _NEEDS_SECONDS),
    Kind.FRAME_LOST: Rule(Place.FRAME, final=True),
    Kind.FRAME_NOT_TEXT: Rule(Place.FRAME, final=True),
    Kind.FRAME_GARBAGE: Rule(Place.FRAME, final=True),
    Kind.FRAME_CUT: Rule(Place.FRAME, final=True),
    Kind.FRAME_DOUBLED: Rule(Place.FRAME, final=True),
    Kind.FRAME_MISCOUNTED: Rule(Place.FRAME, final=True),
    Kind.COLUMN_MISSING: Rule(Place.FRAME, final=True),
    Kind.COLUMN_EXTRA: Rule(Place.FRAME, final=True),
    Kind.TR_SWAPPED: Rule(Place.FRAME, final=True),
    Kind.TR_UNKNOWN: Rule(Place.FRAME, final=True),
    Kind.NOTICE_LOST: Rule(Place.NOTICE, final=True),
    Kind.NOTICE_LATE: Rule(Place.NOTICE, {"seconds": _NO_SECONDS}, _NEEDS_SECONDS, final=True),
    Kind.NOTICE_OVERTAKEN: Rule(Place.NOTICE, {"seconds": (10.0, 10.0)}, final=True),
    Kind.NOTICE_DOUBLED: Rule(Place.NOTICE, final=True),
    Kind.SOCKET_CLOSED: Rule(Place.LINE, {"code": "1000"}, final=True),
    Kind.SOCKET_RESET: Rule(Place.LINE, final=True),
    Kind.SOCKET_SILENT: Rule(Place.LINE, {"seconds": _NO_SECONDS}),
    Kind.HANDSHAKE_HUNG: Rule(Place.HANDSHAKE, {"seconds": (30.0, 30.0)}, final=True),
    Kind.HANDSHAKE_REFUSED: Rule(Place.HANDSHAKE, {"status": 503}, final=True),
    Kind.REGISTRATION_REFUSED: Rule(Place.REGISTRATION, {"code": "OPSP0011"}, final=True),
    Kind.REGISTRATION_UNANSWERED: Rule(Place.REGISTRATION),
    Kind.IN_USE_LINGERS: Rule(Place.DROP, {"seconds": _NO_SECONDS}, _NEEDS_SECONDS),
    Kind.VI: Rule(Place.MARKET, {"symbol": "", "trigger": "static", "venue": "KRX"}, _NEEDS_SYMBOL),
    Kind.HALT: Rule(Place.MARKET, {"symbol": "", "seconds": _NO_SECONDS}, _NEEDS_SYMBOL),
    Kind.CIRCUIT_BREAKER: Rule(Place.MARKET, {"market": "", "stage": 1}),
    Kind.LIMIT_UP: Rule(Place.MARKET, {"symbol": "", "seconds": _NO_SECONDS}, _NEEDS_SYMBOL),
    Kind.LIMIT_DOWN: Rule(Place.MARKET, {"symbol": "", "seconds": _NO_SECONDS}, _NEEDS_SYMBOL),
    Kind.DELISTED: Rule(Place.MARKET, {"symbol": ""}, _NEEDS_SYMBOL),
}
assert set(RULES) == set(Kind), "every kind has a rule"

CODES: Mapping[Kind, frozenset[str]] = {
    Kind.THROTTLED: frozenset({"EGW00201", "EGW00215"}),
    Kind.SOCKET_CLOSED: frozenset({"1000", "1001", "1006", "1011", "1012"}),
}
"""The codes a kind may carry, where not any will do."""

ORDERS, QUESTIONS, TOKENS = "orders", "questions", "tokens"
"""Words for calls of a kind: what changes the account, what asks, and the token office."""

OF_TOKENS = frozenset({Kind.TOKEN_REVOKED, Kind.TOKEN_EXPIRED})
"""What befalls a token, and so only a call that shows one."""

FORMS = frozenset({"json", "text", "html"})
TRIGGERS = frozenset({"static", "dynamic"})
VENUES = frozenset({"KRX", "NXT"})
MARKETS = frozenset({"KOSPI", "KOSDAQ"})
NEWS = frozenset({"accepted", "filled", "cancelled", "rejected"})
