"""Members, program trading and NAV as typed events. Pure. Columns: kis_api.md §13.8.

Of program trading by index the unit is not said anywhere; it is read as that of the index itself
(thousand shares, million KRW), which is what KIS's published frame shows.
"""

from kis_core.market.events import Market
from kis_core.market.flows import EtfNav, IndexProgram, Member, MemberFlow, ProgramFlow, Traded
from kis_core.wire.stream.cells import Record, one_of, records_of
from kis_core.wire.stream.indices import index_code

MEMBERS: dict[str, Market] = {"H0STMBC0": "KRX", "H0NXMBC0": "NXT", "H0UNMBC0": "UN"}
PROGRAM: dict[str, Market] = {"H0STPGM0": "KRX", "H0NXPGM0": "NXT", "H0UNPGM0": "UN"}
NAV = "H0STNAV0"
INDEX_PROGRAM = "H0UPPGM0"


def member_flows(text: str, arrived_ns: int, day_start_ns: int) -> list[MemberFlow]:
    """Read a whole H0STMBC0, H0NXMBC0 or H0UNMBC0 frame."""
    tr_id = one_of(text, MEMBERS)
    return [
        MemberFlow(
            symbol=said.symbol("MKSC_SHRN_ISCD"),
            venue=MEMBERS[tr_id],
            arrived_ns=arrived_ns,
            sellers=_members(said, "SELN"),
            buyers=_members(said, "SHNU"),
            foreign_sold=said.count_or_none("GLOB_TOTAL_SELN_QTY"),
            foreign_bought=said.count_or_none("GLOB_TOTAL_SHNU_QTY"),
            foreign_sold_change=said.whole("GLOB_TOTAL_SELN_QTY_ICDC"),
            foreign_bought_change=said.whole("GLOB_TOTAL_SHNU_QTY_ICDC"),
            foreign_net=said.whole("GLOB_NTBY_QTY"),
            foreign_sold_pct=said.number("GLOB_SELN_RLIM"),
            foreign_bought_pct=said.number("GLOB_SHNU_RLIM"),
        )
        for said in records_of(text, tr_id)
    ]


def _members(said: Record, side: str) -> tuple[Member, ...]:
    names = "SELN2" if side == "SELN" else "BYOV"
    return tuple(
        Member(
            name=name,
            code=said.text(f"{side}_MBCR_NO{n}"),
            shares=said.count(f"TOTAL_{side}_QTY{n}"),
            change=said.whole(f"{side}_QTY_ICDC{n}"),
            share_pct=said.number(f"{side}_MBCR_RLIM{n}"),
            foreign=said.yes_or_no(f"{side}_MBCR_GLOB_YN_{n}"),
            english=said.text(f"{names}_MBCR_ENG_NAME{n}"),
        )
        for n in range(1, 6)
        if (name := said.text(f"{names}_MBCR_NAME{n}")) is not None
    )


def program_flows(text: str, arrived_ns: int, day_start_ns: int) -> list[ProgramFlow]:
    """Read a whole H0STPGM0, H0NXPGM0 or H0UNPGM0 frame."""
    tr_id = one_of(text, PROGRAM)
    return [
        ProgramFlow(
            symbol=said.symbol("MKSC_SHRN_ISCD"),
            venue=PROGRAM[tr_id],
            at_ns=said.at_ns("STCK_CNTG_HOUR", day_start_ns),
            arrived_ns=arrived_ns,
            sold=said.count("SELN_CNQN"),
            sold_krw=said.count("SELN_TR_PBMN"),
            bought=said.count("SHNU_CNQN"),
            bought_krw=said.count("SHNU_TR_PBMN"),
            net=said.needed(said.whole("NTBY_CNQN"), "NTBY_CNQN"),
            net_krw=said.needed(said.whole("NTBY_TR_PBMN"), "NTBY_TR_PBMN"),
            asking=said.count_or_none("SELN_RSQN"),
            bidding=said.count_or_none("SHNU_RSQN"),
            net_resting=said.whole("WHOL_NTBY_QTY"),
        )
        for said in records_of(text, tr_id)
    ]


def navs(text: str, arrived_ns: int, day_start_ns: int) -> list[EtfNav]:
    """Read a whole H0STNAV0 frame."""
    return [
        EtfNav(
            symbol=said.symbol("MKSC_SHRN_ISCD"),
            arrived_ns=arrived_ns,
            nav_krw=said.needed(said.price("NAV"), "NAV"),
            change_krw=said.change("NAV_PRDY_VRSS", "NAV_PRDY_VRSS_SIGN"),
            change_pct=said.change("NAV_PRDY_CTRT", "NAV_PRDY_VRSS_SIGN"),
            open_krw=said.price("OPRC_NAV"),
            high_krw=said.price("HPRC_NAV"),
            low_krw=said.price("LPRC_NAV"),
        )
        for said in records_of(text, NAV)
    ]


def index_programs(text: str, arrived_ns: int, day_start_ns: int) -> list[IndexProgram]:
    """Read a whole H0UPPGM0 frame. `day_start_ns` is KST midnight of its day."""
    return [
        IndexProgram(
            index=index_code(said, "BSTP_CLS_CODE"),
            at_ns=said.at_ns("BSOP_HOUR", day_start_ns),
            arrived_ns=arrived_ns,
            arbitrage_customers=_executed(said, "ARBT", "ENTM"),
            arbitrage_own=_executed(said, "ARBT", "ONSL"),
            other_customers=_executed(said, "NABT", "ENTM"),
            other_own=_executed(said, "NABT", "ONSL"),
            arbitrage=_summed(said, "ARBT_SMTN_{}"),
            other=_summed(said, "NABT_SMTN_{}"),
            customers=_summed(said, "WHOL_ENTM_{}"),
            own=_summed(said, "WHOL_ONSL_{}"),
            whole=Traded(
                said.count_or_none("TOTAL_SELN_QTY"),
                said.count_or_none("TOTAL_SELN_TR_PBMN"),
                said.count_or_none("SHNU_CNTG_SMTN"),
                said.count_or_none("TOTAL_SHNU_TR_PBMN"),
            ),
            market_thousand=said.count_or_none("ACML_VOL"),
            market_million_krw=said.count_or_none("ACML_TR_PBMN"),
        )
        for said in records_of(text, INDEX_PROGRAM)
    ]


def _executed(said: Record, kind: str, whose: str) -> Traded:
    return Traded(
        said.count_or_none(f"{kind}_SELN_{whose}_CNQN"),
        said.count_or_none(f"{kind}_SELN_{whose}_CNTG_AMT"),
        said.count_or_none(f"{kind}_SHNU_{whose}_CNQN"),
        said.count_or_none(f"{kind}_SHNU_{whose}_CNTG_AMT"),
    )


def _summed(said: Record, named: str) -> Traded:
    return Traded(
        *(
            said.count_or_none(named.format(what))
            for what in ("SELN_VOL", "SELN_TR_PBMN", "SHNU_VOL", "SHNU_TR_PBMN")
        )
    )
