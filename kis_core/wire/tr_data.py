"""What KIS's catalogs say of every call and real-time TR: names, and how many decimals.

Written by `scripts/make_tr_table.py`; do not edit. Read it through `tr_table`. A parameter is
written `KEY` or `KEY=value` where KIS takes one value only; a field `name` or `name.N` with N
decimals.
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
        'params': ('grant_type', 'appkey', 'secretkey', 'token'),
        'optional': ('token',),
        'cursor': None,
        'outputs': {
            '': (
                'object',
                ('approval_key',),
            ),
        },
    },
    'auth.hashkey': {
        'title': 'Hashkey',
        'method': 'POST',
        'path': '/uapi/hashkey',
        'tr_real': {},
        'tr_paper': {},
        'tr_old': {},
        'params': (),
        'optional': (),
        'cursor': None,
        'outputs': {
            '': (
                'object',
                ('BODY', 'HASH'),
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
    'domestic_futureoption.display_board_callput': {
        'title': '국내옵션전광판_콜풋',
        'method': 'GET',
        'path': '/uapi/domestic-futureoption/v1/quotations/display-board-callput',
        'tr_real': {'': 'FHPIF05030100'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_COND_SCR_DIV_CODE=20503 FID_MRKT_CLS_CODE FID_MTRT_CNT
            FID_MRKT_CLS_CODE1 FID_COND_MRKT_CLS_CODE
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'array',
                names("""
                    acpr.2 unch_prpr.2 optn_shrn_iscd optn_prpr.2 optn_prdy_vrss.2
                    prdy_vrss_sign optn_prdy_ctrt.2 optn_bidp.2 optn_askp.2 tmvl_val.2
                    nmix_sdpr.2 acml_vol seln_rsqn shnu_rsqn acml_tr_pbmn hts_otst_stpl_qty
                    otst_stpl_qty_icdc delta_val.4 gama.4 vega.4 theta.4 rho.4 hts_ints_vltl.4
                    invl_val.2 esdg.4 dprt.2 hist_vltl.4 hts_thpr.2 optn_oprc.2 optn_hgpr.2
                    optn_lwpr.2 optn_mxpr.2 optn_llam.2 atm_cls_name rgbf_vrss_icdc
                    total_askp_rsqn total_bidp_rsqn futs_antc_cnpr.2 futs_antc_cntg_vrss.2
                    antc_cntg_vrss_sign antc_cntg_prdy_ctrt.2
                """),
            ),
            'output2': (
                'array',
                names("""
                    acpr.2 unch_prpr.2 optn_shrn_iscd optn_prpr.2 optn_prdy_vrss.2
                    prdy_vrss_sign optn_prdy_ctrt.2 optn_bidp.2 optn_askp.2 tmvl_val.2
                    nmix_sdpr.2 acml_vol seln_rsqn shnu_rsqn acml_tr_pbmn hts_otst_stpl_qty
                    otst_stpl_qty_icdc delta_val.4 gama.4 vega.4 theta.4 rho.4 hts_ints_vltl.4
                    invl_val.2 esdg.4 dprt.2 hist_vltl.4 hts_thpr.2 optn_oprc.2 optn_hgpr.2
                    optn_lwpr.2 optn_mxpr.2 optn_llam.2 atm_cls_name rgbf_vrss_icdc
                    total_askp_rsqn total_bidp_rsqn futs_antc_cnpr.2 futs_antc_cntg_vrss.2
                    antc_cntg_vrss_sign antc_cntg_prdy_ctrt.2
                """),
            ),
        },
    },
    'domestic_futureoption.display_board_futures': {
        'title': '국내옵션전광판_선물',
        'method': 'GET',
        'path': '/uapi/domestic-futureoption/v1/quotations/display-board-futures',
        'tr_real': {'': 'FHPIF05030200'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_COND_SCR_DIV_CODE=20503 FID_COND_MRKT_CLS_CODE
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    futs_shrn_iscd hts_kor_isnm futs_prpr.2 futs_prdy_vrss.2 prdy_vrss_sign
                    futs_prdy_ctrt.2 hts_thpr.2 acml_vol futs_askp.2 futs_bidp.2
                    hts_otst_stpl_qty futs_hgpr.2 futs_lwpr.2 hts_rmnn_dynu total_askp_rsqn
                    total_bidp_rsqn futs_antc_cnpr.2 futs_antc_cntg_vrss.2 antc_cntg_vrss_sign
                    antc_cntg_prdy_ctrt.2
                """),
            ),
        },
    },
    'domestic_futureoption.display_board_option_list': {
        'title': '국내옵션전광판_옵션월물리스트',
        'method': 'GET',
        'path': '/uapi/domestic-futureoption/v1/quotations/display-board-option-list',
        'tr_real': {'': 'FHPIO056104C0'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_SCR_DIV_CODE=509 FID_COND_MRKT_DIV_CODE FID_COND_MRKT_CLS_CODE
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                ('mtrt_yymm_code', 'mtrt_yymm'),
            ),
        },
    },
    'domestic_futureoption.display_board_top': {
        'title': '국내선물 기초자산 시세',
        'method': 'GET',
        'path': '/uapi/domestic-futureoption/v1/quotations/display-board-top',
        'tr_real': {'': 'FHPIF05030000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_INPUT_ISCD FID_COND_MRKT_DIV_CODE1 FID_COND_SCR_DIV_CODE
            FID_MTRT_CNT FID_COND_MRKT_CLS_CODE
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'object',
                names("""
                    unas_prpr.2 unas_prdy_vrss.2 unas_prdy_vrss_sign unas_prdy_ctrt.2
                    unas_acml_vol hts_kor_isnm futs_prpr.2 futs_prdy_vrss.2 prdy_vrss_sign
                    futs_prdy_ctrt.2
                """),
            ),
            'output2': (
                'array',
                ('hts_rmnn_dynu',),
            ),
        },
    },
    'domestic_futureoption.exp_price_trend': {
        'title': '선물옵션 일중예상체결추이',
        'method': 'GET',
        'path': '/uapi/domestic-futureoption/v1/quotations/exp-price-trend',
        'tr_real': {'': 'FHPIF05110100'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('FID_INPUT_ISCD', 'FID_COND_MRKT_DIV_CODE'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'object',
                names("""
                    hts_kor_isnm futs_antc_cnpr.2 antc_cntg_vrss_sign futs_antc_cntg_vrss.2
                    antc_cntg_prdy_ctrt.2 futs_sdpr.2
                """),
            ),
            'output2': (
                'array',
                names("""
                    stck_cntg_hour futs_antc_cnpr.2 antc_cntg_vrss_sign futs_antc_cntg_vrss.2
                    antc_cntg_prdy_ctrt.2
                """),
            ),
        },
    },
    'domestic_futureoption.inquire_asking_price': {
        'title': '선물옵션 시세호가',
        'method': 'GET',
        'path': '/uapi/domestic-futureoption/v1/quotations/inquire-asking-price',
        'tr_real': {'': 'FHMIF10010000'},
        'tr_paper': {'': 'FHMIF10010000'},
        'tr_old': {},
        'params': ('FID_COND_MRKT_DIV_CODE', 'FID_INPUT_ISCD'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'object',
                names("""
                    hts_kor_isnm futs_prpr prdy_vrss_sign futs_prdy_vrss futs_prdy_ctrt acml_vol
                    futs_prdy_clpr futs_shrn_iscd
                """),
            ),
            'output2': (
                'object',
                names("""
                    futs_askp1 futs_askp2 futs_askp3 futs_askp4 futs_askp5 futs_bidp1 futs_bidp2
                    futs_bidp3 futs_bidp4 futs_bidp5 askp_rsqn1 askp_rsqn2 askp_rsqn3 askp_rsqn4
                    askp_rsqn5 bidp_rsqn1 bidp_rsqn2 bidp_rsqn3 bidp_rsqn4 bidp_rsqn5 askp_csnu1
                    askp_csnu2 askp_csnu3 askp_csnu4 askp_csnu5 bidp_csnu1 bidp_csnu2 bidp_csnu3
                    bidp_csnu4 bidp_csnu5 total_askp_rsqn total_bidp_rsqn total_askp_csnu
                    total_bidp_csnu aspr_acpt_hour
                """),
            ),
        },
    },
    'domestic_futureoption.inquire_balance': {
        'title': '선물옵션 잔고현황',
        'method': 'GET',
        'path': '/uapi/domestic-futureoption/v1/trading/inquire-balance',
        'tr_real': {'': 'CTFO6118R'},
        'tr_paper': {'': 'VTFO6118R'},
        'tr_old': {},
        'params': names("""
            CANO ACNT_PRDT_CD MGNA_DVSN EXCC_STAT_CD CTX_AREA_FK200 CTX_AREA_NK200
        """),
        'optional': (),
        'cursor': '200',
        'outputs': {
            'output1': (
                'array',
                names("""
                    cano acnt_prdt_cd pdno prdt_type_cd shtn_pdno prdt_name sll_buy_dvsn_name
                    cblc_qty excc_unpr ccld_avg_unpr1 idx_clpr pchs_amt evlu_amt evlu_pfls_amt
                    trad_pfls_amt lqd_psbl_qty
                """),
            ),
            'output2': (
                'object',
                names("""
                    dnca_cash frcr_dncl_amt dnca_sbst tot_dncl_amt tot_ccld_amt cash_mgna
                    sbst_mgna mgna_tota opt_dfpa thdt_dfpa rnwl_dfpa fee nxdy_dnca nxdy_dncl_amt
                    prsm_dpast prsm_dpast_amt pprt_ord_psbl_cash add_mgna_cash add_mgna_tota
                    futr_trad_pfls_amt opt_trad_pfls_amt futr_evlu_pfls_amt opt_evlu_pfls_amt
                    trad_pfls_amt_smtl evlu_pfls_amt_smtl wdrw_psbl_tot_amt ord_psbl_cash
                    ord_psbl_sbst ord_psbl_tota pchs_amt_smtl evlu_amt_smtl
                """),
            ),
        },
    },
    'domestic_futureoption.inquire_balance_settlement_pl': {
        'title': '선물옵션 잔고정산손익내역',
        'method': 'GET',
        'path': '/uapi/domestic-futureoption/v1/trading/inquire-balance-settlement-pl',
        'tr_real': {'': 'CTFO6117R'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            CANO ACNT_PRDT_CD INQR_DT CTX_AREA_FK200 CTX_AREA_NK200
        """),
        'optional': (),
        'cursor': '200',
        'outputs': {
            'output1': (
                'array',
                names("""
                    pdno prdt_name trad_dvsn_name bfdy_cblc_qty new_qty mnpl_rpch_qty cblc_qty
                    cblc_amt trad_pfls_amt evlu_amt evlu_pfls_amt
                """),
            ),
            'output2': (
                'object',
                names("""
                    nxdy_dnca mmga_cash brkg_mgna_cash opt_buy_chgs opt_lqd_evlu_amt dnca_sbst
                    mmga_tota brkg_mgna_tota opt_sll_chgs fee thdt_dfpa rnwl_dfpa dnca_cash
                """),
            ),
        },
    },
    'domestic_futureoption.inquire_balance_valuation_pl': {
        'title': '선물옵션 잔고평가손익내역',
        'method': 'GET',
        'path': '/uapi/domestic-futureoption/v1/trading/inquire-balance-valuation-pl',
        'tr_real': {'': 'CTFO6159R'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            CANO ACNT_PRDT_CD MGNA_DVSN EXCC_STAT_CD CTX_AREA_FK200 CTX_AREA_NK200
        """),
        'optional': (),
        'cursor': '200',
        'outputs': {
            'output1': (
                'array',
                names("""
                    cano acnt_prdt_cd pdno prdt_type_cd shtn_pdno prdt_name sll_buy_dvsn_name
                    cblc_qty1 excc_unpr ccld_avg_unpr1 idx_clpr pchs_amt evlu_amt evlu_pfls_amt
                    trad_pfls_amt lqd_psbl_qty
                """),
            ),
            'output2': (
                'object',
                names("""
                    dnca_cash frcr_dncl_amt dnca_sbst tot_dncl_amt tot_ccld_amt cash_mgna
                    sbst_mgna mgna_tota opt_dfpa thdt_dfpa rnwl_dfpa fee nxdy_dnca nxdy_dncl_amt
                    prsm_dpast prsm_dpast_amt pprt_ord_psbl_cash add_mgna_cash add_mgna_tota
                    futr_trad_pfls_amt opt_trad_pfls_amt futr_evlu_pfls_amt opt_evlu_pfls_amt
                    trad_pfls_amt_smtl evlu_pfls_amt_smtl wdrw_psbl_tot_amt ord_psbl_cash
                    ord_psbl_sbst ord_psbl_tota
                """),
            ),
        },
    },
    'domestic_futureoption.inquire_ccnl': {
        'title': '선물옵션 주문체결내역조회',
        'method': 'GET',
        'path': '/uapi/domestic-futureoption/v1/trading/inquire-ccnl',
        'tr_real': {'': 'TTTO5201R'},
        'tr_paper': {'': 'VTTO5201R'},
        'tr_old': {},
        'params': names("""
            CANO ACNT_PRDT_CD STRT_ORD_DT END_ORD_DT SLL_BUY_DVSN_CD CCLD_NCCS_DVSN SORT_SQN
            PDNO STRT_ODNO MKET_ID_CD CTX_AREA_FK200 CTX_AREA_NK200
        """),
        'optional': (),
        'cursor': '200',
        'outputs': {
            'output1': (
                'array',
                names("""
                    ord_gno_brno cano csac_name acnt_prdt_cd ord_dt odno orgn_odno
                    sll_buy_dvsn_cd trad_dvsn_name nmpr_type_cd nmpr_type_name pdno prdt_name
                    prdt_type_cd ord_qty ord_idx qty ord_tmd tot_ccld_qty avg_idx tot_ccld_amt
                    rjct_qty ingr_trad_rjct_rson_cd ingr_trad_rjct_rson_name ord_stfno
                    sprd_item_yn ord_ip_addr
                """),
            ),
            'output2': (
                'object',
                names("""
                    tot_ord_qty tot_ccld_amt_smtl tot_ccld_qty_smtl fee_smtl ctac_tlno
                """),
            ),
        },
    },
    'domestic_futureoption.inquire_ccnl_bstime': {
        'title': '선물옵션 기준일체결내역',
        'method': 'GET',
        'path': '/uapi/domestic-futureoption/v1/trading/inquire-ccnl-bstime',
        'tr_real': {'': 'CTFO5139R'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            CANO ACNT_PRDT_CD ORD_DT FUOP_TR_STRT_TMD FUOP_TR_END_TMD CTX_AREA_FK200
            CTX_AREA_NK200
        """),
        'optional': (),
        'cursor': '200',
        'outputs': {
            'output1': (
                'array',
                names("""
                    pdno prdt_name odno tr_type_name last_sttldt ccld_idx ccld_qty trad_amt fee
                    ccld_btwn
                """),
            ),
            'output2': (
                'object',
                names("""
                    tot_ccld_qty_smtl tot_ccld_amt_smtl fee_adjt fee_smtl
                """),
            ),
        },
    },
    'domestic_futureoption.inquire_daily_amount_fee': {
        'title': '선물옵션기간약정수수료일별',
        'method': 'GET',
        'path': '/uapi/domestic-futureoption/v1/trading/inquire-daily-amount-fee',
        'tr_real': {'': 'CTFO6119R'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            CANO ACNT_PRDT_CD INQR_STRT_DAY INQR_END_DAY CTX_AREA_FK200 CTX_AREA_NK200
        """),
        'optional': (),
        'cursor': '200',
        'outputs': {
            'output1': (
                'array',
                names("""
                    ord_dt pdno item_name sll_agrm_amt sll_fee buy_agrm_amt buy_fee tot_fee_smtl
                    trad_pfls
                """),
            ),
            'output2': (
                'object',
                names("""
                    futr_agrm futr_agrm_amt futr_agrm_amt_smtl futr_sll_fee_smtl
                    futr_buy_fee_smtl futr_fee_smtl opt_agrm opt_agrm_amt opt_agrm_amt_smtl
                    opt_sll_fee_smtl opt_buy_fee_smtl opt_fee_smtl prdt_futr_agrm prdt_fuop
                    prdt_futr_evlu_amt futr_fee opt_fee fee sll_agrm_amt buy_agrm_amt
                    agrm_amt_smtl sll_fee buy_fee fee_smtl trad_pfls_smtl
                """),
            ),
        },
    },
    'domestic_futureoption.inquire_daily_fuopchartprice': {
        'title': '선물옵션기간별시세(일_주_월_년)',
        'method': 'GET',
        'path': '/uapi/domestic-futureoption/v1/quotations/inquire-daily-fuopchartprice',
        'tr_real': {'': 'FHKIF03020100'},
        'tr_paper': {'': 'FHKIF03020100'},
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
                    futs_prdy_vrss prdy_vrss_sign futs_prdy_ctrt futs_prdy_clpr acml_vol
                    acml_tr_pbmn hts_kor_isnm futs_prpr futs_shrn_iscd prdy_vol futs_mxpr
                    futs_llam futs_oprc futs_hgpr futs_lwpr futs_prdy_oprc futs_prdy_hgpr
                    futs_prdy_lwpr futs_askp futs_bidp basis kospi200_nmix kospi200_prdy_vrss
                    kospi200_prdy_ctrt kospi200_prdy_vrss_sign hts_otst_stpl_qty
                    otst_stpl_qty_icdc tday_rltv hts_thpr dprt
                """),
            ),
            'output2': (
                'array',
                names("""
                    stck_bsop_date futs_prpr futs_oprc futs_hgpr futs_lwpr acml_vol acml_tr_pbmn
                    mod_yn
                """),
            ),
        },
    },
    'domestic_futureoption.inquire_deposit': {
        'title': '선물옵션 총자산현황',
        'method': 'GET',
        'path': '/uapi/domestic-futureoption/v1/trading/inquire-deposit',
        'tr_real': {'': 'CTRP6550R'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('CANO', 'ACNT_PRDT_CD'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'object',
                names("""
                    dnca_tota bfdy_chck_amt thdt_chck_amt rlth_uwdl_dpos_amt brkg_mgna_cash
                    wdrw_psbl_tot_amt ord_psbl_cash ord_psbl_tota dnca_sbst scts_sbst_amt
                    frcr_evlu_amt brkg_mgna_sbst sbst_rlse_psbl_amt mtnc_rt.8 add_mgna_tota
                    add_mgna_cash rcva futr_trad_pfls opt_trad_pfls_amt trad_pfls_smtl
                    futr_evlu_pfls_amt opt_evlu_pfls_amt evlu_pfls_smtl excc_dfpa opt_dfpa
                    brkg_fee nxdy_dnca prsm_dpast_amt cash_mntn_amt hack_acdt_acnt_move_amt
                """),
            ),
        },
    },
    'domestic_futureoption.inquire_ngt_balance': {
        'title': '(야간)선물옵션 잔고현황',
        'method': 'GET',
        'path': '/uapi/domestic-futureoption/v1/trading/inquire-ngt-balance',
        'tr_real': {'': 'CTFN6118R'},
        'tr_paper': {},
        'tr_old': {'': 'JTCE6001R'},
        'params': names("""
            CANO ACNT_PRDT_CD MGNA_DVSN EXCC_STAT_CD ACNT_PWD CTX_AREA_FK200 CTX_AREA_NK200
        """),
        'optional': (),
        'cursor': '200',
        'outputs': {
            'output1': (
                'array',
                names("""
                    cano acnt_prdt_cd pdno prdt_type_cd shtn_pdno prdt_name sll_buy_dvsn_name
                    sll_buy_dvsn_cd trad_dvsn_name cblc_qty excc_unpr ccld_avg_unpr1 idx_clpr
                    pchs_amt evlu_amt evlu_pfls_amt trad_pfls_amt lqd_psbl_qty
                """),
            ),
            'output2': (
                'object',
                names("""
                    dnca_cash frcr_dncl_amt dnca_sbst tot_dncl_amt cash_mgna sbst_mgna mgna_tota
                    opt_dfpa thdt_dfpa rnwl_dfpa fee nxdy_dnca nxdy_dncl_amt prsm_dpast
                    pprt_ord_psbl_cash add_mgna_cash add_mgna_tota futr_trad_pfls_amt
                    opt_trad_pfls_amt futr_evlu_pfls_amt opt_evlu_pfls_amt trad_pfls_amt_smtl
                    evlu_pfls_amt_smtl wdrw_psbl_tot_amt ord_psbl_cash ord_psbl_sbst
                    ord_psbl_tota mmga_tot_amt mmga_cash_amt mtnc_rt isfc_amt pchs_amt_smtl
                    evlu_amt_smtl
                """),
            ),
        },
    },
    'domestic_futureoption.inquire_ngt_ccnl': {
        'title': '(야간)선물옵션 주문체결 내역조회',
        'method': 'GET',
        'path': '/uapi/domestic-futureoption/v1/trading/inquire-ngt-ccnl',
        'tr_real': {'': 'STTN5201R'},
        'tr_paper': {},
        'tr_old': {'': 'JTCE5005R'},
        'params': names("""
            CANO ACNT_PRDT_CD STRT_ORD_DT END_ORD_DT SLL_BUY_DVSN_CD CCLD_NCCS_DVSN SORT_SQN
            STRT_ODNO PDNO MKET_ID_CD FUOP_DVSN_CD SCRN_DVSN=02 CTX_AREA_FK200 CTX_AREA_NK200
        """),
        'optional': (),
        'cursor': '200',
        'outputs': {
            'output1': (
                'array',
                names("""
                    ord_gno_brno cano csac_name acnt_prdt_cd ord_dt odno orgn_odno
                    sll_buy_dvsn_cd trad_dvsn_name nmpr_type_name pdno prdt_name prdt_type_cd
                    ord_qty ord_idx4 qty ord_tmd tot_ccld_qty avg_idx tot_ccld_amt rjct_qty
                    ingr_trad_rjct_rson_cd ingr_trad_rjct_rson_name ord_stfno sprd_item_yn
                    ord_ip_addr
                """),
            ),
            'output2': (
                'object',
                names("""
                    tot_ord_qty tot_ccld_qty tot_ccld_qty_SMTL tot_ccld_amt tot_ccld_amt_SMTL
                    fee ctac_tlno
                """),
            ),
        },
    },
    'domestic_futureoption.inquire_price': {
        'title': '선물옵션 시세',
        'method': 'GET',
        'path': '/uapi/domestic-futureoption/v1/quotations/inquire-price',
        'tr_real': {'': 'FHMIF10000000'},
        'tr_paper': {'': 'FHMIF10000000'},
        'tr_old': {},
        'params': ('FID_COND_MRKT_DIV_CODE', 'FID_INPUT_ISCD'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'object',
                names("""
                    hts_kor_isnm futs_prpr futs_prdy_vrss prdy_vrss_sign futs_prdy_clpr
                    futs_prdy_ctrt acml_vol acml_tr_pbmn hts_otst_stpl_qty otst_stpl_qty_icdc
                    futs_oprc futs_hgpr futs_lwpr futs_mxpr futs_llam basis futs_sdpr hts_thpr
                    dprt crbr_aply_mxpr crbr_aply_llam futs_last_tr_date hts_rmnn_dynu
                    futs_lstn_medm_hgpr futs_lstn_medm_lwpr delta_val gama theta vega rho
                    hist_vltl hts_ints_vltl mrkt_basis acpr
                """),
            ),
            'output2': (
                'object',
                names("""
                    bstp_cls_code hts_kor_isnm bstp_nmix_prpr prdy_vrss_sign bstp_nmix_prdy_vrss
                    bstp_nmix_prdy_ctrt
                """),
            ),
            'output3': (
                'object',
                names("""
                    bstp_cls_code hts_kor_isnm bstp_nmix_prpr prdy_vrss_sign bstp_nmix_prdy_vrss
                    bstp_nmix_prdy_ctrt
                """),
            ),
        },
    },
    'domestic_futureoption.inquire_psbl_ngt_order': {
        'title': '(야간)선물옵션 주문가능 조회',
        'method': 'GET',
        'path': '/uapi/domestic-futureoption/v1/trading/inquire-psbl-ngt-order',
        'tr_real': {'': 'STTN5105R'},
        'tr_paper': {},
        'tr_old': {'': 'JTCE1004R'},
        'params': names("""
            CANO ACNT_PRDT_CD PDNO PRDT_TYPE_CD SLL_BUY_DVSN_CD UNIT_PRICE ORD_DVSN_CD
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'object',
                names("""
                    max_ord_psbl_qty tot_psbl_qty lqd_psbl_qty lqd_psbl_qty_1 ord_psbl_qty
                    bass_idx
                """),
            ),
        },
    },
    'domestic_futureoption.inquire_psbl_order': {
        'title': '선물옵션 주문가능',
        'method': 'GET',
        'path': '/uapi/domestic-futureoption/v1/trading/inquire-psbl-order',
        'tr_real': {'': 'TTTO5105R'},
        'tr_paper': {'': 'VTTO5105R'},
        'tr_old': {},
        'params': names("""
            CANO ACNT_PRDT_CD PDNO SLL_BUY_DVSN_CD UNIT_PRICE ORD_DVSN_CD
        """),
        'optional': names("""
            CANO ACNT_PRDT_CD PDNO SLL_BUY_DVSN_CD UNIT_PRICE ORD_DVSN_CD
        """),
        'cursor': None,
        'outputs': {
            'output': (
                'object',
                names("""
                    tot_psbl_qty lqd_psbl_qty1 ord_psbl_qty bass_idx
                """),
            ),
        },
    },
    'domestic_futureoption.inquire_time_fuopchartprice': {
        'title': '선물옵션 분봉조회',
        'method': 'GET',
        'path': '/uapi/domestic-futureoption/v1/quotations/inquire-time-fuopchartprice',
        'tr_real': {'': 'FHKIF03020200'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_INPUT_ISCD FID_HOUR_CLS_CODE FID_PW_DATA_INCU_YN
            FID_FAKE_TICK_INCU_YN FID_INPUT_DATE_1 FID_INPUT_HOUR_1
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'object',
                names("""
                    futs_prdy_vrss prdy_vrss_sign futs_prdy_ctrt futs_prdy_clpr prdy_nmix
                    acml_vol acml_tr_pbmn hts_kor_isnm futs_prpr futs_shrn_iscd prdy_vol
                    futs_mxpr futs_llam futs_oprc futs_hgpr futs_lwpr futs_prdy_oprc
                    futs_prdy_hgpr futs_prdy_lwpr futs_askp futs_bidp basis kospi200_nmix
                    kospi200_prdy_vrss kospi200_prdy_ctrt kospi200_prdy_vrss_sign
                    hts_otst_stpl_qty otst_stpl_qty_icdc tday_rltv hts_thpr dprt
                """),
            ),
            'output2': (
                'array',
                names("""
                    stck_bsop_date stck_cntg_hour futs_prpr futs_oprc futs_hgpr futs_lwpr
                    cntg_vol acml_tr_pbmn
                """),
            ),
        },
    },
    'domestic_futureoption.margin_rate': {
        'title': '선물옵션 증거금률',
        'method': 'GET',
        'path': '/uapi/domestic-futureoption/v1/quotations/margin-rate',
        'tr_real': {'': 'TTTO6032R'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('BASS_DT', 'BAST_ID', 'CTX_AREA_NK200'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    bast_id bast_name brkg_mgna_rt tr_mgna_rt bast_pric tr_mtpl_idx
                    ctrt_per_futr_mgna
                """),
            ),
        },
    },
    'domestic_futureoption.ngt_margin_detail': {
        'title': '(야간)선물옵션 증거금 상세',
        'method': 'GET',
        'path': '/uapi/domestic-futureoption/v1/trading/ngt-margin-detail',
        'tr_real': {'': 'CTFN7107R'},
        'tr_paper': {},
        'tr_old': {'': 'JTCE6003R'},
        'params': ('CANO', 'ACNT_PRDT_CD', 'MGNA_DVSN_CD'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'array',
                names("""
                    futr_new_mgn_amt futr_sprd_ord_mgna opt_sll_new_mgn_amt opt_buy_new_mgn_amt
                    new_mgn_amt opt_pric_mgna fuop_pric_altr_mgna futr_sprd_mgna uwdl_mgna
                    ctrt_per_min_mgna tot_risk_mgna netrisk_brkg_mgna opt_sll_chgs opt_buy_chgs
                    futr_loss_amt futr_prft_amt thdt_ccld_net_loss_amt brkg_mgna cash_amt
                    tot_amt
                """),
            ),
            'output2': (
                'array',
                names("""
                    futr_new_mgn_amt futr_sprd_ord_mgna opt_sll_new_mgn_amt opt_buy_new_mgn_amt
                    new_mgn_amt opt_pric_mgna fuop_pric_altr_mgna futr_sprd_mgna uwdl_mgna
                    ctrt_per_min_mgna tot_risk_mgna netrisk_brkg_mgna opt_sll_chgs opt_buy_chgs
                    futr_loss_amt futr_prft_amt thdt_ccld_net_loss_amt brkg_mgna cash_amt
                    sbst_amt tot_amt
                """),
            ),
            'output3': (
                'object',
                names("""
                    dnca_cash dnca_sbst dnca_tota wdrw_psbl_cash_amt wdrw_psbl_sbsa
                    wdrw_psbl_tot_amt ord_psbl_cash_amt ord_psbl_sbsa ord_psbl_tot_amt
                    brkg_mgna_cash_amt brkg_mgna_sbst brkg_mgna_tot_amt add_mgna_cash_amt
                    add_mgna_sbsa add_mgna_tot_amt bfdy_sbst_sll_sbst_amt thdt_sbst_sll_sbst_amt
                    bfdy_sbst_sll_ccld_amt thdt_sbst_sll_ccld_amt opt_dfpa excc_dfpa fee_amt
                    nxdy_dncl_amt prsm_dpast_amt opt_buy_exus_acnt_yn base_dpsa_gdat_grad_cd
                    opt_base_dpsa_gdat_grad_cd
                """),
            ),
        },
    },
    'domestic_futureoption.order': {
        'title': '선물옵션 주문',
        'method': 'POST',
        'path': '/uapi/domestic-futureoption/v1/trading/order',
        'tr_real': {'day': 'TTTO1101U', 'night': 'STTN1101U'},
        'tr_paper': {'': 'VTTO1101U'},
        'tr_old': {'night': 'JTCE1001U'},
        'params': names("""
            ORD_PRCS_DVSN_CD CANO ACNT_PRDT_CD SLL_BUY_DVSN_CD SHTN_PDNO ORD_QTY UNIT_PRICE
            NMPR_TYPE_CD KRX_NMPR_CNDT_CD ORD_DVSN_CD CTAC_TLNO FUOP_ITEM_DVSN_CD
        """),
        'optional': names("""
            NMPR_TYPE_CD KRX_NMPR_CNDT_CD CTAC_TLNO FUOP_ITEM_DVSN_CD
        """),
        'cursor': None,
        'outputs': {
            'output': (
                'object',
                names("""
                    ACNT_NAME TRAD_DVSN_NAME ITEM_NAME ORD_TMD ORD_GNO_BRNO ODNO
                """),
            ),
        },
    },
    'domestic_futureoption.order_rvsecncl': {
        'title': '선물옵션 정정취소주문',
        'method': 'POST',
        'path': '/uapi/domestic-futureoption/v1/trading/order-rvsecncl',
        'tr_real': {'day': 'TTTO1103U', 'night': 'STTN1103U'},
        'tr_paper': {'': 'VTTO1103U'},
        'tr_old': {'night': 'JTCE1002U'},
        'params': names("""
            ORD_PRCS_DVSN_CD CANO ACNT_PRDT_CD RVSE_CNCL_DVSN_CD ORGN_ODNO ORD_QTY UNIT_PRICE
            NMPR_TYPE_CD KRX_NMPR_CNDT_CD RMN_QTY_YN ORD_DVSN_CD FUOP_ITEM_DVSN_CD
        """),
        'optional': ('FUOP_ITEM_DVSN_CD',),
        'cursor': None,
        'outputs': {
            'output': (
                'object',
                names("""
                    ACNT_NAME TRAD_DVSN_NAME ITEM_NAME ORD_TMD ORD_GNO_BRNO ORGN_ODNO ODNO
                """),
            ),
        },
    },
    'domestic_stock.after_hour_balance': {
        'title': '국내주식 시간외잔량 순위',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/ranking/after-hour-balance',
        'tr_real': {'': 'FHPST01760000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            fid_input_price_1 fid_cond_mrkt_div_code fid_cond_scr_div_code=20176
            fid_rank_sort_cls_code fid_div_cls_code fid_input_iscd fid_trgt_exls_cls_code
            fid_trgt_cls_code fid_vol_cnt fid_input_price_2
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    stck_shrn_iscd data_rank hts_kor_isnm stck_prpr prdy_vrss prdy_vrss_sign
                    prdy_ctrt.2 ovtm_total_askp_rsqn ovtm_total_bidp_rsqn mkob_otcp_vol
                    mkfa_otcp_vol
                """),
            ),
        },
    },
    'domestic_stock.bulk_trans_num': {
        'title': '국내주식 대량체결건수 상위',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/ranking/bulk-trans-num',
        'tr_real': {'': 'FHKST190900C0'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            fid_aply_rang_prc_2 fid_cond_mrkt_div_code fid_cond_scr_div_code=11909
            fid_input_iscd fid_rank_sort_cls_code fid_div_cls_code fid_input_price_1
            fid_aply_rang_prc_1 fid_input_iscd_2 fid_trgt_exls_cls_code fid_trgt_cls_code
            fid_vol_cnt
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    mksc_shrn_iscd data_rank hts_kor_isnm stck_prpr prdy_vrss_sign prdy_vrss
                    prdy_ctrt.2 acml_vol shnu_cntg_csnu seln_cntg_csnu ntby_cnqn
                """),
            ),
        },
    },
    'domestic_stock.capture_uplowprice': {
        'title': '국내주식 상하한가 포착',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/capture-uplowprice',
        'tr_real': {'': 'FHKST130000C0'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_COND_SCR_DIV_CODE=11300 FID_PRC_CLS_CODE FID_DIV_CLS_CODE
            FID_INPUT_ISCD FID_TRGT_CLS_CODE FID_TRGT_EXLS_CLS_CODE FID_INPUT_PRICE_1
            FID_INPUT_PRICE_2 FID_VOL_CNT
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    mksc_shrn_iscd hts_kor_isnm stck_prpr prdy_vrss_sign prdy_vrss prdy_ctrt.2
                    acml_vol total_askp_rsqn total_bidp_rsqn askp_rsqn1 bidp_rsqn1 prdy_vol
                    seln_cnqn shnu_cnqn stck_llam stck_mxpr prdy_vrss_vol_rate.4
                """),
            ),
        },
    },
    'domestic_stock.chk_holiday': {
        'title': '국내휴장일조회',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/chk-holiday',
        'tr_real': {'': 'CTCA0903R'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('BASS_DT', 'CTX_AREA_FK', 'CTX_AREA_NK'),
        'optional': (),
        'cursor': '',
        'outputs': {
            'output': (
                'array',
                names("""
                    bass_dt wday_dvsn_cd bzdy_yn tr_day_yn opnd_yn sttl_day_yn
                """),
            ),
        },
    },
    'domestic_stock.comp_interest': {
        'title': '금리 종합(국내채권_금리)',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/comp-interest',
        'tr_real': {'': 'FHPST07020000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE=I FID_COND_SCR_DIV_CODE=20702 FID_DIV_CLS_CODE
            FID_DIV_CLS_CODE1
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'array',
                names("""
                    bcdt_code hts_kor_isnm bond_mnrt_prpr.4 prdy_vrss_sign bond_mnrt_prdy_vrss.4
                    prdy_ctrt.2 stck_bsop_date
                """),
            ),
            'output2': (
                'array',
                names("""
                    bcdt_code hts_kor_isnm bond_mnrt_prpr.4 prdy_vrss_sign bond_mnrt_prdy_vrss.4
                    bstp_nmix_prdy_ctrt.2 stck_bsop_date
                """),
            ),
        },
    },
    'domestic_stock.comp_program_trade_daily': {
        'title': '프로그램매매 종합현황(일별)',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/comp-program-trade-daily',
        'tr_real': {'': 'FHPPG04600001'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_MRKT_CLS_CODE FID_INPUT_DATE_1 FID_INPUT_DATE_2
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    stck_bsop_date nabt_entm_seln_tr_pbmn nabt_onsl_seln_vol
                    whol_onsl_seln_tr_pbmn arbt_smtn_shnu_vol nabt_smtn_shnu_tr_pbmn
                    arbt_entm_ntby_qty nabt_entm_ntby_tr_pbmn arbt_entm_seln_vol
                    nabt_entm_seln_vol_rate.2 nabt_onsl_seln_vol_rate.2
                    whol_onsl_seln_tr_pbmn_rate.2 arbt_smtm_shun_vol_rate.2
                    nabt_smtm_shun_tr_pbmn_rate.2 arbt_entm_ntby_qty_rate.2
                    nabt_entm_ntby_tr_pbmn_rate.2 arbt_entm_seln_vol_rate.2
                    nabt_entm_seln_tr_pbmn_rate.2 nabt_onsl_seln_tr_pbmn whol_smtn_seln_vol
                    arbt_smtn_shnu_tr_pbmn whol_entm_shnu_vol arbt_entm_ntby_tr_pbmn
                    nabt_onsl_ntby_qty arbt_entm_seln_tr_pbmn nabt_onsl_seln_tr_pbmn_rate.2
                    whol_seln_vol_rate.2 arbt_smtm_shun_tr_pbmn_rate.2 whol_entm_shnu_vol_rate.2
                    arbt_entm_ntby_tr_pbmn_rate.2 nabt_onsl_ntby_qty_rate.2
                    arbt_entm_seln_tr_pbmn_rate.2 nabt_smtn_seln_vol whol_smtn_seln_tr_pbmn
                    nabt_entm_shnu_vol whol_entm_shnu_tr_pbmn arbt_onsl_ntby_qty
                    nabt_onsl_ntby_tr_pbmn arbt_onsl_seln_tr_pbmn nabt_smtm_seln_vol_rate.2
                    whol_seln_tr_pbmn_rate.2 nabt_entm_shnu_vol_rate.2
                    whol_entm_shnu_tr_pbmn_rate.2 arbt_onsl_ntby_qty_rate.2
                    nabt_onsl_ntby_tr_pbmn_rate.2 arbt_onsl_seln_tr_pbmn_rate.2
                    nabt_smtn_seln_tr_pbmn arbt_entm_shnu_vol nabt_entm_shnu_tr_pbmn
                    whol_onsl_shnu_vol arbt_onsl_ntby_tr_pbmn nabt_smtn_ntby_qty
                    arbt_onsl_seln_vol nabt_smtm_seln_tr_pbmn_rate.2 arbt_entm_shnu_vol_rate.2
                    nabt_entm_shnu_tr_pbmn_rate.2 whol_onsl_shnu_tr_pbmn
                    arbt_onsl_ntby_tr_pbmn_rate.2 nabt_smtm_ntby_qty_rate.2
                    arbt_onsl_seln_vol_rate.2 whol_entm_seln_vol arbt_entm_shnu_tr_pbmn
                    nabt_onsl_shnu_vol whol_onsl_shnu_tr_pbmn_rate.2 arbt_smtn_ntby_qty
                    nabt_smtn_ntby_tr_pbmn arbt_smtn_seln_vol whol_entm_seln_tr_pbmn
                    arbt_entm_shnu_tr_pbmn_rate.2 nabt_onsl_shnu_vol_rate.2
                    whol_onsl_shnu_vol_rate.2 arbt_smtm_ntby_qty_rate.2
                    nabt_smtm_ntby_tr_pbmn_rate.2 arbt_smtm_seln_vol_rate.2
                    whol_entm_seln_vol_rate.2 arbt_onsl_shnu_vol nabt_onsl_shnu_tr_pbmn
                    whol_smtn_shnu_vol arbt_smtn_ntby_tr_pbmn whol_entm_ntby_qty
                    arbt_smtn_seln_tr_pbmn whol_entm_seln_tr_pbmn_rate.2
                    arbt_onsl_shnu_vol_rate.2 nabt_onsl_shnu_tr_pbmn_rate.2 whol_shun_vol_rate.2
                    arbt_smtm_ntby_tr_pbmn_rate.2 whol_entm_ntby_qty_rate.2
                    arbt_smtm_seln_tr_pbmn_rate.2 whol_onsl_seln_vol arbt_onsl_shnu_tr_pbmn
                    nabt_smtn_shnu_vol whol_smtn_shnu_tr_pbmn nabt_entm_ntby_qty
                    whol_entm_ntby_tr_pbmn nabt_entm_seln_vol whol_onsl_seln_vol_rate.2
                    arbt_onsl_shnu_tr_pbmn_rate.2 nabt_smtm_shun_vol_rate.2
                    whol_shun_tr_pbmn_rate.2 nabt_entm_ntby_qty_rate.2
                """),
            ),
        },
    },
    'domestic_stock.comp_program_trade_today': {
        'title': '프로그램매매 종합현황(시간)',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/comp-program-trade-today',
        'tr_real': {'': 'FHPPG04600101'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_MRKT_CLS_CODE FID_SCTN_CLS_CODE FID_INPUT_ISCD
            FID_COND_MRKT_DIV_CODE1 FID_INPUT_HOUR_1
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    bsop_hour arbt_smtn_seln_tr_pbmn arbt_smtm_seln_tr_pbmn_rate.2
                    arbt_smtn_shnu_tr_pbmn arbt_smtm_shun_tr_pbmn_rate.2 nabt_smtn_seln_tr_pbmn
                    nabt_smtm_seln_tr_pbmn_rate.2 nabt_smtn_shnu_tr_pbmn
                    nabt_smtm_shun_tr_pbmn_rate.2 arbt_smtn_ntby_tr_pbmn
                    arbt_smtm_ntby_tr_pbmn_rate.2 nabt_smtn_ntby_tr_pbmn
                    nabt_smtm_ntby_tr_pbmn_rate.2 whol_smtn_ntby_tr_pbmn
                    whol_ntby_tr_pbmn_rate.2 bstp_nmix_prpr.2 bstp_nmix_prdy_vrss.2
                    prdy_vrss_sign
                """),
            ),
        },
    },
    'domestic_stock.credit_balance': {
        'title': '국내주식 신용잔고 상위',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/ranking/credit-balance',
        'tr_real': {'': 'FHKST17010000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_SCR_DIV_CODE=11701 FID_INPUT_ISCD FID_OPTION FID_COND_MRKT_DIV_CODE
            FID_RANK_SORT_CLS_CODE
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'array',
                names("""
                    bstp_cls_code hts_kor_isnm stnd_date1 stnd_date2
                """),
            ),
            'output2': (
                'array',
                names("""
                    mksc_shrn_iscd hts_kor_isnm stck_prpr prdy_vrss prdy_vrss_sign prdy_ctrt.2
                    acml_vol whol_loan_rmnd_stcn whol_loan_rmnd_amt whol_loan_rmnd_rate.4
                    whol_stln_rmnd_stcn whol_stln_rmnd_amt whol_stln_rmnd_rate.4
                    nday_vrss_loan_rmnd_inrt.4 nday_vrss_stln_rmnd_inrt.4
                """),
            ),
        },
    },
    'domestic_stock.credit_by_company': {
        'title': '국내주식 당사 신용가능종목',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/credit-by-company',
        'tr_real': {'': 'FHPST04770000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            fid_rank_sort_cls_code fid_slct_yn fid_input_iscd fid_cond_scr_div_code=20477
            fid_cond_mrkt_div_code
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                ('stck_shrn_iscd', 'hts_kor_isnm', 'crdt_rate.4'),
            ),
        },
    },
    'domestic_stock.daily_credit_balance': {
        'title': '국내주식 신용잔고 일별추이',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/daily-credit-balance',
        'tr_real': {'': 'FHPST04760000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_COND_SCR_DIV_CODE=20476 FID_INPUT_ISCD FID_INPUT_DATE_1
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    deal_date stck_prpr prdy_vrss_sign prdy_vrss prdy_ctrt.2 acml_vol stlm_date
                    whol_loan_new_stcn whol_loan_rdmp_stcn whol_loan_rmnd_stcn whol_loan_new_amt
                    whol_loan_rdmp_amt whol_loan_rmnd_amt whol_loan_rmnd_rate.4 whol_loan_gvrt.2
                    whol_stln_new_stcn whol_stln_rdmp_stcn whol_stln_rmnd_stcn whol_stln_new_amt
                    whol_stln_rdmp_amt whol_stln_rmnd_amt whol_stln_rmnd_rate.4 whol_stln_gvrt.2
                    stck_oprc stck_hgpr stck_lwpr
                """),
            ),
        },
    },
    'domestic_stock.daily_loan_trans': {
        'title': '종목별 일별 대차거래추이',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/daily-loan-trans',
        'tr_real': {'': 'HHPST074500C0'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            MRKT_DIV_CLS_CODE MKSC_SHRN_ISCD START_DATE END_DATE CTS
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output2': (
                'array',
                names("""
                    bsop_date stck_prpr prdy_vrss_sign prdy_vrss prdy_ctrt acml_vol new_stcn
                    rdmp_stcn prdy_rmnd_vrss rmnd_stcn rmnd_amt
                """),
            ),
        },
    },
    'domestic_stock.daily_short_sale': {
        'title': '국내주식 공매도 일별추이',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/daily-short-sale',
        'tr_real': {'': 'FHPST04830000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_INPUT_ISCD FID_INPUT_DATE_1 FID_INPUT_DATE_2
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'object',
                names("""
                    stck_prpr prdy_vrss prdy_vrss_sign prdy_ctrt.2 acml_vol prdy_vol
                """),
            ),
            'output2': (
                'array',
                names("""
                    stck_bsop_date stck_clpr prdy_vrss prdy_vrss_sign prdy_ctrt.2 acml_vol
                    stnd_vol_smtn ssts_cntg_qty ssts_vol_rlim.2 acml_ssts_cntg_qty
                    acml_ssts_cntg_qty_rlim.2 acml_tr_pbmn stnd_tr_pbmn_smtn ssts_tr_pbmn
                    ssts_tr_pbmn_rlim.2 acml_ssts_tr_pbmn acml_ssts_tr_pbmn_rlim.2 stck_oprc
                    stck_hgpr stck_lwpr avrg_prc
                """),
            ),
        },
    },
    'domestic_stock.disparity': {
        'title': '국내주식 이격도 순위',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/ranking/disparity',
        'tr_real': {'': 'FHPST01780000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            fid_input_price_2 fid_cond_mrkt_div_code fid_cond_scr_div_code=20178
            fid_div_cls_code fid_rank_sort_cls_code fid_hour_cls_code fid_input_iscd
            fid_trgt_cls_code fid_trgt_exls_cls_code fid_input_price_1 fid_vol_cnt
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    mksc_shrn_iscd data_rank hts_kor_isnm stck_prpr prdy_vrss prdy_ctrt.2
                    prdy_vrss_sign acml_vol d5_dsrt.2 d10_dsrt.2 d20_dsrt.2 d60_dsrt.2
                    d120_dsrt.2
                """),
            ),
        },
    },
    'domestic_stock.dividend_rate': {
        'title': '국내주식 배당률 상위',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/ranking/dividend-rate',
        'tr_real': {'': 'HHKDB13470100'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            CTS_AREA GB1 UPJONG GB2 GB3 F_DT T_DT GB4
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    rank sht_cd isin_name record_date per_sto_divi_amt divi_rate.2 divi_kind
                """),
            ),
        },
    },
    'domestic_stock.estimate_perform': {
        'title': '국내주식 종목추정실적',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/estimate-perform',
        'tr_real': {'': 'HHKST668300C0'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('SHT_CD',),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'object',
                names("""
                    sht_cd item_kor_nm name1 name2 estdate rcmd_name.2 capital forn_item_lmtrt.2
                """),
            ),
            'output2': (
                'array',
                ('data1', 'data2', 'data3', 'data4', 'data5'),
            ),
            'output3': (
                'array',
                ('data1', 'data2', 'data3', 'data4', 'data5'),
            ),
            'output4': (
                'array',
                ('dt',),
            ),
        },
    },
    'domestic_stock.exp_closing_price': {
        'title': '국내주식 장마감 예상체결가',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/exp-closing-price',
        'tr_real': {'': 'FHKST117300C0'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_INPUT_ISCD FID_RANK_SORT_CLS_CODE
            FID_COND_SCR_DIV_CODE=11173 FID_BLNG_CLS_CODE
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    stck_shrn_iscd hts_kor_isnm stck_prpr prdy_vrss prdy_vrss_sign prdy_ctrt.2
                    sdpr_vrss_prpr sdpr_vrss_prpr_rate.4 cntg_vol
                """),
            ),
        },
    },
    'domestic_stock.exp_index_trend': {
        'title': '국내주식 예상체결지수 추이',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/exp-index-trend',
        'tr_real': {'': 'FHPST01840000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_MKOP_CLS_CODE FID_INPUT_HOUR_1 FID_INPUT_ISCD FID_COND_MRKT_DIV_CODE
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    stck_cntg_hour bstp_nmix_prpr.2 prdy_vrss_sign bstp_nmix_prdy_vrss.2
                    prdy_ctrt.2 acml_vol acml_tr_pbmn
                """),
            ),
        },
    },
    'domestic_stock.exp_price_trend': {
        'title': '국내주식 예상체결가 추이',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/exp-price-trend',
        'tr_real': {'': 'FHPST01810000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_INPUT_ISCD FID_MKOP_CLS_CODE
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'object',
                names("""
                    rprs_mrkt_kor_name antc_cnpr antc_cntg_vrss_sign antc_cntg_vrss
                    antc_cntg_prdy_ctrt.2 antc_vol antc_tr_pbmn
                """),
            ),
            'output2': (
                'array',
                names("""
                    stck_bsop_date stck_cntg_hour stck_prpr prdy_vrss_sign prdy_vrss prdy_ctrt.2
                    acml_vol
                """),
            ),
        },
    },
    'domestic_stock.exp_total_index': {
        'title': '국내주식 예상체결 전체지수',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/exp-total-index',
        'tr_real': {'': 'FHKUP11750000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            fid_mrkt_cls_code fid_cond_mrkt_div_code fid_cond_scr_div_code=11175 fid_input_iscd
            fid_mkop_cls_code
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'object',
                names("""
                    bstp_nmix_prpr.2 bstp_nmix_prdy_vrss.2 prdy_vrss_sign prdy_ctrt.2 acml_vol
                    ascn_issu_cnt down_issu_cnt stnr_issu_cnt bstp_cls_code
                """),
            ),
            'output2': (
                'array',
                names("""
                    hts_kor_isnm bstp_nmix_prpr.2 bstp_nmix_prdy_vrss.2 prdy_vrss_sign
                    bstp_nmix_prdy_ctrt.2 acml_vol nmix_sdpr.2 ascn_issu_cnt stnr_issu_cnt
                    down_issu_cnt bstp_cls_code
                """),
            ),
        },
    },
    'domestic_stock.exp_trans_updown': {
        'title': '국내주식 예상체결 상승_하락상위',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/ranking/exp-trans-updown',
        'tr_real': {'': 'FHPST01820000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            fid_rank_sort_cls_code fid_cond_mrkt_div_code fid_cond_scr_div_code=20182
            fid_input_iscd fid_div_cls_code fid_aply_rang_prc_1 fid_vol_cnt fid_pbmn
            fid_blng_cls_code fid_mkop_cls_code
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    stck_shrn_iscd hts_kor_isnm stck_prpr prdy_vrss prdy_vrss_sign prdy_ctrt.2
                    stck_sdpr seln_rsqn askp bidp shnu_rsqn cntg_vol antc_tr_pbmn
                    total_askp_rsqn total_bidp_rsqn
                """),
            ),
        },
    },
    'domestic_stock.finance_balance_sheet': {
        'title': '국내주식 대차대조표',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/finance/balance-sheet',
        'tr_real': {'': 'FHKST66430100'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_DIV_CLS_CODE fid_cond_mrkt_div_code fid_input_iscd
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    stac_yymm cras.2 fxas.2 total_aset.2 flow_lblt.2 fix_lblt.2 total_lblt.2
                    cpfn cfp_surp.2 prfi_surp.2 total_cptl.2
                """),
            ),
        },
    },
    'domestic_stock.finance_financial_ratio': {
        'title': '국내주식 재무비율',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/finance/financial-ratio',
        'tr_real': {'': 'FHKST66430300'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_DIV_CLS_CODE fid_cond_mrkt_div_code fid_input_iscd
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    stac_yymm grs.4 bsop_prfi_inrt.4 ntin_inrt.4 roe_val.2 eps.2 sps bps.2
                    rsrv_rate.4 lblt_rate.4
                """),
            ),
        },
    },
    'domestic_stock.finance_growth_ratio': {
        'title': '국내주식 성장성비율',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/finance/growth-ratio',
        'tr_real': {'': 'FHKST66430800'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            fid_input_iscd fid_div_cls_code fid_cond_mrkt_div_code
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    stac_yymm grs.4 bsop_prfi_inrt.4 equt_inrt.2 totl_aset_inrt.2
                """),
            ),
        },
    },
    'domestic_stock.finance_income_statement': {
        'title': '국내주식 손익계산서',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/finance/income-statement',
        'tr_real': {'': 'FHKST66430200'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_DIV_CLS_CODE fid_cond_mrkt_div_code fid_input_iscd
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    stac_yymm sale_account sale_cost.2 sale_totl_prfi.2 depr_cost.2 sell_mang.2
                    bsop_prti.2 bsop_non_ernn.2 bsop_non_expn.2 op_prfi.2 spec_prfi.2
                    spec_loss.2 thtr_ntin.2
                """),
            ),
        },
    },
    'domestic_stock.finance_other_major_ratios': {
        'title': '국내주식 기타주요비율',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/finance/other-major-ratios',
        'tr_real': {'': 'FHKST66430500'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            fid_input_iscd fid_div_cls_code fid_cond_mrkt_div_code
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    stac_yymm payout_rate.2 eva.2 ebitda.2 ev_ebitda.2
                """),
            ),
        },
    },
    'domestic_stock.finance_profit_ratio': {
        'title': '국내주식 수익성비율',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/finance/profit-ratio',
        'tr_real': {'': 'FHKST66430400'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            fid_input_iscd FID_DIV_CLS_CODE fid_cond_mrkt_div_code
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    stac_yymm cptl_ntin_rate.2 self_cptl_ntin_inrt.2 sale_ntin_rate.2
                    sale_totl_rate.2
                """),
            ),
        },
    },
    'domestic_stock.finance_ratio': {
        'title': '국내주식 재무비율 순위',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/ranking/finance-ratio',
        'tr_real': {'': 'FHPST01750000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            fid_trgt_cls_code fid_cond_mrkt_div_code fid_cond_scr_div_code=20175 fid_input_iscd
            fid_div_cls_code fid_input_price_1 fid_input_price_2 fid_vol_cnt fid_input_option_1
            fid_input_option_2 fid_rank_sort_cls_code fid_blng_cls_code fid_trgt_exls_cls_code
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    data_rank hts_kor_isnm mksc_shrn_iscd stck_prpr prdy_vrss prdy_vrss_sign
                    prdy_ctrt.2 acml_vol cptl_op_prfi.2 cptl_ntin_rate.2 sale_totl_rate.2
                    sale_ntin_rate.2 bis.2 lblt_rate.4 bram_depn.2 rsrv_rate.4 grs.4
                    op_prfi_inrt.4 bsop_prfi_inrt.4 ntin_inrt.4 equt_inrt.2 cptl_tnrt.2
                    sale_bond_tnrt.2 totl_aset_inrt.2 stac_month stac_month_cls_code iqry_csnu
                """),
            ),
        },
    },
    'domestic_stock.finance_stability_ratio': {
        'title': '국내주식 안정성비율',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/finance/stability-ratio',
        'tr_real': {'': 'FHKST66430600'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            fid_input_iscd fid_div_cls_code fid_cond_mrkt_div_code
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    stac_yymm lblt_rate.4 bram_depn.2 crnt_rate.4 quck_rate.4
                """),
            ),
        },
    },
    'domestic_stock.fluctuation': {
        'title': '국내주식 등락률 순위',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/ranking/fluctuation',
        'tr_real': {'': 'FHPST01700000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            fid_rsfl_rate2 fid_cond_mrkt_div_code fid_cond_scr_div_code=20170 fid_input_iscd
            fid_rank_sort_cls_code fid_input_cnt_1 fid_prc_cls_code fid_input_price_1
            fid_input_price_2 fid_vol_cnt fid_trgt_cls_code fid_trgt_exls_cls_code
            fid_div_cls_code fid_rsfl_rate1
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    stck_shrn_iscd data_rank hts_kor_isnm stck_prpr prdy_vrss prdy_vrss_sign
                    prdy_ctrt.2 acml_vol stck_hgpr hgpr_hour acml_hgpr_date stck_lwpr lwpr_hour
                    acml_lwpr_date lwpr_vrss_prpr_rate.4 dsgt_date_clpr_vrss_prpr_rate.4
                    cnnt_ascn_dynu hgpr_vrss_prpr_rate.4 cnnt_down_dynu oprc_vrss_prpr_sign
                    oprc_vrss_prpr oprc_vrss_prpr_rate.4 prd_rsfl prd_rsfl_rate.4
                """),
            ),
        },
    },
    'domestic_stock.foreign_institution_total': {
        'title': '국내기관_외국인 매매종목가집계',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/foreign-institution-total',
        'tr_real': {'': 'FHPTJ04400000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE=V FID_COND_SCR_DIV_CODE=16449 FID_INPUT_ISCD FID_DIV_CLS_CODE
            FID_RANK_SORT_CLS_CODE FID_ETC_CLS_CODE
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    hts_kor_isnm mksc_shrn_iscd ntby_qty stck_prpr prdy_vrss_sign prdy_vrss
                    prdy_ctrt acml_vol frgn_ntby_qty orgn_ntby_qty ivtr_ntby_qty bank_ntby_qty
                    insu_ntby_qty mrbn_ntby_qty fund_ntby_qty etc_orgt_ntby_vol
                    etc_corp_ntby_vol frgn_ntby_tr_pbmn orgn_ntby_tr_pbmn ivtr_ntby_tr_pbmn
                    bank_ntby_tr_pbmn insu_ntby_tr_pbmn mrbn_ntby_tr_pbmn fund_ntby_tr_pbmn
                    etc_orgt_ntby_tr_pbmn etc_corp_ntby_tr_pbmn
                """),
            ),
        },
    },
    'domestic_stock.frgnmem_pchs_trend': {
        'title': '종목별 외국계 순매수추이',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/frgnmem-pchs-trend',
        'tr_real': {'': 'FHKST644400C0'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_INPUT_ISCD FID_INPUT_ISCD_2
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    bsop_hour stck_prpr prdy_vrss prdy_vrss_sign prdy_ctrt.2 acml_vol
                    frgn_seln_vol frgn_shnu_vol glob_ntby_qty frgn_ntby_qty_icdc
                """),
            ),
        },
    },
    'domestic_stock.frgnmem_trade_estimate': {
        'title': '외국계 매매종목 가집계',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/frgnmem-trade-estimate',
        'tr_real': {'': 'FHKST644100C0'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_COND_SCR_DIV_CODE=16441 FID_INPUT_ISCD
            FID_RANK_SORT_CLS_CODE FID_RANK_SORT_CLS_CODE_2
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    stck_shrn_iscd hts_kor_isnm glob_ntsl_qty stck_prpr prdy_vrss prdy_vrss_sign
                    prdy_ctrt.2 acml_vol glob_total_seln_qty glob_total_shnu_qty
                """),
            ),
        },
    },
    'domestic_stock.frgnmem_trade_trend': {
        'title': '회원사 실시간 매매동향(틱)',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/frgnmem-trade-trend',
        'tr_real': {'': 'FHPST04320000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_SCR_DIV_CODE=20432 FID_COND_MRKT_DIV_CODE FID_INPUT_ISCD FID_INPUT_ISCD_2
            FID_MRKT_CLS_CODE FID_VOL_CNT
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'array',
                ('total_seln_qty', 'total_shnu_qty'),
            ),
            'output2': (
                'array',
                names("""
                    bsop_hour mbcr_name hts_kor_isnm stck_prpr prdy_vrss prdy_vrss_sign cntg_vol
                    acml_ntby_qty glob_ntby_qty frgn_ntby_qty_icdc
                """),
            ),
        },
    },
    'domestic_stock.hts_top_view': {
        'title': 'HTS조회상위20종목',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/ranking/hts-top-view',
        'tr_real': {'': 'HHMCM000100C0'},
        'tr_paper': {},
        'tr_old': {},
        'params': (),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'array',
                ('mrkt_div_cls_code', 'mksc_shrn_iscd'),
            ),
        },
    },
    'domestic_stock.inquire_account_balance': {
        'title': '투자계좌자산현황조회',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/trading/inquire-account-balance',
        'tr_real': {'': 'CTRP6548R'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            CANO ACNT_PRDT_CD INQR_DVSN_1 BSPR_BF_DT_APLY_YN
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'array',
                names("""
                    pchs_amt evlu_amt evlu_pfls_amt crdt_lnd_amt real_nass_amt whol_weit_rt.8
                """),
            ),
            'output2': (
                'object',
                names("""
                    pchs_amt_smtl nass_tot_amt loan_amt_smtl evlu_pfls_amt_smtl evlu_amt_smtl
                    tot_asst_amt tot_lnda_tot_ulst_lnda cma_auto_loan_amt tot_mgln_amt
                    stln_evlu_amt crdt_fncg_amt ocl_apl_loan_amt pldg_stup_amt frcr_evlu_tota
                    tot_dncl_amt cma_evlu_amt dncl_amt tot_sbst_amt thdt_rcvb_amt
                    ovrs_stck_evlu_amt1.6 ovrs_bond_evlu_amt.6 mmf_cma_mgge_loan_amt
                    sbsc_dncl_amt pbst_sbsc_fnds_loan_use_amt etpr_crdt_grnt_loan_amt
                """),
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
    'domestic_stock.inquire_balance_rlz_pl': {
        'title': '주식잔고조회_실현손익',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/trading/inquire-balance-rlz-pl',
        'tr_real': {'': 'TTTC8494R'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            CANO ACNT_PRDT_CD AFHR_FLPR_YN OFL_YN INQR_DVSN UNPR_DVSN FUND_STTL_ICLD_YN
            FNCG_AMT_AUTO_RDPT_YN PRCS_DVSN COST_ICLD_YN CTX_AREA_FK100 CTX_AREA_NK100
        """),
        'optional': (),
        'cursor': '100',
        'outputs': {
            'output1': (
                'array',
                names("""
                    pdno prdt_name trad_dvsn_name bfdy_buy_qty bfdy_sll_qty thdt_buyqty
                    thdt_sll_qty hldg_qty ord_psbl_qty pchs_avg_pric pchs_amt prpr evlu_amt
                    evlu_pfls_amt evlu_pfls_rt evlu_erng_rt loan_dt loan_amt stln_slng_chgs
                    expd_dt stck_loan_unpr bfdy_cprs_icdc fltt_rt
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
                    rlzt_pfls rlzt_erng_rt real_evlu_pfls real_evlu_pfls_erng_rt
                """),
            ),
        },
    },
    'domestic_stock.inquire_ccnl': {
        'title': '주식현재가 체결',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/inquire-ccnl',
        'tr_real': {'': 'FHKST01010300'},
        'tr_paper': {'': 'FHKST01010300'},
        'tr_old': {},
        'params': ('FID_COND_MRKT_DIV_CODE', 'FID_INPUT_ISCD'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    stck_cntg_hour stck_prpr prdy_vrss prdy_vrss_sign cntg_vol tday_rltv.2
                    prdy_ctrt.2
                """),
            ),
        },
    },
    'domestic_stock.inquire_credit_psamount': {
        'title': '신용매수가능조회',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/trading/inquire-credit-psamount',
        'tr_real': {'': 'TTTC8909R'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            CANO ACNT_PRDT_CD PDNO ORD_DVSN CRDT_TYPE CMA_EVLU_AMT_ICLD_YN OVRS_ICLD_YN ORD_UNPR
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
                    stpm_cndt_pric stpm_efct_occr_dtmd
                """),
            ),
            'output2': (
                'object',
                names("""
                    tot_ord_qty tot_ccld_qty tot_ccld_amt prsm_tlex_smtl pchs_avg_pric.4
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
                    prdy_vrss_sign bstp_nmix_prdy_ctrt.2 prdy_nmix.2 acml_vol acml_tr_pbmn
                    hts_kor_isnm bstp_nmix_prpr.2 bstp_cls_code prdy_vol bstp_nmix_oprc.2
                    bstp_nmix_hgpr.2 bstp_nmix_lwpr.2 futs_prdy_oprc.2 futs_prdy_hgpr.2
                    futs_prdy_lwpr.2
                """),
            ),
            'output2': (
                'array',
                names("""
                    stck_bsop_date bstp_nmix_prpr.2 bstp_nmix_oprc.2 bstp_nmix_hgpr.2
                    bstp_nmix_lwpr.2 acml_vol acml_tr_pbmn mod_yn
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
    'domestic_stock.inquire_daily_overtimeprice': {
        'title': '주식현재가 시간외일자별주가',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/inquire-daily-overtimeprice',
        'tr_real': {'': 'FHPST02320000'},
        'tr_paper': {'': 'FHPST02320000'},
        'tr_old': {},
        'params': ('FID_COND_MRKT_DIV_CODE', 'FID_INPUT_ISCD'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'object',
                names("""
                    ovtm_untp_prpr ovtm_untp_prdy_vrss ovtm_untp_prdy_vrss_sign
                    ovtm_untp_prdy_ctrt ovtm_untp_vol ovtm_untp_tr_pbmn ovtm_untp_mxpr
                    ovtm_untp_llam ovtm_untp_oprc ovtm_untp_hgpr ovtm_untp_lwpr
                    ovtm_untp_antc_cnpr ovtm_untp_antc_cntg_vrss ovtm_untp_antc_cntg_vrss_sign
                    ovtm_untp_antc_cntg_ctrt ovtm_untp_antc_vol
                """),
            ),
            'output2': (
                'array',
                names("""
                    stck_bsop_date ovtm_untp_prpr ovtm_untp_prdy_vrss ovtm_untp_prdy_vrss_sign
                    ovtm_untp_prdy_ctrt ovtm_untp_vol stck_clpr prdy_vrss prdy_vrss_sign
                    prdy_ctrt acml_vol ovtm_untp_tr_pbmn
                """),
            ),
        },
    },
    'domestic_stock.inquire_daily_price': {
        'title': '주식현재가 일자별',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/inquire-daily-price',
        'tr_real': {'': 'FHKST01010400'},
        'tr_paper': {'': 'FHKST01010400'},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_INPUT_ISCD FID_PERIOD_DIV_CODE FID_ORG_ADJ_PRC
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    stck_bsop_date stck_oprc stck_hgpr stck_lwpr stck_clpr acml_vol
                    prdy_vrss_vol_rate.4 prdy_vrss prdy_vrss_sign prdy_ctrt.2 hts_frgn_ehrt.2
                    frgn_ntby_qty flng_cls_code acml_prtt_rate.4
                """),
            ),
        },
    },
    'domestic_stock.inquire_daily_trade_volume': {
        'title': '종목별일별매수매도체결량',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/inquire-daily-trade-volume',
        'tr_real': {'': 'FHKST03010800'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_INPUT_ISCD FID_PERIOD_DIV_CODE FID_INPUT_DATE_1
            FID_INPUT_DATE_2
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'object',
                ('shnu_cnqn_smtn', 'seln_cnqn_smtn'),
            ),
            'output2': (
                'array',
                ('stck_bsop_date', 'total_seln_qty', 'total_shnu_qty'),
            ),
        },
    },
    'domestic_stock.inquire_elw_price': {
        'title': 'ELW 현재가 시세',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/inquire-elw-price',
        'tr_real': {'': 'FHKEW15010000'},
        'tr_paper': {'': 'FHKEW15010000'},
        'tr_old': {},
        'params': ('FID_COND_MRKT_DIV_CODE', 'FID_INPUT_ISCD'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'object',
                names("""
                    elw_shrn_iscd hts_kor_isnm elw_prpr prdy_vrss prdy_vrss_sign prdy_ctrt
                    acml_vol prdy_vrss_vol_rate unas_shrn_iscd unas_isnm unas_prpr
                    unas_prdy_vrss unas_prdy_vrss_sign unas_prdy_ctrt bidp askp acml_tr_pbmn
                    vol_tnrt elw_oprc elw_hgpr elw_lwpr stck_prdy_clpr hts_thpr dprt
                    atm_cls_name hts_ints_vltl acpr pvt_scnd_dmrs_prc pvt_frst_dmrs_prc
                    pvt_pont_val pvt_frst_dmsp_prc pvt_scnd_dmsp_prc dmsp_val dmrs_val elw_sdpr
                    apprch_rate tick_conv_prc invt_epmd_cntt
                """),
            ),
        },
    },
    'domestic_stock.inquire_index_category_price': {
        'title': '국내업종 구분별전체시세',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/inquire-index-category-price',
        'tr_real': {'': 'FHPUP02140000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_INPUT_ISCD FID_COND_SCR_DIV_CODE=20214 FID_MRKT_CLS_CODE
            FID_BLNG_CLS_CODE
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'object',
                names("""
                    bstp_nmix_prpr.2 bstp_nmix_prdy_vrss.2 prdy_vrss_sign bstp_nmix_prdy_ctrt.2
                    acml_vol acml_tr_pbmn bstp_nmix_oprc.2 bstp_nmix_hgpr.2 bstp_nmix_lwpr.2
                    prdy_vol ascn_issu_cnt down_issu_cnt stnr_issu_cnt uplm_issu_cnt
                    lslm_issu_cnt prdy_tr_pbmn dryy_bstp_nmix_hgpr_date dryy_bstp_nmix_hgpr.2
                    dryy_bstp_nmix_lwpr.2 dryy_bstp_nmix_lwpr_date
                """),
            ),
            'output2': (
                'array',
                names("""
                    bstp_cls_code hts_kor_isnm bstp_nmix_prpr.2 bstp_nmix_prdy_vrss.2
                    prdy_vrss_sign bstp_nmix_prdy_ctrt.2 acml_vol acml_tr_pbmn acml_vol_rlim.2
                    acml_tr_pbmn_rlim.2
                """),
            ),
        },
    },
    'domestic_stock.inquire_index_daily_price': {
        'title': '국내업종 일자별지수',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/inquire-index-daily-price',
        'tr_real': {'': 'FHPUP02120000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_PERIOD_DIV_CODE FID_COND_MRKT_DIV_CODE FID_INPUT_ISCD FID_INPUT_DATE_1
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'object',
                names("""
                    bstp_nmix_prpr.2 bstp_nmix_prdy_vrss.2 prdy_vrss_sign bstp_nmix_prdy_ctrt.2
                    acml_vol acml_tr_pbmn bstp_nmix_oprc.2 bstp_nmix_hgpr.2 bstp_nmix_lwpr.2
                    prdy_vol ascn_issu_cnt down_issu_cnt stnr_issu_cnt uplm_issu_cnt
                    lslm_issu_cnt prdy_tr_pbmn dryy_bstp_nmix_hgpr_date dryy_bstp_nmix_hgpr.2
                    dryy_bstp_nmix_lwpr.2 dryy_bstp_nmix_lwpr_date
                """),
            ),
            'output2': (
                'array',
                names("""
                    stck_bsop_date bstp_nmix_prpr.2 prdy_vrss_sign bstp_nmix_prdy_vrss.2
                    bstp_nmix_prdy_ctrt.2 bstp_nmix_oprc.2 bstp_nmix_hgpr.2 bstp_nmix_lwpr.2
                    acml_vol_rlim.2 acml_vol acml_tr_pbmn invt_new_psdg.2 d20_dsrt.2
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
                    bstp_nmix_prpr.2 bstp_nmix_prdy_vrss.2 prdy_vrss_sign bstp_nmix_prdy_ctrt.2
                    acml_vol prdy_vol acml_tr_pbmn prdy_tr_pbmn bstp_nmix_oprc.2
                    prdy_nmix_vrss_nmix_oprc.2 oprc_vrss_prpr_sign bstp_nmix_oprc_prdy_ctrt.2
                    bstp_nmix_hgpr.2 prdy_nmix_vrss_nmix_hgpr.2 hgpr_vrss_prpr_sign
                    bstp_nmix_hgpr_prdy_ctrt.2 bstp_nmix_lwpr.2 prdy_clpr_vrss_lwpr
                    lwpr_vrss_prpr_sign prdy_clpr_vrss_lwpr_rate.4 ascn_issu_cnt uplm_issu_cnt
                    stnr_issu_cnt down_issu_cnt lslm_issu_cnt dryy_bstp_nmix_hgpr.2
                    dryy_hgpr_vrss_prpr_rate.4 dryy_bstp_nmix_hgpr_date dryy_bstp_nmix_lwpr.2
                    dryy_lwpr_vrss_prpr_rate.4 dryy_bstp_nmix_lwpr_date total_askp_rsqn
                    total_bidp_rsqn seln_rsqn_rate.4 shnu_rsqn_rate.4 ntby_rsqn
                """),
            ),
        },
    },
    'domestic_stock.inquire_index_tickprice': {
        'title': '국내업종 시간별지수(초)',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/inquire-index-tickprice',
        'tr_real': {'': 'FHPUP02110100'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('FID_INPUT_ISCD', 'FID_COND_MRKT_DIV_CODE'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    stck_cntg_hour bstp_nmix_prpr.2 bstp_nmix_prdy_vrss.2 prdy_vrss_sign
                    bstp_nmix_prdy_ctrt.2 acml_tr_pbmn acml_vol cntg_vol
                """),
            ),
        },
    },
    'domestic_stock.inquire_index_timeprice': {
        'title': '국내업종 시간별지수(분)',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/inquire-index-timeprice',
        'tr_real': {'': 'FHPUP02110200'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_INPUT_HOUR_1 FID_INPUT_ISCD FID_COND_MRKT_DIV_CODE
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    bsop_hour bstp_nmix_prpr.2 bstp_nmix_prdy_vrss.2 prdy_vrss_sign
                    bstp_nmix_prdy_ctrt.2 acml_tr_pbmn acml_vol cntg_vol
                """),
            ),
        },
    },
    'domestic_stock.inquire_investor': {
        'title': '주식현재가 투자자',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/inquire-investor',
        'tr_real': {'': 'FHKST01010900'},
        'tr_paper': {'': 'FHKST01010900'},
        'tr_old': {},
        'params': ('FID_COND_MRKT_DIV_CODE', 'FID_INPUT_ISCD'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    stck_bsop_date stck_clpr prdy_vrss prdy_vrss_sign prsn_ntby_qty
                    frgn_ntby_qty orgn_ntby_qty prsn_ntby_tr_pbmn frgn_ntby_tr_pbmn
                    orgn_ntby_tr_pbmn prsn_shnu_vol frgn_shnu_vol orgn_shnu_vol
                    prsn_shnu_tr_pbmn frgn_shnu_tr_pbmn orgn_shnu_tr_pbmn prsn_seln_vol
                    frgn_seln_vol orgn_seln_vol prsn_seln_tr_pbmn frgn_seln_tr_pbmn
                    orgn_seln_tr_pbmn
                """),
            ),
        },
    },
    'domestic_stock.inquire_investor_daily_by_market': {
        'title': '시장별 투자자매매동향(일별)',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/inquire-investor-daily-by-market',
        'tr_real': {'': 'FHPTJ04040000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_INPUT_ISCD FID_INPUT_DATE_1 FID_INPUT_ISCD_1
            FID_INPUT_DATE_2 FID_INPUT_ISCD_2
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    stck_bsop_date bstp_nmix_prpr.2 bstp_nmix_prdy_vrss.2 prdy_vrss_sign
                    bstp_nmix_prdy_ctrt.2 bstp_nmix_oprc.2 bstp_nmix_hgpr.2 bstp_nmix_lwpr.2
                    stck_prdy_clpr frgn_ntby_qty frgn_reg_ntby_qty frgn_nreg_ntby_qty
                    prsn_ntby_qty orgn_ntby_qty scrt_ntby_qty ivtr_ntby_qty pe_fund_ntby_vol
                    bank_ntby_qty insu_ntby_qty mrbn_ntby_qty fund_ntby_qty etc_ntby_qty
                    etc_orgt_ntby_vol etc_corp_ntby_vol frgn_ntby_tr_pbmn frgn_reg_ntby_pbmn
                    frgn_nreg_ntby_pbmn prsn_ntby_tr_pbmn orgn_ntby_tr_pbmn scrt_ntby_tr_pbmn
                    ivtr_ntby_tr_pbmn pe_fund_ntby_tr_pbmn bank_ntby_tr_pbmn insu_ntby_tr_pbmn
                    mrbn_ntby_tr_pbmn fund_ntby_tr_pbmn etc_ntby_tr_pbmn etc_orgt_ntby_tr_pbmn
                    etc_corp_ntby_tr_pbmn
                """),
            ),
        },
    },
    'domestic_stock.inquire_investor_time_by_market': {
        'title': '시장별 투자자매매동향(시세)',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/inquire-investor-time-by-market',
        'tr_real': {'': 'FHPTJ04030000'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('FID_INPUT_ISCD', 'FID_INPUT_ISCD_2'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    frgn_seln_vol frgn_shnu_vol frgn_ntby_qty frgn_seln_tr_pbmn
                    frgn_shnu_tr_pbmn frgn_ntby_tr_pbmn prsn_seln_vol prsn_shnu_vol
                    prsn_ntby_qty prsn_seln_tr_pbmn prsn_shnu_tr_pbmn prsn_ntby_tr_pbmn
                    orgn_seln_vol orgn_shnu_vol orgn_ntby_qty orgn_seln_tr_pbmn
                    orgn_shnu_tr_pbmn orgn_ntby_tr_pbmn scrt_seln_vol scrt_shnu_vol
                    scrt_ntby_qty scrt_seln_tr_pbmn scrt_shnu_tr_pbmn scrt_ntby_tr_pbmn
                    ivtr_seln_vol ivtr_shnu_vol ivtr_ntby_qty ivtr_seln_tr_pbmn
                    ivtr_shnu_tr_pbmn ivtr_ntby_tr_pbmn pe_fund_seln_tr_pbmn pe_fund_seln_vol
                    pe_fund_ntby_vol pe_fund_shnu_tr_pbmn pe_fund_shnu_vol pe_fund_ntby_tr_pbmn
                    bank_seln_vol bank_shnu_vol bank_ntby_qty bank_seln_tr_pbmn
                    bank_shnu_tr_pbmn bank_ntby_tr_pbmn insu_seln_vol insu_shnu_vol
                    insu_ntby_qty insu_seln_tr_pbmn insu_shnu_tr_pbmn insu_ntby_tr_pbmn
                    mrbn_seln_vol mrbn_shnu_vol mrbn_ntby_qty mrbn_seln_tr_pbmn
                    mrbn_shnu_tr_pbmn mrbn_ntby_tr_pbmn fund_seln_vol fund_shnu_vol
                    fund_ntby_qty fund_seln_tr_pbmn fund_shnu_tr_pbmn fund_ntby_tr_pbmn
                    etc_orgt_seln_vol etc_orgt_shnu_vol etc_orgt_ntby_vol etc_orgt_seln_tr_pbmn
                    etc_orgt_shnu_tr_pbmn etc_orgt_ntby_tr_pbmn etc_corp_seln_vol
                    etc_corp_shnu_vol etc_corp_ntby_vol etc_corp_seln_tr_pbmn
                    etc_corp_shnu_tr_pbmn etc_corp_ntby_tr_pbmn
                """),
            ),
        },
    },
    'domestic_stock.inquire_member': {
        'title': '주식현재가 회원사',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/inquire-member',
        'tr_real': {'': 'FHKST01010600'},
        'tr_paper': {'': 'FHKST01010600'},
        'tr_old': {},
        'params': ('FID_COND_MRKT_DIV_CODE', 'FID_INPUT_ISCD'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'object',
                names("""
                    seln_mbcr_no1 seln_mbcr_no2 seln_mbcr_no3 seln_mbcr_no4 seln_mbcr_no5
                    seln_mbcr_name1 seln_mbcr_name2 seln_mbcr_name3 seln_mbcr_name4
                    seln_mbcr_name5 total_seln_qty1 total_seln_qty2 total_seln_qty3
                    total_seln_qty4 total_seln_qty5 seln_mbcr_rlim1 seln_mbcr_rlim2
                    seln_mbcr_rlim3 seln_mbcr_rlim4 seln_mbcr_rlim5 seln_qty_icdc1
                    seln_qty_icdc2 seln_qty_icdc3 seln_qty_icdc4 seln_qty_icdc5 shnu_mbcr_no1
                    shnu_mbcr_no2 shnu_mbcr_no3 shnu_mbcr_no4 shnu_mbcr_no5 shnu_mbcr_name1
                    shnu_mbcr_name2 shnu_mbcr_name3 shnu_mbcr_name4 shnu_mbcr_name5
                    total_shnu_qty1 total_shnu_qty2 total_shnu_qty3 total_shnu_qty4
                    total_shnu_qty5 shnu_mbcr_rlim1 shnu_mbcr_rlim2 shnu_mbcr_rlim3
                    shnu_mbcr_rlim4 shnu_mbcr_rlim5 shnu_qty_icdc1 shnu_qty_icdc2 shnu_qty_icdc3
                    shnu_qty_icdc4 shnu_qty_icdc5 glob_total_seln_qty glob_seln_rlim
                    glob_ntby_qty glob_total_shnu_qty glob_shnu_rlim seln_mbcr_glob_yn_1
                    seln_mbcr_glob_yn_2 seln_mbcr_glob_yn_3 seln_mbcr_glob_yn_4
                    seln_mbcr_glob_yn_5 shnu_mbcr_glob_yn_1 shnu_mbcr_glob_yn_2
                    shnu_mbcr_glob_yn_3 shnu_mbcr_glob_yn_4 shnu_mbcr_glob_yn_5
                    glob_total_seln_qty_icdc glob_total_shnu_qty_icdc
                """),
            ),
        },
    },
    'domestic_stock.inquire_member_daily': {
        'title': '주식현재가 회원사 종목매매동향',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/inquire-member-daily',
        'tr_real': {'': 'FHPST04540000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_INPUT_ISCD FID_INPUT_ISCD_2 FID_INPUT_DATE_1
            FID_INPUT_DATE_2 FID_SCTN_CLS_CODE
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    stck_bsop_date total_seln_qty total_shnu_qty ntby_qty stck_prpr prdy_vrss
                    prdy_vrss_sign prdy_ctrt.2 acml_vol
                """),
            ),
        },
    },
    'domestic_stock.inquire_overtime_asking_price': {
        'title': '국내주식 시간외호가',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/inquire-overtime-asking-price',
        'tr_real': {'': 'FHPST02300400'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('FID_COND_MRKT_DIV_CODE', 'FID_INPUT_ISCD'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'object',
                names("""
                    ovtm_untp_last_hour ovtm_untp_askp1 ovtm_untp_askp2 ovtm_untp_askp3
                    ovtm_untp_askp4 ovtm_untp_askp5 ovtm_untp_askp6 ovtm_untp_askp7
                    ovtm_untp_askp8 ovtm_untp_askp9 ovtm_untp_askp10 ovtm_untp_bidp1
                    ovtm_untp_bidp2 ovtm_untp_bidp3 ovtm_untp_bidp4 ovtm_untp_bidp5
                    ovtm_untp_bidp6 ovtm_untp_bidp7 ovtm_untp_bidp8 ovtm_untp_bidp9
                    ovtm_untp_bidp10 ovtm_untp_askp_icdc1 ovtm_untp_askp_icdc2
                    ovtm_untp_askp_icdc3 ovtm_untp_askp_icdc4 ovtm_untp_askp_icdc5
                    ovtm_untp_askp_icdc6 ovtm_untp_askp_icdc7 ovtm_untp_askp_icdc8
                    ovtm_untp_askp_icdc9 ovtm_untp_askp_icdc10 ovtm_untp_bidp_icdc1
                    ovtm_untp_bidp_icdc2 ovtm_untp_bidp_icdc3 ovtm_untp_bidp_icdc4
                    ovtm_untp_bidp_icdc5 ovtm_untp_bidp_icdc6 ovtm_untp_bidp_icdc7
                    ovtm_untp_bidp_icdc8 ovtm_untp_bidp_icdc9 ovtm_untp_bidp_icdc10
                    ovtm_untp_askp_rsqn1 ovtm_untp_askp_rsqn2 ovtm_untp_askp_rsqn3
                    ovtm_untp_askp_rsqn4 ovtm_untp_askp_rsqn5 ovtm_untp_askp_rsqn6
                    ovtm_untp_askp_rsqn7 ovtm_untp_askp_rsqn8 ovtm_untp_askp_rsqn9
                    ovtm_untp_askp_rsqn10 ovtm_untp_bidp_rsqn1 ovtm_untp_bidp_rsqn2
                    ovtm_untp_bidp_rsqn3 ovtm_untp_bidp_rsqn4 ovtm_untp_bidp_rsqn5
                    ovtm_untp_bidp_rsqn6 ovtm_untp_bidp_rsqn7 ovtm_untp_bidp_rsqn8
                    ovtm_untp_bidp_rsqn9 ovtm_untp_bidp_rsqn10 ovtm_untp_total_askp_rsqn
                    ovtm_untp_total_bidp_rsqn ovtm_untp_total_askp_rsqn_icdc
                    ovtm_untp_total_bidp_rsqn_icdc ovtm_untp_ntby_bidp_rsqn total_askp_rsqn
                    total_bidp_rsqn total_askp_rsqn_icdc total_bidp_rsqn_icdc
                    ovtm_total_askp_rsqn ovtm_total_bidp_rsqn ovtm_total_askp_icdc
                    ovtm_total_bidp_icdc
                """),
            ),
        },
    },
    'domestic_stock.inquire_overtime_price': {
        'title': '국내주식 시간외현재가',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/inquire-overtime-price',
        'tr_real': {'': 'FHPST02300000'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('FID_COND_MRKT_DIV_CODE', 'FID_INPUT_ISCD'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'object',
                names("""
                    bstp_kor_isnm mang_issu_cls_name ovtm_untp_prpr ovtm_untp_prdy_vrss
                    ovtm_untp_prdy_vrss_sign ovtm_untp_prdy_ctrt.2 ovtm_untp_vol
                    ovtm_untp_tr_pbmn ovtm_untp_mxpr ovtm_untp_llam ovtm_untp_oprc
                    ovtm_untp_hgpr ovtm_untp_lwpr marg_rate.4 ovtm_untp_antc_cnpr
                    ovtm_untp_antc_cntg_vrss ovtm_untp_antc_cntg_vrss_sign
                    ovtm_untp_antc_cntg_ctrt.2 ovtm_untp_antc_cnqn crdt_able_yn
                    new_lstn_cls_name sltr_yn mang_issu_yn mrkt_warn_cls_code trht_yn
                    vlnt_deal_cls_name ovtm_untp_sdpr mrkt_warn_cls_name revl_issu_reas_name
                    insn_pbnt_yn flng_cls_name rprs_mrkt_kor_name ovtm_vi_cls_code bidp askp
                """),
            ),
        },
    },
    'domestic_stock.inquire_period_profit': {
        'title': '기간별손익일별합산조회',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/trading/inquire-period-profit',
        'tr_real': {'': 'TTTC8708R'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            CANO ACNT_PRDT_CD INQR_STRT_DT INQR_END_DT SORT_DVSN INQR_DVSN CBLC_DVSN PDNO
            CTX_AREA_FK100 CTX_AREA_NK100
        """),
        'optional': (),
        'cursor': '100',
        'outputs': {
            'output1': (
                'array',
                names("""
                    trad_dt buy_amt sll_amt rlzt_pfls fee loan_int tl_tax pfls_rt.8 sll_qty1
                    buy_qty1
                """),
            ),
            'output2': (
                'object',
                names("""
                    sll_qty_smtl sll_tr_amt_smtl sll_fee_smtl sll_tltx_smtl sll_excc_amt_smtl
                    buy_qty_smtl buy_tr_amt_smtl buy_fee_smtl buy_tax_smtl buy_excc_amt_smtl
                    tot_qty tot_tr_amt tot_fee tot_tltx tot_excc_amt tot_rlzt_pfls loan_int
                """),
            ),
        },
    },
    'domestic_stock.inquire_period_trade_profit': {
        'title': '기간별매매손익현황조회',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/trading/inquire-period-trade-profit',
        'tr_real': {'': 'TTTC8715R'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            CANO ACNT_PRDT_CD SORT_DVSN INQR_STRT_DT INQR_END_DT CBLC_DVSN PDNO CTX_AREA_FK100
            CTX_AREA_NK100
        """),
        'optional': (),
        'cursor': '100',
        'outputs': {
            'output1': (
                'array',
                names("""
                    trad_dt pdno prdt_name trad_dvsn_name loan_dt hldg_qty pchs_unpr buy_qty
                    buy_amt sll_pric sll_qty sll_amt rlzt_pfls pfls_rt.8 fee tl_tax loan_int
                """),
            ),
            'output2': (
                'object',
                names("""
                    sll_qty_smtl sll_tr_amt_smtl sll_fee_smtl sll_tltx_smtl sll_excc_amt_smtl
                    buyqty_smtl buy_tr_amt_smtl buy_fee_smtl buy_tax_smtl buy_excc_amt_smtl
                    tot_qty tot_tr_amt tot_fee tot_tltx tot_excc_amt tot_rlzt_pfls loan_int
                    tot_pftrt.8
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
                    iscd_stat_cls_code marg_rate.4 rprs_mrkt_kor_name new_hgpr_lwpr_cls_code
                    bstp_kor_isnm temp_stop_yn oprc_rang_cont_yn clpr_rang_cont_yn crdt_able_yn
                    grmn_rate_cls_code elw_pblc_yn stck_prpr prdy_vrss prdy_vrss_sign
                    prdy_ctrt.2 acml_tr_pbmn acml_vol prdy_vrss_vol_rate.4 stck_oprc stck_hgpr
                    stck_lwpr stck_mxpr stck_llam stck_sdpr wghn_avrg_stck_prc.2 hts_frgn_ehrt.2
                    frgn_ntby_qty pgtr_ntby_qty pvt_scnd_dmrs_prc pvt_frst_dmrs_prc pvt_pont_val
                    pvt_frst_dmsp_prc pvt_scnd_dmsp_prc dmrs_val dmsp_val cpfn rstc_wdth_prc
                    stck_fcam stck_sspr aspr_unit hts_deal_qty_unit_val lstn_stcn hts_avls per.2
                    pbr.2 stac_month vol_tnrt.2 eps.2 bps.2 d250_hgpr d250_hgpr_date
                    d250_hgpr_vrss_prpr_rate.4 d250_lwpr d250_lwpr_date
                    d250_lwpr_vrss_prpr_rate.4 stck_dryy_hgpr dryy_hgpr_vrss_prpr_rate.4
                    dryy_hgpr_date stck_dryy_lwpr dryy_lwpr_vrss_prpr_rate.4 dryy_lwpr_date
                    w52_hgpr w52_hgpr_vrss_prpr_ctrt.2 w52_hgpr_date w52_lwpr
                    w52_lwpr_vrss_prpr_ctrt.2 w52_lwpr_date whol_loan_rmnd_rate.4 ssts_yn
                    stck_shrn_iscd fcam_cnnm cpfn_cnnm apprch_rate.2 frgn_hldn_qty vi_cls_code
                    ovtm_vi_cls_code last_ssts_cntg_qty invt_caful_yn mrkt_warn_cls_code
                    short_over_yn sltr_yn mang_issu_cls_code
                """),
            ),
        },
    },
    'domestic_stock.inquire_price_2': {
        'title': '주식현재가 시세2',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/inquire-price-2',
        'tr_real': {'': 'FHPST01010000'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('FID_COND_MRKT_DIV_CODE', 'FID_INPUT_ISCD'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'object',
                names("""
                    rprs_mrkt_kor_name new_hgpr_lwpr_cls_code mxpr_llam_cls_code crdt_able_yn
                    stck_mxpr elw_pblc_yn prdy_clpr_vrss_oprc_rate.4 crdt_rate.4 marg_rate.4
                    lwpr_vrss_prpr lwpr_vrss_prpr_sign prdy_clpr_vrss_lwpr_rate.4 stck_lwpr
                    hgpr_vrss_prpr hgpr_vrss_prpr_sign prdy_clpr_vrss_hgpr_rate.4 stck_hgpr
                    oprc_vrss_prpr oprc_vrss_prpr_sign mang_issu_yn divi_app_cls_code
                    short_over_yn mrkt_warn_cls_code invt_caful_yn stange_runup_yn ssts_hot_yn
                    low_current_yn vi_cls_code short_over_cls_code stck_llam new_lstn_cls_name
                    vlnt_deal_cls_name flng_cls_name revl_issu_reas_name mrkt_warn_cls_name
                    stck_sdpr bstp_cls_code stck_prdy_clpr insn_pbnt_yn fcam_mod_cls_name
                    stck_prpr prdy_vrss prdy_vrss_sign prdy_ctrt.2 acml_tr_pbmn acml_vol
                    prdy_vrss_vol_rate.4 bstp_kor_isnm sltr_yn trht_yn oprc_rang_cont_yn
                    vlnt_fin_cls_code stck_oprc prdy_vol
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
    'domestic_stock.inquire_psbl_rvsecncl': {
        'title': '주식정정취소가능주문조회',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/trading/inquire-psbl-rvsecncl',
        'tr_real': {'': 'TTTC0084R'},
        'tr_paper': {},
        'tr_old': {'': 'TTTC8036R'},
        'params': names("""
            CANO ACNT_PRDT_CD INQR_DVSN_1 INQR_DVSN_2 CTX_AREA_FK100 CTX_AREA_NK100
        """),
        'optional': (),
        'cursor': '100',
        'outputs': {
            'output': (
                'array',
                names("""
                    ord_gno_brno odno orgn_odno ord_dvsn_name pdno prdt_name rvse_cncl_dvsn_name
                    ord_qty ord_unpr ord_tmd tot_ccld_qty tot_ccld_amt psbl_qty sll_buy_dvsn_cd
                    ord_dvsn_cd mgco_aptm_odno excg_dvsn_cd excg_id_dvsn_cd excg_id_dvsn_name
                    stpm_cndt_pric stpm_efct_occr_yn
                """),
            ),
        },
    },
    'domestic_stock.inquire_psbl_sell': {
        'title': '매도가능수량조회',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/trading/inquire-psbl-sell',
        'tr_real': {'': 'TTTC8408R'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('CANO', 'ACNT_PRDT_CD', 'PDNO'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'object',
                names("""
                    pdno prdt_name buy_qty sll_qty cblc_qty nsvg_qty ord_psbl_qty
                    pchs_avg_pric.4 pchs_amt now_pric evlu_amt evlu_pfls_amt evlu_pfls_rt.2
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
    'domestic_stock.inquire_time_indexchartprice': {
        'title': '업종 분봉조회',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/inquire-time-indexchartprice',
        'tr_real': {'': 'FHKUP03500200'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_ETC_CLS_CODE FID_INPUT_ISCD FID_INPUT_HOUR_1
            FID_PW_DATA_INCU_YN
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'object',
                names("""
                    bstp_nmix_prdy_vrss.2 prdy_vrss_sign bstp_nmix_prdy_ctrt.2 prdy_nmix.2
                    acml_vol acml_tr_pbmn hts_kor_isnm bstp_nmix_prpr.2 bstp_cls_code prdy_vol
                    bstp_nmix_oprc.2 bstp_nmix_hgpr.2 bstp_nmix_lwpr.2 futs_prdy_oprc.2
                    futs_prdy_hgpr.2 futs_prdy_lwpr.2
                """),
            ),
            'output2': (
                'array',
                names("""
                    stck_bsop_date stck_cntg_hour bstp_nmix_prpr.2 bstp_nmix_oprc.2
                    bstp_nmix_hgpr.2 bstp_nmix_lwpr.2 cntg_vol acml_tr_pbmn
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
    'domestic_stock.inquire_time_itemconclusion': {
        'title': '주식현재가 당일시간대별체결',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/inquire-time-itemconclusion',
        'tr_real': {'': 'FHPST01060000'},
        'tr_paper': {'': 'FHPST01060000'},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_INPUT_ISCD FID_INPUT_HOUR_1
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'object',
                names("""
                    stck_prpr prdy_vrss prdy_vrss_sign prdy_ctrt acml_vol prdy_vol
                    rprs_mrkt_kor_name
                """),
            ),
            'output2': (
                'array',
                names("""
                    stck_cntg_hour stck_pbpr prdy_vrss prdy_vrss_sign prdy_ctrt askp bidp
                    tday_rltv acml_vol cnqn
                """),
            ),
        },
    },
    'domestic_stock.inquire_time_overtimeconclusion': {
        'title': '주식현재가 시간외시간별체결',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/inquire-time-overtimeconclusion',
        'tr_real': {'': 'FHPST02310000'},
        'tr_paper': {'': 'FHPST02310000'},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_INPUT_ISCD FID_HOUR_CLS_CODE
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'object',
                names("""
                    ovtm_untp_prpr ovtm_untp_prdy_vrss ovtm_untp_prdy_vrss_sign
                    ovtm_untp_prdy_ctrt ovtm_untp_vol ovtm_untp_tr_pbmn ovtm_untp_mxpr
                    ovtm_untp_llam ovtm_untp_oprc ovtm_untp_hgpr ovtm_untp_lwpr
                    ovtm_untp_antc_cnpr ovtm_untp_antc_cntg_vrss ovtm_untp_antc_cntg_vrss_sign
                    ovtm_untp_antc_cntg_ctrt ovtm_untp_antc_vol uplm_sign lslm_sign
                """),
            ),
            'output2': (
                'array',
                names("""
                    stck_cntg_hour stck_prpr prdy_vrss prdy_vrss_sign prdy_ctrt askp bidp
                    acml_vol cntg_vol
                """),
            ),
        },
    },
    'domestic_stock.inquire_vi_status': {
        'title': '변동성완화장치(VI) 현황',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/inquire-vi-status',
        'tr_real': {'': 'FHPST01390000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_DIV_CLS_CODE FID_COND_SCR_DIV_CODE=20139 FID_MRKT_CLS_CODE FID_INPUT_ISCD
            FID_RANK_SORT_CLS_CODE FID_INPUT_DATE_1 FID_TRGT_CLS_CODE FID_TRGT_EXLS_CLS_CODE
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    hts_kor_isnm mksc_shrn_iscd vi_cls_code bsop_date cntg_vi_hour vi_cncl_hour
                    vi_kind_code vi_prc vi_stnd_prc vi_dprt.2 vi_dmc_stnd_prc vi_dmc_dprt.2
                    vi_count
                """),
            ),
        },
    },
    'domestic_stock.intgr_margin': {
        'title': '주식통합증거금 현황',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/trading/intgr-margin',
        'tr_real': {'': 'TTTC0869R'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            CANO ACNT_PRDT_CD CMA_EVLU_AMT_ICLD_YN WCRC_FRCR_DVSN_CD FWEX_CTRT_FRCR_DVSN_CD
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'object',
                names("""
                    acmga_rt.4 acmga_pct100_aptm_rson stck_cash_objt_amt.4 stck_sbst_objt_amt.4
                    stck_evlu_objt_amt.4 stck_ruse_psbl_objt_amt.4
                    stck_fund_rpch_chgs_objt_amt.4 stck_fncg_rdpt_objt_atm.4
                    bond_ruse_psbl_objt_amt.4 stck_cash_use_amt.4 stck_sbst_use_amt.4
                    stck_evlu_use_amt.4 stck_ruse_psbl_amt_use_amt.4
                    stck_fund_rpch_chgs_use_amt.4 stck_fncg_rdpt_amt_use_amt.4
                    bond_ruse_psbl_amt_use_amt.4 stck_cash_ord_psbl_amt.4
                    stck_sbst_ord_psbl_amt.4 stck_evlu_ord_psbl_amt.4
                    stck_ruse_psbl_ord_psbl_amt.4 stck_fund_rpch_ord_psbl_amt.4
                    bond_ruse_psbl_ord_psbl_amt.4 rcvb_amt stck_loan_grta_ruse_psbl_amt.4
                    stck_cash20_max_ord_psbl_amt.4 stck_cash30_max_ord_psbl_amt.4
                    stck_cash40_max_ord_psbl_amt.4 stck_cash50_max_ord_psbl_amt.4
                    stck_cash60_max_ord_psbl_amt.4 stck_cash100_max_ord_psbl_amt.4
                    stck_rsip100_max_ord_psbl_amt.4 bond_max_ord_psbl_amt.4
                    stck_fncg45_max_ord_psbl_amt.2 stck_fncg50_max_ord_psbl_amt.4
                    stck_fncg60_max_ord_psbl_amt.4 stck_fncg70_max_ord_psbl_amt.2
                    stck_stln_max_ord_psbl_amt.4 lmt_amt ovrs_stck_itgr_mgna_dvsn_name
                    usd_objt_amt.2 usd_use_amt.2 usd_ord_psbl_amt.2 hkd_objt_amt.2 hkd_use_amt.2
                    hkd_ord_psbl_amt.2 jpy_objt_amt.2 jpy_use_amt.2 jpy_ord_psbl_amt.2
                    cny_objt_amt.2 cny_use_amt.2 cny_ord_psbl_amt.2 usd_ruse_objt_amt.2
                    usd_ruse_amt.2 usd_ruse_ord_psbl_amt.2 hkd_ruse_objt_amt.2 hkd_ruse_amt.2
                    hkd_ruse_ord_psbl_amt.2 jpy_ruse_objt_amt.2 jpy_ruse_amt.2
                    jpy_ruse_ord_psbl_amt.2 cny_ruse_objt_amt.2 cny_ruse_amt.2
                    cny_ruse_ord_psbl_amt.2 usd_gnrl_ord_psbl_amt.2 usd_itgr_ord_psbl_amt.2
                    hkd_gnrl_ord_psbl_amt.2 hkd_itgr_ord_psbl_amt.2 jpy_gnrl_ord_psbl_amt.2
                    jpy_itgr_ord_psbl_amt.2 cny_gnrl_ord_psbl_amt.2 cny_itgr_ord_psbl_amt.2
                    stck_itgr_cash20_ord_psbl_amt.2 stck_itgr_cash30_ord_psbl_amt.2
                    stck_itgr_cash40_ord_psbl_amt.2 stck_itgr_cash50_ord_psbl_amt.2
                    stck_itgr_cash60_ord_psbl_amt.2 stck_itgr_cash100_ord_psbl_amt.2
                    stck_itgr_100_ord_psbl_amt.2 stck_itgr_fncg45_ord_psbl_amt.2
                    stck_itgr_fncg50_ord_psbl_amt.2 stck_itgr_fncg60_ord_psbl_amt.2
                    stck_itgr_fncg70_ord_psbl_amt.2 stck_itgr_stln_ord_psbl_amt.2
                    bond_itgr_ord_psbl_amt.2 stck_cash_ovrs_use_amt.2 stck_sbst_ovrs_use_amt.2
                    stck_evlu_ovrs_use_amt.2 stck_re_use_amt_ovrs_use_amt.2
                    stck_fund_rpch_ovrs_use_amt.2 stck_fncg_rdpt_ovrs_use_amt.2
                    bond_re_use_ovrs_use_amt.2 usd_oth_mket_use_amt.2 jpy_oth_mket_use_amt.2
                    cny_oth_mket_use_amt.2 hkd_oth_mket_use_amt.2 usd_re_use_oth_mket_use_amt.2
                    jpy_re_use_oth_mket_use_amt.2 cny_re_use_oth_mket_use_amt.2
                    hkd_re_use_oth_mket_use_amt.2 hgkg_cny_re_use_amt.2 usd_frst_bltn_exrt
                    hkd_frst_bltn_exrt jpy_frst_bltn_exrt cny_frst_bltn_exrt
                """),
            ),
        },
    },
    'domestic_stock.intstock_grouplist': {
        'title': '관심종목 그룹조회',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/intstock-grouplist',
        'tr_real': {'': 'HHKCM113004C7'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('TYPE=1', 'FID_ETC_CLS_CODE=00', 'USER_ID'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output2': (
                'array',
                names("""
                    date trnm_hour data_rank inter_grp_code inter_grp_name ask_cnt
                """),
            ),
        },
    },
    'domestic_stock.intstock_multprice': {
        'title': '관심종목(멀티종목) 시세조회',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/intstock-multprice',
        'tr_real': {'': 'FHKST11300006'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE_1 FID_INPUT_ISCD_1 FID_COND_MRKT_DIV_CODE_2 FID_INPUT_ISCD_2
            FID_COND_MRKT_DIV_CODE_3 FID_INPUT_ISCD_3 FID_COND_MRKT_DIV_CODE_4 FID_INPUT_ISCD_4
            FID_COND_MRKT_DIV_CODE_5 FID_INPUT_ISCD_5 FID_COND_MRKT_DIV_CODE_6 FID_INPUT_ISCD_6
            FID_COND_MRKT_DIV_CODE_7 FID_INPUT_ISCD_7 FID_COND_MRKT_DIV_CODE_8 FID_INPUT_ISCD_8
            FID_COND_MRKT_DIV_CODE_9 FID_INPUT_ISCD_9 FID_COND_MRKT_DIV_CODE_10
            FID_INPUT_ISCD_10 FID_COND_MRKT_DIV_CODE_11 FID_INPUT_ISCD_11
            FID_COND_MRKT_DIV_CODE_12 FID_INPUT_ISCD_12 FID_COND_MRKT_DIV_CODE_13
            FID_INPUT_ISCD_13 FID_COND_MRKT_DIV_CODE_14 FID_INPUT_ISCD_14
            FID_COND_MRKT_DIV_CODE_15 FID_INPUT_ISCD_15 FID_COND_MRKT_DIV_CODE_16
            FID_INPUT_ISCD_16 FID_COND_MRKT_DIV_CODE_17 FID_INPUT_ISCD_17
            FID_COND_MRKT_DIV_CODE_18 FID_INPUT_ISCD_18 FID_COND_MRKT_DIV_CODE_19
            FID_INPUT_ISCD_19 FID_COND_MRKT_DIV_CODE_20 FID_INPUT_ISCD_20
            FID_COND_MRKT_DIV_CODE_21 FID_INPUT_ISCD_21 FID_COND_MRKT_DIV_CODE_22
            FID_INPUT_ISCD_22 FID_COND_MRKT_DIV_CODE_23 FID_INPUT_ISCD_23
            FID_COND_MRKT_DIV_CODE_24 FID_INPUT_ISCD_24 FID_COND_MRKT_DIV_CODE_25
            FID_INPUT_ISCD_25 FID_COND_MRKT_DIV_CODE_26 FID_INPUT_ISCD_26
            FID_COND_MRKT_DIV_CODE_27 FID_INPUT_ISCD_27 FID_COND_MRKT_DIV_CODE_28
            FID_INPUT_ISCD_28 FID_COND_MRKT_DIV_CODE_29 FID_INPUT_ISCD_29
            FID_COND_MRKT_DIV_CODE_30 FID_INPUT_ISCD_30
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    kospi_kosdaq_cls_name mrkt_trtm_cls_name hour_cls_code inter_shrn_iscd
                    inter_kor_isnm inter2_prpr inter2_prdy_vrss prdy_vrss_sign prdy_ctrt.2
                    acml_vol inter2_oprc inter2_hgpr inter2_lwpr inter2_llam inter2_mxpr
                    inter2_askp inter2_bidp seln_rsqn shnu_rsqn total_askp_rsqn total_bidp_rsqn
                    acml_tr_pbmn inter2_prdy_clpr oprc_vrss_hgpr_rate.4 intr_antc_cntg_vrss
                    intr_antc_cntg_vrss_sign intr_antc_cntg_prdy_ctrt.2 intr_antc_vol
                    inter2_sdpr
                """),
            ),
        },
    },
    'domestic_stock.intstock_stocklist_by_group': {
        'title': '관심종목 그룹별 종목조회',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/intstock-stocklist-by-group',
        'tr_real': {'': 'HHKCM113004C6'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            TYPE=1 USER_ID INTER_GRP_CODE FID_ETC_CLS_CODE=4 DATA_RANK INTER_GRP_NAME
            HTS_KOR_ISNM CNTG_CLS_CODE
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'object',
                ('data_rank', 'inter_grp_name'),
            ),
            'output2': (
                'array',
                names("""
                    fid_mrkt_cls_code data_rank exch_code jong_code color_code memo hts_kor_isnm
                    fxdt_ntby_qty cntg_unpr cntg_cls_code
                """),
            ),
        },
    },
    'domestic_stock.invest_opbysec': {
        'title': '국내주식 증권사별 투자의견',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/invest-opbysec',
        'tr_real': {'': 'FHKST663400C0'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_COND_SCR_DIV_CODE=16634 FID_INPUT_ISCD FID_DIV_CLS_CODE
            FID_INPUT_DATE_1 FID_INPUT_DATE_2
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    stck_bsop_date stck_shrn_iscd hts_kor_isnm invt_opnn invt_opnn_cls_code
                    rgbf_invt_opnn rgbf_invt_opnn_cls_code mbcr_name stck_prpr prdy_vrss
                    prdy_vrss_sign prdy_ctrt.2 hts_goal_prc stck_prdy_clpr stft_esdg dprt.2
                """),
            ),
        },
    },
    'domestic_stock.invest_opinion': {
        'title': '국내주식 종목투자의견',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/invest-opinion',
        'tr_real': {'': 'FHKST663300C0'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_COND_SCR_DIV_CODE=16633 FID_INPUT_ISCD FID_INPUT_DATE_1
            FID_INPUT_DATE_2
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    stck_bsop_date invt_opnn invt_opnn_cls_code rgbf_invt_opnn
                    rgbf_invt_opnn_cls_code mbcr_name hts_goal_prc stck_prdy_clpr stck_nday_esdg
                    nday_dprt.2 stft_esdg dprt.2
                """),
            ),
        },
    },
    'domestic_stock.investor_program_trade_today': {
        'title': '프로그램매매 투자자매매동향(당일)',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/investor-program-trade-today',
        'tr_real': {'': 'HHPPG046600C1'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('MRKT_DIV_CLS_CODE', 'EXCH_DIV_CLS_CODE'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'array',
                names("""
                    invr_cls_code all_seln_qty all_seln_amt invr_cls_name all_shnu_qty
                    all_shnu_amt all_ntby_amt arbt_seln_qty all_ntby_qty arbt_shnu_qty
                    arbt_ntby_qty arbt_seln_amt arbt_shnu_amt arbt_ntby_amt nabt_seln_qty
                    nabt_shnu_qty nabt_ntby_qty nabt_seln_amt nabt_shnu_amt nabt_ntby_amt
                """),
            ),
        },
    },
    'domestic_stock.investor_trade_by_stock_daily': {
        'title': '종목별 투자자매매동향(일별)',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/investor-trade-by-stock-daily',
        'tr_real': {'': 'FHPTJ04160001'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_INPUT_ISCD FID_INPUT_DATE_1 FID_ORG_ADJ_PRC
            FID_ETC_CLS_CODE
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'object',
                names("""
                    stck_prpr prdy_vrss prdy_vrss_sign prdy_ctrt.2 acml_vol prdy_vol
                    rprs_mrkt_kor_name
                """),
            ),
            'output2': (
                'array',
                names("""
                    stck_bsop_date stck_clpr prdy_vrss prdy_vrss_sign prdy_ctrt.2 acml_vol
                    acml_tr_pbmn stck_oprc stck_hgpr stck_lwpr frgn_ntby_qty frgn_reg_ntby_qty
                    frgn_nreg_ntby_qty prsn_ntby_qty orgn_ntby_qty scrt_ntby_qty ivtr_ntby_qty
                    pe_fund_ntby_vol bank_ntby_qty insu_ntby_qty mrbn_ntby_qty fund_ntby_qty
                    etc_ntby_qty etc_corp_ntby_vol etc_orgt_ntby_vol frgn_reg_ntby_pbmn
                    frgn_ntby_tr_pbmn frgn_nreg_ntby_pbmn prsn_ntby_tr_pbmn orgn_ntby_tr_pbmn
                    scrt_ntby_tr_pbmn pe_fund_ntby_tr_pbmn ivtr_ntby_tr_pbmn bank_ntby_tr_pbmn
                    insu_ntby_tr_pbmn mrbn_ntby_tr_pbmn fund_ntby_tr_pbmn etc_ntby_tr_pbmn
                    etc_corp_ntby_tr_pbmn etc_orgt_ntby_tr_pbmn frgn_seln_vol frgn_shnu_vol
                    frgn_seln_tr_pbmn frgn_shnu_tr_pbmn frgn_reg_askp_qty frgn_reg_bidp_qty
                    frgn_reg_askp_pbmn frgn_reg_bidp_pbmn frgn_nreg_askp_qty frgn_nreg_bidp_qty
                    frgn_nreg_askp_pbmn frgn_nreg_bidp_pbmn prsn_seln_vol prsn_shnu_vol
                    prsn_seln_tr_pbmn prsn_shnu_tr_pbmn orgn_seln_vol orgn_shnu_vol
                    orgn_seln_tr_pbmn orgn_shnu_tr_pbmn scrt_seln_vol scrt_shnu_vol
                    scrt_seln_tr_pbmn scrt_shnu_tr_pbmn ivtr_seln_vol ivtr_shnu_vol
                    ivtr_seln_tr_pbmn ivtr_shnu_tr_pbmn pe_fund_seln_tr_pbmn pe_fund_seln_vol
                    pe_fund_shnu_tr_pbmn pe_fund_shnu_vol bank_seln_vol bank_shnu_vol
                    bank_seln_tr_pbmn bank_shnu_tr_pbmn insu_seln_vol insu_shnu_vol
                    insu_seln_tr_pbmn insu_shnu_tr_pbmn mrbn_seln_vol mrbn_shnu_vol
                    mrbn_seln_tr_pbmn mrbn_shnu_tr_pbmn fund_seln_vol fund_shnu_vol
                    fund_seln_tr_pbmn fund_shnu_tr_pbmn etc_seln_vol etc_shnu_vol
                    etc_seln_tr_pbmn etc_shnu_tr_pbmn etc_orgt_seln_vol etc_orgt_shnu_vol
                    etc_orgt_seln_tr_pbmn etc_orgt_shnu_tr_pbmn etc_corp_seln_vol
                    etc_corp_shnu_vol etc_corp_seln_tr_pbmn etc_corp_shnu_tr_pbmn bold_yn
                """),
            ),
        },
    },
    'domestic_stock.investor_trend_estimate': {
        'title': '종목별 외인기관 추정가집계',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/investor-trend-estimate',
        'tr_real': {'': 'HHPTJ04160200'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('MKSC_SHRN_ISCD',),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output2': (
                'array',
                names("""
                    bsop_hour_gb frgn_fake_ntby_qty orgn_fake_ntby_qty sum_fake_ntby_qty
                """),
            ),
        },
    },
    'domestic_stock.ksdinfo_bonus_issue': {
        'title': '예탁원정보(무상증자일정)',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/ksdinfo/bonus-issue',
        'tr_real': {'': 'HHKDB669101C0'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('CTS', 'F_DT', 'T_DT', 'SHT_CD'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'array',
                names("""
                    record_date sht_cd isin_name fix_rate odd_rec_price right_dt odd_pay_dt
                    list_date tot_issue_stk_qty issue_stk_qty stk_kind
                """),
            ),
        },
    },
    'domestic_stock.ksdinfo_cap_dcrs': {
        'title': '예탁원정보(자본감소일정)',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/ksdinfo/cap-dcrs',
        'tr_real': {'': 'HHKDB669106C0'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('CTS', 'F_DT', 'T_DT', 'SHT_CD'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'array',
                names("""
                    record_date sht_cd isin_name stk_kind reduce_cap_type reduce_cap_rate
                    comp_way td_stop_dt list_dt
                """),
            ),
        },
    },
    'domestic_stock.ksdinfo_dividend': {
        'title': '예탁원정보(배당일정)',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/ksdinfo/dividend',
        'tr_real': {'': 'HHKDB669102C0'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('CTS', 'GB1', 'F_DT', 'T_DT', 'SHT_CD', 'HIGH_GB'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'array',
                names("""
                    record_date sht_cd isin_name divi_kind face_val per_sto_divi_amt divi_rate.2
                    stk_divi_rate divi_pay_dt stk_div_pay_dt odd_pay_dt stk_kind high_divi_gb
                """),
            ),
        },
    },
    'domestic_stock.ksdinfo_forfeit': {
        'title': '예탁원정보(실권주일정)',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/ksdinfo/forfeit',
        'tr_real': {'': 'HHKDB669109C0'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('SHT_CD', 'T_DT', 'F_DT', 'CTS'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'array',
                names("""
                    record_date sht_cd isin_name subscr_dt subscr_price subscr_stk_qty refund_dt
                    list_dt lead_mgr
                """),
            ),
        },
    },
    'domestic_stock.ksdinfo_list_info': {
        'title': '예탁원정보(상장정보일정)',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/ksdinfo/list-info',
        'tr_real': {'': 'HHKDB669107C0'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('SHT_CD', 'T_DT', 'F_DT', 'CTS'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'array',
                names("""
                    list_dt sht_cd isin_name stk_kind issue_type issue_stk_qty tot_issue_stk_qty
                    issue_price
                """),
            ),
        },
    },
    'domestic_stock.ksdinfo_mand_deposit': {
        'title': '예탁원정보(의무예치일정)',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/ksdinfo/mand-deposit',
        'tr_real': {'': 'HHKDB669110C0'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('T_DT', 'SHT_CD', 'F_DT', 'CTS'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'array',
                names("""
                    sht_cd isin_name stk_qty depo_date depo_reason tot_issue_qty_per_rate.2
                """),
            ),
        },
    },
    'domestic_stock.ksdinfo_merger_split': {
        'title': '예탁원정보(합병_분할일정)',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/ksdinfo/merger-split',
        'tr_real': {'': 'HHKDB669104C0'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('CTS', 'F_DT', 'T_DT', 'SHT_CD'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'array',
                names("""
                    record_date sht_cd opp_cust_cd opp_cust_nm cust_cd cust_nm merge_type
                    merge_rate td_stop_dt list_dt odd_amt_pay_dt tot_issue_stk_qty issue_stk_qty
                    seq
                """),
            ),
        },
    },
    'domestic_stock.ksdinfo_paidin_capin': {
        'title': '예탁원정보(유상증자일정)',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/ksdinfo/paidin-capin',
        'tr_real': {'': 'HHKDB669100C0'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('CTS', 'GB1', 'F_DT', 'T_DT', 'SHT_CD'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'array',
                names("""
                    record_date sht_cd isin_name tot_issue_stk_qty issue_stk_qty fix_rate
                    disc_rate.2 fix_price right_dt sub_term_ft sub_term list_date stk_kind
                """),
            ),
        },
    },
    'domestic_stock.ksdinfo_pub_offer': {
        'title': '예탁원정보(공모주청약일정)',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/ksdinfo/pub-offer',
        'tr_real': {'': 'HHKDB669108C0'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('SHT_CD', 'CTS', 'F_DT', 'T_DT'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'array',
                names("""
                    record_date sht_cd isin_name fix_subscr_pri face_value subscr_dt pay_dt
                    refund_dt list_dt lead_mgr pub_bf_cap pub_af_cap assign_stk_qty
                """),
            ),
        },
    },
    'domestic_stock.ksdinfo_purreq': {
        'title': '예탁원정보(주식매수청구일정)',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/ksdinfo/purreq',
        'tr_real': {'': 'HHKDB669103C0'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('SHT_CD', 'T_DT', 'F_DT', 'CTS'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'array',
                names("""
                    record_date sht_cd isin_name stk_kind opp_opi_rcpt_term buy_req_rcpt_term
                    buy_req_price.2 buy_amt_pay_dt.2 get_meet_dt
                """),
            ),
        },
    },
    'domestic_stock.ksdinfo_rev_split': {
        'title': '예탁원정보(액면교체일정)',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/ksdinfo/rev-split',
        'tr_real': {'': 'HHKDB669105C0'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('SHT_CD', 'CTS', 'F_DT', 'T_DT', 'MARKET_GB'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'array',
                names("""
                    record_date sht_cd isin_name inter_bf_face_amt inter_af_face_amt td_stop_dt
                    list_dt
                """),
            ),
        },
    },
    'domestic_stock.ksdinfo_sharehld_meet': {
        'title': '예탁원정보(주주총회일정)',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/ksdinfo/sharehld-meet',
        'tr_real': {'': 'HHKDB669111C0'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('CTS', 'F_DT', 'T_DT', 'SHT_CD'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'array',
                names("""
                    record_date sht_cd isin_name gen_meet_dt gen_meet_type agenda vote_tot_qty
                """),
            ),
        },
    },
    'domestic_stock.lendable_by_company': {
        'title': '당사 대주가능 종목',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/lendable-by-company',
        'tr_real': {'': 'CTSC2702R'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            EXCG_DVSN_CD PDNO THCO_STLN_PSBL_YN INQR_DVSN_1 CTX_AREA_FK200 CTX_AREA_NK100
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'array',
                names("""
                    pdno prdt_name papr bfdy_clpr sbst_prvs tr_stop_dvsn_name psbl_yn_name
                    lmt_qty1 use_qty1 trad_psbl_qty2 rght_type_cd bass_dt psbl_yn
                """),
            ),
            'output2': (
                'object',
                ('tot_stup_lmt_qty', 'brch_lmt_qty', 'rqst_psbl_qty'),
            ),
        },
    },
    'domestic_stock.market_cap': {
        'title': '국내주식 시가총액 상위',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/ranking/market-cap',
        'tr_real': {'': 'FHPST01740000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            fid_input_price_2 fid_cond_mrkt_div_code fid_cond_scr_div_code=20174
            fid_div_cls_code fid_input_iscd fid_trgt_cls_code fid_trgt_exls_cls_code
            fid_input_price_1 fid_vol_cnt
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    mksc_shrn_iscd data_rank hts_kor_isnm stck_prpr prdy_vrss prdy_vrss_sign
                    prdy_ctrt.2 acml_vol lstn_stcn stck_avls mrkt_whol_avls_rlim.2
                """),
            ),
        },
    },
    'domestic_stock.market_time': {
        'title': '국내선물 영업일조회',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/market-time',
        'tr_real': {'': 'HHMCM000002C0'},
        'tr_paper': {},
        'tr_old': {},
        'params': (),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'object',
                names("""
                    date1 date2 date3 date4 date5 today time s_time e_time
                """),
            ),
        },
    },
    'domestic_stock.market_value': {
        'title': '국내주식 시장가치 순위',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/ranking/market-value',
        'tr_real': {'': 'FHPST01790000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            fid_trgt_cls_code fid_cond_mrkt_div_code fid_cond_scr_div_code=20179 fid_input_iscd
            fid_div_cls_code fid_input_price_1 fid_input_price_2 fid_vol_cnt fid_input_option_1
            fid_input_option_2 fid_rank_sort_cls_code fid_blng_cls_code fid_trgt_exls_cls_code
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    data_rank hts_kor_isnm mksc_shrn_iscd stck_prpr prdy_vrss prdy_vrss_sign
                    prdy_ctrt.2 acml_vol per.2 pbr.2 pcr.2 psr.2 eps.2 eva.2 ebitda.2
                    pv_div_ebitda.2 ebitda_div_fnnc_expn.2 stac_month stac_month_cls_code
                    iqry_csnu
                """),
            ),
        },
    },
    'domestic_stock.mktfunds': {
        'title': '국내 증시자금 종합',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/mktfunds',
        'tr_real': {'': 'FHKST649100C0'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('FID_INPUT_DATE_1',),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    bsop_date bstp_nmix_prpr.2 bstp_nmix_prdy_vrss.2 prdy_vrss_sign prdy_ctrt.2
                    hts_avls cust_dpmn_amt cust_dpmn_amt_prdy_vrss amt_tnrt.4 uncl_amt
                    crdt_loan_rmnd futs_tfam_amt sttp_amt mxtp_amt bntp_amt mmf_amt
                    secu_lend_amt
                """),
            ),
        },
    },
    'domestic_stock.near_new_highlow': {
        'title': '국내주식 신고_신저근접종목 상위',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/ranking/near-new-highlow',
        'tr_real': {'': 'FHPST01870000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            fid_aply_rang_vol fid_cond_mrkt_div_code fid_cond_scr_div_code=20187
            fid_div_cls_code fid_input_cnt_1 fid_input_cnt_2 fid_prc_cls_code fid_input_iscd
            fid_trgt_cls_code fid_trgt_exls_cls_code fid_aply_rang_prc_1 fid_aply_rang_prc_2
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    hts_kor_isnm mksc_shrn_iscd stck_prpr prdy_vrss_sign prdy_vrss prdy_ctrt.2
                    askp askp_rsqn1 bidp bidp_rsqn1 acml_vol new_hgpr hprc_near_rate.4 new_lwpr
                    lwpr_near_rate.4 stck_sdpr
                """),
            ),
        },
    },
    'domestic_stock.news_title': {
        'title': '종합 시황_공시(제목)',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/news-title',
        'tr_real': {'': 'FHKST01011800'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_NEWS_OFER_ENTP_CODE FID_COND_MRKT_CLS_CODE FID_INPUT_ISCD FID_TITL_CNTT
            FID_INPUT_DATE_1 FID_INPUT_HOUR_1 FID_RANK_SORT_CLS_CODE FID_INPUT_SRNO
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    cntt_usiq_srno news_ofer_entp_code data_dt data_tm hts_pbnt_titl_cntt
                    news_lrdv_code dorg iscd1 iscd2 iscd3 iscd4 iscd5
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
    'domestic_stock.order_credit': {
        'title': '주식주문(신용)',
        'method': 'POST',
        'path': '/uapi/domestic-stock/v1/trading/order-credit',
        'tr_real': {'buy': 'TTTC0052U', 'sell': 'TTTC0051U'},
        'tr_paper': {},
        'tr_old': {'buy': 'TTTC0852U', 'sell': 'TTTC0851U'},
        'params': names("""
            CANO ACNT_PRDT_CD PDNO CRDT_TYPE LOAN_DT ORD_DVSN ORD_QTY ORD_UNPR EXCG_ID_DVSN_CD
            SLL_TYPE RSVN_ORD_YN EMGC_ORD_YN PGTR_DVSN MGCO_APTM_ODNO LQTY_TR_NGTN_DTL_NO
            LQTY_TR_AGMT_NO LQTY_TR_NGTN_ID LP_ORD_YN MDIA_ODNO ORD_SVR_DVSN_CD
            PGM_NMPR_STMT_DVSN_CD CVRG_SLCT_RSON_CD CVRG_SEQ CNDT_PRIC
        """),
        'optional': names("""
            EXCG_ID_DVSN_CD SLL_TYPE RSVN_ORD_YN EMGC_ORD_YN PGTR_DVSN MGCO_APTM_ODNO
            LQTY_TR_NGTN_DTL_NO LQTY_TR_AGMT_NO LQTY_TR_NGTN_ID LP_ORD_YN MDIA_ODNO
            ORD_SVR_DVSN_CD PGM_NMPR_STMT_DVSN_CD CVRG_SLCT_RSON_CD CVRG_SEQ CNDT_PRIC
        """),
        'cursor': None,
        'outputs': {
            'output': (
                'object',
                ('KRX_FWDG_ORD_ORGNO', 'ODNO', 'ORD_TMD'),
            ),
        },
    },
    'domestic_stock.order_resv': {
        'title': '주식예약주문',
        'method': 'POST',
        'path': '/uapi/domestic-stock/v1/trading/order-resv',
        'tr_real': {'': 'CTSC0008U'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            CANO ACNT_PRDT_CD PDNO ORD_QTY ORD_UNPR SLL_BUY_DVSN_CD ORD_DVSN_CD
            ORD_OBJT_CBLC_DVSN_CD LOAN_DT RSVN_ORD_END_DT LDNG_DT
        """),
        'optional': ('LOAN_DT', 'RSVN_ORD_END_DT', 'LDNG_DT'),
        'cursor': None,
        'outputs': {
            'output': (
                'object',
                ('RSVN_ORD_SEQ',),
            ),
        },
    },
    'domestic_stock.order_resv_ccnl': {
        'title': '주식예약주문조회',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/trading/order-resv-ccnl',
        'tr_real': {'': 'CTSC0004R'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            RSVN_ORD_ORD_DT RSVN_ORD_END_DT TMNL_MDIA_KIND_CD CANO ACNT_PRDT_CD PRCS_DVSN_CD
            CNCL_YN RSVN_ORD_SEQ PDNO SLL_BUY_DVSN_CD CTX_AREA_FK200 CTX_AREA_NK200
        """),
        'optional': (),
        'cursor': '200',
        'outputs': {
            'output': (
                'array',
                names("""
                    rsvn_ord_seq rsvn_ord_ord_dt rsvn_ord_rcit_dt pdno ord_dvsn_cd ord_rsvn_qty
                    tot_ccld_qty cncl_ord_dt ord_tmd ctac_tlno rjct_rson2 odno rsvn_ord_rcit_tmd
                    kor_item_shtn_name sll_buy_dvsn_cd ord_rsvn_unpr tot_ccld_amt loan_dt
                    cncl_rcit_tmd prcs_rslt ord_dvsn_name tmnl_mdia_kind_cd rsvn_end_dt
                """),
            ),
        },
    },
    'domestic_stock.order_resv_rvsecncl': {
        'title': '주식예약주문정정취소',
        'method': 'POST',
        'path': '/uapi/domestic-stock/v1/trading/order-resv-rvsecncl',
        'tr_real': {'cancel': 'CTSC0009U', 'modify': 'CTSC0013U'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            CANO ACNT_PRDT_CD RSVN_ORD_SEQ RSVN_ORD_ORGNO RSVN_ORD_ORD_DT PDNO ORD_QTY ORD_UNPR
            SLL_BUY_DVSN_CD ORD_DVSN_CD ORD_OBJT_CBLC_DVSN_CD LOAN_DT RSVN_ORD_END_DT CTAL_TLNO
        """),
        'optional': names("""
            RSVN_ORD_ORGNO RSVN_ORD_ORD_DT LOAN_DT RSVN_ORD_END_DT CTAL_TLNO
        """),
        'cursor': None,
        'outputs': {
            'output': (
                'object',
                ('NRML_PRCS_YN',),
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
    'domestic_stock.overtime_exp_trans_fluct': {
        'title': '국내주식 시간외예상체결등락률',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/ranking/overtime-exp-trans-fluct',
        'tr_real': {'': 'FHKST11860000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_COND_SCR_DIV_CODE=11186 FID_INPUT_ISCD
            FID_RANK_SORT_CLS_CODE FID_DIV_CLS_CODE FID_INPUT_PRICE_1 FID_INPUT_PRICE_2
            FID_INPUT_VOL_1
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    data_rank iscd_stat_cls_code stck_shrn_iscd hts_kor_isnm ovtm_untp_antc_cnpr
                    ovtm_untp_antc_cntg_vrss ovtm_untp_antc_cntg_vrsssign
                    ovtm_untp_antc_cntg_ctrt.2 ovtm_untp_askp_rsqn1 ovtm_untp_bidp_rsqn1
                    ovtm_untp_antc_cnqn itmt_vol stck_prpr ovtm_untp_antc_cntg_vrss_sign
                """),
            ),
        },
    },
    'domestic_stock.overtime_fluctuation': {
        'title': '국내주식 시간외등락율순위',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/ranking/overtime-fluctuation',
        'tr_real': {'': 'FHPST02340000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_MRKT_CLS_CODE FID_COND_SCR_DIV_CODE=20234 FID_INPUT_ISCD
            FID_DIV_CLS_CODE FID_INPUT_PRICE_1 FID_INPUT_PRICE_2 FID_VOL_CNT FID_TRGT_CLS_CODE
            FID_TRGT_EXLS_CLS_CODE
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'object',
                names("""
                    ovtm_untp_uplm_issu_cnt ovtm_untp_ascn_issu_cnt ovtm_untp_stnr_issu_cnt
                    ovtm_untp_lslm_issu_cnt ovtm_untp_down_issu_cnt ovtm_untp_acml_vol
                    ovtm_untp_acml_tr_pbmn ovtm_untp_exch_vol ovtm_untp_exch_tr_pbmn
                    ovtm_untp_kosdaq_vol ovtm_untp_kosdaq_tr_pbmn
                """),
            ),
            'output2': (
                'array',
                names("""
                    mksc_shrn_iscd hts_kor_isnm ovtm_untp_prpr ovtm_untp_prdy_vrss
                    ovtm_untp_prdy_vrss_sign ovtm_untp_prdy_ctrt.2 ovtm_untp_askp1
                    ovtm_untp_seln_rsqn ovtm_untp_bidp1 ovtm_untp_shnu_rsqn ovtm_untp_vol
                    ovtm_vrss_acml_vol_rlim.2 stck_prpr acml_vol bidp askp
                """),
            ),
        },
    },
    'domestic_stock.overtime_volume': {
        'title': '국내주식 시간외거래량순위',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/ranking/overtime-volume',
        'tr_real': {'': 'FHPST02350000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_COND_SCR_DIV_CODE=20235 FID_INPUT_ISCD
            FID_RANK_SORT_CLS_CODE FID_INPUT_PRICE_1 FID_INPUT_PRICE_2 FID_VOL_CNT
            FID_TRGT_CLS_CODE FID_TRGT_EXLS_CLS_CODE
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'object',
                names("""
                    ovtm_untp_exch_vol ovtm_untp_exch_tr_pbmn ovtm_untp_kosdaq_vol
                    ovtm_untp_kosdaq_tr_pbmn
                """),
            ),
            'output2': (
                'array',
                names("""
                    stck_shrn_iscd hts_kor_isnm ovtm_untp_prpr ovtm_untp_prdy_vrss
                    ovtm_untp_prdy_vrss_sign ovtm_untp_prdy_ctrt.2 ovtm_untp_seln_rsqn
                    ovtm_untp_shnu_rsqn ovtm_untp_vol ovtm_vrss_acml_vol_rlim.2 stck_prpr
                    acml_vol bidp askp
                """),
            ),
        },
    },
    'domestic_stock.pbar_tratio': {
        'title': '국내주식 매물대_거래비중',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/pbar-tratio',
        'tr_real': {'': 'FHPST01130000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_INPUT_ISCD FID_COND_SCR_DIV_CODE=20113 FID_INPUT_HOUR_1
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'object',
                names("""
                    rprs_mrkt_kor_name stck_shrn_iscd hts_kor_isnm stck_prpr prdy_vrss_sign
                    prdy_vrss prdy_ctrt.2 acml_vol prdy_vol wghn_avrg_stck_prc.2 lstn_stcn
                """),
            ),
            'output2': (
                'array',
                ('data_rank', 'stck_prpr', 'cntg_vol', 'acml_vol_rlim.2'),
            ),
        },
    },
    'domestic_stock.pension_inquire_balance': {
        'title': '퇴직연금 잔고조회',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/trading/pension/inquire-balance',
        'tr_real': {'': 'TTTC2208R'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            CANO ACNT_PRDT_CD ACCA_DVSN_CD INQR_DVSN CTX_AREA_FK100 CTX_AREA_NK100
        """),
        'optional': (),
        'cursor': '100',
        'outputs': {
            'output1': (
                'array',
                names("""
                    cblc_dvsn_name prdt_name pdno item_dvsn_name thdt_buyqty thdt_sll_qty
                    hldg_qty ord_psbl_qty pchs_avg_pric.4 pchs_amt prpr evlu_amt evlu_pfls_amt
                    evlu_erng_rt.8
                """),
            ),
            'output2': (
                'object',
                names("""
                    dnca_tot_amt nxdy_excc_amt prvs_rcdl_excc_amt thdt_buy_amt thdt_sll_amt
                    thdt_tlex_amt scts_evlu_amt tot_evlu_amt
                """),
            ),
        },
    },
    'domestic_stock.pension_inquire_daily_ccld': {
        'title': '퇴직연금 미체결내역',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/trading/pension/inquire-daily-ccld',
        'tr_real': {'': 'TTTC2201R'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            CANO ACNT_PRDT_CD USER_DVSN_CD SLL_BUY_DVSN_CD CCLD_NCCS_DVSN INQR_DVSN_3
            CTX_AREA_FK100 CTX_AREA_NK100
        """),
        'optional': (),
        'cursor': '100',
        'outputs': {
            'output': (
                'array',
                names("""
                    ord_gno_brno sll_buy_dvsn_cd trad_dvsn_name odno pdno prdt_name ord_unpr
                    ord_qty tot_ccld_qty nccs_qty ord_dvsn_cd ord_dvsn_name orgn_odno ord_tmd
                    objt_cust_dvsn_name pchs_avg_pric.4 stpm_cndt_pric stpm_efct_occr_dtmd
                    stpm_efct_occr_yn excg_id_dvsn_cd
                """),
            ),
        },
    },
    'domestic_stock.pension_inquire_deposit': {
        'title': '퇴직연금 예수금조회',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/trading/pension/inquire-deposit',
        'tr_real': {'': 'TTTC0506R'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('CANO', 'ACNT_PRDT_CD', 'ACCA_DVSN_CD'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'object',
                names("""
                    dnca_tota nxdy_excc_amt nxdy_sttl_amt nx2_day_sttl_amt
                """),
            ),
        },
    },
    'domestic_stock.pension_inquire_present_balance': {
        'title': '퇴직연금 체결기준잔고',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/trading/pension/inquire-present-balance',
        'tr_real': {'': 'TTTC2202R'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            CANO ACNT_PRDT_CD USER_DVSN_CD CTX_AREA_FK100 CTX_AREA_NK100 PRCS_DVSN_CD
        """),
        'optional': ('PRCS_DVSN_CD',),
        'cursor': '100',
        'outputs': {
            'output1': (
                'array',
                names("""
                    cblc_dvsn cblc_dvsn_name pdno prdt_name hldg_qty slpsb_qty pchs_avg_pric.4
                    evlu_pfls_amt evlu_pfls_rt.2 prpr evlu_amt pchs_amt cblc_weit.8
                """),
            ),
            'output2': (
                'array',
                names("""
                    pchs_amt_smtl_amt evlu_amt_smtl_amt evlu_pfls_smtl_amt trad_pfls_smtl
                    thdt_tot_pfls_amt pftrt.8
                """),
            ),
        },
    },
    'domestic_stock.pension_inquire_psbl_order': {
        'title': '퇴직연금 매수가능조회',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/trading/pension/inquire-psbl-order',
        'tr_real': {'': 'TTTC0503R'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            CANO ACNT_PRDT_CD PDNO ACCA_DVSN_CD CMA_EVLU_AMT_ICLD_YN ORD_UNPR ORD_DVSN
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'object',
                names("""
                    ord_psbl_cash ruse_psbl_amt psbl_qty_calc_unpr max_buy_amt max_buy_qty
                """),
            ),
        },
    },
    'domestic_stock.period_rights': {
        'title': '기간별계좌권리현황조회',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/trading/period-rights',
        'tr_real': {'': 'CTRGA011R'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            INQR_DVSN CANO ACNT_PRDT_CD INQR_STRT_DT INQR_END_DT CUST_RNCNO25 HMID RGHT_TYPE_CD
            PDNO PRDT_TYPE_CD CTX_AREA_NK100 CTX_AREA_FK100
        """),
        'optional': (),
        'cursor': '100',
        'outputs': {
            'output': (
                'array',
                names("""
                    acno10 rght_type_cd bass_dt rght_cblc_type_cd rptt_pdno pdno prdt_type_cd
                    shtn_pdno prdt_name cblc_qty last_alct_qty excs_alct_qty tot_alct_qty
                    last_ftsk_qty.1 last_alct_amt last_ftsk_chgs rdpt_prca dlay_int_amt lstg_dt
                    sbsc_end_dt cash_dfrm_dt rqst_qty rqst_amt rqst_dt rfnd_dt rfnd_amt
                    lstg_stqt tax_amt sbsc_unpr.4
                """),
            ),
        },
    },
    'domestic_stock.prefer_disparate_ratio': {
        'title': '국내주식 우선주_괴리율 상위',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/ranking/prefer-disparate-ratio',
        'tr_real': {'': 'FHPST01770000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            fid_vol_cnt fid_cond_mrkt_div_code fid_cond_scr_div_code=20177 fid_div_cls_code
            fid_input_iscd fid_trgt_cls_code fid_trgt_exls_cls_code fid_input_price_1
            fid_input_price_2
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    mksc_shrn_iscd data_rank hts_kor_isnm stck_prpr prdy_vrss prdy_vrss_sign
                    acml_vol prst_iscd prst_kor_isnm prst_prpr prst_prdy_vrss
                    prst_prdy_vrss_sign prst_acml_vol diff_prpr dprt prdy_ctrt prst_prdy_ctrt.2
                """),
            ),
        },
    },
    'domestic_stock.profit_asset_index': {
        'title': '국내주식 수익자산지표 순위',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/ranking/profit-asset-index',
        'tr_real': {'': 'FHPST01730000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            fid_cond_mrkt_div_code fid_trgt_cls_code fid_cond_scr_div_code=20173 fid_input_iscd
            fid_div_cls_code fid_input_price_1 fid_input_price_2 fid_vol_cnt fid_input_option_1
            fid_input_option_2 fid_rank_sort_cls_code fid_blng_cls_code fid_trgt_exls_cls_code
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    data_rank hts_kor_isnm prdy_vrss_sign mksc_shrn_iscd stck_prpr prdy_vrss
                    prdy_ctrt.2 acml_vol sale_totl_prfi.2 bsop_prti.2 op_prfi.2 thtr_ntin.2
                    total_aset.2 total_lblt.2 total_cptl.2 stac_month stac_month_cls_code
                    iqry_csnu
                """),
            ),
        },
    },
    'domestic_stock.program_trade_by_stock': {
        'title': '종목별 프로그램매매추이(체결)',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/program-trade-by-stock',
        'tr_real': {'': 'FHPPG04650101'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('FID_COND_MRKT_DIV_CODE', 'FID_INPUT_ISCD'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    bsop_hour stck_prpr prdy_vrss prdy_vrss_sign prdy_ctrt.2 acml_vol
                    whol_smtn_seln_vol whol_smtn_shnu_vol whol_smtn_ntby_qty
                    whol_smtn_seln_tr_pbmn whol_smtn_shnu_tr_pbmn whol_smtn_ntby_tr_pbmn
                    whol_ntby_vol_icdc whol_ntby_tr_pbmn_icdc
                """),
            ),
        },
    },
    'domestic_stock.program_trade_by_stock_daily': {
        'title': '종목별 프로그램매매추이(일별)',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/program-trade-by-stock-daily',
        'tr_real': {'': 'FHPPG04650201'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_INPUT_ISCD FID_INPUT_DATE_1
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    stck_bsop_date stck_clpr prdy_vrss prdy_vrss_sign prdy_ctrt.2 acml_vol
                    acml_tr_pbmn whol_smtn_seln_vol whol_smtn_shnu_vol whol_smtn_ntby_qty
                    whol_smtn_seln_tr_pbmn whol_smtn_shnu_tr_pbmn whol_smtn_ntby_tr_pbmn
                    whol_ntby_vol_icdc whol_ntby_tr_pbmn_icdc2
                """),
            ),
        },
    },
    'domestic_stock.psearch_result': {
        'title': '종목조건검색조회',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/psearch-result',
        'tr_real': {'': 'HHKST03900400'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('user_id', 'seq'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output2': (
                'array',
                names("""
                    code name daebi price chgrate acml_vol trade_amt change cttr open high low
                    high52 low52 expprice expchange expchggrate expcvol chgrate2 expdaebi
                    recprice uplmtprice dnlmtprice stotprice
                """),
            ),
        },
    },
    'domestic_stock.psearch_title': {
        'title': '종목조건검색 목록조회',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/psearch-title',
        'tr_real': {'': 'HHKST03900300'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('user_id',),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output2': (
                'array',
                ('user_id', 'seq', 'grp_nm', 'condition_nm'),
            ),
        },
    },
    'domestic_stock.quote_balance': {
        'title': '국내주식 호가잔량 순위',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/ranking/quote-balance',
        'tr_real': {'': 'FHPST01720000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            fid_vol_cnt fid_cond_mrkt_div_code fid_cond_scr_div_code=20172 fid_input_iscd
            fid_rank_sort_cls_code fid_div_cls_code fid_trgt_cls_code fid_trgt_exls_cls_code
            fid_input_price_1 fid_input_price_2
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    mksc_shrn_iscd data_rank hts_kor_isnm stck_prpr prdy_vrss prdy_vrss_sign
                    prdy_ctrt.2 acml_vol total_askp_rsqn total_bidp_rsqn total_ntsl_bidp_rsqn
                    shnu_rsqn_rate.4 seln_rsqn_rate.4
                """),
            ),
        },
    },
    'domestic_stock.search_info': {
        'title': '상품기본조회',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/search-info',
        'tr_real': {'': 'CTPF1604R'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('PDNO', 'PRDT_TYPE_CD'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'object',
                names("""
                    pdno prdt_type_cd prdt_name prdt_name120 prdt_abrv_name prdt_eng_name
                    prdt_eng_name120 prdt_eng_abrv_name std_pdno shtn_pdno prdt_sale_stat_cd
                    prdt_risk_grad_cd prdt_clsf_cd prdt_clsf_name sale_strt_dt sale_end_dt
                    wrap_asst_type_cd ivst_prdt_type_cd ivst_prdt_type_cd_name frst_erlm_dt
                """),
            ),
        },
    },
    'domestic_stock.search_stock_info': {
        'title': '주식기본조회',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/search-stock-info',
        'tr_real': {'': 'CTPF1002R'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('PRDT_TYPE_CD', 'PDNO'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'object',
                names("""
                    pdno prdt_type_cd mket_id_cd scty_grp_id_cd excg_dvsn_cd setl_mmdd lstg_stqt
                    lstg_cptl_amt cpta papr issu_pric kospi200_item_yn scts_mket_lstg_dt
                    scts_mket_lstg_abol_dt kosdaq_mket_lstg_dt kosdaq_mket_lstg_abol_dt
                    frbd_mket_lstg_dt frbd_mket_lstg_abol_dt reits_kind_cd etf_dvsn_cd
                    oilf_fund_yn idx_bztp_lcls_cd idx_bztp_mcls_cd idx_bztp_scls_cd stck_kind_cd
                    mfnd_opng_dt mfnd_end_dt dpsi_erlm_cncl_dt etf_cu_qty prdt_name prdt_name120
                    prdt_abrv_name std_pdno prdt_eng_name prdt_eng_name120 prdt_eng_abrv_name
                    dpsi_aptm_erlm_yn etf_txtn_type_cd etf_type_cd lstg_abol_dt
                    nwst_odst_dvsn_cd sbst_pric thco_sbst_pric thco_sbst_pric_chng_dt tr_stop_yn
                    admn_item_yn thdt_clpr bfdy_clpr clpr_chng_dt std_idst_clsf_cd
                    std_idst_clsf_cd_name idx_bztp_lcls_cd_name idx_bztp_mcls_cd_name
                    idx_bztp_scls_cd_name ocr_no crfd_item_yn elec_scty_yn issu_istt_cd
                    etf_chas_erng_rt_dbnb etf_etn_ivst_heed_item_yn stln_int_rt_dvsn_cd
                    frnr_psnl_lmt_rt lstg_rqsr_issu_istt_cd lstg_rqsr_item_cd
                    trst_istt_issu_istt_cd cptt_trad_tr_psbl_yn nxt_tr_stop_yn
                """),
            ),
        },
    },
    'domestic_stock.short_sale': {
        'title': '국내주식 공매도 상위종목',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/ranking/short-sale',
        'tr_real': {'': 'FHPST04820000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_APLY_RANG_VOL FID_COND_MRKT_DIV_CODE FID_COND_SCR_DIV_CODE=20482 FID_INPUT_ISCD
            FID_PERIOD_DIV_CODE FID_INPUT_CNT_1 FID_TRGT_EXLS_CLS_CODE FID_TRGT_CLS_CODE
            FID_APLY_RANG_PRC_1 FID_APLY_RANG_PRC_2
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    mksc_shrn_iscd hts_kor_isnm stck_prpr prdy_vrss prdy_vrss_sign prdy_ctrt.2
                    acml_vol acml_tr_pbmn ssts_cntg_qty ssts_vol_rlim.2 ssts_tr_pbmn
                    ssts_tr_pbmn_rlim.2 stnd_date1 stnd_date2 avrg_prc
                """),
            ),
        },
    },
    'domestic_stock.top_interest_stock': {
        'title': '국내주식 관심종목등록 상위',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/ranking/top-interest-stock',
        'tr_real': {'': 'FHPST01800000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            fid_input_iscd_2 fid_cond_mrkt_div_code fid_cond_scr_div_code=20180 fid_input_iscd
            fid_trgt_cls_code fid_trgt_exls_cls_code fid_input_price_1 fid_input_price_2
            fid_vol_cnt fid_div_cls_code fid_input_cnt_1
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    mrkt_div_cls_name mksc_shrn_iscd hts_kor_isnm stck_prpr prdy_vrss
                    prdy_vrss_sign prdy_ctrt.2 acml_vol acml_tr_pbmn askp bidp data_rank
                    inter_issu_reg_csnu
                """),
            ),
        },
    },
    'domestic_stock.traded_by_company': {
        'title': '국내주식 당사매매종목 상위',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/ranking/traded-by-company',
        'tr_real': {'': 'FHPST01860000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            fid_trgt_exls_cls_code fid_cond_mrkt_div_code fid_cond_scr_div_code=20186
            fid_div_cls_code fid_rank_sort_cls_code fid_input_date_1 fid_input_date_2
            fid_input_iscd fid_trgt_cls_code fid_aply_rang_vol fid_aply_rang_prc_2
            fid_aply_rang_prc_1
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    data_rank mksc_shrn_iscd hts_kor_isnm stck_prpr prdy_vrss_sign prdy_vrss
                    prdy_ctrt.2 acml_vol acml_tr_pbmn seln_cnqn_smtn shnu_cnqn_smtn ntby_cnqn
                """),
            ),
        },
    },
    'domestic_stock.tradprt_byamt': {
        'title': '국내주식 체결금액별 매매비중',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/tradprt-byamt',
        'tr_real': {'': 'FHKST111900C0'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_COND_SCR_DIV_CODE=11119 FID_INPUT_ISCD
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    prpr_name smtn_avrg_prpr acml_vol whol_ntby_qty_rate.2 ntby_cntg_csnu
                    seln_cnqn_smtn whol_seln_vol_rate.2 seln_cntg_csnu shnu_cnqn_smtn
                    whol_shun_vol_rate.2 shnu_cntg_csnu
                """),
            ),
        },
    },
    'domestic_stock.volume_power': {
        'title': '국내주식 체결강도 상위',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/ranking/volume-power',
        'tr_real': {'': 'FHPST01680000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            fid_trgt_exls_cls_code fid_cond_mrkt_div_code fid_cond_scr_div_code=20168
            fid_input_iscd fid_div_cls_code fid_input_price_1 fid_input_price_2 fid_vol_cnt
            fid_trgt_cls_code
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    stck_shrn_iscd data_rank hts_kor_isnm stck_prpr prdy_vrss prdy_vrss_sign
                    prdy_ctrt.2 acml_vol tday_rltv.2 seln_cnqn_smtn shnu_cnqn_smtn
                """),
            ),
        },
    },
    'domestic_stock.volume_rank': {
        'title': '거래량순위',
        'method': 'GET',
        'path': '/uapi/domestic-stock/v1/quotations/volume-rank',
        'tr_real': {'': 'FHPST01710000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_COND_SCR_DIV_CODE=20171 FID_INPUT_ISCD FID_DIV_CLS_CODE
            FID_BLNG_CLS_CODE FID_TRGT_CLS_CODE FID_TRGT_EXLS_CLS_CODE FID_INPUT_PRICE_1
            FID_INPUT_PRICE_2 FID_VOL_CNT FID_INPUT_DATE_1
        """),
        'optional': ('FID_INPUT_DATE_1',),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    hts_kor_isnm mksc_shrn_iscd data_rank stck_prpr prdy_vrss_sign prdy_vrss
                    prdy_ctrt.2 acml_vol prdy_vol lstn_stcn avrg_vol
                    n_befr_clpr_vrss_prpr_rate.2 vol_inrt.4 vol_tnrt.2 nday_vol_tnrt
                    avrg_tr_pbmn tr_pbmn_tnrt.2 nday_tr_pbmn_tnrt acml_tr_pbmn
                """),
            ),
        },
    },
    'elw.quotations.compare_stocks': {
        'title': 'ELW 비교대상종목조회',
        'method': 'GET',
        'path': '/uapi/elw/v1/quotations/compare-stocks',
        'tr_real': {'': 'FHKEW151701C0'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('FID_COND_SCR_DIV_CODE', 'FID_INPUT_ISCD'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                ('elw_shrn_iscd', 'elw_kor_isnm'),
            ),
        },
    },
    'elw.quotations.cond_search': {
        'title': 'ELW 종목검색',
        'method': 'GET',
        'path': '/uapi/elw/v1/quotations/cond-search',
        'tr_real': {'': 'FHKEW15100000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_COND_SCR_DIV_CODE FID_RANK_SORT_CLS_CODE FID_INPUT_CNT_1
            FID_RANK_SORT_CLS_CODE_2 FID_INPUT_CNT_2 FID_RANK_SORT_CLS_CODE_3 FID_INPUT_CNT_3
            FID_TRGT_CLS_CODE FID_INPUT_ISCD FID_UNAS_INPUT_ISCD FID_MRKT_CLS_CODE
            FID_INPUT_DATE_1 FID_INPUT_DATE_2 FID_INPUT_ISCD_2 FID_ETC_CLS_CODE
            FID_INPUT_RMNN_DYNU_1 FID_INPUT_RMNN_DYNU_2 FID_PRPR_CNT1 FID_PRPR_CNT2
            FID_RSFL_RATE1 FID_RSFL_RATE2 FID_VOL1 FID_VOL2 FID_APLY_RANG_PRC_1
            FID_APLY_RANG_PRC_2 FID_LVRG_VAL1 FID_LVRG_VAL2 FID_VOL3 FID_VOL4 FID_INTS_VLTL1
            FID_INTS_VLTL2 FID_PRMM_VAL1 FID_PRMM_VAL2 FID_GEAR1 FID_GEAR2 FID_PRLS_QRYR_RATE1
            FID_PRLS_QRYR_RATE2 FID_DELTA1 FID_DELTA2 FID_ACPR1 FID_ACPR2 FID_STCK_CNVR_RATE1
            FID_STCK_CNVR_RATE2 FID_DIV_CLS_CODE FID_PRIT1 FID_PRIT2 FID_CFP1 FID_CFP2
            FID_INPUT_NMIX_PRICE_1 FID_INPUT_NMIX_PRICE_2 FID_EGEA_VAL1 FID_EGEA_VAL2
            FID_INPUT_DVDN_ERT FID_INPUT_HIST_VLTL FID_THETA1 FID_THETA2
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    bond_shrn_iscd hts_kor_isnm rght_type_name elw_prpr prdy_vrss prdy_vrss_sign
                    prdy_ctrt.2 acml_vol acpr.2 stck_cnvr_rate stck_lstn_date stck_last_tr_date
                    hts_rmnn_dynu unas_isnm unas_prpr.2 unas_prdy_vrss.2 unas_prdy_vrss_sign
                    unas_prdy_ctrt.2 unas_acml_vol moneyness.2 atm_cls_name prit.2 delta_val.4
                    hts_ints_vltl.4 tmvl_val.2 gear.4 lvrg_val.4 prls_qryr_rate.4 cfp.2
                    lstn_stcn pblc_co_name lp_mbcr_name lp_hldn_rate.4 elw_rght_form
                    elw_ko_barrier.2 apprch_rate.2 unas_shrn_iscd mtrt_date prmm_val.4
                    stck_lp_fin_date tick_conv_prc prls_qryr_stpr_prc.2 lp_hvol
                """),
            ),
        },
    },
    'elw.quotations.expiration_stocks': {
        'title': 'ELW 만기예정_만기종목',
        'method': 'GET',
        'path': '/uapi/elw/v1/quotations/expiration-stocks',
        'tr_real': {'': 'FHKEW154700C0'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_COND_SCR_DIV_CODE FID_INPUT_DATE_1 FID_INPUT_DATE_2
            FID_DIV_CLS_CODE FID_ETC_CLS_CODE FID_UNAS_INPUT_ISCD FID_INPUT_ISCD_2
            FID_BLNG_CLS_CODE FID_INPUT_OPTION_1
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    elw_shrn_iscd elw_kor_isnm unas_isnm unas_prpr.2 acpr.2 stck_cnvr_rate
                    elw_prpr stck_lstn_date stck_last_tr_date total_rdmp_amt rdmp_amt lstn_stcn
                    lp_hvol ccls_paym_prc mtrt_vltn_amt.2 evnt_prd_fin_date stlm_date pblc_prc
                    unas_shrn_iscd stnd_iscd rdmp_ask_amt
                """),
            ),
        },
    },
    'elw.quotations.indicator_trend_ccnl': {
        'title': 'ELW 투자지표추이(체결)',
        'method': 'GET',
        'path': '/uapi/elw/v1/quotations/indicator-trend-ccnl',
        'tr_real': {'': 'FHPEW02740100'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('FID_COND_MRKT_DIV_CODE', 'FID_INPUT_ISCD'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    stck_cntg_hour elw_prpr prdy_vrss_sign prdy_vrss prdy_ctrt.2 acml_vol
                    lvrg_val.4 gear.4 tmvl_val.2 invl_val.2 prit.2 apprch_rate.2
                """),
            ),
        },
    },
    'elw.quotations.indicator_trend_daily': {
        'title': 'ELW 투자지표추이(일별)',
        'method': 'GET',
        'path': '/uapi/elw/v1/quotations/indicator-trend-daily',
        'tr_real': {'': 'FHPEW02740200'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('FID_COND_MRKT_DIV_CODE', 'FID_INPUT_ISCD'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    stck_bsop_date elw_prpr prdy_vrss_sign prdy_vrss prdy_ctrt.2 acml_vol
                    lvrg_val.4 gear.4 tmvl_val.2 invl_val.2 prit.2 elw_oprc elw_hgpr elw_lwpr
                    apprch_rate.2
                """),
            ),
        },
    },
    'elw.quotations.indicator_trend_minute': {
        'title': 'ELW 투자지표추이(분별)',
        'method': 'GET',
        'path': '/uapi/elw/v1/quotations/indicator-trend-minute',
        'tr_real': {'': 'FHPEW02740300'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_INPUT_ISCD FID_HOUR_CLS_CODE FID_PW_DATA_INCU_YN
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    stck_bsop_date stck_cntg_hour elw_prpr elw_oprc elw_hgpr elw_lwpr lvrg_val.4
                    gear.4 prmm_val.4 invl_val.2 prit.2 acml_vol cntg_vol
                """),
            ),
        },
    },
    'elw.quotations.lp_trade_trend': {
        'title': 'ELW LP매매추이',
        'method': 'GET',
        'path': '/uapi/elw/v1/quotations/lp-trade-trend',
        'tr_real': {'': 'FHPEW03760000'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('FID_COND_MRKT_DIV_CODE', 'FID_INPUT_ISCD'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'object',
                names("""
                    elw_prpr prdy_vrss_sign prdy_vrss prdy_ctrt.2 acml_vol prdy_vol
                    stck_cnvr_rate prit.2 lvrg_val.4 gear.4 prls_qryr_rate.4 cfp.2 invl_val.2
                    tmvl_val.2 acpr.2 elw_ko_barrier.2
                """),
            ),
            'output2': (
                'array',
                names("""
                    stck_bsop_date elw_prpr prdy_vrss_sign prdy_vrss prdy_ctrt.2 lp_seln_qty
                    lp_seln_avrg_unpr lp_shnu_qty lp_shnu_avrg_unpr lp_hvol lp_hldn_rate.4
                    prsn_deal_qty apprch_rate.2
                """),
            ),
        },
    },
    'elw.quotations.newly_listed': {
        'title': 'ELW 신규상장종목',
        'method': 'GET',
        'path': '/uapi/elw/v1/quotations/newly-listed',
        'tr_real': {'': 'FHKEW154800C0'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_COND_SCR_DIV_CODE FID_DIV_CLS_CODE FID_UNAS_INPUT_ISCD
            FID_INPUT_ISCD_2 FID_INPUT_DATE_1 FID_BLNC_CLS_CODE
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    stck_lstn_date elw_kor_isnm elw_shrn_iscd unas_isnm pblc_co_name lstn_stcn
                    acpr.2 stck_last_tr_date elw_ko_barrier.2
                """),
            ),
        },
    },
    'elw.quotations.sensitivity_trend_ccnl': {
        'title': 'ELW 민감도 추이(체결)',
        'method': 'GET',
        'path': '/uapi/elw/v1/quotations/sensitivity-trend-ccnl',
        'tr_real': {'': 'FHPEW02830100'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('FID_COND_MRKT_DIV_CODE', 'FID_INPUT_ISCD'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    stck_cntg_hour elw_prpr prdy_vrss prdy_vrss_sign prdy_ctrt.2 hts_thpr.2
                    delta_val.4 gama.4 theta.4 vega.4 rho.4
                """),
            ),
        },
    },
    'elw.quotations.sensitivity_trend_daily': {
        'title': 'ELW 민감도 추이(일별)',
        'method': 'GET',
        'path': '/uapi/elw/v1/quotations/sensitivity-trend-daily',
        'tr_real': {'': 'FHPEW02830200'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('FID_COND_MRKT_DIV_CODE', 'FID_INPUT_ISCD'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    stck_bsop_date elw_prpr prdy_vrss prdy_vrss_sign prdy_ctrt.2 hts_thpr.2
                    delta_val.4 gama.4 theta.4 vega.4 rho.4
                """),
            ),
        },
    },
    'elw.quotations.udrl_asset_list': {
        'title': 'ELW 기초자산 목록조회',
        'method': 'GET',
        'path': '/uapi/elw/v1/quotations/udrl-asset-list',
        'tr_real': {'': 'FHKEW154100C0'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_SCR_DIV_CODE FID_RANK_SORT_CLS_CODE FID_INPUT_ISCD
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    unas_shrn_iscd unas_isnm unas_prpr.2 unas_prdy_vrss.2 unas_prdy_vrss_sign
                    unas_prdy_ctrt.2
                """),
            ),
        },
    },
    'elw.quotations.udrl_asset_price': {
        'title': 'ELW 기초자산별 종목시세',
        'method': 'GET',
        'path': '/uapi/elw/v1/quotations/udrl-asset-price',
        'tr_real': {'': 'FHKEW154101C0'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_COND_SCR_DIV_CODE FID_MRKT_CLS_CODE FID_INPUT_ISCD
            FID_UNAS_INPUT_ISCD FID_VOL_CNT FID_TRGT_EXLS_CLS_CODE FID_INPUT_PRICE_1
            FID_INPUT_PRICE_2 FID_INPUT_VOL_1 FID_INPUT_VOL_2 FID_INPUT_RMNN_DYNU_1
            FID_INPUT_RMNN_DYNU_2 FID_OPTION FID_INPUT_OPTION_1 FID_INPUT_OPTION_2
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    elw_shrn_iscd hts_kor_isnm elw_prpr prdy_vrss prdy_vrss_sign prdy_ctrt.2
                    acml_vol acpr.2 prls_qryr_stpr_prc.2 hts_rmnn_dynu hts_ints_vltl.4
                    stck_cnvr_rate lp_hvol lp_rlim.2 lvrg_val.4 gear.4 delta_val.4 gama.4 vega.4
                    theta.4 prls_qryr_rate.4 cfp.2 prit.2 invl_val.2 tmvl_val.2 hts_thpr.2
                    stck_lstn_date stck_last_tr_date lp_ntby_qty
                """),
            ),
        },
    },
    'elw.quotations.volatility_trend_ccnl': {
        'title': 'ELW 변동성추이(체결)',
        'method': 'GET',
        'path': '/uapi/elw/v1/quotations/volatility-trend-ccnl',
        'tr_real': {'': 'FHPEW02840100'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('FID_COND_MRKT_DIV_CODE', 'FID_INPUT_ISCD'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    stck_cntg_hour elw_prpr prdy_vrss prdy_vrss_sign prdy_ctrt.2 bidp askp
                    acml_vol hts_ints_vltl.4
                """),
            ),
        },
    },
    'elw.quotations.volatility_trend_daily': {
        'title': 'ELW 변동성 추이(일별)',
        'method': 'GET',
        'path': '/uapi/elw/v1/quotations/volatility-trend-daily',
        'tr_real': {'': 'FHPEW02840200'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('FID_COND_MRKT_DIV_CODE', 'FID_INPUT_ISCD'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    stck_bsop_date elw_prpr prdy_vrss prdy_vrss_sign prdy_ctrt elw_oprc elw_hgpr
                    elw_lwpr acml_vol d10_hist_vltl d20_hist_vltl d30_hist_vltl d60_hist_vltl
                    d90_hist_vltl hts_ints_vltl
                """),
            ),
        },
    },
    'elw.quotations.volatility_trend_minute': {
        'title': 'ELW 변동성 추이(분별)',
        'method': 'GET',
        'path': '/uapi/elw/v1/quotations/volatility-trend-minute',
        'tr_real': {'': 'FHPEW02840300'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_INPUT_ISCD FID_HOUR_CLS_CODE FID_PW_DATA_INCU_YN
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    stck_bsop_date stck_cntg_hour stck_prpr elw_oprc elw_hgpr.2 elw_lwpr
                    hts_ints_vltl hist_vltl
                """),
            ),
        },
    },
    'elw.quotations.volatility_trend_tick': {
        'title': 'ELW 변동성 추이(틱)',
        'method': 'GET',
        'path': '/uapi/elw/v1/quotations/volatility-trend-tick',
        'tr_real': {'': 'FHPEW02840400'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('FID_COND_MRKT_DIV_CODE', 'FID_INPUT_ISCD'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    bsop_date stck_cntg_hour elw_prpr hts_ints_vltl.4
                """),
            ),
        },
    },
    'elw.ranking.indicator': {
        'title': 'ELW 지표순위',
        'method': 'GET',
        'path': '/uapi/elw/v1/ranking/indicator',
        'tr_real': {'': 'FHPEW02790000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_COND_SCR_DIV_CODE FID_UNAS_INPUT_ISCD FID_INPUT_ISCD
            FID_DIV_CLS_CODE FID_INPUT_PRICE_1 FID_INPUT_PRICE_2 FID_INPUT_VOL_1 FID_INPUT_VOL_2
            FID_RANK_SORT_CLS_CODE FID_BLNG_CLS_CODE
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    elw_shrn_iscd elw_kor_isnm elw_prpr prdy_vrss prdy_vrss_sign prdy_ctrt.2
                    acml_vol stck_cnvr_rate lvrg_val.4 acpr.2 tmvl_val.2 invl_val.2
                    elw_ko_barrier.2
                """),
            ),
        },
    },
    'elw.ranking.quick_change': {
        'title': 'ELW 당일급변종목',
        'method': 'GET',
        'path': '/uapi/elw/v1/ranking/quick-change',
        'tr_real': {'': 'FHPEW02870000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_COND_SCR_DIV_CODE FID_UNAS_INPUT_ISCD FID_INPUT_ISCD
            FID_MRKT_CLS_CODE FID_INPUT_PRICE_1 FID_INPUT_PRICE_2 FID_INPUT_VOL_1
            FID_INPUT_VOL_2 FID_HOUR_CLS_CODE FID_INPUT_HOUR_1 FID_INPUT_HOUR_2
            FID_RANK_SORT_CLS_CODE FID_BLNG_CLS_CODE
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    elw_shrn_iscd elw_kor_isnm elw_prpr prdy_vrss_sign prdy_vrss prdy_ctrt.2
                    askp bidp total_askp_rsqn total_bidp_rsqn acml_vol stnd_val stnd_val_vrss
                    stnd_val_ctrt
                """),
            ),
        },
    },
    'elw.ranking.sensitivity': {
        'title': 'ELW 민감도 순위',
        'method': 'GET',
        'path': '/uapi/elw/v1/ranking/sensitivity',
        'tr_real': {'': 'FHPEW02850000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_COND_SCR_DIV_CODE FID_UNAS_INPUT_ISCD FID_INPUT_ISCD
            FID_DIV_CLS_CODE FID_INPUT_PRICE_1 FID_INPUT_PRICE_2 FID_INPUT_VOL_1 FID_INPUT_VOL_2
            FID_RANK_SORT_CLS_CODE FID_INPUT_RMNN_DYNU_1 FID_INPUT_DATE_1 FID_BLNG_CLS_CODE
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    elw_shrn_iscd elw_kor_isnm elw_prpr prdy_vrss prdy_vrss_sign prdy_ctrt.2
                    acml_vol hts_thpr.2 delta_val.4 gama.4 theta.4 vega.4 rho.4 hts_ints_vltl.4
                    d90_hist_vltl.4
                """),
            ),
        },
    },
    'elw.ranking.updown_rate': {
        'title': 'ELW 상승률순위',
        'method': 'GET',
        'path': '/uapi/elw/v1/ranking/updown-rate',
        'tr_real': {'': 'FHPEW02770000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_COND_SCR_DIV_CODE FID_UNAS_INPUT_ISCD FID_INPUT_ISCD
            FID_INPUT_RMNN_DYNU_1 FID_DIV_CLS_CODE FID_INPUT_PRICE_1 FID_INPUT_PRICE_2
            FID_INPUT_VOL_1 FID_INPUT_VOL_2 FID_INPUT_DATE_1 FID_RANK_SORT_CLS_CODE
            FID_BLNG_CLS_CODE FID_INPUT_DATE_2
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    hts_kor_isnm elw_shrn_iscd elw_prpr prdy_vrss prdy_vrss_sign prdy_ctrt.2
                    acml_vol stck_sdpr sdpr_vrss_prpr_sign sdpr_vrss_prpr sdpr_vrss_prpr_rate.4
                    stck_oprc oprc_vrss_prpr_sign oprc_vrss_prpr oprc_vrss_prpr_rate.4 stck_hgpr
                    stck_lwpr prd_rsfl_sign prd_rsfl prd_rsfl_rate.4 stck_cnvr_rate
                    hts_rmnn_dynu acpr.2 unas_isnm unas_shrn_iscd lp_hldn_rate.4 prit.2
                    prls_qryr_stpr_prc.2 delta_val.4 theta.4 prls_qryr_rate.4 stck_lstn_date
                    stck_last_tr_date hts_ints_vltl.4 lvrg_val.4
                """),
            ),
        },
    },
    'elw.ranking.volume_rank': {
        'title': 'ELW 거래량순위',
        'method': 'GET',
        'path': '/uapi/elw/v1/ranking/volume-rank',
        'tr_real': {'': 'FHPEW02780000'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_COND_SCR_DIV_CODE FID_UNAS_INPUT_ISCD FID_INPUT_ISCD
            FID_INPUT_RMNN_DYNU_1 FID_DIV_CLS_CODE FID_INPUT_PRICE_1 FID_INPUT_PRICE_2
            FID_INPUT_VOL_1 FID_INPUT_VOL_2 FID_INPUT_DATE_1 FID_RANK_SORT_CLS_CODE
            FID_BLNG_CLS_CODE FID_INPUT_ISCD_2 FID_INPUT_DATE_2
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    elw_kor_isnm elw_shrn_iscd elw_prpr prdy_vrss prdy_vrss_sign prdy_ctrt.2
                    lstn_stcn acml_vol n_prdy_vol n_prdy_vol_vrss vol_inrt.4 vol_tnrt.2
                    nday_vol_tnrt acml_tr_pbmn n_prdy_tr_pbmn n_prdy_tr_pbmn_vrss
                    total_askp_rsqn total_bidp_rsqn ntsl_rsqn ntby_rsqn seln_rsqn_rate.4
                    shnu_rsqn_rate.4 stck_cnvr_rate hts_rmnn_dynu invl_val.2 tmvl_val.2 acpr.2
                    lp_mbcr_name unas_isnm stck_last_tr_date unas_shrn_iscd prdy_vol
                    lp_hldn_rate.4 prit.2 prls_qryr_stpr_prc.2 delta_val.4 theta.4
                    prls_qryr_rate.4 stck_lstn_date hts_ints_vltl.4 lvrg_val.4 lp_ntby_qty
                """),
            ),
        },
    },
    'etfetn.quotations.inquire_asking_price': {
        'title': 'ETF 현재가 호가',
        'method': 'GET',
        'path': '/uapi/etfetn/v1/quotations/inquire-asking-price',
        'tr_real': {'': 'FHPST02400200'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('FID_COND_MRKT_DIV_CODE', 'FID_INPUT_ISCD'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
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
                    ovtm_total_bidp_rsqn ntby_aspr_rsqn new_mkop_cls_code lp_askp_rsqn1
                    lp_askp_rsqn2 lp_askp_rsqn3 lp_askp_rsqn4 lp_askp_rsqn5 lp_askp_rsqn6
                    lp_askp_rsqn7 lp_askp_rsqn8 lp_askp_rsqn9 lp_askp_rsqn10 lp_bidp_rsqn1
                    lp_bidp_rsqn2 lp_bidp_rsqn3 lp_bidp_rsqn4 lp_bidp_rsqn5 lp_bidp_rsqn6
                    lp_bidp_rsqn7 lp_bidp_rsqn8 lp_bidp_rsqn9 lp_bidp_rsqn10 lp_total_askp_rsqn
                    lp_total_bidp_rsqn mid_prc midp_total_rsqn midp_cls_code mid_prc2
                    midp_total_rsqn2 midp_cls_code2
                """),
            ),
        },
    },
    'etfetn.quotations.inquire_component_stock_price': {
        'title': 'ETF 구성종목시세',
        'method': 'GET',
        'path': '/uapi/etfetn/v1/quotations/inquire-component-stock-price',
        'tr_real': {'': 'FHKST121600C0'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            FID_COND_MRKT_DIV_CODE FID_INPUT_ISCD FID_COND_SCR_DIV_CODE
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'object',
                names("""
                    stck_prpr prdy_vrss prdy_vrss_sign prdy_ctrt.2 etf_cnfg_issu_avls nav.2
                    nav_prdy_vrss_sign nav_prdy_vrss.2 nav_prdy_ctrt.4 etf_ntas_ttam
                    prdy_clpr_nav.2 oprc_nav.2 hprc_nav.2 lprc_nav.2 etf_cu_unit_scrt_cnt
                    etf_cnfg_issu_cnt
                """),
            ),
            'output2': (
                'array',
                names("""
                    stck_shrn_iscd hts_kor_isnm stck_prpr prdy_vrss prdy_vrss_sign prdy_ctrt.2
                    acml_vol acml_tr_pbmn tday_rsfl_rate.2 prdy_vrss_vol tr_pbmn_tnrt.2 hts_avls
                    etf_cnfg_issu_avls etf_cnfg_issu_rlim.2 etf_vltn_amt
                """),
            ),
        },
    },
    'etfetn.quotations.inquire_price': {
        'title': 'ETF_ETN 현재가',
        'method': 'GET',
        'path': '/uapi/etfetn/v1/quotations/inquire-price',
        'tr_real': {'': 'FHPST02400000'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('fid_input_iscd', 'fid_cond_mrkt_div_code'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'object',
                names("""
                    stck_prpr prdy_vrss_sign prdy_vrss prdy_ctrt.2 acml_vol prdy_vol stck_mxpr
                    stck_llam stck_prdy_clpr stck_oprc prdy_clpr_vrss_oprc_rate.4 stck_hgpr
                    prdy_clpr_vrss_hgpr_rate.4 stck_lwpr prdy_clpr_vrss_lwpr_rate.4
                    prdy_last_nav.2 nav.2 nav_prdy_vrss.2 nav_prdy_vrss_sign nav_prdy_ctrt.2
                    trc_errt.2 stck_sdpr stck_sspr nmix_ctrt etf_crcl_stcn etf_ntas_ttam
                    etf_frcr_ntas_ttam frgn_limt_rate.4 frgn_oder_able_qty etf_cu_unit_scrt_cnt
                    etf_cnfg_issu_cnt etf_dvdn_cycl crcd etf_crcl_ntas_ttam
                    etf_frcr_crcl_ntas_ttam etf_frcr_last_ntas_wrth_val lp_oder_able_cls_code
                    stck_dryy_hgpr dryy_hgpr_vrss_prpr_rate.4 dryy_hgpr_date stck_dryy_lwpr
                    dryy_lwpr_vrss_prpr_rate.4 dryy_lwpr_date bstp_kor_isnm vi_cls_code
                    lstn_stcn frgn_hldn_qty frgn_hldn_qty_rate.4 etf_trc_ert_mltp dprt.2
                    mbcr_name stck_lstn_date mtrt_date shrg_type_code lp_hldn_rate.4
                    etf_trgt_nmix_bstp_code etf_div_name etf_rprs_bstp_kor_isnm lp_hldn_vol
                """),
            ),
        },
    },
    'etfetn.quotations.nav_comparison_daily_trend': {
        'title': 'NAV 비교추이(일)',
        'method': 'GET',
        'path': '/uapi/etfetn/v1/quotations/nav-comparison-daily-trend',
        'tr_real': {'': 'FHPST02440200'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            fid_cond_mrkt_div_code fid_input_iscd fid_input_date_1 fid_input_date_2
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    stck_bsop_date stck_clpr prdy_vrss prdy_vrss_sign prdy_ctrt.2 acml_vol
                    cntg_vol dprt.2 nav_vrss_prpr.2 nav.2 nav_prdy_vrss_sign nav_prdy_vrss.2
                    nav_prdy_ctrt.4
                """),
            ),
        },
    },
    'etfetn.quotations.nav_comparison_time_trend': {
        'title': 'NAV 비교추이(분)',
        'method': 'GET',
        'path': '/uapi/etfetn/v1/quotations/nav-comparison-time-trend',
        'tr_real': {'': 'FHPST02440100'},
        'tr_paper': {},
        'tr_old': {},
        'params': names("""
            fid_hour_cls_code fid_cond_mrkt_div_code fid_input_iscd
        """),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output': (
                'array',
                names("""
                    bsop_hour nav.2 nav_prdy_vrss_sign nav_prdy_vrss.2 nav_prdy_ctrt.4
                    nav_vrss_prpr.2 dprt.2 stck_prpr prdy_vrss prdy_vrss_sign prdy_ctrt.2
                    acml_vol cntg_vol
                """),
            ),
        },
    },
    'etfetn.quotations.nav_comparison_trend': {
        'title': 'NAV 비교추이(종목)',
        'method': 'GET',
        'path': '/uapi/etfetn/v1/quotations/nav-comparison-trend',
        'tr_real': {'': 'FHPST02440000'},
        'tr_paper': {},
        'tr_old': {},
        'params': ('FID_COND_MRKT_DIV_CODE', 'FID_INPUT_ISCD'),
        'optional': (),
        'cursor': None,
        'outputs': {
            'output1': (
                'object',
                names("""
                    stck_prpr prdy_vrss prdy_vrss_sign prdy_ctrt acml_vol acml_tr_pbmn
                    stck_prdy_clpr stck_oprc stck_hgpr stck_lwpr stck_mxpr stck_llam
                """),
            ),
            'output2': (
                'object',
                names("""
                    nav nav_prdy_vrss_sign nav_prdy_vrss nav_prdy_ctrt prdy_clpr_nav oprc_nav
                    hprc_nav lprc_nav
                """),
            ),
        },
    },
}

STREAM: dict[str, StreamRow] = {
    'H0CFASP0': {
        'title': '상품선물 실시간호가',
        'encrypted': False,
        'paper': False,
        'tr_key': 'derivative_short_code',
        'layouts': (
            names("""
                FUTS_SHRN_ISCD BSOP_HOUR FUTS_ASKP1 FUTS_ASKP2 FUTS_ASKP3 FUTS_ASKP4 FUTS_ASKP5
                FUTS_BIDP1 FUTS_BIDP2 FUTS_BIDP3 FUTS_BIDP4 FUTS_BIDP5 ASKP_CSNU1 ASKP_CSNU2
                ASKP_CSNU3 ASKP_CSNU4 ASKP_CSNU5 BIDP_CSNU1 BIDP_CSNU2 BIDP_CSNU3 BIDP_CSNU4
                BIDP_CSNU5 ASKP_RSQN1 ASKP_RSQN2 ASKP_RSQN3 ASKP_RSQN4 ASKP_RSQN5 BIDP_RSQN1
                BIDP_RSQN2 BIDP_RSQN3 BIDP_RSQN4 BIDP_RSQN5 TOTAL_ASKP_CSNU TOTAL_BIDP_CSNU
                TOTAL_ASKP_RSQN TOTAL_BIDP_RSQN TOTAL_ASKP_RSQN_ICDC TOTAL_BIDP_RSQN_ICDC
            """),
        ),
    },
    'H0CFCNT0': {
        'title': '상품선물 실시간체결가',
        'encrypted': False,
        'paper': False,
        'tr_key': 'derivative_short_code',
        'layouts': (
            names("""
                FUTS_SHRN_ISCD BSOP_HOUR FUTS_PRDY_VRSS PRDY_VRSS_SIGN FUTS_PRDY_CTRT FUTS_PRPR
                FUTS_OPRC FUTS_HGPR FUTS_LWPR LAST_CNQN ACML_VOL ACML_TR_PBMN HTS_THPR
                MRKT_BASIS DPRT NMSC_FCTN_STPL_PRC FMSC_FCTN_STPL_PRC SPEAD_PRC
                HTS_OTST_STPL_QTY OTST_STPL_QTY_ICDC OPRC_HOUR OPRC_VRSS_PRPR_SIGN
                OPRC_VRSS_NMIX_PRPR HGPR_HOUR HGPR_VRSS_PRPR_SIGN HGPR_VRSS_NMIX_PRPR LWPR_HOUR
                LWPR_VRSS_PRPR_SIGN LWPR_VRSS_NMIX_PRPR SHNU_RATE CTTR ESDG
                OTST_STPL_RGBF_QTY_ICDC THPR_BASIS FUTS_ASKP1 FUTS_BIDP1 ASKP_RSQN1 BIDP_RSQN1
                SELN_CNTG_CSNU SHNU_CNTG_CSNU NTBY_CNTG_CSNU SELN_CNTG_SMTN SHNU_CNTG_SMTN
                TOTAL_ASKP_RSQN TOTAL_BIDP_RSQN PRDY_VOL_VRSS_ACML_VOL_RATE DSCS_BLTR_ACML_QTY
                DYNM_MXPR DYNM_LLAM DYNM_PRC_LIMT_YN
            """),
        ),
    },
    'H0EUANC0': {
        'title': 'KRX야간옵션실시간예상체결',
        'encrypted': False,
        'paper': False,
        'tr_key': 'derivative_short_code',
        'layouts': (
            names("""
                OPTN_SHRN_ISCD BSOP_HOUR ANTC_CNPR ANTC_CNTG_VRSS ANTC_CNTG_VRSS_SIGN
                ANTC_CNTG_PRDY_CTRT ANTC_MKOP_CLS_CODE ANTC_CNQN
            """),
        ),
    },
    'H0EUASP0': {
        'title': 'KRX야간옵션 실시간호가',
        'encrypted': False,
        'paper': False,
        'tr_key': 'derivative_short_code',
        'layouts': (
            names("""
                OPTN_SHRN_ISCD BSOP_HOUR OPTN_ASKP1 OPTN_ASKP2 OPTN_ASKP3 OPTN_ASKP4 OPTN_ASKP5
                OPTN_BIDP1 OPTN_BIDP2 OPTN_BIDP3 OPTN_BIDP4 OPTN_BIDP5 ASKP_CSNU1 ASKP_CSNU2
                ASKP_CSNU3 ASKP_CSNU4 ASKP_CSNU5 BIDP_CSNU1 BIDP_CSNU2 BIDP_CSNU3 BIDP_CSNU4
                BIDP_CSNU5 ASKP_RSQN1 ASKP_RSQN2 ASKP_RSQN3 ASKP_RSQN4 ASKP_RSQN5 BIDP_RSQN1
                BIDP_RSQN2 BIDP_RSQN3 BIDP_RSQN4 BIDP_RSQN5 TOTAL_ASKP_CSNU TOTAL_BIDP_CSNU
                TOTAL_ASKP_RSQN TOTAL_BIDP_RSQN TOTAL_ASKP_RSQN_ICDC TOTAL_BIDP_RSQN_ICDC
            """),
        ),
    },
    'H0EUCNI0': {
        'title': 'KRX야간옵션실시간체결통보',
        'encrypted': True,
        'paper': False,
        'tr_key': 'hts_id',
        'layouts': (
            names("""
                CUST_ID ACNT_NO ODER_NO OODER_NO SELN_BYOV_CLS RCTF_CLS ODER_KIND2
                STCK_SHRN_ISCD CNTG_QTY CNTG_UNPR STCK_CNTG_HOUR RFUS_YN CNTG_YN ACPT_YN BRNC_NO
                ODER_QTY ACNT_NAME CNTG_ISNM ODER_COND
            """),
        ),
    },
    'H0EUCNT0': {
        'title': 'KRX야간옵션 실시간체결가',
        'encrypted': False,
        'paper': False,
        'tr_key': 'derivative_short_code',
        'layouts': (
            names("""
                OPTN_SHRN_ISCD BSOP_HOUR OPTN_PRPR PRDY_VRSS_SIGN OPTN_PRDY_VRSS PRDY_CTRT
                OPTN_OPRC OPTN_HGPR OPTN_LWPR LAST_CNQN ACML_VOL ACML_TR_PBMN HTS_THPR
                HTS_OTST_STPL_QTY OTST_STPL_QTY_ICDC OPRC_HOUR OPRC_VRSS_PRPR_SIGN
                OPRC_VRSS_NMIX_PRPR HGPR_HOUR HGPR_VRSS_PRPR_SIGN HGPR_VRSS_NMIX_PRPR LWPR_HOUR
                LWPR_VRSS_PRPR_SIGN LWPR_VRSS_NMIX_PRPR SHNU_RATE PRMM_VAL INVL_VAL TMVL_VAL
                DELTA GAMA VEGA THETA RHO HTS_INTS_VLTL ESDG OTST_STPL_RGBF_QTY_ICDC THPR_BASIS
                UNAS_HIST_VLTL CTTR DPRT MRKT_BASIS OPTN_ASKP1 OPTN_BIDP1 ASKP_RSQN1 BIDP_RSQN1
                SELN_CNTG_CSNU SHNU_CNTG_CSNU NTBY_CNTG_CSNU SELN_CNTG_SMTN SHNU_CNTG_SMTN
                TOTAL_ASKP_RSQN TOTAL_BIDP_RSQN PRDY_VOL_VRSS_ACML_VOL_RATE DYNM_MXPR
                DYNM_PRC_LIMT_YN DYNM_LLAM
            """),
        ),
    },
    'H0EWANC0': {
        'title': 'ELW 실시간예상체결',
        'encrypted': False,
        'paper': False,
        'tr_key': 'stock_code',
        'layouts': (
            names("""
                MKSC_SHRN_ISCD STCK_CNTG_HOUR STCK_PRPR PRDY_VRSS_SIGN PRDY_VRSS PRDY_CTRT
                WGHN_AVRG_STCK_PRC STCK_OPRC STCK_HGPR STCK_LWPR ASKP1 BIDP1 CNTG_VOL ACML_VOL
                ACML_TR_PBMN SELN_CNTG_CSNU SHNU_CNTG_CSNU NTBY_CNTG_CSNU CTTR SELN_CNTG_SMTN
                SHNU_CNTG_SMTN CNTG_CLS_CODE SHNU_RATE PRDY_VOL_VRSS_ACML_VOL_RATE OPRC_HOUR
                OPRC_VRSS_PRPR_SIGN OPRC_VRSS_PRPR HGPR_HOUR HGPR_VRSS_PRPR_SIGN HGPR_VRSS_PRPR
                LWPR_HOUR LWPR_VRSS_PRPR_SIGN LWPR_VRSS_PRPR BSOP_DATE NEW_MKOP_CLS_CODE TRHT_YN
                ASKP_RSQN1 BIDP_RSQN1 TOTAL_ASKP_RSQN TOTAL_BIDP_RSQN TMVL_VAL PRIT PRMM_VAL
                GEAR PRLS_QRYR_RATE INVL_VAL PRMM_RATE CFP LVRG_VAL DELTA GAMA VEGA THETA RHO
                HTS_INTS_VLTL HTS_THPR VOL_TNRT LP_HVOL LP_HLDN_RATE
            """),
        ),
    },
    'H0EWASP0': {
        'title': 'ELW 실시간호가',
        'encrypted': False,
        'paper': False,
        'tr_key': 'stock_code',
        'layouts': (
            names("""
                MKSC_SHRN_ISCD BSOP_HOUR HOUR_CLS_CODE ASKP1 ASKP2 ASKP3 ASKP4 ASKP5 ASKP6 ASKP7
                ASKP8 ASKP9 ASKP10 BIDP1 BIDP2 BIDP3 BIDP4 BIDP5 BIDP6 BIDP7 BIDP8 BIDP9 BIDP10
                ASKP_RSQN1 ASKP_RSQN2 ASKP_RSQN3 ASKP_RSQN4 ASKP_RSQN5 ASKP_RSQN6 ASKP_RSQN7
                ASKP_RSQN8 ASKP_RSQN9 ASKP_RSQN10 BIDP_RSQN1 BIDP_RSQN2 BIDP_RSQN3 BIDP_RSQN4
                BIDP_RSQN5 BIDP_RSQN6 BIDP_RSQN7 BIDP_RSQN8 BIDP_RSQN9 BIDP_RSQN10
                TOTAL_ASKP_RSQN TOTAL_BIDP_RSQN ANTC_CNPR ANTC_CNQN ANTC_CNTG_VRSS_SIGN
                ANTC_CNTG_VRSS ANTC_CNTG_PRDY_CTRT LP_ASKP_RSQN1 LP_ASKP_RSQN2 LP_ASKP_RSQN3
                LP_BIDP_RSQN4 LP_ASKP_RSQN4 LP_BIDP_RSQN5 LP_ASKP_RSQN5 LP_BIDP_RSQN6
                LP_ASKP_RSQN6 LP_BIDP_RSQN7 LP_ASKP_RSQN7 LP_ASKP_RSQN8 LP_BIDP_RSQN8
                LP_ASKP_RSQN9 LP_BIDP_RSQN9 LP_ASKP_RSQN10 LP_BIDP_RSQN10 LP_BIDP_RSQN1
                LP_TOTAL_ASKP_RSQN LP_BIDP_RSQN2 LP_TOTAL_BIDP_RSQN LP_BIDP_RSQN3 ANTC_VOL
            """),
        ),
    },
    'H0EWCNT0': {
        'title': 'ELW 실시간체결가',
        'encrypted': False,
        'paper': False,
        'tr_key': 'stock_code',
        'layouts': (
            names("""
                MKSC_SHRN_ISCD STCK_CNTG_HOUR STCK_PRPR PRDY_VRSS_SIGN PRDY_VRSS PRDY_CTRT
                WGHN_AVRG_STCK_PRC STCK_OPRC STCK_HGPR STCK_LWPR ASKP1 BIDP1 CNTG_VOL ACML_VOL
                ACML_TR_PBMN SELN_CNTG_CSNU SHNU_CNTG_CSNU NTBY_CNTG_CSNU CTTR SELN_CNTG_SMTN
                SHNU_CNTG_SMTN CNTG_CLS_CODE SHNU_RATE PRDY_VOL_VRSS_ACML_VOL_RATE OPRC_HOUR
                OPRC_VRSS_PRPR_SIGN OPRC_VRSS_PRPR HGPR_HOUR HGPR_VRSS_PRPR_SIGN HGPR_VRSS_PRPR
                LWPR_HOUR LWPR_VRSS_PRPR_SIGN LWPR_VRSS_PRPR BSOP_DATE NEW_MKOP_CLS_CODE TRHT_YN
                ASKP_RSQN1 BIDP_RSQN1 TOTAL_ASKP_RSQN TOTAL_BIDP_RSQN TMVL_VAL PRIT PRMM_VAL
                GEAR PRLS_QRYR_RATE INVL_VAL PRMM_RATE CFP LVRG_VAL DELTA GAMA VEGA THETA RHO
                HTS_INTS_VLTL HTS_THPR VOL_TNRT PRDY_SMNS_HOUR_ACML_VOL
                PRDY_SMNS_HOUR_ACML_VOL_RATE APPRCH_RATE LP_HVOL LP_HLDN_RATE LP_NTBY_QTY
            """),
        ),
    },
    'H0IFASP0': {
        'title': '지수선물 실시간호가',
        'encrypted': False,
        'paper': False,
        'tr_key': 'derivative_short_code',
        'layouts': (
            names("""
                FUTS_SHRN_ISCD BSOP_HOUR FUTS_ASKP1 FUTS_ASKP2 FUTS_ASKP3 FUTS_ASKP4 FUTS_ASKP5
                FUTS_BIDP1 FUTS_BIDP2 FUTS_BIDP3 FUTS_BIDP4 FUTS_BIDP5 ASKP_CSNU1 ASKP_CSNU2
                ASKP_CSNU3 ASKP_CSNU4 ASKP_CSNU5 BIDP_CSNU1 BIDP_CSNU2 BIDP_CSNU3 BIDP_CSNU4
                BIDP_CSNU5 ASKP_RSQN1 ASKP_RSQN2 ASKP_RSQN3 ASKP_RSQN4 ASKP_RSQN5 BIDP_RSQN1
                BIDP_RSQN2 BIDP_RSQN3 BIDP_RSQN4 BIDP_RSQN5 TOTAL_ASKP_CSNU TOTAL_BIDP_CSNU
                TOTAL_ASKP_RSQN TOTAL_BIDP_RSQN TOTAL_ASKP_RSQN_ICDC TOTAL_BIDP_RSQN_ICDC
            """),
        ),
    },
    'H0IFCNI0': {
        'title': '선물옵션 실시간체결통보',
        'encrypted': True,
        'paper': False,
        'tr_key': 'hts_id',
        'layouts': (
            names("""
                CUST_ID ACNT_NO ODER_NO OODER_NO SELN_BYOV_CLS RCTF_CLS ODER_KIND2
                STCK_SHRN_ISCD CNTG_QTY CNTG_UNPR STCK_CNTG_HOUR RFUS_YN CNTG_YN ACPT_YN BRNC_NO
                ODER_QTY ACNT_NAME CNTG_ISNM ODER_COND ORD_GRP ORD_GRPSEQ ORDER_PRC
            """),
        ),
    },
    'H0IFCNI9': {
        'title': '선물옵션 실시간체결통보',
        'encrypted': True,
        'paper': True,
        'tr_key': 'hts_id',
        'layouts': (
            names("""
                CUST_ID ACNT_NO ODER_NO OODER_NO SELN_BYOV_CLS RCTF_CLS ODER_KIND2
                STCK_SHRN_ISCD CNTG_QTY CNTG_UNPR STCK_CNTG_HOUR RFUS_YN CNTG_YN ACPT_YN BRNC_NO
                ODER_QTY ACNT_NAME CNTG_ISNM ODER_COND ORD_GRP ORD_GRPSEQ ORDER_PRC
            """),
        ),
    },
    'H0IFCNT0': {
        'title': '지수선물 실시간체결가',
        'encrypted': False,
        'paper': False,
        'tr_key': 'derivative_short_code',
        'layouts': (
            names("""
                FUTS_SHRN_ISCD BSOP_HOUR FUTS_PRDY_VRSS PRDY_VRSS_SIGN FUTS_PRDY_CTRT FUTS_PRPR
                FUTS_OPRC FUTS_HGPR FUTS_LWPR LAST_CNQN ACML_VOL ACML_TR_PBMN HTS_THPR
                MRKT_BASIS DPRT NMSC_FCTN_STPL_PRC FMSC_FCTN_STPL_PRC SPEAD_PRC
                HTS_OTST_STPL_QTY OTST_STPL_QTY_ICDC OPRC_HOUR OPRC_VRSS_PRPR_SIGN
                OPRC_VRSS_NMIX_PRPR HGPR_HOUR HGPR_VRSS_PRPR_SIGN HGPR_VRSS_NMIX_PRPR LWPR_HOUR
                LWPR_VRSS_PRPR_SIGN LWPR_VRSS_NMIX_PRPR SHNU_RATE CTTR ESDG
                OTST_STPL_RGBF_QTY_ICDC THPR_BASIS FUTS_ASKP1 FUTS_BIDP1 ASKP_RSQN1 BIDP_RSQN1
                SELN_CNTG_CSNU SHNU_CNTG_CSNU NTBY_CNTG_CSNU SELN_CNTG_SMTN SHNU_CNTG_SMTN
                TOTAL_ASKP_RSQN TOTAL_BIDP_RSQN PRDY_VOL_VRSS_ACML_VOL_RATE DSCS_BLTR_ACML_QTY
                DYNM_MXPR DYNM_LLAM DYNM_PRC_LIMT_YN
            """),
        ),
    },
    'H0IOASP0': {
        'title': '지수옵션 실시간호가',
        'encrypted': False,
        'paper': False,
        'tr_key': 'derivative_short_code',
        'layouts': (
            names("""
                OPTN_SHRN_ISCD BSOP_HOUR OPTN_ASKP1 OPTN_ASKP2 OPTN_ASKP3 OPTN_ASKP4 OPTN_ASKP5
                OPTN_BIDP1 OPTN_BIDP2 OPTN_BIDP3 OPTN_BIDP4 OPTN_BIDP5 ASKP_CSNU1 ASKP_CSNU2
                ASKP_CSNU3 ASKP_CSNU4 ASKP_CSNU5 BIDP_CSNU1 BIDP_CSNU2 BIDP_CSNU3 BIDP_CSNU4
                BIDP_CSNU5 ASKP_RSQN1 ASKP_RSQN2 ASKP_RSQN3 ASKP_RSQN4 ASKP_RSQN5 BIDP_RSQN1
                BIDP_RSQN2 BIDP_RSQN3 BIDP_RSQN4 BIDP_RSQN5 TOTAL_ASKP_CSNU TOTAL_BIDP_CSNU
                TOTAL_ASKP_RSQN TOTAL_BIDP_RSQN TOTAL_ASKP_RSQN_ICDC TOTAL_BIDP_RSQN_ICDC
            """),
        ),
    },
    'H0IOCNT0': {
        'title': '지수옵션  실시간체결가',
        'encrypted': False,
        'paper': False,
        'tr_key': 'derivative_short_code',
        'layouts': (
            names("""
                OPTN_SHRN_ISCD BSOP_HOUR OPTN_PRPR PRDY_VRSS_SIGN OPTN_PRDY_VRSS PRDY_CTRT
                OPTN_OPRC OPTN_HGPR OPTN_LWPR LAST_CNQN ACML_VOL ACML_TR_PBMN HTS_THPR
                HTS_OTST_STPL_QTY OTST_STPL_QTY_ICDC OPRC_HOUR OPRC_VRSS_PRPR_SIGN
                OPRC_VRSS_NMIX_PRPR HGPR_HOUR HGPR_VRSS_PRPR_SIGN HGPR_VRSS_NMIX_PRPR LWPR_HOUR
                LWPR_VRSS_PRPR_SIGN LWPR_VRSS_NMIX_PRPR SHNU_RATE PRMM_VAL INVL_VAL TMVL_VAL
                DELTA GAMA VEGA THETA RHO HTS_INTS_VLTL ESDG OTST_STPL_RGBF_QTY_ICDC THPR_BASIS
                UNAS_HIST_VLTL CTTR DPRT MRKT_BASIS OPTN_ASKP1 OPTN_BIDP1 ASKP_RSQN1 BIDP_RSQN1
                SELN_CNTG_CSNU SHNU_CNTG_CSNU NTBY_CNTG_CSNU SELN_CNTG_SMTN SHNU_CNTG_SMTN
                TOTAL_ASKP_RSQN TOTAL_BIDP_RSQN PRDY_VOL_VRSS_ACML_VOL_RATE AVRG_VLTL
                DSCS_LRQN_VOL DYNM_MXPR DYNM_LLAM DYNM_PRC_LIMT_YN
            """),
        ),
    },
    'H0MFASP0': {
        'title': 'KRX야간선물 실시간호가',
        'encrypted': False,
        'paper': False,
        'tr_key': 'derivative_short_code',
        'layouts': (
            names("""
                FUTS_SHRN_ISCD BSOP_HOUR FUTS_ASKP1 FUTS_ASKP2 FUTS_ASKP3 FUTS_ASKP4 FUTS_ASKP5
                FUTS_BIDP1 FUTS_BIDP2 FUTS_BIDP3 FUTS_BIDP4 FUTS_BIDP5 ASKP_CSNU1 ASKP_CSNU2
                ASKP_CSNU3 ASKP_CSNU4 ASKP_CSNU5 BIDP_CSNU1 BIDP_CSNU2 BIDP_CSNU3 BIDP_CSNU4
                BIDP_CSNU5 ASKP_RSQN1 ASKP_RSQN2 ASKP_RSQN3 ASKP_RSQN4 ASKP_RSQN5 BIDP_RSQN1
                BIDP_RSQN2 BIDP_RSQN3 BIDP_RSQN4 BIDP_RSQN5 TOTAL_ASKP_CSNU TOTAL_BIDP_CSNU
                TOTAL_ASKP_RSQN TOTAL_BIDP_RSQN TOTAL_ASKP_RSQN_ICDC TOTAL_BIDP_RSQN_ICDC
            """),
        ),
    },
    'H0MFCNI0': {
        'title': 'KRX야간선물 실시간체결통보',
        'encrypted': True,
        'paper': False,
        'tr_key': 'hts_id',
        'layouts': (
            names("""
                CUST_ID ACNT_NO ODER_NO OODER_NO SELN_BYOV_CLS RCTF_CLS ODER_KIND2
                STCK_SHRN_ISCD CNTG_QTY CNTG_UNPR STCK_CNTG_HOUR RFUS_YN CNTG_YN ACPT_YN BRNC_NO
                ODER_QTY ACNT_NAME CNTG_ISNM ODER_COND
            """),
        ),
    },
    'H0MFCNT0': {
        'title': 'KRX야간선물 실시간종목체결',
        'encrypted': False,
        'paper': False,
        'tr_key': 'derivative_short_code',
        'layouts': (
            names("""
                FUTS_SHRN_ISCD BSOP_HOUR FUTS_PRDY_VRSS PRDY_VRSS_SIGN FUTS_PRDY_CTRT FUTS_PRPR
                FUTS_OPRC FUTS_HGPR FUTS_LWPR LAST_CNQN ACML_VOL ACML_TR_PBMN HTS_THPR
                MRKT_BASIS DPRT NMSC_FCTN_STPL_PRC FMSC_FCTN_STPL_PRC SPEAD_PRC
                HTS_OTST_STPL_QTY OTST_STPL_QTY_ICDC OPRC_HOUR OPRC_VRSS_PRPR_SIGN
                OPRC_VRSS_NMIX_PRPR HGPR_HOUR HGPR_VRSS_PRPR_SIGN HGPR_VRSS_NMIX_PRPR LWPR_HOUR
                LWPR_VRSS_PRPR_SIGN LWPR_VRSS_NMIX_PRPR SHNU_RATE CTTR ESDG
                OTST_STPL_RGBF_QTY_ICDC THPR_BASIS FUTS_ASKP1 FUTS_BIDP1 ASKP_RSQN1 BIDP_RSQN1
                SELN_CNTG_CSNU SHNU_CNTG_CSNU NTBY_CNTG_CSNU SELN_CNTG_SMTN SHNU_CNTG_SMTN
                TOTAL_ASKP_RSQN TOTAL_BIDP_RSQN PRDY_VOL_VRSS_ACML_VOL_RATE DYNM_MXPR DYNM_LLAM
                DYNM_PRC_LIMT_YN
            """),
        ),
    },
    'H0NXANC0': {
        'title': '국내주식 실시간예상체결 (NXT)',
        'encrypted': False,
        'paper': False,
        'tr_key': 'stock_code',
        'layouts': (
            names("""
                MKSC_SHRN_ISCD STCK_CNTG_HOUR STCK_PRPR PRDY_VRSS_SIGN PRDY_VRSS PRDY_CTRT
                WGHN_AVRG_STCK_PRC STCK_OPRC STCK_HGPR STCK_LWPR ASKP1 BIDP1 CNTG_VOL ACML_VOL
                ACML_TR_PBMN SELN_CNTG_CSNU SHNU_CNTG_CSNU NTBY_CNTG_CSNU CTTR SELN_CNTG_SMTN
                SHNU_CNTG_SMTN CNTG_CLS_CODE SHNU_RATE PRDY_VOL_VRSS_ACML_VOL_RATE OPRC_HOUR
                OPRC_VRSS_PRPR_SIGN OPRC_VRSS_PRPR HGPR_HOUR HGPR_VRSS_PRPR_SIGN HGPR_VRSS_PRPR
                LWPR_HOUR LWPR_VRSS_PRPR_SIGN LWPR_VRSS_PRPR BSOP_DATE NEW_MKOP_CLS_CODE TRHT_YN
                ASKP_RSQN1 BIDP_RSQN1 TOTAL_ASKP_RSQN TOTAL_BIDP_RSQN VOL_TNRT
                PRDY_SMNS_HOUR_ACML_VOL PRDY_SMNS_HOUR_ACML_VOL_RATE HOUR_CLS_CODE
                MRKT_TRTM_CLS_CODE VI_STND_PRC
            """),
        ),
    },
    'H0NXASP0': {
        'title': '국내주식 실시간호가 (NXT)',
        'encrypted': False,
        'paper': False,
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
                OVTM_TOTAL_ASKP_ICDC OVTM_TOTAL_BIDP_ICDC STCK_DEAL_CLS_CODE KMID_PRC
                KMID_TOTAL_RSQN KMID_CLS_CODE NMID_PRC NMID_TOTAL_RSQN NMID_CLS_CODE
            """),
        ),
    },
    'H0NXCNT0': {
        'title': '국내주식 실시간체결가 (NXT)',
        'encrypted': False,
        'paper': False,
        'tr_key': 'stock_code',
        'layouts': (
            names("""
                MKSC_SHRN_ISCD STCK_CNTG_HOUR STCK_PRPR PRDY_VRSS_SIGN PRDY_VRSS PRDY_CTRT
                WGHN_AVRG_STCK_PRC STCK_OPRC STCK_HGPR STCK_LWPR ASKP1 BIDP1 CNTG_VOL ACML_VOL
                ACML_TR_PBMN SELN_CNTG_CSNU SHNU_CNTG_CSNU NTBY_CNTG_CSNU CTTR SELN_CNTG_SMTN
                SHNU_CNTG_SMTN CNTG_CLS_CODE SHNU_RATE PRDY_VOL_VRSS_ACML_VOL_RATE OPRC_HOUR
                OPRC_VRSS_PRPR_SIGN OPRC_VRSS_PRPR HGPR_HOUR HGPR_VRSS_PRPR_SIGN HGPR_VRSS_PRPR
                LWPR_HOUR LWPR_VRSS_PRPR_SIGN LWPR_VRSS_PRPR BSOP_DATE NEW_MKOP_CLS_CODE TRHT_YN
                ASKP_RSQN1 BIDP_RSQN1 TOTAL_ASKP_RSQN TOTAL_BIDP_RSQN VOL_TNRT
                PRDY_SMNS_HOUR_ACML_VOL PRDY_SMNS_HOUR_ACML_VOL_RATE HOUR_CLS_CODE
                MRKT_TRTM_CLS_CODE VI_STND_PRC
            """),
            names("""
                MKSC_SHRN_ISCD STCK_CNTG_HOUR STCK_PRPR PRDY_VRSS_SIGN PRDY_VRSS PRDY_CTRT
                WGHN_AVRG_STCK_PRC STCK_OPRC STCK_HGPR STCK_LWPR ASKP1 BIDP1 CNTG_VOL ACML_VOL
                ACML_TR_PBMN SELN_CNTG_CSNU SHNU_CNTG_CSNU NTBY_CNTG_CSNU CTTR SELN_CNTG_SMTN
                SHNU_CNTG_SMTN CNTG_CLS_CODE SHNU_RATE PRDY_VOL_VRSS_ACML_VOL_RATE OPRC_HOUR
                OPRC_VRSS_PRPR_SIGN OPRC_VRSS_PRPR HGPR_HOUR HGPR_VRSS_PRPR_SIGN HGPR_VRSS_PRPR
                LWPR_HOUR LWPR_VRSS_PRPR_SIGN LWPR_VRSS_PRPR BSOP_DATE NEW_MKOP_CLS_CODE TRHT_YN
                ASKP_RSQN1 BIDP_RSQN1 TOTAL_ASKP_RSQN TOTAL_BIDP_RSQN VOL_TNRT
                PRDY_SMNS_HOUR_ACML_VOL PRDY_SMNS_HOUR_ACML_VOL_RATE HOUR_CLS_CODE
                MRKT_TRTM_CLS_CODE VI_STND_PRC MARKET_CLS_CODE
            """),
        ),
    },
    'H0NXMBC0': {
        'title': '국내주식 실시간회원사 (NXT)',
        'encrypted': False,
        'paper': False,
        'tr_key': 'stock_code',
        'layouts': (
            names("""
                MKSC_SHRN_ISCD SELN2_MBCR_NAME1 SELN2_MBCR_NAME2 SELN2_MBCR_NAME3
                SELN2_MBCR_NAME4 SELN2_MBCR_NAME5 BYOV_MBCR_NAME1 BYOV_MBCR_NAME2
                BYOV_MBCR_NAME3 BYOV_MBCR_NAME4 BYOV_MBCR_NAME5 TOTAL_SELN_QTY1 TOTAL_SELN_QTY2
                TOTAL_SELN_QTY3 TOTAL_SELN_QTY4 TOTAL_SELN_QTY5 TOTAL_SHNU_QTY1 TOTAL_SHNU_QTY2
                TOTAL_SHNU_QTY3 TOTAL_SHNU_QTY4 TOTAL_SHNU_QTY5 SELN_MBCR_GLOB_YN_1
                SELN_MBCR_GLOB_YN_2 SELN_MBCR_GLOB_YN_3 SELN_MBCR_GLOB_YN_4 SELN_MBCR_GLOB_YN_5
                SHNU_MBCR_GLOB_YN_1 SHNU_MBCR_GLOB_YN_2 SHNU_MBCR_GLOB_YN_3 SHNU_MBCR_GLOB_YN_4
                SHNU_MBCR_GLOB_YN_5 SELN_MBCR_NO1 SELN_MBCR_NO2 SELN_MBCR_NO3 SELN_MBCR_NO4
                SELN_MBCR_NO5 SHNU_MBCR_NO1 SHNU_MBCR_NO2 SHNU_MBCR_NO3 SHNU_MBCR_NO4
                SHNU_MBCR_NO5 SELN_MBCR_RLIM1 SELN_MBCR_RLIM2 SELN_MBCR_RLIM3 SELN_MBCR_RLIM4
                SELN_MBCR_RLIM5 SHNU_MBCR_RLIM1 SHNU_MBCR_RLIM2 SHNU_MBCR_RLIM3 SHNU_MBCR_RLIM4
                SHNU_MBCR_RLIM5 SELN_QTY_ICDC1 SELN_QTY_ICDC2 SELN_QTY_ICDC3 SELN_QTY_ICDC4
                SELN_QTY_ICDC5 SHNU_QTY_ICDC1 SHNU_QTY_ICDC2 SHNU_QTY_ICDC3 SHNU_QTY_ICDC4
                SHNU_QTY_ICDC5 GLOB_TOTAL_SELN_QTY GLOB_TOTAL_SHNU_QTY GLOB_TOTAL_SELN_QTY_ICDC
                GLOB_TOTAL_SHNU_QTY_ICDC GLOB_NTBY_QTY GLOB_SELN_RLIM GLOB_SHNU_RLIM
                SELN2_MBCR_ENG_NAME1 SELN2_MBCR_ENG_NAME2 SELN2_MBCR_ENG_NAME3
                SELN2_MBCR_ENG_NAME4 SELN2_MBCR_ENG_NAME5 BYOV_MBCR_ENG_NAME1
                BYOV_MBCR_ENG_NAME2 BYOV_MBCR_ENG_NAME3 BYOV_MBCR_ENG_NAME4 BYOV_MBCR_ENG_NAME5
            """),
        ),
    },
    'H0NXMKO0': {
        'title': '국내주식 장운영정보 (NXT)',
        'encrypted': False,
        'paper': False,
        'tr_key': 'stock_code',
        'layouts': (
            names("""
                MKSC_SHRN_ISCD TRHT_YN TR_SUSP_REAS_CNTT MKOP_CLS_CODE ANTC_MKOP_CLS_CODE
                MRKT_TRTM_CLS_CODE DIVI_APP_CLS_CODE ISCD_STAT_CLS_CODE VI_CLS_CODE
                OVTM_VI_CLS_CODE EXCH_CLS_CODE
            """),
        ),
    },
    'H0NXPGM0': {
        'title': '국내주식 실시간프로그램매매 (NXT)',
        'encrypted': False,
        'paper': False,
        'tr_key': 'stock_code',
        'layouts': (
            names("""
                MKSC_SHRN_ISCD STCK_CNTG_HOUR SELN_CNQN SELN_TR_PBMN SHNU_CNQN SHNU_TR_PBMN
                NTBY_CNQN NTBY_TR_PBMN SELN_RSQN SHNU_RSQN WHOL_NTBY_QTY
            """),
        ),
    },
    'H0STANC0': {
        'title': '국내주식 실시간예상체결 (KRX)',
        'encrypted': False,
        'paper': False,
        'tr_key': 'stock_code',
        'layouts': (
            names("""
                MKSC_SHRN_ISCD STCK_CNTG_HOUR STCK_PRPR PRDY_VRSS_SIGN PRDY_VRSS PRDY_CTRT
                WGHN_AVRG_STCK_PRC STCK_OPRC STCK_HGPR STCK_LWPR ASKP1 BIDP1 CNTG_VOL ACML_VOL
                ACML_TR_PBMN SELN_CNTG_CSNU SHNU_CNTG_CSNU NTBY_CNTG_CSNU CTTR SELN_CNTG_SMTN
                SHNU_CNTG_SMTN CNTG_CLS_CODE SHNU_RATE PRDY_VOL_VRSS_ACML_VOL_RATE OPRC_HOUR
                OPRC_VRSS_PRPR_SIGN OPRC_VRSS_PRPR HGPR_HOUR HGPR_VRSS_PRPR_SIGN HGPR_VRSS_PRPR
                LWPR_HOUR LWPR_VRSS_PRPR_SIGN LWPR_VRSS_PRPR BSOP_DATE NEW_MKOP_CLS_CODE TRHT_YN
                ASKP_RSQN1 BIDP_RSQN1 TOTAL_ASKP_RSQN TOTAL_BIDP_RSQN VOL_TNRT
                PRDY_SMNS_HOUR_ACML_VOL PRDY_SMNS_HOUR_ACML_VOL_RATE HOUR_CLS_CODE
                MRKT_TRTM_CLS_CODE
            """),
        ),
    },
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
                KMID_TOTAL_RSQN KMID_CLS_CODE MARKET_CLS_CODE
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
            names("""
                MKSC_SHRN_ISCD STCK_CNTG_HOUR STCK_PRPR PRDY_VRSS_SIGN PRDY_VRSS PRDY_CTRT
                WGHN_AVRG_STCK_PRC STCK_OPRC STCK_HGPR STCK_LWPR ASKP1 BIDP1 CNTG_VOL ACML_VOL
                ACML_TR_PBMN SELN_CNTG_CSNU SHNU_CNTG_CSNU NTBY_CNTG_CSNU CTTR SELN_CNTG_SMTN
                SHNU_CNTG_SMTN CCLD_DVSN SHNU_RATE PRDY_VOL_VRSS_ACML_VOL_RATE OPRC_HOUR
                OPRC_VRSS_PRPR_SIGN OPRC_VRSS_PRPR HGPR_HOUR HGPR_VRSS_PRPR_SIGN HGPR_VRSS_PRPR
                LWPR_HOUR LWPR_VRSS_PRPR_SIGN LWPR_VRSS_PRPR BSOP_DATE NEW_MKOP_CLS_CODE TRHT_YN
                ASKP_RSQN1 BIDP_RSQN1 TOTAL_ASKP_RSQN TOTAL_BIDP_RSQN VOL_TNRT
                PRDY_SMNS_HOUR_ACML_VOL PRDY_SMNS_HOUR_ACML_VOL_RATE HOUR_CLS_CODE
                MRKT_TRTM_CLS_CODE VI_STND_PRC MARKET_CLS_CODE
            """),
        ),
    },
    'H0STMBC0': {
        'title': '국내주식 실시간회원사 (KRX)',
        'encrypted': False,
        'paper': False,
        'tr_key': 'stock_code',
        'layouts': (
            names("""
                MKSC_SHRN_ISCD SELN2_MBCR_NAME1 SELN2_MBCR_NAME2 SELN2_MBCR_NAME3
                SELN2_MBCR_NAME4 SELN2_MBCR_NAME5 BYOV_MBCR_NAME1 BYOV_MBCR_NAME2
                BYOV_MBCR_NAME3 BYOV_MBCR_NAME4 BYOV_MBCR_NAME5 TOTAL_SELN_QTY1 TOTAL_SELN_QTY2
                TOTAL_SELN_QTY3 TOTAL_SELN_QTY4 TOTAL_SELN_QTY5 TOTAL_SHNU_QTY1 TOTAL_SHNU_QTY2
                TOTAL_SHNU_QTY3 TOTAL_SHNU_QTY4 TOTAL_SHNU_QTY5 SELN_MBCR_GLOB_YN_1
                SELN_MBCR_GLOB_YN_2 SELN_MBCR_GLOB_YN_3 SELN_MBCR_GLOB_YN_4 SELN_MBCR_GLOB_YN_5
                SHNU_MBCR_GLOB_YN_1 SHNU_MBCR_GLOB_YN_2 SHNU_MBCR_GLOB_YN_3 SHNU_MBCR_GLOB_YN_4
                SHNU_MBCR_GLOB_YN_5 SELN_MBCR_NO1 SELN_MBCR_NO2 SELN_MBCR_NO3 SELN_MBCR_NO4
                SELN_MBCR_NO5 SHNU_MBCR_NO1 SHNU_MBCR_NO2 SHNU_MBCR_NO3 SHNU_MBCR_NO4
                SHNU_MBCR_NO5 SELN_MBCR_RLIM1 SELN_MBCR_RLIM2 SELN_MBCR_RLIM3 SELN_MBCR_RLIM4
                SELN_MBCR_RLIM5 SHNU_MBCR_RLIM1 SHNU_MBCR_RLIM2 SHNU_MBCR_RLIM3 SHNU_MBCR_RLIM4
                SHNU_MBCR_RLIM5 SELN_QTY_ICDC1 SELN_QTY_ICDC2 SELN_QTY_ICDC3 SELN_QTY_ICDC4
                SELN_QTY_ICDC5 SHNU_QTY_ICDC1 SHNU_QTY_ICDC2 SHNU_QTY_ICDC3 SHNU_QTY_ICDC4
                SHNU_QTY_ICDC5 GLOB_TOTAL_SELN_QTY GLOB_TOTAL_SHNU_QTY GLOB_TOTAL_SELN_QTY_ICDC
                GLOB_TOTAL_SHNU_QTY_ICDC GLOB_NTBY_QTY GLOB_SELN_RLIM GLOB_SHNU_RLIM
                SELN2_MBCR_ENG_NAME1 SELN2_MBCR_ENG_NAME2 SELN2_MBCR_ENG_NAME3
                SELN2_MBCR_ENG_NAME4 SELN2_MBCR_ENG_NAME5 BYOV_MBCR_ENG_NAME1
                BYOV_MBCR_ENG_NAME2 BYOV_MBCR_ENG_NAME3 BYOV_MBCR_ENG_NAME4 BYOV_MBCR_ENG_NAME5
            """),
        ),
    },
    'H0STMKO0': {
        'title': '국내주식 장운영정보 (KRX)',
        'encrypted': False,
        'paper': False,
        'tr_key': 'stock_code',
        'layouts': (
            names("""
                MKSC_SHRN_ISCD TRHT_YN TR_SUSP_REAS_CNTT MKOP_CLS_CODE ANTC_MKOP_CLS_CODE
                MRKT_TRTM_CLS_CODE DIVI_APP_CLS_CODE ISCD_STAT_CLS_CODE VI_CLS_CODE
                OVTM_VI_CLS_CODE
            """),
            names("""
                MKSC_SHRN_ISCD TRHT_YN TR_SUSP_REAS_CNTT MKOP_CLS_CODE ANTC_MKOP_CLS_CODE
                MRKT_TRTM_CLS_CODE DIVI_APP_CLS_CODE ISCD_STAT_CLS_CODE VI_CLS_CODE
                OVTM_VI_CLS_CODE EXCH_CLS_CODE
            """),
        ),
    },
    'H0STNAV0': {
        'title': '국내ETF NAV추이',
        'encrypted': False,
        'paper': False,
        'tr_key': 'stock_code',
        'layouts': (
            names("""
                MKSC_SHRN_ISCD NAV NAV_PRDY_VRSS_SIGN NAV_PRDY_VRSS NAV_PRDY_CTRT OPRC_NAV
                HPRC_NAV LPRC_NAV
            """),
        ),
    },
    'H0STOAA0': {
        'title': '국내주식 시간외 실시간호가 (KRX)',
        'encrypted': False,
        'paper': False,
        'tr_key': 'stock_code',
        'layouts': (
            names("""
                MKSC_SHRN_ISCD BSOP_HOUR HOUR_CLS_CODE ASKP1 ASKP2 ASKP3 ASKP4 ASKP5 ASKP6 ASKP7
                ASKP8 ASKP9 BIDP1 BIDP2 BIDP3 BIDP4 BIDP5 BIDP6 BIDP7 BIDP8 BIDP9 ASKP_RSQN1
                ASKP_RSQN2 ASKP_RSQN3 ASKP_RSQN4 ASKP_RSQN5 ASKP_RSQN6 ASKP_RSQN7 ASKP_RSQN8
                ASKP_RSQN9 BIDP_RSQN1 BIDP_RSQN2 BIDP_RSQN3 BIDP_RSQN4 BIDP_RSQN5 BIDP_RSQN6
                BIDP_RSQN7 BIDP_RSQN8 BIDP_RSQN9 TOTAL_ASKP_RSQN TOTAL_BIDP_RSQN
                OVTM_TOTAL_ASKP_RSQN OVTM_TOTAL_BIDP_RSQN ANTC_CNPR ANTC_CNQN ANTC_VOL
                ANTC_CNTG_VRSS ANTC_CNTG_VRSS_SIGN ANTC_CNTG_PRDY_CTRT ACML_VOL
                TOTAL_ASKP_RSQN_ICDC TOTAL_BIDP_RSQN_ICDC OVTM_TOTAL_ASKP_ICDC
                OVTM_TOTAL_BIDP_ICDC
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
                OVTM_TOTAL_ASKP_ICDC OVTM_TOTAL_BIDP_ICDC
            """),
        ),
    },
    'H0STOAC0': {
        'title': '국내주식 시간외 실시간예상체결 (KRX)',
        'encrypted': False,
        'paper': False,
        'tr_key': 'stock_code',
        'layouts': (
            names("""
                MKSC_SHRN_ISCD STCK_CNTG_HOUR STCK_PRPR PRDY_VRSS_SIGN PRDY_VRSS PRDY_CTRT
                WGHN_AVRG_STCK_PRC STCK_OPRC STCK_HGPR STCK_LWPR ASKP1 BIDP1 CNTG_VOL ACML_VOL
                ACML_TR_PBMN SELN_CNTG_CSNU SHNU_CNTG_CSNU NTBY_CNTG_CSNU CTTR SELN_CNTG_SMTN
                SHNU_CNTG_SMTN CNTG_CLS_CODE SHNU_RATE PRDY_VOL_VRSS_ACML_VOL_RATE OPRC_HOUR
                OPRC_VRSS_PRPR_SIGN OPRC_VRSS_PRPR HGPR_HOUR HGPR_VRSS_PRPR_SIGN HGPR_VRSS_PRPR
                LWPR_HOUR LWPR_VRSS_PRPR_SIGN LWPR_VRSS_PRPR BSOP_DATE NEW_MKOP_CLS_CODE TRHT_YN
                ASKP_RSQN1 BIDP_RSQN1 TOTAL_ASKP_RSQN TOTAL_BIDP_RSQN VOL_TNRT
                PRDY_SMNS_HOUR_ACML_VOL PRDY_SMNS_HOUR_ACML_VOL_RATE
            """),
        ),
    },
    'H0STOUP0': {
        'title': '국내주식 시간외 실시간체결가 (KRX)',
        'encrypted': False,
        'paper': False,
        'tr_key': 'stock_code',
        'layouts': (
            names("""
                MKSC_SHRN_ISCD STCK_CNTG_HOUR STCK_PRPR PRDY_VRSS_SIGN PRDY_VRSS PRDY_CTRT
                WGHN_AVRG_STCK_PRC STCK_OPRC STCK_HGPR STCK_LWPR ASKP1 BIDP1 CNTG_VOL ACML_VOL
                ACML_TR_PBMN SELN_CNTG_CSNU SHNU_CNTG_CSNU NTBY_CNTG_CSNU CTTR SELN_CNTG_SMTN
                SHNU_CNTG_SMTN CNTG_CLS_CODE SHNU_RATE PRDY_VOL_VRSS_ACML_VOL_RATE OPRC_HOUR
                OPRC_VRSS_PRPR_SIGN OPRC_VRSS_PRPR HGPR_HOUR HGPR_VRSS_PRPR_SIGN HGPR_VRSS_PRPR
                LWPR_HOUR LWPR_VRSS_PRPR_SIGN LWPR_VRSS_PRPR BSOP_DATE NEW_MKOP_CLS_CODE TRHT_YN
                ASKP_RSQN1 BIDP_RSQN1 TOTAL_ASKP_RSQN TOTAL_BIDP_RSQN VOL_TNRT
                PRDY_SMNS_HOUR_ACML_VOL PRDY_SMNS_HOUR_ACML_VOL_RATE
            """),
        ),
    },
    'H0STPGM0': {
        'title': '국내주식 실시간프로그램매매 (KRX)',
        'encrypted': False,
        'paper': False,
        'tr_key': 'stock_code',
        'layouts': (
            names("""
                MKSC_SHRN_ISCD STCK_CNTG_HOUR SELN_CNQN SELN_TR_PBMN SHNU_CNQN SHNU_TR_PBMN
                NTBY_CNQN NTBY_TR_PBMN SELN_RSQN SHNU_RSQN WHOL_NTBY_QTY
            """),
        ),
    },
    'H0UNANC0': {
        'title': '국내주식 실시간예상체결 (통합)',
        'encrypted': False,
        'paper': False,
        'tr_key': 'stock_code',
        'layouts': (
            names("""
                MKSC_SHRN_ISCD STCK_CNTG_HOUR STCK_PRPR PRDY_VRSS_SIGN PRDY_VRSS PRDY_CTRT
                WGHN_AVRG_STCK_PRC STCK_OPRC STCK_HGPR STCK_LWPR ASKP1 BIDP1 CNTG_VOL ACML_VOL
                ACML_TR_PBMN SELN_CNTG_CSNU SHNU_CNTG_CSNU NTBY_CNTG_CSNU CTTR SELN_CNTG_SMTN
                SHNU_CNTG_SMTN CNTG_CLS_CODE SHNU_RATE PRDY_VOL_VRSS_ACML_VOL_RATE OPRC_HOUR
                OPRC_VRSS_PRPR_SIGN OPRC_VRSS_PRPR HGPR_HOUR HGPR_VRSS_PRPR_SIGN HGPR_VRSS_PRPR
                LWPR_HOUR LWPR_VRSS_PRPR_SIGN LWPR_VRSS_PRPR BSOP_DATE NEW_MKOP_CLS_CODE TRHT_YN
                ASKP_RSQN1 BIDP_RSQN1 TOTAL_ASKP_RSQN TOTAL_BIDP_RSQN VOL_TNRT
                PRDY_SMNS_HOUR_ACML_VOL PRDY_SMNS_HOUR_ACML_VOL_RATE HOUR_CLS_CODE
                MRKT_TRTM_CLS_CODE VI_STND_PRC
            """),
        ),
    },
    'H0UNASP0': {
        'title': '국내주식 실시간호가 (통합)',
        'encrypted': False,
        'paper': False,
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
                OVTM_TOTAL_ASKP_ICDC OVTM_TOTAL_BIDP_ICDC STCK_DEAL_CLS_CODE KMID_PRC
                KMID_TOTAL_RSQN KMID_CLS_CODE NMID_PRC NMID_TOTAL_RSQN NMID_CLS_CODE
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
                KMID_TOTAL_RSQN KMID_CLS_CODE NMID_PRC NMID_TOTAL_RSQN NMID_CLS_CODE
                ANTC_EXCH_CLS_CODE
            """),
        ),
    },
    'H0UNCNT0': {
        'title': '국내주식 실시간체결가 (통합)',
        'encrypted': False,
        'paper': False,
        'tr_key': 'stock_code',
        'layouts': (
            names("""
                MKSC_SHRN_ISCD STCK_CNTG_HOUR STCK_PRPR PRDY_VRSS_SIGN PRDY_VRSS PRDY_CTRT
                WGHN_AVRG_STCK_PRC STCK_OPRC STCK_HGPR STCK_LWPR ASKP1 BIDP1 CNTG_VOL ACML_VOL
                ACML_TR_PBMN SELN_CNTG_CSNU SHNU_CNTG_CSNU NTBY_CNTG_CSNU CTTR SELN_CNTG_SMTN
                SHNU_CNTG_SMTN CNTG_CLS_CODE SHNU_RATE PRDY_VOL_VRSS_ACML_VOL_RATE OPRC_HOUR
                OPRC_VRSS_PRPR_SIGN OPRC_VRSS_PRPR HGPR_HOUR HGPR_VRSS_PRPR_SIGN HGPR_VRSS_PRPR
                LWPR_HOUR LWPR_VRSS_PRPR_SIGN LWPR_VRSS_PRPR BSOP_DATE NEW_MKOP_CLS_CODE TRHT_YN
                ASKP_RSQN1 BIDP_RSQN1 TOTAL_ASKP_RSQN TOTAL_BIDP_RSQN VOL_TNRT
                PRDY_SMNS_HOUR_ACML_VOL PRDY_SMNS_HOUR_ACML_VOL_RATE HOUR_CLS_CODE
                MRKT_TRTM_CLS_CODE VI_STND_PRC
            """),
            names("""
                MKSC_SHRN_ISCD STCK_CNTG_HOUR STCK_PRPR PRDY_VRSS_SIGN PRDY_VRSS PRDY_CTRT
                WGHN_AVRG_STCK_PRC STCK_OPRC STCK_HGPR STCK_LWPR ASKP1 BIDP1 CNTG_VOL ACML_VOL
                ACML_TR_PBMN SELN_CNTG_CSNU SHNU_CNTG_CSNU NTBY_CNTG_CSNU CTTR SELN_CNTG_SMTN
                SHNU_CNTG_SMTN CNTG_CLS_CODE SHNU_RATE PRDY_VOL_VRSS_ACML_VOL_RATE OPRC_HOUR
                OPRC_VRSS_PRPR_SIGN OPRC_VRSS_PRPR HGPR_HOUR HGPR_VRSS_PRPR_SIGN HGPR_VRSS_PRPR
                LWPR_HOUR LWPR_VRSS_PRPR_SIGN LWPR_VRSS_PRPR BSOP_DATE NEW_MKOP_CLS_CODE TRHT_YN
                ASKP_RSQN1 BIDP_RSQN1 TOTAL_ASKP_RSQN TOTAL_BIDP_RSQN VOL_TNRT
                PRDY_SMNS_HOUR_ACML_VOL PRDY_SMNS_HOUR_ACML_VOL_RATE HOUR_CLS_CODE
                MRKT_TRTM_CLS_CODE VI_STND_PRC MARKET_CLS_CODE
            """),
        ),
    },
    'H0UNMBC0': {
        'title': '국내주식 실시간회원사 (통합)',
        'encrypted': False,
        'paper': False,
        'tr_key': 'stock_code',
        'layouts': (
            names("""
                MKSC_SHRN_ISCD SELN2_MBCR_NAME1 SELN2_MBCR_NAME2 SELN2_MBCR_NAME3
                SELN2_MBCR_NAME4 SELN2_MBCR_NAME5 BYOV_MBCR_NAME1 BYOV_MBCR_NAME2
                BYOV_MBCR_NAME3 BYOV_MBCR_NAME4 BYOV_MBCR_NAME5 TOTAL_SELN_QTY1 TOTAL_SELN_QTY2
                TOTAL_SELN_QTY3 TOTAL_SELN_QTY4 TOTAL_SELN_QTY5 TOTAL_SHNU_QTY1 TOTAL_SHNU_QTY2
                TOTAL_SHNU_QTY3 TOTAL_SHNU_QTY4 TOTAL_SHNU_QTY5 SELN_MBCR_GLOB_YN_1
                SELN_MBCR_GLOB_YN_2 SELN_MBCR_GLOB_YN_3 SELN_MBCR_GLOB_YN_4 SELN_MBCR_GLOB_YN_5
                SHNU_MBCR_GLOB_YN_1 SHNU_MBCR_GLOB_YN_2 SHNU_MBCR_GLOB_YN_3 SHNU_MBCR_GLOB_YN_4
                SHNU_MBCR_GLOB_YN_5 SELN_MBCR_NO1 SELN_MBCR_NO2 SELN_MBCR_NO3 SELN_MBCR_NO4
                SELN_MBCR_NO5 SHNU_MBCR_NO1 SHNU_MBCR_NO2 SHNU_MBCR_NO3 SHNU_MBCR_NO4
                SHNU_MBCR_NO5 SELN_MBCR_RLIM1 SELN_MBCR_RLIM2 SELN_MBCR_RLIM3 SELN_MBCR_RLIM4
                SELN_MBCR_RLIM5 SHNU_MBCR_RLIM1 SHNU_MBCR_RLIM2 SHNU_MBCR_RLIM3 SHNU_MBCR_RLIM4
                SHNU_MBCR_RLIM5 SELN_QTY_ICDC1 SELN_QTY_ICDC2 SELN_QTY_ICDC3 SELN_QTY_ICDC4
                SELN_QTY_ICDC5 SHNU_QTY_ICDC1 SHNU_QTY_ICDC2 SHNU_QTY_ICDC3 SHNU_QTY_ICDC4
                SHNU_QTY_ICDC5 GLOB_TOTAL_SELN_QTY GLOB_TOTAL_SHNU_QTY GLOB_TOTAL_SELN_QTY_ICDC
                GLOB_TOTAL_SHNU_QTY_ICDC GLOB_NTBY_QTY GLOB_SELN_RLIM GLOB_SHNU_RLIM
                SELN2_MBCR_ENG_NAME1 SELN2_MBCR_ENG_NAME2 SELN2_MBCR_ENG_NAME3
                SELN2_MBCR_ENG_NAME4 SELN2_MBCR_ENG_NAME5 BYOV_MBCR_ENG_NAME1
                BYOV_MBCR_ENG_NAME2 BYOV_MBCR_ENG_NAME3 BYOV_MBCR_ENG_NAME4 BYOV_MBCR_ENG_NAME5
            """),
        ),
    },
    'H0UNMKO0': {
        'title': '국내주식 장운영정보 (통합)',
        'encrypted': False,
        'paper': False,
        'tr_key': 'stock_code',
        'layouts': (
            names("""
                TRHT_YN TR_SUSP_REAS_CNTT MKOP_CLS_CODE ANTC_MKOP_CLS_CODE MRKT_TRTM_CLS_CODE
                DIVI_APP_CLS_CODE ISCD_STAT_CLS_CODE VI_CLS_CODE OVTM_VI_CLS_CODE EXCH_CLS_CODE
            """),
        ),
    },
    'H0UNPGM0': {
        'title': '국내주식 실시간프로그램매매 (통합)',
        'encrypted': False,
        'paper': False,
        'tr_key': 'stock_code',
        'layouts': (
            names("""
                MKSC_SHRN_ISCD STCK_CNTG_HOUR SELN_CNQN SELN_TR_PBMN SHNU_CNQN SHNU_TR_PBMN
                NTBY_CNQN NTBY_TR_PBMN SELN_RSQN SHNU_RSQN WHOL_NTBY_QTY
            """),
        ),
    },
    'H0UPANC0': {
        'title': '국내지수 실시간예상체결',
        'encrypted': False,
        'paper': False,
        'tr_key': 'index_code_4',
        'layouts': (
            names("""
                BSTP_CLS_CODE BSOP_HOUR PRPR_NMIX PRDY_VRSS_SIGN BSTP_NMIX_PRDY_VRSS ACML_VOL
                ACML_TR_PBMN PCAS_VOL PCAS_TR_PBMN PRDY_CTRT UPLM_ISSU_CNT ASCN_ISSU_CNT
                STNR_ISSU_CNT DOWN_ISSU_CNT LSLM_ISSU_CNT
            """),
            names("""
                BSTP_CLS_CODE BSOP_HOUR PRPR_NMIX PRDY_VRSS_SIGN BSTP_NMIX_PRDY_VRSS ACML_VOL
                ACML_TR_PBMN PCAS_VOL PCAS_TR_PBMN PRDY_CTRT OPRC_NMIX NMIX_HGPR NMIX_LWPR
                OPRC_VRSS_NMIX_PRPR OPRC_VRSS_NMIX_SIGN HGPR_VRSS_NMIX_PRPR HGPR_VRSS_NMIX_SIGN
                LWPR_VRSS_NMIX_PRPR LWPR_VRSS_NMIX_SIGN PRDY_CLPR_VRSS_OPRC_RATE
                PRDY_CLPR_VRSS_HGPR_RATE PRDY_CLPR_VRSS_LWPR_RATE UPLM_ISSU_CNT ASCN_ISSU_CNT
                STNR_ISSU_CNT DOWN_ISSU_CNT LSLM_ISSU_CNT QTQT_ASCN_ISSU_CNT QTQT_DOWN_ISSU_CNT
                TICK_VRSS
            """),
        ),
    },
    'H0UPCNT0': {
        'title': '국내지수 실시간체결',
        'encrypted': False,
        'paper': False,
        'tr_key': 'index_code_4',
        'layouts': (
            names("""
                BSTP_CLS_CODE BSOP_HOUR PRPR_NMIX PRDY_VRSS_SIGN BSTP_NMIX_PRDY_VRSS ACML_VOL
                ACML_TR_PBMN PCAS_VOL PCAS_TR_PBMN PRDY_CTRT OPRC_NMIX NMIX_HGPR NMIX_LWPR
                OPRC_VRSS_NMIX_PRPR OPRC_VRSS_NMIX_SIGN HGPR_VRSS_NMIX_PRPR HGPR_VRSS_NMIX_SIGN
                LWPR_VRSS_NMIX_PRPR LWPR_VRSS_NMIX_SIGN PRDY_CLPR_VRSS_OPRC_RATE
                PRDY_CLPR_VRSS_HGPR_RATE PRDY_CLPR_VRSS_LWPR_RATE UPLM_ISSU_CNT ASCN_ISSU_CNT
                STNR_ISSU_CNT DOWN_ISSU_CNT LSLM_ISSU_CNT QTQT_ASCN_ISSU_CNT QTQT_DOWN_ISSU_CNT
                TICK_VRSS
            """),
        ),
    },
    'H0UPPGM0': {
        'title': '국내지수 실시간프로그램매매',
        'encrypted': False,
        'paper': False,
        'tr_key': 'index_code_4',
        'layouts': (
            names("""
                BSTP_CLS_CODE BSOP_HOUR ARBT_SELN_ENTM_CNQN ARBT_SELN_ONSL_CNQN
                ARBT_SHNU_ENTM_CNQN ARBT_SHNU_ONSL_CNQN NABT_SELN_ENTM_CNQN NABT_SELN_ONSL_CNQN
                NABT_SHNU_ENTM_CNQN NABT_SHNU_ONSL_CNQN ARBT_SELN_ENTM_CNTG_AMT
                ARBT_SELN_ONSL_CNTG_AMT ARBT_SHNU_ENTM_CNTG_AMT ARBT_SHNU_ONSL_CNTG_AMT
                NABT_SELN_ENTM_CNTG_AMT NABT_SELN_ONSL_CNTG_AMT NABT_SHNU_ENTM_CNTG_AMT
                NABT_SHNU_ONSL_CNTG_AMT ARBT_SMTN_SELN_VOL ARBT_SMTM_SELN_VOL_RATE
                ARBT_SMTN_SELN_TR_PBMN ARBT_SMTM_SELN_TR_PBMN_RATE ARBT_SMTN_SHNU_VOL
                ARBT_SMTM_SHNU_VOL_RATE ARBT_SMTN_SHNU_TR_PBMN ARBT_SMTM_SHNU_TR_PBMN_RATE
                ARBT_SMTN_NTBY_QTY ARBT_SMTM_NTBY_QTY_RATE ARBT_SMTN_NTBY_TR_PBMN
                ARBT_SMTM_NTBY_TR_PBMN_RATE NABT_SMTN_SELN_VOL NABT_SMTM_SELN_VOL_RATE
                NABT_SMTN_SELN_TR_PBMN NABT_SMTM_SELN_TR_PBMN_RATE NABT_SMTN_SHNU_VOL
                NABT_SMTM_SHNU_VOL_RATE NABT_SMTN_SHNU_TR_PBMN NABT_SMTM_SHNU_TR_PBMN_RATE
                NABT_SMTN_NTBY_QTY NABT_SMTM_NTBY_QTY_RATE NABT_SMTN_NTBY_TR_PBMN
                NABT_SMTM_NTBY_TR_PBMN_RATE WHOL_ENTM_SELN_VOL ENTM_SELN_VOL_RATE
                WHOL_ENTM_SELN_TR_PBMN ENTM_SELN_TR_PBMN_RATE WHOL_ENTM_SHNU_VOL
                ENTM_SHNU_VOL_RATE WHOL_ENTM_SHNU_TR_PBMN ENTM_SHNU_TR_PBMN_RATE
                WHOL_ENTM_NTBY_QT ENTM_NTBY_QTY_RAT WHOL_ENTM_NTBY_TR_PBMN
                ENTM_NTBY_TR_PBMN_RATE WHOL_ONSL_SELN_VOL ONSL_SELN_VOL_RATE
                WHOL_ONSL_SELN_TR_PBMN ONSL_SELN_TR_PBMN_RATE WHOL_ONSL_SHNU_VOL
                ONSL_SHNU_VOL_RATE WHOL_ONSL_SHNU_TR_PBMN ONSL_SHNU_TR_PBMN_RATE
                WHOL_ONSL_NTBY_QTY ONSL_NTBY_QTY_RATE WHOL_ONSL_NTBY_TR_PBMN
                ONSL_NTBY_TR_PBMN_RATE TOTAL_SELN_QTY WHOL_SELN_VOL_RATE TOTAL_SELN_TR_PBMN
                WHOL_SELN_TR_PBMN_RATE SHNU_CNTG_SMTN WHOL_SHUN_VOL_RATE TOTAL_SHNU_TR_PBMN
                WHOL_SHUN_TR_PBMN_RATE WHOL_NTBY_QTY WHOL_SMTM_NTBY_QTY_RATE WHOL_NTBY_TR_PBMN
                WHOL_NTBY_TR_PBMN_RATE ARBT_ENTM_NTBY_QTY ARBT_ENTM_NTBY_TR_PBMN
                ARBT_ONSL_NTBY_QTY ARBT_ONSL_NTBY_TR_PBMN NABT_ENTM_NTBY_QTY
                NABT_ENTM_NTBY_TR_PBMN NABT_ONSL_NTBY_QTY NABT_ONSL_NTBY_TR_PBMN ACML_VOL
                ACML_TR_PBMN
            """),
        ),
    },
    'H0ZFANC0': {
        'title': '주식선물 실시간예상체결',
        'encrypted': False,
        'paper': False,
        'tr_key': 'derivative_short_code',
        'layouts': (
            names("""
                FUTS_SHRN_ISCD BSOP_HOUR ANTC_CNPR ANTC_CNTG_VRSS ANTC_CNTG_VRSS_SIGN
                ANTC_CNTG_PRDY_CTRT ANTC_MKOP_CLS_CODE ANTC_CNQN
            """),
        ),
    },
    'H0ZFASP0': {
        'title': '주식선물 실시간호가',
        'encrypted': False,
        'paper': False,
        'tr_key': 'derivative_short_code',
        'layouts': (
            names("""
                FUTS_SHRN_ISCD BSOP_HOUR ASKP1 ASKP2 ASKP3 ASKP4 ASKP5 ASKP6 ASKP7 ASKP8 ASKP9
                ASKP10 BIDP1 BIDP2 BIDP3 BIDP4 BIDP5 BIDP6 BIDP7 BIDP8 BIDP9 BIDP10 ASKP_CSNU1
                ASKP_CSNU2 ASKP_CSNU3 ASKP_CSNU4 ASKP_CSNU5 ASKP_CSNU6 ASKP_CSNU7 ASKP_CSNU8
                ASKP_CSNU9 ASKP_CSNU10 BIDP_CSNU1 BIDP_CSNU2 BIDP_CSNU3 BIDP_CSNU4 BIDP_CSNU5
                BIDP_CSNU6 BIDP_CSNU7 BIDP_CSNU8 BIDP_CSNU9 BIDP_CSNU10 ASKP_RSQN1 ASKP_RSQN2
                ASKP_RSQN3 ASKP_RSQN4 ASKP_RSQN5 ASKP_RSQN6 ASKP_RSQN7 ASKP_RSQN8 ASKP_RSQN9
                ASKP_RSQN10 BIDP_RSQN1 BIDP_RSQN2 BIDP_RSQN3 BIDP_RSQN4 BIDP_RSQN5 BIDP_RSQN6
                BIDP_RSQN7 BIDP_RSQN8 BIDP_RSQN9 BIDP_RSQN10 TOTAL_ASKP_CSNU TOTAL_BIDP_CSNU
                TOTAL_ASKP_RSQN TOTAL_BIDP_RSQN TOTAL_ASKP_RSQN_ICDC TOTAL_BIDP_RSQN_ICDC
            """),
        ),
    },
    'H0ZFCNT0': {
        'title': '주식선물 실시간체결가',
        'encrypted': False,
        'paper': False,
        'tr_key': 'derivative_short_code',
        'layouts': (
            names("""
                FUTS_SHRN_ISCD BSOP_HOUR STCK_PRPR PRDY_VRSS_SIGN PRDY_VRSS FUTS_PRDY_CTRT
                STCK_OPRC STCK_HGPR STCK_LWPR LAST_CNQN ACML_VOL ACML_TR_PBMN HTS_THPR
                MRKT_BASIS DPRT NMSC_FCTN_STPL_PRC FMSC_FCTN_STPL_PRC SPEAD_PRC
                HTS_OTST_STPL_QTY OTST_STPL_QTY_ICDC OPRC_HOUR OPRC_VRSS_PRPR_SIGN
                OPRC_VRSS_PRPR HGPR_HOUR HGPR_VRSS_PRPR_SIGN HGPR_VRSS_PRPR LWPR_HOUR
                LWPR_VRSS_PRPR_SIGN LWPR_VRSS_PRPR SHNU_RATE CTTR ESDG OTST_STPL_RGBF_QTY_ICDC
                THPR_BASIS ASKP1 BIDP1 ASKP_RSQN1 BIDP_RSQN1 SELN_CNTG_CSNU SHNU_CNTG_CSNU
                NTBY_CNTG_CSNU SELN_CNTG_SMTN SHNU_CNTG_SMTN TOTAL_ASKP_RSQN TOTAL_BIDP_RSQN
                PRDY_VOL_VRSS_ACML_VOL_RATE DYNM_MXPR DYNM_LLAM DYNM_PRC_LIMT_YN
            """),
        ),
    },
    'H0ZOANC0': {
        'title': '주식옵션 실시간예상체결',
        'encrypted': False,
        'paper': False,
        'tr_key': 'derivative_short_code',
        'layouts': (
            names("""
                OPTN_SHRN_ISCD BSOP_HOUR ANTC_CNPR ANTC_CNTG_VRSS ANTC_CNTG_VRSS_SIGN
                ANTC_CNTG_PRDY_CTRT ANTC_MKOP_CLS_CODE
            """),
        ),
    },
    'H0ZOASP0': {
        'title': '주식옵션 실시간호가',
        'encrypted': False,
        'paper': False,
        'tr_key': 'derivative_short_code',
        'layouts': (
            names("""
                OPTN_SHRN_ISCD BSOP_HOUR OPTN_ASKP1 OPTN_ASKP2 OPTN_ASKP3 OPTN_ASKP4 OPTN_ASKP5
                OPTN_BIDP1 OPTN_BIDP2 OPTN_BIDP3 OPTN_BIDP4 OPTN_BIDP5 ASKP_CSNU1 ASKP_CSNU2
                ASKP_CSNU3 ASKP_CSNU4 ASKP_CSNU5 BIDP_CSNU1 BIDP_CSNU2 BIDP_CSNU3 BIDP_CSNU4
                BIDP_CSNU5 ASKP_RSQN1 ASKP_RSQN2 ASKP_RSQN3 ASKP_RSQN4 ASKP_RSQN5 BIDP_RSQN1
                BIDP_RSQN2 BIDP_RSQN3 BIDP_RSQN4 BIDP_RSQN5 TOTAL_ASKP_CSNU TOTAL_BIDP_CSNU
                TOTAL_ASKP_RSQN TOTAL_BIDP_RSQN TOTAL_ASKP_RSQN_ICDC TOTAL_BIDP_RSQN_ICDC
                OPTN_ASKP6 OPTN_ASKP7 OPTN_ASKP8 OPTN_ASKP9 OPTN_ASKP10 OPTN_BIDP6 OPTN_BIDP7
                OPTN_BIDP8 OPTN_BIDP9 OPTN_BIDP10 ASKP_CSNU6 ASKP_CSNU7 ASKP_CSNU8 ASKP_CSNU9
                ASKP_CSNU10 BIDP_CSNU6 BIDP_CSNU7 BIDP_CSNU8 BIDP_CSNU9 BIDP_CSNU10 ASKP_RSQN6
                ASKP_RSQN7 ASKP_RSQN8 ASKP_RSQN9 ASKP_RSQN10 BIDP_RSQN6 BIDP_RSQN7 BIDP_RSQN8
                BIDP_RSQN9 BIDP_RSQN10
            """),
        ),
    },
    'H0ZOCNT0': {
        'title': '주식옵션 실시간체결가',
        'encrypted': False,
        'paper': False,
        'tr_key': 'derivative_short_code',
        'layouts': (
            names("""
                OPTN_SHRN_ISCD BSOP_HOUR OPTN_PRPR PRDY_VRSS_SIGN OPTN_PRDY_VRSS PRDY_CTRT
                OPTN_OPRC OPTN_HGPR OPTN_LWPR LAST_CNQN ACML_VOL ACML_TR_PBMN HTS_THPR
                HTS_OTST_STPL_QTY OTST_STPL_QTY_ICDC OPRC_HOUR OPRC_VRSS_PRPR_SIGN
                OPRC_VRSS_NMIX_PRPR HGPR_HOUR HGPR_VRSS_PRPR_SIGN HGPR_VRSS_NMIX_PRPR LWPR_HOUR
                LWPR_VRSS_PRPR_SIGN LWPR_VRSS_NMIX_PRPR SHNU_RATE PRMM_VAL INVL_VAL TMVL_VAL
                DELTA GAMA VEGA THETA RHO HTS_INTS_VLTL ESDG OTST_STPL_RGBF_QTY_ICDC THPR_BASIS
                UNAS_HIST_VLTL CTTR DPRT MRKT_BASIS OPTN_ASKP1 OPTN_BIDP1 ASKP_RSQN1 BIDP_RSQN1
                SELN_CNTG_CSNU SHNU_CNTG_CSNU NTBY_CNTG_CSNU SELN_CNTG_SMTN SHNU_CNTG_SMTN
                TOTAL_ASKP_RSQN TOTAL_BIDP_RSQN PRDY_VOL_VRSS_ACML_VOL_RATE
            """),
        ),
    },
}
