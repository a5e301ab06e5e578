"""KIS's answers about futures and options, as values. Pure.

Raises ReplyError, and UnknownSymbol where KIS answers with nothing: it does so for an expired or
unknown code, and for a code asked of the wrong market.
"""

from collections.abc import Sequence
from decimal import Decimal

from kis_core.errors import ReplyError, UnknownSymbol
from kis_core.market.derivatives import CodeError, Kind, contract_of, value_krw
from kis_core.wire.blanks import date_or_none, number_or_none, price_or_none
from kis_core.wire.derivatives.derivative_quote_requests import STRIKES_PER_SIDE
from kis_core.wire.derivatives.derivative_quotes import (
    BoardTop,
    DerivativeBar,
    DerivativeBook,
    DerivativeDay,
    DerivativePrice,
    ExpectedPrice,
    FutureQuote,
    Greeks,
    Level,
    MarginRate,
    Maturity,
    MinuteRow,
    OptionBoard,
    OptionQuote,
    Underlying,
)
from kis_core.wire.fields import (
    Body,
    day_ns,
    decimal,
    iso_date,
    missing,
    object_of,
    rows_of,
    said,
    whole,
    whole_or_none,
)

_THOUSAND = 1_000  # acml_tr_pbmn counts in thousand won
_LEVELS = 5
_LAST_HOUR = 30  # a night ends at 06:00, which is 30 of the day it began on
_SECOND_NS = 1_000_000_000
_DAY_NS = 86_400 * _SECOND_NS
_AHEAD_NS = 3_600 * _SECOND_NS  # as far as KIS's clock may be before ours


def price(body: Body, code: str, at_ns: int) -> DerivativePrice:
    """Read the current price of a contract."""
    output = object_of(body, "output1")
    if _is_blank(output):
        raise UnknownSymbol(code)
    strike = price_or_none(output, "acpr")
    return DerivativePrice(
        code=code,
        name=said(output, "hts_kor_isnm"),
        at_ns=at_ns,
        price=price_or_none(output, "futs_prpr"),
        previous_close=price_or_none(output, "futs_prdy_clpr"),
        base=price_or_none(output, "futs_sdpr"),
        upper=price_or_none(output, "futs_mxpr"),
        lower=price_or_none(output, "futs_llam"),
        open=price_or_none(output, "futs_oprc"),
        high=price_or_none(output, "futs_hgpr"),
        low=price_or_none(output, "futs_lwpr"),
        volume=whole(output, "acml_vol"),
        value_krw=whole(output, "acml_tr_pbmn") * _THOUSAND,
        open_interest=whole(output, "hts_otst_stpl_qty"),
        open_interest_change=whole(output, "otst_stpl_qty_icdc"),
        theoretical=number_or_none(output, "hts_thpr"),
        basis=number_or_none(output, "mrkt_basis"),
        last_trading_date=date_or_none(output, "futs_last_tr_date"),
        days_left=whole_or_none(output, "hts_rmnn_dynu"),
        strike=strike,
        greeks=None if strike is None or not said(output, "delta_val") else _greeks(output),
        implied_pct=None if strike is None else price_or_none(output, "hts_ints_vltl"),
        historical_pct=price_or_none(output, "hist_vltl"),
        underlying=_underlying(body, "output2"),
        kospi200=_underlying(body, "output3"),
    )


def _is_blank(output: Body) -> bool:
    """Whether KIS knows nothing of what was asked: no name and no price."""
    names = ("hts_kor_isnm", "futs_prpr", "futs_sdpr", "futs_prdy_clpr")
    return not any(said(output, name).strip("0.") for name in names)


def _underlying(body: Body, name: str) -> Underlying | None:
    output = body.get(name)
    if not isinstance(output, dict) or not said(output, "bstp_nmix_prpr"):
        return None
    return Underlying(
        code=said(output, "bstp_cls_code"),
        name=said(output, "hts_kor_isnm"),
        level=decimal(output, "bstp_nmix_prpr"),
        change=_signed(output, "bstp_nmix_prdy_vrss", "prdy_vrss_sign"),
        change_pct=_signed(output, "bstp_nmix_prdy_ctrt", "prdy_vrss_sign"),
    )


