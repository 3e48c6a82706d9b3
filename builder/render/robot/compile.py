"""From a `Site` to a script package: which pages become items, and what the scripts add."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any

from builder.config import SiteConfig
from builder.kinds.standard import CODE_LEVELS
from builder.model import BEIJING, Page, Site
from builder.render.robot import items
from builder.render.robot.regions import places
from builder.robot import words
from builder.robot.package import (
    Bound,
    Choice,
    Elsewhere,
    Flow,
    Item,
    Package,
    Refusal,
    Step,
    Talk,
)
from builder.robot.wording import Tables, house_sounds

BROAD = CODE_LEVELS["大类"]
Maker = Callable[[Page, Site], Iterable[Item]]
BY_KIND: Mapping[str, tuple[str, Maker]] = {
    "faq": ("faq", items.faq),
    "term": ("term", items.term),
    "system": ("system", items.system),
    "standard": ("standard", items.standard),
    "indicator": ("indicator", items.indicator),
    **dict.fromkeys(
        ("lesson", "comic", "infographic", "video", "course", "norm"), ("lesson", items.lesson)
    ),
}


def compiled(site: Site, config: SiteConfig, channel: str = "") -> Package:
    """The package of an edition, or of a channel that may have fewer modules."""
    modules = set(config.robot.of(site.edition.name))
    modules &= set(config.robot.of(channel)) if channel else modules
    scripts = [p for p in site.scripts.values() if p.kind == "script" and not p.expired]
    return Package(
        edition=site.edition.name,
        name=config.robot.name,
        items=tuple(_items(site, modules)),
        talks=tuple(_talks(scripts)),
        refusals=tuple(_refusals(site, scripts)),
        elsewhere=tuple(_elsewhere(scripts)),
        flows=tuple(_flows(site)) if "dialogue" in modules else (),
        handover=next(_handover(scripts), ""),
        places=places(site.numbers) if "indicator" in modules else (),
        **_codes(site, modules),
        tables=_tables(site, scripts),
    )


def _codes(site: Site, modules: Collection[str]) -> dict[str, Any]:
    """The broad industries of the first standard that has a table of codes, and where all of them stand."""
    pages = sorted(site.pages.values(), key=lambda p: p.id) if "standard" in modules else []
    book = next(
        (
            p
            for p in pages
            if p.kind == "standard" and p.data.get("codes") and not p.expired and not p.unverified
        ),
        None,
    )
    if book is None:
        return {}
    broad = (r for r in book.data["codes"] if r["level"] == BROAD and r["name"])
    return {"codebook": book.id, "trades": tuple(f"{r['code']}{r['name']}" for r in broad)}


def _items(site: Site, modules: Collection[str]) -> Iterator[Item]:
    for page in sorted(site.pages.values(), key=lambda p: p.id):
        module, make = BY_KIND.get(page.kind, ("", None))
        if make is not None and module in modules and not page.expired and not page.unverified:
            yield from make(page, site)


def _rows(scripts: Iterable[Page], part: str) -> Iterator[tuple[str, Page, Mapping[str, Any]]]:
    for page in scripts:
        for number, row in enumerate(page.data[part], 1):
            yield f"{page.id}/{part}-{number}", page, row


def _talks(scripts: Iterable[Page]) -> Iterator[Talk]:
    for name, _, row in _rows(scripts, "talks"):
        if row["ask"]:
            yield Talk(name, row["kind"], row["ask"], row["say"])


def _handover(scripts: Iterable[Page]) -> Iterator[str]:
    return (row["say"] for _, _, row in _rows(scripts, "talks") if row["kind"] == "handover")


def _holds(site: Site, page: Page, ref: str) -> bool:
    """Whether a page that is led to is there, and holds on the day of the build."""
    target = site.pages.get(ref) if ref in page.links else None
    return target is not None and not target.expired and target.valid.start <= day_of(site)


def day_of(site: Site) -> str:
    """The day of the build."""
    return site.now.astimezone(BEIJING).date().isoformat()


def _refusals(site: Site, scripts: Iterable[Page]) -> Iterator[Refusal]:
    for name, page, row in _rows(scripts, "refusals"):
        url = page.links[row["link"]] if _holds(site, page, row["link"]) else ""
        yield Refusal(name, row["title"], row["say"], row["ask"], row["when"], row["unless"], url)


def _elsewhere(scripts: Iterable[Page]) -> Iterator[Elsewhere]:
    for name, _, row in _rows(scripts, "elsewhere"):
        yield Elsewhere(name, row["topic"], row["who"], row["words"], row["ask"])


def _flows(site: Site) -> Iterator[Flow]:
    for page in sorted(site.scripts.values(), key=lambda p: p.id):
        if page.kind == "dialogue" and not page.expired and not page.unverified:
            steps = tuple(_step(step, page, site) for step in page.data["steps"])
            days = page.valid.start, page.valid.to
            yield Flow(page.id, page.title, page.data["ask"], steps, *days)


def _step(step: Mapping[str, Any], page: Page, site: Site) -> Step:
    links = tuple(
        (site.pages[ref].title, page.links[ref]) for ref in step["links"] if _holds(site, page, ref)
    )
    return Step(
        step["id"],
        step["say"],
        tuple(Choice(c["text"], c["to"], c["also"]) for c in step["choices"]),
        step["unit"],
        tuple(
            Bound(b["to"]) if b["least"] == "" else Bound(b["to"], b["least"])
            for b in step["bounds"]
        ),
        links,
        _leans_on(step, page),
    )


def _leans_on(step: Mapping[str, Any], page: Page) -> str:
    """The documents behind a step: those it names; behind a conclusion that names none, all of its flow."""
    ends = not step["choices"] and not step["bounds"]
    named = [s for n, s in enumerate(page.sources, 1) if n in step["sources"]]
    chosen = named or (page.sources if ends else ())
    return "、".join(dict.fromkeys(f"《{s.title}》" for s in chosen if s.quote))


def _tables(site: Site, scripts: Iterable[Page]) -> Tables:
    """The language's tables, and before them those of the site: names of one term are one word."""
    own: dict[str, list[tuple[str, ...]]] = {"same": [], "near": []}
    for page in scripts:
        for part, rows in own.items():
            rows += page.data[part]
    names = [
        (page.title, *page.data["names"])
        for page in sorted(site.pages.values(), key=lambda p: p.id)
        if page.kind == "term" and page.data["names"]
    ]
    near = (*own["near"], *names, *words.NEAR)
    return Tables(same=(*own["same"], *words.SAME), near=near, sounds=house_sounds())
