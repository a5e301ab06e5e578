"""Whatever a server sends, a typed reader returns values or raises ReplyError, nothing else."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kis_core.errors import ReplyError, UnknownSymbol
from kis_core.wire.envelope import read_envelope
from kis_core.wire.quotes import (
    flow_replies,
    index_replies,
    market_replies,
    print_replies,
    program_replies,
    replies,
    stock_replies,
)
from kis_core.wire.quotes.ranking_sheets import RANKINGS, Ranking
from kis_core.wire.tr_table import CALLS

Reader = Callable[[Any], object]
CODE, DAY_NS, NOW_NS = "005930", 1_762_873_200_000_000_000, 1_762_909_200_000_000_000


def ranked(kind: Ranking) -> Reader:
    return lambda body: market_replies.ranked(body, kind)


READERS: list[tuple[str, Reader]] = [
    ("inquire_price", lambda b: replies.price_quote(b, CODE, NOW_NS)),
    ("inquire_price", lambda b: stock_replies.standing_of_price(b, CODE, NOW_NS)),
    ("inquire_price_2", lambda b: stock_replies.standing(b, CODE, NOW_NS)),
    ("inquire_asking_price_exp_ccn", lambda b: replies.book(b, CODE, DAY_NS, NOW_NS)),
    ("inquire_time_itemchartprice", lambda b: replies.bars(CODE, replies.minute_rows(b))),
    ("inquire_time_dailychartprice", lambda b: replies.bars(CODE, replies.minute_rows(b))),
    ("inquire_daily_itemchartprice", lambda b: replies.daily_bars(b, CODE)),
    ("inquire_daily_price", lambda b: stock_replies.recent_days(b, CODE)),
    ("inquire_member", lambda b: stock_replies.members(b, CODE, NOW_NS)),
    ("daily_short_sale", lambda b: stock_replies.short_sales(b, CODE)),
    ("search_stock_info", lambda b: stock_replies.stock_info(b, CODE)),
    ("search_info", lambda b: stock_replies.product_info(b, CODE)),
    ("inquire_ccnl", lambda b: print_replies.prints(b, CODE, DAY_NS)),
    ("inquire_time_itemconclusion", lambda b: print_replies.prints_of_the_day(b, CODE, DAY_NS)),
    ("inquire_time_overtimeconclusion", lambda b: print_replies.overtime_prints(b, CODE, DAY_NS)),
    (
        "inquire_time_overtimeconclusion",
        lambda b: print_replies.overtime_price_of_prints(b, CODE, NOW_NS),
    ),
    ("inquire_overtime_price", lambda b: print_replies.overtime_price(b, CODE, NOW_NS)),
    (
        "inquire_overtime_asking_price",
        lambda b: print_replies.overtime_book(b, CODE, DAY_NS, NOW_NS),
    ),
    ("inquire_daily_overtimeprice", lambda b: print_replies.overtime_days(b, CODE)),
    ("inquire_index_price", lambda b: replies.index_level(b, "0001", NOW_NS)),
    ("inquire_index_price", lambda b: index_replies.breadth(b, "0001", NOW_NS)),
    ("inquire_daily_indexchartprice", lambda b: replies.index_level_of_chart(b, "0001", NOW_NS)),
    ("inquire_daily_indexchartprice", lambda b: replies.index_days(b, "0001")),
    ("inquire_daily_indexchartprice", lambda b: index_replies.sessions(b, "0001")),
    ("inquire_index_daily_price", lambda b: index_replies.sessions(b, "0001")),
    ("inquire_time_indexchartprice", lambda b: index_replies.bars(b, "0001")),
    ("inquire_index_timeprice", lambda b: index_replies.steps(b, "0001", DAY_NS)),
    ("inquire_index_tickprice", lambda b: index_replies.prints(b, "0001", DAY_NS)),
    ("inquire_index_category_price", index_replies.sectors),
    ("intstock_multprice", lambda b: market_replies.snapshots(b, NOW_NS)),
    ("inquire_vi_status", market_replies.vi_events),
    ("chk_holiday", market_replies.market_days),
    ("market_time", market_replies.market_hours),
    ("inquire_investor", lambda b: flow_replies.investor_days(b, CODE)),
    (
        "investor_trade_by_stock_daily",
        lambda b: flow_replies.investor_days_by_group(b, CODE),
    ),
    ("investor_trend_estimate", lambda b: flow_replies.investor_estimates(b, CODE)),
    ("foreign_institution_total", flow_replies.net_buyers),
    (
        "inquire_investor_time_by_market",
        lambda b: flow_replies.segment_flows(b, "KOSPI", NOW_NS, in_shares=True),
    ),
    ("inquire_investor_daily_by_market", lambda b: flow_replies.board_days(b, "KOSPI")),
    ("program_trade_by_stock", lambda b: program_replies.programs(b, CODE, DAY_NS)),
    ("program_trade_by_stock_daily", lambda b: program_replies.program_days(b, CODE)),
    ("comp_program_trade_today", lambda b: program_replies.board_programs(b, "KOSPI", DAY_NS)),
    ("comp_program_trade_daily", lambda b: program_replies.board_program_days(b, "KOSPI")),
    ("investor_program_trade_today", lambda b: program_replies.programs_by_investor(b, "KOSPI")),
    *((sheet.call.split(".")[1], ranked(kind)) for kind, sheet in RANKINGS.items()),
]
IDS = [f"{number} {name}" for number, (name, _) in enumerate(READERS)]

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=9),
    # What KIS says, and what comes near it: most of a body must be readable to get far.
    st.sampled_from(["", " ", "0", "1", "-1", "1.5", "100", "Y", "N", "5", "20251112", "095959"]),
    st.from_regex(r"[+-]?[0-9]{1,20}(\.[0-9]{0,3})?", fullmatch=True),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)


@st.composite
def bodies(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """Draw a body of a call: nearly what it documents, or nothing like it."""
    body = draw(st.dictionaries(st.sampled_from(["rt_cd", "msg_cd", "output"]), values))
    for output, shape in CALLS[f"domestic_stock.{name}"].outputs.items():
        full = st.fixed_dictionaries(dict.fromkeys(shape.names, scalars))
        plain = st.fixed_dictionaries(
            dict.fromkeys(shape.names, st.sampled_from(["1", "100", "20251112", "095959"]))
        )
        one = draw(st.sampled_from([full, plain, st.dictionaries(st.text(max_size=4), values)]))
        body[output] = draw(values | one | st.lists(one | values, max_size=2))
    return body


@pytest.mark.parametrize(("name", "reader"), READERS, ids=IDS)
def test_a_reader_raises_nothing_but_its_own_error(name: str, reader: Reader) -> None:
    @settings(max_examples=40)
    @given(bodies(name), st.data())
    def holds(body: dict[str, Any], data: st.DataObject) -> None:
        with suppress(ReplyError, UnknownSymbol):
            reader(body)
        text = msgspec.json.encode({"rt_cd": "0", "msg_cd": "MCA00000", **body}).decode()
        at = data.draw(st.integers(0, len(text)))
        for broken in (text, text[:at], text + text, text[at:] + text[:at]):
            with suppress(ReplyError, UnknownSymbol):
                reader(read_envelope(200, broken).body)

    holds()
