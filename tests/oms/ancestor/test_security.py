"""What stood open at the ancestor: row by row of oms.md §10.5."""

import json
import re
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import structlog
import yaml

from config.load import ConfigError
from fleet.roster import STRATEGIES
from infra.postgres import migrate
from kis_core.environment import PAPER, REAL, Environment
from kis_core.postgres import asyncpg_url
from kis_core.settings import ServiceSettings
from oms.audit import AuditTrail
from oms.settings import load_settings
from tests.kis_core.test_environment import FLEET
from tests.oms.ancestor.tls_front import certificate, tls_front
from tests.oms.audit.conftest import Ask, MakeTrail, ask, trail
from tests.oms.audit.conftest import story as shipped_story
from tests.oms.audit.story import Story
from tests.oms.stories import HYNIX, SAMSUNG, TOKENS
from tests.oms.test_acts import drifting
from tests.oms.test_routes import KMP, KPR, OPERATOR, Served, enter, served
from tests.oms.waiting import until

pytestmark = pytest.mark.anyio
__all__ = ["ask", "served", "trail"]  # the fixtures
story = shipped_story
ROOT = Path(__file__).resolve().parents[3]
COMPOSE = sorted(ROOT.glob("docker-compose*.yml"))
DOCKERFILES = sorted((ROOT / "infra" / "docker").glob("Dockerfile*"))


def services() -> list[tuple[str, dict[str, Any]]]:
    """Return every service of every compose file, by its name."""
    found = []
    for file in COMPOSE:
        for name, service in yaml.safe_load(file.read_text("utf-8"))["services"].items():
            found.append((f"{file.name}: {name}", service))
    assert len(found) >= 5
    return found


def environment(service: dict[str, Any]) -> dict[str, str]:
    given = service.get("environment") or {}
    assert isinstance(given, dict), "an environment is written as a mapping"
    return {name: str(value) for name, value in given.items()}


# 10.5.2


def test_10_5_02_what_is_published_is_published_on_the_loopback_alone() -> None:
    """Docker's rules go before the firewall's: 8000, 5432 and 3000 were open to the internet."""
    published = [(name, str(port)) for name, s in services() for port in s.get("ports", ())]
    assert published
    for name, port in published:
        assert port.startswith("127.0.0.1:"), f"{name} publishes {port}"
    for name, service in services():
        assert service.get("network_mode") != "host", name
    settings, _ = load_settings()
    assert settings.host == "127.0.0.1"  # and without containers likewise


# 10.5.3


@pytest.mark.parametrize(
    "address",
    ["db.example.com", "8.8.8.8:5432", "[2606:4700::1111]:5432", "10.0.0.1,db.example.com"],
)
@pytest.mark.parametrize("said", ["", "?sslmode=prefer", "?sslmode=require", "?sslmode=disable"])
def test_10_5_03_a_database_on_the_internet_is_refused_without_a_server_that_proves_itself(
    address: str, said: str
) -> None:
    """Books and audit went over the internet in the clear, and a forged row became a real sell."""
    with pytest.raises(ConfigError, match="sslmode=verify-full is needed"):
        asyncpg_url(f"postgresql://u:p@{address}/trading{said}")
    proven = f"postgresql://u:p@{address}/trading?sslmode=verify-full"
    assert asyncpg_url(proven) == proven


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1:5432", "localhost", "postgres:5432", "10.0.0.7", "[::1]:5432", "100.64.0.2"],
)
def test_10_5_03_on_the_private_network_the_line_may_be_plain(address: str) -> None:
    assert asyncpg_url(f"postgresql://u:p@{address}/trading").endswith("/trading")


