"""What is to be told to somebody outside: written with the act, sent after it, until it is sent."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Index, bindparam, delete, func, select, update

from service.store import people
from service.store.columns import added, key, moment, table, text, whole

WAITING, SENT, FAILED, SKIPPED = "waiting", "sent", "failed", "skipped"  # skipped: no such way here
MAIL, WEBHOOK, PLATFORM = "mail", "webhook", "platform"
PAGE = "page"  # a notice in the page waits until it is seen

outbox = table(
    "outbox",
    key(),
    moment("made"),
    text("channel"),  # mail, webhook, platform, page
    text("to"),  # a user's number or the name of an address in the settings
    text("body"),  # JSON
    text("state"),
    whole("tries"),
    moment("due"),
    text("said"),  # what the other side said last
)
Index("ix_outbox_due", outbox.c.state, outbox.c.due)
Index("ix_outbox_to", outbox.c.to, outbox.c.channel, outbox.c.state)
_UNSEEN = (  # asked with every request, so made once
    select(func.count())
    .select_from(outbox)
    .where(outbox.c.to == bindparam("user"), outbox.c.channel == PAGE, outbox.c.state == WAITING)
)


def post(connection: Connection, at: int, channel: str, to: str, body: Mapping[str, Any]) -> int:
    """Put a notice in, inside the write that it tells of; its number."""
    told = json.dumps(body, ensure_ascii=False, sort_keys=True)
    row = {
        "made": at, "channel": channel, "to": to, "body": told, "state": WAITING, "tries": 0, "due": at, "said": "",
    }  # fmt: skip
    return added(connection, outbox, **row)


def tell(connection: Connection, at: int, users: Iterable[int], text: str, link: str) -> list[int]:
    """A notice to users who can sign in: `text` and `link` (a path) in the page, outside only that there is one.

    Who was told.
    """
    heard = people.reached(connection, set(users))
    for user, reach in heard.items():
        post(connection, at, PAGE, str(user), {"text": text, "link": link})
        for channel, address in ((MAIL, reach.mail), (PLATFORM, reach.platform)):
            if address:
                post(connection, at, channel, str(user), {})
    return list(heard)


def due(connection: Connection, at: int, most: int = 50) -> list[Any]:
    """What is to be sent now, oldest first; notices in the page are not sent."""
    waits = (outbox.c.state == WAITING) & (outbox.c.due <= at) & (outbox.c.channel != PAGE)
    return list(connection.execute(select(outbox).where(waits).order_by(outbox.c.id).limit(most)))


def settle(connection: Connection, number: int, state: str, said: str, due_at: int = 0) -> None:
    """What came of a try; `due_at`: when to try again."""
    values = {"state": state, "said": said[:300], "due": due_at, "tries": outbox.c.tries + 1}
    waits = (outbox.c.id == number) & (outbox.c.state == WAITING)
    connection.execute(update(outbox).where(waits).values(**values))


def of_user(connection: Connection, user: int, channel: str, most: int = 20) -> list[Any]:
    """The newest notices to a user on one channel."""
    mine = (outbox.c.to == str(user)) & (outbox.c.channel == channel)
    return list(
        connection.execute(select(outbox).where(mine).order_by(outbox.c.id.desc()).limit(most))
    )


def unseen(connection: Connection, user: int) -> int:
    """How many notices in the page a user has not seen."""
    return connection.execute(_UNSEEN, {"user": str(user)}).scalar_one()


def seen(connection: Connection, user: int) -> int:
    """The user has seen all notices in the page; how many were new."""
    mine = (outbox.c.to == str(user)) & (outbox.c.channel == PAGE) & (outbox.c.state == WAITING)
    return connection.execute(update(outbox).where(mine).values(state=SENT)).rowcount


def failed(connection: Connection, most: int = 200) -> list[Any]:
    """Notices that could not be sent, newest first."""
    mine = select(outbox).where(outbox.c.state == FAILED)
    return list(connection.execute(mine.order_by(outbox.c.id.desc()).limit(most)))


def again(connection: Connection, number: int, at: int) -> bool:
    """Try one that could not be sent once more; False when there is none."""
    mine = (outbox.c.id == number) & (outbox.c.state == FAILED)
    values = {"state": WAITING, "due": at, "tries": 0}
    return connection.execute(update(outbox).where(mine).values(**values)).rowcount == 1


def states(connection: Connection) -> dict[str, int]:
    """How many notices are in each state; those in the page are not counted."""
    sent = outbox.c.channel != PAGE
    chosen = select(outbox.c.state, func.count()).where(sent).group_by(outbox.c.state)
    return {row[0]: int(row[1]) for row in connection.execute(chosen)}


def forget(connection: Connection, before: int) -> int:
    """Drop notices made before a moment that wait for nothing."""
    old = (outbox.c.made < before) & (outbox.c.state != WAITING)
    return connection.execute(delete(outbox).where(old)).rowcount


def shown(row: Any) -> dict[str, Any]:
    """A notice as a page shows it: text, link (a path of ours or empty), made, new."""
    told = json.loads(row.body)
    link = str(told.get("link", ""))
    inside = link.startswith("/") and not link.startswith(("//", "/\\"))
    return {
        "text": str(told.get("text", "您有一条通知")),
        "link": link if inside else "",
        "made": row.made,
        "new": row.state == WAITING,
    }
