"""A design as those who fill it will see it: the same table, the same guide, the same Excel form."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from builder.indicators.form_layout import Plan, guide, plan
from builder.indicators.form_write import write_form
from builder.indicators.store import Store
from builder.problems import Refused
from builder.values import FREQUENCIES, MEASURES, Period, Template, TemplateRow
from service.intake import grid
from service.intake.designing.acts import MOST_CELLS
from service.intake.designing.wording import LAYOUTS
from service.intake.known import Known
from service.room import Stopped

MOST_DRAWN = 2500  # cells of a preview
TRIED = 3  # periods: a table of indicators that are not reported for January has no form for it


@dataclass(frozen=True, slots=True)
class Seen:
    """What is drawn. `cut`: so many regions are left out; `partly`: rows that are wrong are."""

    form: Plan
    lines: list[grid.Line]
    guide: tuple[str, ...]
    period: Period
    cut: int = 0
    partly: bool = False


def seen(template: Template | None, said: Known, idea: str) -> Seen | str:
    """The form of a design for the period that is next to be filled; a sentence when there is none yet."""
    if template is None or not template.rows:
        return "还没有行：在“行”里加上指标，这里就有表。"
    rows = tuple(row for row in template.rows if _known(row.indicator, row.measure, said))
    regions = tuple(code for code in template.regions if code in said.said.regions)
    if rows and not regions and template.level:
        return "这一级在那里一个地区也没有：换一级，或换一个地方。"
    if not rows or not regions:
        return "选好地区和指标，这里就有表。"
    fit = max(1, MOST_DRAWN // len(rows))
    shown = replace(template, rows=rows, regions=regions[:fit])
    try:
        form = _planned(shown, said, idea)
    except Refused as refused:
        return str(refused)
    empty = grid.Filling({}, (), Store(()), {}, {})
    partly = rows != template.rows
    return Seen(form, grid.lines(form, empty), guide(form), form.period, len(regions[fit:]), partly)


def _known(indicator: str, measure: str, said: Known) -> bool:
    found = said.said.indicators.get(indicator)
    return found is not None and measure in found.measures


def _planned(template: Template, said: Known, idea: str) -> Plan:
    """The form for the period, or for the nearest before it that has one."""
    period = Period.parse(idea)
    for back in range(TRIED - 1):
        try:
            return plan(template, said.said.indicators, said.said.regions, period.back(back))
        except Refused:
            continue
    return plan(template, said.said.indicators, said.said.regions, period.back(TRIED - 1))


def workbook(template: Template, said: Known, idea: str) -> tuple[bytes, Period]:
    """The Excel form of a design, and its period; `Stopped` when there can be none."""
    if cells(template) > MOST_CELLS:
        raise Stopped(422, too_large(template))
    try:
        period = _planned(template, said, idea).period
        return write_form(template, said.said.indicators, said.said.regions, period), period
    except (Refused, KeyError) as refused:
        told = str(refused) if isinstance(refused, Refused) else "有的行写得不对"
        raise Stopped(422, f"还做不成填报表：{told.rstrip('。')}。") from refused


def cells(template: Template) -> int:
    """How many cells a form of it has."""
    return len(template.rows) * len(template.regions)


def too_large(template: Template) -> str:
    """Why it can't be filled here."""
    return f"这张表有 {cells(template)} 格，网页上最多 {MOST_CELLS} 格：少选地区，或者分成几张。"


def changes(before: Template | None, after: Template | None, said: Known) -> list[str]:
    """What a design changes of the template that it began with, for whoever reviews it."""
    if before is None or after is None:
        return []
    told = [
        f"{name}：“{was}” → “{now}”"
        for name, was, now in (
            ("表名", before.name, after.name),
            ("一句话说明", before.summary, after.summary),
            ("填表说明", before.note, after.note),
            ("给谁看", before.audience, after.audience),
            ("频度", FREQUENCIES[before.frequency], FREQUENCIES[after.frequency]),
            ("排法", LAYOUTS[before.layout], LAYOUTS[after.layout]),
            ("报送期限", _due(before), _due(after)),
        )
        if was != now
    ]
    told += _regions(before, after, said)
    old = {(r.indicator, r.measure): r for r in before.rows}
    new = {(r.indicator, r.measure): r for r in after.rows}
    told += [f"加了一行：{_named(key, said)}" for key in new if key not in old]
    told += [f"去掉一行：{_named(key, said)}" for key in old if key not in new]
    told += [
        f"改了一行：{_named(key, said)}，{_row(old[key], new[key])}"
        for key in new
        if key in old and new[key] != old[key]
    ]
    if _kept(old, new) != _kept(new, old):
        told.append("行的次序变了")
    told += [f"加了校验：{name}" for name in after.checks if name not in before.checks]
    told += [f"去掉校验：{name}" for name in before.checks if name not in after.checks]
    return told


def _row(was: TemplateRow, now: TemplateRow) -> str:
    """How a row of the same series differs."""
    parts = (
        ("名称", was.label, now.label),
        ("前面加", was.of, now.of),
        ("缩进", was.indent, now.indent),
    )
    return "，".join(
        f"{name} {one or '无'} → {two or '无'}" for name, one, two in parts if one != two
    )


def _due(template: Template) -> str:
    if template.due is None:
        return "没有"
    lag, day = template.due
    return f"期末后第 {lag} 个月 {day} 日" if lag else f"期末那个月 {day} 日"


def _kept(mine: Iterable[tuple[str, str]], other: Iterable[tuple[str, str]]) -> list[object]:
    there = {*other}
    return [key for key in mine if key in there]


def _regions(before: Template, after: Template, said: Known) -> list[str]:
    names = said.said.regions
    told = []
    for word, one, other in (("加了地区", after, before), ("去掉地区", before, after)):
        lost = [names[c].name for c in one.regions if c not in other.regions and c in names]
        if lost:
            told.append(f"{word}：{'、'.join(lost[:12])}{'等' if len(lost) > 12 else ''}")
    return told


def _named(key: tuple[str, str], said: Known) -> str:
    found = said.said.indicators.get(key[0])
    return f"{found.name if found else key[0]}（{MEASURES.get(key[1], key[1])}）"
