"""A strategy's side of the OMS: the account, its symbols, and what it has traded today.

`hearing` takes what the OMS tells, `asking` asks, `holding` is how positions begin and end.
"""

from dataclasses import dataclass, field

from oms_client.contract import AccountView
from strategy_runtime.contract import RoundTrip
from strategy_runtime.decision.position import Position
from strategy_runtime.decision.shape import TradeRules
from strategy_runtime.decision.trading import Entering, Trading


@dataclass(slots=True)
class Desk:
    """All of a strategy's symbols, and the account. Advanced in place by the fold that owns it."""

    strategy_id: str
    date: str  # YYYY-MM-DD
    rules: TradeRules
    symbols: dict[str, Trading]
    carried: dict[str, Position] = field(default_factory=dict)  # held when the last day ended
    account: AccountView | None = None
    up: bool = True
    books_read: bool = False  # since this process began
    away_times: int = 0
    trips: list[RoundTrip] = field(default_factory=list)

    def intent_id(self, symbol: str, what: str, number: int) -> str:
        """Return an intent's name, from its inputs alone."""
        compact = self.date.replace("-", "")
        return f"{self.strategy_id.lower()}-{symbol}-{compact}-{what}-{number}"

    def restarted(self) -> None:
        """Take it that the process began anew: nothing is asked for before the OMS has spoken."""
        self.books_read = False

    def stops_entries(self) -> str | None:
        """Return what keeps every entry back: the OMS or the account; None where nothing does."""
        account = self.account
        if not self.up or not self.books_read:
            return "oms_away"
        if account is None or not account.equity_krw:
            return "equity_unknown"
        if account.killed or account.safe_mode or account.halt_entries or account.flattening:
            return "oms_halted"
        return "oms_paused" if self.strategy_id in account.paused_strategies else None

    def sector_count(self, sector: str, *, apart_from: str = "") -> int:
        """Return how many symbols of a sector are held or have an entry on its way.

        An entry that was given up has released its place, though its end is not known yet.
        """
        return sum(
            each.sector == sector
            and (each.holds or isinstance(each.standing, Entering))
            and each.symbol != apart_from
            for each in self.symbols.values()
        )

    @property
    def held(self) -> tuple[Trading, ...]:
        """The symbols of which shares are held."""
        return tuple(each for each in self.symbols.values() if each.holds)