def _greeks(row: Body) -> Greeks:
    return Greeks(
        delta=decimal(row, "delta_val"),
        gamma=decimal(row, "gama"),
        vega=decimal(row, "vega"),
        theta=decimal(row, "theta"),
        rho=decimal(row, "rho"),
    )


def book(body: Body, code: str, midnight_ns: int, arrived_ns: int) -> DerivativeBook:
    """Read the book. `midnight_ns` is the KST midnight before it arrived."""
    head, levels = object_of(body, "output1"), object_of(body, "output2")
    if _is_blank(head):
        raise UnknownSymbol(code)
    at_ns = midnight_ns + clock_ns(levels, "aspr_acpt_hour") % _DAY_NS
    if at_ns > arrived_ns + _AHEAD_NS:  # told of last evening, asked for after midnight
        at_ns -= _DAY_NS
    return DerivativeBook(
        code=code,
        at_ns=at_ns,
        arrived_ns=arrived_ns,
        asks=_side(levels, "ask"),
        bids=_side(levels, "bid"),
        total_ask=whole(levels, "total_askp_rsqn"),
        total_bid=whole(levels, "total_bidp_rsqn"),
    )


def _side(levels: Body, side: str) -> tuple[Level, ...]:
    return tuple(
        Level(at, contracts, whole(levels, f"{side}p_csnu{n}"))
        for n in range(1, _LEVELS + 1)
        if (at := price_or_none(levels, f"futs_{side}p{n}")) is not None
        and (contracts := whole(levels, f"{side}p_rsqn{n}")) > 0
    )


def minute_rows(body: Body, code: str) -> list[MinuteRow]:
    """Read one page of a minute chart, newest first, as it comes."""
    rows = rows_of(body, "output2")
    _require_known(body, code, rows)
    return [
        MinuteRow(
            date=said(row, "stck_bsop_date"),
            start_ns=day_ns(row, "stck_bsop_date") + clock_ns(row, "stck_cntg_hour"),
            open=decimal(row, "futs_oprc"),
            high=decimal(row, "futs_hgpr"),
            low=decimal(row, "futs_lwpr"),
            close=decimal(row, "futs_prpr"),
            volume=whole(row, "cntg_vol"),
            cum_value_krw=_value(row),
        )
        for row in rows
    ]


def bars(code: str, ascending: Sequence[MinuteRow]) -> list[DerivativeBar]:
    """Return the bars of one session's rows. Minutes without a trade have none.

    KIS says what was traded since the session began, so a minute's value is the difference to the
    row before; where it cannot be (a row is missing between) it is unknown. Without a multiplier
    to hold it against, so is the first row's.
    """
    read = []
    before: int | None = 0
    for row in ascending:
        value, before = _minute_value(code, row, before), row.cum_value_krw
        if row.volume > 0:
            ohlc = (row.open, row.high, row.low, row.close)
            if not row.low <= min(ohlc) <= max(ohlc) <= row.high:
                raise ReplyError(f"{code} {row.start_ns}: prices {ohlc}", str(row))
            read.append(DerivativeBar(code, row.start_ns, *ohlc, row.volume, value))
    return read


def _minute_value(code: str, row: MinuteRow, before: int | None) -> int | None:
    if row.cum_value_krw is None or before is None or row.cum_value_krw < before:
        return None
    value = row.cum_value_krw - before
    try:
        contract = contract_of(code)
    except CodeError:
        return value if before else None
    least = value_krw(contract, row.low, row.volume)
    most = value_krw(contract, row.high, row.volume)
    if least is None or most is None:
        return value if before else None
    # Both sums were cut to the thousand, so their difference is off by up to one.
    return value if least - _THOUSAND <= value <= most + _THOUSAND else None


