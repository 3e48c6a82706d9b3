"""A data template as its author writes it: keys, and the YAML of them in the house's hand.

Keys are plain data in one form: what is at its default is left out, so that equal templates have equal
keys, and a digest of them names a version.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

import yaml

from builder.indicators.regions import inside
from builder.values import Region, Template, TemplateRow

Keys = dict[str, Any]
DESIGNED = (
    *("title", "audience", "division", "date", "summary", "frequency", "regions", "layout"),
    *("rows", "checks", "note", "due"),
)
PLAIN = re.compile(
    r"[\w（《“][\w（）《》“”‘’，。；、—…·％：+./-]*(?: [\w（）《》“”，。；、—…·％+./-]+)*"
)
# What other readers of YAML would take for something else than text.
OTHER = re.compile(r"[\d.:+_eE-]+|0[xob]\w+|(?i:yes|no|on|off|y|n|true|false|null|nan|inf)|\.\w+")
ODD = re.compile(
    r"[^\x20-\x7e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)


def keys_of(template: Template) -> Keys:
    """The keys of a template that knows how it was authored."""
    area: Any = list(dict.fromkeys(template.regions))
    if template.level:
        area = {"level": template.level}
        area |= {"within": template.within} if template.within else {}
    due: Mapping[str, int] = {}
    if template.due:
        lag, day = template.due
        due = {"lag": lag, "day": day} if lag != 1 else {"day": day}
    told: Keys = {
        "title": template.name,
        "audience": template.audience,
        "division": template.division,
        "date": template.date,
        "summary": template.summary,
        "frequency": template.frequency,
        "regions": area,
        "layout": template.layout,
        "rows": [_row(row) for row in template.rows],
        "checks": list(dict.fromkeys(template.checks)),
        "note": "\n".join(row.rstrip() for row in template.note.split("\n")).strip(),
        "due": dict(due),
    }
    return {key: value for key, value in told.items() if value}


def _row(row: TemplateRow) -> Keys:
    told = {"indicator": row.indicator, "measure": row.measure, "label": row.label}
    if row.measure == "value":
        del told["measure"]
    return {k: v for k, v in (told | {"indent": row.indent, "of": row.of}).items() if v}


def template_of_keys(name: str, keys: Mapping[str, Any], regions: Mapping[str, Region]) -> Template:
    """The template that right keys make, its regions as codes."""
    area, due = keys["regions"], keys.get("due")
    level, within = ("", "")
    if isinstance(area, Mapping):
        level, within = area["level"], area.get("within", "")
    rows = ({"measure": "value", "label": ""} | row for row in keys["rows"])
    return Template(
        id=name,
        name=keys["title"],
        audience=keys["audience"],
        division=keys["division"],
        frequency=keys["frequency"],
        regions=inside(regions, level, within) if level else tuple(area),
        rows=tuple(TemplateRow(**row) for row in rows),
        layout=keys["layout"],
        checks=tuple(keys.get("checks", ())),
        note=keys.get("note", ""),
        due=(due.get("lag", 1), due["day"]) if due else None,
        summary=keys.get("summary", ""),
        date=keys["date"],
        level=level,
        within=within,
    )


def digest(keys: Mapping[str, Any]) -> str:
    """What names this version of a template: 32 hex digits."""
    told = json.dumps(keys, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()[:32]


# --- YAML -----------------------------------------------------------------------------------------


def written(keys: Mapping[str, Any], others: Mapping[str, Any] | None = None) -> str:
    """The file of a template. `others`: keys of the file that are not a template's own, kept as they are."""
    lines: list[str] = []
    for key in DESIGNED:
        if key in keys:
            lines += _lines(key, keys[key])
        if key == "summary":
            lines += [f"{name}: {_flow(value)}" for name, value in (others or {}).items()]
    return "\n".join([*lines, ""])


def _lines(key: str, value: Any) -> list[str]:
    if key == "rows":
        return ["rows:", *(f"  - {_flow(row)}" for row in value)] if value else ["rows: []"]
    if key == "date":
        return [
            f"date: {value}" if re.fullmatch(r"\d{4}-\d\d-\d\d", value) else f"date: {_word(value)}"
        ]
    if key == "note" and _block(value):
        return ["note: |-", *(f"  {line}".rstrip() for line in value.split("\n"))]
    return [f"{key}: {_flow(value)}"]


def _block(text: str) -> bool:
    """Whether a text of several lines reads the same as a block."""
    rows = text.split("\n")
    return (
        len(rows) > 1
        and all(row == row.rstrip() for row in rows)
        and bool(rows[0] and rows[-1])
        and not rows[0].startswith(" ")
        and not ODD.search(text.replace("\n", ""))
    )


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_word(str(k))}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return str(value) if isinstance(value, int) else _word(str(value))


def _word(text: str) -> str:
    """A text as people write it where that reads the same, else in quotes."""
    if PLAIN.fullmatch(text) and not OTHER.fullmatch(text):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return ODD.sub(lambda found: _escaped(found[0]), quoted)


def _escaped(sign: str) -> str:
    return f"\\u{ord(sign):04x}"


def commented(text: str) -> bool:
    """Whether a YAML text has comments, which a program that writes it anew would lose."""
    end = 0
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        if "#" in text[end : token.start_mark.index]:
            return True
        end = max(end, token.end_mark.index)
    return "#" in text[end:]
