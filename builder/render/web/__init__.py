"""The web site of one edition: every page, the theme's files, redirects from old addresses."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from builder.body import Body
from builder.bundle import Artefact, Sheaf
from builder.config import SiteConfig
from builder.kinds import BY_NAME
from builder.media import cast, cast_sheet, comic, comic_own, covers, images, infographic
from builder.media import ledger as ledgers
from builder.media.ledger import ledger
from builder.memo import digest
from builder.model import Page, Site
from builder.problems import Problem
from builder.render.web import live_charts, robot
from builder.render.web.cards import Cards, View
from builder.render.web.films import Films
from builder.render.web.hubs import Hubs
from builder.render.web.meta import COVER, covered
from builder.render.web.pages import Pages, ledger_names
from builder.render.web.posters import posters
from builder.render.web.shell import Shell, material_assets, theme_assets
from builder.render.web.tabs import REPORTS, tab_views, tabs

HTML = "text/html; charset=utf-8"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
}
FILE_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
    "avif": "image/avif",
    "csv": "text/csv; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}

# What data makes files beside a page, and the version of the code that makes them.
ROOMS: Mapping[str, Callable[[], str]] = {
    "panels": comic.version,
    "layout": infographic.version,
    "ledgers": ledgers.version,
}


class Web:
    """All that rendering one site shares. Make it once; ask for pages as they are wanted."""

    def __init__(self, site: Site, body: Body, config: SiteConfig) -> None:
        """Everything a page may show comes from `site`."""
        self.site = site
        found = tabs(site)
        shell = Shell(site_view(site, config, tab_views(found)))
        self.films = Films(site, config, body.studio, body.memo)
        cards = Cards(site, config)
        self.pages = Pages(site, body, config, shell, found, cards, self.films)
        self.hubs = Hubs(self.pages)

    def page(self, page: Page) -> Iterator[Artefact]:
        """A page, and the files made with it."""
        yield _html(f"{page.url}index.html", self.pages.html(page), page.made_of)
        for alias in page.aliases:
            yield _html(f"{alias.strip('/')}/index.html", redirect(alias, page), page.made_of)
        for spec, name in zip(page.data.get("ledgers", ()), ledger_names(page), strict=True):
            data = ledger(spec["name"], spec["columns"], spec["rows"], spec["note"])
            yield Artefact(f"site/{page.url}{name}", data, FILE_TYPES["xlsx"], page.made_of)
        if "panels" in page.data:
            yield Artefact(
                f"site/{page.url}{comic.FILE}", self.strip(page), FILE_TYPES["webp"], page.made_of
            )
        if "layout" in page.data:
            division = self.pages.cards.division(page)["name"]
            yield from posters(page, division, self.pages.config, self.pages.body)
        if "scenes" in page.data:
            yield from self.films.files(page)
        if covered(page):
            yield Artefact(
                f"site/{page.url}{COVER}", self.cover(page), FILE_TYPES["jpg"], page.made_of
            )
        if page.kind == "live":
            yield _html(f"{page.url}fragment.html", self.fragment(page), page.made_of)

    def cover(self, page: Page) -> bytes:
        """The picture that stands beside a link to the page: its author's, or one that we draw."""
        if page.cover:
            name = page.footage[page.cover]
            key = digest("own cover", covers.version(), name, repr(page.cover_by_ai))
            own = partial(covers.cropped, self.site.footage[name], page.cover_by_ai)
            return self.pages.body.memo.blob(key, own)
        by = self.pages.cards.division(page)["name"] or self.pages.config.site.owner
        label = BY_NAME[page.kind].label
        key = digest("cover", covers.version(), page.title, by, label)
        made = partial(covers.picture, page.title, by, label)
        return self.pages.body.memo.blob(key, made)

    def key(self, page: Page) -> str:
        """A hash of all that `page(page)` makes: what the page says, and the code of every file beside it."""
        made_by = [version() for name, version in ROOMS.items() if name in page.data]
        if covered(page):
            made_by.append(covers.version())
        if "scenes" in page.data:
            made_by += self.films.versions()
        return digest(self.pages.key(page), *made_by)

    def said(self, page: Page) -> Iterator[Problem]:
        """What its author should know of the files of a page."""
        if "scenes" in page.data:
            yield from self.films.problems(page)

    def strip(self, page: Page) -> bytes:
        """A comic as one long picture, signed by the division that wrote it."""
        site = self.pages.config.site
        division = self.pages.cards.division(page)["name"]
        own = comic_own.figures(page.data["cast"], page.pictures)
        signed = (f"{site.name}　{division}", *comic_own.signatures(own))
        said = page.data["panels"], page.title, signed, own

        def made() -> bytes:
            panels = comic_own.dressed(said[0], comic_own.in_file(own, self.site.assets))
            label = any(p.ai_generated for moods in own.values() for p in moods.values())
            return comic.strip_webp(panels, page.title, signed, labelled=label)

        return self.pages.body.memo.blob(digest("strip", comic.version(), repr(said)), made)

    def fragment(self, page: Page) -> str:
        """The posts of a live page alone: what a running page fetches again and again."""
        base = "../" * page.url.count("/")
        return self.pages.fill("parts/live-posts.html", base, page=self.pages.view(page))

    def sheaves(self) -> Iterator[Sheaf]:
        """The pages that gather numbers: many, and the same until a number, a name or a date changes."""
        key = self.hubs.boards_key()
        if key:
            yield Sheaf(key, lambda: (_html(path, text, ()) for path, text in self.hubs.boards()))

    def rest(self) -> Iterator[Artefact]:
        """All that stands for no single page."""
        yield from self.single()
        for sheaf in self.sheaves():
            yield from sheaf.make()

    def single(self) -> Iterator[Artefact]:
        """Hubs, calendar, theme files, pictures and attachments."""
        for path, text, ids in self.hubs.all():
            yield _html(path, text, ids)
        month = self.hubs.calendar_file()
        if month is not None:
            yield Artefact("site/calendar.ics", month, "text/calendar; charset=utf-8")
        for path, data in theme_assets().values():
            yield Artefact(f"site/{path}", data, TYPES[path[path.rindex(".") :]])
        for path, data in live_charts.files().items() if live_charts.wanted(self.site) else ():
            yield Artefact(f"site/{path}", data, TYPES[".js"])
        for who in cast.PEOPLE:
            made = partial(lambda who: cast_sheet.sheet(who).encode(), who)
            data = self.pages.body.memo.blob(cast_sheet.version(who), made)
            yield Artefact(f"site/{cast_sheet.path(who)}", data, TYPES[".svg"])
        for path, data in material_assets().items():
            yield Artefact(f"site/{path}", data, TYPES[path[path.rindex(".") :]])
        for path, data in self.site.assets.items():
            yield Artefact(f"site/{path}", data, FILE_TYPES[path.rsplit(".", 1)[-1]])
        if self.hubs.inside is not None:
            yield from self.hubs.inside.files(self.pages.body.memo)
        if robot.answers(self.site):
            yield from robot.files()
        yield from self._renditions()

    def _renditions(self) -> Iterator[Artefact]:
        """Every picture in the sizes and formats that pages offer."""
        pages = self.site.pages.values()
        for url, picture in sorted(
            {p.url: p for page in pages for p in page.pictures.values()}.items()
        ):
            for path, data in images.made(picture, self.site.assets[url], self.pages.body.memo):
                yield Artefact(f"site/{path}", data, FILE_TYPES[path.rsplit(".", 1)[-1]])


