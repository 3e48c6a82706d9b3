"""The inbox of the early warning: what to look at first, whose it is, what came of it, how often a rule is right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Form, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from builder.indicators.warn.finding import KINDS
from builder.indicators.warn.inbox import RIGHT, STATES, Precision
from builder.values import Key
from service.intake import batches, notices, released, sweeping
from service.intake.readers import Reader, reader
from service.roles import EDITOR, LEADER, may
from service.room import DONE, Asks, AtDesk, Room, Stopped
from service.store import alarms, audit, people
from service.store.audit import Act
from service.store.columns import INSIDE
from service.store.engine import Connection
from service.web.pages import page, wants_page

room = Room("warnings", INSIDE)
USE = may(EDITOR, LEADER)
MENU = (("/warnings", "预警", frozenset({EDITOR, LEADER})),)
SHOWN = 60
# From which states one may go where: what was decided may be thought over again.
NEXT: Mapping[str, tuple[str, ...]] = {
    "new": ("acknowledged", "explained", "corrected", "false_alarm"),
    "acknowledged": ("explained", "corrected", "false_alarm"),
    "explained": ("acknowledged",),
    "corrected": ("acknowledged",),
    "false_alarm": ("acknowledged",),
}


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says of an alarm."""

    state: str
    words: str
    until: str
    seen: int


@room.get("/warnings", USE)
def inbox(
    request: Request,
    desk: AtDesk,
    asks: Asks,
    whole: Annotated[str, Query(alias="all", max_length=1)] = "",
) -> Response:
    """The alarms that the reader may see: open ones, the most important first."""
    sweeping.run(desk)
    mine = reader(desk, asks.user)
    with desk.store.read() as connection:
        rows = visible(connection, mine)
        who = {u.id: u.name for u in people.find(connection)}
        editors = [u for u in people.find(connection) if EDITOR in u.roles and u.active]
    shown = [r for r in rows if whole or (r.state in sweeping.OPEN and not r.gone)]
    ours = {r.id for r in shown if mine.keeps(r.division)}
    return page(
        request, "intake/warnings.html", rows=shown[:SHOWN], total=len(shown), whole=bool(whole), states=STATES,
        kinds=KINDS, next=NEXT, who=who, ours=ours, now=desk.clock(), rules=precision(rows),
        editors={d: [u for u in editors if u.org == d] for d in {r.division for r in shown}},
    )  # fmt: skip


def visible(connection: Connection, mine: Reader) -> list[Any]:
    """The alarms about numbers that the reader may see."""
    return [
        row
        for row in alarms.every(connection)
        if mine.may_key(Key(row.indicator, row.measure, row.region))
    ]


def precision(rows: Iterable[Any]) -> list[Precision]:
    """Rule by rule, how many alarms were right, false, undecided."""
    found: dict[str, list[int]] = {}
    for row in rows:
        place = 0 if row.state in RIGHT else 1 if row.state == "false_alarm" else 2
        found.setdefault(row.rule, [0, 0, 0])[place] += 1
    return [Precision(rule, *counts) for rule, counts in sorted(found.items())]


@room.post("/warnings/{alarm}", USE, gives=DONE)
def judge(
    request: Request,
    alarm: str,
    desk: AtDesk,
    asks: Asks,
    state: Annotated[str, Form(max_length=20)],
    words: Annotated[str, Form(max_length=500)] = "",
    until: Annotated[str, Form(max_length=10)] = "",
    version: Annotated[int, Form()] = 0,
) -> Response:
    """Say what an alarm came to."""
    mine, now = reader(desk, asks.user), desk.clock()
    said = Said(state, batches.line(words), _day(until), version)

    def put(connection: Connection) -> None:
        row = kept(connection, mine, alarm)
        if row.version != said.seen:
            raise Stopped(409, "您打开以后别人处理过这一条，请看清楚再做。", "/warnings")
        _fits(row.state, said)
        told = {"state": state, "words": said.words, "until": said.until, "by": asks.known.id}
        owner = row.owner or asks.known.id
        alarms.change(connection, alarm, **told, owner=owner, changed=now)
        detail = {"from": row.state, "to": state}
        audit.record(
            connection, now, Act(asks.actor, "alarm.state", f"alarm:{alarm}", detail=detail)
        )

    desk.store.write(put)
    return _back(request)


@room.post("/warnings/{alarm}/owner", USE, gives=DONE)
def assign(
    request: Request,
    alarm: str,
    desk: AtDesk,
    asks: Asks,
    owner: Annotated[int, Form()],
    deadline: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Give an alarm to an editor of its division, with a day by which it is to be answered."""
    mine, now, day = reader(desk, asks.user), desk.clock(), _day(deadline)

    def put(connection: Connection) -> None:
        row = kept(connection, mine, alarm)
        found = people.find(connection, [owner])
        if not found or EDITOR not in found[0].roles or found[0].org != row.division:
            raise Stopped(422, "只能分给管这个指标的处室的编辑。")
        due = batches.moment(day) + sweeping.DAY - 1000 if day else row.deadline
        alarms.change(connection, alarm, owner=owner, deadline=due, changed=now)
        notices.tell(connection, desk, [owner], "assigned", "/warnings")
        audit.record(connection, now, Act(asks.actor, "alarm.owner", f"alarm:{alarm}"))

    desk.store.write(put)
    return _back(request)


def kept(connection: Connection, mine: Reader, alarm: str) -> Any:
    """An alarm that the reader may judge; `Stopped` when there is none."""
    row = alarms.one(connection, alarm)
    if row is None or not mine.keeps(row.division):
        raise Stopped(404, "没有这一条预警，或者不归您处理。")
    return row


def _fits(before: str, said: Said) -> None:
    if said.state not in NEXT[before]:
        raise Stopped(409, f"这一条现在是“{STATES[before]}”，不能这样改。")  # type: ignore[index]  # one of them: the database keeps no other
    if said.state in {"explained", "false_alarm"} and len(said.words) < 4:
        raise Stopped(422, "已说明和误报要写理由，至少 4 个字。")
    if said.until and said.state not in {"explained", "false_alarm"}:
        raise Stopped(422, "“管到哪天”只用于已说明和误报。")


def _day(text: str) -> str:
    return released.at(batches.moment(text)).date().isoformat() if text.strip() else ""


def _back(request: Request) -> Response:
    if wants_page(request.headers):
        return RedirectResponse("/warnings", 303)
    return JSONResponse({"ok": True})
