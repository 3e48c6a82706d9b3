"""The head of a page: government metadata (国办发〔2017〕47号), OpenGraph, canonical, JSON-LD.

A value that is missing is left out with its tag: `content="null"` and empty columns fail inspections.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from builder.config import ColumnMeta, SiteConfig
from builder.model import Edition, Page

COVERED = frozenset({"course", "column"})  # kinds whose pages have a picture for shared links
COVER = "fenmian.jpg"
LD_TYPES = {
    "article": "Article",
    "lesson": "LearningResource",
    "comic": "LearningResource",
    "infographic": "LearningResource",
    "video": "LearningResource",
}


def head(
    config: SiteConfig,
    edition: Edition,
    column: ColumnMeta | None,
    view: Mapping[str, Any],
    page: Page | None,
    division: str,
    base: str,
) -> str:
    """All tags of one page's head, one a line; `base` leads to the root of the site."""
    identity = config.site
    url = edition.base_url + view["url"]
    tags = [
        ("SiteName", identity.name),
        ("SiteDomain", identity.domain),
        ("SiteIDCode", identity.id_code),
    ]
    if column is not None:
        tags += [
            ("ColumnName", column.title),
            ("ColumnDescription", column.description),
            ("ColumnKeywords", ",".join(column.keywords)),
            ("ColumnType", column.type),
        ]
    if page is not None:
        tags += [
            ("ArticleTitle", page.title),
            ("PubDate", page.published),
            ("ContentSource", division or identity.owner),
            ("Keywords", ",".join(page.tags) or identity.name),
        ]
        tags += [
            ("Author", division or identity.owner),
            ("Description", view["summary"]),
            ("Url", url),
        ]
    elif view["summary"]:
        tags.append(("Description", view["summary"]))
    lines = [_meta("name", name, value) for name, value in tags if value]
    lines += [
        _meta("property", name, value)
        for name, value in _graph(identity.name, url, view, page)
        if value
    ]
    lines.append(f'<link rel="canonical" href="{html.escape(url)}">')
    lines += _neighbours(view, base)
    lines.append(_feed(identity.name, view, base))
    if page is not None:
        lines += [_json_ld(item) for item in _linked_data(identity.owner, url, view, page)]
    return "\n".join(lines)


@lru_cache(maxsize=512)
def _meta(key: str, name: str, value: str) -> str:
    """One tag; half of them are the same on every page of a column."""
    return f'<meta {key}="{name}" content="{html.escape(value)}">'


def _graph(
    site: str, url: str, view: Mapping[str, Any], page: Page | None
) -> list[tuple[str, str]]:
    return [
        ("og:title", view["title"]),
        ("og:site_name", site),
        ("og:type", "article" if page else "website"),
        ("og:url", url),
        ("og:locale", "zh_CN"),
        ("og:description", view["summary"]),
        ("og:image", _picture(url, view, page)),
    ]


def covered(page: Page) -> bool:
    """Whether a picture stands beside links to a page."""
    return page.kind in COVERED or bool(page.cover)


def _picture(url: str, view: Mapping[str, Any], page: Page | None) -> str:
    """What stands beside a link: the cover, or the first picture of a film."""
    if page is not None and covered(page):
        return f"{url}{COVER}"
    poster = view["data"].get("film", {}).get("poster", "") if page is not None else ""
    return f"{url}{poster}" if poster else ""


def _neighbours(view: Mapping[str, Any], base: str) -> Iterable[str]:
    for rel in ("prev", "next"):
        if view.get(rel):
            yield f'<link rel="{rel}" href="{base}{view[rel]["url"]}">'


def _feed(site: str, view: Mapping[str, Any], base: str) -> str:
    """Where a feed reader finds the news: of a column on its own page, else of the site.

    The relation is two words: Material's script takes a bare `alternate` for a translation and asks
    for its sitemap.
    """
    column = view["kind"] == "column"
    href, title = ("feed.xml", f"{site}：{view['title']}") if column else (f"{base}feed.xml", site)
    kind = "application/atom+xml"
    return f'<link rel="feed alternate" type="{kind}" title="{html.escape(title)}" href="{href}">'


def _json_ld(item: Mapping[str, Any]) -> str:
    text = json.dumps(item, ensure_ascii=False, separators=(",", ":"))
    safe = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return f'<script type="application/ld+json">{safe}</script>'


def _linked_data(
    owner: str, url: str, view: Mapping[str, Any], page: Page
) -> Iterable[dict[str, Any]]:
    publisher = {"@type": "GovernmentOrganization", "name": owner}
    if page.kind == "faq":
        answer = {"@type": "Answer", "text": page.data["answer"]}
        question = {
            "@type": "Question",
            "name": page.title,
            "acceptedAnswer": answer,
        }
        yield {
            "@context": "https://schema.org",
            "@type": "FAQPage",
            "inLanguage": "zh-CN",
            "mainEntity": [question],
        }
    elif page.kind == "course":
        yield {
            "@context": "https://schema.org",
            "@type": "Course",
            "name": page.title,
            "description": view["summary"],
            "provider": publisher,
            "inLanguage": "zh-CN",
            "url": url,
        }
    elif page.kind in LD_TYPES:
        film = view["data"].get("film", {})
        yield (_film(film, url, view, page) if film.get("films") else {}) | {
            "@context": "https://schema.org",
            "@type": LD_TYPES[page.kind],
            "headline": page.title,
            "name": page.title,
            "datePublished": page.published[:10],
            "publisher": publisher,
            "inLanguage": "zh-CN",
            "url": url,
        }


def _film(film: Mapping[str, Any], url: str, view: Mapping[str, Any], page: Page) -> dict[str, Any]:
    """A lesson's film, for search engines that list films."""
    return {
        "video": {
            "@type": "VideoObject",
            "name": page.title,
            "description": view["summary"] or page.title,
            "thumbnailUrl": f"{url}{film['poster']}",
            "contentUrl": f"{url}{film['films'][0]['url']}",
            "uploadDate": page.published[:10],
            "duration": f"PT{film['seconds'] // 60}M{film['seconds'] % 60}S",
            "inLanguage": "zh-CN",
        }
    }
