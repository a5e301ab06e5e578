"""Where Kiwoom's doors are: the real ones, the mock ones, or our simulator's.

The environment is part of every credential and address, as for KIS: a key of one cannot leave for
the host of another. The mock serves KRX alone. Source: kiwoom_rest.md, section 1.
"""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from kis_core.environment import Environment, Secret
from kis_core.errors import WrongEnvironment

BROKER_DOMAIN = "kiwoom.com"
WS_PATH = "/api/dostk/websocket"


@dataclass(frozen=True, slots=True)
class KiwoomCredentials:
    """One app key of one environment."""

    environment: Environment
    app_key: str = field(repr=False)
    secret_key: Secret


@dataclass(frozen=True, slots=True)
class KiwoomEndpoints:
    """The two doors of one environment; of the socket's address the path may be left out."""

    environment: Environment
    rest_url: str
    ws_url: str

    def __post_init__(self) -> None:
        for url in (self.rest_url, self.ws_url):
            host = urlsplit(url).hostname or ""
            at_broker = host == BROKER_DOMAIN or host.endswith("." + BROKER_DOMAIN)
            if at_broker == (self.environment is Environment.SIM):
                raise WrongEnvironment(f"{url} is not a {self.environment} address of Kiwoom")

    @property
    def socket_url(self) -> str:
        """The WebSocket's whole address."""
        return self.ws_url.removesuffix(WS_PATH) + WS_PATH


REAL = KiwoomEndpoints(Environment.REAL, "https://api.kiwoom.com", "wss://api.kiwoom.com:10000")
MOCK = KiwoomEndpoints(
    Environment.PAPER, "https://mockapi.kiwoom.com", "wss://mockapi.kiwoom.com:10000"
)


def require_same(endpoints: KiwoomEndpoints, credentials: KiwoomCredentials) -> Environment:
    """Return the one environment both belong to, or raise WrongEnvironment."""
    if endpoints.environment is not credentials.environment:
        mixed = sorted((endpoints.environment, credentials.environment))
        raise WrongEnvironment(f"mixed environments: {mixed}")
    return endpoints.environment
