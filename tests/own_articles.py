"""The repository's own pages as articles: what tests of the renderer look at."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from functools import cached_property

import pytest

from builder.body import VERSION, Body
from builder.kinds import BY_NAME
from builder.media.clean import clean_asset
from builder.media.studio import Studio
from builder.memo import Memo
from builder.model import Page, Site
from builder.render.web import Web
from builder.render.wechat import (
    Wechat,
)
from builder.render.wechat.article import Article
from builder.render.wechat.parts_ground import Ground
from builder.render.wechat.press import Press
from builder.render.wechat.themes import THEMES
from builder.source import Drafts
from tests.conftest import ROOT
from tests.sharing import shared
from tests.sitefiles import NOW

FULL = bool(os.environ.get("WEIKE_FULL"))
DRAWN = frozenset({"comic", "infographic", "video"})  # half a minute to draw them all


class World:
    """The internet edition of the repository's own content, its site and its articles."""

    def __init__(self, factory: pytest.TempPathFactory) -> None:
        cache = shared(factory, "pictures")  # each is drawn by one process only, then read by all
        source = Drafts(ROOT)
        source.fill(["internet"], Memo(None, "1"))
        sites, problems = source.sites(["internet"], NOW + timedelta(days=3), clean_asset)
        assert not [p for p in problems if p.code.startswith("AST")]
        self.site: Site = sites["internet"]
        self.config = source.config
        studio = Studio(ROOT, self.config.narration, self.config.video)
        self.body = Body(self.site, Memo(cache / "prose.pickle", VERSION), studio)
        self.wechat = Wechat(self.site, self.body, self.config)
        self.web = Web(self.site, self.body, self.config)
        kinds: dict[str, int] = {}
        self.sample: list[Page] = []
        for page in self.site.pages.values():
            if not BY_NAME[page.kind].article:
                continue
            at = kinds[page.kind] = kinds.get(page.kind, 0) + 1
            if FULL or at <= 2 or (page.kind not in DRAWN and at % 6 == 0):
                self.sample.append(page)

    @cached_property
    def articles(self) -> dict[str, Article]:
        return {p.id: self.wechat.article(p) for p in self.sample}

    def pages(self, *kinds: str) -> Iterator[Page]:
        return (p for p in self.sample if p.kind in kinds)

    @property
    def ground(self) -> Ground:
        return self.wechat.ground

    def press(self) -> Press:
        base = self.site.edition.base_url
        return Press(THEMES["daily"], base, self.ground.photo, self.ground.draw)
