"""Who hears of a step. A notice says that something waits, and where; never what, and never a number."""

from __future__ import annotations

from collections.abc import Iterable

from service.desk import Desk
from service.roles import CITY, EDITOR, LEADER
from service.store import outbox, people
from service.store.engine import Connection

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


def tell(connection: Connection, desk: Desk, users: Iterable[int], what: str, where: str) -> None:
    """Put notices to these users into the outbox, in the write that they tell of."""
    heard = outbox.tell(connection, desk.clock(), users, TEXTS[what], where)
    for name in desk.settings.webhooks if heard else ():
        outbox.post(connection, desk.clock(), outbox.WEBHOOK, name, {})


def hearers(connection: Connection, step: str, division: str, but: set[int]) -> list[int]:
    """Who is to do what comes after a step, or should know of it; not those in `but`."""
    leads = step == "review"
    orgs = {"", division} if leads else {division}
    held = people.holding(connection, LEADER if leads else EDITOR, orgs)
    return [user for user in held if user not in but]


def fillers(connection: Connection, organisations: Iterable[str]) -> list[int]:
    """City editors of these organisations."""
    return people.holding(connection, CITY, set(organisations))
