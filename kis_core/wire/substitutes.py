"""What to do instead of a call that the paper server lacks. Data: every such call has a row.

"none" is said where nothing on paper comes near; a real key then asks the real host, which answers
questions about the market also to those who trade on paper.
"""

from collections.abc import Mapping

_REAL_KEY = "ask the real host with a real key"
_NONE = f"none; {_REAL_KEY}"
_RANKED = f"none; rank the master file's symbols by their own daily charts, or {_REAL_KEY}"
_STATEMENTS = f"none; company accounts come from elsewhere, or {_REAL_KEY}"
_DEPOSITORY = f"none; corporate actions come from elsewhere, or {_REAL_KEY}"
_ELW = "domestic_stock.inquire_elw_price, one by one; nothing else about ELW"
_ETF = "domestic_stock.inquire_price and the daily charts take ETF codes too; NAV is not told"
_NIGHT = "none; paper has no night session, trade the day session"
_PENSION = "none; paper has no pension accounts"
_RESERVED = "none; keep the order yourself and place it in the session"
_INDEX = "domestic_stock.inquire_daily_indexchartprice"
_INVESTORS = "domestic_stock.inquire_investor, one symbol at a time, after the close"
_PROGRAM = "domestic_stock.inquire_price's pgtr_ntby_qty: the day's net programme shares so far"

