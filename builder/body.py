"""Stage 4: the selected text of a page becomes Parts, memoised by that text and all it resolves to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder import markup, typography
from builder.markup import Rendered, render
from builder.media import formulas
from builder.memo import Memo, code_version, digest
from builder.model import Comic, Infographic, MdText, Page, Part, Prose, Quiz, Site, Timeline, Video
from builder.problems import Problem, Where
from builder.typography import TermLinks

VERSION = code_version(markup.__file__, typography.__file__, formulas.__file__)


class Body:
    """Makes the Parts of one site's pages; several sites may share one memo."""

    def __init__(self, site: Site, memo: Memo) -> None:
        """`memo` keeps what Markdown became; it never knows for which edition."""
        self.site = site
        self.memo = memo
        self.terms = TermLinks(site.terms)
        self.problems: list[Problem] = []

    def parts(self, page: Page) -> list[Part]:
        """All Parts of `page`, in reading order."""
        data = self.data(page)
        made: list[Part] = []
        if "panels" in data:
            made.append(Comic(data["panels"]))
        if "blocks" in data:
            made.append(Infographic(data["layout"], data["blocks"]))
        if "scenes" in data:
            made.append(Video(data["seconds"], data["scenes"]))
        if "questions" in data:
            made.append(Quiz(data["questions"], data["passing"]))
        if "posts" in data:
            made.append(Timeline(data["posts"]))
        prose = self.prose(page, page.text)
        return [*made, prose] if prose.html else made

    def data(self, page: Page) -> Mapping[str, Any]:
        """The page's own data with every Markdown text made into HTML."""
        counter = iter(range(1, 10_000))
        made = self._data(page, page.data, counter)
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
        self._report(page, text, rendered)
        return Prose(self.terms.apply(rendered.html, base, page.url), rendered.toc)

    def _rendered(self, page: Page, text: MdText, base: str, prefix: str) -> Rendered:
        resolved = repr(
            (sorted(page.links.items()), sorted(page.files.items()), sorted(page.pictures.items()))
        )
        key = digest("prose", VERSION, text, base, prefix, resolved)
        return self.memo.get(
            key, lambda: render(text, page.links, page.pictures, page.files, base, prefix)
        )

    def _report(self, page: Page, text: MdText, rendered: Rendered) -> None:
        for latex in rendered.bad_formulas:
            line = text.line + max(0, text[: max(0, text.find(latex))].count("\n"))
            problem = Problem(
                "MRK002",
                Where(page.id, line),
                f"公式 `{latex[:60]}` 排不出来。",
                "检查反斜杠命令和花括号。",
            )
            self.problems.append(problem)