async def test_10_5_03_the_trail_goes_over_tls_to_the_server_it_knows_and_to_no_other(
    story: Story, trail: MakeTrail, ask: Ask, database: str, tmp_path: Path
) -> None:
    ours, another = certificate(tmp_path, "ours"), certificate(tmp_path, "another")
    story.whole_day()
    story.write()
    query = f"?sslmode=verify-full&sslrootcert={ours}"
    async with tls_front(database, another) as url:
        assert await trail(url=url + query).finish(within_s=2) is False
    assert await trail(url=database + query).finish(within_s=2) is False  # it offers no TLS
    assert await ask("SELECT count(*) FROM oms_events") == [{"count": 0}]
    async with tls_front(database, ours) as url:
        assert await migrate.current(url + query) == migrate.newest()
        assert await trail(url=url + query).finish(within_s=5) is True
    assert await ask("SELECT max(seq) AS seq FROM oms_events") == [{"seq": story.journal.last_seq}]


# 10.5.4


async def test_10_5_04_safe_mode_is_said_in_the_body_and_goes_off_as_it_went_on(
    served: Served,
) -> None:
    """A body with `false` was ignored, and turned safe mode on."""
    path = "/api/v1/risk/safe-mode"
    for enabled in (True, False):
        body = {"enabled": enabled, "reason": "test"}
        answer = await served.http.post(path, json=body, headers=OPERATOR)
        assert answer.json()["safe_mode"] is enabled
        assert served.desk.inbox.book.safe_mode is enabled
    for more in ({}, {"json": {"reason": "test"}}):
        answer = await served.http.post(f"{path}?enabled=true", headers=OPERATOR, **more)
        assert answer.status_code == 422
        assert served.desk.inbox.book.safe_mode is False


# 10.5.5


@pytest.mark.parametrize("named", [{"strategy_id": "KMP"}, {"actor": "KMP"}])
async def test_10_5_05_whose_an_intent_is_says_the_token_and_nothing_in_the_body(
    served: Served, named: dict[str, str]
) -> None:
    """Whoever wrote another's name sold the other's shares."""
    await served.http.post("/api/v1/intents", json=enter(), headers=KMP)
    await until(lambda: served.desk.inbox.book.by_broker)
    served.house.line.bring(served.house.fill_notice(1, 10))
    await until(lambda: served.desk.inbox.book.allocation("KMP", SAMSUNG).shares)
    out = {"intent_type": "EXIT", "intent_id": "x", "symbol": SAMSUNG, "reason": "theft"}
    refused = await served.http.post("/api/v1/intents", json=out | named, headers=KPR)
    assert refused.status_code == 422
    own = await served.http.post("/api/v1/intents", json=out, headers=KPR)
    assert own.json()["message"] == "No allocation to exit"
    assert served.desk.inbox.book.allocation("KMP", SAMSUNG).sellable == 10


# 10.5.6


def test_10_5_06_whoever_only_looks_has_the_readers_login() -> None:
    """Dashboards connected as the writer or the superuser."""
    writers, owners = {"oms", "collector"}, {"postgres", "prepare"}
    for where, service in services():
        name = where.rpartition(" ")[2]
        values = " ".join(environment(service).values())
        if "POSTGRES_PASSWORD" in values:
            assert name in owners, where
        if "POSTGRES_WRITER_PASSWORD" in values:
            assert name in writers | {"postgres"}, where
        if "POSTGRES_STRATEGY_PASSWORD" in values:
            assert name in {*STRATEGIES, "postgres"}, where


