"""The few files that every page loads: the house style, ours on top of it, the drawings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from builder.render.web.shell import lean, theme_assets
from builder.review.pages import THEME

CSS, SVG = "text/css; charset=utf-8", "image/svg+xml"


@lru_cache(maxsize=1)
def files() -> Mapping[str, tuple[bytes, str]]:
    """Name → bytes and media type."""
    house = {name: data for name, (_, data) in theme_assets().items()}
    own = lean(".css", (THEME / "review.css").read_bytes())
    schemes = "\n".join(
        _where(question, house["weike.css"].decode(), scheme)
        for question, scheme in (
            ("(prefers-color-scheme: dark)", "slate"),
            ("(prefers-contrast: more)", "contrast"),
        )
    )
    return {
        "weike.css": (house["weike.css"], CSS),
        "review.css": (schemes.encode() + b"\n" + own, CSS),
        "sprite.svg": (house["sprite.svg"], SVG),
        "favicon.svg": (house["favicon.svg"], SVG),
    }


def _where(question: str, css: str, scheme: str) -> str:
    """The tokens of a colour scheme for whoever's system asks for it: no script chooses here."""
    found = re.search(
        rf'^\[data-md-color-scheme="{scheme}"\] \{{(.*?)^\}}', css, re.DOTALL | re.MULTILINE
    )
    assert found is not None, scheme
    return f"@media {question} {{ :root {{{found[1]}}} }}"
