"""What is listed and what may be done with it: stocks, funds, rights, futures and options.

Records as one trading day's master files say them, and a table to look them up in. None means that
nobody has said: a flag that is None is not a flag that is off.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import Literal

Exchange = Literal["KOSPI", "KOSDAQ", "KONEX"]
Kind = Literal[
    "STOCK",  # common and preferred, also of companies from abroad
    "DEPOSITARY_RECEIPT",
    "REIT",
    "INFRASTRUCTURE_FUND",
    "SHIP_FUND",
    "INVESTMENT_COMPANY",
    "LISTED_FUND",
    "FUND_UNIT",
    "ETF",
    "ETN",
    "ELW",
    "WARRANT",
    "SUBSCRIPTION_RIGHT",
]
WarningLevel = Literal["NONE", "CAUTION", "WARNING", "RISK"]
Overheated = Literal["NONE", "NOTICE", "DESIGNATED", "EXTENDED"]
ContractKind = Literal["FUTURE", "SPREAD", "CALL", "PUT"]


class InstrumentError(ValueError):
    """Two records that cannot both be true."""


@dataclass(frozen=True, slots=True)
class Sectors:
    """Codes of the exchange's industry sectors; None where a security belongs to none."""

    large: str | None
    medium: str | None
    small: str | None

    @property
    def narrowest(self) -> str | None:
        """Return the code of the narrowest sector."""
        return self.small or self.medium or self.large


@dataclass(frozen=True, slots=True)
class Listed:
    """A security of the stock markets on the day of the master file."""

    symbol: str
    isin: str
    name: str
    market: Exchange
    kind: Kind | None
    preferred: bool | None
    spac: bool | None
    halted: bool | None
    administrative: bool | None
    liquidation: bool | None  # being sold off before its delisting
    warning: WarningLevel | None
    warning_notice: bool | None  # the next warning level may follow
    unfaithful: bool | None  # unfaithful disclosure
    overheated: Overheated | None  # short-term overheated
    short_sale_overheated: bool | None
    abnormal_rise: bool | None
    attention: bool | None  # KOSDAQ's investment attention issue; elsewhere there is none
    low_liquidity: bool | None
    nxt: bool | None  # tradable on NXT; None where its list was not loaded
    base_krw: int | None  # the day's base price: the last close, less splits and rights
    market_cap_krw: int | None  # at the previous close, cut to 100 million KRW
    listed_kshares: int | None  # thousand shares, the rest cut off
    listed_on: date | None
    lot: int | None  # shares
    margin_pct: int | None
    sectors: Sectors | None  # None where the file has no such columns


@dataclass(frozen=True, slots=True)
class Contract:
    """A future, a spread of two, or an option."""

    code: str
    isin: str
    name: str
    kind: ContractKind | None
    product: str  # second and third character of the code: 01 KOSPI200, 05 mini, 09 weekly …
    family: str  # KIS's product type, `info_type`; for commodities `com_type` stands before it
    underlying: str  # 2001 KOSPI200, 3003 KOSDAQ150, 0503 VKOSPI, a stock's code, USD …
    underlying_name: str
    strike: Decimal | None  # points; KRW for options on stocks; None for futures
    moneyness: Literal["AT", "IN", "OUT"] | None
    month_class: int | None  # futures: 1 is the nearest month
    expiry: str | None  # as the name tells it: 202612, 2601W1, 2506-2509
    night: bool | None  # traded at night, too; None where that list was not loaded


@dataclass(frozen=True, slots=True)
class Rung:
    """One strike of an option chain."""

    strike: Decimal
    call: Contract | None
    put: Contract | None


class Instruments:
    """The table of all instruments of one day. `as_of` is the day whose files it was made from."""

    def __init__(
        self,
        listed: Iterable[Listed],
        contracts: Iterable[Contract],
        as_of: date | None,
        index_names: Mapping[str, str] | None = None,
    ) -> None:
        self.as_of = as_of
        self.index_names = dict(index_names or {})  # sectors too, by their code
        self._listed: dict[str, Listed] = {}
        self._contracts: dict[str, Contract] = {}
        for each in listed:
            if self._listed.setdefault(each.symbol, each) is not each:
                raise InstrumentError(f"symbol {each.symbol} stands in the masters twice")
        for contract in contracts:
            if self._contracts.setdefault(contract.code, contract) is not contract:
                raise InstrumentError(f"contract {contract.code} stands in the masters twice")

    def __len__(self) -> int:
        return len(self._listed) + len(self._contracts)

    def __iter__(self) -> Iterator[Listed | Contract]:
        return chain(self._listed.values(), self._contracts.values())

    def listed(self) -> Mapping[str, Listed]:
        """Return the securities by their symbols, in the order of the files."""
        return self._listed

    def contracts(self) -> Mapping[str, Contract]:
        """Return the derivatives by their codes, in the order of the files."""
        return self._contracts

    def security(self, symbol: str) -> Listed | None:
        """Return a security, None where there is none of that symbol."""
        return self._listed.get(symbol)

    def contract(self, code: str) -> Contract | None:
        """Return a derivative, None where there is none of that code."""
        return self._contracts.get(code)

    def futures(self, product: str) -> tuple[Contract, ...]:
        """Return the futures of a product, the nearest month first."""
        found = [
            each
            for each in self._contracts.values()
            if each.kind == "FUTURE" and each.product == product and each.month_class
        ]
        return tuple(sorted(found, key=lambda each: (each.month_class or 0, each.code)))

    def front_future(self, product: str = "01") -> Contract | None:
        """Return the nearest month's future of a product; KOSPI200 unless another is named."""
        return next((each for each in self.futures(product) if each.month_class == 1), None)

    def expiries(self, product: str) -> tuple[str, ...]:
        """Return the maturities that options of a product are listed for, the nearest first."""
        return tuple(sorted({each.expiry for each in self._options(product) if each.expiry}))

    def option_chain(self, product: str, expiry: str) -> tuple[Rung, ...]:
        """Return the strikes of one maturity, ascending, with what is listed at each."""
        sides: dict[Decimal, dict[ContractKind, Contract]] = {}
        for each in self._options(product):
            if each.expiry == expiry and each.strike is not None and each.kind is not None:
                sides.setdefault(each.strike, {})[each.kind] = each
        return tuple(
            Rung(strike, sides[strike].get("CALL"), sides[strike].get("PUT"))
            for strike in sorted(sides)
        )

    def _options(self, product: str) -> Iterator[Contract]:
        return (
            each
            for each in self._contracts.values()
            if each.kind in ("CALL", "PUT") and each.product == product
        )
