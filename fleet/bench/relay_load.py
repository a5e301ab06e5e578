"""A KIS of a benchmark's own: acknowledges registrations, then writes frames at a given rate.

Frames are written in rounds, one frame of every registration in turn, each round made from a text
prepared beforehand, so that making them costs next to nothing. In the n-th round every print
brings the day's volume to `FIRST + n` and every book has as many shares at its best ask, so
whoever reads can tell which round a frame is of, and what is lost or told twice.
"""

import json
import random
import socket
import threading
import time
from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection

from websockets.sync.server import ServerConnection, serve

from kis_core.clock import Clock
from kis_core.wire.tr_table import BOOKS, STREAMS, TRADES

FIRST = 1_000_000  # of seven digits from the first round to the last: lengths never change
ROUNDS_MAX = 9_000_000
REGISTRATIONS = 41  # of one app key
_VARIANTS = 64  # texts of a round, taken in turn
_STEP_S = 0.001
_WRITE_BYTES_MAX = 1 << 18
_TEXT = 0x81  # a whole text message


def keys() -> list[tuple[str, str]]:
    """Return the registrations of one key: prints of 21 symbols, books of 20 of them."""
    symbols = [f"{100_000 + 10 * n:06d}" for n in range(REGISTRATIONS // 2 + 1)]
    both = [(tr_id, symbol) for symbol in symbols for tr_id in (TRADES, BOOKS)]
    return both[:REGISTRATIONS]


@dataclass(frozen=True)
class Sent:
    """What was written: one frame of each registration a round."""

    rounds: int
    at_ns: array[int]  # when each round was handed to the socket, monotonic


class Kis:
    """The REST and WebSocket servers, and the load."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._registered: set[tuple[str, str]] = set()
        self._line: ServerConnection | None = None
        self._templates = [_round(seed) for seed in range(_VARIANTS)]

    def take(self, line: ServerConnection) -> None:
        """Answer the registrations of one session until it ends."""
        line.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._line = line
        for text in line:
            said = json.loads(text)["body"]["input"]
            key = (said["tr_id"], said["tr_key"])
            self._registered.add(key)
            header = {"tr_id": key[0], "tr_key": key[1], "encrypt": "N"}
            body = {"rt_cd": "0", "msg_cd": "OPSP0000", "msg1": "SUBSCRIBE SUCCESS"}
            line.send(json.dumps({"header": header, "body": body}))

    def load(self, rate: int, seconds: float) -> Sent:
        """Write `rate` frames a second for `seconds`, evenly, whoever reads them or not."""
        assert self._line is not None
        assert self._registered == set(keys())
        out = self._line.socket
        rounds = round(rate * seconds / REGISTRATIONS)
        at_ns: array[int] = array("q", bytes(8 * rounds))
        done, began_ns = 0, time.monotonic_ns()
        while done < rounds:
            elapsed_ns = time.monotonic_ns() - began_ns
            due = min(rounds, elapsed_ns * rate // (REGISTRATIONS * 1_000_000_000))
            while done < due:
                text = self._text(done)
                at_ns[done] = time.monotonic_ns()
                out.sendall(text)
                done += 1
            time.sleep(_STEP_S)
        return Sent(done, at_ns)

    def _text(self, number: int) -> bytes:
        hour = f"{self._clock.now():%H%M%S}".encode()
        n = FIRST + number
        arguments: list[bytes | int] = []
        for tr_id, _ in keys_in_order:
            arguments += (hour, n, n) if tr_id == TRADES else (hour, n)
        return self._templates[number % _VARIANTS] % tuple(arguments)


keys_in_order = tuple(keys())


def _round(seed: int) -> bytes:
    """Return a round with places for the time and the running sums, WebSocket headers included."""
    chance = random.Random(seed)
    frames = []
    for place, (tr_id, symbol) in enumerate(keys_in_order):
        price = 100_000 + 1_000 * place + chance.randrange(-20, 21) * 100
        fields = _print(symbol, price, chance) if tr_id == TRADES else _book(symbol, price, chance)
        text = f"0|{tr_id}|001|{'^'.join(fields)}".encode()
        filled = (b"090000", FIRST, FIRST) if tr_id == TRADES else (b"090000", FIRST)
        length = len(text % filled)
        assert 125 < length < 1 << 16
        frames.append(bytes((_TEXT, 126)).replace(b"%", b"%%"))
        frames.append(length.to_bytes(2).replace(b"%", b"%%") + text)
    return b"".join(frames)


def _print(symbol: str, price: int, chance: random.Random) -> list[str]:
    stream = STREAMS[TRADES]
    fields = [str(chance.randrange(1_000, 99_999)) for _ in stream.layouts[-1]]
    changed = {
        "MKSC_SHRN_ISCD": symbol,
        "STCK_CNTG_HOUR": "%b",
        "STCK_PRPR": str(price),
        "ASKP1": str(price + 100),
        "BIDP1": str(price),
        "CNTG_VOL": "1",
        "ACML_VOL": "%d",
        "ACML_TR_PBMN": "%d00000",  # 100,000 KRW a share
        "CCLD_DVSN": chance.choice("15"),
        "TRHT_YN": "N",
        "HOUR_CLS_CODE": "0",
        "VI_STND_PRC": "100000",
        "CTTR": f"{chance.uniform(50, 150):.2f}",
        "WGHN_AVRG_STCK_PRC": f"{price + 0.5:.2f}",
    }
    for column, text in changed.items():
        fields[stream.index(column)] = text
    return fields


def _book(symbol: str, price: int, chance: random.Random) -> list[str]:
    columns = STREAMS[BOOKS].layouts[-1]
    values = {column: str(chance.randrange(1_000, 99_999)) for column in columns}
    values |= {"MKSC_SHRN_ISCD": symbol, "BSOP_HOUR": "%b", "HOUR_CLS_CODE": "0"}
    for level in range(1, 11):
        values[f"ASKP{level}"] = str(price + 100 * level)
        values[f"BIDP{level}"] = str(price - 100 * (level - 1))
    values |= {"ASKP_RSQN1": "%d", "KMID_PRC": "0", "KMID_TOTAL_RSQN": "0"}
    values |= {"ANTC_CNPR": "0", "ANTC_CNQN": "0", "KMID_CLS_CODE": "0"}
    return [values[column] for column in columns]


class _Office(BaseHTTPRequestHandler):
    """Gives out a token and an approval key, and knows of no minute of the past."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self._say(
            {
                "approval_key": "bench",
                "access_token": "bench",
                "access_token_token_expired": "2099-01-01 00:00:00",
                "token_type": "Bearer",
                "expires_in": 86_400,
            }
        )

    def do_GET(self) -> None:
        said = {"rt_cd": "0", "msg_cd": "MCA00000", "msg1": "", "output1": {}, "output2": []}
        self._say(said)

    def _say(self, said: Mapping[str, object]) -> None:
        body = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: what was asked is of no interest here."""


def serve_load(pipe: Connection, clock: Clock) -> None:
    """Serve until the pipe says `None`; (rate, seconds) starts the load and answers with Sent."""
    kis = Kis(clock)
    office = ThreadingHTTPServer(("127.0.0.1", 0), _Office)
    door = serve(kis.take, "127.0.0.1", 0, compression=None, ping_interval=None)
    for server in (office, door):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    pipe.send((office.server_address[1], door.socket.getsockname()[1]))
    while (asked := pipe.recv()) is not None:
        pipe.send(kis.load(*asked))
    door.shutdown()
    office.shutdown()
