"""What the panel shows: facts in, words and figures in one language out.

Pure. Nothing here decides what is true of the data; it decides how loudly it is said. `bad` is for
what costs data or hides a loss now, `warn` for what an operator should look at, `good` for what
was checked and is well; everything else is said plainly.
"""

from collections.abc import Callable, Iterable
from typing import Literal

import msgspec

from collector.panel import figures
from collector.panel.facts import Facts, LogLine, Part, PhaseNow, Slot
from collector.panel.figures import UNKNOWN, Spark
from collector.panel.parts import Act, Group, Language, Session, SourceShown, Text
from collector.panel.words import PHASES, WORDS, act_words, kind_words, reason
from kis_core.clock import SECOND_NS
from kis_core.market.events import Gap
from kis_core.market.sessions import Phase

Tone = Literal["", "good", "warn", "bad", "dim"]
ROWS_MAX = 12  # of a table that may grow; how many more there are is said below it
GROUPS_MAX = 40
SLOTS_MAX = 120  # those with a place come first
HISTORY_PLACES = 300  # seconds of the curve
STALE_S = 60  # of the market: a source that was heard before and says nothing for so long
RARE = ("0s", "1h", "H0STCNI0", "H0STCNI9", "H0IFCNI0", "H0IFCNI9")  # kinds that may say nothing
DANGEROUS = ("disconnect", "stop")
_MARKET = (Phase.CONTINUOUS, Phase.NXT_MAIN)
_LOUD: dict[str, Tone] = {"error": "bad", "critical": "bad", "warning": "warn"}


class Cell(msgspec.Struct, frozen=True):
    """One field of a table."""

    text: str
    tone: Tone = ""
    number: bool = False


class Table(msgspec.Struct, frozen=True):
    """A titled table; `empty` is said instead of rows, `more` below them."""

    key: str
    title: str
    columns: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    empty: str
    more: str = ""
    note: str = ""


class Tile(msgspec.Struct, frozen=True):
    """One large figure."""

    key: str
    label: str
    value: str
    sub: str
    tone: Tone = ""


class Button(msgspec.Struct, frozen=True):
    """One act. `why_not` stands where it may not be pressed; `confirm` is asked first."""

    name: str
    label: str
    why_not: str
    confirm: str
    danger: bool
    preview: bool


class Card(msgspec.Struct, frozen=True):
    """One source."""

    name: str
    title: str
    state: str
    tone: Tone
    todo: str
    buttons: tuple[Button, ...]
    sessions: Table
    groups: Table
    logging: str
    logging_tone: Tone
    universe: str
    trouble: str


class Page(msgspec.Struct, frozen=True):
    """All of it."""

    date: str
    clock: str
    environment: str
    phases: tuple[Cell, ...]
    tiles: tuple[Tile, ...]
    cards: tuple[Card, ...]
    house: tuple[Button, ...]
    spark: Spark
    spark_title: str
    spark_sub: str
    spark_now: str
    tables: tuple[Table, ...]
    log: tuple[tuple[str, str, str, str], ...]  # time, level, event, facts


