"""Every call of KIS's catalog is asked exactly as the catalog says: path, TR id, keys, case."""

from typing import Any

import pytest

from kis_core.environment import Credentials, Dialect, Environment, Secret
from kis_core.errors import NotOffered
from kis_core.wire import auth_requests
from kis_core.wire.request import Lane, Request, next_page, request
from kis_core.wire.tr_table import CALLS, SUBSTITUTES

HASHKEY_PATH = "/uapi/hashkey"


def said_keys(call: dict[str, Any]) -> list[str]:
    return [param["name"] for param in call["params"] if not param["name"].startswith("(")]


def ids(written: Any) -> dict[str, str]:
    """Return TR ids by variant, as the catalog writes them: one, several by name, or none."""
    return {"": written} if isinstance(written, str) else dict(written or {})


def asked(name: str, dialect: Dialect, variant: str) -> tuple[Request, dict[str, str]]:
    """Ask with a value in every second key that is not fixed, and return both."""
    call = CALLS[name]
    free = [key for key in call.params if key not in call.fixed]
    said = {key: f"value of {key}" for key in free[::2]}
    return request(dialect, name, Lane.QUOTE, variant, **said), said


def test_every_call_is_asked_as_the_catalog_says(catalog: dict[str, Any]) -> None:
    checked = 0
    for name, call in catalog.items():
        if name.startswith("auth."):
            continue
        fixed = {p["name"]: p["fixed"] for p in call["params"] if "fixed" in p}
        by_dialect: dict[Dialect, Any] = {"real": call["tr_real"], "paper": call["tr_paper"]}
        for dialect, written in by_dialect.items():
            for variant, tr_id in ids(written).items():
                made, said = asked(name, dialect, variant)
                assert (made.call.method, made.call.path) == (call["method"], call["path"]), name
                assert made.tr_id == tr_id, name
                assert list(made.fields) == said_keys(call), name
                expected = {key: said.get(key, fixed.get(key, "")) for key in said_keys(call)}
                assert dict(made.fields) == expected, name
                checked += 1
    assert checked > 200


def test_a_post_has_upper_case_keys_and_a_query_the_case_of_its_sheet() -> None:
    posts = [call for call in CALLS.values() if call.method == "POST" and call.tr_real]
    assert len(posts) == 7
    assert all(key == key.upper() for call in posts for key in call.params)
    assert "fid_rank_sort_cls_code" in CALLS["domestic_stock.fluctuation"].params
    assert "FID_BLNG_CLS_CODE" in CALLS["domestic_stock.volume_rank"].params


def test_the_ids_of_old_are_known(catalog: dict[str, Any]) -> None:
    old = {name: ids(call["tr_old"]) for name, call in catalog.items() if call.get("tr_old")}
    assert {name: dict(CALLS[name].tr_old) for name in old} == old
    assert CALLS["domestic_stock.order_cash"].tr_old["buy"] == "TTTC0802U"


def test_what_paper_lacks_is_never_made_and_its_substitute_is_named(
    catalog: dict[str, Any],
) -> None:
    lacking = [name for name, c in catalog.items() if c["tr_real"] and not c["tr_paper"]]
    assert len(lacking) > 150
    for name in lacking:
        for variant in ids(catalog[name]["tr_real"]):
            with pytest.raises(NotOffered) as refused:
                request("paper", name, Lane.QUOTE, variant)
            assert (refused.value.code, SUBSTITUTES[name] in refused.value.text) == (
                "EGW02006",
                True,
            )


@pytest.mark.parametrize(
    ("style", "name"),
    [
        ("100", "domestic_stock.inquire_balance"),
        ("200", "domestic_futureoption.inquire_ccnl"),
        ("", "domestic_stock.chk_holiday"),
    ],
)
def test_the_next_page_is_asked_with_its_cursor(style: str, name: str) -> None:
    first, _ = asked(name, "real", "")
    second = next_page(first, "conditions ", "next 2 ")
    assert second.next_page
    assert not first.next_page
    changed = {key: value for key, value in second.fields.items() if first.fields[key] != value}
    assert changed == {f"CTX_AREA_FK{style}": "conditions ", f"CTX_AREA_NK{style}": "next 2 "}
    assert list(second.fields) == list(first.fields)


