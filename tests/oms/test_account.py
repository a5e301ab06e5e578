"""An account's product says which broker the OMS speaks to."""

from pathlib import Path

import pytest

from config.load import ConfigError
from kis_core.broker import KisBroker
from kis_core.clock import SystemClock
from kis_core.contract_broker import KisContractBroker
from kis_core.environment import Account, Credentials, Endpoints, Environment, Secret
from kis_core.errors import WrongEnvironment
from kis_core.net.budget import RateBudget
from kis_core.net.rest import KisRest
from kis_core.net.tokens import TokenCache
from oms.account import account_at_kis, require_instruments
from oms.core.limits import Instruments

pytestmark = pytest.mark.anyio


async def test_a_futures_account_is_spoken_to_in_contracts(tmp_path: Path) -> None:
    endpoints = Endpoints(Environment.SIM, "http://127.0.0.1:9", "ws://127.0.0.1:9", "real")
    keys = Credentials(Environment.SIM, "APPKEY", Secret("APPSECRET"), "trader")
    clock = SystemClock()
    tokens = TokenCache(endpoints, keys, clock, tmp_path / "tokens")
    budget = RateBudget(endpoints, keys, clock, tmp_path / "budget")
    async with KisRest(endpoints, keys, clock, tokens, budget) as rest:
        for product, kind in (("01", KisBroker), ("03", KisContractBroker)):
            account = Account(Environment.SIM, "12345678", product)
            assert type(account_at_kis(rest, account)) is kind
            with pytest.raises(WrongEnvironment):
                account_at_kis(rest, Account(Environment.REAL, "12345678", product))
    budget.close()


@pytest.mark.parametrize(
    ("instruments", "product", "says"),
    [
        ("stocks", "01", None),
        ("derivatives", "03", None),
        ("derivatives", "01", "an account of product 01 holds stocks"),
        ("stocks", "03", "an account of product 03 holds derivatives"),
    ],
)
def test_settings_and_account_must_trade_the_same(
    instruments: Instruments, product: str, says: str | None
) -> None:
    account = Account(Environment.SIM, "12345678", product)
    if says is None:
        require_instruments(instruments, account)
        return
    with pytest.raises(ConfigError, match=says):
        require_instruments(instruments, account)
