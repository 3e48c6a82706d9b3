"""What is to be told to somebody outside: written with the act, sent after it, until it is sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Index, select, update

from service.store.columns import added, key, moment, table, text, whole

WAITING, SENT, FAILED = "waiting", "sent", "failed"

outbox = table(
    "outbox",
    key(),
    moment("made"),
    text("channel"),  # mail, webhook, page …
    text("to"),  # a user's number or the name of an address in the settings
    text("body"),  # JSON
    text("state"),
    whole("tries"),
    moment("due"),
    text("said"),  # what the other side said last
)
Index("ix_outbox_due", outbox.c.state, outbox.c.due)


def post(connection: Connection, at: int, channel: str, to: str, body: Mapping[str, Any]) -> int:
    """Put a notice in, inside the write that it tells of; its number."""
    told = json.dumps(body, ensure_ascii=False, sort_keys=True)
    row = {
        "made": at, "channel": channel, "to": to, "body": told, "state": WAITING, "tries": 0, "due": at, "said": "",
    }  # fmt: skip
    return added(connection, outbox, **row)


def due(connection: Connection, at: int, most: int = 50) -> list[Any]:
    """What is to be sent now, oldest first."""
    waits = (outbox.c.state == WAITING) & (outbox.c.due <= at)
    return list(connection.execute(select(outbox).where(waits).order_by(outbox.c.id).limit(most)))


def settle(connection: Connection, number: int, state: str, said: str, due_at: int = 0) -> None:
    """What came of a try; `due_at`: when to try again."""
    values = {"state": state, "said": said[:300], "due": due_at, "tries": outbox.c.tries + 1}
    connection.execute(update(outbox).where(outbox.c.id == number).values(**values))


def of_user(connection: Connection, user: int, channel: str, most: int = 20) -> list[Any]:
    """The newest notices to a user on one channel."""
    mine = (outbox.c.to == str(user)) & (outbox.c.channel == channel)
    return list(
        connection.execute(select(outbox).where(mine).order_by(outbox.c.id.desc()).limit(most))
    )
