"""The blocks of a dashboard as its template takes them. Their numbers were put in at the gate."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from builder.kinds.queried import sources
from builder.media.chart_spec import ChartSpec
from builder.render.web.cards import View
from builder.render.web.indicators.words import NAMES, number, with_unit
from builder.values import MEASURES, Numbers

if TYPE_CHECKING:
    from builder.indicators.grid import Grid

HEADS = {"period": "时期", "region": "地区", "indicator": "指标", "measure": "口径"}


def blocks(
    every: tuple[Mapping[str, Any], ...],
    numbers: Numbers,
    draw: Callable[[ChartSpec, str], str],
) -> Iterator[View]:
    """Each block with one of tiles, chart, table, text. `draw` makes a chart's HTML, given a prefix for ids."""
    for place, block in enumerate(every, 1):
        made: View = {"title": block["title"], "tiles": [], "chart": "", "table": None, "text": ""}
        if block["numbers"]:
            made["tiles"] = [t for grid in block["numbers"] for t in tiles(grid, numbers)]
        elif block["chart"] is not None:
            made["chart"] = Markup(draw(block["chart"], f"k{place}-"))
        elif block["table"] is not None:
            made["table"] = table(block["table"], block["title"], block["note"])
        else:
            made["text"] = Markup(block["text"])
        yield made


def tiles(grid: Grid, numbers: Numbers) -> Iterator[View]:
    """Each number of a table by itself, with its unit, what it is of, and when."""
    for row in grid.cells:
        for shown in row:
            if shown.cell is None:
                continue
            key = shown.cell.key
            known = numbers.indicators[key.indicator]
            region = numbers.regions[key.region]
            home = key.region in {numbers.home, numbers.nation}
            measure = known.measures[key.measure]
            value = number(shown.cell.value, measure, key.measure)
            yield {
                "name": known.short or known.name,
                "url": known.url,
                "text": with_unit(value, measure.unit) if value else shown.text,
                "when": "".join(
                    (
                        "" if home else region.name,
                        shown.cell.when,
                        NAMES.get(key.measure, MEASURES[key.measure]),
                    )
                ),
            }


def table(grid: Grid, title: str, note: str) -> View:
    """A table with its head and source, as texts."""
    return {
        "title": title or grid.title,
        "unit": grid.unit,
        "head": HEADS.get(grid.by, ""),
        "columns": grid.columns,
        "rows": [
            {"name": name, "cells": [c.text for c in row]}
            for name, row in zip(grid.rows, grid.cells, strict=True)
        ],
        "note": note,
        "source": sources(grid),
        "sample": grid.sample,
    }
