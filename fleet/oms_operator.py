"""`kst oms halt / resume / flatten / drift …`: a person at the API, with a name and a reason.

Each act is one request with the operator's token; the OMS journals who and why. One that got no
answer may have been done: the sentence says so and what to look at.
"""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from fleet.oms_drift import drift_app, external_line, split
from fleet.oms_line import (
    NOT_ASKED,
    Actor,
    ConfigDir,
    Json,
    Reason,
    Strategy,
    Symbol,
    SymbolName,
    ask,
    end,
    say,
    signed,
)


def register(app: typer.Typer) -> None:
    """Put the operator's commands into the `kst oms` group."""
    acts = (halt, resume, halts, kill, flatten, reset_peak, cancel, amend, stop, split)
    for command in (*acts, limits, orders, parents, fills, trades):
        app.command()(command)
    app.add_typer(drift_app, name="drift")


# Halts


def _halt(
    act: Literal["halt", "resume"],
    strategy: str | None,
    symbol: str | None,
    reason: str,
    actor: str | None,
    config: Path | None,
    as_json: bool,
) -> None:
    from oms_client.operating import Halt

    if strategy and symbol:
        raise end("입력 오류", "not sent: either --strategy or --symbol, not both", NOT_ASKED)
    scope = "strategy" if strategy else "symbol" if symbol else "portfolio"
    body = signed(Halt, reason, actor, scope=scope, subject=strategy or symbol)
    up = ask(config, lambda oms: oms.halt(body, act), acts=True)
    say(as_json, "halts", up, _halt_line)


def _halt_line(up: Any) -> str:
    return (
        f"진입 정지 · entries stopped: {up.subject or up.scope} ({up.flag}) "
        f"by {up.actor} at {up.since:%m-%d %H:%M:%S}: {up.reason}"
    )


def halt(
    reason: Reason,
    strategy: Strategy = None,
    symbol: Symbol = None,
    actor: Actor = None,
    config: ConfigDir = None,
    as_json: Json = False,
) -> None:
    """Stop entries: of the account, a strategy or a symbol. Exits go on; it holds until resumed.

    Example: kst oms halt --reason "news" --actor kim
    """
    _halt("halt", strategy, symbol, reason, actor, config, as_json)


def resume(
    reason: Reason,
    strategy: Strategy = None,
    symbol: Symbol = None,
    actor: Actor = None,
    config: ConfigDir = None,
    as_json: Json = False,
) -> None:
    """Let entries again. Without --strategy or --symbol: safe mode, halt and flatten go down.

    Example: kst oms resume --symbol 005930 --reason "over"
    """
    _halt("resume", strategy, symbol, reason, actor, config, as_json)


def halts(config: ConfigDir = None, as_json: Json = False) -> None:
    """Say what stops entries now, who did it and why.

    Example: kst oms halts
    """
    say(as_json, "halts", ask(config, lambda oms: oms.halts(), acts=False), _halt_line)


def flatten(
    reason: Reason,
    actor: Actor = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    config: ConfigDir = None,
    as_json: Json = False,
) -> None:
    """Cancel every buy, sell everything the account holds, and halt entries for the day.

    Example: kst oms flatten --reason "going home" --yes
    """
    from oms_client.contract import OperatorAction

    body = signed(OperatorAction, reason, actor)
    question = "모두 매도합니다. 계속할까요? · This sells everything. Go on?"
    if not yes and not typer.confirm(question):
        raise end("취소됨", "not sent: you said no", NOT_ASKED)
    account = ask(config, lambda oms: oms.flatten(body), acts=True)
    if as_json:
        typer.echo(account.model_dump_json())
    elif account.flattening:
        typer.echo("청산 중 · flattening: it ends by itself once nothing is held (kst oms orders)")
    else:
        typer.echo("보유 없음 · nothing is held; entries are halted for the day")


