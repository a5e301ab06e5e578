"""Rows of the lists of codes: indices (and with them sectors), themes, members of the exchange.

Source: kis_api.md §16.5.
"""

from typing import Annotated

import msgspec

from kis_core.wire.masters.columns import code, text
from kis_core.wire.masters.files import Layout


class IndexRow(msgspec.Struct, frozen=True):
    """One line of idxcode.mst. 45 bytes."""

    idx_div: Annotated[str, text(1)]  # 0 KOSPI, 1 KOSDAQ, 2 KOSPI200, 3 KOSDAQ150, 4 KRX …
    idx_code: Annotated[str, code(4)]  # as `bstp_…_div_code` of the stock masters
    idx_name: Annotated[str, text(40)]


class ThemeRow(msgspec.Struct, frozen=True):
    """One line of theme_code.mst: a stock of a theme. 52 bytes."""

    theme_code: Annotated[str, text(3)]
    theme_name: Annotated[str, text(40)]
    shrn_iscd: Annotated[str, code(9)]  # six characters and three blanks


class MemberRow(msgspec.Struct, frozen=True):
    """One line of memcode.mst: a house that trades on the exchange."""

    mbcr_no: Annotated[str, code(5)]
    mbcr_name: Annotated[str, text(None)]
    glob_yn: Annotated[str, text(1)]  # 0 Korean, 1 foreign


INDICES = Layout("idxcode.mst", IndexRow, ("idx_div", "idx_code"))
THEMES = Layout("theme_code.mst", ThemeRow, ("theme_code", "shrn_iscd"))
MEMBERS = Layout("memcode.mst", MemberRow, ("mbcr_no",), zipped=False)
