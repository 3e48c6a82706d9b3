"""The tabs of the site and the way back from a page. A tab without content is not shown."""

from __future__ import annotations

from dataclasses import dataclass

from builder.kinds import BY_NAME
from builder.model import Page, Site
from builder.render.web.cards import View


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab: its id is the folder of its hub."""

    id: str
    title: str
    sections: tuple[str, ...]


TABS = (
    Tab("courses", "课程", ("courses",)),
    Tab("faq", "百问百答", ("faq",)),
    Tab("systems", "制度标准", ("systems", "standards", "norms")),
    Tab("terms", "名词口径", ("terms",)),
    Tab("live", "图文直播", ("live",)),
    Tab("articles", "通知与解读", ("articles",)),
    Tab("columns", "专栏", ("columns", "events", "cases")),
)


def tab_of(section: str) -> str:
    """The tab a section stands under."""
    return next((t.id for t in TABS if section in t.sections), "")


def tabs(site: Site) -> list[Tab]:
    """The tabs this site has content for."""
    sections = {BY_NAME[p.kind].section for p in site.pages.values()}
    return [t for t in TABS if sections & set(t.sections)]


def tab_views(found: list[Tab]) -> list[View]:
    """Home and the tabs, for the header."""
    return [
        {"id": "home", "title": "首页", "url": ""},
        *({"id": t.id, "title": t.title, "url": f"{t.id}/"} for t in found),
    ]


def crumbs(site: Site, page: Page) -> list[View]:
    """Home, tab, parent, this page."""
    tab = next(t for t in TABS if t.id == tab_of(BY_NAME[page.kind].section))
    trail = [{"title": "首页", "url": ""}, {"title": tab.title, "url": f"{tab.id}/"}]
    parent = site.pages.get(page.parent)
    if parent is not None:
        trail.append({"title": parent.title, "url": parent.url})
    if page.kind == "faq":
        organisation = site.organisations.get(page.division)
        if organisation is not None:
            trail.append({"title": organisation.short, "url": f"faq/#{organisation.id}"})
    return [*trail, {"title": page.title, "url": ""}]
