"""Who is looked at at all."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from strategy_nulrimok.decision.admission import admitted
from strategy_nulrimok.decision.research import NameResearch
from tests.strategy_nulrimok.decision.worlds import name_of, rules, sessions

DATES = sessions(41)
PLAIN = name_of("000010")  # 10 billion KRW a day


def bars(name: NameResearch, at: int, **over: Any) -> NameResearch:
    changed = list(name.bars)
    changed[at] = msgspec.structs.replace(changed[at], **over)
    return replace(name, bars=tuple(changed))


def reason(name: NameResearch, **over: Any) -> str | None:
    return admitted([name], DATES, rules({"admission": over}).admission)[1].get(name.symbol)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (PLAIN, None),
        *[
            (replace(PLAIN, flags=frozenset({flag})), flag)
            for flag in (
                "HALTED", "ADMINISTRATIVE", "WARNING", "RISK", "LIQUIDATION", "SPAC", "ETF",
                "PREFERRED",
            )
        ],
        (replace(PLAIN, sector=""), "SECTOR_UNKNOWN"),
        (replace(PLAIN, market_cap_krw=None), "MARKET_CAP_UNKNOWN"),
        (replace(PLAIN, market_cap_krw=19_999_999_999), "MARKET_CAP"),
        (replace(PLAIN, market_cap_krw=20_000_000_000), None),
        (replace(PLAIN, bars=()), "BAR_MISSING"),
        (replace(PLAIN, bars=PLAIN.bars[:-1]), "BAR_MISSING"),
        (replace(PLAIN, bars=(*PLAIN.bars[:-1], *PLAIN.bars[-2:])), "BARS_DAMAGED"),
        (bars(PLAIN, -30, low_krw=0), "BARS_DAMAGED"),
        (bars(PLAIN, -30, high_krw=9_000), "BARS_DAMAGED"),
        (bars(PLAIN, -30, close_krw=0), "BARS_DAMAGED"),
        (bars(PLAIN, -30, open_krw=0, high_krw=0, low_krw=0, volume=0), None),
        (bars(PLAIN, -20, value_krw=None), "ADTV_UNKNOWN"),
        (bars(PLAIN, -21, value_krw=None), None),
        (replace(PLAIN, bars=(*PLAIN.bars[:-5], *PLAIN.bars[-4:])), "ADTV_UNKNOWN"),
        (replace(PLAIN, bars=PLAIN.bars[-20:]), None),
        (replace(PLAIN, bars=PLAIN.bars[-19:]), "ADTV_UNKNOWN"),
    ],
)  # fmt: skip
def test_the_first_reason_against_a_name(name: NameResearch, why: str | None) -> None:
    assert reason(name) == why


def test_the_value_traded_is_of_the_newest_twenty_sessions_not_the_oldest() -> None:
    rising = name_of("000010", closes_krw=[1_000] * 40 + [3_000] * 20)
    assert admitted([rising], DATES, rules().admission)[0] == {"000010": 3_000_000_000}
    assert reason(name_of("000010", closes_krw=[9_000] * 40 + [2_999] * 20)) == "ADTV"


def test_a_blacklisted_symbol_and_those_behind_the_most_liquid_are_out() -> None:
    assert reason(PLAIN, blacklist=["000010"]) == "BLACKLIST"
    names = [name_of(f"00001{i}", closes_krw=[10_000 + i // 2] * 60) for i in range(4)]
    adv, reasons = admitted(names, DATES, rules({"admission": {"top_by_adv": 3}}).admission)
    # 2 and 3 trade most; of 0 and 1, equal, the first by symbol stays.
    assert sorted(adv) == ["000010", "000012", "000013"]
    assert reasons == {"000011": "ADV_RANK"}


def test_flags_not_excluded_do_not_count() -> None:
    assert reason(replace(PLAIN, flags=frozenset({"SPAC"})), exclude=["ETF"]) is None
