"""Every page of numbers that no author wrote: (template, address, title, summary, data) of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from builder.render.web.cards import View
from builder.render.web.indicators import boards, gathered, inside
from builder.render.web.indicators.boards import FIRST
from builder.render.web.indicators.order import board_place, theme_place
from builder.render.web.indicators.views import Figures

Leaf = tuple[str, str, str, str, dict[str, Any]]
TITLE = "指标数据"


def pages(
    figures: Figures, dashboards: list[View], summary: str, ledgers: Sequence[View] = ()
) -> Iterator[Leaf]:
    """The overview first; of the others those that have something to show.

    `ledgers`: links to those of unified accounting, in editions that have them.
    """
    places = list(gathered.regions(figures))
    tables = list(gathered.compared(figures))
    months = gathered.calendar(figures)
    revised = gathered.revisions(figures)
    sample = any(i.sample for i in figures.numbers.indicators.values())
    first = sorted(dashboards, key=lambda d: (d["order"], board_place(d["title"])))
    links: list[View] = []
    for shown, title, url in (
        (len(places) > 1, "分地区", "indicators/regions/"),
        (tables, "地区比较", "indicators/compare/"),
        (months, "发布日历", "indicators/calendar/"),
        (revised, "修订记录", "indicators/revisions/"),
        (figures.filled, "数据接口", "indicators/data/"),
    ):
        if shown:
            links.append({"title": title, "url": url})
    own = list(inside.pages(figures))
    private = [{"title": title, "url": url} for _, url, title, *_ in own] + list(ledgers)
    themes = list(boards.themes(figures))
    short = [t | {"rows": t["rows"][:FIRST], "more": t["count"] > FIRST} for t in themes]
    data = {"themes": short, "boards": first, "links": links, "inside": private}
    yield "indicators", "indicators/", TITLE, summary, data
    yield from own
    for theme in themes:
        if theme["count"] > FIRST:
            said = f"{theme['family']}，{theme['count']}项指标，各取最近一期。"
            data = {"themes": [theme], "links": []}
            yield "indicators", theme["url"], f"{theme['title']}指标", said, data
    if len(places) > 1:
        yield from _regions(places, sample)
    if tables:
        yield from _compared(tables, sample)
    if months:
        said = "各项数据什么时候发布。标“预计”的，日期按惯例推算，以当天发布为准。"
        held: dict[str, Any] = {"months": months, "sample": sample}
        yield "indicators-calendar", "indicators/calendar/", "发布日历", said, held
    if revised:
        said = "改过、撤回过的数，改前改后、为什么、哪天改的。"
        yield "indicators-revisions", "indicators/revisions/", "修订记录", said, {"groups": revised}
    if figures.filled:
        said = "每张表都能整张下载，也能由程序来取。"
        yield (
            "indicators-data",
            "indicators/data/",
            "数据接口",
            said,
            {"example": _example(figures), "sample": sample},
        )


def _example(figures: Figures) -> str:
    return next((i.id for i in figures.numbers.indicators.values() if figures.lead(i)), "")


def _regions(places: list[View], sample: bool) -> Iterator[Leaf]:
    levels: dict[str, list[View]] = {}
    for place in places:
        url = f"indicators/regions/{place['code']}/"
        row = {"title": place["title"], "url": url, "count": place["count"]}
        levels.setdefault(place["level"], []).append(row)
        name = f"{place['title']}各项指标"
        said = f"{place['title']}的{place['count']}项指标，各取最近一期。"
        yield "indicators-region", url, name, said, place
    groups = [{"title": f"{level}级", "rows": rows} for level, rows in levels.items()]
    said = "按地区看各项指标的最近一期。"
    data = {"groups": groups, "sample": sample}
    yield "indicators-regions", "indicators/regions/", "分地区", said, data


def _compared(tables: list[View], sample: bool) -> Iterator[Leaf]:
    themes: dict[str, list[View]] = {}
    for table in sorted(tables, key=lambda t: theme_place(t["theme"])):
        url = f"indicators/compare/{table['slug']}/"
        themes.setdefault(table["theme"], []).append(_line(table, url))
        name = f"{table['title']}：地区比较"
        yield "indicators-compare", url, name, f"{table['measure']}，各地区近期比较。", table
    groups = [{"title": theme, "rows": rows} for theme, rows in themes.items()]
    said = "同一个指标，各地区放在一起看，也看各期的变化。"
    data = {"groups": groups, "sample": sample}
    yield "indicators-regions", "indicators/compare/", "地区比较", said, data


def _line(table: View, url: str) -> View:
    """A comparison in the list of all: the newest of the whole, and who leads."""
    whole, bars = table["rows"][0], table["bars"]
    return {
        "title": table["title"],
        "url": url,
        "measure": table["measure"],
        "period": table["periods"][0] if table["periods"] else "",
        "whole": whole["name"],
        "now": whole["cells"][0] if whole["cells"] else "",
        "said": bars["title"] if bars else "",
    }
