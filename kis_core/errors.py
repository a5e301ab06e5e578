"""What can go wrong with KIS, sorted by what the caller does next.

KisError
├── Unreachable      the request never left, or asked a question: ask again after a pause
├── OutcomeUnknown   an order left and nothing came back: look it up, never send it again
├── Refused          KIS understood and said no: do not repeat it unchanged
│   ├── RateLimited  ... before `retry_after_s` has passed
│   ├── NotOffered   ... in this environment at all; the message names the substitute
│   ├── TooEarly     ... before a time of day: today's figures are not there yet
│   └── UnknownSymbol ... because there is no such symbol
├── ReplyError       an answer that is not what the catalog says: keep the text, change no state
├── FrameError       not the protocol we know: drop it, count it, keep the bytes
├── MasterError      a master file that cannot be believed: go on with the last good one
└── WrongEnvironment a credential, URL or TR of one environment met another: a bug, stop
"""


class KisError(Exception):
    """Anything that went wrong between us and the broker."""


class Unreachable(KisError):
    """The request never left, or it asked a question. Asking again is safe."""


class OutcomeUnknown(KisError):
    """An order left and no answer came back. It may be live: look it up, never re-send."""


class Refused(KisError):
    """KIS said no. `code` is its `msg_cd`, `text` its `msg1` without the padding."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text


class RateLimited(Refused):
    """Too many calls (EGW00201, EGW00215) or token issues (EGW00133)."""

    def __init__(self, code: str, text: str, retry_after_s: float) -> None:
        super().__init__(code, text)
        self.retry_after_s = retry_after_s


class NotOffered(Refused):
    """The environment does not offer this call (EGW02006, 90000000)."""


class TooEarly(Refused):
    """KIS tells this only after a time of day, which `text` says (OPSQ2001, TIME LIMIT)."""


class UnknownSymbol(Refused):
    """KIS knows no such symbol. It says so with zeros and blanks, not with an error."""

    def __init__(self, symbol: str) -> None:
        super().__init__("UNKNOWN_SYMBOL", f"KIS knows no symbol {symbol}")


class ReplyError(KisError):
    """A reply that cannot be read. `text` is what arrived, cut to 2,000 characters."""

    def __init__(self, what: str, text: str) -> None:
        super().__init__(f"{what}: {text[:200]!r}")
        self.what = what
        self.text = text[:2000]


class FrameError(KisError):
    """A WebSocket frame that cannot be read. `text` is what arrived, cut to 2,000 characters."""

    def __init__(self, what: str, text: str) -> None:
        super().__init__(f"{what}: {text[:200]!r}")
        self.what = what
        self.text = text[:2000]


class MasterError(KisError):
    """A master file that cannot be believed as a whole. `file` is its name."""

    def __init__(self, file: str, what: str) -> None:
        super().__init__(f"{file}: {what}")
        self.file = file
        self.what = what


class WrongEnvironment(KisError):
    """Something of one environment met something of another."""
