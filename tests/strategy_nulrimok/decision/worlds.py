"""Research for the tests: small worlds made by hand, and the real one."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from config.load import DIRECTORY, merge, read_yaml
from kis_core.market.events import DailyBar, IndexDay
from kis_core.settings import load_sectors
from strategy_nulrimok.decision.dse_rules import DseRules
from strategy_nulrimok.decision.panel import Panel, panel
from strategy_nulrimok.decision.research import FlowDay, NameResearch, Research

STRICT = {
    "allow_tier_c_reduced": False,
    "leader_tier_a_pct": 60,
    "leader_tier_b_pct": 70,
    "flow_persistence_min": 0.60,
}


def rules(over: Mapping[str, Any] | None = None) -> DseRules:
    """Return the house's own rules with some numbers changed."""
    section = read_yaml(DIRECTORY / "nulrimok.yaml")["dse"]
    return DseRules.model_validate(merge({**section, "strict": STRICT}, dict(over or {})))


def sessions(count: int, last: date = date(2025, 6, 30)) -> tuple[str, ...]:
    """Return `count` weekdays up to `last`, ascending."""
    days = (last - timedelta(days=back) for back in range(count * 2))
    return tuple(day.isoformat() for day in days if day.weekday() < 5)[:count][::-1]


def bars_of(
    symbol: str, closes_krw: Sequence[int], volumes: Sequence[int] | int, dates: Sequence[str]
) -> tuple[DailyBar, ...]:
    """Return daily bars that end on the last date; 1 % from low to close and close to high."""
    if isinstance(volumes, int):
        volumes = [volumes] * len(closes_krw)
    return tuple(
        DailyBar(symbol, day, close, close + close // 100, close - close // 100, close, shares,
                 close * shares)
        for day, close, shares in zip(dates[-len(closes_krw) :], closes_krw, volumes, strict=True)
    )  # fmt: skip


def flows_of(smart_krw: Sequence[int | None], dates: Sequence[str]) -> tuple[FlowDay, ...]:
    """Return flows that end on the last date, all of it foreigners' but 1 KRW; None: not told."""
    return tuple(
        FlowDay(day, None if smart is None else smart - 1, 1)
        for day, smart in zip(dates[-len(smart_krw) :], smart_krw, strict=True)
    )


def kospi_of(closes_pt: Iterable[float], dates: Sequence[str]) -> tuple[IndexDay, ...]:
    """Return days of the KOSPI that end on the last date."""
    closes = [Decimal(str(close)) for close in closes_pt]
    return tuple(
        IndexDay("0001", day, close, close, close, close)
        for day, close in zip(dates[-len(closes) :], closes, strict=True)
    )


def name_of(
    symbol: str,
    sector: str = "Alpha",
    closes_krw: Sequence[int] = (10_000,) * 60,
    smart_krw: Sequence[int | None] = (1,) * 41,
    volumes: Sequence[int] | int = 1_000_000,
) -> NameResearch:
    """Return a name whose bars and flows end on the session before 2025-07-01."""
    dates = sessions(max(len(closes_krw), len(smart_krw)))
    bars = bars_of(symbol, closes_krw, volumes, dates)
    return NameResearch(symbol, sector, bars, flows_of(smart_krw, dates), 10**12, frozenset())


def side_by_side(names: Sequence[NameResearch], adv_krw: Sequence[int] | int = 10**10) -> Panel:
    """Return a panel of names over the 41 sessions before 2025-07-01."""
    adv = [adv_krw] * len(names) if isinstance(adv_krw, int) else adv_krw
    return panel(names, adv, sessions(41), 60)


# -- the real one -------------------------------------------------------------------------------


@cache
def real_days(folder: Path) -> tuple[str, ...]:
    """Return the real trading days up to 2026-01-30."""
    days = pl.read_parquet(folder / "masters" / "krx_trading_days.parquet").to_series(0)
    return tuple(str(day)[:10] for day in days if str(day)[:10] <= "2026-01-30")


@cache
def real_research(folder: Path, trade_date: str) -> Research:
    """Return the research of a real date: 103 names, net shares × close as KRW, no FX series.

    The market cap of each is 1e12: the data holds no history of it.
    """
    names = {
        symbol: NameResearch(symbol, sector, bars, flows, 10**12, frozenset())
        for symbol, (sector, all_bars, all_flows) in _real_names(folder).items()
        if (bars := tuple(bar for bar in all_bars if bar.date < trade_date)[-140:])
        and (flows := tuple(flow for flow in all_flows if flow.date < trade_date)[-140:])
    }
    kospi = tuple(day for day in _real_kospi(folder) if day.date < trade_date)[-280:]
    calendar = tuple(day for day in real_days(folder) if day < trade_date)[-60:]
    return Research(trade_date, kospi[-1].date, kospi, names, None, calendar)


@cache
def _real_kospi(folder: Path) -> tuple[IndexDay, ...]:
    rows = pl.read_parquet(folder / "daily" / "index_daily.parquet")
    rows = rows.filter(pl.col("index") == "KOSPI").sort("date")
    return tuple(
        IndexDay("0001", str(day), *(Decimal(str(price)) for price in prices))
        for day, *prices in rows.select("date", "open", "high", "low", "close").iter_rows()
    )


@cache
def _real_names(
    folder: Path,
) -> dict[str, tuple[str, tuple[DailyBar, ...], tuple[FlowDay, ...]]]:
    rows = pl.read_parquet(folder / "daily" / "krx_daily_flow_103.parquet")
    rows = rows.with_columns(pl.col("symbol").cast(pl.String)).sort("symbol", "date")
    sectors = load_sectors().covering(rows["symbol"].unique().to_list())
    found: dict[str, tuple[str, tuple[DailyBar, ...], tuple[FlowDay, ...]]] = {}
    for (symbol,), days in rows.group_by("symbol", maintain_order=True):
        bars, flows = [], []
        for row in days.iter_rows(named=True):
            day, close = str(row["date"]), row["close"]
            bars.append(
                DailyBar(
                    str(symbol),
                    day,
                    row["open"],
                    row["high"],
                    row["low"],
                    close,
                    row["volume"],
                    row["volume"] * close,
                )
            )
            foreign, institution = row["foreign_net_shares"], row["inst_net_shares"]
            flows.append(FlowDay(day, foreign * close, institution * close))
        found[str(symbol)] = (sectors[str(symbol)], tuple(bars), tuple(flows))
    return found
