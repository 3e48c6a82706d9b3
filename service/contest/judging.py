"""Rounds of judging: who is on the panel, who judges what, scores that stay sealed until the round closes."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from service.contest import assigning, held, ledger, sealing, works
from service.contest.assigning import Judge, Subject, conflict
from service.contest.held import Contest
from service.desk import Desk
from service.roles import EXPERT
from service.room import Stopped, Visitor
from service.store import audit, outbox, people
from service.store import contest as store
from service.store.audit import Act
from service.store.engine import Connection

COLLECTED, OPEN, COUNTED, PUBLIC, FINAL = "collected", "judging", "counted", "public", "final"
SAID = {
    COLLECTED: "组评委", OPEN: "评审中", COUNTED: "已计分，没有公布", PUBLIC: "公示中", FINAL: "结果已发布",
}  # fmt: skip
LEFT, DONE = "left", "done"
SEED = (8, 200)
NOTICE = {"text": "您有一条通知"}


@dataclass(frozen=True, slots=True)
class Round:
    """A round: its row, its contest."""

    row: Any
    contest: Contest

    @property
    def id(self) -> int:
        """Its number."""
        return int(self.row.id)

    @property
    def subject(self) -> str:
        """As the record names it."""
        return f"round:{self.row.id}"


def load(connection: Connection, number: int) -> Round:
    """A round; `Stopped` when there is none."""
    row = store.one(connection, store.rounds, number)
    if row is None:
        raise Stopped(404, "没有这一轮。")
    return Round(row, held.by_id(connection, row.contest))


def mine(connection: Connection, asks: Visitor, number: int, *states: str) -> Round:
    """A round of whoever runs the contest, in one of these states; `Stopped` otherwise."""
    found = load(connection, number)
    held.staff(asks, found.contest)
    if states and found.row.state not in states:
        raise Stopped(409, f"这一轮{SAID[found.row.state]}，不能这样做。")
    return found


def collect(connection: Connection, desk: Desk, asks: Visitor, slug: str) -> int:
    """Take all works that were sent in and not yet judged into a round; its number."""
    contest = held.staff(asks, held.by_slug(connection, slug))
    now = desk.clock()
    if not contest.closed(now):
        raise Stopped(409, "征集还没有结束。")
    sent = store.where(connection, store.works, contest=contest.id, state=works.SUBMITTED)
    if not sent:
        raise Stopped(409, "没有提交了还没评的作品。")
    before = store.count(connection, store.rounds, contest=contest.id)
    if before and contest.rules.closes:
        raise Stopped(409, "已经组过一轮了。")
    number = store.add(
        connection, store.rounds, contest=contest.id, number=before + 1, state=COLLECTED, seed="",
        seed_from="", due=0, until=0, log="", places="[]", edition=0, made=now,
    )  # fmt: skip
    for row in sent:
        store.add(connection, store.entries, round=number, work=row.id, code="", struck="")
        store.change(connection, store.works, row.id, state=works.TAKEN, version=row.version + 1)
    act = Act(asks.actor, "contest.collect", f"round:{number}", detail={"works": len(sent)})
    audit.record(connection, now, act)
    return number


def seat(
    connection: Connection, desk: Desk, asks: Visitor, number: int, users: Collection[int]
) -> None:
    """Let these experts be the panel, before works are given out."""
    found = mine(connection, asks, number, COLLECTED)
    known = {u.id for u in people.find(connection, users) if EXPERT in u.roles and u.active}
    if unknown := set(users) - known:
        raise Stopped(422, f"这些人不是专家，或者停用了：{'、'.join(map(str, sorted(unknown)))}。")
    sitting = {p.user: p for p in store.where(connection, store.panel, round=number)}
    for gone in set(sitting) - known:
        store.drop(connection, store.panel, sitting[gone].id)
    for user in sorted(known - set(sitting)):
        store.add(connection, store.panel, round=number, user=user, mark="", gone=0)
        outbox.post(connection, desk.clock(), outbox.PAGE, str(user), NOTICE)
    act = Act(asks.actor, "contest.panel", found.subject, detail={"experts": len(known)})
    audit.record(connection, desk.clock(), act)


def declare(
    connection: Connection, desk: Desk, asks: Visitor, number: int, units: Collection[str]
) -> None:
    """An expert says with which units they have to do, before works are given out."""
    found = load(connection, number)
    if not store.where(connection, store.panel, round=number, user=asks.known.id):
        raise Stopped(404, "没有这一轮。")
    if found.row.state != COLLECTED:
        raise Stopped(409, "作品已经分好了：请在要回避的那件作品里说。")
    if any(found.contest.rules.unit(u) is None for u in units):
        raise Stopped(422, "没有这个单位。")
    for row in store.where(connection, store.conflicts, round=number, user=asks.known.id):
        store.drop(connection, store.conflicts, row.id)
    now = desk.clock()
    for unit in sorted(set(units)):
        row = {"round": number, "user": asks.known.id, "work": 0, "unit": unit, "at": now}
        store.add(connection, store.conflicts, **row)
    act = Act(asks.actor, "contest.declare", found.subject, detail={"units": len(set(units))})
    audit.record(connection, now, act)


def judges(connection: Connection, number: int) -> list[Judge]:
    """The panel."""
    sitting = [p.user for p in store.where(connection, store.panel, round=number)]
    return [Judge(u.id, u.name, u.org) for u in people.find(connection, sitting)]


def subjects(connection: Connection, desk: Desk, number: int) -> list[Subject]:
    """The works of a round that are in, as conflicts see them."""
    found = []
    for entry in store.where(connection, store.entries, round=number, struck=""):
        work = works.load(connection, desk, entry.work)
        named = tuple(n for n, _ in work.team)
        found.append(Subject(entry.work, work.row.owner, work.units, named))
    return found


def barred(connection: Connection, desk: Desk, found: Round) -> dict[tuple[int, int], str]:
    """Who may not judge what, and why."""
    declared: dict[int, list[tuple[int, str]]] = {}
    for row in store.where(connection, store.conflicts, round=found.id):
        declared.setdefault(row.user, []).append((row.work, row.unit))
    rules, sitting = found.contest.rules, judges(connection, found.id)
    pairs = {
        (work.id, judge.id): conflict(rules, judge, work, declared.get(judge.id, ()))
        for work in subjects(connection, desk, found.id)
        for judge in sitting
    }
    return {pair: why for pair, why in pairs.items() if why}


def begin(
    connection: Connection, desk: Desk, asks: Visitor, number: int, told: tuple[str, str, int]
) -> None:
    """Give the works out. `told`: the public seed, where it comes from, when judging ends (ms)."""
    found = mine(connection, asks, number, COLLECTED)
    seed, seed_from, due = told[0].strip(), told[1].strip(), told[2]
    now, review = desk.clock(), found.contest.rules.review
    if not SEED[0] <= len(seed) <= SEED[1] or not seed.isprintable() or not seed_from:
        raise Stopped(422, f"种子要 {SEED[0]} 到 {SEED[1]} 个字，并写明从哪里来。")
    if due <= now:
        raise Stopped(422, "评审截止时间要在以后。")
    if store.count(connection, store.moves, round=number, state="open"):
        raise Stopped(409, "还有等人复核的事，先办完。")
    shut = barred(connection, desk, found)
    entered = [e.work for e in store.where(connection, store.entries, round=number, struck="")]
    sitting = [j.id for j in judges(connection, number)]
    plan = assigning.assign(seed, entered, sitting, shut, review.most)
    if short := [w for w, given in plan.items() if len(given) < review.least]:
        raise Stopped(
            409, f"专家不够：有 {len(short)} 件作品回避以后不到 {review.least} 位专家，请再请几位。"
        )
    _name(connection, number, seed)
    for work, given in sorted(plan.items()):
        for user in given:
            _duty(connection, number, work, user)
    store.change(
        connection, store.rounds, number, state=OPEN, seed=seed, seed_from=seed_from, due=due
    )
    for user in sitting:
        outbox.post(connection, now, outbox.PAGE, str(user), NOTICE)
    detail = {"works": len(plan), "experts": len(sitting), "seed": seed}
    audit.record(connection, now, Act(asks.actor, "contest.begin", found.subject, detail=detail))


def _name(connection: Connection, number: int, seed: str) -> None:
    """Codes for works and marks for experts, in an order that only the seed decides."""
    entries = store.where(connection, store.entries, round=number)
    for n, entry in enumerate(
        sorted(entries, key=lambda e: assigning.lot(seed, "code", e.work)), 1
    ):
        store.change(connection, store.entries, entry.id, code=f"W{n:03}")
    sitting = store.where(connection, store.panel, round=number)
    for n, seat in enumerate(sorted(sitting, key=lambda p: assigning.lot(seed, "mark", p.user)), 1):
        store.change(connection, store.panel, seat.id, mark=f"E{n:02}")


def _duty(connection: Connection, number: int, work: int, user: int) -> None:
    row = {"round": number, "work": work, "user": user, "state": "open", "score": "", "version": 1}
    store.add(connection, store.duties, **row)


# --- scores ---------------------------------------------------------------------------------------


def duty(connection: Connection, asks: Visitor, number: int) -> tuple[Any, Round]:
    """A duty of whoever asks, and its round; others' are not there."""
    row = store.one(connection, store.duties, number)
    if row is None or row.user != asks.known.id or row.state == LEFT:
        raise Stopped(404, "没有这件作品。")
    return row, load(connection, row.round)


