"""Rows of the stock masters: KOSPI, KOSDAQ, KONEX, and the lists of what NXT trades.

Nine bytes of short code, twelve of ISIN, forty of name, then part 2: 227, 221 and 184 bytes. The
fields keep KIS's names. Source: kis_api.md §16.1–16.3; KONEX (all of KOSDAQ's fields but those of
indices, sectors and groups) from KIS's own header. That the NXT lists are cut like the masters of
their markets is a guess; where it is wrong they are refused whole, and what NXT trades is unknown.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated

import msgspec

from kis_core.wire.masters.columns import code, day, flag, isin, number, text, whole
from kis_core.wire.masters.files import Layout


class KospiRow(msgspec.Struct, frozen=True):
    """One line of kospi_code.mst: stocks, ETF, ETN, REIT, funds, rights. 288 bytes."""

    mksc_shrn_iscd: Annotated[str, code(9)]
    stnd_iscd: Annotated[str, isin()]
    hts_kor_isnm: Annotated[str, text(40)]
    scrt_grp_cls_code: Annotated[str, text(2)]  # ST stock, EF ETF, EN ETN, RT REIT, SW warrant …
    avls_scal_cls_code: Annotated[str, text(1)]  # 0 none, 1 large, 2 mid, 3 small
    bstp_larg_div_code: Annotated[str, text(4)]  # as in idxcode.mst; 0000 none
    bstp_medm_div_code: Annotated[str, text(4)]
    bstp_smal_div_code: Annotated[str, text(4)]
    mnin_cls_code_yn: Annotated[bool | None, flag()]
    low_current_yn: Annotated[bool | None, flag()]
    sprn_strr_nmix_issu_yn: Annotated[bool | None, flag()]
    kospi200_apnt_cls_code: Annotated[str, text(1)]  # its sector; 0 not in it
    kospi100_issu_yn: Annotated[bool | None, flag()]
    kospi50_issu_yn: Annotated[bool | None, flag()]
    krx_issu_yn: Annotated[bool | None, flag()]
    etp_prod_cls_code: Annotated[str, text(1)]  # 2 ETF, 3 ETN, 4 capped-loss ETN, 5 fund
    elw_pblc_yn: Annotated[bool | None, flag()]
    krx100_issu_yn: Annotated[bool | None, flag()]
    krx_car_yn: Annotated[bool | None, flag()]
    krx_smcn_yn: Annotated[bool | None, flag()]
    krx_bio_yn: Annotated[bool | None, flag()]
    krx_bank_yn: Annotated[bool | None, flag()]
    etpr_undt_objt_co_yn: Annotated[bool | None, flag()]  # SPAC
    krx_enrg_chms_yn: Annotated[bool | None, flag()]
    krx_stel_yn: Annotated[bool | None, flag()]
    short_over_cls_code: Annotated[str, text(1)]  # overheated: 0 no, 1 notice, 2 yes, 3 still
    krx_medi_cmnc_yn: Annotated[bool | None, flag()]
    krx_cnst_yn: Annotated[bool | None, flag()]
    krx_deleted_yn: Annotated[bool | None, flag()]  # an index that is no more
    krx_scrt_yn: Annotated[bool | None, flag()]
    krx_ship_yn: Annotated[bool | None, flag()]
    krx_insu_yn: Annotated[bool | None, flag()]
    krx_trnp_yn: Annotated[bool | None, flag()]
    sri_nmix_yn: Annotated[bool | None, flag()]
    stck_sdpr: Annotated[int | None, whole(9)]  # base price, KRW
    frml_mrkt_deal_qty_unit: Annotated[int | None, whole(5)]  # lot, shares
    ovtm_mrkt_deal_qty_unit: Annotated[int | None, whole(5)]
    trht_yn: Annotated[bool | None, flag()]  # trading halt
    sltr_yn: Annotated[bool | None, flag()]  # liquidation trading
    mang_issu_yn: Annotated[bool | None, flag()]  # administrative issue
    mrkt_alrm_cls_code: Annotated[str, text(2)]  # 01 caution, 02 warning, 03 risk
    mrkt_alrm_risk_adnt_yn: Annotated[bool | None, flag()]  # a warning may follow
    insn_pbnt_yn: Annotated[bool | None, flag()]  # unfaithful disclosure
    byps_lstn_yn: Annotated[bool | None, flag()]  # backdoor listing
    flng_cls_code: Annotated[str, text(2)]  # 01 ex-rights, 02 ex-dividend …
    fcam_mod_cls_code: Annotated[str, text(2)]  # 01 split, 02 consolidation
    icic_cls_code: Annotated[str, text(2)]  # new shares: 01 paid, 02 bonus, 03 both
    marg_rate: Annotated[int | None, whole(3)]  # %
    crdt_able: Annotated[bool | None, flag()]
    crdt_days: Annotated[int | None, whole(3)]
    prdy_vol: Annotated[int | None, whole(12)]  # shares; wraps at 2^31 into the negative
    stck_fcam: Annotated[int | None, whole(12)]  # face value, KRW
    stck_lstn_date: Annotated[date | None, day()]
    lstn_stcn: Annotated[int | None, whole(15)]  # thousand shares, cut off
    cpfn: Annotated[int | None, whole(21)]  # KRW
    stac_month: Annotated[str, text(2)]
    po_prc: Annotated[int | None, whole(7)]  # KRW; blank so far
    prst_cls_code: Annotated[str, text(1)]  # 0 common; 1, 2 and 9 preferred
    ssts_hot_yn: Annotated[bool | None, flag()]  # short sale overheated; blank: no
    stange_runup_yn: Annotated[bool | None, flag()]  # abnormal rise
    krx300_issu_yn: Annotated[bool | None, flag()]
    kospi_issu_yn: Annotated[bool | None, flag()]
    sale_account: Annotated[int | None, whole(9)]  # 100 million KRW, as the next two
    bsop_prfi: Annotated[int | None, whole(9)]
    op_prfi: Annotated[int | None, whole(9)]
    thtr_ntin: Annotated[int | None, whole(5)]  # cut to its first five characters
    roe: Annotated[Decimal | None, number(9)]  # %
    base_date: Annotated[date | None, day()]
    prdy_avls_scal: Annotated[int | None, whole(9)]  # market cap, 100 million KRW, cut off
    grp_code: Annotated[str, text(3)]  # conglomerate
    co_crdt_limt_over_yn: Annotated[bool | None, flag()]
    secu_lend_able_yn: Annotated[bool | None, flag()]
    stln_able_yn: Annotated[bool | None, flag()]


class KosdaqRow(msgspec.Struct, frozen=True):
    """One line of kosdaq_code.mst. 282 bytes."""

    mksc_shrn_iscd: Annotated[str, code(9)]
    stnd_iscd: Annotated[str, isin()]
    hts_kor_isnm: Annotated[str, text(40)]
    scrt_grp_cls_code: Annotated[str, text(2)]  # ST stock, EF ETF, EN ETN, RT REIT, SW warrant …
    avls_scal_cls_code: Annotated[str, text(1)]  # 0 none, 1 large, 2 mid, 3 small
    bstp_larg_div_code: Annotated[str, text(4)]  # as in idxcode.mst; 0000 none
    bstp_medm_div_code: Annotated[str, text(4)]
    bstp_smal_div_code: Annotated[str, text(4)]
    vntr_issu_yn: Annotated[bool | None, flag()]
    low_current_yn: Annotated[bool | None, flag()]
    krx_issu_yn: Annotated[bool | None, flag()]
    etp_prod_cls_code: Annotated[str, text(1)]  # 2 ETF, 3 ETN, 4 capped-loss ETN, 5 fund
    krx100_issu_yn: Annotated[bool | None, flag()]
    krx_car_yn: Annotated[bool | None, flag()]
    krx_smcn_yn: Annotated[bool | None, flag()]
    krx_bio_yn: Annotated[bool | None, flag()]
    krx_bank_yn: Annotated[bool | None, flag()]
    etpr_undt_objt_co_yn: Annotated[bool | None, flag()]  # SPAC
    krx_enrg_chms_yn: Annotated[bool | None, flag()]
    krx_stel_yn: Annotated[bool | None, flag()]
    short_over_cls_code: Annotated[str, text(1)]  # overheated: 0 no, 1 notice, 2 yes, 3 still
    krx_medi_cmnc_yn: Annotated[bool | None, flag()]
    krx_cnst_yn: Annotated[bool | None, flag()]
    invt_alrm_yn: Annotated[bool | None, flag()]  # investment attention
    krx_scrt_yn: Annotated[bool | None, flag()]
    krx_ship_yn: Annotated[bool | None, flag()]
    krx_insu_yn: Annotated[bool | None, flag()]
    krx_trnp_yn: Annotated[bool | None, flag()]
    ksq150_nmix_yn: Annotated[bool | None, flag()]
    stck_sdpr: Annotated[int | None, whole(9)]  # base price, KRW
    frml_mrkt_deal_qty_unit: Annotated[int | None, whole(5)]  # lot, shares
    ovtm_mrkt_deal_qty_unit: Annotated[int | None, whole(5)]
    trht_yn: Annotated[bool | None, flag()]  # trading halt
    sltr_yn: Annotated[bool | None, flag()]  # liquidation trading
    mang_issu_yn: Annotated[bool | None, flag()]  # administrative issue
    mrkt_alrm_cls_code: Annotated[str, text(2)]  # 01 caution, 02 warning, 03 risk
    mrkt_alrm_risk_adnt_yn: Annotated[bool | None, flag()]  # a warning may follow
    insn_pbnt_yn: Annotated[bool | None, flag()]  # unfaithful disclosure
    byps_lstn_yn: Annotated[bool | None, flag()]  # backdoor listing
    flng_cls_code: Annotated[str, text(2)]  # 01 ex-rights, 02 ex-dividend …
    fcam_mod_cls_code: Annotated[str, text(2)]  # 01 split, 02 consolidation
    icic_cls_code: Annotated[str, text(2)]  # new shares: 01 paid, 02 bonus, 03 both
    marg_rate: Annotated[int | None, whole(3)]  # %
    crdt_able: Annotated[bool | None, flag()]
    crdt_days: Annotated[int | None, whole(3)]
    prdy_vol: Annotated[int | None, whole(12)]  # shares; wraps at 2^31 into the negative
    stck_fcam: Annotated[int | None, whole(12)]  # face value, KRW
    stck_lstn_date: Annotated[date | None, day()]
    lstn_stcn: Annotated[int | None, whole(15)]  # thousand shares, cut off
    cpfn: Annotated[int | None, whole(21)]  # KRW
    stac_month: Annotated[str, text(2)]
    po_prc: Annotated[int | None, whole(7)]  # KRW; blank so far
    prst_cls_code: Annotated[str, text(1)]  # 0 common; 1, 2 and 9 preferred
    ssts_hot_yn: Annotated[bool | None, flag()]  # short sale overheated; blank: no
    stange_runup_yn: Annotated[bool | None, flag()]  # abnormal rise
    krx300_issu_yn: Annotated[bool | None, flag()]
    sale_account: Annotated[int | None, whole(9)]  # 100 million KRW, as the next two
    bsop_prfi: Annotated[int | None, whole(9)]
    op_prfi: Annotated[int | None, whole(9)]
    thtr_ntin: Annotated[int | None, whole(5)]  # cut to its first five characters
    roe: Annotated[Decimal | None, number(9)]  # %
    base_date: Annotated[date | None, day()]
    prdy_avls_scal: Annotated[int | None, whole(9)]  # market cap, 100 million KRW, cut off
    grp_code: Annotated[str, text(3)]  # conglomerate
    co_crdt_limt_over_yn: Annotated[bool | None, flag()]
    secu_lend_able_yn: Annotated[bool | None, flag()]
    stln_able_yn: Annotated[bool | None, flag()]


class KonexRow(msgspec.Struct, frozen=True):
    """One line of konex_code.mst. 245 bytes; group KN."""

    mksc_shrn_iscd: Annotated[str, code(9)]
    stnd_iscd: Annotated[str, isin()]
    hts_kor_isnm: Annotated[str, text(40)]
    scrt_grp_cls_code: Annotated[str, text(2)]  # ST stock, EF ETF, EN ETN, RT REIT, SW warrant …
    stck_sdpr: Annotated[int | None, whole(9)]  # base price, KRW
    frml_mrkt_deal_qty_unit: Annotated[int | None, whole(5)]  # lot, shares
    ovtm_mrkt_deal_qty_unit: Annotated[int | None, whole(5)]
    trht_yn: Annotated[bool | None, flag()]  # trading halt
    sltr_yn: Annotated[bool | None, flag()]  # liquidation trading
    mang_issu_yn: Annotated[bool | None, flag()]  # administrative issue
    mrkt_alrm_cls_code: Annotated[str, text(2)]  # 01 caution, 02 warning, 03 risk
    mrkt_alrm_risk_adnt_yn: Annotated[bool | None, flag()]  # a warning may follow
    insn_pbnt_yn: Annotated[bool | None, flag()]  # unfaithful disclosure
    byps_lstn_yn: Annotated[bool | None, flag()]  # backdoor listing
    flng_cls_code: Annotated[str, text(2)]  # 01 ex-rights, 02 ex-dividend …
    fcam_mod_cls_code: Annotated[str, text(2)]  # 01 split, 02 consolidation
    icic_cls_code: Annotated[str, text(2)]  # new shares: 01 paid, 02 bonus, 03 both
    marg_rate: Annotated[int | None, whole(3)]  # %
    crdt_able: Annotated[bool | None, flag()]
    crdt_days: Annotated[int | None, whole(3)]
    prdy_vol: Annotated[int | None, whole(12)]  # shares; wraps at 2^31 into the negative
    stck_fcam: Annotated[int | None, whole(12)]  # face value, KRW
    stck_lstn_date: Annotated[date | None, day()]
    lstn_stcn: Annotated[int | None, whole(15)]  # thousand shares, cut off
    cpfn: Annotated[int | None, whole(21)]  # KRW
    stac_month: Annotated[str, text(2)]
    po_prc: Annotated[int | None, whole(7)]  # KRW; blank so far
    prst_cls_code: Annotated[str, text(1)]  # 0 common; 1, 2 and 9 preferred
    ssts_hot_yn: Annotated[bool | None, flag()]  # short sale overheated; blank: no
    stange_runup_yn: Annotated[bool | None, flag()]  # abnormal rise
    krx300_issu_yn: Annotated[bool | None, flag()]
    sale_account: Annotated[int | None, whole(9)]  # 100 million KRW, as the next two
    bsop_prfi: Annotated[int | None, whole(9)]
    op_prfi: Annotated[int | None, whole(9)]
    thtr_ntin: Annotated[int | None, whole(5)]  # cut to its first five characters
    roe: Annotated[Decimal | None, number(9)]  # %
    base_date: Annotated[date | None, day()]
    prdy_avls_scal: Annotated[int | None, whole(9)]  # market cap, 100 million KRW, cut off
    co_crdt_limt_over_yn: Annotated[bool | None, flag()]
    secu_lend_able_yn: Annotated[bool | None, flag()]
    stln_able_yn: Annotated[bool | None, flag()]


StockRow = KospiRow | KosdaqRow | KonexRow

_KEY = ("mksc_shrn_iscd",)
KOSPI = Layout("kospi_code.mst", KospiRow, _KEY)
KOSDAQ = Layout("kosdaq_code.mst", KosdaqRow, _KEY)
KONEX = Layout("konex_code.mst", KonexRow, _KEY)
NXT_KOSPI = Layout("nxt_kospi_code.mst", KospiRow, _KEY)
NXT_KOSDAQ = Layout("nxt_kosdaq_code.mst", KosdaqRow, _KEY)
