"""What happens to a batch: opened, filled, moved on, given its hour. All of it is judged inside the write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from string import ascii_lowercase
from typing import Any

from builder.indicators.form_layout import Plan, plan
from builder.indicators.snapshots import HIDDEN
from builder.problems import Refused
from builder.values import MEASURES, Key, Period, Template
from service.intake.designing import inforce
from service.intake.flow import AGAIN, APPROVED, BY, DRAFT, KINDS, SHORTEST, STATES, STEPS, refused
from service.intake.known import Known
from service.intake.readers import Reader
from service.room import Stopped
from service.store import designs, figures, intake
from service.store.engine import Connection
from service.store.figures import Put
from service.store.intake import Place, Told
from service.web.pages import BEIJING

GONE = "没有这一批，或者不归您看。"
STALE = "您打开以后，别人改过这一批。请看清楚现在的样子再做。"
LONGEST = 500


@dataclass(frozen=True, slots=True)
class Moving:
    """Who does something to a batch, and when (ms)."""

    reader: Reader
    now: int

    @property
    def by(self) -> int:
        """The number of the user."""
        assert self.reader.user is not None
        return self.reader.user.id


def found(connection: Connection, reader: Reader, number: int) -> tuple[Any, Template]:
    """A batch and what of its template is the reader's; `Stopped` when it is none of theirs."""
    batch = intake.batch(connection, number)
    template = inforce.of_batch(connection, reader.known, batch) if batch else None
    part = reader.part(template) if template else None
    if batch is None or part is None or batch.foreign:
        raise Stopped(404, GONE)
    return batch, part


def plan_of(known: Known, template: Template, period: str) -> Plan:
    """The form of a template for a period; `Stopped` when there can be none."""
    try:
        return plan(template, known.said.indicators, known.said.regions, Period.parse(period))
    except (Refused, ValueError) as error:
        raise Stopped(422, f"{str(error).rstrip('。')}。") from error


def places(form: Plan) -> dict[Place, bool]:
    """Every number that a form asks for; whether it stands for January and February together."""
    cells = (form.cell(line.code, column.code) for line in form.lines for column in form.columns)
    return {tuple(key): series.combined for series, key in cells if not series.closed}  # type: ignore[misc]  # a cell's key has the parts of a place


def opened(connection: Connection, moving: Moving, template: str, period: str, **told: str) -> int:
    """A new batch; its number. `told`: kind, reason."""
    held = inforce.current(connection, moving.reader.known).get(template)
    if held is None or not moving.reader.keeps(held.template.division):
        raise Stopped(404, inforce.NO_TEMPLATE)
    whole = held.template
    form = plan_of(moving.reader.known, whole, period)
    kind, why = told.get("kind", "new"), line(told.get("reason", ""))
    if kind not in KINDS:
        raise Stopped(422, "只能开新的数，或者更正、撤回。")
    if kind == "revise" and len(why) < SHORTEST:
        raise Stopped(422, f"更正、撤回要写明理由，至少 {SHORTEST} 个字。")
    if (other := intake.under_way(connection, template, str(form.period))) is not None:
        raise Stopped(409, f"这张表的这一期已经有一批（{STATES[other.state]}），接着填那一批。")
    number = intake.open_batch(
        connection,
        template=template,
        division=whole.division,
        period=str(form.period),
        kind=kind,
        state=DRAFT,
        title=f"{whole.name}（{form.period.label()}）",
        source=whole.name,
        reason=why if kind == "revise" else "",
        made_by=moving.by,
        made=moving.now,
        name="",
    )
    name = f"{_letters(template)}-{str(form.period).lower()}-{_counted(number)}"
    intake.change(connection, number, name=name)
    if held.design:
        designs.use(connection, number, held.design)
    intake.step(connection, number, moving.now, moving.by, "open", why)
    return number


def _letters(name: str) -> str:
    """A name without digits: what a sealed file is called must not look like a number in it."""
    return "".join(c for c in name if not c.isdigit())[:24].strip("-") or "biao"


