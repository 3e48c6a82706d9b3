"""Stage 4: the selected text of a page becomes Parts, memoised by that text and all it resolves to."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from builder import markup, typography
from builder.markup import Rendered, engine, numbers, pictures, render
from builder.media import charts, comic, comic_chart, comic_own, formulas, images
from builder.media.chart_spec import ChartSpec
from builder.media.infographic_shape import shape, spoken
from builder.memo import Memo, code_version, digest
from builder.model import Comic, Infographic, MdText, Page, Part, Prose, Quiz, Site, Timeline, Video
from builder.typography import TermLinks

if TYPE_CHECKING:
    from builder.media.studio import Studio

_ROOMS = (markup, engine, numbers, pictures, typography, formulas, images)
VERSION = digest(charts.version(), code_version(__file__, *(str(r.__file__) for r in _ROOMS)))


class Body:
    """Makes the Parts of one site's pages; several sites may share one memo."""

    def __init__(self, site: Site, memo: Memo, studio: Studio | None = None) -> None:
        """`memo` keeps what Markdown became; it never knows for which edition. `studio` makes films."""
        self.site = site
        self.memo = memo
        self.studio = studio
        self.terms = TermLinks(site.terms)

    def parts(self, page: Page) -> list[Part]:
        """All Parts of `page`, in reading order."""
        return self.made(page)[0]

    def made(self, page: Page) -> tuple[list[Part], dict[str, Any]]:
        """All Parts of `page`, and its own data with every Markdown text made into HTML."""
        data = self.data(page)
        parts: list[Part] = []
        if "panels" in data:
            parts.append(self._comic(page, data))
        if "blocks" in data and "layout" in data:
            parts.append(self._infographic(data))
        if "scenes" in data:
            parts.append(Video(data["seconds"], data["scenes"]))
        if "questions" in data:
            parts.append(Quiz(data["questions"], data["passing"]))
        if "posts" in data:
            parts.append(Timeline(data["posts"]))
        prose = self.prose(page, page.text)
        return ([*parts, prose] if prose.html else parts), data

    def _infographic(self, data: Mapping[str, Any]) -> Infographic:
        layout, blocks = data["layout"], spoken(data["layout"], data["blocks"])
        figures = tuple(self.figure(block["chart"], f"tu{n}-") for n, block in enumerate(blocks))
        return Infographic(
            layout, blocks, shape(layout, blocks), data["root"], data["sample"], figures
        )

    def figure(self, spec: ChartSpec | None, prefix: str) -> str:
        """A chart as HTML, nothing for none; ids begin with `prefix`."""
        if spec is None:
            return ""
        name = f"{prefix}{charts.ident(spec)}"
        key = digest("figure", VERSION, name, repr(spec))
        return self.memo.get(key, lambda: charts.figure(spec, name))

    def _comic(self, page: Page, data: Mapping[str, Any]) -> Comic:
        own = comic_own.figures(data["cast"], page.pictures)
        base = "../" * page.url.count("/")
        panels = comic_own.dressed(data["panels"], comic_own.on_page(own, base))
        key = digest("comic", comic.version(), repr(panels))
        made = self.memo.get(key, lambda: comic.pictures(panels, "hua"))
        pictures = tuple((p.narrow, p.broad) for p in made.pictures)
        signed = comic_own.signatures(own)
        told = tuple(_told(panel["chart"]) for panel in data["panels"])
        return Comic(data["panels"], pictures, made.definitions, comic.FILE, signed, told)

    def data(self, page: Page) -> dict[str, Any]:
        """The page's own data with every Markdown text made into HTML."""
        made = self._data(page, page.data, iter(range(1, 10_000)))
        assert isinstance(made, dict)
        return made

    def _data(self, page: Page, value: Any, counter: Any) -> Any:
        if isinstance(value, MdText):
            return self.prose(page, value, f"t{next(counter)}-").html if value else ""
        if isinstance(value, Mapping):
            return {k: self._data(page, v, counter) for k, v in value.items()}
        if isinstance(value, tuple):
            return tuple(self._data(page, v, counter) for v in value)
        return value

    def prose(self, page: Page, text: MdText, prefix: str = "") -> Prose:
        """One Markdown text as safe HTML with term links."""
        if not text.strip():
            return Prose("")
        base = "../" * page.url.count("/")
        rendered = self._rendered(page, text, base, prefix)
        return Prose(self.terms.apply(rendered.html, base, page.url), rendered.toc)

    def _rendered(self, page: Page, text: MdText, base: str, prefix: str) -> Rendered:
        resolved = repr(
            (sorted(page.links.items()), sorted(page.files.items()), sorted(page.pictures.items()))
        )
        key = digest("prose", VERSION, text, base, prefix, resolved)
        return self.memo.get(
            key, lambda: render(text, page.links, page.pictures, page.files, base, prefix)
        )


def _told(spec: ChartSpec | None) -> str:
    """A chart within a drawing for the transcript: a sentence and its numbers."""
    return f"<p>{escape(comic_chart.told(spec))}</p>{charts.table(spec)}" if spec else ""
