"""What KIS's catalogs say of the calls and real-time TRs used here: names only.

Written by `scripts/make_tr_table.py`; do not edit. Read it through `tr_table`.
"""

from typing import TypedDict


class RestRow(TypedDict):
    """One REST call. TR ids by variant; a call with a single TR id has the variant ""."""

    title: str
    method: str
    path: str
    tr_real: dict[str, str]
    tr_paper: dict[str, str]  # empty: paper does not offer it
    tr_old: dict[str, str]  # ids of before EXCG_ID_DVSN_CD, still sent by some clients
    params: tuple[str, ...]
    optional: tuple[str, ...]
    cursor: str | None  # pages by CTX_AREA_FK<cursor> and CTX_AREA_NK<cursor>; None: no pages
    outputs: dict[str, tuple[str, tuple[str, ...]]]  # name: (object | array, fields)


class StreamRow(TypedDict):
    """One real-time TR. `layouts` are the column lists seen, shortest first."""

    title: str
    encrypted: bool
    paper: bool
    tr_key: str
    layouts: tuple[tuple[str, ...], ...]


def names(text: str) -> tuple[str, ...]:
    """Return the names in a text."""
    return tuple(text.split())


# fmt: off
REST: dict[str, RestRow] = {
    'auth.auth_token': {
        'title': '접근토큰발급(P)',
        'method': 'POST',
        'path': '/oauth2/tokenP',
        'tr_real': {},
        'tr_paper': {},
        'tr_old': {},
        'params': ('grant_type', 'appkey', 'appsecret'),
        'optional': (),
        'cursor': None,
        'outputs': {
            '': (
                'object',
                names("""
                    access_token token_type expires_in access_token_token_expired
                """),
            ),
        },
    },
    'auth.auth_ws_token': {
        'title': '실시간 (웹소켓) 접속키 발급',
        'method': 'POST',
        'path': '/oauth2/Approval',
        'tr_real': {},
        'tr_paper': {},
        'tr_old': {},
        'params': ('grant_type', 'appkey', 'secretkey'),
        'optional': (),
        'cursor': None,
        'outputs': {
            '': (
                'object',
                ('approval_key',),
            ),
        },
    },
    'auth.revoke_token': {
        'title': '접근토큰폐기(P)',
        'method': 'POST',
        'path': '/oauth2/revokeP',
        'tr_real': {},
        'tr_paper': {},
        'tr_old': {},
        'params': ('appkey', 'appsecret', 'token'),
        'optional': (),
        'cursor': None,
        'outputs': {
            '': (
                'object',
                ('code', 'message'),
            ),
        },
    },
    'domestic_stock.inquire_asking_price_exp_ccn': {
        'title': '주식현재가 호가_예상체결',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/inquire-asking-price-exp-ccn',
        'tr_real': {'': 'FHKST01010200'},
        'tr_paper': {'': 'FHKST01010200'},
        'tr_old': {},
        'params': ('FID_COND_MRKT_DIV_CODE', 'FID_INPUT_ISCD'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'object',
                names("""
                    aspr_acpt_hour askp1 askp2 askp3 askp4 askp5 askp6 askp7 askp8 askp9 askp10
                    bidp1 bidp2 bidp3 bidp4 bidp5 bidp6 bidp7 bidp8 bidp9 bidp10 askp_rsqn1
                    askp_rsqn2 askp_rsqn3 askp_rsqn4 askp_rsqn5 askp_rsqn6 askp_rsqn7 askp_rsqn8
                    askp_rsqn9 askp_rsqn10 bidp_rsqn1 bidp_rsqn2 bidp_rsqn3 bidp_rsqn4
                    bidp_rsqn5 bidp_rsqn6 bidp_rsqn7 bidp_rsqn8 bidp_rsqn9 bidp_rsqn10
                    askp_rsqn_icdc1 askp_rsqn_icdc2 askp_rsqn_icdc3 askp_rsqn_icdc4
                    askp_rsqn_icdc5 askp_rsqn_icdc6 askp_rsqn_icdc7 askp_rsqn_icdc8
                    askp_rsqn_icdc9 askp_rsqn_icdc10 bidp_rsqn_icdc1 bidp_rsqn_icdc2
                    bidp_rsqn_icdc3 bidp_rsqn_icdc4 bidp_rsqn_icdc5 bidp_rsqn_icdc6
                    bidp_rsqn_icdc7 bidp_rsqn_icdc8 bidp_rsqn_icdc9 bidp_rsqn_icdc10
                    total_askp_rsqn total_bidp_rsqn total_askp_rsqn_icdc total_bidp_rsqn_icdc
                    ovtm_total_askp_icdc ovtm_total_bidp_icdc ovtm_total_askp_rsqn
                    ovtm_total_bidp_rsqn ntby_aspr_rsqn new_mkop_cls_code
                """),
            ),
            'output2': (
                'object',
                names("""
                    antc_mkop_cls_code stck_prpr stck_oprc stck_hgpr stck_lwpr stck_sdpr
                    antc_cnpr antc_cntg_vrss_sign antc_cntg_vrss antc_cntg_prdy_ctrt antc_vol
                    stck_shrn_iscd vi_cls_code
                """),
            ),
        },
    },
    'domestic_stock.inquire_balance': {
        'title': '주식잔고조회',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/trading/inquire-balance',
        'tr_real': {'': 'TTTC8434R'},
        'tr_paper': {'': 'VTTC8434R'},
        'tr_old': {},
        'params': names("""
            CANO ACNT_PRDT_CD AFHR_FLPR_YN OFL_YN INQR_DVSN UNPR_DVSN FUND_STTL_ICLD_YN
            FNCG_AMT_AUTO_RDPT_YN PRCS_DVSN CTX_AREA_FK100 CTX_AREA_NK100
        """),
        'optional': ('OFL_YN', 'CTX_AREA_FK100', 'CTX_AREA_NK100'),
        'cursor': '100',
        'outputs': {
            'output1': (
                'array',
                names("""
                    pdno prdt_name trad_dvsn_name bfdy_buy_qty bfdy_sll_qty thdt_buyqty
                    thdt_sll_qty hldg_qty ord_psbl_qty pchs_avg_pric pchs_amt prpr evlu_amt
                    evlu_pfls_amt evlu_pfls_rt evlu_erng_rt loan_dt loan_amt stln_slng_chgs
                    expd_dt fltt_rt bfdy_cprs_icdc item_mgna_rt_name grta_rt_name sbst_pric
                    stck_loan_unpr
                """),
            ),
            'output2': (
                'array',
                names("""
                    dnca_tot_amt nxdy_excc_amt prvs_rcdl_excc_amt cma_evlu_amt bfdy_buy_amt
                    thdt_buy_amt nxdy_auto_rdpt_amt bfdy_sll_amt thdt_sll_amt d2_auto_rdpt_amt
                    bfdy_tlex_amt thdt_tlex_amt tot_loan_amt scts_evlu_amt tot_evlu_amt nass_amt
                    fncg_gld_auto_rdpt_yn pchs_amt_smtl_amt evlu_amt_smtl_amt evlu_pfls_smtl_amt
                    tot_stln_slng_chgs bfdy_tot_asst_evlu_amt asst_icdc_amt asst_icdc_erng_rt
                """),
            ),
        },
    },
    'domestic_stock.inquire_daily_ccld': {
        'title': '주식일별주문체결조회',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/trading/inquire-daily-ccld',
        'tr_real': {'before_3_months': 'CTSC9215R', 'within_3_months': 'TTTC0081R'},
        'tr_paper': {'before_3_months': 'VTSC9215R', 'within_3_months': 'VTTC0081R'},
        'tr_old': {'before_3_months': 'CTSC9115R', 'within_3_months': 'TTTC8001R'},
        'params': names("""
            CANO ACNT_PRDT_CD INQR_STRT_DT INQR_END_DT SLL_BUY_DVSN_CD PDNO CCLD_DVSN INQR_DVSN
            INQR_DVSN_3 ORD_GNO_BRNO ODNO INQR_DVSN_1 CTX_AREA_FK100 CTX_AREA_NK100
            EXCG_ID_DVSN_CD
        """),
        'optional': ('PDNO', 'ODNO'),
        'cursor': '100',
        'outputs': {
            'output1': (
                'array',
                names("""
                    ord_dt ord_gno_brno odno orgn_odno ord_dvsn_name sll_buy_dvsn_cd
                    sll_buy_dvsn_cd_name pdno prdt_name ord_qty ord_unpr ord_tmd tot_ccld_qty
                    avg_prvs cncl_yn tot_ccld_amt loan_dt ordr_empno ord_dvsn_cd cncl_cfrm_qty
                    rmn_qty rjct_qty ccld_cndt_name inqr_ip_addr cpbc_ordp_ord_rcit_dvsn_cd
                    cpbc_ordp_infm_mthd_dvsn_cd infm_tmd ctac_tlno prdt_type_cd excg_dvsn_cd
                    cpbc_ordp_mtrl_dvsn_cd ord_orgno rsvn_ord_end_dt excg_id_dvsn_Cd
                    stpm_cndt_pric stpm_efct_occr_dtmd cncl_cfrm_qty
                """),
            ),
            'output2': (
                'object',
                names("""
                    tot_ord_qty tot_ccld_qty tot_ccld_amt prsm_tlex_smtl pchs_avg_pric
                """),
            ),
        },
    },
    'domestic_stock.inquire_daily_indexchartprice': {
        'title': '국내주식업종기간별시세(일_주_월_년)',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/inquire-daily-indexchartprice',
        'tr_real': {'': 'FHKUP03500100'},
        'tr_paper': {'': 'FHKUP03500100'},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_INPUT_ISCD FID_INPUT_DATE_1 FID_INPUT_DATE_2
            FID_PERIOD_DIV_CODE
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'object',
                names("""
                    prdy_vrss_sign bstp_nmix_prdy_ctrt prdy_nmix acml_vol acml_tr_pbmn
                    hts_kor_isnm bstp_nmix_prpr bstp_cls_code prdy_vol bstp_nmix_oprc
                    bstp_nmix_hgpr bstp_nmix_lwpr futs_prdy_oprc futs_prdy_hgpr futs_prdy_lwpr
                """),
            ),
            'output2': (
                'array',
                names("""
                    stck_bsop_date bstp_nmix_prpr bstp_nmix_oprc bstp_nmix_hgpr bstp_nmix_lwpr
                    acml_vol acml_tr_pbmn mod_yn
                """),
            ),
        },
    },
    'domestic_stock.inquire_daily_itemchartprice': {
        'title': '국내주식기간별시세(일_주_월_년)',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/inquire-daily-itemchartprice',
        'tr_real': {'': 'FHKST03010100'},
        'tr_paper': {'': 'FHKST03010100'},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_INPUT_ISCD FID_INPUT_DATE_1 FID_INPUT_DATE_2
            FID_PERIOD_DIV_CODE FID_ORG_ADJ_PRC
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'object',
                names("""
                    prdy_vrss prdy_vrss_sign prdy_ctrt stck_prdy_clpr acml_vol acml_tr_pbmn
                    hts_kor_isnm stck_prpr stck_shrn_iscd prdy_vol stck_mxpr stck_llam stck_oprc
                    stck_hgpr stck_lwpr stck_prdy_oprc stck_prdy_hgpr stck_prdy_lwpr askp bidp
                    prdy_vrss_vol vol_tnrt stck_fcam lstn_stcn cpfn hts_avls per eps pbr
                    itewhol_loan_rmnd_ratem
                """),
            ),
            'output2': (
                'array',
                names("""
                    stck_bsop_date stck_clpr stck_oprc stck_hgpr stck_lwpr acml_vol acml_tr_pbmn
                    flng_cls_code prtt_rate mod_yn prdy_vrss_sign prdy_vrss revl_issu_reas
                """),
            ),
        },
    },
    'domestic_stock.inquire_index_price': {
        'title': '국내업종 현재지수',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/inquire-index-price',
        'tr_real': {'': 'FHPUP02100000'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('FID_COND_MRKT_DIV_CODE', 'FID_INPUT_ISCD'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'object',
                names("""
                    bstp_nmix_prpr bstp_nmix_prdy_vrss prdy_vrss_sign bstp_nmix_prdy_ctrt
                    acml_vol prdy_vol acml_tr_pbmn prdy_tr_pbmn bstp_nmix_oprc
                    prdy_nmix_vrss_nmix_oprc oprc_vrss_prpr_sign bstp_nmix_oprc_prdy_ctrt
                    bstp_nmix_hgpr prdy_nmix_vrss_nmix_hgpr hgpr_vrss_prpr_sign
                    bstp_nmix_hgpr_prdy_ctrt bstp_nmix_lwpr prdy_clpr_vrss_lwpr
                    lwpr_vrss_prpr_sign prdy_clpr_vrss_lwpr_rate ascn_issu_cnt uplm_issu_cnt
                    stnr_issu_cnt down_issu_cnt lslm_issu_cnt dryy_bstp_nmix_hgpr
                    dryy_hgpr_vrss_prpr_rate dryy_bstp_nmix_hgpr_date dryy_bstp_nmix_lwpr
                    dryy_lwpr_vrss_prpr_rate dryy_bstp_nmix_lwpr_date total_askp_rsqn
                    total_bidp_rsqn seln_rsqn_rate shnu_rsqn_rate ntby_rsqn
                """),
            ),
        },
    },
    'domestic_stock.inquire_price': {
        'title': '주식현재가 시세',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/inquire-price',
        'tr_real': {'': 'FHKST01010100'},
        'tr_paper': {'': 'FHKST01010100'},
        'tr_old': {},
        'params': ('FID_COND_MRKT_DIV_CODE', 'FID_INPUT_ISCD'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'object',
                names("""
                    iscd_stat_cls_code marg_rate rprs_mrkt_kor_name new_hgpr_lwpr_cls_code
                    bstp_kor_isnm temp_stop_yn oprc_rang_cont_yn clpr_rang_cont_yn crdt_able_yn
                    grmn_rate_cls_code elw_pblc_yn stck_prpr prdy_vrss prdy_vrss_sign prdy_ctrt
                    acml_tr_pbmn acml_vol prdy_vrss_vol_rate stck_oprc stck_hgpr stck_lwpr
                    stck_mxpr stck_llam stck_sdpr wghn_avrg_stck_prc hts_frgn_ehrt frgn_ntby_qty
                    pgtr_ntby_qty pvt_scnd_dmrs_prc pvt_frst_dmrs_prc pvt_pont_val
                    pvt_frst_dmsp_prc pvt_scnd_dmsp_prc dmrs_val dmsp_val cpfn rstc_wdth_prc
                    stck_fcam stck_sspr aspr_unit hts_deal_qty_unit_val lstn_stcn hts_avls per
                    pbr stac_month vol_tnrt eps bps d250_hgpr d250_hgpr_date
                    d250_hgpr_vrss_prpr_rate d250_lwpr d250_lwpr_date d250_lwpr_vrss_prpr_rate
                    stck_dryy_hgpr dryy_hgpr_vrss_prpr_rate dryy_hgpr_date stck_dryy_lwpr
                    dryy_lwpr_vrss_prpr_rate dryy_lwpr_date w52_hgpr w52_hgpr_vrss_prpr_ctrt
                    w52_hgpr_date w52_lwpr w52_lwpr_vrss_prpr_ctrt w52_lwpr_date
                    whol_loan_rmnd_rate ssts_yn stck_shrn_iscd fcam_cnnm cpfn_cnnm apprch_rate
                    frgn_hldn_qty vi_cls_code ovtm_vi_cls_code last_ssts_cntg_qty invt_caful_yn
                    mrkt_warn_cls_code short_over_yn sltr_yn mang_issu_cls_code
                """),
            ),
        },
    },
    'domestic_stock.inquire_psbl_order': {
        'title': '매수가능조회',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/trading/inquire-psbl-order',
        'tr_real': {'': 'TTTC8908R'},
        'tr_paper': {'': 'VTTC8908R'},
        'tr_old': {},
        'params': names("""
            CANO ACNT_PRDT_CD PDNO ORD_UNPR ORD_DVSN CMA_EVLU_AMT_ICLD_YN OVRS_ICLD_YN
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'object',
                names("""
                    ord_psbl_cash ord_psbl_sbst ruse_psbl_amt fund_rpch_chgs psbl_qty_calc_unpr
                    nrcvb_buy_amt nrcvb_buy_qty max_buy_amt max_buy_qty cma_evlu_amt
                    ovrs_re_use_amt_wcrc ord_psbl_frcr_amt_wcrc
                """),
            ),
        },
    },
    'domestic_stock.inquire_time_dailychartprice': {
        'title': '주식일별분봉조회',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/inquire-time-dailychartprice',
        'tr_real': {'': 'FHKST03010230'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_INPUT_ISCD FID_INPUT_HOUR_1 FID_INPUT_DATE_1
            FID_PW_DATA_INCU_YN FID_FAKE_TICK_INCU_YN
        """),
        'optional': ('FID_FAKE_TICK_INCU_YN',),
        'cursor': None,
        'outputs': {
            'output1': (
                'object',
                names("""
                    prdy_vrss prdy_vrss_sign prdy_ctrt stck_prdy_clpr acml_vol acml_tr_pbmn
                    hts_kor_isnm stck_prpr
                """),
            ),
            'output2': (
                'array',
                names("""
                    stck_bsop_date stck_cntg_hour stck_prpr stck_oprc stck_hgpr stck_lwpr
                    cntg_vol acml_tr_pbmn
                """),
            ),
        },
    },
    'domestic_stock.inquire_time_itemchartprice': {
        'title': '주식당일분봉조회',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/inquire-time-itemchartprice',
        'tr_real': {'': 'FHKST03010200'},
        'tr_paper': {'': 'FHKST03010200'},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_INPUT_ISCD FID_INPUT_HOUR_1 FID_PW_DATA_INCU_YN
            FID_ETC_CLS_CODE
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'object',
                names("""
                    prdy_vrss prdy_vrss_sign prdy_ctrt stck_prdy_clpr acml_vol acml_tr_pbmn
                    hts_kor_isnm stck_prpr
                """),
            ),
            'output2': (
                'array',
                names("""
                    stck_bsop_date stck_cntg_hour stck_prpr stck_oprc stck_hgpr stck_lwpr
                    cntg_vol acml_tr_pbmn
                """),
            ),
        },
    },
    'domestic_stock.order_cash': {
        'title': '주식주문(현금)',
        'method': 'POST',
        'path': '/uapi/domestic-stock/v1/trading/order-cash',
        'tr_real': {'buy': 'TTTC0012U', 'sell': 'TTTC0011U'},
        'tr_paper': {'buy': 'VTTC0012U', 'sell': 'VTTC0011U'},
        'tr_old': {'buy': 'TTTC0802U', 'sell': 'TTTC0801U'},
        'params': names("""
            CANO ACNT_PRDT_CD PDNO ORD_DVSN ORD_QTY ORD_UNPR EXCG_ID_DVSN_CD SLL_TYPE CNDT_PRIC
        """),
        'optional': ('EXCG_ID_DVSN_CD', 'SLL_TYPE', 'CNDT_PRIC'),
        'cursor': None,
        'outputs': {
            'output': (
                'object',
                ('KRX_FWDG_ORD_ORGNO', 'ODNO', 'ORD_TMD'),
            ),
        },
    },
    'domestic_stock.order_rvsecncl': {
        'title': '주식주문(정정취소)',
        'method': 'POST',
        'path': '/uapi/domestic-stock/v1/trading/order-rvsecncl',
        'tr_real': {'': 'TTTC0013U'},
        'tr_paper': {'': 'VTTC0013U'},
        'tr_old': {'': 'TTTC0803U'},
        'params': names("""
            CANO ACNT_PRDT_CD KRX_FWDG_ORD_ORGNO ORGN_ODNO ORD_DVSN RVSE_CNCL_DVSN_CD ORD_QTY
            ORD_UNPR QTY_ALL_ORD_YN EXCG_ID_DVSN_CD CNDT_PRIC
        """),
        'optional': ('EXCG_ID_DVSN_CD', 'CNDT_PRIC'),
        'cursor': None,
        'outputs': {
            'output': (
                'object',
                ('KRX_FWDG_ORD_ORGNO', 'ODNO', 'ORD_TMD'),
            ),
        },
    },
}

