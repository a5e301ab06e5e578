"""All frames KIS published, and those captured from it, say what they are known to say."""

from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest

from kis_core.errors import FrameError
from kis_core.wire.account import NoticeKind, OrderNotice
from kis_core.wire.stream.cipher import Keyring, seal
from kis_core.wire.stream.frames import Ack
from kis_core.wire.tr_table import STREAMS
from tests.kis_core.wire.every_tr import ARRIVED_NS, DAY_NS, read_any

KEY, IV = "k" * 32, "i" * 16


def at(hour: int, minute: int, second: int) -> int:
    return DAY_NS + ((hour * 60 + minute) * 60 + second) * 1_000_000_000


# (TR, fields, which of several): the values of its one record, by the event's field.
SAID: dict[tuple[str, int, int], dict[str, Any]] = {
    ("H0EWASP0", 73, 0): {
        "columns.MKSC_SHRN_ISCD": "57JN53",
        "columns.ASKP1": "270",
        "columns.BIDP1": "265",
        "columns.ASKP_RSQN1": "132730",
        "columns.TOTAL_BIDP_RSQN": "1562460",
    },
    ("H0EWCNT0", 63, 0): {
        "columns.STCK_PRPR": "265",
        "columns.ACML_VOL": "5071350",
        "columns.DELTA": "0.37",
        "columns.LVRG_VAL": "49.09",
        "columns.LP_NTBY_QTY": "0",
    },
    ("H0STANC0", 45, 0): {
        "symbol": "005930",
        "venue": "KRX",
        "at_ns": at(8, 49, 45),
        "price_krw": 77_600,
        "volume": 221_986,
        "value_krw": 221_986 * 77_600,
        "ask_krw": 77_600,
        "bid_krw": 77_500,
        "ask_volume": 11_591,
        "bid_volume": 2_878,
        "halted": False,
        "after_hours": False,
    },
    ("H0STASP0", 59, 0): {
        "at_ns": at(9, 37, 30),
        "asks.0": (71_900, 91_918),
        "asks.9": (72_800, 104_229),
        "bids.0": (71_800, 95_221),
        "bids.9": (70_900, 158_171),
        "in_auction": False,
        "expected_krw": None,
        "mids": (),
    },
    ("H0STASP0", 62, 0): {
        "at_ns": at(14, 33, 54),
        "asks.0": (324_000, 34_364),
        "bids.9": (319_000, 16_282),
        "mids.0.venue": "KRX",
        "mids.0.price_krw": 323_750,
        "mids.0.shares": 0,
    },
    ("H0STCNI0", 23, 0): {
        "kind": NoticeKind.FILLED,
        "account": "1234567801",
        "broker_id": "0000002891",
        "original_id": None,
        "symbol": "136480",
        "side": "BUY",
        "shares": 1,
        "price_krw": 3_190,
        "order_shares": 1,
        "at": "094941",
        "venue": None,
    },
    ("H0STCNT0", 46, 0): {
        "at_ns": at(9, 33, 54),
        "price_krw": 71_900,
        "volume": 1,
        "cum_volume": 3_052_507,
        "cum_value_krw": 219_853_241_700,
        "aggressor": 1,
        "ask_krw": 71_900,
        "bid_krw": 71_800,
        "vi_reference_krw": 72_100,
    },
    ("H0STMBC0", 78, 0): {
        "symbol": "005930",
        "sellers.0.name": "씨티그룹",
        "sellers.0.shares": 903_482,
        "sellers.0.code": "00037",
        "sellers.0.foreign": True,
        "sellers.0.share_pct": Decimal("19.06"),
        "sellers.4.name": "키움증권",
        "sellers.4.change": 3_532,
        "buyers.2.name": "맥쿼리",
        "buyers.2.shares": 343_109,
        "buyers.2.foreign": True,
        "buyers.4.english": None,
        "foreign_sold": 1_387_564,
        "foreign_bought": 681_749,
        "foreign_net": -705_815,
        "foreign_sold_pct": Decimal("29.27"),
    },
    ("H0STMKO0", 10, 0): {
        "symbol": "396300",
        "venue": "KRX",
        "halted": False,
        "halt_reason": None,
        "phase": None,
        "expected_phase": "311",
        "symbol_state": "55",
        "vi": "N",
        "after_hours_vi": "N",
        "exchange": None,
        "arrived_ns": ARRIVED_NS,
    },
    ("H0STNAV0", 8, 0): {
        "symbol": "069500",
        "nav_krw": Decimal("37235.46"),
        "change_krw": Decimal("-381.26"),
        "change_pct": Decimal("-1.01"),
        "open_krw": Decimal("37646.25"),
        "low_krw": Decimal("37202.10"),
    },
    ("H0STOAA0", 58, 0): {
        "symbol": "005930",
        "at_ns": at(16, 41, 28),
        "asks": ((77_800, 8_005), (77_900, 7_355), (78_000, 9_284)),
        "bids": ((77_700, 4), (77_600, 16_654), (77_500, 14_297)),
        "expected_krw": 77_700,
        "expected_volume": 82,
    },
    ("H0STOAC0", 43, 0): {
        "at_ns": at(16, 41, 28),
        "price_krw": 77_700,
        "volume": 82,
        "value_krw": 6_371_400,
        "ask_krw": 77_800,
        "bid_krw": 77_700,
        "bid_volume": 6_882,
        "after_hours": True,
    },
    ("H0STOUP0", 43, 0): {
        "at_ns": at(16, 50, 20),
        "price_krw": 77_700,
        "volume": 1_034,
        "cum_volume": 13_540,
        "cum_value_krw": 1_052_379_900,
        "aggressor": -1,
        "ask_krw": 77_800,
    },
    ("H0STPGM0", 11, 0): {
        "at_ns": at(9, 22, 37),
        "sold": 1_413_444,
        "bought_krw": 91_931_710_200,
        "net": -224_036,
        "net_krw": -17_227_936_700,
        "asking": 65_033,
        "bidding": 15_475,
        "net_resting": -49_558,
    },
    ("H0UPANC0", 15, 0): {
        "index": "0001",
        "at_ns": at(8, 59, 10),
        "level_pt": Decimal("2607.71"),
        "change_pt": Decimal("15.85"),
        "change_pct": Decimal("0.61"),
        "volume_thousand": 5_424,
        "limit_up": 0,
        "up": 439,
        "flat": 201,
        "down": 251,
        "limit_down": 201,
    },
    ("H0UPCNT0", 30, 0): {
        "index": "0001",
        "at_ns": at(9, 12, 40),
        "level_pt": Decimal("2624.54"),
        "change_pt": Decimal("32.68"),
        "open_pt": Decimal("2615.72"),
        "high_pt": Decimal("2624.82"),
        "low_pt": Decimal("2610.00"),
        "cum_volume_thousand": 63_952,
        "cum_value_million_krw": 1_650_684,
        "volume_thousand": 439,
        "up": 670,
        "flat": 72,
        "down": 177,
        "level.previous_close_pt": Decimal("2591.86"),
    },
    ("H0UPPGM0", 88, 0): {
        "index": "0001",
        "at_ns": at(8, 59, 13),
        "other_customers.bought_thousand": 1,
        "other_customers.sold_million_krw": 1,
        "other_customers.bought_million_krw": 10,
        "other.bought_million_krw": 10,
        "customers.bought_thousand": 1,
        "arbitrage.sold_thousand": 0,
        "whole.sold_million_krw": 1,
        "whole.bought_million_krw": 10,
    },
    ("H0IFCNT0", 50, 0): {
        "symbol": "A05608",
        "session": "day",
        "at_ns": at(15, 29, 53),
        "price": Decimal("1080.30"),
        "change": Decimal("-0.54"),
        "change_pct": Decimal("-0.05"),
        "open": Decimal("1131.06"),
        "high": Decimal("1146.44"),
        "low": Decimal("1079.36"),
        "contracts": 1,
        "cum_contracts": 134_935,
        "cum_value_thousand_krw": 7_587_962_447,
        "open_interest": 76_672,
        "open_interest_change": 571,
        "theoretical": Decimal("1082.72"),
        "basis": Decimal("-0.91"),
        "ask": Decimal("1080.30"),
        "bid": Decimal("1080.04"),
        "near": None,
        "spread": Decimal("5.22"),
        "upper": Decimal("1091.10"),
        "lower": Decimal("1069.50"),
        "limited": "2",
        "block_contracts": 0,
    },
    ("H0IFCNT0", 50, 1): {
        "at_ns": at(15, 29, 54),
        "cum_contracts": 134_936,
        "bid": Decimal("1080.26"),
        "spread": Decimal("5.10"),
        "total_asks": 943,
        "total_bids": 484,
    },
}


