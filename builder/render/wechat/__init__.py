"""WeChat articles of one site's pushes."""

from __future__ import annotations

from collections.abc import Iterator

from builder.body import Body
from builder.bundle import Artefact
from builder.config import SiteConfig
from builder.model import Site
from builder.problems import Problem


class Wechat:
    """All that making the articles of one site shares."""

    def __init__(self, site: Site, body: Body, config: SiteConfig) -> None:
        """Everything an article may show comes from `site`."""
        self.site = site
        self.body = body
        self.config = config

    def rest(self) -> Iterator[Artefact]:
        """The articles of every push, and the list of pushes."""
        yield from ()

    def told(self) -> list[Problem]:
        """What editors should know of the articles."""
        return []
