"""校验规则: rules that numbers are held against, relations and bounds for early warning. No page."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from builder.indicators.rules import Rule
from builder.indicators.warn.relations import Bound, Relation
from builder.kinds.front import FrontMatter, Kind, folder_pattern
from builder.model import Entry
from builder.problems import Problem


class RuleSet(FrontMatter):
    """Rules of one division or subject."""

    rules: tuple[Rule, ...] = Field(default=(), max_length=2000)
    relations: tuple[Relation, ...] = Field(default=(), max_length=2000)
    bounds: tuple[Bound, ...] = Field(default=(), max_length=5000)


def check(entry: Entry) -> Iterator[Problem]:
    """An id names one rule."""
    if not any(entry.data[key] for key in ("rules", "relations", "bounds")):
        said = "一条规则也没有。"
        yield Problem("IND001", entry.where("title"), said, "写 rules、relations 或 bounds。")
    for key in ("rules", "relations", "bounds"):
        names = [rule.id for rule in entry.data[key]]
        for name in dict.fromkeys(n for n in names if names.count(n) > 1):
            yield Problem(
                "IND001", entry.where(key), f"{key} 里 `{name}` 写了两遍。", "一条规则一个 id。"
            )


KIND = Kind(
    "ruleset",
    "校验规则",
    "zhi",
    RuleSet,
    folder_pattern("content/indicators/rules", ".yml"),
    "",
    "indicators",
    page=False,
    check=check,
)
