"""How often a key may call: each TR by itself, and all together. Pure.

Source: kiwoom_rest.md §4.4: about one call a second and TR with a burst of two, five a second in
all (one on the mock host).
"""

from dataclasses import dataclass

from broker_sim.kiwoom.replies import TOO_MANY, Refusal

SECOND_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Rates:
    """Calls a second, and how many may come at once."""

    per_tr: float
    per_tr_burst: int
    overall: int


class Bucket:
    """Holds up to `burst` calls and gains `per_second` of them each second of the day."""

    def __init__(self, per_second: float, burst: int) -> None:
        if per_second <= 0 or burst < 1:
            raise ValueError("a bucket holds at least one call, and fills")
        self._per_ns = per_second / SECOND_NS
        self._burst = float(burst)
        self._held = float(burst)
        self._looked_ns = 0
        self._emptied_from_ns: int | None = None  # when the first call since it was full was taken

    def has_one(self, now_ns: int) -> bool:
        """Return whether a call would be let through."""
        gained = max(0, now_ns - self._looked_ns) * self._per_ns
        self._held = min(self._burst, self._held + gained)
        self._looked_ns = max(now_ns, self._looked_ns)
        if self._held >= self._burst:
            self._emptied_from_ns = None
        # All of them at this very nanosecond: a clock that stands has no seconds to count in.
        return self._held >= 1.0 - 1e-9 or self._emptied_from_ns == now_ns

    def take(self, now_ns: int) -> None:
        """Let a call through."""
        if self._emptied_from_ns is None:
            self._emptied_from_ns = now_ns
        self._held = max(0.0, self._held - 1.0)


class Limits:
    """The buckets of one app key.

    `slack_s` widens them: when the day runs faster than the world, the milliseconds a request
    spends on the loopback are whole seconds of the day.
    """

    def __init__(self, rates: Rates, slack_s: int = 0) -> None:
        self._rates = rates
        self._slack_s = slack_s
        self._by_tr: dict[str, Bucket] = {}
        self._overall = self._bucket(rates.overall, rates.overall)

    def refusal(self, api_id: str, now_ns: int) -> Refusal | None:
        """Return why a call comes too soon, or None and count it."""
        own = self._by_tr.get(api_id)
        if own is None:
            own = self._by_tr[api_id] = self._bucket(self._rates.per_tr, self._rates.per_tr_burst)
        if not own.has_one(now_ns):
            return Refusal("1700", f"허용된 요청 개수를 초과하였습니다. API ID={api_id}", TOO_MANY)
        if not self._overall.has_one(now_ns):
            return Refusal("1701", "전체 요청 개수를 초과하였습니다.", TOO_MANY)
        own.take(now_ns)
        self._overall.take(now_ns)
        return None

    def _bucket(self, per_second: float, burst: int) -> Bucket:
        return Bucket(per_second, burst + int(per_second * self._slack_s))
