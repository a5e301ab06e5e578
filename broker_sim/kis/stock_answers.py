"""Who answers which call about stocks: every noun's answers under KIS's names of them. Pure.

Market codes: J is KRX, UN both venues together, NX the other venue. A feed has screens of its
own; one that the day does not have is answered with zeros and no rows.
"""

from collections.abc import Callable, Mapping
from functools import partial

from broker_sim.kis import assets, profits
from broker_sim.kis.averages import Averages
from broker_sim.kis.calendars import chk_holiday, market_time
from broker_sim.kis.charts import Charts
from broker_sim.kis.daily_lists import DailyLists
from broker_sim.kis.desk import Asked, Desk
from broker_sim.kis.expected import Expected
from broker_sim.kis.fund_quotes import FundQuotes
from broker_sim.kis.index_lists import IndexLists
from broker_sim.kis.indices import Indices
from broker_sim.kis.investor_quotes import InvestorQuotes
from broker_sim.kis.member_quotes import MemberQuotes
from broker_sim.kis.minute_rows import MinuteRows
from broker_sim.kis.off_hours_quotes import OffHoursQuotes
from broker_sim.kis.off_hours_rankings import OffHoursRankings
from broker_sim.kis.prints import Prints
from broker_sim.kis.program_quotes import ProgramQuotes
from broker_sim.kis.quotes import Quotes
from broker_sim.kis.rankings import Rankings
from broker_sim.kis.replies import QUOTED, Output, Reply, answered, refused
from broker_sim.kis.reserved_orders import ReservedOrders
from broker_sim.kis.screens import Screens
from broker_sim.kis.stock_status import StockStatus
from broker_sim.kis.vi_status import ViStatus
from kis_core.wire.tr_table import CALLS

Answer = Callable[[Asked], Reply]
# Nobody has saved a condition search here; KIS says so in its own way.
NOTHING_SAVED = ("MCA05762", "조회가 계속 됩니다. (다음을 누르십시오.)")
NOTHING_FOUND = ("MCA05918", "종목코드 오류입니다.")
MARKET_KEY, ISSUE_KEY = "FID_COND_MRKT_DIV_CODE", "FID_INPUT_ISCD"
FEEDS = ("J", "NX", "UN")
OF_AN_ISSUE = frozenset(
    [
        "inquire_price",
        "inquire_price_2",
        "inquire_asking_price_exp_ccn",
        "inquire_ccnl",
        "inquire_time_itemconclusion",
        "inquire_time_itemchartprice",
        "inquire_time_dailychartprice",
        "inquire_daily_itemchartprice",
        "inquire_daily_price",
        "inquire_daily_trade_volume",
        "pbar_tratio",
        "tradprt_byamt",
        "daily_short_sale",
        "exp_price_trend",
        "inquire_overtime_price",
        "inquire_overtime_asking_price",
        "inquire_time_overtimeconclusion",
        "inquire_daily_overtimeprice",
        "inquire_member",
        "inquire_member_daily",
        "frgnmem_pchs_trend",
        "frgnmem_trade_trend",
        "inquire_investor",
        "investor_trade_by_stock_daily",
        "program_trade_by_stock",
        "program_trade_by_stock_daily",
    ]
)
"""The calls about one issue: a code of no issue is answered with zeros and no rows."""
OTHER_CODES = {"foreign_institution_total": ("V",)} | dict.fromkeys(
    [
        "inquire_index_price",
        "inquire_daily_indexchartprice",
        "inquire_index_timeprice",
        "inquire_index_tickprice",
        "inquire_index_daily_price",
        "inquire_index_category_price",
        "inquire_time_indexchartprice",
        "exp_index_trend",
        "exp_total_index",
        "inquire_investor_daily_by_market",
    ],
    ("U",),
)
"""The calls whose market code is not a feed's."""


def stock_answers(desk: Desk, feeds: Mapping[str, Screens]) -> Mapping[str, Answer]:
    """Return what answers each call about stocks. `feeds`: the screens behind a market code."""
    made: dict[int, Mapping[str, Answer]] = {}
    by_feed: dict[str, Mapping[str, Answer]] = {}
    for code, screens in feeds.items():
        by_feed[code] = made.setdefault(id(screens), _quotations(screens))
    krx = feeds["J"]
    answers = {
        f"domestic_stock.{name}": _fed(name, {c: known[name] for c, known in by_feed.items()})
        for name in by_feed["J"]
    }
    answers |= {f"domestic_stock.{name}": answer for name, answer in _of_account(desk).items()}
    priced = _known_issue(FundQuotes(krx).priced, krx)
    for name in (
        "inquire_asking_price",
        "inquire_component_stock_price",
        "inquire_price",
        "nav_comparison_trend",
    ):
        answers[f"etfetn.quotations.{name}"] = priced
    return answers


