"""WeChat articles in the preview: each as phones show it, with what an editor needs beside it.

Addresses stand below `/-/wechat/<edition>/`: nothing more is the list of pushes; then a theme and the
page's own address, or `pushes/<push>/<number>/`; in each of these folders also the article alone
(`light.html`, `dark.html`), what is copied (`paste.json`), the `cover`, and
`images/`.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from html import escape
from typing import TYPE_CHECKING

from builder.body import Body
from builder.config import SiteConfig
from builder.memo import digest
from builder.model import Page, Site
from builder.preview import phone_frame, phone_list, phone_page
from builder.preview.phone_page import Sheet
from builder.problems import Problem, Where

if TYPE_CHECKING:
    from builder.render.wechat import Wechat
    from builder.render.wechat.article import Article

ROOM = "-/wechat/"
HTML = "text/html; charset=utf-8"
JSON = "application/json; charset=utf-8"
PICTURES = {"jpg": "image/jpeg", "png": "image/png"}
FRAMES = {"light.html": "light", "dark.html": "dark"}
# The article alone: inline styles, which it consists of, and pictures; no script, no other place.
FRAME_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
}
SHEET_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A file of this room. `bare`: served as it is, without the preview's bar."""

    body: bytes
    media_type: str
    headers: Mapping[str, str]
    source: str = ""
    problems: tuple[Problem, ...] = ()
    bare: bool = True


@dataclass(frozen=True, slots=True)
class Made:
    """An article, what is to be said of it, and whose it is."""

    article: Article
    problems: tuple[Problem, ...]
    source: str
    address: str
    push: Page | None = None


