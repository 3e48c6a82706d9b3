"""What there is to choose from: indicators by name, regions by level, the rules that speak of a table's rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from builder.indicators.rules import (
    AnyRule,
    Coverage,
    Identity,
    Range,
    Ratio,
    Required,
    Sign,
    Sum,
    implied,
    named,
)
from builder.values import FREQUENCIES, LEVELS, MEASURES, Indicator, Region
from service.intake.known import Known

MOST_FOUND = 30
KINDS: Mapping[str, str] = {
    "range": "数在范围里",
    "type": "小数位数",
    "required": "必填",
    "coverage": "报数的地区不少于上期",
    "sum": "合计等于各部分之和",
    "cumulative": "累计等于各期之和",
    "identity": "两边相等",
    "ratio": "比例在范围里",
    "sign": "同升同降",
    "unit_slip": "没有差十倍、万倍",
    "growth": "增速和总量对得上",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """An indicator that may be added. `fits`: its frequency is the table's."""

    id: str
    name: str
    frequency: str
    measures: str
    fits: bool


def offers(
    said: Known, mine: Iterable[str], frequency: str, search: str
) -> tuple[list[Offer], int]:
    """Indicators whose name, short name or id has the words, the fitting ones first; how many more there are."""
    words = search.casefold().split()
    found = [
        i
        for i in (said.said.indicators.get(name) for name in mine)
        if i is not None and all(w in f"{i.name} {i.short} {i.id}".casefold() for w in words)
    ]
    found.sort(key=lambda i: (i.frequency != frequency, i.name, i.id))
    shown = [_offer(i, frequency) for i in found[:MOST_FOUND]]
    return shown, len(found) - len(shown)


def _offer(indicator: Indicator, frequency: str) -> Offer:
    measures = "、".join(MEASURES[m] for m in indicator.measures)
    told = FREQUENCIES[indicator.frequency]
    return Offer(indicator.id, indicator.name, told, measures, indicator.frequency == frequency)


def regions(said: Known) -> dict[str, list[Region]]:
    """Regions by level, from above."""
    found: dict[str, list[Region]] = {level: [] for level in LEVELS}
    for region in said.said.regions.values():
        found.setdefault(region.level, []).append(region)
    return {level: rows for level, rows in found.items() if rows}


def wider(said: Known) -> list[Region]:
    """Regions in which others lie."""
    parents = {region.parent for region in said.said.regions.values()}
    return [region for region in said.said.regions.values() if region.code in parents]


@dataclass(frozen=True, slots=True)
class Check:
    """A rule that may be written into a table. `text`: what it says."""

    id: str
    text: str
    hard: bool


def checks(said: Known, rows: Iterable[str], chosen: Iterable[str]) -> list[Check]:
    """The rules that speak of the indicators of a table, and those that it names already."""
    mine, there = frozenset(rows), frozenset(chosen)
    rules = [r for r in said.said.rules if r.id in there or named(r) & mine]
    known = {rule.id for rule in rules}
    lost = [Check(name, "这条规则没有了", False) for name in chosen if name not in known]
    return [*lost, *(Check(r.id, text(r, said), r.hard) for r in rules)]


def always(said: Known, rows: Iterable[str]) -> list[str]:
    """What definitions ask for by themselves, in words."""
    found = (said.said.indicators.get(name) for name in dict.fromkeys(rows))
    rules = [rule for indicator in found if indicator for rule in implied(indicator)]
    return [text(rule, said) for rule in rules if rule.rule in {"range", "sum", "cumulative"}]


def text(rule: AnyRule, said: Known) -> str:
    """A rule in a sentence."""
    match rule:
        case Sum():
            told = f"“{_name(rule.total, said)}”等于{_parts(rule, said)}"
        case Range():
            told = f"{_names(rule.indicators, rule.measures, said)}{_between(rule)}"
        case Required() | Coverage():
            told = f"{KINDS[rule.rule]}：{_names(rule.indicators, rule.measures, said)}"
        case Ratio():
            told = f"“{_name(rule.above.indicator, said)}”比“{_name(rule.below.indicator, said)}”{_between(rule)}"
        case Sign():
            told = f"{_joined((t.indicator for t in rule.same), said)}同升同降"
        case Identity():
            left, right = (
                _joined((t.indicator for t in side), said) for side in (rule.left, rule.right)
            )
            told = f"{left}等于{right}"
        case _:
            told = f"{KINDS[rule.rule]}：{_joined(rule.indicators, said)}"
    levels = f"（{'、'.join(rule.levels)}一级）" if rule.levels else ""
    return f"{told}{levels}{'。' + rule.why if rule.why else ''}"


def _parts(rule: Sum, said: Known) -> str:
    if rule.over == "regions":
        return "下一级各地区之和"
    return f"{_joined(rule.parts, said)}之和"


def _between(rule: Range | Ratio) -> str:
    low, high = (f"{v:g}" if v is not None else "" for v in (rule.low, rule.high))
    if low and high:
        return f"在 {low} 到 {high} 之间"
    return f"不小于 {low}" if low else f"不大于 {high}"


def _names(indicators: Iterable[str], measures: Iterable[str], said: Known) -> str:
    return f"{_joined(indicators, said)}的{'、'.join(MEASURES[m] for m in measures)}"


def _joined(indicators: Iterable[str], said: Known) -> str:
    names = [f"“{_name(i, said)}”" for i in indicators]
    return "、".join(names[:5]) + (f"等 {len(names)} 个" if len(names) > 5 else "")


def _name(indicator: str, said: Known) -> str:
    found = said.said.indicators.get(indicator)
    return found.name if found else indicator
