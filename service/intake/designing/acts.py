"""What may be done with a design, and by whom: a division's own editors, and nobody lets through what they wrote."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from builder.indicators.template_keys import Keys, digest, keys_of
from builder.values import FREQUENCIES
from service.intake.batches import STALE, Moving, line
from service.intake.designing import inforce
from service.intake.designing.inforce import NOTHING, keys_in
from service.intake.flow import SHORTEST
from service.intake.known import Known
from service.intake.readers import Reader
from service.room import Stopped
from service.store import designs
from service.store.designs import APPROVED, DRAFT, DROPPED, HOME, OPEN, PAST, WAITING
from service.store.engine import Connection
from service.web.pages import BEIJING

STATES: Mapping[str, str] = {
    DRAFT: "草稿",
    WAITING: "等审核",
    APPROVED: "已通过",
    HOME: "已回到内容里",
    PAST: "不再用",
    DROPPED: "已作废",
}
GONE = "没有这份设计，或者不归您的处室。"
MOVED = "内容里的这张表后来改过了：照现在的样子另起一份。"
MOST_OPEN, MOST_VERSIONS, MOST_BYTES = 60, 1000, 200_000
MOST_CELLS = 20_000  # of a table that can be filled on a page


@dataclass(frozen=True, slots=True)
class Step:
    """`name`: as people read it. `why`: a reason must be given."""

    name: str
    after: str
    to: str
    why: bool = False


STEPS: Mapping[str, Step] = {
    "send": Step("送审", DRAFT, WAITING),
    "approve": Step("审核通过", WAITING, APPROVED),
    "reject": Step("退回去改", WAITING, DRAFT, why=True),
    "drop": Step("作废", DRAFT, DROPPED),
    "stop": Step("停用", APPROVED, PAST, why=True),
}


def found(connection: Connection, reader: Reader, number: int) -> Any:
    """A design of the reader's own division; `Stopped` when it is none of theirs."""
    row = designs.find(connection, number)
    if row is None or not reader.user or not reader.user.org or row.division != reader.user.org:
        raise Stopped(404, GONE)
    return row


# --- begun and saved ------------------------------------------------------------------------------


def begun(connection: Connection, moving: Moving, name: str, title: str, frequency: str) -> int:
    """A draft of a new template; its number."""
    if not line(title):
        raise Stopped(422, "写上表名。")
    if frequency not in FREQUENCIES:
        raise Stopped(422, "选一个频度。")
    if name in inforce.current(connection, moving.reader.known):
        raise Stopped(409, "已经有叫这个编号的数据模板，换一个编号；要改它，在单子里点“改”。")
    known = moving.reader.known
    inside = sorted(known.audiences - known.public) or sorted(known.audiences)
    day = datetime.fromtimestamp(moving.now / 1000, UTC).astimezone(BEIJING).date().isoformat()
    keys: Keys = {"title": line(title), "audience": inside[0], "division": _own(moving.reader)}
    keys |= {"date": day, "frequency": frequency, "layout": "regions_down"}
    return _added(connection, moving, name, keys, NOTHING)


def opened(connection: Connection, moving: Moving, name: str) -> int:
    """A draft that begins with a template as it is now; its number."""
    known = moving.reader.known
    held = inforce.current(connection, known).get(name)
    if held is None or held.template.division != _own(moving.reader):
        raise Stopped(404, "没有这张数据模板，或者不归您的处室。")
    if not held.template.date:
        raise Stopped(409, "网站是旧版程序生成的，照它改会丢东西：请管内容的人重新生成一次。")
    keys = keys_of(held.template)
    bases = inforce.base_of(known, name)
    if held.design:
        bases = f"{digest(keys)} {designs.find(connection, held.design).bases}"  # type: ignore[union-attr]  # it holds
    return _added(connection, moving, name, keys, bases)


def _own(reader: Reader) -> str:
    org = reader.user.org if reader.user else ""
    if not org:
        raise Stopped(403, "您还没有处室：请安全管理员核对您的单位编号。")
    return org


