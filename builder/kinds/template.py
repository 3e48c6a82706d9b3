"""数据模板: a named set of indicators with its layout, regions and checks; forms are made from it. No page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from builder.kinds.front import FrontMatter, Kind, Line, Long, Slug, Strict, folder_pattern
from builder.kinds.indicator import FrequencyName, MeasureName, Slugs
from builder.kinds.regions import Code, RegionLevel
from builder.model import Entry
from builder.problems import Problem


class Area(Strict):
    """Which regions: a list of codes, or all of a level (within a region)."""

    codes: tuple[Code, ...] = ()
    level: RegionLevel | Literal[""] = ""
    within: Code | Literal[""] = ""


def _area(value: Any) -> Any:
    if isinstance(value, str):
        return {"codes": [value]}
    return {"codes": value} if isinstance(value, list) else value


class Row(Strict):
    """One row (or column) of the form. `of`: `#其中`, or other words before its label."""

    indicator: Slug
    measure: MeasureName = "value"
    label: Line | Literal[""] = ""
    indent: Annotated[int, Field(ge=0, le=6)] = 0
    of: Annotated[str, Field(max_length=12)] = ""


class DueField(Strict):
    """Until when a form is sent back: `lag` months after the month in which the period ends, on `day`."""

    lag: Annotated[int, Field(ge=0, le=12)] = 1
    day: Annotated[int, Field(ge=1, le=31)]


class Template(FrontMatter):
    """A data template."""

    frequency: FrequencyName
    regions: Annotated[Area, BeforeValidator(_area)]
    rows: Annotated[tuple[Row, ...], Field(min_length=1, max_length=400)]
    layout: Literal["regions_down", "indicators_down"] = "indicators_down"
    checks: Slugs = ()
    note: Long = ""
    due: DueField | None = None


def check(entry: Entry) -> Iterator[Problem]:
    """Regions are chosen one way; no row comes twice."""
    area: Mapping[str, Any] = entry.data["regions"]
    if bool(area["codes"]) == bool(area["level"]):
        said = "regions 要么列出代码，要么写 level。"
        yield Problem("IND001", entry.where("regions"), said, "二者写一样。")
    if area["within"] and not area["level"]:
        said = "regions 写了 within，没有写 level。"
        yield Problem("IND001", entry.where("regions"), said, "加上 level，或删去 within。")
    seen: set[tuple[str, str]] = set()
    for number, row in enumerate(entry.data["rows"], 1):
        key = row["indicator"], row["measure"]
        if key in seen:
            said = f"rows 第 {number} 项 {key[0]} 的 {key[1]} 前面已经有了。"
            yield Problem("IND001", entry.where("rows"), said, "删去一项。")
        seen.add(key)


KIND = Kind(
    "template",
    "数据模板",
    "zhi",
    Template,
    folder_pattern("content/indicators/templates", ".yml"),
    "",
    "indicators",
    page=False,
    check=check,
)