def _counted(number: int) -> str:
    """A number written in letters."""
    text = ""
    while number:
        number, rest = divmod(number - 1, 26)
        text = ascii_lowercase[rest] + text
    return f"p{text}"


def line(text: str, most: int = LONGEST) -> str:
    """What somebody typed, in one line without hidden characters."""
    return HIDDEN.sub("", " ".join(text.split()))[:most].strip()


# --- filling --------------------------------------------------------------------------------------


def filled(
    connection: Connection, moving: Moving, number: int, told: Mapping[Place, Told], seen: int
) -> int:
    """Write cells of a draft; how many changed. `seen`: the version that was before the writer's eyes.

    A cell that somebody else changed since then is not written over: `Stopped`, and nothing is written.
    """
    batch, part = found(connection, moving.reader, number)
    if batch.state != DRAFT:
        raise Stopped(409, f"这一批现在是“{STATES[batch.state]}”，不能再填。")
    asked = places(plan_of(moving.reader.known, part, batch.period))
    if strange := [p for p in told if p not in asked]:
        raise Stopped(422, f"这张表里没有 {' '.join(strange[0])}，或者不归您填。")
    held = {(r.indicator, r.measure, r.region): r for r in intake.cells(connection, number)}
    changes = {p: t for p, t in told.items() if t != _told(held.get(p))}
    lost = [p for p in changes if p in held and held[p].version > seen and held[p].by != moving.by]
    if lost:
        raise Stopped(409, f"有 {len(lost)} 格您打开以后别人改过，没有存。{STALE}")
    if any(t[1] == "withdrawn" for t in changes.values()) and batch.kind != "revise":
        raise Stopped(422, "撤回只能写在“更正、撤回”的一批里。")
    for place, new in changes.items():
        intake.write_cell(connection, number, place, new, by=moving.by, version=batch.version + 1)
    if changes:
        intake.change(connection, number)
    return len(changes)


def _told(row: Any) -> Told:
    return (row.value, row.mark) if row is not None else (None, "")


def noted(connection: Connection, moving: Moving, number: int, note: str, source: str) -> None:
    """Set the note and the source of a draft."""
    batch, _ = found(connection, moving.reader, number)
    if not moving.reader.keeps(batch.division) or batch.state != DRAFT:
        raise Stopped(409, "说明和出处由处室在填报中写。")
    intake.change(connection, number, note=line(note, 1000), source=line(source, 200))


# --- moving on ------------------------------------------------------------------------------------


def moved(
    connection: Connection, moving: Moving, number: int, step: str, seen: int, why: str = ""
) -> Any:
    """Take a step; the batch as it was before. `Stopped` with 409 when it can't be taken, by this person, now."""
    batch, _ = found(connection, moving.reader, number)
    rule = STEPS[step]
    if not moving.reader.keeps(batch.division):
        raise Stopped(409, "这一步由管这张表的处室做。")
    if said := refused(step, batch.state, moving.reader.roles):
        raise Stopped(409, said)
    if batch.version != seen:
        raise Stopped(409, STALE)
    if rule.stranger and moving.by in hands(connection, batch):
        raise Stopped(409, f"{rule.name}的人不能是填报、审核、复核过这一批的人，请换一位。")
    why = line(why)
    if rule.why and len(why) < SHORTEST:
        raise Stopped(422, f"请写明理由，至少 {SHORTEST} 个字。")
    if step == "hold":
        _held_back(connection, batch, moving.now)
    changes = AGAIN if rule.to == DRAFT else {BY[step]: moving.by} if step in BY else {}
    intake.change(connection, number, state=rule.to, **changes)
    intake.step(connection, number, moving.now, moving.by, step, why)
    return batch


def hands(connection: Connection, batch: Any) -> set[int]:
    """Everybody who had a hand in a batch: opened, filled, checked, reviewed it."""
    wrote = {row.by for row in intake.cells(connection, batch.id)}
    return (wrote | {batch.made_by, batch.checked_by, batch.reviewed_by}) - {0}


