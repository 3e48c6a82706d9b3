"""Definitions: from authored entries to `values.Indicator` and `values.Template`; what is wrong with them.

Works on entries' own data, already of the right shape; judged here is what needs all of them in view.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any

from builder.indicators.regions import inside
from builder.model import Entry
from builder.problems import Problem, suggest
from builder.values import (
    MEASURES,
    Card,
    Grant,
    Indicator,
    Measure,
    Region,
    Schedule,
    Template,
    TemplateRow,
)

CARD = {
    "meaning": "涵义",
    "scope": "范围",
    "method": "调查方法",
    "formula": "计算方法",
    "sample": "样本量",
}


def slug(entry: Entry) -> str:
    """What an indicator, a template or a set of rules is called in numbers."""
    return entry.id.partition(":")[2]


def indicator_of(entry: Entry) -> Indicator:
    """The definition that an entry of kind `indicator` holds."""
    data = entry.data
    releases = data["releases"]
    return Indicator(
        id=slug(entry),
        name=entry.title,
        short=data["short"],
        family=data["family"],
        theme=data["theme"],
        frequency=data["frequency"],
        measures={k: Measure(**data["measures"][k]) for k in MEASURES if k in data["measures"]},
        division=entry.division,
        audience=entry.audience,
        publisher=data["publisher"],
        disclosure=data["disclosure"],
        direction=data["direction"],
        levels=data["region_levels"],
        grants=tuple(Grant(**grant) for grant in data["grants"]),
        card=Card(**data["caliber"], form=data["form"], system=data["system"]),
        additive=data["additive"],
        comparable=data["comparable"],
        combined=data["combined"],
        parts=data["parts"],
        related=data["related"],
        sample=data["sample"],
        entry=entry.id,
        url=entry.url,
        schedule=Schedule(**releases) if releases else None,
    )


def targets_of(entry: Entry) -> dict[int, tuple[float, str]]:
    """The targets (目标) of an indicator: year → number, and the measure it is told in."""
    measure = entry.data["target_measure"] or next(iter(entry.data["measures"]))
    return {int(year): (number, measure) for year, number in entry.data["target"].items()}


def template_of(entry: Entry, regions: Mapping[str, Region]) -> Template:
    """The data template that an entry of kind `template` holds, its regions as codes."""
    data, area = entry.data, entry.data["regions"]
    codes = area["codes"] or inside(regions, area["level"], area["within"])
    due = data["due"]
    return Template(
        id=slug(entry),
        name=entry.title,
        audience=entry.audience,
        division=entry.division,
        frequency=data["frequency"],
        regions=codes,
        rows=tuple(TemplateRow(**row) for row in data["rows"]),
        layout=data["layout"],
        checks=data["checks"],
        note=data["note"],
        due=(due["lag"], due["day"]) if due else None,
        summary=entry.summary,
        date=entry.date,
        level=area["level"],
        within=area["within"],
    )


# --- what is wrong ------------------------------------------------------------------------------


def faults(
    entry: Entry, known: Mapping[str, Indicator], later: Container[str], public: frozenset[str]
) -> Iterator[Problem]:
    """What is wrong with one definition among all.

    `later`: indicators that exist and are not known yet. `public`: the audiences that are everybody.
    """
    for key in ("parts", "related"):
        for name in entry.data[key]:
            if name not in known and name not in later:
                said = f"{key} 里的指标 `{name}` 不存在。"
                yield Problem(
                    "IND001", entry.where(key), said, suggest(name, known) or "检查编号。"
                )
    yield from _parts(entry, known)
    if entry.audience in public:
        lacking = [words for key, words in CARD.items() if not entry.data["caliber"][key].strip()]
        if lacking:
            said = f"公开的指标要同时公布口径，还缺{'、'.join(lacking)}。"
            action = "在 caliber 里补上；没有抽样的，sample 写“全面调查”。"
            clause = "《统计法实施条例》第二十七条"
            yield Problem("IND003", entry.where("caliber"), said, action, clause)


def _parts(entry: Entry, known: Mapping[str, Indicator]) -> Iterator[Problem]:
    """Parts add up: they have the same frequency and unit, and no circle leads back."""
    own, where = known[slug(entry)], entry.where("parts")
    for part in (known[name] for name in own.parts if name in known):
        if part.frequency != own.frequency:
            said = f"parts 里“{part.name}”的频度与它不同，加不起来。"
            yield Problem("IND001", where, said, "写频度相同的。")
        for name in ("value", "ytd"):
            units = {i.measures[name].unit for i in (own, part) if name in i.measures}
            if len(units) > 1:
                said = f"parts 里“{part.name}”的{MEASURES[name]}单位与它不同，加不起来。"
                yield Problem("IND001", where, said, "写单位相同的。")
    if own.id in _below(own.id, known):
        yield Problem("IND001", where, "parts 绕成了圈：它是自己的一部分。", "改正 parts。")


def _below(name: str, known: Mapping[str, Indicator]) -> set[str]:
    found: set[str] = set()
    left = list(known[name].parts)
    while left:
        part = left.pop()
        if part not in found and part in known:
            found.add(part)
            left += known[part].parts
    return found


def template_faults(
    entry: Entry,
    known: Mapping[str, Indicator],
    later: Container[str],
    regions: Mapping[str, Region],
    rules: Iterable[str],
) -> Iterator[Problem]:
    """What is wrong with one data template: what it names exists and has its frequency."""
    for number, row in enumerate(entry.data["rows"], 1):
        if row["indicator"] in later:
            continue
        for said, action in _row_faults(row, entry.data["frequency"], known):
            yield Problem("IND001", entry.where("rows"), f"rows 第 {number} 项{said}。", action)
    area = entry.data["regions"]
    for code in (*area["codes"], *filter(None, [area["within"]])):
        if code not in regions:
            said = f"regions 里的地区 `{code}` 不在地区表里。"
            yield Problem("IND001", entry.where("regions"), said, "对照 regions.yml 改正。")
    names = set(rules)
    for name in entry.data["checks"]:
        if name not in names:
            said = f"checks 里的规则 `{name}` 不存在。"
            hint = suggest(name, names) or "写 content/indicators/rules/ 里规则的 id。"
            yield Problem("IND001", entry.where("checks"), said, hint)


def _row_faults(
    row: Mapping[str, Any], frequency: str, known: Mapping[str, Indicator]
) -> Iterator[tuple[str, str]]:
    found = known.get(row["indicator"])
    if found is None:
        yield (
            f"的指标 `{row['indicator']}` 不存在",
            suggest(row["indicator"], known) or "检查编号。",
        )
        return
    if row["measure"] not in found.measures:
        yield f"：“{found.name}”没有 {row['measure']}", f"可写：{'、'.join(found.measures)}。"
    if found.frequency != frequency:
        yield f"：“{found.name}”的频度与模板不同", "一张表只放同一频度的指标。"
