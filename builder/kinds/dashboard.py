"""看板: tiles of numbers, charts, tables and words, each chosen by a query."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from builder.indicators.query import Query
from builder.kinds.front import Kind, Line, Md, Strict, TextFrontMatter, folder_pattern
from builder.kinds.queried import QueriedChart, QueriedTable
from builder.model import Entry
from builder.problems import Problem

WHAT = ("numbers", "chart", "table", "text")


def _queries(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


class DashboardBlock(Strict):
    """One piece of a dashboard: exactly one of numbers, chart, table, text."""

    title: Line | Literal[""] = ""
    numbers: Annotated[tuple[Query, ...], BeforeValidator(_queries), Field(max_length=24)] = ()
    chart: QueriedChart | None = None
    table: QueriedTable | None = None
    text: Md = ""


class Dashboard(TextFrontMatter):
    """A page of numbers."""

    blocks: Annotated[tuple[DashboardBlock, ...], Field(min_length=1, max_length=60)]
    sample: bool = False
    order: Annotated[int, Field(ge=1, le=999)] = 100  # among dashboards, the lowest first


def check(entry: Entry) -> Iterator[Problem]:
    """Every block is one thing."""
    for number, block in enumerate(entry.data["blocks"], 1):
        held = [key for key in WHAT if block[key]]
        if len(held) != 1:
            said = f"第 {number} 块要写 numbers、chart、table、text 中的一样。"
            yield Problem("IND001", entry.where("blocks"), said, "一块写一样，多的另起一块。")


KIND = Kind(
    "dashboard",
    "看板",
    "shu",
    Dashboard,
    folder_pattern("content/indicators/dashboards", ".yml"),
    "dashboard",
    "indicators",
    check=check,
    url="indicators/kanban",
    article=False,  # its numbers and charts go out in an article that quotes them
)
