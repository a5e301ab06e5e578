"""The panel's words, in Korean and English. The glossary (docs/glossary.md) decides the terms."""

import re
from collections.abc import Mapping

from collector.panel.parts import Act, ActName, Text
from kis_core.market.sessions import Phase

WORDS: Mapping[str, Text] = {
    "title": Text("수집기", "Collector"),
    "login": Text("들어가기", "Log in"),
    "logout": Text("나가기", "Log out"),
    "token": Text("패널 토큰", "Panel token"),
    "your_name": Text("이름 (기록에 남습니다)", "Your name (goes into the log)"),
    "login_hint": Text(
        "토큰은 .env 또는 /run/secrets 의 COLLECTOR_PANEL_TOKEN 입니다.",
        "The token is COLLECTOR_PANEL_TOKEN in .env or /run/secrets.",
    ),
    "lost": Text(
        "수집기가 대답하지 않습니다. 아래 숫자는 마지막으로 받은 것입니다.",
        "The collector does not answer. The figures below are the last it gave.",
    ),
    "not_configured": Text("설정되지 않음", "not configured"),
    "up": Text("연결됨", "connected"),
    "down": Text("끊김", "not connected"),
    "partly": Text("일부 연결", "partly connected"),
    "by_rest": Text("REST로 조회", "asked over REST"),
    "since": Text("{0}부터", "since {0}"),
    "connection": Text("연결", "Connection"),
    "registered": Text("등록 종목", "Registered"),
    "registered_sub": Text("요청 {0} · 자리 없음 {1}", "{0} requested · {1} left out"),
    "records": Text("총 기록", "Records"),
    "records_sub": Text("초당 {0}건", "{0} a second"),
    "buffer": Text("버퍼", "Buffer"),
    "buffer_sub": Text("디스크로 가는 중, {0}초마다", "on the way to disk, every {0} s"),
    "files": Text("파일", "Files"),
    "files_sub": Text("{0}개 · 테이프 {1}", "{0} · tape {1}"),
    "database": Text("데이터베이스", "Database"),
    "database_sub": Text("대기 {0}", "{0} waiting"),
    "gaps": Text("공백", "Gaps"),
    "gaps_sub": Text("오늘 {0}건", "{0} today"),
    "gaps_open": Text("열림 {0}", "{0} open"),
    "none_open": Text("없음", "none open"),
    "silent": Text("조용한 종목", "Silent symbols"),
    "silent_since": Text("마지막 수신", "last heard"),
    "never": Text("한 번도 없음", "never"),
    "all_speak": Text("등록된 종목이 모두 말하고 있습니다.", "Everything registered is speaking."),
    "rate": Text("초당 수신", "Records a second"),
    "rate_sub": Text("최근 {0}분 · 최고 {1}", "last {0} min · peak {1}"),
    "session": Text("세션", "Session"),
    "state": Text("상태", "State"),
    "last_message": Text("마지막 수신", "Last message"),
    "registrations": Text("등록", "Registrations"),
    "group": Text("묶음 / 화면", "Group / screen"),
    "requested": Text("요청", "requested"),
    "acknowledged": Text("응답", "acknowledged"),
    "heard": Text("수신", "heard"),
    "slots": Text("실시간 등록 슬롯", "Registration slots"),
    "slot_kind": Text("종류", "Kind"),
    "symbol": Text("종목코드", "Symbol"),
    "priority": Text("우선순위", "Priority"),
    "held_by": Text("누가", "For"),
    "why": Text("사유", "Why"),
    "live": Text("수신 중", "live"),
    "pending": Text("등록 중", "on its way"),
    "left_out": Text("자리 없음", "left out"),
    "denied": Text("KIS 거절", "refused by KIS"),
    "nobody_wants": Text(
        "아무도 시세를 요청하지 않았습니다. 전략이나 OMS가 붙으면 채워집니다.",
        "Nobody has asked for anything. It fills when a strategy or the OMS joins.",
    ),
    "counters": Text("거래소·종류별 기록", "Records by venue and kind"),
    "venue": Text("거래소", "Venue"),
    "kind": Text("종류", "Kind"),
    "source": Text("소스", "Source"),
    "per_s": Text("초당", "a second"),
    "nothing_yet": Text("아직 없습니다.", "Nothing yet."),
    "minutes": Text("분봉 장부", "Minutes ledger"),
    "candles": Text("오늘 봉", "candles today"),
    "complete": Text("마감 확인된 종목", "symbols confirmed after the close"),
    "waiting": Text("조회 대기 종목", "symbols waiting to be asked for"),
    "asked": Text("조회 / 실패", "asked / failed"),
    "past": Text("지난 날 메우기", "earlier days to fill"),
    "past_left": Text("{0}일 · 종목 {1}", "{0} days · {1} symbols"),
    "repaired": Text("고쳐진 봉", "candles repaired"),
    "surplus": Text("KIS에 없는 봉", "candles KIS does not show"),
    "doubts": Text("의심되어 다시 여는 분", "minutes reopened in doubt"),
    "quarantined": Text("읽지 못한 원문", "texts that could not be read"),
    "day_complete": Text("하루 완결", "day complete"),
    "yes": Text("예", "yes"),
    "no": Text("아니오", "no"),
    "no_session": Text("휴장일", "no session today"),
    "from": Text("시작", "From"),
    "to": Text("끝", "To"),
    "lasted": Text("길이", "Lasted"),
    "open": Text("열림", "open"),
    "everything": Text("전체", "everything"),
    "no_gaps": Text("오늘 공백이 없습니다.", "No gap today."),
    "findings": Text("오늘의 품질 소견", "Quality findings today"),
    "rule": Text("규칙", "Rule"),
    "count": Text("건수", "Count"),
    "last": Text("최근", "Last"),
    "example": Text("예", "Example"),
    "no_findings": Text("오늘 소견이 없습니다.", "No finding today."),
    "nobody_looks": Text("품질 점검이 켜져 있지 않습니다.", "Quality checks are not running."),
    "readers": Text("중계 구독자", "Readers of the relay"),
    "name": Text("이름", "Name"),
    "wants": Text("요청 종목", "wants"),
    "mailbox": Text("우편함", "mailbox"),
    "conflated": Text("합쳐진 이벤트", "conflated"),
    "no_readers": Text("붙어 있는 구독자가 없습니다.", "Nobody is connected."),
    "today_files": Text("오늘의 파일", "Files of today"),
    "size": Text("크기", "Size"),
    "written_synced": Text("기록 {0} · 디스크 {1}", "written {0} · on disk {1}"),
    "log": Text("로그", "Log"),
    "acts": Text("조작 기록", "What was done here"),
    "no_acts": Text("아직 아무도 누르지 않았습니다.", "Nobody has pressed anything yet."),
    "when": Text("시각", "When"),
    "who": Text("누가", "Who"),
    "what": Text("무엇", "What"),
    "result": Text("결과", "Result"),
    "done": Text("완료", "done"),
    "failed": Text("안 됨", "not done"),
    "logging_on": Text("기록 중", "writing"),
    "logging_off": Text("기록 멈춤", "not writing"),
    "more": Text("그 밖에 {0}건", "{0} more"),
    "ago": Text("{0} 전", "{0} ago"),
    "until": Text("{0}까지", "until {0}"),
    "cancel": Text("그만두기", "Cancel"),
    "next_step": Text("다음:", "Next:"),
    "preview": Text("심볼 미리 보기", "Preview of the symbols"),
    "preview_file": Text("파일", "File"),
    "preview_symbols": Text("종목", "symbols"),
    "preview_streams": Text("스트림", "streams"),
    "preview_later": Text("등록할 때 정해집니다", "known once registered"),
    "preview_bad": Text("쓸 수 없는 행", "rows that cannot be used"),
    "preview_first": Text("처음 몇 개", "The first of them"),
    "preview_no_bad": Text("쓸 수 없는 행이 없습니다.", "Every row can be used."),
    "register_now": Text("이 심볼로 등록", "Register these"),
    "back": Text("돌아가기", "Back"),
    "house": Text("수집기 작업", "Housekeeping"),
}

