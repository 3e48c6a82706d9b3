"""The fragment of a live page: the posts of the site's own file and those let out here, in one list.

The markup is that of the site's `live-posts.html`; a test renders both. Only plain text gets in, escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any

from service.scripts import BEIJING

HEAD = re.compile(r"<ol class=\"line\" data-live[^>]*>")
ITEM = re.compile(r"<li id=\"p([^\"]*)\"(?: class=\"is-key\")?><time datetime=\"([^\"]*)\">")
ENDED = '<ol class="line" data-live data-ended>'
OVER = " data-ended"


@dataclass(frozen=True, slots=True)
class Item:
    """One post as HTML, with its id and its moment."""

    id: str
    time: str
    html: str


class Strange(Exception):
    """It is no fragment of a live page as this program knows them."""


def parsed(text: str) -> tuple[str, tuple[Item, ...]]:
    """The opening tag of a fragment, and its posts in their order."""
    head = HEAD.search(text)
    end = text.rfind("</ol>")
    if head is None or end < 0:
        raise Strange(text[:80])
    found = list(ITEM.finditer(text, head.end(), end))
    bounds = [m.start() for m in found] + [end]
    items = (
        Item(m[1], m[2], text[start:stop].rstrip("\n"))
        for m, start, stop in zip(found, bounds[:-1], bounds[1:], strict=True)
    )
    return head[0], tuple(items)


def merged(own: str, rows: Iterable[Any], gone: Iterable[str], base: str, *, over: bool) -> str:
    """The fragment to serve: `own` of the site, `rows` let out here, newest first.

    What the site has itself under the same id goes first; `gone` are ids that were taken down. `base` leads
    to the folder of the pictures.
    """
    head, items = parsed(own)
    lost = set(gone)
    held = {item.id for item in items}
    made = [item for item in items if item.id not in lost]
    made += [item(row, base) for row in rows if name(row) not in held]
    made.sort(key=lambda i: i.time, reverse=True)
    body = "\n".join(i.html for i in made)
    return f"{ENDED if over else head}\n{body}{chr(10) if made else ''}</ol>\n"


def closed(own: str) -> bool:
    """Whether the site itself says that it is over."""
    return OVER in parsed(own)[0]


def name(row: Any) -> str:
    """The id of a post, here and in the authored file."""
    return f"f{row.id}"


def moment(at: int) -> str:
    """A moment as authored files and pages have it."""
    local = datetime.fromtimestamp(at // 1000, UTC).astimezone(BEIJING)
    return local.isoformat(timespec="seconds")


def item(row: Any, base: str) -> Item:
    """One post as the site's template writes it."""
    time = moment(row.at)
    return Item(name(row), time, "".join(_parts(row, time, base)))


def _parts(row: Any, time: str, base: str) -> Iterator[str]:
    strong = ' class="is-key"' if row.key else ""
    yield f'<li id="p{name(row)}"{strong}><time datetime="{time}">{time[11:16]}</time>'
    if row.title:
        yield f"<h3>{escape(row.title)}</h3>"
    if row.text:
        rows = "\n".join(f"<p>{escape(line, quote=False)}</p>" for line in row.text.split("\n"))
        yield f'<div class="prose">{rows}</div>'
    if row.picture:
        yield (
            f'<figure><img src="{escape(base)}{row.picture}" alt="{escape(row.alt)}"'
            f' width="{row.width}" height="{row.height}" loading="lazy"></figure>'
        )
    yield "</li>"
