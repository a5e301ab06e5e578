"""Rows of the derivative masters: index, stock and commodity futures and options, and the night's.

The day's index and stock files are separated by `|`; the night's and the commodities' are cut by
width, with the same fields. What a contract is stands in its code's first letter, not in
`atm_cls_code`. Source: kis_api.md §16.4.
"""

from decimal import Decimal
from typing import Annotated

import msgspec

from kis_core.wire.masters.columns import code, isin, number, text
from kis_core.wire.masters.files import Layout


class ContractRow(msgspec.Struct, frozen=True):
    """One line of an index or stock derivatives file; 121 bytes where it is cut by width."""

    info_type: Annotated[str, text(1)]  # 1 index future, 5 call, 6 put, B mini future …
    shrn_iscd: Annotated[str, code(9)]
    stnd_iscd: Annotated[str, isin()]
    kor_name: Annotated[str, text(40)]  # with the expiry in it: `C 202610   745.0`
    atm_cls_code: Annotated[str, text(1)]  # 1 at, 2 in, 3 out of the money; blank for futures
    acpr: Annotated[Decimal | None, number(8)]  # strike; 0 for futures
    mmsc_cls_code: Annotated[str, text(1)]  # 1 the nearest month …; blank for options
    unas_shrn_iscd: Annotated[str, text(9)]  # 2001 KOSPI200, 3003 KOSDAQ150, or a stock
    unas_kor_name: Annotated[str, text(40)]


class CommodityRow(msgspec.Struct, frozen=True):
    """One line of fo_com_code.mst: interest, currencies, goods. 116 bytes."""

    com_type: Annotated[str, text(1)]  # 1 interest, 2 currency, 3 goods
    info_type: Annotated[str, text(1)]  # 1 future, 2 spread, 5 call, 6 put
    shrn_iscd: Annotated[str, code(9)]
    stnd_iscd: Annotated[str, isin()]
    kor_name: Annotated[str, text(40)]
    atm_cls_code: Annotated[str, text(1)]
    acpr: Annotated[Decimal | None, number(8)]
    mmsc_cls_code: Annotated[str, text(1)]
    prod_no: Annotated[str, text(3)]  # USD, JPY, EUR, GLD, B03, B05, B10, LHG, RFR …
    prod_name: Annotated[str, text(40)]


_KEY = ("shrn_iscd",)
INDEX_CONTRACTS = Layout("fo_idx_code_mts.mst", ContractRow, _KEY, separator=b"|")
STOCK_CONTRACTS = Layout("fo_stk_code_mts.mst", ContractRow, _KEY, separator=b"|")
COMMODITY_CONTRACTS = Layout("fo_com_code.mst", CommodityRow, _KEY)
NIGHT_FUTURES = Layout("fo_cme_code.mst", ContractRow, _KEY)
NIGHT_OPTIONS = Layout("fo_eurex_code.mst", ContractRow, _KEY)
