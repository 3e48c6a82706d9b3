"""Posts are written, let out, sent back and taken down: each act in one write with its record."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from service.desk import Desk
from service.live import pictures, words
from service.live.pictures import FOLDER, NAME, Picture
from service.live.site import Place, rewrite
from service.live.steps import WAITING, after
from service.room import Stopped
from service.store import audit, deeds, live
from service.store.audit import Act
from service.store.engine import Connection
from service.store.people import User

EMPTY = "写几个字，或者放一张图。"
NO_ALT = "放了图，要写一句图里有什么：看不见图的人靠它。"
LONG = "太长了：最多 {} 字。"


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed and taken. `picture`: a name of a picture that is kept already."""

    title: str = ""
    text: str = ""
    key: bool = False
    alt: str = ""
    picture: str = ""
    width: int = 0
    height: int = 0

    def fault(self) -> str:
        """What is wrong with it, in Chinese."""
        bounds = ((self.title, words.TITLE), (self.text, words.LONGEST), (self.alt, words.ALT))
        for said, most in bounds:
            if len(said) > most:
                return LONG.format(most)
        if not self.text and not self.title and not self.picture:
            return EMPTY
        return NO_ALT if self.picture and not self.alt else ""

    def row(self) -> dict[str, Any]:
        """As the table has it."""
        told = {n: getattr(self, n) for n in ("title", "text", "picture", "width", "height")}
        return told | {"alt": self.alt if self.picture else "", "key": int(self.key)}


def drafted(title: str, text: str, alt: str, *, key: bool, picture: Picture | None) -> Draft:
    """What was typed, as it will stand on the page."""
    made = Draft(words.line(title), words.lines(text), key, words.line(alt))
    if picture is None:
        return made
    shown = (picture.name, picture.width, picture.height)
    return Draft(made.title, made.text, key, made.alt, *shown)


def held(desk: Desk, name: str) -> Picture | None:
    """A picture that was taken in before; None when there is none of this name."""
    file = desk.settings.data / FOLDER / name
    if not NAME.fullmatch(name) or not file.is_file():
        return None
    found = pictures.clean(body := file.read_bytes())
    return Picture(name, found.width, found.height, body)


def post(desk: Desk, user: User, where: Place, draft: Draft, once: str) -> int:
    """A new post, waiting to be let out; the same `once` again makes no second one. Its number."""
    _open(desk, where)
    now = desk.clock()
    deed = hashlib.sha256(f"live {user.id} {once}".encode()).hexdigest() if once else ""

    def put(connection: Connection) -> int:
        before = deeds.done(connection, deed) if deed else None
        if before is not None:
            return int(before)
        row = {"page": where.id, "author": user.id, "made": now, "at": now, "state": WAITING}
        number = live.add(connection, **row, **draft.row())
        if deed:
            deeds.keep(connection, deed, now, str(number))
        audit.record(connection, now, Act(str(user.id), "live.post", f"live:{number}"))
        return number

    return desk.store.write(put)


def edit(desk: Desk, user: User, number: int, draft: Draft, version: int) -> None:
    """The author writes it anew; it waits again."""
    _act(desk, user, number, "edit", version, **draft.row(), said="", reviewer=0)


def approve(desk: Desk, user: User, number: int, version: int, where: Place) -> None:
    """Let it out, as it was read; the page has it when this returns. OSError: let out, but not yet written."""
    _open(desk, where)
    _act(desk, user, number, "approve", version, reviewer=user.id)
    rewrite(desk, where)


def reject(desk: Desk, user: User, number: int, version: int, said: str) -> None:
    """Send it back with a reason."""
    if not (reason := words.line(said)[:200]):
        raise Stopped(422, "退回要写一句原因。")
    _act(desk, user, number, "reject", version, reviewer=user.id, said=reason)


def drop(desk: Desk, user: User, number: int, version: int) -> None:
    """The author wants it no more."""
    _act(desk, user, number, "drop", version)


def remove(desk: Desk, user: User, number: int, version: int, where: Place | None) -> None:
    """Take it off the page, at once; one person is enough for that."""
    _act(desk, user, number, "remove", version)
    if where is not None:
        rewrite(desk, where)


def end(desk: Desk, user: User, where: Place, *, on: bool) -> None:
    """Say on the page that it is over, or that it goes on."""
    act = Act(str(user.id), "live.end" if on else "live.resume", where.id)
    desk.act(lambda c: live.end(c, where.id, desk.clock(), on=on), act)
    rewrite(desk, where)


def _act(desk: Desk, user: User, number: int, verb: str, version: int, **values: Any) -> None:
    def put(connection: Connection) -> None:
        state = after(live.find(connection, number), verb, user, version)
        live.change(connection, number, state=state, **values)
        act = Act(str(user.id), f"live.{verb}", f"live:{number}", detail={"state": state})
        audit.record(connection, desk.clock(), act)

    desk.store.write(put)


def _open(desk: Desk, where: Place) -> None:
    with desk.store.read() as connection:
        over = live.over(connection, where.id)
    if over or where.closed:
        raise Stopped(409, "这场直播已经结束。")