def days(body: Body, code: str) -> list[DerivativeDay]:
    """Read one page of a daily chart, newest first, days without a trade included."""
    rows = rows_of(body, "output2")
    _require_known(body, code, rows)
    return [
        DerivativeDay(
            code=code,
            date=iso_date(row, "stck_bsop_date"),
            open=decimal(row, "futs_oprc"),
            high=decimal(row, "futs_hgpr"),
            low=decimal(row, "futs_lwpr"),
            close=decimal(row, "futs_prpr"),
            volume=whole(row, "acml_vol"),
            value_krw=_value(row),
        )
        for row in rows
    ]


def _require_known(body: Body, code: str, rows: Sequence[Body]) -> None:
    """Raise UnknownSymbol where a chart has neither rows nor a head that says anything."""
    head = body.get("output1")
    if not rows and (not isinstance(head, dict) or _is_blank(head)):
        raise UnknownSymbol(code)


def option_board(body: Body, maturity: str) -> OptionBoard:
    """Read the calls and puts of an expiry."""
    calls = [_option(row, Kind.CALL) for row in rows_of(body, "output1")]
    puts = [_option(row, Kind.PUT) for row in rows_of(body, "output2")]
    return OptionBoard(
        maturity=maturity,
        calls=tuple(sorted(calls, key=lambda option: option.strike)),
        puts=tuple(sorted(puts, key=lambda option: option.strike)),
        is_cut=max(len(calls), len(puts)) >= STRIKES_PER_SIDE,
    )


def _option(row: Body, kind: Kind) -> OptionQuote:
    code = said(row, "optn_shrn_iscd")
    if _kind(code, row) is not kind:  # the letter says it, and must say what the list does
        raise ReplyError(f"{code!r} among the {kind}s", str(row))
    return OptionQuote(
        code=code,
        kind=kind,
        strike=price_or_none(row, "acpr") or missing("acpr", row),
        price=price_or_none(row, "optn_prpr"),
        change=_signed(row, "optn_prdy_vrss", "prdy_vrss_sign"),
        bid=price_or_none(row, "optn_bidp"),
        ask=price_or_none(row, "optn_askp"),
        bid_contracts=whole(row, "shnu_rsqn"),
        ask_contracts=whole(row, "seln_rsqn"),
        base=price_or_none(row, "nmix_sdpr"),
        open=price_or_none(row, "optn_oprc"),
        high=price_or_none(row, "optn_hgpr"),
        low=price_or_none(row, "optn_lwpr"),
        upper=price_or_none(row, "optn_mxpr"),
        lower=price_or_none(row, "optn_llam"),
        volume=whole(row, "acml_vol"),
        value_krw=whole(row, "acml_tr_pbmn") * _THOUSAND,
        open_interest=whole(row, "hts_otst_stpl_qty"),
        open_interest_change=whole(row, "otst_stpl_qty_icdc"),
        greeks=_greeks(row),
        implied_pct=price_or_none(row, "hts_ints_vltl"),
        historical_pct=price_or_none(row, "hist_vltl"),
        theoretical=number_or_none(row, "hts_thpr"),
        intrinsic=number_or_none(row, "invl_val"),
        time_value=number_or_none(row, "tmvl_val"),
        expected=price_or_none(row, "futs_antc_cnpr"),
        label=said(row, "atm_cls_name"),
    )


def _kind(code: str, row: Body) -> Kind:
    try:
        return contract_of(code).kind
    except CodeError as error:
        raise ReplyError(str(error), str(row)) from None