def _held_back(connection: Connection, batch: Any, now: int) -> None:
    if batch.release <= now:
        raise Stopped(409, "已经到了发布时间，取消不了：要改数，另开一批更正。")
    if figures.built_on(connection, batch.id):
        raise Stopped(409, "后面有一批更正了这里的数，先取消那一批。")
    figures.take_back(connection, batch.id)


def scheduled(connection: Connection, moving: Moving, number: int, release: int, seen: int) -> Any:
    """Give an approved batch its hour (ms, whole seconds, not before now); its numbers are laid for it."""
    if release < moving.now or release % 1000:
        raise Stopped(422, "发布时间要在现在以后，写到分或秒。")
    batch = moved(connection, moving, number, "schedule", seen)
    assert batch.state == APPROVED
    rows, wrong = laid(connection, moving.reader.known, batch, release)
    if wrong:
        raise Stopped(409, "\n".join(wrong[:10]))
    if not rows:
        raise Stopped(409, "和已经发布的完全一样，没有要发布的数。")
    figures.put(connection, number, release, rows)
    intake.change(connection, number, release=release)
    return batch


def laid(
    connection: Connection, known: Known, batch: Any, release: int
) -> tuple[list[Put], list[str]]:
    """The numbers of a batch as they are released, each new, a correction or a withdrawal; what forbids it."""
    cells = [r for r in intake.cells(connection, batch.id) if r.value is not None or r.mark]
    period = Period.parse(batch.period)
    before = figures.latest(connection, {r.indicator for r in cells}, period.ordinal)
    rows: list[Put] = []
    wrong: list[str] = []
    for cell in cells:
        place = (cell.indicator, cell.measure, cell.region)
        made = _laid(known, cell, period, before.get(place), batch.kind, release)
        if isinstance(made, str):
            wrong.append(f"{named(known, place)}：{made}")
        elif made is not None:
            rows.append(made)
    return rows, wrong


def _laid(
    known: Known, cell: Any, period: Period, old: Any, kind: str, release: int
) -> Put | str | None:
    """One number as it is released; a sentence when it can't be; None when it says nothing new."""
    place = (cell.indicator, cell.measure, cell.region)
    indicator, area = known.said.indicators.get(place[0]), known.said.regions.get(place[2])
    if indicator is None or area is None or place[1] not in indicator.measures:
        return "指标或地区的定义没有了。"
    audience = indicator.audience_of(area.level, place[1])
    told: Told = (cell.value, cell.mark)
    if old is not None and old.release >= release:
        return "已经排在同一时间或更晚的另一批里。"
    there = old is not None and old.action != "withdraw"
    if told[1] == "withdrawn":
        if not there:
            return "没有发布过，谈不上撤回。"
        return Put(*place, period.ordinal, None, "withdrawn", old.audience, "withdraw")
    if not there:
        return Put(*place, period.ordinal, *told, audience, "add")
    if told == (old.value, old.mark):
        return None
    if kind != "revise":
        return "已经发布过（或排好了发布）别的数，要改请开“更正、撤回”的一批。"
    return Put(*place, period.ordinal, *told, old.audience, "correct")


def named(known: Known, place: Sequence[str]) -> str:
    """A number as people call it."""
    key = Key(*place)
    indicator, area = known.said.indicators.get(key.indicator), known.said.regions.get(key.region)
    name = indicator.name if indicator else key.indicator
    return f"{area.name if area else key.region}“{name}”{MEASURES.get(key.measure, '')}"


def moment(text: str) -> int:
    """`2026-10-18T10:00` in Beijing, or with its offset, as ms; `Stopped` when it is no time."""
    try:
        made = datetime.fromisoformat(text.strip())
    except ValueError:
        raise Stopped(422, "时间写成 2026-10-18T10:00 这样。") from None
    return int((made if made.tzinfo else made.replace(tzinfo=BEIJING)).timestamp() * 1000)


def unheard(findings: Iterable[Any]) -> list[Any]:
    """Findings that still stop a batch: hard ones, and soft ones of which nobody said anything."""
    return [f for f in findings if f.hard or not f.words]
