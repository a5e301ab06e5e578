"""What belongs to one environment cannot meet what belongs to another."""

from typing import Any

import pytest

from kis_core.environment import (
    PAPER,
    REAL,
    Account,
    Credentials,
    Endpoints,
    Environment,
    Secret,
    require_same,
)
from kis_core.errors import WrongEnvironment
from kis_core.settings import ServiceSettings

SIM = Endpoints(Environment.SIM, "http://127.0.0.1:8030", "ws://127.0.0.1:8031", "real")


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        (Environment.SIM, REAL.rest_url),
        (Environment.SIM, PAPER.ws_url),
        (Environment.REAL, SIM.rest_url),
        (Environment.PAPER, "http://koreainvestment.com.example.org"),
    ],
    ids=["simulator at the broker", "simulator at paper", "real at home", "a look-alike host"],
)
def test_an_address_of_another_environment_is_refused(environment: Environment, url: str) -> None:
    with pytest.raises(WrongEnvironment):
        Endpoints(environment, url, url, "real")


def test_a_paper_key_never_meets_the_real_host() -> None:
    paper = Credentials(Environment.PAPER, "key", Secret("secret"), "id")
    with pytest.raises(WrongEnvironment):
        require_same(paper, REAL)
    assert require_same(paper, PAPER, Account(Environment.PAPER, "12345678")) is Environment.PAPER


def test_secrets_do_not_print() -> None:
    keys = Credentials(Environment.SIM, "an-app-key", Secret("an-app-secret"), "trader")
    assert "an-app" not in f"{keys!r} {keys.app_secret} {keys.app_secret!r}"


@pytest.mark.parametrize(
    ("text", "number", "product"),
    [
        ("12345678-01", "12345678", "01"),
        ("1234567803", "12345678", "03"),
        ("12345678", "12345678", "01"),
    ],
)
def test_account_numbers_are_read_with_and_without_the_product(
    text: str, number: str, product: str
) -> None:
    assert Account.parse(Environment.SIM, text) == Account(Environment.SIM, number, product)


@pytest.mark.parametrize("text", ["1234567-01", "abcdefgh-01", ""])
def test_a_bad_account_number_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(ValueError, match="8 digits"):
        Account.parse(Environment.SIM, text)


FLEET: dict[str, Any] = {
    "broker": "kis",
    "simulator": None,
    "clock": {"kind": "system", "file": None},
    "log": {"level": "info", "directory": None},
    "data_dir": "data",
    "strategies": ["kmp"],
    "relay_url": "http://127.0.0.1:1",
    "oms_url": "http://127.0.0.1:2",
}


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"clock": {"kind": "scaled", "file": "clock.json"}}, "scaled clock"),
        ({"broker": "sim"}, "simulator"),
        ({"clock": {"kind": "scaled", "file": None}}, r"clock\.file"),
        ({"broker": "mock"}, "broker"),
    ],
)
def test_settings_that_would_mix_a_simulated_day_with_a_broker_are_refused(
    change: dict[str, Any], word: str
) -> None:
    with pytest.raises(ValueError, match=word):
        ServiceSettings.model_validate(FLEET | change)
