"""The semantic rules of JSON-stat 2.0, judged by a reading of its specification that shares no code with the writer."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import datetime
from typing import Any


def faults(body: bytes) -> list[str]:
    """Everything in a JSON-stat 2.0 document that its rules forbid."""
    try:
        told = json.loads(body, parse_constant=lambda word: (_ for _ in ()).throw(ValueError(word)))
    except ValueError as error:
        return [f"no JSON: {error}"]
    if told.get("version") != "2.0":
        return ["version is not 2.0"]
    kind = told.get("class")
    if kind == "collection":
        return [
            f"link {n} lacks href" for n, i in enumerate(told["link"]["item"]) if not i.get("href")
        ]
    return list(_dataset(told)) if kind == "dataset" else [f"class {kind}"]


def _dataset(told: dict[str, Any]) -> Iterator[str]:
    ids, size, dimension = told["id"], told["size"], told["dimension"]
    if len(ids) != len(size) or set(ids) != set(dimension) or len(set(ids)) != len(ids):
        yield "id, size and dimension disagree"
        return
    for name, count in zip(ids, size, strict=True):
        yield from _category(name, dimension[name]["category"], count)
    yield from _roles(told.get("role", {}), ids)
    cells = math.prod(size)
    yield from _cells("value", told["value"], cells, (int, float, type(None)))
    if "status" in told:
        yield from _cells("status", told["status"], cells, (str,))
    if "updated" in told:
        datetime.fromisoformat(told["updated"])


def _category(name: str, category: dict[str, Any], count: int) -> Iterator[str]:
    codes, wrong = _codes(category)
    if wrong:
        yield f"{name}: {wrong}"
    if len(codes) != count:
        yield f"{name}: size {count}, {len(codes)} categories"
    for part in ("label", "unit", "note", "coordinates"):
        if strange := set(category.get(part, {})) - set(codes):
            yield f"{name}: {part} of unknown {sorted(strange)}"
    for above, below in category.get("child", {}).items():
        if {above, *below} - set(codes):
            yield f"{name}: child of unknown {above}"
    if not all(isinstance(u.get("decimals", 0), int) for u in category.get("unit", {}).values()):
        yield f"{name}: decimals"


def _codes(category: dict[str, Any]) -> tuple[list[str], str]:
    """The codes in their order, and what is wrong with the index."""
    index = category.get("index")
    if isinstance(index, dict):
        right = sorted(index.values()) == list(range(len(index)))
        return sorted(index, key=lambda c: index[c]), "" if right else "index is no order"
    if isinstance(index, list):
        return index, "" if len(set(index)) == len(index) else "index repeats a code"
    codes = list(category["label"])
    return codes, "" if len(codes) == 1 else "index is missing"


def _roles(role: dict[str, list[str]], ids: list[str]) -> Iterator[str]:
    for kind, names in role.items():
        if kind not in {"time", "geo", "metric"}:
            yield f"role {kind}"
        if set(names) - set(ids):
            yield f"role {kind} names an unknown dimension"
    every = [n for names in role.values() for n in names]
    if len(set(every)) != len(every):
        yield "a dimension has two roles"


def _cells(what: str, cells: Any, count: int, types: tuple[type, ...]) -> Iterator[str]:
    if isinstance(cells, list):
        if len(cells) != count:
            yield f"{what}: {len(cells)} of {count}"
        values = cells
    else:
        for key in cells:
            if not (key.isdigit() and str(int(key)) == key and int(key) < count):
                yield f"{what}: key {key!r}"
        values = list(cells.values())
    if not all(isinstance(v, types) and not isinstance(v, bool) for v in values):
        yield f"{what}: a value of a wrong type"