class _Say:
    """Words of one language."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, key: str, *values: object) -> str:
        return WORDS[key].to(self.language).format(*values)

    def ago(self, at_ns: int | None, now_ns: int) -> str:
        if at_ns is None:
            return UNKNOWN
        return self("ago", figures.age(at_ns, now_ns, self.language))


def page(facts: Facts, language: Language) -> Page:
    """Return everything the panel shows of `facts`."""
    say = _Say(language)
    return Page(
        date=facts.status.date,
        clock=figures.clock_time(facts.now_ns),
        environment=facts.environment.upper(),
        phases=tuple(_phase(now, say) for now in facts.phases),
        tiles=tiles(facts, language),
        cards=tuple(card(part, facts.now_ns, language) for part in facts.sources),
        house=_buttons(facts.house.acts, language),
        spark=figures.spark(facts.history, HISTORY_PLACES),
        spark_title=say("rate"),
        spark_sub=say(
            "rate_sub", HISTORY_PLACES // 60, figures.rate(max(facts.history, default=0.0))
        ),
        spark_now=figures.rate(facts.history[-1]) if facts.history else UNKNOWN,
        tables=tuple(table(facts, say) for table in _TABLES),
        log=tuple(_log_row(line) for line in reversed(facts.log)),
    )


def _phase(now: PhaseNow, say: _Say) -> Cell:
    words = PHASES[now.phase].to(say.language)
    until = f" · {say('until', figures.clock_time(now.until_ns)[:5])}" if now.until_ns else ""
    return Cell(f"{now.venue} {words}{until}", "good" if now.phase in _MARKET else "dim")


def tiles(facts: Facts, language: Language) -> tuple[Tile, ...]:
    """Return the large figures: what the whole is like at a glance."""
    say = _Say(language)
    sources = [part.shown for part in facts.sources if part.shown.todo is None]
    sessions = [session for source in sources for session in source.sessions]
    up = sum(session.up for session in sessions)
    groups = [group for source in sources for group in source.groups]
    live = sum(group.acknowledged for group in groups)
    requested = sum(group.requested for group in groups)
    heard = max((s.heard_ns for s in sources if s.heard_ns is not None), default=None)
    records = sum(counter.records for part in facts.sources for counter in part.counters)
    now = facts.history[-1] if facts.history else 0.0
    gaps = [gap for source in sources for gap in source.gaps]
    open_gaps = sum(gap.to_ns is None for gap in gaps)
    kept = [source.database for source in sources if source.database is not None]
    unsent = sum(source.unsent for source in sources)
    buffered = sum(source.buffered for source in sources)
    written = sum(source.written for source in sources)
    state, tone = connection(sessions, say)
    missing = requested - live
    left_out = sum(not slot.given and bool(slot.priority) for slot in facts.slots)
    return (
        Tile("connection", say("connection"), f"{up} / {len(sessions)}" if sessions else UNKNOWN,
             f"{state} · {say.ago(heard, facts.now_ns)}" if heard else state, tone),
        Tile("registered", say("registered"), figures.count(live),
             say("registered_sub", figures.count(requested), figures.count(left_out)),
             "warn" if missing > 0 else ""),
        Tile("records", say("records"), figures.count(records),
             say("records_sub", figures.rate(now))),
        Tile("buffer", say("buffer"), figures.size(buffered),
             say("buffer_sub", f"{facts.fsync_s:g}")),
        Tile("files", say("files"), figures.size(sum(file.size for file in facts.files)),
             say("files_sub", len(facts.files), figures.size(written - buffered))),
        Tile("database", say("database"),
             say("up" if all(kept) else "down") if kept else UNKNOWN,
             say("database_sub", figures.size(unsent)),
             ("good" if all(kept) else "bad") if kept else ""),
        Tile("gaps", say("gaps"),
             say("gaps_open", open_gaps) if open_gaps else say("none_open"),
             say("gaps_sub", len(gaps)), "bad" if open_gaps else "good"),
    )  # fmt: skip


def connection(sessions: Iterable[Session], say: Callable[[str], str]) -> tuple[str, Tone]:
    """Return how the sessions stand together, in words and tone."""
    all_of_them = list(sessions)
    up = sum(session.up for session in all_of_them)
    if not all_of_them:
        return say("not_configured"), "dim"
    if up == len(all_of_them):
        return say("up"), "good"
    return (say("partly"), "warn") if up else (say("down"), "bad")


def card(part: Part, now_ns: int, language: Language) -> Card:
    """Return what is shown of one source."""
    say = _Say(language)
    shown = part.shown
    if shown.figures:
        state, tone = say("by_rest"), _asked_tone(shown)
    else:
        state, tone = connection(() if shown.todo is not None else shown.sessions, say)
    writing = shown.logging
    return Card(
        name=shown.name,
        title=shown.title.to(language),
        state=state,
        tone=tone,
        todo=shown.todo.to(language) if shown.todo else "",
        buttons=_buttons(part.acts, language),
        sessions=_sessions(shown, now_ns, say),
        groups=_figures(shown, language)
        if shown.figures
        else _groups(shown.name, shown.groups, say),
        logging="" if writing is None else say("logging_on" if writing else "logging_off"),
        logging_tone="good" if writing else "warn",
        universe=shown.universe.to(language) if shown.universe else "",
        trouble=shown.trouble or "",
    )


def _asked_tone(shown: SourceShown) -> Tone:
    return "bad" if shown.database is False else "good"


def _figures(shown: SourceShown, language: Language) -> Table:
    rows = tuple(
        (
            Cell(figure.label.to(language)),
            Cell(f"{figures.count(figure.count)} / {figures.count(figure.left)}", number=True),
        )
        for figure in shown.figures
    )
    return Table(f"figures-{shown.name}", "", (), rows, "")


def _buttons(acts: Iterable[Act], language: Language) -> tuple[Button, ...]:
    return tuple(
        Button(
            name=act.name,
            label=act_words(act).to(language),
            why_not=act.why_not.to(language) if act.why_not else "",
            confirm=act.confirm.to(language) if act.confirm else "",
            danger=act.name in DANGEROUS,
            preview=act.name == "register",
        )
        for act in acts
    )


def _sessions(shown: SourceShown, now_ns: int, say: _Say) -> Table:
    stale = shown.heard_ns is not None and now_ns - shown.heard_ns > STALE_S * SECOND_NS
    rows = []
    for session in shown.sessions:
        since = say("since", figures.clock_time(session.since_ns)) if session.since_ns else ""
        limit = f" / {session.limit}" if session.limit is not None else ""
        stands: Cell = (
            Cell(f"{say('up')} {since}", "good") if session.up else Cell(say("down"), "bad")
        )
        registered = Cell(f"{figures.count(session.registered)}{limit}", number=True)
        last = Cell(say.ago(shown.heard_ns, now_ns), "warn" if stale else "", number=True)
        rows.append((Cell(session.name), stands, registered, last))
    columns = (
        Cell(say("session")),
        Cell(say("state")),
        Cell(say("registrations"), number=True),
        Cell(say("last_message"), number=True),
    )
    return Table(f"sessions-{shown.name}", "", columns, tuple(rows), "")


def _groups(name: str, groups: tuple[Group, ...], say: _Say) -> Table:
    rows = []
    for group in groups[:GROUPS_MAX]:
        short = group.acknowledged < group.requested
        quiet = group.heard < group.acknowledged and group.kind not in RARE
        words = kind_words(group.kind).to(say.language)
        label = " ".join(word for word in (group.name, group.venue, words) if word)
        if group.refused is not None:
            label = f"{label}: {group.refused}"
        rows.append(
            (
                Cell(label, "bad" if group.refused is not None else ""),
                Cell(figures.count(group.requested), number=True),
                Cell(figures.count(group.acknowledged), "warn" if short else "", number=True),
                Cell(figures.count(group.heard), "warn" if quiet else "", number=True),
            )
        )
    columns = (
        Cell(say("group")),
        Cell(say("requested"), number=True),
        Cell(say("acknowledged"), number=True),
        Cell(say("heard"), number=True),
    )
    more = _more(len(groups), GROUPS_MAX, say)
    return Table(f"groups-{name}", "", columns, tuple(rows), say("nobody_wants"), more)


def _more(total: int, shown: int, say: _Say) -> str:
    return say("more", figures.count(total - shown)) if total > shown else ""


def _slots(facts: Facts, say: _Say) -> Table:
    def row(slot: Slot) -> tuple[Cell, ...]:
        if not slot.given:
            stands = Cell(say("left_out"), "warn")
        elif slot.denied and not slot.live:
            stands = Cell(say("denied"), "bad")
        else:
            stands = Cell(say("live"), "good") if slot.live else Cell(say("pending"), "warn")
        return (
            Cell(slot.tr_key),
            Cell(kind_words(slot.tr_id).to(say.language), "dim"),
            stands,
            Cell(slot.priority, "dim"),
            Cell(", ".join(f"{by.reader} {by.priority} {by.rank}" for by in slot.by)),
            Cell(slot.session, "dim"),
            Cell(reason(slot.why).to(say.language), "dim"),
        )

    wanted = [slot for slot in facts.slots if slot.priority]
    given = sum(slot.given for slot in wanted)
    columns = ("symbol", "slot_kind", "state", "priority", "held_by", "session", "why")
    return Table(
        "slots",
        say("slots"),
        tuple(Cell(say(column)) for column in columns),
        tuple(row(slot) for slot in facts.slots[:SLOTS_MAX]),
        say("nobody_wants"),
        _more(len(facts.slots), SLOTS_MAX, say),
        note=f"{given} / {len(wanted)}" if wanted else "",
    )


def _counters(facts: Facts, say: _Say) -> Table:
    now = {(rate.source, rate.venue, rate.kind): rate.per_s for rate in facts.rates}
    rows = []
    for part in facts.sources:
        for counter in part.counters:
            per_s = now.get((part.shown.name, counter.venue, counter.kind))
            rows.append(
                (
                    Cell(part.shown.title.to(say.language), "dim"),
                    Cell(counter.venue),
                    Cell(kind_words(counter.kind).to(say.language)),
                    Cell(figures.count(counter.records), number=True),
                    Cell(UNKNOWN if per_s is None else figures.rate(per_s), number=True),
                )
            )
    columns = (
        Cell(say("source")),
        Cell(say("venue")),
        Cell(say("kind")),
        Cell(say("records"), number=True),
        Cell(say("per_s"), number=True),
    )
    return Table("counters", say("counters"), columns, tuple(rows), say("nothing_yet"))


def _gaps(facts: Facts, say: _Say) -> Table:
    def row(title: Text, gap: Gap) -> tuple[Cell, ...]:
        ends_ns = facts.now_ns if gap.to_ns is None else gap.to_ns
        lasted = figures.span((ends_ns - gap.from_ns) / SECOND_NS, say.language)
        still = Cell(say("open"), "bad")
        return (
            Cell(figures.clock_time(gap.from_ns)),
            still if gap.to_ns is None else Cell(figures.clock_time(gap.to_ns)),
            Cell(lasted, number=True),
            Cell(title.to(say.language), "dim"),
            Cell(gap.symbol or say("everything")),
            Cell(reason(gap.reason).to(say.language), "dim"),
        )

    columns = (
        Cell(say("from")),
        Cell(say("to")),
        Cell(say("lasted"), number=True),
        Cell(say("source")),
        Cell(say("symbol")),
        Cell(say("why")),
    )
    found = [(part.shown.title, gap) for part in facts.sources for gap in part.shown.gaps]
    # Those that are open stand first: they are being lost now.
    found.sort(key=lambda pair: (pair[1].to_ns is not None, -pair[1].from_ns))
    return Table(
        "gaps",
        say("gaps"),
        columns,
        tuple(row(title, gap) for title, gap in found[:ROWS_MAX]),
        say("no_gaps"),
        _more(len(found), ROWS_MAX, say),
        str(len(found)) if found else "",
    )


def _silent(facts: Facts, say: _Say) -> Table:
    found = [(part.shown, silent) for part in facts.sources for silent in part.shown.silent]
    found.sort(key=lambda pair: pair[1].heard_ns or 0)
    rows = tuple(
        (
            Cell(silent.symbol),
            Cell(silent.venue),
            Cell(kind_words(silent.kind).to(say.language), "dim"),
            Cell(say.ago(silent.heard_ns, facts.now_ns), "warn", number=True)
            if silent.heard_ns is not None
            else Cell(say("never"), "bad", number=True),
        )
        for _, silent in found[:ROWS_MAX]
    )
    columns = (
        Cell(say("symbol")),
        Cell(say("venue")),
        Cell(say("kind")),
        Cell(say("silent_since"), number=True),
    )
    more = _more(len(found), ROWS_MAX, say)
    note = str(len(found)) if found else ""
    return Table("silent", say("silent"), columns, rows, say("all_speak"), more, note)


def _findings(facts: Facts, say: _Say) -> Table:
    quality = facts.status.quality
    kinds = quality.kinds if quality else {}
    rows = []
    for kind, count in sorted(kinds.items(), key=lambda item: -item[1])[:ROWS_MAX]:
        found = [finding for finding in quality.findings if finding.kind == kind] if quality else []
        newest = max(found, key=lambda finding: finding.last_at, default=None)
        words = (newest.ko if say.language == "ko" else newest.en) if newest else kind
        rows.append(
            (
                Cell(words),
                Cell(figures.count(count), number=True),
                Cell(_stream(newest.symbol, newest.venue, say) if newest else UNKNOWN),
                Cell(newest.last_at[11:19] if newest else UNKNOWN, "dim", number=True),
                Cell(newest.example if newest else "", "dim"),
            )
        )
    columns = (
        Cell(say("rule")),
        Cell(say("count"), number=True),
        Cell(say("symbol")),
        Cell(say("last"), number=True),
        Cell(say("example")),
    )
    empty = say("nobody_looks" if quality is None else "no_findings")
    more = _more(len(kinds), ROWS_MAX, say)
    return Table("findings", say("findings"), columns, tuple(rows), empty, more)


def _stream(symbol: str, venue: str, say: _Say) -> str:
    return say("everything") if symbol == "*" else f"{symbol} {venue}"


def _minutes(facts: Facts, say: _Say) -> Table:
    status, sweeps = facts.status, facts.status.sweeps
    lines: tuple[tuple[str, str, Tone], ...] = (
        ("candles", figures.count(status.candles), ""),
        ("complete", f"{figures.count(status.confirmed)} / {figures.count(status.universe)}", ""),
        ("waiting", figures.count(sweeps.waiting), ""),
        ("asked", f"{figures.count(sweeps.asked)} / {figures.count(sweeps.failed)}",
         "warn" if sweeps.failed else ""),
        ("past", say("past_left", status.past.days_left, figures.count(status.past.waiting)), ""),
        ("repaired", figures.count(status.repaired), ""),
        ("surplus", figures.count(status.surplus), ""),
        ("doubts", figures.count(status.doubts), ""),
        ("quarantined", figures.count(status.quarantined), "warn" if status.quarantined else ""),
        ("day_complete", say("yes" if status.complete else "no"),
         "good" if status.complete else ""),
    )  # fmt: skip
    rows = tuple((Cell(say(key)), Cell(value, tone, number=True)) for key, value, tone in lines)
    note = "" if status.session else say("no_session")
    return Table("minutes", say("minutes"), (), rows, "", note=note)


def _readers(facts: Facts, say: _Say) -> Table:
    rows = tuple(
        (
            Cell(reader.name),
            Cell(figures.count(reader.wants), number=True),
            Cell(
                f"{figures.count(reader.waiting)} / {figures.count(facts.mailbox_bound)}",
                "warn" if reader.waiting > facts.mailbox_bound // 2 else "",
                number=True,
            ),
            Cell(figures.count(reader.conflated), "warn" if reader.conflated else "", number=True),
        )
        for reader in facts.readers[:ROWS_MAX]
    )
    columns = (
        Cell(say("name")),
        Cell(say("wants"), number=True),
        Cell(say("mailbox"), number=True),
        Cell(say("conflated"), number=True),
    )
    more = _more(len(facts.readers), ROWS_MAX, say)
    return Table("readers", say("readers"), columns, rows, say("no_readers"), more)


def _files(facts: Facts, say: _Say) -> Table:
    newest = sorted(facts.files, key=lambda file: file.name, reverse=True)
    rows = tuple(
        (Cell(file.name), Cell(figures.size(file.size), number=True)) for file in newest[:ROWS_MAX]
    )
    written = sum(part.shown.written for part in facts.sources)
    buffered = sum(part.shown.buffered for part in facts.sources)
    note = say("written_synced", figures.size(written), figures.size(written - buffered))
    columns = (Cell(say("name")), Cell(say("size"), number=True))
    more = _more(len(newest), ROWS_MAX, say)
    return Table("files", say("today_files"), columns, rows, say("nothing_yet"), more, note)


def _acts(facts: Facts, say: _Say) -> Table:
    titles = {part.shown.name: part.shown.title for part in (*facts.sources, facts.house)}
    rows = tuple(
        (
            Cell(figures.clock_time(done.at_ns)),
            Cell(done.by),
            Cell(
                f"{titles[done.source].to(say.language)} · {act_words(done.act).to(say.language)}"
            ),
            Cell(say("done"), "good") if done.answer.done else Cell(say("failed"), "bad"),
            Cell(done.answer.said.to(say.language), "dim"),
        )
        for done in sorted(facts.done, key=lambda done: -done.number)[:ROWS_MAX]
    )
    columns = tuple(Cell(say(column)) for column in ("when", "who", "what", "result", "why"))
    return Table("acts", say("acts"), columns, rows, say("no_acts"))


def _log_row(line: LogLine) -> tuple[str, str, str, str]:
    return line.at, _LOUD.get(line.level, ""), line.event, line.facts


_TABLES: tuple[Callable[[Facts, _Say], Table], ...] = (
    _gaps, _counters, _silent, _findings, _minutes, _readers, _files, _acts, _slots,
)  # fmt: skip
