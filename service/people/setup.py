"""Links for one use: the first administrator's, a new user's, and that of whoever lost a password."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from service import proofs
from service.desk import Desk
from service.people.login import put_cookie
from service.roles import ADMIN, ANYONE, AUDITOR, NAMES, SECURITY
from service.room import AtDesk, Room, Stopped
from service.store import audit, people
from service.store.audit import Act
from service.store.engine import Connection
from service.web.pages import page

room = Room("people")
FIRST, INVITED = "first", "invited"
HOURS = {FIRST: 24, INVITED: 72}
OVER = "这个链接用过了，或者过期了。请管理员再发一个。"


def first_link(desk: Desk) -> str:
    """The path that makes the first administrator; empty when there are users already."""
    given = proofs.token()

    def put(connection: Connection) -> str:
        if people.count(connection):
            return ""
        until = desk.clock() + HOURS[FIRST] * 3_600_000
        people.put_ticket(connection, proofs.kept(given), FIRST, None, until)
        audit.record(connection, desk.clock(), Act("", "setup.link"))
        return f"/setup/{given}"

    return desk.store.write(put)


def invite(connection: Connection, user: int, now: int) -> str:
    """A path by which a user sets a password; older ones hold no more."""
    given = proofs.token()
    people.drop_tickets(connection, user, INVITED)
    people.put_ticket(
        connection, proofs.kept(given), INVITED, user, now + HOURS[INVITED] * 3_600_000
    )
    return f"/welcome/{given}"


@room.get("/setup/{given}", ANYONE, rate="60/minute")
def setup_form(given: str, request: Request, desk: AtDesk) -> Response:
    """The page that makes the first administrator."""
    _held(desk, given, FIRST)
    return page(request, "setup.html", wrong="", login="", name="", security="", auditor="")


@room.post("/setup/{given}", ANYONE, rate="20/minute")
def setup(
    given: str,
    request: Request,
    login: Annotated[str, Form(max_length=64)],
    name: Annotated[str, Form(max_length=40)],
    password: Annotated[str, Form(max_length=200)],
    security: Annotated[str, Form(max_length=64)],
    auditor: Annotated[str, Form(max_length=64)],
    desk: AtDesk,
) -> Response:
    """Make the three keepers: the system administrator, signed in at once, and links for the other two."""
    logins = (login.strip(), security.strip(), auditor.strip())
    if wrong := _faults(logins, password):
        view = {"login": login, "name": name, "security": security, "auditor": auditor}
        return page(request, "setup.html", 422, wrong=wrong, **view)
    now, hashed, session = desk.clock(), desk.passwords.hash(password), proofs.token()

    def make(connection: Connection) -> list[tuple[str, str, str]]:
        if people.take_ticket(connection, proofs.kept(given), FIRST, now) is None:
            raise Stopped(410, OVER)
        if people.count(connection):
            raise Stopped(409, "已经有管理员了。")
        made = []
        for one, role in zip(logins, (ADMIN, SECURITY, AUDITOR), strict=True):
            called = name.strip() if role == ADMIN else NAMES[role]
            user = people.add_user(connection, one, called, "", "", now)
            people.grant(connection, user, [role])
            audit.record(connection, now, Act("", "setup", f"user:{user}", detail={"role": role}))
            if role == ADMIN:
                people.change(connection, user, password=hashed, changed=now)
                held = proofs.kept(session)
                people.open_session(connection, held, user, now, "", second=False)
            else:
                made.append((one, called, desk.settings.origin + invite(connection, user, now)))
        return made

    answer = page(request, "invited.html", links=desk.store.write(make))
    put_cookie(answer, desk, session)
    return answer


def _faults(logins: tuple[str, ...], password: str) -> str:
    wrong = next((fault for one in logins if (fault := proofs.name_fault(one))), "")
    if not wrong and len(set(logins)) < len(logins):
        wrong = "三位管理员要由三个人担任，用户名不能相同。"
    return wrong or proofs.fault(password, logins[0])


@room.get("/welcome/{given}", ANYONE, rate="60/minute")
def welcome_form(given: str, request: Request, desk: AtDesk) -> Response:
    """The page on which an invited user sets a password."""
    user = _held(desk, given, INVITED)
    with desk.store.read() as connection:
        found = people.find(connection, [user])[0]
    return page(request, "welcome.html", wrong="", who=found)


@room.post("/welcome/{given}", ANYONE, rate="20/minute")
def welcome(
    given: str,
    request: Request,
    password: Annotated[str, Form(max_length=200)],
    desk: AtDesk,
) -> Response:
    """Set the password of an invited user; whatever sessions there were end."""
    user = _held(desk, given, INVITED)
    with desk.store.read() as connection:
        found = people.find(connection, [user])[0]
    if wrong := proofs.fault(password, found.login):
        return page(request, "welcome.html", 422, wrong=wrong, who=found)
    now, hashed = desk.clock(), desk.passwords.hash(password)

    def put(connection: Connection) -> None:
        if people.take_ticket(connection, proofs.kept(given), INVITED, now) is None:
            raise Stopped(410, OVER)
        people.change(connection, user, password=hashed, changed=now, failed=0, locked=0)
        people.close_sessions(connection, user)
        people.drop_pins(connection, user)

    desk.act(put, Act(str(user), "password.set", f"user:{user}"))
    return RedirectResponse("/login", 303)


def _held(desk: Desk, given: str, purpose: str) -> int:
    with desk.store.read() as connection:
        found = people.look_ticket(connection, proofs.kept(given), purpose, desk.clock())
    if found is None:
        raise Stopped(410, OVER)
    return int(found.user or 0)
