"""Which venue takes which order type when: one row a type, one letter a time of the day."""

import datetime as dt
from collections.abc import Iterator

import pytest

from broker_sim.exchange.account import AccountRules
from broker_sim.exchange.exchange import Exchange
from broker_sim.exchange.generated_day import GeneratedDay
from broker_sim.exchange.orders import Declined, Refusal, Route, Ticket
from kis_core.market.instants import instant_ns
from kis_core.wire.account import OrderType

OLD, REFORMED = dt.date(2025, 9, 3), dt.date(2026, 9, 15)
ON_NXT, KRX_ONLY = "000270", "000720"
TIMES = (
    *("07:30", "08:05", "08:35", "08:45", "08:55", "10:00"),
    *("15:25", "15:35", "15:50", "16:30", "19:00", "20:30"),
)
LETTERS = {
    Refusal.BEFORE_OPEN: "b",
    Refusal.TYPE_NOW: "t",
    Refusal.AFTER_CLOSE: "c",
    Refusal.BAD_TYPE: "x",
    Refusal.NOT_ON_VENUE: "n",
    Refusal.LIMIT_ONLY: "l",
    Refusal.BETWEEN_SESSIONS: "p",
}
NEVER = "xxxxxxxxxxxx"
KRX_AUCTIONS = "bbAAAAAccccc"  # with the opening and the closing auction
KRX_CONTINUOUS = "bbtttAtccccc"
KRX_AFTER = "bbtttttttAAc"
NXT_LIMIT = "bAAApApAAAAc"
NXT_MAIN = "btttpApllllc"
NXT_GTP = "bAAAptpllllc"

REGULAR = ("02", "03", "04", "11", "12", "13", "14", "15", "16", "21", "22", "23", "24")
ON_KRX = {
    **dict.fromkeys(("00", "01"), KRX_AUCTIONS),
    **dict.fromkeys(REGULAR, KRX_CONTINUOUS),
    "06": "bbtttttAAttc",
}
AFTER = ("41", "42", "43", "44", "45", "46", "47")
GTP = ("27", "28", "29")
NXT_TYPES = tuple(kind for kind in REGULAR if kind != "02")
SOR_TYPES = ("03", "04", "11", "12", "13", "14", "15", "16")
TABLE: dict[tuple[dt.date, Route], dict[str, str]] = {
    (OLD, "KRX"): {**ON_KRX, "05": "bbAtttttttcc", "06": "bbtttttAAtcc", "07": "bbtttttttAcc"},
    (REFORMED, "KRX"): {
        **ON_KRX,
        "05": "bbAttttttttc",
        **dict.fromkeys(AFTER, KRX_AFTER),
    },
    (OLD, "NXT"): {"00": NXT_LIMIT, **dict.fromkeys(NXT_TYPES, NXT_MAIN)},
    (REFORMED, "NXT"): {
        "00": NXT_LIMIT,
        **dict.fromkeys(NXT_TYPES, NXT_MAIN),
        **dict.fromkeys(GTP, NXT_GTP),
    },
    (OLD, "SOR"): {
        "00": "bAAAAAAAAAAc",
        "01": KRX_AUCTIONS,
        **dict.fromkeys(SOR_TYPES, KRX_CONTINUOUS),
    },
}
TABLE[REFORMED, "SOR"] = TABLE[OLD, "SOR"]


def letters(date: dt.date, route: Route, symbol: str, dialect: str = "real") -> dict[str, str]:
    """What becomes of a buy of every type at each of the times."""
    day = GeneratedDay(date, 7, 6)
    exchange = Exchange(day, AccountRules(10**12, 140, dialect), 1)
    found = dict.fromkeys(map(str, OrderType), "")
    for text in TIMES:
        at_ns = instant_ns(date, dt.time.fromisoformat(text))
        exchange.advance(at_ns)
        price = exchange.last_krw(symbol)
        for kind in OrderType:
            answer = exchange.place(at_ns, Ticket(symbol, "BUY", 1, kind, price, route, price))
            declined = isinstance(answer, Declined)
            found[kind] += LETTERS.get(answer.reason, "?") if declined else "A"
    return found


@pytest.fixture(scope="module", params=TABLE, ids=lambda key: f"{key[1]} {key[0]}")
def asked(request: pytest.FixtureRequest) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
    date, route = request.param
    # The ten-minute auctions are of the issues that NXT does not trade.
    symbol = ON_NXT if (date, route) != (OLD, "KRX") else KRX_ONLY
    return TABLE[date, route], letters(date, route, symbol)


@pytest.mark.parametrize("kind", list(OrderType), ids=lambda kind: f"{kind.value} {kind.name}")
def test_a_type_is_taken_where_and_when_the_timetable_says(
    asked: tuple[dict[str, str], dict[str, str]], kind: OrderType
) -> None:
    expected, found = asked
    assert found[kind.value] == expected.get(kind.value, NEVER)


def test_an_issue_nxt_does_not_trade_is_refused_there() -> None:
    found = letters(OLD, "NXT", KRX_ONLY)
    assert set("".join(found.values())) == {"n"}


def test_an_issue_on_nxt_has_no_ten_minute_auctions() -> None:
    assert letters(OLD, "KRX", ON_NXT)["07"] == "bbtttttttncc"


def test_paper_knows_six_types_and_one_venue() -> None:
    found = letters(OLD, "KRX", ON_NXT, "paper")
    taken = {kind for kind, row in found.items() if "A" in row}
    assert taken == {"00", "01", "02", "03", "04", "06"}
    for kind in set(found) - taken:
        assert found[kind] == NEVER
    for route in ("NXT", "SOR"):
        assert set("".join(letters(OLD, route, ON_NXT, "paper").values())) == {"?"}


@pytest.mark.parametrize(
    ("kind", "route", "at", "code"),
    [
        ("01", "NXT", "10:00", "APMP0001"),
        ("03", "NXT", "16:30", "APBK3013"),
        ("00", "NXT", "08:55", "APBK0918"),
        ("00", "NXT", "07:59", "APBK0918"),
        ("03", "KRX", "08:45", "APBK1943"),
        ("00", "KRX", "16:30", "APBK0918"),
        ("07", "KRX", "16:30", "APBK0656"),
        ("22", "SOR", "10:00", "APMP0001"),
    ],
)
def test_a_refusal_carries_kis_code(kind: str, route: Route, at: str, code: str) -> None:
    day = GeneratedDay(OLD, 7, 6)
    exchange = Exchange(day, AccountRules(10**9, 140), 1)
    at_ns = instant_ns(OLD, dt.time.fromisoformat(at))
    price = day.instruments[ON_NXT].base_krw
    answer = exchange.place(at_ns, Ticket(ON_NXT, "BUY", 1, OrderType(kind), price, route, price))
    assert isinstance(answer, Declined)
    assert answer.code == code
    assert answer.text


def test_nxt_opened_in_march_2025() -> None:
    date = dt.date(2025, 3, 4)
    before = dt.date(2025, 2, 28)
    for day, taken in ((GeneratedDay(date, 7, 6), True), (GeneratedDay(before, 7, 6), False)):
        exchange = Exchange(day, AccountRules(10**9, 140), 1)
        at_ns = instant_ns(day.date, dt.time(8, 10))
        price = day.instruments[ON_NXT].base_krw
        ticket = Ticket(ON_NXT, "BUY", 1, OrderType.LIMIT, price, "NXT")
        answer = exchange.place(at_ns, ticket)
        assert isinstance(answer, Declined) is not taken
        assert len(exchange.tape(ON_NXT, "NXT")) > 0 if taken else not day.instruments[ON_NXT].nxt
