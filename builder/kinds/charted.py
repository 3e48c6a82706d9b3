"""A chart inside another spec: the same keys as in a `chart` block, each mistake at its own key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator

from builder.media.chart_raw import typed
from builder.media.chart_spec import ChartSpec, mistaken
from builder.model import Entry
from builder.problems import Problem

Steps = tuple[str | int, ...]


def _typed(written: Any) -> Any:
    """Numbers of an ECharts option come as text from a strict source."""
    if isinstance(written, dict) and "option" in written:
        return {**written, "option": typed(written["option"])}
    return written


def undrawable(entry: Entry) -> Iterator[Problem]:
    """Charts of an author's own option that ECharts can't draw; the other types always can be."""
    for spec in _raw(entry.data):
        from builder.media import charts  # few entries have such charts

        try:
            charts.svg(spec)
        except charts.ChartError as error:
            message = f"ECharts 画不出“{spec.title}”：{str(error)[:80]}。"
            action = "对照 ECharts 手册检查 option，或改用现成的图种。"
            yield Problem("CHT002", entry.where("title"), message, action)


def _raw(value: Any) -> Iterator[ChartSpec]:
    if isinstance(value, ChartSpec):
        if value.type == "option":
            yield value
    elif isinstance(value, (Mapping, tuple)):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _raw(inner)


ChartField = Annotated[ChartSpec | None, BeforeValidator(_typed)]


def chart_faults(spec: ChartSpec | None, *steps: str | int) -> Iterator[tuple[Steps, str]]:
    """What only shows when a chart's keys are seen together: where, below `steps`, and what to do."""
    if spec is not None:
        for inner, message, action in mistaken(spec):
            yield (*steps, *inner), f"{message}{action}".rstrip("。")
