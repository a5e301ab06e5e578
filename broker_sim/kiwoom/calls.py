"""Which TRs are answered here, where, and what they must be told. Source: kiwoom_rest.md §3.1."""

from collections.abc import Mapping
from dataclasses import dataclass

STOCKS, QUOTES, CHARTS = "/api/dostk/stkinfo", "/api/dostk/mrkcond", "/api/dostk/chart"


@dataclass(frozen=True, slots=True)
class Call:
    """One TR: its path, and its required fields with the most characters each may have."""

    path: str
    fields: Mapping[str, int]


CALLS: Mapping[str, Call] = {
    "ka10001": Call(STOCKS, {"stk_cd": 20}),
    "ka10004": Call(QUOTES, {"stk_cd": 20}),
    "ka10080": Call(CHARTS, {"stk_cd": 20, "tic_scope": 2, "upd_stkpc_tp": 1}),
    "ka10081": Call(CHARTS, {"stk_cd": 20, "base_dt": 8, "upd_stkpc_tp": 1}),
    "ka10095": Call(STOCKS, {"stk_cd": 2_000}),
    "ka10099": Call(STOCKS, {"mrkt_tp": 2}),
    "ka10100": Call(STOCKS, {"stk_cd": 20}),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One call that may be answered. `next_key` is blank for a first page."""

    fields: Mapping[str, str]
    next_key: str
    now_ns: int

    def __getitem__(self, name: str) -> str:
        return self.fields[name].strip()