def site_view(site: Site, config: SiteConfig, tab_list: list[View]) -> View:
    """What templates know of the whole site."""
    identity = config.site
    assets = {name: path for name, (path, _) in theme_assets().items()}
    foot = identity.footer
    inside = site.progress is not None and not site.edition.public
    return {
        "name": identity.name,
        "owner": identity.owner,
        "edition": site.edition.name,
        "edition_label": "" if site.edition.public else site.edition.label,
        "home_url": "",
        "search_url": "search/",
        "tabs": tab_list,
        "active": "",
        "section": None,
        "today": site.now.date().isoformat(),
        "editor": identity.editor,
        "assets": assets,
        "cast": {who: cast_sheet.path(who) for who in cast.PEOPLE},
        "favicon": assets.get("favicon.svg", assets.get("sprite.svg", "")),
        "bot": robot.dock(site, config.robot.name, assets),
        "search_worker": assets.get("search-worker.js", ""),
        "footer": {
            "host": foot.host,
            "contact": foot.contact,
            "id_code": identity.id_code,
            "icp": foot.icp,
            "police": foot.police,
            "police_url": "",
            "icp_url": "",
            "links": [
                {"title": "网站地图", "url": "divisions/"},
                {"title": "查找", "url": "search/"},
                *([REPORTS] if inside else []),
            ],
            "party_mark": foot.party_mark,
            "jiucuo": foot.jiucuo,
        },
    }


def _html(path: str, text: str, ids: tuple[str, ...]) -> Artefact:
    return Artefact(f"site/{path}", text.encode(), HTML, ids)


def redirect(alias: str, page: Page) -> str:
    """A small page at an old address that leads to the new one, also without scripts."""
    target = "../" * (alias.strip("/").count("/") + 1) + page.url
    title = html.escape(page.title)
    return (
        f'<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta http-equiv="refresh" content="0; url={html.escape(target)}"><link rel="canonical" href="{html.escape(target)}">'
        f'<meta name="robots" content="noindex"></head><body><p>这一页搬到了<a href="{html.escape(target)}">{title}</a>。</p></body></html>'
    )
