"""Answers in the shape of PxWebApi 2, as files: `/tables`, `/tables/{id}`, its metadata and its data.

A static host answers them when it serves `index.json`, or `<name>.json` for `<name>`. What needs a
running program, choosing cells by a query, is left to the companion service; here a table is whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from builder.indicators.tables import Cube
from builder.values import Indicator

FORMATS = ("json-stat2", "csv", "xlsx")
UNITS: Mapping[str, str] = {
    "month": "Monthly",
    "quarter": "Quarterly",
    "half": "HalfYear",
    "year": "Annual",
}


def config(label: str, publisher: str) -> dict[str, Any]:
    """What this interface can do, for software that asks before it calls."""
    return {
        "apiVersion": "2.0",
        "languages": [{"id": "zh", "label": "中文"}],
        "defaultLanguage": "zh",
        "maxDataCells": None,
        "defaultDataFormat": "json-stat2",
        "dataFormats": list(FORMATS),
        "sourceReferences": [{"language": "zh", "text": publisher}],
        "features": [{"id": "static", "params": []}],
        "label": label,
    }


def table(cube: Cube, *, public: bool) -> dict[str, Any]:
    """One line of the list of tables. `public`: its indicator is for everybody."""
    known = cube.indicator
    return {
        "type": "Table",
        "id": known.id,
        "label": known.name,
        "description": known.card.meaning,
        "updated": cube.updated.isoformat(),
        "firstPeriod": str(cube.periods[0]),
        "lastPeriod": str(cube.periods[-1]),
        "category": "public" if public else "internal",
        "variableNames": ["口径", "地区", "时期"],
        "source": "；".join(cube.sources) or known.publisher,
        "timeUnit": UNITS[known.frequency],
        "paths": [[{"id": known.family, "label": known.theme}]],
        "discontinued": False,
        "links": _links(known, ""),
    }


def _links(known: Indicator, up: str) -> list[dict[str, str]]:
    made = [
        {"rel": "self", "hreflang": "zh", "href": f"{up}tables/{known.id}/index.json"},
        {"rel": "metadata", "hreflang": "zh", "href": f"{up}tables/{known.id}/metadata.json"},
        {"rel": "data", "hreflang": "zh", "href": f"{up}tables/{known.id}/data.json"},
    ]
    others = (f"{up}tables/{known.id}/data.{form}" for form in ("csv", "xlsx"))
    return made + [{"rel": "alternate", "hreflang": "zh", "href": href} for href in others]


def tables(cubes: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The list of all tables, on one page."""
    every = list(cubes)
    return {
        "language": "zh",
        "tables": every,
        "page": {
            "pageNumber": 1,
            "pageSize": len(every),
            "totalElements": len(every),
            "totalPages": 1,
        },
        "links": [{"rel": "self", "hreflang": "zh", "href": "tables/index.json"}],
    }


def metadata(dataset: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON-stat dataset without its values, as the interface gives metadata."""
    left = {k: v for k, v in dataset.items() if k not in {"value", "status"}}
    return left | {"value": []}
