"""One article in the making: pieces are laid one after another, then it is finished.

What goes in is safe HTML of the site or pieces that a caller made with the theme; what comes out is the
`Article` with its pictures, notes and budget.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from urllib.parse import urljoin

from builder.render.wechat import budget, links
from builder.render.wechat.article import Article, Cover, Image
from builder.render.wechat.links import Notes
from builder.render.wechat.themes import Theme

Photo = Callable[
    [str, str], tuple[Image, ...]
]  # (site path, words) → the picture fit for WeChat, in pieces
Draw = Callable[[str, int, str], Image]  # (SVG, width, words) → the same


class Press:
    """Lays one article. `page(url)` says where the text that follows stands on the site."""

    def __init__(
        self,
        theme: Theme,
        base_url: str,
        photo: Photo,
        draw: Draw,
        allowance: budget.Allowance = budget.USUAL,
    ) -> None:
        """`base_url` is the public site's. `photo` and `draw` make pictures fit for WeChat."""
        self.theme = theme
        self.base_url = base_url
        self.photo = photo
        self.draw = draw
        self.purse = budget.Purse(allowance)
        self.notes = Notes(theme.words)
        self.images: dict[str, Image] = {}
        self.url = base_url
        self.blocks: list[str] = []
        self.said: list[str] = []  # what an editor should know of it
        self._before = 0

    def twin(self) -> Press:
        """Another with all that was laid so far, to see what would become of it."""
        made = Press(self.theme, self.base_url, self.photo, self.draw, self.purse.allowance)
        made.url, made.blocks = self.url, [*self.blocks]
        made.notes, made.purse.drawn = self.notes.twin(), self.purse.drawn
        return made

    def page(self, url: str) -> None:
        """What follows stands at this site path, such as `faq/mlk/xx/`: relative addresses begin there."""
        self.url = urljoin(self.base_url, url)

    def prose(self, html: str, role: str = "p") -> str:
        """Safe site HTML, as `builder.body` makes it, as HTML for WeChat; links and footnotes become notes.

        `role`: that of its paragraphs; `tight` in boxes and rows.
        """
        from builder.render.wechat.prose import (
            Prose,
        )  # reads HTML: not needed by all who import this

        return Prose(self).whole(html, role)

    def block(self, label: str, html: str) -> None:
        """Add a piece to the article. `label` (Chinese) names it in the budget."""
        if html:
            self.blocks.append(html)
            self.purse.close(label, html, self._before)
        self._before = self.purse.noted

    def heading(self, text: str, role: str = "h2") -> str:
        """A heading of our own between pieces; `end`: of what stands at the end in small letters."""
        self.purse.place = text[:20]
        return self.theme.put("h2", role, self.theme.words(text))

    def picture(self, image: Image, caption: str = "", note: str = "") -> str:
        """Register a picture and give its block. `caption` and `note` (whose it is) stand below it as text."""
        said = "".join(
            self.theme.put("p", "figcaption", self.theme.words(text))
            for text in (caption, note)
            if text
        )
        return f"{self.theme.open('section', 'figure')}{self.image(image)}{said}</section>"

    def image(self, image: Image, style: str = "") -> str:
        """Register a picture and give its element alone; `style` in place of the usual one."""
        self.images.setdefault(image.name, image)
        ratio = f"{image.height / max(1, image.width):.4f}".rstrip("0").rstrip(".")
        return (
            f'<img src="{image.name}" alt="{escape(image.alt)}" data-w="{image.width}"'
            f' data-ratio="{ratio}" style="{style or self.theme.style("picture")}">'
        )

    def linked(self, url: str, words: str, inside: str) -> str:
        """What leads to `url`: a link to an article of WeChat's, else the number of a note behind it.

        `words` are plain, `inside` is the same as HTML.
        """
        if not links.article(url):
            number = self.notes.link(url, words)
            return f"{inside}{self.theme.put('sup', 'ref', f'[{number}]')}"
        self.notes.wechat[url] = words
        return f'<a href="{escape(url)}" style="{self.theme.style("link")}">{inside}</a>'

    def stamp(self, text: str = "示例数据") -> str:
        """A mark within a line: what readers must not take for real or for current."""
        return self.theme.put("span", "stamp", escape(text))

    def close(self) -> Iterator[str]:
        """The notes, once all else is laid."""
        yield from self.notes.listed(self)

    def html(self) -> str:
        """All that was laid so far, as it would be sent."""
        return f"{self.theme.open('section', 'root')}{''.join(self.blocks)}</section>"

    def fits(self) -> bool:
        """Whether WeChat takes it, with a little room."""
        html = self.html()
        return budget.length(html) < budget.ROOM and budget.size(html) < budget.MOST_BYTES

    def first(self) -> str:
        """The first paragraph of the text, as HTML."""
        start = self.theme.open("p", "p")
        return next((b.split(start, 1)[1].split("</p>")[0] for b in self.blocks if start in b), "")

    def finish(
        self,
        *,
        id: str,  # noqa: A002  # the article's own name for it
        kind: str,
        title: str,
        author: str,
        digest: str,
        url: str,
        cover: Cover | None = None,
        pictures: tuple[str, ...] = (),
        text: str = "",
        film: str = "",
        ai: bool = False,
        short: dict[str, str] | None = None,
        said: tuple[str, ...] = (),
    ) -> Article:
        """The article of all that was laid; `url` is that of the public page."""
        html = self.html()
        if cover is not None:
            self.images.setdefault(cover.image.name, cover.image)
        return Article(
            id=id,
            kind=kind,
            theme=self.theme.name,
            title=title,
            author=author,
            digest=digest,
            url=url,
            html=html,
            images=tuple(self.images.values()),
            cover=cover,
            budget=budget.measured(html, self.purse),
            pictures=pictures,
            text=text,
            film=film,
            ai=ai,
            short=short or {},
            said=said,
            links=dict(self.notes.wechat),
        )
