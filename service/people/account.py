"""One's own account: password, second factor, sessions."""

from __future__ import annotations

from typing import Annotated, Any

import segno
from fastapi import Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from service import proofs
from service.people.login import confirmed
from service.roles import HALFWAY, NAMES, SIGNED_IN
from service.room import Asks, AtDesk, Room, Stopped, Visitor, device_name
from service.store import audit, outbox, people
from service.store.audit import Act
from service.store.engine import Connection
from service.web.pages import page

room = Room("people")
MENU = (("/account", "我的账号", frozenset(NAMES)),)
PENDING, MINUTES = "totp", 15
MARK = 16  # letters of a session's hash that name it to its owner


@room.get("/account", SIGNED_IN)
def account(request: Request, asks: Asks, desk: AtDesk) -> Response:
    """What there is of oneself."""
    me = asks.known.id
    device = proofs.kept(request.cookies.get(device_name(desk.settings.secure), ""))
    with desk.store.read() as connection:
        view: dict[str, Any] = {
            "keys": people.passkeys_of(connection, me),
            "digits": bool(people.secret(connection, me).totp),
            "pins": people.pins_of(connection, me),
            "here": people.pin(connection, device, me),
            "notices": [outbox.shown(r) for r in outbox.of_user(connection, me, outbox.PAGE, 5)],
            "sessions": [
                {**row._asdict(), "here": row.token == asks.token, "mark": row.token[:MARK]}
                for row in people.sessions_of(connection, me)
            ],
        }
    return page(request, "account.html", days=desk.settings.password_days, **view)


@room.get("/account/password", HALFWAY)
def password_form(request: Request) -> Response:
    """The page to change the password."""
    return _password(request)


@room.post("/account/password", HALFWAY)
def password(
    request: Request,
    old: Annotated[str, Form(max_length=200)],
    new: Annotated[str, Form(max_length=200)],
    asks: Asks,
    desk: AtDesk,
) -> Response:
    """Change it; all other sessions end. Wrong old ones count as wrong tries."""
    user = asks.known
    if not confirmed(desk, user, old, "password"):
        return _password(request, 401, "原来的密码不对。")
    wrong = "新密码和原来的一样。" if old == new else proofs.fault(new, user.login)
    if wrong:
        return _password(request, 422, wrong)
    hashed = desk.passwords.hash(new)

    def put(connection: Connection) -> None:
        people.change(connection, user.id, password=hashed, changed=desk.clock())
        people.close_sessions(connection, user.id, asks.token)
        people.drop_pins(connection, user.id)

    desk.act(put, Act(asks.actor, "password"))
    return RedirectResponse("/account", 303)


@room.get("/account/second", HALFWAY)
def second_form(request: Request, asks: Asks, desk: AtDesk) -> Response:
    """The page that sets up six digits: a square code for the phone. Only who has shown the old one may change."""
    _fresh(asks)
    secret = proofs.new_totp()
    until = desk.clock() + MINUTES * 60_000
    sealed = desk.sealer("totp").seal(secret, asks.actor)

    def keep(connection: Connection) -> None:
        people.drop_tickets(connection, asks.known.id, PENDING)
        people.put_ticket(
            connection, proofs.kept(asks.token), PENDING, asks.known.id, until, sealed
        )

    desk.store.write(keep)
    address = proofs.totp_address(secret, asks.known.login, "微课配套服务")
    code = segno.make(address, micro=False).svg_data_uri(scale=5, border=2)
    return page(request, "totp.html", wrong="", code=code, secret=secret)


@room.post("/account/second", HALFWAY)
def second(
    request: Request,
    code: Annotated[str, Form(max_length=12)],
    asks: Asks,
    desk: AtDesk,
) -> Response:
    """Keep the six digits once the phone shows the right ones."""
    _fresh(asks)

    def keep(connection: Connection) -> bool:
        found = people.look_ticket(connection, proofs.kept(asks.token), PENDING, desk.clock())
        if found is None or found.user != asks.known.id:
            raise Stopped(410, "过了时间，请重新开始。", "/account/second")
        secret = desk.sealer("totp").open(found.data, asks.actor)
        step = proofs.totp_step(secret, code, desk.clock() // 1000, 0)
        if not step:
            return False
        people.drop_tickets(connection, asks.known.id, PENDING)
        people.change(connection, asks.known.id, totp=found.data, totp_step=step)
        people.touch(connection, asks.token, desk.clock(), second=True)
        audit.record(connection, desk.clock(), Act(asks.actor, "second.set"))
        return True

    if desk.store.write(keep):
        return RedirectResponse("/account", 303)
    raise Stopped(422, "六位数字不对，请重新扫一次再填。", "/account/second")


@room.post("/account/sessions", SIGNED_IN)
def end_others(
    asks: Asks, desk: AtDesk, session: Annotated[str, Form(max_length=MARK)] = ""
) -> Response:
    """End one other session, or all but this one."""

    def end(connection: Connection) -> None:
        if not session:
            people.close_sessions(connection, asks.known.id, asks.token)
        for row in people.sessions_of(connection, asks.known.id):
            if session and row.token[:MARK] == session:
                people.close_session(connection, row.token)

    desk.act(end, Act(asks.actor, "sessions"))
    return RedirectResponse("/account", 303)


def _password(request: Request, status: int = 200, wrong: str = "") -> Response:
    told: Visitor = request.state.visitor
    days = request.app.state.desk.settings.password_days
    return page(request, "password.html", status, wrong=wrong, old=told.old, days=days)


def _fresh(asks: Visitor) -> None:
    if asks.known.second and not asks.second:
        raise Stopped(403, "请先用原来的第二步验证。", "/second")
