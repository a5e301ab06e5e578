"""The order machine: every pair of state and report, read aloud."""

import pytest

from oms.core.order import (
    IN_FLIGHT,
    MODIFIES,
    TABLE,
    Modify,
    ModifyReport,
    Refused,
    Report,
    after,
    after_modify,
)
from oms_client.contract import OrderState

NO = Refused.CONTRADICTION
S = OrderState
# rows: state; columns in the order of `Report`
COLUMNS = list(Report)
ROWS = {
    S.PLANNED: [S.SENT, NO, NO, S.PLANNED, NO, NO, S.CANCELLED, NO, NO, S.EXPIRED],
    S.SENT: [
        NO,
        S.WORKING,
        S.REJECTED,
        S.UNKNOWN,
        S.PARTIAL,
        S.FILLED,
        S.CANCELLED,
        NO,
        S.SENT,
        S.EXPIRED,
    ],
    S.UNKNOWN: [
        NO,
        S.WORKING,
        S.REJECTED,
        S.UNKNOWN,
        S.PARTIAL,
        S.FILLED,
        S.CANCELLED,
        NO,
        S.REJECTED,
        S.EXPIRED,
    ],
    S.WORKING: [
        NO,
        S.WORKING,
        S.REJECTED,
        S.WORKING,
        S.PARTIAL,
        S.FILLED,
        S.CANCELLED,
        S.WORKING,
        S.WORKING,
        S.EXPIRED,
    ],
    S.PARTIAL: [
        NO,
        S.PARTIAL,
        NO,
        S.PARTIAL,
        S.PARTIAL,
        S.FILLED,
        S.CANCELLED,
        S.PARTIAL,
        S.PARTIAL,
        S.EXPIRED,
    ],
    S.FILLED: [NO, S.FILLED, NO, S.FILLED, NO, S.FILLED, S.FILLED, S.FILLED, S.FILLED, S.FILLED],
    S.CANCELLED: [
        NO,
        S.CANCELLED,
        NO,
        S.CANCELLED,
        S.CANCELLED,
        S.FILLED,
        S.CANCELLED,
        S.WORKING,
        S.CANCELLED,
        S.CANCELLED,
    ],
    S.REJECTED: [
        NO,
        S.WORKING,
        S.REJECTED,
        S.REJECTED,
        S.PARTIAL,
        S.FILLED,
        S.CANCELLED,
        S.WORKING,
        S.REJECTED,
        S.REJECTED,
    ],
    S.EXPIRED: [
        NO,
        S.EXPIRED,
        NO,
        S.EXPIRED,
        S.EXPIRED,
        S.FILLED,
        S.EXPIRED,
        S.EXPIRED,
        S.EXPIRED,
        S.EXPIRED,
    ],
}
CASES = [
    pytest.param(state, report, leads, id=f"{state}-{report.name}")
    for state, row in ROWS.items()
    for report, leads in zip(COLUMNS, row, strict=True)
]


@pytest.mark.parametrize(("state", "report", "leads"), CASES)
def test_every_pair_of_state_and_report_leads_where_it_says(
    state: OrderState, report: Report, leads: OrderState | Refused
) -> None:
    assert after(state, report) == leads


def test_the_table_leaves_no_pair_out() -> None:
    assert set(TABLE) == set(OrderState)
    assert all(set(row) == set(Report) for row in TABLE.values())


def test_nothing_is_sent_twice() -> None:
    may_leave = [state for state in OrderState if after(state, Report.RELEASED) is not NO]
    assert may_leave == [OrderState.PLANNED]


def test_no_evidence_of_a_fill_is_refused_once_an_order_has_left_unless_it_is_full() -> None:
    for state in set(OrderState) - {OrderState.PLANNED, OrderState.FILLED}:
        assert after(state, Report.PART_FILLED) is not NO
        assert after(state, Report.WHOLE_FILLED) is OrderState.FILLED


M = Modify
MODIFY_ROWS = {  # columns in the order of `ModifyReport`
    M.NONE: [M.SENT, M.NONE, M.NONE, M.NONE, M.NONE, M.NONE, M.NONE],
    M.SENT: [NO, M.ACCEPTED, M.DECLINED, M.UNKNOWN, M.NONE, M.SENT, M.SENT],
    M.ACCEPTED: [NO, M.ACCEPTED, M.DECLINED, M.ACCEPTED, M.NONE, M.ACCEPTED, M.NONE],
    M.DECLINED: [NO, M.DECLINED, M.DECLINED, M.DECLINED, M.NONE, M.NONE, M.DECLINED],
    M.UNKNOWN: [NO, M.ACCEPTED, M.DECLINED, M.UNKNOWN, M.NONE, M.UNKNOWN, M.NONE],
}
MODIFY_CASES = [
    pytest.param(state, report, leads, id=f"{state.name}-{report.name}")
    for state, row in MODIFY_ROWS.items()
    for report, leads in zip(ModifyReport, row, strict=True)
]


@pytest.mark.parametrize(("state", "report", "leads"), MODIFY_CASES)
def test_every_pair_of_modify_and_report_leads_where_it_says(
    state: Modify, report: ModifyReport, leads: Modify | Refused
) -> None:
    assert after_modify(state, report) == leads


def test_the_table_of_modifies_leaves_no_pair_out() -> None:
    assert set(MODIFIES) == set(Modify)
    assert all(set(row) == set(ModifyReport) for row in MODIFIES.values())


def test_evidence_settles_a_modify_whatever_was_thought_of_it() -> None:
    assert {after_modify(state, ModifyReport.DONE) for state in Modify} == {Modify.NONE}
    assert all(after_modify(state, ModifyReport.RELEASED) is NO for state in IN_FLIGHT)
