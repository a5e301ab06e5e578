"""Who is looked at at all on a trade date: the first stage, before any figure is computed.

Everything is as of that morning: flags, market cap, value traded, and a bar of the session before.
"""

from collections.abc import Sequence
from datetime import date

from kis_core.market.events import DailyBar
from kis_core.market.universe import adtv_krw
from strategy_nulrimok.decision.dse_rules import AdmissionRules
from strategy_nulrimok.decision.research import NameResearch


def admitted(
    names: Sequence[NameResearch], sessions: Sequence[str], rules: AdmissionRules
) -> tuple[dict[str, int], dict[str, str]]:
    """Return the mean value traded (KRW) of each symbol admitted, and why each other is not."""
    days = [date.fromisoformat(session) for session in sessions[-rules.adv_sessions :]]
    reasons: dict[str, str] = {}
    adv_krw: dict[str, int] = {}
    for name in names:
        reason = _reason(name, sessions[-1], rules)
        if reason is not None:
            reasons[name.symbol] = reason
            continue
        adv = adtv_krw(name.bars, days)
        if isinstance(adv, str):
            reasons[name.symbol] = "ADTV_UNKNOWN"
        elif adv < rules.adtv_min_krw:
            reasons[name.symbol] = "ADTV"
        else:
            adv_krw[name.symbol] = adv
    by_adv = sorted(adv_krw, key=lambda symbol: (-adv_krw[symbol], symbol))
    for symbol in by_adv[rules.top_by_adv :]:
        reasons[symbol] = "ADV_RANK"
        del adv_krw[symbol]
    return adv_krw, reasons


def _reason(name: NameResearch, session: str, rules: AdmissionRules) -> str | None:
    """Return the first reason against a name, as a code; None where there is none."""
    if name.symbol in rules.blacklist:
        return "BLACKLIST"
    for flag in rules.exclude:
        if flag in name.flags:
            return flag
    if not name.sector:
        return "SECTOR_UNKNOWN"
    if name.market_cap_krw is None:
        return "MARKET_CAP_UNKNOWN"
    if name.market_cap_krw < rules.market_cap_min_krw:
        return "MARKET_CAP"
    if not name.bars or name.bars[-1].date != session:
        return "BAR_MISSING"  # of the session before
    return "BARS_DAMAGED" if _damaged(name.bars) else None


def _damaged(bars: Sequence[DailyBar]) -> bool:
    before = ""
    for bar in bars:
        # A day without a trade carries its close along; the rest of it may be 0.
        impossible = bar.volume > 0 and not 0 < bar.low_krw <= bar.high_krw
        if bar.date <= before or bar.close_krw <= 0 or bar.volume < 0 or impossible:
            return True
        before = bar.date
    return False
