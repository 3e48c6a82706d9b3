"""**public**: a data template that somebody designs, judged as the build judges the file it becomes.

There is no second opinion: the keys are written as YAML, and that text goes the way of every authored file.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from builder.entry_fields import misplaced, registered
from builder.indicators.definitions import template_faults, template_of
from builder.indicators.template_keys import DESIGNED, Keys, keys_of, written
from builder.kinds.template import KIND
from builder.model import Entry
from builder.problems import Problem, in_order
from builder.read import parse_entry
from builder.values import Indicator, Region, Template
from builder.yaml_source import parse

FOLDER = "content/indicators/templates"
MOST_NAME = 60
ITEM = re.compile(r"rows 第 (\d+) 项")


@dataclass(frozen=True, slots=True)
class Ground:
    """What a template is judged against: all that is defined and registered."""

    indicators: Mapping[str, Indicator]
    regions: Mapping[str, Region]
    rules: Collection[str]
    audiences: frozenset[str]
    organisations: Collection[str]


@dataclass(frozen=True, slots=True)
class Fault:
    """A problem, and where in the design: a key, and of rows which one (from 0; −1: none)."""

    problem: Problem
    key: str
    row: int = -1


@dataclass(frozen=True, slots=True)
class Authored:
    """What a file holds: the keys of a template, and keys besides. `faults`: why it is no template."""

    keys: Keys = field(default_factory=dict)
    others: Keys = field(default_factory=dict)
    faults: tuple[Problem, ...] = ()


def path_of(name: str) -> str:
    """Where the file of a template stands."""
    return f"{FOLDER}/{name}.yml"


def fits(name: str) -> bool:
    """Whether a template can be called so."""
    return len(name) <= MOST_NAME and KIND.match(path_of(name)) is not None


def read(name: str, data: bytes) -> Authored:
    """A file's keys in their one form; those that belong to any entry apart."""
    entry, problems = parse_entry(path_of(name), data, KIND)
    node, _ = parse(data.decode("utf-8-sig", "replace").replace("\r\n", "\n"), path_of(name))
    if entry is None or problems or node is None:
        return Authored(faults=tuple(problems))
    others = {k: v for k, v in node.plain().items() if k not in DESIGNED}
    return Authored(keys_of(template_of(entry, {})), others)


def judge(
    name: str, keys: Mapping[str, Any], ground: Ground
) -> tuple[Template | None, list[Fault]]:
    """The template that the keys make, if they make one, and everything that is wrong with them."""
    text = written(keys)
    entry, found = parse_entry(path_of(name), text.encode("utf-8", "replace"), KIND)
    problems = list(found)
    if entry is not None:
        problems += _known(entry, ground)
    places = _places(text, name)
    faults = [_fault(problem, places) for problem in in_order(problems)]
    return template_of(entry, ground.regions) if entry is not None else None, faults


def _known(entry: Entry, ground: Ground) -> Iterator[Problem]:
    yield from registered(entry, ground.organisations, ground.audiences, frozenset())
    yield from misplaced(entry)
    yield from template_faults(entry, ground.indicators, (), ground.regions, ground.rules)


def _places(text: str, name: str) -> list[tuple[int, str, int]]:
    """(first line, key, row) of everything that may be wrong by itself, in the order of the text."""
    node, _ = parse(text, path_of(name))
    if node is None:
        return []
    found = [(line, key, -1) for key, (line, _) in (node.keys or {}).items()]
    rows = node.value["rows"].value if "rows" in node.value else []
    if isinstance(rows, list):
        found += [(row.line, "rows", number) for number, row in enumerate(rows)]
    return sorted(found)


def _fault(problem: Problem, places: list[tuple[int, str, int]]) -> Fault:
    line, key, row = next(
        (place for place in reversed(places) if place[0] <= problem.where.line), (0, "", -1)
    )
    if problem.code == "FMT003" and row < 0:
        return Fault(problem, "")
    if key == "rows" and (told := ITEM.search(problem.message)):
        row = int(told[1]) - 1
    return Fault(problem, key if line else "", row)
