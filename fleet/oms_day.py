"""`kst oms day`: the trading day's timetable, and whether the last day agrees with the broker."""

from typing import Any

import typer

from fleet.oms_line import ConfigDir, Json, ask

_WHATS = {
    "intake": ("주문 접수", "orders are taken"),
    "open": ("개장", "continuous trading opens"),
    "baseline": ("기준 자산", "equity that P&L is measured from"),
    "flatten": ("당일 청산", "day positions are sold"),
    "closing_cancel": ("매수 취소", "working buys are withdrawn"),
    "close": ("폐장", "the exchange closes"),
    "reconcile": ("대사", "compared with the broker"),
    "roll": ("날짜 변경", "the next day begins"),
}
_STATES = {
    "ahead": ("예정", "ahead"),
    "due": ("실행 대기", "due"),
    "done": ("완료", "done"),
    "missed": ("놓침", "missed"),
}


def register(app: typer.Typer) -> None:
    """Put the command into the `kst oms` group."""
    app.command()(day)


def day(config: ConfigDir = None, as_json: Json = False) -> None:
    """Show what is due today and what is done, and how the last day compared with the broker.

    Example: kst oms day
    """
    told = ask(config, lambda oms: oms.day(), acts=False)
    if as_json:
        typer.echo(told.model_dump_json())
        return
    if not told.session:
        typer.echo(f"{told.date}: 거래 없음 · no session that the calendar knows of")
    for duty in told.duties:
        typer.echo(_duty_line(duty))
    if told.reconciled is not None:
        for line in _reconciled_lines(told.reconciled):
            typer.echo(line)
    if told.unconfirmed is not None:
        typer.echo(
            f"{told.unconfirmed}: 체결 미확인 · the broker has not confirmed this day's executions"
        )


def _duty_line(duty: Any) -> str:
    korean, english = _WHATS[duty.what]
    state_ko, state_en = _STATES[duty.state]
    whose = f" {duty.strategy_id}" if duty.strategy_id else ""
    done = f" ({duty.done_at:%H:%M:%S})" if duty.done_at else ""
    return f"{duty.at:%H:%M:%S} {korean}{whose} · {english}: {state_ko} · {state_en}{done}"


def _reconciled_lines(told: Any) -> list[str]:
    verdict = "일치 · agrees" if told.agrees else "불일치 · differs"
    lines = [
        f"{told.date} {verdict}: {told.orders:,} orders, bought {told.bought_krw:,}, "
        f"sold {told.sold_krw:,}, costs {told.cost_krw:,}, "
        f"realised {told.realised_krw:+,} KRW; compared {told.at:%m-%d %H:%M}"
    ]
    for each in told.differences:
        whose = " ".join(name for name in (each.order_id, each.symbol) if name)
        ours = "-" if each.ours is None else f"{each.ours:,}"
        theirs = "-" if each.theirs is None else f"{each.theirs:,}"
        what = f"{each.what} {whose}".rstrip()
        lines.append(f"  {what}: {ours} here, {theirs} at the broker")
    return lines
