"""What laying parts needs besides the page and the press: the site, its pictures, its addresses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from html import escape

from builder.body import Body
from builder.config import SiteConfig
from builder.kinds.column import gathers
from builder.memo import Memo
from builder.model import Page, Picture, Site
from builder.render.wechat import pictures
from builder.render.wechat.article import Image
from builder.render.wechat.pictures import PictureError


class Ground:
    """Make it once for a site."""

    def __init__(self, site: Site, body: Body, config: SiteConfig) -> None:
        """Everything an article may show comes from `site`."""
        self.site = site
        self.body = body
        self.config = config
        self.memo: Memo = body.memo
        self.notes: list[str] = []  # what an editor should know of the pictures of one article
        self.modelled = False  # whether a picture in the texts of one article was made by a model

    @cached_property
    def shown(self) -> Mapping[str, Picture]:
        """Every picture that pages and the leads of pushes may show, by its address."""
        pages = (*self.site.pages.values(), *self.site.pushes.values())
        found = (p for page in pages for p in page.pictures.values())
        ordered = sorted(found, key=lambda p: p.ai_generated)  # one that says so counts
        return {picture.url: picture for picture in ordered}

    @cached_property
    def lessons(self) -> Mapping[str, list[Page]]:
        """The lessons of each course, in order."""
        found: dict[str, list[Page]] = defaultdict(list)
        for page in self.site.pages.values():
            if page.parent:
                found[page.parent].append(page)
        return {i: sorted(pages, key=lambda p: p.order) for i, pages in found.items()}

    def photo(self, url: str, words: str) -> tuple[Image, ...]:
        """A picture of the site by its path, fit for WeChat, in pieces where it is long."""
        data, found = self.site.assets.get(url), self.shown.get(url)
        if data is None:
            return ()
        if pictures.animated(data):
            self.notes.append(f"{pictures.ANIMATED}（{words or url}）")
        ai = bool(found and found.ai_generated)
        self.modelled = self.modelled or ai
        try:
            return pictures.pieces(data, words, self.memo, ai=ai)
        except PictureError:
            self.notes.append(f"图片“{words or url}”变不成公众号要的样子，文章里没有它，换一张图。")
            return ()

    def draw(self, svg: str, width: int, words: str) -> Image:
        """A vector of ours as a picture `width` px wide."""
        return pictures.drawn(svg, words, self.memo, width=width)

    def division(self, page: Page) -> str:
        """Who wrote a page."""
        found = self.site.organisations.get(page.division)
        return found.name if found else ""

    def unit(self, name: str) -> str:
        """A division or a city by its id."""
        found = self.site.organisations.get(name)
        return found.name if found else name

    def address(self, page: Page) -> str:
        """The whole address of a page on the public site."""
        return f"{self.site.edition.base_url}{page.url}"

    def link(self, page: Page, words: str = "") -> str:
        """A link to another page as the site writes it."""
        return f'<a href="{escape(self.address(page))}">{escape(words or page.title)}</a>'

    def gathered(self, column: Page) -> list[Page]:
        """The pages that a column gathers, newest first."""
        found = [p for p in self.site.pages.values() if gathers(column, p)]
        return sorted(found, key=lambda p: (not p.expired, p.date, p.id), reverse=True)


def model_made(page: Page) -> bool:
    """Whether a picture or a scene that a page shows was made by a model."""
    scenes = page.data.get("scenes", ())
    return (
        any(picture.ai_generated for picture in page.pictures.values())
        or any(scene.get("ai_generated") for scene in scenes)
        or (bool(page.cover) and page.cover_by_ai)
    )