def _added(connection: Connection, moving: Moving, name: str, keys: Keys, bases: str) -> int:
    for row in designs.named(connection, name, OPEN):
        if row.division != keys["division"]:
            raise Stopped(409, "这个编号别的处室正在用，换一个。")
        raise Stopped(
            409, f"这张表已经有一份在改（第 {row.id} 号，{STATES[row.state]}），接着改那一份。"
        )
    mine = designs.of_division(connection, keys["division"])
    if sum(row.state in OPEN for row in mine) >= MOST_OPEN:
        raise Stopped(409, f"一个处室最多同时改 {MOST_OPEN} 张，先把用不着的作废。")
    return designs.add(
        connection, name=name, division=keys["division"], told=written(keys), title=keys["title"],
        bases=bases, made_by=moving.by, made=moving.now,
    )  # fmt: skip


def written(keys: Mapping[str, Any]) -> str:
    """Keys as the database holds them; `Stopped` when they are too many."""
    text = json.dumps(keys, ensure_ascii=False, separators=(",", ":"))
    if len(text.encode()) > MOST_BYTES:
        raise Stopped(422, "这张表太大了，存不下：行和字少一些。")
    return text


def saved(connection: Connection, moving: Moving, number: int, keys: Keys, seen: int) -> int:
    """Keep the keys of a draft; the version they are. `Stopped` when somebody else saved since."""
    row = found(connection, moving.reader, number)
    if row.state != DRAFT:
        raise Stopped(409, f"这一份现在是“{STATES[row.state]}”，不能改。")
    if row.version != seen:
        raise Stopped(409, "您打开以后，别人存过新的一版，您的还没有存。看过那一版再定。")
    _chosen(connection, moving.reader, row, keys)
    text = written(keys)
    if text == row.told:
        return seen
    if row.version >= MOST_VERSIONS:
        raise Stopped(409, f"已经存了 {MOST_VERSIONS} 版：送审，或者作废重来。")
    title = keys.get("title", "")[:200]
    designs.save(connection, number, seen + 1, text, title, by=moving.by, at=moving.now)
    return seen + 1


def allowed(reader: Reader, first: Mapping[str, Any]) -> set[str]:
    """Indicators that a division may put into its table: its own, and those that were there before."""
    own = {i.id for i in reader.known.said.indicators.values() if i.division == _own(reader)}
    return own | {row["indicator"] for row in first.get("rows", ()) if "indicator" in row}


def _chosen(connection: Connection, reader: Reader, row: Any, keys: Keys) -> None:
    first = designs.version(connection, row.id, 1)
    mine = allowed(reader, keys_in(first) if first else {})
    for told in keys.get("rows", ()):
        other = reader.known.said.indicators.get(told.get("indicator", ""))
        if other is not None and other.id not in mine:
            raise Stopped(422, f"“{other.name}”不是本处室的指标，不能放进来。")


# --- two people -----------------------------------------------------------------------------------


def stepped(
    connection: Connection, moving: Moving, number: int, step: str, seen: int, why: str
) -> Any:
    """Take a step; the design as it was before. What the builder finds was looked at by whoever calls."""
    row = found(connection, moving.reader, number)
    rule, why = STEPS[step], line(why)
    if row.state != rule.after:
        raise Stopped(409, f"这一份现在是“{STATES[row.state]}”，不能{rule.name}。")
    if row.version != seen:
        raise Stopped(409, STALE.replace("这一批", "这一份"))
    back = step == "reject" and moving.by == row.sent_by  # taken back by who sent it
    if rule.why and not back and len(why) < SHORTEST:
        raise Stopped(422, f"请写明理由，至少 {SHORTEST} 个字。")
    if step == "send":
        _sendable(row, moving.reader.known)
    if step == "approve":
        if moving.by in hands(connection, row):
            raise Stopped(409, "写过任何一版、送审的人不能审，请本处室换一位。")
        _sendable(row, moving.reader.known)
        for old in designs.named(connection, row.name, (APPROVED,)):
            designs.change(connection, old.id, state=PAST, said=f"换成了第 {number} 号")
    told: dict[str, dict[str, Any]] = {
        "send": {"sent_by": moving.by, "said": ""},
        "approve": {"approved_by": moving.by, "approved": moving.now},
    }
    values = told.get(step, {"said": why})
    designs.change(connection, number, state=rule.to, changed=moving.now, **values)
    return row


def hands(connection: Connection, row: Any) -> Collection[int]:
    """Everybody who wrote at a design, or sent it."""
    return designs.hands(connection, row.id) | {row.made_by, row.sent_by} - {0}


def _sendable(row: Any, said: Known) -> None:
    if not inforce.holds(row, said):
        raise Stopped(409, MOVED)
    if digest(keys_in(row)) in row.bases.split():
        raise Stopped(409, "和原来的一样，没有要审的。")
