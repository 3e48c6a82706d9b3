"""One edition at one moment: makes the file that is asked for, once, and no other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import chain
from pathlib import Path
from typing import Any

from builder.audit import audit
from builder.body import Body
from builder.bundle import Artefact
from builder.config import SiteConfig
from builder.media.studio import Studio
from builder.memo import Memo, digest
from builder.model import Page
from builder.preview.phone import Phone
from builder.preview.sieve import Selection
from builder.problems import Problem, Where, has_errors
from builder.render import RENDERERS
from builder.render.web import HTML, Web
from builder.render.web.cards import View
from builder.render.web.films import CAPTIONS, FILMS, POSTER, SOUND
from builder.render.web.hubs import Hubs
from builder.render.web.pages import Pages

# The files an output form may make besides pages, so that no other request sets it to work.
CLAIMS: dict[str, Callable[[str], bool]] = {
    "web": lambda path: False,  # pages and hubs are asked one by one
    "feeds": lambda path: path.endswith((".xml", ".txt")),
    "search": lambda path: path.startswith("site/search/"),
    "wechat": lambda path: path.startswith("wechat/"),
}


def _file(path: str) -> bool:
    """What an output form without a line in `CLAIMS` may make."""
    return not path.endswith(".html")


@dataclass(frozen=True)
class Answer:
    """One file, the source of the page it belongs to, and what its rendering gave rise to."""

    body: bytes
    media_type: str
    source: str = ""
    kept: bool = False
    problems: tuple[Problem, ...] = ()

    @cached_property
    def tag(self) -> str:
        """A hash of the bytes."""
        return digest(self.body)


@dataclass(slots=True)
class Store:
    """What outlives a change: finished prose, the shell, pages as they were before an error."""

    root: Path
    prose: Memo = field(init=False)
    good: dict[tuple[str, str], Answer] = field(default_factory=dict)
    fixed: dict[str, Artefact] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Pictures and films stand where builds keep theirs; the rest is forgotten with the process."""
        self.prose = Memo(self.root / ".cache" / "preview.pickle", "")


SLOW = frozenset({POSTER, CAPTIONS, SOUND, *(name for name, _ in FILMS.values())})


class _Later(Pages):
    """Gives a mark in place of a page, and keeps how to make it."""

    def __init__(self, pages: Pages) -> None:
        given = pages.site, pages.body, pages.config, pages.shell, pages.tabs, pages.cards
        super().__init__(*given, pages.films)
        self.later: dict[bytes, Callable[[], str]] = {}

    def hub(self, template: str, tab: str, view: View) -> str:
        mark = f"\x00{view['url']}"
        self.later[mark.encode()] = partial(super().hub, template, tab, view)
        return mark


