"""Posts of live pages: who wrote them, who let them out, what became of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Index, delete, insert, select

from service.store.columns import added, flag, found, grown, key, moment, table, text, whole

posts = table(
    "live_posts",
    key(),
    text("page"),  # id of the live page, as live:2026-nianbao
    whole("author"),
    whole("reviewer"),  # who let it out or sent it back; 0: nobody yet
    moment("made"),
    moment("at"),  # the moment that it tells of, as the page shows it
    text("state"),
    whole("version"),  # of its words: what is let out is what was read
    text("title"),
    text("text"),
    flag("key"),  # 要点
    text("picture"),  # name of a file; empty: none
    text("alt"),
    whole("width"),
    whole("height"),
    text("said"),  # why it was sent back
)
ended = table("live_ended", text("page", primary_key=True), moment("at"))
Index("ix_live_posts_page", posts.c.page, posts.c.state)


def add(connection: Connection, **row: Any) -> int:
    """A new post; its number."""
    return added(connection, posts, **({"reviewer": 0, "version": 1, "said": ""} | row))


def find(connection: Connection, post: int) -> Any | None:
    """One post."""
    return found(connection, posts, post)


def change(connection: Connection, post: int, **values: Any) -> None:
    """Set columns; the version goes up."""
    grown(connection, posts, post, **values)


def of_page(
    connection: Connection, page: str, states: Iterable[str] = (), most: int = 500
) -> list[Any]:
    """Posts of a page, newest first."""
    chosen = select(posts).where(posts.c.page == page)
    if wanted := list(states):
        chosen = chosen.where(posts.c.state.in_(wanted))
    return list(
        connection.execute(chosen.order_by(posts.c.at.desc(), posts.c.id.desc()).limit(most))
    )


def in_states(connection: Connection, states: Iterable[str], most: int = 200) -> list[Any]:
    """Posts of all pages, oldest first."""
    mine = posts.c.state.in_(list(states))
    return list(connection.execute(select(posts).where(mine).order_by(posts.c.id).limit(most)))


def pages(connection: Connection, states: Iterable[str]) -> list[str]:
    """The pages that have posts in these states."""
    mine = select(posts.c.page).where(posts.c.state.in_(list(states))).distinct()
    return sorted(connection.execute(mine).scalars())


def pictured(connection: Connection, picture: str, states: Iterable[str]) -> bool:
    """Whether a post in one of these states has this picture."""
    mine = (posts.c.picture == picture) & posts.c.state.in_(list(states))
    return connection.execute(select(posts.c.id).where(mine).limit(1)).first() is not None


def over(connection: Connection, page: str) -> bool:
    """Whether somebody ended it."""
    return connection.execute(select(ended).where(ended.c.page == page)).first() is not None


def end(connection: Connection, page: str, at: int, *, on: bool) -> None:
    """End it, or let it go on."""
    connection.execute(delete(ended).where(ended.c.page == page))
    if on:
        connection.execute(insert(ended), {"page": page, "at": at})
