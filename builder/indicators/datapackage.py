"""Frictionless Data Package (v1): all tables of an edition, each CSV with its schema."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from builder.indicators.tables import COLUMNS, Cube, inert
from builder.values import FAMILIES, FREQUENCIES, MARKS, MEASURES, Indicator, Region

PERIOD = r"(19|20)\d\d(-(0[1-9]|1[0-2])|-Q[1-4]|-H[12])?"
TYPES: Mapping[str, Mapping[str, Any]] = {
    "measure": {"type": "string", "constraints": {"required": True, "enum": list(MEASURES)}},
    "region": {"type": "string", "constraints": {"required": True, "pattern": r"\d{6}"}},
    "period": {"type": "string", "constraints": {"required": True, "pattern": PERIOD}},
    "value": {"type": "number"},
    "mark": {"type": "string", "constraints": {"enum": list(MARKS)}},
    "released": {
        "type": "datetime",
        "format": "%Y-%m-%dT%H:%M:%S%z",
        "constraints": {"required": True},
    },
}
Made = tuple[str, bytes]


def resource(table: Cube, path: str) -> dict[str, Any]:
    """The description of one indicator's CSV at `path`, relative to the package."""
    fields = [
        {"name": key, "title": title} | dict(TYPES.get(key, {"type": "string"}))
        for key, title in COLUMNS
    ]
    keys = [{"fields": "region", "reference": {"resource": "regions", "fields": "code"}}]
    return {
        "name": table.indicator.id,
        "title": table.indicator.name,
        "description": table.indicator.card.meaning or table.indicator.name,
        "sources": [{"title": s} for s in table.sources] or [{"title": table.indicator.publisher}],
        **_file(path),
        "schema": {
            "fields": fields,
            "missingValues": [""],
            "primaryKey": ["measure", "region", "period"],
            "foreignKeys": keys,
        },
    }


def _file(path: str) -> dict[str, Any]:
    return {  # size and hash of every file stand in the bundle's manifest
        "path": path,
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8-sig",
    }


def _listed(
    name: str, title: str, heads: Mapping[str, str], rows: Iterable[tuple[str, ...]]
) -> tuple[dict[str, Any], Made]:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(list(heads))
    writer.writerows([inert(v) for v in row] for row in rows)
    body, path = b"\xef\xbb\xbf" + out.getvalue().encode(), f"{name}.csv"
    fields = [{"name": k, "title": t, "type": "string"} for k, t in heads.items()]
    fields[0]["constraints"] = {"required": True, "unique": True}  # type: ignore[assignment]  # of mixed types
    described = {"name": name, "title": title, **_file(path)}
    schema = {"fields": fields, "missingValues": [""], "primaryKey": [next(iter(heads))]}
    return described | {"schema": schema}, (path, body)


def regions(every: Iterable[Region]) -> tuple[dict[str, Any], Made]:
    """The list of regions: its description, and (path, bytes)."""
    heads = {"code": "代码", "name": "名称", "level": "层级", "parent": "上级"}
    rows = ((r.code, r.name, r.level, r.parent) for r in every)
    return _listed("regions", "地区", heads, rows)


def indicators(every: Iterable[Indicator]) -> tuple[dict[str, Any], Made]:
    """The list of indicators: its description, and (path, bytes)."""
    heads = {
        "id": "编号",
        "name": "名称",
        "family": "体系",
        "theme": "专题",
        "frequency": "频率",
        "publisher": "发布单位",
        "meaning": "涵义",
        "scope": "范围",
        "method": "调查方法",
        "formula": "计算方法",
        "sample": "样本量",
        "example": "示例数据",
    }
    rows = (
        (
            i.id, i.name, FAMILIES[i.family], i.theme, FREQUENCIES[i.frequency], i.publisher, i.card.meaning,
            i.card.scope, i.card.method, i.card.formula, i.card.sample, "是" if i.sample else "否",
        )
        for i in every
    )  # fmt: skip
    return _listed("indicators", "指标", heads, rows)


def package(name: str, title: str, updated: str, resources: list[dict[str, Any]]) -> dict[str, Any]:
    """The descriptor. `updated`: when the newest number was released; it also names the version."""
    return {
        "profile": "tabular-data-package",
        "name": name,
        "title": title,
        "created": updated,
        "version": updated[:10],
        "resources": resources,
    }
