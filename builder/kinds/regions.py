"""地区表: the areas that numbers are told of, with their codes; one file, no page."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from builder.kinds.front import FrontMatter, Kind, Line, Short, Slug, Strict
from builder.values import LEVELS

# 统计法(2024)第二十八条: what would let a single respondent be told must not go out.
MICRO = frozenset({"企业", "单位", "调查单位", "个体户", "个体经营户", "住户", "个人", "农户"})
REFUSED = (
    "统计调查中获得的能够识别或者推断单个统计调查对象身份的资料，不得对外提供、泄露，不得用于统计以外的目的（统计法"
    "第二十八条），这里只收地区汇总数"
)


def aggregate(value: str) -> str:
    """A region level; ValueError for one that would be a single respondent, and for an unknown one."""
    if value in MICRO:
        raise ValueError(f"不能写“{value}”：{REFUSED}")
    if value not in LEVELS:
        raise ValueError(f"地区的层级只能是 {'、'.join(LEVELS)}")
    return value


def _code(value: str) -> str:
    if not (value.isascii() and value.isdigit() and len(value) == 6):
        raise ValueError("地区代码是六位数字，例如 990000")
    return value


RegionLevel = Annotated[str, AfterValidator(aggregate)]
Code = Annotated[str, AfterValidator(_code)]


class RegionField(Strict):
    """One area. `parent`: the code of what it lies in; `organisation`: its bureau in orgs.yml."""

    code: Code
    name: Line
    level: RegionLevel
    parent: Code | Literal[""] = ""
    organisation: Slug | Literal[""] = ""
    short: Short | Literal[""] = ""


class Regions(FrontMatter):
    """All areas, from above: 全国, the province, its cities, their counties."""

    regions: Annotated[tuple[RegionField, ...], Field(min_length=1, max_length=4000)]


KIND = Kind(
    "regions",
    "地区表",
    "shu",
    Regions,
    re.compile(r"content/indicators/(?P<slug>regions)\.yml"),
    "",
    "indicators",
    page=False,
)
