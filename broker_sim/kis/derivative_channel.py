"""The WebSocket channel of futures and options, day and night. Pure.

It plays the derivatives exchange up to each step of the day, so whoever asks REST at that instant
finds the same. Trades go out one a frame, which every client reads; a book when it has changed;
a night option's expected price once a second of an auction. Source: kis_api.md §13.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from broker_sim.exchange.derivatives.contracts import Contract
from broker_sim.exchange.derivatives.exchange import DerivativesExchange
from broker_sim.exchange.derivatives.hours import AUCTIONS
from broker_sim.exchange.happenings import Happening
from broker_sim.kis.channels import Told
from broker_sim.kis.derivative_frames import BOOKS, EXPECTED, TRADES, DerivativeFrames
from broker_sim.kis.derivative_notices import NOTICES, notice
from broker_sim.kis.desk import Desk
from kis_core.market.instants import SECOND_NS

Heard = Mapping[str, Collection[str]]


class DerivativeChannel:
    """Builds the frames of the H0IF, H0IO, H0MF and H0EU TRs."""

    def __init__(self, desk: Desk, exchange: DerivativesExchange) -> None:
        self._desk = desk
        self._exchange = exchange
        self._market = exchange.market
        self._frames = DerivativeFrames(exchange)
        self._told_ns = 0
        self._books: dict[tuple[str, str], object] = {}

    @property
    def tr_ids(self) -> Collection[str]:
        """Return the TRs it builds."""
        return (*TRADES.values(), *BOOKS.values(), EXPECTED, *NOTICES)

    def tell(self, now_ns: int, happenings: Sequence[Happening], heard: Heard) -> Iterable[Told]:
        """Return what there is to tell at `now_ns`: notices first, then trades, then books."""
        told: list[Told] = []
        for news in self._exchange.advance(now_ns):
            tr_id, payload = notice(self._desk, news)
            if self._desk.keys.hts_id in heard[tr_id]:
                told.append(Told(tr_id, self._desk.keys.hts_id, payload, sealed=True))
        if now_ns > self._told_ns:
            told += self._trades(now_ns, heard)
            told += self._changed_books(now_ns, heard)
            told += self._expected(now_ns, heard)
            self._told_ns = now_ns
        return told

    def _trades(self, now_ns: int, heard: Heard) -> Iterator[Told]:
        """Return what was printed since the last step; nothing of before the first one."""
        since_ns = self._told_ns or now_ns
        for (_, night), tr_id in TRADES.items():
            for contract in self._listened(heard[tr_id], tr_id, TRADES):
                session = self._market.session(contract, night)
                if session is None or now_ns < session.open_ns or since_ns > session.close_ns:
                    continue
                tape = self._market.tape(contract, night)
                for at in range(tape.count_at(since_ns), tape.count_at(now_ns)):
                    record = self._frames.trade(contract, night, at)
                    yield Told(tr_id, contract.code, record)

    def _changed_books(self, now_ns: int, heard: Heard) -> Iterator[Told]:
        for (_, night), tr_id in BOOKS.items():
            for contract in self._listened(heard[tr_id], tr_id, BOOKS):
                key = (tr_id, contract.code)
                if key in self._books and now_ns // SECOND_NS == self._told_ns // SECOND_NS:
                    continue  # a book changes with the second
                book = self._exchange.book(contract.code, night)
                shown = (book.asks, book.bids)
                if not (book.asks or book.bids) or self._books.get(key) == shown:
                    continue
                self._books[key] = shown
                record = self._frames.book(contract, night, now_ns)
                yield Told(tr_id, contract.code, record)

    def _expected(self, now_ns: int, heard: Heard) -> Iterator[Told]:
        if now_ns // SECOND_NS == self._told_ns // SECOND_NS:
            return
        for contract in self._listened(heard[EXPECTED], EXPECTED, {(True, True): EXPECTED}):
            if self._market.phase(contract, True, now_ns) in AUCTIONS:
                expected_h = self._exchange.book(contract.code, night=True).expected_h
                record = self._frames.expected(contract, now_ns, expected_h)
                yield Told(EXPECTED, contract.code, record)

    def _listened(
        self, keys: Collection[str], tr_id: str, trs: Mapping[tuple[bool, bool], str]
    ) -> Iterator[Contract]:
        """Return the listed contracts of the TR's kind among the keys somebody registered."""
        if not keys:
            return
        options = next(kind for (kind, _), name in trs.items() if name == tr_id)
        for code in sorted(keys):
            contract = self._market.contracts.get(code)
            if contract is not None and contract.is_option == options:
                yield contract