class Sight:
    """Answers for one selection. Safe to ask from several threads."""

    def __init__(
        self,
        selection: Selection,
        config: SiteConfig,
        sources: Mapping[str, str],
        store: Store,
        before: Sight | None = None,
    ) -> None:
        """`sources` maps entry ids to their files; `before` lends what is the same as it was."""
        self.selection = selection
        self.config = config
        self.sources = sources
        self.store = store
        self._made: dict[str, Answer] = {}
        self._rest: dict[str, Artefact] | None = None
        self._others: dict[str, dict[str, Artefact]] = {}
        self._lock = threading.RLock()
        self._slow = threading.Lock()
        self._shell = before.shell_pieces() if before else ({}, {})
        self.phone = Phone(selection.site, config, self._body, lambda: self.urls, sources)

    @cached_property
    def urls(self) -> dict[str, Page]:
        """Pages by their addresses, old addresses included."""
        pages = self.selection.site.pages.values()
        old = {f"{alias.strip('/')}/": p for p in pages for alias in p.aliases}
        return old | {p.url: p for p in pages}

    @cached_property
    def web(self) -> Web:
        """The renderer of this site, with the last one's shell where that is the same."""
        site = self.selection.site
        web = Web(site, self._body(), self.config)
        known, pieces = self._shell
        if known == web.pages.shell.site:
            web.pages.shell.kept.update(pieces)
        self.later = _Later(web.pages)
        web.hubs = Hubs(self.later)
        return web

    def _body(self) -> Body:
        studio = Studio(self.store.root, self.config.narration, self.config.video, True, later=True)
        return Body(self.selection.site, self.store.prose, studio)

    def shell_pieces(self) -> tuple[Mapping[str, object], dict[Any, tuple[str, ...]]]:
        """What the next generation may reuse."""
        if "web" in self.__dict__:
            return self.web.pages.shell.site, dict(self.web.pages.shell.kept)
        return self._shell

    def get(self, address: str) -> Answer | None:
        """The file at `address` (relative to the site's root), or None when this edition has none."""
        path = f"site/{address}index.html" if address[-1:] in {"", "/"} else f"site/{address}"
        slow = path.rpartition("/")[2] in SLOW
        with self._lock:
            found = self._made.get(path)
            if found is None and not slow:
                found = self._page(path) or self._static(path)
        found = found or (self._film(path) if slow else self._other(path))
        if found is not None:
            self._made[path] = found
        return found

    def _film(self, path: str) -> Answer | None:
        """A file of a film: made aside, so that pages need not wait for it."""
        page = self.urls.get(path.removeprefix("site/").rpartition("/")[0] + "/")
        if page is None or "scenes" not in page.data:
            return None
        with self._lock:
            films = self.web.films
        with self._slow:
            for artefact in films.files(page):
                if artefact.path == path:
                    return Answer(artefact.body, artefact.media_type)
        return None

    def _claims(self, path: str) -> Iterator[str]:
        for name in self.selection.site.edition.outputs:
            if name in RENDERERS and CLAIMS.get(name, _file)(path):
                yield name

    def _other(self, path: str) -> Answer | None:
        """Feeds, search index and whatever other output claims the path."""
        site = self.selection.site
        with self._slow:
            for name in self._claims(path):
                if name not in self._others:
                    output = RENDERERS[name](site, self._body(), self.config)
                    sheaves = (sheaf.make() for sheaf in output.sheaves())
                    self._others[name] = {a.path: a for a in chain(output.rest(), *sheaves)}
                if path in self._others[name]:
                    made = self._others[name][path]
                    return Answer(made.body, made.media_type)
        return None

    def _page(self, path: str) -> Answer | None:
        """A page, or a file made with it: the nearest page above the path may know it."""
        steps = path.removeprefix("site/").split("/")
        for count in range(len(steps) - 1, 0, -1):
            page = self.urls.get("/".join(steps[:count]) + "/")
            if page is not None:
                return self._made_with(page, path)
        return None

    def _made_with(self, page: Page, path: str) -> Answer | None:
        source = self.sources.get(page.id, "")
        try:
            for artefact in self.web.page(page):
                if artefact.path == path:
                    said = list(audit(artefact, self.selection.site.edition))
                    return self._judged(artefact, page, source, said)
        except Exception as error:  # noqa: BLE001  # whatever a text does to a template, preview goes on
            text = f"“{page.title}”排不出来：{type(error).__name__}：{error}"
            crash = Problem(
                "BUG001", Where(source), text, "先撤回刚才的改动，并把这一条报告给维护人员。"
            )
            blank = Artefact(path, b"", HTML)
            return self._judged(blank, page, source, [crash])
        return None

    def _judged(self, made: Artefact, page: Page, source: str, said: list[Problem]) -> Answer:
        """The file as it came out, or as it was before an error."""
        key = (self.selection.site.edition.name, made.path)
        problems = tuple(
            Problem(p.code, Where(source, p.where.line, p.where.column), p.message, p.action)
            for p in said
        )
        kept = page.id in self.selection.kept
        answer = Answer(made.body, made.media_type, source, kept, problems)
        if not has_errors(problems):
            if page.id not in self.selection.poor:
                self.store.good[key] = answer
            return answer
        good = self.store.good.get(key)
        if good is None:
            return answer
        return Answer(good.body, good.media_type, source, True, problems)

    def _static(self, path: str) -> Answer | None:
        """Hubs, and files that belong to the whole site."""
        made = self.store.fixed.get(path)
        if made is None:
            if self._rest is None:
                self._rest = {a.path: a for a in self.web.rest()}
                assets = self.selection.site.assets
                self.store.fixed |= {
                    p: a
                    for p, a in self._rest.items()
                    if p.startswith("site/assets/") and p.removeprefix("site/") not in assets
                }
            made = self._rest.get(path)
        if made is None:
            return None
        later = self.later.later.get(made.body) if made.body[:1] == b"\x00" else None
        return Answer(later().encode() if later else made.body, made.media_type)
