"""WeChat articles of one site's pushes.

An article is laid by its parts, measured, and laid again with less where it would be too long: formulas
become pictures, then styles that can be spared are. What is still too long is refused with its reasons.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from builder.body import Body
from builder.bundle import Artefact
from builder.config import SiteConfig
from builder.model import Page, Site
from builder.problems import Problem, Where
from builder.render.wechat import budget, bundled, parts_state, words
from builder.render.wechat.article import Article, Budget
from builder.render.wechat.parts_ground import Ground, model_made
from builder.render.wechat.parts_state import marked
from builder.render.wechat.press import Press
from builder.render.wechat.themes import THEMES, Theme, plain

if TYPE_CHECKING:
    from builder.render.wechat.parts import Laid

NOTHING: Mapping[str, Any] = {"title": "", "author": "", "digest": "", "lead": ""}
Lay = Callable[[Press], "Laid"]


class Wechat:
    """All that making the articles of one site shares."""

    def __init__(self, site: Site, body: Body, config: SiteConfig) -> None:
        """Everything an article may show comes from `site`."""
        self.site = site
        self.config = config
        self.ground = Ground(site, body, config)
        self.said: list[Problem] = []

    def article(
        self,
        page: Page,
        theme: str = "daily",
        item: Mapping[str, Any] = NOTHING,
        push: Page | None = None,
    ) -> Article:
        """One page as an article. `item` is what its push says of it: another title, author, digest, a lead."""
        from builder.render.wechat import (  # only where something is made
            covers,
            parts,
            prose_foot,
        )

        title = item["title"] or page.title

        def lay(press: Press) -> Laid:
            self._lead(press, push, item)
            laid = self._declared(parts.lay(page, press, self.ground))
            prose_foot.lay(press, self.ground, [page], laid.ai)
            return laid

        press, laid = self._fitted(THEMES[theme], lay)
        told = item["digest"] or words.digest(page, press.first())
        url = self.ground.address(page)
        return press.finish(
            id=page.id,
            kind=page.kind,
            title=title,
            author=self._author(item, page),
            digest=told,
            url=url,
            cover=covers.cover(page, title, self.ground),
            ai=laid.ai,
            short=self._short(page, title, told, url),
            said=(*laid.said, *parts_state.noted([page])),
        )

    def collection(self, push: Page, number: int) -> Article:
        """Several short pages as one article: item `number` of a push, from 1."""
        from builder.kinds import BY_NAME
        from builder.render.wechat import collection, covers, prose_foot, short

        item, pages = push.data["articles"][number - 1], self._pages(push, number)

        def lay(press: Press) -> Laid:
            self._lead(press, push, item)
            laid = self._declared(collection.lay(pages, press, self.ground))
            prose_foot.lay(press, self.ground, pages, laid.ai, cited=True)
            return laid

        press, laid = self._fitted(THEMES[push.data["theme"]], lay)
        told = item["digest"] or words.shortened("".join(map(marked, pages)))
        section = {BY_NAME[p.kind].section for p in pages}
        url = self.site.edition.base_url + (
            f"{section.pop()}/" if len(section) == 1 else pages[0].url
        )
        division = self.ground.division(pages[0])
        label = BY_NAME[pages[0].kind].label
        return press.finish(
            id=f"collection:{bundled.slug_of(push)}/{number}",
            kind="collection",
            title=item["title"],
            author=self._author(item),
            digest=told,
            url=url,
            cover=covers.collected(item["title"], label, division, self.ground),
            ai=laid.ai,
            short=short.forms(
                item["title"],
                told,
                url,
                tuple(dict.fromkeys(t for p in pages for t in p.tags)),
                "\n".join(f"{n}. {marked(p)}\n{short.gist(p)}" for n, p in enumerate(pages, 1)),
                parts_state.states(pages),
            ),
            said=(*laid.said, *parts_state.noted(pages)),
        )

    def newspic(self, push: Page) -> Article:
        """The one entry of a push as pictures with words (贴图)."""
        from builder.render.wechat import parts_newspic
        from builder.render.wechat.plain_lines import lines

        item = push.data["articles"][0]
        page = self.site.pages[item["entry"]]
        title, url = item["title"] or page.title, self.ground.address(page)
        lead = self.ground.body.prose(push, item["lead"]).html if item["lead"] else ""
        images, text, said = parts_newspic.pictures(page, self.ground, lines(lead))
        told = item["digest"] or words.digest(page, text)
        return Article(
            id=page.id,
            kind=page.kind,
            theme=push.data["theme"],
            title=title,
            author=self._author(item, page),
            digest=told,
            url=url,
            html="",
            images=images,
            cover=None,
            budget=Budget(budget.length(text), budget.size(text)),
            pictures=tuple(image.name for image in images),
            text=text,
            ai=model_made(page),
            short=self._short(page, title, told, url),
            said=(*said, *parts_state.noted([page])),
        )

    def of(self, push: Page, number: int) -> Article:
        """Item `number` of a push, from 1, in the way in which the push is sent."""
        item = push.data["articles"][number - 1]
        if push.data["send"] == "newspic":
            return self.newspic(push)
        if item["entries"]:
            return self.collection(push, number)
        page = self.site.pages[item["entry"]]
        made = self.article(page, push.data["theme"], item, push)
        return self._filmed(made, page) if push.data["send"] == "video" else made

    def rest(self) -> Iterator[Artefact]:
        """The articles of every push, and the list of pushes."""
        rows: list[tuple[Page, list[str]]] = []
        self.said.clear()
        for push in self.site.pushes.values():
            places: list[str] = []
            for number in range(1, len(push.data["articles"]) + 1):
                article = self.of(push, number)
                place = bundled.folder(push, number, article)
                places.append(place)
                self.said += judged(article, push.id)
                yield from bundled.files(push, place, article, self._pages(push, number))
            rows.append((push, places))
        yield bundled.listed(rows, self.config.wechat)

    def told(self) -> list[Problem]:
        """What editors should know of the articles that `rest` made."""
        return self.said

    def _pages(self, push: Page, number: int) -> list[Page]:
        """What item `number` of a push is about."""
        item = push.data["articles"][number - 1]
        return [self.site.pages[i] for i in item["entries"] or [item["entry"]]]

    def _author(self, item: Mapping[str, Any], page: Page | None = None) -> str:
        """Who signs: as the push says, as the page's author said, else the bureau."""
        own = page.wechat.get("author", "") if page is not None else ""
        owner = self.config.site.owner
        return item["author"] or own or (owner if len(owner) <= words.AUTHOR else "")

    def _short(self, page: Page, title: str, told: str, url: str) -> dict[str, str]:
        """The short forms of one page; they say what no longer holds."""
        from builder.render.wechat import short

        state, warning = parts_state.state(page), parts_state.sentence(page, self.ground)
        return short.forms(title, told, url, page.tags, short.gist(page), state, warning)

    def _lead(self, press: Press, push: Page | None, item: Mapping[str, Any]) -> None:
        """Words that a push puts before its article."""
        if push is not None and item["lead"]:
            press.page(push.url)
            press.block("引言", press.prose(self.ground.body.prose(push, item["lead"]).html))

    def _declared(self, laid: Laid) -> Laid:
        """The same; a picture in a push's own words counts as those of the page do."""
        return replace(laid, ai=laid.ai or self.ground.modelled)

    def _fitted(self, theme: Theme, lay: Lay) -> tuple[Press, Laid]:
        """Lay an article, with less and less until it fits."""
        press, laid = self._laid(theme, lay, budget.USUAL)
        for allowance in budget.LESS:
            if press.fits():
                break
            press, laid = self._laid(theme, lay, allowance)
        return press, laid

    def _laid(self, theme: Theme, lay: Lay, allowance: budget.Allowance) -> tuple[Press, Laid]:
        style = plain(theme, allowance.spare)
        base = self.site.edition.base_url
        press = Press(style, base, self.ground.photo, self.ground.draw, allowance)
        self.ground.notes.clear()
        self.ground.modelled = False
        laid = lay(press)
        said = dict.fromkeys((*self.ground.notes, *press.said))
        return press, replace(laid, said=(*laid.said, *said))

    def _filmed(self, article: Article, page: Page) -> Article:
        """The same with the film that is sent, where there is one."""
        from builder.render.wechat import parts_film

        film = parts_film.film(page, self.ground)
        return replace(article, film=f"site/{film['file']}") if film else article


def judged(article: Article, push: str) -> Iterator[Problem]:
    """What is to be said of one article, placed at its entry, or at its push where it gathers several."""
    from builder.render.wechat.lint import lint, summed

    where = Where(push if article.id.startswith("collection:") else article.id)
    name = f"公众号文章《{article.title}》"
    if said := budget.over(article.budget):
        action = "按占得多的删减，或拆成两篇。"
        yield Problem("WCT001", where, f"{name}{said}", action)
    for said in words.too_long(article.title, article.author, article.digest):
        action = "在推送里给这一篇另写短一些的 title、author、digest。"
        yield Problem("WCT003", where, f"{name}的{said}，可能被拒收。", action)
    for said in summed(lint(article.html)) if article.html else ():
        yield Problem("WCT002", where, f"{name}：{said}", "在预览里看这一处，换一种写法。")
    for said in article.said:
        yield Problem("WCT002", where, f"{name}：{said}", "在预览里看一看是否妥当。")
