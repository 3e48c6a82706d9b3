"""专栏: gathers entries by tag, kind, division and dates; a campaign column such as 统计开放日 as well."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from builder.kinds.front import (
    Date,
    Kind,
    Lines,
    Slug,
    Strict,
    TextFrontMatter,
    folder_pattern,
    listed,
)
from builder.model import Entry, Page

Slugs = Annotated[tuple[Slug, ...], BeforeValidator(listed)]


class Gather(Strict):
    """Which entries belong: every stated condition must hold, any value of each will do."""

    tags: Lines = ()
    kinds: Slugs = ()
    divisions: Slugs = ()
    start: Date | Literal[""] = Field("", alias="from")
    to: Date | Literal[""] = ""


class Column(TextFrontMatter):
    """A column."""

    type: Literal["column", "campaign"] = "column"
    gather: Gather = Gather()


KIND = Kind(
    "column", "专栏", "lan", Column, folder_pattern("content/columns", ".yml"), "column", "columns"
)


def gathers(column: Page | Entry, page: Page | Entry) -> bool:
    """True when `page` belongs to `column`: each condition that is stated holds, and one is."""
    rule = column.data["gather"]
    stated = [
        (rule["tags"], bool(set(rule["tags"]) & set(page.tags))),
        (rule["kinds"], page.kind in rule["kinds"]),
        (rule["divisions"], page.division in rule["divisions"]),
        (rule["start"], page.date >= rule["start"]),
        (rule["to"], page.date <= rule["to"]),
    ]
    return (
        page.kind != "column"
        and any(said for said, _ in stated)
        and all(holds for said, holds in stated if said)
    )
