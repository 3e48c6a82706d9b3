"""Signing in: a password, then a second factor from those who need one; and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from service import proofs
from service.desk import Desk
from service.roles import ANYONE, HALFWAY, PRIVILEGED
from service.room import Asks, AtDesk, Room, Stopped, cookie_name
from service.store import audit, people
from service.store.audit import Act
from service.store.engine import Connection
from service.store.people import Secret, User
from service.web.pages import page

room = Room("people")
TRIES = 5  # wrong ones, then the door is shut
SHUT = (1, 5, 15, 60)  # minutes, longer each time
WRONG = "用户名或密码不对。"
LOCKED = "试错太多次，先锁住了。过一会儿再试，或请安全管理员解锁。"


@room.get("/login", ANYONE)
def form(request: Request, asks: Asks, to: str = "/") -> Response:
    """The page to sign in."""
    if asks.user:
        return RedirectResponse(inner(to), 303)
    return page(request, "login.html", to=inner(to), wrong="")


@room.post("/login", ANYONE, rate="30/minute")
def login(
    request: Request,
    name: Annotated[str, Form(alias="login", max_length=64)],
    password: Annotated[str, Form(max_length=200)],
    desk: AtDesk,
    to: Annotated[str, Form(max_length=200)] = "/",
) -> Response:
    """Judge a password. Whoever fails learns nothing but that it failed."""
    agent = request.headers.get("user-agent", "")[:120]
    now = desk.clock()
    with desk.store.read() as connection:
        found = people.by_login(connection, name.strip())
        held = people.secret(connection, found.id) if found else None
    right = desk.passwords.right(held.password if held else "", password)
    if held is not None and found is not None and shut(held, now):
        desk.note(Act(str(found.id), "login", outcome="locked"))
        raise Stopped(429, LOCKED)
    if not right or found is None or held is None or not found.active:
        _missed(desk, found)
        return page(request, "login.html", 401, to=inner(to), wrong=WRONG)
    given = proofs.token()

    def enter(connection: Connection) -> None:
        people.change(connection, found.id, failed=0, locked=0)
        if desk.passwords.weak(held.password):
            people.change(connection, found.id, password=desk.passwords.hash(password))
        people.open_session(connection, proofs.kept(given), found.id, now, agent, second=False)

    desk.act(enter, Act(str(found.id), "login"))
    answer = RedirectResponse(_next(desk, found, held, now, inner(to)), 303)
    put_cookie(answer, desk, given)
    return answer


@room.post("/logout", HALFWAY)
def logout(asks: Asks, desk: AtDesk) -> Response:
    """End this session."""
    desk.act(lambda c: people.close_session(c, asks.token), Act(asks.actor, "logout"))
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(cookie_name(desk.settings.secure), path="/")
    return answer


@room.post("/leave", ANYONE)
def leave(request: Request, desk: AtDesk) -> Response:
    """End a session that is locked: somebody else signs in."""
    if given := request.cookies.get(cookie_name(desk.settings.secure), ""):
        desk.store.write(lambda c: people.close_session(c, proofs.kept(given)))
    answer = RedirectResponse("/login?to=/", 303)
    answer.delete_cookie(cookie_name(desk.settings.secure), path="/")
    return answer


@room.get("/second", HALFWAY)
def second_form(request: Request, asks: Asks, desk: AtDesk) -> Response:
    """The page of the second factor: six digits, or a passkey; to set one up where there is none."""
    if asks.second:
        return RedirectResponse("/", 303)
    if not asks.known.second:
        return RedirectResponse("/account/second", 303)
    with desk.store.read() as connection:
        digits = bool(people.secret(connection, asks.known.id).totp)
        keys = bool(people.passkeys_of(connection, asks.known.id))
    return page(request, "second.html", wrong="", digits=digits, keys=keys)


@room.post("/second", HALFWAY, rate="20/minute")
def second(
    request: Request,
    code: Annotated[str, Form(max_length=12)],
    asks: Asks,
    desk: AtDesk,
) -> Response:
    """Judge six digits."""

    def judge(connection: Connection) -> bool:
        held = people.secret(connection, asks.known.id)
        if shut(held, desk.clock()):
            raise Stopped(429, LOCKED)
        secret = desk.sealer("totp").open(held.totp, str(held.user)) if held.totp else ""
        step = proofs.totp_step(secret, code, desk.clock() // 1000, held.totp_step) if secret else 0
        if step:
            people.change(connection, held.user, totp_step=step, failed=0)
            people.touch(connection, asks.token, desk.clock(), second=True)
        else:
            miss(connection, held, desk.clock())
        audit.record(
            connection,
            desk.clock(),
            Act(asks.actor, "second", outcome="done" if step else "wrong"),
        )
        return bool(step)

    if desk.store.write(judge):
        return RedirectResponse("/", 303)
    view = {
        "wrong": "六位数字不对，或者已经用过。等下一个再试。手机的时间要准。",
        "digits": True,
        "keys": False,
    }
    return page(request, "second.html", 401, **view)


def put_cookie(answer: Response, desk: Desk, given: str) -> None:
    """Hand the browser its session."""
    answer.set_cookie(
        cookie_name(desk.settings.secure),
        given,
        max_age=desk.settings.session_hours * 3600,
        path="/",
        secure=desk.settings.secure,
        httponly=True,
        samesite="lax",
    )


def inner(to: str) -> str:
    """An address of ours, whatever was asked for."""
    return to if to.startswith("/") and not to.startswith(("//", "/\\")) else "/"


def shut(held: Secret, now: int) -> bool:
    """Whether the door is shut. It never is for longer than the longest of `SHUT`: a clock was wrong then."""
    return now < held.locked <= now + SHUT[-1] * 60_000


def confirmed(desk: Desk, user: User, given: str, act: str) -> bool:
    """Whether somebody who is signed in knows the password; a wrong one is a wrong try, recorded under `act`.

    `Stopped` when the door is shut.
    """
    with desk.store.read() as connection:
        held = people.secret(connection, user.id)
    if shut(held, desk.clock()):
        raise Stopped(429, LOCKED)
    if desk.passwords.right(held.password, given):
        return True
    desk.act(
        lambda c: miss(c, people.secret(c, user.id), desk.clock()),
        Act(str(user.id), act, outcome="wrong"),
    )
    return False


def miss(connection: Connection, held: Secret, now: int) -> None:
    """Count a wrong try; shut the door when there were too many."""
    failed = held.failed + 1
    over = failed // TRIES
    locked = now + SHUT[min(over, len(SHUT)) - 1] * 60_000 if failed % TRIES == 0 else held.locked
    people.change(connection, held.user, failed=failed, locked=locked)


def _missed(desk: Desk, found: User | None) -> None:
    def count(connection: Connection) -> None:
        if found is not None:
            miss(connection, people.secret(connection, found.id), desk.clock())

    actor = str(found.id) if found else ""
    desk.act(count, Act(actor, "login", outcome="wrong"))


def _next(desk: Desk, found: User, held: Secret, now: int, to: str) -> str:
    days = desk.settings.password_days
    if days and now - held.changed > days * 86_400_000:
        return "/account/password"
    if desk.settings.second_factor and found.roles & PRIVILEGED:
        return "/second"
    return to
