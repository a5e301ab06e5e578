"""How fast an encrypted order notice becomes a typed report, beside the bare decryption of it.

Ours takes the frame as it comes off the line: flag, TR, base64, AES, padding, columns, report. The
yardstick, same library and same frames in turns, is AES alone: a decryption made for the frame,
as the library wants it, over bytes that were base64 before the clock started; its padding stays.
"""

import base64
import random
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from fleet.bench.beside import in_turns, row
from kis_core.wire.account import NoticeKind, OrderNotice
from kis_core.wire.stream.cipher import Keyring, seal
from kis_core.wire.stream.frames import Ack
from kis_core.wire.stream.rows import events_of
from kis_core.wire.tr_table import NOTICES, STREAMS

_KEY, _IV = "a-key-of-32-characters-for-tests", "iv-16-characters"
_TR = NOTICES["real"]
_DAY_NS = 1_686_495_600_000_000_000
_ROUND_FRAMES = 500
_ROUNDS = 40
_SYMBOLS = 103
_MUST = 0.8


def run() -> dict[str, Any]:
    """Measure, and return the result in the shape all benchmarks share."""
    return {
        "bench": "notice",
        "rows": [
            _row("a fill, 26 columns", 26, fills_only=True),
            _row("a fill, 23 columns", 23, fills_only=True),
            _row("accepted, filled, cancelled, 26 columns", 26, fills_only=False),
        ],
    }


def _row(name: str, width: int, *, fills_only: bool) -> dict[str, Any]:
    ring = Keyring()
    ring.learn(answer())
    key, iv = _KEY.encode(), _IV.encode()

    def ours(text: str) -> object:
        return events_of(text, _DAY_NS, _DAY_NS, ring)

    def bare(sealed: bytes) -> bytes:
        decryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
        return decryptor.update(sealed) + decryptor.finalize()

    rounds = []
    for seed in range(_ROUNDS):
        texts = frames(width, seed, fills_only=fills_only)
        sealed = [base64.b64decode(text.rpartition("|")[2]) for text in texts]
        rounds.append((len(texts), texts, sealed))
    _check(ours(rounds[0][1][0]))
    return row(name, *in_turns(rounds, ours, bare), "AES alone", _MUST)


def _check(read: object) -> None:
    """What is measured has to be right, too."""
    match read:
        case [OrderNotice(kind=NoticeKind.FILLED | NoticeKind.ACCEPTED, account="1234567801")]:
            return
        case _:
            raise AssertionError(f"read {read}")


def answer() -> Ack:
    """Return the answer to the registration, with the key that all frames here are sealed with."""
    return Ack(_TR, "trader", True, "OPSP0000", "SUBSCRIBE SUCCESS", "N", _IV, _KEY)


def frames(width: int, seed: int, *, fills_only: bool) -> list[str]:
    """Return notices of a busy day: every order number new, quantities and prices that vary."""
    chance = random.Random(seed)
    columns = STREAMS[_TR].columns(width)
    made = []
    for n in range(_ROUND_FRAMES):
        told = "2" if fills_only or n % 3 == 1 else "1"  # filled, or accepted and confirmed
        cancels = told == "1" and n % 3 == 2
        said = dict.fromkeys(columns, "") | {
            "CUST_ID": "trader",
            "ACNT_NO": "1234567801",
            "ODER_NO": f"{seed * _ROUND_FRAMES + n + 1:010d}",
            "OODER_NO": f"{seed * _ROUND_FRAMES + n:010d}" if cancels else "",
            "SELN_BYOV_CLS": chance.choice(("01", "02")),
            "RCTF_CLS": "2" if cancels else "0",
            "ODER_KIND": "00",
            "ODER_COND": "0",
            "STCK_SHRN_ISCD": f"{chance.randrange(_SYMBOLS) * 10:06d}",
            "CNTG_QTY": f"{chance.randrange(1, 3_000):010d}",
            "CNTG_UNPR": f"{20_000 + chance.randrange(500) * 100:09d}",
            "STCK_CNTG_HOUR": f"0933{(seed + n // 30) % 60:02d}",
            "RFUS_YN": "0",
            "CNTG_YN": told,
            "ACPT_YN": "2",
            "BRNC_NO": "06010",
            "ODER_QTY": f"{chance.randrange(3_000, 9_000):09d}",
            "ACNT_NAME": "김한투",
            "CRDT_CLS": "10",
            "CNTG_ISNM40": "삼성전자",
            "ODER_PRC": "000000000",
        }
        if width == 26:
            said |= {"ORD_COND_PRC": "000000000", "ORD_EXG_GB": "1", "POPUP_YN": "Y"}
        made.append(f"1|{_TR}|001|{seal('^'.join(said.values()), _KEY, _IV)}")
    return made
