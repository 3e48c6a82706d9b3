"""The pages of the designer: the list of a division, one design with its form, findings and preview."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from builder.indicators.template_keys import Keys, template_of_keys
from builder.values import FREQUENCIES, MEASURES
from service.desk import Desk
from service.intake import view
from service.intake.designing import acts, choices, inforce, preview
from service.intake.designing.acts import STATES
from service.intake.designing.inforce import keys_in
from service.intake.designing.judging import judged
from service.intake.readers import Reader
from service.store import designs, people
from service.store.designs import APPROVED, DRAFT, WAITING
from service.store.engine import Connection
from service.web.pages import page

LAGS = {0: "当月（期末那个月）", 1: "下个月", 2: "再下个月", 3: "期后第三个月"}
INDENTS = range(7)


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody sent just now and was not kept: it is shown again."""

    keys: Keys | None = None
    said: str = ""
    status: int = 200
    version: int = 0  # that was before their eyes; 0: today's
    over: int = 0  # the version that they may write over, knowing it
    search: str = ""
    note: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


def listing(request: Request, desk: Desk, reader: Reader, typed: Typed) -> Response:
    """The templates and designs of a division."""
    assert reader.user is not None
    org = reader.user.org
    with desk.store.read() as connection:
        held = inforce.current(connection, reader.known)
        rows = designs.of_division(connection, org) if org else []
        who = _who(connection)
    mine = [h for h in held.values() if org and h.template.division == org]
    states = [(row, standing(row, reader)) for row in rows]
    idea = f"{org}-biao-{len(rows) + 1}" if org else ""
    return page(
        request, "designing/list.html", typed.status, held=mine, rows=states, who=who, org=org, idea=idea,
        said=typed.said, typed=typed.values, frequencies=FREQUENCIES,
        busy={row.name: row.id for row in rows if row.state in designs.OPEN},
    )  # fmt: skip


def standing(row: Any, reader: Reader) -> str:
    """Where a design stands, also beside what the bundle has now."""
    if row.state != APPROVED:
        return STATES[row.state]
    if inforce.is_home(row, reader.known):
        return STATES[designs.HOME]
    if inforce.holds(row, reader.known):
        return "已通过，开填新的一期就用它"
    return "内容里的这张表后来改过了，用内容里的"


def one(request: Request, desk: Desk, reader: Reader, number: int, typed: Typed) -> Response:
    """A design: to write at while it is a draft, to look at later."""
    with desk.store.read() as connection:
        row = acts.found(connection, reader, number)
        first = designs.version(connection, number, 1)
        told: dict[str, Any] = {
            "who": _who(connection),
            "history": designs.history(connection, number),
            "hands": acts.hands(connection, row),
            "base": keys_in(first) if first else {},
        }
    keys = typed.keys if typed.keys is not None else keys_in(row)
    shown = _shown(desk, reader, row, keys, typed, told["base"])
    return page(
        request, "designing/one.html", typed.status, row=row, typed=typed, standing=standing(row, reader),
        unsaved=typed.keys is not None, said=typed.said, steps=acts.STEPS,
        open=row.state == DRAFT, waiting=row.state == WAITING, **told, **shown,
    )  # fmt: skip


def partly(request: Request, desk: Desk, reader: Reader, number: int, typed: Typed) -> Response:
    """The findings and the preview alone, for the script of the page."""
    with desk.store.read() as connection:
        row = acts.found(connection, reader, number)
    keys = typed.keys if typed.keys is not None else keys_in(row)
    return page(request, "designing/seen.html", row=row, **_seen(desk, reader, row, keys))


def _seen(desk: Desk, reader: Reader, row: Any, keys: Keys) -> dict[str, Any]:
    template, found = judged(desk, reader.known, row.name, keys)
    sketch = template or _sketched(row.name, keys, reader)
    idea = view.ideas(desk).get(keys.get("frequency", ""), "")
    seen = preview.seen(sketch, reader.known, idea) if idea else "选好频度，这里就有表。"
    told = "" if not isinstance(seen, str) else seen
    return {
        "drawn": template,
        "found": found,
        "wrong": {one.anchor for one in found},
        "hard": sum(one.hard for one in found),
        "seen": None if told else seen,
        "unseen": told,
        "cells": preview.cells(template) if template else 0,
    }


def _sketched(name: str, keys: Keys, reader: Reader) -> Any:
    """As much of a template as wrong keys make, so that the preview stays while a line is mended."""
    rows = [
        r
        for r in keys.get("rows", ())
        if r.get("indicator") and isinstance(r.get("indent", 0), int)
    ]
    plain = {"title": "", "audience": "", "division": "", "date": "", "frequency": "", "layout": ""}
    told = {**plain, "regions": [], **keys, "rows": rows, "due": _due(keys.get("due", {}))}
    if isinstance(told["regions"], Mapping) and "level" not in told["regions"]:
        told["regions"] = []
    return template_of_keys(name, told, reader.known.said.regions)


def _due(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """A due day that there can be, else none."""
    day, lag = told.get("day"), told.get("lag", 1)
    right = isinstance(day, int) and isinstance(lag, int) and 1 <= day <= 31 and lag <= 12
    return told if right else {}


def _shown(
    desk: Desk, reader: Reader, row: Any, keys: Keys, typed: Typed, base: Keys
) -> dict[str, Any]:
    said = reader.known
    seen = _seen(desk, reader, row, keys)
    rows = keys.get("rows", [])
    named = [r["indicator"] for r in rows if r.get("indicator")]
    mine = acts.allowed(reader, base)
    offers, more = choices.offers(said, mine, keys.get("frequency", ""), typed.search)
    area = keys.get("regions", [])
    began = _sketched(row.name, base, reader) if row.bases != inforce.NOTHING else None
    return {
        **seen,
        "keys": keys,
        "lines": [_line(r, said.said.indicators) for r in rows],
        "offers": offers,
        "more": more,
        "area": area if isinstance(area, Mapping) else {},
        "codes": area if not isinstance(area, Mapping) else [],
        "lost": [c for c in area if c not in said.said.regions] if isinstance(area, list) else [],
        "levels": choices.regions(said),
        "wider": choices.wider(said),
        "checks": choices.checks(said, named, keys.get("checks", ())),
        "always": choices.always(said, named),
        "changes": preview.changes(began, seen["drawn"], said),
        "audiences": {n: "公开" if n in said.public else "内部" for n in sorted(said.audiences)},
        "frequencies": FREQUENCIES,
        "lags": LAGS,
        "indents": INDENTS,
        "due": keys.get("due") or {},
    }


def _line(row: Mapping[str, Any], indicators: Mapping[str, Any]) -> dict[str, Any]:
    """One row as the form shows it: its indicator's name, the measures it may have."""
    found = indicators.get(row.get("indicator", ""))
    measure = row.get("measure", "value")
    known = (
        {m: f"{MEASURES[m]}（{found.measures[m].unit}）" for m in found.measures} if found else {}
    )
    if measure not in known:
        known = {measure: f"{MEASURES.get(measure, measure)}（没有）", **known}
    return {
        "indicator": row.get("indicator", ""),
        "name": found.name if found else "（没有这个指标）",
        "measure": measure,
        "measures": known,
        "label": row.get("label", ""),
        "of": row.get("of", ""),
        "indent": row.get("indent", 0),
    }


def _who(connection: Connection) -> dict[int, str]:
    return {user.id: user.name for user in people.find(connection)}