ACTS: Mapping[ActName, Text] = {
    "connect": Text("연결", "Connect"),
    "disconnect": Text("연결 끊기", "Disconnect"),
    "register": Text("심볼 로드 & 등록", "Load & register"),
    "start": Text("로깅 시작", "Start logging"),
    "stop": Text("로깅 중지", "Stop logging"),
    "backfill": Text("지금 메우기", "Backfill now"),
    "compact": Text("지금 압축 정리", "Compact now"),
}

PHASES: Mapping[Phase, Text] = {
    Phase.CLOSED: Text("장 마감", "closed"),
    Phase.NOT_ESTABLISHED: Text("확인되지 않은 시간", "not established"),
    Phase.OPENING_AUCTION: Text("시가 동시호가", "opening auction"),
    Phase.PRE_OPEN: Text("장전 종가", "pre-open"),
    Phase.CONTINUOUS: Text("정규장", "continuous"),
    Phase.CLOSING_AUCTION: Text("종가 동시호가", "closing auction"),
    Phase.POST_CLOSE_INTAKE: Text("장후 종가 접수", "post-close intake"),
    Phase.POST_CLOSE: Text("장후 종가", "post-close"),
    Phase.OFF_HOURS_SINGLE: Text("시간외 단일가", "off-hours single price"),
    Phase.AFTER_MARKET: Text("애프터마켓", "after-market"),
    Phase.NXT_PRE: Text("프리마켓", "pre-market"),
    Phase.NXT_MAIN: Text("메인마켓", "main market"),
    Phase.NXT_AFTER_AUCTION: Text("애프터 단일가", "after-market auction"),
    Phase.NXT_AFTER: Text("애프터마켓", "after-market"),
    Phase.NXT_CLOSING_PRICE_INTAKE: Text("종가매매 접수", "closing price intake"),
    Phase.NXT_CLOSING_PRICE: Text("종가매매", "closing price"),
}

