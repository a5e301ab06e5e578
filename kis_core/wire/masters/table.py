"""One table of instruments from the master files of a day. KIS's codes and units end here."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from kis_core.market.instruments import (
    Contract,
    ContractKind,
    Exchange,
    Instruments,
    Kind,
    Listed,
    Overheated,
    Sectors,
    WarningLevel,
)
from kis_core.wire.masters import codes, contracts, stocks
from kis_core.wire.masters.codes import IndexRow
from kis_core.wire.masters.contracts import CommodityRow, ContractRow
from kis_core.wire.masters.files import Layout, MasterFile
from kis_core.wire.masters.stocks import KonexRow, KosdaqRow, KospiRow, StockRow

_EOK_KRW = 100_000_000  # 억
_KINDS: Mapping[str, Kind] = {
    "ST": "STOCK",
    "FS": "STOCK",
    "KN": "STOCK",
    "DR": "DEPOSITARY_RECEIPT",
    "RT": "REIT",
    "IF": "INFRASTRUCTURE_FUND",
    "SC": "SHIP_FUND",
    "MF": "INVESTMENT_COMPANY",
    "PF": "LISTED_FUND",
    "BC": "FUND_UNIT",
    "EF": "ETF",
    "FE": "ETF",
    "EN": "ETN",
    "EW": "ELW",
    "SW": "WARRANT",
    "SR": "SUBSCRIPTION_RIGHT",
}
_PREFERRED = {"0": False, "1": True, "2": True, "9": True}
_WARNINGS: Mapping[str, WarningLevel] = {
    "00": "NONE", "01": "CAUTION", "02": "WARNING", "03": "RISK",
}  # fmt: skip
_OVERHEATED: Mapping[str, Overheated] = {
    "0": "NONE", "1": "NOTICE", "2": "DESIGNATED", "3": "EXTENDED",
}  # fmt: skip
# Since 2026 contracts open with a letter; those listed before keep their digit until they expire.
_CONTRACTS: Mapping[str, ContractKind] = {
    "A": "FUTURE", "B": "CALL", "C": "PUT", "D": "SPREAD",
    "1": "FUTURE", "2": "CALL", "3": "PUT", "4": "SPREAD",
}  # fmt: skip
_MONEYNESS: Mapping[str, Literal["AT", "IN", "OUT"]] = {"1": "AT", "2": "IN", "3": "OUT"}
_EXPIRY = re.compile(r"(?<![0-9])(20[0-9]{4}|[0-9]{4}W[0-9]|[0-9]{4}-[0-9]{4})(?![0-9])")


@dataclass(frozen=True, slots=True)
class Masters:
    """The files of one day. A file that was not loaded is None, and what it says is unknown."""

    kospi: MasterFile[KospiRow] | None = None
    kosdaq: MasterFile[KosdaqRow] | None = None
    konex: MasterFile[KonexRow] | None = None
    nxt_kospi: MasterFile[KospiRow] | None = None
    nxt_kosdaq: MasterFile[KosdaqRow] | None = None
    index_contracts: MasterFile[ContractRow] | None = None
    stock_contracts: MasterFile[ContractRow] | None = None
    commodity_contracts: MasterFile[CommodityRow] | None = None
    night_futures: MasterFile[ContractRow] | None = None
    night_options: MasterFile[ContractRow] | None = None
    indices: MasterFile[IndexRow] | None = None


LAYOUTS: Mapping[str, Layout[Any]] = {
    "kospi": stocks.KOSPI,
    "kosdaq": stocks.KOSDAQ,
    "konex": stocks.KONEX,
    "nxt_kospi": stocks.NXT_KOSPI,
    "nxt_kosdaq": stocks.NXT_KOSDAQ,
    "index_contracts": contracts.INDEX_CONTRACTS,
    "stock_contracts": contracts.STOCK_CONTRACTS,
    "commodity_contracts": contracts.COMMODITY_CONTRACTS,
    "night_futures": contracts.NIGHT_FUTURES,
    "night_options": contracts.NIGHT_OPTIONS,
    "indices": codes.INDICES,
}
"""The file behind each field of `Masters`."""


def instruments_of(masters: Masters, as_of: date | None) -> Instruments:
    """Return the table of a day's files. `as_of` is that day, None where nobody knows.

    Raises InstrumentError where two files list the same symbol.
    """
    names = (
        {} if masters.indices is None else {r.idx_code: r.idx_name for r in masters.indices.rows}
    )
    return Instruments(_all_listed(masters), _all_contracts(masters), as_of, names)


def _all_listed(masters: Masters) -> Iterator[Listed]:
    kospi_on_nxt, kosdaq_on_nxt = _symbols(masters.nxt_kospi), _symbols(masters.nxt_kosdaq)
    for kospi in masters.kospi.rows if masters.kospi else ():
        yield _listed(kospi, "KOSPI", kospi_on_nxt)
    for kosdaq in masters.kosdaq.rows if masters.kosdaq else ():
        yield _listed(kosdaq, "KOSDAQ", kosdaq_on_nxt)
    for konex in masters.konex.rows if masters.konex else ():
        yield _listed(konex, "KONEX", frozenset())  # NXT trades nothing of KONEX


def _symbols(file: MasterFile[KospiRow] | MasterFile[KosdaqRow] | None) -> frozenset[str] | None:
    return None if file is None else frozenset(row.mksc_shrn_iscd for row in file.rows)


def _listed(row: StockRow, market: Exchange, on_nxt: frozenset[str] | None) -> Listed:
    full = None if isinstance(row, KonexRow) else row  # KONEX's file has fewer columns
    cap = _positive(row.prdy_avls_scal)
    return Listed(
        symbol=row.mksc_shrn_iscd,
        isin=row.stnd_iscd,
        name=row.hts_kor_isnm,
        market=market,
        kind=_KINDS.get(row.scrt_grp_cls_code),
        preferred=_PREFERRED.get(row.prst_cls_code),
        spac=full.etpr_undt_objt_co_yn if full else None,
        halted=row.trht_yn,
        administrative=row.mang_issu_yn,
        liquidation=row.sltr_yn,
        warning=_WARNINGS.get(row.mrkt_alrm_cls_code),
        warning_notice=row.mrkt_alrm_risk_adnt_yn,
        unfaithful=row.insn_pbnt_yn,
        overheated=_OVERHEATED.get(full.short_over_cls_code) if full else None,
        short_sale_overheated=row.ssts_hot_yn or False,  # KIS writes Y or leaves it blank
        abnormal_rise=row.stange_runup_yn,
        attention=row.invt_alrm_yn if isinstance(row, KosdaqRow) else False,
        low_liquidity=full.low_current_yn if full else None,
        nxt=None if on_nxt is None else row.mksc_shrn_iscd in on_nxt,
        base_krw=_positive(row.stck_sdpr),
        market_cap_krw=None if cap is None else cap * _EOK_KRW,
        listed_kshares=_positive(row.lstn_stcn),
        listed_on=row.stck_lstn_date,
        lot=_positive(row.frml_mrkt_deal_qty_unit),
        margin_pct=row.marg_rate,
        sectors=_sectors(full) if full else None,
    )


def _positive(number: int | None) -> int | None:
    """Return the number, None where the file says 0, which is how it says that it knows none."""
    return number if number is not None and number > 0 else None


def _sectors(row: KospiRow | KosdaqRow) -> Sectors:
    levels = (row.bstp_larg_div_code, row.bstp_medm_div_code, row.bstp_smal_div_code)
    return Sectors(*(level if level.strip("0") else None for level in levels))


def _all_contracts(masters: Masters) -> Iterator[Contract]:
    """Return each contract once: the day's files first, then what only the night's files list."""
    files = (masters.index_contracts, masters.stock_contracts)
    night = (masters.night_futures, masters.night_options)
    at_night = {row.shrn_iscd for file in night if file for row in file.rows}
    loaded = None not in night
    day: set[str] = set()
    for file in files:
        for row in file.rows if file else ():
            day.add(row.shrn_iscd)
            yield _contract(row, (row.shrn_iscd in at_night) or (False if loaded else None))
    for commodity in masters.commodity_contracts.rows if masters.commodity_contracts else ():
        day.add(commodity.shrn_iscd)
        yield _contract(commodity, None)  # whose nights no master file tells
    for file in night:
        for row in file.rows if file else ():
            if row.shrn_iscd not in day:
                day.add(row.shrn_iscd)
                yield _contract(row, True)


def _contract(row: ContractRow | CommodityRow, night: bool | None) -> Contract:
    if isinstance(row, CommodityRow):
        family, underlying, name = row.com_type + row.info_type, row.prod_no, row.prod_name
    else:
        family, underlying, name = row.info_type, row.unas_shrn_iscd, row.unas_kor_name
    expiry = _EXPIRY.findall(row.kor_name)
    return Contract(
        code=row.shrn_iscd,
        isin=row.stnd_iscd,
        name=row.kor_name,
        kind=_CONTRACTS.get(row.shrn_iscd[0]),
        product=row.shrn_iscd[1:3],
        family=family,
        underlying=underlying,
        underlying_name=name,
        strike=row.acpr if row.acpr is not None and row.acpr > 0 else None,
        moneyness=_MONEYNESS.get(row.atm_cls_code),
        month_class=int(row.mmsc_cls_code) if row.mmsc_cls_code.isdecimal() else None,
        expiry=expiry[-1] if expiry else None,
        night=night,
    )
