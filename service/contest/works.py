"""Works on their way in: drafts, what is asked of them before they count, and who may send them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.contest import blind, held
from service.contest.held import Contest
from service.contest.rules import Rules
from service.desk import Desk
from service.room import Stopped, Visitor
from service.settings import MB
from service.store import audit, files, people
from service.store import contest as store
from service.store.audit import Act
from service.store.engine import Connection
from service.uploads import keeping

DRAFT, SUBMITTED, TAKEN, WITHDRAWN = "draft", "submitted", "taken", "withdrawn"
SAID = {DRAFT: "草稿", SUBMITTED: "已提交", TAKEN: "已入评", WITHDRAWN: "已撤回"}
STEPS = {
    (DRAFT, "submit"): SUBMITTED,
    (SUBMITTED, "reopen"): DRAFT,
    (DRAFT, "withdraw"): WITHDRAWN,
    (SUBMITTED, "withdraw"): WITHDRAWN,
}
DRAFTS = 20  # of one person in one contest
LENGTHS = {"title": (2, 60), "summary": (10, 200), "story": (30, 8000)}
LABELS = {"title": "题目", "summary": "一句话说明", "story": "作品说明"}
STALE = "这件作品刚才在别处改过，没有存。请看过新的内容再改；您写的还在下面。"


@dataclass(frozen=True, slots=True)
class Told:
    """What a form says of a work."""

    category: str
    title: str
    summary: str
    story: str
    team: str  # a person a line: name, unit
    contact: str
    minor: bool = False
    original: bool = False
    guardian: bool = False
    showcase: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """A work with what is sealed opened."""

    row: Any
    contest: Contest
    team: tuple[tuple[str, str], ...]
    contact: str
    agreed: Mapping[str, Any]
    files: tuple[Any, ...]

    @property
    def holder(self) -> str:
        """Under which its files are kept."""
        return f"work:{self.row.id}"

    @property
    def units(self) -> tuple[str, ...]:
        """All units that have a part in it."""
        return tuple(dict.fromkeys([self.row.unit, *(u for _, u in self.team if u)]))

    @property
    def hidden(self) -> tuple[str, ...]:
        """The words by which it would be known."""
        return blind.words(self.contest.rules, self.units, (n for n, _ in self.team))


def eligible(contest: Contest, unit: str) -> bool:
    """Whether people of a unit may send works."""
    found = contest.rules.unit(unit)
    return found is not None and found.kind in contest.rules.eligible


def begin(connection: Connection, desk: Desk, asks: Visitor, contest: Contest) -> int:
    """A new draft; its number."""
    user, now = asks.known, desk.clock()
    if not contest.open(now):
        raise Stopped(409, "现在不收作品。")
    if not eligible(contest, user.org):
        raise Stopped(409, "您的单位不在这次大赛的参赛范围里。")
    mine = store.where(connection, store.works, contest=contest.id, owner=user.id, state=DRAFT)
    if len(mine) >= DRAFTS:
        raise Stopped(409, f"草稿太多了，最多 {DRAFTS} 件。请先提交或撤回。")
    number = store.add(
        connection, store.works, contest=contest.id, owner=user.id, unit=user.org,
        category=contest.rules.categories[0].id, state=DRAFT, title="", summary="", story="",
        sealed="", agreed="{}", version=1, made=now, changed=now, submitted=0,
    )  # fmt: skip
    team = {"team": [[user.name, user.org]], "contact": ""}
    sealed = held.seal(desk, f"work:{number}", team)
    store.change(connection, store.works, number, sealed=sealed)
    audit.record(connection, now, Act(asks.actor, "work.new", f"work:{number}"))
    return number


def load(connection: Connection, desk: Desk, number: int) -> Work:
    """A work; `Stopped` when there is none."""
    row = store.one(connection, store.works, number)
    if row is None:
        raise Stopped(404, "没有这件作品。")
    told = held.unseal(desk, f"work:{number}", row.sealed)
    team = tuple((str(n), str(u)) for n, u in told.get("team", []))
    kept = tuple(files.of(connection, f"work:{number}"))
    contest = held.by_id(connection, row.contest)
    return Work(row, contest, team, told.get("contact", ""), json.loads(row.agreed), kept)


def mine(connection: Connection, desk: Desk, asks: Visitor, number: int) -> Work:
    """A work of whoever asks; others' are not there."""
    found = load(connection, desk, number)
    if found.row.owner != asks.known.id:
        raise Stopped(404, "没有这件作品。")
    return found


def save(
    connection: Connection, desk: Desk, asks: Visitor, number: int, seen: int, told: Told
) -> None:
    """Keep a draft as it is written; what is asked of it is asked when it is submitted."""
    work = mine(connection, desk, asks, number)
    _draft(work, desk)
    if work.row.version != seen:
        raise Stopped(409, STALE)
    if work.contest.rules.category(told.category) is None:
        raise Stopped(422, "没有这个类别。")
    team = parsed(work.contest.rules, told.team)
    sealed = held.seal(desk, work.holder, {"team": team, "contact": told.contact.strip()})
    now = desk.clock()
    agreed = {n: now for n in ("minor", "original", "guardian", "showcase") if getattr(told, n)}
    store.change(
        connection, store.works, number, category=told.category, title=told.title.strip(),
        summary=told.summary.strip(), story=told.story.strip(), sealed=sealed,
        agreed=json.dumps(agreed), version=seen + 1, changed=now,
    )  # fmt: skip
    audit.record(connection, now, Act(asks.actor, "work.save", f"work:{number}"))


