"""Pages across indicators: one for each region, comparisons of regions, the calendar, revisions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from builder.model import BEIJING
from builder.render.web.cards import View
from builder.render.web.indicators import plots
from builder.render.web.indicators.boards import FIRST, line, theme_url
from builder.render.web.indicators.order import ranks, theme_place
from builder.render.web.indicators.views import AHEAD, Figures
from builder.render.web.indicators.words import GROWTH, NAMES, number, short, told, with_unit
from builder.values import FREQUENCIES, LEVELS, Indicator, Key, Region, Revision

COMPARED = {"month": 12, "quarter": 8, "half": 6, "year": 6}  # periods across
LEAST_REGIONS = 3
MOST_REVISIONS = 400


def holders(figures: Figures) -> dict[str, list[Indicator]]:
    """For each region the indicators that have numbers of it, what counts most first."""
    found: dict[str, set[str]] = {}
    for panel in figures.numbers.store.panels.values():
        for key in panel.rows:
            found.setdefault(key.region, set()).add(key.indicator)
    place = ranks(figures.numbers.indicators)
    shown = sorted(figures.numbers.indicators.values(), key=lambda i: place[i.id])
    return {c: [i for i in shown if i.id in names] for c, names in found.items()}


def regions(figures: Figures) -> Iterator[View]:
    """The pages of regions that have numbers, from above: what is known of each, theme by theme."""
    held, every = holders(figures), figures.numbers.regions
    codes = sorted((c for c in held if c in every), key=lambda c: (LEVELS.index(every[c].level), c))
    for code in codes:
        region = every[code]
        rows: dict[tuple[str, str], list[View]] = {}
        for known in held[code]:
            row = line(figures, known, code)
            if row["text"]:
                rows.setdefault((known.family, known.theme), []).append(row)
        if rows:
            yield {
                "code": code,
                "title": region.name,
                "level": region.level,
                "above": _above(every.get(region.parent), codes),
                "below": [
                    _link(r, codes) for r in every.values() if r.parent == code and r.code in codes
                ],
                "themes": [
                    _theme(*name, rows[name], whole=code != figures.numbers.home)
                    for name in sorted(rows, key=lambda name: theme_place(name[1]))
                ],
                "count": sum(map(len, rows.values())),
            }


def _theme(family: str, theme: str, rows: list[View], *, whole: bool) -> View:
    """A theme on the page of a region. What is not `whole` goes on where all of its indicators are."""
    more = not whole and len(rows) > FIRST
    return {
        "title": theme,
        "family": "",
        "rows": rows[:FIRST] if more else rows,
        "more": more,
        "count": len(rows),
        "url": theme_url(family, theme),
        "sample": any(row["sample"] for row in rows),
    }


def _above(region: Region | None, codes: list[str]) -> View | None:
    found = _link(region, codes)
    return found | {"title": region.name} if found and region else None


def _link(region: Region | None, codes: list[str]) -> View | None:
    if region is None or region.code not in codes:
        return None
    return {"title": region.short or region.name, "url": f"indicators/regions/{region.code}/"}


def compared(figures: Figures) -> Iterator[View]:
    """For each indicator with numbers of several regions: the newest side by side, and a table over time."""
    numbers = figures.numbers
    for known in numbers.indicators.values():
        lead = figures.lead(known)
        if lead is None:
            continue
        name, measure = lead.key.measure, known.measures[lead.key.measure]
        below = [
            r
            for r in numbers.regions.values()
            if r.parent == lead.key.region
            and numbers.store.latest(Key(known.id, name, r.code), known.frequency)
        ]
        if len(below) < LEAST_REGIONS:
            continue
        periods = [lead.period.back(n) for n in range(COMPARED[known.frequency])]
        shown = (numbers.regions[lead.key.region], *below)
        keys = [lead.key._replace(region=r.code) for r in shown]
        periods = [p for p in periods if any(numbers.store.cell(key, p) for key in keys)]
        rows = []
        for region in shown:
            key = lead.key._replace(region=region.code)
            _, values = figures.run(key, known, COMPARED[known.frequency])
            rows.append(
                {
                    "name": region.name,
                    "url": f"indicators/regions/{region.code}/",
                    "cells": [told(numbers.store.cell(key, p), known) or "—" for p in periods],
                    "spark": plots.spark(values, zero=name in GROWTH),
                    "whole": region.code == lead.key.region,
                }
            )
        yield {
            "slug": known.id,
            "title": known.name,
            "url": known.url,
            "theme": known.theme,
            "measure": f"{NAMES[name]}，{measure.unit}".rstrip("，"),
            "periods": [short(p) for p in periods],
            "rows": rows,
            "bars": figures.across(known, lead),
            "sample": known.sample,
            "source": lead.vintage.source,
            "released": _moment(lead.vintage.release),
        }


def calendar(figures: Figures) -> list[View]:
    """What is due, month by month; what came in the last month stands first."""
    months: dict[str, list[View]] = {}
    known = figures.numbers.indicators
    place = ranks(known)
    for due in figures.numbers.calendar:
        if due.at > figures.now + AHEAD:
            break
        local = due.at.astimezone(BEIJING)
        names = [
            {"title": known[n].name, "url": known[n].url}
            for n in sorted(filter(known.__contains__, due.indicators), key=lambda n: place[n])
        ]
        if names:
            months.setdefault(f"{local.year}年{local.month}月", []).append(
                {
                    "day": f"{local.month}月{local.day}日",
                    "clock": local.strftime("%H:%M") if due.clock else "",
                    "period": due.period.label(),
                    "frequency": FREQUENCIES[due.period.frequency],
                    "names": names,
                    "past": due.at <= figures.now,
                    "exact": due.exact,
                }
            )
    return [{"title": month, "rows": rows} for month, rows in months.items()]


def revisions(figures: Figures) -> list[View]:
    """Corrections and withdrawals by indicator, the newest first, with what was said and why."""
    found: dict[str, list[View]] = {}
    known, every = figures.numbers.indicators, figures.numbers.regions
    for revision in list(reversed(figures.numbers.store.revisions()))[:MOST_REVISIONS]:
        if revision.key.indicator in known:
            row = _revision(revision, known[revision.key.indicator], every.get(revision.key.region))
            found.setdefault(revision.key.indicator, []).append(row)
    return [
        {
            "id": n,
            "title": known[n].name,
            "url": known[n].url,
            "rows": rows,
            "sample": known[n].sample,
        }
        for n, rows in found.items()
    ]


def _revision(revision: Revision, known: Indicator, region: Region | None) -> View:
    name = revision.key.measure
    measure = known.measures[name]
    before, after = (
        with_unit(number(v, measure, name), measure.unit) or "——"
        for v in (revision.before, revision.after)
    )
    if revision.was == "combined" and revision.when != revision.period.label(name, "combined"):
        before += "（1—2月）"
    return {
        "what": f"{region.name if region else revision.key.region}，{revision.when}{NAMES[name]}",
        "before": before,
        "after": "撤回" if revision.action == "withdraw" else after,
        "reason": revision.reason,
        "when": _moment(revision.later.release),
        "first": _moment(revision.earlier.release),
    }


def _moment(at: datetime) -> str:
    local = at.astimezone(BEIJING)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"
