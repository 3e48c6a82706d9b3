"""Programs of the bureau that read with a token: one keeper makes it, another gives it rights, both can end it."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from service import bearers, proofs
from service.roles import ADMIN, CITY, EDITOR, LEADER, NAMES, SECURITY, may
from service.room import Asks, AtDesk, Room, Stopped
from service.store import people, programs
from service.store.audit import Act
from service.store.engine import Connection
from service.store.programs import GRANTED, REVOKED, WAITING, Program
from service.web.pages import page

room = Room("people")
KEEP, MAKE, RIGHTS = may(ADMIN, SECURITY), may(ADMIN), may(SECURITY)
MENU = (("/programs", "程序口令", frozenset({ADMIN, SECURITY})),)
READERS = (EDITOR, CITY, LEADER)  # whose numbers a program may be given
LONGEST, RANGES, DAY = 400, 20, 86_400_000  # days of a token; address ranges of one
STATES = {WAITING: "等给权限", GRANTED: "在用", REVOKED: "停用", "expired": "过期"}
UNIT = re.compile(r"[A-Za-z0-9_-]{0,64}")
OVER = "这个口令已经停用或者过期，不能再给权限。请系统管理员另发一个。"


@room.get("/programs", KEEP)
def listing(request: Request, desk: AtDesk) -> Response:
    """All programs."""
    now = desk.clock()
    with desk.store.read() as connection:
        found = programs.every(connection)
        names = {u.id: u.name for u in people.find(connection, {p.made_by for p in found})}
    rows = [(p, state(p, now)) for p in found]
    return page(
        request, "programs.html", rows=rows, states=STATES, names=names, readers=_readers(desk), longest=LONGEST,
        rate=desk.settings.feed_rate,
    )  # fmt: skip


@room.post("/programs", MAKE)
def make(
    request: Request,
    desk: AtDesk,
    asks: Asks,
    name: Annotated[str, Form(max_length=40)],
    days: Annotated[int, Form(ge=1, le=LONGEST)],
) -> Response:
    """A token for a named program: shown once, without rights until they are given."""
    called = " ".join(name.split())
    if len(called) < 2:
        raise Stopped(422, "写明是哪个系统，至少两个字。")
    given, now = bearers.PREFIX + proofs.token(), desk.clock()

    def put(connection: Connection) -> int:
        if any(p.name == called and state(p, now) in {WAITING, GRANTED} for p in programs.every(connection)):  # fmt: skip
            raise Stopped(409, f"“{called}”已经有一个口令。先停用它，或者换个名字。")
        until = now + days * DAY
        return programs.add(connection, called, proofs.kept(given), until, now, asks.known.id)

    desk.act(put, lambda n: Act(asks.actor, "program.make", f"program:{n}", detail={"days": days}))
    return page(request, "program_made.html", name=called, token=given, days=days)


@room.post("/programs/{number}/grant", RIGHTS)
def grant(
    number: int,
    desk: AtDesk,
    asks: Asks,
    nets: Annotated[str, Form(max_length=2000)],
    role: Annotated[list[str], Form()] = [],  # noqa: B006  # FastAPI copies it
    org: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Let a program read as these roles and this unit, from these addresses alone."""
    roles, ranges, unit = sorted(set(role)), _ranges(nets), org.strip()
    if set(roles) - set(_readers(desk)):
        raise Stopped(422, "这样的权限不能给程序。")
    if not UNIT.fullmatch(unit):
        raise Stopped(422, "单位编号用字母、数字、横线，和 content/orgs.yml 里一样。")
    now = desk.clock()

    def put(connection: Connection) -> None:
        found = one(connection, number)
        if state(found, now) not in {WAITING, GRANTED}:
            raise Stopped(409, OVER)
        if found.made_by == asks.known.id:
            raise Stopped(403, "口令是您发的，要由另一个人给权限。")
        programs.grant(connection, number, (roles, unit, ranges), now, asks.known.id)

    told = {"roles": roles, "org": unit, "nets": ranges}
    desk.act(put, Act(asks.actor, "program.grant", f"program:{number}", detail=told))
    return RedirectResponse("/programs", 303)


@room.post("/programs/{number}/revoke", KEEP)
def revoke(number: int, desk: AtDesk, asks: Asks) -> Response:
    """It reads nothing from now on."""

    def put(connection: Connection) -> None:
        if one(connection, number).state == REVOKED:
            raise Stopped(409, "这个口令已经停用了。")
        programs.revoke(connection, number, desk.clock(), asks.known.id)

    desk.act(put, Act(asks.actor, "program.revoke", f"program:{number}"))
    return RedirectResponse("/programs", 303)


def one(connection: Connection, number: int) -> Program:
    """A program by its number; `Stopped` when there is none."""
    found = programs.one(connection, number)
    if found is None:
        raise Stopped(404, "没有这个程序口令。")
    return found


def state(found: Program, now: int) -> str:
    """How it stands, by the clock too."""
    over = found.state != REVOKED and now >= found.until
    return "expired" if over else found.state


def _readers(desk: AtDesk) -> dict[str, str]:
    """Rights that may be given: none on the internet, where there is nothing but what is public."""
    inside = desk.settings.profile == "intranet"
    return {role: NAMES[role] for role in READERS} if inside else {}


def _ranges(text: str) -> list[str]:
    words = [w for w in re.split(r"[\s,，、;；]+", text) if w]
    if not 1 <= len(words) <= RANGES:
        raise Stopped(422, f"写 1 到 {RANGES} 个地址范围，一行一个。")
    try:
        return list(dict.fromkeys(bearers.net(w) for w in words))
    except ValueError as error:
        raise Stopped(422, str(error)) from None
