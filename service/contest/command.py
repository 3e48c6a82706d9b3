"""`weike service contest`: load rules from a file, freeze them, see what there is."""

from __future__ import annotations

from pathlib import Path

from service.authored import MOST, Refused, digest
from service.contest import held
from service.contest.rules import Rules, instant, parse
from service.desk import Desk
from service.room import Stopped
from service.store import audit
from service.store import contest as store
from service.store.audit import Act
from service.store.engine import Connection


def load(desk: Desk, file: Path) -> str:
    """Take rules in, or in place of those that are not frozen; what was done. `Stopped` when it can't be."""
    with file.open("rb") as body:
        text = body.read(MOST + 1)
    try:
        rules = parse(text)
    except Refused as error:
        raise Stopped(422, str(error)) from error
    if file.stem != rules.slug:
        raise Stopped(422, f"文件名要和 slug 一样：{rules.slug}.yml。")
    return desk.store.write(lambda c: _put(c, desk, rules, text))


def _put(connection: Connection, desk: Desk, rules: Rules, text: bytes) -> str:
    row, made = store.by_slug(connection, rules.slug), digest(text)
    if row is not None and row.sha256 == made:
        return f"{rules.slug}：没有变（{made}）。"
    if row is not None and row.frozen:
        raise Stopped(409, f"{rules.slug} 的规则已经定了，不能再改。定下的校验值是 {row.sha256}。")
    values = {"slug": rules.slug, "sha256": made, "rules": text.decode()}
    if row is None:
        number = store.add(connection, store.contests, **values, frozen=0, made=desk.clock())
    else:
        number = row.id
        store.change(connection, store.contests, number, **values)
    act = Act("", "contest.load", f"contest:{number}", detail={"sha256": made})
    audit.record(connection, desk.clock(), act)
    return f"{rules.slug}：收下了，还没有定（{made}）。看过没有错，再 weike service contest freeze {rules.slug}。"


def freeze(desk: Desk, slug: str) -> str:
    """Freeze rules before anything opens: from now on they can't change."""

    def put(connection: Connection) -> str:
        contest, now = held.by_slug(connection, slug, frozen=False), desk.clock()
        if contest.row.frozen:
            return f"{slug} 早就定了，校验值 {contest.row.sha256}。"
        if now >= instant(contest.rules.opens):
            raise Stopped(409, f"开始时间 {contest.rules.opens} 已经过了：规则要在开始以前定。")
        store.change(connection, store.contests, contest.id, frozen=now)
        told = {"sha256": contest.row.sha256}
        audit.record(
            connection, now, Act("", "contest.freeze", f"contest:{contest.id}", detail=told)
        )
        return (
            f"{slug} 的规则定了，校验值 {contest.row.sha256}。到 {contest.rules.opens} 自动开始。"
        )

    return desk.store.write(put)


def listed(desk: Desk) -> list[str]:
    """What contests there are, a line each."""
    with desk.store.read() as connection:
        found = [held.read(row) for row in store.where(connection, store.contests)]
    now = desk.clock()
    return [f"{c.rules.slug}\t{c.state(now)}\t{c.row.sha256}\t{c.rules.title}" for c in found]
