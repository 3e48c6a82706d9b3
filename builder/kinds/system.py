"""报表制度: who reports what, by when; feeds the month's calendar."""

import calendar
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from builder.kinds.front import (
    Clock,
    Date,
    FrontMatter,
    Kind,
    Level,
    Line,
    Ref,
    Slug,
    Strict,
    folder_pattern,
    listed,
)
from builder.model import Entry
from builder.problems import Problem

Levels = Annotated[tuple[Level, ...], BeforeValidator(listed)]


class Report(Strict):
    """One form. 统计法 17 asks for its number, issuer, approval number and term of validity."""

    no: Line
    name: Line
    frequency: Literal["月", "季", "半年", "年", "一次性", "待核"]
    who: str = ""
    levels: Levels = ()
    doc_no: str = ""
    valid_to: Date | Literal["", "待核"] = ""


class Deadline(Strict):
    """By when to report: a day of the month, or exact dates, which overrule it in their months."""

    name: Line
    form: str = ""
    who: str = ""
    to: str = ""
    level: Level | Literal[""] = ""
    division: Slug | Literal[""] = ""
    day: Annotated[int, Field(ge=0, le=31)] = 0
    months: tuple[Annotated[int, Field(ge=1, le=12)], ...] = ()
    time: Clock | Literal[""] = ""
    dates: tuple[Date, ...] = ()
    sample: bool = False
    audience: Slug | Literal[""] = ""


class System(FrontMatter):
    """A reporting system."""

    issued_by: str = ""
    doc_no: str = ""
    year: str = ""
    supersedes: Annotated[tuple[Ref, ...], BeforeValidator(listed)] = ()
    reports: tuple[Report, ...] = ()
    deadlines: tuple[Deadline, ...] = ()


def check(entry: Entry) -> Iterator[Problem]:
    """Every deadline has a day or dates."""
    for deadline in entry.data["deadlines"]:
        if not deadline["day"] and not deadline["dates"]:
            yield Problem(
                "SYS001",
                entry.where("deadlines"),
                f"“{deadline['name']}”没有写截止日。",
                "写 day（每月几日）或 dates（具体日期）。",
            )


def days_in(deadline: dict[str, Any], year: int, month: int) -> list[int]:
    """Days of the month on which `deadline` falls; a day past the month's end means its last day."""
    exact = [
        date.fromisoformat(d).day
        for d in deadline["dates"]
        if d.startswith(f"{year:04d}-{month:02d}-")
    ]
    if exact or not deadline["day"] or (deadline["months"] and month not in deadline["months"]):
        return exact
    return [min(deadline["day"], calendar.monthrange(year, month)[1])]


def when_due(deadline: Mapping[str, Any]) -> str:
    """When a report is due, in words."""
    clock = f"{deadline['time']}前" if deadline["time"] else ""
    if deadline["day"]:
        months = "、".join(f"{m}月" for m in deadline["months"]) if deadline["months"] else "每月"
        return f"{months}{deadline['day']}日{clock}"
    days = "、".join(f"{int(d[5:7])}月{int(d[8:10])}日" for d in deadline["dates"])
    return f"{days}{clock}"


KIND = Kind(
    "system",
    "制度",
    "zhi",
    System,
    folder_pattern("content/systems", ".md"),
    "system",
    "systems",
    needs_source=True,
    check=check,
)
