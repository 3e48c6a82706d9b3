"""Days of the week that aren't those of their date."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from builder.wording.finding import Finding, in_title, quoted
from builder.wording.passages import Sheet

DAYS = "一二三四五六日"
DATED = re.compile(
    r"(?<!\d)((?:19|20)\d\d)(?:年|-|\.|/)(1[0-2]|0?[1-9])(?:月|-|\.|/)([12]\d|3[01]|0?[1-9])日?"
    r"\s*[（(]?\s*(?:星期|周|礼拜)([一二三四五六日天])(?!\s*[至到—\-、和及~～]|均|常|期)"
)


def days(sheet: Sheet) -> Iterator[Finding]:
    """2026年11月23日（星期日）: that day was a Monday."""
    text = sheet.prose
    if not any(word in text for word in ("星期", "周", "礼拜")):
        return
    for found in DATED.finditer(text):
        right = _weekday(*map(int, found.groups()[:3]))
        shown = in_title(sheet, *found.span()) or quoted(sheet, *found.span())
        if right and right != found[4].replace("天", "日") and not shown:
            message = f"“{found.group()}”：那一天是星期{right}。"
            yield Finding(*found.span(), "WRD005", message, "核对日期和星期。")


def _weekday(year: int, month: int, day: int) -> str:
    try:
        return DAYS[date(year, month, day).weekday()]
    except ValueError:
        return ""
