"""The tabs of the site and the way back from a page. A tab without content is not shown."""

from __future__ import annotations

from builder.kinds import BY_NAME
from builder.kinds.sections import TABS, Tab, tab_of
from builder.model import Page, Site
from builder.render.web.cards import View

# How the reviews stand: where a site is told of it, its foot leads there.
REPORTS: View = {"title": "审核与更新情况", "url": "reports/"}


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
