"""Users and their roles. The system administrator keeps users; the security administrator gives rights."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import File, Form, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from service.people import reach
from service.people.login import shut
from service.people.setup import invite
from service.proofs import name_fault
from service.roles import ADMIN, NAMES, SECURITY, clash, may
from service.room import Asks, AtDesk, Room, Stopped
from service.store import audit, people
from service.store.audit import Act
from service.store.engine import Connection
from service.web.pages import page

room = Room("people")
KEEP, RIGHTS = may(ADMIN, SECURITY), may(SECURITY)
MENU = (("/users", "用户", frozenset({ADMIN, SECURITY})),)
HEADS = ("用户名", "姓名", "单位", "邮箱", "平台账号")


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of a list of users."""

    login: str
    name: str
    org: str
    mail: str
    platform: str = ""


@room.get("/users", KEEP)
def listing(request: Request, desk: AtDesk) -> Response:
    """All users."""
    with desk.store.read() as connection:
        found = people.find(connection)
        locked = {n: shut(s, desk.clock()) for n, s in people.secrets(connection).items()}
    return page(request, "users.html", users=found, locked=locked, platforms=_names(desk))


def _names(desk: AtDesk) -> list[str]:
    return [p.name for p in desk.settings.platforms]


@room.post("/users", may(ADMIN))
def add(
    request: Request,
    login: Annotated[str, Form(max_length=64)],
    name: Annotated[str, Form(max_length=40)],
    desk: AtDesk,
    asks: Asks,
    org: Annotated[str, Form(max_length=64)] = "",
    mail: Annotated[str, Form(max_length=120)] = "",
    platform: Annotated[str, Form(max_length=90)] = "",
) -> Response:
    """Add one user and show the link for a first password. It is shown once."""
    links = add_all(desk, asks.actor, [Listed(login, name, org, mail, platform.strip())])
    return page(request, "invited.html", links=links)


@room.post("/users/list", may(ADMIN), most=reach.SHEET)
def add_list(
    request: Request, sheet: Annotated[UploadFile, File()], desk: AtDesk, asks: Asks
) -> Response:
    """Add users from an Excel list: all of them or none."""
    links = add_all(desk, asks.actor, list(read_list(sheet.file.read())))
    return page(request, "invited.html", links=links)


@room.post("/users/{user}/link", may(ADMIN))
def link(request: Request, user: int, desk: AtDesk, asks: Asks) -> Response:
    """A new link for somebody who lost the password; the old password holds until it is used."""
    found = reach.one(desk, user)
    path = desk.act(
        lambda c: invite(c, user, desk.clock()), Act(asks.actor, "user.link", f"user:{user}")
    )
    return page(
        request, "invited.html", links=[(found.login, found.name, desk.settings.origin + path)]
    )


@room.post("/users/{user}/active", may(ADMIN))
def active(user: int, on: Annotated[bool, Form()], desk: AtDesk, asks: Asks) -> Response:
    """Shut somebody out, or let them in again. Nobody shuts out themselves or the last of a keeper's role."""
    found = reach.one(desk, user)
    if not on:
        _spare(desk, asks.known.id, found)

    def put(connection: Connection) -> None:
        people.change(connection, user, active=int(on))
        people.close_sessions(connection, user)

    desk.act(put, Act(asks.actor, "user.on" if on else "user.off", f"user:{user}"))
    return RedirectResponse("/users", 303)


@room.post("/users/{user}/unlock", RIGHTS)
def unlock(user: int, desk: AtDesk, asks: Asks) -> Response:
    """Forget wrong tries."""
    reach.one(desk, user)
    desk.act(
        lambda c: people.change(c, user, failed=0, locked=0),
        Act(asks.actor, "user.unlock", f"user:{user}"),
    )
    return RedirectResponse("/users", 303)


@room.post("/users/{user}/second", RIGHTS)
def forget_second(user: int, desk: AtDesk, asks: Asks) -> Response:
    """Somebody lost the phone: the second factor is set up anew at the next login."""
    reach.one(desk, user)

    def drop(connection: Connection) -> None:
        people.change(connection, user, totp="", totp_step=0)
        people.drop_passkeys(connection, user)
        people.close_sessions(connection, user)

    desk.act(drop, Act(asks.actor, "user.second", f"user:{user}"))
    return RedirectResponse("/users", 303)


@room.post("/users/{user}/roles", RIGHTS)
def grant(
    user: int,
    desk: AtDesk,
    asks: Asks,
    role: Annotated[list[str], Form()] = [],  # noqa: B006  # FastAPI copies it
) -> Response:
    """Give somebody just these roles; nobody gives themselves any."""
    found = reach.one(desk, user)
    if unknown := set(role) - set(NAMES):
        raise Stopped(422, f"没有这种角色：{'、'.join(sorted(unknown))}。")
    if user == asks.known.id:
        raise Stopped(403, "不能改自己的角色，请另一位安全管理员来改。")
    if why := clash(role):
        raise Stopped(409, why)
    if found.roles - set(role):
        _spare(desk, asks.known.id, found, frozenset(role))

    def put(connection: Connection) -> None:
        people.grant(connection, user, sorted(role))
        people.close_sessions(connection, user)

    desk.act(put, Act(asks.actor, "user.roles", f"user:{user}", detail={"roles": sorted(role)}))
    return RedirectResponse("/users", 303)


def add_all(desk: AtDesk, actor: str, listed: Iterable[Listed]) -> list[tuple[str, str, str]]:
    """Add users; login, name and link of each. `Stopped` names every fault, and then nobody is added."""
    rows, now = list(listed), desk.clock()
    faults = [f"{r.login or '（空）'}：{name_fault(r.login)}" for r in rows if name_fault(r.login)]
    faults += [f"{r.login}：没有姓名。" for r in rows if not r.name.strip()]
    known = desk.settings.platforms
    faults += [f"{r.login}：{why}" for r in rows if (why := reach.fault(r.platform, known))]
    twice = {r.login for r in rows if sum(o.login == r.login for o in rows) > 1}
    faults += [f"{login}：写了两次。" for login in sorted(twice)]
    if faults:
        raise Stopped(422, "\n".join(faults[:20]))

    def put(connection: Connection) -> list[tuple[str, str, str]]:
        taken = [r.login for r in rows if people.by_login(connection, r.login)]
        if taken:
            raise Stopped(409, f"用户名已经有人用：{'、'.join(taken[:20])}。")
        made = []
        for row in rows:
            user = people.add_user(
                connection, row.login, row.name.strip(), row.org, row.mail, now, row.platform
            )
            audit.record(connection, now, Act(actor, "user.add", f"user:{user}"))
            made.append((row.login, row.name, desk.settings.origin + invite(connection, user, now)))
        return made

    return desk.store.write(put)


def read_list(data: bytes) -> Iterable[Listed]:
    """The lines of an Excel list of new users; `Stopped` when it can't be read."""
    for told in reach.lines(data, {"用户名", "姓名"}, HEADS):
        yield Listed(*(told.get(h, "") for h in HEADS))


def _spare(
    desk: AtDesk, actor: int, found: people.User, left: frozenset[str] = frozenset()
) -> None:
    """Somebody must be left to keep users, to give rights and to read the record."""
    if found.id == actor:
        raise Stopped(403, "不能停用自己。")
    with desk.store.read() as connection:
        others = [u for u in people.find(connection) if u.id != found.id and u.active]
    for role in sorted(found.roles & {ADMIN, SECURITY} - left):
        if not any(role in u.roles for u in others):
            raise Stopped(409, f"这是最后一位{NAMES[role]}，先指定别人。")
