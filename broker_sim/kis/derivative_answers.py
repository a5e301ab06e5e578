"""Who answers which call about index futures and options. Pure."""

from collections.abc import Callable, Mapping

from broker_sim.kis.derivative_balances import DerivativeBalances
from broker_sim.kis.derivative_boards import DerivativeBoards
from broker_sim.kis.derivative_charts import DerivativeCharts
from broker_sim.kis.derivative_lists import DerivativeLists
from broker_sim.kis.derivative_orders import DerivativeOrders
from broker_sim.kis.derivative_quotes import DerivativeQuotes
from broker_sim.kis.desk import Asked, Desk
from broker_sim.kis.replies import Reply


def derivative_answers(desk: Desk) -> Mapping[str, Callable[[Asked], Reply]]:
    """Return what answers each call, by its name; nothing on a day without derivatives."""
    exchange = desk.derivatives
    if exchange is None:
        return {}
    quotes, charts = DerivativeQuotes(exchange), DerivativeCharts(exchange)
    boards, orders = DerivativeBoards(desk, exchange), DerivativeOrders(desk, exchange)
    lists, balances = DerivativeLists(desk, exchange), DerivativeBalances(desk, exchange)
    answers = {
        "inquire_price": quotes.inquire_price,
        "inquire_asking_price": quotes.inquire_asking_price,
        "exp_price_trend": quotes.exp_price_trend,
        "margin_rate": quotes.margin_rate,
        "inquire_time_fuopchartprice": charts.inquire_time_fuopchartprice,
        "inquire_daily_fuopchartprice": charts.inquire_daily_fuopchartprice,
        "display_board_callput": boards.display_board_callput,
        "display_board_futures": boards.display_board_futures,
        "display_board_option_list": boards.display_board_option_list,
        "display_board_top": boards.display_board_top,
        "order": orders.order,
        "order_rvsecncl": orders.order_rvsecncl,
        "inquire_psbl_order": orders.inquire_psbl_order,
        "inquire_psbl_ngt_order": orders.inquire_psbl_ngt_order,
        "inquire_ccnl": lists.inquire_ccnl,
        "inquire_ngt_ccnl": lists.inquire_ngt_ccnl,
        "inquire_ccnl_bstime": lists.inquire_ccnl_bstime,
        "inquire_balance": balances.inquire_balance,
        "inquire_ngt_balance": balances.inquire_balance,
        "inquire_balance_valuation_pl": balances.inquire_balance,
        "inquire_balance_settlement_pl": balances.inquire_balance_settlement_pl,
        "inquire_deposit": balances.inquire_deposit,
        "inquire_daily_amount_fee": balances.inquire_daily_amount_fee,
        "ngt_margin_detail": balances.ngt_margin_detail,
    }
    return {f"domestic_futureoption.{name}": answer for name, answer in answers.items()}