def score(
    connection: Connection,
    desk: Desk,
    asks: Visitor,
    number: int,
    seen: int,
    given: Iterable[str],
    comment: str = "",
) -> None:
    """Seal an expert's scores and comment; they may be changed until the round is due."""
    row, found = duty(connection, asks, number)
    _judging(found, desk)
    if row.version != seen:
        raise Stopped(409, "这件作品刚才在别处打过分，没有存。请看过再打。")
    values, names = [], [c.name for c in found.contest.rules.criteria]
    told = list(given)
    if len(told) != len(names):
        raise Stopped(422, "每一项都要打分。")
    for name, value in zip(names, told, strict=True):
        try:
            values.append(found.contest.rules.score(value))
        except ValueError as error:
            raise Stopped(422, f"{name}：{error}。") from error
    sealed = sealing.seal(desk, number, sealing.Given(tuple(values), sealing.cleaned(comment)))
    store.change(connection, store.duties, number, state=DONE, score=sealed, version=seen + 1)
    # the round, not the work: the record must not tell how many scores a work has
    audit.record(connection, desk.clock(), Act(asks.actor, "contest.score", found.subject))


def recuse(connection: Connection, desk: Desk, asks: Visitor, number: int) -> None:
    """An expert leaves a work that they should not judge; somebody else gets it."""
    row, found = duty(connection, asks, number)
    _judging(found, desk)
    now = desk.clock()
    told = {"round": found.id, "user": row.user, "work": row.work, "unit": "", "at": now}
    store.add(connection, store.conflicts, **told)
    _leave(connection, desk, found, [row])
    audit.record(connection, now, Act(asks.actor, "contest.recuse", found.subject))