def futures_board(body: Body) -> list[FutureQuote]:
    """Read all futures of a family, as they come: nearest first."""
    return [
        FutureQuote(
            code=said(row, "futs_shrn_iscd") or missing("futs_shrn_iscd", row),
            name=said(row, "hts_kor_isnm"),
            price=price_or_none(row, "futs_prpr"),
            change=_signed(row, "futs_prdy_vrss", "prdy_vrss_sign"),
            theoretical=number_or_none(row, "hts_thpr"),
            volume=whole(row, "acml_vol"),
            bid=price_or_none(row, "futs_bidp"),
            ask=price_or_none(row, "futs_askp"),
            high=price_or_none(row, "futs_hgpr"),
            low=price_or_none(row, "futs_lwpr"),
            open_interest=whole(row, "hts_otst_stpl_qty"),
            days_left=whole(row, "hts_rmnn_dynu"),
            total_ask=whole(row, "total_askp_rsqn"),
            total_bid=whole(row, "total_bidp_rsqn"),
            expected=price_or_none(row, "futs_antc_cnpr"),
        )
        for row in rows_of(body, "output")
    ]


def maturities(body: Body) -> list[Maturity]:
    """Read the expiries of options, as they come."""
    return [
        Maturity(
            code=said(row, "mtrt_yymm_code"),
            month=said(row, "mtrt_yymm") or missing("mtrt_yymm", row),
        )
        for row in rows_of(body, "output")
    ]


def board_top(body: Body, code: str) -> BoardTop:
    """Read a future beside what it is of."""
    output = object_of(body, "output1")
    if _is_blank(output):
        raise UnknownSymbol(code)
    return BoardTop(
        name=said(output, "hts_kor_isnm"),
        price=price_or_none(output, "futs_prpr"),
        change=_signed(output, "futs_prdy_vrss", "prdy_vrss_sign"),
        underlying=decimal(output, "unas_prpr"),
        underlying_change=_signed(output, "unas_prdy_vrss", "unas_prdy_vrss_sign"),
        underlying_volume=whole(output, "unas_acml_vol"),
        days_left=tuple(whole(row, "hts_rmnn_dynu") for row in rows_of(body, "output2")),
    )


def expected_prices(body: Body, code: str) -> list[ExpectedPrice]:
    """Read the auction prices that were expected today, as they come: newest first."""
    if _is_blank(object_of(body, "output1")):
        raise UnknownSymbol(code)
    return [
        ExpectedPrice(
            hhmmss=said(row, "stck_cntg_hour"),
            price=price_or_none(row, "futs_antc_cnpr"),
            change=_signed(row, "futs_antc_cntg_vrss", "antc_cntg_vrss_sign"),
        )
        for row in rows_of(body, "output2")
    ]


def margin_rates(body: Body) -> list[MarginRate]:
    """Read one page of a day's margin rates."""
    return [
        MarginRate(
            underlying=said(row, "bast_id") or missing("bast_id", row),
            name=said(row, "bast_name"),
            entrusted_pct=decimal(row, "brkg_mgna_rt"),
            maintenance_pct=decimal(row, "tr_mgna_rt"),
            underlying_price=decimal(row, "bast_pric"),
            multiplier=decimal(row, "tr_mtpl_idx"),
            per_contract_krw=whole(row, "ctrt_per_futr_mgna"),
        )
        for row in rows_of(body, "output")
    ]


def clock_ns(row: Body, name: str) -> int:
    """Return an HHMMSS time in nanoseconds since its session's first midnight, hours to 30."""
    text = said(row, name)
    if len(text) != 6 or not (text.isascii() and text.isdecimal()):
        raise ReplyError(f"{name} {text[:40]!r}, expected HHMMSS", str(row))
    hour, minute, second = int(text[:2]), int(text[2:4]), int(text[4:])
    if hour > _LAST_HOUR or minute > 59 or second > 59:
        raise ReplyError(f"{name} {text!r}, expected HHMMSS up to 30 hours", str(row))
    return ((hour * 60 + minute) * 60 + second) * _SECOND_NS


def _signed(row: Body, name: str, sign: str) -> Decimal:
    """Return a difference, which may come unsigned: 4 and 5 say that it is a fall."""
    size = abs(decimal(row, name))
    return -size if said(row, sign) in ("4", "5") else size


def _value(row: Body) -> int | None:
    thousands = whole_or_none(row, "acml_tr_pbmn")
    return None if thousands is None else thousands * _THOUSAND
