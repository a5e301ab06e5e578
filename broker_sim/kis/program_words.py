"""Program trades of a market in KIS's words: thousand shares, million won, shares of all. Pure.

The REST calls and H0UPPGM0 name the same hundred figures, with `smtn` and `smtm`, `shnu` and
`shun` as they please; all spellings are made here, and each takes its own. Source: kis_api.md §7,
§13.8.
"""

import numpy as np
from numpy.typing import NDArray

from broker_sim.exchange.programs import ARBITRAGE, BUY, ENTRUSTED, OTHER, OWN, SELL
from broker_sim.kis.numbers import percent
from broker_sim.kis.replies import Fields

Ints = NDArray[np.int64]
THOUSAND, MILLION = 1_000, 1_000_000
_BASES = {"arbt": (ARBITRAGE,), "nabt": (OTHER,), "whol": (ARBITRAGE, OTHER)}
_ACCOUNTS = {"entm": (ENTRUSTED,), "onsl": (OWN,), "smtn": (ENTRUSTED, OWN)}


def program_words(shares: Ints, value_krw: Ints, market: tuple[int, int]) -> Fields:
    """Return all figures of one instant. `market` is what all stocks traded, shares and KRW."""
    units = (market[0] // THOUSAND, market[1] // MILLION)
    fields: Fields = {"acml_vol": str(units[0]), "acml_tr_pbmn": str(units[1])}
    for basis, kinds in _BASES.items():
        for account, owners in _ACCOUNTS.items():
            inside = np.ix_(kinds, owners)
            volume = shares[inside].sum(axis=(0, 1)) // THOUSAND
            amount = value_krw[inside].sum(axis=(0, 1)) // MILLION
            fields.update(_sums(basis, account, volume, amount, units))
    fields.update(_streamed(fields))
    return fields


def _sums(basis: str, account: str, volume: Ints, amount: Ints, units: tuple[int, int]) -> Fields:
    """Return sales, purchases and net of one basis and account, and their shares of all."""
    fields: Fields = {}
    net = (volume[BUY] - volume[SELL], amount[BUY] - amount[SELL])
    for word, spelled, figures in (
        ("seln", ("seln",), (volume[SELL], amount[SELL])),
        ("shnu", ("shnu", "shun"), (volume[BUY], amount[BUY])),
        ("ntby", ("ntby",), net),
    ):
        shares, krw = int(figures[0]), int(figures[1])
        quantity = "qty" if word == "ntby" else "vol"
        stem = f"{basis}_{account}_{word}"
        fields[f"{stem}_{quantity}"] = str(shares)
        fields[f"{stem}_tr_pbmn"] = str(krw)
        for prefix in _prefixes(basis, account):
            for spelling in spelled:
                fields[f"{prefix}{spelling}_{quantity}_rate"] = percent(shares, units[0])
                fields[f"{prefix}{spelling}_tr_pbmn_rate"] = percent(krw, units[1])
    return fields


def _prefixes(basis: str, account: str) -> tuple[str, ...]:
    """Return how names of rates begin."""
    if account == "smtn":
        short = (f"{basis}_",) if basis == "whol" else ()
        return (f"{basis}_smtn_", f"{basis}_smtm_", *short)
    return (f"{basis}_{account}_", f"{account}_") if basis == "whol" else (f"{basis}_{account}_",)


def _streamed(known: Fields) -> Fields:
    """Return the names that only H0UPPGM0 has."""
    fields: Fields = {}
    for basis in ("arbt", "nabt"):
        for side in ("seln", "shnu"):
            for account in ("entm", "onsl"):
                stem = f"{basis}_{account}_{side}"
                fields[f"{basis}_{side}_{account}_cnqn"] = known[f"{stem}_vol"]
                fields[f"{basis}_{side}_{account}_cntg_amt"] = known[f"{stem}_tr_pbmn"]
    fields |= {
        "whol_entm_ntby_qt": known["whol_entm_ntby_qty"],
        "entm_ntby_qty_rat": known["entm_ntby_qty_rate"],
        "total_seln_qty": known["whol_smtn_seln_vol"],
        "total_seln_tr_pbmn": known["whol_smtn_seln_tr_pbmn"],
        "shnu_cntg_smtn": known["whol_smtn_shnu_vol"],
        "total_shnu_tr_pbmn": known["whol_smtn_shnu_tr_pbmn"],
        "whol_ntby_qty": known["whol_smtn_ntby_qty"],
        "whol_ntby_tr_pbmn": known["whol_smtn_ntby_tr_pbmn"],
    }
    return fields