async def test_10_5_06_the_readers_role_writes_nothing(database: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        tables = await connection.fetch(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p')"
        )
        await connection.execute("SET ROLE trading_reader")
        assert len(tables) > 20
        for (table,) in tables:
            await connection.fetch(f"SELECT * FROM {table} LIMIT 1")
            for write in (f"DELETE FROM {table}", f"INSERT INTO {table} DEFAULT VALUES"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(write)
        make = "SELECT ensure_candle_partition('005930')"
        for write in ("CREATE TABLE mine (one int)", "DROP VIEW v_today_risk", make):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(write)
    finally:
        await connection.close()


# 10.5.7


@pytest.mark.parametrize(
    "text", ["", "1", "0", "yes", "no", "ture", "flase", "paper", "True false"]
)
def test_10_5_07_only_true_or_false_chooses_between_paper_and_real(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    """Anything that was not the word `true` meant real money."""
    settings = ServiceSettings.model_validate(FLEET)
    monkeypatch.setenv("KIS_IS_PAPER", text)
    with pytest.raises(ConfigError, match="KIS_IS_PAPER must be true or false"):
        settings.endpoints()
    for said, meant in (("true", PAPER), ("false", REAL)):
        monkeypatch.setenv("KIS_IS_PAPER", said)
        assert settings.endpoints() is meant


def test_10_5_07_paper_never_falls_back_to_the_real_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real keys lay on paper hosts for data, one slip away from an order."""
    monkeypatch.setenv("KIS_IS_PAPER", "true")
    for name in ("KIS_APP_KEY", "KIS_APP_SECRET", "KIS_HTS_ID"):
        monkeypatch.setenv(name, "real")
    monkeypatch.setenv("KIS_ACCOUNT_NO", "12345678-01")
    settings = ServiceSettings.model_validate(FLEET)
    with pytest.raises(ConfigError, match="KIS_PAPER_APP_KEY"):
        settings.credentials()
    with pytest.raises(ConfigError, match="KIS_PAPER_ACCOUNT_NO"):
        settings.account()


def test_10_5_07_each_container_is_given_what_it_needs_and_no_other_key() -> None:
    """The whole .env went into every container."""
    mine = {
        "postgres": {"POSTGRES_DB", "POSTGRES_PASSWORD", "POSTGRES_WRITER_PASSWORD",
                     "POSTGRES_STRATEGY_PASSWORD", "POSTGRES_READER_PASSWORD"},
        "prepare": {"DATABASE_URL"},
        "collector": {"DATABASE_URL", "RELAY_TOKEN", "RELAY_TOKEN_OMS", "COLLECTOR_PANEL_TOKEN"},
        "oms": {"DATABASE_URL", "RELAY_TOKEN_OMS", "OMS_TOKEN_*"},
    }  # fmt: skip
    at_broker = {"sim", "collector", "oms"}
    for where, service in services():
        name = where.rpartition(" ")[2]
        assert "env_file" not in service, where
        for key in environment(service):
            if key.startswith(("SIM_", "KIS_")):
                assert name in at_broker, f"{where} has {key}"
                continue
            allowed = mine.get(
                name,
                {"RELAY_TOKEN", f"OMS_TOKEN_{name.upper()}", "CONSERVATIVE_MODE", "DATABASE_URL"},
            )
            starred = {word.removesuffix("*") for word in allowed if word.endswith("*")}
            assert key in allowed or key.startswith(tuple(starred)), f"{where} has {key}"


# 10.5.8


async def test_10_5_08_every_act_is_in_the_audit_with_who_and_why(
    served: Served, database: str, ask: Ask
) -> None:
    """Nobody could tell who had lifted a halt, or that it had been lifted."""
    await drifting(served)
    why: dict[str, Any] = {"reason": "news", "actor": "kim"}
    posts: list[tuple[str, dict[str, Any]]] = [
        ("/risk/regime", {"regime": "WEAK"}),
        ("/risk/safe-mode", {"enabled": True}),
        ("/admin/kill-switch", {"enabled": True}),
        ("/admin/kill-switch", {"enabled": False}),
        ("/admin/reset-peak", {}),
        ("/admin/pause-strategy/KMP", {}),
        ("/admin/resume-strategy/KMP", {}),
        ("/halts", {"scope": "symbol", "subject": HYNIX}),
        ("/halts/resume", {"scope": "portfolio"}),
        (f"/drift/{SAMSUNG}/reassign", {"strategy_id": "KMP", "shares": 2, "price_krw": 70_000,
                                        "stop_krw": 68_000}),
        (f"/allocations/KMP/{SAMSUNG}/stop", {"stop_krw": 67_000}),
        (f"/drift/{SAMSUNG}/acknowledge", {}),
        ("/admin/flatten-all", {}),
        ("/admin/resume-entries", {}),
    ]  # fmt: skip
    for path, body in posts:
        unsigned = await served.http.post(f"/api/v1{path}", json=body, headers=OPERATOR)
        assert unsigned.status_code == 422, path
        done = await served.http.post(f"/api/v1{path}", json=body | why, headers=OPERATOR)
        assert done.status_code == 200, f"{path}: {done.text}"
    trail = AuditTrail(
        database,
        served.desk.inbox.journal,
        oms_id="primary",
        environment=Environment.SIM,
        account="1234567801",
        clock=served.desk.clock,
        log=structlog.get_logger(),
    )
    assert await trail.finish(within_s=5)
    await trail.close()
    rows = await ask("SELECT actor, reason, action FROM operator_actions ORDER BY seq")
    assert [(row["actor"], row["reason"]) for row in rows] == [("operator:kim", "news")] * len(
        posts
    )
    assert len({row["action"] for row in rows}) == len(posts) - 1  # on and off are one
    published = (await served.http.get("/openapi.json", headers=OPERATOR)).json()["paths"]
    acts = {
        path for path, at in published.items() if "operators" in at.get("post", {}).get("tags", ())
    }
    called = {re.sub(rf"/(KMP|{SAMSUNG})(?=/|$)", "/*", f"/api/v1{path}") for path, _ in posts}
    left = {path for path in acts if re.sub(r"\{\w+\}", "*", path) not in called}
    assert left == {
        "/api/v1/orders/{order_id}/cancel",  # a strategy's, too: test_acts
        "/api/v1/orders/{order_id}/amend",  # likewise
        "/api/v1/parents/{parent_id}/cancel",
        "/api/v1/drift/{symbol}/split",  # needs a drift that fits: test_splits
    }


# 10.5.9


def test_10_5_09_containers_run_as_nobody_special() -> None:
    """They ran as root."""
    assert DOCKERFILES
    for file in DOCKERFILES:
        steps = re.findall(r"^(USER|ENTRYPOINT|CMD)\b *(.*)$", file.read_text("utf-8"), re.M)
        users = [user for step, user in steps if step == "USER"]
        assert users, file.name
        assert users[-1] not in ("root", "0"), file.name
        assert steps[-1][0] != "USER", f"{file.name}: the last user is the one it runs as"
    for where, service in services():
        assert service.get("user") not in ("root", "0", 0), where
        assert not service.get("privileged"), where
        if "build" in service:
            assert service["cap_drop"] == ["ALL"], where
            assert service["security_opt"] == ["no-new-privileges:true"], where


def test_10_5_09_what_is_installed_is_written_down_to_its_version() -> None:
    """Requirements were lower bounds, images `latest`."""
    for file in sorted(ROOT.glob("requirements*.txt")):
        lines = [line.strip() for line in file.read_text("utf-8").splitlines()]
        wanted = [line for line in lines if line and not line.startswith(("#", "-"))]
        assert wanted, file.name
        assert [
            line for line in wanted if not re.match(r"[\w.\[\],-]+==[\w.!+]+( ;.*)?( \\)?$", line)
        ] == []
    images = [s["image"] for _, s in services() if "image" in s and "build" not in s]
    for file in DOCKERFILES:
        images += re.findall(r"^FROM +(\S+)", file.read_text("utf-8"), re.M)
    ours = "k_stock_trader/"
    for image in images:
        _, _, tag = image.rpartition(":")
        assert image.startswith(ours) or re.match(r"\d", tag), f"{image} says no version"


def test_10_5_09_no_token_is_written_anywhere_it_could_be_read() -> None:
    """Passwords were literals of the public repository."""
    for where, service in services():
        for key, value in environment(service).items():
            if re.search("KEY|SECRET|TOKEN|PASSWORD", key):
                assert value.startswith("${"), f"{where}: {key} is written down"
    assert all(str(token) == "****" for token in TOKENS.values())
    assert "token-kmp" not in json.dumps([repr(token) for token in TOKENS.values()])
