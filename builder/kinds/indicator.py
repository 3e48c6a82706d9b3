"""指标: a definition. What is counted, for whom, how it is shown, and who may see which numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, FiniteFloat

from builder.kinds.front import (
    Clock,
    Kind,
    Line,
    Moment,
    Ref,
    Short,
    Slug,
    Strict,
    TextFrontMatter,
    folder_pattern,
    listed,
)
from builder.kinds.regions import REFUSED, RegionLevel
from builder.kinds.term import Caliber
from builder.model import Entry
from builder.problems import Problem
from builder.values import Period

# Folders of the site that other pages of numbers stand in.
TAKEN = frozenset(
    {"kanban", "ledger", "regions", "compare", "calendar", "revisions", "warnings", "tables"}
    | {
        "targets",
        "reports",
        "data",
        "download",
        "api",
        "themes",
        "assets",
        "checks",
        "cross",
        "years",
    }
)
MeasureName = Literal["value", "ytd", "yoy", "mom", "ytd_yoy", "index", "ytd_index"]
FrequencyName = Literal["month", "quarter", "half", "year"]
MeasureNames = Annotated[tuple[MeasureName, ...], BeforeValidator(listed)]
RegionLevels = Annotated[tuple[RegionLevel, ...], BeforeValidator(listed)]
Slugs = Annotated[tuple[Slug, ...], BeforeValidator(listed)]


def _subject(value: str) -> str:
    if value not in {"", "地区"}:
        raise ValueError(f"不能写“{value}”：{REFUSED}")
    return value


def _period(value: str) -> str:
    return str(Period.parse(value))


PeriodText = Annotated[str, AfterValidator(_period)]
Year = Annotated[str, Field(pattern=r"^(19|20)\d\d$")]


class MeasureField(Strict):
    """How one measure is shown: unit, published decimals, and what it can't be below or above."""

    unit: Annotated[str, Field(max_length=12)] = ""
    decimals: Annotated[int, Field(ge=0, le=6)] = 1
    lowest: FiniteFloat | None = None
    highest: FiniteFloat | None = None


class GrantField(Strict):
    """Whose numbers of these levels, frequencies and measures are; the first that fits counts."""

    audience: Slug
    levels: RegionLevels = ()
    frequencies: Annotated[tuple[FrequencyName, ...], BeforeValidator(listed)] = ()
    measures: MeasureNames = ()


class ReleasesField(Strict):
    """When numbers usually come out: `lag` months after the period's end, on `day`; `dates` overrule it."""

    lag: Annotated[int, Field(ge=0, le=24)] = 1
    day: Annotated[int, Field(ge=0, le=31)] = 0
    time: Clock | Literal[""] = ""
    dates: Mapping[PeriodText, Moment] = {}


class Indicator(TextFrontMatter):
    """The definition of an indicator."""

    short: Annotated[Line, Field(max_length=12)]
    family: Literal["monitor", "gdp"]
    theme: Short
    frequency: FrequencyName
    measures: Annotated[Mapping[MeasureName, MeasureField], Field(min_length=1)]
    direction: Literal["up", "down", "none"] = "none"
    region_levels: Annotated[RegionLevels, Field(min_length=1)]
    publisher: Line
    disclosure: Literal["排位类", "考核类", "资源配置类", "重点关注类", "一般"] = "一般"
    grants: tuple[GrantField, ...] = ()
    caliber: Caliber = Caliber()
    form: Short | Literal[""] = ""
    system: Ref | Literal[""] = ""
    subject: Annotated[str, AfterValidator(_subject)] = ""
    additive: bool = False
    comparable: bool = False
    combined: bool = False
    parts: Slugs = ()
    related: Slugs = ()
    sample: bool = False
    target: Mapping[Year, FiniteFloat] = {}
    target_measure: MeasureName | Literal[""] = ""
    releases: ReleasesField | None = None


def check(entry: Entry) -> Iterator[Problem]:
    """What one definition can say wrong by itself."""
    slug, data = entry.id.partition(":")[2], entry.data
    if slug in TAKEN:
        said = f"指标不能叫 `{slug}`，这个地址另有用处。"
        yield Problem("IND001", entry.where("id"), said, "换一个文件名，例如在后面加上口径。")
    for key in ("parts", "related"):
        if slug in data[key]:
            said = f"{key} 里写了它自己。"
            yield Problem("IND001", entry.where(key), said, "删去这一项。")
    yield from _measured(entry)
    yield from _scheduled(entry)


def _measured(entry: Entry) -> Iterator[Problem]:
    data = entry.data
    for place, grant in enumerate(data["grants"], 1):
        for key, known in (("measures", "measures"), ("levels", "region_levels")):
            if lost := sorted(set(grant[key]) - set(data[known])):
                said = f"grants 第 {place} 项的 {'、'.join(lost)} 不在 {known} 里。"
                yield Problem("IND001", entry.where("grants"), said, f"写 {known} 里有的。")
    if data["target_measure"] and data["target_measure"] not in data["measures"]:
        said = f"target_measure 写的 {data['target_measure']} 不在 measures 里。"
        yield Problem("IND001", entry.where("target_measure"), said, "写 measures 里有的。")
    for key, field in data["measures"].items():
        low, high = field["lowest"], field["highest"]
        if low is not None and high is not None and low >= high:
            said = f"measures 里 {key} 的 lowest 不小于 highest。"
            yield Problem("IND001", entry.where("measures"), said, "改正上下限。")
    if data["additive"] and "ytd" not in data["measures"]:
        said = "additive 说的是累计等于各月之和，而 measures 里没有 ytd。"
        yield Problem("IND001", entry.where("additive"), said, "加上 ytd，或删去 additive。")


def _scheduled(entry: Entry) -> Iterator[Problem]:
    releases = entry.data["releases"]
    if not releases:
        return
    if not releases["day"] and not releases["dates"]:
        said = "releases 没有写哪一天发布。"
        yield Problem("IND001", entry.where("releases"), said, "写 day（每期几日）或 dates。")
    for text in releases["dates"]:
        if Period.parse(text).frequency != entry.data["frequency"]:
            said = f"releases 里的 {text} 与 frequency 对不上。"
            yield Problem("IND001", entry.where("releases"), said, "照频度写时期。")


KIND = Kind(
    "indicator",
    "指标",
    "shu",
    Indicator,
    folder_pattern("content/indicators", ".yml"),
    "indicator",
    "indicators",
    needs_source=True,
    check=check,
    article=False,  # its numbers and charts go out in an article that quotes them
)
