"""Pages that gather indicators: the overview of all of them, theme by theme."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from builder.kinds.front import slug_of
from builder.render.web.cards import View
from builder.render.web.indicators import plots
from builder.render.web.indicators.order import ranks, theme_place
from builder.render.web.indicators.views import Figures
from builder.render.web.indicators.words import GROWTH, NAMES, after, number, short, with_unit
from builder.values import FAMILIES, Indicator

if TYPE_CHECKING:
    from builder.values import Cell

FIRST = 4  # rows of a theme where others are a page further
SPARK = {"month": 13, "quarter": 9, "half": 7, "year": 7}


def line(figures: Figures, known: Indicator, region: str = "") -> View:
    """One indicator as a row of a list: newest number, small picture, the number before, what is due.

    `region`: the code of whose numbers; those of the region meant when empty.
    """
    lead = figures.lead(known, region)
    row: View = {"title": known.name, "url": known.url, "sample": known.sample}
    if lead is None:
        return row | {
            "text": "",
            "spark": "",
            "before": "",
            "period": "",
            "name": "",
            "due": "",
            "when": "",
        }
    name, measure = lead.key.measure, known.measures[lead.key.measure]
    _, values = figures.run(lead.key, known, SPARK[known.frequency])
    due = figures.next(known)
    return row | {
        "name": NAMES[name],
        "period": short(lead.period),
        "when": lead.when,
        "text": number(lead.value, measure, name),
        "unit": after(measure.unit),
        "spark": plots.spark(values, zero=name in GROWTH),
        "before": _before(figures.before(lead), known),
        "due": f"{due.at.month}月{due.at.day}日" if due else "",
    }


def _before(cell: Cell | None, known: Indicator) -> str:
    if cell is None:
        return ""
    measure = known.measures[cell.key.measure]
    return with_unit(number(cell.value, measure, cell.key.measure), measure.unit)


def themes(figures: Figures) -> Iterator[View]:
    """Every theme of each family with its indicators; themes as bureaus order them, unknown ones after."""
    place = ranks(figures.numbers.indicators)
    shown = sorted(figures.numbers.indicators.values(), key=lambda i: place[i.id])
    for family, title in FAMILIES.items():
        names = dict.fromkeys(i.theme for i in shown if i.family == family)
        for theme in sorted(names, key=theme_place):
            rows = [line(figures, i) for i in shown if (i.family, i.theme) == (family, theme)]
            rows.sort(key=lambda r: not r["text"])  # what has numbers stands first
            yield {
                "family": title,
                "title": theme,
                "rows": rows,
                "sample": any(r["sample"] for r in rows),
                "url": theme_url(family, theme),
                "count": len(rows),
            }


def theme_url(family: str, theme: str) -> str:
    """The address of a theme's own page; only those of more than `FIRST` indicators have one."""
    return f"indicators/themes/{slug_of(f'{family} {theme}')}/"


def board(figures: Figures, chosen: Sequence[str]) -> list[View]:
    """What the home page's blackboard shows of the chosen indicators: those that have a number."""
    found = []
    for slug in chosen:
        known = figures.numbers.indicators.get(slug)
        row = line(figures, known) if known is not None else None
        if known is not None and row is not None and row["text"]:
            own = {"title": known.short or known.name, "value": row["text"]}
            found.append(row | own | {"note": f"{row['when']}{row['name']}"})
    return found
