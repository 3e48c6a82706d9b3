"""A few series without gaps and marks, put together from parts that the shared engine wrote before."""

from __future__ import annotations

import json
from collections.abc import Mapping, MutableMapping
from typing import Any

from builder.indicators.tables import Cube
from builder.values import Vintage, rounded
from service.intake.cubes import Asked, Cells
from service.intake.released import at

Parts = MutableMapping[tuple[Any, ...], str]
MOST = 4096  # parts that are kept
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def learn(parts: Parts, cube: Cube, said: Mapping[str, Any]) -> None:
    """Keep the parts of a dataset that are the same for other numbers."""
    if cube.marks:
        return
    if len(parts) > MOST:
        parts.clear()
    dimension = said["dimension"]
    rest = {k: v for k, v in said.items() if k not in VARYING}
    name = cube.indicator.id, cube.measures
    parts["frame", *name] = _encode(rest)[1:-1]
    parts["measure", *name] = _encode(dimension["measure"])
    parts["region", tuple(r.code for r in cube.regions)] = _encode(dimension["region"])
    first, last = cube.periods[0], cube.periods[-1]
    if len(cube.periods) == last.ordinal - first.ordinal + 1:
        span = first.frequency, first.ordinal, last.ordinal
        parts["period", *span] = _encode(dimension["period"])


VARYING = {"source", "updated", "size", "dimension", "value", "status"}


def body(parts: Parts, asked: Asked, cells: Cells, told: Mapping[int, Vintage]) -> bytes | None:
    """The JSON-stat of a call; None when it needs the long way."""
    measures, regions = asked.measures.codes(), asked.regions.codes()
    if len(measures) != 1 or len(regions) != 1 or asked.periods.words or not cells:
        return None
    indicator, rows = asked.indicator, list(cells.values())  # in the order of their periods
    low, high = rows[0].ordinal, rows[-1].ordinal
    if len(rows) != high - low + 1:
        return None
    name = indicator.id, measures
    found = [
        parts.get(key)
        for key in (
            ("frame", *name),
            ("measure", *name),
            ("region", regions),
            ("period", indicator.frequency, low, high),
        )
    ]
    batches = dict.fromkeys(row.batch for row in rows)
    if None in found or any(batch not in told for batch in batches):
        return None
    values = _values([(r.value, r.mark) for r in rows], indicator.measures[measures[0]].decimals)
    if values is None:
        return None
    source = "；".join(dict.fromkeys(s for b in batches if (s := told[b].source)))
    varying = {
        "source": source or indicator.publisher,
        "updated": at(max(row.release for row in rows)).isoformat(),
        "size": [1, 1, len(rows)],
    }
    frame, measure, region, period = found
    dimension = f'"dimension":{{"measure":{measure},"region":{region},"period":{period}}}'
    return f'{{{frame},{_encode(varying)[1:-1]},{dimension},"value":{values}}}'.encode()


def _values(told: list[tuple[float | None, str]], decimals: int) -> str | None:
    """Numbers as published; None when there is a gap or a mark among them."""
    out: list[float | int] = []
    for value, mark in told:
        if value is None or mark:
            return None
        if decimals and round(value, decimals) == value:
            out.append(value)
        else:
            text = rounded(value, decimals)
            out.append(float(text) if decimals else int(text))
    return _encode(out)
