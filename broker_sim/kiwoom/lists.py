"""The issue list: ka10099 by market, ka10100 one issue. Pure. Source: kiwoom_rest.md §3.2.

With a capture, its items are issues, too: the exchange may know nothing of them but a code.
"""

from collections.abc import Collection

from broker_sim.exchange.exchange import Exchange
from broker_sim.kiwoom.calls import Asked
from broker_sim.kiwoom.items import code_of
from broker_sim.kiwoom.numbers import PADDED_COUNT, PADDED_PRICE
from broker_sim.kiwoom.replies import INPUT, Refusal, Reply, answered, refused

KOSPI, KOSDAQ, FUNDS = "0", "10", "8"
MARKETS = {
    KOSPI: "거래소",
    KOSDAQ: "코스닥",
    FUNDS: "ETF",
    "3": "ELW",
    "4": "뮤추얼펀드",
    "5": "신주인수권",
    "6": "리츠",
    "9": "하이일드펀드",
    "30": "K-OTC",
    "50": "코넥스",
}
BAD_MARKET = Refusal("1901", "시장 코드값이 존재하지 않습니다", INPUT)
UNKNOWN_SYMBOL = Refusal("1902", "종목 정보가 없습니다", INPUT)

Row = dict[str, str]


class Lists:
    """Answers about which issues there are."""

    def __init__(self, exchange: Exchange, items: Collection[str], rows_max: int) -> None:
        """`items` of a capture; `rows_max` a page."""
        self._exchange = exchange
        self._rows_max = rows_max
        self._captured: dict[str, bool] = {}  # symbol: whether NXT is captured, too
        for item in items:
            code = code_of(item)
            nxt = self._captured.get(code.symbol, False) or code.feed != "KRX"
            self._captured[code.symbol] = nxt

    def ka10099(self, asked: Asked) -> Reply:
        """List a market's issues, page by page; the key of a page is the code it begins after."""
        market = asked["mrkt_tp"]
        if market not in MARKETS:
            return refused(BAD_MARKET)
        rows = [row for row in self._rows() if row["marketCode"] == market]
        rest = [row for row in rows if row["code"] > asked.next_key]
        told = rest[: self._rows_max]
        more = len(rest) > len(told)
        return answered({"list": told}, told[-1]["code"] if more else "")

    def ka10100(self, asked: Asked) -> Reply:
        """Tell one issue of the list."""
        symbol = code_of(asked["stk_cd"]).symbol
        row = next((row for row in self._rows() if row["code"] == symbol), None)
        return refused(UNKNOWN_SYMBOL) if row is None else answered(row)

    def _rows(self) -> list[Row]:
        known = [s for s in self._exchange.day.instruments if self._exchange.instrument(s)]
        return [self._row(symbol) for symbol in sorted({*known, *self._captured})]

    def _row(self, symbol: str) -> Row:
        instrument = self._exchange.day.instruments.get(symbol)
        nxt = self._captured.get(symbol, instrument is not None and instrument.nxt)
        market = KOSPI
        if instrument is not None:
            market = KOSDAQ if instrument.market == "KOSDAQ" else KOSPI
            market = FUNDS if instrument.fund else market
        shares = instrument.listed_shares if instrument is not None else None
        halted = instrument is not None and instrument.halted
        return {
            "code": symbol,
            "name": instrument.name if instrument is not None else symbol,
            "listCount": str(shares or 0).zfill(PADDED_COUNT),
            "auditInfo": "거래정지" if halted else "정상",
            "regDay": "",
            "lastPrice": str(instrument.base_krw if instrument else 0).zfill(PADDED_PRICE),
            "state": "증거금40%|담보대출|신용가능",
            "marketCode": market,
            "marketName": MARKETS[market],
            "upName": instrument.sector if instrument is not None else "",
            "upSizeName": "",
            "companyClassName": "",
            "orderWarning": "0",
            "nxtEnable": "Y" if nxt else "N",
        }