def relieve(connection: Connection, desk: Desk, asks: Visitor, number: int, user: int) -> None:
    """Somebody can't go on: what they have not scored goes to others. Scores that were given stay."""
    found = mine(connection, asks, number, OPEN)
    seats = store.where(connection, store.panel, round=number, user=user)
    if not seats:
        raise Stopped(404, "这位不在评委里。")
    open_ones = store.where(connection, store.duties, round=number, user=user, state="open")
    store.change(connection, store.panel, seats[0].id, gone=1)
    _leave(connection, desk, found, open_ones)
    act = Act(asks.actor, "contest.relieve", found.subject, detail={"expert": user})
    audit.record(connection, desk.clock(), act)


def _leave(connection: Connection, desk: Desk, found: Round, rows: Iterable[Any]) -> None:
    """These duties end; their works go to those who have least, as the seed decides."""
    ended = list(rows)
    for row in ended:
        store.change(
            connection, store.duties, row.id, state=LEFT, score="", version=row.version + 1
        )
    shut = set(barred(connection, desk, found))
    held_now: dict[int, set[int]] = {}
    for row in store.where(connection, store.duties, round=found.id):
        if row.state == LEFT:
            shut.add((row.work, row.user))
        else:
            held_now.setdefault(row.work, set()).add(row.user)
    sitting = [p.user for p in store.where(connection, store.panel, round=found.id, gone=0)]
    entered = [e.work for e in store.where(connection, store.entries, round=found.id, struck="")]
    each = found.contest.rules.review.most
    wanted = {row.work for row in ended}
    fixed = {w: held_now.get(w, set()) for w in entered}
    short = [w for w in entered if w in wanted]
    plan = assigning.assign(found.row.seed, short, sitting, shut, each, fixed)
    for work in short:
        for user in sorted(set(plan[work]) - fixed[work]):
            _duty(connection, found.id, work, user)
            outbox.post(connection, desk.clock(), outbox.PAGE, str(user), NOTICE)


