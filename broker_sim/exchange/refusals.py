"""What a refusal is called: KIS's code and text, for the real servers and for the paper ones.

Sources: kis_api.md §15.2; APBK0506 and APBK0344 from public reports of the real server. Where the
real code is not established, the nearest established one stands in, and the text tells them apart.
"""

from broker_sim.exchange.account import Dialect
from broker_sim.exchange.orders import Declined, Refusal

_WORDS: dict[Refusal, tuple[tuple[str, str], tuple[str, str]]] = {
    # reason: (real code, text), (paper code, text)
    Refusal.UNKNOWN_ISSUE: (
        ("APBK0656", "해당종목정보가 없습니다."),
        ("40070000", "모의투자 주문처리가 안되었습니다(매매불가 종목)"),
    ),
    Refusal.HALTED: (
        ("APBK0656", "거래정지 종목입니다."),
        ("40070000", "모의투자 주문처리가 안되었습니다(매매불가 종목)"),
    ),
    Refusal.BEFORE_OPEN: (
        ("APBK0918", "장운영시간이 아닙니다.(장시작전)"),
        ("40570000", "모의투자 장시작전 입니다."),
    ),
    Refusal.AFTER_CLOSE: (
        ("APBK0918", "장운영시간이 아닙니다.(장종료)"),
        ("40580000", "모의투자 장종료 입니다."),
    ),
    Refusal.NO_CASH: (
        ("APBK0952", "주문가능금액을 초과 했습니다."),
        ("40250000", "모의투자 주문가능금액이 부족합니다."),
    ),
    Refusal.NOT_SELLABLE: (
        ("APBK0400", "주문 가능한 수량을 초과했습니다."),
        ("40240000", "모의투자 잔고내역이 없습니다."),
    ),
    Refusal.OFF_TICK: (
        ("APBK0506", "주식주문호가단위 오류 입니다."),
        ("40030000", "모의투자 주문처리가 안되었습니다(호가단위 오류)"),
    ),
    Refusal.OUTSIDE_LIMITS: (
        ("APBK0506", "주문단가가 상하한가를 벗어났습니다."),
        ("40030000", "모의투자 주문처리가 안되었습니다(상하한가 오류)"),
    ),
    Refusal.BAD_SHARES: (
        ("APMP0001", "주문수량을 확인하여 주십시오."),
        ("APMP0001", "주문수량을 확인하여 주십시오."),
    ),
    Refusal.BAD_TYPE: (
        ("APMP0001", "주문구분을 확인하여 주십시오."),
        ("90000000", "모의투자에서는 해당업무가 제공되지 않습니다."),
    ),
    Refusal.TYPE_NOW: (
        ("APBK1943", "해당 시간에 접수할 수 없는 주문구분입니다."),
        ("APBK1943", "해당 시간에 접수할 수 없는 주문구분입니다."),
    ),
    Refusal.BETWEEN_SESSIONS: (
        ("APBK0918", "장운영시간이 아닙니다.(NXT)"),
        ("90000000", "모의투자에서는 해당업무가 제공되지 않습니다."),
    ),
    Refusal.LIMIT_ONLY: (
        ("APBK3013", "NXT 애프터마켓은 지정가 주문만 가능합니다."),
        ("90000000", "모의투자에서는 해당업무가 제공되지 않습니다."),
    ),
    Refusal.NOT_ON_VENUE: (
        ("APBK0656", "해당 거래소에서 거래할 수 없는 종목입니다."),
        ("90000000", "모의투자에서는 해당업무가 제공되지 않습니다."),
    ),
    Refusal.VENUE_NOT_OFFERED: (
        ("APMP0001", "거래소ID구분코드를 확인하여 주십시오."),
        ("90000000", "모의투자에서는 해당업무가 제공되지 않습니다."),
    ),
    Refusal.OTHER_VENUE: (
        ("APBK0344", "원주문정보가 존재하지 않습니다.(거래소 상이)"),
        ("40330000", "모의투자 정정/취소할 수량이 없습니다."),
    ),
    Refusal.NO_CONDITION: (
        ("APMP0001", "조건가격을 확인하여 주십시오."),
        ("90000000", "모의투자에서는 해당업무가 제공되지 않습니다."),
    ),
    Refusal.NOTHING_LEFT: (
        ("APBK0344", "원주문정보가 존재하지 않습니다.(정정취소 가능수량 없음)"),
        ("40330000", "모의투자 정정/취소할 수량이 없습니다."),
    ),
}


def declined(reason: Refusal, dialect: Dialect) -> Declined:
    """Return the refusal in the account's dialect."""
    real, paper = _WORDS[reason]
    code, text = real if dialect == "real" else paper
    return Declined(code, text, reason)
