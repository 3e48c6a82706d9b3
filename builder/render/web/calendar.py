"""The month's reporting calendar, gathered from the deadlines of `system` entries."""

from __future__ import annotations

import calendar as months
from typing import Any

from builder.kinds.system import days_in
from builder.memo import digest
from builder.model import Site
from builder.render.web.cards import WEEKDAYS, Cards, View


def month_view(cards: Cards, year: int, month: int) -> View | None:
    """The whole month for the home page, or None when this edition knows no deadline in it."""
    items = _items(cards, year, month)
    if not items:
        return None
    last = months.monthrange(year, month)[1]
    due = {item["day"] for item in items}
    weeks = [
        [{"day": d, "due": d in due} if d else None for d in week]
        for week in months.Calendar(0).monthdayscalendar(year, month)
    ]
    fives = [_five(start, min(start + 4, last), items) for start in range(1, last + 1, 5)]
    return {
        "title": f"{month}月报送日历",
        "year": year,
        "month": month,
        "today": 0,
        "days": last,
        "weeks": weeks,
        "fives": fives,
        "items": items,
    }


def _five(start: int, end: int, items: list[View]) -> View:
    marks = sorted({item["day"] - start + 1 for item in items if start <= item["day"] <= end})
    count = sum(1 for item in items if start <= item["day"] <= end)
    return {"from": start, "to": end, "label": f"{count}项" if count else "无截止", "marks": marks}


def _items(cards: Cards, year: int, month: int) -> list[View]:
    site = cards.site
    items = [
        _item(site, page.url, page.division, deadline, year, month, day)
        for page in cards.by_kind["system"]
        if not page.expired
        for deadline in page.data["deadlines"]
        for day in days_in(deadline, year, month)
    ]
    return sorted(items, key=lambda i: (i["day"], i["name"], i["form"]))


def _item(
    site: Site, url: str, division: str, deadline: Any, year: int, month: int, day: int
) -> View:
    owner = site.organisations.get(deadline["division"] or division)
    return {
        "day": day,
        "weekday": f"周{WEEKDAYS[months.weekday(year, month, day)]}",
        "name": deadline["name"],
        "form": deadline["form"],
        "who": deadline["who"],
        "to": deadline["to"],
        "time": deadline["time"],
        "sample": deadline["sample"],
        "url": url,
        "division": {"id": owner.id, "name": owner.short} if owner else None,
    }


def ics(view: View, site_name: str) -> bytes:
    """The month's deadlines as an iCalendar file (RFC 5545), whole days."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//{_escape(site_name)}//weike//ZH",
        "CALSCALE:GREGORIAN",
    ]
    for item in view["items"]:
        day = f"{view['year']:04d}{view['month']:02d}{item['day']:02d}"
        text = "，".join(
            t
            for t in (
                item["form"],
                item["who"],
                item["to"],
                item["time"] and f"{item['time']}前",
                item["sample"] and "示例日期，以本级通知为准",
            )
            if t
        )
        lines += [
            "BEGIN:VEVENT",
            f"UID:{day}-{_same(item)}@weike",
            f"DTSTAMP:{day}T000000Z",
            f"DTSTART;VALUE=DATE:{day}",
            f"SUMMARY:{_escape(item['name'])}",
            f"DESCRIPTION:{_escape(text)}",
            "END:VEVENT",
        ]
    return "\r\n".join(_fold(line) for line in [*lines, "END:VCALENDAR", ""]).encode()


def _same(item: View) -> str:
    """What stays the same of a deadline from build to build, so that calendars know it again."""
    return digest(*(str(item[key]) for key in ("name", "form", "who", "to", "url")))[:12]


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _fold(line: str) -> str:
    """Fold to 75 octets without cutting a character."""
    out, size = [""], 0
    for char in line:
        width = len(char.encode())
        if size + width > 73:
            out.append(" ")
            size = 1
        out[-1] += char
        size += width
    return "\r\n".join(out)
