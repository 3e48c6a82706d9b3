"""小统 on the site: its page, the kiosk, the small window for other pages, and what opens it everywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from builder.bundle import Artefact
from builder.kinds import LESSON_KINDS
from builder.model import Page, Site
from builder.render.web.cards import Cards, View
from builder.render.web.shell import THEME, lean

URL = "robot/"
MODES = {"page": URL, "kiosk": f"{URL}kiosk/", "embed": f"{URL}embed/"}
ASKS = 6
EMBED = {
    "embed.js": ("xiaotong.js", "text/javascript; charset=utf-8"),
    "embed.css": ("xiaotong.css", "text/css; charset=utf-8"),
}


def answers(site: Site) -> bool:
    """Whether this edition has a robot."""
    told = any(page.kind == "faq" for page in site.pages.values()) or site.scripts
    return "robot" in site.edition.outputs and bool(told)


def dock(site: Site, name: str, assets: Mapping[str, str]) -> View | None:
    """What every page needs to open it: addresses, loaded only when it is asked for."""
    if not answers(site):
        return None
    files = {key: assets[file] for key, file in FILES.items()}
    return {"url": URL, "name": name, "package": f"{URL}package.js", **files}


FILES = {
    "engine": "robot-engine.js",
    "worker": "robot-worker.js",
    "script": "robot.js",
    "sheet": "robot.css",
}


def views(cards: Cards, name: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(address, title, data) of its pages."""
    if not answers(cards.site):
        return
    asks = _asks(cards)
    for mode, url in MODES.items():
        yield url, f"问{name}", {"mode": mode, "asks": asks, "known": _known(cards)}


def _asks(cards: Cards) -> list[str]:
    """A question of each division in turn, the shortest first: they are pressed, not typed."""
    found: dict[str, Page] = {}
    shown = (p for p in cards.by_kind["faq"] if not p.expired and not p.unverified)
    for page in sorted(shown, key=lambda p: (len(p.title), p.id)):
        found.setdefault(page.division, page)
    return [page.title for page in found.values()][:ASKS]


def _known(cards: Cards) -> list[View]:
    """What it answers from, and how much of it there is."""
    kinds = (
        ("百问百答", "faq/", {"faq"}),
        ("名词口径", "terms/", {"term"}),
        ("课程", "courses/", {*LESSON_KINDS, "course"}),
        ("制度标准", "systems/", {"system", "standard", "norm"}),
        ("指标和数", "indicators/", {"indicator"}),
    )
    pages = [p for p in cards.site.pages.values() if not p.expired]
    rows = [
        {"title": title, "url": url, "count": sum(p.kind in wanted for p in pages)}
        for title, url, wanted in kinds
    ]
    return [row for row in rows if row["count"]]


def files() -> Iterator[Artefact]:
    """What other bureaus' pages load, at addresses that stay."""
    for name, (source, media_type) in EMBED.items():
        path = Path(THEME / "embed" / source)
        yield Artefact(f"site/{URL}{name}", lean(path.suffix, path.read_bytes()), media_type)
