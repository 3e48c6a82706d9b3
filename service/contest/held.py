"""Contests as they stand: their rules, read from the very bytes that were frozen, and who may do what in them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from service.authored import digest
from service.contest.rules import Rules, instant, parse
from service.desk import Desk
from service.roles import EDITOR
from service.room import Stopped, Visitor
from service.store import contest as store
from service.store import deeds
from service.store.engine import Connection
from service.store.people import User

NONE = "没有这个大赛。"
PURPOSE = "contest"


@dataclass(frozen=True, slots=True)
class Contest:
    """A contest: its row and its rules."""

    row: Any
    rules: Rules

    @property
    def id(self) -> int:
        """Its number."""
        return int(self.row.id)

    def open(self, now: int) -> bool:
        """Whether works come in."""
        closes = self.rules.closes
        begun = bool(self.row.frozen) and now >= instant(self.rules.opens)
        return begun and (not closes or now < instant(closes))

    def closed(self, now: int) -> bool:
        """Whether works may be collected for judging; a rolling one may at any time."""
        closes = self.rules.closes
        return now >= instant(closes) if closes else now >= instant(self.rules.opens)

    def state(self, now: int) -> str:
        """What it is at, in Chinese."""
        if not self.row.frozen:
            return "规则没有定"
        if now < instant(self.rules.opens):
            return "还没开始"
        return "正在征集" if self.open(now) else "征集结束"


def read(row: Any) -> Contest:
    """A contest from its row; `Stopped` when its rules are not those that were hashed."""
    text = row.rules.encode()
    if digest(text) != row.sha256:
        raise Stopped(500, "这个大赛的规则和它的校验值对不上，停用。请告诉管理员。")
    return Contest(row, parse(text))


def by_slug(connection: Connection, slug: str, frozen: bool = True) -> Contest:
    """A contest by its name; `Stopped` when there is none that may be seen."""
    row = store.by_slug(connection, slug)
    if row is None or (frozen and not row.frozen):
        raise Stopped(404, NONE)
    return read(row)


def by_id(connection: Connection, number: int) -> Contest:
    """A contest by its number."""
    row = store.one(connection, store.contests, number)
    if row is None:
        raise Stopped(404, NONE)
    return read(row)


def runs(user: User | None, rules: Rules) -> bool:
    """Whether somebody is of the office that runs the contest."""
    return user is not None and EDITOR in user.roles and user.org == rules.office


def staff(asks: Visitor, contest: Contest) -> Contest:
    """The contest, for those who run it; for others there is none."""
    if not runs(asks.user, contest.rules):
        raise Stopped(404, NONE)
    return contest


def seal(desk: Desk, what: str, told: Any) -> str:
    """Seal what only those who must may read. `what` binds it, as `work:17`."""
    return desk.sealer(PURPOSE).seal(json.dumps(told, ensure_ascii=False), what)


def unseal(desk: Desk, what: str, sealed: str) -> Any:
    """What was sealed."""
    return json.loads(desk.sealer(PURPOSE).open(sealed, what)) if sealed else {}


def once(
    connection: Connection,
    desk: Desk,
    asks: Visitor,
    told: tuple[str, str],
    make: Callable[[], str],
) -> str:
    """Do something once for one key of a form; the answer, given again when it was done. `told`: verb, key."""
    verb, key = told
    if not key:
        return make()
    name = hashlib.sha256(f"{asks.actor or asks.address}|{verb}|{key}".encode()).hexdigest()
    if (known := deeds.done(connection, name)) is not None:
        return known
    answer = make()
    deeds.keep(connection, name, desk.clock(), answer)
    return answer
