"""What Kiwoom's side tells about itself, and how it is steered: `/sim/…`, this machine only.

GET  /sim/state      sessions, their groups, frames sent by item and type
GET  /sim/capture    where the player is: rows sent by item, when it was done
POST /sim/capture    {"at_once": false}: begin whatever is registered
GET  /sim/load       the load so far: first and last cumulative volume by item
POST /sim/load       {"rate": 35000, "seconds": 60, …}: begin; DELETE ends it
GET  /sim/faults     what bites and bit; POST one (mishaps.py); DELETE forgets them
"""

import ipaddress
from typing import Any

import msgspec

from broker_sim.kiwoom.load import Load, LoadError, read_order
from broker_sim.kiwoom.mishaps import MishapError, Mishaps, read_mishap
from broker_sim.kiwoom.player import Player
from broker_sim.kiwoom.replies import Reply, page
from broker_sim.kiwoom.sockets import Session, Sockets
from broker_sim.kiwoom.tokens import TokenDesk

PREFIX = "/sim/"
Client = tuple[str, int] | None


class Control:
    """Answers the simulator's own pages."""

    def __init__(
        self,
        sockets: Sockets,
        tokens: TokenDesk,
        mishaps: Mishaps,
        load: Load,
        player: Player | None,
    ) -> None:
        self._sockets = sockets
        self._tokens = tokens
        self._mishaps = mishaps
        self._load = load
        self._player = player

    async def answer(
        self, method: str, path: str, client: Client, now_ns: int, body: bytes
    ) -> Reply | None:
        """Answer one request, or None when the path is not the simulator's own."""
        if path in ("/livez", "/readyz"):
            return page({"status": "ok"})
        if not path.startswith(PREFIX):
            return None
        if client is None or not ipaddress.ip_address(client[0]).is_loopback:
            return page({"error": "the simulator's own pages answer this machine only"}, 403)
        match method, path.removeprefix(PREFIX).rstrip("/"):
            case "GET", "state":
                return page(self._state())
            case _, "capture":
                return self._capture(method, body)
            case _, "load":
                return await self._steer_load(method, body)
            case _, "faults":
                return self._faults(method, body, now_ns)
        return page({"error": f"no page {method} {path}; see docs/simulator.md"}, 404)

    def _state(self) -> dict[str, Any]:
        sockets = self._sockets
        return {
            "sessions": [_told(session) for session in sockets.sessions],
            "registered": len(sockets.listeners),
            "dropped": sockets.dropped,
            "sent": {f"{item} {kind}": count for (item, kind), count in sockets.sent.items()},
        }

    def _capture(self, method: str, body: bytes) -> Reply:
        if self._player is None:
            return page({"error": "no capture is played; start with --capture FILE"}, 404)
        if method == "POST":
            given = _json(body)
            at_once = isinstance(given, dict) and given.get("at_once") is True
            self._player.begin(at_once=at_once)
        elif method != "GET":
            return page({"error": "GET, or POST to begin"}, 405)
        return page(self._player.state())

    async def _steer_load(self, method: str, body: bytes) -> Reply:
        try:
            match method:
                case "POST":
                    self._load.begin(read_order(_json(body)))
                case "DELETE":
                    await self._load.stop()
                case "GET":
                    pass
                case _:
                    return page({"error": "GET, POST a load, or DELETE"}, 405)
        except LoadError as error:
            return page({"error": str(error)}, 400)
        return page(self._load.state())

    def _faults(self, method: str, body: bytes, now_ns: int) -> Reply:
        match method:
            case "GET":
                pass
            case "DELETE":
                self._mishaps.clear()
            case "POST":
                try:
                    mishap = read_mishap(body)
                except MishapError as error:
                    return page({"error": str(error)}, 400)
                if mishap.kind in ("line_cut", "line_silent"):
                    self._sockets.strike(mishap)
                elif mishap.kind == "token_killed":
                    self._tokens.kill(now_ns)
                    self._mishaps.count(mishap.kind)
                else:
                    self._mishaps.add(mishap)
            case _:
                return page({"error": "GET, POST a fault, or DELETE"}, 405)
        return page(self._mishaps.state())


def _told(session: Session) -> dict[str, Any]:
    dialogue = session.dialogue
    return {
        "number": session.number,
        "logged_in": dialogue.token is not None,
        "silent": session.connection.muted,
        "frames": session.frames,
        "echoes": dialogue.echoes,
        "groups": {
            group: {
                "items": len({item for item, _ in keys}),
                "types": sorted({kind for _, kind in keys}),
            }
            for group, keys in dialogue.groups.items()
        },
    }


def _json(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return None
