"""The channels of stocks and their markets, beside trades, books and notices. Pure.

H0STNAV0 (net asset values) has no channel: a played day holds no ETF, so it stays silent.
"""

from collections.abc import Mapping

from broker_sim.kis.channels import Channel
from broker_sim.kis.expected_frames import ExpectedFrames
from broker_sim.kis.index_frames import IndexFrames
from broker_sim.kis.market_status import MarketStatus
from broker_sim.kis.member_frames import MemberFrames
from broker_sim.kis.off_hours_frames import OffHoursFrames
from broker_sim.kis.program_frames import ProgramFrames
from broker_sim.kis.screens import Screens


def stock_channels(feeds: Mapping[str, Screens]) -> list[Channel]:
    """Return every channel; `feeds` are the screens behind a market code, J always among them."""
    krx = feeds["J"]
    return [
        IndexFrames(krx),
        ProgramFrames(feeds),
        MemberFrames(feeds),
        MarketStatus(krx.exchange),
        ExpectedFrames(krx),
        OffHoursFrames(krx),
    ]
