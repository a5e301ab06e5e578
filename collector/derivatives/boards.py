"""Option boards, once a minute on the minute, one call a second.

A minute of a board is done when its reply is on the tape and could be read, and not before. What
comes instead is told apart: a market that is closed is not asked at all, a board without a row is
no news and not asked again that minute; only too many calls and errors are tried again, for as long
as the minute lasts.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from structlog.typing import FilteringBoundLogger

from collector.derivatives.coverage import Coverage
from collector.derivatives.expiries import BoardKey
from kis_core.clock import SECOND_NS, Clock
from kis_core.errors import KisError, NotOffered, RateLimited, UnknownSymbol
from kis_core.market.events import Gap
from kis_core.market.instants import MINUTE_NS, minute_start_ns
from kis_core.wire.derivatives.derivative_quote_requests import Board
from kis_core.wire.derivatives.derivative_quotes import OptionBoard

CALL_EVERY_NS = 1_050_000_000  # the broker asks for one a second of this call
_RETRY_NS = 2 * SECOND_NS  # of the market, after an error

Verdict = Literal["no news", "never", "rate limited", "error"]


class BoardSource(Protocol):
    """Who knows the boards; `kis_core.net.derivatives.KisDerivatives` does."""

    async def option_board(self, maturity: str, board: Board = "") -> OptionBoard:
        """Return the calls and puts of an expiry."""
        ...


@dataclass(frozen=True, slots=True)
class Capture:
    """A board that arrived."""

    key: BoardKey
    received_ns: int
    board: OptionBoard


def verdict(error: KisError) -> Verdict:
    """Return what became of a call that brought no board."""
    match error:
        case RateLimited():
            return "rate limited"
        case NotOffered():
            return "never"
        case UnknownSymbol():
            return "no news"
        case _:
            return "error"


class BoardPolls:
    """Polls boards. `take` is handed every capture, `lost` every gap, in order."""

    def __init__(
        self,
        source: BoardSource,
        clock: Clock,
        take: Callable[[Capture], None],
        lost: Callable[[Gap], None],
        log: FilteringBoundLogger,
    ) -> None:
        self._source = source
        self._clock = clock
        self._take = take
        self._lost = lost
        self._log = log
        self._free_ns = 0  # when the next call may leave
        self._empty: set[str] = set()
        self.refused = False  # the environment does not offer boards at all
        self.asked = 0
        self.captured = 0
        self.failed = 0

    async def minute(self, boards: Sequence[BoardKey], coverage: Coverage) -> None:
        """Capture every board of the minute it is, and come back when done or when it is over."""
        minute_ns = minute_start_ns(self._clock.now_ns())
        left = [board for board in boards if not coverage.done(board.name, minute_ns)]
        while left:
            again = []
            for board in left:
                if self.refused:
                    return
                await self._clock.sleep_until(self._free_ns)
                if self._clock.now_ns() >= minute_ns + MINUTE_NS:
                    return  # what is left is the next capture's gap
                if not await self._ask(board, coverage):
                    again.append(board)
            left = again

    async def _ask(self, key: BoardKey, coverage: Coverage) -> bool:
        """Ask for a board; False: ask again."""
        self.asked += 1
        self._free_ns = self._clock.now_ns() + CALL_EVERY_NS
        try:
            board = await self._source.option_board(key.maturity, key.kind)
        except KisError as error:
            return self._judge(key, error, coverage)
        received_ns = self._clock.now_ns()
        if not board.calls and not board.puts:
            return self._nothing(key, coverage, minute_start_ns(received_ns))
        gap = coverage.captured(key.name, minute_start_ns(received_ns))
        if gap is not None:
            self._lost(gap)
            self._log.warning("BOARD_MISSED", board=key.name, why=gap.reason)
        self.captured += 1
        self._empty.discard(key.name)
        self._take(Capture(key, received_ns, board))
        return True

    def _judge(self, key: BoardKey, error: KisError, coverage: Coverage) -> bool:
        match verdict(error):
            case "no news":
                return self._nothing(key, coverage, minute_start_ns(self._clock.now_ns()))
            case "never":
                self.refused = True
                self._log.warning("BOARDS_NOT_OFFERED", why=str(error))
                return True
            case "rate limited":
                assert isinstance(error, RateLimited)
                wait_ns = int(error.retry_after_s * SECOND_NS)
            case "error":
                wait_ns = _RETRY_NS
        self.failed += 1
        self._free_ns = max(self._free_ns, self._clock.now_ns() + wait_ns)
        coverage.failed(key.name, f"{type(error).__name__}: {error}")
        self._log.warning("BOARD_FAILED", board=key.name, why=str(error))
        return False

    def _nothing(self, key: BoardKey, coverage: Coverage, minute_ns: int) -> bool:
        if key.name not in self._empty:
            self._empty.add(key.name)
            self._log.info("BOARD_EMPTY", board=key.name)
        coverage.captured(key.name, minute_ns)
        return True
