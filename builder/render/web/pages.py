"""One page: its view for the templates, its body, its head."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from builder import body
from builder.body import Body
from builder.cited import taken
from builder.config import ColumnMeta, SiteConfig
from builder.kinds import BY_NAME
from builder.kinds import version as kinds_version
from builder.kinds.column import gathers
from builder.kinds.live import status as live_status
from builder.kinds.sections import Tab, tab_of
from builder.kinds.system import when_due
from builder.memo import Memo, code_version, digest
from builder.model import Heading, MdText, Page, Part, Prose, Site, Source
from builder.render.web import live_charts, meta
from builder.render.web.cards import Cards, View, near, near_mark, org_view
from builder.render.web.films import Films
from builder.render.web.media import part_html
from builder.render.web.shell import THEME, Fill, Shell, theme_assets
from builder.render.web.tabs import crumbs

if TYPE_CHECKING:
    from builder.render.web.indicators.views import Figures

NOT_FOUND = "404.html"
CHART = '<figure class="chart'  # needs a script besides
# Style sheets that a page loads when its body has one of these.
SHEETS = {
    "charts.css": (CHART,),
    "figures.css": ('width="400" height="520"', "cast-art"),
    "pictures.css": ('class="tone-', " tone-"),
}
EDITION_WORDS = frozenset({"edition", "edition_label", "tabs", "active", "section", "footer"})
# The last page made, for the next edition.
_INNER: dict[str, tuple[View, str, str]] = {}


@lru_cache(maxsize=1)
def version() -> str:
    """A hash of the code and templates that make a page."""
    files = [
        *Path(__file__).parent.rglob("*.py"),
        *(THEME / "templates").rglob("*.html"),
        *(THEME / "templates").rglob("*.svg"),
    ]
    return digest(body.VERSION, kinds_version(), code_version(*map(str, sorted(files))))


class Pages:
    """Renders single pages of one site; knows nothing of other editions."""

    def __init__(
        self,
        site: Site,
        body: Body,
        config: SiteConfig,
        shell: Shell,
        tabs: list[Tab],
        cards: Cards,
        films: Films,
    ) -> None:
        """All shared things are made once and handed in."""
        self.site = site
        self.body = body
        self.config = config
        self.shell = shell
        self.tabs = tabs
        self.cards = cards
        self.films = films
        edition = [  # a set prints in another order in each process
            sorted(v) if isinstance(v := getattr(site.edition, f.name), frozenset) else v
            for f in fields(site.edition)
        ]
        self.figures = _figures(site, body.memo)
        known = (shell.site, config, edition, site.terms, site.organisations, tabs)
        self._last: tuple[Page | None, tuple[View, View]] = (None, ({}, {}))
        self._keyed: tuple[Page | None, str] = (None, "")
        blind = {k: v for k, v in shell.site.items() if k not in EDITION_WORDS}
        self.fill, self.blind = Fill(shell.site), Fill(blind)
        self.common = digest(version(), repr((blind, config, site.terms, site.organisations)))
        self.static = digest(version(), repr(known))

    def html(self, page: Page) -> str:
        """The whole page as HTML."""
        kind = BY_NAME[page.kind]
        view, body, trail = self._inner(page)
        return self._join(tab_of(kind.section), view, body, trail, page)

    def _inner(self, page: Page) -> tuple[View, str, str]:
        """View, body and crumbs of a page; the next edition may find them made.

        What is kept is kept by everything it was made from, and its templates are not told which
        edition they work for: two editions share it only where they show the same.
        """
        key = self._inner_key(page)
        made = _INNER.get(key)
        if made is None:
            view = self.view(page)
            made = (view, *self._body(BY_NAME[page.kind].template, view, self.blind))
            _INNER.clear()
            _INNER[key] = made
        return made

    def hub(self, template: str, tab: str, view: View) -> str:
        """A page that gathers others, kept while what it shows stays the same."""
        key = digest("hub", self.static, template, tab, repr(view))
        return self.body.memo.get(key, lambda: self.compose(template, tab, view))

    def compose(self, template: str, tab: str, view: View, page: Page | None = None) -> str:
        """Fill the shell: head, title, crumbs and body of one view."""
        return self._join(tab, view, *self._body(template, view, self.fill), page)

    def _base(self, view: View) -> str:
        """The way from a page to the root of the site."""
        if view["url"] == NOT_FOUND:  # served at any depth, so only the site's own path will do
            return urlsplit(self.site.edition.base_url).path
        return "../" * int(view["url"].count("/"))

    def _body(self, template: str, view: View, fill: Fill) -> tuple[str, str]:
        base = self._base(view)
        body = fill(f"pages/{template}.html", base, page=view)
        return body, fill("parts/crumbs.html", base, page=view) if view["crumbs"] else ""

    def _join(self, tab: str, view: View, body: str, trail: str, page: Page | None) -> str:
        name = self.config.site.name
        title = view["title"] if view["url"] else self.config.site.description
        pieces = {
            "head": meta.head(
                self.config,
                self.site.edition,
                self._column(tab, view),
                view,
                page,
                view["division"]["name"] if page else "",
                self._base(view),
            )
            + self._sheets(view, body),
            "title": str(
                Markup.escape(f"{title} · {name}" if view["url"] else f"{name} · {title}")
            ),
            "crumbs": trail,
            "body": body,
        }
        return self.shell.join(tab, self._base(view), pieces)

    def _sheets(self, view: View, body: str) -> str:
        """Style sheets and scripts that only some bodies need."""
        base, tags = self._base(view), []
        for name, marks in SHEETS.items():
            # Posts that come later to a running page may have figures and pictures.
            later = view["kind"] == "live" and name != "charts.css"
            if later or any(mark in body for mark in marks):
                tags.append(f'<link rel="stylesheet" href="{base}{theme_assets()[name][0]}">')
        return "".join(tags) + (live_charts.tag(base) if CHART in body else "")

    def _column(self, tab: str, view: Mapping[str, Any]) -> ColumnMeta | None:
        if not view["url"]:
            return None
        found = self.config.columns.get(tab)
        if found is not None:
            return found
        title = next((t.title for t in self.tabs if t.id == tab), self.config.site.name)
        return ColumnMeta(
            title=title,
            description=self.config.site.description,
            keywords=(self.config.site.name,),
            type="专题专栏",
        )

    def view(self, page: Page) -> View:
        """Everything a template may ask of one page."""
        kind = BY_NAME[page.kind]
        parts, data = self.body.made(page)
        beside, around = self._beside(page)
        base = "../" * page.url.count("/")
        view: View = {
            "kind": page.kind,
            "template": kind.template,
            "title": page.title,
            "summary": self._summary(page),
            "url": page.url,
            "date": page.day,
            "updated": page.updated,
            "pub_date": page.published,
            "reviews": page.reviews,
            "changes": page.changes,
            "division": self.cards.division(page),
            "levels": page.levels,
            "roles": [{"id": r, "name": self.cards.role_names.get(r, r)} for r in page.roles],
            "forms": page.forms,
            "tags": self.cards.tags(page),
            "plate": {"icon": kind.icon, "label": kind.label},
            "minutes": self.cards.minutes(page),
            "checked": max((s.seen for s in page.sources), default=""),
            "body": Markup("".join(part_html(p, base, page, self.fill, around) for p in parts)),
            "toc": _toc(parts),
            "data": _safe(data, page.data),
            "sources": grouped(page.sources),
            "cited": taken([page]),
            "expired": page.expired,
            "unverified": page.unverified,
            "crumbs": crumbs(self.site, page),
            "cards": [],
            "groups": [],
        }
        view |= beside
        self._own(page, view, around)
        return view

    def key(self, page: Page) -> str:
        """A hash of all that `html(page)` is made from."""
        return digest(self.static, self._inner_key(page))

    def _inner_key(self, page: Page) -> str:
        kept = self._keyed
        if kept[0] is not page:
            beside, around = self._beside(page)
            marks = near_mark(beside), repr(around)
            kept = self._keyed = (page, digest(self.common, repr(page), *marks))
        return kept[1]

    def _beside(self, page: Page) -> tuple[View, View]:
        """All that a page shows and does not say itself; asked for its key, then for its view."""
        kept = self._last
        if kept[0] is not page:
            kept = self._last = (page, (near(self.cards, page), self._around(page)))
        return kept[1]

    def _around(self, page: Page) -> View:
        """What single kinds show of other pages, or of the hour."""
        if page.kind == "column":
            return {"cards": self.cards.of(gathered(self.cards, page))}
        if page.kind == "live":
            return {"status": live_status(page, self.site.now)}
        if page.kind == "course":
            return {"prerequisites_cards": self._cards(page.data["prerequisites"])}
        if "scenes" in page.data:
            return {"film": self.films.view(page)}
        if page.kind == "indicator" and self.figures is not None:
            return self.figures.around(page.id.partition(":")[2])
        if page.kind == "gdp" and self.figures is not None:
            from builder.render.web.indicators import inside

            today = inside.today_of(self.figures)
            return {"ledger": inside.ledger(page.data, self.figures.numbers, today)}
        if page.kind in {"system", "standard"}:
            newer = [p for p in self.cards.by_kind[page.kind] if page.id in p.data["supersedes"]]
            shown = self.cards.of(newer)
            return {
                "replaced_by": shown[0] if shown else None,
                "supersedes_cards": self._cards(page.data["supersedes"]) + shown,
            }
        return {}

    def _summary(self, page: Page) -> str:
        return (
            page.summary
            or page.data.get("answer")
            or page.data.get("definition")
            or page.data.get("key", "").replace("==", "")
            or ""
        )

    def _own(self, page: Page, view: View, around: View) -> None:
        """What single kinds need besides; `around` comes from other pages."""
        data = view["data"]
        if data.get("key"):
            data["key"] = swipes(data["key"])
        if page.kind == "column":
            view |= around
            return
        data |= around
        if page.kind == "live":
            data["fragment"] = f"{page.url}fragment.html"
            data["posts"] = self._posts(page, data["posts"])
        elif page.kind == "event":
            data["materials"] = [self._material(page, m) for m in page.data["materials"]]
            data["summaries"] = [
                {"unit": s["unit"], "unit_name": self._unit(s["unit"])["name"], "text": s["text"]}
                for s in data["summaries"]
            ]
        elif page.kind == "case" and page.data["unit"]:
            data["unit_name"] = self._unit(page.data["unit"])["name"]
        elif page.kind == "system":
            data["deadlines"] = [dict(d) | {"when": when_due(d)} for d in page.data["deadlines"]]
        elif page.kind == "indicator" and self.figures is not None:
            known = self.figures.numbers.indicators[page.id.partition(":")[2]]
            data["numbers"] = self.figures.page(known)
        elif page.kind == "dashboard" and self.figures is not None:
            from builder.render.web.indicators.dashboards import blocks

            shown = self.figures.numbers
            data["shown"] = list(blocks(data["blocks"], shown, self.body.figure))
        elif page.kind == "norm":
            data["ledgers"] = [
                dict(ledger)
                | {"files": [{"title": "下载空白表（Excel）", "url": f"{page.url}{name}"}]}
                for ledger, name in zip(page.data["ledgers"], ledger_names(page), strict=True)
            ]

    def _cards(self, ids: Iterable[str]) -> list[View]:
        return [self.cards.cards[i] for i in ids if i in self.site.pages]

    def _posts(self, page: Page, posts: list[View]) -> list[View]:
        """Posts newest first, each with an id and its picture."""
        made = []
        for number, post in enumerate(posts, 1):
            picture = page.pictures.get(post["image"]) if post["image"] else None
            image = (
                {
                    "url": picture.url,
                    "alt": picture.alt,
                    "width": picture.width,
                    "height": picture.height,
                    "caption": picture.credit,
                    "tone": picture.tone,
                }
                if picture
                else None
            )
            made.append(post | {"id": post["id"] or str(number), "image": image})
        return sorted(made, key=lambda p: str(p["time"]), reverse=True)

    def _material(self, page: Page, material: Mapping[str, Any]) -> View:
        url = (
            page.files.get(material["file"], "")
            if material["file"]
            else page.links.get(material["link"], "")
        )
        if not url and "//" in material["link"]:
            url = material["link"]
        return {"title": material["title"], "url": url, "file": bool(material["file"])}

    def _unit(self, unit: str) -> View:
        found = self.site.organisations.get(unit)
        return org_view(found) if found else {"id": unit, "name": unit, "short": unit, "url": ""}


def _figures(site: Site, memo: Memo) -> Figures | None:
    """What answers pages of numbers, where there are any; what is judged of them stays inside."""
    if site.numbers is None:
        return None
    from builder.render.web.indicators.views import Figures
    from builder.render.web.indicators.watch import Watch

    watch = None if site.edition.public else Watch(site.numbers, site.now, memo)
    return Figures(site.numbers, site.now, watch)


def grouped(sources: tuple[Source, ...]) -> list[View]:
    """Sources with the quotes of one document together, in order of first mention."""
    found: dict[tuple[str, str, str], View] = {}
    for source in sources:
        key = (source.title, source.doc_no, source.url)
        group = found.setdefault(
            key,
            {
                "title": source.title,
                "doc_no": source.doc_no,
                "url": source.url,
                "date": source.date,
                "seen": "",
                "quotes": [],
            },
        )
        group["seen"] = max(group["seen"], source.seen)
        group["quotes"].append({"locator": source.locator, "quote": source.quote})
    return list(found.values())


def swipes(text: str) -> Markup:
    """A sentence to remember, with `==words==` under the marker."""
    pieces = re.split(r"==(.+?)==", text)
    marked = [
        Markup('<span class="swipe">{}</span>').format(p) if n % 2 else escape(p)
        for n, p in enumerate(pieces)
    ]
    return Markup("").join(marked)


def ledger_names(page: Page) -> list[str]:
    """File names of the spreadsheets made from a norm's 台账 templates."""
    return [f"taizhang-{n}.xlsx" for n, _ in enumerate(page.data.get("ledgers", ()), 1)]


def gathered(cards: Cards, column: Page) -> list[Page]:
    """The pages a column gathers, newest first."""
    return cards.newest(p for p in cards.site.pages.values() if gathers(column, p))


def _toc(parts: list[Part]) -> list[Heading]:
    return [h for p in parts if isinstance(p, Prose) for h in p.toc]


def _safe(made: Any, raw: Any) -> Any:
    """Mark as safe what was Markdown; everything else stays text that templates escape."""
    if isinstance(raw, MdText):
        return Markup(made)
    if isinstance(raw, Mapping):
        return {k: _safe(made[k], v) for k, v in raw.items()}
    if isinstance(raw, tuple):
        return [_safe(m, r) for m, r in zip(made, raw, strict=True)]
    return made
