"""What Nulrimok's research would know of a played market at 08:00 of a date."""

from collections.abc import Mapping

from strategy_nulrimok.decision.research import FlowDay, NameResearch, Research
from tests.play.market import Market

SESSIONS = 100
KOSPI_SESSIONS = 300
CAP_KRW = 10**13  # nobody falls for being small


def research_of(market: Market, trade_date: str, sectors: Mapping[str, str]) -> Research:
    """Return the research of a date: days before it, and nothing else."""
    sessions = tuple(day for day in market.days if day < trade_date)[-SESSIONS:]
    first, last = sessions[0], sessions[-1]
    names = {}
    for symbol, sector in sectors.items():
        bars = tuple(bar for bar in market.daily(symbol) if first <= bar.date <= last)
        flows = tuple(
            FlowDay(
                row.date,
                row.foreign.net_krw if row.foreign else None,
                row.institution.net_krw if row.institution else None,
            )
            for row in market.flows(symbol)
            if first <= row.date <= last
        )
        names[symbol] = NameResearch(symbol, sector, bars, flows, CAP_KRW, frozenset())
    kospi = tuple(row for row in market.index("0001") if row.date <= last)[-KOSPI_SESSIONS:]
    return Research(trade_date, last, kospi, names, None, sessions)
