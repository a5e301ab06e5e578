"""KIS's official client as far as it reads answers, written from what kis_api.md says of it.

§2.2: it copies the headers whose names are all lower case into a namedtuple and reads `tr_cont`
of it; §2.3: it makes a namedtuple of the body, whose keys must be identifiers, and reads `msg_cd`
and `msg1`; §13 and §18: it turns outputs into tables, and pages while `tr_cont` is M or F.
"""

from collections import namedtuple
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from kis_core.wire.tr_table import CALLS, Call

TODAY, MONTH_AGO = "20250903", "20250804"
FOLLOWING = ("M", "F")

# What the samples send for a key, wherever it stands; a key that is not here is sent blank.
SAMPLE = {
    "FID_COND_MRKT_DIV_CODE": "J",
    "FID_INPUT_ISCD": "005930",
    "FID_PERIOD_DIV_CODE": "D",
    "FID_ORG_ADJ_PRC": "0",
    "FID_INPUT_DATE_1": MONTH_AGO,
    "FID_INPUT_DATE_2": TODAY,
    "FID_INPUT_HOUR_1": "",
    "FID_PW_DATA_INCU_YN": "N",
    "FID_MRKT_CLS_CODE": "K",
    "FID_HOUR_CLS_CODE": "1",
    "BASS_DT": TODAY,
    "PDNO": "005930",
    "PRDT_TYPE_CD": "300",
    "MKSC_SHRN_ISCD": "005930",
    "SHT_CD": "005930",
    "INQR_STRT_DT": MONTH_AGO,
    "INQR_END_DT": TODAY,
    "RSVN_ORD_ORD_DT": MONTH_AGO,
    "RSVN_ORD_END_DT": TODAY,
    "CANO": "50001234",
    "ACNT_PRDT_CD": "01",
    "ORD_DVSN": "01",
    "ORD_UNPR": "70000",
    "SORT_DVSN": "00",
    "MRKT_DIV_CLS_CODE": "1",
    "EXCH_DIV_CLS_CODE": "J",
    "user_id": "trader",
}
INDEX = {"FID_COND_MRKT_DIV_CODE": "U", "FID_INPUT_ISCD": "0001", "FID_INPUT_HOUR_1": "60"}
ALL_STOCKS = {"FID_INPUT_ISCD": "0000"}
SAMPLES: Mapping[str, Mapping[str, str]] = {
    "inquire_index_price": INDEX,
    "inquire_index_timeprice": INDEX,
    "inquire_index_tickprice": INDEX,
    "inquire_index_daily_price": INDEX | {"FID_INPUT_DATE_1": TODAY},
    "inquire_index_category_price": INDEX,
    "inquire_daily_indexchartprice": INDEX,
    "inquire_time_indexchartprice": INDEX,
    "exp_index_trend": INDEX | {"FID_MKOP_CLS_CODE": "1"},
    "exp_total_index": INDEX | {"FID_MKOP_CLS_CODE": "1", "FID_INPUT_ISCD": "0000"},
    "inquire_investor_daily_by_market": {
        "FID_COND_MRKT_DIV_CODE": "U",
        "FID_INPUT_ISCD": "0001",
        "FID_INPUT_ISCD_1": "KSP",
        "FID_INPUT_ISCD_2": "0001",
        "FID_INPUT_DATE_1": TODAY,
    },
    "inquire_investor_time_by_market": {"FID_INPUT_ISCD": "KSP", "FID_INPUT_ISCD_2": "0001"},
    "foreign_institution_total": {"FID_COND_MRKT_DIV_CODE": "V", "FID_RANK_SORT_CLS_CODE": "1"}
    | ALL_STOCKS,
    "frgnmem_trade_estimate": ALL_STOCKS | {"FID_RANK_SORT_CLS_CODE_2": "0"},
    "intstock_multprice": {"FID_COND_MRKT_DIV_CODE_1": "J", "FID_INPUT_ISCD_1": "005930"},
    "frgnmem_trade_trend": {"FID_INPUT_ISCD_2": "99999", "FID_MRKT_CLS_CODE": "A"},
    "frgnmem_pchs_trend": {"FID_INPUT_ISCD_2": "99999"},
    "inquire_member_daily": {"FID_INPUT_ISCD_2": "00003"},
    "investor_trade_by_stock_daily": {"FID_INPUT_DATE_1": "20250902", "FID_ETC_CLS_CODE": "1"},
    "program_trade_by_stock_daily": {"FID_INPUT_DATE_1": "0020250903"},
    "inquire_vi_status": {
        "FID_INPUT_ISCD": "",
        "FID_MRKT_CLS_CODE": "0",
        "FID_INPUT_DATE_1": TODAY,
    },
    "inquire_time_dailychartprice": {"FID_INPUT_DATE_1": "20250902", "FID_INPUT_HOUR_1": "153000"},
}


class NotThere(AttributeError):
    """What the official client would raise."""


@dataclass(frozen=True)
class Answer:
    """One answer, read the official way."""

    headers: Any
    body: Any
    status: int

    @property
    def ok(self) -> bool:
        return bool(self.body.rt_cd == "0")

    @property
    def tr_cont(self) -> str:
        text: str = self.headers.tr_cont
        return text

    def rows(self, output: str) -> list[dict[str, Any]]:
        """Return an output as the client's table has it: an object is a table of one row."""
        found = getattr(self.body, output)
        return found if isinstance(found, list) else [found]


def read(reply: httpx.Response) -> Answer:
    """Read a reply; raise as the official client does where it cannot."""
    pairs = [(name.decode(), value.decode()) for name, value in reply.headers.raw]
    lower = {name: value for name, value in pairs if name.islower()}
    headers = namedtuple("header", lower)(**lower)
    content = reply.json()
    body = namedtuple("body", content)(**content)
    assert isinstance(body.msg_cd, str)
    assert isinstance(body.msg1, str)
    return Answer(headers, body, reply.status_code)


def of_stocks() -> list[str]:
    """Return the GET calls about stocks, ETFs and ETNs, by name."""
    return [
        name
        for name, call in CALLS.items()
        if call.method == "GET" and name.startswith(("domestic_stock.", "etfetn."))
    ]


def params(call: Call, **over: str) -> dict[str, str]:
    """Return the documented parameters as a sample sends them, in their own case."""
    own = SAMPLES.get(call.name.rpartition(".")[2], {})
    known = SAMPLE | dict(own) | over
    if "/ranking/" in call.path:
        known = known | ALL_STOCKS | over
    asked = {key: known.get(key.upper(), known.get(key, "")) for key in call.params}
    return asked | {key: value for key, value in call.fixed.items() if key.upper() not in over}


async def ask(broker: Any, name: str, tr_cont: str = "", **over: str) -> Answer:
    """Ask one call with its sample parameters."""
    call = CALLS[name]
    ids = call.tr_real if broker.options.dialect == "real" else call.tr_paper
    tr_id = next(iter(ids.values())) if "within_3_months" not in ids else ids["within_3_months"]
    headers = broker.headers(tr_id, tr_cont=tr_cont, custtype="P")
    return read(await broker.http.get(call.path, params=params(call, **over), headers=headers))


async def pages(broker: Any, name: str, **over: str) -> AsyncIterator[Answer]:
    """Page as the official samples do: while the header says so, with the cursor sent back."""
    answer = await ask(broker, name, **over)
    yield answer
    while answer.tr_cont in FOLLOWING:
        cursor = {
            key.upper(): value.strip()
            for key, value in answer.body._asdict().items()
            if key.startswith("ctx_area")
        }
        answer = await ask(broker, name, "N", **(over | cursor))
        yield answer
