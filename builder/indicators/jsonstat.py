"""JSON-stat 2.0: the cube format that statistical software reads (https://json-stat.org/full/).

A dataset of one indicator has the dimensions `measure` (role metric), `region` (geo) and `period`
(time). Values are an array where most cells are there, else an object with only those that are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from builder.indicators.tables import Cube, texts
from builder.values import DIRECTIONS, FREQUENCIES, MARKS, MEASURES, Region

DENSE = 0.5  # share of cells from which an array is the shorter form
# In `status`: what a mark of ours means to software that knows SDMX's observation status.
STATUS: Mapping[str, str] = {
    "preliminary": "p",
    "combined": "c",
    "none": "m",
    "withdrawn": "w",
    "level": "l",
}


def dataset(table: Cube, base: str = "", made_before: Any = None) -> dict[str, Any]:
    """One indicator as a JSON-stat dataset. `base`: the address of its page, when it has one.

    `made_before` is what `values` made of the same table, when that was done.
    """
    known = table.indicator
    size = [len(table.measures), len(table.regions), len(table.periods)]
    made: dict[str, Any] = {
        "version": "2.0",
        "class": "dataset",
        "label": known.name,
        "source": "；".join(table.sources) or known.publisher,
        "updated": table.updated.isoformat(),
        "id": ["measure", "region", "period"],
        "size": size,
        "role": {"time": ["period"], "geo": ["region"], "metric": ["measure"]},
        "dimension": {
            "measure": _measures(table),
            "region": {"label": "地区", "category": _regions(table.regions)},
            "period": {
                "label": FREQUENCIES[known.frequency],
                "category": {
                    "index": [str(p) for p in table.periods],
                    "label": dict(_periods(table)),
                },
            },
        },
        "value": values(table) if made_before is None else made_before,
    }
    status = _status(table, size)
    if status:
        made["status"] = status
        used = set(status.values())
        made["extension"] = {
            "status": {STATUS[m]: t for m, t in MARKS.items() if STATUS[m] in used}
        }
    notes = ["示例数据，不是真实统计数字。"] if known.sample else []
    if not known.comparable:
        notes.append("增速按可比口径计算，不等于两期水平之比。")
    made["note"] = notes or [known.name]
    made.setdefault("extension", {}).update(_about(table))
    if base:
        made["href"] = base
    return made


def _measures(table: Cube) -> dict[str, Any]:
    units = {
        name: {
            "base": table.indicator.measures[name].unit or "—",
            "decimals": table.indicator.measures[name].decimals,
        }
        for name in table.measures
    }
    return {
        "label": "口径",
        "category": {
            "index": list(table.measures),
            "label": {name: MEASURES[name] for name in table.measures},
            "unit": units,
        },
    }


def _periods(table: Cube) -> Iterator[tuple[str, str]]:
    """What periods are called, whatever the measure; those of the year so far are that anyhow."""
    single = [n for n, name in enumerate(table.measures) if not name.startswith("ytd")]
    marked = {place for (_, _, place), mark in table.marks.items() if mark == "combined"}
    for place, period in enumerate(table.periods):
        yield (
            str(period),
            table.when(place, single) if single and place in marked else period.label(),
        )


def _regions(regions: Iterable[Region]) -> dict[str, Any]:
    every = tuple(regions)
    codes = {r.code for r in every}
    below: dict[str, list[str]] = {}
    for region in every:
        if region.parent in codes:
            below.setdefault(region.parent, []).append(region.code)
    made: dict[str, Any] = {
        "index": [r.code for r in every],
        "label": {r.code: r.name for r in every},
    }
    return made | ({"child": below} if below else {})


def values(table: Cube) -> list[float | int | None] | dict[str, float | int]:
    """What a dataset has under `value`: as published, so that it is the same in every output."""
    numbers: list[float | int | None] = []
    whole = [table.indicator.measures[name].decimals == 0 for name in table.measures]
    for place, block in enumerate(texts(table)):
        kind = int if whole[place] else float
        for line, vintages in zip(block, table.vintages[place].tolist(), strict=True):
            numbers += [
                kind(text) if text and vintage >= 0 else None
                for text, vintage in zip(line, vintages, strict=True)
            ]
    present = {str(n): v for n, v in enumerate(numbers) if v is not None}
    return numbers if len(present) >= DENSE * len(numbers) else present


def _status(table: Cube, size: list[int]) -> dict[str, str]:
    places = {
        (m * size[1] + r) * size[2] + p: STATUS[mark]
        for (m, r, p), mark in table.marks.items()
        if mark in STATUS
    }
    return {str(n): places[n] for n in sorted(places)}


def _about(table: Cube) -> dict[str, Any]:
    known, card = table.indicator, table.indicator.card
    told = {
        "definition": card.meaning,
        "scope": card.scope,
        "method": card.method,
        "formula": card.formula,
        "sample": card.sample,
        "form": card.form,
    }
    return {
        "indicator": known.id,
        "publisher": known.publisher,
        "example": known.sample,
        "direction": DIRECTIONS[known.direction],
        "comparable": known.comparable,
        "card": {k: v for k, v in told.items() if v},
    }


def collection(label: str, items: Iterable[tuple[str, str]], updated: str = "") -> dict[str, Any]:
    """A JSON-stat collection that leads to datasets: (label, address) of each."""
    made: dict[str, Any] = {"version": "2.0", "class": "collection", "label": label}
    if updated:
        made["updated"] = updated
    links = [{"class": "dataset", "label": name, "href": href} for name, href in items]
    return made | {"link": {"item": links}}
