"""Who hears of a step. A notice says that something waits, and where; never what, and never a number."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from service.desk import Desk
from service.roles import CITY, EDITOR, LEADER
from service.store import outbox, people
from service.store.engine import Connection
from service.store.people import User

TEXTS = {
    "open": "有一张数据模板开填了，等您填报。",
    "check": "有一批数等复核。",
    "review": "有一批数等批准。",
    "approve": "有一批数已经批准，等定发布时间。",
    "schedule": "有一批数定好了发布时间。",
    "reject": "有一批数退回重填，理由在页面里。",
    "hold": "有一批数取消了定时，理由在页面里。",
    "drop": "有一批数作废了，理由在页面里。",
    "design-send": "有一张数据模板等审核。",
    "design-approve": "您设计的数据模板通过了。",
    "design-reject": "您设计的数据模板退回了，理由在页面里。",
    "warned": "有新的预警，等您看。",
    "assigned": "有一条预警分给您处理。",
}


def tell(connection: Connection, desk: Desk, users: Iterable[User], what: str, where: str) -> None:
    """Put notices to these users into the outbox, in the write that they tell of."""
    link = f"{desk.settings.origin}{where}"
    now, heard = desk.clock(), list(users)
    body = {"text": TEXTS[what], "link": link}
    for user in heard:
        outbox.post(connection, now, "page", str(user.id), body)
        if user.mail and desk.settings.mail:
            outbox.post(connection, now, "mail", str(user.id), body)
    for name in desk.settings.webhooks if heard else ():
        outbox.post(connection, now, "webhook", name, body)


def active(connection: Connection, wanted: Callable[[User], bool]) -> list[User]:
    """Users who may sign in, and for whom `wanted` holds."""
    return [user for user in people.find(connection) if user.active and wanted(user)]


def hearers(connection: Connection, step: str, division: str, but: set[int]) -> list[User]:
    """Who is to do what comes after a step, or should know of it; not those in `but`."""
    role = {"check": EDITOR, "review": LEADER}.get(step, EDITOR)

    def wanted(user: User) -> bool:
        here = {"", division} if role == LEADER else {division}
        return role in user.roles and user.org in here and user.id not in but

    return active(connection, wanted)


def fillers(connection: Connection, organisations: Iterable[str]) -> list[User]:
    """City editors of these organisations."""
    named = set(organisations)
    return active(connection, lambda user: CITY in user.roles and user.org in named)
