"""Futures and options on the panel: boards and minutes, asked for over REST."""

from collector.derivatives.service import Contracts
from collector.panel.parts import (
    Act,
    ActName,
    Answer,
    Counter,
    Figure,
    Preview,
    SourceShown,
    Text,
)

TITLE = Text("KIS 선물·옵션", "KIS futures and options")


class ContractsPart:
    """The collector's derivatives part. It runs by itself: there is nothing to press."""

    name = "contracts"

    def __init__(self, contracts: Contracts) -> None:
        self._contracts = contracts

    def shown(self) -> SourceShown:
        contracts = self._contracts
        polls, rounds, chains = contracts.polls, contracts.rounds, contracts.chains
        return SourceShown(
            self.name,
            TITLE,
            database=contracts.database_connected,
            figures=(
                Figure(Text("옵션 전광판 조회 / 실패", "boards asked / failed"),
                       polls.asked, polls.failed),
                Figure(Text("전광판 저장 / 대기", "boards stored / waiting"),
                       chains.written, chains.waiting),
                Figure(Text("분봉 조회 / 실패", "minutes asked / failed"),
                       rounds.asked, rounds.failed),
            ),
        )  # fmt: skip

    def counters(self) -> tuple[Counter, ...]:
        return (
            Counter("KRX", "board", self._contracts.polls.captured),
            Counter("KRX", "contract_minute", self._contracts.rounds.candles),
        )

    def acts(self) -> tuple[Act, ...]:
        return ()

    async def preview(self) -> Preview | None:
        return None

    async def perform(self, act: ActName, by: str) -> Answer:
        """Offer nothing."""
        raise AssertionError(f"{act} is not offered")