@dataclass(slots=True)
class Phone:
    """The articles of one site, each made once, when it is asked for. Safe to ask from several threads.

    `body` makes what articles share; `pages` gives the site's pages by their addresses; `sources` maps
    the ids of entries to their files.
    """

    site: Site
    config: SiteConfig
    body: Callable[[], Body]
    pages: Callable[[], Mapping[str, Page]]
    sources: Mapping[str, str]
    _wechat: Wechat | None = None
    _made: dict[str, Made | Problem] = field(default_factory=dict)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def base(self) -> str:
        """The path of this room for this site."""
        return f"/{ROOM}{self.site.edition.name}/"

    def address(self, page: Page) -> str:
        """The path of a page's article."""
        return f"{self.base}daily/{page.url}"

    def get(
        self, path: str, problems: list[Problem], style: Mapping[str, str], root: str = "/"
    ) -> Shown | None:
        """The file at `path` below `base`; None where there is none.

        `problems`: those of the edition. `style`: addresses of the site's own files that a sheet
        uses; `root`: the path of the site's home page.
        """
        if not path:
            said = [p for p in problems if p.code.startswith("PSH")]
            body = phone_list.listing(self.site, self.config, self.base, said, self.sources, style)
            return Shown(body, HTML, SHEET_HEADERS, bare=False)
        folder, _, name = path.rpartition("/")
        if folder.endswith("/images"):
            folder, name = folder.removesuffix("/images"), f"images/{name}"
        made = self._article(folder)
        if made is None:
            return None
        if isinstance(made, Problem):
            return self._broken(made, style) if not name else None
        return self._file(made, folder, name, style, root)

    def _file(
        self, made: Made, folder: str, name: str, style: Mapping[str, str], root: str
    ) -> Shown | None:
        article = made.article
        if not name:
            sheet = self._sheet(made, folder, root)
            body = phone_page.sheet(sheet, style)
            return Shown(body, HTML, SHEET_HEADERS, made.source, made.problems, bare=False)
        if name in FRAMES:
            body = phone_frame.frame(article, self._head(made), dark=FRAMES[name] == "dark")
            return Shown(body, HTML, FRAME_HEADERS, made.source)
        if name == "paste.json":
            return Shown(pasted(article), JSON, {}, made.source)
        image = next((i for i in article.images if i.name == name), None)
        if name == "cover":
            image = article.cover.image if article.cover else next(iter(article.images), None)
        if image is None:
            return None
        return Shown(image.data, PICTURES[image.name.rpartition(".")[2]], {}, made.source)

    def _sheet(self, made: Made, folder: str, root: str) -> Sheet:
        theme, _, rest = folder.partition("/")
        return Sheet(
            made.article,
            made.problems,
            self._head(made),
            made.push,
            theme,
            {name: f"{self.base}{name}/{rest}/" for name in phone_page.THEMES},
            f"{self.base}{folder}/",
            self.base,
            root + made.address if made.address else "",
            digest(repr(made.article)),
        )

    def _head(self, made: Made) -> phone_frame.Head:
        """What WeChat shows above an article."""
        accounts = self.config.wechat.accounts
        name = made.push.data["account"] if made.push else next(iter(accounts), "")
        account = accounts[name].name if name in accounts else self.config.site.owner
        day = (made.push.data["after"] if made.push else "")[
            :10
        ] or self.site.now.date().isoformat()
        return phone_frame.Head(account, day)

    # --- making -----------------------------------------------------------------------------------

    def _article(self, folder: str) -> Made | Problem | None:
        with self._lock:
            if folder not in self._made:
                found = self._find(folder)
                if found is None:
                    return None
                self._made[folder] = self._try(*found)
            return self._made[folder]

    def _find(self, folder: str) -> tuple[Page, str, int] | None:
        """The page or push at `folder`, the theme, and the number of a push's article (0: a page)."""
        theme, _, rest = folder.partition("/")
        if theme not in phone_page.THEMES or not rest:
            return None
        page = self.pages().get(f"{rest}/")
        if page is not None:
            return page, theme, 0
        section, _, number = rest.rpartition("/")
        push = next((p for p in self.site.pushes.values() if p.url == f"{section}/"), None)
        if push is None or not number.isdigit():
            return None
        count = len(push.data["articles"])
        return (push, theme, int(number)) if 1 <= int(number) <= count else None

    def _try(self, page: Page, theme: str, number: int) -> Made | Problem:
        source = self.sources.get(page.id, "")
        try:
            return self._make(page, theme, number, source)
        except Exception as error:  # noqa: BLE001  # whatever a text does to the renderer, preview goes on
            text = f"“{page.title}”排不成文章：{type(error).__name__}：{error}"
            action = "先撤回刚才的改动，并把这一条报告给维护人员。"
            return Problem("BUG001", Where(source), text, action)

    def _make(self, page: Page, theme: str, number: int, source: str) -> Made:
        from builder.render.wechat import Wechat, judged  # only where an article is looked at

        if self._wechat is None:
            self._wechat = Wechat(self.site, self.body(), self.config)
        if not number:
            article = self._wechat.article(page, theme)
            said = tuple(self._placed(p, source) for p in judged(article, page.id))
            return Made(article, said, source, page.url)
        push = replace(page, data={**page.data, "theme": theme})
        article = self._wechat.of(push, number)
        said = tuple(self._placed(p, source) for p in judged(article, push.id))
        entry = self.site.pages.get(push.data["articles"][number - 1]["entry"])
        return Made(article, said, source, entry.url if entry else "", push)

    def _placed(self, problem: Problem, source: str) -> Problem:
        """The same at the file that an author opens."""
        where = Where(self.sources.get(problem.where.path, source), 0, 0)
        return Problem(problem.code, where, problem.message, problem.action)

    def _broken(self, problem: Problem, style: Mapping[str, str]) -> Shown:
        body = phone_page.said("这一篇排不成文章", escape(problem.message), self.base, style)
        return Shown(body, HTML, SHEET_HEADERS, problem.where.path, (problem,), bare=False)


def pasted(article: Article) -> bytes:
    """What goes to the clipboard: the article with its pictures inside, and its words alone."""
    from builder.render.wechat.tree import read

    html = article.html
    for image in article.images:
        kind = PICTURES[image.name.rpartition(".")[2]]
        inside = f"data:{kind};base64,{base64.b64encode(image.data).decode()}"
        html = html.replace(f'src="{image.name}"', f'src="{inside}"')
    words = article.text or phone_frame.words(read(article.html).root)
    return json.dumps({"html": html, "text": words}, ensure_ascii=False).encode()
