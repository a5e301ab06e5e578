"""Who trades, over REST: investors and programmes, by stock and by market.

All calls raise KisError. Paper has three groups of investors by day and nothing else.
"""

from datetime import date
from typing import Literal

from kis_core.market.instants import date_of, midnight_ns
from kis_core.net.day_pages import days_back
from kis_core.net.rest import KisRest
from kis_core.wire.quotes import flow_replies, flow_requests, program_replies
from kis_core.wire.quotes.flow_replies import (
    BoardDay,
    InvestorDay,
    InvestorDayByGroup,
    InvestorEstimate,
    NetBuyer,
    SegmentFlows,
)
from kis_core.wire.quotes.flow_requests import IN_SHARES, Segment
from kis_core.wire.quotes.market_requests import Board
from kis_core.wire.quotes.program_replies import (
    BoardProgram,
    BoardProgramDay,
    InvestorProgram,
    StockProgram,
    StockProgramDay,
)
from kis_core.wire.quotes.quote_requests import AskedVenue


class KisFlows:
    """What can be asked of those who trade."""

    def __init__(self, rest: KisRest) -> None:
        self._rest = rest
        self._clock = rest.clock
        self._dialect = rest.endpoints.dialect

    async def investor_days(self, symbol: str, venue: AskedVenue = "KRX") -> list[InvestorDay]:
        """Return individuals, foreigners and institutions on the last 30 days, ascending.

        Today's are None until the close.
        """
        body = await self._rest.ask(flow_requests.investor_days(self._dialect, symbol, venue))
        return sorted(flow_replies.investor_days(body, symbol), key=lambda day: day.date)

    async def investor_days_by_group(
        self, symbol: str, first: date, last: date, venue: AskedVenue = "KRX"
    ) -> list[InvestorDayByGroup]:
        """Return all groups of investors on the days first..last, ascending. Not on paper.

        TooEarly: `last` is today, and KIS tells of today from 15:40 on.
        """

        async def page_until(until: date) -> list[InvestorDayByGroup]:
            asked = flow_requests.investor_days_by_group(self._dialect, symbol, until, venue)
            return flow_replies.investor_days_by_group(await self._rest.ask(asked), symbol)

        return await days_back(page_until, first, last)

    async def investor_estimates(self, symbol: str) -> list[InvestorEstimate]:
        """Return the staff's estimates of today made so far, ascending. Not on paper."""
        body = await self._rest.ask(flow_requests.investor_estimates(self._dialect, symbol))
        return flow_replies.investor_estimates(body, symbol)

    async def net_buyers(
        self,
        group: Literal["all", "foreign", "institution", "other"] = "all",
        *,
        sold: bool = False,
        by_value: bool = True,
        scope: Literal["ALL", "KOSPI", "KOSDAQ"] = "ALL",
    ) -> list[NetBuyer]:
        """Return the symbols a group buys (or sells) most, as estimated so far. Not on paper."""
        asked = flow_requests.net_buyers(
            self._dialect, group, sold=sold, by_value=by_value, scope=scope
        )
        return flow_replies.net_buyers(await self._rest.ask(asked))

    async def segment_flows(self, segment: Segment) -> SegmentFlows:
        """Return all groups of investors in a part of the market, today so far. Not on paper."""
        body = await self._rest.ask(flow_requests.segment_now(self._dialect, segment))
        in_shares = segment in IN_SHARES
        return flow_replies.segment_flows(body, segment, self._clock.now_ns(), in_shares=in_shares)

    async def board_days(self, board: Board, first: date, last: date) -> list[BoardDay]:
        """Return all groups of investors in a market on first..last, ascending. Not on paper."""

        async def page_until(until: date) -> list[BoardDay]:
            body = await self._rest.ask(flow_requests.board_days(self._dialect, board, until))
            return flow_replies.board_days(body, board)

        return await days_back(page_until, first, last)

    async def programs(self, symbol: str, venue: AskedVenue = "KRX") -> list[StockProgram]:
        """Return a stock's latest programme trading of today, ascending. Not on paper."""
        body = await self._rest.ask(flow_requests.programs(self._dialect, symbol, venue))
        rows = program_replies.programs(body, symbol, self._midnight_ns())
        return sorted(rows, key=lambda row: row.at_ns)

    async def program_days(
        self, symbol: str, first: date, last: date, venue: AskedVenue = "KRX"
    ) -> list[StockProgramDay]:
        """Return a stock's programme trading on first..last, ascending. Not on paper."""

        async def page_until(until: date) -> list[StockProgramDay]:
            asked = flow_requests.program_days(self._dialect, symbol, until, venue)
            return program_replies.program_days(await self._rest.ask(asked), symbol)

        return await days_back(page_until, first, last)

    async def board_programs(self, board: Board, venue: AskedVenue = "KRX") -> list[BoardProgram]:
        """Return a market's programme trading of the last half hour, ascending. Not on paper."""
        body = await self._rest.ask(flow_requests.board_programs(self._dialect, board, venue))
        rows = program_replies.board_programs(body, board, self._midnight_ns())
        return sorted(rows, key=lambda row: row.at_ns)

    async def board_program_days(
        self, board: Board, first: date, last: date, venue: AskedVenue = "KRX"
    ) -> list[BoardProgramDay]:
        """Return a market's programme trading on first..last, ascending. Not on paper.

        KIS keeps eight months.
        """

        async def page_until(until: date) -> list[BoardProgramDay]:
            asked = flow_requests.board_program_days(self._dialect, board, first, until, venue)
            return program_replies.board_program_days(await self._rest.ask(asked), board)

        return await days_back(page_until, first, last)

    async def programs_by_investor(
        self, board: Board, venue: AskedVenue = "KRX"
    ) -> list[InvestorProgram]:
        """Return a market's programme trading of today by kind of investor. Not on paper."""
        body = await self._rest.ask(flow_requests.programs_by_investor(self._dialect, board, venue))
        return program_replies.programs_by_investor(body, board)

    def _midnight_ns(self) -> int:
        return midnight_ns(date_of(self._clock.now_ns()))