def told(event: Any, path: str) -> Any:
    """Return what an event says at a path: fields, places in tuples, names of columns."""
    for step in path.split("."):
        if isinstance(event, dict):
            event = event[step]
        else:
            event = event[int(step)] if step.isdecimal() else getattr(event, step)
    return event


def keyring() -> Keyring:
    ring = Keyring()
    ring.learn(Ack("H0STCNI0", "hts", True, "OPSP0000", "SUBSCRIBE SUCCESS", "N", IV, KEY))
    return ring


def as_sent(sample: dict[str, Any]) -> str:
    """Return a sample as it came off the line: of notices, KIS published the opened payload."""
    if sample["payload_only"]:
        return f"1|{sample['tr_id']}|001|{seal(sample['frame'], KEY, IV)}"
    return str(sample["frame"])


def named(samples: list[dict[str, Any]]) -> dict[tuple[str, int, int], str]:
    found: dict[tuple[str, int, int], str] = {}
    for sample in samples:
        tr_id, fields = sample["tr_id"], sample["fields"]
        nth = sum(known[:2] == (tr_id, fields) for known in found)
        found[tr_id, fields, nth] = as_sent(sample)
    return found


def test_every_sample_has_its_values_here(samples: list[dict[str, Any]]) -> None:
    assert set(named(samples)) == set(SAID)
    assert len(samples) == 19