def _judging(found: Round, desk: Desk) -> None:
    if found.row.state != OPEN or desk.clock() >= found.row.due:
        raise Stopped(409, "这一轮现在不打分。")


# --- the end of judging ---------------------------------------------------------------------------


def remind(connection: Connection, desk: Desk, asks: Visitor, number: int) -> None:
    """Tell the experts who have not finished; whoever asks does not learn who they are."""
    found = mine(connection, asks, number, OPEN)
    for user in late(connection, number):
        outbox.post(connection, desk.clock(), outbox.PAGE, str(user), NOTICE)
    audit.record(connection, desk.clock(), Act(asks.actor, "contest.remind", found.subject))


def late(connection: Connection, number: int) -> list[int]:
    """Experts with works that they have not scored."""
    rows = store.where(connection, store.duties, round=number, state="open")
    return sorted({row.user for row in rows})


def extend(connection: Connection, desk: Desk, asks: Visitor, number: int, due: int) -> None:
    """Give the experts more time; never less."""
    found = mine(connection, asks, number, OPEN)
    if due <= max(found.row.due, desk.clock()):
        raise Stopped(422, "只能往后延。")
    store.change(connection, store.rounds, number, due=due)
    act = Act(asks.actor, "contest.extend", found.subject, detail={"due": due})
    audit.record(connection, desk.clock(), act)


def close(connection: Connection, desk: Desk, asks: Visitor, number: int) -> None:
    """Open the seals and count: after the time is up, and when every work has scores enough."""
    found = mine(connection, asks, number, OPEN)
    if desk.clock() < found.row.due:
        raise Stopped(409, "评审时间还没到，分数不能打开。")
    given: dict[int, int] = {}
    for row in store.where(connection, store.duties, round=number, state=DONE):
        given[row.work] = given.get(row.work, 0) + 1
    entered = store.where(connection, store.entries, round=number, struck="")
    if any(given.get(e.work, 0) < found.contest.rules.review.least for e in entered):
        raise Stopped(
            409, "还有作品没有达到最少的评审人数。请延长时间，催没有交齐的专家，或者换人。"
        )
    log = ledger.write(connection, desk, found)
    store.change(connection, store.rounds, number, state=COUNTED, log=log)
    ledger.recount(connection, number)
    audit.record(connection, desk.clock(), Act(asks.actor, "contest.close", found.subject))
