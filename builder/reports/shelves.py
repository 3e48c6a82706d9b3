"""Whether a part of the site (栏目) is as fresh as it has to be, and whether there is anything in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from builder.model import Shelf
from builder.reports.quarter import Quarter


@dataclass(frozen=True, slots=True)
class ShelfRow:
    """One part of an edition as of a day. `days`: since the newest, -1 without one; `mark`: ok, bad or none."""

    id: str
    title: str
    type: str
    count: int
    newest: str
    days: int
    limit: int
    fresh: int
    mark: str
    text: str


def shelf_row(shelf: Shelf, day: date, quarter: Quarter) -> ShelfRow:
    """Judge a part of the site as of `day`; what came out later is not counted."""
    out = [d for d in shelf.published if d <= day.isoformat()]
    newest = out[0] if out else ""
    days = (day - date.fromisoformat(newest)).days if newest else -1
    fresh = sum(d >= quarter.start.isoformat() for d in out)
    mark, text = _judged(shelf, len(out), days)
    return ShelfRow(
        shelf.id, shelf.title, shelf.type, len(out), newest, days, shelf.update, fresh, mark, text
    )


def _judged(shelf: Shelf, count: int, days: int) -> tuple[str, str]:
    if not count and shelf.column:
        return "bad", "空栏目"
    if not count:
        return "none", "没有内容，网站上不显示"
    if not shelf.update:
        return "none", "没有定更新期限"
    if days > shelf.update:
        return "bad", f"超期{days - shelf.update}天"
    return "ok", f"按期，还有{shelf.update - days}天"
