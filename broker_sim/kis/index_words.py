"""Indices in KIS's words: levels, days, breadth. Points with two decimals. Pure."""

from decimal import Decimal

from broker_sim.kis.numbers import sign_of
from broker_sim.kis.replies import Fields
from kis_core.market.events import IndexLevel

CENT = Decimal("0.01")


def points(level: Decimal) -> str:
    """Return a level as it is written."""
    return str(level.quantize(CENT))


def points_percent(part: Decimal, whole: Decimal) -> str:
    """Return a part of a level in percent, zero where there is no whole."""
    return str((part / whole * 100).quantize(CENT)) if whole else "0.00"


def change_words(level_pt: Decimal, before_pt: Decimal) -> Fields:
    """Return a level and its change from a close."""
    change = level_pt - before_pt
    return {
        "bstp_nmix_prpr": points(level_pt),
        "bstp_nmix_prdy_vrss": points(change),
        "prdy_vrss_sign": sign_of(change),
        "bstp_nmix_prdy_ctrt": points_percent(change, before_pt),
        "prdy_ctrt": points_percent(change, before_pt),
    }


def day_words(
    on: str,
    open_pt: Decimal,
    high_pt: Decimal,
    low_pt: Decimal,
    close_pt: Decimal,
    before_pt: Decimal,
) -> Fields:
    """Return a day of an index; `on` is YYYY-MM-DD, `before_pt` the close before it."""
    return change_words(close_pt, before_pt) | {
        "stck_bsop_date": on.replace("-", ""),
        "bstp_nmix_oprc": points(open_pt),
        "bstp_nmix_hgpr": points(high_pt),
        "bstp_nmix_lwpr": points(low_pt),
        "stck_prdy_clpr": points(before_pt),
    }


def level_words(level: IndexLevel) -> Fields:
    """Return a level with its day so far."""
    before = level.previous_close_pt
    return change_words(level.level_pt, before) | {
        "bstp_nmix_oprc": points(level.open_pt),
        "prdy_nmix_vrss_nmix_oprc": points(level.open_pt - before),
        "oprc_vrss_prpr_sign": sign_of(level.level_pt - level.open_pt),
        "bstp_nmix_oprc_prdy_ctrt": points_percent(level.open_pt - before, before),
        "bstp_nmix_hgpr": points(level.high_pt),
        "prdy_nmix_vrss_nmix_hgpr": points(level.high_pt - before),
        "hgpr_vrss_prpr_sign": sign_of(level.level_pt - level.high_pt),
        "bstp_nmix_hgpr_prdy_ctrt": points_percent(level.high_pt - before, before),
        "bstp_nmix_lwpr": points(level.low_pt),
        "prdy_clpr_vrss_lwpr": points(level.low_pt - before),
        "lwpr_vrss_prpr_sign": sign_of(level.level_pt - level.low_pt),
        "prdy_clpr_vrss_lwpr_rate": points_percent(level.low_pt - before, before),
        "prdy_nmix": points(before),
    }