KINDS: Mapping[str, Text] = {
    "trade": Text("체결", "trade"),
    "book": Text("호가", "book"),
    "quote": Text("우선호가", "best quote"),
    "notice": Text("체결통보", "order notice"),
    "H0STCNT0": Text("체결", "trade"),
    "H0STASP0": Text("호가", "book"),
    "H0NXCNT0": Text("체결", "trade"),
    "H0NXASP0": Text("호가", "book"),
    "H0UNCNT0": Text("체결", "trade"),
    "H0UNASP0": Text("호가", "book"),
    "H0IFCNT0": Text("선물 체결", "futures trade"),
    "H0IOCNT0": Text("옵션 체결", "option trade"),
    "H0STCNI0": Text("체결통보", "order notice"),
    "H0STCNI9": Text("체결통보", "order notice"),
    "H0IFCNI0": Text("선물옵션 체결통보", "contract notice"),
    "H0IFCNI9": Text("선물옵션 체결통보", "contract notice"),
    "board": Text("옵션 전광판", "option board"),
    "contract_minute": Text("선물옵션 분봉", "contract minute"),
    "0B": Text("체결", "trade"),
    "0C": Text("우선호가", "best quote"),
    "0D": Text("호가", "book"),
    "0s": Text("장운영시간", "market time"),
    "1h": Text("VI", "VI"),
}
"""Kinds of records, and the brokers' own names of channels."""

REASONS: tuple[tuple[str, str], ...] = (
    ("line lost: ", "회선 끊김: "),
    ("started late", "장중에 시작함"),
    ("restart", "재시작"),
    ("closed: ", "닫힘: "),
    ("cannot open: ", "열 수 없음: "),
    ("disconnected on the panel by ", "패널에서 끊음: "),
    ("registration of ", "등록 거부: "),
    ("silent for ", "무응답 "),
    ("KIS refused its registration: ", "KIS가 등록을 거절: "),
    ("taken away: a better priority needs it", "더 높은 우선순위에 내줌"),
    ("taken away: nobody wants it", "더 이상 원하는 곳이 없음"),
    ("kept", "유지"),
    ("new", "새로"),
)
"""Beginnings of the reasons that the house gives itself; a broker's own words stay as they are."""
_NO_PLACE = re.compile(
    r"(\d+) of \1 places taken by better wants: (\w+) rank (\d+) was the last served, "
    r"this is (\w+) rank (\d+)(?: \((.*)\))?"
)
_TIES: Mapping[str | None, str] = {
    None: "",
    "what is registered stays": " (등록된 것은 그대로 둠)",
    "prints before books": " (호가보다 체결 먼저)",
    "by code": " (코드 순)",
}


def reason(text: str) -> Text:
    """Return a reason in both languages, as far as its words are the house's own."""
    if (full := _NO_PLACE.fullmatch(text)) is not None:
        places, *served, tie = full.groups()
        said = "더 급한 요청이 {0}자리를 모두 차지: 마지막은 {1} {2}순위, 이것은 {3} {4}순위"
        return Text(said.format(places, *served) + _TIES[tie], text)
    korean, rest = "", text
    while rest:
        found = next(((en, ko) for en, ko in REASONS if rest.startswith(en)), None)
        if found is None or (not found[0].endswith(" ") and rest != found[0]):
            break
        korean, rest = korean + found[1], rest[len(found[0]) :]
    return Text(korean + rest, text)


def act_words(act: Act | ActName) -> Text:
    """Return what a button says."""
    return ACTS[act.name if isinstance(act, Act) else act]


def kind_words(kind: str) -> Text:
    """Return the word for a kind of records or a channel; an unknown one stands for itself."""
    return KINDS.get(kind) or Text(kind, kind)