def _quotations(screens: Screens) -> Mapping[str, Answer]:
    """Return what answers the quotations of one feed."""
    averages = Averages(screens.day)
    indices = Indices(screens)
    nouns: tuple[object, ...] = (
        Quotes(screens),
        Charts(screens, MinuteRows(screens.day, screens.tapes)),
        Prints(screens),
        StockStatus(screens),
        DailyLists(screens),
        MemberQuotes(screens),
        OffHoursQuotes(screens),
        OffHoursRankings(screens),
        Expected(screens),
        InvestorQuotes(screens),
        ProgramQuotes(screens),
        Rankings(screens, averages),
        ViStatus(screens),
        indices,
        IndexLists(screens, indices),
    )
    answers: dict[str, Answer] = {}
    for noun in nouns:
        for name in vars(type(noun)):
            if f"domestic_stock.{name}" in CALLS:  # a method that answers a call bears its name
                answer: Answer = getattr(noun, name)
                answers[name] = _known_issue(answer, screens) if name in OF_AN_ISSUE else answer
    return answers | {
        "chk_holiday": chk_holiday,
        "market_time": lambda asked: market_time(screens.day.date, asked),
        "psearch_title": lambda _: refused(*NOTHING_SAVED),
        "psearch_result": lambda _: refused(*NOTHING_FOUND),
    }


def _of_account(desk: Desk) -> Mapping[str, Answer]:
    reserved = ReservedOrders(desk)
    answers: dict[str, Answer] = {
        "order_resv": reserved.order_resv,
        "order_resv_rvsecncl": reserved.order_resv_rvsecncl,
        "order_resv_ccnl": reserved.order_resv_ccnl,
        "order_credit": assets.order_credit,
    }
    for answer in (
        assets.inquire_account_balance,
        assets.inquire_balance_rlz_pl,
        assets.inquire_credit_psamount,
        assets.inquire_psbl_sell,
        assets.intgr_margin,
        profits.inquire_period_profit,
        profits.inquire_period_trade_profit,
    ):
        answers[answer.__name__] = partial(answer, desk)
    pensions = (name for name in CALLS if name.startswith("domestic_stock.pension_"))
    return answers | {name.partition(".")[2]: assets.pension for name in pensions}


def _fed(name: str, by_feed: Mapping[str, Answer]) -> Answer:
    """Return what answers from the feed that is asked for."""
    params = {key.upper() for key in CALLS[f"domestic_stock.{name}"].params}
    if MARKET_KEY not in params:
        return by_feed["J"]
    others = OTHER_CODES.get(name)

    def answer(asked: Asked) -> Reply:
        code = asked[MARKET_KEY].upper()
        if code not in (others or FEEDS):
            return refused("OPSQ2001", "ERROR : INPUT INVALID_CHECK_MRKT_DIV_CODE", "2")
        feed = by_feed.get("J" if others else code)
        return feed(asked) if feed else nothing_traded(asked)

    return answer


def _known_issue(answer: Answer, screens: Screens) -> Answer:
    """Return an answer that is asked only about issues of the day."""

    def guarded(asked: Asked) -> Reply:
        symbol = asked[ISSUE_KEY].upper()
        # What was delisted in the middle of the day is an issue of the day no more.
        known = symbol in screens.instruments and screens.exchange.instrument(symbol) is not None
        return answer(asked) if known else nothing_traded(asked)

    return guarded


def nothing_traded(asked: Asked) -> Reply:
    """Answer of a code that is no issue's, or a feed without trades: zeros and no rows."""
    outputs: dict[str, Output] = {}
    for name, output in asked.call.outputs.items():
        outputs[name] = asked.call.zeros(name) if output.kind == "object" else []
        if output.kind == "object" and "stck_shrn_iscd" in output.names:
            outputs[name] = asked.call.zeros(name) | {"stck_shrn_iscd": asked[ISSUE_KEY].upper()}
    return answered(QUOTED, outputs)