def test_every_cursor_has_its_two_keys(catalog: dict[str, Any]) -> None:
    paged = {name: call for name, call in CALLS.items() if call.cursor is not None}
    documented = {name for name, c in catalog.items() if (c.get("pagination") or {}).get("request")}
    assert paged.keys() == documented
    for call in paged.values():
        cursor = {f"CTX_AREA_FK{call.cursor}", f"CTX_AREA_NK{call.cursor}"}
        assert cursor <= set(call.params), call.name


@pytest.mark.parametrize(
    ("name", "keys", "told"),
    [
        ("domestic_stock.inquire_memebr", {}, "domestic_stock.inquire_member"),
        ("inquire_price", {}, "domestic_stock"),
        ("domestic_stock.inquire_price", {"FID_INPUT_ISDC": "005930"}, "FID_INPUT_ISCD"),
        ("domestic_stock.inquire_price", {"fid_input_iscd": "005930"}, "FID_INPUT_ISCD"),
        ("domestic_stock.fluctuation", {"FID_INPUT_ISCD": "0000"}, "fid_input_iscd"),
        ("domestic_stock.hts_top_view", {"FID_INPUT_ISCD": "0000"}, "expected no keys"),
    ],
    ids=["misspelt", "without its family", "misspelt key", "lower", "upper", "takes no keys"],
)
def test_an_unknown_name_or_key_is_told_what_was_expected(
    name: str, keys: dict[str, str], told: str
) -> None:
    with pytest.raises(ValueError, match="expected") as wrong:
        request("real", name, Lane.QUOTE, **keys)
    assert told in str(wrong.value)
    assert next(iter(keys), name) in str(wrong.value)


KEYS = Credentials(Environment.SIM, "an-app-key", Secret("a-secret"), "hts")
GRANT = {"grant_type": "client_credentials", "appkey": "an-app-key"}
ORDER = {"CANO": "12345678", "PDNO": "005930"}


@pytest.mark.parametrize(
    ("name", "made", "fields"),
    [
        ("auth_token", auth_requests.token(KEYS), {**GRANT, "appsecret": "a-secret"}),
        ("auth_ws_token", auth_requests.approval(KEYS), {**GRANT, "secretkey": "a-secret"}),
        (
            "revoke_token",
            auth_requests.revocation(KEYS, "a-token"),
            {"appkey": "an-app-key", "appsecret": "a-secret", "token": "a-token"},
        ),
        ("hashkey", auth_requests.hashkey(ORDER), ORDER),
    ],
)
def test_the_token_office_is_asked_as_the_catalog_says(
    catalog: dict[str, Any], name: str, made: Request, fields: dict[str, str]
) -> None:
    call = catalog[f"auth.{name}"]
    assert (made.call.method, made.tr_id) == ("POST", "")
    assert made.call.path == (HASHKEY_PATH if name == "hashkey" else call["path"])
    assert list(made.fields.items()) == list(fields.items())
    required = [p["name"] for p in call["params"] if p.get("required")]
    if name != "hashkey":  # whose body is an order's
        assert list(made.fields) == required


def test_a_request_prints_neither_secrets_nor_the_account() -> None:
    credentials = Credentials(Environment.SIM, "the-key", Secret("the-secret"), "trader")
    asked = auth_requests.approval(credentials)
    assert asked.fields["secretkey"] == "the-secret"
    assert repr([asked]) == "[Request(auth.auth_ws_token )]"
    order = request("real", "domestic_stock.order_cash", Lane.ORDER, "buy", CANO="12345678")
    assert f"{order}" == "Request(domestic_stock.order_cash TTTC0012U)"