SUBSTITUTES: Mapping[str, str] = {
    # Orders and the account.
    "domestic_stock.inquire_psbl_rvsecncl": (
        "domestic_stock.inquire_daily_ccld: of today's orders those with rmn_qty above 0, "
        "as KisBroker.open_orders does"
    ),
    "domestic_stock.inquire_psbl_sell": (
        "domestic_stock.inquire_balance's ord_psbl_qty, as KisBroker.sellable does"
    ),
    "domestic_stock.inquire_balance_rlz_pl": (
        "domestic_stock.inquire_balance; realised P&L from domestic_stock.inquire_daily_ccld"
    ),
    "domestic_stock.inquire_account_balance": (
        "domestic_stock.inquire_balance: its sums, for paper holds nothing but stocks and cash"
    ),
    "domestic_stock.inquire_period_profit": (
        "domestic_stock.inquire_daily_ccld: reckon it from the fills of the days"
    ),
    "domestic_stock.inquire_period_trade_profit": (
        "domestic_stock.inquire_daily_ccld: reckon it from the fills of the days"
    ),
    "domestic_stock.intgr_margin": "domestic_stock.inquire_psbl_order: what can be bought",
    "domestic_stock.inquire_credit_psamount": (
        "domestic_stock.inquire_psbl_order; paper lends nothing"
    ),
    "domestic_stock.order_credit": "domestic_stock.order_cash; paper lends nothing",
    "domestic_stock.order_resv": _RESERVED,
    "domestic_stock.order_resv_rvsecncl": _RESERVED,
    "domestic_stock.order_resv_ccnl": _RESERVED,
    "domestic_stock.period_rights": _DEPOSITORY,
    **dict.fromkeys(
        (
            "domestic_stock.pension_inquire_balance",
            "domestic_stock.pension_inquire_daily_ccld",
            "domestic_stock.pension_inquire_deposit",
            "domestic_stock.pension_inquire_present_balance",
            "domestic_stock.pension_inquire_psbl_order",
        ),
        _PENSION,
    ),
    # Prices, trades, charts.
    "domestic_stock.inquire_price_2": (
        "domestic_stock.inquire_price: most of the same flags, as KisQuotes.standing does"
    ),
    "domestic_stock.inquire_time_dailychartprice": (
        "domestic_stock.inquire_time_itemchartprice on the day itself, as KisQuotes.minute_bars_on "
        "does, or the collector's stored candles"
    ),
    "domestic_stock.intstock_multprice": (
        "domestic_stock.inquire_price one by one, as KisMarket.snapshots does"
    ),
    "domestic_stock.inquire_overtime_price": (
        "the head of domestic_stock.inquire_time_overtimeconclusion, as KisQuotes.overtime_price "
        "does"
    ),
    "domestic_stock.inquire_overtime_asking_price": (
        "none; the best two are in the rows of domestic_stock.inquire_time_overtimeconclusion"
    ),
    "domestic_stock.inquire_member_daily": (
        "domestic_stock.inquire_member at the close: today's five largest on each side"
    ),
    "domestic_stock.inquire_daily_trade_volume": (
        "none; count the aggressors of the trades on the WebSocket (H0STCNT0)"
    ),
    "domestic_stock.pbar_tratio": "the day's own minute bars: domestic_stock."
    "inquire_time_itemchartprice",
    "domestic_stock.tradprt_byamt": "none; sort the trades of the WebSocket (H0STCNT0) by size",
    "domestic_stock.exp_price_trend": (
        "domestic_stock.inquire_asking_price_exp_ccn, asked again and again in the auction"
    ),
    "domestic_stock.exp_closing_price": (
        "domestic_stock.inquire_asking_price_exp_ccn, one symbol at a time"
    ),
    "domestic_stock.daily_short_sale": (
        "domestic_stock.inquire_price's last_ssts_cntg_qty: the newest day alone"
    ),
    "domestic_stock.daily_credit_balance": (
        "domestic_stock.inquire_price's whol_loan_rmnd_rate: the newest day's loans alone"
    ),
    "domestic_stock.daily_loan_trans": _NONE,
    "domestic_stock.credit_by_company": "domestic_stock.inquire_price's crdt_able_yn",
    "domestic_stock.lendable_by_company": "domestic_stock.inquire_price's ssts_yn",
    # Investors and programmes.
    "domestic_stock.investor_trade_by_stock_daily": (
        "domestic_stock.inquire_investor: three groups, the last 30 days, as "
        "KisFlows.investor_days does"
    ),
    "domestic_stock.investor_trend_estimate": f"none; {_INVESTORS}",
    "domestic_stock.foreign_institution_total": _INVESTORS,
    "domestic_stock.inquire_investor_time_by_market": _NONE,
    "domestic_stock.inquire_investor_daily_by_market": _NONE,
    "domestic_stock.frgnmem_trade_estimate": (
        "domestic_stock.inquire_member's glob_ntby_qty, one symbol at a time"
    ),
    "domestic_stock.frgnmem_pchs_trend": "domestic_stock.inquire_member's glob_ntby_qty",
    "domestic_stock.frgnmem_trade_trend": "domestic_stock.inquire_member's glob_ntby_qty",
    "domestic_stock.program_trade_by_stock": _PROGRAM,
    "domestic_stock.program_trade_by_stock_daily": _PROGRAM,
    "domestic_stock.comp_program_trade_today": _NONE,
    "domestic_stock.comp_program_trade_daily": _NONE,
    "domestic_stock.investor_program_trade_today": _NONE,
    # Indices, market state, calendar, stock information.
    "domestic_stock.inquire_index_price": (
        f"the snapshot of {_INDEX}, as KisQuotes.index_level does"
    ),
    "domestic_stock.inquire_index_daily_price": f"{_INDEX}, as KisIndices.sessions does",
    "domestic_stock.inquire_time_indexchartprice": (
        f"none; ask for the snapshot of {_INDEX} each minute and keep it"
    ),
    "domestic_stock.inquire_index_timeprice": (
        f"none; ask for the snapshot of {_INDEX} each minute and keep it"
    ),
    "domestic_stock.inquire_index_tickprice": (
        f"none; ask for the snapshot of {_INDEX} each minute and keep it"
    ),
    "domestic_stock.inquire_index_category_price": f"the snapshot of {_INDEX}, sector by sector",
    "domestic_stock.exp_index_trend": _NONE,
    "domestic_stock.exp_total_index": _NONE,
    "domestic_stock.inquire_vi_status": (
        "none for the market; domestic_stock.inquire_price's vi_cls_code for one symbol"
    ),
    "domestic_stock.chk_holiday": (
        "our own calendar (kis_core.market.calendar), as KisMarket.market_days does"
    ),
    "domestic_stock.market_time": "our own calendar (kis_core.market.calendar)",
    "domestic_stock.search_stock_info": (
        "the master files (kospi_code.mst, kosdaq_code.mst), open to all without a key"
    ),
    "domestic_stock.search_info": (
        "the master files (kospi_code.mst, kosdaq_code.mst), open to all without a key"
    ),
    "domestic_stock.news_title": _NONE,
    "domestic_stock.mktfunds": _NONE,
    "domestic_stock.comp_interest": _NONE,
    # Rankings.
    **dict.fromkeys(
        (
            "domestic_stock.after_hour_balance",
            "domestic_stock.bulk_trans_num",
            "domestic_stock.credit_balance",
            "domestic_stock.disparity",
            "domestic_stock.dividend_rate",
            "domestic_stock.exp_trans_updown",
            "domestic_stock.finance_ratio",
            "domestic_stock.fluctuation",
            "domestic_stock.hts_top_view",
            "domestic_stock.market_value",
            "domestic_stock.near_new_highlow",
            "domestic_stock.overtime_exp_trans_fluct",
            "domestic_stock.overtime_fluctuation",
            "domestic_stock.overtime_volume",
            "domestic_stock.prefer_disparate_ratio",
            "domestic_stock.profit_asset_index",
            "domestic_stock.quote_balance",
            "domestic_stock.short_sale",
            "domestic_stock.top_interest_stock",
            "domestic_stock.traded_by_company",
            "domestic_stock.volume_power",
            "domestic_stock.volume_rank",
        ),
        _RANKED,
    ),
    "domestic_stock.market_cap": (
        "the master files hold every symbol's market cap (kospi_code.mst, kosdaq_code.mst)"
    ),
    "domestic_stock.capture_uplowprice": (
        "domestic_stock.inquire_price: compare stck_prpr with stck_mxpr and stck_llam"
    ),
    # What users keep at KIS.
    "domestic_stock.intstock_grouplist": "a list of your own in config/",
    "domestic_stock.intstock_stocklist_by_group": "a list of your own in config/",
    "domestic_stock.psearch_title": "a filter of your own over the master files",
    "domestic_stock.psearch_result": "a filter of your own over the master files",
    # Companies.
    **dict.fromkeys(
        (
            "domestic_stock.estimate_perform",
            "domestic_stock.finance_balance_sheet",
            "domestic_stock.finance_financial_ratio",
            "domestic_stock.finance_growth_ratio",
            "domestic_stock.finance_income_statement",
            "domestic_stock.finance_other_major_ratios",
            "domestic_stock.finance_profit_ratio",
            "domestic_stock.finance_stability_ratio",
            "domestic_stock.invest_opbysec",
            "domestic_stock.invest_opinion",
        ),
        _STATEMENTS,
    ),
    **dict.fromkeys(
        (
            "domestic_stock.ksdinfo_bonus_issue",
            "domestic_stock.ksdinfo_cap_dcrs",
            "domestic_stock.ksdinfo_dividend",
            "domestic_stock.ksdinfo_forfeit",
            "domestic_stock.ksdinfo_list_info",
            "domestic_stock.ksdinfo_mand_deposit",
            "domestic_stock.ksdinfo_merger_split",
            "domestic_stock.ksdinfo_paidin_capin",
            "domestic_stock.ksdinfo_pub_offer",
            "domestic_stock.ksdinfo_purreq",
            "domestic_stock.ksdinfo_rev_split",
            "domestic_stock.ksdinfo_sharehld_meet",
        ),
        _DEPOSITORY,
    ),
    # Futures and options.
    "domestic_futureoption.display_board_callput": (
        "domestic_futureoption.inquire_price for each option of the master (fo_idx_code_mts.mst)"
    ),
    "domestic_futureoption.display_board_futures": (
        "domestic_futureoption.inquire_price for each future of the master (fo_idx_code_mts.mst)"
    ),
    "domestic_futureoption.display_board_option_list": (
        "the maturities in the master (fo_idx_code_mts.mst)"
    ),
    "domestic_futureoption.display_board_top": (
        "domestic_futureoption.inquire_price of the nearest future: it holds the underlying"
    ),
    "domestic_futureoption.inquire_time_fuopchartprice": (
        "none; ask domestic_futureoption.inquire_price each minute and keep it, or read the daily "
        "chart: domestic_futureoption.inquire_daily_fuopchartprice"
    ),
    "domestic_futureoption.exp_price_trend": (
        "domestic_futureoption.inquire_asking_price, asked again and again in the auction"
    ),
    "domestic_futureoption.margin_rate": (
        "domestic_futureoption.inquire_psbl_order: what the margin lets through"
    ),
    "domestic_futureoption.inquire_balance_settlement_pl": (
        "domestic_futureoption.inquire_balance: valued at the settlement price (EXCC_STAT_CD 1)"
    ),
    "domestic_futureoption.inquire_balance_valuation_pl": "domestic_futureoption.inquire_balance",
    "domestic_futureoption.inquire_deposit": (
        "domestic_futureoption.inquire_balance: its second output holds the deposit"
    ),
    "domestic_futureoption.inquire_daily_amount_fee": (
        "domestic_futureoption.inquire_ccnl: fee_smtl of the days asked for"
    ),
    "domestic_futureoption.inquire_ccnl_bstime": "domestic_futureoption.inquire_ccnl",
    **dict.fromkeys(
        (
            "domestic_futureoption.inquire_ngt_balance",
            "domestic_futureoption.inquire_ngt_ccnl",
            "domestic_futureoption.inquire_psbl_ngt_order",
            "domestic_futureoption.ngt_margin_detail",
        ),
        _NIGHT,
    ),
    # ETF, ETN, ELW.
    **dict.fromkeys(
        (
            "etfetn.quotations.inquire_component_stock_price",
            "etfetn.quotations.nav_comparison_daily_trend",
            "etfetn.quotations.nav_comparison_time_trend",
            "etfetn.quotations.nav_comparison_trend",
        ),
        _NONE,
    ),
    "etfetn.quotations.inquire_price": _ETF,
    "etfetn.quotations.inquire_asking_price": (
        "domestic_stock.inquire_asking_price_exp_ccn takes ETF codes too"
    ),
    **dict.fromkeys(
        (
            "elw.quotations.compare_stocks",
            "elw.quotations.cond_search",
            "elw.quotations.expiration_stocks",
            "elw.quotations.indicator_trend_ccnl",
            "elw.quotations.indicator_trend_daily",
            "elw.quotations.indicator_trend_minute",
            "elw.quotations.lp_trade_trend",
            "elw.quotations.newly_listed",
            "elw.quotations.sensitivity_trend_ccnl",
            "elw.quotations.sensitivity_trend_daily",
            "elw.quotations.udrl_asset_list",
            "elw.quotations.udrl_asset_price",
            "elw.quotations.volatility_trend_ccnl",
            "elw.quotations.volatility_trend_daily",
            "elw.quotations.volatility_trend_minute",
            "elw.quotations.volatility_trend_tick",
            "elw.ranking.indicator",
            "elw.ranking.quick_change",
            "elw.ranking.sensitivity",
            "elw.ranking.updown_rate",
            "elw.ranking.volume_rank",
        ),
        _ELW,
    ),
}
