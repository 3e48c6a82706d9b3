"""From a page of a 短视频 to all that its film is made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.config import SiteConfig
from builder.kinds.video import KIND
from builder.media.video import Script
from builder.model import Page, Site

SHOWN_SOURCES = 6


def script(page: Page, site: Site, config: SiteConfig) -> Script:
    """The script of a page with the bytes of its pictures, clips and sounds."""
    data, parent = page.data, site.pages.get(page.parent)
    owner = site.organisations.get(page.division)
    return Script(
        title=page.title,
        kind=KIND.label,
        course=parent.title if parent else "",
        division=owner.name if owner else "",
        site=config.site.name,
        owner=config.site.owner,
        key=data["key"],
        sources=tuple(dict.fromkeys(s.title for s in page.sources))[:SHOWN_SOURCES],
        scenes=tuple(_filled(page, site, scene) for scene in data["scenes"]),
        recording=_bytes(page, site, data["recording"]),
        music=_bytes(page, site, data["music"]),
    )


def _filled(page: Page, site: Site, scene: Mapping[str, Any]) -> Mapping[str, Any]:
    """A scene with the bytes of its files in place of their names."""
    clip = scene["clip"]
    return {
        **scene,
        "picture": _bytes(page, site, scene["picture"]) or b"",
        "clip": clip and {**clip, "file": _bytes(page, site, clip["file"]) or b""},
    }


def _bytes(page: Page, site: Site, name: str) -> bytes | None:
    return site.footage[page.footage[name]] if name in page.footage else None