def parsed(rules: Rules, team: str) -> list[tuple[str, str]]:
    """The people of a team, a line each; `Stopped` names the line that can't be read."""
    found: list[tuple[str, str]] = []
    for line in team.splitlines():
        if not line.strip():
            continue
        name, *more = re.split(r"[,，、;；\s]+", line.strip(), maxsplit=1)
        unit = _unit(rules, more[0].strip()) if more else ""
        if more and not unit:
            raise Stopped(
                422, f"“{line.strip()[:40]}”：单位不在参赛单位里。一行一人，先写姓名，再写单位。"
            )
        if not name.isprintable() or len(name) > 40:
            raise Stopped(422, "姓名里有看不见的字符，或者太长。")
        found.append((name, unit))
    return found


def _unit(rules: Rules, told: str) -> str:
    return next((u.id for u in rules.units if told in {u.id, u.name, u.short}), "")


def step(connection: Connection, desk: Desk, asks: Visitor, number: int, verb: str) -> str:
    """Submit, open again or withdraw; the state that follows."""
    work = mine(connection, desk, asks, number)
    after = STEPS.get((work.row.state, verb))
    if after is None:
        raise Stopped(409, f"这件作品{SAID[work.row.state]}，不能这样做。")
    now = desk.clock()
    if not work.contest.open(now):
        raise Stopped(409, "征集已经结束，作品不能再改。")
    if after == SUBMITTED and (wrong := lacks(connection, work)):
        raise Stopped(422, "还不能提交：\n" + "\n".join(wrong))
    submitted = now if after == SUBMITTED else 0
    version = work.row.version + 1
    store.change(connection, store.works, number, state=after, submitted=submitted, version=version)
    audit.record(connection, now, Act(asks.actor, f"work.{verb}", f"work:{number}"))
    return after


def lacks(connection: Connection, work: Work) -> list[str]:
    """What a work lacks before it counts, in Chinese."""
    rules, row = work.contest.rules, work.row
    wrong = [
        f"{LABELS[name]}要写 {least} 到 {most} 个字。"
        for name, (least, most) in LENGTHS.items()
        if not least <= len(getattr(row, name)) <= most
    ]
    if not 1 <= len(work.team) <= rules.team:
        wrong.append(f"作者要有 1 到 {rules.team} 人。")
    if any(not u or not eligible(work.contest, u) for _, u in work.team):
        wrong.append("每位作者都要写单位，单位要在参赛范围里。")
    if not work.contact:
        wrong.append("要留一个联系电话，只有大赛办公室看得到。")
    if "original" not in work.agreed:
        wrong.append("要作原创承诺。")
    if rules.statements.guardian and "minor" in work.agreed and "guardian" not in work.agreed:
        wrong.append("作者里有未成年人，要监护人同意。")
    if len(work.files) < rules.files.least:
        wrong.append(f"至少交 {rules.files.least} 个文件。")
    kinds = rules.kinds(row.category)
    wrong += [f"“{f.name}”这种文件，这个类别不收。" for f in work.files if f.kind not in kinds]
    sent = store.of_unit(connection, work.contest.id, row.unit, (SUBMITTED, TAKEN))
    if rules.per_unit and sent >= rules.per_unit:
        wrong.append(f"一个单位最多交 {rules.per_unit} 件，您的单位已经交满。")
    return wrong


def texts(work: Work) -> dict[str, str]:
    """What a work says of itself, by the names of its columns."""
    return {name: getattr(work.row, name) for name in LABELS}


def remarks(work: Work) -> list[str]:
    """What its sender should know before experts see it."""
    told = [
        f"{LABELS[name]}里写着单位、姓名或联系方式：评审是匿名的，会盖住，最好您自己改掉。"
        for name in blind.tells(texts(work), work.hidden)
    ]
    for file in work.files:
        told += [f"“{file.name}”：{said}" for said in json.loads(file.remarks)]
        if blind.tells({"": file.name}, work.hidden):
            told.append(f"“{file.name}”：文件名里有单位或姓名，专家看到的是编号，不是这个名字。")
    return told


def ready(work: Work, desk: Desk) -> None:
    """`Stopped` when no file can be added."""
    _draft(work, desk)
    if len(work.files) >= work.contest.rules.files.most:
        raise Stopped(409, f"文件最多 {work.contest.rules.files.most} 个。")


def attach(
    connection: Connection, desk: Desk, asks: Visitor, number: int, taken: keeping.Taken
) -> int:
    """Add a file to a draft, if it still has room for it."""
    work = mine(connection, desk, asks, number)
    ready(work, desk)
    size = sum(f.size for f in work.files) + taken.draft.size
    if size > work.contest.rules.files.whole_mb * MB:
        raise Stopped(413, f"一件作品的文件加起来最多 {work.contest.rules.files.whole_mb} MB。")
    kept = keeping.keep(connection, desk, taken, work.holder, asks.actor)
    detail = {"size": taken.draft.size, "kind": taken.judged.kind}
    audit.record(connection, desk.clock(), Act(asks.actor, "work.file", work.holder, detail=detail))
    return kept


def detach(connection: Connection, desk: Desk, asks: Visitor, number: int, file: int) -> None:
    """Take a file away from a draft."""
    work = mine(connection, desk, asks, number)
    _draft(work, desk)
    if file not in {f.id for f in work.files}:
        raise Stopped(404, "没有这个文件。")
    files.drop(connection, file)
    audit.record(connection, desk.clock(), Act(asks.actor, "work.file.drop", work.holder))


def _draft(work: Work, desk: Desk) -> None:
    if work.row.state != DRAFT:
        raise Stopped(409, f"这件作品{SAID[work.row.state]}，不能改。")
    if not work.contest.open(desk.clock()):
        raise Stopped(409, "征集已经结束，作品不能再改。")


def owner(connection: Connection, work: Work) -> str:
    """The name of whoever sent it."""
    found = people.find(connection, [work.row.owner])
    return found[0].name if found else ""
