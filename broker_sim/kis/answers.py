"""Who answers which call: the one list of the REST side. Pure.

A call is named as in KIS's catalog. A call that nobody here answers is answered the way KIS does
when it has nothing to say: every documented field of an object, blank (an account's: zero), and no
rows.
"""

from collections.abc import Callable, Mapping

from broker_sim.kis import order_lists, orders
from broker_sim.kis.balances import inquire_balance, inquire_psbl_order
from broker_sim.kis.derivative_answers import derivative_answers
from broker_sim.kis.desk import Asked, Desk
from broker_sim.kis.pages import LAST, page_of
from broker_sim.kis.replies import QUOTED, Output, Reply, answered
from broker_sim.kis.screens import Screens
from broker_sim.kis.stock_answers import stock_answers

Answer = Callable[[Asked], Reply]


def answers(desk: Desk, feeds: Mapping[str, Screens]) -> Mapping[str, Answer]:
    """Return what answers each call, by the call's name."""
    of_stocks: dict[str, Answer] = {
        "order_cash": lambda asked: orders.order_cash(desk, asked),
        "order_rvsecncl": lambda asked: orders.order_rvsecncl(desk, asked),
        "inquire_daily_ccld": lambda asked: order_lists.inquire_daily_ccld(desk, asked),
        "inquire_psbl_rvsecncl": lambda asked: order_lists.inquire_psbl_rvsecncl(desk, asked),
        "inquire_balance": lambda asked: inquire_balance(desk, asked),
        "inquire_psbl_order": lambda asked: inquire_psbl_order(desk, asked),
    }
    return {
        **{f"domestic_stock.{name}": answer for name, answer in of_stocks.items()},
        **stock_answers(desk, feeds),
        **derivative_answers(desk),
    }


def nothing_known(asked: Asked) -> Reply:
    """Answer that there is nothing: blank objects, no rows, a cursor that has come to its end."""
    outputs: dict[str, Output] = {}
    of_account = "CANO" in asked.call.required
    if asked.call.cursor is not None:
        outputs.update(page_of((), 1, asked.fields, "", (), asked.call.cursor).cursor())
    for name, output in asked.call.outputs.items():
        empty = asked.call.zeros(name) if of_account else asked.call.blank(name)
        outputs[name] = empty if output.kind == "object" else []
    any_rows = any(output.kind == "array" for output in asked.call.outputs.values())
    return answered(QUOTED, outputs, LAST if any_rows else "")
