"""Sends a KIS client to the simulator: the one thing about it that is not as its makers left it.

Runs inside the client's own Python, before the client is imported. Whatever the client asks of one
of KIS's hosts goes to the address given for it; anything else it asks of the network is refused, so
that a test can never reach a real broker.
"""

import functools
from typing import Any
from urllib.parse import urlsplit

KIS = {
    "https://openapi.koreainvestment.com:9443": "real_rest",
    "https://openapivts.koreainvestment.com:29443": "paper_rest",
    "ws://ops.koreainvestment.com:21000": "real_ws",
    "ws://ops.koreainvestment.com:31000": "paper_ws",
}


def redirect(hosts: dict[str, str]) -> None:
    """Send `real_rest`, `paper_rest`, `real_ws` and `paper_ws` to the addresses given."""
    places = {host: hosts[name] for host, name in KIS.items() if name in hosts}
    at = functools.partial(_at, places)
    _redirect_requests(at)
    _redirect_websocket_client(at)
    _redirect_websockets(at)


def _at(places: dict[str, str], url: str) -> str:
    for host, place in places.items():
        if url.startswith(host):
            return place + url[len(host) :]
    if urlsplit(url).hostname == "127.0.0.1":
        return url
    raise ConnectionError(f"{urlsplit(url).hostname} is not a place a test may go to")


def _redirect_requests(at: Any) -> None:
    import requests

    ask = requests.Session.request

    def request(self: Any, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        return ask(self, method, at(url), *args, **kwargs)

    requests.Session.request = request


def _redirect_websocket_client(at: Any) -> None:
    import websocket

    make = websocket.WebSocketApp.__init__

    def opened(self: Any, url: str, *args: Any, **kwargs: Any) -> None:
        make(self, at(url), *args, **kwargs)

    websocket.WebSocketApp.__init__ = opened


def _redirect_websockets(at: Any) -> None:
    import websockets

    connect = websockets.connect
    websockets.connect = lambda url, *args, **kwargs: connect(at(url), *args, **kwargs)
