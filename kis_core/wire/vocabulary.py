"""What kind of value a field of KIS's replies is, told from its name. Pure.

KIS joins abbreviations with `_` and the last one says what the thing is (kis_api.md §0.1):
`prdy_vrss_sign` is a sign, `stck_prpr` a price in KRW, `d20_dsrt` a percentage. All of it travels
as text. The sheets add how many decimals a number has, for about a third of them; a name that ends
in a word for text, a date or a time is that, whatever else the sheet says.
"""

import re
from enum import Enum
from functools import cache


class Kind(Enum):
    """What a field's text is read as."""

    TEXT = "text"
    DATE = "a date"  # YYYYMMDD, in a few calls YYYY/MM/DD
    TIME = "a time"  # HHMMSS; in a night session up to 30:00
    WHOLE = "a whole number"  # shares, contracts, pieces, sums of KRW
    PRICE = "a price"  # KRW; points where an index is answered under a stock's names
    NUMBER = "a number"  # points, %, ratios, averages: anything that may have decimals
    NESTED = "an object"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# The words a name may end with.
_TEXT = _words("""
    yn cd crcd code no name isnm iscd nm pdno odno brno orgno empno stfno tlno addr cnnm cano acno
    sign vrsssign daebi expdaebi gb type kind form dvsn rson reas reason rslt opnn cntt memo way
    seq srno rank month yymm term dtmd id agenda mgr cycl dorg estdate
    token key expired message hash data
    """)
_DATE = _words("date dt today sttldt")
_TIME = _words("hour tmd time tm btwn")
_COUNTS = _words("qty buyqty vol expcvol hvol rsqn cnt count csnu stcn stqt cnqn dynu icdc smtn")
_KRW = _words("""
    pbmn amt avls tota ttam fcam papr chgs pfls fee tax tltx smtl cash sbst sbsa dnca dfpa agrm int
    rcva atm cap cpfn cpta capital prca dpast mgna lnda rmnd adjt prvs fuop wcrc pri unit
    """)
_PRICES = _words("""
    prpr oprc hgpr lwpr clpr sdpr mxpr llam askp bidp pbpr cnpr sspr prc vrss esdg rsfl
    """)
_NUMBERS = _words("""
    rate ratem chgrate expchggrate rt lmtrt rlim ctrt inrt dsrt psdg tnrt rltv cttr dprt ehrt weit
    gvrt errt pftrt depn per pbr pcr psr eps bps sps bis grs eva ebitda val value gama theta vega
    rho gear prit moneyness vltl thpr acpr barrier basis unpr pric price idx nmix nav mltp dbnb exrt
    open high low change expchange expprice recprice uplmtprice dnlmtprice stotprice
    account aset lblt cptl cras fxas cost surp cfp ernn expn prti prfi loss ntin mang
    """)
# A price or a change of these is in points or in a foreign currency, an average has decimals.
_FRACTIONAL = _words("nmix futs optn unas nav idx kospi200 bstp hts bond frcr avg avrg wghn")
_NAMED = {
    "BODY": Kind.NESTED,
    "ccls_paym_prc": Kind.NUMBER,
    # Spans of days under a word that means one day elsewhere.
    "depo_date": Kind.TEXT,
    "odd_pay_dt": Kind.TEXT,
    "setl_mmdd": Kind.TEXT,
    "sub_term_ft": Kind.TEXT,
    "subscr_dt": Kind.TEXT,
    "td_stop_dt": Kind.TEXT,
    "expires_in": Kind.WHOLE,
    "ord_psbl_frcr_amt_wcrc": Kind.WHOLE,  # foreign currency as KRW
}
_COUNTER = re.compile(r"_?\d+$")  # askp1, mbcr_glob_yn_3


@cache
def kind_of(name: str, decimals: int = 0) -> Kind:
    """Return how a field is read. A name without a known word is text."""
    return _kind(name, decimals) or Kind.TEXT


def is_known(name: str) -> bool:
    """Whether the name ends with a word of the vocabulary."""
    return _kind(name, 0) is not None


def _kind(name: str, decimals: int) -> Kind | None:
    if name in _NAMED:
        return _NAMED[name]
    *before, last = _COUNTER.sub("", name.lower()).split("_")
    for kind, vocabulary in ((Kind.TEXT, _TEXT), (Kind.DATE, _DATE), (Kind.TIME, _TIME)):
        if last in vocabulary:
            return kind
    if decimals or last in _NUMBERS:
        return Kind.NUMBER
    if last in _COUNTS:
        return Kind.NUMBER if "avrg" in before else Kind.WHOLE
    if last in _KRW:
        return Kind.NUMBER if {"avrg", "avg", "frcr"} & set(before) else Kind.WHOLE
    if last in _PRICES:
        return Kind.NUMBER if _FRACTIONAL & set(before) else Kind.PRICE
    return None
