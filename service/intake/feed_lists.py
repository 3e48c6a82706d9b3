"""The lists of the feed: what it can do, which tables there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from limits import parse

from builder.indicators.pxweb import FORMATS, UNITS
from builder.values import Indicator, Period, Vintage
from service.intake.cubes import Cells
from service.intake.released import at
from service.settings import Settings

BASE = "/api/v2"


def config(settings: Settings) -> dict[str, Any]:
    """What the feed can do, and its limits, for software that asks before it calls."""
    rate = parse(settings.feed_rate)
    return {
        "apiVersion": "2.0",
        "languages": [{"id": "zh", "label": "中文"}],
        "defaultLanguage": "zh",
        "maxDataCells": settings.feed_cells,
        "maxCallsPerTimeWindow": rate.amount,
        "timeWindow": rate.get_expiry(),
        "defaultDataFormat": "json-stat2",
        "dataFormats": list(FORMATS),
        "sourceReferences": [{"language": "zh", "text": "示例和真实的来源见每张表的 source"}],
        "features": [
            {"id": "asOf", "params": [{"key": "parameter", "value": "asOf"}]},
            {"id": "wholeTable", "params": [{"key": "path", "value": "whole.{json,csv,xlsx}"}]},
        ],
    }


def line(
    indicator: Indicator, cells: Cells, told: Mapping[int, Vintage], public: bool
) -> dict[str, Any]:
    """One line of the list of tables."""
    ordinals = [ordinal for _, _, ordinal in cells]
    sources = dict.fromkeys(told[row.batch].source for row in cells.values() if row.batch in told)
    frequency = indicator.frequency
    return {
        "type": "Table",
        "id": indicator.id,
        "label": indicator.name,
        "description": indicator.card.meaning,
        "updated": at(max(row.release for row in cells.values())).isoformat(),
        "firstPeriod": str(Period(frequency, min(ordinals))),
        "lastPeriod": str(Period(frequency, max(ordinals))),
        "category": "public" if public else "internal",
        "variableNames": ["口径", "地区", "时期"],
        "source": "；".join(s for s in sources if s) or indicator.publisher,
        "timeUnit": UNITS[frequency],
        "paths": [[{"id": indicator.family, "label": indicator.theme}]],
        "discontinued": False,
        "links": links(indicator.id),
    }


def links(name: str) -> list[dict[str, str]]:
    """Where a table is to be had."""
    here = f"{BASE}/tables/{name}"
    found = {"self": here, "metadata": f"{here}/metadata", "data": f"{here}/data"}
    made = [{"rel": rel, "hreflang": "zh", "href": href} for rel, href in found.items()]
    whole = (f"{here}/whole.{form}" for form in ("json", "csv", "xlsx"))
    return made + [{"rel": "alternate", "hreflang": "zh", "href": href} for href in whole]


def listed(lines: Sequence[dict[str, Any]], number: int, size: int) -> dict[str, Any]:
    """One page of the list of tables."""
    pages = max(1, -(-len(lines) // size))
    return {
        "language": "zh",
        "tables": list(lines[(number - 1) * size : number * size]),
        "page": {
            "pageNumber": number,
            "pageSize": size,
            "totalElements": len(lines),
            "totalPages": pages,
        },
        "links": [{"rel": "self", "hreflang": "zh", "href": f"{BASE}/tables"}],
    }


def fits(line: Mapping[str, Any], words: Iterable[str], since: str) -> bool:
    """Whether a line holds all words, and is of `since` (ISO) or later."""
    text = f"{line['id']} {line['label']} {line['description']} {line['paths'][0][0]['label']}"
    return line["updated"] >= since and all(word.lower() in text.lower() for word in words)
