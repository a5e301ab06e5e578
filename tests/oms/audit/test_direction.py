"""What people look at knows which way contracts are held."""

import asyncpg
import pytest

pytestmark = pytest.mark.anyio


async def test_what_is_held_short_gains_as_its_price_falls(database: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        for strategy, shares, direction, stop_krw in (
            ("KMP", 2, "SHORT", 72_000),
            ("KPR", 5, "LONG", 66_000),
        ):
            await connection.execute(
                "INSERT INTO allocations (oms_id, environment, strategy_id, symbol, shares,"
                " cost_krw, stop_krw, direction, updated_at, updated_seq)"
                " VALUES ('d', 'sim', $1, '106W12', $2, $3, $4, $5, now(), 1)",
                strategy, shares, shares * 70_000, stop_krw, direction,
            )  # fmt: skip
        await connection.execute(
            "INSERT INTO positions (oms_id, environment, symbol, broker_shares, price_krw,"
            " updated_at, updated_seq) VALUES ('d', 'sim', '106W12', 3, 69_000, now(), 1)"
        )
        held = await connection.fetch(
            "SELECT strategy_id, direction, unrealised_pnl_krw, stop_distance_pct > 0 AS ahead"
            " FROM v_live_allocations WHERE oms_id = 'd' ORDER BY 1"
        )
        assert [tuple(row) for row in held] == [
            ("KMP", "SHORT", 2_000, True),
            ("KPR", "LONG", -5_000, True),
        ]
        [account] = await connection.fetch(
            "SELECT allocated, kmp, kpr, cost_krw, value_krw, unrealised_pnl_krw"
            " FROM v_live_positions WHERE oms_id = 'd'"
        )
        assert tuple(account) == (3, -2, 5, 210_000, 207_000, -3_000)
    finally:
        await connection.close()