def kill(
    reason: Reason,
    off: Annotated[bool, typer.Option("--off", help="Take it off again.")] = False,
    actor: Actor = None,
    config: ConfigDir = None,
    as_json: Json = False,
) -> None:
    """Cancel every working buy and refuse entries, over night too, until --off. Nothing is sold.

    Example: kst oms kill --reason "something is wrong"
    """
    from oms_client.contract import KillSwitch

    body = signed(KillSwitch, reason, actor, enabled=not off)
    account = ask(config, lambda oms: oms.kill(body), acts=True)
    if as_json:
        typer.echo(account.model_dump_json())
    elif account.killed:
        typer.echo("킬 스위치 켜짐 · kill switch on: no entries; what is held keeps its stops")
    else:
        typer.echo("킬 스위치 꺼짐 · kill switch off (kst oms halts says what else stops entries)")


def reset_peak(
    reason: Reason, actor: Actor = None, config: ConfigDir = None, as_json: Json = False
) -> None:
    """Count the drawdown from today's equity: money was taken out, or the loss is accepted.

    Example: kst oms reset-peak --reason "withdrew 5,000,000"
    """
    from oms_client.contract import OperatorAction

    body = signed(OperatorAction, reason, actor)
    account = ask(config, lambda oms: oms.reset_peak(body), acts=True)
    if as_json:
        typer.echo(account.model_dump_json())
    else:
        typer.echo("고점 초기화 · the drawdown counts from today's equity")


# What is in force and what happened


def limits(config: ConfigDir = None, as_json: Json = False) -> None:
    """Show the limits in force, with the hash that every decision carries.

    Example: kst oms limits --json
    """
    told = ask(config, lambda oms: oms.limits(), acts=False)
    if as_json:
        typer.echo(told.model_dump_json())
        return
    typer.echo(f"한도 · limits {told.limits_hash}")
    for name, value in (told.limits or {}).items():
        if name != "sectors":
            typer.echo(f"  {name}: {json.dumps(value, ensure_ascii=False)}")


def orders(
    strategy: Strategy = None,
    symbol: Symbol = None,
    working: Annotated[bool, typer.Option("--working", help="Only those not over.")] = False,
    external: Annotated[
        bool, typer.Option("--external", help="Those that are not the OMS's instead.")
    ] = False,
    config: ConfigDir = None,
    as_json: Json = False,
) -> None:
    """Show the day's orders; with --external those placed elsewhere, by hand or another program.

    Example: kst oms orders --working
    """
    if external:
        others = ask(config, lambda oms: oms.drift(), acts=False).external_orders
        here = [row for row in others if symbol in (None, row.symbol)]
        say(as_json, "orders", here, external_line)
        return
    found = ask(config, lambda oms: oms.orders_of(strategy, symbol, working=working), acts=False)
    say(as_json, "orders", found, _order_line)


def _order_line(one: Any) -> str:
    from kis_core.wire.account import OrderType

    kind = OrderType(one.order_type).name
    price = "" if one.limit_krw is None else f" {one.limit_krw:,} KRW"
    trigger = "" if one.trigger_krw is None else f" trigger {one.trigger_krw:,}"
    held = " 대기 held" if one.held else ""
    parent = "" if one.parent_id is None else f" of {one.parent_id}"
    code = f" {one.refusal_code} {one.refusal_text or ''}" if one.refusal_code else ""
    amending = " 정정 중 amending" if one.amending else ""
    external = " 외부 정정 changed externally" if one.changed_externally else ""
    return (
        f"{one.order_id}{parent} {one.strategy_id} {one.side} {one.symbol} {one.shares:,} "
        f"@ {kind}{price}{trigger} {one.venue} {one.time_in_force} "
        f"{one.state}{held} {one.filled:,}/{one.shares:,}{amending}{external}{code}"
    )


def parents(
    strategy: Strategy = None,
    symbol: Symbol = None,
    config: ConfigDir = None,
    as_json: Json = False,
) -> None:
    """Show the intents that are leaving in slices.

    Example: kst oms parents
    """
    found = ask(config, lambda oms: oms.parents(strategy, symbol), acts=False)
    say(as_json, "parents", found, _parent_line)


