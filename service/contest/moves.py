"""What one person proposes and another confirms: striking a work out, publishing, objections, the result."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from service.contest import held, judging, ledger
from service.contest.judging import COLLECTED, COUNTED, FINAL, PUBLIC, Round
from service.desk import Desk
from service.room import Stopped, Visitor
from service.store import audit, outbox
from service.store import contest as store
from service.store.audit import Act
from service.store.engine import Connection

DAY = 86_400_000
NEW, UPHELD, REJECTED = "new", "upheld", "rejected"
SAID = {NEW: "在处理", UPHELD: "成立", REJECTED: "不成立"}
OPEN, DONE, REFUSED = "open", "done", "refused"
# verb -> the states of a round in which it may be proposed and confirmed
STEPS = {
    "strike": (COLLECTED, COUNTED),
    "publish": (COUNTED,),
    "objection": (PUBLIC,),
    "final": (PUBLIC,),
}
VERBS = {"strike": "取消资格", "publish": "公示", "objection": "异议处理", "final": "发布结果"}
WAITING, MOST = 200, 5000  # objections of one round, signs of one


@dataclass(frozen=True, slots=True)
class Decided:
    """What a proposal says. `work`: to strike out; `upheld`: an objection holds."""

    why: str = ""
    upheld: bool = False
    strike: bool = False


def propose(
    connection: Connection,
    desk: Desk,
    asks: Visitor,
    number: int,
    verb: str,
    subject: int,
    told: Decided,
) -> int:
    """Put something to a second person; the number of the move."""
    if verb not in STEPS:
        raise Stopped(404, "没有这件事。")
    found = judging.mine(connection, asks, number, *STEPS[verb])
    _possible(connection, desk, found, verb, subject, told)
    for row in store.where(connection, store.moves, round=number, verb=verb, state=OPEN):
        if row.subject == subject:
            raise Stopped(409, "这件事已经提了，等另一个人复核。")
    data = json.dumps(
        {"why": told.why, "upheld": told.upheld, "strike": told.strike}, ensure_ascii=False
    )
    made = store.add(
        connection, store.moves, round=number, verb=verb, subject=subject, data=data, state=OPEN,
        by=asks.known.id, at=desk.clock(), other=0, decided=0,
    )  # fmt: skip
    act = Act(asks.actor, f"contest.{verb}.propose", found.subject, detail={"subject": subject})
    audit.record(connection, desk.clock(), act)
    return made


def decide(connection: Connection, desk: Desk, asks: Visitor, number: int, yes: bool) -> Round:
    """Confirm or refuse what somebody else proposed; whoever proposed it may only take it back."""
    row = store.one(connection, store.moves, number)
    if row is None:
        raise Stopped(404, "没有这件事。")
    found = judging.mine(connection, asks, row.round)
    if row.state != OPEN:
        raise Stopped(409, "这件事已经办过了。")
    if yes and row.by == asks.known.id:
        raise Stopped(409, "自己提的事要由另一个人复核。")
    if yes:
        told = Decided(**json.loads(row.data))
        if found.row.state not in STEPS[row.verb]:
            raise Stopped(409, f"这一轮{judging.SAID[found.row.state]}，这件事不能再办了，请退回。")
        _possible(connection, desk, found, row.verb, row.subject, told)
        DO[row.verb](connection, desk, found, row.subject, told)
    values = {"state": DONE if yes else REFUSED, "other": asks.known.id, "decided": desk.clock()}
    store.change(connection, store.moves, number, **values)
    verb = "confirm" if yes else "refuse"
    act = Act(
        asks.actor, f"contest.{row.verb}.{verb}", found.subject, detail={"subject": row.subject}
    )
    audit.record(connection, desk.clock(), act)
    return found


def _possible(
    connection: Connection, desk: Desk, found: Round, verb: str, subject: int, told: Decided
) -> None:
    if verb == "strike" and not _entry(connection, found, subject):
        raise Stopped(404, "这一轮里没有这件作品。")
    if verb in {"strike", "objection"} and not told.why.strip():
        raise Stopped(422, "要写明为什么。")
    if verb == "objection":
        _answerable(store.one(connection, store.objections, subject), found, told)
    if verb == "final" and desk.clock() < found.row.until:
        raise Stopped(409, "公示期还没满。")
    if verb == "final" and store.count(connection, store.objections, round=found.id, state=NEW):
        raise Stopped(409, "还有异议没有处理完。")


def _answerable(row: Any, found: Round, told: Decided) -> None:
    if row is None or row.round != found.id or row.state != NEW:
        raise Stopped(404, "没有这条等处理的异议。")
    if told.strike and not (told.upheld and row.work):
        raise Stopped(422, "取消资格要异议成立，而且是对一件作品的。")


def _entry(connection: Connection, found: Round, work: int) -> Any | None:
    listed = store.where(connection, store.entries, round=found.id, work=work, struck="")
    return listed[0] if listed else None


def _strike(connection: Connection, desk: Desk, found: Round, work: int, told: Decided) -> None:
    entry = _entry(connection, found, work)
    assert entry is not None
    store.change(connection, store.entries, entry.id, struck=told.why.strip())
    if found.row.log:
        ledger.recount(connection, found.id)


def _publish(connection: Connection, desk: Desk, found: Round, subject: int, told: Decided) -> None:
    until = desk.clock() + found.contest.rules.publicity_days * DAY
    store.change(connection, store.rounds, found.id, state=PUBLIC, until=until)


def _objection(
    connection: Connection, desk: Desk, found: Round, number: int, told: Decided
) -> None:
    row = store.one(connection, store.objections, number)
    assert row is not None
    state = UPHELD if told.upheld else REJECTED
    store.change(connection, store.objections, number, state=state, answer=told.why.strip())
    if told.strike and _entry(connection, found, row.work):
        _strike(connection, desk, found, row.work, told)
        # a new list is shown anew, for the whole time
        store.change(connection, store.rounds, found.id, state=COUNTED, until=0)


def _final(connection: Connection, desk: Desk, found: Round, subject: int, told: Decided) -> None:
    store.change(connection, store.rounds, found.id, state=FINAL)
    for entry in store.where(connection, store.entries, round=found.id):
        work = store.one(connection, store.works, entry.work)
        assert work is not None
        outbox.post(connection, desk.clock(), outbox.PAGE, str(work.owner), judging.NOTICE)


DO: dict[str, Callable[[Connection, Desk, Round, int, Decided], None]] = {
    "strike": _strike,
    "publish": _publish,
    "objection": _objection,
    "final": _final,
}


def object_to(
    connection: Connection, desk: Desk, number: int, work: int, told: dict[str, str]
) -> int:
    """Somebody objects while the list is shown; the number. `told`: name, contact, text; kept sealed."""
    found = judging.load(connection, number)
    now = desk.clock()
    if found.row.state != PUBLIC or now >= found.row.until:
        raise Stopped(409, "现在不是公示期。")
    if work and not _entry(connection, found, work):
        raise Stopped(404, "公示的名单里没有这件作品。")
    if any(not told[n].strip() for n in ("name", "contact", "text")):
        raise Stopped(422, "异议要实名：姓名、联系方式、理由都要写。")
    if store.count(connection, store.objections, round=number, state=NEW) >= WAITING:
        raise Stopped(429, "等处理的异议太多了，请直接联系大赛办公室。")
    made = store.add(
        connection,
        store.objections,
        round=number,
        work=work,
        sealed="",
        state=NEW,
        answer="",
        made=now,
    )
    sealed = held.seal(desk, f"objection:{made}", told)
    store.change(connection, store.objections, made, sealed=sealed)
    audit.record(connection, now, Act("", "contest.object", found.subject))
    return made
