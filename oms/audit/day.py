"""The day's P&L and exposure, taken anew whenever a price or a holding moves.

Pure. Unrealised counts what strategies hold, against what it cost with commission; it is None
while the price of anything held is not known.
"""

from oms.audit.known import Standings
from oms.audit.standing import PortfolioDay, StrategyDay
from oms.audit.trades import sign


def revalue(rows: Standings) -> None:
    """Bring the day's rows of the account and of each strategy to the last prices."""
    sums: dict[str, tuple[int, int | None]] = dict.fromkeys(rows.known.strategy_days, (0, 0))
    symbols: set[str] = set()
    for (strategy_id, symbol), allocation in rows.known.allocations.items():
        if not allocation.shares:
            continue
        symbols.add(symbol)
        position = rows.known.positions.get(symbol)
        price_krw = position.price_krw if position else None
        gross_krw, profit_krw = sums.get(strategy_id, (0, 0))
        if price_krw is None:
            sums[strategy_id] = (gross_krw + allocation.cost_krw, None)
        else:
            value_krw = allocation.shares * price_krw
            if profit_krw is not None:
                profit_krw += sign(allocation.direction) * (value_krw - allocation.cost_krw)
            sums[strategy_id] = (gross_krw + value_krw, profit_krw)
    total_krw, total_profit_krw = 0, 0
    known = True
    for strategy_id, (gross_krw, profit_krw) in sums.items():
        _set(rows.strategy_day(strategy_id), gross_krw, profit_krw)
        total_krw += gross_krw
        total_profit_krw += profit_krw or 0
        known = known and profit_krw is not None
    day = rows.day()
    day.positions_count = len(symbols)
    _set(day, total_krw, total_profit_krw if known else None)


def _set(day: PortfolioDay | StrategyDay, gross_krw: int, unrealised_krw: int | None) -> None:
    day.gross_krw = gross_krw
    day.peak_gross_krw = max(day.peak_gross_krw, gross_krw)
    day.unrealised_pnl_krw = unrealised_krw
    if unrealised_krw is not None:
        day.low_pnl_krw = min(day.low_pnl_krw, day.realised_pnl_krw + unrealised_krw)
