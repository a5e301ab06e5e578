"""Where an order would go: the real broker, its paper server, or our simulator.

The environment is part of every credential, URL and account, and whoever puts two of them together
compares it first, so a paper key on the real host, or a simulator's account at a broker, cannot
leave this process. Source of the hosts: `kis_devlp.yaml` of the official samples.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal
from urllib.parse import urlsplit

from kis_core.errors import WrongEnvironment

Dialect = Literal["real", "paper"]
"""Which TR ids and page sizes are spoken. The simulator can play either."""

BROKER_DOMAIN = "koreainvestment.com"


class Environment(StrEnum):
    """Real money, the broker's paper server, or our simulator on this machine."""

    REAL = "real"
    PAPER = "paper"
    SIM = "sim"


@dataclass(frozen=True, slots=True)
class Secret:
    """Text that prints as stars. `reveal()` is called where it is put on the wire, nowhere else."""

    _text: str = field(repr=False)

    def reveal(self) -> str:
        """Return the text."""
        return self._text

    def __str__(self) -> str:
        return "****"


@dataclass(frozen=True, slots=True)
class Credentials:
    """One app key of one environment."""

    environment: Environment
    app_key: str = field(repr=False)
    app_secret: Secret
    hts_id: str  # the key under which order notices are registered


@dataclass(frozen=True, slots=True)
class Account:
    """An account number, 8-2."""

    environment: Environment
    number: str  # CANO, 8 digits
    product: str = "01"  # ACNT_PRDT_CD: 01 stocks, 03 futures and options

    def __post_init__(self) -> None:
        if len(self.number) != 8 or not self.number.isdecimal():
            raise ValueError(f"account number: {len(self.number)} characters, expected 8 digits")
        if len(self.product) != 2 or not self.product.isdecimal():
            raise ValueError("account product code: expected 2 digits")

    @classmethod
    def parse(cls, environment: Environment, text: str) -> "Account":
        """Read `12345678-01` or `1234567801`; the product code defaults to 01."""
        number, dash, product = text.partition("-")
        if not dash:
            number, product = text[:8], text[8:]
        return cls(environment, number, product or "01")


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The two doors of one environment, without a trailing slash."""

    environment: Environment
    rest_url: str
    ws_url: str
    dialect: Dialect

    def __post_init__(self) -> None:
        for url in (self.rest_url, self.ws_url):
            at_broker = (urlsplit(url).hostname or "").endswith(BROKER_DOMAIN)
            if at_broker == (self.environment is Environment.SIM):
                raise WrongEnvironment(f"{url} is not a {self.environment} address")


REAL = Endpoints(
    Environment.REAL,
    "https://openapi.koreainvestment.com:9443",
    "ws://ops.koreainvestment.com:21000",
    "real",
)
PAPER = Endpoints(
    Environment.PAPER,
    "https://openapivts.koreainvestment.com:29443",
    "ws://ops.koreainvestment.com:31000",
    "paper",
)


def require_same(*things: Credentials | Account | Endpoints) -> Environment:
    """Return the one environment all of them belong to, or raise WrongEnvironment."""
    environments = {thing.environment for thing in things}
    if len(environments) != 1:
        raise WrongEnvironment(f"mixed environments: {sorted(environments)}")
    return environments.pop()
