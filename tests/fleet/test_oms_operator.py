"""`kst oms`: a person at a served OMS, from the command line to the journal and back."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from fleet.__main__ import app
from fleet.rundir import free_ports, write_config
from kis_core.door import bind, open_door
from kis_core.wire.account import Balance, OrderRow
from oms.core import records as r
from oms.journal import JournalReader
from oms.routes import Desk, make_app
from oms.running import running
from oms.verify import verify
from tests.oms.stories import SAMSUNG, House, some_limits
from tests.oms.waiting import until

Kst = Callable[..., Result]
SIGNED = ("--reason", "news", "--actor", "kim")


class Served:
    """An OMS served from a thread of its own, as it is from a process of its own."""

    def __init__(self, folder: Path, port: int) -> None:
        self.house = House(folder, some_limits())
        self.desk: Desk
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._ready, self._over = threading.Event(), asyncio.Event()
        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(self._serve()))

    async def _serve(self) -> None:
        async with AsyncExitStack() as stack:
            self.desk = await stack.enter_async_context(running(self.house.parts()))
            await until(lambda: self.desk.health.serving)
            listener = bind("127.0.0.1", self._port)
            await stack.enter_async_context(open_door(make_app(self.desk), listener))
            self._ready.set()
            await self._over.wait()
        self.house.close()

    def __enter__(self) -> "Served":
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)
        self._loop.close()

    def tell(self, *inputs: r.AnyInput) -> None:
        """Tell the book something, as the world would."""

        async def told() -> None:
            for heard in inputs:
                await self.desk.inbox.ask(heard)

        asyncio.run_coroutine_threadsafe(told(), self._loop).result(5)

    def enter(self) -> None:
        """A strategy buys ten shares at 70,000 KRW, and the broker gives the order a number."""
        asked = r.Asked("ENTER", "a", "test", SAMSUNG, 10, 70_000, 68_000)
        now_ns = self.house.clock.now_ns()
        quote = r.Quote(SAMSUNG, 70_000, now_ns, now_ns, base_krw=70_000)
        self.tell(r.IntentReceived(at_ns=now_ns, strategy_id="KMP", asked=asked, quote=quote))
        numbered = until(lambda: self.desk.inbox.book.by_broker)
        asyncio.run_coroutine_threadsafe(numbered, self._loop).result(5)

    def acts(self) -> list[r.OperatorActed]:
        """Return what the journal holds of operators."""
        reader = JournalReader(self.house.folder / "primary.db")
        try:
            turns = [turn.heard for turn in reader.turns()]
        finally:
            reader.close()
        return [heard for heard in turns if isinstance(heard, r.OperatorActed)]

    def drift(self, shares: int) -> None:
        """Two balances agree on shares that nobody bought."""
        self.house.broker.holdings = {SAMSUNG: shares}
        balance = asyncio.run_coroutine_threadsafe(self.house.broker.balance(), self._loop)
        told = balance.result(5)
        for _ in range(2):
            now_ns = self.house.clock.now_ns()
            self.tell(r.BalanceRead(at_ns=now_ns, asked_ns=now_ns, balance=told))


@pytest.fixture
def port() -> int:
    return free_ports(1)[0]


@pytest.fixture
def oms(tmp_path: Path, port: int) -> Iterator[Served]:
    with Served(tmp_path / "oms", port) as served:
        yield served


@pytest.fixture
def kst(tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch) -> Kst:
    """Run `kst oms …` against the served OMS."""
    write_config(tmp_path / "config", {"fleet": {"oms_url": f"http://127.0.0.1:{port}"}})
    monkeypatch.setenv("OMS_TOKEN_OPERATOR", "token-operator")
    monkeypatch.setenv("OMS_TOKEN_VIEWER", "token-viewer")

    def run(*words: str, **more: Any) -> Result:
        where = ("--config", str(tmp_path / "config"))
        return CliRunner().invoke(app, ["oms", *words, *where], **more)

    return run


def told(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout.strip().splitlines()[-1])


@pytest.mark.parametrize(
    ("scope", "subject", "flag"),
    [
        ((), None, "safe_mode"),
        (("--strategy", "KMP"), "KMP", "paused"),
        (("--symbol", SAMSUNG), SAMSUNG, "halted"),
    ],
    ids=["portfolio", "strategy", "symbol"],
)
def test_halt_and_resume_say_what_is_halted_by_whom_and_why(
    oms: Served, kst: Kst, scope: tuple[str, ...], subject: str | None, flag: str
) -> None:
    (up,) = told(kst("halt", *scope, *SIGNED, "--json"))["halts"]
    assert (up["flag"], up["subject"]) == (flag, subject)
    assert (up["actor"], up["reason"]) == ("operator:kim", "news")
    assert "entries stopped" in kst("halts").stdout
    assert told(kst("resume", *scope, *SIGNED, "--json")) == {"halts": []}
    assert "없음 · no halts" in kst("halts").stdout
    assert [(act.actor, act.reason) for act in oms.acts()] == [("operator:kim", "news")] * 2
    assert verify(oms.house.folder / "primary.db").differences == ()


def test_the_day_is_shown_with_what_differs_from_the_broker(oms: Served, kst: Kst) -> None:
    assert told(kst("day", "--json"))["date"] == "2025-11-20"
    assert "09:00:00 개장 · continuous trading opens: 완료 · done" in kst("day").stdout
    now_ns = oms.house.clock.now_ns()
    limits = some_limits(day_end_s=120)
    oms.tell(r.LimitsRead(at_ns=now_ns, limits=limits, limits_hash="with a day's end"))
    cash = 100_000_000
    balance = Balance((), cash, cash + 7, cash + 7, cash + 7, 0)
    oms.tell(
        r.DayEndRead(
            at_ns=now_ns, asked_ns=now_ns + 10**9, date="2025-11-20", rows=(), balance=balance
        )
    )
    shown = kst("day").stdout
    assert "2025-11-20 불일치 · differs: 0 orders" in shown
    assert "pnl: 0 here, 7 at the broker" in shown
    assert "대사 · compared with the broker" in shown


def test_limits_are_shown_with_the_hash_in_force(oms: Served, kst: Kst) -> None:
    shown = told(kst("limits", "--json"))
    assert shown["limits_hash"] == oms.desk.inbox.book.limits_hash
    assert shown["limits_hash"] in kst("limits").stdout
    assert "gross_pct_max: 0.9" in kst("limits").stdout


def test_drift_is_shown_acknowledged_and_reassigned(oms: Served, kst: Kst) -> None:
    assert "no drift" in kst("drift").stdout
    oms.drift(5)
    assert f"{SAMSUNG} +5 (진입 정지 frozen)" in kst("drift").stdout
    after = told(kst("drift", "acknowledge", SAMSUNG, *SIGNED, "--json"))
    assert after["drift"][0]["acknowledged"] is True
    words = ("--to", "KMP", "--shares", "5", "--price", "70000", "--stop", "65000")
    assert told(kst("drift", "reassign", SAMSUNG, *words, *SIGNED, "--json"))["drift"] == []
    assert oms.desk.inbox.book.allocation("KMP", SAMSUNG).shares == 5
    (trade,) = told(kst("trades", "--json"))["trades"]
    assert (trade["bought"], trade["buy_value_krw"]) == (5, 350_000)
    moved = told(kst("stop", "KMP", SAMSUNG, "66000", *SIGNED, "--json"))
    assert moved["stop_krw"] == 66_000


def test_a_split_is_said_from_the_command_line(oms: Served, kst: Kst) -> None:
    oms.drift(5)
    words = ("--to", "KMP", "--shares", "5", "--price", "70000", "--stop", "65000")
    told(kst("drift", "reassign", SAMSUNG, *words, *SIGNED, "--json"))
    oms.drift(50)
    shown = kst("drift").stdout
    assert "nothing seen: a transfer, a corporate action" in shown
    refused = kst("split", SAMSUNG, "5", "1", *SIGNED)
    assert refused.exit_code == 1
    assert "makes 25 shares of 005930, the broker has 50" in refused.stderr
    assert told(kst("split", SAMSUNG, "10", "1", *SIGNED, "--json"))["drift"] == []
    held = oms.desk.inbox.book.allocation("KMP", SAMSUNG)
    assert (held.shares, held.cost_krw, held.stop_krw) == (50, 350_000, 6_500)
    assert (oms.acts()[-1].numerator, oms.acts()[-1].actor) == (10, "operator:kim")


def test_orders_of_others_are_shown_and_explain_a_drift(oms: Served, kst: Kst) -> None:
    row = OrderRow(
        "2025-11-20", "0000000777", None, SAMSUNG, "BUY", 5, 70_000, "00", "093000",
        5, 350_000, 0, 0, 0, False, "06010",
    )  # fmt: skip
    now_ns = oms.house.clock.now_ns()
    oms.tell(r.HistoryRead(at_ns=now_ns, asked_ns=now_ns, date="2025-11-20", rows=(row,)))
    oms.drift(5)
    (order,) = told(kst("orders", "--external", "--json"))["orders"]
    assert (order["broker_id"], order["filled"]) == ("0000000777", 5)
    assert "external order 0000000777: BUY 005930 5" in kst("orders", "--external").stdout
    (line,) = told(kst("drift", "--json"))["drift"]
    assert line["evidence"] == [
        "external order 777: BUY 5 filled",
        "external orders explain all of it",
    ]
    assert told(kst("orders", "--json"))["orders"] == []


def test_an_order_is_amended_and_a_price_too_high_is_refused(oms: Served, kst: Kst) -> None:
    oms.enter()
    (order,) = told(kst("orders", "--working", "--json"))["orders"]
    too_high = kst("amend", order["order_id"], "70100", *SIGNED)
    assert too_high.exit_code == 1
    assert "approved for a limit of 70000" in too_high.stderr
    amended = told(kst("amend", order["order_id"], "69900", *SIGNED, "--json"))
    assert (amended["amending"], amended["limit_krw"]) == (True, 70_000)
    assert "정정 중 amending" in kst("orders").stdout
    assert [(act.action, act.limit_krw) for act in oms.acts()] == [("amend_order", 69_900)]


def test_flatten_asks_first_and_sells_everything(oms: Served, kst: Kst) -> None:
    oms.drift(5)
    said_no = kst("flatten", *SIGNED, input="n\n")
    assert said_no.exit_code == 2
    assert oms.house.broker.placed == []
    assert told(kst("flatten", *SIGNED, "--yes", "--json"))["flattening"] is True
    (order,) = told(kst("orders", "--working", "--json"))["orders"]
    assert (order["side"], order["shares"]) == ("SELL", 5)
    assert order["order_id"] in kst("orders").stdout
    cancelled = kst("cancel", order["order_id"], *SIGNED, "--json")
    assert told(cancelled)["order_id"] == order["order_id"]
    assert told(kst("fills", "--json")) == {"fills": []}


def test_kill_stays_on_through_a_resume_and_says_so(oms: Served, kst: Kst) -> None:
    assert told(kst("kill", *SIGNED, "--json"))["killed"] is True
    kst("resume", *SIGNED)
    (up,) = told(kst("halts", "--json"))["halts"]
    assert (up["flag"], up["scope"]) == ("killed", "portfolio")
    assert "kill switch off" in kst("kill", "--off", *SIGNED).stdout
    assert told(kst("halts", "--json"))["halts"] == []


def test_reset_peak_is_journaled_and_stops_nothing(oms: Served, kst: Kst) -> None:
    assert "drawdown counts" in kst("reset-peak", *SIGNED).stdout
    assert oms.acts()[-1].action == "reset_peak"
    book = oms.desk.inbox.book
    assert book.peak_krw == book.equity_krw
    assert told(kst("halts", "--json"))["halts"] == []


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("cancel", "20251120-9999", *SIGNED), 1, "20251120-9999 is not an order of today"),
        (("halt", "--strategy", "GHOST", *SIGNED), 1, "GHOST has no budget here"),
        (("halt", "--strategy", "KMP", "--symbol", SAMSUNG, *SIGNED), 2, "not both"),
        (("halt", "--symbol", "samsung", *SIGNED), 2, "subject"),
        (("halt", "--reason", "x" * 51), 2, "reason"),
        (("drift", "acknowledge", SAMSUNG, *SIGNED), 1, "nothing is known of 005930"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    oms: Served, kst: Kst, words: tuple[str, ...], code: int, says: str
) -> None:
    result = kst(*words)
    assert result.exit_code == code
    assert len(result.stderr.strip().splitlines()) == 1
    assert says in result.stderr
    assert result.stderr.startswith("kst: ")
    assert oms.acts() == []


def test_an_oms_that_is_away_is_said_to_be_away_and_the_act_may_have_been_done(kst: Kst) -> None:
    result = kst("halt", *SIGNED)
    assert result.exit_code == 2
    assert "no answer of the OMS at http://127.0.0.1" in result.stderr
    assert "it may have been done" in result.stderr
    assert "may have been done" not in kst("limits").stderr


def test_a_wrong_token_is_told_what_to_do(
    oms: Served, kst: Kst, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMS_TOKEN_OPERATOR", "wrong")
    result = kst("halt", *SIGNED)
    assert result.exit_code == 1
    assert "send the header Authorization: Bearer TOKEN" in result.stderr
    assert not oms.desk.inbox.book.flags


def test_without_an_operators_token_one_may_still_look(
    oms: Served, kst: Kst, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMS_TOKEN_OPERATOR")
    assert told(kst("limits", "--json"))["limits_hash"] == oms.desk.inbox.book.limits_hash
    assert kst("halt", *SIGNED).exit_code == 2
