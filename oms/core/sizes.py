"""The controls that judge how many shares may be bought: those that shrink, and the caps.

Each is a pure function of an `Entry`: None approves. See `oms.core.risk`.
"""

from oms.core.entry import Entry
from oms.core.records import Verdict

# What shrinks


def position_cap(e: Entry) -> Verdict | None:
    room = e.position_cap_krw - e.position_krw
    if e.shares * e.unit_krw > room:
        return _shrunk("per_symbol", "position limit", e, room // e.unit_krw)
    return None


def risk_budget(e: Entry) -> Verdict | None:
    if e.shares * e.risk_unit_krw > e.risk_krw:
        allowed = e.risk_krw // e.risk_unit_krw
        return _shrunk("strategy_budget_risk", "risk budget", e, allowed)
    return None


def capital_budget(e: Entry) -> Verdict | None:
    room = e.capital_krw - e.strategy_krw
    if e.shares * e.unit_krw > room:
        return _shrunk("strategy_budget_capital", "capital budget", e, room // e.unit_krw)
    return None


def cash(e: Entry) -> Verdict | None:
    if e.cash_krw is None:
        return Verdict("cash", "defer", "Orderable cash not yet known")
    if e.cash_unit_krw is None:
        return Verdict("cash", "defer", f"What {e.symbol} has to be backed with is not known")
    # commission on top: compared in millionths, so that no KRW is lost to rounding
    if e.shares * e.cash_unit_krw * (1_000_000 + e.commission_ppm) > e.cash_krw * 1_000_000:
        each = e.cash_unit_krw * (1_000_000 + e.commission_ppm)
        return _shrunk("cash", "orderable cash", e, e.cash_krw * 1_000_000 // each)
    return None


def margin(e: Entry) -> Verdict | None:
    unit, room = e.cash_unit_krw, e.margin_room_krw if e.on_margin else None
    if room is not None and unit and e.shares * unit > room:
        return _shrunk("margin", "margin limit", e, room // unit)
    return None


def contracts(e: Entry) -> Verdict | None:
    room = e.contracts_room if e.on_margin else None
    if room is not None and e.shares > room:
        return _shrunk("contracts", "contracts of one symbol", e, room)
    return None


def openable(e: Entry) -> Verdict | None:
    most = e.openable if e.on_margin else None
    if most is not None and e.shares > most:
        return _shrunk("openable", "margin that the broker sees", e, most)
    return None


def participation(e: Entry) -> Verdict | None:
    if not e.participates:
        return None
    if e.volume_room is None:
        return Verdict("participation", "defer", "Volume of the day not known yet")
    if e.shares > e.volume_room:
        return _shrunk("participation", "share of the day's volume", e, e.volume_room)
    return None


def _shrunk(control: str, what: str, e: Entry, allowed: int) -> Verdict:
    if allowed <= 0:
        return Verdict(control, "refuse", f"Nothing left of the {what}", 0)
    return Verdict(control, "shrink", f"Scaled from {e.shares} to {allowed} for {what}", allowed)


# Caps on the shares that remain


def order_value(e: Entry) -> Verdict | None:
    if e.shares * e.limit_krw > e.order_value_krw_max:
        return Verdict(
            "order_value",
            "refuse",
            f"{e.shares * e.limit_krw:,} KRW exceed {e.order_value_krw_max:,} an order",
        )
    return None


def gross(e: Entry) -> Verdict | None:
    if e.gross_krw + e.shares * e.unit_krw > e.gross_cap_krw:
        return Verdict(
            "gross_exposure", "refuse", f"Gross exposure would exceed {e.gross_cap_krw:,} KRW"
        )
    return None


def net(e: Entry) -> Verdict | None:
    if e.net_cap_krw is None:
        return None
    adds_krw = e.shares * e.unit_krw
    if abs(e.net_krw - adds_krw if e.short else e.net_krw + adds_krw) > e.net_cap_krw:
        return Verdict("net_exposure", "refuse", f"Net exposure would exceed {e.net_cap_krw:,} KRW")
    return None


def drawdown(e: Entry) -> Verdict | None:
    cap = e.drawdown_cap_krw
    if cap is not None and e.gross_krw + e.shares * e.unit_krw > cap:
        return Verdict("drawdown", "refuse", f"In this drawdown exposure would exceed {cap:,} KRW")
    return None


def regime(e: Entry) -> Verdict | None:
    if e.regime_cap_krw is None:
        return Verdict("regime_cap", "refuse", f"Regime {e.regime!r} has no cap written down")
    if e.gross_krw + e.shares * e.unit_krw > e.regime_cap_krw:
        return Verdict(
            "regime_cap", "refuse", f"Regime {e.regime} cap {e.regime_cap_krw:,} KRW exceeded"
        )
    return None


def sector(e: Entry) -> Verdict | None:
    if e.sector is None:
        if e.sector_blocks:
            return Verdict("unknown_sector", "refuse", f"{e.symbol} is in no known sector")
        return None
    adds_krw = e.shares * e.unit_krw
    if e.sector_krw + adds_krw > e.sector_cap_krw:
        return Verdict(
            "sector_cap",
            "refuse",
            f"Sector {e.sector} has {e.sector_krw:,} of {e.sector_cap_krw:,} KRW taken: "
            f"{adds_krw:,} more do not fit",
        )
    return None
