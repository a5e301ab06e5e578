"""`kst oms drift`: what no strategy explains, and what an operator makes of it."""

import json
from typing import Annotated, Any

import typer

from fleet.oms_line import Actor, ConfigDir, Json, Reason, SymbolName, ask, signed

drift_app = typer.Typer(help="불일치 · shares that no strategy explains.")


@drift_app.callback(invoke_without_command=True)
def drift(context: typer.Context, config: ConfigDir = None, as_json: Json = False) -> None:
    """Show the shares that no strategy explains, and orders that are not the OMS's.

    Example: kst oms drift, then kst oms drift reassign 005930 --to KMP --shares 5 …
    """
    if context.invoked_subcommand is None:
        _say_drift(ask(config, lambda oms: oms.drift(), acts=False), as_json)


def _say_drift(told: Any, as_json: bool) -> None:
    if as_json:
        typer.echo(told.model_dump_json())
        return
    for one in told.drift:
        state = "확인됨 acknowledged" if one.acknowledged else "진입 정지 frozen"
        if one.stops_held:
            state = "손절 보류 stops held"
        typer.echo(
            f"{one.symbol} {one.drift:+,} ({state}): the broker has {one.broker_shares}, "
            f"strategies {json.dumps(one.allocations)}"
        )
        for why in one.evidence:
            typer.echo(f"  {why}")
    for row in told.external_orders:
        typer.echo(external_line(row))
    if not told.drift and not told.external_orders:
        typer.echo("없음 · no drift")


def external_line(row: Any) -> str:
    """Return an order that is not the OMS's, as a line."""
    return (
        f"외부 주문 · external order {row.broker_id}: {row.side} {row.symbol} {row.shares:,} @ "
        f"{row.limit_krw:,} KRW, {row.filled:,} filled, at {row.ordered_at}"
    )


@drift_app.command()
def acknowledge(
    symbol: SymbolName,
    reason: Reason,
    actor: Actor = None,
    config: ConfigDir = None,
    as_json: Json = False,
) -> None:
    """Take shares that nobody owns as your own: entries go on while they stay as many.

    Example: kst oms drift acknowledge 005930 --reason "bought by hand"
    """
    from oms_client.contract import OperatorAction

    body = signed(OperatorAction, reason, actor)
    _say_drift(ask(config, lambda oms: oms.acknowledge(symbol, body), acts=True), as_json)


@drift_app.command()
def reassign(
    symbol: SymbolName,
    to: Annotated[str, typer.Option(help="The strategy that gets them, or has lost them.")],
    shares: Annotated[int, typer.Option(help="How many.")],
    reason: Reason,
    price: Annotated[int | None, typer.Option(help="What a share cost, KRW.")] = None,
    stop_price: Annotated[int | None, typer.Option("--stop", help="Its stop, KRW.")] = None,
    actor: Actor = None,
    config: ConfigDir = None,
    as_json: Json = False,
) -> None:
    """Give shares that nobody owns to a strategy, or take those that are missing from one.

    Example: kst oms drift reassign 005930 --to KMP --shares 5 --price 70000 --stop 68000
    --reason "a fill the notice of which was lost"
    """
    from oms_client.operating import ReassignDrift

    body = signed(
        ReassignDrift,
        reason,
        actor,
        strategy_id=to,
        shares=shares,
        price_krw=price,
        stop_krw=stop_price,
    )
    _say_drift(ask(config, lambda oms: oms.reassign(symbol, body), acts=True), as_json)


def split(
    symbol: SymbolName,
    numerator: Annotated[int, typer.Argument(help="So many shares …")],
    denominator: Annotated[int, typer.Argument(help="… for so many old ones.")],
    reason: Reason,
    scale: Annotated[
        str, typer.Option(help="What changed: both, shares (delivered later) or prices (ex-date).")
    ] = "both",
    force: Annotated[
        bool, typer.Option("--force", help="Also where the broker has other shares.")
    ] = False,
    actor: Actor = None,
    config: ConfigDir = None,
    as_json: Json = False,
) -> None:
    """Scale what is held after a split, merge or bonus issue; 1 1 says that there was none.

    Example: kst oms split 005930 5 1 --reason "1:5, disclosed on 16 March"
    """
    from oms_client.operating import Split

    body = signed(
        Split,
        reason,
        actor,
        numerator=numerator,
        denominator=denominator,
        scale=scale,
        force=force,
    )
    _say_drift(ask(config, lambda oms: oms.split(symbol, body), acts=True), as_json)
