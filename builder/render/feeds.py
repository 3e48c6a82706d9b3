"""Atom feeds (one for the site, one per column), sitemap, robots.txt."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator

from builder.bundle import Artefact
from builder.config import SiteConfig
from builder.kinds import BY_NAME
from builder.kinds.column import gathers
from builder.model import Page, Site

NEWEST = 40
FEED_TYPE = "application/atom+xml; charset=utf-8"


def render(site: Site, config: SiteConfig) -> Iterator[Artefact]:
    """Every feed of one edition."""
    pages = sorted(site.pages.values(), key=lambda p: (p.published, p.id), reverse=True)
    shown = [p for p in pages if p.kind != "column" and not p.expired]
    yield _feed(site, config, "feed.xml", config.site.name, shown)
    for column in (p for p in pages if p.kind == "column"):
        members = [p for p in shown if gathers(column, p)]
        yield _feed(
            site, config, f"{column.url}feed.xml", f"{config.site.name}：{column.title}", members
        )
    yield _sitemap(site, pages)
    base = site.edition.base_url
    rule = "Allow: /" if site.edition.public else "Disallow: /"
    yield Artefact(
        "site/robots.txt",
        f"User-agent: *\n{rule}\nSitemap: {base}sitemap.xml\n".encode(),
        "text/plain; charset=utf-8",
    )


def _stamp(published: str) -> str:
    return f"{published[:10]}T{published[11:16]}:00+08:00"


def _feed(site: Site, config: SiteConfig, path: str, title: str, pages: list[Page]) -> Artefact:
    base = site.edition.base_url
    updated = _stamp(pages[0].published) if pages else _stamp("2020-01-01 00:00")
    rows = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="zh-CN">',
        f"<title>{_x(title)}</title><id>{_x(base + path)}</id><updated>{updated}</updated>",
        f'<link rel="self" type="application/atom+xml" href="{_x(base + path)}"/><link rel="alternate" type="text/html" href="{_x(base)}"/>',
        f"<author><name>{_x(config.site.owner)}</name></author>",
        *(_entry(site, base, page) for page in pages[:NEWEST]),
        "</feed>",
    ]
    return Artefact(
        f"site/{path}", "\n".join(rows).encode(), FEED_TYPE, tuple(p.id for p in pages[:NEWEST])
    )


def _entry(site: Site, base: str, page: Page) -> str:
    division = site.organisations.get(page.division)
    summary = page.summary or page.data.get("answer") or page.data.get("definition") or ""
    author = f"<author><name>{_x(division.name)}</name></author>" if division else ""
    changed = max(_stamp(page.published), f"{page.updated}T00:00:00+08:00" if page.updated else "")
    return (
        f'<entry><title>{_x(page.title)}</title><id>{_x(base + page.url)}</id><link rel="alternate" type="text/html" href="{_x(base + page.url)}"/>'
        f"<published>{_stamp(page.published)}</published><updated>{changed}</updated>{author}"
        f'<category term="{_x(page.kind)}" label="{_x(BY_NAME[page.kind].label)}"/><summary>{_x(summary)}</summary></entry>'
    )


def _sitemap(site: Site, pages: Iterable[Page]) -> Artefact:
    rows = [
        f"<url><loc>{_x(site.edition.base_url + p.url)}</loc><lastmod>{(p.updated or p.published)[:10]}</lastmod></url>"
        for p in sorted(pages, key=lambda p: p.url)
    ]
    text = (
        '<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        + "\n".join(rows)
        + "\n</urlset>\n"
    )
    return Artefact("site/sitemap.xml", text.encode(), "application/xml; charset=utf-8")


def _x(text: str) -> str:
    return html.escape(text, quote=True)
