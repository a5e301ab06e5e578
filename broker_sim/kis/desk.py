"""What every call is answered from: the exchange, its day, the account, and the dialect spoken."""

from collections.abc import Mapping
from dataclasses import dataclass

from broker_sim.exchange.day import DaySource
from broker_sim.exchange.derivatives.exchange import DerivativesExchange
from broker_sim.exchange.exchange import Exchange
from broker_sim.kis.calls import Call
from broker_sim.kis.replies import Note
from broker_sim.kis.tokens import Keys
from kis_core.environment import Dialect


@dataclass(frozen=True, slots=True)
class Manners:
    """Where the two hosts differ, besides TR ids and refusal codes."""

    orders_page: int  # rows of inquire-daily-ccld
    balance_page: int
    branch: str  # KRX_FWDG_ORD_ORGNO
    listed: Note
    listed_more: Note
    listed_none: Note
    bought: Note
    sold: Note
    changed: Note
    padded_odno: bool  # paper answers an order with its number unpadded


REAL_MANNERS = Manners(
    orders_page=100,
    balance_page=50,
    branch="06010",
    listed=Note("KIOK0510", "조회가 완료되었습니다", padded=True),
    listed_more=Note("KIOK0500", "조회가 계속됩니다..다음버튼을 Click 하십시오.", padded=True),
    listed_none=Note("KIOK0560", "조회할 내용이 없습니다", padded=True),
    bought=Note("APBK0013", "주문 전송 완료 되었습니다."),
    sold=Note("APBK0013", "주문 전송 완료 되었습니다."),
    changed=Note("APBK0013", "주문 전송 완료 되었습니다."),
    padded_odno=True,
)
PAPER_MANNERS = Manners(
    orders_page=15,
    balance_page=20,
    branch="00950",
    listed=Note("20310000", "모의투자 조회가 완료되었습니다.", padded=True),
    listed_more=Note("20310000", "모의투자 조회가 계속됩니다.", padded=True),
    listed_none=Note("20310000", "모의투자 조회가 완료되었습니다.", padded=True),
    bought=Note("40600000", "모의투자 매수주문이 완료 되었습니다."),
    sold=Note("40590000", "모의투자 매도주문이 완료 되었습니다."),
    changed=Note("40630000", "모의투자 정정/취소주문이 완료 되었습니다."),
    padded_odno=False,
)


@dataclass(frozen=True, slots=True)
class Desk:
    """What the answers are made of. The exchange has been played up to the moment of the call."""

    exchange: Exchange
    keys: Keys
    dialect: Dialect
    derivatives: DerivativesExchange | None = None  # None on a day without a KOSPI200

    @property
    def day(self) -> DaySource:
        """Return the day played."""
        return self.exchange.day

    @property
    def manners(self) -> Manners:
        """Return what this host does its own way."""
        return REAL_MANNERS if self.dialect == "real" else PAPER_MANNERS

    @property
    def account_conditions(self) -> tuple[str, str]:
        """Return what every account cursor begins with."""
        return self.keys.account_no, self.keys.product


@dataclass(frozen=True, slots=True)
class Asked:
    """One call that got past the gateway. Keys of `fields` are upper case."""

    call: Call
    variant: str
    fields: Mapping[str, str]
    tr_cont: str
    now_ns: int

    def __getitem__(self, key: str) -> str:
        return self.fields.get(key, "").strip()
