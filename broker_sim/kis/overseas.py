"""An account with nothing abroad and no bonds: the questions that clients ask all the same.

Clients of whole accounts add stocks, overseas stocks and bonds up, so a KIS that did not know the
others would break them at their first balance. Every list here is empty and every sum is zero.
Paths, TR ids and shapes as public clients use them; the catalog of this house is of domestic
stocks and derivatives.
"""

from kis_core.wire.tr_table import Call, Field, Output

_ACCOUNT = ("CANO", "ACNT_PRDT_CD")
_ROWS = Output("array", ())


def _sums(*names: str) -> Output:
    return Output("object", tuple(Field(name) for name in names))


def _call(
    name: str, real: str, paper: str, outputs: dict[str, Output], market: str = "overseas-stock"
) -> Call:
    return Call(
        name=f"{market}.{name}".replace("-", "_"),
        title="해외주식" if market == "overseas-stock" else "장내채권",
        method="GET",
        path=f"/uapi/{market}/v1/trading/{name}",
        tr_real={"": real},
        tr_paper={"": paper} if paper else {},
        tr_old={},
        params=_ACCOUNT,
        optional=(),
        fixed={},
        cursor=None if name == "inquire-present-balance" else "200",
        outputs=outputs,
    )


CALLS = (
    _call(
        "inquire-balance",
        "TTTS3012R",
        "VTTS3012R",
        {
            "output1": _ROWS,
            "output2": _sums(
                *("frcr_pchs_amt1", "ovrs_rlzt_pfls_amt", "ovrs_tot_pfls", "rlzt_erng_rt"),
                *("tot_evlu_pfls_amt", "tot_pftrt", "frcr_buy_amt_smtl1", "ovrs_rlzt_pfls_amt2"),
                "frcr_buy_amt_smtl2",
            ),
        },
    ),
    _call(
        "inquire-present-balance",
        "CTRP6504R",
        "VTRP6504R",
        {
            "output1": _ROWS,
            "output2": _ROWS,
            "output3": _sums(
                *(
                    "pchs_amt_smtl",
                    "evlu_amt_smtl",
                    "evlu_pfls_amt_smtl",
                    "dncl_amt",
                    "cma_evlu_amt",
                ),
                *(
                    "tot_dncl_amt",
                    "etc_mgna",
                    "wdrw_psbl_tot_amt",
                    "frcr_evlu_tota",
                    "evlu_erng_rt1",
                ),
                *("pchs_amt_smtl_amt", "evlu_amt_smtl_amt", "tot_evlu_pfls_amt", "tot_asst_amt"),
                *("buy_mgn_amt", "mgna_tota", "frcr_use_psbl_amt", "ustl_sll_amt_smtl"),
                *("ustl_buy_amt_smtl", "tot_frcr_cblc_smtl", "tot_loan_amt"),
            ),
        },
    ),
    _call("inquire-nccs", "TTTS3018R", "VTTS3018R", {"output": _ROWS}),
    _call("inquire-ccnl", "TTTS3035R", "VTTS3035R", {"output": _ROWS}),
    _call(
        "inquire-period-profit",
        "TTTS3039R",
        "",
        {
            "output1": _ROWS,
            "output2": _sums(
                *("stck_sll_amt_smtl", "stck_buy_amt_smtl", "smtl_fee1", "excc_dfrm_amt"),
                *("ovrs_rlzt_pfls_tot_amt", "tot_pftrt", "bass_dt", "exrt"),
            ),
        },
    ),
    _call(
        "inquire-psamount",
        "TTTS3007R",
        "VTTS3007R",
        {
            "output": _sums(
                *("tr_crcy_cd", "ord_psbl_frcr_amt", "sll_ruse_psbl_amt", "ovrs_ord_psbl_amt"),
                *(
                    "max_ord_psbl_qty",
                    "echm_af_ord_psbl_amt",
                    "echm_af_ord_psbl_qty",
                    "ord_psbl_qty",
                ),
                *("exrt", "frcr_ord_psbl_amt1", "ovrs_max_ord_psbl_qty"),
            )
        },
    ),
    _call("inquire-balance", "CTSC8407R", "", {"output": _ROWS}, "domestic-bond"),
)
"""Every one is answered by `answers.nothing_known`, with zeros for its sums."""