def _parent_line(one: Any) -> str:
    upcoming = "" if one.next_at is None else f", next {one.next_at:%H:%M:%S}"
    return (
        f"{one.parent_id} {one.strategy_id} {one.side} {one.symbol} {one.style} "
        f"{one.filled:,}/{one.shares:,}, left {one.left:,}, "
        f"slice {one.taken}/{one.slices}{upcoming}, until {one.ends_at:%H:%M:%S}"
    )


def cancel(
    order_id: Annotated[str, typer.Argument(help="The OMS's own id of the order or parent.")],
    reason: Reason,
    actor: Actor = None,
    config: ConfigDir = None,
    as_json: Json = False,
) -> None:
    """Cancel one working order, or end a parent and cancel what of it works.

    Example: kst oms cancel 20251120-0007 --reason "wrong price"
    """
    from oms_client.contract import OperatorAction

    body = signed(OperatorAction, reason, actor)
    if "-P" in order_id:
        parent = ask(config, lambda oms: oms.cancel_parent(order_id, body), acts=True)
        typer.echo(parent.model_dump_json() if as_json else _parent_line(parent))
        return
    order = ask(config, lambda oms: oms.cancel(order_id, body), acts=True)
    typer.echo(order.model_dump_json() if as_json else _order_line(order))


def amend(
    order_id: Annotated[str, typer.Argument(help="The OMS's own order id.")],
    price: Annotated[int, typer.Argument(help="The new limit, KRW.")],
    reason: Reason,
    actor: Actor = None,
    config: ConfigDir = None,
    as_json: Json = False,
) -> None:
    """Move what is left of a working order to another limit; a buy no higher than was approved.

    Example: kst oms amend 20251120-0007 69500 --reason "closer"
    """
    from oms_client.operating import AmendOrder

    body = signed(AmendOrder, reason, actor, limit_krw=price)
    order = ask(config, lambda oms: oms.amend(order_id, body), acts=True)
    typer.echo(order.model_dump_json() if as_json else _order_line(order))


def stop(
    strategy: Annotated[str, typer.Argument(help="Whose position.")],
    symbol: SymbolName,
    price: Annotated[int, typer.Argument(help="The new stop, KRW.")],
    reason: Reason,
    actor: Actor = None,
    config: ConfigDir = None,
    as_json: Json = False,
) -> None:
    """Move the protective stop of a strategy's position.

    Example: kst oms stop KMP 005930 68000 --reason "tighter"
    """
    from oms_client.operating import AmendStop

    body = signed(AmendStop, reason, actor, stop_krw=price)
    held = ask(config, lambda oms: oms.amend_stop(strategy, symbol, body), acts=True)
    line = f"손절가 · stop of {held.strategy_id} {held.symbol}: {held.stop_krw:,} KRW"
    typer.echo(held.model_dump_json() if as_json else line)


def fills(
    strategy: Strategy = None,
    symbol: Symbol = None,
    config: ConfigDir = None,
    as_json: Json = False,
) -> None:
    """Show the day's fills.

    Example: kst oms fills --strategy KMP
    """
    found = ask(config, lambda oms: oms.fills(strategy, symbol), acts=False)
    say(
        as_json,
        "fills",
        found,
        lambda f: (
            f"{f.at:%H:%M:%S} {f.strategy_id} {f.side} {f.symbol} {f.shares:,} for "
            f"{f.value_krw:,} KRW, costs {f.cost_krw:,} ({f.order_id})"
        ),
    )


def trades(
    strategy: Strategy = None,
    symbol: Symbol = None,
    config: ConfigDir = None,
    as_json: Json = False,
) -> None:
    """Show the round trips closed today, then those still open.

    Example: kst oms trades --json
    """
    found = ask(config, lambda oms: oms.trades(strategy, symbol), acts=False)
    say(
        as_json,
        "trades",
        found,
        lambda t: (
            f"{t.strategy_id} {t.symbol} {'종료 closed' if t.closed_at else '보유 open'} "
            f"+{t.bought:,} -{t.sold:,} realised {t.realised_krw:+,} KRW ({t.why})"
        ),
    )
