"""A chart inside another spec: the same keys as in a `chart` block, each mistake at its own key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BeforeValidator

from builder.media.chart_raw import typed
from builder.media.chart_spec import ChartSpec, mistaken

Steps = tuple[str | int, ...]


def _typed(written: Any) -> Any:
    """Numbers of an ECharts option come as text from a strict source."""
    if isinstance(written, dict) and "option" in written:
        return {**written, "option": typed(written["option"])}
    return written


ChartField = Annotated[ChartSpec | None, BeforeValidator(_typed)]


def chart_faults(spec: ChartSpec | None, *steps: str | int) -> Iterator[tuple[Steps, str]]:
    """What only shows when a chart's keys are seen together: where, below `steps`, and what to do."""
    if spec is not None:
        for inner, message, action in mistaken(spec):
            yield (*steps, *inner), f"{message}{action}".rstrip("。")
