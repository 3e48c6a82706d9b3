"""Queries: which numbers a chart, a table or a tile shows. Here what an author writes; see `grid`."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from builder.values import LEVELS, Period

MeasureName = Literal["value", "ytd", "yoy", "mom", "ytd_yoy", "index", "ytd_index"]
MOST_PERIODS = 400
LAST = re.compile(r"last (\d{1,3})")


def _several(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _slug(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,63}", value):
        raise ValueError("指标写文件名，只有小写字母、数字和短横线")
    return value


def _region(value: str) -> str:
    if value not in LEVELS and not re.fullmatch(r"\d{6}", value):
        raise ValueError(f"地区写六位代码，或一个层级（{'、'.join(LEVELS)}）")
    return value


def _periods(value: str) -> str:
    text = " ".join(value.split())
    found = LAST.fullmatch(text)
    if text == "latest" or (found and 0 < int(found[1]) <= MOST_PERIODS):
        return text
    first, dots, last = text.partition("..")
    try:
        start = Period.parse(first.strip())
        end = Period.parse(last.strip()) if last else start
    except ValueError:
        raise ValueError(
            "时期写成 2025-01..2026-09（可以没有后一半）、last 24、latest 或 2026-09"
        ) from None
    if end.frequency != start.frequency or end.ordinal < start.ordinal:
        raise ValueError("起止时期的写法要相同，先写早的")
    if end.ordinal - start.ordinal >= MOST_PERIODS:
        raise ValueError(f"最多 {MOST_PERIODS} 期")
    return f"{start}{dots}{end if last else ''}"


class Query(BaseModel):
    """Which numbers. `by`: what goes down the rows; the rest go across. No region: the province."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    indicator: Annotated[
        tuple[Annotated[str, AfterValidator(_slug)], ...],
        BeforeValidator(_several),
        Field(min_length=1, max_length=40),
    ]
    measure: Annotated[
        tuple[MeasureName, ...], BeforeValidator(_several), Field(min_length=1, max_length=7)
    ]
    region: Annotated[
        tuple[Annotated[str, AfterValidator(_region)], ...],
        BeforeValidator(_several),
        Field(max_length=200),
    ] = ()
    periods: Annotated[str, AfterValidator(_periods)] = "latest"
    by: Literal["period", "region", "indicator", "measure", ""] = ""
