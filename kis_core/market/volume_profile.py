"""When in the day KRX trades: the usual share of each five minutes of the regular session. Pure.

The mean over 18,212 days of single stocks (103 large and middle ones, 179 sessions from May 2025 to
January 2026) of each stretch's part of that day's continuous volume, auctions left out. A U: heavy
after the open, light at noon, rising to the close.
"""

STRETCH_S = 300

SHARES: tuple[int, ...] = (
    588, 342, 286, 257, 233, 219, 209, 187, 176, 170, 162, 157,  # 09:00
    158, 151, 142, 138, 132, 129, 128, 119, 118, 115, 113, 111,  # 10:00
    110, 105, 102, 97, 96, 93, 90, 84, 83, 80, 79, 78,  # 11:00
    82, 78, 75, 76, 75, 76, 77, 77, 79, 81, 85, 87,  # 12:00
    96, 101, 103, 103, 104, 105, 108, 107, 107, 107, 110, 112,  # 13:00
    117, 112, 111, 115, 118, 119, 122, 122, 127, 132, 138, 144,  # 14:00
    149, 158, 169, 195,  # 15:00
)  # fmt: skip
"""In ten-thousandths, from the open on; rounded, so that they do not add up exactly."""


def weight(from_s: float, to_s: float) -> float:
    """Return the usual part of the day's volume between two instants, seconds since the open.

    In ten-thousandths; outside the continuous session nothing trades.
    """
    total = 0.0
    for number, share in enumerate(SHARES):
        start = number * STRETCH_S
        within = min(to_s, start + STRETCH_S) - max(from_s, start)
        if within > 0:
            total += share * within / STRETCH_S
    return total