@pytest.mark.parametrize("which", SAID, ids=lambda which: f"{which[0]}-{which[1]}-{which[2]}")
def test_11_12_a_sample_says_what_it_is_known_to_say(
    samples: list[dict[str, Any]], which: tuple[str, int, int]
) -> None:
    (event,) = read_any(named(samples)[which], keyring())
    assert {path: told(event, path) for path in SAID[which]} == SAID[which]


@pytest.mark.parametrize("which", SAID, ids=lambda which: f"{which[0]}-{which[1]}-{which[2]}")
def test_a_sample_cut_anywhere_is_an_error_while_it_lacks_a_column(
    samples: list[dict[str, Any]], which: tuple[str, int, int]
) -> None:
    text = named(samples)[which]
    for cut in range(len(text)):
        for torn in (text[:cut], text[cut:], text[:cut] * 2, text[:cut] + text):
            with suppress(FrameError):
                read_any(torn, keyring())
                flag, _, _, payload = torn.split("|", 3)
                width = payload.count("^") + 1
                assert flag == "1" or width >= STREAMS[which[0]].width_min


@pytest.mark.parametrize(
    ("tr_id", "fields", "narrow"), [("H0STOAA0", 58, 54), ("H0UPANC0", 30, 15)]
)
def test_between_two_layouts_that_disagree_there_is_none(
    samples: list[dict[str, Any]], tr_id: str, fields: int, narrow: int
) -> None:
    payload = {key[0]: text for key, text in named(samples).items()}[tr_id].split("|", 3)[3]
    texts = [*payload.split("^"), *["1"] * fields]
    for width in range(narrow + 1, fields):
        with pytest.raises(FrameError, match=f"expected {narrow} or {fields}"):
            read_any(f"0|{tr_id}|001|" + "^".join(texts[:width]))


def test_a_cut_notice_tells_nothing(samples: list[dict[str, Any]]) -> None:
    text = named(samples)["H0STCNI0", 23, 0]
    assert isinstance(read_any(text, keyring())[0], OrderNotice)
    for cut in range(len(text)):
        with pytest.raises(FrameError):
            read_any(text[:cut], keyring())