STREAM: dict[str, StreamRow] = {
    'H0STASP0': {
        'title': '국내주식 실시간호가 (KRX)',
        'encrypted': False,
        'paper': True,
        'tr_key': 'stock_code',
        'layouts': (
            names("""
                MKSC_SHRN_ISCD BSOP_HOUR HOUR_CLS_CODE ASKP1 ASKP2 ASKP3 ASKP4 ASKP5 ASKP6 ASKP7
                ASKP8 ASKP9 ASKP10 BIDP1 BIDP2 BIDP3 BIDP4 BIDP5 BIDP6 BIDP7 BIDP8 BIDP9 BIDP10
                ASKP_RSQN1 ASKP_RSQN2 ASKP_RSQN3 ASKP_RSQN4 ASKP_RSQN5 ASKP_RSQN6 ASKP_RSQN7
                ASKP_RSQN8 ASKP_RSQN9 ASKP_RSQN10 BIDP_RSQN1 BIDP_RSQN2 BIDP_RSQN3 BIDP_RSQN4
                BIDP_RSQN5 BIDP_RSQN6 BIDP_RSQN7 BIDP_RSQN8 BIDP_RSQN9 BIDP_RSQN10
                TOTAL_ASKP_RSQN TOTAL_BIDP_RSQN OVTM_TOTAL_ASKP_RSQN OVTM_TOTAL_BIDP_RSQN
                ANTC_CNPR ANTC_CNQN ANTC_VOL ANTC_CNTG_VRSS ANTC_CNTG_VRSS_SIGN
                ANTC_CNTG_PRDY_CTRT ACML_VOL TOTAL_ASKP_RSQN_ICDC TOTAL_BIDP_RSQN_ICDC
                OVTM_TOTAL_ASKP_ICDC OVTM_TOTAL_BIDP_ICDC STCK_DEAL_CLS_CODE
            """),
            names("""
                MKSC_SHRN_ISCD BSOP_HOUR HOUR_CLS_CODE ASKP1 ASKP2 ASKP3 ASKP4 ASKP5 ASKP6 ASKP7
                ASKP8 ASKP9 ASKP10 BIDP1 BIDP2 BIDP3 BIDP4 BIDP5 BIDP6 BIDP7 BIDP8 BIDP9 BIDP10
                ASKP_RSQN1 ASKP_RSQN2 ASKP_RSQN3 ASKP_RSQN4 ASKP_RSQN5 ASKP_RSQN6 ASKP_RSQN7
                ASKP_RSQN8 ASKP_RSQN9 ASKP_RSQN10 BIDP_RSQN1 BIDP_RSQN2 BIDP_RSQN3 BIDP_RSQN4
                BIDP_RSQN5 BIDP_RSQN6 BIDP_RSQN7 BIDP_RSQN8 BIDP_RSQN9 BIDP_RSQN10
                TOTAL_ASKP_RSQN TOTAL_BIDP_RSQN OVTM_TOTAL_ASKP_RSQN OVTM_TOTAL_BIDP_RSQN
                ANTC_CNPR ANTC_CNQN ANTC_VOL ANTC_CNTG_VRSS ANTC_CNTG_VRSS_SIGN
                ANTC_CNTG_PRDY_CTRT ACML_VOL TOTAL_ASKP_RSQN_ICDC TOTAL_BIDP_RSQN_ICDC
                OVTM_TOTAL_ASKP_ICDC OVTM_TOTAL_BIDP_ICDC STCK_DEAL_CLS_CODE KMID_PRC
                KMID_TOTAL_RSQN KMID_CLS_CODE
            """),
        ),
    },
    'H0STCNI0': {
        'title': '국내주식 실시간체결통보',
        'encrypted': True,
        'paper': False,
        'tr_key': 'hts_id',
        'layouts': (
            names("""
                CUST_ID ACNT_NO ODER_NO OODER_NO SELN_BYOV_CLS RCTF_CLS ODER_KIND ODER_COND
                STCK_SHRN_ISCD CNTG_QTY CNTG_UNPR STCK_CNTG_HOUR RFUS_YN CNTG_YN ACPT_YN BRNC_NO
                ODER_QTY ACNT_NAME CNTG_ISNM CRDT_CLS CRDT_LOAN_DATE CNTG_ISNM40 ODER_PRC
            """),
            names("""
                CUST_ID ACNT_NO ODER_NO OODER_NO SELN_BYOV_CLS RCTF_CLS ODER_KIND ODER_COND
                STCK_SHRN_ISCD CNTG_QTY CNTG_UNPR STCK_CNTG_HOUR RFUS_YN CNTG_YN ACPT_YN BRNC_NO
                ODER_QTY ACNT_NAME ORD_COND_PRC ORD_EXG_GB POPUP_YN FILLER CRDT_CLS
                CRDT_LOAN_DATE CNTG_ISNM40 ODER_PRC
            """),
        ),
    },
    'H0STCNI9': {
        'title': '국내주식 실시간체결통보',
        'encrypted': True,
        'paper': True,
        'tr_key': 'hts_id',
        'layouts': (
            names("""
                CUST_ID ACNT_NO ODER_NO OODER_NO SELN_BYOV_CLS RCTF_CLS ODER_KIND ODER_COND
                STCK_SHRN_ISCD CNTG_QTY CNTG_UNPR STCK_CNTG_HOUR RFUS_YN CNTG_YN ACPT_YN BRNC_NO
                ODER_QTY ACNT_NAME CNTG_ISNM CRDT_CLS CRDT_LOAN_DATE CNTG_ISNM40 ODER_PRC
            """),
            names("""
                CUST_ID ACNT_NO ODER_NO OODER_NO SELN_BYOV_CLS RCTF_CLS ODER_KIND ODER_COND
                STCK_SHRN_ISCD CNTG_QTY CNTG_UNPR STCK_CNTG_HOUR RFUS_YN CNTG_YN ACPT_YN BRNC_NO
                ODER_QTY ACNT_NAME ORD_COND_PRC ORD_EXG_GB POPUP_YN FILLER CRDT_CLS
                CRDT_LOAN_DATE CNTG_ISNM40 ODER_PRC
            """),
        ),
    },
    'H0STCNT0': {
        'title': '국내주식 실시간체결가 (KRX)',
        'encrypted': False,
        'paper': True,
        'tr_key': 'stock_code',
        'layouts': (
            names("""
                MKSC_SHRN_ISCD STCK_CNTG_HOUR STCK_PRPR PRDY_VRSS_SIGN PRDY_VRSS PRDY_CTRT
                WGHN_AVRG_STCK_PRC STCK_OPRC STCK_HGPR STCK_LWPR ASKP1 BIDP1 CNTG_VOL ACML_VOL
                ACML_TR_PBMN SELN_CNTG_CSNU SHNU_CNTG_CSNU NTBY_CNTG_CSNU CTTR SELN_CNTG_SMTN
                SHNU_CNTG_SMTN CCLD_DVSN SHNU_RATE PRDY_VOL_VRSS_ACML_VOL_RATE OPRC_HOUR
                OPRC_VRSS_PRPR_SIGN OPRC_VRSS_PRPR HGPR_HOUR HGPR_VRSS_PRPR_SIGN HGPR_VRSS_PRPR
                LWPR_HOUR LWPR_VRSS_PRPR_SIGN LWPR_VRSS_PRPR BSOP_DATE NEW_MKOP_CLS_CODE TRHT_YN
                ASKP_RSQN1 BIDP_RSQN1 TOTAL_ASKP_RSQN TOTAL_BIDP_RSQN VOL_TNRT
                PRDY_SMNS_HOUR_ACML_VOL PRDY_SMNS_HOUR_ACML_VOL_RATE HOUR_CLS_CODE
                MRKT_TRTM_CLS_CODE VI_STND_PRC
            """),
        ),
    },
}
