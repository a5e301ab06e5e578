"""The newest log lines, without the secrets in them."""

from datetime import date, time

import pytest

from collector.panel.log_ring import BLOT, LogRing
from kis_core.clock import TapeClock
from kis_core.log import open_log
from kis_core.market.instants import instant_ns


def test_a_line_is_remembered_as_it_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    ring, clock = LogRing(), TapeClock(instant_ns(date(2025, 9, 3), time(9, 1, 2)))
    log = open_log("collector", clock, "info", beside=[ring])
    log.debug("NOT_SHOWN")
    at_ns = clock.now_ns() + 70_000_000_000
    log.warning("GAP", symbol="005930", reason="line lost", to=at_ns, filled=None, count=3)
    (line,) = ring.newest(10)
    assert (line.at, line.level, line.event) == ("09:01:02", "warning", "GAP")
    assert line.facts == "symbol=005930 reason=line lost to=09:02:12 count=3"
    assert '"event": "GAP"' in capsys.readouterr().err


def test_secrets_are_blotted_out_wherever_they_stand() -> None:
    ring = LogRing()
    ring.hide(["appsecret-1", "appsecret", "short"])
    ring(None, "info", {"event": "said appsecret-1", "why": "url?k=appsecret-1&x=short"})
    (line,) = ring.newest(1)
    assert line.event == f"said {BLOT}"
    assert line.facts == f"why=url?k={BLOT}&x=short"


def test_the_text_that_goes_on_is_not_changed() -> None:
    ring, event = LogRing(), {"event": "x", "why": "appsecret"}
    ring.hide(["appsecret"])
    assert ring(None, "info", event) == {"event": "x", "why": "appsecret"}


def test_lines_and_their_length_are_bounded() -> None:
    ring = LogRing(lines_max=2)
    for number in range(4):
        ring(None, "info", {"event": str(number), "text": "x" * 10_000})
    assert [line.event for line in ring.newest(9)] == ["2", "3"]
    assert all(len(line.facts) <= 400 for line in ring.newest(9))
    assert [line.event for line in ring.newest(1)] == ["3"]
