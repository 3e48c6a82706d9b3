"""Where users are reached outside: mail, and an account on a platform. Singly, or from an Excel list."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from io import BytesIO
from typing import Annotated

from fastapi import File, Form, UploadFile
from python_calamine import CalamineError, CalamineWorkbook
from starlette.responses import RedirectResponse, Response

from service.desk import Desk
from service.roles import ADMIN, may
from service.room import Asks, AtDesk, Room, Stopped
from service.settings import Platform
from service.store import audit, people
from service.store.audit import Act
from service.store.engine import Connection

room = Room("people")
SHEET, ROWS = 2 << 20, 2000  # bytes and rows of a list of users
HEADS = {"邮箱": "mail", "平台账号": "platform"}
# One account and no more: `|` parts several, `@all` is everybody of the platform.
ACCOUNT = re.compile(r"(?:[a-z0-9-]{1,20}:)?[^\s|:,@][^\s|:,]{0,63}")


@room.post("/users/reach", may(ADMIN), most=SHEET)
def reach_list(sheet: Annotated[UploadFile, File()], desk: AtDesk, asks: Asks) -> Response:
    """Set mail or platform account of users who are there, from an Excel list: of all of them or of none."""
    told = [
        (row["用户名"], {HEADS[h]: row[h] for h in HEADS if h in row})
        for row in lines(sheet.file.read(), {"用户名"}, ("用户名", *HEADS))
    ]
    known = desk.settings.platforms
    faults = [f"{n}：{why}" for n, v in told if (why := fault(v.get("platform", ""), known))]
    if faults:
        raise Stopped(422, "\n".join(faults[:20]))

    def put(connection: Connection) -> None:
        found = {n: people.by_login(connection, n) for n, _ in told}
        if strange := [n for n, user in found.items() if user is None]:
            raise Stopped(422, f"没有这些用户：{'、'.join(strange[:20])}。")
        for login, values in told:
            user = found[login]
            assert user is not None
            _set(connection, desk, asks.actor, user.id, values)

    desk.store.write(put)
    return RedirectResponse("/users", 303)


@room.post("/users/{user}/reach", may(ADMIN))
def reach(
    user: int,
    desk: AtDesk,
    asks: Asks,
    mail: Annotated[str, Form(max_length=120)] = "",
    platform: Annotated[str, Form(max_length=90)] = "",
) -> Response:
    """Set mail and platform account of one user."""
    one(desk, user)
    if why := fault(platform.strip(), desk.settings.platforms):
        raise Stopped(422, why, "/users")
    values = {"mail": mail.strip(), "platform": platform.strip()}
    desk.store.write(lambda c: _set(c, desk, asks.actor, user, values))
    return RedirectResponse("/users", 303)


def _set(
    connection: Connection, desk: Desk, actor: str, user: int, values: Mapping[str, str]
) -> None:
    if values:
        people.change(connection, user, **values)
        audit.record(connection, desk.clock(), Act(actor, "user.reach", f"user:{user}"))


def fault(account: str, known: Sequence[Platform]) -> str:
    """What is wrong with a platform account, in Chinese; empty when nothing is, or there is none."""
    if not account:
        return ""
    if not ACCOUNT.fullmatch(account) or not account.isprintable():
        return "平台账号只写一个，不能有空格、逗号、竖线，不能以 @ 开头。"
    name, _, _ = account.rpartition(":")
    if name and name not in {p.name for p in known}:
        return f"设置里没有叫 {name} 的平台。"
    return ""


def lines(data: bytes, needed: Collection[str], heads: Sequence[str]) -> Iterator[dict[str, str]]:
    """The lines of an Excel list by the heads of its first row; `Stopped` when it can't be read."""
    said = "、".join(heads)
    try:
        rows = CalamineWorkbook.from_filelike(BytesIO(data)).get_sheet_by_index(0).to_python()
    except (CalamineError, OSError, ValueError, IndexError) as error:
        raise Stopped(422, f"这个表读不出来：请用 xlsx，第一行写 {said}。") from error
    there = [str(cell).strip() for cell in rows[0]] if rows else []
    if not set(needed) <= set(there):
        rest = "、".join(h for h in heads if h not in needed)
        raise Stopped(
            422, f"第一行要有 {' 和 '.join(h for h in heads if h in needed)}，可以有 {rest}。"
        )
    if len(rows) > ROWS:
        raise Stopped(413, f"一次最多 {ROWS} 人。")
    for row in rows[1:]:
        told = {h: _plain(c) for h, c in zip(there, row, strict=False)}
        if any(told.values()):
            yield told


def _plain(cell: object) -> str:
    """A cell as it was typed: a number of an account comes as a float."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def one(desk: Desk, user: int) -> people.User:
    """A user by number; `Stopped` when there is none."""
    with desk.store.read() as connection:
        found = people.find(connection, [user])
    if not found:
        raise Stopped(404, "没有这个用户。")
    return found[0]
