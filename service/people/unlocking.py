"""A page that was left alone is locked; its owner opens it again by a passkey or a short number.

The number holds for one browser: it is judged together with a secret that only this browser has, so that
neither is of use alone. Five wrong tries, and the password is asked for. It may be drawn as a pattern on
nine dots: then it is the numbers of the dots, and may be typed as well.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any

from fastapi import Form
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from service import proofs
from service.desk import Desk
from service.people import dots, passkeys
from service.people.login import confirmed, inner
from service.people.passkeys import Done, Told
from service.roles import ANYONE, HALFWAY, SIGNED_IN
from service.room import Asks, AtDesk, Room, Stopped, Visitor, cookie_name, device_name
from service.store import audit, people
from service.store.audit import Act
from service.store.engine import Connection
from service.store.people import User
from service.web.pages import page

room = Room("people")
TRIES, SHORTEST, LONGEST, DAYS = 5, 6, 12, 90
OPEN = "这个页面没有锁。"


@room.post("/lock", HALFWAY)
def lock(asks: Asks, desk: AtDesk) -> Response:
    """Lock this page now. Who has no quick way back in signs in again."""
    desk.act(lambda c: people.lock(c, asks.token), Act(asks.actor, "lock"))
    return RedirectResponse("/unlock", 303)


@room.get("/here", SIGNED_IN, status_code=204)
def here() -> None:
    """Somebody is typing: the page is not locked meanwhile."""


@room.get("/unlock", ANYONE)
def form(request: Request, asks: Asks, desk: AtDesk, to: str = "/") -> Response:
    """The page that opens it again."""
    if asks.locked is None:
        return RedirectResponse(inner(to), 303)
    return _page(request, desk, asks.locked, inner(to))


@room.post("/unlock", ANYONE, rate="20/minute")
def unlock(
    request: Request,
    pin: Annotated[str, Form(max_length=LONGEST)],
    asks: Asks,
    desk: AtDesk,
    to: Annotated[str, Form(max_length=200)] = "/",
) -> Response:
    """Judge the short number."""
    user = _of(asks)
    left = desk.store.write(lambda c: _judge(c, request, desk, asks, pin))
    if left is None:
        return RedirectResponse(inner(to), 303)
    if left > 0:
        return _page(request, desk, user, inner(to), f"不对，还可以试 {left} 次。", 401)
    answer = page(request, "message.html", 401, text="试错太多次，请用密码登录。", where="/login")
    answer.delete_cookie(cookie_name(desk.settings.secure), path="/")
    return answer


def _judge(
    connection: Connection, request: Request, desk: Desk, asks: Visitor, pin: str
) -> int | None:
    """None when it is right; else how many tries are left. After the last one the session is over."""
    user, given = _of(asks), _device(request, desk)
    device, now = proofs.kept(given), desk.clock()
    held = people.pin(connection, device, user.id)
    if held is None:
        raise Stopped(409, "这台设备没有设短密码。", "/unlock")
    right = desk.passwords.right(held.verifier, pin + given)
    failed = 0 if right else held.failed + 1
    people.pin_failed(connection, device, failed)
    if right:
        people.touch(connection, asks.token, now)
    elif failed >= TRIES:
        people.drop_pin(connection, device)
        people.close_session(connection, asks.token)
    told = Act(str(user.id), "unlock", outcome="done" if right else "wrong")
    audit.record(connection, now, told)
    return None if right else TRIES - failed


@room.post("/unlock/options", ANYONE, gives=passkeys.ASKED, rate="20/minute")
def options(asks: Asks, desk: AtDesk) -> Response:
    """What the browser needs to show a passkey; the device asks for finger, face or its own number."""
    return JSONResponse(passkeys.show(desk, _of(asks), asks.token, alone=True))


@room.post("/unlock/passkey", ANYONE, rate="20/minute")
def by_passkey(told: Told, asks: Asks, desk: AtDesk) -> Done:
    """Judge the passkey."""
    user = _of(asks)

    def judge(connection: Connection) -> None:
        passkeys.judged(connection, desk, user, asks.token, told, alone=True)
        people.touch(connection, asks.token, desk.clock(), second=True)
        audit.record(connection, desk.clock(), Act(str(user.id), "unlock"))

    try:
        desk.store.write(judge)
    except Stopped:
        desk.note(Act(str(user.id), "unlock", outcome="wrong"))
        raise
    return Done()


@room.post("/account/pin", SIGNED_IN)
def put(
    request: Request,
    pin: Annotated[str, Form(max_length=40)],
    password: Annotated[str, Form(max_length=200)],
    asks: Asks,
    desk: AtDesk,
    drawn: Annotated[bool, Form()] = False,
) -> Response:
    """Let a short number or a pattern unlock this browser. Only who knows the password may."""
    user = asks.known
    if not confirmed(desk, user, password, "pin"):
        raise Stopped(401, "密码不对，没有设。", "/account")
    if why := dots.fault(pin) if drawn else fault(pin):
        raise Stopped(422, why, "/account")
    given = _device(request, desk) or proofs.token()
    verifier, agent = desk.passwords.hash(pin + given), request.headers.get("user-agent", "")[:120]
    desk.act(
        lambda c: people.put_pin(
            c, proofs.kept(given), user.id, verifier, desk.clock(), agent, drawn
        ),
        Act(asks.actor, "pin"),
    )
    answer = RedirectResponse("/account", 303)
    answer.set_cookie(
        device_name(desk.settings.secure),
        given,
        max_age=DAYS * 86_400,
        path="/",
        secure=desk.settings.secure,
        httponly=True,
        samesite="strict",
    )
    return answer


@room.post("/account/pin/off", SIGNED_IN)
def off(asks: Asks, desk: AtDesk) -> Response:
    """No short number opens anything any more."""
    desk.act(lambda c: people.drop_pins(c, asks.known.id), Act(asks.actor, "pin.off"))
    return RedirectResponse("/account", 303)


def fault(pin: str) -> str:
    """What is wrong with a short number, in Chinese; empty when nothing is."""
    if not (pin.isascii() and pin.isdigit() and SHORTEST <= len(pin) <= LONGEST):
        return f"短密码用 {SHORTEST} 到 {LONGEST} 位数字。"
    steps = {(ord(b) - ord(a)) % 10 for a, b in pairwise(pin)}
    if len(set(pin)) < 3 or (len(steps) == 1 and steps <= {0, 1, 9}) or dots.weak(pin):
        return "这个短密码太好猜了，换一个。"
    return ""


def _of(asks: Visitor) -> User:
    if asks.locked is None:
        raise Stopped(409, OPEN, "/")
    return asks.locked


def _device(request: Request, desk: Desk) -> str:
    return request.cookies.get(device_name(desk.settings.secure), "")


def _page(
    request: Request, desk: Desk, user: User, to: str, wrong: str = "", status: int = 200
) -> Response:
    with desk.store.read() as connection:
        pin = people.pin(connection, proofs.kept(_device(request, desk)), user.id)
        keys = people.passkeys_of(connection, user.id)
    view: dict[str, Any] = {"who": user, "to": to, "wrong": wrong}
    view |= {"pin": bool(pin), "drawn": bool(pin and pin.drawn), "keys": bool(keys)}
    return page(request, "unlock.html", status, **view)
