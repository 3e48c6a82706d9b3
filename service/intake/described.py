"""What the feed answers, as JSON Schema: for the description that machines read and for tests that try it."""

from __future__ import annotations

from typing import Any

from service.room import FILE

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
JSON = "application/json"
Schema = dict[str, Any]


def _all(**properties: Schema) -> Schema:
    """An object that has every one of these."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def _many(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def _dense_or_sparse(of: Schema) -> Schema:
    """JSON-stat's two ways: each in its place, or only those there are, by their place."""
    return {"anyOf": [_many(of), {"type": "object", "additionalProperties": of}]}


TEXT: Schema = {"type": "string"}
COUNT: Schema = {"type": "integer", "minimum": 0}
LABELS: Schema = {"type": "object", "additionalProperties": TEXT}
LINKS = _many(_all(rel=TEXT, hreflang=TEXT, href=TEXT))
CONFIG = _all(
    apiVersion=TEXT,
    languages=_many(_all(id=TEXT, label=TEXT)),
    defaultLanguage=TEXT,
    maxDataCells=COUNT,
    maxCallsPerTimeWindow=COUNT,
    timeWindow=COUNT,
    defaultDataFormat=TEXT,
    dataFormats=_many(TEXT),
    features=_many(_all(id=TEXT)),
)
TABLE = _all(
    type={"const": "Table"},
    id=TEXT,
    label=TEXT,
    description=TEXT,
    updated={"type": "string", "format": "date-time"},
    firstPeriod=TEXT,
    lastPeriod=TEXT,
    category={"enum": ["public", "internal"]},
    variableNames=_many(TEXT),
    source=TEXT,
    timeUnit=TEXT,
    paths=_many(_many(_all(id=TEXT, label=TEXT))),
    discontinued={"type": "boolean"},
    links=LINKS,
)
TABLES = _all(
    language=TEXT,
    tables=_many(TABLE),
    page=_all(pageNumber=COUNT, pageSize=COUNT, totalElements=COUNT, totalPages=COUNT),
    links=LINKS,
)
DIMENSION = _all(label=TEXT, category=_all(index=_many(TEXT), label=LABELS))
DATASET = _all(  # JSON-stat 2.0
    version={"const": "2.0"},
    **{"class": {"const": "dataset"}},
    label=TEXT,
    source=TEXT,
    updated={"type": "string", "format": "date-time"},
    id={"const": ["measure", "region", "period"]},
    size={"type": "array", "items": COUNT, "minItems": 3, "maxItems": 3},
    role=LABELS | {"additionalProperties": _many(TEXT)},
    dimension=_all(measure=DIMENSION, region=DIMENSION, period=DIMENSION),
    value=_dense_or_sparse({"type": ["number", "null"]}),
    extension={"type": "object"},
)
DATASET["properties"]["status"] = LABELS
FORMS: dict[str, Schema] = {JSON: DATASET, "text/csv": FILE, XLSX: FILE}
