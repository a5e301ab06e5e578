"""The collector's own works that the panel lets be done."""

from collector.panel.parts import Answer, Text
from collector.service import Collector


async def backfill(collector: Collector) -> Answer:
    """Ask KIS now for every minute of today that is over and that nobody has told.

    Symbols are asked for as if the line heard them: without waiting until a page is full.
    """
    ledgers = collector.day.ledgers
    if not ledgers:
        return Answer(
            False,
            Text("오늘은 휴장일이라 메울 분봉이 없습니다.", "No session today: no minute to fill."),
        )
    before = sum(ledger.candles for ledger in ledgers)
    went_well = await collector.sweep.round(ledgers, collector.settings.symbols)
    found = sum(ledger.candles for ledger in ledgers) - before
    if not went_well:
        return Answer(
            False,
            Text(
                f"봉 {found:,}개를 채웠지만 KIS가 일부에 답하지 않았습니다.",
                f"{found:,} candles were filled, but KIS did not answer for some.",
            ),
            Text(
                "스스로 다시 시도합니다. 로그를 보세요.",
                "It is tried again by itself; see the log.",
            ),
        )
    return Answer(
        True,
        Text(f"봉 {found:,}개를 채웠습니다.", f"{found:,} candles were filled."),
        Text("공백이 닫혔는지 '공백'에서 보세요.", "See under 'Gaps' whether they are closed."),
    )


async def compact(collector: Collector) -> Answer:
    """Make Parquet of the tape so far, copy it, and let go what is old, as after the close."""
    tapes = [collector.day.tape]
    if collector.kiwoom is not None:
        tapes.append(collector.kiwoom.day.tape)
    before = collector.upkeep.troubles
    await collector.upkeep.once(tapes)
    troubles = collector.upkeep.troubles - before
    if troubles:
        return Answer(
            False,
            Text(f"문제가 {troubles}건 있었습니다.", f"It ran into trouble; warnings: {troubles}."),
            Text("로그의 경고를 보세요. 원본은 남아 있습니다.",
                 "See the warnings in the log; what was heard is still there."),
        )  # fmt: skip
    return Answer(
        True,
        Text("테이프를 Parquet 로 정리했습니다.", "The tape is Parquet now."),
        Text("'오늘의 파일'에서 보세요.", "See under 'Files of today'."),
    )
