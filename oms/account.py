"""The account that an OMS trades on, and who is asked for its market, as the OMS wants them."""

from config.load import ConfigError
from kis_core.broker import KisBroker
from kis_core.contract_broker import KisContractBroker
from kis_core.derivatives_broker import PRODUCT as DERIVATIVES
from kis_core.environment import Account
from kis_core.net.derivatives import KisDerivatives
from kis_core.net.quotes import KisQuotes
from kis_core.net.rest import KisRest
from oms.contract_quotes import ContractQuotes
from oms.core.broker import Broker
from oms.core.limits import Instruments
from oms.quotes import Asked


def require_instruments(instruments: Instruments, account: Account) -> None:
    """Raise ConfigError where settings and account do not trade the same instruments."""
    held: Instruments = "derivatives" if account.product == DERIVATIVES else "stocks"
    if instruments != held:
        raise ConfigError(
            f"instruments: {instruments}, but an account of product {account.product} holds {held}"
        )


def quotes_at_kis(rest: KisRest, account: Account) -> Asked:
    """Return who is asked for the market of what an account trades."""
    if account.product == DERIVATIVES:
        return ContractQuotes(KisDerivatives(rest))
    return KisQuotes(rest)


def account_at_kis(rest: KisRest, account: Account) -> Broker:
    """Return the account at KIS. Nobody but the OMS may send it an order.

    One of futures and options (product 03) trades the day session, in contracts and KRW each.
    """
    if account.product == DERIVATIVES:
        return KisContractBroker(rest, account)
    return KisBroker(rest, account)
