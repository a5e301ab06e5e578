"""What groups of investors sold and bought, in KIS's words. Pure.

The spelling of the names is KIS's own, and not the same for every group and call. Source:
kis_api.md §7.
"""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from broker_sim.exchange.investors import (
    BOUGHT,
    FOREIGN,
    INSTITUTION,
    INSTITUTIONS,
    PERSON,
    SOLD,
    institutions,
)
from broker_sim.kis.replies import Fields

Ints = NDArray[np.int64]
UNREGISTERED = 100  # one share in so many of the foreigners' is traded without registration
NEVER = ("etc", "etc_corp", "etc_orgt")  # groups whose trades are counted among the persons'


def investor_words(
    shares: Ints, average_krw: float, seed: int, on: date, shares_in: int = 1
) -> Fields:
    """Return every group's sales, purchases and net. `shares` is of shape (side, group).

    Shares are told in units of `shares_in`, amounts in million won at an average price.
    """
    foreign = shares[:, FOREIGN]
    unregistered = foreign // UNREGISTERED
    groups = {
        "prsn": shares[:, PERSON],
        "frgn": foreign,
        "frgn_reg": foreign - unregistered,
        "frgn_nreg": unregistered,
        "orgn": shares[:, INSTITUTION],
    }
    kinds = institutions(shares[:, INSTITUTION], seed, on)
    groups |= {name: kinds[:, at] for at, name in enumerate(INSTITUTIONS)}
    groups |= {name: np.zeros(2, dtype=np.int64) for name in NEVER}
    fields: Fields = {}
    for name, sides in groups.items():
        sold, bought = int(sides[SOLD]), int(sides[BOUGHT])
        fields.update(_group_words(name, sold // shares_in, bought // shares_in))
        fields.update(
            _amount_words(name, _million(sold, average_krw), _million(bought, average_krw))
        )
    return fields


def _group_words(name: str, sold: int, bought: int) -> Fields:
    words = {
        f"{name}_seln_vol": str(sold),
        f"{name}_shnu_vol": str(bought),
        f"{name}_ntby_qty": str(bought - sold),
        f"{name}_ntby_vol": str(bought - sold),
    }
    if name.startswith("frgn_"):
        words |= {f"{name}_askp_qty": str(sold), f"{name}_bidp_qty": str(bought)}
    return words


def _amount_words(name: str, sold: int, bought: int) -> Fields:
    words = {
        f"{name}_seln_tr_pbmn": str(sold),
        f"{name}_shnu_tr_pbmn": str(bought),
        f"{name}_ntby_tr_pbmn": str(bought - sold),
    }
    if name.startswith("frgn_"):
        words |= {f"{name}_askp_pbmn": str(sold), f"{name}_bidp_pbmn": str(bought)}
        words |= {f"{name}_ntby_pbmn": str(bought - sold)}
    return words


def _million(shares: int, average_krw: float) -> int:
    return round(shares * average_krw / 1_000_000)
