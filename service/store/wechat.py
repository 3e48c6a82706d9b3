"""Messages of the WeChat account that were answered, signed requests that were seen, talks under way.

Who wrote is a mark that leads nowhere; what was written is kept, sealed, only while an answer is owed.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Index, delete, insert, select, update

from service.store.columns import moment, table, text, whole

OUTSIDE = ("internet",)
ANSWERED, OWED, SENT, DROPPED = "answered", "owed", "sent", "dropped"

messages = table(
    "wechat_messages",
    text("key", primary_key=True),  # a mark of subscriber and number
    moment("at"),
    text("who"),  # a mark of the subscriber
    text("state"),
    text("answer"),  # what was said at once; empty: nothing
    text("sealed"),  # while owed: who asked what
    whole("tries"),
    moment("due"),
    text("said"),  # WeChat's answer to the last try
    profiles=OUTSIDE,
)
requests = table(
    "wechat_requests",
    text("key", primary_key=True),  # a hash of timestamp and nonce
    moment("at"),
    text("bound"),  # a hash of what came with them
    profiles=OUTSIDE,
)
talks = table(
    "wechat_talks",
    text("who", primary_key=True),
    moment("at"),
    text("memory"),  # JSON: where in which dialogue, what was offered
    profiles=OUTSIDE,
)
Index("ix_wechat_messages_due", messages.c.state, messages.c.due)


def seen(connection: Connection, key: str, at: int, bound: str) -> bool:
    """Whether this signature came with something else before; remembers it."""
    held = connection.execute(select(requests.c.bound).where(requests.c.key == key)).scalar()
    if held is None:
        connection.execute(insert(requests), {"key": key, "at": at, "bound": bound})
    return held is not None and held != bound


def message(connection: Connection, key: str) -> Any | None:
    """A message that came before."""
    return connection.execute(select(messages).where(messages.c.key == key)).one_or_none()


def keep(connection: Connection, key: str, at: int, who: str, answer: str) -> None:
    """It was answered at once."""
    _put(connection, key, at, who, ANSWERED, answer, "")


def owe(connection: Connection, key: str, at: int, who: str, sealed: str) -> None:
    """The answer is to be sent later."""
    _put(connection, key, at, who, OWED, "", sealed)


def _put(
    connection: Connection, key: str, at: int, who: str, state: str, answer: str, sealed: str
) -> None:
    row = {"key": key, "at": at, "who": who, "state": state, "answer": answer, "sealed": sealed}
    connection.execute(insert(messages), {**row, "tries": 0, "due": at, "said": ""})


def owed(connection: Connection, at: int, most: int = 20) -> list[Any]:
    """Answers to be sent now, oldest first."""
    due = (messages.c.state == OWED) & (messages.c.due <= at)
    return list(connection.execute(select(messages).where(due).order_by(messages.c.at).limit(most)))


def settle(connection: Connection, key: str, state: str, said: str, due: int = 0) -> None:
    """What came of a try. What is owed no longer is forgotten."""
    values = {"state": state, "said": said[:300], "due": due, "tries": messages.c.tries + 1}
    if state != OWED:
        values["sealed"] = ""
    mine = (messages.c.key == key) & (messages.c.state == OWED)
    connection.execute(update(messages).where(mine).values(**values))


def memory(connection: Connection, who: str, since: int) -> str:
    """What is remembered of a talk; empty when there is none since then."""
    mine = select(talks.c.memory).where((talks.c.who == who) & (talks.c.at >= since))
    return connection.execute(mine).scalar() or ""


def remember(connection: Connection, who: str, at: int, told: str) -> None:
    """Keep it in place of what was; empty: nothing."""
    connection.execute(delete(talks).where(talks.c.who == who))
    if told:
        connection.execute(insert(talks), {"who": who, "at": at, "memory": told})


def leave(connection: Connection, who: str) -> None:
    """A subscriber has left: no talk, and nothing is sent any more."""
    remember(connection, who, 0, "")
    mine = (messages.c.who == who) & (messages.c.state == OWED)
    values = {"state": DROPPED, "sealed": "", "said": "取消关注"}
    connection.execute(update(messages).where(mine).values(**values))


def forget(
    connection: Connection, messages_before: int, talks_before: int, requests_before: int
) -> None:
    """Drop what is needed no more."""
    old = (messages.c.at < messages_before) & (messages.c.state != OWED)
    connection.execute(delete(messages).where(old))
    connection.execute(delete(talks).where(talks.c.at < talks_before))
    connection.execute(delete(requests).where(requests.c.at < requests_before))
