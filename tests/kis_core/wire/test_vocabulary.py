"""A field's name says what it holds; KIS's own Korean labels agree."""

from typing import Any

import pytest

from kis_core.wire.tr_table import CALLS
from kis_core.wire.vocabulary import Kind, is_known, kind_of

# Calls whose labels are shifted against their fields in KIS's own sheets (kis_api.md §19).
SHIFTED = {
    "domestic_stock.exp_index_trend",
    "domestic_stock.estimate_perform",
    "domestic_futureoption.exp_price_trend",
    "elw.quotations.volatility_trend_tick",
}
# Fields that are not what their label ends with: averages and fractions of shares have decimals,
# a rate is labelled as the amount it is a rate of, a label is cut.
LABELLED_OTHERWISE = {
    "avrg_vol",
    "avrg_tr_pbmn",
    "last_ftsk_qty",
    "nabt_entm_ntby_tr_pbmn_rate",
    "nabt_onsl_ntby_tr_pbmn_rate",
    "stpm_efct_occr_dtmd",
    "td_stop_dt",
}
LABELS = [
    ("일자", {Kind.DATE}),
    ("시각", {Kind.TIME}),
    ("여부", {Kind.TEXT}),
    ("코드", {Kind.TEXT}),
    ("부호", {Kind.TEXT}),
    ("명", {Kind.TEXT}),
    ("번호", {Kind.TEXT}),
    ("수량", {Kind.WHOLE}),
    ("잔량", {Kind.WHOLE}),
    ("거래량", {Kind.WHOLE}),
    ("거래대금", {Kind.WHOLE}),
    ("금액", {Kind.WHOLE, Kind.NUMBER}),
    ("율", {Kind.NUMBER}),
    ("현재가", {Kind.PRICE, Kind.NUMBER}),
    ("최고가", {Kind.PRICE, Kind.NUMBER}),
]


@pytest.mark.parametrize(
    ("name", "decimals", "kind"),
    [
        ("prdy_vrss_sign", 0, Kind.TEXT),
        ("stck_prpr", 0, Kind.PRICE),
        ("futs_prpr", 0, Kind.NUMBER),
        ("bstp_nmix_prdy_vrss", 2, Kind.NUMBER),
        ("acml_vol", 0, Kind.WHOLE),
        ("avrg_vol", 0, Kind.NUMBER),
        ("acml_tr_pbmn", 0, Kind.WHOLE),
        ("askp_rsqn10", 0, Kind.WHOLE),
        ("seln_mbcr_glob_yn_3", 0, Kind.TEXT),
        ("stck_bsop_date", 0, Kind.DATE),
        ("buy_amt_pay_dt", 2, Kind.DATE),
        ("vi_cncl_hour", 0, Kind.TIME),
        ("ORD_TMD", 0, Kind.TIME),
        ("seln_mbcr_rlim1", 0, Kind.NUMBER),
        ("pchs_avg_pric", 0, Kind.NUMBER),
        ("stck_cash_ord_psbl_amt", 4, Kind.NUMBER),
        ("cpfn_cnnm", 0, Kind.TEXT),
        ("BODY", 0, Kind.NESTED),
        ("", 0, Kind.TEXT),
        ("some_word_nobody_knows", 0, Kind.TEXT),
    ],
)
def test_a_field_is_what_its_last_word_says(name: str, decimals: int, kind: Kind) -> None:
    assert kind_of(name, decimals) is kind


def test_every_documented_field_ends_with_a_known_word() -> None:
    names = {n for call in CALLS.values() for output in call.outputs.values() for n in output.names}
    assert len(names) > 1_700
    assert [name for name in sorted(names) if not is_known(name)] == []


@pytest.mark.parametrize(("label", "kinds"), LABELS, ids=[label for label, _ in LABELS])
def test_the_korean_label_agrees(catalog: dict[str, Any], label: str, kinds: set[Kind]) -> None:
    fields = [
        (field["name"], field.get("decimals") or 0, (field.get("ko") or "").replace(" ", ""))
        for name, call in catalog.items()
        if name not in SHIFTED
        for output in call["output_fields"].values()
        for field in output["fields"]
    ]
    labelled = [f for f in fields if f[2].endswith(label) and f[0] not in LABELLED_OTHERWISE]
    assert len(labelled) > 5
    differing = {(n, ko) for n, decimals, ko in labelled if kind_of(n, decimals) not in kinds}
    assert sorted(differing) == []
