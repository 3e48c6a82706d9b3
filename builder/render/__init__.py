"""Renderers: strangers to one another, each pure, from a `Site` to artefacts.

A renderer makes some files page by page (so that several processes can share the work) and the rest
at once. A new output form: its module and its line in `RENDERERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from builder.body import Body
from builder.bundle import Artefact, Sheaf
from builder.config import SiteConfig
from builder.model import Page, Site
from builder.problems import Problem
from builder.render import catalogue, feeds, orgs, search
from builder.render.web import Web
from builder.render.web.naming import named

PageRenderer = Callable[[Page], Iterator[Artefact]]


@dataclass(frozen=True, slots=True)
class Output:
    """One output form of one site: `page` for each page, `rest` once.

    `key` hashes all that a page's files are made from, so that unchanged ones need not be made again;
    empty for pages that must be. `said`: what an author should know of a page's files.
    `told`: the same of what was made at once, asked for after `rest`.
    `sheaves`: files that stand for no single page and belong together, each lot with its key.
    """

    page: PageRenderer
    rest: Callable[[], Iterator[Artefact]]
    key: Callable[[Page], str] = lambda page: ""
    said: Callable[[Page], Iterable[Problem]] = lambda page: ()
    told: Callable[[], Iterable[Problem]] = tuple
    sheaves: Callable[[], Iterable[Sheaf]] = tuple


def _nothing(page: Page) -> Iterator[Artefact]:
    return iter(())


def _web(site: Site, body: Body, config: SiteConfig) -> Output:
    web = Web(site, body, config)
    return Output(
        lambda page: named(web.page(page), site.edition.base_url),
        web.single,
        web.key,
        web.said,
        sheaves=web.sheaves,
    )


def _wechat(site: Site, body: Body, config: SiteConfig) -> Output:
    if not site.pushes:
        return Output(_nothing, lambda: iter(()))
    from builder.render.wechat import Wechat  # only where something is pushed

    wechat = Wechat(site, body, config)
    return Output(_nothing, wechat.rest, told=wechat.told)


def _lists(site: Site) -> Iterator[Artefact]:
    yield from orgs.render(site)
    yield from catalogue.render(site)


def _data(site: Site, body: Body, config: SiteConfig) -> Output:
    if site.numbers is None:
        return Output(_nothing, lambda: _lists(site))
    from builder.render.data import Data  # only where there are numbers

    made = Data(site, site.numbers, config, body.memo)
    return Output(made.page, lambda: _lists(site), made.key, sheaves=made.sheaves)


def _robot(site: Site, body: Body, config: SiteConfig) -> Output:
    if not any(
        page.kind in {"faq", "script"} for page in (*site.pages.values(), *site.scripts.values())
    ):
        return Output(_nothing, lambda: iter(()))
    from builder.render.robot import Scripts  # only where there is something to answer

    made = Scripts(site, config)
    return Output(_nothing, lambda: iter(()), told=made.told, sheaves=made.sheaves)


RENDERERS: dict[str, Callable[[Site, Body, SiteConfig], Output]] = {
    "web": _web,
    "feeds": lambda site, body, config: Output(_nothing, lambda: feeds.render(site, config)),
    "search": lambda site, body, config: Output(_nothing, lambda: search.render(site, body.memo)),
    "wechat": _wechat,
    "data": _data,
    "robot": _robot,
}
