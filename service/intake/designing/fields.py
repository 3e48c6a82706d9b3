"""A design as the fields of a form, and back; what the buttons in it do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData

from builder.indicators.template_keys import Keys
from service.room import Stopped

PARTS = ("indicator", "measure", "label", "of", "indent")  # of a row; each comes once in every row
HIDDEN = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
LONG, NOTE = (
    400,
    4000,
)  # characters that are taken of a line and of a note; the builder judges the rest
MOST_ROWS = 400
BUTTON = re.compile(r"(up|down|out):(\d{1,4})")
ADD = re.compile(r"add:([a-z0-9-]{1,64})")
UNCLEAR = "这一页没有收全，什么也没有改：请刷新再做。"


@dataclass(frozen=True, slots=True)
class Sent:
    """What came: the keys, the button, the version that was before the writer's eyes, what is looked for."""

    keys: Keys
    button: str = ""
    version: int = 0
    over: int = 0
    search: str = ""


def read(form: FormData, before: Keys) -> Sent:
    """The keys that a form says; what it does not show stays as `before` has it."""
    keys: Keys = {
        "title": line(form.get("title", "")),
        "audience": line(form.get("audience", "")),
        "division": before["division"],
        "date": before["date"],
        "summary": line(form.get("summary", "")),
        "frequency": line(form.get("frequency", "")),
        "regions": _regions(form, before.get("regions")),
        "layout": line(form.get("layout", "")),
        "rows": _rows(form),
        "checks": _several(form, "check", before.get("checks")),
        "note": _note(form.get("note", "")),
        "due": _due(form),
    }
    return Sent(
        {name: value for name, value in keys.items() if value},
        _text(form.get("do", "")),
        _whole(form.get("version", "")),
        _whole(form.get("over", "")),
        line(form.get("search", ""))[:40],
    )


def pressed(sent: Sent, measures: Mapping[str, Iterable[str]]) -> Keys:
    """The keys after the button: a row up, down or out, or one more. `measures`: of the indicators to choose from."""
    rows = [dict(row) for row in sent.keys.get("rows", [])]
    if found := BUTTON.fullmatch(sent.button):
        at = int(found[2])
        if at < len(rows):
            row = rows.pop(at)
            if found[1] != "out":
                rows.insert(max(at - 1, 0) if found[1] == "up" else at + 1, row)
    elif (found := ADD.fullmatch(sent.button)) and found[1] in measures:
        if len(rows) >= MOST_ROWS:
            raise Stopped(422, f"一张表最多 {MOST_ROWS} 行。")
        rows.append(_fresh(found[1], list(measures[found[1]]), rows))
    told = {**sent.keys, "rows": rows}
    return {name: value for name, value in told.items() if value}


def _fresh(indicator: str, measures: list[str], rows: list[Keys]) -> Keys:
    """A row for an indicator, with the first of its measures that the table has not."""
    taken = {r.get("measure", "value") for r in rows if r["indicator"] == indicator}
    measure = next((m for m in measures if m not in taken), measures[0])
    return {"indicator": indicator} | ({"measure": measure} if measure != "value" else {})


def _rows(form: FormData) -> list[Keys]:
    columns = [form.getlist(part) for part in PARTS]
    if len({len(column) for column in columns}) != 1 or len(columns[0]) > MOST_ROWS:
        raise Stopped(422, UNCLEAR)
    found = []
    for texts in zip(*columns, strict=True):
        told: Keys = dict(zip(PARTS, (line(text) for text in texts), strict=True))
        told["indent"] = _number(told["indent"])
        if told["measure"] == "value":
            del told["measure"]
        order = ("indicator", "measure", "label", "indent", "of")
        found.append({k: told[k] for k in order if told.get(k)})
    return found


def _regions(form: FormData, before: Any) -> Any:
    if line(form.get("area", "")) == "codes":
        return _several(form, "code", before)
    told = {"level": line(form.get("level", "")), "within": line(form.get("within", ""))}
    return {k: v for k, v in told.items() if v}


def _due(form: FormData) -> Keys:
    day, lag = line(form.get("day", "")), line(form.get("lag", "")) or "1"
    if not day:
        return {}
    return ({} if lag == "1" else {"lag": _number(lag)}) | {"day": _number(day)}


def _several(form: FormData, name: str, before: Any) -> list[str]:
    """What is ticked: what was before in its order, then the rest as the page has it."""
    ticked = dict.fromkeys(t for t in map(line, form.getlist(name)) if t)
    first = [t for t in before if t in ticked] if isinstance(before, list) else []
    return [*dict.fromkeys([*first, *ticked])]


def _number(text: str) -> int | str:
    return int(text) if re.fullmatch(r"[0-9]{1,4}", text) else text


def _whole(text: Any) -> int:
    found = _text(text)
    return int(found) if found.isascii() and found.isdigit() and len(found) < 12 else 0


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def line(value: Any) -> str:
    """What somebody typed, as one line without hidden characters."""
    text = HIDDEN.sub(" ", _text(value)[:LONG])
    return text.replace("\n", " ").strip()


def _note(value: Any) -> str:
    text = _text(value)[:NOTE].replace("\r\n", "\n").replace("\r", "\n")
    return "\n".join(HIDDEN.sub(" ", row).rstrip() for row in text.split("\n")).strip()
