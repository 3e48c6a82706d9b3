"""`data/indicators.json` of a bundle: what publishing and the service must know of indicators, without numbers.

Definitions, regions, data templates; for those inside also rules, relations, bounds and targets.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

from pydantic import BaseModel, TypeAdapter

from builder.indicators.rules import AnyRule, Rule
from builder.indicators.warn.relations import Bound, Relation
from builder.values import (
    Card,
    Grant,
    Indicator,
    Measure,
    Numbers,
    Region,
    Schedule,
    Template,
    TemplateRow,
)

PATH = "data/indicators.json"
FORMAT = "weike-indicators/1"
AUTHORED = ("due", "summary", "date", "level", "within")  # of a template, in rows of their own


@dataclass(frozen=True, slots=True)
class Definitions:
    """What a bundle says of indicators."""

    indicators: Mapping[str, Indicator] = field(default_factory=dict)
    regions: Mapping[str, Region] = field(default_factory=dict)
    templates: Mapping[str, Template] = field(default_factory=dict)
    rules: tuple[AnyRule, ...] = ()
    relations: tuple[Relation, ...] = ()
    bounds: tuple[Bound, ...] = ()
    targets: Mapping[str, Mapping[int, tuple[float, str]]] = field(default_factory=dict)
    home: str = ""
    nation: str = ""


def write(numbers: Numbers) -> bytes:
    """All that an edition may know of definitions, as the bytes of the file: one row a line."""
    sets = [numbers.rulesets[name] for name in sorted(numbers.rulesets)]
    rows: dict[str, Iterable[object]] = {
        "regions": numbers.regions.values(),
        "indicators": [numbers.indicators[name] for name in sorted(numbers.indicators)],
        "templates": [numbers.templates[name] for name in sorted(numbers.templates)],
        **{key: [r for s in sets for r in s[key]] for key in ("rules", "relations", "bounds")},
    }
    if numbers.templates:  # apart from their rows: who reads an older form leaves it alone
        rows["authored"] = [_authored(t) for t in rows["templates"]]
    told: dict[str, object] = {"format": FORMAT, "home": numbers.home, "nation": numbers.nation}
    told |= {"targets": {n: {str(y): t for y, t in t.items()} for n, t in numbers.targets.items()}}
    head = _encoded(told)[1:-1]
    lists = (f'"{key}":[\n{_lines(found)}]' for key, found in rows.items())
    return f"{{{head},\n{','.join(lists)}}}\n".encode()


def _lines(rows: Iterable[object]) -> str:
    return "".join(f"{',' if n else ''}{_encoded(row)}\n" for n, row in enumerate(rows))


def _plain(value: object) -> dict[str, Any]:
    """A dataclass or a rule as a mapping, not as a copy of all that it holds."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    assert is_dataclass(value)
    left = AUTHORED if isinstance(value, Template) else ()
    return {f.name: getattr(value, f.name) for f in fields(value) if f.name not in left}


def _authored(template: object) -> dict[str, Any]:
    assert isinstance(template, Template)
    told = {name: getattr(template, name) for name in AUTHORED}
    return {"id": template.id, **{name: value for name, value in told.items() if value}}


_encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_plain).encode


def read(data: bytes) -> Definitions:
    """What `write` wrote; ValueError when it is no such file."""
    found = json.loads(data)
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise ValueError(f"不是 {FORMAT} 的文件")
    try:
        authored = {row["id"]: row for row in found.get("authored", ())}
        return Definitions(
            indicators={row["id"]: _indicator(row) for row in found["indicators"]},
            regions={row["code"]: Region(**row) for row in found["regions"]},
            templates={
                r["id"]: _template(r | authored.get(r["id"], {})) for r in found["templates"]
            },
            rules=_rules(found["rules"]),
            relations=tuple(Relation.model_validate(row) for row in found["relations"]),
            bounds=tuple(Bound.model_validate(row) for row in found["bounds"]),
            targets={
                name: {int(year): (float(n), str(m)) for year, (n, m) in years.items()}
                for name, years in found["targets"].items()
            },
            home=found["home"],
            nation=found["nation"],
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"文件缺了内容：{error}") from error


def _rules(rows: list[Any]) -> tuple[AnyRule, ...]:
    adapter: TypeAdapter[AnyRule] = TypeAdapter(Rule)
    return tuple(adapter.validate_python(row) for row in rows)


def _indicator(row: Mapping[str, Any]) -> Indicator:
    schedule = row["schedule"]
    inner = {
        "measures": {name: Measure(**m) for name, m in row["measures"].items()},
        "grants": tuple(Grant(**_tupled(g)) for g in row["grants"]),
        "card": Card(**row["card"]),
        "schedule": Schedule(**schedule) if schedule else None,
    }
    return Indicator(**{**_tupled(row), **inner})


def _template(row: Mapping[str, Any]) -> Template:
    return Template(**{**_tupled(row), "rows": tuple(TemplateRow(**r) for r in row["rows"])})


def _tupled(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(v) if isinstance(v, list) else v for key, v in row.items()}
